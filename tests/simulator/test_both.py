"""What means the same in both generations has the same name."""

import json

import pytest

from simulator import Panel, Server, Session
from simulator.demo_data import populate
from simulator.machine import State, What
from simulator.machine.truth import RESTART_WINDOW
from simulator.random_events import RandomEvents

from .client import Client, PanelMaker


@pytest.fixture(params=[1, 2], ids=["generation 1", "generation 2"])
async def client(make: PanelMaker, request: pytest.FixtureRequest) -> Client:
    return await make(generation=request.param, speed=1000)


async def _status(client: Client, session: Session, server: Server) -> str:
    """Return the status of a server by REST, in generation 1's words."""
    reply = await client.get(f"/api/servers/{server.id}", session)
    if client.panel.generation == 1:
        return str(reply.data["status"])
    status = str(reply.data["server"]["status"])
    return {"offline": "STOPPED"}.get(status, status.upper())


@pytest.mark.parametrize("status", ["RUNNING", "STOPPED", "STARTING", "STOPPING"])
async def test_status(client: Client, user: Session, panel: Panel, server: Server, status: str) -> None:
    panel.set_status(server.id, status)
    assert await _status(client, user, server) == status

    panel.report(server.id, "RUNNING")
    assert await _status(client, user, server) == "RUNNING"
    assert panel.machine.game(server.id).runs is (status != "STOPPED")


async def test_edits(client: Client, user: Session, panel: Panel, server: Server) -> None:
    panel.edit(server.id, name="Renamed", suspended=True, backupLimit=7)

    data = (await client.get(f"/api/servers/{server.id}", user)).data
    row = data if panel.generation == 1 else data["server"]
    assert (row["name"], row["suspended"], row["backupLimit"]) == ("Renamed", True, 7)


@pytest.mark.parametrize(
    ("actions", "facts"),
    [
        (["stop"], [What.STOPPED]),
        (["stop", "start"], [What.RESTARTED]),
        (["restart"], [What.RESTARTED]),
        (["kill"], [What.KILLED]),
        (["kill", "start", "restart"], [What.KILLED, What.STARTED, What.RESTARTED]),
    ],
)
async def test_power(user: Session, panel: Panel, server: Server, actions: list[str], facts: list[What]) -> None:
    game = panel.machine.game(server.id)
    for action in actions:
        await panel.power(server.id, action)  # type: ignore[arg-type] # a parameter's text
        await panel.wait_for(lambda _: game.state in {State.RUNNING, State.OFFLINE})

    await panel.machine.sleep(RESTART_WINDOW + 1)
    assert [fact.what for fact in panel.machine.truth] == facts
    await panel.wait_for(lambda panel: len(panel.api.activity.of(server.id)) >= len(actions))


@pytest.mark.parametrize(("code", "what"), [(1, What.CRASHED), (0, What.EXITED)])
async def test_exit(client: Client, user: Session, panel: Panel, server: Server, code: int, what: What) -> None:
    panel.machine.crash(server.id, code)

    assert [fact.what for fact in panel.machine.truth] == [what]
    assert await _status(client, user, server) == "STOPPED"


async def test_live_socket(client: Client, user: Session, panel: Panel, server: Server) -> None:
    path = f"/api/servers/{server.id}"
    if panel.generation == 1:
        ticket = (await client.get(f"{path}/console", user)).data
        url = ticket["websocketUrl"]
    else:
        ticket = (await client.post(f"{path}/credentials", user)).data
        url = ticket["wsUrl"]
    socket = await client.connect(url, params={"token": ticket["token"]})
    events: set[str] = set()
    await socket.send_json({"event": "send command", "args": ["say hi"]})
    while not {"auth success", "status", "stats", "console output"} <= events:
        events.add(json.loads(await socket.receive_str())["event"])

    panel.set_status(server.id, "STOPPED")
    while (frame := json.loads(await socket.receive_str()))["event"] != "status":
        pass
    assert frame["args"] in (["offline"], [{"state": "offline"}])
    assert panel.live.received == [{"event": "send command", "args": ["say hi"]}]
    panel.live.drop_clients()
    await panel.wait_for(lambda panel: not panel.live.connections)
    await socket.close()


async def test_node(panel: Panel, server: Server) -> None:
    assert server.node is not None
    panel.set_node_online(server.node.id, heartbeat=False)
    assert not panel.machine.is_reachable(server.node.id)

    panel.set_node_online(server.node.id, heartbeat=True)
    assert panel.machine.is_reachable(server.node.id)


@pytest.mark.parametrize("generation", [1, 2])
async def test_random_events(generation: int) -> None:
    panel = Panel(generation=generation, speed=10_000, report_interval=None)  # type: ignore[arg-type] # 1 or 2
    populate(panel)
    events = RandomEvents(panel, seed=1)

    for _ in range(300):
        events.step()
        await panel.machine.finish()
        await events.settle()
        await panel.machine.finish()
    await panel.machine.sleep(RESTART_WINDOW + 1)

    panel.api.activity.finish()
    assert {"started", "stopped", "restarted", "crashed", "killed"} == {fact.what for fact in panel.machine.truth}
