"""The client against a real panel: what is watched, what is live, what ends a session."""

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta

from aiohttp import ClientSession
import pytest

from custom_components.stellarstack.client import turns
from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import (
    AuthenticationError,
    ForbiddenError,
    NotFoundError,
    PanelConnectionError,
    PanelTimeoutError,
    StellarStackError,
)
from custom_components.stellarstack.client.messages import ConnectionState, ServerUnchanged
from custom_components.stellarstack.client.models import Allocation, Server, ServerStatus
from custom_components.stellarstack.client.server import Update
from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from simulator.accounts import Account, Session as PanelSession
from simulator.fleet import MISSING
from tests.common import SERVERS

from .support import StartPanel, our_log, our_tasks, until

CONNECTING, CONNECTED, DISCONNECTED, UNAUTHENTICATED, CLOSED = ConnectionState
SURVIVAL, CREATIVE, VALHEIM = SERVERS
# All is as in the field but for reconnects.
TIMING = replace(Timing(), first_reconnect=0.02)

type States = list[tuple[ConnectionState, StellarStackError | None]]


class Watcher:
    """Watches a server and keeps what is told of it."""

    def __init__(self, client: StellarStackClient, server_id: str = SURVIVAL) -> None:
        self.client = client
        self.updates: list[Update] = []
        self.watched = client.watch(server_id)
        self.watched.updates.add(self.updates.append)

    @property
    def server(self) -> Server:
        """What is known."""
        assert self.watched.info is not None
        return self.watched.info

    async def lives(self) -> None:
        await until(lambda: self.watched.live)

    async def is_stale(self) -> None:
        await until(lambda: self.updates[-1:] == [Update.STALE])


def client_of(
    session: ClientSession, url: str, credentials: Credentials, states: States, timing: Timing = TIMING
) -> StellarStackClient:
    """Return a client that notes how its connection stands."""
    return StellarStackClient(session, url, credentials, lambda state, reason: states.append((state, reason)), timing)


@pytest.fixture
def states() -> States:
    """What the client told of its connection."""
    return []


@pytest.fixture
def timing() -> Timing:
    """The waiting times; a test may have its own."""
    return TIMING


@pytest.fixture
async def client(
    session: ClientSession, panel: Panel, signed_in: PanelSession, states: States, timing: Timing
) -> AsyncGenerator[StellarStackClient]:
    """A client with the account's cookie, connected."""
    client = client_of(session, panel.url, Credentials(cookie=signed_in.cookie), states, timing)
    await client.connect()
    yield client
    await client.close()


@pytest.fixture
async def watcher(client: StellarStackClient) -> Watcher:
    """A watched server, with its first news."""
    watcher = Watcher(client)
    await watcher.lives()
    return watcher


# The first connection.


async def test_connect(client: StellarStackClient, account: Account, states: States) -> None:
    assert (client.state, client.user_id) == (CONNECTED, account.id)
    assert states == [(CONNECTING, None), (CONNECTED, None)]


async def test_connect_to_nothing(
    session: ClientSession, panel: Panel, signed_in: PanelSession, states: States
) -> None:
    client = client_of(session, panel.url, Credentials(cookie=signed_in.cookie), states)
    await panel.stop()

    with pytest.raises(PanelConnectionError):
        await client.connect()

    assert (states, client.state, our_tasks()) == ([], CLOSED, [])


async def test_connect_to_a_panel_whose_socket_is_blocked(
    session: ClientSession, panel: Panel, signed_in: PanelSession, states: States
) -> None:
    client = client_of(session, panel.url, Credentials(cookie=signed_in.cookie), states)
    panel.fail("/api/ws", 400, b"")

    with pytest.raises(PanelConnectionError) as raised:
        await client.connect()

    assert states == [(CONNECTING, None), (DISCONNECTED, raised.value), (CLOSED, None)]
    assert our_tasks() == []


@pytest.mark.parametrize("credentials", [Credentials(token="unknown"), Credentials(cookie="session_token=un.known")])
async def test_connect_with_a_refused_session(
    session: ClientSession, panel: Panel, states: States, credentials: Credentials
) -> None:
    client = client_of(session, panel.url, credentials, states, replace(TIMING, cookie_grace=0.05))

    with pytest.raises(AuthenticationError) as raised:
        await client.connect()

    assert states[-1] == (UNAUTHENTICATED, raised.value)
    assert [state for state, _ in states].count(UNAUTHENTICATED) == 1
    await until(lambda: not panel.connections and our_tasks() == [])


async def test_connect_without_an_answer(
    session: ClientSession, panel: Panel, signed_in: PanelSession, states: States
) -> None:
    client = client_of(session, panel.url, Credentials(cookie=signed_in.cookie), states, replace(TIMING, connect=0.05))
    panel.hang_upgrades = True

    with pytest.raises(PanelTimeoutError):
        await client.connect()

    assert (client.state, our_tasks()) == (CLOSED, [])


async def test_cancelled_connect(session: ClientSession, panel: Panel, signed_in: PanelSession, states: States) -> None:
    client = client_of(session, panel.url, Credentials(cookie=signed_in.cookie), states)
    panel.hang_upgrades = True
    connecting = asyncio.create_task(client.connect())
    await until(lambda: ("GET", "/api/ws") in panel.requests)
    connecting.cancel()
    await asyncio.wait((connecting,))

    assert connecting.cancelled()
    assert (client.state, our_tasks()) == (CLOSED, [])


async def test_later_reconnects_are_told_by_their_state(
    client: StellarStackClient, panel: Panel, states: States
) -> None:
    panel.drop_clients()

    await until(lambda: [state for state, _ in states].count(CONNECTED) == 2)

    assert [state for state, _ in states] == [CONNECTING, CONNECTED, DISCONNECTED, CONNECTING, CONNECTED]
    assert isinstance(states[2][1], PanelConnectionError)


async def test_connect_again_after_the_end(client: StellarStackClient, watcher: Watcher, states: States) -> None:
    await client.close()
    assert not watcher.watched.live

    await client.connect()
    await watcher.lives()

    assert [state for state, _ in states] == [CONNECTING, CONNECTED, CLOSED, CONNECTING, CONNECTED]
    assert watcher.updates == [Update.CHANGED, Update.STALE, Update.CHANGED]


# News.


async def test_first_news(watcher: Watcher, panel: Panel) -> None:
    assert watcher.updates == [Update.CHANGED]
    assert (watcher.server.name, watcher.server.status) == ("Survival", ServerStatus.RUNNING)
    assert panel.received_of("subscribe") == [SURVIVAL]


async def test_server_may_be_watched_later(client: StellarStackClient, panel: Panel) -> None:
    watchers = [Watcher(client, server_id) for server_id in SERVERS]

    for watcher in watchers:
        await watcher.lives()

    assert [watcher.server.name for watcher in watchers] == list(SERVERS.values())
    assert panel.received_of("subscribe") == list(SERVERS)


@pytest.mark.parametrize("payload", ["real", "page"])
async def test_news_of_either_payload(
    session: ClientSession, start_panel: StartPanel, states: States, payload: str
) -> None:
    panel = await start_panel(payload=payload)
    account = panel.add_account("alex@example.com", "password")
    server = panel.add_server("Survival", owner=account, node=panel.add_node("Node 1", host="node1.example.com"))
    client = client_of(session, panel.url, Credentials(cookie=panel.create_session(account).cookie), states)
    try:
        await client.connect()
        watcher = Watcher(client, server.id)
        await watcher.lives()
        await client.load_servers()
        panel.set_status(server.id, "STOPPING")
        await until(lambda: watcher.server.status is ServerStatus.STOPPING)
    finally:
        await client.close()

    assert (watcher.server.memory, watcher.server.address) == (4096, "node1.example.com:25565")


async def test_change_is_told_once(watcher: Watcher, panel: Panel) -> None:
    panel.set_status(SURVIVAL, "STOPPING")
    await until(lambda: watcher.server.status is ServerStatus.STOPPING)
    panel.pause_ticks = True
    for _ in range(3):
        await panel.tick_now()
    panel.set_status(SURVIVAL, "STOPPED")

    await until(lambda: watcher.server.status is ServerStatus.STOPPED)

    assert watcher.updates == [Update.CHANGED] * 3


async def test_sync_alone_tells_a_change(watcher: Watcher, panel: Panel) -> None:
    panel.edit(SURVIVAL, name="Renamed")

    await until(lambda: watcher.server.name == "Renamed")

    assert watcher.updates == [Update.CHANGED] * 2


async def test_row_of_texts_changes_nothing(watcher: Watcher, panel: Panel) -> None:
    panel.update_server(SURVIVAL, description=None)
    panel.update_server(SURVIVAL, description="Now it has one")

    await until(lambda: watcher.server.description)

    assert watcher.updates[:2] == [Update.CHANGED] * 2
    assert (watcher.server.memory, watcher.server.disk, watcher.server.swap) == (4096, 10240, 0)
    # The first row named the primary allocation, which no sync tells.
    assert watcher.server.address == "node1.example.com:25565"


async def test_field_that_is_no_longer_sent_is_kept(watcher: Watcher, panel: Panel) -> None:
    panel.edit(SURVIVAL, memory=MISSING, node=MISSING, allocations=5, cpu=300)

    await until(lambda: watcher.server.cpu == 300)

    assert watcher.server.memory == 4096
    assert watcher.server.node is not None
    assert len(watcher.server.allocations) == 2


async def test_malformed_server_among_fifty_leaves_the_others(
    client: StellarStackClient, panel: Panel, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    ids = [panel.add_server(f"Server {number}", owner=account).id for number in range(50)]
    panel.edit(ids[7], id=7)
    panel.edit(ids[8], name=[], memory="NaN", disk=-1, cpu=10**30, status={}, node=5, allocations={})
    watchers = [Watcher(client, server_id) for server_id in ids]

    await until(lambda: sum(watcher.watched.live for watcher in watchers) == 49)

    assert not watchers[7].watched.live
    server = watchers[8].server
    assert (server.name, server.memory, server.disk, server.cpu, server.status, server.node) == (None,) * 6
    assert (server.short_id, server.swap, server.blueprint) == (ids[8][:8], 0, watchers[9].server.blueprint)
    assert client.state is CONNECTED
    assert all(line.startswith("DEBUG") for line in our_log(caplog))


async def test_news_before_the_first_sync_is_kept_but_not_told(client: StellarStackClient, panel: Panel) -> None:
    panel.pause_ticks = True
    watcher = Watcher(client)
    await until(lambda: panel.received_of("subscribe"))
    panel.update_server(SURVIVAL, description="News")
    other = Watcher(client, CREATIVE)
    await until(lambda: CREATIVE in panel.received_of("subscribe"))
    assert (watcher.updates, watcher.watched.live) == ([], False)
    panel.edit(SURVIVAL, description=MISSING)
    panel.pause_ticks = False

    await other.lives()
    await watcher.lives()

    assert watcher.server.description == "News"


async def test_news_of_an_unwatched_server_is_none(watcher: Watcher, panel: Panel) -> None:
    await panel.send_raw('{"type":"server:sync","serverId":"srv_other","data":{"id":"srv_other"}}')
    panel.delete_server(CREATIVE)
    panel.set_status(SURVIVAL, "STOPPING")

    await until(lambda: len(watcher.updates) == 2)

    assert watcher.updates == [Update.CHANGED] * 2


async def test_unwatch(client: StellarStackClient, watcher: Watcher, panel: Panel) -> None:
    client.unwatch(watcher.watched)
    panel.set_status(SURVIVAL, "STOPPING")
    await until(lambda: panel.received_of("unsubscribe"))
    other = Watcher(client, CREATIVE)
    await other.lives()

    assert watcher.updates == [Update.CHANGED]
    assert panel.received_of("unsubscribe") == [SURVIVAL]


async def test_watched_again(client: StellarStackClient, watcher: Watcher) -> None:
    client.unwatch(watcher.watched)
    again = Watcher(client)

    await again.lives()

    assert again.watched is not watcher.watched
    assert again.server == watcher.server


async def test_two_watch_one_server(client: StellarStackClient, watcher: Watcher, panel: Panel) -> None:
    other = Watcher(client)
    assert other.watched is watcher.watched

    client.unwatch(other.watched)
    panel.edit(SURVIVAL, name="Renamed")
    await until(lambda: watcher.server.name == "Renamed")

    assert client.servers == (watcher.watched,)
    assert panel.received_of("subscribe") == [SURVIVAL]
    assert panel.received_of("unsubscribe") == []


async def test_failing_listener_hurts_nobody(
    client: StellarStackClient, panel: Panel, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(update: Update) -> None:
        raise RuntimeError("a listener of somebody else")

    client.watch(SURVIVAL).updates.add(fail)
    watcher = Watcher(client)
    await watcher.lives()
    panel.edit(SURVIVAL, name="Renamed")

    await until(lambda: watcher.server.name == "Renamed")

    assert watcher.updates == [Update.CHANGED] * 2
    assert client.state is CONNECTED
    assert any("RuntimeError" in line for line in our_log(caplog))


async def test_find_server(client: StellarStackClient, panel: Panel, account: Account) -> None:
    other = panel.add_account("robin@example.com", "password")
    shared = panel.add_server("Shared", owner=other, shared_with=(account,))
    foreign = panel.add_server("Foreign", owner=other)

    assert (await client.find_server(shared.id)).name == "Shared"
    with pytest.raises(ForbiddenError):
        await client.find_server(foreign.id)
    with pytest.raises(NotFoundError):
        await client.find_server("srv_gone")
    assert client.servers == ()


async def test_find_server_without_calls(
    session: ClientSession, panel: Panel, signed_in: PanelSession, states: States
) -> None:
    token = Credentials(token=signed_in.token)
    client = client_of(session, panel.url, token, states, replace(TIMING, find=0.3))
    try:
        await client.connect()
        assert not client.capabilities.calls
        watcher = Watcher(client)
        await watcher.lives()
        assert (await client.find_server(SURVIVAL)).name == "Survival"
        assert (await client.find_server(CREATIVE)).name == "Creative"
        with pytest.raises(NotFoundError):
            await client.find_server("srv_gone")
        # Those that were only looked for are not watched any more.
        assert client.servers == (watcher.watched,)
    finally:
        await client.close()


# What is no longer believed.


@pytest.mark.parametrize("timing", [replace(TIMING, stale=0.4)])
async def test_server_without_syncs_goes_stale_alone(client: StellarStackClient, panel: Panel) -> None:
    watcher, *others, gone = [Watcher(client, server_id) for server_id in (*SERVERS, "srv_gone")]
    await watcher.lives()
    panel.silent_servers = {SURVIVAL}

    await watcher.is_stale()

    assert [other.watched.live for other in others] == [True, True]
    assert (watcher.watched.live, gone.updates, client.state) == (False, [], CONNECTED)


@pytest.mark.parametrize("timing", [replace(TIMING, stale=0.1)])
async def test_stale_server_comes_back_with_the_same_sync(client: StellarStackClient, panel: Panel) -> None:
    watcher = Watcher(client)
    await watcher.lives()
    panel.pause_ticks = True
    await watcher.is_stale()
    panel.pause_ticks = False

    await watcher.lives()

    assert watcher.updates[-2:] == [Update.STALE, Update.CHANGED]


async def test_lost_connection_makes_all_stale_until_the_next_sync(
    client: StellarStackClient, watcher: Watcher, panel: Panel
) -> None:
    other = Watcher(client, CREATIVE)
    await other.lives()
    panel.pause_ticks = True
    panel.drop_clients()
    await until(lambda: panel.upgrades == 2)
    await until(lambda: client.state is CONNECTED)
    updates = [watcher.updates[-1], other.updates[-1]]
    panel.pause_ticks = False

    await watcher.lives()
    await other.lives()

    assert updates == [Update.STALE] * 2
    assert watcher.updates == other.updates == [Update.CHANGED, Update.STALE, Update.CHANGED]


async def test_many_lost_servers_are_told_of_in_turns(
    client: StellarStackClient, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "LONGEST_TURN", -1)
    others = [Watcher(client, server_id) for server_id in (CREATIVE, VALHEIM)]
    for other in others:
        await other.lives()

    client._handle_state(ConnectionState.DISCONNECTED, None)

    watchers = [watcher, *others]
    assert [each.watched.live for each in watchers] == [False] * 3
    assert [each.updates[-1] for each in watchers] == [Update.STALE, Update.CHANGED, Update.CHANGED]
    # One that is back before its turn is not stale any more.
    client._handle_message(ServerUnchanged(CREATIVE))
    await until(lambda: others[1].updates[-1] is Update.STALE)
    assert others[0].updates == [Update.CHANGED, Update.CHANGED]


async def test_change_behind_a_lost_connection_is_told_with_it(
    client: StellarStackClient, watcher: Watcher, panel: Panel
) -> None:
    panel.set_status(SURVIVAL, "STOPPING")
    await until(lambda: watcher.updates == [Update.CHANGED] * 2)
    panel.drop_clients()
    panel.edit(SURVIVAL, status="ERROR")

    await until(lambda: watcher.server.status is ServerStatus.ERROR and watcher.watched.live)

    assert watcher.updates[2:] == [Update.STALE, Update.CHANGED]


async def test_deleted_server_is_stale(watcher: Watcher, panel: Panel) -> None:
    panel.delete_server(SURVIVAL)

    await until(lambda: watcher.updates == [Update.CHANGED, Update.STALE, Update.DELETED])

    assert (watcher.server.name, watcher.watched.live) == ("Survival", False)


async def test_deleted_server_that_lives_after_all(watcher: Watcher, panel: Panel) -> None:
    await panel.send_raw('{"type":"server:deleted","data":{"id":"srv_survival"}}')

    await until(lambda: watcher.updates == [Update.CHANGED, Update.STALE, Update.DELETED, Update.CHANGED])


async def test_server_deleted_before_any_news(client: StellarStackClient, panel: Panel) -> None:
    panel.pause_ticks = True
    watcher = Watcher(client)
    panel.delete_server(SURVIVAL)

    await until(lambda: watcher.updates == [Update.DELETED])


# REST.


async def test_check_session(
    client: StellarStackClient, panel: Panel, signed_in: PanelSession, account: Account
) -> None:
    panel.advance(timedelta(days=2).total_seconds())

    checked = await client.check_session()

    assert checked.id == account.id
    assert signed_in.expires_at > panel.now() + timedelta(days=6)
    assert client.state is CONNECTED


async def test_listening_alone_extends_nothing_so_the_check_finds_the_end(
    client: StellarStackClient, watcher: Watcher, panel: Panel, states: States
) -> None:
    (connection,) = panel.connections
    panel.advance(timedelta(days=8).total_seconds())

    with pytest.raises(AuthenticationError) as raised:
        await client.check_session()

    assert states[-1] == (UNAUTHENTICATED, raised.value)
    assert watcher.updates[-1] is Update.STALE
    await until(lambda: not panel.connections)
    assert connection._socket.close_code == 1000
    assert panel.received_of("unsubscribe") == [SURVIVAL]
    assert our_tasks() == []


async def test_panel_in_trouble_says_nothing_of_the_session(client: StellarStackClient, panel: Panel) -> None:
    panel.fail("/api/auth/get-session", 503)

    with pytest.raises(PanelConnectionError):
        await client.check_session()

    assert client.state is CONNECTED


async def test_one_refusal_is_not_the_end_of_a_session(
    client: StellarStackClient, watcher: Watcher, panel: Panel, states: States
) -> None:
    panel.fail("/api/servers", 401, {"error": "Unauthorized"})

    with pytest.raises(PanelConnectionError):
        await client.load_servers()

    assert states[-1][0] is CONNECTED
    assert watcher.updates == [Update.CHANGED]
    assert ("GET", "/api/auth/get-session") in panel.requests


@pytest.mark.parametrize(
    ("status", "body"), [(401, "<h1>401 Authorization Required</h1>"), (401, b""), (403, {"message": "no"}), (200, b"")]
)
async def test_refusal_of_a_proxy_is_none_of_the_panel(
    client: StellarStackClient, panel: Panel, states: States, status: int, body: object
) -> None:
    panel.fail("*", status, body)

    for call in (client.load_servers, client.load_nodes, client.check_session):
        with pytest.raises(PanelConnectionError):
            await call()

    assert states[-1][0] is CONNECTED


async def test_many_refusals_at_once_are_asked_about_once(
    client: StellarStackClient, panel: Panel, states: States
) -> None:
    panel.delete_sessions()

    results = await asyncio.gather(*(client.load_servers() for _ in range(5)), return_exceptions=True)

    assert [type(result) for result in results] == [AuthenticationError] * 5
    assert [state for state, _ in states].count(UNAUTHENTICATED) == 1
    assert panel.requests.count(("GET", "/api/auth/get-session")) == 1


async def test_auth_error_on_the_socket_of_a_good_session(
    client: StellarStackClient, watcher: Watcher, panel: Panel, states: States
) -> None:
    await panel.send_raw('{"type":"auth_error","error":"Invalid or expired session"}')

    await until(lambda: [state for state, _ in states].count(CONNECTED) == 2)

    assert UNAUTHENTICATED not in {state for state, _ in states}


async def test_auth_error_on_the_socket_of_a_session_that_ended(
    client: StellarStackClient, watcher: Watcher, panel: Panel, states: States
) -> None:
    panel.delete_sessions()
    await panel.send_raw('{"type":"auth_error","error":"Invalid or expired session"}')

    await until(lambda: states[-1][0] is UNAUTHENTICATED)

    assert not watcher.watched.live
    await until(lambda: not panel.connections)
    await until(lambda: our_tasks() == [])


@pytest.mark.parametrize("name", ["load_servers", "load_nodes", "check_session"])
async def test_every_call_notices_the_end_of_the_session(
    client: StellarStackClient, panel: Panel, states: States, name: str
) -> None:
    panel.delete_sessions()

    with pytest.raises(AuthenticationError):
        await getattr(client, name)()

    assert states[-1][0] is UNAUTHENTICATED


async def test_load_servers_names_the_primary_allocation(client: StellarStackClient, watcher: Watcher) -> None:
    first = watcher.server.primary_allocation
    servers = await client.load_servers()

    assert {server.id for server in servers} == set(SERVERS)
    assert first == watcher.server.allocations[0]
    assert watcher.server.primary_allocation == watcher.server.allocations[1]
    assert watcher.updates == [Update.CHANGED] * 2


async def test_load_servers_changes_nothing_else(client: StellarStackClient, watcher: Watcher, panel: Panel) -> None:
    panel.pause_ticks = True
    panel.edit(SURVIVAL, name="Renamed")

    servers = await client.load_servers()

    assert {server.name for server in servers} >= {"Renamed"}
    assert watcher.server.name == "Survival"


async def test_load_servers_before_the_first_sync(client: StellarStackClient) -> None:
    watcher = Watcher(client)

    await client.load_servers()

    assert (watcher.server.name, watcher.updates) == ("Survival", [])


async def test_nodes_are_for_admins(client: StellarStackClient) -> None:
    with pytest.raises(ForbiddenError):
        await client.load_nodes()


async def test_heartbeat_of_a_node_decides(
    client: StellarStackClient, watcher: Watcher, panel: Panel, account: Account
) -> None:
    unseen = Watcher(client, "srv_gone")
    account.role = "admin"
    assert watcher.server.node is not None
    panel.set_node_online(watcher.server.node.id, heartbeat=False)

    await client.load_nodes()

    assert watcher.updates == [Update.CHANGED] * 2
    panel.update_server(SURVIVAL, name="Renamed")
    await until(lambda: watcher.server.name == "Renamed")
    assert watcher.server.node.is_online is False
    assert unseen.watched.info is None


@pytest.mark.parametrize("timing", [replace(TIMING, nodes_valid=0.2)])
async def test_list_of_nodes_that_fails_for_long_decides_no_more(
    client: StellarStackClient, watcher: Watcher, panel: Panel, account: Account
) -> None:
    account.role = "admin"
    assert watcher.server.node is not None
    panel.set_node_online(watcher.server.node.id, heartbeat=False)
    await client.load_nodes()
    panel.fail("/api/nodes", 503)

    with pytest.raises(StellarStackError):
        await client.load_nodes()
    assert watcher.server.node.is_online is False
    await asyncio.sleep(0.2)
    with pytest.raises(StellarStackError):
        await client.load_nodes()

    assert watcher.server.node.is_online is True


async def test_account_that_is_no_admin_any_more(
    client: StellarStackClient, watcher: Watcher, panel: Panel, account: Account
) -> None:
    account.role = "admin"
    assert watcher.server.node is not None
    panel.set_node_online(watcher.server.node.id, heartbeat=False)
    await client.load_nodes()
    account.role = "user"

    with pytest.raises(ForbiddenError):
        await client.load_nodes()

    assert watcher.server.node.is_online is True


@pytest.mark.parametrize("timing", [replace(TIMING, rows_valid=0.2)])
async def test_frames_without_the_nodes_state(
    client: StellarStackClient, watcher: Watcher, panel: Panel, account: Account
) -> None:
    assert watcher.server.node is not None
    panel.edit_node(watcher.server.node.id, isOnline=MISSING)
    await until(lambda: watcher.server.node is not None and watcher.server.node.is_online is None)
    panel.fail("/api/servers", 200, [{"id": SURVIVAL, "node": {"id": watcher.server.node.id, "isOnline": True}}])

    await client.load_servers()
    assert watcher.server.node.is_online is True

    # A row that has become old tells nothing.
    await asyncio.sleep(0.2)
    panel.update_server(SURVIVAL, name="Renamed")
    await until(lambda: watcher.server.name == "Renamed")
    assert watcher.server.node.is_online is None


async def test_frames_without_the_nodes_host(client: StellarStackClient, panel: Panel) -> None:
    host = "node1.example.com"
    node = next(iter(panel.fleet.nodes.values()))
    panel.edit_node(node.id, host=MISSING)
    panel.fail(
        f"/api/servers/{SURVIVAL}",
        200,
        {"id": SURVIVAL, "node": {"id": node.id, "host": host}, "primaryAllocationId": None},
    )

    watcher = Watcher(client)
    await watcher.lives()

    await until(lambda: watcher.server.address is not None)
    assert watcher.server.address == f"{host}:{watcher.server.allocations[0].port}"


async def test_node_comes_back_by_its_heartbeat(
    client: StellarStackClient, watcher: Watcher, panel: Panel, account: Account
) -> None:
    account.role = "admin"
    assert watcher.server.node is not None
    node_id = watcher.server.node.id
    panel.set_node_online(node_id, heartbeat=False)
    await client.load_nodes()
    panel.set_node_online(node_id, heartbeat=True)

    await client.load_nodes()

    assert watcher.server.node.is_online is True
    assert watcher.updates == [Update.CHANGED] * 3


async def test_node_that_tells_nothing_leaves_the_sync_to_decide(
    client: StellarStackClient, watcher: Watcher, panel: Panel
) -> None:
    assert watcher.server.node is not None
    panel.fail(
        "/api/nodes", 200, [{"id": watcher.server.node.id, "isOnline": None}, {"id": "other", "isOnline": False}]
    )

    await client.load_nodes()

    assert watcher.server.node.is_online is True
    assert watcher.updates == [Update.CHANGED]


async def test_server_without_a_node(client: StellarStackClient, panel: Panel, account: Account) -> None:
    account.role = "admin"
    panel.edit(SURVIVAL, node=None)
    watcher = Watcher(client)
    await watcher.lives()

    await client.load_nodes()

    assert watcher.server.node is None
    assert watcher.server.allocations[0] == Allocation(
        watcher.server.allocations[0].id, "0.0.0.0", 35565, assigned=True
    )


# The end.


async def test_close_leaves_nothing(client: StellarStackClient, watcher: Watcher, panel: Panel, states: States) -> None:
    await client.close()

    assert states[-1] == (CLOSED, None)
    assert watcher.updates == [Update.CHANGED, Update.STALE]
    assert (our_tasks(), client._stale_alarm.is_set) == ([], False)
    await until(lambda: not panel.connections)
    assert panel.received_of("unsubscribe") == [SURVIVAL]


async def test_close_twice(client: StellarStackClient, watcher: Watcher, states: States) -> None:
    await asyncio.gather(client.close(), client.close())
    await client.close()

    assert [state for state, _ in states].count(CLOSED) == 1
    assert watcher.updates.count(Update.STALE) == 1


async def test_quiet_close_is_told_to_nobody(client: StellarStackClient, watcher: Watcher, states: States) -> None:
    await client.close(quiet=True)

    assert (client.state, watcher.watched.live) == (CLOSED, False)
    assert states == [(CONNECTING, None), (CONNECTED, None)]
    assert watcher.updates == [Update.CHANGED]
    assert our_tasks() == []


async def test_close_unconnected(session: ClientSession, panel: Panel, states: States) -> None:
    await client_of(session, panel.url, Credentials(token="any"), states).close()

    assert states == []


async def test_cancelled_close_stays_cancelled(session: ClientSession, panel: Panel, signed_in: PanelSession) -> None:
    """Cancelled just when it waits for the socket's task, and for nothing else."""
    closing: asyncio.Task[None] | None = None

    def cancel_when_closed(state: ConnectionState, reason: StellarStackError | None) -> None:
        if state is CLOSED and closing is not None:
            closing.cancel()

    client = StellarStackClient(session, panel.url, Credentials(cookie=signed_in.cookie), cancel_when_closed, TIMING)
    await client.connect()
    await panel.stop()
    await until(lambda: client.state is DISCONNECTED)
    closing = asyncio.create_task(client.close())
    await asyncio.wait((closing,))

    assert closing.cancelled()
    await client.close()
    assert our_tasks() == []
