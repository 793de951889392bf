"""Fixtures: a panel that gives the answers of a real one, and its calls."""

from collections.abc import AsyncGenerator

from aiohttp import ClientSession
import pytest

from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v2.rest import Rest
from tests.client.support import Serve

from .recorded import COOKIE, RecordedPanel
from .rig import QUICK, ListRig, MakeRig


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


@pytest.fixture
async def make_rig(session: ClientSession, recorded_panel: RecordedPanel) -> AsyncGenerator[MakeRig]:
    """Makes a feed, not yet running, that asks in milliseconds."""
    rigs: list[ListRig] = []

    def make_rig(timing: Timing = QUICK, cookie: str | None = COOKIE, rig: type[ListRig] = ListRig) -> ListRig:
        rigs.append(rig(session, recorded_panel, cookie, timing))
        return rigs[-1]

    yield make_rig
    for rig in rigs:
        await rig.end()


@pytest.fixture
def rig(make_rig: MakeRig) -> ListRig:
    """A feed with the account's cookie."""
    return make_rig()
