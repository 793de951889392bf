/** The dashboard: an overview, and a page for each server. */

import { define } from "../define";
import type { HomeAssistant } from "../hass";
import { deviceName } from "../registry";
import { loadWords, words } from "../words";
import { EDITOR } from "./editor";
import { chosenServers } from "./groups";
import { type DashboardConfig, parseOptions } from "./options";
import { OVERVIEW } from "./overview";
import { SERVER } from "./server";

/** The pages of this visit, in the order in which their servers came: Home Assistant tells open pages by their number. */
const pages = new Set<string>();

export class DashboardStrategy extends HTMLElement {
  static registryDependencies = ["devices"];

  static async generate(config: DashboardConfig, hass: HomeAssistant) {
    await loadWords(hass);
    const options = parseOptions(config, words(hass.language));
    for (const { id } of chosenServers(hass, options)) pages.add(id);
    return {
      views: [
        { path: "overview", icon: "mdi:controller", strategy: { type: `custom:${OVERVIEW}`, ...options } },
        ...[...pages].map((id) => ({
          path: id,
          subview: true,
          title: hass.devices[id] ? deviceName(hass.devices[id]) : "",
          strategy: { type: `custom:${SERVER}`, device_id: id },
        })),
      ],
    };
  }

  /** What the dialog that adds a dashboard is filled with. */
  static async getCreateSuggestions(hass: HomeAssistant) {
    await loadWords(hass);
    return { title: words(hass.language)("dashboard_name"), icon: "mdi:controller" };
  }

  static async getConfigElement(): Promise<HTMLElement> {
    return document.createElement(EDITOR);
  }
}
define("ll-strategy-dashboard-stellarstack", DashboardStrategy);
