"""What a REST row of a server has that its feed lacks."""

from copy import replace
from dataclasses import dataclass
from typing import Any, Self

from .models import Node, Server


@dataclass(frozen=True, slots=True)
class Row:
    """A REST row, and when it came."""

    server: Server
    at: float

    def followed_by(self, server: Server, at: float) -> Self:
        """Return the next row, keeping a node host that it lacks.

        Lists lack it, single rows have it.
        """
        node, known = server.node, self.server.node
        if node is not None and node.host is None and known is not None and known.id == node.id:
            server = replace(server, node=replace(node, host=known.host))
        return type(self)(server, at)

    def additions(self, server: Server) -> dict[str, Any]:
        """Return the fields that the row adds to, without the node."""
        added: dict[str, Any] = {}
        if self.server.primary_allocation_id != server.primary_allocation_id:
            added["primary_allocation_id"] = self.server.primary_allocation_id
        aliases = {allocation.id: allocation.alias for allocation in self.server.allocations if allocation.alias}
        if aliases:
            added["allocations"] = tuple(
                replace(each, alias=aliases[each.id]) if not each.alias and each.id in aliases else each
                for each in server.allocations
            )
        return added

    def host_of(self, node: Node) -> str | None:
        """Return the host of a node; None for another node's row."""
        known = self.server.node
        return known.host if known is not None and known.id == node.id else None
