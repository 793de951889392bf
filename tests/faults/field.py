"""Where faults are played: a panel and Home Assistant, both in quick motion, and all that is watched meanwhile."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from itertools import pairwise
import logging
import os
import socket
import time
from types import SimpleNamespace
from typing import Any, Final, override
from unittest.mock import patch

from aiohttp import ClientWebSocketResponse, ClientWSTimeout
from aiohttp.abc import ResolveResult
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellarstack import coordinator as coordinator_module
from custom_components.stellarstack.client import (
    PanelHttp,
    client as client_module,
    http as http_module,
    socket as socket_module,
)
from custom_components.stellarstack.const import DOMAIN
from simulator import Panel
from tests.conftest import SERVERS, entry_for
from tests.flows import EMAIL, PASSWORD, Dialog, EveryNameIsHere

FACTOR: Final = int(os.environ.get("FAULTS_FACTOR", "25"))
"""How many times faster than in the field everything goes, but for the machine's own work."""

PANEL_TICK: Final = 5.0
CONNECTED: Final = "binary_sensor.127_0_0_1_connected"
FIRST: Final = "srv_survival"
STATUS: Final = {server_id: f"sensor.{name.lower()}_status" for server_id, name in SERVERS.items()}

# What is patched is the scaled value; what is reported is measured in this one.
SECONDS: Final[Mapping[str, float]] = {
    name: getattr(module, name)
    for module, names in (
        (
            socket_module,
            (
                *("COOKIE_GRACE", "PING_INTERVAL", "SILENCE", "STALL", "CHECK_INTERVAL"),
                *("FIRST_DELAY", "LONGEST_DELAY", "CLOSE_TIMEOUT", "SUBSCRIBE_PAUSE"),
            ),
        ),
        (client_module, ("STALE_AFTER", "CONNECT_TIMEOUT")),
        (http_module, ("TIMEOUT",)),
        (coordinator_module, ("FIRST_SYNC_TIMEOUT", "TICK")),
    )
    for name in names
}
_CHECKS: Final = ("_check_", "stellarstack session", "stellarstack blocked", "stellarstack deleted")
_MODULES: Final = (socket_module, client_module, http_module, coordinator_module)


@dataclass(frozen=True)
class Change:
    """A state that an entity took, and when."""

    at: float
    entity_id: str
    state: str


class NameServer(EveryNameIsHere):
    """A name server that can fail."""

    broken = False

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if self.broken:
            raise OSError("no such name")
        return await super().resolve(host, port, family)


class Field:
    """A panel, an entry, and what was seen of them.

    Attributes:
        jump: Seconds by which the clock of the host, as the integration sees it, is ahead.
        began: When the fault began.
        healed: When it ended; when it began for one that ends by itself.
    """

    def __init__(self, hass: HomeAssistant, caplog: pytest.LogCaptureFixture, panel: Panel, role: str) -> None:
        self.hass = hass
        self.panel = panel
        self.panels = [panel]
        self.names = NameServer()
        self.jump = 0.0
        self.began = self.healed = 0.0
        self.attempts: list[tuple[float, str]] = []
        self.history: list[Change] = []
        self.repaired: set[str] = set()
        self.known_attempts = 0
        self.account = panel.add_account(EMAIL, PASSWORD, name="Alex", role="admin" if role == "admin" else "user")
        self.populate(panel)
        self.entry = self.entry_of(panel)
        self.held = AsyncExitStack()
        self._caplog = caplog
        self._now = dt_util.utcnow()
        self._forget: list[Callable[[], None]] = []

    def populate(self, panel: Panel) -> None:
        """Give the panel a node and the account three servers on it."""
        node = panel.add_node("Node 1", host="node1.example.com", location="Frankfurt")
        for server_id, name in SERVERS.items():
            panel.add_server(name, owner=self.account, node=node, server_id=server_id, status="RUNNING")

    def entry_of(self, panel: Panel, *, host: str | None = None, raw: bool = False, **data: Any) -> MockConfigEntry:
        """Return an entry for a panel, as the dialog would have made it; what is given replaces its own."""
        session = panel.create_session(self.account)
        if host is not None:
            data["url"] = panel.url.replace("127.0.0.1", host)
        made = entry_for(panel, session.token if raw else session.cookie, self.account.id, SERVERS)
        if not data:
            return made
        return MockConfigEntry(
            domain=DOMAIN,
            title=made.title,
            unique_id=made.unique_id,
            data={**made.data, **data},
            subentries_data=[
                {"data": dict(each.data), "subentry_type": "server", "title": each.title, "unique_id": each.unique_id}
                for each in made.subentries.values()
            ],
        )

    async def set_up(self, entry: MockConfigEntry | None = None) -> None:
        """Set the entry up and see that all is live."""
        await self.try_set_up(entry)
        assert self.entry.state is ConfigEntryState.LOADED, self.entry.reason
        await self.until(self.all_live)
        self.forget_start()

    async def try_set_up(self, entry: MockConfigEntry | None = None) -> None:
        """Set the entry up, however that ends."""
        self.entry = entry or self.entry
        self.entry.add_to_hass(self.hass)
        self._forget = [
            self.hass.bus.async_listen(EVENT_STATE_CHANGED, self._note),
            self.hass.bus.async_listen(ir.EVENT_REPAIRS_ISSUE_REGISTRY_UPDATED, self._note_repair),
        ]
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()

    def forget_start(self) -> None:
        """Begin to count."""
        self.history.clear()
        self.attempts.clear()
        self.repaired.clear()
        self._caplog.clear()

    @callback
    def _note(self, event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None:
            self.history.append(Change(time.monotonic(), state.entity_id, state.state))

    @callback
    def _note_repair(self, event: Event[ir.EventIssueRegistryUpdatedData]) -> None:
        if event.data["action"] == "create" and event.data["domain"] == DOMAIN:
            self.repaired |= set(self.repairs())

    # What is seen.

    def state(self, entity_id: str) -> str | None:
        """Return the state of an entity."""
        state = self.hass.states.get(entity_id)
        return None if state is None else state.state

    def shows(self, state: str, server_id: str = FIRST) -> bool:
        """Say whether the status of a server is shown so."""
        return self.state(STATUS[server_id]) == state

    def all_live(self) -> bool:
        """Say whether the panel is shown connected and all servers available."""
        return self.state(CONNECTED) == STATE_ON and all(
            self.state(entity_id) not in {None, STATE_UNAVAILABLE} for entity_id in STATUS.values()
        )

    def all_gone(self) -> bool:
        """Say whether no server is available."""
        return all(self.shows(STATE_UNAVAILABLE, server_id) for server_id in STATUS)

    def disconnected(self) -> bool:
        """Say whether the panel is shown disconnected."""
        return self.state(CONNECTED) == STATE_OFF

    def states_of(self, entity_id: str) -> list[str]:
        """Return the states that an entity took since set-up."""
        return [change.state for change in self.history if change.entity_id == entity_id]

    def first(self, entity_id: str, state: str, since: float) -> float:
        """Return when an entity first took a state."""
        return next(
            change.at
            for change in self.history
            if change.entity_id == entity_id and change.state == state and change.at >= since
        )

    def repairs(self) -> list[str]:
        """Return what the user is asked to repair."""
        return sorted(
            issue.translation_key or ""
            for issue in ir.async_get(self.hass).issues.values()
            if issue.domain == DOMAIN and issue.active
        )

    def requests_to_sign_in(self) -> int:
        """Return how many requests to sign in again the user has."""
        flows = self.hass.config_entries.flow.async_progress_by_handler(DOMAIN)
        return sum(flow["context"]["source"] == SOURCE_REAUTH for flow in flows)

    def log(self) -> list[str]:
        """Return what we logged at INFO or above, as `LEVEL message`."""
        return [
            f"{record.levelname} {record.getMessage()}"
            for record in self._caplog.get_records("call")
            if record.name.startswith("custom_components.stellarstack") and record.levelno >= logging.INFO
        ]

    def footprint(self) -> tuple[list[str], int]:
        """Return our tasks and our sockets."""
        names = [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("stellarstack")]
        return sorted(names), len(self.panel.connections)

    # Time.

    async def until(self, condition: Callable[[], object], timeout: float = 20) -> None:
        """Wait, in real seconds, until something is true."""
        async with asyncio.timeout(timeout):
            while not condition():  # noqa: ASYNC110 - anything can be waited for
                await asyncio.sleep(0.002)

    async def pass_time(self, seconds: float) -> None:
        """Wait, in seconds of the field."""
        await asyncio.sleep(seconds / FACTOR)

    async def fire_timers(self, **ahead: float) -> None:
        """Let Home Assistant's timers of the coming time be due, and what they start be done."""
        self._now += timedelta(**ahead)
        async_fire_time_changed(self.hass, self._now)
        await self.hass.async_block_till_done(wait_background_tasks=False)
        await self.settle()

    async def settle(self) -> None:
        """Let checks that run in the background end."""
        await self.until(lambda: not [task for task in asyncio.all_tasks() if task.get_name().startswith(_CHECKS)])

    def step(self) -> float:
        """Return the present step of the back-off, in seconds of the field."""
        failed = len(self.attempts) - self.known_attempts
        return min(SECONDS["LONGEST_DELAY"], SECONDS["FIRST_DELAY"] * float(2 ** min(failed, 16)))

    # What the user does.

    async def sign_in_again(self) -> None:
        """Sign in as the request says."""
        flows = self.hass.config_entries.flow
        (flow,) = flows.async_progress_by_handler(DOMAIN)
        dialog = Dialog(self.hass, flows, await flows.async_configure(flow["flow_id"]))
        await dialog.sign_in()
        assert dialog.reason == "reauth_successful"
        await self.hass.async_block_till_done()

    # Checks.

    def check_live_connection(self) -> None:
        """There is one connection, on which each configured server was subscribed to exactly once."""
        (connection,) = self.panel.connections
        assert connection.subscriptions == set(SERVERS)
        subscribed = [message["serverId"] for message in connection.received if message.get("type") == "subscribe"]
        assert sorted(subscribed) == sorted(SERVERS)

    def check_attempts(self) -> None:
        """No two attempts to connect were less than a second apart."""
        times = [at for at, url in self.attempts if url == self.entry.data["url"]]
        shortest = SECONDS["FIRST_DELAY"] / FACTOR
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert all(gap > 0.9 * shortest for gap in gaps), gaps

    def check_never_old(self, value: str, entity_id: str = STATUS[FIRST]) -> None:
        """Once it was unavailable, the entity shows the value that came meanwhile and not the old one."""
        states = self.states_of(entity_id)
        assert STATE_UNAVAILABLE in states
        after = [state for state in states[states.index(STATE_UNAVAILABLE) :] if state != STATE_UNAVAILABLE]
        assert after[:1] == [value], states

    async def check_still_live(self) -> None:
        """A status that changes now is shown."""
        for status in ("STARTING", "RUNNING"):
            self.panel.set_status(FIRST, status)
            await self.until(partial(self.shows, status.lower()))

    async def check_no_attempts(self) -> None:
        """Nothing is tried, whatever time passes."""
        before = len(self.attempts), len(self.panel.requests)
        await self.pass_time(10)
        await self.fire_timers(minutes=5, seconds=1)
        await self.fire_timers(days=1, seconds=1)
        await self.pass_time(5)
        assert (len(self.attempts), len(self.panel.requests)) == before

    async def unload(self) -> None:
        """Unload the entry and see that nothing of it is left."""
        await self.until(lambda: self.entry.state is ConfigEntryState.LOADED)
        assert await self.hass.config_entries.async_unload(self.entry.entry_id)
        await self.hass.async_block_till_done()
        await self.until(lambda: not self.panel.connections)
        if len(self.hass.config_entries.async_loaded_entries(DOMAIN)) == 0:
            assert self.footprint() == ([], 0)

    async def close(self) -> None:
        """Unload all entries and stop all panels."""
        for forget in self._forget:
            forget()
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            if entry.state.recoverable:
                await self.hass.config_entries.async_unload(entry.entry_id)
        await self.hass.async_block_till_done()
        for panel in self.panels:
            panel.thaw()
            await panel.stop()


def quick(**options: Any) -> Panel:
    """Return a panel in quick motion."""
    return Panel(
        **{
            "tick": PANEL_TICK / FACTOR,
            "limits": False,
            "speed": FACTOR,
            "drain": 0,
        }
        | options
    )


def quick_closing(ws_close: float) -> ClientWSTimeout:
    """Return the time that a peer has to answer a close, in quick motion."""
    return ClientWSTimeout(ws_close=ws_close / FACTOR)


def quick_patience(read: Callable[[Mapping[str, str]], float | None]) -> Callable[[Mapping[str, str]], float | None]:
    """Return what reads the wait that a 429 asks for, in quick motion."""

    def patience(headers: Mapping[str, str]) -> float | None:
        wanted = read(headers)
        return None if wanted is None else wanted / FACTOR

    return patience


@asynccontextmanager
async def field_of(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, role: str, options: Mapping[str, Any]
) -> AsyncGenerator[Field]:
    """Prepare a field: everything is in quick motion until it is left."""
    caplog.set_level(logging.INFO)
    # In quick motion the debugging of each call would be the slowest part.
    hass.loop.set_debug(False)
    panel = quick(**options)
    await panel.start()
    field = Field(hass, caplog, panel, role)
    open_socket = PanelHttp.open_socket
    clock = SimpleNamespace(monotonic=lambda: time.monotonic() + field.jump)

    async def counted(http: PanelHttp) -> ClientWebSocketResponse[bool]:
        field.attempts.append((time.monotonic(), http.url))
        return await open_socket(http)

    handle_exception = hass.loop.get_exception_handler()

    def quiet(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # What a server says when a client does not like its certificate, and the reverse.
        if context["message"] != "Error on transport creation for incoming connection":
            assert handle_exception is not None
            handle_exception(loop, context)

    hass.loop.set_exception_handler(quiet)
    with ExitStack() as patches:
        for module in _MODULES:
            for name, seconds in SECONDS.items():
                if hasattr(module, name):
                    patches.enter_context(patch.object(module, name, seconds / FACTOR))
        for module in (socket_module, client_module):
            patches.enter_context(patch.object(module, "time", clock))
        patches.enter_context(patch.object(http_module, "ClientWSTimeout", quick_closing))
        patches.enter_context(patch.object(http_module, "_seconds", quick_patience(http_module._seconds)))
        patches.enter_context(patch.object(PanelHttp, "open_socket", counted))
        patches.enter_context(
            patch("homeassistant.helpers.aiohttp_client._async_make_resolver", return_value=field.names)
        )
        patches.enter_context(patch("custom_components.stellarstack.config_flow.UPGRADE_RETRY", 0.01))
        try:
            yield field
        finally:
            await field.close()
