"""System health tells how the panels are."""

import re
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.stellarstack.const import DOMAIN
from simulator import Panel
from simulator.accounts import Account

from .common import CONNECTED, SERVERS, SetUp, entry_for, shows


async def health(hass: HomeAssistant) -> dict[str, Any]:
    """Return what the page shows in the end."""
    info: dict[str, Any] = await get_system_health_info(hass, DOMAIN)
    return info | {"panels_reachable": await info["panels_reachable"]}


async def test_a_panel(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await set_up(entry)
    found = await health(hass)
    assert re.fullmatch(r"\d+ s", found.pop("oldest_sync"))
    assert found == {
        "panels": 1,
        "panels_reachable": 1,
        "panels_connected": 1,
        "servers": 3,
        "servers_live": "0 / 3",
        "servers_not_live": "off: 3",
    }

    await hass.config_entries.async_unload(entry.entry_id)
    assert await health(hass) == {
        "panels": 1,
        "panels_reachable": 0,
        "panels_connected": 0,
        "servers": 0,
        "servers_live": "0 / 0",
        "servers_not_live": None,
        "oldest_sync": None,
    }


async def test_a_panel_that_is_away(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    """What answers in the panel's place does not make it reachable."""
    assert await async_setup_component(hass, "system_health", {})
    await set_up(entry)
    panel.fail("/api/ws/token", status=503)
    found = await health(hass)
    assert (found["panels_reachable"], found["panels_connected"]) == (0, 1)

    await panel.stop()
    await panel.wait_for(shows(hass, CONNECTED, "off"))
    found = await health(hass)
    assert (found["panels"], found["panels_reachable"], found["panels_connected"]) == (1, 0, 0)


async def test_two_accounts(hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp) -> None:
    assert await async_setup_component(hass, "system_health", {})
    other = panel.add_account("bo@example.com", "correct horse")
    await set_up(entry_for(panel, panel.create_session(account).cookie, account.id, SERVERS))
    await set_up(entry_for(panel, panel.create_session(other).cookie, other.id, {}))
    found = await health(hass)
    assert (found["panels"], found["panels_reachable"], found["servers"]) == (2, 2, 3)
