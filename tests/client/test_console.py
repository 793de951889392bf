"""Lines of a console: whole, clean, bounded, and each told once."""

from hypothesis import given, strategies as st
import orjson
import pytest

from custom_components.stellarstack.client.console import (
    LONGEST_LINE,
    MOST_BYTES,
    MOST_LINES,
    REPLAYED,
    Console,
    ConsoleLines,
    clean_line,
)

from .live.panel import recorded_frames
from .support import at_random

STARTING = "stellarstack@d75a4947~ Server marked as starting..."
RUNNING = "stellarstack@d75a4947~ Server marked as running..."
OFFLINE = "stellarstack@d75a4947~ Server marked as offline..."
RUN = [f"[12:00:{second:02}] line {second}" for second in range(10)]


def new_console(*past: str) -> Console:
    """Return a console whose socket has told these lines of the past."""
    console = Console(repeats=True)
    console.begin()
    for line in past:
        console.feed(f"{line}\n")
    console.settle()
    return console


def burst(console: Console, *lines: str) -> list[str]:
    """Return what is told of lines that come at once, when nothing follows them."""
    for line in lines:
        console.feed(f"{line}\n")
    told: list[str] = []
    for _ in range(2):
        told += batch.lines if (batch := console.flush()) is not None else ()
    assert not console.waits
    return told


# Pieces to lines.


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        (["one\ntwo\n"], ["one", "two"]),
        (["one\r\ntwo\r\r\n"], ["one", "two"]),
        (["o", "n", "e\nt", "wo"], ["one"]),
        (["one\r", "\ntwo\n"], ["one", "two"]),
        (["\n\n  \none\n"], ["one"]),
        (["10 %\r20 %\r30 %\n"], ["30 %"]),
        (["\x1b[32mgreen\x1b[0m\n"], ["green"]),
        (["\x1b]0;title\x07one \x1b[1;31", "mred\x1b[m\n"], ["one red"]),
        (["\x1b[?25l\x1b(Bone\x1b[K\x1b=\n"], ["one"]),
        (["a\tb\n"], ["a   b"]),
        (["bell\x07 null\x00 \u202eturned\n"], ["bell null turned"]),
        (["one   \n"], ["one"]),
        (["  indented\n"], ["  indented"]),
    ],
)
def test_pieces_become_lines(pieces: list[str], lines: list[str]) -> None:
    console = new_console()
    for piece in pieces:
        console.feed(piece)

    assert console.flush() == ConsoleLines(tuple(lines), new=True)
    assert console.lines() == lines


@at_random
@given(st.lists(st.text(), max_size=20))
def test_any_text_becomes_clean_lines(pieces: list[str]) -> None:
    console = new_console()
    for piece in pieces:
        console.feed(piece)
    console.flush()
    console.flush()

    for line in console.lines():
        assert line.isprintable()
        assert line
        assert len(line.encode()) <= LONGEST_LINE


@at_random
@given(st.lists(st.text("abc\r\n\x1b[0m ", max_size=8), max_size=20), st.integers(1, 5))
def test_lines_are_the_same_however_they_are_cut(texts: list[str], size: int) -> None:
    text = "".join(texts)
    whole, cut = new_console(), new_console()
    whole.feed(text)
    for start in range(0, len(text), size):
        cut.feed(text[start : start + size])
    for console in (whole, cut):
        console.flush()
        console.flush()

    assert whole.lines() == cut.lines()


def test_long_line_is_cut() -> None:
    assert clean_line("x" * 5000) == "x" * LONGEST_LINE
    assert clean_line("ä" * 5000) == "ä" * (LONGEST_LINE // 2)
    assert clean_line("\x1b[31m" + "x" * 2**20) == "x" * LONGEST_LINE


def test_line_without_an_end_does_not_fill_the_memory() -> None:
    console = new_console()
    console.feed("begin")
    for _ in range(1000):
        console.feed("x" * 1000)
    assert len(console._rest) == 4 * LONGEST_LINE
    assert console.flush() is None

    console.feed("end\n")
    assert console.flush() == ConsoleLines(("begin".ljust(LONGEST_LINE, "x"),), new=True)


def test_progress_without_an_end_does_not_fill_the_memory() -> None:
    console = new_console()
    for percent in range(100):
        console.feed(" " * 1000 + f"{percent} %\r")
    assert len(console._rest) <= 4 * LONGEST_LINE

    console.feed("done")
    console.feed("\r\n")
    assert console.flush() == ConsoleLines(("done",), new=True)


def test_lines_are_bounded_in_number_and_size() -> None:
    console = new_console()
    for number in range(2000):
        console.feed(f"{number}\n")
    assert console.flush() == ConsoleLines(tuple(map(str, range(1500, 2000))), new=True)
    assert console.lines() == [str(number) for number in range(1500, 2000)]

    for number in range(MOST_LINES):
        console.feed(f"{number} {'ä' * 2000}\n")
    console.flush()
    assert sum(len(line.encode()) for line in console.lines()) <= MOST_BYTES
    assert len(console.lines()) > 60


# What a new socket is told.


def test_first_lines_are_not_new() -> None:
    console = Console(repeats=True)
    console.begin()
    console.feed("one\ntwo\n")

    assert console.settle() == ConsoleLines(("one", "two"), new=False)
    assert burst(console, "three") == ["three"]


@pytest.mark.parametrize(
    ("past", "told"),
    [
        (["2", "3", "4", "5"], None),
        (["2", "3", "4", "5", "6", "7"], ConsoleLines(("6", "7"), new=True)),
        (["0", "1", "2", "3", "4", "5", "3", "4", "5"], None),
        # Only a part of what is known is there, and nothing else.
        ([OFFLINE], ConsoleLines((OFFLINE,), new=False)),
        (["5"], None),
        (["5", "6"], ConsoleLines(("5", "6"), new=False)),
        (["7", "8"], ConsoleLines(("7", "8"), new=False)),
        ([], None),
    ],
)
def test_what_is_known_is_not_told_again(past: list[str], told: ConsoleLines | None) -> None:
    console = new_console("1", "2", "3", "4", "5")
    console.begin()
    for line in past:
        console.feed(f"{line}\n")

    assert console.settle() == told
    assert console.lines() == ["1", "2", "3", "4", "5", *(told.lines if told else ())]


@pytest.mark.parametrize("in_gap", [[], ["more"], ["more", "and more"]])
@pytest.mark.parametrize("own_place", [1, 8, 10])
def test_restarted_node_repeats_only_what_the_game_printed(own_place: int, in_gap: list[str]) -> None:
    own = "[StellarStack Daemon]: Creating backup 'nightly', this can take a while..."
    console = new_console(*RUN[:own_place], own, *RUN[own_place:])

    console.begin()
    for line in (RUNNING, *RUN, *in_gap):
        console.feed(f"{line}\n")

    assert console.settle() == (ConsoleLines(tuple(in_gap), new=True) if in_gap else None)
    assert burst(console, *RUN, *in_gap) == []


def test_start_in_the_past_ends_what_is_known() -> None:
    console = new_console(*RUN, OFFLINE)

    console.begin()
    for line in (STARTING, *RUN):
        console.feed(f"{line}\n")

    assert console.settle() == ConsoleLines((STARTING, *RUN), new=False)


def test_next_run_prints_the_same() -> None:
    console = new_console()
    burst(console, *RUN)
    console.begin_run()
    console.begin()
    for line in RUN:
        console.feed(f"{line}\n")

    assert console.settle() == ConsoleLines(tuple(RUN), new=False)
    console.begin()
    for line in (*RUN, "more"):
        console.feed(f"{line}\n")
    assert console.settle() == ConsoleLines(("more",), new=True)


def test_first_line_of_a_run_is_known_though_another_was_before_it() -> None:
    console = new_console()
    burst(console, *RUN)
    console.begin_run()
    burst(console, "first")

    console.begin()
    for line in ("first", "more"):
        console.feed(f"{line}\n")

    assert console.settle() == ConsoleLines(("more",), new=True)


def test_half_a_line_of_a_lost_socket_is_no_part_of_the_next_one() -> None:
    console = new_console("one")
    console.feed("two ha")
    console.begin()
    console.feed("one\n")

    assert console.settle() is None


# Bursts that repeat.


def test_burst_that_repeats_all_is_not_told() -> None:
    console = new_console(STARTING)
    assert burst(console, *RUN) == RUN

    assert burst(console, *RUN, OFFLINE) == [OFFLINE]
    assert burst(console, *RUN) == []
    assert console.lines() == [STARTING, *RUN, OFFLINE]


def test_burst_with_new_lines_around_it() -> None:
    console = new_console(STARTING)
    burst(console, *RUN)

    assert burst(console, "last words", *RUN, "last words", OFFLINE) == ["last words", OFFLINE]


def test_burst_that_comes_in_two_turns() -> None:
    console = new_console(STARTING)
    burst(console, *RUN)
    for line in RUN[:5]:
        console.feed(f"{line}\n")
    assert console.flush() is None

    assert burst(console, *RUN[5:]) == []


def test_burst_of_which_lines_were_lost() -> None:
    console = new_console(STARTING)
    lines = [f"[12:00:00] line {number}" for number in range(300)]
    burst(console, *lines)

    # The node repeats the last 200, and only the first 64 reach us.
    assert burst(console, *lines[100:164], OFFLINE) == [OFFLINE]


def test_burst_of_a_short_run_of_which_the_end_was_lost() -> None:
    console = new_console(STARTING)
    lines = [f"[12:00:00] line {number}" for number in range(100)]
    burst(console, *lines)

    assert burst(console, *lines[:64], OFFLINE) == [OFFLINE]


def test_burst_with_lines_that_had_been_lost() -> None:
    console = new_console(STARTING)
    lines = [f"[12:00:00] line {number}" for number in range(300)]
    burst(console, *lines[:280], *lines[290:])

    # Those are told late, and once.
    assert burst(console, *lines[100:]) == lines[280:290]
    assert burst(console, *lines[100:]) == []


@pytest.mark.parametrize(
    "lines",
    [["list", "nobody"], ["tick"], ["tick"] * 100, RUN[3:6], RUN[:4], RUN[5:]],
    ids=["two", "one", "many of one", "middle", "beginning", "end"],
)
def test_game_may_repeat_itself(lines: list[str]) -> None:
    console = new_console(STARTING)
    burst(console, *RUN, *lines)

    assert burst(console, *lines) == lines


LONG = [f"[12:05:00] line {number}" for number in range(140)]
ANSWER = ["help", *(f"/command {number}" for number in range(60))]
REPEATED = [*LONG, *ANSWER][-REPLAYED:]


def long_console() -> Console:
    """Return a console of a server that runs, and has answered a command, of which more is known than is repeated."""
    console = new_console(STARTING)
    assert burst(console, *LONG, *ANSWER) == [*LONG, *ANSWER]
    console.take_runs(True)
    return console


def feed(console: Console, *lines: str) -> list[str]:
    """Return what is told of lines within a second."""
    told: list[str] = []
    for line in lines:
        console.feed(f"{line}\n")
    for _ in range(10):
        told += batch.lines if (batch := console.flush()) is not None else ()
    return told


def test_command_may_be_answered_twice() -> None:
    """The server runs on, as the next sample tells."""
    console = long_console()
    assert feed(console, *ANSWER, "more") == []
    console.take_runs(True)
    assert feed(console) == [*ANSWER, "more"]
    assert burst(console, "and more") == ["and more"]


@pytest.mark.parametrize("ends", [True, False], ids=["offline", "nothing"])
def test_burst_of_a_long_run_that_ends(ends: bool) -> None:
    """However its end is known: the status, or that no samples come."""
    console = long_console()
    told = feed(console, *REPEATED, OFFLINE)
    assert told == []
    if ends:
        console.take_runs(False)
    for _ in range(3):
        told += feed(console)
    assert told == [OFFLINE]


def test_bursts_of_a_long_run_that_was_lost() -> None:
    """A node that was restarted sends them each second, and no samples."""
    console = long_console()
    told = [line for _ in range(10) for line in feed(console, *REPEATED)]
    assert told == []


def test_nodes_of_generation_1_repeat_nothing() -> None:
    console = Console(repeats=False)
    for lines in (RUN, RUN):
        for line in lines:
            console.feed(f"{line}\n")
        assert console.flush() == ConsoleLines(tuple(lines), new=True)
        assert not console.waits


def test_next_run_may_repeat_the_last_one() -> None:
    console = new_console(STARTING)
    burst(console, *RUN)

    assert burst(console, OFFLINE, STARTING, *RUN) == [OFFLINE, STARTING, *RUN]


@at_random
@given(st.lists(st.sampled_from("abc"), max_size=30), st.lists(st.sampled_from("abc"), max_size=30))
def test_no_line_is_told_that_did_not_come(first: list[str], second: list[str]) -> None:
    console = new_console()
    told = [*burst(console, *first), *burst(console, *second)]

    came = iter([*first, *second])
    assert all(line in came for line in told)


@pytest.mark.parametrize(
    ("name", "lines", "repeated"),
    [
        ("crash_oom_exit_kill", 65, 15),
        ("node_restarted", 60, 56),
        ("kill_in_stop", 3, 0),
        ("errors", 19, 0),
    ],
)
def test_recording(name: str, lines: int, repeated: int) -> None:
    """Told as it came, but for what a real node repeated."""
    console = Console(repeats=True)
    console.begin()
    told: list[str] = []
    count, settled, last = 0, False, 0.0
    for at, frame in recorded_frames(name):
        for _ in range(min(2, int((at - last) / 0.1))):
            told += batch.lines if settled and (batch := console.flush()) is not None else ()
        if not settled and at > 0.3:
            console.settle()
            settled = True
        last = at
        if (content := orjson.loads(frame))["event"] == "console output":
            count += settled
            console.feed(f"{content['args'][0]}\n")
    told += burst(console)

    assert (count, count - len(told)) == (lines, repeated)
