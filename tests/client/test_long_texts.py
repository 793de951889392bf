"""The longest texts that a panel or node may send are read at once; a slow way to read them would take hours."""

import json

import pytest

from custom_components.stellarstack.client.console import LONGEST_LINE
from custom_components.stellarstack.client.console_stream import ConsoleStream
from custom_components.stellarstack.client.daemon import LARGEST_FRAME
from custom_components.stellarstack.client.http import SMALL
from custom_components.stellarstack.client.v1.refusals import error_for

FRAME = LARGEST_FRAME // 4


@pytest.mark.parametrize("text", ["\r", "\r\r\n", "\x1b[", "\x1b]0;", "x", " ", "\u202e", "\r\x1b[2K"])
@pytest.mark.parametrize("repeats", [True, False])
async def test_console(text: str, repeats: bool) -> None:
    console = ConsoleStream(0)
    told: list[str] = []
    console.batches.add(lambda batch: told.extend(batch.lines))
    console.open(repeats=repeats)
    console.begin()
    console.settle()
    console.feed(text * (FRAME // len(text)), settled=True)
    console.feed("\nlast\n", settled=True)
    console.flush()
    console.stop()
    assert told[-1] == "last"
    assert all(line.isprintable() and len(line.encode()) <= LONGEST_LINE for line in told)


@pytest.mark.parametrize("text", ["a", "0", "é", "a:/", "/", "error: ", "x error:", "'", "E_", " .", "x" + " " * 500])
@pytest.mark.parametrize("wrapped", ["{}", "Failed to communicate with daemon: {}", "daemon"])
def test_refusal(wrapped: str, text: str) -> None:
    # Something stands at both ends: blanks there are no part of the words.
    words = f"x{text * (SMALL // len(text.encode()))}{' ' * 1000}x"
    if wrapped == "daemon":
        words = f"Failed to communicate with daemon: Error: Daemon error: {json.dumps({'message': words})}"
    else:
        words = wrapped.format(words)
    reason = error_for(500, words).reason
    assert reason is None or len(reason) <= 200
