"""What holds of each server, whatever happens to it."""

from dataclasses import replace
from typing import Any

from hypothesis import given, settings, strategies as st

from custom_components.stellarstack.client.lifecycle import Lifecycle, LifecycleEvent, Outcome
from custom_components.stellarstack.client.messages import Cause, Evidence, Question
from custom_components.stellarstack.client.models import PowerAction, ServerStatus
from custom_components.stellarstack.client.status import Source, StatusReport, StatusTracker

from .node_model import Game, Node, Operation, Panel
from .observer import TIMING


def seconds(least: float, most: float) -> st.SearchStrategy[float]:
    """Return times with a resolution of a hundredth."""
    return st.integers(round(least * 100), round(most * 100)).map(lambda value: value / 100)


GAMES = st.builds(Game, says_ready=st.booleans(), boot=seconds(0.5, 60), stop=seconds(3, 60), files=seconds(0, 12))
PANELS = st.builds(
    Panel,
    latency=seconds(0.05, 2),
    lost=st.integers(0, 2),
    report=seconds(0.1, 30),
    sync=seconds(0.1, 5),
    lag=seconds(0, 0.6),
    dated=st.booleans(),
)
OPERATIONS: st.SearchStrategy[Operation] = st.sampled_from([*PowerAction, *PowerAction, "crash", "restart node"])
LIVES = st.lists(st.tuples(seconds(0.3, 100), OPERATIONS, st.booleans()), max_size=12)


@given(GAMES, PANELS, LIVES)
@settings(max_examples=200, deadline=None)
def test_each_true_thing_is_told_once_and_nothing_else(
    game: Game, panel: Panel, life: list[tuple[float, Operation, bool]]
) -> None:
    node = Node(game, panel)
    for pause, operation, ours in life:
        node.advance(pause)
        node.operate(operation, ours=ours)
    node.advance(300)
    node.truth.settle(node.now)
    assert node.observer.told == node.truth.told
    assert node.observer.shown[-1] is node.true_status


@given(GAMES, PANELS, LIVES)
@settings(max_examples=100, deadline=None)
def test_where_nothing_can_be_asked(game: Game, panel: Panel, life: list[tuple[float, Operation, bool]]) -> None:
    # A false report cannot be known there, nor can other people's kills.
    node = Node(game, replace(panel, can_ask=False))
    for pause, operation, ours in life:
        node.advance(pause)
        if operation != "restart node":
            node.operate(operation, ours=ours or operation is PowerAction.KILL)
    node.advance(300)
    node.truth.settle(node.now)
    assert node.observer.told == node.truth.told
    assert node.observer.shown[-1] is node.true_status


@given(GAMES, PANELS, st.lists(st.tuples(seconds(0.3, 50), OPERATIONS, st.booleans()), max_size=12))
@settings(max_examples=100, deadline=None)
def test_nothing_untrue_is_told_with_gaps(game: Game, panel: Panel, life: list[tuple[float, Operation, bool]]) -> None:
    # Across a gap, neither a false report nor an echo that ends before the answer can be known as such.
    node = Node(game, replace(panel, lost=0, latency=0))
    for pause, operation, gap in life:
        node.advance(pause)
        if gap:
            node.reconnect()
        elif operation != "restart node":
            node.operate(operation)
    node.advance(300)
    node.truth.settle(node.now)
    # Who has missed the beginning of a restart sees its parts, or its end.
    parts = iter(node.truth.parts)
    for event in node.observer.told:
        part = LifecycleEvent.STARTED if event is LifecycleEvent.RESTARTED else event
        assert part in parts, node.observer.told
    assert node.observer.shown[-1] is node.true_status


STATUSES = st.sampled_from([*ServerStatus, None])
CHANGES = st.one_of(
    st.tuples(st.just("report"), st.sampled_from(Source), STATUSES, st.booleans()),
    st.tuples(st.just("baseline"), st.sampled_from(Source), STATUSES, st.sampled_from([None, True, False])),
    st.tuples(st.just("silence"), st.sampled_from(Source)),
    st.tuples(st.just("flag"), st.sampled_from([None, True, False])),
    st.tuples(st.just("expect"), st.sampled_from(PowerAction)),
    st.tuples(st.just("settle"), st.sampled_from(PowerAction), st.booleans()),
    st.tuples(st.just("answer"), STATUSES, st.sampled_from(Cause)),
)


@given(st.booleans(), st.lists(st.tuples(seconds(0, 120), CHANGES), max_size=30))
@settings(max_examples=200, deadline=None)
def test_any_reports(can_ask: bool, changes: list[tuple[float, tuple[Any, ...]]]) -> None:
    tracker = StatusTracker(TIMING)
    lifecycle = Lifecycle(TIMING, can_ask=can_ask)
    at = 0.0

    def elapse(until: float) -> None:
        due = [time for time in (tracker.deadline, lifecycle.deadline) if time is not None and time <= until]
        for now in sorted(due):
            tracker.elapse(now)
            check(lifecycle.report(tracker.shown, now))
            check(lifecycle.elapse(now))
            assert tracker.deadline is None or tracker.deadline > now
            assert lifecycle.deadline is None or lifecycle.deadline > now
        if due:
            elapse(until)

    def check(outcome: Outcome) -> None:
        assert can_ask or outcome.question is None
        assert (outcome.since is not None) == (outcome.question is Question.CAUSE)
        assert len(set(outcome.events)) == len(outcome.events)

    for pause, change in changes:
        elapse(at + pause)
        at += pause
        match change:
            case "report", source, status, event:
                tracker.report(StatusReport(source, status, at, event))
            case "baseline", source, status, suspended:
                tracker.baseline(StatusReport(source, status, at, event=False))
                outcome = lifecycle.baseline(tracker.shown, suspended)
                check(outcome)
                assert outcome.events == ()
            case "silence", source:
                tracker.silence(source)
            case "flag", suspended:
                check(lifecycle.report_suspended(suspended))
            case "expect", action:
                lifecycle.expect(action, at)
            case "settle", action, done:
                check(lifecycle.settle(action, at, done=done))
            case "answer", daemon, cause:
                check(lifecycle.answer(Evidence(daemon, cause), at))
        check(lifecycle.report(tracker.shown, at))
        assert lifecycle.report(tracker.shown, at) == Outcome()
