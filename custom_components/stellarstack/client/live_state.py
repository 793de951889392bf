"""The states of a server's live socket."""

from enum import StrEnum

from .exceptions import (
    AuthenticationError,
    ForbiddenError,
    LiveUnavailableError,
    NodeOfflineError,
    NotFoundError,
    RateLimitedError,
    RedirectedError,
    StellarStackError,
    TicketRefusedError,
    WebSocketBlockedError,
)


class LiveState(StrEnum):
    """The states of a server's live socket."""

    CLOSED = "closed"
    """None is held."""
    CONNECTING = "connecting"
    FED = "fed"
    """Open, and its data are current."""
    SILENT = "silent"
    """Open, but no samples of a running server come, even after it was reopened."""
    UNREACHABLE = "unreachable"
    """The node, or the panel that gives the tickets, is away."""
    BLOCKED = "blocked"
    """Something answers in the node's place that lets no socket through."""
    REFUSED = "refused"
    """A node refuses the ticket: the server is on another one."""
    FORBIDDEN = "forbidden"
    """The account may not see the server's console, without which there is no socket."""


OPEN = frozenset({LiveState.FED, LiveState.SILENT})
WAITING = frozenset({LiveState.CONNECTING, LiveState.UNREACHABLE, LiveState.BLOCKED})
"""For the node, or for a way to it."""


def state_after(error: StellarStackError) -> LiveState:
    """Return the socket's state after an error."""
    match error:
        case ForbiddenError() | NotFoundError():
            return LiveState.FORBIDDEN
        case TicketRefusedError():
            return LiveState.REFUSED
        case WebSocketBlockedError() | RedirectedError():
            return LiveState.BLOCKED
        case _:
            return LiveState.UNREACHABLE


def unavailable(error: StellarStackError | None) -> StellarStackError:
    """Return the exception for a request without an open socket."""
    match error:
        case AuthenticationError() | ForbiddenError() | NotFoundError() | NodeOfflineError() | RateLimitedError():
            return error
        case TicketRefusedError():
            return LiveUnavailableError("the server is on a node that is not reached through the panel", elsewhere=True)
        case _:
            return LiveUnavailableError("the server's node is not reached")
