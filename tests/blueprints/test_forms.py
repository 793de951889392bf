"""The forms of all blueprints, and the page about them."""

import asyncio
from typing import Any
from urllib.parse import quote, urlsplit

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.stellarstack.const import DOMAIN
from simulator import Panel

from .conftest import AUTOMATION, BLUEPRINTS, FOLDER, ROOT, Automate, posts, walk

PAGE = (ROOT / "docs" / "automations.md").read_text(encoding="utf-8")
SINGLE = {"restart_after_crash", "stop_when_empty"}
"""Those that are for one server."""


def inputs(blueprint: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return all inputs of a blueprint, those of its sections among them."""
    found: dict[str, dict[str, Any]] = {}
    for key, value in blueprint["input"].items():
        found |= value.get("input", {key: value})
    return found


def required(name: str, devices: dict[str, str], phone: str) -> dict[str, Any]:
    """Return what must be chosen."""
    chosen: dict[str, Any] = {"server": devices["srv_survival"]} if name in SINGLE else {"servers": [*devices.values()]}
    others = {"ask_after_crash": {"phone": phone}, "stop_when_empty": {"players": "sensor.survival_players"}}
    return chosen | others.get(name, {})


@pytest.fixture(params=BLUEPRINTS)
async def blueprint(request: pytest.FixtureRequest, hass: HomeAssistant) -> tuple[str, dict[str, Any]]:
    """A blueprint with its name."""
    config = await hass.async_add_executor_job(load_yaml_dict, str(BLUEPRINTS[request.param]))
    return request.param, config["blueprint"]


def test_there_are_blueprints() -> None:
    assert set(BLUEPRINTS) == {
        "ask_after_crash",
        "backup_before_stop",
        "command_answer",
        "night_schedule",
        "player_messages",
        "restart_after_crash",
        "server_notifications",
        "start_again",
        "stop_when_empty",
    }


async def test_head(blueprint: tuple[str, dict[str, Any]]) -> None:
    """Each names its own address."""
    name, head = blueprint
    assert urlsplit(head["source_url"]).path.endswith(f"/ha-stellarstack/blob/main/{FOLDER}/{name}.yaml")
    assert head["homeassistant"] == {"min_version": "2026.10.0"}
    assert head["author"] == "StellarStack for Home Assistant"


async def test_servers_are_chosen_by_device_area_and_label(blueprint: tuple[str, dict[str, Any]]) -> None:
    """Only ours; and whoever chooses in one way need not in the others."""
    name, head = blueprint
    fields = inputs(head)
    servers = fields["server" if name in SINGLE else "servers"]
    device = servers["selector"]["device"]
    assert device["filter"] == [{"integration": DOMAIN}]
    assert {entity["integration"] for entity in device["entity"]} == {DOMAIN}
    if name in SINGLE:
        return
    assert fields["areas"]["selector"] == {"area": {"multiple": True, "device": [{"integration": DOMAIN}]}}
    assert fields["labels"]["selector"] == {"label": {"multiple": True}}
    assert [fields[key]["default"] for key in ("servers", "areas", "labels")] == [[], [], []]


async def test_no_default_is_in_the_hours_that_summer_time_takes(blueprint: tuple[str, dict[str, Any]]) -> None:
    """From midnight to four there is a country for each hour that does not exist once a year."""
    for field in inputs(blueprint[1]).values():
        if "time" in field["selector"]:
            assert field["default"] >= "04:00:00"
        if "trigger" in field["selector"]:
            assert all(trigger["at"] >= "04:00:00" for trigger in field["default"])


@pytest.mark.parametrize("name", BLUEPRINTS)
async def test_what_must_be_chosen_is_enough(
    automate: Automate, devices: dict[str, str], phone: str, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    await automate(name, **required(name, devices, phone))
    assert not [
        record for record in caplog.records if "automation" in record.name and record.levelname in {"WARNING", "ERROR"}
    ]


@pytest.mark.parametrize("name", BLUEPRINTS)
async def test_run_by_hand_does_no_harm(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    phone: str,
    messages: list[ServiceCall],
    name: str,
) -> None:
    """Home Assistant's own "Run actions" leaves out the trigger and the conditions."""
    await walk(hass, panel, "STOPPED", server="valheim")
    await automate(name, **required(name, devices, phone))
    async with asyncio.timeout(20):
        await hass.services.async_call("automation", "trigger", {"entity_id": AUTOMATION}, blocking=True)
    await hass.async_block_till_done()
    # Some are for trying the message, some do what they do at any time.
    assert [call.data["message"].replace("\\", "").splitlines()[-1] for call in messages] == {
        "server_notifications": ["This is how a message about Creative looks."],
        "player_messages": ["This is how a message about Creative looks."],
        "command_answer": ["[INFO]: There are 0 of a max of 20 players online:"] * 2,
    }.get(name, [])
    assert posts(panel, "stop") == (["srv_creative", "srv_survival"] if name == "backup_before_stop" else [])
    assert posts(panel, "start") == (["srv_valheim"] if name == "start_again" else [])


def test_page_uses_each() -> None:
    assert set(BLUEPRINTS) == {
        line.removeprefix("  path: stellarstack/").removesuffix(".yaml")
        for line in PAGE.splitlines()
        if line.startswith("  path: stellarstack/")
    }


async def test_page_tells_of_each_input_and_links_to_the_import(blueprint: tuple[str, dict[str, Any]]) -> None:
    name, head = blueprint
    assert f"?blueprint_url={quote(head['source_url'], safe='')})" in PAGE
    section = next(part for part in PAGE.split("\n### ") if f"stellarstack/{name}.yaml" in part)
    title = head["name"].removeprefix("StellarStack: ")
    assert section.casefold().startswith(title.casefold())
    rows = [line.split("`")[1] for line in section.splitlines() if line.startswith("| `")]
    assert rows == list(inputs(head))
