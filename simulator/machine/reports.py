"""What daemons report to the panel."""

from collections.abc import Iterable, Mapping
import math

from .games import Game, Link, Node, State
from .listeners import ExitListener, MachineListener
from .scheduler import Scheduler


class Reports:
    """The reports of all daemons, as far as they reach the panel.

    Attributes:
        listeners: Who hears them.
        exit_listeners: Who hears what daemons of generation 2 report of exits that nobody asked for.
    """

    def __init__(
        self, scheduler: Scheduler, nodes: Mapping[str, Node], games: Mapping[str, Game], *, with_statuses: bool
    ) -> None:
        """Report on nodes and games.

        The regular reports are those of all servers, or only a heartbeat without statuses.
        """
        self.listeners: list[MachineListener] = []
        self.exit_listeners: list[ExitListener] = []
        self._scheduler = scheduler
        self._nodes = nodes
        self._games = games
        self._with_statuses = with_statuses

    def status(self, game: Game, state: State) -> None:
        """Report the state of a server, and a sign of life."""
        self._heartbeat(game.node)
        if game.node.link is Link.UP:
            for listener in self.listeners:
                listener.on_status(game.id, state)

    def exit(self, game: Game, code: int, *, out_of_memory: bool) -> None:
        """Report that a container exited by itself."""
        if game.node.link is Link.UP:
            for listener in self.exit_listeners:
                listener(game.id, code, out_of_memory)

    def install(self, game: Game, *, successful: bool) -> None:
        """Report the end of an installer."""
        if game.node.link is Link.UP:
            for listener in self.listeners:
                listener.on_install_finished(game.id, successful)

    async def run(self, interval: float) -> None:
        """Report each node's servers at an interval, in seconds."""
        while True:
            now = self._scheduler.now()
            for node in self._nodes.values():
                if node.report_due <= now:
                    node.report_due = max(node.report_due + interval, now)
                    self._report_node(node)
            due = min((node.report_due for node in self._nodes.values()), default=math.inf)
            # A node may come meanwhile.
            await self._scheduler.sleep(min(due - now, interval / 10))

    async def false_offline(self, kept: Iterable[Game], seconds: float) -> None:
        """Report as offline, after some seconds, what still runs."""
        runs = [(game, game.containers) for game in kept]
        await self._scheduler.sleep(seconds)
        for game, containers in runs:
            if game.runs and game.containers == containers:
                self.status(game, State.OFFLINE)

    def _report_node(self, node: Node) -> None:
        if not self._with_statuses:
            # A state that got lost stays so.
            self._heartbeat(node)
            return
        # A daemon without servers reports nothing at all.
        for game in [game for game in self._games.values() if game.node is node]:
            self._heartbeat(node)
            if not game.set_by_hand:
                self.status(game, game.container_state)

    def _heartbeat(self, node: Node) -> None:
        if node.link is Link.UP:
            for listener in self.listeners:
                listener.on_heartbeat(node.id)
