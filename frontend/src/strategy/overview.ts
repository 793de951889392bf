/** The first page of the dashboard: what is wrong, then all servers in groups. */

import { define } from "../define";
import type { CardConfig, HomeAssistant } from "../hass";
import { loadWords, type Words, words } from "../words";
import { chosenServers, type Group, groups, type Labels, nodeOf } from "./groups";
import type { DashboardOptions } from "./options";
import { TROUBLE_CARD } from "./trouble-card";

export const OVERVIEW = "stellarstack-overview";

/** The most columns of a page, each up to 500 px wide. */
const COLUMNS = 4;
/** With more servers than this, their cards are small. */
const MANY = 12;

export interface OverviewConfig extends DashboardOptions {
  type: string;
}

export class OverviewStrategy extends HTMLElement {
  static async generate(config: OverviewConfig, hass: HomeAssistant) {
    const [labels] = await Promise.all([loadLabels(config, hass), loadWords(hass)]);
    return overview(hass, config, labels, words(hass.language));
  }

  /** Home Assistant asks with each new state; most of them change nothing here. */
  static shouldRegenerate(config: OverviewConfig, before: HomeAssistant, hass: HomeAssistant): boolean {
    if (before.entities !== hass.entities || before.devices !== hass.devices || before.areas !== hass.areas)
      return true;
    if (config.group_by !== "node" || before.states === hass.states) return false;
    return chosenServers(hass, config).some((server) => nodeOf(before, server) !== nodeOf(hass, server));
  }
}
define(`ll-strategy-view-${OVERVIEW}`, OverviewStrategy);

/** Returns the page as Home Assistant's own configuration. */
export function overview(hass: HomeAssistant, config: OverviewConfig, labels: Labels, words: Words) {
  const found = groups(hass, config, labels, words);
  const servers = chosenServers(hass, config);
  const compact = config.compact ?? servers.length > MANY;
  const sections = found.map((group) => groupSection(group, compact, columns(group, found.length, compact)));
  return {
    type: "sections",
    max_columns: COLUMNS,
    dense_section_placement: true,
    sections: sections.length
      ? [
          wideSection({ type: `custom:${TROUBLE_CARD}`, ...(config.servers && { servers: config.servers }) }),
          ...sections,
        ]
      : [wideSection({ type: "markdown", content: words("dashboard_no_servers") })],
  };
}

function wideSection(card: CardConfig) {
  return { type: "grid", column_span: COLUMNS, cards: [card] };
}

/** Returns how wide a group is: few servers stand below each other, so that there is room for more groups. */
function columns({ servers }: Group, groups: number, compact: boolean): number {
  const high = groups === 1 ? 1 : compact ? 6 : 3;
  return Math.min(Math.ceil(servers.length / high), COLUMNS);
}

function groupSection({ heading, icon, servers }: Group, compact: boolean, column_span: number) {
  return {
    type: "grid",
    column_span,
    cards: [
      { type: "heading", heading, icon },
      ...servers.map(({ id }) => ({
        type: "custom:stellarstack-server-card",
        device_id: id,
        navigation_path: id,
        ...(compact && { compact }),
      })),
    ],
  };
}

/** Returns the names of labels, where the dashboard is grouped by them. */
async function loadLabels({ group_by }: OverviewConfig, hass: HomeAssistant): Promise<Labels> {
  if (group_by !== "label") return new Map();
  const labels = await hass.callWS<{ label_id: string; name: string }[]>({ type: "config/label_registry/list" });
  return new Map(labels.map(({ label_id, name }) => [label_id, name]));
}
