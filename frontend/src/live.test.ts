import { LitElement } from "lit";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { define } from "./define";
import type { HomeAssistant } from "./hass";
import { type ConsoleEvent, LiveController, RETRY_SECONDS } from "./live";
import { type FakeHomeAssistant, homeAssistant } from "./testing";

class ConsoleHost extends LitElement {
  declare hass?: HomeAssistant;
  declare deviceId?: string;
  static override properties = { hass: { attribute: false }, deviceId: {} };
  events: ConsoleEvent[] = [];
  live = new LiveController(
    this,
    "console",
    () => this.deviceId,
    (event) => this.events.push(event),
  );
}
define("console-host", ConsoleHost);

let hass: FakeHomeAssistant;
let host: ConsoleHost;

beforeEach(async () => {
  vi.useFakeTimers();
  hass = homeAssistant();
  host = document.createElement("console-host") as ConsoleHost;
  document.body.append(host);
  await settle();
});

afterEach(() => {
  host.remove();
  vi.useRealTimers();
});

async function settle(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

function open(): unknown[] {
  return hass.subscriptions.filter(({ ended }) => !ended).map(({ message }) => message);
}

test("subscribes to the server that the card shows, as long as it is on the page", async () => {
  expect(open()).toEqual([]);
  host.hass = hass;
  host.deviceId = "one";
  await settle();
  expect(open()).toEqual([{ type: "stellarstack/subscribe_console", device_id: "one" }]);
  host.hass = { ...hass };
  await settle();
  expect(hass.subscriptions).toHaveLength(1);
  host.deviceId = "two";
  await settle();
  expect(open()).toEqual([{ type: "stellarstack/subscribe_console", device_id: "two" }]);
  host.remove();
  await settle();
  expect(open()).toEqual([]);
  document.body.append(host);
  await settle();
  expect(open()).toHaveLength(1);
});

test("hands on events and tells the state, nothing of a server of before", async () => {
  host.hass = hass;
  host.deviceId = "one";
  await settle();
  const [first] = hass.subscriptions;
  first?.send({ state: "connecting" });
  expect(host.live.state).toBe("connecting");
  first?.send({ lines: ["hello"], reset: true });
  expect(host.events).toEqual([{ lines: ["hello"], reset: true }]);
  expect(host.live.state).toBe("live");
  host.deviceId = "two";
  await settle();
  first?.send({ lines: ["late"], reset: false });
  first?.send({ state: "stopped" });
  expect(host.events).toHaveLength(1);
  expect(host.live.state).toBe("live");
});

test("counts as live once it is subscribed, also after a refusal, until it says otherwise", async () => {
  hass.refuse = { code: "not_found" };
  host.hass = hass;
  host.deviceId = "one";
  await settle();
  expect([host.live.state, host.live.error]).toEqual([undefined, "not_found"]);
  hass.refuse = undefined;
  await vi.advanceTimersByTimeAsync((RETRY_SECONDS[0] ?? 0) * 1000);
  expect([host.live.state, host.live.error]).toEqual(["live", undefined]);
});

test("subscribes again after the connection was lost, as often as a Home Assistant that starts refuses", async () => {
  host.hass = hass;
  host.deviceId = "one";
  await settle();
  const [lost] = hass.subscriptions;
  lost?.send({ state: "stopped" });
  hass.refuse = { code: "unknown_command" };
  hass.reconnect();
  await settle();
  expect(host.live.error).toBe("failed");
  hass.refuse = undefined;
  await vi.advanceTimersByTimeAsync((RETRY_SECONDS[0] ?? 0) * 1000);
  expect([host.live.state, host.live.error]).toEqual(["live", undefined]);
  lost?.send({ lines: ["late"], reset: false });
  expect(host.events).toEqual([]);
  hass.reconnect();
  hass.reconnect();
  await settle();
  expect(open()).toHaveLength(1);
  host.remove();
  hass.reconnect();
  await settle();
  expect(open()).toEqual([]);
});

test.each(["not_found", "unauthorized"] as const)("tells of %s and tries again later and later", async (code) => {
  hass.refuse = { code };
  host.hass = hass;
  host.deviceId = "one";
  await settle();
  expect(host.live.error).toBe(code);
  for (const seconds of RETRY_SECONDS) await vi.advanceTimersByTimeAsync(seconds * 1000);
  expect(host.live.error).toBe(code);
  hass.refuse = undefined;
  await vi.advanceTimersByTimeAsync(59_000);
  expect(open()).toEqual([]);
  await vi.advanceTimersByTimeAsync(1000);
  expect(open()).toHaveLength(1);
  hass.subscriptions[0]?.send({ state: "live" });
  expect(host.live.error).toBeUndefined();
});

test("ends a subscription that was begun for a card that is gone", async () => {
  host.hass = hass;
  host.deviceId = "one";
  await host.updateComplete;
  host.remove();
  await settle();
  expect(hass.subscriptions).toHaveLength(1);
  expect(open()).toEqual([]);
});

test("an update that a card was still waiting for when it left the page subscribes nothing", async () => {
  host.hass = hass;
  host.deviceId = "one";
  await settle();
  hass.subscriptions[0]?.send({ lines: ["last"], reset: false });
  host.remove();
  await settle();
  expect(open()).toEqual([]);
});

test("does not try again for a card that is gone", async () => {
  hass.refuse = { code: "unknown_command" };
  host.hass = hass;
  host.deviceId = "one";
  await settle();
  expect(host.live.error).toBe("failed");
  host.remove();
  hass.refuse = undefined;
  await vi.advanceTimersByTimeAsync(120_000);
  expect(hass.subscriptions).toEqual([]);
});

test("says that the person has lost the right, and asks again later", async () => {
  host.hass = hass;
  host.deviceId = "one";
  await settle();
  hass.subscriptions[0]?.send({ state: "live" });
  hass.refuse = { code: "unauthorized" };
  hass.subscriptions[0]?.send({ lines: [], reset: false, state: "unauthorized" });
  expect([host.live.state, host.live.error]).toEqual([undefined, "unauthorized"]);
  await settle();
  expect(open()).toEqual([]);
  await vi.advanceTimersByTimeAsync((RETRY_SECONDS[0] ?? 0) * 1000);
  expect(host.live.error).toBe("unauthorized");
  hass.refuse = undefined;
  await vi.advanceTimersByTimeAsync((RETRY_SECONDS[1] ?? 0) * 1000);
  expect(open()).toHaveLength(1);
});
