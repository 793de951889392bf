"""What is asked of generation 1, of a real panel and of what is none."""

import json

from aiohttp import ClientSession
from hypothesis import given, strategies as st
import pytest

from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    NotThePanelError,
    StellarStackError,
)
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.models import ServerStatus
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v1.rest import Rest
from simulator import Panel
from simulator.accounts import Account, Session as PanelSession

from .calls import BACKUPS, CALLS, QUESTIONS, SURVIVAL, Call, every_call
from .support import JSON, PASSWORD, StartPanel, few_at_random, our_log, wire

# The session.


async def test_socket_token(rest: Rest, signed_in: PanelSession) -> None:
    assert await rest.socket_token() == signed_in.token


@pytest.mark.parametrize("content", [None, 5, "text", [], {}, {"token": 5}])
async def test_socket_token_of_unknown_form(rest: Rest, panel: Panel, content: object) -> None:
    panel.fail("/api/ws/token", 200, wire(content))

    with pytest.raises(NotThePanelError):
        await rest.socket_token()


@every_call
async def test_every_call_shows_the_cookie(
    rest: Rest, panel: Panel, path: str, call: Call, credentials: Credentials
) -> None:
    panel.fail(path, 401, {"error": "Unauthorized"})

    with pytest.raises(AuthenticationError):
        await call(rest)
    assert [headers.get("Cookie") for _, _, headers in panel.request_headers] == [credentials.cookie]


@pytest.mark.parametrize("path", ["/api/ws/token", "/api/servers", SURVIVAL, f"{SURVIVAL}/kill", f"{SURVIVAL}/command"])
async def test_ended_session(rest: Rest, panel: Panel, path: str) -> None:
    panel.expire_sessions()

    with pytest.raises(AuthenticationError):
        await dict(CALLS)[path](rest)


@pytest.mark.parametrize("credentials", [Credentials(), Credentials(token="token")])
async def test_without_a_cookie(http: Http, panel: Panel, credentials: Credentials) -> None:
    with pytest.raises(AuthenticationError):
        await Rest(http, credentials).servers()
    ((_, _, headers),) = panel.request_headers
    assert "Cookie" not in headers


# Servers and nodes.


async def test_servers(rest: Rest) -> None:
    servers = {server.id: server for server in await rest.servers()}

    assert set(servers) == {"srv_survival", "srv_creative", "srv_valheim"}
    survival = servers["srv_survival"]
    assert (survival.name, survival.status, survival.memory) == ("Survival", ServerStatus.RUNNING, 4096)
    assert survival.primary_allocation == survival.allocations[1]


async def test_one_server(rest: Rest) -> None:
    server = await rest.server("srv_survival")

    assert (server.name, server.address) == ("Survival", "node1.example.com:25565")


async def test_shared_server(rest: Rest, panel: Panel, account: Account) -> None:
    other = panel.add_account("other@example.com", PASSWORD)
    shared = panel.add_server("Shared", owner=other, shared_with=[account])

    assert shared.id not in {server.id for server in await rest.servers()}
    assert (await rest.server(shared.id)).name == "Shared"


async def test_unknown_server(rest: Rest) -> None:
    with pytest.raises(NotFoundError) as raised:
        await rest.server("srv_gone")
    assert (raised.value.status, raised.value.reason) == (404, "Server not found")


async def test_server_of_somebody_else(rest: Rest, panel: Panel) -> None:
    foreign = panel.add_server("Foreign", owner=panel.add_account("other@example.com", PASSWORD))

    with pytest.raises(ForbiddenError) as raised:
        await rest.server(foreign.id)
    assert raised.value.status == 403
    assert raised.value.reason is not None
    assert raised.value.reason.startswith("Forbidden")


@pytest.mark.parametrize("server_id", ["../auth/get-session", "a/b", "a?b", "a#b", "%2e%2e", "ä ö"])
async def test_id_stays_one_part_of_the_path(rest: Rest, panel: Panel, server_id: str) -> None:
    with pytest.raises(NotFoundError):
        await rest.server(server_id)
    assert panel.requests == [("GET", f"/api/servers/{server_id}")]


async def test_nodes(rest: Rest, panel: Panel, account: Account) -> None:
    account.role = "admin"
    (node_id,) = panel.fleet.nodes
    panel.set_node_online(node_id, heartbeat=False)

    (node,) = await rest.nodes()

    assert (node.id, node.display_name, node.host, node.is_online) == (node_id, "Node 1", "node1.example.com", False)


async def test_nodes_are_for_admins(rest: Rest) -> None:
    with pytest.raises(ForbiddenError):
        await rest.nodes()


@pytest.mark.parametrize("path", ["/api/servers", "/api/nodes", BACKUPS])
@pytest.mark.parametrize("content", [None, 5, "text", {}, {"servers": []}])
async def test_list_of_unknown_form(rest: Rest, panel: Panel, path: str, content: object) -> None:
    panel.fail(path, 200, wire(content))

    with pytest.raises(NotThePanelError):
        await QUESTIONS[path](rest)


@pytest.mark.parametrize("path", ["/api/servers", "/api/nodes", BACKUPS])
async def test_rows_without_an_id_leave_the_others(
    rest: Rest, panel: Panel, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    malformed: list[object] = [None, 5, "text", [], {}, {"id": 5}, {"id": ""}, {"id": "x" * 129}]
    panel.fail(path, 200, [{"id": "a"}, *malformed, {"id": "b"}])

    assert [found.id for found in await QUESTIONS[path](rest)] == ["a", "b"]
    assert our_log(caplog) == ["DEBUG Ignored a row without an id"] * len(malformed)


async def test_malformed_server_among_fifty_leaves_the_others(rest: Rest, panel: Panel, account: Account) -> None:
    ids = [panel.add_server(f"Server {number}", owner=account).id for number in range(47)]
    panel.edit(ids[20], id=20, memory={}, node=[])
    panel.edit(ids[30], memory={}, node=[], allocations="none")

    servers = {server.id: server for server in await rest.servers()}

    assert len(servers) == 49
    assert (servers[ids[30]].name, servers[ids[30]].memory) == ("Server 30", None)


@pytest.mark.parametrize("content", [None, 5, "text", [], {}, {"id": 5}])
async def test_server_of_unknown_form(rest: Rest, panel: Panel, content: object) -> None:
    panel.fail(SURVIVAL, 200, wire(content))

    with pytest.raises(NotThePanelError):
        await rest.server("srv_survival")


@few_at_random
@given(content=JSON)
async def test_any_answer_is_read_or_refused(rest: Rest, panel: Panel, content: object) -> None:
    for path, call in CALLS:
        panel.fail(path, 200, wire(content))
        try:
            await call(rest)
        except StellarStackError:
            continue


@few_at_random
@given(rows=st.lists(JSON, max_size=4))
async def test_any_row_leaves_the_others(rest: Rest, panel: Panel, rows: list[object]) -> None:
    # A panel cannot send what JSON lacks.
    rows = [json.loads(json.dumps(row), parse_constant=lambda _: None) for row in rows]
    panel.fail("/api/servers", 200, json.dumps([{"id": "first"}, *rows, {"id": "last"}]).encode())

    servers = await rest.servers()

    assert (servers[0].id, servers[-1].id) == ("first", "last")


# The base path.


async def test_base_path(session: ClientSession, start_panel: StartPanel) -> None:
    panel = await start_panel(base_path="games/panel")
    account = panel.add_account("sam@example.com", PASSWORD)
    server = panel.add_server("Survival", owner=account)
    rest = Rest(Http(session, panel.url, Timing()), Credentials(cookie=panel.create_session(account).cookie))

    assert [found.id for found in await rest.servers()] == [server.id]
