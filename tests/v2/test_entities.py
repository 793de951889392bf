"""Which entities there are, and what can be done by live sockets."""

from dataclasses import replace
from datetime import timedelta

from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.coordinator import ServerCoordinator
from custom_components.stellarstack.entity_limit import RANKING
from simulator import Account, Node, Panel
from simulator.v2.api import PanelApiV2
from tests.common import STATUS, USAGE_KEYS, Clock, SetUp, entry_for, press, shows, subentry_of

from .common import SHARED, SURVIVAL

ALL = {*RANKING, "backup_limit", "kill", "last_backup"} - USAGE_KEYS
POWER = {"power", "start", "stop", "restart", "kill"}
DETAILS = {"address", "last_backup"}
ONLINE = "binary_sensor.survival_node_online"
READ = ("console.read", "stats.read")


def scopes(panel: Panel) -> dict[tuple[str, str], tuple[str, ...]]:
    """Return what subusers may do, by the ids of server and account."""
    assert isinstance(panel.api, PanelApiV2)
    return panel.api.scopes


def keys(registry: er.EntityRegistry, entry: MockConfigEntry, server_id: str) -> set[str]:
    """Return the keys of a server's entities, without those of its usage."""
    found = {
        entity.unique_id.removeprefix(f"{server_id}_")
        for entity in er.async_entries_for_config_entry(registry, entry.entry_id)
        if entity.unique_id.startswith(server_id)
    }
    return found - USAGE_KEYS


def coordinator(entry: MockConfigEntry, server_id: str) -> ServerCoordinator:
    """Return the coordinator of a server."""
    found: ServerCoordinator = entry.runtime_data.servers[subentry_of(entry, server_id).subentry_id]
    return found


async def wait_for_live(panel: Panel, entry: MockConfigEntry, server_id: str = SURVIVAL) -> None:
    """Wait until a node tells of a server."""
    await panel.wait_for(lambda _: coordinator(entry, server_id).server.channel.state is LiveState.FED)


async def test_own_and_shared_servers(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, entity_registry: er.EntityRegistry
) -> None:
    """A panel tells neither addresses nor backups of what others share; rights are known by the live socket."""
    await set_up(entry)
    assert keys(entity_registry, entry, SURVIVAL) == ALL
    await panel.wait_for(lambda _: keys(entity_registry, entry, SHARED) == ALL - DETAILS)
    await panel.wait_for(shows(hass, "switch.shared", "on"))


async def test_admins_have_all_of_all_servers(
    hass: HomeAssistant,
    panel: Panel,
    owner: Account,
    account: Account,
    set_up: SetUp,
    entity_registry: er.EntityRegistry,
) -> None:
    entry = entry_for(panel, panel.create_session(owner).cookie, owner.id, {SURVIVAL: "Survival", SHARED: "Shared"})
    await set_up(entry)
    assert keys(entity_registry, entry, SURVIVAL) == keys(entity_registry, entry, SHARED) == ALL
    await panel.wait_for(shows(hass, "binary_sensor.survival_node_online", "on"))


async def test_rights_that_are_lacking_and_given(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
    entity_registry: er.EntityRegistry,
) -> None:
    scopes(panel)[SHARED, account.id] = (*READ, "control.start")
    await set_up(entry)
    await wait_for_live(panel, entry, SHARED)
    # Start alone is no switch.
    assert keys(entity_registry, entry, SHARED) == ALL - DETAILS - POWER | {"start"}

    scopes(panel)[SHARED, account.id] = (*READ, "control.start", "control.stop", "control.restart")
    await hass.config_entries.async_reload(entry.entry_id)
    await panel.wait_for(lambda _: keys(entity_registry, entry, SHARED) == ALL - DETAILS)


async def test_a_server_without_a_console_has_no_controls(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
    entity_registry: er.EntityRegistry,
) -> None:
    """Its status comes from the list."""
    scopes(panel)[SHARED, account.id] = ()
    await set_up(entry)
    await panel.wait_for(lambda _: coordinator(entry, SHARED).server.channel.state is LiveState.FORBIDDEN)
    assert keys(entity_registry, entry, SHARED) == ALL - DETAILS - POWER
    panel.set_status(SHARED, "STOPPED")
    await panel.wait_for(shows(hass, "sensor.shared_status", "stopped"))


async def test_what_an_earlier_panel_told_goes(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    entity_registry: er.EntityRegistry,
) -> None:
    """Of a server that others share too: its address; what else it had stays as it was."""
    entry.add_to_hass(hass)
    for server_id in (SURVIVAL, SHARED):
        for domain, key in (("sensor", "swap"), ("sensor", "location"), ("sensor", "address"), ("switch", "power")):
            entity_registry.async_get_or_create(
                domain,
                DOMAIN,
                f"{server_id}_{key}",
                config_entry=entry,
                config_subentry_id=subentry_of(entry, server_id).subentry_id,
                suggested_object_id=f"old_{key}_of_{server_id}",
            )
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert keys(entity_registry, entry, SURVIVAL) == ALL
    await panel.wait_for(lambda _: keys(entity_registry, entry, SHARED) == ALL - DETAILS)
    entity_id = entity_registry.async_get_entity_id("switch", DOMAIN, f"{SHARED}_power")
    assert entity_id == f"switch.old_power_of_{SHARED.replace('-', '_')}"
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_server_on_another_node(hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp) -> None:
    far = panel.add_server("Far", owner=account, node=panel.add_node("Node 2", elsewhere=True))
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, {far.id: "Far"})
    await set_up(entry)
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, "stop", "far")
    assert caught.value.translation_key == "node_elsewhere"
    assert shows(hass, "sensor.far_status", "running")(panel)


async def test_a_node_that_is_away(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    """The list goes on to tell of its servers."""
    panel.daemon_route = "missing"
    await set_up(entry)
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, "stop")
    assert caught.value.translation_key == "no_live_connection"
    assert shows(hass, STATUS, "running")(panel)


async def test_whether_the_node_is_online(
    hass: HomeAssistant, panel: Panel, account: Account, node: Node, set_up: SetUp, clock: Clock
) -> None:
    """Who is no admin knows it of the node on the panel's own host, once that let a live socket in."""
    far = panel.add_server("Far", owner=account, node=panel.add_node("Node 2", elsewhere=True))
    servers = {SURVIVAL: "Survival", far.id: "Far"}
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, servers, live=True)
    await set_up(entry)
    await panel.wait_for(shows(hass, ONLINE, "on"))
    await panel.wait_for(lambda _: coordinator(entry, far.id).server.channel.state is LiveState.REFUSED)
    assert shows(hass, "binary_sensor.far_node_online", "unknown")(panel)

    panel.machine.lose_node(node.id)
    await panel.wait_for(lambda panel: not panel.connections)
    await clock.advance(timedelta(minutes=1))
    await panel.wait_for(shows(hass, ONLINE, "off"))
    assert shows(hass, STATUS, "running")(panel)

    panel.machine.restore_node(node.id)
    await panel.wait_for(shows(hass, ONLINE, "on"), 15)


async def test_without_live_sockets(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, entity_registry: er.EntityRegistry
) -> None:
    """One is held only for as long as a server is told something; the option works at once."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"live": False})
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert panel.upgrades == 0
    # Whether the user may is not known before.
    assert keys(entity_registry, entry, SHARED) == ALL - DETAILS
    await press(hass, "stop")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    assert panel.upgrades == 1

    hass.config_entries.async_update_entry(entry, options={"live": True})
    await wait_for_live(panel, entry)
    await wait_for_live(panel, entry, SHARED)
    hass.config_entries.async_update_entry(entry, options={"live": False})
    await panel.wait_for(lambda panel: not panel.connections)
    await hass.config_entries.async_unload(entry.entry_id)
    assert shows(hass, STATUS, STATE_UNAVAILABLE)(panel)


@pytest.mark.parametrize("timing", [replace(Timing(), first_reconnect=0.02)])
async def test_update_entity_asks_for_the_list(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """One server's own page does not tell all of it."""
    assert await async_setup_component(hass, "homeassistant", {})
    await set_up(entry)
    await panel.wait_for(shows(hass, "binary_sensor.survival_suspended", "off"))
    panel.update_server(SURVIVAL, suspended=True)
    assert shows(hass, "binary_sensor.survival_suspended", "off")(panel)
    await hass.services.async_call("homeassistant", "update_entity", {"entity_id": STATUS}, blocking=True)
    await panel.wait_for(shows(hass, "binary_sensor.survival_suspended", "on"))


async def test_a_firewall_before_the_live_sockets(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, entity_registry: er.EntityRegistry
) -> None:
    """It knows no rights on a server, also not on a shared one."""
    panel.fail(f"/daemon/api/servers/{SHARED}/ws", status=403, body="<html>Attention Required!</html>")
    await set_up(entry)
    await panel.wait_for(lambda _: coordinator(entry, SHARED).server.channel.state is LiveState.BLOCKED)
    assert keys(entity_registry, entry, SHARED) == ALL - DETAILS
    with pytest.raises(HomeAssistantError) as caught:
        await press(hass, "stop", "shared")
    assert caught.value.translation_key == "no_live_connection"
