"""Wire objects of generation 1 to models.

Both variants are read: the one of the vendor's page and the one a real panel sends.
"""

from collections.abc import Callable, Mapping
import logging
from typing import Any

from ..fields import (
    Fields,
    parse_count,
    parse_fields,
    parse_flag,
    parse_id,
    parse_label,
    parse_number,
    parse_port,
    parse_time,
    updated,
)
from ..models import Allocation, Backup, BackupStatus, Blueprint, Location, Node, Number, Server, ServerStatus

_LOGGER = logging.getLogger(__name__)

_LONGEST_STATUS = 64
# Upper case on the wire, lower case on the vendor's page.
_STATUSES = {status.value: status for status in ServerStatus}
_BACKUP_STATUSES = {status.value: status for status in BackupStatus}


def _status(value: Any) -> str | None:
    return parse_label(value, _LONGEST_STATUS)


def _backup_status(value: Any) -> BackupStatus | None:
    return _BACKUP_STATUSES.get((_status(value) or "").lower())


def _swap(value: Any) -> Number | None:
    number = parse_number(value, -1)
    if number is not None and -1 < number < 0:
        raise ValueError
    return number


_NAMED: Fields = {"name": ("name", parse_label)}

_NODE: Fields = {
    "displayName": ("display_name", parse_label),
    "host": ("host", parse_label),
    "isOnline": ("is_online", parse_flag),
}

# The vendor's page has both.
_NODE_WITHOUT_HOST: Fields = {"fqdn": ("host", parse_label)}

_ALLOCATION: Fields = {
    "ip": ("ip", parse_label),
    "port": ("port", parse_port),
    "assigned": ("assigned", parse_flag),
    "isPrimary": ("is_primary", parse_flag),
    "alias": ("alias", parse_label),
}

_BACKUP: Fields = {
    "name": ("name", parse_label),
    "status": ("status", _backup_status),
    "size": ("size", parse_count),
    "createdAt": ("created_at", parse_time),
    "completedAt": ("completed_at", parse_time),
}

_SERVER: Fields = {
    "shortId": ("short_id", parse_label),
    "name": ("name", parse_label),
    "description": ("description", parse_label),
    "status": ("raw_status", _status),
    "suspended": ("suspended", parse_flag),
    "containerId": ("container_id", parse_label),
    "memory": ("memory", parse_number),
    "disk": ("disk", parse_number),
    "cpu": ("cpu", parse_number),
    "cpuPinning": ("cpu_pinning", parse_label),
    "swap": ("swap", _swap),
    "oomKillDisable": ("oom_kill_disable", parse_flag),
    "backupLimit": ("backup_limit", parse_count),
    "ownerId": ("owner_id", parse_label),
    "createdAt": ("created_at", parse_time),
    "updatedAt": ("updated_at", parse_time),
    "primaryAllocationId": ("primary_allocation_id", parse_label),
}


def parse_server(data: Mapping[str, Any], known: Server | None = None) -> Server:
    """Return the server in a frame's data or a REST row.

    Args:
        data: The wire object, with all of its fields or some.
        known: What was known of this server; gives the fields that are missing or illegal in `data`.

    Raises:
        TypeError: There is no id in `data` and nothing was known.
    """
    base = known if known is not None else Server(parse_id(data.get("id")))
    values = parse_fields(_SERVER, data, base)
    if "raw_status" in values:
        values["status"] = _STATUSES.get((values["raw_status"] or "").lower())
    values["node"] = _nested(parse_node, data, "node", base.node)
    values["blueprint"] = _nested(_parse_blueprint, data, "blueprint", base.blueprint)
    if (rows := data.get("allocations")) is not None:
        values["allocations"] = _parse_allocations(rows, base.allocations)
    return updated(base, values)


def parse_node(data: Mapping[str, Any], known: Node | None = None) -> Node:
    """Return the node of a server, or in a REST row.

    Whether it is online is told anew by each: a panel that ceases to tell must not leave an old truth behind.

    Raises:
        TypeError: There is no id.
    """
    base = _base(Node, data, known)
    values = parse_fields(_NODE, data, base)
    if not isinstance(data.get("isOnline"), bool):
        values["is_online"] = None
    if "host" not in data:
        values |= parse_fields(_NODE_WITHOUT_HOST, data, base)
    values["location"] = _nested(_parse_location, data, "location", base.location)
    return updated(base, values)


def parse_backup(data: Mapping[str, Any]) -> Backup:
    """Return the backup in a REST row.

    Raises:
        TypeError: There is no id.
    """
    base = Backup(parse_id(data.get("id")))
    return updated(base, parse_fields(_BACKUP, data, base))


def _parse_location(data: Mapping[str, Any], known: Location | None) -> Location:
    base = _base(Location, data, known)
    return updated(base, parse_fields(_NAMED, data, base))


def _parse_blueprint(data: Mapping[str, Any], known: Blueprint | None) -> Blueprint:
    base = _base(Blueprint, data, known)
    return updated(base, parse_fields(_NAMED, data, base))


def _parse_allocation(data: Mapping[str, Any], known: Allocation | None) -> Allocation:
    base = _base(Allocation, data, known)
    return updated(base, parse_fields(_ALLOCATION, data, base))


def _parse_allocations(rows: Any, known: tuple[Allocation, ...]) -> tuple[Allocation, ...]:
    """Return the legal allocations of a wire list.

    Known ones come first, in their old order.
    """
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
    kept = [found.pop(key) for key in before if key in found]
    return (*kept, *found.values())


def _base[T: (Location, Node, Allocation, Blueprint)](model: type[T], data: Mapping[str, Any], known: T | None) -> T:
    """Return the object that the fields in `data` are added to.

    That is the known one if the id is the same, else a new one.

    Raises:
        TypeError: There is no id.
    """
    if known is not None and data.get("id", known.id) == known.id:
        return known
    return model(parse_id(data.get("id")))


def _nested[T: (Location, Node, Blueprint)](
    parse: Callable[[Mapping[str, Any], T | None], T], data: Mapping[str, Any], key: str, known: T | None
) -> T | None:
    """Return the object in `data[key]`, None for null.

    What was known stays when the field is missing or has no legal form.
    """
    if key not in data:
        return known
    if (value := data[key]) is None:
        return None
    try:
        return parse(value, known)
    except AttributeError, TypeError:
        _LOGGER.debug("Ignored %s: it has no legal form", key)
        return known
