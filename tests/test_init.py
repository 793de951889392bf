"""Life of an entry: set-up, servers that come and go, devices, end."""

from dataclasses import replace
import gc
from typing import Any, Literal
from unittest.mock import patch
import weakref

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events, async_mock_service

from custom_components.stellarstack import async_remove_config_entry_device
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from simulator import MISSING, Panel
from simulator.accounts import Account

from .common import CONNECTED, SERVERS, STATUS, SetUp, entry_for, shows, subentry, subentry_of, titles


def device_of(registry: dr.DeviceRegistry, entry: MockConfigEntry, server_id: str) -> dr.DeviceEntry:
    device = registry.async_get_device_by_identifier((DOMAIN, server_id), entry.entry_id)
    assert isinstance(device, dr.DeviceEntry)
    return device


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


@pytest.mark.parametrize("timing", [replace(Timing(), first_news=1.0)])
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
    await panel.wait_for(shows(hass, "sensor.survival_memory_limit", "5000"))
    await hass.async_block_till_done()
    assert [event.data["entity_id"] for event in changes] == ["sensor.survival_memory_limit"]
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


async def test_nothing_keeps_a_removed_server(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    subentry_id = subentry_of(entry, "srv_survival").subentry_id
    coordinator = entry.runtime_data.servers[subentry_id]
    kept = [weakref.ref(each) for each in (coordinator, coordinator.server)]
    del coordinator
    hass.config_entries.async_remove_subentry(entry, subentry_id)
    await panel.wait_for(lambda panel: panel.received_of("unsubscribe"))
    await hass.async_block_till_done()
    gc.collect()
    assert [each() for each in kept] == [None, None]


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


@pytest.mark.parametrize("timing", [replace(Timing(), news_of_all=0.2)])
async def test_server_that_is_late_follows(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.silent_servers = {"srv_survival"}
    await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert shows(hass, STATUS, STATE_UNAVAILABLE)(panel)
    assert shows(hass, "sensor.creative_status", "running")(panel)
    panel.silent_servers = set()
    await panel.wait_for(shows(hass, STATUS, "running"))


@pytest.mark.parametrize("timing", [replace(Timing(), first_news=0.2)])
async def test_no_server_sends_anything(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.pause_ticks = True
    await set_up(entry)
    assert entry.state is ConfigEntryState.LOADED
    assert shows(hass, STATUS, STATE_UNAVAILABLE)(panel)
    assert shows(hass, CONNECTED, STATE_ON)(panel)


async def test_entry_without_servers(hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp) -> None:
    await set_up(entry_for(panel, panel.create_session(account).cookie, account.id, {}))
    assert shows(hass, CONNECTED, STATE_ON)(panel)
    assert not panel.received_of("subscribe")


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


async def test_names_and_blueprints_are_followed(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    device_registry: dr.DeviceRegistry,
) -> None:
    await set_up(entry)

    def device() -> dr.DeviceEntry:
        return device_of(device_registry, entry, "srv_survival")

    panel.update_server("srv_survival", name="Hardcore")
    await panel.wait_for(lambda _: device().name == "Hardcore")
    panel.edit("srv_survival", blueprint={"id": "bp_paper", "name": "Paper"})
    await panel.wait_for(lambda _: device().model == "Paper")
    panel.edit("srv_survival", shortId="newshort")
    await panel.wait_for(lambda _: device().serial_number == "newshort")
    await hass.async_block_till_done()
    assert titles(entry) == {"Hardcore", "Creative", "Valheim"}
    assert panel.upgrades == 1


async def test_rename_while_home_assistant_was_off(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, device_registry: dr.DeviceRegistry
) -> None:
    await set_up(entry)
    await hass.config_entries.async_unload(entry.entry_id)
    panel.edit("srv_survival", name="Hardcore")
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert titles(entry) == {"Hardcore", "Creative", "Valheim"}
    assert device_of(device_registry, entry, "srv_survival").name == "Hardcore"


@pytest.mark.parametrize("timing", [replace(Timing(), news_of_all=0.1)])
async def test_first_news_of_a_late_server_fill_its_device(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, device_registry: dr.DeviceRegistry
) -> None:
    entry = entry_for(
        panel, panel.create_session(account).cookie, account.id, SERVERS | {"srv_survival": "srv_survival"}
    )
    panel.silent_servers = {"srv_survival"}
    await set_up(entry)
    assert device_of(device_registry, entry, "srv_survival").name == "srv_survival"
    panel.silent_servers = set()
    await panel.wait_for(lambda _: device_of(device_registry, entry, "srv_survival").name == "Survival")
    device = device_of(device_registry, entry, "srv_survival")
    row = panel.fleet.servers["srv_survival"].fields
    assert (device.model, device.serial_number) == (row["blueprint"]["name"], row["shortId"])
    assert titles(entry) == set(SERVERS.values())


async def test_many_renames_are_one_write(hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp) -> None:
    servers = {f"srv_{number}": f"Server {number}" for number in range(50)}
    for server_id, name in servers.items():
        panel.add_server(name, owner=account, server_id=server_id, status="RUNNING")
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, servers)
    await set_up(entry)
    with patch("homeassistant.helpers.storage.Store._async_handle_write_data") as write:
        for server_id in servers:
            panel.edit(server_id, name=f"{server_id} renamed")
        await panel.wait_for(lambda _: titles(entry) == {f"{server_id} renamed" for server_id in servers})
        await hass.async_block_till_done()
        assert not write.called
    assert panel.upgrades == 1


async def test_update_entity_asks_the_panel(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    await set_up(entry)
    asked = ("GET", "/api/servers/srv_survival")
    before = panel.requests.count(asked)
    entities = [STATUS, "switch.survival", "event.survival_lifecycle", CONNECTED]
    await hass.services.async_call("homeassistant", "update_entity", {"entity_id": entities}, blocking=True)
    # Who wants it at the same time shares the answer.
    assert panel.requests.count(asked) == before + 1

    caplog.clear()
    panel.fail("/api/servers/srv_survival", status=500, body={"error": "database"})
    await hass.services.async_call("homeassistant", "update_entity", {"entity_id": STATUS}, blocking=True)
    assert "Traceback" not in caplog.text
    assert f"No update for {STATUS}" in caplog.text
    assert shows(hass, STATUS, "running")(panel)


async def test_update_entity_without_calls(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    assert await async_setup_component(hass, "homeassistant", {})
    await set_up(entry_for(panel, panel.create_session(account).token, account.id, SERVERS))
    before = len(panel.requests)
    await hass.services.async_call("homeassistant", "update_entity", {"entity_id": STATUS}, blocking=True)
    assert len(panel.requests) == before
    assert "No update" not in caplog.text


async def test_a_server_that_a_dialog_watches_already(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Its first news came before its coordinator did, and are not sent again."""
    await set_up(entry)
    panel.add_server("Factorio", owner=account, server_id="srv_factorio", status="RUNNING")
    server = entry.runtime_data.panel.client.watch("srv_factorio")
    await panel.wait_for(lambda _: server.live)
    panel.pause_ticks = True
    hass.config_entries.async_add_subentry(entry, subentry("srv_factorio", "Factorio"))
    await hass.async_block_till_done()
    assert shows(hass, "sensor.factorio_status", "running")(panel)
    entry.runtime_data.panel.client.unwatch(server)
    assert not panel.received_of("unsubscribe")


async def test_a_listener_that_fails_hurts_no_other(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    coordinator = entry.runtime_data.servers[subentry_of(entry, "srv_survival").subentry_id]

    def fail() -> None:
        raise ValueError

    remove = coordinator.async_add_listener(fail, frozenset({"status"}))
    await hass.async_block_till_done()
    # Behind the one that fails, as entities that are added later are.
    seen: list[object] = []
    coordinator.async_add_listener(lambda: seen.append(coordinator.data.status), frozenset({"status"}))
    panel.edit("srv_survival", memory=1)
    await panel.wait_for(shows(hass, "sensor.survival_memory_limit", "1"))
    assert not seen
    panel.set_status("srv_survival", "STOPPING")
    await panel.wait_for(shows(hass, STATUS, "stopping"))
    assert seen == ["stopping"]
    assert panel.upgrades == 1
    remove()


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


@pytest.mark.parametrize("state", [ConfigEntryState.LOADED, ConfigEntryState.NOT_LOADED, ConfigEntryState.SETUP_RETRY])
async def test_devices_of_present_servers_cannot_be_removed(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    device_registry: dr.DeviceRegistry,
    state: ConfigEntryState,
) -> None:
    await set_up(entry)
    stale = device_registry.async_get_or_create(config_entry_id=entry.entry_id, identifiers={(DOMAIN, "srv_gone")})
    if state is not ConfigEntryState.LOADED:
        await hass.config_entries.async_unload(entry.entry_id)
    if state is ConfigEntryState.SETUP_RETRY:
        await panel.stop()
        await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is state
    removable = {
        next(iter(device.identifiers))[1]: await async_remove_config_entry_device(hass, entry, device)
        for device in dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    }
    assert stale.id
    assert removable == {entry.entry_id: False, **dict.fromkeys(SERVERS, False), "srv_gone": True}
