"""The way to a live socket of generation 2: tickets, the upgrade, and tokens that end."""

import json

from simulator import Panel, Server, Session
from tests.simulator.client import Client, PanelMaker

from .live import LiveSocket, credentials, open_live, refused


async def test_upgrade_is_refused(client: Client, user: Session, panel: Panel, server: Server) -> None:
    token = (await credentials(client, server, user))["token"]
    other = panel.add_server("Other", owner=user.account, node=server.node)
    head, _, signature = token.rpartition(".")

    for path_of, given, status, text in (
        (server, None, 401, "missing token"),
        (server, "abc", 401, "invalid token: token must have three segments"),
        (server, f"{head}.{signature[::-1]}", 401, "invalid token: signature mismatch"),
        (other, token, 401, "token scoped to different server"),
    ):
        reply = await refused(client, path_of, given)
        assert (reply.status, reply.text) == (status, f"{text}\n")
        assert reply.headers["Content-Type"] == "text/plain; charset=utf-8"
    plain = await client.get(f"/daemon/api/servers/{server.id}/ws?token={token}")
    assert (plain.status, plain.text.partition(":")[0]) == (426, "WebSocket protocol violation")
    panel.advance(601)
    reply = await refused(client, server, token)
    assert (reply.status, reply.text) == (401, "invalid token: token expired\n")


async def test_token_in_a_header_is_none(client: Client, user: Session, server: Server) -> None:
    token = (await credentials(client, server, user))["token"]
    path = f"/daemon/api/servers/{server.id}/ws"

    assert (await client.get(path, Authorization=f"Bearer {token}")).text == "missing token\n"


async def test_server_on_another_node(client: Client, user: Session, panel: Panel, server: Server) -> None:
    far = panel.add_server("Far", owner=user.account, node=panel.add_node("node-b"))

    reply = await refused(client, far, (await credentials(client, far, user))["token"])

    assert (reply.status, reply.text) == (401, "invalid token: signature mismatch\n")


async def test_subuser_who_may_not_read_the_console(client: Client, panel: Panel, server: Server) -> None:
    account = panel.add_account("sub@panel.test", "p")
    server.shared_with.append(account)
    panel.set_scopes(server.id, account, "stats.read")

    reply = await refused(client, server, (await credentials(client, server, panel.create_session(account)))["token"])

    assert (reply.status, reply.text) == (403, "token missing console.read scope\n")


async def test_node_that_is_away(client: Client, user: Session, panel: Panel, running: Server) -> None:
    socket = await open_live(client, running, user)
    assert running.node is not None

    panel.machine.lose_node(running.node.id)

    assert await socket.end() == 1006
    reply = await refused(client, running, (await credentials(client, running, user))["token"])
    assert (reply.status, reply.text) == (502, "")
    assert (await client.get("/daemon/healthz")).status == 502
    panel.machine.restore_node(running.node.id)
    assert await (await open_live(client, running, user)).state() == "running"


async def test_token_is_good_for_many_sockets(client: Client, user: Session, running: Server) -> None:
    ticket = await credentials(client, running, user)

    params = {"token": ticket["token"]}
    sockets = [LiveSocket(await client.connect(ticket["wsUrl"], params=params)) for _ in range(3)]
    for socket in sockets:
        await socket.expect("auth success")

    assert len(client.panel.connections) == 3
    assert client.panel.upgrades == 3


async def test_token_ends_on_an_open_socket(make: PanelMaker) -> None:
    client = await make(generation=2, token_check=0.02)
    panel = client.panel
    account = panel.add_account("a@panel.test", "p")
    session = panel.create_session(account)
    server = panel.add_server("Survival", owner=account, status="STOPPED")
    socket = await open_live(client, server, session)
    await socket.greeting()

    panel.advance(545)
    await socket.expect("token expiring")
    panel.advance(60)
    await socket.expect("token expired")
    # It goes on nevertheless, and controls.
    await socket.send("set state", "start")
    assert await socket.state() == "starting"
    await socket.send("auth", "abc")
    assert json.loads(await socket.next("daemon error"))["args"] == ["token must have three segments"]
    await socket.send("auth", (await credentials(client, server, session))["token"])
    await socket.next("auth success")
    panel.advance(545)
    await socket.next("token expiring")


async def test_renewal_takes_over_the_scopes(client: Client, panel: Panel, server: Server) -> None:
    account = panel.add_account("sub@panel.test", "p")
    session = panel.create_session(account)
    server.shared_with.append(account)
    socket = await open_live(client, server, session)
    await socket.greeting()
    panel.set_scopes(server.id, account, "console.read")

    await socket.send("auth", (await credentials(client, server, session))["token"])
    await socket.expect("auth success")
    await socket.send("set state", "start")

    await socket.expect("daemon error", "set state: missing scope control.start")
