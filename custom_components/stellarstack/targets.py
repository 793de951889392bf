"""Servers by device, entity, area or label, and who may control them."""

from collections.abc import Iterable

from homeassistant.auth.models import User
from homeassistant.auth.permissions.const import POLICY_CONTROL
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import Context, HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.helpers.target import TargetSelection, async_extract_referenced_entity_ids

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
def server_id_of_entity(hass: HomeAssistant, entity_id: str) -> str | None:
    """Return the server id of an entity; None for other entities.

    The panel need not be loaded.
    """
    entity = er.async_get(hass).async_get(entity_id)
    if entity is None or entity.platform != DOMAIN or entity.config_entry_id is None:
        return None
    entry = hass.config_entries.async_get_entry(entity.config_entry_id)
    if entry is None or (subentry := entry.subentries.get(entity.config_subentry_id or "")) is None:
        return None
    server_id: str = subentry.data[CONF_SERVER_ID]
    return server_id


@callback
def async_server_of_device(hass: HomeAssistant, device_id: str) -> ServerCoordinator | None:
    """Return the server of a device.

    None when there is none, or its panel is not loaded.
    """
    if (device := dr.async_get(hass).async_get(device_id)) is None or device.config_subentry_id is None:
        return None
    entry: StellarStackConfigEntry | None = hass.config_entries.async_get_entry(device.config_entry_id)
    if entry is None or entry.domain != DOMAIN or entry.state is not ConfigEntryState.LOADED:
        return None
    return entry.runtime_data.servers.get(device.config_subentry_id)


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
    control everything.

    Raises:
        ServiceValidationError: A device is no server of this integration, its panel is not loaded or takes no calls, or
            there is no server at all.
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
        elif device_id in selection.device_ids:
            raise ServiceValidationError(
                translation_domain=DOMAIN,
                translation_key="no_server",
                translation_placeholders={"device": _device_name(hass, device_id)},
            )
    if not servers:
        raise ServiceValidationError(translation_domain=DOMAIN, translation_key="no_target")
    return servers


def _device_name(hass: HomeAssistant, device_id: str) -> str:
    device = dr.async_get(hass).async_get(device_id)
    return (device.name_by_user or device.name or device_id) if device is not None else device_id
