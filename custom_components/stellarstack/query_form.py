"""The form about how a server's game is asked who plays."""

from collections.abc import Mapping
import re
from typing import Any, Final

from homeassistant.const import CONF_HOST, CONF_PORT, CONF_PROTOCOL, UnitOfTime
from homeassistant.helpers.selector import (
    NumberSelector,
    NumberSelectorConfig,
    NumberSelectorMode,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
)
import voluptuous as vol

from .client.models import Server
from .query.protocols import Protocol
from .query.settings import CONF_INTERVAL, CONF_QUERY, DEFAULT_INTERVAL, game_address
from .query.suggest import suggest_protocol

_OFF: Final = "off"
_ADDRESS: Final = re.compile(r"(\[[^]]+\]|[^:]+):([0-9]{1,5})")
_LARGEST_PORT: Final = 65535

QUERY_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_PROTOCOL, default=_OFF): SelectSelector(
            SelectSelectorConfig(
                options=[_OFF, *Protocol], mode=SelectSelectorMode.DROPDOWN, translation_key="query_protocol"
            )
        ),
        vol.Optional(CONF_HOST): TextSelector(),
        vol.Optional(CONF_PORT): vol.All(
            NumberSelector(NumberSelectorConfig(min=1, max=_LARGEST_PORT, step=1, mode=NumberSelectorMode.BOX)),
            vol.Coerce(int),
        ),
        vol.Required(CONF_INTERVAL, default=DEFAULT_INTERVAL): vol.All(
            NumberSelector(
                NumberSelectorConfig(
                    min=10, max=300, step=1, unit_of_measurement=UnitOfTime.SECONDS, mode=NumberSelectorMode.BOX
                )
            ),
            vol.Coerce(int),
        ),
    }
)


def query_suggestions(data: Mapping[str, Any], server: Server | None) -> dict[str, Any]:
    """Return what the form begins with: the subentry's data, else guesses."""
    host, port = game_address(server)
    guessed = {
        CONF_PROTOCOL: suggest_protocol(server) or _OFF,
        CONF_HOST: host,
        CONF_PORT: port,
    }
    return {key: value for key, value in (guessed | data.get(CONF_QUERY, {})).items() if value is not None}


def query_from_input(user_input: Mapping[str, Any], server: Server | None) -> dict[str, Any] | None:
    """Return what the subentry is to keep.

    None when the game is not to be asked. What the server's address says already is left out, so that it follows the
    panel.
    """
    if user_input[CONF_PROTOCOL] == _OFF:
        return None
    known_host, known_port = game_address(server)
    host = user_input.get(CONF_HOST, "").strip()
    port = user_input.get(CONF_PORT)
    # As the address of a server is shown and copied.
    if (address := _ADDRESS.fullmatch(host)) is not None and 0 < int(address[2]) <= _LARGEST_PORT:
        host, port = address[1], int(address[2])
    host = host.removeprefix("[").removesuffix("]")
    interval = user_input[CONF_INTERVAL]
    query: dict[str, Any] = {CONF_PROTOCOL: user_input[CONF_PROTOCOL]}
    if host and host != known_host:
        query[CONF_HOST] = host
    if port is not None and port != known_port:
        query[CONF_PORT] = port
    if interval != DEFAULT_INTERVAL:
        query[CONF_INTERVAL] = interval
    return query
