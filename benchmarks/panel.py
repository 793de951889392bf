"""A panel in a process of its own, told what to do line by line.

Usage: python -m benchmarks.panel SERVERS [--tick SECONDS] [--beside]

It answers each JSON line of its standard input with one on its standard output; the first line says where it is. The
servers tick by themselves only when `--tick` says so. `--beside` also serves the same servers as other panels do.
"""

import argparse
import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
import itertools
import json
import random
import sys
import time
from typing import Any, Literal
import uuid

from aiohttp import web
import orjson

from simulator import Panel
from simulator.fleet import Server
from simulator.machine import Sample
from simulator.sockets import Connection
from simulator.wire import json_bytes

from .lag import LAG_EVERY, lag_measured, spread
from .pterodactyl import PterodactylApi, serve

EMAIL = "bench@example.com"
PASSWORD = "bench"
NEVER = 1e9
DAY = 86_400
FULL = 4 * 1024 * 1024
REST_HEADER = "X-Bench"
"""Marks the calls of the `rest` integration, which asks the same panel."""
PACE = 0.002
"""Seconds between two samples of a server, in a burst of them."""
TURNS: dict[str, Callable[[int], dict[str, Any]]] = {
    "memory": lambda number: {"memory": 1024 + number},
    "status": lambda number: {"status": ("STARTING", "RUNNING", "STOPPING", "STOPPED")[number % 4]},
}
"""What differs from one sync of a server to the next, by the name of the burst."""


class BenchPanel:
    """The panel and what it can be told."""

    def __init__(
        self, servers: int, tick: float, generation: Literal[1, 2], version: Literal["newer", "1.2.0"]
    ) -> None:
        """Fill a panel with running servers of one account, on a node for each fifty of them.

        In generation 2, all are on the panel's own host, as only those have live sockets.
        """
        self.panel = Panel(
            generation=generation, version=version, tick=tick, limits=False, report_interval=None, drain=0
        )
        self.account = self.panel.add_account(EMAIL, PASSWORD)
        self.servers: list[Server] = []
        self.api: PterodactylApi | None = None
        self._rounds = itertools.count(1)
        self._turns: defaultdict[int, Iterator[int]] = defaultdict(itertools.count)
        self._changes: asyncio.Task[None] | None = None
        self._changed: list[tuple[str, str, float]] = []
        self._counted: list[tuple[float, int]] = []
        self._lags: Counter[float] = Counter()
        self._watch: asyncio.Task[None] | None = None
        self._days: dict[str, list[bytes]] = {}
        node = self.panel.add_node("Node 0")
        for number in range(servers):
            if number and number % 50 == 0 and generation == 1:
                node = self.panel.add_node(f"Node {number // 50}")
            self.servers.append(
                self.panel.add_server(
                    f"Server {number}",
                    owner=self.account,
                    node=node,
                    server_id=str(uuid.UUID(int=number)),
                    description="A server for friends, open in the evening",
                )
            )

    def hello(self) -> dict[str, Any]:
        """Say where the panel is and what to come with."""
        session = self.panel.create_session(self.account)
        return {
            "url": self.panel.url,
            "session": session.cookie,
            "token": session.token,
            "user_id": self.account.id,
            "servers": {server.id: server.name for server in self.servers},
        }

    async def subscribed(self, count: int) -> None:
        """Wait until each connection has that many subscriptions, then send all syncs."""
        await self.panel.wait_for(
            lambda _: bool(self._open) and all(len(each.subscriptions) >= count for each in self._open), timeout=120
        )
        for connection in self._open:
            self._tick(connection)

    async def again(self, count: int) -> None:
        """Do the same for the next connection."""
        upgrades = self.panel.upgrades
        await self.panel.wait_for(lambda panel: panel.upgrades > upgrades, timeout=120)
        await self.subscribed(count)

    async def add(self) -> dict[str, str]:
        """Create one more server."""
        server = self.panel.add_server(f"Server {len(self.servers)}", owner=self.account, node=self.servers[0].node)
        self.servers.append(server)
        return {"id": server.id, "name": server.name}

    async def sync(self, server_id: str) -> None:
        """Send the sync of one server, once somebody subscribed to it."""
        await self.panel.wait_for(lambda _: any(server_id in each.subscriptions for each in self._open), timeout=60)
        for connection in self._open:
            connection.send(self.panel.fleet.sync_frame(self.panel.fleet.servers[server_id]), server_id=server_id)

    async def burst(self, kind: str, ticks: int, to: int = 0) -> str:
        """Send all syncs again and again, changed each time as `kind` says or not at all, then one more change.

        They go to one connection, `to` in the order in which they came. The last frame, an update of the first
        server's description, which no entity shows, tells the receiver that it has seen everything; the description is
        returned.
        """
        connection = self._open[to]
        change = TURNS.get(kind)
        if change is None:
            await self._send_at_once(connection, self._all_syncs(), ticks)
        else:
            for _ in range(ticks):
                fields = change(next(self._turns[to]))
                for server in self.servers:
                    self.panel.fleet.edit(server, fields)
                await self._send_at_once(connection, self._all_syncs(), 1)
        mark = f"Burst {next(self._rounds)}"
        first = self.servers[0]
        self.panel.fleet.edit(first, {"description": mark})
        frame = {"type": "server:updated", "serverId": first.id, "data": {"id": first.id, "description": mark}}
        connection.send(json_bytes(frame), server_id=first.id)
        connection.received.clear()
        return mark

    async def status(self, server_id: str, status: str) -> float:
        """Change a status as the panel does, which tells it at once; returns the monotonic time before."""
        now = time.monotonic()
        self.panel.set_status(server_id, status)
        return now

    async def samples(self, ticks: int) -> int:
        """Send that many samples to each live socket, and none afterwards.

        The MiB that the last one tells are returned.
        """
        self.panel.live.pause_ticks = True
        last = next(self._rounds)
        for number in range(ticks):
            frame = _framed(_sample(number, last if number == ticks - 1 else number + 100_000))
            for connection in self.panel.live.connections:
                transport = connection._protocol.transport  # noqa: SLF001 - there is no other way
                assert transport is not None
                transport.write(frame)
            # One frame after the other, as nodes send them.
            await asyncio.sleep(PACE)
        return last

    async def flood(self, lines: int) -> None:
        """Let the consoles print that many lines a second, 0 for none."""
        self.panel.live.flood(lines)

    async def flooded(self) -> int:
        """Return how many lines they have printed so far."""
        return self.panel.live.flooded

    async def live(self, every: float, seed: int) -> None:
        """Toggle the status of a random server again and again, until `changes` is asked for."""
        choice = random.Random(seed)

        async def run() -> None:
            while True:
                await asyncio.sleep(choice.uniform(0.5, 1.5) * every)
                server = choice.choice(self.servers)
                status = "STOPPED" if server.status == "RUNNING" else "RUNNING"
                self._changed.append((server.id, status.lower(), time.monotonic()))
                self.panel.set_status(server.id, status)

        self._changes = asyncio.create_task(run())

    async def changes(self) -> list[tuple[str, str, float]]:
        """End what `live` began; returns server, new status and monotonic time of each change."""
        if self._changes is not None:
            self._changes.cancel()
            await asyncio.gather(self._changes, return_exceptions=True)
        return self._changed

    async def requests(self) -> dict[str, int]:
        """Return how many REST calls came, by what they asked for, since the last time this was asked."""
        headers = [found for *_, found in self.panel.request_headers]
        rest = sum(REST_HEADER in found for found in headers)
        self.panel.requests.clear()
        self.panel.request_headers.clear()
        polls = self.api.requests if self.api is not None else 0
        if self.api is not None:
            self.api.requests = 0
        return {"ours": len(headers) - rest, "rest": rest, "pterodactyl": polls}

    async def watch(self) -> None:
        """Count calls, and watch how late this process is, until `watched` is asked for."""

        async def run() -> None:
            async with lag_measured() as self._lags:
                while True:
                    self._counted.append((time.monotonic(), len(self.panel.requests)))
                    await asyncio.sleep(LAG_EVERY)

        self._watch = asyncio.create_task(run())

    async def watched(self) -> dict[str, Any]:
        """End what `watch` began; returns all calls, the most in a second, and how late this process was."""
        if self._watch is not None:
            self._watch.cancel()
        (_, first), (_, last) = self._counted[0], self._counted[-1]
        names = Counter(f"{method} {path.rpartition('/')[2]}" for method, path in self.panel.requests[first:last])
        most, begin = 0, 0
        for at, calls in self._counted:
            while self._counted[begin][0] <= at - 1:
                begin += 1
            most = max(most, calls - self._counted[begin][1])
        return {
            "calls": last - first,
            "names": dict(names.most_common(6)),
            "most_a_second": most,
            "lag_ms": spread(self._lags.elements()),
        }

    async def day(self, players: dict[str, int]) -> None:
        """Let servers run for a day already, with so many players; their live sockets get nothing by themselves."""
        self.panel.live.pause_ticks = True
        for server_id, count in players.items():
            game = self.panel.machine.game(server_id)
            game.players[:] = game.visitors[:count]
            game.started_at = self.panel.machine.now() - DAY
            samples = self.panel.machine.live.samples_before(game, DAY)
            self._days[server_id] = [self._sample_frame(server_id, sample) for sample in samples]

    async def frames(self, server_id: str, second: int, count: int) -> list[str]:
        """Return the samples of that day from a second on, as a node sends them."""
        return [frame.decode() for frame in self._days[server_id][second : second + count]]

    async def at(self, second: int) -> None:
        """Show the usage at a second of that day to those who poll."""
        assert self.api is not None
        self.api.usage = lambda server_id: _arguments(self._days[server_id][second])

    def usage(self, server_id: str) -> dict[str, Any] | None:
        """Return what a node tells of a server just now; None for one that does not run."""
        sample = self.panel.machine.sample(server_id)
        return None if sample is None else _arguments(self._sample_frame(server_id, sample))

    def _sample_frame(self, server_id: str, sample: Sample) -> bytes:
        sockets = self.panel.live._live  # noqa: SLF001 - there is no other way
        sockets._rows.setdefault(server_id, self.panel.fleet.servers[server_id])  # noqa: SLF001 - the same
        return sockets._sample_frame(server_id, sample)  # noqa: SLF001 - the same

    @property
    def _open(self) -> list[Connection]:
        return self.panel.connections

    def _tick(self, connection: Connection) -> None:
        frame: Callable[[Server], bytes] = self.panel.fleet.sync_frame
        for server in self.servers:
            if server.id in connection.subscriptions:
                connection.send(frame(server), server_id=server.id)

    def _all_syncs(self) -> bytes:
        return b"".join(_framed(self.panel.fleet.sync_frame(server)) for server in self.servers)

    async def _send_at_once(self, connection: Connection, frames: bytes, times: int) -> None:
        """Send frames as fast as the line takes them, so that the receiver never waits for this process.

        Short ones go together: a receiver that is woken for a few frames pays for its waking, not for them.
        """
        transport = connection._protocol.transport  # noqa: SLF001 - there is no other way
        assert transport is not None
        together = max(1, FULL // len(frames))
        for sent in range(0, times, together):
            transport.write(frames * min(together, times - sent))
            while transport.get_write_buffer_size() > FULL:  # noqa: ASYNC110 - the simulator has no event for that
                await asyncio.sleep(0.001)


def _arguments(frame: bytes) -> dict[str, Any]:
    found: dict[str, Any] = orjson.loads(frame)["args"][0]
    return found


def _sample(number: int, memory: int) -> bytes:
    """Return a sample as a node of generation 2 sends it."""
    sample = {
        "cpu_absolute": 7.598808308308308 + number,
        "disk_bytes": 0,
        "disk_read_bytes": 4096,
        "disk_write_bytes": 16384,
        "memory_bytes": memory * 2**20,
        "memory_limit_bytes": 4294967296,
        "network": {"rx_bytes": 2090 * number, "tx_bytes": 1265 * number},
        "state": "running",
        "uptime_ms": 1000 * number,
    }
    return orjson.dumps({"args": [sample], "event": "stats"})


def _framed(text: bytes) -> bytes:
    """Return a text frame of the WebSocket protocol, of the length that a sync has."""
    return b"\x81\x7e" + len(text).to_bytes(2) + text


async def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("servers", type=int)
    parser.add_argument("--tick", type=float, default=NEVER)
    parser.add_argument("--beside", action="store_true")
    parser.add_argument("--generation", type=int, choices=(1, 2), default=1)
    parser.add_argument("--panel-version", choices=("newer", "1.2.0"), default="newer")
    options = parser.parse_args()
    bench = BenchPanel(options.servers, options.tick, options.generation, options.panel_version)
    await bench.panel.start()
    hello = bench.hello()
    beside: web.AppRunner | None = None
    if options.beside:
        bench.api = PterodactylApi(bench.servers, bench.usage)
        beside, hello["beside"] = await serve(bench.api)
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    print(json.dumps(hello), flush=True)
    while line := await reader.readline():
        do, *arguments = orjson.loads(line)
        print(json.dumps(await getattr(bench, do)(*arguments)), flush=True)
    await bench.panel.stop()
    if beside is not None:
        await beside.cleanup()


if __name__ == "__main__":
    asyncio.run(main())
