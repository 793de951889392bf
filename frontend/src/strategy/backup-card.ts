/** The button that makes a backup of a server, while the person may. */

import { css, html, LitElement, nothing } from "lit";
import { property, state } from "lit/decorators.js";
import { confirm } from "../cards/confirm";
import { buttonStyles, cardStyles } from "../cards/styles";
import { define } from "../define";
import type { Card, CardConfig, HomeAssistant } from "../hass";
import { LiveController } from "../live";
import { DOMAIN, deviceName, serverById } from "../registry";
import { WordsController } from "../words";

export const BACKUP_CARD = "stellarstack-backup-card";

export class BackupCard extends LitElement implements Card {
  @property({ attribute: false }) hass?: HomeAssistant;
  @state() private device = "";
  /** Whether a backup that was begun here is being made. */
  @state() private busy = false;

  private readonly words = new WordsController(this);
  /** Live data and actions need the same right, and of live data Home Assistant tells when it is lost. */
  private readonly live = new LiveController(
    this,
    "usage",
    () => (this.hass ? serverById(this.hass, this.device)?.id : undefined),
    () => {},
  );

  /** Home Assistant takes a hidden card off the page, unless it says so: then it would never come back. */
  readonly connectedWhileHidden = true;

  setConfig({ device_id }: CardConfig): void {
    this.device = String(device_id);
  }

  getCardSize(): number {
    return 2;
  }

  getGridOptions() {
    return { columns: 12, rows: 2 };
  }

  protected override willUpdate(): void {
    const { state } = this.live;
    const hidden = state === undefined || state === "off";
    if (this.hidden !== hidden) {
      this.hidden = hidden;
      this.dispatchEvent(new CustomEvent("card-visibility-changed", { bubbles: true, composed: true }));
    }
  }

  protected override render() {
    if (this.hidden) return nothing;
    return html`<ha-card>
      <button ?disabled=${this.busy} @click=${this.create}>
        <ha-icon icon="mdi:archive-plus"></ha-icon>${this.words.get("dashboard_create_backup")}
      </button>
    </ha-card>`;
  }

  private async create(): Promise<void> {
    const { hass } = this;
    const server = hass && serverById(hass, this.device);
    if (!server) return;
    const confirmed = await confirm(this, {
      title: this.words.get("dashboard_create_backup_ask", { server: deviceName(server) }),
      text: "",
      confirm: this.words.get("dashboard_create_backup"),
      cancel: this.words.get("card_cancel"),
    });
    if (!confirmed) return;
    this.busy = true;
    try {
      await hass.callService(DOMAIN, "create_backup", {}, { device_id: server.id });
    } catch {
      // Home Assistant has shown the error.
    } finally {
      this.busy = false;
    }
  }

  static override styles = [
    cardStyles,
    buttonStyles,
    css`
      :host([hidden]) {
        display: none;
      }
      button {
        flex-direction: column;
        inline-size: 100%;
        block-size: 100%;
        padding: 16px;
        border-radius: inherit;
      }
      ha-icon {
        color: var(--primary-color, #03a9f4);
        --mdc-icon-size: 32px;
      }
    `,
  ];
}
define(BACKUP_CARD, BackupCard);
