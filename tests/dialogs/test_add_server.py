"""The dialog that adds a server to an entry."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentry
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DATA_TIMING
from simulator import Account, Panel
from tests.common import SERVERS, SetUp, entry_for
from tests.flows import PASSWORD, Bench, Dialog, quick_timing

OWN = {"srv_survival": "Survival"}
OTHERS = {"srv_creative": "Creative", "srv_valheim": "Valheim"}


@pytest.fixture
def timing() -> Timing:
    """How long the client waits, not least for a server that only its news tell of."""
    return replace(quick_timing(), find=0.5)


@pytest.fixture
async def entry(panel: Panel, account: Account, set_up: SetUp) -> MockConfigEntry:
    """The user's entry with one of the three servers, set up; another user shares a fourth."""
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, OWN)
    other = panel.add_account("sam@example.com", PASSWORD)
    panel.add_server("Shared", owner=other, shared_with=[account], server_id="srv_shared")
    panel.add_server("Foreign", owner=other, server_id="srv_foreign")
    await set_up(entry)
    assert panel.received_of("subscribe") == ["srv_survival"]
    return entry


def servers_of(entry: ConfigEntry) -> dict[str, str]:
    """The names of an entry's servers by id."""
    assert all(subentry.unique_id == subentry.data["server_id"] for subentry in entry.subentries.values())
    return {subentry.data["server_id"]: subentry.title for subentry in entry.subentries.values()}


@pytest.fixture
async def token_entry(panel: Panel, account: Account, set_up: SetUp) -> MockConfigEntry:
    """An entry with the user's raw token, which no call can be made with."""
    entry = entry_for(panel, panel.create_session(account).token, account.id, OWN)
    await set_up(entry)
    return entry


async def is_added(dialog: Dialog, entry: ConfigEntry, server_id: str, name: str, panel: Panel) -> None:
    """Check that a dialog added a server, and that the server lives."""
    assert dialog.result["type"] is FlowResultType.CREATE_ENTRY, dialog.result
    assert servers_of(entry)[server_id] == name
    hass, entity_id = dialog.hass, f"sensor.{name.lower()}_status"
    await hass.async_block_till_done()
    await panel.wait_for(lambda _: hass.states.is_state(entity_id, "running"))


async def test_listed_server(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench) -> None:
    (connection,), data = panel.connections, entry.runtime_data
    dialog = await bench.add_server(entry)
    assert dialog.form == ("user", {})
    assert dialog.choices("server_id") == OTHERS
    assert dialog.suggested == {}
    assert dialog.placeholders["count"] == "2"
    await dialog.submit(server_id="srv_creative")
    await is_added(dialog, entry, "srv_creative", "Creative", panel)

    assert servers_of(entry) == OWN | {"srv_creative": "Creative"}
    assert hass.states.is_state("sensor.survival_status", "running")
    # One message to the panel, on the connection that there was, and nothing was set up again.
    assert panel.received_of("subscribe") == ["srv_survival", "srv_creative"]
    assert panel.received_of("unsubscribe") == []
    assert panel.connections == [connection]
    assert panel.upgrades == 1
    assert entry.runtime_data is data
    dialog = await bench.add_server(entry)
    assert dialog.choices("server_id") == {"srv_valheim": "Valheim"}


async def test_typed_server(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench) -> None:
    (connection,), data = panel.connections, entry.runtime_data
    dialog = await bench.add_server(entry)
    await dialog.submit(server_id=" srv_shared ")
    assert dialog.placeholders == {"servers": "srv_shared"}
    await dialog.wait("find_server")
    await is_added(dialog, entry, "srv_shared", "Shared", panel)

    assert servers_of(entry) == OWN | {"srv_shared": "Shared"}
    # On the connection that there was; the other server noticed nothing.
    assert panel.received_of("subscribe") == ["srv_survival", "srv_shared"]
    assert panel.received_of("unsubscribe") == []
    assert panel.connections == [connection]
    assert panel.upgrades == 1
    assert entry.runtime_data is data


async def test_several_typed_servers(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench) -> None:
    dialog = await bench.add_server(entry)
    await dialog.submit(server_id=f"{panel.url}/servers/srv_shared/console, srv_valheim;srv_shared")
    assert dialog.placeholders == {"servers": "srv_shared"}
    await dialog.wait("find_server")
    await is_added(dialog, entry, "srv_shared", "Shared", panel)
    await is_added(dialog, entry, "srv_valheim", "Valheim", panel)
    assert servers_of(entry) == OWN | {"srv_shared": "Shared", "srv_valheim": "Valheim"}
    assert panel.upgrades == 1


@pytest.mark.parametrize(("server_id", "error"), [("srv_none", "server_not_found"), ("srv_foreign", "no_access")])
async def test_server_not_found(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench, server_id: str, error: str
) -> None:
    dialog = await bench.add_server(entry)
    await dialog.submit(server_id=server_id)
    await dialog.wait("find_server")
    assert dialog.form == ("user", {"server_id": error})
    assert dialog.placeholders["servers"] == server_id
    assert dialog.suggested == {"server_id": server_id}
    assert dialog.choices("server_id") == OTHERS
    await dialog.submit(server_id=" ,")
    assert dialog.form == ("user", {})
    await dialog.submit(server_id="srv_valheim")
    await is_added(dialog, entry, "srv_valheim", "Valheim", panel)
    assert panel.connections[0].subscriptions == {"srv_survival", "srv_valheim"}
    assert panel.upgrades == 1


async def test_server_not_found_with_a_raw_token(
    hass: HomeAssistant, panel: Panel, token_entry: MockConfigEntry, bench: Bench
) -> None:
    dialog = await bench.add_server(token_entry)
    await dialog.submit(server_id="srv_none")
    await dialog.wait("find_server")
    assert dialog.form == ("user", {"server_id": "server_not_found"})
    await panel.wait_for(lambda panel: panel.received_of("unsubscribe") == ["srv_none"])
    await dialog.submit(server_id="srv_valheim")
    await dialog.wait("find_server")
    await is_added(dialog, token_entry, "srv_valheim", "Valheim", panel)
    assert panel.connections[0].subscriptions == {"srv_survival", "srv_valheim"}


@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        ("cannot_connect", {"status": 502}),
        ("rate_limited", {"status": 429}),
        ("not_the_panel", {"status": 404, "body": "<html>"}),
    ],
)
async def test_server_cannot_be_looked_for(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench, reason: str, fault: dict[str, Any]
) -> None:
    """What a proxy says in the panel's place is no reason to say that there is no such server."""
    panel.fail("/api/servers/srv_shared", times=1, **fault)
    dialog = await bench.add_server(entry)
    await dialog.submit(server_id="srv_shared")
    await dialog.wait("find_server")
    assert dialog.reason == reason
    dialog = await bench.add_server(entry)
    await dialog.submit(server_id="srv_shared")
    await dialog.wait("find_server")
    await is_added(dialog, entry, "srv_shared", "Shared", panel)


async def test_already_configured(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    """Neither a server of this entry nor one of another is added twice."""
    admin = panel.add_account("admin@example.com", PASSWORD, role="admin")
    second = entry_for(panel, panel.create_session(admin).cookie, admin.id, {"srv_foreign": "Foreign"})
    await set_up(second)
    dialog = await bench.add_server(second)
    assert dialog.choices("server_id") == OTHERS | {"srv_shared": "Shared"}
    for server_id in ("srv_survival", "srv_foreign"):
        await dialog.submit(server_id=server_id)
        assert dialog.form == ("user", {"server_id": "server_already_configured"})
        assert dialog.placeholders["servers"] == server_id
        assert dialog.suggested == {"server_id": server_id}
    await dialog.submit(server_id="srv_valheim")
    await is_added(dialog, second, "srv_valheim", "Valheim", panel)
    assert servers_of(entry) == OWN


async def test_names(hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, bench: Bench) -> None:
    """Servers of one name are told apart by their ids; one without a name goes by its id."""
    panel.add_server("Creative", owner=account, server_id="srv_other")
    panel.edit("srv_valheim", name=None)
    dialog = await bench.add_server(entry)
    assert dialog.choices("server_id") == {
        "srv_creative": "Creative (srv_creative)",
        "srv_other": "Creative (srv_other)",
        "srv_valheim": "srv_valheim",
    }
    await dialog.submit(server_id="srv_other")
    await is_added(dialog, entry, "srv_other", "Creative", panel)


async def test_all_are_there(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench) -> None:
    for server_id, name in OTHERS.items():
        dialog = await bench.add_server(entry)
        await dialog.submit(server_id=server_id)
        await is_added(dialog, entry, server_id, name, panel)
    dialog = await bench.add_server(entry)
    assert dialog.form == ("user", {"base": "no_servers_left"})
    assert dialog.choices("server_id") == {}
    assert dialog.placeholders["count"] == "0"
    assert servers_of(entry) == SERVERS
    await dialog.submit(server_id="srv_shared")
    await dialog.wait("find_server")
    await is_added(dialog, entry, "srv_shared", "Shared", panel)


async def test_raw_token(hass: HomeAssistant, panel: Panel, token_entry: MockConfigEntry, bench: Bench) -> None:
    """Without REST nothing can be listed, and nothing is asked."""
    requests = len(panel.requests)
    dialog = await bench.add_server(token_entry)
    assert dialog.form == ("user", {})
    assert dialog.choices("server_id") == {}
    assert dialog.placeholders["count"] == "0"
    await dialog.submit(server_id="srv_valheim")
    await dialog.wait("find_server")
    await is_added(dialog, token_entry, "srv_valheim", "Valheim", panel)
    assert len(panel.requests) == requests
    assert panel.upgrades == 1


async def test_entry_is_not_loaded(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench) -> None:
    await hass.config_entries.async_unload(entry.entry_id)
    dialog = await bench.add_server(entry)
    assert dialog.reason == "entry_not_loaded"

    await panel.stop()
    await hass.config_entries.async_setup(entry.entry_id)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    dialog = await bench.add_server(entry)
    assert dialog.reason == "entry_not_loaded"


async def test_panel_is_not_connected(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench) -> None:
    url = panel.url
    await panel.stop()
    await panel.wait_for(lambda _: hass.states.is_state("sensor.survival_status", STATE_UNAVAILABLE))
    dialog = await bench.add_server(entry)
    assert dialog.reason == "not_connected"
    await panel.start()
    assert panel.url == url
    await panel.wait_for(lambda _: hass.states.is_state("sensor.survival_status", "running"))
    dialog = await bench.add_server(entry)
    await dialog.submit(server_id="srv_creative")
    await is_added(dialog, entry, "srv_creative", "Creative", panel)


@pytest.mark.parametrize("raw", [False, True], ids=["cookie", "raw token"])
async def test_entry_is_unloaded_meanwhile(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, bench: Bench, raw: bool
) -> None:
    session = panel.create_session(account)
    entry = entry_for(panel, session.token if raw else session.cookie, account.id, OWN)
    await set_up(entry)
    waiting, looking = await bench.add_server(entry), await bench.add_server(entry)
    panel.delay("/api/servers/srv_none", 0.1)
    await looking.submit(server_id="srv_none")
    await hass.config_entries.async_unload(entry.entry_id)
    await waiting.submit(server_id="srv_creative")
    assert waiting.reason == "entry_not_loaded"
    await looking.wait("find_server")
    assert looking.reason == "entry_not_loaded"
    assert servers_of(entry) == OWN


@pytest.mark.parametrize(
    ("reason", "fault"),
    [
        ("cannot_connect", {"status": 502}),
        ("rate_limited", {"status": 429}),
        ("not_the_panel", {"status": 401, "body": "<html>"}),
        ("not_the_panel", {"status": 200, "body": "<html>"}),
        ("not_the_panel", {"status": 302, "headers": {"Location": "/login"}}),
        ("unknown", {"status": 403}),
    ],
)
async def test_servers_cannot_be_listed(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench, reason: str, fault: dict[str, Any]
) -> None:
    panel.fail("/api/servers", times=1, **fault)
    dialog = await bench.add_server(entry)
    assert dialog.reason == reason
    # The entry lives on, and so does the next dialog.
    assert panel.upgrades == len(panel.connections) == 1
    dialog = await bench.add_server(entry)
    await dialog.submit(server_id="srv_creative")
    await is_added(dialog, entry, "srv_creative", "Creative", panel)


async def test_list_takes_too_long(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench, timing: Timing
) -> None:
    hass.data[DATA_TIMING] = replace(timing, request=0.5)
    await hass.config_entries.async_reload(entry.entry_id)
    panel.delay("/api/servers", 60)
    dialog = await bench.add_server(entry)
    assert dialog.reason == "timeout_connect"


async def test_session_has_ended(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench) -> None:
    """The list is often the first to notice; then the user is asked to sign in again, and goes on."""
    panel.delete_sessions()
    dialog = await bench.add_server(entry)
    assert dialog.reason == "invalid_auth"
    dialog = await bench.add_server(entry)
    assert dialog.reason == "invalid_auth"
    signing_in = await bench.requested_dialog(entry)
    await signing_in.sign_in()
    assert signing_in.reason == "reauth_successful"
    await hass.async_block_till_done()
    dialog = await bench.add_server(entry)
    await dialog.submit(server_id="srv_creative")
    await is_added(dialog, entry, "srv_creative", "Creative", panel)


# Two at once, and none any more.


def add_by_other_means(hass: HomeAssistant, entry: ConfigEntry, server_id: str, name: str) -> None:
    """Add a server as another dialog does that was quicker."""
    hass.config_entries.async_add_subentry(
        entry,
        ConfigSubentry(
            data=MappingProxyType({"server_id": server_id}), subentry_type="server", title=name, unique_id=server_id
        ),
    )


async def test_chosen_too_late(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench) -> None:
    dialog = await bench.add_server(entry)
    add_by_other_means(hass, entry, "srv_creative", "Creative")
    await hass.async_block_till_done()
    await dialog.submit(server_id="srv_creative")
    assert dialog.form == ("user", {"server_id": "server_already_configured"})
    await dialog.submit(server_id="srv_valheim")
    await is_added(dialog, entry, "srv_valheim", "Valheim", panel)
    assert servers_of(entry) == SERVERS


@pytest.mark.parametrize("server_id", ["srv_shared", "srv_none"])
async def test_looked_for_too_long(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench, server_id: str
) -> None:
    """A server that was added meanwhile is not added again, nor said not to be there, whatever the panel says of it."""
    dialog = await bench.add_server(entry)
    await dialog.submit(server_id=server_id)
    add_by_other_means(hass, entry, server_id, "Quick")
    await dialog.wait("find_server")
    assert dialog.reason == "already_configured"
    assert servers_of(entry).keys() == OWN.keys() | {server_id}


async def test_some_were_added_meanwhile(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    """Of several, the others are added, also when one went to the entry of another account."""
    admin = panel.add_account("admin@example.com", PASSWORD, role="admin")
    second = entry_for(panel, panel.create_session(admin).cookie, admin.id, {})
    await set_up(second)
    dialog = await bench.add_server(entry)
    await dialog.submit(server_id="srv_shared, srv_valheim")
    add_by_other_means(hass, second, "srv_shared", "Shared")
    await dialog.wait("find_server")
    await is_added(dialog, entry, "srv_valheim", "Valheim", panel)
    assert servers_of(entry) == OWN | {"srv_valheim": "Valheim"}
    assert servers_of(second) == {"srv_shared": "Shared"}


async def test_added_while_a_raw_token_looks_for_it(
    hass: HomeAssistant, panel: Panel, token_entry: MockConfigEntry, bench: Bench
) -> None:
    """A dialog that gives up takes nothing from a server that another dialog added meanwhile."""
    panel.silent_servers = {"srv_valheim"}
    dialog = await bench.add_server(token_entry)
    await dialog.submit(server_id="srv_valheim")
    add_by_other_means(hass, token_entry, "srv_valheim", "Valheim")
    await dialog.wait("find_server")
    assert dialog.reason == "already_configured"
    panel.silent_servers = set()
    await panel.wait_for(lambda _: hass.states.is_state("sensor.valheim_status", "running"))
    assert panel.received_of("unsubscribe") == []
    panel.set_status("srv_valheim", "STOPPED")
    await panel.wait_for(lambda _: hass.states.is_state("sensor.valheim_status", "stopped"))


async def test_two_dialogs_look_for_one_server(
    hass: HomeAssistant, panel: Panel, token_entry: MockConfigEntry, bench: Bench
) -> None:
    dialogs = [await bench.add_server(token_entry) for _ in range(2)]
    for dialog in dialogs:
        await dialog.submit(server_id="srv_valheim")
    first, second = dialogs
    await first.wait("find_server")
    await is_added(first, token_entry, "srv_valheim", "Valheim", panel)
    await second.wait("find_server")
    assert second.reason == "already_configured"
    assert servers_of(token_entry) == OWN | {"srv_valheim": "Valheim"}
    assert panel.connections[0].subscriptions == {"srv_survival", "srv_valheim"}


async def test_close_while_finding(
    hass: HomeAssistant, panel: Panel, token_entry: MockConfigEntry, bench: Bench
) -> None:
    dialog = await bench.add_server(token_entry)
    await dialog.submit(server_id="srv_none")
    await panel.wait_for(lambda panel: "srv_none" in panel.received_of("subscribe"))
    dialog.manager.async_abort(dialog.flow_id)
    await panel.wait_for(lambda panel: panel.received_of("unsubscribe") == ["srv_none"])
    await hass.async_block_till_done()
    assert hass.config_entries.subentries.async_progress() == []
    assert panel.connections[0].subscriptions == {"srv_survival"}
    assert panel.upgrades == 1
    assert hass.states.is_state("sensor.survival_status", "running")
