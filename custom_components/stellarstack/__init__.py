"""StellarStack: the game servers of a panel, live in Home Assistant."""

from typing import Any

from homeassistant.const import CONF_URL, CONF_VERIFY_SSL, EVENT_HOMEASSISTANT_STOP, Platform
from homeassistant.core import Event, HomeAssistant
from homeassistant.helpers import config_validation as cv, device_registry as dr
from homeassistant.helpers.device_registry import DeviceEntry
from homeassistant.helpers.typing import ConfigType

from .const import CONF_SERVER_ID, CONF_SESSION, DOMAIN, SUBENTRY_SERVER
from .coordinator import (
    PanelCoordinator,
    StellarStackConfigEntry,
    StellarStackData,
    async_sync_subentries,
    async_wait_for_first_news,
)
from .frontend import async_register, async_serve, async_unregister_unused
from .inventory import server_store
from .outage import async_forget_outage, async_outage_of
from .repairs import async_check_encryption, async_clear_entry
from .services import async_setup_services
from .websocket_api import async_setup_websocket_api

PLATFORMS = [Platform.BINARY_SENSOR, Platform.BUTTON, Platform.EVENT, Platform.SENSOR, Platform.SWITCH]
CONFIG_SCHEMA = cv.config_entry_only_config_schema(DOMAIN)


async def async_setup(hass: HomeAssistant, config: ConfigType) -> bool:
    """Register what is there even while no panel is."""
    async_setup_services(hass)
    async_setup_websocket_api(hass)
    await async_serve(hass)
    return True


async def async_setup_entry(hass: HomeAssistant, entry: StellarStackConfigEntry) -> bool:
    """Connect to the panel of an entry and watch its servers."""
    # Before all that can fail: the dashboard tells that a panel is away.
    await async_register(hass)
    connection = _connection(entry)
    panel = PanelCoordinator(hass, entry)
    entry.async_on_unload(panel.async_close)
    await panel.inventory.async_load()
    entry.async_on_unload(panel.inventory.async_save)
    entry.async_on_unload(panel.inventory.async_follow_feed())
    await panel.async_connect()
    entry.async_on_unload(async_outage_of(hass, entry).async_end)

    async def stop(_event: Event) -> None:
        await panel.async_close(quiet=True)

    entry.async_on_unload(hass.bus.async_listen_once(EVENT_HOMEASSISTANT_STOP, stop))
    dr.async_get(hass).async_get_or_create(config_entry_id=entry.entry_id, **panel.device_info)

    data = entry.runtime_data = StellarStackData(panel)
    async_sync_subentries(hass, entry)
    await panel.async_load()
    # New servers may have been found.
    async_sync_subentries(hass, entry)
    await async_wait_for_first_news(data.servers.values(), panel.client.timing)
    await hass.config_entries.async_forward_entry_setups(entry, PLATFORMS)

    async def follow(hass: HomeAssistant, entry: StellarStackConfigEntry) -> None:
        """Reload for new connection data, else apply options and servers."""
        if _connection(entry) != connection:
            hass.config_entries.async_schedule_reload(entry.entry_id)
        else:
            panel.async_follow_options()
            async_sync_subentries(hass, entry)

    entry.async_on_unload(entry.add_update_listener(follow))
    # What changed before the listener was added.
    await follow(hass, entry)
    panel.async_start_checks()
    async_check_encryption(hass, entry)
    return True


async def async_unload_entry(hass: HomeAssistant, entry: StellarStackConfigEntry) -> bool:
    """Take the entities down; the connection is closed after them."""
    unloaded = await hass.config_entries.async_unload_platforms(entry, PLATFORMS)
    if entry.disabled_by is not None:
        await async_unregister_unused(hass)
    return unloaded


async def async_remove_entry(hass: HomeAssistant, entry: StellarStackConfigEntry) -> None:
    """Delete an entry's stored data and repairs."""
    async_forget_outage(hass, entry)
    async_clear_entry(hass, entry)
    await async_unregister_unused(hass)
    # Last, as the disk may refuse it.
    await server_store(hass, entry).async_remove()


async def async_remove_config_entry_device(
    hass: HomeAssistant, entry: StellarStackConfigEntry, device: DeviceEntry
) -> bool:
    """Allow removing a device that nothing in the entry uses."""
    servers = {subentry.data[CONF_SERVER_ID] for subentry in entry.get_subentries_of_type(SUBENTRY_SERVER)}
    return not device.identifiers & {(DOMAIN, each) for each in (entry.entry_id, *servers)}


def _connection(entry: StellarStackConfigEntry) -> tuple[Any, ...]:
    """Return the data that a connection depends on."""
    return tuple(entry.data[key] for key in (CONF_URL, CONF_VERIFY_SSL, CONF_SESSION))
