"""Which nodes of a panel are online."""

from collections.abc import Iterable

from .models import Node
from .timing import Timing


class NodeList:
    """The panel's list of nodes, which only an admin's account may see.

    It takes precedence while it is recent. Times are monotonic, in seconds.
    """

    def __init__(self, timing: Timing) -> None:
        """Begin without a list."""
        self._timing = timing
        self._online: dict[str, bool] = {}
        self._at: float | None = None

    def take(self, nodes: Iterable[Node], at: float) -> None:
        """Take the list."""
        self._online = {node.id: node.is_online for node in nodes if node.is_online is not None}
        self._at = at

    def miss(self, at: float, *, refused: bool) -> bool:
        """Discard the last list when there is no new one.

        Args:
            at: Now.
            refused: Whether the account may not see it any more; otherwise, a recent list stays.

        Returns:
            Whether a list was discarded.
        """
        if self._at is None or (self._is_recent(at) and not refused):
            return False
        self._at = None
        return True

    def is_online(self, node: Node, at: float, listed: Node | None, listed_at: float | None) -> bool | None:
        """Return whether a server's node is online.

        The list decides, else the feed, else a REST row.

        Args:
            node: As the feed reports it.
            at: Now.
            listed: The same, of a REST row.
            listed_at: When that row came.
        """
        if self._is_recent(at) and node.id in self._online:
            return self._online[node.id]
        if node.is_online is not None or listed is None or listed_at is None:
            return node.is_online
        return listed.is_online if at - listed_at < self._timing.rows_valid else None

    def _is_recent(self, at: float) -> bool:
        return self._at is not None and at - self._at < self._timing.nodes_valid
