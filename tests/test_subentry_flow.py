"""The dialog that adds a server to an entry."""

from collections.abc import AsyncGenerator
from types import MappingProxyType
from typing import Any
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntry, ConfigEntryState, ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Account, Panel

from .conftest import SERVERS, SetUp, entry_for
from .flows import CONFIG_FLOW, PASSWORD, Bench, Dialog, bench_of

OWN = {"srv_survival": "Survival"}
OTHERS = {"srv_creative": "Creative", "srv_valheim": "Valheim"}


@pytest.fixture(autouse=True)
async def bench(hass: HomeAssistant, panel: Panel, caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Bench]:
    async with bench_of(hass, panel, caplog) as bench:
        yield bench


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
    # Looked for and then watched, on the connection that there was; the other server noticed nothing.
    await panel.wait_for(lambda _: connection.subscriptions == {"srv_survival", "srv_shared"})
    assert panel.received_of("subscribe").count("srv_survival") == 1
    assert set(panel.received_of("unsubscribe")) <= {"srv_shared"}
    assert panel.connections == [connection]
    assert panel.upgrades == 1
    assert entry.runtime_data is data


@pytest.mark.parametrize("server_id", ["srv_none", "srv_foreign"])
async def test_server_not_found(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench, server_id: str
) -> None:
    dialog = await bench.add_server(entry)
    with patch(f"{CONFIG_FLOW}.FIND_TIMEOUT", 0.2):
        await dialog.submit(server_id=server_id)
        await dialog.wait("find_server")
    assert dialog.form == ("user", {"server_id": "server_not_found"})
    assert dialog.placeholders["servers"] == server_id
    assert dialog.suggested == {"server_id": server_id}
    assert dialog.choices("server_id") == OTHERS
    await panel.wait_for(lambda panel: panel.received_of("unsubscribe") == [server_id])
    await dialog.submit(server_id="srv_valheim")
    await is_added(dialog, entry, "srv_valheim", "Valheim", panel)
    assert panel.connections[0].subscriptions == {"srv_survival", "srv_valheim"}
    assert panel.upgrades == 1


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
    assert dialog.choices("server_id") == {}
    assert dialog.placeholders["count"] == "0"
    assert servers_of(entry) == SERVERS


async def test_raw_token(hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, bench: Bench) -> None:
    """Without REST nothing can be listed, and nothing is asked."""
    entry = entry_for(panel, panel.create_session(account).token, account.id, OWN)
    await set_up(entry)
    dialog = await bench.add_server(entry)
    assert dialog.form == ("user", {})
    assert dialog.choices("server_id") == {}
    assert dialog.placeholders["count"] == "0"
    await dialog.submit(server_id="srv_valheim")
    await dialog.wait("find_server")
    await is_added(dialog, entry, "srv_valheim", "Valheim", panel)
    assert panel.requests == []
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


async def test_entry_is_unloaded_meanwhile(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench
) -> None:
    waiting, looking = await bench.add_server(entry), await bench.add_server(entry)
    with patch(f"{CONFIG_FLOW}.FIND_TIMEOUT", 0.2):
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
        ("unknown", {"status": 500}),
        ("unknown", {"status": 200, "body": "<html>"}),
        ("unsupported_panel", {"status": 302, "headers": {"Location": "/login"}}),
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


async def test_list_takes_too_long(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench) -> None:
    panel.delay("/api/servers", 60)
    with patch("custom_components.stellarstack.client.http.TIMEOUT", 0.05):
        dialog = await bench.add_server(entry)
    assert dialog.reason == "timeout_connect"


async def test_session_has_ended(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench) -> None:
    """The list is often the first to notice; then the user is asked to sign in again, and goes on."""
    panel.delete_sessions()
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


async def test_found_too_late(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench) -> None:
    dialog = await bench.add_server(entry)
    await dialog.submit(server_id="srv_shared")
    await panel.wait_for(lambda panel: panel.received_of("unsubscribe") == ["srv_shared"])
    add_by_other_means(hass, entry, "srv_shared", "Shared")
    await dialog.wait("find_server")
    assert dialog.reason == "already_configured"
    assert servers_of(entry) == OWN | {"srv_shared": "Shared"}
    await panel.wait_for(lambda _: hass.states.is_state("sensor.shared_status", "running"))


async def test_added_while_it_is_looked_for(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench
) -> None:
    """A dialog that gives up takes nothing from a server that another dialog added meanwhile."""
    panel.silent_servers = {"srv_shared"}
    dialog = await bench.add_server(entry)
    with patch(f"{CONFIG_FLOW}.FIND_TIMEOUT", 0.2):
        await dialog.submit(server_id="srv_shared")
        add_by_other_means(hass, entry, "srv_shared", "Shared")
        await dialog.wait("find_server")
    assert dialog.form == ("user", {"server_id": "server_not_found"})
    panel.silent_servers = set()
    await panel.wait_for(lambda _: hass.states.is_state("sensor.shared_status", "running"))
    assert panel.received_of("unsubscribe") == []
    panel.set_status("srv_shared", "STOPPED")
    await panel.wait_for(lambda _: hass.states.is_state("sensor.shared_status", "stopped"))


async def test_close_while_finding(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench) -> None:
    dialog = await bench.add_server(entry)
    await dialog.submit(server_id="srv_none")
    await panel.wait_for(lambda panel: "srv_none" in panel.received_of("subscribe"))
    dialog.manager.async_abort(dialog.flow_id)
    await panel.wait_for(lambda panel: panel.received_of("unsubscribe") == ["srv_none"])
    await hass.async_block_till_done()
    assert hass.config_entries.subentries.async_progress() == []
    assert panel.connections[0].subscriptions == {"srv_survival"}
    assert panel.upgrades == 1
    assert hass.states.is_state("sensor.survival_status", "running")
