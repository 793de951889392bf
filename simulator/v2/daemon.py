"""The daemon on the panel's own host: its live sockets, below `/daemon`."""

import asyncio
from collections import deque
from typing import Any, Final, Protocol, override

from aiohttp import WSMsgType, web
import orjson

from simulator.fleet import Node
from simulator.jwt import BadTokenError
from simulator.live_sockets import LiveConnection, LiveContext, LiveSockets, clean
from simulator.machine import DaemonRefusal, Link, NodeUnreachable, PowerAction, Sample, State

from .api import PanelApiV2
from .tokens import Claims, WrongServerError

LONGEST_QUEUE: Final = 64
"""Frames that wait for a client; more are lost."""
HISTORY_LINES: Final = 150
"""Lines of a console that the daemon keeps."""
LONGEST_MESSAGE: Final = 32 * 1024
"""Bytes of a message of a client; a longer one ends the socket with 1009."""
_WARN_BEFORE: Final = 60.0
"""Seconds before the end of a token at which the daemon warns."""
_EULA: Final = "You need to agree to the EULA"
_EULA_NOTICE: Final = (
    "Server failed to start because the EULA has not been accepted. Accept it from the panel to continue."
)
_SCOPES: Final[dict[PowerAction, str]] = {
    "start": "control.start",
    "stop": "control.stop",
    "restart": "control.restart",
    "kill": "control.stop",
}


class DaemonContext(LiveContext, Protocol):
    """What the daemon needs to know of a panel.

    Attributes:
        token_check: Seconds between two looks at the token of an open socket.
    """

    token_check: float


class DaemonSockets(LiveSockets):
    """The live sockets of generation 2."""

    def __init__(self, context: DaemonContext, api: PanelApiV2) -> None:
        """Serve the servers of the node on the panel's own host."""
        super().__init__(context)
        self._api = api
        self._token_check = context.token_check
        self._histories: dict[str, deque[str]] = {}
        self._rests: dict[str, str] = {}

    # What the daemon notices.

    @override
    def on_change(self, server_id: str, state: State) -> None:
        super().on_change(server_id, state)
        if state is State.OFFLINE:
            self._history(server_id).clear()

    @override
    def _send_state(self, server_id: str, state: State) -> None:
        self._send_line(server_id, _marked(server_id, state))
        self._broadcast(server_id, _frame("status", state))

    @override
    def on_link(self, node_id: str, link: Link) -> None:
        super().on_link(node_id, link)
        if link is Link.DOWN:
            self._histories.clear()

    @override
    def on_notice(self, server_id: str, text: str) -> None:
        self._send_line(server_id, f"[StellarStack Daemon]: {text}")

    @override
    def on_output(self, server_id: str, text: str) -> None:
        *lines, self._rests[server_id] = (self._rests.get(server_id, "") + text).split("\n")
        for line in lines:
            self._send_line(server_id, clean(line))
            if _EULA in line:
                self.on_notice(server_id, _EULA_NOTICE)
                self._broadcast(server_id, _frame("daemon error", "eula-required"))

    @override
    def _sample_frame(self, server_id: str, sample: Sample) -> bytes:
        limit = self._limit(server_id, "memory")
        unwatched = self._machine.game(server_id).unwatched
        data = {
            "cpu_absolute": sample.cpu,
            "disk_bytes": 0,
            "disk_read_bytes": sample.read,
            "disk_write_bytes": sample.written,
            "memory_bytes": int(sample.memory * limit),
            "memory_limit_bytes": limit,
            "network": {"rx_bytes": sample.received, "tx_bytes": sample.sent},
            "state": sample.state,
            # A daemon that was restarted does not know when the container began.
            "uptime_ms": 0 if unwatched else int(sample.uptime * 1000),
        }
        return _frame("stats", data)

    # Sockets.

    async def serve(self, request: web.Request, node: Node) -> web.StreamResponse:
        """Upgrade a request and serve the socket until it ends."""
        server_id = request.match_info["server_id"]
        token = request.query.get("token")
        if token is None:
            return _refuse(401, "missing token")
        try:
            claims = self._check(token, node, server_id)
        except WrongServerError as error:
            return _refuse(401, str(error))
        except BadTokenError as error:
            return _refuse(401, f"invalid token: {error}")
        if "console.read" not in claims.scopes:
            return _refuse(403, "token missing console.read scope")
        if (server := self._context.fleet.servers.get(server_id)) is None:
            return _refuse(404, "server not found")
        if request.headers.get("Upgrade", "").lower() != "websocket":
            text = 'WebSocket protocol violation: Connection header "" does not contain Upgrade'
            return _refuse(426, text)
        # The daemon sends no pings, compresses nothing, and does not mind any origin.
        socket = web.WebSocketResponse(heartbeat=None, compress=False, timeout=1, max_msg_size=LONGEST_MESSAGE)
        await socket.prepare(request)
        user_id, scopes = claims.user_id, claims.scopes
        connection = LiveConnection(self._context, request, socket, server_id, user_id, scopes, LONGEST_QUEUE)
        async with self._watched(connection, server):
            self._welcome(connection)
            token_watch = _TokenWatch(claims)
            connection.spawn(self._watch_token(connection, token_watch))
            async for message in socket:
                if message.type in {WSMsgType.TEXT, WSMsgType.BINARY}:
                    await self._handle(connection, token_watch, message.data)
        return socket

    def _check(self, token: str, node: Node, server_id: str) -> Claims:
        if self.refuse_tokens:
            raise BadTokenError("signature mismatch")
        return self._api.tokens.check(token, node, server_id)

    def _welcome(self, connection: LiveConnection) -> None:
        state = self._machine.game(connection.server_id).state
        connection.send(_frame("auth success"), keep=True)
        connection.send(_frame("status", state), keep=True)
        if state is State.OFFLINE:
            connection.send(_frame("console output", _marked(connection.server_id, state)), keep=True)
        else:
            self._send_history(connection)

    def _send_history(self, connection: LiveConnection) -> None:
        for line in self._history(connection.server_id):
            connection.send(_frame("console output", line), keep=True)

    def _history(self, server_id: str) -> deque[str]:
        """Return the last lines of a console.

        A daemon without any reads the container's log.
        """
        if server_id not in self._histories:
            game = self._machine.game(server_id)
            # A daemon that was restarted marks what it finds before it reads.
            mark = [_marked(server_id, game.state)] if game.unwatched else []
            # Of a container that was down before, it reads nothing.
            found = game.log.lines(HISTORY_LINES) if game.runs or game.unwatched else []
            lines = [clean(line) for line in found]
            self._histories[server_id] = deque(mark + [line for line in lines if line], HISTORY_LINES)
        return self._histories[server_id]

    def _send_line(self, server_id: str, line: str) -> None:
        if line:
            self._history(server_id).append(line)
            self._broadcast(server_id, _frame("console output", line))

    async def _watch_token(self, connection: LiveConnection, token: _TokenWatch) -> None:
        while True:
            await asyncio.sleep(self._token_check)
            left = self._api.tokens.seconds_left(token.claims)
            if left <= _WARN_BEFORE and not token.warned:
                token.warned = True
                connection.send(_frame("token expiring"))
            if left <= 0 and not token.ended:
                token.ended = True
                connection.send(_frame("token expired"))

    # What clients send.

    async def _handle(self, connection: LiveConnection, token: _TokenWatch, data: str | bytes) -> None:
        try:
            message = orjson.loads(data)
        except orjson.JSONDecodeError:
            message = data
        self._note(connection, message)
        try:
            event, args = _parse(message)
            match event:
                case "set state":
                    self._set_state(connection, args)
                case "send command":
                    await self._send_command(connection, args)
                case "auth":
                    self._renew(connection, token, args)
                case "send logs":
                    self._send_history(connection)
                case "send stats":
                    pass
                case _:
                    connection.send(_frame("daemon error", f"unknown event {event}"))
        except _FrameError as error:
            connection.send(_frame("daemon error", str(error)))

    def _set_state(self, connection: LiveConnection, args: list[Any]) -> None:
        if not args:
            raise _FrameError("set state: missing action")
        match args[0]:
            case "start" | "stop" | "restart" | "kill" as action:
                if _SCOPES[action] not in connection.scopes:
                    raise _FrameError(f"set state: missing scope {_SCOPES[action]}")
                self._api.press(connection.server_id, action, connection.user_id or "")
            case str():
                raise _FrameError("set state: unknown action")
            case _:
                raise _FrameError("set state: action must be string")

    async def _send_command(self, connection: LiveConnection, args: list[Any]) -> None:
        if "console.write" not in connection.scopes:
            raise _FrameError("send command: missing console.write scope")
        if not args:
            raise _FrameError("send command: missing payload")
        if not isinstance(args[0], str):
            raise _FrameError("send command: payload must be string")
        try:
            # A line break ends a command.
            for line in args[0].split("\n"):
                await self._api.type_command(connection.server_id, line)
        except DaemonRefusal, NodeUnreachable:
            raise _FrameError("container not running") from None

    def _renew(self, connection: LiveConnection, token: _TokenWatch, args: list[Any]) -> None:
        if not args or not isinstance(args[0], str):
            raise _FrameError("auth: missing token")
        node = self._api.host_node
        assert node is not None
        try:
            token.renew(self._check(args[0], node, connection.server_id))
        except BadTokenError as error:
            raise _FrameError(str(error)) from None
        connection.scopes = token.claims.scopes
        connection.send(_frame("auth success"))


class _FrameError(Exception):
    """A message is answered with an error."""


class _TokenWatch:
    """The notices that the client of a socket got about its token."""

    def __init__(self, claims: Claims) -> None:
        self.renew(claims)

    def renew(self, claims: Claims) -> None:
        """Begin again with another token."""
        self.claims = claims
        self.warned = self.ended = False


def _parse(message: object) -> tuple[str, list[Any]]:
    match message:
        case None:
            return "", []
        case dict():
            event, args = message.get("event", ""), message.get("args") or []
            if isinstance(event, str) and isinstance(args, list):
                return event, args
    raise _FrameError("malformed frame")


def _frame(event: str, *args: object) -> bytes:
    """Write a frame as Go does.

    Keys are sorted, arguments null when there are none, and HTML characters escaped.
    """
    data = orjson.dumps({"args": args or None, "event": event}, option=orjson.OPT_SORT_KEYS)
    for sign in (b"<", b">", b"&"):
        data = data.replace(sign, b"\\u%04x" % ord(sign))
    return data


def _marked(server_id: str, state: State) -> str:
    return f"stellarstack@{server_id[:8]}~ Server marked as {state}..."


def _refuse(status: int, text: str) -> web.Response:
    return web.Response(status=status, text=f"{text}\n", headers={"X-Content-Type-Options": "nosniff"})
