"""Faults of the session."""

import asyncio
import time
from typing import Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_OFF, STATE_ON, STATE_UNAVAILABLE

from custom_components.stellarstack.panel_coordinator import LIST_INTERVAL
from simulator.faults import clear_faults, inject
from tests.common import CONNECTED

from .rig import FIRST, STATUS, USUAL, FaultRig
from .row import SET_UP, Observation, Row, begin, check_bound, check_log, outage, seconds, within

SIGNED_OUT: Final = "the user is asked to sign in; until then one look each five minutes"


async def _forget_sessions(rig: FaultRig) -> None:
    rig.panel.delete_sessions()
    await inject(rig.panel, "close-1006")


async def logout(rig: FaultRig, row: Row) -> Observation:
    """The session ends: one request to sign in, no attempt before the user did, all live at once afterwards."""
    await rig.set_up(rig.entry_of(rig.panel, **row.data))
    footprint = rig.footprint()
    await begin(rig, row)
    await rig.until(rig.requests_to_sign_in)
    await rig.until(rig.all_gone)
    noticed = rig.first(STATUS[FIRST], STATE_UNAVAILABLE, rig.began) - rig.began
    check_bound(noticed, row.notice)
    assert rig.disconnected()
    await rig.until(lambda: not rig.panel.connections)
    rig.check_attempts()
    await rig.check_signed_out()
    assert check_log(rig, row) == "1 lost"

    await clear_faults(rig.panel)
    await asyncio.sleep(20)
    assert rig.all_gone()
    rig.ended = time.monotonic()
    await rig.sign_in_again()
    await rig.until(lambda: rig.all_live() and rig.shows(row.shown))
    back = time.monotonic() - rig.ended
    check_bound(back, SET_UP)
    rig.check_never_old(row.shown)
    assert not rig.requests_to_sign_in()
    await rig.until(lambda: rig.footprint() == footprint)
    rig.check_live_connection()
    await rig.check_still_live()
    assert rig.levels() == ["WARNING"]
    await rig.unload()
    return Observation(
        f"All servers are unavailable; {SIGNED_OUT}",
        seconds(noticed),
        f"{seconds(back)} after the sign-in",
        f"{within(row.notice)}; back {within(SET_UP)}",
        "1 lost",
    )


async def accepted_again(rig: FaultRig, row: Row) -> Observation:
    """The panel refuses the session for a while, as a restored database does: the next look finds that out."""
    await rig.set_up()
    sessions = dict(rig.panel.accounts.sessions)
    await begin(rig, row)
    await rig.until(rig.requests_to_sign_in)
    await rig.until(rig.all_gone)
    noticed = rig.first(STATUS[FIRST], STATE_UNAVAILABLE, rig.began) - rig.began
    check_bound(noticed, row.notice)
    await rig.check_signed_out()
    rig.panel.accounts.sessions.update(sessions)
    rig.ended = time.monotonic()
    await rig.until(lambda: rig.all_live() and rig.shows(row.shown))
    back = time.monotonic() - rig.ended
    allowed = LIST_INTERVAL[1] + rig.news
    check_bound(back, allowed)
    assert not rig.requests_to_sign_in()
    rig.check_never_old(row.shown)
    await rig.settle()
    rig.check_live_connection()
    log = check_log(rig, row)
    await rig.unload()
    bound = f"{within(row.notice)}; back {within(allowed)}"
    back_text = f"{seconds(back)}, with the next look"
    return Observation(f"All servers are unavailable; {SIGNED_OUT}", seconds(noticed), back_text, bound, log)


async def refused_once(rig: FaultRig, row: Row) -> Observation:
    """One call is refused with 401, and the session is good: it is asked about once more, and goes on."""
    session = "/api/auth/get-session"
    await rig.set_up()
    for path in (session, "/api/servers", "/api/nodes"):
        body = {"code": "SOME_CODE", "message": "No"} if path == session else None
        rig.panel.fail(path, 401, body, times=1)
        before = rig.panel.requests.count(("GET", session))
        # All three are asked for then.
        await rig.reconnect()
        assert rig.panel.requests.count(("GET", session)) == before + 2
    rig.panel.fail(f"/api/servers/{FIRST}/stop", 401, times=1)
    error = await rig.error_of("stop")
    assert error == "cannot_connect"
    assert await rig.error_of("stop") is None
    assert not rig.requests_to_sign_in()
    # Of the cuts alone; their reason is logged once.
    assert rig.states_of(CONNECTED) == [STATE_OFF, STATE_ON] * 3
    assert rig.levels() == ["WARNING", "INFO"]
    await rig.unload()
    return Observation(f"Nothing: the session is asked about once more; an action ends in error: {error}")


async def logged_out_at_start(rig: FaultRig, row: Row) -> Observation:
    """The session has ended while Home Assistant was not running."""
    rig.panel.delete_sessions()
    await rig.try_set_up()
    assert rig.entry.state is ConfigEntryState.SETUP_ERROR
    assert rig.footprint() == ([], 0)
    assert len(rig.attempts) == 1
    await rig.check_signed_out()
    await rig.sign_in_again()
    await rig.until(rig.all_live)
    await rig.settle()
    rig.check_live_connection()
    assert not rig.log.lines
    await rig.unload()
    return Observation("The user is asked to sign in, nothing is tried before", back="at once", log="none of ours")


async def refused_in_set_up(rig: FaultRig, row: Row) -> Observation:
    """The token is refused after the connection was made and before the set-up is done."""
    rig.panel.pause_ticks = True
    setting_up = rig.hass.async_create_task(rig.try_set_up(rig.entry_of(rig.panel, raw=True)))
    await rig.until(lambda: rig.panel.received_of("subscribe"))
    await inject(rig.panel, "auth-error")
    await setting_up
    await rig.until(rig.requests_to_sign_in)
    await rig.check_signed_out()
    await clear_faults(rig.panel)
    await rig.sign_in_again()
    await rig.until(rig.all_live)
    await rig.settle()
    rig.check_live_connection()
    assert rig.levels() == ["WARNING"]
    await rig.unload()
    return Observation(SIGNED_OUT.capitalize(), back="at once", log="1 lost")


SESSION: Final = (
    Row(name="auth-error", what="`auth_error` after hours", drive=logout),
    Row(
        name="silent-logout",
        what="The session is deleted: the socket stays, REST answers 401",
        # Of a stop that goes on nothing is asked, which would be answered with 401 before.
        shown="stopping",
        notice=LIST_INTERVAL[1],
        drive=logout,
    ),
    Row(
        name="forgotten-session",
        what="The panel cuts the connection and has forgotten the session",
        begin=_forget_sessions,
        drive=logout,
    ),
    Row(
        name="accepted-again",
        what="The panel has forgotten the session for a while",
        begin=_forget_sessions,
        drive=accepted_again,
    ),
    Row(
        name="refused-once",
        what="One call is answered with 401 although the session is good *",
        role="admin",
        drive=refused_once,
    ),
    Row(
        name="refused-cookie",
        what="The cookie is refused, the token good; set up with the cookie",
        drive=logout,
    ),
    Row(
        name="refused-token",
        what="The token is refused, the cookie good; set up with the token",
        data={"raw": True},
        drive=logout,
    ),
    Row(
        name="refused-cookie-token",
        what="The cookie is refused, the token good; set up with the token",
        begin=lambda rig: inject(rig.panel, "refused-cookie"),
        data={"raw": True},
        drive=outage,
    ),
    Row(
        name="refused-token-cookie",
        what="The token is refused, the cookie good; set up with the cookie",
        begin=lambda rig: inject(rig.panel, "refused-token"),
        drive=outage,
    ),
    Row(
        name="silent-welcome",
        what="The socket does not see the cookie, REST does",
        extra=USUAL.cookie_grace,
        drive=outage,
    ),
    Row(name="auth-error-in-set-up", what="`auth_error` while the entry is being set up", drive=refused_in_set_up),
    Row(
        name="logged-out-at-start", what="The session has ended before Home Assistant starts", drive=logged_out_at_start
    ),
)
