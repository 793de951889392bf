"""What the soak looks at: whether what is shown is the present, and what is left at the end."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
import contextlib
from dataclasses import dataclass, field
import gc
import logging
from pathlib import Path
import sys
import tracemalloc
from typing import Any, Final, Self, override

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v2.rest import INTERVALS_VALID
from custom_components.stellarstack.const import DOMAIN
from simulator.fleet import Server
from simulator.machine import State

from .harness import ROOT
from .soak_panel import TICK, SoakPanel

STALE_AFTER: Final = {1: Timing().stale, 2: INTERVALS_VALID * Timing().list_interval}
"""Simulated seconds after which a server without news is not live, by generation."""
UNTRUE_AFTER: Final = 75.0
"""Simulated seconds in which a status may be wrong: nodes of generation 1 report it each 30 s, after a false one."""
SHOWN_AS: Final[Mapping[State, frozenset[str]]] = {
    State.OFFLINE: frozenset({"stopped", STATE_UNKNOWN}),
    # Of a game that never says that it is ready, nobody knows.
    State.STARTING: frozenset({"starting", "running", STATE_UNKNOWN}),
    State.RUNNING: frozenset({"starting", "running", STATE_UNKNOWN}),
    State.STOPPING: frozenset({"stopping", "running", STATE_UNKNOWN}),
}
RECOVERY: Final = 600.0
"""Simulated seconds within which everything must be right again once a fault has ended: the longest back-off, twice."""
MOST_GROWTH: Final = 2 * 1024 * 1024
LATE: Final = 0.5
"""Ticks by which a look may be late; later ones tell of the machine, not of what is looked at."""


def sockets() -> int:
    """Return how many sockets this process has open."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(str(descriptor.readlink()))
    return sum(link.startswith("socket:") for link in links)


@dataclass(frozen=True)
class Growth:
    """By how many bytes memory grew, and what most of it is."""

    size: int
    places: list[str]


class Memory:
    """What is in memory now, by the line of code that asked for it."""

    def __init__(self) -> None:
        """Look, once all garbage is collected."""
        gc.collect()
        self._traced = tracemalloc.take_snapshot()

    def growth(self, before: Self) -> Growth:
        """Return by how much memory grew since another look.

        What the panel and these looks keep for themselves, in the same process, is left out.
        """
        # The latter makes the text of a file that Home Assistant is just writing, which it often does here.
        passing = (tracemalloc.__file__, "*/homeassistant/helpers/json.py")
        others = (f"{ROOT}/simulator/*", f"{ROOT}/benchmarks/*")
        ignored = [tracemalloc.Filter(inclusive=False, filename_pattern=pattern) for pattern in (*passing, *others)]
        lines = self._traced.filter_traces(ignored).compare_to(before._traced.filter_traces(ignored), "lineno")
        total = sum(line.size_diff for line in lines)
        lines.sort(key=lambda line: -abs(line.size_diff))
        places = []
        for line in lines[:8]:
            frame = line.traceback[0]
            place = frame.filename.removeprefix(f"{ROOT}/").rpartition("site-packages/")[2]
            places.append(f"{line.size_diff:+,} bytes, {line.count_diff:+,} blocks: {place}:{frame.lineno}")
        return Growth(total, places)


class OurErrors(logging.Handler):
    """Keeps the errors that are ours: logged by us, or raised through our code."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record, at most a hundred."""
        text = logging.Formatter("%(name)s: %(message)s").format(record)
        ours = record.name.startswith("custom_components.") or "custom_components/stellarstack" in text
        if ours and len(self.texts) < 100:
            self.texts.append(text)


@dataclass
class Tally:
    """What is counted."""

    frames: int = 0
    looks: int = 0
    late_looks: int = 0
    compared: int = 0
    lost: int = 0
    stale: int = 0
    worst_lag: float = 0.0
    told: Counter[str] = field(default_factory=Counter)
    excused: int = 0
    missing: int = 0
    untrue: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)
    printed: int = 0

    def find(self, text: str) -> None:
        """Keep what a finding was about, of the first ones."""
        if len(self.findings) < 20:
            self.findings.append(text)

    def print_findings(self) -> None:
        """Print what was found since the last time."""
        for text in self.findings[self.printed :]:
            print(f"  {text}", file=sys.stderr, flush=True)
        self.printed = len(self.findings)


@dataclass(slots=True)
class Sync:
    """What the panel last sent of a server.

    Attributes:
        since: When this frame was first sent.
        known_since: When this frame first arrived, None before.
        arrived: When any sync of this server last arrived.
    """

    frame: bytes
    memory: str
    since: float
    known_since: float | None
    arrived: float


class Freshness:
    """Compares what is shown as live with what the panel last sent, and with what is so, on each tick.

    Its clock stands still while the event loop is busy: thousands of entities that go and come back take it a second,
    in which neither the panel nor the integration does anything else. After a look that was late, what seemed wrong is
    looked at anew.
    """

    def __init__(self, hass: HomeAssistant, world: SoakPanel, tally: Tally) -> None:
        """Take note of what the panel sends from now on."""
        self.clock = 0.0
        self.looked_at = 0.0
        """When the last look was, by the panel's time."""
        self.late: list[tuple[float, float]] = []
        self._hass = hass
        self._world = world
        self._tally = tally
        self._syncs: dict[str, Sync] = {}
        self._by_frame: dict[bytes, Sync] = {}
        self._suspects: dict[str, float] = {}
        self._entities: dict[str, tuple[str, str]] = {}
        self._untrue_since: dict[str, float] = {}
        self._stale_after = STALE_AFTER[world.panel.generation]
        if world.panel.generation == 1:
            self._note_syncs()

    def _note_syncs(self) -> None:
        """Take note of each sync that generation 1's panel sends."""
        fleet = self._world.panel.fleet
        sync_frame = fleet.sync_frame

        def note(server: Server) -> bytes:
            frame = sync_frame(server)
            self._note_sent(server, frame)
            return frame

        # The panel serialises a server when it sends it, and only then.
        fleet.sync_frame = note  # type: ignore[method-assign] # what is sent is noted

    def note_arrived(self, frame: bytes) -> None:
        """Take note of a frame that the client is about to read."""
        self._tally.frames += 1
        if (sync := self._by_frame.get(frame)) is not None:
            sync.arrived = self.clock
            if sync.known_since is None:
                sync.known_since = self.clock

    def note_list(self, rows: list[Any]) -> None:
        """Take note of a list that the client is about to read, in generation 2."""
        self._tally.frames += 1
        for row in rows:
            self._syncs[row["id"]] = Sync(b"", str(row["memoryLimitMb"]), self.clock, self.clock, self.clock)

    def forget(self, server_id: str) -> None:
        """Forget a server that the user has removed."""
        self._untrue_since.pop(server_id, None)
        if (sync := self._syncs.pop(server_id, None)) is not None:
            self._by_frame.pop(sync.frame, None)
        self._entities.pop(server_id, None)

    def shown(self, server_id: str) -> tuple[str, str] | None:
        """Return the memory and the status that Home Assistant shows, None when it shows none."""
        if (names := self._entities.get(server_id)) is None:
            registry = er.async_get(self._hass)
            found = [
                registry.async_get_entity_id("sensor", DOMAIN, f"{server_id}_{key}") for key in ("memory", "status")
            ]
            if found[0] is None or found[1] is None:
                return None
            names = self._entities[server_id] = (found[0], found[1])
        states = [self._hass.states.get(name) for name in names]
        if states[0] is None or states[1] is None or STATE_UNAVAILABLE in {states[0].state, states[1].state}:
            return None
        return states[0].state, states[1].state

    async def look(self, loop_tick: float, watched: Callable[[], Mapping[str, bool]]) -> None:
        """Look on each tick until cancelled; `watched` returns the entry's servers, and whether their nodes tell of them."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(loop_tick)
            passed = (loop.time() - before) * self._world.factor
            self.clock += min(passed, 1.5 * TICK)
            self.looked_at = self._world.now()
            self._tally.looks += 1
            self._tally.worst_lag = max(self._tally.worst_lag, (passed - TICK) / self._world.factor)
            if passed > (1 + LATE) * TICK:
                self._tally.late_looks += 1
                self.late.append((self.looked_at - passed, self.looked_at + 2 * TICK))
                self._suspects.clear()
                self._untrue_since.clear()
                continue
            for server_id, is_fed in watched().items():
                self._judge(server_id, is_fed=is_fed)

    def _judge(self, server_id: str, *, is_fed: bool) -> None:
        wrong = self._is_wrong(server_id, self.clock, is_fed=is_fed) or self._is_untrue(server_id, is_fed=is_fed)
        if wrong is None:
            self._suspects.pop(server_id, None)
        elif self.clock - self._suspects.setdefault(server_id, self.clock) > TICK:
            # Wrong for more than a tick, seen twice at the least; counted once.
            self._suspects[server_id] = float("inf")
            self._tally.stale += 1
            faults = ", ".join(f"{at - self._world.now():+.1f} {name}" for at, name in self._world.faults)
            self._tally.find(f"stale: {server_id} {wrong}; faults: {faults}")

    def _is_untrue(self, server_id: str, *, is_fed: bool) -> str | None:
        """Return in which way the status of a server has been wrong for long, None when it is right or not certain.

        The list of generation 2 may lack what happened; a server's own node does not.
        """
        server, shown = self._world.panel.fleet.servers.get(server_id), self.shown(server_id)
        knows = is_fed or self._world.panel.generation == 1
        if server is None or shown is None or not knows or server.node is self._world.lost:
            self._untrue_since.pop(server_id, None)
            return None
        state = self._world.panel.machine.game(server_id).state
        if shown[1] in SHOWN_AS[state]:
            self._untrue_since.pop(server_id, None)
            return None
        since = self._untrue_since.setdefault(server_id, self.clock)
        return f"is {state}, shown {shown[1]}" if self.clock - since > UNTRUE_AFTER else None

    def _is_wrong(self, server_id: str, now: float, *, is_fed: bool) -> str | None:
        """Return in which way a server that is shown as live is not, None when it is right or not shown."""
        if (shown := self.shown(server_id)) is None:
            return None
        self._tally.compared += 1
        if (sync := self._syncs.get(server_id)) is None:
            return "was never sent"
        if now - sync.arrived > self._stale_after + 2 * TICK and not is_fed:
            return f"last arrived {now - sync.arrived:.0f} s ago"
        memory = {sync.memory} | self._world.announced.get(server_id, set())
        if (server := self._world.panel.fleet.servers.get(server_id)) is not None:
            # News come between the ticks, too.
            memory.add(str(server.fields["memory"]))
        if shown[0] in memory:
            return None
        if sync.known_since is None:
            # On its way, or lost on it.
            return None if now - sync.since < RECOVERY else f"shows {shown}, {memory} never arrived"
        return None if now - sync.known_since < TICK else f"shows {shown}, the panel has {memory}"

    def _note_sent(self, server: Server, frame: bytes) -> None:
        sync = self._syncs.get(server.id)
        if sync is not None and sync.frame is frame:
            return
        if sync is not None:
            self._by_frame.pop(sync.frame, None)
        arrived = sync.arrived if sync is not None else float("-inf")
        memory = str(server.fields["memory"])
        self._world.announced.pop(server.id, None)
        sync = self._syncs[server.id] = Sync(frame, memory, self.clock, None, arrived)
        self._by_frame[frame] = sync
