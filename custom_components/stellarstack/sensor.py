"""Sensors: a server's status, its limits, and where it is."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription
from homeassistant.const import EntityCategory, UnitOfInformation, UnitOfRatio
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .client import ServerStatus
from .coordinator import ServerCoordinator, StellarStackConfigEntry
from .entity import ServerEntity, ServerEntityDescription

# Entities only listen.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ServerSensorDescription(ServerEntityDescription, SensorEntityDescription):
    """A sensor that shows one value of a server."""


# The frontend colours the history by the place in this list: error becomes red, running green, and no two look alike.
STATUS_ORDER = (
    ServerStatus.INSTALLING,
    ServerStatus.STARTING,
    ServerStatus.ERROR,
    ServerStatus.RESTORING,
    ServerStatus.MAINTENANCE,
    ServerStatus.SUSPENDED,
    ServerStatus.STOPPING,
    ServerStatus.STOPPED,
    ServerStatus.RUNNING,
)
# Limits change only when somebody changes them, so none has a state class: statistics would only repeat them.
SENSORS = (
    ServerSensorDescription(
        key="status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in STATUS_ORDER],
        value_fn=lambda server: server.status,
    ),
    ServerSensorDescription(
        key="memory",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        suggested_display_precision=0,
        value_fn=lambda server: server.memory,
    ),
    ServerSensorDescription(
        key="disk",
        device_class=SensorDeviceClass.DATA_SIZE,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        suggested_display_precision=0,
        value_fn=lambda server: server.disk,
    ),
    ServerSensorDescription(
        key="cpu",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        value_fn=lambda server: server.cpu,
    ),
    ServerSensorDescription(
        key="swap",
        device_class=SensorDeviceClass.DATA_SIZE,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        suggested_display_precision=0,
        # -1 is the panel's word for unlimited, which no number of MiB is.
        value_fn=lambda server: server.swap if server.swap != -1 else None,
    ),
    ServerSensorDescription(
        key="address",
        value_fn=lambda server: server.address,
    ),
    ServerSensorDescription(
        key="node",
        entity_category=EntityCategory.DIAGNOSTIC,
        value_fn=lambda server: server.node.display_name if server.node else None,
    ),
    ServerSensorDescription(
        key="location",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda server: server.node.location.name if server.node and server.node.location else None,
    ),
    ServerSensorDescription(
        key="backup_limit",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        value_fn=lambda server: server.backup_limit,
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: StellarStackConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of each server, also of those that come later."""

    def add(coordinator: ServerCoordinator) -> None:
        async_add_entities(
            [ServerSensor(coordinator, description) for description in SENSORS],
            config_subentry_id=coordinator.subentry.subentry_id,
        )

    entry.async_on_unload(entry.runtime_data.async_on_server(add))


class ServerSensor(ServerEntity, SensorEntity):
    """A sensor of a server."""

    entity_description: ServerSensorDescription

    @property
    @override
    def native_value(self) -> StateType:
        """The value in the unit that the description names."""
        return self._value
