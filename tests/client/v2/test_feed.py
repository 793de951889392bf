"""The list as a source of news: what is told, when it is asked for, and what its silence means."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any, override

from aiohttp import ClientSession
import pytest

from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import (
    AuthenticationError,
    NotThePanelError,
    PanelConnectionError,
    RateLimitedError,
    StellarStackError,
)
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.messages import (
    ConnectionState,
    FeedMessage,
    ServerChange,
    ServerDeleted,
    ServersListed,
    ServerSnapshot,
    ServerUnchanged,
)
from custom_components.stellarstack.client.models import ServerStatus
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v2.details import Details
from custom_components.stellarstack.client.v2.feed import ServerList
from custom_components.stellarstack.client.v2.rest import Rest
from tests.client.support import our_log, our_tasks, until

from .recorded import (
    BAD_INSTALL,
    BROKEN,
    COOKIE,
    FAR,
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

CONNECTING, CONNECTED, DISCONNECTED, UNAUTHENTICATED, CLOSED = ConnectionState
LIST = "/api/servers"
QUICK = Timing(list_interval=0.2, list_interval_alone=0.05, first_reconnect=0.02)


class ListRig:
    """Runs a feed and keeps what it says."""

    def __init__(self, session: ClientSession, panel: RecordedPanel, cookie: str | None, timing: Timing) -> None:
        self.messages: list[FeedMessage] = []
        self.states: list[ConnectionState] = []
        self.reasons: list[StellarStackError | None] = []
        rest = Rest(Http(session, panel.url, timing), Credentials(cookie=cookie))
        self.details = Details(rest, panel.url)
        self.feed = ServerList(rest, self.details, self.hear_message, self.hear_state, timing)
        self._task: asyncio.Task[None] | None = None

    def hear_message(self, message: FeedMessage) -> None:
        self.messages.append(message)

    def hear_state(self, state: ConnectionState, reason: StellarStackError | None) -> None:
        self.states.append(state)
        self.reasons.append(reason)

    def start(self, *server_ids: str) -> None:
        """Run with these subscriptions."""
        for server_id in server_ids:
            self.feed.subscribe(server_id)
        self._task = asyncio.create_task(self.feed.run(), name="stellarstack feed")

    async def hears[T: FeedMessage](self, kind: type[T], which: Callable[[T], bool] = lambda _: True) -> T:
        """Wait for a message; returns it."""
        await until(lambda: any(isinstance(message, kind) and which(message) for message in self.messages))
        return next(message for message in self.messages if isinstance(message, kind) and which(message))

    async def reaches(self, state: ConnectionState) -> StellarStackError | None:
        """Wait for a state; returns its latest reason."""
        await until(lambda: state in self.states)
        return [reason for known, reason in zip(self.states, self.reasons, strict=True) if known is state][-1]

    def of(self, server_id: str) -> list[str]:
        """Return the kinds of messages about a server."""
        return [
            type(message).__name__
            for message in self.messages
            if not isinstance(message, ServersListed) and message.server_id == server_id
        ]

    async def end(self) -> None:
        """Close, as the owner of a feed does."""
        await self.feed.close()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)


class FailingRig(ListRig):
    """An owner whose callbacks raise, after they kept what they heard."""

    @override
    def hear_message(self, message: FeedMessage) -> None:
        super().hear_message(message)
        raise LookupError("content of a message")

    @override
    def hear_state(self, state: ConnectionState, reason: StellarStackError | None) -> None:
        super().hear_state(state, reason)
        raise LookupError("content of a state")


type MakeRig = Callable[..., ListRig]


@pytest.fixture
async def make_rig(session: ClientSession, recorded_panel: RecordedPanel) -> AsyncGenerator[MakeRig]:
    """Makes a feed, not yet running, that asks in milliseconds."""
    rigs: list[ListRig] = []

    def make_rig(timing: Timing = QUICK, cookie: str | None = COOKIE, rig: type[ListRig] = ListRig) -> ListRig:
        rigs.append(rig(session, recorded_panel, cookie, timing))
        return rigs[-1]

    yield make_rig
    for rig in rigs:
        await rig.end()


@pytest.fixture
def rig(make_rig: MakeRig) -> ListRig:
    """A feed with the account's cookie."""
    return make_rig()


# What is told.


async def test_first_list(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServersListed)

    assert rig.states == [CONNECTING, CONNECTED]
    assert rig.feed.user_id == USER
    assert recorded_panel.requests[:2] == [("GET", "/api/me"), ("GET", LIST)]
    first, listed, *_ = rig.messages
    # At once, without what other calls tell.
    assert isinstance(first, ServerSnapshot)
    assert (first.server.name, first.server.status) == ("Survival", ServerStatus.RUNNING)
    assert first.server.allocations == ()
    assert isinstance(listed, ServersListed)
    assert len(listed.servers) == 5


async def test_what_the_list_lacks_follows(rig: ListRig) -> None:
    rig.start(SURVIVAL)

    change = await rig.hears(ServerChange, lambda change: change.server.address is not None)

    assert (change.server.address, change.status_reported) == ("127.0.0.1:25565", False)
    assert change.server.node is not None
    assert change.server.node.display_name == "node-a"


async def test_what_is_learnt_elsewhere_is_told(rig: ListRig) -> None:
    rig.start(SURVIVAL, SIGNAL)
    await rig.hears(ServerChange, lambda change: change.server.address is not None)
    rig.messages.clear()

    # Its node is not the one on the panel's host, so the panel's name is no address of it.
    rig.details.set_on_panel_host(SURVIVAL, False)

    change = await rig.hears(ServerChange, lambda change: change.server_id == SURVIVAL)
    assert change.server.address is None
    # The same node.
    assert await rig.hears(ServerChange, lambda change: change.server_id == SIGNAL)


async def test_unchanged_list(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServerChange, lambda change: change.server.address is not None)
    rig.messages.clear()

    await recorded_panel.listed_again(2)

    assert rig.messages
    assert set(rig.of(SURVIVAL)) == {"ServerUnchanged"}


async def test_order_of_the_list_is_no_news(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL, SIGNAL)
    await rig.hears(ServerChange, lambda change: change.server.address is not None)
    await until(lambda: rig.of(SIGNAL))
    rig.messages.clear()

    recorded_panel.rows.reverse()
    await recorded_panel.listed_again(2)

    assert set(rig.of(SURVIVAL)) == {"ServerUnchanged"}
    assert not any(isinstance(message, ServersListed) for message in rig.messages)


async def test_changed_row(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL, SIGNAL)
    await rig.hears(ServerChange, lambda change: change.server.address is not None)
    rig.messages.clear()

    recorded_panel.row(SURVIVAL)["status"] = "stopping"
    snapshot = await rig.hears(ServerSnapshot)

    # With all that was learnt before.
    assert (snapshot.server.status, snapshot.server.address) == (ServerStatus.STOPPING, "127.0.0.1:25565")
    await until(lambda: rig.of(SIGNAL))
    assert set(rig.of(SIGNAL)) == {"ServerUnchanged"}


async def test_only_subscribed_servers_are_told(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServersListed)
    rig.feed.unsubscribe(SURVIVAL)
    await recorded_panel.listed_again()
    rig.messages.clear()

    await recorded_panel.listed_again(2)

    assert rig.messages == []
    assert {line for line in recorded_panel.requests if line[1].endswith("/allocations")} <= {
        ("GET", path(SURVIVAL, "/allocations"))
    }


async def test_subscription_that_ends_while_servers_are_told(make_rig: MakeRig, recorded_panel: RecordedPanel) -> None:
    class LeavingRig(ListRig):
        """Leaves all servers with the first news of one."""

        @override
        def hear_message(self, message: FeedMessage) -> None:
            super().hear_message(message)
            for server_id in (SURVIVAL, SIGNAL, BROKEN):
                self.feed.unsubscribe(server_id)

    rig = make_rig(rig=LeavingRig)
    rig.start(SURVIVAL, SIGNAL, BROKEN)
    await rig.hears(ServersListed)
    await recorded_panel.listed_again()

    assert [type(message) for message in rig.messages] == [ServerSnapshot, ServersListed]


async def test_new_subscription_is_told_soon_and_whole(make_rig: MakeRig, recorded_panel: RecordedPanel) -> None:
    rig = make_rig(Timing(list_interval_alone=600, first_reconnect=0.01))
    rig.start(SURVIVAL)
    await rig.hears(ServerSnapshot)
    rig.messages.clear()

    rig.feed.unsubscribe(SURVIVAL)
    for server_id in (SURVIVAL, SIGNAL):
        rig.feed.subscribe(server_id)

    await rig.hears(ServerSnapshot, lambda message: message.server_id == SURVIVAL)
    await rig.hears(ServerSnapshot, lambda message: message.server_id == SIGNAL)
    assert recorded_panel.asked(LIST) == 2


async def test_expected_snapshot_comes_whole(rig: ListRig) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServerChange, lambda change: change.server.address is not None)
    rig.messages.clear()

    rig.feed.expect_snapshot(SURVIVAL)
    rig.feed.expect_snapshot("a server of no list")

    assert (await rig.hears(ServerSnapshot)).server.address == "127.0.0.1:25565"


async def test_rows_of_no_known_form_hurt_no_other(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    recorded_panel.rows[:0] = [{"name": "x"}, {"id": 5}, {"id": "x", "status": [1], "memoryLimitMb": {}}]
    rig.start(SURVIVAL, "x")

    assert (await rig.hears(ServerSnapshot, lambda message: message.server_id == SURVIVAL)).server.name == "Survival"
    assert (await rig.hears(ServerSnapshot, lambda message: message.server_id == "x")).server.status is None


# Servers that come and go.


async def test_new_and_vanished_servers_are_listed(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServersListed)

    recorded_panel.rows.append(recorded_panel.row(SURVIVAL) | {"id": "new"})
    assert await rig.hears(ServersListed, lambda listed: "new" in {server.id for server in listed.servers})
    recorded_panel.rows.pop(1)
    assert await rig.hears(ServersListed, lambda listed: FAR not in {server.id for server in listed.servers})
    assert [type(message) for message in rig.messages].count(ServersListed) == 3


async def test_server_is_gone_when_the_panel_says_so(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL, SIGNAL)
    await rig.hears(ServersListed)

    recorded_panel.answer("GET", path(SIGNAL), NOT_FOUND, 404)
    recorded_panel.rows.remove(recorded_panel.row(SIGNAL))

    assert (await rig.hears(ServerDeleted)).server_id == SIGNAL
    await recorded_panel.listed_again(2)
    assert rig.of(SIGNAL).count("ServerDeleted") == 1


async def test_server_of_another_generations_id_is_gone(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path("srv_survival"), UNEXPECTED, 500)
    rig.start("srv_survival")

    assert (await rig.hears(ServerDeleted)).server_id == "srv_survival"


@pytest.mark.parametrize(("status", "body"), [(403, "denied"), (200, "server")])
async def test_server_that_is_not_listed_is_not_gone(
    rig: ListRig, recorded_panel: RecordedPanel, status: int, body: str
) -> None:
    rig.start(SIGNAL)
    await rig.hears(ServerChange)
    recorded_panel.answer("GET", path(SIGNAL), recorded(body), status)
    before = recorded_panel.asked(path(SIGNAL))

    row = recorded_panel.row(SIGNAL)
    recorded_panel.rows.remove(row)
    await until(lambda: recorded_panel.asked(path(SIGNAL)) > before)
    await recorded_panel.listed_again(2)
    asked = recorded_panel.asked(path(SIGNAL))
    recorded_panel.rows.append(row)
    rig.messages.clear()
    await until(lambda: rig.of(SIGNAL))

    assert asked == before + 1
    assert "ServerDeleted" not in rig.of(SIGNAL)


async def test_vanished_server_is_asked_for_until_the_panel_answers(
    rig: ListRig, recorded_panel: RecordedPanel
) -> None:
    rig.start(SIGNAL)
    await rig.hears(ServersListed)
    recorded_panel.answer("GET", path(SIGNAL), b"", 502)
    recorded_panel.rows.remove(recorded_panel.row(SIGNAL))
    await until(lambda: recorded_panel.asked(path(SIGNAL)) > 3)

    recorded_panel.answer("GET", path(SIGNAL), NOT_FOUND, 404)

    assert (await rig.hears(ServerDeleted)).server_id == SIGNAL


# Installations.


async def test_installation_that_never_began_is_no_installation(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(FAR)

    snapshot = await rig.hears(ServerSnapshot)

    assert snapshot.server.status is ServerStatus.STOPPED
    assert rig.of(FAR)[0] == "ServerSnapshot"


async def test_installation_that_ends(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path(FAR, "/install"), {"state": "running"})
    rig.start(FAR)
    assert (await rig.hears(ServerSnapshot)).server.status is ServerStatus.INSTALLING

    recorded_panel.answer("GET", path(FAR, "/install"), {"state": "unknown"})

    change = await rig.hears(ServerChange, lambda change: change.status_reported)
    assert change.server.status is ServerStatus.STOPPED


# When it is asked for.


async def test_asks_less_often_while_live_sockets_are_held(make_rig: MakeRig, recorded_panel: RecordedPanel) -> None:
    rig = make_rig(Timing(list_interval=600, list_interval_alone=0.02, first_reconnect=0.01))
    assert rig.feed.valid_for == pytest.approx(0.06)
    rig.feed.set_live_held(True)
    assert rig.feed.valid_for == 1800
    rig.start(SURVIVAL)
    await rig.hears(ServerSnapshot)
    assert recorded_panel.asked(LIST) == 1

    rig.feed.set_live_held(False)

    await recorded_panel.listed_again(3)


async def test_many_subscriptions_are_one_list(make_rig: MakeRig, recorded_panel: RecordedPanel) -> None:
    rig = make_rig(Timing(list_interval_alone=600, first_reconnect=0.05))
    rig.start(SURVIVAL)
    await rig.hears(ServersListed)

    for server_id in (FAR, BROKEN, SIGNAL, BAD_INSTALL):
        rig.feed.subscribe(server_id)
        await asyncio.sleep(0)
    await until(lambda: all(map(rig.of, (FAR, BROKEN, SIGNAL, BAD_INSTALL))))

    assert recorded_panel.asked(LIST) == 2


# When there is none.


@pytest.mark.parametrize(
    ("status", "body", "error"),
    [
        (502, b"", PanelConnectionError),
        (500, UNEXPECTED, StellarStackError),
        (200, "<html></html>", NotThePanelError),
        (200, b"", NotThePanelError),
        (200, {"servers": [{}]}, NotThePanelError),
        (404, "404 Not Found", NotThePanelError),
        (401, "<html></html>", NotThePanelError),
        (429, b"", RateLimitedError),
        (401, SESSION_INVALID, AuthenticationError),
    ],
)
@pytest.mark.parametrize("where", ["/api/me", LIST])
async def test_no_first_list(
    rig: ListRig, recorded_panel: RecordedPanel, where: str, status: int, body: object, error: type[StellarStackError]
) -> None:
    recorded_panel.answer("GET", where, body, status)
    rig.start(SURVIVAL)

    assert isinstance(await rig.reaches(DISCONNECTED), error)
    assert CONNECTED not in rig.states

    me = recorded("me") if where == "/api/me" else {"servers": recorded_panel.rows}
    recorded_panel.answer("GET", where, me)
    await rig.hears(ServerSnapshot)
    assert rig.feed.state is CONNECTED


async def test_one_list_that_fails_is_nothing(make_rig: MakeRig, recorded_panel: RecordedPanel) -> None:
    rig = make_rig(Timing(list_interval_alone=600, first_reconnect=0.01))
    rig.start(SURVIVAL)
    await rig.hears(ServersListed)
    recorded_panel.answer("GET", LIST, b"", 502)
    rig.feed.subscribe(SIGNAL)
    await until(lambda: recorded_panel.asked(LIST) > 4)

    recorded_panel.answer("GET", LIST, {"servers": recorded_panel.rows})
    await rig.hears(ServerSnapshot, lambda message: message.server_id == SIGNAL)

    assert rig.states == [CONNECTING, CONNECTED]


async def test_connection_is_lost_after_three_intervals_without_a_list(
    rig: ListRig, recorded_panel: RecordedPanel
) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServersListed)
    recorded_panel.answer("GET", LIST, b"", 502)

    assert isinstance(await rig.reaches(DISCONNECTED), PanelConnectionError)
    rig.messages.clear()
    recorded_panel.answer("GET", LIST, {"servers": recorded_panel.rows})

    # A new beginning: whole, even though nothing has changed.
    assert isinstance(await rig.hears(ServerSnapshot), ServerSnapshot)
    assert rig.states[-2:] == [CONNECTING, CONNECTED]
    assert not any(isinstance(message, ServersListed) for message in rig.messages)


async def test_refused_session_is_told_at_once_and_tried_again(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServersListed)
    recorded_panel.answer("GET", LIST, SESSION_INVALID, 401)

    assert isinstance(await rig.reaches(DISCONNECTED), AuthenticationError)
    recorded_panel.answer("GET", LIST, {"servers": recorded_panel.rows})
    await until(lambda: rig.feed.state is CONNECTED)


async def test_raw_token_is_no_session(make_rig: MakeRig, recorded_panel: RecordedPanel) -> None:
    rig = make_rig(cookie=None)
    rig.start(SURVIVAL)

    assert isinstance(await rig.reaches(DISCONNECTED), AuthenticationError)
    assert set(recorded_panel.cookies) == {None}


async def test_failing_owner_ends_nothing(make_rig: MakeRig, caplog: pytest.LogCaptureFixture) -> None:
    rig = make_rig(rig=FailingRig)
    rig.start(SURVIVAL)

    await rig.hears(ServerUnchanged)

    assert rig.states == [CONNECTING, CONNECTED]
    assert "content" not in "\n".join(our_log(caplog))


async def test_mistake_of_ours_ends_one_round_of_details(
    rig: ListRig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(*_: Any) -> Any:
        raise LookupError("content of a row")

    with monkeypatch.context() as patch:
        patch.setattr(rig.details, "load", fail)
        rig.start(SURVIVAL)
        await until(lambda: any("Unexpected end of a round of details" in line for line in our_log(caplog)))

    await rig.hears(ServerChange, lambda change: change.server.address is not None)
    assert "content of a row" not in "\n".join(our_log(caplog))


async def test_mistake_of_ours_ends_one_attempt(
    rig: ListRig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(_: Any) -> Any:
        raise LookupError("content of a row")

    with monkeypatch.context() as patch:
        patch.setattr("custom_components.stellarstack.client.v2.feed.server_rows", fail)
        rig.start(SURVIVAL)
        assert isinstance(await rig.reaches(DISCONNECTED), PanelConnectionError)

    await rig.hears(ServerSnapshot)
    assert any(line.startswith("ERROR Unexpected end of a list: LookupError in") for line in our_log(caplog))
    assert "content of a row" not in "\n".join(our_log(caplog))


# The end.


async def test_close(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServerSnapshot)

    await rig.feed.close(AuthenticationError("ended"))

    assert rig.states[-1] is UNAUTHENTICATED
    rig.messages.clear()
    await until(lambda: not our_tasks())
    assert rig.messages == []
    assert rig.feed.state is UNAUTHENTICATED


async def test_cancelled_run_leaves_no_task(rig: ListRig) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServersListed)

    await rig.end()

    assert our_tasks() == []
    assert rig.states[-1] is CLOSED
