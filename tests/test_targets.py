"""From what an action is for to servers, and whether a user may control them."""

from typing import Any

from homeassistant.auth.const import GROUP_ID_ADMIN, GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.permissions import PermissionLookup
from homeassistant.config_entries import ConfigSubentryData
from homeassistant.core import Context, HomeAssistant, ServiceCall
from homeassistant.exceptions import ServiceValidationError, Unauthorized, UnknownUser
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.targets import (
    async_check_control,
    async_server_of_device,
    async_servers_of_call,
    own_entities,
    server_id_of_entity,
)
from simulator import Panel
from simulator.accounts import Account

from .common import SERVERS, SetUp, entry_for


@pytest.fixture
async def devices(entry: MockConfigEntry, set_up: SetUp, device_registry: dr.DeviceRegistry) -> dict[str, str]:
    """Device ids of the set-up entry by server id, the panel's own under "panel"."""
    await set_up(entry)
    found = {"panel": (DOMAIN, entry.entry_id)} | {server_id: (DOMAIN, server_id) for server_id in SERVERS}
    ids = {}
    for key, identifier in found.items():
        device = device_registry.async_get_device_by_identifier(identifier, entry.entry_id)
        assert device is not None
        ids[key] = device.id
    return ids


async def servers_of(hass: HomeAssistant, data: dict[str, Any], user_id: str | None = None) -> list[str]:
    """Return the ids of the servers that an action with this target is for."""
    call = ServiceCall(hass, DOMAIN, "restart", data, Context(user_id=user_id))
    return sorted(server.server_id for server in (await async_servers_of_call(call)).values())


async def test_kinds_of_targets(
    hass: HomeAssistant,
    devices: dict[str, str],
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    floor = fr.async_get(hass).async_create("Basement")
    area = ar.async_get(hass).async_create("Cellar", floor_id=floor.floor_id)
    attic = ar.async_get(hass).async_create("Attic")
    label = lr.async_get(hass).async_create("Games")
    other = lr.async_get(hass).async_create("Favourites")
    device_registry.async_update_device(devices["srv_creative"], area_id=area.id, labels={label.label_id})
    # What is not a server is passed over, where it was not named itself.
    device_registry.async_update_device(devices["panel"], area_id=area.id, labels={label.label_id})
    entity_registry.async_update_entity("sensor.valheim_status", labels={other.label_id})
    entity_registry.async_update_entity("sensor.survival_memory_limit", area_id=attic.id)
    for target, expected in (
        ({"device_id": devices["srv_survival"]}, ["srv_survival"]),
        ({"device_id": [devices["srv_survival"], devices["srv_valheim"]]}, ["srv_survival", "srv_valheim"]),
        ({"entity_id": "sensor.survival_memory_limit"}, ["srv_survival"]),
        ({"entity_id": ["switch.survival", "sensor.no_such_entity"]}, ["srv_survival"]),
        ({"area_id": area.id}, ["srv_creative"]),
        ({"area_id": attic.id}, ["srv_survival"]),
        ({"floor_id": floor.floor_id}, ["srv_creative"]),
        ({"label_id": label.label_id}, ["srv_creative"]),
        ({"label_id": other.label_id}, ["srv_valheim"]),
        (
            {"area_id": area.id, "entity_id": "sensor.survival_status", "device_id": devices["srv_creative"]},
            ["srv_creative", "srv_survival"],
        ),
    ):
        assert await servers_of(hass, target) == expected, target


async def test_targets_that_are_no_server(hass: HomeAssistant, entry: MockConfigEntry, devices: dict[str, str]) -> None:
    area = ar.async_get(hass).async_create("Cellar")
    for target, key in (
        ({"device_id": devices["panel"]}, "no_server"),
        ({"device_id": [devices["srv_survival"], "no_such_device"]}, "no_server"),
        ({"entity_id": "sensor.no_such_entity"}, "no_target"),
        ({"entity_id": "binary_sensor.127_0_0_1_connected"}, "no_target"),
        ({"area_id": area.id}, "no_target"),
        ({}, "no_target"),
    ):
        with pytest.raises(ServiceValidationError) as error:
            await servers_of(hass, target)
        assert error.value.translation_key == key, target


async def test_devices_of_others_are_passed_over(
    hass: HomeAssistant, devices: dict[str, str], device_registry: dr.DeviceRegistry
) -> None:
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    lamp = device_registry.async_get_or_create(config_entry_id=other.entry_id, identifiers={("other", "lamp")})
    assert await servers_of(hass, {"device_id": [devices["srv_survival"], lamp.id]}) == ["srv_survival"]
    with pytest.raises(ServiceValidationError) as error:
        await servers_of(hass, {"device_id": lamp.id})
    assert error.value.translation_key == "no_target"


async def test_a_panel_that_is_not_loaded(hass: HomeAssistant, entry: MockConfigEntry, devices: dict[str, str]) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError) as error:
        await servers_of(hass, {"device_id": devices["srv_survival"]})
    assert error.value.translation_key == "no_server"
    assert error.value.translation_placeholders == {"device": "Survival"}
    assert async_server_of_device(hass, devices["srv_survival"]) is None


async def test_a_raw_token_takes_no_calls(hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp) -> None:
    await set_up(entry_for(panel, panel.create_session(account).token, account.id, SERVERS))
    with pytest.raises(ServiceValidationError) as error:
        await servers_of(hass, {"entity_id": "sensor.survival_status"})
    assert error.value.translation_key == "needs_full_session"


async def test_users(hass: HomeAssistant, devices: dict[str, str]) -> None:
    target = {"device_id": devices["srv_survival"]}
    for group in (GROUP_ID_ADMIN, GROUP_ID_USER):
        user = await hass.auth.async_create_user(group, group_ids=[group])
        assert await servers_of(hass, target, user.id) == ["srv_survival"]
    reader = await hass.auth.async_create_user("Reader", group_ids=[GROUP_ID_READ_ONLY])
    for kind in (
        target,
        {"entity_id": "sensor.survival_status"},
        {"entity_id": "switch.survival"},
    ):
        with pytest.raises(Unauthorized):
            await servers_of(hass, kind, reader.id)
    with pytest.raises(UnknownUser):
        await servers_of(hass, target, "no_such_user")


async def test_a_user_of_one_server(
    hass: HomeAssistant,
    hass_read_only_user: MockUser,
    devices: dict[str, str],
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    user = hass_read_only_user
    user.perm_lookup = PermissionLookup(entity_registry, device_registry)
    user.mock_policy({"entities": {"device_ids": {devices["srv_survival"]: {"control": True}}}})
    assert await servers_of(hass, {"device_id": devices["srv_survival"]}, user.id) == ["srv_survival"]
    for target in (
        {"device_id": [devices["srv_survival"], devices["srv_creative"]]},
        {"entity_id": "sensor.creative_status"},
    ):
        with pytest.raises(Unauthorized):
            await servers_of(hass, target, user.id)


async def test_control_is_of_all_enabled_entities(
    hass: HomeAssistant, hass_read_only_user: MockUser, devices: dict[str, str], entity_registry: er.EntityRegistry
) -> None:
    device_id = devices["srv_survival"]
    enabled = [entity.entity_id for entity in er.async_entries_for_device(entity_registry, device_id)]
    hass_read_only_user.mock_policy({"entities": {"entity_ids": dict.fromkeys(enabled, True)}})
    async_check_control(hass, hass_read_only_user, device_id)
    for entity_id in enabled:
        others = dict.fromkeys(set(enabled) - {entity_id}, True)
        hass_read_only_user.mock_policy({"entities": {"entity_ids": others | {entity_id: {"read": True}}}})
        with pytest.raises(Unauthorized):
            async_check_control(hass, hass_read_only_user, device_id)


async def test_a_server_without_enabled_entities(
    hass: HomeAssistant,
    hass_read_only_user: MockUser,
    hass_admin_user: MockUser,
    devices: dict[str, str],
    entity_registry: er.EntityRegistry,
) -> None:
    device_id = devices["srv_survival"]
    for entity in er.async_entries_for_device(entity_registry, device_id):
        entity_registry.async_update_entity(entity.entity_id, disabled_by=er.RegistryEntryDisabler.USER)
    with pytest.raises(Unauthorized):
        async_check_control(hass, hass_read_only_user, device_id)
    async_check_control(hass, hass_admin_user, device_id)


@pytest.mark.parametrize("loaded", [True, False])
async def test_server_of_an_entity(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    devices: dict[str, str],
    entity_registry: er.EntityRegistry,
    loaded: bool,
) -> None:
    other = MockConfigEntry(
        domain="demo",
        subentries_data=[ConfigSubentryData(data={"server_id": "1"}, subentry_type="a", title="A", unique_id="1")],
    )
    other.add_to_hass(hass)
    foreign = entity_registry.async_get_or_create(
        "sensor", "demo", "1", config_entry=other, config_subentry_id=next(iter(other.subentries))
    )
    if not loaded:
        await hass.config_entries.async_unload(entry.entry_id)
    found = {
        server_id_of_entity(hass, entity.entity_id)
        for entity in er.async_entries_for_device(entity_registry, devices["srv_survival"], True)
    }
    assert found == {"srv_survival"}
    for entity_id in (foreign.entity_id, "binary_sensor.127_0_0_1_connected", "sensor.no_such_entity"):
        assert server_id_of_entity(hass, entity_id) is None


async def test_own_entities(hass: HomeAssistant, devices: dict[str, str], entity_registry: er.EntityRegistry) -> None:
    entity_registry.async_get_or_create("sensor", "demo", "1", translation_key="status", suggested_object_id="theirs")
    entity_registry.async_update_entity("sensor.creative_status", new_entity_id="sensor.mine")
    asked = {"sensor.theirs", "sensor.mine", "sensor.survival_status", "sensor.survival_memory_limit", "sensor.no_such"}
    assert own_entities(hass, asked, "status") == {"sensor.mine", "sensor.survival_status"}
