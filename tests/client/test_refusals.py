"""What nodes and panels refuse, in their own words."""

import json

from hypothesis import given, strategies as st
import pytest

from custom_components.stellarstack.client.exceptions import (
    ForbiddenError,
    NodeOfflineError,
    NotFoundError,
    Refusal,
    RefusedError,
    ResponseError,
)
from custom_components.stellarstack.client.v1.refusals import clean, error_for

from .support import at_random

SERVER_ID = "0f5c1d0e-8a55-4a3e-9d5a-0f6f8b1f2c3d"


def _daemon(phrase: str, message: str) -> str:
    """Return what the panel says when its daemon answers with an error."""
    body = json.dumps({"error": phrase, "message": message}, separators=(",", ":"))
    return f"Failed to communicate with daemon: Error: Daemon error: {body}"


@pytest.mark.parametrize(
    ("status", "words", "refusal", "reason"),
    [
        (
            500,
            _daemon("Bad Request", "Server is already running"),
            Refusal.ALREADY_RUNNING,
            "Server is already running",
        ),
        (
            500,
            _daemon("Conflict", "Another power operation is in progress"),
            Refusal.BUSY,
            "Another power operation is in progress",
        ),
        (
            500,
            _daemon("Conflict", "Server is currently installing"),
            Refusal.INSTALLING,
            "Server is currently installing",
        ),
        (
            500,
            _daemon("Conflict", "Server is currently transferring"),
            Refusal.TRANSFERRING,
            "Server is currently transferring",
        ),
        (
            500,
            _daemon("Conflict", "Server is currently restoring from backup"),
            Refusal.RESTORING,
            "Server is currently restoring from backup",
        ),
        (500, _daemon("Forbidden", "Server is suspended"), Refusal.SUSPENDED, "Server is suspended"),
        (403, "Server is suspended", Refusal.SUSPENDED, "Server is suspended"),
        (
            500,
            _daemon("Internal Server Error", "Environment error: Container not running"),
            Refusal.NOT_RUNNING,
            "Container not running",
        ),
        (
            500,
            _daemon("Internal Server Error", f"Environment error: Container not found: {SERVER_ID}"),
            Refusal.NOT_RUNNING,
            "Container not found",
        ),
        (500, _daemon("Not Found", f"Server '{SERVER_ID}' not found"), Refusal.OTHER, "Server not found"),
        (
            500,
            _daemon("Bad Request", "Server must be stopped before restoring a backup"),
            Refusal.OTHER,
            "Server must be stopped before restoring a backup",
        ),
        (
            500,
            _daemon("Internal Server Error", "IO error: open /var/lib/stellarstack/volumes/x.jar: Permission denied"),
            Refusal.OTHER,
            "open …: Permission denied",
        ),
        # The daemon's words, not those of a panel that does not reach it.
        (500, _daemon("Internal Server Error", "timeout of the container"), Refusal.OTHER, "timeout of the container"),
        (
            500,
            'Failed to communicate with daemon: Error: Daemon error: {"error":"Conflict"}',
            Refusal.OTHER,
            "Conflict",
        ),
        (500, "Failed to communicate with daemon: Error: Daemon error: Not today", Refusal.OTHER, "Not today"),
        (500, "Failed to communicate with daemon: Error: Daemon error: {", Refusal.OTHER, None),
        (500, 'Failed to communicate with daemon: Error: Daemon error: {"message":5}', Refusal.OTHER, None),
        (500, "Failed to communicate with daemon: Error: Node has no token", Refusal.OTHER, "Node has no token"),
    ],
)
def test_refusal(status: int, words: str, refusal: Refusal, reason: str | None) -> None:
    error = error_for(status, words)

    assert isinstance(error, RefusedError)
    assert (error.status, error.refusal, error.reason) == (status, refusal, reason)


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (400, "Node is offline"),
        (500, "Node is offline"),
        (500, "Failed to communicate with daemon: TypeError: fetch failed"),
        (500, "Failed to communicate with daemon: Error: connect ECONNREFUSED 10.0.0.5:3000"),
        (500, "Failed to communicate with daemon: Error: getaddrinfo ENOTFOUND node1.example.com"),
        (500, "Failed to communicate with daemon: Error: getaddrinfo EAI_AGAIN node1.example.com"),
        (500, "Failed to communicate with daemon: TimeoutError: The operation was aborted due to timeout"),
        (500, "Failed to communicate with daemon: HeadersTimeoutError: Headers Timeout Error"),
        (500, "Failed to communicate with daemon: SocketError: other side closed"),
    ],
)
def test_node_that_is_not_reached(status: int, words: str) -> None:
    error = error_for(status, words)

    assert isinstance(error, NodeOfflineError)
    assert error.status == status


@pytest.mark.parametrize(
    ("status", "words", "error"),
    [
        (403, "Forbidden: You don't have access to this server", ForbiddenError),
        (404, "Server not found", NotFoundError),
        (400, "Validation failed", ResponseError),
        (500, "Internal server error", ResponseError),
    ],
)
def test_refusal_of_the_panel_itself(status: int, words: str, error: type[ResponseError]) -> None:
    refused = error_for(status, words)

    assert type(refused) is error
    assert (refused.status, refused.reason) == (status, words)


@pytest.mark.parametrize(
    ("words", "cleaned"),
    [
        ("Server is already running", "Server is already running"),
        ("TypeError: fetch failed", "fetch failed"),
        ("Error: TypeError: Environment error: no such image", "no such image"),
        ("no such file: /app/data/world, stopped", "no such file: …, stopped"),
        ("see C:\\Games\\world for more", "see … for more"),
        ("POST http://10.0.0.5:3000/api/servers/x failed", "POST … failed"),
        ("I/O error, and/or worse", "I/O error, and/or worse"),
        (f"container {SERVER_ID} is gone", "container is gone"),
        ("container 4f5c1d0e8a55 is gone", "container is gone"),
        ("server 'cm3x9k2hf0000abcdxyz12345' is gone", "server is gone"),
        ("first\n    at file.js:5\n", "first"),
        ("\n\nInvalid call in\n/app/x.ts", "Invalid call in"),
        ("\x1b[31mred\u202e", "[31mred"),
        ('said {"message": "no"}', "said no"),
        ('said {"error": "no"} and more', "said"),
        ("x" * 500, "x" * 200),
        ("", None),
        ("{}", None),
        ("Error: ", None),
    ],
)
def test_words_as_a_user_can_read_them(words: str, cleaned: str | None) -> None:
    assert clean(words) == cleaned


@at_random
@given(st.text(max_size=300) | st.dictionaries(st.sampled_from(["error", "message"]), st.text()).map(json.dumps))
def test_any_words_are_one_short_line(words: str) -> None:
    for text in (clean(words), error_for(500, words).reason, error_for(500, _daemon("Conflict", words)).reason):
        assert text is None or (0 < len(text) <= 200 and text.isprintable() and "{" not in text)
