"""The rules of what happens to a server: each transition, whole stories, and the tracker with its time-out."""

from datetime import timedelta
from itertools import pairwise, product

from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from homeassistant.util.async_ import get_scheduled_timer_handles
from hypothesis import given, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellarstack.client import ServerStatus
from custom_components.stellarstack.lifecycle import (
    RESTART_TIMEOUT,
    Happening,
    LifecycleTracker,
    Phase,
    advance,
    first_phase,
)

INSTALLING, STARTING, RUNNING = ServerStatus.INSTALLING, ServerStatus.STARTING, ServerStatus.RUNNING
STOPPING, STOPPED, ERROR = ServerStatus.STOPPING, ServerStatus.STOPPED, ServerStatus.ERROR
STATUSES = [*ServerStatus, None]
RESTART = [STARTING, STOPPING, STOPPED, STARTING, RUNNING]

FIRST = {
    None: Phase.UNKNOWN,
    INSTALLING: Phase.INSTALLING,
    STARTING: Phase.COMING,
    RUNNING: Phase.UP,
    STOPPING: Phase.GOING,
    STOPPED: Phase.DOWN,
    ServerStatus.SUSPENDED: Phase.DOWN,
    ServerStatus.MAINTENANCE: Phase.DOWN,
    ServerStatus.RESTORING: Phase.DOWN,
    ERROR: Phase.DOWN,
}

# Each transition that tells something, or that leads elsewhere than a first look at the status would.
REMARKABLE: dict[tuple[Phase, ServerStatus | None], tuple[Phase, Happening | None]] = {
    (Phase.UP, STARTING): (Phase.RESTARTING, None),
    (Phase.UP, STOPPED): (Phase.DOWN, Happening.CRASHED),
    (Phase.UP, ERROR): (Phase.DOWN, Happening.CRASHED),
    (Phase.GOING, STARTING): (Phase.RESTARTING, None),
    (Phase.GOING, STOPPED): (Phase.DOWN, Happening.STOPPED),
    (Phase.GOING, ERROR): (Phase.DOWN, Happening.STOPPED),
    (Phase.RESTARTING, STARTING): (Phase.RESTARTING, None),
    (Phase.RESTARTING, STOPPING): (Phase.RESTARTING, None),
    (Phase.RESTARTING, STOPPED): (Phase.RESTARTING, None),
    (Phase.RESTARTING, RUNNING): (Phase.UP, Happening.RESTARTED),
    (Phase.RESTARTING, ERROR): (Phase.DOWN, Happening.CRASHED),
    (Phase.COMING, RUNNING): (Phase.UP, Happening.STARTED),
    (Phase.COMING, ERROR): (Phase.DOWN, Happening.CRASHED),
    (Phase.DOWN, RUNNING): (Phase.UP, Happening.STARTED),
    (Phase.INSTALLING, STOPPED): (Phase.DOWN, Happening.INSTALL_FINISHED),
    (Phase.INSTALLING, STARTING): (Phase.COMING, Happening.INSTALL_FINISHED),
    (Phase.INSTALLING, RUNNING): (Phase.UP, Happening.INSTALL_FINISHED),
}


def happenings(first: ServerStatus | None, *statuses: ServerStatus | None) -> list[Happening]:
    """Return what a server told that was first seen with a status and then had others."""
    phase, told = first_phase(first), []
    for status in statuses:
        phase, happening = advance(phase, status)
        if happening is not None:
            told.append(happening)
    return told


@pytest.mark.parametrize("status", STATUSES)
def test_first_look(status: ServerStatus | None) -> None:
    assert first_phase(status) is FIRST[status]


@pytest.mark.parametrize(("phase", "status"), product(Phase, STATUSES))
def test_each_transition(phase: Phase, status: ServerStatus | None) -> None:
    assert advance(phase, status) == REMARKABLE.get((phase, status), (FIRST[status], None))


@pytest.mark.parametrize(
    ("statuses", "told"),
    [
        ([STOPPED, STARTING, RUNNING], ["started"]),
        ([STARTING, RUNNING], ["started"]),
        ([ERROR, STARTING, RUNNING], ["started"]),
        ([RUNNING, STOPPING, STOPPED], ["stopped"]),
        ([STOPPING, STOPPED], ["stopped"]),
        ([RUNNING, STOPPED], ["crashed"]),
        ([RUNNING, ERROR], ["crashed"]),
        ([RUNNING, ERROR, STOPPED], ["crashed"]),
        ([RUNNING, STOPPED, STARTING, RUNNING], ["crashed", "started"]),
        ([RUNNING, *RESTART], ["restarted"]),
        ([RUNNING, *RESTART, *RESTART], ["restarted", "restarted"]),
        ([RUNNING, STARTING, RUNNING], ["restarted"]),
        ([RUNNING, STARTING, STOPPING, STOPPED], []),
        ([RUNNING, STARTING, STOPPING, STOPPED, ERROR], ["crashed"]),
        ([RUNNING, STOPPING, STOPPED, STARTING, RUNNING], ["stopped", "started"]),
        ([RUNNING, STOPPING, RUNNING], []),
        ([INSTALLING, STARTING, RUNNING], ["install_finished", "started"]),
        ([INSTALLING, ERROR], []),
        ([RUNNING, None, STOPPED], []),
        ([RUNNING, STARTING, None, RUNNING], []),
        ([None, RUNNING], []),
    ],
)
def test_stories(statuses: list[ServerStatus | None], told: list[str]) -> None:
    assert happenings(*statuses) == told


@st.composite
def life(draw: st.DrawFn) -> tuple[list[ServerStatus], list[Happening]]:
    """What a panel reports of a server that somebody uses, with repetitions, and what is to be told of it."""
    up = draw(st.booleans())
    statuses, told = [RUNNING if up else STOPPED], []
    for action in draw(st.lists(st.sampled_from(["power", "restart", "crash", "error"]), max_size=12)):
        match action, up:
            case "power", True:
                steps, happening, up = [STOPPING, STOPPED], Happening.STOPPED, False
            case "restart", True:
                steps, happening = RESTART, Happening.RESTARTED
            case "crash" | "error", True:
                steps, happening, up = [STOPPED if action == "crash" else ERROR], Happening.CRASHED, False
            case "power" | "restart", False:
                steps, happening, up = [STARTING, RUNNING], Happening.STARTED, True
            case _:
                continue
        told.append(happening)
        for step in steps:
            statuses += [step] * draw(st.integers(1, 3))
    return statuses, told


@given(life())
def test_a_life_is_told_as_it_was(life: tuple[list[ServerStatus], list[Happening]]) -> None:
    statuses, told = life
    assert happenings(*statuses) == told


@given(st.lists(st.sampled_from(STATUSES), min_size=1))
def test_what_is_true_of_any_sequence(statuses: list[ServerStatus | None]) -> None:
    previous, phase = statuses[0], first_phase(statuses[0])
    for status in statuses[1:]:
        before = phase
        phase, happening = advance(phase, status)
        # What is repeated tells nothing, and changes nothing.
        assert advance(phase, status) == (phase, None)
        if happening is not None:
            assert None not in {previous, status}
            assert previous is not status
        match happening:
            case Happening.STARTED:
                assert (before in {Phase.DOWN, Phase.COMING}, status, phase) == (True, RUNNING, Phase.UP)
            case Happening.RESTARTED:
                assert (before, status, phase) == (Phase.RESTARTING, RUNNING, Phase.UP)
            case Happening.STOPPED:
                assert (before, status in {STOPPED, ERROR}, phase) == (Phase.GOING, True, Phase.DOWN)
            case Happening.CRASHED:
                assert before in {Phase.UP, Phase.COMING, Phase.RESTARTING}
                assert (status in {STOPPED, ERROR}, phase) == (True, Phase.DOWN)
            case Happening.INSTALL_FINISHED:
                assert (previous, before) == (INSTALLING, Phase.INSTALLING)
            case _:
                # A suspension has rules of its own.
                assert happening is None
        previous = status


@given(st.lists(st.sampled_from([STARTING, RUNNING, STOPPING, STOPPED])))
def test_nothing_starts_twice(statuses: list[ServerStatus]) -> None:
    told = [happening for happening in happenings(STOPPED, *statuses) if happening is not Happening.RESTARTED]
    assert (Happening.STARTED, Happening.STARTED) not in pairwise(told)


# The tracker.


@pytest.fixture
def told() -> list[Happening]:
    """What the tracker told, in order."""
    return []


@pytest.fixture
def tracker(hass: HomeAssistant, told: list[Happening]) -> LifecycleTracker:
    """A tracker of a server that runs."""
    tracker = LifecycleTracker(hass, told.append)
    tracker.reset(RUNNING)
    return tracker


def timeouts(hass: HomeAssistant, tracker: LifecycleTracker) -> list[float]:
    """Return when the tracker's time-outs are due."""
    return [
        handle.when()
        for handle in get_scheduled_timer_handles(hass.loop)
        if not handle.cancelled() and handle._args and getattr(handle._args[-1], "target", None) == tracker._give_up
    ]


async def pass_time(hass: HomeAssistant, time: timedelta) -> None:
    async_fire_time_changed(hass, dt_util.utcnow() + time)
    await hass.async_block_till_done()


async def test_tracker_tells_nothing_of_what_it_did_not_see(hass: HomeAssistant, told: list[Happening]) -> None:
    tracker = LifecycleTracker(hass, told.append)
    tracker.update(RUNNING)
    assert told == []
    tracker.update(STOPPED)
    assert told == ["crashed"]
    for status in STATUSES:
        tracker.reset(RUNNING)
        tracker.reset(status)
    tracker.reset()
    tracker.update(STOPPED)
    assert told == ["crashed"]


@pytest.mark.parametrize(
    "steps", [[STARTING], [STARTING, STOPPING], [STARTING, STOPPING, STOPPED], [STOPPING, STARTING]]
)
async def test_a_restart_that_never_ends_is_a_stop(
    hass: HomeAssistant, tracker: LifecycleTracker, told: list[Happening], steps: list[ServerStatus]
) -> None:
    for status in steps:
        tracker.update(status)
        tracker.update(status)
    assert len(timeouts(hass, tracker)) == 1
    await pass_time(hass, timedelta(minutes=5, seconds=-1))
    assert told == []
    await pass_time(hass, timedelta(minutes=5))
    assert told == ["stopped"]
    assert not timeouts(hass, tracker)

    # It is down now, whatever the panel said last.
    tracker.update(STOPPED)
    await pass_time(hass, 2 * RESTART_TIMEOUT)
    assert told == ["stopped"]
    tracker.update(STARTING)
    tracker.update(RUNNING)
    assert told == ["stopped", "started"]
    assert not timeouts(hass, tracker)


async def test_the_time_counts_from_the_beginning_of_a_restart(
    hass: HomeAssistant, tracker: LifecycleTracker, told: list[Happening]
) -> None:
    tracker.update(STARTING)
    due = timeouts(hass, tracker)
    assert len(due) == 1
    for status in (STOPPING, STOPPED, STARTING):
        tracker.update(status)
        assert timeouts(hass, tracker) == due
    tracker.update(RUNNING)
    assert told == ["restarted"]
    # The next one has its own time.
    tracker.update(STARTING)
    assert len(timeouts(hass, tracker)) == 1
    assert timeouts(hass, tracker) > due
    tracker.update(RUNNING)
    assert told == ["restarted", "restarted"]


@pytest.mark.parametrize(
    ("last", "end"),
    [
        (RUNNING, "restarted"),
        (ERROR, "crashed"),
        (ServerStatus.SUSPENDED, None),
        (INSTALLING, None),
        (None, None),
    ],
)
async def test_a_restart_that_ends_leaves_no_timer(
    hass: HomeAssistant,
    tracker: LifecycleTracker,
    told: list[Happening],
    last: ServerStatus | None,
    end: str | None,
) -> None:
    tracker.update(STARTING)
    assert len(timeouts(hass, tracker)) == 1
    tracker.update(last)
    assert not timeouts(hass, tracker)
    await pass_time(hass, RESTART_TIMEOUT)
    assert told == [end] * (end is not None)


@pytest.mark.parametrize("status", STATUSES)
async def test_a_restart_that_was_lost_sight_of_leaves_no_timer(
    hass: HomeAssistant, tracker: LifecycleTracker, told: list[Happening], status: ServerStatus | None
) -> None:
    tracker.update(STARTING)
    tracker.reset(status)
    assert not timeouts(hass, tracker)
    await pass_time(hass, RESTART_TIMEOUT)
    assert told == []


async def test_close(hass: HomeAssistant, tracker: LifecycleTracker, told: list[Happening]) -> None:
    tracker.update(STARTING)
    tracker.close()
    assert not timeouts(hass, tracker)
    tracker.close()
    await pass_time(hass, RESTART_TIMEOUT)
    assert told == []
