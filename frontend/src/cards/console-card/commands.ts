/** What a person types into a console: earlier commands, and those that are better asked about. */

const MOST_COMMANDS = 100;

// Words that end or restart a server in the games that people host, such as Minecraft's "stop" and ARK's "DoExit".
const ENDING = new Set([
  "doexit",
  "end",
  "exit",
  "exit-nosave",
  "halt",
  "killserver",
  "quit",
  "reboot",
  "restart",
  "shutdown",
  "stop",
  "terminate",
]);

/** Returns whether a command may end the server. */
export function mayEndServer(command: string): boolean {
  const [word = ""] = command.trim().toLowerCase().split(/\s/, 1);
  // Behind what a game may put before it: "/stop", "minecraft:stop", "server.stop", "_restart".
  return ENDING.has(word.replace(/^.*[/.:_]/, ""));
}

/** Earlier commands, as a shell walks through them. */
export class CommandHistory {
  private readonly _commands: string[] = [];
  private _place = 0;
  private _draft = "";

  /** Keeps a command that was sent. */
  add(command: string): void {
    if (this._commands.at(-1) !== command) this._commands.push(command);
    if (this._commands.length > MOST_COMMANDS) this._commands.shift();
    this._place = this._commands.length;
    this._draft = "";
  }

  /** Returns the command before the shown one; undefined at the oldest. */
  previous(shown: string): string | undefined {
    if (this._place === this._commands.length) this._draft = shown;
    if (this._place === 0) return undefined;
    this._place -= 1;
    return this._commands[this._place];
  }

  /** Returns the command after the shown one, in the end what was typed before; undefined if there is none. */
  next(): string | undefined {
    if (this._place === this._commands.length) return undefined;
    this._place += 1;
    return this._commands[this._place] ?? this._draft;
  }
}
