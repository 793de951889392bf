"""Actions whose answer is late, lost or a refusal."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Final

from homeassistant.exceptions import HomeAssistantError
import pytest

from simulator.faults import PROXIES, inject
from simulator.machine import State

from .nodes import first_node
from .rig import FIRST, STATUS, FaultRig
from .row import Observation, Row

KEEP_ALIVE: Final = 5.0
LONG: Final = 150.0
"""Seconds, longer than any proxy waits."""


def _posts(rig: FaultRig) -> list[str]:
    """Return what the panel was told to do, in order."""
    return [path.rpartition("/")[2] for method, path in rig.panel.requests if method == "POST"]


async def _see_stop(rig: FaultRig) -> None:
    """A stop that goes on is shown, and told once at its end."""
    await rig.until(lambda: rig.events)
    await asyncio.sleep(40)
    assert rig.states_of(STATUS[FIRST]) == ["stopping", "stopped"]
    assert rig.events == ["stopped"]
    assert not rig.went_unavailable()
    assert not rig.log.lines


async def lost_answer(rig: FaultRig, row: Row) -> Observation:
    """The panel does what it is told, and its answer is lost: a report tells, and else it is not known."""
    await rig.set_up()
    await inject(rig.panel, row.fault_name)
    # It runs already, so that no report tells of a start.
    error = await rig.error_of("start")
    assert error == "answer_lost"
    assert await rig.error_of("stop") is None
    await _see_stop(rig)
    assert _posts(rig) == ["start", "stop"]
    await rig.unload()
    return Observation(f"A stop is shown and told as usual; what no report shows ends in error: {error}")


async def slow_stop(rig: FaultRig, row: Row) -> Observation:
    """A stop takes longer than the proxy before the panel waits: it goes on, and nobody is told otherwise."""
    rig.panel.machine.game(FIRST).stop_time = LONG
    await rig.set_up()
    await inject(rig.panel, row.fault_name)
    assert await rig.error_of("stop") is None
    assert rig.shows("stopping")
    await _see_stop(rig)
    assert _posts(rig) == ["stop"]
    await rig.unload()
    return Observation(f"Stopping, and stopped after {LONG:.0f} s; no error, told once")


async def slow_backup(rig: FaultRig, row: Row) -> Observation:
    """A backup takes longer than the proxy before the panel waits: the list of backups tells how it ended."""
    rig.panel.machine.backup_time = LONG
    await rig.set_up()
    if (fault := row.name.partition("-on-")[0]) in {"lost-answer", *(f"proxy-{status}" for status in PROXIES)}:
        await inject(rig.panel, fault)
    answer = await rig.act("create_backup", name="Nightly")
    assert answer["status"] == "completed"
    assert answer["id"] == rig.panel.backups[0]["id"]
    assert _posts(rig) == ["backups"]
    assert not rig.log.lines
    await rig.unload()
    return Observation("The action answers with the complete backup, when it is complete")


async def failed_backup(rig: FaultRig, row: Row) -> Observation:
    """The node cannot write a backup, and says why."""
    rig.panel.backup_result = "FAILED"
    await rig.set_up()
    with pytest.raises(HomeAssistantError) as caught:
        await rig.act("create_backup")
    assert caught.value.translation_key == "action_refused"
    placeholders = caught.value.translation_placeholders or {}
    assert placeholders["reason"] == "No space left on device (os error 28)"
    await rig.unload()
    return Observation(f"error: action_refused, “{placeholders['reason']}”")


async def rate_limited(rig: FaultRig, row: Row) -> Observation:
    """A call is refused for its rate twice, which nobody notices; and three times, which is an error."""
    path = f"/api/servers/{FIRST}/stop"
    await rig.set_up()
    rig.panel.fail(path, 429, headers={"Retry-After": "60"}, times=2)
    assert await rig.error_of("stop") is None
    await _see_stop(rig)
    assert _posts(rig) == ["stop"] * 3
    rig.panel.fail(path, 429, headers={"Retry-After": "60"}, times=3)
    error = await rig.error_of("stop")
    assert error == "rate_limited"
    await rig.unload()
    return Observation(f"Nothing: the call is made again after 1 and 2 s; a third refusal ends in error: {error}")


async def idle_connection(rig: FaultRig, row: Row) -> Observation:
    """The panel closes an idle connection just as the next call is sent: none is lost, none is made twice."""
    lines = [f"say {number}" for number in range(20)]
    await rig.set_up()
    for line in lines:
        await rig.act("send_command", command=line)
        await asyncio.sleep(KEEP_ALIVE)
    assert [command for _, command in rig.panel.commands] == lines
    assert not rig.log.lines
    await rig.unload()
    return Observation(f"Nothing: {len(lines)} lines, each {KEEP_ALIVE:.0f} s after the last, arrive once")


async def kill_while_stopping(rig: FaultRig, row: Row) -> Observation:
    """A stop hangs and the panel does not answer it: a kill need not wait in line."""
    rig.panel.machine.game(FIRST).stop_time = LONG
    await rig.set_up()
    await rig.press("stop")
    path = f"/api/servers/{FIRST}/kill"
    error = await rig.error_of("kill")
    assert ("POST", path) in rig.panel.requests
    assert error == "action_in_progress"
    await rig.until(lambda: rig.events)
    assert rig.events == ["stopped"]
    await rig.unload()
    return Observation(f"The node refuses until the stop is done; error: {error}")


async def refusal(rig: FaultRig, row: Row, prepare: Callable[[FaultRig], None], action: str, key: str) -> Observation:
    """The node or the panel refuses an action, and the user is told why."""
    await rig.set_up()
    prepare(rig)
    assert await rig.error_of(action) == key
    await asyncio.sleep(0)
    assert rig.events == []
    assert not rig.repairs()
    assert not rig.log.lines
    await rig.unload()
    return Observation(f"error: {key}")


def _game(**fields: bool | str) -> Callable[[FaultRig], None]:
    def prepare(rig: FaultRig) -> None:
        for name, value in fields.items():
            setattr(rig.panel.machine.game(FIRST), name, value)

    return prepare


def _never_started(rig: FaultRig) -> None:
    rig.panel.machine.place(FIRST, State.OFFLINE)
    rig.panel.machine.game(FIRST).containers = 0


def _cannot_start(rig: FaultRig) -> None:
    rig.panel.machine.place(FIRST, State.OFFLINE)
    rig.panel.machine.game(FIRST).fails_to_start = True


def _suspend(rig: FaultRig) -> None:
    rig.panel.edit(FIRST, suspended=True)


def _take_node_offline(rig: FaultRig) -> None:
    rig.panel.set_node_online(first_node(rig), heartbeat=False, column=False)


def _lose_daemon(rig: FaultRig) -> None:
    rig.panel.set_node_online(first_node(rig), heartbeat=False, column=True)


_REFUSALS: Final[tuple[tuple[str, str, Callable[[FaultRig], None], str, str], ...]] = (
    ("running", "it runs already", _game(), "start", "already_running"),
    ("never-started", "it was never started", _never_started, "stop", "not_running"),
    ("busy", "another action is in progress", _game(power_action="stop"), "restart", "action_in_progress"),
    ("installing", "it is being installed", _game(installing=True), "restart", "server_installing"),
    ("transferring", "it moves to another node", _game(transferring=True), "restart", "server_transferring"),
    ("restoring", "a backup is being put back", _game(restoring=True), "restart", "server_restoring"),
    ("suspended-node", "it is suspended, says the node", _game(suspended=True), "restart", "server_suspended"),
    ("suspended", "it is suspended, says the panel", _suspend, "restart", "server_suspended"),
    ("no-container", "its container cannot be made", _cannot_start, "start", "action_refused"),
    ("node-offline", "its node is offline, says the panel", _take_node_offline, "restart", "node_unreachable"),
    ("node-refuses", "its node cannot be reached", _lose_daemon, "restart", "node_unreachable"),
)

ACTIONS: Final = (
    Row(name="lost-answer", what="The answer to a power call is lost", drive=lost_answer),
    *(
        Row(
            name=f"proxy-{status}",
            what=f"A proxy answers a stop of {LONG:.0f} s with {status} after {timeout:.0f} s",
            drive=slow_stop,
        )
        for status, timeout in PROXIES.items()
    ),
    Row(name="kill-while-stopping", what="A kill while a stop goes on *", drive=kill_while_stopping),
    *(
        Row(
            name=f"{fault}-on-backup{suffix}",
            what=f"{what}, {panel} *",
            options=options,
            drive=slow_backup,
        )
        for suffix, panel, options in (("", "newer panel", {}), ("-old", "panel of v1.2.0", {"version": "1.2.0"}))
        for fault, what in (
            ("nothing", f"A backup takes {LONG:.0f} s"),
            ("lost-answer", "The answer to a backup is lost"),
            *((f"proxy-{status}", f"A proxy answers a backup with {status}") for status in PROXIES),
        )
    ),
    Row(name="failed-backup", what="The node cannot write a backup *", drive=failed_backup),
    Row(
        name="rate-limited-action",
        what="The panel has too many calls (429) when it is told to stop",
        drive=rate_limited,
    ),
    Row(
        name="keep-alive",
        what="The panel closes idle connections after 5 s, just as a call is sent *",
        drive=idle_connection,
    ),
    *(
        Row(
            name=f"refuses-{name}",
            what=f"A server does not {action}: {what} *",
            drive=partial(refusal, prepare=prepare, action=action, key=key),
        )
        for name, what, prepare, action, key in _REFUSALS
    ),
)
