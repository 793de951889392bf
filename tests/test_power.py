"""Switch and buttons: what they tell the panel, and what they tell the user when it did not do it."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.models import PowerAction
from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from simulator.accounts import Account
from simulator.machine import State

from .common import SERVERS, STATUS, SetUp, entry_for, press, shows, subentry_of

SWITCH = "switch.survival"
START = "/api/servers/srv_survival/start"


@pytest.fixture
def timing() -> Timing:
    """Calls that a panel refuses for their rate are made again at once."""
    return replace(Timing(), first_reconnect=0.02, rate_limit_retries=(0.01, 0.01))


async def turn(hass: HomeAssistant, to: str) -> None:
    await hass.services.async_call("switch", f"turn_{to}", {"entity_id": SWITCH}, blocking=True)


def posts(panel: Panel) -> list[str]:
    """Return what the panel was told to do, in order."""
    return [path.removeprefix("/api/servers/") for method, path in panel.requests if method == "POST"]


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize(
    ("before", "key", "after"),
    [
        ("STOPPED", "start", "running"),
        ("RUNNING", "stop", "stopped"),
        ("RUNNING", "restart", "running"),
        ("RUNNING", "kill", "stopped"),
    ],
)
async def test_buttons(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, before: str, key: str, after: str
) -> None:
    panel.edit("srv_survival", status=before)
    await set_up(entry)
    await press(hass, key)
    assert posts(panel) == [f"srv_survival/{key}"]
    await panel.wait_for(shows(hass, STATUS, after))


async def test_switch_follows_the_panel_alone(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.edit("srv_survival", status="STOPPED")
    await set_up(entry)
    assert shows(hass, SWITCH, STATE_OFF)(panel)

    # The panel says yes and does nothing: the switch does not claim otherwise.
    panel.fail(START, status=200, body={"success": True, "status": "STARTING"})
    await turn(hass, "on")
    await panel.tick_now()
    await hass.async_block_till_done()
    assert shows(hass, SWITCH, STATE_OFF)(panel)

    panel.clear_faults()
    await turn(hass, "on")
    await panel.wait_for(shows(hass, SWITCH, STATE_ON))
    await panel.wait_for(shows(hass, STATUS, "running"))
    await turn(hass, "off")
    await panel.wait_for(shows(hass, SWITCH, STATE_OFF))
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    assert posts(panel) == ["srv_survival/start", "srv_survival/start", "srv_survival/stop"]


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("STARTING", STATE_ON),
        ("RUNNING", STATE_ON),
        ("STOPPING", STATE_OFF),
        ("STOPPED", STATE_OFF),
        ("ERROR", STATE_OFF),
        ("INSTALLING", STATE_OFF),
        ("HIBERNATING", STATE_UNKNOWN),
    ],
)
async def test_switch_states(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, status: str, state: str
) -> None:
    await set_up(entry)
    panel.edit("srv_survival", status=status)
    await panel.wait_for(shows(hass, SWITCH, state))


def refusing(status: int, error: str, **headers: str) -> Callable[[Panel], None]:
    def prepare(panel: Panel) -> None:
        panel.fail(START, status=status, body={"error": error}, headers=headers)

    return prepare


def from_a_proxy(status: int) -> Callable[[Panel], None]:
    def prepare(panel: Panel) -> None:
        panel.fail(START, status=status, body="<html>", content_type="text/html")

    return prepare


def node_offline(panel: Panel) -> None:
    panel.set_node_online(next(iter(panel.fleet.nodes)), heartbeat=False, column=False)


def daemon_dead(panel: Panel) -> None:
    panel.set_node_online(next(iter(panel.fleet.nodes)), heartbeat=False, column=True)


def suspended(panel: Panel) -> None:
    panel.edit("srv_survival", suspended=True)


def deleted(panel: Panel) -> None:
    panel.delete_server("srv_survival", announce=False)


def already_running(panel: Panel) -> None:
    panel.machine.place("srv_survival", State.RUNNING)


def busy(panel: Panel) -> None:
    panel.machine.game("srv_survival").power_action = "stop"


def installing(panel: Panel) -> None:
    panel.machine.game("srv_survival").installing = True


def cannot_start(panel: Panel) -> None:
    panel.machine.game("srv_survival").fails_to_start = True


@pytest.mark.parametrize(
    ("prepare", "key", "placeholders"),
    [
        (node_offline, "node_unreachable", {}),
        (daemon_dead, "node_unreachable", {}),
        (suspended, "server_suspended", {}),
        (deleted, "server_not_found", {}),
        (already_running, "already_running", {}),
        (busy, "action_in_progress", {}),
        (installing, "server_installing", {}),
        # The daemon's own words.
        (cannot_start, "action_refused", {"reason": "Failed to create container"}),
        (refusing(403, "Forbidden"), "no_access", {}),
        (refusing(429, "Too many requests", **{"Retry-After": "7"}), "rate_limited", {"seconds": "7"}),
        (refusing(418, "I am a teapot"), "action_refused", {"reason": "I am a teapot"}),
        # What a proxy says is not the panel's word.
        (from_a_proxy(403), "not_the_panel", {}),
        (from_a_proxy(404), "not_the_panel", {}),
        (from_a_proxy(504), "answer_lost", {}),
    ],
)
async def test_failures_are_told(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    prepare: Callable[[Panel], None],
    key: str,
    placeholders: dict[str, str],
) -> None:
    panel.edit("srv_survival", status="STOPPED")
    await set_up(entry)
    prepare(panel)
    with pytest.raises(HomeAssistantError) as error:
        await turn(hass, "on")
    assert error.value.translation_domain == "stellarstack"
    assert error.value.translation_key == key
    assert error.value.translation_placeholders == {"server": "Survival", "url": panel.url} | placeholders
    # The text that a user reads is found, and names what it is about.
    assert any(name in str(error.value) for name in ("Survival", panel.url))


@pytest.mark.parametrize("timing", [replace(Timing(), power=0.2)])
async def test_an_answer_that_does_not_come_is_not_known(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.delay("/api/servers/srv_survival/stop", 30)
    with pytest.raises(HomeAssistantError) as error:
        await press(hass, "stop")
    assert error.value.translation_key == "answer_lost"


async def test_a_rate_limit_is_waited_out(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.fail("/api/servers/srv_survival/stop", status=429, body={"error": "slow"}, times=2)
    await press(hass, "stop")
    assert posts(panel) == ["srv_survival/stop"] * 3


async def test_a_dead_session_asks_to_sign_in(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.delete_sessions()
    with pytest.raises(HomeAssistantError) as error:
        await press(hass, "stop")
    assert error.value.translation_key == "session_ended"
    await hass.async_block_till_done()
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]
    await panel.wait_for(shows(hass, SWITCH, STATE_UNAVAILABLE))


async def test_an_action_returns_when_it_goes_on(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The panel answers when the server is down, up to ten minutes later; its reports say that it is stopping."""
    panel.machine.game("srv_survival").stop_time = 1e6
    await set_up(entry)
    await press(hass, "stop")
    assert shows(hass, STATUS, "stopping")(panel)
    panel.machine.crash("srv_survival")
    await panel.wait_for(shows(hass, STATUS, "stopped"))


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_a_kill_does_not_wait_in_line(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.delay("/api/servers/srv_survival/restart", 1e6)
    restart = hass.async_create_background_task(press(hass, "restart"), "restart")
    await panel.wait_for(lambda panel: posts(panel) == ["srv_survival/restart"])
    await press(hass, "kill")
    assert posts(panel) == ["srv_survival/restart", "srv_survival/kill"]
    restart.cancel()


async def test_stop_start_stop_ends_stopped(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Only a repetition of the last in line joins it."""
    await set_up(entry)
    await asyncio.gather(*(press(hass, key) for key in ("stop", "stop", "start", "stop")))
    await panel.wait_for(lambda panel: len(posts(panel)) == 3)
    assert posts(panel) == ["srv_survival/stop", "srv_survival/start", "srv_survival/stop"]
    await panel.wait_for(lambda panel: panel.machine.game("srv_survival").power_action is None)
    await panel.wait_for(shows(hass, STATUS, "stopped"))


async def test_presses_of_one_button_under_way_are_one_call(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    await asyncio.gather(*(press(hass, "restart") for _ in range(5)))
    assert posts(panel) == ["srv_survival/restart"]


async def test_another_server_need_not_wait(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.delay("/api/servers/srv_survival/restart", 1e6)
    waiting = hass.async_create_background_task(press(hass, "restart"), "restart")
    await panel.wait_for(lambda panel: posts(panel) == ["srv_survival/restart"])
    await press(hass, "stop", "creative")
    assert posts(panel) == ["srv_survival/restart", "srv_creative/stop"]
    assert not waiting.done()
    waiting.cancel()


async def test_a_call_in_line_says_that_the_panel_was_reloaded(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.delay("/api/servers/srv_survival/restart", 1e6)
    coordinator = entry.runtime_data.servers[subentry_of(entry, "srv_survival").subentry_id]
    calls = [
        hass.async_create_task(coordinator.async_power(action)) for action in (PowerAction.RESTART, PowerAction.STOP)
    ]
    await panel.wait_for(lambda panel: posts(panel) == ["srv_survival/restart"])
    await hass.config_entries.async_reload(entry.entry_id)
    for call in calls:
        with pytest.raises(HomeAssistantError) as error:
            await call
        assert error.value.translation_key == "panel_reloaded"


async def test_a_raw_token_has_no_controls(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    set_up: SetUp,
    entity_registry: er.EntityRegistry,
) -> None:
    entry = entry_for(panel, panel.create_session(account).token, account.id, SERVERS)
    await set_up(entry)
    entities = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    assert {entity.domain for entity in entities} == {"binary_sensor", "event", "sensor"}
