"""The triggers, in automations and through a panel's socket."""

from collections.abc import Generator, Mapping
from datetime import timedelta
import re
from typing import Any
from unittest.mock import patch

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE, Platform
from homeassistant.core import HassJob, HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
    floor_registry as fr,
    label_registry as lr,
)
from homeassistant.helpers.icon import async_get_icons
from homeassistant.helpers.translation import async_get_translations
from homeassistant.helpers.trigger import async_get_all_descriptions, async_validate_trigger_config
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.async_ import get_scheduled_timer_handles
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.lifecycle import RESTART_TIMEOUT
from custom_components.stellarstack.trigger import STATUSES, TRIGGERS
from simulator import Panel
from simulator.accounts import Account

from .conftest import SERVERS, SetUp
from .test_init import shows, subentry

SURVIVAL, CREATIVE, VALHEIM = (f"sensor.{name.lower()}_status" for name in SERVERS.values())
ALL = [SURVIVAL, CREATIVE, VALHEIM]
RESTART = ["STARTING", "STOPPING", "STOPPED", "STARTING", "RUNNING"]
HAPPENINGS = ["started", "stopped", "crashed", "restarted"]
MINUTE = timedelta(minutes=1)
FOR_A_MINUTE = {"for": "00:01:00"}

type Target = str | list[str] | dict[str, Any]


@pytest.fixture
def told(hass: HomeAssistant) -> list[str]:
    """What automations told, in order."""
    told: list[str] = []

    async def tell(call: ServiceCall) -> None:
        told.append(call.data["text"])

    hass.services.async_register("test", "tell", tell)
    return told


@pytest.fixture(autouse=True)
def _only_sensors() -> Generator[None]:
    """Leave out other entities: that is quicker, and events have timers of their own."""
    with patch("custom_components.stellarstack.PLATFORMS", [Platform.BINARY_SENSOR, Platform.SENSOR]):
        yield


async def automate(
    hass: HomeAssistant, *triggers: dict[str, Any], text: str = "{{ trigger.id }} {{ trigger.entity_id }}"
) -> None:
    """Set up an automation that tells of its triggers."""
    config = {
        "alias": "Tell",
        "triggers": list(triggers),
        "actions": {"action": "test.tell", "data": {"text": text}},
        "mode": "parallel",
        "max": 50,
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: config})
    await hass.async_block_till_done()


def on(
    key: str, target: Target = SURVIVAL, options: Mapping[str, Any] | None = None, name: str | None = None
) -> dict[str, Any]:
    """Return the configuration of a trigger, on entities or on another target."""
    target = target if isinstance(target, dict) else {"entity_id": target}
    return {"trigger": f"{DOMAIN}.{key}", "id": name or key, "target": target, "options": dict(options or {})}


def on_all(target: Target = SURVIVAL, options: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the configuration of all triggers on happenings."""
    return [on(key, target, options) for key in HAPPENINGS]


async def walk(hass: HomeAssistant, panel: Panel, *statuses: str, entity_id: str = SURVIVAL) -> None:
    """Let the panel report statuses of a server one by one, each by its own frame, twice, and by a sync."""
    server_id = f"srv_{entity_id.removeprefix('sensor.').removesuffix('_status')}"
    for status in statuses:
        panel.set_status(server_id, status)
        panel.set_status(server_id, status)
        await panel.tick_now()
        await panel.wait_for(shows(hass, entity_id, status.lower()))
    await hass.async_block_till_done()


async def rename(hass: HomeAssistant, panel: Panel) -> None:
    """Give Survival another name, which its states show."""
    panel.update_server("srv_survival", name="Hardcore")
    await panel.wait_for(lambda _: "Hardcore Status" in {state.name for state in hass.states.async_all("sensor")})
    await hass.async_block_till_done()


def waits(hass: HomeAssistant) -> int:
    """Return how many timers of triggers are under way."""
    modules = ("custom_components.stellarstack.lifecycle", "custom_components.stellarstack.trigger")
    return sum(
        isinstance(job := handle._args[-1], HassJob)
        and job.target.__module__.startswith((*modules, "homeassistant.helpers.trigger"))
        for handle in get_scheduled_timer_handles(hass.loop)
        if not handle.cancelled() and handle._args
    )


async def pass_time(hass: HomeAssistant, time: timedelta) -> None:
    async_fire_time_changed(hass, dt_util.utcnow() + time)
    await hass.async_block_till_done()


def device_of(hass: HomeAssistant, server_id: str = "srv_survival") -> dr.DeviceEntry:
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, server_id), entry.entry_id)
    assert isinstance(device, dr.DeviceEntry)
    return device


def place(hass: HomeAssistant) -> dict[str, dict[str, Any]]:
    """Return targets of all kinds of which Survival's status is part, next to all that may be part of the same.

    That is a sensor of another integration, on the same device, with the same translation key.
    """
    entities, devices, areas, labels = er.async_get(hass), dr.async_get(hass), ar.async_get(hass), lr.async_get(hass)
    device = device_of(hass)
    other = entities.async_get_or_create(
        "sensor",
        "other",
        "status",
        device_id=device.id,
        original_name="Status",
        suggested_object_id="other_status",
        translation_key="status",
    )
    hass.states.async_set(other.entity_id, "running")
    floor = fr.async_get(hass).async_create("Cellar")
    rack, shelf = areas.async_create("Rack", floor_id=floor.floor_id), areas.async_create("Shelf")
    label = {kind: labels.async_create(kind).label_id for kind in ("device", "entity", "area")}
    areas.async_update(rack.id, labels={label["area"]})
    devices.async_update_device(device.id, area_id=rack.id, labels={label["device"]})
    present = [SURVIVAL, "sensor.survival_memory", other.entity_id]
    for entity_id in present:
        entities.async_update_entity(entity_id, labels={label["entity"]})
    return {
        "entity": {"entity_id": present},
        "device": {"device_id": device.id},
        "area": {"area_id": [rack.id, shelf.id]},
        "floor": {"floor_id": floor.floor_id},
        "label of the device": {"label_id": label["device"]},
        "label of the entity": {"label_id": label["entity"]},
        "label of the area": {"label_id": label["area"]},
    }


# What fires.


@pytest.mark.parametrize(
    ("before", "statuses", "happenings"),
    [
        ("STOPPED", ["STARTING", "RUNNING"], ["started"]),
        ("STARTING", ["RUNNING"], ["started"]),
        ("STOPPING", ["STOPPED"], ["stopped"]),
        ("RUNNING", ["STOPPED"], ["crashed"]),
        ("RUNNING", ["ERROR", "STOPPED"], ["crashed"]),
        ("RUNNING", [*RESTART, *RESTART], ["restarted", "restarted"]),
        ("RUNNING", [*RESTART[:-1], "ERROR"], ["crashed"]),
        ("RUNNING", ["STOPPING", "STOPPED", "STARTING", "RUNNING"], ["stopped", "started"]),
        ("RUNNING", ["STOPPED", "STARTING", "RUNNING"], ["crashed", "started"]),
        ("INSTALLING", ["STOPPED"], []),
    ],
)
async def test_happenings(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    told: list[str],
    before: str,
    statuses: list[str],
    happenings: list[str],
) -> None:
    panel.edit("srv_survival", status=before)
    await set_up(entry)
    await automate(hass, *on_all())
    await walk(hass, panel, *statuses)
    assert told == [f"{happening} {SURVIVAL}" for happening in happenings]


async def test_a_restart_by_the_panel(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    await automate(hass, *on_all(), on("status_changed"))
    await panel.power("srv_survival", "restart")
    await panel.wait_for(lambda _: len(told) == 6)
    await hass.async_block_till_done()
    assert sorted(told) == [f"restarted {SURVIVAL}", *[f"status_changed {SURVIVAL}"] * 5]


async def test_a_restart_that_never_ends_is_a_stop(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    text = "{{ trigger.id }} {{ trigger.from_state.state }} {{ trigger.to_state.state }}"
    await automate(hass, *on_all(), text=text)
    await walk(hass, panel, "STARTING", "STOPPING", "STOPPED")
    # Told is the last change of the status, not of the name.
    await rename(hass, panel)
    await pass_time(hass, RESTART_TIMEOUT - timedelta(seconds=1))
    assert told == []
    await pass_time(hass, RESTART_TIMEOUT)
    assert told == ["stopped stopping stopped"]
    await walk(hass, panel, "STARTING", "RUNNING")
    assert told == ["stopped stopping stopped", "started starting running"]


@pytest.mark.parametrize("key", TRIGGERS)
async def test_variables(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str], key: str
) -> None:
    text = (
        "{{ trigger.platform }} {{ trigger.entity_id }} {{ trigger.from_state.state }} {{ trigger.to_state.state }} "
        "{{ trigger.for }} {{ trigger.to_state.name }}, {{ trigger.description }}"
    )
    before, last = {
        "started": ("STOPPED", "RUNNING"),
        "stopped": ("STOPPING", "STOPPED"),
        "crashed": ("RUNNING", "ERROR"),
        "restarted": ("STARTING", "RUNNING"),
        "status_changed": ("STOPPING", "MAINTENANCE"),
    }[key]
    await set_up(entry)
    await walk(hass, panel, before)
    await automate(hass, on(key, options=FOR_A_MINUTE if key == "crashed" else {}), text=text)
    if key == "restarted":
        await walk(hass, panel, *["RUNNING", "STARTING"])
    await walk(hass, panel, last)
    if key == "crashed":
        await pass_time(hass, MINUTE)
    happening = "state" if key == "status_changed" else key
    waited = "0:01:00" if key == "crashed" else None
    change = f"{SURVIVAL} {before.lower()} {last.lower()}"
    assert told == [f"{DOMAIN}.{key} {change} {waited} Survival Status, {happening} of {SURVIVAL}"]


async def test_status_changed(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    text = "{{ trigger.id }}: {{ trigger.from_state.state }} {{ trigger.to_state.state }}"
    await automate(
        hass,
        on("status_changed", name="any"),
        on("status_changed", options={"from": [], "to": []}, name="empty"),
        on("status_changed", options={"to": "stopped"}, name="to"),
        on("status_changed", options={"to": ["stopping", "running"]}, name="to some"),
        on("status_changed", options={"from": "running"}, name="from"),
        on("status_changed", options={"from": ["stopping", "stopped"]}, name="from some"),
        on("status_changed", options={"from": "stopped", "to": ["running", "error"]}, name="both"),
        on("status_changed", options={"from": "stopped", "to": "running"}, name="neither"),
        text=text,
    )
    for status, names in {
        "STOPPING": {"any", "empty", "to some", "from"},
        "STOPPED": {"any", "empty", "to", "from some"},
        "ERROR": {"any", "empty", "from some", "both"},
        "RUNNING": {"any", "empty", "to some"},
    }.items():
        state = hass.states.get(SURVIVAL)
        assert state is not None
        await walk(hass, panel, status)
        assert sorted(told) == sorted(f"{name}: {state.state} {status.lower()}" for name in names)
        told.clear()


async def test_other_changes_of_a_status_sensor(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """A new name is no new status, and ends no wait."""
    await set_up(entry)
    waiting = [*on_all(options=FOR_A_MINUTE), on("status_changed", options=FOR_A_MINUTE)]
    await automate(hass, *waiting, on("status_changed", name="at once"))
    await walk(hass, panel, "STOPPING", "STOPPED")
    assert told == [f"at once {SURVIVAL}"] * 2
    told.clear()
    await rename(hass, panel)
    assert told == []
    await pass_time(hass, MINUTE)
    assert sorted(told) == [f"status_changed {SURVIVAL}", f"stopped {SURVIVAL}"]


# What never fires.


async def test_targets(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """Of each kind of target, only our status sensors count."""
    await set_up(entry)
    targets = place(hass)
    await automate(
        hass,
        *[on("stopped", target, name=f"stopped, {kind}") for kind, target in targets.items()],
        *[on("crashed", target) for target in targets.values()],
        *[on("status_changed", target, name=f"changed, {kind}") for kind, target in targets.items()],
    )
    for status in ("stopped", "starting", "running", "stopping", "stopped", "running", "starting", "running"):
        hass.states.async_set("sensor.other_status", status)
        await hass.async_block_till_done()
    panel.edit("srv_survival", memory=5000)
    await panel.wait_for(shows(hass, "sensor.survival_memory", "5000"))
    await walk(hass, panel, "STOPPED", "STARTING", "RUNNING", entity_id=CREATIVE)
    assert told == []

    await walk(hass, panel, "STOPPING")
    assert sorted(told) == sorted(f"changed, {kind} {SURVIVAL}" for kind in targets)
    told.clear()
    await walk(hass, panel, "STOPPED")
    assert sorted(told) == sorted(f"{what}, {kind} {SURVIVAL}" for kind in targets for what in ("stopped", "changed"))


async def test_sensors_of_others_given_directly(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    place(hass)
    # One of another integration, one that no registry knows, one that does not exist, others of ours.
    others = ["sensor.other_status", "sensor.template"]
    ours = ["sensor.survival_memory", "binary_sensor.survival_running"]
    target = [*others, *ours, "sensor.nothing_status"]
    await automate(hass, *on_all(target), on("status_changed", target))
    for status in (
        "running",
        "stopped",
        "starting",
        "running",
        "stopping",
        "stopped",
        "running",
        "starting",
        "running",
    ):
        for entity_id in others:
            hass.states.async_set(entity_id, status)
        await hass.async_block_till_done()
    panel.edit("srv_survival", memory=5000)
    await panel.wait_for(shows(hass, "sensor.survival_memory", "5000"))
    await walk(hass, panel, "STOPPING", "STOPPED", *RESTART)
    assert told == []


@pytest.mark.parametrize("status", ["running", "stopped"])
async def test_never_on_start_up(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str], status: str
) -> None:
    """An automation that is there before the entry is tells nothing of the first states, and follows what comes."""
    panel.edit("srv_survival", status="STOPPED" if status == "running" else "RUNNING")
    await set_up(entry)
    device = device_of(hass)
    assert await hass.config_entries.async_unload(entry.entry_id)
    target = {"device_id": device.id}
    panel.edit("srv_survival", status=status.upper())
    await automate(hass, *on_all(target), on("status_changed", target))
    assert await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(shows(hass, SURVIVAL, status))
    await hass.async_block_till_done()
    assert told == []

    await walk(hass, panel, "STARTING")
    told.clear()
    await walk(hass, panel, "STOPPING")
    assert told == [f"status_changed {SURVIVAL}"]


async def test_never_on_the_first_start(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """Nor are entities that never were there anything new."""
    await automate(hass, *on_all(ALL), on("status_changed", ALL))
    await set_up(entry)
    assert told == []
    await walk(hass, panel, "STOPPED")
    assert sorted(told) == [f"crashed {SURVIVAL}", f"status_changed {SURVIVAL}"]


@pytest.mark.parametrize(
    ("before", "after"),
    [("RUNNING", "STOPPED"), ("STOPPED", "RUNNING"), ("STOPPING", "STOPPED"), ("STARTING", "RUNNING")],
)
async def test_never_from_unavailable(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    told: list[str],
    before: str,
    after: str,
) -> None:
    await set_up(entry)
    await walk(hass, panel, before)
    await automate(hass, *on_all(), on("status_changed"))
    panel.pause_ticks = True
    panel.drop_clients()
    await panel.wait_for(shows(hass, SURVIVAL, STATE_UNAVAILABLE))
    panel.edit("srv_survival", status=after)
    panel.pause_ticks = False
    await panel.wait_for(shows(hass, SURVIVAL, after.lower()))
    await hass.async_block_till_done()
    assert told == []

    panel.set_status("srv_survival", "ERROR")
    await panel.wait_for(shows(hass, SURVIVAL, "error"))
    await hass.async_block_till_done()
    assert sorted(told) == [f"crashed {SURVIVAL}"] * (after == "RUNNING") + [f"status_changed {SURVIVAL}"]


async def test_never_from_unknown(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    panel.edit("srv_survival", status="HIBERNATING")
    await set_up(entry)
    await panel.wait_for(shows(hass, SURVIVAL, "unknown"))
    await automate(hass, *on_all(), on("status_changed"))
    await walk(hass, panel, "RUNNING")
    panel.set_status("srv_survival", "HIBERNATING")
    await panel.wait_for(shows(hass, SURVIVAL, "unknown"))
    await walk(hass, panel, "STOPPED")
    assert told == []


async def test_a_restart_over_a_reconnect(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    await automate(hass, *on_all())
    await walk(hass, panel, "STARTING", "STOPPING", "STOPPED")
    panel.drop_clients()
    await panel.wait_for(shows(hass, SURVIVAL, STATE_UNAVAILABLE))
    await panel.wait_for(shows(hass, SURVIVAL, "stopped"))
    await pass_time(hass, RESTART_TIMEOUT)
    assert told == []


# Targets that change.


@pytest.mark.parametrize("kind", ["entity", "device"])
async def test_reload(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str], kind: str
) -> None:
    await set_up(entry)
    target = place(hass)[kind]
    await automate(hass, *on_all(target), on("status_changed", target))
    for before, after in (("RUNNING", "STOPPED"), ("STOPPED", "RUNNING")):
        assert await hass.config_entries.async_unload(entry.entry_id)
        panel.edit("srv_survival", status=after)
        assert await hass.config_entries.async_setup(entry.entry_id)
        await panel.wait_for(shows(hass, SURVIVAL, after.lower()))
        await hass.async_block_till_done()
        assert told == [], before
    await walk(hass, panel, "STOPPED")
    assert sorted(told) == [f"crashed {SURVIVAL}", f"status_changed {SURVIVAL}"]


async def test_reload_in_the_middle(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """Neither a restart nor a wait goes on over a reload."""
    await set_up(entry)
    await automate(hass, *on_all(ALL, FOR_A_MINUTE))
    await walk(hass, panel, "STARTING")
    await walk(hass, panel, "STOPPED", entity_id=CREATIVE)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await panel.wait_for(shows(hass, SURVIVAL, "starting"))
    await pass_time(hass, RESTART_TIMEOUT)
    assert told == []


@pytest.mark.parametrize("kind", ["device", "label of the entity"])
async def test_renamed_while_it_is_followed(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str], kind: str
) -> None:
    await set_up(entry)
    target = place(hass)[kind]
    await automate(hass, *on_all(target))
    er.async_get(hass).async_update_entity(SURVIVAL, new_entity_id="sensor.my_world", name="My world")
    await panel.wait_for(shows(hass, "sensor.my_world", "running"))
    await hass.async_block_till_done()
    assert told == []
    panel.set_status("srv_survival", "STOPPED")
    await panel.wait_for(lambda _: told)
    assert told == ["crashed sensor.my_world"]


async def test_renamed_before(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    er.async_get(hass).async_update_entity(SURVIVAL, new_entity_id="sensor.my_world", name="My world")
    await panel.wait_for(shows(hass, "sensor.my_world", "running"))
    await automate(hass, *on_all("sensor.my_world"), on("status_changed", "sensor.my_world"))
    panel.set_status("srv_survival", "STOPPED")
    await panel.wait_for(lambda _: len(told) == 2)
    assert sorted(told) == ["crashed sensor.my_world", "status_changed sensor.my_world"]


@pytest.mark.parametrize("kind", ["area", "floor", "label of the device"])
async def test_a_server_that_is_added_is_followed(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
    told: list[str],
    kind: str,
) -> None:
    await set_up(entry)
    target = place(hass)[kind]
    await automate(hass, *on_all(target), on("status_changed", target))
    panel.add_server("Factorio", owner=account, server_id="srv_factorio", status="RUNNING")
    hass.config_entries.async_add_subentry(entry, subentry("srv_factorio", "Factorio"))
    factorio = "sensor.factorio_status"
    await panel.wait_for(shows(hass, factorio, "running"))
    await walk(hass, panel, "STOPPED", entity_id=factorio)
    assert told == []

    survival = device_of(hass)
    dr.async_get(hass).async_update_device(
        device_of(hass, "srv_factorio").id, area_id=survival.area_id, labels=survival.labels
    )
    await hass.async_block_till_done()
    assert told == []
    await walk(hass, panel, "RUNNING", entity_id=factorio)
    await walk(hass, panel, "STOPPED")
    assert sorted(told) == [
        f"crashed {SURVIVAL}",
        f"started {factorio}",
        f"status_changed {factorio}",
        f"status_changed {SURVIVAL}",
    ]


@pytest.mark.parametrize(
    ("way", "status", "options"),
    [
        ("its label", "STARTING", {}),
        ("its label", "STOPPED", FOR_A_MINUTE),
        ("its label", "STOPPED", {**FOR_A_MINUTE, "behavior": "all"}),
        ("its entity", "STARTING", {}),
        ("its device", "STOPPED", FOR_A_MINUTE),
        ("its subentry", "STARTING", {}),
        ("its subentry", "STOPPED", FOR_A_MINUTE),
        ("the automation", "STARTING", {}),
        ("the automation", "STOPPED", FOR_A_MINUTE),
        ("the automation", "STOPPED", {**FOR_A_MINUTE, "behavior": "first"}),
    ],
)
async def test_a_server_that_is_removed_is_dropped(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    told: list[str],
    caplog: pytest.LogCaptureFixture,
    way: str,
    status: str,
    options: dict[str, Any],
) -> None:
    """What was waited for is over, the end of a restart or that a server stays down; no timer is left."""
    await set_up(entry)
    target = place(hass)["label of the device"]
    await automate(hass, *on_all(target, options), on("status_changed", target, FOR_A_MINUTE))
    await walk(hass, panel, status)
    match way:
        case "its label":
            dr.async_get(hass).async_update_device(device_of(hass).id, labels=set())
        case "its entity":
            er.async_get(hass).async_remove(SURVIVAL)
        case "its subentry":
            (subentry_id,) = [key for key, value in entry.subentries.items() if value.unique_id == "srv_survival"]
            hass.config_entries.async_remove_subentry(entry, subentry_id)
        case "its device":
            dr.async_get(hass).async_remove_device(device_of(hass).id)
        case _:
            await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "automation.tell"}, blocking=True)
    await hass.async_block_till_done()
    assert not waits(hass)
    await pass_time(hass, RESTART_TIMEOUT)
    if way in {"its label", "the automation"}:
        await walk(hass, panel, "RUNNING", "STOPPED")
    assert told == []
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


# For how long.


@pytest.mark.parametrize(
    ("key", "before", "statuses"),
    [
        ("started", "STARTING", ["RUNNING"]),
        ("stopped", "STOPPING", ["STOPPED"]),
        ("stopped", "STOPPING", ["STOPPED", "ERROR"]),
        ("crashed", "RUNNING", ["ERROR", "STOPPED"]),
        ("restarted", "RUNNING", RESTART),
        ("status_changed", "RUNNING", ["STOPPED"]),
    ],
)
async def test_for(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    told: list[str],
    key: str,
    before: str,
    statuses: list[str],
) -> None:
    """It is told once, later, and of the change that it began with."""
    panel.edit("srv_survival", status=before)
    await set_up(entry)
    text = "{{ trigger.from_state.state }} {{ trigger.to_state.state }} {{ trigger.for }}"
    await automate(hass, on(key, options={"for": {"minutes": 2}}), text=text)
    await walk(hass, panel, *statuses)
    await pass_time(hass, 2 * MINUTE - timedelta(seconds=1))
    assert told == []
    await pass_time(hass, 2 * MINUTE)
    change = {"restarted": "starting running"}.get(key, f"{before} {statuses[0]}".lower())
    assert told == [f"{change} 0:02:00"]
    await pass_time(hass, 10 * MINUTE)
    assert len(told) == 1


@pytest.mark.parametrize(
    ("behavior", "before", "statuses", "after"),
    [
        ("each", "STARTING", ["RUNNING"], "STOPPING"),
        ("first", "STOPPING", ["STOPPED"], "STARTING"),
        ("all", "STOPPING", ["STOPPED"], "STARTING"),
        ("each", "RUNNING", ["STOPPED"], "STARTING"),
        ("first", "RUNNING", ["ERROR"], "INSTALLING"),
        ("all", "RUNNING", RESTART, "STOPPING"),
    ],
)
async def test_for_is_over_when_it_changes(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    told: list[str],
    behavior: str,
    before: str,
    statuses: list[str],
    after: str,
) -> None:
    panel.edit("srv_survival", status=before)
    await set_up(entry)
    await automate(hass, *on_all(options={"behavior": behavior} | FOR_A_MINUTE))
    await walk(hass, panel, *statuses)
    assert waits(hass) == 1
    await walk(hass, panel, after)
    assert not waits(hass)
    await pass_time(hass, MINUTE)
    assert told == []


@pytest.mark.parametrize("behavior", ["each", "first", "all"])
async def test_for_is_over_when_it_is_not_seen(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str], behavior: str
) -> None:
    await set_up(entry)
    options = {"behavior": behavior} | FOR_A_MINUTE
    await automate(hass, *on_all(options=options), on("status_changed", options=options))
    await walk(hass, panel, "STOPPED")
    panel.drop_clients()
    await panel.wait_for(shows(hass, SURVIVAL, STATE_UNAVAILABLE))
    await panel.wait_for(shows(hass, SURVIVAL, "stopped"))
    await pass_time(hass, MINUTE)
    assert told == []


@pytest.mark.parametrize("options", [{}, {"from": "running"}, {"from": ["running", "stopped"]}, {"to": STATUSES}])
async def test_for_of_a_status_that_changes_again(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str], options: dict[str, Any]
) -> None:
    """A status has to stay what it became, even if what follows would be asked for just as well."""
    await set_up(entry)
    text = "{{ trigger.from_state.state }} {{ trigger.to_state.state }}"
    await automate(hass, on("status_changed", options=options | FOR_A_MINUTE), text=text)
    await walk(hass, panel, "STOPPING", "STOPPED", "STARTING", "RUNNING")
    await walk(hass, panel, "STOPPING", "STARTING")
    await pass_time(hass, MINUTE)
    asked = "stopping" in options.get("from", ["stopping"])
    assert told == ["stopping starting"] * asked


# One of several.


def on_stop(target: Target, behavior: str, options: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the configuration of our trigger and of one as Home Assistant's own are, which are to act alike."""
    options = {"behavior": behavior, **(options or {})}
    return [
        on("stopped", target, options, f"{behavior} of ours:"),
        on("status_changed", target, {"to": "stopped", **options}, f"{behavior} of theirs:"),
    ]


def both(behavior: str, *entity_ids: str) -> list[str]:
    """Return what both tell, sorted."""
    return sorted(f"{behavior} of {whose}: {entity_id}" for whose in ("ours", "theirs") for entity_id in entity_ids)


async def test_behavior(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    await automate(hass, *on_stop(ALL, "each"), *on_stop(ALL, "first"), *on_stop(ALL, "all"))
    for _ in range(2):
        for entity_id in (CREATIVE, SURVIVAL, VALHEIM):
            await walk(hass, panel, "STOPPING", "STOPPED", entity_id=entity_id)
        assert sorted(told) == [*both("all", VALHEIM), *both("each", *ALL), *both("first", CREATIVE)]
        told.clear()
        for entity_id in ALL:
            await walk(hass, panel, "STARTING", "RUNNING", entity_id=entity_id)
        assert told == []


async def test_behavior_of_what_happens_at_once(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """All frames may come in one turn of the event loop; one of them is the first, one the last."""
    await set_up(entry)
    await automate(hass, *on_stop(ALL, "each"), *on_stop(ALL, "first"), *on_stop(ALL, "all"))
    for entity_id in ALL:
        await walk(hass, panel, "STOPPING", entity_id=entity_id)
    for server_id in SERVERS:
        panel.set_status(server_id, "STOPPED")
    for entity_id in ALL:
        await panel.wait_for(shows(hass, entity_id, "stopped"))
    await hass.async_block_till_done()
    assert sorted(told) == [*both("all", VALHEIM), *both("each", *ALL), *both("first", SURVIVAL)]


async def test_behavior_without_those_that_are_not_seen(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    panel.edit("srv_valheim", status="STOPPED")
    await set_up(entry)
    await automate(hass, *on_stop([SURVIVAL, VALHEIM], "first"), *on_stop(ALL, "all"))
    panel.delete_server("srv_valheim")
    await panel.wait_for(shows(hass, VALHEIM, STATE_UNAVAILABLE))
    for entity_id in (SURVIVAL, CREATIVE):
        await walk(hass, panel, "STOPPING", "STOPPED", entity_id=entity_id)
    assert sorted(told) == [*both("all", CREATIVE), *both("first", SURVIVAL)]


@pytest.mark.parametrize(
    ("behavior", "change", "entity_ids"),
    [
        ("each", "nothing", [SURVIVAL, CREATIVE]),
        ("each", "it starts", [CREATIVE]),
        ("first", "nothing", [SURVIVAL]),
        ("first", "it starts", [SURVIVAL]),
        ("first", "all start", []),
        ("all", "nothing", [CREATIVE]),
        ("all", "it starts", []),
        ("all", "another is not seen", [CREATIVE]),
        ("all", "one that runs is added", []),
        ("all", "one that is stopped is added", [CREATIVE]),
    ],
)
async def test_behavior_for(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    told: list[str],
    behavior: str,
    change: str,
    entity_ids: list[str],
) -> None:
    """The wait goes on as long as one of them stays so, or all of them do."""
    await set_up(entry)
    label = lr.async_get(hass).async_create("Games").label_id
    for entity_id in (SURVIVAL, CREATIVE):
        er.async_get(hass).async_update_entity(entity_id, labels={label})
    await automate(hass, *on_stop({"label_id": label}, behavior, FOR_A_MINUTE))
    for entity_id in (SURVIVAL, CREATIVE):
        await walk(hass, panel, "STOPPING", "STOPPED", entity_id=entity_id)
    match change:
        case "it starts":
            await walk(hass, panel, "STARTING")
        case "all start":
            await walk(hass, panel, "STARTING")
            await walk(hass, panel, "STARTING", entity_id=CREATIVE)
        case "another is not seen":
            panel.delete_server("srv_survival")
            await panel.wait_for(shows(hass, SURVIVAL, STATE_UNAVAILABLE))
        case "one that runs is added" | "one that is stopped is added":
            if "stopped" in change:
                await walk(hass, panel, "STOPPED", entity_id=VALHEIM)
            er.async_get(hass).async_update_entity(VALHEIM, labels={label})
    await hass.async_block_till_done()
    await pass_time(hass, MINUTE)
    assert sorted(told) == both(behavior, *entity_ids)


@pytest.mark.parametrize(
    ("options", "happenings"), [({}, ["stopped"]), (FOR_A_MINUTE, []), ({"behavior": "first"}, [])]
)
async def test_a_restart_that_hangs_while_starting(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    told: list[str],
    options: dict[str, Any],
    happenings: list[str],
) -> None:
    """It counts as stopped, but it is not where a stop leaves a server."""
    panel.edit("srv_creative", status="STOPPED")
    await set_up(entry)
    await automate(hass, *on_all([SURVIVAL, CREATIVE], options))
    await walk(hass, panel, *RESTART[:-1])
    await pass_time(hass, RESTART_TIMEOUT)
    await pass_time(hass, MINUTE)
    assert told == [f"{happening} {SURVIVAL}" for happening in happenings]


async def test_a_restart_that_was_given_up_prolongs_no_wait(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """The first of several is waited for once, also when another takes its place."""
    await set_up(entry)
    await automate(hass, on("stopped", [SURVIVAL, CREATIVE], {"behavior": "first", "for": "00:10:00"}))
    await walk(hass, panel, "STOPPING", "STOPPED", entity_id=CREATIVE)
    await walk(hass, panel, "STARTING", "STOPPING", "STOPPED")
    await walk(hass, panel, "STARTING", entity_id=CREATIVE)
    assert waits(hass) == 2
    await pass_time(hass, RESTART_TIMEOUT)
    assert waits(hass) == 1
    await pass_time(hass, timedelta(minutes=10))
    assert told == [f"stopped {CREATIVE}"]
    assert not waits(hass)


# What is rejected.


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"options": {"to": "sleeping"}}, "must be one of"),
        ({"options": {"from": ["running", "RUNNING"]}}, "must be one of"),
        ({"options": {"behavior": "sometimes"}}, "must be one of"),
        ({"options": {"for": "soon"}}, "HH:MM"),
        ({"options": {"for": {"seconds": -1}}}, "positive"),
        ({"options": {"colour": "red"}}, "not a valid option"),
        ({"trigger": "stellarstack.started", "options": {"to": "running"}}, "not a valid option"),
        ({"trigger": "stellarstack.started", "options": {"behavior": "sometimes"}}, "must be one of"),
        ({"trigger": "stellarstack.exploded"}, "exploded"),
        ({"target": None}, "target"),
        ({"trigger": "stellarstack.started", "target": None}, "target"),
    ],
)
async def test_invalid(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, changes: dict[str, Any], reason: str
) -> None:
    config = {key: value for key, value in (on("status_changed") | changes).items() if value is not None}
    await automate(hass, config)
    (state,) = hass.states.async_all(AUTOMATION)
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert (state.state, len(errors)) == (STATE_UNAVAILABLE, 1)
    assert reason in errors[0]


@pytest.mark.parametrize("key", ["started", "status_changed"])
async def test_empty_target(hass: HomeAssistant, caplog: pytest.LogCaptureFixture, key: str) -> None:
    await automate(hass, on(key, {}))
    assert "does not have any selectors defined" in caplog.text


async def test_valid(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """The same without what was wrong; a server need not be there yet."""
    await automate(
        hass, *on_all(), on("status_changed", options={"to": "running", "behavior": "all", "for": {"seconds": 1}})
    )
    (state,) = hass.states.async_all(AUTOMATION)
    assert state.state == STATE_ON
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


# What users see of them.


async def test_descriptions(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    """What the editor shows: that there are texts and icons for all, and that all it offers is accepted."""
    await set_up(entry)
    descriptions = {
        key.removeprefix(f"{DOMAIN}."): description
        for key, description in (await async_get_all_descriptions(hass)).items()
        if key.startswith(DOMAIN)
    }
    assert descriptions.keys() == TRIGGERS.keys()

    texts = await async_get_translations(hass, "en", "triggers", {DOMAIN})
    icons = (await async_get_icons(hass, "triggers", {DOMAIN}))[DOMAIN]
    names = set()
    for key, description in descriptions.items():
        assert description is not None, key
        assert description["target"] == {
            "entity": [{"integration": DOMAIN, "domain": ["sensor"], "device_class": ["enum"]}]
        }
        fields = description["fields"]
        assert fields.keys() == {"behavior", "for"} | ({"from", "to"} if key == "status_changed" else set())
        names |= {f"{key}.{text}" for text in ("name", "description")}
        names |= {f"{key}.fields.{field}.{text}" for field in fields for text in ("name", "description")}
        defaults = {field: value["default"] for field, value in fields.items() if value.get("required")}
        offered = {field: ["running"] for field in fields.keys() - defaults.keys()}
        await async_validate_trigger_config(hass, cv.TRIGGER_SCHEMA(on(key, options=defaults | offered)))
    assert texts.keys() == {f"component.{DOMAIN}.triggers.{name}" for name in names}
    assert all(texts.values())
    assert icons.keys() == TRIGGERS.keys()
    assert all(re.fullmatch(r"mdi:[a-z-]+", value["trigger"]) for value in icons.values())


async def test_statuses_that_are_offered(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    description = (await async_get_all_descriptions(hass))[f"{DOMAIN}.status_changed"]
    assert description is not None
    texts = await async_get_translations(hass, "en", "selector", {DOMAIN})
    for field in ("from", "to"):
        selector = description["fields"][field]["selector"]["select"]
        assert selector["options"] == STATUSES
        assert selector["multiple"]
        prefix = f"component.{DOMAIN}.selector.{selector['translation_key']}.options"
        assert {key for key in texts if key.startswith(prefix)} == {f"{prefix}.{status}" for status in STATUSES}
