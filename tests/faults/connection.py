"""Faults of the connection."""

import asyncio
from contextlib import AsyncExitStack
import socket
import time
from typing import Final

from aiohttp import TCPConnector
from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigFlowContext
from homeassistant.const import CONF_VERIFY_SSL, STATE_UNAVAILABLE
from homeassistant.helpers.aiohttp_client import async_get_clientsession

from simulator.faults import CLOSE_CODES, clear_faults, inject
from tests.common import entry_for
from tests.flows import Dialog

from .rig import FIRST, PANEL_TICK, STATUS, USUAL, FaultRig, panel_of
from .row import (
    DEAD,
    SET_UP,
    SILENT,
    Observation,
    Row,
    begin,
    check_bound,
    check_log,
    clear_panel,
    outage,
    seconds,
    within,
)

REFILL: Final = 0.6
"""Seconds in which the panel's request limit allows one request again."""


async def _refuse(rig: FaultRig) -> None:
    await inject(rig.panel, "refused")


async def _break_names(rig: FaultRig) -> None:
    rig.names.broken = True
    connector = async_get_clientsession(rig.hass, rig.entry.data[CONF_VERIFY_SSL]).connector
    assert isinstance(connector, TCPConnector)
    connector.clear_dns_cache()
    await inject(rig.panel, "restart")


async def _mend_names(rig: FaultRig) -> None:
    rig.names.broken = False


async def _hold_port(rig: FaultRig) -> None:
    """Take the panel's place with a listener whose queue is full: a connection is neither made nor refused."""
    await inject(rig.panel, "refused")
    stack = AsyncExitStack()
    listener = stack.enter_context(socket.socket())
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    address = ("127.0.0.1", int(rig.entry.data["url"].rpartition(":")[2]))
    listener.bind(address)
    listener.listen(0)
    for _ in range(3):
        caller = stack.enter_context(socket.socket())
        caller.setblocking(False)
        caller.connect_ex(address)
    rig.held = stack


async def _release_port(rig: FaultRig) -> None:
    await rig.held.aclose()
    await clear_faults(rig.panel)


async def _use_up_limit(rig: FaultRig) -> None:
    """Let the panel's other clients use up all that it allows."""

    async def call() -> None:
        while True:
            rig.panel.use_up_limits()
            await asyncio.sleep(REFILL / 2)

    rig.held.callback(asyncio.create_task(call()).cancel)
    await inject(rig.panel, "close-1006")


async def _end_calls(rig: FaultRig) -> None:
    await rig.held.aclose()
    await asyncio.sleep(REFILL)


async def reload(rig: FaultRig, row: Row) -> Observation:
    """A user who does not want to wait for the next attempt reloads, and need not."""
    await rig.set_up()
    await begin(rig, row)
    # The next attempt is far away then.
    await rig.until(lambda: rig.step() > 10 * SET_UP)
    assert rig.all_gone()
    await clear_faults(rig.panel)
    rig.ended = time.monotonic()
    assert await rig.hass.config_entries.async_reload(rig.entry.entry_id)
    await rig.until(lambda: rig.all_live() and rig.shows(row.shown))
    back = time.monotonic() - rig.ended
    check_bound(back, SET_UP)
    rig.check_never_old(row.shown)
    rig.check_live_connection()
    assert rig.levels() == ["WARNING"]
    await rig.unload()
    return Observation(
        row.servers.value, "0 s", f"{seconds(back)} after the reload", f"back {within(SET_UP)}", "1 lost"
    )


async def move(rig: FaultRig, row: Row) -> Observation:
    """The panel has another address, which the user enters."""
    await rig.set_up()
    footprint = rig.footprint()
    await begin(rig, row)
    await rig.until(lambda: rig.all_gone() and rig.disconnected())
    noticed = rig.first(STATUS[FIRST], STATE_UNAVAILABLE, rig.began) - rig.began
    rig.ended = time.monotonic()
    flows = rig.hass.config_entries.flow
    context = ConfigFlowContext(source=SOURCE_RECONFIGURE, entry_id=rig.entry.entry_id)
    dialog = Dialog(rig.hass, flows, await flows.async_init(rig.entry.domain, context=context))
    await dialog.submit(url=rig.panel.url, verify_ssl=True)
    assert dialog.reason == "reconfigure_successful"
    await rig.until(lambda: rig.all_live() and rig.shows(row.shown))
    back = time.monotonic() - rig.ended
    check_bound(back, SET_UP)
    rig.check_never_old(row.shown)
    await rig.until(lambda: rig.footprint() == footprint)
    rig.check_live_connection()
    await rig.check_still_live()
    assert rig.levels() == ["WARNING"]
    await rig.unload()
    back_text = f"{seconds(back)} after Reconfigure"
    return Observation(row.servers.value, seconds(noticed), back_text, f"at once; back {within(SET_UP)}", "1 lost")


async def two_panels(rig: FaultRig, row: Row) -> Observation:
    """One panel fails; the other's entry does not notice."""
    await rig.set_up()
    other = panel_of()
    rig.panels.append(other)
    await other.start()
    account = other.add_account("sam@example.com", "battery staple", name="Sam")
    other.add_server("Factorio", owner=account, server_id="srv_factorio", status="RUNNING")
    servers = {"srv_factorio": "Factorio"}
    second = entry_for(other, other.create_session(account).cookie, "another user", servers)
    second.add_to_hass(rig.hass)
    assert await rig.hass.config_entries.async_setup(second.entry_id)
    await rig.until(lambda: rig.state("sensor.factorio_status") == "running")
    rig.forget_start()
    await begin(rig, row)
    await rig.until(lambda: rig.all_gone() and rig.disconnected())
    noticed = rig.first(STATUS[FIRST], STATE_UNAVAILABLE, rig.began) - rig.began
    await rig.until(lambda: len(rig.attempts) >= 3)
    footprint = other.upgrades, len(other.connections)
    other.set_status("srv_factorio", "STOPPED")
    await rig.until(lambda: rig.state("sensor.factorio_status") == "stopped")
    allowed = PANEL_TICK + rig.step()
    rig.ended = time.monotonic()
    await clear_faults(rig.panel)
    await rig.until(lambda: rig.all_live() and rig.shows(row.shown))
    back = time.monotonic() - rig.ended
    check_bound(back, allowed)
    assert rig.states_of("sensor.factorio_status") == ["stopped"]
    assert footprint == (other.upgrades, len(other.connections)) == (1, 1)
    await rig.settle()
    rig.check_live_connection()
    rig.check_attempts()
    log = check_log(rig, row)
    await rig.unload()
    assert len(other.connections) == 1
    assert await rig.hass.config_entries.async_unload(second.entry_id)
    what = "Its servers are unavailable, those of the other panel stay live"
    return Observation(what, seconds(noticed), seconds(back), f"at once; back {within(allowed)}", log)


CONNECTION: Final = (
    Row(name="refused", what="Connection refused", end=clear_panel, attempts=3, drive=outage),
    Row(
        name="dns",
        what="The panel's name is not found *",
        begin=_break_names,
        end=_mend_names,
        attempts=3,
        data={"host": "panel.test"},
        drive=outage,
    ),
    Row(
        name="tls",
        what="The port speaks no TLS any more",
        end=clear_panel,
        attempts=3,
        options={"tls": True},
        data={"verify_ssl": False},
        drive=outage,
    ),
    Row(
        name="connect-time-out",
        what="Connections are neither made nor refused *",
        begin=_hold_port,
        end=_release_port,
        attempts=2,
        # The attempt under way when it ends has its time.
        extra=USUAL.request,
        drive=outage,
    ),
    Row(
        name="no-answer",
        what="Connections are made, nothing is answered",
        end=clear_panel,
        attempts=2,
        extra=USUAL.request,
        drive=outage,
    ),
    Row(
        name="upgrade-400",
        what="Upgrades are answered with 400, all else is well",
        end=clear_panel,
        attempts=3,
        repair="websocket_blocked",
        drive=outage,
    ),
    Row(
        name="rate-limit",
        what="The panel's request limit is used up *",
        begin=_use_up_limit,
        end=_end_calls,
        attempts=4,
        drive=outage,
    ),
    *(
        Row(name=f"close-{code}", what=f"The panel closes with {code}", drive=outage)
        for code in sorted((*CLOSE_CODES, 1006))
    ),
    Row(name="cut-frame", what="The line is cut within a frame", drive=outage),
    Row(name="restart", what="The panel restarts", drive=outage),
    Row(
        name="half-open",
        what="Half-open TCP: the peer is silent, nothing closes",
        notice=SILENT,
        notice_lost=DEAD,
        reason="nothing heard",
        drive=outage,
    ),
    Row(
        name="reload",
        what="The panel is back, the user reloads",
        begin=_refuse,
        drive=reload,
    ),
    Row(name="moved", what="The panel has another address", drive=move),
    Row(name="two-panels", what="Two panels, one refuses connections", begin=_refuse, drive=two_panels),
)
