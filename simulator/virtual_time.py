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

_BEGINNING: Final = datetime(2026, 12, 1, 12, tzinfo=UTC)


class _Clock:
    """What all clocks show.

    Attributes:
        now: The seconds that have passed.
        ahead: The seconds by which the time of day was set ahead.
    """

    def __init__(self, frozen: Clock) -> None:
        self._frozen = frozen
        self.now = 0.0
        self.ahead = 0.0

    def let_pass(self, seconds: float) -> None:
        # `datetime` knows nothing shorter, and the clocks have to agree.
        step = timedelta(microseconds=math.ceil(seconds * 1e6))
        self.now += step.total_seconds()
        self._frozen.tick(step)

    def set_ahead(self, seconds: float) -> None:
        self.ahead += seconds
        self._frozen.tick(timedelta(seconds=seconds))


class _Selector(selectors.DefaultSelector):
    """Lets time pass instead of waiting, unless a thread is at work.

    Attributes:
        threads: How many threads work for the loop.
    """

    def __init__(self, clock: _Clock) -> None:
        super().__init__()
        self._clock = clock
        self.threads = 0

    @override
    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None or self.threads:
            return super().select(0 if timeout == 0 else None)
        if (ready := super().select(0)) or timeout <= 0:
            return ready
        self._clock.let_pass(timeout)
        return []


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop that lets time pass instead of waiting."""

    def __init__(self, clock: _Clock) -> None:
        """Start with what the clock shows."""
        self._clock = clock
        self._virtual = _Selector(clock)
        super().__init__(self._virtual)

    def sleep_through(self, seconds: float) -> None:
        """Let time pass while nothing runs, as on a suspended host."""
        self._clock.let_pass(seconds)

    def set_clock_ahead(self, seconds: float) -> None:
        """Set the time of day ahead; what waits goes on to wait."""
        self._clock.set_ahead(seconds)

    @override
    def time(self) -> float:
        """Return what the clock shows."""
        return self._clock.now

    @override
    def run_in_executor[*Args, Result](
        self, executor: Executor | None, func: Callable[[*Args], Result], *args: *Args
    ) -> asyncio.Future[Result]:
        """Run a function in a thread, until whose end no time passes."""
        result = super().run_in_executor(executor, func, *args)
        self._virtual.threads += 1
        result.add_done_callback(self._note_end)
        return result

    def _note_end(self, _: asyncio.Future[Any]) -> None:
        self._virtual.threads -= 1

    @override
    async def shutdown_default_executor(self, timeout: float | None = None) -> None:
        """Wait for all threads."""
        self._virtual.threads += 1
        await super().shutdown_default_executor(timeout)
        self._virtual.threads -= 1


@contextmanager
def virtual_clocks() -> Iterator[Callable[[], asyncio.AbstractEventLoop]]:
    """Stop all clocks; give what makes event loops that move them on."""
    with freeze_time(_BEGINNING) as frozen:
        clock = _Clock(frozen)
        began = _BEGINNING.timestamp()
        # freezegun's own are slow, and these two are read all the time.
        with (
            patch.object(time, "monotonic", lambda: clock.now),
            patch.object(time, "time", lambda: began + clock.now + clock.ahead),
        ):
            yield lambda: VirtualLoop(clock)


def run_in_virtual_time[Result](work: Coroutine[Any, Any, Result]) -> Result:
    """Run something to its end, on a clock of its own."""
    with virtual_clocks() as make_loop, asyncio.Runner(loop_factory=make_loop) as runner:
        return runner.run(work)
