"""What generation 2 shows of accounts, nodes and servers."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from simulator.accounts import Account, Session, make_id
from simulator.clock import Clock, iso
from simulator.fleet import MISSING, Node, Server
from simulator.machine import State

STATES: Final = {
    "STOPPED": State.OFFLINE,
    "STARTING": State.STARTING,
    "RUNNING": State.RUNNING,
    "STOPPING": State.STOPPING,
}
"""The statuses of rows, which are kept in generation 1's words, in generation 2's."""
STATUSES: Final = {state: status for status, state in STATES.items()}
_COLUMNS: Final = {"memoryLimitMb": "memory", "cpuLimitPercent": "cpu", "diskLimitMb": "disk"}
"""Columns under their wire names, and how rows name them."""
_MIB_OF_NODE: Final = {"memoryTotalMb": 65536, "diskTotalMb": 1024000}


def user_form(account: Account, *, newer: bool) -> dict[str, Any]:
    """Return an account; older panels know no second factor."""
    created = iso(account.created_at)
    return {
        "name": account.name,
        "email": account.email,
        "emailVerified": False,
        "image": None,
        "createdAt": created,
        "updatedAt": created,
        # So it is for admins, too.
        "role": "user",
        "banned": account.banned,
        "banReason": None,
        "banExpires": None,
        **({"twoFactorEnabled": account.two_factor} if newer else {}),
        "preferredLocale": "en",
        "isAdmin": account.is_admin,
        "id": account.id,
    }


def session_form(session: Session, request: web.Request) -> dict[str, Any]:
    """Return a session as get-session sends it."""
    return {
        "expiresAt": iso(session.expires_at),
        "token": session.token,
        "createdAt": iso(session.created_at),
        "updatedAt": iso(session.updated_at),
        "ipAddress": request.remote,
        "userAgent": request.headers.get("User-Agent", ""),
        "userId": session.account.id,
        "impersonatedBy": None,
        "id": make_id(session.token, 0),
    }


def server_row(server: Server) -> dict[str, Any]:
    """Return a server as the list shows it.

    Columns of these names in the row stand in place of what the others say.
    """
    fields = server.fields
    status = fields["status"]
    row = {
        "id": server.id,
        "ownerId": server.owner.id,
        "nodeId": server.node and server.node.id,
        "blueprintId": fields["blueprintId"],
        "primaryAllocationId": fields["primaryAllocationId"],
        "parentId": None,
        "name": fields["name"],
        "description": fields["description"],
        **{name: _whole(fields[column]) for name, column in _COLUMNS.items()},
        "dockerImage": "ghcr.io/stellarstackoss/planets:java_21",
        "startupExtra": None,
        "allocationLimit": fields["allocationLimit"],
        "backupLimit": fields["backupLimit"],
        "status": STATES.get(status, status) if isinstance(status, str) else status,
        "installState": "succeeded",
        "suspended": fields["suspended"],
        "createdAt": fields["createdAt"],
        "updatedAt": fields["updatedAt"],
    }
    given = {name: fields[name] for name in row.keys() & fields.keys() if name != "status"}
    return {name: value for name, value in (row | given).items() if value is not MISSING}


def allocations_form(server: Server) -> dict[str, Any]:
    """Return the allocations of a server with all columns."""
    rows = server.fields["allocations"]
    if isinstance(rows, list):
        rows = [_allocation(server, row) if isinstance(row, dict) else row for row in rows]
    return {
        "allocations": rows,
        "primaryAllocationId": server.fields["primaryAllocationId"],
        "allocationLimit": server.fields["allocationLimit"],
    }


def node_form(node: Node, clock: Clock, age: float | None, secret: str) -> dict[str, Any]:
    """Return a node as admins see it.

    Its last heartbeat was `age` seconds ago, None for too long ago.
    """
    connected = None if age is None else iso(clock.now() - timedelta(seconds=age))
    return {
        "id": node.id,
        "name": node.display_name,
        "fqdn": node.host,
        "scheme": "http",
        "daemonPort": 8081,
        "sftpPort": 2022,
        "daemonPublicKey": secret,
        **_MIB_OF_NODE,
        "connectedAt": connected,
        "createdAt": iso(clock.began_at),
    } | node.fields


def _allocation(server: Server, row: Mapping[str, Any]) -> dict[str, Any]:
    columns = {
        "id": None,
        "nodeId": server.node and server.node.id,
        "ip": None,
        "port": None,
        "alias": None,
        "serverId": server.id,
        "createdAt": server.fields["createdAt"],
    }
    return columns | {name: row[name] for name in columns.keys() & row.keys()}


def _whole(value: object) -> object:
    return int(value) if isinstance(value, float) else value
