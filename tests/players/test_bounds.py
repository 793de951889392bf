"""Games that send more than they should, or send Home Assistant elsewhere."""

import asyncio
import bz2
from contextlib import suppress
import gzip
import json
import struct
import zlib

from aiohttp import hdrs, web
from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellarstack.query.protocols import Players, Protocol, QueryError, QueryFailure, async_ask_game
from simulator import Panel
from simulator.accounts import Account
from simulator.queries.source import SourcePort

from .support import SURVIVAL

ASK_INFO = b"\xff\xff\xff\xffTSource Engine Query\0\x4b\xa1\xd5\x22"
CLAIM = b"\x80\x80\x80\x20"
"""Says that 64 MiB follow."""
MEBIBYTE = bytes(2**20)
PAGES = {"dynamic": {"clients": 1, "sv_maxclients": "48"}, "players": [5, {}, {"name": 5}, {"name": "Kim"}]}
TIMEOUT = 10


async def ask(hass: HomeAssistant, protocol: Protocol, port: int) -> Players | QueryFailure:
    try:
        return await async_ask_game(hass, protocol, "127.0.0.1", port, TIMEOUT)
    except QueryError as err:
        return err.reason


@pytest.mark.parametrize(
    ("protocol", "fine", "too_long", "told"),
    [
        (Protocol.MINECRAFT_JAVA, 2_000, 25_000, QueryFailure.OTHER_GAME),
        # Who plays is an answer of its own in these.
        (Protocol.SOURCE, 2_000, 3_000, Players(12, 20, None)),
        (Protocol.FIVEM, 150_000, 200_000, Players(12, 20, None)),
    ],
)
async def test_long_answers(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    protocol: Protocol,
    fine: int,
    too_long: int,
    told: Players | QueryFailure,
) -> None:
    """They are read up to a bound, far above what real ones have."""
    port = await panel.queries.open(SURVIVAL, protocol.value)
    players = panel.machine.game(SURVIVAL).players
    players[:] = ["x" * fine] * 12
    assert await ask(hass, protocol, port.port) == Players(12, 20, ("x" * 64,) * 12)
    players[:] = ["x" * too_long] * 12
    assert await ask(hass, protocol, port.port) == told


async def test_minecraft_without_end(hass: HomeAssistant) -> None:
    """The connection is closed, however much is still to come."""
    sent = 0
    closed = asyncio.Event()

    async def serve(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(CLAIM)
        with suppress(OSError):
            while sent < len(MEBIBYTE) * 64:
                writer.write(MEBIBYTE)
                await writer.drain()
                sent += len(MEBIBYTE)
        writer.transport.abort()
        closed.set()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        assert await ask(hass, Protocol.MINECRAFT_JAVA, port) is QueryFailure.OTHER_GAME
        await closed.wait()
    # What the sockets of both sides hold counts as sent.
    assert sent < len(MEBIBYTE) * 32


async def test_a_compressed_datagram(hass: HomeAssistant, panel: Panel, account: Account) -> None:
    """A thousand bytes could become a billion."""
    port = await panel.queries.open(SURVIVAL, "source")
    assert isinstance(port, SourcePort)
    info = b"".join(port.answers(ASK_INFO))
    head = struct.pack("<lLBBLL", -2, 0x80000001, 1, 0, len(info), zlib.crc32(info))
    port.NONSENSE = head + bz2.compress(info)
    port.behaviour = "nonsense"
    assert await ask(hass, Protocol.SOURCE, port.port) is QueryFailure.OTHER_GAME


@pytest.mark.parametrize(
    ("way", "told"),
    [
        ("plain", Players(1, 48, ("Kim",))),
        ("compressed", QueryFailure.OTHER_GAME),
        ("redirected", QueryFailure.OTHER_GAME),
    ],
)
async def test_pages(hass: HomeAssistant, way: str, told: Players | QueryFailure) -> None:
    elsewhere = 0

    async def serve(request: web.Request) -> web.Response:
        nonlocal elsewhere
        if request.path.startswith("/elsewhere"):
            elsewhere += 1
        elif way == "redirected":
            raise web.HTTPFound(f"/elsewhere{request.path}")
        page = json.dumps(PAGES[request.match_info["name"]]).encode()
        if way == "compressed":
            return web.Response(body=gzip.compress(page), headers={hdrs.CONTENT_ENCODING: "gzip"})
        return web.Response(body=page)

    app = web.Application()
    app.add_routes([web.get("/{name}.json", serve), web.get("/elsewhere/{name}.json", serve)])
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    assert await ask(hass, Protocol.FIVEM, site.port) == told
    assert elsewhere == 0
    await runner.cleanup()
