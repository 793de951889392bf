"""The triggers behind a panel's socket, and over a reload."""

from dataclasses import replace

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from tests.common import SetUp, shows
from tests.targets import SURVIVAL

from .conftest import FOR_A_MINUTE, MINUTE, automate, on, on_all, pass_time

CHANGE = "{{ trigger.id }} {{ trigger.from_state.state }} {{ trigger.to_state.state }}"


@pytest.fixture
def timing() -> Timing:
    """How long the client waits: what panels take seconds for is done in hundredths."""
    return replace(Timing(), first_reconnect=0.02, down=0.15, evidence_delay=0.01, evidence_retry=0.02)


async def walk(hass: HomeAssistant, panel: Panel, *statuses: str) -> None:
    """Let the panel report statuses of Survival one by one."""
    for status in statuses:
        panel.set_status("srv_survival", status)
        await panel.wait_for(shows(hass, SURVIVAL, status.lower()))


async def reload(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, status: str) -> None:
    """Load the entry anew; meanwhile the server got another status."""
    assert await hass.config_entries.async_unload(entry.entry_id)
    panel.edit("srv_survival", status=status)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(shows(hass, SURVIVAL, status.lower()))
    await hass.async_block_till_done()


async def test_a_stop_and_a_start(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    await automate(hass, *on_all(), text=CHANGE)
    await walk(hass, panel, "STOPPING", "STOPPED")
    await panel.wait_for(lambda _: told)
    await walk(hass, panel, "STARTING", "RUNNING")
    await panel.wait_for(lambda _: len(told) == 2)
    assert told == ["stopped stopping stopped", "started starting running"]


async def test_a_restart(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    await automate(hass, *on_all(), on("status_changed"), text=CHANGE)
    await walk(hass, panel, "STOPPING", "STOPPED", "STARTING", "RUNNING")
    await panel.wait_for(lambda _: len(told) == 5)
    assert told == [
        "status_changed running stopping",
        "status_changed stopping stopped",
        "status_changed stopped starting",
        "status_changed starting running",
        "restarted starting running",
    ]


async def test_nothing_is_told_of_a_jump_over_a_reload(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """What happens afterwards is."""
    await set_up(entry)
    await automate(hass, *on_all(), on("status_changed"))
    await reload(hass, panel, entry, "STOPPED")
    await reload(hass, panel, entry, "RUNNING")
    assert told == []
    await walk(hass, panel, "STOPPING", "STOPPED")
    await panel.wait_for(lambda _: len(told) == 3)
    assert told == [f"status_changed {SURVIVAL}", f"status_changed {SURVIVAL}", f"stopped {SURVIVAL}"]


async def test_nothing_is_told_on_start_up(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """Automations are there before the first states."""
    panel.edit("srv_survival", status="STOPPED")
    await automate(hass, *on_all(), on("status_changed"))
    await set_up(entry)
    await panel.wait_for(shows(hass, SURVIVAL, "stopped"))
    await hass.async_block_till_done()
    assert told == []
    await walk(hass, panel, "STARTING", "RUNNING")
    await panel.wait_for(lambda _: len(told) == 3)
    assert sorted(told) == [f"started {SURVIVAL}", f"status_changed {SURVIVAL}", f"status_changed {SURVIVAL}"]


@pytest.mark.parametrize("after", ["STOPPED", "RUNNING"])
async def test_for_goes_on_over_a_reload(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str], after: str
) -> None:
    await set_up(entry)
    await automate(hass, on("stopped", name="at once"), on("stopped", options=FOR_A_MINUTE))
    await walk(hass, panel, "STOPPING", "STOPPED")
    await panel.wait_for(lambda _: told)
    await reload(hass, panel, entry, after)
    await pass_time(hass, MINUTE)
    assert told == [f"at once {SURVIVAL}", *[f"stopped {SURVIVAL}"] * (after == "STOPPED")]


async def test_for_ends_in_a_gap(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """It is told when the server is seen again."""
    await set_up(entry)
    await automate(hass, on("stopped", name="at once"), on("stopped", options=FOR_A_MINUTE))
    await walk(hass, panel, "STOPPING", "STOPPED")
    await panel.wait_for(lambda _: told)
    panel.pause_ticks = True
    panel.drop_clients()
    await panel.wait_for(shows(hass, SURVIVAL, STATE_UNAVAILABLE))
    await pass_time(hass, MINUTE)
    assert told == [f"at once {SURVIVAL}"]
    panel.pause_ticks = False
    await panel.wait_for(lambda _: len(told) == 2)
    assert told[1] == f"stopped {SURVIVAL}"
