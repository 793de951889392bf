"""Targets of all kinds, and what they hold while a trigger follows them."""

from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.const import DOMAIN
from tests.common import subentry
from tests.targets import ALL, CREATIVE, SURVIVAL, Servers, all_target_kinds

from .conftest import FOR_A_MINUTE, MINUTE, automate, on, on_all, pass_time, waits

STOPPED = LifecycleEvent.STOPPED
FACTORIO = "sensor.factorio_status"


async def test_of_each_kind_only_our_status_sensors_count(
    hass: HomeAssistant, servers: Servers, told: list[str]
) -> None:
    targets = all_target_kinds(hass, servers.device())
    await automate(
        hass,
        *(on("stopped", target, name=f"stopped, {kind}") for kind, target in targets.items()),
        *(on("status_changed", target, name=f"changed, {kind}") for kind, target in targets.items()),
    )
    for status in ("stopping", "stopped"):
        hass.states.async_set("sensor.other_status", status)
    hass.states.async_set("sensor.survival_memory_limit", "5000")
    await servers.stop(CREATIVE)
    assert told == []

    await servers.go("stopped")
    assert sorted(told) == sorted(f"changed, {kind} {SURVIVAL}" for kind in targets)
    told.clear()
    await servers.go(STOPPED)
    assert sorted(told) == sorted(f"stopped, {kind} {SURVIVAL}" for kind in targets)


@pytest.mark.parametrize("kind", ["device", "label of the entity"])
async def test_an_entity_that_is_renamed_is_followed(
    hass: HomeAssistant, servers: Servers, told: list[str], kind: str
) -> None:
    target = all_target_kinds(hass, servers.device())[kind]
    await automate(hass, *on_all(target), on("status_changed", target))
    er.async_get(hass).async_update_entity(SURVIVAL, new_entity_id="sensor.my_world")
    hass.states.async_remove(SURVIVAL)
    await servers.go("running", entity_id="sensor.my_world")
    assert told == []
    await servers.go("stopping", entity_id="sensor.my_world")
    # What happens is told of the server, whatever its entity is called.
    await servers.go(STOPPED, entity_id=SURVIVAL)
    assert told == ["status_changed sensor.my_world", "stopped sensor.my_world"]


@pytest.mark.parametrize("kind", ["area", "floor", "label of the device"])
async def test_a_server_that_is_added_is_followed(
    hass: HomeAssistant, servers: Servers, told: list[str], kind: str
) -> None:
    target = all_target_kinds(hass, servers.device())[kind]
    await automate(hass, *on_all(target), on("status_changed", target))
    hass.config_entries.async_add_subentry(servers.entry, subentry("srv_factorio", "Factorio"))
    servers.register("srv_factorio")
    await servers.stop(FACTORIO)
    assert told == []

    survival = servers.device()
    dr.async_get(hass).async_update_device(
        servers.device("srv_factorio").id, area_id=survival.area_id, labels=survival.labels
    )
    await hass.async_block_till_done()
    assert told == []
    await servers.go("starting", LifecycleEvent.STARTED, entity_id=FACTORIO)
    await servers.go("stopping", STOPPED)
    assert told == [
        f"status_changed {FACTORIO}",
        f"started {FACTORIO}",
        f"status_changed {SURVIVAL}",
        f"stopped {SURVIVAL}",
    ]


async def test_a_server_that_is_removed_and_comes_back_is_followed(
    hass: HomeAssistant, servers: Servers, told: list[str]
) -> None:
    await automate(hass, *on_all(), on("status_changed"))
    servers.remove("srv_survival")
    await servers.go(STOPPED)
    assert told == []
    hass.config_entries.async_add_subentry(servers.entry, subentry("srv_survival", "Survival"))
    servers.register("srv_survival")
    await servers.go("stopped", STOPPED)
    assert told == [f"status_changed {SURVIVAL}", f"stopped {SURVIVAL}"]


async def test_a_server_that_was_no_target_for_a_while_is_looked_at_anew(
    hass: HomeAssistant, servers: Servers, told: list[str]
) -> None:
    """What was seen before, and what was missed, is no matter."""
    label = lr.async_get(hass).async_create("Games").label_id
    survival, creative = servers.device().id, servers.device("srv_creative").id
    for device_id in (survival, creative):
        dr.async_get(hass).async_update_device(device_id, labels={label})
    await automate(
        hass,
        on("stopped", {"label_id": label}, {"behavior": "all"}, "all"),
        on("crashed", {"label_id": label}),
        text="{{ trigger.id }} {{ trigger.entity_id }} {{ trigger.to_state.state }}",
    )
    await servers.go("stopping", "stopped")
    dr.async_get(hass).async_update_device(survival, labels=set())
    await servers.go(STOPPED, "running", "error")
    dr.async_get(hass).async_update_device(survival, labels={label})
    await hass.async_block_till_done()
    await servers.stop(CREATIVE)
    await servers.go(LifecycleEvent.CRASHED)
    assert told == [f"all {CREATIVE} stopped", f"crashed {SURVIVAL} error"]


async def test_a_panel_stands_for_all_its_servers(hass: HomeAssistant, servers: Servers, told: list[str]) -> None:
    """Also for those that come later, but not where only its area is meant."""
    area = ar.async_get(hass).async_create("Rack").id
    dr.async_get(hass).async_update_device(servers.panel.id, area_id=area)
    await automate(hass, on("stopped", {"device_id": servers.panel.id}), on("stopped", {"area_id": area}, name="area"))
    hass.config_entries.async_add_subentry(servers.entry, subentry("srv_factorio", "Factorio"))
    servers.register("srv_factorio")
    await hass.async_block_till_done()
    await servers.stop(*ALL, FACTORIO)
    assert told == [f"stopped {entity_id}" for entity_id in (*ALL, FACTORIO)]


async def test_another_panel_and_a_hidden_server_are_left_out(
    hass: HomeAssistant, servers: Servers, told: list[str]
) -> None:
    other = MockConfigEntry(domain=DOMAIN)
    other.add_to_hass(hass)
    panel = dr.async_get(hass).async_get_or_create(
        config_entry_id=other.entry_id, identifiers={(DOMAIN, other.entry_id)}
    )
    er.async_get(hass).async_update_entity(CREATIVE, hidden_by=er.RegistryEntryHider.USER)
    await automate(
        hass, on("stopped", {"device_id": panel.id}, name="other"), on("stopped", {"device_id": servers.panel.id})
    )
    await servers.stop(SURVIVAL, CREATIVE)
    assert told == [f"stopped {SURVIVAL}"]


@pytest.mark.parametrize("way", ["its label", "its entity", "its device", "its subentry", "the automation"])
@pytest.mark.parametrize("options", [{}, {"behavior": "first"}, {"behavior": "all"}])
async def test_a_server_that_is_removed_is_dropped(
    hass: HomeAssistant, servers: Servers, told: list[str], way: str, options: dict[str, Any]
) -> None:
    """What is waited for is over."""
    options = options | FOR_A_MINUTE
    target = all_target_kinds(hass, servers.device())["label of the device"]
    await automate(hass, *on_all(target, options), on("status_changed", target, {"to": "stopped", **options}))
    await servers.stop(SURVIVAL)
    assert waits(hass) == 2
    match way:
        case "its label":
            dr.async_get(hass).async_update_device(servers.device().id, labels=set())
        case "its entity":
            er.async_get(hass).async_remove(SURVIVAL)
        case "its subentry":
            servers.remove("srv_survival")
        case "its device":
            dr.async_get(hass).async_remove_device(servers.device().id)
        case "the automation":
            await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "automation.tell"}, blocking=True)
    await hass.async_block_till_done()
    assert not waits(hass)
    await servers.go("running", "stopped", STOPPED)
    assert not waits(hass)
    await pass_time(hass, MINUTE)
    assert told == []
