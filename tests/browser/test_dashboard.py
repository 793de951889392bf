"""The dashboard that is made of our template, and what a person sees of a server on it."""

from collections.abc import AsyncGenerator

from playwright.async_api import Locator, Page, expect
import pytest

from demo.run import show_servers_first
from simulator import Panel
from simulator.demo_data import DemoAccounts

from .instance import HomeAssistantInstance
from .pages import SCHEMES, overflows, picture, server_of, set_scheme, words

REAL_TICK = 5.0
STATUS = "entity.sensor.status.state"
RESTARTED = words("entity.event.lifecycle.state_attributes.event_type.state.restarted")
NAMES = {(390, "light"): "dashboard-phone", (1440, "light"): "dashboard-desktop", (1440, "dark"): "dashboard-dark"}


@pytest.fixture
async def dashboard(instance: HomeAssistantInstance, added: DemoAccounts) -> AsyncGenerator[DemoAccounts]:
    """The dashboard of the panel's servers is there."""
    await show_servers_first(instance.api)
    yield added
    await instance.remove_dashboards()


async def open_dashboard(page: Page) -> Locator:
    """Open the dashboard; returns it when its last section is there."""
    await page.goto("/game-servers/0")
    shown = page.locator("hui-sections-view")
    await expect(shown.locator("hui-logbook-card")).to_be_visible()
    return shown


def section(dashboard: Locator, server: str) -> Locator:
    """Return the part of a server."""
    return dashboard.locator("hui-grid-section").filter(has_text=server)


@pytest.mark.parametrize("width", [390, 820, 1440])
async def test_fits_and_is_whole(page: Page, dashboard: DemoAccounts, width: int) -> None:
    """At the width of a phone, a tablet and a desktop, light and dark: all is there, nothing is cut off."""
    await page.set_viewport_size({"width": width, "height": 900})
    shown = await open_dashboard(page)
    for scheme in SCHEMES:
        await set_scheme(page, scheme)
        for server in ("Survival", "Creative", "Skyblock", "Rust Weekly", "Factorio", "Terraria Friends"):
            await expect(shown.get_by_role("heading", name=server).or_(shown.get_by_text(server)).first).to_be_visible()
        await picture(page, NAMES.get((width, scheme), f"dashboard-{width}-{scheme}"))
        await expect(page.locator("hui-error-card, hui-warning, hui-warning-element")).to_have_count(0)
        await expect(shown.get_by_text("not found")).to_have_count(0)
        assert await overflows(shown) == []


async def test_a_change_shows_in_time(page: Page, panel: Panel, dashboard: DemoAccounts) -> None:
    """A pushed status shows within 6 s; so does one that only the next sync tells, 5 s later at the most."""
    panel.tick = REAL_TICK
    survival = server_of(panel, "Survival")
    shown = section(await open_dashboard(page), "Survival")
    status = shown.locator("hui-tile-card").filter(visible=True).first
    await expect(status).to_contain_text(words(f"{STATUS}.running"))
    panel.set_status(survival, "STOPPED")
    await expect(status).to_contain_text(words(f"{STATUS}.stopped"), timeout=6000)
    # A sync that tells the same follows; one that did not might have been read before the change.
    await panel.tick_now()
    panel.edit(survival, status="SUSPENDED")
    await expect(status).to_contain_text(words(f"{STATUS}.suspended"), timeout=6000)


async def test_restart_asks_and_acts(page: Page, panel: Panel, dashboard: DemoAccounts) -> None:
    """Restart asks first; no means no, and after a yes the panel restarts the server."""
    restart = ("POST", f"/api/servers/{server_of(panel, 'Survival')}/restart")
    shown = section(await open_dashboard(page), "Survival")
    status = shown.locator("hui-tile-card").filter(visible=True).first
    button = shown.locator("hui-tile-card").filter(has_text=words("entity.button.restart.name"))
    await button.click()
    asked = page.locator("dialog-box")
    await expect(asked).to_contain_text("Survival")
    await picture(page, "restart-asks")
    await asked.get_by_role("button", name="Cancel").click()
    await expect(asked.get_by_role("dialog")).to_have_count(0)
    assert restart not in panel.requests
    await button.click()
    await asked.get_by_role("button", name=words("entity.button.restart.name")).click()
    await expect(page.locator("hui-logbook-card").get_by_text(RESTARTED, exact=True)).to_be_visible()
    await expect(status).to_contain_text(words(f"{STATUS}.running"))
    assert panel.requests.count(restart) == 1
