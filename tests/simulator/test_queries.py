"""Games that tell who plays: asked by the libraries that the integration uses."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable

from mcstatus import BedrockServer, JavaServer
from opengsq import FiveM, Source
import pytest

from simulator import Panel
from simulator.queries import GamePort, Protocol

SERVER = "srv_survival"
PLAYERS = ["Alex", "Sam", "Kim"]

type Told = tuple[int, int, list[str] | None]


async def ask_java(port: int) -> Told:
    players = (await JavaServer("127.0.0.1", port, 1).async_status(tries=1)).players
    return players.online, players.max, [player.name for player in players.sample or ()]


async def ask_bedrock(port: int) -> Told:
    players = (await BedrockServer("127.0.0.1", port, 1).async_status(tries=1)).players
    return players.online, players.max, None


async def ask_source(port: int) -> Told:
    game = Source("127.0.0.1", port, 0.3)
    info = await game.get_info()
    return info.players, info.max_players, [player.name for player in await game.get_players()]


async def ask_fivem(port: int) -> Told:
    game = FiveM("127.0.0.1", port, 1)
    told = await game.get_dynamic()
    return told["clients"], int(told["sv_maxclients"]), [player["name"] for player in await game.get_players()]


ASK: dict[Protocol, Callable[[int], Awaitable[Told]]] = {
    "minecraft_java": ask_java,
    "minecraft_bedrock": ask_bedrock,
    "source": ask_source,
    "fivem": ask_fivem,
}


@pytest.fixture
async def panel() -> AsyncGenerator[Panel]:
    """A panel with one server, whose game three people play."""
    panel = Panel(limits=False, speed=100, drain=0)
    await panel.start()
    panel.add_server("Survival", owner=panel.add_account("alex@example.com", "secret"), server_id=SERVER)
    panel.machine.game(SERVER).players += PLAYERS
    yield panel
    await panel.stop()


@pytest.fixture(params=ASK)
def protocol(request: pytest.FixtureRequest) -> Protocol:
    """Each protocol."""
    protocol: Protocol = request.param
    return protocol


@pytest.fixture
async def port(panel: Panel, protocol: Protocol) -> GamePort:
    """The game's port."""
    return await panel.queries.open(SERVER, protocol)


async def test_who_plays(panel: Panel, protocol: Protocol, port: GamePort) -> None:
    names = None if protocol == "minecraft_bedrock" else PLAYERS
    assert await ASK[protocol](port.port) == (3, 20, names)
    panel.machine.game(SERVER).players.clear()
    panel.machine.game(SERVER).max_players = 8
    assert await ASK[protocol](port.port) == (0, 8, names and [])
    assert port.questions


async def test_more_players_than_a_datagram_holds(panel: Panel) -> None:
    names = [f"Player number {number}" for number in range(100)]
    panel.machine.game(SERVER).players[:] = names
    assert await ask_source((await panel.queries.open(SERVER, "source")).port) == (100, 20, names)


@pytest.mark.parametrize("behaviour", ["silent", "nonsense"])
async def test_no_answer(protocol: Protocol, port: GamePort, behaviour: str) -> None:
    port.behaviour = behaviour  # type: ignore[assignment] # a parameter's text
    with pytest.raises(Exception):  # noqa: B017, PT011 - each library has its own
        async with asyncio.timeout(2):
            await ASK[protocol](port.port)
    port.behaviour = "answer"
    assert (await ASK[protocol](port.port))[0] == 3


async def test_a_game_that_does_not_run(panel: Panel, protocol: Protocol, port: GamePort) -> None:
    await panel.machine.stop(SERVER)
    with pytest.raises(Exception):  # noqa: B017, PT011 - each library has its own
        await ASK[protocol](port.port)
    assert port.questions


async def test_nothing_listens_after_the_end(panel: Panel, protocol: Protocol, port: GamePort) -> None:
    await panel.queries.close()
    with pytest.raises(Exception):  # noqa: B017, PT011 - each library has its own
        await ASK[protocol](port.port)
    assert port.questions == 0
