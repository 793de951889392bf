"""What the tests of players share."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant

from custom_components.stellarstack.client.timing import Timing
from simulator.queries import GamePort
from tests.common import subentry_of

SURVIVAL = "srv_survival"
PLAYERS = "sensor.survival_players"
MAX_PLAYERS = "sensor.survival_player_limit"
INTERVAL = 0.05
"""Seconds between two questions, in place of half a minute."""


def impatient(timing: Timing) -> Timing:
    """Return times with which a game that is silent is soon given up."""
    return replace(timing, query=0.2)


def query(port: GamePort, protocol: str, **others: Any) -> dict[str, Any]:
    """Return what a subentry says of a game in the simulator."""
    return {"protocol": protocol, "host": "127.0.0.1", "port": port.port, "interval": INTERVAL} | others


def choose(hass: HomeAssistant, entry: ConfigEntry, settings: dict[str, Any] | None, server: str = SURVIVAL) -> None:
    """Let a server's subentry say how its game is asked."""
    subentry = subentry_of(entry, server)
    data = {"server_id": server} if settings is None else {"server_id": server, "query": settings}
    hass.config_entries.async_update_subentry(entry, subentry, data=MappingProxyType(data))
