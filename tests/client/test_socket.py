"""The socket against a real panel: authentication, subscriptions, heartbeat, silence, reconnects and the end."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
import logging
import random
from typing import Any

from aiohttp import ClientSession, WSMsgType, web
import pytest

from custom_components.stellarstack.client import (
    ConnectionState,
    PanelHttp,
    Session,
    http as http_module,
    socket as socket_module,
)
from custom_components.stellarstack.client.errors import (
    AuthenticationError,
    PanelConnectionError,
    PanelTimeoutError,
    RateLimitedError,
    RedirectedError,
    ResponseError,
    WebSocketBlockedError,
)
from custom_components.stellarstack.client.frames import ServerChange, ServerDeleted, ServerSync, ServerUnchanged
from custom_components.stellarstack.client.socket import backoff
from simulator import Panel
from simulator.accounts import Session as PanelSession
from tests.conftest import SERVERS

from .support import Handler, Serve, SocketOwner, our_log, our_tasks, until

CONNECTING, CONNECTED, DISCONNECTED, UNAUTHENTICATED, CLOSED = ConnectionState
SURVIVAL, CREATIVE, VALHEIM = SERVERS

type OwnerAt = Callable[[Handler], Awaitable[SocketOwner]]


@pytest.fixture
def set_constant(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Sets constants of the socket."""

    def set_constant(**constants: float) -> None:
        for name, value in constants.items():
            monkeypatch.setattr(socket_module, name, value)

    return set_constant


@pytest.fixture
def raw_owner(http: PanelHttp, owner: SocketOwner, signed_in: PanelSession) -> SocketOwner:
    """The socket, with nothing but the raw token."""
    http.credentials = Session(token=signed_in.token)
    return owner


@pytest.fixture
async def owner_at(session: ClientSession, serve: Serve) -> AsyncGenerator[OwnerAt]:
    """Makes a socket, with a cookie, to a server with the given handler."""
    owners: list[SocketOwner] = []

    async def owner_at(handler: Handler) -> SocketOwner:
        owners.append(SocketOwner(PanelHttp(session, await serve(handler), Session(cookie="session_token=x.y"))))
        return owners[-1]

    yield owner_at
    for owner in owners:
        await owner.end()


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The longest delays that were drawn from; what is drawn is always the shortest."""
    longest: list[float] = []

    def uniform(least: float, most: float) -> float:
        longest.append(most)
        return least

    monkeypatch.setattr(random, "uniform", uniform)
    return longest


def _speaker(speak: Callable[[web.WebSocketResponse], Awaitable[None]]) -> Handler:
    """Return a handler that upgrades and then lets `speak` have the socket."""

    async def handle(request: web.BaseRequest) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(autoping=False)
        await socket.prepare(request)
        await speak(socket)
        return socket

    return handle


def test_times() -> None:
    """The contract's own numbers, which the other tests shorten."""
    assert (socket_module.COOKIE_GRACE, socket_module.PING_INTERVAL, socket_module.LONGEST_DELAY) == (3, 30, 300)
    assert http_module.TIMEOUT == 10


# Authentication.


async def test_cookie_authenticates_by_itself(owner: SocketOwner, panel: Panel, signed_in: PanelSession) -> None:
    await owner.start_connected()

    assert owner.states == [CONNECTING, CONNECTED]
    assert owner.socket.user_id == signed_in.account.id
    (connection,) = panel.connections
    assert (connection.cookie_used, connection.received, panel.requests) == (True, [], [])


async def test_raw_token_is_sent(raw_owner: SocketOwner, panel: Panel, signed_in: PanelSession) -> None:
    await raw_owner.start_connected(SURVIVAL)

    await until(lambda: len(panel.received) == 2)
    assert panel.received == [
        {"type": "auth", "token": signed_in.token},
        {"type": "subscribe", "serverId": SURVIVAL},
    ]
    assert "Cookie" not in panel.connections[0].headers
    assert panel.requests == []


async def test_silence_after_the_cookie_is_answered_with_the_token(
    owner: SocketOwner, panel: Panel, signed_in: PanelSession, set_constant: Callable[..., None]
) -> None:
    set_constant(COOKIE_GRACE=0.02)
    panel.auth_delay = 0.1

    await owner.start_connected()

    assert panel.requests == [("GET", "/api/ws/token")]
    assert panel.received == [{"type": "auth", "token": signed_in.token}]


async def test_two_acceptances_are_no_news(owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]) -> None:
    set_constant(COOKIE_GRACE=0.02)
    panel.auth_delay = 0.1
    await owner.start_connected(SURVIVAL)
    owner.remembered.add(SURVIVAL)

    await until(lambda: owner.messages)

    assert owner.states == [CONNECTING, CONNECTED]
    assert isinstance(owner.messages[0], ServerSync)
    assert panel.received_of("subscribe") == [SURVIVAL]


async def test_refused_token_is_final(raw_owner: SocketOwner, panel: Panel) -> None:
    panel.expire_sessions()
    raw_owner.start()

    await raw_owner.ends()

    assert raw_owner.states == [CONNECTING, UNAUTHENTICATED]
    assert type(raw_owner.reasons[-1]) is AuthenticationError
    assert (panel.upgrades, panel.received_of("auth")) == (1, [None])
    await until(lambda: not panel.connections)


async def test_expired_cookie_is_final(owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]) -> None:
    set_constant(COOKIE_GRACE=0.02)
    panel.expire_sessions()
    owner.start()

    await owner.ends()

    assert owner.states == [CONNECTING, UNAUTHENTICATED]
    assert (panel.upgrades, panel.requests, panel.received) == (1, [("GET", "/api/ws/token")], [])


async def test_session_refused_later_is_final(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected(SURVIVAL)
    await panel.send_raw('{"type":"auth_error","error":"Invalid or expired session"}')

    await owner.ends()

    assert owner.states == [CONNECTING, CONNECTED, UNAUTHENTICATED]
    assert panel.upgrades == 1


async def test_token_without_an_answer(owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]) -> None:
    set_constant(COOKIE_GRACE=0.02, TIMEOUT=0.1)
    panel.auth_delay = 60
    owner.start()

    assert isinstance(await owner.reaches(DISCONNECTED), PanelTimeoutError)
    assert panel.received_of("auth") == [None]


async def test_subscription_waits_for_the_acceptance(owner: SocketOwner, panel: Panel) -> None:
    panel.auth_delay = 0.1
    owner.socket.subscribe(SURVIVAL)
    owner.start()
    await until(lambda: panel.connections)
    (connection,) = panel.connections
    before = connection.authenticated

    await until(lambda: panel.received)

    assert (before, connection.authenticated) == (False, True)
    assert connection.received == [{"type": "subscribe", "serverId": SURVIVAL}]


async def test_news_before_the_acceptance_is_none(owner: SocketOwner, panel: Panel) -> None:
    panel.auth_delay = 0.1
    owner.start()
    await until(lambda: panel.connections)
    panel.delete_server(SURVIVAL)

    await owner.reaches(CONNECTED)

    assert owner.messages == []


# Subscriptions.


async def test_every_server_is_subscribed_once(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected(SURVIVAL, CREATIVE, SURVIVAL)
    owner.socket.subscribe(VALHEIM)
    owner.socket.subscribe(CREATIVE)
    await until(lambda: {getattr(message, "server_id", None) for message in owner.messages} == set(SERVERS))

    assert panel.received_of("subscribe") == [SURVIVAL, CREATIVE, VALHEIM]
    assert not panel.broken


async def test_ids_are_sent_as_strings(owner: SocketOwner, panel: Panel) -> None:
    strange: Any = 5
    owner.socket.subscribe(strange)
    await owner.start_connected()
    await until(lambda: panel.received)
    owner.socket.unsubscribe(strange)

    await until(lambda: panel.received_of("unsubscribe"))

    assert (panel.received_of("subscribe"), panel.received_of("unsubscribe"), panel.broken) == (["5"], ["5"], False)


async def test_many_subscriptions_go_in_batches_with_a_pause_after_each(
    owner: SocketOwner, panel: Panel, signed_in: PanelSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent_before: list[int] = []
    sleep = asyncio.sleep

    async def note(seconds: float) -> None:
        if seconds == socket_module.SUBSCRIBE_PAUSE:
            sent_before.append(len(owner.socket._subscribed))
        await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", note)
    monkeypatch.setattr(socket_module, "SUBSCRIBE_BATCH", 10)
    wanted = [f"srv_{number}" for number in range(25)]
    await owner.start_connected(*wanted)
    async with asyncio.timeout(10):
        while len(panel.received_of("subscribe")) < len(wanted):
            await sleep(0.002)

    assert panel.received_of("subscribe") == wanted
    assert sent_before == [10, 20]


async def test_what_is_no_longer_wanted_is_unsubscribed(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected(SURVIVAL, CREATIVE)
    await until(lambda: len(panel.received_of("subscribe")) == 2)
    owner.socket.unsubscribe(SURVIVAL)

    await until(lambda: panel.received_of("unsubscribe"))

    assert panel.received_of("unsubscribe") == [SURVIVAL]
    assert panel.connections[0].subscriptions == {CREATIVE}


async def test_a_server_may_come_back(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected(SURVIVAL)
    await until(lambda: panel.received_of("subscribe"))
    owner.socket.unsubscribe(SURVIVAL)
    await until(lambda: panel.received_of("unsubscribe"))
    owner.socket.subscribe(SURVIVAL)

    await until(lambda: panel.received_of("subscribe") == [SURVIVAL, SURVIVAL])


async def test_second_thoughts_are_not_sent(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected(SURVIVAL)
    await until(lambda: panel.received)
    owner.socket.unsubscribe(SURVIVAL)
    owner.socket.subscribe(SURVIVAL)
    owner.socket.subscribe(CREATIVE)
    owner.socket.unsubscribe(CREATIVE)
    owner.socket.subscribe(VALHEIM)

    await until(lambda: len(panel.received) == 2)

    assert (panel.received_of("subscribe"), panel.received_of("unsubscribe")) == ([SURVIVAL, VALHEIM], [])


async def test_unsubscribing_an_unknown_server_is_nothing(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected()
    owner.socket.unsubscribe(SURVIVAL)
    owner.socket.subscribe(CREATIVE)

    await until(lambda: panel.received)

    assert panel.received == [{"type": "subscribe", "serverId": CREATIVE}]


class JammedLine:
    """A server that stops reading after some messages; two of those that follow are too large for all buffers."""

    ids = ("a" * 16 * 1024**2, "b" * 16 * 1024**2)

    def __init__(self, after: int) -> None:
        self.heard: list[tuple[str, str]] = []
        self.go_on = asyncio.Event()
        self._after = after

    async def handle(self, request: web.BaseRequest) -> web.WebSocketResponse:
        socket = web.WebSocketResponse(max_msg_size=0, compress=False)
        await socket.prepare(request)
        assert request.transport is not None
        await socket.send_json({"type": "auth_success"})
        while not socket.closed:
            if len(self.heard) == self._after:
                request.transport.pause_reading()
                await self.go_on.wait()
                request.transport.resume_reading()
            message = await socket.receive()
            if message.type is WSMsgType.TEXT:
                self.heard.append((message.json()["type"], message.json()["serverId"][0]))
        return socket


async def test_second_thoughts_of_a_subscription_that_waits_to_be_sent(owner_at: OwnerAt) -> None:
    line = JammedLine(after=0)
    owner = await owner_at(line.handle)
    await owner.start_connected(*line.ids)
    await until(lambda: owner.socket._subscribed)
    owner.socket.unsubscribe(line.ids[1])
    owner.socket.subscribe("c")
    line.go_on.set()

    await until(lambda: len(line.heard) == 2)

    assert line.heard == [("subscribe", "a"), ("subscribe", "c")]


async def test_second_thoughts_of_an_unsubscription_that_waits_to_be_sent(owner_at: OwnerAt) -> None:
    line = JammedLine(after=2)
    owner = await owner_at(line.handle)
    await owner.start_connected(*line.ids)
    await until(lambda: len(line.heard) == 2)
    for server_id in line.ids:
        owner.socket.unsubscribe(server_id)
    await until(lambda: len(owner.socket._subscribed) == 1)
    for server_id in line.ids:
        owner.socket.subscribe(server_id)
    line.go_on.set()

    await until(lambda: len(line.heard) == 4)

    (unsubscribed, first), (subscribed, again) = line.heard[2:]
    assert (unsubscribed, subscribed, first) == ("unsubscribe", "subscribe", again)


async def test_refused_subscription_is_asked_for_again(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected(SURVIVAL)
    await until(lambda: panel.received)
    await panel.send_raw('{"type":"error","error":"Authentication required to subscribe"}')

    await until(lambda: panel.received_of("subscribe") == [SURVIVAL, SURVIVAL])

    assert type(await owner.reaches(DISCONNECTED)) is PanelConnectionError


# Messages.


async def test_news_of_a_server(owner: SocketOwner, panel: Panel) -> None:
    owner.remembered.add(SURVIVAL)
    await owner.start_connected(SURVIVAL)
    await until(lambda: ServerUnchanged(SURVIVAL) in owner.messages)
    panel.pause_ticks = True
    panel.set_status(SURVIVAL, "STOPPING")
    panel.update_server(SURVIVAL, name="Renamed")
    panel.delete_server(CREATIVE)
    await until(lambda: ServerDeleted(CREATIVE) in owner.messages)

    sync, *repetitions, status, update, deleted = owner.messages
    assert isinstance(sync, ServerSync)
    assert set(repetitions) == {ServerUnchanged(SURVIVAL)}
    assert status == ServerChange(SURVIVAL, {"id": SURVIVAL, "status": "STOPPING"})
    assert isinstance(update, ServerChange)
    assert (update.data["name"], update.data["memory"]) == ("Renamed", "4096")
    assert deleted == ServerDeleted(CREATIVE)


async def test_unsubscribed_server_is_forgotten(owner: SocketOwner, panel: Panel) -> None:
    owner.remembered.add(SURVIVAL)
    await owner.start_connected(SURVIVAL)
    await until(lambda: ServerUnchanged(SURVIVAL) in owner.messages)
    owner.socket.unsubscribe(SURVIVAL)
    owner.messages.clear()
    owner.socket.subscribe(SURVIVAL)

    await until(lambda: owner.messages)

    assert isinstance(owner.messages[0], ServerSync)


@pytest.mark.parametrize("frame", ["{", '{"type":"schedule:executing"}', "null", b"\x00\x01", b'{"type":"pong"}'])
async def test_useless_frame_is_skipped_with_one_line(
    owner: SocketOwner, panel: Panel, frame: str | bytes, caplog: pytest.LogCaptureFixture
) -> None:
    panel.pause_ticks = True
    await owner.start_connected(SURVIVAL)
    await until(lambda: panel.received)
    await panel.send_raw(frame)
    await panel.tick_now()

    await until(lambda: owner.messages)

    assert isinstance(owner.messages[0], ServerSync)
    assert owner.states == [CONNECTING, CONNECTED]
    assert [line.startswith("DEBUG Skipped a") for line in our_log(caplog)] == [True]


async def test_frame_beyond_all_measure_ends_the_connection(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected()
    await panel.send_raw(b"x" * (http_module._LARGEST_MESSAGE + 1))

    await owner.reaches(CONNECTED, times=2)

    assert isinstance(await owner.reaches(DISCONNECTED), PanelConnectionError)


# Heartbeat and silence.


async def test_heartbeat(owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]) -> None:
    set_constant(PING_INTERVAL=0.03, CHECK_INTERVAL=0.01)
    await owner.start_connected()

    await until(lambda: len(panel.received) >= 3)

    assert {str(message) for message in panel.received} == {"{'type': 'ping'}"}


async def test_heartbeat_has_two_pings_and_answers_one(owner_at: OwnerAt, set_constant: Callable[..., None]) -> None:
    set_constant(PING_INTERVAL=0.03, CHECK_INTERVAL=0.01)
    heard: list[tuple[WSMsgType, Any]] = []

    async def speak(socket: web.WebSocketResponse) -> None:
        await socket.ping(b"there?")
        await socket.send_json({"type": "auth_success", "userId": "user"})
        await socket.ping(b"still there?")
        while not socket.closed:
            message = await socket.receive()
            heard.append((message.type, message.data))

    owner = await owner_at(_speaker(speak))
    await owner.start_connected()

    await until(lambda: len(heard) >= 4)

    assert heard[:2] == [(WSMsgType.PONG, b"there?"), (WSMsgType.PONG, b"still there?")]
    assert [kind for kind, _ in heard[2:4]] == [WSMsgType.PING, WSMsgType.TEXT]
    assert heard[3][1] == '{"type":"ping"}'


async def test_heartbeat_keeps_a_quiet_connection(
    owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]
) -> None:
    set_constant(PING_INTERVAL=0.05, CHECK_INTERVAL=0.01, SILENCE=0.6)
    panel.pause_ticks = True
    await owner.start_connected(SURVIVAL)

    await until(lambda: len(panel.received_of("ping")) >= 14)

    assert (panel.upgrades, owner.states) == (1, [CONNECTING, CONNECTED])


async def test_silence_ends_a_connection(owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]) -> None:
    set_constant(CHECK_INTERVAL=0.01, SILENCE=0.05)
    panel.pause_ticks = True
    await owner.start_connected(SURVIVAL)

    await owner.reaches(CONNECTED, times=2)

    assert owner.states[:5] == [CONNECTING, CONNECTED, DISCONNECTED, CONNECTING, CONNECTED]
    assert isinstance(owner.reasons[2], PanelTimeoutError)
    await until(lambda: panel.received_of("subscribe")[:2] == [SURVIVAL, SURVIVAL])


async def test_stalled_syncs_end_a_connection(
    owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]
) -> None:
    set_constant(CHECK_INTERVAL=0.01, STALL=0.1, PING_INTERVAL=0.01)
    await owner.start_connected(SURVIVAL)
    await until(lambda: owner.messages)
    panel.silent_servers = {SURVIVAL}

    assert isinstance(await owner.reaches(DISCONNECTED), PanelTimeoutError)


async def test_repeated_syncs_are_no_stall(owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]) -> None:
    set_constant(CHECK_INTERVAL=0.01, STALL=0.4)
    owner.remembered.add(SURVIVAL)
    await owner.start_connected(SURVIVAL)

    await until(lambda: owner.messages.count(ServerUnchanged(SURVIVAL)) >= 10)

    assert owner.states == [CONNECTING, CONNECTED]


@pytest.mark.parametrize("server_ids", [(), ("srv_gone",)])
async def test_connection_that_never_had_a_sync_does_not_stall(
    owner: SocketOwner, panel: Panel, server_ids: tuple[str, ...], set_constant: Callable[..., None]
) -> None:
    set_constant(CHECK_INTERVAL=0.01, STALL=0.02, PING_INTERVAL=0.01)
    await owner.start_connected(*server_ids)

    await until(lambda: len(panel.received_of("ping")) >= 10)

    assert owner.states == [CONNECTING, CONNECTED]


async def test_connection_without_subscriptions_does_not_stall(
    owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]
) -> None:
    set_constant(CHECK_INTERVAL=0.01)
    await owner.start_connected(SURVIVAL)
    await until(lambda: owner.messages)
    owner.socket.unsubscribe(SURVIVAL)
    await until(lambda: panel.received_of("unsubscribe"))
    set_constant(STALL=0.02)

    await asyncio.sleep(0.1)

    assert owner.states == [CONNECTING, CONNECTED]


# Reconnects.


@pytest.mark.parametrize("code", [None, 1000, 1001, 1011])
async def test_every_end_is_followed_by_another_connection(owner: SocketOwner, panel: Panel, code: int | None) -> None:
    await owner.start_connected(SURVIVAL, CREATIVE)
    await until(lambda: len(panel.received) == 2)
    panel.drop_clients(code)

    await owner.reaches(CONNECTED, times=2)

    assert owner.states == [CONNECTING, CONNECTED, DISCONNECTED, CONNECTING, CONNECTED]
    assert type(owner.reasons[2]) is PanelConnectionError
    await until(lambda: len(panel.received) == 4)
    assert panel.received_of("subscribe") == [SURVIVAL, CREATIVE] * 2


async def test_what_was_wanted_meanwhile_is_subscribed_too(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected(SURVIVAL, CREATIVE)
    await until(lambda: len(panel.received) == 2)
    panel.drop_clients()
    await owner.reaches(DISCONNECTED)
    owner.socket.unsubscribe(SURVIVAL)
    owner.socket.subscribe(VALHEIM)

    await until(lambda: len(panel.received) == 4)

    assert panel.received_of("subscribe")[2:] == [CREATIVE, VALHEIM]
    assert panel.received_of("unsubscribe") == []


async def test_raw_token_is_sent_again(raw_owner: SocketOwner, panel: Panel) -> None:
    await raw_owner.start_connected(SURVIVAL)
    await until(lambda: len(panel.received) == 2)
    panel.drop_clients()

    await until(lambda: len(panel.received) == 4)

    assert [message["type"] for message in panel.received] == ["auth", "subscribe"] * 2


async def test_first_sync_of_a_connection_is_never_a_repetition(owner: SocketOwner, panel: Panel) -> None:
    owner.remembered.add(SURVIVAL)
    await owner.start_connected(SURVIVAL)
    await until(lambda: ServerUnchanged(SURVIVAL) in owner.messages)
    panel.drop_clients()
    await owner.reaches(DISCONNECTED)
    owner.messages.clear()

    await until(lambda: owner.messages)

    assert isinstance(owner.messages[0], ServerSync)


async def test_panel_that_restarts(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected(SURVIVAL)
    await panel.stop()
    await owner.reaches(DISCONNECTED, times=2)
    await panel.start()

    await owner.reaches(CONNECTED, times=2)

    assert all(isinstance(reason, PanelConnectionError) for reason in owner.reasons if reason)


@pytest.mark.parametrize(
    ("attempt", "longest"),
    [(0, 1), (1, 2), (2, 4), (3, 8), (8, 256), (9, 300), (16, 300), (10_000, 300)],
)
def test_backoff(draws: list[float], set_constant: Callable[..., None], attempt: int, longest: float) -> None:
    set_constant(FIRST_DELAY=1.0)

    assert backoff(attempt) == 0
    assert draws == [longest]


def test_backoff_has_full_jitter(set_constant: Callable[..., None]) -> None:
    set_constant(FIRST_DELAY=1.0)
    drawn = [backoff(2) for _ in range(200)]

    assert 0 <= min(drawn) < 1
    assert 3 < max(drawn) <= 4


async def test_delays_grow_while_nothing_comes_of_it(owner: SocketOwner, panel: Panel, draws: list[float]) -> None:
    panel.fail("/api/ws", 400, b"", times=2)
    panel.pause_ticks = True
    owner.start()
    await owner.reaches(CONNECTED)
    panel.drop_clients()

    await owner.reaches(CONNECTED, times=2)

    assert draws == [0.02, 0.04, 0.08]
    assert isinstance(owner.reasons[1], WebSocketBlockedError)


async def test_sync_resets_the_delay(owner: SocketOwner, panel: Panel, draws: list[float]) -> None:
    panel.fail("/api/ws", 400, b"", times=3)
    await owner.start_connected(SURVIVAL)
    await until(lambda: owner.messages)
    panel.drop_clients()

    await owner.reaches(CONNECTED, times=2)

    assert draws == [0.02, 0.04, 0.08, 0.02]


async def test_never_more_than_one_attempt_in_the_first_delay(
    owner: SocketOwner, panel: Panel, draws: list[float], caplog: pytest.LogCaptureFixture, set_constant: Any
) -> None:
    set_constant(FIRST_DELAY=100.0)
    panel.fail("/api/ws", 400, b"")
    owner.start()

    await owner.reaches(DISCONNECTED)

    assert our_log(caplog)[-1].rpartition("attempt in ")[2] in {"100.0 s", "99.9 s"}


@pytest.mark.parametrize(
    ("headers", "delay"),
    [({"Retry-After": "60"}, "60.0 s"), ({"Retry-After": "9999"}, "300.0 s"), ({"X-Retry-After": "45"}, "45.0 s")],
)
async def test_rate_limit_is_waited_for(
    owner: SocketOwner,
    panel: Panel,
    caplog: pytest.LogCaptureFixture,
    set_constant: Callable[..., None],
    headers: dict[str, str],
    delay: str,
) -> None:
    set_constant(COOKIE_GRACE=0.01)
    panel.auth_delay = 60
    panel.fail("/api/ws/token", 429, headers=headers)
    owner.start()

    assert isinstance(await owner.reaches(DISCONNECTED), RateLimitedError)
    assert our_log(caplog)[-1].endswith(f"next attempt in {delay}")


async def test_rate_limit_without_a_time_is_one_error_among_others(
    owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]
) -> None:
    set_constant(COOKIE_GRACE=0.02)
    panel.auth_delay = 0.1
    panel.fail("/api/ws/token", 429, times=1)
    owner.start()

    assert isinstance(await owner.reaches(DISCONNECTED), RateLimitedError)
    await owner.reaches(CONNECTED)


async def test_line_lost_before_the_token_is_sent(
    owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]
) -> None:
    set_constant(COOKIE_GRACE=0.02)
    panel.auth_delay = 60
    panel.delay("/api/ws/token", 0.1)
    owner.start()
    await until(lambda: panel.requests)
    panel.drop_clients()

    reason = await owner.reaches(DISCONNECTED)

    assert (type(reason), panel.received) == (PanelConnectionError, [])


async def test_token_in_unknown_form_is_tried_again(
    owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]
) -> None:
    set_constant(COOKIE_GRACE=0.02)
    panel.auth_delay = 0.1
    panel.fail("/api/ws/token", 200, {"token": None}, times=1)
    owner.start()

    assert isinstance(await owner.reaches(DISCONNECTED), ResponseError)
    await owner.reaches(CONNECTED)


async def test_unanswered_upgrade_is_tried_again(
    owner: SocketOwner, panel: Panel, set_constant: Callable[..., None]
) -> None:
    set_constant(TIMEOUT=0.05)
    panel.hang_upgrades = True
    owner.start()
    assert isinstance(await owner.reaches(DISCONNECTED), PanelTimeoutError)
    panel.hang_upgrades = False
    set_constant(TIMEOUT=5)

    await owner.reaches(CONNECTED)


async def test_redirected_upgrade_is_tried_again_but_never_followed(owner_at: OwnerAt, serve: Serve) -> None:
    arrived: list[str] = []

    async def elsewhere(request: web.BaseRequest) -> web.Response:
        arrived.append(request.path)
        return web.Response()

    other = await serve(elsewhere)

    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=307, headers={"Location": f"{other}/api/ws"})

    owner = await owner_at(redirect)
    owner.start()

    assert isinstance(await owner.reaches(DISCONNECTED, times=2), RedirectedError)
    assert arrived == []


async def test_mistake_of_the_owner_ends_the_connection_only(
    http: PanelHttp, panel: Panel, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(message: object) -> None:
        raise LookupError("a mistake")

    owner = SocketOwner(http)
    owner.socket = socket_module.PanelSocket(http, set(), fail, owner.hear)
    try:
        await owner.start_connected(SURVIVAL)
        reason = await owner.reaches(DISCONNECTED)
        await owner.reaches(CONNECTED, times=2)
    finally:
        await owner.end()

    assert type(reason) is PanelConnectionError
    error = next(record for record in caplog.records if record.name.startswith("custom_components"))
    assert (error.levelno, error.exc_info and error.exc_info[0]) == (logging.ERROR, LookupError)


# The end.


async def test_close_unsubscribes_and_says_goodbye(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected(SURVIVAL, CREATIVE)
    await until(lambda: len(panel.received) == 2)
    (connection,) = panel.connections

    await owner.end()

    await until(lambda: not panel.connections)
    assert set(panel.received_of("unsubscribe")) == {SURVIVAL, CREATIVE}
    assert len(panel.received) == 4
    assert connection._socket.close_code == 1000
    assert owner.states == [CONNECTING, CONNECTED, CLOSED]
    assert our_tasks() == []


async def test_close_before_anything(owner: SocketOwner) -> None:
    await owner.socket.close()

    assert (owner.socket.state, owner.states) == (CLOSED, [])


async def test_close_while_connecting(owner: SocketOwner, panel: Panel) -> None:
    panel.hang_upgrades = True
    owner.start()
    await until(lambda: panel.requests)

    await owner.end()

    assert owner.states == [CONNECTING, CLOSED]
    assert our_tasks() == []


async def test_close_while_authenticating(owner: SocketOwner, panel: Panel) -> None:
    panel.auth_delay = 60
    owner.socket.subscribe(SURVIVAL)
    owner.start()
    await until(lambda: panel.connections)

    await owner.end()

    await until(lambda: not panel.connections)
    assert (owner.states, panel.received) == ([CONNECTING, CLOSED], [])


async def test_close_while_waiting_to_reconnect(owner: SocketOwner, panel: Panel) -> None:
    await panel.stop()
    owner.start()
    await owner.reaches(DISCONNECTED)

    await owner.end()

    assert owner.states[-1] is CLOSED
    assert our_tasks() == []


async def test_close_for_a_reason(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected()
    reason = AuthenticationError("the session has ended")

    await owner.socket.close(reason)
    await owner.end()

    assert owner.states == [CONNECTING, CONNECTED, UNAUTHENTICATED]
    assert owner.reasons[-1] is reason


async def test_nothing_is_told_after_the_close(owner: SocketOwner) -> None:
    await owner.start_connected(SURVIVAL)
    await owner.socket.close()
    told = list(owner.states)

    await asyncio.sleep(0.05)

    assert owner.states == told
    assert told[-1] is CLOSED


async def test_close_waits_for_no_answer(owner_at: OwnerAt, set_constant: Callable[..., None]) -> None:
    set_constant(CLOSE_TIMEOUT=0.05)
    line = JammedLine(after=0)
    owner = await owner_at(line.handle)
    await owner.start_connected()

    await owner.end()

    assert owner.states[-1] is CLOSED
    assert our_tasks() == []


async def test_close_waits_for_no_jammed_line(owner_at: OwnerAt, set_constant: Callable[..., None]) -> None:
    set_constant(CLOSE_TIMEOUT=0.05)
    line = JammedLine(after=2)
    owner = await owner_at(line.handle)
    await owner.start_connected(*line.ids)
    await until(lambda: len(line.heard) == 2)

    async with asyncio.timeout(20):
        await owner.end()

    assert owner.states[-1] is CLOSED
    assert our_tasks() == []


async def test_close_at_the_end_of_the_line(owner: SocketOwner, panel: Panel) -> None:
    await owner.start_connected(SURVIVAL)
    await until(lambda: panel.received)
    panel.drop_clients()

    await owner.end()

    assert owner.states[-1] is CLOSED
    assert our_tasks() == []
