/** What we use of Home Assistant's own objects, which its frontend hands to cards and strategies. */

export interface EntityState {
  entity_id: string;
  state: string;
  attributes: Record<string, unknown>;
  last_changed: string;
  last_updated: string;
}

export interface EntityEntry {
  entity_id: string;
  name?: string | null;
  device_id?: string | null;
  area_id?: string | null;
  labels?: string[];
  hidden?: boolean;
  platform?: string;
  translation_key?: string | null;
}

export interface DeviceEntry {
  id: string;
  name: string | null;
  name_by_user?: string | null;
  model?: string | null;
  area_id?: string | null;
  labels?: string[];
  configuration_url?: string | null;
  via_device_id?: string | null;
  config_entries: string[];
  identifiers: [string, string][];
  disabled_by?: string | null;
}

export interface NamedEntry {
  name: string;
  icon?: string | null;
}

export interface Connection {
  subscribeMessage<Event>(
    callback: (event: Event) => void,
    message: { type: string; [key: string]: unknown },
    options?: { resubscribe: boolean },
  ): Promise<() => Promise<void>>;
  /** Each connection is told of, the first one and each that follows a lost one. */
  addEventListener(type: "ready", listener: () => void): void;
  removeEventListener(type: "ready", listener: () => void): void;
}

/** How the person wants numbers and times to be written. */
export interface Locale {
  language: string;
  number_format?: string;
  time_format?: string;
  time_zone?: string;
}

export interface HomeAssistant {
  states: Record<string, EntityState>;
  entities: Record<string, EntityEntry>;
  devices: Record<string, DeviceEntry>;
  areas: Record<string, NamedEntry & { area_id: string }>;
  user?: { id: string; is_admin: boolean };
  language: string;
  locale: Locale;
  connection: Connection;
  config: { components: string[]; time_zone?: string };
  callWS<Result>(message: { type: string; [key: string]: unknown }): Promise<Result>;
  callService(
    domain: string,
    service: string,
    data?: Record<string, unknown>,
    target?: { entity_id?: string | string[]; device_id?: string | string[] },
    notifyOnError?: boolean,
    returnResponse?: boolean,
  ): Promise<{ response?: unknown }>;
  formatEntityState(state: EntityState, value?: string): string;
}

export interface CardConfig {
  type: string;
  [key: string]: unknown;
}

/** The options of a card in a grid of sections. */
export interface GridOptions {
  columns?: number | "full";
  rows?: number | "auto";
  min_columns?: number;
  min_rows?: number;
  max_rows?: number;
}

export interface Card extends HTMLElement {
  hass?: HomeAssistant | undefined;
  setConfig(config: CardConfig): void;
  getCardSize(): number;
  getGridOptions?(): GridOptions;
}

/** An entry of Home Assistant's list of cards that a person can choose from. */
export interface CustomCard {
  type: string;
  name: string;
  description?: string;
  preview?: boolean;
  documentationURL?: string;
  getEntitySuggestion?(hass: HomeAssistant, entityId: string): { config: CardConfig } | null;
}

/** An entry of Home Assistant's list of dashboards that a person can choose from. */
export interface CustomStrategy {
  type: string;
  strategyType: "dashboard" | "view" | "section";
  name: string;
  description?: string;
  documentationURL?: string;
  images?: { light: string; dark: string };
}

declare global {
  interface Window {
    customCards?: CustomCard[];
    customStrategies?: CustomStrategy[];
  }
}
