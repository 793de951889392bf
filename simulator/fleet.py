"""Rows of nodes and servers, in generation 1's words.

Generation 2 translates them into its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, override

from .accounts import Account, make_id
from .clock import Clock, iso


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
        online: Generation 1's raw column, which a sync shows and hardly anything ever sets to false.
        heartbeat: When its daemon last reported something, in seconds of the machine; None for never.
        elsewhere: Whether it is another computer than the panel's own host.
        paired: Whether the panel was ever made known to it.
        fields: Columns under their wire names, in place of what the others say.
    """

    id: str
    display_name: str
    host: str
    location: str
    heartbeat: float | None
    online: bool = True
    elsewhere: bool = False
    paired: bool = True
    fields: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class Server:
    """The row of a game server.

    Attributes:
        shared_with: Who may use it besides its owner, in the order of their rows.
        fields: The columns under their wire names.
        changes: How many times rows changed when this one did last: the order of generation 2's list.
    """

    id: str
    owner: Account
    node: Node | None
    shared_with: list[Account]
    fields: dict[str, Any]
    changes: int = 0

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
        """Return whether an account may see and control this server."""
        return account.is_admin or account is self.owner or account in self.shared_with


class Fleet:
    """All rows of nodes and servers."""

    def __init__(self, clock: Clock) -> None:
        """Start empty."""
        self._clock = clock
        self._created = 0
        self._changes = 0
        self.nodes: dict[str, Node] = {}
        self.servers: dict[str, Server] = {}

    def add_node(
        self,
        display_name: str,
        host: str | None,
        location: str,
        heartbeat: float | None,
        *,
        elsewhere: bool | None = None,
        paired: bool = True,
    ) -> Node:
        """Add an online node.

        `elsewhere` is whether it is on another host than the panel; by default all but the first are.
        """
        number = len(self.nodes)
        host = host or f"node{number + 1}.example.com"
        elsewhere = number > 0 if elsewhere is None else elsewhere
        node_id = make_id("node", number)
        node = Node(node_id, display_name, host, location, heartbeat, elsewhere=elsewhere, paired=paired)
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
        self._changes += 1
        server.changes = self._changes
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
        self.changed(server)

    def touch(self, server: Server) -> None:
        """Note that a row changed just now."""
        server.fields["updatedAt"] = iso(self._clock.now())
        self._changes += 1
        server.changes = self._changes
        self.changed(server)

    def set_status(self, server: Server, status: str) -> None:
        """Write a status."""
        server.fields["status"] = status
        self.touch(server)

    def node_changed(self, node: Node) -> None:
        """Note that what is shown of a node's servers changed."""
        for server in self.servers.values():
            if server.node is node:
                self.changed(server)

    def changed(self, server: Server) -> None:
        """Note that what is shown of a server changed."""


def _primary(allocations: object) -> object:
    rows = [row for row in allocations if isinstance(row, dict)] if isinstance(allocations, list) else []
    rows.sort(key=lambda row: row.get("isPrimary") is not True)
    return rows[0].get("id") if rows else None
