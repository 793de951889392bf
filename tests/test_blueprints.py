"""The blueprints, run by Home Assistant's own engine against the panel."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
import logging
from pathlib import Path
import re
import shutil
from typing import Any
from urllib.parse import quote, urlsplit

from homeassistant.components.automation.config import async_validate_config
from homeassistant.const import EVENT_CALL_SERVICE, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml_dict, parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.lifecycle import Happening
from simulator import Panel

from .conftest import SERVERS, SetUp
from .test_init import shows

ROOT = Path(__file__).parent.parent
FOLDER = Path("blueprints", "automation", "stellarstack")
BLUEPRINTS = {path.stem: path for path in sorted((ROOT / FOLDER).glob("*.yaml"))}
AUTOMATION = "automation.under_test"
STATUS = "sensor.survival_status"
NODE = "binary_sensor.survival_node_online"
TELL = [{"action": "test.tell", "data": {key: f"{{{{ {key} }}}}" for key in ("server_name", "event", "message")}}]
NOW = {"seconds": 0}

type Automate = Callable[..., Awaitable[None]]


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """A configuration folder with our blueprints in it, as an import leaves them."""
    shutil.copytree(ROOT / FOLDER, Path(hass_tmp_config_dir) / FOLDER)
    return hass_tmp_config_dir


@pytest.fixture
async def devices(entry: MockConfigEntry, set_up: SetUp, device_registry: dr.DeviceRegistry) -> dict[str, str]:
    """Device ids of the set-up entry, by server id."""
    await set_up(entry)
    found = {key: device_registry.async_get_device_by_identifier((DOMAIN, key), entry.entry_id) for key in SERVERS}
    return {key: device.id for key, device in found.items() if device is not None}


@pytest.fixture
async def automate(
    hass: HomeAssistant, devices: dict[str, str], caplog: pytest.LogCaptureFixture
) -> AsyncGenerator[Automate]:
    """Makes an automation of a blueprint; ends its runs before the rest is torn down, and looks at its templates."""

    async def automate(blueprint: str, **inputs: Any) -> None:
        use = {"path": f"stellarstack/{blueprint}.yaml", "input": inputs}
        config = {"automation": {"alias": "Under test", "use_blueprint": use}}
        assert await async_setup_component(hass, "automation", config)
        await hass.async_block_till_done()
        state = hass.states.get(AUTOMATION)
        assert state is not None
        assert state.state == STATE_ON

    yield automate
    if hass.states.get(AUTOMATION) is None:
        return
    await hass.services.async_call("automation", "turn_off", {"entity_id": AUTOMATION}, blocking=True)
    assert not [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.name == "homeassistant.helpers.template" and record.levelno >= logging.WARNING
    ]


@pytest.fixture
def told(hass: HomeAssistant) -> list[ServiceCall]:
    """What the action `test.tell` was called with."""
    return async_mock_service(hass, "test", "tell")


def rename_switch(entity_registry: er.EntityRegistry) -> None:
    entity_id = entity_registry.async_get_entity_id("switch", DOMAIN, "srv_survival_power")
    assert entity_id is not None
    entity_registry.async_update_entity(entity_id, new_entity_id="switch.on_and_off")


def events(calls: list[ServiceCall]) -> list[tuple[str, str]]:
    return [(call.data["server_name"], call.data["event"]) for call in calls]


def posts(panel: Panel, action: str) -> list[str]:
    """Return the ids of the servers that the panel was told to do something with, in order."""
    paths = [path.split("/") for method, path in panel.requests if method == "POST"]
    return [parts[3] for parts in paths if parts[-1] == action]


async def walk(hass: HomeAssistant, panel: Panel, *statuses: str, server: str = "survival") -> None:
    """Let the panel report statuses one by one."""
    for status in statuses:
        panel.set_status(f"srv_{server}", status)
        await panel.wait_for(shows(hass, f"sensor.{server}_status", status.lower()))


async def reconnect(hass: HomeAssistant, panel: Panel) -> None:
    """Let the line break and come back."""
    panel.drop_clients()
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    await panel.wait_for(lambda panel: (state := hass.states.get(STATUS)) and state.state != STATE_UNAVAILABLE)


def pass_seconds(hass: HomeAssistant, seconds: int) -> None:
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))


async def pass_minute_until(hass: HomeAssistant, panel: Panel, done: Callable[[Panel], object]) -> None:
    """Let a minute pass, more than once: what waits for that long may not have begun to."""
    for _ in range(20):
        pass_seconds(hass, 61)
        with suppress(TimeoutError):
            await panel.wait_for(done, timeout=0.25)
            return
    pytest.fail("It did not happen")


def runs(hass: HomeAssistant) -> int:
    state = hass.states.get(AUTOMATION)
    return 0 if state is None else int(state.attributes["current"])


def test_there_are_blueprints() -> None:
    assert set(BLUEPRINTS) == {"backup_before_stop", "night_schedule", "restart_after_crash", "server_notifications"}


@pytest.mark.parametrize("name", BLUEPRINTS)
async def test_form(hass: HomeAssistant, name: str) -> None:
    """Each names its own address, and asks only for servers of ours."""
    config = await hass.async_add_executor_job(load_yaml_dict, str(BLUEPRINTS[name]))
    blueprint = config["blueprint"]
    assert urlsplit(blueprint["source_url"]).path.endswith(f"/ha-stellarstack/blob/main/{FOLDER}/{name}.yaml")
    assert blueprint["homeassistant"] == {"min_version": "2026.10.0"}
    assert blueprint["author"] == "StellarStack for Home Assistant"
    (servers,) = (blueprint["input"].get(key) for key in ("server", "servers") if key in blueprint["input"])
    assert servers["selector"]["device"]["filter"] == [{"integration": DOMAIN}]
    assert {entity["integration"] for entity in servers["selector"]["device"]["entity"]} == {DOMAIN}


@pytest.mark.parametrize("name", BLUEPRINTS)
async def test_servers_are_all_that_must_be_chosen(
    automate: Automate, devices: dict[str, str], caplog: pytest.LogCaptureFixture, name: str
) -> None:
    servers = {"server": devices["srv_survival"]} if name == "restart_after_crash" else {"servers": [*devices.values()]}
    await automate(name, **servers)
    assert not [
        record for record in caplog.records if "automation" in record.name and record.levelno >= logging.WARNING
    ]


@pytest.mark.parametrize("name", BLUEPRINTS)
async def test_run_by_hand_does_no_harm(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], name: str
) -> None:
    """Home Assistant's own "Run actions" leaves out the trigger and the conditions."""
    await walk(hass, panel, "STOPPED", server="valheim")
    messages = async_mock_service(hass, "persistent_notification", "create")
    servers = {"server": devices["srv_survival"]} if name == "restart_after_crash" else {"servers": [*devices.values()]}
    await automate(name, **servers)
    async with asyncio.timeout(5):
        await hass.services.async_call("automation", "trigger", {"entity_id": AUTOMATION}, blocking=True)
    await hass.async_block_till_done()
    # One is for trying the message, one does what it does at any time.
    assert [call.data["message"] for call in messages] == (
        ["This is how a message about Survival looks."] if name == "server_notifications" else []
    )
    assert posts(panel, "stop") == (["srv_survival", "srv_creative"] if name == "backup_before_stop" else [])
    assert not posts(panel, "start")


# Start again after a crash.


async def test_a_crashed_server_starts_again(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], entity_registry: er.EntityRegistry
) -> None:
    messages = async_mock_service(hass, "persistent_notification", "create")
    rename_switch(entity_registry)
    await hass.async_block_till_done()
    await automate("restart_after_crash", server=devices["srv_survival"], wait=NOW)
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(lambda panel: panel.fleet.servers["srv_survival"].status == "RUNNING")
    assert posts(panel, "start") == ["srv_survival"]
    assert [(call.data["title"], call.data["message"]) for call in messages] == [
        ("Survival", "Survival has crashed and is started again: restart 1 of at most 3 an hour.")
    ]


async def test_an_error_is_a_crash_too(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str]
) -> None:
    await automate("restart_after_crash", server=devices["srv_survival"], wait=NOW, notification=[])
    await walk(hass, panel, "ERROR")
    await panel.wait_for(lambda panel: panel.fleet.servers["srv_survival"].status == "RUNNING")


async def test_no_more_restarts_an_hour_than_allowed(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], told: list[ServiceCall]
) -> None:
    await automate("restart_after_crash", server=devices["srv_survival"], wait=NOW, limit=2, notification=TELL)
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


async def test_it_waits_before_the_start(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], told: list[ServiceCall]
) -> None:
    await automate(
        "restart_after_crash", server=devices["srv_survival"], wait={"minutes": 5}, limit=1, notification=TELL
    )
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(lambda _: told)
    assert not posts(panel, "start")

    # Someone was quicker: it is left alone, and that is no restart.
    await walk(hass, panel, "RUNNING")
    pass_seconds(hass, 301)
    await panel.wait_for(lambda _: runs(hass) == 0)
    assert not posts(panel, "start")

    await panel.wait_for(shows(hass, STATUS, "running"))
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(lambda _: len(told) == 2)
    pass_seconds(hass, 301)
    await panel.wait_for(lambda _: posts(panel, "start"))
    assert events(told) == [("Survival", "restart")] * 2


async def test_a_panel_that_is_away_is_waited_for(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str]
) -> None:
    await automate("restart_after_crash", server=devices["srv_survival"], wait={"seconds": 2}, notification=[])
    port = int(panel.url.rpartition(":")[2])
    await walk(hass, panel, "STOPPED")
    await panel.stop()
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    pass_seconds(hass, 3)
    await panel.start(port)
    await panel.wait_for(lambda panel: panel.fleet.servers["srv_survival"].status == "RUNNING")


async def test_a_start_that_fails_is_told(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], told: list[ServiceCall]
) -> None:
    await automate("restart_after_crash", server=devices["srv_survival"], wait=NOW, notification=TELL)
    panel.fail("/api/servers/srv_survival/start", status=500, body={"error": "Failed to communicate with daemon"})
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(lambda panel: posts(panel, "start"))
    await pass_minute_until(hass, panel, lambda _: len(told) == 2)
    assert events(told) == [("Survival", "restart"), ("Survival", "start_failed")]
    assert "could not be started" in told[1].data["message"]
    # It was an attempt, and counts as one.
    assert runs(hass) == 1


@pytest.mark.parametrize("there", [True, False])
async def test_a_message_that_fails_does_not_keep_it_down(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], there: bool
) -> None:
    """The phone may be off, or its app gone; the game goes on."""
    if there:
        async_mock_service(hass, "test", "tell", raise_exception=HomeAssistantError("off"))
    await automate("restart_after_crash", server=devices["srv_survival"], wait=NOW, limit=1, notification=TELL)
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(shows(hass, STATUS, "running"))
    # Also the limit holds.
    await walk(hass, panel, "STOPPED")
    await panel.tick_now()
    await panel.wait_for(lambda _: runs(hass) == 1)
    assert posts(panel, "start") == ["srv_survival"]


async def test_nothing_starts_a_server_that_did_not_crash(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    automate: Automate,
    devices: dict[str, str],
    told: list[ServiceCall],
) -> None:
    await automate("restart_after_crash", server=devices["srv_survival"], wait=NOW, notification=TELL)
    await walk(hass, panel, "STARTING", "STOPPING", "STOPPED", "STARTING", "RUNNING", "STOPPING", "STOPPED")
    await walk(hass, panel, "STARTING", "RUNNING")
    await walk(hass, panel, "STOPPED", server="creative")
    await reconnect(hass, panel)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await panel.wait_for(shows(hass, STATUS, "running"))
    # What happens while nobody can see it is not known to be a crash.
    panel.drop_clients()
    panel.edit("srv_survival", status="STOPPED")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    await hass.async_block_till_done()
    assert not told
    assert not posts(panel, "start")

    await walk(hass, panel, "RUNNING", "STOPPED")
    await panel.wait_for(lambda _: told)
    assert events(told) == [("Survival", "restart")]


# Tell what happens.


async def test_what_happens_is_told(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    messages = async_mock_service(hass, "persistent_notification", "create")
    device_registry.async_update_device(devices["srv_creative"], name_by_user="The sandbox")
    entity_registry.async_update_entity(STATUS, new_entity_id="sensor.how_is_it")
    await hass.async_block_till_done()
    await automate("server_notifications", servers=[devices["srv_survival"], devices["srv_creative"]], nodes=[NODE])

    await panel.power("srv_survival", "restart")
    await panel.wait_for(lambda _: messages)
    await panel.power("srv_creative", "stop")
    await panel.wait_for(lambda _: len(messages) == 2)
    await panel.power("srv_creative", "start")
    await panel.wait_for(lambda _: len(messages) == 3)
    await panel.power("srv_creative", "kill")
    await panel.wait_for(lambda _: len(messages) == 4)
    await panel.power("srv_valheim", "kill")
    await panel.wait_for(shows(hass, "sensor.valheim_status", "stopped"))
    node = next(iter(panel.fleet.nodes))
    panel.set_node_online(node, heartbeat=False, column=False)
    await panel.wait_for(lambda _: len(messages) == 5)
    panel.set_node_online(node, heartbeat=True)
    await panel.wait_for(shows(hass, NODE, STATE_ON))
    await hass.async_block_till_done()
    assert [(call.data["title"], call.data["message"]) for call in messages] == [
        ("Survival", "Survival is ready again after a restart."),
        ("The sandbox", "The sandbox has stopped."),
        ("The sandbox", "The sandbox is ready."),
        ("The sandbox", "The sandbox has crashed."),
        ("Survival", "The node of Survival is offline."),
    ]


@pytest.mark.parametrize(
    ("off", "left"),
    [
        ({"tell_ready": False}, ["stopped", "crashed", "node_offline"]),
        ({"tell_stopped": False}, ["restarted", "started", "crashed", "node_offline"]),
        ({"tell_crashed": False}, ["restarted", "stopped", "started", "node_offline"]),
        ({"nodes": []}, ["restarted", "stopped", "started", "crashed"]),
    ],
)
async def test_each_can_be_switched_off(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    told: list[ServiceCall],
    off: dict[str, Any],
    left: list[str],
) -> None:
    inputs = {"servers": [devices["srv_survival"]], "nodes": [NODE], "notification": TELL}
    await automate("server_notifications", **inputs | off)
    await walk(hass, panel, "STARTING", "STOPPING", "STOPPED", "STARTING", "RUNNING")
    await walk(hass, panel, "STOPPING", "STOPPED", "STARTING", "RUNNING", "STOPPED")
    panel.set_node_online(next(iter(panel.fleet.nodes)), heartbeat=False, column=False)
    await panel.wait_for(shows(hass, NODE, "off"))
    await hass.async_block_till_done()
    assert events(told) == [("Survival", event) for event in left]


async def test_a_gap_is_not_told(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    automate: Automate,
    devices: dict[str, str],
    told: list[ServiceCall],
) -> None:
    panel.set_node_online(next(iter(panel.fleet.nodes)), heartbeat=False, column=False)
    await panel.wait_for(shows(hass, NODE, "off"))
    await automate("server_notifications", servers=[*devices.values()], nodes=[NODE], notification=TELL)
    await reconnect(hass, panel)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await panel.wait_for(shows(hass, STATUS, "running"))
    panel.drop_clients()
    panel.edit("srv_survival", status="STOPPED")
    panel.edit("srv_creative", status="STARTING")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    await panel.wait_for(shows(hass, "sensor.creative_status", "starting"))
    await hass.async_block_till_done()
    assert not told

    await walk(hass, panel, "STARTING", "RUNNING")
    await panel.wait_for(lambda _: told)
    assert events(told) == [("Survival", "started")]


async def test_the_connection_to_the_panel_can_be_watched(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], told: list[ServiceCall]
) -> None:
    connected = "binary_sensor.127_0_0_1_connected"
    await automate("server_notifications", servers=[*devices.values()], nodes=[connected], notification=TELL)
    await reconnect(hass, panel)
    await panel.wait_for(lambda _: told)
    assert events(told) == [("127.0.0.1", "panel_disconnected")]
    assert told[0].data["message"] == "The connection to the panel 127.0.0.1 is lost."


# Sleep at night.


def in_seconds(seconds: int) -> str:
    """Return a time of day so many seconds ahead."""
    return (dt_util.now() + timedelta(seconds=seconds)).strftime("%H:%M:%S")


async def test_servers_sleep_at_night(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    entity_registry: er.EntityRegistry,
) -> None:
    # A switch of someone else at the same device, and one of ours under another name.
    foreign = entity_registry.async_get_or_create("switch", "other", "foreign", device_id=devices["srv_survival"])
    hass.states.async_set(foreign.entity_id, STATE_ON)
    rename_switch(entity_registry)
    await hass.async_block_till_done()
    await walk(hass, panel, "MAINTENANCE", server="valheim")
    await automate(
        "night_schedule",
        servers=[devices["srv_survival"], devices["srv_valheim"]],
        stop_at=in_seconds(20),
        start_at=in_seconds(40),
    )
    calls = async_capture_events(hass, EVENT_CALL_SERVICE)
    pass_seconds(hass, 20)
    await panel.wait_for(lambda panel: panel.fleet.servers["srv_survival"].status == "STOPPED")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    assert posts(panel, "stop") == ["srv_survival"]
    assert not posts(panel, "start")

    pass_seconds(hass, 40)
    await panel.wait_for(lambda panel: panel.fleet.servers["srv_survival"].status == "RUNNING")
    assert posts(panel, "stop") == ["srv_survival"]
    assert posts(panel, "start") == ["srv_survival"]
    assert [call.data["service_data"] for call in calls if call.data["domain"] == "switch"] == [
        {"entity_id": ["switch.on_and_off"]}
    ] * 2


@pytest.mark.parametrize(
    ("helper", "stopped"), [("on", []), ("off", ["srv_survival"]), ("unavailable", ["srv_survival"])]
)
async def test_a_helper_keeps_them_running(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], helper: str, stopped: list[str]
) -> None:
    hass.states.async_set("input_boolean.party", helper)
    hass.states.async_set("binary_sensor.weekend", "off")
    await automate(
        "night_schedule",
        servers=[devices["srv_survival"]],
        stop_at=in_seconds(20),
        start_at=in_seconds(40),
        keep_running=["binary_sensor.weekend", "input_boolean.party"],
    )
    pass_seconds(hass, 20)
    await hass.async_block_till_done()
    assert posts(panel, "stop") == stopped
    # In the morning it does not matter.
    hass.states.async_set("input_boolean.party", "on")
    await panel.wait_for(shows(hass, STATUS, "stopped" if stopped else "running"))
    pass_seconds(hass, 40)
    await hass.async_block_till_done()
    assert posts(panel, "start") == stopped


async def test_the_night_leaves_alone_what_does_not_run(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str]
) -> None:
    await walk(hass, panel, "STARTING", server="survival")
    await walk(hass, panel, "STOPPED", server="creative")
    await walk(hass, panel, "ERROR", server="valheim")
    await automate("night_schedule", servers=[*devices.values()], stop_at=in_seconds(20), start_at=in_seconds(40))
    pass_seconds(hass, 40)
    await hass.async_block_till_done()
    # Both times have come: of each, only what it is for.
    assert posts(panel, "stop") == ["srv_survival"]
    assert posts(panel, "start") == ["srv_creative"]


# Back up, then stop.


async def press(hass: HomeAssistant) -> None:
    await hass.services.async_call("input_button", "press", {"entity_id": "input_button.bed"}, blocking=True)


@pytest.fixture
async def button(hass: HomeAssistant) -> dict[str, str]:
    """A trigger that fires when a button is pressed."""
    assert await async_setup_component(hass, "input_button", {"input_button": {"bed": {}}})
    return {"trigger": "state", "entity_id": "input_button.bed"}


async def test_a_backup_comes_before_the_stop(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    told: list[ServiceCall],
    entity_registry: er.EntityRegistry,
) -> None:
    rename_switch(entity_registry)
    await hass.async_block_till_done()
    await walk(hass, panel, "STOPPED", server="creative")
    when = [{"trigger": "time", "at": in_seconds(20)}]
    await automate("backup_before_stop", servers=[*devices.values()], when=when, tell_success=True, notification=TELL)
    pass_seconds(hass, 20)
    await panel.wait_for(lambda _: len(told) == 2)
    await hass.async_block_till_done()
    # One after the other, and not the one that was stopped already.
    assert [path for method, path in panel.requests if method == "POST"] == [
        f"/api/servers/{server}/{action}"
        for server in ("srv_survival", "srv_valheim")
        for action in ("backups", "stop")
    ]
    assert [(backup["name"], backup["status"]) for backup in panel.backups] == [("Before the stop", "COMPLETED")] * 2
    assert events(told) == [("Survival", "stopped"), ("Valheim", "stopped")]
    assert told[0].data["message"] == "Survival was backed up and stopped."


async def test_no_stop_before_the_backup_is_complete(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], button: dict[str, str]
) -> None:
    messages = async_mock_service(hass, "persistent_notification", "create")
    panel.machine.backup_time = 30
    await automate("backup_before_stop", servers=[devices["srv_survival"]], when=[button], backup_name="")
    await press(hass)
    await panel.wait_for(lambda panel: panel.backups)
    # Impatience changes nothing.
    await press(hass)
    assert panel.backups[0]["status"] == "IN_PROGRESS"
    assert not posts(panel, "stop")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    await hass.async_block_till_done()
    assert [backup["status"] for backup in panel.backups] == ["COMPLETED"]
    assert panel.backups[0]["name"].startswith("Backup ")
    assert posts(panel, "stop") == ["srv_survival"]
    assert not messages


async def test_no_backup_no_stop(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], button: dict[str, str]
) -> None:
    """Neither a backup that fails nor one that cannot be made; and the next server has its turn."""
    messages = async_mock_service(hass, "persistent_notification", "create")
    panel.backup_result = "FAILED"
    panel.fail("/api/servers/srv_creative/backups", status=500, body={"error": "Failed to communicate with daemon"})
    servers = [devices[key] for key in ("srv_creative", "srv_survival", "srv_valheim")]
    await automate("backup_before_stop", servers=servers, when=[button])
    await press(hass)
    await panel.wait_for(lambda _: len(messages) == 2)
    panel.backup_result = "COMPLETED"
    await panel.wait_for(lambda panel: posts(panel, "stop"))
    await hass.async_block_till_done()
    assert [backup["status"] for backup in panel.backups] == ["FAILED", "COMPLETED"]
    assert posts(panel, "stop") == ["srv_valheim"]
    assert [(call.data["title"], call.data["message"]) for call in messages] == [
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
    panel.fail("/api/servers/srv_survival/stop", status=400, body={"error": "Node is offline"})
    servers = [devices["srv_survival"], devices["srv_creative"]]
    await automate("backup_before_stop", servers=servers, when=[button], notification=TELL)
    await press(hass)
    await panel.wait_for(lambda panel: posts(panel, "stop"))
    await pass_minute_until(hass, panel, lambda _: told)
    await panel.wait_for(lambda panel: panel.fleet.servers["srv_creative"].status == "STOPPED")
    assert events(told) == [("Survival", "stop_failed")]
    assert told[0].data["message"] == "The backup of Survival is complete, but the server did not stop."


# The page about all this.


PAGE = (ROOT / "docs" / "automations.md").read_text(encoding="utf-8")


async def test_examples_are_valid(hass: HomeAssistant, devices: dict[str, str]) -> None:
    """Home Assistant loads our triggers and conditions for it, and knows what they take."""
    examples = [parse_yaml(block) for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]
    assert len(examples) > 15
    assert await async_setup_component(hass, "automation", {})
    config = await async_validate_config(hass, {"automation": examples})
    assert len(config["automation"]) == len(examples)
    for automation in config["automation"]:
        assert (automation["alias"], automation.validation_error) == (automation["alias"], None)
    # All entities that they name exist.
    named = set(re.findall(r"\b\w+\.(?:survival|creative)(?:_\w+)?\b", PAGE))
    assert len(named) > 5
    assert named <= set(hass.states.async_entity_ids())


def test_examples_show_everything_and_nothing_else() -> None:
    folder = ROOT / "custom_components" / DOMAIN
    for kind, word in {"triggers": "trigger", "conditions": "condition", "services": "action"}.items():
        keys = {key for key in load_yaml_dict(str(folder / f"{kind}.yaml")) if not key.startswith(".")}
        assert set(re.findall(rf"\b{word}: {DOMAIN}\.(\w+)$", PAGE, re.MULTILINE)) == keys
    assert set(re.findall(r"\bpath: stellarstack/(\w+).yaml$", PAGE, re.MULTILINE)) == set(BLUEPRINTS)
    happenings = {happening.value for happening in Happening}
    assert happenings <= set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))


@pytest.mark.parametrize("name", BLUEPRINTS)
def test_page_tells_of_each_input_and_links_to_the_import(name: str) -> None:
    blueprint = load_yaml_dict(str(BLUEPRINTS[name]))["blueprint"]
    assert f"?blueprint_url={quote(blueprint['source_url'], safe='')})" in PAGE
    section = next(part for part in PAGE.split("\n### ") if f"stellarstack/{name}.yaml" in part)
    title = blueprint["name"].removeprefix("StellarStack: ")
    assert section.casefold().startswith(title.casefold())
    inputs = [key for value in blueprint["input"].items() for key in value[1].get("input", value[:1])]
    assert re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == inputs
