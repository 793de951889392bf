"""The protocols in which a game tells who plays.

Libraries speak them, but for FiveM's pages. Each is imported when the first game is asked in it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
import errno
from functools import partial
import re
import socket
from typing import Any, Final, assert_never

from aiohttp import ClientConnectionError, ClientConnectorDNSError, ClientConnectorError, InvalidURL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.importlib import async_import_module

from ..client.text import one_line
from .fivem import async_load_page

_MOST_PLAYERS: Final = 1_000_000
"""A game that tells of more is not one that we know."""
_MOST_NAMES: Final = 200
_LONGEST_NAME: Final = 64
_JAVA_CODE: Final = re.compile("§.")
"""A colour or style within a text (the Minecraft wiki, "Formatting codes")."""
_FIVEM_CODE: Final = re.compile(r"\^[0-9*_~=r]")
"""A colour or style within a text, as FiveM's chat shows it."""
_BLOCKED: Final = frozenset({errno.ECONNREFUSED, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES, errno.EPERM})


class Protocol(StrEnum):
    """A protocol in which games can be asked."""

    MINECRAFT_JAVA = "minecraft_java"
    MINECRAFT_BEDROCK = "minecraft_bedrock"
    SOURCE = "source"
    FIVEM = "fivem"


class QueryFailure(StrEnum):
    """Why a game did not tell who plays."""

    NO_ADDRESS = "no_address"
    UNKNOWN_HOST = "unknown_host"
    BLOCKED = "blocked"
    NO_ANSWER = "no_answer"
    OTHER_GAME = "other_game"


class QueryError(Exception):
    """A game did not tell who plays.

    Attributes:
        reason: Why not.
    """

    def __init__(self, reason: QueryFailure) -> None:
        """Keep the reason."""
        super().__init__(reason.replace("_", " "))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Players:
    """What a game tells of its players.

    Attributes:
        online: How many play.
        maximum: How many may play at once; None while the game does not run.
        names: Their names, sorted; None where the game tells none. They may be fewer than `online`.
    """

    online: int
    maximum: int | None
    names: tuple[str, ...] | None


async def async_ask_game(hass: HomeAssistant, protocol: Protocol, host: str, port: int, timeout: float) -> Players:
    """Ask a game who plays.

    Args:
        hass: Home Assistant, which imports the library.
        protocol: How to ask.
        host: A name or an address, IPv6 without brackets.
        port: The port for such questions, which need not be the one for players.
        timeout: Seconds that one answer may take.

    Raises:
        QueryError: The game did not tell it.
    """
    ask: Callable[[str, int, float], Awaitable[Players]]
    match protocol:
        case Protocol.MINECRAFT_JAVA:
            ask = partial(_ask_java, await async_import_module(hass, f"{__package__}.bounded_java"))
        case Protocol.MINECRAFT_BEDROCK:
            ask = partial(_ask_bedrock, await async_import_module(hass, "mcstatus"))
        case Protocol.SOURCE:
            ask = partial(_ask_source, await async_import_module(hass, f"{__package__}.bounded_source"))
        case Protocol.FIVEM:
            ask = partial(_ask_fivem, hass)
        case _:
            assert_never(protocol)
    try:
        # A library's own time-out begins anew with each part of an answer.
        async with asyncio.timeout(2 * timeout):
            return await ask(host, port, timeout)
    # It raises whatever its parser meets in an answer that it does not understand.
    except Exception as err:
        raise QueryError(_reason_of(err)) from err


async def _ask_java(bounded_java: Any, host: str, port: int, timeout: float) -> Players:
    players = (await bounded_java.BoundedJavaServer(host, port, timeout).async_status(tries=1)).players
    # Absent when nobody plays, and where the game keeps the names to itself.
    names = None if players.sample is None else [player.name for player in players.sample]
    return _players(players.online, players.max, names, _JAVA_CODE)


async def _ask_bedrock(mcstatus: Any, host: str, port: int, timeout: float) -> Players:
    players = (await mcstatus.BedrockServer(host, port, timeout).async_status(tries=1)).players
    return _players(players.online, players.max, None)


async def _ask_source(bounded_source: Any, host: str, port: int, timeout: float) -> Players:
    game = bounded_source.BoundedSource(host, port, timeout)
    info = await game.get_info()
    # Bots count: some games tell them apart, some do not, and a server with players must never seem empty.
    rows = await _optional(game.get_players(), timeout) if info.players else None
    return _players(info.players, info.max_players, None if rows is None else [row.name for row in rows])


async def _ask_fivem(hass: HomeAssistant, host: str, port: int, timeout: float) -> Players:
    async with asyncio.timeout(timeout):
        told = await async_load_page(hass, host, port, "dynamic")
    rows = await _optional(async_load_page(hass, host, port, "players"), timeout) if told["clients"] else None
    names = [row.get("name") for row in rows if isinstance(row, dict)] if isinstance(rows, list) else None
    return _players(told["clients"], int(told["sv_maxclients"]), names, _FIVEM_CODE)


async def _optional[T](answer: Awaitable[T], timeout: float) -> T | None:
    """Return an answer that a game may refuse; None without one."""
    try:
        async with asyncio.timeout(timeout / 2):
            return await answer
    except Exception:  # noqa: BLE001 - each library raises what it likes
        return None


def _players(
    online: object, maximum: object, names: Iterable[object] | None, code: re.Pattern[str] | None = None
) -> Players:
    """Return what a game told, if it can be true.

    A `code` within a name is none of it.

    Raises:
        ValueError: It cannot.
    """
    texts = (name for name in names or () if isinstance(name, str))
    bare = texts if code is None else (code.sub("", text) for text in texts)
    printable = (one_line(text, _LONGEST_NAME) for text in bare)
    kept = tuple(sorted(name for name in printable if name)[:_MOST_NAMES])
    # A list without a name, while somebody plays, is how some games keep the names to themselves.
    return Players(_count(online), _count(maximum), kept if kept or online == 0 else None)


def _count(value: object) -> int:
    # Not `isinstance`: true is no number of players.
    if type(value) is not int or not 0 <= value <= _MOST_PLAYERS:
        raise ValueError("no number of players")
    return value


def _reason_of(err: Exception) -> QueryFailure:
    match err:
        case TimeoutError():
            return QueryFailure.NO_ANSWER
        case UnicodeDecodeError():
            return QueryFailure.OTHER_GAME
        # A name that no host can have fails before it is looked up.
        case socket.gaierror() | ClientConnectorDNSError() | UnicodeError() | InvalidURL():
            return QueryFailure.UNKNOWN_HOST
        case ClientConnectorError():
            return _reason_of(err.os_error)
        # Docker answers for the port of a game that does not listen yet, and closes the connection.
        case ClientConnectionError() | ConnectionResetError():
            return QueryFailure.NO_ANSWER
        case OSError() if err.errno in _BLOCKED or str(err).startswith("Multiple exceptions"):
            # asyncio says the latter when none of a host's addresses could be connected to.
            return QueryFailure.BLOCKED
        case _:
            return QueryFailure.OTHER_GAME
