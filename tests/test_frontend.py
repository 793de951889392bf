"""The cards' file: it is served, and registered as a resource of Home Assistant's dashboards."""

import asyncio
from http import HTTPStatus
from pathlib import Path
from typing import Any

from homeassistant.components.lovelace.const import DOMAIN as LOVELACE, LOVELACE_DATA
from homeassistant.components.lovelace.resources import ResourceStorageCollection
from homeassistant.config_entries import ConfigEntryDisabler
from homeassistant.core import HomeAssistant
from homeassistant.loader import async_get_integration
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.frontend import URL
from simulator import Panel
from simulator.accounts import Account

from .common import SetUp, entry_for

FILE = Path(__file__).parent.parent / "custom_components/stellarstack/frontend/stellarstack.js"
STORED = "lovelace_resources"
THEIRS = {"id": "theirs", "type": "module", "url": "/local/stellarstack.js?v=1"}


@pytest.fixture
async def current(hass: HomeAssistant) -> str:
    """The url of this version's file."""
    return f"{URL}?v={(await async_get_integration(hass, DOMAIN)).version}"


def another(panel: Panel, email: str) -> MockConfigEntry:
    """Return the entry of another account of the panel."""
    account = panel.add_account(email, "correct horse")
    return entry_for(panel, panel.create_session(account).cookie, account.id, {})


@pytest.fixture
def other(panel: Panel) -> MockConfigEntry:
    """The entry of a second account of the panel, not yet added."""
    return another(panel, "kim@example.com")


async def load_dashboards(hass: HomeAssistant, **config: Any) -> None:
    assert await async_setup_component(hass, LOVELACE, {LOVELACE: config})


def store(hass_storage: dict[str, Any], *items: dict[str, str]) -> None:
    hass_storage[STORED] = {"version": 1, "minor_version": 1, "key": STORED, "data": {"items": list(items)}}


def urls(hass: HomeAssistant) -> list[str]:
    return [item["url"] for item in hass.data[LOVELACE_DATA].resources.async_items()]


async def test_the_file_is_served(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    await load_dashboards(hass)
    await set_up(entry)
    client = await hass_client_no_auth()
    answer = await client.get(urls(hass)[0])
    assert answer.status == HTTPStatus.OK
    assert answer.content_type in {"text/javascript", "application/javascript"}
    assert await answer.read() == FILE.read_bytes()


async def test_the_resource_is_a_module(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, current: str
) -> None:
    await load_dashboards(hass)
    await set_up(entry)
    (item,) = hass.data[LOVELACE_DATA].resources.async_items()
    assert item == {"id": item["id"], "type": "module", "url": current}


async def test_entries_share_one_resource_until_the_last_goes(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, other: MockConfigEntry, set_up: SetUp, current: str
) -> None:
    await load_dashboards(hass)
    await asyncio.gather(set_up(entry), set_up(other))
    assert urls(hass) == [current]
    await hass.config_entries.async_reload(entry.entry_id)
    assert urls(hass) == [current]
    await hass.config_entries.async_remove(entry.entry_id)
    assert urls(hass) == [current]
    await hass.config_entries.async_remove(other.entry_id)
    assert urls(hass) == []
    await set_up(another(panel, "new@example.com"))
    assert urls(hass) == [current]


async def test_disabling_the_last_entry_takes_it_out(
    hass: HomeAssistant, entry: MockConfigEntry, other: MockConfigEntry, set_up: SetUp, current: str
) -> None:
    await load_dashboards(hass)
    await set_up(entry)
    await set_up(other)
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    assert urls(hass) == [current]
    await hass.config_entries.async_set_disabled_by(other.entry_id, ConfigEntryDisabler.USER)
    assert urls(hass) == []
    await hass.config_entries.async_set_disabled_by(other.entry_id, None)
    assert urls(hass) == [current]


async def test_an_update_changes_the_version_and_nothing_else(
    hass: HomeAssistant, hass_storage: dict[str, Any], entry: MockConfigEntry, set_up: SetUp, current: str
) -> None:
    store(hass_storage, THEIRS, {"id": "ours", "type": "module", "url": f"{URL}?v=0.0.1"})
    await load_dashboards(hass)
    await set_up(entry)
    ours = {"id": "ours", "type": "module", "url": current}
    assert hass.data[LOVELACE_DATA].resources.async_items() == [THEIRS, ours]
    await hass.config_entries.async_remove(entry.entry_id)
    assert hass.data[LOVELACE_DATA].resources.async_items() == [THEIRS]


async def test_a_restart_writes_nothing(
    hass: HomeAssistant, hass_storage: dict[str, Any], entry: MockConfigEntry, set_up: SetUp, current: str
) -> None:
    store(hass_storage, {"id": "ours", "type": "module", "url": current}, THEIRS)
    await load_dashboards(hass)
    resources = hass.data[LOVELACE_DATA].resources
    assert isinstance(resources, ResourceStorageCollection)
    changes: list[str] = []

    async def listen(change_type: str, item_id: str, item: dict[str, Any]) -> None:
        changes.append(item_id)

    await resources.async_get_info()
    resources.async_add_listener(listen)
    await set_up(entry)
    assert urls(hass) == [current, THEIRS["url"]]
    assert changes == []


async def test_it_is_there_while_the_panel_is_away(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, current: str
) -> None:
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, {})
    await panel.stop()
    await load_dashboards(hass)
    await set_up(entry)
    assert urls(hass) == [current]


async def test_resources_in_yaml_are_their_authors(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, hass_client_no_auth: ClientSessionGenerator
) -> None:
    theirs = {"type": "module", "url": URL}
    await load_dashboards(hass, resource_mode="yaml", resources=[theirs])
    await set_up(entry)
    assert hass.data[LOVELACE_DATA].resources.async_items() == [theirs]
    client = await hass_client_no_auth()
    assert (await client.get(URL)).status == HTTPStatus.OK
    await hass.config_entries.async_remove(entry.entry_id)
    assert hass.data[LOVELACE_DATA].resources.async_items() == [theirs]


async def test_without_dashboards_nothing_is_missing(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    assert LOVELACE_DATA not in hass.data
    assert await hass.config_entries.async_remove(entry.entry_id)


async def test_an_entry_that_was_never_loaded_is_removed(
    hass: HomeAssistant, hass_storage: dict[str, Any], entry: MockConfigEntry, current: str
) -> None:
    """Disabled entries are not set up; the last one may be removed all the same."""
    store(hass_storage, {"id": "ours", "type": "module", "url": current})
    await load_dashboards(hass)
    entry.disabled_by = ConfigEntryDisabler.USER
    entry.add_to_hass(hass)
    await hass.config_entries.async_remove(entry.entry_id)
    assert urls(hass) == []


def test_the_file_is_small_and_whole() -> None:
    """A page loads it before it shows anything, and it loads no second file."""
    import gzip

    content = FILE.read_bytes()
    assert len(gzip.compress(content)) <= 60_000
    assert b"import(" not in content
    assert b"sourceMappingURL" not in content
