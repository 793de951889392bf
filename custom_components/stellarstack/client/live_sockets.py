"""For which servers of an account a live socket is held."""

import asyncio
from collections.abc import Callable, Sequence
import logging

from .exceptions import StellarStackError
from .gate import NodeGate
from .live_state import LiveState
from .models import Node, ServerStatus
from .panel import Feed, Panel
from .power import Spawn
from .server import WatchedServer
from .timing import Timing

_LOGGER = logging.getLogger(__name__)


class LiveSockets:
    """The live sockets of the watched servers.

    Of more servers than the panel's generation holds sockets for, those that run get one, the ones that changed most
    recently first. One that somebody watches gets one in any case.
    """

    def __init__(self, servers: Callable[[], Sequence[WatchedServer]], spawn: Spawn, timing: Timing) -> None:
        """Begin without sockets.

        Args:
            servers: Returns those that are watched.
            spawn: Runs something in the background.
            timing: The waiting times.
        """
        self._servers = servers
        self._spawn = spawn
        self._timing = timing
        self._wanted = False
        self._panel: Panel | None = None
        self._feed: Feed | None = None
        self._gates: dict[str | None, NodeGate] = {}
        self._offline_nodes: set[str] = set()
        self._review: asyncio.TimerHandle | None = None
        self._has_told_limit = False
        self._loading: asyncio.Task[None] | None = None

    def open(self, panel: Panel, feed: Feed) -> None:
        """Hold sockets of a panel from now on."""
        self._panel, self._feed = panel, feed
        self._gates = {}
        self.review_soon()

    def close(self) -> None:
        """Look no more; the servers close their own."""
        self._panel = self._feed = None
        if self._review is not None:
            self._review.cancel()
            self._review = None

    def want(self, wanted: bool) -> None:
        """Hold sockets all the time, or only during calls."""
        self._wanted = wanted
        self.review_soon()

    def follow(self, server: WatchedServer) -> None:
        """Try a server's node again at once when it is back."""
        server.updates.add(lambda _: self._review_node(server))

    def gate(self, node_id: str | None) -> NodeGate:
        """Return the gate that all live sockets to a node go through."""
        assert self._panel is not None
        assert self._panel.dialect is not None
        if (gate := self._gates.get(node_id)) is None:
            gate = self._gates[node_id] = NodeGate(self._timing, self._panel.dialect.longest_reconnect)
        return gate

    def review_soon(self) -> None:
        """Look in a moment, once for all that changes meanwhile."""
        if self._panel is not None and self._review is None:
            self._review = asyncio.get_running_loop().call_later(self._timing.live_review, self._hold)

    def _review_node(self, server: WatchedServer) -> None:
        if (node := _node(server)) is None:
            return
        if node.is_online is False:
            self._offline_nodes.add(node.id)
        elif node.is_online and node.id in self._offline_nodes:
            self._offline_nodes.discard(node.id)
            for each in self._servers():
                if (other := _node(each)) is not None and other.id == node.id:
                    each.channel.hurry()

    def _hold(self) -> None:
        self._review = None
        servers = self._servers()
        chosen = self._choose(servers) if self._wanted else set()
        chosen.update(server for server in servers if server.channel.is_watched and server.needs_live_socket)
        for server in servers:
            server.channel.hold(server in chosen)
        is_loading = self._loading is not None and not self._loading.done()
        if self._wanted and not is_loading and any(map(_lacks_rights, servers)):
            self._loading = self._spawn(self._load_rights(), "rights")
        if self._feed is not None:
            fed = all(server.channel.state is LiveState.FED for server in servers)
            self._feed.set_live_held(bool(chosen) and fed)

    def _choose(self, servers: Sequence[WatchedServer]) -> set[WatchedServer]:
        assert self._panel is not None
        if (dialect := self._panel.dialect) is None:
            return set()
        candidates = [server for server in servers if server.needs_live_socket]
        if len(candidates) <= dialect.most_held:
            return set(candidates)
        if not self._has_told_limit:
            self._has_told_limit = True
            _LOGGER.warning("Of %d servers, only the last %d to start are live", len(candidates), dialect.most_held)
        running = [server for server in candidates if _status(server) not in {ServerStatus.STOPPED, None}]
        running.sort(key=lambda server: server.changed_at or 0.0, reverse=True)
        return set(running[: dialect.most_held])

    async def _load_rights(self) -> None:
        """Ask for the rights on shared servers that get no socket."""
        while (server := next(filter(_lacks_rights, self._servers()), None)) is not None:
            await asyncio.sleep(self._timing.live_pace)
            try:
                await server.channel.load_rights()
            except StellarStackError as err:
                # Asked again with the next review.
                _LOGGER.debug("The panel did not tell the rights on server %s: %s", server.id, err)
                return


def _lacks_rights(server: WatchedServer) -> bool:
    if not (server.needs_live_socket and server.capabilities.power_by_live and server.channel.lacks_rights):
        return False
    return server.info is not None and server.info.shared is True


def _node(server: WatchedServer) -> Node | None:
    return None if server.info is None else server.info.node


def _status(server: WatchedServer) -> ServerStatus | None:
    return None if server.info is None else server.info.status
