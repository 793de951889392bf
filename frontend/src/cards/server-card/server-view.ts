/** What a server card shows, worked out of Home Assistant's registries and states alone. */

import type { EntityState, HomeAssistant } from "../../hass";
import { deviceName, entityId, entityIndex, entityState, serverById } from "../../registry";
import { toMebibytes } from "./format";

/** The states of the status sensor. */
const STATUSES = [
  "running",
  "starting",
  "stopping",
  "stopped",
  "error",
  "installing",
  "restoring",
  "maintenance",
  "suspended",
] as const;

/** What tells the status, the most exact first: each may be disabled. */
const STATUS_KEYS = ["status", "running", "power"];

/** A state of the status sensor; "away" while the panel is, "unknown" where there is none. */
export type Status = (typeof STATUSES)[number] | "away" | "unknown";

export const ACTIONS = ["start", "restart", "stop", "kill"] as const;
export type Action = (typeof ACTIONS)[number];

const POSSIBLE: Readonly<Record<Status, readonly Action[]>> = {
  running: ["restart", "stop", "kill"],
  starting: ["stop", "kill"],
  stopping: ["kill"],
  stopped: ["start"],
  error: ["start"],
  installing: [],
  restoring: [],
  maintenance: [],
  suspended: [],
  away: [],
  unknown: ACTIONS,
};

export interface Usage {
  /** Percent of one core. */
  cpu: number | undefined;
  /** MiB. */
  memory: number | undefined;
}

export interface ServerView {
  name: string;
  game: string | undefined;
  /** The server's page on the panel. */
  url: string | undefined;
  status: Status;
  statusState: EntityState | undefined;
  /** When the status began, in milliseconds. */
  since: number | undefined;
  nodeOffline: boolean;
  address: string | undefined;
  /** How many play; undefined unless it runs. */
  players: number | undefined;
  mostPlayers: number | undefined;
  /** What the sensors tell, at longer intervals than live data. */
  usage: Usage;
  limits: Usage;
  /** What can be done now, by the status and by the rights of the panel's account. */
  actions: Action[];
}

/** Returns what there is to show; undefined if the device is not, or no longer, one of our servers. */
export function serverView(hass: HomeAssistant, deviceId: string | undefined): ServerView | undefined {
  const device = serverById(hass, deviceId);
  if (!device) return undefined;

  const state = (key: string) => entityState(hass, device.id, key);
  const statusState = STATUS_KEYS.map(state).find((found) => found !== undefined);
  const status = statusOf(statusState);
  return {
    name: deviceName(device),
    game: device.model ?? undefined,
    url: webAddress(device.configuration_url),
    status,
    statusState,
    since: (status === "running" ? timeOf(state("uptime")?.state) : undefined) ?? timeOf(statusState?.last_changed),
    nodeOffline: state("node_online")?.state === "off",
    address: textOf(state("address")),
    players: status === "running" ? numberOf(state("players")) : undefined,
    mostPlayers: numberOf(state("max_players")),
    usage: { cpu: numberOf(state("cpu_usage")), memory: memoryOf(state("memory_usage")) },
    limits: { cpu: limit(numberOf(state("cpu"))), memory: limit(memoryOf(state("memory"))) },
    actions: POSSIBLE[status].filter((action) => isAllowed(hass, device.id, action)),
  };
}

/** Returns whether a server's card looks the same with both, so that it need not be drawn anew. */
export function showsSame(before: HomeAssistant, now: HomeAssistant, deviceId = ""): boolean {
  if (
    before.entities !== now.entities ||
    before.devices[deviceId] !== now.devices[deviceId] ||
    before.locale !== now.locale ||
    before.language !== now.language ||
    before.connection !== now.connection ||
    before.formatEntityState !== now.formatEntityState
  ) {
    return false;
  }
  for (const id of entityIndex(now.entities).get(deviceId)?.values() ?? []) {
    if (before.states[id] !== now.states[id]) return false;
  }
  return true;
}

function statusOf(state: EntityState | undefined): Status {
  if (state?.state === "unavailable") return "away";
  if (state?.state === "on") return "running";
  if (state?.state === "off") return "stopped";
  return STATUSES.find((status) => status === state?.state) ?? "unknown";
}

/** An account that may not do something has no entity for it; of the others, some may just be disabled. */
function isAllowed(hass: HomeAssistant, deviceId: string, action: Action): boolean {
  const has = (key: string) => entityId(hass, deviceId, key) !== undefined;
  // There is no action to kill a server but the button, which is disabled until the person wants it.
  return has(action) || (action !== "kill" && has("power"));
}

function textOf(state: EntityState | undefined): string | undefined {
  return state && state.state !== "unavailable" && state.state !== "unknown" ? state.state : undefined;
}

function numberOf(state: EntityState | undefined): number | undefined {
  const text = textOf(state);
  const value = text ? Number(text) : Number.NaN;
  return Number.isFinite(value) ? value : undefined;
}

function memoryOf(state: EntityState | undefined): number | undefined {
  const value = numberOf(state);
  return value === undefined ? undefined : toMebibytes(value, state?.attributes.unit_of_measurement);
}

function limit(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function timeOf(text: string | undefined): number | undefined {
  const time = Date.parse(text ?? "");
  return Number.isNaN(time) ? undefined : time;
}

/** Only an address of the web is a link: the panel is not trusted with more. */
function webAddress(url: string | null | undefined): string | undefined {
  return url && /^https?:\/\//i.test(url) ? url : undefined;
}
