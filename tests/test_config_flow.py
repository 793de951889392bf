"""The dialogs of an entry: set up a panel, sign in again, move it."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
import gc
import json
from pathlib import Path
from typing import Any
from unittest.mock import patch

from aiohttp import web
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, UnknownFlow
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack import config_flow
from custom_components.stellarstack.client.http import normalize_url
from custom_components.stellarstack.config_flow import (
    ERRORS,
    FIELD_OF_ERROR,
    FIND_TIMEOUT,
    ServerSubentryFlow,
    StellarStackConfigFlow,
    panel_title,
)
from custom_components.stellarstack.const import DOMAIN
from simulator import Account, Panel, Session
from simulator.tls import make_certificate

from .conftest import SERVERS, SetUp, entry_for
from .flows import (
    CLIENT,
    CONFIG_FLOW,
    EMAIL,
    PASSWORD,
    PROBE,
    WRONG_PASSWORD,
    Answer,
    Bench,
    Dialog,
    bench_of,
    quick_panel,
    twin,
)

SIGN_IN = "/api/auth/sign-in/email"
GET_SESSION = "/api/auth/get-session"
VERIFY = "/api/auth/two-factor/verify-totp"
STATUS = "sensor.survival_status"


@pytest.fixture(autouse=True)
async def bench(hass: HomeAssistant, panel: Panel, caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Bench]:
    async with bench_of(hass, panel, caplog) as bench:
        yield bench


@pytest.fixture
def guarded(account: Account) -> Account:
    """The user, now with a second factor."""
    account.two_factor = True
    return account


async def finish(hass: HomeAssistant, dialog: Dialog, servers: Iterable[str] = ()) -> ConfigEntry:
    """Choose servers; returns the entry, set up."""
    assert dialog.form == ("servers", {})
    await dialog.submit(servers=list(servers))
    entry = dialog.entry
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    return entry


def server_ids(entry: ConfigEntry) -> list[str]:
    return [subentry.data["server_id"] for subentry in entry.subentries.values()]


def connection_of(entry: ConfigEntry) -> dict[str, Any]:
    """What an entry keeps of its account; what it keeps of its servers is not the dialogs' concern."""
    return {key: entry.data[key] for key in ("url", "verify_ssl", "session")}


def answer(status: int = 200, body: object = "<html>", **headers: str) -> Answer:
    """A server that gives one answer to all."""

    async def give(request: web.BaseRequest) -> web.StreamResponse:
        text, kind = (body, "text/html") if isinstance(body, str) else (json.dumps(body), "application/json")
        return web.Response(status=status, text=text, content_type=kind, headers=headers)

    return give


# Setting up.


async def test_credentials(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog()
    assert dialog.form == ("user", {})
    verify_ssl = next(marker for marker in dialog.result["data_schema"].schema if marker == "verify_ssl")
    assert verify_ssl.default() is True
    await dialog.submit(url=f" {panel.url}/ ", verify_ssl=True)
    assert dialog.menu == ("auth_method", ["credentials", "session"])
    assert dialog.placeholders == {"url": panel.url}
    await dialog.choose("credentials")
    assert dialog.form == ("credentials", {})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("servers", {})
    assert list(dialog.choices("servers").items()) == [
        ("srv_creative", "Creative"),
        ("srv_survival", "Survival"),
        ("srv_valheim", "Valheim"),
    ]
    assert sorted(dialog.suggested["servers"]) == sorted(SERVERS)
    assert dialog.placeholders["count"] == "3"

    entry = await finish(hass, dialog, dialog.suggested["servers"])
    (session,) = panel.accounts.sessions.values()
    assert dialog.result["data"] == {"url": panel.url, "verify_ssl": True, "session": session.cookie}
    assert connection_of(entry) == dialog.result["data"]
    assert entry.unique_id == account.id
    assert entry.title == panel.url.removeprefix("http://")
    assert {
        subentry.unique_id: (subentry.subentry_type, subentry.title, dict(subentry.data))
        for subentry in entry.subentries.values()
    } == {server_id: ("server", name, {"server_id": server_id}) for server_id, name in SERVERS.items()}
    assert hass.states.is_state(STATUS, "running")
    assert PASSWORD not in json.dumps(entry.as_dict(), default=str)
    # Neither the dialog's connection nor a watch of its own is left.
    assert len(panel.connections) == 1
    assert sorted(panel.received_of("subscribe")) == sorted(SERVERS)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(lambda account: account.totp(), id="app"),
        pytest.param(lambda account: f" {account.totp()[:3]} {account.totp()[3:]} ", id="app, with spaces"),
        pytest.param(lambda account: account.backup_codes[3], id="backup"),
    ],
)
async def test_second_factor(
    hass: HomeAssistant, panel: Panel, guarded: Account, bench: Bench, code: Callable[[Account], str]
) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    assert dialog.form == ("two_factor", {})
    await dialog.submit(code=code(guarded))
    entry = await finish(hass, dialog)
    assert entry.data["session"] == next(iter(panel.accounts.sessions.values())).cookie


async def test_wrong_code(hass: HomeAssistant, panel: Panel, guarded: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    right = guarded.totp()
    for wrong in (f"{(int(right) + 500_000) % 1_000_000:06}", "aaaaa-bbbbb"):
        await dialog.submit(code=wrong)
        assert dialog.form == ("two_factor", {"code": "invalid_code"})
    await dialog.submit(code=guarded.totp())
    await finish(hass, dialog)


async def test_expired_code(hass: HomeAssistant, panel: Panel, guarded: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    panel.advance(200)
    await dialog.submit(code=guarded.totp())
    assert dialog.form == ("credentials", {"base": "code_expired"})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("two_factor", {})
    await dialog.submit(code=guarded.totp())
    await finish(hass, dialog)


async def test_origin_not_allowed(hass: HomeAssistant, panel: Panel, guarded: Account, bench: Bench) -> None:
    """The panel takes a second factor at its own address only: begin again with that one."""
    dialog = await bench.dialog(panel.url.replace("127.0.0.1", "localhost"))
    await dialog.sign_in()
    await dialog.submit(code=guarded.totp())
    assert dialog.form == ("two_factor", {"base": "origin_not_allowed"})

    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    await dialog.submit(code=guarded.totp())
    await finish(hass, dialog)


@pytest.mark.parametrize(
    ("error", "faults"),
    [
        ("account_banned", [{"status": 403, "body": {"code": "BANNED_USER", "message": "Banned"}}]),
        ("cannot_connect", [{"status": 502}]),
        ("origin_not_allowed", [{"status": 403, "body": {"code": "MISSING_OR_NULL_ORIGIN"}}]),
        ("rate_limited", [{"status": 429}]),
        ("unknown", [{"status": 500}, {"status": 403}, {"status": 200, "body": {"token": "none"}}]),
    ],
)
async def test_second_factor_refused(
    hass: HomeAssistant, panel: Panel, guarded: Account, bench: Bench, error: str, faults: list[dict[str, Any]]
) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    for fault in faults:
        panel.fail(VERIFY, times=1, **fault)
        await dialog.submit(code=guarded.totp())
        assert dialog.form == ("two_factor", {"base": error})
    await dialog.submit(code=guarded.totp())
    await finish(hass, dialog)


# The address.


async def test_invalid_url(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog()
    for url in (
        "panel.example.com",
        "ftp://panel.example.com",
        "https://",
        "https://alex:secret@panel.example.com",
        "http://panel.example.com:port",
        "http://[::1",
    ):
        await dialog.submit(url=url, verify_ssl=False)
        assert dialog.form == ("user", {"url": "invalid_url"})
        assert dialog.suggested == {"url": url, "verify_ssl": False}
    assert panel.requests == []
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)


@pytest.mark.parametrize(
    ("error", "answers"),
    [
        ("cannot_connect", [answer(502), answer(503), answer(504)]),
        ("rate_limited", [answer(429, {"error": "Too many requests"}, **{"Retry-After": "60"})]),
        ("unknown", [answer(500), answer(200, "x" * 300_000)]),
        (
            "unsupported_panel",
            [
                answer(),
                answer(401),
                answer(404),
                answer(404, {"status": "ok"}),
                answer(200, {"token": None}),
                answer(302),
                answer(302, Location="/login"),
                answer(301, Location=f"https://panel.example.com{PROBE}"),
                answer(307, Location="https://127.0.0.1/login"),
                answer(308, Location=f"https://127.0.0.1{PROBE}?from=http"),
            ],
        ),
    ],
)
async def test_no_panel(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, error: str, answers: list[Answer]
) -> None:
    dialog = await bench.dialog()
    for give in answers:
        url = f"http://127.0.0.1:{await bench.serve(give)}"
        await dialog.submit(url=url, verify_ssl=True)
        assert dialog.form == ("user", {"base": error})
        assert dialog.suggested == {"url": url, "verify_ssl": True}
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)


async def test_newer_panel(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    newer = await bench.start(quick_panel(generation=2))
    dialog = await bench.dialog()
    await dialog.submit(url=newer.url, verify_ssl=True)
    assert dialog.form == ("user", {"base": "unsupported_panel"})
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)


async def test_panel_is_off(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    await panel.stop()
    dialog = await bench.dialog()
    await dialog.submit(url=panel.url, verify_ssl=True)
    assert dialog.form == ("user", {"base": "cannot_connect"})
    await panel.start()
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)


async def test_panel_is_silent(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    panel.delay(PROBE, 60)
    dialog = await bench.dialog()
    with patch(f"{CLIENT}.http.TIMEOUT", 0.05):
        await dialog.submit(url=panel.url, verify_ssl=True)
    assert dialog.form == ("user", {"base": "timeout_connect"})
    panel.clear_faults()
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)


async def test_certificate(hass: HomeAssistant, panel: Panel, bench: Bench) -> None:
    """A certificate that the panel made itself is taken only when the user says so."""
    secure = await bench.start(quick_panel(tls=True))
    secure.add_account(EMAIL, PASSWORD)
    dialog = await bench.dialog()
    for url in (secure.url, panel.url.replace("http:", "https:")):
        await dialog.submit(url=url, verify_ssl=True)
        assert dialog.form == ("user", {"base": "ssl_error"})
    await dialog.submit(url=secure.url, verify_ssl=False)
    await dialog.sign_in()
    entry = await finish(hass, dialog)
    (session,) = secure.accounts.sessions.values()
    assert session.cookie.startswith("__Secure-")
    assert connection_of(entry) == {"url": secure.url, "verify_ssl": False, "session": session.cookie}


async def test_base_path(hass: HomeAssistant, bench: Bench) -> None:
    panel = await bench.start(quick_panel(base_path="/games/panel"))
    account = panel.add_account(EMAIL, PASSWORD, two_factor=True)
    panel.add_server("Survival", owner=account, server_id="srv_survival")
    assert panel.url.endswith("/games/panel")
    dialog = await bench.dialog(f"{panel.url}/?page=2#top")
    await dialog.sign_in()
    await dialog.submit(code=account.totp())
    entry = await finish(hass, dialog, SERVERS.keys() & dialog.choices("servers").keys())
    assert entry.data["url"] == panel.url
    assert entry.title == panel.url.removeprefix("http://").removesuffix("/games/panel")
    assert hass.states.is_state(STATUS, "running")


@pytest.mark.parametrize("base_path", ["", "/panel"])
async def test_http_leads_to_https(hass: HomeAssistant, bench: Bench, base_path: str) -> None:
    """An address that only sends on to https, on the same host, is taken as the one it sends to."""
    panel = await bench.start(quick_panel(tls=True, base_path=base_path))
    panel.add_account(EMAIL, PASSWORD)
    port = await bench.serve(answer(301, Location=f"{panel.url}{PROBE}"))
    dialog = await bench.dialog(f"http://localhost:{port}{base_path}", verify_ssl=False)
    assert dialog.placeholders == {"url": panel.url}
    await dialog.sign_in()
    entry = await finish(hass, dialog)
    assert entry.data["url"] == panel.url


async def test_https_has_no_panel_either(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    certificate, _ = make_certificate()
    dialog = await bench.dialog()
    for give, error in ((answer(302, Location="/login"), "unsupported_panel"), (answer(502), "cannot_connect")):
        target = f"https://localhost:{await bench.serve(give, certificate)}{PROBE}"
        port = await bench.serve(answer(301, Location=target))
        await dialog.submit(url=f"http://localhost:{port}", verify_ssl=False)
        assert dialog.form == ("user", {"base": error})
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)


def test_title() -> None:
    for url, title in (
        ("https://panel.example.com", "panel.example.com"),
        ("https://panel.example.com:443/games/", "panel.example.com"),
        ("http://panel.example.com:80", "panel.example.com"),
        ("https://panel.example.com:8443", "panel.example.com:8443"),
        ("http://192.0.2.7:3001/panel", "192.0.2.7:3001"),
        ("http://[2001:db8::7]:3001", "[2001:db8::7]:3001"),
        ("https://sp\u00e4ti.example:443", "sp\u00e4ti.example"),
    ):
        assert panel_title(normalize_url(url)) == title


async def test_unexpected_exception(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    dialog = await bench.dialog()
    with patch("custom_components.stellarstack.coordinator.async_create_clientsession", side_effect=RuntimeError):
        await dialog.submit(url=panel.url, verify_ssl=True)
    assert dialog.form == ("user", {"base": "unknown"})
    assert "Unexpected exception" in caplog.text
    caplog.clear()
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)


# Signing in.


@pytest.mark.parametrize(
    ("error", "attribute", "refused"),
    [("account_banned", "banned", True), ("email_not_verified", "email_verified", False)],
)
async def test_account_refused(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, error: str, attribute: str, refused: bool
) -> None:
    setattr(account, attribute, refused)
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    assert dialog.form == ("credentials", {"base": error})
    setattr(account, attribute, not refused)
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)


async def test_wrong_password(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.choose("credentials")
    for email, password in ((EMAIL, WRONG_PASSWORD), ("sam@example.com", PASSWORD), ("alex", PASSWORD)):
        await dialog.submit(email=email, password=password)
        assert dialog.form == ("credentials", {"base": "invalid_auth"})
        assert dialog.suggested == {"email": email}
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)


async def test_sign_ins_are_limited(hass: HomeAssistant, bench: Bench) -> None:
    panel = await bench.start(quick_panel(limits=True))
    panel.add_account(EMAIL, PASSWORD)
    dialog = await bench.dialog(panel.url)
    await dialog.choose("credentials")
    for _ in range(5):
        await dialog.submit(email=EMAIL, password=WRONG_PASSWORD)
        assert dialog.form == ("credentials", {"base": "invalid_auth"})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("credentials", {"base": "rate_limited"})
    panel.advance(60)
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)


@pytest.mark.parametrize(
    ("error", "faults"),
    [
        ("cannot_connect", [{"path": SIGN_IN, "status": 503}, {"path": GET_SESSION, "status": 502}]),
        ("invalid_auth", [{"path": SIGN_IN, "status": 401}, {"path": GET_SESSION, "status": 200, "body": b"null"}]),
        ("rate_limited", [{"path": GET_SESSION, "status": 429}, {"path": "/api/servers", "status": 429}]),
        ("unsupported_panel", [{"path": SIGN_IN, "status": 302, "headers": {"Location": "/login"}}]),
        (
            "unknown",
            [
                {"path": SIGN_IN, "status": 500},
                {"path": SIGN_IN, "status": 404},
                {"path": SIGN_IN, "status": 403, "body": {"message": "Not today"}},
                {"path": SIGN_IN, "status": 200, "body": "<html>"},
                {"path": SIGN_IN, "status": 200, "body": {"token": "none"}},
                {"path": GET_SESSION, "status": 500},
                {"path": GET_SESSION, "status": 200, "body": {"user": {}}},
                {"path": "/api/servers", "status": 403},
                {"path": "/api/servers", "status": 200, "body": {"servers": []}},
            ],
        ),
        (
            "websocket_blocked",
            [
                {"path": "/api/ws", "status": 200, "body": "<html>"},
                {"path": "/api/ws", "status": 302, "headers": {"Location": "/"}},
                {"path": "/api/ws", "status": 400, "body": b""},
                {"path": "/api/ws", "status": 403},
                {"path": "/api/ws", "status": 502},
            ],
        ),
    ],
)
async def test_sign_in_fails(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    bench: Bench,
    caplog: pytest.LogCaptureFixture,
    error: str,
    faults: list[dict[str, Any]],
) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.choose("credentials")
    for fault in faults:
        panel.fail(**fault)
        await dialog.submit(email=EMAIL, password=PASSWORD)
        assert dialog.form == ("credentials", {"base": error})
        panel.clear_faults()
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)
    # Only the text of this one says that the log tells more; others need no line that a user sees.
    told = [record.levelname for record in caplog.records if record.message.startswith("A dialog's step failed: ")]
    assert told == ["WARNING" if error == "unknown" else "DEBUG"] * len(faults)


async def test_panel_goes_away(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.choose("credentials")
    await panel.stop()
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("credentials", {"base": "cannot_connect"})
    await panel.start()
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)


async def test_upgrade_is_not_answered(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    panel.hang_upgrades = True
    with patch(f"{CLIENT}.socket.TIMEOUT", 0.05):
        await dialog.sign_in()
    assert dialog.form == ("credentials", {"base": "timeout_connect"})
    panel.hang_upgrades = False
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)


async def test_upgrade_is_limited(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """A panel that limits the rate refuses an upgrade as if there were no socket, and all other calls as well."""
    dialog = await bench.dialog(panel.url)
    panel.fail("/api/ws", 400, b"")
    panel.fail(PROBE, 429)
    await dialog.sign_in()
    assert dialog.form == ("credentials", {"base": "rate_limited"})
    assert panel.requests.count(("GET", "/api/ws")) == 2
    panel.clear_faults()
    # Once does not count: the panel soon lets the next call through.
    panel.fail("/api/ws", 400, b"", times=1)
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)
    assert panel.requests.count(("GET", "/api/ws")) == 3


# A pasted session.

FORMS: dict[str, tuple[Callable[[Session], str], Callable[[Session], str]]] = {
    "pair": (lambda session: session.cookie, lambda session: session.cookie),
    "decoded pair": (
        lambda session: f"{name_of(session)}={session.signed_value}",
        lambda session: f"{name_of(session)}={session.signed_value}",
    ),
    "header": (lambda session: f"Cookie: theme=dark; {session.cookie}; lang=en", lambda session: session.cookie),
    "header's value": (lambda session: f"theme=dark; {session.cookie}; lang=en", lambda session: session.cookie),
    "answer's header": (
        lambda session: f"set-cookie: {session.cookie}; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax",
        lambda session: session.cookie,
    ),
    "value": (lambda session: session.cookie.partition("=")[2], lambda session: session.cookie),
    "decoded value": (
        lambda session: session.signed_value,
        lambda session: f"{name_of(session)}={session.signed_value}",
    ),
    "with space": (lambda session: f"\n  {session.cookie}\t\r\n", lambda session: session.cookie),
    "quoted": (
        lambda session: f'"{session.signed_value}"',
        lambda session: f"{name_of(session)}={session.signed_value}",
    ),
    "raw token": (lambda session: session.token, lambda session: session.token),
    "raw token, named": (lambda session: f"{name_of(session)}={session.token}", lambda session: session.token),
}


def name_of(session: Session) -> str:
    return session.cookie.partition("=")[0]


@pytest.mark.parametrize(
    ("form", "public_url"),
    [(form, None) for form in FORMS]
    # Only here the name matters, which the pasted text may not tell.
    + [(form, "https://panel.example.com") for form in ("pair", "header", "value", "decoded value", "raw token")],
)
async def test_session(hass: HomeAssistant, bench: Bench, form: str, public_url: str | None) -> None:
    panel = await bench.start(quick_panel(public_url=public_url))
    session = panel.create_session(panel.add_account(EMAIL, PASSWORD))
    assert name_of(session).startswith("__Secure-") is (public_url is not None)
    pasted, stored = FORMS[form]
    dialog = await bench.dialog(panel.url)
    await dialog.choose("session")
    assert dialog.form == ("session", {})
    assert dialog.placeholders == {"url": panel.url}
    await dialog.submit(session=pasted(session))
    entry = await finish(hass, dialog)
    assert entry.data["session"] == stored(session)


async def test_no_session(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """What was never a session, or is none any more, is refused without a trace in the form."""
    expired, deleted = panel.create_session(account), panel.create_session(account)
    expired.expires_at = panel.now()
    del panel.accounts.sessions[deleted.token]
    dialog = await bench.dialog(panel.url)
    await dialog.choose("session")
    for text in (
        "theme=dark; lang=en",
        "no session at all",
        "better-auth.session_token=",
        "A" * 32,
        expired.cookie,
        deleted.cookie,
        deleted.token,
        f"{panel.create_session(account).cookie[:-9]}AAAAAA%3D",
    ):
        await dialog.submit(session=text)
        assert dialog.form == ("session", {"base": "invalid_auth"})
        assert dialog.suggested == {}
    await dialog.submit(session=panel.create_session(account).cookie)
    await finish(hass, dialog)


@pytest.mark.parametrize(
    ("error", "fault"),
    [
        ("rate_limited", {"path": GET_SESSION, "status": 429}),
        ("websocket_blocked", {"path": "/api/ws", "status": 502}),
        ("unknown", {"path": GET_SESSION, "status": 500}),
    ],
)
async def test_session_cannot_be_checked(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, error: str, fault: dict[str, Any]
) -> None:
    session = panel.create_session(account)
    dialog = await bench.dialog(panel.url)
    panel.fail(**fault)
    await dialog.paste(session.cookie)
    assert dialog.form == ("session", {"base": error})
    panel.clear_faults()
    await dialog.submit(session=session.cookie)
    await finish(hass, dialog)


async def test_raw_token(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """REST does not take a raw token, so the servers are typed."""
    session = panel.create_session(account)
    dialog = await bench.dialog(panel.url)
    await dialog.paste(session.token)
    assert dialog.form == ("servers", {})
    assert dialog.choices("servers") == {}
    assert dialog.placeholders["count"] == "0"
    await dialog.submit(servers=["srv_survival", " srv_valheim ", "srv_survival", " "])
    assert dialog.placeholders == {"servers": "srv_survival, srv_valheim"}
    await dialog.wait("find_servers")
    entry = dialog.entry
    await hass.async_block_till_done()
    assert entry.data["session"] == session.token
    assert entry.unique_id == account.id
    assert [subentry.title for subentry in entry.subentries.values()] == ["Survival", "Valheim"]
    assert hass.states.is_state(STATUS, "running")
    # Nothing was asked of REST with a token that it cannot take.
    assert {path for _, path in panel.requests} == {PROBE}


async def test_nobody_knows_whose_token_it_is(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench
) -> None:
    async def vague_panel(request: web.BaseRequest) -> web.StreamResponse:
        if request.path != "/api/ws":
            return web.json_response({"error": "Not authenticated"}, status=401)
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.receive()
        await socket.send_json({"type": "auth_success"})
        await socket.receive()
        return socket

    token = panel.create_session(account).token
    dialog = await bench.dialog(f"http://127.0.0.1:{await bench.serve(vague_panel)}")
    await dialog.paste(token)
    assert dialog.form == ("session", {"base": "unknown"})

    dialog = await bench.dialog(panel.url)
    await dialog.paste(token)
    await finish(hass, dialog)


# Choosing servers.


async def test_choose_some(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    entry = await finish(hass, dialog, ["srv_valheim"])
    assert server_ids(entry) == ["srv_valheim"]
    assert hass.states.get("sensor.valheim_status")
    assert hass.states.get(STATUS) is None


async def test_names(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """Servers of one name are told apart by their ids; one without a name goes by its id."""
    panel.add_server("Survival", owner=account, server_id="srv_other")
    panel.add_server("arena", owner=account, server_id="srv_arena")
    panel.edit("srv_valheim", name=None)
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    assert dialog.choices("servers") == {
        "srv_arena": "arena",
        "srv_creative": "Creative",
        "srv_valheim": "srv_valheim",
        "srv_survival": "Survival (srv_survival)",
        "srv_other": "Survival (srv_other)",
    }
    assert [label.casefold() for label in dialog.choices("servers").values()][:3] == [
        "arena",
        "creative",
        "srv_valheim",
    ]
    entry = await finish(hass, dialog, ["srv_other", "srv_valheim"])
    assert [subentry.title for subentry in entry.subentries.values()] == ["Survival", "srv_valheim"]


@pytest.mark.parametrize(("more", "suggested"), [(47, 50), (48, 0)])
async def test_of_many_servers_none_is_chosen_already(
    panel: Panel, account: Account, bench: Bench, more: int, suggested: int
) -> None:
    for number in range(more):
        panel.add_server(f"Server {number}", owner=account)
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in(EMAIL)

    assert len(dialog.choices("servers")) == more + 3
    assert len(dialog.suggested["servers"]) == suggested


async def test_shared_server(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """An account that owns nothing is told so, and types the id of what others share with it."""
    guest = panel.add_account("sam@example.com", PASSWORD)
    panel.add_server("Shared", owner=account, shared_with=[guest], server_id="srv_shared")
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in("sam@example.com")
    assert dialog.form == ("servers", {})
    assert dialog.choices("servers") == {}
    assert dialog.suggested == {"servers": []}
    assert dialog.placeholders["count"] == "0"
    await dialog.submit(servers=["srv_shared"])
    assert dialog.placeholders == {"servers": "srv_shared"}
    await dialog.wait("find_servers")
    entry = dialog.entry
    await hass.async_block_till_done()
    assert entry.unique_id == guest.id
    assert [(subentry.title, subentry.unique_id) for subentry in entry.subentries.values()] == [
        ("Shared", "srv_shared")
    ]
    assert hass.states.is_state("sensor.shared_status", "running")


async def test_server_not_found(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    other = panel.add_account("sam@example.com", PASSWORD)
    panel.add_server("Shared", owner=other, shared_with=[account], server_id="srv_shared")
    panel.add_server("Foreign", owner=other, server_id="srv_foreign")
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    with patch(f"{CONFIG_FLOW}.FIND_TIMEOUT", 1):
        await dialog.submit(servers=["srv_survival", "srv_none", "srv_shared", "srv_foreign"])
        assert dialog.placeholders == {"servers": "srv_none, srv_shared, srv_foreign"}
        await dialog.wait("find_servers")
    assert dialog.form == ("servers", {"servers": "server_not_found"})
    assert dialog.placeholders["servers"] == "srv_none, srv_foreign"
    assert dialog.suggested["servers"] == ["srv_survival", "srv_none", "srv_shared", "srv_foreign"]
    assert dialog.choices("servers")["srv_shared"] == "Shared"
    await panel.wait_for(lambda panel: not panel.connections)
    # What was found is not looked for again, and what was shown as an error is gone.
    upgrades = panel.upgrades
    await dialog.submit(servers=["srv_survival", "srv_shared"])
    assert server_ids(dialog.entry) == ["srv_survival", "srv_shared"]
    await hass.async_block_till_done()
    assert panel.upgrades == upgrades + 1


@pytest.mark.parametrize(
    ("error", "faults"),
    [
        ("rate_limited", [{"path": "/api/ws", "status": 400, "body": b""}, {"path": PROBE, "status": 429}]),
        ("websocket_blocked", [{"path": "/api/ws", "status": 403}]),
    ],
)
async def test_finding_fails(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, error: str, faults: list[dict[str, Any]]
) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.paste(panel.create_session(account).token)
    for fault in faults:
        panel.fail(**fault)
    await dialog.submit(servers=["srv_survival"])
    await dialog.wait("find_servers")
    assert dialog.form == ("servers", {"base": error})
    assert dialog.suggested == {"servers": ["srv_survival"]}
    panel.clear_faults()
    await dialog.submit(servers=["srv_survival"])
    await dialog.wait("find_servers")
    assert server_ids(dialog.entry) == ["srv_survival"]
    await hass.async_block_till_done()


async def test_panel_goes_away_while_finding(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.paste(panel.create_session(account).token)
    await panel.stop()
    await dialog.submit(servers=["srv_survival"])
    await dialog.wait("find_servers")
    assert dialog.form == ("servers", {"base": "cannot_connect"})
    await panel.start()
    await dialog.submit(servers=[])
    assert server_ids(dialog.entry) == []
    await hass.async_block_till_done()


async def test_server_of_another_entry(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    """Two accounts may see one server; it is a device once."""
    await set_up(entry)
    admin = panel.add_account("admin@example.com", PASSWORD, role="admin")
    panel.add_server("Lobby", owner=admin, server_id="srv_lobby")
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in("admin@example.com")
    assert dialog.choices("servers") == {"srv_lobby": "Lobby"}
    assert dialog.placeholders["count"] == "1"
    await dialog.submit(servers=["srv_lobby", "srv_survival", "srv_valheim"])
    assert dialog.form == ("servers", {"servers": "server_already_configured"})
    assert dialog.placeholders["servers"] == "srv_survival, srv_valheim"
    await dialog.submit(servers=["srv_lobby"])
    second = dialog.entry
    await hass.async_block_till_done()
    assert server_ids(second) == ["srv_lobby"]
    assert second.unique_id == admin.id


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_already_configured(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench, host: str
) -> None:
    entry.add_to_hass(hass)
    data = dict(entry.data)
    dialog = await bench.dialog(panel.url.replace("127.0.0.1", host))
    await dialog.sign_in()
    assert dialog.reason == "already_configured"
    assert entry.data == data
    await panel.wait_for(lambda panel: not panel.connections)


async def test_dialog_left_open(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """A dialog in a tab that was closed does not stand in the way of another, and ends with it."""
    left = await bench.dialog(panel.url)
    await left.sign_in()
    assert left.form == ("servers", {})
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    entry = await finish(hass, dialog, ["srv_survival"])
    with pytest.raises(UnknownFlow):
        await left.submit(servers=["srv_valheim"])
    assert hass.config_entries.async_entries(DOMAIN) == [entry]


# Closing a dialog.


async def test_close_while_finding(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    await dialog.submit(servers=["srv_none"])
    await panel.wait_for(lambda panel: panel.received_of("subscribe") == ["srv_none"])
    dialog.manager.async_abort(dialog.flow_id)
    await panel.wait_for(lambda panel: not panel.connections)
    assert panel.received_of("unsubscribe") == ["srv_none"]
    await panel.wait_for(lambda _: not [task for task in asyncio.all_tasks() if "stellarstack" in task.get_name()])
    assert hass.config_entries.flow.async_progress() == []


@pytest.mark.parametrize("path", [SIGN_IN, "/api/servers"])
async def test_close_while_signing_in(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, path: str
) -> None:
    """What was asked of the panel is answered, and then nobody is left to be told."""
    dialog = await bench.dialog(panel.url)
    panel.delay(path, 0.1)
    signing_in = hass.async_create_task(dialog.sign_in())
    await panel.wait_for(lambda panel: path in [requested for _, requested in panel.requests])
    dialog.manager.async_abort(dialog.flow_id)
    with pytest.raises(UnknownFlow):
        await signing_in
    await panel.wait_for(lambda panel: not panel.connections)
    assert hass.config_entries.async_entries(DOMAIN) == []


async def test_close_early(hass: HomeAssistant, panel: Panel, bench: Bench) -> None:
    for url in (None, panel.url):
        dialog = await bench.dialog(url)
        dialog.manager.async_abort(dialog.flow_id)
    assert hass.config_entries.flow.async_progress() == []
    # An HTTP session that was left open would say so now.
    gc.collect()


# Signing in again.


@pytest.mark.parametrize(
    ("loaded", "way"), [(True, "credentials"), (True, "session"), (False, "credentials"), (False, "raw token")]
)
async def test_reauth(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
    bench: Bench,
    loaded: bool,
    way: str,
) -> None:
    """A session ends while it is in use, or while nobody uses it."""
    if loaded:
        await set_up(entry)
        panel.delete_sessions()
        panel.drop_clients()
    else:
        panel.delete_sessions()
        await set_up(entry)
        assert entry.state is ConfigEntryState.SETUP_ERROR
    dialog = await bench.requested_dialog(entry)
    assert dialog.menu == ("reauth_confirm", ["credentials", "session"])
    assert dialog.placeholders == {"url": panel.url}
    assert hass.states.get(STATUS) is None or hass.states.is_state(STATUS, STATE_UNAVAILABLE)
    entry_data, upgrades = dict(entry.data), panel.upgrades

    if way == "credentials":
        await dialog.sign_in()
        session = next(iter(panel.accounts.sessions.values())).cookie
    else:
        new = panel.create_session(account)
        session = new.cookie if way == "session" else new.token
        await dialog.paste(session)
    assert dialog.reason == "reauth_successful"
    assert entry.data == entry_data | {"session": session}
    await hass.async_block_till_done()
    await panel.wait_for(lambda _: hass.states.is_state(STATUS, "running"))
    assert entry.state is ConfigEntryState.LOADED
    # The dialog looked, and the entry was loaded again: once.
    assert panel.upgrades == upgrades + 2
    assert len(panel.connections) == 1
    assert sorted(server_ids(entry)) == sorted(SERVERS)
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    assert hass.config_entries.flow.async_progress() == []
    assert PASSWORD not in json.dumps(entry.as_dict(), default=str)


async def test_reauth_with_the_same_session(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    """Nothing about the entry changes, but whoever signs in again wants another try."""
    await set_up(entry)
    (before,), upgrades = panel.connections, panel.upgrades
    dialog = Dialog(hass, hass.config_entries.flow, await entry.start_reauth_flow(hass))
    await dialog.paste(entry.data["session"])
    assert dialog.reason == "reauth_successful"
    await hass.async_block_till_done()
    await panel.wait_for(lambda panel: before not in panel.connections)
    assert panel.upgrades == upgrades + 2
    assert hass.states.is_state(STATUS, "running")


async def test_reauth_errors(
    hass: HomeAssistant, panel: Panel, guarded: Account, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    panel.delete_sessions()
    await set_up(entry)
    dialog = await bench.requested_dialog(entry)
    await dialog.sign_in(password=WRONG_PASSWORD)
    assert dialog.form == ("credentials", {"base": "invalid_auth"})
    await panel.stop()
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("credentials", {"base": "cannot_connect"})
    await panel.start()
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("two_factor", {})
    await dialog.submit(code="aaaaa-bbbbb")
    assert dialog.form == ("two_factor", {"code": "invalid_code"})
    panel.advance(200)
    await dialog.submit(code=guarded.totp())
    assert dialog.form == ("credentials", {"base": "code_expired"})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await dialog.submit(code=guarded.totp())
    assert dialog.reason == "reauth_successful"
    await hass.async_block_till_done()
    assert hass.states.is_state(STATUS, "running")


@pytest.mark.parametrize("way", ["credentials", "session"])
async def test_reauth_with_another_account(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench, way: str
) -> None:
    other = panel.add_account("sam@example.com", PASSWORD, role="admin")
    panel.delete_sessions()
    await set_up(entry)
    before = entry.as_dict()
    dialog = await bench.requested_dialog(entry)
    if way == "credentials":
        await dialog.sign_in("sam@example.com")
    else:
        await dialog.paste(panel.create_session(other).cookie)
    assert dialog.reason == "wrong_account"
    assert ("GET", "/api/servers") not in panel.requests
    await hass.async_block_till_done()
    assert entry.as_dict() == before
    assert entry.state is ConfigEntryState.SETUP_ERROR
    await panel.wait_for(lambda panel: not panel.connections)


# Moving.


async def reconfigure(hass: HomeAssistant, entry: MockConfigEntry) -> Dialog:
    dialog = Dialog(hass, hass.config_entries.flow, await entry.start_reconfigure_flow(hass))
    assert dialog.form == ("reconfigure", {})
    assert dialog.suggested == {"url": entry.data["url"], "verify_ssl": entry.data["verify_ssl"]}
    return dialog


@pytest.mark.parametrize(
    ("loaded", "named"), [(True, False), (False, True)], ids=["loaded, default title", "failed, own title"]
)
async def test_reconfigure(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench, loaded: bool, named: bool
) -> None:
    """The panel moved with all it has; the title follows unless the user gave another."""
    moved = await bench.start(twin(panel))
    entry.add_to_hass(hass)
    title = "Our servers" if named else panel.url.removeprefix("http://")
    hass.config_entries.async_update_entry(entry, title=title)
    if loaded:
        await set_up(entry)
        await panel.stop()
    else:
        await panel.stop()
        await set_up(entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
    data = dict(entry.data)

    dialog = await reconfigure(hass, entry)
    await dialog.submit(url=f"{moved.url}/", verify_ssl=False)
    assert dialog.reason == "reconfigure_successful"
    assert entry.data == data | {"url": moved.url, "verify_ssl": False}
    assert entry.title == (title if named else moved.url.removeprefix("http://"))
    await hass.async_block_till_done()
    await moved.wait_for(lambda _: hass.states.is_state(STATUS, "running"))
    assert entry.state is ConfigEntryState.LOADED
    assert moved.upgrades == 2
    assert sorted(server_ids(entry)) == sorted(SERVERS)
    assert hass.config_entries.async_entries(DOMAIN) == [entry]


async def test_reconfigure_nothing(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    await set_up(entry)
    before, upgrades = entry.as_dict(), panel.upgrades
    dialog = await reconfigure(hass, entry)
    await dialog.submit(**dialog.suggested)
    assert dialog.reason == "reconfigure_successful"
    await hass.async_block_till_done()
    assert {**entry.as_dict(), "modified_at": None} == {**before, "modified_at": None}
    assert panel.upgrades == upgrades + 2
    assert hass.states.is_state(STATUS, "running")


@pytest.mark.parametrize("raw", [False, True], ids=["cookie", "raw token"])
async def test_reconfigure_to_https(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, bench: Bench, raw: bool
) -> None:
    """The session holds, but its cookie is called otherwise from now on."""
    session = panel.create_session(account)
    entry = entry_for(panel, session.token if raw else session.cookie, account.id, SERVERS)
    await set_up(entry)
    await panel.stop()
    panel.accounts.session_cookie = f"__Secure-{name_of(session)}"
    moved = await bench.start(twin(panel, tls=True))

    dialog = await reconfigure(hass, entry)
    await dialog.submit(url=moved.url, verify_ssl=True)
    assert dialog.form == ("reconfigure", {"base": "ssl_error"})
    await dialog.submit(url=moved.url, verify_ssl=False)
    assert dialog.reason == "reconfigure_successful"
    assert connection_of(entry) == {
        "url": moved.url,
        "verify_ssl": False,
        "session": session.token if raw else f"__Secure-{session.cookie}",
    }
    await hass.async_block_till_done()
    await moved.wait_for(lambda _: hass.states.is_state(STATUS, "running"))


async def test_reconfigure_errors(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    await set_up(entry)
    before = entry.as_dict()
    moved = await bench.start(twin(panel))
    page = f"http://127.0.0.1:{await bench.serve(answer())}"
    await panel.stop()
    dialog = await reconfigure(hass, entry)
    for url, errors in (
        ("panel.example.com", {"url": "invalid_url"}),
        (page, {"base": "unsupported_panel"}),
        (panel.url, {"base": "cannot_connect"}),
        (panel.url.replace("http:", "https:"), {"base": "cannot_connect"}),
    ):
        await dialog.submit(url=url, verify_ssl=True)
        assert dialog.form == ("reconfigure", errors)
        assert dialog.suggested == {"url": url, "verify_ssl": True}
    for path, status, error in (
        (PROBE, 429, "rate_limited"),
        (GET_SESSION, 500, "unknown"),
        (GET_SESSION, 502, "cannot_connect"),
        ("/api/ws", 403, "websocket_blocked"),
    ):
        moved.fail(path, status)
        await dialog.submit(url=moved.url, verify_ssl=True)
        assert dialog.form == ("reconfigure", {"base": error})
        moved.clear_faults()
    moved.hang_upgrades = True
    with patch(f"{CLIENT}.socket.TIMEOUT", 0.05):
        await dialog.submit(url=moved.url, verify_ssl=True)
    assert dialog.form == ("reconfigure", {"base": "timeout_connect"})
    moved.hang_upgrades = False
    assert entry.as_dict() == before

    await dialog.submit(url=moved.url, verify_ssl=True)
    assert dialog.reason == "reconfigure_successful"
    await hass.async_block_till_done()
    await moved.wait_for(lambda _: hass.states.is_state(STATUS, "running"))


async def test_reconfigure_and_sign_in(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    """The panel was set up anew from a backup that has no sessions."""
    await set_up(entry)
    await panel.stop()
    moved = twin(panel)
    await bench.start(moved)
    moved.delete_sessions()

    dialog = await reconfigure(hass, entry)
    await dialog.submit(url=moved.url, verify_ssl=True)
    assert dialog.menu == ("auth_method", ["credentials", "session"])
    assert dialog.placeholders == {"url": moved.url}
    await dialog.sign_in(password=WRONG_PASSWORD)
    assert dialog.form == ("credentials", {"base": "invalid_auth"})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.reason == "reconfigure_successful"
    (session,) = moved.accounts.sessions.values()
    assert connection_of(entry) == {"url": moved.url, "verify_ssl": True, "session": session.cookie}
    await hass.async_block_till_done()
    await moved.wait_for(lambda _: hass.states.is_state(STATUS, "running"))


async def test_reconfigure_while_reauth_waits(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    """A panel that moved and forgot the session: whichever dialog the user takes leads on."""
    panel.delete_sessions()
    await set_up(entry)
    await bench.requested_dialog(entry)
    moved = await bench.start(twin(panel))
    dialog = await reconfigure(hass, entry)
    await dialog.submit(url=moved.url, verify_ssl=True)
    await dialog.paste(panel.create_session(account).cookie)
    assert dialog.reason == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED


@pytest.mark.parametrize("known", [False, True], ids=["signs in", "session known"])
async def test_reconfigure_to_another_account(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench, known: bool
) -> None:
    await set_up(entry)
    before = entry.as_dict()
    other = panel.add_account("sam@example.com", PASSWORD)
    moved = await bench.start(twin(panel))
    if known:
        for session in panel.accounts.sessions.values():
            session.account = other
    else:
        panel.delete_sessions()

    dialog = await reconfigure(hass, entry)
    await dialog.submit(url=moved.url, verify_ssl=True)
    if not known:
        await dialog.sign_in("sam@example.com")
    assert dialog.reason == "wrong_account"
    await hass.async_block_till_done()
    assert entry.as_dict() == before
    await moved.wait_for(lambda panel: not panel.connections)
    assert len(panel.connections) == 1


# Options.


async def test_options(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench) -> None:
    await set_up(entry)
    flows, upgrades = hass.config_entries.options, panel.upgrades
    dialog = Dialog(hass, flows, await flows.async_init(entry.entry_id))
    assert dialog.form == ("init", {})
    assert dialog.suggested == {}
    await dialog.submit()
    assert entry.options == {"add_new_servers": True}
    for choice in (False, True):
        dialog = Dialog(hass, flows, await flows.async_init(entry.entry_id))
        assert dialog.suggested == {"add_new_servers": not choice}
        await dialog.submit(add_new_servers=choice)
        assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
        assert entry.options == {"add_new_servers": choice}
    await hass.async_block_till_done()
    assert panel.upgrades == upgrades


# Texts.


def test_texts() -> None:
    """Each error, abort and step has a text, and no text is for nothing."""
    texts = json.loads((Path(config_flow.__file__).parent / "translations/en.json").read_text())
    config, server = texts["config"], texts["config_subentries"]["server"]
    contract = [
        "invalid_url",
        "cannot_connect",
        "timeout_connect",
        "ssl_error",
        "unsupported_panel",
        "invalid_auth",
        "account_banned",
        "email_not_verified",
        "rate_limited",
        "origin_not_allowed",
        "invalid_code",
        "code_expired",
        "websocket_blocked",
        "server_not_found",
        "unknown",
    ]
    errors = {key for _, key in ERRORS} | FIELD_OF_ERROR.keys() | {"unknown"}
    assert set(contract) <= errors
    assert config["error"].keys() == errors
    assert config["abort"].keys() == {"already_configured", "wrong_account"}
    for flow, steps in ((StellarStackConfigFlow, config["step"]), (ServerSubentryFlow, server["step"])):
        assert steps.keys() <= {name.removeprefix("async_step_") for name in dir(flow)}
    assert server["error"].keys() <= errors
    assert server["abort"].keys() - {"already_configured", "entry_not_loaded"} <= errors
    for progress in (config["progress"]["find_servers"], server["progress"]["find_server"]):
        assert f"{FIND_TIMEOUT:.0f} seconds" in progress
    assert server["entry_type"]
    assert server["initiate_flow"]["user"]
