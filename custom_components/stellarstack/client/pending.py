"""Requests to a node that await their effect.

A node confirms none.
"""

import asyncio
from collections.abc import Awaitable
from dataclasses import dataclass

from .exceptions import AnswerLostError, LiveUnavailableError, PanelConnectionError, StellarStackError
from .messages import LiveRequest
from .models import ServerStatus


@dataclass(slots=True, eq=False, kw_only=True)
class PendingRequest:
    """A request whose effect is awaited.

    Attributes:
        kind: The kind of request.
        shown_by: The statuses that show its effect.
        before: The last status before it, which shows nothing.
        echo: The console line that shows it.
        done: Resolved by its effect.
    """

    kind: LiveRequest
    shown_by: frozenset[ServerStatus] = frozenset()
    before: ServerStatus | None = None
    echo: str | None = None
    done: asyncio.Future[None]

    def resolve(self) -> None:
        """End the wait."""
        if not self.done.done():
            self.done.set_result(None)

    def fail(self, error: StellarStackError) -> None:
        """End the wait with an error."""
        if not self.done.done():
            self.done.set_exception(error)


class PendingRequests:
    """The pending requests of one server."""

    def __init__(self) -> None:
        """Begin without requests."""
        self._requests: list[PendingRequest] = []

    async def run(self, request: PendingRequest, sending: Awaitable[None], timeout: float) -> None:
        """Send a request and wait for its effect.

        Args:
            request: The request.
            sending: Sends it.
            timeout: Seconds to wait once it was sent.

        Raises:
            TimeoutError: There is no effect in time.
            AnswerLostError: The connection was lost.
            StellarStackError: It was not sent, or refused.
        """
        # Whoever waited may have left before it fails.
        request.done.add_done_callback(lambda future: future.cancelled() or future.exception())
        self._requests.append(request)
        try:
            try:
                await sending
            except LiveUnavailableError:
                raise
            except PanelConnectionError as err:
                raise AnswerLostError("the live socket was lost") from err
            async with asyncio.timeout(timeout):
                await request.done
        finally:
            self._requests.remove(request)

    def take_status(self, status: ServerStatus | None) -> None:
        """Resolve the requests that a status shows.

        A status that repeats the one before a request does not show it.
        """
        for request in self._requests:
            if status in request.shown_by and status is not request.before:
                request.resolve()

    def take_output(self, text: str) -> None:
        """Resolve the requests that the console shows."""
        if self._requests:
            line = text.strip()
            for request in self._requests:
                if request.echo == line:
                    request.resolve()

    def refuse(self, kind: LiveRequest | None, error: StellarStackError) -> None:
        """Fail the first request of a kind.

        A node does not name the request that it refuses.
        """
        for request in self._requests:
            if request.kind is kind:
                request.fail(error)
                break

    def fail(self, error: StellarStackError) -> None:
        """Fail all requests."""
        for request in self._requests:
            request.fail(error)
