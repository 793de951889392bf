import { describe, expect, test } from "vitest";
import { ConsoleLines, levelOf, MOST_CHARACTERS, MOST_LINES, matcher } from "./console-lines";

describe("levelOf", () => {
  test.each([
    ["[12:00:00 ERROR]: it broke", "error"],
    ["[12:00:00] [Server thread/FATAL]: it broke", "error"],
    ["java.lang.Exception: it broke", "error"],
    ["[12:00:00 WARN]: Can't keep up!", "warning"],
    ["[Server thread/WARNING] slow", "warning"],
    ["[12:00:00 INFO]: Done", undefined],
    ["TERROR joined the game", undefined],
    ["WARNER joined the game", undefined],
    ["errors: 0", undefined],
    [`${"x".repeat(200)} ERROR`, undefined],
  ])("%j is %j", (text, level) => expect(levelOf(text)).toBe(level));
});

describe("ConsoleLines", () => {
  test("keeps the newest", () => {
    const lines = new ConsoleLines();
    lines.append(["first"], undefined);
    lines.append(
      Array.from({ length: 2 * MOST_LINES }, (_, number) => `line ${number}`),
      1,
    );
    expect(lines.all.filter(({ text }) => text.startsWith("line"))).toHaveLength(MOST_LINES);
    lines.append(Array(MOST_LINES / 5).fill("last"), 2);
    expect(lines.all).toHaveLength(MOST_LINES);
    expect(lines.all[0]?.text).toBe(`line ${MOST_LINES + MOST_LINES / 5}`);
    expect(lines.all.at(-1)).toEqual({ text: "last", level: undefined, arrived: 2 });
  });

  test("stays bounded under a flood", () => {
    const lines = new ConsoleLines();
    for (let batch = 0; batch < 300; batch++) {
      lines.append(
        Array.from({ length: 100 }, (_, number) => `${batch} ${number}`),
        batch,
      );
      expect(lines.all.length).toBeLessThanOrEqual(1.1 * MOST_LINES);
    }
    expect(lines.all.at(-1)?.text).toBe("299 99");
  });

  test("keeps fewer of long lines", () => {
    const lines = new ConsoleLines();
    const long = "x".repeat(4000);
    expect(lines.append(Array(MOST_LINES).fill(long), 1)).toHaveLength(MOST_CHARACTERS / 4000);
    for (let batch = 0; batch < 20; batch++) {
      lines.append(Array(100).fill(long), batch);
      expect(lines.all.length).toBeLessThanOrEqual((1.1 * MOST_CHARACTERS) / 4000);
    }
    lines.clear();
    lines.append(Array(MOST_LINES).fill("short"), 1);
    expect(lines.all).toHaveLength(MOST_LINES);
  });
});

test("matcher looks for a part of the line in any case", () => {
  const [line] = new ConsoleLines().append(["Toni joined the game"], 0);
  if (!line) throw new Error("no line");
  expect(matcher(" TONI ")(line)).toBe(true);
  expect(matcher("left")(line)).toBe(false);
  expect(matcher("joined.*")(line)).toBe(false);
  expect(matcher("")(line)).toBe(true);
});
