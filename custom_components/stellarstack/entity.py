"""What all entities of a server share."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
import logging
from typing import override

from homeassistant.core import callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback, async_get_current_platform
from homeassistant.helpers.typing import StateType

from .client.models import Server
from .const import DOMAIN
from .coordinator import ENTITIES, ServerCoordinator, StellarStackConfigEntry
from .entity_limit import starts_enabled

_LOGGER = logging.getLogger(__name__)


def _nothing(_server: Server) -> None:
    """Take no value: the entity has none."""


@dataclass(frozen=True, kw_only=True)
class ServerEntityDescription(EntityDescription):
    """The description of a server's entity.

    Attributes:
        fields: The fields of `Server` that the value depends on, and `USAGE` where it depends on that.
        value_fn: Takes the value from the server; None means unknown.
        exists_fn: Whether the server has the entity; None while that is not known. False also removes one that an
            earlier panel had.
    """

    fields: frozenset[str] = frozenset()
    value_fn: Callable[[Server], StateType | datetime] = _nothing
    exists_fn: Callable[[ServerCoordinator], bool | None] = lambda _: True


class ServerEntity(Entity):
    """An entity of a server.

    It writes its state only when value or availability changed.
    """

    _attr_has_entity_name = True
    _attr_should_poll = False

    def __init__(self, coordinator: ServerCoordinator, description: ServerEntityDescription) -> None:
        """Show a value of the coordinator's server."""
        self.coordinator = coordinator
        self.entity_description: ServerEntityDescription = description
        self._attr_translation_key = description.key
        self._attr_unique_id = _unique_id(coordinator, description)
        self._attr_entity_registry_enabled_default = description.entity_registry_enabled_default and starts_enabled(
            description.key, coordinator.entity_limit
        )
        self._shown: tuple[bool, StateType | datetime] | None = None

    @property
    @override
    def available(self) -> bool:
        """Whether the shown value is current."""
        return self.coordinator.available

    @property
    @override
    def device_info(self) -> DeviceInfo:
        """The server, as its device; asked for once, so none is kept."""
        return self.coordinator.device_info

    @override
    async def async_added_to_hass(self) -> None:
        """Listen; the state is written right after."""
        self._shown = (self.available, self._value)
        self.async_on_remove(
            self.coordinator.async_add_listener(self._handle_coordinator_update, self.entity_description.fields)
        )

    async def async_update(self) -> None:
        """Ask the panel on request; log a failure with one line."""
        try:
            await self.coordinator.async_refresh()
        except HomeAssistantError as err:
            _LOGGER.warning("No update for %s: %s", self.entity_id, err)

    @callback
    def async_entity_id_changed(  # type: ignore[explicit-override, unused-ignore] # 2026.10 has none to override
        self, old_entity_id: str
    ) -> None:
        """Allow a rename in place: nothing here depends on the entity's id."""

    @property
    def _shown_value(self) -> StateType | datetime:
        """The value when it last changed."""
        return None if self._shown is None else self._shown[1]

    @property
    def _value(self) -> StateType | datetime:
        """The present value; None means unknown."""
        server = self.coordinator.data
        return None if server is None else self.entity_description.value_fn(server)

    @callback
    def _handle_coordinator_update(self) -> None:
        shown = (self.available, self._value)
        if shown != self._shown:
            self._shown = shown
            self.async_write_ha_state()


_WHICH_ENTITIES = frozenset({ENTITIES, "shared"})
"""What may change which entities a server has."""


@callback
def async_add_server_entities(
    entry: StellarStackConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    kinds: Iterable[tuple[type[ServerEntity], ServerEntityDescription]],
) -> None:
    """Add a platform's entities of each present and future server.

    Each is added once it is known to exist.
    """
    kinds = tuple(kinds)
    domain = async_get_current_platform().domain
    is_loaded = True

    def end() -> None:
        nonlocal is_loaded
        is_loaded = False

    def add(coordinator: ServerCoordinator) -> None:
        pending = kinds

        def add_known() -> None:
            nonlocal pending
            if not is_loaded:
                return
            checked = [(*kind, kind[1].exists_fn(coordinator)) for kind in pending]
            pending = tuple((entity, description) for entity, description, exists in checked if exists is None)
            for _, description, exists in checked:
                if exists is False:
                    _async_remove_entity(coordinator, domain, description)
            if entities := [entity(coordinator, description) for entity, description, exists in checked if exists]:
                async_add_entities(entities, config_subentry_id=coordinator.subentry.subentry_id)

        add_known()
        if pending:
            # It ends with the coordinator: the entry would keep each one removed until it is unloaded itself.
            coordinator.async_add_listener(add_known, _WHICH_ENTITIES)

    for coordinator in entry.runtime_data.servers.values():
        add(coordinator)
    entry.async_on_unload(entry.runtime_data.server_added.add(add))
    entry.async_on_unload(end)


def _unique_id(coordinator: ServerCoordinator, description: ServerEntityDescription) -> str:
    return f"{coordinator.server_id}_{description.key}"


@callback
def _async_remove_entity(coordinator: ServerCoordinator, domain: str, description: ServerEntityDescription) -> None:
    """Remove an entity that the server had on an earlier panel."""
    registry = er.async_get(coordinator.panel.hass)
    if (entity_id := registry.async_get_entity_id(domain, DOMAIN, _unique_id(coordinator, description))) is not None:
        registry.async_remove(entity_id)
