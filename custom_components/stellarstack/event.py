"""The event entity of a server's lifecycle."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client.lifecycle import LifecycleEvent
from .coordinator import StellarStackConfigEntry
from .entity import ServerEntity, ServerEntityDescription, async_add_server_entities
from .signals import SIGNAL_LIFECYCLE

# Entities only listen.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ServerEventDescription(ServerEntityDescription, EventEntityDescription):
    """An event entity of a server."""


LIFECYCLE = ServerEventDescription(key="lifecycle", event_types=[event.value for event in LifecycleEvent])


async def async_setup_entry(
    hass: HomeAssistant,
    entry: StellarStackConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of each present and future server."""
    async_add_server_entities(entry, async_add_entities, [(LifecycleEventEntity, LIFECYCLE)])


class LifecycleEventEntity(ServerEntity, EventEntity):
    """The lifecycle events of a server.

    What happened while the server could not be seen makes no event.
    """

    entity_description: ServerEventDescription

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the server's events."""
        await super().async_added_to_hass()
        signal = SIGNAL_LIFECYCLE.format(self.coordinator.server_id)
        self.async_on_remove(async_dispatcher_connect(self.hass, signal, self._handle_event))

    @callback
    def _handle_event(self, event: LifecycleEvent) -> None:
        self._trigger_event(event)
        self.async_write_ha_state()
