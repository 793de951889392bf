"""Repairs about the connection, and the page on the system's health."""

from homeassistant.components.repairs import ConfirmRepairFlow
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.repairs import async_check_connection, async_create_fix_flow, is_public
from simulator import Panel

from .conftest import SetUp
from .test_init import shows


async def test_a_proxy_that_blocks_the_socket(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry)
    issue = (DOMAIN, f"websocket_blocked_{entry.entry_id}")
    panel.fail("/api/ws", status=403, body="<html>no</html>", content_type="text/html")
    panel.drop_clients()
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*issue))
    panel.clear_faults()
    await panel.wait_for(shows(hass, "sensor.survival_status", "running"))
    assert issue_registry.async_get_issue(*issue) is None


async def test_a_panel_that_was_upgraded(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry)
    for path in ("/api/ws", "/api/ws/token"):
        panel.fail(path, status=404, body={"error": "Not found"})
    panel.drop_clients()
    await panel.wait_for(lambda _: issue_registry.async_get_issue(DOMAIN, f"unsupported_panel_{entry.entry_id}"))


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
    async_check_connection(hass, entry)
    issue = issue_registry.async_get_issue(DOMAIN, f"insecure_connection_{entry.entry_id}")
    assert (issue is not None) is warned

    hass.config_entries.async_update_entry(entry, data={"url": "https://panel.example.com"})
    async_check_connection(hass, entry)
    assert issue_registry.async_get_issue(DOMAIN, f"insecure_connection_{entry.entry_id}") is None


def test_public_hosts() -> None:
    assert is_public("2606:4700::1111")
    assert not is_public("localhost")


async def test_other_issues_are_only_confirmed(hass: HomeAssistant) -> None:
    assert isinstance(await async_create_fix_flow(hass, "something", None), ConfirmRepairFlow)


async def test_system_health(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await set_up(entry)
    info = await get_system_health_info(hass, DOMAIN)
    assert await info.pop("panels_reachable") == 1
    assert info == {"panels": 1, "panels_connected": 1, "servers": 3, "oldest_sync": "0 s"}

    panel.fail("/api/ws/token", status=503)
    info = await get_system_health_info(hass, DOMAIN)
    assert await info.pop("panels_reachable") == 0

    await hass.config_entries.async_unload(entry.entry_id)
    info = await get_system_health_info(hass, DOMAIN)
    assert await info.pop("panels_reachable") == 0
    assert info == {"panels": 1, "panels_connected": 0, "servers": 0, "oldest_sync": None}
