"""Let a real Home Assistant live with a panel that fails at random, for days of simulated time.

Usage: python -m benchmarks.soak [--days 0.35] [--panel-days 10] [--servers 200] [--factor 100] [--seed 1]

All of the integration's waits and the panel's tick run faster by the same factor: at 100 the tick of 5 s takes 50 ms,
and a day 14.4 minutes. The panel's clock, by which its sessions end, runs faster still, so that a session has to be
kept alive over many days. Faults come one after the other, each followed by a calm in which everything
must come right again; servers change, are renamed, deleted and added all the time. Looked at on each tick: whatever
is shown as available is what the panel last sent. Ends with 1 when something stale was shown as live, a subscription
was lost, or tasks, sockets or memory were left.
"""

import argparse
import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
import contextlib
from contextlib import contextmanager
from dataclasses import dataclass, field
import gc
import logging
from pathlib import Path
import random
import sys
import time
import tracemalloc
from typing import Any, override
from unittest.mock import patch

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack import coordinator, lifecycle
from custom_components.stellarstack.client import ConnectionState, client, http, socket
from custom_components.stellarstack.client.frames import FrameDecoder, Message
from custom_components.stellarstack.const import CONF_KNOWN_SERVERS, CONF_SERVER_ID, DOMAIN, SUBENTRY_SERVER
from simulator import Panel
from simulator.accounts import Account
from simulator.v1.servers import Node, Server

from .harness import home_assistant

DAY = 86400.0
TICK = 5.0
STALE_AFTER = client.STALE_AFTER
MOST_GROWTH = 2 * 1024 * 1024
WARM_UP = 0.25
"""The part of the time after which memory is first measured."""
RECOVERY = 600.0
"""Simulated seconds within which everything must be right again once a fault has ended: the longest backoff, twice."""
CALM = 20.0
SECONDS = {
    socket: (
        *("COOKIE_GRACE", "PING_INTERVAL", "SILENCE", "STALL", "CHECK_INTERVAL", "FIRST_DELAY", "LONGEST_DELAY"),
        *("CLOSE_TIMEOUT", "SUBSCRIBE_PAUSE"),
    ),
    client: ("STALE_AFTER", "CONNECT_TIMEOUT"),
    http: ("TIMEOUT",),
    coordinator: ("FIRST_SYNC_TIMEOUT", "TICK", "SESSION_INTERVAL", "LIST_INTERVAL", "NODES_INTERVAL"),
    lifecycle: ("RESTART_TIMEOUT",),
}
"""All waits of the integration, which run faster."""


def sockets() -> int:
    """Return how many sockets this process has open."""
    links = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            links.append(str(descriptor.readlink()))
    return sum(link.startswith("socket:") for link in links)


@contextmanager
def faster(factor: float) -> Iterator[None]:
    """Let all waits of the integration take a part of their time."""

    def shorter(value: Any) -> Any:
        return tuple(each / factor for each in value) if isinstance(value, tuple) else value / factor

    with contextlib.ExitStack() as stack:
        for module, names in SECONDS.items():
            for name in names:
                stack.enter_context(patch.object(module, name, shorter(getattr(module, name))))
        yield


class Errors(logging.Handler):
    """Keeps what was logged as an error."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record, at most a hundred."""
        if len(self.texts) < 100:
            self.texts.append(logging.Formatter("%(name)s: %(message)s").format(record))


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
    status: str
    since: float
    known_since: float | None
    arrived: float


@dataclass
class Tally:
    """What is counted."""

    frames: int = 0
    looks: int = 0
    compared: int = 0
    lost: int = 0
    stale: int = 0
    worst_lag: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    def find(self, text: str) -> None:
        """Keep what a finding was about, of the first ones."""
        if len(self.findings) < 20:
            self.findings.append(text)


class Soak:
    """One run."""

    def __init__(self, hass: HomeAssistant, panel: Panel, account: Account, options: argparse.Namespace) -> None:
        """Prepare a panel with its servers."""
        self.hass = hass
        self.panel = panel
        self.account = account
        self.factor: float = options.factor
        # How fast the panel's own clock runs, by which its sessions end.
        self.panel_speed: float = options.panel_days / options.days * options.factor
        self.random = random.Random(options.seed)
        self.tally = Tally()
        self.nodes: list[Node] = [panel.add_node(f"Node {number}") for number in range(4)]
        self._syncs: dict[str, Sync] = {}
        self._by_frame: dict[bytes, Sync] = {}
        self.clock = 0.0
        self._created = 0
        self._memory = 1024
        self._suspects: dict[str, float] = {}
        self._entities: dict[str, tuple[str, str]] = {}
        self._gone: list[str] = []
        for _ in range(options.servers):
            self.add_server()
        self.entry = self._entry()
        sync_frame = panel.fleet.sync_frame

        def note(server: Server) -> bytes:
            frame = sync_frame(server)
            self._note_sent(server, frame)
            return frame

        # The panel serialises a server when it sends it, and only then.
        panel.fleet.sync_frame = note  # type: ignore[method-assign] # what is sent is noted

    def _entry(self) -> MockConfigEntry:
        return MockConfigEntry(
            domain=DOMAIN,
            title="panel",
            unique_id=self.account.id,
            data={
                "url": self.panel.url,
                "verify_ssl": True,
                "session": self.panel.create_session(self.account).cookie,
                CONF_KNOWN_SERVERS: sorted(self.panel.fleet.servers),
            },
            subentries_data=[
                {
                    "data": {CONF_SERVER_ID: key},
                    "subentry_type": SUBENTRY_SERVER,
                    "title": server.name,
                    "unique_id": key,
                }
                for key, server in self.panel.fleet.servers.items()
            ],
        )

    def real(self, seconds: float) -> float:
        """Return how long simulated seconds really take."""
        return seconds / self.factor

    async def sleep(self, seconds: float) -> None:
        """Let simulated seconds pass."""
        await asyncio.sleep(self.real(seconds))

    # The panel's life.

    def add_server(self) -> None:
        """Create a server; the integration finds it by itself."""
        number = self._created
        self._created += 1
        self.panel.add_server(
            f"Server {number}", owner=self.account, node=self.nodes[number % len(self.nodes)], server_id=f"srv_{number}"
        )

    def _note_sent(self, server: Server, frame: bytes) -> None:
        sync = self._syncs.get(server.id)
        if sync is not None and sync.frame is frame:
            return
        if sync is not None:
            self._by_frame.pop(sync.frame, None)
        arrived = sync.arrived if sync is not None else float("-inf")
        memory = str(server.fields["memory"])
        sync = self._syncs[server.id] = Sync(frame, memory, server.status.lower(), self.clock, None, arrived)
        self._by_frame[frame] = sync

    def note_arrived(self, frame: bytes) -> None:
        """Take note of a frame that the client is about to read."""
        self.tally.frames += 1
        if (sync := self._by_frame.get(frame)) is not None:
            sync.arrived = self.clock
            if sync.known_since is None:
                sync.known_since = self.clock

    def _some(self) -> Server:
        return self.random.choice(list(self.panel.fleet.servers.values()))

    def live_a_little(self) -> None:
        """Let a few things happen to servers, none of them a fault."""
        for _ in range(3):
            self._memory += 1
            self.panel.edit(self._some().id, memory=self._memory)
        statuses = ("RUNNING", "STOPPED", "STARTING", "STOPPING", "ERROR", "INSTALLING", "RESTORING")
        self.panel.set_status(self._some().id, self.random.choice(statuses))
        chance = self.random.random()
        if chance < 0.05:
            server = self._some()
            self.panel.update_server(server.id, name=f"Server {server.id[4:]} {self.random.randrange(3)}")
        elif chance < 0.06:
            node = self.random.choice(self.nodes)
            self.panel.set_node_online(node.id, heartbeat=self.random.random() < 0.7)

    async def live(self) -> None:
        """Live until cancelled."""
        last = time.monotonic()
        while True:
            await self.sleep(TICK)
            now = time.monotonic()
            self.panel.advance((now - last) * (self.panel_speed - 1))
            last = now
            self.live_a_little()
            # What the simulator keeps for tests is not what is measured here.
            self.panel.requests.clear()
            self.panel.request_headers.clear()
            self.panel.received.clear()
            for connection in self.panel.connections:
                connection.received.clear()

    def replace_server(self) -> None:
        """Delete a server, with or without a word, and create another; the user removes the old one later."""
        server = self._some()
        self.panel.delete_server(server.id, announce=self.random.random() < 0.5)
        self._gone.append(server.id)
        self.add_server()

    def remove_gone(self) -> None:
        """Remove what the panel deleted, as a user who is told does."""
        for subentry in list(self.entry.subentries.values()):
            if subentry.unique_id in self._gone:
                self.hass.config_entries.async_remove_subentry(self.entry, subentry.subentry_id)
                if (sync := self._syncs.pop(str(subentry.unique_id), None)) is not None:
                    self._by_frame.pop(sync.frame, None)
                self._entities.pop(str(subentry.unique_id), None)
        self._gone.clear()

    # What is looked at.

    def configured(self) -> set[str]:
        """Return the ids of the servers that the entry has."""
        return {str(subentry.unique_id) for subentry in self.entry.subentries.values()}

    def _shown(self, server_id: str) -> tuple[str, str] | None:
        """Return the memory and the status that Home Assistant shows, None when it shows none."""
        if (names := self._entities.get(server_id)) is None:
            registry = er.async_get(self.hass)
            found = [
                registry.async_get_entity_id("sensor", DOMAIN, f"{server_id}_{key}") for key in ("memory", "status")
            ]
            if found[0] is None or found[1] is None:
                return None
            names = self._entities[server_id] = (found[0], found[1])
        states = [self.hass.states.get(name) for name in names]
        if states[0] is None or states[1] is None or STATE_UNAVAILABLE in {states[0].state, states[1].state}:
            return None
        return states[0].state, states[1].state

    def _is_wrong(self, server_id: str, now: float) -> str | None:
        """Return in which way a server that is shown as live is not, None when it is right or not shown."""
        if (shown := self._shown(server_id)) is None:
            return None
        self.tally.compared += 1
        if (sync := self._syncs.get(server_id)) is None:
            return "was never sent"
        if now - sync.arrived > STALE_AFTER + 2 * TICK:
            return f"last arrived {now - sync.arrived:.0f} s ago"
        server = self.panel.fleet.servers.get(server_id)
        memory, status = {sync.memory}, {sync.status}
        if server is not None:
            # News come between the ticks, too.
            memory.add(str(server.fields["memory"]))
            status.add(server.status.lower())
        if shown[0] in memory and shown[1] in status:
            return None
        if sync.known_since is None:
            # On its way, or lost on it.
            return None if now - sync.since < RECOVERY else f"shows {shown}, {memory}, {status} never arrived"
        return None if now - sync.known_since < TICK else f"shows {shown}, the panel has {memory}, {status}"

    async def look(self) -> None:
        """Compare all that is shown with what was sent, on each tick, until cancelled.

        The clock of the comparison stands still while the event loop is busy: thousands of entities that go and come
        back take it a second, in which neither the panel nor the integration does anything else.
        """
        while True:
            before = time.monotonic()
            await self.sleep(TICK)
            passed = (time.monotonic() - before) * self.factor
            self.clock += min(passed, 1.5 * TICK)
            self.tally.worst_lag = max(self.tally.worst_lag, self.real(passed - TICK))
            self.tally.looks += 1
            for server_id in self.configured():
                wrong = self._is_wrong(server_id, self.clock)
                if wrong is None:
                    self._suspects.pop(server_id, None)
                elif self.clock - self._suspects.setdefault(server_id, self.clock) > TICK:
                    # Wrong for more than a tick, seen twice at the least; counted once.
                    self._suspects[server_id] = float("inf")
                    self.tally.stale += 1
                    self.tally.find(f"stale: {server_id} {wrong}")

    def missing(self) -> list[str]:
        """Return what is not right with the connection and its subscriptions now."""
        problems: list[str] = []
        data = self.entry.runtime_data
        if data.panel.client.state is not ConnectionState.CONNECTED:
            problems.append(f"the connection is {data.panel.client.state}")
        if len(self.panel.connections) != 1:
            return [*problems, f"there are {len(self.panel.connections)} connections"]
        subscribed, wanted = self.panel.connections[0].subscriptions, self.configured()
        problems += [f"{server_id} is not subscribed" for server_id in sorted(wanted - subscribed)]
        problems += [f"{server_id} is subscribed still" for server_id in sorted(subscribed - wanted)]
        present = wanted & self.panel.fleet.servers.keys()
        problems += [f"{server_id} is not live" for server_id in sorted(present) if self._shown(server_id) is None]
        return problems

    async def settle(self) -> None:
        """Wait until all is right, and stays so for a while."""
        deadline, right_since = self.clock + RECOVERY, self.clock
        problems = self.missing()
        while self.clock < deadline and self.clock - right_since < CALM:
            await self.sleep(TICK)
            if problems := self.missing():
                right_since = self.clock
        self.tally.lost += len(problems)
        for problem in problems:
            self.tally.find(f"lost: {problem}")

    # Faults.

    async def _for_a_while(self, shortest: float = 2.0, longest: float = 90.0) -> None:
        await self.sleep(self.random.uniform(shortest, longest))

    async def cut(self) -> None:
        """The line is cut."""
        self.panel.drop_clients()

    async def cut_often(self) -> None:
        """The line is cut again and again."""
        for _ in range(4):
            self.panel.drop_clients()
            await self._for_a_while(1, 15)

    async def cut_in_frame(self) -> None:
        """The line is cut within a frame."""
        for connection in self.panel.connections:
            connection.abort_in_frame()

    async def close(self) -> None:
        """The panel closes, with a code."""
        self.panel.drop_clients(self.random.choice((1000, 1001, 1008, 1011, 1012)))

    async def half_open(self) -> None:
        """The connection is dead and nobody says so."""
        self.panel.freeze()
        await self._for_a_while(30, 90)
        self.panel.drop_clients()
        self.panel.thaw()

    async def silent(self) -> None:
        """The tick rests."""
        self.panel.pause_ticks = True
        await self._for_a_while(5, 120)

    async def skipped(self) -> None:
        """A query of the panel fails."""
        self.panel.skip_ticks(self.random.randrange(1, 4))
        await self._for_a_while(5, 20)

    async def silent_servers(self) -> None:
        """Some servers are silent."""
        self.panel.silent_servers = {self._some().id for _ in range(5)}
        await self._for_a_while(10, 60)

    async def hung(self) -> None:
        """Upgrades are not answered."""
        self.panel.hang_upgrades = True
        self.panel.drop_clients()
        await self._for_a_while(5, 60)
        # Those that hang do so for good: only a restart ends them.
        self.panel.hang_upgrades = False
        await self.restart()

    async def refused(self) -> None:
        """Upgrades are refused."""
        self.panel.fail("/api/ws", self.random.choice((400, 502)), b"")
        self.panel.drop_clients()
        await self._for_a_while(5, 60)

    async def no_rest(self) -> None:
        """REST fails while the socket works, and after it was cut."""
        for path in ("/api/servers", "/api/auth/get-session", "/api/nodes", "/api/ws/token"):
            self.panel.fail(path, 500)
        if self.random.random() < 0.5:
            self.panel.drop_clients()
        await self._for_a_while(10, 400)

    async def unwelcome(self) -> None:
        """The panel accepts no cookie by itself and waits for the token."""
        self.panel.silent_welcome = True
        self.panel.drop_clients()
        await self._for_a_while(5, 60)

    async def restart(self) -> None:
        """The panel restarts, at the same port."""
        await self.panel.stop()
        await self._for_a_while(1, 60)
        await self.panel.start()

    async def garbage(self) -> None:
        """Frames come that are none of ours, or nobody's."""
        for _ in range(50):
            await self.panel.send_bytes_as_text(self.random.randbytes(self.random.randrange(100)))
            await self.panel.send_raw(self.random.randbytes(20))
            await self.panel.send_raw('{"type":"server:sync","data":' + "[" * self.random.randrange(2000))
            await self.panel.send_raw('{"type":"server:deleted","data":{"id":"of somebody else"}}')
            await self.panel.send_raw(
                f'{{"type":"new:{self.random.random()}","serverId":"srv_1","data":{{"memory":7}}}}'
            )

    async def refused_message(self) -> None:
        """The panel refuses a message."""
        await self.panel.send_raw('{"type":"error","error":"Authentication required to subscribe"}')

    async def replaced(self) -> None:
        """Servers are deleted, and others created; the socket may be cut meanwhile."""
        for _ in range(2):
            self.replace_server()
        if self.random.random() < 0.3:
            self.panel.drop_clients()
        # The next list of the servers brings the new ones.
        await self._for_a_while(310, 330)
        self.remove_gone()
        await self.sleep(2 * TICK)

    async def doubled(self) -> None:
        """Each frame comes twice."""
        self.panel.network.copies = 2
        await self._for_a_while(5, 30)

    async def heal(self) -> None:
        """End the fault."""
        self.panel.clear_faults()
        self.panel.network.copies = 1
        self.panel.silent_servers = set()
        self.panel.pause_ticks = self.panel.silent_welcome = self.panel.hang_upgrades = False
        if not self.panel.running:
            await self.panel.start()

    async def misbehave(self) -> None:
        """Let one thing go wrong, then everything come right."""
        faults: tuple[Callable[[], Awaitable[None]], ...] = (
            *(self.cut, self.cut_often, self.cut_in_frame, self.close, self.half_open, self.silent, self.skipped),
            *(self.silent_servers, self.hung, self.refused, self.no_rest, self.unwelcome, self.restart, self.garbage),
            *(self.refused_message, self.replaced, self.doubled),
        )
        fault = self.random.choice(faults)
        self.tally.faults[str(getattr(fault, "__name__", ""))] += 1
        await fault()
        await self.clear_faults()
        await self.settle()

    def memory(self) -> int:
        """Return the bytes in use, without what Home Assistant keeps for a month of what was removed."""
        er.async_get(self.hass).deleted_entities.clear()
        dr.async_get(self.hass)._deleted_devices.clear()  # noqa: SLF001 - there is no other way
        gc.collect()
        return tracemalloc.get_traced_memory()[0]


async def soak(options: argparse.Namespace) -> bool:
    """Run, print what came of it, and return whether all is well."""
    errors = Errors()
    logging.getLogger().addHandler(errors)
    logging.getLogger("custom_components").setLevel(logging.ERROR)
    tracemalloc.start()
    panel = Panel(
        tick=TICK / options.factor,
        limits=False,
        drain=0,
        speed=options.factor,
        auth_delay=0.001,
    )
    account = panel.add_account("alex@example.com", "x", role="admin")
    await panel.start()
    tasks_before, sockets_before = set(asyncio.all_tasks()), sockets()
    async with home_assistant() as hass:
        with faster(options.factor):
            run = Soak(hass, panel, account, options)
            ok = await _live_through(run, options, errors, tasks_before, sockets_before)
    await panel.stop()
    return ok


async def _live_through(
    run: Soak, options: argparse.Namespace, errors: Errors, tasks_before: set[asyncio.Task[Any]], sockets_before: int
) -> bool:
    hass, panel, tally, entry = run.hass, run.panel, run.tally, run.entry
    decode = FrameDecoder.decode

    def counted(decoder: FrameDecoder, frame: bytes) -> Message | None:
        run.note_arrived(frame)
        return decode(decoder, frame)

    with patch.object(FrameDecoder, "decode", counted):
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()
        if entry.state is not ConfigEntryState.LOADED:
            raise RuntimeError(f"the entry is not loaded: {entry.state} {entry.reason} {errors.texts}")
        companions = [asyncio.create_task(run.live()), asyncio.create_task(run.look())]
        await run.settle()
        seconds = options.days * DAY / options.factor
        started = time.monotonic()
        warm, rounds = 0, 0
        while (passed := time.monotonic() - started) < seconds:
            await run.misbehave()
            rounds += 1
            if not warm and passed > seconds * WARM_UP:
                warm = run.memory()
        passed = time.monotonic() - started
        growth = run.memory() - warm
        tasks_live, sockets_live = len(asyncio.all_tasks()), sockets()
        for companion in companions:
            companion.cancel()
        results = await asyncio.gather(*companions, return_exceptions=True)
        reconnects = panel.upgrades - 1
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done(wait_background_tasks=True)
    with contextlib.suppress(TimeoutError):
        await panel.wait_for(lambda panel: not panel.connections)
    # Home Assistant keeps its connections to the panel open until it stops.
    await hass.async_stop(force=True)
    await asyncio.sleep(0.5)
    left = [
        task for task in asyncio.all_tasks() - tasks_before if not task.done() and task is not asyncio.current_task()
    ]
    ours = [task for task in left if "stellarstack" in task.get_name() or "stellarstack" in repr(task.get_coro())]
    sockets_left = sockets() - sockets_before
    crashed = [result for result in results if not isinstance(result, asyncio.CancelledError)]

    print(
        f"simulated time       {passed * options.factor / DAY:.2f} days in {passed / 60:.1f} min (factor {options.factor:g})"
    )
    print(f"panel's clock        {options.panel_days:g} days, by which its sessions end")
    print(f"servers              {options.servers}, tick {TICK / options.factor * 1000:.0f} ms, seed {options.seed}")
    print(
        f"faults               {rounds}: {', '.join(f'{name} {count}' for name, count in sorted(tally.faults.items()))}"
    )
    print(f"reconnects           {reconnects}")
    print(f"frames               {tally.frames:,}")
    print(
        f"looks                {tally.looks:,} at {tally.compared:,} live servers, at most {tally.worst_lag * 1000:.0f} ms late"
    )
    print(f"lost subscriptions   {tally.lost}")
    print(f"stale shown as live  {tally.stale}")
    print(f"errors in the log    {len(errors.texts)}")
    print(f"tasks                {tasks_live} at work, {len(ours)} of ours after unloading")
    print(f"sockets              {sockets_live} at work, {sockets_left} left at the end")
    print(f"memory growth        {growth:+,} bytes after warm-up (less than {MOST_GROWTH:,})")
    for text in [*tally.findings, *errors.texts[:10], *map(repr, crashed), *map(repr, ours)]:
        print(f"  {text}", file=sys.stderr)
    return not (
        tally.lost
        or tally.stale
        or errors.texts
        or ours
        or crashed
        or sockets_left > 0
        or growth >= MOST_GROWTH
        or not warm
    )


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--days", type=float, default=0.35, help="simulated days; 0.35 take five minutes")
    parser.add_argument("--servers", type=int, default=200)
    parser.add_argument("--panel-days", type=float, default=10, help="days that pass on the panel's clock meanwhile")
    parser.add_argument("--factor", type=float, default=100.0, help="how much faster than real time")
    parser.add_argument("--seed", type=int, default=1)
    sys.exit(0 if asyncio.run(soak(parser.parse_args())) else 1)


if __name__ == "__main__":
    main()
