"""The actions: start, stop, restart, send command, get console, create backup."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from homeassistant.const import ATTR_NAME
from homeassistant.core import HomeAssistant, ServiceCall, ServiceResponse, SupportsResponse, callback
from homeassistant.exceptions import ServiceValidationError
from homeassistant.helpers import config_validation as cv
from homeassistant.util.json import JsonObjectType
import voluptuous as vol

from .client.console import MOST_LINES
from .client.models import PowerAction
from .const import DOMAIN
from .coordinator import ServerCoordinator
from .line_pattern import LONGEST_PATTERN, LinePattern, PatternError, PatternFault
from .targets import async_servers_of_call

ATTR_COMMAND: Final = "command"
ATTR_LINES: Final = "lines"
ATTR_UNTIL: Final = "until"
ATTR_WAIT: Final = "wait"
SERVICE_START: Final = PowerAction.START.value
SERVICE_STOP: Final = PowerAction.STOP.value
SERVICE_RESTART: Final = PowerAction.RESTART.value
SERVICE_SEND_COMMAND: Final = "send_command"
SERVICE_GET_CONSOLE: Final = "get_console"
SERVICE_CREATE_BACKUP: Final = "create_backup"

LONGEST_COMMAND = 4096
"""Bytes."""
LONGEST_WAIT = 30
"""Seconds."""
DEFAULT_LINES = 50
"""What an action gets that does not say how many lines."""

_PATTERN_FAULTS = {
    PatternFault.NOT_ONE_LINE: "text_not_one_line",
    PatternFault.BRACE: "text_brace",
    PatternFault.FIELDS: "text_fields",
}

POWER_SCHEMA = vol.Schema(cv.TARGET_SERVICE_FIELDS)
SEND_COMMAND_SCHEMA = vol.Schema(
    {
        **cv.TARGET_SERVICE_FIELDS,
        vol.Required(ATTR_COMMAND): cv.string,
        vol.Optional(ATTR_WAIT, default=0.0): vol.All(vol.Coerce(float), vol.Range(min=0, max=LONGEST_WAIT)),
        vol.Optional(ATTR_UNTIL): cv.string,
    }
)
GET_CONSOLE_SCHEMA = vol.Schema(
    {
        **cv.TARGET_SERVICE_FIELDS,
        vol.Optional(ATTR_LINES, default=DEFAULT_LINES): vol.All(vol.Coerce(int), vol.Range(min=1, max=MOST_LINES)),
    }
)
CREATE_BACKUP_SCHEMA = vol.Schema(
    {**cv.TARGET_SERVICE_FIELDS, vol.Optional(ATTR_NAME): vol.All(cv.string, vol.Length(max=191))}
)


@callback
def async_setup_services(hass: HomeAssistant) -> None:
    """Register the actions."""
    optional, only = SupportsResponse.OPTIONAL, SupportsResponse.ONLY
    for name, handler, schema, response in (
        (SERVICE_START, _power, POWER_SCHEMA, optional),
        (SERVICE_STOP, _power, POWER_SCHEMA, optional),
        (SERVICE_RESTART, _power, POWER_SCHEMA, optional),
        (SERVICE_SEND_COMMAND, _send_command, SEND_COMMAND_SCHEMA, optional),
        (SERVICE_GET_CONSOLE, _get_console, GET_CONSOLE_SCHEMA, only),
        (SERVICE_CREATE_BACKUP, _create_backup, CREATE_BACKUP_SCHEMA, optional),
    ):
        hass.services.async_register(DOMAIN, name, handler, schema=schema, supports_response=response)


async def _power(call: ServiceCall) -> ServiceResponse:
    """Start, stop or restart each target; the response is empty."""
    action = PowerAction(call.service)

    async def power(server: ServerCoordinator) -> JsonObjectType:
        await server.async_power(action)
        return {}

    return await _for_each(call, power)


async def _send_command(call: ServiceCall) -> ServiceResponse:
    """Send a line to each target's console; respond with what it printed."""
    command: str = call.data[ATTR_COMMAND].strip()
    if not command or not command.isprintable():
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="command_not_one_line")
    if len(command.encode()) > LONGEST_COMMAND:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key="command_too_long",
            translation_placeholders={"bytes": str(LONGEST_COMMAND)},
        )

    wait: float = call.data[ATTR_WAIT]
    is_last = _is_last(call.data.get(ATTR_UNTIL), wait)

    async def send(server: ServerCoordinator) -> JsonObjectType:
        if wait:
            return {"command": command, "lines": [*await server.async_run_command(command, wait, is_last)]}
        await server.async_send_command(command)
        return {"command": command}

    return await _for_each(call, send)


def _is_last(until: str | None, wait: float) -> Callable[[str], bool]:
    """Return the test for the line that ends a wait.

    Raises:
        ServiceValidationError: There is nothing to end, or the text is no pattern.
    """
    if until is None:
        return lambda _line: False
    if not wait:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="until_without_wait")
    try:
        pattern = LinePattern(until)
    except PatternError as err:
        raise ServiceValidationError(
            translation_domain=DOMAIN,
            translation_key=_PATTERN_FAULTS[err.fault],
            translation_placeholders={"characters": str(LONGEST_PATTERN), "field": "{player}", "brace": r"\{"},
        ) from err
    return lambda line: pattern.match(line) is not None


async def _get_console(call: ServiceCall) -> ServiceResponse:
    """Respond with the last lines of each target's console."""
    most: int = call.data[ATTR_LINES]

    async def read(server: ServerCoordinator) -> JsonObjectType:
        return {"lines": [*await server.async_read_console(most)]}

    return await _for_each(call, read)


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
