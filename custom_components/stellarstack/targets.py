"""Servers by device, entity, area or label, and who may control them."""

from collections.abc import Iterable
from typing import NamedTuple

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids
from homeassistant.helpers.typing import ConfigType

from .const import CONF_SERVER_ID, DOMAIN
from .coordinator import ServerCoordinator, StellarStackConfigEntry


@callback
def own_entities(hass: HomeAssistant, entity_ids: Iterable[str], key: str) -> set[str]:
    """Return the entities of this integration that show a value.

    They are found whatever name the user gave them.

    Args:
        hass: Home Assistant.
        entity_ids: The entities.
        key: The translation key of the value.
    """
    registry = er.async_get(hass)
    return {
        entity_id
        for entity_id in entity_ids
        if (entity := registry.async_get(entity_id)) is not None
        and entity.platform == DOMAIN
        and entity.translation_key == key
    }


@callback
def entities_of_panels(hass: HomeAssistant, selection: TargetSelection) -> set[str]:
    """Return the entities of all servers of the panels in a target.

    A panel is meant by its device. In an area or with a label it stands only for itself.
    """
    devices, entities = dr.async_get(hass), er.async_get(hass)
    entry_ids = {
        device.config_entry_id
        for device_id in selection.device_ids
        if (device := devices.async_get(device_id)) is not None
        and (DOMAIN, device.config_entry_id) in device.identifiers
    }
    return {
        entity.entity_id
        for entry_id in entry_ids
        for entity in er.async_entries_for_config_entry(entities, entry_id)
        if entity.hidden_by is None
    }


@callback
def status_sensors(hass: HomeAssistant, target: ConfigType, entity_ids: set[str]) -> set[str]:
    """Return the status sensors of a target, its panels included."""
    return own_entities(hass, entity_ids | entities_of_panels(hass, TargetSelection(target)), "status")


class ServerPlace(NamedTuple):
    """Where a server is configured, be its panel loaded or not.

    Attributes:
        entry: The panel's entry.
        subentry_id: The server's own part of it.
    """

    entry: StellarStackConfigEntry
    subentry_id: str


@callback
def place_of_entity(hass: HomeAssistant, entity_id: str) -> ServerPlace | None:
    """Return the server of an entity; None for other entities."""
    entity = er.async_get(hass).async_get(entity_id)
    return None if entity is None else _place(hass, entity.config_entry_id, entity.config_subentry_id)


@callback
def place_of_device(hass: HomeAssistant, device_id: str) -> ServerPlace | None:
    """Return the server of a device; None for other devices."""
    device = dr.async_get(hass).async_get(device_id)
    return None if device is None else _place(hass, device.config_entry_id, device.config_subentry_id)


def _place(hass: HomeAssistant, entry_id: str | None, subentry_id: str | None) -> ServerPlace | None:
    entry = hass.config_entries.async_get_entry(entry_id or "")
    if entry is None or entry.domain != DOMAIN or subentry_id is None or subentry_id not in entry.subentries:
        return None
    return ServerPlace(entry, subentry_id)


@callback
def server_id_of_entity(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the server id of an entity; None for other entities.

    The panel need not be loaded.
    """
    if (place := place_of_entity(hass, entity_id)) is None:
        return None
    server_id: str = place.entry.subentries[place.subentry_id].data[CONF_SERVER_ID]
    return server_id


@callback
def async_server_of_device(hass: HomeAssistant, device_id: str) -> ServerCoordinator | None:
    """Return the server of a device.

    None when there is none, or its panel is not loaded.
    """
    place = place_of_device(hass, device_id)
    if place is None or place.entry.state is not ConfigEntryState.LOADED:
        return None
    return place.entry.runtime_data.servers.get(place.subentry_id)


@callback
def async_check_control(hass: HomeAssistant, user: User, device_id: str, context: Context | None = None) -> None:
    """Check that a user may control a server.

    The user must have control of all its enabled entities.

    Raises:
        Unauthorized: The user may not.
    """
    if user.permissions.access_all_entities(POLICY_CONTROL):
        return
    entities = er.async_entries_for_device(er.async_get(hass), device_id)
    if not entities or not all(user.permissions.check_entity(entity.entity_id, POLICY_CONTROL) for entity in entities):
        raise Unauthorized(context=context, user_id=user.id, permission=POLICY_CONTROL)


async def async_servers_of_call(call: ServiceCall) -> dict[str, ServerCoordinator]:
    """Return the servers that an action targets, by device id.

    The user must have control of them all. A call without a user comes from an automation or a script, which may
    control everything. Devices of other integrations are passed over.

    Raises:
        ServiceValidationError: A named device is gone or no server, its panel is not loaded or takes no calls, or there
            is no server at all.
        Unauthorized: The user may not control each of the servers.
    """
    hass = call.hass
    servers = _targeted_servers(hass, TargetSelection(call.data))
    if call.context.user_id is not None:
        if (user := await hass.auth.async_get_user(call.context.user_id)) is None:
            raise UnknownUser(context=call.context, permission=POLICY_CONTROL)
        for device_id in servers:
            async_check_control(hass, user, device_id, call.context)
    for server in servers.values():
        if not server.panel.client.capabilities.calls:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="needs_full_session",
                translation_placeholders={"server": server.name},
            )
    return servers


@callback
def _targeted_servers(hass: HomeAssistant, selection: TargetSelection) -> dict[str, ServerCoordinator]:
    referenced = async_extract_referenced_entity_ids(hass, selection, primary_entities_only=False)
    registry = er.async_get(hass)
    device_ids = set(referenced.referenced_devices)
    for entity_id in referenced.referenced | referenced.indirectly_referenced:
        if (entity := registry.async_get(entity_id)) is not None and entity.device_id is not None:
            device_ids.add(entity.device_id)
    servers: dict[str, ServerCoordinator] = {}
    for device_id in sorted(device_ids):
        if (server := async_server_of_device(hass, device_id)) is not None:
            servers[device_id] = server
        elif device_id in selection.device_ids and not _is_of_others(hass, device_id):
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="no_server",
                translation_placeholders={"device": device_name(hass, device_id)},
            )
    if not servers:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_target")
    return servers


def _is_of_others(hass: HomeAssistant, device_id: str) -> bool:
    """Return whether a device is there and of another integration."""
    device = dr.async_get(hass).async_get(device_id)
    entry = None if device is None else hass.config_entries.async_get_entry(device.config_entry_id or "")
    return entry is not None and entry.domain != DOMAIN


@callback
def device_name(hass: HomeAssistant, device_id: str) -> str:
    """Return the name of a device, or its id without one."""
    device = dr.async_get(hass).async_get(device_id)
    return (device.name_by_user or device.name or device_id) if device is not None else device_id
