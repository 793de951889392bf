"""Messages of feeds and live sockets, the same for each generation.

A feed is a source of news about many servers: the WebSocket of a panel of generation 1, the list of generation 2. A
live socket is of one server, to its node.
"""

from dataclasses import dataclass, field
from enum import Enum, StrEnum, auto

from .exceptions import ResponseError
from .models import Server, ServerStatus


class ConnectionState(StrEnum):
    """The states of the connection to the panel."""

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
    """A snapshot that repeats the server's last one."""

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
    """The panel reports a server as deleted.

    It may be a server of another account.
    """

    server_id: str


type ServerMessage = ServerSnapshot | ServerUnchanged | ServerChange | ServerDeleted


@dataclass(frozen=True, slots=True)
class ServersListed:
    """All servers that the panel lists for the account.

    Sent when one came or went; also contains servers that are not subscribed.
    """

    servers: tuple[Server, ...]


type FeedMessage = ServerMessage | ServersListed


class Question(Enum):
    """What can be asked about a server that stopped or is changing."""

    STATE = auto()
    """The node's status: a first report shows a transition, which may be an echo."""
    CAUSE = auto()
    """The node's status, and why the server stopped."""


class Cause(Enum):
    """Why a server stopped."""

    CRASH = auto()
    COMMAND = auto()
    """On request: a stop, a kill, a clean exit."""
    RESTART = auto()
    """On request, too, but it was to come back."""
    UNLOGGED = auto()
    """The activity log names none."""
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


# Messages of a live socket.


@dataclass(frozen=True, slots=True)
class LiveAccepted:
    """The node accepts the ticket."""


@dataclass(frozen=True, slots=True)
class LiveSettled:
    """The past that a node sends each new socket is over.

    From now on, what comes is new.
    """


@dataclass(frozen=True, slots=True)
class LiveStatus:
    """The server's status; None for an unknown one."""

    status: ServerStatus | None


# Not frozen, which would double the time to make one: there are many.
@dataclass(slots=True, kw_only=True)
class LiveSample:
    """What a server uses, about once a second while it runs.

    A field that the node does not send is None.

    Attributes:
        cpu: Percent of one core.
        memory: Bytes.
        disk: Bytes of the server's folder.
        received: Bytes since the server started.
        sent: Bytes since the server started.
        uptime: Seconds since the server started.
        status: The server's status.
    """

    cpu: float | None = None
    memory: float | None = None
    disk: float | None = None
    received: float | None = None
    sent: float | None = None
    uptime: float | None = None
    status: ServerStatus | None = None


@dataclass(frozen=True, slots=True)
class LiveOutput:
    """A piece of console output, not aligned to lines.

    Attributes:
        text: The piece.
        is_past: Whether the node marks it as printed before the socket was open.
    """

    text: str = field(repr=False)
    is_past: bool = False


class LiveRequest(Enum):
    """The requests that a live socket takes."""

    POWER = auto()
    COMMAND = auto()


@dataclass(frozen=True, slots=True)
class LiveRefusal:
    """The node refuses a request.

    Attributes:
        error: Why.
        request: What it was told; None when the node does not name it.
    """

    error: ResponseError
    request: LiveRequest | None = None


@dataclass(frozen=True, slots=True)
class LiveTicketEnding:
    """The ticket ends soon, or has ended; the socket goes on."""


@dataclass(frozen=True, slots=True)
class LiveTicketRefused:
    """The node does not accept the ticket, and ends the connection."""


type LiveMessage = (
    LiveAccepted
    | LiveSettled
    | LiveStatus
    | LiveSample
    | LiveOutput
    | LiveRefusal
    | LiveTicketEnding
    | LiveTicketRefused
)
