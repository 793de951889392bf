"""HTTP answers that are none, at each endpoint in use: what the user sees of each."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final
from unittest.mock import patch

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr
import pytest

from custom_components.stellarstack.const import DOMAIN
from simulator.faults import STATUSES, clear_faults, inject
from tests.flows import PASSWORD, Dialog

from .field import FIRST, Field

ANSWERS: Final = (*map(str, STATUSES), "a web page")
LIVE: Final = "live"
AWAY: Final = "away"
SIGN_IN: Final = "sign in"
BLOCKED: Final = "away; repair: websocket_blocked"
UNSUPPORTED: Final = "away; repair: unsupported_panel"
GONE: Final = "server away; repair: server_gone"

type Ask = Callable[[Field], Awaitable[str]]


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Something that the panel is asked for.

    Attributes:
        name: The test's id.
        what: What is asked for, in words.
        path: Where, `*` for everywhere.
        ask: Asks once, and returns what the user sees of it.
        usual: What the user sees of most answers.
        seen: What the user sees of the others.
        role: The account's.
        new: Whether there is no entry yet.
    """

    name: str
    what: str
    path: str
    ask: Ask
    usual: str
    seen: Mapping[str, str]
    role: str = "user"
    new: bool = False

    def expected(self, answer: str) -> str:
        """Return what the user should see of an answer."""
        return self.seen.get(answer, self.usual)


def fault(answer: str, path: str) -> str:
    """Return the fault's name that injects an answer at a path."""
    return f"{f'http-{answer}' if answer.isdecimal() else 'html'}={path}"


def in_order() -> list[str]:
    """Return the answers, 401 last: it may end the session, after which nothing is asked any more."""
    return sorted(ANSWERS, key=lambda answer: answer == "401")


async def run(field: Field, endpoint: Endpoint) -> list[str]:
    """Ask for something that is answered in each way; return what was seen, in the order of `ANSWERS`."""
    if not endpoint.new:
        await field.set_up()
    with patch("custom_components.stellarstack.client.socket.backoff", lambda _: 0.0):
        cells = await _ask_all(field, endpoint)
    if not endpoint.new:
        await field.unload()
    return [cells[answer] for answer in ANSWERS]


async def _ask_all(field: Field, endpoint: Endpoint) -> dict[str, str]:
    cells: dict[str, str] = {}
    for answer in in_order():
        await inject(field.panel, fault(answer, endpoint.path))
        cells[answer] = await endpoint.ask(field)
        assert cells[answer] == endpoint.expected(answer), answer
        if cells[answer] == SIGN_IN:
            await field.check_no_attempts()
        await clear_faults(field.panel)
        if cells[answer] == SIGN_IN:
            await field.sign_in_again()
        if not endpoint.new:
            await field.until(field.all_live)
            await field.settle()
            await field.until(lambda: not field.repairs())
            field.check_live_connection()
            await field.check_still_live()
    # What a dialog cannot tell, it leaves to the log.
    unknown = sum(cell == "error: unknown" for cell in cells.values())
    lost = sum(cell.startswith(AWAY) or cell == SIGN_IN for cell in cells.values()) + unknown
    back = sum(cell.startswith(AWAY) for cell in cells.values())
    levels = [line.partition(" ")[0] for line in field.log()]
    assert levels.count("WARNING") == lost, field.log()
    assert levels.count("INFO") == back
    assert len(levels) == lost + back
    return cells


def _count(field: Field, path: str) -> int:
    return sum(asked == path for _, asked in field.panel.requests)


def _seen(field: Field) -> str:
    if field.requests_to_sign_in():
        return SIGN_IN
    return LIVE if field.all_live() else "unexpected"


async def _ask_upgrade(field: Field) -> str:
    """Let the connection be cut, and three upgrades be refused."""
    attempts = len(field.attempts)
    field.panel.drop_clients()
    await field.until(lambda: len(field.attempts) >= attempts + 4)
    await field.settle()
    assert field.disconnected()
    assert field.all_gone()
    assert not field.requests_to_sign_in()
    return "; ".join([AWAY, *(f"repair: {key}" for key in field.repairs())])


async def _ask_token(field: Field) -> str:
    """Let the connection be cut, and the panel wait for a token on each new one."""
    field.panel.silent_welcome = True
    before = _count(field, "/api/ws/token")
    field.panel.drop_clients()
    await field.until(lambda: _count(field, "/api/ws/token") > before)
    await field.pass_time(2)
    assert field.all_gone()
    assert field.disconnected()
    assert not field.repairs()
    return SIGN_IN if field.requests_to_sign_in() else AWAY


def _ask_by_timer(path: str, **ahead: float) -> Ask:
    """Ask for what Home Assistant's timers ask for."""

    async def ask(field: Field) -> str:
        before = _count(field, path)
        await field.fire_timers(**ahead)
        await field.until(lambda: _count(field, path) > before)
        await field.settle()
        return _seen(field)

    return ask


async def _ask_server(field: Field) -> str:
    """Say that a server was deleted, about which the panel is then asked."""
    path = f"/api/servers/{FIRST}"
    before = _count(field, path)
    field.panel.silent_servers = {FIRST}
    await field.panel.send_raw(f'{{"type":"server:deleted","data":{{"id":"{FIRST}"}}}}')
    await field.until(lambda: _count(field, path) > before)
    await field.pass_time(5)
    if field.requests_to_sign_in():
        return SIGN_IN
    assert field.shows(STATE_UNAVAILABLE)
    if repairs := field.repairs():
        return f"server away; repair: {repairs[0]}"
    field.panel.silent_servers = set()
    await field.until(field.all_live)
    return LIVE


def _act(domain: str, service: str, **data: str) -> Ask:
    """Use an action of the first server."""

    async def ask(field: Field) -> str:
        # Each answer is for itself: the wait that a 429 asks for is not for the next.
        field.entry.runtime_data.panel._limited_until = 0.0
        device = dr.async_get(field.hass).async_get_device_by_identifier((DOMAIN, FIRST), field.entry.entry_id)
        assert device is not None
        target = {"entity_id": "button.survival_start"} if domain == "button" else {"device_id": device.id}
        with pytest.raises(HomeAssistantError) as caught:
            await field.hass.services.async_call(domain, service, data, blocking=True, target=target)
        assert caught.value.translation_domain == DOMAIN
        if caught.value.translation_key == "session_ended":
            await field.until(field.requests_to_sign_in)
            return SIGN_IN
        assert field.all_live()
        return f"error: {caught.value.translation_key}"

    return ask


async def _dialog(field: Field) -> Dialog:
    flows = field.hass.config_entries.flow
    dialog = Dialog(field.hass, flows, await flows.async_init(DOMAIN, context={"source": "user"}))
    return await dialog.submit(url=field.panel.url, verify_ssl=True)


async def _ask_sign_in(field: Field) -> str:
    """Sign in."""
    dialog = await _dialog(field)
    await dialog.sign_in()
    step, errors = dialog.form
    assert step == "credentials"
    return f"error: {errors['base']}"


async def _ask_second_factor(field: Field) -> str:
    """Sign in with a second factor."""
    email = "secure@example.com"
    if field.panel.accounts.find(email) is None:
        field.panel.add_account(email, PASSWORD, two_factor=True)
    dialog = await _dialog(field)
    await dialog.sign_in(email)
    await dialog.submit(code="123456")
    step, errors = dialog.form
    assert step == "two_factor"
    return f"error: {next(iter(errors.values()))}"


_DURING_CHECK: Final = {"401": SIGN_IN}
_ACTION: Final = {
    "401": SIGN_IN,
    "403": "error: no_access",
    "404": "error: server_not_found",
    "429": "error: rate_limited",
}
_SIGN_IN: Final = {
    "429": "error: rate_limited",
    "502": "error: cannot_connect",
    "503": "error: cannot_connect",
}

ENDPOINTS: Final = (
    Endpoint(
        name="everything",
        what="Everything",
        path="*",
        ask=_ask_upgrade,
        usual=AWAY,
        seen={"400": UNSUPPORTED, "401": BLOCKED, "403": UNSUPPORTED, "404": UNSUPPORTED, "a web page": UNSUPPORTED},
    ),
    Endpoint(
        name="upgrade",
        what="`GET /api/ws` (upgrade)",
        path="/api/ws",
        ask=_ask_upgrade,
        usual=BLOCKED,
        seen={"429": AWAY},
    ),
    Endpoint(
        name="token",
        what="`GET /api/ws/token`",
        path="/api/ws/token",
        ask=_ask_token,
        usual=AWAY,
        seen={"401": SIGN_IN},
    ),
    Endpoint(
        name="session",
        what="`GET /api/auth/get-session`",
        path="/api/auth/get-session",
        ask=_ask_by_timer("/api/auth/get-session", days=1, seconds=1),
        usual=LIVE,
        seen=_DURING_CHECK,
    ),
    Endpoint(
        name="servers",
        what="`GET /api/servers`",
        path="/api/servers",
        ask=_ask_by_timer("/api/servers", minutes=5, seconds=1),
        usual=LIVE,
        seen=_DURING_CHECK,
    ),
    Endpoint(
        name="nodes",
        what="`GET /api/nodes`",
        path="/api/nodes",
        ask=_ask_by_timer("/api/nodes", minutes=1, seconds=1),
        usual=LIVE,
        seen=_DURING_CHECK,
        role="admin",
    ),
    Endpoint(
        name="server",
        what="`GET /api/servers/:id`",
        path=f"/api/servers/{FIRST}",
        ask=_ask_server,
        usual=LIVE,
        seen={"401": SIGN_IN, "404": GONE},
    ),
    Endpoint(
        name="power",
        what="`POST /api/servers/:id/start`",
        path=f"/api/servers/{FIRST}/start",
        ask=_act("button", "press"),
        usual="error: action_failed",
        seen=_ACTION,
    ),
    Endpoint(
        name="command",
        what="`POST /api/servers/:id/command`",
        path=f"/api/servers/{FIRST}/command",
        ask=_act(DOMAIN, "send_command", command="say hi"),
        usual="error: action_failed",
        seen=_ACTION,
    ),
    Endpoint(
        name="backup",
        what="`POST /api/servers/:id/backups`",
        path=f"/api/servers/{FIRST}/backups",
        ask=_act(DOMAIN, "create_backup", name="now"),
        usual="error: action_failed",
        seen=_ACTION,
    ),
    Endpoint(
        name="sign-in",
        what="`POST /api/auth/sign-in/email`",
        path="/api/auth/sign-in/email",
        ask=_ask_sign_in,
        usual="error: unknown",
        seen=_SIGN_IN | {"400": "error: invalid_auth", "401": "error: invalid_auth"},
        new=True,
    ),
    Endpoint(
        name="second-factor",
        what="`POST /api/auth/two-factor/verify-totp`",
        path="/api/auth/two-factor/verify-totp",
        ask=_ask_second_factor,
        usual="error: unknown",
        seen=_SIGN_IN | {"400": "error: invalid_code", "401": "error: invalid_code"},
        new=True,
    ),
)
