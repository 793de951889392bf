"""How the game of a server is asked, as its subentry says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from ..client.models import Server
from .protocols import Protocol, QueryError, QueryFailure

CONF_QUERY: Final = "query"
CONF_INTERVAL: Final = "interval"
DEFAULT_INTERVAL: Final = 30


@dataclass(frozen=True, slots=True)
class QuerySettings:
    """How the game of a server is asked.

    Attributes:
        protocol: In which protocol.
        host: Where; None for the host of the server's address.
        port: Where; None for the port of the server's address.
        interval: Seconds between two questions.
    """

    protocol: Protocol
    host: str | None = None
    port: int | None = None
    interval: float = DEFAULT_INTERVAL

    @classmethod
    def from_subentry(cls, data: Mapping[str, Any]) -> Self | None:
        """Return a subentry's settings; None when the game is not asked.

        That is also so for a protocol of a later version.
        """
        query = data.get(CONF_QUERY)
        if query is None or query["protocol"] not in set(Protocol):
            return None
        return cls(
            Protocol(query["protocol"]),
            query.get("host"),
            query.get("port"),
            query.get(CONF_INTERVAL, DEFAULT_INTERVAL),
        )

    def address(self, server: Server | None) -> tuple[str, int]:
        """Return the host and the port to ask.

        Raises:
            QueryError: Neither the settings nor the panel tell one.
        """
        host, port = game_address(server)
        host, port = self.host or host, self.port or port
        if host is None or port is None:
            raise QueryError(QueryFailure.NO_ADDRESS)
        return host, port


def game_address(server: Server | None) -> tuple[str | None, int | None]:
    """Return host and port of a server's address, IPv6 without brackets.

    None for what the panel does not tell.
    """
    if server is None or (address := server.address) is None:
        return None, None
    host, _, port = address.rpartition(":")
    return host.removeprefix("[").removesuffix("]"), int(port)
