"""Nodes, their daemons, and the games that they run."""

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
import hashlib
from http import HTTPStatus
import random
from typing import Any, Final, Literal

from .games import BackupFile, ContainerLog, Game, GameStats, Link, Node, State
from .live import Live
from .power import Power, PowerAction
from .power_v1 import PowerV1
from .power_v2 import PowerV2
from .progress import BackupCompleted, BackupStarted, InstallCompleted, InstallOutput, InstallStarted
from .refusals import DaemonRefusal, NodeUnreachable, check_free
from .reports import Reports
from .scheduler import Scheduler
from .truth import Fact, Truth, What
from .usage import Sample

type DaemonKind = Literal["1.2.0", "newer", "2"]

STOP_TIMEOUTS: Final[dict[DaemonKind, float]] = {"1.2.0": 600.0, "newer": 60.0, "2": 30.0}
"""Seconds after which a daemon kills a game that does not stop."""
DAEMON_RESTART: Final = 2.0
"""Seconds that a daemon is away when it restarts."""
FALSE_OFFLINE: Final = 60.0
"""Seconds after its restart at which a new daemon takes the containers that kept running for exited, once."""
_TURN: Final = 0.05
"""Seconds between two looks whether a power action is over."""
INSTALLER: Final = ("Making the server's folder", "Downloading: 50 %", "Downloading: 100 %", "Installer finished")
"""What an installer prints, at equal distances."""
_BACKUP_SIZE: Final = 256 * 1024**2


class Machine:
    """All nodes and games of a panel.

    Calls are answered when the node is done, and raise `DaemonRefusal` or `NodeUnreachable`. What was begun goes on when
    the caller leaves.

    Attributes:
        report_interval: Seconds between two reports of all servers of a node, None for no such reports.
        backup_time: Seconds that a backup takes.
        backups_fail: Whether backups fail.
        listeners: Who hears what daemons report to the panel.
        exit_listeners: Who hears what those of generation 2 report of exits that nobody asked for.
        live: What they tell at live sockets.
    """

    def __init__(
        self,
        *,
        speed: float = 1.0,
        seed: int = 0,
        report_interval: float | None = 30.0,
        daemons: DaemonKind = "newer",
    ) -> None:
        """Begin without nodes.

        Seconds pass `speed` times faster. The daemons are those of v1.2.0, newer ones, or those of generation 2.
        """
        self.report_interval = report_interval
        self.backup_time = 3.0
        self.backups_fail = False
        self._daemons: DaemonKind = daemons
        self._random = random.Random(seed)
        self._nodes: dict[str, Node] = {}
        self._games: dict[str, Game] = {}
        self._panels = 0
        self._scheduler = Scheduler(speed)
        self._truth = Truth(self._scheduler.now)
        self._reports = Reports(self._scheduler, self._nodes, self._games, with_statuses=daemons != "2")
        self.listeners = self._reports.listeners
        self.exit_listeners = self._reports.exit_listeners
        self.live = Live(self._scheduler, seed)
        power: type[Power] = PowerV2 if daemons == "2" else PowerV1
        self._power = power(self._scheduler, self._truth, self.live, self._reports, STOP_TIMEOUTS[daemons])

    # Time.

    def begin_reports(self) -> None:
        """Begin with the reports of each 30 s, for one more panel."""
        self._panels += 1
        if self._panels == 1:
            self._begin_reports()

    def end_reports(self) -> None:
        """End them, unless another panel still needs them."""
        self._panels -= 1

    async def finish(self) -> None:
        """Advance time until all that is under way has ended.

        It passes at once, and all happens in its order.
        """
        for node in self._nodes.values():
            if node.link is Link.HUNG:
                node.end_waiting()
        await self._scheduler.finish()
        if self._panels:
            self._begin_reports()
        self.live.resume(self._games.values())

    def now(self) -> float:
        """Return the scaled seconds since the beginning, by which `truth` is dated."""
        return self._scheduler.now()

    async def sleep(self, seconds: float) -> None:
        """Wait for scaled seconds; `finish` ends it early."""
        await self._scheduler.sleep(seconds)

    @property
    def speed(self) -> float:
        """Return how many times faster than the clock seconds pass."""
        return self._scheduler.speed

    @property
    def truth(self) -> list[Fact]:
        """Return what really happened, as far as it is certain.

        `What` defines each word.
        """
        return self._truth.facts

    # Nodes and games.

    def add_node(self, node_id: str) -> None:
        """Add a node, its daemon running."""
        interval = self.report_interval or 0.0
        self._nodes[node_id] = Node(node_id, report_due=self.now() + self._random.uniform(0, interval))

    def add_game(self, game_id: str, node_id: str, state: State, **behaviour: Any) -> Game:
        """Add a game in a state; `behaviour` are fields of `Game`."""
        if node_id not in self._nodes:
            self.add_node(node_id)
        game = self._games[game_id] = Game(game_id, self._nodes[node_id], state=state, **behaviour)
        self._settle(game)
        self._truth.place(game_id, ready=state is State.RUNNING)
        return game

    def game(self, server_id: str) -> Game:
        """Return a game, whose behaviour may be changed."""
        return self._games[server_id]

    def move_game(self, server_id: str, node_id: str) -> None:
        """Move a game to another node."""
        self._games[server_id].node = self._nodes[node_id]

    def remove_game(self, server_id: str) -> None:
        """Remove a game; what was begun with it ends."""
        if game := self._games.pop(server_id, None):
            game.break_off()

    def place(self, server_id: str, state: State) -> None:
        """Put a game into a state, without a report or fact."""
        game = self._games[server_id]
        game.break_off()
        game.state = state
        game.set_by_hand = True
        self._settle(game)
        self._truth.place(server_id, ready=state is State.RUNNING)

    def force(self, server_id: str, state: State) -> None:
        """Put a game into a state, without a report of it.

        To offline without stopping is a crash. Live sockets get it.
        """
        game, before = self._games[server_id], self._games[server_id].state
        game.break_off()
        game.state = state
        game.set_by_hand = True
        self._settle(game)
        if before is State.OFFLINE and game.runs:
            game.containers += 1
            self._truth.note_container(server_id)
        if state is State.RUNNING:
            self._truth.note_ready(server_id)
        elif before is State.STOPPING and state is State.OFFLINE:
            self._truth.note_stop(server_id)
        elif before is not State.OFFLINE and state is State.OFFLINE:
            self._truth.note_end(server_id, What.CRASHED)
            if self._daemons == "2":
                self._reports.exit(game, 1, out_of_memory=False)
        self.live.on_change(game, state)

    # What a panel asks the daemons for.

    async def power(self, server_id: str, action: PowerAction) -> None:
        """Carry out a power action."""
        game = self._games[server_id]
        await self._call(game, lambda: self._power.run(game, action))

    async def power_in_turn(self, server_id: str, action: PowerAction) -> None:
        """Carry out a power action when the one under way is over."""
        game = self._games[server_id]
        async with game.turn:
            while game.power_action is not None:
                await self._scheduler.sleep(_TURN)
            await self.power(server_id, action)

    async def start(self, server_id: str) -> None:
        """Start a game; done when its container runs."""
        await self.power(server_id, "start")

    async def stop(self, server_id: str) -> None:
        """Stop a game; done when its container is down."""
        await self.power(server_id, "stop")

    async def restart(self, server_id: str) -> None:
        """Restart a game; done when its new container runs."""
        await self.power(server_id, "restart")

    async def kill(self, server_id: str) -> None:
        """Kill a game."""
        await self.power(server_id, "kill")

    async def type_command(self, server_id: str, command: str) -> None:
        """Type a line into the console of a game."""
        game = self._games[server_id]

        async def work() -> None:
            if not game.runs:
                raise DaemonRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Environment error: Container not running")
            self._power.type(game, command)

        await self._call(game, work)

    async def create_backup(self, server_id: str, backup_id: str, name: str | None = None) -> BackupFile:
        """Make a backup; return once its file is complete.

        The console reports a backup that has a name.
        """
        game = self._games[server_id]

        async def work() -> BackupFile:
            check_free(game)
            self.live.on_progress(game, BackupStarted(backup_id))
            if name is not None:
                self.live.on_notice(game, f"Creating backup '{name}', this can take a while...")
            await self._scheduler.sleep(self.backup_time)
            if self.backups_fail:
                message = "Backup error: No space left on device (os error 28)"
                raise DaemonRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, message)
            checksum = hashlib.sha256(backup_id.encode()).hexdigest()
            backup = BackupFile(backup_id, datetime.now(UTC), checksum, _BACKUP_SIZE)
            game.backups.append(backup)
            self.live.on_progress(game, BackupCompleted(backup))
            if name is not None:
                self.live.on_notice(game, f"Backup '{name}' complete ({backup.size / 1024**2:.2f} MB)")
            return backup

        return await self._call(game, work)

    async def list_backups(self, server_id: str) -> list[BackupFile]:
        """Return the backups in a node's folder."""
        game = self._games[server_id]

        async def work() -> list[BackupFile]:
            return list(game.backups)

        return await self._call(game, work)

    async def stats(self, server_id: str) -> GameStats:
        """Return the daemon's data of a server."""
        game = self._games[server_id]

        async def work() -> GameStats:
            return GameStats(game.state, game.installing, game.transferring, game.restoring)

        return await self._call(game, work)

    def sample(self, server_id: str) -> Sample | None:
        """Return the usage of a game's container.

        None if the daemon does not read it.
        """
        return self.live.sample(self._games[server_id])

    async def install(self, server_id: str) -> None:
        """Begin to install a game again; answered at once.

        What ran is gone, without a report or fact.
        """
        game = self._games[server_id]

        async def work() -> None:
            await self._power.make_room(game)
            self._truth.place(server_id, ready=False)
            game.installing, game.containers, game.set_by_hand = True, 0, False
            self._scheduler.spawn(self._install(game), game.calls)

        await self._call(game, work)

    # What happens without a panel.

    def crash(self, server_id: str, code: int = 1, *, out_of_memory: bool = False) -> None:
        """Exit a container by itself; code 0 is no crash."""
        self._power.exit(self._games[server_id], code, out_of_memory=out_of_memory)

    def print(self, server_id: str, text: str) -> None:
        """Print text by a container: lines, parts of them, or many."""
        self.live.console.print(self._games[server_id], text)

    def report_now(self) -> None:
        """Report all servers of all nodes, as each 30 s."""
        for game in tuple(self._games.values()):
            self._reports.status(game, game.container_state)

    def lose_node(self, node_id: str, *, hang: bool = False) -> None:
        """Put a node's daemon out of reach; games go on.

        With `hang` calls to it wait for an answer.
        """
        self._set_link(node_id, Link.HUNG if hang else Link.DOWN)

    def restore_node(self, node_id: str) -> None:
        """Make a node's daemon reachable again."""
        self._set_link(node_id, Link.UP)

    def is_reachable(self, node_id: str) -> bool:
        """Return whether a node's daemon answers."""
        return self._nodes[node_id].link is Link.UP

    async def wait_for_link(self, node_id: str) -> Link:
        """Return a daemon's link once it answers or refuses to."""
        node = self._nodes[node_id]
        while node.link is Link.HUNG:
            await node.link_changed.wait()
        return node.link

    async def restart_daemon(self, node_id: str) -> None:
        """Restart a node's daemon; games go on.

        It takes a container that it finds running for a server that runs. A newer daemon of generation 1 reports them
        offline once, 60 s later.
        """
        self.lose_node(node_id)
        await self._scheduler.sleep(DAEMON_RESTART)
        self.restore_node(node_id)
        kept = [game for game in self._games_of(node_id) if game.runs]
        for game in kept:
            self._power.find_again(game)
        if self._daemons == "newer":
            self._scheduler.spawn_future(self._reports.false_offline(kept, FALSE_OFFLINE))

    async def shut_down_daemon(self, node_id: str) -> None:
        """Shut a node's daemon down, which stops all its games before."""
        running = [game for game in self._games_of(node_id) if game.runs and game.power_action is None]
        await asyncio.gather(*(self._scheduler.spawn(self._power.run(game, "stop"), game.calls) for game in running))
        self.lose_node(node_id)

    # Within.

    def _begin_reports(self) -> None:
        if self.report_interval is not None:
            self._scheduler.spawn_future(self._reports.run(self.report_interval))

    def _settle(self, game: Game) -> None:
        """Begin the container of a game that was set to run."""
        game.log = ContainerLog()
        if game.runs:
            game.started_at = self.now()
            self.live.begin_stream(game)
            self.live.console.fill_log(game)

    def _set_link(self, node_id: str, link: Link) -> None:
        node = self._nodes[node_id]
        if link is not node.link:
            node.set_link(link)
            self.live.on_link(node_id, link)

    def _games_of(self, node_id: str) -> list[Game]:
        return [game for game in self._games.values() if game.node.id == node_id]

    async def _call[T](self, game: Game, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Await an action of a node's daemon, and return its answer.

        The work goes on when the caller leaves or the node is lost.
        """
        node, changed = game.node, game.node.link_changed
        if node.link is Link.UP:
            task = self._scheduler.spawn(_outcome(work()), game.calls)
            lost = asyncio.create_task(changed.wait())
            try:
                await asyncio.wait((task, lost), return_when=asyncio.FIRST_COMPLETED)
            finally:
                lost.cancel()
            if task.done() and not task.cancelled():
                outcome = task.result()
                if isinstance(outcome, DaemonRefusal):
                    raise outcome
                return outcome
            changed = node.link_changed
        if node.link is Link.HUNG:
            await changed.wait()
        raise NodeUnreachable

    async def _install(self, game: Game) -> None:
        game.install_log.clear()
        self.live.on_progress(game, InstallStarted())
        for line in INSTALLER:
            await self._scheduler.sleep(game.install_time / len(INSTALLER))
            game.install_log.append(line)
            self.live.on_progress(game, InstallOutput(line))
        game.installing = False
        self._truth.note_install(game.id)
        successful = not game.fails_to_install
        self.live.on_progress(game, InstallCompleted(successful))
        self._reports.install(game, successful=successful)


async def _outcome[T](work: Coroutine[Any, Any, T]) -> T | DaemonRefusal:
    """Return a refusal, which nobody may be there to catch."""
    try:
        return await work
    except DaemonRefusal as refusal:
        return refusal
