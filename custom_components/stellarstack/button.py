"""Buttons: the power actions of a server."""

from dataclasses import dataclass
from typing import override

from homeassistant.components.button import ButtonDeviceClass, ButtonEntity, ButtonEntityDescription
from homeassistant.core import HomeAssistant
from homeassistant.helpers.entity_platform import AddConfigEntryEntitiesCallback

from .client.models import PowerAction
from .coordinator import StellarStackConfigEntry
from .entity import ServerEntity, ServerEntityDescription, async_add_server_entities

# The client keeps the calls for one server in order; those for others need not wait.
PARALLEL_UPDATES = 0


@dataclass(frozen=True, kw_only=True)
class ServerButtonDescription(ServerEntityDescription, ButtonEntityDescription):
    """A button that makes a server do something."""

    action: PowerAction


def _button(
    action: PowerAction, device_class: ButtonDeviceClass | None = None, *, enabled: bool = True
) -> ServerButtonDescription:
    return ServerButtonDescription(
        key=action.value,
        action=action,
        device_class=device_class,
        entity_registry_enabled_default=enabled,
        # What is not allowed now may be later.
        exists_fn=lambda coordinator: coordinator.allows(action) or None,
    )


BUTTONS = (
    _button(PowerAction.START),
    _button(PowerAction.STOP),
    _button(PowerAction.RESTART, ButtonDeviceClass.RESTART),
    _button(PowerAction.KILL, enabled=False),
)


async def async_setup_entry(
    hass: HomeAssistant,
    entry: StellarStackConfigEntry,
    async_add_entities: AddConfigEntryEntitiesCallback,
) -> None:
    """Add the buttons of each present and future server.

    There are none where the account may not use them.
    """
    async_add_server_entities(entry, async_add_entities, ((PowerButton, description) for description in BUTTONS))


class PowerButton(ServerEntity, ButtonEntity):
    """A button that makes a server do something."""

    entity_description: ServerButtonDescription

    @override
    async def async_press(self) -> None:
        """Send the power action."""
        await self.coordinator.async_power(self.entity_description.action)
