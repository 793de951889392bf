"""The list as a source of news: what is told, and of servers that come and go."""

from collections.abc import Callable
from functools import partial
import json
from typing import override

import pytest

from custom_components.stellarstack.client.messages import (
    FeedMessage,
    ServerChange,
    ServerDeleted,
    ServersListed,
    ServerSnapshot,
)
from custom_components.stellarstack.client.models import ServerStatus
from custom_components.stellarstack.client.timing import Timing
from tests.client.support import until

from .recorded import BROKEN, FAR, NOT_FOUND, SIGNAL, SURVIVAL, UNEXPECTED, USER, RecordedPanel, path, recorded
from .rig import CONNECTED, CONNECTING, LIST, ListRig, MakeRig

# What is told.


async def test_first_list(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServersListed)

    assert rig.states == [CONNECTING, CONNECTED]
    assert rig.feed.user_id == USER
    assert recorded_panel.requests[:2] == [("GET", "/api/me"), ("GET", LIST)]
    first, listed, *_ = rig.messages
    # At once, without what other calls tell.
    assert isinstance(first, ServerSnapshot)
    assert (first.server.name, first.server.status) == ("Survival", ServerStatus.RUNNING)
    assert first.server.allocations == ()
    assert isinstance(listed, ServersListed)
    assert len(listed.servers) == 5


async def test_what_the_list_lacks_follows(rig: ListRig) -> None:
    rig.start(SURVIVAL)

    change = await rig.hears(ServerChange, lambda change: change.server.address is not None)

    assert (change.server.address, change.status_reported) == ("127.0.0.1:25565", False)
    assert change.server.node is not None
    assert change.server.node.display_name == "node-a"


async def test_what_is_learnt_elsewhere_is_told(rig: ListRig) -> None:
    rig.start(SURVIVAL, SIGNAL)
    await rig.hears(ServerChange, lambda change: change.server.address is not None)
    rig.messages.clear()

    # Its node is not the one on the panel's host, so the panel's name is no address of it.
    rig.details.set_on_panel_host(SURVIVAL, False)

    change = await rig.hears(ServerChange, lambda change: change.server_id == SURVIVAL)
    assert change.server.address is None
    # The same node.
    assert await rig.hears(ServerChange, lambda change: change.server_id == SIGNAL)


async def test_unchanged_list(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServerChange, lambda change: change.server.address is not None)
    rig.messages.clear()

    await recorded_panel.listed_again(2)

    assert rig.messages
    assert set(rig.of(SURVIVAL)) == {"ServerUnchanged"}


async def test_order_of_the_list_is_no_news(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL, SIGNAL)
    await rig.hears(ServerChange, lambda change: change.server.address is not None)
    await until(lambda: rig.of(SIGNAL))
    rig.messages.clear()

    recorded_panel.rows.reverse()
    await recorded_panel.listed_again(2)

    assert set(rig.of(SURVIVAL)) == {"ServerUnchanged"}
    assert not any(isinstance(message, ServersListed) for message in rig.messages)


async def test_changed_row(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL, SIGNAL)
    await rig.hears(ServerChange, lambda change: change.server.address is not None)
    rig.messages.clear()

    changed = recorded_panel.row(SURVIVAL)
    changed["status"] = "stopping"
    # A panel lists the row that changed last in another place (seen on a real panel).
    recorded_panel.rows.remove(changed)
    recorded_panel.rows.append(changed)
    snapshot = await rig.hears(ServerSnapshot)

    # With all that was learnt before.
    assert (snapshot.server.status, snapshot.server.address) == (ServerStatus.STOPPING, "127.0.0.1:25565")
    await until(lambda: rig.of(SIGNAL))
    assert set(rig.of(SIGNAL)) == {"ServerUnchanged"}


@pytest.mark.parametrize("write", [json.dumps, partial(json.dumps, indent=1, sort_keys=True)])
async def test_list_that_is_written_in_another_way(
    rig: ListRig, recorded_panel: RecordedPanel, write: Callable[[object], str]
) -> None:
    recorded_panel.answer("GET", LIST, write({"servers": recorded_panel.rows}))
    rig.start(SURVIVAL)
    await rig.hears(ServerChange, lambda change: change.server.address is not None)
    assert next(message for message in rig.messages if isinstance(message, ServerSnapshot)).server.name == "Survival"
    rig.messages.clear()

    await recorded_panel.listed_again(2)

    assert rig.messages
    assert set(rig.of(SURVIVAL)) == {"ServerUnchanged"}


@pytest.mark.parametrize("text", ['},{"id":', "}]}", '{"servers":[{"id":', "\n", "\\"])
async def test_text_that_looks_like_the_list(rig: ListRig, recorded_panel: RecordedPanel, text: str) -> None:
    for row in recorded_panel.rows:
        row["name"] = f"{text}Survival{text}"
    recorded_panel.row(SIGNAL)["ports"] = [{"id": 1}, {"id": 2}]
    rig.start(SURVIVAL, SIGNAL)

    listed = await rig.hears(ServersListed)

    assert len(listed.servers) == 5
    assert {server.name for server in listed.servers} == {f"{text}Survival{text}".replace("\n", " ").strip()}


async def test_only_subscribed_servers_are_told(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServersListed)
    rig.feed.unsubscribe(SURVIVAL)
    await recorded_panel.listed_again()
    rig.messages.clear()

    await recorded_panel.listed_again(2)

    assert rig.messages == []
    assert {line for line in recorded_panel.requests if line[1].endswith("/allocations")} <= {
        ("GET", path(SURVIVAL, "/allocations"))
    }


async def test_subscription_that_ends_while_servers_are_told(make_rig: MakeRig, recorded_panel: RecordedPanel) -> None:
    class LeavingRig(ListRig):
        """Leaves all servers with the first news of one."""

        @override
        def hear_message(self, message: FeedMessage) -> None:
            super().hear_message(message)
            for server_id in (SURVIVAL, SIGNAL, BROKEN):
                self.feed.unsubscribe(server_id)

    rig = make_rig(rig=LeavingRig)
    rig.start(SURVIVAL, SIGNAL, BROKEN)
    await rig.hears(ServersListed)
    await recorded_panel.listed_again()

    assert [type(message) for message in rig.messages] == [ServerSnapshot, ServersListed]


async def test_new_subscription_is_told_soon_and_whole(make_rig: MakeRig, recorded_panel: RecordedPanel) -> None:
    rig = make_rig(Timing(list_interval_alone=600, first_reconnect=0.01))
    rig.start(SURVIVAL)
    await rig.hears(ServerSnapshot)
    rig.messages.clear()

    rig.feed.unsubscribe(SURVIVAL)
    for server_id in (SURVIVAL, SIGNAL):
        rig.feed.subscribe(server_id)

    await rig.hears(ServerSnapshot, lambda message: message.server_id == SURVIVAL)
    await rig.hears(ServerSnapshot, lambda message: message.server_id == SIGNAL)
    assert recorded_panel.asked(LIST) == 2


async def test_expected_snapshot_comes_whole(rig: ListRig) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServerChange, lambda change: change.server.address is not None)
    rig.messages.clear()

    rig.feed.expect_snapshot(SURVIVAL)
    rig.feed.expect_snapshot("a server of no list")

    assert (await rig.hears(ServerSnapshot)).server.address == "127.0.0.1:25565"


async def test_rows_of_no_known_form_hurt_no_other(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    recorded_panel.rows[:0] = [{"name": "x"}, {"id": 5}, {"id": "x", "status": [1], "memoryLimitMb": {}}]
    rig.start(SURVIVAL, "x")

    assert (await rig.hears(ServerSnapshot, lambda message: message.server_id == SURVIVAL)).server.name == "Survival"
    assert (await rig.hears(ServerSnapshot, lambda message: message.server_id == "x")).server.status is None


# Servers that come and go.


async def test_new_and_vanished_servers_are_listed(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServersListed)

    recorded_panel.rows.append(recorded_panel.row(SURVIVAL) | {"id": "new"})
    assert await rig.hears(ServersListed, lambda listed: "new" in {server.id for server in listed.servers})
    recorded_panel.rows.pop(1)
    assert await rig.hears(ServersListed, lambda listed: FAR not in {server.id for server in listed.servers})
    assert [type(message) for message in rig.messages].count(ServersListed) == 3


async def test_nothing_is_kept_of_a_server_that_is_not_listed(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL)
    await until(lambda: recorded_panel.asked(path(SURVIVAL, "/allocations")))
    row = recorded_panel.row(SURVIVAL)
    recorded_panel.rows.remove(row)
    await recorded_panel.listed_again(2)

    recorded_panel.rows.append(row)

    await until(lambda: recorded_panel.asked(path(SURVIVAL, "/allocations")) == 2)


async def test_server_is_gone_when_the_panel_says_so(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL, SIGNAL)
    await rig.hears(ServersListed)

    recorded_panel.answer("GET", path(SIGNAL), NOT_FOUND, 404)
    recorded_panel.rows.remove(recorded_panel.row(SIGNAL))

    assert (await rig.hears(ServerDeleted)).server_id == SIGNAL
    await recorded_panel.listed_again(2)
    assert rig.of(SIGNAL).count("ServerDeleted") == 1


async def test_server_of_another_generations_id_is_gone(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path("srv_survival"), UNEXPECTED, 500)
    rig.start("srv_survival")

    assert (await rig.hears(ServerDeleted)).server_id == "srv_survival"


@pytest.mark.parametrize(("status", "body"), [(403, "denied"), (200, "server")])
async def test_server_that_is_not_listed_is_not_gone(
    rig: ListRig, recorded_panel: RecordedPanel, status: int, body: str
) -> None:
    rig.start(SIGNAL)
    await rig.hears(ServerChange)
    recorded_panel.answer("GET", path(SIGNAL), recorded(body), status)
    before = recorded_panel.asked(path(SIGNAL))

    row = recorded_panel.row(SIGNAL)
    recorded_panel.rows.remove(row)
    await until(lambda: recorded_panel.asked(path(SIGNAL)) > before)
    await recorded_panel.listed_again(2)
    asked = recorded_panel.asked(path(SIGNAL))
    recorded_panel.rows.append(row)
    rig.messages.clear()
    await until(lambda: rig.of(SIGNAL))

    assert asked == before + 1
    assert "ServerDeleted" not in rig.of(SIGNAL)


@pytest.mark.parametrize(("status", "body"), [(502, b""), (500, UNEXPECTED)])
async def test_vanished_server_is_asked_for_until_the_panel_answers(
    rig: ListRig, recorded_panel: RecordedPanel, status: int, body: object
) -> None:
    rig.start(SIGNAL)
    await rig.hears(ServersListed)
    recorded_panel.answer("GET", path(SIGNAL), body, status)
    recorded_panel.rows.remove(recorded_panel.row(SIGNAL))
    await until(lambda: recorded_panel.asked(path(SIGNAL)) > 3)

    recorded_panel.answer("GET", path(SIGNAL), NOT_FOUND, 404)

    assert (await rig.hears(ServerDeleted)).server_id == SIGNAL


# Installations.


async def test_installation_that_never_began_is_no_installation(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(FAR)

    snapshot = await rig.hears(ServerSnapshot)

    assert snapshot.server.status is ServerStatus.STOPPED
    assert rig.of(FAR)[0] == "ServerSnapshot"


async def test_installation_that_ends(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path(FAR, "/install"), {"state": "running"})
    rig.start(FAR)
    assert (await rig.hears(ServerSnapshot)).server.status is ServerStatus.INSTALLING

    recorded_panel.answer("GET", path(FAR, "/install"), {"state": "unknown"})

    change = await rig.hears(ServerChange, lambda change: change.status_reported)
    assert change.server.status is ServerStatus.STOPPED
