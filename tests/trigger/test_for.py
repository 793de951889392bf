"""How long it has to stay so, and what a gap changes."""

from datetime import timedelta
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.trigger import STATUSES
from tests.targets import CREATIVE, SURVIVAL, Servers

from .conftest import FOR_A_MINUTE, HIDDEN, MINUTE, automate, on, on_all, pass_time, waits

STARTED, STOPPED = LifecycleEvent.STARTED, LifecycleEvent.STOPPED
CRASHED, RESTARTED = LifecycleEvent.CRASHED, LifecycleEvent.RESTARTED
BEHAVIORS = ["each", "first", "all"]
FIVE_MINUTES = timedelta(minutes=5)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("key", "steps", "change"),
    [
        ("started", ["starting", "running", STARTED], "starting running"),
        ("stopped", ["stopping", "stopped", STOPPED], "stopping stopped"),
        ("stopped", ["stopping", "stopped", STOPPED, "error"], "stopping stopped"),
        ("crashed", ["error", CRASHED, "stopped"], "running error"),
        ("restarted", ["starting", "running", RESTARTED], "starting running"),
        ("status_changed", ["stopped"], "running stopped"),
    ],
)
async def test_it_is_told_once_and_later(
    hass: HomeAssistant, servers: Servers, told: list[str], key: str, steps: list[str], change: str
) -> None:
    """And of the change that it began with."""
    text = "{{ trigger.from_state.state }} {{ trigger.to_state.state }} {{ trigger.for }}"
    await automate(hass, on(key, options={"for": {"minutes": 2}}), text=text)
    await servers.go(*steps)
    await pass_time(hass, 2 * MINUTE - SECOND)
    assert told == []
    await pass_time(hass, 2 * MINUTE)
    assert told == [f"{change} 0:02:00"]
    assert not waits(hass)


async def test_the_time_counts_from_the_event(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    """Not from the status, which is shown some time before."""
    await automate(hass, *on_all(options=FOR_A_MINUTE))
    await servers.go("stopping", "stopped")
    assert not waits(hass)
    await servers.go(STOPPED)
    assert waits(hass) == 1
    await pass_time(hass, MINUTE)
    assert told == [f"stopped {SURVIVAL}"]


@pytest.mark.parametrize("behavior", BEHAVIORS)
@pytest.mark.parametrize(
    ("steps", "after"),
    [
        (["starting", "running", STARTED], "stopping"),
        (["starting", "running", STARTED], "maintenance"),
        (["stopping", "stopped", STOPPED], "starting"),
        (["error", CRASHED], "installing"),
        (["stopping", "stopped", "starting", "running", RESTARTED], "starting"),
    ],
)
async def test_it_is_over_when_the_server_leaves(
    hass: HomeAssistant, servers: Servers, told: list[str], behavior: str, steps: list[str], after: str
) -> None:
    """At once, and for good: coming back before the time is up does not count."""
    await automate(hass, *on_all(options={"behavior": behavior} | FOR_A_MINUTE))
    await servers.go(*steps)
    assert waits(hass) == 1
    await servers.go(after)
    assert not waits(hass)
    await servers.go(steps[-2])
    await pass_time(hass, MINUTE)
    assert told == []


async def test_a_crash_that_is_already_over_is_not_waited_for(
    hass: HomeAssistant, servers: Servers, told: list[str]
) -> None:
    await automate(hass, *on_all(options=FOR_A_MINUTE))
    await servers.go("stopped", "starting", CRASHED)
    assert not waits(hass)
    assert told == []


@pytest.mark.parametrize("options", [{}, {"from": "running"}, {"from": ["running", "stopped"]}, {"to": STATUSES}])
async def test_a_status_has_to_stay_what_it_became(
    hass: HomeAssistant, servers: Servers, told: list[str], options: dict[str, Any]
) -> None:
    """Even if what follows would be asked for just as well."""
    text = "{{ trigger.from_state.state }} {{ trigger.to_state.state }}"
    await automate(hass, on("status_changed", options=options | FOR_A_MINUTE), text=text)
    await servers.go("stopping", "stopped", "starting", "running")
    await servers.go("stopping", "starting")
    await pass_time(hass, MINUTE)
    asked = "stopping" in options.get("from", ["stopping"])
    assert told == ["stopping starting"] * asked


async def test_another_name_ends_no_wait(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    await automate(hass, *on_all(options=FOR_A_MINUTE), on("status_changed", options=FOR_A_MINUTE))
    await servers.stop(SURVIVAL)
    hass.states.async_set(SURVIVAL, "stopped", {"friendly_name": "Hardcore Status"})
    await pass_time(hass, MINUTE)
    assert sorted(told) == [f"status_changed {SURVIVAL}", f"stopped {SURVIVAL}"]


# Over a gap.


@pytest.mark.parametrize("behavior", BEHAVIORS)
@pytest.mark.parametrize("hidden", HIDDEN)
async def test_it_goes_on_through_a_gap(
    hass: HomeAssistant, servers: Servers, told: list[str], behavior: str, hidden: str
) -> None:
    options = {"behavior": behavior, "to": "stopped"} | FOR_A_MINUTE
    await automate(
        hass,
        *on_all(options={"behavior": behavior} | FOR_A_MINUTE),
        on("status_changed", options=options),
    )
    await servers.stop(SURVIVAL)
    await servers.go(hidden, "stopped")
    assert told == []
    await pass_time(hass, MINUTE)
    assert sorted(told) == [f"status_changed {SURVIVAL}", f"stopped {SURVIVAL}"]


@pytest.mark.parametrize("behavior", BEHAVIORS)
async def test_it_is_over_when_the_server_is_elsewhere_after_a_gap(
    hass: HomeAssistant, servers: Servers, told: list[str], behavior: str
) -> None:
    options = {"behavior": behavior, "to": "stopped"} | FOR_A_MINUTE
    await automate(
        hass,
        *on_all(options={"behavior": behavior} | FOR_A_MINUTE),
        on("status_changed", options=options),
    )
    await servers.stop(SURVIVAL)
    assert waits(hass) == 2
    await servers.go("unavailable", "running")
    assert not waits(hass)
    await pass_time(hass, MINUTE)
    assert told == []


@pytest.mark.parametrize("behavior", BEHAVIORS)
@pytest.mark.parametrize(
    ("after", "keys"), [("stopped", ["status_changed", "stopped"]), ("error", ["stopped"]), ("running", [])]
)
async def test_a_gap_when_the_time_is_up_is_waited_for(
    hass: HomeAssistant, servers: Servers, told: list[str], behavior: str, after: str, keys: list[str]
) -> None:
    options = {"behavior": behavior, "to": "stopped"} | FOR_A_MINUTE
    await automate(
        hass,
        *on_all(options={"behavior": behavior} | FOR_A_MINUTE),
        on("status_changed", options=options),
    )
    await servers.stop(SURVIVAL)
    await servers.go("unavailable")
    await pass_time(hass, MINUTE)
    assert told == []
    assert waits(hass) == 2
    await servers.go(after)
    assert sorted(told) == [f"{key} {SURVIVAL}" for key in keys]
    assert not waits(hass)


@pytest.mark.parametrize("behavior", BEHAVIORS)
async def test_a_gap_is_waited_for_five_minutes(
    hass: HomeAssistant, servers: Servers, told: list[str], behavior: str
) -> None:
    await automate(hass, *on_all(options={"behavior": behavior} | FOR_A_MINUTE))
    await servers.stop(SURVIVAL)
    await servers.go("unavailable")
    await pass_time(hass, MINUTE)
    await pass_time(hass, FIVE_MINUTES - SECOND)
    assert waits(hass) == 1
    await pass_time(hass, FIVE_MINUTES)
    assert not waits(hass)
    await servers.go("stopped")
    assert told == []


@pytest.mark.parametrize("after", ["stopped", "running"])
async def test_servers_that_come_back_together_are_looked_at_together(
    hass: HomeAssistant, servers: Servers, told: list[str], after: str
) -> None:
    both = [SURVIVAL, CREATIVE]
    await automate(hass, on("stopped", both, {"behavior": "all"} | FOR_A_MINUTE))
    await servers.stop(*both)
    for entity_id in both:
        await servers.go("unavailable", entity_id=entity_id)
    await pass_time(hass, MINUTE)
    hass.states.async_set(SURVIVAL, "stopped")
    hass.states.async_set(CREATIVE, after)
    await hass.async_block_till_done()
    assert told == [f"stopped {CREATIVE}"] * (after == "stopped")
