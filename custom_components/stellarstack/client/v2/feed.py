"""A feed that polls the list of servers and compares it."""

import asyncio
from collections.abc import Callable
import contextlib
from dataclasses import dataclass
import logging
import random
import time
from typing import Any, override

import orjson

from ..exceptions import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    NotThePanelError,
    PanelConnectionError,
    RateLimitedError,
    StellarStackError,
)
from ..fields import parse_row
from ..http import Answer
from ..listeners import describe_failure
from ..messages import (
    ConnectionState,
    FeedMessage,
    ServerChange,
    ServerDeleted,
    ServersListed,
    ServerSnapshot,
    ServerUnchanged,
)
from ..models import Server, ServerStatus
from ..panel import Feed, MessageCallback, StateCallback
from ..reconnect import Backoff
from ..timing import Timing
from .details import Details
from .parse import parse_server
from .rest import INTERVALS_VALID, ROW_ID, ROWS_A_TURN, Rest, load_row_text, server_row_texts, server_rows

_LOGGER = logging.getLogger(__name__)

_JITTER = 0.1
"""Of an interval: clients that began together do not ask together for ever."""


@dataclass(slots=True)
class _Row:
    """A server of the list.

    Attributes:
        text: The row, unparsed.
        server: What it says.
        listed: The number of the last list that it was in.
        told: The server as it was last told, None when the row has not been told yet.
    """

    text: bytes
    server: Server
    listed: int
    told: Server | None = None


class ServerList(Feed):
    """Asks for the list of servers for as long as `run` runs.

    Rows are told at once. What they lack is asked for in the background and told as a change.
    """

    def __init__(
        self, rest: Rest, details: Details, on_message: MessageCallback, on_state: StateCallback, timing: Timing
    ) -> None:
        """Prepare; nothing is sent before `run`.

        Args:
            rest: Makes the calls.
            details: Completes the servers.
            on_message: Called with all news of subscribed servers, and with the list when one came or went.
            on_state: Called with each change of the connection's state and its reason.
            timing: How long to wait for what.
        """
        self._rest = rest
        self._details = details
        self._on_message = on_message
        self._on_state = on_state
        self._timing = timing
        self._state = ConnectionState.CLOSED
        self._closed = False
        self._user_id: str | None = None
        self._live_held = False
        self._desired: dict[str, ServerUnchanged] = {}
        self._body: bytes | None = None
        self._rows: dict[str, _Row] = {}
        self._lists = 0
        self._listed_at = 0.0
        self._listed_ids: frozenset[str] | None = None
        self._vanished: set[str] = set()
        self._asked_for: set[str] = set()
        self._ask_now = asyncio.Event()
        self._complete_now = asyncio.Event()
        self._details_changed = False
        self._incomplete = False

    @property
    @override
    def state(self) -> ConnectionState:
        """Return the state of the connection."""
        return self._state

    @property
    @override
    def user_id(self) -> str | None:
        """Return the account's id, once the panel accepted the session."""
        return self._user_id

    @property
    @override
    def valid_for(self) -> float:
        """Return for how many seconds a server's last news are current."""
        return INTERVALS_VALID * self._interval

    @override
    def subscribe(self, server_id: str) -> None:
        """Deliver news of a server from the next list on.

        A list that was requested before does not count.
        """
        self._desired[server_id] = ServerUnchanged(server_id)
        self.expect_snapshot(server_id)
        self.hurry()

    @override
    def unsubscribe(self, server_id: str) -> None:
        """End a server's news."""
        self._desired.pop(server_id, None)
        self._vanished.discard(server_id)
        self._asked_for.discard(server_id)

    @override
    def expect_snapshot(self, server_id: str) -> None:
        """Deliver the server's next snapshot even if it repeats the last."""
        if (row := self._rows.get(server_id)) is not None:
            row.told = None

    @override
    def hurry(self) -> None:
        """Request the next list now; several calls cause one request."""
        self._ask_now.set()

    @override
    def set_live_held(self, held: bool) -> None:
        """Poll less often while live sockets are held."""
        if self._live_held and not held:
            self.hurry()
        self._live_held = held

    @override
    async def run(self) -> None:
        """Ask again and again, until closed or cancelled. Never raises."""
        remove = self._details.changes.add(self._handle_details)
        completer = asyncio.create_task(self._complete_rows(), name="stellarstack list details")
        try:
            await self._ask_repeatedly()
        finally:
            remove()
            completer.cancel()
            await asyncio.gather(completer, return_exceptions=True)

    @override
    async def close(self, reason: StellarStackError | None = None) -> None:
        """Deliver nothing any more; the owner of `run` must cancel it."""
        self._change_state(ConnectionState.CLOSED if reason is None else ConnectionState.UNAUTHENTICATED, reason)
        self._closed = True
        self._desired.clear()
        self._ask_now.set()

    @property
    def _interval(self) -> float:
        return self._timing.list_interval if self._live_held else self._timing.list_interval_alone

    def _change_state(self, state: ConnectionState, reason: StellarStackError | None = None) -> None:
        if state is not self._state and not self._closed:
            self._state = state
            try:
                self._on_state(state, reason)
            except Exception as err:  # noqa: BLE001 - whatever it is, it is the owner's own
                _LOGGER.error("The listener for states failed: %s", describe_failure(err))

    def _notify(self, message: FeedMessage) -> None:
        try:
            self._on_message(message)
        except Exception as err:  # noqa: BLE001 - whatever it is, it is the owner's own
            _LOGGER.error("The listener for messages failed: %s", describe_failure(err))

    # The list.

    async def _ask_repeatedly(self) -> None:
        backoff = Backoff(self._timing)
        while not self._closed:
            started = time.monotonic()
            # The list that comes next is for all who asked until now.
            self._ask_now.clear()
            if self._state is not ConnectionState.CONNECTED:
                self._change_state(ConnectionState.CONNECTING)
            if (reason := await self._ask()) is None:
                backoff = Backoff(self._timing)
                await self._wait_for_next(started)
            else:
                await self._wait_to_retry(backoff, reason, started)

    async def _ask(self) -> StellarStackError | None:
        """Request the list once and deliver its news.

        Returns:
            The error when there is no list.
        """
        try:
            if self._user_id is None:
                self._user_id = (await self._details.load_account()).id
            answer = await self._list_servers()
            if answer.body != self._body:
                await self._take_rows(answer)
                self._body = answer.body
        except StellarStackError as err:
            return err
        except Exception as err:  # noqa: BLE001 - a programming error ends one attempt, not all of them
            _LOGGER.error("Unexpected end of a list: %s", describe_failure(err))
            return PanelConnectionError("the list was given up")
        self._listed_at = time.monotonic()
        if self._state is not ConnectionState.CONNECTED:
            for row in self._rows.values():
                row.told = None
            self._change_state(ConnectionState.CONNECTED)
        await self._tell_rows()
        return None

    async def _list_servers(self) -> Answer:
        """Request the list, once more if the session was refused.

        A single refusal must not cost the news: the session may be good all the same.
        """
        try:
            return await self._rest.list_servers()
        except AuthenticationError:
            return await self._rest.list_servers()

    async def _wait_for_next(self, started: float) -> None:
        """Wait until the list is due.

        `hurry` makes it due at once.
        """
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._interval * random.uniform(1 - _JITTER, 1 + _JITTER)):
                await self._ask_now.wait()
                await asyncio.sleep(started + self._timing.first_reconnect - time.monotonic())

    async def _wait_to_retry(self, backoff: Backoff, reason: StellarStackError, started: float) -> None:
        now = time.monotonic()
        wanted = reason.retry_after if isinstance(reason, RateLimitedError) else None
        delay = backoff.next_delay(spent=now - started, lasted=0.0, retry_after=wanted)
        delay = min(delay, max(self._interval, wanted or 0.0))
        _LOGGER.debug("No list of servers: %s; next attempt in %.1f s", reason, delay)
        is_lost = self._state is not ConnectionState.CONNECTED or now - self._listed_at >= self.valid_for
        if is_lost or isinstance(reason, AuthenticationError):
            self._change_state(ConnectionState.DISCONNECTED, reason)
        await asyncio.sleep(delay)

    async def _take_rows(self, answer: Answer) -> None:
        """Parse the changed rows of a list.

        Raises:
            NotThePanelError: It is no list, or has rows, but none of a known form.
        """
        try:
            await self._take_row_texts(server_row_texts(answer), load_row_text)
        except ValueError:
            # It is written in another way, if it is JSON at all.
            await self._take_row_texts([orjson.dumps(row) for row in server_rows(answer)], orjson.loads)

    async def _take_row_texts(self, texts: list[bytes], load: Callable[[bytes], Any]) -> None:
        """Take the rows of a list.

        Args:
            texts: The rows, unparsed.
            load: Parses one.

        Raises:
            NotThePanelError: There are rows, but none of a known form.
            ValueError: One is no JSON.
        """
        self._lists += 1
        changed: dict[str, _Row] = {}
        parsed = 0
        for text in texts:
            # Most rows are what they were. One whose id is elsewhere is only found later.
            row = self._rows.get(text[ROW_ID].decode("latin-1"))
            if row is None or row.text != text:
                if parsed % ROWS_A_TURN == 0:
                    await asyncio.sleep(0)
                parsed += 1
                if (server := parse_row(parse_server, load(text))) is None:
                    continue
                row = self._rows.get(server.id)
                if row is None or row.text != text:
                    row = changed[server.id] = _Row(text, server, self._lists)
            row.listed = self._lists
        gone = [server_id for server_id, row in self._rows.items() if row.listed != self._lists]
        if texts and not changed and len(gone) == len(self._rows):
            raise NotThePanelError("no server has a known form")
        for server_id in gone:
            del self._rows[server_id]
        self._rows |= changed

    async def _tell_rows(self) -> None:
        """Deliver the subscribed rows, and load the details of new ones."""
        for number, (server_id, unchanged) in enumerate(tuple(self._desired.items())):
            if number % ROWS_A_TURN == 0:
                await asyncio.sleep(0)
            if server_id not in self._desired:
                continue
            if (row := self._rows.get(server_id)) is None:
                self._miss(server_id)
            elif row.told is not None:
                self._notify(unchanged)
            else:
                self._asked_for.discard(server_id)
                self._incomplete = self._incomplete or self._details.is_missing(row.server)
                if not self._details.lacks_status(row.server):
                    row.told = self._details.complete(row.server)
                    self._notify(ServerSnapshot(row.told))
        if self._incomplete or self._vanished:
            self._complete_now.set()
        if self._rows.keys() != self._listed_ids:
            self._listed_ids = frozenset(self._rows)
            self._details.forget_others(self._listed_ids)
            self._notify(ServersListed(tuple(self._details.complete(row.server) for row in self._rows.values())))

    # Details that the list lacks.

    def _handle_details(self) -> None:
        self._details_changed = True
        self._complete_now.set()

    async def _complete_rows(self) -> None:
        """Load details of rows in the background; never raises."""
        while True:
            await self._complete_now.wait()
            self._complete_now.clear()
            try:
                await self._complete()
                await self._verify_vanished()
            except Exception as err:  # noqa: BLE001 - a programming error ends one round, not all of them
                _LOGGER.error("Unexpected end of a round of details: %s", describe_failure(err))

    async def _complete(self) -> None:
        servers = [row.server for server_id in self._desired if (row := self._rows.get(server_id)) is not None]
        if self._details_changed:
            self._details_changed = False
            for number, server in enumerate(servers):
                if number % ROWS_A_TURN == 0:
                    await asyncio.sleep(0)
                self._tell_detail(server.id)
        await self._details.load(servers, self._tell_detail)
        self._incomplete = any(self._details.is_missing(server) for server in servers)

    def _tell_detail(self, server_id: str) -> None:
        """Deliver a server with new details."""
        row = self._rows.get(server_id)
        if row is None or server_id not in self._desired or self._state is not ConnectionState.CONNECTED:
            return
        server, told = self._details.complete(row.server), row.told
        if server == told or self._details.lacks_status(row.server):
            return
        if told is not None:
            row.told = server
            self._notify(ServerChange(server, status_reported=server.status is not told.status))
        elif row.server.status is ServerStatus.INSTALLING:
            # All others are delivered with the next list.
            row.told = server
            self._notify(ServerSnapshot(server))

    def _miss(self, server_id: str) -> None:
        """Mark a server that the list lacks for verification, once."""
        if server_id not in self._asked_for:
            self._asked_for.add(server_id)
            self._vanished.add(server_id)

    async def _verify_vanished(self) -> None:
        """Ask the panel for servers that the list lacks.

        Only a server that the panel does not know is gone.
        """
        for server_id in tuple(self._vanished):
            try:
                await self._rest.server(server_id)
            except NotFoundError:
                self._notify(ServerDeleted(server_id))
            except ForbiddenError as err:
                _LOGGER.debug("The panel does not list server %s: %s", server_id, err)
            except StellarStackError as err:
                # Asked again with the next list.
                _LOGGER.debug("The panel did not tell whether it has server %s: %s", server_id, err)
                continue
            self._vanished.discard(server_id)
