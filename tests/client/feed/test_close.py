"""The end of a feed: at any moment, once, and nothing after it."""

import asyncio

from aiohttp import web
import pytest

from custom_components.stellarstack.client.exceptions import AuthenticationError
from simulator import Panel
from tests.client.support import Serve, our_log, our_tasks, until
from tests.common import SERVERS

from .rig import CLOSED, CONNECTED, CONNECTING, DISCONNECTED, UNAUTHENTICATED, FailingRig, FeedRig, JammedLine, MakeRig

SURVIVAL, CREATIVE, VALHEIM = SERVERS


async def test_close_unsubscribes_and_says_goodbye(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected(SURVIVAL, CREATIVE)
    await until(lambda: len(panel.received) == 2)
    (connection,) = panel.connections

    await rig.end()

    await until(lambda: not panel.connections)
    assert set(panel.received_of("unsubscribe")) == {SURVIVAL, CREATIVE}
    assert len(panel.received) == 4
    assert connection._socket.close_code == 1000
    assert rig.states == [CONNECTING, CONNECTED, CLOSED]
    assert our_tasks() == []


async def test_close_before_anything(rig: FeedRig) -> None:
    await rig.feed.close()

    assert (rig.feed.state, rig.states) == (CLOSED, [])


async def test_closed_feed_does_not_run(rig: FeedRig, panel: Panel) -> None:
    await rig.feed.close()
    rig.start()

    await rig.ends()

    assert (rig.states, panel.upgrades, panel.requests) == ([], 0, [])


async def test_close_while_connecting(rig: FeedRig, panel: Panel) -> None:
    panel.hang_upgrades = True
    rig.start()
    await until(lambda: panel.requests)

    await rig.end()

    assert rig.states == [CONNECTING, CLOSED]
    assert our_tasks() == []


async def test_close_while_authenticating(rig: FeedRig, panel: Panel) -> None:
    panel.auth_delay = 60
    rig.feed.subscribe(SURVIVAL)
    rig.start()
    await until(lambda: panel.connections)

    await rig.end()

    await until(lambda: not panel.connections)
    assert (rig.states, panel.received) == ([CONNECTING, CLOSED], [])


async def test_close_while_waiting_to_reconnect(rig: FeedRig, panel: Panel) -> None:
    await panel.stop()
    rig.start()
    await rig.reaches(DISCONNECTED)

    await rig.end()

    assert rig.states[-1] is CLOSED
    assert our_tasks() == []


async def test_close_for_a_reason(rig: FeedRig) -> None:
    await rig.start_connected()
    reason = AuthenticationError("the session has ended")

    await rig.end(reason)

    assert rig.states == [CONNECTING, CONNECTED, UNAUTHENTICATED]
    assert (rig.feed.state, rig.reasons[-1]) == (UNAUTHENTICATED, reason)


async def test_only_the_first_close_counts(rig: FeedRig) -> None:
    reason = AuthenticationError("the session has ended")
    await rig.start_connected()

    await asyncio.gather(rig.feed.close(reason), rig.feed.close())
    await rig.end()

    assert rig.states == [CONNECTING, CONNECTED, UNAUTHENTICATED]
    assert rig.feed.state is UNAUTHENTICATED


async def test_owner_that_raises_does_not_keep_a_feed_from_its_end(make_rig: MakeRig, panel: Panel) -> None:
    rig = make_rig(rig=FailingRig)
    await rig.start_connected()

    await rig.end()

    assert rig.states == [CONNECTING, CONNECTED, CLOSED]
    await until(lambda: not panel.connections)


async def test_state_and_silence_come_before_the_goodbye(make_rig: MakeRig, serve: Serve) -> None:
    """A goodbye that the panel does not read; meanwhile it goes on to speak."""
    line = JammedLine(after=3)
    rig = make_rig(url=await serve(line.handle))
    sync = {"type": "server:sync", "serverId": "srv", "data": {"id": "srv"}}
    await rig.start_connected("srv", *line.ids)
    await until(lambda: len(line.heard) == 3)
    await line.send(sync)
    await until(lambda: rig.messages)
    heard = list(rig.messages)

    goodbye = asyncio.create_task(rig.feed.close())
    await until(lambda: rig.feed.state is CLOSED)
    await line.send(sync, {"type": "server:deleted", "data": {"id": "srv"}}, {"type": "auth_error"})
    line.go_on.set()
    await goodbye

    assert [kind for kind, _ in line.heard[3:]] == ["unsubscribe"] * 3
    assert rig.messages == heard
    assert rig.states == [CONNECTING, CONNECTED, CLOSED]


async def test_close_waits_for_no_answer(make_rig: MakeRig, serve: Serve) -> None:
    line = JammedLine(after=0)
    rig = make_rig(url=await serve(line.handle), close=0.05)
    await rig.start_connected()

    await rig.end()

    assert rig.states[-1] is CLOSED
    assert our_tasks() == []


async def test_close_waits_for_no_jammed_line(make_rig: MakeRig, serve: Serve) -> None:
    line = JammedLine(after=2)
    rig = make_rig(url=await serve(line.handle), close=0.05)
    await rig.start_connected(*line.ids)
    await until(lambda: len(line.heard) == 2)

    async with asyncio.timeout(20):
        await rig.end()

    assert rig.states[-1] is CLOSED
    assert our_tasks() == []


async def test_close_when_the_panel_is_just_gone(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected(SURVIVAL)
    await until(lambda: panel.received)
    panel.drop_clients()

    await rig.end()

    assert rig.states[-1] is CLOSED
    assert our_tasks() == []


async def test_no_connection_is_made_after_the_close(
    make_rig: MakeRig, serve: Serve, caplog: pytest.LogCaptureFixture
) -> None:
    """The owner may take its time to cancel the task."""
    upgrades: list[str] = []

    async def handle(request: web.BaseRequest) -> web.WebSocketResponse:
        upgrades.append(request.path)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "auth_success"})
        await socket.receive()
        return socket

    rig = make_rig(url=await serve(handle))
    await rig.start_connected()
    await rig.feed.close()

    await rig.ends()

    assert len(upgrades) == 1
    assert our_log(caplog) == []
