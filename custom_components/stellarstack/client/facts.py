"""What is known of one server, from all that tells of it."""

import asyncio
from copy import replace
from typing import Any

from .backups import Backups
from .link import Link
from .models import Node, Server, ServerStatus
from .rows import Row


class Facts:
    """The last news of a server, completed by what its feed lacks.

    Attributes:
        reported: The server as the feed last reported it; None before.
        info: The server as it is to be shown; None before.
    """

    def __init__(self, link: Link, backups: Backups) -> None:
        """Begin without news.

        Args:
            link: To the panel, and to its list of nodes.
            backups: The server's, of which the last one's time is shown.
        """
        self.reported: Server | None = None
        self.info: Server | None = None
        self._link = link
        self._backups = backups
        self._row: Row | None = None

    @property
    def lacks_host(self) -> bool:
        """Return whether the node's host is all that an address lacks."""
        info = self.info
        return info is not None and info.address is None and info.primary_allocation is not None

    def take_row(self, row: Server, at: float) -> None:
        """Take a REST row, which may have fields that the feed lacks."""
        if self._link.panel.capabilities.rows_add:
            self._row = Row.read(row, at, self._row)
        if self.reported is None:
            # Until the feed has more.
            self.reported = row

    def merge(self, status: ServerStatus | None, *, live: bool) -> bool:
        """Recompute `info`; return whether it has changed.

        Args:
            status: The status to show of a live server.
            live: Whether the server is live; else what was reported is all there is.
        """
        if self.reported is None:
            return False
        info = self._complete(self.reported, status if live else self.reported.status)
        if info == self.info:
            return False
        self.info = info
        return True

    def _complete(self, server: Server, status: ServerStatus | None) -> Server:
        """Return the feed's server with the fields of other sources."""
        changes: dict[str, Any] = self._row.additions(server) if self._row is not None else {}
        if status is not server.status:
            changes["status"] = status
            if status is None:
                # The panel's word is one that is known, but not believed.
                changes["raw_status"] = None
        if self._backups.last is not None:
            changes["last_backup"] = self._backups.last
        if server.node is not None and (node := self._complete_node(server.node)) is not server.node:
            changes["node"] = node
        return replace(server, **changes) if changes else server

    def _complete_node(self, node: Node) -> Node:
        """Return a node with what row and node list add."""
        row = self._row
        listed = row.listed(node) if row is not None else None
        now = asyncio.get_running_loop().time()
        online = self._link.nodes.is_online(node, now, listed, row.at if row is not None else None)
        host = node.host or (listed.host if listed is not None else None)
        return node if online is node.is_online and host == node.host else replace(node, is_online=online, host=host)
