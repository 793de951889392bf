"""Faults of Home Assistant and its host."""

import asyncio
import time
from typing import Final

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, STATE_UNAVAILABLE

from custom_components.stellarstack.panel_coordinator import LIST_INTERVAL
from simulator.faults import clear_faults, inject
from simulator.virtual_time import VirtualLoop

from .rig import USUAL, FaultRig
from .row import CLOSING, Observation, Row, Servers, check_bound, clear_panel, outage, seconds, within

AWAY: Final = 8.0 * 3600


def _loop() -> VirtualLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, VirtualLoop)
    return loop


async def _suspend(rig: FaultRig) -> None:
    """Let eight hours pass, after which the panel's end of the connection is gone without a word."""
    await inject(rig.panel, "half-open")
    _loop().sleep_through(AWAY)
    rig.began = rig.ended = time.monotonic()


async def _jump(rig: FaultRig) -> None:
    _loop().set_clock_ahead(AWAY)


async def stop_while_away(rig: FaultRig, row: Row) -> Observation:
    """Home Assistant stops between two attempts."""
    await rig.set_up()
    await inject(rig.panel, "refused")
    await rig.until(lambda: len(rig.attempts) >= 2)
    rig.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await rig.until(lambda: not rig.footprint()[0])
    attempts = len(rig.attempts)
    await clear_faults(rig.panel)
    await asyncio.sleep(30)
    assert len(rig.attempts) == attempts
    assert rig.footprint() == ([], 0)
    assert rig.levels() == ["WARNING"]
    return Observation("Home Assistant stops at once; nothing is tried any more", log="1 lost")


async def stop_while_live(rig: FaultRig, row: Row) -> Observation:
    """Home Assistant stops while all is well: nobody is told of an outage."""
    await rig.set_up()
    rig.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await rig.until(lambda: rig.footprint() == ([], 0))
    await asyncio.sleep(30)
    assert STATE_UNAVAILABLE not in {change.state for change in rig.history}
    assert not rig.attempts
    assert not rig.log.lines
    return Observation("Nothing: no outage is told, nothing is tried any more")


async def unload_in_sign_in(rig: FaultRig, row: Row) -> Observation:
    """The entry is unloaded while a new connection waits for the panel to accept the session."""
    await rig.set_up()
    rig.panel.auth_delay = 60
    await inject(rig.panel, "close-1006")
    await rig.until(lambda: len(rig.attempts) == 1 and rig.panel.connections)
    return await _unload_at_once(rig)


async def unload_in_upgrade(rig: FaultRig, row: Row) -> Observation:
    """The entry is unloaded while an upgrade is not answered."""
    await rig.set_up()
    rig.panel.hang_upgrades = True
    await inject(rig.panel, "close-1006")
    await rig.until(lambda: len(rig.attempts) == 1)
    return await _unload_at_once(rig)


async def _unload_at_once(rig: FaultRig) -> Observation:
    began = time.monotonic()
    assert await rig.hass.config_entries.async_unload(rig.entry.entry_id)
    took = time.monotonic() - began
    check_bound(took, USUAL.close)
    await rig.until(lambda: rig.footprint() == ([], 0))
    await asyncio.sleep(20)
    assert len(rig.attempts) == 1
    assert rig.levels() == ["WARNING"]
    what = "The entry is unloaded; nothing is tried any more"
    return Observation(what, seconds(took), bound=within(USUAL.close), log="1 lost")


async def remove_in_set_up(rig: FaultRig, row: Row) -> Observation:
    """The entry is removed while it is being set up with a panel that does not answer."""
    rig.panel.hang_upgrades = True
    setting_up = rig.hass.async_create_task(rig.try_set_up())
    await rig.until(lambda: rig.attempts)
    began = time.monotonic()
    await rig.hass.config_entries.async_remove(rig.entry.entry_id)
    took = time.monotonic() - began
    await setting_up
    check_bound(took, USUAL.connect)
    await rig.until(lambda: rig.footprint() == ([], 0))
    attempts = len(rig.attempts)
    await asyncio.sleep(LIST_INTERVAL[1])
    assert len(rig.attempts) == attempts
    assert not rig.hass.config_entries.async_entries(rig.entry.domain)
    assert not rig.log.lines
    what = "The entry is gone; nothing is tried any more"
    return Observation(what, seconds(took), bound=within(USUAL.connect))


async def away_at_start(rig: FaultRig, row: Row) -> Observation:
    """The panel cannot be used when Home Assistant starts; Home Assistant tries again by itself."""
    if row.begin is not None:
        await row.begin(rig)
    await rig.try_set_up(rig.entry_of(rig.panel, **row.data) if row.data else None)
    assert rig.entry.state is ConfigEntryState.SETUP_RETRY
    # A panel that cannot be found is not asked for a WebSocket.
    assert not rig.attempts
    assert rig.footprint() == ([], 0)
    assert not rig.requests_to_sign_in()
    what = "The entry says why and is tried again by Home Assistant"
    assert rig.entry.reason is not None
    if row.end is None:
        return Observation(what, log="none of ours")
    await row.end(rig)
    await rig.until(rig.all_live)
    await rig.settle()
    rig.check_live_connection()
    assert not rig.log.lines
    await rig.unload()
    return Observation(what, log="none of ours")


HOST: Final = (
    Row(
        name="suspend",
        what="The host sleeps for 8 h, the connection dies meanwhile *",
        begin=_suspend,
        notice=USUAL.check_interval + CLOSING,
        reason="nothing heard",
        drive=outage,
    ),
    Row(
        name="clock-jump",
        what="The clock jumps ahead by 8 h *",
        begin=_jump,
        servers=Servers.NONE,
        lost=False,
        drive=outage,
    ),
    Row(name="stop", what="Home Assistant stops while the panel is away *", drive=stop_while_away),
    Row(name="stop-while-live", what="Home Assistant stops while all is well *", drive=stop_while_live),
    Row(name="unload-in-sign-in", what="Unloaded while the panel checks the session *", drive=unload_in_sign_in),
    Row(name="unload-in-upgrade", what="Unloaded while an upgrade is not answered *", drive=unload_in_upgrade),
    Row(name="remove-in-set-up", what="Removed during a set-up that is not answered *", drive=remove_in_set_up),
    Row(
        name="refused-at-start",
        what="Connection refused when Home Assistant starts",
        begin=lambda rig: inject(rig.panel, "refused"),
        end=clear_panel,
        drive=away_at_start,
    ),
    Row(
        name="http-503-at-start",
        what="HTTP 503 when Home Assistant starts",
        begin=lambda rig: inject(rig.panel, "http-503"),
        end=clear_panel,
        drive=away_at_start,
    ),
    Row(
        name="certificate-at-start",
        what="A certificate that nobody vouches for",
        options={"tls": True},
        data={"verify_ssl": True},
        drive=away_at_start,
    ),
)
