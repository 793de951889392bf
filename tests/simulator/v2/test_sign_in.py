"""Better Auth at generation 2: sign-in, second factor, sessions, limits."""

from typing import Literal

import pytest

from simulator import Panel, Session
from tests.simulator.client import Client, PanelMaker, Reply

from .live import answer, shape

SIGN_IN = "/auth/sign-in/email"
EMAIL, PASSWORD = "user@panel.test", "User-pass-1"
BODY = {"email": EMAIL, "password": PASSWORD}


@pytest.fixture(autouse=True)
async def _account(panel: Panel) -> None:
    panel.add_account(EMAIL, PASSWORD, name="Uma User")


def code(reply: Reply) -> tuple[int, str]:
    return reply.status, reply.data["code"]


async def test_sign_in(client: Client) -> None:
    reply = await client.post(SIGN_IN, json=BODY)

    assert reply.status == 200
    assert list(reply.data) == ["redirect", "token", "user"]
    assert len(reply.data["token"]) == 32
    (cookie,) = reply.set_cookies
    assert cookie.startswith(f"better-auth.session_token={reply.data['token']}.")
    assert cookie.endswith("; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax")
    assert (await client.get("/api/me", reply.cookie)).data == {"user": reply.data["user"]}
    assert "X-Request-Id" in reply.headers


@pytest.mark.parametrize(("role", "name"), [("user", "me"), ("admin", "me_admin")])
async def test_account(make: PanelMaker, role: Literal["user", "admin"], name: str) -> None:
    client = await make(generation=2, version="0.1.0")
    account = client.panel.add_account("a@panel.test", "p", role=role)

    me = (await client.get("/api/me", client.panel.create_session(account))).data

    real = answer(name)
    assert shape(me) == shape(real)
    assert (me["user"]["role"], me["user"]["isAdmin"]) == ("user", real["user"]["isAdmin"])


async def test_newer_panels_know_second_factors(client: Client, user: Session) -> None:
    assert (await client.get("/api/me", user)).data["user"]["twoFactorEnabled"] is False
    assert (await client.get("/api/setup")).data == {"needsSetup": False, "mode": "hosted"}


async def test_refusals(client: Client, panel: Panel) -> None:
    panel.limits = False
    panel.add_account("banned@panel.test", "p", banned=True)

    for body, expected in (
        ({"email": EMAIL, "password": "x"}, (401, "INVALID_EMAIL_OR_PASSWORD")),
        ({"email": "no@panel.test", "password": "x"}, (401, "INVALID_EMAIL_OR_PASSWORD")),
        ({"email": "no@x", "password": "x"}, (400, "INVALID_EMAIL")),
        ({"email": "banned@panel.test", "password": "p"}, (403, "BANNED_USER")),
        ({}, (400, "VALIDATION_ERROR")),
    ):
        assert code(await client.post(SIGN_IN, json=body)) == expected
    reply = await client.post(SIGN_IN, json={})
    assert reply.data["message"] == (
        "[body.email] Invalid input: expected string, received undefined; "
        "[body.password] Invalid input: expected string, received undefined"
    )


async def test_forms_are_read(client: Client) -> None:
    async with client.http.post(client.panel.url + SIGN_IN, data=BODY) as response:
        assert response.status == 200


async def test_session_that_the_browser_forgets(client: Client) -> None:
    reply = await client.post(SIGN_IN, json=BODY | {"rememberMe": False})

    assert [cookie.partition("=")[0] for cookie in reply.set_cookies] == [
        "better-auth.session_token",
        "better-auth.dont_remember",
    ]
    assert not any("Max-Age" in cookie for cookie in reply.set_cookies)


async def test_origin_counts_only_beside_a_cookie(client: Client, panel: Panel) -> None:
    panel.limits = False

    assert (await client.post(SIGN_IN, json=BODY, Origin="http://evil.test")).status == 200
    assert code(await client.post(SIGN_IN, "a=b", BODY)) == (403, "MISSING_OR_NULL_ORIGIN")
    assert code(await client.post(SIGN_IN, "a=b", BODY, Origin="null")) == (403, "MISSING_OR_NULL_ORIGIN")
    assert code(await client.post(SIGN_IN, "a=b", BODY, Origin="http://evil.test")) == (403, "INVALID_ORIGIN")
    assert (await client.post(SIGN_IN, "a=b", BODY, Origin=f"{panel.url}/path")).status == 200


async def test_limit_of_sign_ins(client: Client, panel: Panel) -> None:
    replies = [await client.post(SIGN_IN, json={"email": EMAIL, "password": "x"}) for _ in range(4)]

    assert [reply.status for reply in replies] == [401, 401, 401, 429]
    assert replies[3].text == '{"message":"Too many requests. Please try again later."}'
    assert replies[3].headers["Content-Type"] == "text/plain;charset=UTF-8"
    assert replies[3].headers["X-Retry-After"] == "10"
    assert "Retry-After" not in replies[3].headers
    assert (await client.post(SIGN_IN, json=BODY, **{"X-Forwarded-For": "192.0.2.9"})).status == 200
    panel.advance(10)
    assert (await client.post(SIGN_IN, json=BODY)).status == 200


async def test_api_has_no_limit(client: Client, user: Session) -> None:
    assert {(await client.get("/api/servers", user)).status for _ in range(150)} == {200}
    statuses = [(await client.get("/auth/get-session", user)).status for _ in range(101)]
    assert statuses == [200] * 100 + [429]


async def test_second_factor(client: Client, panel: Panel) -> None:
    account = panel.add_account("two@panel.test", "p", two_factor=True)
    verify = "/auth/two-factor/verify-totp"

    reply = await client.post(SIGN_IN, json={"email": "two@panel.test", "password": "p"})

    assert reply.data == {"twoFactorRedirect": True, "twoFactorMethods": ["totp"]}
    assert [(cookie.partition("=")[0], "Max-Age=0" in cookie) for cookie in reply.set_cookies] == [
        ("better-auth.session_token", False),
        ("better-auth.session_token", True),
        ("better-auth.session_data", True),
        ("better-auth.two_factor", False),
    ]
    assert "Max-Age=600" in reply.set_cookies[3]
    dead, challenge = (reply.set_cookies[number].partition(";")[0] for number in (0, 3))
    assert (await client.get("/api/me", dead)).status == 401
    origin = {"Origin": panel.url}
    assert code(await client.post(verify, challenge, {"code": account.totp()})) == (403, "MISSING_OR_NULL_ORIGIN")
    assert code(await client.post(verify, challenge, {"code": "000000"}, **origin)) == (401, "INVALID_CODE")
    done = await client.post(verify, challenge, {"code": account.totp()}, **origin)
    assert list(done.data) == ["token", "user"]
    assert (await client.get("/api/me", done.cookie)).status == 200
    panel.advance(11)
    again = await client.post(verify, challenge, {"code": account.totp()}, **origin)
    assert code(again) == (401, "INVALID_TWO_FACTOR_COOKIE")


async def test_second_factor_comes_within_ten_minutes(client: Client, panel: Panel) -> None:
    account = panel.add_account("two@panel.test", "p", two_factor=True)
    for seconds, status in ((599, 200), (600, 401)):
        reply = await client.post(SIGN_IN, json={"email": "two@panel.test", "password": "p"})
        panel.advance(seconds)
        body = {"code": account.backup_codes[0]}
        cookie = reply.set_cookies[3].partition(";")[0]
        done = await client.post("/auth/two-factor/verify-backup-code", cookie, body, Origin=panel.url)
        assert done.status == status


async def test_sessions_are_extended_by_any_call(client: Client, panel: Panel, user: Session) -> None:
    panel.advance(2 * 86400)
    before = user.expires_at

    reply = await client.get("/api/servers", user)

    assert user.expires_at > before
    assert not reply.set_cookies


async def test_get_session(client: Client, panel: Panel, user: Session) -> None:
    reply = await client.get("/auth/get-session", user)
    assert list(reply.data["session"]) == [
        *("expiresAt", "token", "createdAt", "updatedAt", "ipAddress", "userAgent", "userId", "impersonatedBy", "id"),
    ]
    assert not reply.set_cookies

    panel.advance(2 * 86400)
    assert len((await client.get("/auth/get-session", user)).set_cookies) == 1
    panel.expire_sessions()
    reply = await client.get("/auth/get-session", user)
    assert (reply.data, len(reply.set_cookies)) == (None, 3)
    assert (await client.get("/auth/get-session")).set_cookies == []


async def test_sign_out(client: Client, panel: Panel, user: Session) -> None:
    assert (await client.post("/auth/sign-out", user, {})).status == 403

    reply = await client.post("/auth/sign-out", user, {}, Origin=panel.url)

    assert reply.data == {"success": True}
    assert len(reply.set_cookies) == 3
    assert (await client.get("/api/me", user)).data == {"error": {"code": "auth.session.invalid"}}


async def test_ban_leaves_sessions_alone(client: Client, panel: Panel, user: Session) -> None:
    panel.ban(user.account)

    assert (await client.get("/api/me", user)).status == 200


async def test_only_the_cookie_of_the_scheme_counts(make: PanelMaker) -> None:
    client = await make(generation=2, public_url="https://panel.test", web_url="https://panel.test/games/")
    session = client.panel.create_session(client.panel.add_account("a@panel.test", "p"))

    assert session.cookie.startswith("__Secure-better-auth.session_token=")
    assert (await client.get("/api/me", session)).status == 200
    assert (await client.get("/api/me", session.cookie.removeprefix("__Secure-"))).status == 401
    headers = {"Authorization": f"Bearer {session.token}"}
    assert (await client.get("/api/me", **headers)).status == 401
