"""An entry's runtime data, and a coordinator for each server."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Iterable
from dataclasses import dataclass, field
import logging
from typing import assert_never
from urllib.parse import quote

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.dispatcher import async_dispatcher_send

from .client.exceptions import StellarStackError
from .client.lifecycle import LifecycleEvent
from .client.listeners import Listeners
from .client.live_state import LiveState
from .client.models import Backup, PowerAction, Server, ServerStatus
from .client.panel import Capabilities
from .client.server import Update
from .client.timing import Timing
from .const import CONF_SERVER_ID, DOMAIN, MANUFACTURER, SUBENTRY_SERVER
from .entity_limit import entity_limit
from .errors import action_error
from .panel_coordinator import PanelCoordinator
from .repairs import async_clear_removed_servers, async_clear_server_gone
from .server_usage import ServerUsage
from .signals import SIGNAL_LIFECYCLE

__all__ = ["PanelCoordinator", "ServerCoordinator", "StellarStackConfigEntry", "StellarStackData"]

_LOGGER = logging.getLogger(__name__)

MOST_UNKNOWN = 10
"""Unknown statuses of one server that are logged, so that a panel cannot fill the log."""

USAGE = "usage"
"""The field of listeners that follow the published usage, beside the fields of `Server`."""
ENTITIES = "entities"
"""The same, of those that follow which entities a server can have: this depends on rights and on live data."""

type StellarStackConfigEntry = ConfigEntry[StellarStackData]


@dataclass(slots=True)
class StellarStackData:
    """The runtime data of a loaded entry.

    Attributes:
        panel: The connection and its client.
        servers: The coordinators by subentry id.
        server_added: Told of each coordinator that is added later.
    """

    panel: PanelCoordinator
    servers: dict[str, ServerCoordinator] = field(default_factory=dict)
    server_added: Listeners[ServerCoordinator] = field(default_factory=Listeners)


class ServerCoordinator:
    """One server as its entities see it.

    Attributes:
        panel: The connection that it is reached by.
        subentry: Its place in the entry; the title follows the server's name.
        entity_limit: How many of its entities may start enabled.
        server_id: The panel's id.
        server: The client's view of it.
        data: What is shown; None before the first news.
        available: Whether that is the present.
        usage: What is shown of its usage.
        first_news: Done once anything is known.
    """

    def __init__(self, panel: PanelCoordinator, subentry: ConfigSubentry, entity_limit: int) -> None:
        """Begin to watch the server of a subentry."""
        self.panel = panel
        self.subentry = subentry
        self.entity_limit = entity_limit
        self.server_id: str = subentry.data[CONF_SERVER_ID]
        self.server = panel.client.watch(self.server_id)
        self.data: Server | None = None
        self.available = False
        self.first_news = asyncio.get_running_loop().create_future()
        self._listeners: Listeners[[]] = Listeners()
        self._unknown_statuses: list[str] = []
        self._refresh: asyncio.Task[None] | None = None
        self.usage = ServerUsage(
            panel.hass, self.server, panel.usage_schedule, lambda: panel.holds_live_sockets, self._handle_usage
        )
        self._removers = (
            self.server.updates.add(self._handle_update),
            self.server.events.add(self._handle_event),
            self.server.channel.changes.add(self._handle_channel),
            panel.live_option.add(self.usage.async_review),
        )
        if self.server.live:
            # A dialog that watches it already had its first news.
            self._handle_update(Update.CHANGED)

    @callback
    def async_close(self) -> None:
        """Stop watching."""
        for remove in self._removers:
            remove()
        self.usage.async_close()
        self._set_available(False)
        self.panel.client.unwatch(self.server)

    @property
    def name(self) -> str:
        """Return the server's name."""
        return self.subentry.title

    @property
    def capabilities(self) -> Capabilities:
        """Return what the panel offers for the server."""
        return self.server.capabilities

    @property
    def live_state(self) -> str:
        """Return the state of the live socket, or why none is held.

        Reasons are `off` and `stopped`, beside `closed`.
        """
        state = self.server.channel.state
        if state is not LiveState.CLOSED:
            return state
        if not self.panel.holds_live_sockets or not self.capabilities.calls:
            return "off"
        is_stopped = self.data is not None and self.data.status is ServerStatus.STOPPED
        return "stopped" if is_stopped else state

    @property
    def has_details(self) -> bool | None:
        """Return whether the panel reports the server's address and backups.

        None while that is not known.
        """
        if self.capabilities.shared_details:
            return True
        shared = self.data.shared if self.data is not None else None
        return None if shared is None else not shared

    def allows(self, action: PowerAction) -> bool:
        """Return whether the account may do this with the server.

        Unknown rights count as granted, except while a live socket is to report those of a server that may be shared.
        """
        if not self.capabilities.calls or not self.capabilities.power_by_live:
            return self.capabilities.calls
        if (allowed := self.server.channel.allows(action)) is not None:
            return allowed
        # Rights on a shared server come with a live socket only. Where none is held, the action itself shows them.
        return not self.panel.holds_live_sockets or (self.data is not None and self.data.shared is False)

    @property
    def device_info(self) -> DeviceInfo:
        """Return the server as a device, reached through the panel's."""
        entry_id = self.panel.config_entry.entry_id
        server = self.data
        return DeviceInfo(
            identifiers={(DOMAIN, self.server_id)},
            configuration_url=f"{self.panel.client.url}/servers/{quote(self.server_id, safe='')}",
            manufacturer=MANUFACTURER,
            model=server.blueprint.name if server and server.blueprint else None,
            name=(server.name if server else None) or self.name,
            serial_number=server.short_id if server else None,
            via_device_id=dr.async_get_device_id_by_identifier(
                self.panel.hass, (DOMAIN, entry_id), config_entry_id=entry_id
            ),
        )

    @callback
    def async_add_listener(self, update: CALLBACK_TYPE, fields: frozenset[str]) -> CALLBACK_TYPE:
        """Add a listener to the server; return a function that removes it.

        Args:
            update: What to call.
            fields: Those of `Server` that matter, `USAGE` and `ENTITIES`. A change of `available` always does.
        """
        return self._listeners.add(update, fields)

    async def async_refresh(self) -> None:
        """Ask the panel for the server; simultaneous requests share one call.

        Raises:
            HomeAssistantError: The panel did not answer.
        """
        if not self.capabilities.calls:
            return
        if self._refresh is None:
            self._refresh = self.panel.config_entry.async_create_background_task(
                self.panel.hass, self.server.load(), f"stellarstack refresh of {self.server_id}"
            )
            self._refresh.add_done_callback(self._refreshed)
        refresh = self._refresh
        await asyncio.wait((refresh,))
        # It is cancelled when the entry is unloaded.
        if not refresh.cancelled():
            await self._call(refresh)

    async def async_power(self, action: PowerAction) -> None:
        """Start, stop, restart or kill the server; returns when that goes on.

        Raises:
            HomeAssistantError: Why it was not done, or that this is not known.
        """
        await self._call(self.server.power(action))

    async def async_send_command(self, command: str) -> None:
        """Send a line to the server's console.

        Raises:
            HomeAssistantError: Why it was not done, or that this is not known.
        """
        await self._call(self.server.send_command(command))

    async def async_run_command(self, command: str, seconds: float, is_last: Callable[[str], bool]) -> list[str]:
        """Send a line to the server's console; return what is printed then.

        Args:
            command: The line.
            seconds: How long to wait for lines.
            is_last: Whether a line ends the wait early.

        Raises:
            HomeAssistantError: Why it was not done, or that this is not known.
        """
        server = self.server
        return await self._call(
            server.channel.collect_lines(command, lambda: server.send_command(command), seconds, is_last)
        )

    async def async_read_console(self, most: int) -> list[str]:
        """Return the last lines of the server's console.

        Raises:
            HomeAssistantError: Why there are none.
        """
        return await self._call(self.server.channel.read_lines(most))

    async def async_create_backup(self, name: str | None = None) -> Backup:
        """Make a backup, and return it when it has ended.

        Raises:
            HomeAssistantError: Why it was not done, or that this is not known.
        """
        return await self._call(self.server.create_backup(name))

    async def _call[T](self, call: Awaitable[T]) -> T:
        try:
            return await call
        except StellarStackError as err:
            raise action_error(err, self.name, self.panel.client.url) from err

    def _refreshed(self, refresh: asyncio.Task[None]) -> None:
        self._refresh = None
        # Whoever asked may have left before it failed.
        if not refresh.cancelled():
            refresh.exception()

    @callback
    def _handle_event(self, event: LifecycleEvent) -> None:
        async_dispatcher_send(self.panel.hass, SIGNAL_LIFECYCLE.format(self.server_id), event)

    @callback
    def _handle_update(self, update: Update) -> None:
        match update:
            case Update.CHANGED:
                assert self.server.info is not None
                self._show(self.server.info)
            case Update.STALE:
                self._set_available(False)
                self._notify(None)
            case Update.DELETED:
                self.panel.inventory.async_suspect(self.server_id)
            case _:
                assert_never(update)

    @callback
    def _handle_channel(self) -> None:
        """Follow the account's rights and the state of live data."""
        self._notify({ENTITIES})
        self.usage.async_review()

    def _show(self, server: Server) -> None:
        previous, self.data = self.data, server
        changed = _changed_fields(previous, server) if self.available and previous is not None else None
        self._set_available(True)
        if not self.first_news.done():
            self.first_news.set_result(None)
        self._notify(changed)
        if changed is None or "status" in changed:
            self.usage.async_review()
        if changed is None:
            async_clear_server_gone(self.panel.hass, self.subentry.subentry_id)
        if changed is None or not changed.isdisjoint(_SHOWN_BY_DEVICE):
            self._update_device(server)
        if server.status is None and server.raw_status is not None:
            self._log_unknown_status(server.raw_status)

    def _notify(self, changed: set[str] | None) -> None:
        """Call the listeners to these fields; None stands for all."""
        if changed is None:
            self._listeners.notify()
        else:
            self._listeners.notify_of(changed)

    @callback
    def _handle_usage(self, is_first: bool) -> None:
        # With the first usage, its entities can be added.
        self._notify({ENTITIES if is_first else USAGE})

    def _set_available(self, available: bool) -> None:
        if available is not self.available:
            self.available = available
            self.panel.async_set_live(self.server, available)

    def _update_device(self, server: Server) -> None:
        """Update device and subentry with the server's name and kind."""
        entry = self.panel.config_entry
        registry = dr.async_get(self.panel.hass)
        device = registry.async_get_device_by_identifier((DOMAIN, self.server_id), entry.entry_id)
        if device is not None:
            info = self.device_info
            registry.async_update_device(
                device.id, name=info["name"], model=info["model"], serial_number=info["serial_number"]
            )
        if server.name and server.name != self.subentry.title:
            self.panel.hass.config_entries.async_update_subentry(entry, self.subentry, title=server.name)

    def _log_unknown_status(self, raw_status: str) -> None:
        if raw_status not in self._unknown_statuses and len(self._unknown_statuses) < MOST_UNKNOWN:
            self._unknown_statuses.append(raw_status)
            _LOGGER.warning("Server %s has a status that this version does not know: %.40r", self.name, raw_status)


_SHOWN_BY_DEVICE = frozenset({"name", "blueprint", "short_id"})


def count_live_states(servers: Iterable[ServerCoordinator]) -> Counter[str]:
    """Return how many servers are in each state of a live socket."""
    return Counter(server.live_state for server in servers)


def _changed_fields(previous: Server, server: Server) -> set[str]:
    """Return the names of the fields that differ between two states."""
    before = vars(previous)
    # Most parts of a server are the same object as before.
    return {name for name, value in vars(server).items() if value is not before[name] and value != before[name]}


@callback
def async_sync_subentries(hass: HomeAssistant, entry: StellarStackConfigEntry) -> None:
    """Watch exactly the servers that have a subentry.

    Those that stay are not touched.
    """
    data = entry.runtime_data
    subentries = {subentry.subentry_id: subentry for subentry in entry.get_subentries_of_type(SUBENTRY_SERVER)}
    # Each rename comes here too.
    if subentries.keys() == data.servers.keys():
        return
    for subentry_id in data.servers.keys() - subentries.keys():
        data.servers.pop(subentry_id).async_close()
    async_clear_removed_servers(hass, entry)
    added = [subentry for subentry_id, subentry in subentries.items() if subentry_id not in data.servers]
    limit = entity_limit(hass, entry, added)
    for subentry in added:
        coordinator = data.servers[subentry.subentry_id] = ServerCoordinator(data.panel, subentry, limit)
        data.server_added.notify(coordinator)


async def async_wait_for_first_news(coordinators: Collection[ServerCoordinator], timing: Timing) -> None:
    """Wait for the first news of each server.

    The wait ends after the time that a set-up may take, or a tick after the first news.
    """
    waiting = {coordinator.first_news for coordinator in coordinators}
    if not waiting:
        return
    loop = asyncio.get_running_loop()
    latest = loop.time() + timing.first_news
    try:
        done, pending = await asyncio.wait(waiting, timeout=timing.first_news, return_when=asyncio.FIRST_COMPLETED)
        if done and pending:
            await asyncio.wait(pending, timeout=min(timing.news_of_all, latest - loop.time()))
    finally:
        for task in waiting:
            task.cancel()
