"""The console of one server as it is printed: lines in batches."""

import asyncio
from collections import deque
from collections.abc import Callable, Iterator
import contextlib
from dataclasses import replace

from .console import MOST_LINES, Console, ConsoleLines
from .exceptions import StellarStackError
from .listeners import Listeners


class LineCollection:
    """Lines that are printed from now on.

    Attributes:
        lines: The lines, oldest first; of many, the last 500.
    """

    def __init__(self, echo: str, is_last: Callable[[str], bool]) -> None:
        """Begin without lines.

        Args:
            echo: A line that is left out once: terminals repeat what is typed (seen on a real panel of generation 2).
            is_last: Whether a line is the last one asked for.
        """
        self.lines: deque[str] = deque(maxlen=MOST_LINES)
        self._echo: str | None = echo
        self._is_last = is_last
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        # Whoever waits may have left before it fails.
        self._done.add_done_callback(lambda future: future.cancelled() or future.exception())

    def take(self, batch: ConsoleLines) -> None:
        """Add the lines of a batch if they are new."""
        if not batch.new:
            return
        for line in batch.lines:
            if self._done.done():
                return
            if line == self._echo:
                self._echo = None
                continue
            self.lines.append(line)
            if self._is_last(line):
                self._done.set_result(None)

    def fail(self, error: StellarStackError) -> None:
        """End the wait with an error."""
        if not self._done.done():
            self._done.set_exception(error)

    async def wait(self, seconds: float) -> bool:
        """Wait for the last line; return whether it came.

        Raises:
            StellarStackError: No more lines can come.
        """
        try:
            async with asyncio.timeout(seconds):
                await asyncio.shield(self._done)
        except TimeoutError:
            return False
        return True


class ConsoleStream:
    """The console of one server.

    Attributes:
        batches: Notified of lines, at most ten times a second.
    """

    def __init__(self, pause: float) -> None:
        """Begin without lines.

        Args:
            pause: Seconds in which lines are gathered.
        """
        self.batches: Listeners[ConsoleLines] = Listeners()
        self._pause = pause
        self._console: Console | None = None
        """Only of a server that has a socket: thousands have none."""
        self._flushing: asyncio.TimerHandle | None = None
        self._gap_is_new: bool | None = None
        self._collections: list[LineCollection] = []

    def lines(self, most: int) -> list[str]:
        """Return the last lines, oldest first."""
        return [] if self._console is None else self._console.lines(most)

    def open(self, *, repeats: bool) -> None:
        """Prepare for sockets.

        Args:
            repeats: Whether the node may repeat lines on an open one.
        """
        self._console = self._console or Console(repeats=repeats)

    def begin(self) -> None:
        """Begin with a new socket, which first sends lines of the past."""
        if self._console is not None:
            self._console.begin()

    def begin_run(self) -> None:
        """Begin with a start of the server."""
        if self._console is not None:
            self._console.begin_run()

    def settle(self) -> None:
        """End the past."""
        batch = None if self._console is None else self._console.settle()
        if batch is not None and self._gap_is_new is not None:
            batch = replace(batch, new=self._gap_is_new)
        self._gap_is_new = None
        self._notify(batch)

    def take_past(self, text: str) -> None:
        """Take output of the past that was long on its way."""
        self.begin()
        self.feed(text, settled=False)
        self.settle()

    def feed(self, text: str, *, settled: bool) -> None:
        """Take a piece of output.

        Args:
            text: The piece.
            settled: Whether it is new, rather than of the past.
        """
        if self._console is not None:
            self._console.feed(text)
            if settled:
                self._flush_soon()

    def take_runs(self, runs: bool) -> None:
        """Take a sign that the server runs, or that it went down."""
        if self._console is not None:
            self._console.take_runs(runs)

    def flush(self) -> None:
        """Notify of the lines that wait."""
        self.stop()
        if self._console is not None:
            self._notify(self._console.flush())
            self._flush_soon()

    def pause(self, *, gap_is_new: bool) -> None:
        """Stop because no socket is of use for now.

        Args:
            gap_is_new: Whether the lines that the next socket begins with are new: they are where it is awaited, as a
                stopped server prints nothing; where nobody listens, they are not.
        """
        self.flush()
        self.stop()
        self._gap_is_new = gap_is_new

    def stop(self) -> None:
        """Stop the timer: nothing more comes by this socket."""
        if self._flushing is not None:
            self._flushing.cancel()
            self._flushing = None

    @contextlib.contextmanager
    def collect(self, echo: str, is_last: Callable[[str], bool]) -> Iterator[LineCollection]:
        """Collect the lines that are printed meanwhile, without an echo."""
        self.flush()
        collection = LineCollection(echo, is_last)
        remove = self.batches.add(collection.take)
        self._collections.append(collection)
        try:
            yield collection
        finally:
            self._collections.remove(collection)
            remove()

    def fail(self, error: StellarStackError) -> None:
        """Fail all waits for lines."""
        for collection in self._collections:
            collection.fail(error)

    def _flush_soon(self) -> None:
        if self._flushing is None and self._console is not None and self._console.waits:
            self._flushing = asyncio.get_running_loop().call_later(self._pause, self.flush)

    def _notify(self, batch: ConsoleLines | None) -> None:
        if batch is not None:
            self.batches.notify(batch)
