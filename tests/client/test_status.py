"""Which status is shown: each rule by its name."""

from datetime import UTC, datetime, timedelta

import pytest

from custom_components.stellarstack.client.models import ServerStatus
from custom_components.stellarstack.client.status import Source, StatusReport, StatusTracker

from .observer import TIMING

INSTALLING, STARTING, RUNNING = ServerStatus.INSTALLING, ServerStatus.STARTING, ServerStatus.RUNNING
STOPPING, STOPPED, ERROR = ServerStatus.STOPPING, ServerStatus.STOPPED, ServerStatus.ERROR
U0 = datetime(2026, 11, 1, tzinfo=UTC)
U1, U2, U3 = (U0 + timedelta(seconds=seconds) for seconds in (1, 2, 3))


def event(status: ServerStatus | None, at: float, updated_at: datetime | None = None) -> StatusReport:
    return StatusReport(Source.PANEL, status, at, event=True, updated_at=updated_at)


def snapshot(status: ServerStatus | None, at: float, updated_at: datetime | None = None) -> StatusReport:
    return StatusReport(Source.PANEL, status, at, event=False, updated_at=updated_at)


def live(status: ServerStatus | None, at: float) -> StatusReport:
    return StatusReport(Source.LIVE, status, at, event=True)


def track(first: StatusReport, *reports: StatusReport) -> StatusTracker:
    tracker = StatusTracker(TIMING)
    tracker.baseline(first)
    for report in reports:
        tracker.report(report)
    return tracker


def shown(*reports: StatusReport, until: float = 0) -> list[ServerStatus | None]:
    """Return what is shown, one after the other.

    The first report is a baseline.
    """
    tracker = track(reports[0])
    seen = [tracker.shown]

    def wait(at: float) -> None:
        if tracker.deadline is not None and tracker.deadline <= at:
            tracker.elapse(tracker.deadline)
            seen.append(tracker.shown)

    for report in reports[1:]:
        wait(report.at)
        tracker.report(report)
        seen.append(tracker.shown)
    wait(until)
    return [status for place, status in enumerate(seen) if place == 0 or status is not seen[place - 1]]


@pytest.mark.parametrize(
    ("rule", "reports", "expected"),
    [
        (
            "S1: the panel says stopping after the node is done",
            [(0, RUNNING), (1, STOPPING), (4, STOPPED), (4.1, STOPPED), (4.2, STOPPING), (30, STOPPED)],
            [RUNNING, STOPPING, STOPPED],
        ),
        (
            "S1: a start ends it",
            [(0, STOPPING), (4, STOPPED), (4.2, STOPPING), (9, STARTING), (9, STARTING), (14, RUNNING)],
            [STOPPING, STOPPED, STARTING, RUNNING],
        ),
        ("S2: a stopped server is stopped", [(0, STOPPED), (1, STOPPED), (1.1, STOPPING), (20, STOPPED)], [STOPPED]),
        (
            "S3: the container still runs",
            [(0, RUNNING), (1, STOPPING), (10, RUNNING), (40, RUNNING), (60, STOPPED)],
            [RUNNING, STOPPING, STOPPED],
        ),
        (
            "S3: a new stop is waited for as long",
            [(0, RUNNING), (1, STOPPING), (10, RUNNING), (90, STOPPING), (105, RUNNING), (180, STOPPED)],
            [RUNNING, STOPPING, STOPPED],
        ),
        (
            "S3: what is not running is shown at once",
            [(0, RUNNING), (1, STOPPING), (2, RUNNING), (3, STARTING), (9, RUNNING)],
            [RUNNING, STOPPING, STARTING, RUNNING],
        ),
        ("S3: an error too", [(0, STOPPING), (2, RUNNING), (3, ERROR)], [STOPPING, ERROR]),
        (
            "S4: a game that never says it is ready",
            [(0, STOPPED), (1, RUNNING), (1.1, STARTING), (1.2, STARTING), (8, STARTING), (31, RUNNING)],
            [STOPPED, RUNNING],
        ),
        (
            "S4: after a start that was seen",
            [(0, STOPPED), (1, STARTING), (4, RUNNING), (9, STARTING), (20, STARTING)],
            [STOPPED, STARTING, RUNNING],
        ),
        (
            "S4: later it is a start",
            [(0, STOPPED), (1, RUNNING), (6.1, STARTING)],
            [STOPPED, RUNNING, STARTING],
        ),
        (
            "S4: the echo ends with another report",
            [(0, STOPPED), (1, RUNNING), (2, STARTING), (6, RUNNING), (7, STARTING)],
            [STOPPED, RUNNING, STARTING],
        ),
        ("S4: a server that ran all the time starts anew", [(0, RUNNING), (1, STARTING)], [RUNNING, STARTING]),
        (
            "S4: so does one that was not stopped after all",
            [(0, STOPPING), (1, RUNNING), (92, RUNNING), (93, STARTING)],
            [STOPPING, RUNNING, STARTING],
        ),
        (
            "a crash after a start",
            [(0, STOPPED), (1, RUNNING), (1.1, STARTING), (2, STOPPED), (3, STARTING)],
            [STOPPED, RUNNING, STOPPED, STARTING],
        ),
        ("an unknown status", [(0, RUNNING), (1, None), (2, RUNNING)], [RUNNING, None, RUNNING]),
        (
            "all others are shown as reported",
            [(0, RUNNING), *((at, status) for at, status in enumerate([*ServerStatus][5:], 1))],
            [RUNNING, *[*ServerStatus][5:]],
        ),
    ],
)
def test_shown_of_events(
    rule: str, reports: list[tuple[float, ServerStatus | None]], expected: list[ServerStatus | None]
) -> None:
    assert shown(*(event(status, at) for at, status in reports)) == expected, rule


@pytest.mark.parametrize(
    ("reports", "back_at", "expected"),
    [
        ([event(STOPPED, 0), event(RUNNING, 1), event(STARTING, 1.1)], 36, RUNNING),
        ([event(STOPPED, 0), event(RUNNING, 1)], 36, RUNNING),
        # By then, a node's report would have corrected an echo.
        ([event(STOPPED, 0), event(RUNNING, 1), event(STARTING, 1.1)], 36.1, STARTING),
        ([event(RUNNING, 0)], 10, STARTING),
        ([event(STOPPED, 0), event(RUNNING, 1), event(STOPPED, 2)], 10, STARTING),
    ],
)
def test_starting_after_a_gap_may_be_the_echo_of_a_start(
    reports: list[StatusReport], back_at: float, expected: ServerStatus
) -> None:
    tracker = track(*reports)

    tracker.silence(Source.PANEL)
    tracker.report(snapshot(STARTING, back_at))

    assert tracker.shown is expected
    # A second gap makes it no younger.
    tracker.baseline(snapshot(STARTING, 36.1))
    assert tracker.shown is STARTING


def test_running_is_shown_when_no_stop_followed() -> None:
    stopping = [event(RUNNING, 0), event(STOPPING, 1), event(RUNNING, 10), event(RUNNING, 40)]
    assert track(*stopping).deadline == 100
    assert shown(*stopping, until=99.9) == [RUNNING, STOPPING]
    assert shown(*stopping, until=100) == [RUNNING, STOPPING, RUNNING]


def test_early_call_changes_nothing() -> None:
    tracker = track(event(STOPPING, 1), event(RUNNING, 10))
    tracker.elapse(99.9)
    assert tracker.shown is STOPPING


def test_only_an_open_stop_waits() -> None:
    assert track(event(STOPPING, 0)).deadline is None
    assert track(event(STOPPING, 0), event(RUNNING, 1), event(STOPPED, 2)).deadline is None


def test_stopping_is_repeated_by_snapshots() -> None:
    echo = [
        event(STOPPED, 3),
        event(STOPPING, 3.1),
        *(snapshot(STOPPING, at) for at in (5, 10, 15)),
        event(STOPPED, 20),
    ]
    assert shown(event(RUNNING, 0), event(STOPPING, 1), *echo) == [RUNNING, STOPPING, STOPPED]


@pytest.mark.parametrize("updated_at", [None, U1], ids=["no time", "a time"])
def test_snapshot_read_before_the_change_is_put_aside(updated_at: datetime | None) -> None:
    tracker = track(snapshot(STOPPED, 0, U0 if updated_at else None), event(STARTING, 3), event(RUNNING, 4))
    # Newer than the last snapshot, and older than the event.
    assert tracker.report(snapshot(STARTING, 4.2, updated_at)) is False
    assert tracker.shown is RUNNING
    assert tracker.report(snapshot(RUNNING, 9.2, U2 if updated_at else None)) is True
    assert tracker.shown is RUNNING


def test_the_next_snapshot_decides() -> None:
    tracker = track(snapshot(STARTING, 0, U1), event(RUNNING, 4))
    assert tracker.report(snapshot(INSTALLING, 5, U2)) is False
    assert tracker.report(snapshot(INSTALLING, 10, U2)) is True
    assert tracker.shown is INSTALLING
    # The one after a change may be stale once more.
    tracker.report(event(RUNNING, 14))
    assert tracker.report(snapshot(INSTALLING, 15, U2)) is False


def test_snapshot_older_than_another_is_put_aside_once() -> None:
    tracker = track(snapshot(RUNNING, 0, U2))
    assert tracker.report(snapshot(STOPPED, 5, U1)) is False
    assert tracker.shown is RUNNING
    assert tracker.report(snapshot(STOPPED, 10, U1)) is True
    assert tracker.shown is STOPPED


def test_snapshot_as_old_as_another_is_shown() -> None:
    tracker = track(snapshot(RUNNING, 0, U1))
    assert tracker.report(snapshot(STOPPED, 5, U1)) is True
    assert tracker.shown is STOPPED


def test_event_tells_the_time_of_the_row_too() -> None:
    tracker = track(snapshot(STOPPED, 0, U0), event(RUNNING, 4, U3), snapshot(RUNNING, 5))
    assert tracker.report(snapshot(STOPPED, 10, U2)) is False
    assert tracker.shown is RUNNING


def test_write_without_an_event_is_shown_with_its_snapshot() -> None:
    tracker = track(snapshot(STOPPED, 0, U0), event(STOPPED, 1), snapshot(STOPPED, 5, U1))
    assert tracker.report(snapshot(INSTALLING, 10, U2)) is True
    assert tracker.shown is INSTALLING


def test_event_as_baseline_is_newer_than_the_next_snapshot() -> None:
    tracker = track(event(RUNNING, 0))
    assert tracker.report(snapshot(STARTING, 0.5)) is False
    assert tracker.shown is RUNNING


@pytest.mark.parametrize(
    "reports",
    [
        [snapshot(STOPPED, 0), snapshot(STOPPING, 10)],
        [snapshot(STOPPING, 0), snapshot(RUNNING, 10)],
        [event(RUNNING, 0), snapshot(STARTING, 10)],
        [snapshot(RUNNING, 0, U3), snapshot(STOPPED, 10, U1)],
    ],
)
def test_a_panel_that_does_not_repeat_what_is_over_is_believed(reports: list[StatusReport]) -> None:
    tracker = StatusTracker(TIMING, echoes=False)
    for report in reports:
        assert tracker.report(report)
        assert tracker.shown is report.status
    assert tracker.deadline is None


class TestSources:
    """S6."""

    def test_nothing_is_known_without_one(self) -> None:
        tracker = StatusTracker(TIMING)
        assert (tracker.source, tracker.shown, tracker.deadline) == (None, None, None)

    def test_live_beats_the_panel(self) -> None:
        tracker = track(snapshot(RUNNING, 0), live(STOPPED, 1), snapshot(STARTING, 2), event(RUNNING, 3))
        assert (tracker.source, tracker.shown) == (Source.LIVE, STOPPED)

    def test_new_look_at_the_panel_changes_nothing(self) -> None:
        tracker = track(snapshot(RUNNING, 0), live(STOPPED, 1))
        tracker.baseline(snapshot(RUNNING, 2))
        assert tracker.shown is STOPPED

    def test_panel_decides_when_live_falls_silent_until_it_is_back(self) -> None:
        tracker = track(snapshot(RUNNING, 0), live(STOPPED, 1), event(STOPPING, 2), live(STOPPED, 3))
        tracker.silence(Source.LIVE)
        assert (tracker.source, tracker.shown) == (Source.PANEL, STOPPING)
        tracker.report(live(STARTING, 5))
        assert (tracker.source, tracker.shown) == (Source.LIVE, STARTING)

    def test_echoes_of_the_panel_are_known_as_such_meanwhile(self) -> None:
        tracker = track(snapshot(RUNNING, 0), live(RUNNING, 1), event(STOPPED, 2), event(STOPPING, 2.1))
        tracker.silence(Source.LIVE)
        assert tracker.shown is STOPPED

    def test_all_silent(self) -> None:
        tracker = track(snapshot(RUNNING, 0), live(STOPPED, 1))
        tracker.silence(Source.PANEL)
        assert tracker.shown is STOPPED
        tracker.silence(Source.LIVE)
        tracker.silence(Source.LIVE)
        assert tracker.source is None
        assert [tracker.shown] == [None]

    def test_unknown_status_of_the_source_in_charge_is_unknown(self) -> None:
        assert track(snapshot(RUNNING, 0), live(None, 1)).shown is None

    def test_live_is_taken_at_its_word(self) -> None:
        reports = [live(STOPPED, 0), live(STOPPING, 1), live(RUNNING, 2), live(STOPPED, 3)]
        assert shown(*reports) == [STOPPED, STOPPING, RUNNING, STOPPED]

    def test_live_shows_running_before_a_start_too(self) -> None:
        assert shown(live(STOPPED, 0), live(RUNNING, 1), live(STARTING, 1.1)) == [STOPPED, RUNNING]


@pytest.mark.parametrize("kind", [INSTALLING, ERROR, ServerStatus.SUSPENDED, ServerStatus.RESTORING])
def test_s7_panel_tells_why_a_server_is_down(kind: ServerStatus) -> None:
    tracker = track(snapshot(kind, 0), live(STOPPED, 1))
    assert tracker.shown is kind

    tracker.report(live(STARTING, 2))
    assert tracker.shown is STARTING
    tracker.report(live(STOPPED, 3))
    assert tracker.shown is kind
    tracker.silence(Source.PANEL)
    assert tracker.shown is STOPPED


@pytest.mark.parametrize("status", [RUNNING, STARTING, STOPPING, None])
def test_s7_panel_does_not_tell_that_a_server_is_not_down(status: ServerStatus | None) -> None:
    assert track(snapshot(status, 0), live(STOPPED, 1)).shown is STOPPED


def test_s8_game_that_never_says_it_is_ready_runs() -> None:
    tracker = track(event(RUNNING, 0), live(STARTING, 1))
    assert tracker.shown is RUNNING

    tracker.report(live(STOPPING, 2))
    assert tracker.shown is STOPPING


@pytest.mark.parametrize("status", [STARTING, STOPPING, STOPPED, None])
def test_s8_such_a_game_runs_until_the_node_says_otherwise(status: ServerStatus | None) -> None:
    tracker = track(event(STARTING, 0), live(STARTING, 1), event(RUNNING, 2), event(status, 200))
    assert tracker.shown is RUNNING

    tracker.report(live(STOPPED, 201))
    assert tracker.shown is STOPPED
    tracker.report(live(STARTING, 202))
    assert tracker.shown is STARTING


def test_s8_is_not_about_a_list_of_servers() -> None:
    tracker = StatusTracker(TIMING, echoes=False)
    tracker.report(snapshot(RUNNING, 0))
    tracker.report(live(STARTING, 1))
    assert tracker.shown is STARTING


def test_each_source_is_asked_by_itself() -> None:
    tracker = track(snapshot(RUNNING, 0))
    assert (tracker.has(Source.PANEL), tracker.has(Source.LIVE)) == (True, False)
    assert (tracker.told_by(Source.PANEL), tracker.told_by(Source.LIVE)) == (RUNNING, None)

    tracker.report(live(STOPPED, 1))
    assert (tracker.told_by(Source.PANEL), tracker.told_by(Source.LIVE)) == (RUNNING, STOPPED)
