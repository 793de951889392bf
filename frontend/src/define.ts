/** Defines our elements and lists them, also when the file is loaded twice. */

import type { CustomCard, CustomStrategy, HomeAssistant } from "./hass";
import { loadWords, type Words, words } from "./words";

export function define(name: string, element: CustomElementConstructor): void {
  if (!customElements.get(name)) customElements.define(name, element);
}

/** Lists a card where a person chooses one. */
export function listCard(type: string, describe: (words: Words) => Omit<CustomCard, "type">): void {
  window.customCards ??= [];
  list(window.customCards, { type, ...describe(words("en")) }, describe);
}

/** Lists a strategy where a person chooses a dashboard. */
export function listStrategy(type: string, describe: (words: Words) => Omit<CustomStrategy, "type">): void {
  window.customStrategies ??= [];
  list(window.customStrategies, { type, ...describe(words("en")) }, describe);
}

function list<Entry extends { type: string }>(
  entries: Entry[],
  entry: Entry,
  describe: (words: Words) => Omit<Entry, "type">,
): void {
  if (entries.some(({ type }) => type === entry.type)) return;
  entries.push(entry);
  // Nobody hands a list the language of the person; where it is not found, the entry stays English.
  const app = document.querySelector<HTMLElement & { hass?: HomeAssistant }>("home-assistant");
  if (app?.hass) {
    const { language } = app.hass;
    void loadWords(app.hass).then(() => Object.assign(entry, describe(words(language))));
  }
}
