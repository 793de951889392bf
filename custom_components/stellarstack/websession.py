"""HTTP sessions for panels, which keep no cookies and follow no redirects."""

import socket
from typing import override

from aiohttp import ClientSession, DummyCookieJar, TCPConnector, hdrs
from aiohttp.abc import AbstractResolver, ResolveResult
from homeassistant.core import HomeAssistant
from homeassistant.helpers.aiohttp_client import (
    SERVER_SOFTWARE,
    HomeAssistantTCPConnector,
    async_create_clientsession,
    async_get_clientsession,
)
from homeassistant.util.ssl import get_default_context, get_default_no_verify_context

from .client.detect import refuse_redirects


def create_websession(hass: HomeAssistant, verify_ssl: bool) -> ClientSession:
    """Return an HTTP session for a few calls.

    Its owner must detach it.
    """
    return async_create_clientsession(
        hass, verify_ssl, auto_cleanup=False, cookie_jar=DummyCookieJar(), middlewares=(refuse_redirects,)
    )


def create_connection_session(hass: HomeAssistant, verify_ssl: bool) -> ClientSession:
    """Return an HTTP session for an entry's connection.

    Its owner must close it. Home Assistant's own sessions share 100 connections to a host. The live sockets of one
    account can take them all; then every further call to that panel would wait without an end.
    """
    connector = TCPConnector(
        ssl=get_default_context() if verify_ssl else get_default_no_verify_context(),
        limit=0,
        # Home Assistant's connector, which resolves names, has a cache.
        use_dns_cache=False,
        resolver=_Resolver(hass, verify_ssl),
    )
    return ClientSession(
        connector=connector,
        cookie_jar=DummyCookieJar(),
        headers={hdrs.USER_AGENT: SERVER_SOFTWARE},
        middlewares=(refuse_redirects,),
    )


class _Resolver(AbstractResolver):
    """Home Assistant's resolver, which also knows names of the local network."""

    def __init__(self, hass: HomeAssistant, verify_ssl: bool) -> None:
        connector = async_get_clientsession(hass, verify_ssl).connector
        assert isinstance(connector, HomeAssistantTCPConnector)
        self._connector = connector

    @override
    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._connector.async_resolve_host(host)
        return [ResolveResult({**each, "port": port}) for each in found]

    @override
    async def close(self) -> None:
        pass  # it is Home Assistant's
