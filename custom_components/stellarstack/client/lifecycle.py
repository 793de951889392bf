"""Derive the events of a server from its statuses.

Pure: no clock, no I/O. The rules, each beginning after a baseline; times are those of `Timing`, "asked" is the question
for the cause: what does the node say, and what does the activity log name as the reason?

==== ============================================== ===================================================================
Rule shown                                          what happened
==== ============================================== ===================================================================
H1   STOPPED STARTING RUNNING                       started
H2   RUNNING STOPPING STOPPED                       stopped, when it has stayed down for `down`
H3   the same, but STARTING RUNNING before that     restarted, at its end: neither stopped nor started
H4   the same, by our own restart                   restarted, however long it is down, up to `own_restart`
H5   the same, STARTING for long                    nothing while it lasts, then restarted
H6   the same, STOPPED for `down` after STARTING    crashed: it was to come back; a kill is found out by asking (H12)
H7   RUNNING STOPPING RUNNING STOPPED               stopped: a stop was under way in the last `stop_memory`; as H8 where
                                                    no node repeats RUNNING meanwhile, as in generation 2
H8   RUNNING STOPPED                                asked after `evidence_delay`: crashed, if no one wanted it;
                                                    stopped, if there is no answer for as long as `unexplained`
H9   the same, by a kill                            stopped: at once if it was ours, else as the log tells; during
                                                    a stop, once our kill is done: it may be refused
H10  the same, but the node says RUNNING            nothing: it runs still
H11  STOPPED RUNNING                                started
H12  STARTING STOPPED                               as H8, but crashed without an answer; STARTING ERROR, RUNNING ERROR:
                                                    crashed, unless of the installation, as in generation 2
H13  STOPPING STOPPED STARTING at once, RUNNING     restarted; so is RUNNING STOPPED, where the log names a restart
H14  as H8, where the log names crashes             as the log tells
H15  INSTALLING, others for as long as `install`    install_finished; a start meanwhile is told besides
H16  SUSPENDED or the flag, and no more             suspended, unsuspended; what it runs through meanwhile is not told
H17  any gap, an unknown status                     nothing, whatever differs after it
H18  as H8, where nothing can be asked              crashed, when it has stayed down for `crash`; else restarted
==== ============================================== ===================================================================

A server that is back before the cause of its stop is known is asked about all the same. What happened then is told in
its order: crashed, started.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, assert_never

from .messages import Cause, Evidence, Question
from .models import PowerAction, ServerStatus
from .phase import FIRST_PHASE, Phase
from .timing import Timing


class LifecycleEvent(StrEnum):
    """The events in the life of a server."""

    STARTED = "started"
    STOPPED = "stopped"
    CRASHED = "crashed"
    RESTARTED = "restarted"
    SUSPENDED = "suspended"
    UNSUSPENDED = "unsuspended"
    INSTALL_FINISHED = "install_finished"


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of a report, an answer or the passing of time.

    Attributes:
        events: What happened, in its order.
        question: What is to be asked now; the answer goes to `Lifecycle.answer`. It replaces an earlier question.
        since: For `Question.CAUSE`: when the server was reported down. Log entries from before explain other stops.
    """

    events: tuple[LifecycleEvent, ...] = ()
    question: Question | None = None
    since: float | None = None


_NOTHING = Outcome()
"""Nearly every report repeats the one before it."""


@dataclass(slots=True, kw_only=True)
class _Stop:
    """A stop that has not been told yet.

    Attributes:
        since: When the server was reported down.
        before: The phase before the stop.
        verdict: The event to tell when `until` has come.
        wanted: Whether a stop was under way. If so, the server may come back: then it was a restart.
        ask_at: When to ask for the cause; None when nothing is to be asked.
        asked: Whether an answer is awaited.
        down: Whether the server was really down; None until a start or the node has shown it.
    """

    since: float
    before: Phase
    verdict: LifecycleEvent
    until: float
    wanted: bool = False
    ask_at: float | None = None
    asked: bool = False
    down: bool | None = None

    @property
    def in_question(self) -> bool:
        """Whether an answer will decide the event."""
        return self.asked or self.ask_at is not None


class Lifecycle:
    """The life of one server, worked out from its statuses.

    The owner calls `elapse` when `deadline` has come, and asks the `question` of an `Outcome`. All times are monotonic
    seconds.
    """

    def __init__(
        self, timing: Timing, *, can_ask: bool, error_is_crash: bool = True, repeats_running: bool = True
    ) -> None:
        """Begin without a status.

        Args:
            timing: The waiting times.
            can_ask: Whether the panel can be asked questions.
            error_is_crash: Whether the panel reports a crash as ERROR (H12); else, one in ERROR is merely down.
            repeats_running: Whether RUNNING is reported of a server that is stopping, too (H7); else, it runs again.
        """
        self._timing = timing
        self._can_ask = can_ask
        self._error_is_crash = error_is_crash
        self._repeats_running = repeats_running
        self._status: ServerStatus | None = None
        self._phase = Phase.UNKNOWN
        self._has_run = False
        """Whether it ran and no stop event followed: if it runs again, it has restarted."""
        self._stop: _Stop | None = None
        self._state_asked = False
        self._stop_known_until: float | None = None
        """How long a stop that was under way explains that the server is down (H7)."""
        self._own: dict[PowerAction, float] = {}
        """Our own power calls since the last start, and when they began."""
        self._kill_done = False
        """Whether the last kill of them was answered as done."""
        self._install_ended: float | None = None
        self._flag: bool | None = None
        self._suspended = False

    @property
    def deadline(self) -> float | None:
        """When `elapse` must be called; None for never."""
        if self._stop is None and self._install_ended is None:
            return None
        times = [] if self._stop is None else [self._stop.until, self._stop.ask_at]
        if self._install_ended is not None:
            times.append(self._install_ended + self._timing.install)
        return min([time for time in times if time is not None], default=None)

    def baseline(self, status: ServerStatus | None, suspended: bool | None) -> Outcome:
        """Begin anew after a gap; differences make no event (H17)."""
        self._status = status
        self._flag = suspended
        self._suspended = self._is_suspended()
        self._install_ended = None
        self._own.clear()
        return self._look(status)

    def report(self, status: ServerStatus | None, at: float) -> Outcome:
        """Take the status that is shown; a repeated one changes nothing."""
        if status is ServerStatus.ERROR and not self._error_is_crash:
            status = ServerStatus.STOPPED
        previous, self._status = self._status, status
        if status is previous:
            return _NOTHING
        if status is ServerStatus.INSTALLING or status is None:
            self._install_ended = None
        elif previous is ServerStatus.INSTALLING:
            self._install_ended = at
        if status is None or previous is None:
            self._suspended = self._is_suspended()
        outcome = self._follow(status, at)
        suspension = self._follow_suspension()
        return Outcome(outcome.events + suspension, outcome.question) if suspension else outcome

    def report_suspended(self, suspended: bool | None) -> Outcome:
        """Take the panel's flag, which is independent of the status (H16).

        None leaves the flag as it was.
        """
        if suspended is None or suspended is self._flag:
            return _NOTHING
        is_first, self._flag = self._flag is None, suspended
        if is_first:
            self._suspended = self._is_suspended()
        return Outcome(self._follow_suspension())

    def expect(self, action: PowerAction, at: float) -> None:
        """Record that a power call of this client begins."""
        self._own[action] = at
        if action is PowerAction.KILL:
            self._kill_done = False

    def settle(self, action: PowerAction, at: float, *, done: bool) -> Outcome:
        """Record the answer to a power call.

        A call whose answer was lost is not settled: its effect is awaited.

        Args:
            action: The call.
            at: Now.
            done: False when it was refused.
        """
        if done:
            match action:
                case PowerAction.START if self._stop is not None and self._stop.in_question:
                    self._stop.down = True
                case PowerAction.KILL:
                    self._kill_done = True
                    if self._stop is not None and self._stop.wanted:
                        return Outcome(self._tell(LifecycleEvent.STOPPED))
            return Outcome()
        self._own.pop(action, None)
        if action is PowerAction.RESTART and self._stop is not None and self._stop.wanted:
            self._stop.until = self._stop.since + self._timing.down
        return self.elapse(at)

    def answer(self, evidence: Evidence, at: float) -> Outcome:
        """Take the answer to the last question, if it is still open."""
        if self._state_asked:
            self._state_asked = False
            match self._phase, evidence.daemon:
                case (Phase.STARTING, ServerStatus.RUNNING) | (Phase.STOPPING, ServerStatus.STOPPED):
                    self._look(evidence.daemon)
        elif self._stop is not None and self._stop.asked:
            return Outcome(self._judge(self._stop, evidence, at))
        return Outcome()

    def elapse(self, at: float) -> Outcome:
        """Return what follows from the passing of time alone."""
        events: tuple[LifecycleEvent, ...] = ()
        if self._install_ended is not None and at >= self._install_ended + self._timing.install:
            self._install_ended = None
            events = (LifecycleEvent.INSTALL_FINISHED,)
        if (stop := self._stop) is None:
            return Outcome(events)
        if at >= stop.until:
            return Outcome(events + self._close_stop())
        if stop.ask_at is not None and at >= stop.ask_at:
            stop.ask_at = None
            stop.asked = True
            return Outcome(events, Question.CAUSE, stop.since)
        return Outcome(events)

    # What each status means, by the phase it comes in.

    def _follow(self, status: ServerStatus | None, at: float) -> Outcome:
        self._state_asked = False
        if self._stop is not None and self._stop.down is False:
            self._phase = self._stop.before
            self._stop = None
        if self._phase is Phase.UNKNOWN:
            return self._look(status)
        match status:
            case ServerStatus.STARTING:
                return Outcome(self._follow_starting())
            case ServerStatus.RUNNING:
                return Outcome(self._follow_running(at))
            case ServerStatus.STOPPING:
                return Outcome(self._follow_stopping())
            case ServerStatus.STOPPED | ServerStatus.ERROR:
                return Outcome(self._follow_down(status, at))
            case ServerStatus.INSTALLING | ServerStatus.SUSPENDED | ServerStatus.MAINTENANCE | ServerStatus.RESTORING:
                # What was being stopped will not come back now.
                events = self._close_stop() if self._stop is not None and self._stop.wanted else ()
                self._look(status)
                return Outcome(events)
            case None:
                return self._look(None)
            case _:
                assert_never(status)

    def _look(self, status: ServerStatus | None) -> Outcome:
        """Take a status as the first one, without regard to earlier ones."""
        self._phase = Phase.UNKNOWN if status is None else FIRST_PHASE.get(status, Phase.UNKNOWN)
        self._has_run = self._phase in {Phase.RUNNING, Phase.STOPPING}
        self._stop = None
        self._stop_known_until = None
        self._state_asked = self._can_ask and self._phase in {Phase.STARTING, Phase.STOPPING}
        return Outcome(question=Question.STATE if self._state_asked else None)

    def _follow_starting(self) -> tuple[LifecycleEvent, ...]:
        events: tuple[LifecycleEvent, ...] = ()
        match self._phase:
            case Phase.STOPPED if self._stop is not None and self._stop.in_question:
                self._stop.down = True
            case Phase.STOPPED:
                self._stop = None  # H3, H18: it was a restart
            case Phase.RUNNING:
                events = self._close_stop()
        self._begin_anew(Phase.STARTING)
        return events

    def _follow_running(self, at: float) -> tuple[LifecycleEvent, ...]:
        before, self._phase = self._phase, Phase.RUNNING
        stop = self._stop
        if before is Phase.STOPPING:
            if self._repeats_running:
                self._stop_known_until = at + self._timing.stop_memory  # H7
        elif before is not Phase.RUNNING:
            if stop is None or stop.wanted:
                return self._arrive()
            if not stop.in_question:
                return self._deny_stop(stop)
        return ()  # the event in question comes first

    def _follow_stopping(self) -> tuple[LifecycleEvent, ...]:
        if self._phase is Phase.STOPPED and (self._stop is None or self._stop.wanted):
            return ()  # what is down cannot stop
        events = self._close_stop() if self._phase is not Phase.STOPPED else ()
        self._stop = None
        self._phase = Phase.STOPPING
        return events

    def _follow_down(
        self, status: Literal[ServerStatus.STOPPED, ServerStatus.ERROR], at: float
    ) -> tuple[LifecycleEvent, ...]:
        if self._phase is Phase.STOPPED:
            return ()
        events = self._close_stop()
        before, self._phase = self._phase, Phase.STOPPED
        timing = self._timing
        is_wanted = before is Phase.STOPPING or self._is_stop_known(at)
        if self._is_asked_for(PowerAction.KILL, at) and (self._kill_done or not is_wanted):
            return (*events, *self._tell(LifecycleEvent.STOPPED))  # H9
        if is_wanted:  # H2, H3, H4, H7
            wait = timing.own_restart if self._is_asked_for(PowerAction.RESTART, at) else timing.down
            verdict = LifecycleEvent.STOPPED
            self._stop = _Stop(since=at, before=before, verdict=verdict, until=at + wait, wanted=True)
            return events
        if status is ServerStatus.ERROR:  # H12
            return (*events, *self._tell(LifecycleEvent.CRASHED))
        verdict, wait = LifecycleEvent.CRASHED, timing.crash  # H18
        if before is Phase.STARTING and self._has_run:
            wait = timing.down  # H6
        elif self._can_ask:
            wait = timing.unexplained
            if before is not Phase.STARTING:
                verdict = LifecycleEvent.STOPPED  # H8
        ask_at = at + timing.evidence_delay if self._can_ask else None
        self._stop = _Stop(since=at, before=before, verdict=verdict, until=at + wait, ask_at=ask_at)
        return events

    # What becomes of a stop.

    def _judge(self, stop: _Stop, evidence: Evidence, at: float) -> tuple[LifecycleEvent, ...]:
        """Take the answer to the cause of a stop."""
        stop.asked = False
        runs_again = self._phase is Phase.RUNNING and not stop.down
        match evidence.daemon:
            case ServerStatus.RUNNING | ServerStatus.STOPPING if not stop.down:
                if runs_again:
                    return self._deny_stop(stop)
                # It runs still, although it is shown as stopped: the node's next report should correct that (H10).
                stop.down = False
                stop.ask_at = at + self._timing.unexplained
                stop.until = stop.ask_at + self._timing.unexplained
                return ()
            case ServerStatus.STOPPED | ServerStatus.STARTING:
                stop.down = True
                if runs_again and evidence.daemon is ServerStatus.STOPPED:
                    self._phase = Phase.STOPPED  # that report was late
            case _ if runs_again and evidence.cause not in {Cause.CRASH, Cause.RESTART}:
                evidence = Evidence()  # no other cause proves that it was down
        match evidence.cause:
            case Cause.CRASH:
                return self._tell(LifecycleEvent.CRASHED)
            case Cause.UNLOGGED if stop.before is Phase.STARTING:
                return self._tell(LifecycleEvent.CRASHED)  # H12: nobody stopped what was to come
            case Cause.RESTART:
                return self._follow_restart(stop)
            case Cause.COMMAND:
                return self._tell(LifecycleEvent.STOPPED)
            case Cause.UNLOGGED | Cause.UNKNOWN:
                stop.ask_at = at + self._timing.evidence_retry
                return ()
            case _:
                assert_never(evidence.cause)

    def _follow_restart(self, stop: _Stop) -> tuple[LifecycleEvent, ...]:
        """Follow a stop that belongs to a logged restart (H13)."""
        if self._phase is not Phase.STOPPED:
            self._stop = None
            return self._arrive() if self._phase is Phase.RUNNING else ()
        if stop.before is Phase.STARTING:
            return self._tell(LifecycleEvent.CRASHED)  # H6: it was on its way back
        stop.wanted, stop.verdict, stop.until = True, LifecycleEvent.STOPPED, stop.since + self._timing.down
        return ()

    def _close_stop(self) -> tuple[LifecycleEvent, ...]:
        """Return the events of a stop by what is known now."""
        if (stop := self._stop) is None:
            return ()
        if self._phase is Phase.RUNNING and not stop.down:
            return self._deny_stop(stop)
        return self._tell(stop.verdict)

    def _deny_stop(self, stop: _Stop) -> tuple[LifecycleEvent, ...]:
        """Go on with a server that runs and was never down."""
        self._stop = None
        self._phase = Phase.RUNNING
        return self._arrive() if stop.before is Phase.STARTING else ()

    def _tell(self, verdict: LifecycleEvent) -> tuple[LifecycleEvent, ...]:
        """Return the stop's event, and the start if the server runs again."""
        self._stop = None
        self._has_run = False
        return (verdict, *self._arrive()) if self._phase is Phase.RUNNING else (verdict,)

    def _arrive(self) -> tuple[LifecycleEvent, ...]:
        """Return the events of a server that runs."""
        self._stop = None
        self._begin_anew(Phase.RUNNING)
        event = LifecycleEvent.RESTARTED if self._has_run else LifecycleEvent.STARTED
        self._has_run = True
        return (event,)

    def _begin_anew(self, phase: Phase) -> None:
        """Enter a phase that no earlier stop explains."""
        self._phase = phase
        self._stop_known_until = None
        self._own.clear()

    # What explains a stop, and a suspension.

    def _is_asked_for(self, action: PowerAction, at: float) -> bool:
        """Return whether a power call of this client explains the change."""
        since = self._own.get(action)
        return since is not None and at <= since + self._timing.stop_memory

    def _is_stop_known(self, at: float) -> bool:
        """Return whether a stop is under way, whoever asked for it."""
        if self._stop_known_until is not None and at <= self._stop_known_until:
            return True
        return any(self._is_asked_for(action, at) for action in (PowerAction.STOP, PowerAction.RESTART))

    def _is_suspended(self) -> bool:
        return self._flag is True or self._status is ServerStatus.SUSPENDED

    def _follow_suspension(self) -> tuple[LifecycleEvent, ...]:
        was, self._suspended = self._suspended, self._is_suspended()
        if was is self._suspended:
            return ()
        return (LifecycleEvent.SUSPENDED if self._suspended else LifecycleEvent.UNSUSPENDED,)
