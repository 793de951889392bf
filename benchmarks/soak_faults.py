"""What goes wrong with the panel of the soak."""

import asyncio
from collections.abc import Awaitable, Callable, Collection
import contextlib
from typing import Final

from simulator.faults import inject
from simulator.live_faults import clear_live_faults

from .soak_panel import REPORTS, STORY, SoakPanel

FALSE_OFFLINE: Final = 60.0
"""Simulated seconds after which a restarted daemon of generation 1 takes its games for stopped."""
LONGEST: Final = 200.0
"""Simulated seconds that an API may be away."""

type Fault = Callable[[], Awaitable[None]]
"""Lets something go wrong, and returns when it may end."""


class Faults:
    """All that can go wrong."""

    def __init__(self, world: SoakPanel, names: Collection[str] = ()) -> None:
        """Let nothing go wrong yet.

        Args:
            world: The panel.
            names: What alone is to go wrong; with none, all that can.

        Raises:
            ValueError: Nothing of a name goes wrong with the panel's generation.
        """
        self._world = world
        self._panel = world.panel
        self._random = world.random
        known = {str(getattr(fault, "__name__", "")): fault for fault in self._all()}
        if unknown := set(names) - known.keys():
            raise ValueError(f"generation {self._panel.generation} has no fault {', '.join(sorted(unknown))}")
        self._possible = [(name, known[name]) for name in names or known]

    def choose(self) -> tuple[str, Fault]:
        """Return what goes wrong next, with its name."""
        return self._random.choice(self._possible)

    def _all(self) -> tuple[Fault, ...]:
        both = (
            *(self.restart, self.no_rest, self.replaced, self.lost_node, self.restarted_daemon),
            *(self.cut_live, self.half_open_live, self.silent_samples, self.refused_tickets, self.burst),
            self.live_garbage,
        )
        if self._panel.generation == 2:
            return (*both, self.api_away, self.no_list, self.no_way_to_node, self.ended_tickets)
        return (
            *both,
            *(self.cut, self.cut_often, self.cut_in_frame, self.close_sockets, self.half_open, self.silent),
            *(self.skipped, self.silent_servers, self.hung, self.refused, self.unwelcome),
            *(self.garbage, self.refused_message, self.doubled, self.late_syncs),
        )

    async def clear_faults(self) -> None:
        """End the fault."""
        panel = self._panel
        panel.clear_faults()
        panel.network.copies = 1
        panel.fleet.late_syncs = False
        panel.silent_servers = set()
        panel.pause_ticks = panel.silent_welcome = panel.hang_upgrades = False
        await clear_live_faults(panel)
        if not panel.running:
            await panel.start()

    async def _for_a_while(self, shortest: float = 2.0, longest: float = 90.0) -> None:
        await self._world.sleep(self._random.uniform(shortest, longest))

    async def cut(self) -> None:
        """The line is cut."""
        self._panel.drop_clients()

    async def cut_often(self) -> None:
        """The line is cut again and again."""
        for _ in range(4):
            self._panel.drop_clients()
            await self._for_a_while(1, 15)

    async def cut_in_frame(self) -> None:
        """The line is cut within a frame."""
        for connection in self._panel.connections:
            connection.abort_in_frame()

    async def close_sockets(self) -> None:
        """The panel closes, with a code."""
        self._panel.drop_clients(self._random.choice((1000, 1001, 1008, 1011, 1012)))

    async def half_open(self) -> None:
        """The connection is dead and nobody says so."""
        self._panel.freeze()
        await self._for_a_while(30, 90)
        self._panel.drop_clients()
        self._panel.thaw()

    async def silent(self) -> None:
        """The tick rests."""
        self._panel.pause_ticks = True
        await self._for_a_while(5, 120)

    async def skipped(self) -> None:
        """A query of the panel fails."""
        self._panel.skip_ticks(self._random.randrange(1, 4))
        await self._for_a_while(5, 20)

    async def silent_servers(self) -> None:
        """Some servers are silent."""
        self._panel.silent_servers = {self._world.some_server().id for _ in range(5)}
        await self._for_a_while(10, 60)

    async def hung(self) -> None:
        """Upgrades are not answered."""
        self._panel.hang_upgrades = True
        self._panel.drop_clients()
        await self._for_a_while(5, 60)
        # Those that hang do so for good: only a restart ends them.
        self._panel.hang_upgrades = False
        await self.restart()

    async def refused(self) -> None:
        """Upgrades are refused."""
        self._panel.fail("/api/ws", self._random.choice((400, 502)), b"")
        self._panel.drop_clients()
        await self._for_a_while(5, 60)

    async def no_rest(self) -> None:
        """REST fails while the socket works, and after it was cut."""
        for path in ("/api/servers", "/api/auth/get-session", "/api/nodes", "/api/ws/token"):
            self._panel.fail(path, 500)
        if self._random.random() < 0.5:
            self._panel.drop_clients()
        await self._for_a_while(10, 400)

    async def unwelcome(self) -> None:
        """The panel accepts no cookie by itself and waits for the token."""
        self._panel.silent_welcome = True
        self._panel.drop_clients()
        await self._for_a_while(5, 60)

    async def restart(self) -> None:
        """The panel restarts, at the same port."""
        await self._panel.stop()
        await self._for_a_while(1, 60)
        await self._panel.start()

    async def garbage(self) -> None:
        """Frames come that are none of ours, or of no server."""
        for _ in range(50):
            await self._panel.send_bytes_as_text(self._random.randbytes(self._random.randrange(100)))
            await self._panel.send_raw(self._random.randbytes(20))
            await self._panel.send_raw('{"type":"server:sync","data":' + "[" * self._random.randrange(2000))
            await self._panel.send_raw('{"type":"server:deleted","data":{"id":"of somebody else"}}')
            await self._panel.send_raw(
                f'{{"type":"new:{self._random.random()}","serverId":"srv_1","data":{{"memory":7}}}}'
            )

    async def refused_message(self) -> None:
        """The panel refuses a message."""
        await self._panel.send_raw('{"type":"error","error":"Authentication required to subscribe"}')

    async def replaced(self) -> None:
        """Servers are deleted, with or without a word, and others created; the socket may be cut meanwhile."""
        for _ in range(2):
            server = self._world.some_server()
            self._panel.delete_server(server.id, announce=self._random.random() < 0.5)
            self._world.gone.append(server.id)
            self._world.add_server()
        if self._random.random() < 0.3:
            self._panel.drop_clients()
        # The next list of the servers brings the new ones.
        await self._for_a_while(310, 330)

    async def doubled(self) -> None:
        """Each frame comes twice."""
        self._panel.network.copies = 2
        await self._for_a_while(5, 30)

    async def late_syncs(self) -> None:
        """The first sync after each change was read before it."""
        self._panel.fleet.late_syncs = True
        await self._for_a_while(60, 120)

    async def lost_node(self) -> None:
        """A node is out of reach; its games go on."""
        node = self._world.lost = self._random.choice(self._world.nodes)
        with self._world.disturbing(node):
            self._panel.set_node_online(node.id, heartbeat=False)
            await self._for_a_while(30, 120)
            self._panel.set_node_online(node.id, heartbeat=True)
            await self._world.sleep(2 * REPORTS)
        self._world.lost = None

    async def restarted_daemon(self) -> None:
        """A daemon restarts, while nothing happens on its node: it takes all its games for stopped, once.

        That is in generation 1. In generation 2 it would not notice an exit from then on, so all are started anew.
        """
        node = self._world.quiet = self._random.choice(self._world.nodes)
        await self._world.sleep(STORY)
        await self._panel.machine.restart_daemon(node.id)
        await self._world.sleep(FALSE_OFFLINE + 3 * REPORTS)
        if self._panel.generation == 2:
            with self._world.disturbing(node):
                running = [each for each in self._world.servers_on(node) if self._panel.machine.game(each).runs]
                await asyncio.gather(*(self._world.power(server_id, "restart") for server_id in running))
                await self._world.sleep(STORY)
        self._world.quiet = None

    def _disturb_all(self, seconds: float) -> None:
        """Note that for so long nobody can be sure of what happens."""
        now = self._world.now()
        for node in self._world.nodes:
            self._world.disturb(node, now, now + seconds)

    # Live sockets, in both generations.

    async def cut_live(self) -> None:
        """The live sockets are cut, again and again."""
        for _ in range(3):
            self._panel.live.drop_clients()
            await self._for_a_while(1, 30)

    async def half_open_live(self) -> None:
        """The live sockets are dead, and nobody says so: in generation 2, nobody else tells what happens."""
        with contextlib.ExitStack() as stack:
            for node in self._world.nodes if self._panel.generation == 2 else ():
                stack.enter_context(self._world.disturbing(node))
            self._panel.live.freeze()
            await self._for_a_while(20, 90)
            self._panel.live.drop_clients()
            self._panel.live.thaw()

    async def silent_samples(self) -> None:
        """No samples come."""
        self._panel.live.pause_ticks = True
        await self._for_a_while(5, 60)

    async def refused_tickets(self) -> None:
        """All tickets are refused."""
        await inject(self._panel, "refused-ticket")
        await self._for_a_while(5, 60)

    async def burst(self) -> None:
        """Some servers print many lines at once."""
        for _ in range(5):
            server_id = self._world.some_server().id
            for number in range(self._random.randrange(400)):
                self._panel.machine.print(server_id, f"[INFO]: line {number} of a burst\r\n")

    async def live_garbage(self) -> None:
        """Frames of no known form come at live sockets, and random bytes."""
        for frame in (
            "",
            "{",
            "null",
            '{"event":7}',
            '{"args":[],"event":"status"}',
            '{"args":["x"],"event":"new:thing"}',
        ):
            await self._panel.live.send_raw(frame)
            await self._panel.live.send_bytes_as_text(self._random.randbytes(self._random.randrange(100)))

    # Generation 2.

    async def api_away(self) -> None:
        """The API is down, the nodes are not: nobody can be asked why a server stopped."""
        self._disturb_all(LONGEST)
        await inject(self._panel, "api-down")
        await self._for_a_while(10, LONGEST)

    async def no_list(self) -> None:
        """The list of servers fails in some way, and what the session is good for is not certain."""
        self._disturb_all(LONGEST)
        page = self._random.choice((b"", b"<!doctype html>", b'{"error":{"code":"internal.unexpected"}}'))
        self._panel.fail("/api/servers", self._random.choice((200, 401, 500, 502)), page)
        await self._for_a_while(10, LONGEST)

    async def no_way_to_node(self) -> None:
        """Nothing, or a web page, is where the live sockets were."""
        await inject(self._panel, self._random.choice(("daemon-page", "daemon-missing")))
        await self._for_a_while(5, 60)

    async def ended_tickets(self) -> None:
        """The tickets of all open sockets end."""
        await inject(self._panel, "token-end")
