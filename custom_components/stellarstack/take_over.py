"""Take-over of an entry by a newly set up panel.

Such a panel, for example after an upgrade to another generation, has its servers under other ids. Entity ids, areas,
names and automations stay.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import islice

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er

from .client.exceptions import ForbiddenError, NotFoundError
from .client.models import Server
from .client.panel import Panel
from .const import CONF_SERVER_ID, DOMAIN, SUBENTRY_SERVER
from .inventory import configured_ids, server_store

MOST_ASKED = 10
"""Servers that a panel is asked for, to find out whether it is the one that the entry was made for."""


def tells_less(hass: HomeAssistant, entry: ConfigEntry, panel: Panel) -> bool:
    """Return whether a panel cannot tell what the entry's panel told.

    So it is of another generation.
    """
    registry = er.async_get(hass)
    return not panel.capabilities.swap and any(
        registry.async_get_entity_id(Platform.SENSOR, DOMAIN, f"{server_id}_swap") for server_id in _server_ids(entry)
    )


async def async_knows_none(entry: ConfigEntry, panel: Panel) -> bool:
    """Return whether a panel has none of the entry's servers.

    Raises:
        StellarStackError: The panel did not answer.
    """
    server_ids = _server_ids(entry)
    for server_id in islice(server_ids, MOST_ASKED):
        try:
            await panel.server(server_id)
        except NotFoundError:
            continue
        except ForbiddenError:
            pass
        return False
    return bool(server_ids)


def match_servers(hass: HomeAssistant, entry: ConfigEntry, servers: Iterable[Server]) -> dict[str, Server]:
    """Return the server for each subentry of an entry, by subentry id.

    Servers are matched by id, then by name where it is unique.
    """
    free = {server.id: server for server in servers}
    subentries = entry.get_subentries_of_type(SUBENTRY_SERVER)
    matches: dict[str, Server] = {}
    for subentry in subentries:
        if (server := free.pop(subentry.data[CONF_SERVER_ID], None)) is not None:
            matches[subentry.subentry_id] = server
    rest = [subentry for subentry in subentries if subentry.subentry_id not in matches]
    titles = Counter(subentry.title for subentry in rest)
    names = Counter(server.name for server in free.values())
    # Another account of the same panel may have some already.
    configured = configured_ids(hass)
    by_name = {server.name: server for server in free.values() if server.id not in configured}
    for subentry in rest:
        if titles[subentry.title] == names[subentry.title] == 1 and subentry.title in by_name:
            matches[subentry.subentry_id] = by_name[subentry.title]
    return matches


async def async_take_over(
    hass: HomeAssistant, entry: ConfigEntry, user_id: str, matches: Mapping[str, Server], listed: Iterable[str]
) -> None:
    """Move an entry's servers, devices and entities to another panel.

    The entry must not be loaded.

    Args:
        hass: Home Assistant.
        entry: The entry; its own data and unique id are left to the caller.
        user_id: The account's id on that panel.
        matches: The servers there, by subentry id.
        listed: The ids of all servers there: those without a subentry count as left out.
    """
    for subentry in entry.get_subentries_of_type(SUBENTRY_SERVER):
        if (server := matches.get(subentry.subentry_id)) is not None:
            _move_server(hass, entry, subentry, server)
    _rename_entities(hass, entry, None, f"{entry.unique_id}_", f"{user_id}_")
    await server_store(hass, entry).async_save({"servers": sorted(listed)})


def _server_ids(entry: ConfigEntry) -> list[str]:
    return [subentry.data[CONF_SERVER_ID] for subentry in entry.get_subentries_of_type(SUBENTRY_SERVER)]


@callback
def _move_server(hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry, server: Server) -> None:
    old_id = subentry.data[CONF_SERVER_ID]
    hass.config_entries.async_update_subentry(
        entry,
        subentry,
        data={**subentry.data, CONF_SERVER_ID: server.id},
        title=server.name or subentry.title,
        unique_id=server.id,
    )
    devices = dr.async_get(hass)
    if (device := devices.async_get_device_by_identifier((DOMAIN, old_id), entry.entry_id)) is not None:
        devices.async_update_device(device.id, new_identifiers={(DOMAIN, server.id)})
    _rename_entities(hass, entry, subentry.subentry_id, f"{old_id}_", f"{server.id}_")


def _rename_entities(hass: HomeAssistant, entry: ConfigEntry, subentry_id: str | None, old: str, new: str) -> None:
    """Replace a prefix in the unique ids of a subentry's entities.

    Without a subentry, those of the entry's other entities.
    """
    registry = er.async_get(hass)
    for entity in er.async_entries_for_config_entry(registry, entry.entry_id):
        if entity.config_subentry_id == subentry_id and entity.unique_id.startswith(old) and old != new:
            registry.async_update_entity(entity.entity_id, new_unique_id=f"{new}{entity.unique_id.removeprefix(old)}")
