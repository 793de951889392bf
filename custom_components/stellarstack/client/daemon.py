"""Frames of a node's live socket.

Their envelope is the same in both generations: `{"event": "...", "args": [...]}`.
"""

import base64
import logging
from typing import Any

import orjson

from .messages import LiveSample, LiveStatus
from .models import PowerAction, ServerStatus

_LOGGER = logging.getLogger(__name__)

LARGEST_FRAME = 4 * 1024 * 1024
"""Bytes; a longer frame is skipped unread. One with 500 lines of 4 kB, which a new socket gets, is shorter."""

_LARGEST_NUMBER = 2**53

_LONGEST_UPTIME = 100 * 365 * 24 * 3600 * 1000.0
"""Milliseconds, far below what no date can be reckoned from."""

_LONGEST_LIFETIME = 24 * 3600.0

_STATUSES = {
    "offline": ServerStatus.STOPPED,
    "starting": ServerStatus.STARTING,
    "running": ServerStatus.RUNNING,
    "stopping": ServerStatus.STOPPING,
}


def decode_event(data: bytes) -> tuple[str, Any] | None:
    """Return the event of a frame and its argument; never raises.

    None when the frame has no known form. No event has more than one argument; one without any has null, or an empty
    list.
    """
    if len(data) > LARGEST_FRAME:
        _LOGGER.debug("Skipped a frame of %d bytes", len(data))
        return None
    try:
        content = orjson.loads(data)
    except ValueError:
        content = None
    if isinstance(content, dict) and isinstance(event := content.get("event"), str):
        args = content.get("args")
        return event, args[0] if isinstance(args, list) and args else None
    _LOGGER.debug("Skipped a frame of no known form")
    return None


def encode_event(event: str, *args: str) -> str:
    """Return a frame for a node."""
    return orjson.dumps({"event": event, "args": args}).decode()


def encode_power(action: PowerAction) -> str:
    """Return the frame that starts, stops, restarts or kills the server."""
    return encode_event("set state", action.value)


def encode_command(command: str) -> str:
    """Return the frame that types a line into the console."""
    return encode_event("send command", command)


def parse_status(value: object) -> ServerStatus | None:
    """Return the status that a node names; None when unknown."""
    return _STATUSES.get(value) if isinstance(value, str) else None


def read_status(value: object) -> LiveStatus | None:
    """Return a report of the server's status; None when it names none."""
    return LiveStatus(parse_status(value)) if isinstance(value, str) else None


def read_sample(value: object, *, disk: str | None) -> LiveSample | None:
    """Return a sample of what the server uses.

    A number of no legal value is left out.

    Args:
        value: The argument of the frame.
        disk: The field with the size of the server's folder, None where there is none.
    """
    if not isinstance(value, dict):
        return None
    network = value.get("network")
    if not isinstance(network, dict):
        network = {}
    uptime = _number(value.get("uptime_ms"))
    return LiveSample(
        cpu=_number(value.get("cpu_absolute")),
        memory=_number(value.get("memory_bytes")),
        disk=None if disk is None else _number(value.get(disk)),
        received=_number(network.get("rx_bytes")),
        sent=_number(network.get("tx_bytes")),
        # A node that was restarted counts no more: 0 until the server starts anew (seen on a real panel).
        uptime=uptime / 1000 if uptime and uptime <= _LONGEST_UPTIME else None,
        status=parse_status(value.get("state")),
    )


def _number(value: object) -> float | None:
    # The comparison also refuses NaN, which is never between two numbers.
    if (type(value) is float or type(value) is int) and 0 <= value <= _LARGEST_NUMBER:
        return value
    return None


def token_lifetime(token: str, default: float) -> float:
    """Return a token's lifetime in seconds.

    It does not depend on the panel's clock.

    Args:
        token: The token, a JWT.
        default: The lifetime of a token that names none.
    """
    try:
        claims = token.split(".")[1]
        content = orjson.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))
        lifetime = float(content["exp"] - content["iat"])
    except IndexError, KeyError, TypeError, ValueError, OverflowError:
        return default
    return lifetime if 0 < lifetime <= _LONGEST_LIFETIME else default
