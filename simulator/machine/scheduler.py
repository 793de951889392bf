"""Scaled time, and the tasks that run in it."""

import asyncio
from collections.abc import Coroutine
import time
from typing import Any, Final

_TURNS: Final = 10
"""Turns of the event loop within which all that waited for a task has gone on."""


class Scheduler:
    """Lets seconds pass `speed` times faster than on the clock."""

    def __init__(self, speed: float) -> None:
        """Begin at second 0."""
        self.speed = speed
        self._began = time.monotonic()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._future_tasks: set[asyncio.Task[Any]] = set()
        self._sleepers: dict[asyncio.Future[None], float] = {}

    def now(self) -> float:
        """Return the scaled seconds since the beginning."""
        return (time.monotonic() - self._began) * self.speed

    async def sleep(self, seconds: float) -> None:
        """Wait for scaled seconds."""
        loop = asyncio.get_running_loop()
        sleeper = loop.create_future()
        timer = loop.call_later(seconds / self.speed, _wake, sleeper)
        self._sleepers[sleeper] = self.now() + seconds
        try:
            await sleeper
        finally:
            timer.cancel()
            self._sleepers.pop(sleeper, None)

    async def sleep_until(self, event: asyncio.Event, seconds: float) -> None:
        """Wait for an event, and for scaled seconds at most."""
        waiters = [asyncio.create_task(event.wait()), asyncio.create_task(self.sleep(seconds))]
        try:
            await asyncio.wait(waiters, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for waiter in waiters:
                waiter.cancel()

    def spawn[T](self, work: Coroutine[Any, Any, T], *groups: set[asyncio.Task[Any]]) -> asyncio.Task[T]:
        """Run something that `finish` brings to its end.

        The task is in the groups until then.
        """
        return _run(work, self._tasks, *groups)

    def spawn_future(self, work: Coroutine[Any, Any, None], *groups: set[asyncio.Task[Any]]) -> None:
        """Run something that `finish` breaks off."""
        _run(work, self._future_tasks, *groups)

    async def finish(self) -> None:
        """Advance time until all that is under way has ended.

        It passes at once, and all happens in its order.
        """
        while True:
            # What goes on may begin others: a container that starts is sampled for ever.
            await self._break_off_future()
            for _ in range(_TURNS):
                await asyncio.sleep(0)
            if self._sleepers:
                sleeper, due = min(self._sleepers.items(), key=lambda item: item[1])
                del self._sleepers[sleeper]
                self._began -= max(0.0, due - self.now()) / self.speed
                _wake(sleeper)
            elif not self._tasks:
                return

    async def _break_off_future(self) -> None:
        future_tasks = tuple(self._future_tasks)
        for task in future_tasks:
            task.cancel()
        await asyncio.gather(*future_tasks, return_exceptions=True)


def _run[T](work: Coroutine[Any, Any, T], *groups: set[asyncio.Task[Any]]) -> asyncio.Task[T]:
    task = asyncio.create_task(work)
    for group in groups:
        group.add(task)
        task.add_done_callback(group.discard)
    return task


def _wake(sleeper: asyncio.Future[None]) -> None:
    if not sleeper.done():
        sleeper.set_result(None)
