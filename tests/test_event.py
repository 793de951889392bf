"""The event entity: it hears what the triggers hear, and is as available as the others."""

from dataclasses import replace

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant, State, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect, async_dispatcher_send
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.signals import SIGNAL_LIFECYCLE
from simulator import Panel

from .common import STATUS, SetUp, shows

EVENT = "event.survival_lifecycle"


def event_of(hass: HomeAssistant) -> State:
    state = hass.states.get(EVENT)
    assert state is not None
    return state


@pytest.fixture
def timing() -> Timing:
    """A stop is one after a tenth of a second."""
    return replace(Timing(), first_reconnect=0.02, down=0.1)


@pytest.mark.parametrize("event", LifecycleEvent)
async def test_it_hears_what_happens_to_its_server(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, event: LifecycleEvent
) -> None:
    await set_up(entry)
    assert event_of(hass).attributes["event_types"] == list(LifecycleEvent)
    async_dispatcher_send(hass, SIGNAL_LIFECYCLE.format("srv_creative"), event)
    assert event_of(hass).state == STATE_UNKNOWN
    async_dispatcher_send(hass, SIGNAL_LIFECYCLE.format("srv_survival"), event)
    assert event_of(hass).attributes["event_type"] == event


async def test_the_status_is_there_before_the_event(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    seen: list[tuple[str, str]] = []

    @callback
    def look(event: LifecycleEvent) -> None:
        status = hass.states.get(STATUS)
        assert status is not None
        seen.append((event, status.state))

    async_dispatcher_connect(hass, SIGNAL_LIFECYCLE.format("srv_survival"), look)
    await panel.power("srv_survival", "stop")
    await panel.wait_for(lambda _: seen)
    await panel.power("srv_survival", "start")
    await panel.wait_for(lambda _: len(seen) == 2)
    assert seen == [("stopped", "stopped"), ("started", "running")]


async def test_it_is_as_available_as_the_others(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.delete_server("srv_survival")
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    assert event_of(hass).state == STATE_UNAVAILABLE


async def test_the_last_event_outlives_a_reload_that_tells_nothing(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    await panel.power("srv_survival", "stop")
    await panel.wait_for(lambda _: event_of(hass).attributes["event_type"] == "stopped")
    before = event_of(hass).state
    assert await hass.config_entries.async_unload(entry.entry_id)
    panel.edit("srv_survival", status="RUNNING")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(shows(hass, STATUS, "running"))
    await hass.async_block_till_done()
    assert (event_of(hass).state, event_of(hass).attributes["event_type"]) == (before, "stopped")
