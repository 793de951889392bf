"""Switch and buttons: what they tell the panel, and what they tell the user when it did not do it."""

import asyncio
from collections.abc import Callable
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_REAUTH
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Panel
from simulator.accounts import Account

from .conftest import SERVERS, SetUp, entry_for
from .test_init import shows

SWITCH = "switch.survival"
STATUS = "sensor.survival_status"


async def press(hass: HomeAssistant, key: str, server: str = "survival") -> None:
    await hass.services.async_call("button", "press", {"entity_id": f"button.{server}_{key}"}, blocking=True)


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
        ("RUNNING", "restart", "starting"),
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
    panel.fail("/api/servers/srv_survival/start", status=200, body={"success": True, "status": "STARTING"})
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
        panel.fail("/api/servers/srv_survival/start", status=status, body={"error": error}, headers=headers)

    return prepare


def node_offline(panel: Panel) -> None:
    panel.set_node_online(next(iter(panel.fleet.nodes)), heartbeat=False, column=False)


def daemon_dead(panel: Panel) -> None:
    panel.set_node_online(next(iter(panel.fleet.nodes)), heartbeat=False, column=True)


def suspended(panel: Panel) -> None:
    panel.edit("srv_survival", suspended=True)


def deleted(panel: Panel) -> None:
    panel.delete_server("srv_survival", announce=False)


@pytest.mark.parametrize(
    ("prepare", "key", "placeholders"),
    [
        (node_offline, "node_offline", {}),
        (daemon_dead, "daemon_unreachable", {}),
        (suspended, "server_suspended", {}),
        (deleted, "server_not_found", {}),
        (refusing(403, "Forbidden"), "no_access", {}),
        (refusing(429, "Too many requests", **{"Retry-After": "7"}), "rate_limited", {"seconds": "7"}),
        (refusing(429, "Too many requests"), "rate_limited", {"seconds": "1"}),
        (refusing(418, "I am a teapot"), "action_failed", {"error": "i am a teapot"}),
        (refusing(502, "Bad gateway"), "action_failed", {"error": "the panel is away: HTTP 502"}),
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
    assert error.value.translation_placeholders == {"server": "Survival"} | placeholders
    # The text a user reads is found, and names the server.
    assert "Survival" in str(error.value)


async def test_time_out_is_told(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    await set_up(entry)
    panel.delay("/api/servers/srv_survival/stop", 30)
    with (
        patch("custom_components.stellarstack.client.http.TIMEOUT", 0.1),
        pytest.raises(HomeAssistantError) as error,
    ):
        await press(hass, "stop")
    assert error.value.translation_key == "timeout"


async def test_a_rate_limit_is_honoured(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.fail("/api/servers/srv_survival/stop", status=429, body={"error": "slow"}, headers={"Retry-After": "1"})
    for key, server in (("stop", "survival"), ("stop", "survival"), ("stop", "creative")):
        with pytest.raises(HomeAssistantError) as error:
            await press(hass, key, server)
        assert error.value.translation_key == "rate_limited"
    assert posts(panel) == ["srv_survival/stop"]

    panel.clear_faults()
    await asyncio.sleep(1.1)
    await press(hass, "stop", "creative")
    assert posts(panel) == ["srv_survival/stop", "srv_creative/stop"]


async def test_a_dead_session_asks_to_sign_in(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.delete_sessions()
    with pytest.raises(HomeAssistantError) as error:
        await press(hass, "stop")
    assert error.value.translation_key == "session_ended"
    assert str(error.value) == f"The session on the panel at {panel.url} has ended. Sign in again"
    await hass.async_block_till_done()
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]
    await panel.wait_for(shows(hass, SWITCH, STATE_UNAVAILABLE))


async def test_presses_of_one_button_under_way_are_one_call(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.delay("/api/servers/srv_survival/restart", 0.1)
    await asyncio.gather(*(press(hass, "restart") for _ in range(5)))
    assert posts(panel) == ["srv_survival/restart"]
    await press(hass, "restart")
    assert posts(panel) == ["srv_survival/restart"] * 2


async def test_calls_for_one_server_wait_for_each_other(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.delay("/api/servers/srv_survival/restart", 0.2)
    first = hass.async_create_task(press(hass, "restart"))
    await panel.wait_for(lambda panel: posts(panel) == ["srv_survival/restart"])
    second = hass.async_create_task(press(hass, "stop"))
    # Another server need not wait.
    await press(hass, "stop", "creative")
    assert posts(panel) == ["srv_survival/restart", "srv_creative/stop"]
    assert not first.done()
    await asyncio.gather(first, second)
    assert posts(panel) == ["srv_survival/restart", "srv_creative/stop", "srv_survival/stop"]


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
