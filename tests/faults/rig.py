"""Where faults are played: a panel and Home Assistant, and all that is observed of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from itertools import groupby, pairwise
import logging
import socket
import time
from typing import Any, Final, override
from unittest.mock import patch

from aiohttp import ClientWebSocketResponse
from aiohttp.abc import ResolveResult
from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import EVENT_STATE_CHANGED, STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.channel import Channel
from custom_components.stellarstack.client.exceptions import StellarStackError
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v2.feed import ServerList
from custom_components.stellarstack.const import DATA_TIMING, DOMAIN
from custom_components.stellarstack.panel_coordinator import LIST_INTERVAL
from simulator import Panel
from tests.common import CONNECTED, entry_for
from tests.flows import EMAIL, PASSWORD, Dialog, EveryNameIsHere

PANEL_TICK: Final = 5.0
FIRST: Final = "d75a4947-3237-4918-aea5-93a64497077b"
SERVERS: Final = {
    FIRST: "Survival",
    "a9e2e911-465b-4c5c-828a-88780d52b184": "Creative",
    "5b31b48a-74cd-45c0-9f0e-bb6a1e0a6f0d": "Valheim",
}
"""By ids that panels of both generations take."""
STATUS: Final = {server_id: f"sensor.{name.lower()}_status" for server_id, name in SERVERS.items()}
EVENT: Final = "event.survival_lifecycle"
USUAL: Final = Timing()
LONGEST_LIST: Final = 1.1 * USUAL.list_interval_alone
"""Between two lists of servers in generation 2, without live sockets."""
LONGEST_LIVE_LIST: Final = 1.1 * USUAL.list_interval
"""The same, while live sockets are held."""

LONGEST_WAIT: Final = 1200.0
"""Seconds for anything to come true: a repair of a deleted server comes after three lists, 15 min."""
LOOK_INTERVAL: Final = 0.01
"""Seconds between two looks whether it has."""

_LASTING_TASKS: Final = {
    *("stellarstack feed", "stellarstack socket reader", "stellarstack socket writer", "stellarstack list details"),
    *("stellarstack live socket", "stellarstack live reader", "stellarstack live keeper"),
}
_OURS: Final = "custom_components.stellarstack"


@dataclass(frozen=True)
class Change:
    """A state that an entity took, and when."""

    at: float
    entity_id: str
    state: str


@dataclass(frozen=True)
class Line:
    """A line of our log, and when it was written."""

    at: float
    level: str
    text: str


class OurLog(logging.Handler):
    """Keeps what we log for the user: INFO and above."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.lines: list[Line] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(Line(time.monotonic(), record.levelname, record.getMessage()))


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


class FaultRig:
    """A panel, an entry, and what was observed of them.

    Attributes:
        began: When the fault began.
        ended: When it ended; when it began for one that ends by itself.
        attempts: When each WebSocket was asked for, and of which panel; in generation 2 each list of servers.
        live_attempts: How many live sockets were asked for since the fault began.
        live: Whether the servers' live sockets are held.
        repaired: All repairs that the user was asked for.
    """

    def __init__(self, hass: HomeAssistant, panel: Panel, role: str, *, live: bool) -> None:
        self.hass = hass
        self.panel = panel
        self.live = live
        self.panels = [panel]
        self.names = NameServer()
        self.began = self.ended = 0.0
        self.attempts: list[tuple[float, str]] = []
        self.history: list[Change] = []
        self.repaired: set[str] = set()
        self.known_attempts = 0
        self.live_attempts = 0
        self.account = panel.add_account(EMAIL, PASSWORD, name="Alex", role="admin" if role == "admin" else "user")
        self.populate(panel)
        self.entry = self.entry_of(panel)
        self.held = AsyncExitStack()
        self.log = OurLog()
        self._happened: list[tuple[str, str]] = []
        self._known: set[str] = set()
        self._removers: list[Callable[[], None]] = []

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
        made = entry_for(panel, session.token if raw else session.cookie, self.account.id, SERVERS, live=self.live)
        return with_data(made, **data)

    async def set_up(self, entry: MockConfigEntry | None = None) -> None:
        """Set the entry up and see that all is live."""
        await self.try_set_up(entry)
        assert self.entry.state is ConfigEntryState.LOADED, self.entry.reason
        await self.until(self.all_live)
        if self.live:
            await self.until(self.all_fed)
            await self.until(lambda: self.state("sensor.survival_memory_usage") not in {None, STATE_UNAVAILABLE})
        await self.settle()
        self.forget_start()

    async def try_set_up(self, entry: MockConfigEntry | None = None) -> None:
        """Set the entry up, however that ends."""
        self.entry = entry or self.entry
        self.entry.add_to_hass(self.hass)
        self._removers = [
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
        self.log.lines.clear()
        self._known = set(self.hass.states.async_entity_ids())

    @callback
    def _note(self, event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is None:
            return
        self.history.append(Change(time.monotonic(), state.entity_id, state.state))
        if state.entity_id == EVENT and state.state not in {STATE_UNAVAILABLE, STATE_UNKNOWN}:
            happened = (state.state, state.attributes["event_type"])
            # After an outage the last one is shown again.
            if happened not in self._happened[-1:]:
                self._happened.append(happened)

    @callback
    def _note_repair(self, event: Event[ir.EventIssueRegistryUpdatedData]) -> None:
        if event.data["action"] == "create" and event.data["domain"] == DOMAIN:
            self.repaired |= set(self.repairs())

    # What is observed.

    @property
    def events(self) -> list[str]:
        """What happened to the first server, as its event entity told it."""
        return [event_type for _, event_type in self._happened]

    def state(self, entity_id: str) -> str | None:
        """Return the state of an entity."""
        state = self.hass.states.get(entity_id)
        return None if state is None else state.state

    def shows(self, state: str, server_id: str = FIRST) -> bool:
        """Return whether the status of a server is shown so."""
        return self.state(STATUS[server_id]) == state

    def all_live(self) -> bool:
        """Return whether the panel is shown connected and all servers available."""
        return self.state(CONNECTED) == STATE_ON and all(
            self.state(entity_id) not in {None, STATE_UNAVAILABLE} for entity_id in STATUS.values()
        )

    def channel(self, server_id: str = FIRST) -> Channel:
        """Return what goes through the live socket of a server."""
        servers = self.entry.runtime_data.panel.client.servers
        channel: Channel = next(server.channel for server in servers if server.id == server_id)
        return channel

    def all_fed(self) -> bool:
        """Return whether all live sockets are open, and their data current."""
        return all(self.channel(server_id).state is LiveState.FED for server_id in SERVERS)

    def all_gone(self) -> bool:
        """Return whether no server is available."""
        return all(self.shows(STATE_UNAVAILABLE, server_id) for server_id in STATUS)

    def disconnected(self) -> bool:
        """Return whether the panel is shown disconnected."""
        return self.state(CONNECTED) == STATE_OFF

    def states_of(self, entity_id: str) -> list[str]:
        """Return the states that an entity took since set-up, each once in a row."""
        return [state for state, _ in groupby(change.state for change in self.history if change.entity_id == entity_id)]

    def went_unavailable(self) -> set[str]:
        """Return the entities that were there at set-up, and unavailable at any time since."""
        return {change.entity_id for change in self.history if change.state == STATE_UNAVAILABLE} & self._known

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

    def levels(self) -> list[str]:
        """Return the levels of what we logged."""
        return [line.level for line in self.log.lines]

    def footprint(self) -> tuple[list[str], int]:
        """Return our tasks and our sockets."""
        names = [task.get_name() for task in asyncio.all_tasks() if task.get_name().startswith("stellarstack")]
        return sorted(names), len(self.panel.connections)

    # Time.

    async def until(self, condition: Callable[[], object]) -> None:
        """Wait until something is true."""
        deadline = time.monotonic() + LONGEST_WAIT
        while not condition():
            assert time.monotonic() < deadline, "it did not come true in time"
            await asyncio.sleep(LOOK_INTERVAL)

    async def settle(self) -> None:
        """Let what we ask the panel in the background be answered."""
        await self.until(lambda: set(self.footprint()[0]) <= _LASTING_TASKS)

    @property
    def news(self) -> float:
        """Return within how many seconds a connected panel tells what is new."""
        return PANEL_TICK if self.panel.generation == 1 else LONGEST_LIST

    def step(self) -> float:
        """Return the present step of the back-off, in seconds.

        A list of servers is asked for at its usual interval at the latest.
        """
        if self.panel.generation == 2:
            return 0.0
        failed = len(self.attempts) - self.known_attempts
        return min(USUAL.longest_reconnect, USUAL.first_reconnect * float(2 ** min(failed, 16)))

    def live_step(self) -> float:
        """Return the present step of the back-off of the live sockets, in seconds, while none can be opened."""
        return USUAL.first_reconnect * float(2 ** min(self.live_attempts, 16))

    # What the user does.

    async def press(self, key: str) -> None:
        """Press a button of the first server."""
        await self.hass.services.async_call("button", "press", {"entity_id": f"button.survival_{key}"}, blocking=True)

    async def act(self, service: str, **data: str) -> Any:
        """Use one of our actions on the first server; returns its answer."""
        device = dr.async_get(self.hass).async_get_device_by_identifier((DOMAIN, FIRST), self.entry.entry_id)
        assert device is not None
        answer = await self.hass.services.async_call(
            DOMAIN, service, data, blocking=True, target={"device_id": device.id}, return_response=True
        )
        assert answer is not None
        return answer[device.id]

    async def error_of(self, key: str) -> str | None:
        """Press a button of the first server; returns the key of the error that the user reads, None when it is done."""
        return await self._error_of(self.press(key))

    async def error_of_action(self, service: str, **data: str) -> str | None:
        """Use one of our actions on the first server; returns the same."""
        return await self._error_of(self.act(service, **data))

    async def _error_of(self, call: Awaitable[object]) -> str | None:
        try:
            await call
        except HomeAssistantError as err:
            return err.translation_key
        return None

    async def sign_in_again(self) -> None:
        """Sign in as the request says."""
        flows = self.hass.config_entries.flow
        (flow,) = flows.async_progress_by_handler(DOMAIN)
        dialog = Dialog(self.hass, flows, await flows.async_configure(flow["flow_id"]))
        await dialog.sign_in()
        assert dialog.reason == "reauth_successful"
        await self.hass.async_block_till_done()

    async def reconnect(self) -> None:
        """Let the connection be cut; the panel is asked for everything when it is back."""
        attempts = len(self.attempts)
        self.panel.drop_clients()
        await self.until(lambda: len(self.attempts) > attempts)
        await self.until(lambda: self.requests_to_sign_in() or self.all_live())
        await self.settle()

    # Checks.

    def check_live_connection(self) -> None:
        """There is one live socket of each server, if any, and one connection that subscribed once to each of them."""
        live = Counter(each for connection in self.panel.live.connections for each in connection.subscriptions)
        assert live == Counter(list(SERVERS) if self.live else ())
        if self.panel.generation == 2:
            return
        (connection,) = self.panel.connections
        assert connection.subscriptions == set(SERVERS)
        subscribed = [message["serverId"] for message in connection.received if message.get("type") == "subscribe"]
        assert sorted(subscribed) == sorted(SERVERS)

    def check_no_attempt(self) -> None:
        """No other connection was made, where there is one that lasts."""
        assert self.panel.generation == 2 or not self.attempts

    def check_attempts(self) -> None:
        """No two attempts to connect were less than a second apart."""
        times = [at for at, url in self.attempts if url == self.entry.data["url"]]
        shortest = USUAL.first_reconnect
        gaps = [later - earlier for earlier, later in pairwise(times)]
        assert all(gap >= shortest for gap in gaps), gaps

    def check_never_old(self, value: str, entity_id: str = STATUS[FIRST]) -> None:
        """Once it was unavailable, the entity shows the value that came meanwhile and not the old one."""
        states = self.states_of(entity_id)
        assert STATE_UNAVAILABLE in states
        after = [state for state in states[states.index(STATE_UNAVAILABLE) :] if state != STATE_UNAVAILABLE]
        assert after[:1] == [value], states

    async def check_still_live(self) -> None:
        """A limit that changes now is shown."""
        memory = int(float(self.state("sensor.survival_memory_limit") or 0)) + 1
        self.panel.update_server(FIRST, memory=memory)
        await self.until(lambda: self.state("sensor.survival_memory_limit") == str(memory))

    async def check_signed_out(self) -> None:
        """Nothing is tried by itself, but for a look each five minutes whether the session is accepted again."""
        asked = 0
        for _ in range(2 * int(LIST_INTERVAL[1])):
            before = len(self.attempts), len(self.panel.requests)
            await asyncio.sleep(1)
            asked += before != (len(self.attempts), len(self.panel.requests))
        # Three looks, each of which is over within three seconds.
        assert asked <= 9
        assert self.requests_to_sign_in() == 1

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
        for remove in self._removers:
            remove()
        for entry in self.hass.config_entries.async_entries(DOMAIN):
            if entry.state.recoverable:
                await self.hass.config_entries.async_unload(entry.entry_id)
        await self.hass.async_block_till_done()
        for panel in self.panels:
            panel.thaw()
            await panel.stop()


def with_data(made: MockConfigEntry, **data: Any) -> MockConfigEntry:
    """Return the same entry with other data."""
    return MockConfigEntry(
        domain=DOMAIN,
        title=made.title,
        unique_id=made.unique_id,
        data={**made.data, **data},
        options=dict(made.options),
        subentries_data=[
            {"data": dict(each.data), "subentry_type": "server", "title": each.title, "unique_id": each.unique_id}
            for each in made.subentries.values()
        ],
    )


def panel_of(**options: Any) -> Panel:
    """Return a panel as it is in the field, but that its sockets are cut as soon as it is told to stop."""
    return Panel(drain=0, **options)


@asynccontextmanager
async def rig_of(
    hass: HomeAssistant,
    role: str = "user",
    options: Mapping[str, Any] | None = None,
    *,
    live: bool = False,
) -> AsyncGenerator[FaultRig]:
    """Prepare a rig.

    Args:
        hass: Home Assistant.
        role: The account's.
        options: What the panel is made with.
        live: Whether the servers' live sockets are held.
    """
    panel = panel_of(**options or {})
    await panel.start()
    rig = FaultRig(hass, panel, role, live=live)
    hass.data[DATA_TIMING] = USUAL
    open_websocket = Http.open_websocket

    async def counted(http: Http, path: str, cookie: str | None = None) -> ClientWebSocketResponse[bool]:
        rig.attempts.append((time.monotonic(), http.url))
        return await open_websocket(http, path, cookie)

    open_live_socket = Http.open_live_socket

    async def counted_live(http: Http, url: str, token: str) -> ClientWebSocketResponse[bool]:
        rig.live_attempts += 1
        return await open_live_socket(http, url, token)

    ask = ServerList._ask

    async def counted_list(feed: ServerList) -> StellarStackError | None:
        rig.attempts.append((time.monotonic(), rig.entry.data["url"]))
        return await ask(feed)

    handle_exception = hass.loop.get_exception_handler()

    def quiet(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        # What a server says when a client does not like its certificate, and the reverse.
        if context["message"] != "Error on transport creation for incoming connection":
            assert handle_exception is not None
            handle_exception(loop, context)

    hass.loop.set_exception_handler(quiet)
    logger = logging.getLogger(_OURS)
    logger.setLevel(logging.INFO)
    logger.addHandler(rig.log)
    with ExitStack() as patches:
        patches.callback(logger.removeHandler, rig.log)
        patches.callback(logger.setLevel, logging.NOTSET)
        patches.enter_context(patch.object(Http, "open_websocket", counted))
        patches.enter_context(patch.object(Http, "open_live_socket", counted_live))
        patches.enter_context(patch.object(ServerList, "_ask", counted_list))
        patches.enter_context(
            patch("homeassistant.helpers.aiohttp_client._async_make_resolver", return_value=rig.names)
        )
        try:
            yield rig
        finally:
            await rig.close()
