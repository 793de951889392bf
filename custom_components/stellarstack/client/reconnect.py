"""How long to wait before another connection."""

import random

from .timing import Timing


class Backoff:
    """The waits between attempts to connect.

    Each is drawn at random, so that the clients of a panel that restarted do not all come back at once. The longest
    wait that can be drawn doubles with each attempt. It begins anew only after a connection that lasted: one that a
    proxy or a refusal ends right after its start is no success.
    """

    def __init__(self, timing: Timing, longest: float | None = None) -> None:
        """Begin with the shortest wait.

        Args:
            timing: The waiting times.
            longest: The longest wait, in seconds; `longest_reconnect` when None.
        """
        self._timing = timing
        self._limit = timing.longest_reconnect if longest is None else longest
        self._longest = timing.first_reconnect

    def next_delay(self, *, spent: float, lasted: float, retry_after: float | None = None) -> float:
        """Return the seconds to wait before the next attempt.

        Args:
            spent: Seconds since the last attempt began; two never begin within `first_reconnect`.
            lasted: For how many of them news came.
            retry_after: Seconds that the panel asked to wait, followed up to `longest_retry_after`.
        """
        timing = self._timing
        if lasted >= timing.lasting:
            self._longest = timing.first_reconnect
        delay = random.uniform(0, self._longest)
        self._longest = min(self._longest * 2, self._limit)
        if retry_after is not None:
            delay = max(delay, min(retry_after, timing.longest_retry_after))
        return max(delay, timing.first_reconnect - spent)
