"""Rows of nodes and servers, and their forms in generation 1."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, override

from simulator.accounts import Account, make_id
from simulator.clock import Clock, iso
from simulator.wire import json_bytes

STATUSES: Final = frozenset(
    {"INSTALLING", "STARTING", "RUNNING", "STOPPING", "STOPPED", "SUSPENDED", "MAINTENANCE", "RESTORING", "ERROR"}
)
_SIZES: Final = ("memory", "disk", "swap")
_REST_ONLY: Final = ("primaryAllocationId", "allocationLimit")
_ABSENT_IN_OLD_NODES: Final = ("host", "isOnline")
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
    """The row of a node.

    Attributes:
        online: The raw column, which a sync shows and hardly anything ever sets to false.
        heartbeat: When its daemon last reported something, in seconds of the machine; None for never.
        fields: Columns under their wire names, in place of what the others say.
    """

    id: str
    display_name: str
    host: str
    location: str
    heartbeat: float | None
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
        """Return the node as the list of servers shows it."""
        return _present(self._common() | self.fields)

    def full(self, page: bool) -> dict[str, Any]:
        """Return the node as a sync and a single row show it."""
        extra = {"shortId": self.id[:8], "fqdn": self.host, "daemonPort": 8080} if page else {}
        return _present(self._common() | self._address() | extra | self.fields)

    def row(self, online: bool) -> dict[str, Any]:
        """Return the node as the list of nodes shows it.

        It is online by its heartbeat; sizes are strings, in bytes.
        """
        return _present(
            self._common()
            | self._address()
            | {"memoryLimit": str(64 * _GIB), "diskLimit": str(1000 * _GIB), "cpuLimit": 16}
            | self.fields
            | {"isOnline": online}
        )


@dataclass(eq=False)
class Server:
    """The row of a game server.

    Attributes:
        fields: The columns under their wire names.
        frame: Its sync, once serialised.
        late_frame: The sync whose query ran before the last change of status, for the fault "late-sync".
    """

    id: str
    owner: Account
    node: Node | None
    shared_with: list[Account]
    fields: dict[str, Any]
    frame: bytes | None = field(default=None, repr=False)
    late_frame: bytes | None = field(default=None, repr=False)

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
    """All rows of nodes and servers.

    Attributes:
        late_syncs: Whether the first sync after a change of status tells what was before it.
    """

    def __init__(self, clock: Clock, *, page: bool, old_frames: bool) -> None:
        """Start empty.

        `page` sends the vendor's documented form in place of the real one; `old_frames` leaves out what the syncs of
        old panels lack: a node's host and whether it is online, and whether an allocation is assigned.
        """
        self._clock = clock
        self._page = page
        self._old_frames = old_frames
        self._created = 0
        self.late_syncs = False
        self.nodes: dict[str, Node] = {}
        self.servers: dict[str, Server] = {}

    def add_node(self, display_name: str, host: str | None, location: str, heartbeat: float) -> Node:
        """Add a node, online."""
        number = len(self.nodes)
        host = host or f"node{number + 1}.example.com"
        node = Node(make_id("node", number), display_name, host, location, heartbeat)
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
        """Set columns as they are.

        An account as `owner` or a node as `node` moves the server.
        """
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

    def set_status(self, server: Server, status: str) -> None:
        """Write a status."""
        if self.late_syncs:
            server.late_frame = self.sync_frame(server)
        server.fields["status"] = status
        self.touch(server)

    def node_changed(self, node: Node) -> None:
        """Forget what was serialised of a node's servers."""
        for server in self.servers.values():
            if server.node is node:
                server.frame = None

    def wire_status(self, status: object) -> object:
        """Return a status in the case of the payload.

        What is no known status goes as it is.
        """
        return status.lower() if self._page and isinstance(status, str) and status in STATUSES else status

    def sync_frame(self, server: Server) -> bytes:
        """Return the sync of a server, serialised once until it changes."""
        if server.frame is None:
            data = self._data(server)
            for key in _REST_ONLY:
                data.pop(key, None)
            if self._old_frames:
                _make_old(data)
            server.frame = json_bytes({"type": "server:sync", "serverId": server.id, "data": data})
        return server.frame

    def tick_frame(self, server: Server) -> bytes:
        """Return what the next tick sends of a server."""
        late = server.late_frame if self.late_syncs else None
        return late or self.sync_frame(server)

    def row(self, server: Server, brief: bool = False) -> dict[str, Any]:
        """Return a server as REST and `server:updated` show it.

        The list has a `brief` node.
        """
        data = self._data(server, brief)
        data |= {key: str(data[key]) for key in _SIZES if type(data.get(key)) is int}
        owner = server.owner
        return {"owner": {"id": owner.id, "name": owner.name, "email": owner.email}} | data

    def allocations(self, server: Server) -> object:
        """Return a server's allocations with all columns.

        Nothing else shows their alias.
        """
        rows = server.fields["allocations"]
        if not isinstance(rows, list):
            return rows
        columns = {"nodeId": server.node and server.node.id, "serverId": server.id, "alias": None, "assigned": True}
        return [columns | row for row in rows]

    def _data(self, server: Server, brief: bool = False) -> dict[str, Any]:
        node = server.node
        data = {
            "ownerId": server.owner.id,
            "nodeId": node and node.id,
            "node": node and (node.brief() if brief else node.full(self._page)),
        } | server.fields
        data["status"] = self.wire_status(data["status"])
        if isinstance(data["allocations"], list):
            primary = data["primaryAllocationId"]
            data["allocations"] = [self._allocation(allocation, primary) for allocation in data["allocations"]]
        return _present(data)

    def _allocation(self, allocation: object, primary: object) -> object:
        if not isinstance(allocation, dict):
            return allocation
        hidden = {"alias", "assigned"} if self._page else {"alias"}
        shown = {key: value for key, value in allocation.items() if key not in hidden}
        return {"isPrimary": allocation.get("id") == primary} | shown if self._page else shown


def _present(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not MISSING}


def _primary(allocations: object) -> object:
    rows = [row for row in allocations if isinstance(row, dict)] if isinstance(allocations, list) else []
    rows.sort(key=lambda row: row.get("isPrimary") is not True)
    return rows[0].get("id") if rows else None


def _make_old(data: dict[str, Any]) -> None:
    """Leave out of a sync what old panels do not send."""
    if isinstance(node := data.get("node"), dict):
        data["node"] = {key: value for key, value in node.items() if key not in _ABSENT_IN_OLD_NODES}
    if isinstance(rows := data.get("allocations"), list):
        data["allocations"] = [
            {key: value for key, value in row.items() if key != "assigned"} if isinstance(row, dict) else row
            for row in rows
        ]
