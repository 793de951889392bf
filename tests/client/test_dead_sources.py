"""One source of generation 1 falls silent without a word: what happened is told by the other, once.

In virtual time, at the true pace of a real panel, through real sockets to a simulated one.
"""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
import contextlib

import pytest

from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.models import ServerStatus
from simulator import Panel
from simulator.machine import PowerAction, State
from simulator.virtual_time import run_in_virtual_time

from .live.notes import Notes
from .support import connected_client

SERVER = "srv"
QUIET = 240.0
"""Seconds after which all that is to be told has been told."""
STARTED, STOPPED, CRASHED, RESTARTED, *_ = LifecycleEvent

type Story = Callable[[Panel, Notes], Awaitable[None]]


@contextlib.asynccontextmanager
async def live_server(*, done_line: bool = True) -> AsyncGenerator[tuple[Panel, Notes]]:
    """A running server whose live socket is open."""
    panel = Panel(limits=False, drain=0, seed=1)
    await panel.start()
    account = panel.add_account("alex@example.com", "correct horse")
    panel.add_server("Survival", owner=account, node=panel.add_node("Node 1"), server_id=SERVER)
    panel.machine.place(SERVER, State.RUNNING)
    panel.fleet.servers[SERVER].fields["status"] = "RUNNING"
    game = panel.machine.game(SERVER)
    game.set_by_hand = False
    game.stop_time, game.start_time, game.ready_time, game.done_line = 1.0, 0.5, 1.0, done_line
    try:
        async with connected_client(panel, account) as client:
            server = client.watch(SERVER)
            await asyncio.sleep(10)
            client.set_live(True)
            await asyncio.sleep(10)
            assert server.channel.state is LiveState.FED
            yield panel, Notes(server)
    finally:
        await panel.stop()


def tell(story: Story, *, done_line: bool = True) -> list[LifecycleEvent]:
    """Return what is told of a server in a story, and a while after."""
    events: list[LifecycleEvent] = []

    async def play() -> None:
        async with live_server(done_line=done_line) as (panel, notes):
            await story(panel, notes)
            await asyncio.sleep(QUIET)
            events.extend(notes.events)

    run_in_virtual_time(play())
    return events


async def crash(panel: Panel) -> None:
    panel.machine.crash(SERVER)


def power(*actions: PowerAction) -> Callable[[Panel], Awaitable[None]]:
    """Return what presses buttons, one after the other."""

    async def press(panel: Panel) -> None:
        for action in actions:
            await panel.power(SERVER, action)

    return press


@pytest.mark.parametrize("done_line", [True, False])
@pytest.mark.parametrize(
    ("deed", "events", "shown"),
    [
        (crash, [CRASHED], ServerStatus.STOPPED),
        (power("kill"), [STOPPED], ServerStatus.STOPPED),
        (power("stop"), [STOPPED], ServerStatus.STOPPED),
        (power("restart"), [RESTARTED], ServerStatus.RUNNING),
        (power("stop", "start"), [RESTARTED], ServerStatus.RUNNING),
    ],
)
def test_what_a_dead_live_socket_lacks_is_told_by_the_panel(
    deed: Callable[[Panel], Awaitable[None]], events: list[LifecycleEvent], shown: ServerStatus, done_line: bool
) -> None:
    async def story(panel: Panel, notes: Notes) -> None:
        # Without the line, the node says from here on that the game is starting.
        await panel.power(SERVER, "restart")
        await asyncio.sleep(60)
        assert notes.events == [RESTARTED]
        notes.shown.clear()

        panel.live.freeze()
        await deed(panel)
        await asyncio.sleep(10)
        # Long before the silence of the socket alone would tell.
        assert notes.status is shown
        assert ServerStatus.STARTING not in notes.shown
        await asyncio.sleep(30)
        assert notes.events == [RESTARTED, *events]

    assert tell(story, done_line=done_line) == [RESTARTED, *events]


def test_node_that_answers_is_believed_whatever_the_panel_tells() -> None:
    async def story(panel: Panel, notes: Notes) -> None:
        await panel.send_raw(
            f'{{"type":"server:status","serverId":"{SERVER}","data":{{"id":"{SERVER}","status":"STOPPED"}}}}'
        )
        await asyncio.sleep(4)
        assert notes.server.channel.state is LiveState.FED
        assert notes.shown == [ServerStatus.RUNNING]

    assert tell(story) == []


def test_live_socket_that_is_cut_loses_no_crash() -> None:
    async def story(panel: Panel, notes: Notes) -> None:
        panel.live.freeze()
        panel.machine.crash(SERVER)
        await asyncio.sleep(1)
        panel.live.drop_clients()

    assert tell(story) == [CRASHED]


async def wait_for(condition: Callable[[], object]) -> None:
    """Wait until something is true, looking seldom: each step of virtual time takes real time."""
    async with asyncio.timeout(600):
        while not condition():  # noqa: ASYNC110 - anything can be waited for
            await asyncio.sleep(0.5)


async def lose_panel(panel: Panel, seconds: float) -> None:
    """Cut the panel's socket, and let no other be opened for a while."""
    panel.fail("/api/ws", 502, b"")
    panel.drop_clients()
    await asyncio.sleep(seconds)
    panel.clear_faults()


async def restart_slowly(panel: Panel) -> None:
    """Restart, so slowly that the live socket of the stopped server is closed meanwhile."""
    panel.machine.game(SERVER).start_time = 5.0
    await panel.power(SERVER, "restart")


@pytest.mark.parametrize("times", [1, 2])
def test_start_without_an_end_is_told_when_the_panel_is_back(times: int) -> None:
    async def story(panel: Panel, notes: Notes) -> None:
        restart = asyncio.create_task(restart_slowly(panel))
        await asyncio.sleep(5.9)
        # What the panel tells of it at first is missed: that is a gap.
        await lose_panel(panel, 0.3)
        await restart
        await wait_for(lambda: notes.status is ServerStatus.STARTING)
        await wait_for(lambda: notes.server.channel.state is LiveState.FED)
        for _ in range(times):
            await lose_panel(panel, 60)
            await wait_for(lambda: notes.server.is_reported)
            # Until the node's next report.
            await asyncio.sleep(35)
        assert notes.status is ServerStatus.RUNNING

    assert tell(story, done_line=False) == [STARTED]


def test_start_without_an_end_that_was_told_stays_told_over_a_gap_of_the_panel() -> None:
    async def story(panel: Panel, notes: Notes) -> None:
        await restart_slowly(panel)
        await wait_for(lambda: notes.server.channel.state is LiveState.FED)
        await lose_panel(panel, 60)
        await wait_for(lambda: notes.server.is_reported)
        await asyncio.sleep(35)
        assert ServerStatus.STARTING not in notes.shown

    assert tell(story, done_line=False) == [RESTARTED]


def test_answer_that_comes_when_all_sources_are_lost_tells_nothing() -> None:
    async def story(panel: Panel, notes: Notes) -> None:
        panel.delay(f"/api/servers/{SERVER}/stats", 6.0)
        panel.machine.crash(SERVER)
        # By now it is asked why.
        await asyncio.sleep(3.0)
        panel.fail("/api/ws", 502)
        panel.drop_clients()
        panel.live.drop_clients()
        await asyncio.sleep(30.0)
        assert not notes.server.live
        assert notes.events == []
        panel.clear_faults()

    assert tell(story) == []
