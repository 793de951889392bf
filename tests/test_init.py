"""Life of an entry: set-up, connection, servers that come and go, end."""

from collections.abc import Callable
from datetime import timedelta
import logging
from types import MappingProxyType
from typing import Any, Literal
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState, ConfigSubentry
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import (
    MockConfigEntry,
    async_capture_events,
    async_fire_time_changed,
    async_mock_service,
)

from custom_components.stellarstack.const import DOMAIN
from simulator import MISSING, Panel
from simulator.accounts import Account

from .conftest import SERVERS, SetUp, entry_for

CONNECTED = "binary_sensor.127_0_0_1_connected"
STATUS = "sensor.survival_status"


def shows(hass: HomeAssistant, entity_id: str, value: str) -> Callable[[Panel], bool]:
    """Return a condition for `panel.wait_for`: the entity's state is the value."""

    def condition(_panel: Panel) -> bool:
        state = hass.states.get(entity_id)
        return state is not None and state.state == value

    return condition


def subentry(server_id: str, title: str) -> ConfigSubentry:
    return ConfigSubentry(
        data=MappingProxyType({"server_id": server_id}), subentry_type="server", title=title, unique_id=server_id
    )


async def test_set_up_and_unload(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert shows(hass, STATUS, "running")(panel)
    assert shows(hass, CONNECTED, STATE_ON)(panel)
    assert len(panel.connections) == 1
    assert panel.connections[0].subscriptions == set(SERVERS)

    assert await hass.config_entries.async_unload(entry.entry_id)
    await panel.wait_for(lambda panel: not panel.connections)
    assert sorted(panel.received_of("unsubscribe")) == sorted(SERVERS)
    assert shows(hass, STATUS, STATE_UNAVAILABLE)(panel)
    assert panel.upgrades == 1
    assert not panel.broken


async def test_fifty_servers_share_one_socket(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp
) -> None:
    servers = {f"srv_{number}": f"Server {number}" for number in range(50)}
    for server_id, name in servers.items():
        panel.add_server(name, owner=account, server_id=server_id, status="RUNNING")
    await set_up(entry_for(panel, panel.create_session(account).cookie, account.id, servers))
    assert panel.upgrades == 1
    assert sorted(panel.received_of("subscribe")) == sorted(servers)
    assert all(shows(hass, f"sensor.server_{number}_status", "running")(panel) for number in range(50))


@pytest.mark.parametrize(
    "fields",
    [
        {"status": 7, "memory": [], "disk": "much", "cpu": {}, "node": "x", "allocations": 3, "blueprint": False},
        {"status": None, "memory": -1, "disk": 10**400, "cpu": "NaN", "node": [], "allocations": [1, None, {}]},
        {"id": 3},
        dict.fromkeys(("name", "status", "memory", "disk", "cpu", "node", "allocations", "suspended"), MISSING),
    ],
)
async def test_one_malformed_server_leaves_the_others_alive(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, fields: dict[str, object]
) -> None:
    servers = {f"srv_{number}": f"Server {number}" for number in range(50)}
    for server_id, name in servers.items():
        panel.add_server(name, owner=account, server_id=server_id, status="RUNNING")
    panel.edit("srv_13", **fields)
    with patch("custom_components.stellarstack.coordinator.FIRST_SYNC_TIMEOUT", 1):
        await set_up(entry_for(panel, panel.create_session(account).cookie, account.id, servers))
    for number in set(range(50)) - {13}:
        panel.set_status(f"srv_{number}", "STOPPED")
    for number in set(range(50)) - {13}:
        await panel.wait_for(shows(hass, f"sensor.server_{number}_status", "stopped"))
    assert panel.upgrades == 1


async def test_status_change_fires_an_automation(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    calls = async_mock_service(hass, "test", "tell")
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "triggers": {"trigger": "state", "entity_id": STATUS, "from": "running", "to": "stopped"},
                "actions": {"action": "test.tell", "data": {"was": "{{ trigger.from_state.state }}"}},
            }
        },
    )
    panel.set_status("srv_survival", "STOPPED")
    await panel.wait_for(lambda _: calls)
    assert calls[0].data == {"was": "running"}


async def test_unchanged_frames_write_no_state(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    changes = async_capture_events(hass, "state_changed")
    reports: list[Event[Any]] = []

    @callback
    def keep(event: Event[Any]) -> None:
        reports.append(event)

    hass.bus.async_listen("state_reported", keep, event_filter=callback(lambda _: True))
    for _ in range(5):
        await panel.tick_now()
    panel.edit("srv_survival", updatedAt="2026-11-24T00:00:00.000Z", memory=5000)
    await panel.wait_for(shows(hass, "sensor.survival_memory", "5000"))
    await hass.async_block_till_done()
    assert [event.data["entity_id"] for event in changes] == ["sensor.survival_memory"]
    assert not reports


async def test_removing_a_server_touches_no_other(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    await set_up(entry)
    changes = async_capture_events(hass, "state_changed")
    gone = next(item for item in entry.subentries.values() if item.unique_id == "srv_survival")
    hass.config_entries.async_remove_subentry(entry, gone.subentry_id)
    await panel.wait_for(lambda panel: panel.received_of("unsubscribe"))
    await hass.async_block_till_done()

    assert panel.received_of("unsubscribe") == ["srv_survival"]
    assert panel.upgrades == 1
    assert {event.data["entity_id"].partition(".")[2].partition("_")[0] for event in changes} == {"survival"}
    assert device_registry.async_get_device_by_identifier((DOMAIN, "srv_survival"), entry.entry_id) is None
    assert not [
        item
        for item in er.async_entries_for_config_entry(entity_registry, entry.entry_id)
        if item.unique_id.startswith("srv_survival")
    ]
    panel.set_status("srv_creative", "STOPPED")
    await panel.wait_for(shows(hass, "sensor.creative_status", "stopped"))


async def test_adding_a_server_touches_no_other(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    changes = async_capture_events(hass, "state_changed")
    panel.add_server("Factorio", owner=account, server_id="srv_factorio", status="RUNNING")
    hass.config_entries.async_add_subentry(entry, subentry("srv_factorio", "Factorio"))
    await panel.wait_for(shows(hass, "sensor.factorio_status", "running"))

    assert panel.received_of("subscribe") == [*SERVERS, "srv_factorio"]
    assert panel.upgrades == 1
    assert all("factorio" in event.data["entity_id"] for event in changes)


async def test_only_connection_data_reload(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    hass.config_entries.async_update_entry(entry, title="My panel", options={"other": True})
    await hass.async_block_till_done()
    assert panel.upgrades == 1

    hass.config_entries.async_update_entry(entry, data=entry.data | {"session": panel.create_session(account).cookie})
    await hass.async_block_till_done(wait_background_tasks=True)
    assert panel.upgrades == 2
    assert entry.state is ConfigEntryState.LOADED
    assert len(panel.connections) == 1


async def test_no_panel_is_tried_again(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await panel.stop()
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert entry.error_reason_translation_key == "cannot_connect"
    assert not hass.config_entries.flow.async_progress()


async def test_dead_session_asks_to_sign_in(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.delete_sessions()
    with patch("custom_components.stellarstack.client.socket.COOKIE_GRACE", 0.1):
        await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.reason == f"The session on the panel at {panel.url} has ended. Sign in again"
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]
    assert panel.upgrades == 1


async def test_session_refused_by_rest_only_asks_to_sign_in(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.fail("/api/auth/get-session", status=401, body={"code": "UNAUTHORIZED", "message": "no"})
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.reason == f"The session on the panel at {panel.url} has ended. Sign in again"
    await panel.wait_for(lambda panel: not panel.connections)
    assert len(hass.config_entries.flow.async_progress()) == 1


async def test_daily_check_extends_the_session(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp
) -> None:
    session = panel.create_session(account)
    await set_up(entry_for(panel, session.cookie, account.id, SERVERS))
    before = session.expires_at
    panel.advance(2 * 24 * 3600)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(days=1, seconds=5))
    await panel.wait_for(lambda _: session.expires_at > before)


async def test_session_that_ended_silently_is_noticed_once(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The panel keeps the socket of a session that ended; only a REST call tells."""
    await set_up(entry)
    panel.delete_sessions()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(days=1, seconds=5))
    await panel.wait_for(lambda panel: not panel.connections)
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    await hass.async_block_till_done()
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(days=2, seconds=10))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(hass.config_entries.flow.async_progress()) == 1
    assert panel.upgrades == 1


async def test_auth_error_after_a_while_asks_to_sign_in(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    await set_up(entry)
    await panel.send_raw('{"type":"auth_error","error":"Invalid or expired session"}')
    await panel.wait_for(lambda _: hass.config_entries.flow.async_progress())
    await panel.wait_for(lambda panel: not panel.connections)
    assert shows(hass, STATUS, STATE_UNAVAILABLE)(panel)
    assert panel.upgrades == 1
    assert "is lost" in caplog.text


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
        if record.name == "custom_components.stellarstack.coordinator" and record.levelno >= logging.INFO
    ]
    assert [text.split(" is ")[1].split(":")[0] for text in told] == ["lost", "back"]
    assert panel.connections[0].subscriptions == set(SERVERS)
    # Whether the session lives is asked again, for a panel that was away may have forgotten it.
    await panel.wait_for(lambda panel: panel.requests.count(("GET", "/api/auth/get-session")) == 2)


async def test_silent_server_goes_unavailable_alone(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    with patch("custom_components.stellarstack.client.client.STALE_AFTER", 0.4):
        await set_up(entry)
        panel.silent_servers = {"srv_survival"}
        await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
        assert shows(hass, "sensor.creative_status", "running")(panel)
        panel.silent_servers = set()
        await panel.wait_for(shows(hass, STATUS, "running"))
    assert panel.upgrades == 1


async def test_server_that_is_late_follows(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.silent_servers = {"srv_survival"}
    with patch("custom_components.stellarstack.coordinator.TICK", 0.2):
        await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert shows(hass, STATUS, STATE_UNAVAILABLE)(panel)
    assert shows(hass, "sensor.creative_status", "running")(panel)
    panel.silent_servers = set()
    await panel.wait_for(shows(hass, STATUS, "running"))


async def test_no_server_sends_anything(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.pause_ticks = True
    with patch("custom_components.stellarstack.coordinator.FIRST_SYNC_TIMEOUT", 0.2):
        await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert shows(hass, STATUS, STATE_UNAVAILABLE)(panel)
    assert shows(hass, CONNECTED, STATE_ON)(panel)


async def test_entry_without_servers(hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp) -> None:
    await set_up(entry_for(panel, panel.create_session(account).cookie, account.id, {}))
    assert shows(hass, CONNECTED, STATE_ON)(panel)
    assert not panel.received_of("subscribe")


async def test_deleted_server_goes_unavailable_at_once(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.delete_server("srv_survival")
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    assert shows(hass, "sensor.creative_status", "running")(panel)


async def test_raw_token_needs_no_rest(hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp) -> None:
    await set_up(entry_for(panel, panel.create_session(account).token, account.id, SERVERS))
    assert shows(hass, STATUS, "running")(panel)
    assert not panel.requests
    panel.drop_clients()
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    await panel.wait_for(shows(hass, STATUS, "running"))


async def test_rest_that_fails_hinders_nothing(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.fail("/api/servers", status=500, body={"error": "database"})
    await set_up(entry)
    assert shows(hass, STATUS, "running")(panel)


@pytest.mark.parametrize("payload", ["real", "page"])
@pytest.mark.parametrize("base_path", ["", "/panel"])
async def test_both_payloads_and_a_base_path(
    hass: HomeAssistant, set_up: SetUp, payload: Literal["real", "page"], base_path: str
) -> None:
    panel = Panel(payload=payload, tick=0.05, limits=False, base_path=base_path, drain=0)
    await panel.start()
    try:
        account = panel.add_account("alex@example.com", "correct horse")
        panel.add_server("Survival", owner=account, server_id="srv_survival", status="RUNNING")
        entry = entry_for(panel, panel.create_session(account).cookie, account.id, {"srv_survival": "Survival"})
        await set_up(entry)
        assert shows(hass, STATUS, "running")(panel)
        await hass.config_entries.async_unload(entry.entry_id)
    finally:
        await panel.stop()


async def test_stop_of_home_assistant_closes_the_socket(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await panel.wait_for(lambda panel: not panel.connections)
    assert sorted(panel.received_of("unsubscribe")) == sorted(SERVERS)
    assert panel.upgrades == 1


async def test_names_and_blueprints_are_followed(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    device_registry: dr.DeviceRegistry,
) -> None:
    await set_up(entry)
    panel.update_server("srv_survival", name="Hardcore", blueprint={"id": "bp_paper", "name": "Paper"})

    def device() -> dr.DeviceEntry:
        found = device_registry.async_get_device_by_identifier((DOMAIN, "srv_survival"), entry.entry_id)
        assert isinstance(found, dr.DeviceEntry)
        return found

    await panel.wait_for(lambda _: (device().name, device().model) == ("Hardcore", "Paper"))
    await hass.async_block_till_done()
    assert {item.title for item in entry.subentries.values()} == {"Hardcore", "Creative", "Valheim"}
    assert panel.upgrades == 1


async def test_unknown_status_is_told_once(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    await set_up(entry)
    panel.set_status("srv_survival", "HIBERNATING")
    await panel.wait_for(shows(hass, STATUS, "unknown"))
    assert shows(hass, "binary_sensor.survival_running", "unknown")(panel)
    panel.set_status("srv_survival", "RUNNING")
    await panel.wait_for(shows(hass, STATUS, "running"))
    panel.set_status("srv_survival", "HIBERNATING")
    await panel.wait_for(shows(hass, STATUS, "unknown"))
    assert caplog.text.count("HIBERNATING") == 1
    # Nor can a panel fill the log by inventing more and more.
    for number in range(20):
        panel.set_status("srv_survival", f"INVENTED_{number}")
    panel.set_status("srv_survival", "STOPPED")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    assert caplog.text.count("INVENTED") == 9


async def test_node_list_decides_for_an_admin(hass: HomeAssistant, panel: Panel, set_up: SetUp) -> None:
    admin = panel.add_account("admin@example.com", "correct horse", role="admin")
    node = panel.add_node("Node 1", host="node1.example.com")
    panel.add_server("Survival", owner=admin, node=node, server_id="srv_survival", status="RUNNING")
    await set_up(entry_for(panel, panel.create_session(admin).cookie, admin.id, {"srv_survival": "Survival"}))
    online = "binary_sensor.survival_node_online"
    assert shows(hass, online, STATE_ON)(panel)

    # The node dies, while the column that the syncs carry goes on saying that it is online.
    panel.set_node_online(node.id, heartbeat=False, column=True)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1, seconds=5))
    await panel.wait_for(shows(hass, online, "off"))
    panel.edit("srv_survival", memory=1234)
    await panel.wait_for(shows(hass, "sensor.survival_memory", "1234"))
    assert shows(hass, online, "off")(panel)

    # A list that fails changes nothing.
    panel.fail("/api/nodes", status=500, body={"error": "database"})
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=2, seconds=10))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert shows(hass, online, "off")(panel)


async def test_node_list_is_not_asked_for_others(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1, seconds=5))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ("GET", "/api/servers") in panel.requests
    assert ("GET", "/api/nodes") not in panel.requests


async def test_devices_of_present_servers_cannot_be_removed(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    device_registry: dr.DeviceRegistry,
) -> None:
    from custom_components.stellarstack import async_remove_config_entry_device

    await set_up(entry)
    stale = device_registry.async_get_or_create(config_entry_id=entry.entry_id, identifiers={(DOMAIN, "srv_gone")})
    removable = {
        next(iter(device.identifiers))[1]: await async_remove_config_entry_device(hass, entry, device)
        for device in dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    }
    assert stale.id
    assert removable == {entry.entry_id: False, **dict.fromkeys(SERVERS, False), "srv_gone": True}
