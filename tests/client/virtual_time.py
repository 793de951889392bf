"""An event loop in which hours pass at once: whenever all wait for a time to come, it has come.

Client and panel run in the same loop and talk over real sockets of this machine, so nothing else is ever waited for.
All clocks that they read move with the loop: its own, `time` and `datetime`.
"""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
import math
import selectors
from typing import Any, override

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory, StepTickTimeFactory, TickingDateTimeFactory

type Clock = FrozenDateTimeFactory | StepTickTimeFactory | TickingDateTimeFactory

_DELIVERY = 0.0005
"""Real seconds in which what was sent on this machine has come."""


class _Selector(selectors.DefaultSelector):
    """Lets time pass instead of waiting."""

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.now = 0.0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if ready := super().select(_DELIVERY if timeout is not None else 1.0):
            return ready
        if timeout is not None and timeout > 0:
            # `datetime` knows nothing shorter, and the clocks have to agree.
            step = timedelta(microseconds=math.ceil(timeout * 1e6))
            self.now += step.total_seconds()
            self._clock.tick(step)
        return []


class _Loop(asyncio.SelectorEventLoop):
    def __init__(self, clock: Clock) -> None:
        self._virtual = _Selector(clock)
        super().__init__(self._virtual)

    @override
    def time(self) -> float:
        return self._virtual.now


def run_in_virtual_time(work: Coroutine[Any, Any, None]) -> None:
    """Run something to its end, however long it takes on its own clock."""
    with (
        freeze_time("2026-11-26 12:00:00") as clock,
        asyncio.Runner(loop_factory=lambda: _Loop(clock)) as runner,
    ):
        runner.run(work)
