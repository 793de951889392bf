import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { DeviceEntry } from "../../hass";
import { addServer, type FakeHomeAssistant, homeAssistant, type Subscription } from "../../testing";
import { ConsoleCard } from "./console-card";
import { MOST_CHARACTERS, MOST_LINES } from "./console-lines";

let hass: FakeHomeAssistant;
let server: DeviceEntry;
let card: ConsoleCard;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: new Date(2026, 10, 1, 14, 5, 6) });
  hass = homeAssistant();
  hass.locale.time_format = "24";
  server = addServer(hass, "Survival");
  card = new ConsoleCard();
  document.body.append(card);
});

afterEach(() => {
  card.remove();
  vi.useRealTimers();
});

async function update(): Promise<void> {
  card.hass = { ...hass };
  await card.updateComplete;
  await new Promise((resolve) => setTimeout(resolve));
  await card.updateComplete;
}

async function open(): Promise<Subscription> {
  card.setConfig({ type: "", device_id: server.id });
  await update();
  const [subscription] = hass.subscriptions;
  if (!subscription) throw new Error("no subscription");
  return subscription;
}

const all = <Found extends Element = HTMLElement>(selector: string) => [
  ...(card.shadowRoot?.querySelectorAll<Found>(selector) ?? []),
];
const lines = () => all(".line").map(({ textContent }) => textContent);
const tool = (label: string) => all<HTMLButtonElement>("button").find(({ title }) => title === label);

async function type(command: string): Promise<void> {
  const [input] = all<HTMLInputElement>("form input");
  const [form] = all<HTMLFormElement>("form");
  if (!input || !form) throw new Error("no command line");
  input.value = command;
  form.dispatchEvent(new Event("submit", { cancelable: true }));
  await update();
}

describe("a console card", () => {
  test("shows what was printed before, then what comes, with times of arrival", async () => {
    const live = await open();
    live.send({ lines: ["old"], reset: true });
    live.send({ lines: ["new", "<b>bold</b>"], reset: false });
    await update();
    expect(lines()).toEqual(["old", "new", "<b>bold</b>"]);
    expect(all(".line").map(({ dataset }) => dataset.time)).toEqual([undefined, "14:05:06", "14:05:06"]);
    expect(all("b")).toEqual([]);
  });

  test("begins anew when the console does", async () => {
    const live = await open();
    live.send({ lines: ["old"], reset: true });
    await update();
    live.send({ lines: ["other"], reset: true });
    await update();
    expect(lines()).toEqual(["other"]);
  });

  test("marks warnings and errors", async () => {
    const live = await open();
    live.send({ lines: ["[WARN] slow", "[ERROR] broken", "[INFO] fine"], reset: true });
    await update();
    expect(all(".line").map(({ className }) => className)).toEqual(["line warning", "line error", "line"]);
  });

  test("holds lines back while it is paused", async () => {
    const live = await open();
    live.send({ lines: ["one"], reset: true });
    await update();
    tool("Pause")?.click();
    await update();
    live.send({ lines: ["two", "three"], reset: false });
    await update();
    expect(lines()).toEqual(["one"]);
    expect(all(".resume")[0]?.textContent?.trim()).toBe("New lines: 2");
    all(".resume")[0]?.click();
    await update();
    expect(lines()).toEqual(["one", "two", "three"]);
    expect(all(".resume")).toEqual([]);
  });

  test("shows only lines that contain what is searched for, also of those that come", async () => {
    const live = await open();
    live.send({ lines: ["Toni joined", "Sam joined"], reset: true });
    const [search] = all<HTMLInputElement>("input[type=search]");
    if (!search) throw new Error("no search");
    search.value = "toni";
    search.dispatchEvent(new Event("input"));
    await update();
    live.send({ lines: ["Sam left", "Toni left"], reset: false });
    await update();
    expect(lines()).toEqual(["Toni joined", "Toni left"]);
    expect(all("output")[0]?.textContent).toBe("2");
    search.value = "";
    search.dispatchEvent(new Event("input"));
    await update();
    expect(lines()).toHaveLength(4);
  });

  test("keeps no more lines on the page than it may", { timeout: 60_000 }, async () => {
    const live = await open();
    const batch = (name: string, size: number) => Array.from({ length: size }, (_, number) => `${name} ${number}`);
    live.send({ lines: batch("first", MOST_LINES), reset: true });
    await update();
    live.send({ lines: batch("second", 150), reset: false });
    await update();
    const shown = lines();
    // Whole blocks of a hundred go.
    expect(shown).toHaveLength(MOST_LINES - 50);
    expect(shown[0]).toBe("first 200");
    expect(shown.at(-1)).toBe("second 149");
  });

  test("keeps no more characters on the page than it may", async () => {
    const live = await open();
    const text = "x".repeat(4000);
    for (const reset of [true, false]) {
      live.send({ lines: Array(MOST_CHARACTERS / 4000).fill(text), reset });
      await update();
    }
    const characters = lines().join("").length;
    expect(characters).toBeLessThanOrEqual(MOST_CHARACTERS);
    // Whole blocks of about 20,000 go.
    expect(characters).toBeGreaterThan(MOST_CHARACTERS - 24_000);
  });

  test("stops following where a person scrolls up, and goes on at the end", async () => {
    await open();
    const [log] = all(".log");
    if (!log) throw new Error("no log");
    Object.defineProperties(log, { scrollHeight: { value: 1000 }, clientHeight: { value: 100 } });
    const scroll = async (scrollTop: number) => {
      log.scrollTop = scrollTop;
      log.dispatchEvent(new Event("scroll"));
      await update();
      return tool("Pause") ? "follows" : "paused";
    };
    expect(await scroll(900)).toBe("follows");
    // By the browser itself.
    expect(await scroll(800)).toBe("follows");
    log.dispatchEvent(new Event("wheel"));
    expect(await scroll(700)).toBe("paused");
    expect(await scroll(800)).toBe("paused");
    expect(await scroll(900)).toBe("follows");
  });

  test("lets the browser skip most of many long lines", async () => {
    const live = await open();
    live.send({ lines: Array(100).fill("x".repeat(4000)), reset: true });
    await update();
    expect(lines()).toHaveLength(100);
    expect(all(".block").length).toBeGreaterThan(10);
  });

  test("sends a command, and leaves one that was refused to be sent again", async () => {
    await open();
    await type(" say hi ");
    expect(hass.calls).toEqual([
      {
        domain: "stellarstack",
        service: "send_command",
        data: { command: "say hi" },
        target: { device_id: server.id },
      },
    ]);
    const [input] = all<HTMLInputElement>("form input");
    expect(input?.value).toBe("");
    hass.callService = () => Promise.reject(new Error("refused"));
    await update();
    await type("say again");
    expect(input?.value).toBe("say again");
  });

  test("asks before a command that may stop the server", async () => {
    await open();
    await type("stop");
    const dialog = card.shadowRoot?.querySelector("stellarstack-confirm")?.shadowRoot?.querySelector("dialog");
    expect(dialog?.textContent).toContain("Send this to Survival?");
    expect(hass.calls).toEqual([]);
    dialog?.close("confirm");
    await update();
    expect(hass.calls.map(({ data }) => data)).toEqual([{ command: "stop" }]);
  });

  test("brings earlier commands back", async () => {
    await open();
    await type("list");
    const [input] = all<HTMLInputElement>("form input");
    input?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowUp" }));
    expect(input?.value).toBe("list");
    input?.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowDown" }));
    expect(input?.value).toBe("");
  });

  test("leaves the arrows to a person who is composing a character", async () => {
    await open();
    await type("list");
    const [input] = all<HTMLInputElement>("form input");
    const key = new KeyboardEvent("keydown", { key: "ArrowUp", isComposing: true, cancelable: true });
    input?.dispatchEvent(key);
    expect([input?.value, key.defaultPrevented]).toEqual(["", false]);
  });

  test("tells times in the time zone that the person chose", async () => {
    hass.config.time_zone = "Asia/Tokyo";
    hass.locale.time_zone = "server";
    const live = await open();
    live.send({ lines: ["new"], reset: false });
    await update();
    const there = new Intl.DateTimeFormat("en", { timeZone: "Asia/Tokyo", timeStyle: "medium", hourCycle: "h23" });
    expect(all(".line").map(({ dataset }) => dataset.time)).toEqual([there.format(Date.now())]);
  });

  test.each([
    ["connecting", "Connecting to the node", false],
    ["stopped", "The server is stopped.", true],
    ["no_access", "no right to live data", false],
    ["unreachable", "cannot be reached", false],
    ["off", "not loaded", false],
  ])("says what %s means", async (state, words, disabled) => {
    const live = await open();
    live.send({ lines: [], reset: false, state });
    await update();
    expect(all(".reason")[0]?.textContent).toContain(words);
    expect(all<HTMLInputElement>("form input")[0]?.disabled).toBe(disabled);
    live.send({ lines: [], reset: false, state: "live" });
    await update();
    expect(all(".reason")[0]?.textContent).toBe("");
  });

  test("says so to who may not see it", async () => {
    hass.refuse = { code: "unauthorized" };
    card.setConfig({ type: "", device_id: server.id });
    await update();
    expect(all(".message")[0]?.textContent).toBe("You need the right to control this server.");
    expect(all("input, button, .log")).toEqual([]);
  });

  test("shows its lines again when the server comes back", async () => {
    const live = await open();
    live.send({ lines: ["before"], reset: true });
    await update();
    const { devices } = hass;
    hass.devices = {};
    await update();
    expect(card.shadowRoot?.textContent?.trim()).toBe("This server is no longer in Home Assistant.");
    expect(live.ended).toBe(true);
    hass.devices = devices;
    await update();
    expect(lines()).toEqual(["before"]);
    hass.subscriptions[1]?.send({ lines: ["anew"], reset: true });
    await update();
    expect(lines()).toEqual(["anew"]);
  });

  test("shows its lines again when the page moves it", async () => {
    const live = await open();
    live.send({ lines: ["before"], reset: true });
    await update();
    card.remove();
    document.body.append(card);
    await update();
    hass.subscriptions[1]?.send({ lines: ["anew"], reset: true });
    await update();
    expect(lines()).toEqual(["anew"]);
  });

  test("is suggested for entities of servers", () => {
    const listed = window.customCards?.find(({ type }) => type === "stellarstack-console-card");
    expect(listed?.getEntitySuggestion?.(hass, "light.lamp")).toBeNull();
    expect(ConsoleCard.getStubConfig(hass)).toEqual({ device_id: server.id });
  });
});
