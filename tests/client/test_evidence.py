"""Why a server stopped, by its node and the panel's log of actions."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from custom_components.stellarstack.client.exceptions import AuthenticationError, NotThePanelError
from custom_components.stellarstack.client.messages import Cause, Evidence
from custom_components.stellarstack.client.models import ServerStatus
from custom_components.stellarstack.client.v1.rest import Rest
from simulator import Panel

from .calls import ACTIVITY, FETCH_FAILED, STATS
from .support import ELSEWHERE, wire


def _entry(event: str, age: float = 1, **fields: Any) -> dict[str, Any]:
    time = datetime.now(UTC) - timedelta(seconds=age)
    return {"id": "log", "event": event, "timestamp": time.isoformat().replace("+00:00", "Z")} | fields


@pytest.mark.parametrize(
    ("state", "status"),
    [
        ("offline", ServerStatus.STOPPED),
        ("starting", ServerStatus.STARTING),
        ("running", ServerStatus.RUNNING),
        ("stopping", ServerStatus.STOPPING),
        ("RUNNING", ServerStatus.RUNNING),
        ("hibernating", None),
    ],
)
async def test_status_that_the_node_tells(rest: Rest, panel: Panel, state: str, status: ServerStatus | None) -> None:
    panel.fail(STATS, 200, {"state": state, "is_installing": False})

    assert await rest.node_status("srv_survival") is status


@pytest.mark.parametrize("content", [None, 5, [], {}, {"state": 5}])
async def test_status_of_unknown_form(rest: Rest, panel: Panel, content: object) -> None:
    panel.fail(STATS, 200, wire(content))

    with pytest.raises(NotThePanelError):
        await rest.node_status("srv_survival")


@pytest.mark.parametrize(
    ("event", "age", "cause"),
    [
        *((f"server:power.{action}", 1, Cause.COMMAND) for action in ("kill", "stop", "restart")),
        *((event, 1, Cause.COMMAND) for event in ("server:power:stop", "power.kill", "SERVER:POWER.KILL")),
        *((event, 1, Cause.CRASH) for event in ("server:power.start", "server:console.command", "kill", "")),
        # The report of a stop can be late, and the panel's clock a little ahead.
        *((f"server:power.{action}", 6, Cause.COMMAND) for action in ("kill", "stop")),
        *((f"server:power.{action}", 9, Cause.CRASH) for action in ("kill", "stop")),
        ("server:power.kill", -1, Cause.COMMAND),
        # It is logged when the server starts again: what comes down after that is another matter.
        *(("server:power.restart", 4, Cause.CRASH), ("SERVER:POWER.RESTART", 4, Cause.CRASH)),
    ],
)
async def test_cause_by_the_log(rest: Rest, panel: Panel, event: str, age: float, cause: Cause) -> None:
    panel.fail(STATS, 200, {"state": "offline"})
    panel.fail(ACTIVITY, 200, {"logs": [_entry("server:console.command"), _entry(event, age)], "total": 2})

    assert await rest.evidence("srv_survival", 2) == Evidence(ServerStatus.STOPPED, cause)


async def test_time_without_a_zone_is_utc(rest: Rest, panel: Panel) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    panel.fail(STATS, 200, {"state": "offline"})
    panel.fail(ACTIVITY, 200, {"logs": [_entry("server:power.kill", timestamp=now.isoformat())]})

    assert (await rest.evidence("srv_survival", 2)).cause is Cause.COMMAND


async def test_stop_that_was_long_ago(rest: Rest, panel: Panel) -> None:
    panel.fail(STATS, 200, {"state": "offline"})
    panel.fail(ACTIVITY, 200, {"logs": [_entry("server:power.kill", 32)]})

    assert (await rest.evidence("srv_survival", 33)).cause is Cause.COMMAND


@pytest.mark.parametrize(
    "entry",
    [
        None,
        5,
        [],
        {},
        {"event": 5},
        {"event": "server:power.kill"},
        {"event": "server:power.kill", "timestamp": "soon"},
    ],
)
async def test_entry_of_unknown_form_leaves_the_others(rest: Rest, panel: Panel, entry: object) -> None:
    panel.fail(STATS, 200, {"state": "offline"})
    panel.fail(ACTIVITY, 200, {"logs": [entry]})
    assert (await rest.evidence("srv_survival", 2)).cause is Cause.CRASH

    panel.fail(ACTIVITY, 200, {"logs": [entry, _entry("server:power.kill")]})
    assert (await rest.evidence("srv_survival", 2)).cause is Cause.COMMAND


@pytest.mark.parametrize(
    ("state", "entries", "cause"),
    [
        # What runs again was down all the same, if it was shown so: the node's status goes with the cause.
        ("running", [], Cause.CRASH),
        ("starting", [], Cause.CRASH),
        ("running", ["server:power.kill"], Cause.COMMAND),
        ("hibernating", [], Cause.UNKNOWN),
    ],
)
async def test_cause_by_the_node(rest: Rest, panel: Panel, state: str, entries: list[str], cause: Cause) -> None:
    panel.fail(STATS, 200, {"state": state})
    panel.fail(ACTIVITY, 200, {"logs": [_entry(event) for event in entries]})

    assert (await rest.evidence("srv_survival", 2)).cause is cause


@pytest.mark.parametrize("skew", [-3600, 3600])
@pytest.mark.parametrize(("age", "cause"), [(3, Cause.COMMAND), (25, Cause.CRASH)])
async def test_clock_of_the_panel_counts(rest: Rest, panel: Panel, skew: float, age: float, cause: Cause) -> None:
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=skew), usegmt=True)
    panel.fail(STATS, 200, {"state": "offline"})
    panel.fail(ACTIVITY, 200, {"logs": [_entry("server:power.kill", age - skew)]}, headers={"Date": date})

    assert (await rest.evidence("srv_survival", 2)).cause is cause


async def test_log_without_a_date_goes_by_our_clock(rest: Rest, panel: Panel) -> None:
    panel.fail(STATS, 200, {"state": "offline"})
    panel.fail(ACTIVITY, 200, {"logs": [_entry("server:power.kill")]}, headers={"Date": ""})

    assert (await rest.evidence("srv_survival", 2)).cause is Cause.COMMAND


@pytest.mark.parametrize(
    ("status", "body"), [*ELSEWHERE, (500, FETCH_FAILED), (429, None), (404, None), (200, {"logs": 5})]
)
async def test_what_cannot_be_asked_is_unknown(rest: Rest, panel: Panel, status: int, body: object) -> None:
    panel.fail(STATS, 200, {"state": "offline"})
    panel.fail(ACTIVITY, status, body)
    assert await rest.evidence("srv_survival", 2) == Evidence(ServerStatus.STOPPED, Cause.UNKNOWN)

    panel.fail(ACTIVITY, 200, {"logs": []})
    panel.fail(STATS, status, body)
    assert await rest.evidence("srv_survival", 2) == Evidence(None, Cause.UNKNOWN)

    panel.fail(ACTIVITY, 200, {"logs": [_entry("server:power.kill")]})
    assert await rest.evidence("srv_survival", 2) == Evidence(None, Cause.COMMAND)


@pytest.mark.parametrize("path", [STATS, ACTIVITY])
async def test_evidence_needs_the_session(rest: Rest, panel: Panel, path: str) -> None:
    panel.fail(STATS, 200, {"state": "offline"})
    panel.fail(path, 401, {"error": "Unauthorized"})

    with pytest.raises(AuthenticationError):
        await rest.evidence("srv_survival", 2)
