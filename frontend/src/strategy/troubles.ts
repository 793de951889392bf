/** What is wrong with panels, nodes and servers: one line for each cause, not for each of its effects. */

import type { DeviceEntry, HomeAssistant } from "../hass";
import { deviceName, entityId, entityState } from "../registry";
import type { Words } from "../words";
import { nodeOf, panelOf } from "./groups";

export interface Trouble {
  icon: string;
  text: string;
  /** What tells more: an entity, or the page of a server. */
  entityId?: string;
  path?: string;
}

const CRASHED_NO_MORE = new Set(["starting", "running", "unavailable", "unknown"]);

/** Returns the troubles, the widest first; a panel that is away hides all that is behind it. */
export function troubles(hass: HomeAssistant, servers: DeviceEntry[], words: Words): Trouble[] {
  const away = new Map<string, Trouble | undefined>();
  const nodes = new Map<string, Trouble>();
  const broken: Trouble[] = [];
  for (const server of servers) {
    const panel = panelOf(hass, server);
    if (panel && !away.has(panel.id)) away.set(panel.id, awayPanel(hass, panel, words));
    if (panel && away.get(panel.id)) continue;
    if (entityState(hass, server.id, "node_online")?.state === "off") {
      const node = nodeOf(hass, server);
      nodes.set(node === undefined ? server.id : `${panel?.id} ${node}`, {
        icon: "mdi:server-network-off",
        text:
          node === undefined
            ? `${deviceName(server)}: ${words("card_node_offline")}`
            : words("dashboard_node_offline", { node }),
        entityId: entityId(hass, server.id, "node_online") ?? "",
      });
    } else {
      broken.push(...brokenServer(hass, server, words));
    }
  }
  return [...[...away.values()].filter((trouble) => trouble !== undefined), ...nodes.values(), ...broken];
}

function awayPanel(hass: HomeAssistant, panel: DeviceEntry, words: Words): Trouble | undefined {
  const connected = entityState(hass, panel.id, "connected");
  if (!connected || connected.state === "on") return undefined;
  return {
    icon: "mdi:lan-disconnect",
    text: words("dashboard_away", { panel: deviceName(panel) }),
    entityId: connected.entity_id,
  };
}

function brokenServer(hass: HomeAssistant, server: DeviceEntry, words: Words): Trouble[] {
  const status = entityState(hass, server.id, "status");
  if (!status) return [];
  const name = deviceName(server);
  if (status.state === "error") {
    const text = `${name}: ${hass.formatEntityState(status)}`;
    return [{ icon: "mdi:alert-circle", text, path: server.id }];
  }
  const last = entityState(hass, server.id, "lifecycle")?.attributes.event_type;
  return last === "crashed" && !CRASHED_NO_MORE.has(status.state)
    ? [{ icon: "mdi:alert-circle", text: words("dashboard_crashed", { server: name }), path: server.id }]
    : [];
}
