"""A timer whose time may change."""

import asyncio
from collections.abc import Callable


class Alarm:
    """Calls something back at a time."""

    __slots__ = ("_ring", "_timer")

    def __init__(self, ring: Callable[[float], None]) -> None:
        """Begin without a time.

        Args:
            ring: Called with the present, which is not before the time; it is not set any more then.
        """
        self._ring = ring
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_set(self) -> bool:
        """Return whether a time is waited for."""
        return self._timer is not None

    def set(self, at: float | None) -> None:
        """Wait for a time by the loop's clock; None for none."""
        if self._timer is not None:
            if self._timer.when() == at:
                return
            self._timer.cancel()
        self._timer = None if at is None else asyncio.get_running_loop().call_at(at, self._elapse, at)

    def _elapse(self, at: float) -> None:
        self._timer = None
        # A timer may come a tick of the clock too soon.
        self._ring(max(at, asyncio.get_running_loop().time()))
