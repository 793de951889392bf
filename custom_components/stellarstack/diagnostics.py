"""Diagnostics that help to find a fault and identify no panel.

Each field is named here one by one; no object of the panel or of the entry is passed on whole.
"""

from dataclasses import asdict
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from homeassistant.helpers.device_registry import AnyDeviceEntry
from yarl import URL

from .client.credentials import Credentials
from .client.models import Server
from .const import CONF_ADD_NEW_SERVERS, CONF_LIVE, CONF_SESSION, CONF_USAGE_INTERVAL, SUBENTRY_SERVER
from .coordinator import ServerCoordinator, StellarStackConfigEntry, count_live_states


async def async_get_config_entry_diagnostics(hass: HomeAssistant, entry: StellarStackConfigEntry) -> dict[str, Any]:
    """Return the entry, its connection and its servers, whatever the entry's state."""
    servers = _loaded_servers(entry)
    return {
        **_describe_entry(entry),
        "live_sockets": dict(count_live_states(servers.values())),
        "servers": [
            _describe_server(hass, servers.get(subentry.subentry_id))
            for subentry in entry.get_subentries_of_type(SUBENTRY_SERVER)
        ],
    }


async def async_get_device_diagnostics(
    hass: HomeAssistant, entry: StellarStackConfigEntry, device: AnyDeviceEntry
) -> dict[str, Any]:
    """Return the entry, its connection and the device's server.

    The panel's device has all servers.
    """
    if device.config_subentry_id is None:
        return await async_get_config_entry_diagnostics(hass, entry)
    server = _loaded_servers(entry).get(device.config_subentry_id)
    return {**_describe_entry(entry), **_describe_server(hass, server)}


def _loaded_servers(entry: StellarStackConfigEntry) -> dict[str, ServerCoordinator]:
    return entry.runtime_data.servers if entry.state is ConfigEntryState.LOADED else {}


def _describe_entry(entry: StellarStackConfigEntry) -> dict[str, Any]:
    client = entry.runtime_data.panel.client if entry.state is ConfigEntryState.LOADED else None
    return {
        "entry": {
            "state": entry.state.value,
            "reason": entry.error_reason_translation_key,
            "disabled": entry.disabled_by is not None,
            "version": f"{entry.version}.{entry.minor_version}",
            "add_new_servers": entry.options.get(CONF_ADD_NEW_SERVERS),
            "live": entry.options.get(CONF_LIVE),
            "usage_interval": entry.options.get(CONF_USAGE_INTERVAL),
        },
        "connection": {
            "state": client.state if client is not None else None,
            "capabilities": asdict(client.capabilities) if client is not None else None,
            "session": "cookie" if Credentials.from_stored(entry.data[CONF_SESSION]).cookie is not None else "token",
            "https": URL(entry.data[CONF_URL]).scheme == "https",
            "verify_ssl": entry.data[CONF_VERIFY_SSL],
        },
    }


def _describe_server(hass: HomeAssistant, coordinator: ServerCoordinator | None) -> dict[str, Any]:
    """Describe a server; without a coordinator, one that is not watched."""
    if coordinator is None:
        return dict.fromkeys(("live_socket", "usage", "rights", "seconds_since_sync", "server")) | {"live": False}
    last_news = coordinator.server.last_news
    channel = coordinator.server.channel
    return {
        "live": coordinator.server.live,
        "live_socket": coordinator.live_state,
        "usage": coordinator.usage.shown is not None,
        "rights": sorted(channel.rights) if channel.rights is not None else None,
        "seconds_since_sync": round(hass.loop.time() - last_news, 1) if last_news is not None else None,
        "server": _describe_values(coordinator.data) if coordinator.data is not None else None,
    }


def _describe_values(server: Server) -> dict[str, Any]:
    return {
        "status": server.status,
        "status_is_unknown": server.status is None and server.raw_status is not None,
        "suspended": server.suspended,
        "memory": server.memory,
        "disk": server.disk,
        "cpu": server.cpu,
        "swap": server.swap,
        "backup_limit": server.backup_limit,
        "node_online": server.node.is_online if server.node is not None else None,
        "allocations": len(server.allocations),
        "has_address": server.address is not None,
        "shared": server.shared,
        "has_backup": server.last_backup is not None,
    }
