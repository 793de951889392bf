"""Who may try to reach a node, and when."""

import asyncio
from dataclasses import replace
from itertools import pairwise

import pytest

from custom_components.stellarstack.client.exceptions import (
    ForbiddenError,
    NodeOfflineError,
    PanelConnectionError,
    RateLimitedError,
    StellarStackError,
    TicketRefusedError,
    WebSocketBlockedError,
)
from custom_components.stellarstack.client.gate import NodeGate
from custom_components.stellarstack.client.timing import Timing

from .support import until

TIMING = replace(Timing(), first_reconnect=0.01, live_pace=0.0, live_unreachable=3600.0)


class Node:
    """A node that is tried to be reached; each attempt lasts until it is answered."""

    def __init__(self) -> None:
        self.attempts: list[asyncio.Future[str]] = []

    async def connect(self) -> str:
        self.attempts.append(asyncio.get_running_loop().create_future())
        return await self.attempts[-1]

    async def is_tried(self, times: int) -> asyncio.Future[str]:
        """Wait for so many attempts; returns the last."""
        await until(lambda: len(self.attempts) >= times)
        return self.attempts[-1]


@pytest.fixture
def gate() -> NodeGate:
    """The gate of a node that nobody has tried yet."""
    return NodeGate(TIMING, 0.05)


def crowd(gate: NodeGate, node: Node, size: int) -> list[asyncio.Task[str]]:
    """Let many try at once."""
    return [asyncio.create_task(gate.attempt(node.connect, lambda: False)) for _ in range(size)]


async def test_one_tries_while_the_node_is_not_known_to_be_there(gate: NodeGate) -> None:
    node = Node()
    tasks = crowd(gate, node, 5)
    first = await node.is_tried(1)
    await asyncio.sleep(0.05)
    assert len(node.attempts) == 1

    first.set_result("open")

    await node.is_tried(5)
    for attempt in node.attempts[1:]:
        attempt.set_result("open")
    assert await asyncio.gather(*tasks) == ["open"] * 5


async def test_next_one_tries_when_one_failed(gate: NodeGate) -> None:
    node = Node()
    tasks = crowd(gate, node, 3)
    for number in range(1, 4):
        (await node.is_tried(number)).set_exception(PanelConnectionError("away"))
        await asyncio.sleep(0)
        assert len(node.attempts) == number

    assert all(isinstance(err, PanelConnectionError) for err in await asyncio.gather(*tasks, return_exceptions=True))


@pytest.mark.parametrize("error", [TicketRefusedError("no"), ForbiddenError("no"), StellarStackError("no")])
async def test_refusal_shows_that_the_node_is_there(gate: NodeGate, error: StellarStackError) -> None:
    node = Node()
    tasks = crowd(gate, node, 3)

    (await node.is_tried(1)).set_exception(error)

    await node.is_tried(3)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


async def test_lost_node_is_tried_by_one(gate: NodeGate) -> None:
    node = Node()
    tasks = crowd(gate, node, 1)
    (await node.is_tried(1)).set_result("open")
    await asyncio.gather(*tasks)
    gate.mark_lost()

    tasks = crowd(gate, node, 3)
    await node.is_tried(2)
    await asyncio.sleep(0.05)

    assert len(node.attempts) == 2
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)


@pytest.mark.parametrize(
    "error", [PanelConnectionError("away"), NodeOfflineError("away"), RateLimitedError("often", 0.0)]
)
async def test_wait_is_bounded(monkeypatch: pytest.MonkeyPatch, gate: NodeGate, error: StellarStackError) -> None:
    assert await longest_wait(monkeypatch, gate, error, 20) == 0.05


async def test_what_is_in_the_way_for_good_is_tried_seldom(monkeypatch: pytest.MonkeyPatch, gate: NodeGate) -> None:
    error = WebSocketBlockedError("a page", 200)
    assert await longest_wait(monkeypatch, gate, error, 30) == 3600


async def longest_wait(
    monkeypatch: pytest.MonkeyPatch, gate: NodeGate, error: StellarStackError, failures: int
) -> float:
    """Return the longest wait that may be drawn after so many failures."""
    drawn: list[float] = []

    def draw(least: float, most: float) -> float:
        drawn.append(most)
        return least

    monkeypatch.setattr("random.uniform", draw)

    async def fail() -> None:
        raise error

    for _ in range(failures):
        gate.hurry()
        with pytest.raises(type(error)):
            await gate.attempt(fail, lambda: False)
    return drawn[-1]


async def test_wait_asked_for_is_followed(gate: NodeGate) -> None:
    async def fail() -> None:
        raise RateLimitedError("often", 3600.0)

    with pytest.raises(RateLimitedError):
        await gate.attempt(fail, lambda: False)
    assert gate._next_at - asyncio.get_running_loop().time() == pytest.approx(TIMING.longest_retry_after, abs=1)


async def test_who_is_in_a_hurry_does_not_wait(gate: NodeGate) -> None:
    node = Node()

    async def fail() -> None:
        raise RateLimitedError("often", 60.0)

    with pytest.raises(RateLimitedError):
        await gate.attempt(fail, lambda: False)
    (task,) = crowd(gate, node, 1)
    await asyncio.sleep(0.02)
    assert node.attempts == []

    gate.hurry()

    (await node.is_tried(1)).set_result("open")
    assert await task == "open"


async def test_they_come_in_steps() -> None:
    gate = NodeGate(replace(TIMING, live_pace=0.02), 1.0)
    times: list[float] = []

    async def connect() -> None:
        times.append(asyncio.get_running_loop().time())

    await asyncio.gather(*(gate.attempt(connect, lambda: False) for _ in range(6)))

    assert all(later - earlier >= 0.019 for earlier, later in pairwise(times))


async def test_who_gives_up_lets_the_next_one_try(gate: NodeGate) -> None:
    node = Node()
    first, second = crowd(gate, node, 2)
    await node.is_tried(1)

    first.cancel()

    (await node.is_tried(2)).set_result("open")
    assert await second == "open"
