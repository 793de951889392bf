"""Choosing servers, and typing the ids of others."""

from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import UnknownFlow
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DATA_TIMING, DOMAIN
from simulator import Account, Panel
from tests.common import STATUS, SetUp, entry_for
from tests.flows import EMAIL, PASSWORD, PROBE, Bench

from .support import finish, server_ids


async def test_choose_some(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    entry = await finish(hass, dialog, ["srv_valheim"])
    assert server_ids(entry) == ["srv_valheim"]
    assert hass.states.get("sensor.valheim_status")
    assert hass.states.get(STATUS) is None


async def test_names(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """Servers of one name are told apart by their ids; one without a name goes by its id."""
    panel.add_server("Survival", owner=account, server_id="srv_other")
    panel.add_server("arena", owner=account, server_id="srv_arena")
    panel.edit("srv_valheim", name=None)
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    assert dialog.choices("servers") == {
        "srv_arena": "arena",
        "srv_creative": "Creative",
        "srv_valheim": "srv_valheim",
        "srv_survival": "Survival (srv_survival)",
        "srv_other": "Survival (srv_other)",
    }
    assert [label.casefold() for label in dialog.choices("servers").values()][:3] == [
        "arena",
        "creative",
        "srv_valheim",
    ]
    entry = await finish(hass, dialog, ["srv_other", "srv_valheim"])
    assert [subentry.title for subentry in entry.subentries.values()] == ["Survival", "srv_valheim"]


@pytest.mark.parametrize(("more", "suggested"), [(47, 50), (48, 0)])
async def test_of_many_servers_none_is_chosen_already(
    panel: Panel, account: Account, bench: Bench, more: int, suggested: int
) -> None:
    for number in range(more):
        panel.add_server(f"Server {number}", owner=account)
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in(EMAIL)

    assert len(dialog.choices("servers")) == more + 3
    assert len(dialog.suggested["servers"]) == suggested


async def test_shared_server(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """An account that owns nothing is told so, and types the id of what others share with it."""
    guest = panel.add_account("sam@example.com", PASSWORD)
    panel.add_server("Shared", owner=account, shared_with=[guest], server_id="srv_shared")
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in("sam@example.com")
    assert dialog.form == ("servers", {})
    assert dialog.choices("servers") == {}
    assert dialog.suggested == {"servers": []}
    assert dialog.placeholders["count"] == "0"
    await dialog.submit(servers=["srv_shared"])
    assert dialog.placeholders == {"servers": "srv_shared"}
    await dialog.wait("find_servers")
    entry = dialog.entry
    await hass.async_block_till_done()
    assert entry.unique_id == guest.id
    assert [(subentry.title, subentry.unique_id) for subentry in entry.subentries.values()] == [
        ("Shared", "srv_shared")
    ]
    assert hass.states.is_state("sensor.shared_status", "running")


@pytest.fixture
def strangers(panel: Panel, account: Account) -> Account:
    """Another user, who shares one server with ours, and another one not."""
    other = panel.add_account("sam@example.com", PASSWORD)
    panel.add_server("Shared", owner=other, shared_with=[account], server_id="srv_shared")
    panel.add_server("Foreign", owner=other, server_id="srv_foreign")
    return other


@pytest.mark.usefixtures("strangers")
async def test_server_not_found(hass: HomeAssistant, panel: Panel, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    await dialog.submit(servers=["srv_survival", "srv_none", "srv_shared", "srv_foreign"])
    assert dialog.placeholders == {"servers": "srv_none, srv_shared, srv_foreign"}
    await dialog.wait("find_servers")
    assert dialog.form == ("servers", {"servers": "server_not_found"})
    assert dialog.placeholders["servers"] == "srv_none"
    assert dialog.suggested["servers"] == ["srv_survival", "srv_none", "srv_shared", "srv_foreign"]
    assert dialog.choices("servers")["srv_shared"] == "Shared"
    await panel.wait_for(lambda panel: not panel.connections)
    await dialog.submit(servers=["srv_survival", "srv_shared", "srv_foreign"])
    await dialog.wait("find_servers")
    assert dialog.form == ("servers", {"servers": "no_access"})
    assert dialog.placeholders["servers"] == "srv_foreign"
    # What was found is not looked for again, and what was shown as an error is gone.
    upgrades = panel.upgrades
    await dialog.submit(servers=["srv_survival", "srv_shared"])
    assert server_ids(dialog.entry) == ["srv_survival", "srv_shared"]
    await hass.async_block_till_done()
    assert panel.upgrades == upgrades + 1


@pytest.mark.usefixtures("strangers")
async def test_server_not_found_with_a_raw_token(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, timing: Timing
) -> None:
    """The panel refuses no id on its WebSocket, so that only silence tells."""
    hass.data[DATA_TIMING] = replace(timing, find=0.5)
    dialog = await bench.dialog(panel.url)
    await dialog.paste(panel.create_session(account).token)
    await dialog.submit(servers=["srv_survival", "srv_foreign"])
    await dialog.wait("find_servers")
    assert dialog.form == ("servers", {"servers": "server_not_found"})
    assert dialog.placeholders["servers"] == "srv_foreign"
    await dialog.submit(servers=["srv_survival"])
    assert server_ids(dialog.entry) == ["srv_survival"]
    await hass.async_block_till_done()


@pytest.mark.usefixtures("strangers")
async def test_ids_as_people_copy_them(hass: HomeAssistant, panel: Panel, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    await dialog.submit(servers=[f"{panel.url}/servers/srv_shared/console, srv_valheim", " srv_shared\u200b"])
    await dialog.wait("find_servers")
    assert server_ids(dialog.entry) == ["srv_shared", "srv_valheim"]
    await hass.async_block_till_done()


async def test_found_by_another_id(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """A panel that knows a server by a short id too is asked by it, and the server goes by its own."""
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    row = {"id": "srv_survival", "name": "Survival"}
    panel.fail("/api/servers/short", 200, row)
    await dialog.submit(servers=["short", "srv_survival"])
    await dialog.wait("find_servers")
    assert server_ids(dialog.entry) == ["srv_survival"]
    await hass.async_block_till_done()


async def test_taken_by_another_entry_meanwhile(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench
) -> None:
    """Of two accounts that see one server, the second to take it is told so, also while it is looked for."""
    guest = panel.add_account("sam@example.com", PASSWORD)
    panel.add_server("Shared", owner=account, shared_with=[guest], server_id="srv_shared")
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in("sam@example.com")
    await dialog.submit(servers=["srv_shared"])
    entry_for(panel, panel.create_session(account).cookie, account.id, {"srv_shared": "Shared"}).add_to_hass(hass)
    await dialog.wait("find_servers")
    assert dialog.form == ("servers", {"servers": "server_already_configured"})
    assert dialog.placeholders["servers"] == "srv_shared"
    assert dialog.choices("servers") == {}
    await dialog.submit(servers=[])
    assert server_ids(dialog.entry) == []
    await hass.async_block_till_done()


@pytest.mark.parametrize(
    ("error", "faults"),
    [
        ("rate_limited", [{"path": "/api/ws", "status": 400, "body": b""}, {"path": PROBE, "status": 429}]),
        ("websocket_blocked", [{"path": "/api/ws", "status": 403}]),
    ],
)
async def test_finding_fails(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, error: str, faults: list[dict[str, Any]]
) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.paste(panel.create_session(account).token)
    for fault in faults:
        panel.fail(**fault)
    await dialog.submit(servers=["srv_survival"])
    await dialog.wait("find_servers")
    assert dialog.form == ("servers", {"base": error})
    assert dialog.suggested == {"servers": ["srv_survival"]}
    panel.clear_faults()
    await dialog.submit(servers=["srv_survival"])
    await dialog.wait("find_servers")
    assert server_ids(dialog.entry) == ["srv_survival"]
    await hass.async_block_till_done()


async def test_panel_goes_away_while_finding(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.paste(panel.create_session(account).token)
    await panel.stop()
    await dialog.submit(servers=["srv_survival"])
    await dialog.wait("find_servers")
    assert dialog.form == ("servers", {"base": "cannot_connect"})
    await panel.start()
    await dialog.submit(servers=[])
    assert server_ids(dialog.entry) == []
    await hass.async_block_till_done()


async def test_server_of_another_entry(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    """Two accounts may see one server; it is a device once."""
    await set_up(entry)
    admin = panel.add_account("admin@example.com", PASSWORD, role="admin")
    panel.add_server("Lobby", owner=admin, server_id="srv_lobby")
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in("admin@example.com")
    assert dialog.choices("servers") == {"srv_lobby": "Lobby"}
    assert dialog.placeholders["count"] == "1"
    await dialog.submit(servers=["srv_lobby", "srv_survival", "srv_valheim"])
    assert dialog.form == ("servers", {"servers": "server_already_configured"})
    assert dialog.placeholders["servers"] == "srv_survival, srv_valheim"
    await dialog.submit(servers=["srv_lobby"])
    second = dialog.entry
    await hass.async_block_till_done()
    assert server_ids(second) == ["srv_lobby"]
    assert second.unique_id == admin.id


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_already_configured(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, bench: Bench, host: str
) -> None:
    entry.add_to_hass(hass)
    data = dict(entry.data)
    dialog = await bench.dialog(panel.url.replace("127.0.0.1", host))
    await dialog.sign_in()
    assert dialog.reason == "already_configured"
    assert entry.data == data
    await panel.wait_for(lambda panel: not panel.connections)


async def test_dialog_left_open(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """A dialog in a tab that was closed does not stand in the way of another, and ends with it."""
    left = await bench.dialog(panel.url)
    await left.sign_in()
    assert left.form == ("servers", {})
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    entry = await finish(hass, dialog, ["srv_survival"])
    with pytest.raises(UnknownFlow):
        await left.submit(servers=["srv_valheim"])
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
