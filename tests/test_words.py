"""The words of the code: docstrings begin with one short sentence."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("custom_components", "simulator")
MOST_WORDS = 12


def first_lines(source: str) -> Iterator[tuple[str, str]]:
    """Yield the name and first line of each docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            if docstring := ast.get_docstring(node):
                yield getattr(node, "name", "module"), docstring.splitlines()[0]


def faults(source: str) -> list[tuple[str, str]]:
    """Return the first lines that are too long or no sentence."""
    return [
        (name, line) for name, line in first_lines(source) if len(line.split()) > MOST_WORDS or not line.endswith(".")
    ]


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_begin_with_one_short_sentence(package: str) -> None:
    paths = sorted((ROOT / package).rglob("*.py"))
    assert paths
    found = {str(path.relative_to(ROOT)): faults(path.read_text(encoding="utf-8")) for path in paths}
    assert {path: lines for path, lines in found.items() if lines} == {}


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ('"""Return one two three four five six seven eight nine ten eleven."""', []),
        ('"""Return one two three four five six seven eight nine ten eleven twelve."""', ["module"]),
        ('class Part:\n    """A part"""', ["Part"]),
        ('async def ask() -> None:\n    """Ask\n\n    And wait."""', ["ask"]),
        ("def ask() -> None: ...", []),
    ],
)
def test_a_long_or_unfinished_first_line_is_found(source: str, names: list[str]) -> None:
    assert [name for name, _ in faults(source)] == names
