"""Power actions, as far as the daemons of both generations agree."""

from abc import ABC, abstractmethod
import math
from typing import Literal

from .console import EXITS, HANG_COMMAND, STARTUP, STOP_COMMAND
from .games import Game, State
from .live import Live
from .reports import Reports
from .scheduler import Scheduler
from .truth import Truth

type PowerAction = Literal["start", "stop", "restart", "kill"]


class Power(ABC):
    """Switches games on and off, as the daemons of a generation do."""

    echoes: bool
    """Whether a terminal repeats what is typed."""

    def __init__(
        self,
        scheduler: Scheduler,
        truth: Truth,
        live: Live,
        reports: Reports,
        stop_timeout: float,
    ) -> None:
        """Keep the receivers of states.

        A stop that takes longer than `stop_timeout` seconds ends in SIGKILL.
        """
        self._scheduler = scheduler
        self._truth = truth
        self._live = live
        self._console = live.console
        self._reports = reports
        self._stop_timeout = stop_timeout

    @abstractmethod
    async def run(self, game: Game, action: PowerAction) -> None:
        """Carry out a power action.

        Raises:
            DaemonRefusal: The daemon does not do it, now.
        """

    @abstractmethod
    async def make_room(self, game: Game) -> None:
        """Stop a game that is to be installed again."""

    @abstractmethod
    def find_again(self, game: Game) -> None:
        """Adopt a container that ran through the daemon's restart."""

    @abstractmethod
    def exit(self, game: Game, code: int, *, out_of_memory: bool = False) -> None:
        """Exit a container by itself.

        While it is being stopped, that is the end of the stop.
        """

    @abstractmethod
    async def _on_ready(self, game: Game) -> None:
        """Go on when a game printed its "done" line."""

    def type(self, game: Game, command: str) -> None:
        """Type a line into the console of a game that runs."""
        game.commands.append(command)
        self._put_in(game, command)
        if game.hangs:
            return
        if command == STOP_COMMAND:
            self._scheduler.spawn(self._exit_later(game, game.stop_time, 0), game.container_tasks)
        elif command == HANG_COMMAND:
            game.hangs = True
        elif command in EXITS:
            code, out_of_memory = EXITS[command]
            self.exit(game, code, out_of_memory=out_of_memory)

    def _tell(self, game: Game, state: State) -> None:
        self._live.on_change(game, state)
        self._reports.status(game, state)

    def _put_in(self, game: Game, command: str) -> None:
        if self.echoes:
            self._console.print(game, f"{command}\r\n")
        if not game.hangs:
            self._console.answer(game, command)

    def _begin_container(self, game: Game) -> None:
        game.begin_container(self._scheduler.now())
        self._live.begin_stream(game)
        self._truth.note_container(game.id)
        self._console.print(game, f"{STARTUP}\r\n")
        if game.exits_after is not None:
            exit_later = self._exit_later(game, game.exits_after, game.exit_code)
            self._scheduler.spawn_future(exit_later, game.container_tasks)
        self._scheduler.spawn(self._boot(game), game.container_tasks)

    async def _boot(self, game: Game) -> None:
        await self._console.boot(game)
        await self._on_ready(game)

    async def _exit_later(self, game: Game, seconds: float, code: int) -> None:
        await self._scheduler.sleep(seconds)
        self.exit(game, code)

    async def _wait_for_exit(self, game: Game) -> None:
        """Wait until a stopping game has stopped, or must be killed."""
        game.exited.clear()
        if not game.stop_by_signal:
            self._put_in(game, STOP_COMMAND)
        elif not game.hangs:
            self._console.print_line(game, "received SIGTERM")
        stop_time = math.inf if game.hangs else game.stop_time
        await self._scheduler.sleep_until(game.exited, min(stop_time, self._stop_timeout))
        if stop_time <= self._stop_timeout and game.runs and not game.stop_by_signal:
            self._console.print_line(game, "ThreadedAnvilChunkStorage: All dimensions are saved")
