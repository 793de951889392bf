"""Whose turn it is."""

import asyncio
import itertools

from custom_components.stellarstack.client.turns import Pace, Turns


class Rig:
    """Some who wait for their turn, by name; the first one has it until `let_go`."""

    def __init__(self) -> None:
        self.turns = Turns()
        self.urgent: set[str] = set()
        self.order: list[str] = []
        self.tasks: dict[str, asyncio.Task[None]] = {}
        self._go = asyncio.Event()

    async def queue(self, *names: str) -> None:
        """Let them wait, in this order."""
        for name in names:
            self.tasks[name] = asyncio.create_task(self._take(name))
        await asyncio.sleep(0)

    async def let_go(self) -> list[str]:
        """End the first turn; return who had one, in order."""
        self._go.set()
        await asyncio.wait(self.tasks.values())
        return self.order

    async def _take(self, name: str) -> None:
        async with self.turns.take(lambda: name in self.urgent):
            self.order.append(name)
            await self._go.wait()


async def test_first_come_first_served() -> None:
    rig = Rig()
    await rig.queue("a", "b", "c")
    assert rig.order == ["a"]
    assert await rig.let_go() == ["a", "b", "c"]


async def test_who_becomes_urgent_while_waiting_goes_first() -> None:
    rig = Rig()
    await rig.queue("a", "b", "c", "d")
    rig.urgent.add("d")
    assert await rig.let_go() == ["a", "d", "b", "c"]


async def test_who_gives_up_holds_up_nobody() -> None:
    rig = Rig()
    await rig.queue("a", "b", "c", "d")
    rig.tasks["a"].cancel()
    rig.tasks["b"].cancel()
    await asyncio.sleep(0)
    # It has just been given the turn.
    rig.tasks["c"].cancel()
    assert await rig.let_go() == ["a", "d"]


async def test_a_turn_ends_with_an_error() -> None:
    rig = Rig()
    await rig.queue("a", "b")
    rig.tasks["a"].cancel()
    assert await rig.let_go() == ["a", "b"]


async def test_pace_keeps_time_between_turns() -> None:
    loop = asyncio.get_running_loop()
    pace = Pace(0.02)
    began = []
    for _ in range(3):
        await pace.wait(lambda: False)
        began.append(loop.time())
    assert [later - earlier >= 0.02 for earlier, later in itertools.pairwise(began)] == [True, True]


async def test_urgent_one_goes_first_at_a_pace() -> None:
    pace = Pace(0.01)
    order: list[str] = []

    async def wait(name: str, urgent: bool) -> None:
        await pace.wait(lambda: urgent)
        order.append(name)

    await pace.wait(lambda: False)
    await asyncio.gather(wait("first", False), wait("second", False), wait("urgent", True))
    assert order == ["first", "urgent", "second"]
