"""What the soak compares: what was told of servers, and what happened to them."""

from collections import defaultdict, deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er

from simulator.machine import Fact, What

from .soak_checks import Tally
from .soak_panel import TICK, SoakPanel

BEFORE: Final = 45.0
"""Simulated seconds before a fact is certain in which it may have begun."""
EARLY: Final = 15.0
"""Simulated seconds by which a start may be told too soon: a node's 30 s report calls it running before it is ready."""
AFTER: Final = 75.0
"""Simulated seconds after which a fact has been told: 35 s when it cannot be explained, and the reports before."""
LOST: Final = 240.0
"""Simulated seconds after which it is told at the latest when a node was lost meanwhile: 120 s, and the reports then."""
TOLD_AS: Final[Mapping[What, frozenset[str]]] = {
    What.STARTED: frozenset({"started"}),
    What.RESTARTED: frozenset({"restarted"}),
    What.STOPPED: frozenset({"stopped"}),
    What.KILLED: frozenset({"stopped"}),
    What.CRASHED: frozenset({"crashed"}),
}
DISTURBED_AS: Final[Mapping[What, frozenset[str]]] = {
    # Of what lies behind a gap only the rest is seen; a cause that cannot be asked for is told as a stop, or as a crash
    # of what has not started yet.
    What.RESTARTED: frozenset({"restarted", "started", "stopped"}),
    # What went before was hidden: it ran the last time that it was heard of.
    What.STARTED: frozenset({"started", "restarted"}),
    What.CRASHED: frozenset({"crashed", "stopped"}),
    What.KILLED: frozenset({"crashed", "stopped"}),
}


# The list of servers of generation 2 may keep a status that was lost.
ANYTHING: Final = frozenset({"started", "restarted", "stopped", "crashed"})


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
        self._seen_since: dict[str, float] = {}
        self._last_state: dict[str, str] = {}
        self._shown: dict[str, deque[tuple[float, str]]] = defaultdict(lambda: deque(maxlen=12))
        self._unseen: dict[str, list[tuple[float, float]]] = defaultdict(list)
        self._facts: list[Fact] = []
        self._excused: dict[str, deque[Fact]] = defaultdict(lambda: deque(maxlen=5))
        self._last_facts: dict[str, deque[Fact]] = defaultdict(lambda: deque(maxlen=5))
        self._deleted: set[str] = set()
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._note)

    def note_unseen(self, server_id: str) -> None:
        """Note that only a list told of a server since the last tick: it may lack what happened, for ever."""
        now, spans = self._world.now(), self._unseen[server_id]
        if spans and spans[-1][1] >= now - 3 * TICK:
            spans[-1] = (spans[-1][0], now + TICK)
        else:
            spans.append((now - TICK, now + TICK))

    def forget(self, server_id: str) -> None:
        """Forget a server that was deleted."""
        self._deleted.add(server_id)
        for each in (
            self._told,
            self._gaps,
            self._gone_since,
            self._seen_since,
            self._last_state,
            self._unseen,
            self._last_facts,
            self._excused,
            self._shown,
        ):
            each.pop(server_id, None)

    @callback
    def _note(self, event: Event[EventStateChangedData]) -> None:
        entity_id, state, now = event.data["entity_id"], event.data["new_state"], self._world.now()
        if not (entity_id.startswith("event.") or entity_id.endswith("_status")):
            return
        if (entity := er.async_get(self._hass).async_get(entity_id)) is None:
            return
        server_id = entity.unique_id.rpartition("_")[0]
        if entity.domain == "sensor":
            self._shown[server_id].append((now, "removed" if state is None else state.state))
            return
        if state is None or state.state == STATE_UNAVAILABLE:
            self._gone_since.setdefault(server_id, now)
            return
        self._seen_since.setdefault(server_id, now)
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
        for fact in truth:
            self._last_facts[fact.server_id].append(fact)
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
            for spans in (self._gaps, self._unseen):
                spans[server_id] = [span for span in spans[server_id] if span[1] > now - 6 * AFTER]
        self._late[:] = [each for each in self._late if each[1] > now - 6 * AFTER]
        disturbed = self._world.disturbed
        disturbed[:] = [each for each in disturbed if each[2] > now - 6 * AFTER]

    def _judge_fact(self, fact: Fact) -> None:
        disturbed = self._is_disturbed(fact.server_id, fact.at - BEFORE, fact.at + AFTER)
        words = TOLD_AS[fact.what]
        if self._is_unseen(fact.server_id, fact.at - BEFORE, fact.at + AFTER):
            words = ANYTHING
        elif disturbed:
            words = DISTURBED_AS.get(fact.what, words)
        found = False
        for told in self._told.get(fact.server_id, ()):
            if (
                not told.true
                and told.event in words
                and -EARLY <= told.at - fact.at <= AFTER
                and not self._is_of_later(fact, told)
            ):
                told.true = found = True
                self._tally.told[told.event] += 1
                if not disturbed or fact.what is not What.RESTARTED or told.event != "stopped":
                    return
                # Nobody could be asked whether that belonged to a restart: its start is told by itself.
                words = TOLD_AS[What.STARTED]
        if found:
            # Of a restart, the stop alone: its start may be told when a lost node is back.
            self._excused[fact.server_id].append(fact)
            return
        if disturbed:
            self._tally.excused += 1
            self._excused[fact.server_id].append(fact)
        else:
            self._tally.missing += 1
            self._tally.find(
                f"not told: {fact.server_id} {fact.what}, at {fact.at:.0f}{self._story(fact.server_id, fact.at)}"
            )

    def _is_of_later(self, fact: Fact, told: Told) -> bool:
        """Return whether a later fact says just what was told."""
        return any(
            fact.at < other.at <= told.at and told.event in TOLD_AS[other.what]
            for other in self._last_facts[fact.server_id]
        )

    def _judge_untrue(self, server_id: str, told: Told) -> None:
        if server_id not in self._world.panel.fleet.servers:
            # What was under way when it was deleted is no fact any more.
            self._tally.excused += 1
            return
        late = any(start < told.at and end > told.at - BEFORE for start, end in self._late)
        for fact in self._excused[server_id]:
            # What a lost node hid is told when it is back.
            if told.event in DISTURBED_AS.get(fact.what, TOLD_AS[fact.what]) and AFTER < told.at - fact.at <= LOST:
                self._excused[server_id].remove(fact)
                self._tally.told[told.event] += 1
                return
        if late or self._is_unseen(server_id, told.at - AFTER, told.at):
            self._tally.excused += 1
            return
        self._tally.untrue += 1
        self._tally.find(f"not true: {server_id} {told.event}, at {told.at:.0f}{self._story(server_id, told.at)}")

    def _story(self, server_id: str, at: float) -> str:
        """Return what is known of a server, by how much later than a time it was."""
        told = [(each.at, str(each.event)) for each in self._told.get(server_id, ())]
        facts = [(fact.at, str(fact.what)) for fact in self._last_facts[server_id]]
        gaps = [(start, f"unavailable until {end - at:+.1f}") for start, end in self._gaps.get(server_id, ())]
        stories = {
            "facts": facts,
            "told": told,
            "shown": self._shown[server_id],
            "gaps": gaps,
            "faults": self._world.faults,
        }
        return "".join(
            f"; {name}: {', '.join(f'{when - at:+.1f} {what}' for when, what in entries)}"
            for name, entries in stories.items()
        )

    def _is_disturbed(self, server_id: str, start: float, end: float) -> bool:
        spans = [
            # A server that was created is seen once it is listed.
            (0.0, self._seen_since.get(server_id, float("inf"))),
            *self._gaps.get(server_id, ()),
            *self._late,
            *self._unseen.get(server_id, ()),
            *((began, ended) for disturbed, began, ended in self._world.disturbed if disturbed == server_id),
        ]
        if (since := self._gone_since.get(server_id)) is not None:
            spans.append((since, float("inf")))
        return _overlap(spans, start, end)

    def _is_unseen(self, server_id: str, start: float, end: float) -> bool:
        return _overlap(self._unseen.get(server_id, ()), start, end)


def _overlap(spans: Iterable[tuple[float, float]], start: float, end: float) -> bool:
    return any(began < end and ended > start for began, ended in spans)
