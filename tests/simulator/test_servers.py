"""Servers and nodes: their forms, REST, power, commands and backups."""

import asyncio
import re
from typing import Any

import pytest

from simulator import MISSING, Panel, Server, Session

from .client import Client, PanelMaker, Socket

ISO_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SYNC_FIELDS = {
    "id", "shortId", "name", "description", "status", "suspended", "containerId", "memory", "disk", "cpu",
    "cpuPinning", "swap", "oomKillDisable", "backupLimit", "nodeId", "blueprintId", "ownerId", "createdAt",
    "updatedAt", "node", "allocations", "blueprint",
}  # fmt: skip


async def sync(client: Client, session: Session, server: Server) -> dict[str, Any]:
    """Return the data of a server's next sync."""
    socket = await client.signed_in_socket(session)
    await socket.subscribe(server.id)
    await client.panel.tick_now()
    data = (await socket.expect("server:sync"))["data"]
    await socket.raw.close()
    assert isinstance(data, dict)
    return data


async def row(client: Client, session: Session, server: Server) -> dict[str, Any]:
    """Return a server's row in REST."""
    reply = await client.get(f"/api/servers/{server.id}", session)
    assert reply.status == 200
    assert isinstance(reply.data, dict)
    return reply.data


async def test_real_sync(client: Client, user: Session, server: Server) -> None:
    data = await sync(client, user, server)

    assert set(data) == SYNC_FIELDS
    assert data["status"] == "RUNNING"
    assert [type(data[key]) for key in ("memory", "disk", "swap", "cpu")] == [int] * 4
    assert ISO_DATE.fullmatch(data["createdAt"])
    assert ISO_DATE.fullmatch(data["updatedAt"])
    assert data["ownerId"] == user.account.id
    assert set(data["node"]) == {
        "id", "displayName", "host", "port", "protocol", "sftpPort", "isOnline", "location",
    }  # fmt: skip
    assert data["node"]["location"]["name"] == "Frankfurt"
    assert [set(allocation) for allocation in data["allocations"]] == [{"id", "ip", "port", "assigned"}] * 2
    assert data["blueprint"] == {"id": data["blueprintId"], "name": "Minecraft Java"}


async def test_page_sync(make: PanelMaker) -> None:
    client = await make(payload="page")
    session = client.panel.create_session(client.panel.add_account("a@example.com", "p"))
    node = client.panel.add_node("US-East-1", host="node1.example.com", location="US East")
    server = client.panel.add_server("my-server", owner=session.account, node=node)

    data = await sync(client, session, server)

    assert set(data) == SYNC_FIELDS
    assert data["status"] == "running"
    assert data["node"].items() >= {"fqdn": "node1.example.com", "daemonPort": 8080, "shortId": node.id[:8]}.items()
    assert [set(allocation) for allocation in data["allocations"]] == [{"id", "ip", "port", "isPrimary"}] * 2
    # The primary one is not simply the first.
    assert [allocation["isPrimary"] for allocation in data["allocations"]] == [False, True]
    socket = await client.signed_in_socket(session)
    await socket.subscribe(server.id)
    client.panel.set_status(server.id, "STOPPED")
    assert (await socket.expect("server:status"))["data"]["status"] == "stopped"


async def test_given_fields(client: Client, user: Session) -> None:
    allocations = [{"id": "a", "ip": "1.2.3.4", "port": 1}, {"id": "b", "ip": "1.2.3.4", "port": 2}]
    server = client.panel.add_server(
        "Fraction",
        owner=user.account,
        server_id="srv_1",
        cpu=87.5,
        swap=-1,
        memory=512,
        suspended=True,
        status="INSTALLING",
        blueprint="Rust",
        allocations=allocations,
        backupLimit=7,
    )

    data = await sync(client, user, server)

    assert server.id == data["id"] == "srv_1"
    assert (
        data.items()
        >= {
            "cpu": 87.5,
            "swap": -1,
            "memory": 512,
            "suspended": True,
            "status": "INSTALLING",
            "allocations": allocations,
            "backupLimit": 7,
            "node": None,
            "nodeId": None,
        }.items()
    )
    assert data["blueprint"]["name"] == "Rust"
    assert (await row(client, user, server))["primaryAllocationId"] == "a"


async def test_rest_row(client: Client, user: Session, server: Server) -> None:
    data = await row(client, user, server)

    assert data.items() >= {"memory": "4096", "disk": "10240", "swap": "0", "cpu": 200, "status": "RUNNING"}.items()
    assert data["primaryAllocationId"] == data["allocations"][-1]["id"]
    assert data["owner"]["email"] == user.account.email
    assert data["node"]["host"] == "fra1.example.com"


async def test_worlds_are_the_same_each_time() -> None:
    servers = []
    for _ in range(2):
        panel = Panel()
        account = panel.add_account("a@example.com", "p")
        servers.append(panel.add_server("a", owner=account, node=panel.add_node("n")))
    first, second = servers
    assert first.id == second.id
    assert first.owner.id == second.owner.id
    assert first.node is not None
    assert second.node is not None
    assert first.node.id == second.node.id
    assert first.fields["allocations"] == second.fields["allocations"]


async def test_silent_edit(client: Client, user: Session, server: Server) -> None:
    socket = await client.signed_in_socket(user)
    await socket.subscribe(server.id)
    await client.panel.tick_now()
    await socket.expect("server:sync")

    client.panel.edit(server.id, name="Renamed")

    await socket.expect_nothing()
    await client.panel.tick_now()
    assert (await socket.expect("server:sync"))["data"]["name"] == "Renamed"


@pytest.mark.parametrize(
    "fields",
    [
        {"name": 5, "status": None, "memory": "lots", "cpu": [], "node": {"id": 7}, "allocations": "none"},
        {"id": 3, "suspended": "yes", "blueprint": "Minecraft", "createdAt": 0, "memory": 10**30},
        {"status": "brand-new", "futureField": {"a": [1]}, "allocations": [5, {"port": None}], "node": "x"},
    ],
)
async def test_wrong_values_are_sent_as_they_are(
    client: Client, user: Session, server: Server, fields: dict[str, Any]
) -> None:
    client.panel.edit(server.id, **fields)

    assert (await sync(client, user, server)).items() >= fields.items()


@pytest.mark.parametrize("payload", ["real", "page"])
async def test_missing_fields_are_left_out(make: PanelMaker, payload: str) -> None:
    client = await make(payload=payload)
    session = client.panel.create_session(client.panel.add_account("a@example.com", "p"))
    node = client.panel.add_node("n")
    server = client.panel.add_server("a", owner=session.account, node=node)

    client.panel.edit(server.id, **dict.fromkeys(SYNC_FIELDS - {"id", "node"}, MISSING))
    client.panel.edit_node(node.id, isOnline=MISSING, displayName="Renamed")

    data = await sync(client, session, server)
    assert set(data) == {"id", "node"}
    assert "isOnline" not in data["node"]
    assert data["node"]["displayName"] == "Renamed"
    assert repr(MISSING) == "MISSING"


async def test_server_moves(client: Client, user: Session, admin: Session, server: Server) -> None:
    node = client.panel.add_node("Helsinki 1", location="Helsinki")

    client.panel.edit(server.id, node=node, owner=admin.account)

    data = await sync(client, admin, server)
    assert (data["nodeId"], data["node"]["displayName"], data["ownerId"]) == (
        node.id,
        "Helsinki 1",
        admin.account.id,
    )
    assert (await client.get(f"/api/servers/{server.id}", user)).status == 403


async def test_list_shows_what_the_account_owns(client: Client, user: Session, admin: Session, server: Server) -> None:
    newer = client.panel.add_server("Newer", owner=user.account)
    shared = client.panel.add_server("Shared", owner=admin.account, shared_with=[user.account])
    foreign = client.panel.add_server("Foreign", owner=admin.account)

    mine = await client.get("/api/servers", user)
    everything = await client.get("/api/servers", admin)

    assert [row["id"] for row in mine.data] == [newer.id, server.id]
    assert [row["id"] for row in everything.data] == [foreign.id, shared.id, newer.id, server.id]
    assert mine.data[1]["memory"] == "4096"
    assert mine.data[1]["primaryAllocationId"]
    assert mine.data[1]["node"]["isOnline"] is True
    # What was shared is missing in the list only.
    assert (await client.get(f"/api/servers/{shared.id}", user)).status == 200
    assert (await client.post(f"/api/servers/{shared.id}/stop", user)).status == 200
    reply = await client.get(f"/api/servers/{foreign.id}", user)
    assert (reply.status, list(reply.data)) == (403, ["error"])
    reply = await client.get("/api/servers/unknown", user)
    assert (reply.status, list(reply.data)) == (404, ["error"])
    assert (await client.get("/api/servers/", user)).status == 404


@pytest.mark.parametrize(
    ("action", "before", "steps"),
    [
        ("start", "STOPPED", ["STARTING", "RUNNING"]),
        ("stop", "RUNNING", ["STOPPING", "STOPPED"]),
        ("kill", "RUNNING", ["STOPPED"]),
        ("restart", "RUNNING", ["STARTING", "STOPPING", "STOPPED", "STARTING", "RUNNING"]),
        ("restart", "STOPPED", ["STARTING", "RUNNING"]),
    ],
)
async def test_power(client: Client, user: Session, server: Server, action: str, before: str, steps: list[str]) -> None:
    client.panel.edit(server.id, status=before)
    socket = await client.signed_in_socket(user)
    await socket.subscribe(server.id)

    reply = await client.post(f"/api/servers/{server.id}/{action}", user)

    assert (reply.status, reply.data) == (200, {"success": True, "status": steps[0]})
    assert [await next_status(socket) for _ in steps] == steps
    await socket.expect_nothing()
    assert (await row(client, user, server))["status"] == steps[-1]


async def next_status(socket: Socket) -> str:
    return str((await socket.expect("server:status"))["data"]["status"])


async def test_new_action_ends_the_one_before(make: PanelMaker) -> None:
    client = await make(step_delay=0.02)
    session = client.panel.create_session(client.panel.add_account("a@example.com", "p"))
    server = client.panel.add_server("a", owner=session.account, node=client.panel.add_node("n"))
    socket = await client.signed_in_socket(session)
    await socket.subscribe(server.id)

    await client.post(f"/api/servers/{server.id}/restart", session)
    await client.post(f"/api/servers/{server.id}/kill", session)

    seen = [await next_status(socket)]
    while seen[-1] != "STOPPED" or len(seen) < 2:
        seen.append(await next_status(socket))
    await asyncio.sleep(0.1)
    await socket.expect_nothing()
    assert server.status == "STOPPED"


async def test_deleted_server_walks_no_further(client: Client, user: Session, server: Server) -> None:
    client.panel.power(server.id, "restart")
    client.panel.delete_server(server.id)

    await asyncio.sleep(0.01)

    assert server.status == "STARTING"


@pytest.mark.parametrize("call", ["start", "stop", "restart", "kill", "command", "backups"])
async def test_refused_by_state(client: Client, user: Session, server: Server, call: str) -> None:
    assert server.node is not None
    panel, node_id = client.panel, server.node.id
    path = f"/api/servers/{server.id}/{call}"
    body = {"command": "say hi"}

    panel.set_node_online(node_id, heartbeat=False)
    reply = await client.post(path, user, body)
    assert reply.status == 500
    assert reply.data["error"].startswith("Failed to communicate with daemon: ")

    panel.set_node_online(node_id, heartbeat=False, column=False)
    reply = await client.post(path, user, body)
    assert (reply.status, reply.data) == (400, {"error": "Node is offline"})

    panel.edit(server.id, suspended=True)
    reply = await client.post(path, user, body)
    assert (reply.status, list(reply.data)) == (403, ["error"])

    panel.edit(server.id, suspended=False)
    panel.set_node_online(node_id, heartbeat=True)
    assert (await client.post(path, user, body)).status in {200, 201}

    stranger = panel.create_session(panel.add_account("stranger@example.com", "p"))
    assert (await client.post(path, stranger, body)).status == 403
    assert (await client.post(f"/api/servers/unknown/{call}", user, body)).status == 404


async def test_command(client: Client, user: Session, server: Server) -> None:
    reply = await client.post(f"/api/servers/{server.id}/command", user, {"command": "say hi"})

    assert (reply.status, reply.data) == (200, {"success": True})
    assert client.panel.commands == [(server.id, "say hi")]
    reply = await client.post(f"/api/servers/{server.id}/command", user, {})
    assert (reply.status, list(reply.data)) == (400, ["error"])


@pytest.mark.parametrize("result", ["COMPLETED", "FAILED"])
async def test_backup_answers_when_it_is_done(make: PanelMaker, result: str) -> None:
    client = await make(backup_delay=1000)
    panel = client.panel
    session = panel.create_session(panel.add_account("a@example.com", "p"))
    server = panel.add_server("a", owner=session.account, node=panel.add_node("n"))
    other = panel.add_server("b", owner=session.account)
    path = f"/api/servers/{server.id}/backups"
    panel.backup_result = "FAILED" if result == "FAILED" else "COMPLETED"

    attempt = asyncio.create_task(client.post(path, session, {"name": "Before the update"}))
    await panel.wait_for(lambda panel: panel.backups)
    assert (await client.get(path, session)).data[0]["status"] == "IN_PROGRESS"
    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)

    panel.backup_delay = 0
    reply = await client.post(path, session)

    assert (reply.status, reply.data["status"]) == (201, result)
    assert [backup["name"] for backup in panel.backups][0] == "Before the update"
    assert reply.data["name"].startswith("Backup ")
    assert reply.data in (await client.get(path, session)).data
    assert (await client.get(f"/api/servers/{other.id}/backups", session)).data == []


async def test_nodes_are_for_admins(client: Client, user: Session, admin: Session, server: Server) -> None:
    reply = await client.get("/api/nodes", user)
    assert (reply.status, list(reply.data)) == (403, ["error"])

    (node,) = (await client.get("/api/nodes", admin)).data
    assert (node["displayName"], node["isOnline"]) == ("Frankfurt 1", True)
    assert all(isinstance(node[key], str) and int(node[key]) > 1024**3 for key in ("memoryLimit", "diskLimit"))


async def test_two_truths_about_a_node(client: Client, user: Session, admin: Session, server: Server) -> None:
    assert server.node is not None

    async def truths() -> tuple[bool, bool]:
        (node,) = (await client.get("/api/nodes", admin)).data
        return node["isOnline"], (await sync(client, user, server))["node"]["isOnline"]

    assert await truths() == (True, True)
    client.panel.set_node_online(server.node.id, heartbeat=False)
    assert await truths() == (False, True)
    client.panel.set_node_online(server.node.id, heartbeat=False, column=False)
    assert await truths() == (False, False)
    client.panel.set_node_online(server.node.id, heartbeat=True, column=False)
    assert await truths() == (True, False)
    client.panel.set_node_online(server.node.id, heartbeat=True)
    assert await truths() == (True, True)


async def test_server_is_serialised_once(client: Client, user: Session, server: Server) -> None:
    frame = client.panel.fleet.sync_frame(server)

    assert client.panel.fleet.sync_frame(server) is frame
    client.panel.set_status(server.id, "STOPPED")
    assert client.panel.fleet.sync_frame(server) is not frame
