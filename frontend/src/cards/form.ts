/** The visual editor of both cards: a form that Home Assistant draws. */

import type { CardConfig } from "../hass";
import { DOMAIN } from "../registry";
import { type Word, words } from "../words";

interface Field {
  name: string;
  required?: boolean;
  selector: Record<string, unknown>;
}

/** Returns a form that asks for a server, and then for more. */
export function deviceForm(...fields: Field[]) {
  return {
    schema: [
      {
        name: "device_id",
        required: true,
        // A panel has no sensors, so only servers are left to choose from.
        selector: { device: { filter: { integration: DOMAIN }, entity: { integration: DOMAIN, domain: "sensor" } } },
      },
      ...fields,
    ],
    computeLabel: ({ name }: Field) => words(document.documentElement.lang)(`card_${name}` as Word),
    assertConfig: ({ device_id }: CardConfig) => {
      if (device_id !== undefined && typeof device_id !== "string") throw new Error("device_id is not a text");
    },
  };
}
