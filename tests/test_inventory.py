"""Servers that come and go on the panel, and what the user decided about them."""

from dataclasses import replace
from datetime import timedelta
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntry
from homeassistant.const import EVENT_HOMEASSISTANT_FINAL_WRITE, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.inventory import MOST_ADDED, MOST_ASKED
from simulator import Panel
from simulator.accounts import Account

from .common import SERVERS, STATUS, Clock, SetUp, entry_for, shows, subentry_of, titles


def gone(entry: MockConfigEntry, server_id: str = "srv_survival") -> tuple[str, str]:
    """Return the key of the repair for a server that is gone."""
    return DOMAIN, f"server_gone_{subentry_of(entry, server_id).subentry_id}"


async def test_a_new_server_appears(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    await set_up(entry)
    panel.add_server("Factorio", owner=account, server_id="srv_factorio", status="RUNNING")
    await clock.list_again()
    await panel.wait_for(shows(hass, "sensor.factorio_status", "running"))
    assert panel.upgrades == 1
    assert panel.received_of("subscribe").count("srv_factorio") == 1


async def test_a_server_that_is_new_since_the_last_start_appears(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    await hass.config_entries.async_unload(entry.entry_id)
    panel.add_server("Factorio", owner=account, server_id="srv_factorio", status="RUNNING")
    await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(shows(hass, "sensor.factorio_status", "running"))
    assert panel.upgrades == 2


async def test_new_servers_can_be_kept_out(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    await set_up(entry)
    flow = await hass.config_entries.options.async_init(entry.entry_id)
    assert flow["step_id"] == "init"
    result = await hass.config_entries.options.async_configure(flow["flow_id"], {"add_new_servers": False})
    assert result["type"] is FlowResultType.CREATE_ENTRY
    assert entry.options["add_new_servers"] is False
    panel.add_server("Factorio", owner=account, server_id="srv_factorio")
    await clock.list_again()
    assert titles(entry) == set(SERVERS.values())

    # Nor does it appear when new ones may again: it is not new any more.
    hass.config_entries.async_update_entry(entry, options={"add_new_servers": True})
    await clock.list_again()
    assert titles(entry) == set(SERVERS.values())
    assert panel.upgrades == 1


async def test_left_out_and_removed_servers_stay_out(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, clock: Clock
) -> None:
    entry = entry_for(
        panel,
        panel.create_session(account).cookie,
        account.id,
        {"srv_survival": "Survival", "srv_creative": "Creative"},
    )
    await set_up(entry)
    removed = next(subentry for subentry in entry.subentries.values() if subentry.title == "Creative")
    hass.config_entries.async_remove_subentry(entry, removed.subentry_id)
    await hass.async_block_till_done()
    await clock.list_again()
    await hass.config_entries.async_reload(entry.entry_id)
    await clock.list_again()
    assert titles(entry) == {"Survival"}


async def test_a_server_of_another_account_is_not_taken(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    await set_up(entry)
    admin = panel.add_account("admin@example.com", "correct horse", role="admin")
    await set_up(entry_for(panel, panel.create_session(admin).cookie, admin.id, {}))
    # Both accounts list it; whoever comes second leaves it to the other.
    panel.add_server("Factorio", owner=account, server_id="srv_factorio")
    await clock.list_again()
    await clock.list_again()
    entries = hass.config_entries.async_entries(DOMAIN)
    assert sum("Factorio" in titles(entry) for entry in entries if isinstance(entry, MockConfigEntry)) == 1


async def test_a_deletion_is_not_believed_before_the_panel_says_404(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry)
    await panel.send_raw('{"type":"server:deleted","data":{"id":"srv_survival"}}')
    await panel.wait_for(lambda panel: ("GET", "/api/servers/srv_survival") in panel.requests)
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert issue_registry.async_get_issue(*gone(entry)) is None

    panel.fail("/api/servers/srv_survival", status=500, body={"error": "database"})
    await panel.send_raw('{"type":"server:deleted","data":{"id":"srv_survival"}}')
    await panel.wait_for(lambda panel: panel.requests.count(("GET", "/api/servers/srv_survival")) == 2)
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert issue_registry.async_get_issue(*gone(entry)) is None


async def test_deletions_of_others_concern_nobody(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.add_server("Foreign", owner=panel.add_account("b@example.com", "x"), server_id="srv_foreign")
    panel.delete_server("srv_foreign")
    panel.set_status("srv_survival", "STOPPED")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    assert ("GET", "/api/servers/srv_foreign") not in panel.requests


async def test_a_deletion_without_an_event_is_found_by_three_lists(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    clock: Clock,
    issue_registry: ir.IssueRegistry,
) -> None:
    await set_up(entry)
    panel.delete_server("srv_survival", announce=False)
    # What a frozen clock would do in 20 s: the connection is new and the server sends nothing on it.
    panel.drop_clients()
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    await panel.wait_for(shows(hass, "sensor.creative_status", "running"))
    await panel.wait_for(lambda panel: panel.requests.count(("GET", "/api/servers")) == 2)
    await hass.async_block_till_done(wait_background_tasks=True)
    await clock.list_again()
    assert issue_registry.async_get_issue(*gone(entry)) is None

    # A list that fails counts for nothing.
    panel.fail("/api/servers", status=500, body={"error": "database"})
    await clock.list_again()
    assert issue_registry.async_get_issue(*gone(entry)) is None
    panel.clear_faults()
    await clock.list_again()
    assert issue_registry.async_get_issue(*gone(entry)) is not None


async def test_shared_servers_are_in_no_list_and_stay(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    set_up: SetUp,
    clock: Clock,
    issue_registry: ir.IssueRegistry,
) -> None:
    other = panel.add_account("b@example.com", "x")
    panel.add_server("Shared", owner=other, shared_with=(account,), server_id="srv_shared")
    await set_up(entry_for(panel, panel.create_session(account).cookie, account.id, {"srv_shared": "Shared"}))
    for _ in range(4):
        await clock.list_again()
    assert shows(hass, "sensor.shared_status", "running")(panel)
    assert not issue_registry.issues
    assert ("GET", "/api/servers/srv_shared") not in panel.requests


async def test_a_server_that_comes_back_takes_its_issue_back(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
    issue_registry: ir.IssueRegistry,
) -> None:
    await set_up(entry)
    panel.delete_server("srv_survival")
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*gone(entry)))
    panel.add_server("Survival", owner=account, server_id="srv_survival", status="RUNNING")
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert issue_registry.async_get_issue(*gone(entry)) is None


async def test_raw_tokens_list_and_verify_nothing(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry_for(panel, panel.create_session(account).token, account.id, SERVERS))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=5, seconds=1))
    panel.delete_server("srv_survival")
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    await hass.async_block_till_done(wait_background_tasks=True)
    # What panel it is was asked without it.
    assert panel.requests == [("GET", "/api/ws/token")]
    assert not issue_registry.issues


async def test_a_session_lives_for_60_days_by_the_lists(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, clock: Clock
) -> None:
    session = panel.create_session(account)
    await set_up(entry_for(panel, session.cookie, account.id, SERVERS))
    for _ in range(60):
        panel.advance(24 * 3600 + 60)
        await clock.list_again()
    assert panel.upgrades == 1
    assert shows(hass, STATUS, "running")(panel)
    assert not hass.config_entries.flow.async_progress()


async def test_a_session_that_only_listens_would_end(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    """The counter-check: what the lists keep alive does end without them."""
    await set_up(entry)
    panel.advance(8 * 24 * 3600)
    await clock.list_again()
    await panel.wait_for(lambda _: hass.config_entries.flow.async_progress())
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))


# What is remembered.


async def stored(hass: HomeAssistant, hass_storage: dict[str, Any], entry: MockConfigEntry) -> list[str]:
    """Return which servers are remembered on the disk."""
    hass.bus.async_fire(EVENT_HOMEASSISTANT_FINAL_WRITE)
    await hass.async_block_till_done(wait_background_tasks=True)
    servers = hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["servers"]
    assert isinstance(servers, list)
    return servers


async def test_seen_servers_are_remembered_beside_the_entry(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    panel.add_server("Left out", owner=account, server_id="srv_left_out")
    await set_up(entry)
    assert entry.data.keys() == {"url", "verify_ssl", "session"}
    assert await stored(hass, hass_storage, entry) == sorted([*SERVERS, "srv_left_out"])

    await hass.config_entries.async_remove(entry.entry_id)
    assert f"{DOMAIN}.{entry.entry_id}" not in hass_storage


async def test_nothing_is_written_when_nothing_changed(
    hass: HomeAssistant, hass_storage: dict[str, Any], panel: Panel, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    await set_up(entry)
    await stored(hass, hass_storage, entry)
    hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["mark"] = True
    for _ in range(3):
        await clock.list_again()
    await hass.config_entries.async_reload(entry.entry_id)
    await stored(hass, hass_storage, entry)
    assert hass_storage[f"{DOMAIN}.{entry.entry_id}"]["data"]["mark"]


async def test_an_entry_of_the_first_version_is_taken_over(
    hass: HomeAssistant,
    hass_storage: dict[str, Any],
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
) -> None:
    """It kept the ids in its data; the server that was left out then stays out, the new one comes."""
    object.__setattr__(entry, "data", entry.data | {"known_servers": [*SERVERS, "srv_left_out"]})
    panel.add_server("Left out", owner=account, server_id="srv_left_out")
    panel.add_server("Factorio", owner=account, server_id="srv_factorio", status="RUNNING")
    await set_up(entry)
    assert titles(entry) == {*SERVERS.values(), "Factorio"}
    assert entry.data.keys() == {"url", "verify_ssl", "session"}
    assert await stored(hass, hass_storage, entry) == sorted([*SERVERS, "srv_left_out", "srv_factorio"])
    assert panel.upgrades == 1


async def test_a_removed_server_stays_out_though_the_entry_is_loaded_at_once(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    await set_up(entry)
    panel.add_server("Factorio", owner=account, server_id="srv_factorio")
    await clock.list_again()
    hass.config_entries.async_remove_subentry(entry, subentry_of(entry, "srv_factorio").subentry_id)
    await hass.config_entries.async_reload(entry.entry_id)
    await clock.list_again()
    assert titles(entry) == set(SERVERS.values())


async def test_a_server_that_a_list_lacks_is_not_forgotten(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    panel.add_server("Left out", owner=account, server_id="srv_left_out")
    await set_up(entry)
    panel.delete_server("srv_left_out", announce=False)
    await clock.list_again()
    panel.add_server("Left out", owner=account, server_id="srv_left_out")
    await clock.list_again()
    assert titles(entry) == set(SERVERS.values())


async def test_a_failed_first_list_leaves_later_servers_new(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, clock: Clock
) -> None:
    panel.add_server("Left out", owner=account, server_id="srv_left_out")
    panel.edit("srv_left_out", createdAt="2020-01-01T00:00:00.000Z")
    panel.fail("/api/servers", status=500, body={"error": "database"})
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, SERVERS)
    await set_up(entry)
    panel.clear_faults()
    panel.add_server("Factorio", owner=account, server_id="srv_factorio")
    panel.edit("srv_factorio", createdAt=(dt_util.utcnow() + timedelta(minutes=1)).isoformat())
    await clock.list_again()
    assert titles(entry) == {*SERVERS.values(), "Factorio"}


# Many at once.


async def test_many_new_servers_come_in_turns(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await set_up(entry)
    new = {f"srv_{number}": f"Server {number}" for number in range(2 * MOST_ADDED + 1)}
    for server_id, name in new.items():
        panel.add_server(name, owner=account, server_id=server_id, status="RUNNING")
    with caplog.at_level(logging.INFO, "custom_components.stellarstack"):
        await clock.list_again()
    assert len(entry.subentries) == len(SERVERS) + MOST_ADDED
    assert caplog.text.count("new servers") == 1
    await clock.list_again()
    assert len(entry.subentries) == len(SERVERS) + 2 * MOST_ADDED
    await clock.list_again()
    assert titles(entry) == {*SERVERS.values(), *new.values()}


async def test_reload_while_new_servers_are_added_loses_none(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    await set_up(entry)
    new = {f"srv_{number}": f"Server {number}" for number in range(3)}
    for server_id, name in new.items():
        panel.add_server(name, owner=account, server_id=server_id, status="RUNNING")

    async def reload(hass: HomeAssistant, entry: ConfigEntry) -> None:
        """Reload with the first one."""
        remove_listener()
        hass.config_entries.async_schedule_reload(entry.entry_id)

    remove_listener = entry.add_update_listener(reload)
    await clock.list_again()

    await panel.wait_for(lambda panel: panel.upgrades == 2 and titles(entry) == {*SERVERS.values(), *new.values()})


@pytest.mark.parametrize("timing", [replace(Timing(), question_window=0.01)])
async def test_many_deletions_are_one_look(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    servers = {f"srv_{number}": f"Server {number}" for number in range(40)}
    for server_id, name in servers.items():
        panel.add_server(name, owner=account, server_id=server_id, status="RUNNING")
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, servers)
    await set_up(entry)
    before = len(panel.requests)
    panel.pause_ticks = True
    deleted = {f"srv_{number}" for number in range(3)}
    panel.fail("/api/servers/srv_1", status=403, body={"error": "Forbidden"})
    panel.fail("/api/servers/srv_2", status=500, body={"error": "database"})
    for server_id in deleted:
        panel.delete_server(server_id, announce=False)
    for server_id in servers:
        await panel.send_raw(f'{{"type":"server:deleted","data":{{"id":"{server_id}"}}}}')
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*gone(entry, "srv_0")))
    await hass.async_block_till_done(wait_background_tasks=True)
    asked = [path for _, path in panel.requests[before:]]
    # The first ones were asked for at once; one list told that most of the others are there.
    assert asked.count("/api/servers") == 1
    assert len(asked) <= 1 + MOST_ASKED + len(deleted)
    assert {issue_id for _, issue_id in issue_registry.issues} == {gone(entry, "srv_0")[1]}


async def test_a_failed_look_is_made_again(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    clock: Clock,
    issue_registry: ir.IssueRegistry,
) -> None:
    await set_up(entry)
    panel.fail("/api/servers/srv_survival", status=502, body="<html>")
    panel.delete_server("srv_survival")
    await panel.wait_for(lambda panel: ("GET", "/api/servers/srv_survival") in panel.requests)
    panel.clear_faults()
    await clock.list_again()
    assert issue_registry.async_get_issue(*gone(entry)) is not None


async def test_a_failed_list_within_a_look_is_made_again(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, clock: Clock, issue_registry: ir.IssueRegistry
) -> None:
    servers = {f"srv_{number}": f"Server {number}" for number in range(2 * MOST_ASKED)}
    for server_id, name in servers.items():
        panel.add_server(name, owner=account, server_id=server_id, status="RUNNING")
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, servers)
    await set_up(entry)
    panel.fail("/api/servers", status=500, body={"error": "database"})
    panel.fail("/api/servers/srv_0", status=502, body="<html>")
    panel.pause_ticks = True
    panel.delete_server("srv_0", announce=False)
    before = panel.requests.count(("GET", "/api/servers"))
    for server_id in servers:
        await panel.send_raw(f'{{"type":"server:deleted","data":{{"id":"{server_id}"}}}}')
    await panel.wait_for(lambda panel: panel.requests.count(("GET", "/api/servers")) > before)
    panel.clear_faults()
    await clock.list_again()
    assert {issue_id for _, issue_id in issue_registry.issues} == {gone(entry, "srv_0")[1]}
