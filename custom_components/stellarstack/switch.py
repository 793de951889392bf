"""The switch: a server's power, as the panel reports it."""

from dataclasses import dataclass
from typing import Any, override

from homeassistant.components.switch import SwitchDeviceClass, SwitchEntity, SwitchEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client.models import PowerAction, ServerStatus
from .coordinator import StellarStackConfigEntry
from .entity import ServerEntity, ServerEntityDescription, async_add_server_entities

# The client keeps the calls for one server in order; those for others need not wait.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ServerSwitchDescription(ServerEntityDescription, SwitchEntityDescription):
    """A switch that shows one value of a server."""


POWER = ServerSwitchDescription(
    key="power",
    device_class=SwitchDeviceClass.SWITCH,
    fields=frozenset({"status"}),
    # What is not allowed now may be later.
    exists_fn=lambda coordinator: (
        (coordinator.allows(PowerAction.START) and coordinator.allows(PowerAction.STOP)) or None
    ),
    value_fn=lambda server: (
        None if server.status is None else server.status in {ServerStatus.STARTING, ServerStatus.RUNNING}
    ),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: StellarStackConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the switch of each present and future server.

    There is none where the account may not use it.
    """
    async_add_server_entities(entry, async_add_entities, [(PowerSwitch, POWER)])


class PowerSwitch(ServerEntity, SwitchEntity):
    """A server's power; its state comes from the panel alone."""

    entity_description: ServerSwitchDescription
    # The server's main feature: it is called as the server is, so that one can say "turn on Survival".
    _attr_name = None

    @property
    @override
    def is_on(self) -> bool | None:
        """Whether the server runs or starts; None means unknown."""
        return None if (value := self._shown_value) is None else bool(value)

    @override
    async def async_turn_on(self, **kwargs: Any) -> None:
        """Start the server."""
        await self.coordinator.async_power(PowerAction.START)

    @override
    async def async_turn_off(self, **kwargs: Any) -> None:
        """Stop the server."""
        await self.coordinator.async_power(PowerAction.STOP)
