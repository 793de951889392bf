"""How much of a computer a game takes."""

from dataclasses import dataclass
import math
import random
from typing import Final

from .games import Game, State

SAMPLE_INTERVAL: Final = 1.0
"""Seconds between two samples of a container, which Docker takes."""
_STARTING_CPU: Final = 120.0
_IDLE_CPU: Final = 8.4
_CPU_OF_PLAYER: Final = 6.0
_CPU_JITTER: Final = 0.3
"""The share by which the processor's use differs from its mean; an idle game tells 5.9 to 10.9 % (seen on a real panel)."""
_IDLE_MEMORY: Final = 0.3
_MEMORY_OF_PLAYER: Final = 0.02
_MEMORY_JITTER: Final = 0.001
"""The share of the limit by which the memory of an idle game differs, and no more in 12 minutes (seen on a real panel)."""
_PAGE: Final = 4096
_FOLDER: Final = 1536 * 1024**2


@dataclass(frozen=True)
class Sample:
    """What Docker says of a container.

    Attributes:
        first: Whether the stream begins with it: there is nothing yet to compare with, so the processor seems idle.
        cpu: Percent of a core; may be above what the server is allowed.
        memory: The share of the memory that the server is allowed.
        received: Bytes from the network since the container runs.
        sent: Bytes to the network since then.
        read: Bytes from disks since then.
        written: Bytes to disks since then.
        folder: Bytes of the server's folder.
        uptime: Seconds that the container runs.
        state: What the daemon says of the server.
    """

    first: bool
    cpu: float
    memory: float
    received: int
    sent: int
    read: int
    written: int
    folder: int
    uptime: float
    state: State


def take_sample(game: Game, seed: int, uptime: float, *, first: bool) -> Sample:
    """Return the sample at a time of a container's life.

    It is the same for the same time.
    """
    number = int(uptime / SAMPLE_INTERVAL)
    noise = random.Random(f"{seed} {game.id} {game.containers} {number}").random()
    ready, players = game.state is not State.STARTING, len(game.players)
    cpu = _IDLE_CPU + _CPU_OF_PLAYER * players if ready else _STARTING_CPU
    # What players come to see is loaded, and dropped some minutes later.
    memory_of_player = _MEMORY_OF_PLAYER + 0.01 * math.sin(number / 60)
    return Sample(
        first=first,
        cpu=0.0001 + noise / 5000 if first else cpu * (1 - _CPU_JITTER + 2 * _CPU_JITTER * noise),
        memory=min(1.0, _IDLE_MEMORY + memory_of_player * players + _MEMORY_JITTER * noise),
        received=1600 + 240 * number + int(240 * noise),
        sent=1000 + 180 * number + int(180 * noise),
        read=_PAGE,
        written=_PAGE * (2 + number),
        folder=_FOLDER + _PAGE * number,
        uptime=uptime,
        state=game.state,
    )
