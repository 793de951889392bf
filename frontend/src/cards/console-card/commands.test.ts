import { describe, expect, test } from "vitest";
import { CommandHistory, mayEndServer } from "./commands";

describe("mayEndServer", () => {
  test.each([
    "stop",
    "/stop",
    "STOP",
    " stop now",
    "DoExit",
    "quit",
    ".server.stop",
    "restart\t60",
    "/minecraft:stop",
    "global.quit",
    "_restart",
    "exit-nosave",
    "killserver",
  ])("%j may", (command) => expect(mayEndServer(command)).toBe(true));
  test.each(["say stop", "stopwatch", "list", "", "kill @e", "time set day"])("%j does not", (command) =>
    expect(mayEndServer(command)).toBe(false),
  );
});

describe("CommandHistory", () => {
  test("walks back to the oldest and forward to what was typed", () => {
    const history = new CommandHistory();
    history.add("list");
    history.add("say hi");
    expect(history.previous("draft")).toBe("say hi");
    expect(history.previous("say hi")).toBe("list");
    expect(history.previous("list")).toBeUndefined();
    expect(history.next()).toBe("say hi");
    expect(history.next()).toBe("draft");
    expect(history.next()).toBeUndefined();
  });

  test("keeps a repeated command once and begins at the newest again", () => {
    const history = new CommandHistory();
    history.add("list");
    history.add("list");
    history.add("seed");
    history.previous("");
    history.previous("");
    history.add("seed");
    expect(history.previous("")).toBe("seed");
    expect(history.previous("")).toBe("list");
    expect(history.previous("")).toBeUndefined();
  });

  test("forgets the oldest of very many", () => {
    const history = new CommandHistory();
    for (let number = 0; number <= 100; number++) history.add(`say ${number}`);
    let oldest = "";
    for (let shown: string | undefined = ""; shown !== undefined; shown = history.previous(shown)) oldest = shown;
    expect(oldest).toBe("say 1");
  });
});
