"""The live sockets of generation 1: each node's daemon serves them at a port of its own."""

import base64
import json
from typing import Any

import aiohttp
import pytest
from yarl import URL

from simulator import Panel, Server, Session
from simulator.machine import State
from simulator.machine.machine import INSTALLER

from .client import PATIENCE, Client, PanelMaker


class LiveSocket:
    """An open live socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.raw = socket

    async def send(self, event: str, *args: object) -> None:
        await self.raw.send_json({"event": event, "args": list(args)})

    async def frame(self) -> tuple[str, Any]:
        message = await self.raw.receive(PATIENCE)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        content = message.json()
        assert list(content) == ["event", "args"]
        (argument,) = content["args"]
        return content["event"], argument

    async def next(self, *events: str) -> Any:
        """Return the argument of the next frame of these events."""
        while True:
            event, argument = await self.frame()
            if event in events:
                return argument

    async def end(self) -> int | None:
        while not self.raw.closed:
            await self.raw.receive(PATIENCE)
        return self.raw.close_code


@pytest.fixture
async def client(make: PanelMaker) -> Client:
    return await make(speed=10)


async def ticket(client: Client, server: Server, session: Session) -> dict[str, str]:
    reply = await client.get(f"/api/servers/{server.id}/console", session)
    assert reply.status == 200
    assert list(reply.data) == ["websocketUrl", "token"]
    return dict(reply.data)


async def open_live(client: Client, server: Server, session: Session, token: str | None = None) -> LiveSocket:
    given = await ticket(client, server, session)
    params = {"token": token or given["token"]}
    return LiveSocket(await client.connect(given["websocketUrl"], params=params))


def claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    content = json.loads(base64.urlsafe_b64decode(payload + "=="))
    assert isinstance(content, dict)
    return content


async def test_ticket(client: Client, user: Session, admin: Session, server: Server) -> None:
    given = await ticket(client, server, user)

    assert given["websocketUrl"].startswith("ws://127.0.0.1:")
    assert given["websocketUrl"].endswith(f"/api/servers/{server.id}/ws")
    said = claims(given["token"])
    assert list(said) == ["server_uuid", "user_id", "permissions", "iat", "exp"]
    assert said["exp"] - said["iat"] == 900
    assert said["permissions"] == [
        *("websocket.connect", "control.console", "control.start", "control.stop", "control.restart"),
    ]
    assert "admin.websocket.install" in claims((await ticket(client, server, admin))["token"])["permissions"]


async def test_ticket_is_refused(client: Client, user: Session, panel: Panel, server: Server) -> None:
    other = panel.create_session(panel.add_account("other@example.com", "p"))
    path = f"/api/servers/{server.id}/console"
    assert (await client.get(path, other)).status == 403
    assert (await client.get(path)).status == 401
    assert server.node is not None
    panel.set_node_online(server.node.id, heartbeat=False, column=False)

    reply = await client.get(path, user)

    assert (reply.status, reply.data) == (400, {"error": "Node is offline"})


async def test_order_of_the_first_frames(client: Client, user: Session, panel: Panel, server: Server) -> None:
    panel.machine.game(server.id).ready_time = 1
    await panel.machine.restart(server.id)
    await panel.machine.sleep(3)
    panel.live.pause_ticks = True
    socket = await open_live(client, server, user)

    assert await socket.frame() == ("auth success", {})
    assert await socket.frame() == ("status", {"state": "running"})
    event, history = await socket.frame()
    assert event == "console history"
    assert "Done" in history["lines"][-1]
    assert "Starting" in history["lines"][1]
    samples = [await socket.frame() for _ in range(2)]
    assert {event for event, _ in samples} == {"stats"}
    assert [sample["cpu_absolute"] == 0 for _, sample in samples] == [True, False]


async def test_old_samples_are_those_of_three_minutes(
    client: Client, user: Session, panel: Panel, server: Server
) -> None:
    panel.live.pause_ticks = True
    panel.machine.game(server.id).started_at -= 1000
    socket = await open_live(client, server, user)
    await socket.next("console history")

    await socket.send("send logs")

    count = 0
    while (await socket.frame())[0] == "stats":
        count += 1
    assert count == 180


async def test_stopped_server_has_no_past(client: Client, user: Session, panel: Panel, server: Server) -> None:
    panel.set_status(server.id, "STOPPED")
    socket = await open_live(client, server, user)
    assert await socket.next("status") == {"state": "offline"}

    await socket.send("send command", "say hi")

    message = {"message": "Failed to send command: Container not running"}
    assert await socket.frame() == ("error", message)


async def test_samples(client: Client, user: Session, panel: Panel, server: Server) -> None:
    socket = await open_live(client, server, user)

    sample = await socket.next("stats")

    assert list(sample) == [
        *("memory_bytes", "memory_limit_bytes", "cpu_absolute", "network", "uptime", "disk_bytes", "disk_limit_bytes"),
    ]
    assert (sample["uptime"], sample["memory_limit_bytes"]) == (0, 4096 * 1024**2)
    assert sample["disk_limit_bytes"] > sample["disk_bytes"] > 0
    panel.live.silent_servers = {server.id}
    await panel.live.tick_now()
    panel.live.silent_servers = set()
    await panel.live.tick_now()
    assert (await socket.next("stats"))["memory_bytes"] > 0


async def test_statuses_are_told_twice(client: Client, user: Session, panel: Panel, server: Server) -> None:
    socket = await open_live(client, server, user)
    assert await socket.next("status") == {"state": "running"}

    await socket.send("set state", "restart")

    states = [(await socket.next("status"))["state"] for _ in range(6)]
    assert states == ["stopping", "offline", "starting", "starting", "running", "running"]
    # By the daemon's own socket nothing is logged, and the panel's odd echo does not come.
    assert panel.api.activity.of(server.id) == []
    assert server.status == "RUNNING"


async def test_actions_wait_in_line(client: Client, user: Session, panel: Panel, server: Server) -> None:
    socket = await open_live(client, server, user)
    assert await socket.next("status") == {"state": "running"}

    await socket.send("set state", "stop")
    await socket.send("set state", "start")

    seen = [(await socket.next("status"))["state"] for _ in range(4)]
    assert seen == ["stopping", "offline", "offline", "starting"]


async def test_console(client: Client, user: Session, panel: Panel, server: Server) -> None:
    socket = await open_live(client, server, user)
    await socket.next("console history")

    # No echo, and chunks as they are.
    await socket.send("send command", "say hi")
    chunks = [await socket.next("console output")]
    panel.machine.print(server.id, "half \x1b[31m")
    chunks.append(await socket.next("console output"))
    assert [chunk["line"] for chunk in chunks] == ["[INFO]: [Server] hi\r\n", "half \x1b[31m"]
    assert all(chunk["timestamp"] > 1e12 for chunk in chunks)
    assert panel.machine.game(server.id).commands == ["say hi"]


@pytest.mark.parametrize(("version", "most"), [("newer", 130), ("1.2.0", 300)])
async def test_newer_daemons_drop_what_is_too_much(make: PanelMaker, version: str, most: int) -> None:
    client = await make(version=version, speed=0.001)
    account = client.panel.add_account("a@example.com", "p")
    server = client.panel.add_server("Survival", owner=account, node=client.panel.add_node("Node 1"))
    socket = await open_live(client, server, client.panel.create_session(account))
    await socket.next("console history")

    for number in range(300):
        client.panel.machine.print(server.id, f"line {number}\r\n")
    await socket.send("send logs")

    lines = 0
    while (await socket.frame())[0] == "console output":
        lines += 1
    assert most >= lines >= 120
    assert (lines == 300) is (version == "1.2.0")


@pytest.mark.parametrize(
    ("late", "message"), [(0, None), (905, "Token expired"), (961, "Invalid token")], ids=["good", "ended", "long ago"]
)
async def test_token_counts_only_at_the_beginning(
    client: Client, user: Session, panel: Panel, server: Server, late: float, message: str | None
) -> None:
    token = (await ticket(client, server, user))["token"]
    panel.advance(late)

    socket = await open_live(client, server, user, token)

    event, argument = await socket.frame()
    if message is None:
        assert event == "auth success"
        panel.advance(10_000)
        await socket.send("send command", "say still here")
        assert "still here" in (await socket.next("console output"))["line"]
    else:
        assert (event, argument) == ("jwt error", {"message": message})
        assert await socket.end() == 1006


async def test_bad_tokens(client: Client, user: Session, panel: Panel, server: Server) -> None:
    other = panel.add_server("Other", owner=user.account, node=server.node)
    foreign = (await ticket(client, other, user))["token"]

    for token, message in ((foreign, "Server UUID mismatch"), ("abc", "Invalid token")):
        socket = await open_live(client, server, user, token)
        assert await socket.frame() == ("jwt error", {"message": message})
        assert await socket.end() == 1006


async def test_what_no_daemon_upgrades(client: Client, user: Session, server: Server) -> None:
    url = URL((await ticket(client, server, user))["websocketUrl"]).with_scheme("http")

    async with client.http.get(url) as response:
        assert (response.status, response.content_type) == (400, "text/plain")
    async with client.http.get(url.with_path("/api/servers/nobody/ws")) as response:
        assert response.status == 404
        assert await response.json() == {"error": "Not Found", "message": "Server 'nobody' not found"}


async def test_member_may_do_all(client: Client, panel: Panel, server: Server) -> None:
    member = panel.add_account("member@example.com", "p")
    server.shared_with.append(member)
    socket = await open_live(client, server, panel.create_session(member))
    assert await socket.next("status") == {"state": "running"}

    await socket.send("set state", "kill")

    assert await socket.next("status") == {"state": "offline"}


async def test_node_that_cannot_be_reached(client: Client, user: Session, panel: Panel, server: Server) -> None:
    socket = await open_live(client, server, user)
    assert server.node is not None
    panel.machine.lose_node(server.node.id)
    assert await socket.end() == 1006

    with pytest.raises(aiohttp.ClientError):
        await open_live(client, server, user)

    panel.machine.restore_node(server.node.id)
    assert await (await open_live(client, server, user)).frame() == ("auth success", {})


async def test_no_samples_after_a_daemons_restart(client: Client, user: Session, panel: Panel, server: Server) -> None:
    assert server.node is not None
    await panel.machine.restart_daemon(server.node.id)
    socket = await open_live(client, server, user)
    assert await socket.next("console history")

    await panel.machine.sleep(5)
    await socket.send("send logs")

    # Nothing came before the answer.
    assert (await socket.frame())[0] == "console history"
    await panel.machine.restart(server.id)
    assert (await socket.next("stats"))["cpu_absolute"] == 0


async def test_socket_of_a_deleted_server_is_silent(
    client: Client, user: Session, panel: Panel, server: Server
) -> None:
    socket = await open_live(client, server, user)
    await socket.next("console history")

    panel.delete_server(server.id)

    await socket.send("set state", "start")
    await socket.send("send command", "say hi")
    await panel.live.tick_now()
    await panel.live.send_raw('{"event":"end","args":[null]}')
    while (await socket.frame())[0] != "end":
        pass


async def test_what_is_no_message_is_overlooked(client: Client, user: Session, panel: Panel, server: Server) -> None:
    socket = await open_live(client, server, user)
    await socket.next("console history")

    for text in ("", "no json", "[]", '{"event":"set state","args":["explode"]}', '{"event":"send stats"}'):
        await socket.raw.send_str(text)
    await socket.raw.send_bytes(b'{"event":"set state","args":["kill"]}')
    await socket.send("send logs")

    await socket.next("console history")
    assert panel.machine.game(server.id).state is State.RUNNING
    assert len(panel.live.received) == 4


async def test_stop_of_the_panel_ends_all(client: Client, user: Session, panel: Panel, server: Server) -> None:
    socket = await open_live(client, server, user)

    await panel.stop()

    assert await socket.end() == 1006
    await panel.start()
    await open_live(client, server, user)


async def test_install_is_told_line_by_line_to_admins_alone(
    client: Client, user: Session, admin: Session, panel: Panel, server: Server
) -> None:
    panel.set_status(server.id, "STOPPED")
    sockets = [await open_live(client, server, session) for session in (user, admin)]

    await panel.api.reinstall(server)

    theirs, ours = [], []
    while ("install completed", {"successful": True}) not in theirs:
        theirs.append(await sockets[0].frame())
    while ("install completed", {"successful": True}) not in ours:
        ours.append(await sockets[1].frame())
    assert {event for event, _ in theirs} == {"auth success", "status", "install completed"}
    assert [event for event, _ in ours if event.startswith("install")] == [
        *("install started", *["install output"] * len(INSTALLER), "install completed"),
    ]
    assert tuple(argument["line"] for event, argument in ours if event == "install output") == INSTALLER
    late = await open_live(client, server, admin)
    assert await late.next("install history") == {"lines": list(INSTALLER)}


async def test_failed_install(client: Client, user: Session, panel: Panel, server: Server) -> None:
    panel.set_status(server.id, "STOPPED")
    panel.machine.game(server.id).fails_to_install = True
    socket = await open_live(client, server, user)

    await panel.api.reinstall(server)

    assert await socket.next("install completed") == {"successful": False}


async def test_backups(client: Client, user: Session, panel: Panel, server: Server) -> None:
    socket = await open_live(client, server, user)
    path = f"/api/servers/{server.id}/backups"
    panel.machine.backups_fail = True
    assert (await client.post(path, user, {"uuid": "first"})).status == 500
    panel.machine.backups_fail = False

    reply = await client.post(path, user, {"uuid": "second"})

    # That one fails is not told.
    assert await socket.next("backup started", "backup completed") == {"uuid": "first"}
    assert await socket.next("backup started", "backup completed") == {"uuid": "second"}
    assert await socket.next("backup started", "backup completed") == {
        "uuid": "second",
        "successful": True,
        "checksum": reply.data["checksum"],
        "size": reply.data["size"],
    }


async def test_chat(client: Client, user: Session, panel: Panel, server: Server) -> None:
    panel.machine.live.chatter = 0.1
    socket = await open_live(client, server, user)

    text = ""
    while not all(
        part in text for part in (" joined the game\r\n", " left the game\r\n", "> ", "\x1b[33m[", "\x1b[0m")
    ):
        text += (await socket.next("console output"))["line"]
    await socket.send("send command", "list")

    while "players online" not in (line := (await socket.next("console output"))["line"]):
        pass
    assert f"There are {len(panel.machine.game(server.id).players)} of a max of 20" in line
