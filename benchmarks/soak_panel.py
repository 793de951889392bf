"""The panel of the soak, and what happens to its servers."""

import asyncio
from collections import deque
from collections.abc import Callable, Coroutine, Iterator
import contextlib
from datetime import timedelta
import math
import random
from typing import Any, Final, Literal
import uuid

from simulator import Panel
from simulator.accounts import Session
from simulator.fleet import Node, Server
from simulator.machine import PowerAction, State
from simulator.v1.refusals import ApiRefusal

TICK: Final = 5.0
STORY: Final = 100.0
"""Simulated seconds that one thing that happens to a server may take; nothing else happens to it meanwhile."""
PAUSE: Final = 5.0
"""Simulated seconds between a stop and a start that are a restart together."""
TOKEN_CHECK: Final = 15.0
REPORTS: Final = 30.0
KEPT_ENTRIES: Final = 500


class SoakPanel:
    """A panel in quick motion whose servers start, stop, crash and change.

    Attributes:
        disturbed: Told of the servers that something is wrong with, and from when to when.
        gone: The servers that were deleted since the user last looked.
        quiet: The node on which nothing is to happen.
        lost: The node of which nobody hears.
        faults: The last faults, and when they began.
        announced: The memory that servers were announced with between two ticks.
    """

    def __init__(self, servers: int, factor: float, seed: int, generation: Literal[1, 2]) -> None:
        """Make a panel with servers of one account, most of them running."""
        self.factor = factor
        self.random = random.Random(seed)
        self.panel = Panel(
            generation=generation,
            tick=TICK / factor,
            token_check=TOKEN_CHECK / factor,
            limits=False,
            drain=0,
            speed=factor,
            report_interval=REPORTS,
            auth_delay=0.001,
        )
        self.account = self.panel.add_account("alex@example.com", "x", role="admin")
        # In generation 2, only the panel's own host has live sockets.
        self.nodes: list[Node] = [
            self.panel.add_node(f"Node {number}") for number in range(4 if generation == 1 else 2)
        ]
        self.gone: list[str] = []
        self.disturbed: list[tuple[str, float, float]] = []
        self._created = 0
        self._memory = 1024
        self._settled: dict[str, float] = {}
        self.quiet: Node | None = None
        self.lost: Node | None = None
        self.faults: deque[tuple[float, str]] = deque(maxlen=4)
        self.announced: dict[str, set[str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        for _ in range(servers):
            self.add_server()

    def now(self) -> float:
        """Return the simulated seconds since the beginning, by which the truth is dated."""
        return self.panel.machine.now()

    async def sleep(self, seconds: float) -> None:
        """Let simulated seconds pass."""
        await asyncio.sleep(seconds / self.factor)

    async def close(self) -> None:
        """End what was begun with servers."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    # What happens to servers.

    def add_server(self) -> None:
        """Create a server; the integration finds it by itself."""
        number = self._created
        self._created += 1
        self.panel.add_server(
            f"Server {number}",
            owner=self.account,
            node=self.nodes[number % len(self.nodes) if self.panel.generation == 1 else number % 5 == 0],
            server_id=str(uuid.UUID(int=number)),
            status="STOPPED" if number % 5 == 0 else "RUNNING",
            stop_time=self.random.uniform(1, 12),
            ready_time=self.random.uniform(1, 12),
            done_line=self.random.random() < 0.8,
        )

    def some_server(self) -> Server:
        """Return any server."""
        return self.random.choice(list(self.panel.fleet.servers.values()))

    def live_a_little(self) -> None:
        """Let a few things happen, none of them a fault."""
        for _ in range(3):
            self._memory += 1
            self.panel.edit(self.some_server().id, memory=self._memory)
        if self.random.random() < 0.05:
            server = self.some_server()
            name = " ".join(server.name.split()[:2])
            self.panel.update_server(server.id, name=f"{name} {self.random.randrange(3)}")
            # Not each gets through.
            self.announced.setdefault(server.id, set()).add(str(server.fields["memory"]))
        settled = [
            server
            for server in self.panel.fleet.servers.values()
            if server.node is not self.quiet and self._settled.get(server.id, 0.0) <= self.now()
        ]
        if settled:
            self._begin_story(self.random.choice(settled))

    def _begin_story(self, server: Server) -> None:
        self._settled[server.id] = self.now() + STORY
        if self.panel.machine.game(server.id).state is State.OFFLINE:
            self._spawn(self.power(server.id, "start"))
            return
        stories: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = (
            lambda: self.power(server.id, "restart"),
            lambda: self.power(server.id, "stop"),
            lambda: self._crash(server.id),
            lambda: self.power(server.id, "kill"),
            lambda: self._stop_and_start(server.id),
        )
        self._spawn(self.random.choices(stories, weights=(35, 20, 20, 10, 15))[0]())

    async def power(self, server_id: str, action: PowerAction) -> None:
        """Let a user of the panel press a button, whatever comes of it."""
        # Its node may be lost, and a deleted server has none.
        with contextlib.suppress(ApiRefusal, KeyError):
            await self.panel.power(server_id, action)

    async def _crash(self, server_id: str) -> None:
        self.panel.machine.crash(server_id)

    async def _stop_and_start(self, server_id: str) -> None:
        await self.power(server_id, "stop")
        await self.panel.machine.sleep(PAUSE)
        await self.power(server_id, "start")

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def age_sessions(self, seconds: float) -> None:
        """Let sessions grow older than they are, so that they have to be kept alive over many days."""
        past = timedelta(seconds=seconds)

        def age(session: Session) -> None:
            session.created_at -= past
            session.updated_at -= past
            session.expires_at -= past

        for session in self.panel.accounts.sessions.values():
            age(session)

    def forget_records(self) -> None:
        """Let the simulator forget what it keeps for tests, which is not what is measured here."""
        self.panel.requests.clear()
        self.panel.request_headers.clear()
        for sockets in (self.panel, self.panel.live):
            sockets.received.clear()
            for connection in sockets.connections:
                connection.received.clear()
        self.panel.api.activity.forget(KEPT_ENTRIES)

    def servers_on(self, node: Node) -> list[str]:
        """Return the ids of the servers on a node."""
        return [server.id for server in self.panel.fleet.servers.values() if server.node is node]

    def disturb(self, node: Node, began: float, ended: float) -> None:
        """Note that nobody can be sure of what happens on a node."""
        self.disturbed += [(server_id, began, ended) for server_id in self.servers_on(node)]

    @contextlib.contextmanager
    def disturbing(self, node: Node) -> Iterator[None]:
        """Note the same of all that happens meanwhile."""
        began, servers = self.now(), self.servers_on(node)
        # What happened is judged before it is known when this ends.
        lasting = [(server_id, began, math.inf) for server_id in servers]
        self.disturbed += lasting
        yield
        self.disturbed[:] = [each for each in self.disturbed if each not in lasting]
        self.disturb(node, began, self.now())
