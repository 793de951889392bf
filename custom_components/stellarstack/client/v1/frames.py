"""Frames of the panel's WebSocket, to and from typed messages.

The types and their fields are those of the vendor's page on the WebSocket, plus what a real panel was seen to send.
"""

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
import logging
from typing import Any

import orjson

_LOGGER = logging.getLogger(__name__)

LARGEST_FRAME = 1024 * 1024
"""Bytes; a longer frame is skipped unread. A server object has one or two thousand."""


@dataclass(frozen=True, slots=True)
class AuthSuccess:
    """The panel accepted the session of this user."""

    user_id: str | None


@dataclass(frozen=True, slots=True)
class AuthError:
    """The panel refused the token."""


@dataclass(frozen=True, slots=True)
class PanelError:
    """The panel refused a message, most often one that was sent before it accepted the session."""

    error: str


@dataclass(frozen=True, slots=True)
class ServerSync:
    """The state of a server, sent for each subscribed one on the panel's timer (5 s).

    Attributes:
        data: Its fields; when no other news came since the last sync, only those that differ from it.
    """

    server_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServerUnchanged:
    """A sync that says, to the letter, what that server's last one said."""

    server_id: str


@dataclass(frozen=True, slots=True)
class ServerChange:
    """News of a server between two syncs: `server:status` or `server:updated`, with some or all fields."""

    server_id: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class ServerDeleted:
    """A server of this panel was deleted; it may be anybody's, and the panel tells everybody."""

    server_id: str


type ServerMessage = ServerSync | ServerUnchanged | ServerChange | ServerDeleted
type Message = AuthSuccess | AuthError | PanelError | ServerMessage

PING = '{"type":"ping"}'


def encode_auth(token: str) -> str:
    """Return the frame that authenticates with a raw session token."""
    return orjson.dumps({"type": "auth", "token": token}).decode()


def encode_subscribe(server_id: str) -> str:
    """Return the frame that asks for a server's updates; the id always goes as a JSON string."""
    return orjson.dumps({"type": "subscribe", "serverId": str(server_id)}).decode()


def encode_unsubscribe(server_id: str) -> str:
    """Return the frame that ends a server's updates."""
    return orjson.dumps({"type": "unsubscribe", "serverId": str(server_id)}).decode()


def _id_and_data(frame: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    """Return a server frame's id and data; some frames carry the id only inside their data."""
    data = frame["data"]
    if not isinstance(data, Mapping):
        raise TypeError
    inner = data.get("id")
    server_id = frame.get("serverId", inner)
    if not isinstance(server_id, str) or (inner is not None and inner != server_id):
        raise TypeError
    return server_id, data


def _auth_success(frame: Mapping[str, Any]) -> AuthSuccess:
    user_id = frame.get("userId")
    return AuthSuccess(user_id if isinstance(user_id, str) else None)


def _auth_error(frame: Mapping[str, Any]) -> AuthError:
    return AuthError()


def _error(frame: Mapping[str, Any]) -> PanelError:
    return PanelError(str(frame.get("error"))[:200])


def _sync(frame: Mapping[str, Any]) -> ServerSync:
    return ServerSync(*_id_and_data(frame))


def _change(frame: Mapping[str, Any]) -> ServerChange:
    return ServerChange(*_id_and_data(frame))


def _deleted(frame: Mapping[str, Any]) -> ServerDeleted:
    return ServerDeleted(_id_and_data(frame)[0])


def _nothing(frame: Mapping[str, Any]) -> None:
    """Answers to our own messages carry no news."""


_READERS: dict[str, Callable[[Mapping[str, Any]], Message | None]] = {
    "auth_success": _auth_success,
    "auth_error": _auth_error,
    "error": _error,
    "server:sync": _sync,
    "server:status": _change,
    "server:updated": _change,
    "server:deleted": _deleted,
    "subscribed": _nothing,
    "unsubscribed": _nothing,
    "pong": _nothing,
}


class FrameDecoder:
    """Turns the frames of one connection into messages.

    A panel repeats every server on every tick, changed or not. A frame that is equal, byte for byte, to the last sync
    of its server is recognised without being parsed. Any other news of that server in between makes the next sync
    count again, even one that repeats the last: the panel may say that the news was undone.
    """

    def __init__(self, wanted: Container[str]) -> None:
        """Remember the last sync only of the servers in `wanted`, so that a panel cannot fill our memory."""
        self._wanted = wanted
        self._unchanged: dict[bytes, ServerUnchanged] = {}
        self._last: dict[str, bytes] = {}

    def decode(self, frame: bytes) -> Message | None:
        """Return the message in a text frame, None when there is nothing in it for us. Never raises."""
        if (unchanged := self._unchanged.get(frame)) is not None:
            return unchanged
        if len(frame) > LARGEST_FRAME:
            _LOGGER.debug("Skipped a frame of %d bytes", len(frame))
            return None
        try:
            content = orjson.loads(frame)
            kind = content["type"]
            reader = _READERS[kind]
        except (ValueError, TypeError, KeyError) as err:
            _LOGGER.debug("Skipped a frame of no known type: %s", type(err).__name__)
            return None
        try:
            message = reader(content)
        except (TypeError, KeyError) as err:
            _LOGGER.debug("Skipped a %s frame of wrong shape: %s", kind, type(err).__name__)
            return None
        if isinstance(message, ServerSync):
            last = self._remember(message.server_id, frame)
            if last is not None:
                message = ServerSync(message.server_id, _difference(message.data, orjson.loads(last)["data"]))
        elif isinstance(message, ServerChange | ServerDeleted):
            self.forget(message.server_id)
        return message

    def forget(self, server_id: str) -> None:
        """Let the next sync of this server count, whatever it says."""
        self._forget(server_id)

    def _forget(self, server_id: str) -> bytes | None:
        if (frame := self._last.pop(server_id, None)) is not None:
            del self._unchanged[frame]
        return frame

    def _remember(self, server_id: str, frame: bytes) -> bytes | None:
        """Keep the last sync of a server; returns the one before, None when there was other news since then."""
        last = self._forget(server_id)
        if server_id in self._wanted:
            self._last[server_id] = frame
            self._unchanged[frame] = ServerUnchanged(server_id)
        return last


def _difference(data: Mapping[str, Any], last: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields that are not what they were; all fields, when that would hide a difference."""
    changed = {key: value for key, value in data.items() if key not in last or last[key] != value}
    try:
        # For Python, unlike on the wire, 1 is the same as true and 1.0.
        hides = orjson.dumps({**last, **changed}) != orjson.dumps(data)
    except TypeError:
        # orjson reads deeper nesting than it writes.
        return data
    return data if hides else changed
