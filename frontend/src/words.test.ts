import { expect, test } from "vitest";
import { homeAssistant } from "./testing";
import { loadWords, words } from "./words";

test("speaks the person's language once it is loaded, else English", async () => {
  const hass = homeAssistant("de");
  expect(words("de")("dashboard_name")).toBe("Game servers");
  await loadWords(hass);
  expect(words("de")("dashboard_name")).toBe("Game servers");
  hass.texts.de = { dashboard_name: "Gameserver von {name}, {other}" };
  await loadWords(hass);
  expect(words("de")("dashboard_name", { name: "$&" })).toBe("Gameserver von $&, {other}");
  expect(words("de")("dashboard_description")).toBe(words("en")("dashboard_description"));
  hass.texts.de = {};
  await loadWords(hass);
  expect(words("de")("dashboard_name", { name: "x" })).toContain("Gameserver");
});
