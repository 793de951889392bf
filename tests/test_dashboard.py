"""The dashboard: its template, rendered by a real Home Assistant, for the demo's servers and for others."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.template import MAX_TEMPLATE_OUTPUT, Template
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from simulator import Panel
from simulator.accounts import Account
from simulator.demo_data import populate

from .common import SERVERS, SetUp, entry_for, shows

ROOT = Path(__file__).parent.parent
TEMPLATE = (ROOT / "dashboards" / "game_servers.jinja").read_text("utf-8")
DASHBOARD = ROOT / "dashboards" / "game_servers.yaml"
LANGUAGES = sorted(path.stem for path in (ROOT / "custom_components" / DOMAIN / "translations").glob("*.json"))
# Home Assistant's own; anything else would have to be installed.
CARDS = {"grid", "heading", "history-graph", "logbook", "markdown", "tile"}
PARTS_OF_CARDS = {"button", "device", "entity", "sections"}
# What a server's section shows, from top to bottom.
SHOWN = [
    *("running", "node_online", "status", "status", "status", "status", "address", "memory", "disk", "cpu", "node"),
    *("start", "stop", "restart", "kill"),
]
# What only its name or the end of its id tells apart.
NAMED = {"address", "memory", "disk", "node", "start", "stop", "kill"}
CONFIRMED = {"stop", "restart", "kill"}

all_enabled = pytest.mark.usefixtures("entity_registry_enabled_by_default")

type Dashboard = dict[str, Any]


def written(hass: HomeAssistant) -> str:
    """What a user copies."""
    return str(Template(TEMPLATE, hass).async_render())


def rendered(hass: HomeAssistant) -> Dashboard:
    """The dashboard of the servers that there are; it names no entity that there is not."""
    dashboard = parse_yaml(written(hass))
    assert isinstance(dashboard, dict)
    assert [entity_id for entity_id in named_in(dashboard) if hass.states.get(entity_id) is None] == []
    return dashboard


def inside(value: Any) -> Iterator[Dashboard]:
    """All mappings in a part of a dashboard, outer ones first."""
    if isinstance(value, dict):
        yield value
        value = list(value.values())
    if isinstance(value, list):
        for inner in value:
            yield from inside(inner)


def named_in(part: Any) -> list[str]:
    """The ids of all entities that a part of a dashboard names."""
    found: list[str] = []
    for node in inside(part):
        for key in ("entity", "entity_id"):
            ids = node.get(key, [])
            found += [ids] if isinstance(ids, str) else ids
    return found


def servers_in(dashboard: Dashboard) -> dict[str, list[Dashboard]]:
    """The cards of each server, by the heading of its section."""
    sections = [section["cards"] for section in dashboard["views"][0]["sections"] if "column_span" not in section]
    return {cards[0]["heading"]: cards for cards in sections}


def shown_in(hass: HomeAssistant, cards: list[Dashboard]) -> list[str]:
    """The keys of what a server's cards show, whatever the entities are called."""
    return [key_of(hass, node["entity"]) for node in [*cards[0]["badges"], *cards[1:]]]


def key_of(hass: HomeAssistant, entity_id: str) -> str:
    """The key of an entity."""
    entry = er.async_get(hass).async_get(entity_id)
    assert entry is not None
    return str(entry.translation_key)


def buttons_in(hass: HomeAssistant, dashboard: Dashboard) -> dict[tuple[str, str], Dashboard]:
    """The cards that press buttons, by server and key."""
    found = {}
    for name, cards in servers_in(dashboard).items():
        for card in cards:
            if card.get("entity", "").startswith("button."):
                found[name, key_of(hass, card["entity"])] = card
    return found


def rename(hass: HomeAssistant, name: str | None, *, ids: bool = False) -> None:
    """Give all our entities a name, None for the one that they came with, and maybe ids that tell nothing."""
    registry = er.async_get(hass)
    for number, entry in enumerate(list(registry.entities.values())):
        registry.async_update_entity(entry.entity_id, name=name)
        if ids:
            registry.async_update_entity(entry.entity_id, new_entity_id=f"{entry.domain}.renamed_{number}")


async def test_of_the_demo(hass: HomeAssistant, panel: Panel, set_up: SetUp) -> None:
    """The file beside the template is what the template gives for the demo."""
    account = populate(panel).admin
    servers = {server.id: server.name for server in panel.fleet.servers.values()}
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, servers)
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, title="127.0.0.1:3001")
    await set_up(entry)
    assert written(hass) + "\n" == DASHBOARD.read_text("utf-8")
    assert list(servers_in(rendered(hass))) == sorted(servers.values())
    # docs/dashboard.md promises that it is short enough for 50 servers.
    assert DASHBOARD.stat().st_size / len(servers) * 50 < MAX_TEMPLATE_OUTPUT


@all_enabled
async def test_is_built_in(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp) -> None:
    """Nothing has to be installed."""
    await set_up(entry)
    dashboard = rendered(hass)
    (view,) = dashboard["views"]
    cards = [card for section in view["sections"] for card in section["cards"]] + [view["header"]["card"]]
    assert {card["type"] for card in cards} | {section["type"] for section in view["sections"]} == CARDS
    assert {node["type"] for node in inside(dashboard) if isinstance(node.get("type"), str)} == CARDS | PARTS_OF_CARDS


@all_enabled
@pytest.mark.parametrize("language", LANGUAGES)
async def test_knows_entities(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, language: str) -> None:
    """Each entity is told apart in all languages: by its name, or else by the end of its id."""
    hass.config.language = language
    await set_up(entry)

    def check() -> None:
        sections = servers_in(rendered(hass))
        assert sorted(sections) == sorted(SERVERS.values())
        assert [shown_in(hass, cards) for cards in sections.values()] == [SHOWN] * len(SERVERS)

    check()
    rename(hass, name="Renamed")
    check()
    rename(hass, name=None, ids=True)
    check()


@all_enabled
async def test_leaves_out_what_it_cannot_know(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp) -> None:
    """Where neither name nor id tells, there is no card; what the state tells stays."""
    await set_up(entry)
    rename(hass, "Renamed", ids=True)
    for cards in servers_in(rendered(hass)).values():
        assert shown_in(hass, cards) == [key for key in SHOWN if key not in NAMED]


async def test_leaves_out_what_is_off(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, entity_registry: er.EntityRegistry
) -> None:
    """Neither disabled nor hidden entities get a card, and one card alone takes the whole row."""
    await set_up(entry)
    entity_registry.async_update_entity("button.survival_stop", hidden_by=er.RegistryEntryHider.USER)
    entity_registry.async_update_entity("sensor.survival_disk_limit", disabled_by=er.RegistryEntryDisabler.USER)
    await hass.async_block_till_done()
    cards = servers_in(rendered(hass))["Survival"]
    assert shown_in(hass, cards) == [key for key in SHOWN if key not in {"stop", "disk", "kill"}]
    columns = {key_of(hass, card["entity"]): card["grid_options"]["columns"] for card in cards[1:]}
    assert columns == dict.fromkeys(columns, 12) | {"cpu": 6, "node": 6}


@all_enabled
async def test_asks_first(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp) -> None:
    """Whatever may end a game asks first and names the server, wherever one touches its card."""
    await set_up(entry)
    buttons = buttons_in(hass, rendered(hass))
    assert set(buttons) == {(name, key) for name in SERVERS.values() for key in (*CONFIRMED, "start")}
    for (name, key), card in buttons.items():
        assert card["tap_action"] == card["icon_tap_action"]
        assert card["tap_action"]["perform_action"] == "button.press"
        assert card["tap_action"]["target"] == {"entity_id": card["entity"]}
        assert card["hold_action"] == {"action": "none"}
        assert "double_tap_action" not in card
        if key in CONFIRMED:
            label = key.capitalize()
            asked = {"title": f"{label}?", "text": name, "confirm_text": label}
            assert card["tap_action"]["confirmation"] == asked
            assert "features" not in card
        else:
            assert "confirmation" not in card["tap_action"]
            assert card["features"] == [{"type": "button"}]


async def test_shows_one_status(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp) -> None:
    """Of the tiles in several colours, each status shows exactly one."""
    await set_up(entry)
    cards = servers_in(rendered(hass))["Survival"]
    conditions = [card["visibility"][0] for card in cards if card.get("entity") == "sensor.survival_status"]
    state = hass.states.get("sensor.survival_status")
    assert state is not None
    for status in (*state.attributes["options"], "unknown", "unavailable"):
        shown = [status in c["state"] if "state" in c else status not in c["state_not"] for c in conditions]
        assert shown.count(True) == 1


async def test_without_the_right_to_act(hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp) -> None:
    """Who may only listen gets no buttons, and all else."""
    session = panel.create_session(account)
    await set_up(entry_for(panel, session.token, account.id, SERVERS))
    dashboard = rendered(hass)
    assert buttons_in(hass, dashboard) == {}
    expected = [key for key in SHOWN if key not in {*CONFIRMED, "start"}]
    assert [shown_in(hass, cards) for cards in servers_in(dashboard).values()] == [expected] * len(SERVERS)


@pytest.mark.parametrize("has_panel", [True, False])
async def test_without_servers(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, has_panel: bool
) -> None:
    """A panel without servers, and no panel at all, give a dashboard that is empty and valid."""
    if has_panel:
        await set_up(entry_for(panel, panel.create_session(account).cookie, account.id, {}))
    (view,) = rendered(hass)["views"]
    assert view["sections"] == []
    assert named_in(view["badges"]) == (["binary_sensor.127_0_0_1_connected"] if has_panel else [])


@pytest.mark.parametrize(
    "name", ["'it' \"is\": #1 \\ - {x}", "{{ 1 + 1 }} {% raw %}", "ゲーム サーバー", "no", "*a &b !c"]
)
async def test_name_of_a_server(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, name: str
) -> None:
    """A name stays text, whatever is in it."""
    panel.update_server("srv_survival", name=name)
    await set_up(entry)
    dashboard = rendered(hass)
    assert set(servers_in(dashboard)) == {name, "Creative", "Valheim"}
    assert buttons_in(hass, dashboard)[name, "stop"]["tap_action"]["confirmation"]["text"] == name


async def test_counts(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    """The summary follows the servers by itself."""
    await set_up(entry)
    summary = Template(rendered(hass)["views"][0]["header"]["card"]["content"], hass)
    assert summary.async_render() == "## 3 running of 3"
    panel.set_status("srv_creative", "STOPPED")
    await panel.wait_for(shows(hass, "binary_sensor.creative_running", "off"))
    assert summary.async_render() == "## 2 running of 3"
