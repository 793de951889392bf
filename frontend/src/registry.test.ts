import { expect, test } from "vitest";
import { entityId, entityIndex, entityState, panels, serverOf, servers } from "./registry";
import { addEntity, addPanel, addServer, homeAssistant } from "./testing";

test("tells servers, panels and others apart, by name", () => {
  const hass = homeAssistant();
  addPanel(hass, "panel");
  for (const name of ["server 10", "server 9"]) addServer(hass, name);
  addServer(hass, "old", { name_by_user: "a new name" });
  addServer(hass, "disabled", { disabled_by: "user" });
  addServer(hass, "not ours", { identifiers: [["hue", "1"]] });
  expect(servers(hass).map(({ id }) => id)).toEqual(["server-old", "server-server 9", "server-server 10"]);
  expect(panels(hass).map(({ id }) => id)).toEqual(["panel-panel"]);
});

test("sorts as the person's language does, also after another was chosen", () => {
  const hass = homeAssistant("de");
  for (const name of ["Zomboid", "Äther"]) addServer(hass, name);
  expect(servers(hass).map(({ name }) => name)).toEqual(["Äther", "Zomboid"]);
  hass.locale = { language: "sv" };
  expect(servers(hass).map(({ name }) => name)).toEqual(["Zomboid", "Äther"]);
});

test("finds entities by key, whatever they are called", () => {
  const hass = homeAssistant();
  const [one, other] = [addServer(hass, "one"), addServer(hass, "other")];
  const status = addEntity(hass, one, "sensor", "status", "running");
  addEntity(hass, other, "sensor", "status", "stopped");
  addEntity(hass, one, "sensor", "cpu_usage", "12", {}, { platform: "template" });
  addEntity(hass, one, "button", "start");
  expect(entityId(hass, one.id, "status")).toBe(status);
  expect(entityState(hass, one.id, "status")?.state).toBe("running");
  expect(entityId(hass, one.id, "cpu_usage")).toBeUndefined();
  expect(entityState(hass, one.id, "start")).toBeUndefined();
  expect(entityState(hass, "gone", "status")).toBeUndefined();
});

test("reads a registry that did not change once", () => {
  const hass = homeAssistant();
  const server = addServer(hass, "one");
  addEntity(hass, server, "sensor", "status");
  const index = entityIndex(hass.entities);
  expect(entityIndex(hass.entities)).toBe(index);
  addEntity(hass, server, "sensor", "node");
  expect(entityIndex(hass.entities).get(server.id)?.size).toBe(2);
});

test("finds the server of an entity of ours only", () => {
  const hass = homeAssistant();
  const [panel, server] = [addPanel(hass, "panel"), addServer(hass, "one")];
  expect(serverOf(hass, addEntity(hass, server, "sensor", "status"))).toBe(server);
  expect(serverOf(hass, addEntity(hass, panel, "binary_sensor", "connected"))).toBeUndefined();
  expect(serverOf(hass, addEntity(hass, server, "sensor", "status", "1", {}, { platform: "mqtt" }))).toBeUndefined();
  expect(serverOf(hass, "sensor.gone")).toBeUndefined();
});
