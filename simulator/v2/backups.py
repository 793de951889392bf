"""Backups: rows at once, files later."""

import asyncio
from http import HTTPStatus
import re
from typing import Any, Final
import uuid

from simulator.clock import Clock, iso
from simulator.fleet import Server
from simulator.machine import DaemonRefusal, Machine, NodeUnreachable

from .errors import InvalidError, UnexpectedError

_NAME: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")


class Backups:
    """The backups of all servers.

    Attributes:
        rows: As lists show them.
        forgotten: Whether the API forgets what becomes of the next ones, as when it restarts meanwhile.
    """

    def __init__(self, clock: Clock, machine: Machine) -> None:
        """Begin without backups."""
        self._clock = clock
        self._machine = machine
        self._under_way: set[asyncio.Task[None]] = set()
        self.rows: list[dict[str, Any]] = []
        self.forgotten = False

    def list_of(self, server: Server) -> list[dict[str, Any]]:
        """Return the backups of a server."""
        return [row for row in self.rows if row["serverId"] == server.id]

    def create(self, server: Server, name: object) -> dict[str, Any]:
        """Begin to make a backup; its row is the answer.

        Raises:
            ApiError: The name is not legal, the limit is reached, or the node was never paired.
        """
        if not isinstance(name, str) or not _NAME.fullmatch(name):
            raise InvalidError
        limit = server.fields["backupLimit"]
        if isinstance(limit, int) and len(self.list_of(server)) >= limit:
            raise UnexpectedError(HTTPStatus.CONFLICT, limit=limit)
        if server.node is None or not server.node.paired:
            raise UnexpectedError(HTTPStatus.BAD_GATEWAY)
        row = {
            "id": str(uuid.uuid4()),
            "serverId": server.id,
            "name": name,
            "sha256": None,
            "bytes": 0,
            "storage": "local",
            "state": "pending",
            "failureCode": None,
            "s3ObjectKey": None,
            "locked": False,
            "completedAt": None,
            "createdAt": iso(self._clock.now()),
        }
        self.rows.append(row)
        task = asyncio.create_task(self._make(server, row))
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return dict(row)

    def find(self, server: Server, backup_id: str) -> dict[str, Any]:
        """Return a backup of a server.

        Raises:
            UnexpectedError: There is none of that id.
        """
        for row in self.list_of(server):
            if row["id"] == backup_id:
                return row
        raise UnexpectedError(HTTPStatus.NOT_FOUND)

    async def finish(self) -> None:
        """Wait for those under way."""
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def _make(self, server: Server, row: dict[str, Any]) -> None:
        try:
            file = await self._machine.create_backup(server.id, row["id"], row["name"])
        except DaemonRefusal, NodeUnreachable:
            result: dict[str, Any] = {"state": "failed", "failureCode": "backups.create_failed"}
        else:
            completed = iso(self._clock.now())
            result = {"state": "ready", "sha256": file.checksum, "bytes": file.size, "completedAt": completed}
        if not self.forgotten:
            row |= result
