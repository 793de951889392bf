import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DeviceEntry } from "../../hass";
import { addEntity, addServer, type FakeHomeAssistant, homeAssistant } from "../../testing";
import { ServerCard } from "./server-card";

let hass: FakeHomeAssistant;
let server: DeviceEntry;
let card: ServerCard;
let show: (visible: boolean) => void;

beforeEach(() => {
  vi.stubGlobal(
    "IntersectionObserver",
    class {
      observe(): void {}
      disconnect(): void {}
      constructor(callback: (entries: { isIntersecting: boolean }[]) => void) {
        show = (isIntersecting) => callback([{ isIntersecting }]);
      }
    },
  );
  hass = homeAssistant();
  server = addServer(hass, "Survival", { model: "Paper" });
  addEntity(hass, server, "sensor", "address", "203.0.113.10:25565");
  addEntity(hass, server, "sensor", "cpu", "200", { unit_of_measurement: "%" });
  for (const action of ["start", "stop", "restart", "kill"]) addEntity(hass, server, "button", action, "unknown");
  card = new ServerCard();
  document.body.append(card);
});

afterEach(() => {
  card.remove();
  vi.unstubAllGlobals();
});

async function shown(): Promise<string> {
  card.hass = { ...hass };
  show(true);
  await card.updateComplete;
  // The subscription and the words are there after a moment.
  await new Promise((resolve) => setTimeout(resolve));
  await card.updateComplete;
  return (card.shadowRoot?.textContent ?? "").replace(/\s+/g, " ").trim();
}

function press(label: string): void {
  const buttons = [...(card.shadowRoot?.querySelectorAll("button") ?? [])];
  const button = buttons.find(({ textContent }) => textContent?.trim() === label);
  if (!button) throw new Error(`no button ${label}`);
  button.click();
}

/** Answers the question that is asked, and returns its words. */
async function answer(value: "confirm" | ""): Promise<string> {
  let dialog: HTMLDialogElement | null | undefined;
  await vi.waitFor(() => {
    dialog = card.shadowRoot?.querySelector("stellarstack-confirm")?.shadowRoot?.querySelector("dialog");
    expect(dialog?.open).toBe(true);
  });
  const words = dialog?.textContent?.replace(/\s+/g, " ").trim() ?? "";
  dialog?.close(value);
  await vi.waitFor(() => expect(card.shadowRoot?.querySelector("stellarstack-confirm")).toBeNull());
  return words;
}

describe("a server card", () => {
  test("waits for Home Assistant and its configuration", async () => {
    await card.updateComplete;
    expect(card.shadowRoot?.querySelector("ha-card")).toBeNull();
    card.setConfig({ type: "custom:stellarstack-server-card", device_id: server.id });
    expect(await shown()).toContain("Survival");
  });

  test("says that a server is gone, and shows it when it is back", async () => {
    card.setConfig({ type: "", device_id: server.id });
    const { devices } = hass;
    hass.devices = {};
    expect(await shown()).toBe("This server is no longer in Home Assistant.");
    expect(hass.subscriptions).toEqual([]);
    hass.devices = devices;
    expect(await shown()).toContain("Paper");
    expect(hass.subscriptions.map(({ message }) => message)).toEqual([
      { type: "stellarstack/subscribe_usage", device_id: server.id },
    ]);
    hass.devices = {};
    await shown();
    expect(hass.subscriptions[0]?.ended).toBe(true);
  });

  test("asks for live data only while it is on the screen", async () => {
    card.setConfig({ type: "", device_id: server.id });
    await shown();
    show(false);
    await card.updateComplete;
    expect(hass.subscriptions.map(({ ended }) => ended)).toEqual([true]);
  });

  test("draws live samples, and the sensors while none come", async () => {
    addEntity(hass, server, "sensor", "status", "running");
    addEntity(hass, server, "sensor", "cpu_usage", "50");
    card.setConfig({ type: "", device_id: server.id });
    expect(await shown()).toContain("50 / 200 %");
    const live = hass.subscriptions[0];
    live?.send({ cpu_usage: 120, memory_usage: 1024, disk_usage: null, network_in: 0, network_out: 0, uptime: null });
    const text = await shown();
    expect(text).toContain("120 / 200 %");
    expect(text).toContain("1 GiB");
    expect(card.shadowRoot?.querySelectorAll("svg.trace")).toHaveLength(2);
    live?.send({ state: "unreachable" });
    expect(await shown()).toContain("50 / 200 %");
  });

  test("says why there is no live data where no sensor helps out", async () => {
    addEntity(hass, server, "sensor", "status", "running");
    card.setConfig({ type: "", device_id: server.id });
    await shown();
    hass.subscriptions[0]?.send({ state: "no_access" });
    expect(await shown()).toContain("has no right to live data");
  });

  test("restarts after a question that names the server and who plays", async () => {
    addEntity(hass, server, "sensor", "status", "running");
    addEntity(hass, server, "sensor", "players", "3");
    card.setConfig({ type: "", device_id: server.id });
    await shown();
    press("Restart");
    expect(await answer("confirm")).toBe("Restart Survival? Players on the server now: 3. Cancel Restart");
    expect(hass.calls).toEqual([
      { domain: "stellarstack", service: "restart", data: {}, target: { device_id: server.id } },
    ]);
  });

  test("does nothing without a yes", async () => {
    addEntity(hass, server, "sensor", "status", "stopped");
    card.setConfig({ type: "", device_id: server.id });
    await shown();
    press("Start");
    expect(await answer("")).toBe("Start Survival? Cancel Start");
    expect(hass.calls).toEqual([]);
  });

  test("says that nothing tells the status", async () => {
    card.setConfig({ type: "", device_id: server.id });
    expect(await shown()).toContain("Status sensor is disabled");
  });

  test("offers no actions to who lost the right meanwhile", async () => {
    addEntity(hass, server, "sensor", "status", "running");
    card.setConfig({ type: "", device_id: server.id });
    await shown();
    hass.subscriptions[0]?.send({ state: "unauthorized" });
    expect(await shown()).toMatch(/You need the right to control this server\.$/);
    expect(card.shadowRoot?.querySelector(".actions")).toBeNull();
  });

  test("offers no actions to who may only look", async () => {
    addEntity(hass, server, "sensor", "status", "running");
    hass.refuse = { code: "unauthorized" };
    card.setConfig({ type: "", device_id: server.id });
    expect(await shown()).toMatch(/running.*You need the right to control this server\.$/);
    expect(card.shadowRoot?.querySelector(".actions")).toBeNull();
  });

  test("kills by the menu alone", async () => {
    addEntity(hass, server, "sensor", "status", "stopping");
    card.setConfig({ type: "", device_id: server.id });
    await shown();
    const menu = card.shadowRoot?.querySelector("stellarstack-menu") as HTMLElement & {
      items: { label: string; run?: () => void }[];
    };
    expect(menu.items.map(({ label }) => label)).toEqual(["Kill", "Copy address"]);
    menu.items[0]?.run?.();
    expect(await answer("confirm")).toContain("what is not saved is lost");
    const kill = Object.values(hass.entities).find(({ translation_key }) => translation_key === "kill");
    expect(hass.calls).toEqual([
      { domain: "button", service: "press", data: {}, target: { entity_id: kill?.entity_id } },
    ]);
  });

  test("takes it for a no when it leaves the page", async () => {
    addEntity(hass, server, "sensor", "status", "running");
    card.setConfig({ type: "", device_id: server.id });
    await shown();
    card.shadowRoot?.querySelector<HTMLButtonElement>("button.stop")?.click();
    await vi.waitFor(() => expect(card.shadowRoot?.querySelector("stellarstack-confirm")).not.toBeNull());
    await new Promise((resolve) => setTimeout(resolve));
    card.remove();
    document.body.append(card);
    await vi.waitFor(() => expect(card.shadowRoot?.querySelector("stellarstack-confirm")).toBeNull());
    expect(hass.calls).toEqual([]);
  });

  test("has all actions in its menu when it is compact", async () => {
    addEntity(hass, server, "sensor", "status", "running");
    card.setConfig({ type: "", device_id: server.id, compact: true });
    await shown();
    const menu = card.shadowRoot?.querySelector("stellarstack-menu") as HTMLElement & { items: { label: string }[] };
    expect(menu.items.map(({ label }) => label)).toEqual(["Restart", "Stop", "Kill", "Copy address"]);
  });

  test("shows a hostile name as it is", async () => {
    server = addServer(hass, "<img src=x onerror=alert(1)>");
    card.setConfig({ type: "", device_id: server.id });
    expect(await shown()).toContain("<img src=x onerror=alert(1)>");
    expect(card.shadowRoot?.querySelector("img")).toBeNull();
  });

  test("leads to a page where it was told one", async () => {
    card.setConfig({ type: "", device_id: server.id, navigation_path: "/game-servers/survival" });
    await shown();
    expect(card.shadowRoot?.querySelector("a.title")?.getAttribute("href")).toBe("/game-servers/survival");
  });

  test("is listed, and suggested for entities of servers alone", () => {
    const listed = window.customCards?.find(({ type }) => type === "stellarstack-server-card");
    const id = addEntity(hass, server, "sensor", "status", "running");
    expect(listed?.getEntitySuggestion?.(hass, id)?.config).toEqual({
      type: "custom:stellarstack-server-card",
      device_id: server.id,
    });
    expect(listed?.getEntitySuggestion?.(hass, "light.lamp")).toBeNull();
    expect(ServerCard.getStubConfig(hass)).toEqual({ device_id: server.id });
    expect(ServerCard.getStubConfig(homeAssistant())).toEqual({ device_id: "" });
  });
});
