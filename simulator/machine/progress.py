"""What daemons do to the files of servers: installs and backups."""

from dataclasses import dataclass

from .games import BackupFile


@dataclass(frozen=True)
class InstallStarted:
    """An installer begins."""


@dataclass(frozen=True)
class InstallOutput:
    """An installer prints a line."""

    line: str


@dataclass(frozen=True)
class InstallCompleted:
    """An installer ended."""

    successful: bool


@dataclass(frozen=True)
class BackupStarted:
    """A backup begins."""

    backup_id: str


@dataclass(frozen=True)
class BackupCompleted:
    """The file of a backup is complete.

    One that fails is never told.
    """

    backup: BackupFile


type Progress = InstallStarted | InstallOutput | InstallCompleted | BackupStarted | BackupCompleted
