"""The state behind the entities: one coordinator for the panel's connection, one for each server."""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Coroutine
import contextlib
from dataclasses import dataclass, field
from datetime import datetime
import logging
import random
import time
from typing import Any, cast, override

from aiohttp import ClientSession, DummyCookieJar
from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentry
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL, Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady, HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity_platform import MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.typing import StateType
from homeassistant.helpers.update_coordinator import DataUpdateCoordinator

from .client import (
    ConnectionState,
    PanelHttp,
    PowerAction,
    Server,
    Session,
    StellarStackClient,
    StellarStackError,
    Update,
    WatchedServer,
    refuse_redirects,
)
from .client.errors import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    PanelTimeoutError,
    RateLimitedError,
    ResponseError,
    UnsupportedPanelError,
    WebSocketBlockedError,
)
from .const import (
    CONF_SERVER_ID,
    CONF_SESSION,
    DOMAIN,
    ISSUE_UNSUPPORTED,
    ISSUE_WEBSOCKET_BLOCKED,
    MANUFACTURER,
    SUBENTRY_SERVER,
)
from .inventory import Inventory, async_forget_gone

_LOGGER = logging.getLogger(__name__)

FIRST_SYNC_TIMEOUT = 10.0
"""Seconds that setting up waits for the servers' first syncs."""
TICK = 6.0
"""Seconds after the first sync of any server within which all others have come: the panel's timer is 5 s for all."""
SESSION_INTERVAL = (82800.0, 86400.0)
"""Seconds between two checks of the session. Listening does not extend it (7 days); a call, once it is a day old, does."""
LIST_INTERVAL = (240.0, 300.0)
"""Seconds between two lists of the account's servers."""
NODES_INTERVAL = (55.0, 60.0)
"""Seconds between two lists of the nodes."""
MOST_UNKNOWN = 10
"""Unknown statuses of one server that are told in the log, so that a panel cannot fill it."""
BLOCKED_ATTEMPTS = 3
"""Refused WebSocket upgrades in a row, after which the user is told; a panel also refuses some that come too fast."""

type StellarStackConfigEntry = ConfigEntry[StellarStackData]
type ServerListener = Callable[[ServerCoordinator], None]


def create_websession(hass: HomeAssistant, verify_ssl: bool, *, auto_cleanup: bool = True) -> ClientSession:
    """Return an HTTP session as the client needs it: no jar of its own, nothing sent after a redirect."""
    return async_create_clientsession(
        hass, verify_ssl, auto_cleanup, cookie_jar=DummyCookieJar(), middlewares=(refuse_redirects,)
    )


def _session_ended(url: str) -> ConfigEntryAuthFailed:
    """Return the error that asks to sign in again to the panel at an address."""
    return ConfigEntryAuthFailed(
        translation_domain=DOMAIN, translation_key="session_ended", translation_placeholders={"url": url}
    )


def _action_error(err: StellarStackError, server: str, url: str) -> HomeAssistantError:
    """Return a failed call for a server of the panel at an address as the error that a user sees."""
    placeholders = {"server": server}
    reason = (err.reason or "").casefold() if isinstance(err, ResponseError) else ""
    if isinstance(err, AuthenticationError):
        key = "session_ended"
        placeholders["url"] = url
    elif isinstance(err, RateLimitedError):
        key = "rate_limited"
        placeholders["seconds"] = f"{err.retry_after or 1:.0f}"
    elif isinstance(err, PanelTimeoutError):
        key = "timeout"
    elif isinstance(err, ForbiddenError):
        key = "server_suspended" if "suspended" in reason else "no_access"
    elif isinstance(err, NotFoundError):
        key = "server_not_found"
    elif "daemon" in reason:
        key = "daemon_unreachable"
    elif "offline" in reason:
        key = "node_offline"
    else:
        key = "action_failed"
        placeholders["error"] = reason or str(err)
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)


class PanelCoordinator(DataUpdateCoordinator[ConnectionState]):
    """The connection to the panel: its state, its session, and what only REST calls tell."""

    config_entry: StellarStackConfigEntry

    def __init__(self, hass: HomeAssistant, entry: StellarStackConfigEntry) -> None:
        """Prepare the connection of an entry."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=entry.title)
        http = PanelHttp(
            create_websession(hass, entry.data[CONF_VERIFY_SSL]),
            entry.data[CONF_URL],
            Session.from_stored(entry.data[CONF_SESSION]),
        )
        self.client = StellarStackClient(http, self._handle_state)
        self.inventory = Inventory(hass, entry, self.client)
        self.data = self.client.state
        self._blocked = 0
        self._is_admin = False
        self._was_connected = False
        self._limited_until = 0.0

    async def async_connect(self) -> None:
        """Make the connection and learn what the account may see.

        Raises:
            ConfigEntryAuthFailed: The panel does not accept the session.
            ConfigEntryNotReady: There is no connection.
        """
        try:
            await self.client.connect()
        except AuthenticationError as err:
            raise _session_ended(self.config_entry.data[CONF_URL]) from err
        except StellarStackError as err:
            if isinstance(err, WebSocketBlockedError):
                await self._explain_blocked_socket()
            raise ConfigEntryNotReady(
                translation_domain=DOMAIN,
                translation_key="cannot_connect",
                translation_placeholders={"url": self.config_entry.data[CONF_URL], "error": str(err)},
            ) from err

    async def async_load(self) -> None:
        """Check the session, which also extends it, and load what only REST tells; without a cookie, do nothing.

        Raises:
            ConfigEntryAuthFailed: The session has ended.
        """
        if not self.client.http.has_cookie:
            return
        try:
            account = await self.client.check_session()
            self._is_admin = account.is_admin
            await self.inventory.async_compare(await self.client.load_servers())
            if account.is_admin:
                await self.client.load_nodes()
        except AuthenticationError as err:
            raise _session_ended(self.config_entry.data[CONF_URL]) from err
        except StellarStackError as err:
            # The socket works, so entities do too; the next check asks again.
            _LOGGER.debug("The panel did not answer a check of the session: %s", err)

    @callback
    def async_start_checks(self) -> None:
        """Check the session daily, the list of servers each 4 to 5 minutes, the nodes each minute, until unloaded."""
        self._was_connected = True
        self._repeat(self._check_session, *SESSION_INTERVAL)
        self._repeat(self._check_servers, *LIST_INTERVAL)
        self._repeat(self._check_nodes, *NODES_INTERVAL)

    def _repeat(self, check: Callable[[], Coroutine[Any, Any, None]], shortest: float, longest: float) -> None:
        """Run a check again and again, jittered, so that many Home Assistants do not ask one panel at once."""
        cancel: CALLBACK_TYPE

        @callback
        def due(_now: datetime) -> None:
            schedule()
            self.config_entry.async_create_background_task(self.hass, check(), f"{check.__name__} of {self.name}")

        @callback
        def schedule() -> None:
            nonlocal cancel
            cancel = async_call_later(self.hass, random.uniform(shortest, longest), due)

        schedule()
        self.config_entry.async_on_unload(lambda: cancel())  # noqa: PLW0108 - the one that is due then

    async def async_act[T](self, server: str, call: Callable[[PanelHttp], Awaitable[T]]) -> T:
        """Make a call that does something with a server, named for the error.

        Raises:
            HomeAssistantError: Why it was not done; a session that ended also asks to sign in again.
        """
        try:
            if (left := self._limited_until - time.monotonic()) > 0:
                raise RateLimitedError("the panel asked for patience", left)
            return await self.client.guard(call(self.client.http))
        except StellarStackError as err:
            if isinstance(err, RateLimitedError) and err.retry_after is not None:
                self._limited_until = time.monotonic() + err.retry_after
            raise _action_error(err, server, self.config_entry.data[CONF_URL]) from err

    async def _check_session(self) -> None:
        if self.client.state is ConnectionState.UNAUTHENTICATED:
            return
        try:
            await self.async_load()
        except ConfigEntryAuthFailed:
            _LOGGER.debug("The check of the session found it ended")

    async def _check_servers(self) -> None:
        if not self.client.http.has_cookie or self.client.state is not ConnectionState.CONNECTED:
            return
        try:
            await self.inventory.async_compare(await self.client.load_servers())
        except StellarStackError as err:
            _LOGGER.debug("The panel did not list its servers: %s", err)

    async def async_verify_deleted(self, server_id: str) -> None:
        """Ask whether the panel really has a server no more, that it said was deleted."""
        if not self.client.http.has_cookie:
            return
        try:
            await self.inventory.async_verify(server_id)
        except StellarStackError as err:
            _LOGGER.debug("The panel did not tell of a deleted server: %s", err)

    async def _explain_blocked_socket(self) -> None:
        """Find out why the panel's WebSocket is refused again and again, and tell the user."""
        try:
            await self.client.http.probe()
        except UnsupportedPanelError:
            key = ISSUE_UNSUPPORTED
        except StellarStackError:
            return
        else:
            key = ISSUE_WEBSOCKET_BLOCKED
        ir.async_create_issue(
            self.hass,
            DOMAIN,
            f"{key}_{self.config_entry.entry_id}",
            is_fixable=False,
            severity=ir.IssueSeverity.ERROR,
            translation_key=key,
            translation_placeholders={"panel": self.config_entry.title, "url": self.config_entry.data[CONF_URL]},
        )

    async def _check_nodes(self) -> None:
        if not self._is_admin or self.client.state is not ConnectionState.CONNECTED:
            return
        try:
            await self.client.load_nodes()
        except StellarStackError as err:
            _LOGGER.debug("The panel did not list its nodes: %s", err)

    @callback
    def _handle_state(self, state: ConnectionState, reason: StellarStackError | None) -> None:
        """Follow the connection; log once when it goes and once when it is back."""
        loaded = self.config_entry.state is ConfigEntryState.LOADED
        if state is ConnectionState.CONNECTED:
            self._blocked = 0
            for key in (ISSUE_UNSUPPORTED, ISSUE_WEBSOCKET_BLOCKED):
                ir.async_delete_issue(self.hass, DOMAIN, f"{key}_{self.config_entry.entry_id}")
            if loaded and not self._was_connected:
                _LOGGER.info("Connection to panel %s is back", self.name)
                self.config_entry.async_create_background_task(
                    self.hass, self._check_session(), f"stellarstack session check {self.name}"
                )
            self._was_connected = True
        elif reason is not None:
            if loaded and self._was_connected:
                _LOGGER.warning("Connection to panel %s is lost: %s", self.name, reason)
            self._was_connected = False
            self._blocked = self._blocked + 1 if isinstance(reason, WebSocketBlockedError) else 0
            if loaded and self._blocked == BLOCKED_ATTEMPTS:
                self.config_entry.async_create_background_task(
                    self.hass, self._explain_blocked_socket(), f"stellarstack blocked socket {self.name}"
                )
            # Also while the entry is being set up: there is at most one request.
            if state is ConnectionState.UNAUTHENTICATED:
                self.config_entry.async_start_reauth(self.hass)
        self.async_set_updated_data(state)


class ServerCoordinator(DataUpdateCoordinator[Server | None]):
    """One server as its entities see it; wakes them only when something changed."""

    config_entry: StellarStackConfigEntry

    def __init__(
        self, hass: HomeAssistant, entry: StellarStackConfigEntry, subentry: ConfigSubentry, room: int
    ) -> None:
        """Begin to watch the server of a subentry; there is room for so many entities enabled by default."""
        super().__init__(hass, _LOGGER, config_entry=entry, name=subentry.title)
        self.subentry = subentry
        self.room = room
        self.server_id: str = subentry.data[CONF_SERVER_ID]
        self.last_update_success = False
        self.first_sync = asyncio.Event()
        self._client = entry.runtime_data.panel.client
        self._shown: Server | None = None
        self._unknown_statuses: set[str] = set()
        self._acting = asyncio.Lock()
        self._power_calls: dict[PowerAction, asyncio.Task[None]] = {}
        self._watched: WatchedServer = self._client.watch(self.server_id, self._handle_update)

    @override
    async def async_shutdown(self) -> None:
        """Stop watching; also called, once more, when the entry of a server that was removed is unloaded."""
        if not self._shutdown_requested:
            self._client.unwatch(self.server_id)
        await super().async_shutdown()

    @callback
    @override
    def async_update_listeners(self) -> None:
        """Wake those listeners whose value changed, and all when the server became available or ceased to be.

        A listener's context is the function that takes its value from a server; one without is always woken. Here,
        because on a big panel even to ask each entity takes longer than all else that a change does.
        """
        server = self.data if self.last_update_success else None
        shown, self._shown = self._shown, server
        if shown is server:
            return
        listeners = cast(
            "list[tuple[CALLBACK_TYPE, Callable[[Server], StateType] | None]]", [*self._listeners.values()]
        )
        for update, value_fn in listeners:
            if value_fn is None or shown is None or server is None or value_fn(shown) != value_fn(server):
                update()

    @property
    def live(self) -> bool:
        """Whether the client believes what it knows of the server."""
        return self._watched.live

    def seconds_since_sync(self, now: float) -> float | None:
        """Return how old, at a monotonic time, the server's last sync is; None when none came yet."""
        return round(now - self._watched.last_sync, 1) if self._watched.last_sync else None

    @property
    def device_info(self) -> DeviceInfo:
        """The server as a device, reached through the panel's."""
        server = self.data
        return DeviceInfo(
            identifiers={(DOMAIN, self.server_id)},
            manufacturer=MANUFACTURER,
            model=server.blueprint.name if server and server.blueprint else None,
            name=(server.name if server else None) or self.subentry.title,
            serial_number=server.short_id if server else None,
            via_device_id=dr.async_get_device_id_by_identifier(
                self.hass, (DOMAIN, self.config_entry.entry_id), config_entry_id=self.config_entry.entry_id
            ),
        )

    async def async_power(self, action: PowerAction) -> None:
        """Tell the server to start, stop, restart or be killed; what is told twice while under way is one call.

        Raises:
            HomeAssistantError: Why it was not done.
        """
        if (call := self._power_calls.get(action)) is None:
            call = self._power_calls[action] = self.hass.async_create_task(
                self.async_act(lambda http: http.power(self.server_id, action)), f"stellarstack {action} {self.name}"
            )
            call.add_done_callback(lambda _: self._power_calls.pop(action))
        await asyncio.shield(call)

    async def async_act[T](self, call: Callable[[PanelHttp], Awaitable[T]], *, in_turn: bool = True) -> T:
        """Make a call that does something with this server, after those that are under way unless not `in_turn`.

        Raises:
            HomeAssistantError: Why it was not done.
        """
        panel = self.config_entry.runtime_data.panel
        async with self._acting if in_turn else contextlib.nullcontext():
            return await panel.async_act(self.name, call)

    @callback
    def _handle_update(self, update: Update) -> None:
        if update is Update.STALE:
            # As async_set_update_error does, without its error line for each server of a lost panel.
            self.last_update_success = False
            self.async_update_listeners()
            return
        if update is Update.DELETED:
            self.config_entry.async_create_background_task(
                self.hass,
                self.config_entry.runtime_data.panel.async_verify_deleted(self.server_id),
                f"stellarstack deleted server {self.name}",
            )
            return
        self.first_sync.set()
        if not self.last_update_success:
            async_forget_gone(self.hass, self.server_id)
        previous, server = self.data, self._watched.server
        self.async_set_updated_data(server)
        if server is not None and previous is not None:
            self._follow_device(previous, server)
        if server is not None and server.status is None and (raw := server.raw_status):
            if raw not in self._unknown_statuses and len(self._unknown_statuses) < MOST_UNKNOWN:
                self._unknown_statuses.add(raw)
                _LOGGER.warning("Server %s has a status that this version does not know: %.40r", self.name, raw)

    @callback
    def _follow_device(self, previous: Server, server: Server) -> None:
        """Let device and subentry take over a new name, the device another blueprint."""
        if (previous.name, previous.blueprint, previous.short_id) == (server.name, server.blueprint, server.short_id):
            return
        registry = dr.async_get(self.hass)
        info = self.device_info
        device = registry.async_get_device_by_identifier((DOMAIN, self.server_id), self.config_entry.entry_id)
        if device is not None:
            registry.async_update_device(
                device.id, name=info["name"], model=info["model"], serial_number=info["serial_number"]
            )
        if server.name and previous.name != server.name:
            self.name = server.name
            self.hass.config_entries.async_update_subentry(self.config_entry, self.subentry, title=server.name)


def _room_for_entities(hass: HomeAssistant, entry: StellarStackConfigEntry, added: Collection[ConfigSubentry]) -> int:
    """Return for how many enabled entities of each added server, that Home Assistant has not met before, there is room."""
    registry = er.async_get(hass)
    known = (
        registry.async_get_entity_id(Platform.SENSOR, DOMAIN, f"{subentry.data[CONF_SERVER_ID]}_status")
        for subentry in added
    )
    left = MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY
    left -= registry.entities.get_enabled_count_for_config_entry_id(entry.entry_id)
    # The panel's own entity comes together with the first servers.
    if registry.async_get_entity_id(Platform.BINARY_SENSOR, DOMAIN, f"{entry.unique_id}_connected") is None:
        left -= 1
    return max(0, left) // max(1, sum(entity_id is None for entity_id in known))


@dataclass(slots=True)
class StellarStackData:
    """What a loaded entry holds.

    Attributes:
        panel: The connection and its client.
        servers: The coordinators by subentry id.
    """

    panel: PanelCoordinator
    servers: dict[str, ServerCoordinator] = field(default_factory=dict)
    _listeners: list[ServerListener] = field(default_factory=list)

    @callback
    def async_on_server(self, listener: ServerListener) -> CALLBACK_TYPE:
        """Call `listener` for each server there is and each that is added later; returns what ends that."""
        self._listeners.append(listener)
        for coordinator in self.servers.values():
            listener(coordinator)
        return lambda: self._listeners.remove(listener)

    async def async_follow_subentries(self, hass: HomeAssistant, entry: StellarStackConfigEntry) -> None:
        """Watch exactly the servers that have a subentry, without touching those that stay."""
        subentries = {subentry.subentry_id: subentry for subentry in entry.get_subentries_of_type(SUBENTRY_SERVER)}
        for subentry_id in self.servers.keys() - subentries.keys():
            coordinator = self.servers.pop(subentry_id)
            await coordinator.async_shutdown()
            async_forget_gone(hass, coordinator.server_id)
        added = [subentry for subentry_id, subentry in subentries.items() if subentry_id not in self.servers]
        room = _room_for_entities(hass, entry, added)
        for subentry in added:
            coordinator = self.servers[subentry.subentry_id] = ServerCoordinator(hass, entry, subentry, room)
            for listener in self._listeners:
                listener(coordinator)

    async def async_wait_for_first_syncs(self) -> None:
        """Wait until each server has sent its state: at most 10 s, and no longer than a tick after the first did."""
        waiting = {asyncio.create_task(coordinator.first_sync.wait()) for coordinator in self.servers.values()}
        if not waiting:
            return
        loop = asyncio.get_running_loop()
        latest = loop.time() + FIRST_SYNC_TIMEOUT
        try:
            done, pending = await asyncio.wait(waiting, timeout=FIRST_SYNC_TIMEOUT, return_when=asyncio.FIRST_COMPLETED)
            if done and pending:
                await asyncio.wait(pending, timeout=min(TICK, latest - loop.time()))
        finally:
            for task in waiting:
                task.cancel()
