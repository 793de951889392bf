"""Power actions of generation 2's daemons.

Actions are queued, and none is answered.
"""

from typing import Final, assert_never, override

from .games import Game, State
from .power import Power, PowerAction
from .truth import What

_PULLED_AFTER: Final = 0.01
"""Seconds that the daemon takes to see that it has an image."""
REPEATED_LINES: Final = 200
"""Lines of a container's output that the daemon sends again after its end."""
_REPEATED_AFTER: Final = 0.03
"""Seconds after a kill at which the daemon sends the container's output again, as seen on a real panel."""
_REPEATED_EACH: Final = 1.0
"""Seconds after which it does so of a container whose end it did not notice."""
KILLED: Final = 137
"""The exit code of a container that was killed."""


class PowerV2(Power):
    """The daemons of generation 2."""

    echoes = True

    @override
    async def run(self, game: Game, action: PowerAction) -> None:
        game.set_by_hand = False
        if action == "kill":
            self._kill(game)
            return
        async with game.turn:
            game.power_action = action
            try:
                match action:
                    case "start":
                        await self._start(game)
                    case "stop":
                        await self._stop(game)
                    case "restart":
                        await self._restart(game)
                    case _:
                        assert_never(action)
            finally:
                game.power_action = None

    @override
    async def make_room(self, game: Game) -> None:
        if game.state is not State.OFFLINE:
            await self.run(game, "stop")

    @override
    def find_again(self, game: Game) -> None:
        # Whatever it was doing: it counts as running, and its exit would not be noticed.
        game.state = State.RUNNING
        game.unwatched = True
        self._live.begin_stream(game)

    async def _start(self, game: Game) -> None:
        if game.state is State.OFFLINE:
            game.dead, game.unwatched = True, False
            self._change(game, State.STARTING)
        elif game.state is not State.STARTING or not game.dead:
            return
        self._live.on_notice(game, "Updating process configuration files...")
        await self._scheduler.sleep(_PULLED_AFTER)
        self._live.on_notice(game, "Pulling Docker container image, this could take a few minutes to complete...")
        await self._scheduler.sleep(game.start_time)
        if game.state is not State.STARTING:
            # It was killed meanwhile.
            return
        if game.fails_to_start:
            self._live.on_notice(game, "Failed to pull Docker container image: manifest unknown")
            self._go_offline(game)
            self._truth.note_failed_restart(game.id)
            return
        self._live.on_notice(game, "Finished pulling Docker container image")
        self._begin_container(game)
        if not game.done_line:
            self._get_ready(game)

    @override
    async def _on_ready(self, game: Game) -> None:
        if game.done_line and game.state is State.STARTING:
            self._get_ready(game)
        elif game.done_line and game.state is State.RUNNING:
            # The daemon was restarted meanwhile, and took it for one that runs.
            self._truth.note_ready(game.id)

    def _get_ready(self, game: Game) -> None:
        self._truth.note_ready(game.id)
        if game.done_line:
            self._live.begin_stream(game)
        self._change(game, State.RUNNING)

    async def _stop(self, game: Game, *, restarting: bool = False) -> None:
        if game.dead:
            # Its end was told by the container's exit, if not by the daemon.
            self._go_offline(game)
        elif game.runs:
            self._change(game, State.STOPPING)
            await self._wait_for_exit(game)
            if game.runs:
                self._truth.note_stop(game.id, restarting=restarting)
                self._go_offline(game)

    async def _restart(self, game: Game) -> None:
        await self._stop(game, restarting=True)
        await self._start(game)

    def _kill(self, game: Game) -> None:
        if game.state is State.OFFLINE:
            return
        before, ran = game.state, game.runs
        lines = game.log.lines(REPEATED_LINES)
        self._go_offline(game)
        game.exited.set()
        if ran:
            self._truth.note_end(game.id, What.KILLED)
        if ran and before is State.RUNNING:
            self._reports.exit(game, KILLED, out_of_memory=False)
            self._scheduler.spawn(self._repeat_later(game, lines), game.calls)

    @override
    def exit(self, game: Game, code: int, *, out_of_memory: bool = False) -> None:
        if not game.runs:
            return
        if game.state is State.STOPPING:
            game.exited.set()
            return
        self._truth.note_end(game.id, What.CRASHED if code else What.EXITED)
        if game.state is State.STARTING:
            # That a game exits before it is ready is not told.
            game.end_container()
        elif game.unwatched:
            game.end_container()
            self._scheduler.spawn_future(self._repeat_for_ever(game), game.container_tasks)
        else:
            self._reports.exit(game, code, out_of_memory=out_of_memory)
            self._console.repeat(game, game.log.lines(REPEATED_LINES))
            self._go_offline(game)

    async def _repeat_later(self, game: Game, lines: list[str]) -> None:
        await self._scheduler.sleep(_REPEATED_AFTER)
        self._console.repeat(game, lines)

    async def _repeat_for_ever(self, game: Game) -> None:
        while True:
            await self._scheduler.sleep(_REPEATED_EACH)
            self._console.repeat(game, game.log.lines(REPEATED_LINES))

    def _go_offline(self, game: Game) -> None:
        game.take_down()
        self._change(game, State.OFFLINE)

    def _change(self, game: Game, state: State) -> None:
        game.state = state
        self._tell(game, state)
