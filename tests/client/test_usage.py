"""What a server uses: means, rates, and since when it runs."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st
import pytest

from custom_components.stellarstack.client.messages import LiveSample
from custom_components.stellarstack.client.models import ServerStatus
from custom_components.stellarstack.client.usage import Usage, UsageMeter

from .support import at_random

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
MIB = 1024 * 1024
STOPPED, STARTING, RUNNING = ServerStatus.STOPPED, ServerStatus.STARTING, ServerStatus.RUNNING


class Meter:
    """A meter to which a sample comes each second."""

    def __init__(self) -> None:
        self.meter = UsageMeter()
        self.seconds = 0.0

    @property
    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def add(self, after: float = 1.0, **values: float) -> Usage:
        """Let a sample come; return the usage then."""
        self.seconds += after
        self.meter.add(LiveSample(**values), self.seconds, self.now.timestamp())  # type: ignore[arg-type] # numbers by name
        assert self.meter.latest is not None
        return self.meter.latest

    def status(self, status: ServerStatus) -> bool:
        """Let the server be in a status."""
        return self.meter.take_status(status, self.now.timestamp())


def test_nothing_is_known_at_first() -> None:
    meter = UsageMeter()
    assert (meter.latest, meter.take()) == (None, None)


def test_mean_of_an_interval() -> None:
    meter = Meter()
    for cpu in (10.0, 20.0, 60.0):
        meter.add(cpu=cpu, memory=cpu * MIB, disk=5 * MIB)

    assert meter.meter.take() == Usage(cpu=30.0, memory=30.0, disk=5.0)
    meter.add(cpu=50.0, memory=MIB, disk=6 * MIB)
    assert meter.meter.take() == Usage(cpu=50.0, memory=1.0, disk=6.0)


def test_without_a_sample_what_was_last_told_holds() -> None:
    meter = Meter()
    meter.add(cpu=10.0, memory=MIB)
    meter.meter.take()

    assert meter.meter.take() == Usage(cpu=10.0, memory=1.0)


@pytest.mark.parametrize("cpu", [0.0, 0.00017])
def test_first_sample_of_a_stream_tells_no_cpu(cpu: float) -> None:
    meter = Meter()
    assert meter.add(cpu=cpu).cpu is None
    assert meter.add(cpu=8.0).cpu == 8.0
    # A later stream of the same server: until it tells, the last one holds.
    assert meter.add(cpu=cpu).cpu == 8.0
    usage = meter.meter.take()
    assert usage is not None
    assert usage.cpu == 8.0


def test_server_that_idles() -> None:
    meter = Meter()
    for cpu in (0.0, 0.0, 0.0005):
        meter.add(cpu=cpu)
    assert meter.meter.take() == Usage(cpu=0.00025)

    meter.add(cpu=8.0)
    meter.add(cpu=0.0)
    assert meter.meter.take() == Usage(cpu=8.0)
    assert meter.add(cpu=0.0).cpu == 0.0
    assert meter.meter.take() == Usage(cpu=0.0)


def test_rate_is_that_of_the_counter() -> None:
    meter = Meter()
    first = meter.add(received=1000, sent=500)
    second = meter.add(received=3000, sent=500)
    third = meter.add(after=2, received=3000, sent=1500)

    rates = [(usage.network_in, usage.network_out) for usage in (first, second, third)]
    assert rates == [(None, None), (2000, 0), (0, 500)]
    mean = meter.meter.take()
    assert mean is not None
    assert mean.network_in == pytest.approx(2000 / 3)
    assert mean.network_out == pytest.approx(1000 / 3)


def test_counter_that_falls_began_anew() -> None:
    meter = Meter()
    meter.add(received=1000)

    assert meter.add(received=300).network_in == 300


def test_gap_counts_for_nothing() -> None:
    meter = Meter()
    meter.add(received=1000, cpu=1.0)
    meter.meter.begin()
    assert meter.meter.latest is None

    assert meter.add(after=1000, received=9000).network_in is None
    assert meter.add(received=9100).network_in == 100
    mean = meter.meter.take()
    assert mean is not None
    assert mean.network_in == 100


def test_mean_begins_anew_after_a_gap() -> None:
    meter = Meter()
    meter.add(cpu=90.0, memory=9 * MIB)
    meter.meter.begin()
    meter.add(cpu=10.0, memory=MIB)

    assert meter.meter.take() == Usage(cpu=10.0, memory=1.0)


def test_samples_that_cease() -> None:
    meter = Meter()
    assert not meter.meter.has_ceased(1000.0, after=15.0)

    meter.add(cpu=1.0)
    assert not meter.meter.has_ceased(meter.seconds + 14.9, after=15.0)
    assert meter.meter.has_ceased(meter.seconds + 15.0, after=15.0)


@pytest.mark.parametrize("anew", [lambda meter: meter.meter.begin(), lambda meter: meter.status(STOPPED)])
def test_before_the_first_sample_none_has_ceased(anew: Callable[[Meter], object]) -> None:
    meter = Meter()
    meter.add(cpu=1.0)
    anew(meter)

    assert not meter.meter.has_ceased(meter.seconds + 1000.0, after=15.0)


def test_disk_is_kept_over_a_gap() -> None:
    meter = Meter()
    meter.add(disk=5 * MIB)
    meter.meter.begin()
    meter.status(STOPPED)

    assert meter.meter.latest is not None
    assert meter.meter.latest.disk == 5.0


def test_two_samples_at_once_are_no_rate() -> None:
    meter = Meter()
    meter.add(received=1000)
    assert meter.add(after=0, received=2000).network_in is None


def test_stopped_server_uses_nothing_but_its_disk() -> None:
    meter = Meter()
    meter.add(cpu=10.0, memory=MIB, disk=5 * MIB, received=1, sent=1, uptime=100)

    assert meter.status(STOPPED)
    assert not meter.status(STOPPED)

    nothing = Usage(cpu=0.0, memory=0.0, disk=5.0, network_in=0.0, network_out=0.0)
    assert (meter.meter.latest, meter.meter.take()) == (nothing, nothing)
    meter.meter.begin()
    assert meter.meter.latest == nothing


def test_start_is_as_the_node_tells_and_does_not_tremble() -> None:
    meter = Meter()
    for uptime in (100, 101.4, 131, 102):
        assert meter.add(uptime=uptime).started_at == NOON + timedelta(seconds=-99)

    # A restart that was not seen.
    assert meter.add(uptime=2).started_at == meter.now - timedelta(seconds=2)


def test_start_is_as_it_was_seen_where_no_node_tells() -> None:
    meter = Meter()
    meter.status(STOPPED)
    meter.seconds = 60
    meter.status(STARTING)
    meter.seconds = 90
    meter.status(RUNNING)

    assert meter.add().started_at == NOON + timedelta(seconds=60)
    meter.status(STOPPED)
    meter.status(RUNNING)
    assert meter.add().started_at == NOON + timedelta(seconds=91)


def test_start_of_a_server_that_ran_before_is_not_known() -> None:
    meter = Meter()
    meter.status(RUNNING)
    assert meter.add().started_at is None


@at_random
@given(st.lists(st.none() | st.floats(0, 2**53), max_size=30))
def test_no_rate_is_negative(counts: list[float | None]) -> None:
    meter = Meter()
    for count in counts:
        usage = meter.add() if count is None else meter.add(received=count)
        assert usage.network_in is None or usage.network_in >= 0
    mean = meter.meter.take()
    assert mean is None or mean.network_in is None or mean.network_in >= 0
