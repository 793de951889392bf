"""The actions: start, stop, restart, send command, create backup."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from homeassistant.const import ATTR_NAME
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from .client.models import PowerAction
from .const import DOMAIN
from .coordinator import ServerCoordinator
from .targets import async_servers_of_call

ATTR_COMMAND: Final = "command"
SERVICE_START: Final = PowerAction.START.value
SERVICE_STOP: Final = PowerAction.STOP.value
SERVICE_RESTART: Final = PowerAction.RESTART.value
SERVICE_SEND_COMMAND: Final = "send_command"
SERVICE_CREATE_BACKUP: Final = "create_backup"

LONGEST_COMMAND = 4096
"""Bytes."""

POWER_SCHEMA = vol.Schema(cv.TARGET_SERVICE_FIELDS)
SEND_COMMAND_SCHEMA = vol.Schema({**cv.TARGET_SERVICE_FIELDS, vol.Required(ATTR_COMMAND): cv.string})
CREATE_BACKUP_SCHEMA = vol.Schema(
    {**cv.TARGET_SERVICE_FIELDS, vol.Optional(ATTR_NAME): vol.All(cv.string, vol.Length(max=191))}
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, handler, schema in (
        (SERVICE_START, _power, POWER_SCHEMA),
        (SERVICE_STOP, _power, POWER_SCHEMA),
        (SERVICE_RESTART, _power, POWER_SCHEMA),
        (SERVICE_SEND_COMMAND, _send_command, SEND_COMMAND_SCHEMA),
        (SERVICE_CREATE_BACKUP, _create_backup, CREATE_BACKUP_SCHEMA),
    ):
        hass.services.async_register(DOMAIN, name, handler, schema=schema, supports_response=SupportsResponse.OPTIONAL)


async def _power(call: ServiceCall) -> ServiceResponse:
    """Start, stop or restart each target; the response is empty."""
    action = PowerAction(call.service)

    async def power(server: ServerCoordinator) -> JsonObjectType:
        await server.async_power(action)
        return {}

    return await _for_each(call, power)


async def _send_command(call: ServiceCall) -> ServiceResponse:
    """Send a line to each target's console; respond with the line."""
    command: str = call.data[ATTR_COMMAND].strip()
    if not command or not command.isprintable():
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="command_not_one_line")
    if len(command.encode()) > LONGEST_COMMAND:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="command_too_long",
            translation_placeholders={"bytes": str(LONGEST_COMMAND)},
        )

    async def send(server: ServerCoordinator) -> JsonObjectType:
        await server.async_send_command(command)
        return {"command": command}

    return await _for_each(call, send)


async def _create_backup(call: ServiceCall) -> ServiceResponse:
    """Make a backup of each target; respond with how it ended."""
    name: str | None = call.data.get(ATTR_NAME)

    async def create(server: ServerCoordinator) -> JsonObjectType:
        backup = await server.async_create_backup(name)
        return {"id": backup.id, "name": backup.name, "status": backup.status, "size": backup.size}

    return await _for_each(call, create)


async def _for_each(
    call: ServiceCall, action: Callable[[ServerCoordinator], Awaitable[JsonObjectType]]
) -> ServiceResponse:
    """Act on all targets at once and respond by device id.

    A target that fails does not stop the others.

    Raises:
        ServiceValidationError: There is nothing to act on.
        Unauthorized: The user may not control all targets; nothing was done.
        HomeAssistantError: The first failure.
    """
    servers = await async_servers_of_call(call)
    results = await asyncio.gather(*(action(server) for server in servers.values()), return_exceptions=True)
    response: JsonObjectType = {}
    for device_id, result in zip(servers, results, strict=True):
        if isinstance(result, BaseException):
            raise result
        response[device_id] = result
    return response if call.return_response else None
