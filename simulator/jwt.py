"""JSON Web Tokens, signed with a shared key."""

import base64
from collections.abc import Mapping
import hashlib
import hmac
from typing import Any

import orjson


class BadTokenError(Exception):
    """A token is not accepted.

    The text says why, in generation 2's words.
    """


def encode_token(payload: Mapping[str, Any], key: str) -> str:
    """Return a token that says something."""
    signed = f"{_encode(orjson.dumps({'alg': 'HS256', 'typ': 'JWT'}))}.{_encode(orjson.dumps(payload))}"
    return f"{signed}.{_signature(signed, key)}"


def decode_token(token: str, key: str) -> dict[str, Any]:
    """Return what a token says, which may be over.

    Raises:
        BadTokenError: It is none, or not signed with the key.
    """
    signed, _, signature = token.rpartition(".")
    if signed.count(".") != 1:
        raise BadTokenError("token must have three segments")
    if not hmac.compare_digest(signature.encode(), _signature(signed, key).encode()):
        raise BadTokenError("signature mismatch")
    payload: dict[str, Any] = orjson.loads(_decode(signed.partition(".")[2]))
    return payload


def _signature(signed: str, key: str) -> str:
    return _encode(hmac.digest(key.encode(), signed.encode(), hashlib.sha256))


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def _decode(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
