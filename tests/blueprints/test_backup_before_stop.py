"""Back servers up, then stop them: against panels of all ages."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import entity_registry as er, label_registry as lr
import pytest

from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from tests.common import STATUS, TICK, shows

from .conftest import TELL, Automate, events, in_seconds, pass_seconds, pass_time_until, posts, press, walk


@pytest.fixture
def timing(timing: Timing) -> Timing:
    """A lost backup is soon looked for."""
    return replace(timing, backup_poll=0.02)


@pytest.fixture(params=["newer", "1.2.0"])
async def panel(request: pytest.FixtureRequest) -> AsyncGenerator[Panel]:
    """A panel of each kind of backups."""
    panel = Panel(tick=TICK, limits=False, speed=100, report_interval=None, drain=0, version=request.param)
    await panel.start()
    yield panel
    await panel.stop()


def newest(panel: Panel) -> bool:
    """Say whether the panel writes rows, which have a name."""
    return all("storagePath" in backup for backup in panel.backups)


async def test_a_backup_comes_before_the_stop(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    told: list[ServiceCall],
    entity_registry: er.EntityRegistry,
) -> None:
    """One after the other, whatever the entities are called, and not the one that was stopped already."""
    entity_registry.async_update_entity(STATUS, new_entity_id="sensor.a_status")
    await hass.async_block_till_done()
    await walk(hass, panel, "STOPPED", server="creative")
    when = [{"trigger": "time", "at": in_seconds(20)}]
    await automate("backup_before_stop", servers=[*devices.values()], when=when, tell_success=True, notification=TELL)
    pass_seconds(hass, 20)
    await panel.wait_for(lambda _: len(told) == 2)
    assert [path for method, path in panel.requests if method == "POST"] == [
        f"/api/servers/{server}/{action}"
        for server in ("srv_survival", "srv_valheim")
        for action in ("backups", "stop")
    ]
    assert [backup["serverId"] for backup in panel.backups] == ["srv_survival", "srv_valheim"]
    if newest(panel):
        assert [backup["name"] for backup in panel.backups] == ["Before the stop"] * 2
    for sensor in ("a_status", "valheim_status"):
        assert shows(hass, f"sensor.{sensor}", "stopped")(panel)
    assert events(told) == [("Survival", "stopped"), ("Valheim", "stopped")]
    assert told[0].data["message"] == "Survival was backed up and stopped."


async def test_no_stop_before_the_backup_is_complete(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    button: dict[str, str],
    messages: list[ServiceCall],
) -> None:
    panel.machine.backup_time = 30
    await automate("backup_before_stop", servers=[devices["srv_survival"]], when=[button], backup_name="")
    await press(hass)
    await panel.wait_for(lambda panel: posts(panel, "backups"))
    # Impatience changes nothing.
    await press(hass)
    assert not panel.backups
    assert not posts(panel, "stop")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    await hass.async_block_till_done()
    (backup,) = panel.backups
    assert backup["name"].startswith("Backup ")
    assert posts(panel, "stop") == ["srv_survival"]
    assert not messages


@pytest.mark.parametrize("lost", [{"lose_answers": True}, {"proxy": 504, "proxy_timeout": 0.1}])
async def test_a_backup_whose_answer_is_lost_is_looked_for(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    button: dict[str, str],
    messages: list[ServiceCall],
    lost: dict[str, Any],
) -> None:
    """The connection is cut, or a proxy gives up while the panel goes on; the same of the stop."""
    panel.machine.backup_time = 30
    for name, value in lost.items():
        setattr(panel.network, name, value)
    await automate("backup_before_stop", servers=[devices["srv_survival"]], when=[button])
    await press(hass)
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    assert len(panel.backups) == 1
    assert not messages


async def test_no_backup_no_stop(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    button: dict[str, str],
    messages: list[ServiceCall],
) -> None:
    """Neither a backup that fails nor one that cannot be made; and the next server has its turn."""
    panel.fail("/api/servers/srv_creative/backups", status=500, body={"error": "Failed to communicate with daemon"})
    panel.backup_result = "FAILED"
    await automate("backup_before_stop", servers=[*devices.values()], when=[button])
    await press(hass)
    await panel.wait_for(lambda _: len(messages) == 2)
    panel.backup_result = "COMPLETED"
    await panel.wait_for(lambda panel: posts(panel, "stop"))
    await hass.async_block_till_done()
    assert posts(panel, "stop") == ["srv_valheim"]
    assert [(call.data["title"], call.data["message"].replace("\\", "")) for call in messages] == [
        (name, f"There is no complete backup of {name}, so it was not stopped.") for name in ("Creative", "Survival")
    ]


async def test_a_stop_that_fails_is_told(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    button: dict[str, str],
    told: list[ServiceCall],
) -> None:
    panel.fail("/api/servers/srv_creative/stop", status=400, body={"error": "Node is offline"})
    await automate("backup_before_stop", servers=[devices["srv_creative"]], when=[button], notification=TELL)
    await press(hass)
    await panel.wait_for(lambda panel: posts(panel, "stop"))
    await pass_time_until(hass, panel, 61, lambda _: told)
    assert events(told) == [("Creative", "stop_failed")]
    assert told[0].data["message"] == "The backup of Creative is complete, but the server did not stop."


async def test_a_game_may_take_its_time_to_stop(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    button: dict[str, str],
    told: list[ServiceCall],
) -> None:
    """It counts as stopped when it is down, not when it begins to stop."""
    panel.machine.game("srv_survival").stop_time = 55
    servers = [devices["srv_survival"]]
    await automate("backup_before_stop", servers=servers, when=[button], tell_success=True, notification=TELL)
    await press(hass)
    await panel.wait_for(shows(hass, STATUS, "stopping"))
    pass_seconds(hass, 61)
    await panel.wait_for(lambda _: told)
    assert shows(hass, STATUS, "stopped")(panel)
    assert events(told) == [("Survival", "stopped")]


async def test_servers_with_a_label(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], button: dict[str, str]
) -> None:
    label = lr.async_get(hass).async_create("Games").label_id
    er.async_get(hass).async_update_entity(STATUS, labels={label})
    await automate("backup_before_stop", labels=[label], when=[button])
    await press(hass)
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    assert posts(panel, "backups") == posts(panel, "stop") == ["srv_survival"]
