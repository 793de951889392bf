"""The live sockets of generation 2.

Tickets come from the panel's `credentials`, frames from its Go daemon.
"""

from collections.abc import Callable
import re
from typing import override

from aiohttp import ClientWebSocketResponse
from yarl import URL

from ..daemon import decode_event, read_sample, read_status, token_lifetime
from ..exceptions import ForbiddenError, NotThePanelError, Refusal, RefusedError, ResponseError
from ..http import Http
from ..messages import LiveAccepted, LiveMessage, LiveOutput, LiveRefusal, LiveRequest, LiveTicketEnding
from ..panel import Dialect, Right, Ticket
from ..text import one_line
from ..turns import Pace
from .details import Details
from .rest import Rest

_LIFETIME = 600.0
"""Seconds that a ticket of a real panel lives."""
_LONGEST_REASON = 200

_RIGHTS = {
    "console.read": Right.CONSOLE,
    "console.write": Right.COMMAND,
    "stats.read": Right.USAGE,
    "control.start": Right.START,
    "control.stop": Right.STOP,
    "control.restart": Right.RESTART,
}

# The beginning of a refusal that names the request.
_REQUESTS = {"set state": LiveRequest.POWER, "send command": LiveRequest.COMMAND}
_NOT_RUNNING = "container not running"
_MISSING_RIGHT = re.compile(r"missing (scope \S+|\S+ scope)")


class DaemonV2(Dialect):
    """The dialect of generation 2's daemon, reached at the panel's address."""

    renewal = "auth"
    tells_always = True
    samples_prove_running = True
    repeats_lines = True
    # Each is renewed by a call every few minutes.
    most_held = 100

    def __init__(self, http: Http, rest: Rest, details: Details, pace: Pace) -> None:
        """Send nothing yet.

        Args:
            http: To the panel.
            rest: Gives the tickets.
            details: Told which nodes let sockets in.
            pace: Of calls for each server, which all share.
        """
        self._http = http
        self._rest = rest
        self._details = details
        self._pace = pace
        self.longest_reconnect = http.timing.live_reconnect

    @override
    async def ticket(self, server_id: str, is_urgent: Callable[[], bool]) -> Ticket:
        # Who looks waits for a ticket, not for an address.
        await self._pace.wait(lambda: True)
        content = await self._rest.credentials(server_id)
        match content:
            case {"token": str(token), "wsUrl": str(url), "scopes": list(scopes)} if token:
                pass
            case _:
                raise NotThePanelError("the credentials have no known form")
        return Ticket(
            urls=_addresses(self._http.url, url),
            token=token,
            lifetime=token_lifetime(token, _LIFETIME),
            rights=frozenset(_RIGHTS[scope] for scope in scopes if isinstance(scope, str) and scope in _RIGHTS),
        )

    @override
    async def open(self, url: str, token: str) -> ClientWebSocketResponse[bool]:
        return await self._http.open_live_socket(url, token)

    @override
    def set_accepted(self, server_id: str, accepted: bool) -> None:
        # The panel leads all sockets to the node on its own host, which knows no other node's servers.
        self._details.set_on_panel_host(server_id, accepted)

    @override
    def decode(self, data: bytes) -> LiveMessage | None:
        match decode_event(data):
            case "console output", str(line):
                return LiveOutput(f"{line}\n")
            case "stats", sample:
                return read_sample(sample, disk=None)
            case "status", status:
                return read_status(status)
            case "auth success", _:
                return LiveAccepted()
            case (("token expiring" | "token expired"), _):
                return LiveTicketEnding()
            case "daemon error", str(words):
                return _refusal(words)
        return None


def _addresses(panel: str, url: str) -> tuple[str, ...]:
    """Return the addresses of a live socket, best first.

    First its path on the address at which this client knows the panel, then as the panel names it: the panel may be
    known under another name than the one that it was set up with.

    Raises:
        NotThePanelError: The panel names no address of a WebSocket.
    """
    try:
        named = URL(url).with_query(None).with_fragment(None)
    except ValueError as err:
        raise NotThePanelError("the live socket has no known address") from err
    if named.scheme not in {"ws", "wss"} or not named.host or named.user is not None:
        raise NotThePanelError("the live socket has no known address")
    origin = URL(panel).origin()
    # A path that begins with two slashes, as a panel makes it of an address that ends in two, would name another host.
    path = URL(f"/{named.raw_path.lstrip('/')}", encoded=True)
    ours = origin.with_scheme("wss" if origin.scheme == "https" else "ws").join(path)
    return tuple(dict.fromkeys((str(ours), str(named))))


def _refusal(words: str) -> LiveRefusal | None:
    """Return a node's refusal of a call; None for other refusals.

    No caller awaits a renewal, for example.
    """
    if words == _NOT_RUNNING:
        error: ResponseError = RefusedError("the server does not run", None, words, Refusal.NOT_RUNNING)
        return LiveRefusal(error, LiveRequest.COMMAND)
    name, _, rest = words.partition(": ")
    if (request := _REQUESTS.get(name)) is None:
        return None
    reason = one_line(rest, _LONGEST_REASON)
    if _MISSING_RIGHT.fullmatch(rest):
        error = ForbiddenError("the account has no right to do this", reason=reason)
    else:
        error = RefusedError("the node refused", None, reason, Refusal.OTHER)
    return LiveRefusal(error, request)
