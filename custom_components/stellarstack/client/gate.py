"""Pacing of the attempts to reach a node.

The live sockets of a node all drop together when it restarts.
"""

import asyncio
from collections.abc import Awaitable, Callable
import contextlib

from .exceptions import (
    NodeOfflineError,
    PanelConnectionError,
    RateLimitedError,
    StellarStackError,
    WebSocketBlockedError,
)
from .listeners import Listeners
from .reconnect import Backoff
from .timing import Timing
from .turns import Turns


class NodeGate:
    """Pacing of the live sockets of one node.

    Until the node has answered, one socket tries at a time, each after a longer wait. After the first answer the others
    follow, ten in a second, those first that somebody waits for.

    Attributes:
        reached: Notified when the node answers again.
    """

    def __init__(self, timing: Timing, longest: float) -> None:
        """Begin with a node that has not answered.

        Args:
            timing: The waiting times.
            longest: Seconds between two attempts, at most.
        """
        self.reached: Listeners[[]] = Listeners()
        self._timing = timing
        self._longest = longest
        self._away = Backoff(timing, longest)
        self._blocked = Backoff(timing, timing.live_unreachable)
        self._reached = False
        self._next_at = 0.0
        self._turns = Turns()
        self._hurried = asyncio.Event()

    def mark_lost(self) -> None:
        """Record that a socket to the node was lost.

        The next attempt finds out whether the node answers.
        """
        self._reached = False

    def hurry(self) -> None:
        """End the wait for the next attempt.

        Called when a command is to be sent to a server.
        """
        self._hurried.set()

    async def attempt[T](self, connect: Callable[[], Awaitable[T]], is_urgent: Callable[[], bool]) -> T:
        """Try to connect when it is this socket's turn.

        Args:
            connect: Tries it.
            is_urgent: Whether somebody waits for the socket: then it goes before others.

        Raises:
            StellarStackError: Whatever the attempt raises.
        """
        async with self._turns.take(is_urgent):
            await self._wait()
            if not self._reached:
                # The others wait for how this one ends.
                return await self._try(connect)
        return await self._try(connect)

    async def _wait(self) -> None:
        loop = asyncio.get_running_loop()
        if (delay := self._next_at - loop.time()) > 0:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(delay):
                    await self._hurried.wait()
        self._hurried.clear()
        self._next_at = loop.time() + self._timing.live_pace

    async def _try[T](self, connect: Callable[[], Awaitable[T]]) -> T:
        loop = asyncio.get_running_loop()
        started = loop.time()
        try:
            result = await connect()
        except (PanelConnectionError, NodeOfflineError, RateLimitedError) as err:
            self._reached = False
            # What is in the way is often a proxy that knows no way to the node, and never will.
            backoff = self._blocked if isinstance(err, WebSocketBlockedError) else self._away
            retry_after = err.retry_after if isinstance(err, RateLimitedError) else None
            now = loop.time()
            self._next_at = now + backoff.next_delay(spent=now - started, lasted=0.0, retry_after=retry_after)
            raise
        except StellarStackError:
            self._mark_reached()
            raise
        self._mark_reached()
        return result

    def _mark_reached(self) -> None:
        if not self._reached:
            self._reached = True
            self.reached.notify()
        self._away = Backoff(self._timing, self._longest)
        self._blocked = Backoff(self._timing, self._timing.live_unreachable)
