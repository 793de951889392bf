"""What one server uses, as its node tells it."""

import asyncio
from collections.abc import Callable
import time

from .listeners import Listeners
from .messages import LiveSample
from .models import ServerStatus
from .usage import Usage, UsageMeter


class UsageStream:
    """The usage of one server.

    Attributes:
        samples: Notified of each sample, about once a second while the server runs.
    """

    def __init__(self, is_fed: Callable[[], bool], longest_pause: float) -> None:
        """Begin without a sample.

        Args:
            is_fed: Returns whether the live socket is open and fed.
            longest_pause: Seconds without a sample, after which the usage of a running server is unknown.
        """
        self.samples: Listeners[Usage] = Listeners()
        self._is_fed = is_fed
        self._longest_pause = longest_pause
        self._meter = UsageMeter()
        self._has_usage = False
        self._first: LiveSample | None = None

    @property
    def latest(self) -> Usage | None:
        """Return the usage of the last sample; None when unknown."""
        return self._meter.latest if self._is_known else None

    def take(self) -> Usage | None:
        """Return the mean usage since the last call; None when unknown."""
        usage = self._meter.take()
        return usage if self._is_known else None

    def begin(self) -> None:
        """Begin with a new socket, which first sends samples of the past."""
        self._first = None
        self._meter.begin()

    def settle(self) -> None:
        """End the past, of which the last sample may be from now."""
        if self._first is not None:
            self._add(self._first)

    def add(self, sample: LiveSample, *, settled: bool) -> None:
        """Take a sample.

        Args:
            sample: The sample.
            settled: Whether it is new, rather than of the past.
        """
        if settled:
            self._add(sample)
        else:
            self._first = sample

    def take_reported(self, status: ServerStatus | None) -> None:
        """Take the status that the node reports.

        That nothing is used is live data, too.
        """
        if status is ServerStatus.STOPPED and not self._has_usage:
            self._has_usage = True
            self._notify()

    def take_shown(self, status: ServerStatus | None) -> None:
        """Take the status that is shown of the server.

        It tells what a stopped server uses, and since when a started one runs.
        """
        if self._meter.take_status(status, time.time()):
            self._notify()

    def forget_start(self) -> None:
        """Discard when the server started, until the next report."""
        self._meter.forget_start()

    @property
    def _is_known(self) -> bool:
        if not self._has_usage or self._meter.is_stopped:
            return self._has_usage
        # An open socket alone proves nothing: a daemon that was restarted sends no samples (seen on generation 1).
        return self._is_fed() and not self._meter.has_ceased(asyncio.get_running_loop().time(), self._longest_pause)

    def _notify(self) -> None:
        if (usage := self.latest) is not None:
            self.samples.notify(usage)

    def _add(self, sample: LiveSample) -> None:
        if self._meter.is_stopped:
            return  # it came late
        self._has_usage = True
        self._meter.add(sample, asyncio.get_running_loop().time(), time.time())
        if self.samples:
            self._notify()
