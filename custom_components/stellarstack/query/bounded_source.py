"""The library for Source, with a bound on what games send."""

import struct
from typing import Any, Final

from opengsq.protocols.source import Source

_MOST_BYTES: Final = 32 * 1024
"""Enough for 255 players, while the library's time grows with the square."""
_PIECE: Final = struct.Struct("<lL")
_IN_PIECES: Final = -2
_COMPRESSED: Final = 0x80000000


class BoundedSource(Source):  # type: ignore[misc] # a class without types
    """A game whose answers are read only so far.

    The library would collect pieces for ever, and expand whatever is compressed. Only the first games of the protocol
    compress (Valve's developer wiki, "Server queries").
    """

    async def _Source__receive(self, client: Any) -> Any:
        # Private: a version of the library that does without would ask as before. A test tells.
        return await super()._Source__receive(_BoundedClient(client))


class _BoundedClient:
    """Receives the pieces of one answer."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._left = _MOST_BYTES

    async def recv(self) -> bytes:
        piece: bytes = await self._client.recv()
        self._left -= len(piece)
        if self._left < 0:
            raise ValueError("the answer does not end")
        if len(piece) >= _PIECE.size:
            kind, number = _PIECE.unpack_from(piece)
            if kind == _IN_PIECES and number & _COMPRESSED:
                raise ValueError("the answer is compressed")
        return piece
