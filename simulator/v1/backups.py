"""Backups: files in v1.2.0, rows of a database in newer panels."""

from http import HTTPStatus
from typing import Any, Protocol
import uuid

from simulator.clock import Clock, iso
from simulator.fleet import Fleet, Server
from simulator.machine import Machine

from .refusals import ask_daemon, check_node


class Backups(Protocol):
    """What the API does about backups."""

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the backups of all servers, as lists show them."""

    async def list_of(self, server: Server) -> list[dict[str, Any]]:
        """Return the backups of a server."""

    async def create(self, server: Server, body: dict[str, Any]) -> dict[str, Any]:
        """Make a backup; returns the answer once it is done."""


class FileBackups:
    """The backups of v1.2.0: files in the daemons' folders, without names."""

    def __init__(self, clock: Clock, machine: Machine, fleet: Fleet) -> None:
        """Look into the folders of a machine."""
        self._clock = clock
        self._machine = machine
        self._fleet = fleet

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Return the backups of all servers, as lists show them."""
        return [row for server in self._fleet.servers.values() for row in self._rows_of(server)]

    async def list_of(self, server: Server) -> list[dict[str, Any]]:
        """Return the backups of a server, in no order."""
        check_node(server, HTTPStatus.INTERNAL_SERVER_ERROR)
        await ask_daemon(self._machine, self._machine.stats(server.id))
        return self._rows_of(server)

    async def create(self, server: Server, body: dict[str, Any]) -> dict[str, Any]:
        """Make a backup; the answer names no id."""
        check_node(server)
        backup = await ask_daemon(self._machine, self._machine.create_backup(server.id, _new_id(body)))
        return {"success": True, "checksum": backup.checksum, "size": backup.size}

    def _rows_of(self, server: Server) -> list[dict[str, Any]]:
        return [
            {
                "id": file.id,
                "name": f"Backup {file.created_at.month}/{file.created_at.day}/{file.created_at.year}",
                "size": file.size,
                "checksumType": "sha256",
                "status": "COMPLETED",
                "isLocked": False,
                "serverId": server.id,
                "ignoredFiles": [],
                "createdAt": iso(file.created_at),
                # Written anew for each answer, as seen on a real panel.
                "updatedAt": iso(self._clock.now()),
            }
            for file in self._machine.game(server.id).backups
        ]


class RowBackups:
    """The backups of newer panels: rows, written when they are done."""

    def __init__(self, clock: Clock, machine: Machine) -> None:
        """Begin without rows."""
        self._clock = clock
        self._machine = machine
        self.rows: list[dict[str, Any]] = []

    async def list_of(self, server: Server) -> list[dict[str, Any]]:
        """Return the backups of a server, the newest first.

        The node is not asked.
        """
        return [row for row in reversed(self.rows) if row["serverId"] == server.id]

    async def create(self, server: Server, body: dict[str, Any]) -> dict[str, Any]:
        """Make a backup; the answer is its row."""
        check_node(server)
        created = iso(self._clock.now())
        backup = await ask_daemon(self._machine, self._machine.create_backup(server.id, _new_id(body)))
        completed = iso(self._clock.now())
        name = body.get("name")
        row = {
            "id": backup.id,
            "name": name if isinstance(name, str) and name else f"Backup {created}",
            "size": backup.size,
            "checksum": backup.checksum,
            "checksumType": "sha256",
            "status": "COMPLETED",
            "isLocked": body.get("locked") is True,
            "serverId": server.id,
            "ignoredFiles": [],
            "completedAt": completed,
            "createdAt": created,
            "updatedAt": completed,
        }
        self.rows.append(row | {"storagePath": None})
        return row


def _new_id(body: dict[str, Any]) -> str:
    given = body.get("uuid")
    return given if isinstance(given, str) else str(uuid.uuid4())
