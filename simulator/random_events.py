"""Servers that start, stop and crash by themselves."""

import asyncio
from collections.abc import Coroutine
import contextlib
import random
from typing import Any

from .fleet import Node, Server
from .machine import NodeUnreachable, PowerAction, State
from .panel import Panel
from .v1.refusals import ApiRefusal

_SUFFIXES = ("", " (season 2)", " (event)", " (whitelist)", " (beta)")
_NODE_REST = 3
"""How many events a lost node is away for."""


class RandomEvents:
    """Random events, the same for the same seed."""

    def __init__(self, panel: Panel, seed: int = 0, pace: float = 5.0) -> None:
        """Prepare random events on a panel.

        `pace` is the mean time between two events, in seconds.
        """
        self._panel = panel
        self._random = random.Random(seed)
        self._pace = pace
        self._task: asyncio.Task[None] | None = None
        self._under_way: set[asyncio.Task[None]] = set()
        self._names: dict[str, str] = {}
        self._lost: dict[Node, int] = {}

    def start(self) -> None:
        """Begin."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        """End; what was begun with a server goes on."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
            self._task = None
        for task in tuple(self._under_way):
            task.cancel()
        await self.settle()

    async def settle(self) -> None:
        """Wait until all that was begun is answered."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            await asyncio.sleep(self._pace * self._random.uniform(0.5, 1.5))
            self.step()

    def step(self) -> None:
        """Cause one event."""
        if self._restore_node():
            return
        servers = [server for server in self._panel.fleet.servers.values() if self._is_reachable(server)]
        idle = [server for server in servers if self._is_in(server, State.OFFLINE)]
        running = [server for server in servers if self._is_in(server, State.RUNNING)]
        # Most servers run most of the time.
        if idle and self._random.random() < 0.25 + 0.5 * len(idle) / len(servers):
            self._power(self._random.choice(idle), "start")
        elif running:
            events = (
                *(self._restart, self._stop, self._crash, self._kill),
                *(self._schedule, self._rename, self._restart_daemon, self._lose_node),
            )
            event = self._random.choices(events, weights=(40, 22, 20, 5, 10, 5, 4, 4))[0]
            event(self._random.choice(running))

    def _restart(self, server: Server) -> None:
        self._power(server, "restart")

    def _stop(self, server: Server) -> None:
        self._power(server, "stop")

    def _kill(self, server: Server) -> None:
        self._power(server, "kill")

    def _crash(self, server: Server) -> None:
        self._panel.machine.crash(server.id)

    def _schedule(self, server: Server) -> None:
        self._panel.run_schedule(server.id)
        self._power(server, "restart")

    def _rename(self, server: Server) -> None:
        name = self._names.setdefault(server.id, server.name)
        self._panel.update_server(server.id, name=name + self._random.choice(_SUFFIXES))

    def _restart_daemon(self, server: Server) -> None:
        if server.node is not None:
            self._begin(self._panel.machine.restart_daemon(server.node.id))

    def _lose_node(self, server: Server) -> None:
        node, servers = server.node, self._panel.fleet.servers.values()
        # One node at a time, and never one that carries most of the servers: in generation 2 only its are controlled.
        if node is None or self._lost or 2 * sum(each.node is node for each in servers) > len(servers):
            self._restart(server)
            return
        # Half of the time the column lies, as it does at the real panel.
        self._panel.set_node_online(node.id, heartbeat=False, column=self._random.random() < 0.5)
        self._lost[node] = _NODE_REST

    def _restore_node(self) -> bool:
        for node in list(self._lost):
            self._lost[node] -= 1
            if not self._lost[node]:
                del self._lost[node]
                self._panel.set_node_online(node.id, heartbeat=True)
                return True
        return False

    def _power(self, server: Server, action: PowerAction) -> None:
        async def act() -> None:
            # A node may be lost meanwhile, or somebody else do something.
            with contextlib.suppress(ApiRefusal, NodeUnreachable):
                await self._panel.power(server.id, action)

        self._begin(act())

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)

    def _is_reachable(self, server: Server) -> bool:
        return not server.suspended and (server.node is None or self._panel.machine.is_reachable(server.node.id))

    def _is_in(self, server: Server, state: State) -> bool:
        game = self._panel.machine.game(server.id)
        return game.state is state and game.power_action is None and not game.installing
