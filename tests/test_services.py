"""The actions on servers."""

from typing import Any

from homeassistant.auth.const import GROUP_ID_USER
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError, Unauthorized
from homeassistant.helpers import device_registry as dr, entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
import voluptuous as vol

from custom_components.stellarstack import services
from custom_components.stellarstack.const import DOMAIN
from simulator import Panel

from .common import SERVERS, SetUp

SERVICES = sorted(value for name, value in vars(services).items() if name.startswith("SERVICE_"))


@pytest.fixture
async def devices(entry: MockConfigEntry, set_up: SetUp, device_registry: dr.DeviceRegistry) -> dict[str, str]:
    """Device ids of the set-up entry, by server id."""
    await set_up(entry)
    ids = {}
    for server_id in SERVERS:
        device = device_registry.async_get_device_by_identifier((DOMAIN, server_id), entry.entry_id)
        assert device is not None
        ids[server_id] = device.id
    return ids


async def call(hass: HomeAssistant, name: str, data: dict[str, Any], user_id: str | None = None) -> Any:
    return await hass.services.async_call(
        DOMAIN, name, data, blocking=True, return_response=True, context=Context(user_id=user_id)
    )


def posted(panel: Panel) -> list[tuple[str, str]]:
    """Return what the panel was told to do, in order: server id, and the end of the path."""
    paths = [path.split("/") for method, path in panel.requests if method == "POST"]
    return [(parts[-2], parts[-1]) for parts in paths]


@pytest.mark.parametrize("name", ["start", "stop", "restart"])
async def test_power(hass: HomeAssistant, panel: Panel, devices: dict[str, str], name: str) -> None:
    panel.set_status("srv_creative", "STOPPED")
    await panel.wait_for(lambda _: hass.states.is_state("sensor.creative_status", "stopped"))
    server_id = "srv_creative" if name == "start" else "srv_survival"
    assert await call(hass, name, {"device_id": devices[server_id]}) == {devices[server_id]: {}}
    assert posted(panel) == [(server_id, name)]


async def test_power_of_several_servers(hass: HomeAssistant, panel: Panel, devices: dict[str, str]) -> None:
    data = {"entity_id": ["sensor.survival_status", "switch.valheim"]}
    assert await hass.services.async_call(DOMAIN, "restart", data, blocking=True) is None
    assert sorted(posted(panel)) == [("srv_survival", "restart"), ("srv_valheim", "restart")]


async def test_a_refusal_of_the_node_reaches_the_user(
    hass: HomeAssistant, panel: Panel, devices: dict[str, str]
) -> None:
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "start", {"device_id": devices["srv_survival"]})
    assert str(error.value) == "Survival is already running"


async def test_send_command(hass: HomeAssistant, panel: Panel, devices: dict[str, str]) -> None:
    device_id = devices["srv_survival"]
    response = await call(hass, "send_command", {"device_id": device_id, "command": " say hi "})
    assert response == {device_id: {"command": "say hi"}}
    assert [(server_id, command) for server_id, command in panel.commands] == [("srv_survival", "say hi")]


@pytest.mark.parametrize("command", ["", "   ", "one\ntwo", "one\u2028two", "bell\a", "\x1b[2J"])
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
    with pytest.raises(vol.Invalid):
        await call(hass, "send_command", data)


@pytest.mark.parametrize(
    ("data", "key"),
    [
        ({"until": "Done"}, "until_without_wait"),
        ({"wait": 0, "until": "Done"}, "until_without_wait"),
        ({"wait": 1, "until": ""}, "text_not_one_line"),
        ({"wait": 1, "until": "x" * 501}, "text_not_one_line"),
        ({"wait": 1, "until": "{count"}, "text_brace"),
        ({"wait": 1, "until": "{a}{b}"}, "text_fields"),
    ],
)
async def test_what_ends_a_wait(
    hass: HomeAssistant, panel: Panel, devices: dict[str, str], data: dict[str, Any], key: str
) -> None:
    """It is looked at before anything is sent, and the message says what is wrong with it."""
    with pytest.raises(ServiceValidationError) as error:
        await call(hass, "send_command", {"device_id": devices["srv_survival"], "command": "list"} | data)
    assert error.value.translation_key == key
    assert "{player}" in str(error.value) or key != "text_brace"
    assert not panel.commands


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("send_command", {"command": "list", "wait": 30.5}),
        ("send_command", {"command": "list", "wait": -1}),
        ("send_command", {"command": "list", "wait": "soon"}),
        ("get_console", {"lines": 0}),
        ("get_console", {"lines": 501}),
    ],
)
async def test_numbers_have_limits(
    hass: HomeAssistant, devices: dict[str, str], name: str, data: dict[str, Any]
) -> None:
    with pytest.raises(vol.Invalid):
        await call(hass, name, {"device_id": devices["srv_survival"]} | data)


async def test_consoles_of_several_servers(hass: HomeAssistant, panel: Panel, devices: dict[str, str]) -> None:
    for server_id in devices:
        panel.machine.print(server_id, f"I am {server_id}\r\n")
    response = await call(hass, "get_console", {"device_id": list(devices.values()), "lines": 1})
    assert response == {device_id: {"lines": [f"I am {server_id}"]} for server_id, device_id in devices.items()}


async def test_command_that_is_refused_ends_the_wait(
    hass: HomeAssistant, panel: Panel, devices: dict[str, str]
) -> None:
    panel.edit("srv_creative", suspended=True)
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "send_command", {"device_id": devices["srv_creative"], "command": "list", "wait": 30})
    assert error.value.translation_key == "server_suspended"


async def test_wait_is_over_when_the_panel_is_unloaded(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, devices: dict[str, str]
) -> None:
    data = {"device_id": devices["srv_survival"], "command": "list", "wait": 30}
    waiting = hass.async_create_task(call(hass, "send_command", data))
    await panel.wait_for(lambda panel: panel.commands)
    assert await hass.config_entries.async_unload(entry.entry_id)
    with pytest.raises(HomeAssistantError) as error:
        await waiting
    assert error.value.translation_key == "panel_reloaded"


async def test_one_that_fails_does_not_keep_the_others(
    hass: HomeAssistant, panel: Panel, devices: dict[str, str]
) -> None:
    panel.edit("srv_creative", suspended=True)
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "send_command", {"device_id": list(devices.values()), "command": "x"})
    assert error.value.translation_key == "server_suspended"
    assert sorted(server_id for server_id, _ in panel.commands) == ["srv_survival", "srv_valheim"]


async def test_create_backup(hass: HomeAssistant, panel: Panel, devices: dict[str, str]) -> None:
    device_id = devices["srv_survival"]
    response = await call(hass, "create_backup", {"device_id": device_id, "name": "Before the update"})
    backup = panel.backups[0]
    assert response == {
        device_id: {
            "id": backup["id"],
            "name": "Before the update",
            "status": "completed",
            "size": int(backup["size"]),
        }
    }


async def test_a_backup_that_fails(hass: HomeAssistant, panel: Panel, devices: dict[str, str]) -> None:
    panel.backup_result = "FAILED"
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "create_backup", {"device_id": devices["srv_survival"]})
    assert str(error.value) == "The panel did not do this for Survival: No space left on device (os error 28)"


async def test_a_backup_needs_no_name_and_keeps_nothing_waiting(
    hass: HomeAssistant, panel: Panel, devices: dict[str, str]
) -> None:
    panel.machine.backup_time = 6000
    backup = hass.async_create_task(call(hass, "create_backup", {"device_id": devices["srv_survival"]}))
    await panel.wait_for(lambda panel: ("srv_survival", "backups") in posted(panel))
    await call(hass, "send_command", {"device_id": devices["srv_survival"], "command": "save-all"})
    assert panel.commands
    assert not backup.done()
    backup.cancel()


@pytest.mark.parametrize("name", SERVICES)
async def test_rights(
    hass: HomeAssistant, hass_read_only_user: MockUser, panel: Panel, devices: dict[str, str], name: str
) -> None:
    """Whoever may only read has no way in; whoever may control does."""
    panel.set_status("srv_creative", "STOPPED")
    await panel.wait_for(lambda _: hass.states.is_state("sensor.creative_status", "stopped"))
    data = {"device_id": devices["srv_creative" if name == "start" else "srv_survival"]}
    if name == "send_command":
        data["command"] = "op mallory"
    with pytest.raises(Unauthorized):
        await call(hass, name, data, hass_read_only_user.id)
    assert not posted(panel)
    user = await hass.auth.async_create_user("User", group_ids=[GROUP_ID_USER])
    assert await call(hass, name, data, user.id)


async def test_rights_are_checked_before_anything_is_done(
    hass: HomeAssistant,
    hass_read_only_user: MockUser,
    panel: Panel,
    devices: dict[str, str],
    entity_registry: er.EntityRegistry,
) -> None:
    entities = er.async_entries_for_device(entity_registry, devices["srv_survival"])
    allowed = {entity.entity_id: True for entity in entities}
    hass_read_only_user.mock_policy({"entities": {"entity_ids": allowed}})
    data = {"device_id": list(devices.values()), "command": "x"}
    with pytest.raises(Unauthorized):
        await call(hass, "send_command", data, hass_read_only_user.id)
    assert not panel.commands
    await call(hass, "send_command", data | {"device_id": devices["srv_survival"]}, hass_read_only_user.id)
    assert [server_id for server_id, _ in panel.commands] == ["srv_survival"]
