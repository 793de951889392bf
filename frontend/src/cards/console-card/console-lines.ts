/** The lines of a console card: bounded, each with the time at which it arrived. */

/** Lines that a card keeps, and so the most that it shows. */
export const MOST_LINES = 10_000;

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

/** The newest lines of one server. */
export class ConsoleLines {
  private _lines: ConsoleLine[] = [];

  /** The lines, oldest first. */
  get all(): readonly ConsoleLine[] {
    return this._lines;
  }

  /** Adds lines; returns them as they are kept. */
  append(texts: readonly string[], arrived: number | undefined): ConsoleLine[] {
    const added = texts.slice(-MOST_LINES).map((text) => ({ text, level: levelOf(text), arrived }));
    this._lines.push(...added);
    // Seldom and many at once: to drop a few lines of each batch would move all others each time.
    if (this._lines.length > MOST_LINES * 1.1) this._lines = this._lines.slice(-MOST_LINES);
    return added;
  }

  clear(): void {
    this._lines = [];
  }
}

/** Returns a function that tells which lines contain a text, whatever its case. */
export function matcher(search: string): (line: ConsoleLine) => boolean {
  const wanted = search.trim().toLocaleLowerCase();
  return wanted ? (line) => line.text.toLocaleLowerCase().includes(wanted) : () => true;
}
