"""What goes through a server's live socket: status, usage, console, calls."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
import contextlib
from typing import assert_never

from .console import MOST_LINES, ConsoleLines
from .console_stream import ConsoleStream
from .daemon import encode_command, encode_power
from .exceptions import (
    AnswerLostError,
    ClosedError,
    ForbiddenError,
    LiveUnavailableError,
    NotFoundError,
    Refusal,
    RefusedError,
    StellarStackError,
)
from .linger import Linger
from .link import Link
from .listeners import Listeners
from .live import LiveSocket
from .live_state import OPEN, WAITING, LiveState, unavailable
from .messages import (
    LiveAccepted,
    LiveMessage,
    LiveOutput,
    LiveRefusal,
    LiveRequest,
    LiveSample,
    LiveSettled,
    LiveStatus,
    LiveTicketEnding,
    LiveTicketRefused,
)
from .models import PowerAction, ServerStatus
from .panel import RIGHT_FOR, Dialect, Right, Ticket
from .pending import PendingRequest, PendingRequests
from .power import SHOWN_BY
from .usage import Usage
from .usage_stream import UsageStream


class Channel:
    """The live socket of one server, and what came by it.

    Attributes:
        console: Notified of lines of the console, at most ten times a second.
        samples: Notified of what the server uses, about once a second while it runs.
        changes: Notified when `state` or `rights` changed.
    """

    def __init__(
        self,
        server_id: str,
        link: Link,
        on_status: Callable[[ServerStatus | None], None],
        on_lost: Callable[[], None],
    ) -> None:
        """Hold no socket yet.

        Args:
            server_id: The server.
            link: To the panel.
            on_status: Called with each report of the server's status; None when the node does not know it.
            on_lost: Called when the node's word is not the present any more.
        """
        self._console = ConsoleStream(link.timing.console_batch)
        self._usage = UsageStream(lambda: self.state is LiveState.FED, link.timing.live_samples)
        self.console: Listeners[ConsoleLines] = self._console.batches
        self.samples: Listeners[Usage] = self._usage.samples
        self.changes: Listeners[[]] = Listeners()
        self._server_id = server_id
        self._link = link
        self._on_status = on_status
        self._on_lost = on_lost
        self._node_id: str | None = None
        self._held = False
        self._closed = False
        self._users = 0
        self._watchers: list[object] = []
        self._linger = Linger(link.timing, self._review)
        self._socket: LiveSocket | None = None
        self._task: asyncio.Task[None] | None = None
        self._rights: frozenset[Right] | None = None
        self._changed: Listeners[[]] = Listeners()
        self._pending = PendingRequests()
        self._status: ServerStatus | None = None
        self._settled = False

    # What is known.

    @property
    def state(self) -> LiveState:
        """Return the state of the live socket."""
        return LiveState.CLOSED if self._socket is None else self._socket.state

    @property
    def rights(self) -> frozenset[Right] | None:
        """Return the account's rights; None before the first ticket."""
        return self._rights

    def allows(self, action: PowerAction) -> bool | None:
        """Return whether the account may do this with the server.

        None before the first ticket.
        """
        return None if self._rights is None else RIGHT_FOR[action] in self._rights

    @property
    def usage(self) -> Usage | None:
        """Return the usage of the last sample; None when unknown."""
        return self._usage.latest

    def take_usage(self) -> Usage | None:
        """Return the mean usage since the last call; None when unknown."""
        return self._usage.take()

    def lines(self, most: int = MOST_LINES) -> list[str]:
        """Return the last lines of the console, oldest first."""
        return self._console.lines(most)

    # When a socket is held.

    def hold(self, held: bool) -> None:
        """Hold a socket, or close it unless it is in use."""
        self._held = held
        self._review()

    def watch(self) -> Callable[[], None]:
        """Have a socket held wherever it has news, until released.

        Returns:
            A function that releases it, which may be called twice.
        """
        watcher = object()
        self._watchers.append(watcher)
        self._link.review_live_sockets()

        def end() -> None:
            with contextlib.suppress(ValueError):
                self._watchers.remove(watcher)
            self._link.review_live_sockets()

        return end

    def hurry(self) -> None:
        """Try now to open a socket that waits for its node."""
        if self._socket is not None and self.state in WAITING:
            self._socket.hurry()

    @property
    def lacks_rights(self) -> bool:
        """Return whether no socket tells the account's rights, nor has."""
        return self._socket is None and self._rights is None

    async def load_rights(self) -> None:
        """Ask for the account's rights, by a ticket that opens no socket.

        Raises:
            StellarStackError: The panel did not answer.
        """
        if (dialect := self._link.panel.dialect) is None:
            return
        try:
            rights = (await self._take_ticket(dialect)).rights
        except ForbiddenError, NotFoundError:
            rights = frozenset()
        # A socket that was opened meanwhile tells more.
        if self._rights is None:
            # Without the console there is no socket, and so nothing else.
            self._rights = rights if Right.CONSOLE in rights else frozenset()
            self.changes.notify()

    async def verify(self) -> bool:
        """Return whether the node answers; give up a dead socket."""
        return self._socket is not None and await self._socket.verify()

    @property
    def is_watched(self) -> bool:
        """Return whether somebody follows what comes by the socket."""
        return bool(self._watchers)

    def set_node(self, node_id: str | None) -> None:
        """Set the server's node; a changed one reopens the socket."""
        if node_id != self._node_id:
            self._node_id = node_id
            if self._socket is not None:
                self._close_socket()
                self._review()

    def take_shown(self, status: ServerStatus | None) -> None:
        """Take the status that is shown of the server.

        It tells what a stopped server uses, since when a started one runs, and which lines are of which run.
        """
        self._usage.take_shown(status)
        if status is ServerStatus.STARTING:
            self._console.begin_run()

    def begin_anew(self) -> None:
        """Begin anew after a gap, in which the server may have restarted."""
        self._closed = False
        self._usage.forget_start()

    def close(self, reason: StellarStackError | None = None) -> None:
        """Close the socket, and fail all waits.

        Args:
            reason: The error of the waits; `ClosedError` when None.
        """
        self._held = False
        self._closed = True
        self._pending.fail(reason or ClosedError())
        self._console.fail(reason or ClosedError())
        self._linger.cancel()
        self._close_socket()

    # Calls.

    async def power(self, action: PowerAction) -> None:
        """Start, stop, restart or kill the server.

        Returns when its status shows that.

        Raises:
            ForbiddenError: The account may not do this.
            RefusedError: The node refused, or the server runs already.
            AnswerLostError: Nothing came of it in time.
            StellarStackError: There is no socket.
        """
        async with self._in_use() as socket:
            self._require(RIGHT_FOR[action])
            before, timing = self._status, self._link.timing
            if action is PowerAction.START and before is ServerStatus.RUNNING:
                # The node would not answer at all.
                raise RefusedError("the server runs already", None, None, Refusal.ALREADY_RUNNING)
            request = PendingRequest(
                kind=LiveRequest.POWER,
                shown_by=SHOWN_BY[action],
                before=before,
                done=asyncio.get_running_loop().create_future(),
            )
            if before is ServerStatus.STOPPED and action in {PowerAction.STOP, PowerAction.KILL}:
                request.resolve()
            wait = timing.live_stop if before is ServerStatus.STOPPING else timing.live_answer
            try:
                await self._pending.run(request, socket.send(encode_power(action)), wait)
            except TimeoutError as err:
                raise AnswerLostError("the node did not show what became of a power call") from err

    async def send_command(self, command: str) -> None:
        """Send a line to the console.

        Returns when the console shows it, or the node had time to refuse it.

        Raises:
            ForbiddenError: The account may not do this.
            RefusedError: The server does not run.
            AnswerLostError: The socket was lost meanwhile.
            StellarStackError: There is no socket.
        """
        async with self._in_use() as socket:
            self._require(Right.COMMAND)
            request = PendingRequest(
                kind=LiveRequest.COMMAND, echo=command.strip(), done=asyncio.get_running_loop().create_future()
            )
            with contextlib.suppress(TimeoutError):
                await self._pending.run(request, socket.send(encode_command(command)), self._link.timing.live_refusal)

    # Reading.

    async def read_lines(self, most: int) -> list[str]:
        """Return the last lines of the console, oldest first.

        Raises:
            StellarStackError: There is no socket.
        """
        async with self._in_use():
            return self.lines(most)

    async def collect_lines(
        self, command: str, send: Callable[[], Awaitable[None]], seconds: float, is_last: Callable[[str], bool]
    ) -> list[str]:
        """Send a command; return the lines that are printed after it.

        Of many lines, the last 500; not the command itself, where the console repeats it.

        Args:
            command: The command.
            send: Sends it, once the socket is open.
            seconds: How long to wait for lines after it was sent.
            is_last: Whether a line ends the wait early.

        Raises:
            AnswerLostError: The socket was lost and is not back in time.
            StellarStackError: There is no socket, so that nothing was sent; or whatever `send` raises.
        """
        async with self._in_use():
            with self._console.collect(command, is_last) as collection:
                await send()
                is_complete = await collection.wait(seconds)
            if not is_complete and self.state not in OPEN:
                raise AnswerLostError("the live socket was lost")
        return list(collection.lines)

    # How it is done.

    def _require(self, right: Right) -> None:
        if self._rights is not None and right not in self._rights:
            raise ForbiddenError(f"the account may not do this: {right}")

    def _review(self) -> None:
        wanted = self._held or self._users > 0 or self._linger.is_on
        if wanted and self._socket is None and (dialect := self._link.panel.dialect) is not None:
            self._console.open(repeats=dialect.repeats_lines)
            self._socket = LiveSocket(
                dialect,
                self._link.gate(self._node_id),
                lambda: self._take_ticket(dialect),
                self._is_awaited,
                self._handle,
                self._handle_change,
                self._link.timing,
            )
            self._task = self._link.spawn(self._socket.run(), "live socket")
        elif not wanted and self._socket is not None:
            self._console.pause(gap_is_new=self.is_watched)
            self._close_socket()
            self.changes.notify()

    def _close_socket(self) -> None:
        self._console.stop()
        if self._socket is not None and self._task is not None:
            self._socket.close()
            self._task.cancel()
            self._socket = self._task = None
            self._changed.notify()
            self._on_lost()

    def _is_awaited(self) -> bool:
        return self._users > 0 or self.is_watched

    async def _take_ticket(self, dialect: Dialect) -> Ticket:
        return await self._link.call(dialect.ticket(self._server_id, self._is_awaited))

    @contextlib.asynccontextmanager
    async def _in_use(self) -> AsyncGenerator[LiveSocket]:
        """Hold an open socket meanwhile, and a while after for results."""
        if self._closed:
            raise ClosedError
        self._users += 1
        try:
            self._review()
            yield await self._open_socket()
        finally:
            self._users -= 1
            if self._socket is not None:
                self._linger.begin()

    async def _open_socket(self) -> LiveSocket:
        """Return the socket once it is open.

        Raises:
            StellarStackError: Why it does not open.
        """
        socket, old_error = self._socket, self._socket.error if self._socket is not None else None
        if socket is None:
            raise LiveUnavailableError("these credentials open no live socket")
        socket.hurry()
        changed = asyncio.Event()
        remove_listener = self._changed.add(changed.set)
        try:
            async with asyncio.timeout(self._link.timing.live_open):
                # Until what the node tells of the past is over, nothing could be told from what comes of a call.
                while socket.state not in OPEN or not self._settled:
                    if self._closed:
                        raise ClosedError
                    if socket is not self._socket:
                        raise LiveUnavailableError("the live socket was closed meanwhile")
                    if socket.error is not None and socket.error is not old_error:
                        raise unavailable(socket.error)
                    changed.clear()
                    await changed.wait()
        except TimeoutError:
            raise unavailable(socket.error) from None
        finally:
            remove_listener()
        return socket

    # Messages of the socket.

    def _handle_change(self) -> None:
        assert self._socket is not None
        self._rights = self._socket.rights if self._socket.rights is not None else self._rights
        state = self._socket.state
        if (dialect := self._link.panel.dialect) is not None and state in {LiveState.FED, LiveState.REFUSED}:
            dialect.set_accepted(self._server_id, state is LiveState.FED)
        if state is LiveState.SILENT:
            self._report(None)
        elif state is not LiveState.FED:
            self._settled = False
            self._pending.fail(AnswerLostError("the live socket was lost"))
            self._on_lost()
        self._changed.notify()
        self.changes.notify()
        self._link.review_live_sockets()

    def _handle(self, message: LiveMessage) -> None:
        match message:
            case LiveSample():
                if message.status is not None:
                    self._report(message.status)
                self._console.take_runs(True)
                self._usage.add(message, settled=self._settled)
            case LiveOutput(text, is_past=True) if self._settled:
                self._console.take_past(text)
            case LiveOutput(text):
                self._console.feed(text, settled=self._settled)
                self._pending.take_output(text)
            case LiveStatus(status):
                # One that starts has gone down before, even where that was not heard.
                if status in {ServerStatus.STOPPED, ServerStatus.STARTING}:
                    self._console.take_runs(False)
                self._report(status)
            case LiveAccepted():
                self._settled = False
                self._usage.begin()
                self._console.begin()
            case LiveSettled():
                self._settled = True
                self._changed.notify()
                self._console.settle()
                self._usage.settle()
            case LiveRefusal(error, kind):
                self._pending.refuse(kind, error)
            case LiveTicketEnding() | LiveTicketRefused():
                pass  # the socket's own matter
            case _:
                assert_never(message)

    def _report(self, status: ServerStatus | None) -> None:
        self._status = status
        self._linger.take_status(status)
        self._pending.take_status(status)
        self._on_status(status)
        self._usage.take_reported(status)
