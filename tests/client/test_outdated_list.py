"""Generation 2's list of servers is older than what a server's node told before its socket was lost.

In virtual time, at the true pace of a real panel, through real sockets to a simulated one.
"""

import asyncio

from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.models import ServerStatus
from simulator import Panel
from simulator.machine import State
from simulator.virtual_time import run_in_virtual_time

from .live.notes import Notes
from .support import connected_client

SERVER = "00000000-0000-0000-0000-000000000001"


async def live_through_a_cut() -> tuple[list[ServerStatus | None], list[LifecycleEvent]]:
    """Return what is shown and told of a restart during which the list comes, a cut after it, and a crash."""
    panel = Panel(generation=2, limits=False, drain=0, seed=1)
    await panel.start()
    account = panel.add_account("alex@example.com", "correct horse", role="admin")
    # The list comes each 30 s, so once while it stops.
    panel.add_server(
        "Survival", owner=account, node=panel.add_node("Node 1"), server_id=SERVER, stop_time=29, ready_time=1
    )
    panel.machine.place(SERVER, State.RUNNING)
    try:
        async with connected_client(panel, account) as client:
            server = client.watch(SERVER)
            client.set_live(True)
            await asyncio.sleep(20)
            assert server.channel.state is LiveState.FED
            notes = Notes(server)
            await panel.power(SERVER, "restart")
            while notes.events != [LifecycleEvent.RESTARTED]:  # noqa: ASYNC110 - time is virtual
                await asyncio.sleep(0.1)
            assert server.channel.state is LiveState.FED
            panel.live.drop_clients()
            await asyncio.sleep(60)
            panel.machine.crash(SERVER)
            await asyncio.sleep(60)
            return notes.shown, notes.events
    finally:
        await panel.stop()


def test_what_the_node_told_last_outlasts_its_socket() -> None:
    seen: list[tuple[list[ServerStatus | None], list[LifecycleEvent]]] = []

    async def play() -> None:
        seen.append(await live_through_a_cut())

    run_in_virtual_time(play())
    shown, events = seen[0]
    assert events == [LifecycleEvent.RESTARTED, LifecycleEvent.CRASHED]
    assert shown.count(ServerStatus.STOPPING) == 1
