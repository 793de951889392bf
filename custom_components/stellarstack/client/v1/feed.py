"""The one WebSocket to a panel: authenticate, subscribe, heartbeat, watch, reconnect."""

import asyncio
from collections.abc import Callable, Container
import contextlib
from enum import StrEnum
import logging
import random
import time

from aiohttp import ClientError, ClientWebSocketResponse, WSMsgType

from .errors import AuthenticationError, PanelConnectionError, PanelTimeoutError, RateLimitedError, StellarStackError
from .frames import (
    PING,
    AuthError,
    AuthSuccess,
    FrameDecoder,
    Message,
    PanelError,
    ServerMessage,
    ServerSync,
    ServerUnchanged,
    encode_auth,
    encode_subscribe,
    encode_unsubscribe,
)
from .http import TIMEOUT, PanelHttp

_LOGGER = logging.getLogger(__name__)

COOKIE_GRACE = 3.0
"""Seconds to wait for the panel to accept the cookie by itself, before the `auth` message is sent."""
PING_INTERVAL = 30.0
"""Seconds between two heartbeats: a ping of the WebSocket protocol, and the panel's own."""
SILENCE = 40.0
"""Seconds without any frame after which the connection counts as dead; noticed with the next look for silence."""
STALL = 60.0
"""Seconds without a sync, on a connection that had some, after which a new connection is made."""
CHECK_INTERVAL = 2.0
"""Seconds between two looks for silence; a dead peer does not answer the closing either, for which it has another 2 s."""
FIRST_DELAY = 1.0
LONGEST_DELAY = 300.0
CLOSE_TIMEOUT = 5.0
SUBSCRIBE_BATCH = 100
SUBSCRIBE_PAUSE = 0.05
"""Seconds between two batches of subscriptions, so that thousands of them swamp neither the panel nor Home Assistant."""


class ConnectionState(StrEnum):
    """How the connection to the panel stands."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    """Authenticated: updates flow."""
    DISCONNECTED = "disconnected"
    """Will be tried again by itself."""
    UNAUTHENTICATED = "unauthenticated"
    """The session is not accepted: nothing is tried again."""
    CLOSED = "closed"


type StateCallback = Callable[[ConnectionState, StellarStackError | None], None]
type MessageCallback = Callable[[ServerMessage], None]


def backoff(attempt: int) -> float:
    """Return the seconds to wait before another attempt, drawn between nothing and 1 s doubled up to 5 min."""
    return random.uniform(0, min(LONGEST_DELAY, FIRST_DELAY * 2 ** min(attempt, 16)))


class PanelSocket:
    """Keeps one authenticated WebSocket with the wanted subscriptions for as long as `run` runs.

    The outside says which servers it wants; the socket sees to it that the panel knows, on this connection and on
    each later one. What the panel says and how the connection stands comes by callback, from the event loop.
    """

    def __init__(
        self,
        http: PanelHttp,
        wanted: Container[str],
        on_message: MessageCallback,
        on_state: StateCallback,
    ) -> None:
        """Prepare; nothing is sent before `run`.

        Args:
            http: The panel's REST side, which also opens the upgrade.
            wanted: The ids worth remembering frames of; a living view.
            on_message: Called with each message about a server.
            on_state: Called with each change of the connection's state and its reason.
        """
        self._http = http
        self._remembered = wanted
        self._on_message = on_message
        self._on_state = on_state
        self._wanted: dict[str, None] = {}
        self._subscribed: dict[str, None] = {}
        self._wake = asyncio.Event()
        self._decoder = FrameDecoder(wanted)
        self._ws: ClientWebSocketResponse[bool] | None = None
        self._closing = False
        self._heard = 0.0
        self._synced = 0.0
        self.state = ConnectionState.CLOSED
        self.user_id: str | None = None

    def subscribe(self, server_id: str) -> None:
        """Want a server's updates, now and after each reconnect."""
        self._wanted[server_id] = None
        self._wake.set()

    def unsubscribe(self, server_id: str) -> None:
        """Want a server's updates no longer."""
        self._wanted.pop(server_id, None)
        self._decoder.forget(server_id)
        self._wake.set()

    async def run(self) -> None:
        """Connect, and connect again after each end, until cancelled or the session is not accepted. Never raises."""
        attempt = 0
        while True:
            started = time.monotonic()
            self._synced = 0.0
            self._change_state(ConnectionState.CONNECTING)
            try:
                await self._connection()
            except AuthenticationError as err:
                self._change_state(ConnectionState.UNAUTHENTICATED, err)
                return
            except StellarStackError as err:
                reason = err
            if self._synced:
                attempt = 0
            delay = backoff(attempt)
            if isinstance(reason, RateLimitedError) and reason.retry_after is not None:
                delay = max(delay, min(reason.retry_after, LONGEST_DELAY))
            # Never more than one attempt a second, however the draw falls.
            delay = max(delay, FIRST_DELAY - (time.monotonic() - started))
            attempt += 1
            _LOGGER.debug("Connection ended: %s; next attempt in %.1f s", reason, delay)
            self._change_state(ConnectionState.DISCONNECTED, reason)
            await asyncio.sleep(delay)

    async def close(self, reason: AuthenticationError | None = None) -> None:
        """Unsubscribe and close with 1000, within 5 seconds; the owner of `run` must cancel it afterwards.

        Args:
            reason: Why, when it is because the session has ended.
        """
        self._change_state(ConnectionState.CLOSED if reason is None else ConnectionState.UNAUTHENTICATED, reason)
        # From here on, whatever `run` still sees is of no interest.
        self._closing = True
        self._wanted.clear()
        if (ws := self._ws) is not None and not ws.closed:
            with contextlib.suppress(TimeoutError, ClientError, OSError):
                async with asyncio.timeout(CLOSE_TIMEOUT):
                    await self._send_unsubscribes(ws)
                    await ws.close()

    def _change_state(self, state: ConnectionState, reason: StellarStackError | None = None) -> None:
        if state is not self.state and not self._closing:
            self.state = state
            self._on_state(state, reason)

    async def _connection(self) -> None:
        """Live through one connection.

        Raises:
            StellarStackError: Why it ended; there is no other way for it to end.
        """
        try:
            async with asyncio.timeout(TIMEOUT):
                ws = await self._http.open_socket()
        except TimeoutError as err:
            raise PanelTimeoutError(f"no WebSocket within {TIMEOUT:.0f} s") from err
        self._ws = ws
        self._decoder = FrameDecoder(self._remembered)
        self._subscribed = {}
        try:
            await self._authenticate(ws)
            self._heard = time.monotonic()
            self._change_state(ConnectionState.CONNECTED)
            reader = asyncio.create_task(self._read(ws), name="stellarstack socket reader")
            writer = asyncio.create_task(self._write(ws), name="stellarstack socket writer")
            try:
                done, _ = await asyncio.wait((reader, writer), return_when=asyncio.FIRST_COMPLETED)
            finally:
                reader.cancel()
                writer.cancel()
                results = await asyncio.gather(reader, writer, return_exceptions=True)
            # Whoever ended first knows why; the other was only cancelled.
            reason = results[0 if reader in done else 1]
            if not isinstance(reason, StellarStackError | ClientError | OSError):
                _LOGGER.error("Unexpected end of a connection", exc_info=reason)
                raise PanelConnectionError("the connection was given up") from reason
            raise reason
        except (ClientError, OSError) as err:
            raise PanelConnectionError(f"the connection was lost: {type(err).__name__}") from err
        finally:
            self._ws = None
            await ws.close()

    async def _authenticate(self, ws: ClientWebSocketResponse[bool]) -> None:
        """Wait until the panel accepts the session.

        With a cookie it does so by itself; without, or when it stays silent, the raw token goes in an `auth` message.

        Raises:
            AuthenticationError: The panel refused the token, or knows no session for the cookie.
            PanelTimeoutError: The panel answered nothing.
        """
        credentials = self._http.credentials
        token = credentials.token if credentials is not None else None
        if token is None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(COOKIE_GRACE):
                    return await self._await_acceptance(ws)
            token = (await self._http.socket_token()).token
        await ws.send_str(encode_auth(token))
        try:
            async with asyncio.timeout(TIMEOUT):
                await self._await_acceptance(ws)
        except TimeoutError as err:
            raise PanelTimeoutError(f"the panel did not answer the authentication within {TIMEOUT:.0f} s") from err

    async def _await_acceptance(self, ws: ClientWebSocketResponse[bool]) -> None:
        while True:
            message = await self._receive(ws)
            if isinstance(message, AuthSuccess):
                self.user_id = message.user_id
                return
            if isinstance(message, AuthError):
                raise AuthenticationError("the panel does not accept the session")

    async def _receive(self, ws: ClientWebSocketResponse[bool]) -> Message | None:
        """Return the message of the next frame, None when it holds none.

        Raises:
            PanelConnectionError: The connection ended.
        """
        frame = await ws.receive()
        if frame.type is WSMsgType.TEXT:
            return self._decoder.decode(frame.data)
        if frame.type is WSMsgType.PING:
            await ws.pong(frame.data)
            return None
        if frame.type is WSMsgType.PONG:
            return None
        if frame.type is WSMsgType.BINARY:
            _LOGGER.debug("Skipped a binary frame")
            return None
        raise PanelConnectionError(f"the panel closed the connection: {ws.close_code}")

    async def _read(self, ws: ClientWebSocketResponse[bool]) -> None:
        """Pass on what the panel says until the connection ends."""
        while True:
            message = await self._receive(ws)
            self._heard = time.monotonic()
            # Nearly every frame is one of these.
            if isinstance(message, ServerUnchanged):
                self._synced = self._heard
                self._on_message(message)
                continue
            if message is None or isinstance(message, AuthSuccess):
                continue
            if isinstance(message, AuthError):
                raise AuthenticationError("the panel no longer accepts the session")
            if isinstance(message, PanelError):
                # A refused subscription would stay silent for ever; a new connection asks for all of them again.
                raise PanelConnectionError("the panel refused a message")
            if isinstance(message, ServerSync):
                self._synced = self._heard
            self._on_message(message)

    async def _send_unsubscribes(self, ws: ClientWebSocketResponse[bool]) -> None:
        for server_id in self._subscribed.keys() - self._wanted.keys():
            # Looked up each time: while one is being sent, others may come to be wanted again, or be sent elsewhere.
            if server_id in self._subscribed and server_id not in self._wanted:
                del self._subscribed[server_id]
                await ws.send_str(encode_unsubscribe(server_id))

    async def _send_subscribes(self, ws: ClientWebSocketResponse[bool]) -> None:
        sent = 0
        for server_id in tuple(self._wanted):
            # Looked up each time: while one is being sent, others may cease to be wanted.
            if server_id in self._wanted and server_id not in self._subscribed:
                self._subscribed[server_id] = None
                await ws.send_str(encode_subscribe(server_id))
                sent += 1
                if sent % SUBSCRIBE_BATCH == 0:
                    await asyncio.sleep(SUBSCRIBE_PAUSE)

    async def _write(self, ws: ClientWebSocketResponse[bool]) -> None:
        """Keep the panel's subscriptions equal to the wanted ones, ping, and notice silence."""
        next_ping = time.monotonic() + PING_INTERVAL
        while True:
            self._wake.clear()
            await self._send_unsubscribes(ws)
            await self._send_subscribes(ws)
            now = time.monotonic()
            if now - self._heard > SILENCE:
                raise PanelTimeoutError(f"nothing heard for {SILENCE:.0f} s")
            if self._synced and self._subscribed and now - self._synced > STALL:
                raise PanelTimeoutError(f"no server was updated for {STALL:.0f} s")
            if now >= next_ping:
                next_ping = now + PING_INTERVAL
                await ws.ping()
                await ws.send_str(PING)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CHECK_INTERVAL):
                    await self._wake.wait()
