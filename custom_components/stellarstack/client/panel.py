"""The contract of a panel, the same for each generation."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from aiohttp import ClientWebSocketResponse

from .auth import TwoFactorChallenge
from .credentials import Credentials
from .exceptions import StellarStackError
from .messages import ConnectionState, Evidence, FeedMessage, LiveMessage
from .models import Account, Backup, Node, PowerAction, Server, ServerStatus

type StateCallback = Callable[[ConnectionState, StellarStackError | None], None]
type MessageCallback = Callable[[FeedMessage], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Capabilities:
    """What a panel offers with the credentials in use.

    Attributes:
        calls: Whether calls can be authenticated; without, only the feed works, and nothing below is there.
        explains_stops: Whether it can be asked why a server stopped.
        swap: Whether it reports the swap limit.
        location: Whether it reports where a node stands.
        disk_usage: Whether its nodes report the size of a server's folder.
        power_by_live: Whether power calls and commands go by the live socket, unlike by a call of the panel.
        raw_token: Whether a raw token, the part of the cookie before its signature, is of any use.
        echoes: Whether reports of a server's status repeat what is over.
        error_is_crash: Whether the status `error` tells of a crash; else, just of an installation that failed.
        shared_details: Whether addresses and backups are told of servers that others share, too.
        rows_add: Whether a REST row of a server has fields that the feed lacks.
    """

    calls: bool
    explains_stops: bool
    swap: bool
    location: bool
    disk_usage: bool
    power_by_live: bool
    raw_token: bool
    echoes: bool
    error_is_crash: bool
    shared_details: bool
    rows_add: bool


class Feed(ABC):
    """A source of news about servers and about the connection.

    Both come by callback, from the event loop.
    """

    @property
    @abstractmethod
    def state(self) -> ConnectionState:
        """Return the state of the connection."""

    @property
    @abstractmethod
    def user_id(self) -> str | None:
        """Return the account's id, once the panel accepted the session."""

    @property
    @abstractmethod
    def valid_for(self) -> float:
        """Return for how many seconds a server's last news are current."""

    @abstractmethod
    def subscribe(self, server_id: str) -> None:
        """Ask for a server's news, now and after each reconnect."""

    @abstractmethod
    def unsubscribe(self, server_id: str) -> None:
        """End a server's news."""

    @abstractmethod
    def expect_snapshot(self, server_id: str) -> None:
        """Deliver the server's next snapshot even if it repeats the last."""

    @abstractmethod
    def hurry(self) -> None:
        """Ask for news now, if they have to be asked for."""

    @abstractmethod
    def set_live_held(self, held: bool) -> None:
        """Set whether live sockets are held.

        A feed that polls may then poll less often.
        """

    @abstractmethod
    async def run(self) -> None:
        """Connect, and reconnect after each end, until closed or cancelled.

        Never raises anything else. After a refused session the state is disconnected, for the reason
        `AuthenticationError`, and the next attempt follows, unless the owner closes the feed.
        """

    @abstractmethod
    async def close(self, reason: StellarStackError | None = None) -> None:
        """Close the connection within a few seconds.

        The owner of `run` must cancel it afterwards. From the call on, `state` is closed (unauthenticated with a
        reason) and no message comes any more.
        """


class Right(StrEnum):
    """What a ticket lets one do by a live socket."""

    CONSOLE = "console"
    """See what the console prints; without it, no socket opens."""
    USAGE = "usage"
    COMMAND = "command"
    START = "start"
    STOP = "stop"
    """Stop and kill."""
    RESTART = "restart"


RIGHT_FOR = {
    PowerAction.START: Right.START,
    PowerAction.STOP: Right.STOP,
    PowerAction.RESTART: Right.RESTART,
    PowerAction.KILL: Right.STOP,
}
"""The right that each power action needs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """What opens the live socket of one server.

    Attributes:
        urls: Where the node may be reached, the most likely first.
        token: Goes only there, in the query.
        lifetime: Seconds from its making to its end, by any clock.
        rights: What it lets one do.
    """

    urls: tuple[str, ...]
    token: str = field(repr=False)
    lifetime: float
    rights: frozenset[Right]


class Dialect(ABC):
    """What the live sockets of one generation speak.

    Attributes:
        renewal: The event that shows a new ticket on an open socket, None when it needs none.
        tells_always: Whether a socket is of use while the server is stopped, too.
        samples_prove_running: Whether a server that runs sends samples for sure: without any, it does not run.
        repeats_lines: Whether a node sends lines of the console again on an open socket.
        most_held: How many sockets are held at a time.
        longest_reconnect: Seconds between two attempts to reach a node, at most.
    """

    renewal: str | None
    tells_always: bool
    samples_prove_running: bool
    repeats_lines: bool
    most_held: int
    longest_reconnect: float

    @abstractmethod
    async def ticket(self, server_id: str, is_urgent: Callable[[], bool]) -> Ticket:
        """Ask the panel for a ticket.

        Args:
            server_id: The server.
            is_urgent: Whether somebody waits for it: then it goes before others, where they wait for each other.

        Raises:
            ForbiddenError: The account has no right that a live socket is for.
            NotFoundError: There is no such server.
            NodeOfflineError: The panel holds the node for offline.
            StellarStackError: As any call of `Panel`.
        """

    @abstractmethod
    async def open(self, url: str, token: str) -> ClientWebSocketResponse[bool]:
        """Open a live socket; no cookie is shown to a node.

        Raises:
            WebSocketBlockedError: The upgrade was refused; `status` tells how.
            PanelConnectionError: The node was not reached.
        """

    @abstractmethod
    def set_accepted(self, server_id: str, accepted: bool) -> None:
        """Set whether the node that was reached accepts tickets for a server."""

    @abstractmethod
    def decode(self, data: bytes) -> LiveMessage | None:
        """Return the message in a frame; never raises.

        None when the frame has nothing for this client.
        """


class Panel(ABC):
    """One panel and, with credentials, one account on it.

    Every call raises `PanelConnectionError` when the panel is away (a proxy's own answer counts as that),
    `RateLimitedError` on 429 and `ResponseError` on an answer that the protocol does not know; a call that needs
    credentials raises `AuthenticationError` when the panel itself refuses them, `ForbiddenError` and `NotFoundError`
    likewise.
    """

    @property
    @abstractmethod
    def capabilities(self) -> Capabilities:
        """Return the capabilities with these credentials."""

    @property
    @abstractmethod
    def dialect(self) -> Dialect | None:
        """Return the dialect of live sockets.

        None when these credentials open none.
        """

    @abstractmethod
    def with_credentials(self, credentials: Credentials) -> Panel:
        """Return the same panel for another account."""

    @abstractmethod
    async def sign_in(self, email: str, password: str) -> Credentials | TwoFactorChallenge:
        """Sign in with e-mail address and password.

        An account with a second factor gets a challenge instead of credentials.

        Raises:
            InvalidCredentialsError: E-mail address or password is wrong.
            AccountBannedError: The account is banned.
            EmailNotVerifiedError: The address has not been verified.
        """

    @abstractmethod
    async def verify_code(self, challenge: TwoFactorChallenge, code: str) -> Credentials:
        """Finish a sign-in with the second factor.

        Args:
            challenge: The sign-in.
            code: The six digits of an authenticator, or a backup code.

        Raises:
            InvalidCodeError: The code is wrong.
            CodeExpiredError: The challenge is used up or too old.
            OriginNotAllowedError: The URL is not the panel's public one.
        """

    @abstractmethod
    def open_feed(self, on_message: MessageCallback, on_state: StateCallback) -> Feed:
        """Return the feed of this account, not yet running."""

    @abstractmethod
    async def account(self) -> Account:
        """Return the account of the credentials. Extends the session."""

    @abstractmethod
    async def servers(self) -> list[Server]:
        """Return the servers that the panel lists for the account."""

    @abstractmethod
    async def server(self, server_id: str) -> Server:
        """Return one server, also one that no list has.

        Raises:
            ForbiddenError: The account has no access.
            NotFoundError: There is no such server.
        """

    @abstractmethod
    async def nodes(self) -> list[Node]:
        """Return all nodes, online by their heartbeat. Admin accounts only.

        Raises:
            ForbiddenError: The account is no admin.
        """

    @abstractmethod
    async def evidence(self, server_id: str, down_for: float) -> Evidence:
        """Return why a server stopped, by its node and the log.

        Args:
            server_id: The server.
            down_for: Seconds since it was reported down; older log entries explain other stops.
        """

    @abstractmethod
    async def node_status(self, server_id: str) -> ServerStatus | None:
        """Return the status that the server's node reports now.

        None when the node reports none.
        """

    @abstractmethod
    async def power(self, server_id: str, action: PowerAction) -> None:
        """Start, stop, restart or kill a server.

        Returns when the node is done.

        Raises:
            NotSentError: The panel was not reached, so nothing was done.
            AnswerLostError: The answer was lost, so it is not known whether it was done.
            NodeOfflineError: The panel reports the node as offline, or cannot reach it.
            RefusedError: The node refused; `refusal` tells why.
        """

    @abstractmethod
    async def send_command(self, server_id: str, command: str) -> None:
        """Type a line into a server's console.

        Raises:
            RefusedError, NodeOfflineError, NotSentError, AnswerLostError: As `power`.
        """

    @abstractmethod
    async def create_backup(self, server_id: str, name: str | None, backup_id: str) -> Backup | None:
        """Request a backup.

        Args:
            server_id: The server.
            name: What to call it; the panel finds a name when there is none.
            backup_id: A new UUID, by which `find_backup` finds it, whatever id the panel gives it.

        Returns:
            How it ended; None when only the list tells.

        Raises:
            RefusedError, NodeOfflineError, NotSentError, AnswerLostError: As `power`.
        """

    @abstractmethod
    async def find_backup(self, server_id: str, backup_id: str) -> Backup | None:
        """Return the backup requested under an id.

        None when the panel does not list it.
        """

    @abstractmethod
    async def backups(self, server_id: str) -> list[Backup]:
        """Return the backups of a server, in no order."""
