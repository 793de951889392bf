"""Open sockets, as far as panel and live sockets agree."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import AsyncIterator, Coroutine
import contextlib
import time
from typing import Any, Protocol

from aiohttp import ClientConnectionResetError, WSMsgType, web

from .network import NetworkConditions


class SocketContext(Protocol):
    """What sockets need to know of a panel.

    Attributes:
        network: What happens to frames on their way.
    """

    network: NetworkConditions


class Connection:
    """One open socket.

    Attributes:
        headers: Those of the upgrade.
        cookie_used: Whether the upgrade carried the cookie of a live session, and that counted.
        authenticated: Whether it is known whose client it is.
        user_id: Whose.
        subscriptions: Of which servers it hears.
        received: Its messages, in order.
    """

    def __init__(
        self,
        context: SocketContext,
        request: web.Request,
        socket: web.WebSocketResponse,
        *,
        cookie_used: bool = False,
        longest_queue: int | None = None,
    ) -> None:
        """Wrap an upgraded request.

        Frames that find `longest_queue` others waiting are lost.
        """
        self.headers = dict(request.headers)
        self.cookie_used = cookie_used
        self.authenticated = False
        self.user_id: str | None = None
        self.subscriptions: set[str] = set()
        self.received: list[Any] = []
        self._context = context
        self._longest_queue = longest_queue
        self._protocol = request.protocol
        self._socket = socket
        self._queue: asyncio.Queue[tuple[float, bytes, WSMsgType]] = asyncio.Queue()
        self._held: dict[str, bytes] = {}
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[bool] | None = None
        self.spawn(self._write())

    def send(self, data: bytes, kind: WSMsgType = WSMsgType.TEXT, server_id: str = "", *, keep: bool = False) -> None:
        """Queue a frame.

        A client that does not read holds up no other one. A frame to `keep` is never lost.
        """
        if not keep and self._longest_queue is not None and self._queue.qsize() >= self._longest_queue:
            return
        network = self._context.network
        frames = [data]
        if server_id and network.swap:
            if (held := self._held.pop(server_id, None)) is None:
                self._held[server_id] = data
                return
            frames.append(held)
        due = time.monotonic() + network.delay
        for frame in frames:
            for _ in range(network.copies):
                self._queue.put_nowait((due, frame[: int(len(frame) * network.part)], kind))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Run something that ends with the connection at the latest."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def close(self, code: int) -> None:
        """Close with a code."""
        if self._closing is None:
            self._closing = asyncio.create_task(self._socket.close(code=code))

    def abort(self) -> None:
        """Cut the connection: the peer sees 1006."""
        if self._protocol.transport is not None:
            self._protocol.transport.abort()

    def abort_in_frame(self) -> None:
        """Cut the connection after the first bytes of a frame of 1,000."""
        if (transport := self._protocol.transport) is not None:
            transport.write(b'\x81\x7e\x03\xe8{"type":"server:sync"')
            transport.close()

    def freeze(self) -> None:
        """Send and read nothing, without an end to the connection."""
        self._thawed.clear()
        if isinstance(transport := self._protocol.transport, asyncio.Transport):
            transport.pause_reading()

    def thaw(self) -> None:
        """Go on after `freeze`."""
        if not self._thawed.is_set():
            self._thawed.set()
            if isinstance(transport := self._protocol.transport, asyncio.Transport):
                transport.resume_reading()

    async def finish(self) -> None:
        """End what runs for this connection."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._closing is not None:
            await asyncio.gather(self._closing, return_exceptions=True)

    async def _write(self) -> None:
        while True:
            due, data, kind = await self._queue.get()
            if (early := due - time.monotonic()) > 0:
                await asyncio.sleep(early)
            await self._thawed.wait()
            try:
                await self._socket.send_frame(data, kind)
            except ClientConnectionResetError:
                return


class Sockets(ABC):
    """All open sockets of one kind.

    Attributes:
        connections: The open ones.
        received: The messages of all clients, in order.
        empty: Set while none is open.
        upgrades: How many upgrades were accepted.
        flooded: How many frames floods brought to each socket.
        broken: Whether nothing comes regularly any more, by a client's fault.
        pause_ticks: Whether nothing comes regularly.
        skip_ticks: How many times what comes regularly is left out.
        silent_servers: Of which servers nothing comes regularly.
    """

    def __init__(self) -> None:
        """Begin without sockets."""
        self.connections: list[Connection] = []
        self.received: list[Any] = []
        self.empty = asyncio.Event()
        self.empty.set()
        self.upgrades = 0
        self.flooded = 0
        self.broken = False
        self.pause_ticks = False
        self.skip_ticks = 0
        self.silent_servers: set[str] = set()

    @abstractmethod
    def tick(self) -> None:
        """Send what comes regularly."""

    @abstractmethod
    def flood_once(self, number: int) -> None:
        """Send one frame of a flood."""

    async def run_flood(self, frames_a_second: int) -> None:
        """Send frames as often as asked for, or as this computer can."""
        started, sent = time.monotonic(), 0
        while True:
            due = int((time.monotonic() - started) * frames_a_second)
            for number in range(max(sent, due - frames_a_second // 10), due):
                self.flood_once(number)
            sent = due
            await asyncio.sleep(0.01)

    @contextlib.asynccontextmanager
    async def _opened(self, connection: Connection) -> AsyncIterator[None]:
        """Count a connection as open meanwhile."""
        self.connections.append(connection)
        self.empty.clear()
        self.upgrades += 1
        try:
            yield
        finally:
            self.connections.remove(connection)
            if not self.connections:
                self.empty.set()
            await connection.finish()

    def _note(self, connection: Connection, message: object) -> None:
        connection.received.append(message)
        self.received.append(message)
