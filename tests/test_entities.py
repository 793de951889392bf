"""The entities and devices of an entry, whole."""

from collections.abc import Generator
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import patch

from homeassistant.const import STATE_UNKNOWN, Platform
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import device_registry as dr, entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from syrupy.assertion import SnapshotAssertion

from custom_components.stellarstack import PLATFORMS
from custom_components.stellarstack.binary_sensor import BINARY_SENSORS
from custom_components.stellarstack.button import BUTTONS
from custom_components.stellarstack.client.models import Allocation, Blueprint, Location, Node, Server, ServerStatus
from custom_components.stellarstack.client.panel import Capabilities
from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.entity import ServerEntityDescription
from custom_components.stellarstack.event import LIFECYCLE
from custom_components.stellarstack.sensor import LAST_BACKUP, SENSORS, STATUS_ORDER
from custom_components.stellarstack.switch import POWER
from simulator import MISSING, Panel
from simulator.accounts import Account

from .common import Clock, SetUp, entry_for, shows

LAST_BACKUP_ID = "sensor.survival_last_backup"


@pytest.fixture(params=PLATFORMS)
def platform(request: pytest.FixtureRequest) -> Generator[Platform]:
    """Each platform, set up alone."""
    with patch("custom_components.stellarstack.PLATFORMS", [request.param]):
        yield request.param


@pytest.fixture
def pinned(panel: Panel, account: Account) -> MockConfigEntry:
    """An entry with ids that are the same in each run and a server of which everything is known."""
    panel.edit("srv_survival", description="Our world", swap=512, suspended=False)
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, {"srv_survival": "Survival"})
    object.__setattr__(entry, "entry_id", "01STELLARSTACK")
    return entry


@pytest.mark.usefixtures("entity_registry_enabled_by_default", "platform")
async def test_all_entities(
    hass: HomeAssistant,
    entity_registry: er.EntityRegistry,
    snapshot: SnapshotAssertion,
    pinned: MockConfigEntry,
    set_up: SetUp,
) -> None:
    await set_up(pinned)
    entities = er.async_entries_for_config_entry(entity_registry, pinned.entry_id)
    assert entities
    for entity in sorted(entities, key=lambda entity: entity.entity_id):
        state = hass.states.get(entity.entity_id)
        assert state is not None
        # Named one by one, for each Home Assistant adds some of its own.
        assert {
            "unique_id": entity.unique_id,
            "name": entity.original_name,
            "translation_key": entity.translation_key,
            "category": entity.entity_category,
            "device_class": entity.original_device_class,
            "unit": entity.unit_of_measurement,
            "capabilities": entity.capabilities,
            "of_a_subentry": entity.config_subentry_id is not None,
            "state": state,
        } == snapshot(name=entity.entity_id)


async def test_entities_off_by_default(
    entity_registry: er.EntityRegistry, pinned: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(pinned)
    assert {
        entity.unique_id
        for entity in er.async_entries_for_config_entry(entity_registry, pinned.entry_id)
        if entity.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    } == {f"srv_survival_{key}" for key in ("swap", "location", "backup_limit", "kill", "last_backup")}


def test_the_history_has_a_colour_for_each_status() -> None:
    """The frontend's third colour is a red and its ninth a green; the first nine are easy to tell apart."""
    assert sorted(STATUS_ORDER) == sorted(ServerStatus)
    assert STATUS_ORDER[2] is ServerStatus.ERROR
    assert STATUS_ORDER[8] is ServerStatus.RUNNING


async def test_devices(
    device_registry: dr.DeviceRegistry, snapshot: SnapshotAssertion, pinned: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(pinned)
    devices = dr.async_entries_for_config_entry(device_registry, pinned.entry_id)
    by_id = {device.id: device.name for device in devices}
    assert [
        {
            "name": device.name,
            "model": device.model,
            "manufacturer": device.manufacturer,
            "serial_number": device.serial_number,
            "entry_type": device.entry_type,
            "identifiers": device.identifiers,
            "via": by_id.get(device.via_device_id or ""),
            "page": (device.configuration_url or "").removeprefix(pinned.data["url"]),
        }
        for device in devices
    ] == snapshot


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize(
    ("fields", "entity_id", "state"),
    [
        ({"swap": -1}, "sensor.survival_swap_limit", "unknown"),
        ({"swap": 0}, "sensor.survival_swap_limit", "0"),
        ({"cpu": 150.5}, "sensor.survival_cpu_limit", "150.5"),
        ({"memory": None}, "sensor.survival_memory_limit", "unknown"),
        ({"status": "MAINTENANCE"}, "sensor.survival_status", "maintenance"),
        ({"status": "STARTING"}, "binary_sensor.survival_running", "off"),
        ({"suspended": True}, "binary_sensor.survival_suspended", "on"),
        ({"allocations": []}, "sensor.survival_address", "unknown"),
        (
            {"allocations": [{"id": "a", "ip": "203.0.113.7", "port": 1}, {"id": "b", "port": 2, "isPrimary": True}]},
            "sensor.survival_address",
            "node1.example.com:2",
        ),
        ({"node": None}, "sensor.survival_node", "unknown"),
        ({"node": None}, "sensor.survival_location", "unknown"),
        ({"node": None}, "binary_sensor.survival_node_online", "unknown"),
        ({"node": {"id": "n", "displayName": "Other"}}, "binary_sensor.survival_node_online", "unknown"),
        ({"node": {"id": "n", "displayName": "Other"}}, "sensor.survival_node", "Other"),
        ({"node": {"id": "n", "location": {"id": "l", "name": "Oslo"}}}, "sensor.survival_location", "Oslo"),
        ({"backupLimit": 9}, "sensor.survival_backup_limit", "9"),
    ],
)
async def test_values(
    hass: HomeAssistant,
    panel: Panel,
    pinned: MockConfigEntry,
    set_up: SetUp,
    fields: dict[str, object],
    entity_id: str,
    state: str,
) -> None:
    await set_up(pinned)
    panel.edit("srv_survival", **fields)
    await panel.wait_for(shows(hass, entity_id, state))


NODE = Node("n", "Node 1", "node1.example.com", True, Location("l", "Frankfurt"))
ALLOCATIONS = (Allocation("a", "0.0.0.0", 1, True), Allocation("b", "0.0.0.0", 2, True))
ONE = Server(
    "srv",
    short_id="1",
    name="One",
    status=ServerStatus.RUNNING,
    raw_status="RUNNING",
    suspended=False,
    memory=1,
    disk=1,
    cpu=1,
    swap=1,
    backup_limit=1,
    last_backup=datetime(2026, 1, 1, tzinfo=UTC),
    primary_allocation_id="a",
    node=NODE,
    allocations=ALLOCATIONS,
    blueprint=Blueprint("b", "Paper"),
)
OTHER = Server(
    "srv",
    short_id="2",
    name="Other",
    status=ServerStatus.STOPPED,
    raw_status="STOPPED",
    suspended=True,
    memory=2,
    disk=2,
    cpu=2,
    swap=2,
    backup_limit=2,
    last_backup=datetime(2026, 1, 2, tzinfo=UTC),
    primary_allocation_id="b",
    node=Node("m", "Node 2", "node2.example.com", False, Location("k", "Oslo")),
    allocations=ALLOCATIONS[1:],
    blueprint=Blueprint("c", "Vanilla"),
)


@pytest.mark.parametrize(
    "description", [*SENSORS, LAST_BACKUP, *BINARY_SENSORS, POWER, LIFECYCLE, *BUTTONS], ids=lambda each: each.key
)
def test_an_entity_is_woken_by_what_it_shows(description: ServerEntityDescription) -> None:
    """By no field of a server that it does not show, and by each that it does."""
    show = description.value_fn
    assert description.fields == {
        field.name
        for field in fields(Server)
        if show(replace(ONE, **{field.name: getattr(OTHER, field.name)})) != show(ONE)
    }


async def test_a_change_that_an_entity_does_not_show_writes_nothing(
    hass: HomeAssistant, panel: Panel, pinned: MockConfigEntry, set_up: SetUp
) -> None:
    """Node, location and address hang on one field; starting and stopping are both not running."""
    await set_up(pinned)
    written: list[str] = []

    @callback
    def keep(event: Event[Any]) -> None:
        written.append(event.data["entity_id"])

    for kind in ("state_changed", "state_reported"):
        hass.bus.async_listen(kind, keep, event_filter=callback(lambda _: True))
    panel.edit_node(next(iter(panel.fleet.nodes)), displayName="Renamed")
    await panel.wait_for(shows(hass, "sensor.survival_node", "Renamed"))
    assert written == ["sensor.survival_node"]


@pytest.mark.parametrize("missing", ["swap", "location"])
async def test_what_a_panel_cannot_tell_is_not_there(
    entity_registry: er.EntityRegistry, pinned: MockConfigEntry, set_up: SetUp, missing: str
) -> None:
    capabilities = replace(
        Capabilities(
            calls=True,
            explains_stops=True,
            swap=True,
            location=True,
            disk_usage=True,
            power_by_live=False,
            raw_token=True,
            echoes=True,
            error_is_crash=True,
            shared_details=True,
            rows_add=True,
        ),
        **{missing: False},
    )
    with patch("custom_components.stellarstack.client.v1.panel.PanelV1.capabilities", capabilities):
        await set_up(pinned)
    found = {entity.unique_id for entity in er.async_entries_for_config_entry(entity_registry, pinned.entry_id)}
    assert f"srv_survival_{missing}" not in found
    assert {f"srv_survival_{key}" for key in {"swap", "location"} - {missing}} <= found


async def test_last_backup(
    hass: HomeAssistant,
    panel: Panel,
    pinned: MockConfigEntry,
    entity_registry_enabled_by_default: None,
    set_up: SetUp,
    clock: Clock,
) -> None:
    """It is asked for when the sensor begins, each half hour, and is known after each backup of ours."""
    await set_up(pinned)
    asked = ("GET", "/api/servers/srv_survival/backups")
    await panel.wait_for(lambda panel: panel.requests.count(asked) == 1)
    assert shows(hass, LAST_BACKUP_ID, STATE_UNKNOWN)(panel)
    await hass.services.async_call(
        DOMAIN, "create_backup", {"entity_id": LAST_BACKUP_ID, "name": "x"}, blocking=True, return_response=True
    )
    await panel.wait_for(lambda _: not shows(hass, LAST_BACKUP_ID, STATE_UNKNOWN)(panel))
    first = hass.states.get(LAST_BACKUP_ID)
    assert first is not None

    # One that somebody else made.
    later = dt_util.parse_datetime(first.state)
    assert later is not None
    later += timedelta(hours=1)
    panel.backups[0]["completedAt"] = later.isoformat()
    await clock.advance(timedelta(minutes=30))
    await panel.wait_for(shows(hass, LAST_BACKUP_ID, later.isoformat()))


async def test_last_backup_that_cannot_be_asked_for_is_unknown(
    hass: HomeAssistant,
    panel: Panel,
    pinned: MockConfigEntry,
    entity_registry_enabled_by_default: None,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
) -> None:
    panel.fail("/api/servers/srv_survival/backups", status=403, body={"error": "Forbidden"})
    await set_up(pinned)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert ("GET", "/api/servers/srv_survival/backups") in panel.requests
    assert shows(hass, LAST_BACKUP_ID, STATE_UNKNOWN)(panel)
    assert "Error" not in caplog.text


async def test_primary_allocation_of_rest_is_used(
    hass: HomeAssistant, panel: Panel, pinned: MockConfigEntry, set_up: SetUp
) -> None:
    """A sync does not tell which allocation is the primary one; the list of servers does."""
    panel.edit(
        "srv_survival",
        primaryAllocationId="b",
        allocations=[
            {"id": "a", "ip": "203.0.113.7", "port": 1, "assigned": True},
            {"id": "b", "ip": "203.0.113.7", "port": 2, "assigned": True},
        ],
    )
    await set_up(pinned)
    await panel.wait_for(shows(hass, "sensor.survival_address", "203.0.113.7:2"))


async def test_a_field_that_goes_missing_keeps_its_value(
    hass: HomeAssistant, panel: Panel, pinned: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(pinned)
    panel.edit("srv_survival", memory=MISSING, node=MISSING, disk=2048)
    await panel.wait_for(shows(hass, "sensor.survival_disk_limit", "2048"))
    assert shows(hass, "sensor.survival_memory_limit", "4096")(panel)
    assert shows(hass, "sensor.survival_node", "Node 1")(panel)
