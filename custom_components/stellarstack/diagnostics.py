"""Diagnostics: what helps to find a fault, without what would give anything away."""

from dataclasses import asdict
import time
from typing import Any

from homeassistant.components.diagnostics import async_redact_data
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import DeviceEntry

from .const import CONF_KNOWN_SERVERS, CONF_SESSION, DOMAIN
from .coordinator import ServerCoordinator, StellarStackConfigEntry

# Addresses tell where a panel and its nodes are, ids whose they are, names what a user may not want to publish.
TO_REDACT = {
    CONF_KNOWN_SERVERS,
    CONF_SESSION,
    "container_id",
    "description",
    "display_name",
    "host",
    "id",
    "ip",
    "name",
    "owner_id",
    "port",
    "primary_allocation_id",
    "server_id",
    "short_id",
    "title",
    "unique_id",
    "url",
}


def _server(coordinator: ServerCoordinator) -> dict[str, Any]:
    return {
        "live": coordinator.live,
        "seconds_since_sync": coordinator.seconds_since_sync(time.monotonic()),
        "server": async_redact_data(asdict(coordinator.data), TO_REDACT) if coordinator.data else None,
    }


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: StellarStackConfigEntry) -> dict[str, Any]:
    """Return the entry, its connection and its servers."""
    data = entry.runtime_data
    client = data.panel.client
    return {
        "entry": async_redact_data(entry.as_dict(), TO_REDACT),
        "connection": {
            "state": client.state,
            "session": "cookie" if client.http.has_cookie else "token",
            "https": client.http.url.startswith("https:"),
        },
        "servers": [_server(coordinator) for coordinator in data.servers.values()],
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: StellarStackConfigEntry, device: DeviceEntry
) -> dict[str, Any]:
    """Return one server; for the panel's device, the entry."""
    for coordinator in entry.runtime_data.servers.values():
        if (DOMAIN, coordinator.server_id) in device.identifiers:
            return _server(coordinator)
    return await async_get_config_entry_diagnostics(hass, entry)
