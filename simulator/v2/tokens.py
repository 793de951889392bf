"""The tokens for live sockets.

They are JWTs, signed with the secret key of a server's node.
"""

from collections.abc import Sequence
from dataclasses import dataclass
import secrets
from typing import Final

from simulator.accounts import Account
from simulator.clock import Clock
from simulator.fleet import Node, Server
from simulator.jwt import BadTokenError, decode_token, encode_token

LIFETIME: Final = 600
"""Seconds that a token is good for."""
SCOPES: Final = (
    "console.read",
    "console.write",
    "stats.read",
    "control.start",
    "control.stop",
    "control.restart",
)


class WrongServerError(BadTokenError):
    """A good token is for another server."""


@dataclass(frozen=True)
class Claims:
    """What a token says.

    Attributes:
        user_id: Whose it is.
        server_id: For which server.
        scopes: What it allows.
        expires_at: When it ends, in seconds since 1970.
    """

    user_id: str
    server_id: str
    scopes: tuple[str, ...]
    expires_at: int


class Tokens:
    """Makes tokens as the API does, and checks them as daemons do."""

    def __init__(self, clock: Clock) -> None:
        """Begin without keys."""
        self._clock = clock
        self._keys: dict[str, str] = {}

    def key(self, node: Node) -> str:
        """Return a node's secret key."""
        return self._keys.setdefault(node.id, secrets.token_urlsafe(32))

    def make(self, account: Account, server: Server, node: Node, scopes: Sequence[str]) -> tuple[str, Claims]:
        """Make a token for a server on a node."""
        now = int(self._clock.now().timestamp())
        claims = Claims(account.id, server.id, tuple(scopes), now + LIFETIME)
        payload = {
            "sub": account.id,
            "server": server.id,
            "node": node.id,
            "scope": claims.scopes,
            "iat": now,
            "exp": claims.expires_at,
            "jti": secrets.token_hex(16),
        }
        return encode_token(payload, self.key(node)), claims

    def check(self, token: str, node: Node, server_id: str) -> Claims:
        """Read a token as the daemon of a node does.

        Raises:
            BadTokenError: It is not good, not any more, or not for this server.
        """
        payload = decode_token(token, self.key(node))
        claims = Claims(payload["sub"], payload["server"], tuple(payload["scope"]), payload["exp"])
        if self.seconds_left(claims) <= 0:
            raise BadTokenError("token expired")
        if claims.server_id != server_id:
            raise WrongServerError("token scoped to different server")
        return claims

    def seconds_left(self, claims: Claims) -> float:
        """Return for how long a token is still good."""
        return claims.expires_at - self._clock.now().timestamp()
