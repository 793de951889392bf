"""A panel that redirects: to https on its own host, or to another host."""

from collections.abc import AsyncGenerator
from datetime import timedelta

from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.outage import LASTING
from simulator import Panel
from tests.common import STATUS, Clock, SetUp, cut_handshakes_allowed, shows

from .common import SPEED

PATHS = ("/api/ws", "/api/ws/token", "/api/me", "/api/servers", "/api/auth/get-session", "/auth/get-session")
every_moment = pytest.mark.parametrize("running", [True, False], ids=["while it runs", "before the set-up"])


def repairs(hass: HomeAssistant) -> list[str]:
    """Return the keys of our repairs."""
    return [issue.translation_key or "" for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN]


def redirect(panel: Panel, base: str) -> None:
    """Let the panel send everything elsewhere, as a proxy does."""
    for path in PATHS:
        panel.fail(path, status=301, body="", headers={"Location": f"{base}{path}"})
    panel.drop_clients()
    panel.live.drop_clients()


@pytest.fixture
async def secure_panel(hass: HomeAssistant, panel: Panel) -> AsyncGenerator[Panel]:
    """The same panel behind https, with a certificate of its own."""
    twin = Panel(
        generation=panel.generation, tick=panel.tick, limits=False, speed=SPEED, tls=True, drain=0, twin_of=panel
    )
    await twin.start()
    with cut_handshakes_allowed(hass.loop):
        yield twin
        await twin.stop()


@every_moment
async def test_to_https(
    hass: HomeAssistant, panel: Panel, secure_panel: Panel, entry: MockConfigEntry, running: bool
) -> None:
    """It is taken over, for it is the same host and the same account."""
    url = secure_panel.url.replace("localhost", "127.0.0.1")
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, data={**entry.data, "verify_ssl": False})
    if not running:
        redirect(panel, url)
    await hass.config_entries.async_setup(entry.entry_id)
    if running:
        await panel.wait_for(shows(hass, STATUS, "running"), 15)
        redirect(panel, url)
    await panel.wait_for(lambda _: entry.data["url"] == url, 15)
    await panel.wait_for(shows(hass, STATUS, "running"), 15)
    await panel.wait_for(lambda _: repairs(hass) == [])
    assert not hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)


@every_moment
async def test_to_another_host(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, clock: Clock, running: bool
) -> None:
    """No session is sent there; the user is told where it leads."""
    url = entry.data["url"]
    if running:
        await set_up(entry)
        await panel.wait_for(shows(hass, STATUS, "running"))
        redirect(panel, "https://games.example.com")
    else:
        redirect(panel, "https://games.example.com")
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
    await clock.advance(timedelta(seconds=LASTING))
    await panel.wait_for(lambda _: repairs(hass) == ["moved"], 15)
    issue = ir.async_get(hass).async_get_issue(DOMAIN, f"moved_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["location"] == r"https\:\/\/games\.example\.com"
    assert entry.data["url"] == url
    panel.clear_faults()
    await hass.config_entries.async_reload(entry.entry_id)
    await panel.wait_for(shows(hass, STATUS, "running"), 15)
    assert repairs(hass) == []
    await hass.config_entries.async_unload(entry.entry_id)
