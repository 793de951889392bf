"""Signing in to a real panel, and to what is none."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import ClientSession
from hypothesis import given
import pytest

from custom_components.stellarstack.client.auth import BetterAuth, TwoFactorChallenge
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import (
    AccountBannedError,
    AuthenticationError,
    CodeExpiredError,
    EmailNotVerifiedError,
    InvalidCodeError,
    InvalidCredentialsError,
    NotThePanelError,
    OriginNotAllowedError,
    PanelConnectionError,
    RateLimitedError,
    ResponseError,
    StellarStackError,
)
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from simulator.accounts import Account, Session as PanelSession

from .support import ELSEWHERE, EMAIL, JSON, PASSWORD, StartPanel, few_at_random, wire

SIGN_IN = "/api/auth/sign-in/email"
VERIFY = "/api/auth/two-factor/verify-totp"
GET_SESSION = "/api/auth/get-session"
CHALLENGED = "sam@example.com"

type Call = Callable[[BetterAuth], Awaitable[Any]]

CALLS: dict[str, Call] = {
    SIGN_IN: lambda auth: auth.sign_in(EMAIL, PASSWORD),
    VERIFY: lambda auth: auth.verify_code(TwoFactorChallenge("two_factor=x"), "123456"),
    GET_SESSION: lambda auth: auth.session(Credentials(cookie="session_token=x.y")),
}
every_call = pytest.mark.parametrize("path", CALLS)


@pytest.fixture
def challenged(panel: Panel) -> Account:
    """An account with a second factor."""
    return panel.add_account(CHALLENGED, PASSWORD, two_factor=True)


async def _challenge(auth: BetterAuth) -> TwoFactorChallenge:
    challenge = await auth.sign_in(CHALLENGED, PASSWORD)
    assert isinstance(challenge, TwoFactorChallenge)
    return challenge


# Sign-in.


async def test_sign_in(auth: BetterAuth, account: Account, panel: Panel) -> None:
    credentials = await auth.sign_in(EMAIL, PASSWORD)

    (session,) = panel.accounts.sessions.values()
    assert credentials == Credentials(cookie=session.cookie)


async def test_sign_in_sends_no_cookie(auth: BetterAuth, account: Account, panel: Panel) -> None:
    await auth.sign_in(EMAIL, PASSWORD)

    ((_, _, headers),) = panel.request_headers
    assert "Cookie" not in headers


async def test_name_of_the_cookie_is_the_panels(session: ClientSession, start_panel: StartPanel) -> None:
    panel = await start_panel(public_url="https://panel.example.com")
    panel.add_account(EMAIL, PASSWORD)
    auth = BetterAuth(Http(session, panel.url, Timing()), "/api/auth")

    credentials = await auth.sign_in(EMAIL, PASSWORD)

    assert isinstance(credentials, Credentials)
    assert credentials.stored.startswith("__Secure-better-auth.session_token=")
    assert (await auth.session(credentials)).email == EMAIL


async def test_sign_in_below_a_base_path(session: ClientSession, start_panel: StartPanel) -> None:
    panel = await start_panel(base_path="games/panel")
    account = panel.add_account(CHALLENGED, PASSWORD, two_factor=True)
    auth = BetterAuth(Http(session, panel.url, Timing()), "/api/auth")

    credentials = await auth.verify_code(await _challenge(auth), account.totp())

    assert (await auth.session(credentials)).id == account.id


@pytest.mark.parametrize(
    ("email", "password", "error"),
    [
        (EMAIL, "wrong", InvalidCredentialsError),
        ("nobody@example.com", PASSWORD, InvalidCredentialsError),
        ("no address", PASSWORD, InvalidCredentialsError),
        ("banned@example.com", PASSWORD, AccountBannedError),
        ("new@example.com", PASSWORD, EmailNotVerifiedError),
    ],
)
async def test_refused_sign_in(
    auth: BetterAuth, account: Account, panel: Panel, email: str, password: str, error: type[StellarStackError]
) -> None:
    panel.add_account("banned@example.com", PASSWORD, banned=True)
    panel.add_account("new@example.com", PASSWORD, email_verified=False)

    with pytest.raises(error):
        await auth.sign_in(email, password)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"code": "VALIDATION_ERROR", "message": "[body.email]"}, InvalidCredentialsError),
        (400, {"code": "SOMETHING_NEW", "message": "Bad"}, InvalidCredentialsError),
        (401, {"code": "SOMETHING_NEW", "message": "Bad"}, InvalidCredentialsError),
        (403, {"code": "SOMETHING_NEW", "message": "No"}, ResponseError),
        (404, {"code": "NOT_FOUND", "message": "No"}, ResponseError),
        (500, {"code": "FAILED_TO_CREATE_SESSION", "message": "No"}, ResponseError),
        (500, {"error": "Internal server error"}, PanelConnectionError),
    ],
)
async def test_other_refusals_of_a_sign_in(
    auth: BetterAuth, panel: Panel, status: int, body: object, error: type[StellarStackError]
) -> None:
    panel.fail(SIGN_IN, status, body)

    with pytest.raises(error) as raised:
        await auth.sign_in(EMAIL, PASSWORD)
    assert type(raised.value) is error


async def test_refusal_keeps_the_panels_words(auth: BetterAuth, panel: Panel) -> None:
    panel.fail(SIGN_IN, 403, {"code": "SOMETHING_NEW", "message": "Not\n you " + "x" * 500})

    with pytest.raises(ResponseError) as raised:
        await auth.sign_in(EMAIL, PASSWORD)
    assert raised.value.status == 403
    assert raised.value.reason == f"Not you {'x' * 192}"


@pytest.mark.parametrize("headers", [{}, {"Set-Cookie": "better-auth.session_token=; Max-Age=0; Path=/"}])
async def test_sign_in_without_a_living_cookie(auth: BetterAuth, panel: Panel, headers: dict[str, str]) -> None:
    panel.fail(SIGN_IN, 200, {"token": "x", "user": {}}, headers=headers)

    with pytest.raises(NotThePanelError, match="no session_token cookie"):
        await auth.sign_in(EMAIL, PASSWORD)


async def test_sixth_sign_in_of_a_minute(auth: BetterAuth, account: Account, panel: Panel) -> None:
    panel.limits = True
    for _ in range(5):
        await auth.sign_in(EMAIL, PASSWORD)

    with pytest.raises(RateLimitedError) as raised:
        await auth.sign_in(EMAIL, PASSWORD)
    assert raised.value.retry_after == 60


# The second factor.


async def test_totp(auth: BetterAuth, challenged: Account, panel: Panel) -> None:
    code = challenged.totp()
    credentials = await auth.verify_code(await _challenge(auth), f" {code[:3]} {code[3:]} ")

    (session,) = panel.accounts.sessions.values()
    assert credentials == Credentials(cookie=session.cookie)


async def test_second_factor_takes_one_cookie_along(auth: BetterAuth, challenged: Account, panel: Panel) -> None:
    challenge = await _challenge(auth)
    await auth.verify_code(challenge, challenged.totp())

    _, path, headers = panel.request_headers[-1]
    assert (path, headers["Cookie"], headers["Origin"]) == (VERIFY, challenge.cookie, panel.url)
    assert challenge.cookie.startswith("better-auth.two_factor=")


async def test_backup_code(auth: BetterAuth, challenged: Account) -> None:
    assert await auth.verify_code(await _challenge(auth), challenged.backup_codes[0])


@pytest.mark.parametrize("code", ["000000", "12345", "1234567", "abcde-fghij", ""])
async def test_wrong_code_leaves_another_try(auth: BetterAuth, challenged: Account, code: str) -> None:
    challenge = await _challenge(auth)

    with pytest.raises(InvalidCodeError):
        await auth.verify_code(challenge, code)
    assert await auth.verify_code(challenge, challenged.totp())


async def test_used_challenge(auth: BetterAuth, challenged: Account) -> None:
    challenge = await _challenge(auth)
    await auth.verify_code(challenge, challenged.totp())

    with pytest.raises(CodeExpiredError):
        await auth.verify_code(challenge, challenged.totp())


async def test_expired_challenge(auth: BetterAuth, challenged: Account, panel: Panel) -> None:
    challenge = await _challenge(auth)
    panel.advance(181)

    with pytest.raises(CodeExpiredError):
        await auth.verify_code(challenge, challenged.totp())


async def test_second_factor_at_another_address(session: ClientSession, start_panel: StartPanel) -> None:
    panel = await start_panel(public_url="http://panel.example.com")
    account = panel.add_account(CHALLENGED, PASSWORD, two_factor=True)
    auth = BetterAuth(Http(session, panel.url, Timing()), "/api/auth")
    challenge = await _challenge(auth)

    with pytest.raises(OriginNotAllowedError):
        await auth.verify_code(challenge, account.totp())


async def test_unknown_refusal_of_a_code(auth: BetterAuth, challenged: Account, panel: Panel) -> None:
    challenge = await _challenge(auth)
    panel.fail(VERIFY, 401, {"code": "SOMETHING_NEW", "message": "No"})

    with pytest.raises(InvalidCodeError):
        await auth.verify_code(challenge, "123456")


# The session.


@pytest.mark.parametrize("role", ["user", "admin"])
async def test_account(auth: BetterAuth, credentials: Credentials, signed_in: PanelSession, role: str) -> None:
    signed_in.account.role = role

    account = await auth.session(credentials)

    assert (account.id, account.name, account.email) == (signed_in.account.id, "Alex", EMAIL)
    assert account.is_admin is (role == "admin")


async def test_account_of_few_words(auth: BetterAuth, credentials: Credentials, panel: Panel) -> None:
    panel.fail(GET_SESSION, 200, {"session": {}, "user": {"id": "user", "name": 5, "email": None}})

    account = await auth.session(credentials)

    assert (account.id, account.name, account.email, account.is_admin) == ("user", None, None, False)


async def test_name_of_an_account_fits_on_a_line(auth: BetterAuth, credentials: Credentials, panel: Panel) -> None:
    panel.fail(GET_SESSION, 200, {"session": {}, "user": {"id": "user", "name": "\x1b[31mAlex\n" + "x" * 500}})

    name = (await auth.session(credentials)).name

    assert name is not None
    assert name.startswith("[31mAlex x")
    assert len(name) == 128


@pytest.mark.parametrize("encoded", [True, False])
async def test_cookie_is_sent_as_it_was_given(
    auth: BetterAuth, panel: Panel, signed_in: PanelSession, encoded: bool
) -> None:
    name = signed_in.cookie.partition("=")[0]
    cookie = signed_in.cookie if encoded else f"{name}={signed_in.signed_value}"

    await auth.session(Credentials(cookie=cookie))

    assert [headers.get("Cookie") for _, _, headers in panel.request_headers] == [cookie]


@pytest.mark.parametrize("credentials", [Credentials(), Credentials(token="token")])
async def test_session_without_a_cookie(auth: BetterAuth, credentials: Credentials) -> None:
    with pytest.raises(AuthenticationError):
        await auth.session(credentials)


async def test_ended_session(auth: BetterAuth, credentials: Credentials, panel: Panel) -> None:
    panel.expire_sessions()

    with pytest.raises(AuthenticationError):
        await auth.session(credentials)


async def test_session_that_the_panel_refuses(auth: BetterAuth, credentials: Credentials, panel: Panel) -> None:
    panel.fail(GET_SESSION, 401, {"code": "UNAUTHORIZED", "message": "Unauthorized"})

    with pytest.raises(AuthenticationError):
        await auth.session(credentials)


@pytest.mark.parametrize(
    "content",
    [
        *([], 5, "text", {}, {"user": {"id": "x"}}, {"user": None, "session": {}}, {"user": [], "session": {}}),
        *({"user": {}, "session": {}}, {"user": {"id": 5}, "session": {}}, {"user": {"id": "x"}, "session": []}),
        *({"user": {"id": ""}, "session": {}}, {"user": {"id": "x" * 129}, "session": {}}),
    ],
)
async def test_session_of_unknown_form(
    auth: BetterAuth, credentials: Credentials, panel: Panel, content: object
) -> None:
    panel.fail(GET_SESSION, 200, wire(content))

    with pytest.raises(NotThePanelError):
        await auth.session(credentials)


# What is not Better Auth's word.


@every_call
@pytest.mark.parametrize(("status", "body"), [*ELSEWHERE, (401, {"error": "Unauthorized"}), (403, {"code": "BANNED"})])
async def test_answer_from_elsewhere(auth: BetterAuth, panel: Panel, path: str, status: int, body: object) -> None:
    panel.fail(path, status, body)

    with pytest.raises(PanelConnectionError):
        await CALLS[path](auth)


@few_at_random
@given(content=JSON)
async def test_any_answer_is_read_or_refused(auth: BetterAuth, panel: Panel, content: object) -> None:
    for path, call in CALLS.items():
        panel.fail(path, 200, wire(content))
        with pytest.raises(StellarStackError):
            await call(auth)
