"""What is asked of generation 2, of a real panel and of what is none."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from aiohttp import ClientSession
import pytest

from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import (
    AnswerLostError,
    AuthenticationError,
    ForbiddenError,
    NodeOfflineError,
    NotFoundError,
    NotSentError,
    NotThePanelError,
    PanelConnectionError,
    RateLimitedError,
    Refusal,
    RefusedError,
    ResponseError,
)
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.messages import Cause, Evidence
from custom_components.stellarstack.client.models import Backup, BackupStatus, ServerStatus
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v2.rest import Rest, backup_name, is_named_for
from tests.client.support import ELSEWHERE

from .recorded import (
    COOKIE,
    FAR,
    NODES,
    NOT_FOUND,
    SESSION_INVALID,
    SIGNAL,
    SURVIVAL,
    UNEXPECTED,
    USER,
    RecordedPanel,
    path,
    recorded,
)

BACKUP_ID = "4f5c1d0e-8a55-4a3e-9d5a-0f6f8b1f2c3d"
UNKNOWN = "00000000-0000-0000-0000-000000000000"
BACKUPS = path(SURVIVAL, "/backups")

type Call = Callable[[Rest], Awaitable[Any]]

CALLS: dict[tuple[str, str], Call] = {
    ("GET", "/api/me"): Rest.account,
    ("GET", "/api/servers"): Rest.servers,
    ("GET", path(SURVIVAL)): lambda rest: rest.server(SURVIVAL),
    ("GET", path(SURVIVAL, "/allocations")): lambda rest: rest.allocations(SURVIVAL),
    ("GET", path(SURVIVAL, "/install")): lambda rest: rest.install_began(SURVIVAL),
    ("GET", path(SURVIVAL, "/activity")): lambda rest: rest.evidence(SURVIVAL, 0.0),
    ("GET", BACKUPS): lambda rest: rest.backups(SURVIVAL),
    ("POST", BACKUPS): lambda rest: rest.create_backup(SURVIVAL, None, BACKUP_ID),
    ("POST", path(SURVIVAL, "/credentials")): lambda rest: rest.credentials(SURVIVAL),
    ("GET", "/api/admin/nodes"): Rest.nodes,
    ("GET", "/api/admin/blueprints"): Rest.blueprints,
}
every_call = pytest.mark.parametrize(("request_line", "call"), CALLS.items(), ids=[" ".join(line) for line in CALLS])

# What is no panel of generation 2; of those that the other tests have, all but this generation's own words.
NOT_OURS = [case for case in ELSEWHERE if case[1] != SESSION_INVALID] + [
    (401, {"error": "Not authenticated"}),
    (403, {"error": {"code": "FORBIDDEN"}}),
    (404, {"error": {"code": 404, "message": "Not found"}}),
    (404, "404 Not Found"),
    (200, {"error": {"code": "auth.session.invalid"}}),
]


# What every call makes of an answer.


@every_call
async def test_every_call_shows_the_cookie(
    rest: Rest, recorded_panel: RecordedPanel, request_line: tuple[str, str], call: Call
) -> None:
    recorded_panel.answer(*request_line, SESSION_INVALID, 401)

    with pytest.raises(AuthenticationError):
        await call(rest)
    assert recorded_panel.requests == [request_line]
    assert recorded_panel.cookies == [COOKIE]


@pytest.mark.parametrize(("status", "body"), NOT_OURS)
@every_call
async def test_only_the_panels_own_form_is_its_word(
    rest: Rest, recorded_panel: RecordedPanel, request_line: tuple[str, str], call: Call, status: int, body: object
) -> None:
    recorded_panel.answer(*request_line, body, status)

    with pytest.raises(PanelConnectionError):
        await call(rest)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (403, recorded("denied"), ForbiddenError),
        (404, NOT_FOUND, NotFoundError),
        (422, {"error": {"code": "validation.failed"}}, ResponseError),
        (500, UNEXPECTED, ResponseError),
        (503, recorded("unreachable"), NodeOfflineError),
        (502, UNEXPECTED, NodeOfflineError),
        (409, recorded("backup_limit"), RefusedError),
        (409, {"error": {"code": "servers.create.allocation_unavailable"}}, ResponseError),
    ],
)
async def test_refusals(
    rest: Rest, recorded_panel: RecordedPanel, status: int, body: object, error: type[ResponseError]
) -> None:
    recorded_panel.answer("GET", BACKUPS, body, status)
    recorded_panel.answer("POST", BACKUPS, body, status)

    for call in (rest.backups(SURVIVAL), rest.create_backup(SURVIVAL, None, BACKUP_ID)):
        with pytest.raises(ResponseError) as raised:
            await call
        assert type(raised.value) is error
        assert raised.value.status == status


async def test_limit_of_sign_ins_is_told_in_a_header_of_its_own(rest: Rest, recorded_panel: RecordedPanel) -> None:
    headers = {"X-Retry-After": "10", "Content-Type": "text/plain;charset=UTF-8"}
    recorded_panel.answer("GET", "/api/me", b'{"message":"Too many requests."}', 429, headers)

    with pytest.raises(RateLimitedError) as raised:
        await rest.account()
    assert raised.value.retry_after == 10


# Questions.


async def test_account(rest: Rest) -> None:
    assert (await rest.account()).id == USER


@pytest.mark.parametrize("content", [None, {}, {"user": None}, {"user": {"name": "Uma"}}, [1]])
async def test_account_of_unknown_form(rest: Rest, recorded_panel: RecordedPanel, content: object) -> None:
    recorded_panel.answer("GET", "/api/me", content)

    with pytest.raises(NotThePanelError):
        await rest.account()


async def test_servers(rest: Rest, recorded_panel: RecordedPanel) -> None:
    recorded_panel.rows.append({"id": None})

    servers = {server.name: server.status for server in await rest.servers()}

    assert servers == {
        "Survival": ServerStatus.RUNNING,
        "Far": ServerStatus.INSTALLING,
        "Broken": ServerStatus.STOPPED,
        "Signal": ServerStatus.STOPPED,
        "BadInstall": ServerStatus.ERROR,
    }


async def test_no_servers(rest: Rest, recorded_panel: RecordedPanel) -> None:
    recorded_panel.rows.clear()

    assert await rest.servers() == []


@pytest.mark.parametrize("content", [[], {}, {"servers": None}, {"servers": {}}, {"servers": [5, {"name": "x"}]}])
async def test_list_of_unknown_form(rest: Rest, recorded_panel: RecordedPanel, content: object) -> None:
    recorded_panel.answer("GET", "/api/servers", content)

    with pytest.raises(NotThePanelError):
        await rest.servers()


async def test_one_server(rest: Rest) -> None:
    server = await rest.server(SURVIVAL)

    assert server.node is not None
    assert (server.name, server.node.display_name) == ("Survival", "node-a")


async def test_unknown_server(rest: Rest, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path(UNKNOWN), NOT_FOUND, 404)

    with pytest.raises(NotFoundError):
        await rest.server(UNKNOWN)


@pytest.mark.parametrize(("server_id", "error"), [("srv_survival", NotFoundError), (UNKNOWN, ResponseError)])
async def test_panel_breaks_on_an_id_of_another_kind(
    rest: Rest, recorded_panel: RecordedPanel, server_id: str, error: type[ResponseError]
) -> None:
    recorded_panel.answer("GET", path(server_id), UNEXPECTED, 500)

    with pytest.raises(ResponseError) as raised:
        await rest.server(server_id)
    assert type(raised.value) is error


@pytest.mark.parametrize("server_id", ["../auth/get-session", "a/b", "a?b", "a#b", "%2e%2e", "ä ö"])
async def test_id_stays_one_part_of_the_path(rest: Rest, recorded_panel: RecordedPanel, server_id: str) -> None:
    with pytest.raises(NotThePanelError):
        await rest.server(server_id)
    assert recorded_panel.requests == [("GET", path(server_id))]


@pytest.mark.parametrize(
    ("state", "began"),
    [("pending", True), ("running", True), ("succeeded", True), ("failed", False), ("unknown", False)],
)
async def test_install(rest: Rest, recorded_panel: RecordedPanel, state: str, began: bool) -> None:
    recorded_panel.answer("GET", path(FAR, "/install"), recorded("install_failed") | {"state": state})

    assert await rest.install_began(FAR) is began


async def test_install_that_prints_a_lot(rest: Rest, recorded_panel: RecordedPanel) -> None:
    log = [{"stream": "stdout", "line": f"Update state (0x61) downloading, progress: {n / 100}"} for n in range(10_000)]
    recorded_panel.answer("GET", path(FAR, "/install"), recorded("install_failed") | {"state": "running", "log": log})

    assert await rest.install_began(FAR)


async def test_nodes(rest: Rest, recorded_panel: RecordedPanel) -> None:
    recorded_panel.become_admin()

    assert [(node.display_name, node.is_online) for node in await rest.nodes()] == [("node-a", True), ("node-b", False)]
    assert "secret" in str(NODES)


@pytest.mark.parametrize(
    ("status", "body", "online"),
    [
        (200, {"ok": True}, True),
        (502, b"", False),
        (200, {"ok": False}, None),
        (200, "<html></html>", None),
        (404, "404 Not Found", None),
        # Another proxy, in front of the panel's own.
        (502, "<html>Bad gateway</html>", None),
        (503, b"", None),
    ],
)
async def test_node_on_the_panels_host(
    rest: Rest, recorded_panel: RecordedPanel, status: int, body: object, online: bool | None
) -> None:
    recorded_panel.answer("GET", "/daemon/healthz", body, status)

    assert await rest.host_node_online() is online
    assert recorded_panel.cookies == [None]


async def test_credentials_of_the_live_socket(rest: Rest, recorded_panel: RecordedPanel) -> None:
    told = {"token": "ticket", "wsUrl": "ws://panel.test/daemon", "scopes": ["console.read"]}
    recorded_panel.answer("POST", path(SURVIVAL, "/credentials"), told)

    assert await rest.credentials(SURVIVAL) == told
    assert recorded_panel.bodies == [{"purpose": "console"}]


# Why a server stopped.


async def test_crash(rest: Rest, recorded_panel: RecordedPanel) -> None:
    now = datetime.now(UTC)
    crash = {"action": "servers.lifecycle.crashed.oom_killed", "createdAt": now.isoformat()}
    recorded_panel.answer("GET", path(SURVIVAL, "/activity"), {"entries": [crash]})

    assert await rest.evidence(SURVIVAL, 1.5) == Evidence(cause=Cause.CRASH)


@pytest.mark.parametrize(("age", "cause"), [(96, Cause.CRASH), (98, Cause.UNLOGGED)])
async def test_crash_counts_as_long_as_a_list_can_be_late(
    rest: Rest, recorded_panel: RecordedPanel, age: float, cause: Cause
) -> None:
    logged = datetime.now(UTC) - timedelta(seconds=age)
    crash = {"action": "servers.lifecycle.crashed.oom_killed", "createdAt": logged.isoformat()}
    recorded_panel.answer("GET", path(SURVIVAL, "/activity"), {"entries": [crash]})

    # Three lists of 30 s, 5 s of the log, and the 2 s since the report.
    assert await rest.evidence(SURVIVAL, 2.0) == Evidence(cause=cause)


async def test_log_has_the_panels_time(rest: Rest, recorded_panel: RecordedPanel) -> None:
    date = format_datetime(datetime(2026, 11, 26, 2, 55, 51, tzinfo=UTC), usegmt=True)
    entries = {"entries": recorded("activity")["entries"][2:]}
    recorded_panel.answer("GET", path(SIGNAL, "/activity"), entries, headers={"Date": date})

    assert await rest.evidence(SIGNAL, 1.0) == Evidence(cause=Cause.COMMAND)


async def test_whom_a_server_is_shared_with_cannot_know(rest: Rest, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path(SIGNAL, "/activity"), recorded("denied"), 403)

    assert await rest.evidence(SIGNAL, 1.0) == Evidence(cause=Cause.COMMAND)


# Backups.


async def test_backup_is_asked_for_by_a_name_of_its_own(rest: Rest, recorded_panel: RecordedPanel) -> None:
    await rest.create_backup(SURVIVAL, "Vor dem Ümbau!", BACKUP_ID)

    (body,) = recorded_panel.bodies
    assert body.keys() == {"name"}
    assert body["name"].startswith("Vor-dem-Umbau-")
    assert is_named_for(Backup("x", body["name"]), BACKUP_ID)


@pytest.mark.parametrize(
    ("wish", "expected"),
    [
        (None, "backup-20261126-025700-4f5c1d0e"),
        ("", "backup-20261126-025700-4f5c1d0e"),
        ("夜", "backup-20261126-025700-4f5c1d0e"),
        ("nightly", "nightly-20261126-025700-4f5c1d0e"),
        ("..nightly 1/2..", "nightly-1-2-20261126-025700-4f5c1d0e"),
        ("n" * 100, f"{'n' * 39}-20261126-025700-4f5c1d0e"),
        (f"{'n' * 38} x", f"{'n' * 38}-20261126-025700-4f5c1d0e"),
    ],
)
def test_backup_name_is_legal(wish: str | None, expected: str) -> None:
    name = backup_name(wish, datetime(2026, 11, 26, 2, 57, tzinfo=UTC), BACKUP_ID)

    assert name == expected
    assert len(name) <= 64


def test_backup_of_another_name() -> None:
    assert not is_named_for(Backup("x", "nightly-20261126-025700-5f5c1d0e"), BACKUP_ID)
    assert not is_named_for(Backup(BACKUP_ID), BACKUP_ID)


async def test_backups(rest: Rest) -> None:
    (backup,) = await rest.backups(SURVIVAL)

    assert (backup.name, backup.status) == ("nightly-1", BackupStatus.COMPLETED)


async def test_limit_of_backups_is_told(rest: Rest, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("POST", BACKUPS, recorded("backup_limit"), 409)

    with pytest.raises(RefusedError) as raised:
        await rest.create_backup(SURVIVAL, None, BACKUP_ID)
    assert (raised.value.refusal, raised.value.limit) == (Refusal.BACKUP_LIMIT, 5)


@pytest.mark.parametrize(("status", "body"), [(502, b""), (504, "<html></html>"), (500, b"")])
async def test_proxy_that_lost_the_panel_leaves_a_backup_in_doubt(
    rest: Rest, recorded_panel: RecordedPanel, status: int, body: object
) -> None:
    recorded_panel.answer("POST", BACKUPS, body, status)

    with pytest.raises(AnswerLostError):
        await rest.create_backup(SURVIVAL, None, BACKUP_ID)


@pytest.mark.parametrize("content", [{}, {"backup": None}, {"backup": {"name": "x"}}, []])
async def test_backup_of_unknown_form(rest: Rest, recorded_panel: RecordedPanel, content: object) -> None:
    recorded_panel.answer("POST", BACKUPS, content)

    with pytest.raises(NotThePanelError):
        await rest.create_backup(SURVIVAL, None, BACKUP_ID)


async def test_backup_that_was_not_asked_for(session: ClientSession, credentials: Credentials) -> None:
    rest = Rest(Http(session, "http://127.0.0.1:1", Timing()), credentials)

    with pytest.raises(NotSentError):
        await rest.create_backup(SURVIVAL, None, BACKUP_ID)
