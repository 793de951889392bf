"""The panel of the soak: what happens to its servers, and what goes wrong with it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
import contextlib
from datetime import timedelta
import random
from typing import Any, Final

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
FALSE_OFFLINE: Final = 60.0
REPORTS: Final = 30.0
KEPT_ENTRIES: Final = 500


class SoakPanel:
    """A panel in quick motion whose servers start, stop, crash and change.

    Attributes:
        disturbed: Told of the servers that something is wrong with, and from when to when.
        gone: The servers that were deleted since the user last looked.
    """

    def __init__(self, servers: int, factor: float, seed: int) -> None:
        """Make a panel with servers of one account, most of them running."""
        self.factor = factor
        self.random = random.Random(seed)
        self.panel = Panel(
            tick=TICK / factor,
            limits=False,
            drain=0,
            speed=factor,
            report_interval=REPORTS,
            auth_delay=0.001,
        )
        self.account = self.panel.add_account("alex@example.com", "x", role="admin")
        self.nodes: list[Node] = [self.panel.add_node(f"Node {number}") for number in range(4)]
        self.gone: list[str] = []
        self.disturbed: list[tuple[str, float, float]] = []
        self._created = 0
        self._memory = 1024
        self._settled: dict[str, float] = {}
        self._quiet: Node | None = None
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
            node=self.nodes[number % len(self.nodes)],
            server_id=f"srv_{number}",
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
            self.panel.update_server(server.id, name=f"Server {server.id[4:]} {self.random.randrange(3)}")
        settled = [
            server
            for server in self.panel.fleet.servers.values()
            if server.node is not self._quiet and self._settled.get(server.id, 0.0) <= self.now()
        ]
        if settled:
            self._begin_story(self.random.choice(settled))

    def _begin_story(self, server: Server) -> None:
        self._settled[server.id] = self.now() + STORY
        if self.panel.machine.game(server.id).state is State.OFFLINE:
            self._spawn(self._power(server.id, "start"))
            return
        stories: tuple[Callable[[], Coroutine[Any, Any, None]], ...] = (
            lambda: self._power(server.id, "restart"),
            lambda: self._power(server.id, "stop"),
            lambda: self._crash(server.id),
            lambda: self._power(server.id, "kill"),
            lambda: self._stop_and_start(server.id),
        )
        self._spawn(self.random.choices(stories, weights=(35, 20, 20, 10, 15))[0]())

    async def _power(self, server_id: str, action: PowerAction) -> None:
        # Its node may be lost, and a deleted server has none.
        with contextlib.suppress(ApiRefusal, KeyError):
            await self.panel.power(server_id, action)

    async def _crash(self, server_id: str) -> None:
        self.panel.machine.crash(server_id)

    async def _stop_and_start(self, server_id: str) -> None:
        await self._power(server_id, "stop")
        await self.panel.machine.sleep(PAUSE)
        await self._power(server_id, "start")

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
        self.panel.received.clear()
        for connection in self.panel.connections:
            connection.received.clear()
        self.panel.api.activity.forget(KEPT_ENTRIES)

    def _disturb(self, node: Node, began: float) -> None:
        """Note that nobody can be sure of what happens on a node."""
        ids = [server.id for server in self.panel.fleet.servers.values() if server.node is node]
        self.disturbed += [(server_id, began, self.now()) for server_id in ids]

    # Faults.

    def faults(self) -> tuple[Callable[[], Awaitable[None]], ...]:
        """Return all that can go wrong."""
        return (
            *(self.cut, self.cut_often, self.cut_in_frame, self.close_sockets, self.half_open, self.silent),
            *(self.skipped, self.silent_servers, self.hung, self.refused, self.no_rest, self.unwelcome, self.restart),
            *(self.garbage, self.refused_message, self.replaced, self.doubled, self.late_syncs),
            *(self.lost_node, self.restarted_daemon),
        )

    async def clear_faults(self) -> None:
        """End the fault."""
        panel = self.panel
        panel.clear_faults()
        panel.network.copies = 1
        panel.fleet.late_syncs = False
        panel.silent_servers = set()
        panel.pause_ticks = panel.silent_welcome = panel.hang_upgrades = False
        if not panel.running:
            await panel.start()

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

    async def close_sockets(self) -> None:
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
        self.panel.silent_servers = {self.some_server().id for _ in range(5)}
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
        """Frames come that are none of ours, or of no server."""
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
        """Servers are deleted, with or without a word, and others created; the socket may be cut meanwhile."""
        for _ in range(2):
            server = self.some_server()
            self.panel.delete_server(server.id, announce=self.random.random() < 0.5)
            self.gone.append(server.id)
            self.add_server()
        if self.random.random() < 0.3:
            self.panel.drop_clients()
        # The next list of the servers brings the new ones.
        await self._for_a_while(310, 330)

    async def doubled(self) -> None:
        """Each frame comes twice."""
        self.panel.network.copies = 2
        await self._for_a_while(5, 30)

    async def late_syncs(self) -> None:
        """The first sync after each change was read before it."""
        self.panel.fleet.late_syncs = True
        await self._for_a_while(60, 120)

    async def lost_node(self) -> None:
        """A node is out of reach; its games go on."""
        node, began = self.random.choice(self.nodes), self.now()
        self.panel.set_node_online(node.id, heartbeat=False)
        await self._for_a_while(30, 120)
        self.panel.set_node_online(node.id, heartbeat=True)
        await self.sleep(2 * REPORTS)
        self._disturb(node, began)

    async def restarted_daemon(self) -> None:
        """A daemon restarts, while nothing happens on its node: it takes all its games for stopped, once."""
        self._quiet = self.random.choice(self.nodes)
        await self.sleep(STORY)
        began = self.now()
        await self.panel.machine.restart_daemon(self._quiet.id)
        await self.sleep(FALSE_OFFLINE + 3 * REPORTS)
        # The panel may have restarted, which lets time pass at once; nothing happened on the node all the same.
        assert self.now() > began
        self._quiet = None
