"""What the parts of a client need of it."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Protocol

from .exceptions import RateLimitedError
from .gate import NodeGate
from .nodes import NodeList
from .panel import Panel
from .timing import Timing


class Link(Protocol):
    """What a server needs of the client that it belongs to."""

    @property
    def panel(self) -> Panel:
        """Return the panel, with the account's credentials."""

    @property
    def timing(self) -> Timing:
        """Return the waiting times."""

    @property
    def nodes(self) -> NodeList:
        """Return which nodes are online."""

    def expect_snapshot(self, server_id: str) -> None:
        """Deliver the server's next snapshot even if it repeats the last."""

    def hurry_feed(self) -> None:
        """Ask the feed for news now, unless it is pushed."""

    def gate(self, node_id: str | None) -> NodeGate:
        """Return the gate that the live sockets to a node go through."""

    def review_live_sockets(self) -> None:
        """Look soon for which servers a live socket is to be held."""

    def spawn(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Run something in the background, until the client is closed."""

    async def call[T](self, call: Awaitable[T]) -> T:
        """Await a call; end the connection when the session has ended."""

    async def ask[T](self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a background call, within the panel's rate limit."""


async def call_patiently[T](link: Link, call: Callable[[], Awaitable[T]]) -> T:
    """Make a call, and repeat it twice after a rate limit.

    Raises:
        StellarStackError: Whatever the call raises.
    """
    for delay in link.timing.rate_limit_retries:
        try:
            return await link.call(call())
        except RateLimitedError:
            await asyncio.sleep(delay)
    return await link.call(call())
