"""Repairs: of the connection, and of servers that are gone."""

import re

from homeassistant.components.repairs import DOMAIN as REPAIRS_DOMAIN, ConfirmRepairFlow
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.repairs import (
    ServerGoneRepairFlow,
    async_check_encryption,
    async_create_fix_flow,
    is_public,
    markdown_text,
)
from simulator import Panel
from simulator.accounts import Account

from .common import STATUS, SetUp, entry_for, shows, subentry_of, titles


async def test_a_proxy_that_blocks_the_socket(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry)
    issue = (DOMAIN, f"websocket_blocked_{entry.entry_id}")
    panel.fail("/api/ws", status=403, body="<html>no</html>", content_type="text/html")
    panel.drop_clients()
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*issue))
    # It is found out once, however often the socket is refused after that.
    await panel.wait_for(lambda panel: panel.requests.count(("GET", "/api/ws")) >= 6)
    assert panel.requests.count(("GET", "/api/ws/token")) == 2
    panel.clear_faults()
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert issue_registry.async_get_issue(*issue) is None


async def test_another_product_at_the_address(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry)
    for path in ("/api/ws", "/api/ws/token", "/api/me"):
        panel.fail(path, status=404, body={"error": "Not found"})
    panel.drop_clients()
    await panel.wait_for(lambda _: issue_registry.async_get_issue(DOMAIN, f"unsupported_panel_{entry.entry_id}"))


async def test_a_panel_that_was_upgraded_is_set_up_anew(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry)
    for path in ("/api/ws", "/api/ws/token"):
        panel.fail(path, status=404, body={"error": "Not found"})
    panel.fail("/api/me", status=401, body={"error": {"code": "auth.session.invalid"}})
    panel.drop_clients()
    await panel.wait_for(lambda _: entry.state is not ConfigEntryState.LOADED)
    await hass.async_block_till_done()
    assert [domain for domain, _ in issue_registry.issues if domain == DOMAIN] == []


@pytest.mark.parametrize("refusals", [1, 2])
async def test_some_refused_upgrades_are_no_repair(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, refusals: int
) -> None:
    """A panel refuses upgrades that come too fast; each connection begins to count anew."""
    await set_up(entry)
    for _ in range(2):
        panel.fail("/api/ws", status=400, body="", times=refusals)
        panel.drop_clients()
        await panel.wait_for(shows(hass, STATUS, "unavailable"))
        await panel.wait_for(shows(hass, STATUS, "running"))
    await hass.async_block_till_done(wait_background_tasks=True)
    # Nobody has asked what it is since the set-up.
    assert panel.requests.count(("GET", "/api/ws/token")) == 1


async def test_refused_upgrades_that_are_not_in_a_row_are_no_repair(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    for status in (400, 400, 429, 400, 400):
        panel.fail("/api/ws", status=status, body="", headers={"Retry-After": "0"}, times=1)
    panel.drop_clients()
    await panel.wait_for(shows(hass, STATUS, "unavailable"))
    await panel.wait_for(shows(hass, STATUS, "running"))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert panel.requests.count(("GET", "/api/ws/token")) == 1


async def test_a_redirect_is_no_upgrade_of_the_panel(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    panel.fail("/api/ws/token", status=301, body="", headers={"Location": "https://elsewhere.example/api/ws/token"})
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert not issue_registry.issues


async def test_a_socket_blocked_from_the_start(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    panel.fail("/api/ws", status=502, body="")
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert issue_registry.async_get_issue(DOMAIN, f"websocket_blocked_{entry.entry_id}") is not None


async def test_a_panel_that_is_away_is_no_repair(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    panel.fail("/api/ws", status=502, body="")
    panel.fail("/api/ws/token", status=502, body="")
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert not issue_registry.issues


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://panel.example.com", True),
        ("http://203.0.113.7:3001", False),
        ("http://8.8.8.8:3001", True),
        ("https://panel.example.com", False),
        ("http://192.168.1.5:3001", False),
        ("http://[fe80::1]:3001", False),
        ("http://panel", False),
        ("http://panel.lan", False),
        ("http://panel.home.arpa:80", False),
    ],
)
async def test_a_session_in_the_open(
    hass: HomeAssistant, issue_registry: ir.IssueRegistry, url: str, warned: bool
) -> None:
    entry = MockConfigEntry(domain=DOMAIN, title="Panel", data={"url": url})
    entry.add_to_hass(hass)
    async_check_encryption(hass, entry)
    issue = issue_registry.async_get_issue(DOMAIN, f"insecure_connection_{entry.entry_id}")
    assert (issue is not None) is warned

    hass.config_entries.async_update_entry(entry, data={"url": "https://panel.example.com"})
    async_check_encryption(hass, entry)
    assert issue_registry.async_get_issue(DOMAIN, f"insecure_connection_{entry.entry_id}") is None


async def test_a_session_in_the_open_goes_with_its_entry(hass: HomeAssistant, issue_registry: ir.IssueRegistry) -> None:
    entry = MockConfigEntry(domain=DOMAIN, title="Panel", data={"url": "http://panel.example.com"})
    entry.add_to_hass(hass)
    async_check_encryption(hass, entry)
    assert issue_registry.issues
    await hass.config_entries.async_remove(entry.entry_id)
    assert not issue_registry.issues


def test_public_hosts() -> None:
    assert is_public("2606:4700::1111")
    assert not is_public("localhost")


@pytest.mark.parametrize(
    "name",
    [
        "![x](http://example.com/a.png)",
        "[y](http://example.com) [z][z]",
        "<img src=x> https://example.com www.example.com a@example.com",
        "# *x* _y_ `z` ~~a~~ | 1. - \\",
    ],
)
def test_a_name_is_no_markdown(name: str) -> None:
    """Each punctuation mark is escaped, as CommonMark and what GitHub adds to it (bare links) need it."""
    text = markdown_text(name)
    assert re.sub(r"\\([!-/:-@\[-`{-~])", "", text) == re.sub(r"[!-/:-@\[-`{-~]", "", name)
    assert re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text) == name


async def test_other_issues_are_only_confirmed(hass: HomeAssistant) -> None:
    assert isinstance(await async_create_fix_flow(hass, "something", None), ConfirmRepairFlow)


# Servers that are gone.


def gone(entry: MockConfigEntry) -> tuple[str, str]:
    """Return the key of the repair for Survival."""
    return DOMAIN, f"server_gone_{subentry_of(entry, 'srv_survival').subentry_id}"


async def test_a_deleted_server_can_be_removed(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    issue_registry: ir.IssueRegistry,
    device_registry: dr.DeviceRegistry,
) -> None:
    assert await async_setup_component(hass, REPAIRS_DOMAIN, {})
    await set_up(entry)
    key = gone(entry)
    panel.delete_server("srv_survival")
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*key))
    assert shows(hass, STATUS, "unavailable")(panel)
    issue = issue_registry.async_get_issue(*key)
    assert issue is not None
    assert issue.is_fixable
    assert issue.translation_placeholders == {"server": "Survival"}

    flow = await async_create_fix_flow(hass, key[1], issue.data)
    assert isinstance(flow, ServerGoneRepairFlow)
    flow.hass = hass
    form = await flow.async_step_init()
    assert form["type"] is FlowResultType.FORM
    assert (await flow.async_step_confirm({}))["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert titles(entry) == {"Creative", "Valheim"}
    assert device_registry.async_get_device_by_identifier((DOMAIN, "srv_survival"), entry.entry_id) is None
    assert issue_registry.async_get_issue(*key) is None
    # A second confirmation of the same dialog has nothing to remove.
    assert (await flow.async_step_confirm({}))["type"] is FlowResultType.CREATE_ENTRY
    assert panel.upgrades == 1


async def test_a_name_in_a_repair(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    """A title is plain text; the dialog's description is markdown."""
    name = "![x](http://example.com/a.png) <img>"
    panel.edit("srv_survival", name=name)
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, {"srv_survival": name})
    await set_up(entry)
    panel.delete_server("srv_survival")
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*gone(entry)))
    issue = issue_registry.async_get_issue(*gone(entry))
    assert issue is not None
    assert issue.translation_placeholders == {"server": name}
    flow = await async_create_fix_flow(hass, issue.issue_id, issue.data)
    assert isinstance(flow, ServerGoneRepairFlow)
    form = await flow.async_step_init()
    assert form["description_placeholders"] == {"server": name, "server_markdown": markdown_text(name)}
    assert issue.issue_id.isidentifier()


async def test_all_repairs_go_with_their_entry(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry)
    panel.delete_server("srv_survival")
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*gone(entry)))
    panel.fail("/api/ws", status=403, body="<html>no</html>")
    panel.drop_clients()
    blocked = (DOMAIN, f"websocket_blocked_{entry.entry_id}")
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*blocked))
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert not issue_registry.issues


async def test_a_repair_goes_with_a_server_that_is_removed_while_the_panel_is_away(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry)
    key = gone(entry)
    panel.delete_server("srv_survival")
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*key))
    await hass.config_entries.async_unload(entry.entry_id)
    hass.config_entries.async_remove_subentry(entry, subentry_of(entry, "srv_survival").subentry_id)
    await hass.config_entries.async_setup(entry.entry_id)
    assert issue_registry.async_get_issue(*key) is None
