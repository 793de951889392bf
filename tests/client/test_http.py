"""The REST calls against a real panel, and against what is none."""

import asyncio
from collections.abc import Awaitable, Callable
import json
import ssl
from typing import Any

from aiohttp import ClientSession, ClientTimeout, DummyCookieJar, web
from hypothesis import given, strategies as st
import pytest

from custom_components.stellarstack.client import (
    Backup,
    Node,
    PanelHttp,
    PowerAction,
    ServerStatus,
    Session,
    StellarStackError,
    TwoFactorChallenge,
    http as http_module,
    refuse_redirects,
)
from custom_components.stellarstack.client.errors import (
    AccountBannedError,
    AuthenticationError,
    CodeExpiredError,
    EmailNotVerifiedError,
    ForbiddenError,
    InvalidCodeError,
    InvalidCredentialsError,
    InvalidUrlError,
    NewerPanelError,
    NotFoundError,
    OriginNotAllowedError,
    PanelConnectionError,
    PanelTimeoutError,
    PanelTlsError,
    RateLimitedError,
    RedirectedError,
    ResponseError,
    UnsupportedPanelError,
    WebSocketBlockedError,
)
from custom_components.stellarstack.client.http import normalize_url
from simulator import Panel
from simulator.accounts import Account, Session as PanelSession

from .support import JSON, PASSWORD, Serve, StartPanel, at_random, few_at_random, open_session, our_log, wire

EMAIL = "alex@example.com"
SIGN_IN = "/api/auth/sign-in/email"

type Call = Callable[[PanelHttp], Awaitable[Any]]

# By their path: the calls that need a session, and all.
SIGNED_IN_CALLS: dict[str, Call] = {
    "/api/ws/token": PanelHttp.socket_token,
    "/api/auth/get-session": PanelHttp.account,
    "/api/servers": PanelHttp.servers,
    "/api/servers/srv_survival": lambda http: http.server("srv_survival"),
    "/api/nodes": PanelHttp.nodes,
    "/api/servers/srv_survival/kill": lambda http: http.power("srv_survival", PowerAction.KILL),
    "/api/servers/srv_survival/command": lambda http: http.send_command("srv_survival", "say hi"),
    "/api/servers/srv_survival/backups": lambda http: http.create_backup("srv_survival"),
}
CALLS: dict[str, Call] = SIGNED_IN_CALLS | {
    SIGN_IN: lambda http: http.sign_in(EMAIL, PASSWORD),
    "/api/auth/two-factor/verify-totp": lambda http: http.verify_code(TwoFactorChallenge("two_factor=x"), "123456"),
}
every_call = pytest.mark.parametrize("path", CALLS)


@pytest.fixture
def challenged(panel: Panel) -> Account:
    """An account with a second factor."""
    return panel.add_account("sam@example.com", PASSWORD, two_factor=True)


async def _challenge(http: PanelHttp) -> TwoFactorChallenge:
    challenge = await http.sign_in("sam@example.com", PASSWORD)
    assert isinstance(challenge, TwoFactorChallenge)
    return challenge


def _cookies(panel: Panel) -> list[str | None]:
    return [headers.get("Cookie") for _, _, headers in panel.request_headers]


# Addresses.


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://panel.example.com", "http://panel.example.com"),
        (" https://panel.example.com/\n", "https://panel.example.com"),
        ("HTTPS://Panel.Example.COM:443", "https://panel.example.com"),
        ("http://192.168.1.5:3001/", "http://192.168.1.5:3001"),
        ("http://[2001:db8::1]:3001", "http://[2001:db8::1]:3001"),
        ("https://example.com/games/panel//", "https://example.com/games/panel"),
        ("https://example.com/panel?tab=1#top", "https://example.com/panel"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example"),
    ],
)
def test_address_becomes_origin_and_base_path(text: str, url: str) -> None:
    assert normalize_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        *("", "panel.example.com", "panel.example.com:3001", "ftp://panel.example.com", "ws://panel.example.com"),
        *("http://", "http:///api", "/api", "http://panel.example.com:port", "http://panel.example.com:99999"),
        *("http://alex@panel.example.com", "http://alex:secret@panel.example.com", "http://:secret@panel.example.com"),
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(InvalidUrlError):
        normalize_url(text)


@at_random
@given(st.text() | st.text().map("http://{}".format) | st.from_regex(r"https?://[a-z.:@\[\]]{1,12}/?[ -~]{0,9}"))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        url = normalize_url(text)
    except InvalidUrlError:
        return
    assert normalize_url(url) == url


# The probe.


async def test_probe_knows_a_panel(anonymous: PanelHttp, panel: Panel) -> None:
    await anonymous.probe()

    assert panel.requests == [("GET", "/api/ws/token")]


async def test_probe_shows_no_credentials(http: PanelHttp, panel: Panel) -> None:
    await http.probe()

    assert _cookies(panel) == [None]


async def test_probe_tells_a_newer_panel(session: ClientSession, start_panel: StartPanel) -> None:
    panel = await start_panel(generation=2)

    with pytest.raises(NewerPanelError):
        await PanelHttp(session, panel.url).probe()


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, {"token": "x", "userId": "y"}),
        (200, "<html>Welcome</html>"),
        (401, "<html>Unauthorized</html>"),
        (401, ["Unauthorized"]),
        (401, {"error": 5}),
        (403, {"error": "Forbidden"}),
        (404, "<html>Not Found</html>"),
        (404, {"error": "Not found"}),
    ],
)
async def test_probe_refuses_what_is_no_panel(anonymous: PanelHttp, panel: Panel, status: int, body: object) -> None:
    panel.fail("/api/ws/token", status, body)
    panel.fail("/health", 404)

    with pytest.raises(UnsupportedPanelError) as raised:
        await anonymous.probe()
    assert type(raised.value) is UnsupportedPanelError


@pytest.mark.parametrize(
    ("status", "body"), [(404, None), (503, {"status": "ok"}), (200, "ok"), (200, {"status": "bad"}), (200, ["ok"])]
)
async def test_probe_without_health(anonymous: PanelHttp, panel: Panel, status: int, body: object) -> None:
    panel.fail("/api/ws/token", 404)
    panel.fail("/health", status, body)

    with pytest.raises(UnsupportedPanelError) as raised:
        await anonymous.probe()
    assert type(raised.value) is UnsupportedPanelError


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (429, RateLimitedError),
        (500, ResponseError),
        (502, PanelConnectionError),
        (503, PanelConnectionError),
        (504, PanelConnectionError),
    ],
)
async def test_probe_of_a_panel_in_trouble(
    anonymous: PanelHttp, panel: Panel, status: int, error: type[StellarStackError]
) -> None:
    panel.fail("/api/ws/token", status)

    with pytest.raises(error):
        await anonymous.probe()


async def test_probe_of_nothing(anonymous: PanelHttp, panel: Panel) -> None:
    await panel.stop()

    with pytest.raises(PanelConnectionError) as raised:
        await anonymous.probe()
    assert type(raised.value) is PanelConnectionError


# TLS.


@pytest.fixture
async def tls_panel(start_panel: StartPanel) -> Panel:
    """A panel with a certificate of its own."""
    return await start_panel(tls=True)


async def test_untrusted_certificate(session: ClientSession, tls_panel: Panel) -> None:
    with pytest.raises(PanelTlsError):
        await PanelHttp(session, tls_panel.url).probe()
    with pytest.raises(PanelTlsError):
        await PanelHttp(session, tls_panel.url).open_socket()


async def test_trust_by_request(trusting_session: ClientSession, tls_panel: Panel) -> None:
    http = PanelHttp(trusting_session, tls_panel.url)

    await http.probe()
    await (await http.open_socket()).close()


async def test_trusted_certificate(tls_panel: Panel) -> None:
    async with open_session(ssl.create_default_context(cadata=tls_panel.certificate)) as session:
        await PanelHttp(session, tls_panel.url).probe()


async def test_no_tls_behind_https(session: ClientSession, panel: Panel) -> None:
    http = PanelHttp(session, panel.url.replace("http:", "https:"))

    with pytest.raises(PanelTlsError):
        await http.probe()
    with pytest.raises(PanelTlsError):
        await http.open_socket()


async def test_tls_behind_http(session: ClientSession, tls_panel: Panel) -> None:
    with pytest.raises(PanelConnectionError):
        await PanelHttp(session, tls_panel.url.replace("https:", "http:")).probe()


# Sign-in.


async def test_sign_in(anonymous: PanelHttp, account: Account, panel: Panel) -> None:
    signed_in = await anonymous.sign_in(EMAIL, PASSWORD)

    (session,) = panel.accounts.sessions.values()
    assert signed_in == Session(cookie=session.cookie)


async def test_sign_in_sends_no_cookie(http: PanelHttp, panel: Panel) -> None:
    await http.sign_in(EMAIL, PASSWORD)

    assert _cookies(panel) == [None]


async def test_name_of_the_cookie_is_the_panels(session: ClientSession, start_panel: StartPanel) -> None:
    panel = await start_panel(public_url="https://panel.example.com")
    panel.add_account(EMAIL, PASSWORD)
    http = PanelHttp(session, panel.url)

    signed_in = await http.sign_in(EMAIL, PASSWORD)

    assert isinstance(signed_in, Session)
    assert signed_in.stored.startswith("__Secure-better-auth.session_token=")
    http.credentials = signed_in
    assert (await http.account()).email == EMAIL


@pytest.mark.parametrize(
    ("email", "password", "error"),
    [
        (EMAIL, "wrong", InvalidCredentialsError),
        ("nobody@example.com", PASSWORD, InvalidCredentialsError),
        ("no address", PASSWORD, InvalidCredentialsError),
        ("banned@example.com", PASSWORD, AccountBannedError),
        ("new@example.com", PASSWORD, EmailNotVerifiedError),
    ],
)
async def test_refused_sign_in(
    anonymous: PanelHttp, account: Account, panel: Panel, email: str, password: str, error: type[StellarStackError]
) -> None:
    panel.add_account("banned@example.com", PASSWORD, banned=True)
    panel.add_account("new@example.com", PASSWORD, email_verified=False)

    with pytest.raises(error):
        await anonymous.sign_in(email, password)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (400, {"code": "VALIDATION_ERROR", "message": "[body.email]"}, InvalidCredentialsError),
        (400, {"message": "Bad"}, InvalidCredentialsError),
        (401, {"error": "Unauthorized"}, InvalidCredentialsError),
        (403, {"code": "SOMETHING_NEW", "message": "No"}, ForbiddenError),
        (404, "<html>", NotFoundError),
        (500, {"code": 5}, ResponseError),
        (200, {"token": "x"}, ResponseError),
        (200, "<html>", ResponseError),
    ],
)
async def test_other_answers_to_a_sign_in(
    anonymous: PanelHttp, panel: Panel, status: int, body: object, error: type[StellarStackError]
) -> None:
    panel.fail(SIGN_IN, status, body)

    with pytest.raises(error):
        await anonymous.sign_in(EMAIL, PASSWORD)


async def test_deleted_cookie_is_none(anonymous: PanelHttp, panel: Panel) -> None:
    panel.fail(SIGN_IN, 200, {}, headers={"Set-Cookie": "better-auth.session_token=; Max-Age=0; Path=/"})

    with pytest.raises(ResponseError, match="no session_token cookie"):
        await anonymous.sign_in(EMAIL, PASSWORD)


async def test_sixth_sign_in_of_a_minute(anonymous: PanelHttp, account: Account, panel: Panel) -> None:
    panel.limits = True
    for _ in range(5):
        await anonymous.sign_in(EMAIL, PASSWORD)

    with pytest.raises(RateLimitedError) as raised:
        await anonymous.sign_in(EMAIL, PASSWORD)
    assert raised.value.retry_after == 60


# The second factor.


async def test_totp(anonymous: PanelHttp, challenged: Account, panel: Panel) -> None:
    code = challenged.totp()
    signed_in = await anonymous.verify_code(await _challenge(anonymous), f" {code[:3]} {code[3:]} ")

    (session,) = panel.accounts.sessions.values()
    assert signed_in == Session(cookie=session.cookie)


async def test_second_factor_takes_one_cookie_along(anonymous: PanelHttp, challenged: Account, panel: Panel) -> None:
    challenge = await _challenge(anonymous)
    await anonymous.verify_code(challenge, challenged.totp())

    _, path, headers = panel.request_headers[-1]
    assert (path, headers["Cookie"], headers["Origin"]) == (
        "/api/auth/two-factor/verify-totp",
        challenge.cookie,
        panel.url,
    )
    assert challenge.cookie.startswith("better-auth.two_factor=")


async def test_backup_code(anonymous: PanelHttp, challenged: Account) -> None:
    assert await anonymous.verify_code(await _challenge(anonymous), challenged.backup_codes[0])


@pytest.mark.parametrize("code", ["000000", "12345", "1234567", "abcde-fghij", ""])
async def test_wrong_code_leaves_another_try(anonymous: PanelHttp, challenged: Account, code: str) -> None:
    challenge = await _challenge(anonymous)

    with pytest.raises(InvalidCodeError):
        await anonymous.verify_code(challenge, code)
    assert await anonymous.verify_code(challenge, challenged.totp())


async def test_used_challenge(anonymous: PanelHttp, challenged: Account) -> None:
    challenge = await _challenge(anonymous)
    await anonymous.verify_code(challenge, challenged.totp())

    with pytest.raises(CodeExpiredError):
        await anonymous.verify_code(challenge, challenged.totp())


async def test_expired_challenge(anonymous: PanelHttp, challenged: Account, panel: Panel) -> None:
    challenge = await _challenge(anonymous)
    panel.advance(181)

    with pytest.raises(CodeExpiredError):
        await anonymous.verify_code(challenge, challenged.totp())


async def test_second_factor_at_another_address(session: ClientSession, start_panel: StartPanel) -> None:
    panel = await start_panel(public_url="http://panel.example.com")
    account = panel.add_account("sam@example.com", PASSWORD, two_factor=True)
    http = PanelHttp(session, panel.url)
    challenge = await _challenge(http)

    with pytest.raises(OriginNotAllowedError):
        await http.verify_code(challenge, account.totp())


async def test_unknown_refusal_of_a_code(anonymous: PanelHttp, challenged: Account, panel: Panel) -> None:
    challenge = await _challenge(anonymous)
    panel.fail("/api/auth/two-factor/verify-totp", 401, {"code": "SOMETHING_NEW"})

    with pytest.raises(InvalidCodeError):
        await anonymous.verify_code(challenge, "123456")


# The session.


async def test_socket_token(http: PanelHttp, signed_in: PanelSession) -> None:
    token = await http.socket_token()

    assert (token.token, token.user_id) == (signed_in.token, signed_in.account.id)


async def test_socket_token_without_a_user(http: PanelHttp, panel: Panel) -> None:
    panel.fail("/api/ws/token", 200, {"token": "x", "userId": 5})

    assert (await http.socket_token()).user_id is None


@pytest.mark.parametrize("role", ["user", "admin"])
async def test_account(http: PanelHttp, signed_in: PanelSession, role: str) -> None:
    signed_in.account.role = role

    account = await http.account()

    assert (account.id, account.name, account.email) == (signed_in.account.id, "Alex", EMAIL)
    assert account.is_admin is (role == "admin")
    assert account.expires_at is not None
    assert abs((account.expires_at - signed_in.expires_at).total_seconds()) < 1


async def test_account_of_few_words(http: PanelHttp, panel: Panel) -> None:
    panel.fail("/api/auth/get-session", 200, {"session": {}, "user": {"id": "user", "name": 5, "email": None}})

    account = await http.account()

    assert (account.id, account.name, account.email, account.expires_at) == ("user", None, None, None)


@pytest.mark.parametrize(
    "content",
    [
        *([], 5, "text", {}, {"user": {"id": "x"}}, {"user": None, "session": {}}, {"user": [], "session": {}}),
        *({"user": {}, "session": {}}, {"user": {"id": 5}, "session": {}}, {"user": {"id": "x"}, "session": []}),
        {"user": {"id": "x"}, "session": {"expiresAt": "soon"}},
    ],
)
async def test_account_of_unknown_form(http: PanelHttp, panel: Panel, content: object) -> None:
    panel.fail("/api/auth/get-session", 200, wire(content))

    with pytest.raises(ResponseError):
        await http.account()


@pytest.mark.parametrize("path", SIGNED_IN_CALLS)
async def test_ended_session(http: PanelHttp, panel: Panel, path: str) -> None:
    panel.expire_sessions()

    with pytest.raises(AuthenticationError):
        await CALLS[path](http)


@pytest.mark.parametrize("encoded", [True, False])
async def test_cookie_is_sent_as_it_was_given(
    http: PanelHttp, panel: Panel, signed_in: PanelSession, encoded: bool
) -> None:
    name = signed_in.cookie.partition("=")[0]
    cookie = signed_in.cookie if encoded else f"{name}={signed_in.signed_value}"
    http.credentials = Session(cookie=cookie)

    await http.account()
    await http.servers()

    assert _cookies(panel) == [cookie, cookie]


@pytest.mark.parametrize("credentials", [None, Session(token="token")])
async def test_without_a_cookie(anonymous: PanelHttp, panel: Panel, credentials: Session | None) -> None:
    anonymous.credentials = credentials

    assert not anonymous.has_cookie
    with pytest.raises(AuthenticationError):
        await anonymous.servers()
    assert _cookies(panel) == [None]


def test_with_a_cookie(http: PanelHttp) -> None:
    assert http.has_cookie


# Servers and nodes.


async def test_servers(http: PanelHttp) -> None:
    servers = {server.id: server for server in await http.servers()}

    assert set(servers) == {"srv_survival", "srv_creative", "srv_valheim"}
    survival = servers["srv_survival"]
    assert (survival.name, survival.status, survival.memory) == ("Survival", ServerStatus.RUNNING, 4096)
    assert survival.primary_allocation == survival.allocations[1]


async def test_one_server(http: PanelHttp) -> None:
    server = await http.server("srv_survival")

    assert (server.name, server.address) == ("Survival", "node1.example.com:25565")


async def test_shared_server(http: PanelHttp, panel: Panel, account: Account) -> None:
    other = panel.add_account("other@example.com", PASSWORD)
    shared = panel.add_server("Shared", owner=other, shared_with=[account])

    assert shared.id not in {server.id for server in await http.servers()}
    assert (await http.server(shared.id)).name == "Shared"


async def test_unknown_server(http: PanelHttp) -> None:
    with pytest.raises(NotFoundError) as raised:
        await http.server("srv_gone")
    assert (raised.value.status, raised.value.reason) == (404, "Server not found")


async def test_server_of_somebody_else(http: PanelHttp, panel: Panel) -> None:
    foreign = panel.add_server("Foreign", owner=panel.add_account("other@example.com", PASSWORD))

    with pytest.raises(ForbiddenError) as raised:
        await http.server(foreign.id)
    assert raised.value.status == 403
    assert raised.value.reason == "Forbidden: You don't have access to this server"


@pytest.mark.parametrize("server_id", ["../auth/get-session", "a/b", "a?b", "a#b", "%2e%2e", "ä ö"])
async def test_id_stays_one_part_of_the_path(http: PanelHttp, panel: Panel, server_id: str) -> None:
    with pytest.raises(NotFoundError):
        await http.server(server_id)
    assert panel.requests == [("GET", f"/api/servers/{server_id}")]


async def test_nodes(http: PanelHttp, panel: Panel, account: Account) -> None:
    account.role = "admin"
    (node_id,) = panel.fleet.nodes
    panel.set_node_online(node_id, heartbeat=False)

    (node,) = await http.nodes()

    assert isinstance(node, Node)
    assert (node.id, node.display_name, node.host, node.is_online) == (node_id, "Node 1", "node1.example.com", False)


async def test_nodes_are_for_admins(http: PanelHttp) -> None:
    with pytest.raises(ForbiddenError):
        await http.nodes()


@pytest.mark.parametrize("content", [None, 5, "text", {}, {"servers": []}])
async def test_list_of_unknown_form(http: PanelHttp, panel: Panel, content: object) -> None:
    for path in ("/api/servers", "/api/nodes"):
        panel.fail(path, 200, wire(content))

        with pytest.raises(ResponseError):
            await CALLS[path](http)


@pytest.mark.parametrize(("path", "what"), [("/api/servers", "Server"), ("/api/nodes", "Node")])
async def test_rows_without_an_id_leave_the_others(
    http: PanelHttp, panel: Panel, path: str, what: str, caplog: pytest.LogCaptureFixture
) -> None:
    malformed: list[object] = [None, 5, "text", [], {}, {"id": 5}, {"id": ""}]
    panel.fail(path, 200, [{"id": "a"}, *malformed, {"id": "b"}])

    assert [found.id for found in await CALLS[path](http)] == ["a", "b"]
    assert our_log(caplog) == [f"DEBUG Ignored a row that is no {what}"] * len(malformed)


async def test_malformed_server_among_fifty_leaves_the_others(http: PanelHttp, panel: Panel, account: Account) -> None:
    ids = [panel.add_server(f"Server {number}", owner=account).id for number in range(47)]
    panel.edit(ids[20], id=20, memory={}, node=[])
    panel.edit(ids[30], memory={}, node=[], allocations="none")

    servers = {server.id: server for server in await http.servers()}

    assert len(servers) == 49
    assert (servers[ids[30]].name, servers[ids[30]].memory) == ("Server 30", None)


@pytest.mark.parametrize("content", [None, 5, "text", [], {}, {"id": 5}])
async def test_server_of_unknown_form(http: PanelHttp, panel: Panel, content: object) -> None:
    panel.fail("/api/servers/srv_survival", 200, wire(content))

    with pytest.raises(ResponseError):
        await http.server("srv_survival")


@few_at_random
@given(content=JSON)
async def test_any_answer_is_read_or_refused(http: PanelHttp, panel: Panel, content: object) -> None:
    for path, call in CALLS.items():
        panel.fail(path, 200, wire(content))
        try:
            await call(http)
        except StellarStackError:
            continue


@few_at_random
@given(rows=st.lists(JSON, max_size=4))
async def test_any_row_leaves_the_others(http: PanelHttp, panel: Panel, rows: list[object]) -> None:
    panel.fail("/api/servers", 200, json.dumps([{"id": "first"}, *_without_nan(rows), {"id": "last"}]).encode())

    servers = await http.servers()

    assert (servers[0].id, servers[-1].id) == ("first", "last")


def _without_nan(rows: list[object]) -> list[object]:
    """A panel cannot send what JSON lacks."""
    return [json.loads(json.dumps(row), parse_constant=lambda _: None) for row in rows]


# What a server can be told to do.


@pytest.mark.parametrize(
    ("action", "status"),
    [
        (PowerAction.START, "STARTING"),
        (PowerAction.STOP, "STOPPING"),
        (PowerAction.RESTART, "STARTING"),
        (PowerAction.KILL, "STOPPED"),
    ],
)
async def test_power(http: PanelHttp, panel: Panel, action: PowerAction, status: str) -> None:
    panel.set_status("srv_survival", "STOPPED" if action is PowerAction.START else "RUNNING")

    await http.power("srv_survival", action)

    assert panel.requests == [("POST", f"/api/servers/srv_survival/{action}")]
    assert panel.fleet.servers["srv_survival"].status == status


async def test_command(http: PanelHttp, panel: Panel) -> None:
    await http.send_command("srv_survival", 'say "hi"')

    assert panel.commands == [("srv_survival", 'say "hi"')]


@pytest.mark.parametrize("name", [None, "Before the update"])
async def test_backup(http: PanelHttp, panel: Panel, name: str | None) -> None:
    backup = await http.create_backup("srv_survival", name)

    (row,) = panel.backups
    assert backup == Backup(row["id"], row["name"], "completed", 256 * 1024**2)
    assert (row["serverId"], name in {None, row["name"]}) == ("srv_survival", True)


async def test_failed_backup(http: PanelHttp, panel: Panel) -> None:
    panel.backup_result = "FAILED"

    assert (await http.create_backup("srv_survival")).status == "failed"


async def test_backup_may_take_its_time(http: PanelHttp, panel: Panel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http_module, "TIMEOUT", 0.05)
    panel.machine.backup_time = 20

    assert (await http.create_backup("srv_survival")).status == "completed"


@pytest.mark.parametrize(
    ("row", "backup"),
    [
        ({"id": "b"}, Backup("b")),
        ({"id": "b", "name": 5, "status": 5, "size": []}, Backup("b")),
        ({"id": "b", "size": 10}, Backup("b", size=10)),
        ({"id": "b", "size": True}, Backup("b")),
        ({"id": "b", "size": -1}, Backup("b")),
        ({"id": "b", "size": "9" * 5000}, Backup("b")),
    ],
)
async def test_backup_of_few_words(http: PanelHttp, panel: Panel, row: dict[str, Any], backup: Backup) -> None:
    panel.fail("/api/servers/srv_survival/backups", 200, row)

    assert await http.create_backup("srv_survival") == backup


@pytest.mark.parametrize("content", [None, 5, "text", [], {}, {"id": 5}])
async def test_backup_of_unknown_form(http: PanelHttp, panel: Panel, content: object) -> None:
    panel.fail("/api/servers/srv_survival/backups", 200, wire(content))

    with pytest.raises(ResponseError):
        await http.create_backup("srv_survival")


@pytest.mark.parametrize("path", list(SIGNED_IN_CALLS)[-3:])
@pytest.mark.parametrize(
    ("trouble", "status", "reason"),
    [
        ({"suspended": True}, 403, "Server is suspended"),
        ({"online": False}, 400, "Node is offline"),
        ({"heartbeat": False}, 500, "Failed to communicate with daemon: TypeError: fetch failed"),
    ],
)
async def test_server_that_does_nothing(
    http: PanelHttp, panel: Panel, path: str, trouble: dict[str, bool], status: int, reason: str
) -> None:
    (node_id,) = panel.fleet.nodes
    panel.edit("srv_survival", suspended=trouble.get("suspended", False))
    panel.set_node_online(node_id, trouble.get("heartbeat", True), trouble.get("online", True))

    with pytest.raises(ResponseError) as raised:
        await CALLS[path](http)
    assert (raised.value.status, raised.value.reason) == (status, reason)


# Errors of every call.


@every_call
async def test_redirect_is_not_followed(session: ClientSession, serve: Serve, path: str) -> None:
    arrived: list[str] = []

    async def elsewhere(request: web.BaseRequest) -> web.Response:
        arrived.append(request.path)
        return web.json_response({})

    other = await serve(elsewhere)

    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=307, headers={"Location": f"{other}{request.path}"})

    http = PanelHttp(session, await serve(redirect), Session(cookie="session_token=x.y"))

    with pytest.raises(RedirectedError) as raised:
        await CALLS[path](http)
    assert raised.value.location == f"{other}{path}"
    assert arrived == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("middlewares", [(), (refuse_redirects,)])
async def test_every_redirect_is_told(serve: Serve, status: int, middlewares: Any) -> None:
    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=status, headers={} if status == 303 else {"Location": "https://panel.example.com/"})

    url = await serve(redirect)
    async with ClientSession(middlewares=middlewares, cookie_jar=DummyCookieJar()) as session:
        with pytest.raises(RedirectedError) as raised:
            await PanelHttp(session, url).probe()
    assert raised.value.location == (None if status == 303 else "https://panel.example.com/")


@every_call
async def test_html_in_place_of_the_answer(http: PanelHttp, panel: Panel, path: str) -> None:
    panel.fail(path, 200, "<html>Please log in</html>")

    with pytest.raises(ResponseError):
        await CALLS[path](http)


@every_call
async def test_endless_answer(session: ClientSession, serve: Serve, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(http_module, "_LARGE", 2 * http_module._SMALL)
    chunk = b" " * http_module._SMALL
    sent = 0

    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse()
        await response.prepare(request)
        while sent < 100:
            await response.write(chunk)
            sent += 1
        return response

    http = PanelHttp(session, await serve(endless), Session(cookie="session_token=x.y"))

    with pytest.raises(ResponseError, match="longer than"):
        await CALLS[path](http)
    assert sent < 100


@every_call
async def test_no_answer_in_time(http: PanelHttp, panel: Panel, monkeypatch: pytest.MonkeyPatch, path: str) -> None:
    monkeypatch.setattr(http_module, "TIMEOUT", 0.05)
    monkeypatch.setattr(http_module, "BACKUP_TIMEOUT", 0.05)
    panel.delay(path, 60)

    async with asyncio.timeout(20):
        with pytest.raises(PanelTimeoutError):
            await CALLS[path](http)


@every_call
async def test_rate_limit(http: PanelHttp, panel: Panel, path: str) -> None:
    panel.fail(path, 429, headers={"Retry-After": "7"})

    with pytest.raises(RateLimitedError) as raised:
        await CALLS[path](http)
    assert raised.value.retry_after == 7


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"X-Retry-After": "9"}, 9),
        ({"Retry-After": "7", "X-Retry-After": "9"}, 7),
        ({"Retry-After": "Wed, 21 Oct 2026 07:28:00 GMT", "X-Retry-After": "9"}, 9),
        ({"Retry-After": "-1"}, None),
        ({"Retry-After": "9999999"}, None),
        ({}, None),
    ],
)
async def test_wait_that_a_rate_limit_asks_for(
    http: PanelHttp, panel: Panel, headers: dict[str, str], wait: float | None
) -> None:
    panel.fail("/api/servers", 429, headers=headers)

    with pytest.raises(RateLimitedError) as raised:
        await http.servers()
    assert raised.value.retry_after == wait


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (400, {"error": "Bad"}, ResponseError, "Bad"),
        (403, {"error": "Forbidden"}, ForbiddenError, "Forbidden"),
        (403, {"code": "SOMETHING_NEW", "message": "Not you"}, ForbiddenError, "Not you"),
        (404, {"error": "Unknown"}, NotFoundError, "Unknown"),
        (404, "<html>", NotFoundError, None),
        (418, {"error": 5}, ResponseError, None),
        (500, {"error": "x" * 1000}, ResponseError, "x" * 200),
    ],
)
async def test_refusal_keeps_the_panels_words(
    http: PanelHttp, panel: Panel, status: int, body: object, error: type[ResponseError], reason: str | None
) -> None:
    panel.fail("/api/servers", status, body)

    with pytest.raises(error) as raised:
        await http.servers()
    assert type(raised.value) is error
    assert (raised.value.status, raised.value.reason) == (status, reason)


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (401, {"error": "Unauthorized"}, AuthenticationError),
        (401, "<html>", AuthenticationError),
        (403, {"code": "BANNED_USER", "message": "Banned"}, AccountBannedError),
        (502, "<html>", PanelConnectionError),
        (503, "<html>", PanelConnectionError),
        (504, "<html>", PanelConnectionError),
    ],
)
async def test_refusal_of_another_kind(
    http: PanelHttp, panel: Panel, status: int, body: object, error: type[StellarStackError]
) -> None:
    panel.fail("/api/servers", status, body)

    with pytest.raises(error) as raised:
        await http.servers()
    assert type(raised.value) is error


async def test_broken_answer(session: ClientSession) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-OpenSSH_9.9\r\n")
        writer.close()

    async with await asyncio.start_server(talk, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(PanelConnectionError):
            await PanelHttp(session, f"http://127.0.0.1:{port}").probe()


@pytest.mark.parametrize("cookie", ["a=b\r\nX-Evil: 1", "a=\x00"])
async def test_cookie_that_fits_no_header(http: PanelHttp, panel: Panel, cookie: str) -> None:
    http.credentials = Session(cookie=cookie)

    with pytest.raises(PanelConnectionError):
        await http.servers()
    with pytest.raises(PanelConnectionError):
        await http.open_socket()
    assert panel.requests == []


# The base path.


async def test_base_path(session: ClientSession, start_panel: StartPanel) -> None:
    panel = await start_panel(base_path="games/panel")
    account = panel.add_account("sam@example.com", PASSWORD, two_factor=True)
    server = panel.add_server("Survival", owner=account)
    assert panel.url.endswith("/games/panel")
    http = PanelHttp(session, normalize_url(f"{panel.url}/"))

    await http.probe()
    http.credentials = await http.verify_code(await _challenge(http), account.totp())
    assert [found.id for found in await http.servers()] == [server.id]
    await (await http.open_socket()).close()


# The upgrade.


async def test_upgrade_takes_the_cookie_along(http: PanelHttp, panel: Panel, signed_in: PanelSession) -> None:
    socket = await http.open_socket()

    (connection,) = panel.connections
    assert connection.headers["Cookie"] == signed_in.cookie
    await socket.close()


async def test_upgrade_without_a_cookie(anonymous: PanelHttp, panel: Panel) -> None:
    socket = await anonymous.open_socket()

    (connection,) = panel.connections
    assert "Cookie" not in connection.headers
    await socket.close()


async def test_refused_upgrade(http: PanelHttp, panel: Panel) -> None:
    panel.fail("/api/ws", 400, b"")

    with pytest.raises(WebSocketBlockedError, match="400"):
        await http.open_socket()


async def test_upgrade_at_a_server_without_sockets(session: ClientSession, serve: Serve) -> None:
    async def page(request: web.BaseRequest) -> web.Response:
        return web.Response(text="<html>", content_type="text/html")

    with pytest.raises(WebSocketBlockedError, match="200"):
        await PanelHttp(session, await serve(page)).open_socket()


async def test_upgrade_at_nothing(http: PanelHttp, panel: Panel) -> None:
    await panel.stop()

    with pytest.raises(PanelConnectionError):
        await http.open_socket()


async def test_unanswered_upgrade(panel: Panel) -> None:
    panel.hang_upgrades = True
    async with ClientSession(timeout=ClientTimeout(total=0.05), cookie_jar=DummyCookieJar()) as session:
        with pytest.raises(PanelTimeoutError):
            await PanelHttp(session, panel.url).open_socket()


async def test_redirected_upgrade_is_not_followed(session: ClientSession, serve: Serve) -> None:
    arrived: list[str] = []

    async def elsewhere(request: web.BaseRequest) -> web.Response:
        arrived.append(request.path)
        return web.Response()

    other = await serve(elsewhere)

    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=302, headers={"Location": f"{other}/api/ws"})

    http = PanelHttp(session, await serve(redirect), Session(cookie="session_token=x.y"))

    with pytest.raises(RedirectedError) as raised:
        await http.open_socket()
    assert raised.value.location == f"{other}/api/ws"
    assert arrived == []
