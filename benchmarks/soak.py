"""Let a real Home Assistant live with a panel that fails at random, for days of simulated time.

Usage: python -m benchmarks.soak [--generation N] [--minutes 3 | --days N] [--panel-days 10] [--servers 100] [--factor N]
    [--seed 1]

Nodes, the panel's tick and all waits of the integration run faster by the same factor: at 50 the tick of 5 s takes
100 ms, and a day 29 minutes. Unless it is given, the factor is what this machine can do with ease: it is tried before.
Both generations run at once, each in a process of its own.
The panel's sessions grow old faster still, so that one has to be kept alive over many days. Faults come one after the
other, each followed by a calm in which everything must come right again; servers start, stop, crash, are renamed,
deleted and added all the time. On each tick that comes in time, whatever is shown as available must be what the panel
last sent; what the event entities tell is compared with what happened on the nodes. Ends with 1 when something stale
was shown as live, something untrue was told or something true was not, a subscription was lost, the log has an error
of ours, or tasks, sockets or memory were left. Memory is compared between two times at which all consoles are full.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Iterator
import contextlib
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
import gc
import logging
import subprocess
import sys
import time
import tracemalloc
from typing import Any, Final, Literal
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack import panel_coordinator
from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.console import MOST_LINES
from custom_components.stellarstack.client.exceptions import StellarStackError
from custom_components.stellarstack.client.http import Answer
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.messages import ConnectionState
from custom_components.stellarstack.client.server import WatchedServer
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v1.frames import Frame, FrameDecoder
from custom_components.stellarstack.client.v2.feed import ServerList
from custom_components.stellarstack.client.v2.rest import server_rows
from custom_components.stellarstack.const import CONF_LIVE, CONF_SERVER_ID, DATA_TIMING, DOMAIN, SUBENTRY_SERVER

from .harness import ROOT, home_assistant
from .lag import percentile
from .soak_checks import RECOVERY, Freshness, OurErrors, Tally, growth, sockets
from .soak_faults import Faults
from .soak_judge import AFTER, Judge
from .soak_panel import TICK, SoakPanel

DAY: Final = 86400.0
MOST_GROWTH: Final = 2 * 1024 * 1024
WARM_UP: Final = 0.25
"""The part of the time after which memory is first measured."""
CALM: Final = 20.0
PEACE: Final = (60.0, 240.0)
"""Simulated seconds of peace between two faults, so that most of what happens can be told undisturbed."""
MOST_LATE: Final = 0.2
"""The part of the looks that may be late; when more are, the machine was too busy to say anything."""

TRIAL: Final = 15.0
"""The factor at which it is tried what the machine can do."""
TRIAL_SECONDS: Final = 8.0
SHARE: Final = 0.35
"""The part of a core that may be used."""
LAGS_A_TICK: Final = 4
"""How many times the event loop's lag (p95) a tick must be long."""
FACTORS: Final = (3.0, 60.0)

OPENED: Final = 60.0
"""Simulated seconds after a change of status by which a server's live socket is open: each waits for a ticket."""
HOUR: Final = 120.0
"""Simulated seconds that stand for the hour between two attempts to reach what may never be reached."""

_INTERVALS: Final = ("SESSION_INTERVAL", "LIST_INTERVAL", "NODES_INTERVAL")


@contextmanager
def faster(hass: HomeAssistant, factor: float) -> Iterator[None]:
    """Let all waits of the integration take a part of their time."""
    hass.data[DATA_TIMING] = replace(Timing(), live_refused=HOUR, live_unreachable=HOUR).faster(factor)
    with contextlib.ExitStack() as stack:
        for name in _INTERVALS:
            shorter = tuple(each / factor for each in getattr(panel_coordinator, name))
            stack.enter_context(patch.object(panel_coordinator, name, shorter))
        yield


class Soak:
    """One run.

    Attributes:
        world: The panel.
        entry: The entry of all its servers.
        fresh: Looks at what is shown.
        judge: Looks at what is told.
    """

    def __init__(self, hass: HomeAssistant, world: SoakPanel) -> None:
        """Prepare an entry for a panel."""
        self.hass = hass
        self.world = world
        self.tally = Tally()
        self.fresh = Freshness(hass, world, self.tally)
        self.judge = Judge(hass, world, self.tally, self.fresh.late)
        self._faults = Faults(world)
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title="panel",
            unique_id=world.account.id,
            data={
                "url": world.panel.url,
                "verify_ssl": True,
                "session": world.panel.create_session(world.account).cookie,
            },
            options={CONF_LIVE: True},
            subentries_data=[
                {
                    "data": {CONF_SERVER_ID: key},
                    "subentry_type": SUBENTRY_SERVER,
                    "title": server.name,
                    "unique_id": key,
                }
                for key, server in world.panel.fleet.servers.items()
            ],
        )
        self._followed: set[WatchedServer] = set()
        self._companions: list[asyncio.Task[None]] = []

    async def set_up(self) -> None:
        """Set the entry up."""
        self.entry.add_to_hass(self.hass)
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()
        if self.entry.state is not ConfigEntryState.LOADED:
            raise RuntimeError(f"the entry is not loaded: {self.entry.state} {self.entry.reason}")

    @property
    def client(self) -> StellarStackClient:
        """Return the client of the entry."""
        client: StellarStackClient = self.entry.runtime_data.panel.client
        return client

    def begin(self, panel_speed: float) -> None:
        """Let servers live, and look; `panel_speed` is how fast sessions grow old."""
        tick = TICK / self.world.factor
        self._companions = [
            asyncio.create_task(self._live(panel_speed)),
            asyncio.create_task(self.fresh.look(tick, self.watched)),
        ]

    async def end(self) -> list[BaseException]:
        """End that; returns what went wrong with it."""
        for companion in self._companions:
            companion.cancel()
        results = await asyncio.gather(*self._companions, return_exceptions=True)
        await self.world.close()
        return [
            result
            for result in results
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError)
        ]

    async def _live(self, panel_speed: float) -> None:
        last = time.monotonic()
        while True:
            await self.world.sleep(TICK)
            now = time.monotonic()
            self.world.age_sessions((now - last) * (panel_speed - 1))
            last = now
            if self.world.panel.running:
                self.world.live_a_little()
            self.world.forget_records()
            # Whether the machine was late since then is not known yet.
            self.judge.judge(self.fresh.looked_at)

    def watched(self) -> dict[str, bool]:
        """Return the servers that are watched, and whether their nodes tell of them."""
        for server in self.client.servers:
            if server not in self._followed:
                self._followed.add(server)
                server.channel.changes.add(partial(self._note_unseen, server))
            self._note_unseen(server)
            if not server.is_reported:
                # Only its node is heard: when the panel is back, what differs is no news.
                now = self.world.now()
                self.world.disturbed.append((server.id, now - TICK, now + TICK))
        self._followed.intersection_update(self.client.servers)
        return {server.id: server.channel.state is LiveState.FED for server in self.client.servers}

    def _note_unseen(self, server: WatchedServer) -> None:
        if self.world.panel.generation == 2 and server.channel.state is not LiveState.FED:
            self.judge.note_unseen(server.id)

    def configured(self) -> set[str]:
        """Return the ids of the servers that the entry has."""
        return {str(subentry.unique_id) for subentry in self.entry.subentries.values()}

    def _remove_gone(self) -> None:
        """Remove what the panel deleted, as a user who is told does."""
        for subentry in list(self.entry.subentries.values()):
            if (server_id := str(subentry.unique_id)) in self.world.gone:
                self.hass.config_entries.async_remove_subentry(self.entry, subentry.subentry_id)
                self.fresh.forget(server_id)
        self.world.gone.clear()

    def missing(self) -> list[str]:
        """Return what is not right with the connection and its subscriptions now."""
        problems: list[str] = []
        if self.client.state is not ConnectionState.CONNECTED:
            problems.append(f"the connection is {self.client.state}")
        wanted = self.configured()
        if self.world.panel.generation == 1:
            connections = self.world.panel.connections
            if len(connections) != 1:
                return [*problems, f"there are {len(connections)} connections"]
            subscribed = connections[0].subscriptions
            problems += [f"{server_id} is not subscribed" for server_id in sorted(wanted - subscribed)]
            problems += [f"{server_id} is subscribed still" for server_id in sorted(subscribed - wanted)]
        problems += self._missing_live()
        present = wanted & self.world.panel.fleet.servers.keys()
        problems += [f"{server_id} is not live" for server_id in sorted(present) if self.fresh.shown(server_id) is None]
        return problems

    def _missing_live(self) -> list[str]:
        """Return what is not right with the live sockets now."""
        held = Counter(each for connection in self.world.panel.live.connections for each in connection.subscriptions)
        problems = [f"{server_id} has a live socket still" for server_id in sorted(held.keys() - self.configured())]
        problems += [
            f"{server.id} is {server.channel.state}, and has {held[server.id]} live sockets"
            for server in self.client.servers
            if self._must_be_fed(server) and (server.channel.state is not LiveState.FED or held[server.id] != 1)
        ]
        return problems

    def _must_be_fed(self, server: WatchedServer) -> bool:
        """Return whether the live socket of a server is to be open by now."""
        row = self.world.panel.fleet.servers.get(server.id)
        if row is None or row.node is None or not server.needs_live_socket or server.changed_at is None:
            return False
        has_way = self.world.panel.generation == 1 or not row.node.elsewhere
        return has_way and self.hass.loop.time() - server.changed_at > OPENED / self.world.factor

    async def settle(self) -> None:
        """Wait until all is right, and stays so for a while; a machine that is late has more time for it."""
        fresh = self.fresh
        began, right_since, late_looks = fresh.clock, fresh.clock, self.tally.late_looks
        problems = self.missing()
        while fresh.clock < began + RECOVERY and fresh.clock < right_since + CALM:
            await self.world.sleep(TICK)
            if problems := self.missing():
                right_since = fresh.clock
            if self.tally.late_looks > late_looks:
                began, late_looks = fresh.clock, self.tally.late_looks
        self.tally.lost += len(problems)
        for problem in problems:
            self.tally.find(f"lost: {problem}")

    async def misbehave(self) -> None:
        """Let one thing go wrong, then everything come right."""
        fault = self.world.random.choice(self._faults.all())
        name = str(getattr(fault, "__name__", ""))
        self.tally.faults[name] += 1
        self.world.faults.append((self.world.now(), name))
        await fault()
        for server_id in self.world.gone:
            self.judge.forget(server_id)
        if self.world.gone:
            self._remove_gone()
            await self.world.sleep(2 * TICK)
        await self._faults.clear_faults()
        await self.settle()
        await self.world.sleep(self.world.random.uniform(*PEACE))

    async def look_at_memory(self) -> tracemalloc.Snapshot:
        """Return what is in memory while all consoles are full, also those of servers that print nothing just now.

        What Home Assistant keeps for a month of what was removed is left out.
        """
        for server in self.client.servers:
            text = "".join(f"[INFO]: line {number} at {self.world.now():.3f}\n" for number in range(MOST_LINES))
            server.channel._console.take_past(text)  # noqa: SLF001 - what has no socket just now gets nothing by one
            await asyncio.sleep(0)
        await self.world.sleep(2 * TICK)
        er.async_get(self.hass).deleted_entities.clear()
        dr.async_get(self.hass)._deleted_devices.clear()  # noqa: SLF001 - there is no other way
        gc.collect()
        return tracemalloc.take_snapshot()


async def try_machine(servers: int, seed: int, generation: Literal[1, 2]) -> float:
    """Return how much faster than in the field this machine can do it with ease."""
    tracemalloc.start()
    world = SoakPanel(servers, TRIAL, seed, generation)
    await world.panel.start()
    lags: list[float] = []
    async with home_assistant() as hass:
        with faster(hass, TRIAL):
            run = Soak(hass, world)
            await run.set_up()
            run.begin(1.0)
            cpu, until = time.process_time(), time.monotonic() + TRIAL_SECONDS
            while time.monotonic() < until:
                before = time.monotonic()
                await asyncio.sleep(0.02)
                lags.append(time.monotonic() - before - 0.02)
            share = (time.process_time() - cpu) / TRIAL_SECONDS
            await run.end()
            await hass.config_entries.async_unload(run.entry.entry_id)
            await hass.async_block_till_done(wait_background_tasks=True)
    await world.panel.stop()
    by_share = TRIAL * SHARE / share
    by_lag = TICK / (LAGS_A_TICK * max(percentile(lags, 0.95), 1e-3))
    print(f"share {share:.2f}, lag {percentile(lags, 0.95) * 1000:.0f} ms", file=sys.stderr)
    return max(FACTORS[0], min(FACTORS[1], by_share, by_lag))


async def choose_factor(options: argparse.Namespace) -> float:
    """Try in another process what this machine can do: there is to be one Home Assistant in each."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.soak", "--trial", "--servers", str(options.servers)),
        *("--generation", str(options.generation)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    out, _ = await process.communicate()
    return float(out.splitlines()[-1])


async def soak(options: argparse.Namespace) -> bool:
    """Run, print what came of it, and return whether all is well."""
    errors = OurErrors()
    logging.getLogger().addHandler(errors)
    logging.getLogger("custom_components").setLevel(logging.ERROR)
    factor: float = options.factor or await choose_factor(options)
    tracemalloc.start()
    world = SoakPanel(options.servers, factor, options.seed, options.generation)
    tasks_before, sockets_before = set(asyncio.all_tasks()), sockets()
    await world.panel.start()
    async with home_assistant() as hass:
        with faster(hass, factor):
            run = Soak(hass, world)
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

    with (
        patch.object(FrameDecoder, "decode", counted),
        patch.object(ServerList, "_list_servers", counted_list),
    ):
        await run.set_up()
        seconds = options.minutes * 60 if options.days is None else options.days * DAY / factor
        run.begin(options.panel_days * DAY / seconds)
        await run.settle()
        started = time.monotonic()
        warm: tracemalloc.Snapshot | None = None
        while (passed := time.monotonic() - started) < seconds or warm is None:
            await run.misbehave()
            if warm is None and passed > seconds * WARM_UP:
                warm = await run.look_at_memory()
        passed = time.monotonic() - started
        grown, lines = growth(warm, await run.look_at_memory())
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
    print(f"simulated time       {passed * factor / DAY:.2f} days in {passed / 60:.1f} min (factor {factor:.0f})")
    print(f"panel's sessions     {options.panel_days:g} days, after seven of which one ends")
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
    print(f"memory growth        {grown:+,} bytes after warm-up (less than {MOST_GROWTH:,}), most of it:")
    for line in lines:
        print(f"                     {line}")
    if late > MOST_LATE:
        print(f"The machine was late at {late:.0%} of the looks: nothing can be said. Choose a smaller --factor.")
    for text in [*tally.findings, *errors.texts[:10], *map(repr, crashed), *map(repr, ours)]:
        print(f"  {text}", file=sys.stderr)
    bad = tally.lost or tally.stale or tally.untrue or tally.missing or errors.texts or ours or crashed
    return not (bad or sockets_left > 0 or grown >= MOST_GROWTH or late > MOST_LATE)


def main() -> None:
    """Run, each generation in a process of its own, and print one after the other."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--generation", type=int, choices=(1, 2), help="of the panel (default: both at once)")
    parser.add_argument("--minutes", type=float, default=3.0, help="how long faults come, at any speed")
    parser.add_argument("--days", type=float, help="for how many simulated days they come, instead")
    parser.add_argument("--servers", type=int, default=100)
    parser.add_argument("--panel-days", type=float, default=10, help="days by which the panel's sessions age meanwhile")
    parser.add_argument(
        "--factor", type=float, help="how much faster than real time (default: what the machine can do)"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--trial", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.trial:
        print(asyncio.run(try_machine(options.servers, options.seed, options.generation)))
    elif options.generation:
        sys.exit(0 if asyncio.run(soak(options)) else 1)
    else:
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
