"""A server as the vendor's page, a real panel's sync and a REST row show it."""

from typing import Any

from custom_components.stellarstack.client.models import Server
from custom_components.stellarstack.client.v1.parse import parse_server

# The data of the vendor's example of a `server:sync`.
PAGE: dict[str, Any] = {
    "id": "srv_abc123",
    "shortId": "abc123",
    "name": "my-server",
    "status": "running",
    "suspended": False,
    "containerId": "container_xyz",
    "memory": 2048,
    "disk": 10240,
    "cpu": 100,
    "cpuPinning": None,
    "swap": 0,
    "oomKillDisable": False,
    "backupLimit": 5,
    "nodeId": "node_456",
    "blueprintId": "bp_789",
    "ownerId": "user_123",
    "createdAt": "2026-03-01T12:00:00.000Z",
    "updatedAt": "2026-03-01T12:30:00.000Z",
    "node": {
        "id": "node_456",
        "shortId": "node456",
        "displayName": "US-East-1",
        "host": "node1.example.com",
        "port": 443,
        "protocol": "https",
        "sftpPort": 2022,
        "isOnline": True,
        "fqdn": "node1.example.com",
        "daemonPort": 8080,
        "location": {"id": "loc_123", "name": "US East"},
    },
    "allocations": [{"id": "alloc_111", "ip": "0.0.0.0", "port": 25565, "isPrimary": True}],
    "blueprint": {"id": "bp_789", "name": "Minecraft Java"},
}


# The same server as a real panel's sync and a REST row show it.
REAL: dict[str, Any] = PAGE | {
    "status": "RUNNING",
    "description": None,
    "node": {key: value for key, value in PAGE["node"].items() if key not in {"shortId", "fqdn", "daemonPort"}},
    "allocations": [{"id": "alloc_111", "ip": "0.0.0.0", "port": 25565, "assigned": True}],
}


ROW: dict[str, Any] = REAL | {
    "memory": "2048",
    "disk": "10240",
    "swap": "0",
    "primaryAllocationId": "alloc_111",
    "owner": {"id": "user_123", "name": "Alex", "email": "alex@example.com"},
}


KNOWN = parse_server(REAL)


def server_of(**fields: Any) -> Server:
    """Return a server of these wire fields."""
    return parse_server({"id": "srv"} | fields)
