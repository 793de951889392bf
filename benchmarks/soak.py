"""Let a real Home Assistant live with a panel that fails at random, in quick motion or in virtual time.

Usage: python -m benchmarks.soak [--minutes 3] [--factor N] [--panel-days 10] [--servers 100]  # in quick motion
       python -m benchmarks.soak --days N [--servers 2]  # in virtual time
    with [--generation N] [--seed 1] [--faults NAME ...]

In quick motion, nodes, the panel's tick and all waits of the integration run faster by the same factor: at 50 the tick
of 5 s takes 100 ms, and a day 29 minutes. Unless it is given, the factor is what this machine can do with ease: it is
tried before. The panel's sessions grow old faster still, so that one has to be kept alive over many days.
In virtual time, all intervals and lifetimes are the true ones, but whenever all wait for a time to come, it has come:
days take the time of the processor alone, and no look is ever late.
Both generations run at once, each in a process of its own. Faults come one after the other, each followed by a calm in
which everything must come right again; servers start, stop, crash, are renamed, deleted and added all the time. Ctrl-C
ends the faults before their time. On each tick that comes in time, whatever is shown as available must be what the panel
last sent; what the event entities tell is compared with what happened on the nodes. Ends with 1 when something stale
was shown as live, something untrue was told or something true was not, a subscription was lost, the log has an error
of ours, or tasks, sockets or memory were left. Memory is compared between two times at which all consoles are full.
"""

import argparse
import asyncio
import contextlib
import logging
import random
import signal
import subprocess
import sys
import time
import tracemalloc
from typing import Any, Final
from unittest.mock import patch

from homeassistant.core import State
from homeassistant.helpers.restore_state import RestoreStateData

from custom_components.stellarstack.client.exceptions import StellarStackError
from custom_components.stellarstack.client.http import Answer
from custom_components.stellarstack.client.v1.frames import Frame, FrameDecoder
from custom_components.stellarstack.client.v2.feed import ServerList
from custom_components.stellarstack.client.v2.rest import server_rows
from simulator.virtual_time import run_in_virtual_time

from .harness import ROOT, home_assistant
from .soak_checks import MOST_GROWTH, Memory, OurErrors, sockets
from .soak_judge import AFTER
from .soak_pace import choose_factor, try_machine
from .soak_panel import TICK, SoakPanel
from .soak_run import Soak, faster

DAY: Final = 86400.0
SERVERS: Final = 100
DAYS_SERVERS: Final = 2
WARM_UP: Final = 0.25
"""The part of the time after which memory is first measured."""
MOST_LATE: Final = 0.2
"""The part of the looks that may be late; when more are, the machine was too busy to say anything."""


async def soak(options: argparse.Namespace) -> bool:
    """Run, print what came of it, and return whether all is well."""
    errors = OurErrors()
    logging.getLogger().addHandler(errors)
    logging.getLogger("custom_components").setLevel(logging.ERROR)
    factor: float = 1.0 if options.days else options.factor or await choose_factor(options)
    tracemalloc.start()
    random.seed(options.seed)
    world = SoakPanel(options.servers, factor, options.seed, options.generation)
    tasks_before, sockets_before = set(asyncio.all_tasks()), sockets()
    await world.panel.start()
    async with home_assistant() as hass:
        with faster(hass, factor):
            run = Soak(hass, world, options.faults)
            return await _live_through(run, options, errors, tasks_before, sockets_before)


async def _live_through(
    run: Soak, options: argparse.Namespace, errors: OurErrors, tasks_before: set[asyncio.Task[Any]], sockets_before: int
) -> bool:
    hass, world, tally, factor = run.hass, run.world, run.tally, run.world.factor
    decode = FrameDecoder.decode

    def counted(decoder: FrameDecoder, frame: bytes) -> Frame | None:
        run.fresh.note_arrived(frame)
        return decode(decoder, frame)

    list_servers = ServerList._list_servers  # noqa: SLF001 - other lists are not the feed's

    async def counted_list(feed: ServerList) -> Answer:
        answer = await list_servers(feed)
        with contextlib.suppress(StellarStackError):
            run.fresh.note_list(server_rows(answer))
        return answer

    remove_restored = RestoreStateData.async_restore_entity_removed

    def forget_restored(data: RestoreStateData, entity_id: str, _: State | None, *others: Any) -> None:
        # Its state would be kept for a week, which is not what is measured here.
        remove_restored(data, entity_id, None, *others)

    with (
        patch.object(FrameDecoder, "decode", counted),
        patch.object(ServerList, "_list_servers", counted_list),
        patch.object(RestoreStateData, "async_restore_entity_removed", forget_restored),
    ):
        await run.set_up()
        seconds = options.days * DAY if options.days else options.minutes * 60
        run.begin(1.0 if options.days else options.panel_days * DAY / seconds)
        await run.settle()
        started, began = time.monotonic(), time.clock_gettime(time.CLOCK_MONOTONIC)
        ended = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, ended.set)
        warm: Memory | None = None
        while ((passed := time.monotonic() - started) < seconds and not ended.is_set()) or warm is None:
            await run.misbehave()
            tally.print_findings()
            if options.days and passed // DAY < (time.monotonic() - started) // DAY:
                print(f"day {passed // DAY + 1:.0f} of generation {world.panel.generation} has passed", file=sys.stderr)
            if warm is None and passed > seconds * WARM_UP:
                warm = await run.look_at_memory()
        passed = time.monotonic() - started
        # Virtual time has no part in this clock.
        minutes = (time.clock_gettime(time.CLOCK_MONOTONIC) - began) / 60
        growth = (await run.look_at_memory()).growth(warm)
        # That took seconds in which nothing else was done: the next look notes them.
        await world.sleep(2 * TICK)
        tasks_live, sockets_live = len(asyncio.all_tasks()), sockets()
        crashed = await run.end()
        await world.sleep(AFTER)
        run.judge.judge()
        sockets_opened = world.panel.live.upgrades + (world.panel.upgrades if world.panel.generation == 1 else 0)
        await hass.config_entries.async_unload(run.entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    with contextlib.suppress(TimeoutError):
        await world.panel.wait_for(lambda panel: not panel.connections and not panel.live.connections)
    # Home Assistant keeps its connections to the panel open until it stops.
    await hass.async_stop(force=True)
    await world.panel.stop()
    await asyncio.sleep(0.5)
    left = [
        task for task in asyncio.all_tasks() - tasks_before if not task.done() and task is not asyncio.current_task()
    ]
    ours = [task for task in left if "stellarstack" in task.get_name() or "stellarstack" in repr(task.get_coro())]
    sockets_left = sockets() - sockets_before
    late = tally.late_looks / max(1, tally.looks)
    faults = ", ".join(f"{name} {count}" for name, count in sorted(tally.faults.items()))
    told = ", ".join(f"{event} {count:,}" for event, count in tally.told.most_common())

    print(f"generation           {world.panel.generation}")
    pace = "virtual time" if options.days else f"factor {factor:.0f}"
    aged = options.days or options.panel_days
    print(f"simulated time       {passed * factor / DAY:.2f} days in {minutes:.1f} min ({pace})")
    print(f"panel's sessions     {aged:g} days, after seven of which one ends")
    print(f"servers              {options.servers}, tick {TICK / factor * 1000:.0f} ms, seed {options.seed}")
    print(f"faults               {tally.faults.total()}: {faults}")
    print(f"sockets opened       {sockets_opened:,}")
    print(f"syncs or lists       {tally.frames:,}")
    print(
        f"looks                {tally.looks:,} at {tally.compared:,} live servers; {tally.late_looks:,} were too late"
        f" to tell (worst {tally.worst_lag * 1000:.0f} ms)"
    )
    print(f"lost subscriptions   {tally.lost}")
    print(f"stale shown as live  {tally.stale}")
    print(f"told                 {tally.told.total():,}: {told}; {tally.excused:,} in a gap or a jam")
    print(f"told but not true    {tally.untrue}")
    print(f"true but not told    {tally.missing}")
    print(f"errors in our log    {len(errors.texts)}")
    print(f"tasks                {tasks_live} at work, {len(ours)} of ours after unloading")
    print(f"sockets              {sockets_live} at work, {sockets_left} left at the end")
    print(f"memory growth        {growth.size:+,} bytes (less than {MOST_GROWTH:,}) after warm-up, most of it:")
    for line in growth.places:
        print(f"                     {line}")
    if late > MOST_LATE:
        print(f"The machine was late at {late:.0%} of the looks: nothing can be said. Choose a smaller --factor.")
    tally.print_findings()
    for text in [*errors.texts[:10], *map(repr, crashed), *map(repr, ours)]:
        print(f"  {text}", file=sys.stderr)
    bad = tally.lost or tally.stale or tally.untrue or tally.missing or errors.texts or ours or crashed
    return not (bad or sockets_left > 0 or growth.size >= MOST_GROWTH or late > MOST_LATE)


def main() -> None:
    """Run, each generation in a process of its own, and print one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--generation", type=int, choices=(1, 2), help="of the panel (default: both at once)")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, default=3.0, help="how long faults come, in quick motion")
    length.add_argument("--days", type=float, help="how long they come in virtual time, as fast as it passes")
    parser.add_argument(
        "--servers", type=int, help=f"default: {SERVERS}; in virtual time {DAYS_SERVERS}, each of which takes its time"
    )
    parser.add_argument(
        "--panel-days", type=float, default=10, help="days by which the panel's sessions age in quick motion"
    )
    parser.add_argument(
        "--factor", type=float, help="how much faster quick motion is (default: what the machine can do)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--faults", nargs="+", metavar="NAME", default=(), help="those that come, by method of soak_faults.Faults"
    )
    parser.add_argument("--trial", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.days and options.factor:
        parser.error("virtual time has no factor")
    if options.servers is None:
        options.servers = DAYS_SERVERS if options.days else SERVERS
    if options.trial:
        print(asyncio.run(try_machine(options.servers, options.seed, options.generation)))
    elif options.generation:
        run = run_in_virtual_time if options.days else asyncio.run
        sys.exit(0 if run(soak(options)) else 1)
    else:
        # Those who print what came of it end for it.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        again = [sys.executable, "-m", "benchmarks.soak", *sys.argv[1:], "--generation"]
        processes = [
            subprocess.Popen([*again, generation], cwd=ROOT, stdout=subprocess.PIPE, text=True)
            for generation in ("1", "2")
        ]
        for process in processes:
            print(process.communicate()[0], flush=True)
        sys.exit(max(process.returncode for process in processes))


if __name__ == "__main__":
    main()
