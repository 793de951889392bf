"""Start a server again after a crash."""

from typing import Any

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service

from simulator import Panel
from tests.common import STATUS, press as press_button, shows

from .conftest import (
    NOW,
    TELL,
    Automate,
    events,
    last_run,
    pass_seconds,
    pass_time_until,
    posts,
    reconnect,
    runs,
    wait_for_event,
    walk,
)

SERVER = "srv_survival"


@pytest.fixture
def server(devices: dict[str, str]) -> str:
    """The device of the server that the automation watches."""
    return devices[SERVER]


async def test_a_crashed_server_starts_again(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    server: str,
    messages: list[ServiceCall],
    entity_registry: er.EntityRegistry,
) -> None:
    """A game that dies by itself, whatever its entities are called."""
    entity_registry.async_update_entity(STATUS, new_entity_id="sensor.how_is_it")
    await hass.async_block_till_done()
    await automate("restart_after_crash", server=server, wait=NOW)
    panel.machine.crash(SERVER)
    await panel.wait_for(lambda _: posts(panel, "start"))
    await panel.wait_for(shows(hass, "sensor.how_is_it", "running"))
    assert posts(panel, "start") == [SERVER]
    assert [(call.data["title"], call.data["message"]) for call in messages] == [
        ("Survival", r"Survival has crashed and is started again\: restart 1 of at most 3 an hour\.")
    ]


async def test_an_error_is_a_crash_too(hass: HomeAssistant, panel: Panel, automate: Automate, server: str) -> None:
    await automate("restart_after_crash", server=server, wait=NOW, notification=[])
    await walk(hass, panel, "ERROR")
    await panel.wait_for(lambda panel: panel.fleet.servers[SERVER].status == "RUNNING")


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("key", ["stop", "restart", "kill"])
@pytest.mark.parametrize("who", ["owner", "Home Assistant"])
async def test_a_server_stays_as_its_owner_wants_it(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    server: str,
    told: list[ServiceCall],
    key: Any,
    who: str,
) -> None:
    """In the order of a real panel: after a stop it is down, then the API reports its own STOPPING, then the node."""
    await automate("restart_after_crash", server=server, wait=NOW, notification=TELL)
    if who == "owner":
        await panel.power(SERVER, key)
    else:
        await press_button(hass, key)
    await wait_for_event(hass, panel, "restarted" if key == "restart" else "stopped")
    # The report of each 30 s, and what happens after it.
    panel.machine.report_now()
    await panel.wait_for(lambda panel: panel.machine.game(SERVER).power_action is None)
    await panel.power(SERVER, "kill")
    await panel.power(SERVER, "start")
    await panel.wait_for(shows(hass, STATUS, "running"))
    await wait_for_event(hass, panel, "started")
    assert not told
    assert not posts(panel, "start")


async def test_a_stop_during_a_report_is_a_stop(
    hass: HomeAssistant, panel: Panel, automate: Automate, server: str, told: list[ServiceCall]
) -> None:
    """The report of each 30 s says that the container runs, while the game takes its time."""
    panel.machine.game(SERVER).stop_time = 50
    await automate("restart_after_crash", server=server, wait=NOW, notification=TELL)
    stop = hass.async_create_task(panel.power(SERVER, "stop"))
    await panel.wait_for(shows(hass, STATUS, "stopping"))
    panel.machine.report_now()
    await stop
    await wait_for_event(hass, panel, "stopped")
    assert not told
    assert not posts(panel, "start")


async def test_nothing_starts_a_server_that_did_not_crash(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    automate: Automate,
    server: str,
    told: list[ServiceCall],
) -> None:
    await automate("restart_after_crash", server=server, wait=NOW, notification=TELL)
    await walk(hass, panel, "STOPPED", server="creative")
    await reconnect(hass, panel)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await panel.wait_for(shows(hass, STATUS, "running"))
    # What happens while nobody can see it is not known to be a crash.
    panel.drop_clients()
    panel.edit(SERVER, status="STOPPED")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    assert not posts(panel, "start")

    await walk(hass, panel, "RUNNING")
    await wait_for_event(hass, panel, "started")
    assert not told
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(lambda _: told)
    assert events(told) == [("Survival", "restart")]


async def test_no_more_restarts_an_hour_than_allowed(
    hass: HomeAssistant, panel: Panel, automate: Automate, server: str, told: list[ServiceCall]
) -> None:
    await automate("restart_after_crash", server=server, wait=NOW, limit=2, notification=TELL)
    for number in (1, 2):
        await walk(hass, panel, "STOPPED")
        await panel.wait_for(shows(hass, STATUS, "running"))
        assert len(posts(panel, "start")) == number
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(lambda _: len(told) == 3)
    await panel.wait_for(lambda _: runs(hass) == 2)
    assert events(told) == [("Survival", event) for event in ("restart", "restart", "limit_reached")]
    assert told[1].data["message"].endswith("restart 2 of at most 2 an hour.")
    assert told[2].data["message"] == "Survival has crashed again, after 2 restarts within an hour. It stays down."

    # Started by hand, it may crash as often as it likes.
    await walk(hass, panel, "STARTING", "RUNNING", "STOPPED")
    await panel.wait_for(lambda _: len(told) == 4)
    assert len(posts(panel, "start")) == 2

    # An hour later the limit counts anew.
    pass_seconds(hass, 3605)
    await panel.wait_for(lambda _: runs(hass) == 0)
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    await walk(hass, panel, "RUNNING", "STOPPED")
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert len(posts(panel, "start")) == 3
    assert events(told)[3:] == [("Survival", "limit_reached"), ("Survival", "restart")]


@pytest.mark.parametrize("then", [["STARTING", "RUNNING"], ["STARTING", "RUNNING", "STOPPING", "STOPPED"]])
async def test_somebody_may_be_quicker(
    hass: HomeAssistant, panel: Panel, automate: Automate, server: str, told: list[ServiceCall], then: list[str]
) -> None:
    """Whoever starts it meanwhile, and perhaps stops it again, is not interfered with; that is no restart."""
    await automate("restart_after_crash", server=server, wait={"minutes": 5}, limit=1, notification=TELL)
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(lambda _: told)
    await walk(hass, panel, *then)
    await panel.wait_for(lambda _: runs(hass) == 0)
    pass_seconds(hass, 301)

    await walk(hass, panel, "RUNNING", "STOPPED")
    await panel.wait_for(lambda _: len(told) == 2)
    assert not posts(panel, "start")
    await pass_time_until(hass, panel, 301, lambda panel: posts(panel, "start"))
    assert events(told) == [("Survival", "restart")] * 2


async def test_a_panel_that_is_away_is_waited_for(
    hass: HomeAssistant, panel: Panel, automate: Automate, server: str, told: list[ServiceCall]
) -> None:
    await automate("restart_after_crash", server=server, wait={"seconds": 2}, notification=TELL)
    port = int(panel.url.rpartition(":")[2])
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(lambda _: told)
    await panel.stop()
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    pass_seconds(hass, 3)
    await panel.start(port)
    await panel.wait_for(lambda panel: panel.fleet.servers[SERVER].status == "RUNNING")


async def test_a_start_that_fails_is_told(
    hass: HomeAssistant, panel: Panel, automate: Automate, server: str, told: list[ServiceCall]
) -> None:
    await automate("restart_after_crash", server=server, wait=NOW, notification=TELL)
    panel.machine.game(SERVER).fails_to_start = True
    panel.machine.crash(SERVER)
    await panel.wait_for(lambda panel: posts(panel, "start"))
    await pass_time_until(hass, panel, 61, lambda _: len(told) == 2)
    assert events(told) == [("Survival", "restart"), ("Survival", "start_failed")]
    assert "could not be started" in told[1].data["message"]
    # It was an attempt, and counts as one.
    assert runs(hass) == 1


@pytest.mark.parametrize("there", [True, False])
async def test_a_message_that_fails_does_not_keep_it_down(
    hass: HomeAssistant, panel: Panel, automate: Automate, server: str, there: bool
) -> None:
    """The phone may be off, or its app gone; the game goes on."""
    if there:
        async_mock_service(hass, "test", "tell", raise_exception=HomeAssistantError("off"))
    await automate("restart_after_crash", server=server, wait=NOW, limit=1, notification=TELL)
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(shows(hass, STATUS, "running"))
    # Also the limit holds.
    first = last_run(hass)
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(lambda _: last_run(hass) != first and runs(hass) == 1)
    assert posts(panel, "start") == [SERVER]
