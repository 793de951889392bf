/** Live data of a server, as long as a card shows it: its console, or what it uses. */

import type { ReactiveController, ReactiveControllerHost } from "lit";
import type { Connection, HomeAssistant } from "./hass";
import { DOMAIN } from "./registry";

/** Why there is live data, or none. */
export type LiveState = "connecting" | "live" | "stopped" | "no_access" | "unreachable" | "off";

export interface StateEvent {
  /** The last word is "unauthorized", when the person has lost the right. */
  state: LiveState | "unauthorized";
}

/** New lines; with `reset`, the lines of before are no longer the console's. */
export interface ConsoleEvent {
  lines: string[];
  reset: boolean;
}

/** What a server uses: percent of one core, MiB, bytes a second, the time of its start. */
export interface UsageEvent {
  cpu_usage: number | null;
  memory_usage: number | null;
  disk_usage: number | null;
  network_in: number | null;
  network_out: number | null;
  uptime: string | null;
}

interface Events {
  console: ConsoleEvent;
  usage: UsageEvent;
}
export type LiveKind = keyof Events;

/** How a subscription ended before it began: the server is gone, or the person may not. */
export type LiveError = "not_found" | "unauthorized" | "failed";

export const RETRY_SECONDS = [2, 5, 15, 60];

/**
 * Subscribes a card to the live data of its server while the card is on the page.
 *
 * What is refused is tried again. So is each subscription after the connection was lost: Home Assistant's own way would
 * ask only once, and a Home Assistant that has just started refuses while it has not loaded us yet.
 */
export class LiveController<Kind extends LiveKind> implements ReactiveController {
  state: LiveState | undefined;
  error: LiveError | undefined;

  #onPage = false;
  #connection: Connection | undefined;
  #deviceId: string | undefined;
  #end: (() => void) | undefined;

  constructor(
    private readonly host: ReactiveControllerHost & { hass?: HomeAssistant | undefined },
    private readonly kind: Kind,
    private readonly deviceId: () => string | undefined,
    private readonly onEvent: (event: Events[Kind]) => void,
  ) {
    host.addController(this);
  }

  hostUpdate(): void {
    const connection = this.host.hass?.connection;
    const deviceId = this.deviceId();
    if (connection === this.#connection && deviceId === this.#deviceId) return;
    this.#stop();
    // A card is updated once more after it has left the page.
    if (connection && deviceId && this.#onPage) {
      this.#connection = connection;
      this.#deviceId = deviceId;
      this.#end = this.#subscribe(connection, deviceId);
    }
  }

  hostConnected(): void {
    this.#onPage = true;
    this.host.requestUpdate();
  }

  hostDisconnected(): void {
    this.#onPage = false;
    this.#stop();
  }

  #stop(): void {
    this.#end?.();
    this.#end = this.#connection = this.#deviceId = this.state = this.error = undefined;
  }

  #subscribe(connection: Connection, device_id: string): () => void {
    let failures = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let newest: { unsubscribe?: () => Promise<void> } = {};

    // The server or the connection may be gone by now: then there is nothing left to end.
    const close = ({ unsubscribe }: typeof newest) => void unsubscribe?.().catch(() => {});
    const end = () => {
      clearTimeout(timer);
      close(newest);
      newest = {};
    };
    const fail = (error: LiveError) => {
      this.error = error;
      this.state = undefined;
      this.host.requestUpdate();
      const seconds = RETRY_SECONDS[Math.min(failures++, RETRY_SECONDS.length - 1)] ?? 60;
      timer = setTimeout(attempt, seconds * 1000);
    };
    const succeed = (state: LiveState) => {
      this.state = state;
      this.error = undefined;
      this.host.requestUpdate();
    };
    const attempt = async () => {
      clearTimeout(timer);
      // One of a lost connection is not closed: its number may be another's on the new one.
      const mine: typeof newest = {};
      newest = mine;
      this.state = undefined;
      const receive = (event: Events[Kind] | StateEvent) => {
        if (mine !== newest) return;
        failures = 0;
        if (!("state" in event)) {
          // Where data flow at once, nothing else tells so.
          succeed("live");
          this.onEvent(event);
        } else if (event.state === "unauthorized") {
          end();
          fail(event.state);
        } else {
          succeed(event.state);
        }
      };
      try {
        const message = { type: `${DOMAIN}/subscribe_${this.kind}`, device_id };
        mine.unsubscribe = await connection.subscribeMessage(receive, message, { resubscribe: false });
      } catch (error) {
        if (mine === newest) fail(errorOf(error));
        return;
      }
      if (mine !== newest) close(mine);
      // It counts as live until it says otherwise.
      else succeed(this.state ?? "live");
    };
    connection.addEventListener("ready", attempt);
    void attempt();
    return () => {
      connection.removeEventListener("ready", attempt);
      end();
    };
  }
}

function errorOf(error: unknown): LiveError {
  const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
  return code === "not_found" || code === "unauthorized" ? code : "failed";
}
