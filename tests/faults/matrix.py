"""The fault matrix: each fault, what the user is to see of it, and how long that may take."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from enum import StrEnum
import socket
from typing import Any, Final
from unittest.mock import patch

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntryState, ConfigFlowContext
from homeassistant.const import EVENT_HOMEASSISTANT_STOP, STATE_OFF, STATE_UNAVAILABLE

from custom_components.stellarstack.coordinator import LIST_INTERVAL
from simulator.faults import CLOSE_CODES, FLOOD, clear_faults, inject
from tests.conftest import entry_for
from tests.flows import Dialog

from .field import CONNECTED, FACTOR, FIRST, PANEL_TICK, SECONDS, STATUS, Field, quick

CLOSING: Final = 2.0
"""Seconds that a peer has to answer a close."""
DEAD: Final = SECONDS["SILENCE"] + SECONDS["CHECK_INTERVAL"] + CLOSING
SILENT: Final = SECONDS["STALE_AFTER"]
STUCK: Final = SECONDS["STALL"] + SECONDS["CHECK_INTERVAL"] + CLOSING
SET_UP: Final = SECONDS["FIRST_SYNC_TIMEOUT"]
"""Within which a set-up has what it shows: it waits that long for the first frames."""
REFILL: Final = 0.6
"""Real seconds in which the panel's request limit allows one request again."""
LATE: Final = 30.0
AWAY: Final = 8.0 * 3600

SLACK: Final = 3.0
"""Real seconds by which a busy machine may be late, on top of three times a bound."""

type Step = Callable[[Field], Awaitable[None]]
type Drive = Callable[[Field, Row], Awaitable[Seen]]


class Servers(StrEnum):
    """Whose entities go unavailable."""

    NONE = "Nothing: all stays live"
    FIRST = "That server is unavailable, the others stay live"
    ALL = "All servers are unavailable"


@dataclass
class Seen:
    """What a run has shown, for the table."""

    what: str
    noticed: str = "-"
    back: str = "-"
    bound: str = "-"
    log: str = "none"


@dataclass(frozen=True, kw_only=True)
class Row:
    """A fault.

    Attributes:
        name: The test's id, and the name for `--fault` where the fault is the panel's.
        what: What goes wrong, in words.
        begin: Lets it begin; None injects the fault called `name`.
        end: Lets it end; None when it ends, or heals, by itself.
        servers: Whose entities go unavailable.
        lost: Whether the connection is lost, which the log tells once when it goes and once when it is back.
        reason: What the log's line has to say of the loss, where another check would notice it later.
        repair: What the user is asked to repair while it lasts.
        shown: The status that the first server shows afterwards: what it became during the fault.
        notice: By when the servers go, in seconds.
        notice_lost: By when the panel is shown disconnected, in seconds, when that is later.
        comes: By when it has ended, in seconds after it began, for what ends by itself.
        attempts: How many attempts are awaited before it ends.
        extra: Seconds that the way back takes on top.
    timers: Seconds for which Home Assistant's timers are fired, instead of being waited for.
    options: What the panel is made with.
        data: What the entry has in place of its own data.
        drive: How it is run.
    """

    name: str
    what: str
    begin: Step | None = None
    end: Step | None = None
    servers: Servers = Servers.ALL
    lost: bool = True
    reason: str = ""
    repair: str | None = None
    shown: str = "stopped"
    notice: float = 0
    notice_lost: float | None = None
    comes: float | None = None
    attempts: int = 0
    extra: float = 0
    timers: float = 0
    options: Mapping[str, Any] = field(default_factory=dict)
    data: Mapping[str, Any] = field(default_factory=dict)
    drive: Drive


def seconds(real: float) -> str:
    """Write a measured time in seconds of the field."""
    return f"{max(0.0, real) * FACTOR:.0f} s"


def within(bound: float) -> str:
    """Write a bound."""
    return f"≤ {bound:.0f} s" if bound else "at once"


def check_bound(real: float, bound: float) -> None:
    """Compare a measured time with a bound, with much patience for the machine."""
    assert real <= 3 * bound / FACTOR + SLACK, (real * FACTOR, bound)


async def heal_panel(field: Field) -> None:
    """End the panel's faults."""
    await clear_faults(field.panel)


async def begin(field: Field, row: Row) -> None:
    """Change a value and let the fault begin, in this order and at once."""
    field.panel.edit(FIRST, status="STOPPED")
    field.known_attempts = len(field.attempts)
    field.began = field.healed = field.hass.loop.time()
    if row.begin is not None:
        await row.begin(field)
    else:
        await inject(field.panel, row.name)
    if row.timers:
        await field.fire_timers(seconds=row.timers)


def told(field: Field, row: Row) -> str:
    """Compare the log with what it may say, and return it for the table."""
    levels = [line.partition(" ")[0] for line in field.log()]
    words = [line.split(" is ")[1].partition(":")[0] for line in field.log()]
    back = row.lost and field.all_live()
    assert levels == ["WARNING"] * row.lost + ["INFO"] * back, field.log()
    assert words == ["lost"] * row.lost + ["back"] * back
    assert not row.lost or row.reason in field.log()[0]
    return "1 lost, 1 back" if back else "1 lost" if row.lost else "none"


async def outage(field: Field, row: Row) -> Seen:
    """A fault while all is well: what it shows, how it ends, and that nothing of it stays."""
    entry = field.entry_of(field.panel, **row.data)
    await field.set_up(entry)
    footprint = field.footprint()
    await begin(field, row)

    noticed: list[str] = []
    bounds: list[str] = []
    shown = 0.0
    if row.servers is Servers.NONE:
        await field.until(lambda: field.shows(row.shown))
        shown = field.first(STATUS[FIRST], row.shown, field.began) - field.began
    else:
        await field.until(field.all_gone if row.servers is Servers.ALL else lambda: field.shows(STATE_UNAVAILABLE))
        late = field.first(STATUS[FIRST], STATE_UNAVAILABLE, field.began) - field.began
        check_bound(late, row.notice)
        noticed.append(seconds(late))
        bounds.append(within(row.notice))
    if row.lost:
        await field.until(lambda: STATE_OFF in field.states_of(CONNECTED))
        late = field.first(CONNECTED, STATE_OFF, field.began) - field.began
        limit = row.notice if row.notice_lost is None else row.notice_lost
        check_bound(late, limit)
        if row.notice_lost is not None:
            noticed.append(f"connection {seconds(late)}")
            bounds.append(f"connection {within(limit)}")
    if row.attempts:
        await field.until(lambda: len(field.attempts) - field.known_attempts >= row.attempts)
        assert field.all_gone()
        assert field.disconnected()
    if row.repair is not None:
        await field.until(lambda: field.repairs() == [row.repair])
    allowed = PANEL_TICK + (field.step() + row.extra if row.lost else 0)
    if row.end is not None:
        field.healed = field.hass.loop.time()
        await row.end(field)
    await field.until(lambda: field.all_live() and field.shows(row.shown))
    back = field.hass.loop.time() - field.healed
    waited = 0.0 if row.end is not None else row.comes or row.notice_lost or row.notice
    check_bound(back, allowed + waited)

    if row.servers is Servers.NONE:
        assert STATE_UNAVAILABLE not in {change.state for change in field.history}, field.history
    else:
        field.check_never_old(row.shown)
    if row.servers is not Servers.ALL:
        assert not {change.entity_id for change in field.history} & {*STATUS.values()} - {STATUS[FIRST]}
    if not row.lost:
        assert not field.states_of(CONNECTED)
        assert not field.attempts
    else:
        assert field.states_of(CONNECTED) == ["off", "on"]
    await field.settle()
    await field.until(lambda: not field.repairs())
    assert field.repaired == ({row.repair} if row.repair else set())
    assert not field.requests_to_sign_in()
    field.check_attempts()
    # A panel that no longer hears of a dead connection has it in its list until then.
    field.panel.thaw()
    await field.until(lambda: field.footprint() == footprint)
    field.check_live_connection()
    await field.check_still_live()
    log = told(field, row)
    what = row.servers.value + (f"; repair: {row.repair}" if row.repair else "")
    await field.unload()
    if row.servers is Servers.NONE:
        return Seen(f"{what}; a change is shown after {seconds(shown)}", log=log)
    return Seen(what, ", ".join(noticed), seconds(back), f"{', '.join(bounds)}; back {within(allowed + waited)}", log)


async def logout(field: Field, row: Row) -> Seen:
    """The session ends: one request to sign in, not one attempt before the user did, all live at once afterwards."""
    await field.set_up(field.entry_of(field.panel, **row.data))
    footprint = field.footprint()
    await begin(field, row)
    await field.until(field.requests_to_sign_in)
    await field.until(field.all_gone)
    noticed = field.first(STATUS[FIRST], STATE_UNAVAILABLE, field.began) - field.began
    check_bound(noticed, 0 if row.timers else row.notice)
    assert field.disconnected()
    await field.until(lambda: not field.panel.connections)
    field.check_attempts()
    await field.check_no_attempts()
    assert field.requests_to_sign_in() == 1
    assert told(field, row) == "1 lost"

    await clear_faults(field.panel)
    await field.pass_time(20)
    assert field.all_gone()
    field.healed = field.hass.loop.time()
    await field.sign_in_again()
    await field.until(lambda: field.all_live() and field.shows(row.shown))
    back = field.hass.loop.time() - field.healed
    check_bound(back, SET_UP)
    field.check_never_old(row.shown)
    assert not field.requests_to_sign_in()
    await field.until(lambda: field.footprint() == footprint)
    field.check_live_connection()
    await field.check_still_live()
    assert told_levels(field) == ["WARNING"]
    await field.unload()
    return Seen(
        "All servers are unavailable; the user is asked to sign in, nothing is tried before",
        seconds(noticed + row.timers / FACTOR),
        f"{seconds(back)} after the sign-in",
        f"{within(row.notice)}; back {within(SET_UP)}",
        "1 lost",
    )


def told_levels(field: Field) -> list[str]:
    """Return the levels of what we logged."""
    return [line.partition(" ")[0] for line in field.log()]


# The connection.


async def _hold_port(field: Field) -> None:
    """Take the panel's place with a listener whose queue is full: a connection is neither made nor refused."""
    await inject(field.panel, "refused")
    stack = AsyncExitStack()
    listener = stack.enter_context(socket.socket())
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    address = ("127.0.0.1", int(field.entry.data["url"].rpartition(":")[2]))
    listener.bind(address)
    listener.listen(0)
    for _ in range(3):
        caller = stack.enter_context(socket.socket())
        caller.setblocking(False)
        caller.connect_ex(address)
    field.held = stack


async def _release_port(field: Field) -> None:
    await field.held.aclose()
    await clear_faults(field.panel)


async def _use_up_limit(field: Field) -> None:
    """Let the panel's other clients use up what it allows in a minute."""
    panel = field.panel
    panel.limits = True
    while panel._limiter.allows("", "/api/servers", panel.now()):
        pass
    await inject(panel, "close-1006")


async def _lift_limit(field: Field) -> None:
    await asyncio.sleep(REFILL)
    field.panel.limits = False


async def _flood(field: Field) -> None:
    """Let frames come for half a second, and see that they do."""
    before = field.panel.flooded
    await inject(field.panel, "flood")
    await asyncio.sleep(0.5)
    # Half of what is sent in that time by a machine that has nothing else to do.
    assert field.panel.flooded - before > FLOOD / 4


async def _forget_sessions(field: Field) -> None:
    field.panel.delete_sessions()
    await inject(field.panel, "close-1006")


async def _break_names(field: Field) -> None:
    connector = field.entry.runtime_data.panel.client.http._session.connector
    field.names.broken = True
    connector.clear_dns_cache()
    # An idle connection of an earlier call would need no name.
    await inject(field.panel, "restart")


async def _mend_names(field: Field) -> None:
    field.names.broken = False


async def _suspend(field: Field) -> None:
    """Let eight hours pass, after which the panel's end of the connection is gone without a word."""
    await inject(field.panel, "half-open")
    field.jump = AWAY
    field.panel.advance(AWAY)


async def _jump(field: Field) -> None:
    field.panel.advance(AWAY)
    await field.fire_timers(seconds=AWAY)


async def reload(field: Field, row: Row) -> Seen:
    """A user who does not want to wait for the next attempt reloads, and need not."""
    await field.set_up()
    with patch("custom_components.stellarstack.client.socket.backoff", lambda _: SECONDS["LONGEST_DELAY"]):
        await begin(field, row)
        await field.until(lambda: field.all_gone() and field.disconnected())
        await clear_faults(field.panel)
        await field.pass_time(20)
        assert field.all_gone()
        field.healed = field.hass.loop.time()
        assert await field.hass.config_entries.async_reload(field.entry.entry_id)
        await field.until(lambda: field.all_live() and field.shows(row.shown))
        back = field.hass.loop.time() - field.healed
    check_bound(back, SET_UP)
    field.check_never_old(row.shown)
    field.check_live_connection()
    assert told_levels(field) == ["WARNING"]
    await field.unload()
    return Seen(row.servers.value, "0 s", f"{seconds(back)} after the reload", f"back {within(SET_UP)}", "1 lost")


async def move(field: Field, row: Row) -> Seen:
    """The panel has another address, which the user enters."""
    await field.set_up()
    footprint = field.footprint()
    await begin(field, row)
    await field.until(lambda: field.all_gone() and field.disconnected())
    noticed = field.first(STATUS[FIRST], STATE_UNAVAILABLE, field.began) - field.began
    field.healed = field.hass.loop.time()
    flows = field.hass.config_entries.flow
    context = ConfigFlowContext(source=SOURCE_RECONFIGURE, entry_id=field.entry.entry_id)
    dialog = Dialog(field.hass, flows, await flows.async_init(field.entry.domain, context=context))
    await dialog.submit(url=field.panel.url, verify_ssl=True)
    assert dialog.reason == "reconfigure_successful"
    await field.until(lambda: field.all_live() and field.shows(row.shown))
    back = field.hass.loop.time() - field.healed
    check_bound(back, SET_UP)
    field.check_never_old(row.shown)
    await field.until(lambda: field.footprint() == footprint)
    field.check_live_connection()
    await field.check_still_live()
    assert told_levels(field) == ["WARNING"]
    await field.unload()
    back_text = f"{seconds(back)} after Reconfigure"
    return Seen(row.servers.value, seconds(noticed), back_text, f"at once; back {within(SET_UP)}", "1 lost")


async def two_panels(field: Field, row: Row) -> Seen:
    """One panel fails; the other's entry does not notice."""
    await field.set_up()
    other = quick()
    field.panels.append(other)
    await other.start()
    account = other.add_account("sam@example.com", "battery staple", name="Sam")
    other.add_server("Factorio", owner=account, server_id="srv_factorio", status="RUNNING")
    second = entry_for(other, other.create_session(account).cookie, "another user", {"srv_factorio": "Factorio"})
    second.add_to_hass(field.hass)
    assert await field.hass.config_entries.async_setup(second.entry_id)
    await field.until(lambda: field.state("sensor.factorio_status") == "running")
    field.forget_start()
    await begin(field, row)
    await field.until(lambda: field.all_gone() and field.disconnected())
    noticed = field.first(STATUS[FIRST], STATE_UNAVAILABLE, field.began) - field.began
    await field.until(lambda: len(field.attempts) >= 3)
    footprint = other.upgrades, len(other.connections)
    other.set_status("srv_factorio", "STARTING")
    await field.until(lambda: field.state("sensor.factorio_status") == "starting")
    allowed = PANEL_TICK + field.step()
    field.healed = field.hass.loop.time()
    await clear_faults(field.panel)
    await field.until(lambda: field.all_live() and field.shows(row.shown))
    back = field.hass.loop.time() - field.healed
    check_bound(back, allowed)
    assert field.states_of("sensor.factorio_status") == ["starting"]
    assert footprint == (other.upgrades, len(other.connections)) == (1, 1)
    field.check_live_connection()
    field.check_attempts()
    log = told(field, row)
    await field.unload()
    assert len(other.connections) == 1
    assert await field.hass.config_entries.async_unload(second.entry_id)
    what = "Its servers are unavailable, those of the other panel stay live"
    return Seen(what, seconds(noticed), seconds(back), f"at once; back {within(allowed)}", log)


# Home Assistant.


async def stop_while_away(field: Field, row: Row) -> Seen:
    """Home Assistant stops between two attempts."""
    await field.set_up()
    await inject(field.panel, "refused")
    await field.until(lambda: len(field.attempts) >= 2)
    field.hass.bus.async_fire(EVENT_HOMEASSISTANT_STOP)
    await field.until(lambda: not field.footprint()[0])
    attempts = len(field.attempts)
    await clear_faults(field.panel)
    await field.pass_time(30)
    assert len(field.attempts) == attempts
    assert field.footprint() == ([], 0)
    assert told_levels(field) == ["WARNING"]
    return Seen("Home Assistant stops at once; nothing is tried any more", log="1 lost")


async def unload_in_sign_in(field: Field, row: Row) -> Seen:
    """The entry is unloaded while a new connection waits for the panel to accept the session."""
    await field.set_up()
    field.panel.auth_delay = 60
    await inject(field.panel, "close-1006")
    await field.until(lambda: len(field.attempts) == 1 and field.panel.connections)
    began = field.hass.loop.time()
    assert await field.hass.config_entries.async_unload(field.entry.entry_id)
    took = field.hass.loop.time() - began
    check_bound(took, SECONDS["CLOSE_TIMEOUT"])
    await field.until(lambda: field.footprint() == ([], 0))
    await field.pass_time(20)
    assert len(field.attempts) == 1
    assert told_levels(field) == ["WARNING"]
    bound = within(SECONDS["CLOSE_TIMEOUT"])
    return Seen("The entry is unloaded; nothing is tried any more", seconds(took), bound=bound, log="1 lost")


async def unload_in_upgrade(field: Field, row: Row) -> Seen:
    """The entry is unloaded while an upgrade is not answered."""
    await field.set_up()
    field.panel.hang_upgrades = True
    await inject(field.panel, "close-1006")
    await field.until(lambda: len(field.attempts) == 1)
    began = field.hass.loop.time()
    assert await field.hass.config_entries.async_unload(field.entry.entry_id)
    took = field.hass.loop.time() - began
    check_bound(took, SECONDS["CLOSE_TIMEOUT"])
    await field.until(lambda: field.footprint() == ([], 0))
    assert len(field.attempts) == 1
    bound = within(SECONDS["CLOSE_TIMEOUT"])
    return Seen("The entry is unloaded; nothing is tried any more", seconds(took), bound=bound, log="1 lost")


async def remove_in_set_up(field: Field, row: Row) -> Seen:
    """The entry is removed while it is being set up with a panel that does not answer."""
    field.panel.hang_upgrades = True
    setting_up = field.hass.async_create_task(field.try_set_up())
    await field.until(lambda: field.attempts)
    began = field.hass.loop.time()
    await field.hass.config_entries.async_remove(field.entry.entry_id)
    took = field.hass.loop.time() - began
    await setting_up
    check_bound(took, SECONDS["CONNECT_TIMEOUT"])
    await field.until(lambda: field.footprint() == ([], 0))
    attempts = len(field.attempts)
    await field.fire_timers(minutes=5)
    assert len(field.attempts) == attempts
    assert not field.hass.config_entries.async_entries(field.entry.domain)
    assert not field.log()
    return Seen("The entry is gone; nothing is tried any more", seconds(took), bound=within(SECONDS["CONNECT_TIMEOUT"]))


async def away_at_start(field: Field, row: Row) -> Seen:
    """The panel cannot be used when Home Assistant starts; Home Assistant tries again by itself."""
    if row.begin is not None:
        await row.begin(field)
    await field.try_set_up(field.entry_of(field.panel, **row.data) if row.data else None)
    assert field.entry.state is ConfigEntryState.SETUP_RETRY
    assert len(field.attempts) == 1
    assert field.footprint() == ([], 0)
    assert not field.requests_to_sign_in()
    what = "The entry says why and is tried again by Home Assistant"
    assert field.entry.reason is not None
    if row.end is None:
        return Seen(what, log="none of ours")
    await row.end(field)
    await field.fire_timers(minutes=2)
    await field.until(field.all_live)
    field.check_live_connection()
    assert not field.log()
    await field.unload()
    return Seen(what, log="none of ours")


async def logged_out_at_start(field: Field, row: Row) -> Seen:
    """The session has ended while Home Assistant was not running."""
    field.panel.delete_sessions()
    await field.try_set_up()
    assert field.entry.state is ConfigEntryState.SETUP_ERROR
    assert field.footprint() == ([], 0)
    assert len(field.attempts) == 1
    await field.check_no_attempts()
    assert field.requests_to_sign_in() == 1
    await field.sign_in_again()
    await field.until(field.all_live)
    field.check_live_connection()
    assert not field.log()
    await field.unload()
    return Seen("The user is asked to sign in, nothing is tried before", back="at once", log="none of ours")


async def refused_in_set_up(field: Field, row: Row) -> Seen:
    """The token is refused after the connection was made and before the set-up is done."""
    field.panel.pause_ticks = True
    setting_up = field.hass.async_create_task(field.try_set_up(field.entry_of(field.panel, raw=True)))
    await field.until(lambda: field.panel.received_of("subscribe"))
    await inject(field.panel, "auth-error")
    await setting_up
    await field.until(field.requests_to_sign_in)
    await field.check_no_attempts()
    assert field.requests_to_sign_in() == 1
    await clear_faults(field.panel)
    await field.sign_in_again()
    await field.until(field.all_live)
    field.check_live_connection()
    await field.unload()
    return Seen("The user is asked to sign in, nothing is tried before", back="at once", log="none")


# The servers.


async def server_gone(field: Field, row: Row) -> Seen:
    """A server is deleted on the panel: it alone is unavailable, and the user may remove it."""
    await field.set_up()
    footprint = field.footprint()
    await begin_deletion(field, row)
    await field.until(lambda: field.shows(STATE_UNAVAILABLE))
    noticed = field.first(STATUS[FIRST], STATE_UNAVAILABLE, field.began) - field.began
    check_bound(noticed, row.notice)
    for _ in range(3 if row.notice else 0):
        await field.fire_timers(minutes=5, seconds=1)
    await field.until(lambda: field.repairs() == [row.repair])
    assert not {change.entity_id for change in field.history} & {*STATUS.values()} - {STATUS[FIRST]}
    assert field.footprint() == footprint
    assert not field.attempts
    field.check_live_connection()
    assert told(field, row) == "none"
    await field.unload()
    return Seen(f"{row.servers.value}; repair: {row.repair}", seconds(noticed), bound=within(row.notice))


async def begin_deletion(field: Field, row: Row) -> None:
    field.began = field.hass.loop.time()
    await inject(field.panel, row.name)


async def id_reused(field: Field, row: Row) -> Seen:
    """Another server has the id of one that was deleted: it is shown as what it is."""
    await field.set_up()
    await begin_deletion(field, row)
    await field.until(lambda: field.shows(row.shown))
    assert field.states_of(STATUS[FIRST])[:2] == [STATE_UNAVAILABLE, row.shown]
    await field.until(lambda: "Reborn" in {subentry.title for subentry in field.entry.subentries.values()})
    await field.settle()
    await field.until(lambda: not field.repairs())
    field.check_live_connection()
    await field.check_still_live()
    assert told(field, row) == "none"
    await field.unload()
    return Seen("It is shown under its new name", bound=f"back {within(PANEL_TICK)}")


async def node_null(field: Field, row: Row) -> Seen:
    """A server has no node: what its node told is unknown, all else is live."""
    node = "binary_sensor.survival_node_online"
    await field.set_up()
    assert field.state(node) == "on"
    await begin(field, row)
    await field.until(lambda: field.state(node) == "unknown")
    await field.until(lambda: field.shows(row.shown))
    assert STATE_UNAVAILABLE not in {change.state for change in field.history}
    await field.check_still_live()
    assert told(field, row) == "none"
    await field.unload()
    return Seen("Whether its node is online is unknown, all else stays live")


CONNECTION: Final = (
    Row(name="refused", what="Connection refused", end=heal_panel, attempts=3, drive=outage),
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
        end=heal_panel,
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
        extra=SECONDS["TIMEOUT"],
        drive=outage,
    ),
    Row(
        name="no-answer",
        what="Connections are made, nothing is answered",
        end=heal_panel,
        attempts=2,
        extra=SECONDS["TIMEOUT"],
        drive=outage,
    ),
    Row(
        name="upgrade-400",
        what="Upgrades are answered with 400, all else is well",
        end=heal_panel,
        attempts=3,
        repair="websocket_blocked",
        drive=outage,
    ),
    Row(
        name="rate-limit",
        what="The panel's request limit is used up *",
        begin=_use_up_limit,
        end=_lift_limit,
        attempts=4,
        # The longest step of the back-off that is reached meanwhile.
        extra=2 * REFILL * FACTOR,
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
        begin=lambda field: inject(field.panel, "refused"),
        drive=reload,
    ),
    Row(name="moved", what="The panel has another address", drive=move),
    Row(
        name="two-panels",
        what="Two panels, one refuses connections",
        begin=lambda field: inject(field.panel, "refused"),
        drive=two_panels,
    ),
)
FRAMES: Final = (
    Row(
        name="stuck-tick",
        what="Frames stop, pongs go on",
        end=heal_panel,
        notice=SILENT,
        notice_lost=STUCK,
        reason="no server was updated",
        drive=outage,
    ),
    Row(
        name="silent-server",
        what="One server's frames stop",
        end=heal_panel,
        servers=Servers.FIRST,
        lost=False,
        notice=SILENT,
        drive=outage,
    ),
    Row(name="delayed", what="Frames are 30 s late", lost=False, notice=SILENT, comes=LATE, drive=outage),
    Row(name="truncated", what="Frames are cut in half", end=heal_panel, notice=SILENT, lost=False, drive=outage),
    *(
        Row(name=name, what=what, servers=Servers.NONE, lost=False, end=heal_panel, drive=outage)
        for name, what in (
            ("duplicated", "Each frame comes twice"),
            ("reordered", "Frames overtake each other"),
            ("huge-frame", "A frame of 10 MiB"),
            ("bad-utf8", "A frame that is no UTF-8"),
            ("bad-json", "Frames that are no JSON"),
            ("bad-type", "Frames with values of wrong types"),
            ("nested-json", "Deeply nested JSON"),
        )
    ),
    Row(
        name="flood",
        what="5,000 frames a second",
        begin=_flood,
        end=heal_panel,
        servers=Servers.NONE,
        lost=False,
        drive=outage,
    ),
    Row(name="oversized-frame", what="A frame of 17 MiB", drive=outage),
)
SESSION: Final = (
    Row(name="auth-error", what="`auth_error` after hours", drive=logout),
    Row(
        name="silent-logout",
        what="The session is deleted: the socket stays, REST answers 401",
        timers=LIST_INTERVAL[1],
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
        begin=lambda field: inject(field.panel, "refused-cookie"),
        data={"raw": True},
        drive=outage,
    ),
    Row(
        name="refused-token-cookie",
        what="The token is refused, the cookie good; set up with the cookie",
        begin=lambda field: inject(field.panel, "refused-token"),
        drive=outage,
    ),
    Row(
        name="silent-welcome",
        what="The socket does not see the cookie, REST does",
        extra=SECONDS["COOKIE_GRACE"],
        drive=outage,
    ),
    Row(name="auth-error-in-set-up", what="`auth_error` while the entry is being set up", drive=refused_in_set_up),
    Row(
        name="logged-out-at-start", what="The session has ended before Home Assistant starts", drive=logged_out_at_start
    ),
)
GAME_SERVERS: Final = (
    Row(
        name="deleted",
        what="A server is deleted, the panel tells",
        servers=Servers.FIRST,
        lost=False,
        repair="server_gone",
        drive=server_gone,
    ),
    Row(
        name="deleted-silently",
        what="A server is deleted, the panel does not tell (repair after three lists, 15 min)",
        servers=Servers.FIRST,
        lost=False,
        repair="server_gone",
        notice=SILENT,
        drive=server_gone,
    ),
    Row(name="reused-id", what="A deleted server's id belongs to another", lost=False, drive=id_reused),
    Row(name="null-node", what="A server has no node", servers=Servers.NONE, lost=False, drive=node_null),
)
HOST: Final = (
    Row(
        name="suspend",
        what="The host sleeps for 8 h, the connection dies meanwhile *",
        begin=_suspend,
        notice=SECONDS["CHECK_INTERVAL"] + CLOSING,
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
    Row(name="unload-in-sign-in", what="Unloaded while the panel checks the session *", drive=unload_in_sign_in),
    Row(name="unload-in-upgrade", what="Unloaded while an upgrade is not answered *", drive=unload_in_upgrade),
    Row(name="remove-in-set-up", what="Removed during a set-up that is not answered *", drive=remove_in_set_up),
    Row(
        name="refused-at-start",
        what="Connection refused when Home Assistant starts",
        begin=lambda field: inject(field.panel, "refused"),
        end=heal_panel,
        drive=away_at_start,
    ),
    Row(
        name="http-503-at-start",
        what="HTTP 503 when Home Assistant starts",
        begin=lambda field: inject(field.panel, "http-503"),
        end=heal_panel,
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
GROUPS: Final[Mapping[str, tuple[Row, ...]]] = {
    "The connection": CONNECTION,
    "What the panel says": FRAMES,
    "The session": SESSION,
    "The servers": GAME_SERVERS,
    "Home Assistant and its host": HOST,
}
