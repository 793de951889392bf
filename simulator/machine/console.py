"""What games print, and what they answer to what is typed."""

from collections.abc import Callable, Iterator
import random
from typing import Final

from .games import Game
from .scheduler import Scheduler

STARTUP: Final = "container@stellar~ java -Xms128M -jar server.jar"
"""The first line of each container's output."""
STOP_COMMAND: Final = "stop"
"""What ends each of these games when it is typed into its console."""
EXITS: Final = {"crash": (1, False), "oom": (137, True), "quit0": (0, False)}
"""What ends it at once: the exit code, and whether memory was short, by the command."""
HANG_COMMAND: Final = "hang"
"""What makes it deaf to commands and signals."""
_YELLOW: Final = "\x1b[33m"
_PLAIN: Final = "\x1b[0m"
_END: Final = "\r\n"
"""A container's terminal ends lines so."""
_BOOT: Final = ("Starting minecraft server version 1.21.4", "Preparing spawn area: 42%")
_MOVES: Final = 0.4
"""The share of joins and leaves."""
_WARNINGS: Final = 0.05
"""The share of warnings among what is printed while people play."""
_SLOW: Final = "Can't keep up! Is the server overloaded? Running 2187ms or 43 ticks behind"
_REMARKS: Final = ("hello all", "who took my boat?", "brb", "gg", "a creeper got me", "nice base!")


class Console:
    """The consoles of all games."""

    def __init__(self, scheduler: Scheduler, emit: Callable[[Game, str], None], seed: int) -> None:
        """Give `emit` all that containers print."""
        self._scheduler = scheduler
        self._emit = emit
        self._random = random.Random(seed)

    def print(self, game: Game, text: str) -> None:
        """Print text as it is: lines, parts of them, or many."""
        # In this order, as a daemon that only now reads the log has not heard of the text.
        self._emit(game, text)
        game.log.write(text)

    def print_line(self, game: Game, line: str, *, timed: bool = False) -> None:
        """Print a line of the game, with the time if `timed`."""
        # Rounded: a wait for a second ends a little after it.
        seconds = round(self._scheduler.now() - game.started_at) if timed else None
        self.print(game, _log_line(line, seconds))

    def warn(self, game: Game, line: str) -> None:
        """Print a warning of the game, in yellow as games do."""
        seconds = round(self._scheduler.now() - game.started_at)
        self.print(game, f"{_YELLOW}{_log_line(line, seconds, level='WARN').removesuffix(_END)}{_PLAIN}{_END}")

    def repeat(self, game: Game, lines: list[str]) -> None:
        """Send again what a container printed."""
        for line in lines:
            self._emit(game, f"{line}\n")

    def fill_log(self, game: Game) -> None:
        """Fill the log of a container that became ready long ago."""
        game.log.write(f"{STARTUP}{_END}")
        for seconds, line in enumerate((*_BOOT, _done_line(game)), 1):
            game.log.write(_log_line(line, seconds))

    async def boot(self, game: Game) -> None:
        """Print a game's output until it is ready.

        Its "done" line is the last.
        """
        for share, line in ((0.25, _BOOT[0]), (0.5, _BOOT[1]), (1, _done_line(game))):
            # Counted from the start: late timers do not add up.
            due = game.started_at + share * game.ready_time
            await self._scheduler.sleep(max(0.0, due - self._scheduler.now()))
            self.print_line(game, line, timed=True)

    def answer(self, game: Game, command: str) -> None:
        """Print what a game answers to a line that is typed."""
        for line in _answers(game, command):
            self.print_line(game, line)

    async def chat(self, game: Game, pace: float) -> None:
        """Print the chat of players who come and go.

        Args:
            game: The game.
            pace: The mean time between two lines, in seconds.
        """
        while True:
            await self._scheduler.sleep(pace * self._random.uniform(0.5, 1.5))
            if not game.runs or not game.visitors:
                continue
            if game.players and self._random.random() < _WARNINGS:
                self.warn(game, _SLOW)
            else:
                self.print_line(game, self._next_remark(game), timed=True)

    def _next_remark(self, game: Game) -> str:
        absent = [name for name in game.visitors if name not in game.players]
        moves = self._random.random() < _MOVES
        # Most of the time about half of them play.
        joins = self._random.randrange(len(game.visitors)) < len(absent)
        if not game.players or (moves and joins):
            game.players.append(name := self._random.choice(absent))
            return f"{name} joined the game"
        name = self._random.choice(game.players)
        if moves:
            game.players.remove(name)
            return f"{name} left the game"
        return f"<{name}> {self._random.choice(_REMARKS)}"


def _log_line(line: str, seconds: int | None, level: str = "INFO") -> str:
    clock = "" if seconds is None else f"{12 + seconds // 3600}:{seconds // 60 % 60:02}:{seconds % 60:02} "
    return f"[{clock}{level}]: {line}{_END}"


def _done_line(game: Game) -> str:
    return f'Done ({max(0.0, game.ready_time - 0.488):.3f}s)! For help, type "help"'


def _answers(game: Game, command: str) -> Iterator[str]:
    word, _, rest = command.partition(" ")
    match word:
        case "list":
            players = f" {', '.join(game.players)}" if game.players else ""
            yield f"There are {len(game.players)} of a max of {game.max_players} players online:{players}"
        case "say":
            yield f"[Server] {rest}"
        case "stop":
            yield "Stopping the server"
        case _ if command not in EXITS and command != HANG_COMMAND:
            yield "Unknown or incomplete command, see below for error"
