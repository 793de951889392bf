"""Sign-in, the second factor and the origin rule."""

from typing import Any
from urllib.parse import unquote

import pytest

from simulator import Account, Panel

from .client import Client, PanelMaker

PASSWORD = "correct horse"
VERIFY_TOTP = "/api/auth/two-factor/verify-totp"
VERIFY_BACKUP_CODE = "/api/auth/two-factor/verify-backup-code"


@pytest.fixture
async def account(panel: Panel) -> Account:
    return panel.add_account("alex@example.com", PASSWORD, name="Alex")


@pytest.fixture
async def careful(panel: Panel) -> Account:
    return panel.add_account("sam@example.com", PASSWORD, two_factor=True)


@pytest.fixture
async def challenge(client: Client, careful: Account) -> str:
    """The cookie that stands for a right password, as long as the second factor is missing."""
    reply = await client.sign_in(careful.email, PASSWORD)
    return reply.set_cookies[-1].partition(";")[0]


async def test_sign_in(client: Client, account: Account) -> None:
    reply = await client.sign_in("Alex@example.com", PASSWORD)

    assert reply.status == 200
    assert reply.data["redirect"] is False
    assert len(reply.data["token"]) == 32
    assert (
        reply.data["user"].items()
        >= {
            "id": account.id,
            "name": "Alex",
            "email": "alex@example.com",
            "role": "user",
        }.items()
    )
    name, _, value = reply.cookie.partition("=")
    assert name == "better-auth.session_token"
    token, _, signature = unquote(value).partition(".")
    assert token == reply.data["token"]
    assert len(signature) == 44
    assert {"+", "/", "="} <= set(signature)
    assert not {"+", "/", "="} & set(value)


@pytest.mark.parametrize("decode", [False, True])
async def test_cookie_is_accepted_encoded_and_decoded(client: Client, account: Account, decode: bool) -> None:
    cookie = (await client.sign_in(account.email, PASSWORD)).cookie

    reply = await client.get("/api/servers", unquote(cookie) if decode else cookie)

    assert reply.status == 200


async def test_raw_token_or_wrong_signature_is_no_cookie(client: Client, account: Account) -> None:
    reply = await client.sign_in(account.email, PASSWORD)
    name, _, value = reply.cookie.partition("=")
    token = reply.data["token"]
    flipped = "A" if unquote(value)[33] != "A" else "B"

    for cookie in (f"{name}={token}", f"{name}={token}.{flipped}{unquote(value)[34:]}", f"other={value}"):
        assert (await client.get("/api/servers", cookie)).status == 401


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"email": "alex@example.com", "password": "wrong"}, 401, "INVALID_EMAIL_OR_PASSWORD"),
        ({"email": "nobody@example.com", "password": PASSWORD}, 401, "INVALID_EMAIL_OR_PASSWORD"),
        ({"email": "alex", "password": PASSWORD}, 400, "INVALID_EMAIL"),
        ({"email": "alex@example.com"}, 400, "VALIDATION_ERROR"),
        ({"email": 5, "password": PASSWORD}, 400, "VALIDATION_ERROR"),
        ([], 400, "VALIDATION_ERROR"),
    ],
)
async def test_refused_sign_in(client: Client, account: Account, body: object, status: int, code: str) -> None:
    reply = await client.post("/api/auth/sign-in/email", json=body)

    assert reply.status == status
    assert reply.data["code"] == code
    assert isinstance(reply.data["message"], str)
    assert not reply.set_cookies


@pytest.mark.parametrize(
    ("options", "code"),
    [({"banned": True}, "BANNED_USER"), ({"email_verified": False}, "EMAIL_NOT_VERIFIED")],
)
async def test_forbidden_sign_in(client: Client, options: dict[str, Any], code: str) -> None:
    account = client.panel.add_account("bad@example.com", PASSWORD, **options)

    reply = await client.sign_in(account.email, PASSWORD)

    assert (reply.status, reply.data["code"]) == (403, code)
    # Only who knows the password learns that.
    assert (await client.sign_in(account.email, "wrong")).status == 401


@pytest.mark.parametrize(
    ("options", "prefix"),
    [
        ({}, ""),
        ({"public_url": "https://panel.example.com"}, "__Secure-"),
        ({"public_url": "http://panel.example.com"}, ""),
    ],
)
async def test_cookie_is_named_by_the_public_url(make: PanelMaker, options: dict[str, Any], prefix: str) -> None:
    client = await make(**options)
    account = client.panel.add_account("alex@example.com", PASSWORD)

    reply = await client.sign_in(account.email, PASSWORD)

    assert reply.cookie.startswith(f"{prefix}better-auth.session_token=")
    assert ("; Secure" in reply.set_cookies[0]) == bool(prefix)
    assert (await client.get("/api/servers", reply.cookie)).status == 200
    other = reply.cookie.removeprefix("__Secure-") if prefix else f"__Secure-{reply.cookie}"
    assert (await client.get("/api/servers", other)).status == 401


async def test_two_factor_asks_for_a_code(client: Client, careful: Account) -> None:
    reply = await client.sign_in(careful.email, PASSWORD)

    assert (reply.status, reply.data) == (200, {"twoFactorRedirect": True})
    dead, deletion, challenge = reply.set_cookies
    assert dead.startswith("better-auth.session_token=")
    assert deletion.startswith("better-auth.session_token=; Max-Age=0")
    assert challenge.startswith("better-auth.two_factor=")
    assert "Max-Age=180;" in challenge
    assert (await client.get("/api/servers", dead.partition(";")[0])).status == 401


async def test_totp(client: Client, careful: Account, challenge: str) -> None:
    reply = await client.post(VERIFY_TOTP, challenge, {"code": careful.totp()}, Origin=client.panel.url)

    assert reply.status == 200
    assert reply.data["user"]["id"] == careful.id
    assert reply.cookie.startswith(f"better-auth.session_token={reply.data['token']}.")
    assert (await client.get("/api/ws/token", reply.cookie)).data == {
        "token": reply.data["token"],
        "userId": careful.id,
    }


async def test_wrong_code_may_be_corrected(client: Client, careful: Account, challenge: str) -> None:
    wrong = "000000" if careful.totp() != "000000" else "111111"

    reply = await client.post(VERIFY_TOTP, challenge, {"code": wrong}, Origin=client.panel.url)
    assert (reply.status, reply.data["code"]) == (401, "INVALID_CODE")

    reply = await client.post(VERIFY_TOTP, challenge, {"code": careful.totp()}, Origin=client.panel.url)
    assert reply.status == 200


async def test_old_code_is_wrong(client: Client, careful: Account, challenge: str) -> None:
    code = careful.totp()
    client.panel.advance(120)

    reply = await client.post(VERIFY_TOTP, challenge, {"code": code}, Origin=client.panel.url)

    assert (reply.status, reply.data["code"]) == (401, "INVALID_CODE")


async def test_two_factor_cookie_works_once(client: Client, careful: Account, challenge: str) -> None:
    for expected in (200, 401):
        reply = await client.post(VERIFY_TOTP, challenge, {"code": careful.totp()}, Origin=client.panel.url)
        assert reply.status == expected

    assert reply.data["code"] == "INVALID_TWO_FACTOR_COOKIE"


@pytest.mark.parametrize(("age", "status"), [(170, 200), (181, 401)])
async def test_two_factor_cookie_expires(
    client: Client, careful: Account, challenge: str, age: int, status: int
) -> None:
    client.panel.advance(age)

    reply = await client.post(VERIFY_TOTP, challenge, {"code": careful.totp()}, Origin=client.panel.url)

    assert reply.status == status
    assert status == 200 or reply.data["code"] == "INVALID_TWO_FACTOR_COOKIE"


async def test_code_without_cookie_or_without_code(client: Client, careful: Account, challenge: str) -> None:
    reply = await client.post(VERIFY_TOTP, json={"code": careful.totp()})
    assert (reply.status, reply.data["code"]) == (401, "INVALID_TWO_FACTOR_COOKIE")

    reply = await client.post(VERIFY_TOTP, challenge, {}, Origin=client.panel.url)
    assert (reply.status, reply.data["code"]) == (400, "VALIDATION_ERROR")


async def test_backup_code_works_once(client: Client, careful: Account) -> None:
    code = careful.backup_codes[3]
    for expected in (200, 401):
        cookie = (await client.sign_in(careful.email, PASSWORD)).set_cookies[-1].partition(";")[0]
        reply = await client.post(VERIFY_BACKUP_CODE, cookie, {"code": code}, Origin=client.panel.url)
        assert reply.status == expected

    assert reply.data["code"] == "INVALID_BACKUP_CODE"
    assert len(careful.backup_codes) == 9


@pytest.mark.parametrize(
    ("origin", "code"),
    [
        (None, "MISSING_OR_NULL_ORIGIN"),
        ("null", "MISSING_OR_NULL_ORIGIN"),
        ("http://192.0.2.1:3001", "INVALID_ORIGIN"),
        ("https://panel.example.com.evil.example", "INVALID_ORIGIN"),
        ("https://panel.example.com", None),
        ("https://web.example.com", None),
    ],
)
async def test_origin_rule(make: PanelMaker, origin: str | None, code: str | None) -> None:
    client = await make(public_url="https://panel.example.com/base", web_url="https://web.example.com")
    account = client.panel.add_account("alex@example.com", PASSWORD)
    headers = {} if origin is None else {"Origin": origin}

    replies = [
        await client.sign_in(account.email, PASSWORD, "any=cookie", **headers),
        await client.post("/api/auth/sign-out", client.panel.create_session(account), **headers),
        await client.post(VERIFY_TOTP, "any=cookie", {"code": "1"}, **headers),
    ]

    if code is not None:
        assert [(reply.status, reply.data["code"]) for reply in replies] == [(403, code)] * 3
    else:
        assert [reply.status for reply in replies] == [200, 200, 401]


async def test_own_url_is_the_origin_unless_another_is_public(client: Client, account: Account) -> None:
    assert (await client.sign_in(account.email, PASSWORD, "a=b", Origin=client.panel.url)).status == 200


async def test_requests_without_cookie_need_no_origin(make: PanelMaker) -> None:
    client = await make(public_url="https://panel.example.com")
    account = client.panel.add_account("alex@example.com", PASSWORD)

    assert (await client.sign_in(account.email, PASSWORD, Origin=client.panel.url)).status == 200
