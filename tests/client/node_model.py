"""A small model of a node of generation 1, in virtual time.

It has one server, and knows what it reports and what really happens. It keeps the order seen on a real panel: the
panel's own reports come when the node is done, the activity log is written then too, each 30 s the node reports each
container that runs, and a game may never say that it is ready.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Literal

from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.messages import Cause, Evidence, Question
from custom_components.stellarstack.client.models import PowerAction, ServerStatus
from custom_components.stellarstack.client.status import Source, StatusReport

from .observer import TIMING, Observer

type Operation = PowerAction | Literal["crash", "restart node"]

EPOCH = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Game:
    """How a server behaves; times in seconds.

    Attributes:
        says_ready: Whether it prints the line that the node waits for.
        files: To prepare its files, before each start.
    """

    says_ready: bool = True
    boot: float = 4.0
    stop: float = 3.0
    files: float = 0.8


@dataclass(frozen=True)
class Panel:
    """How a panel behaves; times in seconds.

    Attributes:
        can_ask: Whether its log and its node can be asked.
        lost: How many answers about each stop are lost before one comes.
        report: When the first of the node's reports comes.
        sync: When the first snapshot is read.
        lag: From reading a snapshot to its arrival.
        dated: Whether snapshots tell the time of the last write.
    """

    can_ask: bool = True
    latency: float = 0.2
    lost: int = 0
    report: float = 30.0
    sync: float = 5.0
    lag: float = 0.0
    dated: bool = True

    @property
    def certain(self) -> float:
        """How long the cause of a stop may be in doubt."""
        if not self.can_ask:
            return TIMING.down
        return TIMING.evidence_delay + self.latency + self.lost * (TIMING.evidence_retry + self.latency)


@dataclass
class Truth:
    """What really happened.

    Attributes:
        told: As it is to be told.
        parts: The same without restarts: each stop, each start.
        stopped_until: Until when a server that somebody has stopped may come back.
    """

    told: list[LifecycleEvent] = field(default_factory=list)
    parts: list[LifecycleEvent] = field(default_factory=list)
    has_run: bool = False
    stopped_until: float | None = None

    def stop(self, until: float) -> None:
        self.parts.append(LifecycleEvent.STOPPED)
        self.stopped_until = until

    def fall(self, event: LifecycleEvent) -> None:
        self.parts.append(event)
        self._go_down(event)

    def settle(self, at: float) -> None:
        """Decide whether the last stop was the first half of a restart."""
        if self.stopped_until is not None and at > self.stopped_until:
            self._go_down(LifecycleEvent.STOPPED)
        self.stopped_until = None

    def give_up(self) -> None:
        """Decide that the last stop was no restart's: whoever watches has killed the server since."""
        if self.stopped_until is not None:
            self._go_down(LifecycleEvent.STOPPED)
            self.stopped_until = None

    def run(self) -> None:
        self.parts.append(LifecycleEvent.STARTED)
        self.told.append(LifecycleEvent.RESTARTED if self.has_run else LifecycleEvent.STARTED)
        self.has_run = True

    def _go_down(self, event: LifecycleEvent) -> None:
        self.told.append(event)
        self.has_run = False


class Node:
    """A node, its one server, and the panel before them."""

    def __init__(self, game: Game, panel: Panel) -> None:
        self.now = 0.0
        self.truth = Truth()
        self.observer = Observer(self._answer if panel.can_ask else None, latency=panel.latency)
        self._game = game
        self._panel = panel
        self._queue: list[tuple[float, Callable[[], object]]] = []
        self._busy: PowerAction | None = None
        self._state = ServerStatus.STOPPED
        self._container: object | None = None
        """A new one for each start."""
        self._has_run = False
        """Whether this container was reported as running."""
        self._row = ServerStatus.STOPPED
        self._written = 0.0
        self._log: list[tuple[float, PowerAction]] = []
        self._doubt_until = 0.0
        self._false_since: float | None = None
        self._lost = 0
        self._connections = 0
        self.observer.baseline(self._row, 0)
        self._after(panel.report, self._report)
        self._after(panel.sync, self._read)

    @property
    def true_status(self) -> ServerStatus:
        return ServerStatus.STOPPED if self._container is None else ServerStatus.RUNNING

    def advance(self, seconds: float) -> None:
        end = self.now + seconds
        while self._queue[0][0] <= end:
            self.now, action = self._queue.pop(0)
            action()
        self.now = end
        self.observer.advance(end)

    def operate(self, operation: Operation, *, ours: bool = False) -> None:
        """Let somebody or something act on the server.

        Only what can be told apart is done: it waits until the cause of a stop is certain, but for a start where the
        cause can be asked for; and while a server is falsely reported as down, one thing may happen to it, if it is not
        a restart.
        """
        if (wait := self._doubt_until - self.now) > 0 and (
            operation is not PowerAction.START or not self._panel.can_ask
        ):
            self.advance(wait)
        if self._false_since is not None:
            if operation is PowerAction.RESTART:
                self.advance(30)
            elif self._container is None or self._busy is not None:
                self.advance(TIMING.unexplained + 3 * self._panel.certain)
                self._false_since = None
        match operation:
            case "crash":
                if self._container is not None and self._busy is None:
                    self._fall(LifecycleEvent.CRASHED)
            case "restart node":
                if self._container is not None and self._busy is None:
                    self._state = ServerStatus.RUNNING
                    self._after(60, self._report_falsely, self._container)
            case _:
                self._press(operation, ours)

    def reconnect(self) -> None:
        """Let the observer look anew.

        But for one case, which is told wrongly: a restart whose stop is reported as RUNNING, seen for the first time
        then, looks like a crash.
        """
        if self._busy is not PowerAction.RESTART:
            self._connections += 1
            self.observer.baseline(self._row, self.now)

    # The node.

    def _press(self, action: PowerAction, ours: bool) -> None:
        if ours:
            self.observer.expect(action, self.now)
        running = self._container is not None
        if self._busy is not None or (action is PowerAction.START and running):
            if ours:
                self._after(0.05, self._settle, action, False)
            return
        self._busy = action
        patience = TIMING.own_restart if ours and action is PowerAction.RESTART else TIMING.down
        begin = self._game.files + 0.31
        match action:
            case PowerAction.KILL:
                if running:
                    self._fall(LifecycleEvent.STOPPED)
                else:
                    self._say(ServerStatus.STOPPED)
                self._after(0.5, self._say, ServerStatus.STOPPED)
                self._after(0.52, self._finish, action, ours)
            case PowerAction.START:
                self._after(begin, self._begin, action, ours)
            case _ if running:
                self._state = ServerStatus.STOPPING
                self._say(ServerStatus.STOPPING)
                self._after(self._game.stop, self._stopped, patience)
                if action is PowerAction.STOP:
                    self._after(self._game.stop + 0.05, self._finish, action, ours)
                else:
                    self._after(self._game.stop + begin, self._begin, action, ours)
            case PowerAction.STOP:
                self._say(ServerStatus.STOPPED)
                self._after(0.02, self._finish, action, ours)
            case PowerAction.RESTART:
                self._after(begin, self._begin, action, ours)

    def _begin(self, action: PowerAction, ours: bool) -> None:
        self._container = container = object()
        self._has_run = False
        self._state = ServerStatus.STARTING
        self.truth.settle(self.now)
        if self._game.says_ready:
            self._after(self._game.boot, self._ready, container)
        else:
            self._say(ServerStatus.RUNNING)
        self._say(ServerStatus.STARTING)
        self._say(ServerStatus.STARTING)
        self._after(0.06, self._finish, action, ours)

    def _ready(self, container: object) -> None:
        if self._container is container and self._state is ServerStatus.STARTING:
            self._state = ServerStatus.RUNNING
            self._say(ServerStatus.RUNNING)
            self._say(ServerStatus.RUNNING)

    def _stopped(self, patience: float) -> None:
        self._container = None
        self._state = ServerStatus.STOPPED
        self.truth.stop(self.now + patience)
        self._say(ServerStatus.STOPPED)
        self._say(ServerStatus.STOPPED)

    def _fall(self, event: LifecycleEvent) -> None:
        self._container = None
        self._state = ServerStatus.STOPPED
        self.truth.fall(event)
        self._lost = 0
        self._doubt_until = self.now + self._panel.certain + 0.01
        self._say(ServerStatus.STOPPED)

    def _finish(self, action: PowerAction, ours: bool) -> None:
        """Let the panel write what it believes, and its log."""
        match action:
            case PowerAction.STOP:
                self._say(ServerStatus.STOPPING)
            case PowerAction.KILL:
                self._row = ServerStatus.STOPPED
                self._written = self.now
                if ours:
                    self.truth.give_up()
            case PowerAction.START | PowerAction.RESTART:
                self._say(ServerStatus.STARTING)
        self._log.append((self.now, action))
        self._busy = None
        if ours:
            self._settle(action, True)

    def _report(self) -> None:
        self._say(self._state if self._container is None else ServerStatus.RUNNING)
        if self._container is not None:
            self._false_since = None
        self._after(30, self._report)

    def _report_falsely(self, container: object) -> None:
        """Report a server that runs as down.

        A new node that found it running waits 60 s for its end, and takes the end of that time for it.
        """
        if self._container is container and self._busy is None:
            self._false_since = self.now
            self._lost = 0
            self._doubt_until = self.now + self._panel.certain + 0.01
            self._say(ServerStatus.STOPPED)

    # The panel.

    def _say(self, status: ServerStatus) -> None:
        self._row = status
        self._written = self.now
        if status is ServerStatus.RUNNING and self._state is not ServerStatus.STOPPING and not self._has_run:
            self._has_run = True
            self.truth.run()
        self.observer.event(status, self.now)

    def _read(self) -> None:
        updated_at = EPOCH + timedelta(seconds=self._written) if self._panel.dated else None
        at = self.now + self._panel.lag
        snapshot = StatusReport(Source.PANEL, self._row, at, event=False, updated_at=updated_at)
        self._after(self._panel.lag, self._deliver, snapshot, self._connections)
        self._after(5, self._read)

    def _deliver(self, snapshot: StatusReport, connection: int) -> None:
        if connection == self._connections:
            self.observer.report(snapshot)

    def _answer(self, question: Question, since: float | None, at: float) -> Evidence:
        if question is Question.STATE:
            return Evidence(self._state)
        assert since is not None
        if self._lost < self._panel.lost:
            self._lost += 1
            return Evidence()
        wanted = any(time >= since and action in {PowerAction.KILL, PowerAction.STOP} for time, action in self._log)
        return Evidence(self._state, Cause.COMMAND if wanted else Cause.CRASH)

    def _settle(self, action: PowerAction, done: bool) -> None:
        self.observer.settle(action, self.now, done=done)

    def _after[*Args](self, seconds: float, action: Callable[[*Args], object], *args: *Args) -> None:
        self._queue.append((self.now + seconds, partial(action, *args)))
        self._queue.sort(key=_due)


def _due(entry: tuple[float, Callable[[], object]]) -> float:
    return entry[0]
