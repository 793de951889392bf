"""The cause of a stop by the activity log.

Pure: no clock, no I/O.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ..fields import parse_time
from ..messages import Cause

_KILL = "servers.power.kill"
_CRASHED = "servers.lifecycle.crashed."
# A stop that was asked for has no entry of its end. Besides these comes `servers.lifecycle.exited`, whatever the cause.
_WANTED = frozenset({_KILL, "servers.power.stop", "servers.lifecycle.exited.clean"})
_RESTART = "servers.power.restart"


@dataclass(frozen=True, slots=True)
class _Entry:
    action: str
    at: datetime


def find_cause(rows: Iterable[Any], since: datetime, kill_before_crash: timedelta) -> Cause:
    """Return why a server stopped, by the newest entry that explains it.

    Args:
        rows: The entries of the log, in any order.
        since: When the stop may have been at the earliest; what was logged before explains something else.
        kill_before_crash: How long before a crash a kill was logged that caused it: a node logs both.
    """
    entries = [entry for row in rows if (entry := _parse_entry(row)) is not None]
    kills = [entry.at for entry in entries if entry.action == _KILL]
    for entry in sorted(entries, key=lambda entry: entry.at, reverse=True):
        if entry.at < since:
            break
        if entry.action.startswith(_CRASHED):
            killed = any(timedelta(0) <= entry.at - kill <= kill_before_crash for kill in kills)
            return Cause.COMMAND if killed else Cause.CRASH
        if entry.action in _WANTED:
            return Cause.COMMAND
        if entry.action == _RESTART:
            return Cause.RESTART
    return Cause.UNLOGGED


def _parse_entry(row: Any) -> _Entry | None:
    match row:
        case {"action": str(action), "createdAt": str(text)}:
            try:
                at = parse_time(text)
            except ValueError:
                return None
            return None if at is None else _Entry(action, at)
    return None
