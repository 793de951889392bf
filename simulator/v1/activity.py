"""The activity log: who did what to a server."""

import asyncio
from dataclasses import dataclass
from typing import Any, Final
import uuid

from simulator.clock import Clock, iso

WRITTEN_AFTER: Final = 0.15
"""Seconds from the end of an action until its entry is there, as seen on a real panel."""
LONGEST_PAGE: Final = 100
USUAL_PAGE: Final = 50


@dataclass(frozen=True)
class Actor:
    """Who asks for something, and from where."""

    user_id: str
    ip: str = "203.0.113.50"


class ActivityLog:
    """The entries of all servers, the oldest first."""

    def __init__(self, clock: Clock, speed: float) -> None:
        """Begin without entries; seconds pass `speed` times faster."""
        self._clock = clock
        self._speed = speed
        self._entries: list[dict[str, Any]] = []
        self._pending: dict[asyncio.TimerHandle, dict[str, Any]] = {}

    def add(self, server_id: str, event: str, actor: Actor, metadata: dict[str, Any] | None = None) -> None:
        """Write an entry about something that is done.

        It is there a little later.
        """
        entry = {
            "id": str(uuid.uuid4()),
            "event": event,
            "ip": actor.ip,
            "metadata": metadata or {},
            "serverId": server_id,
            "userId": actor.user_id,
            "timestamp": iso(self._clock.now()),
        }

        def write() -> None:
            del self._pending[timer]
            self._entries.append(entry)

        timer = asyncio.get_running_loop().call_later(WRITTEN_AFTER / self._speed, write)
        self._pending[timer] = entry

    def finish(self) -> None:
        """Write what is pending at once."""
        for timer, entry in self._pending.items():
            timer.cancel()
            self._entries.append(entry)
        self._pending.clear()

    def forget(self, keep: int) -> None:
        """Discard all but the newest entries."""
        del self._entries[:-keep]

    def of(self, server_id: str) -> list[dict[str, Any]]:
        """Return the entries of a server, the newest first."""
        return [entry for entry in reversed(self._entries) if entry["serverId"] == server_id]

    def page(self, server_id: str, prefix: str, limit: int, offset: int) -> dict[str, Any]:
        """Return entries of a server as the API does, the newest first."""
        limit = max(1, min(limit, LONGEST_PAGE))
        entries = [entry for entry in self.of(server_id) if entry["event"].startswith(prefix)]
        return {
            "logs": entries[offset : offset + limit],
            "total": len(entries),
            "limit": limit,
            "offset": offset,
        }
