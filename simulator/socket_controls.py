"""What a test sees of a panel's sockets, and does with them."""

import asyncio
from typing import Any

from aiohttp import WSMsgType

from .sockets import Connection, Sockets


class SocketControls:
    """The part of a panel that concerns open sockets.

    What comes regularly are the syncs of generation 1's panel, and the samples at live sockets.
    """

    def __init__(self, sockets: Sockets) -> None:
        """Control sockets."""
        self._sockets = sockets
        self._flood: asyncio.Task[None] | None = None

    @property
    def connections(self) -> list[Connection]:
        """Return the open sockets."""
        return self._sockets.connections

    @property
    def received(self) -> list[Any]:
        """Return all messages of all clients, in order."""
        return self._sockets.received

    def received_of(self, kind: str) -> list[Any]:
        """Return the server ids of all received messages of a type.

        Only the panel's own sockets count.
        """
        return [
            message.get("serverId")
            for message in self.received
            if isinstance(message, dict) and message.get("type") == kind
        ]

    @property
    def upgrades(self) -> int:
        """Return how many upgrades were accepted."""
        return self._sockets.upgrades

    @property
    def flooded(self) -> int:
        """Return how many frames floods brought to each socket."""
        return self._sockets.flooded

    @property
    def broken(self) -> bool:
        """Return whether a client sent an id that is no string.

        That ends the syncs of generation 1 for all clients.
        """
        return self._sockets.broken

    @property
    def silent_servers(self) -> set[str]:
        """Return the ids of the servers of which nothing comes regularly."""
        return self._sockets.silent_servers

    @silent_servers.setter
    def silent_servers(self, server_ids: set[str]) -> None:
        self._sockets.silent_servers = server_ids

    @property
    def pause_ticks(self) -> bool:
        """Return whether regular messages are paused; `tick_now` works nevertheless."""
        return self._sockets.pause_ticks

    @pause_ticks.setter
    def pause_ticks(self, value: bool) -> None:
        self._sockets.pause_ticks = value

    def skip_ticks(self, count: int = 1) -> None:
        """Skip the next regular messages, as after a failed query."""
        self._sockets.skip_ticks += count

    async def tick_now(self) -> None:
        """Send now what comes regularly."""
        self._sockets.tick()
        # The writers take the frames in the next turn of the loop.
        await asyncio.sleep(0)

    async def send_raw(self, data: str | bytes, server_id: str | None = None) -> None:
        """Send a frame to every socket, or to a server's subscribers.

        Text goes as a text frame, bytes as a binary one.
        """
        for connection in self.connections:
            if server_id is None or server_id in connection.subscriptions:
                if isinstance(data, str):
                    connection.send(data.encode(), WSMsgType.TEXT)
                else:
                    connection.send(data, WSMsgType.BINARY)
        await asyncio.sleep(0)

    async def send_bytes_as_text(self, data: bytes) -> None:
        """Send a text frame of any bytes to every socket."""
        for connection in self.connections:
            connection.send(data)
        await asyncio.sleep(0)

    def drop_clients(self, code: int | None = None) -> None:
        """End all sockets: with a close code, or by cutting the connection."""
        for connection in self.connections:
            if code is None:
                connection.abort()
            else:
                connection.close(code)

    def freeze(self) -> None:
        """Stop reading and writing on open sockets until `thaw`."""
        for connection in self.connections:
            connection.freeze()

    def thaw(self) -> None:
        """Resume frozen sockets."""
        for connection in self.connections:
            connection.thaw()

    def flood(self, frames_a_second: int) -> None:
        """Send frames, of one server after the other; 0 ends it."""
        if self._flood is not None:
            self._flood.cancel()
            self._flood = None
        if frames_a_second:
            self._flood = asyncio.create_task(self._sockets.run_flood(frames_a_second))
