"""What a REST row of a server has that its feed lacks."""

from collections.abc import Mapping
from copy import replace
from dataclasses import dataclass
from typing import Any, Self

from .models import Node, Server


@dataclass(frozen=True, slots=True)
class Row:
    """What is kept of a REST row.

    Attributes:
        at: When it came.
        aliases: Those of its allocations, by the allocation's id.
    """

    at: float
    primary_allocation_id: str | None
    aliases: Mapping[str, str]
    node: Node | None

    @classmethod
    def read(cls, server: Server, at: float, last: Self | None) -> Self:
        """Keep what is needed of a row.

        Its node keeps the host that the last row had: single rows have it, lists lack it.
        """
        node, known = server.node, last.node if last is not None else None
        if node is not None and node.host is None and known is not None and known.id == node.id:
            node = replace(node, host=known.host)
        aliases = {allocation.id: allocation.alias for allocation in server.allocations if allocation.alias}
        return cls(at, server.primary_allocation_id, aliases, node)

    def additions(self, server: Server) -> dict[str, Any]:
        """Return the fields that the row adds to, without the node."""
        added: dict[str, Any] = {}
        if self.primary_allocation_id != server.primary_allocation_id:
            added["primary_allocation_id"] = self.primary_allocation_id
        if self.aliases:
            added["allocations"] = tuple(
                replace(each, alias=self.aliases[each.id]) if not each.alias and each.id in self.aliases else each
                for each in server.allocations
            )
        return added

    def listed(self, node: Node) -> Node | None:
        """Return a node as the row has it.

        None if the row is of another node.
        """
        return self.node if self.node is not None and self.node.id == node.id else None
