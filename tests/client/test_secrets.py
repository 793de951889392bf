"""Passwords, codes, cookies and tokens: in no log, in no error, in no representation, at no other address."""

import asyncio
import traceback
from typing import Any

from aiohttp import ClientSession, web
import pytest

from custom_components.stellarstack.client import (
    ConnectionState,
    PanelHttp,
    Session,
    StellarStackClient,
    StellarStackError,
    TwoFactorChallenge,
    socket as socket_module,
)
from custom_components.stellarstack.client.errors import AuthenticationError, RedirectedError
from simulator import Panel
from simulator.accounts import Account, Session as PanelSession

from .support import PASSWORD, Serve, SocketOwner, StartPanel, our_log, until

EMAIL = "sam@example.com"


class Told:
    """All that could come before somebody's eyes."""

    def __init__(self, caplog: pytest.LogCaptureFixture) -> None:
        self._caplog = caplog
        self._texts: list[str] = []

    def add(self, *things: object) -> None:
        for thing in things:
            if isinstance(thing, BaseException):
                self._texts += traceback.format_exception(thing)
            self._texts += [repr(thing), str(thing)]

    def lacks(self, *secrets: str) -> None:
        text = "\n".join([*self._texts, self._caplog.text, *our_log(self._caplog)])
        assert text.strip()
        for secret in secrets:
            assert secret not in text


@pytest.fixture
def told(caplog: pytest.LogCaptureFixture) -> Told:
    return Told(caplog)


@pytest.fixture(autouse=True)
def _short_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the panel's silence cost nobody three seconds."""
    monkeypatch.setattr(socket_module, "COOKIE_GRACE", 0.02)


def _secrets(session: PanelSession) -> tuple[str, ...]:
    return session.token, session.signed_value, session.cookie.partition("=")[2]


async def _failure(call: Any) -> StellarStackError:
    with pytest.raises(StellarStackError) as raised:
        await call
    return raised.value


async def test_sign_in_tells_no_secret(anonymous: PanelHttp, panel: Panel, told: Told) -> None:
    account = panel.add_account(EMAIL, PASSWORD, two_factor=True)
    code, backup_code = account.totp(), account.backup_codes[0]

    told.add(await _failure(anonymous.sign_in(EMAIL, f"{PASSWORD}!")))
    challenge = await anonymous.sign_in(EMAIL, PASSWORD)
    assert isinstance(challenge, TwoFactorChallenge)
    told.add(challenge, await _failure(anonymous.verify_code(challenge, "abcde-12345")))
    told.add(await anonymous.verify_code(challenge, code))
    told.add(await _failure(anonymous.verify_code(challenge, backup_code)))
    panel.fail("/api/auth/sign-in/email", 500, {"error": "broken"})
    told.add(await _failure(anonymous.sign_in(EMAIL, PASSWORD)))

    (session,) = panel.accounts.sessions.values()
    told.lacks(PASSWORD, code, backup_code, "abcde-12345", challenge.cookie.partition("=")[2], *_secrets(session))


async def test_calls_tell_no_secret(http: PanelHttp, panel: Panel, signed_in: PanelSession, told: Told) -> None:
    told.add(http, http.credentials, await http.account(), await http.socket_token(), *await http.servers())
    for status in (401, 403, 404, 429, 500, 503):
        panel.fail("/api/servers", status)
        told.add(await _failure(http.servers()))
    panel.fail("/api/ws", 400, b"")
    told.add(await _failure(http.open_socket()))
    panel.expire_sessions()
    told.add(await _failure(http.account()))
    await panel.stop()
    told.add(await _failure(http.servers()), await _failure(http.open_socket()))

    told.lacks(*_secrets(signed_in))


async def test_socket_tells_no_secret(owner: SocketOwner, panel: Panel, signed_in: PanelSession, told: Told) -> None:
    panel.auth_delay = 0.1
    await owner.start_connected("srv_survival")
    panel.drop_clients()
    await owner.reaches(ConnectionState.CONNECTED, times=2)
    panel.expire_sessions()
    panel.drop_clients()
    await owner.ends()
    told.add(owner.socket, *owner.messages, *owner.reasons)
    assert panel.received_of("auth")
    assert isinstance(owner.reasons[-1], AuthenticationError)

    told.lacks(*_secrets(signed_in))


async def test_refused_token_is_not_told(http: PanelHttp, panel: Panel, told: Told) -> None:
    http.credentials = Session(token="Xp7Rk2mQ9sLw4vTz8nYb1cHd6fJg3aKe")
    client = StellarStackClient(http, told.add)

    told.add(client, await _failure(client.connect()))

    assert panel.received_of("auth") == [None]
    told.lacks("Xp7Rk2mQ9sLw4vTz8nYb1cHd6fJg3aKe")


async def test_nothing_arrives_where_a_redirect_points(
    session: ClientSession, serve: Serve, start_panel: StartPanel, told: Told
) -> None:
    other = await start_panel()
    account: Account = other.add_account(EMAIL, PASSWORD, two_factor=True)
    asked: list[str] = []

    async def redirect(request: web.BaseRequest) -> web.Response:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": f"{other.url}{request.path}"})

    http = PanelHttp(session, await serve(redirect), Session(cookie=other.create_session(account).cookie))
    reasons: list[StellarStackError | None] = []
    client = StellarStackClient(http, lambda state, reason: reasons.append(reason))

    calls: list[Any] = [
        *(http.probe(), http.sign_in(EMAIL, PASSWORD), http.verify_code(TwoFactorChallenge("two_factor=x"), "123456")),
        *(http.account(), http.servers(), http.nodes(), http.socket_token(), client.connect()),
    ]
    for call in calls:
        assert isinstance(await _failure(call), RedirectedError)

    assert len(asked) == len(calls)
    assert (other.requests, other.upgrades) == ([], 0)
    assert isinstance(reasons[1], RedirectedError)


async def test_socket_that_moves_away_takes_nothing_along(
    session: ClientSession, serve: Serve, start_panel: StartPanel
) -> None:
    """An address that turned into a redirect after the first connection."""
    other = await start_panel()
    moved = asyncio.Event()

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        if moved.is_set():
            return web.Response(status=302, headers={"Location": f"{other.url}{request.path}"})
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_json({"type": "auth_success"})
        await moved.wait()
        return socket

    owner = SocketOwner(PanelHttp(session, await serve(handle), Session(cookie="session_token=x.y")))
    try:
        await owner.start_connected()
        moved.set()
        await until(lambda: sum(isinstance(reason, RedirectedError) for reason in owner.reasons) >= 2)
    finally:
        await owner.end()

    assert (other.requests, other.upgrades) == ([], 0)
