"""Wire objects of generation 2 to models.

Only what is named here is read: rows of nodes hold the secret key that the node signs with.
"""

from collections.abc import Mapping
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
from ..models import Account, Allocation, Backup, BackupStatus, Blueprint, Node, Server, ServerStatus

_LONGEST_STATUS = 64

_STATUSES = {
    "offline": ServerStatus.STOPPED,
    "starting": ServerStatus.STARTING,
    "running": ServerStatus.RUNNING,
    "stopping": ServerStatus.STOPPING,
}
# States of an installation that replace the status of a stopped server.
_INSTALL_STATES = {
    "pending": ServerStatus.INSTALLING,
    "running": ServerStatus.INSTALLING,
    "failed": ServerStatus.ERROR,
}
_BACKUP_STATES = {
    "pending": BackupStatus.IN_PROGRESS,
    "ready": BackupStatus.COMPLETED,
    "failed": BackupStatus.FAILED,
}


def _status(value: Any) -> str | None:
    return parse_label(value, _LONGEST_STATUS)


def _backup_status(value: Any) -> BackupStatus | None:
    return _BACKUP_STATES.get(_status(value) or "")


_ACCOUNT: Fields = {
    "name": ("name", parse_label),
    "email": ("email", parse_label),
    # `role` is "user" even for admins.
    "isAdmin": ("is_admin", lambda value: parse_flag(value) is True),
}
_SERVER: Fields = {
    "name": ("name", parse_label),
    "description": ("description", parse_label),
    "dockerImage": ("image", parse_label),
    "status": ("raw_status", _status),
    "suspended": ("suspended", parse_flag),
    "memoryLimitMb": ("memory", parse_number),
    "diskLimitMb": ("disk", parse_number),
    "cpuLimitPercent": ("cpu", parse_number),
    "backupLimit": ("backup_limit", parse_count),
    "ownerId": ("owner_id", parse_label),
    "createdAt": ("created_at", parse_time),
    "updatedAt": ("updated_at", parse_time),
    "primaryAllocationId": ("primary_allocation_id", parse_label),
}
_NODE: Fields = {
    "name": ("display_name", parse_label),
    "fqdn": ("host", parse_label),
}
# Only the answer about one server has it.
_NODE_OF_SERVER: Fields = {"nodeName": ("display_name", parse_label)}
_ALLOCATION: Fields = {
    "ip": ("ip", parse_label),
    "port": ("port", parse_port),
    "alias": ("alias", parse_label),
}
_BACKUP: Fields = {
    "name": ("name", parse_label),
    "state": ("status", _backup_status),
    "bytes": ("size", parse_count),
    "createdAt": ("created_at", parse_time),
    "completedAt": ("completed_at", parse_time),
}


def parse_account(data: Mapping[str, Any]) -> Account:
    """Return the account in the answer about oneself.

    Raises:
        AttributeError, TypeError: There is no account with an id.
    """
    base = Account(parse_id(data.get("id")))
    return updated(base, parse_fields(_ACCOUNT, data, base))


def parse_server(data: Mapping[str, Any]) -> Server:
    """Return the server in a list row or a single answer.

    Only the single answer names the node. A row does not tell whether a pending installation has begun: it may stay
    pending for ever.

    Raises:
        AttributeError, TypeError: There is no id.
    """
    base = Server(parse_id(data.get("id")))
    values = parse_fields(_SERVER, data, base)
    status = _STATUSES.get(values.get("raw_status") or "")
    if status is ServerStatus.STOPPED:
        status = _INSTALL_STATES.get(str(data.get("installState")), status)
    values["status"] = status
    if (node_id := _nested_id(data, "nodeId")) is not None:
        node = Node(node_id)
        values["node"] = updated(node, parse_fields(_NODE_OF_SERVER, data, node))
    if (blueprint_id := _nested_id(data, "blueprintId")) is not None:
        values["blueprint"] = Blueprint(blueprint_id)
    return updated(base, values)


def parse_node(data: Mapping[str, Any]) -> Node:
    """Return the node in a row.

    It is online when its heartbeat is of the last 90 s.

    Raises:
        AttributeError, TypeError: There is no id.
    """
    base = Node(parse_id(data.get("id")))
    values = parse_fields(_NODE, data, base)
    if "connectedAt" in data:
        values["is_online"] = data["connectedAt"] is not None
    return updated(base, values)


def parse_allocation(data: Mapping[str, Any]) -> Allocation:
    """Return the allocation in a row.

    Raises:
        AttributeError, TypeError: There is no id.
    """
    base = Allocation(parse_id(data.get("id")))
    return updated(base, parse_fields(_ALLOCATION, data, base))


def parse_blueprint(data: Mapping[str, Any]) -> Blueprint:
    """Return the blueprint in a row.

    A name that is a key of the panel's translations is dropped.

    Raises:
        AttributeError, TypeError: There is no id.
    """
    name = data.get("name")
    return Blueprint(parse_id(data.get("id")), parse_label(name) if isinstance(name, str) else None)


def parse_backup(data: Mapping[str, Any]) -> Backup:
    """Return the backup in a row.

    Raises:
        AttributeError, TypeError: There is no id.
    """
    base = Backup(parse_id(data.get("id")))
    return updated(base, parse_fields(_BACKUP, data, base))


def _nested_id(data: Mapping[str, Any], key: str) -> str | None:
    try:
        return parse_id(data.get(key))
    except TypeError:
        return None
