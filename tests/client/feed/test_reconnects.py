"""What follows the end of a connection, and when."""

import random

from aiohttp import web
import pytest

from custom_components.stellarstack.client.exceptions import (
    PanelConnectionError,
    PanelTimeoutError,
    RateLimitedError,
    RedirectedError,
    WebSocketBlockedError,
)
from custom_components.stellarstack.client.messages import ServerUnchanged
from simulator import Panel
from tests.client.support import Serve, our_log, until
from tests.common import SERVERS

from .rig import CONNECTED, CONNECTING, DISCONNECTED, FeedRig, MakeRig

SURVIVAL, CREATIVE, VALHEIM = SERVERS


@pytest.fixture
def draws(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The longest delays that were drawn from; what is drawn is always the shortest."""
    longest: list[float] = []

    def uniform(least: float, most: float) -> float:
        longest.append(most)
        return least

    monkeypatch.setattr(random, "uniform", uniform)
    return longest


@pytest.mark.parametrize("code", [None, 1000, 1001, 1011])
async def test_every_end_is_followed_by_another_connection(rig: FeedRig, panel: Panel, code: int | None) -> None:
    await rig.start_connected(SURVIVAL, CREATIVE)
    await until(lambda: len(panel.received) == 2)
    panel.drop_clients(code)

    await rig.reaches(CONNECTED, times=2)

    assert rig.states == [CONNECTING, CONNECTED, DISCONNECTED, CONNECTING, CONNECTED]
    assert type(rig.reasons[2]) is PanelConnectionError
    await until(lambda: len(panel.received) == 4)
    assert panel.received_of("subscribe") == [SURVIVAL, CREATIVE] * 2


async def test_raw_token_is_sent_again(raw_rig: FeedRig, panel: Panel) -> None:
    await raw_rig.start_connected(SURVIVAL)
    await until(lambda: len(panel.received) == 2)
    panel.drop_clients()

    await until(lambda: len(panel.received) == 4)

    assert [message["type"] for message in panel.received] == ["auth", "subscribe"] * 2


async def test_panel_that_restarts(rig: FeedRig, panel: Panel) -> None:
    await rig.start_connected(SURVIVAL)
    await panel.stop()
    await rig.reaches(DISCONNECTED, times=2)
    await panel.start()

    await rig.reaches(CONNECTED, times=2)

    assert all(isinstance(reason, PanelConnectionError) for reason in rig.reasons if reason)


async def test_delays_grow_while_nothing_comes_of_it(rig: FeedRig, panel: Panel, draws: list[float]) -> None:
    panel.fail("/api/ws", 400, b"", times=2)
    rig.start()

    await rig.reaches(CONNECTED)

    assert draws == [0.02, 0.04]
    assert isinstance(rig.reasons[1], WebSocketBlockedError)


async def test_delays_grow_when_each_connection_ends_after_its_first_sync(
    rig: FeedRig, panel: Panel, draws: list[float]
) -> None:
    await rig.start_connected(SURVIVAL)
    for times in (2, 3):
        await until(lambda: rig.messages)
        panel.drop_clients()
        await rig.reaches(DISCONNECTED, times - 1)
        rig.messages.clear()
        await rig.reaches(CONNECTED, times)

    assert draws == [0.02, 0.04]


async def test_delays_grow_when_each_connection_ends_with_an_error(
    rig: FeedRig, panel: Panel, draws: list[float]
) -> None:
    await rig.start_connected(SURVIVAL)
    for times in (2, 3):
        await panel.send_raw('{"type":"error","error":"Too many subscriptions"}')
        await rig.reaches(CONNECTED, times)

    assert draws == [0.02, 0.04]


async def test_connection_that_lasted_resets_the_delay(make_rig: MakeRig, panel: Panel, draws: list[float]) -> None:
    rig = make_rig(lasting=0.001)
    panel.fail("/api/ws", 400, b"", times=3)
    await rig.start_connected(SURVIVAL)
    await until(lambda: ServerUnchanged(SURVIVAL) in rig.messages)
    panel.drop_clients()

    await rig.reaches(CONNECTED, times=2)

    assert draws == [0.02, 0.04, 0.08, 0.02]


async def test_connection_that_lasted_resets_the_delay_once(
    make_rig: MakeRig, panel: Panel, draws: list[float]
) -> None:
    rig = make_rig(lasting=0.001)
    await rig.start_connected(SURVIVAL)
    await until(lambda: ServerUnchanged(SURVIVAL) in rig.messages)
    panel.fail("/api/ws", 400, b"", times=3)
    panel.drop_clients()

    await rig.reaches(CONNECTED, times=2)

    assert draws == [0.02, 0.04, 0.08, 0.16]


@pytest.mark.parametrize(
    ("retry_after", "delay"), [(45.0, "45.0 s"), (9999.0, "60.0 s"), (0.0, "0.0 s"), (None, "0.0 s")]
)
async def test_wait_that_the_panel_asks_for_is_followed(
    make_rig: MakeRig,
    panel: Panel,
    draws: list[float],
    caplog: pytest.LogCaptureFixture,
    retry_after: float | None,
    delay: str,
) -> None:
    rig = make_rig(cookie_grace=0.02)
    panel.silent_welcome = True
    rig.token = RateLimitedError("the panel asks for patience", retry_after)
    rig.start()

    assert isinstance(await rig.reaches(DISCONNECTED), RateLimitedError)
    assert our_log(caplog)[-1].endswith(f"next attempt in {delay}")


async def test_never_more_than_one_attempt_in_the_first_delay(
    make_rig: MakeRig, panel: Panel, draws: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    rig = make_rig(first_reconnect=100_000.0, longest_reconnect=100_000.0)
    panel.fail("/api/ws", 400, b"")
    rig.start()

    await rig.reaches(DISCONNECTED)

    delay = float(our_log(caplog)[-1].rpartition("attempt in ")[2].removesuffix(" s"))
    assert draws == [100_000]
    assert delay > 99_000


async def test_unanswered_upgrade_is_tried_again(make_rig: MakeRig, panel: Panel) -> None:
    rig = make_rig(request=0.2)
    panel.hang_upgrades = True
    rig.start()
    assert isinstance(await rig.reaches(DISCONNECTED), PanelTimeoutError)
    panel.hang_upgrades = False

    await rig.reaches(CONNECTED)


async def test_redirected_upgrade_is_tried_again_but_never_followed(make_rig: MakeRig, serve: Serve) -> None:
    arrived: list[str] = []

    async def elsewhere(request: web.BaseRequest) -> web.Response:
        arrived.append(request.path)
        return web.Response()

    other = await serve(elsewhere)

    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=307, headers={"Location": f"{other}/api/ws"})

    rig = make_rig(url=await serve(redirect))
    rig.start()

    assert isinstance(await rig.reaches(DISCONNECTED, times=2), RedirectedError)
    assert arrived == []
