"""An entry whose panel was upgraded: at its address is one of another generation, with other accounts and ids."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    issue_registry as ir,
)
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_mock_service
from yarl import URL

from custom_components.stellarstack.const import DOMAIN
from simulator import Account, Panel
from tests.common import SERVERS, STATUS, SetUp, entry_for, shows, subentry_of, titles
from tests.flows import EMAIL, PASSWORD, Bench, Dialog, quick_timing

OTHER = ("swap", "location")
"""What a panel of generation 2 does not tell."""


class Upgrade:
    """Replaces the panel of generation 1 by one of generation 2 at the same address."""

    def __init__(self, old: Panel) -> None:
        self.old = old
        self.url = old.url
        self.panel = Panel(generation=2, limits=False, speed=100, drain=0)
        # Another account was the first one there.
        self.admin = self.panel.add_account("admin@example.com", PASSWORD, role="admin")
        self.account = self.panel.add_account(EMAIL, PASSWORD, name="Alex")
        self.node = self.panel.add_node("Node 1")

    def add(self, name: str, **fields: Any) -> str:
        """Add a server as it was made there anew."""
        fields.setdefault("owner", self.account)
        return self.panel.add_server(name, node=self.node, **fields).id

    async def do(self) -> None:
        """Do it."""
        await self.old.stop()
        await self.panel.start(URL(self.url).port or 0)


@pytest.fixture
async def upgrade(panel: Panel, account: Account) -> AsyncGenerator[Upgrade]:
    """The panel's upgrade, not yet done."""
    upgrade = Upgrade(panel)
    yield upgrade
    await upgrade.panel.stop()


def entities_of(registry: er.EntityRegistry, entry: MockConfigEntry) -> dict[str, str]:
    """Return the ids of an entry's entities, and the ids by which the registry knows them."""
    found = er.async_entries_for_config_entry(registry, entry.entry_id)
    return {entity.id: entity.entity_id for entity in found if not entity.unique_id.endswith(OTHER)}


@pytest.mark.parametrize("loaded", [True, False])
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_upgrade(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    bench: Bench,
    upgrade: Upgrade,
    area_registry: ar.AreaRegistry,
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
    issue_registry: ir.IssueRegistry,
    loaded: bool,
) -> None:
    """Servers of the same name keep their entities; the others are told of, and can be removed."""
    await set_up(entry)
    area = area_registry.async_create("Basement")
    device = device_registry.async_get_device_by_identifier((DOMAIN, "srv_survival"), entry.entry_id)
    assert device is not None
    device_registry.async_update_device(device.id, area_id=area.id)
    entity_registry.async_update_entity(STATUS, new_entity_id="sensor.our_world", name="Our world")
    before = entities_of(entity_registry, entry)
    survival, valheim = upgrade.add("Survival"), upgrade.add("Valheim", status="STOPPED")
    upgrade.add("Factorio")
    if not loaded:
        await hass.config_entries.async_unload(entry.entry_id)
    await upgrade.do()
    if not loaded:
        await hass.config_entries.async_setup(entry.entry_id)
    await upgrade.panel.wait_for(lambda _: entry.state is ConfigEntryState.SETUP_ERROR)

    dialog = await bench.requested_dialog(entry)
    await dialog.sign_in()
    assert dialog.form == ("take_over", {})
    assert (
        dialog.placeholders.items() >= {"url": upgrade.url, "found": "Survival, Valheim", "missing": "Creative"}.items()
    )
    # Nothing has changed yet.
    assert entities_of(entity_registry, entry) == before
    await dialog.submit()
    assert dialog.reason == "reauth_successful"
    await hass.async_block_till_done()
    await upgrade.panel.wait_for(shows(hass, "sensor.our_world", "running"))

    assert entry.unique_id == upgrade.account.id
    assert entities_of(entity_registry, entry) == before
    assert {item.unique_id for item in entry.subentries.values()} == {survival, valheim, "srv_creative"}
    assert all(item.data["server_id"] == item.unique_id for item in entry.subentries.values())
    # One that was not there before does not come by itself.
    assert titles(entry) == set(SERVERS.values())
    moved = device_registry.async_get_device_by_identifier((DOMAIN, survival), entry.entry_id)
    assert moved is not None
    assert (moved.id, moved.area_id) == (device.id, area.id)
    assert shows(hass, "sensor.valheim_status", "stopped")(panel)
    assert shows(hass, "binary_sensor.127_0_0_1_connected", "on")(panel)
    assert shows(hass, "sensor.creative_status", STATE_UNAVAILABLE)(panel)
    gone = (DOMAIN, f"server_gone_{subentry_of(entry, 'srv_creative').subentry_id}")
    await upgrade.panel.wait_for(lambda _: issue_registry.async_get_issue(*gone))
    # What the new panel does not tell went, of each server.
    left = er.async_entries_for_config_entry(entity_registry, entry.entry_id)
    assert [entity.entity_id for entity in left if entity.unique_id.endswith(OTHER)] == []


@pytest.mark.parametrize("timing", [replace(quick_timing(), list_interval_alone=1.0)])
async def test_an_automation_goes_on(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    bench: Bench,
    upgrade: Upgrade,
    device_registry: dr.DeviceRegistry,
) -> None:
    """It was loaded before the upgrade, follows the server's device, and is not loaded again."""
    await set_up(entry)
    device = device_registry.async_get_device_by_identifier((DOMAIN, "srv_survival"), entry.entry_id)
    assert device is not None
    told = async_mock_service(hass, "test", "tell")
    trigger = {"trigger": "stellarstack.status_changed", "target": {"device_id": device.id}}
    condition = {"condition": "stellarstack.is_stopped", "target": {"entity_id": STATUS}}
    automation = {"triggers": [trigger], "conditions": [condition], "actions": [{"action": "test.tell"}]}
    assert await async_setup_component(hass, "automation", {"automation": {"alias": "Tell", **automation}})
    survival = upgrade.add("Survival")
    await upgrade.do()
    dialog = await bench.requested_dialog(entry)
    await dialog.sign_in()
    await dialog.submit()
    await hass.async_block_till_done()
    await upgrade.panel.wait_for(shows(hass, STATUS, "running"))
    assert told == []

    upgrade.panel.set_status(survival, "STOPPED")

    await upgrade.panel.wait_for(lambda _: len(told) == 1)


@pytest.mark.parametrize("timing", [replace(quick_timing(), list_interval=0.1, list_interval_alone=0.1)])
async def test_a_panel_that_is_of_the_first_generation_again(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    set_up: SetUp,
    bench: Bench,
    upgrade: Upgrade,
    entity_registry: er.EntityRegistry,
) -> None:
    """The upgrade was undone while the entry was loaded."""
    survival = upgrade.add("Survival")
    await upgrade.do()
    session = upgrade.panel.create_session(upgrade.account).cookie
    entry = entry_for(upgrade.panel, session, upgrade.account.id, {survival: "Survival"})
    await set_up(entry)
    await upgrade.panel.wait_for(shows(hass, STATUS, "running"))
    await upgrade.panel.stop()
    await panel.start(URL(upgrade.url).port or 0)

    dialog = await bench.requested_dialog(entry)
    await dialog.sign_in()
    assert dialog.placeholders["found"] == "Survival"
    await dialog.submit()
    await hass.async_block_till_done()
    assert subentry_of(entry, "srv_survival").data == {"server_id": "srv_survival"}
    assert shows(hass, STATUS, "running")(panel)
    # What generation 2 did not tell.
    assert entity_registry.async_get_entity_id("sensor", DOMAIN, "srv_survival_swap") is not None


async def test_an_entry_with_a_raw_token(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, bench: Bench, upgrade: Upgrade
) -> None:
    """It was not in use when the panel was upgraded, and was never set up before."""
    session = panel.create_session(account).token
    entry = entry_for(panel, session, account.id, {"srv_survival": "Survival"})
    survival = upgrade.add("Survival")
    await upgrade.do()
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    dialog = await bench.requested_dialog(entry)
    await dialog.sign_in()
    await dialog.submit()
    assert dialog.reason == "reauth_successful"
    await hass.async_block_till_done()
    assert subentry_of(entry, survival).data == {"server_id": survival}
    assert shows(hass, "switch.survival", "on")(upgrade.panel)


async def test_a_name_that_several_servers_have_matches_none(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
    bench: Bench,
    upgrade: Upgrade,
) -> None:
    await set_up(entry)
    upgrade.add("Survival")
    upgrade.add("Survival")
    creative = upgrade.add("Creative")
    await upgrade.do()
    dialog = await bench.requested_dialog(entry)
    await dialog.paste(upgrade.panel.create_session(upgrade.account).cookie)
    assert (
        dialog.placeholders.items() >= {"url": upgrade.url, "found": "Creative", "missing": "Survival, Valheim"}.items()
    )
    await dialog.submit()
    await hass.async_block_till_done()
    assert {item.unique_id for item in entry.subentries.values()} == {"srv_survival", creative, "srv_valheim"}


async def test_servers_that_kept_their_ids(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench, upgrade: Upgrade
) -> None:
    """Also one that has another name now."""
    await set_up(entry)
    for server_id in SERVERS:
        upgrade.add(f"New {SERVERS[server_id]}", server_id=server_id)
    await upgrade.do()
    dialog = await bench.requested_dialog(entry)
    await dialog.sign_in()
    assert dialog.placeholders["missing"] == "-"
    await dialog.submit()
    await hass.async_block_till_done()
    await upgrade.panel.wait_for(lambda _: titles(entry) == {"New Survival", "New Creative", "New Valheim"})
    assert {item.unique_id for item in entry.subentries.values()} == set(SERVERS)


async def test_an_account_that_is_set_up_already(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench, upgrade: Upgrade
) -> None:
    await set_up(entry)
    await upgrade.do()
    session = upgrade.panel.create_session(upgrade.account).cookie
    await set_up(entry_for(upgrade.panel, session, upgrade.account.id, {}))
    dialog = await bench.requested_dialog(entry)
    await dialog.sign_in()
    assert dialog.reason == "already_configured"


async def test_a_panel_that_moved_when_it_was_upgraded(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench, upgrade: Upgrade
) -> None:
    """The old one goes on, so that the entry is loaded meanwhile."""
    await set_up(entry)
    survival = upgrade.add("Survival")
    await upgrade.panel.start()
    dialog = Dialog(hass, hass.config_entries.flow, await entry.start_reconfigure_flow(hass))
    await dialog.submit(url=upgrade.panel.url, verify_ssl=True)
    await dialog.sign_in()
    assert dialog.form == ("take_over", {})
    await dialog.submit()
    assert dialog.reason == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data["url"] == upgrade.panel.url
    assert subentry_of(entry, survival).title == "Survival"
    await upgrade.panel.wait_for(shows(hass, STATUS, "running"))


async def test_another_account_of_the_new_panel_is_the_wrong_one(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench, upgrade: Upgrade
) -> None:
    """Once the entry was taken over, the panel is its own again."""
    await set_up(entry)
    for name in SERVERS.values():
        upgrade.add(name)
    await upgrade.do()
    dialog = await bench.requested_dialog(entry)
    await dialog.sign_in()
    await dialog.submit()
    await hass.async_block_till_done()
    await upgrade.panel.wait_for(shows(hass, STATUS, "running"))
    upgrade.panel.delete_sessions()
    await hass.config_entries.async_reload(entry.entry_id)
    dialog = await bench.requested_dialog(entry)
    upgrade.panel.add_account("sam@example.com", PASSWORD)
    await dialog.choose("credentials")
    for email in ("admin@example.com", "sam@example.com"):
        await dialog.submit(email=email, password=PASSWORD)
        assert dialog.form == ("credentials", {"base": "wrong_account"})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.reason == "reauth_successful"
