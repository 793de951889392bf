"""Rules of Home Assistant's check of integrations, hassfest, that can be held without it.

Those of single texts are held by test_translations.py, those of icons by test_icons.py.
"""

import ast
import json
from typing import Any

from awesomeversion import AwesomeVersion, AwesomeVersionStrategy
from homeassistant.helpers import config_validation as cv, selector
import pytest
import voluptuous as vol

from custom_components import stellarstack
from custom_components.stellarstack.const import DOMAIN

from .integration import ENGLISH, INTEGRATION, automation_keys, parse, tree

KEY = vol.Match(r"^(?!.+[_-]{2})(?![_-])[a-z0-9-_]+(?<![_-])$")
TEXTS = {KEY: str}
FIELD = {
    vol.Optional("required"): bool,
    vol.Optional("default"): vol.NotIn([None]),
    vol.Optional("example"): vol.NotIn([None]),
    vol.Optional("selector"): selector.validate_selector,
}
# The domains of the manifest that hassfest takes; the order of keys is domain, name, then the alphabet.
IOT_CLASSES = {"assumed_state", "calculated", "cloud_polling", "cloud_push", "local_polling", "local_push"}
TYPES = {"device", "entity", "hardware", "helper", "hub", "service", "system"}
CONNECTIVITY = {"bluetooth", "network", "serial", "thread", "usb", "zigbee", "zwave"}
MANIFEST = vol.Schema(
    {
        vol.Required("domain"): DOMAIN,
        vol.Required("name"): str,
        vol.Required("after_dependencies"): ["http", "lovelace"],
        vol.Required("codeowners"): [vol.Match(r"^@[\w-]+$")],
        vol.Required("config_flow"): True,
        vol.Required("documentation"): vol.Url(),
        vol.Required("issue_tracker"): vol.Url(),
        vol.Required("integration_type"): vol.In(TYPES),
        vol.Required("iot_class"): vol.In(IOT_CLASSES),
        vol.Required("loggers"): [str],
        vol.Required("quality_scale"): vol.In(["bronze", "silver", "gold", "platinum"]),
        vol.Required("requirements"): [str],
        vol.Required("version"): str,
        # Told since 2026.11; before, they are not looked at.
        vol.Required("categories"): [vol.Match(r"^[a-z_]+\.[a-z_]+$")],
        vol.Required("connectivity"): [vol.In(CONNECTIVITY)],
    }
)
PAIRS = ("data", "data_description", "menu_options", "menu_option_descriptions")
STEP: dict[vol.Optional, Any] = {vol.Optional(part): str for part in ("title", "description")}
STEP |= {vol.Optional(part): TEXTS for part in PAIRS}
FLOW: dict[vol.Marker, Any] = {vol.Required("step"): {KEY: STEP}}
FLOW |= {vol.Optional(part): TEXTS for part in ("error", "abort", "progress")}
NAMED = {
    vol.Required("name"): str,
    vol.Required("description"): str,
    vol.Optional("fields"): {KEY: {vol.Required("name"): str, vol.Required("description"): str}},
}
ENTITY = {
    vol.Required("name"): str,
    vol.Optional("state"): TEXTS,
    vol.Optional("unit_of_measurement"): str,
    vol.Optional("state_attributes"): {KEY: {vol.Required("name"): str, vol.Optional("state"): TEXTS}},
}
ISSUE = {
    vol.Required("title"): str,
    vol.Exclusive("description", "how"): str,
    vol.Exclusive("fix_flow", "how"): FLOW,
}
STRINGS = vol.Schema(
    {
        vol.Optional("title"): str,
        vol.Required("common"): TEXTS,
        vol.Required("config"): FLOW,
        vol.Required("config_subentries"): {
            KEY: FLOW
            | {vol.Required("entry_type"): str, vol.Required("initiate_flow"): {vol.Required("user"): str, KEY: str}}
        },
        vol.Required("options"): FLOW,
        vol.Required("entity"): {KEY: {KEY: ENTITY}},
        vol.Required("exceptions"): {KEY: {vol.Required("message"): str}},
        vol.Required("issues"): {KEY: vol.All(cv.has_at_least_one_key("description", "fix_flow"), ISSUE)},
        vol.Required("selector"): {KEY: {vol.Required("options"): TEXTS}},
        vol.Required("system_health"): {vol.Required("info"): TEXTS},
        **{vol.Required(kind): {cv.underscore_slug: NAMED} for kind in ("services", "triggers", "conditions")},
    }
)


@pytest.fixture(autouse=True)
def _integration_and_sockets() -> None:
    """Nothing here needs a running Home Assistant."""


def target(value: Any) -> Any:
    """Check a target, which may filter entities but not devices: those need a selector."""
    selector.TargetSelector.CONFIG_SCHEMA(value)
    if "device" in value:
        raise vol.Invalid("a target filters devices")
    return value


def test_manifest() -> None:
    manifest = json.loads((INTEGRATION / "manifest.json").read_text())
    MANIFEST(manifest)
    assert list(manifest) == ["domain", "name", *sorted(manifest.keys() - {"domain", "name"})]
    AwesomeVersion(manifest["version"], ensure_strategy=[AwesomeVersionStrategy.SEMVER])


def test_strings() -> None:
    STRINGS(tree(ENGLISH))


@pytest.mark.parametrize("kind", ["services", "triggers", "conditions"])
def test_actions_triggers_and_conditions(kind: str) -> None:
    described = automation_keys(kind)
    assert described
    vol.Schema({cv.underscore_slug: {vol.Required("target"): target, vol.Optional("fields"): {KEY: FIELD}}})(described)


def test_a_target_by_device_is_found() -> None:
    """The counter-check."""
    with pytest.raises(vol.Invalid, match="filters devices"):
        target({"device": {"integration": DOMAIN}})


def test_an_entry_is_typed_wherever_home_assistant_passes_one() -> None:
    places = {
        "async_setup_entry": 1,
        "async_unload_entry": 1,
        "async_remove_entry": 1,
        "async_remove_config_entry_device": 1,
        "async_get_config_entry_diagnostics": 1,
        "async_get_device_diagnostics": 1,
        "async_get_options_flow": 0,
        "async_get_supported_subentry_types": 1,
    }
    seen = set()
    for path in INTEGRATION.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name in places:
                seen.add(node.name)
                annotation = node.args.args[places[node.name]].annotation
                assert annotation is not None
                assert ast.unparse(annotation) == "StellarStackConfigEntry", f"{path.name}: {node.name}"
    assert seen == places.keys()


def test_yaml_is_not_taken() -> None:
    """An integration with a set-up of its own has to say what it takes from configuration.yaml."""
    names = {node.id for node in ast.walk(parse(stellarstack)) if isinstance(node, ast.Name)}
    assert "CONFIG_SCHEMA" in names
