"""What several of these tests need."""

from collections.abc import Iterable
import json
from typing import Any

from aiohttp import web
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import HomeAssistant

from simulator import Session
from tests.flows import Answer, Dialog

SIGN_IN = "/api/auth/sign-in/email"
GET_SESSION = "/api/auth/get-session"
VERIFY = "/api/auth/two-factor/verify-totp"


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


def name_of(session: Session) -> str:
    return session.cookie.partition("=")[0]
