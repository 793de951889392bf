"""What is told is what happened: random lives of a server on a simulated node, seen through a real connection.

Each life is played in virtual time, at the true order and pace of a real panel, and compared with the machine's record.
"""

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass

from hypothesis import Phase, given, settings, strategies as st
import pytest

from custom_components.stellarstack.client.exceptions import StellarStackError
from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.models import PowerAction, ServerStatus
from simulator import Panel
from simulator.machine import Machine, State, What
from simulator.v1.refusals import ApiRefusal
from simulator.virtual_time import run_in_virtual_time

from .support import at_random, connected_client

SERVER = "srv"
QUIET = 240.0
"""Seconds after which all that is to be told has been told, and each echo has been corrected by a report."""
# What a panel of generation 1 cannot tell apart is told as the same.
TOLD_AS = {
    What.STARTED: LifecycleEvent.STARTED,
    What.RESTARTED: LifecycleEvent.RESTARTED,
    What.STOPPED: LifecycleEvent.STOPPED,
    What.KILLED: LifecycleEvent.STOPPED,
    What.CRASHED: LifecycleEvent.CRASHED,
    What.EXITED: LifecycleEvent.CRASHED,
}


@dataclass(frozen=True)
class Deed:
    """Something that somebody does.

    Attributes:
        what: A power action, `crash`, or `daemon restart`.
        own: Whether a power action is ours, not another user's.
        pause: Seconds until the next deed.
    """

    what: str
    own: bool
    pause: float


@dataclass(frozen=True)
class Life:
    """A server, and what is done with it."""

    runs: bool
    stop_time: float
    start_time: float
    ready_time: float
    done_line: bool
    deeds: list[Deed]


def _deeds(whats: list[str], least: float, most: float) -> st.SearchStrategy[Deed]:
    return st.builds(Deed, st.sampled_from(whats), st.booleans(), st.floats(least, most))


# The panel cannot tell what happens to a server within the half minute in which it is falsely reported offline, nor
# who ended a server that somebody starts again before the log is written: both are left some time.
DEEDS = st.one_of(
    _deeds(["start", "stop", "restart"], 0.5, 60),
    _deeds(["kill", "crash"], 8, 60),
    _deeds(["daemon restart"], 100, 150),
)
LIVES = st.builds(
    Life,
    runs=st.booleans(),
    stop_time=st.floats(3, 60),
    start_time=st.floats(0.5, 12),
    ready_time=st.floats(1, 40),
    done_line=st.booleans(),
    deeds=st.lists(DEEDS, min_size=1, max_size=8),
)


class ReportsCount:
    """Lets a game count as ready when its node says so: a report each 30 s does while it is still starting."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    def on_heartbeat(self, node_id: str) -> None:
        """Nothing follows from it."""

    def on_install_finished(self, server_id: str, successful: bool) -> None:
        """Nothing is installed here."""

    def on_status(self, server_id: str, state: State) -> None:
        """Note it; of a game that is being stopped it says nothing."""
        if state is State.RUNNING and self._machine.game(server_id).state is not State.STOPPING:
            self._machine._truth.note_ready(server_id)


async def live(life: Life, note: Callable[[LifecycleEvent], None]) -> tuple[list[What], ServerStatus | None, bool]:
    """Play a life; returns what happened, what is shown at its end, and whether the server runs then."""
    panel = Panel(limits=False, drain=0, seed=1)
    await panel.start()
    account = panel.add_account("alex@example.com", "correct horse")
    node = panel.add_node("Node 1", host="node1.example.com")
    panel.add_server("Survival", owner=account, node=node, server_id=SERVER)
    panel.machine.listeners.append(ReportsCount(panel.machine))
    game = panel.machine.game(SERVER)
    panel.machine.place(SERVER, State.RUNNING if life.runs else State.OFFLINE)
    panel.fleet.servers[SERVER].fields["status"] = "RUNNING" if life.runs else "STOPPED"
    # What a test sets is left out of the reports, otherwise.
    game.set_by_hand = False
    game.stop_time, game.start_time = life.stop_time, life.start_time
    game.ready_time, game.done_line = life.ready_time, life.done_line
    tasks: list[asyncio.Task[None]] = []
    try:
        async with connected_client(panel, account) as client:
            server = client.watch(SERVER)
            server.events.add(note)
            await asyncio.sleep(10)
            assert server.live
            for deed in life.deeds:
                tasks.append(asyncio.create_task(do(panel, deed, server.power, node.id)))
                await asyncio.sleep(deed.pause)
            await asyncio.sleep(QUIET)
            await asyncio.gather(*tasks)
            facts = [fact.what for fact in panel.machine.truth]
            return facts, server.info.status if server.info else None, game.runs
    finally:
        await panel.stop()


async def do(panel: Panel, deed: Deed, power: Callable[[PowerAction], object], node_id: str) -> None:
    """Do one thing; what is refused is not done."""
    match deed.what:
        case "crash":
            if panel.machine.game(SERVER).runs:
                panel.machine.crash(SERVER)
        case "daemon restart":
            # What becomes of a power action that its daemon leaves behind was never seen.
            while panel.machine.game(SERVER).power_action is not None:  # noqa: ASYNC110 - nothing tells its end
                await asyncio.sleep(1)
            await panel.machine.restart_daemon(node_id)
        case _ if deed.own:
            with contextlib.suppress(StellarStackError):
                await power(PowerAction(deed.what))  # type: ignore[misc] # a kind of call
        case action:
            with contextlib.suppress(ApiRefusal):
                await panel.power(SERVER, action)  # type: ignore[arg-type] # a power action


# A life takes a second, which is too long to look for the shortest one that fails.
@settings(at_random, max_examples=25, phases=(Phase.explicit, Phase.generate), derandomize=True)
@given(life=LIVES)
def test_each_true_thing_is_told_once_and_nothing_else(life: Life) -> None:
    told: list[LifecycleEvent] = []
    seen: list[tuple[list[What], ServerStatus | None, bool]] = []

    async def play() -> None:
        seen.append(await live(life, told.append))

    run_in_virtual_time(play())

    facts, shown, runs = seen[0]
    assert told == [TOLD_AS[what] for what in facts]
    assert shown is (ServerStatus.RUNNING if runs else ServerStatus.STOPPED)


@pytest.fixture(autouse=True)
def verify_cleanup() -> None:
    """Leave the harness's look at tasks out: each life has a loop of its own, which ends with it."""
