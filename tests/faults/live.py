"""Faults of the servers' live sockets, in both generations."""

import asyncio
from collections.abc import Callable
from functools import partial
import time
from typing import Any, Final, Literal

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN

from custom_components.stellarstack.client.console import LONGEST_LINE, MOST_LINES
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.v2.rest import INTERVALS_VALID
from simulator.faults import clear_faults, inject
from simulator.live_faults import TOKEN_LIFETIME

from .rig import FIRST, LONGEST_LIST, LONGEST_LIVE_LIST, PANEL_TICK, SERVERS, STATUS, USUAL, FaultRig
from .row import Observation, Row, check_bound, seconds, within

SAMPLES: Final = USUAL.live_samples
REOPENED: Final = USUAL.first_reconnect + USUAL.live_pace * len(SERVERS)
TOLD: Final = {1: PANEL_TICK, 2: LONGEST_LIST}
"""Within how many seconds the panel itself tells a status."""
TOKEN_CHECK: Final = 15.0
USAGE: Final = tuple(
    f"sensor.{name.lower()}_{key}"
    for name in SERVERS.values()
    for key in (
        "cpu_usage",
        "memory_usage",
        "disk_usage",
        "uptime",
        "cpu_limit_used",
        "memory_limit_used",
        "disk_limit_used",
        "network",
    )
)
"""What is unavailable while no samples come."""
MEMORY_USAGE: Final = "sensor.survival_memory_usage"
HOURLY: Final = f"with the next start, or within {USUAL.live_refused / 3600:.0f} h"

type Check = Callable[[FaultRig], object]


async def _begin(rig: FaultRig, row: Row) -> None:
    rig.began, rig.live_attempts = time.monotonic(), 0
    await inject(rig.panel, row.fault_name)


def _reopening(rig: FaultRig) -> float:
    """Return within how many seconds of the fault's beginning the live sockets of a node that is there now are open."""
    return time.monotonic() - rig.began + rig.live_step() + USUAL.live_pace * len(SERVERS)


async def _noticed(rig: FaultRig, condition: Callable[[], object], bound: float) -> str:
    """Wait until a fault shows; return when that was."""
    await rig.until(condition)
    late = time.monotonic() - rig.began
    check_bound(late, bound)
    return seconds(late)


async def _finish(rig: FaultRig, *, log: tuple[str, ...] = ()) -> None:
    """See that the truth is back, that nothing was unavailable, and that nothing is left."""
    told = len(rig.events)
    await rig.panel.power(FIRST, "restart")
    await rig.until(lambda: len(rig.events) > told)
    await asyncio.sleep(USUAL.down + 5)
    assert rig.events[told:] == ["restarted"], rig.events
    assert rig.shows("running")
    assert {each for each in rig.went_unavailable() if not each.startswith(USAGE)} == set()
    assert rig.levels() == list(log), rig.log.lines
    assert not rig.repairs()
    await rig.unload()


async def reopened(rig: FaultRig, row: Row, *, notice: float = 0.0) -> Observation:
    """The sockets end: they are open again within a moment, and nobody notices."""
    await rig.set_up()
    footprint, upgrades = rig.footprint(), rig.panel.live.upgrades
    await _begin(rig, row)
    bound = notice + _reopening(rig)
    back = await _noticed(rig, lambda: rig.panel.live.upgrades >= upgrades + len(SERVERS) and rig.all_fed(), bound)
    assert rig.states_of(STATUS[FIRST]) == []
    await clear_faults(rig.panel)
    await rig.until(lambda: rig.footprint() == footprint)
    rig.check_live_connection()
    await _finish(rig)
    return Observation("Nothing: the panel's word counts meanwhile", back=back, bound=f"back {within(bound)}")


async def kept_out(rig: FaultRig, row: Row, *, state: LiveState, again: str) -> Observation:
    """No socket can be opened: what the panel tells counts, until the next attempt that succeeds."""
    await rig.set_up()
    await _begin(rig, row)
    # A ticket that is refused is replaced first.
    bound = REOPENED + (USUAL.ticket_pace if rig.panel.generation == 1 else USUAL.call_pace)
    noticed = await _noticed(rig, lambda: any(rig.channel(each).state is state for each in SERVERS), bound)
    await rig.until(lambda: rig.state(MEMORY_USAGE) == STATE_UNAVAILABLE)
    stopped = time.monotonic()
    await rig.panel.power(FIRST, "stop")
    await rig.until(lambda: rig.shows("stopped"))
    shown = time.monotonic() - stopped
    check_bound(shown - rig.panel.machine.game(FIRST).stop_time, TOLD[rig.panel.generation])
    await rig.until(lambda: rig.events == ["stopped"])
    await clear_faults(rig.panel)
    assert await rig.error_of("start") is None
    await rig.until(lambda: rig.channel().state is LiveState.FED and rig.shows("running"))
    await rig.until(lambda: rig.events == ["stopped", "started"])
    await rig.until(lambda: rig.state(MEMORY_USAGE) != STATE_UNAVAILABLE)
    await _finish(rig)
    told = TOLD[rig.panel.generation]
    return Observation(f"Usage is unavailable; a stop is shown by the panel, within {told:.0f} s", noticed, again)


async def away(rig: FaultRig, row: Row) -> Observation:
    """The node is away: its sockets end, and are back soon after it is."""
    await rig.set_up()
    footprint = rig.footprint()
    await _begin(rig, row)
    gone = LiveState.UNREACHABLE
    noticed = await _noticed(rig, lambda: all(rig.channel(each).state is gone for each in SERVERS), REOPENED)
    await asyncio.sleep(10)
    assert rig.state(MEMORY_USAGE) == STATE_UNAVAILABLE
    assert rig.states_of(STATUS[FIRST]) == []
    await clear_faults(rig.panel)
    rig.began = time.monotonic()
    bound = _reopening(rig)
    back = await _noticed(rig, rig.all_fed, bound)
    await rig.until(lambda: rig.footprint() == footprint)
    rig.check_live_connection()
    await _finish(rig)
    return Observation("Usage is unavailable; the panel's word counts", noticed, back, f"at once; back {within(bound)}")


async def no_samples(rig: FaultRig, row: Row) -> Observation:
    """Generation 2: a server that is said to run and sends no samples is not known to run."""
    await rig.set_up()
    upgrades = rig.panel.live.upgrades
    await _begin(rig, row)
    noticed = await _noticed(rig, lambda: rig.shows(STATE_UNKNOWN), 2 * SAMPLES + REOPENED)
    assert rig.panel.live.upgrades > upgrades
    await clear_faults(rig.panel)
    rig.began = time.monotonic()
    back = await _noticed(rig, lambda: rig.all_fed() and rig.shows("running"), PANEL_TICK)
    assert rig.states_of(STATUS[FIRST]) == [STATE_UNKNOWN, "running"]
    await _finish(rig)
    bound = f"{within(2 * SAMPLES)}; back {within(PANEL_TICK)}"
    return Observation("The status is unknown, after the socket was reopened once", noticed, back, bound)


async def unnoticed(rig: FaultRig, row: Row, *, check: Check = lambda _: None) -> Observation:
    """Nothing is to be seen: the sockets stay, and what happens is shown."""
    await rig.set_up()
    upgrades = rig.panel.live.upgrades
    await _begin(rig, row)
    await asyncio.sleep(SAMPLES / 2)
    assert rig.all_fed()
    check(rig)
    rig.panel.update_server(FIRST, memory=1234)
    await rig.until(lambda: rig.state("sensor.survival_memory_limit") == "1234")
    await clear_faults(rig.panel)
    assert rig.panel.live.upgrades == upgrades
    await _finish(rig)
    return Observation("Nothing: all stays live")


async def flooded(rig: FaultRig, row: Row) -> Observation:
    """A flood of lines: a stop is shown all the same, and what is kept of the lines is bounded."""
    await rig.set_up()
    await _begin(rig, row)
    await rig.until(lambda: rig.panel.live.flooded > 1000)
    rig.began = time.monotonic()
    await rig.panel.power(FIRST, "kill")
    # Of the states, too, those beyond what waits for a client get lost: then the samples are missed.
    bound = {1: PANEL_TICK, 2: SAMPLES + REOPENED}[rig.panel.generation]
    shown = await _noticed(rig, lambda: rig.shows("stopped"), bound)
    await clear_faults(rig.panel)
    await rig.until(lambda: rig.events == ["stopped"])
    assert all(len(rig.channel(each).lines()) <= MOST_LINES for each in SERVERS)
    assert await rig.error_of("start") is None
    await rig.until(lambda: rig.all_fed() and rig.shows("running"))
    await rig.until(lambda: rig.events == ["stopped", "started"])
    await _finish(rig)
    return Observation(f"Nothing: a kill is shown after {shown}", bound=within(bound))


async def lost_state(rig: FaultRig, row: Row, *, told: str) -> Observation:
    """Generation 2: the last state is lost, and the samples that are missed tell that something happened."""
    await rig.set_up()
    await _begin(rig, row)
    if told == "stopped":
        await rig.panel.power(FIRST, "stop")
    noticed = await _noticed(
        rig, lambda: rig.shows("stopped"), SAMPLES + REOPENED + rig.panel.machine.game(FIRST).stop_time
    )
    await rig.until(lambda: rig.events)
    await asyncio.sleep(USUAL.down + 5)
    assert rig.events == [told]
    await clear_faults(rig.panel)
    assert await rig.error_of("start") is None
    await rig.until(lambda: rig.events == [told, "started"])
    await _finish(rig)
    return Observation(
        f"Stopped, when the samples were missed; told as {told}", noticed, bound=within(SAMPLES + REOPENED)
    )


async def zombie(rig: FaultRig, row: Row) -> Observation:
    """Generation 2: a daemon that was restarted does not notice that a game is over."""
    await rig.set_up()
    await _begin(rig, row)
    bound = 2 * SAMPLES + _reopening(rig)
    noticed = await _noticed(rig, lambda: rig.shows(STATE_UNKNOWN), bound)
    assert rig.events == []
    assert await rig.error_of("stop") is None
    await rig.until(lambda: rig.shows("stopped"))
    assert await rig.error_of("start") is None
    await rig.until(lambda: rig.shows("running"))
    await _finish(rig)
    return Observation("The status is unknown, until somebody stops it", noticed, bound=within(bound))


async def stuck_starting(rig: FaultRig, row: Row) -> Observation:
    """Generation 2: a game that ends before it is ready is starting for ever, as its node says."""
    await rig.set_up()
    await _begin(rig, row)
    await rig.until(lambda: rig.shows("starting"))
    await asyncio.sleep(60)
    assert rig.shows("starting")
    assert "started" not in rig.events
    assert await rig.error_of("kill") is None
    await rig.until(lambda: rig.shows("stopped"))
    assert await rig.error_of("start") is None
    await rig.until(lambda: rig.shows("running"))
    await _finish(rig)
    return Observation("Starting, as the node says, until somebody stops it")


def _renewals(rig: FaultRig) -> int:
    return sum(isinstance(message, dict) and message["event"] == "auth" for message in rig.panel.live.received)


async def token_ends(rig: FaultRig, row: Row) -> Observation:
    """Generation 2: the node says that the tickets have ended; they are renewed on the open sockets."""
    await rig.set_up()
    upgrades = rig.panel.live.upgrades
    await _begin(rig, row)
    renewed = await _noticed(rig, lambda: _renewals(rig) >= len(SERVERS), TOKEN_CHECK)
    await asyncio.sleep(2 * TOKEN_CHECK)
    assert _renewals(rig) == len(SERVERS)
    assert rig.all_fed()
    assert rig.panel.live.upgrades == upgrades
    await _finish(rig)
    return Observation(f"Nothing: the tickets are renewed after {renewed}", bound=within(TOKEN_CHECK))


async def silent_power(rig: FaultRig, row: Row) -> Observation:
    """Generation 2: a node that does not reach the API does nothing, and does not say so."""
    await rig.set_up()
    await _begin(rig, row)
    error = await rig.error_of("stop")
    took = seconds(time.monotonic() - rig.began)
    assert error == "answer_lost"
    assert rig.shows("running")
    await clear_faults(rig.panel)
    await _finish(rig)
    return Observation(f"error: {error}, after {took}", bound=within(USUAL.live_answer))


async def stale_list(rig: FaultRig, row: Row) -> Observation:
    """Generation 2: the list keeps a status for ever; the node's own word counts."""
    await rig.set_up()
    await _begin(rig, row)
    await rig.panel.power(FIRST, "stop")
    shown = await _noticed(rig, lambda: rig.shows("stopped"), rig.panel.machine.game(FIRST).stop_time + PANEL_TICK)
    await asyncio.sleep(2 * USUAL.list_interval)
    assert rig.states_of(STATUS[FIRST]) == ["stopping", "stopped"]
    assert rig.events == ["stopped"]
    await clear_faults(rig.panel)
    assert await rig.error_of("start") is None
    await rig.until(lambda: rig.events == ["stopped", "started"])
    await _finish(rig)
    return Observation(f"Nothing: a stop is shown after {shown}, and stays")


async def api_down(rig: FaultRig, row: Row) -> Observation:
    """Generation 2: the API is down, the nodes are not: the servers stay live, the panel is shown away."""
    await rig.set_up()
    await _begin(rig, row)
    bound = INTERVALS_VALID * USUAL.list_interval + LONGEST_LIVE_LIST
    noticed = await _noticed(rig, lambda: rig.disconnected() and rig.log.lines, bound)
    rig.panel.machine.crash(FIRST)
    await rig.until(lambda: rig.shows("stopped"))
    # Nobody can be asked why.
    await rig.until(lambda: rig.events == ["stopped"])
    await clear_faults(rig.panel)
    rig.began = time.monotonic()
    back = await _noticed(rig, rig.all_live, LONGEST_LIVE_LIST)
    assert await rig.error_of("start") is None
    await rig.until(lambda: rig.events == ["stopped", "started"])
    await _finish(rig, log=("WARNING", "INFO"))
    what = "The panel is shown away, its servers stay live by their nodes"
    return Observation(what, noticed, back, f"{within(bound)}; back {within(LONGEST_LIVE_LIST)}", "1 lost, 1 back")


async def subuser(rig: FaultRig, row: Row) -> Observation:
    """Generation 2: a subuser who may not see consoles, or whom the panel refuses: listed, and no more."""
    owner = rig.panel.add_account("owner@example.com", "x")
    for server in rig.panel.fleet.servers.values():
        server.owner = owner
        server.shared_with.append(rig.account)
    await rig.set_up()
    await _begin(rig, row)
    # A ticket that was given before is still good.
    rig.panel.advance(TOKEN_LIFETIME)
    rig.panel.live.drop_clients()
    forbidden = LiveState.FORBIDDEN
    noticed = await _noticed(rig, lambda: all(rig.channel(each).state is forbidden for each in SERVERS), REOPENED)
    await rig.panel.power(FIRST, "stop")
    await rig.until(lambda: rig.shows("stopped"))
    assert not {each for each in rig.went_unavailable() if each in STATUS.values()}
    assert not rig.log.lines
    await rig.unload()
    return Observation("Usage is unavailable; the list tells the status", noticed)


async def pending_install(rig: FaultRig, row: Row) -> Observation:
    """Generation 2: a server whose installer never ran is not being installed."""
    await rig.set_up()
    await _begin(rig, row)
    await rig.until(lambda: rig.state("sensor.pending_status") not in {None, STATE_UNKNOWN, "unavailable"})
    shown = rig.state("sensor.pending_status")
    await asyncio.sleep(40)
    assert rig.state("sensor.pending_status") == shown
    await _finish(rig)
    return Observation(f"It is shown as {shown}")


async def forgotten_backup(rig: FaultRig, row: Row) -> Observation:
    """Generation 2: a backup stays pending for ever, when the API was restarted meanwhile."""
    await rig.set_up()
    await _begin(rig, row)
    error = await rig.error_of_action("create_backup", name="nightly")
    assert error == "backup_timeout"
    await clear_faults(rig.panel)
    await _finish(rig)
    return Observation(f"error: {error}, after {USUAL.backup / 60:.0f} min")


def _row(fault: str, what: str, generation: Literal[1, 2], drive: Any, **more: Any) -> Row:
    return Row(
        name=f"v{generation}-{fault}",
        fault=fault,
        what=what,
        options={"generation": generation},
        live=True,
        drive=drive,
        **more,
    )


def _last_lines(*lines: str) -> Check:
    def check(rig: FaultRig) -> None:
        assert rig.channel().lines()[-len(lines) :] == list(lines)

    return check


def _no_long_line(rig: FaultRig) -> None:
    assert all(len(line) <= LONGEST_LINE for line in rig.channel().lines())


def _rows(generation: Literal[1, 2]) -> tuple[Row, ...]:
    """Return the faults that both generations have."""
    return (
        _row("live-cut", "The live sockets are cut", generation, reopened),
        _row("node-death", "The node is away", generation, away),
        _row(
            "refused-ticket",
            "A node refuses all tickets (" + ("`jwt error`)" if generation == 1 else "401 “signature mismatch”)"),
            generation,
            partial(kept_out, state=LiveState.REFUSED, again=HOURLY),
        ),
        _row("console-flood", "5,000 lines a second", generation, flooded),
        _row("console-burst", "400 lines at once", generation, unnoticed),
        _row(
            "half-lines",
            "Lines come in pieces, with colours and progress",
            generation,
            partial(unnoticed, check=_last_lines("[INFO]: half a line", "[INFO]: green", "100 %")),
        ),
        _row("long-line", "A line of 1 MiB", generation, partial(unnoticed, check=_no_long_line)),
        _row("live-garbage", "Frames of no known form", generation, unnoticed),
    )


LIVE: Final = {
    1: (
        *_rows(1),
        _row("silent-stats", "No samples come, as after a daemon's restart", 1, unnoticed),
    ),
    2: (
        *_rows(2),
        _row("live-half-open", "The live sockets are dead, and nothing closes", 2, partial(reopened, notice=SAMPLES)),
        _row("silent-stats", "No samples come", 2, no_samples),
        _row("lost-states", "States get lost: a stop", 2, partial(lost_state, told="stopped")),
        _row(
            "lost-crash",
            "The last state gets lost in a burst of lines: a crash",
            2,
            partial(lost_state, told="crashed"),
        ),
        _row("daemon-restart", "A daemon restarts", 2, reopened),
        _row("zombie", "A daemon restarts, and does not notice that a game is over", 2, zombie),
        _row("stuck-starting", "A game ends before it is ready", 2, stuck_starting),
        _row("eula-required", "A game ends because nobody accepted its EULA", 2, stuck_starting),
        *(
            _row(fault, what, 2, partial(kept_out, state=LiveState.BLOCKED, again=HOURLY))
            for fault, what in (
                ("daemon-page", "`/daemon` leads to the web page"),
                ("daemon-missing", "`/daemon` is answered with 404"),
            )
        ),
        _row("token-end", "The tickets of open sockets end", 2, token_ends),
        _row("silent-power", "Power does nothing, and nothing tells so", 2, silent_power),
        _row("stale-list", "The list keeps what the servers were", 2, stale_list),
        _row("api-down", "The API is down, the nodes are not", 2, api_down),
        _row("no-console", "A subuser may not read the console any more", 2, subuser),
        _row("second-subuser", "Another subuser comes first, and the panel refuses the account", 2, subuser),
        _row("pending-install", "A new server never gets installed", 2, pending_install),
        _row("forgotten-backups", "A backup stays pending for ever", 2, forgotten_backup),
    ),
}
