"""The power calls of one server, one after the other.

A panel of generation 1 answers a power call when the node is done, up to 10 min later, and refuses any other call for
the server meanwhile. So a call counts as accepted by its answer or by the first report that shows it; the next one is
sent after the answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from .exceptions import ClosedError, StellarStackError
from .models import PowerAction, ServerStatus

type Send = Callable[[PowerAction], Awaitable[None]]
type Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]

SHOWN_BY: dict[PowerAction, frozenset[ServerStatus]] = {
    PowerAction.START: frozenset({ServerStatus.STARTING, ServerStatus.RUNNING}),
    PowerAction.STOP: frozenset({ServerStatus.STOPPING, ServerStatus.STOPPED}),
    PowerAction.RESTART: frozenset({ServerStatus.STOPPING, ServerStatus.STOPPED, ServerStatus.STARTING}),
    PowerAction.KILL: frozenset({ServerStatus.STOPPED}),
}
"""The statuses of which a report shows that an action goes on."""


class _Call:
    """A power call, from its request to its answer."""

    def __init__(self, action: PowerAction) -> None:
        self.action = action
        self.sent = False
        self.status_before: ServerStatus | None = None
        self.accepted: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Whoever waited may have left before it fails.
        self.accepted.add_done_callback(lambda future: future.cancelled() or future.exception())

    def accept(self) -> None:
        if not self.accepted.done():
            self.accepted.set_result(None)

    def fail(self, error: BaseException) -> None:
        if not self.accepted.done():
            self.accepted.set_exception(error)


class PowerLine:
    """Queue of the power calls of a server.

    A kill goes at once.
    """

    def __init__(self, send: Send, spawn: Spawn) -> None:
        """Begin with an empty queue.

        Args:
            send: Makes one call and returns when the panel has answered it; raises why it was not done.
            spawn: Runs a coroutine in the background.
        """
        self._send = send
        self._spawn = spawn
        self._line: list[_Call] = []
        self._kills: list[_Call] = []
        self._worker: asyncio.Task[None] | None = None
        self._status: ServerStatus | None = None

    async def request(self, action: PowerAction) -> None:
        """Return when a call is accepted.

        A call equal to the last one in the queue is joined to that.

        Raises:
            ClosedError: The client was closed meanwhile.
            StellarStackError: Why it was not done.
        """
        if action is PowerAction.KILL:
            call = self._kill()
        elif self._line and self._line[-1].action is action:
            call = self._line[-1]
        else:
            call = _Call(action)
            self._line.append(call)
            if self._worker is None:
                self._worker = self._spawn(self._work(), "power calls")
        # One that stops waiting does not take the call back: others may wait for it too. (With `shield`, asyncio would
        # log what becomes of it then.)
        await asyncio.wait((call.accepted,))
        call.accepted.result()

    def report(self, status: ServerStatus | None) -> None:
        """Accept a sent call that this report shows.

        A report that only repeats the one before the call shows nothing.
        """
        self._status = status
        if status is None:
            return
        for call in (*self._kills, *self._line):
            if call.sent and status is not call.status_before and status in SHOWN_BY[call.action]:
                call.accept()

    def close(self, reason: StellarStackError | None = None) -> None:
        """Fail all calls that are awaited.

        The owner cancels the tasks.
        """
        for call in (*self._kills, *self._line):
            call.fail(reason or ClosedError())
        self._line.clear()

    def _kill(self) -> _Call:
        if self._kills:
            return self._kills[-1]
        call = _Call(PowerAction.KILL)
        self._kills.append(call)

        async def kill() -> None:
            try:
                await self._make(call)
            finally:
                self._kills.remove(call)

        self._spawn(kill(), "kill")
        return call

    async def _work(self) -> None:
        try:
            while self._line:
                call = self._line[0]
                await self._make(call)
                # The line may have been closed meanwhile.
                if self._line and self._line[0] is call:
                    self._line.pop(0)
        finally:
            self._worker = None

    async def _make(self, call: _Call) -> None:
        """Make a call; pass its error to the callers that await it."""
        call.sent = True
        call.status_before = self._status
        try:
            await self._send(call.action)
        except asyncio.CancelledError:
            call.fail(ClosedError())
            raise
        except Exception as err:  # noqa: BLE001 - it is raised where the call is waited for
            call.fail(err)
        else:
            call.accept()
