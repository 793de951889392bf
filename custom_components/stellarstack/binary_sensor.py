"""Binary sensors: the panel's connection, and a server's node, run and suspension."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.binary_sensor import (
    BinarySensorDeviceClass,
    BinarySensorEntity,
    BinarySensorEntityDescription,
)
from homeassistant.const import EntityCategory
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client.models import ServerStatus
from .coordinator import PanelCoordinator, StellarStackConfigEntry
from .entity import ServerEntity, ServerEntityDescription, async_add_server_entities

# Entities only listen.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ServerBinarySensorDescription(ServerEntityDescription, BinarySensorEntityDescription):
    """A binary sensor that shows one value of a server."""


BINARY_SENSORS = (
    ServerBinarySensorDescription(
        key="node_online",
        device_class=BinarySensorDeviceClass.CONNECTIVITY,
        fields=frozenset({"node"}),
        value_fn=lambda server: server.node.is_online if server.node else None,
    ),
    ServerBinarySensorDescription(
        key="running",
        device_class=BinarySensorDeviceClass.RUNNING,
        fields=frozenset({"status"}),
        value_fn=lambda server: None if server.status is None else server.status is ServerStatus.RUNNING,
    ),
    ServerBinarySensorDescription(
        key="suspended",
        device_class=BinarySensorDeviceClass.PROBLEM,
        entity_category=EntityCategory.DIAGNOSTIC,
        fields=frozenset({"suspended"}),
        value_fn=lambda server: server.suspended,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: StellarStackConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the binary sensors of the panel and of all servers."""
    async_add_entities([PanelConnected(entry.runtime_data.panel)])
    async_add_server_entities(
        entry, async_add_entities, ((ServerBinarySensor, description) for description in BINARY_SENSORS)
    )


class PanelConnected(BinarySensorEntity):
    """Whether news flow from the panel."""

    _attr_device_class = BinarySensorDeviceClass.CONNECTIVITY
    _attr_entity_category = EntityCategory.DIAGNOSTIC
    _attr_has_entity_name = True
    _attr_should_poll = False
    _attr_translation_key = "connected"

    def __init__(self, panel: PanelCoordinator) -> None:
        """Show the state of the panel's connection."""
        self._panel = panel
        self._attr_unique_id = f"{panel.config_entry.unique_id}_connected"
        self._attr_device_info = panel.device_info

    @property
    @override
    def is_on(self) -> bool:
        """Whether news flow."""
        return self._panel.connected

    @override
    async def async_added_to_hass(self) -> None:
        """Listen; the state is written right after."""
        self.async_on_remove(self._panel.async_add_listener(self.async_write_ha_state))

    @callback
    def async_entity_id_changed(  # type: ignore[explicit-override, unused-ignore] # 2026.10 has none to override
        self, old_entity_id: str
    ) -> None:
        """Allow a rename in place: nothing here depends on the entity's id."""


class ServerBinarySensor(ServerEntity, BinarySensorEntity):
    """A binary sensor of a server."""

    entity_description: ServerBinarySensorDescription

    @property
    @override
    def is_on(self) -> bool | None:
        """The value; None means unknown."""
        return None if (value := self._shown_value) is None else bool(value)
