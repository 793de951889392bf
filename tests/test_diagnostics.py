"""Diagnostics say what helps and give nothing away."""

from collections.abc import Iterator
from dataclasses import replace
from http import HTTPStatus
import json
import re
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, issue_registry as ir
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
from yarl import URL

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from simulator import Panel
from simulator.accounts import Account

from .common import SERVERS, SetUp, entry_for, shows

type Download = dict[str, Any]


@pytest.fixture
def timing() -> Timing:
    """A set-up waits less for a server that is silent."""
    return replace(Timing(), news_of_all=0.2)


@pytest.fixture
async def download(hass: HomeAssistant, hass_client: ClientSessionGenerator) -> Any:
    """Downloads the diagnostics of an entry, or of one of its devices, as a user does."""
    assert await async_setup_component(hass, "diagnostics", {})
    client = await hass_client()

    async def download(entry: MockConfigEntry, device: dr.DeviceEntry | None = None) -> Download:
        path = f"/api/diagnostics/config_entry/{entry.entry_id}"
        response = await client.get(path if device is None else f"{path}/device/{device.id}")
        assert response.status == HTTPStatus.OK
        data: Download = await response.json()
        return data

    return download


def server_device(registry: dr.DeviceRegistry, entry: MockConfigEntry, server_id: str) -> dr.DeviceEntry:
    device = registry.async_get_device_by_identifier((DOMAIN, server_id), entry.entry_id)
    assert isinstance(device, dr.DeviceEntry)
    return device


HARMLESS = {"status", "memory", "disk", "cpu", "swap", "backupLimit"}
"""What of a server's row may be in a download."""


def marks_in(value: Any) -> Iterator[str]:
    """Yield each text and number in what a panel sends or an entry holds."""
    match value:
        case dict():
            for key, item in value.items():
                if key not in HARMLESS:
                    yield from marks_in(item)
        case list() | tuple():
            for item in value:
                yield from marks_in(item)
        case bool() | None:
            pass
        case _:
            yield str(value)


def words_in(value: Any) -> Iterator[str]:
    """Yield each key and value of a download."""
    match value:
        case dict():
            yield from value
            for item in value.values():
                yield from words_in(item)
        case list():
            for item in value:
                yield from words_in(item)
        case _:
            yield str(value)


def assert_harmless(download: Download, marks: set[str]) -> None:
    """Search the whole download for each mark; a number only counts as a whole one."""
    assert len(marks) > 20
    text = "\n".join(words_in(download))
    assert [mark for mark in marks if re.search(rf"(?<![\w.]){re.escape(mark)}(?![\w.])", text)] == []


@pytest.fixture
def marks(panel: Panel, account: Account, entry: MockConfigEntry) -> set[str]:
    """Give a server a mark in each field; all that must not be in a download."""
    panel.edit(
        "srv_survival",
        shortId="mark_short",
        name="Mark of a name",
        description="Mark of a description",
        containerId="mark_container",
        cpuPinning="7-11,mark",
        allocationLimit=71077,
        primaryAllocationId="mark_primary",
        blueprintId="mark_blueprint",
        blueprint={"id": "mark_blueprint", "name": "Mark of a game", "dockerImage": "mark.example.com/game"},
        allocations=[
            {"id": "mark_primary", "ip": "203.0.113.77", "port": 47077, "alias": "mark.example.net", "assigned": True},
            {"id": "mark_second", "ip": "2001:db8::77", "port": 47078, "alias": None, "assigned": True},
        ],
    )
    row = panel.fleet.row(panel.fleet.servers["srv_survival"])
    url = URL(entry.data["url"])
    cookie = entry.data["session"].partition("=")[2]
    held = {str(url.host), str(url.port), cookie, cookie.partition(".")[0], account.email, account.id, account.name}
    held |= {entry.title, str(entry.unique_id), entry.data["url"], entry.data["session"]}
    for subentry in entry.subentries.values():
        held |= {subentry.title, str(subentry.unique_id), subentry.data["server_id"]}
    return held | set(marks_in(row))


async def test_loaded(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, marks: set[str], download: Any
) -> None:
    panel.silent_servers = {"srv_valheim"}
    await set_up(entry)
    for name in ("mark_of_a_name", "creative"):
        await panel.wait_for(shows(hass, f"sensor.{name}_status", "running"))
    found = await download(entry)
    assert_harmless(found, marks)
    data = found["data"]
    assert data["entry"]["state"] == "loaded"
    assert data["connection"]["state"] == "connected"
    assert data["connection"]["session"] == "cookie"
    assert data["connection"]["https"] is False
    assert [server["live"] for server in data["servers"]] == [True, True, False]
    server = data["servers"][0]["server"]
    assert {key: server[key] for key in ("status", "memory", "suspended", "allocations", "has_address")} == {
        "status": "running",
        "memory": 4096,
        "suspended": False,
        "allocations": 2,
        "has_address": True,
    }
    assert data["servers"][0]["seconds_since_sync"] >= 0
    silent = data["servers"][2]
    assert (silent["live"], silent["seconds_since_sync"], silent["server"]) == (False, None, None)


async def test_a_status_that_is_not_known(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, download: Any
) -> None:
    await set_up(entry)
    panel.report("srv_survival", "MARK_STATUS")
    await panel.wait_for(shows(hass, "sensor.survival_status", "unknown"))
    found = await download(entry)
    assert "MARK_STATUS" not in json.dumps(found)
    server = found["data"]["servers"][0]["server"]
    assert (server["status"], server["status_is_unknown"]) == (None, True)


async def test_a_panel_that_is_away(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, marks: set[str], download: Any
) -> None:
    await panel.stop()
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    found = await download(entry)
    assert_harmless(found, marks)
    assert found["data"]["entry"]["state"] == "setup_retry"
    assert found["data"]["entry"]["reason"] == "cannot_connect"
    assert found["data"]["connection"]["state"] is None
    assert len(found["data"]["servers"]) == 3


async def test_devices_in_each_state(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    marks: set[str],
    download: Any,
    device_registry: dr.DeviceRegistry,
) -> None:
    await set_up(entry)
    hub = server_device(device_registry, entry, entry.entry_id)
    survival = server_device(device_registry, entry, "srv_survival")
    for loaded in (True, False):
        if not loaded:
            await hass.config_entries.async_unload(entry.entry_id)
        found = await download(entry, hub)
        assert_harmless(found, marks)
        assert len(found["data"]["servers"]) == 3
        found = await download(entry, survival)
        assert_harmless(found, marks)
        assert found["data"]["live"] is loaded
        assert (found["data"]["server"] is not None) is loaded


async def test_a_server_that_is_no_longer_on_the_panel(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    marks: set[str],
    download: Any,
    device_registry: dr.DeviceRegistry,
    issue_registry: ir.IssueRegistry,
) -> None:
    await set_up(entry)
    panel.delete_server("srv_survival")
    await panel.wait_for(lambda _: issue_registry.issues)
    for found in (
        await download(entry),
        await download(entry, server_device(device_registry, entry, "srv_survival")),
    ):
        assert_harmless(found, marks)
        assert found["issues"]


async def test_a_raw_token(hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, download: Any) -> None:
    token = panel.create_session(account).token
    entry = entry_for(panel, token, account.id, SERVERS)
    await set_up(entry)
    found = await download(entry)
    assert token not in json.dumps(found)
    assert found["data"]["connection"]["session"] == "token"
    assert found["data"]["connection"]["capabilities"]["calls"] is False
