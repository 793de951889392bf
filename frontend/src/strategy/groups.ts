/** Which servers the dashboard shows, and in which groups. */

import type { DeviceEntry, HomeAssistant } from "../hass";
import { deviceName, entityState, panels, servers } from "../registry";
import type { Words } from "../words";
import type { DashboardOptions } from "./options";

export interface Group {
  heading: string;
  icon: string;
  servers: DeviceEntry[];
}

/** The names of labels by their id. */
export type Labels = ReadonlyMap<string, string>;

interface Heading {
  key: string;
  heading: string;
  icon: string;
}

const ICONS = {
  node: "mdi:server-network",
  panel: "mdi:view-dashboard",
  area: "mdi:home-map-marker",
  label: "mdi:label",
};
const NO_VALUE = new Set(["unknown", "unavailable"]);

/** Where servers were when their panel was last reached: a panel that is away moves no card. */
const lastNodes = new Map<string, string>();

/** Returns the servers that the dashboard shows, by name. */
export function chosenServers(hass: HomeAssistant, options: Pick<DashboardOptions, "servers">): DeviceEntry[] {
  const all = servers(hass);
  return options.servers ? all.filter(({ id }) => options.servers?.includes(id)) : all;
}

/** Returns the node that a server is on, or was when that was last known. */
export function nodeOf(hass: HomeAssistant, { id }: DeviceEntry): string | undefined {
  const state = entityState(hass, id, "node")?.state;
  if (state !== undefined && !NO_VALUE.has(state)) lastNodes.set(id, state);
  return lastNodes.get(id);
}

/** Returns the panel of a server. */
export function panelOf(hass: HomeAssistant, server: DeviceEntry): DeviceEntry | undefined {
  return server.via_device_id ? hass.devices[server.via_device_id] : undefined;
}

/** Returns the groups by name, the servers that belong to none at the end. */
export function groups(hass: HomeAssistant, options: DashboardOptions, labels: Labels, words: Words): Group[] {
  const found = new Map<string, Group>();
  const others: Group = { heading: words("dashboard_other"), icon: "mdi:dots-horizontal", servers: [] };
  const severalPanels = panels(hass).length > 1;
  for (const server of chosenServers(hass, options)) {
    const headings = headingsOf(hass, server, options, labels, severalPanels);
    if (!headings.length) others.servers.push(server);
    for (const { key, ...heading } of headings) {
      const group = found.get(key) ?? { ...heading, servers: [] };
      group.servers.push(server);
      found.set(key, group);
    }
  }
  const order = new Intl.Collator(hass.locale.language, { numeric: true });
  const sorted = [...found.values()].sort((one, other) => order.compare(one.heading, other.heading));
  return others.servers.length ? [...sorted, others] : sorted;
}

function headingsOf(
  hass: HomeAssistant,
  server: DeviceEntry,
  options: DashboardOptions,
  labels: Labels,
  severalPanels: boolean,
): Heading[] {
  const icon = ICONS[options.group_by];
  const panel = panelOf(hass, server);
  const ofPanel = panel ? [{ key: panel.id, heading: deviceName(panel), icon: ICONS.panel }] : [];
  switch (options.group_by) {
    case "panel":
      return ofPanel;
    case "node": {
      const node = nodeOf(hass, server);
      if (node === undefined) return ofPanel;
      const heading = panel && severalPanels ? `${node} · ${deviceName(panel)}` : node;
      return [{ key: `${panel?.id} ${node}`, heading, icon }];
    }
    case "area": {
      const area = server.area_id ? hass.areas[server.area_id] : undefined;
      return area ? [{ key: area.area_id, heading: area.name, icon: area.icon || icon }] : [];
    }
    case "label":
      return (server.labels ?? []).flatMap((key) => {
        const heading = labels.get(key);
        return heading === undefined ? [] : [{ key, heading, icon }];
      });
    default:
      return options.group_by satisfies never;
  }
}
