"""Reports of a lost connection, in the log and by repairs."""

from collections.abc import Awaitable, Callable
from datetime import datetime
import logging

from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.core import CALLBACK_TYPE, HassJob, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.util.hass_dict import HassKey

from .client.exceptions import StellarStackError
from .const import DOMAIN
from .repairs import async_clear_connection, async_report_outage, async_report_unstable

_LOGGER = logging.getLogger(__name__)

LASTING = 300.0
"""Seconds without a connection until a repair is raised, and between two checks for a changed reason."""
STABLE = 900.0
"""Seconds that a connection has to last until earlier reports may be repeated."""
MOST_LOSSES = 3
"""Shorter connections in a row until a repair of unstable connections is raised."""
MOST_REASONS = 10
"""Reasons that are logged until a connection lasts, so that a panel cannot fill the log."""

type FindReason = Callable[[StellarStackError], Awaitable[StellarStackError | None]]


class Outage:
    """The lost connections of one entry, in log and repairs.

    Each reason is logged once, the present one is a repair. The object outlives the attempts to set the entry up, so
    that one that fails for long is explained too.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Begin without a lost connection."""
        self._hass = hass
        self._entry = entry
        self._connected = False
        self._reason: StellarStackError | None = None
        self._find_reason: FindReason | None = None
        self._logged: set[str] = set()
        self._loss_logged = False
        self._losses = 0
        self._cancel_timer: CALLBACK_TYPE | None = None

    @callback
    def async_connected(self) -> None:
        """Record a connection."""
        self._connected = True
        self._reason = None
        if self._loss_logged:
            _LOGGER.info("Connection to panel %s is back", self._entry.title)
            self._loss_logged = False
        if self._losses >= MOST_LOSSES:
            async_report_unstable(self._hass, self._entry)
        else:
            async_clear_connection(self._hass, self._entry)
        self._start_timer(STABLE, self._handle_stable)

    @callback
    def async_failed(self, reason: StellarStackError, find_reason: FindReason | None = None) -> None:
        """Record a lost connection, or another failed attempt.

        Args:
            reason: The error of the connection.
            find_reason: Finds out the real reason, None when no repair is to be raised; without it, `reason` is that.
        """
        begins = self._reason is None
        self._reason = reason
        self._find_reason = find_reason
        if self._connected:
            self._connected = False
            self._losses += 1
            # Each reason once, until a connection is stable; what lasts is logged later in any case.
            if str(reason) not in self._logged and len(self._logged) < MOST_REASONS:
                self._log_loss(reason)
        if begins:
            self._start_timer(LASTING, self._handle_lasting)

    async def async_explain(self, *kinds: type[StellarStackError]) -> None:
        """Find out why there is no connection, and raise a repair.

        Args:
            kinds: Raise it only for a reason of these; for every reason when empty.
        """
        if self._reason is None:
            return
        reason = self._reason if self._find_reason is None else await self._find_reason(self._reason)
        # There may be a connection meanwhile.
        if self._reason is None or (kinds and not isinstance(reason, kinds)):
            return
        if self._losses and not self._loss_logged:
            self._log_loss(reason or self._reason)
        if reason is None:
            async_clear_connection(self._hass, self._entry)
        else:
            async_report_outage(self._hass, self._entry, reason)

    @callback
    def async_end(self) -> None:
        """Discard the lost connection, as none is wanted any more."""
        self._connected = False
        self._reason = None
        self._losses = 0
        self._logged.clear()
        self._loss_logged = False
        if self._cancel_timer is not None:
            self._cancel_timer()
            self._cancel_timer = None
        async_clear_connection(self._hass, self._entry)

    def _log_loss(self, reason: StellarStackError) -> None:
        self._logged.add(str(reason))
        self._loss_logged = True
        _LOGGER.warning("Connection to panel %s is lost: %s", self._entry.title, reason)

    def _start_timer(self, delay: float, action: Callable[[datetime], None]) -> None:
        if self._cancel_timer is not None:
            self._cancel_timer()
        job = HassJob(action, f"stellarstack outage of {self._entry.title}", cancel_on_shutdown=True)
        self._cancel_timer = async_call_later(self._hass, delay, job)

    @callback
    def _handle_stable(self, _now: datetime) -> None:
        self._cancel_timer = None
        self._losses = 0
        self._logged.clear()
        async_clear_connection(self._hass, self._entry)

    @callback
    def _handle_lasting(self, _now: datetime) -> None:
        self._cancel_timer = None
        if self._entry.state is ConfigEntryState.NOT_LOADED:
            # It was disabled while it could not be set up.
            self.async_end()
            return
        self._start_timer(LASTING, self._handle_lasting)
        self._entry.async_create_background_task(
            self._hass, self.async_explain(), f"stellarstack outage of {self._entry.title}"
        )


DATA_OUTAGES: HassKey[dict[str, Outage]] = HassKey(f"{DOMAIN}_outages")


@callback
def async_outage_of(hass: HomeAssistant, entry: ConfigEntry) -> Outage:
    """Return an entry's `Outage`."""
    outages = hass.data.setdefault(DATA_OUTAGES, {})
    if entry.entry_id not in outages:
        outages[entry.entry_id] = Outage(hass, entry)
    return outages[entry.entry_id]


@callback
def async_forget_outage(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Discard a removed entry's `Outage`."""
    if (outage := hass.data.get(DATA_OUTAGES, {}).pop(entry.entry_id, None)) is not None:
        outage.async_end()
