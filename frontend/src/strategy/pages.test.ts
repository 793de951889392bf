import { beforeEach, expect, test } from "vitest";
import { addEntity, addPanel, addServer, type FakeHomeAssistant, homeAssistant } from "../testing";
import { words } from "../words";
import { DashboardStrategy } from "./dashboard";
import { fromForm, toForm } from "./editor";
import { OverviewStrategy, overview } from "./overview";
import { ServerStrategy, serverPage } from "./server";

const TYPE = "custom:stellarstack";
const english = words("en");

let hass: FakeHomeAssistant;

beforeEach(() => {
  hass = homeAssistant();
  addPanel(hass, "panel");
});

function addServers(count: number): void {
  for (let number = 0; number < count; number++) {
    const server = addServer(hass, `${number}`, { via_device_id: "panel-panel" });
    addEntity(hass, server, "sensor", "node", "Node 1");
  }
}

function cards(page: object): { type: string; [key: string]: unknown }[] {
  const { sections } = page as { sections: { cards: { type: string }[] }[] };
  return sections.flatMap((section) => section.cards);
}

async function paths(config: object = {}): Promise<string[]> {
  const { views } = await DashboardStrategy.generate({ type: TYPE, ...config }, hass);
  return views.map(({ path }) => path);
}

test("has an overview and a page for each server, whatever it is called", async () => {
  addServers(2);
  expect(await paths()).toEqual(["overview", "server-0", "server-1"]);
  hass.devices = { ...hass.devices, "server-0": { ...addServer(hass, "0"), name: "Renamed" } };
  const { views } = await DashboardStrategy.generate({ type: TYPE }, hass);
  expect(views[1]).toEqual({
    path: "server-0",
    subview: true,
    title: "Renamed",
    strategy: { type: "custom:stellarstack-server", device_id: "server-0" },
  });
});

test("an open page keeps its number when servers come and go", async () => {
  addServers(2);
  const before = await paths();
  addServer(hass, "before all others");
  delete hass.devices["server-0"];
  expect((await paths()).slice(0, before.length)).toEqual(before);
});

test("hands on the options, and refuses what is none", async () => {
  const options = { group_by: "area", servers: ["one"], compact: false };
  const { views } = await DashboardStrategy.generate({ type: TYPE, ...options }, hass);
  expect(views[0]?.strategy).toEqual({ type: "custom:stellarstack-overview", ...options });
  for (const wrong of [{ group_by: "color" }, { servers: "all" }, { servers: [1] }, { compact: "yes" }]) {
    const [option] = Object.keys(wrong) as [string];
    await expect(DashboardStrategy.generate({ type: TYPE, ...wrong }, hass)).rejects.toThrow(
      english("dashboard_bad_option", { option }),
    );
  }
});

test("suggests a title and an icon", async () => {
  expect(await DashboardStrategy.getCreateSuggestions(hass)).toEqual({
    title: "Game servers",
    icon: "mdi:controller",
  });
});

test.each([
  [12, {}, false],
  [13, {}, true],
  [13, { compact: false }, false],
  [1, { compact: true }, true],
])("has small cards when there are many servers, or as chosen: %i %o", (count, options, compact) => {
  addServers(count);
  const page = overview(hass, { type: "", group_by: "node", ...options }, new Map(), english);
  const shown = cards(page).filter(({ type }) => type === "custom:stellarstack-server-card");
  expect(shown).toHaveLength(count);
  expect(shown.every((card) => (card.compact ?? false) === compact)).toBe(true);
  expect(shown[0]).toMatchObject({ device_id: "server-0", navigation_path: "server-0" });
});

test.each([
  [[1], [1]],
  [[3], [3]],
  [[40], [4]],
  [
    [3, 2, 1],
    [1, 1, 1],
  ],
  [
    [4, 3],
    [2, 1],
  ],
  [
    [40, 7],
    [4, 2],
  ],
])("gives groups of %o servers %o columns", (sizes, spans) => {
  sizes.forEach((size, group) => {
    hass.areas[group] = { area_id: `${group}`, name: `${group}` };
    for (let number = 0; number < size; number++) addServer(hass, `${group} ${number}`, { area_id: `${group}` });
  });
  const { sections } = overview(hass, { type: "", group_by: "area" }, new Map(), english);
  expect(sections.slice(1).map(({ column_span }) => column_span)).toEqual(spans);
});

test("shows chosen servers only, in trouble too", () => {
  addServers(3);
  const page = overview(hass, { type: "", group_by: "node", servers: ["server-1"] }, new Map(), english);
  expect(cards(page)).toMatchObject([
    { type: "custom:stellarstack-trouble-card", servers: ["server-1"] },
    { type: "heading", heading: "Node 1" },
    { device_id: "server-1" },
  ]);
});

test("says so when there are no servers", () => {
  const page = overview(hass, { type: "", group_by: "node" }, new Map(), english);
  expect(cards(page)).toEqual([{ type: "markdown", content: english("dashboard_no_servers") }]);
});

test("asks for the names of labels only where they are shown", async () => {
  addServer(hass, "labelled", { labels: ["public"] });
  const ask = hass.callWS.bind(hass);
  hass.callWS = async <Result>(message: { type: string }) =>
    message.type === "config/label_registry/list"
      ? ([{ label_id: "public", name: "Public" }] as Result)
      : ask<Result>(message);
  const page = await OverviewStrategy.generate({ type: "", group_by: "label" }, hass);
  expect(cards(page)).toContainEqual({ type: "heading", heading: "Public", icon: "mdi:label" });
});

test("is made anew when servers or their nodes change, not with each state", () => {
  addServers(2);
  const config = { type: "", group_by: "node" as const };
  const changed = (change: Partial<FakeHomeAssistant>) =>
    OverviewStrategy.shouldRegenerate(config, hass, { ...hass, ...change });
  expect(changed({})).toBe(false);
  expect(changed({ states: { ...hass.states } })).toBe(false);
  expect(changed({ states: {} })).toBe(false);
  expect(changed({ entities: { ...hass.entities } })).toBe(true);
  expect(changed({ devices: { ...hass.devices } })).toBe(true);
  expect(changed({ areas: {} })).toBe(true);
  const [id, state] = Object.entries(hass.states)[0] as [string, (typeof hass.states)[string]];
  const moved = { ...hass.states, [id]: { ...state, state: "Node 2" } };
  expect(changed({ states: moved })).toBe(true);
  expect(OverviewStrategy.shouldRegenerate({ ...config, group_by: "area" }, hass, { ...hass, states: moved })).toBe(
    false,
  );
});

test("shows of a server what it has, and nothing else", () => {
  const server = addServer(hass, "one");
  const types = (page: object) => cards(page).map(({ type }) => type);
  const bare = types(serverPage(hass, server.id, english));
  expect(bare).not.toContain("history-graph");
  expect(bare).not.toContain("logbook");
  expect(bare).not.toContain("custom:stellarstack-facts-card");
  expect(bare).toEqual(
    expect.arrayContaining([
      "custom:stellarstack-server-card",
      "custom:stellarstack-console-card",
      "custom:stellarstack-backup-card",
    ]),
  );
  const entities = ["cpu_usage", "memory_usage", "network_in", "network_out", "players", "status"].map((key) =>
    addEntity(hass, server, "sensor", key, "1", {}, { name: key }),
  );
  addEntity(hass, server, "event", "lifecycle");
  addEntity(hass, server, "sensor", "node", "Node 1");
  const page = serverPage(hass, server.id, english);
  const graphs = cards(page).filter(({ type }) => type === "history-graph");
  expect(graphs.map((graph) => (graph.entities as { entity: string }[]).map(({ entity }) => entity))).toEqual([
    [entities[0]],
    [entities[1]],
    [entities[2], entities[3]],
    [entities[4]],
    [entities[5]],
  ]);
  expect(types(page)).toEqual(expect.arrayContaining(["logbook", "custom:stellarstack-facts-card"]));
  expect(cards(page)).toContainEqual(expect.objectContaining({ type: "tile", entity: entities[4] }));
  hass.config.components = [];
  expect(types(serverPage(hass, server.id, english))).toEqual(expect.not.arrayContaining(["history-graph", "logbook"]));
});

test("leaves out what a person hides", () => {
  const server = addServer(hass, "one");
  for (const key of ["players", "last_backup", "cpu_usage", "status", "node"]) {
    addEntity(hass, server, "sensor", key, "1", {}, { hidden: true });
  }
  addEntity(hass, server, "event", "lifecycle", "1", {}, { hidden: true });
  expect(cards(serverPage(hass, server.id, english)).map(({ type }) => type)).toEqual([
    "custom:stellarstack-server-card",
    "custom:stellarstack-console-card",
    "heading",
    "custom:stellarstack-backup-card",
  ]);
});

test("the page of a server that is gone says so", async () => {
  const page = await ServerStrategy.generate({ type: "", device_id: "gone" }, hass);
  expect(cards(page)).toEqual([{ type: "markdown", content: english("dashboard_gone") }]);
});

test("never lets Home Assistant render a server's name as a template", () => {
  const server = addServer(hass, "{{ states('lock.door') }}", { via_device_id: "panel-panel" });
  const pages = [
    overview(hass, { type: "", group_by: "node" }, new Map(), english),
    serverPage(hass, server.id, english),
  ];
  const templates = pages.flatMap(cards).filter(({ type }) => type === "markdown");
  expect(JSON.stringify(templates)).not.toContain("{{");
});

test.each([
  { type: TYPE },
  { type: TYPE, group_by: "label", servers: ["one"], compact: true },
  { type: TYPE, compact: false },
])("the form keeps %o", (config) => {
  expect(fromForm(config, toForm(config))).toEqual(config);
});
