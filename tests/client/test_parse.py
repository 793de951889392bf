"""The panel's objects: both payload variants, what is dropped, what is kept, and what cannot happen."""

from dataclasses import fields, replace
from datetime import UTC, datetime
import math
from typing import Any

from hypothesis import given
import pytest

from custom_components.stellarstack.client.models import (
    Allocation,
    Backup,
    BackupStatus,
    Blueprint,
    Location,
    Node,
    Server,
    ServerStatus,
)
from custom_components.stellarstack.client.v1.parse import parse_backup, parse_node, parse_server

from .samples import KNOWN, PAGE, REAL, ROW, server_of
from .support import SERVERS, at_random, our_log


def test_page_variant() -> None:
    assert parse_server(PAGE) == Server(
        id="srv_abc123",
        short_id="abc123",
        name="my-server",
        status=ServerStatus.RUNNING,
        raw_status="running",
        suspended=False,
        container_id="container_xyz",
        memory=2048,
        disk=10240,
        cpu=100,
        swap=0,
        oom_kill_disable=False,
        backup_limit=5,
        owner_id="user_123",
        created_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        node=Node("node_456", "US-East-1", "node1.example.com", True, Location("loc_123", "US East")),
        allocations=(Allocation("alloc_111", "0.0.0.0", 25565, is_primary=True),),
        blueprint=Blueprint("bp_789", "Minecraft Java"),
    )


@pytest.mark.parametrize("data", [REAL, ROW], ids=["sync", "row"])
def test_real_variant_tells_the_same(data: dict[str, Any]) -> None:
    page, real = parse_server(PAGE), parse_server(data)

    shown = {field.name: getattr(page, field.name) for field in fields(Server)}
    different = {name for name, value in shown.items() if getattr(real, name) != value}
    assert different <= {"raw_status", "allocations", "primary_allocation_id"}
    assert real.allocations == (Allocation("alloc_111", "0.0.0.0", 25565, assigned=True),)


def test_only_a_row_names_the_primary_allocation() -> None:
    assert [parse_server(data).primary_allocation_id for data in (PAGE, REAL, ROW)] == [None, None, "alloc_111"]


@pytest.mark.parametrize("status", ServerStatus)
def test_every_status(status: ServerStatus) -> None:
    assert server_of(status=status.name).status is status


@pytest.mark.parametrize("spelling", ["RUNNING", "running", "Running", " running\n"])
def test_status_in_any_case(spelling: str) -> None:
    server = server_of(status=spelling)

    assert (server.status, server.raw_status) == (ServerStatus.RUNNING, spelling.strip())


def test_unknown_status_is_kept_as_text() -> None:
    server = parse_server({"id": "srv", "status": "HIBERNATING"}, KNOWN)

    assert (server.status, server.raw_status) == (None, "HIBERNATING")


def test_status_null_is_no_status() -> None:
    server = parse_server({"status": None}, KNOWN)

    assert (server.status, server.raw_status) == (None, None)


def test_suspended_and_the_status_are_independent() -> None:
    server = server_of(status="RUNNING", suspended=True)

    assert (server.status, server.suspended) == (ServerStatus.RUNNING, True)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(4096, 4096), ("4096", 4096), (4096.0, 4096), ("0", 0), (0.1 + 0.2, 0.1 + 0.2), ("150.5", 150.5), (None, None)],
)
def test_sizes_as_numbers_or_texts(value: object, expected: float | None) -> None:
    server = server_of(memory=value, disk=value, swap=value, cpu=value)

    for size in (server.memory, server.disk, server.swap, server.cpu):
        assert (size, type(size)) == (expected, type(expected))


@pytest.mark.parametrize("value", [-1, "-1"])
def test_only_swap_may_be_unlimited(value: object) -> None:
    server = parse_server({"swap": value, "memory": value}, KNOWN)

    assert (server.swap, server.memory) == (-1, 2048)


WRONG_NUMBERS = [
    *(True, False, "", "much", "NaN", "Infinity", "-Infinity", math.nan, math.inf, -math.inf),
    *(-2, "-2", -0.5, 2**53 + 2, 10**400, "1e300", "9" * 400, [], [1], {}, {"value": 1}),
]


@pytest.mark.parametrize("value", WRONG_NUMBERS, ids=lambda value: repr(value)[:12])
def test_impossible_numbers_are_dropped(value: object, caplog: pytest.LogCaptureFixture) -> None:
    keys = ("memory", "disk", "swap", "cpu", "backupLimit")

    assert parse_server(dict.fromkeys(keys, value), KNOWN) == KNOWN
    assert len(our_log(caplog)) == len(keys)


def test_fraction_of_a_backup_is_dropped() -> None:
    assert parse_server({"backupLimit": 2.5}, KNOWN) == KNOWN


WRONG_TYPES: dict[str, tuple[object, ...]] = {
    "description": (5, True, ["text"], {}),
    "shortId": (5, True, ["text"], {}),
    "status": (5, True, [], {"id": "RUNNING"}),
    "suspended": (0, 1, "false", []),
    "createdAt": (5, "yesterday", "2026-13-01", ""),
    "node": (5, "node_456", [], ["node_456"], True, {"id": 5}, {"id": ""}, {"id": None}),
    "blueprint": (5, "Minecraft", [], {"id": []}, {"id": ""}),
    "allocations": (5, "25565", {}, True),
}


@pytest.mark.parametrize(("key", "value"), [(key, value) for key, values in WRONG_TYPES.items() for value in values])
def test_wrong_type_drops_the_field_with_one_line(key: str, value: object, caplog: pytest.LogCaptureFixture) -> None:
    assert parse_server({key: value, "name": "Renamed"}, KNOWN) == replace(KNOWN, name="Renamed")
    assert [line[:6] for line in our_log(caplog)] == ["DEBUG "]


def test_dropped_value_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    parse_server({"memory": "hunter2", "name": ["hunter2"], "node": "hunter2", "allocations": ["hunter2"]}, KNOWN)

    assert len(our_log(caplog)) == 4
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize("key", [key for key in REAL if key != "id"])
def test_missing_field_keeps_what_was_known(key: str) -> None:
    assert parse_server({name: value for name, value in REAL.items() if name != key}, KNOWN) == KNOWN


def test_status_frame_changes_the_status_alone() -> None:
    server = parse_server({"id": "srv_abc123", "status": "STOPPING"}, KNOWN)

    assert server == parse_server(REAL | {"status": "STOPPING"})


@pytest.mark.parametrize("key", ["node", "blueprint", "description", "memory"])
def test_null_forgets_what_was_known(key: str) -> None:
    assert getattr(parse_server({key: None}, KNOWN), key) is None


def test_allocations_null_keeps_what_was_known() -> None:
    assert parse_server({"allocations": None}, KNOWN) == KNOWN


def test_empty_allocations_are_none() -> None:
    assert parse_server({"allocations": []}, KNOWN).allocations == ()


@pytest.mark.parametrize(
    "data",
    [
        {"node": {"id": "node_456", "isOnline": True}},
        {"node": {"displayName": "US-East-1", "isOnline": True}},
        {"node": {"id": "node_456", "isOnline": True, "location": {"id": "loc_123"}}},
        {"node": {"id": "node_456", "isOnline": True, "host": 5, "location": "US East"}},
        {"blueprint": {"id": "bp_789"}},
        {"blueprint": {"name": "Minecraft Java"}},
        {"allocations": [{"id": "alloc_111"}]},
        {"allocations": [{"id": "alloc_111", "ip": 5, "port": "many", "assigned": "yes"}]},
    ],
)
def test_nested_fields_are_merged_alike(data: dict[str, Any]) -> None:
    assert parse_server(data, KNOWN) == KNOWN


@pytest.mark.parametrize(
    ("data", "node"),
    [
        ({"id": "node_9"}, Node("node_9")),
        ({"id": "node_9", "displayName": "New"}, Node("node_9", "New")),
        (
            {"id": "node_456", "isOnline": True, "location": {"id": "loc_9"}},
            Node("node_456", "US-East-1", "node1.example.com", True, Location("loc_9")),
        ),
        (
            {"id": "node_456", "isOnline": True, "location": None},
            Node("node_456", "US-East-1", "node1.example.com", True),
        ),
    ],
)
def test_another_node_or_location_inherits_nothing(data: dict[str, Any], node: Node) -> None:
    assert parse_server({"node": data}, KNOWN).node == node


def test_another_blueprint_inherits_nothing() -> None:
    assert parse_server({"blueprint": {"id": "bp_9"}}, KNOWN).blueprint == Blueprint("bp_9")


def test_another_allocation_inherits_nothing() -> None:
    assert parse_server({"allocations": [{"id": "alloc_9"}]}, KNOWN).allocations == (Allocation("alloc_9"),)


@pytest.mark.parametrize(("fqdn", "expected"), [("fqdn.example.com", "host.example.com"), (None, "host.example.com")])
def test_host_of_a_node_goes_before_its_fqdn(fqdn: str | None, expected: str) -> None:
    assert parse_node({"id": "node", "fqdn": fqdn, "host": "host.example.com"}).host == expected


def test_fqdn_stands_in_for_a_missing_host() -> None:
    assert parse_node({"id": "node", "fqdn": "fqdn.example.com"}).host == "fqdn.example.com"


@pytest.mark.parametrize("online", [True, False, None])
def test_node_online(online: bool | None) -> None:
    assert parse_node({"id": "node", "isOnline": online}).is_online is online


@pytest.mark.parametrize(
    "node", [{"id": "node_456"}, {"id": "node_456", "isOnline": "yes"}, {"displayName": "Renamed"}]
)
def test_node_that_is_not_said_to_be_online_leaves_no_old_truth(node: dict[str, Any]) -> None:
    found = parse_server({"node": node}, KNOWN).node

    assert found is not None
    assert (found.id, found.host, found.is_online) == ("node_456", "node1.example.com", None)


def test_frame_without_the_node_keeps_it() -> None:
    assert parse_server({"status": "RUNNING"}, KNOWN).node == KNOWN.node


def test_order_of_the_allocations_stays() -> None:
    rows = [{"id": key, "port": port} for key, port in (("a", 1), ("b", 2), ("c", 3))]
    known = server_of(allocations=rows)

    assert server_of(allocations=rows).allocations == known.allocations
    shuffled = parse_server({"allocations": [{"id": "new", "port": 4}, rows[2], rows[0]]}, known)
    assert [allocation.id for allocation in shuffled.allocations] == ["a", "c", "new"]


@pytest.mark.parametrize("row", [None, 5, "25565", [], {}, {"id": 5}, {"id": []}, {"id": ""}, {"port": 25565}])
def test_malformed_allocation_leaves_the_others(row: object, caplog: pytest.LogCaptureFixture) -> None:
    server = server_of(allocations=[row, {"id": "a", "port": 25565}])

    assert server.allocations == (Allocation("a", port=25565),)
    assert len(our_log(caplog)) == 1


@pytest.mark.parametrize("port", [0, -1, 65536, 25565.5, "minecraft", True, [25565]])
def test_impossible_port_is_dropped(port: object) -> None:
    assert server_of(allocations=[{"id": "a", "port": port}]).allocations == (Allocation("a"),)


@pytest.mark.parametrize("port", [25565, "25565", 25565.0])
def test_port_as_number_or_text(port: object) -> None:
    assert server_of(allocations=[{"id": "a", "port": port}]).allocations == (Allocation("a", port=25565),)


@pytest.mark.parametrize("status", ["x" * 5000, "\x1b[31mHIBERNATING\n"])
def test_unknown_status_is_fit_for_the_log(status: str) -> None:
    raw = server_of(status=status).raw_status

    assert raw is not None
    assert len(raw) <= 64
    assert raw.isprintable()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("Survival", "Survival"),
        ("  two\n\tlines  ", "two lines"),
        ("left\u202eright\x00\x1b[31m", "left right [31m"),
        ("🎮 Überleben", "🎮 Überleben"),
        ("x" * 5000, "x" * 128),
        (" \n ", None),
        ("", None),
        (None, None),
    ],
)
def test_names_fit_on_a_line(name: str | None, shown: str | None) -> None:
    assert server_of(name=name).name == shown


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("2026-03-01T12:00:00.000Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T13:00:00+01:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T12:00:00", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        (None, None),
    ],
)
def test_times_have_a_zone(text: str | None, time: datetime | None) -> None:
    assert server_of(createdAt=text).created_at == time


@pytest.mark.parametrize(
    "key",
    [None, "", 5, ["srv"], "x" * 129, "two\nlines", "left\u202eright", "\x1b[31m"],
    ids=lambda key: repr(key)[:12],
)
def test_what_is_no_id(key: object) -> None:
    for parse in (parse_server, parse_node, parse_backup):
        with pytest.raises(TypeError):
            parse({"id": key})
    parts = {"node": {"id": key, "location": {"id": key}}, "blueprint": {"id": key}, "allocations": [{"id": key}]}
    assert parse_server({"id": "srv"} | parts) == Server("srv")


@pytest.mark.parametrize("key", ["x" * 128, "ä", "srv 1"])
def test_what_is_an_id(key: str) -> None:
    assert parse_server({"id": key}).id == key


def test_without_an_id_there_is_no_object() -> None:
    for parse in (parse_server, parse_node, parse_backup):
        with pytest.raises(TypeError):
            parse({})


@pytest.mark.parametrize(
    ("row", "backup"),
    [
        ({"id": "b"}, Backup("b")),
        ({"id": "b", "name": 5, "status": 5, "size": []}, Backup("b")),
        (
            {"id": "b", "name": "Nightly", "status": "COMPLETED", "size": 10},
            Backup("b", "Nightly", BackupStatus.COMPLETED, 10),
        ),
        ({"id": "b", "status": "in_progress", "size": "10"}, Backup("b", None, BackupStatus.IN_PROGRESS, 10)),
        ({"id": "b", "status": "LOST", "size": True}, Backup("b")),
        ({"id": "b", "size": -1}, Backup("b")),
        ({"id": "b", "size": "9" * 5000}, Backup("b")),
    ],
)
def test_backup(row: dict[str, Any], backup: Backup) -> None:
    assert parse_backup(row) == backup


@at_random
@given(SERVERS)
def test_any_object_is_a_server_or_has_no_id(data: dict[str, Any]) -> None:
    try:
        server = parse_server(data)
    except TypeError:
        key = data.get("id")
        assert not isinstance(key, str) or not key.isprintable() or not 0 < len(key) <= 128
        return

    assert server.id == data["id"]
    for number in (server.memory, server.disk, server.cpu, server.backup_limit):
        assert number is None or 0 <= number <= 2**53
    assert server.swap is None or -1 <= server.swap <= 2**53
    assert all(allocation.port is None or 0 < allocation.port < 65536 for allocation in server.allocations)
    assert server.address is None or server.primary_allocation in server.allocations


@at_random
@given(SERVERS)
def test_repetition_is_no_news(data: dict[str, Any]) -> None:
    once = parse_server(data, KNOWN)

    assert parse_server(data, once) == once


@at_random
@given(SERVERS)
def test_what_is_sent_counts_whatever_was_known(before: dict[str, Any]) -> None:
    server = parse_server(REAL, parse_server(before, Server("srv_abc123")))

    assert replace(server, primary_allocation_id=None) == KNOWN
