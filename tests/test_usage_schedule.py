"""When usage is published: once an interval each, and spread over it."""

import asyncio
from collections.abc import Awaitable, Callable
from itertools import pairwise

from hypothesis import given, strategies as st
import pytest

from custom_components.stellarstack.usage_schedule import UsageSchedule
from simulator.virtual_time import run_in_virtual_time

from .client.support import at_random


@pytest.fixture(autouse=True)
def _integration_and_sockets() -> None:
    """Nothing here needs a running Home Assistant."""


@pytest.fixture(autouse=True)
def _quick_reconnects() -> None:
    """Nothing here reconnects."""


class Server:
    """Keeps when it was published."""

    def __init__(self) -> None:
        self.times: list[float] = []

    def publish(self) -> None:
        self.times.append(asyncio.get_running_loop().time())

    @property
    def gaps(self) -> list[float]:
        return [later - earlier for earlier, later in pairwise(self.times)]


def play(story: Callable[[UsageSchedule], Awaitable[None]]) -> None:
    """Let a schedule of 30 s live through a story."""

    async def work() -> None:
        schedule = UsageSchedule(asyncio.get_running_loop())
        await story(schedule)
        schedule.async_close()

    run_in_virtual_time(work())


def test_each_once_an_interval_and_spread_over_it() -> None:
    servers = [Server() for _ in range(10)]

    async def story(schedule: UsageSchedule) -> None:
        for server in servers:
            schedule.async_add(server.publish)
        await asyncio.sleep(301)

    play(story)
    assert all(gap == pytest.approx(30, abs=0.1) for server in servers for gap in server.gaps)
    every = sorted(time for server in servers for time in server.times)
    assert all(later - earlier >= 2.9 for earlier, later in pairwise(every))
    assert {len(server.times) for server in servers} == {10, 9}


def test_one_that_leaves_is_not_published_any_more() -> None:
    stays, leaves = Server(), Server()

    async def story(schedule: UsageSchedule) -> None:
        schedule.async_add(leaves.publish)
        await asyncio.sleep(1)
        schedule.async_add(stays.publish)
        schedule.async_discard(leaves.publish)
        schedule.async_discard(leaves.publish)
        await asyncio.sleep(61)

    play(story)
    assert leaves.times == []
    assert stays.times == [pytest.approx(31, abs=0.1), pytest.approx(61, abs=0.1)]


def test_interval_that_is_changed_counts_at_once() -> None:
    servers = [Server(), Server()]

    async def story(schedule: UsageSchedule) -> None:
        schedule.async_set_interval(300)
        for server in servers:
            schedule.async_add(server.publish)
        await asyncio.sleep(10)
        schedule.async_set_interval(5)
        schedule.async_set_interval(5)
        await asyncio.sleep(11)

    play(story)
    assert [round(time, 1) for time in servers[0].times] == [12.5, 17.5]
    assert [round(time, 1) for time in servers[1].times] == [15.0, 20.0]


def test_one_that_fails_is_published_again_as_are_the_others() -> None:
    server, failures = Server(), []

    def fail() -> None:
        failures.append(1)
        raise ValueError

    async def story(schedule: UsageSchedule) -> None:
        asyncio.get_running_loop().set_exception_handler(lambda *_: None)
        schedule.async_add(fail)
        schedule.async_add(server.publish)
        await asyncio.sleep(91)

    play(story)
    assert (len(failures), len(server.times)) == (3, 2)


@at_random
@given(st.lists(st.tuples(st.floats(0, 40), st.integers(0, 5), st.booleans()), max_size=40))
def test_never_twice_in_an_interval(changes: list[tuple[float, int, bool]]) -> None:
    """Whoever comes and goes meanwhile."""
    servers = [Server() for _ in range(6)]

    async def story(schedule: UsageSchedule) -> None:
        for wait, number, joins in changes:
            await asyncio.sleep(wait)
            (schedule.async_add if joins else schedule.async_discard)(servers[number].publish)

    play(story)
    assert all(gap >= 30 * 0.999 for server in servers for gap in server.gaps)
