"""Fixtures: a panel with a user and three servers, and Home Assistant with that user's entry."""

from collections.abc import AsyncGenerator, Generator
from dataclasses import replace
import random
from unittest.mock import patch

from homeassistant.core import HomeAssistant
from hypothesis import settings
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.syrupy import HomeAssistantSnapshotExtension
from syrupy.assertion import SnapshotAssertion

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DATA_TIMING
from simulator import Panel
from simulator.accounts import Account

from .common import SERVERS, TICK, Clock, SetUp, entry_for
from .virtual_time import clocks, pytest_asyncio_loop_factories, real_clocks

__all__ = ["clocks", "pytest_asyncio_loop_factories", "real_clocks"]

# The same examples in each run: `--hypothesis-profile=default` takes others.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Draw the same waits in each run, too."""
    random.seed(item.name)


@pytest.fixture(autouse=True)
def _integration_and_sockets(enable_custom_integrations: None, socket_enabled: None) -> None:
    """Let Home Assistant load ours, and let us talk to the simulator."""


@pytest.fixture(autouse=True)
async def enable_event_loop_debug() -> None:
    """Leave asyncio's debug mode off, unlike the harness: it takes two thirds of the time, and we use no threads."""


@pytest.fixture
def timing() -> Timing:
    """How long the client waits: as usual, but that it reconnects in milliseconds."""
    return replace(Timing(), first_reconnect=0.02)


@pytest.fixture(autouse=True)
def _quick_reconnects(hass: HomeAssistant, timing: Timing) -> None:
    """Let clients wait that long."""
    hass.data[DATA_TIMING] = timing


@pytest.fixture
async def panel() -> AsyncGenerator[Panel]:
    """A running panel that ticks every 50 ms, limits nothing, and whose games are a hundred times faster."""
    panel = Panel(tick=TICK, limits=False, speed=100, drain=0)
    await panel.start()
    yield panel
    await panel.stop()


@pytest.fixture
def account(panel: Panel) -> Account:
    """A user of the panel who owns three servers on one node."""
    account = panel.add_account("alex@example.com", "correct horse", name="Alex")
    node = panel.add_node("Node 1", host="node1.example.com", location="Frankfurt")
    for server_id, name in SERVERS.items():
        panel.add_server(name, owner=account, node=node, server_id=server_id, status="RUNNING")
    return account


@pytest.fixture
def snapshot(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Leave out of snapshots what differs from run to run."""
    return snapshot.use_extension(HomeAssistantSnapshotExtension)


@pytest.fixture
def entity_registry_enabled_by_default() -> Generator[None]:
    """Enable entities that are off by default."""
    with patch("homeassistant.helpers.entity.Entity.entity_registry_enabled_default", True):
        yield


@pytest.fixture
def entry(panel: Panel, account: Account) -> MockConfigEntry:
    """The user's entry, with all three servers, not yet added."""
    return entry_for(panel, panel.create_session(account).cookie, account.id, SERVERS)


@pytest.fixture
def clock(hass: HomeAssistant, panel: Panel) -> Clock:
    """Lets time pass."""
    return Clock(hass, panel)


@pytest.fixture
async def set_up(hass: HomeAssistant) -> AsyncGenerator[SetUp]:
    """Adds an entry and sets it up; unloads it before the panel stops."""
    entries: list[MockConfigEntry] = []

    async def set_up(entry: MockConfigEntry) -> None:
        entry.add_to_hass(hass)
        entries.append(entry)
        await hass.config_entries.async_setup(entry.entry_id)
        await hass.async_block_till_done()

    yield set_up
    for entry in entries:
        if hass.config_entries.async_get_entry(entry.entry_id) and entry.state.recoverable:
            await hass.config_entries.async_unload(entry.entry_id)
    await hass.async_block_till_done()
