"""Sensors: status, limits, usage, location and last backup of a server."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
import logging
from typing import override

from homeassistant.components.sensor import SensorDeviceClass, SensorEntity, SensorEntityDescription, SensorStateClass
from homeassistant.const import EntityCategory, UnitOfDataRate, UnitOfInformation, UnitOfRatio
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback
from homeassistant.helpers.typing import StateType

from .client.exceptions import StellarStackError
from .client.models import Server, ServerStatus
from .client.usage import Usage
from .coordinator import USAGE, ServerCoordinator, StellarStackConfigEntry
from .entity import ServerEntity, ServerEntityDescription, async_add_server_entities
from .panel_coordinator import Interval, async_call_repeatedly
from .player_sensor import PLAYER_SENSORS, async_add_player_sensors
from .rounding import StableRounding

# Entities only listen.
PARALLEL_UPDATES = 0

BACKUPS_INTERVAL: Interval = (1620.0, 1800.0)
"""Seconds between two lists of a server's backups, while the sensor is enabled."""

_LOGGER = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ServerSensorDescription(ServerEntityDescription, SensorEntityDescription):
    """A sensor that shows one value of a server."""


def _has_usage(coordinator: ServerCoordinator) -> bool | None:
    return coordinator.usage.has_come or None


def _has_disk_usage(coordinator: ServerCoordinator) -> bool | None:
    return coordinator.capabilities.disk_usage and _has_usage(coordinator)


@dataclass(frozen=True, kw_only=True)
class UsageSensorDescription(ServerSensorDescription):
    """A sensor that shows what a server uses.

    Attributes:
        usage_fn: Takes the value from the usage, and the limit from the server; None means unknown. A number is rounded
            to the suggested precision, so that a state is written only when it is worth a row of the database.
    """

    fields: frozenset[str] = frozenset({USAGE})
    exists_fn: Callable[[ServerCoordinator], bool | None] = _has_usage
    usage_fn: Callable[[Usage, Server], float | datetime | None]


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
# Limits change only by hand, so none has a state class: statistics would only repeat them.
SENSORS = (
    ServerSensorDescription(
        key="status",
        device_class=SensorDeviceClass.ENUM,
        options=[status.value for status in STATUS_ORDER],
        fields=frozenset({"status"}),
        value_fn=lambda server: server.status,
    ),
    ServerSensorDescription(
        key="memory",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        suggested_display_precision=0,
        fields=frozenset({"memory"}),
        value_fn=lambda server: server.memory,
    ),
    ServerSensorDescription(
        key="disk",
        device_class=SensorDeviceClass.DATA_SIZE,
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        suggested_display_precision=0,
        fields=frozenset({"disk"}),
        value_fn=lambda server: server.disk,
    ),
    ServerSensorDescription(
        key="cpu",
        entity_category=EntityCategory.DIAGNOSTIC,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        suggested_display_precision=0,
        fields=frozenset({"cpu"}),
        value_fn=lambda server: server.cpu,
    ),
    ServerSensorDescription(
        key="swap",
        device_class=SensorDeviceClass.DATA_SIZE,
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        suggested_display_precision=0,
        exists_fn=lambda coordinator: coordinator.capabilities.swap,
        fields=frozenset({"swap"}),
        # -1 is the panel's word for unlimited, which no number of MiB is.
        value_fn=lambda server: server.swap if server.swap != -1 else None,
    ),
    ServerSensorDescription(
        key="address",
        exists_fn=lambda coordinator: coordinator.has_details,
        fields=frozenset({"allocations", "primary_allocation_id", "node"}),
        value_fn=lambda server: server.address,
    ),
    ServerSensorDescription(
        key="node",
        entity_category=EntityCategory.DIAGNOSTIC,
        fields=frozenset({"node"}),
        value_fn=lambda server: server.node.display_name if server.node else None,
    ),
    ServerSensorDescription(
        key="location",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        exists_fn=lambda coordinator: coordinator.capabilities.location,
        fields=frozenset({"node"}),
        value_fn=lambda server: server.node.location.name if server.node and server.node.location else None,
    ),
    ServerSensorDescription(
        key="backup_limit",
        entity_category=EntityCategory.DIAGNOSTIC,
        entity_registry_enabled_default=False,
        fields=frozenset({"backup_limit"}),
        value_fn=lambda server: server.backup_limit,
    ),
)


def _percent(value: float | None, limit: float | None) -> float | None:
    """Return a share of a limit; None where there is no limit."""
    return None if value is None or limit is None or limit <= 0 else 100 * value / limit


def _rate(value: float | None) -> float | None:
    """Return bytes a second as KiB a second."""
    return None if value is None else value / 1024


USAGE_SENSORS = (
    UsageSensorDescription(
        key="cpu_usage",
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        usage_fn=lambda usage, _: usage.cpu,
    ),
    UsageSensorDescription(
        key="memory_usage",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        usage_fn=lambda usage, _: usage.memory,
    ),
    UsageSensorDescription(
        key="disk_usage",
        device_class=SensorDeviceClass.DATA_SIZE,
        native_unit_of_measurement=UnitOfInformation.MEBIBYTES,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        exists_fn=_has_disk_usage,
        usage_fn=lambda usage, _: usage.disk,
    ),
    UsageSensorDescription(
        key="uptime",
        device_class=SensorDeviceClass.UPTIME,
        usage_fn=lambda usage, _: usage.started_at,
    ),
    UsageSensorDescription(
        key="cpu_percent",
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        fields=frozenset({USAGE, "cpu"}),
        usage_fn=lambda usage, server: _percent(usage.cpu, server.cpu),
    ),
    UsageSensorDescription(
        key="memory_percent",
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        fields=frozenset({USAGE, "memory"}),
        usage_fn=lambda usage, server: _percent(usage.memory, server.memory),
    ),
    UsageSensorDescription(
        key="disk_percent",
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfRatio.PERCENTAGE,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=0,
        fields=frozenset({USAGE, "disk"}),
        exists_fn=_has_disk_usage,
        usage_fn=lambda usage, server: _percent(usage.disk, server.disk),
    ),
    UsageSensorDescription(
        key="network_in",
        device_class=SensorDeviceClass.DATA_RATE,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfDataRate.KIBIBYTES_PER_SECOND,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        usage_fn=lambda usage, _: _rate(usage.network_in),
    ),
    UsageSensorDescription(
        key="network_out",
        device_class=SensorDeviceClass.DATA_RATE,
        entity_registry_enabled_default=False,
        native_unit_of_measurement=UnitOfDataRate.KIBIBYTES_PER_SECOND,
        state_class=SensorStateClass.MEASUREMENT,
        suggested_display_precision=1,
        usage_fn=lambda usage, _: _rate(usage.network_out),
    ),
)
LAST_BACKUP = ServerSensorDescription(
    key="last_backup",
    device_class=SensorDeviceClass.TIMESTAMP,
    entity_registry_enabled_default=False,
    exists_fn=lambda coordinator: coordinator.has_details if coordinator.capabilities.calls else None,
    fields=frozenset({"last_backup"}),
    value_fn=lambda server: server.last_backup,
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: StellarStackConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the sensors of each server, also of those that come later."""
    async_add_server_entities(
        entry,
        async_add_entities,
        [
            *((ServerSensor, description) for description in SENSORS),
            *((UsageSensor, description) for description in USAGE_SENSORS),
            (LastBackupSensor, LAST_BACKUP),
        ],
    )
    async_add_player_sensors(hass, entry, async_add_entities, PLAYER_SENSORS)


class ServerSensor(ServerEntity, SensorEntity):
    """A sensor of a server."""

    entity_description: ServerSensorDescription

    @property
    @override
    def native_value(self) -> StateType | datetime:
        """The value in the unit that the description names."""
        return self._shown_value


class UsageSensor(ServerSensor):
    """A sensor of what a server uses, while live data flow."""

    entity_description: UsageSensorDescription

    def __init__(self, coordinator: ServerCoordinator, description: UsageSensorDescription) -> None:
        """Show a value of what the coordinator's server uses."""
        super().__init__(coordinator, description)
        self._rounding = StableRounding(description.suggested_display_precision or 0)

    @property
    @override
    def available(self) -> bool:
        """Whether live data flow, or the server is stopped."""
        return self.coordinator.available and self.coordinator.usage.shown is not None

    @property
    @override
    def _value(self) -> StateType | datetime:
        usage, server = self.coordinator.usage.shown, self.coordinator.data
        if usage is None or server is None:
            return None
        value = self.entity_description.usage_fn(usage, server)
        return value if value is None or isinstance(value, datetime) else self._rounding.round(value)


class LastBackupSensor(ServerSensor):
    """The time of the newest complete backup.

    Only a list of the backups contains it.
    """

    @override
    async def async_added_to_hass(self) -> None:
        """Ask now and from time to time."""
        await super().async_added_to_hass()
        self._ask()
        self.async_on_remove(async_call_repeatedly(self.hass, BACKUPS_INTERVAL, self._ask))

    @callback
    def _ask(self) -> None:
        self.coordinator.panel.config_entry.async_create_background_task(
            self.hass, self._load(), f"stellarstack backups of {self.coordinator.server_id}"
        )

    async def _load(self) -> None:
        coordinator = self.coordinator
        try:
            await coordinator.panel.client.ask(coordinator.server.load_backups)
        except StellarStackError as err:
            _LOGGER.debug("The panel did not list the backups of %s: %s", coordinator.name, err)
