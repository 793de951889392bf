"""The objects of a panel, frozen, the same for each generation."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

type Number = int | float

_ANY_ADDRESS = frozenset({"0.0.0.0", "::", "[::]"})


class ServerStatus(StrEnum):
    """The known states of a server."""

    INSTALLING = "installing"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    STOPPED = "stopped"
    SUSPENDED = "suspended"
    MAINTENANCE = "maintenance"
    RESTORING = "restoring"
    ERROR = "error"


class PowerAction(StrEnum):
    """The power actions of a server."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    KILL = "kill"


class BackupStatus(StrEnum):
    """The states of a backup."""

    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    FAILED = "failed"
    RESTORING = "restoring"


@dataclass(frozen=True, slots=True)
class Account:
    """An account on a panel.

    Attributes:
        is_admin: Whether it sees all servers and nodes.
    """

    id: str
    name: str | None = None
    email: str | None = field(default=None, repr=False)
    is_admin: bool = False


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup of a server.

    Attributes:
        status: None when the panel told none or one that this client does not know.
        size: Bytes; None when the panel told none.
    """

    id: str
    name: str | None = None
    status: BackupStatus | None = None
    size: int | None = None
    created_at: datetime | None = None
    completed_at: datetime | None = None

    @property
    def ended_at(self) -> datetime | None:
        """Return when the backup was completed.

        On panels that do not tell, this is when it was created.
        """
        return self.completed_at or self.created_at


@dataclass(frozen=True, slots=True)
class Location:
    """The location of a node."""

    id: str
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """The machine a server runs on.

    Attributes:
        is_online: What the panel tells; None when it does not.
        host: Name or address players reach the node at.
    """

    id: str
    display_name: str | None = None
    host: str | None = None
    is_online: bool | None = None
    location: Location | None = None


@dataclass(frozen=True, slots=True)
class Allocation:
    """An address and port given to a server.

    Attributes:
        assigned: Whether it is in use; None on panels that do not tell.
        is_primary: Whether players connect here; None on panels that do not tell.
        alias: What players are to see in place of `ip`.
    """

    id: str
    ip: str | None = None
    port: int | None = None
    assigned: bool | None = None
    is_primary: bool | None = None
    alias: str | None = None


@dataclass(frozen=True, slots=True)
class Blueprint:
    """The kind of game a server was made from."""

    id: str
    name: str | None = None


@dataclass(frozen=True)
class Server:
    """A game server as the panel last described it.

    Two servers are equal when they look the same to a user: the time of the panel's last write does not count.

    Attributes:
        id: The panel's id, the only field that is always there.
        status: The state, None when the panel told none or one that this client does not know.
        raw_status: The state in the panel's own letters, for the log of an unknown one.
        suspended: Set by an admin; independent of the status `suspended`.
        memory: Limit in MiB.
        disk: Limit in MiB.
        swap: Limit in MiB; -1 means unlimited, 0 off.
        cpu: Limit in percent of one core (100 is one core, may be fractional).
        backup_limit: How many backups the panel keeps.
        primary_allocation_id: Not told by every source.
        allocations: In the order in which they were first seen: the panel sends them unordered.
        image: The container image; generation 1 does not tell it.
        last_backup: When the newest complete backup ended, where somebody asked for it.
        shared: Whether it is somebody else's, so that the panel tells less of it; None where that is not known.
    """

    id: str
    short_id: str | None = None
    name: str | None = None
    description: str | None = None
    status: ServerStatus | None = None
    raw_status: str | None = None
    suspended: bool | None = None
    container_id: str | None = None
    memory: Number | None = None
    disk: Number | None = None
    cpu: Number | None = None
    cpu_pinning: str | None = None
    swap: Number | None = None
    oom_kill_disable: bool | None = None
    backup_limit: int | None = None
    owner_id: str | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = field(default=None, compare=False)
    primary_allocation_id: str | None = None
    node: Node | None = None
    allocations: tuple[Allocation, ...] = ()
    blueprint: Blueprint | None = None
    image: str | None = None
    last_backup: datetime | None = None
    shared: bool | None = None

    def __replace__(self, /, **values: Any) -> Self:
        """Return a copy with other values, for `copy.replace`.

        A dataclass's own takes ten times as long, which would be a good part of what the news of a server cost. It
        needs the object to have no slots.
        """
        copy = object.__new__(type(self))
        vars(copy).update(vars(self), **values)
        return copy

    @property
    def primary_allocation(self) -> Allocation | None:
        """Return where players connect.

        That is the allocation marked primary, else the one that `primary_allocation_id` names, else the first in use.
        """
        for allocation in self.allocations:
            if allocation.is_primary:
                return allocation
        for allocation in self.allocations:
            if allocation.id == self.primary_allocation_id:
                return allocation
        for allocation in self.allocations:
            # Panels without `assigned` list only the server's own.
            if allocation.assigned is not False:
                return allocation
        return None

    @property
    def address(self) -> str | None:
        """Return `host:port` of the primary allocation.

        The host is its alias, else its address; the node's host stands for an address that means "any".
        """
        if (allocation := self.primary_allocation) is None or allocation.port is None:
            return None
        host = allocation.alias or allocation.ip
        if (not host or host in _ANY_ADDRESS) and self.node is not None:
            host = self.node.host
        if not host:
            return None
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"
        return f"{host}:{allocation.port}"
