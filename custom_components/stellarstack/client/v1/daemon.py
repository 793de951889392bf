"""The live sockets of generation 1.

Tickets come from the panel's `console`, frames from its Rust daemon.
"""

from collections.abc import Callable
from typing import Any, override

from aiohttp import ClientWebSocketResponse
from yarl import URL

from ..daemon import decode_event, read_sample, read_status, token_lifetime
from ..exceptions import NotThePanelError
from ..http import Http
from ..messages import LiveAccepted, LiveMessage, LiveOutput, LiveTicketRefused
from ..panel import Dialect, Right, Ticket
from ..turns import Pace
from .rest import Rest

_LIFETIME = 900.0
"""Seconds that a ticket of a real panel lives."""

# Names by which the panel means its own host.
_PANEL_HOST = frozenset({"localhost", "127.0.0.1", "::1", "0.0.0.0", "::"})


class DaemonV1(Dialect):
    """The dialect of generation 1's daemon, reached at the node's own address.

    The daemon checks a ticket only when a socket opens, and first sends the past: the console since the last start, and
    up to 180 samples that bear no time. Its samples cease when it is restarted, until the server is.
    """

    renewal = None
    tells_always = False
    samples_prove_running = False
    repeats_lines = False
    # Only servers that run have one.
    most_held = 300

    def __init__(self, http: Http, rest: Rest) -> None:
        """Send nothing yet."""
        self._http = http
        self._rest = rest
        self._pace = Pace(http.timing.ticket_pace)
        self.longest_reconnect = http.timing.live_unreachable

    @override
    async def ticket(self, server_id: str, is_urgent: Callable[[], bool]) -> Ticket:
        await self._pace.wait(is_urgent)
        match await self._rest.console(server_id):
            case {"token": str(token), "websocketUrl": str(url)} if token:
                pass
            case _:
                raise NotThePanelError("the console has no known form")
        return Ticket(
            urls=(_address(self._http.url, url),),
            token=token,
            lifetime=token_lifetime(token, _LIFETIME),
            # The same for everybody who has access to the server (seen on a real panel).
            rights=frozenset(Right),
        )

    @override
    async def open(self, url: str, token: str) -> ClientWebSocketResponse[bool]:
        return await self._http.open_live_socket(url, token)

    @override
    def set_accepted(self, server_id: str, accepted: bool) -> None:
        pass  # a ticket names the server's own node

    @override
    def decode(self, data: bytes) -> LiveMessage | None:
        match decode_event(data):
            case "console output", {"line": str(text)}:
                return LiveOutput(text)
            case "stats", sample:
                return read_sample(sample, disk="disk_bytes")
            case "status", {"state": state}:
                return read_status(state)
            case "console history", {"lines": list(lines)}:
                return LiveOutput(_join(lines), is_past=True)
            case "auth success", _:
                return LiveAccepted()
            case "jwt error", _:
                return LiveTicketRefused()
        return None


def _address(panel: str, url: str) -> str:
    """Return the address of a node.

    A node on the panel's own host, such as `localhost`, gets the host of `panel`.

    Raises:
        NotThePanelError: The panel names no address of a WebSocket.
    """
    try:
        address = URL(url).with_query(None).with_fragment(None)
        if address.scheme in {"ws", "wss"} and address.host and address.user is None:
            if address.host in _PANEL_HOST and (host := URL(panel).host):
                address = address.with_host(host)
            return str(address)
    except ValueError:
        pass
    raise NotThePanelError("the live socket has no known address")


def _join(lines: list[Any]) -> str:
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines if isinstance(line, str))
