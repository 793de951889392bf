"""The connection to a panel, as Home Assistant sees it."""

from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from functools import partial
import logging
import random
from typing import Any

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntry
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.event import async_call_later

from .client.client import StellarStackClient
from .client.credentials import Credentials
from .client.detect import detect_panel
from .client.exceptions import (
    AuthenticationError,
    ForbiddenError,
    NotThePanelError,
    RedirectedError,
    StellarStackError,
    UnsupportedPanelError,
    WebSocketBlockedError,
)
from .client.listeners import Listeners
from .client.messages import ConnectionState
from .client.server import WatchedServer
from .client.timing import Timing
from .const import (
    CONF_LIVE,
    CONF_SESSION,
    CONF_USAGE_INTERVAL,
    DATA_TIMING,
    DEFAULT_USAGE_INTERVAL,
    DOMAIN,
    MANUFACTURER,
)
from .errors import setup_error
from .inventory import Inventory
from .outage import async_outage_of
from .panel_access import async_take_over_https
from .repairs import async_report_outage
from .usage_schedule import UsageSchedule
from .websession import create_connection_session

_LOGGER = logging.getLogger(__name__)

type Interval = tuple[float, float]

SESSION_INTERVAL: Interval = (82800.0, 86400.0)
"""Seconds between two checks of the session. Listening does not extend it (7 days); a call, once it is a day old, does."""
LIST_INTERVAL: Interval = (240.0, 300.0)
"""Seconds between two lists of the account's servers."""
NODES_INTERVAL: Interval = (55.0, 60.0)
"""Seconds between two lists of the nodes."""
REFUSED_ATTEMPTS = 3
"""Refused connections in a row until the user is notified; a panel also refuses some that come too fast."""

_REFUSED = (WebSocketBlockedError, UnsupportedPanelError)
"""Reasons that are not the whole truth: what refuses the WebSocket may be the panel, a proxy, or another product."""
_UNCERTAIN = (*_REFUSED, NotThePanelError)
"""Those, and what a panel of the other generation says to a list of servers."""


@callback
def async_call_repeatedly(hass: HomeAssistant, interval: Interval, action: Callable[[], None]) -> CALLBACK_TYPE:
    """Call an action at jittered intervals.

    The jitter keeps many Home Assistants from asking one panel at the same time.
    """
    cancel: CALLBACK_TYPE

    @callback
    def due(_now: datetime) -> None:
        schedule()
        action()

    @callback
    def schedule() -> None:
        nonlocal cancel
        cancel = async_call_later(hass, random.uniform(*interval), due)

    schedule()
    return lambda: cancel()  # noqa: PLW0108 - the one that is due then


class PanelCoordinator:
    """The connection to a panel, its session and its regular checks.

    No `DataUpdateCoordinator`: that one polls, wakes all listeners whatever changed, and one that raises keeps the
    news from the others. The client's own listeners do what a push integration needs.

    Attributes:
        client: The account on the panel.
        inventory: Servers that come and go.
        usage_schedule: When the usage of each server is published.
        connected: Whether news flow: authenticated, and not silent.
        live_option: Notified when live sockets begin or cease to be held all the time.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Prepare the connection of an entry."""
        self.hass = hass
        self.config_entry = entry
        self._timing = hass.data.get(DATA_TIMING, Timing())
        self._websession = create_connection_session(hass, entry.data[CONF_VERIFY_SSL])
        credentials = Credentials.from_stored(entry.data[CONF_SESSION])
        self.client = StellarStackClient(
            self._websession, entry.data[CONF_URL], credentials, self._handle_state, self._timing
        )
        self.inventory = Inventory(hass, entry, self.client)
        self.usage_schedule = UsageSchedule(hass.loop)
        self.connected = False
        self.live_option: Listeners[[]] = Listeners()
        self._held: bool | None = None
        """What the option said when it was last followed."""
        self._listeners: Listeners[[]] = Listeners()
        self._live: set[str] = set()
        self._silent = False
        self._outage = async_outage_of(hass, entry)
        self._lost = False
        self._signed_out = False
        self._refused = 0
        self._sees_nodes = True

    @property
    def name(self) -> str:
        """Return the user's name for the panel."""
        return self.config_entry.title

    @property
    def state(self) -> ConnectionState:
        """Return the state of the connection."""
        return self.client.state

    @property
    def holds_live_sockets(self) -> bool:
        """Return whether live sockets are held all the time.

        Otherwise they are held only during calls.
        """
        return bool(self.config_entry.options.get(CONF_LIVE, True))

    @property
    def device_info(self) -> DeviceInfo:
        """Return the panel as a device."""
        return DeviceInfo(
            identifiers={(DOMAIN, self.config_entry.entry_id)},
            configuration_url=self.client.url,
            entry_type=DeviceEntryType.SERVICE,
            manufacturer=MANUFACTURER,
            model="Panel",
            name=self.name,
        )

    @callback
    def async_add_listener(self, update: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Add a listener to `connected`; return a function that removes it."""
        return self._listeners.add(update)

    async def async_connect(self) -> None:
        """Make the connection.

        Raises:
            ConfigEntryAuthFailed: The panel does not accept the session.
            ConfigEntryNotReady: There is no connection.
        """
        try:
            await self.client.connect()
        except StellarStackError as err:
            await self._handle_no_connection(err)
            raise setup_error(err, self.client.url) from err

    @callback
    def async_follow_options(self) -> None:
        """Hold live sockets and publish usage as the entry's options say."""
        interval = self.config_entry.options.get(CONF_USAGE_INTERVAL, DEFAULT_USAGE_INTERVAL)
        self.usage_schedule.async_set_interval(interval)
        # Each rename comes here too, and each server that is added.
        if (holds := self.holds_live_sockets) is not self._held:
            self._held = holds
            self.client.set_live(holds)
            self.live_option.notify()

    async def async_close(self, *, quiet: bool = False) -> None:
        """End the connection; with `quiet`, without notifications."""
        self.usage_schedule.async_close()
        await self.client.close(quiet=quiet)
        # Only now: what is under way would end in errors that mean nothing.
        await self._websession.close()

    async def async_load(self) -> None:
        """Check the session, and load what the feed lacks.

        The check also extends the session.

        Raises:
            ConfigEntryAuthFailed: The session has ended.
        """
        self._sees_nodes = True
        try:
            await self._ask(self.client.check_session, self.inventory.async_check, self._load_nodes)
        except AuthenticationError as err:
            raise setup_error(err, self.client.url) from err

    @callback
    def async_start_checks(self) -> None:
        """Start the regular checks, which run until unloaded.

        The session is checked daily, the list of servers each 4 to 5 minutes, the nodes each minute.
        """
        for check, interval in (
            (self._check_session, SESSION_INTERVAL),
            (self._check_servers, LIST_INTERVAL),
            (self._check_nodes, NODES_INTERVAL),
        ):
            self.config_entry.async_on_unload(async_call_repeatedly(self.hass, interval, partial(self._run, check)))

    @callback
    def async_set_live(self, server: WatchedServer, live: bool) -> None:
        """Record that a server became live or stale.

        When the last one went because its news are old, none come any more: the connection is as good as lost, some
        time before the client gives it up.
        """
        if live:
            self._live.add(server.id)
        else:
            self._live.discard(server.id)
        now = self.hass.loop.time()
        self._silent = (
            not self._live and server.last_news is not None and now - server.last_news >= self.client.news_valid_for
        )
        self._publish()

    def _run(self, check: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self.config_entry.async_create_background_task(self.hass, check(), f"stellarstack check of {self.name}")

    async def _check_session(self) -> None:
        self._sees_nodes = True
        await self._check(self.client.check_session, self.inventory.async_check, self._load_nodes)

    async def _check_servers(self) -> None:
        if self._signed_out:
            await self._sign_in_again()
        else:
            await self._check(self.inventory.async_check)

    async def _check_nodes(self) -> None:
        if self._sees_nodes:
            await self._check(self._load_nodes)

    async def _check(self, *questions: Callable[[], Awaitable[object]]) -> None:
        if self.state is ConnectionState.CONNECTED:
            try:
                await self._ask(*questions)
            except AuthenticationError:
                _LOGGER.debug("A check found that the session on panel %s has ended", self.name)

    async def _ask(self, *questions: Callable[[], Awaitable[object]]) -> None:
        """Make calls one after the other, without regard to failures.

        The feed works without an answer, and the next check asks again.

        Raises:
            AuthenticationError: The session has ended.
        """
        if not self.client.capabilities.calls:
            return
        for question in questions:
            try:
                await question()
            except AuthenticationError:
                raise
            except StellarStackError as err:
                _LOGGER.debug("Panel %s did not answer a check: %s", self.name, err)

    async def _load_nodes(self) -> None:
        try:
            await self.client.load_nodes()
        except ForbiddenError:
            # Whether the account has become an admin's is asked again with the session.
            self._sees_nodes = False
            raise

    async def _sign_in_again(self) -> None:
        """Retry a refused session once; then have the user sign in."""
        try:
            await self.client.connect()
        except AuthenticationError:
            self.config_entry.async_start_reauth(self.hass)
        except StellarStackError as err:
            _LOGGER.debug("Panel %s did not tell whether the session has ended: %s", self.name, err)

    @callback
    def _handle_state(self, state: ConnectionState, reason: StellarStackError | None) -> None:
        """Take a state of the connection; log its loss and return once."""
        self._silent = False
        if state is ConnectionState.CONNECTED:
            self._handle_connected()
        elif reason is not None:
            self._handle_lost(state, reason)
        self._publish()

    def _handle_connected(self) -> None:
        self._outage.async_connected()
        self._refused = 0
        if self._lost:
            self._lost = False
            self._run(self._check_session)
        if self._signed_out:
            self._signed_out = False
            for flow in self.config_entry.async_get_active_flows(self.hass, {SOURCE_REAUTH}):
                self.hass.config_entries.flow.async_abort(flow["flow_id"])

    def _handle_lost(self, state: ConnectionState, reason: StellarStackError) -> None:
        self._lost = True
        self._outage.async_failed(reason, self._find_reason)
        self._refused = self._refused + 1 if isinstance(reason, _UNCERTAIN) else 0
        if self._refused == REFUSED_ATTEMPTS:
            self._run(partial(self._outage.async_explain, *_REFUSED))
        if state is ConnectionState.UNAUTHENTICATED:
            self._signed_out = True
            self._run(self._outage.async_explain)
            self.config_entry.async_start_reauth(self.hass)

    async def _handle_no_connection(self, err: StellarStackError) -> None:
        """Report why the first connection failed.

        At once where only the user can repair it, else when it lasts.
        """
        if isinstance(err, AuthenticationError):
            self._outage.async_end()
            return
        self._outage.async_failed(err)
        if isinstance(err, RedirectedError):
            if await async_take_over_https(self.hass, self.config_entry, err.location):
                self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)
        # The panel was found before its WebSocket was tried.
        elif isinstance(err, _REFUSED):
            async_report_outage(self.hass, self.config_entry, err)

    async def _find_reason(self, reason: StellarStackError) -> StellarStackError | None:
        """Find out why there is no connection.

        None when no repair is to be raised.
        """
        if isinstance(reason, AuthenticationError):
            return None
        if not isinstance(reason, _UNCERTAIN):
            return reason
        try:
            panel = await detect_panel(self._websession, self.client.url, self._timing)
        except RedirectedError as err:
            # The entry's listener reconnects.
            taken = await async_take_over_https(self.hass, self.config_entry, err.location)
            return None if taken else err
        except StellarStackError as err:
            return err
        if type(panel) is type(self.client.panel):
            return reason
        # It is of another generation now; a set-up finds out all that follows from that.
        self.hass.config_entries.async_schedule_reload(self.config_entry.entry_id)
        return None

    def _publish(self) -> None:
        connected = self.state is ConnectionState.CONNECTED and not self._silent
        if connected is not self.connected:
            self.connected = connected
            self._listeners.notify()
