"""Who imports whom in the simulator: no circles, and nothing from above."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

NAMES = ("faults", "live_faults", "demo_data", "random_events", "__main__")
ROOT = Path(__file__).parents[2]
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in (ROOT / "simulator").rglob("*.py")
}


def imports(module: str) -> set[str]:
    """Return which of our modules a module imports, also within functions and under TYPE_CHECKING."""
    path = MODULES[module]
    package = module if path.name == "__init__.py" else module.rpartition(".")[0]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            above = package.split(".")[: len(package.split(".")) + 1 - node.level] if node.level else []
            source = ".".join([*above, *filter(None, [node.module])])
            found |= {source} | {f"{source}.{alias.name}" for alias in node.names}
    return (found & MODULES.keys()) - {module}


GRAPH = {module: imports(module) for module in MODULES}


def within(*packages: str) -> set[str]:
    return {module for module in MODULES if module.startswith(packages)}


def test_imports_are_found() -> None:
    assert {"simulator.panel", "simulator.machine", "simulator.v1.refusals"} <= GRAPH["simulator.random_events"]
    assert GRAPH["simulator.machine.truth"] == set()
    assert "simulator.machine" in GRAPH["simulator.v1.api"]
    assert len(GRAPH["simulator.panel"]) > 10


def test_no_circles() -> None:
    """What a package exports is left out: its modules are below it."""
    TopologicalSorter(GRAPH).prepare()


def test_machine_knows_no_panel() -> None:
    machine = within("simulator.machine")

    assert machine
    assert set.union(*(GRAPH[module] for module in machine)) <= machine


ABOVE = {"simulator", *(f"simulator.{name}" for name in ("panel", *NAMES))}


@pytest.mark.parametrize("package", ["simulator.v1", "simulator.v2"])
def test_generation_knows_no_panel(package: str) -> None:
    generation = within(package)
    below = MODULES.keys() - within("simulator.v1", "simulator.v2") - ABOVE

    assert generation
    assert set.union(*(GRAPH[module] for module in generation)) <= generation | below


def test_only_what_is_above_imports_the_panel() -> None:
    above = {module for module, imported in GRAPH.items() if "simulator.panel" in imported}

    assert above == ABOVE - {"simulator.panel"}
