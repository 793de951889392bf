/** What a card tells the page around it. */

function fire(card: HTMLElement, type: string, detail: Record<string, unknown>): void {
  card.dispatchEvent(new CustomEvent(type, { bubbles: true, composed: true, detail }));
}

/** Shows a short message at the edge of the page. */
export function notify(card: HTMLElement, message: string): void {
  fire(card, "hass-notification", { message });
}

/** Opens Home Assistant's dialog about an entity. */
export function showEntity(card: HTMLElement, entityId: string): void {
  fire(card, "hass-more-info", { entityId });
}

/** Puts a text into the clipboard, also without https, where browsers have no better way. */
export async function copyText(card: HTMLElement, text: string): Promise<void> {
  if (navigator.clipboard && isSecureContext) {
    try {
      await navigator.clipboard.writeText(text);
      return;
    } catch {
      // A page within another one may not be allowed to.
    }
  }
  const area = document.createElement("textarea");
  area.value = text;
  area.style.position = "fixed";
  // Beside the card, since an open dialog keeps the focus inside of it.
  (card.shadowRoot ?? document.body).append(area);
  area.select();
  try {
    document.execCommand("copy");
  } finally {
    area.remove();
  }
}
