"""The panel's objects, frozen, and how a wire object becomes one.

Both payload variants are read: the one of the vendor's page and the one a real panel sends. All but the id is
optional, a field that is missing keeps what was known, a field of a wrong type or an impossible value is dropped with
one debug line and never takes the rest of the object with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
import logging
import math
from typing import Any, ClassVar, Self, override

_LOGGER = logging.getLogger(__name__)

type Number = int | float

_LONGEST_LABEL = 128
_LARGEST_NUMBER = 2**53
_ANY_ADDRESS = frozenset({"0.0.0.0", "::", "[::]"})


class ServerStatus(StrEnum):
    """The states of a server that this client knows. Upper case on the wire, lower case on the vendor's page."""

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
    """What a server can be told to do."""

    START = "start"
    STOP = "stop"
    RESTART = "restart"
    KILL = "kill"


_STATUSES = {status.value: status for status in ServerStatus}


def _text(value: Any) -> str | None:
    """Return a text as it is; null stays None."""
    if value is None or isinstance(value, str):
        return value
    raise TypeError


def _label(value: Any) -> str | None:
    """Return a text for one line of a screen: no control or direction characters, at most 128 characters."""
    if (text := _text(value)) is None:
        return None
    # Most labels are fine as they are, and each changed frame has a dozen.
    if (
        text
        and len(text) <= _LONGEST_LABEL
        and text.isprintable()
        and "  " not in text
        and " " not in {text[0], text[-1]}
    ):
        return text
    printable = "".join(char if char.isprintable() else " " for char in text[: _LONGEST_LABEL * 8])
    return " ".join(printable.split())[:_LONGEST_LABEL].strip() or None


def _required(value: Any) -> str:
    """Return an id: a text that is not empty."""
    if isinstance(value, str) and value:
        return value
    raise TypeError


def _flag(value: Any) -> bool | None:
    """Return a boolean; null stays None."""
    if value is None or isinstance(value, bool):
        return value
    raise TypeError


def _number(value: Any, least: int = 0) -> Number | None:
    """Return a finite number not below `least`, from a number or a text; null stays None."""
    if value is None:
        return None
    if isinstance(value, str):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError
    # The comparison also refuses NaN, which is never between two numbers.
    if not least <= value <= _LARGEST_NUMBER:
        raise ValueError
    return int(value) if value == math.floor(value) else value


def _swap(value: Any) -> Number | None:
    """Return a swap limit, for which -1 is legal."""
    number = _number(value, -1)
    if number is not None and -1 < number < 0:
        raise ValueError
    return number


def _port(value: Any) -> int | None:
    """Return a TCP or UDP port."""
    number = _number(value, 1)
    if number is not None and (not isinstance(number, int) or number > 65535):
        raise ValueError
    return number


def _count(value: Any) -> int | None:
    """Return a whole number."""
    number = _number(value)
    if isinstance(number, float):
        raise ValueError  # noqa: TRY004 - a fraction is a wrong value, not a wrong type
    return number


def _time(value: Any) -> datetime | None:
    """Return an ISO time, as UTC when it names no zone."""
    if (text := _text(value)) is None:
        return None
    time = datetime.fromisoformat(text)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


type _Fields = tuple[tuple[str, str, Callable[[Any], Any]], ...]


def _read(fields: _Fields, data: Mapping[str, Any], what: str) -> dict[str, Any]:
    """Return the fields that `data` holds in a legal form, named and typed as the model has them."""
    values: dict[str, Any] = {}
    for name, key, convert in fields:
        if key in data:
            try:
                values[name] = convert(data[key])
            except TypeError, ValueError, OverflowError:
                _LOGGER.debug("Ignored %s of %s: %s has no legal value there", key, what, type(data[key]).__name__)
    return values


def _updated[T: _Identified | Server](base: T, values: dict[str, Any]) -> T:
    """Return an object with these values: the same one when it has them already, as most parts of a server do."""
    for name, value in values.items():
        if getattr(base, name) != value:
            return replace(base, **values)
    return base


@dataclass(frozen=True, slots=True)
class _Identified:
    """What the panel knows by an id and a server refers to."""

    _fields: ClassVar[_Fields]

    id: str

    @classmethod
    def parse(cls, data: Mapping[str, Any], known: Self | None = None) -> Self:
        """Return the object in a wire object.

        Args:
            data: The wire object: part of a server, or a REST row.
            known: What was known; if it has the same id, it gives the fields that are missing or illegal in `data`.

        Raises:
            TypeError: There is no id.
        """
        key = _required(data.get("id", known.id if known else None))
        base = known if known is not None and known.id == key else cls(key)
        return _updated(base, base.read_fields(data))

    def read_fields(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the legal fields of a wire object."""
        return _read(self._fields, data, type(self).__name__)


@dataclass(frozen=True, slots=True)
class Location(_Identified):
    """Where a node stands."""

    _fields = (("name", "name", _label),)

    name: str | None = None


@dataclass(frozen=True, slots=True)
class Node(_Identified):
    """The machine a server runs on.

    Attributes:
        is_online: What the panel tells; None when it does not.
        host: Name or address players reach the node at.
    """

    _fields = (
        ("display_name", "displayName", _label),
        ("host", "fqdn", _label),
        ("host", "host", _label),
        ("is_online", "isOnline", _flag),
    )

    display_name: str | None = None
    host: str | None = None
    is_online: bool | None = None
    location: Location | None = None

    @override
    def read_fields(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """Return the legal fields of a wire object, the location among them."""
        values = super().read_fields(data)
        if (location := _nested(Location, data, "location", self.location)) is not _KEEP:
            values["location"] = location
        return values


@dataclass(frozen=True, slots=True)
class Allocation(_Identified):
    """An address and port given to a server.

    Attributes:
        assigned: Whether it is in use; None on panels that do not tell.
        is_primary: Whether players connect here; None on panels that do not tell.
    """

    _fields = (
        ("ip", "ip", _label),
        ("port", "port", _port),
        ("assigned", "assigned", _flag),
        ("is_primary", "isPrimary", _flag),
    )

    ip: str | None = None
    port: int | None = None
    assigned: bool | None = None
    is_primary: bool | None = None


@dataclass(frozen=True, slots=True)
class Blueprint(_Identified):
    """The kind of game a server was made from."""

    _fields = (("name", "name", _label),)

    name: str | None = None


@dataclass(frozen=True, slots=True)
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
        primary_allocation_id: Only REST rows tell it.
        allocations: In the order in which they were first seen: the panel sends them unordered.
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

    @classmethod
    def parse(cls, data: Mapping[str, Any], known: Self | None = None) -> Self:
        """Return the server in the data of a `server:sync`, `server:updated` or `server:status`, or in a REST row.

        Args:
            data: The wire object.
            known: What was known of this server; gives the fields that are missing or illegal in `data`.

        Raises:
            TypeError: There is no id in `data` and nothing was known.
        """
        key = known.id if known is not None else _required(data.get("id"))
        base = known if known is not None else cls(key)
        values = _read(_SERVER, data, f"server {key}")
        if "raw_status" in values:
            values["status"] = _STATUSES.get((values["raw_status"] or "").strip().lower())
        if (node := _nested(Node, data, "node", base.node)) is not _KEEP:
            values["node"] = node
        if (blueprint := _nested(Blueprint, data, "blueprint", base.blueprint)) is not _KEEP:
            values["blueprint"] = blueprint
        if (rows := data.get("allocations")) is not None:
            values["allocations"] = _allocations(rows, base.allocations)
        return _updated(base, values)

    def with_node_online(self, online: bool) -> Self:
        """Return this server with another truth about its node; without a node, the server as it is."""
        if self.node is None or self.node.is_online is online:
            return self
        return replace(self, node=replace(self.node, is_online=online))

    @property
    def primary_allocation(self) -> Allocation | None:
        """Where players connect: the one marked primary, else the one REST names, else the first in use."""
        for allocation in self.allocations:
            if allocation.is_primary:
                return allocation
        for allocation in self.allocations:
            if allocation.id == self.primary_allocation_id:
                return allocation
        for allocation in self.allocations:
            # Panels that do not tell `assigned` list only the server's own.
            if allocation.assigned is not False:
                return allocation
        return None

    @property
    def address(self) -> str | None:
        """`host:port` of the primary allocation; the node's host stands for an address that means "any"."""
        if (allocation := self.primary_allocation) is None or allocation.port is None:
            return None
        host = allocation.ip
        if (not host or host in _ANY_ADDRESS) and self.node is not None:
            host = self.node.host
        if not host:
            return None
        if ":" in host and not host.startswith("["):
            host = f"[{host}]"
        return f"{host}:{allocation.port}"


_SERVER: _Fields = (
    ("short_id", "shortId", _label),
    ("name", "name", _label),
    ("description", "description", _text),
    ("raw_status", "status", _text),
    ("suspended", "suspended", _flag),
    ("container_id", "containerId", _text),
    ("memory", "memory", _number),
    ("disk", "disk", _number),
    ("cpu", "cpu", _number),
    ("cpu_pinning", "cpuPinning", _text),
    ("swap", "swap", _swap),
    ("oom_kill_disable", "oomKillDisable", _flag),
    ("backup_limit", "backupLimit", _count),
    ("owner_id", "ownerId", _text),
    ("created_at", "createdAt", _time),
    ("updated_at", "updatedAt", _time),
    ("primary_allocation_id", "primaryAllocationId", _text),
)

_KEEP = object()


def _nested[T: (Location, Node, Blueprint)](
    model: type[T], data: Mapping[str, Any], key: str, known: T | None
) -> T | object | None:
    """Return the model in `data[key]`, None for null, `_KEEP` when the field is missing or has no legal form."""
    value = data.get(key, _KEEP)
    if value is None or value is _KEEP:
        return value
    try:
        return model.parse(value, known)
    except AttributeError, TypeError:
        _LOGGER.debug("Ignored %s: it has no legal form", key)
        return _KEEP


def _allocations(rows: Any, known: tuple[Allocation, ...]) -> tuple[Allocation, ...]:
    """Return the legal ones of a wire list, those known before first and in their old order."""
    if not isinstance(rows, list):
        _LOGGER.debug("Ignored allocations: they are no list")
        return known
    before = {allocation.id: allocation for allocation in known}
    found: dict[str, Allocation] = {}
    for row in rows:
        try:
            allocation = Allocation.parse(row, before.get(row.get("id")))
        except AttributeError, TypeError:
            _LOGGER.debug("Ignored an allocation: it has no legal form")
        else:
            found[allocation.id] = allocation
    order = {key: place for place, key in enumerate(before)}
    return tuple(sorted(found.values(), key=lambda allocation: order.get(allocation.id, len(order))))
