"""Passwords, codes, cookies and tokens: in no log, in no error, in no representation, at no other address."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import replace
import traceback
from typing import Any

from aiohttp import ClientSession, web
import pytest

from custom_components.stellarstack.client.auth import BetterAuth, TwoFactorChallenge
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.detect import detect_panel
from custom_components.stellarstack.client.exceptions import AuthenticationError, RedirectedError, StellarStackError
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.messages import ConnectionState
from custom_components.stellarstack.client.models import PowerAction
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v1.panel import PanelV1
from custom_components.stellarstack.client.v1.rest import Rest
from simulator import Panel
from simulator.accounts import Session as PanelSession

from .support import PASSWORD, Serve, StartPanel, our_log, until

CHALLENGED = "sam@example.com"
RAW_TOKEN = "Xp7Rk2mQ9sLw4vTz8nYb1cHd6fJg3aKe"
QUICK = replace(Timing(), cookie_grace=0.02, first_reconnect=0.02)

type States = list[tuple[ConnectionState, StellarStackError | None]]


class Seen:
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
def seen(caplog: pytest.LogCaptureFixture) -> Seen:
    return Seen(caplog)


def _secrets(session: PanelSession) -> tuple[str, ...]:
    return session.token, session.signed_value, session.cookie.partition("=")[2]


async def _failure(call: Awaitable[Any]) -> StellarStackError:
    with pytest.raises(StellarStackError) as raised:
        await call
    return raised.value


@asynccontextmanager
async def _running_feed(panel: PanelV1, seen: Seen) -> AsyncGenerator[States]:
    """Run the panel's feed; what it says is seen."""
    states: States = []

    def hear_state(state: ConnectionState, reason: StellarStackError | None) -> None:
        seen.add(state, reason)
        states.append((state, reason))

    feed = panel.open_feed(seen.add, hear_state)
    feed.subscribe("srv_survival")
    task = asyncio.create_task(feed.run())
    try:
        yield states
    finally:
        await feed.close()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _connections(states: States) -> int:
    return sum(state is ConnectionState.CONNECTED for state, _ in states)


def _has_reason(states: States, kind: type[StellarStackError]) -> bool:
    return any(isinstance(reason, kind) for _, reason in states)


async def test_sign_in_tells_no_secret(auth: BetterAuth, panel: Panel, seen: Seen) -> None:
    account = panel.add_account(CHALLENGED, PASSWORD, two_factor=True)
    code, backup_code = account.totp(), account.backup_codes[0]

    seen.add(await _failure(auth.sign_in(CHALLENGED, f"{PASSWORD}!")))
    challenge = await auth.sign_in(CHALLENGED, PASSWORD)
    assert isinstance(challenge, TwoFactorChallenge)
    seen.add(challenge, await _failure(auth.verify_code(challenge, "abcde-12345")))
    seen.add(await auth.verify_code(challenge, code))
    seen.add(await _failure(auth.verify_code(challenge, backup_code)))
    for status, body in ((500, {"error": "broken"}), (401, "<html>"), (403, {"code": "NEW", "message": "No"})):
        panel.fail("/api/auth/sign-in/email", status, body)
        seen.add(await _failure(auth.sign_in(CHALLENGED, PASSWORD)))
    await panel.stop()
    seen.add(await _failure(auth.sign_in(CHALLENGED, PASSWORD)), await _failure(auth.verify_code(challenge, code)))

    (session,) = panel.accounts.sessions.values()
    seen.lacks(PASSWORD, code, backup_code, "abcde-12345", challenge.cookie.partition("=")[2], *_secrets(session))


async def test_calls_tell_no_secret(
    http: Http,
    auth: BetterAuth,
    rest: Rest,
    credentials: Credentials,
    panel: Panel,
    signed_in: PanelSession,
    seen: Seen,
) -> None:
    found = PanelV1(http, credentials)
    seen.add(http, auth, rest, credentials, found, found.capabilities, await found.account(), *await found.servers())
    assert await rest.socket_token() == signed_in.token
    for status in (401, 403, 404, 429, 500, 503):
        panel.fail("/api/servers", status)
        seen.add(await _failure(found.servers()))
    panel.fail("/api/ws", 400, b"")
    seen.add(await _failure(http.open_websocket("/api/ws", credentials.cookie)))
    panel.expire_sessions()
    seen.add(await _failure(found.account()))
    await panel.stop()
    seen.add(await _failure(found.servers()), await _failure(http.open_websocket("/api/ws", credentials.cookie)))
    seen.add(await _failure(found.power("srv_survival", PowerAction.KILL)))
    seen.add(await _failure(found.send_command("srv_survival", "op hunter2")))

    seen.lacks("hunter2", *_secrets(signed_in))


async def test_feed_tells_no_secret(
    session: ClientSession, panel: Panel, credentials: Credentials, signed_in: PanelSession, seen: Seen
) -> None:
    panel.silent_welcome = True
    async with _running_feed(PanelV1(Http(session, panel.url, QUICK), credentials), seen) as states:
        await until(lambda: _connections(states))
        panel.drop_clients()
        await until(lambda: _connections(states) >= 2)
        panel.expire_sessions()
        panel.drop_clients()
        await until(lambda: _has_reason(states, AuthenticationError))
    assert panel.received_of("auth")

    seen.lacks(*_secrets(signed_in))


async def test_refused_token_is_not_told(session: ClientSession, panel: Panel, seen: Seen) -> None:
    http = Http(session, panel.url, QUICK)
    async with _running_feed(PanelV1(http, Credentials(token=RAW_TOKEN)), seen) as states:
        await until(lambda: _has_reason(states, AuthenticationError))

    seen.lacks(RAW_TOKEN)


async def test_nothing_arrives_where_a_redirect_points(
    session: ClientSession, serve: Serve, start_panel: StartPanel, seen: Seen
) -> None:
    other = await start_panel()
    account = other.add_account(CHALLENGED, PASSWORD, two_factor=True)
    credentials = Credentials(cookie=other.create_session(account).cookie)
    asked: list[str] = []

    async def redirect(request: web.BaseRequest) -> web.Response:
        asked.append(request.path)
        return web.Response(status=307, headers={"Location": f"{other.url}{request.path}"})

    url = await serve(redirect)
    panel = PanelV1(Http(session, url, QUICK), credentials)
    calls: list[Awaitable[Any]] = [
        *(detect_panel(session, url, QUICK, credentials), panel.sign_in(CHALLENGED, PASSWORD)),
        *(panel.verify_code(TwoFactorChallenge("two_factor=x"), "123456"), panel.account(), panel.servers()),
        *(panel.server("srv"), panel.nodes(), panel.node_status("srv"), panel.power("srv", PowerAction.KILL)),
        *(panel.send_command("srv", "say hi"), panel.create_backup("srv", None, "id"), panel.backups("srv")),
    ]
    for call in calls:
        assert isinstance(await _failure(call), RedirectedError)
    assert len(asked) == len(calls)

    async with _running_feed(panel, seen) as states:
        await until(lambda: _has_reason(states, RedirectedError))
    assert (other.requests, other.upgrades) == ([], 0)


async def test_feed_that_moves_away_takes_nothing_along(
    session: ClientSession, serve: Serve, start_panel: StartPanel, seen: Seen
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

    panel = PanelV1(Http(session, await serve(handle), QUICK), Credentials(cookie="session_token=x.y"))
    async with _running_feed(panel, seen) as states:
        await until(lambda: _connections(states))
        moved.set()
        await until(lambda: sum(isinstance(reason, RedirectedError) for _, reason in states) >= 2)

    assert (other.requests, other.upgrades) == ([], 0)
