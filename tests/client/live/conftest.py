"""Fixtures: a panel with live sockets, and a client that watches its servers."""

from collections.abc import AsyncGenerator

from aiohttp import ClientSession
import pytest

from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.timing import Timing
from tests.client.support import Serve, until
from tests.client.v2.recorded import COOKIE, SURVIVAL

from .notes import Notes
from .panel import LivePanel

QUICK = Timing(
    list_interval=0.3,
    list_interval_alone=0.1,
    first_reconnect=0.02,
    live_settle=0.05,
    live_pace=0.001,
    live_review=0.01,
    live_reconnect=0.1,
    live_answer=0.5,
    live_stop=0.5,
    live_refusal=0.3,
    live_linger=0.5,
    live_open=2.0,
    console_batch=0.02,
    renewal_jitter=0.0,
    renewal_retry=0.05,
    evidence_delay=0.05,
    down=0.3,
)


@pytest.fixture
def timing() -> Timing:
    """Waiting times for which no test has to wait."""
    return QUICK


@pytest.fixture
async def panel(serve: Serve) -> LivePanel:
    """A panel whose server runs."""
    panel = LivePanel()
    panel.url = await serve(panel.handle)
    return panel


@pytest.fixture
async def client(session: ClientSession, panel: LivePanel, timing: Timing) -> AsyncGenerator[StellarStackClient]:
    """A client of the panel, not yet connected."""
    client = StellarStackClient(session, panel.url, Credentials(cookie=COOKIE), lambda state, reason: None, timing)
    yield client
    await client.close()


@pytest.fixture
async def notes(client: StellarStackClient) -> Notes:
    """What a client that is connected and live tells of a server."""
    await client.connect()
    server = client.watch(SURVIVAL)
    await until(lambda: server.live)
    client.set_live(True)
    return Notes(server)
