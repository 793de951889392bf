"""The live socket of one server: ticket, open, frames, renewal, and again."""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib
import logging
import math
import random
from typing import NoReturn

from aiohttp import ClientError, WSMsgType

from .daemon import encode_event
from .exceptions import (
    ForbiddenError,
    LiveUnavailableError,
    NotFoundError,
    PanelConnectionError,
    PanelTimeoutError,
    ResponseError,
    StellarStackError,
    TicketRefusedError,
)
from .gate import NodeGate
from .listeners import describe_failure
from .live_state import LiveState, state_after
from .messages import (
    LiveAccepted,
    LiveMessage,
    LiveSample,
    LiveSettled,
    LiveStatus,
    LiveTicketEnding,
    LiveTicketRefused,
)
from .models import ServerStatus
from .opening import WebSocket, open_socket
from .panel import Dialect, Right, Ticket
from .reconnect import Backoff
from .timing import Timing

_LOGGER = logging.getLogger(__name__)

LARGEST_SENT = 32 * 1024
"""Bytes of a frame that a node takes; it ends the connection at a longer one (seen on a real panel)."""

_UP = frozenset({ServerStatus.STARTING, ServerStatus.RUNNING, ServerStatus.STOPPING})
"""Samples come of these, but for a server that starts: its container may not have been made yet."""

_FRAMES_A_TURN = 50
"""Frames that are read before others get a turn, however fast a console prints."""


class _Reopen(Exception):
    """The socket must be reopened, because no samples come."""


class LiveSocket:
    """The live socket of one server, kept open while `run` runs.

    A ticket that a node refuses says nothing about the session.
    """

    def __init__(
        self,
        dialect: Dialect,
        gate: NodeGate,
        take_ticket: Callable[[], Awaitable[Ticket]],
        is_urgent: Callable[[], bool],
        on_message: Callable[[LiveMessage], None],
        on_change: Callable[[], None],
        timing: Timing,
    ) -> None:
        """Prepare; nothing is sent before `run`.

        Args:
            dialect: What the node speaks.
            gate: Of the server's node.
            take_ticket: Asks the panel for a ticket.
            is_urgent: Whether somebody waits for the socket.
            on_message: Called with what the node says.
            on_change: Called when `state` or `rights` changed, and after each attempt that failed.
            timing: How long to wait for what.
        """
        self._dialect = dialect
        self._gate = gate
        self._take_ticket = take_ticket
        self._is_urgent = is_urgent
        self._on_message = on_message
        self._on_change = on_change
        self._timing = timing
        self._backoff = Backoff(timing, dialect.longest_reconnect)
        self._state = LiveState.CLOSED
        self._error: StellarStackError | None = None
        self._closed = False
        self._hurried = asyncio.Event()
        self._ticket: Ticket | None = None
        self._ticket_ends = 0.0
        self._ticket_is_new = False
        self._rights: frozenset[Right] | None = None
        self._reopened = False
        """Whether the socket was reopened for missing samples, and none came since."""
        # The rest is of one connection.
        self._opened = False
        self._ws: WebSocket | None = None
        self._accepted_at: float | None = None
        self._heard = 0.0
        self._status: ServerStatus | None = None
        self._settling: asyncio.TimerHandle | None = None
        self._patience = asyncio.timeout(None)
        """For what must come."""
        self._sample_due: float | None = None
        self._renew_now = asyncio.Event()
        self._answered = asyncio.Event()
        """Whether the last ping was answered."""

    @property
    def state(self) -> LiveState:
        """Return the state of the socket."""
        return self._state

    @property
    def error(self) -> StellarStackError | None:
        """Return why there is no socket; None until an attempt failed."""
        return self._error

    @property
    def rights(self) -> frozenset[Right] | None:
        """Return the account's rights; None before the first ticket."""
        return self._rights

    def hurry(self) -> None:
        """Try at once, if the next attempt is waited for."""
        self._hurried.set()
        self._gate.hurry()

    def close(self) -> None:
        """Deliver nothing any more; the owner of `run` must cancel it."""
        self._closed = True
        self._state = LiveState.CLOSED

    async def send(self, frame: str) -> None:
        """Send a frame.

        Raises:
            LiveUnavailableError: The socket is not open.
            ResponseError: The frame is too long.
            PanelConnectionError: The connection was lost, and the frame may be, too.
        """
        if self._ws is None or self._accepted_at is None:
            raise LiveUnavailableError("the live socket is not open")
        if len(frame.encode()) > LARGEST_SENT:
            raise ResponseError(f"a node takes no more than {LARGEST_SENT} bytes")
        try:
            await self._ws.send_str(frame)
        except (ClientError, OSError) as err:
            raise PanelConnectionError(f"the live socket was lost: {type(err).__name__}") from None

    async def verify(self) -> bool:
        """Return whether the node answers a ping; close the connection if not.

        For one that may be dead although nothing closed it.
        """
        if (ws := self._ws) is None:
            return False
        self._answered.clear()
        with contextlib.suppress(TimeoutError, ClientError, OSError):
            async with asyncio.timeout(self._timing.live_ping):
                await ws.ping()
                await self._answered.wait()
                return True
        await ws.close()
        return False

    async def run(self) -> NoReturn:
        """Open the socket, and reopen it after each end, until cancelled.

        Raises nothing else; the cancellation closes the socket with 1000.
        """
        loop = asyncio.get_running_loop()
        while True:
            started = loop.time()
            self._accepted_at = None
            self._opened = False
            try:
                await self._run_connection()
            except _Reopen:
                self._reopened = True
                continue
            except StellarStackError as err:
                self._error = err
            except (ClientError, OSError) as err:
                self._error = PanelConnectionError(f"the live socket was lost: {type(err).__name__}")
            except Exception as err:  # noqa: BLE001 - a programming error ends one connection, not all of them
                _LOGGER.error("Unexpected end of a live socket: %s", describe_failure(err))
                self._error = PanelConnectionError("the live socket was given up")
            await self._wait_to_reconnect(self._error, loop.time() - started)

    async def _wait_to_reconnect(self, error: StellarStackError, spent: float) -> None:
        self._reopened = False
        state = state_after(error)
        if state in {LiveState.FORBIDDEN, LiveState.REFUSED}:
            delay = self._timing.live_refused * random.uniform(0.9, 1.1)
        else:
            now = asyncio.get_running_loop().time()
            lasted = 0.0 if self._accepted_at is None else now - self._accepted_at
            delay = self._backoff.next_delay(spent=spent, lasted=lasted)
        if state is LiveState.FORBIDDEN:
            self._rights = frozenset()
        _LOGGER.debug("No live socket: %s; next attempt in %.1f s", error, delay)
        self._hurried.clear()
        if not self._closed:
            # Whoever waits for the socket is told, also when it failed as before.
            self._state = state
            self._tell_change()
        with contextlib.ExitStack() as stack, contextlib.suppress(TimeoutError):
            # One that opened and was lost may well be lost again, whatever becomes of the others.
            if state in {LiveState.UNREACHABLE, LiveState.BLOCKED} and not self._opened:
                stack.callback(self._gate.reached.add(self._hurried.set))
            async with asyncio.timeout(delay):
                await self._hurried.wait()

    def _change_state(self, state: LiveState) -> None:
        if state is not self._state and not self._closed:
            self._state = state
            self._tell_change()

    def _tell_change(self) -> None:
        try:
            self._on_change()
        except Exception as err:  # noqa: BLE001 - whatever it is, it is the owner's own
            _LOGGER.error("The listener for a live socket's state failed: %s", describe_failure(err))

    def _notify(self, message: LiveMessage) -> None:
        if not self._closed:
            try:
                self._on_message(message)
            except Exception as err:  # noqa: BLE001 - whatever it is, it is the owner's own
                _LOGGER.error("The listener for live messages failed: %s", describe_failure(err))

    # Opening.

    async def _take_new_ticket(self) -> Ticket:
        ticket = self._ticket = await self._take_ticket()
        # By the own clock, from the answer on: the panel's clock may differ.
        self._ticket_ends = asyncio.get_running_loop().time() + ticket.lifetime
        if ticket.rights != self._rights:
            self._rights = ticket.rights
            if not self._closed:
                self._tell_change()
        return ticket

    async def _open(self) -> WebSocket:
        """Open the socket; raises why there is none."""
        now = asyncio.get_running_loop().time()
        if self._ticket is not None and self._ticket_ends - now > self._timing.ticket_margin:
            self._ticket_is_new = False
            with contextlib.suppress(TicketRefusedError):
                return await open_socket(self._dialect, self._ticket, self._timing)
        self._ticket_is_new = True
        return await open_socket(self._dialect, await self._take_new_ticket(), self._timing)

    # One connection.

    async def _run_connection(self) -> NoReturn:
        """Open the socket and use it; raises why it ended."""
        # An attempt after a failed one may wait long for its turn: until one succeeds, the reason stands.
        if not self._reopened and self._error is None:
            self._change_state(LiveState.CONNECTING)
        ws = self._ws = await self._gate.attempt(self._open, self._is_urgent)
        self._opened = True
        try:
            await self._use(ws)
        except PanelConnectionError:
            self._gate.mark_lost()
            raise
        finally:
            self._ws = None
            if self._settling is not None:
                self._settling.cancel()
                self._settling = None
            await ws.close()

    async def _use(self, ws: WebSocket) -> NoReturn:
        self._renew_now.clear()
        self._patience = asyncio.timeout(self._timing.request)
        self._sample_due = None
        tasks = (
            asyncio.create_task(self._read(ws), name="stellarstack live reader"),
            asyncio.create_task(self._keep(ws), name="stellarstack live keeper"),
        )
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        # Whoever ended first knows why; the other was only cancelled.
        next(iter(done)).result()

    async def _read(self, ws: WebSocket) -> NoReturn:
        """Deliver the node's messages until the connection ends."""
        while True:
            try:
                async with self._patience:
                    await self._receive(ws)
            except TimeoutError:
                due = self._sample_due
                if due is not None and due > asyncio.get_running_loop().time():
                    # To move the timer with each sample would cost more than a look now and then.
                    self._patience = asyncio.timeout_at(due)
                    continue
                self._patience = asyncio.timeout(None)
                if due is not None or self._accepted_at is None:
                    self._handle_silence()

    def _handle_silence(self) -> None:
        """Reopen the socket after missing samples, or report it as silent.

        Raises:
            PanelTimeoutError: The node does not say whether it accepts the ticket.
        """
        if self._accepted_at is None:
            raise PanelTimeoutError("the node did not accept the ticket in time")
        if not self._reopened:
            # Its first frame is the node's present state, whatever was lost.
            raise _Reopen
        if self._status is ServerStatus.RUNNING:
            self._change_state(LiveState.SILENT)

    async def _receive(self, ws: WebSocket) -> NoReturn:
        frames = 0
        while True:
            message = await ws.receive()
            self._heard = asyncio.get_running_loop().time()
            match message.type:
                case WSMsgType.TEXT:
                    self._handle(self._dialect.decode(message.data))
                case WSMsgType.PING:
                    await ws.pong(message.data)
                case WSMsgType.PONG:
                    self._answered.set()
                case WSMsgType.BINARY:
                    pass
                case _:
                    raise PanelConnectionError(f"the live socket was closed: {ws.close_code}")
            frames += 1
            if frames % _FRAMES_A_TURN == 0:
                await asyncio.sleep(0)

    def _handle(self, message: LiveMessage | None) -> None:
        # Most are samples.
        match message:
            case LiveSample(status=status):
                self._reopened = False
                self._expect_samples(status)
            case None:
                return
            case LiveAccepted():
                if self._accepted_at is not None:
                    return  # the answer to a renewal
                self._accepted_at = self._heard
                self._error = None
                self._patience.reschedule(None)
                self._settling = asyncio.get_running_loop().call_later(self._timing.live_settle, self._settle)
            case LiveTicketRefused():
                self._ticket_ends = 0.0
                if self._ticket_is_new:
                    raise TicketRefusedError("the node refuses a ticket")
                raise PanelConnectionError("the node refuses a ticket that it accepted before")
            case LiveTicketEnding():
                self._renew_now.set()
                return
            case LiveStatus(status):
                self._expect_samples(status)
        self._notify(message)

    def _expect_samples(self, status: ServerStatus | None) -> None:
        """Schedule the check that samples come, after a status or sample."""
        if self._dialect.samples_prove_running:
            self._status = status
            is_up = status in _UP
            self._sample_due = self._heard + self._timing.live_samples if is_up else None
            if is_up and self._patience.when() is None:
                self._patience.reschedule(self._sample_due)
            if not is_up:
                self._reopened = False
        self._change_state(LiveState.FED)

    def _settle(self) -> None:
        """Report the end of the past once the node pauses."""
        loop = asyncio.get_running_loop()
        assert self._accepted_at is not None
        due = min(self._heard + self._timing.live_settle, self._accepted_at + self._timing.live_settle_longest)
        if loop.time() < due:
            self._settling = loop.call_at(due, self._settle)
        else:
            self._settling = None
            self._notify(LiveSettled())

    async def _keep(self, ws: WebSocket) -> NoReturn:
        """Send pings, notice a dead connection, and renew the ticket.

        Raises:
            PanelTimeoutError: Nothing was heard for too long.
            ForbiddenError, NotFoundError: There is no ticket any more.
        """
        loop, timing = asyncio.get_running_loop(), self._timing
        self._heard = loop.time()
        next_ping = self._heard + timing.ping_interval
        renew_at = self._next_renewal(self._heard)
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(min(next_ping, renew_at)):
                    await self._renew_now.wait()
            now = loop.time()
            if now - self._heard > timing.silence:
                raise PanelTimeoutError(f"nothing heard for {timing.silence:.0f} s")
            if now >= next_ping:
                next_ping = now + timing.ping_interval
                await ws.ping()
            if self._dialect.renewal is not None and (now >= renew_at or self._renew_now.is_set()):
                self._renew_now.clear()
                renew_at = await self._renew(ws, self._dialect.renewal)

    async def _renew(self, ws: WebSocket, event: str) -> float:
        """Send the node a new ticket; return the seconds until the next.

        A ticket that fails does not close the socket.

        Raises:
            ForbiddenError, NotFoundError: There is no ticket any more.
        """
        loop = asyncio.get_running_loop()
        try:
            ticket = await self._take_new_ticket()
        except ForbiddenError, NotFoundError:
            raise
        except StellarStackError as err:
            _LOGGER.debug("A live ticket was not renewed: %s", err)
            return loop.time() + self._timing.renewal_retry
        await ws.send_str(encode_event(event, ticket.token))
        return self._next_renewal(loop.time())

    def _next_renewal(self, now: float) -> float:
        if self._dialect.renewal is None:
            return math.inf
        left, timing = self._ticket_ends - now, self._timing
        return now + max(left - timing.renewal - random.uniform(0, timing.renewal_jitter), left / 2)
