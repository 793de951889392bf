"""Servers and nodes: their forms in frames and in REST."""

import re
from typing import Any

import pytest

from simulator import MISSING, Panel, Server, Session

from .client import Client, PanelMaker

ISO_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
SYNC_FIELDS = {
    "id", "shortId", "name", "description", "status", "suspended", "containerId", "memory", "disk", "cpu",
    "cpuPinning", "swap", "oomKillDisable", "backupLimit", "nodeId", "blueprintId", "ownerId", "createdAt",
    "updatedAt", "node", "allocations", "blueprint",
}  # fmt: skip # as the panel writes it


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
    }  # fmt: skip # as the panel writes it
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


async def test_old_frames(make: PanelMaker) -> None:
    client = await make(old_frames=True)
    session = client.panel.create_session(client.panel.add_account("a@example.com", "p"))
    server = client.panel.add_server("a", owner=session.account, node=client.panel.add_node("n", host="n.example.com"))

    data = await sync(client, session, server)

    assert set(data) == SYNC_FIELDS
    assert set(data["node"]) == {"id", "displayName", "port", "protocol", "sftpPort", "location"}
    assert [set(allocation) for allocation in data["allocations"]] == [{"id", "ip", "port"}] * 2
    # REST knows what the frames lack.
    node = (await row(client, session, server))["node"]
    assert (node["host"], node["isOnline"]) == ("n.example.com", True)


async def test_aliases_are_in_the_allocations_only(client: Client, user: Session) -> None:
    allocations = [{"id": "a", "ip": "0.0.0.0", "port": 1, "alias": "play.example.com"}, {"id": "b", "port": 2}]
    node = client.panel.add_node("n")
    server = client.panel.add_server("a", owner=user.account, node=node, allocations=allocations)

    reply = await client.get(f"/api/servers/{server.id}/allocations", user)

    assert [(each["id"], each["alias"], each["nodeId"]) for each in reply.data] == [
        ("a", "play.example.com", node.id),
        ("b", None, node.id),
    ]
    for data in (await sync(client, user, server), await row(client, user, server)):
        assert not any("alias" in each for each in data["allocations"])


async def test_late_sync(client: Client, user: Session, server: Server) -> None:
    """A sync may be older than the status before it, by its `updatedAt` too."""
    client.panel.fleet.late_syncs = True
    sockets = [await client.subscribed_socket(user, server.id) for _ in range(2)]
    before = server.fields["updatedAt"]
    client.panel.advance(1)

    client.panel.set_status(server.id, "STOPPED")
    for _ in range(2):
        await client.panel.tick_now()

    for socket in sockets:
        assert await socket.statuses(1) == ["STOPPED"]
        late, right = [(await socket.expect("server:sync"))["data"] for _ in range(2)]
        assert (late["status"], late["updatedAt"]) == ("RUNNING", before)
        assert (right["status"], right["updatedAt"] > before) == ("STOPPED", True)


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
