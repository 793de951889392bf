/** What seldom changes of a server, folded away. */

import { css, html, LitElement, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { define } from "../define";
import type { Card, CardConfig, HomeAssistant } from "../hass";
import { shownEntityId } from "../registry";
import { WordsController } from "../words";

export const FACTS_CARD = "stellarstack-facts-card";

/** By their keys, in this order. */
export const FACTS = ["address", "memory", "cpu", "disk", "swap", "node", "location", "max_players", "backup_limit"];

export class FactsCard extends LitElement implements Card {
  @property({ attribute: false }) hass?: HomeAssistant;
  @state() private device = "";

  private readonly words = new WordsController(this);

  setConfig({ device_id }: CardConfig): void {
    this.device = String(device_id);
  }

  getCardSize(): number {
    return 1;
  }

  getGridOptions() {
    return { columns: 12, rows: "auto" as const };
  }

  protected override render() {
    const { hass } = this;
    if (!hass) return nothing;
    const facts = FACTS.flatMap((key) => {
      const id = shownEntityId(hass, this.device, key);
      const fact = id === undefined ? undefined : hass.states[id];
      return fact ? [{ name: hass.entities[fact.entity_id]?.name, value: hass.formatEntityState(fact) }] : [];
    });
    return html`<ha-card>
      <details>
        <summary>${this.words.get("dashboard_facts")}</summary>
        <dl>${facts.map(({ name, value }) => html`<dt>${name}</dt><dd><bdi>${value}</bdi></dd>`)}</dl>
      </details>
    </ha-card>`;
  }

  static override styles = css`
    ha-card {
      display: block;
    }
    summary {
      padding: 16px;
      cursor: pointer;
    }
    summary:focus-visible {
      outline: 2px solid var(--primary-color, #03a9f4);
      outline-offset: -2px;
    }
    dl {
      display: grid;
      grid-template-columns: auto 1fr;
      gap: 8px 16px;
      margin: 0;
      padding: 0 16px 16px;
    }
    dt {
      color: var(--secondary-text-color, #727272);
    }
    dd {
      margin: 0;
      overflow-wrap: anywhere;
      text-align: end;
    }
  `;
}
define(FACTS_CARD, FactsCard);
