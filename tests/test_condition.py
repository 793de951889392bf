"""The conditions, in automations."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta
import re
from typing import Any
from unittest.mock import patch

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import (
    config_validation as cv,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.helpers.condition import async_get_all_descriptions, async_validate_condition_config
from homeassistant.helpers.icon import async_get_icons
from homeassistant.helpers.translation import async_get_translations
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.models import ServerStatus
from custom_components.stellarstack.condition import CONDITIONS
from custom_components.stellarstack.const import DOMAIN
from simulator import Panel

from .common import SetUp, shows, subentry
from .targets import CREATIVE, SURVIVAL, VALHEIM, Servers, Target, all_target_kinds

NODE_ONLINE = "binary_sensor.survival_node_online"
MINUTE = timedelta(minutes=1)
FOR_A_MINUTE = {"for": "00:01:00"}


@pytest.fixture
async def servers(hass: HomeAssistant) -> Servers:
    """Three servers that run."""
    return Servers(hass)


def that(key: str, target: Target = SURVIVAL, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return the configuration of a condition, on entities or on another target."""
    target = target if isinstance(target, dict) else {"entity_id": target}
    return {"condition": f"{DOMAIN}.{key}", "target": target, "options": dict(options or {})}


async def automate(hass: HomeAssistant, conditions: Mapping[str, dict[str, Any]]) -> None:
    """Set up automations that say, when asked, whether their condition holds."""
    config = [
        {
            "alias": name,
            "triggers": {"trigger": "event", "event_type": "ask"},
            "conditions": condition,
            "actions": {"event": "answer", "event_data": {"name": name}},
        }
        for name, condition in conditions.items()
    ]
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: config})
    await hass.async_block_till_done()


async def holding(hass: HomeAssistant, at: datetime | None = None) -> set[str]:
    """Return the names of the conditions that hold, now or at another time if nothing changes until then."""
    names: set[str] = set()

    @callback
    def keep(event: Event[Any]) -> None:
        names.add(event.data["name"])

    stop = hass.bus.async_listen("answer", keep)
    with patch("homeassistant.util.dt.utcnow", return_value=at or dt_util.utcnow()):
        hass.bus.async_fire("ask")
        await hass.async_block_till_done()
    stop()
    return names


async def test_each_status(hass: HomeAssistant, servers: Servers) -> None:
    await automate(hass, {key: that(key, [SURVIVAL, NODE_ONLINE]) for key in CONDITIONS})
    for status in ServerStatus:
        await servers.go(status)
        expected = {ServerStatus.RUNNING: {"is_running"}, ServerStatus.STOPPED: {"is_stopped"}}.get(status, set())
        assert await holding(hass) == {"is_node_online"} | expected, status


async def test_node(hass: HomeAssistant, servers: Servers) -> None:
    await automate(hass, {key: that(key, [SURVIVAL, NODE_ONLINE]) for key in CONDITIONS})
    for state, expected in {"off": set[str](), "on": {"is_node_online"}, "unknown": set[str]()}.items():
        await servers.go(state, entity_id=NODE_ONLINE)
        assert await holding(hass) == {"is_running"} | expected, state


async def test_targets(hass: HomeAssistant, servers: Servers) -> None:
    """Of each kind of target, only our entities that show the value count."""
    targets = all_target_kinds(hass, servers.device())
    other = er.async_get(hass).async_get_or_create(
        "binary_sensor", "other", "online", device_id=servers.device().id, translation_key="node_online"
    )
    (label_id,) = targets["label of the entity"].values()
    er.async_get(hass).async_update_entity(NODE_ONLINE, labels={label_id})
    targets["entity"]["entity_id"] += [NODE_ONLINE, other.entity_id]
    await automate(
        hass, {f"{key}, {kind}": that(key, target) for key in CONDITIONS for kind, target in targets.items()}
    )

    def all_of(key: str) -> set[str]:
        return {f"{key}, {kind}" for kind in targets}

    await servers.go("stopped", entity_id=CREATIVE)
    assert await holding(hass) == all_of("is_running") | all_of("is_node_online")
    await servers.go("starting")
    await servers.go("off", entity_id=NODE_ONLINE)
    # What others say is of no interest.
    hass.states.async_set(other.entity_id, "on")
    for status in ("running", "stopped"):
        hass.states.async_set("sensor.other_status", status)
        assert await holding(hass) == set()
    await servers.go("stopped")
    assert await holding(hass) == all_of("is_stopped")


async def test_panel(hass: HomeAssistant, servers: Servers) -> None:
    """A panel stands for all its servers."""
    panel = {"device_id": servers.panel.id}
    behaviors = {name: {"behavior": name} for name in ("any", "all")}
    await automate(
        hass,
        {
            **{name: that("is_running", panel, options) for name, options in behaviors.items()},
            "node": that("is_node_online", panel),
        },
    )
    assert await holding(hass) == {"any", "all", "node"}
    hass.states.async_set(SURVIVAL, "stopped")
    assert await holding(hass) == {"any", "node"}


async def test_entities_of_others_given_directly(hass: HomeAssistant, servers: Servers) -> None:
    all_target_kinds(hass, servers.device())
    # One of another integration, ones that no registry knows, one that does not exist, another of ours.
    others = ["sensor.other_status", "sensor.template", "binary_sensor.template"]
    await automate(
        hass, {key: that(key, [*others, "sensor.survival_memory_limit", "sensor.nothing_status"]) for key in CONDITIONS}
    )
    for status in ("running", "stopped", "on"):
        for entity_id in others:
            hass.states.async_set(entity_id, status)
        assert await holding(hass) == set()


async def test_behavior(hass: HomeAssistant, servers: Servers) -> None:
    target = [
        SURVIVAL,
        CREATIVE,
        VALHEIM,
        "sensor.survival_memory_limit",
        NODE_ONLINE,
        "binary_sensor.creative_node_online",
    ]
    await automate(
        hass,
        {
            f"{key}, {behavior or 'default'}": that(key, target, {"behavior": behavior} if behavior else {})
            for key in CONDITIONS
            for behavior in (None, "any", "all")
        },
    )

    def of(key: str, *behaviors: str) -> set[str]:
        return {f"{key}, {behavior}" for behavior in behaviors}

    whole, some = ("default", "any", "all"), ("default", "any")
    node_online = of("is_node_online", *whole)
    assert await holding(hass) == of("is_running", *whole) | node_online
    await servers.go("stopped")
    assert await holding(hass) == of("is_running", *some) | of("is_stopped", *some) | node_online
    # Those that are not seen do not count.
    await servers.go(STATE_UNAVAILABLE, entity_id=CREATIVE)
    await servers.go("unknown", entity_id=VALHEIM)
    assert await holding(hass) == of("is_stopped", *whole) | node_online
    await servers.go("unknown")
    assert await holding(hass) & (of("is_running", *some) | of("is_stopped", *some)) == set()


async def test_for(hass: HomeAssistant, servers: Servers) -> None:
    target = [SURVIVAL, CREATIVE, NODE_ONLINE, "binary_sensor.creative_node_online"]
    await automate(
        hass,
        {
            f"{key}, {behavior}": that(key, target, {"behavior": behavior} | FOR_A_MINUTE)
            for key in CONDITIONS
            for behavior in ("any", "all")
        },
    )
    node_online = {"is_node_online, any", "is_node_online, all"}
    assert await holding(hass) == set()
    assert await holding(hass, dt_util.utcnow() + MINUTE) == {"is_running, any", "is_running, all"} | node_online
    await servers.go("stopped")
    assert await holding(hass) == set()
    assert await holding(hass, dt_util.utcnow() + MINUTE) == {"is_running, any", "is_stopped, any"} | node_online

    # What was not seen is not known to have stayed.
    hidden = dt_util.utcnow()
    await asyncio.sleep(1)
    await servers.go(STATE_UNAVAILABLE)
    assert await holding(hass, dt_util.utcnow() + MINUTE) & {"is_stopped, any", "is_stopped, all"} == set()
    await servers.go("stopped")
    await servers.go("stopped", entity_id=CREATIVE)
    assert await holding(hass, hidden + MINUTE) & {"is_stopped, any", "is_stopped, all"} == set()
    assert await holding(hass, dt_util.utcnow() + MINUTE) == {"is_stopped, any", "is_stopped, all"} | node_online


async def test_targets_that_change(hass: HomeAssistant, servers: Servers) -> None:
    """Another name, servers that come and go: what is asked for is what there is now."""
    await automate(hass, {"any": that("is_stopped", {"label_id": "games"}), "one": that("is_running", "sensor.mine")})
    assert await holding(hass) == set()
    labels = {lr.async_get(hass).async_create("Games").label_id}
    devices = dr.async_get(hass)
    devices.async_update_device(servers.device().id, labels=labels)
    er.async_get(hass).async_update_entity(SURVIVAL, new_entity_id="sensor.mine")
    await servers.go("running", entity_id="sensor.mine")
    assert await holding(hass) == {"one"}
    await servers.go("stopped", entity_id="sensor.mine")
    assert await holding(hass) == {"any"}

    devices.async_update_device(servers.device().id, labels=set())
    assert await holding(hass) == set()
    hass.config_entries.async_add_subentry(servers.entry, subentry("srv_factorio", "Factorio"))
    servers.register("srv_factorio")
    await servers.go("stopped", entity_id="sensor.factorio_status")
    devices.async_update_device(servers.device("srv_factorio").id, labels=labels)
    assert await holding(hass) == {"any"}
    servers.remove("srv_factorio")
    await hass.async_block_till_done()
    assert await holding(hass) == set()


async def test_over_a_reload(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    """Behind a panel's socket; what is not loaded counts neither way."""
    await automate(hass, {key: that(key) for key in ("is_running", "is_stopped")})
    assert await holding(hass) == set()
    await set_up(entry)
    await panel.wait_for(shows(hass, SURVIVAL, "running"))
    assert await holding(hass) == {"is_running"}
    assert await hass.config_entries.async_unload(entry.entry_id)
    assert await holding(hass) == set()
    panel.edit("srv_survival", status="STOPPED")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(shows(hass, SURVIVAL, "stopped"))
    assert await holding(hass) == {"is_stopped"}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"options": {"behavior": "each"}}, "must be one of"),
        ({"options": {"for": "soon"}}, "HH:MM"),
        ({"options": {"for": {"seconds": -1}}}, "positive"),
        ({"options": {"state": "running"}}, "not a valid option"),
        ({"condition": f"{DOMAIN}.is_exploded"}, "is_exploded"),
        ({"target": None}, "target"),
    ],
)
async def test_invalid(
    hass: HomeAssistant, caplog: pytest.LogCaptureFixture, changes: dict[str, Any], reason: str
) -> None:
    config = {key: value for key, value in (that("is_running") | changes).items() if value is not None}
    await automate(hass, {"one": config})
    (state,) = hass.states.async_all(AUTOMATION)
    errors = [record.getMessage() for record in caplog.records if record.levelname == "ERROR"]
    assert (state.state, len(errors)) == (STATE_UNAVAILABLE, 1)
    assert reason in errors[0]


async def test_valid(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    """The same without what was wrong; a server need not be there yet."""
    await automate(hass, {key: that(key, options={"behavior": "all"} | FOR_A_MINUTE) for key in CONDITIONS})
    assert {state.state for state in hass.states.async_all(AUTOMATION)} == {STATE_ON}
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_descriptions(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp) -> None:
    """What the editor shows: that there are texts and icons for all, and that all it offers is accepted."""
    await set_up(entry)
    descriptions = {
        key.removeprefix(f"{DOMAIN}."): description
        for key, description in (await async_get_all_descriptions(hass)).items()
        if key.startswith(f"{DOMAIN}.")
    }
    assert descriptions.keys() == CONDITIONS.keys()

    texts = await async_get_translations(hass, "en", "conditions", {DOMAIN})
    icons = (await async_get_icons(hass, "conditions", {DOMAIN}))[DOMAIN]
    names = set()
    for key, description in descriptions.items():
        assert description is not None, key
        kind = {"domain": ["sensor"], "device_class": ["enum"]}
        if key == "is_node_online":
            kind = {"domain": ["binary_sensor"], "device_class": ["connectivity"]}
        assert description["target"] == {"entity": [{"integration": DOMAIN, **kind}]}
        fields = description["fields"]
        assert fields.keys() == {"behavior", "for"}
        names |= {f"{key}.{text}" for text in ("name", "description")}
        names |= {f"{key}.fields.{field}.{text}" for field in fields for text in ("name", "description")}
        defaults = {field: value["default"] for field, value in fields.items()}
        await async_validate_condition_config(hass, cv.CONDITION_SCHEMA(that(key, options=defaults)))
    assert texts.keys() == {f"component.{DOMAIN}.conditions.{name}" for name in names}
    assert all(texts.values())
    assert icons.keys() == CONDITIONS.keys()
    assert all(re.fullmatch(r"mdi:[a-z-]+", value["condition"]) for value in icons.values())
