/** The short trace of live samples that a server card draws. */

/** How much time a trace shows, in milliseconds. */
export const TRACE_WINDOW = 60_000;
/** A longer silence leaves a gap. Nodes send a sample each second. */
const LONGEST_STEP = 5_000;

export interface TracePoint {
  readonly at: number;
  readonly value: number;
}

export interface Trace {
  /** The path of the line. */
  readonly line: string;
  /** The path of what is below it. */
  readonly area: string;
}

/**
 * Returns the paths of a trace in a box, for an SVG.
 *
 * The newest point is at the right edge, zero at the bottom; values above `most` stay at the top.
 */
export function drawTrace(points: readonly TracePoint[], most: number, width: number, height: number): Trace {
  const newest = points.at(-1)?.at ?? 0;
  const runs: string[][] = [];
  let last = Number.NEGATIVE_INFINITY;
  for (const { at, value } of points) {
    const x = width * (1 - (newest - at) / TRACE_WINDOW);
    if (x < 0) continue;
    const y = height * (1 - Math.min(1, Math.max(0, value / most)));
    if (at - last > LONGEST_STEP) runs.push([]);
    runs.at(-1)?.push(`${x.toFixed(1)} ${y.toFixed(1)}`);
    last = at;
  }
  const lines = runs.map((run) => run.join("L"));
  const x = (point: string | undefined) => point?.split(" ", 1)[0];
  return {
    line: lines.map((line) => `M${line}`).join(""),
    area: runs.map((run, place) => `M${x(run[0])} ${height}L${lines[place]}L${x(run.at(-1))} ${height}Z`).join(""),
  };
}

/** Returns the top of a trace: the limit, or without one somewhat above the highest value. */
export function traceTop(points: readonly TracePoint[], limit: number | undefined, least: number): number {
  return limit ?? points.reduce((most, { value }) => Math.max(most, value * 1.2), least);
}
