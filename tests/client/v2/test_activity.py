"""Why a server stopped, by the log of a real one and by what it may hold besides."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from custom_components.stellarstack.client.messages import Cause
from custom_components.stellarstack.client.v2.activity import find_cause

from .recorded import recorded

ENTRIES = recorded("activity")["entries"]
KILL_BEFORE_CRASH = timedelta(seconds=2)
START = datetime(2026, 11, 26, 2, 55, tzinfo=UTC)


def entry(action: str, seconds: float) -> dict[str, Any]:
    return {"action": f"servers.{action}", "createdAt": (START + timedelta(seconds=seconds)).isoformat()}


def cause(entries: list[Any], since: float = 0.0) -> Cause:
    return find_cause(entries, START + timedelta(seconds=since), KILL_BEFORE_CRASH)


@pytest.mark.parametrize(
    ("until", "expected"),
    [
        (34, Cause.CRASH),  # exit code 1
        (41, Cause.CRASH),  # killed for want of memory
        (46, Cause.COMMAND),  # exit code 0
        (51, Cause.COMMAND),  # a kill, which the node logs as a crash besides
        (56, Cause.COMMAND),  # a stop
    ],
)
def test_log_of_a_real_server(until: int, expected: Cause) -> None:
    entries = [row for row in ENTRIES if row["createdAt"] < f"2026-11-26T02:55:{until}"]

    assert cause(entries, until - 10) is expected


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ([], Cause.UNLOGGED),
        ([entry("lifecycle.exited", 10)], Cause.UNLOGGED),
        ([entry("power.start", 10)], Cause.UNLOGGED),
        ([entry("lifecycle.crashed.oom_killed", -1)], Cause.UNLOGGED),
        ([entry("power.restart", 10)], Cause.RESTART),
        # Started again since: that explains nothing.
        ([entry("power.start", 12), entry("lifecycle.crashed.container_exit", 10)], Cause.CRASH),
        ([entry("lifecycle.crashed.container_exit", 10), entry("power.kill", 8)], Cause.COMMAND),
        ([entry("lifecycle.crashed.container_exit", 10), entry("power.kill", 7.9)], Cause.CRASH),
        # The kill itself may be older than what counts.
        ([entry("lifecycle.crashed.container_exit", 1), entry("power.kill", -0.5)], Cause.COMMAND),
        ([entry("lifecycle.crashed.container_exit", 10), entry("power.stop", 9)], Cause.CRASH),
        ([entry("power.stop", 9), entry("lifecycle.crashed.container_exit", 10)], Cause.CRASH),
    ],
)
def test_newest_explanation_counts(entries: list[Any], expected: Cause) -> None:
    assert cause(entries) is expected


@pytest.mark.parametrize(
    "row",
    [None, 5, {}, {"action": 5, "createdAt": 5}, {"action": "servers.power.kill", "createdAt": "yesterday"}],
)
def test_entries_of_no_known_form_are_left_out(row: Any) -> None:
    assert cause([row]) is Cause.UNLOGGED
    assert cause([row, entry("lifecycle.crashed.container_exit", 10)]) is Cause.CRASH


def test_time_without_a_zone_is_the_panels() -> None:
    assert cause([{"action": "servers.power.kill", "createdAt": "2026-11-26T02:55:01"}]) is Cause.COMMAND
