"""Start, stop and restart; base path, TLS and the newer generation."""

import asyncio
import ssl

import aiohttp
import pytest

from simulator import Panel, Server, Session

from .client import PATIENCE, Client, PanelMaker


async def test_health(client: Client) -> None:
    reply = await client.get("/health")

    assert (reply.status, reply.data) == (200, {"status": "ok"})


@pytest.mark.parametrize("base_path", ["", "/panel", "a/b/"])
async def test_base_path(make: PanelMaker, base_path: str) -> None:
    client = await make(base_path=base_path)
    session = client.panel.create_session(client.panel.add_account("a@example.com", "p"))
    inside = base_path.strip("/")
    origin = client.panel.url.removesuffix(f"/{inside}") if inside else client.panel.url

    assert client.panel.url.endswith(f"/{inside}") == bool(inside)
    assert (await client.get("/health")).status == 200
    assert (await client.sign_in("a@example.com", "p", "x=y", Origin=origin)).status == 200
    await client.signed_in_socket(session)
    client.panel.fail("/health", 503)
    assert (await client.get("/health")).status == 503
    if inside:
        for path in ("/health", "/api/servers", f"/{inside}x/health", "/"):
            async with client.http.get(origin + path, headers={"Cookie": session.cookie}) as response:
                assert response.status == 404


async def test_requests_are_recorded(make: PanelMaker) -> None:
    client = await make(base_path="/panel")

    await client.get("/health", **{"X-Test": "1"})
    await client.post("/api/auth/sign-out")
    await client.refused_upgrade("/api/elsewhere")
    await client.socket()

    assert client.panel.requests == [("GET", "/health"), ("POST", "/api/auth/sign-out"), ("GET", "/api/elsewhere")]
    method, path, headers = client.panel.request_headers[0]
    assert (method, path, headers["X-Test"]) == ("GET", "/health", "1")
    assert len(client.panel.request_headers) == 3


@pytest.mark.parametrize("path", ["/api/servers", "/health", "/api/elsewhere", "/api/ws/"])
async def test_upgrade_elsewhere_is_an_empty_400(client: Client, path: str) -> None:
    reply = await client.refused_upgrade(path)

    assert (reply.status, reply.text) == (400, "")


async def test_no_such_route(client: Client) -> None:
    for method, path in (("GET", "/api/ws"), ("GET", "/nowhere"), ("DELETE", "/api/servers"), ("POST", "/health")):
        assert (await client.request(method, path)).status == 404


async def test_incomplete_handshake_is_an_empty_400(client: Client) -> None:
    reply = await client.get("/api/ws", Connection="Upgrade", Upgrade="websocket")

    assert (reply.status, reply.text) == (400, "")


async def test_newer_generation_has_no_socket(make: PanelMaker) -> None:
    client = await make(generation=2)
    session = client.panel.create_session(client.panel.add_account("a@example.com", "p"))

    assert (await client.get("/health")).status == 200
    assert (await client.get("/api/ws/token")).status == 404
    assert (await client.get("/api/ws/token", session)).status == 404
    assert (await client.refused_upgrade(cookie=session)).status == 404


async def test_tls(make: PanelMaker) -> None:
    client = await make(tls=True)
    panel = client.panel
    session = panel.create_session(panel.add_account("a@example.com", "p"))
    assert panel.url.startswith("https://localhost:")
    # The name would be resolved in a thread, which outlives the test.
    url = panel.url.replace("localhost", "127.0.0.1")

    with pytest.raises(aiohttp.ClientConnectorCertificateError):
        await client.http.get(f"{url}/health")
    trust = ssl.create_default_context(cadata=panel.certificate)
    async with client.http.get(f"{url}/api/servers", ssl=trust, headers={"Cookie": session.cookie}) as response:
        assert response.status == 200
    assert session.cookie.startswith("__Secure-")
    socket = await client.http.ws_connect(f"{url}/api/ws", ssl=trust, headers={"Cookie": session.cookie})
    assert (await socket.receive_json())["type"] == "auth_success"

    await panel.stop()

    await socket.receive()
    assert socket.close_code == 1006


async def test_restart_keeps_everything(client: Client, user: Session, server: Server) -> None:
    socket = await client.signed_in_socket(user)
    url = client.panel.url

    await client.panel.stop()

    assert await socket.end() == 1006
    assert not client.panel.connections
    with pytest.raises(aiohttp.ClientConnectorError):
        await client.get("/health")

    await client.panel.start()
    assert client.panel.url == url
    assert (await client.get(f"/api/servers/{server.id}", user)).status == 200
    socket = await client.signed_in_socket(user)
    await socket.subscribe(server.id)
    await client.panel.tick_now()
    await socket.expect("server:sync")
    assert client.panel.upgrades == 2


async def test_restart_on_a_given_port(client: Client) -> None:
    port = int(client.panel.url.rpartition(":")[2])
    await client.panel.stop()

    await client.panel.start(port=port)

    assert (await client.get("/health")).status == 200


async def test_open_sockets_go_on_while_the_panel_shuts_down(make: PanelMaker) -> None:
    client = await make(drain=1000)
    panel = client.panel
    session = panel.create_session(panel.add_account("a@example.com", "p"))
    server = panel.add_server("a", owner=session.account)
    socket = await client.signed_in_socket(session)
    await socket.subscribe(server.id)

    assert (await client.get("/health")).status == 200

    stop = asyncio.create_task(panel.stop())
    await asyncio.sleep(0)
    async with aiohttp.ClientSession() as http:
        with pytest.raises(aiohttp.ClientConnectorError):
            await http.get(f"{panel.url}/health")
    # Neither does the connection that was kept alive answer.
    with pytest.raises(aiohttp.ClientConnectionError):
        await client.get("/health")
    await socket.expect_nothing()
    await panel.tick_now()
    await socket.expect("server:sync")
    assert not stop.done()

    # Nobody is left: no reason to wait any longer.
    await socket.raw.close()
    async with asyncio.timeout(PATIENCE):
        await stop


async def test_open_sockets_are_cut_in_the_end(make: PanelMaker) -> None:
    client = await make(drain=0.02)
    socket = await client.socket()

    stop = asyncio.create_task(client.panel.stop())

    assert await socket.end() == 1006
    await stop


async def test_stop_ends_what_is_under_way(make: PanelMaker) -> None:
    client = await make(speed=0.001, report_interval=30)
    panel = client.panel
    session = panel.create_session(panel.add_account("a@example.com", "p"))
    server, other = [panel.add_server(name, owner=session.account, node=panel.add_node(name)) for name in "ab"]
    panel.delay("/health", 1000)
    panel.hang_upgrades = True
    attempts = [
        asyncio.create_task(client.post(f"/api/servers/{server.id}/restart", session)),
        asyncio.create_task(client.post(f"/api/servers/{server.id}/backups", session)),
        asyncio.create_task(panel.machine.restart_daemon(other.node.id if other.node else "")),
        asyncio.create_task(client.get("/health")),
        asyncio.create_task(client.refused_upgrade()),
    ]
    await panel.wait_for(lambda panel: len(panel.requests) == 4 and server.status == "STOPPING")
    tasks = asyncio.all_tasks()

    await panel.stop()

    await asyncio.gather(*attempts, return_exceptions=True)
    assert asyncio.all_tasks() <= tasks
    # The node ends alone what it was told to do.
    assert server.status == "RUNNING"
    assert len(panel.backups) == 1


async def test_a_hung_node_does_not_hold_up_the_end(client: Client, user: Session, server: Server) -> None:
    assert server.node is not None
    client.panel.machine.lose_node(server.node.id, hang=True)
    attempt = asyncio.create_task(client.post(f"/api/servers/{server.id}/stop", user))
    await client.panel.wait_for(lambda panel: panel.requests)

    async with asyncio.timeout(PATIENCE):
        await client.panel.stop()

    await asyncio.gather(attempt, return_exceptions=True)
    assert server.status == "RUNNING"


async def test_twin_has_the_same_servers(make: PanelMaker, client: Client, user: Session, server: Server) -> None:
    twin = await make(twin_of=client.panel)
    sockets = [await each.subscribed_socket(user, server.id) for each in (client, twin)]

    assert (await twin.post(f"/api/servers/{server.id}/kill", user)).status == 200

    for socket in sockets:
        assert await socket.statuses(2) == ["STOPPED", "STOPPED"]


async def test_start_and_stop_twice(client: Client) -> None:
    with pytest.raises(RuntimeError):
        await client.panel.start()
    await client.panel.stop()
    await client.panel.stop()


async def test_port_in_use(client: Client) -> None:
    other = Panel()

    with pytest.raises(OSError, match="in use"):
        await other.start(port=int(client.panel.url.rpartition(":")[2]))
    with pytest.raises(RuntimeError):
        _ = other.url
    await other.start()
    await other.stop()
