"""Fixtures: a panel of generation 2 with a server."""

import pytest

from simulator import Node, Panel, Server, Session
from simulator.v2.api import PanelApiV2
from tests.simulator.client import Client, PanelMaker

UUID = "a9e2e911-465b-4c5c-828a-88780d52b184"


@pytest.fixture
async def client(make: PanelMaker) -> Client:
    """A client of a panel whose nodes are ten times as fast as in the field."""
    return await make(generation=2, speed=10)


@pytest.fixture
async def node(panel: Panel) -> Node:
    """The node on the panel's own host."""
    return panel.add_node("node-a")


@pytest.fixture
async def server(panel: Panel, user: Session, node: Node) -> Server:
    return panel.add_server("Signal", owner=user.account, node=node, server_id=UUID, status="STOPPED")


@pytest.fixture
async def api(panel: Panel) -> PanelApiV2:
    assert isinstance(panel.api, PanelApiV2)
    return panel.api


@pytest.fixture
async def running(panel: Panel, server: Server) -> Server:
    panel.set_status(server.id, "RUNNING")
    return server
