"""The file of the cards and the dashboard, for Home Assistant's pages."""

import asyncio
from pathlib import Path
from typing import Final

from homeassistant.components.http import StaticPathConfig
from homeassistant.components.lovelace.const import LOVELACE_DATA
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.util.hass_dict import HassKey

from ..const import DOMAIN

URL: Final = f"/{DOMAIN}/stellarstack.js"

_DATA_LOCK: HassKey[asyncio.Lock] = HassKey(f"{DOMAIN}_frontend")
"""Entries that are set up at the same time would each add the resource."""


async def async_serve(hass: HomeAssistant) -> None:
    """Serve the file, once for all entries.

    Home Assistant without dashboards has no use for it.
    """
    if LOVELACE_DATA in hass.data:
        path = Path(__file__).with_name("stellarstack.js")
        # Not cached for long: a resource written in YAML need not name a version.
        await hass.http.async_register_static_paths([StaticPathConfig(URL, str(path), cache_headers=False)])


async def async_register(hass: HomeAssistant) -> None:
    """Let each page load the file of this version.

    Resources that are written in YAML are left to their author.
    """
    if (resources := _resources(hass)) is None:
        return
    version = (await async_get_integration(hass, DOMAIN)).version
    url = f"{URL}?v={version}"
    async with _lock(hass):
        # This loads the resources, too.
        await resources.async_get_info()
        registered = _registered(resources)
        if not registered:
            await resources.async_create_item({"res_type": "module", "url": url})
        for item_id, current in registered.items():
            if current != url:
                await resources.async_update_item(item_id, {"url": url})


async def async_unregister_unused(hass: HomeAssistant) -> None:
    """Take the resource out once no entry is enabled."""
    if any(entry.disabled_by is None for entry in hass.config_entries.async_entries(DOMAIN)):
        return
    if (resources := _resources(hass)) is None:
        return
    async with _lock(hass):
        await resources.async_get_info()
        for item_id in _registered(resources):
            await resources.async_delete_item(item_id)


def _lock(hass: HomeAssistant) -> asyncio.Lock:
    return hass.data.setdefault(_DATA_LOCK, asyncio.Lock())


def _resources(hass: HomeAssistant) -> ResourceStorageCollection | None:
    """Return the resources that can be changed, where there are any."""
    lovelace = hass.data.get(LOVELACE_DATA)
    return lovelace.resources if lovelace and isinstance(lovelace.resources, ResourceStorageCollection) else None


def _registered(resources: ResourceStorageCollection) -> dict[str, str]:
    """Return the urls of our resource by its id, whatever their version."""
    return {item["id"]: item["url"] for item in resources.async_items() if item["url"].partition("?")[0] == URL}
