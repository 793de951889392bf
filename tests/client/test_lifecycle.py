"""What happened to a server: each rule by its name.

At the panel's own times; last a recording of a real panel.
"""

from dataclasses import replace
from pathlib import Path
import re

import pytest

from custom_components.stellarstack.client.lifecycle import Lifecycle, LifecycleEvent, Outcome
from custom_components.stellarstack.client.messages import Cause, Evidence, Question
from custom_components.stellarstack.client.models import PowerAction, ServerStatus
from custom_components.stellarstack.client.status import Source, StatusReport

from .observer import TIMING, Answer, Observer

STARTING, RUNNING, STOPPING, STOPPED = (
    ServerStatus.STARTING,
    ServerStatus.RUNNING,
    ServerStatus.STOPPING,
    ServerStatus.STOPPED,
)
CRASH = Evidence(STOPPED, Cause.CRASH)
COMMAND = Evidence(STOPPED, Cause.COMMAND)
RUNS = Evidence(RUNNING, Cause.CRASH)
NOTHING = Evidence()
RESTARTED = Evidence(cause=Cause.RESTART)
UNLOGGED = Evidence(cause=Cause.UNLOGGED)
FOR_EVER = 3600.0


def always(evidence: Evidence) -> Answer:
    """Return what answers each question alike."""
    return lambda question, since, at: evidence


def in_turn(*answers: Evidence) -> Answer:
    """Return what answers each question differently."""
    left = iter(answers)
    return lambda question, since, at: next(left)


def play(story: str, observer: Observer) -> Observer:
    """Let a server go through a story.

    Its steps are "<seconds> <what>", the first one a baseline. What is a status that the panel reports, `unknown`,
    `flag`, `no-flag`, `gap:<status>`, or one of our own power calls: `ask:<action>`, `done:<action>`,
    `refused:<action>`.
    """
    for place, step in enumerate(story.split(", ")):
        seconds, what = step.split()
        at = float(seconds)
        verb, _, action = what.rpartition(":")
        match verb:
            case "ask":
                observer.expect(PowerAction(action), at)
            case "done" | "refused":
                observer.settle(PowerAction(action), at, done=verb == "done")
            case "gap":
                observer.baseline(ServerStatus(action), at)
            case _ if what in {"flag", "no-flag"}:
                observer.suspend(what == "flag", at)
            case _:
                status = None if what == "unknown" else ServerStatus(what)
                if place == 0:
                    observer.baseline(status, at)
                else:
                    observer.event(status, at)
    return observer.advance(FOR_EVER)


def events(story: str, answer: Answer | None) -> str:
    """Return what a story tells, in the same form."""
    observer = play(story, Observer(answer))
    return ", ".join(f"{at:g} {event}" for at, event in observer.events)


RESTART = "0 running, 10 stopping, 13 stopped"

RULES = [
    ("H1", "0 stopped, 1 starting, 1.1 starting, 1.2 starting, 5 running, 5.1 running", "5 started"),
    ("H2", "0 running, 10 stopping, 13 stopped, 13.1 stopped, 13.2 stopping, 30 stopped", "28 stopped"),
    ("H3", RESTART + ", 27.9 starting, 28 starting, 28.1 starting, 32 running, 32.1 running", "32 restarted"),
    ("H3 too late", RESTART + ", 28.1 starting, 32 running", "28 stopped, 32 started"),
    ("H3 without STARTING", RESTART + ", 20 running, 20.1 starting, 20.2 starting, 45 running", "20 restarted"),
    (
        "H4",
        "0 running, 9 ask:restart, 10 stopping, 13 stopped, 133 starting, 134 done:restart, 140 running",
        "140 restarted",
    ),
    ("H4 in vain", "0 running, 9 ask:restart, 10 stopping, 13 stopped", "613 stopped"),
    ("H4 refused in time", "0 running, 9 ask:restart, 10 stopping, 13 stopped, 20 refused:restart", "28 stopped"),
    ("H4 refused later", "0 running, 9 ask:restart, 10 stopping, 13 stopped, 60 refused:restart", "60 stopped"),
    ("H4 only once", RESTART + ", 14 starting, 15 running, 20 stopping, 23 stopped", "15 restarted, 38 stopped"),
    ("H5", RESTART + ", 20 starting, 1220 running", "1220 restarted"),
    ("H6 a stop instead", RESTART + ", 20 starting, 25 stopping, 26 stopped", "41 stopped"),
    (
        "H6 a restart of a restart",
        RESTART + ", 20 starting, 25 stopping, 26 stopped, 30 starting, 35 running",
        "35 restarted",
    ),
    ("H7", "0 running, 10 stopping, 30 running, 130 running, 300 stopped", "315 stopped"),
    (
        "H7 a restart",
        "0 running, 10 stopping, 30 running, 130 running, 300 stopped, 301 starting, 305 running",
        "305 restarted",
    ),
    ("H9 our own", "0 running, 10 ask:kill, 10.1 stopped, 10.6 stopped, 10.7 done:kill", "10.1 stopped"),
    ("H9 our own while it starts", "0 stopped, 1 starting, 2 ask:kill, 2.1 stopped", "2.1 stopped"),
    ("H9 during a stop", "0 running, 1 stopping, 2 ask:kill, 2.1 stopped, 2.6 done:kill", "2.6 stopped"),
    ("H9 during a stop, answered before", "0 running, 1 stopping, 2 ask:kill, 2.6 done:kill, 3 stopped", "3 stopped"),
    ("H9 during a stop, without an answer", "0 running, 1 stopping, 2 ask:kill, 2.1 stopped", "17.1 stopped"),
    (
        "H9 refused at the end of a restart's stop",
        "0 running, 1 stopping, 2 ask:kill, 2.04 stopped, 2.05 refused:kill, 3 starting, 7 running",
        "7 restarted",
    ),
    ("H9 refused during a stop", "0 running, 1 stopping, 2 ask:kill, 3 refused:kill, 9 stopped", "24 stopped"),
    ("our own stop, not seen to begin", "0 running, 10 ask:stop, 13 stopped", "28 stopped"),
    ("H11", "0 stopped, 1 running, 1.1 starting, 1.2 starting, 1.3 starting, 31 running", "1 started"),
    ("H12 in error", "0 stopped, 1 starting, 5 error", "5 crashed"),
    ("RUNNING to error", "0 running, 5 error, 20 stopped", "5 crashed"),
    ("STOPPING to error", "0 running, 5 stopping, 6 error", "21 stopped"),
    ("H13", "0 running, 10 stopping, 13 stopped, 13 starting, 20 running", "20 restarted"),
    ("H13 without offline", "0 running, 10 stopping, 13 starting, 20 running", "20 restarted"),
    ("H15", "0 installing, 20 stopped, 30 installing, 60 stopped, 90 stopped", "95 install_finished"),
    ("H15 with a start", "0 installing, 20 starting, 25 running", "25 started, 55 install_finished"),
    ("H15 with a start later", "0 installing, 20 stopped, 30 running", "30 started, 55 install_finished"),
    ("H15 failed", "0 installing, 20 error", "55 install_finished"),
    (
        "H15 a stop just before",
        "0 running, 5 stopping, 6 stopped, 9 installing, 70 stopped",
        "9 stopped, 105 install_finished",
    ),
    ("H16 the flag", "0 stopped, 1 no-flag, 5 flag, 6 flag, 9 no-flag", "5 suspended, 9 unsuspended"),
    ("H16 the status", "0 running, 5 suspended, 9 running, 12 running", "5 suspended, 9 unsuspended"),
    ("H16 both", "0 running, 1 no-flag, 5 flag, 6 suspended, 9 no-flag, 11 stopped", "5 suspended, 11 unsuspended"),
    ("H16 first seen", "0 running, 5 flag", ""),
    ("H17", RESTART + ", 14 gap:running, 40 gap:stopped", ""),
    ("H17 in a doubt", "0 running, 1 stopped, 2 gap:stopped", ""),
    ("H17 the install", "0 installing, 9 stopped, 20 gap:stopped", ""),
    ("H17 our own call", "0 running, 1 ask:restart, 2 gap:running, 3 stopping, 4 stopped", "19 stopped"),
    ("H17 an unknown status", RESTART + ", 14 unknown, 16 running, 17 unknown, 18 stopped", ""),
    ("H17 an unknown status while suspended", "0 suspended, 14 unknown, 16 running", ""),
    ("first look: starting", "0 starting, 5 running", "5 started"),
    ("fresh look", "0 running, 5 maintenance, 9 stopped, 12 restoring, 15 running", ""),
    ("STARTING of a running server", "0 running, 10 starting, 15 running", "15 restarted"),
]


@pytest.mark.parametrize(
    "answer", [None, always(CRASH), always(COMMAND), always(NOTHING)], ids=["cannot", "C", "K", "?"]
)
@pytest.mark.parametrize(("rule", "story", "expected"), RULES, ids=[rule for rule, _, _ in RULES])
def test_rules_that_need_no_answer(rule: str, story: str, expected: str, answer: Answer | None) -> None:
    assert events(story, answer) == expected


CRASHED = "0 running, 10 stopped"
STARTS_AGAIN = "0 running, 10 stopped, 11 starting, 13 running"

STOPPED_BY_US = "0 running, 1 ask:stop, 2 stopping, 4 stopped"
SLOW_STOP = "0 running, 1 stopping, 2 running, 92 running, 200 stopped"

ANSWERED = [
    ("H6", RESTART + ", 20 starting, 30 stopped", CRASH, "31.7 crashed"),
    ("H6 a kill", RESTART + ", 20 starting, 30 stopped", COMMAND, "31.7 stopped"),
    ("H6 no answer", RESTART + ", 20 starting, 30 stopped", NOTHING, "45 crashed"),
    ("H6 only the restart is logged", RESTART + ", 20 starting, 30 stopped", RESTARTED, "31.7 crashed"),
    ("H12 nothing is logged", "0 stopped, 10 starting, 30 stopped", UNLOGGED, "31.7 crashed"),
    ("H8 nothing is logged", CRASHED, UNLOGGED, "45 stopped"),
    ("H13 only offline", CRASHED + ", 14 starting, 20 running", RESTARTED, "20 restarted"),
    ("H13 only offline, starts by then", CRASHED + ", 10 starting, 20 running", RESTARTED, "20 restarted"),
    ("H13 only offline, runs by then", CRASHED + ", 10 starting, 10 running", RESTARTED, "11.7 restarted"),
    ("H13 only offline, and running", CRASHED + ", 10 running", RESTARTED, "11.7 restarted"),
    (
        "H13 only offline, in a start",
        "0 stopped, 1 starting, 10 stopped, 10 starting, 20 running",
        RESTARTED,
        "20 started",
    ),
    ("H13 only offline, and it stays", CRASHED, RESTARTED, "25 stopped"),
    (
        "H13 only offline, started later by somebody",
        CRASHED + ", 30 starting, 40 running",
        RESTARTED,
        "25 stopped, 40 started",
    ),
    ("H8", CRASHED, CRASH, "11.7 crashed"),
    ("H8 no answer", CRASHED, NOTHING, "45 stopped"),
    ("H8 no reason", CRASHED, Evidence(STOPPED), "45 stopped"),
    ("H9", CRASHED + ", 10.5 stopped", COMMAND, "11.7 stopped"),
    ("H9 ours was refused", "0 running, 9 ask:kill, 9.5 refused:kill, 10 stopped", CRASH, "11.7 crashed"),
    ("H8 our stop was refused", "0 running, 9 ask:stop, 9.5 refused:stop, 10 stopped", CRASH, "11.7 crashed"),
    ("H8 our start is no stop", "0 running, 9 ask:start, 10 stopped", CRASH, "11.7 crashed"),
    ("H8 long after a call of ours", "0 running, 9 ask:stop, 700 stopped", CRASH, "701.7 crashed"),
    ("H8 long after a stop", "0 running, 1 stopping, 2 running, 92 running, 700 stopped", CRASH, "701.7 crashed"),
    (
        "H8 after a gap",
        "0 running, 1 stopping, 2 running, 92 running, 95 gap:running, 99 stopped",
        CRASH,
        "100.7 crashed",
    ),
    (
        "H8 in a new run, stopped by us",
        STOPPED_BY_US + ", 30 starting, 31 running, 60 stopped",
        CRASH,
        "19 stopped, 31 started, 61.7 crashed",
    ),
    (
        "H8 in a new run, by a slow stop",
        SLOW_STOP + ", 220 running, 230 stopped",
        CRASH,
        "215 stopped, 220 started, 231.7 crashed",
    ),
    ("H8 in a new run", RESTART + ", 14 starting, 15 running, 20 stopped", CRASH, "15 restarted, 21.7 crashed"),
    ("H10", CRASHED + ", 35 running", RUNS, ""),
    ("H10 back before the answer", CRASHED + ", 11.6 running", RUNS, ""),
    ("H10 back before the answer, no answer", CRASHED + ", 11 running", NOTHING, ""),
    ("H10 back before the answer, which is half of one", CRASHED + ", 11 running", Evidence(None, Cause.COMMAND), ""),
    ("H14 back before the answer", CRASHED + ", 11 running", Evidence(None, Cause.CRASH), "11.7 crashed, 11.7 started"),
    ("H10 while it starts", "0 stopped, 1 starting, 10 stopped, 35 running", RUNS, "35 started"),
    ("H10 while it starts, back at once", "0 stopped, 1 starting, 10 stopped, 11 running", RUNS, "11.7 started"),
    ("H10 restarted meanwhile", CRASHED + ", 20 starting, 25 running", RUNS, "25 restarted"),
    (
        "H10 stopping",
        CRASHED + ", 20 running, 21 stopping, 25 stopped",
        Evidence(STOPPING, Cause.COMMAND),
        "40 stopped",
    ),
    ("H12", "0 stopped, 1 starting, 10 stopped", CRASH, "11.7 crashed"),
    ("H12 no answer", "0 stopped, 1 starting, 10 stopped", NOTHING, "45 crashed"),
    ("H12 no reason", "0 stopped, 1 starting, 10 stopped", Evidence(STOPPED), "45 crashed"),
    ("H12 a kill", "0 stopped, 1 starting, 10 stopped", COMMAND, "11.7 stopped"),
    ("H14", CRASHED, Evidence(None, Cause.CRASH), "11.7 crashed"),
    ("started again", STARTS_AGAIN, CRASH, "11.7 crashed, 13 started"),
    ("started again after a kill", STARTS_AGAIN, COMMAND, "11.7 stopped, 13 started"),
    ("started again, no answer", STARTS_AGAIN, NOTHING, "45 stopped, 45 started"),
    (
        "started again, runs by then",
        "0 running, 10 stopped, 11 starting, 11.5 running",
        RUNS,
        "11.7 crashed, 11.7 started",
    ),
    ("starts by then", CRASHED + ", 11 running", Evidence(STARTING, Cause.CRASH), "11.7 crashed, 11.7 started"),
    ("by us", CRASHED + ", 10.2 ask:start, 11 running, 11.1 done:start", RUNS, "11.7 crashed, 11.7 started"),
    ("a late report of RUNNING", CRASHED + ", 10.1 running, 40 stopped", CRASH, "11.7 crashed"),
    (
        "no answer about it before it stops",
        STARTS_AGAIN + ", 20 stopping, 22 stopped",
        NOTHING,
        "20 stopped, 20 started, 37 stopped",
    ),
    (
        "no answer before it starts",
        STARTS_AGAIN + ", 20 starting, 25 running",
        NOTHING,
        "20 stopped, 20 started, 25 restarted",
    ),
    ("no answer before it crashes", STARTS_AGAIN + ", 20 stopped", NOTHING, "20 stopped, 20 started, 55 stopped"),
    ("crashes again", STARTS_AGAIN + ", 20 stopped", CRASH, "11.7 crashed, 13 started, 21.7 crashed"),
    ("first look: starting, runs", "0 starting, 5 running", RUNS, ""),
    ("first look: stopping, is down", "0 stopping, 5 stopped", COMMAND, ""),
    ("first look: starting, so it is", "0 starting, 5 running", Evidence(STARTING), "5 started"),
    ("first look: stopping, so it is", "0 stopping, 5 stopped", Evidence(STOPPING), "20 stopped"),
    ("first look: stopping, no answer", "0 stopping, 5 stopped", NOTHING, "20 stopped"),
    ("first look: a restart", "0 stopping, 5 stopped, 9 starting, 15 running", Evidence(STOPPING), "15 restarted"),
    ("first look: too late an answer", "0 starting, 0.1 running", RUNS, "0.1 started"),
    ("after a fresh look too", "0 maintenance, 3 starting, 5 running", RUNS, ""),
    ("suspended in a doubt", CRASHED + ", 10.5 suspended", CRASH, "10.5 suspended"),
]


@pytest.mark.parametrize(("rule", "story", "evidence", "expected"), ANSWERED, ids=[rule for rule, *_ in ANSWERED])
def test_rules_by_the_answer(rule: str, story: str, evidence: Evidence, expected: str) -> None:
    assert events(story, always(evidence)) == expected


@pytest.mark.parametrize(
    ("story", "evidence", "expected"),
    [
        ("0 running, 10 error", COMMAND, "11.7 stopped"),
        ("0 running, 10 stopped, 10.5 error", CRASH, "11.7 crashed"),
        ("0 error, 1 starting, 5 running, 10 stopping, 13 error", NOTHING, "5 started, 28 stopped"),
        ("0 error, 1 starting, 10 error", CRASH, "11.7 crashed"),
        ("0 installing, 20 error", NOTHING, "55 install_finished"),
    ],
)
def test_error_that_is_of_the_installation(story: str, evidence: Evidence, expected: str) -> None:
    """In generation 2, a server whose installation failed may run, and is in error again when it is down."""
    observer = play(story, Observer(always(evidence), error_is_crash=False))
    assert ", ".join(f"{at:g} {event}" for at, event in observer.events) == expected


@pytest.mark.parametrize(
    ("rule", "story", "expected"),
    [
        ("H6", RESTART + ", 20 starting, 30 stopped", "45 crashed"),
        ("H6 back in time", RESTART + ", 20 starting, 30 stopped, 40 starting, 50 running", "50 restarted"),
        ("H10", CRASHED + ", 14 running", ""),
        ("H12", "0 stopped, 1 starting, 10 stopped", "15 crashed"),
        ("H12 back in time", "0 stopped, 1 starting, 10 stopped, 12 running", "12 started"),
        ("first look", "0 stopping, 5 stopped, 9 starting, 15 running", "15 restarted"),
        ("H18", CRASHED, "15 crashed"),
        ("H18 back in time", CRASHED + ", 14 starting, 16 running", "16 restarted"),
        ("H18 back later", CRASHED + ", 16 starting, 18 running", "15 crashed, 18 started"),
    ],
)
def test_rules_where_nothing_can_be_asked(rule: str, story: str, expected: str) -> None:
    observer = play(story, Observer())
    assert ", ".join(f"{at:g} {event}" for at, event in observer.events) == expected, rule
    assert observer.questions == []


def test_asked_again_until_there_is_an_answer() -> None:
    observer = play(CRASHED, Observer(in_turn(NOTHING, NOTHING, CRASH)))
    assert [at for at, _ in observer.questions] == pytest.approx([11.5, 14.7, 17.9])
    assert observer.told == [LifecycleEvent.CRASHED]


def test_server_that_runs_still_is_asked_about_again_when_no_report_follows() -> None:
    observer = play(CRASHED, Observer(in_turn(RUNS, RUNS, COMMAND)))
    assert [at for at, _ in observer.questions] == pytest.approx([11.5, 46.7, 81.9])
    assert observer.told == [LifecycleEvent.STOPPED]


def test_no_more_answers_about_a_server_that_runs_still() -> None:
    assert events(CRASHED, in_turn(RUNS, *[NOTHING] * 100)) == "81.7 stopped"


def test_answers_in_parts() -> None:
    assert events(CRASHED + ", 12 running", in_turn(Evidence(STOPPED), RUNS)) == "14.9 crashed, 14.9 started"


def test_second_stop_after_a_false_one_is_asked_anew() -> None:
    observer = play(CRASHED + ", 35 running, 60 stopped", Observer(in_turn(RUNS, CRASH)))
    assert [(f"{at:g}", event) for at, event in observer.events] == [("61.7", LifecycleEvent.CRASHED)]


def test_question_names_the_time_of_the_stop() -> None:
    asked: list[tuple[Question, float | None]] = []

    def answer(question: Question, since: float | None, at: float) -> Evidence:
        asked.append((question, since))
        return RUNS if len(asked) == 2 else NOTHING

    play("0 starting, 10 running, 20 stopped", Observer(answer))
    assert asked[0] == (Question.STATE, None)
    assert set(asked[1:]) == {(Question.CAUSE, 20)}


def test_live_socket_shows_that_a_stopped_server_ran_still() -> None:
    observer = Observer(always(NOTHING))
    observer.baseline(RUNNING, 0)
    for at, status in ((10, STOPPED), (11, STOPPING), (14, STOPPED)):
        observer.report(StatusReport(Source.LIVE, status, at, event=True))
    observer.advance(FOR_EVER)
    assert observer.events == [(29, LifecycleEvent.STOPPED)]


class TestWithoutTheTracker:
    """What the machine does with what no tracker would show it."""

    def test_answers_that_nobody_waits_for_are_ignored(self) -> None:
        lifecycle = Lifecycle(TIMING, can_ask=True)
        lifecycle.baseline(RUNNING, None)
        assert lifecycle.answer(CRASH, 0) == Outcome()
        lifecycle.report(STOPPED, 1)
        assert lifecycle.answer(CRASH, 1.1) == Outcome()
        assert lifecycle.elapse(2.5) == Outcome((), Question.CAUSE, 1)
        assert lifecycle.answer(NOTHING, 3) == Outcome()
        assert lifecycle.answer(CRASH, 4) == Outcome()
        assert lifecycle.elapse(6) == Outcome((), Question.CAUSE, 1)
        assert lifecycle.answer(CRASH, 7) == Outcome((LifecycleEvent.CRASHED,))
        assert lifecycle.answer(CRASH, 7) == Outcome()

    def test_first_look_is_not_asked_about_any_more(self) -> None:
        lifecycle = Lifecycle(TIMING, can_ask=True)
        assert lifecycle.baseline(STARTING, None) == Outcome(question=Question.STATE)
        lifecycle.report(STOPPED, 1)
        assert lifecycle.elapse(2.5) == Outcome((), Question.CAUSE, 1)
        assert lifecycle.answer(CRASH, 3) == Outcome((LifecycleEvent.CRASHED,))

    def test_stopped_server_cannot_stop(self) -> None:
        lifecycle = Lifecycle(TIMING, can_ask=True)
        lifecycle.baseline(STOPPED, None)
        assert lifecycle.report(STOPPING, 1) == Outcome()
        assert lifecycle.report(STOPPED, 2) == Outcome()
        assert lifecycle.deadline is None

    @pytest.mark.parametrize(("repeats_running", "events"), [(True, []), (False, [LifecycleEvent.CRASHED])])
    def test_stop_explains_what_follows_while_running_may_be_repeated(
        self, repeats_running: bool, events: list[LifecycleEvent]
    ) -> None:
        lifecycle = Lifecycle(TIMING, can_ask=True, repeats_running=repeats_running)
        lifecycle.baseline(RUNNING, None)
        for at, status in ((1, STOPPING), (11, RUNNING), (90, STOPPED)):
            assert lifecycle.report(status, at) == Outcome()
        lifecycle.elapse(91.5)
        assert list(lifecycle.answer(CRASH, 92).events) == events

    def test_nothing_is_due_at_first(self) -> None:
        lifecycle = Lifecycle(TIMING, can_ask=True)
        assert lifecycle.deadline is None
        assert lifecycle.elapse(100) == Outcome()

    def test_flag_that_is_not_told_is_what_it_was(self) -> None:
        lifecycle = Lifecycle(TIMING, can_ask=True)
        lifecycle.baseline(RUNNING, suspended=True)
        assert lifecycle.report_suspended(None) == Outcome()
        assert lifecycle.report_suspended(True) == Outcome()
        assert lifecycle.report_suspended(False) == Outcome((LifecycleEvent.UNSUSPENDED,))

    def test_early_call_changes_nothing(self) -> None:
        lifecycle = Lifecycle(TIMING, can_ask=True)
        lifecycle.baseline(RUNNING, None)
        lifecycle.report(STOPPED, 0)
        assert lifecycle.elapse(1.4) == Outcome()
        assert lifecycle.deadline == 1.5

    def test_times_are_those_given(self) -> None:
        lifecycle = Lifecycle(replace(TIMING, crash=77), can_ask=False)
        lifecycle.baseline(RUNNING, None)
        lifecycle.report(STOPPED, 0)
        assert lifecycle.deadline == 77


# Of a real panel.

RECORDING = Path(__file__).parents[1] / "fixtures" / "v1" / "power.txt"
LINE = re.compile(r"^ *(?P<at>\d+\.\d+) (?:(?P<kind>->|<-|log) )?(?P<word>\S+)")


@pytest.mark.parametrize("ours", [False, True], ids=["their calls", "our calls"])
def test_recording_of_a_real_panel(ours: bool) -> None:
    recorded = RECORDING.read_text(encoding="utf-8").splitlines()
    lines = [match for line in recorded if (match := LINE.match(line))]
    log = [(float(line["at"]), line["word"]) for line in lines if line["kind"] == "log"]

    def answer(question: Question, since: float | None, at: float) -> Evidence:
        assert since is not None
        entries = [entry for seen, entry in log if since <= seen <= at]
        return COMMAND if "server:power.kill" in entries else CRASH

    observer = Observer(answer).baseline(STOPPED, 0)
    for line in lines:
        at = float(line["at"])
        if line["kind"] is None:
            observer.event(ServerStatus(line["word"].lower()), at)
        elif ours and line["kind"] == "->":
            observer.expect(PowerAction(line["word"]), at)
        elif ours and line["kind"] == "<-":
            observer.settle(PowerAction(line["word"]), at, done=True)
    observer.advance(FOR_EVER)

    assert [f"{at:g} {event}" for at, event in observer.events] == [
        "5.07 started",
        "8.71 stopped" if ours else "10.41 stopped",
        "21.79 started",
        "38.48 restarted",  # started 6 s after it was stopped
        "49.92 restarted",
    ]
    assert observer.shown == [
        *(STOPPED, STARTING, RUNNING, STOPPED),
        *(STARTING, RUNNING, STOPPING, STOPPED),
        *(STARTING, RUNNING, STOPPING, STOPPED, STARTING, RUNNING),
    ]
