import { beforeEach, expect, test } from "vitest";
import type { DeviceEntry } from "../hass";
import { addEntity, addPanel, addServer, type FakeHomeAssistant, homeAssistant } from "../testing";
import { words } from "../words";
import { type Group, groups } from "./groups";
import { GROUPINGS, type Grouping } from "./options";

const LABELS = new Map([
  ["public", "Public"],
  ["modded", "Modded"],
]);

let hass: FakeHomeAssistant;
let panel: DeviceEntry;

beforeEach(() => {
  hass = homeAssistant();
  panel = addPanel(hass, "panel.example.com");
  hass.areas = { cellar: { area_id: "cellar", name: "Cellar", icon: "mdi:stairs" } };
});

function grouped(group_by: Grouping): Record<string, string[]> {
  const found: Group[] = groups(hass, { group_by }, LABELS, words("en"));
  return Object.fromEntries(found.map(({ heading, servers }) => [heading, servers.map(({ name }) => name ?? "")]));
}

function serverOn(name: string, node: string, device: Partial<DeviceEntry> = {}): DeviceEntry {
  const server = addServer(hass, name, { via_device_id: panel.id, ...device });
  addEntity(hass, server, "sensor", "node", node);
  return server;
}

test("groups by node, in the order of their names", () => {
  for (const [name, node] of [
    ["c", "Node 10"],
    ["b", "Node 2"],
    ["a", "Node 10"],
  ] as const) {
    serverOn(name, node);
  }
  expect(Object.entries(grouped("node"))).toEqual([
    ["Node 2", ["b"]],
    ["Node 10", ["a", "c"]],
  ]);
});

test("tells nodes of two panels apart, also when they have one name", () => {
  const other = addPanel(hass, "other.example.com");
  serverOn("a", "Node 1");
  serverOn("b", "Node 1", { via_device_id: other.id });
  expect(grouped("node")).toEqual({ "Node 1 · other.example.com": ["b"], "Node 1 · panel.example.com": ["a"] });
  expect(grouped("panel")).toEqual({ "other.example.com": ["b"], "panel.example.com": ["a"] });
});

test("leaves servers in their group while their panel is away", () => {
  serverOn("stays", "Node 1");
  grouped("node");
  hass.states = {};
  expect(grouped("node")).toEqual({ "Node 1": ["stays"] });
});

test("groups servers whose node is not known by their panel", () => {
  serverOn("never seen", "unavailable");
  addServer(hass, "disabled entity", { via_device_id: panel.id });
  addServer(hass, "no panel");
  expect(grouped("node")).toEqual({
    "panel.example.com": ["disabled entity", "never seen"],
    "Other servers": ["no panel"],
  });
});

test("groups by area, and by each of several labels; the rest comes last", () => {
  addServer(hass, "a", { area_id: "cellar", labels: ["modded", "public"] });
  addServer(hass, "b", { area_id: "gone", labels: ["gone"] });
  addServer(hass, "c", { labels: ["public"] });
  expect(Object.entries(grouped("area"))).toEqual([
    ["Cellar", ["a"]],
    ["Other servers", ["b", "c"]],
  ]);
  expect(Object.entries(grouped("label"))).toEqual([
    ["Modded", ["a"]],
    ["Public", ["a", "c"]],
    ["Other servers", ["b"]],
  ]);
});

test.each(GROUPINGS)("shows each of 500 servers, grouped by %s", (grouping) => {
  for (let number = 0; number < 500; number++) serverOn(`server ${number}`, `Node ${number % 7}`);
  expect(Object.values(grouped(grouping)).flat()).toHaveLength(500);
});
