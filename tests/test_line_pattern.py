"""Patterns that lines are compared with."""

from pathlib import Path
import re

from hypothesis import given, strategies as st
import pytest

from custom_components.stellarstack.line_pattern import LONGEST_PATTERN, LinePattern, PatternError, PatternFault

JOINED = "[12:00:04] [Server thread/INFO]: Alex joined the game"
LIST = "[12:00:05 INFO]: There are 2 of a max of 20 players online: Alex, Big Bob"
CHAT = "[12:00:06 INFO]: <Alex> I <3 you> all"

LETTERS = "ab *{}\\"
PIECES = st.sampled_from(["a", "b", " ", "ab", "*", "{x}", "{y}", r"\*", r"\{", "\\", "}"])


@pytest.fixture(autouse=True)
def _integration_and_sockets() -> None:
    """Nothing here needs a running Home Assistant."""


@pytest.mark.parametrize(
    ("pattern", "line", "fields"),
    [
        # The whole line, or a part of it.
        (JOINED, JOINED, {}),
        ("joined", JOINED, {}),
        ("Joined", JOINED, None),
        ("[12:00:04]", JOINED, {}),
        ("game", JOINED, {}),
        ("left the game", JOINED, None),
        # Any text.
        ("*", JOINED, {}),
        ("Alex*game", JOINED, {}),
        ("Alex joined* the game", JOINED, {}),
        ("game*Alex", JOINED, None),
        ("*Alex*", JOINED, {}),
        # Fields take as little as they can.
        ("]: {player} joined the game", JOINED, {"player": "Alex"}),
        (": {player} joined", "[1]: Server: Alex joined", {"player": "Alex"}),
        ("[{thread}]: ", JOINED, {"thread": "Server thread/INFO"}),
        ("are {now} of a max of {most} p", LIST, {"now": "2", "most": "20"}),
        ("<{player}> *all", CHAT, {"player": "Alex"}),
        ("INFO]: {a}<{b}> ", "[1 INFO]: x<y> z", {"a": "x", "b": "y"}),
        # At the beginning one word, at the end the rest.
        ("{player} joined the game", JOINED, {"player": "Alex"}),
        ("{player} joined the game", "Alex joined the game", {"player": "Alex"}),
        ("* {player} joined the game*", JOINED, {"player": "Alex"}),
        ("*{player} joined the game", JOINED, {"player": "Alex"}),
        ("{a} {b} joined", "x  Alex joined", {"a": "x", "b": " Alex"}),
        ("online: {names}", LIST, {"names": "Alex, Big Bob"}),
        ("<{player}> {text}", CHAT, {"player": "Alex", "text": "I <3 you> all"}),
        ("{line}", JOINED, {"line": JOINED}),
        ("{größe} MB", "frei: 12 MB", {"größe": "12"}),
        # Each field has something.
        ("game{rest}", JOINED, None),
        ("{first}[12", JOINED, None),
        ("{word} joined", " joined", None),
        ("{word} joined", "  joined Alex joined", {"word": "Alex"}),
        ("A{a}l", "Al", None),
        ("A{a}l", "Al el", {"a": "l e"}),
        # Plain text.
        (r"\{player\} \* \\", r"a {player} * \ b", {}),
        (r"C:\Games", r"in C:\Games", {}),
        ("a}b", "a}b", {}),
        ("a.b", "axb", None),
        ("(a|b)+$", "aaaa", None),
    ],
)
def test_match(pattern: str, line: str, fields: dict[str, str] | None) -> None:
    found = LinePattern(pattern).match(line)
    assert found == fields
    assert list(found or ()) == list(fields or ())


@pytest.mark.parametrize(
    ("pattern", "fault"),
    [
        ("", PatternFault.NOT_ONE_LINE),
        ("one\ntwo", PatternFault.NOT_ONE_LINE),
        ("bell\a", PatternFault.NOT_ONE_LINE),
        ("x" * (LONGEST_PATTERN + 1), PatternFault.NOT_ONE_LINE),
        ("{player", PatternFault.BRACE),
        ("{}", PatternFault.BRACE),
        ("{the player}", PatternFault.BRACE),
        ("{1st}", PatternFault.BRACE),
        ('{"a": 1}', PatternFault.BRACE),
        ("{{ player }}", PatternFault.BRACE),
        ("{a}{b}", PatternFault.FIELDS),
        ("{a}*{b}", PatternFault.FIELDS),
        ("{a} {a}", PatternFault.FIELDS),
    ],
)
def test_no_pattern(pattern: str, fault: PatternFault) -> None:
    with pytest.raises(PatternError) as error:
        LinePattern(pattern)
    assert error.value.fault is fault


def test_examples_of_the_page() -> None:
    page = (Path(__file__).parent.parent / "docs" / "triggers" / "console_line.md").read_text("utf-8")
    examples = re.findall(r"^\| `(.+)` \| `(.+)` \| (`\w+`: .+) \|$", page, re.MULTILINE)
    assert len(examples) == 4
    for pattern, line, told in examples:
        assert LinePattern(pattern).match(line) == dict(re.findall(r"`(\w+)`: (.+?)(?:, (?=`)|$)", told))


def regular_expression(pattern: str) -> re.Pattern[str]:
    """Return what a pattern without a field at its beginning means, said in another way."""
    tokens = re.findall(r"\\[*{}\\]|\{\w+\}|.", pattern)
    if not tokens[-1].startswith("{") or not tokens[-1].endswith("}"):
        tokens.append("*")
    parts = (
        f"(?P<{token[1:-1]}>.+)" if re.fullmatch(r"\{\w+\}", token) else ".*" if token == "*" else re.escape(token[-1])
        for token in tokens
    )
    return re.compile(".*" + "".join(parts))


@given(st.lists(PIECES, min_size=1, max_size=7).map("".join), st.text(LETTERS, max_size=12))
def test_matches_what_it_means(pattern: str, line: str) -> None:
    """It never fails, finds what a regular expression finds, and its fields are in the line."""
    try:
        compiled = LinePattern(pattern)
    except PatternError:
        return
    found = compiled.match(line)
    if re.match(r"\**\{\w+\}", pattern):
        assert found is None or regular_expression(pattern).fullmatch(line)
    else:
        assert (found is not None) == bool(regular_expression(pattern).fullmatch(line))
    for value in (found or {}).values():
        assert value
        assert value in line


@given(st.text(max_size=40), st.text(max_size=80))
def test_never_fails(pattern: str, line: str) -> None:
    try:
        fields = LinePattern(pattern).match(line)
    except PatternError:
        return
    assert fields is None or all(value in line for value in fields.values())


@pytest.mark.parametrize("pattern", ["*a*a*a*a*a*b", "{x}a{y}a*a{z}b", "{x} {y} {z}b"])
def test_time_grows_with_the_length_of_the_line_only(pattern: str) -> None:
    """Where a regular expression would try each way to divide the line, this ends at once."""
    assert LinePattern(pattern * 20 if "{" not in pattern else pattern).match("a " * 2000) is None
