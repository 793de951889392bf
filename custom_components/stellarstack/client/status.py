"""Decide which status of a server is shown.

Pure: no clock, no I/O. The rules, each seen on a real panel: S6 on one of generation 2, the others on generation 1.
"panel" is what the panel itself reports, as an event (a change) or as a snapshot (the state at intervals); "live" is
the server's own socket.

==== ============================================= =================== ================================================
Rule reported                                      shown               why
==== ============================================= =================== ================================================
S1   STOPPING STOPPED STOPPING ... STOPPED         stopping, stopped   the panel writes STOPPING when the node is done
S2   STOPPED, then STOPPING                        stopped             the same, when somebody stops a stopped server
S3   STOPPING RUNNING STOPPED                      stopping, stopped   nodes report each container that still runs;
                                                                       after `running_while_stopping`, it is shown
S4   RUNNING from a start, STARTING ... RUNNING    running             the start of a game that never says it is ready;
                                                                       over a gap, too, until the node's report each
                                                                       30 s has corrected it
S5   event RUNNING, then snapshot STARTING         running             the snapshot was read before the change
S6   panel RUNNING, live STOPPED                   stopped             the node knows better than the panel's copy
S7   panel INSTALLING, live STOPPED                installing          nodes do not tell why a server is down: so also
                                                                       for ERROR, SUSPENDED and the like
S8   panel RUNNING, live STARTING                  running             a game that never says it is ready stays STARTING
                                                                       at its node; also when the panel is silent or tells
                                                                       something else, until the node does
S9   list STOPPING, live RUNNING, live lost        running             the list is older than the node's last change: the
                                                                       next one decides
==== ============================================= =================== ================================================

S1, S2, S3, S5 and S8 are about the copy of a panel that writes into it itself, or repeats what is over; a list of servers,
as generation 2 has it, does neither. S9 is about such a list. What no rule names is shown as reported; so is an unknown
status.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from .models import ServerStatus
from .timing import Timing

DOWN = frozenset(
    {
        ServerStatus.STOPPED,
        ServerStatus.INSTALLING,
        ServerStatus.SUSPENDED,
        ServerStatus.MAINTENANCE,
        ServerStatus.RESTORING,
        ServerStatus.ERROR,
    }
)
"""What a stopped server may be."""


class Source(IntEnum):
    """The sources of a status; the smallest available one decides."""

    LIVE = 1
    """The server's own socket, as the node reports."""
    PANEL = 2
    """The panel: its socket in generation 1, its list of servers in generation 2."""


# Not frozen, which would double the time to make one: each sample of a live socket is one.
@dataclass(slots=True)
class StatusReport:
    """A status as one source reports it.

    Attributes:
        status: None when it names none, or one that this client does not know.
        at: When it arrived, in monotonic seconds.
        event: Whether it tells a change, unlike a snapshot that comes at intervals.
        updated_at: The panel's time of its last write, where it tells it.
    """

    source: Source
    status: ServerStatus | None
    at: float
    event: bool
    updated_at: datetime | None = None


class StatusTracker:
    """The choice of the status to show for one server.

    The owner calls `elapse` when `deadline` has come.

    Attributes:
        sources: The sources that have reported and were not silenced, without one that another knew better (S9). The one
            that decides comes first. When others are heard, what is shown starts anew, as after a gap.
        shown: The status to show; None when it is not known.
    """

    def __init__(self, timing: Timing, *, echoes: bool = True) -> None:
        """Begin without a report.

        Args:
            timing: The waiting times.
            echoes: Whether the panel reports what is over, too (S1 to S3, S5, S8).
        """
        self._timing = timing
        self._echoes = echoes
        self._views: dict[Source, _View] = {}
        self._panel: _View | None = None
        """The panel's last view, kept while it is silenced."""
        self._is_ready = False
        """Whether the panel told that a server runs, of which its node says STARTING ever since (S8)."""
        self.sources: tuple[Source, ...] = ()
        self.shown: ServerStatus | None = None

    @property
    def source(self) -> Source | None:
        """The source that decides; None when there is none."""
        return min(self._views, default=None)

    def has(self, source: Source) -> bool:
        """Return whether a source has reported and was not silenced."""
        return source in self._views

    def told_by(self, source: Source) -> ServerStatus | None:
        """Return the status to show if this source decided.

        None when the status is not known, or the source is silenced.
        """
        view = self._views.get(source)
        return None if view is None else view.status

    @property
    def deadline(self) -> float | None:
        """When `elapse` must be called, in monotonic seconds; None for never."""
        deadlines = [deadline for view in self._views.values() if (deadline := view.deadline) is not None]
        return min(deadlines) if deadlines else None

    def baseline(self, report: StatusReport) -> None:
        """Take a source's first report after a gap; discard its others.

        Of a start just before the gap, the echo is known all the same (S4).
        """
        has_echoes = self._echoes and report.source is Source.PANEL
        view = self._views[report.source] = _View(report, self._timing, has_echoes=has_echoes)
        if has_echoes:
            if self._panel is not None:
                view.continue_start(self._panel, report.at)
            self._panel = view
        self._review_sources()
        self._decide()

    def report(self, report: StatusReport) -> bool:
        """Take a report; the first one of a source is its baseline.

        Returns:
            False when the report is a snapshot that was put aside as stale (S5). The next snapshot decides, so it must
            be reported even if it equals this one.
        """
        if (view := self._views.get(report.source)) is None:
            self.baseline(report)
            return True
        was_outdated, before = view.outdated, view.status
        counts = view.report(report)
        if was_outdated:
            self._review_sources()
        # Most reports repeat the one before.
        if was_outdated or view.status is not before:
            self._decide()
        return counts

    def silence(self, source: Source) -> None:
        """Discard all reports of a source.

        What is shown is what the next source last reported, as after a gap; if that is a list of before, what was shown
        stands until the next one (S9).
        """
        shown, lost = self.shown, self._views.pop(source, None)
        if not self._echoes and lost is not None and (panel := self._views.get(Source.PANEL)) is not None:
            panel.keep(shown, lost.changed_at)
        self._review_sources()
        self._decide()

    def elapse(self, at: float) -> None:
        """Show a status that was held back until now."""
        for view in self._views.values():
            view.elapse(at)
        self._decide()

    def _review_sources(self) -> None:
        self.sources = tuple(sorted(source for source, view in self._views.items() if not view.outdated))

    def _decide(self) -> None:
        """Choose what is shown, after each change of what is reported."""
        told = self.told_by(Source.PANEL)
        if self.told_by(Source.LIVE) is not ServerStatus.STARTING:
            self._is_ready = False
        elif self._echoes and told is ServerStatus.RUNNING:
            self._is_ready = True
        self.shown = None if (source := self.source) is None else self._views[source].status
        match self.shown:
            case ServerStatus.STOPPED if told in DOWN:
                self.shown = told  # S7
            case ServerStatus.STARTING if self._is_ready:
                self.shown = ServerStatus.RUNNING  # S8


class _View:
    """The status by one source."""

    def __init__(self, first: StatusReport, timing: Timing, *, has_echoes: bool) -> None:
        self.status = first.status
        self.changed_at = first.at
        self.outdated = False
        """Whether the status is what another source told since the last report (S9)."""
        self._reported_at = first.at
        self._timing = timing
        self._has_echoes = has_echoes
        self._reported = first.status
        self._started_at: float | None = None
        self._running_since: float | None = None
        """Since when RUNNING is reported of a server that is stopping."""
        self._event = first.status if first.event else None
        """The status of the last event that no snapshot followed."""
        self._updated_at = first.updated_at
        self._put_aside = False

    @property
    def deadline(self) -> float | None:
        """When RUNNING is shown although the server was stopping."""
        if self._running_since is None:
            return None
        return self._running_since + self._timing.running_while_stopping

    def report(self, report: StatusReport) -> bool:
        """Take a report; return whether it counts, False for a stale snapshot."""
        if self._has_echoes and not report.event and self._is_stale(report):
            self._put_aside = True
            return False
        self._put_aside = self.outdated = False
        self._reported_at = report.at
        self._event = report.status if report.event else None
        self._updated_at = report.updated_at or self._updated_at
        if not self._is_echo(report.status, report.at):
            self._show(report.status, report.at)
        self._reported = report.status
        return True

    def keep(self, status: ServerStatus | None, changed_at: float) -> None:
        """Take what another source told, if that is newer (S9)."""
        if changed_at > self._reported_at and status is not self.status:
            self.status, self.changed_at, self.outdated = status, changed_at, True

    def continue_start(self, before: _View, at: float) -> None:
        """Show RUNNING if STARTING is an echo from before a gap."""
        if (
            self.status is ServerStatus.STARTING
            and before.status is ServerStatus.RUNNING
            and before._started_at is not None
            and at - before._started_at <= self._timing.unexplained
        ):
            self.status, self._started_at = before.status, before._started_at

    def elapse(self, at: float) -> None:
        """Show RUNNING when it was held back for long enough (S3)."""
        if self.deadline is not None and at >= self.deadline:
            self._show(ServerStatus.RUNNING, at)

    def _is_stale(self, snapshot: StatusReport) -> bool:
        """Return whether a snapshot is older than the known status (S5).

        Two in a row never are: the second one decides.
        """
        if self._put_aside:
            return False
        if self._event is not None:
            # The panel's time is no help: an event has none, and what was read may be newer than the last snapshot.
            return snapshot.status is not self._event
        if snapshot.updated_at is None or self._updated_at is None:
            return False
        return snapshot.updated_at < self._updated_at

    def _is_echo(self, status: ServerStatus | None, at: float) -> bool:
        """Return whether the server has left a reported status (S1 to S4)."""
        match self.status, status:
            case ServerStatus.STOPPED, ServerStatus.STOPPING:
                return self._has_echoes
            case ServerStatus.STOPPING, ServerStatus.RUNNING if self._has_echoes:
                if self._running_since is None:
                    self._running_since = at
                return at < self._running_since + self._timing.running_while_stopping
            case ServerStatus.RUNNING, ServerStatus.STARTING:
                # An echo is repeated, by events and by snapshots, until the node reports again.
                return self._reported is ServerStatus.STARTING or (
                    self._started_at is not None and at - self._started_at <= self._timing.start_echo
                )
            case _:
                return False

    def _show(self, status: ServerStatus | None, at: float) -> None:
        self._running_since = None
        if status is not self.status:
            has_started = status is ServerStatus.RUNNING and self.status not in {None, ServerStatus.STOPPING}
            self._started_at = at if has_started else None
            self.status, self.changed_at = status, at
