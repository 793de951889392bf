"""What the soak looks at: whether what is shown is the present, and whether what was told is true."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping
import contextlib
from dataclasses import dataclass, field
import logging
from pathlib import Path
from typing import Any, Final, override

from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from simulator.fleet import Server
from simulator.machine import Fact, What

from .soak_panel import TICK, SoakPanel

STALE_AFTER: Final = Timing().stale
RECOVERY: Final = 600.0
"""Simulated seconds within which everything must be right again once a fault has ended: the longest back-off, twice."""
BEFORE: Final = 45.0
"""Simulated seconds before a fact is certain in which it may have begun."""
EARLY: Final = 15.0
"""Simulated seconds by which a start may be told too soon: a node's 30 s report calls it running before it is ready."""
AFTER: Final = 75.0
"""Simulated seconds after which a fact has been told: 35 s when it cannot be explained, and the reports before."""
LATE: Final = 0.5
"""Ticks by which a look may be late; later ones tell of the machine, not of what is looked at."""
TOLD_AS: Final[Mapping[What, frozenset[str]]] = {
    What.STARTED: frozenset({"started"}),
    What.RESTARTED: frozenset({"restarted"}),
    What.STOPPED: frozenset({"stopped"}),
    What.KILLED: frozenset({"stopped"}),
    What.CRASHED: frozenset({"crashed"}),
}
DISTURBED_AS: Final[Mapping[What, frozenset[str]]] = {
    # Of what lies behind a gap only the rest is seen; a cause that cannot be asked for is told as a stop.
    What.RESTARTED: frozenset({"restarted", "started", "stopped"}),
    What.CRASHED: frozenset({"crashed", "stopped"}),
}


def sockets() -> int:
    """Return how many sockets this process has open."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(str(descriptor.readlink()))
    return sum(link.startswith("socket:") for link in links)


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

    def find(self, text: str) -> None:
        """Keep what a finding was about, of the first ones."""
        if len(self.findings) < 20:
            self.findings.append(text)


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
    """Compares what is shown as live with what the panel last sent, on each tick.

    Its clock stands still while the event loop is busy: thousands of entities that go and come back take it a second,
    in which neither the panel nor the integration does anything else. After a look that was late, what seemed wrong is
    looked at anew.
    """

    def __init__(self, hass: HomeAssistant, world: SoakPanel, tally: Tally) -> None:
        """Take note of what the panel sends from now on."""
        self.clock = 0.0
        self.late: list[tuple[float, float]] = []
        self._hass = hass
        self._world = world
        self._tally = tally
        self._syncs: dict[str, Sync] = {}
        self._by_frame: dict[bytes, Sync] = {}
        self._suspects: dict[str, float] = {}
        self._entities: dict[str, tuple[str, str]] = {}
        fleet = world.panel.fleet
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

    def forget(self, server_id: str) -> None:
        """Forget a server that the user has removed."""
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

    async def look(self, loop_tick: float, configured: Any) -> None:
        """Look on each tick until cancelled; `configured` returns the ids of the entry's servers."""
        loop = asyncio.get_running_loop()
        while True:
            before = loop.time()
            await asyncio.sleep(loop_tick)
            passed = (loop.time() - before) * self._world.factor
            self.clock += min(passed, 1.5 * TICK)
            self._tally.looks += 1
            self._tally.worst_lag = max(self._tally.worst_lag, (passed - TICK) / self._world.factor)
            if passed > (1 + LATE) * TICK:
                self._tally.late_looks += 1
                now = self._world.now()
                self.late.append((now - passed, now + 2 * TICK))
                self._suspects.clear()
                continue
            for server_id in configured():
                self._judge(server_id)

    def _judge(self, server_id: str) -> None:
        wrong = self._is_wrong(server_id, self.clock)
        if wrong is None:
            self._suspects.pop(server_id, None)
        elif self.clock - self._suspects.setdefault(server_id, self.clock) > TICK:
            # Wrong for more than a tick, seen twice at the least; counted once.
            self._suspects[server_id] = float("inf")
            self._tally.stale += 1
            self._tally.find(f"stale: {server_id} {wrong}")

    def _is_wrong(self, server_id: str, now: float) -> str | None:
        """Return in which way a server that is shown as live is not, None when it is right or not shown."""
        if (shown := self.shown(server_id)) is None:
            return None
        self._tally.compared += 1
        if (sync := self._syncs.get(server_id)) is None:
            return "was never sent"
        if now - sync.arrived > STALE_AFTER + 2 * TICK:
            return f"last arrived {now - sync.arrived:.0f} s ago"
        memory = {sync.memory}
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
        sync = self._syncs[server.id] = Sync(frame, memory, self.clock, None, arrived)
        self._by_frame[frame] = sync


@dataclass(slots=True)
class Told:
    """What the event entity of a server told, and when; `true` once a fact was found for it."""

    at: float
    event: str
    true: bool = False


class Judge:
    """Compares what the event entities tell with what really happened on the nodes.

    A fact must be told once, unless its server was unavailable, its node lost or the machine late meanwhile. What is
    told must be a fact in any case.
    """

    def __init__(self, hass: HomeAssistant, world: SoakPanel, tally: Tally, late: list[tuple[float, float]]) -> None:
        """Listen from now on; `late` are the times in which the machine was late."""
        self._hass = hass
        self._world = world
        self._tally = tally
        self._late = late
        self._told: dict[str, list[Told]] = defaultdict(list)
        self._gaps: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._gone_since: dict[str, float] = {}
        self._last_state: dict[str, str] = {}
        self._facts: list[Fact] = []
        self._deleted: set[str] = set()
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._note)

    def forget(self, server_id: str) -> None:
        """Forget a server that was deleted."""
        self._deleted.add(server_id)
        for each in (self._told, self._gaps, self._gone_since, self._last_state):
            each.pop(server_id, None)

    @callback
    def _note(self, event: Event[EventStateChangedData]) -> None:
        if not event.data["entity_id"].startswith("event."):
            return
        entity = er.async_get(self._hass).async_get(event.data["entity_id"])
        if entity is None:
            return
        server_id, now = entity.unique_id.removesuffix("_lifecycle"), self._world.now()
        state = event.data["new_state"]
        if state is None or state.state == STATE_UNAVAILABLE:
            self._gone_since.setdefault(server_id, now)
            return
        if (since := self._gone_since.pop(server_id, None)) is not None:
            self._gaps[server_id].append((since, now))
        if state.state not in {STATE_UNKNOWN, self._last_state.get(server_id)}:
            self._last_state[server_id] = state.state
            self._told[server_id].append(Told(now, state.attributes["event_type"]))

    def judge(self, upto: float | None = None) -> None:
        """Judge all facts that must have been told by now."""
        now = self._world.now() if upto is None else upto
        truth = self._world.panel.machine.truth
        self._facts += truth
        # What the simulator keeps for tests is not what is measured here.
        truth.clear()
        due = sorted((fact for fact in self._facts if fact.at < now - AFTER), key=lambda fact: fact.at)
        self._facts = [fact for fact in self._facts if fact.at >= now - AFTER]
        for fact in due:
            if fact.server_id not in self._deleted:
                self._judge_fact(fact)
        for server_id, told in list(self._told.items()):
            for each in told:
                if not each.true and each.at < now - 2 * AFTER:
                    self._judge_untrue(server_id, each)
            self._told[server_id] = [each for each in told if each.at >= now - 2 * AFTER]
            self._gaps[server_id] = [gap for gap in self._gaps[server_id] if gap[1] > now - 6 * AFTER]
        self._late[:] = [each for each in self._late if each[1] > now - 6 * AFTER]
        disturbed = self._world.disturbed
        disturbed[:] = [each for each in disturbed if each[2] > now - 6 * AFTER]

    def _judge_fact(self, fact: Fact) -> None:
        disturbed = self._is_disturbed(fact.server_id, fact.at - BEFORE, fact.at + AFTER)
        words = TOLD_AS[fact.what]
        if disturbed:
            words = DISTURBED_AS.get(fact.what, words)
        for told in self._told.get(fact.server_id, ()):
            if not told.true and told.event in words and -EARLY <= told.at - fact.at <= AFTER:
                told.true = True
                self._tally.told[told.event] += 1
                return
        if disturbed:
            self._tally.excused += 1
        else:
            self._tally.missing += 1
            told_instead = [(each.event, round(each.at - fact.at)) for each in self._told.get(fact.server_id, ())]
            self._tally.find(f"not told: {fact.server_id} {fact.what} at {fact.at:.0f}, but {told_instead}")

    def _judge_untrue(self, server_id: str, told: Told) -> None:
        if any(start < told.at and end > told.at - BEFORE for start, end in self._late):
            self._tally.excused += 1
            return
        self._tally.untrue += 1
        gaps = [(round(start - told.at), round(end - told.at)) for start, end in self._gaps.get(server_id, ())][-3:]
        self._tally.find(f"not true: {server_id} {told.event} at {told.at:.0f}; gaps {gaps}")

    def _is_disturbed(self, server_id: str, start: float, end: float) -> bool:
        spans = [
            *self._gaps.get(server_id, ()),
            *self._late,
            *((began, ended) for disturbed, began, ended in self._world.disturbed if disturbed == server_id),
        ]
        if (since := self._gone_since.get(server_id)) is not None:
            spans.append((since, float("inf")))
        return any(began < end and ended > start for began, ended in spans)
