"""The event entity: what it tells, and above all what it does not."""

from typing import Any

from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellarstack.lifecycle import RESTART_TIMEOUT
from simulator import Panel

from .conftest import SetUp
from .test_init import shows

EVENT = "event.survival_lifecycle"
STATUS = "sensor.survival_status"


@pytest.fixture
def told(hass: HomeAssistant) -> list[str]:
    """What the event entity told, in order."""
    told: list[str] = []
    times = {"unavailable", "unknown"}

    @callback
    def keep(event: Event[Any]) -> None:
        new = event.data["new_state"]
        # A state is the time of an event; after a reload the last one is shown again.
        if event.data["entity_id"] == EVENT and new and new.attributes.get("event_type") and new.state not in times:
            times.add(new.state)
            told.append(new.attributes["event_type"])

    hass.bus.async_listen("state_changed", keep)
    return told


async def walk(hass: HomeAssistant, panel: Panel, *statuses: str) -> None:
    """Let the panel report statuses one by one, each by its own frame and by a sync."""
    for status in statuses:
        panel.set_status("srv_survival", status)
        panel.set_status("srv_survival", status)
        await panel.tick_now()
        await panel.wait_for(shows(hass, STATUS, status.lower()))
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("before", "statuses", "happenings"),
    [
        ("STOPPED", ["STARTING", "RUNNING"], ["started"]),
        ("STOPPED", ["RUNNING"], ["started"]),
        ("RUNNING", ["STOPPING", "STOPPED"], ["stopped"]),
        ("RUNNING", ["STOPPING", "STOPPED", "STARTING", "RUNNING"], ["stopped", "started"]),
        ("RUNNING", ["STARTING", "STOPPING", "STOPPED", "STARTING", "RUNNING"], ["restarted"]),
        ("RUNNING", ["STOPPING", "STARTING", "RUNNING"], ["restarted"]),
        ("RUNNING", ["STOPPED"], ["crashed"]),
        ("RUNNING", ["ERROR"], ["crashed"]),
        ("RUNNING", ["STARTING", "ERROR"], ["crashed"]),
        ("RUNNING", ["STOPPED", "STARTING", "RUNNING"], ["crashed", "started"]),
        ("STARTING", ["STOPPED"], []),
        ("INSTALLING", ["STOPPED"], ["install_finished"]),
        ("INSTALLING", ["ERROR"], []),
        ("RUNNING", ["SUSPENDED"], ["suspended"]),
        ("SUSPENDED", ["STOPPED"], ["unsuspended"]),
        ("RUNNING", ["MAINTENANCE", "RUNNING"], ["started"]),
    ],
)
async def test_what_happened(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    told: list[str],
    before: str,
    statuses: list[str],
    happenings: list[str],
) -> None:
    panel.edit("srv_survival", status=before)
    await set_up(entry)
    await walk(hass, panel, *statuses)
    assert told == happenings


async def test_suspension_by_its_flag(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    panel.update_server("srv_survival", suspended=True)
    await panel.wait_for(lambda _: told == ["suspended"])
    await walk(hass, panel, "SUSPENDED")
    panel.update_server("srv_survival", suspended=False, status="STOPPED")
    await panel.wait_for(lambda _: told == ["suspended", "unsuspended"])


async def test_a_real_restart_is_one_event(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    await hass.services.async_call("button", "press", {"entity_id": "button.survival_restart"}, blocking=True)
    await panel.wait_for(lambda _: told)
    assert told == ["restarted"]


async def test_a_restart_that_never_ends_is_a_stop(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    await walk(hass, panel, "STARTING", "STOPPING", "STOPPED")
    assert told == []
    async_fire_time_changed(hass, dt_util.utcnow() + RESTART_TIMEOUT)
    await hass.async_block_till_done()
    assert told == ["stopped"]
    await walk(hass, panel, "STARTING", "RUNNING")
    assert told == ["stopped", "started"]


async def test_nothing_is_told_of_what_nobody_saw(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    panel.pause_ticks = True
    panel.drop_clients()
    await panel.wait_for(shows(hass, STATUS, "unavailable"))
    await panel.wait_for(shows(hass, "binary_sensor.127_0_0_1_connected", "on"))
    panel.set_status("srv_survival", "STOPPED")
    panel.edit("srv_survival", suspended=True)
    panel.pause_ticks = False
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    await hass.async_block_till_done()
    assert told == []

    # Nor when the entry is loaded again, while the last event stays known.
    await walk(hass, panel, "STARTING", "RUNNING")
    assert told == ["started"]
    await hass.config_entries.async_reload(entry.entry_id)
    await panel.wait_for(shows(hass, STATUS, "running"))
    await hass.async_block_till_done()
    assert told == ["started"]


async def test_restart_over_a_reconnect_tells_nothing(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    await walk(hass, panel, "STARTING", "STOPPING", "STOPPED")
    panel.drop_clients()
    await panel.wait_for(shows(hass, STATUS, "unavailable"))
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    async_fire_time_changed(hass, dt_util.utcnow() + RESTART_TIMEOUT)
    await hass.async_block_till_done()
    assert told == []
