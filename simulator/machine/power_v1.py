"""Power actions of generation 1's daemons.

They carry out one action at a time and refuse others.
"""

from http import HTTPStatus
from typing import Final, assert_never, override

from .games import Game, State
from .power import Power, PowerAction
from .refusals import DaemonRefusal, check_free
from .truth import What

TOLD_AGAIN: Final = 0.03
"""Seconds after which a daemon repeats a status, as seen on a real panel."""
KILL_TOLD_AGAIN: Final = 0.5
"""The same for a kill."""


class PowerV1(Power):
    """The daemons of generation 1."""

    echoes = False

    @override
    async def run(self, game: Game, action: PowerAction) -> None:
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

    @override
    async def make_room(self, game: Game) -> None:
        check_free(game)
        game.take_down()

    @override
    def find_again(self, game: Game) -> None:
        if game.state is State.STARTING and game.power_action is None:
            game.state = State.RUNNING
        # The daemon begins to read samples at a start only.
        game.stream_began_at = None

    async def _start(self, game: Game) -> None:
        if game.runs:
            raise DaemonRefusal(HTTPStatus.BAD_REQUEST, "Server is already running")
        await self._scheduler.sleep(game.start_time)
        if game.fails_to_start:
            raise DaemonRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, "Environment error: Failed to create container")
        game.state = State.STARTING
        self._begin_container(game)
        if not game.done_line:
            # So in the vendor's source: such a game counts as running before the daemon says that it starts.
            self._truth.note_ready(game.id)
            self._tell(game, State.RUNNING)
        await self._report_twice(game, State.STARTING, TOLD_AGAIN)

    @override
    async def _on_ready(self, game: Game) -> None:
        if not game.done_line or game.state is State.STOPPING:
            return
        self._truth.note_ready(game.id)
        # A daemon that was restarted meanwhile took it for one that runs.
        if game.state is State.STARTING:
            game.state = State.RUNNING
            await self._report_twice(game, State.RUNNING, TOLD_AGAIN)

    async def _stop(self, game: Game) -> None:
        if not game.containers:
            message = f"Environment error: Container not found: {game.id}"
            raise DaemonRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, message)
        if not game.runs:
            self._tell(game, State.OFFLINE)
            return
        await self._go_down(game)
        await self._report_twice(game, State.OFFLINE, TOLD_AGAIN)

    async def _restart(self, game: Game) -> None:
        if game.runs:
            await self._go_down(game, restarting=True)
            self._tell(game, State.OFFLINE)
        try:
            await self._start(game)
        except DaemonRefusal:
            self._truth.note_failed_restart(game.id)
            raise

    async def _go_down(self, game: Game, *, restarting: bool = False) -> None:
        game.state = State.STOPPING
        self._tell(game, State.STOPPING)
        await self._wait_for_exit(game)
        game.take_down()
        self._truth.note_stop(game.id, restarting=restarting)

    async def _kill(self, game: Game) -> None:
        if not game.runs:
            self._tell(game, State.OFFLINE)
            return
        game.take_down()
        self._truth.note_end(game.id, What.KILLED)
        await self._report_twice(game, State.OFFLINE, KILL_TOLD_AGAIN)

    @override
    def exit(self, game: Game, code: int, *, out_of_memory: bool = False) -> None:
        if game.state is State.STOPPING and game.power_action is not None:
            game.exited.set()
        elif game.runs:
            game.take_down()
            game.set_by_hand = False
            self._truth.note_end(game.id, What.CRASHED if code else What.EXITED)
            self._tell(game, State.OFFLINE)

    async def _report_twice(self, game: Game, state: State, seconds: float) -> None:
        self._tell(game, state)
        await self._scheduler.sleep(seconds)
        if game.state is state:
            self._tell(game, state)
