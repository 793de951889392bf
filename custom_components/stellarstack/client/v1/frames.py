"""Frames of the panel's WebSocket, from and to the wire.

The types and their fields are those of the vendor's page on the WebSocket, plus what a real panel was seen to send.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
import logging
from typing import Any, Self

import orjson

from ..messages import ServerDeleted, ServerUnchanged

_LOGGER = logging.getLogger(__name__)

LARGEST_FRAME = 1024 * 1024
"""Bytes; a longer frame is skipped unread. A server object has one or two thousand."""

_TYPE = "type"
_SERVER_ID = "serverId"
_DATA = "data"
_ID = "id"


@dataclass(frozen=True, slots=True)
class AuthSuccessFrame:
    """The panel accepted the session of this user."""

    user_id: str | None

    @classmethod
    def read(cls, frame: Mapping[str, Any]) -> Self:
        """Return the frame in a wire object."""
        user_id = frame.get("userId")
        return cls(user_id if isinstance(user_id, str) else None)


@dataclass(frozen=True, slots=True)
class AuthErrorFrame:
    """The panel refused the token."""


@dataclass(frozen=True, slots=True)
class ErrorFrame:
    """The panel refused a message.

    Most often it was sent before the panel accepted the session.
    """


@dataclass(frozen=True, slots=True)
class _ServerFrame:
    """A frame with fields of one server.

    Attributes:
        data: The fields as the wire has them, some or all.
    """

    server_id: str
    data: Mapping[str, Any]

    @classmethod
    def read(cls, frame: Mapping[str, Any]) -> Self:
        """Return the frame in a wire object.

        Raises:
            KeyError, TypeError: It has another shape, or speaks of two servers at once.
        """
        data = frame[_DATA]
        if not isinstance(data, Mapping):
            raise TypeError
        # Some frames carry the id only inside their data.
        inner = data.get(_ID)
        server_id = frame.get(_SERVER_ID, inner)
        if not isinstance(server_id, str) or (inner is not None and inner != server_id):
            raise TypeError
        return cls(server_id, data)


class SyncFrame(_ServerFrame):
    """The whole state of a subscribed server, sent every 5 s."""

    __slots__ = ()


class ChangeFrame(_ServerFrame):
    """News of a server between two syncs.

    It is a report of the status, or the row after somebody edited it.
    """

    __slots__ = ()

    @property
    def reports_status(self) -> bool:
        """Return whether a status is among the news."""
        return isinstance(self.data.get("status"), str)


def _read_deleted(frame: Mapping[str, Any]) -> ServerDeleted:
    return ServerDeleted(_ServerFrame.read(frame).server_id)


def _ignore(frame: Mapping[str, Any]) -> None:
    """Ignore an answer to a message of this client."""


type Frame = AuthSuccessFrame | AuthErrorFrame | ErrorFrame | SyncFrame | ServerUnchanged | ChangeFrame | ServerDeleted

_READERS: dict[str, Callable[[Mapping[str, Any]], Frame | None]] = {
    "auth_success": AuthSuccessFrame.read,
    "auth_error": lambda frame: AuthErrorFrame(),
    "error": lambda frame: ErrorFrame(),
    "server:sync": SyncFrame.read,
    "server:status": ChangeFrame.read,
    "server:updated": ChangeFrame.read,
    "server:deleted": _read_deleted,
    "subscribed": _ignore,
    "unsubscribed": _ignore,
    "pong": _ignore,
}


class FrameDecoder:
    """Reads the frames of one connection.

    A panel repeats every server on every tick, changed or not. A frame that is equal, byte for byte, to the last sync
    of its server is recognised without being parsed. Any other news of that server in between makes the next sync
    count again, even one that repeats the last: the panel may say that the news was undone.
    """

    def __init__(self, servers: Mapping[str, ServerUnchanged]) -> None:
        """Prepare.

        Args:
            servers: By id, the servers whose frames are read and the message for a repetition; a living view. Frames
                of others are dropped, so that a panel cannot fill the memory.
        """
        self._servers = servers
        self._unchanged: dict[bytes, ServerUnchanged] = {}
        self._last: dict[str, bytes] = {}

    def decode(self, data: bytes) -> Frame | None:
        """Return the frame in a text message; never raises.

        None when the message has nothing for this client.
        """
        if (unchanged := self._unchanged.get(data)) is not None:
            return unchanged
        if len(data) > LARGEST_FRAME:
            _LOGGER.debug("Skipped a frame of %d bytes", len(data))
            return None
        try:
            content = orjson.loads(data)
            kind = content[_TYPE]
            reader = _READERS[kind]
        except (ValueError, TypeError, KeyError) as err:
            _LOGGER.debug("Skipped a frame of no known type: %s", type(err).__name__)
            return None
        try:
            frame = reader(content)
        except (TypeError, KeyError) as err:
            _LOGGER.debug("Skipped a %s frame of wrong shape: %s", kind, type(err).__name__)
            return None
        match frame:
            case SyncFrame() if frame.server_id in self._servers:
                self.forget(frame.server_id)
                self._last[frame.server_id] = data
                self._unchanged[data] = self._servers[frame.server_id]
            case ChangeFrame() | ServerDeleted() if frame.server_id in self._servers:
                self.forget(frame.server_id)
            case SyncFrame() | ChangeFrame() | ServerDeleted():
                return None
        return frame

    def forget(self, server_id: str) -> None:
        """Let the next sync of this server count, even if unchanged."""
        if (data := self._last.pop(server_id, None)) is not None:
            del self._unchanged[data]


def _encode(kind: str, **fields: str) -> str:
    return orjson.dumps({_TYPE: kind, **fields}).decode()


PING = _encode("ping")


def encode_auth(token: str) -> str:
    """Return the frame that authenticates with a raw session token."""
    return _encode("auth", token=token)


def encode_subscribe(server_id: str) -> str:
    """Return the frame that asks for a server's updates.

    The id always goes as a JSON string: another type was seen to break the panel for all of its clients.
    """
    return _encode("subscribe", **{_SERVER_ID: str(server_id)})


def encode_unsubscribe(server_id: str) -> str:
    """Return the frame that ends a server's updates.

    The id is as in `encode_subscribe`.
    """
    return _encode("unsubscribe", **{_SERVER_ID: str(server_id)})
