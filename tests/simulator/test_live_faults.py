"""The faults of live sockets and of generation 2."""

import json

import pytest

from simulator import Panel, Server, Session
from simulator.demo_data import populate
from simulator.faults import FAULTS, clear_faults, describe, inject, is_fault
from simulator.live_faults import BURST, LIVE_FAULTS, LONG_LINE, V2_FAULTS
from simulator.machine import State

from .client import Client, PanelMaker
from .v2.live import LiveSocket, credentials, open_live, refused


@pytest.fixture
async def client(make: PanelMaker) -> Client:
    return await make(generation=2, speed=10)


@pytest.fixture
async def live(client: Client, user: Session, server: Server) -> LiveSocket:
    """An open live socket of a server that runs."""
    socket = await open_live(client, server, user)
    await socket.greeting()
    return socket


def test_names() -> None:
    names = [*FAULTS, *LIVE_FAULTS, *V2_FAULTS]

    assert len(set(names)) == len(names)
    assert all(is_fault(name) for name in names)
    assert all(f"\n{name} " in f"\n{describe()}" for name in names)


@pytest.mark.parametrize("generation", [1, 2])
@pytest.mark.parametrize("name", sorted(FAULTS | LIVE_FAULTS))
async def test_each_fault_begins_and_ends(make: PanelMaker, name: str, generation: int) -> None:
    client = await make(generation=generation, speed=1000, tls=name == "tls")
    populate(client.panel)

    await inject(client.panel, name)
    await clear_faults(client.panel)

    assert client.panel.running
    assert client.panel.network.delay == 0


@pytest.mark.parametrize("name", sorted(V2_FAULTS))
async def test_generation_1_knows_no_faults_of_generation_2(make: PanelMaker, name: str) -> None:
    client = await make(generation=2, speed=1000)
    accounts = populate(client.panel)
    session = client.panel.create_session(accounts.user)

    await inject(client.panel, name)
    await clear_faults(client.panel)

    assert (await client.get("/api/servers", session)).status == 200
    assert (await client.get("/daemon/healthz")).status == 200


async def test_refused_ticket(client: Client, user: Session, server: Server, live: LiveSocket) -> None:
    await inject(client.panel, "refused-ticket")

    assert await live.end() == 1006
    reply = await refused(client, server, (await credentials(client, server, user))["token"])
    assert (reply.status, reply.text) == (401, "invalid token: signature mismatch\n")
    await clear_faults(client.panel)
    await open_live(client, server, user)


async def test_lost_crash(client: Client, user: Session, panel: Panel, server: Server, live: LiveSocket) -> None:
    await inject(panel, "lost-crash")

    await live.send("nonsense")
    while '"daemon error"' not in (frame := await live.next()):
        assert "Server marked as offline" not in frame
        assert '"status"' not in frame
    assert panel.machine.game(server.id).state is State.OFFLINE
    assert await (await open_live(client, server, user)).state() == "offline"


async def test_burst(panel: Panel, live: LiveSocket) -> None:
    await inject(panel, "console-burst")

    await live.send("nonsense")
    count = 0
    while '"daemon error"' not in await live.next():
        count += 1
    assert 0 < count < BURST


async def test_half_lines(panel: Panel, live: LiveSocket) -> None:
    await inject(panel, "half-lines")

    for line in ("[INFO]: half a line", "[INFO]: green", "100 %"):
        await live.expect("console output", line)


async def test_long_line(panel: Panel, live: LiveSocket) -> None:
    await inject(panel, "long-line")

    (line,) = json.loads(await live.next())["args"]
    assert len(line) == LONG_LINE


async def test_zombie(client: Client, user: Session, panel: Panel, server: Server) -> None:
    await inject(panel, "zombie")

    socket = await open_live(client, server, user)
    assert await socket.state() == "running"
    assert not panel.machine.game(server.id).runs
    await socket.greeting()
    for _ in range(2):
        while "Done" not in await socket.next("console output"):
            pass
    await socket.send("set state", "stop")
    assert await socket.state() == "offline"


async def test_stuck_starting(panel: Panel, server: Server, live: LiveSocket) -> None:
    await inject(panel, "stuck-starting")

    assert [await live.state() for _ in range(2)] == ["offline", "starting"]
    await panel.wait_for(lambda _: not panel.machine.game(server.id).runs)
    await panel.machine.finish()
    assert panel.machine.game(server.id).state is State.STARTING
    assert server.status == "STARTING"


async def test_stale_list(client: Client, user: Session, panel: Panel, server: Server, live: LiveSocket) -> None:
    await inject(panel, "stale-list")

    panel.machine.crash(server.id)

    assert await live.state() == "offline"
    (row,) = (await client.get("/api/servers", user)).data["servers"]
    assert row["status"] == "running"


async def test_silent_power(panel: Panel, server: Server, live: LiveSocket) -> None:
    await inject(panel, "silent-power")

    await live.send("set state", "kill")
    await live.send("nonsense")

    assert "unknown event" in await live.next()
    assert panel.machine.game(server.id).runs
    assert panel.api.activity.of(server.id) == []


@pytest.mark.parametrize(
    ("name", "status", "kind"), [("daemon-page", 200, "text/html"), ("daemon-missing", 404, "text/plain")]
)
async def test_no_way_to_the_daemon(
    client: Client, user: Session, server: Server, live: LiveSocket, name: str, status: int, kind: str
) -> None:
    await inject(client.panel, name)

    assert await live.end() == 1006
    reply = await refused(client, server, (await credentials(client, server, user))["token"])
    assert (reply.status, reply.headers["Content-Type"].partition(";")[0]) == (status, kind)
    assert (await client.get("/daemon/healthz")).status == status


async def test_rights_of_subusers(client: Client, panel: Panel, server: Server) -> None:
    account = panel.add_account("sub@panel.test", "p")
    session = panel.create_session(account)
    server.shared_with.append(account)

    await inject(panel, "no-console")
    reply = await refused(client, server, (await credentials(client, server, session))["token"])
    assert reply.status == 403
    await clear_faults(panel)
    await inject(panel, "second-subuser")
    assert (await client.get(f"/api/servers/{server.id}", session)).status == 403


async def test_pending_install(client: Client, user: Session, panel: Panel, server: Server) -> None:
    await inject(panel, "pending-install")

    await panel.machine.finish()
    rows = (await client.get("/api/servers", user)).data["servers"]
    assert [row["installState"] for row in rows if row["name"] == "Pending"] == ["pending"]


async def test_forgotten_backups(client: Client, user: Session, panel: Panel, server: Server) -> None:
    await inject(panel, "forgotten-backups")

    await client.post(f"/api/servers/{server.id}/backups", user, {"name": "n"})
    await panel.machine.finish()

    assert [row["state"] for row in panel.backups] == ["pending"]
    assert panel.machine.game(server.id).backups
