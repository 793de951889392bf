"""Fixtures: each generation in turn, with a user and two servers whose ids both take."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Literal

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.timing import Timing
from simulator import Account, Panel
from tests.common import TICK, SetUp, entry_for
from tests.flows import EMAIL, PASSWORD

from .common import CREATIVE, SPEED, SURVIVAL


@pytest.fixture(params=[1, 2])
def generation(request: pytest.FixtureRequest) -> Literal[1, 2]:
    """Which generation the panel is of."""
    generation: Literal[1, 2] = request.param
    return generation


@pytest.fixture
def timing() -> Timing:
    """The client keeps pace with the nodes; what this computer has to do has its usual time."""
    usual = Timing()
    return replace(
        usual.faster(SPEED),
        connect=usual.connect,
        request=usual.request,
        power=60.0,
        live_open=usual.live_open,
        live_answer=usual.live_answer,
        live_samples=5.0,
        first_reconnect=0.02,
        list_interval=0.5,
        list_interval_alone=0.5,
        stale=usual.stale,
        silence=usual.silence,
    )


@pytest.fixture
async def panel(generation: Literal[1, 2]) -> AsyncGenerator[Panel]:
    """A running panel of the generation."""
    panel = Panel(generation=generation, tick=TICK, limits=False, speed=SPEED, report_interval=None, drain=0)
    await panel.start()
    yield panel
    await panel.stop()


@pytest.fixture
def account(panel: Panel) -> Account:
    """A user of the panel who owns two servers on one node."""
    account = panel.add_account(EMAIL, PASSWORD, name="Alex")
    node = panel.add_node("Node 1", host="node1.example.com")
    panel.add_server("Survival", owner=account, node=node, server_id=SURVIVAL, status="RUNNING")
    panel.add_server("Creative", owner=account, node=node, server_id=CREATIVE, status="STOPPED")
    return account


@pytest.fixture
async def set_up(hass: HomeAssistant, panel: Panel, set_up: SetUp) -> SetUp:
    """Adds an entry and sets it up, and waits until the nodes tell of its servers where they do."""

    async def set_up_and_wait(entry: MockConfigEntry) -> None:
        await set_up(entry)
        if panel.generation == 2:
            servers = entry.runtime_data.panel.client.servers
            await panel.wait_for(lambda _: all(server.channel.state is LiveState.FED for server in servers))

    return set_up_and_wait


@pytest.fixture
def entry(panel: Panel, account: Account) -> MockConfigEntry:
    """The user's entry, with both servers, not yet added."""
    servers = {SURVIVAL: "Survival", CREATIVE: "Creative"}
    return entry_for(panel, panel.create_session(account).cookie, account.id, servers, live=True)
