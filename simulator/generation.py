"""What a panel needs of its generation."""

from abc import ABC, abstractmethod
from typing import Any, Protocol

from aiohttp import web

from .fleet import Node, Server
from .live_sockets import LiveSockets
from .machine import PowerAction
from .sockets import Sockets


class Backups(Protocol):
    """The backups of a panel."""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the backups of all servers, as lists show them."""


class Activity(Protocol):
    """The activity log of a panel."""

    def finish(self) -> None:
        """Write what is pending at once."""

    def forget(self, keep: int) -> None:
        """Discard all but the newest entries."""

    def of(self, server_id: str) -> list[dict[str, Any]]:
        """Return the entries of a server, the newest first."""


class Api(Protocol):
    """What becomes of daemons' reports and users' calls."""

    commands: list[tuple[str, str]]

    @property
    def backups(self) -> Backups:
        """Return the backups."""

    @property
    def activity(self) -> Activity:
        """Return the activity log."""

    def place(self, server: Server) -> None:
        """Put a new row's game into the row's state."""

    def make_true(self, server: Server, status: object) -> None:
        """Put the machine into the state that a status means."""

    def write_status(self, server: Server, status: str) -> None:
        """Write a status as if a daemon had reported it."""

    def announce_change(self, server: Server, *, of_status: bool) -> None:
        """Announce a changed row."""

    def announce_node(self, node: Node) -> None:
        """Announce a changed node."""

    def announce_schedule(self, server: Server) -> None:
        """Announce that a schedule runs its first task."""

    def delete(self, server_id: str, *, announce: bool) -> None:
        """Delete a server, and announce it."""

    async def power_as_owner(self, server: Server, action: PowerAction) -> None:
        """Carry out a power action as a server's owner.

        Returns when it is done.
        """

    async def reinstall(self, server: Server) -> None:
        """Begin to install a server again."""


class Generation(ABC):
    """The parts of a panel that differ between the generations."""

    @property
    @abstractmethod
    def sockets(self) -> Sockets:
        """Return the sockets that feed clients."""

    @property
    @abstractmethod
    def live(self) -> LiveSockets:
        """Return the live sockets of servers."""

    @abstractmethod
    def routes(self, base: str) -> list[web.RouteDef]:
        """Return the routes, below a base path."""

    @abstractmethod
    async def intercept(self, request: web.Request, path: str, *, upgrade: bool) -> web.Response | None:
        """Answer a request before its handler does, where there is reason."""

    @abstractmethod
    def missing(self, request: web.Request, path: str) -> web.Response:
        """Answer a request that has no handler."""

    @abstractmethod
    def use_up_limits(self) -> None:
        """Use up the rate limits."""

    @abstractmethod
    def begin(self) -> None:
        """Begin with what goes on by itself."""

    @abstractmethod
    async def end(self) -> None:
        """End what goes on by itself."""

    @abstractmethod
    def mark(self, path: str, response: web.StreamResponse) -> None:
        """Add to an answer what all have."""
