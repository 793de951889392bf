/** What a person can choose of the dashboard. */

import type { Words } from "../words";

export const GROUPINGS = ["node", "panel", "area", "label"] as const;
export type Grouping = (typeof GROUPINGS)[number];

/** The options as they stand in the dashboard's configuration. */
export interface DashboardConfig {
  type: string;
  group_by?: unknown;
  servers?: unknown;
  compact?: unknown;
}

export interface DashboardOptions {
  group_by: Grouping;
  /** The ids of the devices to show; all without it. */
  servers?: string[] | undefined;
  /** Whether cards are small; without it, when there are many. */
  compact?: boolean;
}

/** Returns the options, or throws what is wrong with one in the person's words. */
export function parseOptions(config: DashboardConfig, words: Words): DashboardOptions {
  const invalid = (option: string) => new Error(words("dashboard_bad_option", { option }));
  const { group_by = "node", servers, compact } = config;
  if (!GROUPINGS.includes(group_by as Grouping)) throw invalid("group_by");
  if (servers != null && !(Array.isArray(servers) && servers.every((id) => typeof id === "string"))) {
    throw invalid("servers");
  }
  if (compact != null && typeof compact !== "boolean") throw invalid("compact");
  return {
    group_by: group_by as Grouping,
    ...(servers?.length && { servers }),
    ...(compact != null && { compact }),
  };
}
