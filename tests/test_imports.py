"""Which module may import which: the arrows of the tree, hidden imports included."""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
INTEGRATION = "custom_components.stellarstack"
CLIENT = f"{INTEGRATION}.client"

# Each module of the client imports only from later lines.
LAYERS = (
    ("client",),
    ("live_sockets",),
    ("server",),
    ("facts",),
    ("channel", "backups", "doubt", "evidence", "questions", "rows"),
    ("link", "live", "power", "pending", "console_stream", "usage_stream", "linger"),
    ("opening",),
    ("detect",),
    ("v1", "v2"),
    ("status", "lifecycle", "usage", "console", "gate", "live_state", "nodes"),
    ("panel",),
    ("daemon",),
    ("messages",),
    ("auth",),
    ("http", "reconnect", "fields"),
    ("phase",),
    ("models", "credentials"),
    ("exceptions", "timing", "listeners", "text", "turns", "alarm"),
)


def modules(package: str) -> dict[str, Path]:
    """Return the modules of a package by their dotted names."""
    folder = ROOT / package.replace(".", "/")
    found = {}
    for path in folder.rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    assert found
    return found


def imported(name: str, path: Path, known: dict[str, Path]) -> Iterator[str]:
    """Return which of the known modules a module imports, wherever in it that stands."""
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in ast.walk(ast.parse(path.read_text())):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names if alias.name in known)
            case ast.ImportFrom(module=module, names=names, level=level):
                base = package.split(".")[: len(package.split(".")) - level + 1] if level else []
                source = ".".join([*base, *([module] if module else [])])
                for alias in names:
                    if (target := f"{source}.{alias.name}") in known:
                        yield target
                    elif source in known:
                        yield source


def graph(package: str) -> dict[str, set[str]]:
    """Return what each module of a package imports of it."""
    known = modules(package)
    return {name: set(imported(name, path, known)) for name, path in known.items()}


def layer(module: str) -> int:
    """Return the line of `LAYERS` that a module of the client stands in."""
    name = module.removeprefix(f"{CLIENT}.").partition(".")[0]
    return next(number for number, names in enumerate(LAYERS) if name in names)


def test_a_circle_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The counter-check: a circle that only a type checker would go through."""
    monkeypatch.setattr("tests.test_imports.ROOT", tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a/__init__.py").write_text("")
    (tmp_path / "a/b.py").write_text("from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .c import d\n")
    (tmp_path / "a/c.py").write_text("def d():\n    from a import b\n")
    assert graph("a") == {"a": set(), "a.b": {"a.c"}, "a.c": {"a.b"}}
    with pytest.raises(CycleError):
        TopologicalSorter(graph("a")).prepare()


@pytest.mark.parametrize("package", ["custom_components.stellarstack", "simulator"])
def test_there_is_no_circle(package: str) -> None:
    TopologicalSorter(graph(package)).prepare()


def test_the_layers_of_the_client() -> None:
    upwards = [
        (module, target)
        for module, targets in graph(CLIENT).items()
        for target in targets
        if module != CLIENT and layer(target) < layer(module)
    ]
    assert upwards == []


def test_detection_alone_knows_the_generations() -> None:
    generations = {path.parent.name for path in modules(CLIENT).values()} - {"client"}
    assert generations
    for generation in generations:
        inside = f"{CLIENT}.{generation}"
        importers = {
            module
            for module, targets in graph(INTEGRATION).items()
            if not module.startswith(inside) and any(target.startswith(inside) for target in targets)
        }
        assert importers == {f"{CLIENT}.detect"}


def test_nobody_above_the_client_makes_requests() -> None:
    above = {module: targets for module, targets in graph(INTEGRATION).items() if not module.startswith(CLIENT)}
    assert [module for module, targets in above.items() if f"{CLIENT}.http" in targets] == []


def test_the_client_knows_no_home_assistant() -> None:
    for name, path in modules(CLIENT).items():
        tree = ast.walk(ast.parse(path.read_text()))
        sources = [node.module or "" for node in tree if isinstance(node, ast.ImportFrom)]
        assert [source for source in sources if source.startswith("homeassistant")] == [], name
