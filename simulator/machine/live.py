"""What daemons send to the live sockets of their servers."""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any

from .console import Console
from .games import Game, Link, State
from .listeners import LiveListener
from .progress import Progress
from .scheduler import Scheduler
from .usage import SAMPLE_INTERVAL, Sample, take_sample


class Live:
    """The output of daemons, for listeners while the daemons are reachable.

    Attributes:
        listeners: Who hears it.
        chatter: Mean time between two lines that players cause in a console that is watched, in seconds; None for
            silent players.
    """

    def __init__(self, scheduler: Scheduler, seed: int) -> None:
        """Begin without listeners."""
        self.listeners: list[LiveListener] = []
        self.chatter: float | None = None
        self.console = Console(scheduler, self._on_output, seed)
        self._scheduler = scheduler
        self._seed = seed
        self._watchers: Counter[str] = Counter()
        self._samplers: dict[str, set[asyncio.Task[Any]]] = {}
        self._chats: dict[str, set[asyncio.Task[Any]]] = {}

    def on_change(self, game: Game, state: State) -> None:
        """Notify the listeners of a state."""
        for listener in self._listeners_of(game):
            listener.on_change(game.id, state)

    def on_notice(self, game: Game, text: str) -> None:
        """Notify the listeners of a daemon's own console line."""
        for listener in self._listeners_of(game):
            listener.on_notice(game.id, text)

    def on_progress(self, game: Game, progress: Progress) -> None:
        """Notify the listeners of an install or a backup."""
        for listener in self._listeners_of(game):
            listener.on_progress(game.id, progress)

    def on_link(self, node_id: str, link: Link) -> None:
        """Notify the listeners of a daemon's link."""
        for listener in self.listeners:
            listener.on_link(node_id, link)

    # Samples and chatter.

    def watch(self, game: Game) -> None:
        """Sample a game and its chat for one more socket."""
        self._watchers[game.id] += 1
        if self._watchers[game.id] == 1:
            self._begin(game)

    def unwatch(self, game: Game) -> None:
        """End that, unless another socket still needs it."""
        self._watchers[game.id] -= 1
        if not self._watchers[game.id]:
            _cancel(self._samplers, game)
            _cancel(self._chats, game)

    def resume(self, games: Iterable[Game]) -> None:
        """Restart the endless tasks that `Scheduler.finish` ended."""
        for game in games:
            if self._watchers[game.id]:
                self._begin(game)

    def begin_stream(self, game: Game) -> None:
        """Begin to read a container's samples, perhaps again."""
        game.stream_began_at = self._scheduler.now()
        if self._watchers[game.id]:
            _cancel(self._samplers, game)
            self._begin_samples(game)

    def sample(self, game: Game) -> Sample | None:
        """Return the usage of a game's container.

        None if the daemon does not read it.
        """
        began = game.stream_began_at
        if began is None:
            return None
        now = self._scheduler.now()
        first = now - began < 1.5 * SAMPLE_INTERVAL
        return take_sample(game, self._seed, now - game.started_at, first=first)

    def samples_before(self, game: Game, seconds: float) -> list[Sample]:
        """Return the samples of the last seconds, the oldest first."""
        if game.stream_began_at is None:
            return []
        uptime = self._scheduler.now() - game.started_at
        count = int(min(seconds, uptime) / SAMPLE_INTERVAL)
        uptimes = [uptime - number * SAMPLE_INTERVAL for number in reversed(range(count))]
        return [take_sample(game, self._seed, each, first=each < 1.5 * SAMPLE_INTERVAL) for each in uptimes]

    def _begin(self, game: Game) -> None:
        self._begin_samples(game)
        if self.chatter is not None:
            chat = self.console.chat(game, self.chatter)
            self._scheduler.spawn_future(chat, self._chats.setdefault(game.id, set()))

    def _begin_samples(self, game: Game) -> None:
        if game.stream_began_at is not None:
            since = self._scheduler.now() - game.stream_began_at
            work = self._take_samples(game, SAMPLE_INTERVAL - since % SAMPLE_INTERVAL)
            self._scheduler.spawn_future(work, self._samplers.setdefault(game.id, set()))

    async def _take_samples(self, game: Game, wait: float) -> None:
        while game.stream_began_at is not None:
            await self._scheduler.sleep(wait)
            if sample := self.sample(game):
                for listener in self._listeners_of(game):
                    listener.on_sample(game.id, sample)
            wait = SAMPLE_INTERVAL

    # Within.

    def _on_output(self, game: Game, text: str) -> None:
        for listener in self._listeners_of(game):
            listener.on_output(game.id, text)

    def _listeners_of(self, game: Game) -> list[LiveListener]:
        return self.listeners if game.node.link is Link.UP else []


def _cancel(tasks: dict[str, set[asyncio.Task[Any]]], game: Game) -> None:
    for task in tuple(tasks.pop(game.id, ())):
        task.cancel()
