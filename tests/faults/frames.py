"""What the panel says wrongly, late, or not at all."""

import asyncio
import time
from typing import Final

from custom_components.stellarstack.panel_coordinator import LIST_INTERVAL
from simulator.faults import FLOOD, inject

from .rig import FIRST, SERVERS, STATUS, FaultRig
from .row import SILENT, STUCK, Observation, Row, Servers, check_bound, clear_panel, outage

LATE: Final = 30.0
ADDRESS: Final = "sensor.survival_address"
NODE_ONLINE: Final = "binary_sensor.survival_node_online"


async def _flood(rig: FaultRig) -> None:
    """Let frames come for half a second, and see that they do."""
    before = rig.panel.flooded
    await inject(rig.panel, "flood")
    await asyncio.sleep(0.5)
    # The last ones are still to come.
    assert rig.panel.flooded - before > 0.9 * FLOOD / 2


async def late_syncs(rig: FaultRig, row: Row) -> Observation:
    """The first sync after each change tells what was before: neither the status nor what is told goes back."""
    rig.panel.edit(FIRST, status="STOPPED")
    await rig.set_up()
    await inject(rig.panel, row.fault_name)
    await rig.panel.power(FIRST, "start")
    await rig.until(lambda: rig.shows("running") and rig.events)
    await asyncio.sleep(30)
    assert rig.states_of(STATUS[FIRST]) == ["starting", "running"]
    assert rig.events == ["started"]
    assert not rig.log.lines
    await rig.unload()
    return Observation("Nothing: a start is shown and told in its order, once")


async def old_frames(rig: FaultRig, row: Row) -> Observation:
    """Frames of old panels name no host and do not say whether a node is online; REST does."""
    await rig.set_up()
    await rig.until(lambda: rig.state(ADDRESS) not in {None, "unknown"})
    address = rig.state(ADDRESS) or ""
    assert address.startswith("node1.example.com:")
    assert rig.state(NODE_ONLINE) == "on"
    rig.panel.set_node_online(next(iter(rig.panel.fleet.nodes)), heartbeat=False, column=False)
    offline = time.monotonic()
    await rig.until(lambda: rig.state(NODE_ONLINE) == "off")
    check_bound(time.monotonic() - offline, LIST_INTERVAL[1])
    assert not rig.went_unavailable()
    assert rig.states_of(ADDRESS) in ([], [address]), rig.states_of(ADDRESS)
    rig.check_live_connection()
    assert rig.panel.connections[0].subscriptions == set(SERVERS)
    assert not rig.log.lines
    await rig.unload()
    return Observation("Nothing: the address and whether its node is online come with the list of servers (5 min)")


FRAMES: Final = (
    Row(
        name="stuck-tick",
        what="Frames stop, pongs go on",
        end=clear_panel,
        notice=SILENT,
        notice_lost=STUCK,
        reason="no server was updated",
        drive=outage,
    ),
    Row(
        name="silent-server",
        what="One server's frames stop",
        end=clear_panel,
        servers=Servers.FIRST,
        lost=False,
        notice=SILENT,
        drive=outage,
    ),
    Row(name="delayed", what="Frames are 30 s late", lost=False, notice=SILENT, comes=LATE, drive=outage),
    Row(name="truncated", what="Frames are cut in half", end=clear_panel, notice=SILENT, lost=False, drive=outage),
    *(
        Row(name=name, what=what, servers=Servers.NONE, lost=False, end=clear_panel, drive=outage)
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
        end=clear_panel,
        servers=Servers.NONE,
        lost=False,
        drive=outage,
    ),
    Row(name="oversized-frame", what="A frame of 17 MiB", drive=outage),
    Row(name="late-sync", what="A sync was read before the change that it follows", drive=late_syncs),
    Row(
        name="old-frames",
        what="Frames of an old panel: no host, no `isOnline` *",
        options={"old_frames": True},
        drive=old_frames,
    ),
)
