"""How a connection is authenticated, and what a refusal means."""

import pytest

from custom_components.stellarstack.client.exceptions import (
    AuthenticationError,
    PanelConnectionError,
    PanelTimeoutError,
    RateLimitedError,
    ResponseError,
)
from custom_components.stellarstack.client.messages import ServerSnapshot
from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from simulator.accounts import Session as PanelSession
from tests.client.support import our_log, until
from tests.common import SERVERS

from .rig import CONNECTED, CONNECTING, DISCONNECTED, UNAUTHENTICATED, FeedRig, MakeRig

SURVIVAL, CREATIVE, VALHEIM = SERVERS


def test_times() -> None:
    """The contract's own numbers, which the other tests shorten."""
    timing = Timing()
    assert (timing.cookie_grace, timing.ping_interval, timing.silence, timing.stall) == (3, 30, 40, 60)
    assert (timing.first_reconnect, timing.longest_reconnect, timing.lasting, timing.request) == (1, 300, 10, 10)


async def test_cookie_authenticates_by_itself(rig: FeedRig, panel: Panel, signed_in: PanelSession) -> None:
    await rig.start_connected()

    assert rig.states == [CONNECTING, CONNECTED]
    assert rig.feed.user_id == signed_in.account.id
    (connection,) = panel.connections
    assert (connection.cookie_used, connection.received, rig.token_calls) == (True, [], 0)


async def test_raw_token_is_sent(raw_rig: FeedRig, panel: Panel, signed_in: PanelSession) -> None:
    await raw_rig.start_connected(SURVIVAL)

    await until(lambda: len(panel.received) == 2)
    assert panel.received == [
        {"type": "auth", "token": signed_in.token},
        {"type": "subscribe", "serverId": SURVIVAL},
    ]
    assert "Cookie" not in panel.connections[0].headers
    assert raw_rig.token_calls == 0


async def test_silence_after_the_cookie_is_answered_with_the_token(
    make_rig: MakeRig, panel: Panel, signed_in: PanelSession
) -> None:
    rig = make_rig(cookie_grace=0.02)
    panel.silent_welcome = True

    await rig.start_connected()

    assert rig.token_calls == 1
    assert panel.received == [{"type": "auth", "token": signed_in.token}]


async def test_second_acceptance_is_no_news(make_rig: MakeRig, panel: Panel) -> None:
    rig = make_rig(cookie_grace=0.02)
    panel.auth_delay = 0.1
    await rig.start_connected(SURVIVAL)

    await until(lambda: rig.messages)

    assert rig.states == [CONNECTING, CONNECTED]
    assert isinstance(rig.messages[0], ServerSnapshot)
    assert panel.received_of("subscribe") == [SURVIVAL]


async def test_refused_token_is_tried_again_until_the_owner_decides(raw_rig: FeedRig, panel: Panel) -> None:
    panel.expire_sessions()
    raw_rig.start()
    reason = await raw_rig.reaches(DISCONNECTED, times=2)
    assert type(reason) is AuthenticationError

    await raw_rig.end(reason)

    assert raw_rig.states[:4] == [CONNECTING, DISCONNECTED] * 2
    assert (raw_rig.states[-1], raw_rig.reasons[-1]) == (UNAUTHENTICATED, reason)
    await until(lambda: not panel.connections)


async def test_session_refused_later_is_tried_again(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected(SURVIVAL)
    await panel.send_raw('{"type":"auth_error","error":"Invalid or expired session"}')

    assert type(await rig.reaches(DISCONNECTED)) is AuthenticationError
    await rig.reaches(CONNECTED, times=2)

    assert rig.states == [CONNECTING, CONNECTED, DISCONNECTED, CONNECTING, CONNECTED]


async def test_token_without_an_answer(make_rig: MakeRig, panel: Panel) -> None:
    rig = make_rig(cookie_grace=0.02, request=0.1)
    panel.auth_delay = 60
    rig.start()

    assert isinstance(await rig.reaches(DISCONNECTED), PanelTimeoutError)
    assert panel.received_of("auth") == [None]


async def test_subscription_waits_for_the_acceptance(rig: FeedRig, panel: Panel) -> None:
    panel.auth_delay = 0.1
    rig.feed.subscribe(SURVIVAL)
    rig.start()
    await until(lambda: panel.connections)
    (connection,) = panel.connections
    before = connection.authenticated

    await until(lambda: panel.received)

    assert (before, connection.authenticated) == (False, True)
    assert connection.received == [{"type": "subscribe", "serverId": SURVIVAL}]


async def test_news_before_the_acceptance_is_none(rig: FeedRig, panel: Panel) -> None:
    panel.auth_delay = 0.1
    panel.pause_ticks = True
    rig.feed.subscribe(SURVIVAL)
    rig.start()
    await until(lambda: panel.connections)
    panel.delete_server(SURVIVAL)

    await rig.reaches(CONNECTED)

    assert rig.messages == []


async def test_sync_before_the_acceptance_makes_no_later_one_a_repetition(rig: FeedRig, panel: Panel) -> None:
    sync = '{"type":"server:sync","serverId":"srv","data":{"id":"srv"}}'
    panel.auth_delay = 0.1
    rig.feed.subscribe("srv")
    rig.start()
    await until(lambda: panel.connections)
    await panel.send_raw(sync)
    await rig.reaches(CONNECTED)
    await panel.send_raw(sync)

    await until(lambda: rig.messages)

    assert isinstance(rig.messages[0], ServerSnapshot)


@pytest.mark.parametrize(
    "refusal",
    [
        AuthenticationError("the panel does not accept the session"),
        RateLimitedError("the panel asks for patience"),
        ResponseError("the panel sent no token"),
        PanelConnectionError("cannot connect"),
    ],
    ids=lambda refusal: type(refusal).__name__,
)
async def test_token_that_the_panel_does_not_give_is_asked_for_again(
    make_rig: MakeRig, panel: Panel, signed_in: PanelSession, refusal: Exception
) -> None:
    rig = make_rig(cookie_grace=0.02)
    panel.silent_welcome = True
    rig.token = refusal
    rig.start()

    assert await rig.reaches(DISCONNECTED) is refusal
    rig.token = signed_in.token
    await rig.reaches(CONNECTED)

    assert panel.received_of("auth") == [None]


async def test_connection_lost_before_the_token_is_sent(
    make_rig: MakeRig, panel: Panel, caplog: pytest.LogCaptureFixture
) -> None:
    rig = make_rig(cookie_grace=0.02)
    panel.silent_welcome = True
    rig.token_gate.clear()
    rig.start()
    await until(lambda: rig.token_calls)
    panel.drop_clients()
    await until(lambda: not panel.connections)
    rig.token_gate.set()

    reason = await rig.reaches(DISCONNECTED)

    assert (type(reason), panel.received) == (PanelConnectionError, [])
    assert [line[:6] for line in our_log(caplog)] == ["DEBUG "]


async def test_mistake_of_ours_ends_one_connection(
    make_rig: MakeRig, panel: Panel, signed_in: PanelSession, caplog: pytest.LogCaptureFixture
) -> None:
    rig = make_rig(cookie_grace=0.02)
    panel.silent_welcome = True
    rig.token = LookupError("content")
    rig.start()

    assert type(await rig.reaches(DISCONNECTED)) is PanelConnectionError
    rig.token = signed_in.token
    await rig.reaches(CONNECTED)

    (error,) = [line for line in our_log(caplog) if line.startswith("ERROR")]
    assert "LookupError" in error
    assert "content" not in error
