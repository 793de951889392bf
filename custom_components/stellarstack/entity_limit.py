"""The number of entities of each server that start enabled.

Home Assistant takes only so many of one entry.
"""

from collections.abc import Collection

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_platform import MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY

from .const import CONF_SERVER_ID

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
    registered = {entity.unique_id for entity in er.async_entries_for_config_entry(registry, entry.entry_id)}
    left = MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY
    left -= registry.entities.get_enabled_count_for_config_entry_id(entry.entry_id)
    # The panel's own entity comes together with the first servers.
    left -= f"{entry.unique_id}_connected" not in registered
    for limit, key in enumerate(RANKING):
        left -= sum(f"{subentry.data[CONF_SERVER_ID]}_{key}" not in registered for subentry in added)
        if left < 0:
            return limit
    return len(RANKING)


def starts_enabled(key: str, limit: int) -> bool:
    """Return whether the entity of a key may start enabled."""
    return key in RANKING[:limit]
