"""Doubt of a live socket that lacks what the panel tells."""

from collections.abc import Awaitable, Callable

from .link import Link
from .models import ServerStatus

type Report = tuple[ServerStatus | None, float]
"""A status, and when it was told."""


class Doubt:
    """News of the panel that a live socket has not told.

    The socket should know first. If the node does not answer then, the socket is closed, and what was told is news.
    """

    def __init__(self, link: Link, verify: Callable[[], Awaitable[bool]]) -> None:
        """Begin without doubt.

        Args:
            link: Runs the check.
            verify: Returns whether the node answers; closes the socket if not.
        """
        self._link = link
        self._verify = verify
        self._told: list[Report] = []

    def __bool__(self) -> bool:
        """Return whether there is any."""
        return bool(self._told)

    def add(self, told: ServerStatus | None, at: float) -> None:
        """Note what the panel told, and check whether the socket is dead."""
        self._told.append((told, at))
        if len(self._told) == 1:
            self._link.spawn(self._check(), "live check")

    def end(self) -> list[Report]:
        """Return what the panel told, and begin anew."""
        told, self._told = self._told, []
        return told

    async def _check(self) -> None:
        if await self._verify():
            # The node's word is the present, whatever the panel tells.
            self._told.clear()
