"""Sensors of who plays, for servers whose game is asked."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.sensor import SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory, Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .const import DOMAIN
from .coordinator import ServerCoordinator, StellarStackConfigEntry
from .entity import ServerEntity, ServerEntityDescription
from .query.counter import PlayerCounter
from .query.protocols import Players
from .query.settings import QuerySettings


@dataclass(frozen=True, kw_only=True)
class PlayerSensorDescription(ServerEntityDescription, SensorEntityDescription):
    """A sensor that shows a number that the game tells."""

    count_fn: Callable[[Players], int | None]


PLAYER_SENSORS = (
    PlayerSensorDescription(
        key="players",
        state_class=SensorStateClass.MEASUREMENT,
        count_fn=lambda players: players.online,
    ),
    PlayerSensorDescription(
        key="max_players",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        count_fn=lambda players: players.maximum,
    ),
)


@callback
def async_add_player_sensors(
    hass: HomeAssistant,
    entry: StellarStackConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
    descriptions: Collection[PlayerSensorDescription],
) -> None:
    """Keep the sensors of each server in step with its subentry."""
    counters: dict[ServerCoordinator, PlayerCounter] = {}

    @callback
    def sync(coordinator: ServerCoordinator) -> None:
        counter = counters.get(coordinator)
        settings = QuerySettings.from_subentry(coordinator.subentry.data)
        if settings is None:
            counters.pop(coordinator, None)
            _async_remove_sensors(hass, coordinator, descriptions)
        elif counter is not None:
            counter.async_change(settings)
        else:
            counter = counters[coordinator] = PlayerCounter(coordinator, settings)
            async_add_entities(
                [PlayerSensor(counter, description) for description in descriptions],
                config_subentry_id=coordinator.subentry.subentry_id,
            )

    async def follow(_hass: HomeAssistant, _entry: StellarStackConfigEntry) -> None:
        servers = entry.runtime_data.servers.values()
        for coordinator in counters.keys() - set(servers):
            del counters[coordinator]
        for coordinator in servers:
            sync(coordinator)

    for coordinator in entry.runtime_data.servers.values():
        sync(coordinator)
    entry.async_on_unload(entry.runtime_data.server_added.add(sync))
    entry.async_on_unload(entry.add_update_listener(follow))


@callback
def _async_remove_sensors(
    hass: HomeAssistant, coordinator: ServerCoordinator, descriptions: Collection[PlayerSensorDescription]
) -> None:
    registry = er.async_get(hass)
    for description in descriptions:
        unique_id = f"{coordinator.server_id}_{description.key}"
        if (entity_id := registry.async_get_entity_id(Platform.SENSOR, DOMAIN, unique_id)) is not None:
            registry.async_remove(entity_id)


class PlayerSensor(ServerEntity, SensorEntity):
    """A number that the game of a server tells."""

    entity_description: PlayerSensorDescription
    _unrecorded_attributes = frozenset({"names"})

    def __init__(self, counter: PlayerCounter, description: PlayerSensorDescription) -> None:
        """Show a number of the counter."""
        super().__init__(counter.coordinator, description)
        self._counter = counter
        # Only whom the user has chosen is asked, so the number of other entities does not matter.
        self._attr_entity_registry_enabled_default = description.entity_registry_enabled_default

    @override
    async def async_added_to_hass(self) -> None:
        """Listen to the counter, too, which asks from then on."""
        await super().async_added_to_hass()
        self.async_on_remove(self._counter.async_add_listener(self.async_write_ha_state))

    @override
    async def async_update(self) -> None:
        """Ask the game on request."""
        await self._counter.async_refresh()

    @property
    @override
    def native_value(self) -> int | None:
        """How many play, or may play."""
        players = self._counter.players
        return None if players is None else self.entity_description.count_fn(players)

    @property
    @override
    def extra_state_attributes(self) -> dict[str, Any] | None:
        """The names of those who play, where the game tells them."""
        players = self._counter.players
        if self.entity_description.key != "players" or players is None or players.names is None:
            return None
        return {"names": list(players.names)}
