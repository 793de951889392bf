"""What the integration's own files say, read without Home Assistant."""

import ast
from collections.abc import Iterator
from functools import cache
import json
from pathlib import Path
from types import ModuleType
from typing import Any

from homeassistant.util.yaml import load_yaml_dict

from custom_components import stellarstack

INTEGRATION = Path(str(stellarstack.__file__)).parent
TRANSLATIONS = INTEGRATION / "translations"
ENGLISH = "en"


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


def automation_keys(kind: str) -> dict[str, Any]:
    """Return what services.yaml, triggers.yaml or conditions.yaml describes, without what it only repeats."""
    described = load_yaml_dict(str(INTEGRATION / f"{kind}.yaml"))
    return {key: value for key, value in described.items() if not key.startswith(".")}


def parse(module: ModuleType) -> ast.Module:
    return ast.parse(Path(str(module.__file__)).read_text(encoding="utf-8"))


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
        ast.literal_eval(statement.value)
        for statement in ast.walk(parse(module))
        if isinstance(statement, ast.Assign)
        and any(isinstance(target, ast.Name) and target.id == "_attr_translation_key" for target in statement.targets)
    }
