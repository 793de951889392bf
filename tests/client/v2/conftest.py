"""Fixtures: a panel that gives the answers of a real one, and its calls."""

from aiohttp import ClientSession
import pytest

from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v2.rest import Rest
from tests.client.support import Serve

from .recorded import COOKIE, RecordedPanel


@pytest.fixture
async def recorded_panel(serve: Serve) -> RecordedPanel:
    """A panel with the answers of a real one."""
    panel = RecordedPanel()
    panel.url = await serve(panel.handle)
    return panel


@pytest.fixture
def credentials() -> Credentials:
    """The account's cookie."""
    return Credentials(cookie=COOKIE)


@pytest.fixture
def http(session: ClientSession, recorded_panel: RecordedPanel) -> Http:
    """Requests to the panel."""
    return Http(session, recorded_panel.url, Timing())


@pytest.fixture
def rest(http: Http, credentials: Credentials) -> Rest:
    """The panel's calls, with the account's cookie."""
    return Rest(http, credentials)
