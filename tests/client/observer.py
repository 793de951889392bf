"""Watch one server in virtual time.

The status tracker and the lifecycle together, as the client joins them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import Self

from custom_components.stellarstack.client.lifecycle import Lifecycle, LifecycleEvent, Outcome
from custom_components.stellarstack.client.messages import Evidence, Question
from custom_components.stellarstack.client.models import PowerAction, ServerStatus
from custom_components.stellarstack.client.status import Source, StatusReport, StatusTracker
from custom_components.stellarstack.client.timing import Timing

type Answer = Callable[[Question, float | None, float], Evidence]
"""From a question, the time since when the log matters, and the time of the answer."""

TIMING = Timing()


@dataclass
class Observer:
    """What is shown and told of a server.

    Attributes:
        answer: Answers questions; without it, nothing can be asked.
        latency: From a question to its answer.
        error_is_crash: Whether the panel reports a crash as an error.
    """

    answer: Answer | None = None
    latency: float = 0.2
    error_is_crash: bool = True
    now: float = 0.0
    shown: list[ServerStatus | None] = field(default_factory=list)
    events: list[tuple[float, LifecycleEvent]] = field(default_factory=list)
    questions: list[tuple[float, Question]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.tracker = StatusTracker(TIMING)
        self.lifecycle = Lifecycle(TIMING, can_ask=self.answer is not None, error_is_crash=self.error_is_crash)
        self._open: tuple[float, Question, float | None] | None = None

    @property
    def told(self) -> list[LifecycleEvent]:
        """What happened, without its times."""
        return [event for _, event in self.events]

    def advance(self, at: float) -> Self:
        """Let time pass, with all that is due on the way."""
        for rounds in count():
            assert rounds < 10_000, "a deadline does not move"
            due = [time for time in (self.tracker.deadline, self.lifecycle.deadline) if time is not None]
            if self._open is not None:
                due.append(self._open[0])
            if not due or min(due) > at:
                break
            self.now = max(self.now, min(due))
            if self._open is not None and self._open[0] <= self.now:
                (_, question, since), self._open = self._open, None
                assert self.answer is not None
                self._take(self.lifecycle.answer(self.answer(question, since, self.now), self.now))
            if self.tracker.deadline is not None and self.tracker.deadline <= self.now:
                self.tracker.elapse(self.now)
                self._show()
            if self.lifecycle.deadline is not None and self.lifecycle.deadline <= self.now:
                self._take(self.lifecycle.elapse(self.now))
        self.now = max(self.now, at)
        return self

    def baseline(self, status: ServerStatus | None, at: float, *, suspended: bool | None = None) -> Self:
        """Take a first look at the server, as after any gap."""
        self.advance(at)
        self.tracker.baseline(StatusReport(Source.PANEL, status, at, event=False))
        self.shown.append(self.tracker.shown)
        self._open = None
        outcome = self.lifecycle.baseline(self.tracker.shown, suspended)
        assert outcome.events == ()
        self._take(outcome)
        return self

    def report(self, report: StatusReport) -> Self:
        """Take a report of a source."""
        self.advance(report.at)
        self.tracker.report(report)
        self._show()
        return self

    def event(self, status: ServerStatus | None, at: float) -> Self:
        """Take the panel's word about a change."""
        return self.report(StatusReport(Source.PANEL, status, at, event=True))

    def suspend(self, suspended: bool | None, at: float) -> Self:
        """Take the panel's flag."""
        self.advance(at)
        self._take(self.lifecycle.report_suspended(suspended))
        return self

    def expect(self, action: PowerAction, at: float) -> Self:
        """Make a power call of our own."""
        self.advance(at)
        self.lifecycle.expect(action, at)
        return self

    def settle(self, action: PowerAction, at: float, *, done: bool) -> Self:
        """Get the answer to it."""
        self.advance(at)
        self._take(self.lifecycle.settle(action, at, done=done))
        return self

    def _show(self) -> None:
        if self.tracker.shown is not self.shown[-1]:
            self.shown.append(self.tracker.shown)
        self._take(self.lifecycle.report(self.tracker.shown, self.now))

    def _take(self, outcome: Outcome) -> None:
        self.events += [(self.now, event) for event in outcome.events]
        if outcome.question is not None:
            self.questions.append((self.now, outcome.question))
            self._open = (self.now + self.latency, outcome.question, outcome.since)
