"""Sessions that are pasted instead of signing in."""

from collections.abc import Callable
from typing import Any

from aiohttp import web
from homeassistant.core import HomeAssistant
import pytest

from simulator import Account, Panel, Session
from tests.common import STATUS
from tests.flows import EMAIL, PASSWORD, PROBE, Bench, quick_panel

from .support import GET_SESSION, finish, name_of

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
    """A text without a session is told apart, and nothing of it is sent."""
    dialog = await bench.dialog(panel.url)
    await dialog.choose("session")
    panel.requests.clear()
    for text in ("theme=dark; lang=en", "no session at all", "better-auth.session_token=", "[]", " "):
        await dialog.submit(session=text)
        assert dialog.form == ("session", {"session": "no_session_in_text"})
        assert dialog.suggested == {}
    assert panel.requests == []
    await dialog.submit(session=panel.create_session(account).cookie)
    await finish(hass, dialog)


async def test_session_is_refused(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """What is no session any more leaves no trace in the form."""
    expired, deleted = panel.create_session(account), panel.create_session(account)
    expired.expires_at = panel.now()
    del panel.accounts.sessions[deleted.token]
    dialog = await bench.dialog(panel.url)
    await dialog.choose("session")
    for text in (
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
        ("cannot_connect", {"path": GET_SESSION, "status": 500}),
        ("not_the_panel", {"path": GET_SESSION, "status": 401, "body": "<html>"}),
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
