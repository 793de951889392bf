"""The number of entities of each server that start enabled.

Home Assistant takes only so many of one entry.
"""

from collections.abc import Collection

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.entity_platform import MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY

from .const import CONF_SERVER_ID, DOMAIN

RANKING = (
    *("status", "power", "running", "lifecycle", "node_online", "address", "restart", "start", "stop"),
    *("cpu_usage", "memory_usage", "suspended", "uptime", "disk_usage", "node", "memory", "disk", "cpu"),
)
"""The entities of a server that are enabled by default, the most important first.

On a panel with more servers than Home Assistant takes entities for, each begins with as many of these as the limit
allows; the others can be enabled by hand.
"""


def entity_limit(hass: HomeAssistant, entry: ConfigEntry, added: Collection[ConfigSubentry]) -> int:
    """Return how many entities of each added server may start enabled.

    Those in the registry stay as they are. Home Assistant may have met a server before, without the entities that came
    with a later version or with live data.
    """
    registry = er.async_get(hass)
    server_ids = [subentry.data[CONF_SERVER_ID] for subentry in added]
    registered = {
        entity.unique_id for server_id in server_ids for entity in _entities_of_server(hass, entry, server_id)
    }
    left = MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY
    left -= registry.entities.get_enabled_count_for_config_entry_id(entry.entry_id)
    # The panel's own entity comes together with the first servers.
    left -= registry.async_get_entity_id(Platform.BINARY_SENSOR, DOMAIN, f"{entry.unique_id}_connected") is None
    for limit, key in enumerate(RANKING):
        left -= sum(f"{server_id}_{key}" not in registered for server_id in server_ids)
        if left < 0:
            return limit
    return len(RANKING)


def _entities_of_server(hass: HomeAssistant, entry: ConfigEntry, server_id: str) -> list[er.RegistryEntry]:
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, server_id), entry.entry_id)
    if device is None:
        return []
    return er.async_entries_for_device(er.async_get(hass), device.id, include_disabled_entities=True)


def starts_enabled(key: str, limit: int) -> bool:
    """Return whether the entity of a key may start enabled."""
    return key in RANKING[:limit]
