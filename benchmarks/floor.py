"""The least that an integration with the same servers has to do: their devices and entities, and nothing else.

No connection, no coordinator: entities with fixed values, added in the same way to the same registries.
"""

from collections.abc import Iterator
from typing import Any, cast, override

from homeassistant.components.binary_sensor import BinarySensorEntity
from homeassistant.components.button import ButtonEntity
from homeassistant.components.event import EventEntity
from homeassistant.components.sensor import SensorEntity
from homeassistant.components.switch import SwitchEntity
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from homeassistant.helpers.device_registry import DeviceInfo
from homeassistant.helpers.entity import Entity, EntityDescription
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    MockModule,
    MockPlatform,
    mock_integration,
    mock_platform,
)

from custom_components.stellarstack import config_flow
from custom_components.stellarstack.binary_sensor import BINARY_SENSORS
from custom_components.stellarstack.button import BUTTONS
from custom_components.stellarstack.const import CONF_SERVER_ID, DOMAIN
from custom_components.stellarstack.event import LIFECYCLE
from custom_components.stellarstack.sensor import LAST_BACKUP, SENSORS
from custom_components.stellarstack.switch import POWER

VALUES: dict[str, Any] = {
    "status": "running",
    "memory": 4096,
    "disk": 10240,
    "cpu": 200,
    "swap": 0,
    "address": "node1.example.com:25565",
    "node": "Node 0",
    "location": "Frankfurt",
    "backup_limit": 3,
    "last_backup": None,
    "node_online": True,
    "running": True,
    "suspended": False,
    "power": True,
}


class FixedEntity(Entity):
    """An entity that never changes."""

    _attr_has_entity_name = True

    def __init__(self, server_id: str, name: str, description: EntityDescription, enabled: bool) -> None:
        """Be the entity that a description describes, of one server."""
        self.entity_description = description
        self._attr_translation_key = description.key
        self._attr_unique_id = f"{server_id}_{description.key}"
        self._attr_entity_registry_enabled_default = enabled
        self._attr_device_info = DeviceInfo(
            identifiers={(DOMAIN, server_id)},
            manufacturer="StellarStack",
            model="Minecraft Java",
            name=name,
            serial_number=server_id[:8],
        )


class FixedSensor(FixedEntity, SensorEntity):
    """A sensor that never changes."""

    @property
    @override
    def native_value(self) -> Any:
        """The value."""
        return VALUES[self.entity_description.key]


class FixedBinarySensor(FixedEntity, BinarySensorEntity):
    """A binary sensor that never changes."""

    @property
    @override
    def is_on(self) -> bool:
        """The value."""
        return bool(VALUES[self.entity_description.key])


class FixedSwitch(FixedEntity, SwitchEntity):
    """A switch that never changes."""

    _attr_name = None
    _attr_is_on = True


class FixedButton(FixedEntity, ButtonEntity):
    """A button that does nothing."""


class FixedEvent(FixedEntity, EventEntity):
    """An event entity to which nothing happens."""


KINDS: dict[Platform, tuple[type[FixedEntity], tuple[EntityDescription, ...]]] = {
    Platform.BINARY_SENSOR: (FixedBinarySensor, BINARY_SENSORS),
    Platform.BUTTON: (FixedButton, BUTTONS),
    Platform.EVENT: (FixedEvent, (LIFECYCLE,)),
    Platform.SENSOR: (FixedSensor, (*SENSORS, LAST_BACKUP)),
    Platform.SWITCH: (FixedSwitch, (POWER,)),
}


def install(hass: HomeAssistant, enabled: set[str]) -> None:
    """Make the integration known in place of ours; `enabled` are the keys that are enabled by default."""

    async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry[None]) -> bool:
        dr.async_get(hass).async_get_or_create(
            config_entry_id=entry.entry_id, identifiers={(DOMAIN, entry.entry_id)}, name=entry.title
        )
        await hass.config_entries.async_forward_entry_setups(entry, list(KINDS))

        async def follow(hass: HomeAssistant, entry: ConfigEntry[None]) -> None:
            """Add the servers that came."""
            for subentry in entry.subentries.values():
                if subentry.subentry_id not in added:
                    for platform in KINDS:
                        adders[platform](list(entities(platform, subentry)), config_subentry_id=subentry.subentry_id)
                    added.add(subentry.subentry_id)

        added = set(entry.subentries)
        entry.async_on_unload(entry.add_update_listener(follow))
        return True

    async def async_unload_entry(hass: HomeAssistant, entry: ConfigEntry[None]) -> bool:
        return await hass.config_entries.async_unload_platforms(entry, list(KINDS))

    adders: dict[Platform, AddConfigEntryEntitiesCallback] = {}

    def entities(platform: Platform, subentry: ConfigSubentry) -> Iterator[Entity]:
        kind, descriptions = KINDS[platform]
        for description in descriptions:
            yield kind(subentry.data[CONF_SERVER_ID], subentry.title, description, enabled=description.key in enabled)

    def platform_of(platform: Platform) -> MockPlatform:
        async def async_setup_entry(hass: HomeAssistant, entry: ConfigEntry[None], async_add_entities: Any) -> None:
            adders[platform] = async_add_entities
            for subentry in entry.subentries.values():
                async_add_entities(list(entities(platform, subentry)), config_subentry_id=subentry.subentry_id)

        return MockPlatform(async_setup_entry=async_setup_entry)

    module = MockModule(DOMAIN, async_setup_entry=async_setup_entry, async_unload_entry=async_unload_entry)
    mock_integration(hass, module, built_in=False)
    # An entry is migrated by its dialog, which is ours here too.
    mock_platform(hass, f"{DOMAIN}.config_flow", cast("Any", config_flow), built_in=False)
    for platform in KINDS:
        mock_platform(hass, f"{DOMAIN}.{platform}", platform_of(platform), built_in=False)


async def set_up(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """Set the integration's entry up."""
    entry.add_to_hass(hass)
    if not await hass.config_entries.async_setup(entry.entry_id):
        raise RuntimeError("the entry was not set up")
    await hass.async_block_till_done()
