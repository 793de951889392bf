"""The connection to a panel: lost, back, silent; and what is asked beside it."""

from dataclasses import replace
from datetime import timedelta
import logging

from homeassistant.const import EVENT_HOMEASSISTANT_STOP, STATE_OFF, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events, async_fire_time_changed

from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from simulator.accounts import Account

from .common import CONNECTED, SERVERS, STATUS, Clock, SetUp, entry_for, shows

NODE_ONLINE = "binary_sensor.survival_node_online"


async def test_lost_connection_comes_back_by_itself(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    await set_up(entry)
    port = int(panel.url.rpartition(":")[2])
    with caplog.at_level(logging.INFO, "custom_components.stellarstack"):
        await panel.stop()
        await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
        await panel.wait_for(shows(hass, CONNECTED, "off"))
        await panel.start(port)
        await panel.wait_for(shows(hass, STATUS, "running"))
        await panel.wait_for(shows(hass, CONNECTED, STATE_ON))
    told = [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.stellarstack") and record.levelno >= logging.INFO
    ]
    assert [text.split(" is ")[1].split(":")[0] for text in told] == ["lost", "back"]
    assert panel.connections[0].subscriptions == set(SERVERS)
    # Whether the session lives is asked again, for a panel that was away may have forgotten it.
    await panel.wait_for(lambda panel: panel.requests.count(("GET", "/api/auth/get-session")) == 2)


@pytest.mark.parametrize("timing", [replace(Timing(), stale=1.5)])
async def test_silent_server_goes_unavailable_alone(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.silent_servers = {"srv_survival"}
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    assert shows(hass, "sensor.creative_status", "running")(panel)
    assert shows(hass, CONNECTED, STATE_ON)(panel)
    panel.silent_servers = set()
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert panel.upgrades == 1


@pytest.mark.parametrize("timing", [replace(Timing(), stale=1.5)])
async def test_silent_panel_is_not_connected(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The socket may be open for a while yet; that nothing comes is told of panel and servers alike."""
    await set_up(entry)
    panel.pause_ticks = True
    await panel.wait_for(
        lambda panel: all(
            shows(hass, f"sensor.{name.lower()}_status", STATE_UNAVAILABLE)(panel) for name in SERVERS.values()
        )
    )
    await hass.async_block_till_done()
    assert shows(hass, CONNECTED, STATE_OFF)(panel)
    panel.pause_ticks = False
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert shows(hass, CONNECTED, STATE_ON)(panel)
    assert panel.upgrades == 1


async def test_deleting_the_only_server_does_not_disconnect(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp
) -> None:
    await set_up(entry_for(panel, panel.create_session(account).cookie, account.id, {"srv_survival": "Survival"}))
    panel.delete_server("srv_survival")
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    assert shows(hass, CONNECTED, STATE_ON)(panel)


async def test_deleted_server_goes_unavailable_at_once(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.delete_server("srv_survival")
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    assert shows(hass, "sensor.creative_status", "running")(panel)


async def test_raw_token_needs_no_calls(hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp) -> None:
    await set_up(entry_for(panel, panel.create_session(account).token, account.id, SERVERS))
    assert shows(hass, STATUS, "running")(panel)
    # What panel it is was asked without it.
    assert panel.requests == [("GET", "/api/ws/token")]
    panel.drop_clients()
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    await panel.wait_for(shows(hass, STATUS, "running"))


async def test_rest_that_fails_hinders_nothing(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.fail("/api/servers", status=500, body={"error": "database"})
    await set_up(entry)
    assert shows(hass, STATUS, "running")(panel)


async def test_nothing_is_told_at_the_stop_of_home_assistant(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    await set_up(entry)
    changes = async_capture_events(hass, "state_changed")
    caplog.clear()
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await panel.wait_for(lambda panel: not panel.connections)
    await hass.async_block_till_done()
    assert sorted(panel.received_of("unsubscribe")) == sorted(SERVERS)
    assert not changes
    assert "is lost" not in caplog.text
    assert panel.upgrades == 1


async def test_node_list_decides_for_an_admin(hass: HomeAssistant, panel: Panel, set_up: SetUp) -> None:
    admin = panel.add_account("admin@example.com", "correct horse", role="admin")
    node = panel.add_node("Node 1", host="node1.example.com")
    panel.add_server("Survival", owner=admin, node=node, server_id="srv_survival", status="RUNNING")
    await set_up(entry_for(panel, panel.create_session(admin).cookie, admin.id, {"srv_survival": "Survival"}))
    assert shows(hass, NODE_ONLINE, STATE_ON)(panel)

    # The node dies, while the column that the syncs carry goes on saying that it is online.
    panel.set_node_online(node.id, heartbeat=False, column=True)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1, seconds=5))
    await panel.wait_for(shows(hass, NODE_ONLINE, STATE_OFF))
    panel.edit("srv_survival", memory=1234)
    await panel.wait_for(shows(hass, "sensor.survival_memory_limit", "1234"))
    assert shows(hass, NODE_ONLINE, STATE_OFF)(panel)

    # A list that fails changes nothing.
    panel.fail("/api/nodes", status=500, body={"error": "database"})
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2, seconds=10))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shows(hass, NODE_ONLINE, STATE_OFF)(panel)


async def test_node_list_is_asked_once_of_others(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    await set_up(entry)
    for _ in range(3):
        await clock.advance(timedelta(minutes=1))
    assert panel.requests.count(("GET", "/api/nodes")) == 1
    # Whether the account has become an admin's is asked with the session.
    await clock.advance(timedelta(days=1))
    assert panel.requests.count(("GET", "/api/nodes")) > 1


async def test_account_that_ceases_to_be_an_admin(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    account.role = "admin"
    await set_up(entry)
    node = next(iter(panel.fleet.nodes))
    panel.set_node_online(node, heartbeat=False, column=True)
    await clock.advance(timedelta(minutes=1))
    await panel.wait_for(shows(hass, NODE_ONLINE, STATE_OFF))
    account.role = "user"
    await clock.advance(timedelta(minutes=1))
    # What the feed tells counts again.
    await panel.wait_for(shows(hass, NODE_ONLINE, STATE_ON))


async def test_account_that_becomes_an_admin(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    """It is found out with the session; from then on each minute counts."""
    await set_up(entry)
    account.role = "admin"
    await clock.advance(timedelta(days=1))
    asked = panel.requests.copy()
    # Not by the clock: a day and a minute would make the session due again.
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1, seconds=5))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert panel.requests[len(asked) :] == [("GET", "/api/nodes")]


async def test_admin_whose_first_list_of_nodes_failed(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    account.role = "admin"
    panel.set_node_online(next(iter(panel.fleet.nodes)), heartbeat=False, column=True)
    panel.fail("/api/auth/get-session", status=502, body="")
    panel.fail("/api/nodes", status=502, body="")
    await set_up(entry)
    assert shows(hass, NODE_ONLINE, STATE_ON)(panel)
    panel.clear_faults()
    await clock.advance(timedelta(minutes=1))
    await panel.wait_for(shows(hass, NODE_ONLINE, STATE_OFF))
