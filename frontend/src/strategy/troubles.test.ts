import { beforeEach, expect, test } from "vitest";
import type { DeviceEntry } from "../hass";
import { servers } from "../registry";
import { addEntity, addPanel, addServer, type FakeHomeAssistant, homeAssistant } from "../testing";
import { words } from "../words";
import { troubles } from "./troubles";

let hass: FakeHomeAssistant;
let panel: DeviceEntry;
let connected: string;

beforeEach(() => {
  hass = homeAssistant();
  panel = addPanel(hass, "panel");
  connected = addEntity(hass, panel, "binary_sensor", "connected", "on");
});

function addGame(name: string, status: string, more: { node?: string; online?: string; event?: string } = {}): string {
  const server = addServer(hass, name, { via_device_id: panel.id });
  addEntity(hass, server, "sensor", "status", status);
  addEntity(hass, server, "sensor", "node", more.node ?? "Node 1");
  addEntity(hass, server, "event", "lifecycle", "2026-11-01", { event_type: more.event ?? "started" });
  return addEntity(hass, server, "binary_sensor", "node_online", more.online ?? "on");
}

function texts(): string[] {
  return troubles(hass, servers(hass), words("en")).map(({ text }) => text);
}

test("says nothing while nothing is wrong", () => {
  for (const status of ["running", "starting", "stopping", "stopped", "suspended", "installing"])
    addGame(status, status);
  expect(texts()).toEqual([]);
});

test.each(["off", "unavailable"])("says once that a panel is %s, and nothing of its servers", (state) => {
  addGame("down", "error", { online: "off" });
  addGame("crashed", "stopped", { event: "crashed" });
  hass.states[connected] = { ...hass.states[connected], state } as (typeof hass.states)[string];
  expect(troubles(hass, servers(hass), words("en"))).toEqual([
    { icon: "mdi:lan-disconnect", text: "The panel panel cannot be reached", entityId: connected },
  ]);
});

test("tells of a node once, not for each of its servers, and of servers elsewhere", () => {
  addGame("a", "stopped", { online: "off", event: "crashed" });
  const last = addGame("b", "stopped", { online: "off" });
  addGame("c", "error", { node: "Node 2" });
  const found = troubles(hass, servers(hass), words("en"));
  expect(found.map(({ text }) => text)).toEqual(["The node Node 1 is offline", "c: error"]);
  expect(found[0]?.entityId).toBe(last);
  expect(found[1]?.path).toBe("server-c");
});

test("tells of a crash until the server runs again", () => {
  addGame("down", "stopped", { event: "crashed" });
  addGame("again", "running", { event: "crashed" });
  addGame("coming", "starting", { event: "crashed" });
  addGame("unknown", "unavailable", { event: "crashed" });
  expect(texts()).toEqual(["The server down has crashed"]);
});

test("does without entities that are disabled, and without a panel", () => {
  addServer(hass, "bare", { via_device_id: panel.id });
  addServer(hass, "orphan");
  hass.entities = {};
  expect(texts()).toEqual([]);
});

test("names the servers of a node whose name nobody tells", () => {
  addGame("nameless", "stopped", { online: "off", node: "unknown" });
  addGame("other", "stopped", { online: "off", node: "unknown" });
  expect(texts()).toEqual(["nameless: Node offline", "other: Node offline"]);
});
