"""How long a live socket is held after its last use."""

import asyncio
from collections.abc import Callable

from .models import ServerStatus
from .timing import Timing

_ON_ITS_WAY = frozenset({ServerStatus.STARTING, ServerStatus.STOPPING})


class Linger:
    """The time after a use, in which its effect shows.

    It ends a while after the use or the last change of the server's status, and not while that is on its way to another.
    """

    def __init__(self, timing: Timing, on_end: Callable[[], None]) -> None:
        """Begin without a use.

        Args:
            timing: The waiting times.
            on_end: Called when the time is over.
        """
        self._timing = timing
        self._on_end = on_end
        self._status: ServerStatus | None = None
        self._status_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_on(self) -> bool:
        """Whether the time is not over yet."""
        return self._timer is not None

    def take_status(self, status: ServerStatus | None) -> None:
        """Take the status that the node reports."""
        if status is not self._status:
            self._status = status
            self._status_at = asyncio.get_running_loop().time()

    def begin(self) -> None:
        """Begin anew with the end of a use."""
        self._schedule(asyncio.get_running_loop().time())

    def cancel(self) -> None:
        """End without a call."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _schedule(self, used_at: float) -> None:
        self.cancel()
        loop, timing = asyncio.get_running_loop(), self._timing
        due = max(used_at, self._status_at) + timing.live_linger
        if self._status in _ON_ITS_WAY:
            due = max(due, loop.time() + timing.live_linger)
        self._timer = loop.call_at(min(due, used_at + timing.stop_memory), self._elapse, used_at)

    def _elapse(self, used_at: float) -> None:
        self._timer = None
        now, timing = asyncio.get_running_loop().time(), self._timing
        has_news = self._status in _ON_ITS_WAY or now - self._status_at < timing.live_linger
        if has_news and now - used_at < timing.stop_memory:
            self._schedule(used_at)
        else:
            self._on_end()
