"""Turns one after the other, the urgent ones first."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterator
import contextlib

LONGEST_TURN = 0.05
"""Seconds of work at one go, after which others get a turn."""


def run_in_turns(actions: Iterator[Callable[[], None]]) -> None:
    """Run actions in turns that leave the loop responsive.

    The first ones run at once.
    """
    loop = asyncio.get_running_loop()
    end = loop.time() + LONGEST_TURN
    for action in actions:
        action()
        if loop.time() > end:
            loop.call_soon(run_in_turns, actions)
            return


class Turns:
    """A lock that urgent ones get before others who wait."""

    def __init__(self) -> None:
        """Begin with nobody waiting."""
        self._is_taken = False
        self._waiting: dict[asyncio.Future[None], Callable[[], bool]] = {}

    @contextlib.asynccontextmanager
    async def take(self, is_urgent: Callable[[], bool]) -> AsyncGenerator[None]:
        """Wait for a turn, and have it meanwhile.

        Args:
            is_urgent: Whether it is urgent, asked at the end of each turn: that may change while it waits.
        """
        if self._is_taken:
            await self._wait(is_urgent)
        self._is_taken = True
        try:
            yield
        finally:
            self._pass_on()

    async def _wait(self, is_urgent: Callable[[], bool]) -> None:
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[turn] = is_urgent
        try:
            await turn
        except asyncio.CancelledError:
            if self._waiting.pop(turn, None) is None:
                # It came just then.
                self._pass_on()
            raise

    def _pass_on(self) -> None:
        # One that was cancelled in this moment has not left yet.
        waiting = {turn: is_urgent for turn, is_urgent in self._waiting.items() if not turn.done()}
        urgent = (turn for turn, is_urgent in waiting.items() if is_urgent())
        turn = next(urgent, next(iter(waiting), None))
        if turn is None:
            self._is_taken = False
        else:
            del self._waiting[turn]
            turn.set_result(None)


class Pace:
    """Turns of no length, with a time between two of them."""

    def __init__(self, interval: float) -> None:
        """Begin with a turn that is free; `interval` is in seconds."""
        self._interval = interval
        self._turns = Turns()
        self._next_at = 0.0

    async def wait(self, is_urgent: Callable[[], bool]) -> None:
        """Wait for a turn.

        Args:
            is_urgent: As for `Turns.take`.
        """
        loop = asyncio.get_running_loop()
        async with self._turns.take(is_urgent):
            await asyncio.sleep(self._next_at - loop.time())
            self._next_at = loop.time() + self._interval
