"""When the list is asked for, and what it means that there is none."""

import asyncio
from typing import Any

import pytest

from custom_components.stellarstack.client.exceptions import (
    AuthenticationError,
    NotThePanelError,
    PanelConnectionError,
    RateLimitedError,
    StellarStackError,
)
from custom_components.stellarstack.client.messages import ServerChange, ServersListed, ServerSnapshot, ServerUnchanged
from custom_components.stellarstack.client.timing import Timing
from tests.client.support import our_log, our_tasks, until

from .recorded import BAD_INSTALL, BROKEN, FAR, SESSION_INVALID, SIGNAL, SURVIVAL, UNEXPECTED, RecordedPanel, recorded
from .rig import CLOSED, CONNECTED, CONNECTING, DISCONNECTED, LIST, UNAUTHENTICATED, FailingRig, ListRig, MakeRig

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


async def test_panel_that_is_away_is_asked_at_each_interval(rig: ListRig, recorded_panel: RecordedPanel) -> None:
    rig.start(SURVIVAL)
    await rig.hears(ServersListed)
    recorded_panel.answer("GET", LIST, b"", 502)

    # Waits that double each time would come to a quarter of an hour by then.
    await recorded_panel.listed_again(16)


async def test_panel_that_limits_the_rate_is_left_in_peace(
    rig: ListRig, recorded_panel: RecordedPanel, caplog: pytest.LogCaptureFixture
) -> None:
    recorded_panel.answer("GET", LIST, b"", 429, {"Retry-After": "30"})
    rig.start(SURVIVAL)
    await rig.reaches(DISCONNECTED)

    assert "next attempt in 30.0 s" in caplog.text


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
        patch.setattr("custom_components.stellarstack.client.v2.feed.server_row_texts", fail)
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
