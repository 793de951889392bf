"""The panel: what a test or a demo holds in its hands."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
import socket
import ssl
from typing import Any, Literal

from aiohttp import WSMsgType, web
from yarl import URL

from .accounts import Account, Accounts, Session, read_cookies
from .auth import AuthRoutes
from .clock import Clock
from .faults import Fault, Faults, Line
from .limits import Limiter
from .power import Power
from .rest import RestRoutes
from .servers import Fleet, Node, Server
from .tls import make_certificate
from .websocket import Connection, Hub
from .wire import no_socket, not_found, refuse

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Panel:
    """A StellarStack panel in this process.

    Attributes:
        fleet: The nodes and servers.
        accounts: The accounts and sessions.
        requests: Method and path of each REST call and each refused upgrade.
        request_headers: The same with the headers.
        commands: Server id and text of each console command.
        backups: The backups of all servers, as REST shows them.
        backup_result: How the next backups end, `COMPLETED` or `FAILED`.
        hang_upgrades: Accept connections for the socket but never answer them.
        line: What happens to frames on their way.
        refuse_cookies: Accept no cookie, neither for REST nor for the socket.
        refuse_tokens: Accept no token in an `auth` message.
        silent_welcome: Accept no cookie for the socket, which then waits for an `auth` message.
        tls_broken: Speak no TLS, from the next start on.
        limits: Whether the request limits are in force.
        certificate: The self-signed certificate as PEM, when the panel has one.
    """

    def __init__(
        self,
        *,
        payload: Literal["real", "page"] = "real",
        tick: float = 5.0,
        base_path: str = "",
        tls: bool = False,
        limits: bool = True,
        generation: Literal[1, 2] = 1,
        public_url: str | None = None,
        web_url: str | None = None,
        step_delay: float = 2.0,
        auth_delay: float = 0.005,
        drain: float = 10.0,
        backup_delay: float = 3.0,
    ) -> None:
        """Set up a panel that is not started yet."""
        self.tick = tick
        self.auth_delay = auth_delay
        self.drain = drain
        self.backup_delay = backup_delay
        self.backup_result: Literal["COMPLETED", "FAILED"] = "COMPLETED"
        self.limits = limits
        self.hang_upgrades = False
        self.line = Line()
        self.refuse_cookies = False
        self.refuse_tokens = False
        self.silent_welcome = False
        self.tls_broken = False
        self.requests: list[tuple[str, str]] = []
        self.request_headers: list[tuple[str, str, dict[str, str]]] = []
        self.commands: list[tuple[str, str]] = []
        self.backups: list[dict[str, Any]] = []
        self.certificate: str | None = None
        self._ssl: ssl.SSLContext | None = None
        if tls:
            self._ssl, self.certificate = make_certificate()
        self._base = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        self._generation = generation
        self._public_url = public_url
        self._web_url = web_url
        self._host = "127.0.0.1"
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._ticks: asyncio.Task[None] | None = None
        self._flood: asyncio.Task[None] | None = None
        self._stopping = asyncio.Event()
        self._busy: set[web.RequestHandler] = set()
        self._limiter = Limiter()
        self._faults = Faults()
        self._clock = Clock()
        self.accounts = Accounts(self._clock, secure=URL(public_url).scheme == "https" if public_url else tls)
        self.fleet = Fleet(self._clock, page=payload == "page")
        self._hub = Hub(self)
        self._power = Power(step_delay, self.set_status)

    # The life of the panel.

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen; without a port on a free one, which a restart takes again."""
        if self._runner is not None:
            raise RuntimeError("The panel runs already")
        self._stopping = asyncio.Event()
        self._host = host
        app = web.Application(middlewares=[self._gateway])
        rest = RestRoutes(self)
        app.add_routes(rest.routes(self._base))
        app.add_routes(AuthRoutes(self).routes(self._base))
        if self._generation == 1:
            app.add_routes(rest.socket_routes(self._base))
            app.add_routes([web.get(f"{self._base}/api/ws", self._hub.serve, allow_head=False)])
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1)
        try:
            await self._runner.setup()
            certificate = None if self.tls_broken else self._ssl
            site = web.TCPSite(self._runner, host, port or self._port, ssl_context=certificate)
            await site.start()
        except OSError:
            await self._runner.cleanup()
            self._runner = None
            raise
        self._port = site.port
        self._ticks = asyncio.create_task(self._hub.run_ticks())

    async def stop(self) -> None:
        """Shut down as the real panel does: no new connections, open sockets go on for a while and are then cut."""
        runner, ticks = self._runner, self._ticks
        if runner is None or ticks is None:
            return
        self._runner = self._ticks = None
        for site in runner.sites:
            await site.stop()
        await self._drained(runner.server)
        self.flood(0)
        ticks.cancel()
        await asyncio.gather(ticks, return_exceptions=True)
        self._stopping.set()
        self.drop_clients()
        await self._power.finish()
        await runner.cleanup()
        # The transports end in the next turns of the loop.
        for _ in range(3):
            await asyncio.sleep(0)

    @property
    def running(self) -> bool:
        """Say whether the panel was started and not stopped since."""
        return self._runner is not None

    def free_port(self) -> int:
        """Return a port that nobody listens on."""
        with socket.socket() as probe:
            probe.bind((self._host, 0))
            port = probe.getsockname()[1]
        return int(port)

    async def pause(self, seconds: float) -> bool:
        """Wait; returns False when the panel was stopped meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return True
        return False

    async def _drained(self, server: web.Server | None) -> None:
        for protocol in server.connections if server else ():
            if protocol not in self._busy:
                protocol.force_close()
        try:
            async with asyncio.timeout(self.drain):
                await self._hub.empty.wait()
        except TimeoutError:
            return

    @property
    def url(self) -> str:
        """Return the URL of the panel, which is known once it was started."""
        if not self._port:
            raise RuntimeError("The panel was never started")
        host = "127.0.0.1" if self._host == "0.0.0.0" else self._host
        if self._ssl is not None and host == "127.0.0.1":
            host = "localhost"
        scheme = "http" if self._ssl is None else "https"
        return f"{scheme}://{host}:{self._port}{self._base}"

    @property
    def origins(self) -> set[str]:
        """Return the origins that the panel's forms are accepted from."""
        urls = (self._public_url or self.url, self._web_url)
        return {str(URL(url).origin()) for url in urls if url}

    # What requests share.

    def cookies(self, request: web.Request) -> dict[str, str]:
        """Return the decoded cookies of a request."""
        return read_cookies(request.headers.getall("Cookie", []))

    def session(self, request: web.Request) -> Session | None:
        """Return the session of a request's cookie, extended when it is due."""
        if self.refuse_cookies:
            return None
        return self.accounts.session_of_cookies(self.cookies(request))

    @web.middleware
    async def _gateway(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        protocol = request.protocol
        self._busy.add(protocol)
        try:
            return await self._answer(request, handler)
        finally:
            self._busy.discard(protocol)

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        upgrade = request.headers.get("Upgrade", "").lower() == "websocket"
        path = request.path.removeprefix(self._base)
        if not request.path.startswith(f"{self._base}/"):
            self._record(request, request.path)
            return not_found()
        if not upgrade:
            self._record(request, path)
        response = await self._intercept(request, path, upgrade)
        if response is None:
            try:
                return await handler(request)
            except web.HTTPNotFound, web.HTTPMethodNotAllowed:
                response = not_found()
            except web.HTTPBadRequest:
                response = no_socket()
        if upgrade:
            self._record(request, path)
        return response

    async def _intercept(self, request: web.Request, path: str, upgrade: bool) -> web.Response | None:
        """Answer a request in place of its handler, if there is reason to."""
        if upgrade and self.hang_upgrades:
            self._record(request, path)
            await self._stopping.wait()
            raise web.HTTPServiceUnavailable
        if (delay := self._faults.delay(path)) and not await self.pause(delay):
            raise web.HTTPServiceUnavailable
        if fault := self._faults.take(request.method, path):
            return fault.response()
        # One bucket for all unless a proxy in front says who the client is.
        client = request.headers.get("X-Forwarded-For", "").partition(",")[0]
        if self.limits and not self._limiter.allows(client, path, self.now()):
            if upgrade:
                return no_socket()
            response = refuse(429, "Too many requests, please try again later")
            response.headers["Retry-After"] = "60"
            return response
        if upgrade and path != "/api/ws":
            return no_socket()
        if path == "/api/ws" and not upgrade:
            return not_found()
        return None

    def _record(self, request: web.Request, path: str) -> None:
        self.requests.append((request.method, path))
        self.request_headers.append((request.method, path, dict(request.headers)))

    # Accounts, sessions and time.

    def add_account(
        self,
        email: str,
        password: str,
        *,
        name: str | None = None,
        role: Literal["user", "admin"] = "user",
        two_factor: bool = False,
        banned: bool = False,
        email_verified: bool = True,
    ) -> Account:
        """Add an account."""
        return self.accounts.add(
            email,
            password,
            name=name,
            role=role,
            two_factor=two_factor,
            banned=banned,
            email_verified=email_verified,
        )

    def create_session(self, account: Account) -> Session:
        """Open a session without a sign-in."""
        return self.accounts.create_session(account)

    def expire_sessions(self) -> None:
        """Let all sessions end now."""
        for session in self.accounts.sessions.values():
            session.expires_at = self.now() - timedelta(seconds=1)

    def delete_sessions(self) -> None:
        """Delete all sessions."""
        self.accounts.sessions.clear()

    def ban(self, account: Account) -> None:
        """Ban an account, which deletes its sessions; its open sockets go on."""
        account.banned = True
        sessions = self.accounts.sessions
        for token in [token for token, session in sessions.items() if session.account is account]:
            del sessions[token]

    def now(self) -> datetime:
        """Return the panel's time."""
        return self._clock.now()

    def advance(self, seconds: float) -> None:
        """Move the panel's clock ahead: sessions, codes and limits follow it, the tick does not."""
        self._clock.advance(seconds)

    # Nodes and servers.

    def add_node(self, display_name: str, *, host: str | None = None, location: str = "Frankfurt") -> Node:
        """Add a node, online."""
        return self.fleet.add_node(display_name, host, location)

    def set_node_online(self, node_id: str, heartbeat: bool, column: bool | None = None) -> None:
        """Set the heartbeat of a node and the column that a sync shows.

        Without a given column a daemon that comes back sets it, and one that goes leaves it as it was.
        """
        node = self.fleet.nodes[node_id]
        node.heartbeat = heartbeat
        if column is not None:
            node.online = column
        elif heartbeat:
            node.online = True
        self.fleet.node_changed(node)

    def edit_node(self, node_id: str, **wire_fields: Any) -> None:
        """Override fields of a node as a sync shows it; `MISSING` leaves one out."""
        node = self.fleet.nodes[node_id]
        node.fields.update(wire_fields)
        self.fleet.node_changed(node)

    def add_server(
        self,
        name: str,
        *,
        owner: Account,
        node: Node | None = None,
        shared_with: Iterable[Account] = (),
        server_id: str | None = None,
        **fields: Any,
    ) -> Server:
        """Add a server, running unless a status is given; nobody is told."""
        return self.fleet.add_server(name, owner, node, shared_with, server_id, fields)

    def set_status(self, server_id: str, status: str) -> None:
        """Change the status of a server and tell its subscribers."""
        server = self.fleet.servers[server_id]
        self.fleet.edit(server, {"status": status})
        self.fleet.touch(server)
        self._tell_status(server)

    def update_server(self, server_id: str, **wire_fields: Any) -> None:
        """Change a server and tell its subscribers."""
        server = self.fleet.servers[server_id]
        status = server.status
        self.fleet.edit(server, wire_fields)
        self.fleet.touch(server)
        self._hub.tell_subscribers(server, "server:updated", self.fleet.row(server))
        if server.status != status:
            self._tell_status(server)

    def edit(self, server_id: str, **wire_fields: Any) -> None:
        """Change a server silently; values of any type are sent as they are, `MISSING` leaves a field out."""
        self.fleet.edit(self.fleet.servers[server_id], wire_fields)

    def delete_server(self, server_id: str, announce: bool = True) -> None:
        """Delete a server and tell every socket."""
        self._power.cancel(server_id)
        del self.fleet.servers[server_id]
        if announce:
            self._hub.tell_all("server:deleted", {"id": server_id})

    def run_schedule(self, server_id: str, name: str = "Nightly restart") -> None:
        """Tell the subscribers of a server that a schedule runs."""
        server = self.fleet.servers[server_id]
        data = {"id": server_id, "scheduleId": f"schedule-{server_id[:8]}", "name": name}
        self._hub.tell_subscribers(server, "schedule:executing", data)

    def power(self, server_id: str, action: str) -> str:
        """Begin a power action; returns the first status."""
        return self._power.run(self.fleet.servers[server_id], action)

    def _tell_status(self, server: Server) -> None:
        status = self.fleet.wire_status(server.status)
        self._hub.tell_subscribers(server, "server:status", {"id": server.id, "status": status})

    # The socket.

    @property
    def connections(self) -> list[Connection]:
        """Return the open sockets."""
        return self._hub.connections

    @property
    def received(self) -> list[Any]:
        """Return all messages of all clients, in order."""
        return self._hub.received

    def received_of(self, kind: str) -> list[Any]:
        """Return the server ids of all received messages of a type, in order."""
        return [
            message.get("serverId")
            for message in self.received
            if isinstance(message, dict) and message.get("type") == kind
        ]

    @property
    def upgrades(self) -> int:
        """Return how many upgrades were accepted."""
        return self._hub.upgrades

    @property
    def flooded(self) -> int:
        """Return how many frames floods brought to each socket."""
        return self._hub.flooded

    @property
    def broken(self) -> bool:
        """Say whether a client sent an id that is no string, which ends the syncs for all."""
        return self._hub.broken

    @property
    def silent_servers(self) -> set[str]:
        """Return the ids of the servers that get no sync."""
        return self._hub.silent_servers

    @silent_servers.setter
    def silent_servers(self, server_ids: set[str]) -> None:
        self._hub.silent_servers = server_ids

    @property
    def pause_ticks(self) -> bool:
        """Say whether the tick rests; `tick_now` works nevertheless."""
        return self._hub.pause_ticks

    @pause_ticks.setter
    def pause_ticks(self, value: bool) -> None:
        self._hub.pause_ticks = value

    def skip_ticks(self, count: int = 1) -> None:
        """Let the query of the next ticks fail, so that they bring nothing for anybody."""
        self._hub.skip_ticks += count

    async def tick_now(self) -> None:
        """Send all syncs now."""
        self._hub.tick()
        # The writers take the frames in the next turn of the loop.
        await asyncio.sleep(0)

    async def send_raw(self, data: str | bytes, server_id: str | None = None) -> None:
        """Send a text or a binary frame to every socket, or only to the subscribers of a server."""
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
        """End all sockets: with a close code, or by cutting the line."""
        for connection in self.connections:
            if code is None:
                connection.abort()
            else:
                connection.close(code)

    # Faults.

    def freeze(self) -> None:
        """Let the open sockets neither say nor read anything until `thaw`, without an end to them."""
        for connection in self.connections:
            connection.freeze()

    def thaw(self) -> None:
        """Let frozen sockets go on."""
        for connection in self.connections:
            connection.thaw()

    def flood(self, frames_a_second: int) -> None:
        """Tell the subscribers of all servers their status that often; 0 ends it."""
        if self._flood is not None:
            self._flood.cancel()
            self._flood = None
        if frames_a_second:
            self._flood = asyncio.create_task(self._hub.run_flood(frames_a_second))

    def fail(
        self,
        path: str,
        status: int = 500,
        body: object = None,
        headers: dict[str, str] | None = None,
        times: int | None = None,
        method: str | None = None,
        content_type: str | None = None,
    ) -> None:
        """Answer a path (without the base path; `*` is all) in the panel's place, some times or until `heal`."""
        self._faults.add(Fault(path, status, body, headers or {}, times, method, content_type))

    def delay(self, path: str, seconds: float) -> None:
        """Answer a path late."""
        self._faults.set_delay(path, seconds)

    def heal(self, path: str | None = None) -> None:
        """Remove the faults and the delay of a path, or all of them."""
        self._faults.heal(path)

    async def wait_for(self, predicate: Callable[[Panel], object], timeout: float = 5) -> None:
        """Wait until something is true of the panel."""
        async with asyncio.timeout(timeout):
            while not predicate(self):  # noqa: ASYNC110 - anything can be waited for
                await asyncio.sleep(0.002)
