"""The life of an entry: its session ends, Home Assistant stops, the panel is away from the start."""

import asyncio
from datetime import timedelta
import json
import logging
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import CoreState, Event, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.diagnostics import async_get_config_entry_diagnostics, async_get_device_diagnostics
from simulator import Account, Panel
from tests.cards import device_of
from tests.common import STATUS, Clock, SetUp, shows, titles

from .common import CREATIVE, SURVIVAL


def reauths(hass: HomeAssistant) -> list[Any]:
    """Return the requests to sign in again."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]


async def test_a_dialog_that_is_closed_is_opened_again(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    """As long as the session has ended; a new one is never waited for in vain."""
    await set_up(entry)
    panel.delete_sessions()
    panel.drop_clients()
    panel.live.drop_clients()
    for _ in range(3):
        await clock.advance(timedelta(minutes=5))
        await panel.wait_for(lambda _: len(reauths(hass)) == 1)
        hass.config_entries.flow.async_abort(reauths(hass)[0]["flow_id"])
    hass.config_entries.async_update_entry(entry, data={**entry.data, "session": panel.create_session(account).cookie})
    await panel.wait_for(shows(hass, STATUS, "running"), 15)
    await hass.async_block_till_done()
    assert reauths(hass) == []


async def test_nothing_is_told_when_home_assistant_stops(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    await set_up(entry)
    await panel.wait_for(shows(hass, STATUS, "running"))
    changed: list[str] = []

    @callback
    def note(event: Event[Any]) -> None:
        changed.append(event.data["entity_id"])

    hass.bus.async_listen(EVENT_STATE_CHANGED, note)
    caplog.clear()
    await hass.async_stop(force=True)
    assert hass.state is CoreState.stopped
    assert changed == []
    assert [record for record in caplog.records if record.levelno >= logging.WARNING and DOMAIN in record.name] == []
    await panel.wait_for(lambda panel: not panel.connections and not panel.live.connections)


async def test_backup_under_way_while_the_panel_is_reloaded(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Nobody waits half an hour for a list that is not asked for any more."""
    await set_up(entry)
    panel.machine.backup_time = 6000
    backup = hass.async_create_task(
        hass.services.async_call(DOMAIN, "create_backup", {"device_id": device_of(hass, SURVIVAL)}, blocking=True)
    )
    await panel.wait_for(lambda panel: ("POST", f"/api/servers/{SURVIVAL}/backups") in panel.requests)
    await hass.config_entries.async_reload(entry.entry_id)
    async with asyncio.timeout(20):
        with pytest.raises(HomeAssistantError) as error:
            await backup
    assert error.value.translation_key == "panel_reloaded"


async def test_update_entity(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    """Home Assistant's own action, for each of our entities."""
    assert await async_setup_component(hass, "homeassistant", {})
    await set_up(entry)
    ours = [state.entity_id for state in hass.states.async_all() if state.domain != "automation"]
    assert len(ours) > 10
    await hass.services.async_call("homeassistant", "update_entity", {"entity_id": ours}, blocking=True)
    await hass.async_block_till_done()
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.ERROR] == []
    assert shows(hass, STATUS, "running")(panel)


async def test_renamed_while_home_assistant_was_off(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, device_registry: dr.DeviceRegistry
) -> None:
    await set_up(entry)
    await hass.config_entries.async_unload(entry.entry_id)
    panel.update_server(SURVIVAL, name="Skyblock")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(lambda _: titles(entry) == {"Skyblock", "Creative"})
    device = device_registry.async_get_device_by_identifier((DOMAIN, SURVIVAL), entry.entry_id)
    assert device is not None
    assert device.name == "Skyblock"


async def test_diagnostics_of_an_entry_that_is_not_loaded(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, device_registry: dr.DeviceRegistry
) -> None:
    await set_up(entry)
    await hass.config_entries.async_unload(entry.entry_id)
    port = panel.url.rpartition(":")[2]
    await panel.stop()
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    devices = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    assert len(devices) == 3
    texts = [json.dumps(await async_get_config_entry_diagnostics(hass, entry))]
    texts += [json.dumps(await async_get_device_diagnostics(hass, entry, device)) for device in devices]
    for text in texts:
        for secret in (SURVIVAL, CREATIVE, "Survival", "127.0.0.1", port, entry.data["session"], entry.unique_id or ""):
            assert secret not in text
