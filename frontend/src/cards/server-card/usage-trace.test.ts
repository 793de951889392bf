import { describe, expect, test } from "vitest";
import { drawTrace, TRACE_WINDOW, traceTop } from "./usage-trace";

describe("drawTrace", () => {
  test("ends at the right edge, with zero at the bottom and the limit at the top", () => {
    const { line, area } = drawTrace(
      [
        { at: 0, value: 0 },
        { at: 3000, value: 50 },
        { at: 6000, value: 500 },
      ],
      100,
      120,
      20,
    );
    expect(line).toBe("M108.0 20.0L114.0 10.0L120.0 0.0");
    expect(area).toBe("M108.0 20L108.0 20.0L114.0 10.0L120.0 0.0L120.0 20Z");
  });

  test("leaves a gap where no samples came", () => {
    const points = [0, 1000, 20_000, 21_000].map((at) => ({ at, value: 1 }));
    expect(drawTrace(points, 1, 60, 10).line).toBe("M39.0 0.0L40.0 0.0M59.0 0.0L60.0 0.0");
  });

  test("leaves out what is older than its window", () => {
    const points = [0, 1000, TRACE_WINDOW + 500].map((at) => ({ at, value: 1 }));
    expect(drawTrace(points, 1, 60, 10).line).toBe("M0.5 0.0M60.0 0.0");
  });

  test("draws nothing without points", () => {
    expect(drawTrace([], 1, 60, 10)).toEqual({ line: "", area: "" });
  });
});

test("traceTop is the limit, or above all values", () => {
  const points = [
    { at: 0, value: 500 },
    { at: 1, value: 100 },
  ];
  expect(traceTop(points, 300, 100)).toBe(300);
  expect(traceTop(points, undefined, 100)).toBe(600);
  expect(traceTop([], undefined, 100)).toBe(100);
});
