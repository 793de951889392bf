"""Fixtures: panels and a raw client."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from simulator import Panel, Server, Session

from .client import Client, PanelMaker


# These two stand in for those of the folder above: a panel is tested without Home Assistant and the integration.
@pytest.fixture(autouse=True)
def _integration_and_sockets(socket_enabled: None) -> None:
    """Let the tests open sockets."""


@pytest.fixture(autouse=True)
def _quick_reconnects() -> None:
    """Leave the integration alone."""


@pytest.fixture
async def http() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


@pytest.fixture
async def make(http: aiohttp.ClientSession) -> AsyncIterator[PanelMaker]:
    async with PanelMaker(http) as maker:
        yield maker


@pytest.fixture
async def client(make: PanelMaker) -> Client:
    """A client of a panel without a tick of its own."""
    return await make()


@pytest.fixture
async def panel(client: Client) -> Panel:
    return client.panel


@pytest.fixture
async def user(panel: Panel) -> Session:
    return panel.create_session(panel.add_account("user@example.com", "password"))


@pytest.fixture
async def admin(panel: Panel) -> Session:
    return panel.create_session(panel.add_account("admin@example.com", "password", role="admin"))


@pytest.fixture
async def server(panel: Panel, user: Session) -> Server:
    node = panel.add_node("Frankfurt 1", host="fra1.example.com", location="Frankfurt")
    return panel.add_server("Survival", owner=user.account, node=node)
