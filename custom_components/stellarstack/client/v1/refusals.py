"""What the errors of a panel of generation 1 mean.

Most of what a node refuses comes as HTTP 500 in three wrappings: the panel's JSON, the name of an error, and the JSON of
the node's daemon. The tables have the texts that real panels and daemons use.
"""

import re

import orjson

from ..exceptions import ForbiddenError, NodeOfflineError, NotFoundError, Refusal, RefusedError, ResponseError
from ..http import Answer
from ..text import one_line

_LONGEST_REASON = 200
_MOST_READ = 1000
"""Characters that a reason is looked for in: some patterns take the square of a text's length."""

_TO_DAEMON = "Failed to communicate with daemon: "
_FROM_DAEMON = "Daemon error: "

_NODE_OFFLINE = "Node is offline"
# Node.js errors when the daemon is not reached; their codes are in capitals, ECONNREFUSED and the like.
_UNREACHED = re.compile(r"(?i:fetch failed|time-?out|timed out|socket hang up|terminated|closed)|\bE[A-Z_]{5,}\b")

# What a daemon's words contain, in small letters.
_REFUSALS = (
    ("another power operation", Refusal.BUSY),
    ("already running", Refusal.ALREADY_RUNNING),
    ("not running", Refusal.NOT_RUNNING),
    # A server that was never started has no container that could be stopped.
    ("container not found", Refusal.NOT_RUNNING),
    ("currently installing", Refusal.INSTALLING),
    ("currently transferring", Refusal.TRANSFERRING),
    ("currently restoring", Refusal.RESTORING),
    ("suspended", Refusal.SUSPENDED),
)

# Names of errors before the words: "TypeError: ", "Environment error: ".
_ERROR_NAMES = re.compile(r"^(?:(?:[a-z]+ )?[a-z]*error:(?: |$))+", re.IGNORECASE)
_PATHS = re.compile(r"(?:\w+://|\b[A-Za-z]:\\|(?<![\w/])/(?=\w))[^\s'\"`,;()]*(?<![:.])")
_IDS = re.compile(
    r"['\"`]?\b(?:[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,}|[0-9a-f]{12,}|c[0-9a-z]{24})\b['\"`]?", re.IGNORECASE
)
_SPACE_BEFORE = re.compile(r"\s+(?=[:,.])")


def error_words(answer: Answer) -> str | None:
    """Return the panel's words in an error; None for other errors.

    Web frameworks use the same form, but repeat the status in it: `{"status": 404, "error": "Not Found"}` and the like.
    """
    words = answer.text("error")
    return None if words is None or answer.status in answer.content.values() else words


def error_for(status: int, words: str) -> ResponseError:
    """Return the exception for an error in the panel's words.

    Args:
        status: The HTTP status.
        words: The panel's words.
    """
    _, wrapped, inner = words.partition(_TO_DAEMON)
    _, answered, refused = inner.partition(_FROM_DAEMON)
    message = f"the panel refused: HTTP {status}"
    reason = clean(refused or inner or words)
    if _NODE_OFFLINE in words or (wrapped and not answered and _UNREACHED.search(inner)):
        return NodeOfflineError(message, status, reason)
    lowered = words.lower()
    refusal = next((refusal for part, refusal in _REFUSALS if part in lowered), None)
    if refusal is None and wrapped:
        refusal = Refusal.OTHER
    if refusal is not None:
        return RefusedError(message, status, reason, refusal)
    error = {403: ForbiddenError, 404: NotFoundError}.get(status, ResponseError)
    return error(message, status, reason)


def clean(words: str) -> str | None:
    """Return the words of a panel or daemon, fit for users.

    That is one line of at most 200 characters, without JSON, names of errors, paths and ids. None when nothing is left.
    """
    before, brace, rest = words.partition("{")
    if brace:
        return clean(before + _message(brace + rest))
    text = _ERROR_NAMES.sub("", words.strip().partition("\n")[0][:_MOST_READ])
    text = _SPACE_BEFORE.sub("", _IDS.sub("", _PATHS.sub("…", text)))
    return one_line(text.rstrip(" :,"), _LONGEST_REASON)


def _message(text: str) -> str:
    """Return the message in a daemon's JSON.

    The text is empty when the JSON has no known form.
    """
    try:
        content = orjson.loads(text)
    except ValueError:
        return ""
    words = content.get("message") or content.get("error")
    return words if isinstance(words, str) else ""
