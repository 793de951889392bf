"""What the triggers tell, and with which variables."""

from typing import Any

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import async_initialize_triggers, async_validate_trigger_config
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.signals import SIGNAL_LIFECYCLE
from tests.targets import ALL, CREATIVE, SURVIVAL, Servers

from .conftest import FOR_A_MINUTE, HIDDEN, MINUTE, automate, on, on_all, pass_time

STARTED, STOPPED = LifecycleEvent.STARTED, LifecycleEvent.STOPPED
CRASHED, RESTARTED = LifecycleEvent.CRASHED, LifecycleEvent.RESTARTED
CHANGE = "{{ trigger.id }} {{ trigger.from_state.state }} {{ trigger.to_state.state }}"


@pytest.mark.parametrize(
    ("statuses", "event"),
    [
        (["starting", "running"], STARTED),
        (["stopping", "stopped"], STOPPED),
        (["stopped"], CRASHED),
        (["stopping", "stopped", "starting", "running"], RESTARTED),
    ],
)
async def test_an_event_is_told_once_by_its_own_trigger(
    hass: HomeAssistant, servers: Servers, told: list[str], statuses: list[str], event: LifecycleEvent
) -> None:
    await automate(hass, *on_all())
    await servers.go(*statuses)
    assert told == []
    await servers.go(event)
    assert told == [f"{event} {SURVIVAL}"]


@pytest.mark.parametrize(
    "event", [LifecycleEvent.SUSPENDED, LifecycleEvent.UNSUSPENDED, LifecycleEvent.INSTALL_FINISHED]
)
async def test_other_events_are_not_told(
    hass: HomeAssistant, servers: Servers, told: list[str], event: LifecycleEvent
) -> None:
    await automate(hass, *on_all())
    await servers.go("stopped", event)
    assert told == []


async def test_events_of_other_servers_are_not_told(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    await automate(hass, *on_all())
    await servers.stop(CREATIVE)
    assert told == []


@pytest.mark.parametrize(
    ("key", "steps", "text"),
    [
        ("started", ["stopped", "starting", "running", STARTED], "starting running None"),
        ("stopped", ["stopping", "stopped", STOPPED], "stopping stopped None"),
        ("crashed", ["error", CRASHED], "running error 0:01:00"),
        ("restarted", ["stopping", "stopped", "starting", "running", RESTARTED], "starting running None"),
        ("status_changed", ["maintenance"], "running maintenance None"),
    ],
)
async def test_variables(
    hass: HomeAssistant, servers: Servers, told: list[str], key: str, steps: list[str], text: str
) -> None:
    variables = (
        "{{ trigger.platform }} {{ trigger.entity_id }} {{ trigger.from_state.state }} {{ trigger.to_state.state }} "
        "{{ trigger.for }} {{ trigger.to_state.entity_id }}, {{ trigger.description }}"
    )
    await automate(hass, on(key, options=FOR_A_MINUTE if key == "crashed" else {}), text=variables)
    await servers.go(*steps)
    await pass_time(hass, MINUTE)
    event = "state" if key == "status_changed" else key
    assert told == [f"{DOMAIN}.{key} {SURVIVAL} {text} {SURVIVAL}, {event} of {SURVIVAL}"]


async def test_a_crash_that_is_found_out_when_the_server_is_back(
    hass: HomeAssistant, servers: Servers, told: list[str]
) -> None:
    """Each event is told with the change that it is about."""
    await automate(hass, *on_all(), text=CHANGE)
    await servers.go("stopped", "starting", "running", CRASHED, STARTED)
    assert told == ["crashed running stopped", "started starting running"]


async def test_a_stop_is_told_with_its_first_change(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    await automate(hass, *on_all(), text=CHANGE)
    await servers.go("stopping", "stopped", "error", STOPPED)
    assert told == ["stopped stopping stopped"]


@pytest.mark.parametrize(("key", "steps"), [("crashed", ["stopped", CRASHED]), ("status_changed", ["stopped"])])
async def test_the_automation_knows_what_caused_it(
    hass: HomeAssistant, servers: Servers, key: str, steps: list[str]
) -> None:
    """Its context descends from that of the change."""
    calls = async_mock_service(hass, "test", "tell")
    await automate(hass, on(key))
    await servers.go(*steps)
    state = hass.states.get(SURVIVAL)
    assert state is not None
    assert [call.context.parent_id for call in calls] == [state.context.id]


@pytest.mark.parametrize("steps", [["stopped"], [*HIDDEN, "stopped"]])
async def test_an_event_whose_change_was_not_seen(
    hass: HomeAssistant, servers: Servers, told: list[str], steps: list[str]
) -> None:
    """It was before the automation, or in a gap."""
    await servers.go(*steps[:1])
    await automate(hass, *on_all(), text="{{ trigger.id }} {{ trigger.from_state }} {{ trigger.to_state.state }}")
    await servers.go(*steps[1:], STOPPED)
    assert told == ["stopped None stopped"]


async def test_nothing_is_told_of_a_sensor_without_a_state(
    hass: HomeAssistant, servers: Servers, told: list[str]
) -> None:
    """It may be disabled."""
    hass.states.async_remove(SURVIVAL)
    await automate(hass, *on_all())
    await servers.go(STOPPED)
    assert told == []


async def test_nothing_is_told_after_it_was_detached(hass: HomeAssistant, servers: Servers) -> None:
    """Not even when another listener of the same signal detached it."""
    fired: list[Any] = []
    detachers: list[CALLBACK_TYPE] = []
    detach_listener = async_dispatcher_connect(
        hass, SIGNAL_LIFECYCLE.format("srv_survival"), callback(lambda _event: detachers.pop()())
    )
    detach = await async_initialize_triggers(
        hass,
        await async_validate_trigger_config(hass, cv.TRIGGER_SCHEMA(on("stopped"))),
        callback(lambda variables, _context: fired.append(variables)),
        DOMAIN,
        "test",
        lambda *_args, **_kwargs: None,
    )
    assert detach is not None
    detachers.append(detach)
    await servers.stop(SURVIVAL)
    detach_listener()
    assert not detachers
    assert fired == []


# Any change of the status.


async def test_status_changed(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    text = "{{ trigger.id }}: {{ trigger.from_state.state }} {{ trigger.to_state.state }}"
    await automate(
        hass,
        on("status_changed", name="any"),
        on("status_changed", options={"from": [], "to": []}, name="empty"),
        on("status_changed", options={"to": "stopped"}, name="to"),
        on("status_changed", options={"to": ["stopping", "running"]}, name="to some"),
        on("status_changed", options={"from": "running"}, name="from"),
        on("status_changed", options={"from": ["stopping", "stopped"]}, name="from some"),
        on("status_changed", options={"from": "stopped", "to": ["running", "error"]}, name="both"),
        on("status_changed", options={"from": "stopped", "to": "running"}, name="neither"),
        text=text,
    )
    before = "running"
    for status, names in {
        "stopping": {"any", "empty", "to some", "from"},
        "stopped": {"any", "empty", "to", "from some"},
        "error": {"any", "empty", "from some", "both"},
        "running": {"any", "empty", "to some"},
    }.items():
        await servers.go(status)
        assert sorted(told) == sorted(f"{name}: {before} {status}" for name in names)
        told.clear()
        before = status


@pytest.mark.parametrize("hidden", HIDDEN)
async def test_a_jump_over_a_gap_is_no_change(
    hass: HomeAssistant, servers: Servers, told: list[str], hidden: str
) -> None:
    await automate(hass, on("status_changed"))
    await servers.go(hidden, "stopped")
    assert told == []
    await servers.go("error")
    assert told == [f"status_changed {SURVIVAL}"]


async def test_other_changes_of_a_status_sensor_are_not_told(
    hass: HomeAssistant, servers: Servers, told: list[str]
) -> None:
    await automate(hass, on("status_changed"))
    hass.states.async_set(SURVIVAL, "running", {"friendly_name": "Hardcore Status"})
    hass.states.async_set(SURVIVAL, "running", force_update=True)
    await hass.async_block_till_done()
    assert told == []


async def test_the_first_state_is_no_change(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    for entity_id in ALL:
        hass.states.async_remove(entity_id)
    await automate(hass, *on_all(ALL), on("status_changed", ALL))
    for entity_id in ALL:
        await servers.go("stopped", entity_id=entity_id)
    assert told == []


@pytest.mark.usefixtures("servers")
async def test_entities_of_others_are_left_alone(hass: HomeAssistant, told: list[str]) -> None:
    """Sensors of other integrations, of no registry, and others of ours, given directly."""
    other = er.async_get(hass).async_get_or_create(
        "sensor", "other", "srv_survival_status", suggested_object_id="other_status", translation_key="status"
    )
    target = [other.entity_id, "sensor.template", "sensor.survival_memory_limit", "sensor.nothing_status"]
    await automate(hass, *on_all(target), on("status_changed", target))
    for status in ("running", "stopping", "stopped"):
        for entity_id in target[:3]:
            hass.states.async_set(entity_id, status)
        await hass.async_block_till_done()
    assert told == []
