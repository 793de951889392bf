"""Nodes, and the games in their containers."""

import asyncio
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, StrEnum
from typing import Any, Final

VISITORS: Final = ("Alex", "Sam", "Kim", "Robin", "Jo", "Max", "Toni", "Charlie")
"""Who comes to play and goes again."""
LOG_LINES: Final = 500
"""Lines of a container's output that are kept."""


class State(StrEnum):
    """What a daemon says of a server."""

    OFFLINE = "offline"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"


class Link(Enum):
    """How a node's daemon can be reached."""

    UP = "answers"
    DOWN = "refuses connections"
    HUNG = "accepts them and answers nothing"


@dataclass(eq=False)
class Node:
    """A computer with a daemon.

    Attributes:
        id: The panel's id of it.
        report_due: When it reports all its servers next, in seconds of the machine.
        link: How its daemon can be reached.
        link_changed: Set when `link` changes, then replaced by another.
    """

    id: str
    report_due: float
    link: Link = Link.UP
    link_changed: asyncio.Event = field(default_factory=asyncio.Event, repr=False)

    def set_link(self, link: Link) -> None:
        """Change how the daemon can be reached.

        Calls that wait for its answer notice.
        """
        if link is not self.link:
            self.link = link
            self.end_waiting()

    def end_waiting(self) -> None:
        """End the calls that wait for the daemon."""
        self.link_changed.set()
        self.link_changed = asyncio.Event()


@dataclass(frozen=True)
class BackupFile:
    """A backup in the folder of a node's daemon."""

    id: str
    created_at: datetime
    checksum: str
    size: int


@dataclass(frozen=True)
class GameStats:
    """What a daemon answers when it is asked for a server."""

    state: State
    installing: bool
    transferring: bool
    restoring: bool


class ContainerLog:
    """What a container printed last, as Docker keeps it."""

    def __init__(self) -> None:
        """Begin empty."""
        self._lines: deque[str] = deque(maxlen=LOG_LINES)
        self._rest = ""

    def write(self, text: str) -> None:
        """Add text, which need not be whole lines."""
        *lines, self._rest = (self._rest + text).split("\n")
        self._lines.extend(lines)

    def lines(self, most: int) -> list[str]:
        """Return the last whole lines, the oldest first."""
        return list(self._lines)[-most:]


@dataclass(eq=False)
class Game:
    """A game server: how its game behaves, and how it is doing.

    Attributes:
        id: The panel's id of it.
        node: Where it runs.
        stop_time: Seconds that the game takes to stop.
        start_time: Seconds before the container runs: `chown -R` of its folder, and making it.
        ready_time: Seconds from then until the "done" line.
        install_time: Seconds that the installer takes.
        done_line: Whether the blueprint knows the game's "done" line.
        stop_by_signal: Whether the blueprint stops the game by a signal, not by a command.
        exits_after: Seconds after which the container exits by itself, None for never.
        exit_code: The code of such an exit; other than 0 it is a crash.
        fails_to_start: Whether the next containers cannot be made.
        fails_to_install: Whether the next installs fail.
        containers: How many containers were made for it, all but the last gone.
        state: The daemon's word.
        dead: Whether the container is gone though `state` is not offline: its exit was not noticed.
        hangs: Whether the game heeds neither commands nor signals.
        unwatched: Whether the daemon, restarted meanwhile, would not notice an exit.
        installing: Whether the installer is at work.
        transferring: Whether it moves to another node.
        restoring: Whether a backup is being put back.
        suspended: Whether the daemon was told of a suspension.
        set_by_hand: Whether a test said how it is: the reports of each 30 s leave it out until something happens to it.
        power_action: The power action under way; the daemon refuses others meanwhile.
        commands: What was typed into its console.
        log: What the container printed last.
        install_log: What the last installer printed.
        players: The names of those who play.
        max_players: How many may play at once.
        visitors: Who comes to play, while a live socket is open.
        started_at: When the container began to run, in seconds of the machine.
        stream_began_at: When the daemon's stream of samples began, None for no stream.
        backups: The backups in the node's folder.
        exited: Set when the container exits while it is being stopped.
        turn: Held by the power action under way where others wait for it.
        container_tasks: What ends with the container.
        calls: The daemon's calls under way.
    """

    id: str
    node: Node
    stop_time: float = 3.0
    start_time: float = 0.8
    ready_time: float = 4.0
    install_time: float = 20.0
    done_line: bool = True
    stop_by_signal: bool = False
    exits_after: float | None = None
    exit_code: int = 1
    fails_to_start: bool = False
    fails_to_install: bool = False
    containers: int = 1
    state: State = State.OFFLINE
    dead: bool = False
    hangs: bool = False
    unwatched: bool = False
    installing: bool = False
    transferring: bool = False
    restoring: bool = False
    suspended: bool = False
    set_by_hand: bool = False
    power_action: str | None = None
    commands: list[str] = field(default_factory=list)
    log: ContainerLog = field(default_factory=ContainerLog, repr=False)
    install_log: list[str] = field(default_factory=list)
    players: list[str] = field(default_factory=list)
    max_players: int = 20
    visitors: tuple[str, ...] = VISITORS
    started_at: float = 0.0
    stream_began_at: float | None = None
    backups: list[BackupFile] = field(default_factory=list)
    exited: asyncio.Event = field(default_factory=asyncio.Event, repr=False)
    turn: asyncio.Lock = field(default_factory=asyncio.Lock, repr=False)
    container_tasks: set[asyncio.Task[Any]] = field(default_factory=set, repr=False)
    calls: set[asyncio.Task[Any]] = field(default_factory=set, repr=False)

    @property
    def runs(self) -> bool:
        """Return whether the container runs."""
        return self.state is not State.OFFLINE and not self.dead

    @property
    def container_state(self) -> State:
        """Return what the reports of each 30 s say.

        Docker knows only whether the container runs.
        """
        return State.RUNNING if self.runs else State.OFFLINE

    def begin_container(self, now: float) -> None:
        """Note that a new container runs."""
        self.containers += 1
        self.dead = self.hangs = self.unwatched = False
        self.log = ContainerLog()
        self.players.clear()
        self.started_at = now

    def end_container(self) -> None:
        """End the container, of which the daemon may not know."""
        self.dead = True
        self.stream_began_at = None
        for task in tuple(self.container_tasks):
            task.cancel()

    def take_down(self) -> None:
        """End the container, and let the daemon know."""
        self.end_container()
        self.state = State.OFFLINE
        self.dead = False

    def break_off(self) -> None:
        """End the container and all calls about it."""
        self.take_down()
        for task in tuple(self.calls):
            task.cancel()
