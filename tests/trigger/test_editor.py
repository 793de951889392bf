"""What is accepted, what is refused, and what the editor shows."""

import re
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.icon import async_get_icons
from homeassistant.helpers.translation import async_get_translations
from homeassistant.helpers.trigger import async_get_all_descriptions, async_validate_trigger_config
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.trigger import STATUSES, TRIGGERS
from tests.common import SetUp

from .conftest import automate, on, on_all

FIELDS = {"status_changed": {"from", "to", "behavior", "for"}, "console_line": {"text"}}


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
        ({"trigger": "stellarstack.console_line"}, "text"),
        ({"trigger": "stellarstack.console_line", "options": {"text": ""}}, "one line"),
        ({"trigger": "stellarstack.console_line", "options": {"text": "{player"}}, "begins a field"),
        ({"trigger": "stellarstack.console_line", "options": {"text": "{a}{a}"}}, "name of its own"),
        ({"trigger": "stellarstack.console_line", "options": {"text": "x", "for": "00:01:00"}}, "not a valid option"),
        ({"trigger": "stellarstack.console_line", "options": {"text": "x"}, "target": None}, "target"),
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
        hass,
        *on_all(options={"behavior": "first"}),
        on("status_changed", options={"to": "running", "behavior": "all", "for": {"seconds": 1}}),
        on("status_changed", options={"from": ["running", "starting"], "behavior": "first"}),
    )
    (state,) = hass.states.async_all(AUTOMATION)
    assert state.state == STATE_ON
    assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_descriptions(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp) -> None:
    """There are texts and icons for all, and all that is offered is accepted."""
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
        assert fields.keys() == FIELDS.get(key, {"behavior", "for"})
        names |= {f"{key}.{text}" for text in ("name", "description")}
        names |= {f"{key}.fields.{field}.{text}" for field in fields for text in ("name", "description")}
        defaults = {field: value["default"] for field, value in fields.items() if "default" in value}
        offered = {field: fields[field].get("example", ["running"]) for field in fields.keys() - defaults.keys()}
        await async_validate_trigger_config(hass, cv.TRIGGER_SCHEMA(on(key, options=defaults | offered)))
    assert texts.keys() == {f"component.{DOMAIN}.triggers.{name}" for name in names}
    assert all(texts.values())
    assert icons.keys() == TRIGGERS.keys()
    assert all(re.fullmatch(r"mdi:[a-z-]+", value["trigger"]) for value in icons.values())


async def test_statuses_that_are_offered(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp) -> None:
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
