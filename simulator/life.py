"""Servers that start, stop and crash by themselves."""

import asyncio
import random

from .panel import Panel
from .servers import Node, Server

_SUFFIXES = ("", " (season 2)", " (event)", " (whitelist)", " (beta)")
_NODE_REST = 3


class Life:
    """Random events, the same for the same seed."""

    def __init__(self, panel: Panel, seed: int = 0, pace: float = 5.0) -> None:
        """Give life to a panel; `pace` is the mean time between two events in seconds."""
        self._panel = panel
        self._random = random.Random(seed)
        self._pace = pace
        self._task: asyncio.Task[None] | None = None
        self._names: dict[str, str] = {}
        self._down: dict[Node, int] = {}

    def start(self) -> None:
        """Begin."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; what was begun goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._pace * self._random.uniform(0.5, 1.5))
            self.step()

    def step(self) -> None:
        """Let one thing happen."""
        if self._wake_node():
            return
        servers = [server for server in self._panel.fleet.servers.values() if _is_reachable(server)]
        idle = [server for server in servers if server.status in {"STOPPED", "ERROR"}]
        running = [server for server in servers if server.status == "RUNNING"]
        # Most servers run most of the time.
        if idle and self._random.random() < 0.25 + 0.5 * len(idle) / len(servers):
            self._panel.power(self._random.choice(idle).id, "start")
        elif running:
            events = (self._restart, self._stop, self._crash, self._schedule, self._rename, self._drop_node)
            event = self._random.choices(events, weights=(35, 20, 20, 10, 5, 10))[0]
            event(self._random.choice(running))

    def _restart(self, server: Server) -> None:
        self._panel.power(server.id, "restart")

    def _stop(self, server: Server) -> None:
        self._panel.power(server.id, "stop")

    def _crash(self, server: Server) -> None:
        self._panel.set_status(server.id, self._random.choice(("ERROR", "STOPPED")))

    def _schedule(self, server: Server) -> None:
        self._panel.run_schedule(server.id)
        self._panel.power(server.id, "restart")

    def _rename(self, server: Server) -> None:
        name = self._names.setdefault(server.id, server.name)
        self._panel.update_server(server.id, name=name + self._random.choice(_SUFFIXES))

    def _drop_node(self, server: Server) -> None:
        node = server.node
        # One node at a time, and never the only one.
        if node is None or self._down or len(self._panel.fleet.nodes) < 2:
            self._restart(server)
            return
        # Half of the time the column lies, as it does at the real panel.
        self._panel.set_node_online(node.id, heartbeat=False, column=self._random.random() < 0.5)
        self._down[node] = _NODE_REST

    def _wake_node(self) -> bool:
        for node in list(self._down):
            self._down[node] -= 1
            if not self._down[node]:
                del self._down[node]
                self._panel.set_node_online(node.id, heartbeat=True)
                return True
        return False


def _is_reachable(server: Server) -> bool:
    return (server.node is None or server.node.heartbeat) and not server.suspended
