"""System health: how the panels are, at one look."""

import asyncio
import time
from typing import Any

from homeassistant.components import system_health
from homeassistant.core import HomeAssistant, callback

from .client import ConnectionState
from .const import DOMAIN
from .coordinator import StellarStackConfigEntry


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register what the system health page shows."""
    register.async_register_info(_info, "/config/integrations/integration/stellarstack")


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[StellarStackConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    now = time.monotonic()
    ages = [
        age
        for entry in entries
        for coordinator in entry.runtime_data.servers.values()
        if (age := coordinator.seconds_since_sync(now)) is not None
    ]
    return {
        "panels": len(hass.config_entries.async_entries(DOMAIN)),
        # Awaited by the page while it shows the rest.
        "panels_reachable": _count_reachable(entries),
        "panels_connected": sum(entry.runtime_data.panel.data is ConnectionState.CONNECTED for entry in entries),
        "servers": sum(len(entry.runtime_data.servers) for entry in entries),
        "oldest_sync": f"{max(ages):.0f} s" if ages else None,
    }


async def _count_reachable(entries: list[StellarStackConfigEntry]) -> int:
    """Return how many panels answer, asked without credentials."""
    answers = await asyncio.gather(
        *(entry.runtime_data.panel.client.http.probe() for entry in entries), return_exceptions=True
    )
    return sum(answer is None for answer in answers)
