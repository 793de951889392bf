"""What a server uses, from the samples of its node.

Pure: no clock, no I/O.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from .messages import LiveSample
from .models import ServerStatus

_MIB = 1024 * 1024

_FIRST_CPU = 0.001
"""Percent; the first sample of a node's stream is below, since it has nothing to compare with (seen on a real panel).

The next ones are below only if the server idles.
"""
_SAME_START = timedelta(seconds=60)
"""Starts that are no further apart are the same one: the clocks of node and client differ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """What a server uses; None for unknown values.

    Attributes:
        cpu: Percent of one core.
        memory: MiB.
        disk: MiB of the server's folder.
        network_in: Bytes a second that it receives.
        network_out: Bytes a second that it sends.
        started_at: Since when it runs.
    """

    cpu: float | None = None
    memory: float | None = None
    disk: float | None = None
    network_in: float | None = None
    network_out: float | None = None
    started_at: datetime | None = None


NOTHING = Usage(cpu=0.0, memory=0.0, network_in=0.0, network_out=0.0)
"""What a stopped server uses, but for its disk."""


class _Mean:
    """The mean of the values since the last call of `take`."""

    __slots__ = ("_count", "_sum")

    def __init__(self) -> None:
        self._sum = 0.0
        self._count = 0

    def add(self, value: float | None) -> None:
        if value is not None:
            self._sum += value
            self._count += 1

    def take(self) -> float | None:
        mean = self._sum / self._count if self._count else None
        self._sum, self._count = 0.0, 0
        return mean


class _Rate:
    """The growth rate of a counter that restarts with the server."""

    __slots__ = ("_at", "_grown", "_last", "_seconds")

    def __init__(self) -> None:
        self._last: float | None = None
        self._at = 0.0
        self._grown = 0.0
        self._seconds = 0.0

    def add(self, count: float | None, at: float) -> float | None:
        """Take the counter; return its rate since the last one."""
        if count is None:
            return None
        last, seconds = self._last, at - self._at
        self._last, self._at = count, at
        if last is None or seconds <= 0:
            return None
        grown = count - last if count >= last else count
        self._grown += grown
        self._seconds += seconds
        return grown / seconds

    def take(self) -> float | None:
        """Return the mean rate since the last call."""
        rate = self._grown / self._seconds if self._seconds else None
        self._grown = self._seconds = 0.0
        return rate


class UsageMeter:
    """The usage of one server.

    Samples come about once a second. `take` returns the means of an interval, so that each may be as long as one likes.
    """

    def __init__(self) -> None:
        """Begin without a sample."""
        self._latest: Usage | None = None
        self._sampled_at: float | None = None
        self._disk: float | None = None
        self._begin_means()
        self._status: ServerStatus | None = None
        self._started_at: datetime | None = None

    @property
    def latest(self) -> Usage | None:
        """Return the usage of the last sample; None when unknown."""
        return self._latest

    @property
    def is_stopped(self) -> bool:
        """Whether the server is stopped, so that it uses nothing."""
        return self._status is ServerStatus.STOPPED

    def begin(self) -> None:
        """Begin with a new socket; earlier samples are outdated."""
        if not self.is_stopped:
            self._latest = None
            self._begin_means()
        self._sampled_at = None

    def has_ceased(self, now: float, after: float) -> bool:
        """Return whether no sample has come for so many seconds.

        Never true before the first one of a socket, or of a start.
        """
        return self._sampled_at is not None and now - self._sampled_at >= after

    def forget_start(self) -> None:
        """Discard when the server started, until the next report."""
        self._started_at = None

    def take_status(self, status: ServerStatus | None, now: datetime) -> bool:
        """Take the server's status; return whether the usage changed.

        A stopped server uses nothing but its disk.

        Args:
            status: The status.
            now: The present time, which is that of a start if the server has just been seen to start.
        """
        previous, self._status = self._status, status
        match status:
            case ServerStatus.STOPPED:
                self._latest = replace(NOTHING, disk=self._disk)
                self._started_at = None
                self._sampled_at = None
                self._begin_means()
                return previous is not status
            case ServerStatus.STARTING | ServerStatus.RUNNING if previous is ServerStatus.STOPPED:
                # Until the node reports it, which some never do.
                self._started_at = now
        return False

    def _begin_means(self) -> None:
        self._cpu, self._memory = _Mean(), _Mean()
        self._received, self._sent = _Rate(), _Rate()
        self._may_idle = False

    def add(self, sample: LiveSample, at: float, now: datetime) -> Usage:
        """Take a sample and return its usage.

        Args:
            sample: The sample.
            at: When it came, in monotonic seconds.
            now: When it came, by the clock.
        """
        cpu, is_low = sample.cpu, sample.cpu is not None and sample.cpu < _FIRST_CPU
        if is_low and not self._may_idle:
            cpu = None
        self._may_idle = is_low
        memory = None if sample.memory is None else sample.memory / _MIB
        self._sampled_at = at
        if sample.disk is not None:
            self._disk = sample.disk / _MIB
        self._cpu.add(cpu)
        self._memory.add(memory)
        if sample.uptime is not None:
            started_at = now - timedelta(seconds=sample.uptime)
            if self._started_at is None or abs(started_at - self._started_at) > _SAME_START:
                self._started_at = started_at
        previous = self._latest
        received, sent = self._received.add(sample.received, at), self._sent.add(sample.sent, at)
        self._latest = latest = Usage(
            cpu=cpu if cpu is not None or previous is None else previous.cpu,
            memory=memory,
            disk=self._disk,
            network_in=received,
            network_out=sent,
            started_at=self._started_at,
        )
        return latest

    def take(self) -> Usage | None:
        """Return the mean usage since the last call.

        A value without a new sample stays as it was.

        Returns:
            None when it is not known what the server uses.
        """
        cpu, memory = self._cpu.take(), self._memory.take()
        received, sent = self._received.take(), self._sent.take()
        if (latest := self._latest) is None:
            return None
        return Usage(
            cpu=latest.cpu if cpu is None else cpu,
            memory=latest.memory if memory is None else memory,
            disk=latest.disk,
            network_in=latest.network_in if received is None else received,
            network_out=latest.network_out if sent is None else sent,
            started_at=latest.started_at,
        )
