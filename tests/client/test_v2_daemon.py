"""The dialect of generation 2: tickets, and the frames of a real node."""

from aiohttp import ClientSession
from hypothesis import given
import pytest

from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import (
    AuthenticationError,
    ForbiddenError,
    NodeOfflineError,
    NotFoundError,
    NotThePanelError,
    Refusal,
    RefusedError,
    StellarStackError,
)
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.messages import (
    LiveAccepted,
    LiveMessage,
    LiveOutput,
    LiveRefusal,
    LiveRequest,
    LiveSample,
    LiveStatus,
    LiveTicketEnding,
)
from custom_components.stellarstack.client.models import ServerStatus
from custom_components.stellarstack.client.panel import Right
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.turns import Pace
from custom_components.stellarstack.client.v2.daemon import DaemonV2
from custom_components.stellarstack.client.v2.details import Details
from custom_components.stellarstack.client.v2.rest import Rest

from .live.panel import LivePanel, recorded_frames
from .support import JSON, Serve, at_random, wire
from .v2.recorded import COOKIE, SESSION_INVALID, SURVIVAL, path, recorded

STOPPED, STARTING, RUNNING, STOPPING = (
    ServerStatus.STOPPED,
    ServerStatus.STARTING,
    ServerStatus.RUNNING,
    ServerStatus.STOPPING,
)
CREDENTIALS = ("POST", path(SURVIVAL, "/credentials"))


@pytest.fixture
async def panel(serve: Serve) -> LivePanel:
    """A panel that gives tickets."""
    panel = LivePanel()
    panel.url = await serve(panel.handle)
    return panel


@pytest.fixture
def daemon(session: ClientSession, panel: LivePanel) -> DaemonV2:
    """The dialect, with the account's cookie."""
    http = Http(session, panel.url, Timing())
    rest = Rest(http, Credentials(cookie=COOKIE))
    pace = Pace(0.0)
    return DaemonV2(http, rest, Details(rest, panel.url, pace), pace)


async def test_ticket(daemon: DaemonV2, panel: LivePanel) -> None:
    panel.ws_url = "wss://panel.example.com/games"
    panel.scopes = ["console.read", "control.stop", "new.scope", 5]  # type: ignore[list-item] # wrong on purpose
    panel.lifetime = 300

    ticket = await daemon.ticket(SURVIVAL, lambda: False)

    socket = f"/games/daemon/api/servers/{SURVIVAL}/ws"
    ours = panel.url.replace("http", "ws", 1)
    assert ticket.urls == (f"{ours}{socket}", f"wss://panel.example.com{socket}")
    assert ticket.rights == {Right.CONSOLE, Right.STOP}
    assert ticket.lifetime == 300
    assert ticket.token not in repr(ticket)


async def test_address_is_tried_once_when_the_panel_names_ours(daemon: DaemonV2) -> None:
    assert len((await daemon.ticket(SURVIVAL, lambda: False)).urls) == 1


@pytest.mark.parametrize("lifetime", [0, -5, 10**9])
async def test_ticket_of_no_legal_lifetime_is_taken_for_a_usual_one(
    daemon: DaemonV2, panel: LivePanel, lifetime: int
) -> None:
    panel.lifetime = lifetime
    assert (await daemon.ticket(SURVIVAL, lambda: False)).lifetime == 600


@pytest.mark.parametrize("token", ["opaque", "a.b.c", "a.bnVsbA.c", "a.W10.c", "a.e30.c", "a.\u00e4.c"])
async def test_ticket_that_does_not_tell_its_time_is_taken_for_a_usual_one(
    daemon: DaemonV2, panel: LivePanel, token: str
) -> None:
    panel.answer(*CREDENTIALS, {"token": token, "wsUrl": "ws://localhost/ws", "scopes": []})
    assert (await daemon.ticket(SURVIVAL, lambda: False)).lifetime == 600


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, recorded("denied"), ForbiddenError),
        (401, SESSION_INVALID, AuthenticationError),
        (404, {"error": {"code": "servers.not_found"}}, NotFoundError),
        (503, recorded("unreachable"), NodeOfflineError),
        (200, {}, NotThePanelError),
        (200, [], NotThePanelError),
        (200, {"token": 5, "wsUrl": "ws://localhost/ws", "scopes": []}, NotThePanelError),
        (200, {"token": "", "wsUrl": "ws://localhost/ws", "scopes": []}, NotThePanelError),
        *(
            (200, {"token": "secret", "wsUrl": url, "scopes": []}, NotThePanelError)
            for url in ("", "http://localhost/ws", "ws:///ws", "ws://user@localhost/ws", "ws://[", "file:///ws", 5)
        ),
    ],
)
async def test_no_ticket(
    daemon: DaemonV2, panel: LivePanel, status: int, body: object, error: type[StellarStackError]
) -> None:
    panel.answer(*CREDENTIALS, body, status)

    with pytest.raises(error) as raised:
        await daemon.ticket(SURVIVAL, lambda: False)

    assert "secret" not in str(raised.value)


# Frames.


def read(daemon: DaemonV2, name: str) -> list[LiveMessage]:
    """Return what a recording says."""
    messages = [daemon.decode(frame.encode()) for _, frame in recorded_frames(name)]
    return [message for message in messages if message is not None]


@pytest.mark.parametrize(
    ("name", "statuses"),
    [
        (
            "start_restart_stop",
            [STOPPED, STARTING, RUNNING, STOPPING, STOPPED, STARTING, RUNNING, STOPPING, STOPPED],
        ),
        ("crash_oom_exit_kill", [STOPPED, *[STARTING, RUNNING, STOPPED] * 4, STARTING, RUNNING, STOPPING, STOPPED]),
        ("errors", [STOPPED, STARTING, STOPPED, STARTING, STOPPED]),
        ("kill_in_stop", [RUNNING, STOPPING, STOPPED]),
        ("node_restarted", [RUNNING, STOPPED]),
        ("token", [STOPPED, STARTING, RUNNING]),
        ("shared", [STOPPED]),
    ],
)
def test_statuses_of_a_recording(daemon: DaemonV2, name: str, statuses: list[ServerStatus]) -> None:
    messages = read(daemon, name)

    assert messages[0] == LiveAccepted()
    assert [message.status for message in messages if isinstance(message, LiveStatus)] == statuses


def test_samples_of_a_recording(daemon: DaemonV2) -> None:
    samples = [message for message in read(daemon, "start_restart_stop") if isinstance(message, LiveSample)]

    assert samples[1] == LiveSample(
        cpu=7.598808308308308,
        memory=1290049993,
        received=2090,
        sent=1265,
        uptime=2.007,
        status=STARTING,
    )
    assert {sample.status for sample in samples} == {STARTING, RUNNING, STOPPING}


def test_node_that_was_restarted_does_not_know_since_when(daemon: DaemonV2) -> None:
    samples = [message for message in read(daemon, "node_restarted") if isinstance(message, LiveSample)]
    assert {sample.uptime for sample in samples} == {None}


def test_no_server_runs_for_a_million_years(daemon: DaemonV2) -> None:
    sample = daemon.decode(b'{"event":"stats","args":[{"uptime_ms":9007199254740992}]}')
    assert isinstance(sample, LiveSample)
    assert sample.uptime is None


def test_ticket_frames_of_a_recording(daemon: DaemonV2) -> None:
    messages = read(daemon, "token")
    assert messages.count(LiveTicketEnding()) == 1
    assert messages.count(LiveAccepted()) == 2


def test_refusals_of_a_recording(daemon: DaemonV2) -> None:
    refusals = [message for message in read(daemon, "shared") if isinstance(message, LiveRefusal)]
    assert [(type(each.error), each.error.reason, each.request) for each in refusals] == [
        (ForbiddenError, "missing scope control.start", LiveRequest.POWER),
        (ForbiddenError, "missing console.write scope", LiveRequest.COMMAND),
        (ForbiddenError, "missing scope control.stop", LiveRequest.POWER),
        (ForbiddenError, "missing scope control.restart", LiveRequest.POWER),
    ]

    refusals = [message for message in read(daemon, "errors") if isinstance(message, LiveRefusal)]
    assert all(isinstance(each.error, RefusedError) for each in refusals)
    assert [(each.error.reason, each.request) for each in refusals] == [
        ("container not running", LiveRequest.COMMAND),
        ("missing action", LiveRequest.POWER),
        ("action must be string", LiveRequest.POWER),
        ("unknown action", LiveRequest.POWER),
        ("missing payload", LiveRequest.COMMAND),
    ]
    assert isinstance(refusals[0].error, RefusedError)
    assert refusals[0].error.refusal is Refusal.NOT_RUNNING


def test_line_is_whole(daemon: DaemonV2) -> None:
    assert daemon.decode(b'{"args":["<a> \\u0026 b"],"event":"console output"}') == LiveOutput("<a> & b\n")


@at_random
@given(JSON)
def test_any_json_is_read_or_skipped(value: object) -> None:
    daemon = DaemonV2.__new__(DaemonV2)
    daemon.decode(wire(value))
    for event in ("stats", "status", "console output", "daemon error", "token expired", "auth success", "other"):
        for args in (value, [value], [{"network": value, "cpu_absolute": value, "state": value, "uptime_ms": value}]):
            message = daemon.decode(wire({"event": event, "args": args}))
            if isinstance(message, LiveSample):
                assert message.cpu is None or 0 <= message.cpu <= 2**53


def test_other_bytes_are_skipped() -> None:
    daemon = DaemonV2.__new__(DaemonV2)
    for data in (b"", b"\xff\xfe", b"{", b'"' + b"x" * (2 << 20) + b'"', b"[" * 100_000):
        assert daemon.decode(data) is None
