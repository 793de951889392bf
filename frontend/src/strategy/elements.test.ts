import { afterEach, expect, test, vi } from "vitest";
import type { Card, HomeAssistant } from "../hass";
import { addEntity, addPanel, addServer, homeAssistant } from "../testing";
import "./index";
import type { DashboardEditor } from "./editor";
import { refreshOpenDashboard } from "./late";

type Shown = Card & { updateComplete: Promise<unknown>; connectedWhileHidden?: boolean };

afterEach(() => {
  document.body.replaceChildren();
});

async function show(name: string, hass: HomeAssistant, config: object): Promise<Shown> {
  const card = document.createElement(name) as Shown;
  card.setConfig({ type: name, ...config });
  card.hass = hass;
  document.body.append(card);
  await card.updateComplete;
  return card;
}

test("trouble is there while there is any, and leads to its server", async () => {
  const hass = homeAssistant();
  const panel = addPanel(hass, "panel");
  const server = addServer(hass, "one", { via_device_id: panel.id });
  const status = addEntity(hass, server, "sensor", "status", "running");
  const card = await show("stellarstack-trouble-card", hass, {});
  const told = vi.fn();
  card.addEventListener("card-visibility-changed", told);
  expect(card.hidden).toBe(true);
  expect(card.connectedWhileHidden).toBe(true);
  card.hass = { ...hass, states: { [status]: { ...hass.states[status], state: "error" } } } as HomeAssistant;
  await card.updateComplete;
  expect(card.hidden).toBe(false);
  expect(told).toHaveBeenCalledOnce();
  card.shadowRoot?.querySelector("button")?.click();
  expect(location.pathname.endsWith(`/${server.id}`)).toBe(true);
  card.hass = hass;
  await card.updateComplete;
  expect(card.hidden).toBe(true);
});

test("a backup can be made as long as the person may, after a question that names the server", async () => {
  const hass = homeAssistant();
  const server = addServer(hass, "one");
  const card = await show("stellarstack-backup-card", hass, { device_id: server.id });
  const told = vi.fn();
  card.addEventListener("card-visibility-changed", told);
  await vi.waitFor(() => expect(card.hidden).toBe(false));
  told.mockClear();
  expect(card.connectedWhileHidden).toBe(true);
  for (const answer of ["", "confirm"]) {
    card.shadowRoot?.querySelector("button")?.click();
    const asked = await vi.waitFor(() => {
      const found = card.shadowRoot?.querySelector("stellarstack-confirm")?.shadowRoot?.querySelector("dialog");
      expect(found?.open).toBe(true);
      return found;
    });
    expect(asked?.textContent).toContain("Create a backup of one now?");
    expect(hass.calls).toEqual([]);
    asked?.close(answer);
    await vi.waitFor(() => expect(card.shadowRoot?.querySelector("stellarstack-confirm")).toBeNull());
  }
  const target = { device_id: server.id };
  await vi.waitFor(() =>
    expect(hass.calls).toEqual([{ domain: "stellarstack", service: "create_backup", data: {}, target }]),
  );
  hass.subscriptions[0]?.send({ state: "off" });
  await card.updateComplete;
  expect(card.hidden).toBe(true);
  expect(told).toHaveBeenCalledOnce();
  hass.subscriptions[0]?.send({ state: "stopped" });
  await card.updateComplete;
  expect(card.hidden).toBe(false);
  hass.refuse = { code: "unauthorized" };
  hass.subscriptions[0]?.send({ state: "unauthorized" });
  await card.updateComplete;
  expect(card.hidden).toBe(true);
});

test("a backup is not offered to a person who may only look", async () => {
  const hass = homeAssistant();
  hass.refuse = { code: "unauthorized" };
  const card = await show("stellarstack-backup-card", hass, { device_id: addServer(hass, "one").id });
  await new Promise((resolve) => setTimeout(resolve));
  expect(card.hidden).toBe(true);
  expect(card.shadowRoot?.querySelector("button")).toBeNull();
});

test("trouble of a panel opens the entity that tells of it; what is too much is counted", async () => {
  const hass = homeAssistant();
  const panels = Array.from({ length: 14 }, (_, number) => addPanel(hass, `panel ${number}`));
  const entities = panels.map((panel) => {
    addServer(hass, `of ${panel.name}`, { via_device_id: panel.id });
    return addEntity(hass, panel, "binary_sensor", "connected", "off");
  });
  const card = await show("stellarstack-trouble-card", hass, {});
  const opened = vi.fn();
  card.addEventListener("hass-more-info", (event) => opened((event as CustomEvent).detail));
  const buttons = card.shadowRoot?.querySelectorAll("button") ?? [];
  expect(buttons).toHaveLength(12);
  expect(card.shadowRoot?.querySelector(".more")?.textContent).toBe("2 more");
  buttons[0]?.click();
  expect(entities).toContain(opened.mock.calls[0]?.[0].entityId);
});

test("facts are folded, and only those that there are", async () => {
  const hass = homeAssistant();
  const server = addServer(hass, "one");
  addEntity(hass, server, "sensor", "node", "<b>Node</b>", {}, { name: "Node" });
  addEntity(hass, server, "sensor", "memory", undefined, {}, { name: "Memory limit" });
  const card = await show("stellarstack-facts-card", hass, { device_id: server.id });
  expect(card.shadowRoot?.querySelector("details")?.open).toBe(false);
  expect([...(card.shadowRoot?.querySelectorAll("dt, dd") ?? [])].map((each) => each.textContent)).toEqual([
    "Node",
    "<b>Node</b>",
  ]);
});

test("the editor hands on what the form says", async () => {
  const editor = document.createElement("stellarstack-dashboard-editor") as DashboardEditor;
  editor.hass = homeAssistant();
  editor.setConfig({ type: "custom:stellarstack", group_by: "area" });
  document.body.append(editor);
  await editor.updateComplete;
  const changed = vi.fn();
  editor.addEventListener("config-changed", (event) => changed((event as CustomEvent).detail.config));
  const form = editor.shadowRoot?.querySelector("ha-form");
  const value = { group_by: "panel", servers: [], size: "compact" };
  form?.dispatchEvent(new CustomEvent("value-changed", { detail: { value } }));
  expect(changed).toHaveBeenCalledWith({ type: "custom:stellarstack", group_by: "panel", compact: true });
});

test("is listed once, in the person's language once it is known", () => {
  const ours = window.customStrategies?.filter(({ type }) => type === "stellarstack");
  expect(ours).toMatchObject([{ strategyType: "dashboard", name: "Game servers" }]);
});

test("mends an open dashboard of ours, and no other", () => {
  const host = document.createElement("div");
  const root = Object.assign(document.createElement("hui-root"), {
    lovelace: { rawConfig: { strategy: { type: "custom:stellarstack" } } },
  });
  host.attachShadow({ mode: "open" }).append(root);
  document.body.append(host);
  const refreshed = vi.fn();
  root.addEventListener("config-refresh", refreshed);
  refreshOpenDashboard("custom:another");
  expect(refreshed).not.toHaveBeenCalled();
  refreshOpenDashboard("custom:stellarstack");
  expect(refreshed).toHaveBeenCalledOnce();
});
