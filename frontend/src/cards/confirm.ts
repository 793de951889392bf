/** Asks before something is done that cannot be taken back. */

import { css, html, LitElement } from "lit";
import { query } from "lit/decorators.js";
import { define } from "../define";
import { buttonStyles } from "./styles";

export interface Question {
  title: string;
  text: string;
  /** What the button says that does it. */
  confirm: string;
  /** What the button says that does nothing. */
  cancel: string;
}

/** A dialog of the browser's own, which keeps the focus and closes with Escape. */
class Confirm extends LitElement {
  static override styles = [
    buttonStyles,
    css`
      dialog {
        box-sizing: border-box;
        inline-size: min(400px, calc(100vw - 32px));
        padding: 24px;
        border: 0;
        border-radius: var(--ha-dialog-border-radius, 24px);
        background: var(--ha-dialog-surface-background, var(--card-background-color, #fff));
        color: var(--primary-text-color, #212121);
        overflow-wrap: anywhere;
      }
      dialog::backdrop {
        background: rgb(0 0 0 / 50%);
      }
      h2 {
        margin: 0;
        font-size: 1.25rem;
        font-weight: 500;
      }
      p {
        margin: 12px 0 0;
        color: var(--secondary-text-color, #727272);
      }
      p:empty {
        display: none;
      }
      form {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 8px;
        margin-block-start: 24px;
      }
      .filled {
        --button-color: var(--error-color, #db4437);
      }
    `,
  ];

  question: Question | undefined;

  @query("dialog") private dialog!: HTMLDialogElement | null;

  async ask(question: Question): Promise<boolean> {
    this.question = question;
    await this.updateComplete;
    if (!this.isConnected) return false;
    this.dialog?.showModal();
    return new Promise((resolve) => {
      this.dialog?.addEventListener("close", () => resolve(this.dialog?.returnValue === "confirm"), { once: true });
    });
  }

  /** Says no when the card leaves the page: on another one, the dialog would be a part of the card. */
  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.dialog?.close("");
  }

  protected override render() {
    return html`
      <dialog aria-labelledby="title" aria-describedby="text">
        <h2 id="title">${this.question?.title}</h2>
        <p id="text">${this.question?.text}</p>
        <form method="dialog">
          <button value="">${this.question?.cancel}</button>
          <button class="filled" value="confirm">${this.question?.confirm}</button>
        </form>
      </dialog>
    `;
  }
}

define("stellarstack-confirm", Confirm);

/** Asks in a dialog above the page; false also when the card goes meanwhile. */
export async function confirm(card: LitElement, question: Question): Promise<boolean> {
  const dialog = document.createElement("stellarstack-confirm") as Confirm;
  // In the card, whose theme it takes over.
  card.renderRoot.append(dialog);
  try {
    return (await dialog.ask(question)) && card.isConnected;
  } finally {
    dialog.remove();
  }
}
