"""The WebSocket commands by which cards follow a server.

`stellarstack/subscribe_console` and `stellarstack/subscribe_usage` take a `device_id`. They need the right to control
the server, fail with `not_found` where the device is no server of ours, and hold the server's live socket as long as
they last. Events:

- Console: `{"lines": [...], "reset": bool}`. The first one has the lines that are known, with `reset`, which says that
  what was sent before is no longer the console's. At most ten a second.
- Usage: `{"cpu_usage": %, "memory_usage": MiB, "disk_usage": MiB, "network_in": B/s, "network_out": B/s, "uptime": time
  of the start}`, each null while unknown. The first one at once if anything is known, then each sample.
- Both: a `state` when nothing comes, and why (`LiveWord`), and when it is `live` again. A subscription counts as live
  until it says otherwise. Of the console, this event has no lines, and no `reset`.

A subscription outlives a reload of the panel's entry. It ends with `off` when the device is removed, and with
`unauthorized` when the user loses the right.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterable
from enum import StrEnum
from typing import Any, assert_never, override

from homeassistant.components import websocket_api
from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import ATTR_DEVICE_ID
from homeassistant.core import CALLBACK_TYPE, Event, HomeAssistant, callback
from homeassistant.exceptions import Unauthorized
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.event import async_track_device_registry_updated_event
import voluptuous as vol

from .client.console import MOST_LINES, ConsoleLines
from .client.live_state import LiveState
from .client.server import Update
from .client.usage import Usage
from .const import DOMAIN
from .coordinator import ServerCoordinator
from .live_watch import async_watch_live
from .targets import ServerPlace, async_check_control, async_server_of_device, place_of_device


class LiveWord(StrEnum):
    """Whether live data come, or why not."""

    LIVE = "live"
    CONNECTING = "connecting"
    STOPPED = "stopped"
    """The server is stopped, and its node has nothing to tell then (generation 1)."""
    NO_ACCESS = "no_access"
    """The account on the panel may not see the console."""
    UNAUTHORIZED = "unauthorized"
    """The user here may no longer control the server."""
    UNREACHABLE = "unreachable"
    """The panel or the node is away, or the node lets no live socket through."""
    OFF = "off"
    """The panel is not loaded, or its session is not enough for live sockets."""


@callback
def async_setup_websocket_api(hass: HomeAssistant) -> None:
    """Register the commands."""
    websocket_api.async_register_command(hass, _subscribe_console)
    websocket_api.async_register_command(hass, _subscribe_usage)


@callback
@websocket_api.websocket_command(
    {vol.Required("type"): f"{DOMAIN}/subscribe_console", vol.Required(ATTR_DEVICE_ID): str}
)
def _subscribe_console(hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]) -> None:
    """Subscribe to the console of a server."""
    _subscribe(ConsoleSubscription, hass, connection, msg)


@callback
@websocket_api.websocket_command({vol.Required("type"): f"{DOMAIN}/subscribe_usage", vol.Required(ATTR_DEVICE_ID): str})
def _subscribe_usage(hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]) -> None:
    """Subscribe to what a server uses."""
    _subscribe(UsageSubscription, hass, connection, msg)


def _subscribe(
    kind: type[Subscription], hass: HomeAssistant, connection: websocket_api.ActiveConnection, msg: dict[str, Any]
) -> None:
    """Start a subscription.

    Raises:
        Unauthorized: The user may not control the server.
    """
    device_id: str = msg[ATTR_DEVICE_ID]
    if (place := place_of_device(hass, device_id)) is None:
        connection.send_error(msg["id"], websocket_api.ERR_NOT_FOUND, "This device is no game server")
        return
    async_check_control(hass, connection.user, device_id)
    kind(hass, connection, msg["id"], device_id, place).start()


class Subscription(ABC):
    """What a card follows of a server."""

    def __init__(
        self,
        hass: HomeAssistant,
        connection: websocket_api.ActiveConnection,
        message_id: int,
        device_id: str,
        place: ServerPlace,
    ) -> None:
        """Prepare; nothing is sent before `start`."""
        self._hass = hass
        self._connection = connection
        self._message_id = message_id
        self._device_id = device_id
        self._place = place
        self._word = LiveWord.LIVE
        self._enders: list[CALLBACK_TYPE] = []

    @callback
    def start(self) -> None:
        """Send what is known, then what comes."""
        self._connection.subscriptions[self._message_id] = self.end
        self._connection.send_result(self._message_id)
        self._send_known(async_server_of_device(self._hass, self._device_id))
        self._enders += (
            async_watch_live(*self._place, self._attach),
            self._place.entry.async_on_state_change(self._review_state),
            async_track_device_registry_updated_event(self._hass, self._device_id, self._handle_device),
        )
        self._review_state()

    @callback
    def end(self) -> None:
        """Send nothing any more."""
        while self._enders:
            self._enders.pop()()

    @abstractmethod
    def _send_known(self, server: ServerCoordinator | None) -> None:
        """Send what is known of a server.

        Args:
            server: None while its panel is not loaded.
        """

    @abstractmethod
    def _follow(self, server: ServerCoordinator) -> CALLBACK_TYPE:
        """Send what comes of a server; return what ends that."""

    @callback
    def _attach(self, server: ServerCoordinator) -> Iterable[CALLBACK_TYPE]:
        return (
            self._follow(server),
            server.server.channel.changes.add(self._review_state),
            server.server.updates.add(self._handle_update),
        )

    @callback
    def _handle_update(self, _update: Update) -> None:
        self._review_state()

    @callback
    def _handle_device(self, event: Event[dr.EventDeviceRegistryUpdatedData]) -> None:
        if event.data["action"] == "remove":
            self._finish(LiveWord.OFF)

    @callback
    def _review_state(self) -> None:
        word = _live_word(self._place, async_server_of_device(self._hass, self._device_id))
        if word is not self._word:
            self._word = word
            self._send(self._state_event(word))

    def _state_event(self, word: LiveWord) -> dict[str, Any]:
        return {"state": word.value}

    def _send(self, event: dict[str, Any]) -> None:
        """Send an event if the user may still see it."""
        try:
            async_check_control(self._hass, self._connection.user, self._device_id)
        except Unauthorized:
            self._finish(LiveWord.UNAUTHORIZED)
        else:
            self._connection.send_event(self._message_id, event)

    def _finish(self, word: LiveWord) -> None:
        self.end()
        self._connection.send_event(self._message_id, self._state_event(word))


class ConsoleSubscription(Subscription):
    """The lines that a server prints."""

    @override
    def _send_known(self, server: ServerCoordinator | None) -> None:
        self._send({"lines": [] if server is None else server.server.channel.lines(MOST_LINES), "reset": True})

    @override
    def _follow(self, server: ServerCoordinator) -> CALLBACK_TYPE:
        @callback
        def send(batch: ConsoleLines) -> None:
            if batch.new:
                self._send({"lines": batch.lines, "reset": False})
            else:
                self._send_known(server)

        return server.server.channel.console.add(send)

    @override
    def _state_event(self, word: LiveWord) -> dict[str, Any]:
        return {"lines": [], "reset": False, **super()._state_event(word)}


class UsageSubscription(Subscription):
    """What a server uses."""

    @override
    def _send_known(self, server: ServerCoordinator | None) -> None:
        if server is not None and (usage := server.server.channel.usage) is not None:
            self._send_usage(usage)

    @override
    def _follow(self, server: ServerCoordinator) -> CALLBACK_TYPE:
        return server.server.channel.samples.add(self._send_usage)

    @callback
    def _send_usage(self, usage: Usage) -> None:
        self._send(
            {
                "cpu_usage": usage.cpu,
                "memory_usage": usage.memory,
                "disk_usage": usage.disk,
                "network_in": usage.network_in,
                "network_out": usage.network_out,
                "uptime": usage.started_at and usage.started_at.isoformat(),
            }
        )


def _live_word(place: ServerPlace, coordinator: ServerCoordinator | None) -> LiveWord:
    """Return whether live data of a server come, or why not."""
    if coordinator is None:
        match place.entry.state:
            case ConfigEntryState.SETUP_IN_PROGRESS:
                return LiveWord.CONNECTING
            case ConfigEntryState.SETUP_RETRY:
                return LiveWord.UNREACHABLE
            case _:
                return LiveWord.OFF
    server = coordinator.server
    match server.channel.state:
        case LiveState.FED:
            return LiveWord.LIVE
        case LiveState.CONNECTING:
            return LiveWord.CONNECTING
        case LiveState.FORBIDDEN:
            return LiveWord.NO_ACCESS
        case LiveState.SILENT | LiveState.UNREACHABLE | LiveState.BLOCKED | LiveState.REFUSED:
            return LiveWord.UNREACHABLE
        case LiveState.CLOSED:
            if not server.capabilities.calls:
                return LiveWord.OFF
            if server.needs_live_socket:
                # In a moment.
                return LiveWord.CONNECTING
            return LiveWord.STOPPED if server.live else LiveWord.UNREACHABLE
        case state:
            assert_never(state)
