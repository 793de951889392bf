"""The daemons of generation 1, with live sockets on their own ports."""

import asyncio
from collections.abc import Coroutine
import contextlib
import time
from typing import Any, Final, assert_never, override

from aiohttp import WSMsgType, web
import orjson

from simulator.clock import Clock
from simulator.fleet import Node, Server
from simulator.jwt import BadTokenError, decode_token, encode_token
from simulator.live_sockets import LiveConnection, LiveContext, LiveSockets
from simulator.machine import (
    BackupCompleted,
    BackupStarted,
    DaemonRefusal,
    InstallCompleted,
    InstallOutput,
    InstallStarted,
    Link,
    NodeUnreachable,
    PowerAction,
    Progress,
    Sample,
    State,
)
from simulator.wire import json_bytes, reply

TOKEN_LIFETIME: Final = 900
"""Seconds that a token is good for; an open socket outlives it."""
LEEWAY: Final = 60
"""Seconds after the end of a token for which the daemon says so."""
HISTORY_LINES: Final = 500
"""Lines since the last start that a new socket gets."""
SAMPLES_KEPT: Final = 180.0
"""Seconds of samples that a new socket gets at once."""
BURST: Final = 120
"""Chunks of a server's output that pass at once; what is above `CHUNKS_A_SECOND` is dropped, by newer daemons."""
CHUNKS_A_SECOND: Final = 60
_PERMISSIONS: Final = ("websocket.connect", "control.console", "control.start", "control.stop", "control.restart")
_SEE_INSTALLS: Final = "admin.websocket.install"
_ADMIN_PERMISSIONS: Final = (_SEE_INSTALLS, "admin.websocket.errors")
_NEEDED: Final[dict[PowerAction, str]] = {
    "start": "control.start",
    "stop": "control.stop",
    "restart": "control.restart",
    "kill": "control.stop",
}


class _Bucket:
    """What passes of a server's output."""

    def __init__(self, now: float) -> None:
        self._tokens = float(BURST)
        self._filled = now

    def take(self, now: float) -> bool:
        """Let a chunk pass, or not."""
        self._tokens = min(BURST, self._tokens + (now - self._filled) * CHUNKS_A_SECOND)
        self._filled = now
        if self._tokens < 1:
            return False
        self._tokens -= 1
        return True


class DaemonSockets(LiveSockets):
    """The live sockets of generation 1."""

    def __init__(self, context: LiveContext, clock: Clock, *, newer: bool) -> None:
        """Serve the servers of all nodes; newer daemons limit a server's output."""
        super().__init__(context)
        self._clock = clock
        self._newer = newer
        self._buckets: dict[str, _Bucket] = {}
        self._runners: dict[str, web.AppRunner] = {}
        self._ports: dict[str, int] = {}
        self._pressed: set[asyncio.Task[None]] = set()

    # Tickets and addresses.

    async def ticket(self, server: Server, user_id: str, *, admin: bool) -> dict[str, str]:
        """Return the address of a server's live socket, and a token.

        It is where the daemon of the simulator listens, whatever host and port the node's row has.
        """
        node = server.node
        now = int(self._clock.now().timestamp())
        payload = {
            "server_uuid": server.id,
            "user_id": user_id,
            "permissions": _PERMISSIONS + (_ADMIN_PERMISSIONS if admin else ()),
            "iat": now,
            "exp": now + TOKEN_LIFETIME,
        }
        port = await self._listen(node.id if node else "")
        url = f"ws://127.0.0.1:{port}/api/servers/{server.id}/ws"
        return {"websocketUrl": url, "token": encode_token(payload, self._key(node))}

    async def stop(self) -> None:
        """Let no daemon listen any more."""
        for connection in self.connections:
            connection.abort()
        runners, self._runners = self._runners, {}
        await asyncio.gather(*(runner.cleanup() for runner in runners.values()))
        await asyncio.gather(*self._pressed, return_exceptions=True)

    async def _listen(self, node_id: str) -> int:
        if node_id not in self._runners:
            app = web.Application()
            app.router.add_get("/api/servers/{server_id}/ws", self._serve)
            runner = self._runners[node_id] = web.AppRunner(app, access_log=None, shutdown_timeout=1)
            await runner.setup()
            # A daemon that was there before has its old port.
            site = web.TCPSite(runner, "127.0.0.1", self._ports.get(node_id, 0))
            await site.start()
            self._ports[node_id] = site.port
        return self._ports[node_id]

    def _key(self, node: Node | None) -> str:
        return f"key of {node.id if node else 'no node'}"

    # What the daemons notice.

    @override
    def _send_state(self, server_id: str, state: State) -> None:
        self._broadcast(server_id, _frame("status", {"state": state}))

    @override
    def on_notice(self, server_id: str, text: str) -> None:
        """These daemons write nothing to consoles."""

    @override
    def on_output(self, server_id: str, text: str) -> None:
        now = self._machine.now()
        if self._newer and not self._buckets.setdefault(server_id, _Bucket(now)).take(now):
            return
        self._broadcast(server_id, _frame("console output", _line(text)))

    @override
    def on_progress(self, server_id: str, progress: Progress) -> None:
        match progress:
            case InstallStarted():
                self._send_to_admins(server_id, _frame("install started", {}))
            case InstallOutput():
                self._send_to_admins(server_id, _frame("install output", _line(progress.line)))
            case InstallCompleted():
                self._broadcast(server_id, _frame("install completed", {"successful": progress.successful}))
            case BackupStarted():
                self._broadcast(server_id, _frame("backup started", {"uuid": progress.backup_id}))
            case BackupCompleted():
                file = progress.backup
                data = {"uuid": file.id, "successful": True, "checksum": file.checksum, "size": file.size}
                self._broadcast(server_id, _frame("backup completed", data))
            case _:
                assert_never(progress)

    def _send_to_admins(self, server_id: str, frame: bytes) -> None:
        for connection in self._live(server_id):
            if _SEE_INSTALLS in connection.scopes:
                connection.send(frame, server_id=server_id)

    @override
    def _sample_frame(self, server_id: str, sample: Sample) -> bytes:
        data = {
            "memory_bytes": int(sample.memory * self._limit(server_id, "memory")),
            "memory_limit_bytes": self._limit(server_id, "memory"),
            "cpu_absolute": 0.0 if sample.first else sample.cpu,
            "network": {"rx_bytes": sample.received, "tx_bytes": sample.sent},
            # So in all versions.
            "uptime": 0,
            "disk_bytes": sample.folder,
            "disk_limit_bytes": self._limit(server_id, "disk"),
        }
        return _frame("stats", data)

    # Sockets.

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        server_id = request.match_info["server_id"]
        server = self._context.fleet.servers.get(server_id)
        if server is None:
            return reply({"error": "Not Found", "message": f"Server '{server_id}' not found"}, 404)
        if await self._machine.wait_for_link(server.node.id if server.node else "") is Link.DOWN:
            if request.transport is not None:
                request.transport.abort()
            return web.Response(status=502)
        if (token := request.query.get("token")) is None:
            return web.Response(status=400, text="Failed to deserialize query string: missing field `token`")
        socket = web.WebSocketResponse(heartbeat=None, compress=False, timeout=1)
        await socket.prepare(request)
        try:
            payload = self._check(token, server)
        except BadTokenError as error:
            await socket.send_frame(_frame("jwt error", {"message": str(error)}), WSMsgType.TEXT)
            if request.transport is not None:
                # Without a close frame, after what was sent.
                request.transport.close()
            return socket
        user_id, permissions = payload["user_id"], tuple(payload["permissions"])
        connection = LiveConnection(self._context, request, socket, server_id, user_id, permissions)
        async with self._watched(connection, server):
            self._welcome(connection)
            async for message in socket:
                if message.type is WSMsgType.TEXT:
                    await self._handle(connection, message.data)
        return socket

    def _check(self, token: str, server: Server) -> dict[str, Any]:
        try:
            payload = decode_token(token, "another key" if self.refuse_tokens else self._key(server.node))
        except BadTokenError:
            raise BadTokenError("Invalid token") from None
        over = self._clock.now().timestamp() - payload["exp"]
        if over > 0:
            raise BadTokenError("Token expired" if over < LEEWAY else "Invalid token")
        if payload["server_uuid"] != server.id:
            raise BadTokenError("Server UUID mismatch")
        return payload

    def _welcome(self, connection: LiveConnection) -> None:
        game = self._machine.game(connection.server_id)
        connection.send(_frame("auth success", {}))
        connection.send(_frame("status", {"state": game.state}))
        self._send_history(connection)
        if game.install_log and _SEE_INSTALLS in connection.scopes:
            connection.send(_frame("install history", {"lines": game.install_log}))
        for sample in self._machine.live.samples_before(game, SAMPLES_KEPT):
            connection.send(self._sample_frame(connection.server_id, sample))

    def _send_history(self, connection: LiveConnection) -> None:
        # The lines since the last start, which are the container's.
        if lines := self._machine.game(connection.server_id).log.lines(HISTORY_LINES):
            connection.send(_frame("console history", {"lines": lines}))

    # What clients send.

    async def _handle(self, connection: LiveConnection, data: str) -> None:
        try:
            message = orjson.loads(data)
        except orjson.JSONDecodeError:
            return
        self._note(connection, message)
        if connection.server_id not in self._context.fleet.servers:
            # The socket of a deleted server is silent.
            return
        match message:
            case {"event": "set state", "args": ["start" | "stop" | "restart" | "kill" as action]}:
                if _NEEDED[action] in connection.scopes:
                    self._begin(self._machine.power_in_turn(connection.server_id, action))
                else:
                    _complain(connection, f"Missing permission: {_NEEDED[action]}")
            case {"event": "send command", "args": [str(command)]}:
                await self._send_command(connection, command)
            case {"event": "send logs"}:
                self._send_history(connection)

    async def _send_command(self, connection: LiveConnection, command: str) -> None:
        try:
            await self._machine.type_command(connection.server_id, command)
        except DaemonRefusal, NodeUnreachable:
            _complain(connection, "Failed to send command: Container not running")

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        async def outcome() -> None:
            # Only the daemon's log tells what became of it.
            with contextlib.suppress(DaemonRefusal, NodeUnreachable):
                await work

        task = asyncio.create_task(outcome())
        self._pressed.add(task)
        task.add_done_callback(self._pressed.discard)


def _complain(connection: LiveConnection, message: str) -> None:
    connection.send(_frame("error", {"message": message}))


def _line(text: str) -> dict[str, Any]:
    return {"line": text, "timestamp": int(time.time() * 1000)}


def _frame(event: str, argument: object) -> bytes:
    return json_bytes({"event": event, "args": [argument]})
