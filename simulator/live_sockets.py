"""The live sockets of servers, as far as both generations agree."""

from abc import abstractmethod
from collections.abc import AsyncIterator
import contextlib
import re
from typing import Final, Protocol, override

from aiohttp import web

from .fleet import Fleet, Server
from .machine import Link, Machine, Progress, Sample, State
from .sockets import Connection, SocketContext, Sockets

_ANSI: Final = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
_MIB: Final = 1024**2


class LiveContext(SocketContext, Protocol):
    """What live sockets need to know of a panel."""

    @property
    def machine(self) -> Machine:
        """Return what really happens."""

    @property
    def fleet(self) -> Fleet:
        """Return the nodes and servers."""


class LiveConnection(Connection):
    """One open live socket.

    Attributes:
        server_id: Of which server it is.
        scopes: What its client may do.
    """

    def __init__(
        self,
        context: LiveContext,
        request: web.Request,
        socket: web.WebSocketResponse,
        server_id: str,
        user_id: str,
        scopes: tuple[str, ...],
        longest_queue: int | None = None,
    ) -> None:
        """Wrap an upgraded request whose token was good."""
        super().__init__(context, request, socket, longest_queue=longest_queue)
        self.authenticated = True
        self.user_id = user_id
        self.subscriptions = {server_id}
        self.server_id = server_id
        self.scopes = scopes


class LiveSockets(Sockets):
    """The live sockets of a panel's daemons, with their consoles.

    Attributes:
        refuse_tokens: Whether they accept no token, as if they had other keys than the panel knows.
        lose_states: Whether states get lost on their way to clients.
    """

    def __init__(self, context: LiveContext) -> None:
        """Listen to the daemons of a panel."""
        super().__init__()
        self._context = context
        self._machine = context.machine
        self.refuse_tokens = False
        self.lose_states = False
        # A row that is deleted is still that of its open sockets.
        self._rows: dict[str, Server] = {}
        self._machine.live.listeners.append(self)

    def on_change(self, server_id: str, state: State) -> None:
        """Send a state, unless states are lost."""
        if not self.lose_states:
            self._send_state(server_id, state)

    @abstractmethod
    def on_notice(self, server_id: str, text: str) -> None:
        """Send what a daemon itself writes to a console."""

    @abstractmethod
    def on_output(self, server_id: str, text: str) -> None:
        """Send what a container prints."""

    def on_progress(self, server_id: str, progress: Progress) -> None:
        """Send what a daemon does to files; generation 2 tells nothing."""

    @abstractmethod
    def _send_state(self, server_id: str, state: State) -> None:
        """Send a state."""

    @abstractmethod
    def _sample_frame(self, server_id: str, sample: Sample) -> bytes:
        """Return the frame of a sample."""

    def on_sample(self, server_id: str, sample: Sample) -> None:
        """Send a sample, unless samples are switched off.

        Those of servers that only a twin's sockets watch are not for these.
        """
        if not self.pause_ticks and server_id in self._rows:
            self._send_sample(server_id, sample)

    def on_link(self, node_id: str, link: Link) -> None:
        """Close the sockets of a lost daemon."""
        if link is Link.DOWN:
            for connection in self._live():
                node = self._rows[connection.server_id].node
                if node is not None and node.id == node_id:
                    connection.abort()

    @override
    def tick(self) -> None:
        for server_id in {connection.server_id for connection in self._live()} & self._context.fleet.servers.keys():
            if sample := self._machine.sample(server_id):
                self._send_sample(server_id, sample)

    @override
    def flood_once(self, number: int) -> None:
        if server_ids := sorted({connection.server_id for connection in self._live()}):
            server_id = server_ids[number % len(server_ids)]
            self._machine.print(server_id, f"[INFO]: flood line {number} {'x' * 60}\r\n")
            self.flooded += 1

    @contextlib.asynccontextmanager
    async def _watched(self, connection: LiveConnection, server: Server) -> AsyncIterator[None]:
        """Take samples for an open connection."""
        self._rows[server.id] = server
        game = self._machine.game(server.id)
        self._machine.live.watch(game)
        try:
            async with self._opened(connection):
                yield
        finally:
            self._machine.live.unwatch(game)

    def _live(self, server_id: str | None = None) -> list[LiveConnection]:
        """Return the open sockets, or those of a server."""
        return [
            connection
            for connection in self.connections
            if isinstance(connection, LiveConnection) and server_id in {None, connection.server_id}
        ]

    def _broadcast(self, server_id: str, frame: bytes) -> None:
        for connection in self._live(server_id):
            connection.send(frame, server_id=server_id)

    def _send_sample(self, server_id: str, sample: Sample) -> None:
        if self.skip_ticks:
            self.skip_ticks -= 1
        elif server_id not in self.silent_servers and self._live(server_id):
            # Of another panel that shares the machine, nobody may look here.
            self._broadcast(server_id, self._sample_frame(server_id, sample))

    def _limit(self, server_id: str, column: str) -> int:
        """Return a limit of a server in bytes."""
        value = self._rows[server_id].fields.get(column)
        return value * _MIB if isinstance(value, int) else 0


def clean(line: str) -> str:
    """Return a line without colours and trailing blanks.

    Only what follows its last carriage return remains.
    """
    return _ANSI.sub("", line).rstrip().rpartition("\r")[2]
