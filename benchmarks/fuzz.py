"""Feed the client frames that no panel should send, a million of them by default, without a network.

Usage: python -m benchmarks.fuzz [--frames 1000000] [--seed 1]

Each frame goes the whole way of a frame, but for the network: the socket's reader, the decoder, what is known of the
server, which status is shown, what happened, and the questions that follow, answered at random. Among the frames are
random bytes and random JSON, real syncs, status changes and rows of both payload variants as the simulator serialises
them, and mutations of all these. Time runs a thousand times faster. Ends with 1 when anything was raised or logged as
an error, when a deadline makes no sense, when memory grew by more than 1 MiB after the first tenth, or when at the end
a good frame of some server is not understood.
"""

import argparse
import asyncio
from collections import Counter, deque
from dataclasses import dataclass, replace
import gc
import logging
import math
import random
import sys
import time
import tracemalloc
from typing import Any, override
from unittest.mock import patch

from aiohttp import ClientSession, WSMsgType
import orjson

from custom_components.stellarstack.client import client as client_module
from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import PanelConnectionError
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.messages import Cause, Evidence
from custom_components.stellarstack.client.models import Account, Server, ServerStatus
from custom_components.stellarstack.client.server import Update
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v1.panel import PanelV1

from .fuzz_frames import Fuzzer

WATCHED = 5
"""How many servers are watched; the others are known to the panel and not to us."""
MOST_GROWTH = 1024 * 1024
TURN = 100
"""Frames that come at once; then timers and the like get their turn."""
TIMING = replace(Timing(), first_reconnect=0.0, longest_reconnect=0.0).faster(1000)
LONGEST_DEADLINE = max(TIMING.own_restart, TIMING.stop_memory) + 2 * TIMING.unexplained


@dataclass(frozen=True, slots=True)
class Message:
    """A message as aiohttp's socket returns it."""

    type: WSMsgType
    data: bytes


class Feeder:
    """Hands frames to whoever receives, as many as it was told to."""

    def __init__(self, fuzzer: Fuzzer) -> None:
        """Hand out none yet."""
        self._fuzzer = fuzzer
        self._good: deque[bytes] = deque()
        self._left = 0
        self._more = asyncio.Event()
        self._done = asyncio.Event()
        self.fed = 0
        self.size = 0

    async def feed(self, frames: int) -> None:
        """Return when that many frames were received and what they led to is done."""
        self._left = frames
        await self._hand_out()

    async def say(self, frame: bytes) -> None:
        """Return when this frame was received."""
        self._good.append(frame)
        await self._hand_out()

    async def next_frame(self) -> bytes:
        """Return the next frame, when there is to be one."""
        while not self._good and not self._left:
            self._done.set()
            self._more.clear()
            await self._more.wait()
        if self._good:
            return self._good.popleft()
        self._left -= 1
        self.fed += 1
        if self.fed % TURN == 0:
            await asyncio.sleep(0)
        frame = self._fuzzer.frame()
        self.size += len(frame)
        return frame

    async def _hand_out(self) -> None:
        self._done.clear()
        self._more.set()
        await self._done.wait()


class FuzzSocket:
    """A WebSocket without a network, whose panel accepts the session and then says anything."""

    closed = False
    close_code = 1000

    def __init__(self, feeder: Feeder) -> None:
        """Begin with the panel's welcome."""
        self._feeder = feeder
        self._welcomed = False

    async def receive(self) -> Message:
        """Return what the panel says next."""
        if not self._welcomed:
            self._welcomed = True
            return Message(WSMsgType.TEXT, b'{"type":"auth_success","userId":"user"}')
        return Message(WSMsgType.TEXT, await self._feeder.next_frame())

    async def send_str(self, text: str) -> None:
        """Take a message, and do nothing."""

    async def ping(self) -> None:
        """Take a ping, and do nothing."""

    async def close(self) -> None:
        """Do nothing: there is no connection."""


class FuzzPanel(PanelV1):
    """A panel that answers questions at random, without a network."""

    def __init__(self, http: Http, seed: int) -> None:
        """Begin."""
        super().__init__(http, Credentials(cookie="name=value"))
        self._random = random.Random(seed)

    @override
    async def account(self) -> Account:
        return Account("user")

    @override
    async def server(self, server_id: str) -> Server:
        raise PanelConnectionError("no network")

    @override
    async def node_status(self, server_id: str) -> ServerStatus | None:
        states: tuple[ServerStatus | None, ...] = (None, *ServerStatus)
        return self._random.choice(states)

    @override
    async def evidence(self, server_id: str, down_for: float) -> Evidence:
        if self._random.random() < 0.1:
            raise PanelConnectionError("no network")
        return Evidence(await self.node_status(server_id), self._random.choice(tuple(Cause)))


class Findings(logging.Handler):
    """Keeps what went wrong: our errors in the log, and what was raised where nobody caught it."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.add(record.getMessage())

    def note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Keep what the event loop caught."""
        self.add(f"{context['message']}: {context.get('exception')!r}")

    def add(self, text: str) -> None:
        """Keep a finding, of the first ones."""
        if len(self.texts) < 20:
            self.texts.append(text)


class Target:
    """The client with its servers, as it stands behind a connection."""

    def __init__(self, session: ClientSession, fuzzer: Fuzzer, findings: Findings) -> None:
        """Watch servers once connected."""
        self.feeder = Feeder(fuzzer)
        self.updates: Counter[Update] = Counter()
        self.events: Counter[LifecycleEvent] = Counter()
        self.connections = 0
        self._findings = findings
        self._fuzzer = fuzzer
        url = "http://panel.invalid"
        self._panel = FuzzPanel(Http(session, url, TIMING), seed=1)
        credentials = Credentials(cookie="name=value")
        self.client = StellarStackClient(session, url, credentials, lambda state, reason: None, TIMING)

    async def connect(self) -> None:
        """Connect and watch."""
        await self.client.connect()
        for server_id in self._fuzzer.corpus.ids[:WATCHED]:
            server = self.client.watch(server_id)
            server.updates.add(lambda update: self.updates.update((update,)))
            server.events.add(lambda event: self.events.update((event,)))

    async def detect(self, *_: object) -> FuzzPanel:
        """Find the panel."""
        return self._panel

    async def open_websocket(self, *_: object) -> FuzzSocket:
        """Make another connection."""
        self.connections += 1
        return FuzzSocket(self.feeder)

    def check_deadlines(self) -> None:
        """What is waited for comes at some time, and soon enough."""
        now = asyncio.get_running_loop().time()
        for server in self.client.servers:
            for deadline in (server._status.deadline, server._lifecycle.deadline):  # noqa: SLF001 - not to be seen otherwise
                if deadline is not None and not (
                    math.isfinite(deadline) and now - 5 <= deadline <= now + LONGEST_DEADLINE
                ):
                    self._findings.add(f"a deadline of {server.id} is in {deadline - now:.1f} s")

    async def understands(self, server_id: str, memory: int) -> bool:
        """Return whether good syncs are still understood; the status may have to be believed first."""
        data = {"id": server_id, "name": "Good", "status": "RUNNING", "memory": memory, "node": None}
        server = next(each for each in self.client.servers if each.id == server_id)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            data["updatedAt"] = None
            await self.feeder.say(orjson.dumps({"type": "server:sync", "serverId": server_id, "data": data}))
            info = server.info
            if server.live and info is not None and info.status is ServerStatus.RUNNING:
                return (info.id, info.name, info.memory, info.node) == (server_id, "Good", memory, None)
            await asyncio.sleep(TIMING.stale / 4)
        return False

    async def memory(self) -> int:
        """Return the bytes in use when the same good state is known of each server."""
        for server in self.client.servers:
            await self.understands(server.id, 1)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]


async def fuzz(frames: int, seed: int) -> bool:
    """Feed frames, print what came of it, and return whether all is well."""
    findings = Findings()
    logging.getLogger("custom_components").addHandler(findings)
    asyncio.get_running_loop().set_exception_handler(findings.note)
    async with ClientSession() as session:
        target = Target(session, Fuzzer(seed), findings)
        with (
            patch.object(client_module, "detect_panel", target.detect),
            patch.object(Http, "open_websocket", lambda http, *arguments: target.open_websocket(*arguments)),
        ):
            await target.connect()
            tracemalloc.start()
            started = time.monotonic()
            before = 0
            for part in range(100):
                await target.feeder.feed(frames // 100)
                target.check_deadlines()
                if part == 10:
                    before = await target.memory()
            growth = await target.memory() - before
            seconds = time.monotonic() - started
            tracemalloc.stop()
            ids = [server.id for server in target.client.servers]
            lost = [
                server_id for number, server_id in enumerate(ids) if not await target.understands(server_id, number)
            ]
            await target.client.close()
        gc.collect()
        await asyncio.sleep(0)
    print(f"seed                 {seed}")
    print(f"frames               {target.feeder.fed:,} ({target.feeder.size / 2**20:,.0f} MiB) in {seconds:.0f} s")
    print(f"connections          {target.connections:,}")
    print(f"updates              {', '.join(f'{key.name} {count:,}' for key, count in target.updates.most_common())}")
    print(f"told                 {', '.join(f'{key} {count:,}' for key, count in target.events.most_common())}")
    print(f"errors               {len(findings.texts)}")
    print(f"memory growth        {growth:+,} bytes between 10 % and 100 % (at most {MOST_GROWTH:,})")
    print(f"good frames at end   {len(ids) - len(lost)} of {len(ids)} servers understood")
    for text in findings.texts:
        print(f"  {text}", file=sys.stderr)
    return not findings.texts and growth <= MOST_GROWTH and not lost


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    sys.exit(0 if asyncio.run(fuzz(options.frames, options.seed)) else 1)


if __name__ == "__main__":
    main()
