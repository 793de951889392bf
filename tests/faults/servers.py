"""Servers that are deleted, or lack something."""

import time
from typing import Final

from homeassistant.const import STATE_UNAVAILABLE

from custom_components.stellarstack.inventory import ABSENCES
from custom_components.stellarstack.panel_coordinator import LIST_INTERVAL
from simulator.faults import inject
from tests.common import titles

from .rig import FIRST, PANEL_TICK, STATUS, FaultRig
from .row import SILENT, Observation, Row, Servers, begin, check_bound, check_log, seconds, within


async def server_gone(rig: FaultRig, row: Row) -> Observation:
    """A server is deleted on the panel: it alone is unavailable, and the user may remove it."""
    await rig.set_up()
    footprint = rig.footprint()
    await begin_deletion(rig, row)
    await rig.until(lambda: rig.shows(STATE_UNAVAILABLE))
    noticed = rig.first(STATUS[FIRST], STATE_UNAVAILABLE, rig.began) - rig.began
    check_bound(noticed, row.notice)
    await rig.until(lambda: rig.repairs() == [row.repair])
    check_bound(time.monotonic() - rig.began, ABSENCES * LIST_INTERVAL[1] if row.notice else 0)
    assert not {change.entity_id for change in rig.history} & {*STATUS.values()} - {STATUS[FIRST]}
    await rig.until(lambda: rig.footprint() == footprint)
    rig.check_no_attempt()
    rig.check_live_connection()
    assert check_log(rig, row) == "none"
    await rig.unload()
    return Observation(f"{row.servers.value}; repair: {row.repair}", seconds(noticed), bound=within(row.notice))


async def begin_deletion(rig: FaultRig, row: Row) -> None:
    rig.began = time.monotonic()
    await inject(rig.panel, row.fault_name)


async def id_reused(rig: FaultRig, row: Row) -> Observation:
    """Another server has the id of one that was deleted: it is shown as what it is."""
    await rig.set_up()
    await begin_deletion(rig, row)
    await rig.until(lambda: rig.shows(row.shown))
    assert rig.states_of(STATUS[FIRST])[:2] == [STATE_UNAVAILABLE, row.shown]
    await rig.until(lambda: "Reborn" in titles(rig.entry))
    await rig.settle()
    await rig.until(lambda: not rig.repairs())
    rig.check_live_connection()
    await rig.check_still_live()
    assert check_log(rig, row) == "none"
    await rig.unload()
    return Observation("It is shown under its new name", bound=f"back {within(PANEL_TICK)}")


async def node_null(rig: FaultRig, row: Row) -> Observation:
    """A server has no node: what its node told is unknown, all else is live."""
    node = "binary_sensor.survival_node_online"
    await rig.set_up()
    assert rig.state(node) == "on"
    await begin(rig, row)
    await rig.until(lambda: rig.state(node) == "unknown")
    await rig.until(lambda: rig.shows(row.shown))
    assert not rig.went_unavailable()
    await rig.check_still_live()
    assert check_log(rig, row) == "none"
    await rig.unload()
    return Observation("Whether its node is online is unknown, all else stays live")


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
