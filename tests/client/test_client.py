"""The client's public face against a real panel: what is watched, what is believed, what ends."""

import asyncio
from collections.abc import AsyncGenerator
from datetime import timedelta

from aiohttp import ClientSession
import pytest

from custom_components.stellarstack.client import (
    Allocation,
    ConnectionState,
    PanelHttp,
    Server,
    ServerStatus,
    Session,
    StellarStackClient,
    StellarStackError,
    Update,
    client as client_module,
)
from custom_components.stellarstack.client.errors import (
    AuthenticationError,
    ForbiddenError,
    PanelConnectionError,
    PanelTimeoutError,
)
from custom_components.stellarstack.client.frames import ServerUnchanged
from simulator import Panel
from simulator.accounts import Account, Session as PanelSession
from simulator.v1.servers import MISSING
from tests.conftest import SERVERS

from .support import StartPanel, our_log, our_tasks, until

CONNECTING, CONNECTED, DISCONNECTED, UNAUTHENTICATED, CLOSED = ConnectionState
SURVIVAL, CREATIVE, VALHEIM = SERVERS

type States = list[tuple[ConnectionState, StellarStackError | None]]


class Watcher:
    """Watches a server and keeps what is told of it."""

    def __init__(self, client: StellarStackClient, server_id: str = SURVIVAL) -> None:
        self.told: list[Update] = []
        self.baselines: list[bool] = []
        self.watched = client.watch(server_id, self._hear)

    def _hear(self, update: Update) -> None:
        self.told.append(update)
        if update is Update.CHANGED:
            self.baselines.append(self.watched.baseline)

    @property
    def server(self) -> Server:
        """What is known."""
        assert self.watched.server is not None
        return self.watched.server

    async def lives(self) -> None:
        await until(lambda: self.watched.live)

    async def is_stale(self) -> None:
        await until(lambda: self.told[-1:] == [Update.STALE])


@pytest.fixture
def states() -> States:
    """What the client told of its connection."""
    return []


@pytest.fixture
async def client(http: PanelHttp, states: States) -> AsyncGenerator[StellarStackClient]:
    """A client with the account's cookie, not yet connected."""
    client = StellarStackClient(http, lambda state, reason: states.append((state, reason)))
    yield client
    await client.close()


@pytest.fixture
async def watcher(client: StellarStackClient) -> Watcher:
    """A watched server of a connected client, with its first news."""
    watcher = Watcher(client)
    await client.connect()
    await watcher.lives()
    return watcher


# The first connection.


async def test_connect(client: StellarStackClient, account: Account, states: States) -> None:
    assert (client.state, client.user_id) == (CLOSED, None)

    await client.connect()

    assert (client.state, client.user_id) == (CONNECTED, account.id)
    assert states == [(CONNECTING, None), (CONNECTED, None)]


async def test_connect_to_nothing(client: StellarStackClient, panel: Panel, states: States) -> None:
    await panel.stop()

    with pytest.raises(PanelConnectionError) as raised:
        await client.connect()

    assert states == [(CONNECTING, None), (DISCONNECTED, raised.value), (CLOSED, None)]
    assert our_tasks() == []


async def test_connect_with_a_refused_session(client: StellarStackClient, panel: Panel, states: States) -> None:
    client.http.credentials = Session(token="unknown")

    with pytest.raises(AuthenticationError) as raised:
        await client.connect()

    assert states == [(CONNECTING, None), (UNAUTHENTICATED, raised.value), (CLOSED, None)]
    assert our_tasks() == []
    await until(lambda: not panel.connections)
    assert panel.upgrades == 1


async def test_connect_without_an_answer(
    client: StellarStackClient, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "CONNECT_TIMEOUT", 0.05)
    panel.hang_upgrades = True

    with pytest.raises(PanelTimeoutError):
        await client.connect()

    assert (client.state, our_tasks()) == (CLOSED, [])


async def test_cancelled_connect(client: StellarStackClient, panel: Panel) -> None:
    panel.hang_upgrades = True
    connecting = asyncio.create_task(client.connect())
    await until(lambda: panel.requests)
    connecting.cancel()
    await asyncio.wait((connecting,))

    assert connecting.cancelled()
    assert (client.state, our_tasks()) == (CLOSED, [])


async def test_later_reconnects_are_told_by_their_state(
    client: StellarStackClient, panel: Panel, states: States
) -> None:
    await client.connect()
    panel.drop_clients()

    await until(lambda: [state for state, _ in states].count(CONNECTED) == 2)

    assert [state for state, _ in states] == [CONNECTING, CONNECTED, DISCONNECTED, CONNECTING, CONNECTED]
    assert isinstance(states[2][1], PanelConnectionError)


# News.


async def test_first_news_is_a_baseline(watcher: Watcher, panel: Panel) -> None:
    assert (watcher.told, watcher.baselines) == ([Update.CHANGED], [True])
    assert (watcher.server.name, watcher.server.status) == ("Survival", ServerStatus.RUNNING)
    assert panel.received_of("subscribe") == [SURVIVAL]


async def test_server_may_be_watched_later(client: StellarStackClient, panel: Panel) -> None:
    await client.connect()
    watchers = [Watcher(client, server_id) for server_id in SERVERS]

    for watcher in watchers:
        await watcher.lives()

    assert [watcher.server.name for watcher in watchers] == list(SERVERS.values())
    assert panel.received_of("subscribe") == list(SERVERS)


@pytest.mark.parametrize("payload", ["real", "page"])
async def test_news_of_either_payload(session: ClientSession, start_panel: StartPanel, payload: str) -> None:
    panel = await start_panel(payload=payload)
    account = panel.add_account("alex@example.com", "password")
    server = panel.add_server("Survival", owner=account, node=panel.add_node("Node 1", host="node1.example.com"))
    http = PanelHttp(session, panel.url, Session(cookie=panel.create_session(account).cookie))
    client = StellarStackClient(http, lambda state, reason: None)
    watcher = Watcher(client, server.id)
    try:
        await client.connect()
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

    assert watcher.told == [Update.CHANGED] * 3
    assert watcher.baselines == [True, False, False]


async def test_sync_alone_tells_a_change(watcher: Watcher, panel: Panel) -> None:
    panel.edit(SURVIVAL, name="Renamed")

    await until(lambda: watcher.server.name == "Renamed")

    assert watcher.baselines == [True, False]


async def test_row_of_texts_changes_nothing(watcher: Watcher, panel: Panel) -> None:
    panel.update_server(SURVIVAL, description=None)
    panel.update_server(SURVIVAL, description="Now it has one")

    await until(lambda: watcher.server.description)

    assert watcher.told[:2] == [Update.CHANGED] * 2
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
    await client.connect()

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
    await client.connect()
    await until(lambda: panel.received)
    panel.set_status(SURVIVAL, "STOPPING")

    await until(lambda: watcher.watched.server)

    assert watcher.server == Server(SURVIVAL, status=ServerStatus.STOPPING, raw_status="STOPPING")
    assert (watcher.told, watcher.watched.live) == ([], False)


async def test_news_of_an_unwatched_server_is_none(watcher: Watcher, panel: Panel) -> None:
    await panel.send_raw('{"type":"server:sync","serverId":"srv_other","data":{"id":"srv_other"}}')
    panel.delete_server(CREATIVE)
    panel.set_status(SURVIVAL, "STOPPING")

    await until(lambda: len(watcher.told) == 2)

    assert watcher.told == [Update.CHANGED] * 2


async def test_unwatch(client: StellarStackClient, watcher: Watcher, panel: Panel) -> None:
    client.unwatch(SURVIVAL)
    panel.set_status(SURVIVAL, "STOPPING")
    await until(lambda: panel.received_of("unsubscribe"))
    other = Watcher(client, CREATIVE)
    await other.lives()

    assert watcher.told == [Update.CHANGED]
    assert panel.received_of("unsubscribe") == [SURVIVAL]


async def test_watched_again(client: StellarStackClient, watcher: Watcher) -> None:
    client.unwatch(SURVIVAL)
    again = Watcher(client)

    await again.lives()

    assert again.server == watcher.server


# What is no longer believed.


async def test_server_without_syncs_goes_stale_alone(
    client: StellarStackClient, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "STALE_AFTER", 0.4)
    watcher, *others, gone = [Watcher(client, server_id) for server_id in (*SERVERS, "srv_gone")]
    await client.connect()
    await watcher.lives()
    panel.silent_servers = {SURVIVAL}

    await watcher.is_stale()

    assert [other.watched.live for other in others] == [True, True]
    assert (watcher.watched.live, gone.told, client.state) == (False, [], CONNECTED)


async def test_stale_server_comes_back_with_the_same_sync(
    client: StellarStackClient, panel: Panel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "STALE_AFTER", 0.1)
    watcher = Watcher(client)
    await client.connect()
    await watcher.lives()
    panel.pause_ticks = True
    await watcher.is_stale()
    panel.pause_ticks = False

    await watcher.lives()

    assert watcher.told[-2:] == [Update.STALE, Update.CHANGED]
    assert set(watcher.baselines) == {True}


async def test_lost_connection_makes_all_stale_until_the_next_sync(
    client: StellarStackClient, watcher: Watcher, panel: Panel
) -> None:
    other = Watcher(client, CREATIVE)
    await other.lives()
    panel.pause_ticks = True
    panel.drop_clients()
    await until(lambda: panel.upgrades == 2)
    await until(lambda: client.state is CONNECTED)
    told = [watcher.told[-1], other.told[-1]]
    panel.pause_ticks = False

    await watcher.lives()
    await other.lives()

    assert told == [Update.STALE] * 2
    assert watcher.baselines == other.baselines == [True, True]


async def test_many_lost_servers_are_told_of_in_turns(
    client: StellarStackClient, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client_module, "LONGEST_TELLING", -1)
    others = [Watcher(client, server_id) for server_id in (CREATIVE, VALHEIM)]
    for other in others:
        await other.lives()

    client._handle_state(ConnectionState.DISCONNECTED, None)

    watchers = [watcher, *others]
    assert [each.watched.live for each in watchers] == [False] * 3
    assert [each.told[-1] for each in watchers] == [Update.STALE, Update.CHANGED, Update.CHANGED]
    # One that is back before its turn was lost all the same; one that nobody watches is told nothing.
    client._handle_message(ServerUnchanged(CREATIVE))
    client.unwatch(VALHEIM)
    assert others[0].told[-2:] == [Update.STALE, Update.CHANGED]
    told = len(others[0].told)
    await asyncio.sleep(0.01)
    assert others[0].told[told:].count(Update.STALE) == 0
    assert others[1].told[-1] is Update.CHANGED


async def test_change_behind_a_lost_connection_is_a_baseline(
    client: StellarStackClient, watcher: Watcher, panel: Panel
) -> None:
    panel.set_status(SURVIVAL, "STOPPING")
    await until(lambda: watcher.baselines == [True, False])
    panel.drop_clients()
    panel.edit(SURVIVAL, status="ERROR")

    await until(lambda: watcher.server.status is ServerStatus.ERROR and watcher.watched.live)

    assert watcher.told[2:] == [Update.STALE, Update.CHANGED]
    assert watcher.baselines == [True, False, True]


async def test_deleted_server_is_stale(watcher: Watcher, panel: Panel) -> None:
    panel.delete_server(SURVIVAL)

    await until(lambda: watcher.told == [Update.CHANGED, Update.STALE, Update.DELETED])

    assert (watcher.server.name, watcher.watched.live) == ("Survival", False)


async def test_deleted_server_that_lives_after_all(watcher: Watcher, panel: Panel) -> None:
    await panel.send_raw('{"type":"server:deleted","data":{"id":"srv_survival"}}')

    await until(lambda: watcher.told == [Update.CHANGED, Update.STALE, Update.DELETED, Update.CHANGED])


async def test_server_deleted_before_any_news(client: StellarStackClient, panel: Panel) -> None:
    panel.pause_ticks = True
    watcher = Watcher(client)
    await client.connect()
    panel.delete_server(SURVIVAL)

    await until(lambda: watcher.told == [Update.DELETED])


# REST.


async def test_check_session(
    client: StellarStackClient, panel: Panel, signed_in: PanelSession, account: Account
) -> None:
    await client.connect()
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
    assert watcher.told[-1] is Update.STALE
    await until(lambda: not panel.connections)
    assert connection._socket.close_code == 1000
    assert panel.received_of("unsubscribe") == [SURVIVAL]
    assert our_tasks() == []


async def test_panel_in_trouble_says_nothing_of_the_session(client: StellarStackClient, panel: Panel) -> None:
    await client.connect()
    panel.fail("/api/auth/get-session", 503)

    with pytest.raises(PanelConnectionError):
        await client.check_session()

    assert client.state is CONNECTED


@pytest.mark.parametrize("name", ["load_servers", "load_nodes", "check_session"])
async def test_every_call_notices_the_end_of_the_session(
    client: StellarStackClient, panel: Panel, states: States, name: str
) -> None:
    await client.connect()
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
    assert watcher.baselines == [True, False]


async def test_load_servers_changes_nothing_else(client: StellarStackClient, watcher: Watcher, panel: Panel) -> None:
    panel.pause_ticks = True
    panel.edit(SURVIVAL, name="Renamed")

    servers = await client.load_servers()

    assert {server.name for server in servers} >= {"Renamed"}
    assert watcher.server.name == "Survival"


async def test_load_servers_before_the_first_sync(client: StellarStackClient) -> None:
    watcher = Watcher(client)

    await client.load_servers()

    assert (watcher.server.name, watcher.told) == ("Survival", [])


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

    assert watcher.baselines == [True, False]
    panel.update_server(SURVIVAL, name="Renamed")
    await until(lambda: watcher.server.name == "Renamed")
    assert watcher.server.node.is_online is False
    assert unseen.watched.server is None


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
    assert watcher.told == [Update.CHANGED] * 3


async def test_node_that_tells_nothing_leaves_the_sync_to_decide(
    client: StellarStackClient, watcher: Watcher, panel: Panel
) -> None:
    assert watcher.server.node is not None
    panel.fail(
        "/api/nodes", 200, [{"id": watcher.server.node.id, "isOnline": None}, {"id": "other", "isOnline": False}]
    )

    await client.load_nodes()

    assert watcher.server.node.is_online is True
    assert watcher.told == [Update.CHANGED]


async def test_server_without_a_node(client: StellarStackClient, panel: Panel, account: Account) -> None:
    account.role = "admin"
    panel.edit(SURVIVAL, node=None)
    watcher = Watcher(client)
    await client.connect()
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
    assert watcher.told == [Update.CHANGED, Update.STALE]
    assert (our_tasks(), client._stale_timer) == ([], None)
    await until(lambda: not panel.connections)
    assert panel.received_of("unsubscribe") == [SURVIVAL]


async def test_close_twice(client: StellarStackClient, watcher: Watcher, states: States) -> None:
    await asyncio.gather(client.close(), client.close())
    await client.close()

    assert [state for state, _ in states].count(CLOSED) == 1
    assert watcher.told.count(Update.STALE) == 1


async def test_close_unconnected(client: StellarStackClient, states: States) -> None:
    await client.close()

    assert states == []


async def test_cancelled_close_stays_cancelled(http: PanelHttp, panel: Panel) -> None:
    """Cancelled just when it waits for the socket's task, and for nothing else."""
    closing: asyncio.Task[None] | None = None

    def cancel_when_closed(state: ConnectionState, reason: StellarStackError | None) -> None:
        if state is CLOSED and closing is not None:
            closing.cancel()

    client = StellarStackClient(http, cancel_when_closed)
    await client.connect()
    await panel.stop()
    await until(lambda: client.state is DISCONNECTED)
    closing = asyncio.create_task(client.close())
    await asyncio.wait((closing,))

    assert closing.cancelled()
    await client.close()
    assert our_tasks() == []
