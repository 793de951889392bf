"""The socket `/api/ws`: connections, messages and the one tick for all."""

import asyncio
from typing import Protocol, override

from aiohttp import WSMsgType, web
import orjson

from simulator.accounts import Account, Accounts, Session
from simulator.fleet import Server
from simulator.sockets import Connection, SocketContext, Sockets
from simulator.wire import json_bytes

from .servers import FleetV1


class HubContext(SocketContext, Protocol):
    """What the sockets need to know of a panel.

    Attributes:
        tick: Seconds between two syncs.
        auth_delay: Seconds that it takes to look a session up.
        refuse_tokens: Accept no token in an `auth` message.
        silent_welcome: Accept no cookie, but wait for an `auth` message.
    """

    tick: float
    auth_delay: float
    refuse_tokens: bool
    silent_welcome: bool

    @property
    def accounts(self) -> Accounts:
        """Return the accounts."""

    @property
    def fleet(self) -> FleetV1:
        """Return the nodes and servers."""

    def session(self, request: web.Request) -> Session | None:
        """Return the session of a request's cookie."""


class Hub(Sockets):
    """All open sockets of a panel."""

    def __init__(self, context: HubContext) -> None:
        """Serve a panel."""
        super().__init__()
        self._context = context

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Upgrade a request and serve the socket until it ends."""
        session = None if self._context.silent_welcome else self._context.session(request)
        # The real panel sends no protocol pings and compresses nothing.
        socket = web.WebSocketResponse(heartbeat=None, compress=False, timeout=1)
        await socket.prepare(request)
        connection = Connection(self._context, request, socket, cookie_used=session is not None)
        async with self._opened(connection):
            if session is not None:
                connection.spawn(self._welcome(connection, session.account.id))
            async for message in socket:
                if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    self._handle(connection, message.data)
        return socket

    async def run_ticks(self) -> None:
        """Send the syncs of all servers to all subscribers, again and again."""
        while True:
            await asyncio.sleep(self._context.tick)
            if not self.pause_ticks:
                self.tick()

    @override
    def flood_once(self, number: int) -> None:
        # The status of one server after the other.
        fleet = self._context.fleet
        if servers := tuple(fleet.servers.values()):
            server = servers[number % len(servers)]
            data = {"id": server.id, "status": fleet.wire_status(server.status), "number": number}
            self.notify_subscribers(server, "server:status", data)
            self.flooded += 1

    @override
    def tick(self) -> None:
        # One failed query leaves all clients without.
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
        fleet.end_tick()

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
        self._note(connection, message)
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
