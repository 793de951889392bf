"""Set-ups that fail or are cancelled, and removals that fail: nothing of ours is left."""

import asyncio
from collections.abc import Callable, Generator
from typing import Any
from unittest.mock import patch

from aiohttp import ClientSession
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.websession import create_connection_session
from simulator import Panel

from .common import CONNECTED, SERVERS, STATUS, SetUp, shows


@pytest.fixture
def sessions() -> Generator[list[ClientSession]]:
    """The HTTP sessions of all connections."""
    made: list[ClientSession] = []

    def keep(hass: HomeAssistant, verify_ssl: bool) -> ClientSession:
        made.append(create_connection_session(hass, verify_ssl))
        return made[-1]

    with patch("custom_components.stellarstack.panel_coordinator.create_connection_session", keep):
        yield made


async def check_nothing_left(hass: HomeAssistant, panel: Panel, sessions: list[ClientSession]) -> None:
    """No connection, no task, no entity."""
    await panel.wait_for(lambda panel: not panel.connections)
    assert [session.closed for session in sessions] == [True]
    assert [task for task in asyncio.all_tasks() if DOMAIN in task.get_name()] == []
    assert [state for state in hass.states.async_all() if not state.attributes.get("restored")] == []


async def check_next(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry) -> None:
    """The user reloads the entry, and all is there."""
    assert await hass.config_entries.async_reload(entry.entry_id)
    await hass.async_block_till_done()
    assert shows(hass, STATUS, "running")(panel)
    assert shows(hass, CONNECTED, STATE_ON)(panel)
    assert len(panel.connections) == 1


async def test_memory_of_a_later_version(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    sessions: list[ClientSession],
) -> None:
    key = f"{DOMAIN}.{entry.entry_id}"
    hass_storage[key] = {"version": 2, "minor_version": 1, "key": key, "data": {}}
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    await check_nothing_left(hass, panel, sessions)
    del hass_storage[key]
    await check_next(hass, panel, entry)


def hang_upgrade(panel: Panel) -> None:
    panel.hang_upgrades = True


def hold_list(panel: Panel) -> None:
    panel.delay("/api/servers", 60)


def hold_news(panel: Panel) -> None:
    panel.pause_ticks = True


@pytest.mark.parametrize(
    ("hold", "is_held"),
    [
        (hang_upgrade, lambda panel: ("GET", "/api/ws") in panel.requests),
        (hold_list, lambda panel: ("GET", "/api/servers") in panel.requests),
        (hold_news, lambda panel: len(panel.received_of("subscribe")) == len(SERVERS)),
    ],
)
async def test_cancelled_while_the_panel_is_slow(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    sessions: list[ClientSession],
    hold: Callable[[Panel], None],
    is_held: Callable[[Panel], bool],
) -> None:
    hold(panel)
    setting_up = asyncio.create_task(set_up(entry))
    await panel.wait_for(is_held)
    setting_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await setting_up
    assert entry.state is ConfigEntryState.SETUP_ERROR
    panel.clear_faults()
    panel.hang_upgrades = panel.pause_ticks = False
    await check_nothing_left(hass, panel, sessions)
    await check_next(hass, panel, entry)


async def test_removed_where_the_disk_refuses(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, sessions: list[ClientSession]
) -> None:
    assert await async_setup_component(hass, "lovelace", {})
    await set_up(entry)
    resources = hass.data[LOVELACE_DATA].resources
    assert len(resources.async_items()) == 1
    with patch("homeassistant.helpers.storage.Store.async_remove", side_effect=PermissionError):
        await hass.config_entries.async_remove(entry.entry_id)
    assert resources.async_items() == []
    await check_nothing_left(hass, panel, sessions)
