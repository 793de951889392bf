"""Games are asked over real sockets, good and bad ones."""

import asyncio
import errno
from pathlib import Path
import socket
import subprocess
import sys

from aiohttp import ThreadedResolver
from homeassistant.core import HomeAssistant
import pytest
from pytest_socket import socket_allow_hosts

from custom_components.stellarstack.query.protocols import Players, Protocol, QueryError, QueryFailure, async_ask_game
from simulator import Panel
from simulator.accounts import Account
from simulator.queries import GamePort
from simulator.queries.bedrock import BedrockPort
from simulator.queries.source import SourcePort

from .support import SURVIVAL

ROOT = Path(__file__).parent.parent.parent
TIMEOUT = 0.3
NAMES = ("Alex", "Kim", "Sam")
DATAGRAMS = {Protocol.MINECRAFT_BEDROCK, Protocol.SOURCE}


class Resolver(ThreadedResolver):
    """Looks names up as a program without Home Assistant does."""

    real_close = ThreadedResolver.close


@pytest.fixture(params=Protocol)
def protocol(request: pytest.FixtureRequest) -> Protocol:
    """Each protocol."""
    protocol: Protocol = request.param
    return protocol


@pytest.fixture
async def port(panel: Panel, account: Account, protocol: Protocol) -> GamePort:
    """The port of a game that three people play."""
    panel.machine.game(SURVIVAL).players += ["Sam", "Alex", "Kim"]
    return await panel.queries.open(SURVIVAL, protocol.value)


async def ask(hass: HomeAssistant, protocol: Protocol, port: int, host: str = "127.0.0.1") -> Players:
    return await async_ask_game(hass, protocol, host, port, TIMEOUT)


async def failure(hass: HomeAssistant, protocol: Protocol, port: int, host: str = "127.0.0.1") -> QueryFailure:
    with pytest.raises(QueryError) as caught:
        await ask(hass, protocol, port, host)
    return caught.value.reason


async def test_who_plays(hass: HomeAssistant, panel: Panel, protocol: Protocol, port: GamePort) -> None:
    names = None if protocol is Protocol.MINECRAFT_BEDROCK else NAMES
    assert await ask(hass, protocol, port.port) == Players(3, 20, names)
    panel.machine.game(SURVIVAL).players.clear()
    assert await ask(hass, protocol, port.port) == Players(0, 20, ())


async def test_ipv6(hass: HomeAssistant, panel: Panel, account: Account, protocol: Protocol) -> None:
    # Until the next test, whose hosts the harness sets again.
    socket_allow_hosts(["::1"])
    port = await panel.queries.open(SURVIVAL, protocol.value, host="::1")
    assert (await ask(hass, protocol, port.port, "::1")).online == 0


async def test_silent(hass: HomeAssistant, protocol: Protocol, port: GamePort) -> None:
    port.behaviour = "silent"
    assert await failure(hass, protocol, port.port) is QueryFailure.NO_ANSWER
    port.behaviour = "answer"
    assert (await ask(hass, protocol, port.port)).online == 3


async def test_another_game(hass: HomeAssistant, protocol: Protocol, port: GamePort) -> None:
    port.behaviour = "nonsense"
    assert await failure(hass, protocol, port.port) is QueryFailure.OTHER_GAME


@pytest.mark.parametrize("way", ["close", "abort"])
@pytest.mark.parametrize("protocol", [Protocol.MINECRAFT_JAVA, Protocol.FIVEM])
async def test_closed_without_an_answer(hass: HomeAssistant, protocol: Protocol, way: str) -> None:
    """As Docker does for a game that does not listen yet."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        getattr(writer.transport, way)()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        assert await failure(hass, protocol, server.sockets[0].getsockname()[1]) is QueryFailure.NO_ANSWER


async def test_nothing_listens(hass: HomeAssistant, protocol: Protocol) -> None:
    with socket.socket(type=socket.SOCK_DGRAM if protocol in DATAGRAMS else socket.SOCK_STREAM) as closed:
        closed.bind(("127.0.0.1", 0))
        free = closed.getsockname()[1]
    # The libraries do not listen to the network's own refusals of datagrams.
    expected = QueryFailure.NO_ANSWER if protocol in DATAGRAMS else QueryFailure.BLOCKED
    assert await failure(hass, protocol, free) is expected


@pytest.mark.parametrize("host", ["a..b", "x" * 70, "nowhere.invalid"])
async def test_no_such_host(
    hass: HomeAssistant, monkeypatch: pytest.MonkeyPatch, protocol: Protocol, host: str
) -> None:
    def look_up(host: str, *_args: object, **_options: object) -> None:
        host.encode("idna")
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr("socket.getaddrinfo", look_up)
    monkeypatch.setattr("homeassistant.helpers.aiohttp_client._async_make_resolver", lambda _: Resolver())
    assert await failure(hass, protocol, 25565, host) is QueryFailure.UNKNOWN_HOST


@pytest.mark.parametrize("online", [-1, 10**9, "many", [3], True, 2.5])
@pytest.mark.parametrize("protocol", [Protocol.MINECRAFT_JAVA, Protocol.MINECRAFT_BEDROCK, Protocol.FIVEM])
async def test_numbers_that_cannot_be(hass: HomeAssistant, protocol: Protocol, port: GamePort, online: object) -> None:
    port.online = online
    assert await failure(hass, protocol, port.port) is QueryFailure.OTHER_GAME


@pytest.mark.parametrize("protocol", [Protocol.SOURCE])
async def test_names_are_not_always_told(hass: HomeAssistant, protocol: Protocol, port: GamePort) -> None:
    assert isinstance(port, SourcePort)
    port.tells_names = False
    assert await ask(hass, protocol, port.port) == Players(3, 20, None)


@pytest.mark.parametrize("protocol", [Protocol.SOURCE, Protocol.FIVEM])
async def test_names_kept_secret(hass: HomeAssistant, panel: Panel, protocol: Protocol, port: GamePort) -> None:
    """By a list without a name: an empty one would say that nobody plays."""
    panel.machine.game(SURVIVAL).players[:] = ["", ""]
    assert await ask(hass, protocol, port.port) == Players(2, 20, None)


@pytest.mark.parametrize(
    ("protocol", "told", "shown"),
    [
        (Protocol.MINECRAFT_JAVA, ["§6§lAlex§r", "§x§f§f§0§0§0§0Kim", "§a§r", "Sam§"], ("Alex", "Kim", "Sam§")),
        (Protocol.FIVEM, ["^1Alex^7", "^*^8Kim^r", "^5", "2^x"], ("2^x", "Alex", "Kim")),
        (Protocol.SOURCE, ["^1Alex", "§aKim"], ("^1Alex", "§aKim")),
    ],
)
async def test_names_without_colours(
    hass: HomeAssistant, panel: Panel, protocol: Protocol, port: GamePort, told: list[str], shown: tuple[str, ...]
) -> None:
    """Codes for colours are none of the name, where the game writes colours so."""
    panel.machine.game(SURVIVAL).players[:] = told
    assert (await ask(hass, protocol, port.port)).names == shown


@pytest.mark.parametrize("protocol", [Protocol.MINECRAFT_BEDROCK])
async def test_text_in_another_encoding(hass: HomeAssistant, protocol: Protocol, port: GamePort) -> None:
    assert isinstance(port, BedrockPort)
    text = "MCPE;Caf\xe9;712;1.21.4;3;20".encode("latin-1")
    magic = bytes.fromhex("00ffff00fefefefefdfdfdfd12345678")
    port.NONSENSE = b"\x1c" + bytes(16) + magic + len(text).to_bytes(2) + text
    port.behaviour = "nonsense"
    assert await failure(hass, protocol, port.port) is QueryFailure.OTHER_GAME


@pytest.mark.parametrize("protocol", [Protocol.SOURCE, Protocol.FIVEM])
async def test_names_are_bounded(hass: HomeAssistant, panel: Panel, protocol: Protocol, port: GamePort) -> None:
    panel.machine.game(SURVIVAL).players[:] = ["", " ", "a\nb\x07", "x" * 500, *(f"Player {n:03}" for n in range(240))]
    told = await ask(hass, protocol, port.port)
    assert (told.online, len(told.names or ())) == (244, 200)
    assert told.names is not None
    assert told.names[0] == "Player 000"
    panel.machine.game(SURVIVAL).players[4:] = []
    assert (await ask(hass, protocol, port.port)).names == ("a b", "x" * 64)


async def test_a_question_that_is_broken_off_leaves_nothing(
    hass: HomeAssistant, panel: Panel, protocol: Protocol, port: GamePort
) -> None:
    port.behaviour = "silent"
    before = asyncio.all_tasks()
    question = asyncio.create_task(async_ask_game(hass, protocol, "127.0.0.1", port.port, 10))
    await panel.wait_for(lambda _: port.questions)
    question.cancel()
    with pytest.raises(asyncio.CancelledError):
        await question
    await panel.queries.close()
    await panel.wait_for(lambda _: asyncio.all_tasks() <= before)


def test_blocked_is_known_by_its_number() -> None:
    """The counter-check for what no test can do to a network."""
    from custom_components.stellarstack.query.protocols import _reason_of

    for number in (errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPERM):
        assert _reason_of(OSError(number, "")) is QueryFailure.BLOCKED
    assert _reason_of(OSError("Server did not respond with any information!")) is QueryFailure.OTHER_GAME


def test_libraries_are_imported_by_the_first_question_only() -> None:
    """Who asks no game pays nothing for it."""
    modules = ", ".join(f"custom_components.stellarstack.{name}" for name in ("sensor", "config_flow", "subentry_flow"))
    code = f"import sys, {modules}; print(sorted({{'mcstatus', 'opengsq'}} & sys.modules.keys()))"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout == "[]\n"
