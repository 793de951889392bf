"""A feed as its owner holds it, and a server that stops reading."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Protocol, override

from aiohttp import ClientSession, WSMsgType, web

from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import StellarStackError
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.messages import ConnectionState, FeedMessage, ServerMessage, ServersListed
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v1.feed import PanelSocket
from tests.client.support import Handler, until

CONNECTING, CONNECTED, DISCONNECTED, UNAUTHENTICATED, CLOSED = ConnectionState


class FeedRig:
    """Runs a feed and keeps what it says.

    Attributes:
        messages: All that was said of servers.
        states: All states that were told.
        reasons: The reason of each.
        token: The raw token, or what the panel raises when it is asked for it.
        token_calls: How often it was asked.
        token_gate: Let it answer.
    """

    def __init__(self, session: ClientSession, url: str, credentials: Credentials, timing: Timing) -> None:
        self.messages: list[ServerMessage] = []
        self.states: list[ConnectionState] = []
        self.reasons: list[StellarStackError | None] = []
        self.token: str | Exception = "unknown"
        self.token_calls = 0
        self.token_gate = asyncio.Event()
        self.token_gate.set()
        self.feed = PanelSocket(
            Http(session, url, timing), credentials, self.socket_token, self.hear_message, self.hear_state, timing
        )
        self._task: asyncio.Task[None] | None = None

    async def socket_token(self) -> str:
        self.token_calls += 1
        await self.token_gate.wait()
        if isinstance(self.token, Exception):
            raise self.token
        return self.token

    def hear_message(self, message: FeedMessage) -> None:
        assert not isinstance(message, ServersListed)
        self.messages.append(message)

    def hear_state(self, state: ConnectionState, reason: StellarStackError | None) -> None:
        self.states.append(state)
        self.reasons.append(reason)

    def start(self) -> None:
        """Run without waiting for anything."""
        self._task = asyncio.create_task(self.feed.run(), name="stellarstack feed")

    async def start_connected(self, *server_ids: str) -> None:
        """Run, with these subscriptions, and wait until the panel accepts the session."""
        for server_id in server_ids:
            self.feed.subscribe(server_id)
        self.start()
        await self.reaches(CONNECTED)

    async def reaches(self, state: ConnectionState, times: int = 1) -> StellarStackError | None:
        """Wait for a state to have come that often; returns its latest reason."""
        await until(lambda: self.states.count(state) >= times)
        return [reason for known, reason in zip(self.states, self.reasons, strict=True) if known is state][-1]

    async def ends(self) -> None:
        """Wait until `run` returns by itself."""
        assert self._task is not None
        async with asyncio.timeout(20):
            await self._task

    async def end(self, reason: StellarStackError | None = None) -> None:
        """Close, as the owner of a feed does."""
        await self.feed.close(reason)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


class MakeRig(Protocol):
    """Makes a feed, not yet running, that reconnects in milliseconds."""

    def __call__(
        self,
        *,
        url: str | None = None,
        credentials: Credentials | None = None,
        rig: type[FeedRig] = FeedRig,
        **times: Any,
    ) -> FeedRig:
        """Make one to the panel with the account's cookie, or as told."""


class FailingRig(FeedRig):
    """An owner whose callbacks raise, after they kept what they heard."""

    @override
    def hear_message(self, message: FeedMessage) -> None:
        super().hear_message(message)
        raise LookupError("content of a message")

    @override
    def hear_state(self, state: ConnectionState, reason: StellarStackError | None) -> None:
        super().hear_state(state, reason)
        raise LookupError("content of a state")


class JammedLine:
    """A server that stops reading after some messages; two of those that follow are too large for all buffers."""

    ids = ("a" * 16 * 1024**2, "b" * 16 * 1024**2)

    def __init__(self, after: int) -> None:
        self.heard: list[tuple[str, str]] = []
        self.go_on = asyncio.Event()
        self._after = after
        self._socket: web.WebSocketResponse | None = None

    async def handle(self, request: web.BaseRequest) -> web.WebSocketResponse:
        socket = self._socket = web.WebSocketResponse(max_msg_size=0, compress=False)
        await socket.prepare(request)
        assert request.transport is not None
        await socket.send_json({"type": "auth_success"})
        while not socket.closed:
            if len(self.heard) == self._after:
                request.transport.pause_reading()
                await self.go_on.wait()
                request.transport.resume_reading()
            message = await socket.receive()
            if message.type is WSMsgType.TEXT:
                self.heard.append((message.json()["type"], message.json()["serverId"][0]))
        return socket

    async def send(self, *frames: dict[str, Any]) -> None:
        """Send frames, whether the line is jammed or not."""
        assert self._socket is not None
        for frame in frames:
            await self._socket.send_json(frame)


def speaker(speak: Callable[[web.WebSocketResponse], Awaitable[None]]) -> Handler:
    """Return a handler that upgrades and then lets `speak` have the socket."""

    async def handle(request: web.BaseRequest) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await speak(socket)
        return socket

    return handle
