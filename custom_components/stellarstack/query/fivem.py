"""FiveM's pages: JSON over HTTP (docs.fivem.net, "Proxy setup")."""

from typing import Any, Final

from aiohttp import DummyCookieJar, InvalidURL, hdrs
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import async_create_clientsession
from homeassistant.util.json import json_loads
from yarl import URL

_MOST_BYTES: Final = 2**21
"""Enough for 2048 players, the most that a server takes, with all that is told of each."""


async def async_load_page(hass: HomeAssistant, host: str, port: int, name: str) -> Any:
    """Return what a page of a FiveM server says.

    A redirect is not followed: a game must not choose what else Home Assistant asks.

    Raises:
        InvalidURL: The host is none.
        ClientError: There is no answer.
        ValueError: The answer is no JSON, or does not end.
    """
    try:
        url = URL.build(scheme="http", host=host, port=port, path=f"/{name}.json")
    except ValueError as err:
        raise InvalidURL(host) from err
    # With the cookies of no other integration, for ports of one host share them.
    session = async_create_clientsession(hass, auto_cleanup=False, cookie_jar=DummyCookieJar())
    try:
        # What is small on the way may be expanded to anything.
        async with session.get(
            url, allow_redirects=False, auto_decompress=False, headers={hdrs.ACCEPT_ENCODING: "identity"}
        ) as response:
            data = bytearray()
            async for chunk in response.content.iter_chunked(64 * 1024):
                data += chunk
                if len(data) > _MOST_BYTES:
                    raise ValueError("the answer does not end")
    finally:
        session.detach()
    return json_loads(bytes(data))
