"""Virtual time: its clocks agree, and it waits for nothing but threads."""

import asyncio
from datetime import UTC, datetime
import time

import pytest

from simulator.virtual_time import run_in_virtual_time

DAY = 86400.0


def clocks() -> tuple[float, ...]:
    """Return what each clock shows, in seconds."""
    return asyncio.get_running_loop().time(), time.monotonic(), time.time(), datetime.now(UTC).timestamp()


def test_all_clocks_move_together() -> None:
    async def wait() -> list[float]:
        before = clocks()
        await asyncio.sleep(DAY)
        return [now - then for now, then in zip(clocks(), before, strict=True)]

    assert run_in_virtual_time(wait()) == [pytest.approx(DAY)] * 4


def test_what_is_due_first_comes_first() -> None:
    order: list[float] = []

    async def wait(seconds: float) -> None:
        await asyncio.sleep(seconds)
        order.append(seconds)

    async def wait_for_all() -> None:
        await asyncio.gather(*(wait(seconds) for seconds in (DAY, 0.5, 60)))

    run_in_virtual_time(wait_for_all())
    assert order == [0.5, 60, DAY]


def test_time_stands_still_while_a_thread_works() -> None:
    async def work() -> tuple[float, float]:
        asyncio.get_running_loop().call_later(DAY, str)
        await asyncio.to_thread(time.sleep, 0.01)
        worked = asyncio.get_running_loop().time()
        await asyncio.sleep(1)
        return worked, asyncio.get_running_loop().time()

    assert run_in_virtual_time(work()) == (0, 1)
