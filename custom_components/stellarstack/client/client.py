"""One panel account: its connection, watched servers and refused sessions."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
import logging
from typing import Any, assert_never

from aiohttp import ClientSession

from .alarm import Alarm
from .credentials import Credentials
from .detect import detect_panel
from .exceptions import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    PanelConnectionError,
    PanelTimeoutError,
    StellarStackError,
)
from .gate import NodeGate
from .listeners import Listeners
from .live_sockets import LiveSockets
from .messages import (
    ConnectionState,
    FeedMessage,
    ServerChange,
    ServerDeleted,
    ServersListed,
    ServerSnapshot,
    ServerUnchanged,
)
from .models import Account, Server
from .nodes import NodeList
from .panel import Capabilities, Feed, Panel, StateCallback
from .questions import Questions
from .server import WatchedServer
from .timing import Timing
from .turns import run_in_turns

_LOGGER = logging.getLogger(__name__)

REFUSALS = 2
"""Refusals in a row that end a session which no call can be made with."""


class StellarStackClient:
    """One panel account, its servers and its connection.

    Attributes:
        nodes: Which nodes are online.
        listed: Told of all servers that the account has, when one came or went and the feed tells it.
    """

    def __init__(
        self,
        session: ClientSession,
        url: str,
        credentials: Credentials,
        on_state: StateCallback,
        timing: Timing | None = None,
    ) -> None:
        """Prepare; nothing is sent before `connect`.

        Args:
            session: aiohttp's session, with its `DummyCookieJar` and the middleware `refuse_redirects`.
            url: The panel's address: origin and base path, without a trailing slash.
            credentials: Of the account.
            on_state: Called with each change of the connection's state and its reason.
            timing: The waiting times.
        """
        self.url = url
        self.timing = timing or Timing()
        self.listed: Listeners[Sequence[Server]] = Listeners()
        self.nodes = NodeList(self.timing)
        self._session = session
        self._credentials = credentials
        self._on_state = on_state
        self._panel: Panel | None = None
        self._feed: Feed | None = None
        self._feed_task: asyncio.Task[None] | None = None
        self._first: asyncio.Future[None] | None = None
        self._state = ConnectionState.CLOSED
        self._quiet = False
        self._servers: dict[str, WatchedServer] = {}
        self._watchers: dict[str, int] = {}
        self._live = LiveSockets(lambda: self.servers, self.spawn, self.timing)
        self._stale_alarm = Alarm(self._find_stale)
        self._tasks: set[asyncio.Task[None]] = set()
        self._questions = Questions(self.timing)
        self._confirming: asyncio.Task[AuthenticationError | None] | None = None
        self._refusals = 0

    # The connection.

    @property
    def state(self) -> ConnectionState:
        """Return the state of the connection."""
        return self._state

    @property
    def news_valid_for(self) -> float:
        """Return for how many seconds a server's last news are current."""
        return self.timing.stale if self._feed is None else self._feed.valid_for

    @property
    def user_id(self) -> str | None:
        """Return the account's id, once the panel accepted the session."""
        return self._feed.user_id if self._feed is not None else None

    @property
    def panel(self) -> Panel:
        """Return the panel, which is known once `connect` has found it."""
        if self._panel is None:
            raise RuntimeError("connect first")
        return self._panel

    @property
    def capabilities(self) -> Capabilities:
        """Return what the panel offers; known once `connect` has found it."""
        return self.panel.capabilities

    async def connect(self) -> None:
        """Detect the panel, connect, and stay connected until `close`.

        Raises:
            AuthenticationError: The panel does not accept the session.
            UnsupportedPanelError: It is certainly no panel that this client knows.
            StellarStackError: There is no connection; nothing goes on in the background.
        """
        self._quiet = False
        try:
            async with asyncio.timeout(self.timing.connect):
                self._panel = await detect_panel(self._session, self.url, self.timing, self._credentials)
                self._feed = self._panel.open_feed(self._handle_message, self._handle_state)
                self._live.open(self._panel, self._feed)
                for server_id in self._servers:
                    self._feed.subscribe(server_id)
                self._first = asyncio.get_running_loop().create_future()
                self._feed_task = asyncio.create_task(self._feed.run(), name="stellarstack feed")
                await self._first
        except TimeoutError as err:
            await self.close()
            raise PanelTimeoutError(f"no connection within {self.timing.connect:.0f} s") from err
        except BaseException:
            await self.close()
            raise

    async def close(self, reason: AuthenticationError | None = None, *, quiet: bool = False) -> None:
        """Close the connection and end all tasks and timers.

        Servers stay watched for another `connect`.

        Args:
            reason: Why, when it is because the session has ended.
            quiet: Do not notify of the end of the connection and of the servers' news.
        """
        self._quiet = self._quiet or quiet
        self._stale_alarm.set(None)
        if self._feed is not None:
            # Told before anything gives way: from here on nothing is live.
            if reason is not None:
                self._set_state(ConnectionState.UNAUTHENTICATED, reason)
            elif self._state is not ConnectionState.UNAUTHENTICATED:
                self._set_state(ConnectionState.CLOSED, None)
        self._live.close()
        for server in self._servers.values():
            server.close(reason)
        tasks = self._tasks - {task for task in (asyncio.current_task(),) if task is not None}
        # Before anything gives way, too: the session that their calls use is closed meanwhile.
        for task in tasks:
            task.cancel()
        if self._feed is not None:
            await self._feed.close(reason)
        if self._feed_task is not None:
            self._feed_task.cancel()
            tasks.add(self._feed_task)
            self._feed_task = None
        if tasks:
            # Unlike awaiting them, this tells their cancellation from the own one.
            await asyncio.wait(tasks)
        if reason is not None and self._first is not None and not self._first.done():
            self._first.set_exception(reason)

    async def call[T](self, call: Awaitable[T]) -> T:
        """Await a call; confirm a refused session before ending it.

        Raises:
            AuthenticationError: The session has ended; the connection has been closed.
            StellarStackError: Whatever else the call raises.
        """
        try:
            return await call
        except AuthenticationError as err:
            if (confirmed := await self._confirm_refusal()) is not None:
                raise confirmed from err
            raise PanelConnectionError("the panel refused a session that it accepts") from err

    async def ask[T](self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a background call, at most ten in 12 s.

        The panel's rate limit is shared by all its users.

        Raises:
            StellarStackError: Whatever the call raises.
        """
        await self._questions.wait()
        return await self.call(call())

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something in the background, until the client is closed."""
        task = asyncio.create_task(work, name=f"stellarstack {name}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    def set_live(self, live: bool) -> None:
        """Hold live sockets all the time, or only during calls.

        Usage and console need them all the time. Before the first call of this, they are not held.
        """
        self._live.want(live)

    # The servers.

    @property
    def servers(self) -> tuple[WatchedServer, ...]:
        """Return the servers that are watched."""
        return tuple(self._servers.values())

    def watch(self, server_id: str) -> WatchedServer:
        """Watch a server; each `watch` needs one `unwatch`.

        All watchers of a server get the same object.
        """
        if (server := self._servers.get(server_id)) is None:
            server = self._servers[server_id] = WatchedServer(server_id, self)
            self._live.follow(server)
            if self._feed is not None:
                self._feed.subscribe(server_id)
            self._live.review_soon()
        self._watchers[server_id] = self._watchers.get(server_id, 0) + 1
        return server

    def unwatch(self, server: WatchedServer) -> None:
        """End one `watch`; the last one ends the server's news."""
        self._watchers[server.id] -= 1
        if self._watchers[server.id]:
            return
        del self._watchers[server.id], self._servers[server.id]
        server.close()
        self._live.review_soon()
        if self._feed is not None:
            self._feed.unsubscribe(server.id)

    async def find_server(self, server_id: str) -> Server:
        """Return the server of an id, which may be in no list.

        Raises:
            ForbiddenError: The account has no access.
            NotFoundError: There is no such server, or nothing came of it in 12 s.
            StellarStackError: The panel did not answer.
        """
        if self.capabilities.calls:
            return await self.call(self.panel.server(server_id))
        found = asyncio.Event()
        server = self.watch(server_id)
        remove = server.updates.add(lambda _: found.set())
        try:
            if not server.live:
                async with asyncio.timeout(self.timing.find):
                    await found.wait()
        except TimeoutError as err:
            raise NotFoundError("nothing came of this server") from err
        finally:
            remove()
            self.unwatch(server)
        assert server.info is not None
        return server.info

    async def check_session(self) -> Account:
        """Ask whose the session is, which also extends it. Needs calls.

        Raises:
            AuthenticationError: It has ended; the connection has been closed.
            StellarStackError: The panel did not answer.
        """
        return await self.call(self.panel.account())

    async def load_servers(self) -> list[Server]:
        """Return the panel's servers, and update the watched ones.

        Needs calls.

        Raises:
            StellarStackError: The panel did not answer.
        """
        rows = await self.call(self.panel.servers())
        now = asyncio.get_running_loop().time()
        for row in rows:
            if (server := self._servers.get(row.id)) is not None:
                server.take_row(row, now)
        return rows

    async def load_nodes(self) -> None:
        """Load which nodes are online, which takes precedence from now on.

        Needs calls and an admin account. When there is no list for 3 min, or the account ceases to be an admin's, what
        the feed reports counts again.

        Raises:
            ForbiddenError: The account is no admin.
            StellarStackError: The panel did not answer.
        """
        loop = asyncio.get_running_loop()
        try:
            nodes = await self.call(self.panel.nodes())
        except StellarStackError as err:
            if self.nodes.miss(loop.time(), refused=isinstance(err, ForbiddenError)):
                self._refresh_info()
            raise
        self.nodes.take(nodes, loop.time())
        self._refresh_info()

    def gate(self, node_id: str | None) -> NodeGate:
        """Return the gate that the live sockets to a node go through."""
        return self._live.gate(node_id)

    def review_live_sockets(self) -> None:
        """Look soon for which servers a live socket is to be held."""
        self._live.review_soon()

    def expect_snapshot(self, server_id: str) -> None:
        """Deliver a server's next snapshot even if it repeats the last."""
        if self._feed is not None:
            self._feed.expect_snapshot(server_id)

    def hurry_feed(self) -> None:
        """Ask the feed for news now, unless it is pushed."""
        if self._feed is not None:
            self._feed.hurry()

    # How it is done.

    def _refresh_info(self) -> None:
        for server in self.servers:
            server.refresh_info()

    async def _confirm_refusal(self) -> AuthenticationError | None:
        """Ask once more whether the session has ended.

        If so, close the connection and return why.
        """
        if self._state is ConnectionState.UNAUTHENTICATED:
            return AuthenticationError("the session has ended")
        if self._confirming is None:
            self._confirming = asyncio.create_task(self._ask_session(), name="stellarstack session")
            self._confirming.add_done_callback(self._confirmed)
        return await asyncio.shield(self._confirming)

    def _confirmed(self, _task: asyncio.Task[AuthenticationError | None]) -> None:
        self._confirming = None

    async def _ask_session(self) -> AuthenticationError | None:
        try:
            await self.panel.account()
        except AuthenticationError as err:
            await self.close(err)
            return err
        except StellarStackError as err:
            _LOGGER.debug("The panel did not tell whether the session has ended: %s", err)
        return None

    async def _judge_refusal(self, error: AuthenticationError) -> None:
        """Decide on a session that the feed says was refused."""
        if self.capabilities.calls:
            await self._confirm_refusal()
            return
        self._refusals += 1
        if self._refusals >= REFUSALS:
            await self.close(error)

    def _handle_state(self, state: ConnectionState, reason: StellarStackError | None) -> None:
        if state is ConnectionState.CONNECTED:
            self._refusals = 0
            if self._first is not None and not self._first.done():
                self._first.set_result(None)
        elif isinstance(reason, AuthenticationError):
            self.spawn(self._judge_refusal(reason), "session")
        elif reason is not None and self._first is not None and not self._first.done():
            self._first.set_exception(reason)
        self._set_state(state, reason)

    def _set_state(self, state: ConnectionState, reason: StellarStackError | None) -> None:
        if state is self._state:
            return
        self._state = state
        if state is not ConnectionState.CONNECTED:
            is_over = state in {ConnectionState.CLOSED, ConnectionState.UNAUTHENTICATED}
            self._go_stale(self._servers.values(), everything=is_over)
        if not self._quiet:
            self._on_state(state, reason)

    def _handle_message(self, message: FeedMessage) -> None:
        if isinstance(message, ServersListed):
            self.listed.notify(message.servers)
            return
        if (server := self._servers.get(message.server_id)) is None:
            return
        now = asyncio.get_running_loop().time()
        match message:
            case ServerUnchanged():
                server.touch(now)
            case ServerSnapshot():
                server.take_snapshot(message, now)
            case ServerChange():
                server.take_change(message, now)
            case ServerDeleted():
                # Should it live after all, its next snapshot brings it back.
                self._go_stale((server,), everything=True)
                server.tell_deleted()
            case _:
                assert_never(message)
        if not self._stale_alarm.is_set and server.is_reported:
            self._stale_alarm.set(asyncio.get_running_loop().time() + self.news_valid_for)

    def _go_stale(self, servers: Iterable[WatchedServer], *, everything: bool = False) -> None:
        """Mark servers as stale, in turns that leave the loop responsive."""
        stale = [server for server in servers if server.go_stale(everything=everything)]
        self._live.review_soon()
        if not self._quiet:
            run_in_turns(server.tell_stale for server in stale)

    def _find_stale(self, _: float) -> None:
        """Mark servers without recent news as stale, then sleep.

        The sleep lasts until the next one could be that old.
        """
        # By the clock alone: an alarm that comes too soon makes no news old.
        now = asyncio.get_running_loop().time()
        ages = {server: now - (server.last_news or 0.0) for server in self._servers.values() if server.is_reported}
        valid_for = self.news_valid_for
        self._go_stale([server for server, age in ages.items() if age >= valid_for])
        oldest = max((age for server, age in ages.items() if age < valid_for), default=None)
        if oldest is not None:
            self._stale_alarm.set(now + valid_for - oldest)
