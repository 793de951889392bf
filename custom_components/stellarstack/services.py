"""The actions: a line into a server's console, and a backup."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from homeassistant.const import ATTR_NAME
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv, device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from .const import DOMAIN
from .coordinator import ServerCoordinator, StellarStackConfigEntry

ATTR_COMMAND: Final = "command"
SERVICE_SEND_COMMAND: Final = "send_command"
SERVICE_CREATE_BACKUP: Final = "create_backup"

LONGEST_COMMAND = 4096
"""Bytes."""

SEND_COMMAND_SCHEMA = vol.Schema({**cv.TARGET_SERVICE_FIELDS, vol.Required(ATTR_COMMAND): cv.string})
CREATE_BACKUP_SCHEMA = vol.Schema(
    {**cv.TARGET_SERVICE_FIELDS, vol.Optional(ATTR_NAME): vol.All(cv.string, vol.Length(max=191))}
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    for name, handler, schema in (
        (SERVICE_SEND_COMMAND, _send_command, SEND_COMMAND_SCHEMA),
        (SERVICE_CREATE_BACKUP, _create_backup, CREATE_BACKUP_SCHEMA),
    ):
        hass.services.async_register(DOMAIN, name, handler, schema=schema, supports_response=SupportsResponse.OPTIONAL)


async def _send_command(call: ServiceCall) -> ServiceResponse:
    """Type a line into the console of each target; answer with what was sent, by device id."""
    command: str = call.data[ATTR_COMMAND].strip()
    if not command or len(command.splitlines()) > 1 or not command.isprintable():
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="command_not_one_line")
    if len(command.encode()) > LONGEST_COMMAND:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="command_too_long",
            translation_placeholders={"bytes": str(LONGEST_COMMAND)},
        )

    async def send(coordinator: ServerCoordinator) -> JsonObjectType:
        await coordinator.async_act(lambda http: http.send_command(coordinator.server_id, command))
        return {"command": command}

    return await _for_each(call, send)


async def _create_backup(call: ServiceCall) -> ServiceResponse:
    """Make a backup of each target and wait for it; answer with how it ended, by device id."""
    name: str | None = call.data.get(ATTR_NAME)

    async def create(coordinator: ServerCoordinator) -> JsonObjectType:
        backup = await coordinator.async_act(
            # It takes minutes, in which the server can be told other things.
            lambda http: http.create_backup(coordinator.server_id, name),
            in_turn=False,
        )
        return {"id": backup.id, "name": backup.name, "status": backup.status, "size": backup.size}

    return await _for_each(call, create)


async def _for_each(
    call: ServiceCall, action: Callable[[ServerCoordinator], Awaitable[JsonObjectType]]
) -> ServiceResponse:
    """Act on all targets at once and answer by device id; one that fails does not keep the others from being done."""
    targets = _targets(call)
    results = await asyncio.gather(*(action(target) for target in targets.values()), return_exceptions=True)
    response: JsonObjectType = {}
    for device_id, result in zip(targets, results, strict=True):
        if isinstance(result, BaseException):
            raise result
        response[device_id] = result
    return response if call.return_response else None


def _targets(call: ServiceCall) -> dict[str, ServerCoordinator]:
    """Return the servers that an action is for, by device id.

    Raises:
        ServiceValidationError: A device is no server of ours, its panel is not connected, or there is none at all.
    """
    hass = call.hass
    selection = TargetSelection(call.data)
    referenced = async_extract_referenced_entity_ids(hass, selection, primary_entities_only=False)
    entities = er.async_get(hass)
    device_ids = set(referenced.referenced_devices)
    for entity_id in referenced.referenced:
        if (entity := entities.async_get(entity_id)) is not None and entity.device_id is not None:
            device_ids.add(entity.device_id)
    targets: dict[str, ServerCoordinator] = {}
    for device_id in sorted(device_ids):
        if (coordinator := _server(hass, device_id)) is not None:
            targets[device_id] = coordinator
        elif device_id in selection.device_ids:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="no_server",
                translation_placeholders={"device": _name(hass, device_id)},
            )
    if not targets:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_target")
    return targets


def _server(hass: HomeAssistant, device_id: str) -> ServerCoordinator | None:
    """Return the server behind a device, None when there is none on a connected panel.

    Raises:
        ServiceValidationError: Its panel was set up with a raw token, which REST does not take.
    """
    if (device := dr.async_get(hass).async_get(device_id)) is None:
        return None
    entry: StellarStackConfigEntry
    for entry in hass.config_entries.async_loaded_entries(DOMAIN):
        for coordinator in entry.runtime_data.servers.values():
            if (DOMAIN, coordinator.server_id) in device.identifiers:
                if not entry.runtime_data.panel.client.http.has_cookie:
                    raise ServiceValidationError(
                        translation_domain=DOMAIN,
                        translation_key="needs_full_session",
                        translation_placeholders={"server": coordinator.name},
                    )
                return coordinator
    return None


def _name(hass: HomeAssistant, device_id: str) -> str:
    device = dr.async_get(hass).async_get(device_id)
    return (device.name_by_user or device.name or device_id) if device is not None else device_id
