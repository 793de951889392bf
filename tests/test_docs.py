"""The documents: each link leads somewhere, and their tables name what the code has, and nothing else."""

from collections.abc import Iterator
from functools import cache
from importlib import import_module
import json
from pathlib import Path
import re
from urllib.parse import unquote

from homeassistant.helpers.entity_platform import MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY
import pytest

from custom_components.stellarstack import PLATFORMS
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.entity_limit import RANKING
from custom_components.stellarstack.user_input import panel_addresses

from .integration import ENGLISH, INTEGRATION, automation_keys, descriptions, strings

ROOT = INTEGRATION.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README, DEVELOPERS = ROOT / "README.md", ROOT / "DEVELOPERS.md"
AUTOMATIONS, ENTITIES, SET_UP, TROUBLESHOOTING = (
    ROOT / "docs" / f"{name}.md" for name in ("automations", "entities", "setup", "troubleshooting")
)

# What stands in for the placeholders of texts.
EXAMPLES = {
    "brace": r"\{",
    "bytes": "4096",
    "characters": "500",
    "device": "Kitchen",
    "field": "{player}",
    "limit": "5",
    "panel": "Panel",
    "reason": "…",
    "seconds": "30",
    "server": "Survival",
    "url": "https://panel.example.com",
}


@pytest.fixture(autouse=True)
def _integration_and_sockets() -> None:
    """Nothing here needs a running Home Assistant."""


@cache
def prose(page: Path) -> str:
    """A page without its code, in which nothing is a link or a heading."""
    return re.sub(r"^```.*?^```$", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)


@cache
def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    headings: list[str] = re.findall(r"^#+ (.+)$", prose(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def section(page: Path, heading: str) -> str:
    """What stands under a heading, which begins with its number signs."""
    level = heading.partition(" ")[0]
    return re.split(rf"^#{{2,{len(level)}}} ", prose(page).split(f"\n{heading}\n")[1], flags=re.MULTILINE)[0]


def rows(page: Path, heading: str, columns: int) -> Iterator[list[str]]:
    """The cells of the tables with so many columns under a heading, without their heads and without formatting."""
    for line in re.findall(r"^\|(?! ---)(.+)\|$(?!\n\| ---)", section(page, f"## {heading}"), re.MULTILINE):
        if len(cells := line.split("|")) == columns:
            yield [re.sub(r"\[(.+)\]\(.+\)", r"\1", cell.strip()).replace("*", "").strip("`") for cell in cells]


def words(path: str) -> dict[str, str]:
    """The English texts whose keys fit a pattern."""
    return {key: text for key, text in strings(ENGLISH).items() if re.fullmatch(path, key)}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere_and_pictures_have_words(page: Path) -> None:
    links = re.findall(r"(?:\]\(|src=\"|srcset=\")([^)\"\s]+)", prose(page))
    wrong = []
    for link in links:
        path, _, anchor = unquote(link).partition("#")
        target = page.parent / path if path else page
        if "://" not in link and not (target.exists() and (not anchor or anchor in anchors(target))):
            wrong.append(link)
    assert wrong == []
    assert not re.findall(r"!\[.{0,4}\]\(|<img (?![^>]*alt=\"[^\"]{5,})", prose(page))


def test_entities() -> None:
    """Those that are enabled by default stand first, in the order of their importance; the panel's own stands last."""
    units = {"cpu": "%", "backup_limit": "backups"}
    expected: dict[str, list[str]] = {}
    for platform in PLATFORMS:
        for key, description in descriptions(import_module(f"custom_components.{DOMAIN}.{platform}")).items():
            name = "The server's own name" if key == "power" else strings(ENGLISH)[f"entity.{platform}.{key}.name"]
            default = "on" if description.entity_registry_enabled_default else "off"
            unit = units.get(key) or getattr(description, "native_unit_of_measurement", None) or ""
            expected[key] = [name, platform.replace("_", " "), default, unit]
    *listed, panel = (cells[:4] for cells in rows(ENTITIES, "All entities", 5))
    assert panel == ["Connected", "binary sensor", "on", ""]
    assert listed[: len(RANKING)] == [expected[key] for key in RANKING]
    # Who wants players has chosen so for the server.
    assert {cells[2] for cells in listed[len(RANKING) :] if cells != expected["players"]} == {"off"}
    assert sorted(listed) == sorted(expected.values())


def test_room_for_entities() -> None:
    most = MAX_ENABLED_ENTITIES_PER_CONFIG_ENTRY
    text = section(ENTITIES, "## Many servers")
    assert f"takes {most:,} enabled entities" in text
    assert f"has {len(RANKING)} that are enabled by default, so up to {(most - 1) // len(RANKING)} servers" in text
    assert "with 1,000 servers it is nine each, from *Status* to *Stop*" in text
    assert (len(RANKING[: (most - 1) // 1000]), RANKING[(most - 1) // 1000 - 1]) == (9, "stop")


@pytest.mark.parametrize("kind", ["triggers", "conditions"])
def test_page_of_each_trigger_and_condition(kind: str) -> None:
    """By its key; the README and the page about automations lead there."""
    pages = {page.stem: page.read_text("utf-8").partition("\n")[0] for page in ROOT.glob(f"docs/{kind}/*.md")}
    assert pages == {key: f"# {strings(ENGLISH)[f'{kind}.{key}.name']}" for key in automation_keys(kind)}
    for key in pages:
        assert f"(docs/{kind}/{key}.md)" in prose(README)
        assert f"({kind}/{key}.md)" in section(AUTOMATIONS, f"## {kind.capitalize()}")


def test_triggers_conditions_and_actions() -> None:
    expected = []
    for word, kind in {"Trigger": "triggers", "Condition": "conditions", "Action": "services"}.items():
        names = {key: strings(ENGLISH)[f"{kind}.{key}.name"] for key in automation_keys(kind)}
        expected += [[word, name, f"{DOMAIN}.{key}"] for key, name in names.items()]
    assert sorted(cells[:3] for cells in rows(README, "Automations", 4)) == sorted(expected)


def test_example_is_one_that_is_tried() -> None:
    """Home Assistant loads those of the other page in tests/blueprints."""
    (example,) = re.findall(r"^```yaml\n.*?^```$", README.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert any(example in page.read_text("utf-8") for page in (AUTOMATIONS, *ROOT.glob("docs/triggers/*.md")))


def test_times_until_something_is_told() -> None:
    """Each time that the page names is one of the client's, and the other way round."""
    timing = Timing()
    text = section(AUTOMATIONS, "### What is told when")
    times = {
        "When it has stayed down for {:.0f} seconds": timing.down,
        "or stopped and started again within {:.0f} seconds": timing.down,
        "It may be down for {:.0f} minutes": timing.own_restart / 60,
        "instead of becoming ready after a restart. | `crashed` | The same; after {:.0f} seconds": timing.down,
        "the panel does not tell why. | `stopped` | After {:.0f} seconds": timing.unexplained,
        "the panel does not tell why. | `crashed` | After {:.0f} seconds": timing.unexplained,
        "Its installation ends. | `install_finished` | After {:.0f} seconds": timing.install,
        "has `crashed`, when it has stayed down for {:.0f} seconds": timing.crash,
    }
    for words, time in times.items():
        assert words.format(time) in text
    at_most = re.findall(r"Up to (\d+) seconds later, when the panel has confirmed it", text)
    assert [timing.evidence_delay + timing.evidence_retry <= int(most) for most in at_most] == [True]
    assert len(re.findall(r"\d+ (?:second|minute)", text)) == len(times) + len(at_most)
    short = section(README, "## What is told when")
    assert re.findall(r"\b\d+\b", short) == [f"{timing.down:.0f}", *at_most, *at_most]


def test_addresses_that_are_understood() -> None:
    shown = list(rows(SET_UP, "1. Where the panel is", 2))
    assert shown
    for typed, taken in shown:
        assert panel_addresses(typed.replace("…", "x"))[0] == re.split("[`,;]", taken)[0]


def test_version() -> None:
    """The newest section of the changelog is that of the manifest, with its date or none yet."""
    version = json.loads((INTEGRATION / "manifest.json").read_text("utf-8"))["version"]
    newest = re.search(
        r"^## (\S+) \((?:\d{4}-\d{2}-\d{2}|unreleased)\)$", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE
    )
    assert newest is not None
    assert newest[1] == version
    assert f"placeholder: {version}\n" in (ROOT / ".github/ISSUE_TEMPLATE/bug.yml").read_text("utf-8")


def test_modules_of_the_integration() -> None:
    """The page for developers names each module, and none that is not there."""
    for heading, folder in {"The integration": INTEGRATION, "The client": INTEGRATION / "client"}.items():
        table = list(rows(DEVELOPERS, heading, 2))
        modules = [name for cells in table for name in re.findall(r"\w+\.py|\w+/", cells[0])]
        assert [name for name in modules if not (folder / name).exists()] == []
        named = {name for cells in table for cell in cells for name in re.findall(r"\w+\.py", cell)}
        assert {path.name for path in folder.glob("*.py")} - named <= {"__init__.py"}


def test_messages_of_actions() -> None:
    messages = {message.format_map(EXAMPLES) for message in words(r"exceptions\.\w+\.message").values()}
    assert {cells[0] for cells in rows(TROUBLESHOOTING, "What an action says", 2)} == messages


def test_dialogs_and_repairs() -> None:
    """Each field, each error and each repair is explained."""
    fields = words(r"(config|options|config_subentries\.server)\.step\.\w+\.data\.\w+")
    assert {cells[0] for cells in rows(SET_UP, "All fields", 4)} == set(fields.values())
    errors = words(r"(config|config_subentries\.server)\.(error|abort)\.\w+")
    said = {cells[0] for cells in rows(TROUBLESHOOTING, "What the dialog says", 3)}
    assert said == {key.rpartition(".")[2] for key in errors}
    titles = {title.format_map(EXAMPLES) for title in words(r"issues\.\w+\.title").values()}
    assert {cells[0] for cells in rows(TROUBLESHOOTING, "Repairs", 3)} == titles
