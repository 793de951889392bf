"""Why the API refuses, in its own words and wrapping."""

import asyncio
from collections.abc import Awaitable
from http import HTTPStatus
from typing import Final

from simulator.fleet import Server
from simulator.machine import DaemonRefusal, Machine, NodeUnreachable

ANSWER_TIMEOUT: Final = 300.0
"""Seconds that the API waits for the header of a daemon's answer: undici's default."""
_WRAPPED: Final = "Failed to communicate with daemon: "


class ApiRefusal(Exception):
    """The API answers with an error.

    Attributes:
        status: The HTTP status.
        error: The text.
    """

    def __init__(self, status: HTTPStatus, error: str) -> None:
        """Refuse with a status and a text."""
        super().__init__(error)
        self.status = status
        self.error = error


def check_suspended(server: Server) -> None:
    """Refuse what cannot be done with a suspended server."""
    if server.suspended:
        raise ApiRefusal(HTTPStatus.FORBIDDEN, "Server is suspended")


def check_node(server: Server, status: HTTPStatus = HTTPStatus.BAD_REQUEST) -> None:
    """Refuse what needs a node whose column says that it is offline."""
    if server.node is not None and not server.node.online:
        raise ApiRefusal(status, "Node is offline")


async def ask_daemon[T](machine: Machine, call: Awaitable[T]) -> T:
    """Return a daemon's answer.

    Raises:
        ApiRefusal: The daemon refuses, cannot be reached, or takes longer than the API waits.
    """
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT / machine.speed):
            return await call
    except DaemonRefusal as refusal:
        error = f"{_WRAPPED}Error: Daemon error: {refusal.body}"
        raise ApiRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, error) from refusal
    except (NodeUnreachable, TimeoutError) as failure:
        raise ApiRefusal(HTTPStatus.INTERNAL_SERVER_ERROR, f"{_WRAPPED}TypeError: fetch failed") from failure
