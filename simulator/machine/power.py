"""The power actions of a daemon, and what it reports meanwhile."""

from collections.abc import Callable
from http import HTTPStatus
from typing import Final, Literal, assert_never

from .games import Game, State
from .refusals import DaemonRefusal
from .scheduler import Scheduler
from .truth import Truth, What

type PowerAction = Literal["start", "stop", "restart", "kill"]

TOLD_AGAIN: Final = 0.03
"""Seconds after which a daemon repeats a status, as seen on a real panel."""
KILL_TOLD_AGAIN: Final = 0.5
"""The same for a kill."""


class Power:
    """Carries power actions out, one at a time for each game."""

    def __init__(
        self, scheduler: Scheduler, truth: Truth, report: Callable[[Game, State], None], stop_timeout: float
    ) -> None:
        """Report statuses to `report`.

        A stop that takes longer than `stop_timeout` seconds ends in SIGKILL.
        """
        self._scheduler = scheduler
        self._truth = truth
        self._report = report
        self._stop_timeout = stop_timeout

    async def run(self, game: Game, action: PowerAction) -> None:
        """Do what is asked for.

        Raises:
            DaemonRefusal: The daemon does not do it, now.
        """
        check_free(game)
        if game.power_action is not None:
            raise DaemonRefusal(HTTPStatus.CONFLICT, "Another power operation is in progress")
        game.power_action = action
        game.set_by_hand = False
        try:
            match action:
                case "start":
                    await self._start(game)
                case "stop":
                    await self._stop(game)
                case "restart":
                    await self._restart(game)
                case "kill":
                    await self._kill(game)
                case _:
                    assert_never(action)
        finally:
            game.power_action = None

    async def _start(self, game: Game) -> None:
        if game.runs:
            raise DaemonRefusal(HTTPStatus.BAD_REQUEST, "Server is already running")
        await self._scheduler.sleep(game.start_time)
        if game.fails_to_start:
            raise DaemonRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Environment error: Failed to create container")
        game.containers += 1
        game.state = State.STARTING
        self._truth.note_container(game.id)
        if game.exits_after is not None:
            self._scheduler.spawn_future(self._exit_later(game, game.exits_after), game.container_tasks)
        if game.done_line:
            self._scheduler.spawn(self._get_ready(game), game.container_tasks)
        else:
            # So in the vendor's source: such a game counts as running before the daemon says that it starts.
            self._truth.note_ready(game.id)
            self._report(game, State.RUNNING)
        await self._report_twice(game, State.STARTING, TOLD_AGAIN)

    async def _get_ready(self, game: Game) -> None:
        await self._scheduler.sleep(game.ready_time)
        if game.state is State.STARTING:
            game.state = State.RUNNING
            self._truth.note_ready(game.id)
            await self._report_twice(game, State.RUNNING, TOLD_AGAIN)

    async def _exit_later(self, game: Game, seconds: float) -> None:
        await self._scheduler.sleep(seconds)
        self.exit(game, game.exit_code)

    async def _stop(self, game: Game) -> None:
        if not game.containers:
            message = f"Environment error: Container not found: {game.id}"
            raise DaemonRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, message)
        if not game.runs:
            self._report(game, State.OFFLINE)
            return
        await self._go_down(game)
        await self._report_twice(game, State.OFFLINE, TOLD_AGAIN)

    async def _restart(self, game: Game) -> None:
        if game.runs:
            await self._go_down(game, restarting=True)
            self._report(game, State.OFFLINE)
        try:
            await self._start(game)
        except DaemonRefusal:
            self._truth.note_failed_restart(game.id)
            raise

    async def _go_down(self, game: Game, *, restarting: bool = False) -> None:
        game.state = State.STOPPING
        game.exited.clear()
        self._report(game, State.STOPPING)
        await self._scheduler.sleep_until(game.exited, min(game.stop_time, self._stop_timeout))
        game.take_down()
        self._truth.note_stop(game.id, restarting=restarting)

    async def _kill(self, game: Game) -> None:
        if not game.runs:
            self._report(game, State.OFFLINE)
            return
        game.take_down()
        self._truth.note_end(game.id, What.KILLED)
        await self._report_twice(game, State.OFFLINE, KILL_TOLD_AGAIN)

    def exit(self, game: Game, code: int) -> None:
        """Let a container exit by itself.

        While it is being stopped, that is the end of the stop.
        """
        if game.state is State.STOPPING and game.power_action is not None:
            game.exited.set()
        elif game.runs:
            game.take_down()
            game.set_by_hand = False
            self._truth.note_end(game.id, What.CRASHED if code else What.EXITED)
            self._report(game, State.OFFLINE)

    async def _report_twice(self, game: Game, state: State, seconds: float) -> None:
        self._report(game, state)
        await self._scheduler.sleep(seconds)
        if game.state is state:
            self._report(game, state)


def check_free(game: Game) -> None:
    """Refuse while the daemon does something else with a server."""
    doing = {
        "installing": game.installing,
        "transferring": game.transferring,
        "restoring from backup": game.restoring,
    }
    for what, is_so in doing.items():
        if is_so:
            raise DaemonRefusal(HTTPStatus.CONFLICT, f"Server is currently {what}")
    if game.suspended:
        raise DaemonRefusal(HTTPStatus.FORBIDDEN, "Server is suspended")
