"""System health: how the panels are, at one look."""

import time
from typing import Any

from homeassistant.components import system_health
from homeassistant.const import CONF_URL
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
    info: dict[str, Any] = {
        "panels": len(hass.config_entries.async_entries(DOMAIN)),
        "panels_connected": sum(entry.runtime_data.panel.data is ConnectionState.CONNECTED for entry in entries),
        "servers": sum(len(entry.runtime_data.servers) for entry in entries),
        "oldest_sync": f"{max(ages):.0f} s" if ages else None,
    }
    for entry in entries:
        # The panel's address is the user's own; the page is theirs to share.
        info[f"can_reach_{entry.title}"] = system_health.async_check_can_reach_url(
            hass, f"{entry.data[CONF_URL]}/health"
        )
    return info
