"""The document that a run of the benchmarks writes."""

from collections.abc import Mapping
from statistics import median
from typing import Any

type Results = Mapping[str, Any]

KINDS = {"status": "status (of a restart)", "memory": "memory limit (1 entity)"}
CHANGED = {"status": 2.5, "memory": 3.0}
NAMES = {
    "stellarstack": "StellarStack",
    "pterodactyl": "`pterodactyl`, polls each 60 s",
    "rest": "`rest` sensors, poll each 5 s",
}
KIB = 1024


def table(*rows: tuple[str, ...]) -> str:
    """Return a Markdown table; the first row is its head."""
    head, *body = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, tuple("---" for _ in head), *body))


def goal(met: bool) -> str:
    """Return how a goal is said to be met."""
    return "met" if met else "**not met**"


class Figures:
    """What is read off the results."""

    def __init__(self, results: Results) -> None:
        """Take what is compared."""
        self.unchanged = results["unchanged"]
        self.growth = self.unchanged[-1]["ours_us"] / self.unchanged[0]["ours_us"]
        self.growth_over_floor = self.unchanged[-1]["ratio"] / self.unchanged[0]["ratio"]
        self.changed = [row for row in results["changed"] if "ratio" in row]
        self.shares = [row for row in results["changed"] if "percent" in row]
        self.sample, self.publishing, self.polling, self.flood, self.many_live = results["live"]
        self.latency = results["latency"][0]
        self.starts = results["start"]
        self.recorder = results["recorder"][0]
        self.beside = results["beside"][0]
        self.big = results["big"][0]
        sizes = [row["servers"] for row in self.starts]
        self.few, self.many = min(sizes), max(sizes)
        memory = {(row["arguments"][1], row["arguments"][2]): row["bytes"] for row in results["memory"]}
        servers = results["memory"][0]["servers"]
        self.traced = (memory[True, True] - memory[False, True]) / servers / KIB
        self.resident = (memory[True, False] - memory[False, False]) / servers / KIB
        self.floor_traced = memory[False, True] / servers / KIB

    @property
    def live_memory(self) -> float:
        """Return the KiB that a live server keeps beyond its entities, and beyond what it keeps without a live socket."""
        entities = next(row["entities"] for row in self.starts if row["servers"] == self.many) / self.many
        per_entity = self.floor_traced / entities
        return float(self.many_live["kib_a_server"] - self.many_live["entities_a_server"] * per_entity)

    def start(self, step: str, servers: int, *, ours: bool) -> float:
        """Return the processor time in milliseconds that a step took: the middle of the rounds."""
        return median(float(row["cpu_ms"][step]) for row in self.starts if row["arguments"] == [servers, ours])

    def ratio(self, step: str) -> float:
        """Return our processor time for a step over the floor's, with many servers."""
        return self.start(step, self.many, ours=True) / self.start(step, self.many, ours=False)

    def at_equal_freshness(self, kind: str) -> float:
        """Return how many times our processor time another kind takes, when as fresh."""
        kinds = self.beside["kinds"]
        return float(kinds[kind]["cpu_ms_at_equal_freshness"] / kinds["stellarstack"]["cpu_ms_at_equal_freshness"])


def document(results: Results) -> str:
    """Return docs/performance.md."""
    figures = Figures(results)
    parts = (
        *(_head(results), _goals(figures), _frames(figures), _live_sockets(figures), _starts(figures)),
        *(_live(figures), _beside(figures)),
    )
    return "\n\n".join(parts) + "\n"


def _head(results: Results) -> str:
    where = results["surroundings"]
    return f"""# Performance

<!-- Written by scripts/bench: do not edit. -->

What the integration costs, measured in one run against the least that anybody could spend on the same work, and beside
what a user would pick in its place. What counts are the ratios: the times are those of one machine.

```shell
scripts/bench
```

It takes half an hour of an otherwise idle machine, prints all figures as JSON and writes this page.
This run: {where["date"]}, Home Assistant {where["home_assistant"]}, Python {where["python"]}, aiohttp {where["aiohttp"]},
{where["processor"]}, {where["cores"]} cores. Home Assistant's real core runs in one process, the simulated panel in another,
between them a real socket. Processor time is that of Home Assistant's process."""


def _goals(figures: Figures) -> str:
    quiet, busy = figures.recorder["quiet"], figures.recorder["busy"]
    worst = max(row["ratio"] for row in figures.unchanged)
    size = figures.unchanged[-1]["servers"]
    rows = [
        ("Goal", "Measured", ""),
        ("Unchanged frame ≤ 1.5 x the floor", f"{worst:.2f} x at worst", goal(worst <= 1.5)),
        (
            f"The same at {figures.unchanged[0]['servers']} and {size:,} servers, ≤ 1.1 x",
            f"{figures.growth_over_floor:.2f} x over the floor, {figures.growth:.2f} x in time",
            goal(min(figures.growth_over_floor, figures.growth) <= 1.1),
        ),
        *(
            (
                f"Changed frame, {KINDS[row['kind']]}, ≤ {CHANGED[row['kind']]} x the floor",
                f"{row['ratio']:.2f} x",
                goal(row["ratio"] <= CHANGED[row["kind"]]),
            )
            for row in figures.changed
        ),
        *_live_goals(figures),
        (
            f"Set-up of {figures.many:,} servers ≤ 1.5 x the floor",
            f"{figures.ratio('set_up'):.2f} x",
            goal(figures.ratio("set_up") <= 1.5),
        ),
        ("Memory ≤ 25 KiB a server beyond the entities", f"{figures.traced:.1f} KiB", goal(figures.traced <= 25)),
        ("No row in the database when nothing changes", f"{quiet['rows']:.0f} rows a day", goal(quiet["rows"] == 0)),
        (
            "Ahead of `rest` by ≥ 10 x in processor time",
            f"{figures.at_equal_freshness('rest'):.0f} x",
            goal(figures.at_equal_freshness("rest") >= 10),
        ),
        (
            "Ahead of `pterodactyl` by ≥ 10 x in processor time, when as fresh",
            f"{figures.at_equal_freshness('pterodactyl'):.0f} x",
            goal(figures.at_equal_freshness("pterodactyl") >= 10),
        ),
        (
            f"{figures.big['servers']:,} servers: event loop late by < 20 ms (p99)",
            f"{figures.big['lag_ms']['p99']:.1f} ms",
            goal(figures.big["lag_ms"]["p99"] < 20),
        ),
    ]
    days = f"A day with {figures.recorder['status_changes']} changes of status adds {busy['rows']:.0f} rows a server."
    return f"## Goals\n\n{table(*rows)}\n\n{days}"


def _live_goals(figures: Figures) -> list[tuple[str, str, str]]:
    sample, published, poll = figures.sample["ratio"], figures.publishing["ratio"], figures.polling["ratio"]
    one, lag, status = (
        figures.polling["one_change_ms"],
        figures.flood["lag_ms"]["p99"],
        figures.flood["status_ms"]["max"],
    )
    share, memory = figures.many_live["core_percent"], figures.live_memory
    sockets = figures.many_live["servers"]
    return [
        ("Live sample ≤ 2.0 x the floor", f"{sample:.2f} x", goal(sample <= 2)),
        ("Published usage ≤ 2.5 x setting the same states", f"{published:.2f} x", goal(published <= 2.5)),
        (
            f"Unchanged list of {figures.polling['servers']:,} servers ≤ 1.5 x parsing it",
            f"{poll:.2f} x",
            goal(poll <= 1.5),
        ),
        ("One change in it ≤ 1 ms more", f"{one:.2f} ms", goal(one <= 1)),
        ("5,000 lines a second: event loop late by < 20 ms (p99)", f"{lag:.1f} ms", goal(lag < 20)),
        ("A status meanwhile < 200 ms", f"{status:.0f} ms at worst", goal(status < 200)),
        (f"{sockets:,} live servers ≤ 3 % of a core", f"{share:.1f} %", goal(share <= 3)),
        ("Memory ≤ 40 KiB a live server beyond the entities", f"{memory:.1f} KiB", goal(memory <= 40)),
    ]


def _live_sockets(figures: Figures) -> str:
    sample, published, poll = figures.sample, figures.publishing, figures.polling
    flood, many = figures.flood, figures.many_live
    costs = table(
        ("What", "This integration", "Floor", "Ratio"),
        ("A sample", f"{sample['ours_us']:.1f} µs", f"{sample['floor_us']:.1f} µs", f"{sample['ratio']:.2f}"),
        (
            f"Usage published ({published['states']} states)",
            f"{published['ours_us']:.0f} µs",
            f"{published['floor_us']:.0f} µs",
            f"{published['ratio']:.2f}",
        ),
        (
            f"A list of {poll['servers']:,} servers, unchanged",
            f"{poll['ours_us'] / 1e3:.2f} ms",
            f"{poll['floor_us'] / 1e3:.2f} ms",
            f"{poll['ratio']:.2f}",
        ),
    )
    return f"""## Live sockets and lists

A node sends a sample of each running server each second. The floor is a bare aiohttp client that parses it with orjson
and adds two of its values up. What is published is over `hass.states.async_set` of the same states; a list of generation
2 is over `orjson.loads` of the answer, without the network.

{costs}

One changed row makes a list {poll["one_change_ms"]:.2f} ms dearer. {many["servers"]:,} live servers take {many["core_percent"]:.1f} % of a core, {many["idle_percent"]:.1f} %
without their live sockets, and {figures.live_memory:.1f} KiB each beyond the entities of what they use; all were live after {many["live_after_s"]:.0f} s.

{flood["lines_a_second"]:,.0f} lines a second on {flood["servers"]} servers for {flood["seconds"]:.0f} s: {flood["core_percent"]:.0f} % of a core, the event loop late by
{flood["lag_ms"]["p50"]:.1f} ms (half of the time), {flood["lag_ms"]["p99"]:.1f} ms (99 %), {flood["lag_ms"]["max"]:.0f} ms (worst); a change of status was shown within
{flood["status_ms"]["max"]:.0f} ms. Memory grew by {flood["growth_kib"]:,.0f} KiB, and {flood["lines_kept"]} lines of a server are kept."""


def _frames(figures: Figures) -> str:
    unchanged = table(
        ("Servers", "Frames", "This integration", "Floor", "Ratio"),
        *(
            (
                f"{row['servers']:,}",
                f"{row['frames']:,}",
                f"{row['ours_us']:.1f} µs",
                f"{row['floor_us']:.1f} µs",
                f"{row['ratio']:.2f}",
            )
            for row in figures.unchanged
        ),
    )
    changed = table(
        ("What changes", "Servers", "This integration", "Floor", "Ratio"),
        *(
            (
                KINDS[row["kind"]],
                f"{row['servers']:,}",
                f"{row['ours_us']:.0f} µs",
                f"{row['floor_us']:.0f} µs",
                f"{row['ratio']:.2f}",
            )
            for row in figures.changed
        ),
    )
    owners = ("Home Assistant", "this integration", "aiohttp", "Python")
    shares = table(
        ("What changes", *(owner[0].upper() + owner[1:] for owner in owners)),
        *(
            (KINDS[row["kind"]], *(f"{row['percent'].get(owner, 0):.0f} %" for owner in owners))
            for row in figures.shares
        ),
    )
    ratios = {row["kind"]: row["ratio"] for row in figures.changed}
    rest = " and ".join(
        f"{ratios[row['kind']] * (1 - row['percent']['this integration'] / 100):.1f} x" for row in figures.shares
    )
    return f"""## A frame

A panel sends each server every 5 s, changed or not. The floor for a frame that says nothing new is a bare aiohttp client
that parses it with orjson. The integration does not even parse it: a frame that is equal, byte for byte, to the last one
of its server counts as a sign of life and goes no further.

{unchanged}

Processor time a frame, the least of several rounds. Nothing is searched or walked for a frame: what many servers cost
more is that their data no longer fit into the processor's cache.

When something changed, the floor is to parse the frame and set the states of the entities concerned by the shortest way
that Home Assistant has, `hass.states.async_set`, with attributes made beforehand. The integration writes through entities,
as it must: Home Assistant then works out name, unit, options and availability anew for each write.

{changed}

Whose code that time is spent in, by a profiler:

{shares}

Without a line of this integration's own code, it would still be {rest} the floor."""


def _starts(figures: Figures) -> str:
    steps = {"set_up": "Set-up", "reload": "Reload", "unload": "Unload", "add": "One more server"}
    rows = [("Step", f"{figures.few:,} servers", f"{figures.many:,} servers", "Floor", "Ratio")]
    for step, name in steps.items():
        few, many = (figures.start(step, servers, ours=True) for servers in (figures.few, figures.many))
        floor = figures.start(step, figures.many, ours=False)
        rows.append((name, f"{few:.1f} ms", f"{many:.1f} ms", f"{floor:.1f} ms", f"{many / floor:.2f}"))
    entities = next(row["entities"] for row in figures.starts if row["servers"] == figures.many)
    return f"""## Starting

The floor is a minimal integration that adds the same devices and entities to the same registries, with fixed values
and no panel. The panel sends its first syncs at once here; a real one does so within 5 s. {figures.many:,} servers
have {entities:,} entities in use.

{table(*rows)}

Processor time; the middle of the rounds. One more server is added to an entry that has that many already.

A server keeps {figures.traced:.1f} KiB beyond its entities' own {figures.floor_traced:.0f} KiB (as Python counts them; by what
the system counts, {figures.resident:.1f} KiB): its model, its coordinator, the last frame, and what ties them together."""


def _live(figures: Figures) -> str:
    rows = [("A change on the panel", "Half within", "99 % within")]
    for key, name in (
        ("state_ms", "status, in the entity's state"),
        ("automation_ms", "status, in an automation that it starts"),
        ("limit_ms", "memory limit, which only the next sync tells"),
    ):
        spread = figures.latency[key]
        rows.append((name, f"{spread['p50']:,.1f} ms", f"{spread['p99']:,.1f} ms"))
    big, lag = figures.big, figures.big["lag_ms"]
    quiet, busy = figures.recorder["quiet"], figures.recorder["busy"]
    return f"""## Living

With {figures.latency["servers"]:,} servers that are synced every 5 s, {figures.latency["changes"]} changes of status:

{table(*rows)}

{big["servers"]:,} servers, synced every 5 s for {big["seconds"] / 60:.0f} minutes: {big["core_percent"]:.1f} % of one core. The event loop
was late by {lag["p50"]:.1f} ms (half of the time), {lag["p99"]:.1f} ms (99 %), {lag["max"]:.0f} ms (worst). From when the
panel's list of servers had been read for the first time, memory grew by {big["growth_kib"]:,.0f} KiB. Setting up took {big["set_up_s"]:.0f} s, after which {big["live_after_set_up"]:,} were live; {big["live_at_end"]:,} were at the end.

The recorder gets {quiet["rows"]:.0f} rows and {quiet["bytes"] / KIB:.1f} KiB a server from a day of {figures.recorder["frames"] // figures.recorder["servers"]:,} syncs in
which nothing changes, and {busy["rows"]:.0f} rows and {busy["bytes"] / KIB:.1f} KiB from {figures.recorder["status_changes"]} changes of status (of status, power, running and lifecycle)."""


def _beside(figures: Figures) -> str:
    found = figures.beside
    rows = [("", "Processor time", "When as fresh", "Requests", "Shown within (half / 99 %)", "Never shown")]
    for kind, name in NAMES.items():
        row = found["kinds"][kind]
        delay = row["delay_s"]
        rows.append(
            (
                name,
                f"{row['cpu_ms_per_server_minute']:.2f} ms",
                f"{row['cpu_ms_at_equal_freshness']:.2f} ms",
                f"{row['requests_per_server_minute']:.2f}",
                f"{delay['p50']:.3f} s / {delay['p99']:.3f} s" if delay else "—",
                f"{row['missed_percent']:.0f} %",
            )
        )
    return f"""## Beside polling

Home Assistant's own `pterodactyl` integration (against an imitation of its panel's API that has the same servers), and the
same values by Home Assistant's own `rest` integration (one request for all values of a server), each in a Home Assistant
of its own, at the same time: {found["servers"]} servers, {found["seconds"] / 60:.0f} minutes, {found["changes"]} changes of status.
Processor time and requests are per server and minute, without what an idle Home Assistant takes.

{table(*rows)}

*When as fresh* is the processor time if it polled every 5 s. *Never shown* are changes that were over before the next poll."""
