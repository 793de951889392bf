"""What feeds and nodes say of servers, the same for each generation.

A feed is a source of news about many servers: the WebSocket of a panel of generation 1, the list of generation 2.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from .models import Server, ServerStatus


class ConnectionState(StrEnum):
    """How the connection to the panel stands."""

    CONNECTING = "connecting"
    CONNECTED = "connected"
    """Authenticated: news flow."""
    DISCONNECTED = "disconnected"
    """Will be tried again by itself."""
    UNAUTHENTICATED = "unauthenticated"
    """The session has ended: nothing is tried again."""
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class ServerSnapshot:
    """The whole state of a server, as the panel repeats it.

    Attributes:
        server: What the panel tells of it; a field that it left out is what it last was.
    """

    server: Server

    @property
    def server_id(self) -> str:
        """Return the server's id."""
        return self.server.id


@dataclass(frozen=True, slots=True)
class ServerUnchanged:
    """A snapshot that says what the server's last one said."""

    server_id: str


@dataclass(frozen=True, slots=True)
class ServerChange:
    """News of a server between two snapshots.

    Attributes:
        server: The server with the news in it.
        status_reported: Whether the news is, or holds, a report of its status.
    """

    server: Server
    status_reported: bool

    @property
    def server_id(self) -> str:
        """Return the server's id."""
        return self.server.id


@dataclass(frozen=True, slots=True)
class ServerDeleted:
    """A server was deleted, says the panel; it may be anybody's."""

    server_id: str


type ServerMessage = ServerSnapshot | ServerUnchanged | ServerChange | ServerDeleted


@dataclass(frozen=True, slots=True)
class ServersListed:
    """All servers that the panel lists for the account, told when one came or went; also of those not subscribed."""

    servers: tuple[Server, ...]


type FeedMessage = ServerMessage | ServersListed


class Cause(Enum):
    """Why a server stopped."""

    CRASH = auto()
    COMMAND = auto()
    """Somebody wanted it: a stop, a kill, a clean exit."""
    UNKNOWN = auto()
    """Nothing could be found out."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What can be found out about a server that stopped.

    Attributes:
        daemon: The status that its node tells now, None when it was not asked or did not answer.
    """

    daemon: ServerStatus | None = None
    cause: Cause = Cause.UNKNOWN
