"""What is shown of the usage of a server, and when."""

from collections.abc import Callable

from homeassistant.const import Platform
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from .client.models import ServerStatus
from .client.server import WatchedServer
from .client.usage import NOTHING, Usage
from .const import DOMAIN
from .usage_schedule import UsageSchedule

FIRST_SAMPLES = 3
"""Samples before the first publication: the first one knows no rate, and may be a second old; one alone may know no CPU."""


class ServerUsage:
    """What is shown of the usage of one server.

    The mean of each interval, while samples come. That they cease, or that the server stopped, shows at once.

    Attributes:
        shown: None while no live data flow.
        has_come: Whether live data ever came, be it before a restart.
    """

    def __init__(
        self,
        hass: HomeAssistant,
        server: WatchedServer,
        schedule: UsageSchedule,
        is_live: Callable[[], bool],
        on_change: Callable[[bool], None],
    ) -> None:
        """Wait for samples.

        Args:
            hass: Whose registry knows whether live data came before a restart.
            server: The server.
            schedule: Of the server's panel.
            is_live: Returns whether live sockets are held.
            on_change: Called when `shown` has changed, with whether `has_come` has too.
        """
        self.shown: Usage | None = None
        self.has_come = _has_entity(hass, server.id)
        self._server = server
        self._schedule = schedule
        self._is_live = is_live
        self._on_change = on_change
        self._samples = 0
        self._remove_listener: CALLBACK_TYPE | None = None
        self._await_samples()

    @callback
    def async_close(self) -> None:
        """Publish nothing any more."""
        self._schedule.async_discard(self._publish)
        self._ignore_samples()

    @callback
    def async_review(self) -> None:
        """Show at once that live data ceased, or a stop.

        To be called whenever the status, the live socket or the options changed.
        """
        usage = self._server.channel.usage if self._is_live() else None
        if usage is None and self._is_stopped and self._is_live() and self.has_come:
            # No live data are needed to know it.
            usage = NOTHING
        if usage is None or self._is_stopped:
            self._await_samples()
            self._show(usage)

    @property
    def _is_stopped(self) -> bool:
        info = self._server.info
        return info is not None and info.status is ServerStatus.STOPPED

    def _await_samples(self) -> None:
        self._schedule.async_discard(self._publish)
        self._samples = 0
        if self._remove_listener is None:
            self._remove_listener = self._server.channel.samples.add(self._handle_sample)

    def _ignore_samples(self) -> None:
        if self._remove_listener is not None:
            self._remove_listener()
            self._remove_listener = None

    @callback
    def _handle_sample(self, _usage: Usage) -> None:
        """Publish the first usage, and the next ones at intervals."""
        self._samples += 1
        if self._is_stopped or not self._is_live():
            self.async_review()
        elif self._samples >= FIRST_SAMPLES:
            self._ignore_samples()
            self._schedule.async_add(self._publish)
            self._publish()

    @callback
    def _publish(self) -> None:
        if (usage := self._server.channel.take_usage()) is None:
            self.async_review()
        else:
            self._show(usage)

    def _show(self, usage: Usage | None) -> None:
        if usage == self.shown:
            return
        is_first = usage is not None and not self.has_come
        self.shown = usage
        self.has_come = self.has_come or is_first
        self._on_change(is_first)


def _has_entity(hass: HomeAssistant, server_id: str) -> bool:
    registry = er.async_get(hass)
    return registry.async_get_entity_id(Platform.SENSOR, DOMAIN, f"{server_id}_memory_usage") is not None
