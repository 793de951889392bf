"""Which servers the panel is asked for, whatever comes in between."""

from typing import Any

from custom_components.stellarstack.client.exceptions import PanelConnectionError
from custom_components.stellarstack.client.messages import ServerDeleted
from custom_components.stellarstack.client.v1.feed import SUBSCRIBE_BATCH
from simulator import Panel
from tests.client.support import Serve, until
from tests.common import SERVERS

from .rig import DISCONNECTED, FeedRig, JammedLine, MakeRig

SURVIVAL, CREATIVE, VALHEIM = SERVERS


async def test_every_server_is_subscribed_once(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected(SURVIVAL, CREATIVE, SURVIVAL)
    rig.feed.subscribe(VALHEIM)
    rig.feed.subscribe(CREATIVE)
    await until(lambda: {message.server_id for message in rig.messages} == set(SERVERS))

    assert panel.received_of("subscribe") == [SURVIVAL, CREATIVE, VALHEIM]
    assert not panel.broken


async def test_ids_are_sent_as_strings(rig: FeedRig, panel: Panel) -> None:
    strange: Any = 5
    rig.feed.subscribe(strange)
    await rig.start_connected()
    await until(lambda: panel.received)
    rig.feed.unsubscribe(strange)

    await until(lambda: panel.received_of("unsubscribe"))

    assert (panel.received_of("subscribe"), panel.received_of("unsubscribe"), panel.broken) == (["5"], ["5"], False)


async def test_many_subscriptions_all_arrive(make_rig: MakeRig, panel: Panel) -> None:
    rig = make_rig(subscribe_pause=0.001)
    desired = [f"srv_{number}" for number in range(2 * SUBSCRIBE_BATCH + 1)]
    await rig.start_connected(*desired)

    await until(lambda: len(panel.received_of("subscribe")) >= len(desired))

    assert panel.received_of("subscribe") == desired


async def test_after_a_batch_of_subscriptions_comes_a_pause(make_rig: MakeRig, panel: Panel) -> None:
    rig = make_rig(subscribe_pause=1000)
    desired = [f"srv_{number}" for number in range(SUBSCRIBE_BATCH + 1)]
    await rig.start_connected(*desired)
    await until(lambda: len(panel.received) >= SUBSCRIBE_BATCH)

    await rig.end()
    await until(lambda: not panel.connections)

    assert panel.received_of("subscribe") == desired[:SUBSCRIBE_BATCH]
    assert sorted(panel.received_of("unsubscribe")) == sorted(desired[:SUBSCRIBE_BATCH])


async def test_what_is_no_longer_desired_is_unsubscribed(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected(SURVIVAL, CREATIVE)
    await until(lambda: len(panel.received_of("subscribe")) == 2)
    rig.feed.unsubscribe(SURVIVAL)

    await until(lambda: panel.received_of("unsubscribe"))

    assert panel.received_of("unsubscribe") == [SURVIVAL]
    assert panel.connections[0].subscriptions == {CREATIVE}


async def test_server_may_come_back(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected(SURVIVAL)
    await until(lambda: panel.received_of("subscribe"))
    rig.feed.unsubscribe(SURVIVAL)
    await until(lambda: panel.received_of("unsubscribe"))
    rig.feed.subscribe(SURVIVAL)

    await until(lambda: panel.received_of("subscribe") == [SURVIVAL, SURVIVAL])


async def test_second_thoughts_are_not_sent(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected(SURVIVAL)
    await until(lambda: panel.received)
    rig.feed.unsubscribe(SURVIVAL)
    rig.feed.subscribe(SURVIVAL)
    rig.feed.subscribe(CREATIVE)
    rig.feed.unsubscribe(CREATIVE)
    rig.feed.subscribe(VALHEIM)

    await until(lambda: len(panel.received) == 2)

    assert (panel.received_of("subscribe"), panel.received_of("unsubscribe")) == ([SURVIVAL, VALHEIM], [])


async def test_unsubscribing_an_unknown_server_is_nothing(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected()
    rig.feed.unsubscribe(SURVIVAL)
    rig.feed.subscribe(CREATIVE)

    await until(lambda: panel.received)

    assert panel.received == [{"type": "subscribe", "serverId": CREATIVE}]


async def test_second_thoughts_of_a_subscription_that_waits_to_be_sent(make_rig: MakeRig, serve: Serve) -> None:
    line = JammedLine(after=0)
    rig = make_rig(url=await serve(line.handle))
    await rig.start_connected(*line.ids)
    await until(lambda: rig.feed._subscribed)
    rig.feed.unsubscribe(line.ids[1])
    rig.feed.subscribe("c")
    line.go_on.set()

    await until(lambda: len(line.heard) == 2)

    assert line.heard == [("subscribe", "a"), ("subscribe", "c")]


async def test_second_thoughts_of_an_unsubscription_that_waits_to_be_sent(make_rig: MakeRig, serve: Serve) -> None:
    line = JammedLine(after=2)
    rig = make_rig(url=await serve(line.handle))
    await rig.start_connected(*line.ids)
    await until(lambda: len(line.heard) == 2)
    for server_id in line.ids:
        rig.feed.unsubscribe(server_id)
    await until(lambda: len(rig.feed._subscribed) == 1)
    for server_id in line.ids:
        rig.feed.subscribe(server_id)
    line.go_on.set()

    await until(lambda: len(line.heard) == 4)

    (unsubscribed, first), (subscribed, again) = line.heard[2:]
    assert (unsubscribed, subscribed, first) == ("unsubscribe", "subscribe", again)


async def test_refused_subscription_is_asked_for_again(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected(SURVIVAL)
    await until(lambda: panel.received)
    await panel.send_raw('{"type":"error","error":"Authentication required to subscribe"}')

    await until(lambda: panel.received_of("subscribe") == [SURVIVAL, SURVIVAL])

    assert type(await rig.reaches(DISCONNECTED)) is PanelConnectionError


async def test_what_was_desired_meanwhile_is_subscribed_too(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected(SURVIVAL, CREATIVE)
    await until(lambda: len(panel.received) == 2)
    panel.drop_clients()
    await rig.reaches(DISCONNECTED)
    rig.feed.unsubscribe(SURVIVAL)
    rig.feed.subscribe(VALHEIM)

    await until(lambda: len(panel.received) == 4)

    assert panel.received_of("subscribe")[2:] == [CREATIVE, VALHEIM]
    assert panel.received_of("unsubscribe") == []


async def test_server_made_anew_under_its_id_goes_on_without_a_subscription(rig: FeedRig, panel: Panel) -> None:
    server = panel.fleet.servers[SURVIVAL]
    await rig.start_connected(SURVIVAL)
    await until(lambda: rig.messages)
    panel.delete_server(SURVIVAL)
    await until(lambda: ServerDeleted(SURVIVAL) in rig.messages)
    rig.messages.clear()
    panel.add_server("Another", owner=server.owner, server_id=SURVIVAL)

    await until(lambda: rig.messages)

    assert rig.messages[0].server_id == SURVIVAL
    assert panel.received_of("subscribe") == [SURVIVAL]
