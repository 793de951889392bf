"""What a feed says of servers, and what it keeps to itself."""

import json
from typing import Any

import pytest

from custom_components.stellarstack.client.exceptions import PanelConnectionError
from custom_components.stellarstack.client.messages import (
    ServerChange,
    ServerDeleted,
    ServerMessage,
    ServerSnapshot,
    ServerUnchanged,
)
from custom_components.stellarstack.client.models import ServerStatus
from simulator import Panel
from tests.client.support import our_log, until
from tests.common import SERVERS

from .rig import CONNECTED, CONNECTING, DISCONNECTED, FailingRig, FeedRig, MakeRig

SURVIVAL, CREATIVE, VALHEIM = SERVERS


def frame(kind: str, server_id: str = "srv", **fields: object) -> str:
    """Return a frame about a server of which the simulator knows nothing."""
    return json.dumps({"type": kind, "serverId": server_id, "data": {"id": server_id} | fields})


@pytest.fixture
async def watching(rig: FeedRig, panel: Panel) -> FeedRig:
    """A feed that watches the server `srv`, of which only the test speaks."""
    await rig.start_connected("srv")
    await until(lambda: panel.received)
    return rig


async def _hear(rig: FeedRig, panel: Panel, *frames: str) -> list[ServerMessage]:
    """Return what is said when the panel sends these frames."""
    before = len(rig.messages)
    for text in (*frames, frame("server:deleted")):
        await panel.send_raw(text)
    await until(lambda: rig.messages[before:] and rig.messages[-1] == ServerDeleted("srv"))
    return rig.messages[before:-1]


async def test_news_of_a_server(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected(SURVIVAL)
    await until(lambda: ServerUnchanged(SURVIVAL) in rig.messages)
    panel.pause_ticks = True
    panel.set_status(SURVIVAL, "STOPPING")
    panel.update_server(SURVIVAL, name="Renamed")
    panel.delete_server(SURVIVAL)
    await until(lambda: ServerDeleted(SURVIVAL) in rig.messages)

    sync, *repetitions, status, update, _ = rig.messages
    assert isinstance(sync, ServerSnapshot)
    assert sync.server.status is ServerStatus.RUNNING
    assert set(repetitions) == {ServerUnchanged(SURVIVAL)}
    assert isinstance(status, ServerChange)
    assert (status.server.name, status.server.status) == ("Survival", ServerStatus.STOPPING)
    assert isinstance(update, ServerChange)
    assert (update.server.name, update.server.status) == ("Renamed", ServerStatus.STOPPING)
    assert update.server.memory == sync.server.memory


@pytest.mark.parametrize(
    ("kind", "fields", "reported"),
    [
        ("server:status", {"status": "RUNNING"}, True),
        ("server:updated", {"status": "RUNNING", "name": "Renamed"}, True),
        ("server:updated", {"name": "Renamed"}, False),
        ("server:status", {}, False),
        ("server:status", {"status": None}, False),
        ("server:status", {"status": 5}, False),
    ],
)
async def test_change_tells_whether_a_status_was_reported(
    watching: FeedRig, panel: Panel, kind: str, fields: dict[str, Any], reported: bool
) -> None:
    (message,) = await _hear(watching, panel, frame(kind, **fields))

    assert isinstance(message, ServerChange)
    assert message.status_reported is reported


async def test_fields_that_are_left_out_are_what_they_were(watching: FeedRig, panel: Panel) -> None:
    messages = await _hear(
        watching,
        panel,
        frame("server:sync", name="Survival", cpu=1),
        frame("server:sync", cpu=2),
        frame("server:status", status="RUNNING"),
        frame("server:sync", cpu=2),
    )

    assert [
        (message.server.name, message.server.cpu, message.server.status)
        for message in messages
        if isinstance(message, ServerSnapshot | ServerChange)
    ] == [
        ("Survival", 1, None),
        ("Survival", 2, None),
        ("Survival", 2, ServerStatus.RUNNING),
        ("Survival", 2, ServerStatus.RUNNING),
    ]


async def test_what_was_known_outlives_a_connection(watching: FeedRig, panel: Panel) -> None:
    await panel.send_raw(frame("server:sync", name="Survival"))
    await until(lambda: watching.messages)
    panel.drop_clients()
    await watching.reaches(CONNECTED, times=2)
    await panel.send_raw(frame("server:sync", cpu=1))

    await until(lambda: len(watching.messages) == 2)

    assert isinstance(message := watching.messages[1], ServerSnapshot)
    assert (message.server.name, message.server.cpu) == ("Survival", 1)


async def test_nothing_of_a_deleted_server_is_kept(watching: FeedRig, panel: Panel) -> None:
    await _hear(watching, panel, frame("server:sync", name="Survival"))

    (message,) = await _hear(watching, panel, frame("server:sync", cpu=1))

    assert isinstance(message, ServerSnapshot)
    assert (message.server.name, message.server.cpu) == (None, 1)


async def test_nothing_of_an_unsubscribed_server_is_kept(watching: FeedRig, panel: Panel) -> None:
    await panel.send_raw(frame("server:sync", name="Survival"))
    await until(lambda: watching.messages)
    watching.feed.unsubscribe("srv")
    watching.feed.subscribe("srv")
    watching.messages.clear()

    (message,) = await _hear(watching, panel, frame("server:sync", cpu=1))

    assert isinstance(message, ServerSnapshot)
    assert (message.server.name, message.server.cpu) == (None, 1)


@pytest.mark.parametrize("other", ["other", "SRV", "srv ", "srv\u200b"])
async def test_other_servers_are_not_spoken_of(watching: FeedRig, panel: Panel, other: str) -> None:
    kinds = ("server:sync", "server:sync", "server:status", "server:updated", "server:deleted")

    assert await _hear(watching, panel, *(frame(kind, other, status="RUNNING") for kind in kinds)) == []


async def test_unsubscribed_server_is_not_spoken_of(watching: FeedRig, panel: Panel) -> None:
    sync = frame("server:sync")
    await panel.send_raw(sync)
    await until(lambda: watching.messages)
    watching.messages.clear()
    watching.feed.unsubscribe("srv")
    watching.feed.subscribe(SURVIVAL)
    await panel.send_raw(sync)
    await panel.send_raw(frame("server:deleted"))

    await until(lambda: watching.messages)

    assert {message.server_id for message in watching.messages} == {SURVIVAL}


async def test_expected_snapshot_comes_though_it_repeats_the_last(watching: FeedRig, panel: Panel) -> None:
    sync = frame("server:sync", cpu=1)
    await panel.send_raw(sync)
    await panel.send_raw(sync)
    await until(lambda: ServerUnchanged("srv") in watching.messages)

    watching.feed.expect_snapshot("srv")

    snapshot, unchanged = await _hear(watching, panel, sync, sync)
    assert snapshot == watching.messages[0]
    assert unchanged == ServerUnchanged("srv")


async def test_first_sync_of_a_connection_is_never_a_repetition(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected(SURVIVAL)
    await until(lambda: ServerUnchanged(SURVIVAL) in rig.messages)
    panel.drop_clients()
    await rig.reaches(DISCONNECTED)
    rig.messages.clear()

    await until(lambda: rig.messages)

    assert isinstance(rig.messages[0], ServerSnapshot)


@pytest.mark.parametrize("useless", ["{", '{"type":"schedule:executing"}', "null", b"\x00\x01", '{"type":"\\ud800"}'])
async def test_useless_frame_is_skipped_with_one_line(
    rig: FeedRig, panel: Panel, useless: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    panel.pause_ticks = True
    await rig.start_connected(SURVIVAL)
    await until(lambda: panel.received)
    await panel.send_raw(useless)
    await panel.tick_now()

    await until(lambda: rig.messages)

    assert isinstance(rig.messages[0], ServerSnapshot)
    assert rig.states == [CONNECTING, CONNECTED]
    assert [line.startswith("DEBUG Skipped a") for line in our_log(caplog)] == [True]


async def test_frame_beyond_all_measure_ends_the_connection(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected()
    await panel.send_raw(b"x" * (32 * 1024 * 1024))

    await rig.reaches(CONNECTED, times=2)

    assert isinstance(await rig.reaches(DISCONNECTED), PanelConnectionError)


async def test_owner_that_raises_ends_nothing(
    make_rig: MakeRig, panel: Panel, caplog: pytest.LogCaptureFixture
) -> None:
    rig = make_rig(rig=FailingRig)
    await rig.start_connected(SURVIVAL)

    await until(lambda: ServerUnchanged(SURVIVAL) in rig.messages)

    assert (rig.states, panel.upgrades) == ([CONNECTING, CONNECTED], 1)
    errors = [line for line in our_log(caplog) if line.startswith("ERROR")]
    assert len(errors) == len(rig.states) + len(rig.messages)
    assert all("LookupError" in line and "content" not in line for line in errors)
