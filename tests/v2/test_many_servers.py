"""An account with as many live sockets as one may hold."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v2.daemon import DaemonV2
from simulator import Account, Node, Panel
from tests.common import SetUp, entry_for

HELD = DaemonV2.most_held


@pytest.fixture
def timing(timing: Timing) -> Timing:
    """Sockets are opened as fast as they can be."""
    return replace(timing, call_pace=0.0, live_pace=0.0)


async def test_panel_can_be_called_beside_all_live_sockets(
    hass: HomeAssistant, panel: Panel, account: Account, node: Node, set_up: SetUp
) -> None:
    """Home Assistant's own sessions share 100 connections to a host."""
    added = [panel.add_server(f"Server {number}", owner=account, node=node) for number in range(HELD)]
    servers = {server.id: str(server.fields["name"]) for server in added}
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, servers, live=True)
    await set_up(entry)
    client = entry.runtime_data.panel.client
    await panel.wait_for(lambda _: all(server.channel.state is LiveState.FED for server in client.servers), 30)

    assert servers.keys() <= {server.id for server in await client.load_servers()}
