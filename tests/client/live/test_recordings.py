"""Recordings of a real node, played to a client in their order: what it makes of them is what really happened."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
import itertools

import pytest

from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.models import ServerStatus
from custom_components.stellarstack.client.server import Update
from custom_components.stellarstack.client.timing import Timing
from tests.client.support import until
from tests.client.v2.recorded import NOT_FOUND, SURVIVAL, path

from .notes import Notes
from .panel import LivePanel, recorded_frames

SPEED = 20
STARTED, STOPPED, CRASHED, RESTARTED, _, _, _ = LifecycleEvent
DOWN, STARTING, RUNNING, STOPPING = (
    ServerStatus.STOPPED,
    ServerStatus.STARTING,
    ServerStatus.RUNNING,
    ServerStatus.STOPPING,
)
FIRST = 0.1
"""Seconds of a recording in which a new socket is told of the past."""
CRASH = "servers.lifecycle.crashed.container_exit"
OUT_OF_MEMORY = "servers.lifecycle.crashed.oom_killed"
CLEAN = "servers.lifecycle.exited.clean"
KILL = "servers.power.kill"
STOP = "servers.power.stop"


SHORT = replace(Timing().faster(SPEED), request=10.0, connect=30.0, live_settle=0.05, live_samples=0.2)
"""Waiting times that suit recordings played twenty times as fast."""


@pytest.fixture
def timing() -> Timing:
    """Those, and a list that is no help."""
    return replace(SHORT, list_interval=3600.0)


async def play(
    client: StellarStackClient,
    panel: LivePanel,
    name: str,
    *causes: str,
    meanwhile: tuple[float, Callable[[], None]] | None = None,
) -> Notes:
    """Play a recording.

    `causes` is what the panel logs of each end of the server, `meanwhile` what happens elsewhere, and when.
    """
    panel.greeting[SURVIVAL] = [frame for at, frame in recorded_frames(name) if at <= FIRST]
    is_running = any('["running"]' in frame for frame in panel.greeting[SURVIVAL])
    panel.row(SURVIVAL)["status"] = "running" if is_running else "offline"
    await client.connect()
    server = client.watch(SURVIVAL)
    await until(lambda: server.live)
    notes = Notes(server)
    client.set_live(True)
    await until(lambda: server.channel.state is LiveState.FED)
    await asyncio.sleep(0.1)

    loop = asyncio.get_running_loop()
    began, logged = loop.time(), iter(causes)
    frames = [(at, frame) for at, frame in recorded_frames(name) if at > FIRST]
    for at, group in itertools.groupby(frames, key=lambda each: each[0]):
        await asyncio.sleep(began + at / SPEED - loop.time())
        if meanwhile is not None and at > meanwhile[0]:
            meanwhile[1]()
            meanwhile = None
        together = [frame for _, frame in group]
        if any('["offline"]' in frame for frame in together) and (cause := next(logged, None)) is not None:
            entry = {"action": cause, "createdAt": datetime.now(UTC).isoformat()}
            panel.answer("GET", path(SURVIVAL, "/activity"), {"entries": [entry]})
        # A new socket is told of them, too.
        panel.greeting[SURVIVAL] += [frame for frame in together if "console output" in frame]
        await panel.say(*together)
    await asyncio.sleep(30 / SPEED)
    return notes


async def test_start_restart_and_stop(client: StellarStackClient, panel: LivePanel) -> None:
    notes = await play(client, panel, "start_restart_stop")

    assert notes.events == [STARTED, RESTARTED, STOPPED]
    assert notes.shown == [DOWN, STARTING, RUNNING, STOPPING, DOWN, STARTING, RUNNING, STOPPING, DOWN]
    assert len(panel.upgrades) == 1


async def test_ends_of_each_kind(client: StellarStackClient, panel: LivePanel) -> None:
    notes = await play(client, panel, "crash_oom_exit_kill", CRASH, OUT_OF_MEMORY, CLEAN, KILL)

    assert notes.events == [STARTED, CRASHED, STARTED, CRASHED, *[STARTED, STOPPED] * 3]
    assert notes.new_lines.count("[12:00:01 INFO]: Starting minecraft server version 1.21.4") == 5
    assert notes.new_lines.count("crash") == 1


async def test_game_that_ends_while_it_starts(client: StellarStackClient, panel: LivePanel) -> None:
    notes = await play(client, panel, "errors", STOP, KILL)

    assert notes.events == [STOPPED, STOPPED]
    assert notes.shown == [DOWN, STARTING, DOWN, STARTING, DOWN]


async def test_game_whose_eula_nobody_accepted(client: StellarStackClient, panel: LivePanel) -> None:
    notes = await play(client, panel, "eula", KILL)

    assert notes.shown == [DOWN, STARTING, DOWN]
    assert notes.events == [STOPPED]


async def test_start_that_waits_for_a_stop(client: StellarStackClient, panel: LivePanel) -> None:
    notes = await play(client, panel, "stop_that_hangs", STOP, KILL, KILL)

    assert notes.shown == [RUNNING, STOPPING, DOWN, STARTING, RUNNING, *[DOWN, STARTING, RUNNING, DOWN]]
    # The start came within moments of the stop's end. So did the restart of a server that was killed.
    assert notes.events == [RESTARTED, STOPPED, STARTED, STOPPED]


@pytest.mark.parametrize("timing", [replace(SHORT, list_interval=0.1, list_interval_alone=0.1)])
async def test_server_that_is_deleted(client: StellarStackClient, panel: LivePanel) -> None:
    def delete() -> None:
        panel.rows.remove(panel.row(SURVIVAL))
        panel.answer("GET", path(SURVIVAL), NOT_FOUND, 404)

    notes = await play(client, panel, "deleted", meanwhile=(12.5, delete))

    # The node tells on, which is of no use: nothing can be done with it.
    assert notes.updates[-1] is Update.DELETED
    assert not notes.server.live
    assert notes.shown == [DOWN, STARTING, RUNNING]
    assert notes.events == [STARTED]
    assert panel.closed == [1000]


async def test_crash_while_the_panel_is_away(client: StellarStackClient, panel: LivePanel) -> None:
    panel.answer("GET", path(SURVIVAL, "/activity"), b"", 502)

    notes = await play(client, panel, "api_down")

    assert notes.shown == [DOWN, STARTING, RUNNING, DOWN]
    # Nobody can tell a crash from a stop then.
    await until(lambda: notes.events == [STARTED, STOPPED])


async def test_kill_of_a_server_that_does_not_stop(client: StellarStackClient, panel: LivePanel) -> None:
    notes = await play(client, panel, "kill_in_stop")

    assert notes.events == [STOPPED]
    assert notes.shown == [RUNNING, STOPPING, DOWN]


@pytest.mark.parametrize("name", ["node_restarted", "node_restarted_later"])
async def test_end_that_a_restarted_node_does_not_notice(
    client: StellarStackClient, panel: LivePanel, name: str
) -> None:
    notes = await play(client, panel, name)

    # It is said to run on, which nobody believes for long; that it was stopped then is no news of an end.
    assert notes.shown == [RUNNING, None, DOWN]
    assert notes.events == []
    assert notes.new_lines.count("crash") == 1
    assert notes.samples[-1].started_at is None


async def test_ticket_of_a_long_socket(client: StellarStackClient, panel: LivePanel) -> None:
    panel.greeting[SURVIVAL] = [frame for at, frame in recorded_frames("token") if at <= FIRST]
    await client.connect()
    client.watch(SURVIVAL)
    client.set_live(True)
    await panel.opened()

    await panel.say(*(frame for _, frame in recorded_frames("token") if "token expir" in frame))

    await panel.told("auth")
    assert panel.closed == []
