"""What happens to answers on their way, and to connections that are kept alive."""

import asyncio

import aiohttp
import pytest

from simulator import Server, Session
from simulator.faults import clear_faults, inject

from .client import Client, PanelMaker


async def test_idle_connections_are_closed(make: PanelMaker) -> None:
    client = await make(keep_alive=0.05)
    host, port = client.panel.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))

    writer.write(b"GET /health HTTP/1.1\r\nHost: panel\r\n\r\n")
    answer = await reader.read(1000)
    rest = await reader.read()

    assert answer.startswith(b"HTTP/1.1 200")
    assert rest == b""
    writer.close()


async def test_lost_answers(client: Client, user: Session, server: Server) -> None:
    """What was asked for is done, and the client cannot know."""
    await inject(client.panel, "lost-answer")

    for call in ("backups", "stop"):
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.post(f"/api/servers/{server.id}/{call}", user)

    assert not client.panel.machine.game(server.id).runs
    assert len(client.panel.backups) == 1
    assert (await client.get(f"/api/servers/{server.id}", user)).status == 200
    await clear_faults(client.panel)
    assert (await client.post(f"/api/servers/{server.id}/start", user)).status == 200


@pytest.mark.parametrize(("status", "patience"), [(504, 60), (524, 100)])
async def test_proxy_that_gives_up(client: Client, user: Session, server: Server, status: int, patience: float) -> None:
    """The panel goes on without it."""
    await inject(client.panel, f"proxy-{status}")
    assert client.panel.network.proxy_timeout == patience / client.panel.machine.speed
    client.panel.network.proxy_timeout = 0.01
    client.panel.machine.backup_time = 1e6

    reply = await client.post(f"/api/servers/{server.id}/backups", user)

    assert (reply.status, reply.data, reply.headers["Content-Type"][:9]) == (status, None, "text/html")
    await client.panel.machine.finish()
    assert len(client.panel.backups) == 1
    client.panel.network.proxy_timeout = 60
    assert (await client.get("/health")).status == 200
    await client.signed_in_socket(user)


@pytest.mark.parametrize("name", ["node-death", "node-hang", "daemon-shutdown"])
async def test_faults_of_a_node(client: Client, user: Session, server: Server, name: str) -> None:
    assert server.node is not None

    await inject(client.panel, name)

    assert not client.panel.machine.is_reachable(server.node.id)
    assert client.panel.machine.game(server.id).runs == (name != "daemon-shutdown")
    await clear_faults(client.panel)
    assert (await client.get(f"/api/servers/{server.id}/stats", user)).status == 200


async def test_fault_of_a_daemon(client: Client, user: Session, server: Server) -> None:
    """The server is reported offline although it runs."""
    socket = await client.subscribed_socket(user, server.id)

    await inject(client.panel, "daemon-restart")

    assert await socket.statuses(1) == ["STOPPED"]
    assert (await client.get(f"/api/servers/{server.id}/stats", user)).data["state"] == "running"
    client.panel.machine.report_now()
    assert await socket.statuses(1) == ["RUNNING"]


async def test_late_sync_as_a_fault(client: Client, user: Session, server: Server) -> None:
    socket = await client.subscribed_socket(user, server.id)
    await inject(client.panel, "late-sync")

    client.panel.set_status(server.id, "STOPPED")
    await client.panel.tick_now()

    assert await socket.statuses(1) == ["STOPPED"]
    assert (await socket.expect("server:sync"))["data"]["status"] == "RUNNING"
    client.panel.set_status(server.id, "RUNNING")
    await clear_faults(client.panel)
    await client.panel.tick_now()
    assert await socket.statuses(1) == ["RUNNING"]
    assert (await socket.expect("server:sync"))["data"]["status"] == "RUNNING"


@pytest.mark.parametrize("seconds", [44, 46])
async def test_heartbeat(make: PanelMaker, seconds: float) -> None:
    """A node is online for 45 s after its last report; what a sync shows is another matter."""
    client = await make(report_interval=30, speed=0.001)
    admin = client.panel.create_session(client.panel.add_account("a@example.com", "p", role="admin"))
    node = client.panel.add_node("n")
    server = client.panel.add_server("a", owner=admin.account, node=node)
    client.panel.set_node_online(node.id, heartbeat=True, column=False)
    client.panel.machine.report_now()
    assert node.online
    client.panel.machine.lose_node(node.id)
    waiting = asyncio.create_task(client.panel.machine.sleep(seconds))
    await asyncio.sleep(0)

    await client.panel.machine.finish()

    await waiting
    (row,) = (await client.get("/api/nodes", admin)).data
    assert row["isOnline"] == (seconds < 45)
    assert client.panel.fleet.row(server)["node"]["isOnline"] is True
