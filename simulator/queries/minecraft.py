"""Minecraft Java: the server list ping over TCP.

Source: minecraft.wiki, "Java Edition protocol/Server List Ping".
"""

import asyncio
from contextlib import suppress
import json
from typing import Final, override

from .ports import GamePort

_MOST_NAMES: Final = 12
"""Names that the game itself tells, of however many players."""
_NONSENSE: Final = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n"


class MinecraftPort(GamePort):
    """A port of a Minecraft Java server."""

    _server: asyncio.Server | None = None

    @override
    async def open(self, host: str, port: int) -> None:
        self._server = await asyncio.start_server(self._serve, host, port)
        self.port = self._server.sockets[0].getsockname()[1]

    @override
    async def close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server.close_clients()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.questions += 1
        with suppress(OSError, EOFError):
            if not self.runs:
                writer.transport.abort()
            elif self.behaviour == "silent":
                await reader.read()
            else:
                await self._answer(reader, writer)
        writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for _ in ("handshake", "status request"):
            await _read_packet(reader)
        if self.behaviour == "nonsense":
            writer.write(_NONSENSE)
            return
        text = json.dumps(self._status()).encode()
        writer.write(_packet(_varint(0) + _varint(len(text)) + text))
        await writer.drain()
        # The ping after it is sent back as it came.
        writer.write(_packet(await _read_packet(reader)))

    def _status(self) -> dict[str, object]:
        players: dict[str, object] = {"max": self.game.max_players, "online": self.count}
        if names := self.game.players[:_MOST_NAMES]:
            players["sample"] = [
                {"name": name, "id": f"00000000-0000-4000-8000-{number:012}"} for number, name in enumerate(names)
            ]
        return {
            "version": {"name": "1.21.4", "protocol": 769},
            "description": {"text": "A Minecraft Server"},
            "players": players,
        }


def _packet(body: bytes) -> bytes:
    return _varint(len(body)) + body


def _varint(number: int) -> bytes:
    digits = bytearray()
    while number > 0x7F:
        digits.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*digits, number])


async def _read_packet(reader: asyncio.StreamReader) -> bytes:
    length = shift = 0
    while True:
        digit = (await reader.readexactly(1))[0]
        length |= (digit & 0x7F) << shift
        shift += 7
        if digit < 0x80:
            return await reader.readexactly(length)
