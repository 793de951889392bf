"""The socket `/api/ws`: connections, messages and the one tick for all."""

import asyncio
from collections.abc import Coroutine
import time
from typing import TYPE_CHECKING, Any

from aiohttp import ClientConnectionResetError, WSMsgType, web
import orjson

from .accounts import Account
from .servers import Server
from .wire import json_bytes

if TYPE_CHECKING:
    from .panel import Panel


class Connection:
    """One open socket."""

    def __init__(self, panel: Panel, request: web.Request, socket: web.WebSocketResponse, cookie_used: bool) -> None:
        """Wrap an upgraded request; `cookie_used` says that it carried the cookie of a live session."""
        self._panel = panel
        self.headers = dict(request.headers)
        self.cookie_used = cookie_used
        self.authenticated = False
        self.user_id: str | None = None
        self.subscriptions: set[str] = set()
        self.received: list[Any] = []
        self._protocol = request.protocol
        self._socket = socket
        self._queue: asyncio.Queue[tuple[float, bytes, WSMsgType]] = asyncio.Queue()
        self._held: dict[str, bytes] = {}
        self._thawed = asyncio.Event()
        self._thawed.set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._closing: asyncio.Task[bool] | None = None
        self.spawn(self._write())

    def send(self, data: bytes, kind: WSMsgType = WSMsgType.TEXT, server_id: str = "") -> None:
        """Queue a frame, so that a client that does not read holds up nobody else."""
        line = self._panel.line
        frames = [data]
        if server_id and line.swap:
            if (held := self._held.pop(server_id, None)) is None:
                self._held[server_id] = data
                return
            frames.append(held)
        due = time.monotonic() + line.delay
        for frame in frames:
            for _ in range(line.copies):
                self._queue.put_nowait((due, frame[: int(len(frame) * line.part)], kind))

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
        """Cut the line: the peer sees 1006."""
        if self._protocol.transport is not None:
            self._protocol.transport.abort()

    def abort_in_frame(self) -> None:
        """Cut the line after the first bytes of a frame of 1,000."""
        if (transport := self._protocol.transport) is not None:
            transport.write(b'\x81\x7e\x03\xe8{"type":"server:sync"')
            transport.close()

    def freeze(self) -> None:
        """Say and read nothing, as if the line were cut and nobody had noticed."""
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


class Hub:
    """All open sockets of a panel."""

    def __init__(self, panel: Panel) -> None:
        """Serve a panel."""
        self._panel = panel
        self.connections: list[Connection] = []
        self.received: list[Any] = []
        self.empty = asyncio.Event()
        self.empty.set()
        self.upgrades = 0
        self.flooded = 0
        self.broken = False
        self.skip_ticks = 0
        self.pause_ticks = False
        self.silent_servers: set[str] = set()

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Upgrade a request and serve the socket until it ends."""
        session = None if self._panel.silent_welcome else self._panel.session(request)
        # The real panel sends no protocol pings and compresses nothing.
        socket = web.WebSocketResponse(heartbeat=None, compress=False, timeout=1)
        await socket.prepare(request)
        connection = Connection(self._panel, request, socket, cookie_used=session is not None)
        self.connections.append(connection)
        self.empty.clear()
        self.upgrades += 1
        if session is not None:
            connection.spawn(self._welcome(connection, session.account.id))
        try:
            async for message in socket:
                if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    self._handle(connection, message.data)
        finally:
            self.connections.remove(connection)
            if not self.connections:
                self.empty.set()
            await connection.finish()
        return socket

    async def run_ticks(self) -> None:
        """Send the syncs of all servers to all subscribers, again and again."""
        while True:
            await asyncio.sleep(self._panel.tick)
            if not self.pause_ticks:
                self.tick()

    async def run_flood(self, frames_a_second: int) -> None:
        """Tell the status of one server after the other, as often as the machine can keep up with."""
        fleet = self._panel.fleet
        started, sent = time.monotonic(), 0
        while True:
            due = int((time.monotonic() - started) * frames_a_second)
            servers = tuple(fleet.servers.values())
            for number in range(max(sent, due - frames_a_second // 10), due if servers else 0):
                server = servers[number % len(servers)]
                data = {"id": server.id, "status": fleet.wire_status(server.status), "number": number}
                self.tell_subscribers(server, "server:status", data)
                self.flooded += 1
            sent = due
            await asyncio.sleep(0.01)

    def tick(self) -> None:
        """Send the sync of each subscribed server; one failed query leaves everybody without."""
        if self.broken:
            return
        if self.skip_ticks:
            self.skip_ticks -= 1
            return
        fleet = self._panel.fleet
        for connection in self.connections:
            account = self._account(connection)
            if account is None:
                continue
            for server_id in connection.subscriptions - self.silent_servers:
                server = fleet.servers.get(server_id)
                if server is not None and server.allows(account):
                    connection.send(fleet.sync_frame(server), server_id=server_id)

    def tell_subscribers(self, server: Server, kind: str, data: object) -> None:
        """Send an event of a server to those who subscribed to it and may see it."""
        frame = json_bytes({"type": kind, "serverId": server.id, "data": data})
        for connection in self.connections:
            account = self._account(connection)
            if account is not None and server.id in connection.subscriptions and server.allows(account):
                connection.send(frame, server_id=server.id)

    def tell_all(self, kind: str, data: object) -> None:
        """Send an event to every socket, authenticated or not."""
        frame = json_bytes({"type": kind, "data": data})
        for connection in self.connections:
            connection.send(frame)

    def _account(self, connection: Connection) -> Account | None:
        return self._panel.accounts.accounts.get(connection.user_id or "")

    def _handle(self, connection: Connection, data: str | bytes) -> None:
        try:
            message = orjson.loads(data)
        except orjson.JSONDecodeError:
            message = data
        connection.received.append(message)
        self.received.append(message)
        match message:
            case {"type": "ping"}:
                _answer(connection, "pong")
            case {"type": "auth"}:
                connection.spawn(self._authenticate(connection, message.get("token")))
            case {"type": "subscribe", "serverId": server_id} if server_id:
                self._subscribe(connection, server_id)
            case {"type": "unsubscribe", "serverId": server_id} if server_id:
                if isinstance(server_id, str):
                    connection.subscriptions.discard(server_id)
                _answer(connection, "unsubscribed", serverId=server_id)

    def _subscribe(self, connection: Connection, server_id: object) -> None:
        if not connection.authenticated:
            _answer(connection, "error", error="Authentication required to subscribe")
            return
        if isinstance(server_id, str):
            connection.subscriptions.add(server_id)
        else:
            self.broken = True
        _answer(connection, "subscribed", serverId=server_id)

    async def _welcome(self, connection: Connection, user_id: str) -> None:
        # The session is looked up in the database meanwhile: a message sent now comes too early.
        await asyncio.sleep(self._panel.auth_delay)
        connection.authenticated = True
        connection.user_id = user_id
        _answer(connection, "auth_success", userId=user_id)

    async def _authenticate(self, connection: Connection, token: object) -> None:
        session = None if self._panel.refuse_tokens else self._panel.accounts.session_of_token(token)
        if session is not None:
            await self._welcome(connection, session.account.id)
            return
        await asyncio.sleep(self._panel.auth_delay)
        _answer(connection, "auth_error", error="Invalid or expired session")


def _answer(connection: Connection, kind: str, **fields: object) -> None:
    connection.send(json_bytes({"type": kind, **fields}))
