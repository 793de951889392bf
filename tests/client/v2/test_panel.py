"""A panel of generation 2 through the contract that all generations have, and the client on it."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from aiohttp import ClientSession
import pytest

from custom_components.stellarstack.client.auth import TwoFactorChallenge
from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import (
    AuthenticationError,
    CodeExpiredError,
    InvalidCodeError,
    InvalidCredentialsError,
    OriginNotAllowedError,
    RateLimitedError,
    ResponseError,
    StellarStackError,
)
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.messages import Cause, ConnectionState
from custom_components.stellarstack.client.models import BackupStatus, PowerAction, ServerStatus
from custom_components.stellarstack.client.panel import Panel
from custom_components.stellarstack.client.server import Update, WatchedServer
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v2.panel import PanelV2
from tests.client.support import until

from .recorded import COOKIE, NOT_FOUND, SESSION_INVALID, SIGNAL, SURVIVAL, USER, RecordedPanel, path, recorded

SIGN_IN = "/auth/sign-in/email"
TOTP = "/auth/two-factor/verify-totp"
SIGNED_IN = {"redirect": False, "token": "token", "user": recorded("me")["user"]}
BACKUP_ID = "4f5c1d0e-8a55-4a3e-9d5a-0f6f8b1f2c3d"
QUICK = Timing(list_interval=0.2, list_interval_alone=0.05, first_reconnect=0.02, backup_poll=0.02)

type Connect = Callable[..., Awaitable[tuple[StellarStackClient, WatchedServer]]]


@pytest.fixture
def panel_v2(http: Http, credentials: Credentials) -> Panel:
    return PanelV2(http, credentials)


# Signing in.


@pytest.mark.parametrize("name", ["better-auth.session_token", "__Secure-better-auth.session_token"])
async def test_sign_in(panel_v2: Panel, recorded_panel: RecordedPanel, name: str) -> None:
    cookie = f"{name}=token.signature%3D"
    headers = {"Set-Cookie": f"{cookie}; Max-Age=604800; Path=/; HttpOnly; SameSite=Lax"}
    recorded_panel.answer("POST", SIGN_IN, SIGNED_IN, headers=headers)

    assert await panel_v2.sign_in("user@panel.test", "User-pass-1") == Credentials(cookie=cookie)
    # With a cookie, the panel would look at the origin.
    assert recorded_panel.cookies == [None]
    assert recorded_panel.bodies == [{"email": "user@panel.test", "password": "User-pass-1"}]


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"message": "Invalid email or password", "code": "INVALID_EMAIL_OR_PASSWORD"}, InvalidCredentialsError),
        (429, b'{"message":"Too many requests. Please try again later."}', RateLimitedError),
    ],
)
async def test_refused_sign_in(
    panel_v2: Panel, recorded_panel: RecordedPanel, status: int, body: object, error: type[StellarStackError]
) -> None:
    recorded_panel.answer("POST", SIGN_IN, body, status)

    with pytest.raises(error):
        await panel_v2.sign_in("user@panel.test", "wrong")


async def test_second_factor(panel_v2: Panel, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer(
        "POST",
        SIGN_IN,
        {"twoFactorRedirect": True},
        headers={"Set-Cookie": "better-auth.two_factor=factor; Max-Age=600"},
    )
    recorded_panel.answer("POST", TOTP, SIGNED_IN, headers={"Set-Cookie": f"{COOKIE}; Max-Age=604800"})

    challenge = await panel_v2.sign_in("user@panel.test", "User-pass-1")
    assert isinstance(challenge, TwoFactorChallenge)
    assert await panel_v2.verify_code(challenge, "123 456") == Credentials(cookie=COOKIE)
    assert recorded_panel.cookies == [None, "better-auth.two_factor=factor"]
    assert recorded_panel.bodies[1] == {"code": "123456"}


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [
        (401, "INVALID_CODE", InvalidCodeError),
        (401, "INVALID_TWO_FACTOR_COOKIE", CodeExpiredError),
        (403, "INVALID_ORIGIN", OriginNotAllowedError),
    ],
)
async def test_refused_second_factor(
    panel_v2: Panel, recorded_panel: RecordedPanel, status: int, code: str, error: type[StellarStackError]
) -> None:
    recorded_panel.answer("POST", TOTP, {"message": "No", "code": code}, status)

    with pytest.raises(error):
        await panel_v2.verify_code(TwoFactorChallenge("better-auth.two_factor=factor"), "123456")


# The contract.


def test_capabilities(panel_v2: Panel) -> None:
    told = panel_v2.capabilities
    assert (told.calls, told.explains_stops, told.swap, told.location) == (True, True, False, False)
    # A raw token is of no use here.
    told = panel_v2.with_credentials(Credentials(token="token")).capabilities
    assert (told.calls, told.explains_stops) == (False, False)


async def test_contract(panel_v2: Panel, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path(SIGNAL, "/activity"), recorded("denied"), 403)

    assert (await panel_v2.account()).id == USER
    assert len(await panel_v2.servers()) == 5
    server = await panel_v2.server(SURVIVAL)
    assert server.shared is False
    assert server.node is not None
    assert server.node.display_name == "node-a"
    assert await panel_v2.nodes() == []
    assert (await panel_v2.evidence(SIGNAL, 1.0)).cause is Cause.COMMAND
    assert await panel_v2.node_status(SURVIVAL) is ServerStatus.RUNNING
    assert len(await panel_v2.backups(SURVIVAL)) == 1


async def test_backup_is_found_by_the_id_it_was_asked_for_under(panel_v2: Panel, recorded_panel: RecordedPanel) -> None:
    assert await panel_v2.create_backup(SURVIVAL, "nightly", BACKUP_ID) is None
    assert await panel_v2.find_backup(SURVIVAL, BACKUP_ID) is None

    (row,) = recorded("backups")["backups"]
    ours = row | {"id": "ours", "name": recorded_panel.bodies[0]["name"]}
    recorded_panel.answer("GET", path(SURVIVAL, "/backups"), {"backups": [row, ours]})

    backup = await panel_v2.find_backup(SURVIVAL, BACKUP_ID)
    assert backup is not None
    assert (backup.id, backup.status) == ("ours", BackupStatus.COMPLETED)


@pytest.mark.parametrize(
    "call", [lambda panel: panel.power(SURVIVAL, PowerAction.START), lambda panel: panel.send_command(SURVIVAL, "list")]
)
async def test_what_only_a_live_socket_does_is_not_asked_for(
    panel_v2: Panel, recorded_panel: RecordedPanel, call: Callable[[Panel], Awaitable[Any]]
) -> None:
    with pytest.raises(ResponseError):
        await call(panel_v2)
    assert recorded_panel.requests == []


# The client on it.


@pytest.fixture
async def connect(
    session: ClientSession, recorded_panel: RecordedPanel, credentials: Credentials
) -> AsyncGenerator[Connect]:
    """Connects a client that watches a server; closes it at the end."""
    clients: list[StellarStackClient] = []

    async def connect(**times: Any) -> tuple[StellarStackClient, WatchedServer]:
        client = StellarStackClient(
            session, recorded_panel.url, credentials, lambda state, reason: None, replace(QUICK, **times)
        )
        clients.append(client)
        await client.connect()
        server = client.watch(SURVIVAL)
        await until(lambda: server.live)
        return client, server

    yield connect
    for client in clients:
        await client.close()


async def test_client_follows_the_list(connect: Connect, recorded_panel: RecordedPanel) -> None:
    client, server = await connect()
    assert client.user_id == USER
    assert server.info is not None
    assert server.info.status is ServerStatus.RUNNING
    await until(lambda: server.info is not None and server.info.address == "127.0.0.1:25565")

    recorded_panel.row(SURVIVAL)["status"] = "stopping"

    await until(lambda: server.info is not None and server.info.status is ServerStatus.STOPPING)


async def test_crash_is_found_in_the_log(connect: Connect, recorded_panel: RecordedPanel) -> None:
    _, server = await connect(evidence_delay=0.05)
    events: list[LifecycleEvent] = []
    server.events.add(events.append)
    crash = {"action": "servers.lifecycle.crashed.container_exit", "createdAt": datetime.now(UTC).isoformat()}
    recorded_panel.answer("GET", path(SURVIVAL, "/activity"), {"entries": [crash]})

    recorded_panel.row(SURVIVAL)["status"] = "offline"

    await until(lambda: events == [LifecycleEvent.CRASHED])


async def test_server_is_live_between_two_lists(connect: Connect, recorded_panel: RecordedPanel) -> None:
    # Longer than the news of a WebSocket hold.
    client, server = await connect(stale=0.01)
    updates: list[Update] = []
    server.updates.add(updates.append)

    await recorded_panel.listed_again(3)

    assert client.news_valid_for == pytest.approx(0.15)
    assert Update.STALE not in updates


async def test_server_that_no_list_has_becomes_stale(connect: Connect, recorded_panel: RecordedPanel) -> None:
    _, server = await connect()

    recorded_panel.rows.remove(recorded_panel.row(SURVIVAL))

    await until(lambda: not server.live)


async def test_deleted_server(connect: Connect, recorded_panel: RecordedPanel) -> None:
    _, server = await connect()
    updates: list[Update] = []
    server.updates.add(updates.append)
    recorded_panel.answer("GET", path(SURVIVAL), NOT_FOUND, 404)

    recorded_panel.rows.remove(recorded_panel.row(SURVIVAL))

    await until(lambda: Update.DELETED in updates)


async def test_client_tells_of_servers_that_come(connect: Connect, recorded_panel: RecordedPanel) -> None:
    client, _ = await connect()
    lists: list[set[str]] = []
    client.listed.add(lambda servers: lists.append({server.id for server in servers}))

    recorded_panel.rows.append(recorded_panel.row(SURVIVAL) | {"id": "new"})

    await until(lambda: lists)
    assert "new" in lists[0]


async def test_session_that_ends(connect: Connect, recorded_panel: RecordedPanel) -> None:
    client, server = await connect()

    for where in ("/api/me", "/api/servers"):
        recorded_panel.answer("GET", where, SESSION_INVALID, 401)

    await until(lambda: client.state is ConnectionState.UNAUTHENTICATED)
    assert not server.live


async def test_refusal_that_the_panel_takes_back(connect: Connect, recorded_panel: RecordedPanel) -> None:
    client, server = await connect()
    recorded_panel.answer("GET", "/api/servers", SESSION_INVALID, 401)
    await until(lambda: client.state is ConnectionState.DISCONNECTED)

    recorded_panel.answer("GET", "/api/servers", {"servers": recorded_panel.rows})

    await until(lambda: server.live)


async def test_raw_token_is_refused(session: ClientSession, recorded_panel: RecordedPanel) -> None:
    client = StellarStackClient(
        session, recorded_panel.url, Credentials(token="token"), lambda state, reason: None, QUICK
    )

    with pytest.raises(AuthenticationError):
        await client.connect()


@pytest.mark.parametrize("lost", [False, True])
async def test_backup_is_followed_in_the_list(connect: Connect, recorded_panel: RecordedPanel, lost: bool) -> None:
    _, server = await connect()
    backups = path(SURVIVAL, "/backups")
    recorded_panel.answer("GET", backups, {"backups": []})
    if lost:
        recorded_panel.answer("POST", backups, b"", 504)
    making = asyncio.create_task(server.create_backup("nightly"))
    await recorded_panel.asked_again(backups)
    (row,) = recorded("backups")["backups"]
    ours = row | {"name": recorded_panel.bodies[0]["name"]}
    recorded_panel.answer("GET", backups, {"backups": [ours | {"state": "pending", "completedAt": None}]})
    await recorded_panel.asked_again(backups)
    assert not making.done()
    recorded_panel.answer("GET", backups, {"backups": [ours]})

    backup = await making
    assert (backup.status, backup.size) == (BackupStatus.COMPLETED, 30004998)
    assert server.info is not None
    assert server.info.last_backup == backup.completed_at
