"""The activity log: who pressed what, and what a daemon noticed."""

from collections.abc import Mapping
from typing import Any
import uuid

from simulator.clock import Clock, iso


class ActivityLog:
    """The entries of all servers, the oldest first."""

    def __init__(self, clock: Clock) -> None:
        """Begin without entries."""
        self._clock = clock
        self._entries: list[dict[str, Any]] = []

    def add(self, server_id: str, action: str, actor_id: str | None, metadata: dict[str, Any] | None = None) -> None:
        """Write an entry; without an actor it is the daemon's."""
        self._entries.append(
            {
                "id": str(uuid.uuid4()),
                "actorId": actor_id,
                "ip": None,
                "action": action,
                "targetType": "server",
                "targetId": server_id,
                "metadata": metadata,
                "createdAt": iso(self._clock.now()),
            }
        )

    def finish(self) -> None:
        """Write what is pending: entries are there at once."""

    def forget(self, keep: int) -> None:
        """Discard all but the newest entries."""
        del self._entries[:-keep]

    def of(self, server_id: str) -> list[dict[str, Any]]:
        """Return the entries of a server, the newest first."""
        return self.find({"targetId": server_id})

    def find(self, values: Mapping[str, str]) -> list[dict[str, Any]]:
        """Return the entries with these values, the newest first."""
        return [entry for entry in reversed(self._entries) if values.items() <= entry.items()]
