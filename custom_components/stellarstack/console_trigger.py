"""The trigger on lines that servers print."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterable
from functools import partial
import logging
from typing import Any, override

from homeassistant.const import ATTR_DEVICE_ID, ATTR_ENTITY_ID, CONF_OPTIONS, CONF_TARGET
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.helpers import config_validation as cv, entity_registry as er
from homeassistant.helpers.trigger import TriggerConfig
from homeassistant.helpers.typing import ConfigType
import probatio

from .client.console import ConsoleLines
from .coordinator import ServerCoordinator
from .line_pattern import LinePattern, PatternError
from .live_watch import async_watch_live
from .target_trigger import TargetTrigger
from .targets import device_name, place_of_entity

_LOGGER = logging.getLogger(__name__)

CONF_TEXT = "text"

MOST_A_SECOND = 10
"""Lines of one server that a trigger tells in a second; what is beyond is left out."""


def _pattern(value: Any) -> str:
    """Validate the text of a pattern."""
    text = cv.string(value)
    try:
        LinePattern(text)
    except PatternError as err:
        raise probatio.Invalid(str(err)) from err
    return text


_SCHEMA = probatio.Schema(
    {
        probatio.Required(CONF_TARGET): cv.TARGET_FIELDS,
        probatio.Required(CONF_OPTIONS): {probatio.Required(CONF_TEXT): _pattern},
    }
)


class ConsoleLineTrigger(TargetTrigger):
    """Triggers when a server prints a line that matches a text.

    Live sockets of the target are held meanwhile. Lines from before they were open do not trigger.
    """

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Validate the target and the text."""
        validated: ConfigType = _SCHEMA(config)
        return validated

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Read the options."""
        super().__init__(hass, config)
        assert config.options is not None
        self._pattern = LinePattern(config.options[CONF_TEXT])
        # By status sensor of the target: what ends following its server.
        self._servers: dict[str, CALLBACK_TYPE] = {}

    @override
    def _add(self, entity_id: str, state: State | None) -> None:
        if (place := place_of_entity(self._hass, entity_id)) is not None:
            console = _Console(self._pattern, partial(self._fire, entity_id), partial(self._warn, entity_id))
            self._servers[entity_id] = async_watch_live(*place, console.attach)

    @override
    def _remove(self, entity_id: str) -> None:
        if (end := self._servers.pop(entity_id, None)) is not None:
            end()

    @callback
    def _fire(self, entity_id: str, line: str, fields: dict[str, str]) -> None:
        entity = er.async_get(self._hass).async_get(entity_id)
        if entity is None or entity.device_id is None:
            return
        self._run_action(
            {
                ATTR_ENTITY_ID: entity_id,
                ATTR_DEVICE_ID: entity.device_id,
                "server": device_name(self._hass, entity.device_id),
                "line": line,
                "fields": fields,
            },
            # Without the line: this gets into the logbook.
            f"console line of {entity_id}",
        )

    @callback
    def _warn(self, entity_id: str) -> None:
        _LOGGER.warning(
            "More than %d lines a second match a trigger on the console of %s; the rest is left out",
            MOST_A_SECOND,
            entity_id,
        )


class _Console:
    """The console of one server, of which a trigger tells some lines."""

    def __init__(
        self, pattern: LinePattern, fire: Callable[[str, dict[str, str]], None], warn: Callable[[], None]
    ) -> None:
        """Begin without lines.

        Args:
            pattern: What lines have to match.
            fire: Called with each line that does, and with its fields.
            warn: Called when the first line is left out.
        """
        self._pattern = pattern
        self._fire = fire
        self._warn = warn
        self._warned = False
        self._times: deque[float] = deque(maxlen=MOST_A_SECOND)

    @callback
    def attach(self, server: ServerCoordinator) -> Iterable[CALLBACK_TYPE]:
        """Follow the console of a coordinator's server."""
        return (server.server.channel.console.add(self._take),)

    @callback
    def _take(self, batch: ConsoleLines) -> None:
        if not batch.new:
            return
        now = asyncio.get_running_loop().time()
        for line in batch.lines:
            if (fields := self._pattern.match(line)) is None:
                continue
            if len(self._times) == MOST_A_SECOND and now - self._times[0] < 1:
                if not self._warned:
                    self._warned = True
                    self._warn()
                return
            self._times.append(now)
            self._fire(line, fields)
