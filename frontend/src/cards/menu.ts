/** The menu of a card: what is not needed each day. */

import { css, html, LitElement, nothing } from "lit";
import { property, query } from "lit/decorators.js";
import { define } from "../define";
import { icon, mdiDotsVertical } from "./icons";
import { buttonStyles } from "./styles";

export interface MenuItem {
  label: string;
  icon: string;
  /** Where it leads, outside of Home Assistant. */
  href?: string;
  /** What it does. */
  run?: () => void;
}

class Menu extends LitElement {
  static override styles = [
    buttonStyles,
    css`
      [role="menu"] {
        position: fixed;
        inset: auto;
        margin: 0;
        padding: 8px 0;
        border: 1px solid var(--divider-color, #e0e0e0);
        border-radius: 12px;
        background: var(--card-background-color, #fff);
        color: var(--primary-text-color, #212121);
        box-shadow: 0 4px 16px rgb(0 0 0 / 20%);
      }
      button.item,
      a.item {
        display: flex;
        inline-size: 100%;
        justify-content: flex-start;
        gap: 16px;
        border-radius: 0;
        white-space: nowrap;
      }
      .item .icon {
        color: var(--secondary-text-color, #727272);
      }
    `,
  ];

  @property({ attribute: false }) items: MenuItem[] = [];
  @property() label = "";

  @query("button") private opener!: HTMLButtonElement;
  @query("[role=menu]") private menu!: HTMLElement;

  protected override render() {
    return html`
      <button
        class="bare"
        aria-label=${this.label}
        title=${this.label}
        aria-haspopup="menu"
        aria-expanded="false"
        @click=${this.open}
      >
        ${icon(mdiDotsVertical)}
      </button>
      <div
        role="menu"
        popover
        aria-label=${this.label}
        @keydown=${this.move}
        @click=${this.close}
        @toggle=${this.toggled}
      >
        ${this.items.map((item) =>
          item.href
            ? html`
                <a class="item" role="menuitem" tabindex="-1" href=${item.href} target="_blank" rel="noreferrer">
                  ${icon(item.icon)}${item.label}
                </a>
              `
            : html`
                <button class="item" role="menuitem" tabindex="-1" @click=${item.run ?? nothing}>
                  ${icon(item.icon)}${item.label}
                </button>
              `,
        )}
      </div>
    `;
  }

  private open() {
    this.menu.showPopover();
    const { left, right, top, bottom } = this.opener.getBoundingClientRect();
    const { offsetWidth: width, offsetHeight: height } = this.menu;
    const start = getComputedStyle(this).direction === "rtl" ? left : right - width;
    this.menu.style.left = `${Math.max(8, Math.min(start, innerWidth - width - 8))}px`;
    this.menu.style.top = `${bottom + height + 8 > innerHeight ? Math.max(8, top - height) : bottom}px`;
    this.choices[0]?.focus();
  }

  private close() {
    this.menu.hidePopover();
    this.opener.focus();
  }

  private toggled(event: Event) {
    const open = (event as ToggleEvent).newState === "open";
    this.opener.setAttribute("aria-expanded", String(open));
  }

  private get choices(): HTMLElement[] {
    return [...this.menu.querySelectorAll<HTMLElement>("[role=menuitem]")];
  }

  private move(event: KeyboardEvent) {
    const { choices } = this;
    const place = choices.indexOf(this.renderRoot.querySelector(":focus") as HTMLElement);
    const next = { ArrowDown: place + 1, ArrowUp: place - 1, Home: 0, End: -1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      choices.at(next % choices.length)?.focus();
    } else if (event.key === "Tab" || event.key === "Escape") {
      this.close();
    }
  }
}

define("stellarstack-menu", Menu);
