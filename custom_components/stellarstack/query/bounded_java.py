"""Minecraft Java's library, with a bound on what games send."""

import asyncio
from typing import Any, Final, override

from mcstatus import JavaServer

_MOST_BYTES: Final = 2**18
"""Twice as much as the library then takes for a text."""


class BoundedJavaServer(JavaServer):  # type: ignore[misc] # a class without types
    """A Minecraft Java server whose answer is read only so far.

    The library reads as much as the game claims to send, and looks at it only then.
    """

    @override
    async def _retry_async_status(self, connection: Any, **options: Any) -> Any:
        # Private: a version of the library that does without would ask as before. A test tells.
        connection.reader = _BoundedReader(connection.reader)
        return await super()._retry_async_status(connection, **options)


class _BoundedReader:
    """Reads no more than one packet."""

    def __init__(self, reader: asyncio.StreamReader) -> None:
        self._reader = reader
        self._left = _MOST_BYTES

    async def read(self, length: int) -> bytes:
        data = await self._reader.read(length)
        if not data and self._left == _MOST_BYTES:
            raise ConnectionResetError("closed without an answer")
        self._left -= len(data)
        if self._left < 0:
            raise ValueError("the answer does not end")
        return data
