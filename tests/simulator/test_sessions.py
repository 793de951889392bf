"""The life of a session."""

from datetime import timedelta

import pytest

from simulator import Panel, Session

from .client import Client

DAY = 24 * 3600
# Steps of the clock end a little short, as real time goes on below them.
SLACK = timedelta(minutes=1)


def days_left(panel: Panel, session: Session) -> float:
    return (session.expires_at - panel.now() + SLACK) / timedelta(days=1)


async def test_token_for_the_socket(client: Client, user: Session) -> None:
    reply = await client.get("/api/ws/token", user)

    assert (reply.status, reply.data) == (200, {"token": user.token, "userId": user.account.id})


async def test_not_signed_in(client: Client) -> None:
    reply = await client.get("/api/ws/token")
    assert (reply.status, reply.data) == (401, {"error": "Not authenticated"})

    for path in ("/api/servers", "/api/servers/x", "/api/servers/x/backups", "/api/nodes"):
        reply = await client.get(path)
        assert (reply.status, reply.data) == (401, {"error": "Unauthorized"})
    reply = await client.post("/api/servers/x/start")
    assert (reply.status, reply.data) == (401, {"error": "Unauthorized"})


async def test_get_session(client: Client, user: Session) -> None:
    reply = await client.get("/api/auth/get-session", user)

    assert reply.status == 200
    assert reply.data["session"]["token"] == user.token
    assert reply.data["session"]["expiresAt"].endswith("Z")
    assert reply.data["user"]["email"] == user.account.email
    assert reply.cookie == user.cookie


async def test_get_session_when_not_signed_in(client: Client) -> None:
    reply = await client.get("/api/auth/get-session")

    assert (reply.status, reply.text, reply.set_cookies) == (200, "null", [])


async def test_only_get_session_sends_the_cookie_again(client: Client, user: Session) -> None:
    client.panel.advance(2 * DAY)

    for path in ("/api/servers", "/api/ws/token"):
        assert not (await client.get(path, user)).set_cookies


async def test_sign_out(client: Client, user: Session) -> None:
    other = client.panel.create_session(user.account)

    reply = await client.post("/api/auth/sign-out", user, Origin=client.panel.url)

    assert reply.status == 200
    assert reply.set_cookies[0].startswith("better-auth.session_token=; Max-Age=0")
    assert (await client.get("/api/servers", user)).status == 401
    assert (await client.get("/api/servers", other)).status == 200


async def test_sign_out_follows_the_origin_rule(client: Client, user: Session) -> None:
    assert (await client.post("/api/auth/sign-out", user)).status == 403
    assert (await client.get("/api/servers", user)).status == 200


@pytest.mark.parametrize(("age", "status"), [(7 * DAY - 60, 200), (7 * DAY, 401)])
async def test_session_lasts_seven_days(client: Client, user: Session, age: int, status: int) -> None:
    client.panel.advance(age)

    assert (await client.get("/api/servers", user)).status == status


@pytest.mark.parametrize("path", ["/api/servers", "/api/servers/unknown", "/api/ws/token", "/api/auth/get-session"])
async def test_any_call_extends_a_session_over_a_day_old(client: Client, user: Session, path: str) -> None:
    client.panel.advance(DAY - 60)
    await client.get(path, user)
    assert 6 <= days_left(client.panel, user) < 6.1

    client.panel.advance(60)
    await client.get(path, user)
    assert 7 <= days_left(client.panel, user) < 7.1


async def test_upgrade_with_cookie_extends(client: Client, user: Session) -> None:
    client.panel.advance(3 * DAY)

    await client.signed_in_socket(user)

    assert 7 <= days_left(client.panel, user) < 7.1


async def test_auth_message_and_open_socket_extend_nothing(client: Client, user: Session) -> None:
    open_socket = await client.signed_in_socket(user)
    client.panel.advance(3 * DAY)

    socket = await client.socket()
    await socket.send("auth", token=user.token)
    await socket.expect("auth_success")
    await open_socket.expect_nothing()

    assert 4 <= days_left(client.panel, user) < 4.1


async def test_sessions_end_on_demand(client: Client, user: Session, admin: Session) -> None:
    client.panel.expire_sessions()
    assert (await client.get("/api/servers", user)).status == 401

    session = client.panel.create_session(user.account)
    other = client.panel.create_session(admin.account)
    client.panel.ban(user.account)
    assert (await client.get("/api/servers", session)).status == 401
    assert (await client.get("/api/servers", other)).status == 200

    client.panel.delete_sessions()
    assert (await client.get("/api/servers", other)).status == 401
