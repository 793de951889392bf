"""What the tests of the dialogs share: a user who clicks through them, and a bench that watches all that is shown."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
import logging
import re
import socket
import ssl
from string import Formatter
from typing import Any, override
from unittest.mock import patch
from urllib.parse import unquote

from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_USER, ConfigEntry, ConfigSubentryFlow, OptionsFlow
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowHandler, FlowManager, FlowResultType
from homeassistant.helpers.selector import SelectSelector
from homeassistant.helpers.translation import async_get_translations
import pytest
from yarl import URL

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from simulator import Panel

from .common import TICK

PROBE = "/api/ws/token"
PASSWORD = "correct horse"
WRONG_PASSWORD = "wrong horse"
TLS_HANDSHAKE = b"\x16"
"""The first byte that a client sends to begin TLS."""
EMAIL = "alex@example.com"

type Answer = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]


class EveryNameIsHere(AbstractResolver):
    """A name server by which each host is this one; the harness's own belongs to another event loop."""

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        return [
            ResolveResult(hostname=host, host="127.0.0.1", port=port, family=socket.AF_INET, proto=0, flags=0),
        ]

    @override
    async def close(self) -> None:
        pass

    real_close = close


class Dialog:
    """A dialog as a user goes through it."""

    def __init__(self, hass: HomeAssistant, manager: FlowManager[Any, Any, Any], result: Any) -> None:
        self.hass = hass
        self.manager = manager
        self.result: Mapping[str, Any] = result
        self.flow_id: str = result["flow_id"]

    async def submit(self, **fields: Any) -> Dialog:
        """Fill in what is shown."""
        self.result = await self.manager.async_configure(self.flow_id, fields)
        return self

    async def choose(self, option: str) -> Dialog:
        """Choose from a menu."""
        assert option in self.result["menu_options"]
        return await self.submit(next_step_id=option)

    async def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> Dialog:
        """Choose to sign in, and do."""
        await self.choose("credentials")
        return await self.submit(email=email, password=password)

    async def paste(self, session: str) -> Dialog:
        """Choose to paste a session, and do."""
        await self.choose("session")
        return await self.submit(session=session)

    async def wait(self, step_id: str) -> Dialog:
        """Wait through the progress that is shown."""
        assert (self.result["type"], self.result["step_id"]) == (FlowResultType.SHOW_PROGRESS, step_id)
        await self.hass.async_block_till_done()
        self.result = await self.manager.async_configure(self.flow_id)
        return self

    @property
    def form(self) -> tuple[str, dict[str, str]]:
        """The form that is shown, and its errors."""
        assert self.result["type"] is FlowResultType.FORM, self.result
        return self.result["step_id"], self.result["errors"] or {}

    @property
    def menu(self) -> tuple[str, list[str]]:
        """The menu that is shown, and its options."""
        assert self.result["type"] is FlowResultType.MENU, self.result
        return self.result["step_id"], self.result["menu_options"]

    @property
    def reason(self) -> str:
        """Why the dialog ended without a result."""
        assert self.result["type"] is FlowResultType.ABORT, self.result
        reason = self.result["reason"]
        assert isinstance(reason, str)
        return reason

    @property
    def placeholders(self) -> Mapping[str, str]:
        """What is filled into the texts that are shown."""
        return self.result["description_placeholders"] or {}

    @property
    def suggested(self) -> dict[str, Any]:
        """What the form is filled with, where it is."""
        return {
            marker.schema: marker.description["suggested_value"]
            for marker in self.result["data_schema"].schema
            if marker.description and "suggested_value" in marker.description
        }

    def choices(self, field: str) -> dict[str, str]:
        """The labels a field of the form offers, by value and in order."""
        selector = self.result["data_schema"].schema[field]
        assert isinstance(selector, SelectSelector)
        options: Any = selector.config["options"]
        return {option["value"]: option["label"] for option in options}

    @property
    def entry(self) -> ConfigEntry:
        """The entry that the dialog created."""
        assert self.result["type"] is FlowResultType.CREATE_ENTRY, self.result
        entry = self.result["result"]
        assert isinstance(entry, ConfigEntry)
        assert self.hass.config_entries.async_get_entry(entry.entry_id) is entry
        return entry


class Bench:
    """Home Assistant with dialogs of ours, and the panels and other servers that they talk to."""

    def __init__(self, hass: HomeAssistant, panel: Panel) -> None:
        self.hass = hass
        self.panel = panel
        self._panels = [panel]
        self._others: list[web.ServerRunner] = []
        self._forks: list[asyncio.Server] = []
        self._typed: set[str] = set()
        self._texts: dict[str, dict[str, str]] = {}
        self.problems: list[str] = []

    async def dialog(self, url: str | None = None, verify_ssl: bool = True) -> Dialog:
        """Begin to set up a panel; with a URL, go on to the menu of ways to sign in."""
        flows = self.hass.config_entries.flow
        dialog = Dialog(self.hass, flows, await flows.async_init(DOMAIN, context={"source": SOURCE_USER}))
        if url is not None:
            await dialog.submit(url=url, verify_ssl=verify_ssl)
            assert dialog.menu == ("auth_method", ["credentials", "session"])
        return dialog

    async def requested_dialog(self, entry: ConfigEntry) -> Dialog:
        """The dialog that an entry itself asks for, when its session has ended."""
        flows = self.hass.config_entries.flow
        await self.panel.wait_for(lambda _: flows.async_progress_by_handler(DOMAIN))
        (flow,) = flows.async_progress_by_handler(DOMAIN)
        assert (flow["context"]["source"], flow["context"]["entry_id"]) == (SOURCE_REAUTH, entry.entry_id)
        return Dialog(self.hass, flows, await flows.async_configure(flow["flow_id"]))

    async def add_server(self, entry: ConfigEntry) -> Dialog:
        """Begin to add a server to an entry."""
        flows = self.hass.config_entries.subentries
        result = await flows.async_init((entry.entry_id, "server"), context={"source": SOURCE_USER})
        return Dialog(self.hass, flows, result)

    async def start(self, panel: Panel) -> Panel:
        """Start another panel."""
        self._panels.append(panel)
        await panel.start()
        return panel

    async def serve(self, answer: Answer, certificate: ssl.SSLContext | None = None) -> int:
        """Start a server that is no panel; returns its port."""
        runner = web.ServerRunner(web.Server(answer), shutdown_timeout=0.1)
        self._others.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=certificate)
        await site.start()
        return site.port

    async def listen(self, choose: Callable[[bytes], Panel]) -> int:
        """Start a port that passes each connection on to a panel, by its first byte; returns the port."""

        async def connect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            first = await reader.read(1)
            port = URL(choose(first).url).port
            panel_reader, panel_writer = await asyncio.open_connection("127.0.0.1", port)
            panel_writer.write(first)
            await asyncio.gather(_pass_on(reader, panel_writer), _pass_on(panel_reader, writer))

        server = await asyncio.start_server(connect, "127.0.0.1", 0)
        self._forks.append(server)
        port: int = server.sockets[0].getsockname()[1]
        return port

    async def note(self, flow: FlowHandler[Any, Any, Any], user_input: object, result: Mapping[str, Any]) -> None:
        """Look at one step of a dialog: are there texts for all that it shows, and which secrets were typed?"""
        if isinstance(user_input, dict):
            self._typed |= {user_input[key].strip() for key in ("password", "code", "session") if key in user_input}
        category, kind = "config", ""
        if isinstance(flow, ConfigSubentryFlow):
            category, kind = "config_subentries", "server."
        elif isinstance(flow, OptionsFlow):
            category = "options"
        if (texts := self._texts.get(category)) is None:
            texts = self._texts[category] = await async_get_translations(self.hass, "en", category, {DOMAIN})
        prefix = f"component.{DOMAIN}.{category}.{kind}"
        placeholders = set(result.get("description_placeholders") or ())
        for key in shown_texts(result):
            if not (text := texts.get(prefix + key)):
                # The options explain themselves.
                if (category, key) != ("options", "step.init.description"):
                    self.problems.append(f"no text for {prefix}{key}")
            elif unfilled := {name for _, name, _, _ in Formatter().parse(text) if name} - placeholders:
                self.problems.append(f"nothing to fill into {prefix}{key}: {unfilled}")
        if (errors := result.get("errors")) and (lost := errors.keys() - {"base", *fields_of(result)}):
            self.problems.append(f"errors at fields that {result['step_id']} does not have: {lost}")

    @property
    def secrets(self) -> set[str]:
        """All secrets that were typed or went over the wire, in each form."""
        secrets = set(self._typed)
        for panel in self._panels:
            headers = [headers for _, _, headers in panel.request_headers]
            headers += [connection.headers for connection in panel.connections]
            for header in headers:
                for cookie in header.get("Cookie", "").split("; "):
                    value = cookie.partition("=")[2]
                    secrets |= {value, unquote(value), *unquote(value).split(".")}
            secrets |= {message["token"] for message in panel.received if "token" in message}
        return {secret for secret in secrets if len(secret) >= 6}

    async def close(self) -> None:
        """Unload the entries, then stop all servers; the first panel belongs to others."""
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            if entry.state.recoverable:
                await self.hass.config_entries.async_unload(entry.entry_id)
        await self.hass.async_block_till_done()
        for server in self._forks:
            server.close()
            server.close_clients()
        for panel in self._panels[1:]:
            await panel.stop()
        for runner in self._others:
            await runner.cleanup()

    def check(self, records: list[logging.LogRecord]) -> None:
        """Look back: every text was there, no secret and no error in the log."""
        assert self.problems == []
        ours = [record for record in records if record.name.startswith("custom_components.")]
        lines = [logging.Formatter().format(record) for record in ours]
        for secret in self.secrets:
            word = re.compile(rf"(?<!\w){re.escape(secret)}(?!\w)")
            assert [line for line in lines if word.search(line)] == []
        assert [line for record, line in zip(ours, lines, strict=True) if record.levelno >= logging.ERROR] == []
        assert [record.getMessage() for record in records if "Detected that" in record.getMessage()] == []


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes, until one of both ends."""
    with suppress(ConnectionError):
        while data := await reader.read(64 * 1024):
            writer.write(data)
            await writer.drain()
    writer.close()


def fields_of(result: Mapping[str, Any]) -> list[str]:
    """The names of the fields of a form."""
    return [str(marker) for marker in result["data_schema"].schema]


def shown_texts(result: Mapping[str, Any]) -> list[str]:
    """The keys of the texts that a step shows."""
    kind, step = result["type"], f"step.{result.get('step_id')}"
    if kind is FlowResultType.FORM:
        return [
            *(f"{step}.{key}" for key in ("title", "description")),
            *(f"{step}.{part}.{field}" for part in ("data", "data_description") for field in fields_of(result)),
            *(f"error.{key}" for key in (result["errors"] or {}).values()),
        ]
    if kind is FlowResultType.MENU:
        parts = ("menu_options", "menu_option_descriptions")
        return [
            *(f"{step}.{key}" for key in ("title", "description")),
            *(f"{step}.{part}.{option}" for part in parts for option in result["menu_options"]),
        ]
    if kind is FlowResultType.SHOW_PROGRESS:
        return [f"progress.{result['progress_action']}"]
    if kind is FlowResultType.ABORT and "translation_domain" not in result:
        return [f"abort.{result['reason']}"]
    return []


@asynccontextmanager
async def bench_of(hass: HomeAssistant, panel: Panel, caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Bench]:
    """Watch all dialogs, and look at the log afterwards."""
    bench = Bench(hass, panel)
    handle_step = FlowManager._async_handle_step
    handle_exception = hass.loop.get_exception_handler()
    assert handle_exception is not None

    async def watched(
        manager: FlowManager[Any, Any, Any], flow: FlowHandler[Any, Any, Any], step_id: str, user_input: Any
    ) -> Any:
        result = await handle_step(manager, flow, step_id, user_input)
        if type(flow).__module__.startswith(f"custom_components.{DOMAIN}."):
            await bench.note(flow, user_input, result)
        return result

    def note_exception(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        message = context["message"]
        if message.startswith("Unclosed"):
            bench.problems.append(message)
        # What a server of ours says when a client does not like its certificate.
        elif message != "Error on transport creation for incoming connection":
            handle_exception(loop, context)

    hass.loop.set_exception_handler(note_exception)
    caplog.set_level(logging.DEBUG, "custom_components")
    with (
        patch.object(FlowManager, "_async_handle_step", watched),
        patch("homeassistant.helpers.aiohttp_client._async_make_resolver", return_value=EveryNameIsHere()),
    ):
        try:
            yield bench
        finally:
            await bench.close()
    bench.check(caplog.get_records("call"))


def quick_timing() -> Timing:
    """How long the client waits in a dialog, where it is not the panel's time that counts."""
    return replace(Timing(), first_reconnect=0.02, cookie_grace=0.05, rate_limit_retries=(0.01, 0.01))


def quick_panel(**options: Any) -> Panel:
    """A panel as the fixture's, with other options."""
    return Panel(**{"tick": TICK, "limits": False, "speed": 100, "drain": 0} | options)


def twin(panel: Panel, **options: Any) -> Panel:
    """The same panel at another address: its accounts, sessions and servers are the same ones."""
    other = quick_panel(**options)
    other.accounts, other.fleet = panel.accounts, panel.fleet
    return other
