/** The page of a server: its card and console, what it uses, what happened, backups and facts. */

import { define } from "../define";
import type { CardConfig, HomeAssistant } from "../hass";
import { shownEntityId } from "../registry";
import { loadWords, type Words, words } from "../words";
import { BACKUP_CARD } from "./backup-card";
import { FACTS, FACTS_CARD } from "./facts-card";

export const SERVER = "stellarstack-server";

export interface ServerConfig {
  type: string;
  device_id: string;
}

export class ServerStrategy extends HTMLElement {
  static registryDependencies = ["entities", "devices"];

  static async generate({ device_id }: ServerConfig, hass: HomeAssistant) {
    await loadWords(hass);
    return serverPage(hass, device_id, words(hass.language));
  }
}
define(`ll-strategy-view-${SERVER}`, ServerStrategy);

/**
 * Returns the page as Home Assistant's own configuration, with nothing that the server does not have.
 *
 * Entities that a person hides stay away, as from each page that Home Assistant fills by itself.
 */
export function serverPage(hass: HomeAssistant, deviceId: string, words: Words) {
  if (!hass.devices[deviceId]) {
    return { type: "sections", sections: [section({ type: "markdown", content: words("dashboard_gone") })] };
  }
  const id = (key: string) => shownEntityId(hass, deviceId, key);
  const sections = [
    section({ type: "custom:stellarstack-server-card", device_id: deviceId }, ...players(hass, id("players"))),
    {
      ...section({
        type: "custom:stellarstack-console-card",
        device_id: deviceId,
        grid_options: { columns: "full", rows: 10 },
      }),
      column_span: 2,
    },
    headed(words("dashboard_backups"), "mdi:archive", [
      ...tile(hass, id("last_backup")),
      { type: `custom:${BACKUP_CARD}`, device_id: deviceId },
      ...(FACTS.some(id) ? [{ type: `custom:${FACTS_CARD}`, device_id: deviceId }] : []),
    ]),
    headed(words("dashboard_usage"), "mdi:chart-line", [
      ...graph(hass, [id("cpu_usage")]),
      ...graph(hass, [id("memory_usage")]),
      ...graph(hass, [id("disk_usage")]),
      ...graph(hass, [id("network_in"), id("network_out")]),
      ...graph(hass, [id("players")]),
    ]),
    headed(words("dashboard_history"), "mdi:history", [
      ...graph(hass, [id("status")]),
      ...logbook(hass, id("lifecycle")),
    ]),
  ];
  // Dense: where only two sections fit beside each other, the backups come up beside the card.
  return { type: "sections", max_columns: 3, dense_section_placement: true, sections: sections.filter((each) => each) };
}

function section(...cards: CardConfig[]) {
  return { type: "grid", cards };
}

function headed(heading: string, icon: string, cards: CardConfig[]) {
  return cards.length ? section({ type: "heading", heading, icon }, ...cards) : undefined;
}

function tile(hass: HomeAssistant, entity: string | undefined): CardConfig[] {
  return entity ? [{ type: "tile", entity, name: hass.entities[entity]?.name, grid_options: { columns: 12 } }] : [];
}

function players(hass: HomeAssistant, entity: string | undefined): CardConfig[] {
  return tile(hass, entity).map((card) => ({ ...card, state_content: ["state", "names"] }));
}

function graph(hass: HomeAssistant, ids: (string | undefined)[]): CardConfig[] {
  const entities = ids
    .filter((id) => id !== undefined)
    .map((entity) => ({ entity, name: hass.entities[entity]?.name }));
  const recorded = entities.length > 0 && hass.config.components.includes("history");
  return recorded ? [{ type: "history-graph", hours_to_show: 24, entities }] : [];
}

function logbook(hass: HomeAssistant, entity: string | undefined): CardConfig[] {
  return entity && hass.config.components.includes("logbook")
    ? [{ type: "logbook", hours_to_show: 24, target: { entity_id: entity } }]
    : [];
}
