"""Objects of a real panel of generation 2, and what cannot happen."""

from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.stellarstack.client.fields import parse_row
from custom_components.stellarstack.client.models import (
    Account,
    Allocation,
    Backup,
    BackupStatus,
    Blueprint,
    Node,
    Server,
    ServerStatus,
)
from custom_components.stellarstack.client.v2.parse import (
    parse_account,
    parse_allocation,
    parse_backup,
    parse_blueprint,
    parse_node,
    parse_server,
)
from tests.client.support import our_log

from .recorded import BLUEPRINT, NODE_A, NODES, SURVIVAL, USER, recorded


def test_server_of_the_list() -> None:
    assert parse_server(recorded("servers")["servers"][0]) == Server(
        id=SURVIVAL,
        name="Survival",
        status=ServerStatus.RUNNING,
        raw_status="running",
        suspended=False,
        memory=4096,
        disk=10240,
        cpu=200,
        backup_limit=5,
        owner_id=USER,
        created_at=datetime(2026, 11, 26, 2, 53, 48, 591000, UTC),
        primary_allocation_id="80c6093f-953f-4e26-aa24-a6a4e2ada30a",
        node=Node(NODE_A),
        blueprint=Blueprint(BLUEPRINT),
        image="ghcr.io/stellarstackoss/planets:java_21",
    )


def test_answer_about_one_server_names_its_node() -> None:
    assert parse_server(recorded("server")["server"]).node == Node(NODE_A, "node-a")
    assert parse_server(recorded("server")["server"] | {"nodeName": None}).node == Node(NODE_A)


@pytest.mark.parametrize(
    ("status", "install", "shown"),
    [
        ("offline", "succeeded", ServerStatus.STOPPED),
        ("starting", "succeeded", ServerStatus.STARTING),
        ("running", "succeeded", ServerStatus.RUNNING),
        ("stopping", "succeeded", ServerStatus.STOPPING),
        ("offline", "pending", ServerStatus.INSTALLING),
        ("offline", "running", ServerStatus.INSTALLING),
        ("offline", "failed", ServerStatus.ERROR),
        # Nothing refuses a start meanwhile, or after a failure.
        ("running", "pending", ServerStatus.RUNNING),
        ("starting", "failed", ServerStatus.STARTING),
        ("offline", "paused", ServerStatus.STOPPED),
        ("offline", None, ServerStatus.STOPPED),
        ("offline", 5, ServerStatus.STOPPED),
        ("asleep", "succeeded", None),
        (None, "succeeded", None),
        (5, "pending", None),
    ],
)
def test_status(status: object, install: object, shown: ServerStatus | None) -> None:
    row = recorded("servers")["servers"][0] | {"status": status, "installState": install}

    assert parse_server(row).status is shown


def test_unknown_status_in_the_panels_own_letters() -> None:
    assert parse_server({"id": "x", "status": "asleep"}).raw_status == "asleep"


@pytest.mark.parametrize(
    "row", [None, 5, [], "text", {}, {"id": None}, {"id": 5}, {"id": ""}, {"id": "x" * 129}, {"id": "a\nb"}]
)
def test_no_id(row: Any) -> None:
    for parse in (parse_server, parse_node, parse_allocation, parse_backup, parse_blueprint, parse_account):
        assert parse_row(parse, row) is None


def test_illegal_fields_take_nothing_with_them(caplog: pytest.LogCaptureFixture) -> None:
    row = recorded("servers")["servers"][0]
    broken = {key: [1] for key in row} | {"id": SURVIVAL, "name": "Survival", "suspended": True}

    assert parse_server(broken) == Server(SURVIVAL, name="Survival", suspended=True)
    assert f"DEBUG Ignored memoryLimitMb of Server {SURVIVAL}: list has no legal value there" in our_log(caplog)


def test_nodes_lose_their_key() -> None:
    online, offline = (parse_node(row) for row in NODES["nodes"])

    assert online == Node(NODE_A, "node-a", "node-a.panel.test", is_online=True)
    assert offline.is_online is False
    assert "secret" not in repr([online, offline])
    assert parse_node({"id": "x"}).is_online is None


def test_allocation() -> None:
    (row,) = recorded("allocations")["allocations"]

    assert parse_allocation(row) == Allocation("80c6093f-953f-4e26-aa24-a6a4e2ada30a", ip="0.0.0.0", port=25565)


def test_backups() -> None:
    pending = parse_backup(recorded("backup_pending")["backup"])
    (ready,) = map(parse_backup, recorded("backups")["backups"])

    created = datetime(2026, 11, 26, 2, 57, 0, 453000, UTC)
    assert pending == Backup(ready.id, "nightly-1", BackupStatus.IN_PROGRESS, 0, created)
    assert (ready.status, ready.size) == (BackupStatus.COMPLETED, 30004998)
    assert ready.ended_at == datetime(2026, 11, 26, 2, 57, 0, 899000, UTC)


@pytest.mark.parametrize(("state", "status"), [("failed", BackupStatus.FAILED), ("lost", None), (5, None)])
def test_other_states_of_a_backup(state: object, status: BackupStatus | None) -> None:
    assert parse_backup({"id": "x", "state": state}).status is status


@pytest.mark.parametrize(
    ("name", "expected"), [("Paper", "Paper"), ({"key": "blueprints.paper", "params": {}}, None), (5, None)]
)
def test_blueprint(name: object, expected: str | None) -> None:
    assert parse_blueprint({"id": "x", "name": name}) == Blueprint("x", expected)


def test_account() -> None:
    assert parse_account(recorded("me")["user"]) == Account(USER, "Uma User", "user@panel.test", is_admin=False)
    # The role of an admin is "user".
    assert parse_account(recorded("me_admin")["user"]).is_admin
    assert not parse_account({"id": "x", "role": "admin", "isAdmin": "yes"}).is_admin
