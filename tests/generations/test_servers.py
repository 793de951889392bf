"""Servers: what is shown and told of them, and what can be done with them."""

from datetime import timedelta
from typing import Any

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from simulator import Account, Panel
from tests.common import STATUS, Clock, SetUp, press, shows, subentry_of, titles

from .common import CREATIVE, EVENT, SURVIVAL


def tells(hass: HomeAssistant, event: str) -> Any:
    """Return a condition: the event entity told this last."""

    def condition(_panel: Panel) -> bool:
        state = hass.states.get(EVENT)
        return state is not None and state.attributes["event_type"] == event

    return condition


async def test_what_is_shown(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    await set_up(entry)
    for entity_id, value in {
        STATUS: "running",
        "switch.survival": STATE_ON,
        "binary_sensor.survival_running": STATE_ON,
        "binary_sensor.survival_suspended": STATE_OFF,
        "sensor.survival_memory_limit": "4096",
        "sensor.survival_disk_limit": "10240",
        "sensor.survival_cpu_limit": "200",
        "sensor.survival_node": "Node 1",
        "sensor.creative_status": "stopped",
        "switch.creative": STATE_OFF,
    }.items():
        await panel.wait_for(shows(hass, entity_id, value))
    await panel.wait_for(lambda _: not shows(hass, "sensor.survival_address", "unknown")(panel))


@pytest.mark.parametrize(
    ("before", "key", "after", "told"),
    [
        ("STOPPED", "start", "running", "started"),
        ("RUNNING", "stop", "stopped", "stopped"),
        ("RUNNING", "restart", "running", "restarted"),
        ("RUNNING", "kill", "stopped", "stopped"),
    ],
)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_power(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    before: str,
    key: str,
    after: str,
    told: str,
) -> None:
    panel.edit(SURVIVAL, status=before)
    await set_up(entry)
    await panel.wait_for(shows(hass, STATUS, before.lower()))
    await press(hass, key)
    await panel.wait_for(tells(hass, told), 15)
    await panel.wait_for(shows(hass, STATUS, after))


async def test_switch(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    await set_up(entry)
    await hass.services.async_call("switch", "turn_off", {"entity_id": "switch.survival"}, blocking=True)
    await panel.wait_for(shows(hass, "switch.survival", STATE_OFF), 15)
    await hass.services.async_call("switch", "turn_on", {"entity_id": "switch.survival"}, blocking=True)
    await panel.wait_for(shows(hass, STATUS, "running"), 15)


async def test_crash(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    await set_up(entry)
    await panel.wait_for(shows(hass, STATUS, "running"))
    panel.machine.crash(SURVIVAL)
    await panel.wait_for(tells(hass, "crashed"), 15)


async def test_stop_by_somebody_else(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    await set_up(entry)
    await panel.power(SURVIVAL, "stop")
    await panel.wait_for(tells(hass, "stopped"), 15)


async def test_suspension(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    await set_up(entry)
    panel.update_server(SURVIVAL, suspended=True)
    await panel.wait_for(shows(hass, "binary_sensor.survival_suspended", STATE_ON))
    await panel.wait_for(tells(hass, "suspended"))
    panel.update_server(SURVIVAL, suspended=False)
    await panel.wait_for(tells(hass, "unsuspended"))


async def test_command_and_backup(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, device_registry: dr.DeviceRegistry
) -> None:
    await set_up(entry)
    target = {"entity_id": STATUS}
    await hass.services.async_call(DOMAIN, "send_command", {**target, "command": "say hi"}, blocking=True)
    assert panel.commands == [(SURVIVAL, "say hi")]
    device = device_registry.async_get_device_by_identifier((DOMAIN, SURVIVAL), entry.entry_id)
    assert device is not None
    answer = await hass.services.async_call(
        DOMAIN, "create_backup", {**target, "name": "nightly"}, blocking=True, return_response=True
    )
    assert isinstance(answer, dict)
    backup: Any = answer[device.id]
    assert (backup["name"].startswith("nightly"), backup["status"]) == (True, "completed")


async def test_rename(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, device_registry: dr.DeviceRegistry
) -> None:
    await set_up(entry)
    panel.update_server(SURVIVAL, name="Skyblock")
    await panel.wait_for(lambda _: titles(entry) == {"Skyblock", "Creative"})
    device = device_registry.async_get_device_by_identifier((DOMAIN, SURVIVAL), entry.entry_id)
    assert device is not None
    assert device.name == "Skyblock"
    assert shows(hass, STATUS, "running")(panel)


async def test_deleted_server(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry)
    panel.delete_server(SURVIVAL)
    issue = (DOMAIN, f"server_gone_{subentry_of(entry, SURVIVAL).subentry_id}")
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*issue))
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    assert shows(hass, "sensor.creative_status", "stopped")(panel)


async def test_new_server(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    await set_up(entry)
    panel.add_server("Valheim", owner=account)
    await clock.advance(timedelta(minutes=5))
    await panel.wait_for(shows(hass, "sensor.valheim_status", "running"))
    assert titles(entry) == {"Survival", "Creative", "Valheim"}


async def test_panel_that_goes_and_comes_back(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    await panel.stop()
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    await panel.wait_for(shows(hass, "binary_sensor.127_0_0_1_connected", STATE_OFF))
    await panel.start()
    await panel.wait_for(shows(hass, STATUS, "running"), 15)
    assert shows(hass, "binary_sensor.127_0_0_1_connected", STATE_ON)(panel)


async def test_unload_leaves_no_connection(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, entity_registry: er.EntityRegistry
) -> None:
    await set_up(entry)
    assert er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    await hass.config_entries.async_unload(entry.entry_id)
    await panel.wait_for(lambda panel: not panel.connections)
    asked = len(panel.requests)
    await panel.machine.sleep(40)
    assert len(panel.requests) == asked


async def test_servers_stay_apart(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    await set_up(entry)
    hass.config_entries.async_remove_subentry(entry, subentry_of(entry, CREATIVE).subentry_id)
    await hass.async_block_till_done()
    assert hass.states.get("sensor.creative_status") is None
    panel.update_server(SURVIVAL, memory=2048)
    await panel.wait_for(shows(hass, "sensor.survival_memory_limit", "2048"))
