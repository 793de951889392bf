"""The actions, by every kind of target."""

from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
import voluptuous as vol

from custom_components.stellarstack.const import DOMAIN
from simulator import Panel
from simulator.accounts import Account

from .conftest import SERVERS, SetUp, entry_for


@pytest.fixture
async def devices(entry: MockConfigEntry, set_up: SetUp, device_registry: dr.DeviceRegistry) -> dict[str, str]:
    """Device ids of the set-up entry, by server id; the panel's own under "panel"."""
    await set_up(entry)
    found = {"panel": (DOMAIN, entry.entry_id)} | {server_id: (DOMAIN, server_id) for server_id in SERVERS}
    ids = {}
    for key, identifier in found.items():
        device = device_registry.async_get_device_by_identifier(identifier, entry.entry_id)
        assert device is not None
        ids[key] = device.id
    return ids


async def call(hass: HomeAssistant, name: str, data: dict[str, Any]) -> Any:
    return await hass.services.async_call(DOMAIN, name, data, blocking=True, return_response=True)


async def test_send_command(hass: HomeAssistant, panel: Panel, devices: dict[str, str]) -> None:
    device_id = devices["srv_survival"]
    response = await call(hass, "send_command", {"device_id": device_id, "command": " say hi "})
    assert response == {device_id: {"command": "say hi"}}
    assert [(server_id, command) for server_id, command in panel.commands] == [("srv_survival", "say hi")]


async def test_without_a_response(hass: HomeAssistant, panel: Panel, devices: dict[str, str]) -> None:
    data = {"device_id": devices["srv_survival"], "command": "say hi"}
    assert await hass.services.async_call(DOMAIN, "send_command", data, blocking=True) is None
    assert len(panel.commands) == 1


async def test_targets(
    hass: HomeAssistant,
    panel: Panel,
    devices: dict[str, str],
    device_registry: dr.DeviceRegistry,
    area_registry: ar.AreaRegistry,
) -> None:
    area = area_registry.async_create("Cellar")
    device_registry.async_update_device(devices["srv_creative"], area_id=area.id)
    device_registry.async_update_device(devices["panel"], area_id=area.id)
    response = await call(
        hass,
        "send_command",
        {
            "entity_id": "sensor.survival_memory",
            "area_id": area.id,
            "device_id": devices["srv_valheim"],
            "command": "x",
        },
    )
    assert response.keys() == {devices[server_id] for server_id in SERVERS}
    assert sorted(server_id for server_id, _ in panel.commands) == sorted(SERVERS)


@pytest.mark.parametrize("command", ["", "   ", "one\ntwo", "bell\a", "\x1b[2J"])
async def test_a_command_is_one_line(hass: HomeAssistant, panel: Panel, devices: dict[str, str], command: str) -> None:
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, "send_command", {"device_id": devices["srv_survival"], "command": command})
    assert error.value.translation_key == "command_not_one_line"
    assert not panel.commands


async def test_a_command_has_a_limit(hass: HomeAssistant, panel: Panel, devices: dict[str, str]) -> None:
    data = {"device_id": devices["srv_survival"]}
    await call(hass, "send_command", data | {"command": "x" * 4096})
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, "send_command", data | {"command": "ä" * 2049})
    assert error.value.translation_key == "command_too_long"
    assert len(panel.commands) == 1


async def test_targets_that_are_none(hass: HomeAssistant, panel: Panel, devices: dict[str, str]) -> None:
    for target, key in (
        ({"device_id": devices["panel"]}, "no_server"),
        ({"device_id": [devices["srv_survival"], "no_such_device"]}, "no_server"),
        ({"entity_id": "sensor.no_such_entity"}, "no_target"),
        ({}, "no_target"),
    ):
        with pytest.raises(ServiceValidationError) as error:
            await call(hass, "send_command", target | {"command": "x"})
        assert error.value.translation_key == key
    assert not panel.commands
    with pytest.raises(vol.Invalid):
        await call(hass, "send_command", {"device_id": devices["srv_survival"]})


async def test_an_entry_that_is_not_loaded(
    hass: HomeAssistant, entry: MockConfigEntry, devices: dict[str, str]
) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, "send_command", {"device_id": devices["srv_survival"], "command": "x"})
    assert error.value.translation_key == "no_server"
    assert "Survival" in str(error.value)


async def test_a_raw_token_cannot_act(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, entity_registry: er.EntityRegistry
) -> None:
    await set_up(entry_for(panel, panel.create_session(account).token, account.id, SERVERS))
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, "send_command", {"entity_id": "sensor.survival_status", "command": "x"})
    assert error.value.translation_key == "needs_full_session"


async def test_one_that_fails_does_not_keep_the_others(
    hass: HomeAssistant, panel: Panel, devices: dict[str, str]
) -> None:
    panel.edit("srv_creative", suspended=True)
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "send_command", {"device_id": list(devices.values())[1:], "command": "x"})
    assert error.value.translation_key == "server_suspended"
    assert sorted(server_id for server_id, _ in panel.commands) == ["srv_survival", "srv_valheim"]


@pytest.mark.parametrize(("result", "size"), [("COMPLETED", 256 * 1024**2), ("FAILED", 0)])
async def test_create_backup(
    hass: HomeAssistant, panel: Panel, devices: dict[str, str], result: Any, size: int
) -> None:
    panel.backup_result = result
    device_id = devices["srv_survival"]
    response = await call(hass, "create_backup", {"device_id": device_id, "name": "Before the update"})
    assert response == {
        device_id: {
            "id": panel.backups[0]["id"],
            "name": "Before the update",
            "status": result.lower(),
            "size": size,
        }
    }


async def test_a_backup_needs_no_name_and_keeps_nothing_waiting(
    hass: HomeAssistant, panel: Panel, devices: dict[str, str]
) -> None:
    panel.machine.backup_time = 6000
    backup = hass.async_create_task(call(hass, "create_backup", {"device_id": devices["srv_survival"]}))
    await panel.wait_for(lambda panel: panel.backups)
    await call(hass, "send_command", {"device_id": devices["srv_survival"], "command": "save-all"})
    assert panel.commands
    assert not backup.done()
    backup.cancel()
