"""Each, the first or all of several servers."""

from collections.abc import Mapping
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, label_registry as lr
import pytest

from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.trigger import STATUSES
from tests.targets import ALL, CREATIVE, SURVIVAL, VALHEIM, Servers, Target

from .conftest import FOR_A_MINUTE, HIDDEN, MINUTE, automate, on, pass_time, waits

STOPPED, CRASHED = LifecycleEvent.STOPPED, LifecycleEvent.CRASHED


def on_stop(target: Target, behavior: str, options: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the configuration of the trigger on the event and of one on the status, which are to act alike."""
    options = {"behavior": behavior, **(options or {})}
    return [
        on("stopped", target, options, f"{behavior} by event:"),
        on("status_changed", target, {"to": "stopped", **options}, f"{behavior} by status:"),
    ]


def both(behavior: str, *entity_ids: str) -> list[str]:
    """Return what both tell, sorted."""
    return sorted(f"{behavior} by {what}: {entity_id}" for what in ("event", "status") for entity_id in entity_ids)


async def test_each_the_first_and_all(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    await automate(hass, *on_stop(ALL, "each"), *on_stop(ALL, "first"), *on_stop(ALL, "all"))
    for _ in range(2):
        await servers.stop(CREATIVE, SURVIVAL, VALHEIM)
        assert sorted(told) == [*both("all", VALHEIM), *both("each", *ALL), *both("first", CREATIVE)]
        told.clear()
        await servers.start(*ALL)
        assert told == []


async def test_what_happens_at_once(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    """All may come in one turn of the event loop; one of them is the first, one the last."""
    await automate(hass, *on_stop(ALL, "each"), *on_stop(ALL, "first"), *on_stop(ALL, "all"))
    await servers.together("stopping", "stopped", STOPPED)
    assert sorted(told) == [*both("all", VALHEIM), *both("each", *ALL), *both("first", SURVIVAL)]


async def test_servers_count_as_down_when_that_is_certain(
    hass: HomeAssistant, servers: Servers, told: list[str]
) -> None:
    """Statuses of several servers are shown before the first event is told."""
    await automate(hass, *(on("stopped", ALL, {"behavior": behavior}, behavior) for behavior in ("first", "all")))
    for entity_id in ALL:
        await servers.go("stopping", "stopped", entity_id=entity_id)
    await servers.go(STOPPED, entity_id=CREATIVE)
    assert told == [f"first {CREATIVE}"]
    # A crash is no stop, but it decides that this one is down.
    await servers.go(CRASHED, entity_id=SURVIVAL)
    await servers.go(STOPPED, entity_id=VALHEIM)
    assert told == [f"first {CREATIVE}", f"all {VALHEIM}"]


@pytest.mark.parametrize("steps", [["installing", "stopped"], ["stopping", "stopped", "unavailable", "stopped"]])
async def test_servers_of_which_nothing_will_be_told_count_as_shown(
    hass: HomeAssistant, servers: Servers, told: list[str], steps: list[str]
) -> None:
    """After an installation or a gap."""
    await automate(hass, *(on("stopped", [SURVIVAL, CREATIVE], {"behavior": each}, each) for each in ("first", "all")))
    await servers.go(*steps, entity_id=CREATIVE)
    await servers.stop(SURVIVAL)
    assert told == [f"all {SURVIVAL}"]


async def test_a_server_that_runs_counts_as_shown(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    """Whether or not its start was told."""
    await servers.stop(SURVIVAL, CREATIVE)
    await automate(hass, on("started", [SURVIVAL, CREATIVE], {"behavior": "all"}))
    await servers.go("starting", "running", entity_id=CREATIVE)
    await servers.start(SURVIVAL)
    assert told == [f"started {SURVIVAL}"]


async def test_a_server_that_is_back_is_neither_the_first_nor_the_last(
    hass: HomeAssistant, servers: Servers, told: list[str]
) -> None:
    options = [{"behavior": behavior} for behavior in ("first", "all")]
    await automate(hass, *(on("crashed", options=each) for each in options))
    await servers.go("stopped", "starting", CRASHED)
    assert told == []


async def test_servers_that_are_not_shown_do_not_count(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    await servers.stop(VALHEIM)
    await automate(hass, *on_stop([SURVIVAL, VALHEIM], "first"), *on_stop(ALL, "all"))
    await servers.go("unavailable", entity_id=VALHEIM)
    await servers.stop(SURVIVAL, CREATIVE)
    assert sorted(told) == [*both("all", CREATIVE), *both("first", SURVIVAL)]


@pytest.mark.parametrize("hidden", HIDDEN)
async def test_a_server_that_is_lost_makes_the_others_no_whole(
    hass: HomeAssistant, servers: Servers, told: list[str], hidden: str
) -> None:
    """All that are shown have stopped then, but none has just arrived."""
    await automate(hass, *on_stop(ALL, "all"))
    await servers.stop(CREATIVE, VALHEIM)
    await servers.go(hidden, entity_id=SURVIVAL)
    assert told == []


async def test_only_an_arrival_makes_the_first(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    """From one of the statuses to another of them is none."""
    options = {"to": ["stopped", "error"], "behavior": "first"}
    await automate(hass, on("status_changed", [SURVIVAL, CREATIVE], options))
    await servers.go("stopped", "error", "stopped")
    assert told == [f"status_changed {SURVIVAL}"]


async def test_without_a_destination_it_is_who_leaves(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    await automate(
        hass,
        *(
            on("status_changed", ALL, {"from": "running", "behavior": behavior}, behavior)
            for behavior in ("first", "all")
        ),
    )
    for status in ("stopping", "stopped"):
        for entity_id in (CREATIVE, VALHEIM, SURVIVAL):
            await servers.go(status, entity_id=entity_id)
    assert told == [f"first {CREATIVE}", f"all {SURVIVAL}"]


@pytest.mark.parametrize("behavior", ["first", "all"])
@pytest.mark.parametrize("statuses", [{}, {"from": [], "to": []}, {"from": STATUSES}, {"to": STATUSES}])
async def test_without_a_status_to_be_at_each_change_triggers(
    hass: HomeAssistant, servers: Servers, told: list[str], behavior: str, statuses: dict[str, list[str]]
) -> None:
    await automate(hass, on("status_changed", [SURVIVAL, CREATIVE], statuses | {"behavior": behavior}, "change"))
    await servers.go("stopping", "stopped")
    await servers.go("stopping", entity_id=CREATIVE)
    assert told == [f"change {SURVIVAL}", f"change {SURVIVAL}", f"change {CREATIVE}"]


@pytest.mark.parametrize(
    ("behavior", "change", "entity_ids"),
    [
        ("each", "nothing", [SURVIVAL, CREATIVE]),
        ("each", "it starts", [CREATIVE]),
        ("first", "nothing", [SURVIVAL]),
        ("first", "it starts", [SURVIVAL]),
        ("first", "all start", []),
        ("all", "nothing", [CREATIVE]),
        ("all", "it starts", []),
        ("all", "another is not shown", [CREATIVE]),
        ("all", "another runs after a gap", []),
        ("all", "one that runs is added", []),
        ("all", "one that is stopped is added", [CREATIVE]),
    ],
)
async def test_for(
    hass: HomeAssistant, servers: Servers, told: list[str], behavior: str, change: str, entity_ids: list[str]
) -> None:
    """The wait goes on as long as one of them stays so, or all of them do."""
    label = lr.async_get(hass).async_create("Games").label_id
    for entity_id in (SURVIVAL, CREATIVE):
        er.async_get(hass).async_update_entity(entity_id, labels={label})
    await automate(hass, *on_stop({"label_id": label}, behavior, FOR_A_MINUTE))
    await servers.stop(SURVIVAL, CREATIVE)
    match change:
        case "it starts":
            await servers.start(SURVIVAL)
        case "all start":
            await servers.start(SURVIVAL, CREATIVE)
        case "another is not shown":
            await servers.go("unavailable")
        case "another runs after a gap":
            await servers.go("unavailable", "running")
        case "one that runs is added" | "one that is stopped is added":
            if "stopped" in change:
                await servers.stop(VALHEIM)
            er.async_get(hass).async_update_entity(VALHEIM, labels={label})
    await hass.async_block_till_done()
    await pass_time(hass, MINUTE)
    assert sorted(told) == both(behavior, *entity_ids)


async def test_the_first_of_several_is_waited_for_once(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    """Also when another takes its place."""
    await automate(hass, on("stopped", [SURVIVAL, CREATIVE], {"behavior": "first"} | FOR_A_MINUTE))
    await servers.stop(CREATIVE)
    await servers.go("unavailable", entity_id=CREATIVE)
    await servers.stop(SURVIVAL)
    assert waits(hass) == 1
    await pass_time(hass, MINUTE)
    assert told == [f"stopped {CREATIVE}"]
    assert not waits(hass)
