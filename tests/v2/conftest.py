"""Fixtures: a panel of generation 2, with a user who owns one server and shares another."""

from collections.abc import AsyncGenerator
from dataclasses import replace

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.timing import Timing
from simulator import Account, Node, Panel
from tests.common import entry_for
from tests.flows import EMAIL, PASSWORD

from .common import SHARED, SURVIVAL


@pytest.fixture
def timing() -> Timing:
    """How long the client waits: as usual, but that it asks and reconnects more often."""
    return replace(
        Timing(),
        first_reconnect=0.02,
        list_interval=0.5,
        list_interval_alone=0.5,
        live_settle=0.02,
        live_linger=0.1,
    )


@pytest.fixture
async def panel() -> AsyncGenerator[Panel]:
    """A running panel whose games are a hundred times faster."""
    panel = Panel(generation=2, limits=False, speed=100, drain=0)
    await panel.start()
    yield panel
    await panel.stop()


@pytest.fixture
def owner(panel: Panel) -> Account:
    """The first account of the panel, which is an admin."""
    return panel.add_account("admin@example.com", PASSWORD, role="admin")


@pytest.fixture
def node(panel: Panel) -> Node:
    """The node on the panel's own host."""
    return panel.add_node("Node 1")


@pytest.fixture
def account(panel: Panel, owner: Account, node: Node) -> Account:
    """A user who owns a server, and has access to another."""
    account = panel.add_account(EMAIL, PASSWORD, name="Alex")
    panel.add_server("Survival", owner=account, node=node, server_id=SURVIVAL)
    panel.add_server("Shared", owner=owner, node=node, server_id=SHARED, shared_with=[account])
    return account


@pytest.fixture
def entry(panel: Panel, account: Account) -> MockConfigEntry:
    """The user's entry, with both servers, not yet added."""
    servers = {SURVIVAL: "Survival", SHARED: "Shared"}
    return entry_for(panel, panel.create_session(account).cookie, account.id, servers, live=True)
