/** Finds servers, panels and their entities by what the registries say of them, never by names. */

import type { DeviceEntry, EntityState, HomeAssistant } from "./hass";

export const DOMAIN = "stellarstack";

/** A server has its own id as identifier, a panel that of its config entry. */
function ownId(device: DeviceEntry): string | undefined {
  return device.identifiers.find(([domain]) => domain === DOMAIN)?.[1];
}

export function isServer(device: DeviceEntry): boolean {
  const id = ownId(device);
  return id !== undefined && !device.config_entries.includes(id);
}

export function isPanel(device: DeviceEntry): boolean {
  const id = ownId(device);
  return id !== undefined && device.config_entries.includes(id);
}

export function deviceName(device: DeviceEntry): string {
  return device.name_by_user || device.name || device.id;
}

/** Returns a server; undefined if the device is not, or no longer, one of our servers. */
export function serverById(hass: HomeAssistant, deviceId: string | undefined): DeviceEntry | undefined {
  const device = deviceId === undefined ? undefined : hass.devices[deviceId];
  return device && isServer(device) ? device : undefined;
}

/** Returns all enabled servers, by name. */
export function servers(hass: HomeAssistant): DeviceEntry[] {
  return ours(hass).filter(isServer);
}

/** Returns all enabled panels, by name. */
export function panels(hass: HomeAssistant): DeviceEntry[] {
  return ours(hass).filter(isPanel);
}

const sorted = new WeakMap<HomeAssistant["devices"], { language: string; devices: readonly DeviceEntry[] }>();

/** Returns all our enabled devices, by name; those that did not change are sorted once. */
function ours({ devices, locale: { language } }: HomeAssistant): readonly DeviceEntry[] {
  let known = sorted.get(devices);
  if (known?.language !== language) {
    const order = new Intl.Collator(language, { numeric: true });
    const enabled = Object.values(devices).filter((device) => !device.disabled_by && ownId(device) !== undefined);
    enabled.sort((one, other) => order.compare(deviceName(one), deviceName(other)) || (one.id < other.id ? -1 : 1));
    known = { language, devices: enabled };
    sorted.set(devices, known);
  }
  return known.devices;
}

/** The enabled entities of our devices: device id → translation key → entity id. */
export type EntityIndex = ReadonlyMap<string, ReadonlyMap<string, string>>;

const indexes = new WeakMap<HomeAssistant["entities"], EntityIndex>();

/** Returns all our entities; a registry that did not change is read once. */
export function entityIndex(entities: HomeAssistant["entities"]): EntityIndex {
  let index = indexes.get(entities);
  if (!index) {
    const building = new Map<string, Map<string, string>>();
    for (const entity of Object.values(entities)) {
      if (entity.platform !== DOMAIN || !entity.device_id || !entity.translation_key) continue;
      let keys = building.get(entity.device_id);
      if (!keys) {
        keys = new Map();
        building.set(entity.device_id, keys);
      }
      keys.set(entity.translation_key, entity.entity_id);
    }
    index = building;
    indexes.set(entities, index);
  }
  return index;
}

/** Returns the id of a device's entity, such as `status` or `memory_usage`, where it is enabled. */
export function entityId(hass: HomeAssistant, deviceId: string, key: string): string | undefined {
  return entityIndex(hass.entities).get(deviceId)?.get(key);
}

/** Returns the id of a device's entity, where it is enabled and the person did not hide it. */
export function shownEntityId(hass: HomeAssistant, deviceId: string, key: string): string | undefined {
  const id = entityId(hass, deviceId, key);
  return id !== undefined && !hass.entities[id]?.hidden ? id : undefined;
}

/** Returns the state of a device's entity, where it is enabled and has one. */
export function entityState(hass: HomeAssistant, deviceId: string, key: string): EntityState | undefined {
  const id = entityId(hass, deviceId, key);
  return id === undefined ? undefined : hass.states[id];
}

/** Returns the server that an entity of ours belongs to. */
export function serverOf(hass: HomeAssistant, id: string): DeviceEntry | undefined {
  const entry = hass.entities[id];
  const device = entry?.platform === DOMAIN && entry.device_id ? hass.devices[entry.device_id] : undefined;
  return device && isServer(device) ? device : undefined;
}
