"""A feed of generation 2 as its owner holds it."""

import asyncio
from collections.abc import Callable
from typing import override

from aiohttp import ClientSession

from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import StellarStackError
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.messages import ConnectionState, FeedMessage, ServersListed
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.turns import Pace
from custom_components.stellarstack.client.v2.details import Details
from custom_components.stellarstack.client.v2.feed import ServerList
from custom_components.stellarstack.client.v2.rest import Rest
from tests.client.support import until

from .recorded import RecordedPanel

CONNECTING, CONNECTED, DISCONNECTED, UNAUTHENTICATED, CLOSED = ConnectionState
LIST = "/api/servers"
QUICK = Timing(list_interval=0.2, list_interval_alone=0.05, first_reconnect=0.02)


class ListRig:
    """Runs a feed and keeps what it says."""

    def __init__(self, session: ClientSession, panel: RecordedPanel, cookie: str | None, timing: Timing) -> None:
        self.messages: list[FeedMessage] = []
        self.states: list[ConnectionState] = []
        self.reasons: list[StellarStackError | None] = []
        rest = Rest(Http(session, panel.url, timing), Credentials(cookie=cookie))
        self.details = Details(rest, panel.url, Pace(0.0))
        self.feed = ServerList(rest, self.details, self.hear_message, self.hear_state, timing)
        self._task: asyncio.Task[None] | None = None

    def hear_message(self, message: FeedMessage) -> None:
        self.messages.append(message)

    def hear_state(self, state: ConnectionState, reason: StellarStackError | None) -> None:
        self.states.append(state)
        self.reasons.append(reason)

    def start(self, *server_ids: str) -> None:
        """Run with these subscriptions."""
        for server_id in server_ids:
            self.feed.subscribe(server_id)
        self._task = asyncio.create_task(self.feed.run(), name="stellarstack feed")

    async def hears[T: FeedMessage](self, kind: type[T], which: Callable[[T], bool] = lambda _: True) -> T:
        """Wait for a message; returns it."""
        await until(lambda: any(isinstance(message, kind) and which(message) for message in self.messages))
        return next(message for message in self.messages if isinstance(message, kind) and which(message))

    async def reaches(self, state: ConnectionState) -> StellarStackError | None:
        """Wait for a state; returns its latest reason."""
        await until(lambda: state in self.states)
        return [reason for known, reason in zip(self.states, self.reasons, strict=True) if known is state][-1]

    def of(self, server_id: str) -> list[str]:
        """Return the kinds of messages about a server."""
        return [
            type(message).__name__
            for message in self.messages
            if not isinstance(message, ServersListed) and message.server_id == server_id
        ]

    async def end(self) -> None:
        """Close, as the owner of a feed does."""
        await self.feed.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


class FailingRig(ListRig):
    """An owner whose callbacks raise, after they kept what they heard."""

    @override
    def hear_message(self, message: FeedMessage) -> None:
        super().hear_message(message)
        raise LookupError("content of a message")

    @override
    def hear_state(self, state: ConnectionState, reason: StellarStackError | None) -> None:
        super().hear_state(state, reason)
        raise LookupError("content of a state")


type MakeRig = Callable[..., ListRig]
