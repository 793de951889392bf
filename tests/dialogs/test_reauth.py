"""Signing in again."""

import json

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from simulator import Account, Panel
from tests.common import SERVERS, STATUS, SetUp
from tests.flows import EMAIL, PASSWORD, WRONG_PASSWORD, Bench, Dialog

from .support import server_ids


@pytest.mark.parametrize(
    ("loaded", "way"), [(True, "credentials"), (True, "session"), (False, "credentials"), (False, "raw token")]
)
async def test_reauth(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
    bench: Bench,
    loaded: bool,
    way: str,
) -> None:
    """A session ends while it is in use, or while nobody uses it."""
    if loaded:
        await set_up(entry)
        panel.delete_sessions()
        panel.drop_clients()
    else:
        panel.delete_sessions()
        await set_up(entry)
        assert entry.state is ConfigEntryState.SETUP_ERROR
    dialog = await bench.requested_dialog(entry)
    assert dialog.menu == ("reauth_confirm", ["credentials", "session"])
    assert dialog.placeholders == {"url": panel.url}
    assert hass.states.get(STATUS) is None or hass.states.is_state(STATUS, STATE_UNAVAILABLE)
    entry_data, subscribed = dict(entry.data), len(panel.received_of("subscribe"))

    if way == "credentials":
        await dialog.sign_in()
        session = next(iter(panel.accounts.sessions.values())).cookie
    else:
        new = panel.create_session(account)
        session = new.cookie if way == "session" else new.token
        await dialog.paste(session)
    assert dialog.reason == "reauth_successful"
    assert entry.data == entry_data | {"session": session}
    await hass.async_block_till_done()
    await panel.wait_for(lambda _: hass.states.is_state(STATUS, "running"))
    assert entry.state is ConfigEntryState.LOADED
    # The entry was loaded again: once.
    assert len(panel.received_of("subscribe")) == subscribed + len(SERVERS)
    assert len(panel.connections) == 1
    assert sorted(server_ids(entry)) == sorted(SERVERS)
    assert hass.config_entries.async_entries(DOMAIN) == [entry]
    assert hass.config_entries.flow.async_progress() == []
    assert PASSWORD not in json.dumps(entry.as_dict(), default=str)


async def test_reauth_with_the_same_session(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    """Nothing about the entry changes, but whoever signs in again wants another try."""
    await set_up(entry)
    (before,), upgrades = panel.connections, panel.upgrades
    dialog = Dialog(hass, hass.config_entries.flow, await entry.start_reauth_flow(hass))
    await dialog.paste(entry.data["session"])
    assert dialog.reason == "reauth_successful"
    await hass.async_block_till_done()
    await panel.wait_for(lambda panel: before not in panel.connections)
    assert panel.upgrades == upgrades + 2
    assert hass.states.is_state(STATUS, "running")


async def test_reauth_errors(
    hass: HomeAssistant, panel: Panel, guarded: Account, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    panel.delete_sessions()
    await set_up(entry)
    dialog = await bench.requested_dialog(entry)
    await dialog.sign_in(password=WRONG_PASSWORD)
    assert dialog.form == ("credentials", {"base": "invalid_auth"})
    await panel.stop()
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("credentials", {"base": "cannot_connect"})
    await panel.start()
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("two_factor", {})
    await dialog.submit(code="aaaaa-bbbbb")
    assert dialog.form == ("two_factor", {"code": "invalid_code"})
    panel.advance(200)
    await dialog.submit(code=guarded.totp())
    assert dialog.form == ("credentials", {"base": "code_expired"})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await dialog.submit(code=guarded.totp())
    assert dialog.reason == "reauth_successful"
    await hass.async_block_till_done()
    assert hass.states.is_state(STATUS, "running")


@pytest.mark.parametrize("way", ["credentials", "session", "two_factor"])
async def test_reauth_with_another_account(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    entry: MockConfigEntry,
    set_up: SetUp,
    bench: Bench,
    way: str,
) -> None:
    """The wrong account changes nothing, and the dialog goes on with the right one."""
    other = panel.add_account("sam@example.com", PASSWORD, role="admin", two_factor=way == "two_factor")
    panel.delete_sessions()
    await set_up(entry)
    before = entry.as_dict()
    dialog = await bench.requested_dialog(entry)
    if way == "session":
        await dialog.paste(panel.create_session(other).cookie)
        assert dialog.form == ("session", {"base": "wrong_account"})
    else:
        await dialog.sign_in("sam@example.com")
        if way == "two_factor":
            await dialog.submit(code=other.totp())
        assert dialog.form == ("credentials", {"base": "wrong_account"})
    assert ("GET", "/api/servers") not in panel.requests
    await hass.async_block_till_done()
    assert entry.as_dict() == before
    assert entry.state is ConfigEntryState.SETUP_ERROR
    await panel.wait_for(lambda panel: not panel.connections)

    if way == "session":
        await dialog.submit(session=panel.create_session(account).cookie)
    else:
        await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.reason == "reauth_successful"
    await hass.async_block_till_done()
    assert hass.states.is_state(STATUS, "running")
