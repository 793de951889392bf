"""The backups of one server."""

import asyncio
from collections.abc import Callable
from datetime import datetime
import logging
from uuid import uuid4

from .exceptions import (
    AnswerLostError,
    AuthenticationError,
    BackupTimeoutError,
    ClosedError,
    ForbiddenError,
    NotFoundError,
    StellarStackError,
)
from .link import Link, call_patiently
from .models import Backup, BackupStatus

_LOGGER = logging.getLogger(__name__)


class Backups:
    """The backups of one server, and when the newest complete one ended."""

    def __init__(self, server_id: str, link: Link, on_change: Callable[[], None]) -> None:
        """Begin with no known backup.

        Args:
            server_id: The server.
            link: To the panel.
            on_change: Called when `last` may have changed.
        """
        self._server_id = server_id
        self._link = link
        self._on_change = on_change
        self._last: datetime | None = None

    @property
    def last(self) -> datetime | None:
        """Return when the newest complete backup ended.

        None when the backups were never listed.
        """
        return self._last

    async def create(self, name: str | None) -> Backup:
        """Make a backup and return it when it has ended.

        When the answer is lost, the list of backups tells the result.

        Raises:
            BackupTimeoutError: It did not end in 30 min, as far as the list tells.
            ClosedError: The client was closed meanwhile.
            StellarStackError: Why it was not done.
        """
        backup_id = str(uuid4())
        backup: Backup | None = None
        try:
            backup = await call_patiently(
                self._link, lambda: self._link.panel.create_backup(self._server_id, name, backup_id)
            )
        except AnswerLostError:
            _LOGGER.debug("The answer to a backup of server %s was lost: looking for it in the list", self._server_id)
        if backup is None:
            backup = await self._find(backup_id)
        if backup.status is BackupStatus.COMPLETED and backup.ended_at is not None:
            self._learn([backup])
        else:
            self._link.spawn(self._reload(), "last backup")
        return backup

    async def load(self) -> list[Backup]:
        """Return the backups.

        Raises:
            StellarStackError: The panel did not answer.
        """
        backups = await self._link.call(self._link.panel.backups(self._server_id))
        self._last = None
        self._learn(backups)
        return backups

    async def _find(self, backup_id: str) -> Backup:
        """Look for a backup in the list until it has ended.

        Raises:
            BackupTimeoutError: It did not end in 30 min.
            StellarStackError: The panel refuses to list the backups.
        """
        timing = self._link.timing
        size: int | None = None
        try:
            async with asyncio.timeout(timing.backup):
                while True:
                    backup = await self._listed(backup_id)
                    if backup is not None:
                        # Panels that list files show one that is still being written, without a time of its end.
                        if backup.status is BackupStatus.FAILED or (
                            backup.status is BackupStatus.COMPLETED
                            and (backup.completed_at is not None or backup.size == size)
                        ):
                            return backup
                        size = backup.size
                    await asyncio.sleep(timing.backup_poll)
        except TimeoutError as err:
            raise BackupTimeoutError("the backup did not end in time") from err

    async def _listed(self, backup_id: str) -> Backup | None:
        """Return a backup of the list, if the panel lists it.

        None when it is not in the list, or the panel is away.
        """
        try:
            return await self._link.call(self._link.panel.find_backup(self._server_id, backup_id))
        except AuthenticationError, ClosedError, ForbiddenError, NotFoundError:
            raise
        except StellarStackError as err:
            _LOGGER.debug("The panel did not list the backups of server %s: %s", self._server_id, err)
            return None

    async def _reload(self) -> None:
        try:
            await self.load()
        except StellarStackError as err:
            _LOGGER.debug("The panel did not list the backups of server %s: %s", self._server_id, err)

    def _learn(self, backups: list[Backup]) -> None:
        times = [
            backup.ended_at
            for backup in backups
            if backup.status is BackupStatus.COMPLETED and backup.ended_at is not None
        ]
        if self._last is not None:
            times.append(self._last)
        self._last = max(times, default=None)
        self._on_change()
