"""Background calls, limited in number.

All clients of a panel share its limit of 100 a minute.
"""

import asyncio
from collections import deque

from .timing import Timing

MOST_QUESTIONS = 10
"""How many may be asked in one window (`Timing.question_window`)."""


class Questions:
    """Lets at most ten questions be asked in 12 s."""

    def __init__(self, timing: Timing) -> None:
        """Begin without questions."""
        self._timing = timing
        self._asked: deque[float] = deque()

    async def wait(self) -> None:
        """Wait until the next one may be asked."""
        loop = asyncio.get_running_loop()
        while len(self._asked) >= MOST_QUESTIONS:
            if (wait := self._asked[0] + self._timing.question_window - loop.time()) > 0:
                await asyncio.sleep(wait)
            else:
                self._asked.popleft()
        self._asked.append(loop.time())
