"""The live socket against a node: tickets, upgrades, renewals, silence, and connections that end."""

import asyncio
from collections.abc import AsyncGenerator
import contextlib
from dataclasses import replace
from typing import override

from aiohttp import web
from aiohttp.test_utils import RawTestServer
import pytest

from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import TicketRefusedError
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.models import ServerStatus
from custom_components.stellarstack.client.panel import Right
from custom_components.stellarstack.client.timing import Timing
from simulator.virtual_time import run_in_virtual_time
from tests.client.support import open_session, our_log, our_tasks, until
from tests.client.v2.recorded import COOKIE, FAR, NODE_B, SURVIVAL, path

from .conftest import QUICK
from .notes import Notes
from .panel import ACCEPTED, Answer, LivePanel, line, stats, status

CLOSED, CONNECTING, FED, SILENT, UNREACHABLE, BLOCKED, REFUSED, FORBIDDEN = LiveState
CREDENTIALS = ("POST", path(SURVIVAL, "/credentials"))
HTML = "<!doctype html><title>Panel</title>"
PAGE = (HTML, 200)


@contextlib.asynccontextmanager
async def _served(panel: LivePanel) -> AsyncGenerator[StellarStackClient]:
    """Serve a panel in virtual time, to a client that is connected."""
    server = RawTestServer(panel.handle, host="127.0.0.1")
    await server.start_server(shutdown_timeout=0.1)
    panel.url = str(server.make_url("")).rstrip("/")
    async with open_session(True) as session:
        client = StellarStackClient(session, panel.url, Credentials(cookie=COOKIE), lambda state, reason: None)
        await client.connect()
        yield client
        await client.close()
    await server.close()


async def test_one_socket_with_the_ticket_in_its_address(panel: LivePanel, notes: Notes) -> None:
    await notes.reaches(FED)

    assert (panel.tickets, len(panel.upgrades), panel.sockets()) == (1, 1, 1)
    assert panel.upgrades[0].startswith(f"/daemon/api/servers/{SURVIVAL}/ws?token=secret.")
    assert panel.upgrade_cookies == [None]
    assert notes.server.channel.rights == frozenset(Right)


async def test_socket_is_closed_with_1000_and_nothing_is_left(
    client: StellarStackClient, panel: LivePanel, notes: Notes
) -> None:
    await notes.reaches(FED)

    await client.close(quiet=True)

    await until(lambda: panel.closed == [1000])
    assert our_tasks() == []
    updates, states = len(notes.updates), len(notes.states)
    await asyncio.sleep(0.1)
    assert (len(notes.updates), len(notes.states)) == (updates, states)
    assert notes.server.channel.state is CLOSED


async def test_unwatched_server_has_no_socket(client: StellarStackClient, panel: LivePanel, notes: Notes) -> None:
    await notes.reaches(FED)

    client.unwatch(notes.server)

    await until(lambda: panel.closed == [1000])


async def test_deleted_server_has_no_socket(panel: LivePanel, notes: Notes) -> None:
    await notes.reaches(FED)

    panel.rows.remove(panel.row(SURVIVAL))
    panel.answer("GET", path(SURVIVAL), {"error": {"code": "servers.not_found"}}, 404)

    await until(lambda: panel.closed == [1000])
    await until(lambda: not notes.server.live)


@pytest.mark.parametrize("ws_url", ["ws://panel.invalid", "ws://panel.invalid/"], ids=["plain", "slash too many"])
async def test_known_address_comes_first(client: StellarStackClient, panel: LivePanel, ws_url: str) -> None:
    """Whatever the panel says; what follows two slashes is no host to send the ticket to, either."""
    panel.ws_url = ws_url
    await client.connect()
    notes = Notes(client.watch(SURVIVAL))
    client.set_live(True)

    await notes.reaches(FED)

    assert [upgrade.partition("?")[0] for upgrade in panel.upgrades] == [f"/daemon/api/servers/{SURVIVAL}/ws"]


@pytest.mark.parametrize("answer", [404, 426, 400, 500, 403, PAGE, (HTML, 401), (HTML, 403)])
async def test_what_is_no_node_lets_the_other_address_be_tried(
    client: StellarStackClient, panel: LivePanel, answer: Answer
) -> None:
    panel.ws_url = panel.url.replace("http://127.0.0.1", "ws://localhost") + "/games"
    panel.answers = [answer]
    await client.connect()
    notes = Notes(client.watch(SURVIVAL))
    client.set_live(True)

    await notes.reaches(FED)

    # The path as the panel names it, at both.
    assert [upgrade.partition("?")[0] for upgrade in panel.upgrades] == [f"/games/daemon/api/servers/{SURVIVAL}/ws"] * 2
    assert panel.tickets == 1


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (404, BLOCKED),
        (426, BLOCKED),
        (PAGE, BLOCKED),
        ((HTML, 401), BLOCKED),
        ((HTML, 403), BLOCKED),
        (502, UNREACHABLE),
        (503, UNREACHABLE),
    ],
)
async def test_node_that_is_not_reached_is_tried_again(
    panel: LivePanel, notes: Notes, answer: Answer, state: LiveState
) -> None:
    await notes.reaches(FED)
    panel.always = answer

    await panel.drop()

    await notes.reaches(state)
    assert notes.server.live  # the list tells on
    # A proxy knows no rights.
    assert notes.server.channel.rights == frozenset(Right)
    panel.always = None
    await notes.reaches(FED)


async def test_refused_ticket_is_tried_with_a_new_one_then_seldom(
    client: StellarStackClient, panel: LivePanel, notes: Notes
) -> None:
    await notes.reaches(FED)
    panel.always = 401

    await panel.drop()

    await notes.reaches(REFUSED)
    assert (panel.tickets, len(panel.upgrades)) == (2, 3)
    await asyncio.sleep(0.3)
    assert len(panel.upgrades) == 3
    # It says nothing about the session.
    assert client.state == "connected"


async def test_refused_ticket_is_named(client: StellarStackClient, panel: LivePanel, notes: Notes) -> None:
    panel.always = 401
    await notes.reaches(REFUSED)
    socket = notes.server.channel._socket
    assert socket is not None
    assert isinstance(socket.error, TicketRefusedError)


async def test_account_without_a_look_at_the_console_has_no_socket(panel: LivePanel, notes: Notes) -> None:
    panel.scopes = ["control.start", "stats.read"]
    panel.always = 403
    await notes.reaches(FORBIDDEN)
    assert notes.server.channel.rights == frozenset()
    assert notes.server.live


async def test_account_without_rights_gets_no_ticket(client: StellarStackClient, panel: LivePanel) -> None:
    panel.answer(*CREDENTIALS, {"error": {"code": "permissions.denied", "params": {}}}, 403)
    await client.connect()
    notes = Notes(client.watch(SURVIVAL))
    client.set_live(True)

    await notes.reaches(FORBIDDEN)
    assert panel.upgrades == []


async def test_no_secret_is_logged(panel: LivePanel, notes: Notes, caplog: pytest.LogCaptureFixture) -> None:
    await notes.reaches(FED)
    await panel.say(line("a private line"), "nonsense a private line", {"event": "status", "args": [["private"]]})
    panel.answers = [401, 401]
    await panel.drop()
    await notes.reaches(REFUSED)

    log = "\n".join(our_log(caplog))
    assert "secret" not in log
    assert "private" not in log
    assert "token=" not in log


# Renewal.


@pytest.mark.parametrize("timing", [replace(QUICK, renewal=0.8)])
async def test_ticket_is_renewed_in_place_before_its_end(client: StellarStackClient, panel: LivePanel) -> None:
    panel.lifetime = 1
    await client.connect()
    client.watch(SURVIVAL)
    client.set_live(True)

    (token,) = await panel.told("auth")
    assert token.startswith("secret.")
    assert panel.tickets >= 2
    assert panel.sockets() == 1
    assert panel.closed == []


@pytest.mark.parametrize(
    ("lifetime", "pause", "expected"),
    [
        # Before its end, which is ten minutes after the start.
        (600, 599, [1, 2, 3]),
        # One that ends sooner than others are renewed gets half of its time.
        (40, 21, [1, 2, 3]),
    ],
)
def test_ticket_is_renewed_though_the_node_does_not_ask(lifetime: int, pause: float, expected: list[int]) -> None:
    renewals: list[int] = []

    async def stay() -> None:
        panel = LivePanel()
        panel.lifetime = lifetime
        # One that runs would have to send samples all the time.
        panel.greeting[SURVIVAL] = [ACCEPTED, status("offline")]
        async with _served(panel) as client:
            client.watch(SURVIVAL)
            client.set_live(True)
            await panel.opened()
            for _ in expected:
                await asyncio.sleep(pause)
                renewals.append([event for event, _ in panel.received[SURVIVAL]].count("auth"))

    run_in_virtual_time(stay())
    assert renewals == expected


@pytest.mark.parametrize("event", ["token expiring", "token expired"])
async def test_ticket_is_renewed_when_the_node_asks(panel: LivePanel, notes: Notes, event: str) -> None:
    await notes.reaches(FED)
    await panel.say({"args": None, "event": event})

    await panel.told("auth")

    await panel.say(ACCEPTED, stats())
    await until(lambda: notes.samples)
    assert panel.closed == []


async def test_failed_renewal_is_no_reason_to_close(panel: LivePanel, notes: Notes) -> None:
    await notes.reaches(FED)
    panel.answer(*CREDENTIALS, "", 502)
    await panel.say({"args": None, "event": "token expired"})
    await until(lambda: panel.requests.count(CREDENTIALS) > 3)
    del panel._answers[CREDENTIALS]

    await panel.told("auth")

    assert panel.closed == []
    assert notes.server.channel.state is FED


async def test_lost_rights_close_the_socket(panel: LivePanel, notes: Notes) -> None:
    await notes.reaches(FED)
    panel.answer(*CREDENTIALS, {"error": {"code": "permissions.denied"}}, 403)
    await panel.say({"args": None, "event": "token expiring"})

    await notes.reaches(FORBIDDEN)

    await until(lambda: panel.closed == [1000])


async def test_ticket_is_used_again_until_shortly_before_its_end(panel: LivePanel, notes: Notes) -> None:
    await notes.reaches(FED)
    await panel.drop()
    await notes.reaches(FED)
    assert panel.tickets == 1

    panel.lifetime = 20  # less than `ticket_margin`
    await panel.say({"args": None, "event": "token expiring"})
    await panel.told("auth")
    await panel.drop()
    await notes.reaches(FED)
    assert panel.tickets == 3


# Silence.


@pytest.mark.parametrize("timing", [replace(QUICK, live_samples=0.2)])
async def test_running_without_samples_is_opened_anew_then_unknown(panel: LivePanel, notes: Notes) -> None:
    await notes.reaches(FED)

    await notes.reaches(SILENT)

    assert len(panel.upgrades) == 2
    assert panel.sockets() == 1
    await notes.shows(None)
    # A lost socket is no news of the server, and neither is one that says no more.
    assert notes.events == []

    await panel.say(stats())
    await notes.reaches(FED)
    await notes.shows(ServerStatus.RUNNING)
    assert notes.events == []


@pytest.mark.parametrize("timing", [replace(QUICK, live_samples=0.2)])
@pytest.mark.parametrize("told", [stats(), status("starting"), status("stopping")], ids=["sample", "start", "stop"])
async def test_end_that_was_lost_is_found(panel: LivePanel, notes: Notes, told: str) -> None:
    await panel.opened()
    await panel.say(told)
    panel.greeting[SURVIVAL] = [ACCEPTED, status("offline")]

    await notes.shows(ServerStatus.STOPPED)

    assert len(panel.upgrades) == 2


@pytest.mark.parametrize("timing", [replace(QUICK, live_samples=0.5)])
@pytest.mark.parametrize("told", [[stats()], [status("offline"), status("running")]], ids=["samples", "end and start"])
async def test_socket_is_opened_anew_for_each_lack_of_samples(
    panel: LivePanel, notes: Notes, told: list[object]
) -> None:
    async def opened(count: int) -> None:
        await until(lambda: len(panel.upgrades) == count and panel.sockets() == 1)

    for count in (1, 2, 3):
        await opened(count)
        await notes.reaches(FED)
        await panel.say(*told)

    await opened(4)


@pytest.mark.parametrize("timing", [replace(QUICK, live_samples=0.2)])
async def test_silence_of_a_stopped_server_means_nothing(panel: LivePanel, client: StellarStackClient) -> None:
    panel.greeting[SURVIVAL] = [ACCEPTED, status("offline")]
    panel.row(SURVIVAL)["status"] = "offline"
    await client.connect()
    notes = Notes(client.watch(SURVIVAL))
    client.set_live(True)
    await notes.reaches(FED)

    await asyncio.sleep(0.5)

    assert len(panel.upgrades) == 1
    assert notes.server.channel.state is FED


@pytest.mark.parametrize("timing", [replace(QUICK, request=0.2)])
async def test_node_that_never_accepts_is_away(panel: LivePanel, notes: Notes) -> None:
    panel.greeting[SURVIVAL] = []
    await panel.drop()
    await notes.reaches(UNREACHABLE)
    await until(lambda: len(panel.upgrades) > 2)


async def test_owner_that_fails_ends_no_attempts(
    panel: LivePanel, notes: Notes, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    await notes.reaches(FED)
    panel.always = 502

    def fail() -> None:
        raise ValueError("a console line")

    with monkeypatch.context() as failing:
        failing.setattr(notes.server.channel._socket, "_on_change", fail)
        await panel.drop()
        await until(lambda: len(panel.upgrades) >= 4)
    panel.always = None

    assert "The listener for a live socket's state failed: ValueError" in caplog.text
    assert "a console line" not in caplog.text


# Frames.


async def test_frames_of_no_known_form_end_nothing(panel: LivePanel, notes: Notes) -> None:
    await notes.reaches(FED)
    await panel.say(
        "nonsense",
        "[]",
        "null",
        "{}",
        '{"event": 5}',
        '{"event": "stats", "args": [5]}',
        '{"event":"status","args":null}',
    )
    await panel.say(
        '{"event":"new","args":[]}', {"event": "console output", "args": [5]}, line("x" * (2 << 20)), stats()
    )

    await until(lambda: notes.samples)
    assert panel.closed == []
    assert notes.new_lines == []


async def test_server_of_another_node_gets_another_socket(panel: LivePanel, notes: Notes) -> None:
    await notes.reaches(FED)

    panel.row(SURVIVAL)["nodeId"] = NODE_B

    await until(lambda: len(panel.upgrades) == 2)
    await until(lambda: panel.closed == [1000])


async def test_sockets_of_a_node_come_back_after_one_probe(
    client: StellarStackClient, panel: LivePanel, notes: Notes, timing: Timing
) -> None:
    others = [client.watch(row["id"]) for row in panel.rows if row["id"] not in {SURVIVAL, FAR}]
    client.set_live(True)
    for server in others:
        await panel.opened(server_id=server.id)
    panel.upgrades.clear()
    panel.always = 502

    await panel.drop()
    await notes.reaches(UNREACHABLE)
    await asyncio.sleep(0.3)

    # One at a time, each after a longer wait, however many there are.
    assert 0 < len(panel.upgrades) < 12
    panel.always = None
    for server in others:
        await panel.opened(server_id=server.id)


@pytest.mark.parametrize("timing", [replace(QUICK, live_reconnect=3600.0)])
async def test_socket_that_waits_long_comes_when_another_reached_the_node(
    client: StellarStackClient, panel: LivePanel, notes: Notes, timing: Timing
) -> None:
    other = client.watch(next(row["id"] for row in panel.rows if row["id"] not in {SURVIVAL, FAR}))
    sockets = []
    for server in (notes.server, other):
        await panel.opened(server_id=server.id)
        assert server.channel._socket is not None
        sockets.append(server.channel._socket)
    panel.always = 502
    await panel.drop()
    await until(lambda: all(socket.error is not None for socket in sockets))
    for socket in sockets:
        # As after hours of attempts.
        socket._backoff.next_delay = lambda **_: 3600.0  # type: ignore[method-assign] # no wait of an hour
    # Both have tried in vain, and wait.
    await until(lambda: len(sockets[0]._gate.reached) == 2)
    panel.always = None

    sockets[0].hurry()

    for server in (notes.server, other):
        await panel.opened(server_id=server.id)


class _FickleNode(LivePanel):
    """A panel whose node opens each socket, and closes it at once."""

    @override
    async def _open(self, request: web.BaseRequest) -> web.StreamResponse:
        self.upgrades.append(request.path)
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        await ws.close()
        return ws


def test_sockets_that_are_lost_at_once_do_not_hurry_each_other() -> None:
    """Each of them reaches the node, which is no news to the others."""
    panel = _FickleNode()

    async def stay() -> None:
        async with _served(panel) as client:
            for row in panel.rows:
                client.watch(row["id"])
            client.set_live(True)
            await asyncio.sleep(300)

    run_in_virtual_time(stay())
    # Each waits for up to a minute by itself; those that are only paced come ten in a second.
    assert len(panel.rows) < len(panel.upgrades) < 300
