"""What all entities share."""

from collections.abc import Callable
from dataclasses import dataclass

from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceEntryType, DeviceInfo
from homeassistant.helpers.entity import EntityDescription
from homeassistant.helpers.typing import StateType
from homeassistant.helpers.update_coordinator import CoordinatorEntity

from .client import Server
from .const import DOMAIN, MANUFACTURER
from .coordinator import ServerCoordinator, StellarStackConfigEntry


def panel_device_info(entry: StellarStackConfigEntry) -> DeviceInfo:
    """Return the panel as a device."""
    return DeviceInfo(
        identifiers={(DOMAIN, entry.entry_id)},
        configuration_url=entry.data[CONF_URL],
        entry_type=DeviceEntryType.SERVICE,
        manufacturer=MANUFACTURER,
        model="Panel",
        name=entry.title,
    )


def own_entities(hass: HomeAssistant, entity_ids: set[str], key: str) -> set[str]:
    """Return those of the entities that are ours and show this value, whatever a user called them."""
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if (entry := registry.async_get(entity_id)) is not None
        and entry.platform == DOMAIN
        and entry.translation_key == key
    }


@dataclass(frozen=True, kw_only=True)
class ServerEntityDescription(EntityDescription):
    """An entity that shows one value of a server.

    Attributes:
        value_fn: Takes the value from the server; None means unknown.
    """

    value_fn: Callable[[Server], StateType]


RANKING = (
    *("status", "power", "running", "lifecycle", "node_online", "memory", "address"),
    *("restart", "start", "stop", "suspended", "node", "disk", "cpu"),
)
"""The entities of a server that are enabled by default, the most important first.

Home Assistant takes only so many enabled entities for one entry, and drops the rest. On a panel with more servers than
that, each begins with as many of these as there is room for; the others can be enabled by hand.
"""


def enabled_by_default(coordinator: ServerCoordinator, description: EntityDescription) -> bool:
    """Return whether there is room for an entity that wants to be enabled by default."""
    return description.entity_registry_enabled_default and description.key in RANKING[: coordinator.room]


class ServerEntity(CoordinatorEntity[ServerCoordinator]):
    """An entity of a server; the coordinator wakes it only when its own value or its availability changed."""

    _attr_has_entity_name = True

    def __init__(self, coordinator: ServerCoordinator, description: ServerEntityDescription) -> None:
        """Show a value of the coordinator's server."""
        super().__init__(coordinator, context=description.value_fn)
        self.entity_description: ServerEntityDescription = description
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{coordinator.server_id}_{description.key}"
        self._attr_device_info = coordinator.device_info
        self._attr_entity_registry_enabled_default = enabled_by_default(coordinator, description)

    @property
    def _value(self) -> StateType:
        """The value; None means unknown."""
        server = self.coordinator.data
        return None if server is None else self.entity_description.value_fn(server)

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Allow a rename in place: nothing here depends on the entity's id."""
