"""Faults of nodes and their daemons."""

import asyncio
import time
from typing import Final

from custom_components.stellarstack.panel_coordinator import NODES_INTERVAL
from simulator.faults import clear_faults, inject

from .rig import FIRST, STATUS, USUAL, FaultRig
from .row import Observation, Row, check_bound, seconds, within

NODE_ONLINE: Final = "binary_sensor.survival_node_online"
HEARTBEAT: Final = 45.0
"""Seconds after a node's last report at which the panel's list of nodes calls it offline."""

REPORTS: Final = 30.0
"""Seconds between two reports of a node."""
SLOW: Final = 8.0


def first_node(rig: FaultRig) -> str:
    """Return the node of all servers."""
    return next(iter(rig.panel.fleet.nodes))


async def daemon_restarts(rig: FaultRig, row: Row) -> Observation:
    """The games go on; a new daemon reports them offline once, 60 s later, and running with its next report."""
    await rig.set_up()
    await inject(rig.panel, row.fault_name)
    await rig.until(lambda: rig.shows("stopped"))
    stopped = time.monotonic()
    await rig.until(lambda: rig.shows("running"))
    check_bound(time.monotonic() - stopped, REPORTS)
    await asyncio.sleep(40)
    assert rig.states_of(STATUS[FIRST]) == ["stopped", "running"]
    assert rig.events == []
    assert not rig.went_unavailable()
    assert not rig.log.lines
    await rig.unload()
    return Observation("Stopped until the node's next report (30 s); nothing is told to have happened")


async def daemon_shuts_down(rig: FaultRig, row: Row) -> Observation:
    """The daemon stops its games before it ends."""
    await rig.set_up()
    await inject(rig.panel, row.fault_name)
    await rig.until(lambda: rig.shows("stopped"))
    stopped = time.monotonic()
    await rig.until(lambda: rig.events)
    check_bound(time.monotonic() - stopped, USUAL.down)
    await asyncio.sleep(40)
    assert rig.states_of(STATUS[FIRST]) == ["stopping", "stopped"]
    assert rig.events == ["stopped"]
    assert not rig.log.lines
    await rig.unload()
    return Observation("Its servers stop, which is told once each, after 15 s")


async def node_dies(rig: FaultRig, row: Row) -> Observation:
    """Nothing comes of the node any more; its servers stay what they last were, as the panel shows them."""
    await rig.set_up()
    assert rig.state(NODE_ONLINE) == "on"
    rig.began = time.monotonic()
    await inject(rig.panel, row.fault_name)
    await rig.until(lambda: rig.state(NODE_ONLINE) == "off")
    noticed = time.monotonic() - rig.began
    bound = HEARTBEAT + NODES_INTERVAL[1]
    check_bound(noticed, bound)
    error = await rig.error_of("restart")
    assert error == ("answer_lost" if row.name == "node-hang" else "node_unreachable")
    assert rig.states_of(STATUS[FIRST]) == []
    assert rig.events == []
    await clear_faults(rig.panel)
    await rig.until(lambda: rig.state(NODE_ONLINE) == "on")
    assert await rig.error_of("restart") is None
    await rig.until(lambda: rig.events == ["restarted"])
    assert not rig.went_unavailable()
    assert not rig.log.lines
    await rig.unload()
    what = f"Its node is shown offline (admins); an action ends in error: {error}"
    return Observation(what, seconds(noticed), bound=within(bound))


async def crash_on_a_lost_node(rig: FaultRig, row: Row) -> Observation:
    """A server goes down and its node cannot be asked why: it is told as a stop, 35 s later."""
    await rig.set_up()
    rig.panel.machine.crash(FIRST)
    await inject(rig.panel, "node-death")
    await rig.until(lambda: rig.shows("stopped"))
    stopped = time.monotonic()
    await rig.until(lambda: rig.events)
    told = time.monotonic() - stopped
    check_bound(told, USUAL.unexplained)
    await asyncio.sleep(40)
    assert rig.events == ["stopped"]
    assert not rig.log.lines
    await rig.unload()
    return Observation(f"Stopped at once; told as a stop after {seconds(told)}, as no cause is certain")


async def kill_on_a_slow_node(rig: FaultRig, row: Row) -> Observation:
    """Another user kills a server whose node answers slowly: the panel's log names the kill all the same."""
    await rig.set_up()
    rig.panel.delay(f"/api/servers/{FIRST}/stats", SLOW)
    await rig.panel.power(FIRST, "kill")
    await rig.until(lambda: rig.shows("stopped"))
    stopped = time.monotonic()
    await rig.until(lambda: rig.events)
    check_bound(time.monotonic() - stopped, USUAL.evidence_delay + SLOW)
    await asyncio.sleep(40)
    assert rig.states_of(STATUS[FIRST]) == ["stopped"]
    assert rig.events == ["stopped"]
    assert not rig.log.lines
    await rig.unload()
    return Observation("Stopped at once; told as a stop when the node has answered")


NODES: Final = (
    Row(
        name="daemon-restart",
        what="A daemon restarts; a minute later it takes its servers for stopped, once",
        drive=daemon_restarts,
    ),
    Row(name="daemon-shutdown", what="A daemon shuts down", drive=daemon_shuts_down),
    Row(
        name="node-death",
        what="A node dies: it reports nothing, and refuses calls",
        role="admin",
        drive=node_dies,
    ),
    Row(
        name="node-hang",
        what="A node hangs: it reports nothing, and answers no call (the panel waits 300 s for it)",
        role="admin",
        drive=node_dies,
    ),
    Row(
        name="unexplained-stop",
        what="A server crashes, and its node is lost before it can be asked",
        drive=crash_on_a_lost_node,
    ),
    Row(
        name="slow-node",
        what=f"Another user kills a server, and its node answers after {SLOW:.0f} s *",
        drive=kill_on_a_slow_node,
    ),
)
