/** The form for the options of the dashboard. */

import { html, LitElement, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { define } from "../define";
import type { HomeAssistant } from "../hass";
import { DOMAIN } from "../registry";
import { type Words, WordsController } from "../words";
import { type DashboardConfig, GROUPINGS } from "./options";

export const EDITOR = "stellarstack-dashboard-editor";

interface FormData {
  group_by: string;
  servers: string[];
  size: "auto" | "compact" | "full";
}

export class DashboardEditor extends LitElement {
  @property({ attribute: false }) hass?: HomeAssistant;
  @state() private config: DashboardConfig | undefined;

  private readonly words = new WordsController(this);

  setConfig(config: DashboardConfig): void {
    this.config = config;
  }

  protected override render() {
    if (!this.hass || !this.config) return nothing;
    const words = this.words.get;
    return html`<ha-form
      .hass=${this.hass}
      .data=${toForm(this.config)}
      .schema=${schema(words)}
      .computeLabel=${({ name }: { name: keyof FormData }) => words(`dashboard_${name}`)}
      .computeHelper=${({ name }: { name: keyof FormData }) => (name === "servers" ? words("dashboard_servers_help") : "")}
      @value-changed=${this.changed}
    ></ha-form>`;
  }

  private changed(event: CustomEvent<{ value: FormData }>): void {
    event.stopPropagation();
    const config = fromForm(this.config as DashboardConfig, event.detail.value);
    this.dispatchEvent(new CustomEvent("config-changed", { bubbles: true, composed: true, detail: { config } }));
  }
}
define(EDITOR, DashboardEditor);

export function toForm({ group_by = "node", servers, compact }: DashboardConfig): FormData {
  return {
    group_by: String(group_by),
    servers: Array.isArray(servers) ? servers : [],
    size: compact == null ? "auto" : compact ? "compact" : "full",
  };
}

/** Returns the configuration for what the form says; what is as usual is left out. */
export function fromForm(config: DashboardConfig, { group_by, servers, size }: FormData): DashboardConfig {
  return {
    type: config.type,
    ...(group_by !== "node" && { group_by }),
    ...(servers?.length && { servers }),
    ...(size !== "auto" && { compact: size === "compact" }),
  };
}

function schema(words: Words) {
  const sizes = ["auto", "compact", "full"] as const;
  return [
    {
      name: "group_by",
      required: true,
      selector: {
        select: { options: GROUPINGS.map((value) => ({ value, label: words(`dashboard_group_by_${value}`) })) },
      },
    },
    {
      name: "servers",
      selector: {
        device: { multiple: true, filter: { integration: DOMAIN }, entity: { integration: DOMAIN, domain: "sensor" } },
      },
    },
    {
      name: "size",
      required: true,
      selector: {
        select: { options: sizes.map((value) => ({ value, label: words(`dashboard_size_${value}`) })) },
      },
    },
  ];
}
