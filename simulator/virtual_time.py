"""An event loop in which days pass at once.

Whenever all wait for a time to come, it has come. Client and panel run in the same loop and talk over real sockets of
this machine, where what was sent has come at once. So nothing is ever waited for but threads. All clocks move with the
loop: its own, `time` and `datetime`.
"""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
import math
import selectors
import time
from typing import Any, Final, override
from unittest.mock import patch

from freezegun import freeze_time
from freezegun.api import FrozenDateTimeFactory, StepTickTimeFactory, TickingDateTimeFactory

type Clock = FrozenDateTimeFactory | StepTickTimeFactory | TickingDateTimeFactory

_BEGINNING: Final = datetime(2026, 11, 26, 12, tzinfo=UTC)


class _Selector(selectors.DefaultSelector):
    """Lets time pass instead of waiting, unless a thread is at work.

    Attributes:
        now: The seconds that have passed.
        threads: How many threads work for the loop.
    """

    def __init__(self, clock: Clock) -> None:
        super().__init__()
        self._clock = clock
        self.now = 0.0
        self.threads = 0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or self.threads:
            return super().select(0 if timeout == 0 else None)
        if (ready := super().select(0)) or timeout <= 0:
            return ready
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

    @override
    def run_in_executor[*Args, Result](
        self, executor: Executor | None, func: Callable[[*Args], Result], *args: *Args
    ) -> asyncio.Future[Result]:
        result = super().run_in_executor(executor, func, *args)
        self._virtual.threads += 1
        result.add_done_callback(self._note_end)
        return result

    def _note_end(self, _: asyncio.Future[Any]) -> None:
        self._virtual.threads -= 1

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        self._virtual.threads += 1
        await super().shutdown_default_executor(timeout)
        self._virtual.threads -= 1


@contextmanager
def _virtual_clocks() -> Iterator[_Loop]:
    with freeze_time(_BEGINNING) as clock:
        loop = _Loop(clock)
        began = _BEGINNING.timestamp()
        # freezegun's own are slow, and these two are read all the time.
        with patch.object(time, "monotonic", loop.time), patch.object(time, "time", lambda: began + loop.time()):
            yield loop


def run_in_virtual_time[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """Run something to its end, on a clock of its own."""
    with _virtual_clocks() as loop, asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(work)
