import { beforeEach, describe, expect, test } from "vitest";
import type { DeviceEntry } from "../../hass";
import { addEntity, addPanel, addServer, type FakeHomeAssistant, homeAssistant } from "../../testing";
import { serverView, showsSame } from "./server-view";

let hass: FakeHomeAssistant;
let server: DeviceEntry;

beforeEach(() => {
  hass = homeAssistant();
  addPanel(hass, "panel");
  server = addServer(hass, "Survival", { model: "Paper", configuration_url: "https://panel.test/servers/1" });
});

const view = () => {
  const found = serverView(hass, server.id);
  if (!found) throw new Error("no server");
  return found;
};

function addButtons(): void {
  for (const action of ["start", "stop", "restart", "kill"]) addEntity(hass, server, "button", action, "unknown");
}

describe("serverView", () => {
  test("finds everything by keys, whatever the entities are called", () => {
    addButtons();
    addEntity(hass, server, "sensor", "status", "running");
    addEntity(hass, server, "sensor", "address", "203.0.113.10:25565");
    addEntity(hass, server, "sensor", "players", "3");
    addEntity(hass, server, "sensor", "max_players", "20");
    addEntity(hass, server, "sensor", "cpu", "200", { unit_of_measurement: "%" });
    addEntity(hass, server, "sensor", "memory", "4", { unit_of_measurement: "GiB" });
    addEntity(hass, server, "sensor", "cpu_usage", "85", { unit_of_measurement: "%" });
    addEntity(hass, server, "sensor", "memory_usage", "1024", { unit_of_measurement: "MiB" });
    addEntity(hass, server, "sensor", "uptime", "2026-10-31T12:00:00+00:00");
    expect(view()).toMatchObject({
      name: "Survival",
      game: "Paper",
      url: "https://panel.test/servers/1",
      status: "running",
      since: Date.parse("2026-10-31T12:00:00Z"),
      address: "203.0.113.10:25565",
      players: 3,
      mostPlayers: 20,
      usage: { cpu: 85, memory: 1024 },
      limits: { cpu: 200, memory: 4096 },
      actions: ["restart", "stop", "kill"],
    });
  });

  test("does without entities that are disabled", () => {
    expect(view()).toMatchObject({ status: "unknown", since: undefined, address: undefined, actions: [] });
  });

  test("takes the status of what is enabled", () => {
    const power = addEntity(hass, server, "switch", "power", "off");
    expect(view()).toMatchObject({ status: "stopped", statusState: { entity_id: power }, actions: ["start"] });
    const running = addEntity(hass, server, "binary_sensor", "running", "on");
    expect(view()).toMatchObject({ status: "running", statusState: { entity_id: running } });
    const status = addEntity(hass, server, "sensor", "status", "starting");
    expect(view()).toMatchObject({ status: "starting", statusState: { entity_id: status } });
  });

  test("is nothing for a device that is gone, or a panel", () => {
    expect(serverView(hass, "gone")).toBeUndefined();
    expect(serverView(hass, undefined)).toBeUndefined();
    expect(serverView(hass, "panel-panel")).toBeUndefined();
  });

  test.each([
    ["running", ["restart", "stop", "kill"]],
    ["starting", ["stop", "kill"]],
    ["stopping", ["kill"]],
    ["stopped", ["start"]],
    ["error", ["start"]],
    ["installing", []],
    ["restoring", []],
    ["maintenance", []],
    ["suspended", []],
    ["unavailable", []],
    ["unknown", ["start", "restart", "stop", "kill"]],
    ["of a later version", ["start", "restart", "stop", "kill"]],
  ])("offers what makes sense while %s", (status, actions) => {
    addButtons();
    addEntity(hass, server, "sensor", "status", status);
    expect(view().actions).toEqual(actions);
  });

  test("offers only what the account may do", () => {
    addEntity(hass, server, "sensor", "status", "running");
    addEntity(hass, server, "button", "restart", "unknown");
    expect(view().actions).toEqual(["restart"]);
  });

  test("takes the switch for buttons that are disabled, but never to kill", () => {
    addEntity(hass, server, "sensor", "status", "running");
    addEntity(hass, server, "switch", "power", "on");
    expect(view().actions).toEqual(["restart", "stop"]);
  });

  test("a panel that is away leaves no values", () => {
    for (const key of ["status", "address", "players", "cpu_usage"]) {
      addEntity(hass, server, "sensor", key, "unavailable");
    }
    expect(view()).toMatchObject({ status: "away", address: undefined, players: undefined, usage: { cpu: undefined } });
  });

  test("counts players only while it runs", () => {
    addEntity(hass, server, "sensor", "status", "stopped");
    addEntity(hass, server, "sensor", "players", "0");
    expect(view().players).toBeUndefined();
  });

  test("no limit is no limit", () => {
    addEntity(hass, server, "sensor", "cpu", "0");
    addEntity(hass, server, "sensor", "memory", "unknown", { unit_of_measurement: "MiB" });
    expect(view().limits).toEqual({ cpu: undefined, memory: undefined });
  });

  test("links only to the web", () => {
    server = addServer(hass, "Hostile", { configuration_url: "javascript:alert(1)" });
    expect(view().url).toBeUndefined();
  });
});

describe("showsSame", () => {
  test("until something of the server changes", () => {
    const id = addEntity(hass, server, "sensor", "status", "running");
    const other = addEntity(hass, addServer(hass, "Other"), "sensor", "status", "running");
    const withState = (entity: string, state: string) => {
      const old = hass.states[entity];
      if (!old) throw new Error("no state");
      return { ...hass, states: { ...hass.states, [entity]: { ...old, state } } };
    };
    expect(showsSame(hass, { ...hass }, server.id)).toBe(true);
    expect(showsSame(hass, withState(other, "stopped"), server.id)).toBe(true);
    expect(showsSame(hass, withState(id, "stopped"), server.id)).toBe(false);
    const renamed = { ...hass, devices: { ...hass.devices, [server.id]: { ...server, name: "Renamed" } } };
    expect(showsSame(hass, renamed, server.id)).toBe(false);
    expect(showsSame(hass, { ...hass, language: "de" }, server.id)).toBe(false);
  });
});
