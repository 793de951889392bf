"""What a server uses, from the samples of its node.

Pure: no clock, no I/O.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from .messages import LiveSample
from .models import ServerStatus

_MIB = 1024 * 1024

_FIRST_CPU = 0.001
"""Percent; the first sample of a node's stream is below, since it has nothing to compare with (seen on a real panel).

The next ones are below only if the server idles.
"""
_SAME_START = 60.0
"""Seconds. Starts that are no further apart are the same one: the clocks of node and client differ."""


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
    """The mean of the values since the last call of `take`.

    It is the last value if there were none.

    Attributes:
        last: The last value.
    """

    __slots__ = ("_count", "_sum", "last")

    def __init__(self, last: float | None) -> None:
        self.last = last
        self._sum = 0.0
        self._count = 0

    def add(self, value: float) -> None:
        self.last = value
        self._sum += value
        self._count += 1

    def take(self) -> float | None:
        if not self._count:
            return self.last
        mean = self._sum / self._count
        self._sum, self._count = 0.0, 0
        return mean


class _Rate:
    """The growth per second of a counter that restarts with the server.

    Attributes:
        last: The rate between the last two counts.
    """

    __slots__ = ("_at", "_count", "_grown", "_seconds", "last")

    def __init__(self, last: float | None) -> None:
        self.last = last
        self._count: float | None = None
        self._at = 0.0
        self._grown = 0.0
        self._seconds = 0.0

    def add(self, count: float | None, at: float) -> None:
        self.last = None
        if count is None:
            return
        previous, seconds = self._count, at - self._at
        self._count, self._at = count, at
        if previous is not None and seconds > 0:
            grown = count - previous if count >= previous else count
            self._grown += grown
            self._seconds += seconds
            self.last = grown / seconds

    def take(self) -> float | None:
        """Return the mean rate since the last call.

        It is the last one if there is none.
        """
        if not self._seconds:
            return self.last
        rate = self._grown / self._seconds
        self._grown = self._seconds = 0.0
        return rate


class UsageMeter:
    """The usage of one server.

    Samples come about once a second. `take` returns the means of an interval, so that each may be as long as one likes.
    """

    def __init__(self) -> None:
        """Begin without a sample."""
        self._is_known = False
        self._sampled_at: float | None = None
        self._disk: float | None = None
        self._begin_means(None)
        self._status: ServerStatus | None = None
        self._started_at: float | None = None

    @property
    def latest(self) -> Usage | None:
        """Return the usage of the last sample; None when unknown."""
        if not self._is_known:
            return None
        return Usage(
            cpu=self._cpu.last,
            memory=self._memory.last,
            disk=self._disk,
            network_in=self._received.last,
            network_out=self._sent.last,
            started_at=self._start(),
        )

    @property
    def is_stopped(self) -> bool:
        """Whether the server is stopped, so that it uses nothing."""
        return self._status is ServerStatus.STOPPED

    def begin(self) -> None:
        """Begin with a new socket; earlier samples are outdated."""
        if not self.is_stopped:
            self._is_known = False
            self._begin_means(None)
        self._sampled_at = None

    def has_ceased(self, now: float, after: float) -> bool:
        """Return whether no sample has come for so many seconds.

        Never true before the first one of a socket, or of a start.
        """
        return self._sampled_at is not None and now - self._sampled_at >= after

    def forget_start(self) -> None:
        """Discard when the server started, until the next report."""
        self._started_at = None

    def take_status(self, status: ServerStatus | None, now: float) -> bool:
        """Take the server's status; return whether the usage changed.

        A stopped server uses nothing but its disk.

        Args:
            status: The status.
            now: The present time in seconds of the epoch, which is that of a start if the server has just been seen to
                start.
        """
        previous, self._status = self._status, status
        match status:
            case ServerStatus.STOPPED:
                self._is_known = True
                self._started_at = None
                self._sampled_at = None
                self._begin_means(0.0)
                return previous is not status
            case ServerStatus.STARTING | ServerStatus.RUNNING if previous is ServerStatus.STOPPED:
                # Until the node reports it, which some never do.
                self._started_at = now
        return False

    def _start(self) -> datetime | None:
        return None if self._started_at is None else datetime.fromtimestamp(self._started_at, UTC)

    def _begin_means(self, last: float | None) -> None:
        self._cpu, self._memory = _Mean(last), _Mean(last)
        self._received, self._sent = _Rate(last), _Rate(last)
        self._may_idle = False

    def add(self, sample: LiveSample, at: float, now: float) -> None:
        """Take a sample.

        Args:
            sample: The sample.
            at: When it came, in monotonic seconds.
            now: When it came, in seconds of the epoch.
        """
        self._is_known = True
        self._sampled_at = at
        if sample.cpu is not None:
            is_low = sample.cpu < _FIRST_CPU
            if self._may_idle or not is_low:
                self._cpu.add(sample.cpu)
            self._may_idle = is_low
        if sample.memory is not None:
            self._memory.add(sample.memory / _MIB)
        if sample.disk is not None:
            self._disk = sample.disk / _MIB
        self._received.add(sample.received, at)
        self._sent.add(sample.sent, at)
        if sample.uptime is not None:
            started_at = now - sample.uptime
            if self._started_at is None or abs(started_at - self._started_at) > _SAME_START:
                self._started_at = started_at

    def take(self) -> Usage | None:
        """Return the mean usage since the last call.

        A value without a new sample stays as it was.

        Returns:
            None when it is not known what the server uses.
        """
        if not self._is_known:
            return None
        return Usage(
            cpu=self._cpu.take(),
            memory=self._memory.take(),
            disk=self._disk,
            network_in=self._received.take(),
            network_out=self._sent.take(),
            started_at=self._start(),
        )
