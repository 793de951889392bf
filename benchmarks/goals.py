"""What the results of a run say of each goal."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from statistics import median
from typing import Any, Final

from .profiling import OWNERS

type Results = Mapping[str, Any]

KIB: Final = 1024
KINDS: Final = {"status": "status (of a restart)", "memory": "memory limit (1 entity)"}
CHANGED: Final = {"status": 2.5, "memory": 3.0}
OURS: Final = ("v1", "v2")
THEIRS: Final = {"v1": ("pterodactyl", "rest_v1"), "v2": ("pterodactyl", "rest_v2")}
NAMES: Final = {
    "v1": "StellarStack, generation 1",
    "v2": "StellarStack, generation 2, live",
    "pterodactyl": "`pterodactyl`, polls each 60 s",
    "rest_v1": "`rest` sensors, generation 1, poll each 5 s",
    "rest_v2": "`rest` sensors, generation 2, poll each 5 s",
}
FLAT: Final = 100.0
"""KiB a minute that memory may seem to grow by where it does not."""
STEADY: Final = 1.1


@dataclass(frozen=True)
class Goal:
    """A goal and what was measured.

    Attributes:
        text: The goal.
        measured: The figure.
        met: Whether it was met.
        whose: Whose time it is, where that was looked at.
    """

    text: str
    measured: str
    met: bool
    whose: str = ""


def at_most(text: str, value: float, most: float, form: str, whose: str = "") -> Goal:
    """Return the goal that a value is no greater than another; `form` says how it is written."""
    return Goal(text, form.format(value), value <= most, whose)


def shares(percent: Mapping[str, float]) -> str:
    """Return whose time it is, in words."""
    return ", ".join(f"{owner} {percent.get(owner, 0):.0f} %" for owner in OWNERS)


class Figures:
    """What is read off the results."""

    def __init__(self, results: Results) -> None:
        """Take what is compared."""
        self._rows = [row for part in results.values() if isinstance(part, list) for row in part]
        frames = self._all("frame")
        self.unchanged = [row for row in frames if row["kind"] == "same"]
        self.changed = [row for row in frames if row["kind"] != "same"]
        self.shares = {row["kind"]: row["percent"] for row in self._all("shares")}
        self.sample, self.publishing, self.polling = map(self._one, ("samples", "publishing", "polling"))
        self.flood, self.many_live, self.going_live = map(self._one, ("flood", "many", "going_live"))
        self.latency = {row["generation"]: row for row in self._all("latency")}
        self.recorder, self.day, self.beside = map(self._one, ("recording", "day", "beside"))
        self.big, self.browser = map(self._one, ("big", "dashboards"))
        self.start_shares = self._one("start_shares")["percent"]
        self.limits = self._all("limit")
        self.starts = self._all("start")
        sizes = [row["servers"] for row in self.starts]
        self.few, self.many = min(sizes), max(sizes)
        memory = {(row["arguments"][1], row["arguments"][2]): row["bytes"] for row in self._all("memory")}
        servers = self._all("memory")[0]["servers"]
        self.traced = (memory[True, True] - memory[False, True]) / servers / KIB
        self.resident = (memory[True, False] - memory[False, False]) / servers / KIB
        self.floor_traced = memory[False, True] / servers / KIB

    def _all(self, name: str) -> list[Mapping[str, Any]]:
        return [row for row in self._rows if row["name"] == name]

    def _one(self, name: str) -> Mapping[str, Any]:
        (row,) = self._all(name)
        return row

    @property
    def live_memory(self) -> float:
        """Return the KiB that a server's live data keep beyond the entities that they bring."""
        entities = next(row["entities"] for row in self.starts if row["servers"] == self.many) / self.many
        per_entity = self.floor_traced / entities
        return float(self.many_live["kib_a_server"] - self.many_live["entities_a_server"] * per_entity)

    def start(self, step: str, servers: int, *, ours: bool) -> float:
        """Return the processor time in milliseconds that a step took: the middle of the rounds."""
        return median(float(row["cpu_ms"][step]) for row in self.starts if row["arguments"] == [servers, ours])

    def ratio(self, step: str) -> float:
        """Return our processor time for a step over the floor's, with many servers."""
        return self.start(step, self.many, ours=True) / self.start(step, self.many, ours=False)

    def ahead(self, ours: str, other: str, every: float | None = None) -> float:
        """Return how many times our processor time another kind takes when it looks as often as ours shows.

        `every` is that time in seconds, where it is not our own.
        """
        kinds = self.beside["kinds"]
        looks = kinds[other]["every_s"] / (every or kinds[ours]["every_s"])
        return float(kinds[other]["cpu_ms_per_server_minute"] * looks / kinds[ours]["cpu_ms_per_server_minute"])

    def requests(self, kind: str) -> float:
        """Return the calls a server and minute."""
        return float(self.beside["kinds"][kind]["requests_per_server_minute"])

    def rows_a_day(self, side: str, server: int) -> float:
        """Return the rows that CPU and memory of a server add in a day; `side` is "ours" or "theirs"."""
        rows = self.day[side][server]["rows"]
        return float((rows["cpu"] + rows["memory"]) * 24 / self.day["hours"])

    @property
    def drawn(self) -> float:
        """Return how long our dashboard takes to be drawn, over tile cards that show the same."""
        drawn = self.browser["drawn"]
        return float(drawn["strategy"]["all_ms"] / drawn["tiles"]["all_ms"])


def goals(figures: Figures) -> Iterator[Goal]:
    """Return all goals."""
    yield from _costs(figures)
    yield from _starting(figures)
    yield from _lasting(figures)
    yield from _recorded(figures)
    yield from _besides(figures)
    yield from _browser(figures)


def _costs(figures: Figures) -> Iterable[Goal]:
    worst = max(row["ratio"] for row in figures.unchanged)
    sizes = f"{figures.unchanged[0]['servers']:,} to {figures.unchanged[-1]['servers']:,} servers"
    yield at_most(f"Unchanged frame ≤ 0.7 x the floor, {sizes}", worst, 0.7, "{:.2f} x at worst")
    for row in figures.changed:
        kind = row["kind"]
        text = f"Changed frame, {KINDS[kind]}, ≤ {CHANGED[kind]} x the floor"
        yield at_most(text, row["ratio"], CHANGED[kind], "{:.2f} x", shares(figures.shares[kind]))
    poll, sample, published = figures.polling, figures.sample, figures.publishing
    text = f"Unchanged list of {poll['servers']:,} servers ≤ 1.5 x parsing it"
    yield at_most(text, poll["ratio"], 1.5, "{:.2f} x", shares(poll["percent"]))
    yield at_most("One change in it ≤ 1 ms more", poll["one_change_ms"], 1, "{:.2f} ms")
    yield at_most("Live sample ≤ 2.0 x the floor", sample["ratio"], 2, "{:.2f} x", shares(sample["percent"]))
    text = "Published usage ≤ 2.5 x setting the same states"
    yield at_most(text, published["ratio"], 2.5, "{:.2f} x", shares(published["percent"]))


def _starting(figures: Figures) -> Iterable[Goal]:
    text = f"Set-up of {figures.many:,} servers ≤ 1.3 x the floor"
    yield at_most(text, figures.ratio("set_up"), 1.3, "{:.2f} x", shares(figures.start_shares))
    live = figures.going_live
    text = f"{live['servers']} servers of generation 2 all live ≤ 15 s after set-up began"
    yield at_most(text, live["live_after_s"], 15, "{:.1f} s")
    yield at_most("Calls to the panel meanwhile ≤ 12 a second", live["most_calls_a_second"], 12, "{} at most")
    yield at_most("Memory ≤ 15 KiB a server beyond the entities", figures.traced, 15, "{:.1f} KiB")
    yield at_most("Live data ≤ 40 KiB more", figures.live_memory, 40, "{:.1f} KiB")


def _lasting(figures: Figures) -> Iterable[Goal]:
    big, flood, many = figures.big, figures.flood, figures.many_live
    sizes = f"{big['servers']:,} servers, {big['live']:,} of them live"
    lag = big["lag_ms"]
    whose = (
        f"the longest collection of garbage took {big['longest_collection_ms']:.0f} ms; the simulated panel itself was "
        f"late by {big['panel_lag_ms']['p99']:.1f} ms (99 %), {big['panel_lag_ms']['max']:.0f} ms (worst)"
    )
    yield at_most(f"{sizes}: event loop late by < 20 ms (99 %)", lag["p99"], 20, "{:.1f} ms", whose)
    yield at_most("The same, < 200 ms at worst", lag["max"], 200, "{:.0f} ms", whose)
    text = f"Memory flat over the last {big['growth_seconds'] / 60:.0f} min, ≤ {FLAT:.0f} KiB a minute"
    blocks = big["slope_blocks_a_minute"]
    whose = f"of Python's blocks, {blocks:+,.0f} a minute were in use; the rest is room that it keeps after use"
    yield at_most(text, big["slope_kib_a_minute"], FLAT, "{:.0f} KiB a minute", whose)
    yield at_most(f"{many['servers']:,} live servers ≤ 3 % of a core", many["core_percent"], 3, "{:.1f} %")
    for generation, row in figures.latency.items():
        text = f"A change on the panel shows in < 20 ms (99 %), {row['servers']:,} servers, generation {generation}"
        yield at_most(text, row["state_ms"]["p99"], 20, "{:.1f} ms")
    whose = f"the simulated panel itself was late by {flood['panel_lag_ms']['p99']:.1f} ms (99 %)"
    lines = f"{flood['arguments'][1]:,} lines a second on {flood['servers']} servers"
    yield at_most(f"{lines}: event loop late by < 20 ms (99 %)", flood["lag_ms"]["p99"], 20, "{:.1f} ms", whose)
    yield at_most("A status meanwhile < 200 ms", flood["status_ms"]["max"], 200, "{:.0f} ms at worst", whose)


def _recorded(figures: Figures) -> Iterable[Goal]:
    yield at_most("No row in the database when nothing changes", figures.recorder["quiet"]["rows"], 0, "{:.0f} a day")
    (empty,) = [number for number, server in enumerate(figures.day["ours"]) if not server["players"]]
    ours, theirs = (figures.rows_a_day(side, empty) for side in ("ours", "theirs"))
    text = f"Live, nobody plays: each {figures.day['interval']} s no more rows than `pterodactyl` each {figures.day['poll']} s"
    yield Goal(text, f"{ours:,.0f} and {theirs:,.0f} a day", ours <= theirs)


def _besides(figures: Figures) -> Iterable[Goal]:
    for ours in OURS:
        for other in THEIRS[ours]:
            times = figures.ahead(ours, other)
            text = (
                f"Generation {ours[1]} ahead of `{other.partition('_')[0]}` by ≥ 10 x in processor time, when as fresh"
            )
            yield Goal(text, f"{times:.0f} x", times >= 10)
        mine, theirs = figures.requests(ours), min(map(figures.requests, THEIRS[ours]))
        text = f"Generation {ours[1]} asks less than either"
        yield Goal(text, f"{mine:.2f} and ≥ {theirs:.2f} calls a server and minute", mine < theirs)


def _browser(figures: Figures) -> Iterable[Goal]:
    found, steady = figures.browser, figures.browser["steady"]
    text = f"Dashboard of {found['servers']} servers drawn ≤ 1.5 x tile cards that show the same"
    yield at_most(text, figures.drawn, 1.5, "{:.2f} x")
    before, after = steady["heap_mib"]
    is_steady = after <= before * STEADY and steady["cards"] == found["servers"] and not steady["errors"]
    text = f"The same, steady over {steady['seconds'] / 60:.0f} min of live data"
    yield Goal(text, f"{before:.1f} MiB, then {after:.1f} MiB", is_steady)
