"""How long a live socket is held after its last use."""

import asyncio
from collections.abc import Callable

from .alarm import Alarm
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
        self._used_at = 0.0
        self._alarm = Alarm(self._elapse)

    @property
    def is_on(self) -> bool:
        """Whether the time is not over yet."""
        return self._alarm.is_set

    def take_status(self, status: ServerStatus | None) -> None:
        """Take the status that the node reports."""
        if status is not self._status:
            self._status = status
            self._status_at = asyncio.get_running_loop().time()

    def begin(self) -> None:
        """Begin anew with the end of a use."""
        self._used_at = asyncio.get_running_loop().time()
        self._schedule(self._used_at)

    def cancel(self) -> None:
        """End without a call."""
        self._alarm.set(None)

    def _schedule(self, now: float) -> None:
        due = max(self._used_at, self._status_at) + self._timing.live_linger
        if self._status in _ON_ITS_WAY:
            due = max(due, now + self._timing.live_linger)
        self._alarm.set(min(due, self._used_at + self._timing.stop_memory))

    def _elapse(self, now: float) -> None:
        timing = self._timing
        has_news = self._status in _ON_ITS_WAY or now - self._status_at < timing.live_linger
        if has_news and now - self._used_at < timing.stop_memory:
            self._schedule(now)
        else:
            self._on_end()
