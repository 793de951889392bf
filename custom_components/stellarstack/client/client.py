"""The client's public face: which servers are watched, what is known of them, and how the connection stands.

What it promises are typed updates, not a socket: how a panel delivers them is the concern of the modules below.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import Enum, auto
import logging
import time

from .errors import AuthenticationError, PanelTimeoutError, StellarStackError
from .frames import ServerChange, ServerMessage, ServerSync, ServerUnchanged
from .http import Account, PanelHttp
from .models import Server
from .socket import ConnectionState, PanelSocket, StateCallback

_LOGGER = logging.getLogger(__name__)

STALE_AFTER = 20.0
"""Seconds without a sync (four ticks of the panel) after which a server's state is no longer believed."""
CONNECT_TIMEOUT = 30.0
LONGEST_TELLING = 0.05
"""Seconds of telling of lost servers after which others get a turn: it is soon over, and no page is swamped by it."""


class Update(Enum):
    """What happened to a watched server."""

    CHANGED = auto()
    """It is live, and this is its state: the first one of a connection, or one that differs from the last."""
    STALE = auto()
    """Its state is no longer believed: the connection ended, or its syncs stopped."""
    DELETED = auto()
    """The panel said that it was deleted; it said so to everybody, so ask before believing it."""


type UpdateCallback = Callable[[Update], None]


@dataclass(slots=True)
class WatchedServer:
    """A server that somebody watches.

    Attributes:
        server: What is known, None before the first news.
        live: Whether that is the present: the connection stands and the last sync is younger than 20 s.
        lost: Whether it is no longer, but `on_update` was not called yet.
        baseline: Whether the news being told is the first of its connection, so that a difference to the state before
            tells nothing of when or how it came about.
    """

    id: str
    on_update: UpdateCallback
    server: Server | None = None
    live: bool = False
    lost: bool = False
    baseline: bool = True
    last_sync: float = 0.0


class StellarStackClient:
    """One panel account, its servers and its connection."""

    def __init__(self, http: PanelHttp, on_state: StateCallback) -> None:
        """Prepare; nothing is sent before `connect`.

        Args:
            http: The panel's REST side, with the credentials of the account.
            on_state: Called with each change of the connection's state and its reason.
        """
        self.http = http
        self.watched: dict[str, WatchedServer] = {}
        self._on_state = on_state
        self._nodes_online: Mapping[str, bool] = {}
        self._socket = PanelSocket(self.http, self.watched, self._handle_message, self._handle_state)
        self._task: asyncio.Task[None] | None = None
        self._first: asyncio.Future[None] | None = None
        self._stale_timer: asyncio.TimerHandle | None = None

    @property
    def state(self) -> ConnectionState:
        """How the connection stands."""
        return self._socket.state

    @property
    def user_id(self) -> str | None:
        """The account's id, known once the panel accepted the session."""
        return self._socket.user_id

    async def connect(self) -> None:
        """Make the first connection and keep one from then on, until `close`.

        Raises:
            AuthenticationError: The panel does not accept the session.
            StellarStackError: There is no connection; nothing goes on in the background.
        """
        self._first = asyncio.get_running_loop().create_future()
        self._task = asyncio.create_task(self._socket.run(), name="stellarstack socket")
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT):
                await self._first
        except TimeoutError as err:
            await self.close()
            raise PanelTimeoutError(f"no connection within {CONNECT_TIMEOUT:.0f} s") from err
        except BaseException:
            await self.close()
            raise

    async def close(self, reason: AuthenticationError | None = None) -> None:
        """Unsubscribe, close the connection, leave no task and no timer.

        Args:
            reason: Why, when it is because the session has ended.
        """
        await self._socket.close(reason)
        if self._task is not None:
            self._task.cancel()
            # Unlike awaiting it, this tells its cancellation from our own.
            await asyncio.wait((self._task,))
            self._task = None
        if self._stale_timer is not None:
            self._stale_timer.cancel()
            self._stale_timer = None

    def watch(self, server_id: str, on_update: UpdateCallback) -> WatchedServer:
        """Subscribe to a server; `on_update` is called from the event loop after each change."""
        watched = WatchedServer(server_id, on_update)
        self.watched[server_id] = watched
        self._socket.subscribe(server_id)
        return watched

    def unwatch(self, server_id: str) -> None:
        """End a server's subscription."""
        self.watched.pop(server_id).lost = False
        self._socket.unsubscribe(server_id)

    async def check_session(self) -> Account:
        """Ask whether the session still lives, which also extends it. Needs a cookie.

        A panel never closes the socket of a session that ended, so only this tells.

        Raises:
            AuthenticationError: It does not live; the connection has been closed.
            StellarStackError: The panel did not answer.
        """
        return await self.guard(self.http.account())

    async def guard[T](self, call: Awaitable[T]) -> T:
        """Await a REST call; when it shows that the session has ended, end the connection too.

        Raises:
            StellarStackError: Whatever the call raises.
        """
        try:
            return await call
        except AuthenticationError as err:
            await self.close(err)
            raise

    async def load_servers(self) -> list[Server]:
        """List the account's servers and remember of the watched ones what only REST tells. Needs a cookie.

        Raises:
            StellarStackError: The call failed.
        """
        servers = await self.guard(self.http.servers())
        for server in servers:
            if (watched := self.watched.get(server.id)) is not None:
                known = watched.server or server
                if watched.server is not None and known.primary_allocation_id == server.primary_allocation_id:
                    continue
                self._learn(watched, replace(known, primary_allocation_id=server.primary_allocation_id))
        return servers

    async def load_nodes(self) -> None:
        """Ask which nodes are online, by their heartbeat, and let that decide from now on. Admin accounts only.

        Raises:
            ForbiddenError: The account is no admin.
            StellarStackError: The call failed.
        """
        nodes = await self.guard(self.http.nodes())
        self._nodes_online = {node.id: node.is_online for node in nodes if node.is_online is not None}
        for watched in self.watched.values():
            if watched.server is not None:
                self._learn(watched, watched.server)

    def _handle_state(self, state: ConnectionState, reason: StellarStackError | None) -> None:
        if self._first is not None and not self._first.done():
            if state is ConnectionState.CONNECTED:
                self._first.set_result(None)
            elif reason is not None:
                self._first.set_exception(reason)
        if state is not ConnectionState.CONNECTED:
            self._lose(watched for watched in self.watched.values() if watched.live)
        self._on_state(state, reason)

    def _handle_message(self, message: ServerMessage) -> None:
        if (watched := self.watched.get(message.server_id)) is None:
            return
        if isinstance(message, ServerUnchanged):
            watched.last_sync = time.monotonic()
            if not watched.live:
                self._go_live(watched)
        elif isinstance(message, ServerSync):
            watched.last_sync = time.monotonic()
            server = Server.parse(message.data, watched.server or Server(watched.id))
            self._learn(watched, server)
            if not watched.live:
                self._go_live(watched)
        elif isinstance(message, ServerChange):
            self._learn(watched, Server.parse(message.data, watched.server or Server(watched.id)))
        else:
            # Should it live after all, its next sync brings it back.
            self._lose((watched,) if watched.live else ())
            watched.on_update(Update.DELETED)

    def _learn(self, watched: WatchedServer, server: Server) -> None:
        """Keep news of a server; tell it when it is news of a live one."""
        if server.node is not None and (online := self._nodes_online.get(server.node.id)) is not None:
            server = server.with_node_online(online)
        if server != watched.server:
            watched.server = server
            if watched.live:
                watched.baseline = False
                watched.on_update(Update.CHANGED)

    def _go_live(self, watched: WatchedServer) -> None:
        self._tell_stale(watched)
        watched.live = True
        watched.baseline = True
        watched.on_update(Update.CHANGED)
        if self._stale_timer is None:
            self._stale_timer = asyncio.get_running_loop().call_later(STALE_AFTER, self._find_stale)

    def _lose(self, lost: Iterable[WatchedServer]) -> None:
        """Stop believing servers that are live; thousands are told of in turns, so that nobody else is held up."""
        servers = tuple(lost)
        for watched in servers:
            watched.live = False
            watched.lost = True
        self._tell_next(iter(servers))

    def _tell_next(self, lost: Iterator[WatchedServer]) -> None:
        end = time.monotonic() + LONGEST_TELLING
        for watched in lost:
            self._tell_stale(watched)
            if time.monotonic() > end:
                asyncio.get_running_loop().call_soon(self._tell_next, lost)
                return

    def _tell_stale(self, watched: WatchedServer) -> None:
        if watched.lost:
            watched.lost = False
            watched.on_update(Update.STALE)

    def _find_stale(self) -> None:
        """Stop believing servers whose syncs stopped, then sleep until the next one could be that old."""
        self._stale_timer = None
        now = time.monotonic()
        stale = [
            watched for watched in self.watched.values() if watched.live and now - watched.last_sync >= STALE_AFTER
        ]
        for watched in stale:
            _LOGGER.debug("No sync of server %s for %.0f s", watched.id, STALE_AFTER)
        self._lose(stale)
        oldest = min((watched.last_sync for watched in self.watched.values() if watched.live), default=None)
        if oldest is not None:
            self._stale_timer = asyncio.get_running_loop().call_later(oldest + STALE_AFTER - now, self._find_stale)
