"""The socket: authentication, subscriptions, events and its end."""

import asyncio
from typing import Any

import pytest

from simulator import Panel, Server, Session

from .client import PATIENCE, Client, PanelMaker


async def test_cookie_authenticates_by_itself(client: Client, user: Session) -> None:
    socket = await client.socket(user)

    assert await socket.next() == {"type": "auth_success", "userId": user.account.id}
    (connection,) = client.panel.connections
    assert (connection.authenticated, connection.user_id, connection.cookie_used) == (True, user.account.id, True)
    assert connection.headers["Cookie"] == user.cookie


@pytest.mark.parametrize("kind", ["none", "expired", "raw"])
async def test_silence_without_a_valid_cookie(client: Client, user: Session, kind: str) -> None:
    cookie = {"none": None, "expired": user.cookie, "raw": f"better-auth.session_token={user.token}"}[kind]
    if kind == "expired":
        client.panel.expire_sessions()

    socket = await client.socket(cookie)

    for _ in range(5):
        await socket.expect_nothing()
    (connection,) = client.panel.connections
    assert (connection.authenticated, connection.cookie_used) == (False, False)


async def test_token_authenticates(client: Client, user: Session) -> None:
    socket = await client.socket()

    await socket.send("auth", token=user.token)

    assert await socket.next() == {"type": "auth_success", "userId": user.account.id}
    assert client.panel.connections[0].cookie_used is False


async def test_cookie_and_token_are_answered_twice(client: Client, user: Session) -> None:
    socket = await client.socket(user)
    await socket.send("auth", token=user.token)

    await socket.expect("auth_success")
    await socket.expect("auth_success")


@pytest.mark.parametrize("kind", ["signed", "unknown", "expired", "number", "missing"])
async def test_bad_token(client: Client, user: Session, kind: str) -> None:
    tokens: dict[str, dict[str, Any]] = {
        "signed": {"token": user.signed_value},
        "unknown": {"token": "x" * 32},
        "expired": {"token": user.token},
        "number": {"token": 5},
        "missing": {},
    }
    if kind == "expired":
        client.panel.expire_sessions()
    socket = await client.socket()

    await socket.send("auth", **tokens[kind])

    assert await socket.next() == {"type": "auth_error", "error": "Invalid or expired session"}
    await socket.expect_nothing()
    assert not client.panel.connections[0].authenticated


@pytest.mark.parametrize("by", ["cookie", "token"])
async def test_subscribe_before_auth_success_is_refused(make: PanelMaker, by: str) -> None:
    client = await make(auth_delay=0.05)
    session = client.panel.create_session(client.panel.add_account("a@example.com", "p"))
    socket = await client.socket(session if by == "cookie" else None)
    if by == "token":
        await socket.send("auth", token=session.token)

    await socket.send("subscribe", serverId="x")

    assert await socket.next() == {"type": "error", "error": "Authentication required to subscribe"}
    await socket.expect("auth_success")
    assert client.panel.connections[0].subscriptions == set()
    await socket.subscribe("x")


async def test_subscribe_and_unsubscribe(client: Client, user: Session) -> None:
    socket = await client.signed_in_socket(user)

    for _ in range(2):
        await socket.send("subscribe", serverId="unknown")
        assert await socket.next() == {"type": "subscribed", "serverId": "unknown"}
    assert client.panel.connections[0].subscriptions == {"unknown"}

    await socket.send("unsubscribe", serverId="unknown")
    assert await socket.next() == {"type": "unsubscribed", "serverId": "unknown"}
    assert client.panel.connections[0].subscriptions == set()
    assert client.panel.received_of("subscribe") == ["unknown", "unknown"]
    assert client.panel.received_of("unsubscribe") == ["unknown"]
    assert not client.panel.broken


@pytest.mark.parametrize("server_id", [5, ["a"], {"id": "a"}, True])
async def test_id_that_is_no_string_breaks_the_panel_for_all(
    client: Client, user: Session, server: Server, server_id: object
) -> None:
    good, bad = [await client.signed_in_socket(user) for _ in range(2)]
    await good.subscribe(server.id)
    await client.panel.tick_now()
    await good.expect("server:sync")

    await bad.send("subscribe", serverId=server_id)

    assert (await bad.next())["type"] == "subscribed"
    assert client.panel.broken
    await client.panel.tick_now()
    await good.expect_nothing()


async def test_id_that_is_no_string_does_no_harm_before_auth(client: Client) -> None:
    socket = await client.socket()

    await socket.send("subscribe", serverId=5)

    await socket.expect("error")
    assert not client.panel.broken


async def test_ping(client: Client) -> None:
    socket = await client.socket()

    await socket.send("ping")

    assert await socket.next() == {"type": "pong"}


async def test_protocol_pings_are_answered_and_never_sent(client: Client) -> None:
    async with client.http.ws_connect(client.panel.url + "/api/ws", autoping=False) as socket:
        await socket.ping(b"hello")
        message = await socket.receive(PATIENCE)
        assert (message.type.name, bytes(message.data)) == ("PONG", b"hello")


@pytest.mark.parametrize("text", ["no json", "[]", "5", "null", '"ping"', "{}", '{"type":"nonsense"}'])
async def test_nonsense_is_ignored(client: Client, text: str) -> None:
    socket = await client.socket()

    await socket.raw.send_str(text)

    await socket.expect_nothing()


async def test_received_messages_are_kept_in_order(client: Client, user: Session) -> None:
    first, second = await client.signed_in_socket(user), await client.signed_in_socket(user)
    await first.subscribe("a")
    await second.subscribe("b")
    await first.subscribe("c")

    assert client.panel.received_of("subscribe") == ["a", "b", "c"]
    assert [connection.received for connection in client.panel.connections] == [
        [{"type": "subscribe", "serverId": "a"}, {"type": "subscribe", "serverId": "c"}],
        [{"type": "subscribe", "serverId": "b"}],
    ]
    assert client.panel.upgrades == 2


async def test_no_frame_on_subscribe_and_one_a_tick(client: Client, user: Session, server: Server) -> None:
    socket = await client.signed_in_socket(user)
    await socket.subscribe(server.id)
    await socket.subscribe(server.id)
    await socket.expect_nothing()

    for _ in range(2):
        await client.panel.tick_now()
        await socket.expect("server:sync", serverId=server.id)
        await socket.expect_nothing()


async def test_one_tick_for_all(make: PanelMaker) -> None:
    client = await make(tick=0.01)
    panel = client.panel
    session = panel.create_session(panel.add_account("a@example.com", "p"))
    ids = [panel.add_server(name, owner=session.account).id for name in "abc"]
    sockets = [await client.signed_in_socket(session) for _ in range(2)]
    for socket in sockets:
        for server_id in ids:
            await socket.send("subscribe", serverId=server_id)

    for socket in sockets:
        seen: list[str] = []
        while len(seen) < 9:
            message = await socket.next()
            if message["type"] == "server:sync":
                seen.append(message["serverId"])
        assert set(seen) == set(ids)


async def test_paused_tick(make: PanelMaker) -> None:
    client = await make(tick=0.001)
    panel = client.panel
    session = panel.create_session(panel.add_account("a@example.com", "p"))
    server = panel.add_server("a", owner=session.account)
    panel.pause_ticks = True
    socket = await client.signed_in_socket(session)
    await socket.subscribe(server.id)

    await asyncio.sleep(0.03)
    await socket.expect_nothing()
    await panel.tick_now()
    await socket.expect("server:sync")
    await socket.expect_nothing()

    panel.pause_ticks = False
    await socket.expect("server:sync")


async def test_skipped_tick_and_silent_server(client: Client, user: Session, server: Server) -> None:
    socket = await client.signed_in_socket(user)
    await socket.subscribe(server.id)

    client.panel.skip_ticks()
    await client.panel.tick_now()
    await socket.expect_nothing()

    client.panel.silent_servers.add(server.id)
    await client.panel.tick_now()
    await socket.expect_nothing()

    client.panel.silent_servers.clear()
    await client.panel.tick_now()
    await socket.expect("server:sync")


async def test_unsubscribed_and_unknown_servers_get_nothing(client: Client, user: Session, server: Server) -> None:
    socket = await client.signed_in_socket(user)
    await socket.subscribe("unknown")
    await socket.subscribe(server.id)
    await socket.send("unsubscribe", serverId=server.id)
    await socket.expect("unsubscribed")

    await client.panel.tick_now()
    client.panel.set_status(server.id, "STOPPED")

    await socket.expect_nothing()


async def test_syncs_go_to_those_who_may_see_the_server(
    client: Client, user: Session, admin: Session, server: Server
) -> None:
    panel = client.panel
    friend = panel.create_session(panel.add_account("friend@example.com", "p"))
    stranger = panel.create_session(panel.add_account("stranger@example.com", "p"))
    server.shared_with.append(friend.account)
    sockets = [await client.signed_in_socket(session) for session in (user, admin, friend, stranger)]
    for socket in sockets:
        await socket.subscribe(server.id)

    await panel.tick_now()
    panel.set_status(server.id, "STOPPED")

    *allowed, refused = sockets
    for socket in allowed:
        await socket.expect("server:sync")
        await socket.expect("server:status")
    await refused.expect_nothing()


async def test_status(client: Client, user: Session, server: Server) -> None:
    socket = await client.signed_in_socket(user)
    await socket.subscribe(server.id)

    # Duplicates are normal.
    for status in ("RUNNING", "RUNNING", "STOPPING"):
        client.panel.set_status(server.id, status)
        assert await socket.next() == {
            "type": "server:status",
            "serverId": server.id,
            "data": {"id": server.id, "status": status},
        }


async def test_updated_is_a_rest_row(client: Client, user: Session, server: Server) -> None:
    socket = await client.signed_in_socket(user)
    await socket.subscribe(server.id)

    client.panel.update_server(server.id, name="Renamed", memory=8192)

    message = await socket.expect("server:updated", serverId=server.id)
    row = message["data"]
    assert row == (await client.get(f"/api/servers/{server.id}", user)).data
    assert (row["name"], row["memory"]) == ("Renamed", "8192")
    await socket.expect_nothing()

    client.panel.update_server(server.id, status="STOPPED")
    await socket.expect("server:updated")
    assert (await socket.expect("server:status"))["data"]["status"] == "STOPPED"


async def test_deleted_goes_to_every_socket_without_server_id(client: Client, user: Session, server: Server) -> None:
    sockets = [await client.socket(), await client.signed_in_socket(user)]

    client.panel.delete_server(server.id)

    for socket in sockets:
        assert await socket.next() == {"type": "server:deleted", "data": {"id": server.id}}
        await socket.expect_nothing()
    assert (await client.get(f"/api/servers/{server.id}", user)).status == 404


async def test_silent_delete(client: Client, user: Session, server: Server) -> None:
    socket = await client.signed_in_socket(user)
    await socket.subscribe(server.id)

    client.panel.delete_server(server.id, announce=False)
    await client.panel.tick_now()

    await socket.expect_nothing()


async def test_schedule(client: Client, user: Session, server: Server) -> None:
    socket = await client.signed_in_socket(user)
    await socket.subscribe(server.id)

    client.panel.run_schedule(server.id)

    message = await socket.expect("schedule:executing", serverId=server.id)
    assert set(message["data"]) == {"schedule_id", "task_index"}


async def test_new_server_is_announced_by_nothing(client: Client, user: Session, server: Server) -> None:
    socket = await client.signed_in_socket(user)
    await socket.subscribe(server.id)

    client.panel.add_server("Another", owner=user.account)

    await socket.expect_nothing()


async def test_socket_outlives_its_session(client: Client, user: Session, server: Server) -> None:
    socket = await client.signed_in_socket(user)
    await socket.subscribe(server.id)

    client.panel.ban(user.account)
    client.panel.delete_sessions()
    client.panel.advance(8 * 24 * 3600)
    await client.panel.tick_now()

    await socket.expect("server:sync")


async def test_raw_frames(client: Client, user: Session) -> None:
    subscribed, other = await client.signed_in_socket(user), await client.signed_in_socket(user)
    await subscribed.subscribe("a")

    await client.panel.send_raw("{not json", server_id="a")
    await client.panel.send_raw(b"\xff\x00")

    message = await subscribed.raw.receive(PATIENCE)
    assert (message.type.name, message.data) == ("TEXT", "{not json")
    for socket in (subscribed, other):
        message = await socket.raw.receive(PATIENCE)
        assert (message.type.name, message.data) == ("BINARY", b"\xff\x00")


@pytest.mark.parametrize(("code", "seen"), [(None, 1006), (1001, 1001), (4000, 4000)])
async def test_dropped_clients(client: Client, user: Session, code: int | None, seen: int) -> None:
    sockets = [await client.signed_in_socket(user), await client.socket()]

    client.panel.drop_clients(code)

    assert [await socket.end() for socket in sockets] == [seen, seen]
    await client.panel.wait_for(lambda panel: not panel.connections)


async def test_client_that_leaves_is_forgotten(client: Client, user: Session) -> None:
    socket = await client.signed_in_socket(user)

    await socket.raw.close()

    await client.panel.wait_for(lambda panel: not panel.connections)


async def test_client_that_does_not_read_holds_up_nobody(client: Client, user: Session, server: Server) -> None:
    client.panel.edit(server.id, description="x" * 100_000)
    reading, asleep = await client.signed_in_socket(user), await client.signed_in_socket(user)
    for socket in (reading, asleep):
        await socket.subscribe(server.id)

    for _ in range(200):
        await client.panel.tick_now()
        await reading.expect("server:sync")


async def test_hanging_upgrade(client: Client, user: Session, panel: Panel) -> None:
    panel.hang_upgrades = True
    attempt = asyncio.create_task(client.refused_upgrade(cookie=user))
    await panel.wait_for(lambda panel: ("GET", "/api/ws") in panel.requests)
    assert (await client.get("/health")).status == 200
    assert not attempt.done()

    panel.hang_upgrades = False
    await client.signed_in_socket(user)
    assert not attempt.done()

    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)


async def test_wait_for_gives_up(panel: Panel) -> None:
    with pytest.raises(TimeoutError):
        await panel.wait_for(lambda panel: panel.upgrades, timeout=0.01)
