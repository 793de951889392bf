/** What tests share: a Home Assistant with servers, and live subscriptions that a test feeds. */

import type { DeviceEntry, EntityEntry, EntityState, HomeAssistant } from "./hass";
import { DOMAIN } from "./registry";

/** A subscription that a card made. */
export interface Subscription {
  message: { type: string; [key: string]: unknown };
  send: (event: unknown) => void;
  ended: boolean;
}

export interface FakeHomeAssistant extends HomeAssistant {
  /** Loses the connection, and with it all subscriptions, and connects again. */
  reconnect: () => void;
  subscriptions: Subscription[];
  calls: { domain: string; service: string; data: unknown; target: unknown }[];
  /** What the next subscription is refused with. */
  refuse: { code: string } | undefined;
  /** The texts that Home Assistant has of us, by language and key. */
  texts: Record<string, Record<string, string>>;
}

export function homeAssistant(language = "en"): FakeHomeAssistant {
  const ready = new Set<() => void>();
  const hass: FakeHomeAssistant = {
    reconnect: () => {
      for (const subscription of hass.subscriptions.splice(0)) subscription.ended = true;
      for (const listener of [...ready]) listener();
    },
    states: {},
    entities: {},
    devices: {},
    areas: {},
    user: { id: "user", is_admin: true },
    language,
    locale: { language },
    config: { components: ["history", "logbook"] },
    texts: {},
    subscriptions: [],
    calls: [],
    refuse: undefined,
    connection: {
      async subscribeMessage<Event>(callback: (event: Event) => void, message: Subscription["message"]) {
        if (hass.refuse) throw hass.refuse;
        const subscription: Subscription = { message, send: (event) => callback(event as Event), ended: false };
        hass.subscriptions.push(subscription);
        return async () => {
          if (subscription.ended) throw { code: "not_found" };
          subscription.ended = true;
        };
      },
      addEventListener: (_type, listener) => void ready.add(listener),
      removeEventListener: (_type, listener) => void ready.delete(listener),
    },
    async callWS<Result>(message: { type: string; [key: string]: unknown }) {
      const texts = hass.texts[String(message.language)];
      if (message.type !== "frontend/get_translations" || !texts) throw { code: "unknown_command" };
      const resources = Object.entries(texts).map(([key, text]) => [`component.${DOMAIN}.common.${key}`, text]);
      return { resources: Object.fromEntries(resources) } as Result;
    },
    async callService(domain, service, data, target) {
      hass.calls.push({ domain, service, data, target });
      return {};
    },
    formatEntityState: (state, value) => value ?? state.state,
  };
  return hass;
}

/** Adds a panel; returns its device. */
export function addPanel(hass: HomeAssistant, name: string, device: Partial<DeviceEntry> = {}): DeviceEntry {
  return addDevice(hass, { id: `panel-${name}`, name, identifiers: [[DOMAIN, `entry-${name}`]], ...device }, name);
}

/** Adds a server of a panel; returns its device. */
export function addServer(hass: HomeAssistant, name: string, device: Partial<DeviceEntry> = {}): DeviceEntry {
  return addDevice(hass, { id: `server-${name}`, name, identifiers: [[DOMAIN, `id-${name}`]], ...device }, "panel");
}

function addDevice(hass: HomeAssistant, device: Omit<DeviceEntry, "config_entries">, panel: string): DeviceEntry {
  const added = { config_entries: [`entry-${panel}`], ...device };
  hass.devices = { ...hass.devices, [added.id]: added };
  return added;
}

/** Adds an entity of a device, named unlike its key; returns its id. */
export function addEntity(
  hass: HomeAssistant,
  device: DeviceEntry,
  domain: string,
  key: string,
  state?: string,
  attributes: EntityState["attributes"] = {},
  entry: Partial<EntityEntry> = {},
): string {
  const entity_id = `${domain}.renamed_${Object.keys(hass.entities).length}`;
  hass.entities = {
    ...hass.entities,
    [entity_id]: { entity_id, device_id: device.id, platform: DOMAIN, translation_key: key, ...entry },
  };
  if (state !== undefined) {
    const at = "2026-11-01T12:00:00+00:00";
    hass.states = { ...hass.states, [entity_id]: { entity_id, state, attributes, last_changed: at, last_updated: at } };
  }
  return entity_id;
}
