"""The forms of nodes and servers in generation 1."""

from typing import Any, Final, override
from weakref import WeakKeyDictionary

from simulator.accounts import make_id
from simulator.clock import Clock
from simulator.fleet import MISSING, Fleet, Node, Server
from simulator.wire import json_bytes

STATUSES: Final = frozenset(
    {"INSTALLING", "STARTING", "RUNNING", "STOPPING", "STOPPED", "SUSPENDED", "MAINTENANCE", "RESTORING", "ERROR"}
)
_SIZES: Final = ("memory", "disk", "swap")
_REST_ONLY: Final = ("primaryAllocationId", "allocationLimit")
_ABSENT_IN_OLD_NODES: Final = ("host", "isOnline")
_GIB: Final = 1024**3


class FleetV1(Fleet):
    """The node and server rows of a panel of generation 1.

    Attributes:
        late_syncs: Whether the first sync after a change of status has the status before it.
    """

    def __init__(self, clock: Clock, *, page: bool, old_frames: bool) -> None:
        """Start empty.

        `page` sends the vendor's documented form in place of the real one; `old_frames` leaves out what the syncs of
        old panels lack: a node's host and whether it is online, and whether an allocation is assigned.
        """
        super().__init__(clock)
        self._page = page
        self._old_frames = old_frames
        self._frames: WeakKeyDictionary[Server, bytes] = WeakKeyDictionary()
        self._late_frames: WeakKeyDictionary[Server, bytes] = WeakKeyDictionary()
        self.late_syncs = False

    @override
    def set_status(self, server: Server, status: str) -> None:
        if self.late_syncs:
            self._late_frames[server] = self.sync_frame(server)
        super().set_status(server, status)

    @override
    def changed(self, server: Server) -> None:
        self._frames.pop(server, None)

    def wire_status(self, status: object) -> object:
        """Return a status in the case of the payload.

        What is no known status goes as it is.
        """
        return status.lower() if self._page and isinstance(status, str) and status in STATUSES else status

    def sync_frame(self, server: Server) -> bytes:
        """Return the sync of a server, serialised once until it changes."""
        if server not in self._frames:
            data = self._data(server)
            for key in _REST_ONLY:
                data.pop(key, None)
            if self._old_frames:
                _make_old(data)
            self._frames[server] = json_bytes({"type": "server:sync", "serverId": server.id, "data": data})
        return self._frames[server]

    def tick_frame(self, server: Server) -> bytes:
        """Return what the next tick sends of a server."""
        late = self._late_frames.get(server) if self.late_syncs else None
        return late or self.sync_frame(server)

    def end_tick(self) -> None:
        """Forget the frames that were to come late."""
        self._late_frames.clear()

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
            "node": node and (_brief_node(node) if brief else _full_node(node, page=self._page)),
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


def _make_old(data: dict[str, Any]) -> None:
    """Leave out of a sync what old panels do not send."""
    if isinstance(node := data.get("node"), dict):
        data["node"] = {key: value for key, value in node.items() if key not in _ABSENT_IN_OLD_NODES}
    if isinstance(rows := data.get("allocations"), list):
        data["allocations"] = [
            {key: value for key, value in row.items() if key != "assigned"} if isinstance(row, dict) else row
            for row in rows
        ]


def node_row(node: Node, *, online: bool) -> dict[str, Any]:
    """Return a node as the list of nodes shows it.

    It is online by its heartbeat; sizes are strings, in bytes.
    """
    sizes = {"memoryLimit": str(64 * _GIB), "diskLimit": str(1000 * _GIB), "cpuLimit": 16}
    return _present(_common(node) | _address(node) | sizes | node.fields | {"isOnline": online})


def _brief_node(node: Node) -> dict[str, Any]:
    """Return a node as the list of servers shows it."""
    return _present(_common(node) | node.fields)


def _full_node(node: Node, *, page: bool) -> dict[str, Any]:
    """Return a node as a sync and a single row show it."""
    extra = {"shortId": node.id[:8], "fqdn": node.host, "daemonPort": 8080} if page else {}
    return _present(_common(node) | _address(node) | extra | node.fields)


def _common(node: Node) -> dict[str, Any]:
    location = {"id": make_id(node.location, 0), "name": node.location, "country": None, "city": None}
    return {"id": node.id, "displayName": node.display_name, "isOnline": node.online, "location": location}


def _address(node: Node) -> dict[str, Any]:
    return {"host": node.host, "port": 3002, "protocol": "HTTP", "sftpPort": 2022}
