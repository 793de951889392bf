"""Backups of v1.2.0 and of newer panels."""

import asyncio
import re

import pytest

from simulator import Server, Session

from .client import Client, PanelMaker

UUID = "6ede5515-0ecd-43aa-9dde-adcf2016c0f2"
SIZE = 256 * 1024**2


async def prepare(make: PanelMaker, version: str) -> tuple[Client, Session, Server]:
    client = await make(version=version)
    session = client.panel.create_session(client.panel.add_account("a@example.com", "p"))
    server = client.panel.add_server("a", owner=session.account, node=client.panel.add_node("n"))
    return client, session, server


async def test_newer_panels_answer_with_a_row(make: PanelMaker) -> None:
    client, session, server = await prepare(make, "newer")
    path = f"/api/servers/{server.id}/backups"

    first = await client.post(path, session, {"name": "Before the update", "uuid": UUID})
    second = await client.post(path, session)

    assert first.status == second.status == 200
    assert set(first.data) == {
        "id", "name", "size", "checksum", "checksumType", "status", "isLocked", "serverId", "ignoredFiles",
        "completedAt", "createdAt", "updatedAt",
    }  # fmt: skip # as the panel writes it
    assert (first.data["id"], first.data["name"], first.data["status"]) == (UUID, "Before the update", "COMPLETED")
    assert (first.data["size"], second.data["id"] == UUID) == (SIZE, False)
    # The newest comes first, and the node is not asked.
    assert server.node is not None
    client.panel.set_node_online(server.node.id, heartbeat=False, column=False)
    rows = (await client.get(path, session)).data
    assert rows == [second.data | {"storagePath": None}, first.data | {"storagePath": None}]
    assert rows == client.panel.backups[::-1]


async def test_old_panels_answer_without_an_id(make: PanelMaker) -> None:
    client, session, server = await prepare(make, "1.2.0")
    path = f"/api/servers/{server.id}/backups"

    reply = await client.post(path, session, {"name": "Before the update", "uuid": UUID})

    assert (reply.status, set(reply.data)) == (200, {"success", "checksum", "size"})
    assert (reply.data["success"], reply.data["size"]) == (True, SIZE)
    (row,) = (await client.get(path, session)).data
    assert set(row) == {
        "id", "name", "size", "checksumType", "status", "isLocked", "serverId", "ignoredFiles", "createdAt", "updatedAt",
    }  # fmt: skip # as the panel writes it
    assert (row["id"], row["status"], row["size"]) == (UUID, "COMPLETED", SIZE)
    # The name that was given is lost.
    assert re.fullmatch(r"Backup \d+/\d+/\d{4}", row["name"])
    assert [row["id"] for row in client.panel.backups] == [UUID]
    assert server.node is not None
    client.panel.set_node_online(server.node.id, heartbeat=False, column=False)
    reply = await client.get(path, session)
    assert (reply.status, reply.data) == (500, {"error": "Node is offline"})


@pytest.mark.parametrize("version", ["1.2.0", "newer"])
async def test_answer_comes_when_it_is_done(make: PanelMaker, version: str) -> None:
    client, session, server = await prepare(make, version)
    client.panel.machine.backup_time = 10_000
    path = f"/api/servers/{server.id}/backups"

    attempt = asyncio.create_task(client.post(path, session))
    await client.panel.wait_for(lambda panel: ("POST", path) in panel.requests)
    assert (await client.get(path, session)).data == []
    # A backup is no power action.
    assert (await client.post(f"/api/servers/{server.id}/stop", session)).status == 200
    assert not attempt.done()

    await client.panel.machine.finish()

    assert (await attempt).status == 200
    assert len((await client.get(path, session)).data) == 1


@pytest.mark.parametrize("version", ["1.2.0", "newer"])
async def test_failed_backup(make: PanelMaker, version: str) -> None:
    client, session, server = await prepare(make, version)
    path = f"/api/servers/{server.id}/backups"
    client.panel.backup_result = "FAILED"

    reply = await client.post(path, session)

    assert reply.status == 500
    assert "Daemon error" in reply.data["error"]
    assert (await client.get(path, session)).data == []
    client.panel.backup_result = "COMPLETED"
    assert client.panel.backup_result == "COMPLETED"
    assert (await client.post(path, session)).status == 200
