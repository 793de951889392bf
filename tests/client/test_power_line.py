"""The line of power calls: who waits for what, who joins whom, what a report accepts."""

import asyncio
from collections.abc import AsyncGenerator, Coroutine
from typing import Any

import pytest

from custom_components.stellarstack.client.exceptions import AuthenticationError, ClosedError, Refusal, RefusedError
from custom_components.stellarstack.client.models import PowerAction, ServerStatus
from custom_components.stellarstack.client.power import PowerLine

START, STOP, RESTART, KILL = PowerAction


class Node:
    """Takes power calls and answers each when told to."""

    def __init__(self) -> None:
        self.calls: list[PowerAction] = []
        self.answers: list[asyncio.Future[None]] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.line = PowerLine(self.send, self.spawn)

    async def send(self, action: PowerAction) -> None:
        self.calls.append(action)
        answer = asyncio.get_running_loop().create_future()
        self.answers.append(answer)
        await answer

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(work, name=name)
        self.tasks.append(task)
        return task

    async def request(self, action: PowerAction) -> asyncio.Task[None]:
        """Ask for a call, and let everything happen that can happen without an answer."""
        task = asyncio.create_task(self.line.request(action))
        await settle()
        return task

    async def answer(self, number: int, error: Exception | None = None) -> None:
        if error is None:
            self.answers[number].set_result(None)
        else:
            self.answers[number].set_exception(error)
        await settle()


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


@pytest.fixture
async def node() -> AsyncGenerator[Node]:
    node = Node()
    yield node
    for task in node.tasks:
        task.cancel()
    await asyncio.gather(*node.tasks, return_exceptions=True)


async def test_answer_accepts(node: Node) -> None:
    call = await node.request(START)
    assert (node.calls, call.done()) == ([START], False)

    await node.answer(0)

    assert call.result() is None


@pytest.mark.parametrize(
    ("action", "status", "accepts"),
    [
        (START, ServerStatus.STARTING, True),
        (START, ServerStatus.RUNNING, True),
        (START, ServerStatus.STOPPED, False),
        (STOP, ServerStatus.STOPPING, True),
        (STOP, ServerStatus.STOPPED, True),
        (STOP, ServerStatus.RUNNING, False),
        (RESTART, ServerStatus.STOPPING, True),
        (RESTART, ServerStatus.STOPPED, True),
        (RESTART, ServerStatus.STARTING, True),
        (RESTART, ServerStatus.RUNNING, False),
        (KILL, ServerStatus.STOPPED, True),
        (KILL, ServerStatus.STOPPING, False),
        (STOP, None, False),
    ],
)
async def test_report_accepts(node: Node, action: PowerAction, status: ServerStatus | None, accepts: bool) -> None:
    call = await node.request(action)

    node.line.report(status)
    await settle()

    assert call.done() is accepts
    await node.answer(0)
    assert call.result() is None


@pytest.mark.parametrize(
    ("action", "status"),
    [(START, ServerStatus.RUNNING), (STOP, ServerStatus.STOPPED), (RESTART, ServerStatus.STOPPING)],
)
async def test_what_was_reported_before_accepts_nothing(node: Node, action: PowerAction, status: ServerStatus) -> None:
    node.line.report(status)
    call = await node.request(action)
    # A node reports each server every 30 s, changed or not.
    node.line.report(status)
    await settle()

    assert not call.done()
    await node.answer(0)
    assert call.done()


async def test_call_in_line_waits_for_the_answer_not_for_the_report(node: Node) -> None:
    stop, start = await node.request(STOP), await node.request(START)
    node.line.report(ServerStatus.STOPPED)
    await settle()
    assert (stop.done(), start.done(), node.calls) == (True, False, [STOP])

    await node.answer(0)

    assert node.calls == [STOP, START]
    # What is reported now is of the start.
    node.line.report(ServerStatus.STARTING)
    await settle()
    assert start.done()


async def test_stop_start_stop_ends_stopped(node: Node) -> None:
    calls = [await node.request(action) for action in (STOP, START, STOP)]
    for number in range(3):
        await node.answer(number)

    assert node.calls == [STOP, START, STOP]
    assert all(call.done() for call in calls)


async def test_only_the_last_in_line_is_joined(node: Node) -> None:
    first, second = await node.request(STOP), await node.request(STOP)
    third, fourth = await node.request(START), await node.request(START)
    await node.answer(0)
    await node.answer(1)

    assert node.calls == [STOP, START]
    assert all(call.done() for call in (first, second, third, fourth))


async def test_kill_never_waits(node: Node) -> None:
    stop, start, kill = [await node.request(action) for action in (STOP, START, KILL)]
    assert node.calls == [STOP, KILL]

    await node.answer(1)
    assert (kill.done(), stop.done(), start.done()) == (True, False, False)

    await node.answer(0)
    await node.answer(2)
    assert node.calls == [STOP, KILL, START]
    assert start.done()


async def test_two_kills_at_once_are_one_and_the_next_is_another(node: Node) -> None:
    first, second = await node.request(KILL), await node.request(KILL)
    await node.answer(0)
    third = await node.request(KILL)
    await node.answer(1)

    assert node.calls == [KILL, KILL]
    assert all(call.done() for call in (first, second, third))


async def test_refusal_reaches_those_who_wait_and_the_next_goes_on(node: Node) -> None:
    refusal = RefusedError("refused", 500, "Server is already running", Refusal.ALREADY_RUNNING)
    first, second, third = await node.request(START), await node.request(START), await node.request(STOP)
    await node.answer(0, refusal)

    assert (first.exception(), second.exception()) == (refusal, refusal)
    assert node.calls == [START, STOP]
    await node.answer(1)
    assert third.result() is None


async def test_refusal_after_a_report_hurts_nobody(node: Node) -> None:
    stop = await node.request(STOP)
    node.line.report(ServerStatus.STOPPING)
    await settle()
    await node.answer(0, RefusedError("refused", 500, "busy", Refusal.BUSY))

    assert stop.result() is None


async def test_one_that_leaves_takes_nothing_back(node: Node) -> None:
    first, second = await node.request(STOP), await node.request(STOP)
    first.cancel()
    await settle()
    await node.answer(0)

    assert first.cancelled()
    assert second.result() is None


@pytest.mark.parametrize("reason", [None, AuthenticationError("the session has ended")])
async def test_close_fails_all(node: Node, reason: AuthenticationError | None) -> None:
    calls = [await node.request(action) for action in (STOP, START, KILL)]

    node.line.close(reason)
    for task in node.tasks:
        task.cancel()
    await settle()

    errors = [call.exception() for call in calls]
    assert [type(error) for error in errors] == [ClosedError if reason is None else AuthenticationError] * 3
    # A line that was closed can be used again: the client may connect once more.
    again = await node.request(START)
    await node.answer(-1)
    assert again.result() is None
