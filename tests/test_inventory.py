"""Servers that come and go on the panel, and what the user decided about them."""

from datetime import timedelta

from homeassistant.components.repairs import DOMAIN as REPAIRS_DOMAIN
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.repairs import ServerGoneRepairFlow, async_create_fix_flow
from simulator import Panel
from simulator.accounts import Account

from .conftest import SERVERS, SetUp, entry_for
from .test_init import shows

STATUS = "sensor.survival_status"
GONE = (DOMAIN, "server_gone_srv_survival")


class Clock:
    """Lets minutes pass in which the panel is listed."""

    def __init__(self, hass: HomeAssistant, panel: Panel) -> None:
        self._hass = hass
        self._panel = panel
        self._now = dt_util.utcnow()

    async def list_again(self) -> None:
        """Let five minutes pass, and what is asked then be answered."""
        before = self._panel.requests.count(("GET", "/api/servers"))
        self._now += timedelta(minutes=5, seconds=1)
        async_fire_time_changed(self._hass, self._now)
        await self._panel.wait_for(lambda panel: panel.requests.count(("GET", "/api/servers")) > before)
        await self._hass.async_block_till_done(wait_background_tasks=True)


@pytest.fixture
def clock(hass: HomeAssistant, panel: Panel) -> Clock:
    """The clock of the lists."""
    return Clock(hass, panel)


def titles(entry: MockConfigEntry) -> set[str]:
    return {subentry.title for subentry in entry.subentries.values()}


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
    assert entry.options == {"add_new_servers": False}
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
    panel.delete_server("srv_survival")
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*GONE))
    assert shows(hass, STATUS, STATE_UNAVAILABLE)(panel)
    issue = issue_registry.async_get_issue(*GONE)
    assert issue is not None
    assert issue.is_fixable
    assert issue.translation_placeholders == {"server": "Survival", "panel": "127.0.0.1"}

    flow = await async_create_fix_flow(hass, GONE[1], issue.data)
    assert isinstance(flow, ServerGoneRepairFlow)
    flow.hass = hass
    form = await flow.async_step_init()
    assert form["type"] is FlowResultType.FORM
    assert form["description_placeholders"] == {"server": "Survival"}
    assert (await flow.async_step_confirm({}))["type"] is FlowResultType.CREATE_ENTRY
    await hass.async_block_till_done()
    assert titles(entry) == {"Creative", "Valheim"}
    assert device_registry.async_get_device_by_identifier((DOMAIN, "srv_survival"), entry.entry_id) is None
    assert issue_registry.async_get_issue(*GONE) is None
    # A second confirmation of the same dialog has nothing to remove.
    assert (await flow.async_step_confirm({}))["type"] is FlowResultType.CREATE_ENTRY
    assert panel.upgrades == 1


async def test_a_name_is_no_markdown_in_a_repair(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    set_up: SetUp,
    issue_registry: ir.IssueRegistry,
) -> None:
    name = "![x](http://example.com/a.png) [y][z] <img>"
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, {"srv_survival": name})
    panel.edit("srv_survival", name=name)
    await set_up(entry)
    panel.delete_server("srv_survival")
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*GONE))
    issue = issue_registry.async_get_issue(*GONE)
    assert issue is not None
    assert issue.translation_placeholders is not None
    assert issue.translation_placeholders["server"] == "![x] (http://example.com/a.png) [y] [z] &lt;img>"


async def test_repairs_go_with_their_entry(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry)
    panel.delete_server("srv_survival")
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*GONE))
    await hass.config_entries.async_remove(entry.entry_id)
    await hass.async_block_till_done()
    assert issue_registry.async_get_issue(*GONE) is None


async def test_a_deletion_is_not_believed_before_the_panel_says_404(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry)
    await panel.send_raw('{"type":"server:deleted","data":{"id":"srv_survival"}}')
    await panel.wait_for(lambda panel: ("GET", "/api/servers/srv_survival") in panel.requests)
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert issue_registry.async_get_issue(*GONE) is None

    panel.fail("/api/servers/srv_survival", status=500, body={"error": "database"})
    await panel.send_raw('{"type":"server:deleted","data":{"id":"srv_survival"}}')
    await panel.wait_for(lambda panel: panel.requests.count(("GET", "/api/servers/srv_survival")) == 2)
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert issue_registry.async_get_issue(*GONE) is None


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
    assert issue_registry.async_get_issue(*GONE) is None

    # A list that fails counts for nothing.
    panel.fail("/api/servers", status=500, body={"error": "database"})
    await clock.list_again()
    assert issue_registry.async_get_issue(*GONE) is None
    panel.clear_faults()
    await clock.list_again()
    assert issue_registry.async_get_issue(*GONE) is not None


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
    await panel.wait_for(lambda _: issue_registry.async_get_issue(*GONE))
    panel.add_server("Survival", owner=account, server_id="srv_survival", status="RUNNING")
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert issue_registry.async_get_issue(*GONE) is None


async def test_raw_tokens_list_and_verify_nothing(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, issue_registry: ir.IssueRegistry
) -> None:
    await set_up(entry_for(panel, panel.create_session(account).token, account.id, SERVERS))
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=5, seconds=1))
    panel.delete_server("srv_survival")
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert not panel.requests
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
