"""System health: how the panels are, at one look."""

import asyncio
from typing import Any

from homeassistant.components import system_health
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant, callback

from .client.detect import detect_panel
from .client.exceptions import StellarStackError
from .client.live_state import LiveState
from .const import DOMAIN
from .coordinator import StellarStackConfigEntry, count_live_states
from .websession import create_websession


@callback
def async_register(hass: HomeAssistant, register: system_health.SystemHealthRegistration) -> None:
    """Register what the system health page shows."""
    register.async_register_info(_info, f"/config/integrations/integration/{DOMAIN}")


async def _info(hass: HomeAssistant) -> dict[str, Any]:
    entries: list[StellarStackConfigEntry] = hass.config_entries.async_loaded_entries(DOMAIN)
    servers = [server for entry in entries for server in entry.runtime_data.servers.values()]
    states = count_live_states(servers)
    live = states.pop(LiveState.FED, 0)
    synced = [server.server.last_news for server in servers if server.server.last_news is not None]
    return {
        "panels": len(hass.config_entries.async_entries(DOMAIN)),
        # Awaited by the page while it shows the rest.
        "panels_reachable": _count_reachable(hass, entries),
        "panels_connected": sum(entry.runtime_data.panel.connected for entry in entries),
        "servers": len(servers),
        "servers_live": f"{live} / {len(servers)}",
        "servers_not_live": ", ".join(f"{state}: {count}" for state, count in sorted(states.items())) or None,
        "oldest_sync": f"{hass.loop.time() - min(synced):.0f} s" if synced else None,
    }


async def _count_reachable(hass: HomeAssistant, entries: list[StellarStackConfigEntry]) -> int:
    """Return how many panels answer, asked without credentials."""
    return sum(await asyncio.gather(*(_is_reachable(hass, entry) for entry in entries)))


async def _is_reachable(hass: HomeAssistant, entry: StellarStackConfigEntry) -> bool:
    session = create_websession(hass, entry.data[CONF_VERIFY_SSL])
    try:
        await detect_panel(session, entry.data[CONF_URL], entry.runtime_data.panel.client.timing)
    except StellarStackError:
        return False
    finally:
        session.detach()
    return True
