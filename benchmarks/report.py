"""The document that a run of the benchmarks writes."""

from .goals import KIB, KINDS, NAMES, OURS, THEIRS, Figures, Results, goals, shares
from .lag import LAG_EVERY


def table(*rows: tuple[str, ...]) -> str:
    """Return a Markdown table; the first row is its head."""
    head, *body = rows
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, tuple("---" for _ in head), *body))


def document(results: Results) -> str:
    """Return docs/performance.md."""
    figures = Figures(results)
    parts = (
        *(_head(results), _goals(figures), _frames(figures), _live_sockets(figures), _starts(figures)),
        *(_limits(figures), _live(figures), _recorder(figures), _beside(figures), _browser(figures)),
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

It takes three quarters of an hour of an otherwise idle machine, prints all figures as JSON and writes this page.
This run: {where["date"]}, Home Assistant {where["home_assistant"]}, Python {where["python"]}, aiohttp {where["aiohttp"]},
{where["processor"]}, {where["cores"]} cores. Home Assistant's real core runs in one process, the simulated panel in another,
between them a real socket. Processor time is that of Home Assistant's process."""


def _goals(figures: Figures) -> str:
    found = list(goals(figures))
    rows = [(goal.text, goal.measured, "met" if goal.met else "**not met**") for goal in found]
    missed = [goal for goal in found if not goal.met]
    text = (
        f"## Goals\n\n{table(('Goal', 'Measured', ''), *rows)}\n\n{len(found) - len(missed)} of {len(found)} are met."
    )
    if whose := [f"- {goal.text}: {goal.whose}." for goal in missed if goal.whose]:
        text += "\n\nWhose time it is, where a goal is not met:\n\n" + "\n".join(whose)
    return text


def _live_sockets(figures: Figures) -> str:
    sample, published, poll = figures.sample, figures.publishing, figures.polling
    flood, many, live = figures.flood, figures.many_live, figures.going_live
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

One changed status makes a list {poll["one_change_ms"]:.2f} ms dearer. {many["servers"]:,} live servers take {many["core_percent"]:.1f} % of a core, {many["idle_percent"]:.1f} %
without their live sockets, and {figures.live_memory:.1f} KiB each beyond the entities of what they use; all were live after {many["live_after_s"]:.0f} s.
{live["servers"]} servers are set up after {live["set_up_after_s"]:.1f} s and all live after {live["live_after_s"]:.1f} s; that takes {live["calls"]} calls
to the panel, {live["calls_a_second"]:.1f} a second, {live["most_calls_a_second"]} in the busiest one.

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
    whose = table(
        ("What changes", "Whose time it is"),
        *((KINDS[kind], shares(percent)) for kind, percent in figures.shares.items()),
    )
    ratios = {row["kind"]: row["ratio"] for row in figures.changed}
    rest = " and ".join(
        f"{ratios[kind] * (1 - percent['this integration'] / 100):.1f} x" for kind, percent in figures.shares.items()
    )
    few, many = figures.unchanged[0], figures.unchanged[-1]
    return f"""## A frame

A panel sends each server every 5 s, changed or not. The floor for a frame that says nothing new is a bare aiohttp client
that parses it with orjson. The integration does not even parse it: a frame that is equal, byte for byte, to the last one
of its server counts as a sign of life and goes no further.

{unchanged}

Processor time a frame, the least of several rounds. Nothing is searched or walked for a frame: what many servers cost
more is that their data no longer fit into the processor's cache. A frame of {many["servers"]:,} servers takes
{many["ours_us"] / few["ours_us"]:.2f} x the time of one of {few["servers"]}; so does the floor, {many["floor_us"] / few["floor_us"]:.2f} x.

When something changed, the floor is to parse the frame and set the states of the entities concerned by the shortest way
that Home Assistant has, `hass.states.async_set`, with attributes made beforehand. The integration writes through entities,
as it must: Home Assistant then works out name, unit, options and availability anew for each write.

{changed}

Whose code that time is spent in, by a profiler:

{whose}

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


def _limits(figures: Figures) -> str:
    rows = [
        (
            f"{row['servers']:,}",
            f"{len(row['may'])}",
            f"{row['enabled']:,}",
            ", ".join(f"`{key}`" for key in row["keys"]),
        )
        for row in figures.limits
    ]
    return f"""## Many servers

Home Assistant takes 10,000 enabled entities for one entry. Of a server, so many may begin enabled, the most important
ones first; those of live data are enabled once live data come, if they are among them.

{table(("Servers", "May begin enabled, of each", "Enabled without live data", "Of each server"), *rows)}"""


def _live(figures: Figures) -> str:
    rows = [("A change on the panel", "Half within", "99 % within")]
    names = {
        "state_ms": "status, in the entity's state",
        "automation_ms": "status, in an automation that it starts",
    }
    for generation, latency in figures.latency.items():
        for key, name in names.items():
            found = latency[key]
            rows.append((f"Generation {generation}: {name}", f"{found['p50']:,.1f} ms", f"{found['p99']:,.1f} ms"))
    changes = " and ".join(f"{latency['changes']}" for latency in figures.latency.values())
    big, lag, panel = figures.big, figures.big["lag_ms"], figures.big["panel_lag_ms"]
    return f"""## Living

With {figures.latency[1]["servers"]:,} servers, {changes} changes of status; in generation 2, of servers that are live:

{table(*rows)}

{big["servers"]:,} servers of generation 1, synced every 5 s for {big["seconds"] / 60:.0f} minutes, {big["live"]:,} of them with live sockets too: {big["core_percent"]:.1f} % of one core.
The event loop, looked at each {LAG_EVERY * 1e3:.0f} ms, was late by {lag["p50"]:.1f} ms (half of the time), {lag["p99"]:.1f} ms (99 %), {lag["max"]:.0f} ms (worst); the longest
collection of Python's garbage took {big["longest_collection_ms"]:.0f} ms. The simulated panel, in its own process, was itself late by
{panel["p50"]:.1f} ms, {panel["p99"]:.1f} ms and {panel["max"]:.0f} ms. In the last {big["growth_seconds"] / 60:.0f} minutes, memory went {big["growth_kib"]:+,.0f} KiB, by the line through
all readings {big["slope_kib_a_minute"]:+,.0f} KiB and {big["slope_blocks_a_minute"]:+,.0f} of Python's blocks a minute. The list of servers is read each 4 to 5 minutes, and is
gone afterwards; the room that it needs stays with the process from the first time on, which was before. Setting up took {big["set_up_s"]:.0f} s, after which {big["shown_after_set_up"]:,} were shown; {big["shown_at_end"]:,} were at the end, {big["live_at_end"]:,} live."""


def _recorder(figures: Figures) -> str:
    day, recorder = figures.day, figures.recorder
    quiet, busy = recorder["quiet"], recorder["busy"]
    values = {"cpu": "CPU", "memory": "Memory", "received": "Network, received", "sent": "Network, sent"}
    heads = [("with " + f"{row['players']} players" if row["players"] else "empty") for row in day["ours"]]
    sides = ("ours", "theirs")
    rows = [
        (
            name,
            *(f"{row['rows'][value] * 24 / day['hours']:,.0f}" for side in sides for row in day[side]),
        )
        for value, name in values.items()
    ]
    rows.insert(
        2,
        (
            "CPU and memory",
            *(f"{figures.rows_a_day(side, number):,.0f}" for side in sides for number in range(len(heads))),
        ),
    )
    names = (f"StellarStack, {day['interval']} s", f"`pterodactyl`, {day['poll']} s")
    return f"""## The recorder

It gets {quiet["rows"]:.0f} rows and {quiet["bytes"] / KIB:.1f} KiB a server from a day of {recorder["frames"] // recorder["servers"]:,} syncs in
which nothing changes, and {busy["rows"]:.0f} rows and {busy["bytes"] / KIB:.1f} KiB from {recorder["status_changes"]} changes of status (of status, power, running and lifecycle).

With live data, rows a server and day, beside Home Assistant's own `pterodactyl`, which is told what the same games use;
the simulated games use what real ones were seen to use. What goes by the network is shown only
where somebody enables it: here a rate, there a total that grows.

{table(("Value", *(f"{name}, {head}" for name in names for head in heads)), *rows)}"""


def _beside(figures: Figures) -> str:
    found = figures.beside
    rows = [("", "Processor time", "Requests", "Shown within (half / 99 %)", "Never shown")]
    for kind, name in NAMES.items():
        row = found["kinds"][kind]
        delay = row["delay_s"]
        rows.append(
            (
                name,
                f"{row['cpu_ms_per_server_minute']:.2f} ms",
                f"{figures.requests(kind):.2f}",
                f"{delay['p50']:.3f} s / {delay['p99']:.3f} s" if delay else "—",
                f"{row['missed_percent']:.0f} %",
            )
        )
    ahead = [("Processor time of polling as often as is shown", *(f"Generation {ours[1]}" for ours in OURS))]
    ahead.append(
        ("A change shows, or a sample comes, each", *(f"{found['kinds'][ours]['every_s']:.0f} s" for ours in OURS))
    )
    for number, name in enumerate(("`pterodactyl`", "`rest`")):
        ahead.append((name, *(f"{figures.ahead(ours, THEIRS[ours][number]):.0f} x" for ours in OURS)))
        each = (f"{figures.ahead(ours, THEIRS[ours][number], 5):.0f} x" for ours in OURS)
        ahead.append((f"{name}, if it polled each 5 s", *each))
    return f"""## Beside polling

Home Assistant's own `pterodactyl` integration (against an imitation of its panel's API that has the same servers), and the
same values by Home Assistant's own `rest` integration (one request for all values of a server), each in a Home Assistant
of its own, at the same time: {found["servers"]} servers, {found["seconds"] / 60:.0f} minutes, {found["changes"]:.0f} changes of status of each panel.
Processor time and requests are per server and minute, without what an idle Home Assistant takes.

{table(*rows)}

Generation 1 is measured without live sockets, generation 2 with one for each server, which gets a new ticket every nine
minutes. *Never shown* are changes that were over before the next poll.

{table(*ahead)}"""


def _browser(figures: Figures) -> str:
    found, steady = figures.browser, figures.browser["steady"]
    names = {
        "strategy": "Our dashboard",
        "tiles": "Tile cards for status, CPU and memory",
        "fewest": "Tile cards for the status alone",
    }
    rows = [
        (name, f"{row['cards']}", f"{row['first_ms']:,.0f} ms", f"{row['all_ms']:,.0f} ms")
        for row, name in ((found["drawn"][key], name) for key, name in names.items())
    ]
    (heap, then), (nodes, nodes_then), (listeners, listeners_then) = (
        steady["heap_mib"],
        steady["nodes"],
        steady["listeners"],
    )
    return f"""## In the browser

{found["servers"]} servers with live data in Chromium, against a real Home Assistant; the middle of {found["rounds"]} rounds, counted from
when the page is asked for:

{table(("Dashboard", "Cards", "First one drawn", "All drawn"), *rows)}

{steady["seconds"] / 60:.0f} minutes of live data later, our dashboard has {then:.1f} MiB of objects in place of {heap:.1f} MiB, {nodes_then:,.0f} nodes in place of
{nodes:,.0f} and {listeners_then:,.0f} listeners in place of {listeners:,.0f}; its thread was busy {steady["busy_percent"]:.1f} % of the time, with {steady["errors"]} errors."""
