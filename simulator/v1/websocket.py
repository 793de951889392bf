"""The socket `/api/ws`: connections, messages and the one tick for all."""

import asyncio
from collections.abc import Coroutine
import time
from typing import Any, Protocol

from aiohttp import ClientConnectionResetError, WSMsgType, web
import orjson

from simulator.accounts import Account, Accounts, Session
from simulator.network import NetworkConditions
from simulator.wire import json_bytes

from .servers import Fleet, Server


class SocketContext(Protocol):
    """What the sockets need to know of a panel.

    Attributes:
        tick: Seconds between two syncs.
        auth_delay: Seconds that it takes to look a session up.
        network: What happens to frames on their way.
        refuse_tokens: Accept no token in an `auth` message.
        silent_welcome: Accept no cookie, but wait for an `auth` message.
    """

    tick: float
    auth_delay: float
    network: NetworkConditions
    refuse_tokens: bool
    silent_welcome: bool

    @property
    def accounts(self) -> Accounts:
        """Return the accounts."""

    @property
    def fleet(self) -> Fleet:
        """Return the nodes and servers."""

    def session(self, request: web.Request) -> Session | None:
        """Return the session of a request's cookie."""


class Connection:
    """One open socket."""

    def __init__(
        self, context: SocketContext, request: web.Request, socket: web.WebSocketResponse, cookie_used: bool
    ) -> None:
        """Wrap an upgraded request.

        `cookie_used` says that it carried the cookie of a live session.
        """
        self._context = context
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
        """Queue a frame.

        A client that does not read holds up no other one.
        """
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


class Hub:
    """All open sockets of a panel."""

    def __init__(self, context: SocketContext) -> None:
        """Serve a panel."""
        self._context = context
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
        session = None if self._context.silent_welcome else self._context.session(request)
        # The real panel sends no protocol pings and compresses nothing.
        socket = web.WebSocketResponse(heartbeat=None, compress=False, timeout=1)
        await socket.prepare(request)
        connection = Connection(self._context, request, socket, cookie_used=session is not None)
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
            await asyncio.sleep(self._context.tick)
            if not self.pause_ticks:
                self.tick()

    async def run_flood(self, frames_a_second: int) -> None:
        """Send the status of one server after the other.

        As often as asked for, or as this computer can.
        """
        fleet = self._context.fleet
        started, sent = time.monotonic(), 0
        while True:
            due = int((time.monotonic() - started) * frames_a_second)
            servers = tuple(fleet.servers.values())
            for number in range(max(sent, due - frames_a_second // 10), due if servers else 0):
                server = servers[number % len(servers)]
                data = {"id": server.id, "status": fleet.wire_status(server.status), "number": number}
                self.notify_subscribers(server, "server:status", data)
                self.flooded += 1
            sent = due
            await asyncio.sleep(0.01)

    def tick(self) -> None:
        """Send the sync of each subscribed server.

        One failed query leaves all clients without.
        """
        if self.broken:
            return
        if self.skip_ticks:
            self.skip_ticks -= 1
            return
        fleet = self._context.fleet
        for connection in self.connections:
            account = self._account(connection)
            if account is None:
                continue
            for server_id in connection.subscriptions - self.silent_servers:
                server = fleet.servers.get(server_id)
                if server is not None and server.allows(account):
                    connection.send(fleet.tick_frame(server), server_id=server_id)
        for server in fleet.servers.values():
            server.late_frame = None

    def notify_subscribers(self, server: Server, kind: str, data: object) -> None:
        """Send an event to a server's subscribers who may see it."""
        frame = json_bytes({"type": kind, "serverId": server.id, "data": data})
        for connection in self.connections:
            account = self._account(connection)
            if account is not None and server.id in connection.subscriptions and server.allows(account):
                connection.send(frame, server_id=server.id)

    def notify_all(self, kind: str, data: object) -> None:
        """Send an event to every socket, authenticated or not."""
        frame = json_bytes({"type": kind, "data": data})
        for connection in self.connections:
            connection.send(frame)

    def _account(self, connection: Connection) -> Account | None:
        return self._context.accounts.accounts.get(connection.user_id or "")

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
        await asyncio.sleep(self._context.auth_delay)
        connection.authenticated = True
        connection.user_id = user_id
        _answer(connection, "auth_success", userId=user_id)

    async def _authenticate(self, connection: Connection, token: object) -> None:
        session = None if self._context.refuse_tokens else self._context.accounts.session_of_token(token)
        if session is not None:
            await self._welcome(connection, session.account.id)
            return
        await asyncio.sleep(self._context.auth_delay)
        _answer(connection, "auth_error", error="Invalid or expired session")


def _answer(connection: Connection, kind: str, **fields: object) -> None:
    connection.send(json_bytes({"type": kind, **fields}))
