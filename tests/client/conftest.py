"""Fixtures: a session as the integration makes it, a panel's calls, and servers that are no panel."""

from collections.abc import AsyncGenerator
import logging
from typing import Any

from aiohttp import ClientSession
from aiohttp.test_utils import RawTestServer
import pytest

from custom_components.stellarstack.client.auth import BetterAuth
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v1.rest import Rest
from simulator import Panel
from simulator.accounts import Account, Session as PanelSession
from tests.common import TICK

from .support import Handler, Serve, StartPanel, open_session


@pytest.fixture(autouse=True)
def _integration_and_sockets(socket_enabled: None, caplog: pytest.LogCaptureFixture) -> None:
    """Let us talk to the simulator and hear all that we log; there is no Home Assistant here."""
    caplog.set_level(logging.DEBUG, "custom_components")


@pytest.fixture(autouse=True)
def _quick_reconnects() -> None:
    """Leave the waiting times alone: each test gives its own."""


@pytest.fixture
async def session() -> AsyncGenerator[ClientSession]:
    """A session as the client wants one."""
    async with open_session(True) as session:
        yield session


@pytest.fixture
async def trusting_session() -> AsyncGenerator[ClientSession]:
    """The same without a look at certificates."""
    async with open_session(False) as session:
        yield session


@pytest.fixture
async def start_panel() -> AsyncGenerator[StartPanel]:
    """Starts a panel other than the usual one."""
    panels: list[Panel] = []

    async def start_panel(**options: Any) -> Panel:
        panel = Panel(**{"tick": TICK, "drain": 0} | options)
        await panel.start()
        panels.append(panel)
        return panel

    yield start_panel
    for panel in panels:
        await panel.stop()


@pytest.fixture
async def serve() -> AsyncGenerator[Serve]:
    """Starts a server that answers each request with the given handler; returns its URL."""
    servers: list[RawTestServer] = []

    async def serve(handler: Handler) -> str:
        server = RawTestServer(handler, host="127.0.0.1")
        await server.start_server(shutdown_timeout=0.1)
        servers.append(server)
        return str(server.make_url("")).rstrip("/")

    yield serve
    for server in servers:
        await server.close()


@pytest.fixture
def signed_in(panel: Panel, account: Account) -> PanelSession:
    """The panel's side of the account's session."""
    return panel.create_session(account)


@pytest.fixture
def credentials(signed_in: PanelSession) -> Credentials:
    """The account's cookie."""
    return Credentials(cookie=signed_in.cookie)


@pytest.fixture
def http(session: ClientSession, panel: Panel) -> Http:
    """Requests to the panel."""
    return Http(session, panel.url, Timing())


@pytest.fixture
def auth(http: Http) -> BetterAuth:
    """The panel's sign-in."""
    return BetterAuth(http, "/api/auth")


@pytest.fixture
def rest(http: Http, credentials: Credentials) -> Rest:
    """The panel's calls, with the account's cookie."""
    return Rest(http, credentials)
