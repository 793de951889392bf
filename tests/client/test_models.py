"""What models tell of themselves."""

from dataclasses import FrozenInstanceError, fields, is_dataclass
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.stellarstack.client.auth import TwoFactorChallenge
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.models import Account, Allocation, Backup, Blueprint, Location, Node
from custom_components.stellarstack.client.v1.parse import parse_backup, parse_server

from .samples import KNOWN, server_of

ALLOCATIONS = [
    {"id": "a", "ip": "10.0.0.1", "port": 1, "assigned": False},
    {"id": "b", "ip": "10.0.0.1", "port": 2, "assigned": True},
    {"id": "c", "ip": "10.0.0.1", "port": 3, "assigned": True},
    {"id": "d", "ip": "10.0.0.1", "port": 4, "assigned": True},
]


@pytest.mark.parametrize(
    ("change", "primary"),
    [
        ({}, "b"),
        ({"primaryAllocationId": "c"}, "c"),
        ({"primaryAllocationId": "gone"}, "b"),
        ({"primaryAllocationId": "c", "allocations": [*ALLOCATIONS[:3], ALLOCATIONS[3] | {"isPrimary": True}]}, "d"),
        ({"allocations": [{"id": "a", "port": 1}, {"id": "b", "port": 2}]}, "a"),
        ({"allocations": ALLOCATIONS[:1]}, None),
        ({"allocations": []}, None),
    ],
)
def test_primary_allocation(change: dict[str, Any], primary: str | None) -> None:
    allocation = server_of(**{"allocations": ALLOCATIONS} | change).primary_allocation

    assert (allocation and allocation.id) == primary


@pytest.mark.parametrize(
    ("ip", "host", "address"),
    [
        ("10.0.0.1", "node.example.com", "10.0.0.1:25565"),
        ("0.0.0.0", "node.example.com", "node.example.com:25565"),
        ("::", "node.example.com", "node.example.com:25565"),
        ("[::]", "node.example.com", "node.example.com:25565"),
        (None, "node.example.com", "node.example.com:25565"),
        ("2001:db8::1", None, "[2001:db8::1]:25565"),
        ("[2001:db8::1]", None, "[2001:db8::1]:25565"),
        ("0.0.0.0", None, None),
        (None, "", None),
    ],
)
def test_address(ip: str | None, host: str | None, address: str | None) -> None:
    server = server_of(allocations=[{"id": "a", "ip": ip, "port": 25565}], node={"id": "node", "host": host})

    assert server.address == address


@pytest.mark.parametrize(
    ("allocations", "address"),
    [
        ([], None),
        ([{"id": "a", "ip": "10.0.0.1"}], None),
        ([{"id": "a", "port": 25565}], None),
        ([{"id": "a", "ip": "0.0.0.0", "port": 25565}], "0.0.0.0:25565"),
    ],
)
def test_address_without_a_node(allocations: list[dict[str, Any]], address: str | None) -> None:
    assert server_of(allocations=allocations).address == address


def test_time_of_the_last_write_makes_no_difference() -> None:
    later = parse_server({"updatedAt": "2026-04-01T12:00:00.000Z"}, KNOWN)

    assert later.updated_at != KNOWN.updated_at
    assert later == KNOWN


@pytest.mark.parametrize(
    ("alias", "address"),
    [
        ("play.example.com", "play.example.com:25565"),
        ("2001:db8::1", "[2001:db8::1]:25565"),
        ("", "10.0.0.1:25565"),
        (None, "10.0.0.1:25565"),
        (5, "10.0.0.1:25565"),
    ],
)
def test_alias_goes_before_the_address(alias: object, address: str) -> None:
    server = server_of(allocations=[{"id": "a", "ip": "10.0.0.1", "port": 25565, "alias": alias}])

    assert server.address == address


@pytest.mark.parametrize(
    ("row", "ended_at"),
    [
        ({}, None),
        (
            {"createdAt": "2026-03-01T12:00:00.000Z", "updatedAt": "2026-03-02T12:00:00.000Z"},
            datetime(2026, 3, 1, 12, tzinfo=UTC),
        ),
        (
            {"createdAt": "2026-03-01T12:00:00.000Z", "completedAt": "2026-03-01T12:05:00.000Z"},
            datetime(2026, 3, 1, 12, 5, tzinfo=UTC),
        ),
        ({"createdAt": "2026-03-01T12:00:00.000Z", "completedAt": None}, datetime(2026, 3, 1, 12, tzinfo=UTC)),
    ],
)
def test_end_of_a_backup(row: dict[str, Any], ended_at: datetime | None) -> None:
    assert parse_backup({"id": "b"} | row).ended_at == ended_at


@pytest.mark.parametrize(
    "public",
    [
        *(KNOWN, Node("id"), Location("id"), Allocation("id"), Blueprint("id"), Backup("id")),
        *(Credentials(cookie="a=b"), Account("id"), TwoFactorChallenge("a=b")),
    ],
    ids=lambda public: type(public).__name__,
)
def test_objects_are_frozen(public: object) -> None:
    assert is_dataclass(public)
    for field in fields(public):
        with pytest.raises(FrozenInstanceError):
            setattr(public, field.name, None)
