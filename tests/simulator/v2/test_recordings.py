"""What was said to a real node is said to the simulated one, whose frames have to be the same, in their order."""

from collections.abc import Iterator
from typing import Any

import pytest

from simulator import Node, Panel, Server, Session
from simulator.machine import Game
from tests.simulator.client import Client

from .conftest import UUID
from .live import LiveSocket, answer, open_live, recorded, recorded_stats

SURVIVAL = "d75a4947-3237-4918-aea5-93a64497077b"
BROKEN = "17352286-434f-45ae-9e6c-e49bf24af304"
# Came at one of two stops, when the game was quick enough.
SAVED = "ThreadedAnvilChunkStorage"
# What the game of the recording printed as it could not start; ours ends without a word.
LAST_WORDS = "Unable to access jarfile"


@pytest.fixture
async def game(panel: Panel, server: Server) -> Game:
    """A game that counts as running as soon as its container does, and is stopped by a signal."""
    game = panel.machine.game(server.id)
    game.start_time, game.stop_time, game.ready_time = 0.01, 1.2, 4.0
    game.done_line, game.stop_by_signal = False, True
    return game


def frames(name: str) -> Iterator[tuple[str, str]]:
    return (each for each in recorded(name) if SAVED not in each[1] and LAST_WORDS not in each[1])


async def play(socket: LiveSocket, script: Iterator[tuple[str, str]]) -> int:
    """Say what the client of a recording said, each time when what it had heard until then has come."""
    heard = 0
    for direction, frame in script:
        if direction == "->":
            await socket.raw.send_str(frame)
            continue
        while SAVED in (text := await socket.next()):
            pass
        assert text == frame
        heard += 1
    return heard


async def test_start_restart_stop(client: Client, user: Session, node: Node) -> None:
    server = client.panel.add_server("Survival", owner=user.account, node=node, server_id=SURVIVAL, status="STOPPED")
    client.panel.machine.game(SURVIVAL).stop_time = 1.5
    socket = await open_live(client, server, user)

    assert await play(socket, frames("start_restart_stop")) > 50


async def test_crash_oom_exit_kill(client: Client, user: Session, server: Server, game: Game) -> None:
    socket = await open_live(client, server, user)
    script = list(frames("crash_oom_exit_kill"))
    kill = next(number for number, (_, frame) in enumerate(script) if '"kill"' in frame)
    # A line that was printed while the kill was on its way.
    script[kill], script[kill + 1] = script[kill + 1], script[kill]

    assert await play(socket, iter(script)) > 70

    log = (await client.get(f"/api/servers/{server.id}/activity", user)).data
    real = answer("activity")
    assert shape_of_log(log) == shape_of_log(real)


def shape_of_log(log: dict[str, Any]) -> list[tuple[str, bool, object]]:
    """Return what was logged, whether somebody did it, and the details, newest first."""
    return [(each["action"], each["actorId"] is not None, each["metadata"]) for each in log["entries"]]


async def test_game_that_ends_while_it_starts_and_errors(client: Client, user: Session, node: Node) -> None:
    server = client.panel.add_server("Broken", owner=user.account, node=node, server_id=BROKEN, status="STOPPED")
    game = client.panel.machine.game(BROKEN)
    game.exits_after = 0.5
    socket = await open_live(client, server, user)
    for direction, frame in frames("errors"):
        if direction == "<-":
            assert await socket.next() == frame
            continue
        # The game has ended by then, unheard.
        await client.panel.wait_for(lambda _: not game.runs)
        await socket.raw.send_str(frame)


async def test_shared_server(client: Client, user: Session, panel: Panel, server: Server) -> None:
    other = panel.add_account("sub@example.com", "password")
    server.shared_with.append(other)
    panel.set_scopes(server.id, other, "console.read", "stats.read")
    socket = await open_live(client, server, panel.create_session(other))

    assert await play(socket, frames("shared")) == 7


async def test_node_restarted(client: Client, user: Session, node: Node) -> None:
    panel = client.panel
    server = panel.add_server("Survival", owner=user.account, node=node, server_id=SURVIVAL)
    panel.machine.game(SURVIVAL).ready_time = 4.0
    panel.set_status(SURVIVAL, "STOPPED")
    await panel.machine.start(SURVIVAL)
    await panel.wait_for(lambda panel: panel.machine.game(SURVIVAL).state == "running")
    await panel.machine.restart_daemon(node.id)
    socket = await open_live(client, server, user)

    assert await play(socket, frames("node_restarted")) == 68


async def test_kill_in_stop(client: Client, user: Session, server: Server, game: Game) -> None:
    socket = await open_live(client, server, user)
    await client.panel.machine.start(server.id)
    await socket.next("status")
    while "Done" not in await socket.next():
        pass
    script = list(frames("kill_in_stop"))
    first = next(number for number, (direction, _) in enumerate(script) if direction == "->")

    assert await play(socket, iter(script[first:])) == 5


@pytest.mark.parametrize("name", ["start_restart_stop", "crash_oom_exit_kill", "node_restarted"])
async def test_samples(client: Client, user: Session, server: Server, name: str) -> None:
    client.panel.set_status(server.id, "RUNNING")
    socket = await open_live(client, server, user)

    samples = [await socket.sample() for _ in range(3)]

    for real in recorded_stats(name):
        assert list(samples[0]) == list(real)
        assert list(samples[0]["network"]) == list(real["network"])
        assert {key: type(value) for key, value in samples[0].items()} == {k: type(v) for k, v in real.items()}
    assert server.id == UUID
