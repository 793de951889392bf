"""The one WebSocket to a panel: authenticate, subscribe, heartbeat, watch, reconnect."""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
import logging
import time
from typing import Any, NoReturn, assert_never, override

from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType

from ..credentials import Credentials
from ..exceptions import (
    AuthenticationError,
    PanelConnectionError,
    PanelTimeoutError,
    RateLimitedError,
    StellarStackError,
)
from ..http import Http
from ..listeners import describe_failure
from ..messages import ConnectionState, ServerChange, ServerDeleted, ServerMessage, ServerSnapshot, ServerUnchanged
from ..models import Server
from ..panel import Feed, MessageCallback, StateCallback
from ..reconnect import Backoff
from ..timing import Timing
from .frames import (
    PING,
    AuthErrorFrame,
    AuthSuccessFrame,
    ChangeFrame,
    ErrorFrame,
    FrameDecoder,
    SyncFrame,
    encode_auth,
    encode_subscribe,
    encode_unsubscribe,
)
from .parse import parse_server

_LOGGER = logging.getLogger(__name__)

PATH = "/api/ws"
SUBSCRIBE_BATCH = 100
"""Subscriptions that are sent without a pause."""

type WebSocket = ClientWebSocketResponse[bool]


class PanelSocket(Feed):
    """One authenticated WebSocket with the desired subscriptions, while `run` runs.

    After a refused session the socket tries again: only the owner can ask the panel whether the session has ended, and
    then closes the feed.
    """

    def __init__(
        self,
        http: Http,
        credentials: Credentials,
        socket_token: Callable[[], Awaitable[str]],
        on_message: MessageCallback,
        on_state: StateCallback,
        timing: Timing,
    ) -> None:
        """Prepare; nothing is sent before `run`.

        Args:
            http: Opens the WebSocket.
            credentials: What authenticates it.
            socket_token: Asks the panel for the raw token, when it does not accept the cookie by itself.
            on_message: Called with all news of subscribed servers.
            on_state: Called with each change of the connection's state and its reason.
            timing: How long to wait for what.
        """
        self._http = http
        self._credentials = credentials
        self._socket_token = socket_token
        self._on_message = on_message
        self._on_state = on_state
        self._timing = timing
        self._state = ConnectionState.CLOSED
        self._closed = False
        self._user_id: str | None = None
        self._desired: dict[str, ServerUnchanged] = {}
        self._servers: dict[str, Server] = {}
        self._wake = asyncio.Event()
        # The rest is of one connection.
        self._ws: WebSocket | None = None
        self._decoder = FrameDecoder(self._desired)
        self._subscribed: dict[str, None] = {}
        self._accepted: float | None = None
        self._heard = 0.0
        self._synced: float | None = None

    @property
    @override
    def state(self) -> ConnectionState:
        """Return the state of the connection."""
        return self._state

    @property
    @override
    def user_id(self) -> str | None:
        """Return the account's id, once the panel accepted the session."""
        return self._user_id

    @property
    @override
    def valid_for(self) -> float:
        """Return for how many seconds a server's last news are current."""
        return self._timing.stale

    @override
    def subscribe(self, server_id: str) -> None:
        """Ask for a server's news, now and after each reconnect."""
        self._desired[server_id] = ServerUnchanged(server_id)
        self._wake.set()

    @override
    def unsubscribe(self, server_id: str) -> None:
        """End a server's news, and discard its state."""
        self._desired.pop(server_id, None)
        self._servers.pop(server_id, None)
        self._decoder.forget(server_id)
        self._wake.set()

    @override
    def expect_snapshot(self, server_id: str) -> None:
        """Deliver the server's next snapshot even if it repeats the last."""
        self._decoder.forget(server_id)

    @override
    def hurry(self) -> None:
        """Do nothing: this panel pushes its news."""

    @override
    def set_live_held(self, held: bool) -> None:
        """Do nothing: this panel pushes its news."""

    @override
    async def run(self) -> None:
        """Connect, and reconnect after each end, until closed or cancelled.

        Never raises anything else.
        """
        backoff = Backoff(self._timing)
        while not self._closed:
            started = time.monotonic()
            self._accepted = self._synced = None
            self._change_state(ConnectionState.CONNECTING)
            reason = await self._run_connection()
            await self._wait_to_reconnect(backoff, reason, time.monotonic() - started)

    @override
    async def close(self, reason: StellarStackError | None = None) -> None:
        """Unsubscribe and close with 1000, within a few seconds.

        The owner of `run` must cancel it afterwards. From the call on, `state` is closed (unauthenticated with a
        reason) and no message comes any more.
        """
        self._change_state(ConnectionState.CLOSED if reason is None else ConnectionState.UNAUTHENTICATED, reason)
        self._closed = True
        self._desired.clear()
        if (ws := self._ws) is not None and not ws.closed:
            with contextlib.suppress(TimeoutError, ClientError, OSError):
                async with asyncio.timeout(self._timing.close):
                    await self._send_unsubscribes(ws)
                    await ws.close()

    def _change_state(self, state: ConnectionState, reason: StellarStackError | None = None) -> None:
        if state is not self._state and not self._closed:
            self._state = state
            try:
                self._on_state(state, reason)
            except Exception as err:  # noqa: BLE001 - whatever it is, it is the owner's own
                _LOGGER.error("The listener for states failed: %s", describe_failure(err))

    def _notify(self, message: ServerMessage) -> None:
        try:
            self._on_message(message)
        except Exception as err:  # noqa: BLE001 - whatever it is, it is the owner's own
            _LOGGER.error("The listener for messages failed: %s", describe_failure(err))

    async def _wait_to_reconnect(self, backoff: Backoff, reason: StellarStackError, spent: float) -> None:
        if self._closed:
            return
        delay = backoff.next_delay(
            spent=spent,
            lasted=0.0 if self._accepted is None else self._heard - self._accepted,
            retry_after=reason.retry_after if isinstance(reason, RateLimitedError) else None,
        )
        _LOGGER.debug("Connection ended: %s; next attempt in %.1f s", reason, delay)
        self._change_state(ConnectionState.DISCONNECTED, reason)
        await asyncio.sleep(delay)

    async def _run_connection(self) -> StellarStackError:
        """Run one connection; return why it ended."""
        try:
            await self._connect()
        except StellarStackError as err:
            return err
        except (ClientError, OSError) as err:
            return PanelConnectionError(f"the connection was lost: {type(err).__name__}")
        except Exception as err:  # noqa: BLE001 - a programming error ends one connection, not all of them
            _LOGGER.error("Unexpected end of a connection: %s", describe_failure(err))
            return PanelConnectionError("the connection was given up")

    async def _connect(self) -> NoReturn:
        """Open a connection and use it; raises why it ended."""
        timeout = self._timing.request
        try:
            async with asyncio.timeout(timeout):
                ws = await self._http.open_websocket(PATH, self._credentials.cookie)
        except TimeoutError as err:
            raise PanelTimeoutError(f"no WebSocket within {timeout:.0f} s") from err
        self._ws = ws
        self._subscribed = {}
        try:
            self._user_id = await self._authenticate(ws)
            # Only now, so that the first sync of a connection is never a repetition.
            self._decoder = FrameDecoder(self._desired)
            self._accepted = self._heard = time.monotonic()
            self._change_state(ConnectionState.CONNECTED)
            reader = asyncio.create_task(self._read(ws), name="stellarstack socket reader")
            writer = asyncio.create_task(self._write(ws), name="stellarstack socket writer")
            try:
                done, _ = await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
            finally:
                reader.cancel()
                writer.cancel()
                await asyncio.gather(reader, writer, return_exceptions=True)
            # Whoever ended first knows why; the other was only cancelled.
            (reader if reader in done else writer).result()
        finally:
            self._ws = None
            await ws.close()

    async def _authenticate(self, ws: WebSocket) -> str | None:
        """Wait until the panel accepts the session; returns the account's id.

        With a cookie it does so by itself; without, or when it stays silent, the raw token goes in an `auth` message.

        Raises:
            AuthenticationError: The panel refused the token, or knows no session for the cookie.
            PanelTimeoutError: The panel answered nothing.
        """
        token = self._credentials.token
        if token is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timing.cookie_grace):
                    return await self._receive_acceptance(ws)
            token = await self._socket_token()
        await ws.send_str(encode_auth(token))
        timeout = self._timing.request
        try:
            async with asyncio.timeout(timeout):
                return await self._receive_acceptance(ws)
        except TimeoutError as err:
            raise PanelTimeoutError(f"the panel did not answer the authentication within {timeout:.0f} s") from err

    async def _receive_acceptance(self, ws: WebSocket) -> str | None:
        while True:
            message = await ws.receive()
            if message.type is not WSMsgType.TEXT:
                await self._handle_control(ws, message.type, message.data)
                continue
            match self._decoder.decode(message.data):
                case AuthSuccessFrame(user_id):
                    return user_id
                case AuthErrorFrame():
                    raise AuthenticationError("the panel does not accept the session")

    async def _handle_control(self, ws: WebSocket, kind: WSMsgType, data: Any) -> None:
        """Answer a ping; ignore other frames without text.

        Raises:
            PanelConnectionError: The connection ended.
        """
        match kind:
            case WSMsgType.PING:
                await ws.pong(data)
            case WSMsgType.PONG:
                pass
            case WSMsgType.BINARY:
                _LOGGER.debug("Skipped a binary frame")
            case _:
                raise PanelConnectionError(f"the panel closed the connection: {ws.close_code}")

    async def _read(self, ws: WebSocket) -> NoReturn:
        """Deliver the panel's messages until the connection ends."""
        while True:
            message = await ws.receive()
            self._heard = time.monotonic()
            if message.type is not WSMsgType.TEXT:
                await self._handle_control(ws, message.type, message.data)
                continue
            frame = self._decoder.decode(message.data)
            if self._closed:
                # Read on, so that the close frame gets through, but deliver nothing any more.
                continue
            if isinstance(frame, ServerUnchanged):
                # Nearly every frame is one of these.
                self._synced = self._heard
                self._notify(frame)
                continue
            match frame:
                case SyncFrame():
                    self._synced = self._heard
                    self._notify(ServerSnapshot(self._parse_server(frame)))
                case ChangeFrame():
                    self._notify(ServerChange(self._parse_server(frame), frame.reports_status))
                case ServerDeleted():
                    # Should another be made under its id, it is not the same server.
                    self._servers.pop(frame.server_id, None)
                    self._notify(frame)
                case AuthErrorFrame():
                    raise AuthenticationError("the panel no longer accepts the session")
                case ErrorFrame():
                    # A refused subscription would stay silent for ever; a new connection asks for all of them again.
                    raise PanelConnectionError("the panel refused a message")
                case AuthSuccessFrame() | None:
                    pass
                case _:
                    assert_never(frame)

    def _parse_server(self, frame: SyncFrame | ChangeFrame) -> Server:
        """Return the server with a frame's news in it, and keep it."""
        known = self._servers.get(frame.server_id) or Server(frame.server_id)
        server = self._servers[frame.server_id] = parse_server(frame.data, known)
        return server

    async def _send_unsubscribes(self, ws: WebSocket) -> None:
        for server_id in self._subscribed.keys() - self._desired.keys():
            # Looked up each time: while one is being sent, others may come to be desired again, or be sent elsewhere.
            if server_id in self._subscribed and server_id not in self._desired:
                del self._subscribed[server_id]
                await ws.send_str(encode_unsubscribe(server_id))

    async def _send_subscribes(self, ws: WebSocket) -> None:
        sent = 0
        for server_id in tuple(self._desired):
            # Looked up each time: while one is being sent, others may cease to be desired.
            if server_id in self._desired and server_id not in self._subscribed:
                self._subscribed[server_id] = None
                await ws.send_str(encode_subscribe(server_id))
                sent += 1
                if sent % SUBSCRIBE_BATCH == 0:
                    await asyncio.sleep(self._timing.subscribe_pause)

    async def _write(self, ws: WebSocket) -> NoReturn:
        """Send subscriptions and pings, and raise after silence."""
        timing = self._timing
        next_ping = time.monotonic() + timing.ping_interval
        while True:
            self._wake.clear()
            await self._send_unsubscribes(ws)
            if not self._subscribed:
                # No syncs come of no servers: what is subscribed next has its own first one to wait for.
                self._synced = None
            await self._send_subscribes(ws)
            now = time.monotonic()
            if now - self._heard > timing.silence:
                raise PanelTimeoutError(f"nothing heard for {timing.silence:.0f} s")
            if self._synced is not None and self._subscribed and now - self._synced > timing.stall:
                raise PanelTimeoutError(f"no server was updated for {timing.stall:.0f} s")
            if now >= next_ping:
                next_ping = now + timing.ping_interval
                await ws.ping()
                await ws.send_str(PING)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(timing.check_interval):
                    await self._wake.wait()
