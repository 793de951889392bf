"""Nodes and servers, and the forms in which the panel sends them."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, override

from .accounts import Account, make_id
from .clock import Clock, iso
from .wire import json_bytes

STATUSES: Final = frozenset(
    {"INSTALLING", "STARTING", "RUNNING", "STOPPING", "STOPPED", "SUSPENDED", "MAINTENANCE", "RESTORING", "ERROR"}
)
_SIZES: Final = ("memory", "disk", "swap")
_REST_ONLY: Final = ("primaryAllocationId", "allocationLimit")
_GIB: Final = 1024**3


class Missing:
    """The type of `MISSING`."""

    @override
    def __repr__(self) -> str:
        """Return the name under which it is exported."""
        return "MISSING"


MISSING: Final = Missing()


@dataclass(eq=False)
class Node:
    """A machine that runs servers.

    `online` is the raw column that a sync shows; `heartbeat` is the truth that only the list of nodes tells.
    """

    id: str
    display_name: str
    host: str
    location: str
    heartbeat: bool = True
    online: bool = True
    fields: dict[str, Any] = field(default_factory=dict)

    def _common(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "displayName": self.display_name,
            "isOnline": self.online,
            "location": {
                "id": make_id(self.location, 0),
                "name": self.location,
                "country": None,
                "city": None,
            },
        }

    def _address(self) -> dict[str, Any]:
        return {"host": self.host, "port": 3002, "protocol": "HTTP", "sftpPort": 2022}

    def brief(self) -> dict[str, Any]:
        """Return the node as a row of the list of servers shows it."""
        return _present(self._common() | self.fields)

    def full(self, page: bool) -> dict[str, Any]:
        """Return the node as a sync shows it."""
        extra = {"shortId": self.id[:8], "fqdn": self.host, "daemonPort": 8080} if page else {}
        return _present(self._common() | self._address() | extra | self.fields)

    def row(self) -> dict[str, Any]:
        """Return the node as the list of nodes shows it: online by the heartbeat, sizes as strings in bytes."""
        return _present(
            self._common()
            | self._address()
            | {"memoryLimit": str(64 * _GIB), "diskLimit": str(1000 * _GIB), "cpuLimit": 16}
            | self.fields
            | {"isOnline": self.heartbeat}
        )


@dataclass(eq=False)
class Server:
    """A game server; `fields` holds the columns under their wire names."""

    id: str
    owner: Account
    node: Node | None
    shared_with: list[Account]
    fields: dict[str, Any]
    frame: bytes | None = field(default=None, repr=False)

    @property
    def status(self) -> str:
        """Return the status column."""
        return str(self.fields.get("status"))

    @property
    def name(self) -> str:
        """Return the name column."""
        return str(self.fields.get("name"))

    @property
    def suspended(self) -> bool:
        """Return the suspended column."""
        return self.fields.get("suspended") is True

    def allows(self, account: Account) -> bool:
        """Say whether an account may see and control this server."""
        return account.is_admin or account is self.owner or account in self.shared_with


class Fleet:
    """All nodes and servers of a panel."""

    def __init__(self, clock: Clock, page: bool) -> None:
        """Start empty; `page` sends the vendor's documented form in place of the real one."""
        self._clock = clock
        self._page = page
        self._created = 0
        self.nodes: dict[str, Node] = {}
        self.servers: dict[str, Server] = {}

    def add_node(self, display_name: str, host: str | None, location: str) -> Node:
        """Add a node, online."""
        number = len(self.nodes)
        node = Node(make_id("node", number), display_name, host or f"node{number + 1}.example.com", location)
        self.nodes[node.id] = node
        return node

    def add_server(
        self,
        name: str,
        owner: Account,
        node: Node | None,
        shared_with: Iterable[Account],
        server_id: str | None,
        fields: dict[str, Any],
    ) -> Server:
        """Add a server; fields that are not given get sensible values."""
        number = self._created
        self._created += 1
        server_id = server_id or make_id("server", number)
        now = iso(self._clock.now())
        blueprint = fields.pop("blueprint", "Minecraft Java")
        if isinstance(blueprint, str):
            blueprint = {"id": make_id(blueprint, 0), "name": blueprint}
        # The first allocation is not the primary one: their order means nothing.
        allocations = fields.pop("allocations", None)
        if allocations is None:
            allocations = [
                {
                    "id": make_id("allocation", 2 * number + 1),
                    "ip": "0.0.0.0",
                    "port": 35565 + number,
                    "assigned": True,
                },
                {"id": make_id("allocation", 2 * number), "ip": "0.0.0.0", "port": 25565 + number, "assigned": True},
            ]
            fields.setdefault("primaryAllocationId", allocations[-1]["id"])
        columns: dict[str, Any] = {
            "id": server_id,
            "shortId": server_id[:8],
            "name": name,
            "description": None,
            "status": "RUNNING",
            "suspended": False,
            "containerId": f"{number:012x}",
            "memory": 4096,
            "disk": 10240,
            "cpu": 200,
            "cpuPinning": None,
            "swap": 0,
            "oomKillDisable": False,
            "backupLimit": 3,
            "allocationLimit": 2,
            "primaryAllocationId": _primary(allocations),
            "blueprintId": blueprint["id"] if isinstance(blueprint, dict) else None,
            "createdAt": now,
            "updatedAt": now,
            "allocations": allocations,
            "blueprint": blueprint,
        }
        server = Server(server_id, owner, node, list(shared_with), columns | fields)
        self.servers[server_id] = server
        return server

    def edit(self, server: Server, fields: dict[str, Any]) -> None:
        """Set columns as they are; an account as `owner` or a node as `node` moves the server."""
        for key, value in fields.items():
            if key == "owner" and isinstance(value, Account):
                server.owner = value
            elif key == "node" and (value is None or isinstance(value, Node)):
                server.node = value
                server.fields.pop("node", None)
            else:
                server.fields[key] = value
        server.frame = None

    def touch(self, server: Server) -> None:
        """Note that a row changed just now."""
        server.fields["updatedAt"] = iso(self._clock.now())
        server.frame = None

    def node_changed(self, node: Node) -> None:
        """Forget what was serialised of a node's servers."""
        for server in self.servers.values():
            if server.node is node:
                server.frame = None

    def wire_status(self, status: object) -> object:
        """Return a status in the case of the payload; what is no known status goes as it is."""
        return status.lower() if self._page and isinstance(status, str) and status in STATUSES else status

    def sync_frame(self, server: Server) -> bytes:
        """Return the sync of a server, serialised once until it changes."""
        if server.frame is None:
            data = self._data(server)
            for key in _REST_ONLY:
                data.pop(key, None)
            server.frame = json_bytes({"type": "server:sync", "serverId": server.id, "data": data})
        return server.frame

    def row(self, server: Server, brief: bool = False) -> dict[str, Any]:
        """Return a server as REST and `server:updated` show it; the list has a `brief` node."""
        data = self._data(server, brief)
        data |= {key: str(data[key]) for key in _SIZES if type(data.get(key)) is int}
        owner = server.owner
        return {"owner": {"id": owner.id, "name": owner.name, "email": owner.email}} | data

    def _data(self, server: Server, brief: bool = False) -> dict[str, Any]:
        node = server.node
        data = {
            "ownerId": server.owner.id,
            "nodeId": node and node.id,
            "node": node and (node.brief() if brief else node.full(self._page)),
        } | server.fields
        data["status"] = self.wire_status(data["status"])
        if self._page and isinstance(data["allocations"], list):
            data["allocations"] = [
                _page_allocation(allocation, data["primaryAllocationId"]) for allocation in data["allocations"]
            ]
        return _present(data)


def _present(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not MISSING}


def _primary(allocations: object) -> object:
    rows = [row for row in allocations if isinstance(row, dict)] if isinstance(allocations, list) else []
    rows.sort(key=lambda row: row.get("isPrimary") is not True)
    return rows[0].get("id") if rows else None


def _page_allocation(allocation: object, primary: object) -> object:
    if not isinstance(allocation, dict):
        return allocation
    shown = {key: value for key, value in allocation.items() if key != "assigned"}
    return {"isPrimary": allocation.get("id") == primary} | shown
