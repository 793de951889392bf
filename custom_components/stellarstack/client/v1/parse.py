"""Wire objects of generation 1 to models.

Both variants are read: the one of the vendor's page and the one a real panel sends. All but the id is optional, a field
that is missing keeps what was known, a field of a wrong type or an impossible value is dropped with one debug line and
never takes the rest of the object with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
import logging
import math
from typing import Any

from ..models import Allocation, Backup, BackupStatus, Blueprint, Location, Node, Number, Server, ServerStatus
from ..text import is_id, one_line

_LOGGER = logging.getLogger(__name__)

_LONGEST_LABEL = 128
_LONGEST_STATUS = 64
_LARGEST_NUMBER = 2**53
# Upper case on the wire, lower case on the vendor's page.
_STATUSES = {status.value: status for status in ServerStatus}
_BACKUP_STATUSES = {status.value: status for status in BackupStatus}
_UNSET = object()


def _id(value: Any) -> str:
    if is_id(value):
        return value
    raise TypeError


def _label(value: Any, longest: int = _LONGEST_LABEL) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return one_line(value, longest)
    raise TypeError


def _status(value: Any) -> str | None:
    return _label(value, _LONGEST_STATUS)


def _backup_status(value: Any) -> BackupStatus | None:
    return _BACKUP_STATUSES.get((_status(value) or "").lower())


def _flag(value: Any) -> bool | None:
    if value is None or isinstance(value, bool):
        return value
    raise TypeError


def _number(value: Any, least: int = 0) -> Number | None:
    """Return a finite number not below `least`, from a number or a text: REST sends sizes as texts."""
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
    number = _number(value, -1)
    if number is not None and -1 < number < 0:
        raise ValueError
    return number


def _port(value: Any) -> int | None:
    number = _number(value, 1)
    if number is not None and (not isinstance(number, int) or number > 65535):
        raise ValueError
    return number


def _count(value: Any) -> int | None:
    number = _number(value)
    if isinstance(number, float):
        raise ValueError  # noqa: TRY004 - a fraction is a wrong value, not a wrong type
    return number


def _time(value: Any) -> datetime | None:
    """Return an ISO time, as UTC when it names no zone."""
    if value is None:
        return None
    time = datetime.fromisoformat(value)
    return time if time.tzinfo else time.replace(tzinfo=UTC)


# Of each key on the wire: the model's field, and what makes the one of the other (null stays None).
type _Fields = Mapping[str, tuple[str, Callable[[Any], Any]]]

_NAMED: _Fields = {"name": ("name", _label)}

_NODE: _Fields = {
    "displayName": ("display_name", _label),
    "host": ("host", _label),
    "isOnline": ("is_online", _flag),
}

# The vendor's page has both.
_NODE_WITHOUT_HOST: _Fields = {"fqdn": ("host", _label)}

_ALLOCATION: _Fields = {
    "ip": ("ip", _label),
    "port": ("port", _port),
    "assigned": ("assigned", _flag),
    "isPrimary": ("is_primary", _flag),
    "alias": ("alias", _label),
}

_BACKUP: _Fields = {
    "name": ("name", _label),
    "status": ("status", _backup_status),
    "size": ("size", _count),
    "createdAt": ("created_at", _time),
    "completedAt": ("completed_at", _time),
}

_SERVER: _Fields = {
    "shortId": ("short_id", _label),
    "name": ("name", _label),
    "description": ("description", _label),
    "status": ("raw_status", _status),
    "suspended": ("suspended", _flag),
    "containerId": ("container_id", _label),
    "memory": ("memory", _number),
    "disk": ("disk", _number),
    "cpu": ("cpu", _number),
    "cpuPinning": ("cpu_pinning", _label),
    "swap": ("swap", _swap),
    "oomKillDisable": ("oom_kill_disable", _flag),
    "backupLimit": ("backup_limit", _count),
    "ownerId": ("owner_id", _label),
    "createdAt": ("created_at", _time),
    "updatedAt": ("updated_at", _time),
    "primaryAllocationId": ("primary_allocation_id", _label),
}


def parse_server(data: Mapping[str, Any], known: Server | None = None) -> Server:
    """Return the server in the data of a frame, or in a REST row.

    Args:
        data: The wire object, with all of its fields or some.
        known: What was known of this server; gives the fields that are missing or illegal in `data`.

    Raises:
        TypeError: There is no id in `data` and nothing was known.
    """
    base = known if known is not None else Server(_id(data.get("id")))
    values = _parse_fields(_SERVER, data, base)
    if "raw_status" in values:
        values["status"] = _STATUSES.get((values["raw_status"] or "").lower())
    if (node := _nested(parse_node, data, "node", base.node)) is not _UNSET:
        values["node"] = node
    if (blueprint := _nested(_parse_blueprint, data, "blueprint", base.blueprint)) is not _UNSET:
        values["blueprint"] = blueprint
    if (rows := data.get("allocations")) is not None:
        values["allocations"] = _parse_allocations(rows, base.allocations)
    return _updated(base, values)


def parse_node(data: Mapping[str, Any], known: Node | None = None) -> Node:
    """Return the node of a server, or in a REST row.

    Whether it is online is told anew by each: a panel that ceases to tell must not leave an old truth behind.

    Raises:
        TypeError: There is no id.
    """
    base = _base(Node, data, known)
    values = _parse_fields(_NODE, data, base)
    if not isinstance(data.get("isOnline"), bool):
        values["is_online"] = None
    if "host" not in data:
        values |= _parse_fields(_NODE_WITHOUT_HOST, data, base)
    if (location := _nested(_parse_location, data, "location", base.location)) is not _UNSET:
        values["location"] = location
    return _updated(base, values)


def parse_backup(data: Mapping[str, Any]) -> Backup:
    """Return the backup in a REST row.

    Raises:
        TypeError: There is no id.
    """
    base = Backup(_id(data.get("id")))
    return _updated(base, _parse_fields(_BACKUP, data, base))


def _parse_location(data: Mapping[str, Any], known: Location | None) -> Location:
    base = _base(Location, data, known)
    return _updated(base, _parse_fields(_NAMED, data, base))


def _parse_blueprint(data: Mapping[str, Any], known: Blueprint | None) -> Blueprint:
    base = _base(Blueprint, data, known)
    return _updated(base, _parse_fields(_NAMED, data, base))


def _parse_allocation(data: Mapping[str, Any], known: Allocation | None) -> Allocation:
    base = _base(Allocation, data, known)
    return _updated(base, _parse_fields(_ALLOCATION, data, base))


def _parse_allocations(rows: Any, known: tuple[Allocation, ...]) -> tuple[Allocation, ...]:
    """Return the legal ones of a wire list, those known before first and in their old order."""
    if not isinstance(rows, list):
        _LOGGER.debug("Ignored allocations: they are no list")
        return known
    before = {allocation.id: allocation for allocation in known}
    found: dict[str, Allocation] = {}
    for row in rows:
        try:
            allocation = _parse_allocation(row, before.get(row.get("id")))
        except AttributeError, TypeError:
            _LOGGER.debug("Ignored an allocation: it has no legal form")
        else:
            found[allocation.id] = allocation
    order = {key: place for place, key in enumerate(before)}
    return tuple(sorted(found.values(), key=lambda allocation: order.get(allocation.id, len(order))))


def _parse_fields(fields: _Fields, data: Mapping[str, Any], base: Any) -> dict[str, Any]:
    """Return the fields that `data` holds in a legal form and that are news, named and typed as the model has them."""
    values: dict[str, Any] = {}
    for key, value in data.items():
        if (field := fields.get(key)) is not None:
            name, convert = field
            known = getattr(base, name)
            # Most of a frame is as it was; only what is not has to be looked at.
            if value is known or (type(value) is type(known) and value == known):
                continue
            try:
                values[name] = convert(value)
            except TypeError, ValueError, OverflowError:
                kind, wrong = type(base).__name__, type(value).__name__
                _LOGGER.debug("Ignored %s of %s %s: %s has no legal value there", key, kind, base.id, wrong)
    return values


def _base[T: (Location, Node, Allocation, Blueprint)](model: type[T], data: Mapping[str, Any], known: T | None) -> T:
    """Return what the fields of a part of a server are added to: what was known of it, if it is the same one.

    Raises:
        TypeError: There is no id.
    """
    key = data.get("id", _UNSET)
    if known is not None and (key is _UNSET or key == known.id):
        return known
    return model(_id(key))


def _updated[T: (Server, Node, Location, Allocation, Blueprint, Backup)](base: T, values: dict[str, Any]) -> T:
    """Return an object with these values: the same one when it has them already, as most parts of a server do."""
    for name, value in values.items():
        if getattr(base, name) != value:
            return replace(base, **values)
    return base


def _nested[T: (Location, Node, Blueprint)](
    parse: Callable[[Mapping[str, Any], T | None], T], data: Mapping[str, Any], key: str, known: T | None
) -> T | object | None:
    """Return the object in `data[key]`, None for null, `_UNSET` when the field is missing or has no legal form."""
    value = data.get(key, _UNSET)
    if value is None or value is _UNSET:
        return value
    try:
        return parse(value, known)
    except AttributeError, TypeError:
        _LOGGER.debug("Ignored %s: it has no legal form", key)
        return _UNSET
