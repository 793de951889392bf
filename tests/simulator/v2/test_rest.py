"""The API of generation 2: detection, servers, rights, backups, what admins see."""

import re
from typing import Any
import uuid

import pytest

from simulator import Node, Panel, Server, Session
from tests.simulator.client import Client, PanelMaker

from .live import answer, credentials, shape

NOBODY = "00000000-0000-0000-0000-000000000000"
DENIED = (403, {"error": {"code": "permissions.denied"}})


async def test_detection(client: Client) -> None:
    for path, status, kind, text in (
        ("/api/me", 401, "application/json", '{"error":{"code":"auth.session.invalid"}}'),
        ("/api/ws/token", 404, "text/plain", "404 Not Found"),
        ("/api/health", 404, "text/plain", "404 Not Found"),
        ("/api/servers/", 401, "application/json", '{"error":{"code":"auth.session.invalid"}}'),
        ("/auth/ok", 200, "application/json", '{"ok":true}'),
        ("/auth/get-session", 200, "application/json", "null"),
        ("/auth/nothing", 404, "application/octet-stream", ""),
        ("/api/auth/get-session", 404, "text/plain", "404 Not Found"),
        ("/daemon/healthz", 502, "application/octet-stream", ""),
    ):
        reply = await client.get(path)
        assert (path, reply.status, reply.headers.get("Content-Type", kind).partition(";")[0], reply.text) == (
            *(path, status, kind, text),
        )
    for path in ("/", "/health", "/login", "/x/y"):
        reply = await client.get(path)
        assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
        assert reply.text.startswith("<!doctype html>")
    assert (await client.refused_upgrade("/api/ws")).status == 404


async def test_paths_that_are_not_there(client: Client, user: Session, server: Server) -> None:
    for method, end in (("GET", "/ws"), ("POST", "/power"), ("POST", "/start"), ("POST", "/command")):
        reply = await client.request(method, f"/api/servers/{server.id}{end}", user)
        assert (reply.status, reply.text) == (404, "404 Not Found")
    assert (await client.get("/api/servers/", user)).status == 404


async def test_list(client: Client, user: Session, server: Server) -> None:
    reply = await client.get("/api/servers", user)

    assert reply.status == 200
    assert shape(reply.data) == shape(answer("servers"))
    (row,) = reply.data["servers"]
    assert (row["id"], row["ownerId"], row["status"]) == (server.id, user.account.id, "offline")
    assert (row["memoryLimitMb"], row["cpuLimitPercent"], row["diskLimitMb"]) == (4096, 200, 10240)


async def test_list_changes_its_order(client: Client, user: Session, panel: Panel, node: Node) -> None:
    first, second = (panel.add_server(name, owner=user.account, node=node) for name in ("One", "Two"))

    async def order() -> list[str]:
        return [row["id"] for row in (await client.get("/api/servers", user)).data["servers"]]

    assert await order() == [first.id, second.id]
    panel.update_server(first.id, name="Renamed")
    assert await order() == [second.id, first.id]


async def test_admins_see_all(client: Client, admin: Session, server: Server) -> None:
    assert [row["id"] for row in (await client.get("/api/servers", admin)).data["servers"]] == [server.id]
    access = (await client.get(f"/api/servers/{server.id}", admin)).data["access"]
    assert access == {"role": "admin", "permissions": []}


async def test_one(client: Client, user: Session, server: Server) -> None:
    reply = await client.get(f"/api/servers/{server.id}", user)

    assert shape(reply.data) == shape(answer("server"))
    assert reply.data["server"]["nodeName"] == "node-a"
    assert reply.data["access"] == {"role": "owner", "permissions": []}


async def test_refusals(client: Client, user: Session, admin: Session, panel: Panel, server: Server) -> None:
    theirs = panel.add_server("Theirs", owner=admin.account, node=server.node)

    async def ask(server_id: str) -> tuple[int, Any]:
        reply = await client.get(f"/api/servers/{server_id}", user)
        return reply.status, reply.data

    assert await ask(theirs.id) == DENIED == (403, answer("denied"))
    assert await ask(NOBODY) == (404, {"error": {"code": "servers.not_found"}})
    assert await ask("not-a-uuid") == (500, {"error": {"code": "internal.unexpected"}})


async def test_subusers(client: Client, panel: Panel, server: Server) -> None:
    accounts = [panel.add_account(f"sub{number}@panel.test", "p") for number in range(2)]
    sessions = [panel.create_session(account) for account in accounts]
    server.shared_with.append(accounts[0])
    panel.set_scopes(server.id, accounts[0], "console.read", "stats.read")
    path = f"/api/servers/{server.id}"

    reply = await client.get(path, sessions[0])
    assert shape(reply.data) == shape(answer("server_shared"))
    assert reply.data["access"] == {"role": "subuser", "permissions": ["console.read", "stats.read"]}
    assert (await credentials(client, server, sessions[0]))["scopes"] == ["console.read", "stats.read"]
    for end in ("allocations", "backups", "activity", "schedules", "subusers", "transfers", "crashes", "destination"):
        reply = await client.get(f"{path}/{end}", sessions[0])
        assert (end, reply.status, reply.data) == (end, *DENIED)
    for end in ("install", "variables", "instances"):
        assert (await client.get(f"{path}/{end}", sessions[0])).status == 200

    # By a fault of the vendor's only one of several gets in, and all see it in the list.
    server.shared_with.append(accounts[1])
    assert len((await client.get("/api/servers", sessions[1])).data["servers"]) == 1
    assert [(await client.get(path, session)).status for session in sessions] == [200, 403]
    server.shared_with.reverse()
    assert [(await client.get(path, session)).status for session in sessions] == [403, 200]


async def test_subuser_without_any_scope(client: Client, panel: Panel, server: Server) -> None:
    account = panel.add_account("sub@panel.test", "p")
    server.shared_with.append(account)
    panel.set_scopes(server.id, account)

    reply = await client.post(f"/api/servers/{server.id}/credentials", panel.create_session(account))

    assert reply.status == 403
    assert reply.data["error"]["params"]["statement"][0] == "console.read"


async def test_allocations(client: Client, user: Session, panel: Panel, server: Server) -> None:
    path = f"/api/servers/{server.id}/allocations"
    reply = await client.get(path, user)

    assert shape(reply.data) == shape(answer("allocations"))
    assert {row["ip"] for row in reply.data["allocations"]} == {"0.0.0.0"}
    ids = [row["id"] for row in reply.data["allocations"]]
    assert reply.data["primaryAllocationId"] in ids
    panel.edit(server.id, allocations=[{"id": "a", "ip": "192.0.2.10", "port": 27015, "alias": "play.panel.test"}])
    (row,) = (await client.get(path, user)).data["allocations"]
    assert (row["ip"], row["port"], row["alias"], row["serverId"]) == (
        *("192.0.2.10", 27015, "play.panel.test", server.id),
    )


async def test_credentials(client: Client, user: Session, panel: Panel, server: Server) -> None:
    ticket = await credentials(client, server, user)

    assert list(ticket) == ["token", "expiresAt", "wsUrl", "httpBaseUrl", "scopes", "sftp"]
    assert ticket["token"].count(".") == 2
    assert ticket["wsUrl"] == f"{panel.url.replace('http', 'ws')}/daemon/api/servers/{server.id}/ws"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z", ticket["expiresAt"])
    path = f"/api/servers/{server.id}/credentials"
    assert (await client.post(path, user)).status == 200
    assert (await client.post(path, user, {"purpose": "xx"})).status == 422


async def test_address_of_the_live_socket(make: PanelMaker) -> None:
    client = await make(generation=2, public_url="https://panel.test", web_url="https://panel.test/games/")
    account = client.panel.add_account("a@panel.test", "p")
    server = client.panel.add_server("Survival", owner=account)

    ticket = await credentials(client, server, client.panel.create_session(account))

    assert ticket["wsUrl"] == f"wss://panel.test/games/daemon/api/servers/{server.id}/ws"
    assert ticket["httpBaseUrl"] == "https://panel.test/games/daemon"


async def test_node_that_was_never_paired(client: Client, user: Session, panel: Panel, node: Node) -> None:
    far = panel.add_server("Far", owner=user.account, node=panel.add_node("node-b", paired=False), status="INSTALLING")
    path = f"/api/servers/{far.id}"

    await panel.api.reinstall(far)

    reply = await client.post(f"{path}/credentials", user)
    assert (reply.status, reply.data) == (503, answer("unreachable"))
    reply = await client.post(f"{path}/backups", user, {"name": "b1"})
    assert (reply.status, reply.data) == (502, {"error": {"code": "internal.unexpected"}})
    log = (await client.get(f"{path}/install", user)).data
    real = answer("install_failed")
    assert (list(log), log["state"], log["exitCode"], log["log"]) == (list(real), "failed", None, real["log"])
    assert (await client.get(path, user)).data["server"]["installState"] == "pending"


async def test_install(client: Client, user: Session, panel: Panel, server: Server) -> None:
    path = f"/api/servers/{server.id}"
    assert shape((await client.get(f"{path}/install", user)).data) == shape(answer("install"))
    panel.machine.game(server.id).install_time = 1

    assert (await client.post(f"{path}/reinstall", user)).data == {"ok": True}

    row = (await client.get(path, user)).data["server"]
    assert (row["installState"], row["status"]) == ("pending", "offline")
    assert (await client.get(f"{path}/install", user)).data["state"] == "running"
    await panel.wait_for(lambda _: server.fields["installState"] == "succeeded")
    log = (await client.get(f"{path}/install", user)).data
    assert (log["state"], log["exitCode"]) == ("succeeded", 0)


async def test_backups(client: Client, user: Session, panel: Panel, server: Server) -> None:
    path = f"/api/servers/{server.id}/backups"
    panel.machine.backup_time = 1

    created = await client.post(path, user, {"name": "nightly-1"})

    assert created.status == 200
    assert shape(created.data) == shape(answer("backup_pending"))
    assert created.data["backup"]["state"] == "pending"
    await panel.wait_for(lambda panel: panel.backups[0]["state"] == "ready")
    listed = (await client.get(path, user)).data
    assert shape(listed) == shape(answer("backups"))
    (backup,) = listed["backups"]
    assert backup["bytes"] > 0
    assert len(backup["sha256"]) == 64
    backup_id = backup["id"]
    assert (await client.post(f"{path}/{backup_id}/restore", user)).data == {"ok": True}
    assert (await client.delete(f"{path}/{backup_id}", user)).data == {"ok": True}
    assert (await client.delete(f"{path}/{backup_id}", user)).status == 404
    assert (await client.get(path, user)).data == {"backups": []}


async def test_backup_that_fails(client: Client, user: Session, panel: Panel, server: Server) -> None:
    panel.backup_result = "FAILED"

    await client.post(f"/api/servers/{server.id}/backups", user, {"name": "n"})

    await panel.wait_for(lambda panel: panel.backups[0]["state"] == "failed")
    assert panel.backups[0]["failureCode"] == "backups.create_failed"


async def test_backup_of_a_node_that_is_away(client: Client, user: Session, panel: Panel, server: Server) -> None:
    assert server.node is not None
    panel.machine.lose_node(server.node.id)

    assert (await client.post(f"/api/servers/{server.id}/backups", user, {"name": "n"})).status == 200

    await panel.wait_for(lambda panel: panel.backups[0]["state"] == "failed")


async def test_names_and_number_of_backups(client: Client, user: Session, panel: Panel, server: Server) -> None:
    path = f"/api/servers/{server.id}/backups"
    panel.edit(server.id, backupLimit=2)

    for body in ({"name": "a b"}, {"name": "x" * 65}, {"name": ""}, {}):
        assert (await client.post(path, user, body)).status == 422
    assert (await client.post(path, user)).status == 500
    # The same name is legal, and makes a second row.
    assert [(await client.post(path, user, {"name": "n"})).status for _ in range(2)] == [200, 200]
    reply = await client.post(path, user, {"name": "n"})
    assert (reply.status, reply.data) == (409, {"error": {"code": "internal.unexpected", "params": {"limit": 2}}})
    assert shape(reply.data) == shape(answer("backup_limit"))


async def test_rename_suspend_delete(
    client: Client, user: Session, admin: Session, panel: Panel, server: Server
) -> None:
    path = f"/api/servers/{server.id}"

    assert (await client.request("PATCH", path, user, {"name": "New", "description": "d"})).data == {"ok": True}
    assert (await client.request("PATCH", path, user, {"name": 5})).status == 422
    row = (await client.get(path, user)).data["server"]
    assert (row["name"], row["description"]) == ("New", "d")
    suspend = f"/api/admin/servers/{server.id}/suspend"
    assert (await client.request("PATCH", suspend, user)).status == 403
    assert (await client.request("PATCH", suspend, admin)).data == {"ok": True, "suspended": True}
    assert (await client.get(path, user)).data["server"]["suspended"] is True
    assert (await client.post(f"{path}/credentials", user)).status == 200
    assert (await client.delete(path, user)).data == {"ok": True}
    for reply in (await client.get(path, user), await client.post(f"{path}/credentials", user)):
        assert (reply.status, reply.data) == (404, {"error": {"code": "servers.not_found"}})


async def test_nodes(client: Client, user: Session, admin: Session, panel: Panel, node: Node) -> None:
    panel.add_node("node-b", paired=False)
    assert (await client.get("/api/admin/nodes", user)).status == 403

    rows = (await client.get("/api/admin/nodes", admin)).data["nodes"]

    assert list(rows[0]) == [
        *("id", "name", "fqdn", "scheme", "daemonPort", "sftpPort", "daemonPublicKey"),
        *("memoryTotalMb", "diskTotalMb", "connectedAt", "createdAt"),
    ]
    assert [(row["name"], row["connectedAt"] is not None) for row in rows] == [("node-a", True), ("node-b", False)]
    panel.set_node_online(node.id, heartbeat=False)
    rows = (await client.get("/api/admin/nodes", admin)).data["nodes"]
    assert rows[0]["connectedAt"] is None
    assert (await client.get(f"/api/admin/nodes/{node.id}", admin)).data == {"node": rows[0]}
    assert (await client.get(f"/api/admin/nodes/{NOBODY}", admin)).status == 404


async def test_node_counts_as_connected_for_90_seconds(make: PanelMaker) -> None:
    client = await make(generation=2, report_interval=30, speed=1000)
    panel = client.panel
    node = panel.add_node("node-a")
    admin = panel.create_session(panel.add_account("admin@panel.test", "p", role="admin"))

    async def connected() -> bool:
        (row,) = (await client.get("/api/admin/nodes", admin)).data["nodes"]
        return row["connectedAt"] is not None

    assert await connected()
    panel.machine.lose_node(node.id)
    # No more than the heartbeat ends it.
    assert await connected()
    await panel.machine.sleep(95)
    assert not await connected()
    panel.machine.restore_node(node.id)
    await panel.machine.sleep(95)
    assert await connected()


async def test_what_else_admins_see(client: Client, admin: Session, server: Server) -> None:
    (row,) = (await client.get("/api/admin/servers", admin)).data["servers"]
    assert (row["nodeName"], row["ownerEmail"]) == ("node-a", "user@example.com")
    assert not {"installState", "backupLimit"} & row.keys()
    one = (await client.get(f"/api/admin/servers/{server.id}", admin)).data
    assert list(one) == ["server", "variables", "allocations", "blueprint"]
    (blueprint,) = (await client.get("/api/admin/blueprints", admin)).data["blueprints"]
    assert blueprint == {"id": row["blueprintId"], "name": "Minecraft Java"}
    assert len((await client.get("/api/admin/users", admin)).data["users"]) == 2


async def test_activity(client: Client, user: Session, admin: Session, panel: Panel, server: Server) -> None:
    await panel.power(server.id, "start")
    await panel.power(server.id, "kill")
    path = f"/api/servers/{server.id}/activity"

    page = (await client.get(f"{path}?limit=1&offset=1", user)).data

    assert shape(page) == shape(answer("activity"))
    assert (page["limit"], page["offset"], len(page["entries"])) == (1, 1, 1)
    assert (await client.get(f"{path}?limit=1000", user)).data["limit"] == 100
    audit = (await client.get(f"/api/admin/audit?action=servers.power.kill&targetId={server.id}", admin)).data
    assert list(audit) == ["entries", "offset", "limit"]
    assert [each["actorId"] for each in audit["entries"]] == [user.account.id]


async def test_crashes(client: Client, user: Session, panel: Panel, server: Server) -> None:
    panel.set_status(server.id, "RUNNING")
    panel.machine.crash(server.id, 137, out_of_memory=True)

    page = (await client.get(f"/api/servers/{server.id}/crashes", user)).data

    (crash,) = page["entries"]
    assert list(crash) == ["id", "serverId", "exitCode", "signal", "oomKilled", "logTail", "occurredAt"]
    assert (crash["exitCode"], crash["oomKilled"], page["total"]) == (137, True, 1)
    assert "Done" in crash["logTail"]


async def test_old_panels_tell_no_crashes(make: PanelMaker) -> None:
    client = await make(generation=2, version="0.1.0")
    account = client.panel.add_account("a@panel.test", "p")
    server = client.panel.add_server("Survival", owner=account)
    session = client.panel.create_session(account)

    assert (await client.get(f"/api/servers/{server.id}/crashes", session)).status == 404
    assert (await client.get("/api/setup", session)).status == 404


@pytest.mark.parametrize(
    ("status", "state", "install", "suspended"),
    [
        ("RUNNING", "running", "succeeded", False),
        ("STOPPED", "offline", "succeeded", False),
        ("starting", "starting", "succeeded", False),
        ("INSTALLING", "offline", "pending", False),
        ("ERROR", "offline", "failed", False),
        ("SUSPENDED", "offline", "succeeded", True),
        ("melting", "melting", "succeeded", False),
        (7, 7, "succeeded", False),
    ],
)
async def test_rows_are_in_generation_1s_words(
    client: Client, user: Session, panel: Panel, server: Server, status: Any, state: Any, install: str, suspended: bool
) -> None:
    panel.edit(server.id, status=status, memory=512, installState="succeeded")

    (row,) = (await client.get("/api/servers", user)).data["servers"]
    assert (row["status"], row["installState"], row["suspended"]) == (state, install, suspended)
    assert row["memoryLimitMb"] == 512
    panel.edit(server.id, memoryLimitMb="a lot", nodeId=None)
    (row,) = (await client.get("/api/servers", user)).data["servers"]
    assert (row["memoryLimitMb"], row["nodeId"]) == ("a lot", None)


async def test_ids_are_uuids(client: Client, user: Session, server: Server) -> None:
    (row,) = (await client.get("/api/servers", user)).data["servers"]

    for name in ("id", "ownerId", "nodeId", "blueprintId", "primaryAllocationId"):
        assert str(uuid.UUID(row[name])) == row[name]
