"""Binary sensors: the panel's connection, and a server's node, run and suspension."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .client import ConnectionState, ServerStatus
from .coordinator import PanelCoordinator, ServerCoordinator, StellarStackConfigEntry
from .entity import ServerEntity, ServerEntityDescription, panel_device_info

# Entities only listen.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ServerBinarySensorDescription(ServerEntityDescription, BinarySensorEntityDescription):
    """A binary sensor that shows one value of a server."""


BINARY_SENSORS = (
    ServerBinarySensorDescription(
        key="node_online",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        value_fn=lambda server: server.node.is_online if server.node else None,
    ),
    ServerBinarySensorDescription(
        key="running",
        device_class=BinarySensorDeviceClass.RUNNING,
        value_fn=lambda server: None if server.status is None else server.status is ServerStatus.RUNNING,
    ),
    ServerBinarySensorDescription(
        key="suspended",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda server: server.suspended,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: StellarStackConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the panel's binary sensor and those of each server, also of those that come later."""

    def add(coordinator: ServerCoordinator) -> None:
        async_add_entities(
            [ServerBinarySensor(coordinator, description) for description in BINARY_SENSORS],
            config_subentry_id=coordinator.subentry.subentry_id,
        )

    async_add_entities([PanelConnected(entry.runtime_data.panel)])
    entry.async_on_unload(entry.runtime_data.async_on_server(add))


class PanelConnected(CoordinatorEntity[PanelCoordinator], BinarySensorEntity):
    """Whether the panel's WebSocket is connected and authenticated."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_has_entity_name = True
    _attr_translation_key = "connected"

    def __init__(self, coordinator: PanelCoordinator) -> None:
        """Show the state of the coordinator's connection."""
        super().__init__(coordinator)
        self._attr_unique_id = f"{coordinator.config_entry.unique_id}_connected"
        self._attr_device_info = panel_device_info(coordinator.config_entry)

    @property
    @override
    def is_on(self) -> bool:
        """Whether updates flow."""
        return self.coordinator.data is ConnectionState.CONNECTED


class ServerBinarySensor(ServerEntity, BinarySensorEntity):
    """A binary sensor of a server."""

    entity_description: ServerBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """The value; None means unknown."""
        return None if (value := self._value) is None else bool(value)
