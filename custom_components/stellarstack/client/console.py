"""Console output as whole clean lines, each delivered once.

Pure: no clock, no I/O. Nodes repeat themselves. A new socket gets the last lines once more: in generation 1, those since
the last start. When a server ends, a node of generation 2 sends its last 200 lines again in one burst, among new ones and
not marked as old; after the node was restarted, it does so each second, until the server is stopped (seen on a real panel).
"""

from collections import deque
from collections.abc import Sequence
import contextlib
from dataclasses import dataclass
from itertools import islice
import re

MOST_LINES = 500
"""Lines that are kept of each server."""
MOST_BYTES = 256 * 1024
"""The same in bytes."""
LONGEST_LINE = 4096
"""Bytes of a line; what is beyond is cut off."""
_LONGEST_REST = LONGEST_LINE * 4
"""Characters of a line as it comes: codes for colours are among them."""

REPLAYED = 200
"""The most lines that a node repeats in a burst."""
_MANY = 50
"""Lines in a row that count as repeated without the rest: a burst may lack its end, and what was printed some lines."""
_DIFFERENT = 3
"""Different lines that a repetition must have: games repeat a line or two by themselves."""
_DOUBTED = 30
"""Calls of `flush`, ten a second, in which a sample of a server that runs on would have come (seen: each 0.8 to 2 s)."""
_LANDMARK = 3
"""Lines in a row by which the end of the known lines is found in the past of a new socket."""

_ESCAPES = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]?|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~]?)|\x9b[0-?]*[ -/]*[@-~]?"
)
# What the node itself prints. It is not among what a burst repeats: that is what the game printed since its start.
_OF_NODE = ("[StellarStack Daemon]: ", "stellarstack@")
_START = re.compile(r"stellarstack@\S+~ Server marked as starting")


@dataclass(frozen=True, slots=True)
class ConsoleLines:
    """Lines that are delivered together.

    Attributes:
        lines: The lines, oldest first.
        new: Whether they have just been printed; False for those from before we listened.
    """

    lines: tuple[str, ...]
    new: bool


def clean_line(text: str) -> str:
    """Return a line as a terminal shows it.

    Escape codes are removed; of text that overwrites itself, the last remains.
    """
    # Most lines are fine as they are.
    if not text.isprintable():
        text = _ESCAPES.sub("", _last_written(text)).expandtabs(4)
        text = "".join(char for char in text if char.isprintable())
    text = text.rstrip()
    if len(text) * 4 > LONGEST_LINE:
        text = text.encode()[:LONGEST_LINE].decode(errors="ignore")
    return text


def _last_written(text: str) -> str:
    """Return what remains of text that overwrites itself, bounded."""
    return text.rstrip("\r").rpartition("\r")[2][:_LONGEST_REST]


class Console:
    """The last lines of one server's console.

    Pieces come by `feed`. Whoever owns it calls `flush` at intervals, at which what came is told; a burst of old lines is
    known as one only when it is over.
    """

    def __init__(self, *, repeats: bool) -> None:
        """Begin without lines.

        Args:
            repeats: Whether the node may repeat lines on an open socket.
        """
        self._lines: deque[str] = deque()
        self._bytes = 0
        self._of_run = 0
        """How many of the last lines came since the server started; more when some are gone."""
        self._rest = ""
        self._fresh: deque[str] = deque(maxlen=MOST_LINES)
        self._past: deque[str] | None = None
        self._replay = _Replay() if repeats else None

    def lines(self, most: int = MOST_LINES) -> list[str]:
        """Return the last lines, oldest first."""
        return list(islice(self._lines, max(0, len(self._lines) - most), None))

    def begin(self) -> None:
        """Begin with a new socket.

        Until `settle`, lines are of the past, and some are known.
        """
        self._rest = ""
        self._past = deque(maxlen=MOST_LINES)
        if self._replay is not None:
            self._replay.forget()

    def begin_run(self) -> None:
        """Begin with a start of the server.

        New sockets get no earlier lines, and many games print the same each time.
        """
        self._of_run = 0

    def feed(self, text: str) -> None:
        """Take a piece of output; lines count once they end."""
        pieces = text.split("\n")
        pieces[0] = self._rest + pieces[0]
        *whole, rest = pieces
        if len(rest) > _LONGEST_REST:
            # A line without an end must not fill the memory.
            rest = _last_written(rest) + ("\r" if rest.endswith("\r") else "")
        self._rest = rest
        for piece in whole:
            if line := clean_line(piece):
                if self._past is not None:
                    self._past.append(line)
                elif self._replay is not None:
                    self._fresh.extend(self._replay.feed(line))
                else:
                    self._fresh.append(line)

    def take_runs(self, runs: bool) -> None:
        """Take a sign that the server runs, or that it went down.

        Only one that went down, or will in a moment, repeats lines.
        """
        if self._replay is not None:
            self._fresh.extend(self._replay.take_runs(runs))

    @property
    def waits(self) -> bool:
        """Whether there are lines for a coming `flush`."""
        return bool(self._fresh) or (self._replay is not None and self._replay.waits)

    def settle(self) -> ConsoleLines | None:
        """End the past; return its lines that are to be delivered."""
        past, self._past = list(self._past or ()), None
        of_run = self.lines(self._of_run)
        known = _count_known(of_run, past)
        if known is None and not any(map(_START.match, past)):
            known = _count_known_of_game(of_run, past)
        lines = tuple(past[known or 0 :])
        if self._replay is not None:
            if known is None and past:
                self._replay = _Replay()
            for line in lines:
                self._replay.note(line)
        self._keep(lines)
        return ConsoleLines(lines, new=known is not None) if lines else None

    def flush(self) -> ConsoleLines | None:
        """Return the new lines since the last time."""
        if self._replay is not None:
            self._fresh.extend(self._replay.release())
        lines = tuple(self._fresh)
        self._fresh.clear()
        self._keep(lines)
        return ConsoleLines(lines, new=True) if lines else None

    def _keep(self, lines: Sequence[str]) -> None:
        self._of_run += len(lines)
        for line in lines:
            self._lines.append(line)
            self._bytes += len(line.encode())
            while len(self._lines) > MOST_LINES or self._bytes > MOST_BYTES:
                self._bytes -= len(self._lines.popleft().encode())


class _Replay:
    """Detection of bursts that repeat the output since the server started.

    Lines that may be part of one are held back until it is certain, or until no more of them come. Of a long output, the
    answer to a command that is given twice looks like a burst: whether the server runs on afterwards decides.
    """

    def __init__(self) -> None:
        """Begin without a line."""
        self._printed: list[str] = []
        self._held: list[str] = []
        self._begin = 0
        self._next: int | None = None
        """The place in what was printed at which a burst goes on; None outside of any."""
        self._certain = False
        self._idle = False
        self._runs = False
        """Whether the server ran on after the last burst; False until it tells."""
        self._doubts = 0
        """The calls of `release` that are left to decide on a burst; 0 without doubt."""
        self._later: deque[str] = deque(maxlen=MOST_LINES)
        """Lines that came while in doubt."""

    @property
    def waits(self) -> bool:
        """Whether a burst may go on."""
        return self._next is not None

    def note(self, line: str) -> None:
        """Record a printed line."""
        if line.startswith(_OF_NODE):
            if _START.match(line):
                self._printed.clear()
            return
        self._insert(len(self._printed), line)

    def feed(self, line: str) -> list[str]:
        """Take a line; return the lines that are certainly new.

        They are in their order.
        """
        if self._doubts:
            self._later.append(line)
            return []
        self._idle = False
        told: list[str] = []
        place = self._find(line, self._next or 0)
        if place is None and self._next is not None and not self._certain:
            told = self.end()
            place = self._find(line, 0)
        if place is not None:
            if self._next is None:
                self._begin = place
            return told + self._repeat(line, place)
        if self._next is None or line.startswith(_OF_NODE):
            self.note(line)
        else:
            # In a burst that is certain: it was not received when it was printed.
            self._insert(self._next, line)
            self._next += 1
        return [*told, line]

    def release(self) -> list[str]:
        """End a burst without additions; return the lines held back.

        The burst has ended when nothing was added since the last call.
        """
        if self._doubts > 1:
            self._doubts -= 1
            return []
        if self._doubts:
            return self.take_runs(False)
        if self._idle:
            return self.end()
        self._idle = self._next is not None
        return []

    def take_runs(self, runs: bool) -> list[str]:
        """Take whether the server runs, which decides on a doubted burst.

        Returns:
            The lines that were held back and are new.
        """
        self._runs = runs
        if not self._doubts:
            return []
        self._doubts = 0
        later = list(self._later)
        self._later.clear()
        if runs:
            told = self.end()
            for line in later:
                self.note(line)
            return told + later
        self._held = []
        if self._next == len(self._printed):
            self.end()
        else:
            self._certain = True
        return [told for line in later for told in self.feed(line)]

    def end(self) -> list[str]:
        """End a burst; return the lines that were held back."""
        told, self._held = self._held, []
        self._next = None
        self._certain = self._idle = False
        for line in told:
            self.note(line)
        return told

    def forget(self) -> None:
        """Forget the lines that are held back.

        What a new socket tells of the past has them.
        """
        self._doubts = 0
        self._later.clear()
        self._held = []
        self.end()

    def _insert(self, place: int, line: str) -> None:
        self._printed.insert(place, line)
        if len(self._printed) > REPLAYED:
            del self._printed[0]
            if self._next is not None:
                self._next -= 1

    def _find(self, line: str, start: int) -> int | None:
        # Lines may be missing in a burst.
        with contextlib.suppress(ValueError):
            return self._printed.index(line, start)
        return None

    def _repeat(self, line: str, place: int) -> list[str]:
        """Take a possible repetition; return lines held back that are new."""
        self._next = place + 1
        is_over = self._next == len(self._printed)
        if not self._certain:
            self._held.append(line)
            is_whole = is_over and self._begin == 0
            # Of a longer output, only the end is repeated, whose beginning is not exactly known.
            may_begin_here = self._begin == 0 or len(self._printed) == REPLAYED
            is_long = len(self._held) >= _MANY and may_begin_here
            if (is_whole or is_long) and len(set(self._held)) >= _DIFFERENT:
                if self._runs and len(self._printed) == REPLAYED:
                    self._doubts = _DOUBTED
                    return []
                self._certain = True
                self._held = []
        return self.end() if is_over else []


def _count_known(lines: list[str], past: list[str]) -> int | None:
    """Return how many of a new socket's past lines are known.

    Args:
        lines: The known lines.
        past: The past lines.

    Returns:
        None when the past holds none of the last known lines.
    """
    mark = lines[-_LANDMARK:]
    for end in range(len(past), 0, -1) if mark else ():
        size = min(end, len(mark))
        # At the beginning, a part of the landmark will do, if nothing follows that would be taken for new.
        if past[end - size : end] == mark[-size:] and (size == len(mark) or end == len(past)):
            return end
    return None


def _count_known_of_game(lines: list[str], past: list[str]) -> int | None:
    """Return the same by what the game printed alone.

    A node that was restarted repeats nothing that it said itself (seen on a real panel of generation 2).
    """
    places = [place for place, line in enumerate(past) if not line.startswith(_OF_NODE)]
    known = _count_known([line for line in lines if not line.startswith(_OF_NODE)], [past[place] for place in places])
    return None if known is None else places[known - 1] + 1
