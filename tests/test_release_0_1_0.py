"""What release 0.1.0 left in a Home Assistant, loaded by this one: files of tests/fixtures/release_0_1_0."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from functools import partial
import json
import logging
from pathlib import Path
import re
import shutil
from typing import Any

from homeassistant.bootstrap import async_load_base_functionality
from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.components.lovelace.const import DOMAIN as LOVELACE, LOVELACE_DATA
from homeassistant.config_entries import ConfigEntry, ConfigEntryState
from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.yaml import load_yaml
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from simulator import Account, Panel
from tests.common import STATUS, TICK, USAGE_KEYS, Clock, shows
from tests.flows import PASSWORD, Dialog

FOLDER = Path(__file__).parent / "fixtures" / "release_0_1_0"
URL = "http://127.0.0.1:3001"
KEPT_OF_ENTITY: tuple[str, ...] = (
    *("id", "entity_id", "unique_id", "device_id", "config_entry_id", "config_subentry_id", "created_at"),
    *("name", "icon", "area_id", "labels", "aliases_v2", "options", "hidden_by", "disabled_by"),
)
KEPT_OF_DEVICE: tuple[str, ...] = (
    *("id", "identifiers", "config_entry_id", "config_subentry_id", "created_at"),
    *("name", "name_by_user", "area_id", "labels", "disabled_by"),
)
OF_GENERATION_1 = ("_swap", "_location")
"""What a panel of generation 2 does not tell."""


@pytest.fixture
def load_registries() -> bool:
    """They are loaded from what was stored."""
    return False


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """A configuration folder with the blueprints of that release, as they were imported."""
    shutil.copytree(FOLDER / "blueprints", Path(hass_tmp_config_dir) / "blueprints", dirs_exist_ok=True)
    return hass_tmp_config_dir


@pytest.fixture
def timing() -> Timing:
    """How long the client waits: as usual, but for reconnects, evidence and lists."""
    return replace(Timing(), first_reconnect=0.02, evidence_delay=0.01, evidence_retry=0.02, list_interval=0.2)


@pytest.fixture
async def panel(request: pytest.FixtureRequest) -> AsyncGenerator[Panel]:
    """A running panel, of generation 1 if no other is asked for."""
    panel = Panel(generation=getattr(request, "param", 1), tick=TICK, limits=False, speed=100, drain=0)
    await panel.start()
    yield panel
    await panel.stop()


def add_servers(panel: Panel) -> dict[str, Account]:
    """Fill a panel as that of the recording; return its accounts by id."""
    if panel.generation == 2:
        # Accounts and servers have other ids there.
        for name in ("admin", "kim"):
            panel.add_account(f"{name}@example.com", PASSWORD)
    alex = panel.add_account("alex@example.com", PASSWORD, name="Alex")
    sam = panel.add_account("sam@example.com", PASSWORD, name="Sam")
    node = panel.add_node("Node 1", host="node1.example.com", location="Frankfurt")
    for owner, names in {alex: ("Survival", "Creative", "Voice", "Factorio"), sam: ("Skyblock",)}.items():
        for name in names:
            server_id = f"srv_{name.lower()}" if panel.generation == 1 else None
            panel.add_server(name, owner=owner, node=node, server_id=server_id, status="RUNNING")
    return {account.id: account for account in (alex, sam)}


@pytest.fixture
def stored(hass_storage: dict[str, Any], panel: Panel) -> dict[str, Any]:
    """The files, with this panel's address and sessions."""
    sessions = [(each, panel.create_session(each)) for each in add_servers(panel).values()]
    for path in (FOLDER / "storage").glob("*.json"):
        text = path.read_text("utf-8").replace(URL, panel.url)
        for account, session in sessions:
            value = session.cookie if account.name == "Alex" else session.token
            text = text.replace(f"session of {account.id}", value)
        hass_storage[path.stem] = json.loads(text)
    return {key: json.loads(json.dumps(each["data"])) for key, each in hass_storage.items()}


@pytest.fixture
async def alex(
    hass: HomeAssistant, stored: dict[str, Any], panel: Panel, caplog: pytest.LogCaptureFixture
) -> AsyncGenerator[ConfigEntry]:
    """Start what is stored; return Alex' entry."""
    for domain, service in (
        ("light", "turn_on"),
        ("fan", "turn_off"),
        ("notify", "mobile_app_phone"),
        ("persistent_notification", "create"),
    ):
        async_mock_service(hass, domain, service)
    await async_load_base_functionality(hass)
    await hass.config_entries.async_initialize()
    assert await async_setup_component(hass, LOVELACE, {})
    assert await async_setup_component(hass, DOMAIN, {})
    await hass.async_block_till_done()
    automations = load_yaml(str(FOLDER / "automations.yaml"))
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: automations})
    await hass.async_block_till_done()
    entries = {entry.entry_id: entry for entry in hass.config_entries.async_entries(DOMAIN)}
    alex, _ = (entries[each["entry_id"]] for each in stored["core.config_entries"]["entries"])
    yield alex
    await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "all"}, blocking=True)
    for entry in entries.values():
        if entry.state.recoverable:
            await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
    assert complaints(caplog) == []


def complaints(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return the warnings of ours, and those about us."""
    return [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.levelno >= logging.WARNING
        and (DOMAIN in record.name or DOMAIN in record.getMessage())
        and "which has not been tested by Home Assistant" not in record.getMessage()
    ]


def kept(rows: list[dict[str, Any]], keys: tuple[str, ...]) -> dict[str, dict[str, Any]]:
    """Return what may not change of rows, by id; the order of labels does not matter."""
    return {row["id"]: {key: sorted(row[key]) if key == "labels" else row[key] for key in keys} for row in rows}


async def now_stored(hass: HomeAssistant, hass_storage: dict[str, Any]) -> dict[str, Any]:
    """Let Home Assistant write its files; return what they hold."""
    for registry in (dr.async_get(hass), er.async_get(hass)):
        await registry._store.async_save(registry._data_to_save())
    return {key: hass_storage[key]["data"] for key in ("core.device_registry", "core.entity_registry")}


def assert_all_is_kept(before: dict[str, Any], now: dict[str, Any], *but: str) -> None:
    """Compare devices and entities, but for some of their fields; new ones may be there."""
    for key, kind, fields in (
        ("core.device_registry", "devices", KEPT_OF_DEVICE),
        ("core.entity_registry", "entities", KEPT_OF_ENTITY),
    ):
        fields = tuple(field for field in fields if field not in but)
        old, new = kept(before[key][kind], fields), kept(now[key][kind], fields)
        assert {each: new.get(each) for each in old} == old


def keys_of(registry: er.EntityRegistry, entry: ConfigEntry, server_id: str) -> set[str]:
    """Return the keys of a server's entities."""
    found = er.async_entries_for_config_entry(registry, entry.entry_id)
    prefix = f"{server_id}_"
    return {each.unique_id.removeprefix(prefix) for each in found if each.unique_id.startswith(prefix)}


async def wait_for_usage(hass: HomeAssistant, panel: Panel) -> None:
    """Wait until entities of the usage are there."""
    registry = er.async_get(hass)
    key = f"srv_survival_{next(iter(USAGE_KEYS))}"
    await panel.wait_for(lambda _: registry.async_get_entity_id("sensor", DOMAIN, key) is not None, 15)


async def test_all_stays(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: Panel,
    stored: dict[str, Any],
    alex: ConfigEntry,
    clock: Clock,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
) -> None:
    """Entries, servers, devices and entities are what they were; new ones come beside."""
    await wait_for_usage(hass, panel)
    await clock.list_again()
    assert_all_is_kept(stored, await now_stored(hass, hass_storage))

    entries = hass.config_entries.async_entries(DOMAIN)
    for entry, before in zip(entries, stored["core.config_entries"]["entries"], strict=True):
        assert entry.state is ConfigEntryState.LOADED
        known = before["data"].pop("known_servers", None)
        assert (entry.unique_id, entry.title, dict(entry.data), dict(entry.options)) == tuple(
            before[key] for key in ("unique_id", "title", "data", "options")
        )
        # Factorio was left out, and stays so.
        assert [subentry.as_dict() for subentry in entry.subentries.values()] == before["subentries"]
        assert known is None or hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"] == {"servers": known}
        # Nothing is orphaned.
        for entity in er.async_entries_for_config_entry(entity_registry, entry.entry_id):
            state = hass.states.get(entity.entity_id)
            assert (state is None) is entity.disabled
            assert state is None or "restored" not in state.attributes

    rows = stored["core.entity_registry"]["entities"]
    before_keys = {row["unique_id"].removeprefix("srv_survival_") for row in rows if "survival" in row["unique_id"]}
    assert keys_of(entity_registry, alex, "srv_survival") == before_keys | USAGE_KEYS | {"last_backup"}
    assert list(issue_registry.issues) == []


@pytest.mark.usefixtures("alex")
async def test_states_go_on(hass: HomeAssistant, stored: dict[str, Any], entity_registry: er.EntityRegistry) -> None:
    """What is restored, what the user chose to show, and the dashboard."""
    for row in stored["core.restore_state"]:
        before = row["state"]
        state = hass.states.get(before["entity_id"])
        entity = entity_registry.async_get(before["entity_id"])
        assert entity is not None
        assert (state is None) is entity.disabled
        if state is not None and state.domain == "event":
            assert state.attributes["event_type"] == before["attributes"]["event_type"]
            assert state.state == before["state"]
    memory = hass.states.get("sensor.world_memory")
    assert memory is not None
    assert (memory.state, memory.name, memory.attributes["unit_of_measurement"]) == (
        "4.0",
        "Memory of the world",
        "GiB",
    )
    shown = set(re.findall(r'"entity(?:_id)?": "([^"]+)"', json.dumps(stored["lovelace.game_servers"])))
    assert len(shown) > 20
    assert shown <= set(hass.states.async_entity_ids())
    (resource,) = hass.data[LOVELACE_DATA].resources.async_items()
    assert resource["url"].startswith("/stellarstack/")


class Automations:
    """What automations have run since this was made."""

    def __init__(self, hass: HomeAssistant, panel: Panel) -> None:
        self._hass = hass
        self._panel = panel
        self._began = dt_util.utcnow()

    async def wait_for(self, *names: str) -> None:
        """Wait until each has run."""
        for name in names:
            await self._panel.wait_for(partial(self._ran, name), 15)

    def _ran(self, name: str, _panel: Panel) -> bool:
        state = self._hass.states.get(f"{AUTOMATION}.{name}")
        assert state is not None
        last = state.attributes["last_triggered"]
        return last is not None and last >= self._began


@pytest.mark.usefixtures("alex")
async def test_automations_go_on(hass: HomeAssistant, panel: Panel) -> None:
    """All are valid, and those run that follow entities, devices and areas."""
    automations = hass.states.async_all(AUTOMATION)
    assert len(automations) == (FOLDER / "automations.yaml").read_text("utf-8").count("- id: example_")
    assert {state.state for state in automations} == {STATE_ON}
    running = Automations(hass, panel)
    panel.machine.crash("srv_survival")
    await running.wait_for("by_the_device", "by_the_area")
    # The first of them has pressed start.
    await panel.wait_for(shows(hass, STATUS, "running"), 15)
    panel.update_server("srv_survival", suspended=True)
    await running.wait_for("suspended")


@pytest.mark.usefixtures("alex")
async def test_triggers_of_ours_and_blueprints_go_on(hass: HomeAssistant, panel: Panel) -> None:
    # It would start a server at once that crashed.
    await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "automation.by_the_device"}, blocking=True)
    running = Automations(hass, panel)
    await panel.power("srv_survival", "restart")
    await running.wait_for("greet_after_a_restart")
    panel.set_status("srv_survival", "STOPPED")
    await running.wait_for("news_of_my_servers", "survival_starts_again")
    await panel.power("srv_survival", "start")
    await running.wait_for("survival_is_open", "all_servers_are_up")


@pytest.mark.parametrize("panel", [2], indirect=True)
# The registry looks for devices without entities some seconds after an entity went.
@pytest.mark.parametrize("expected_lingering_timers", [True])
@pytest.mark.usefixtures("alex")
async def test_all_stays_when_the_panel_was_upgraded_meanwhile(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: Panel,
    stored: dict[str, Any],
    entity_registry: er.EntityRegistry,
) -> None:
    """Both accounts sign in again; ids of devices and entities, names and areas stay."""
    flows = hass.config_entries.flow
    emails = dict(zip(hass.config_entries.async_entries(DOMAIN), ("alex@example.com", "sam@example.com"), strict=True))
    for entry, email in emails.items():
        assert entry.state is ConfigEntryState.SETUP_ERROR
        (flow,) = (each for each in flows.async_progress() if each["context"]["entry_id"] == entry.entry_id)
        dialog = Dialog(hass, flows, await flows.async_configure(flow["flow_id"]))
        await dialog.sign_in(email)
        assert dialog.form == ("take_over", {}), dialog.result
        assert dialog.placeholders["missing"] == "-"
        await dialog.submit()
        assert dialog.reason == "reauth_successful"
        await hass.async_block_till_done()
    await panel.wait_for(shows(hass, STATUS, "running"), 15)
    entities = stored["core.entity_registry"]["entities"]
    entities[:] = [row for row in entities if not row["unique_id"].endswith(OF_GENERATION_1)]
    # The ids of servers are others now, and with them those by which the registry knows entities.
    assert_all_is_kept(stored, await now_stored(hass, hass_storage), "unique_id", "identifiers")
    assert {state.state for state in hass.states.async_all(AUTOMATION)} == {STATE_ON}
