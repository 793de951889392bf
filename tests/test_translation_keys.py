"""The translations: what the code names is there, and nothing else."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from custom_components.stellarstack import (
    PLATFORMS,
    condition,
    config_flow,
    flow_errors,
    options_flow,
    query_form,
    server_choice,
    services,
    subentry_flow,
    trigger,
)
from custom_components.stellarstack.const import SUBENTRY_SERVER
from custom_components.stellarstack.query import protocols

from .integration import ENGLISH, INTEGRATION, automation_keys, class_keys, descriptions, parse, tree

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@pytest.fixture(autouse=True)
def _integration_and_sockets() -> None:
    """Nothing here needs a running Home Assistant."""


def modules() -> list[ModuleType]:
    names = sorted(path.stem for path in INTEGRATION.glob("*.py") if path.stem != "__init__")
    assert "coordinator" in names
    package = "custom_components.stellarstack"
    return [import_module(package), *(import_module(f"{package}.{name}") for name in names)]


def calls(node: ast.AST, function: ast.AST | None = None) -> Iterator[tuple[ast.Call, ast.AST | None]]:
    """Yield the calls below a node, each with the outermost function it stands in."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield child, function
        yield from calls(child, function or (child if isinstance(child, FUNCTIONS) else None))


def values(node: ast.expr, function: ast.AST | None, module: ModuleType) -> set[str]:
    """Return the strings that an expression in a function can be."""
    match node:
        case ast.Constant(value=str() as text):
            return {text}
        case ast.IfExp(body=one, orelse=other):
            return values(one, function, module) | values(other, function, module)
        case ast.Subscript(value=ast.Name(id=name)):
            return set(getattr(module, name).values())
        case ast.Call(func=ast.Name(id=name)):
            return returned(name, module)
        case ast.Name(id=name):
            if isinstance(constant := getattr(module, name, None), str):
                return {constant}
            assert isinstance(function, FUNCTIONS), name
            return assigned(name, function, module) or passed(name, function, module)
    raise AssertionError(f"{module.__name__}: what can {ast.unparse(node)!r} be?")


def assigned(name: str, function: ast.FunctionDef | ast.AsyncFunctionDef, module: ModuleType) -> set[str]:
    """Return the strings that a function gives to a variable."""
    return set().union(
        *(
            values(statement.value, function, module)
            for statement in ast.walk(function)
            if isinstance(statement, ast.Assign)
            and any(isinstance(target, ast.Name) and target.id == name for target in statement.targets)
        )
    )


def passed(name: str, function: ast.FunctionDef | ast.AsyncFunctionDef, module: ModuleType) -> set[str]:
    """Return the strings that a function's callers give to a parameter."""
    place = [argument.arg for argument in function.args.args if argument.arg != "self"].index(name)
    return set().union(
        *(
            values(call.args[place], caller, module)
            for call, caller in calls(parse(module))
            if ast.unparse(call.func).rpartition(".")[2] == function.name
        )
    )


def returned(name: str, module: ModuleType) -> set[str]:
    """Return the strings that a function can return."""
    (function,) = (node for node in parse(module).body if isinstance(node, FUNCTIONS) and node.name == name)
    return set().union(
        *(
            values(statement.value, function, module)
            for statement in ast.walk(function)
            if isinstance(statement, ast.Return) and statement.value is not None
        )
    )


@cache
def used(kind: str) -> set[str]:
    """Return the translation keys that the code gives to exceptions or to issues."""
    keys: set[str] = set()
    for module in modules():
        for call, function in calls(parse(module)):
            name = ast.unparse(call.func).rpartition(".")[2]
            if name.endswith(("Description", "SelectorConfig")):
                continue
            if kind == ("issues" if name == "async_create_issue" else "exceptions"):
                for keyword in call.keywords:
                    if keyword.arg == "translation_key":
                        keys |= values(keyword.value, function, module)
    return keys


@pytest.mark.parametrize("kind", ["exceptions", "issues"])
def test_exceptions_and_issues(kind: str) -> None:
    assert used(kind), "none found"
    assert used(kind) - tree(ENGLISH)[kind].keys() == set(), "used, but not there"
    assert tree(ENGLISH)[kind].keys() - used(kind) == set(), "there, but not used"


def test_platforms() -> None:
    assert tree(ENGLISH)["entity"].keys() == set(PLATFORMS)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_entities(platform: str) -> None:
    module = import_module(f"custom_components.stellarstack.{platform}")
    described = descriptions(module)
    translated = tree(ENGLISH)["entity"][platform]
    assert described, "none found"
    assert translated.keys() == described.keys() | class_keys(module)
    for key, description in described.items():
        assert translated[key]["name"]
        if options := getattr(description, "options", None):
            assert translated[key]["state"].keys() == set(options), key
        if event_types := getattr(description, "event_types", None):
            assert translated[key]["state_attributes"]["event_type"]["state"].keys() == set(event_types)


@pytest.mark.parametrize(
    ("kind", "in_code"),
    [
        ("services", {value for name, value in vars(services).items() if name.startswith("SERVICE_")}),
        ("triggers", set(trigger.TRIGGERS)),
        ("conditions", set(condition.CONDITIONS)),
    ],
)
def test_actions_triggers_and_conditions(kind: str, in_code: set[str]) -> None:
    described, translated = automation_keys(kind), tree(ENGLISH)[kind]
    assert described.keys() == in_code
    assert translated.keys() == in_code
    for key, value in described.items():
        assert translated[key]["name"]
        assert translated[key]["description"]
        assert translated[key].get("fields", {}).keys() == value.get("fields", {}).keys(), key
        for field, text in translated[key].get("fields", {}).items():
            assert text.keys() == {"name", "description"}, field


def selectors(branch: Any) -> Iterator[tuple[str, set[str]]]:
    """Yield the choices with translated options: the translation key, and the options."""
    if isinstance(branch, dict):
        if "translation_key" in branch:
            yield branch["translation_key"], set(branch["options"])
        for value in branch.values():
            yield from selectors(value)


def test_selectors() -> None:
    found = [item for kind in ("services", "triggers", "conditions") for item in selectors(automation_keys(kind))]
    translated = tree(ENGLISH)["selector"]
    protocol = query_form.QUERY_SCHEMA.schema["protocol"].config
    found.append((protocol["translation_key"], set(protocol["options"])))
    assert translated.keys() == {key for key, _ in found}
    for key, options in found:
        assert translated[key]["options"].keys() == options, key


DIALOGS: dict[type, tuple[str, ...]] = {
    config_flow.StellarStackConfigFlow: ("config",),
    options_flow.StellarStackOptionsFlow: ("options",),
    subentry_flow.ServerSubentryFlow: ("config_subentries", SUBENTRY_SERVER),
}
FORMS = {
    "config.user": config_flow.PANEL_SCHEMA,
    "config.reconfigure": config_flow.PANEL_SCHEMA,
    "config.credentials": config_flow.CREDENTIALS_SCHEMA,
    "config.two_factor": config_flow.CODE_SCHEMA,
    "config.session": config_flow.SESSION_SCHEMA,
    "options.init": options_flow.OPTIONS_SCHEMA,
    "config_subentries.server.reconfigure": query_form.QUERY_SCHEMA,
}
FLOW_MODULES = (config_flow, options_flow, subentry_flow, flow_errors, server_choice, protocols)


def dialog(flow: type) -> tuple[dict[str, Any], dict[str, set[str]]]:
    """Return a dialog's translations, and the texts that its code asks for by the argument that names them."""
    translated = tree(ENGLISH)
    for key in DIALOGS[flow]:
        translated = translated[key]
    module = import_module(flow.__module__)
    (code,) = (node for node in parse(module).body if isinstance(node, ast.ClassDef) and node.name == flow.__name__)
    asked: dict[str, set[str]] = {"step": set(), "progress": set(), "abort": set()}
    for call, function in calls(code):
        if ast.unparse(call.func) in {"self.async_show_form", "self.async_show_menu"}:
            (step,) = (item.value for item in call.keywords if item.arg == "step_id")
            asked["step"] |= values(step, function, module)
        for item in call.keywords:
            if item.arg == "progress_action":
                asked["progress"].add(ast.literal_eval(item.value))
            elif item.arg == "reason" and isinstance(item.value, ast.Constant):
                asked["abort"].add(ast.literal_eval(item.value))
    return translated, asked


@pytest.mark.parametrize("flow", DIALOGS)
def test_dialogs(flow: type) -> None:
    translated, asked = dialog(flow)
    assert translated["step"].keys() == asked["step"]
    assert translated.get("progress", {}).keys() == asked["progress"]
    assert asked["abort"] - translated.get("abort", {}).keys() == set()
    for step, texts in translated["step"].items():
        assert texts["title"], step
        assert texts.get("description") or texts.keys() == {"title", "data", "data_description"}, step
        assert texts.get("data", {}).keys() == texts.get("data_description", {}).keys(), step
        assert texts.get("menu_options", {}).keys() == texts.get("menu_option_descriptions", {}).keys(), step


def test_fields_of_the_dialogs() -> None:
    for form, schema in FORMS.items():
        *flow, step = form.split(".")
        texts = tree(ENGLISH)
        for key in flow:
            texts = texts[key]
        assert texts["step"][step]["data"].keys() == {str(field) for field in schema.schema}, form


def test_errors_of_the_dialogs() -> None:
    """Each error has a text, and each text is named in the code."""
    told = {key for _, key in flow_errors.ERRORS} | flow_errors.FIELD_OF_ERROR.keys()
    assert told - tree(ENGLISH)["config"]["error"].keys() == set(), "told, but no text"
    named = {
        node.value
        for module in FLOW_MODULES
        for node in ast.walk(parse(module))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for flow in (tree(ENGLISH)["config"], tree(ENGLISH)["config_subentries"][SUBENTRY_SERVER]):
        assert flow["error"].keys() - named == set(), "there, but never told"
        assert flow["abort"].keys() - named == set(), "there, but never told"
