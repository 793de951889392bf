"""The document that the benchmarks write at the end of a long run, from the figures of a short one."""

from collections.abc import Callable
import copy
import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.goals import Figures, goals
from benchmarks.plan import plan
from benchmarks.report import document

RESULTS = Path(__file__).parent / "fixtures" / "bench.json"


@pytest.fixture
def results() -> dict[str, Any]:
    """The figures that `scripts/bench --quick` printed."""
    found: dict[str, Any] = json.loads(RESULTS.read_text("utf-8"))
    return found


def rows(results: dict[str, Any], name: str) -> list[dict[str, Any]]:
    """Return the figures of a measurement."""
    return [row for part in results.values() if isinstance(part, list) for row in part if row["name"] == name]


def test_both_plans_measure_the_same(results: dict[str, Any]) -> None:
    """What a long run measures, a short one does too, and so do these figures: the document finds all in both."""
    kinds = [
        {part: {name for name, _ in calls} for part, calls in plan(quick=quick).items()} for quick in (False, True)
    ]
    kinds.append({part: {row["name"] for row in found} for part, found in results.items() if isinstance(found, list)})
    assert kinds[0] == kinds[1] == kinds[2]


def test_names_each_goal(results: dict[str, Any]) -> None:
    """Each goal is a row of the table, with its figure and whether it is met."""
    text = document(results)
    found = list(goals(Figures(results)))
    assert len(found) == len({goal.text for goal in found})
    for goal in found:
        assert f"| {goal.text} | {goal.measured} | {'met' if goal.met else '**not met**'} |" in text
    assert f"{sum(goal.met for goal in found)} of {len(found)} are met." in text


@pytest.mark.parametrize(
    ("text", "change"),
    [
        ("Unchanged frame", lambda results, much: rows(results, "frame")[0].update(ratio=0.69 + much)),
        ("Changed frame, status", lambda results, much: rows(results, "frame")[-2].update(ratio=2.49 + much)),
        ("Live sample", lambda results, much: rows(results, "samples")[0].update(ratio=1.99 + much)),
        (
            "The same, < 200 ms at worst",
            lambda results, much: rows(results, "big")[0]["lag_ms"].update(max=199.9 + much),
        ),
        ("Memory flat", lambda results, much: rows(results, "big")[0].update(slope_kib_a_minute=99.9 + much)),
        ("No row", lambda results, much: rows(results, "recording")[0]["quiet"].update(rows=much)),
        ("Live, nobody", lambda results, much: rows(results, "day")[0]["ours"][0]["rows"].update(cpu=1e6 * much)),
        (
            "Generation 2 asks less",
            lambda results, much: rows(results, "beside")[0]["kinds"]["v2"].update(
                requests_per_server_minute=50 * much
            ),
        ),
        (
            "The same, steady",
            lambda results, much: rows(results, "dashboards")[0]["steady"].update(
                heap_mib=[10, 10 + 10 * much], errors=0
            ),
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_tells_a_missed_goal(results: dict[str, Any], text: str, change: Callable[[Any, float], None]) -> None:
    """A goal is met just below its figure, and not met above."""
    kinds = rows(results, "beside")[0]["kinds"]
    kinds["pterodactyl"]["requests_per_server_minute"] = 2.0
    for much, is_met in ((0.0, True), (0.2, False)):
        changed = copy.deepcopy(results)
        change(changed, much)
        (goal,) = [goal for goal in goals(Figures(changed)) if goal.text.startswith(text)]
        assert goal.met is is_met


def test_says_whose_time_it_is(results: dict[str, Any]) -> None:
    """Below the table, a goal that is not met has the shares of a profile; one that is met has not."""
    (row,) = rows(results, "publishing")
    row["percent"] = {"Home Assistant": 61.0, "this integration": 30.0, "aiohttp": 0.0, "Python": 9.0}
    shares = "Home Assistant 61 %, this integration 30 %, aiohttp 0 %, Python 9 %"
    for ratio, is_named in ((2.4, False), (2.6, True)):
        row["ratio"] = ratio
        assert (shares in document(results)) is is_named
