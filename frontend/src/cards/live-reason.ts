/** Why there is no live data, in words. */

import type { LiveError, LiveState } from "../live";
import type { Words } from "../words";

/** Returns the reason; undefined where there is none, or none yet. */
export function liveReason(
  live: { state: LiveState | undefined; error: LiveError | undefined },
  words: Words,
): string | undefined {
  if (live.error) return words(`live_${live.error}`);
  return live.state === undefined || live.state === "live" ? undefined : words(`live_${live.state}`);
}
