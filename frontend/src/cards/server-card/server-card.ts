/** The card of one server: its status, what it uses, and what can be done with it. */

import { html, LitElement, nothing } from "lit";
import { state } from "lit/decorators.js";
import { define, listCard } from "../../define";
import type { Card, CardConfig, GridOptions, HomeAssistant, Locale } from "../../hass";
import { LiveController, type UsageEvent } from "../../live";
import { DOMAIN, entityId, serverById, serverOf, servers } from "../../registry";
import { WordsController } from "../../words";
import { confirm } from "../confirm";
import { deviceForm } from "../form";
import {
  icon,
  mdiAccountMultiple,
  mdiAlertCircle,
  mdiBackupRestore,
  mdiContentCopy,
  mdiDownloadCircle,
  mdiHelpCircle,
  mdiLanDisconnect,
  mdiLock,
  mdiOpenInNew,
  mdiPlay,
  mdiPlayCircle,
  mdiPlayCircleOutline,
  mdiRestart,
  mdiSkullOutline,
  mdiStop,
  mdiStopCircle,
  mdiStopCircleOutline,
  mdiWrench,
} from "../icons";
import { liveReason } from "../live-reason";
import "../menu";
import type { MenuItem } from "../menu";
import { copyText, notify, showEntity } from "../page";
import { buttonStyles, cardStyles } from "../styles";
import { formatAgo, formatCpu, formatMemory } from "./format";
import { type Action, type ServerView, type Status, serverView, showsSame } from "./server-view";
import { styles } from "./styles";
import { drawTrace, TRACE_WINDOW, type TracePoint, traceTop } from "./usage-trace";

const TYPE = "stellarstack-server-card";

/** How often "3 minutes ago" is written anew, in milliseconds. */
const CLOCK = 30_000;
/** The part of its limit from which on a server's use is marked. */
const NEARLY_FULL = 0.9;
/** Cards this near to the screen already have live data, in CSS pixels. */
const NEAR = "200px";

const TRACE_WIDTH = 120;
const TRACE_HEIGHT = 24;
/** The least that fills a trace without a limit: percent of one core, MiB. */
const LEAST_CPU = 100;
const LEAST_MEMORY = 256;

const STATUS_ICONS: Readonly<Record<Status, string>> = {
  running: mdiPlayCircle,
  starting: mdiPlayCircleOutline,
  stopping: mdiStopCircleOutline,
  stopped: mdiStopCircle,
  error: mdiAlertCircle,
  installing: mdiDownloadCircle,
  restoring: mdiBackupRestore,
  maintenance: mdiWrench,
  suspended: mdiLock,
  away: mdiLanDisconnect,
  unknown: mdiHelpCircle,
};
const ACTION_ICONS: Readonly<Record<Action, string>> = {
  start: mdiPlay,
  restart: mdiRestart,
  stop: mdiStop,
  kill: mdiSkullOutline,
};

export interface ServerCardConfig extends CardConfig {
  device_id?: string;
  /** One line, with all actions in the menu. */
  compact?: boolean;
  /** The page that a click on the name leads to, instead of the dialog about the status. */
  navigation_path?: string;
}

export class ServerCard extends LitElement implements Card {
  static override styles = [cardStyles, buttonStyles, styles];

  static getStubConfig(hass: HomeAssistant): Partial<ServerCardConfig> {
    return { device_id: servers(hass)[0]?.id ?? "" };
  }

  static getConfigForm() {
    return deviceForm({ name: "compact", selector: { boolean: {} } });
  }

  @state() private config: ServerCardConfig | undefined;
  @state() private visible = false;
  /** Whether an action of this card is under way. */
  @state() private busy = false;

  private currentHass: HomeAssistant | undefined;
  private readonly words = new WordsController(this);
  private readonly live = new LiveController(
    this,
    "usage",
    () => (this.visible && this.hass ? serverById(this.hass, this.config?.device_id)?.id : undefined),
    (sample) => this.keep(sample),
  );
  private sample: UsageEvent | undefined;
  private cpu: TracePoint[] = [];
  private memory: TracePoint[] = [];
  private clock: ReturnType<typeof setInterval> | undefined;
  private readonly observer = new IntersectionObserver(
    (entries) => {
      this.visible = entries.at(-1)?.isIntersecting ?? false;
    },
    { rootMargin: NEAR },
  );

  get hass(): HomeAssistant | undefined {
    return this.currentHass;
  }

  /** Home Assistant sets this at each change of any state, of which few are of this server. */
  set hass(hass: HomeAssistant | undefined) {
    const before = this.currentHass;
    this.currentHass = hass;
    if (!before || !hass || !showsSame(before, hass, this.config?.device_id)) this.requestUpdate();
  }

  setConfig(config: ServerCardConfig): void {
    if (config.device_id !== this.config?.device_id) this.forget();
    this.config = config;
  }

  getCardSize(): number {
    return this.config?.compact ? 1 : 4;
  }

  getGridOptions(): GridOptions {
    return this.config?.compact
      ? { columns: 12, rows: 1, min_columns: 6, min_rows: 1 }
      : { columns: 12, rows: "auto", min_columns: 6 };
  }

  override connectedCallback(): void {
    super.connectedCallback();
    this.observer.observe(this);
    this.clock = setInterval(() => this.requestUpdate(), CLOCK);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.observer.disconnect();
    clearInterval(this.clock);
  }

  protected override render() {
    const { hass, config } = this;
    if (!hass || !config) return nothing;
    const view = serverView(hass, config.device_id);
    if (!view) {
      const text = this.words.get(config.device_id ? "card_device_gone" : "card_no_device");
      return html`<ha-card><p class="message">${text}</p></ha-card>`;
    }
    if (view.status !== "running") this.forget();
    if (this.unauthorized) view.actions = [];
    return html`<ha-card>${config.compact ? this.renderCompact(view) : this.renderFull(view)}</ha-card>`;
  }

  /** Live data and actions need the same right. */
  private get unauthorized(): boolean {
    return this.live.error === "unauthorized";
  }

  private renderFull(view: ServerView) {
    return html`
      <div class="server ${statusClass(view)}">
        <div class="head">
          ${this.renderTitle(view, [view.game, this.statusText(view)])} ${this.renderMenu(view, ["kill"])}
        </div>
        ${this.renderFacts(view)} ${view.status === "running" ? this.renderUsage(view) : nothing}
        ${this.renderActions(view)}
      </div>
    `;
  }

  private renderCompact(view: ServerView) {
    const usage = this.usage(view);
    const { locale } = this;
    const line = [
      this.statusText(view, view.status !== "running"),
      view.players === undefined ? undefined : this.words.get("card_players_count", { count: playersText(view) }),
      usage.cpu === undefined ? undefined : formatCpu(usage.cpu, undefined, locale),
      usage.memory === undefined ? undefined : formatMemory(usage.memory, undefined, locale),
    ];
    return html`
      <div class="server compact ${statusClass(view)}">
        ${this.cpu.length > 1 ? this.renderTrace(this.cpu, view.limits.cpu, LEAST_CPU) : nothing}
        <div class="head">
          ${this.renderTitle(view, [line.filter(Boolean).join(" · ")])}
          ${this.renderMenu(view, ["start", "restart", "stop", "kill"])}
        </div>
      </div>
    `;
  }

  private renderTitle(view: ServerView, lines: (string | undefined)[]) {
    const content = html`
      <span class="badge">${icon(view.nodeOffline ? mdiLanDisconnect : STATUS_ICONS[view.status])}</span>
      <span class="lines">
        <span class="line name" dir="auto">${view.name}</span>
        ${lines.map((line) => (line ? html`<span class="line" dir="auto">${line}</span>` : nothing))}
      </span>
    `;
    const { navigation_path: path } = this.config ?? {};
    if (path) return html`<a class="title" href=${path}>${content}</a>`;
    const status = view.statusState?.entity_id;
    if (!status) return html`<div class="title">${content}</div>`;
    return html`<button class="title" @click=${() => showEntity(this, status)}>${content}</button>`;
  }

  private renderFacts(view: ServerView) {
    const { address } = view;
    if (!address && view.players === undefined) return nothing;
    return html`
      <div class="facts">
        ${
          address
            ? html`
                <button class="fact" title=${this.words.get("card_copy_address")} @click=${() => this.copy(address)}>
                  <bdi>${address}</bdi>${icon(mdiContentCopy)}
                </button>
              `
            : nothing
        }
        ${
          view.players === undefined
            ? nothing
            : html`
                <span class="fact" title=${this.words.get("card_players")}>
                  ${icon(mdiAccountMultiple)}<span class="spoken">${this.words.get("card_players")}</span>
                  <bdi>${playersText(view)}</bdi>
                </span>
              `
        }
      </div>
    `;
  }

  private renderUsage(view: ServerView) {
    const { cpu, memory } = this.usage(view);
    if (cpu === undefined && memory === undefined) {
      const reason = this.unauthorized ? undefined : liveReason(this.live, this.words.get);
      return reason ? html`<span class="reason">${reason}</span>` : nothing;
    }
    const { limits } = view;
    return html`
      <dl class="usage">
        ${this.renderMeasure("card_cpu", formatCpu, cpu, limits.cpu, this.cpu, LEAST_CPU)}
        ${this.renderMeasure("card_memory", formatMemory, memory, limits.memory, this.memory, LEAST_MEMORY)}
      </dl>
    `;
  }

  private renderMeasure(
    label: "card_cpu" | "card_memory",
    format: typeof formatCpu,
    used: number | undefined,
    limit: number | undefined,
    points: TracePoint[],
    least: number,
  ) {
    if (used === undefined) return nothing;
    const full = limit !== undefined && used >= limit * NEARLY_FULL;
    return html`
      <div class="measure ${full ? "full" : ""}">
        <dt>${this.words.get(label)}</dt>
        <dd><bdi>${format(used, limit, this.locale)}</bdi></dd>
        ${this.renderTrace(points, limit, least)}
      </div>
    `;
  }

  private renderTrace(points: TracePoint[], limit: number | undefined, least: number) {
    const { line, area } = drawTrace(points, traceTop(points, limit, least), TRACE_WIDTH, TRACE_HEIGHT);
    return html`
      <svg
        class="trace"
        viewBox="0 -1 ${TRACE_WIDTH} ${TRACE_HEIGHT + 2}"
        preserveAspectRatio="none"
        aria-hidden="true"
      >
        <path class="area" d=${area}></path>
        <path d=${line} vector-effect="non-scaling-stroke"></path>
      </svg>
    `;
  }

  private renderActions(view: ServerView) {
    if (this.unauthorized) return html`<span class="reason">${this.words.get("live_unauthorized")}</span>`;
    const actions = view.actions.filter((action) => action !== "kill");
    if (!actions.length) return nothing;
    return html`
      <div class="actions">
        ${actions.map(
          (action) => html`
            <button class="filled ${action}" ?disabled=${this.busy} @click=${() => this.run(view, action)}>
              ${icon(ACTION_ICONS[action])}${this.words.get(`card_${action}`)}
            </button>
          `,
        )}
      </div>
    `;
  }

  private renderMenu(view: ServerView, actions: Action[]) {
    const { address, url } = view;
    const items: MenuItem[] = view.actions
      .filter((action) => actions.includes(action) && !this.busy)
      .map((action) => ({
        label: this.words.get(`card_${action}`),
        icon: ACTION_ICONS[action],
        run: () => this.run(view, action),
      }));
    if (address) {
      items.push({
        label: this.words.get("card_copy_address"),
        icon: mdiContentCopy,
        run: () => this.copy(address),
      });
    }
    if (url) items.push({ label: this.words.get("card_open_panel"), icon: mdiOpenInNew, href: url });
    if (!items.length) return nothing;
    const label = this.words.get("card_menu", { server: view.name });
    return html`<stellarstack-menu .items=${items} .label=${label}></stellarstack-menu>`;
  }

  private get locale(): Locale {
    return this.hass?.locale ?? { language: "en" };
  }

  /** Returns the status in words, and since when. */
  private statusText(view: ServerView, withTime = true): string {
    const { statusState, since } = view;
    const parts: string[] = [];
    if (view.nodeOffline) parts.push(this.words.get("card_node_offline"));
    parts.push(
      statusState ? (this.hass?.formatEntityState(statusState) ?? statusState.state) : this.words.get("card_no_status"),
    );
    if (statusState && since && withTime) parts.push(formatAgo(since, Date.now(), this.locale.language));
    return parts.join(" · ");
  }

  /** Returns what the server uses: of live data, or else of the sensors. */
  private usage(view: ServerView) {
    if (view.status !== "running") return { cpu: undefined, memory: undefined };
    const sample = liveReason(this.live, this.words.get) ? undefined : this.sample;
    return {
      cpu: sample?.cpu_usage ?? view.usage.cpu,
      memory: sample?.memory_usage ?? view.usage.memory,
    };
  }

  private keep(sample: UsageEvent): void {
    const at = Date.now();
    this.sample = sample;
    this.cpu = extended(this.cpu, at, sample.cpu_usage);
    this.memory = extended(this.memory, at, sample.memory_usage);
  }

  private forget(): void {
    this.sample = undefined;
    this.cpu = [];
    this.memory = [];
  }

  private async copy(address: string): Promise<void> {
    await copyText(this, address);
    notify(this, this.words.get("card_copied"));
  }

  private async run(view: ServerView, action: Action): Promise<void> {
    const { hass, config } = this;
    if (!hass || !config?.device_id) return;
    const losesPlayers = action !== "start" && view.players;
    const texts = [
      losesPlayers ? this.words.get("card_players_text", { count: view.players ?? 0 }) : "",
      action === "kill" ? this.words.get("card_kill_text") : "",
    ];
    const confirmed = await confirm(this, {
      title: this.words.get(`card_${action}_title`, { server: view.name }),
      text: texts.filter(Boolean).join(" "),
      confirm: this.words.get(`card_${action}`),
      cancel: this.words.get("card_cancel"),
    });
    if (!confirmed) return;
    this.busy = true;
    try {
      if (action === "kill") {
        await hass.callService("button", "press", {}, { entity_id: entityId(hass, config.device_id, "kill") ?? [] });
      } else {
        await hass.callService(DOMAIN, action, {}, { device_id: config.device_id });
      }
    } catch {
      // Home Assistant has shown the error.
    } finally {
      this.busy = false;
    }
  }
}

function statusClass({ status, nodeOffline }: ServerView): string {
  return nodeOffline ? "offline" : status;
}

function playersText({ players, mostPlayers }: ServerView): string {
  return mostPlayers === undefined ? `${players}` : `${players} / ${mostPlayers}`;
}

function extended(points: TracePoint[], at: number, value: number | null): TracePoint[] {
  const shown = points.filter((point) => point.at > at - TRACE_WINDOW);
  return value === null ? shown : [...shown, { at, value }];
}

define(TYPE, ServerCard);
listCard(TYPE, (words) => ({
  name: words("card_server_name"),
  description: words("card_server_description"),
  preview: true,
  getEntitySuggestion: (hass, entityId) => {
    const server = serverOf(hass, entityId);
    return server ? { config: { type: `custom:${TYPE}`, device_id: server.id } } : null;
  },
}));
