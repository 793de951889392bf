"""The number of entities of each server that start enabled.

Home Assistant takes only so many of one entry.
"""

from collections.abc import Collection

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
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

    Servers that Home Assistant has met before do not count: what they have is in the registry already.
    """
    registry = er.async_get(hass)
    new = sum(
        registry.async_get_entity_id(Platform.SENSOR, DOMAIN, f"{subentry.data[CONF_SERVER_ID]}_status") is None
        for subentry in added
    )
    left = MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY
    left -= registry.entities.get_enabled_count_for_config_entry_id(entry.entry_id)
    # The panel's own entity comes together with the first servers.
    if registry.async_get_entity_id(Platform.BINARY_SENSOR, DOMAIN, f"{entry.unique_id}_connected") is None:
        left -= 1
    return max(0, left) // max(1, new)


def starts_enabled(key: str, limit: int) -> bool:
    """Return whether the entity of a key may start enabled."""
    return key in RANKING[:limit]
