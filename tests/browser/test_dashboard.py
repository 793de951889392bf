"""The dashboard that comes with the integration, and what a person sees and does on it."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

from playwright.async_api import BrowserContext, Locator, Page, Route, expect
import pytest

from demo.home_assistant import ROOT
from demo.run import show_players, show_servers_first
from simulator import Panel
from simulator.demo_data import DemoAccounts

from .instance import HomeAssistantInstance
from .pages import SCHEMES, overflows, picture, server_of, set_scheme, words

REAL_TICK = 5.0
DASHBOARD = "/game-servers/overview"
STATUS = "entity.sensor.status.state"
RUNNING = words(f"{STATUS}.running")
AWAY = words("common.dashboard_away")
SERVERS = ("Survival", "Creative", "Skyblock", "Rust Weekly", "Factorio", "Terraria Friends")
NAMES = {(390, "light"): "dashboard-phone", (1440, "light"): "dashboard-desktop", (1440, "dark"): "dashboard-dark"}
AXE = ROOT / "frontend" / "node_modules" / "axe-core" / "axe.min.js"
TRACE = 60_000
"""Milliseconds of usage that pictures for readers show."""

# What axe finds wrong in our elements, by rule; the page around them is Home Assistant's.
_AUDIT = """
async () => {
  const ours = [];
  const visit = (node) => {
    for (const child of node.children ?? []) {
      if (child.localName.startsWith("stellarstack-")) ours.push(child);
      else visit(child);
      if (child.shadowRoot && !child.localName.startsWith("stellarstack-")) visit(child.shadowRoot);
    }
  };
  visit(document.body);
  const { violations, passes } = await axe.run({ include: ours }, { runOnly: ["wcag2a", "wcag2aa", "wcag21aa"] });
  return [ours.length, passes.length, violations.map(({ id, nodes }) => [id, ...nodes.map(({ html }) => html)])];
}
"""


@pytest.fixture
async def dashboard(instance: HomeAssistantInstance, panel: Panel, added: DemoAccounts) -> AsyncGenerator[DemoAccounts]:
    """The dashboard is there, with the panel's servers; to be asked for before a page, which is then closed before."""
    await show_players(instance.api, panel)
    await show_servers_first(instance.api)
    yield added
    await instance.remove_dashboards()


async def open_dashboard(page: Page) -> Locator:
    """Open the dashboard; returns it when all servers are there."""
    await page.goto(DASHBOARD)
    shown = page.locator("hui-sections-view")
    for server in SERVERS:
        await expect(card(shown, server)).to_be_visible()
    return shown


def card(dashboard: Locator, server: str) -> Locator:
    """Return the card of a server."""
    return dashboard.locator("stellarstack-server-card").filter(has_text=server)


async def open_server(page: Page, name: str) -> Locator:
    """Go from the dashboard to a server's page; returns that."""
    await card(await open_dashboard(page), name).get_by_text(name, exact=True).click()
    await expect(page.locator("stellarstack-console-card")).to_be_visible()
    return page.locator("hui-sections-view")


async def test_added_with_four_clicks(page: Page, instance: HomeAssistantInstance, added: DemoAccounts) -> None:
    """From the list of dashboards to the servers: add, choose, create, open."""
    await page.goto("/config/lovelace/dashboards")
    await page.get_by_role("button", name="Add dashboard").click()
    choice = page.locator("ha-dialog").get_by_text(words("common.dashboard_name"), exact=True)
    await expect(page.get_by_text(words("common.dashboard_description"))).to_be_visible()
    await choice.scroll_into_view_if_needed()
    await picture(page, "dashboard-add")
    await choice.click()
    await page.get_by_role("button", name="Create").click()
    await page.locator("ha-sidebar").get_by_text(words("common.dashboard_name"), exact=True).click()
    for server in SERVERS:
        await expect(card(page.locator("hui-sections-view"), server)).to_be_visible()
    await instance.remove_dashboards()


@pytest.mark.parametrize("width", [390, 820, 1440])
async def test_fits_and_is_whole(dashboard: DemoAccounts, page: Page, width: int, pytestconfig: pytest.Config) -> None:
    """At the width of a phone, a tablet and a desktop, light and dark: all is there, nothing is cut off."""
    await page.set_viewport_size({"width": width, "height": 900})
    shown = await open_dashboard(page)
    # Live data has come, and the game has told who plays.
    await expect(card(shown, "Survival").get_by_text(words("common.card_cpu"), exact=True)).to_be_visible()
    await expect(card(shown, "Survival").get_by_title(words("common.card_players"))).to_be_visible()
    if pytestconfig.getoption("--keep-pictures"):
        # Pictures for readers show how usage went on.
        await page.wait_for_timeout(TRACE)
    for scheme in SCHEMES:
        await set_scheme(page, scheme)
        await expect(card(shown, "Survival").get_by_text(RUNNING)).to_be_visible()
        await picture(page, NAMES.get((width, scheme), f"dashboard-{width}-{scheme}"))
        await expect(page.locator("hui-error-card, hui-warning, hui-warning-element")).to_have_count(0)
        assert await overflows(shown) == []


@pytest.mark.parametrize("width", [390, 1440])
async def test_the_page_of_a_server_fits(dashboard: DemoAccounts, page: Page, width: int) -> None:
    """All parts of it are there, and fit."""
    await page.set_viewport_size({"width": width, "height": 1000})
    shown = await open_server(page, "Survival")
    for part in ("usage", "history", "backups"):
        await expect(shown.get_by_text(words(f"common.dashboard_{part}"), exact=True)).to_be_visible()
    # What it uses comes with the first live data; with more entities, the page is made anew.
    for usage in ("cpu_usage", "memory_usage", "disk_usage"):
        await expect(shown.get_by_text(words(f"entity.sensor.{usage}.name")).first).to_be_visible()
    facts = shown.locator("stellarstack-facts-card")
    await expect(facts.get_by_text("203.0.113.10:25565")).not_to_be_visible()
    await picture(page, f"dashboard-server-{width}")
    await facts.get_by_text(words("common.dashboard_facts")).click()
    await expect(facts.get_by_text("203.0.113.10:25565")).to_be_visible()
    await expect(page.locator("hui-error-card, hui-warning, hui-warning-element")).to_have_count(0)
    assert await overflows(shown.locator("stellarstack-facts-card")) == []
    assert await overflows(shown.locator("stellarstack-console-card")) == []


async def test_a_change_shows_in_time(dashboard: DemoAccounts, page: Page, panel: Panel) -> None:
    """A pushed status shows within 6 s; so does one that only the next sync tells, 5 s later at the most."""
    panel.tick = REAL_TICK
    survival = server_of(panel, "Survival")
    shown = card(await open_dashboard(page), "Survival")
    await expect(shown).to_contain_text(RUNNING)
    panel.set_status(survival, "STOPPED")
    await expect(shown).to_contain_text(words(f"{STATUS}.stopped"), timeout=6000)
    # A sync that tells the same follows; one that did not might have been read before the change.
    await panel.tick_now()
    panel.edit(survival, status="SUSPENDED")
    await expect(shown).to_contain_text(words(f"{STATUS}.suspended"), timeout=6000)


async def test_restart_asks_and_acts(dashboard: DemoAccounts, page: Page, panel: Panel) -> None:
    """Restart asks first; no means no, and after a yes the panel restarts the server."""
    restart = ("POST", f"/api/servers/{server_of(panel, 'Survival')}/restart")
    shown = card(await open_dashboard(page), "Survival")
    button = shown.get_by_role("button", name=words("common.card_restart"), exact=True)
    await button.click()
    asked = page.get_by_role("dialog")
    await expect(asked).to_contain_text("Survival")
    await picture(page, "restart-asks")
    await asked.get_by_role("button", name=words("common.card_cancel")).click()
    await expect(asked).to_have_count(0)
    assert restart not in panel.requests
    await button.click()
    await asked.get_by_role("button", name=words("common.card_restart")).click()
    await panel.wait_for(lambda panel: restart in panel.requests)
    await expect(shown).to_contain_text(RUNNING)
    assert panel.requests.count(restart) == 1


async def test_follows_servers(
    dashboard: DemoAccounts, page: Page, panel: Panel, instance: HomeAssistantInstance
) -> None:
    """Servers that come, are renamed and go do so on the open dashboard too."""
    shown = await open_dashboard(page)
    await page.evaluate("window.sameVisit = true")
    panel.edit(server_of(panel, "Creative"), name="Peaceful")
    await expect(card(shown, "Peaceful")).to_be_visible()
    await expect(card(shown, "Creative")).to_have_count(0)
    node = next(iter(panel.fleet.nodes.values()))
    panel.add_server("Arrived", owner=dashboard.user, node=node)
    await instance.reload_panels()
    await expect(card(shown, "Arrived")).to_be_visible()
    await instance.remove_server("Factorio")
    await expect(card(shown, "Factorio")).to_have_count(0)
    await expect(card(shown, "Arrived")).to_be_visible()
    assert await page.evaluate("window.sameVisit")


async def test_the_page_of_a_server_stays_its_own(
    dashboard: DemoAccounts, page: Page, panel: Panel, instance: HomeAssistantInstance
) -> None:
    """A server that comes before it in the list does not take its place; one that goes says so."""
    shown = await open_server(page, "Survival")
    panel.add_server("Aardvark", owner=dashboard.user)
    await instance.reload_panels()
    await expect(card(shown, "Survival").get_by_text(RUNNING)).to_be_visible()
    await expect(page.get_by_text("Aardvark")).to_have_count(0)
    await instance.remove_server("Survival")
    await expect(shown.locator("hui-markdown-card")).to_have_text(words("common.dashboard_gone"))


async def test_away_and_back(dashboard: DemoAccounts, page: Page, panel: Panel) -> None:
    """One line says that the panel is away; the servers stay where they are, and all is well when it is back."""
    shown = await open_dashboard(page)
    trouble = shown.locator("stellarstack-trouble-card")
    await expect(trouble).to_be_hidden()
    await panel.stop()
    await expect(trouble.get_by_text(AWAY)).to_have_count(1)
    for server in SERVERS:
        await expect(card(shown, server)).to_be_visible()
    await picture(page, "dashboard-away")
    await expect(page.locator("hui-error-card, hui-warning, hui-warning-element")).to_have_count(0)
    await panel.start()
    await expect(trouble).to_be_hidden()
    await expect(card(shown, "Survival").get_by_text(RUNNING)).to_be_visible()


async def test_trouble_comes_first(dashboard: DemoAccounts, page: Page, panel: Panel) -> None:
    """A node that is offline is told once, a crash by the name of its server; both lead to more."""
    shown = await open_dashboard(page)
    trouble = shown.locator("stellarstack-trouble-card")
    panel.set_status(server_of(panel, "Survival"), "STOPPED")
    crashed = trouble.get_by_role("button", name="Survival")
    await expect(crashed).to_be_visible()
    node = panel.fleet.servers[server_of(panel, "Creative")].node
    assert node is not None
    panel.set_node_online(node.id, heartbeat=False, column=False)
    offline = trouble.get_by_role("button", name=words("common.dashboard_node_offline"))
    await expect(offline).to_have_count(1)
    await picture(page, "dashboard-trouble")
    await crashed.click()
    await expect(page.locator("stellarstack-console-card")).to_be_visible()


async def test_options(dashboard: DemoAccounts, page: Page) -> None:
    """The pencil opens a form for the options; what is saved shows at once."""
    shown = await open_dashboard(page)
    await expect(shown.get_by_text("Helsinki 1", exact=True)).to_be_visible()
    await page.get_by_role("button", name="Edit dashboard").click()
    form = page.locator("stellarstack-dashboard-editor")
    await expect(form.get_by_text(words("common.dashboard_size_auto"))).to_be_visible()
    await picture(page, "dashboard-options")
    await form.get_by_text(words("common.dashboard_group_by_area"), exact=True).click()
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(shown.get_by_text(words("common.dashboard_other"), exact=True)).to_be_visible()
    await expect(shown.get_by_text("Helsinki 1", exact=True)).to_have_count(0)


async def test_console_is_typed_and_read(dashboard: DemoAccounts, page: Page, pytestconfig: pytest.Config) -> None:
    """A command goes to the game, and what it prints comes back."""
    await page.set_viewport_size({"width": 1440, "height": 1000})
    shown = await open_server(page, "Survival")
    if pytestconfig.getoption("--keep-pictures"):
        await page.wait_for_timeout(TRACE)
    console = shown.locator("stellarstack-console-card")
    field = console.get_by_role("textbox", name=words("common.console_command"))
    for command, answer in (("list", "There are"), ("say Welcome", "[Server] Welcome")):
        await field.fill(command)
        await field.press("Enter")
        await expect(console.get_by_role("log")).to_contain_text(answer)
        await expect(field).to_have_value("")
    await page.mouse.move(0, 0)
    await picture(page, "dashboard-server")


async def test_a_reader_sees_and_cannot_act(dashboard: DemoAccounts, reader: Page) -> None:
    """A user who may only read sees the servers, and is told why there are no buttons and no console."""
    page = reader
    shown = await open_dashboard(page)
    survival = card(shown, "Survival")
    await expect(survival.get_by_text(RUNNING)).to_be_visible()
    await expect(survival.get_by_text(words("common.live_unauthorized"))).to_be_visible()
    for action in ("start", "restart", "stop"):
        await expect(survival.get_by_role("button", name=words(f"common.card_{action}"), exact=True)).to_have_count(0)
    await picture(page, "dashboard-reader")
    assert await overflows(shown) == []
    await survival.get_by_text("Survival", exact=True).click()
    console = page.locator("stellarstack-console-card")
    await expect(console.get_by_text(words("common.live_unauthorized"))).to_be_visible()
    await expect(console.get_by_role("textbox")).to_have_count(0)
    await expect(console.get_by_role("log")).to_have_count(0)
    await expect(page.get_by_text(words("common.dashboard_create_backup"))).to_have_count(0)
    await picture(page, "dashboard-reader-server")


async def test_a_backup_is_offered_as_long_as_the_person_may(
    dashboard: DemoAccounts, reader: Page, panel: Panel, instance: HomeAssistantInstance
) -> None:
    """A user who loses the right while the page of a server is open loses the button, and gets it back."""
    backup = reader.get_by_role("button", name=words("common.dashboard_create_backup"))
    await instance.let_reader_control(allowed=True)
    await open_server(reader, "Survival")
    await backup.click()
    asked = reader.get_by_role("dialog")
    await expect(asked).to_contain_text("Survival")
    await picture(reader, "backup-asks")
    await asked.get_by_role("button", name=words("common.dashboard_create_backup")).click()
    made = ("POST", f"/api/servers/{server_of(panel, 'Survival')}/backups")
    await panel.wait_for(lambda panel: made in panel.requests)
    await instance.let_reader_control(allowed=False)
    await expect(backup).to_have_count(0)
    await expect(reader.get_by_text(words("common.live_unauthorized")).first).to_be_visible()
    await instance.let_reader_control(allowed=True)
    await expect(backup).to_be_visible()
    await instance.let_reader_control(allowed=False)


@pytest.mark.timeout(300)
async def test_home_assistant_restarts(
    context: BrowserContext, dashboard: DemoAccounts, panel: Panel, instance: HomeAssistantInstance
) -> None:
    """An open page of a server goes on by itself, though Home Assistant answers before it has loaded us."""
    page = await context.new_page()
    console = (await open_server(page, "Survival")).locator("stellarstack-console-card").get_by_role("log")
    await expect(console).to_contain_text("server.jar")
    await page.evaluate("window.sameVisit = true")
    await instance.restart()
    panel.machine.print(server_of(panel, "Survival"), "Printed after the restart\r\n")
    await expect(console).to_contain_text("Printed after the restart", timeout=90_000)
    await expect(page.get_by_role("button", name=words("common.dashboard_create_backup"))).to_be_visible()
    await picture(page, "dashboard-restarted")
    assert await page.evaluate("window.sameVisit")
    await page.close()


@pytest.mark.parametrize(("language", "direction"), [("he", "rtl"), ("de", "ltr")])
async def test_other_languages(dashboard: DemoAccounts, page: Page, language: str, direction: str) -> None:
    """In German it is German; Hebrew, which we do not have, is English from right to left."""
    await page.add_init_script(f"localStorage.setItem('selectedLanguage', '\"{language}\"')")
    await page.set_viewport_size({"width": 390, "height": 900})
    shown = await open_dashboard(page)
    await expect(page.locator("html")).to_have_attribute("lang", language)
    assert await card(shown, "Survival").evaluate("card => getComputedStyle(card).direction") == direction
    restart = words("common.card_restart", "de" if language == "de" else "en")
    await expect(card(shown, "Survival").get_by_role("button", name=restart, exact=True)).to_be_visible()
    await picture(page, f"dashboard-{language}")
    assert await overflows(shown) == []
    await page.evaluate("localStorage.removeItem('selectedLanguage')")


@pytest.mark.skipif(not AXE.exists(), reason="axe comes with the frontend's packages: scripts/node test")
@pytest.mark.parametrize("scheme", SCHEMES)
async def test_accessibility(dashboard: DemoAccounts, page: Page, scheme: Any) -> None:
    """Axe finds nothing wrong in our elements, on the dashboard and on the page of a server."""
    await open_dashboard(page)
    await set_scheme(page, scheme)
    await page.evaluate(AXE.read_text("utf-8"))
    ours, passed, violations = await page.evaluate(_AUDIT)
    assert ours > len(SERVERS)
    assert passed > 0
    assert violations == []
    await card(page.locator("hui-sections-view"), "Survival").get_by_text("Survival", exact=True).click()
    await expect(page.locator("stellarstack-console-card")).to_be_visible()
    _, _, violations = await page.evaluate(_AUDIT)
    assert violations == []


async def test_a_file_that_comes_late_leaves_no_error(context: BrowserContext, dashboard: DemoAccounts) -> None:
    """Home Assistant gives up before the file is there; once it is, the dashboard is made after all."""
    page = await context.new_page()

    given_up = asyncio.Event()

    async def late(route: Route) -> None:
        await given_up.wait()
        await route.continue_()

    await page.route("**/stellarstack.js*", late)
    await page.goto(DASHBOARD, wait_until="commit")
    await expect(page.get_by_text("Timeout waiting for strategy")).to_be_visible()
    given_up.set()
    for server in SERVERS:
        await expect(card(page.locator("hui-sections-view"), server)).to_be_visible()
    await expect(page.get_by_text("Timeout waiting for strategy")).to_have_count(0)
    await page.close()


async def test_a_slow_phone(context: BrowserContext, dashboard: DemoAccounts) -> None:
    """With a tenth of the speed, the dashboard comes without an error."""
    page = await context.new_page()
    session = await context.new_cdp_session(page)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": 10})
    page.set_default_timeout(60_000)
    await page.goto(DASHBOARD)
    await expect(card(page.locator("hui-sections-view"), "Survival")).to_be_visible(timeout=60_000)
    await expect(page.get_by_text("Error loading the dashboard strategy")).to_have_count(0)
    await page.close()
