/** The lines of a console card: bounded, each with the time at which it arrived. */

/** Lines that a card keeps, and so the most that it shows. */
export const MOST_LINES = 10_000;
/** Characters of all these lines together: some games print lines of thousands. */
export const MOST_CHARACTERS = 2_000_000;
/** The part by which both may be exceeded: to drop a few lines of each batch would move all others each time. */
const SLACK = 1.1;

export type Level = "error" | "warning";

export interface ConsoleLine {
  readonly text: string;
  /** How grave the game says it is; undefined for the rest. */
  readonly level: Level | undefined;
  /** When it arrived, in milliseconds; undefined for lines from before the card was opened. */
  readonly arrived: number | undefined;
}

// The backend strips the game's own colours, so its words are all that is left. They stand near the beginning of a line.
const LEVEL_WITHIN = 120;
const LEVELS = /\b(?:(ERROR|SEVERE|FATAL|CRITICAL|Error:|Exception:)|(WARN(?:ING)?|Warning:))(?!\w)/;

/** Returns the level that a line names. */
export function levelOf(text: string): Level | undefined {
  const found = LEVELS.exec(text.slice(0, LEVEL_WITHIN));
  if (!found) return undefined;
  return found[1] ? "error" : "warning";
}

/** Returns the newest lines, as many as a card keeps. */
export function newest(lines: readonly ConsoleLine[]): ConsoleLine[] {
  let characters = 0;
  const last = lines.findLastIndex(({ text }, place) => {
    characters += text.length;
    return characters > MOST_CHARACTERS || lines.length - place > MOST_LINES;
  });
  return lines.slice(last + 1);
}

/** The newest lines of one server. */
export class ConsoleLines {
  private _lines: ConsoleLine[] = [];
  private _characters = 0;

  /** The lines, oldest first. */
  get all(): readonly ConsoleLine[] {
    return this._lines;
  }

  /** Adds lines; returns them as they are kept. */
  append(texts: readonly string[], arrived: number | undefined): ConsoleLine[] {
    const added = newest(texts.map((text) => ({ text, level: levelOf(text), arrived })));
    this._lines.push(...added);
    this._characters += charactersOf(added);
    if (this._lines.length > MOST_LINES * SLACK || this._characters > MOST_CHARACTERS * SLACK) {
      this._lines = newest(this._lines);
      this._characters = charactersOf(this._lines);
    }
    return added;
  }

  clear(): void {
    this._lines = [];
    this._characters = 0;
  }
}

function charactersOf(lines: readonly ConsoleLine[]): number {
  return lines.reduce((characters, { text }) => characters + text.length, 0);
}

/** Returns a function that tells which lines contain a text, whatever its case. */
export function matcher(search: string): (line: ConsoleLine) => boolean {
  const wanted = search.trim().toLocaleLowerCase();
  return wanted ? (line) => line.text.toLocaleLowerCase().includes(wanted) : () => true;
}
