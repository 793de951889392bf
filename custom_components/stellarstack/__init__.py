"""StellarStack: the game servers of a panel, live in Home Assistant."""

from typing import Any

from homeassistant.const import CONF_URL, CONF_VERIFY_SSL, EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import config_validation as cv, device_registry as dr, issue_registry as ir
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType

from .const import CONF_SESSION, DOMAIN
from .coordinator import PanelCoordinator, StellarStackConfigEntry, StellarStackData
from .entity import panel_device_info
from .repairs import async_check_connection
from .services import async_setup_services

PLATFORMS = [Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.SENSOR, Platform.SWITCH]
CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register the actions, which are there even while no panel is."""
    async_setup_services(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: StellarStackConfigEntry) -> bool:
    """Connect to the panel of an entry and watch its servers."""
    connection = _connection(entry)
    panel = PanelCoordinator(hass, entry)
    await panel.async_connect()
    entry.async_on_unload(panel.client.close)

    async def close(_event: Event) -> None:
        await panel.client.close()

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, close))
    dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, **panel_device_info(entry))

    data = entry.runtime_data = StellarStackData(panel)
    await data.async_follow_subentries(hass, entry)
    await panel.async_load()
    await data.async_wait_for_first_syncs()
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    async def follow(hass: HomeAssistant, entry: StellarStackConfigEntry) -> None:
        """Follow the entry: a new connection for new connection data, else only the servers that came or went."""
        if _connection(entry) != connection:
            hass.config_entries.async_schedule_reload(entry.entry_id)
        else:
            await data.async_follow_subentries(hass, entry)

    entry.async_on_unload(entry.add_update_listener(follow))
    # What changed while nobody listened.
    await follow(hass, entry)
    panel.async_start_checks()
    async_check_connection(hass, entry)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: StellarStackConfigEntry) -> bool:
    """Take the entities down; the connection is closed after them."""
    return await hass.config_entries.async_unload_platforms(entry, PLATFORMS)


async def async_remove_entry(hass: HomeAssistant, entry: StellarStackConfigEntry) -> None:
    """Take the entry's repairs with it."""
    for issue in list(ir.async_get(hass).issues.values()):
        if issue.domain == DOMAIN and (
            issue.issue_id.endswith(entry.entry_id) or (issue.data or {}).get("entry_id") == entry.entry_id
        ):
            ir.async_delete_issue(hass, DOMAIN, issue.issue_id)


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: StellarStackConfigEntry, device: DeviceEntry
) -> bool:
    """Allow removing a device by hand only when nothing of the entry stands behind it any more."""
    present = {(DOMAIN, entry.entry_id)} | {
        (DOMAIN, coordinator.server_id) for coordinator in entry.runtime_data.servers.values()
    }
    return not device.identifiers & present


def _connection(entry: StellarStackConfigEntry) -> tuple[Any, ...]:
    """Return what a connection was made from."""
    return tuple(entry.data[key] for key in (CONF_URL, CONF_VERIFY_SSL, CONF_SESSION))
