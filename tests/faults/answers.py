"""HTTP answers that are none, at each endpoint in use: what the user sees of each."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.outage import STABLE
from simulator.faults import HTML, STATUSES, clear_faults, inject
from tests.flows import PASSWORD, Dialog

from .rig import FIRST, FaultRig, rig_of

PAGE: Final = "a web page"
PROXY: Final = "401 of a proxy"
SIGNED_OUT: Final = "401, the session has ended"
ANSWERS: Final = (*map(str, STATUSES), PAGE, PROXY, SIGNED_OUT)
LIVE: Final = "live"
AWAY: Final = "away"
SIGN_IN: Final = "sign in"
BLOCKED: Final = "away; repair: websocket_blocked"
UNSUPPORTED: Final = "away; repair: unsupported_panel"
GONE: Final = "server away; repair: server_gone"
NONE: Final = "-"

type Ask = Callable[[FaultRig], Awaitable[str]]


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

    @property
    def answers(self) -> tuple[str, ...]:
        """Return the answers that it is asked with; where there is no session, none can end."""
        return tuple(answer for answer in ANSWERS if answer != SIGNED_OUT or not self.new)

    def expected(self, answer: str) -> str:
        """Return what the user should see of an answer."""
        return self.seen.get(answer, self.usual)


async def ask_in_each_way(hass: HomeAssistant, endpoint: Endpoint) -> list[str]:
    """Ask for something that is answered in each way; returns what was seen, in the order of `ANSWERS`."""
    async with rig_of(hass, endpoint.role) as rig:
        if not endpoint.new:
            await rig.set_up()
        cells = {answer: await _ask(rig, endpoint, answer) for answer in endpoint.answers}
        if not endpoint.new:
            await rig.unload()
    return [cells.get(answer, NONE) for answer in ANSWERS]


async def _ask(rig: FaultRig, endpoint: Endpoint, answer: str) -> str:
    await _answer_with(rig, answer, endpoint.path)
    cell = await endpoint.ask(rig)
    assert cell == endpoint.expected(answer), (answer, cell)
    if cell == SIGN_IN:
        await rig.check_signed_out()
    await clear_faults(rig.panel)
    if cell == SIGN_IN:
        await rig.sign_in_again()
    if not endpoint.new:
        await rig.until(rig.all_live)
        await rig.settle()
        await rig.until(lambda: not rig.repairs())
        rig.check_live_connection()
        await rig.check_still_live()
    _check_log(rig, cell)
    # A connection that lasted, so that the next loss is told as the first.
    await asyncio.sleep(STABLE)
    return cell


async def _answer_with(rig: FaultRig, answer: str, path: str) -> None:
    if answer == SIGNED_OUT:
        rig.panel.delete_sessions()
    elif answer == PROXY:
        rig.panel.fail(path, 401, HTML)
    elif path.startswith("/api/auth/") and answer.startswith("4") and answer != "429":
        # In the form of what signs in, which has one of its own.
        rig.panel.fail(path, int(answer), {"code": "SOME_CODE", "message": "No"})
    else:
        await inject(rig.panel, f"{'html' if answer == PAGE else f'http-{answer}'}={path}")


def _check_log(rig: FaultRig, cell: str) -> None:
    """The log has one line when the connection goes and one when it is back; what a dialog cannot tell, it leaves to it."""
    levels = rig.levels()
    if cell == SIGN_IN:
        # A look after five minutes may find the connection accepted, and then the session refused.
        assert levels == ["WARNING", *["INFO", "WARNING"] * (len(levels) // 2)], rig.log.lines
    elif cell.startswith(AWAY):
        assert levels == ["WARNING", "INFO"], rig.log.lines
    else:
        assert levels == ["WARNING"] * (cell == "error: unknown"), rig.log.lines
    rig.log.lines.clear()


def _count(rig: FaultRig, path: str) -> int:
    return sum(asked == path for _, asked in rig.panel.requests)


def _seen(rig: FaultRig) -> str:
    if rig.requests_to_sign_in():
        return SIGN_IN
    return LIVE if rig.all_live() else "unexpected"


async def _ask_upgrade(rig: FaultRig) -> str:
    """Let the connection be cut, and three upgrades be refused."""
    attempts = len(rig.attempts)
    rig.panel.drop_clients()
    await rig.until(lambda: rig.requests_to_sign_in() or len(rig.attempts) >= attempts + 4)
    await rig.settle()
    assert rig.all_gone()
    assert rig.disconnected()
    if rig.requests_to_sign_in():
        return SIGN_IN
    return "; ".join([AWAY, *(f"repair: {key}" for key in rig.repairs())])


async def _ask_token(rig: FaultRig) -> str:
    """Let the connection be cut, and the panel wait for a token on each new one."""
    rig.panel.silent_welcome = True
    before = _count(rig, "/api/ws/token")
    rig.panel.drop_clients()
    await rig.until(lambda: _count(rig, "/api/ws/token") > before)
    await asyncio.sleep(2)
    assert rig.all_gone()
    assert rig.disconnected()
    assert not rig.repairs()
    return SIGN_IN if rig.requests_to_sign_in() else AWAY


def _ask_when_back(path: str) -> Ask:
    """Let the connection be cut, after which the panel is asked."""

    async def ask(rig: FaultRig) -> str:
        before = _count(rig, path)
        await rig.reconnect()
        if not rig.requests_to_sign_in():
            assert _count(rig, path) > before
            # Of the cut alone.
            assert rig.levels() == ["WARNING", "INFO"], rig.log.lines
            rig.log.lines.clear()
        return _seen(rig)

    return ask


async def _ask_servers(rig: FaultRig) -> str:
    """Wait for the next list."""
    path = "/api/servers"
    before = _count(rig, path)
    await rig.until(lambda: _count(rig, path) > before)
    await rig.settle()
    return _seen(rig)


async def _ask_server(rig: FaultRig) -> str:
    """Say that a server was deleted, about which the panel is then asked."""
    path = f"/api/servers/{FIRST}"
    before = _count(rig, path)
    rig.panel.silent_servers = {FIRST}
    await rig.panel.send_raw(f'{{"type":"server:deleted","data":{{"id":"{FIRST}"}}}}')
    await rig.until(lambda: _count(rig, path) > before)
    await rig.settle()
    if rig.requests_to_sign_in():
        return SIGN_IN
    assert rig.shows(STATE_UNAVAILABLE)
    if repairs := rig.repairs():
        return f"server away; repair: {repairs[0]}"
    rig.panel.silent_servers = set()
    await rig.until(rig.all_live)
    return LIVE


def _ask_for_cause(path: str) -> Ask:
    """Let a server crash, about which the panel is then asked."""

    async def ask(rig: FaultRig) -> str:
        rig.panel.set_status(FIRST, "RUNNING")
        await rig.until(lambda: rig.shows("running"))
        await asyncio.sleep(10)
        told = len(rig.events)
        before = _count(rig, path)
        rig.panel.machine.crash(FIRST)
        await rig.until(lambda: rig.requests_to_sign_in() or _count(rig, path) > before)
        await rig.settle()
        if rig.requests_to_sign_in():
            return SIGN_IN
        await rig.until(lambda: len(rig.events) > told)
        return f"told: {rig.events[-1]}"

    return ask


def _press(key: str) -> Ask:
    return lambda rig: _error_of(rig, rig.press(key))


def _act(service: str, **data: str) -> Ask:
    return lambda rig: _error_of(rig, rig.act(service, **data))


async def _error_of(rig: FaultRig, action: Awaitable[object]) -> str:
    """Use an action of the first server."""
    with pytest.raises(HomeAssistantError) as caught:
        await action
    assert caught.value.translation_domain == DOMAIN
    if caught.value.translation_key == "session_ended":
        await rig.until(rig.requests_to_sign_in)
        return SIGN_IN
    assert rig.all_live()
    return f"error: {caught.value.translation_key}"


async def _dialog(rig: FaultRig) -> Dialog:
    flows = rig.hass.config_entries.flow
    dialog = Dialog(rig.hass, flows, await flows.async_init(DOMAIN, context={"source": "user"}))
    return await dialog.submit(url=rig.panel.url, verify_ssl=True)


async def _ask_sign_in(rig: FaultRig) -> str:
    """Sign in."""
    dialog = await _dialog(rig)
    await dialog.sign_in()
    step, errors = dialog.form
    assert step == "credentials"
    return f"error: {errors['base']}"


async def _ask_second_factor(rig: FaultRig) -> str:
    """Sign in with a second factor."""
    email = "secure@example.com"
    if rig.panel.accounts.find(email) is None:
        rig.panel.add_account(email, PASSWORD, two_factor=True)
    dialog = await _dialog(rig)
    await dialog.sign_in(email)
    await dialog.submit(code="123456")
    step, errors = dialog.form
    assert step == "two_factor"
    return f"error: {next(iter(errors.values()))}"


_CHECK: Final = {SIGNED_OUT: SIGN_IN}
_ACTION: Final = {
    "401": "error: cannot_connect",
    "403": "error: no_access",
    "404": "error: server_not_found",
    "429": "error: rate_limited",
    "502": "error: answer_lost",
    PAGE: "error: not_the_panel",
    PROXY: "error: not_the_panel",
    SIGNED_OUT: SIGN_IN,
}
_SIGN_IN: Final = {
    "429": "error: rate_limited",
    "500": "error: cannot_connect",
    "502": "error: cannot_connect",
    "503": "error: cannot_connect",
    PAGE: "error: not_the_panel",
    PROXY: "error: not_the_panel",
}

ENDPOINTS: Final = (
    Endpoint(
        name="everything",
        what="Everything",
        path="*",
        ask=_ask_upgrade,
        usual=AWAY,
        seen={"400": UNSUPPORTED, "401": BLOCKED, "403": AWAY, "404": UNSUPPORTED, SIGNED_OUT: SIGN_IN},
    ),
    Endpoint(
        name="upgrade",
        what="`GET /api/ws` (upgrade)",
        path="/api/ws",
        ask=_ask_upgrade,
        usual=BLOCKED,
        seen={"429": AWAY, SIGNED_OUT: SIGN_IN},
    ),
    Endpoint(name="token", what="`GET /api/ws/token`", path="/api/ws/token", ask=_ask_token, usual=AWAY, seen=_CHECK),
    Endpoint(
        name="session",
        what="`GET /api/auth/get-session`",
        path="/api/auth/get-session",
        ask=_ask_when_back("/api/auth/get-session"),
        usual=LIVE,
        # Asked once more, it still says so.
        seen={"400": SIGN_IN, "401": SIGN_IN} | _CHECK,
    ),
    Endpoint(
        name="servers",
        what="`GET /api/servers`",
        path="/api/servers",
        ask=_ask_servers,
        usual=LIVE,
        seen=_CHECK,
    ),
    Endpoint(
        name="nodes",
        what="`GET /api/nodes`",
        path="/api/nodes",
        ask=_ask_when_back("/api/nodes"),
        usual=LIVE,
        seen=_CHECK,
        role="admin",
    ),
    Endpoint(
        name="server",
        what="`GET /api/servers/:id`",
        path=f"/api/servers/{FIRST}",
        ask=_ask_server,
        usual=LIVE,
        seen={"404": GONE} | _CHECK,
    ),
    Endpoint(
        name="stats",
        what="`GET /api/servers/:id/stats`, of a crash",
        path=f"/api/servers/{FIRST}/stats",
        ask=_ask_for_cause(f"/api/servers/{FIRST}/stats"),
        usual="told: stopped",
        seen=_CHECK,
    ),
    Endpoint(
        name="activity",
        what="`GET /api/servers/:id/activity`, of a crash",
        path=f"/api/servers/{FIRST}/activity",
        ask=_ask_for_cause(f"/api/servers/{FIRST}/activity"),
        usual="told: stopped",
        seen=_CHECK,
    ),
    Endpoint(
        name="power",
        what="`POST /api/servers/:id/start`",
        path=f"/api/servers/{FIRST}/start",
        ask=_press("start"),
        usual="error: action_refused",
        seen=_ACTION,
    ),
    Endpoint(
        name="command",
        what="`POST /api/servers/:id/command`",
        path=f"/api/servers/{FIRST}/command",
        ask=_act("send_command", command="say hi"),
        usual="error: action_refused",
        seen=_ACTION,
    ),
    Endpoint(
        name="backup",
        what="`POST /api/servers/:id/backups`",
        path=f"/api/servers/{FIRST}/backups",
        ask=_act("create_backup", name="now"),
        usual="error: action_refused",
        # It is looked for in the list until then.
        seen=_ACTION | {"502": "error: backup_timeout"},
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
