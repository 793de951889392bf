"""The translations: each language is complete, and what the code names is there."""

import ast
from collections.abc import Iterator
from functools import cache
from importlib import import_module
import json
from pathlib import Path
import re
from types import ModuleType
from typing import Any

from homeassistant.util.yaml import load_yaml_dict
import pytest

from custom_components.stellarstack import (
    PLATFORMS,
    condition,
    config_flow,
    flow_errors,
    server_choice,
    services,
    subentry_flow,
    trigger,
)
from custom_components.stellarstack.const import SUBENTRY_SERVER

INTEGRATION = Path(services.__file__).parent
TRANSLATIONS = INTEGRATION / "translations"
ENGLISH = "en"
OTHERS = ("cs", "da", "de", "es", "fr", "it", "ja", "nl", "pl", "pt-BR", "sv", "uk", "zh-Hans")

NAME = "a name, the same in every language"
COGNATE = "the language's own word, spelled as in English"
LOAN = "the word that Home Assistant uses in this language"
# What a language may leave as it is in English: the languages, and why.
SAME_AS_ENGLISH: dict[str, tuple[tuple[str, ...], str]] = {
    "StellarStack": (OTHERS, NAME),
    "URL": (("cs", "da", "de", "es", "fr", "it", "ja", "nl", "pt-BR", "sv", "uk", "zh-Hans"), NAME),
    "Code": (("de", "fr", "nl"), COGNATE),
    "Email": (("da",), LOAN),
    "Error": (("es",), COGNATE),
    "Maintenance": (("fr",), COGNATE),
    "Name": (("de",), COGNATE),
    "No": (("es", "it"), COGNATE),
    "Node": (("da", "nl"), LOAN),
    "Node online": (("da", "nl"), LOAN),
    "Options": (("fr",), COGNATE),
    "Panels": (("de",), COGNATE),
    "Password": (("it",), LOAN),
    "Server": (("cs", "da", "de", "it", "nl", "sv"), LOAN),
    "Servers": (("nl",), COGNATE),
    "Session": (("da", "fr", "sv"), COGNATE),
    "Start": (("da",), COGNATE),
    "Status": (("da", "de", "nl", "pl", "pt-BR", "sv"), COGNATE),
    "Stop": (("da",), COGNATE),
    "backups": (("pt-BR",), LOAN),
}

# What a language never has: a straight copy of the English punctuation.
WRONG_PUNCTUATION = {
    "es": r"^[^¿]*\?",
    "fr": r"(?<!\N{NO-BREAK SPACE})[:;?!]",
    "ja": r"[ぁ-ヿ一-鿿][,.?!]",
    "zh-Hans": r"[一-鿿][,.:;?!()]",
}
ENDS = {".": ".", "。": ".", "?": "?", "\N{FULLWIDTH QUESTION MARK}": "?"}

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@pytest.fixture(autouse=True)
def _integration_and_sockets() -> None:
    """Nothing here needs a running Home Assistant."""


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return a JSON object; JSON itself lets a key stand twice."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError(f"a key stands twice among {[key for key, _ in pairs]}")
    return found


@cache
def tree(language: str) -> dict[str, Any]:
    text = (TRANSLATIONS / f"{language}.json").read_text(encoding="utf-8")
    translations: dict[str, Any] = json.loads(text, object_pairs_hook=unique)
    return translations


def flatten(branch: dict[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for key, value in branch.items():
        if isinstance(value, dict):
            yield from flatten(value, f"{path}{key}.")
        else:
            assert isinstance(value, str), f"{path}{key} is no string"
            yield f"{path}{key}", value


def strings(language: str) -> dict[str, str]:
    return dict(flatten(tree(language)))


def placeholders(text: str) -> list[str]:
    return sorted(re.findall(r"{(\w+)}", text))


def runs(text: str) -> set[tuple[str, ...]]:
    """Return each three words that follow one another, without what every language has in common."""
    parts = re.split(r"{\w+}|Home Assistant\w*|[.,:;!?]", text)
    words = [re.findall(r"[^\W\d]+", part.casefold()) for part in parts]
    return {tuple(part[at : at + 3]) for part in words for at in range(len(part) - 2)}


def test_languages() -> None:
    assert {path.name for path in TRANSLATIONS.iterdir()} == {f"{language}.json" for language in (ENGLISH, *OTHERS)}


@pytest.mark.parametrize("language", OTHERS)
def test_keys(language: str) -> None:
    english, other = strings(ENGLISH), strings(language)
    assert other.keys() - english.keys() == set(), "no longer in English"
    assert english.keys() - other.keys() == set(), "not translated"
    assert list(other) == list(english), "not in the order of the English file"


@pytest.mark.parametrize("language", OTHERS)
def test_placeholders(language: str) -> None:
    other = strings(language)
    for key, text in strings(ENGLISH).items():
        assert placeholders(other[key]) == placeholders(text), key


@pytest.mark.parametrize("language", [ENGLISH, *OTHERS])
def test_text(language: str) -> None:
    for key, text in strings(language).items():
        assert text, f"{key} is empty"
        assert text == text.strip(), f"{key} begins or ends with a space"
        assert "  " not in text, f"{key} has two spaces in a row"
        assert not re.search(r"[<>]|&#?\w+;", text), f"{key} has HTML"
        assert not re.search(r"\]\s?\(", text), f"{key} has a link"
        # The check of Home Assistant, hassfest, refuses addresses.
        assert not re.search(r"://|www\.", text, re.IGNORECASE), f"{key} has an address"
        # To the frontend a straight apostrophe before a brace begins a quotation: the placeholder would be shown as is.
        assert not re.search(r"'[{}]", text), f"{key} quotes a placeholder"
        assert not re.search(r"[{}]", re.sub(r"{\w+}", "", text)), f"{key} has a stray brace"


@pytest.mark.parametrize("language", OTHERS)
def test_punctuation(language: str) -> None:
    other = strings(language)
    for key, text in strings(ENGLISH).items():
        if language in WRONG_PUNCTUATION:
            assert not re.search(WRONG_PUNCTUATION[language], other[key]), key
        # A sentence stays one, a name too.
        assert ENDS.get(other[key][-1]) == ENDS.get(text[-1]), key


@pytest.mark.parametrize("language", OTHERS)
def test_translated(language: str) -> None:
    english = strings(ENGLISH)
    same = {english[key] for key, text in strings(language).items() if text == english[key]}
    allowed = {text for text, (languages, _reason) in SAME_AS_ENGLISH.items() if language in languages}
    assert same - allowed == set(), "not translated"
    assert allowed - same == set(), "need not be allowed any more"


@pytest.mark.parametrize("language", OTHERS)
def test_no_english_within(language: str) -> None:
    """A text that is only half translated still has some English words in a row."""
    english = strings(ENGLISH)
    for key, text in strings(language).items():
        assert runs(text) & runs(english[key]) == set(), key


@pytest.mark.parametrize("language", OTHERS)
def test_same_text_same_translation(language: str) -> None:
    """What stands more than once in English for the same kind of thing is translated in one way."""
    other = strings(language)
    chosen: dict[tuple[str, str], str] = {}
    for key, text in strings(ENGLISH).items():
        same = (key.rpartition(".")[2], text)
        assert other[key] == chosen.setdefault(same, other[key]), key


# What a row of the glossary is about, by how it is marked; the others are about any text.
GLOSSARY_MARKS = {
    "status: ": r"entity\.sensor\.status\.state\.",
    "event: ": r"entity\.event\.lifecycle\..*\.state\.",
    " (button)": r"entity\.button\.",
    " (field)": r".*\.fields\.",
    " (trigger)": r"triggers\.",
    "": "",
}


def glossary() -> list[list[str]]:
    """Return the rows of the translators' glossary, the heading first."""
    lines = (Path(__file__).parents[1] / "docs" / "translating.md").read_text(encoding="utf-8").splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return [row for row in rows if set(row) != {"---"}]


def test_glossary_names_all_languages() -> None:
    heading, *rows = glossary()
    assert heading[0] == "English"
    assert sorted(heading[1:]) == sorted(OTHERS)
    assert {len(row) for row in rows} == {len(heading)}


@pytest.mark.parametrize("language", OTHERS)
def test_glossary(language: str) -> None:
    """The glossary says what the files say."""
    heading, *rows = glossary()
    english, other = strings(ENGLISH), strings(language)
    checked = 0
    for row in rows:
        mark = next(mark for mark in GLOSSARY_MARKS if mark in row[0])
        term = row[0].replace(mark, "").casefold()
        for key, text in english.items():
            if text.casefold() == term and re.match(GLOSSARY_MARKS[mark], key):
                assert other[key].casefold() == row[heading.index(language)].casefold(), key
                checked += 1
    assert checked > 50


def parse(module: ModuleType) -> ast.Module:
    return ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))


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
            if name.endswith("Description"):
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


def descriptions(module: ModuleType) -> dict[str, Any]:
    """Return the descriptions of a platform's entities by translation key."""
    return {
        item.translation_key or item.key: item
        for value in vars(module).values()
        for item in (value if isinstance(value, tuple) else (value,))
        # Core makes some of other classes than those that it shows.
        if type(item).__name__.endswith("Description")
    }


def class_keys(module: ModuleType) -> set[str]:
    """Return the translation keys that entities of a platform have without a description."""
    return {
        key
        for statement in ast.walk(parse(module))
        if isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "_attr_translation_key" for target in statement.targets)
        for key in values(statement.value, None, module)
    }


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


def automation_keys(kind: str) -> dict[str, Any]:
    """Return what services.yaml, triggers.yaml or conditions.yaml describes, without what it only repeats."""
    described = load_yaml_dict(str(INTEGRATION / f"{kind}.yaml"))
    return {key: value for key, value in described.items() if not key.startswith(".")}


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
    assert translated.keys() == {key for key, _ in found}
    for key, options in found:
        assert translated[key]["options"].keys() == options, key


DIALOGS: dict[type, tuple[str, ...]] = {
    config_flow.StellarStackConfigFlow: ("config",),
    config_flow.StellarStackOptionsFlow: ("options",),
    subentry_flow.ServerSubentryFlow: ("config_subentries", SUBENTRY_SERVER),
}
FORMS = {
    "config.user": config_flow.PANEL_SCHEMA,
    "config.reconfigure": config_flow.PANEL_SCHEMA,
    "config.credentials": config_flow.CREDENTIALS_SCHEMA,
    "config.two_factor": config_flow.CODE_SCHEMA,
    "config.session": config_flow.SESSION_SCHEMA,
    "options.init": config_flow.OPTIONS_SCHEMA,
}
FLOW_MODULES = (config_flow, subentry_flow, flow_errors, server_choice)


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
        flow, step = form.split(".")
        assert tree(ENGLISH)[flow]["step"][step]["data"].keys() == {str(field) for field in schema.schema}, form


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
