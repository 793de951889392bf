"""The whole life of an entry with marked secrets: none of them comes before anybody's eyes, or onto the disk."""

from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Coroutine, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import timedelta
import json
import logging
import re
import sys
import traceback
from types import CodeType
from typing import Any
from unittest.mock import patch
from urllib.parse import quote, unquote

from aiohttp import WSServerHandshakeError
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.trace.util import async_get_trace, async_list_traces
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry, ConfigEntryState, ConfigFlowContext
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, MATCH_ALL
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.data_entry_flow import FlowHandler, FlowManager
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.helpers.data_entry_flow import FlowManagerIndexView
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed, get_system_health_info

from custom_components.stellarstack.client.exceptions import StellarStackError
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.diagnostics import async_get_config_entry_diagnostics, async_get_device_diagnostics
from simulator import Panel
from simulator.accounts import Account, Session
from simulator.faults import clear_faults, inject
from simulator.v2.tokens import Tokens

from .common import STATUS, shows, subentry_of
from .flows import EMAIL, PROBE, Bench, Dialog, bench_of, quick_timing

PASSWORD = 'Pw8-marked-password "ü%&'
WRONG_PASSWORD = "Pw9-marked-wrong-password"
WRONG_CODE = "864209"
WRONG_BACKUP_CODE = "mArk1-wRong"
WRONG_TOKEN = "markedTokenOfNobody0123456789abc"
WRONG_COOKIE = "better-auth.session_token=markedCookieOfNobody.c2lnbmF0dXJlIG9mIG5vYm9keQ%3D%3D"

SIGN_IN = "/api/auth/sign-in/email"
VERIFY = "/api/auth/two-factor/verify-totp"


class Told:
    """All that could come before somebody's eyes, by where it was seen, and the secrets that must not be in it."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.secrets: set[str] = set()

    def add(self, where: str, *things: object) -> None:
        """Keep things as a person, a log or a browser would get them."""
        for thing in things:
            if isinstance(thing, BaseException):
                self.texts[where] += [*traceback.format_exception(thing), str(vars(thing))]
            self.texts[where] += [str(thing), repr(thing), json.dumps(thing, default=str, ensure_ascii=False)]

    def mark(self, *secrets: str) -> None:
        """Take note of secrets, in each form in which they can travel; short parts of them mark nothing."""
        for secret in secrets:
            forms = {secret, quote(secret, safe=""), unquote(secret), json.dumps(secret)[1:-1], repr(secret)[1:-1]}
            self.secrets |= {form for form in forms if len(form) >= 6}

    def mark_session(self, session: Session) -> None:
        """Take note of a session: cookie, value, token and signature."""
        self.mark(session.cookie, session.cookie.partition("=")[2], *session.signed_value.partition(".")[::2])

    def found(self) -> list[tuple[str, str]]:
        """Return where which secret was seen."""
        # Six digits are often a part of something else: of a time, of an address.
        words = [(secret, re.compile(rf"(?<![\w.]){re.escape(secret)}(?!\w)")) for secret in self.secrets]
        return [
            (where, secret)
            for where, texts in self.texts.items()
            for text in ["\n".join(texts)]
            for secret, word in words
            if (word.search(text) if secret.isdecimal() else secret in text)
        ]


def without_session(entry: ConfigEntry) -> dict[str, Any]:
    """An entry as it is, but for the one place in which its session may be."""
    content = dict(entry.as_dict())
    content["data"] = {key: value for key, value in content["data"].items() if key != "session"}
    return content


def shown(manager: FlowManager[Any, Any, Any], result: Any) -> list[object]:
    """What a step of a dialog gives to the browser: texts, placeholders, and the form with what it is filled with."""
    parts: list[object] = []
    for key, value in result.items():
        if key == "data_schema" and value is not None:
            parts.append(FlowManagerIndexView(manager)._prepare_result_json(result))
        elif key == "data" and isinstance(value, Mapping):
            # What becomes the entry's data.
            parts.append({name: each for name, each in value.items() if name != "session"})
        elif isinstance(value, ConfigEntry):
            parts.append(without_session(value))
        else:
            parts.append((key, value))
    return parts


@contextmanager
def raised_in(folder: str, told: Callable[[BaseException], None]) -> Iterator[None]:
    """Tell each exception that is raised in, or passes through, code below a folder."""
    monitoring = sys.monitoring
    tool = next(number for number in range(6) if monitoring.get_tool(number) is None)

    def note(code: CodeType, offset: int, exception: BaseException) -> None:
        if folder in code.co_filename:
            told(exception)

    monitoring.use_tool_id(tool, "secrets")
    monitoring.register_callback(tool, monitoring.events.RAISE, note)
    monitoring.set_events(tool, monitoring.events.RAISE)
    try:
        yield
    finally:
        monitoring.set_events(tool, 0)
        monitoring.register_callback(tool, monitoring.events.RAISE, None)
        monitoring.free_tool_id(tool)


@pytest.fixture
def timing() -> Timing:
    """A panel that is asked for patience is asked again at once, and a server that is gone is not waited for."""
    return replace(quick_timing(), news_of_all=0.2)


@pytest.fixture
def told(hass: HomeAssistant) -> Generator[Told]:
    """Listens to all that Home Assistant says: events, dialogs, and the exceptions of ours."""
    told = Told()
    handle_step = FlowManager._async_handle_step

    @callback
    def note(event: Event[Any]) -> None:
        told.add("events", event.event_type, event.as_dict(), event)

    async def handle(
        manager: FlowManager[Any, Any, Any], flow: FlowHandler[Any, Any, Any], step_id: str, user_input: Any
    ) -> Any:
        result = await handle_step(manager, flow, step_id, user_input)
        told.add("dialogs", *shown(manager, result), *manager.async_progress())
        return result

    def note_exception(exception: BaseException) -> None:
        if isinstance(exception, WSServerHandshakeError):
            # It quotes the address of a live socket, token and all, and goes no further: ours do not name it.
            return
        # aiohttp's own carry the request in their `repr`, cookie and all; nobody writes that anywhere.
        ours = isinstance(exception, StellarStackError | HomeAssistantError)
        told.add("exceptions", exception if ours else str(exception))

    hass.bus.async_listen(MATCH_ALL, note)
    with (
        patch.object(FlowManager, "_async_handle_step", handle),
        raised_in("custom_components/stellarstack", note_exception),
    ):
        yield told


@pytest.fixture
async def bench(
    hass: HomeAssistant, panel: Panel, told: Told, caplog: pytest.LogCaptureFixture
) -> AsyncGenerator[Bench]:
    async with bench_of(hass, panel, caplog) as bench:
        # All loggers: none is left out, neither asyncio's nor aiohttp's.
        caplog.set_level(logging.DEBUG)
        yield bench


@pytest.fixture
def guarded(panel: Panel, account: Account, told: Told) -> Account:
    """The user, with marked secrets and a second factor, of a panel with a public name."""
    account.password = PASSWORD
    account.two_factor = True
    panel._public_url = f"http://panel.example.com:{panel.url.rpartition(':')[2]}"
    told.mark(PASSWORD, "Pw8-marked", WRONG_PASSWORD, WRONG_CODE, WRONG_BACKUP_CODE, WRONG_TOKEN)
    told.mark(account.totp_secret, *account.backup_codes, *WRONG_COOKIE.partition("=")[2].split("."))
    return account


async def look_around(hass: HomeAssistant, told: Told) -> None:
    """Look at all that Home Assistant shows at this moment."""
    told.add("states", *(state.as_dict() for state in hass.states.async_all()))
    for issue in ir.async_get(hass).issues.values():
        told.add("repairs", issue)
    entities = er.async_get(hass)
    for entry in hass.config_entries.async_entries(DOMAIN):
        told.add("entries", without_session(entry), entry, entry.reason, entry.error_reason_translation_placeholders)
        told.add("registries", *er.async_entries_for_config_entry(entities, entry.entry_id))
        if entry.state is ConfigEntryState.LOADED:
            told.add("diagnostics", await async_get_config_entry_diagnostics(hass, entry))
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
            told.add("registries", device, device.dict_repr)
            if entry.state is ConfigEntryState.LOADED:
                told.add("diagnostics", await async_get_device_diagnostics(hass, entry, device))
    for trace in await async_list_traces(hass, AUTOMATION, None):
        told.add("traces", trace)
        runs = await async_get_trace(hass, f"{AUTOMATION}.{trace['item_id']}", trace["run_id"])
        told.add("traces", json.loads(json.dumps(runs, default=str)))
    for key, value in (await get_system_health_info(hass, DOMAIN)).items():
        told.add("system health", key, await value if isinstance(value, Coroutine) else value)
    told.add("dialogs", *hass.config_entries.flow.async_progress())


async def fails(hass: HomeAssistant, told: Told, domain: str, action: str, **data: str) -> str | None:
    """Do what the panel will not do; returns why it says that it did not."""
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call(domain, action, data, blocking=True)
    told.add("failed actions", raised.value)
    return raised.value.translation_key


async def set_up_by_dialog(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, told: Told
) -> ConfigEntry:
    """Set up the panel, with all that can go wrong on the way."""
    url = str(panel._public_url)
    for pasted in (WRONG_TOKEN, WRONG_COOKIE):
        dialog = await bench.dialog(url)
        await dialog.paste(pasted)
        assert dialog.form == ("session", {"base": "invalid_auth"})
        dialog.manager.async_abort(dialog.flow_id)

    panel.fail(PROBE, 503, times=1)
    dialog = await bench.dialog()
    await dialog.submit(url=url, verify_ssl=True)
    assert dialog.form == ("user", {"base": "cannot_connect"})
    await dialog.submit(url=url, verify_ssl=True)
    await dialog.sign_in(password=WRONG_PASSWORD)
    assert dialog.form == ("credentials", {"base": "invalid_auth"})
    panel.fail(SIGN_IN, 500, times=1)
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("credentials", {"base": "cannot_connect"})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    for code, error in ((WRONG_CODE, "invalid_code"), (account.totp(), "not_the_panel"), (account.totp(), "")):
        told.mark(code)
        if error == "not_the_panel":
            panel.fail(VERIFY, 200, {"token": WRONG_TOKEN}, times=1)
        await dialog.submit(code=code)
        assert dialog.form == (
            ("two_factor", {"base" if error == "not_the_panel" else "code": error}) if error else ("servers", {})
        )
    await dialog.submit(servers=["srv_survival", "srv_creative", "srv_valheim"])
    await hass.async_block_till_done()
    assert dialog.entry.state is ConfigEntryState.LOADED
    return dialog.entry


async def test_no_secret_is_told(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: Panel,
    guarded: Account,
    bench: Bench,
    told: Told,
    caplog: pytest.LogCaptureFixture,
) -> None:
    sessions = panel.accounts.sessions
    for component in ("repairs", "system_health", "diagnostics"):
        assert await async_setup_component(hass, component, {})
    entry = await set_up_by_dialog(hass, panel, guarded, bench, told)
    automation = {
        "id": "tell",
        "alias": "Tell",
        "triggers": {"trigger": "state", "entity_id": STATUS, "to": "starting"},
        "actions": {"action": "stellarstack.send_command", "target": {"entity_id": STATUS}, "data": {"command": "x"}},
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: automation})
    panel.set_status("srv_survival", "STARTING")
    await panel.wait_for(lambda panel: panel.commands)
    panel.set_status("srv_survival", "STOPPED")
    await hass.async_block_till_done()
    (session,) = sessions.values()
    assert entry.data["session"] == session.cookie
    told.mark_session(session)
    await look_around(hass, told)

    # Power and its failures.
    start, press = "/api/servers/srv_survival/start", ("button", "press")
    panel.fail(start, 500, {"error": "Failed to communicate with daemon: Error: No space left"}, times=1)
    panel.fail(start, 429, headers={"Retry-After": "0"}, times=3)
    panel.fail(start, 200, "<html>", times=1)
    keys = [await fails(hass, told, *press, entity_id="button.survival_start") for _ in range(3)]
    assert keys == ["action_refused", "rate_limited", "not_the_panel"]

    # A line that drops, a socket that is refused, a server that is gone.
    panel.fail("/api/ws", 502, "<html>")
    panel.drop_clients()
    issues = ir.async_get(hass)
    await panel.wait_for(lambda _: issues.async_get_issue(DOMAIN, f"websocket_blocked_{entry.entry_id}"))
    await look_around(hass, told)
    panel.clear_faults()
    panel.silent_welcome = True
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    assert panel.received_of("auth")
    panel.silent_welcome = False
    gone = f"server_gone_{subentry_of(entry, 'srv_valheim').subentry_id}"
    panel.delete_server("srv_valheim")
    await panel.wait_for(lambda _: issues.async_get_issue(DOMAIN, gone))

    # The session is refused; sign in again, with a backup code.
    panel.delete_sessions()
    await panel.send_raw('{"type":"auth_error","error":"Invalid or expired session"}')
    dialog = await bench.requested_dialog(entry)
    await look_around(hass, told)
    await dialog.sign_in(password=PASSWORD)
    for code in (WRONG_BACKUP_CODE, guarded.backup_codes[0]):
        await dialog.submit(code=code)
    assert dialog.reason == "reauth_successful"
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    for session in sessions.values():
        told.mark_session(session)

    # The session ends without a word; sign in again, with the cookie of a browser, as the browser shows it.
    panel.delete_sessions()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(days=1, seconds=5))
    dialog = await bench.requested_dialog(entry)
    session = panel.create_session(guarded)
    told.mark_session(session)
    await dialog.paste(WRONG_COOKIE)
    await dialog.submit(session=f"  Cookie: theme=dark; {panel.accounts.session_cookie}={session.signed_value}")
    assert dialog.reason == "reauth_successful"
    await panel.wait_for(shows(hass, STATUS, "stopped"))

    # The options, another address, and a server more.
    flows = hass.config_entries.options
    dialog = Dialog(hass, flows, await flows.async_init(entry.entry_id))
    await dialog.submit(add_new_servers=False)
    moving = ConfigFlowContext(source=SOURCE_RECONFIGURE, entry_id=entry.entry_id)
    dialog = Dialog(hass, hass.config_entries.flow, await hass.config_entries.flow.async_init(DOMAIN, context=moving))
    await dialog.submit(url=panel.url, verify_ssl=True)
    assert dialog.reason == "reconfigure_successful"
    await hass.async_block_till_done()
    panel.add_server("Factorio", owner=guarded, server_id="srv_factorio")
    await (await bench.add_server(entry)).submit(server_id="srv_factorio")
    await panel.wait_for(shows(hass, "sensor.factorio_status", "running"))

    # An action finds that the session has ended; go on with a raw token.
    panel.delete_sessions()
    assert await fails(hass, told, *press, entity_id="button.survival_start") == "session_ended"
    dialog = await bench.requested_dialog(entry)
    session = panel.create_session(guarded)
    told.mark_session(session)
    await dialog.paste(session.token)
    assert dialog.reason == "reauth_successful"
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    assert entry.data["session"] == session.token
    key = await fails(hass, told, "stellarstack", "send_command", entity_id=STATUS, command="x")
    assert key == "needs_full_session"
    await look_around(hass, told)

    # No panel; the end.
    await panel.stop()
    await hass.config_entries.async_reload(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await look_around(hass, told)
    await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done(wait_background_tasks=True)
    await look_around(hass, told)

    # What is written to the disk: the entry's session, and nothing else.
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done(wait_background_tasks=True)
    stored = json.loads(json.dumps(hass_storage, default=str))
    (kept,) = stored["core.config_entries"]["data"]["entries"]
    assert kept["data"].pop("session") == session.token
    told.add("storage", stored)

    for record in caplog.get_records("call"):
        told.add("log", logging.Formatter().format(record), record.args)
    told.mark(*bench.secrets - {"dark"})

    assert told.found() == []
    # And there was much in which they could have been.
    assert {where: bool(texts) for where, texts in told.texts.items()} == dict.fromkeys(
        [
            *("events", "dialogs", "exceptions", "failed actions", "states", "repairs", "registries", "entries"),
            *("diagnostics", "traces", "system health", "storage", "log"),
        ],
        True,
    )
    loggers = {
        record.name.partition(".")[0] for record in caplog.get_records("call") if record.levelno == logging.DEBUG
    }
    assert loggers >= {"custom_components", "homeassistant"}
    assert len(told.secrets) > 40


@pytest.fixture
async def panel_v2() -> AsyncGenerator[Panel]:
    """A panel of generation 2."""
    panel = Panel(generation=2, limits=False, speed=100, drain=0)
    await panel.start()
    yield panel
    await panel.stop()


async def test_no_secret_of_generation_2_is_told(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel_v2: Panel,
    told: Told,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """An admin's: the panel hands out the keys of its nodes, and a ticket for each live socket."""
    panel, line = panel_v2, "Marked line of a console"
    account = panel.add_account(EMAIL, PASSWORD, name="Alex", role="admin")
    account.two_factor = True
    node = panel.add_node("Node 1")
    server = panel.add_server("Survival", owner=account, node=node)
    told.mark(PASSWORD, WRONG_PASSWORD, WRONG_CODE, line, account.totp_secret, *account.backup_codes)
    make_token = Tokens.make

    def make(tokens: Tokens, *arguments: Any) -> Any:
        token, claims = make_token(tokens, *arguments)
        told.mark(token, tokens.key(node))
        return token, claims

    for component in (AUTOMATION, "repairs", "system_health", "diagnostics"):
        assert await async_setup_component(hass, component, {})
    async with bench_of(hass, panel, caplog) as bench:
        with patch.object(Tokens, "make", make):
            caplog.set_level(logging.DEBUG)
            dialog = await bench.dialog(panel.url)
            await dialog.sign_in(password=WRONG_PASSWORD)
            await dialog.submit(email=EMAIL, password=PASSWORD)
            for code in (WRONG_CODE, account.totp()):
                told.mark(code)
                await dialog.submit(code=code)
            await dialog.submit(servers=[server.id])
            await hass.async_block_till_done()
            entry = dialog.entry
            await panel.wait_for(lambda panel: panel.connections)
            panel.machine.print(server.id, f"{line}\r\n")
            await look_around(hass, told)

            # Upgrades that are refused in each way; aiohttp's own words for that quote the address, token and all.
            for fault in ("refused-ticket", "daemon-page", "daemon-missing", "api-down", "live-cut"):
                before = panel.live.upgrades
                await inject(panel, fault)
                panel.live.drop_clients()
                target = {"entity_id": "button.survival_restart"}
                with suppress(HomeAssistantError):
                    await hass.services.async_call("button", "press", target, blocking=True)
                await look_around(hass, told)
                await clear_faults(panel)
                assert panel.live.upgrades >= before
            await panel.wait_for(shows(hass, STATUS, "running"))

            # The session ends.
            for session in panel.accounts.sessions.values():
                told.mark_session(session)
            panel.delete_sessions()
            assert await fails(hass, told, DOMAIN, "create_backup", entity_id=STATUS) == "session_ended"
            await bench.requested_dialog(entry)
            await look_around(hass, told)
            await hass.config_entries.async_unload(entry.entry_id)
            await hass.async_block_till_done(wait_background_tasks=True)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done(wait_background_tasks=True)
    stored = json.loads(json.dumps(hass_storage, default=str))
    (kept,) = stored["core.config_entries"]["data"]["entries"]
    del kept["data"]["session"]
    told.add("storage", stored)
    for record in caplog.get_records("call"):
        # The panel, which is of this process, notes all requests that it gets.
        if not record.name.startswith(("aiohttp.access", "aiohttp.server")):
            told.add("log", logging.Formatter().format(record), record.args)

    assert told.found() == []
    # How many tickets there are depends on the times.
    assert len(told.secrets) > 20
    assert {"events", "dialogs", "exceptions", "states", "diagnostics", "storage", "log"} <= told.texts.keys()
