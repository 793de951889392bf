"""Pings, and how silence is noticed."""

from typing import Any

from aiohttp import WSMsgType, web
import pytest

from custom_components.stellarstack.client.exceptions import PanelTimeoutError
from custom_components.stellarstack.client.messages import ServerUnchanged
from simulator import Panel
from tests.client.support import Serve, until
from tests.common import SERVERS

from .rig import CONNECTED, CONNECTING, DISCONNECTED, MakeRig, speaker

SURVIVAL, CREATIVE, VALHEIM = SERVERS


async def test_heartbeat(make_rig: MakeRig, panel: Panel) -> None:
    rig = make_rig(ping_interval=0.03, check_interval=0.01)
    await rig.start_connected()

    await until(lambda: len(panel.received) >= 3)

    assert {str(message) for message in panel.received} == {"{'type': 'ping'}"}


async def test_heartbeat_has_two_pings_and_answers_one(make_rig: MakeRig, serve: Serve) -> None:
    heard: list[tuple[WSMsgType, Any]] = []

    async def speak(socket: web.WebSocketResponse) -> None:
        await socket.ping(b"there?")
        await socket.send_json({"type": "auth_success", "userId": "user"})
        await socket.ping(b"still there?")
        while not socket.closed:
            message = await socket.receive()
            heard.append((message.type, message.data))

    rig = make_rig(url=await serve(speaker(speak)), ping_interval=0.03, check_interval=0.01)
    await rig.start_connected()

    await until(lambda: len(heard) >= 4)

    assert heard[:2] == [(WSMsgType.PONG, b"there?"), (WSMsgType.PONG, b"still there?")]
    assert [kind for kind, _ in heard[2:4]] == [WSMsgType.PING, WSMsgType.TEXT]
    assert heard[3][1] == '{"type":"ping"}'


async def test_heartbeat_keeps_a_quiet_connection(make_rig: MakeRig, panel: Panel) -> None:
    rig = make_rig(ping_interval=0.05, check_interval=0.01, silence=0.6)
    panel.pause_ticks = True
    await rig.start_connected(SURVIVAL)

    await until(lambda: len(panel.received_of("ping")) >= 14)

    assert (panel.upgrades, rig.states) == (1, [CONNECTING, CONNECTED])


async def test_silence_ends_a_connection(make_rig: MakeRig, panel: Panel) -> None:
    rig = make_rig(check_interval=0.01, silence=0.05)
    panel.pause_ticks = True
    await rig.start_connected(SURVIVAL)

    await rig.reaches(CONNECTED, times=2)

    assert rig.states[:5] == [CONNECTING, CONNECTED, DISCONNECTED, CONNECTING, CONNECTED]
    assert isinstance(rig.reasons[2], PanelTimeoutError)
    await until(lambda: panel.received_of("subscribe")[:2] == [SURVIVAL, SURVIVAL])


async def test_stalled_syncs_end_a_connection(make_rig: MakeRig, panel: Panel) -> None:
    rig = make_rig(check_interval=0.01, stall=0.1, ping_interval=0.01)
    await rig.start_connected(SURVIVAL)
    await until(lambda: rig.messages)
    panel.silent_servers = {SURVIVAL}

    assert isinstance(await rig.reaches(DISCONNECTED), PanelTimeoutError)


async def test_repeated_syncs_are_no_stall(make_rig: MakeRig) -> None:
    rig = make_rig(check_interval=0.01, stall=0.4)
    await rig.start_connected(SURVIVAL)

    await until(lambda: rig.messages.count(ServerUnchanged(SURVIVAL)) >= 10)

    assert rig.states == [CONNECTING, CONNECTED]


@pytest.mark.parametrize("server_ids", [(), ("srv_gone",)])
async def test_connection_that_never_had_a_sync_does_not_stall(
    make_rig: MakeRig, panel: Panel, server_ids: tuple[str, ...]
) -> None:
    rig = make_rig(check_interval=0.01, stall=0.02, ping_interval=0.01)
    await rig.start_connected(*server_ids)

    await until(lambda: len(panel.received_of("ping")) >= 10)

    assert rig.states == [CONNECTING, CONNECTED]


async def test_time_without_subscriptions_is_no_stall(make_rig: MakeRig, panel: Panel) -> None:
    rig = make_rig(check_interval=0.02, ping_interval=0.02, stall=1)
    await rig.start_connected(SURVIVAL)
    await until(lambda: rig.messages)
    rig.feed.unsubscribe(SURVIVAL)
    await until(lambda: panel.received_of("unsubscribe"))
    pings = len(panel.received_of("ping"))

    await until(lambda: len(panel.received_of("ping")) >= pings + 75)
    assert rig.states == [CONNECTING, CONNECTED]

    rig.feed.subscribe(CREATIVE)
    await until(lambda: rig.messages[-1].server_id == CREATIVE)
    assert rig.states == [CONNECTING, CONNECTED]


async def test_connection_does_not_stall_for_the_syncs_of_the_one_before(make_rig: MakeRig, panel: Panel) -> None:
    rig = make_rig(check_interval=0.02, ping_interval=0.02, stall=1)
    await rig.start_connected(SURVIVAL)
    await until(lambda: rig.messages)
    panel.pause_ticks = True
    panel.drop_clients()
    await rig.reaches(CONNECTED, times=2)
    pings = len(panel.received_of("ping"))

    await until(lambda: len(panel.received_of("ping")) >= pings + 75)

    assert rig.states == [CONNECTING, CONNECTED, DISCONNECTED, CONNECTING, CONNECTED]
