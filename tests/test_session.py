"""Sessions that end, and how the user is asked to sign in again."""

from dataclasses import replace
from datetime import timedelta

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from simulator.accounts import Account

from .common import SERVERS, STATUS, Clock, SetUp, entry_for, shows

pytestmark = pytest.mark.parametrize("timing", [replace(Timing(), first_reconnect=0.02, cookie_grace=0.1)])


async def test_dead_session_asks_to_sign_in(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.delete_sessions()
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.reason == f"The session on the panel at {panel.url} has ended. Sign in again"
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]


async def test_session_refused_by_rest_only_asks_to_sign_in(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.fail("/api/auth/get-session", status=401, body={"code": "UNAUTHORIZED", "message": "no"})
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_ERROR
    assert entry.reason == f"The session on the panel at {panel.url} has ended. Sign in again"
    await panel.wait_for(lambda panel: not panel.connections)
    assert len(hass.config_entries.flow.async_progress()) == 1


async def test_daily_check_extends_the_session(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp
) -> None:
    session = panel.create_session(account)
    await set_up(entry_for(panel, session.cookie, account.id, SERVERS))
    before = session.expires_at
    panel.advance(2 * 24 * 3600)
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(days=1, seconds=5))
    await panel.wait_for(lambda _: session.expires_at > before)


async def test_session_that_ended_silently_is_noticed_once(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """The panel keeps the socket of a session that ended; only a REST call tells."""
    await set_up(entry)
    panel.delete_sessions()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(days=1, seconds=5))
    await panel.wait_for(lambda panel: not panel.connections)
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    await hass.async_block_till_done()
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(days=2, seconds=10))
    await hass.async_block_till_done(wait_background_tasks=True)
    assert len(hass.config_entries.flow.async_progress()) == 1


async def test_auth_error_of_a_dead_session_asks_to_sign_in(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    await set_up(entry)
    panel.delete_sessions()
    await panel.send_raw('{"type":"auth_error","error":"Invalid or expired session"}')
    await panel.wait_for(lambda _: hass.config_entries.flow.async_progress())
    await panel.wait_for(lambda panel: not panel.connections)
    assert shows(hass, STATUS, STATE_UNAVAILABLE)(panel)
    assert caplog.text.count("is lost") == 1


async def test_auth_error_of_a_session_that_is_accepted(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """What refuses it may be a proxy, or a panel that is starting: REST is asked before anybody is."""
    await set_up(entry)
    await panel.send_raw('{"type":"auth_error","error":"Invalid or expired session"}')
    await panel.wait_for(lambda panel: panel.upgrades == 2)
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert not hass.config_entries.flow.async_progress()


async def test_a_closed_dialog_is_asked_for_again(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    await set_up(entry)
    panel.delete_sessions()
    for _ in range(3):
        await clock.advance(timedelta(days=1) if entry.runtime_data.panel.connected else timedelta(minutes=5))
        await panel.wait_for(lambda _: hass.config_entries.flow.async_progress())
        (flow,) = hass.config_entries.flow.async_progress()
        assert flow["context"]["source"] == SOURCE_REAUTH
        hass.config_entries.flow.async_abort(flow["flow_id"])
    assert shows(hass, STATUS, STATE_UNAVAILABLE)(panel)


async def test_a_session_that_is_accepted_after_all(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    await set_up(entry)
    sessions = dict(panel.accounts.sessions)
    panel.delete_sessions()
    await clock.advance(timedelta(days=1))
    await panel.wait_for(lambda _: hass.config_entries.flow.async_progress())
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    panel.accounts.sessions.update(sessions)
    await clock.advance(timedelta(minutes=5))
    await panel.wait_for(shows(hass, STATUS, "running"))
    # No dialog stays open for a panel that works.
    assert not hass.config_entries.flow.async_progress()
