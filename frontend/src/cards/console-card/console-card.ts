/** The console of one server: its lines as they come, and a line for commands. */

import { html, LitElement, nothing, type PropertyValues } from "lit";
import { property, query, state } from "lit/decorators.js";
import { live } from "lit/directives/live.js";
import { define, listCard } from "../../define";
import type { Card, CardConfig, GridOptions, HomeAssistant } from "../../hass";
import { type ConsoleEvent, LiveController } from "../../live";
import { DOMAIN, deviceName, serverById, serverOf, servers } from "../../registry";
import { type Word, WordsController } from "../../words";
import { confirm } from "../confirm";
import { deviceForm } from "../form";
import { icon, mdiArrowDown, mdiClockOutline, mdiContentCopy, mdiPause, mdiPlay, mdiSend } from "../icons";
import { liveReason } from "../live-reason";
import { copyText, notify } from "../page";
import { buttonStyles, cardStyles } from "../styles";
import { CommandHistory, mayEndServer } from "./commands";
import { type ConsoleLine, ConsoleLines, matcher, newest } from "./console-lines";
import { LineList } from "./line-list";
import { styles } from "./styles";

const TYPE = "stellarstack-console-card";

/** As near to the end of the lines counts as at it, in CSS pixels. */
const AT_END = 16;
/** How long after a wheel, a touch or a key a scroll is a person's doing, in milliseconds. */
const BY_HAND = 1000;
/** Home Assistant accepts 4 kB. */
const LONGEST_COMMAND = 4096;

export interface ConsoleCardConfig extends CardConfig {
  device_id?: string;
  /** Whether lines begin with the time of their arrival. */
  times?: boolean;
}

export class ConsoleCard extends LitElement implements Card {
  static override styles = [cardStyles, buttonStyles, styles];

  static getStubConfig(hass: HomeAssistant): Partial<ConsoleCardConfig> {
    return { device_id: servers(hass)[0]?.id ?? "" };
  }

  static getConfigForm() {
    return deviceForm({ name: "times", selector: { boolean: {} } });
  }

  /** Where the card stands: Home Assistant tells, such as in a grid. */
  @property({ reflect: true }) layout?: string;
  @state() private config: ConsoleCardConfig | undefined;
  @state() private times = false;
  @state() private search = "";
  /** Whether new lines are shown at once; those that come meanwhile wait. */
  @state() private follows = true;
  @state() private sending = false;

  @query(".log") private log!: HTMLElement | null;
  @query("form input") private input!: HTMLInputElement;

  private currentHass: HomeAssistant | undefined;
  private readonly words = new WordsController(this);
  private readonly live = new LiveController(
    this,
    "console",
    () => (this.hass ? serverById(this.hass, this.config?.device_id)?.id : undefined),
    (event) => this.keep(event),
  );
  private readonly lines = new ConsoleLines();
  private readonly history = new CommandHistory();
  private list: LineList | undefined;
  /** Lines that are not shown yet. */
  private waiting: ConsoleLine[] = [];
  /** Whether all lines are to be shown anew. */
  private stale = true;
  /** What the coming update shows, after what is there or in its place. */
  private fresh: readonly ConsoleLine[] = [];
  private replaces = false;
  /** How many of the shown lines contain what is searched for. */
  private found = 0;
  private scrolledTo = 0;
  private touched = Number.NEGATIVE_INFINITY;
  /** Scrolls once the browser has laid the new lines out, so that it need not do so twice. */
  private readonly resized = new ResizeObserver(() => this.scrollToEnd());

  get hass(): HomeAssistant | undefined {
    return this.currentHass;
  }

  /** Home Assistant sets this at each change of any state, of which the console shows none. */
  set hass(hass: HomeAssistant | undefined) {
    const before = this.currentHass;
    this.currentHass = hass;
    const used = ({ connection, devices, language, locale }: HomeAssistant) => [connection, devices, language, locale];
    const now = hass && used(hass);
    if (!before || !now || used(before).some((value, place) => value !== now[place])) this.requestUpdate();
  }

  setConfig(config: ConsoleCardConfig): void {
    if (config.device_id !== this.config?.device_id) this.keep({ lines: [], reset: true });
    if (config.times !== this.config?.times || !this.config) this.times = config.times ?? true;
    this.config = config;
  }

  getCardSize(): number {
    return 8;
  }

  getGridOptions(): GridOptions {
    return { columns: 12, rows: 8, min_columns: 6, min_rows: 5 };
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.resized.disconnect();
    this.list = undefined;
    // An element that is moved begins at the top, which is not a person's doing.
    this.scrolledTo = 0;
    this.follows = true;
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has("search")) this.stale = true;
    this.replaces = this.stale;
    const shown = this.stale ? this.lines.all : this.follows ? this.waiting : [];
    this.fresh = shown.filter(matcher(this.search));
    this.found = (this.stale ? 0 : this.found) + this.fresh.length;
    if (this.stale || this.follows) this.waiting = [];
    this.stale = false;
  }

  protected override render() {
    const { hass, config } = this;
    if (!hass || !config) return nothing;
    const server = serverById(hass, config.device_id);
    if (!server) {
      const text = this.words.get(config.device_id ? "card_device_gone" : "card_no_device");
      return html`<ha-card><p class="message">${text}</p></ha-card>`;
    }
    const name = deviceName(server);
    const label = this.words.get("console_label", { server: name });
    const reason = liveReason(this.live, this.words.get);
    if (this.live.error === "unauthorized") {
      return html`
        <ha-card>
          <header><div class="title">${label}</div></header>
          <p class="message" role="status">${reason}</p>
        </ha-card>
      `;
    }
    const disabled = this.live.state === "stopped";
    return html`
      <ha-card>
        <header>
          <div class="title">${label}</div>
          ${this.renderTools()}
        </header>
        <div class="frame">
          <div
            class="log ${this.follows ? "follows" : ""} ${this.times ? "times" : ""}"
            style="--time-width: ${this.formatTime(0).length + 1}ch"
            role="log"
            aria-live="off"
            aria-label=${label}
            tabindex="0"
            @scroll=${this.scrolled}
            @wheel=${this.touch}
            @touchmove=${this.touch}
            @pointerdown=${this.touch}
            @keydown=${this.touch}
          ><div class="lines"></div></div>
          ${this.renderOverlay()}
        </div>
        <p class="reason" role="status">${reason}</p>
        <form @submit=${(event: Event) => this.submit(event, name)}>
          <input
            type="text"
            aria-label=${this.words.get("console_command")}
            placeholder=${this.words.get("console_command")}
            maxlength=${LONGEST_COMMAND}
            autocomplete="off"
            autocapitalize="off"
            spellcheck="false"
            enterkeyhint="send"
            ?disabled=${disabled}
            ?readonly=${this.sending}
            @keydown=${this.recall}
          />
          ${this.renderTool("console_send", mdiSend, { type: "submit", disabled: disabled || this.sending })}
        </form>
      </ha-card>
    `;
  }

  private renderTools() {
    return html`
      <div class="tools">
        ${this.search ? html`<output aria-label=${this.words.get("console_found")}>${this.found}</output>` : nothing}
        <input
          type="search"
          aria-label=${this.words.get("console_search")}
          placeholder=${this.words.get("console_search")}
          .value=${live(this.search)}
          @input=${(event: Event) => this.find((event.target as HTMLInputElement).value)}
        />
        ${this.renderTool("card_times", mdiClockOutline, {
          pressed: this.times,
          click: () => {
            this.times = !this.times;
          },
        })}
        ${this.renderTool("console_copy", mdiContentCopy, { click: () => this.copy() })}
        ${
          this.follows
            ? this.renderTool("console_pause", mdiPause, {
                click: () => {
                  this.follows = false;
                },
              })
            : this.renderTool("console_follow", mdiPlay, { click: () => this.resume() })
        }
      </div>
    `;
  }

  private renderTool(word: Word, path: string, { type = "button", click, pressed, disabled = false }: Tool) {
    const label = this.words.get(word);
    return html`
      <button
        class="bare"
        type=${type}
        aria-label=${label}
        title=${label}
        aria-pressed=${pressed === undefined ? nothing : String(pressed)}
        ?disabled=${disabled}
        @click=${click ?? nothing}
      >
        ${icon(path)}
      </button>
    `;
  }

  private renderOverlay() {
    if (!this.follows && this.waiting.length) {
      const text = this.words.get("console_new", { count: this.waiting.length });
      return html`<button class="resume" @click=${this.resume}>${icon(mdiArrowDown)}${text}</button>`;
    }
    if (this.found) return nothing;
    return html`<div class="empty">${this.words.get(this.search ? "console_none_found" : "console_empty")}</div>`;
  }

  protected override updated(): void {
    const element = this.renderRoot.querySelector<HTMLElement>(".lines");
    if (!element) {
      this.list = undefined;
      return;
    }
    if (this.list?.element !== element) {
      // A new place, such as after the server was gone for a while, has none of the lines that were shown before.
      this.list = new LineList(element, (time) => this.formatTime(time));
      this.resized.disconnect();
      this.resized.observe(element);
      if (this.log) this.resized.observe(this.log);
      if (!this.replaces) {
        this.stale = true;
        this.requestUpdate();
        return;
      }
    }
    if (this.replaces) this.list.clear();
    this.list.append(this.fresh);
    this.fresh = [];
  }

  private formatTime(time: number): string {
    const { locale, config } = this.hass ?? {};
    const zone = locale?.time_zone === "server" ? config?.time_zone : undefined;
    return timeFormat(locale?.language, locale?.time_format, zone).format(time);
  }

  private keep({ lines, reset }: ConsoleEvent): void {
    if (reset) {
      this.lines.clear();
      this.waiting = [];
      this.stale = true;
    }
    // Lines of before have no time: nodes send none.
    const added = this.lines.append(lines, reset ? undefined : Date.now());
    this.waiting = newest([...this.waiting, ...added]);
  }

  private find(text: string): void {
    this.search = text;
  }

  private resume(): void {
    this.follows = true;
    this.scrollToEnd();
  }

  private scrollToEnd(): void {
    if (!this.log || !this.follows) return;
    this.log.scrollTop = this.log.scrollHeight;
    this.scrolledTo = this.log.scrollTop;
  }

  private touch(): void {
    this.touched = performance.now();
  }

  /**
   * Stops following when a person scrolls up, and goes on at the end.
   *
   * The browser scrolls by itself, too: while it has not laid out all lines, it does not know how high they are.
   */
  private scrolled(): void {
    if (!this.log) return;
    const { scrollTop, scrollHeight, clientHeight } = this.log;
    const atEnd = scrollHeight - clientHeight - scrollTop < AT_END;
    const byHand = performance.now() - this.touched < BY_HAND;
    if (byHand && scrollTop < this.scrolledTo && !atEnd) this.follows = false;
    if (scrollTop > this.scrolledTo && atEnd) this.follows = true;
    this.scrolledTo = scrollTop;
  }

  private async copy(): Promise<void> {
    const shown = this.lines.all.filter(matcher(this.search));
    await copyText(this, shown.map(({ text }) => text).join("\n"));
    notify(this, this.words.get("card_copied"));
  }

  private recall(event: KeyboardEvent): void {
    // The arrows choose a character then, such as a Chinese one.
    if (event.isComposing) return;
    const command =
      event.key === "ArrowUp"
        ? this.history.previous(this.input.value)
        : event.key === "ArrowDown"
          ? this.history.next()
          : undefined;
    if (command === undefined) return;
    event.preventDefault();
    this.input.value = command;
  }

  private async submit(event: Event, server: string): Promise<void> {
    event.preventDefault();
    const { hass, config, input } = this;
    const command = input.value.trim();
    if (!hass || !config?.device_id || !command || this.sending) return;
    const confirmed =
      !mayEndServer(command) ||
      (await confirm(this, {
        title: this.words.get("console_confirm_title", { server }),
        text: this.words.get("console_confirm_text", { command }),
        confirm: this.words.get("console_send"),
        cancel: this.words.get("card_cancel"),
      }));
    if (!confirmed) return;
    this.sending = true;
    try {
      await hass.callService(DOMAIN, "send_command", { command }, { device_id: config.device_id });
      this.history.add(command);
      input.value = "";
      this.resume();
    } catch {
      // Home Assistant has shown the error; the command can be sent again.
    } finally {
      this.sending = false;
    }
  }
}

interface Tool {
  type?: "button" | "submit";
  click?: () => void;
  pressed?: boolean;
  disabled?: boolean;
}

const HOUR = { hour: "numeric" } as const;
const timeFormats = new Map<string, Intl.DateTimeFormat>();

function timeFormat(language = "en", hours = "language", timeZone?: string): Intl.DateTimeFormat {
  const key = `${language} ${hours} ${timeZone}`;
  let format = timeFormats.get(key);
  if (!format) {
    const cycle = { 12: "h12", 24: "h23", system: new Intl.DateTimeFormat([], HOUR).resolvedOptions().hourCycle }[
      hours
    ];
    format = new Intl.DateTimeFormat(language, {
      hour: "2-digit",
      minute: "2-digit",
      second: "2-digit",
      ...(cycle && { hourCycle: cycle as "h12" }),
      ...(timeZone && { timeZone }),
    });
    timeFormats.set(key, format);
  }
  return format;
}

define(TYPE, ConsoleCard);
listCard(TYPE, (words) => ({
  name: words("card_console_name"),
  description: words("card_console_description"),
  preview: true,
  getEntitySuggestion: (hass, entityId) => {
    const server = serverOf(hass, entityId);
    return server ? { config: { type: `custom:${TYPE}`, device_id: server.id } } : null;
  },
}));
