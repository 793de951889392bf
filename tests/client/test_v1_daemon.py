"""The dialect of generation 1, and a client whose panel sends it to the nodes themselves."""

import asyncio
import base64
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiohttp import ClientSession, WSMsgType, web
from hypothesis import given
import orjson
import pytest

from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import (
    AuthenticationError,
    NodeOfflineError,
    NotThePanelError,
    StellarStackError,
)
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.messages import (
    LiveAccepted,
    LiveMessage,
    LiveOutput,
    LiveSample,
    LiveStatus,
    LiveTicketRefused,
)
from custom_components.stellarstack.client.models import ServerStatus
from custom_components.stellarstack.client.panel import Right
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v1.daemon import DaemonV1
from custom_components.stellarstack.client.v1.rest import Rest
from simulator import Panel
from simulator.accounts import Session

from .live.notes import Notes
from .support import JSON, Serve, StartPanel, at_random, our_tasks, until, wire

CONSOLE = "/api/servers/srv/console"
ACCEPTED: tuple[str, Any] = ("auth success", {})
STOPPED, STARTING, RUNNING, STOPPING = (
    ServerStatus.STOPPED,
    ServerStatus.STARTING,
    ServerStatus.RUNNING,
    ServerStatus.STOPPING,
)
QUICK = replace(
    Timing().faster(20),
    request=10.0,
    cookie_grace=3.0,
    connect=30.0,
    ticket_pace=0.1,
    live_settle=0.05,
    live_unreachable=0.3,
)


def token(lifetime: int = 900) -> str:
    """Return a ticket."""
    claims = orjson.dumps({"server_uuid": "srv", "iat": 5000, "exp": 5000 + lifetime})
    return f"secret.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.signature"


def sample(**values: Any) -> tuple[str, Any]:
    """Return the frame of a sample."""
    usage = {
        "memory_bytes": 64 * 1024 * 1024,
        "memory_limit_bytes": 0,
        "cpu_absolute": 12.5,
        "network": {"rx_bytes": 10, "tx_bytes": 20},
        "uptime": 0,
        "disk_bytes": 5 * 1024 * 1024,
        "disk_limit_bytes": 0,
    }
    return "stats", usage | values


def state(name: str) -> tuple[str, Any]:
    """Return the frame that tells a status."""
    return "status", {"state": name}


class DaemonNode:
    """The node of a server.

    Attributes:
        greeting: What a new socket is told.
        upgrades: The path, with the token, of each attempt.
        cookies: The cookies that came with them.
        sockets: Those that are open.
        closed: With which code each was closed.
    """

    def __init__(self) -> None:
        self.greeting: list[tuple[str, Any]] = [ACCEPTED, state("running")]
        self.upgrades: list[str] = []
        self.cookies: list[str | None] = []
        self.sockets: list[web.WebSocketResponse] = []
        self.closed: list[int | None] = []

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        self.upgrades.append(request.path_qs)
        self.cookies.append(request.headers.get("Cookie"))
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        self.sockets.append(ws)
        for event, value in self.greeting:
            await ws.send_str(orjson.dumps({"event": event, "args": [value]}).decode())
        async for message in ws:
            assert message.type is not WSMsgType.TEXT
        self.sockets.remove(ws)
        self.closed.append(ws.close_code)
        return ws

    async def say(self, *frames: tuple[str, Any]) -> None:
        for ws in tuple(self.sockets):
            for event, value in frames:
                await ws.send_str(orjson.dumps({"event": event, "args": [value]}).decode())


@pytest.fixture
def daemon(session: ClientSession, panel: Panel, credentials: Credentials) -> DaemonV1:
    """The dialect, with the account's cookie."""
    http = Http(session, panel.url, Timing(ticket_pace=0.05))
    return DaemonV1(http, Rest(http, credentials))


def decode(event: str, *args: Any) -> LiveMessage | None:
    """Return what a frame says."""
    return DaemonV1.__new__(DaemonV1).decode(wire({"event": event, "args": args}))


# Tickets.


@pytest.mark.parametrize(
    ("url", "address"),
    [
        ("ws://node1.example.com:8080/api/servers/srv/ws", "ws://node1.example.com:8080/api/servers/srv/ws"),
        ("wss://192.0.2.7/api/servers/srv/ws", "wss://192.0.2.7/api/servers/srv/ws"),
        ("ws://localhost:8080/api/servers/srv/ws", "ws://127.0.0.1:8080/api/servers/srv/ws"),
        ("ws://0.0.0.0:8080/ws", "ws://127.0.0.1:8080/ws"),
        ("wss://[::1]:8080/ws", "wss://127.0.0.1:8080/ws"),
        ("ws://node1.example.com/ws?token=other#here", "ws://node1.example.com/ws"),
    ],
)
async def test_ticket(daemon: DaemonV1, panel: Panel, url: str, address: str) -> None:
    panel.fail(CONSOLE, 200, {"websocketUrl": url, "token": token(300)})

    ticket = await daemon.ticket("srv", lambda: False)

    assert ticket.urls == (address,)
    assert (ticket.lifetime, ticket.rights) == (300, frozenset(Right))
    assert "secret" not in repr(ticket)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"error": "Node is offline"}, NodeOfflineError),
        (401, {"error": "Unauthorized"}, AuthenticationError),
        (200, {"websocketUrl": "ws://localhost/ws"}, NotThePanelError),
        (200, {"websocketUrl": "http://localhost/ws", "token": "secret"}, NotThePanelError),
        (200, {"websocketUrl": "ws://me@localhost/ws", "token": "secret"}, NotThePanelError),
        (200, {"websocketUrl": "ws://[", "token": "secret"}, NotThePanelError),
        (200, [], NotThePanelError),
    ],
)
async def test_no_ticket(
    daemon: DaemonV1, panel: Panel, status: int, body: object, error: type[StellarStackError]
) -> None:
    panel.fail(CONSOLE, status, body)

    with pytest.raises(error) as raised:
        await daemon.ticket("srv", lambda: False)

    assert "secret" not in str(raised.value)


async def test_tickets_are_asked_for_one_after_the_other(daemon: DaemonV1, panel: Panel) -> None:
    panel.fail(CONSOLE, 200, {"websocketUrl": "ws://node1.example.com/ws", "token": token()})
    loop = asyncio.get_running_loop()
    started = loop.time()

    await asyncio.gather(*(daemon.ticket("srv", lambda: False) for _ in range(5)))

    assert loop.time() - started == pytest.approx(4 * 0.05, abs=1e-3)


# Frames.


@pytest.mark.parametrize(
    ("event", "args", "message"),
    [
        ("auth success", [{}], LiveAccepted()),
        ("jwt error", [{"message": "Invalid token"}], LiveTicketRefused()),
        ("status", [{"state": "offline"}], LiveStatus(STOPPED)),
        ("status", [{"state": "new"}], LiveStatus(None)),
        ("console output", [{"line": "half a li", "timestamp": 5}], LiveOutput("half a li")),
        (
            "console history",
            [{"lines": ["one", "two\r\n", 5, "three"]}],
            LiveOutput("one\ntwo\r\nthree\n", is_past=True),
        ),
        (
            *sample(),
            LiveSample(cpu=12.5, memory=64 * 1024 * 1024, disk=5 * 1024 * 1024, received=10, sent=20),
        ),
        ("stats", [{"cpu_absolute": -1, "memory_bytes": "5", "network": [], "disk_bytes": True}], LiveSample()),
        ("install output", [{"line": "x"}], None),
        ("status", ["offline"], None),
        ("stats", [], None),
    ],
)
def test_frame(event: str, args: Any, message: LiveMessage | None) -> None:
    assert decode(event, *(args if isinstance(args, list) else [args])) == message


@at_random
@given(JSON)
def test_any_json_is_read_or_skipped(value: Any) -> None:
    for event in ("stats", "status", "console output", "console history", "jwt error", "auth success", "other"):
        for args in (value, {"state": value, "line": value, "lines": [value], "network": value, "disk_bytes": value}):
            decode(event, args)


# A client.


@pytest.fixture
async def panel(request: pytest.FixtureRequest, start_panel: StartPanel) -> Panel:
    """The usual panel, or one with the options that a test names."""
    return await start_panel(**{"limits": False, "speed": 100} | getattr(request, "param", {}))


@pytest.fixture
async def node(serve: Serve, panel: Panel) -> DaemonNode:
    """The node of the panel's server, which is on the panel's own host."""
    node = DaemonNode()
    url = (await serve(node.handle)).replace("http://127.0.0.1", "ws://localhost")
    panel.fail(CONSOLE, 200, {"websocketUrl": f"{url}/api/servers/srv/ws", "token": token()})
    return node


@pytest.fixture
def timing() -> Timing:
    """How long the client waits."""
    return QUICK


@pytest.fixture
async def client(
    session: ClientSession, panel: Panel, signed_in: Session, timing: Timing
) -> AsyncGenerator[StellarStackClient]:
    """A client that is connected."""
    panel.add_server("Survival", owner=signed_in.account, node=panel.add_node("Node 2"), server_id="srv")
    client = StellarStackClient(
        session, panel.url, Credentials(cookie=signed_in.cookie), lambda state, reason: None, timing
    )
    await client.connect()
    yield client
    await client.close()


type Watch = Callable[[], Awaitable[Notes]]


@pytest.fixture
def watch(client: StellarStackClient) -> Watch:
    """Watches the server and wants it live."""

    async def watch() -> Notes:
        server = client.watch("srv")
        await until(lambda: server.live)
        client.set_live(True)
        return Notes(server)

    return watch


async def test_running_server_is_live(panel: Panel, node: DaemonNode, watch: Watch) -> None:
    node.greeting += [sample(cpu_absolute=float(cpu)) for cpu in range(1, 181)]
    notes = await watch()
    await until(lambda: notes.samples)
    # Of the past, which bears no time, only the last sample counts.
    assert [usage.cpu for usage in notes.samples] == [180.0]
    usage = notes.server.channel.usage
    assert usage is not None
    assert (usage.memory, usage.disk, usage.started_at) == (64.0, 5.0, None)

    await node.say(("console output", {"line": "half a "}), ("console output", {"line": "line\r\nand "}))
    await until(lambda: notes.new_lines)

    assert notes.new_lines == ["half a line"]
    # No credentials but the ticket go to a node, and an open socket needs no other.
    assert node.cookies == [None]
    assert node.upgrades == [f"/api/servers/srv/ws?token={token()}"]
    assert panel.requests.count(("GET", CONSOLE)) == 1


async def test_past_that_is_long_on_its_way(node: DaemonNode, watch: Watch) -> None:
    notes = await watch()
    await until(lambda: notes.server.channel._settled)
    await node.say(("console history", {"lines": ["one", "two"]}), ("console output", {"line": "three\n"}))
    await until(lambda: notes.new_lines)

    assert notes.new_lines == ["three"]
    assert notes.server.channel.lines() == ["one", "two", "three"]


async def test_server_that_runs_without_samples_runs(node: DaemonNode, watch: Watch) -> None:
    notes = await watch()
    await notes.reaches(LiveState.FED)

    await asyncio.sleep(QUICK.live_samples * 1.5)

    assert notes.server.channel.state is LiveState.FED
    assert notes.status is RUNNING
    assert len(node.upgrades) == 1


@pytest.mark.parametrize("panel", [{"report_interval": None}], indirect=True)
async def test_node_that_knows_better_is_believed_although_the_panel_only_repeats_itself(
    node: DaemonNode, watch: Watch
) -> None:
    node.greeting = [ACCEPTED, state("stopping")]
    notes = await watch()

    await notes.shows(STOPPING)


async def test_stopped_server_has_no_socket(panel: Panel, node: DaemonNode, watch: Watch) -> None:
    notes = await watch()
    await notes.reaches(LiveState.FED)
    await node.say(sample())
    await until(lambda: notes.samples)
    await node.say(state("stopping"), state("offline"))
    await notes.shows(STOPPED)
    # As long as the panel does not say so, the node's word must not be lost.
    assert node.closed == []

    for status in ("STOPPING", "STOPPED"):
        panel.set_status("srv", status)

    await until(lambda: node.closed == [1000])
    await until(lambda: notes.events == [LifecycleEvent.STOPPED])
    usage = notes.server.channel.usage
    assert usage is not None
    assert (usage.cpu, usage.memory, usage.disk) == (0.0, 0.0, 5.0)


async def test_start_is_told_whoever_says_first_that_it_is_done(panel: Panel, node: DaemonNode, watch: Watch) -> None:
    panel.set_status("srv", "STOPPED")
    notes = await watch()
    await notes.shows(STOPPED)
    await asyncio.sleep(0.3)
    assert node.upgrades == []

    panel.set_status("srv", "STARTING")
    await until(lambda: node.sockets)
    await notes.reaches(LiveState.FED)
    panel.set_status("srv", "RUNNING")

    await until(lambda: notes.events)
    assert notes.events == [LifecycleEvent.STARTED]
    await node.say(sample())
    await until(lambda: notes.samples and notes.samples[-1].started_at is not None)


async def test_game_that_never_says_it_is_ready_runs(panel: Panel, node: DaemonNode, watch: Watch) -> None:
    panel.set_status("srv", "STOPPED")
    notes = await watch()
    await notes.shows(STOPPED)
    node.greeting = [ACCEPTED, state("starting")]

    for status in ("RUNNING", "STARTING", "STARTING"):
        panel.report("srv", status)

    await notes.reaches(LiveState.FED)
    await until(lambda: notes.events == [LifecycleEvent.STARTED])
    await asyncio.sleep(20 / 20)
    assert notes.shown == [STOPPED, RUNNING]
    assert notes.events == [LifecycleEvent.STARTED]


async def test_panel_that_was_silent_makes_no_start_of_such_a_game(
    panel: Panel, node: DaemonNode, watch: Watch
) -> None:
    node.greeting = [ACCEPTED, state("starting")]
    notes = await watch()
    await notes.reaches(LiveState.FED)
    # The node's word counts from the panel's next one on.
    panel.edit("srv", memory=2048)
    await until(lambda: notes.server.info is not None and notes.server.info.memory == 2048)

    panel.pause_ticks = True
    await until(lambda: not notes.server.is_reported)
    panel.pause_ticks = False
    await until(lambda: notes.server.is_reported)
    await node.say(state("stopping"))
    await notes.shows(STOPPING)

    assert notes.shown == [RUNNING, STOPPING]
    assert notes.events == []


@pytest.mark.parametrize("reused", [False, True])
async def test_ticket_that_the_node_refuses(panel: Panel, node: DaemonNode, watch: Watch, reused: bool) -> None:
    refused = [("jwt error", {"message": "Invalid token"})]
    if not reused:
        node.greeting = refused
    notes = await watch()
    if reused:
        await notes.reaches(LiveState.FED)
        node.greeting = refused
        for ws in tuple(node.sockets):
            await ws.close()

    await notes.reaches(LiveState.REFUSED)

    assert panel.requests.count(("GET", CONSOLE)) == 1 + reused
    assert notes.server.live


async def test_node_that_is_not_reached_harms_nothing(
    panel: Panel, client: StellarStackClient, watch: Watch, caplog: pytest.LogCaptureFixture
) -> None:
    panel.fail(CONSOLE, 200, {"websocketUrl": "ws://127.0.0.1:9/api/servers/srv/ws", "token": token()})
    notes = await watch()
    await notes.reaches(LiveState.UNREACHABLE)

    panel.set_status("srv", "STOPPED")

    await notes.shows(STOPPED)
    assert [record for record in caplog.records if record.levelname != "DEBUG" and "stellarstack" in record.name] == []
    assert client.state == "connected"


@pytest.mark.parametrize("timing", [replace(QUICK, first_reconnect=3600.0, live_unreachable=3600.0)])
async def test_node_that_is_back_is_tried_at_once(panel: Panel, client: StellarStackClient, watch: Watch) -> None:
    """However long the wait for the next attempt is by now."""
    server = panel.fleet.servers["srv"]
    assert server.node is not None
    panel.set_node_online(server.node.id, heartbeat=False, column=False)
    notes = await watch()
    other = client.watch(panel.add_server("Other", owner=server.owner, node=server.node).id)
    await notes.reaches(LiveState.UNREACHABLE)

    panel.set_node_online(server.node.id, heartbeat=True)

    await notes.reaches(LiveState.FED)
    await until(lambda: other.channel.state is LiveState.FED)


@pytest.mark.parametrize("timing", [replace(QUICK, live_open=10.0)])
async def test_who_is_waited_for_goes_first(panel: Panel, client: StellarStackClient, signed_in: Session) -> None:
    """Of many servers that get their live sockets."""
    node = panel.add_node("Node 3")
    rows = [panel.add_server(f"Server {number}", owner=signed_in.account, node=node) for number in range(20)]
    servers = [client.watch(row.id) for row in rows]
    await until(lambda: all(server.live for server in servers))
    client.set_live(True)
    asked = f"/api/servers/{rows[-1].id}/console"
    await until(lambda: any(path.endswith("/console") for _, path in panel.requests))

    await servers[-1].channel.read_lines(1)

    consoles = [path for _, path in panel.requests if path.endswith("/console")]
    assert consoles.index(asked) < 5


async def test_nothing_is_left(client: StellarStackClient, node: DaemonNode, watch: Watch) -> None:
    notes = await watch()
    await notes.reaches(LiveState.FED)

    await client.close()

    await until(lambda: node.closed == [1000])
    assert our_tasks() == []


async def test_power_goes_by_the_panel(panel: Panel, node: DaemonNode, watch: Watch) -> None:
    notes = await watch()
    await notes.reaches(LiveState.FED)

    await notes.server.send_command("list")

    assert panel.commands == [("srv", "list")]
