"""The live sockets of generation 2: the upgrade, tokens, what is sent and what is lost."""

import itertools
import json

import aiohttp
import pytest

from simulator import Panel, Server, Session
from simulator.machine import State, What
from simulator.v2.api import PanelApiV2
from tests.simulator.client import Client, PanelMaker

from .live import open_live

QUESTION = "unknown event nonsense"


async def test_frames_are_written_as_go_does(client: Client, user: Session, running: Server) -> None:
    socket = await open_live(client, running, user)
    await socket.greeting()

    await socket.send("send command", "say <a> & b")

    assert await socket.next() == r'{"args":["say \u003ca\u003e \u0026 b"],"event":"console output"}'


async def test_history_is_short(client: Client, user: Session, panel: Panel, running: Server) -> None:
    for number in range(200):
        panel.machine.print(running.id, f"line {number}\r\n")

    lines = await (await open_live(client, running, user)).greeting()

    assert lines == [f"line {number}" for number in range(50, 200)]


async def test_lines_are_cleaned(client: Client, user: Session, panel: Panel, running: Server) -> None:
    socket = await open_live(client, running, user)
    await socket.greeting()

    for text in ("\x1b[32mgreen\x1b[0m \r\n", "\r\n", "  \n", "10 %\r50 %\r100 %\r\n", "a ", "half", " line\r\n"):
        panel.machine.print(running.id, text)

    for line in ("green", "100 %", "a half line"):
        await socket.expect("console output", line)


async def test_frames_above_64_are_lost(client: Client, user: Session, panel: Panel, running: Server) -> None:
    socket = await open_live(client, running, user)
    await socket.greeting()
    panel.pause_ticks = True

    for number in range(300):
        panel.machine.print(running.id, f"line {number}\r\n")
    panel.machine.crash(running.id)

    await socket.send("nonsense")
    frames = []
    while QUESTION not in (frame := await socket.text()):
        frames.append(frame)
    assert len(frames) == 64
    assert not any('"status"' in frame for frame in frames)
    # A new socket is told what is.
    assert await (await open_live(client, running, user)).state() == "offline"


@pytest.mark.parametrize(
    ("frame", "error"),
    [
        ('{"event":"auth","args":[]}', "auth: missing token"),
        ('{"event":"send command","args":[7]}', "send command: payload must be string"),
        ('{"event":7,"args":[]}', "malformed frame"),
        ('{"event":"set state","args":"start"}', "malformed frame"),
    ],
)
async def test_errors_that_are_not_recorded(
    client: Client, user: Session, server: Server, frame: str, error: str
) -> None:
    socket = await open_live(client, server, user)
    await socket.greeting()

    await socket.raw.send_str(frame)

    await socket.expect("daemon error", error)


async def test_long_messages_end_the_socket(client: Client, user: Session, server: Server) -> None:
    socket = await open_live(client, server, user)

    await socket.send("send command", "x" * 33_000)

    assert await socket.end() == 1009


async def test_line_break_is_two_commands(client: Client, user: Session, running: Server) -> None:
    socket = await open_live(client, running, user)
    await socket.greeting()

    await socket.send("send command", "say a\nsay b")

    for line in ("say a", "[INFO]: [Server] a", "say b", "[INFO]: [Server] b"):
        await socket.expect("console output", line)
    assert client.panel.commands == [(running.id, "say a"), (running.id, "say b")]


async def test_deleted_server_keeps_its_socket(client: Client, user: Session, panel: Panel, running: Server) -> None:
    socket = await open_live(client, running, user)
    await socket.greeting()

    panel.delete_server(running.id)

    assert (await socket.sample())["memory_limit_bytes"] == 4096 * 1024**2
    await socket.send("set state", "stop")
    await socket.send("send command", "say still here")
    await socket.expect("console output", "say still here")
    assert panel.machine.game(running.id).state is State.RUNNING


async def test_daemon_goes_on_without_the_api(
    client: Client, user: Session, panel: Panel, running: Server, api: PanelApiV2
) -> None:
    socket = await open_live(client, running, user)
    await socket.greeting()
    api.away = True

    for path in ("/api/servers", "/auth/ok"):
        reply = await client.get(path, user)
        assert (reply.status, reply.text) == (502, "")
        assert "X-Request-Id" not in reply.headers
    assert (await client.get("/anything")).status == 200
    await socket.send("set state", "stop")
    await socket.send("send command", "say hi")
    await socket.expect("console output", "say hi")
    panel.machine.crash(running.id)
    assert await socket.state() == "offline"

    api.away = False
    (row,) = (await client.get("/api/servers", user)).data["servers"]
    assert row["status"] == "running"
    assert panel.api.activity.of(running.id) == []


async def test_actions_wait_for_each_other_but_a_kill(
    client: Client, user: Session, panel: Panel, running: Server
) -> None:
    game = panel.machine.game(running.id)
    game.stop_time = 25
    socket = await open_live(client, running, user)
    assert await socket.state() == "running"

    for action in ("stop", "start", "kill"):
        await socket.send("set state", action)

    assert [await socket.state() for _ in range(4)] == ["stopping", "offline", "starting", "running"]
    await panel.machine.sleep(20)
    assert {What.KILLED, What.STARTED} == {fact.what for fact in panel.machine.truth}


async def test_stop_that_hangs_ends_after_30_seconds(
    client: Client, user: Session, panel: Panel, running: Server
) -> None:
    socket = await open_live(client, running, user)
    await socket.send("send command", "hang")
    await socket.send("set state", "stop")
    began = panel.machine.now()

    while await socket.state() != "offline":
        pass

    assert panel.machine.now() - began == pytest.approx(30, abs=0.01)


async def test_image_that_cannot_be_pulled(client: Client, user: Session, panel: Panel, server: Server) -> None:
    panel.machine.game(server.id).fails_to_start = True
    socket = await open_live(client, server, user)
    await socket.greeting()

    await socket.send("set state", "start")

    seen = [await socket.next() for _ in range(7)]
    assert [json.loads(frame)["args"][0] for frame in seen if '"status"' in frame] == ["starting", "offline"]
    assert "Failed to pull Docker container image" in "".join(seen)
    assert panel.machine.truth == []


async def test_reinstall_stops_what_runs(client: Client, user: Session, panel: Panel, running: Server) -> None:
    socket = await open_live(client, running, user)
    assert await socket.state() == "running"

    await client.post(f"/api/servers/{running.id}/reinstall", user)

    assert [await socket.state() for _ in range(2)] == ["stopping", "offline"]
    await panel.wait_for(lambda _: running.fields["installState"] == "succeeded")


async def test_start_is_possible_while_installing(client: Client, user: Session, panel: Panel, server: Server) -> None:
    panel.edit(server.id, status="INSTALLING")
    socket = await open_live(client, server, user)

    await socket.send("set state", "start")

    assert [await socket.state() for _ in range(2)] == ["offline", "starting"]


async def test_backups_are_told_in_the_console(client: Client, user: Session, panel: Panel, running: Server) -> None:
    socket = await open_live(client, running, user)
    await socket.greeting()

    await client.post(f"/api/servers/{running.id}/backups", user, {"name": "n2"})

    await socket.expect("console output", "[StellarStack Daemon]: Creating backup 'n2', this can take a while...")
    await socket.expect("console output", "[StellarStack Daemon]: Backup 'n2' complete (256.00 MB)")


async def test_samples_begin_near_zero(client: Client, user: Session, panel: Panel, server: Server) -> None:
    panel.machine.game(server.id).ready_time = 2.5
    socket = await open_live(client, server, user)

    await socket.send("set state", "start")
    samples = [await socket.sample() for _ in range(5)]

    assert [sample["cpu_absolute"] < 0.001 for sample in samples] == [True, False, True, False, False]
    assert [sample["state"] for sample in samples] == ["starting"] * 2 + ["running"] * 3
    for earlier, later in itertools.pairwise(samples):
        assert later["uptime_ms"] > earlier["uptime_ms"] > 0
        assert later["network"]["rx_bytes"] > earlier["network"]["rx_bytes"]
        assert later["network"]["tx_bytes"] > earlier["network"]["tx_bytes"]
    await panel.machine.kill(server.id)
    await panel.machine.start(server.id)
    assert (await socket.sample())["network"]["rx_bytes"] <= samples[0]["network"]["rx_bytes"] + 240


async def test_uptime_is_unknown_after_a_daemons_restart(
    client: Client, user: Session, panel: Panel, running: Server
) -> None:
    assert running.node is not None
    await panel.machine.restart_daemon(running.node.id)
    socket = await open_live(client, running, user)

    assert [(await socket.sample())["uptime_ms"] for _ in range(2)] == [0, 0]

    await panel.machine.kill(running.id)
    await panel.machine.start(running.id)
    assert (await socket.sample())["uptime_ms"] > 0


async def test_players_chat(client: Client, user: Session, panel: Panel, running: Server) -> None:
    panel.machine.live.chatter = 1
    socket = await open_live(client, running, user)
    await socket.greeting()

    assert "joined the game" in await socket.next("console output")
    await socket.send("send command", "list")
    while "max of 20 players online: " not in await socket.next("console output"):
        pass


async def test_time_passes_at_once_with_open_sockets(
    client: Client, user: Session, panel: Panel, running: Server
) -> None:
    socket = await open_live(client, running, user)
    await socket.greeting()

    await panel.machine.finish()

    # The samples go on.
    assert [(await socket.sample())["state"] for _ in range(2)] == ["running"] * 2


async def test_eula_that_nobody_accepted(client: Client, user: Session, panel: Panel, running: Server) -> None:
    socket = await open_live(client, running, user)
    await socket.greeting()

    panel.machine.print(running.id, "[WARN]: You need to agree to the EULA in order to run the server.\r\n")

    assert "You need to agree" in await socket.next()
    assert "the EULA has not been accepted" in await socket.next()
    assert await socket.next() == '{"args":["eula-required"],"event":"daemon error"}'


async def test_twin_has_the_same_live_sockets(
    make: PanelMaker, client: Client, user: Session, panel: Panel, running: Server
) -> None:
    twin = await make(generation=2, twin_of=panel)
    socket = await open_live(twin, running, user)
    await socket.greeting()

    assert (await socket.sample())["state"] == "running"


async def test_controls_of_open_sockets(client: Client, user: Session, panel: Panel, running: Server) -> None:
    socket = await open_live(client, running, user)
    await socket.greeting()
    panel.pause_ticks = True

    await panel.tick_now()
    await socket.sample()
    await panel.send_raw('{"args":["x"],"event":"new"}', running.id)
    assert await socket.next("new")
    assert panel.received == panel.live.received == [{"event": "nonsense", "args": []}]
    panel.silent_servers = {running.id}
    await panel.tick_now()
    await panel.send_raw("last")
    assert await socket.text() == "last"
    panel.drop_clients(1001)
    assert await socket.end() == 1001


async def test_close_of_the_client_is_answered(client: Client, user: Session, panel: Panel, running: Server) -> None:
    socket = await open_live(client, running, user)

    await socket.raw.close()

    assert socket.raw.close_code == aiohttp.WSCloseCode.OK
    await panel.wait_for(lambda panel: not panel.connections)
