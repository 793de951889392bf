"""The event entity: what happens to a server."""

from typing import override

from homeassistant.components.event import EventEntity, EventEntityDescription
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .client import Server, ServerStatus
from .coordinator import ServerCoordinator, StellarStackConfigEntry
from .entity import enabled_by_default
from .lifecycle import Happening, LifecycleTracker

# Entities only listen.
PARALLEL_UPDATES = 0

LIFECYCLE = EventEntityDescription(
    key="lifecycle", translation_key="lifecycle", event_types=[happening.value for happening in Happening]
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: StellarStackConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the event entity of each server, also of those that come later."""

    def add(coordinator: ServerCoordinator) -> None:
        async_add_entities([LifecycleEvent(coordinator)], config_subentry_id=coordinator.subentry.subentry_id)

    entry.async_on_unload(entry.runtime_data.async_on_server(add))


class LifecycleEvent(CoordinatorEntity[ServerCoordinator], EventEntity):
    """Tells what happens to a server, never what happened while nobody could see it."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: ServerCoordinator) -> None:
        """Follow the coordinator's server."""
        super().__init__(coordinator)
        self.entity_description = LIFECYCLE
        self._attr_unique_id = f"{coordinator.server_id}_{LIFECYCLE.key}"
        self._attr_device_info = coordinator.device_info
        self._attr_entity_registry_enabled_default = enabled_by_default(coordinator, LIFECYCLE)
        self._tracker = LifecycleTracker(coordinator.hass, self._tell)
        self._seen: Server | None = None

    @property
    @override
    def available(self) -> bool:
        """Whether the server is seen at all."""
        return self._seen is not None

    @override
    async def async_added_to_hass(self) -> None:
        """Listen, and begin with what the server is now."""
        await super().async_added_to_hass()
        self._look()

    @override
    async def async_will_remove_from_hass(self) -> None:
        """Leave no timer behind."""
        self._tracker.close()

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Allow a rename in place: nothing here depends on the entity's id."""

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        was_available = self._seen is not None
        self._look()
        if was_available is not (self._seen is not None):
            self.async_write_ha_state()

    def _look(self) -> None:
        """Compare the server with what it was; after a gap, only take note of it."""
        server = self.coordinator.data if self.coordinator.last_update_success else None
        before, self._seen = self._seen, server
        if server is None or before is None:
            self._tracker.reset(server.status if server else None)
            return
        if _is_suspended(before) is not _is_suspended(server):
            self._tell(Happening.SUSPENDED if _is_suspended(server) else Happening.UNSUSPENDED)
        if before.raw_status != server.raw_status:
            self._tracker.update(server.status)

    @callback
    def _tell(self, happening: Happening) -> None:
        self._trigger_event(happening)
        self.async_write_ha_state()


def _is_suspended(server: Server) -> bool:
    """Return whether a server is suspended, by its flag or by its status, which a panel sets apart."""
    return bool(server.suspended) or server.status is ServerStatus.SUSPENDED
