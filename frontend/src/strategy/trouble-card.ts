/** The first line of the dashboard: what is wrong, while something is. */

import { css, html, LitElement, nothing, type PropertyValues } from "lit";
import { property, state } from "lit/decorators.js";
import { define } from "../define";
import type { Card, CardConfig, HomeAssistant } from "../hass";
import { navigate } from "../navigate";
import { WordsController } from "../words";
import { chosenServers } from "./groups";
import { type Trouble, troubles } from "./troubles";

export const TROUBLE_CARD = "stellarstack-trouble-card";

const MOST_SHOWN = 12;

export class TroubleCard extends LitElement implements Card {
  @property({ attribute: false }) hass?: HomeAssistant;
  @state() private servers: string[] | undefined;
  @state() private troubles: Trouble[] = [];

  private readonly words = new WordsController(this);

  /** Home Assistant takes a hidden card off the page, unless it says so: then it would never come back. */
  readonly connectedWhileHidden = true;

  setConfig({ servers }: CardConfig): void {
    this.servers = servers as string[] | undefined;
  }

  getCardSize(): number {
    return 1;
  }

  getGridOptions() {
    return { columns: "full" as const, rows: "auto" as const };
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (!this.hass) return;
    const before = changed.get("hass") as HomeAssistant | undefined;
    if (before && before.states === this.hass.states && before.devices === this.hass.devices) return;
    const found = troubles(this.hass, chosenServers(this.hass, { servers: this.servers }), this.words.get);
    if (JSON.stringify(found) !== JSON.stringify(this.troubles)) this.troubles = found;
    const hidden = !this.troubles.length;
    if (this.hidden !== hidden) {
      this.hidden = hidden;
      this.dispatchEvent(new CustomEvent("card-visibility-changed", { bubbles: true, composed: true }));
    }
  }

  protected override render() {
    const more = this.troubles.length - MOST_SHOWN;
    return html`<ul role="status">
      ${this.troubles.slice(0, MOST_SHOWN).map(
        (trouble) => html`<li>
          <button @click=${() => this.open(trouble)}><ha-icon .icon=${trouble.icon}></ha-icon>${trouble.text}</button>
        </li>`,
      )}
      ${more > 0 ? html`<li class="more">${this.words.get("dashboard_more", { count: more })}</li>` : nothing}
    </ul>`;
  }

  private open({ entityId, path }: Trouble): void {
    if (path) {
      navigate(path);
    } else if (entityId) {
      const detail = { entityId };
      this.dispatchEvent(new CustomEvent("hass-more-info", { bubbles: true, composed: true, detail }));
    }
  }

  static override styles = css`
    :host([hidden]) {
      display: none;
    }
    ul {
      display: flex;
      flex-wrap: wrap;
      gap: 8px;
      margin: 0;
      padding: 0;
      list-style: none;
    }
    button,
    .more {
      display: flex;
      align-items: center;
      gap: 8px;
      min-block-size: 40px;
      box-sizing: border-box;
      padding: 8px 16px 8px 12px;
      color: var(--primary-text-color, #212121);
      font: inherit;
      text-align: start;
      overflow-wrap: anywhere;
    }
    button {
      border: 1px solid var(--error-color, #db4437);
      border-radius: 20px;
      background: var(--ha-card-background, var(--card-background-color, #fff));
      cursor: pointer;
    }
    button:hover {
      background: color-mix(in srgb, var(--error-color, #db4437) 8%, var(--card-background-color, #fff));
    }
    button:focus-visible {
      outline: 2px solid var(--primary-color, #03a9f4);
      outline-offset: 2px;
    }
    ha-icon {
      flex: none;
      color: var(--error-color, #db4437);
      --mdc-icon-size: 20px;
    }
  `;
}
define(TROUBLE_CARD, TroubleCard);
