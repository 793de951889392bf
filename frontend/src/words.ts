/** The words of cards and dashboard: the integration's own translations, in the language of the person. */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import { common as english } from "../../custom_components/stellarstack/translations/en.json";
import type { HomeAssistant } from "./hass";
import { DOMAIN } from "./registry";

export type Word = keyof typeof english;

/** Returns the text of a key, its `{placeholders}` filled. */
export type Words = (key: Word, values?: Record<string, string | number>) => string;

type Texts = Record<string, string>;

const PREFIX = `component.${DOMAIN}.common.`;
const loaded = new Map<string, Texts>();
const loading = new Map<string, Promise<void>>();

/** Returns the words for a language; English until they are loaded, and for what is missing. */
export function words(language: string): Words {
  const texts = loaded.get(language);
  return (key, values = {}) =>
    (texts?.[PREFIX + key] ?? english[key]).replace(/\{(\w+)\}/g, (whole, name: string) =>
      String(values[name] ?? whole),
    );
}

/** Loads the words of the person's language; what fails is tried again at the next call. */
export function loadWords(hass: HomeAssistant): Promise<void> {
  const { language } = hass;
  let pending = loading.get(language);
  if (!pending) {
    pending = hass
      .callWS<{ resources: Texts }>({
        type: "frontend/get_translations",
        language,
        category: "common",
        integration: [DOMAIN],
      })
      .then(
        ({ resources }) => void loaded.set(language, resources),
        () => void loading.delete(language),
      );
    loading.set(language, pending);
  }
  return pending;
}

/** Gives a card its words, and renders it again when they have come. */
export class WordsController implements ReactiveController {
  #language = "en";

  constructor(private readonly host: ReactiveControllerHost & { hass?: HomeAssistant | undefined }) {
    host.addController(this);
  }

  hostUpdate(): void {
    const { hass } = this.host;
    if (hass && hass.language !== this.#language) {
      this.#language = hass.language;
      void loadWords(hass).then(() => this.host.requestUpdate());
    }
  }

  get: Words = (key, values) => words(this.#language)(key, values);
}
