"""The icons: whatever Home Assistant shows of the integration has one, which its frontend knows."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module, resources
import json
import re
from typing import Any

import pytest
import voluptuous as vol

from custom_components.stellarstack import PLATFORMS

from .integration import ENGLISH, INTEGRATION, automation_keys, class_keys, descriptions, tree, unique

ON_AND_OFF = {"binary_sensor", "switch"}
# What each kind calls its icon.
KINDS = {"services": "service", "triggers": "trigger", "conditions": "condition"}

ICON = vol.Match(r"^mdi:[a-z0-9]+(-[a-z0-9]+)*$")
KEY = vol.Match(r"^(?!.+__)(?!_)[a-z0-9-_]+(?<![_-])$")
BY_STATE = {vol.Required("default"): ICON, vol.Optional("state"): {KEY: ICON}}
SCHEMA = vol.Schema(
    {
        vol.Required("entity"): {KEY: {KEY: BY_STATE | {vol.Optional("state_attributes"): {KEY: BY_STATE}}}},
        **{vol.Required(kind): {KEY: {vol.Required(name): ICON}} for kind, name in KINDS.items()},
    }
)


@pytest.fixture(autouse=True)
def _integration_and_sockets() -> None:
    """Nothing here needs a running Home Assistant."""


@cache
def icons() -> dict[str, Any]:
    text = (INTEGRATION / "icons.json").read_text(encoding="utf-8")
    loaded: dict[str, Any] = json.loads(text, object_pairs_hook=unique)
    return loaded


def by_state() -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each place where an icon can depend on a state, with its path."""
    for platform, entities in icons()["entity"].items():
        for key, shown in entities.items():
            yield f"{platform}.{key}", shown
            for attribute, choice in shown.get("state_attributes", {}).items():
                yield f"{platform}.{key}.{attribute}", choice


def used() -> Iterator[tuple[str, str]]:
    """Yield each icon in the file, with the path of what it is for."""
    for path, choice in by_state():
        yield path, choice["default"]
        yield from ((f"{path}={state}", icon) for state, icon in choice.get("state", {}).items())
    for kind, name in KINDS.items():
        yield from ((f"{kind}.{key}", shown[name]) for key, shown in icons()[kind].items())


def test_schema() -> None:
    """The file has the form that Home Assistant's check of integrations, hassfest, asks for."""
    SCHEMA(icons())


def test_icons_exist() -> None:
    listed = json.loads(resources.files("hass_frontend").joinpath("static/mdi/iconList.json").read_bytes())
    known = {f"mdi:{icon['name']}" for icon in listed}
    assert [(path, icon) for path, icon in used() if icon not in known] == []


def test_no_icon_repeats_the_default() -> None:
    """Some versions of hassfest refuse a state whose icon is the default one."""
    for path, choice in by_state():
        assert choice["default"] not in choice.get("state", {}).values(), path


def test_platforms() -> None:
    assert icons()["entity"].keys() == set(PLATFORMS)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_entities(platform: str) -> None:
    module = import_module(f"custom_components.stellarstack.{platform}")
    described = descriptions(module)
    shown = icons()["entity"][platform]
    assert described, "none found"
    assert shown.keys() == described.keys() | class_keys(module)
    for key, icon in shown.items():
        states = set(icon.get("state", {}))
        if platform in ON_AND_OFF:
            # The other of the two has the default.
            assert len(states) == 1, key
            assert states < {"on", "off"}, key
        else:
            assert states == set(getattr(described[key], "options", None) or ()), key
        attributes = {attribute: set(choice["state"]) for attribute, choice in icon.get("state_attributes", {}).items()}
        event_types = getattr(described.get(key), "event_types", None)
        assert attributes == ({"event_type": set(event_types)} if event_types else {}), key


@pytest.mark.parametrize("kind", KINDS)
def test_actions_triggers_and_conditions(kind: str) -> None:
    assert icons()[kind].keys() == automation_keys(kind).keys()


def test_same_happening_same_icon() -> None:
    """A trigger looks as the event that it fires with."""
    events = icons()["entity"]["event"]["lifecycle"]["state_attributes"]["event_type"]["state"]
    triggers = {key: shown["trigger"] for key, shown in icons()["triggers"].items() if key in events}
    assert triggers, "none found"
    assert triggers == {key: events[key] for key in triggers}


def test_no_sections() -> None:
    """Sections of a dialog or an action would need icons, but there are none."""
    assert not re.search(r'"sections":', json.dumps(tree(ENGLISH)))
