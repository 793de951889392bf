"""What all entities share."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import override

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
    """An entity of a server; its state is written only when its own value or its availability changed."""

    _attr_has_entity_name = True
    _live = False
    _value: StateType = None

    def __init__(self, coordinator: ServerCoordinator, description: ServerEntityDescription) -> None:
        """Show a value of the coordinator's server."""
        super().__init__(coordinator)
        self.entity_description: ServerEntityDescription = description
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{coordinator.server_id}_{description.key}"
        self._attr_device_info = coordinator.device_info
        self._attr_entity_registry_enabled_default = enabled_by_default(coordinator, description)
        self._value_fn = description.value_fn
        self._take_value()

    @property
    @override
    def available(self) -> bool:
        """Whether the panel is connected and the server's last sync is younger than 20 s."""
        return self._live

    @override
    async def async_added_to_hass(self) -> None:
        """Listen, and take what came since the entity was made."""
        await super().async_added_to_hass()
        self._take_value()

    @callback
    def async_entity_id_changed(self, old_entity_id: str) -> None:
        """Allow a rename in place: nothing here depends on the entity's id."""

    @callback
    @override
    def _handle_coordinator_update(self) -> None:
        if self._take_value():
            super()._handle_coordinator_update()

    def _take_value(self) -> bool:
        """Take the server's present value; return whether anything about this entity changed."""
        coordinator = self.coordinator
        if not coordinator.last_update_success or (server := coordinator.data) is None:
            was_live, self._live = self._live, False
            return was_live
        value = self._value_fn(server)
        if self._live and value == self._value:
            return False
        self._live = True
        self._value = value
        return True
