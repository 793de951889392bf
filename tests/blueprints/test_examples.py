"""The examples in the pages about automations, triggers and conditions."""

import re
from typing import Any

from homeassistant.components.automation.config import async_validate_config
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import load_yaml_dict, parse_yaml
import pytest

from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.const import DOMAIN

from .conftest import ROOT

DOCS = ROOT / "docs"
PAGES = [DOCS / "automations.md", *sorted(DOCS.glob("triggers/*.md")), *sorted(DOCS.glob("conditions/*.md"))]
PAGE = "".join(page.read_text(encoding="utf-8") for page in PAGES)
PHONE = "89abcdef0123456789abcdef01234567"


@pytest.mark.usefixtures("devices")
async def test_examples_are_valid(hass: HomeAssistant, phone: str) -> None:
    """Home Assistant loads our triggers and conditions for it, and knows what they take; a phone has to be there."""
    page = PAGE.replace(PHONE, phone)
    examples = [parse_yaml(block) for block in re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)]
    assert len(examples) > 15
    assert await async_setup_component(hass, "automation", {})
    config = await async_validate_config(hass, {"automation": examples})
    assert len(config["automation"]) == len(examples)
    for automation in config["automation"]:
        assert (automation["alias"], automation.validation_error) == (automation["alias"], None)
    # All entities that they name exist.
    named = set(re.findall(r"\b\w+\.(?:survival|creative)(?:_\w+)?\b", PAGE))
    assert len(named) > 5
    assert named <= set(hass.states.async_entity_ids())


@pytest.mark.usefixtures("devices")
async def test_parts_of_automations_are_valid(hass: HomeAssistant) -> None:
    """Other pages show a trigger or an action alone."""
    text = "".join((DOCS / name).read_text(encoding="utf-8") for name in ("live.md", "players.md"))
    parts = [parse_yaml(block) for block in re.findall(r"^```yaml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)]
    examples: list[dict[str, Any]] = []
    for part in parts:
        match part:
            case {"triggers": triggers}:
                examples.append({"triggers": triggers, "actions": []})
            case {"action": _}:
                examples.append({"triggers": [], "actions": [part]})
    assert len(examples) == 3
    assert await async_setup_component(hass, "automation", {})
    config = await async_validate_config(hass, {"automation": examples})
    assert [automation.validation_error for automation in config["automation"]] == [None] * len(examples)


def test_examples_show_everything_and_nothing_else() -> None:
    """What is shown besides an example stands in its place, as the actions that another one's page explains."""
    folder = ROOT / "custom_components" / DOMAIN
    for kind, word in {"triggers": "trigger", "conditions": "condition", "services": "action"}.items():
        keys = {key for key in load_yaml_dict(str(folder / f"{kind}.yaml")) if not key.startswith(".")}
        shown = set(re.findall(rf"\b{word}: {DOMAIN}\.(\w+)$", PAGE, re.MULTILINE))
        assert keys <= shown | set(re.findall(rf"^\*\*`{DOMAIN}\.(\w+)`\*\*", PAGE, re.MULTILINE))
        assert shown <= keys
    assert {event.value for event in LifecycleEvent} <= set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE))
