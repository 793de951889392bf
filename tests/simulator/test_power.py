"""Power as a panel of generation 1 tells it: frames, answers and log, in their order."""

import asyncio
import json
from pathlib import Path
from typing import Any, Final

import pytest

from simulator import Panel, Server, Session
from simulator.machine import PowerAction
from simulator.v1.refusals import ApiRefusal

from .client import Client, PanelMaker, Socket

STILL: Final = 0.001
"""A speed at which time passes only in `Machine.finish`, which keeps the order of all that happens."""

RECORDING: Final = Path(__file__).parents[1] / "fixtures" / "v1" / "power.txt"
AT_ONCE: Final = {"start": 0, "stop": 1, "restart": 1, "kill": 1, "report": 0}
"""How many statuses come before any time passes."""
ANSWERS: Final = {"start": "STARTING", "stop": "STOPPING", "restart": "STARTING", "kill": "STOPPED"}


def recorded() -> list[str]:
    """Return the recording of a real panel as lines for `Player.play`."""
    played: list[tuple[str, list[str]]] = []
    for line in RECORDING.read_text("utf-8").splitlines():
        match line.split():
            case ["#", *_]:
                continue
            case [_, "->", action]:
                played.append((action, []))
            case [_, status, "(the", "30", "s", "report)"]:
                played.append(("report", [status]))
            case [_, status, *_] if status.isupper():
                played[-1][1].append(status)
    lines = []
    for action, statuses in played:
        statuses.insert(AT_ONCE[action], "/")
        lines.append(f"{action}: {' '.join(statuses)}")
    return lines


class Player:
    """Plays lines of a script, and compares what a client sees.

    A line is an action, and the statuses that come of it; at the "/", neither its answer nor its entry in the activity
    log are there yet, and then the time passes that it needs. The API's own statuses are in brackets.
    """

    def __init__(self, client: Client, session: Session, server: Server, socket: Socket) -> None:
        self._client = client
        self._session = session
        self._socket = socket
        self._machine = client.panel.machine
        self._path = f"/api/servers/{server.id}"
        self._log: list[str] = []

    async def play(self, line: str) -> None:
        action, _, frames = line.partition(":")
        before, _, after = frames.replace("(", "").replace(")", "").rpartition("/")
        if action == "report":
            self._machine.report_now()
        else:
            answer = asyncio.create_task(self._client.post(f"{self._path}/{action}", self._session))
            await self._client.panel.wait_for(lambda panel: panel.requests[-1:] == [("POST", f"{self._path}/{action}")])
            await self.expect(before)
            assert not answer.done()
            assert await self.log() == self._log
            await self._machine.finish()
            reply = await answer
            assert (reply.status, reply.data) == (200, {"success": True, "status": ANSWERS[action]})
            self._client.panel.api.activity.finish()
            self._log.insert(0, f"server:power.{action}")
            assert await self.log() == self._log
        await self.expect(after)
        await self._socket.expect_nothing()

    async def expect(self, frames: str) -> None:
        statuses = frames.split()
        assert await self._socket.statuses(len(statuses)) == statuses

    async def log(self) -> list[str]:
        reply = await self._client.get(f"{self._path}/activity", self._session)
        return [entry["event"] for entry in reply.data["logs"]]


async def player(make: PanelMaker, status: str, **behaviour: Any) -> tuple[Player, Panel]:
    """Return a player about a server that begins in a status."""
    client = await make(speed=STILL)
    session = client.panel.create_session(client.panel.add_account("a@example.com", "p"))
    node = client.panel.add_node("n")
    server = client.panel.add_server("a", owner=session.account, node=node, status=status, **behaviour)
    socket = await client.subscribed_socket(session, server.id)
    return Player(client, session, server, socket), client.panel


async def test_recording(make: PanelMaker) -> None:
    recording, _ = await player(make, "STOPPED")
    lines = recorded()

    assert [line.partition(":")[0] for line in lines] == [
        "start",
        "kill",
        "start",
        "report",
        "stop",
        "start",
        "restart",
    ]
    for line in lines:
        await recording.play(line)


@pytest.mark.parametrize(
    ("status", "lines"),
    [
        ("STOPPED", ["stop: / STOPPED (STOPPING)", "report: / STOPPED"]),
        ("STOPPED", ["kill: / STOPPED"]),
        ("STOPPED", ["restart: / STARTING STARTING (STARTING) RUNNING RUNNING"]),
        ("STARTING", ["report: / RUNNING", "stop: STOPPING / STOPPED STOPPED (STOPPING)"]),
        ("STOPPING", ["report: / RUNNING"]),
    ],
)
async def test_sequences(make: PanelMaker, status: str, lines: list[str]) -> None:
    script, _ = await player(make, status)

    for line in lines:
        await script.play(line)


async def test_game_without_a_done_line(make: PanelMaker) -> None:
    """It is reported running first, then starting until the next report."""
    script, panel = await player(make, "STOPPED", done_line=False)

    await script.play("start: / RUNNING STARTING STARTING (STARTING)")
    await script.play("report: / RUNNING")

    assert [fact.what for fact in panel.machine.truth] == ["started"]


async def test_report_during_a_stop(client: Client, user: Session, server: Server) -> None:
    client.panel.machine.game(server.id).stop_time = 60
    socket = await client.subscribed_socket(user, server.id)
    stop = asyncio.create_task(client.post(f"/api/servers/{server.id}/stop", user))
    assert await socket.statuses(1) == ["STOPPING"]

    client.panel.machine.report_now()

    assert await socket.statuses(4) == ["RUNNING", "STOPPED", "STOPPED", "STOPPING"]
    assert (await stop).status == 200


async def test_each_report_moves_the_row(client: Client, user: Session, server: Server) -> None:
    before = server.fields["updatedAt"]
    client.panel.advance(1)

    client.panel.machine.report_now()

    assert server.fields["updatedAt"] > before


async def test_reports_come_by_themselves(make: PanelMaker) -> None:
    client = await make(report_interval=1)
    session = client.panel.create_session(client.panel.add_account("a@example.com", "p"))
    server = client.panel.add_server("a", owner=session.account, node=client.panel.add_node("n"))
    socket = await client.subscribed_socket(session, server.id)

    assert await socket.statuses(3) == ["RUNNING"] * 3
    await client.panel.machine.stop(server.id)
    assert await stopped(socket) == ["STOPPED"] * 2


async def stopped(socket: Socket) -> list[str]:
    """Wait until a stop is over; return the reports that follow."""
    while await socket.statuses(1) != ["STOPPED"]:
        pass
    await socket.statuses(1)
    return await socket.statuses(2)


@pytest.mark.parametrize("status", ["STARTING", "ERROR", "INSTALLING", "SUSPENDED", "HIBERNATING"])
async def test_what_is_set_by_hand_stays(make: PanelMaker, status: str) -> None:
    """Reports leave it out, and are a heartbeat of its node nevertheless, until something happens to it."""
    client = await make(report_interval=1)
    panel = client.panel
    session = panel.create_session(panel.add_account("a@example.com", "p"))
    node = panel.add_node("n")
    server = panel.add_server("a", owner=session.account, node=node)

    panel.set_status(server.id, status)
    node.heartbeat = None
    await panel.wait_for(lambda _: node.heartbeat is not None)
    assert server.status == status

    panel.set_status(server.id, "STOPPED")
    await panel.power(server.id, "start")
    await panel.wait_for(lambda _: server.status == "RUNNING")


async def test_report_by_hand_changes_no_truth(client: Client, user: Session, server: Server) -> None:
    socket = await client.subscribed_socket(user, server.id)

    client.panel.report(server.id, "ERROR")

    assert await socket.statuses(1) == ["ERROR"]
    assert (await client.get(f"/api/servers/{server.id}/stats", user)).data["state"] == "running"
    client.panel.machine.report_now()
    assert await socket.statuses(1) == ["RUNNING"]
    assert client.panel.machine.truth == []


async def test_set_status_is_one_frame_and_no_entry(client: Client, user: Session, server: Server) -> None:
    socket = await client.subscribed_socket(user, server.id)

    client.panel.set_status(server.id, "STOPPED")

    assert await socket.statuses(1) == ["STOPPED"]
    await socket.expect_nothing()
    assert (await client.get(f"/api/servers/{server.id}/activity", user)).data["logs"] == []
    assert (await client.get(f"/api/servers/{server.id}/stats", user)).data["state"] == "offline"


async def test_another_user(client: Client, user: Session, server: Server) -> None:
    """What somebody else does is told and logged like the client's own."""
    socket = await client.subscribed_socket(user, server.id)

    await client.panel.power(server.id, "stop")

    assert await socket.statuses(4) == ["STOPPING", "STOPPED", "STOPPED", "STOPPING"]
    await client.panel.wait_for(lambda panel: panel.api.activity.of(server.id))
    await client.panel.power(server.id, "start")
    with pytest.raises(ApiRefusal, match="Daemon error"):
        await client.panel.power(server.id, "start")


async def refusal(client: Client, user: Session, server: Server, call: str) -> str:
    """Return the daemon's own words out of the API's wrapping."""
    reply = await client.post(f"/api/servers/{server.id}/{call}", user, {"command": "say hi"})
    assert reply.status == 500
    assert list(reply.data) == ["error"]
    prefix = "Failed to communicate with daemon: Error: Daemon error: "
    assert reply.data["error"].startswith(prefix)
    body = json.loads(reply.data["error"].removeprefix(prefix))
    assert reply.data["error"] == prefix + json.dumps(body, separators=(",", ":"))
    return f"{body['error']}: {body['message']}"


async def test_wrapping(client: Client, user: Session, server: Server) -> None:
    reply = await client.post(f"/api/servers/{server.id}/start", user)

    text = r"{\"error\":\"Bad Request\",\"message\":\"Server is already running\"}"
    assert reply.status == 500
    assert reply.text == f'{{"error":"Failed to communicate with daemon: Error: Daemon error: {text}"}}'


@pytest.mark.parametrize(
    ("doing", "text"),
    [
        ("installing", "Conflict: Server is currently installing"),
        ("transferring", "Conflict: Server is currently transferring"),
        ("restoring", "Conflict: Server is currently restoring from backup"),
        ("suspended", "Forbidden: Server is suspended"),
    ],
)
async def test_refused_while_the_daemon_does_something_else(
    client: Client, user: Session, server: Server, doing: str, text: str
) -> None:
    setattr(client.panel.machine.game(server.id), doing, True)

    for call in ("start", "stop", "restart", "kill", "backups"):
        assert await refusal(client, user, server, call) == text


async def test_refused_by_what_the_server_is(client: Client, user: Session, server: Server) -> None:
    client.panel.set_status(server.id, "STOPPED")
    text = "Internal Server Error: Environment error: "

    assert await refusal(client, user, server, "command") == f"{text}Container not running"
    client.panel.machine.game(server.id).fails_to_start = True
    for action in ("start", "restart"):
        assert (await refusal(client, user, server, action)).startswith(text)
    client.panel.machine.game(server.id).containers = 0
    assert await refusal(client, user, server, "stop") == f"{text}Container not found: {server.id}"
    assert (await client.get(f"/api/servers/{server.id}/activity", user)).data["total"] == 0


@pytest.mark.parametrize("action", ["start", "stop", "restart", "kill"])
async def test_one_action_at_a_time(make: PanelMaker, action: PowerAction) -> None:
    """Nothing breaks off a stop, a kill neither; what another server does is its own matter."""
    client = await make(speed=0.01)
    panel = client.panel
    session = panel.create_session(panel.add_account("a@example.com", "p"))
    server, other = [panel.add_server(name, owner=session.account, node=panel.add_node(name)) for name in "ab"]
    stop = asyncio.create_task(client.post(f"/api/servers/{server.id}/stop", session))
    await panel.wait_for(lambda _: server.status == "STOPPING")

    assert await refusal(client, session, server, action) == "Conflict: Another power operation is in progress"

    assert (await client.post(f"/api/servers/{other.id}/command", session, {"command": "say hi"})).status == 200
    await panel.machine.finish()
    assert (await stop).status == 200


async def test_answer_that_takes_longer_than_the_api_waits(make: PanelMaker) -> None:
    """The API gives up after 5 minutes, the node does not."""
    client = await make(speed=1000)
    session = client.panel.create_session(client.panel.add_account("a@example.com", "p"))
    server = client.panel.add_server("a", owner=session.account, node=client.panel.add_node("n"))
    client.panel.machine.backup_time = 600

    reply = await client.post(f"/api/servers/{server.id}/backups", session)

    assert (reply.status, reply.data["error"]) == (500, "Failed to communicate with daemon: TypeError: fetch failed")
    game = client.panel.machine.game(server.id)
    assert not game.backups
    await client.panel.wait_for(lambda _: game.backups)


@pytest.mark.parametrize(("version", "seconds"), [("1.2.0", 600), ("newer", 60)])
async def test_stop_that_takes_too_long_is_killed(make: PanelMaker, version: str, seconds: float) -> None:
    client = await make(version=version, speed=2000)
    panel: Panel = client.panel
    server = panel.add_server("a", owner=panel.add_account("a@example.com", "p"), stop_time=10_000)
    began = panel.machine.now()

    await panel.machine.stop(server.id)

    assert seconds <= panel.machine.now() - began < 10_000
    assert server.status == "STOPPED"


async def test_activity_log(client: Client, user: Session, admin: Session, server: Server) -> None:
    path = f"/api/servers/{server.id}"
    await client.post(f"{path}/command", user, {"command": "say hi"})
    await client.post(f"{path}/backups", user)
    await client.post(f"{path}/kill", admin)
    await client.panel.wait_for(lambda panel: len(panel.api.activity.of(server.id)) == 3)

    page = (await client.get(f"{path}/activity?limit=2", user)).data
    rest = (await client.get(f"{path}/activity?limit=1000&offset=2", user)).data
    power = (await client.get(f"{path}/activity?event=server:power", user)).data

    assert [entry["event"] for entry in page["logs"]] == ["server:power.kill", "server:backup.create"]
    assert (page["total"], page["limit"], page["offset"]) == (3, 2, 0)
    (command,) = rest["logs"]
    assert (command["event"], command["metadata"]) == ("server:console.command", {"command": "say hi"})
    assert set(command) == {"id", "event", "ip", "metadata", "serverId", "userId", "timestamp"}
    assert (rest["limit"], rest["offset"]) == (100, 2)
    assert [entry["userId"] for entry in power["logs"]] == [admin.account.id]
    stranger = client.panel.create_session(client.panel.add_account("stranger@example.com", "p"))
    assert (await client.get(f"{path}/activity", stranger)).status == 403


async def test_stats(client: Client, user: Session, server: Server) -> None:
    path = f"/api/servers/{server.id}/stats"
    usual = {"is_installing": False, "is_transferring": False, "is_restoring": False}

    reply = await client.get(path, user)
    assert (reply.status, reply.data) == (200, {"state": "running"} | usual)
    client.panel.set_status(server.id, "INSTALLING")
    assert (await client.get(path, user)).data == {"state": "offline"} | usual | {"is_installing": True}
    assert server.node is not None
    client.panel.machine.lose_node(server.node.id)
    reply = await client.get(path, user)
    assert (reply.status, reply.data["error"]) == (500, "Failed to communicate with daemon: TypeError: fetch failed")


@pytest.mark.parametrize(("fails", "after"), [(False, "STOPPED"), (True, "ERROR")])
async def test_reinstall(client: Client, user: Session, server: Server, fails: bool, after: str) -> None:
    """It is answered at once and told by no event; reports call the server stopped meanwhile."""
    client.panel.machine.game(server.id).fails_to_install = fails
    client.panel.machine.game(server.id).install_time = 20
    socket = await client.subscribed_socket(user, server.id)

    reply = await client.post(f"/api/servers/{server.id}/reinstall", user)

    assert reply.data == {"success": True, "message": "Server reinstalling...", "status": "INSTALLING"}
    assert server.status == "INSTALLING"
    client.panel.machine.report_now()
    assert await socket.statuses(2) == ["STOPPED", after]


async def test_deleted_server_goes_no_further(client: Client, user: Session, server: Server) -> None:
    attempt = asyncio.create_task(client.post(f"/api/servers/{server.id}/restart", user))
    await client.panel.wait_for(lambda _: server.status == "STOPPING")

    client.panel.delete_server(server.id)

    assert (await attempt).status == 500
    client.panel.machine.report_now()
    assert server.status == "STOPPING"
