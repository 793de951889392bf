"""Single requests against a real panel, and against what is none."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
import ssl
from typing import Any

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, web
import pytest

from custom_components.stellarstack.client.exceptions import (
    AnswerLostError,
    ClosedError,
    NotSentError,
    NotThePanelError,
    PanelConnectionError,
    PanelTimeoutError,
    PanelTlsError,
    RateLimitedError,
    RedirectedError,
    StellarStackError,
    UntrustedCertificateError,
    WebSocketBlockedError,
)
from custom_components.stellarstack.client.http import NO_JSON, SMALL, Http, normalize_url, refuse_redirects
from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from simulator.accounts import Session as PanelSession

from .support import Serve, StartPanel, open_session

HEALTH = "/health"
SOCKET = "/api/ws"
COOKIE = "better-auth.session_token=x.y"
IMPATIENT = replace(Timing(), request=0.4)

type Talk = Any


async def _serve_raw(talk: Talk) -> tuple[asyncio.Server, str]:
    """Start a server of any protocol; returns it and its host and port."""
    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    return server, f"127.0.0.1:{server.sockets[0].getsockname()[1]}"


# What is sent and read.


async def test_answer_of_a_panel(http: Http) -> None:
    answer = await http.request("GET", HEALTH)

    assert (answer.status, answer.text("status"), answer.text("error")) == (200, "ok", None)
    assert answer.date is not None
    assert abs(answer.date - datetime.now(UTC)) < timedelta(minutes=1)


@pytest.mark.parametrize(
    ("body", "content"),
    [(b"null", None), (b"", NO_JSON), ("<html>", NO_JSON), ([1], [1]), (5, 5), ({"a": None}, {"a": None})],
)
@pytest.mark.parametrize("status", [200, 204, 401, 404, 418, 500, 503])
async def test_any_answer_is_returned(http: Http, panel: Panel, status: int, body: object, content: object) -> None:
    panel.fail(HEALTH, status, body)

    answer = await http.request("GET", HEALTH)

    assert answer.status == status
    assert answer.content == (content if status != 204 else NO_JSON)
    assert answer.text("a") is None


@pytest.mark.parametrize("date", ["", "yesterday", "Wed, 21 Oct 99999999 07:28:00 GMT"])
async def test_answer_without_a_date(http: Http, panel: Panel, date: str) -> None:
    panel.fail(HEALTH, 200, {}, headers={"Date": date})

    assert (await http.request("GET", HEALTH)).date is None


async def test_no_credentials_but_those_given(http: Http, panel: Panel) -> None:
    await http.request("GET", HEALTH)
    await http.request("GET", HEALTH, cookie=COOKIE, headers={"Origin": "http://panel.example.com"})

    (_, _, anonymous), (_, _, known) = panel.request_headers
    assert "Cookie" not in anonymous
    assert (known["Cookie"], known["Origin"]) == (COOKIE, "http://panel.example.com")


@pytest.mark.parametrize("cookie", ["a=b\r\nX-Evil: 1", "a=\x00"])
async def test_cookie_that_fits_no_header(http: Http, panel: Panel, cookie: str) -> None:
    with pytest.raises(PanelConnectionError):
        await http.request("GET", HEALTH, cookie=cookie)
    with pytest.raises(NotSentError):
        await http.request("POST", HEALTH, cookie=cookie, acts=True)
    with pytest.raises(PanelConnectionError):
        await http.open_websocket(SOCKET, cookie)
    assert panel.requests == []


async def test_each_call_has_a_connection_of_its_own(session: ClientSession, serve: Serve) -> None:
    """A panel closes idle connections, and what is sent at that moment is lost."""
    ports: list[int] = []

    async def handle(request: web.BaseRequest) -> web.Response:
        assert request.transport is not None
        ports.append(request.transport.get_extra_info("peername")[1])
        return web.json_response({})

    http = Http(session, await serve(handle), Timing())
    for method in ("GET", "GET", "POST", "POST"):
        await http.request(method, HEALTH)

    assert len(set(ports)) == 4


async def test_endless_answer(session: ClientSession, serve: Serve) -> None:
    chunk = b" " * SMALL
    sent = 0

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 100:
            await response.write(chunk)
            sent += 1
        return response

    http = Http(session, await serve(endless), Timing())

    with pytest.raises(NotThePanelError, match="longer than"):
        await http.request("GET", HEALTH)
    assert sent < 100


async def test_answer_may_be_as_long_as_is_said(http: Http, panel: Panel) -> None:
    panel.fail(HEALTH, 200, "x" * 100)

    assert (await http.request("GET", HEALTH, limit=100)).status == 200
    with pytest.raises(NotThePanelError):
        await http.request("GET", HEALTH, limit=99)


# No answer: what is known of a call that acts.


async def test_nothing_listens(http: Http, panel: Panel) -> None:
    await panel.stop()

    with pytest.raises(PanelConnectionError) as raised:
        await http.request("GET", HEALTH)
    assert type(raised.value) is PanelConnectionError
    with pytest.raises(NotSentError):
        await http.request("POST", HEALTH, acts=True)


async def test_unknown_host(session: ClientSession) -> None:
    with pytest.raises(NotSentError):
        await Http(session, "http://panel.invalid", Timing()).request("POST", HEALTH, acts=True)


async def test_connection_that_is_not_made_in_time(trusting_session: ClientSession) -> None:
    hang_up = asyncio.Event()

    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # Whoever waits for TLS waits for ever.
        await hang_up.wait()
        writer.close()

    server, host = await _serve_raw(listen)
    async with server:
        http = Http(trusting_session, f"https://{host}", IMPATIENT)
        with pytest.raises(PanelTimeoutError):
            await http.request("GET", HEALTH)
        with pytest.raises(NotSentError):
            await http.request("POST", HEALTH, acts=True)
        hang_up.set()


async def test_no_answer_in_time(session: ClientSession, panel: Panel) -> None:
    http = Http(session, panel.url, IMPATIENT)
    panel.delay(HEALTH, 60)

    with pytest.raises(PanelTimeoutError):
        await http.request("GET", HEALTH)
    with pytest.raises(AnswerLostError):
        await http.request("POST", HEALTH, acts=True)


async def test_call_with_a_time_of_its_own(session: ClientSession, panel: Panel) -> None:
    http = Http(session, panel.url, IMPATIENT)
    panel.delay(HEALTH, 1)

    assert (await http.request("GET", HEALTH, timeout=60)).status == 200


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{", b"SSH-2.0-OpenSSH_9.9\r\n"])
async def test_connection_that_ends_in_the_midst(session: ClientSession, said: bytes) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        writer.close()

    server, host = await _serve_raw(talk)
    async with server:
        http = Http(session, f"http://{host}", Timing())
        with pytest.raises(PanelConnectionError) as raised:
            await http.request("GET", HEALTH)
        assert type(raised.value) is PanelConnectionError
        with pytest.raises(AnswerLostError):
            await http.request("POST", HEALTH, acts=True)


async def test_connection_that_is_reset(session: ClientSession) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.transport.abort()

    server, host = await _serve_raw(talk)
    async with server:
        with pytest.raises(AnswerLostError):
            await Http(session, f"http://{host}", Timing()).request("POST", HEALTH, acts=True)


# TLS.


@pytest.fixture
async def tls_panel(start_panel: StartPanel) -> Panel:
    """A panel with a certificate of its own."""
    return await start_panel(tls=True)


async def _fails_insecurely(http: Http, error: type[PanelTlsError]) -> None:
    for call in (
        http.request("GET", HEALTH),
        http.request("POST", HEALTH, acts=True),
        http.open_websocket(SOCKET),
    ):
        with pytest.raises(error):
            await call


async def test_untrusted_certificate(session: ClientSession, tls_panel: Panel) -> None:
    await _fails_insecurely(Http(session, tls_panel.url, Timing()), UntrustedCertificateError)


async def test_no_tls_behind_https(session: ClientSession, panel: Panel) -> None:
    """That is no certificate: there, http may be tried instead."""
    with pytest.raises(PanelTlsError) as raised:
        await Http(session, panel.url.replace("http:", "https:"), Timing()).request("GET", HEALTH)
    assert type(raised.value) is PanelTlsError


async def test_trust_by_request(trusting_session: ClientSession, tls_panel: Panel) -> None:
    http = Http(trusting_session, tls_panel.url, Timing())

    assert (await http.request("GET", HEALTH)).status == 200
    await (await http.open_websocket(SOCKET)).close()


async def test_trusted_certificate(tls_panel: Panel) -> None:
    async with open_session(ssl.create_default_context(cadata=tls_panel.certificate)) as session:
        assert (await Http(session, tls_panel.url, Timing()).request("GET", HEALTH)).status == 200


async def test_tls_behind_http(session: ClientSession, tls_panel: Panel) -> None:
    with pytest.raises(PanelConnectionError):
        await Http(session, tls_panel.url.replace("https:", "http:"), Timing()).request("GET", HEALTH)


# The rate limit.


def _at(seconds: float) -> str:
    return format_datetime(datetime(2026, 10, 21, 7, 28, tzinfo=UTC) + timedelta(seconds=seconds), usegmt=True)


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"Retry-After": "7"}, 7),
        ({"Retry-After": "0.6"}, 0.6),
        ({"Retry-After": "0"}, 0),
        ({"X-Retry-After": "9"}, 9),
        ({"Retry-After": "7", "X-Retry-After": "9"}, 7),
        ({"Retry-After": "soon", "X-Retry-After": "9"}, 9),
        ({"Retry-After": _at(20), "Date": _at(0)}, 20),
        ({"Retry-After": _at(-20), "Date": _at(0)}, 0),
        ({"Retry-After": _at(7200), "Date": _at(0)}, 60),
        ({"Retry-After": format_datetime(datetime(2020, 1, 1, tzinfo=UTC), usegmt=True)}, 0),
        *(({"Retry-After": value}, 60) for value in ("60", "61", "9999999", "inf", "1e300")),
        *(({"Retry-After": value}, None) for value in ("-1", "nan", "", "soon")),
        ({}, None),
    ],
)
async def test_wait_that_a_rate_limit_asks_for(
    http: Http, panel: Panel, headers: dict[str, str], wait: float | None
) -> None:
    for path in (HEALTH, SOCKET):
        panel.fail(path, 429, headers=headers)

    for call in (http.request("GET", HEALTH), http.open_websocket(SOCKET)):
        with pytest.raises(RateLimitedError) as raised:
            await call
        assert raised.value.retry_after == wait


# Redirects.


@pytest.mark.parametrize("acts", [True, False])
async def test_redirect_is_not_followed(session: ClientSession, serve: Serve, acts: bool) -> None:
    arrived: list[str] = []

    async def elsewhere(request: web.BaseRequest) -> web.Response:
        arrived.append(request.path)
        return web.json_response({})

    other = await serve(elsewhere)

    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=307, headers={"Location": f"{other}{request.path}"})

    http = Http(session, await serve(redirect), Timing())

    for path, call in (
        (HEALTH, http.request("POST", HEALTH, {"code": "123456"}, cookie=COOKIE, acts=acts)),
        (SOCKET, http.open_websocket(SOCKET, COOKIE)),
    ):
        with pytest.raises(RedirectedError) as raised:
            await call
        assert raised.value.location == f"{other}{path}"
    assert arrived == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("middlewares", [(), (refuse_redirects,)])
@pytest.mark.parametrize(
    ("location", "told"),
    [
        ("https://panel.example.com/", "https://panel.example.com"),
        ("https://panel.example.com/login?next=%2F", "https://panel.example.com/login"),
        ("//panel.example.com/login", "http://panel.example.com/login"),
        (None, None),
        ("https://alex:hunter2@panel.example.com/", None),
        ("ftp://panel.example.com", None),
        ("http://[", None),
        ("http://panel.example.com:70000", None),
    ],
)
async def test_where_a_redirect_points(
    serve: Serve, status: int, middlewares: Any, location: str | None, told: str | None
) -> None:
    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=status, headers={} if location is None else {"Location": location})

    url = await serve(redirect)
    async with ClientSession(middlewares=middlewares, cookie_jar=DummyCookieJar()) as session:
        with pytest.raises(RedirectedError) as raised:
            await Http(session, url, Timing()).request("GET", HEALTH)
    assert raised.value.location == told


async def test_redirect_within_the_site(session: ClientSession, serve: Serve) -> None:
    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": "/login"})

    url = await serve(redirect)
    with pytest.raises(RedirectedError) as raised:
        await Http(session, url, Timing()).request("GET", HEALTH)
    assert raised.value.location == f"{url}/login"


# The upgrade to a WebSocket.


async def test_upgrade_takes_the_cookie_along(http: Http, panel: Panel, signed_in: PanelSession) -> None:
    socket = await http.open_websocket(SOCKET, signed_in.cookie)

    (connection,) = panel.connections
    assert connection.headers["Cookie"] == signed_in.cookie
    await socket.close()


async def test_upgrade_without_a_cookie(http: Http, panel: Panel) -> None:
    socket = await http.open_websocket(SOCKET)

    (connection,) = panel.connections
    assert "Cookie" not in connection.headers
    await socket.close()


async def test_upgrade_below_a_base_path(session: ClientSession, start_panel: StartPanel) -> None:
    panel = await start_panel(base_path="games/panel")
    http = Http(session, normalize_url(f"{panel.url}/"), Timing())

    assert http.url.endswith("/games/panel")
    await (await http.open_websocket(SOCKET)).close()


@pytest.mark.parametrize("status", [200, 400, 401, 403, 404, 500, 503])
async def test_refused_upgrade(http: Http, panel: Panel, status: int) -> None:
    panel.fail(SOCKET, status, b"")

    with pytest.raises(WebSocketBlockedError, match=str(status)):
        await http.open_websocket(SOCKET)


async def test_closed_session(session: ClientSession, panel: Panel) -> None:
    """A call that waited in line while the client was closed is not sent, and says so."""
    http = Http(session, panel.url, Timing())
    await session.close()

    with pytest.raises(ClosedError):
        await http.request("POST", "/", acts=True)
    assert panel.requests == []


async def test_upgrade_at_nothing(http: Http, panel: Panel) -> None:
    await panel.stop()

    with pytest.raises(PanelConnectionError):
        await http.open_websocket(SOCKET)


async def test_unanswered_upgrade(panel: Panel) -> None:
    panel.hang_upgrades = True
    async with ClientSession(timeout=ClientTimeout(total=0.05), cookie_jar=DummyCookieJar()) as session:
        with pytest.raises(PanelTimeoutError):
            await Http(session, panel.url, Timing()).open_websocket(SOCKET)


async def test_failed_upgrade_quotes_no_token(session: ClientSession, panel: Panel) -> None:
    """A token may be part of the address, and aiohttp's errors quote that."""
    panel.fail(SOCKET, 403, b"")
    path = f"{SOCKET}?token=hunter2"
    errors: list[StellarStackError] = []
    for http in (Http(session, panel.url, Timing()), Http(session, f"http://127.0.0.1:{panel.free_port()}", Timing())):
        with pytest.raises(PanelConnectionError) as raised:
            await http.open_websocket(path)
        errors.append(raised.value)

    for error in errors:
        assert error.__suppress_context__
        assert "hunter2" not in str(error)
