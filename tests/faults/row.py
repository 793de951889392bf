"""A row of the fault matrix: what goes wrong, what the user is to see of it, and how long that may take."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
import time
from typing import Any, Final

from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE

from simulator.faults import clear_faults, inject
from tests.common import CONNECTED

from .rig import FIRST, STATUS, USUAL, FaultRig

CLOSING: Final = 2.0
"""Seconds that a peer has to answer a close."""
DEAD: Final = USUAL.silence + USUAL.check_interval + CLOSING
SILENT: Final = USUAL.stale
STUCK: Final = USUAL.stall + USUAL.check_interval + CLOSING
SET_UP: Final = USUAL.first_news
"""Within which a set-up has what it shows: it waits that long for the first news."""
PROMPT: Final = 0.05
"""Seconds that are at once: what is sent has come, and what has come was seen."""

type Step = Callable[[FaultRig], Awaitable[None]]
type Drive = Callable[[FaultRig, Row], Awaitable[Observation]]


class Servers(StrEnum):
    """Whose entities go unavailable."""

    NONE = "Nothing: all stays live"
    FIRST = "That server is unavailable, the others stay live"
    ALL = "All servers are unavailable"


@dataclass
class Observation:
    """What a run has shown, for the table."""

    what: str
    noticed: str = "-"
    back: str = "-"
    bound: str = "-"
    log: str = "none"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A fault.

    Attributes:
        name: The test's id, and the name for `--fault` where the fault is the panel's.
        what: What goes wrong, in words.
        fault: The name for `--fault` where it is another, because several rows are about that fault.
        begin: Lets it begin; None injects the fault.
        end: Lets it end; None when it ends by itself.
        servers: Whose entities go unavailable.
        lost: Whether the connection is lost, which the log tells once when it goes and once when it is back.
        reason: What the log's line has to say of the loss, where another check would notice it later.
        repair: What the user is asked to repair while it lasts.
        shown: The status that the first server shows afterwards: what it became during the fault.
        notice: By when the servers go, in seconds.
        notice_lost: By when the connection is given up, in seconds, when that is later.
        comes: By when it has ended, in seconds after it began, for what ends by itself.
        attempts: How many attempts are awaited before it ends.
        extra: Seconds that the way back takes on top.
        role: The account's.
        options: What the panel is made with.
        live: Whether the servers' live sockets are held.
        data: What the entry has in place of its own data.
        drive: How it is run.
    """

    name: str
    what: str
    fault: str = ""
    begin: Step | None = None
    end: Step | None = None
    servers: Servers = Servers.ALL
    lost: bool = True
    reason: str = ""
    repair: str | None = None
    shown: str = "stopped"
    notice: float = 0
    notice_lost: float | None = None
    comes: float | None = None
    attempts: int = 0
    extra: float = 0
    role: str = "user"
    options: Mapping[str, Any] = field(default_factory=dict)
    live: bool = False
    data: Mapping[str, Any] = field(default_factory=dict)
    drive: Drive

    @property
    def fault_name(self) -> str:
        """Return the name for `--fault`, where the fault is the panel's."""
        return self.fault or self.name


def seconds(measured: float) -> str:
    """Write a measured time."""
    return f"{measured:.0f} s"


def within(bound: float) -> str:
    """Write a bound."""
    return f"≤ {bound:.0f} s" if bound else "at once"


def check_bound(measured: float, bound: float) -> None:
    """Compare a measured time with a bound."""
    assert measured <= bound + PROMPT, (measured, bound)


async def clear_panel(rig: FaultRig) -> None:
    """End the panel's faults."""
    await clear_faults(rig.panel)


async def begin(rig: FaultRig, row: Row) -> None:
    """Change a value and let the fault begin, in this order and at once."""
    rig.panel.edit(FIRST, status=row.shown.upper())
    rig.known_attempts = len(rig.attempts)
    rig.began = rig.ended = time.monotonic()
    if row.begin is not None:
        await row.begin(rig)
    else:
        await inject(rig.panel, row.fault_name)


def check_log(rig: FaultRig, row: Row) -> str:
    """Compare the log with what it may say, and return it for the table."""
    words = [line.text.split(" is ")[1].partition(":")[0] for line in rig.log.lines]
    back = row.lost and rig.all_live()
    assert rig.levels() == ["WARNING"] * row.lost + ["INFO"] * back, rig.log.lines
    assert words == ["lost"] * row.lost + ["back"] * back
    assert not row.lost or row.reason in rig.log.lines[0].text
    return "1 lost, 1 back" if back else "1 lost" if row.lost else "none"


async def outage(rig: FaultRig, row: Row) -> Observation:
    """A fault while all is well: what it shows, how it ends, and that nothing of it stays."""
    await rig.set_up(rig.entry_of(rig.panel, **row.data))
    footprint = rig.footprint()
    await begin(rig, row)

    noticed, bounds = await _notice(rig, row)
    if row.attempts:
        await rig.until(lambda: len(rig.attempts) - rig.known_attempts >= row.attempts)
        assert rig.all_gone()
        assert rig.disconnected()
    if row.repair is not None:
        await rig.until(lambda: rig.repairs() == [row.repair])
    if row.end is not None:
        await row.end(rig)
        rig.ended = time.monotonic()
    allowed = rig.news + (rig.step() + row.extra if row.lost else 0)
    await rig.until(lambda: rig.all_live() and rig.shows(row.shown))
    back = time.monotonic() - rig.ended
    waited = 0.0 if row.end is not None else row.comes or row.notice_lost or row.notice
    check_bound(back, allowed + waited)

    _check_history(rig, row)
    await rig.settle()
    await rig.until(lambda: not rig.repairs())
    assert rig.repaired == ({row.repair} if row.repair else set())
    assert not rig.requests_to_sign_in()
    rig.check_attempts()
    # A panel that no longer hears of a dead connection has it in its list until then.
    rig.panel.thaw()
    await rig.until(lambda: rig.footprint() == footprint)
    rig.check_live_connection()
    await rig.check_still_live()
    log = check_log(rig, row)
    what = row.servers.value + (f"; repair: {row.repair}" if row.repair else "")
    await rig.unload()
    if row.servers is Servers.NONE:
        return Observation(f"{what}; a change is shown after {noticed[0]}", log=log)
    bound = f"{', '.join(bounds)}; back {within(allowed + waited)}"
    return Observation(what, ", ".join(noticed), seconds(back), bound, log)


async def _notice(rig: FaultRig, row: Row) -> tuple[list[str], list[str]]:
    """Wait until a fault is noticed; returns when that was, and by when it had to be."""
    if row.servers is Servers.NONE:
        await rig.until(lambda: rig.shows(row.shown))
        return [seconds(rig.first(STATUS[FIRST], row.shown, rig.began) - rig.began)], []
    await rig.until(rig.all_gone if row.servers is Servers.ALL else lambda: rig.shows(STATE_UNAVAILABLE))
    began = rig.began
    late = rig.first(STATUS[FIRST], STATE_UNAVAILABLE, began) - began
    check_bound(late, row.notice)
    noticed, bounds = [seconds(late)], [within(row.notice)]
    if row.lost:
        await rig.until(lambda: STATE_OFF in rig.states_of(CONNECTED) and rig.log.lines)
        late = rig.log.lines[0].at - began
        limit = row.notice if row.notice_lost is None else row.notice_lost
        check_bound(late, limit)
        if row.notice_lost is not None:
            noticed.append(f"given up {seconds(late)}")
            bounds.append(f"given up {within(limit)}")
    return noticed, bounds


def _check_history(rig: FaultRig, row: Row) -> None:
    """What was shown meanwhile is right, and of the right servers only."""
    if row.servers is Servers.NONE:
        assert not rig.went_unavailable(), rig.history
    else:
        rig.check_never_old(row.shown)
    if row.servers is not Servers.ALL:
        assert not {change.entity_id for change in rig.history} & {*STATUS.values()} - {STATUS[FIRST]}
    if not row.lost:
        rig.check_no_attempt()
    assert rig.states_of(CONNECTED) == ([STATE_OFF, STATE_ON] if row.servers is Servers.ALL else [])
