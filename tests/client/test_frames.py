"""Frames from and to the wire: what is read, what is skipped, what is recognised as a repetition."""

import json
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.stellarstack.client.messages import ServerDeleted, ServerUnchanged
from custom_components.stellarstack.client.models import Server
from custom_components.stellarstack.client.v1.frames import (
    LARGEST_FRAME,
    PING,
    AuthErrorFrame,
    AuthSuccessFrame,
    ChangeFrame,
    ErrorFrame,
    Frame,
    FrameDecoder,
    SyncFrame,
    encode_auth,
    encode_subscribe,
    encode_unsubscribe,
)
from custom_components.stellarstack.client.v1.parse import parse_server

from .support import JSON, SERVERS, at_random, our_log, wire

TYPES = ["auth_success", "auth_error", "error", "server:sync", "server:status", "server:updated", "server:deleted"]
FRAMES = JSON | st.fixed_dictionaries(
    {"type": st.sampled_from(TYPES) | JSON},
    optional={
        "serverId": st.sampled_from(["srv", "other"]) | JSON,
        "data": JSON | SERVERS | st.builds(lambda data: data | {"id": "srv"}, SERVERS),
        "userId": JSON,
        "error": JSON,
    },
)


@pytest.fixture
def decoder() -> FrameDecoder:
    """A decoder for a client that watches `srv`."""
    return FrameDecoder(_watched("srv"))


def _watched(*server_ids: str) -> dict[str, ServerUnchanged]:
    return {server_id: ServerUnchanged(server_id) for server_id in server_ids}


def _sync(server_id: str = "srv", **fields: object) -> bytes:
    return wire({"type": "server:sync", "serverId": server_id, "data": {"id": server_id} | fields})


def _status(status: str, server_id: str = "srv") -> bytes:
    return wire({"type": "server:status", "serverId": server_id, "data": {"id": server_id, "status": status}})


@pytest.mark.parametrize(
    ("content", "frame"),
    [
        ({"type": "auth_success", "userId": "user"}, AuthSuccessFrame("user")),
        ({"type": "auth_success"}, AuthSuccessFrame(None)),
        ({"type": "auth_success", "userId": 5}, AuthSuccessFrame(None)),
        ({"type": "auth_error", "error": "Invalid or expired session"}, AuthErrorFrame()),
        ({"type": "auth_error"}, AuthErrorFrame()),
        ({"type": "error", "error": "Authentication required"}, ErrorFrame()),
        ({"type": "error"}, ErrorFrame()),
        ({"type": "server:sync", "serverId": "srv", "data": {"cpu": 1}}, SyncFrame("srv", {"cpu": 1})),
        ({"type": "server:sync", "data": {"id": "srv"}}, SyncFrame("srv", {"id": "srv"})),
        ({"type": "server:status", "serverId": "srv", "data": {"status": "X"}}, ChangeFrame("srv", {"status": "X"})),
        ({"type": "server:updated", "serverId": "srv", "data": {"cpu": 1}}, ChangeFrame("srv", {"cpu": 1})),
        ({"type": "server:deleted", "data": {"id": "srv"}}, ServerDeleted("srv")),
        ({"type": "server:deleted", "serverId": "srv", "data": {}}, ServerDeleted("srv")),
    ],
)
def test_known_frame(decoder: FrameDecoder, content: dict[str, Any], frame: Frame) -> None:
    assert decoder.decode(wire(content)) == frame


@pytest.mark.parametrize(
    ("fields", "reported"),
    [({"status": "X"}, True), ({"cpu": 1}, False), ({"status": None}, False), ({"status": 5}, False)],
)
def test_change_tells_whether_it_holds_a_status(fields: dict[str, Any], reported: bool) -> None:
    assert ChangeFrame("srv", fields).reports_status is reported


@pytest.mark.parametrize("server_id", ["other", "SRV", "srv ", " srv", "srv\n", "", "s" * 100_000])
@pytest.mark.parametrize("kind", ["server:sync", "server:status", "server:updated", "server:deleted"])
def test_frame_of_another_server_is_dropped(decoder: FrameDecoder, kind: str, server_id: str) -> None:
    frame = wire({"type": kind, "serverId": server_id, "data": {"id": server_id}})

    assert [decoder.decode(frame), decoder.decode(frame)] == [None, None]


@pytest.mark.parametrize("kind", ["subscribed", "unsubscribed", "pong"])
def test_answers_are_no_news(decoder: FrameDecoder, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    assert decoder.decode(wire({"type": kind, "serverId": "srv"})) is None
    assert not our_log(caplog)


@pytest.mark.parametrize(
    "frame",
    [
        *(b"", b"{", b"pong", b"\xff\xfe", b"\x00", b'{"type":"pong"}{', b'{"type":NaN}', b'{"type":"\\ud800"}'),
        *(b"null", b"5", b"true", b'"pong"', b"[]", b'["pong"]', b"{}"),
        *(b'{"type":null}', b'{"type":5}', b'{"type":[]}', b'{"type":{}}', b'{"type":"schedule:executing"}'),
        *(b"[" * 100_000, b'{"type":"error","error":' + b"[" * 2000 + b"]" * 2000 + b"}"),
    ],
    ids=lambda frame: frame[:30],
)
def test_what_is_no_known_frame_is_skipped_with_one_line(
    decoder: FrameDecoder, frame: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    assert decoder.decode(frame) is None
    assert [line[:6] for line in our_log(caplog)] == ["DEBUG "]


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"serverId": "srv"},
        {"serverId": "srv", "data": None},
        {"serverId": "srv", "data": [{"id": "srv"}]},
        {"serverId": "srv", "data": "srv"},
        {"serverId": "srv", "data": {"id": "other"}},
        {"serverId": "srv", "data": {"id": 5}},
        {"serverId": 5, "data": {"id": 5}},
        {"serverId": ["srv"], "data": {}},
        {"serverId": None, "data": {"id": "srv"}},
        {"data": {}},
        {"data": {"id": 5}},
    ],
)
def test_wrong_shape_is_skipped_with_one_line(
    decoder: FrameDecoder, fields: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    for kind in TYPES[3:]:
        assert decoder.decode(wire({"type": kind} | fields)) is None
    assert [line[:6] for line in our_log(caplog)] == ["DEBUG "] * 4


def test_too_long_frame_is_skipped_unread(decoder: FrameDecoder, caplog: pytest.LogCaptureFixture) -> None:
    longest = _sync(name="x" * (LARGEST_FRAME - len(_sync(name=""))))

    assert isinstance(decoder.decode(longest), SyncFrame)
    assert decoder.decode(longest + b" ") is None
    assert len(our_log(caplog)) == 1


def test_repeated_sync_is_recognised(decoder: FrameDecoder) -> None:
    assert isinstance(decoder.decode(_sync(cpu=1)), SyncFrame)
    assert [decoder.decode(_sync(cpu=1)) for _ in range(2)] == [ServerUnchanged("srv")] * 2


def test_changed_sync_counts(decoder: FrameDecoder) -> None:
    for cpu in (1, 2, 1):
        assert decoder.decode(_sync(cpu=cpu, disk=5)) == SyncFrame("srv", {"id": "srv", "cpu": cpu, "disk": 5})


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (1, True),
        (True, 1),
        (0, False),
        (1, 1.0),
        ("1", 1),
        (None, False),
        ({"isOnline": 1}, {"isOnline": True}),
        ([], {}),
    ],
)
def test_what_python_calls_equal_is_a_change_all_the_same(decoder: FrameDecoder, before: Any, after: Any) -> None:
    decoder.decode(_sync(field=before))

    message = decoder.decode(_sync(field=after))
    assert isinstance(message, SyncFrame)
    assert wire(message.data["field"]) == wire(after)


def test_deep_nesting_is_no_harm(decoder: FrameDecoder) -> None:
    for cpu in (1, 2):
        frame = _sync(cpu=cpu, field=0).replace(b'"field": 0', b'"field": ' + b"[" * 900 + b"]" * 900)
        message = decoder.decode(frame)
        assert isinstance(message, SyncFrame)
        assert (message.data["cpu"], "field" in message.data) == (cpu, True)


def test_servers_are_told_apart() -> None:
    decoder = FrameDecoder(_watched("srv", "other"))
    for server_id in ("srv", "other"):
        decoder.decode(_sync(server_id))

    assert [decoder.decode(_sync(server_id)) for server_id in ("srv", "other")] == [
        ServerUnchanged("srv"),
        ServerUnchanged("other"),
    ]


@pytest.mark.parametrize("news", [_status("STOPPING"), wire({"type": "server:deleted", "data": {"id": "srv"}})])
def test_news_makes_the_same_sync_count_again(decoder: FrameDecoder, news: bytes) -> None:
    decoder.decode(_sync())
    assert decoder.decode(news) is not None

    assert isinstance(decoder.decode(_sync()), SyncFrame)


def test_news_of_another_server_makes_no_difference(decoder: FrameDecoder) -> None:
    decoder.decode(_sync())
    decoder.decode(_status("STOPPING", "other"))

    assert decoder.decode(_sync()) == ServerUnchanged("srv")


def test_forgotten_sync_counts_again(decoder: FrameDecoder) -> None:
    decoder.decode(_sync(cpu=1))
    for _ in range(2):
        decoder.forget("srv")

    assert decoder.decode(_sync(cpu=1)) == SyncFrame("srv", {"id": "srv", "cpu": 1})


def test_server_that_is_no_longer_among_the_ids_is_dropped() -> None:
    servers = _watched("srv")
    decoder = FrameDecoder(servers)
    decoder.decode(_sync())
    servers.clear()
    decoder.forget("srv")

    assert decoder.decode(_sync()) is None


def test_a_panel_cannot_fill_the_memory(decoder: FrameDecoder) -> None:
    for number in range(100):
        decoder.decode(_sync(cpu=number))
        decoder.decode(_sync(f"srv_{number}"))

    assert (len(decoder._last), len(decoder._unchanged)) == (1, 1)


SENT: dict[str, dict[str, str]] = {
    encode_auth('to"ken'): {"type": "auth", "token": 'to"ken'},
    encode_subscribe("srv"): {"type": "subscribe", "serverId": "srv"},
    encode_unsubscribe("srv"): {"type": "unsubscribe", "serverId": "srv"},
    PING: {"type": "ping"},
}


@pytest.mark.parametrize("frame", SENT)
def test_what_we_send(frame: str) -> None:
    assert json.loads(frame) == SENT[frame]


@at_random
@given(st.lists(FRAMES.map(wire) | st.binary(), max_size=4))
def test_any_data_is_a_frame_or_nothing(sent: list[bytes]) -> None:
    decoder = FrameDecoder(_watched("srv"))

    for frame in [*sent, *sent]:
        message = decoder.decode(frame)
        if isinstance(message, SyncFrame | ChangeFrame):
            assert parse_server(message.data, Server(message.server_id)).id == message.server_id == "srv"


@at_random
@given(st.integers(0, 49), FRAMES.map(wire) | st.binary())
def test_one_malformed_server_among_fifty_leaves_the_others(place: int, frame: bytes) -> None:
    ids = [f"srv_{number}" for number in range(50)]
    decoder = FrameDecoder(_watched(*ids))
    tick = [_sync(server_id, name=server_id) for server_id in ids]
    tick[place] = frame

    messages = [decoder.decode(frame) for frame in tick]

    del ids[place], messages[place]
    assert messages == [SyncFrame(server_id, {"id": server_id, "name": server_id}) for server_id in ids]
