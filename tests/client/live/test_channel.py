"""What a live socket tells of a server, and what a server is told by it."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.exceptions import (
    AnswerLostError,
    ClosedError,
    ForbiddenError,
    LiveUnavailableError,
    Refusal,
    RefusedError,
    StellarStackError,
)
from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.models import PowerAction, ServerStatus
from custom_components.stellarstack.client.server import Update
from custom_components.stellarstack.client.usage import NOTHING, Usage
from tests.client.support import until
from tests.client.v2.recorded import NODE_B, SURVIVAL, path

from .conftest import QUICK
from .notes import Notes
from .panel import ACCEPTED, SCOPES, LivePanel, line, stats, status

START, STOP, RESTART, KILL = PowerAction
RUNNING, STOPPED, STARTING, STOPPING = (
    ServerStatus.RUNNING,
    ServerStatus.STOPPED,
    ServerStatus.STARTING,
    ServerStatus.STOPPING,
)


@pytest.fixture
async def fed(notes: Notes) -> Notes:
    """What is told of a server whose live socket is fed."""
    await notes.reaches(LiveState.FED)
    await until(lambda: notes.server.channel._settled)
    return notes


@pytest.fixture
async def alone(client: StellarStackClient, panel: LivePanel) -> Notes:
    """What is told of a server with no live socket, because nobody wants one."""
    await client.connect()
    server = client.watch(SURVIVAL)
    await until(lambda: server.live)
    return Notes(server)


# Status.


async def test_node_knows_better_than_the_list(panel: LivePanel, fed: Notes) -> None:
    panel.row(SURVIVAL).update(status="starting", updatedAt="2026-11-26T04:00:00.000Z")
    await panel.listed_again(2)
    assert fed.status is RUNNING

    await panel.say(status("stopping"), status("offline"))
    await fed.shows(STOPPED)
    await panel.listed_again(2)
    assert fed.status is STOPPED
    assert fed.shown == [RUNNING, STOPPING, STOPPED]


async def test_node_cannot_tell_why_a_server_is_down(panel: LivePanel, fed: Notes) -> None:
    panel.row(SURVIVAL).update(status="offline", installState="failed", updatedAt="2026-11-26T04:00:00.000Z")
    await panel.say(status("offline"))

    await fed.shows(ServerStatus.ERROR)


async def test_end_of_a_server_whose_installation_failed(panel: LivePanel, fed: Notes) -> None:
    """The list, which may be old, says that it is in error: that is no crash."""
    panel.row(SURVIVAL).update(status="offline", installState="failed", updatedAt="2026-11-26T04:00:00.000Z")
    await panel.listed_again(2)
    kill = {"action": "servers.power.kill", "createdAt": datetime.now(UTC).isoformat()}
    panel.answer("GET", path(SURVIVAL, "/activity"), {"entries": [kill]})
    await panel.say(status("offline"))

    await until(lambda: fed.events == [LifecycleEvent.STOPPED])
    assert fed.status is ServerStatus.ERROR


async def test_sample_corrects_a_status_that_was_lost(panel: LivePanel, fed: Notes) -> None:
    await panel.say(status("starting"), stats("running"))

    await fed.shows(RUNNING)


async def test_what_differs_when_another_source_decides_is_no_event(panel: LivePanel, fed: Notes) -> None:
    panel.row(SURVIVAL).update(status="offline", updatedAt="2026-11-26T04:00:00.000Z")
    await panel.listed_again(2)
    panel.always = 502
    await panel.drop()
    await fed.shows(STOPPED)

    panel.always = None
    await fed.shows(RUNNING)

    assert fed.events == []
    assert Update.STALE not in fed.updates


async def start_unlisted(client: StellarStackClient, panel: LivePanel) -> Notes:
    """Return what is told of a server that started after the last list, of which its node tells."""
    panel.row(SURVIVAL)["status"] = "offline"
    await client.connect()
    server = client.watch(SURVIVAL)
    await until(lambda: server.live)
    client.set_live(True)
    notes = Notes(server)
    await notes.shows(RUNNING)
    await until(lambda: client.news_valid_for == 3 * SELDOM.list_interval)
    return notes


SELDOM = replace(QUICK, list_interval=600.0)
"""As long as the live socket is open, no list comes, but for one that was due when it opened."""

UNASKED = replace(SELDOM, list_interval_alone=700.0)
"""No list comes that nobody asks for."""


@pytest.mark.parametrize("timing", [SELDOM])
async def test_list_of_before_is_not_believed_when_the_socket_is_lost(
    client: StellarStackClient, panel: LivePanel
) -> None:
    notes = await start_unlisted(client, panel)
    panel.always = 502
    last_list = notes.server.last_news
    panel.row(SURVIVAL)["status"] = "running"
    await panel.drop()
    await until(lambda: notes.server.last_news != last_list)

    assert notes.shown == [STOPPED, RUNNING]
    assert notes.events == []


@pytest.mark.parametrize("timing", [SELDOM])
async def test_stop_is_told_although_the_socket_was_lost_meanwhile(
    client: StellarStackClient, panel: LivePanel
) -> None:
    notes = await start_unlisted(client, panel)
    await panel.say(status("stopping"))
    await notes.shows(STOPPING)
    panel.row(SURVIVAL)["status"] = "stopping"
    panel.greeting[SURVIVAL] = [ACCEPTED, status("stopping")]
    await panel.drop()
    await until(lambda: len(panel.upgrades) == 2 and notes.server.channel.state is LiveState.FED)
    await panel.say(status("offline"))

    await until(lambda: notes.events == [LifecycleEvent.STOPPED])
    assert notes.shown == [STOPPED, RUNNING, STOPPING, STOPPED]


@pytest.mark.parametrize("timing", [SELDOM])
async def test_what_the_list_tells_first_of_a_lost_socket_is_no_event(
    client: StellarStackClient, panel: LivePanel
) -> None:
    notes = await start_unlisted(client, panel)
    kill = {"action": "servers.power.kill", "createdAt": datetime.now(UTC).isoformat()}
    panel.answer("GET", path(SURVIVAL, "/activity"), {"entries": [kill]})
    panel.always = 502
    await panel.drop()
    await notes.shows(STOPPED)
    panel.row(SURVIVAL).update(status="starting", updatedAt="2026-11-26T04:00:00.000Z")
    await notes.shows(STARTING)
    panel.row(SURVIVAL).update(status="running", updatedAt="2026-11-26T04:00:01.000Z")

    await until(lambda: notes.events)
    assert notes.events == [LifecycleEvent.STARTED]


@pytest.mark.parametrize("timing", [UNASKED])
async def test_what_a_list_tells_that_agreed_with_the_lost_socket_is_news(
    client: StellarStackClient, panel: LivePanel, notes: Notes
) -> None:
    await until(lambda: client.news_valid_for == 3 * UNASKED.list_interval)
    kill = {"action": "servers.power.kill", "createdAt": datetime.now(UTC).isoformat()}
    panel.answer("GET", path(SURVIVAL, "/activity"), {"entries": [kill]})
    panel.always = 502
    panel.row(SURVIVAL).update(status="offline", updatedAt="2026-11-26T04:00:00.000Z")

    await panel.drop()

    await until(lambda: notes.events == [LifecycleEvent.STOPPED])
    assert notes.shown == [RUNNING, STOPPED]


@pytest.mark.parametrize("timing", [SELDOM])
async def test_what_differs_when_the_socket_is_back_is_no_event(client: StellarStackClient, panel: LivePanel) -> None:
    notes = await start_unlisted(client, panel)
    kill = {"action": "servers.power.kill", "createdAt": datetime.now(UTC).isoformat()}
    panel.answer("GET", path(SURVIVAL, "/activity"), {"entries": [kill]})
    panel.greeting[SURVIVAL] = [ACCEPTED, status("offline")]
    await panel.drop()
    # The list shows it, too.
    await notes.shows(STOPPED)
    await until(lambda: len(panel.upgrades) == 2 and notes.server.channel.state is LiveState.FED)
    await panel.say(status("starting"), status("running"))

    await until(lambda: notes.events)
    assert notes.events == [LifecycleEvent.STARTED]
    assert notes.shown == [STOPPED, RUNNING, STOPPED, STARTING, RUNNING]


@pytest.mark.parametrize("seen", [("offline", "starting", "running"), ("offline", "running")])
async def test_restart_of_which_states_got_lost(panel: LivePanel, fed: Notes, seen: tuple[str, ...]) -> None:
    restart = {"action": "servers.power.restart", "createdAt": datetime.now(UTC).isoformat()}
    panel.answer("GET", path(SURVIVAL, "/activity"), {"entries": [restart]})

    await panel.say(*map(status, seen))

    await until(lambda: fed.events == [LifecycleEvent.RESTARTED])
    assert fed.status is RUNNING


async def test_lost_socket_to_a_server_that_is_as_it_was_ends_nothing(panel: LivePanel, fed: Notes) -> None:
    await panel.say(status("stopping"), status("offline"))
    panel.row(SURVIVAL).update(status="offline", updatedAt="2026-11-26T04:00:00.000Z")
    panel.greeting[SURVIVAL] = [ACCEPTED, status("offline")]
    await fed.shows(STOPPED)
    await panel.listed_again()
    await panel.drop()

    # Told after `down`, although the socket was lost meanwhile.
    await until(lambda: fed.events == [LifecycleEvent.STOPPED])


async def test_server_stays_live_while_the_panel_is_away(panel: LivePanel, fed: Notes) -> None:
    panel.answer("GET", "/api/servers", "", 502)
    await asyncio.sleep(3 * QUICK.list_interval + 0.3)
    assert fed.server.live
    await panel.say(status("stopping"))
    await fed.shows(STOPPING)

    await panel.drop()

    await until(lambda: fed.updates[-1] is Update.STALE)
    assert not fed.server.live


async def test_what_the_node_tells_while_the_panel_is_away_is_news(panel: LivePanel, fed: Notes) -> None:
    await panel.say(status("stopping"), status("offline"))
    await until(lambda: fed.events == [LifecycleEvent.STOPPED])
    await panel.say(status("starting"))
    await fed.shows(STARTING)
    panel.answer("GET", "/api/servers", "", 502)
    await until(lambda: not fed.server.is_reported)

    await panel.say(status("running"))

    await until(lambda: fed.events == [LifecycleEvent.STOPPED, LifecycleEvent.STARTED])


# Power calls.


@pytest.mark.parametrize(
    ("first", "action", "shown"),
    [
        ("offline", START, "starting"),
        ("running", STOP, "stopping"),
        ("running", RESTART, "stopping"),
        ("running", KILL, "offline"),
        ("stopping", KILL, "offline"),
        ("offline", RESTART, "starting"),
    ],
)
async def test_power_call_is_done_when_its_status_comes(
    panel: LivePanel, fed: Notes, first: str, action: PowerAction, shown: str
) -> None:
    await panel.say(status(first))
    await fed.shows({"offline": STOPPED, "running": RUNNING, "stopping": STOPPING}[first])
    call = asyncio.create_task(fed.server.power(action))

    assert await panel.told("set state") == [action.value]
    await panel.say(status(first), stats(first))
    await asyncio.sleep(0.05)
    assert not call.done()
    await panel.say(status(shown))

    await call


async def test_power_call_without_an_answer_is_not_known(panel: LivePanel, fed: Notes) -> None:
    with pytest.raises(AnswerLostError):
        await fed.server.power(STOP)


async def test_power_call_on_a_lost_socket_is_not_known(panel: LivePanel, fed: Notes) -> None:
    call = asyncio.create_task(fed.server.power(STOP))
    await panel.told("set state")

    await panel.drop()

    with pytest.raises(AnswerLostError):
        await call


async def test_running_server_is_not_started(panel: LivePanel, fed: Notes) -> None:
    with pytest.raises(RefusedError) as raised:
        await fed.server.power(START)

    assert raised.value.refusal is Refusal.ALREADY_RUNNING
    assert panel.received[SURVIVAL] == []


@pytest.mark.parametrize("action", [STOP, KILL])
async def test_stopped_server_is_stopped(panel: LivePanel, fed: Notes, action: PowerAction) -> None:
    await panel.say(status("offline"))
    await fed.shows(STOPPED)

    await fed.server.power(action)

    await panel.told("set state")


@pytest.mark.parametrize(
    ("words", "error", "reason"),
    [
        ("set state: missing scope control.stop", ForbiddenError, "missing scope control.stop"),
        ("set state: unknown action", RefusedError, "unknown action"),
    ],
)
async def test_refusal_of_the_node_is_raised(
    panel: LivePanel, fed: Notes, words: str, error: type[StellarStackError], reason: str
) -> None:
    call = asyncio.create_task(fed.server.power(STOP))
    await panel.told("set state")

    await panel.say({"args": ["eula-required"], "event": "daemon error"}, {"args": [words], "event": "daemon error"})

    with pytest.raises(error) as raised:
        await call
    assert getattr(raised.value, "reason", None) == reason


async def test_what_the_account_may_not_do_is_not_sent(client: StellarStackClient, panel: LivePanel) -> None:
    panel.scopes = SCOPES[:1]
    await client.connect()
    server = client.watch(SURVIVAL)
    await until(lambda: server.live)
    for action in PowerAction:
        with pytest.raises(ForbiddenError):
            await server.power(action)
    with pytest.raises(ForbiddenError):
        await server.send_command("list")
    assert panel.received[SURVIVAL] == []


@pytest.mark.parametrize(("answer", "elsewhere"), [(401, True), (404, False), (502, False)])
async def test_server_without_a_socket_is_told_nothing(
    panel: LivePanel, alone: Notes, answer: int, elsewhere: bool
) -> None:
    panel.always = answer

    with pytest.raises(LiveUnavailableError) as raised:
        await alone.server.power(STOP)

    assert raised.value.elsewhere is elsewhere
    with pytest.raises(LiveUnavailableError):
        await alone.server.send_command("list")


@pytest.mark.parametrize("answer", [401, 404, 502])
@pytest.mark.parametrize("timing", [replace(QUICK, live_open=3600.0)])
async def test_press_is_refused_as_soon_as_the_attempt_failed(panel: LivePanel, fed: Notes, answer: int) -> None:
    """It may fail for the reason that is known already."""
    panel.always = answer
    await panel.drop()
    await until(lambda: fed.server.channel.state not in {LiveState.FED, LiveState.CONNECTING})

    call = asyncio.create_task(fed.server.power(STOP))

    await until(call.done)
    with pytest.raises(LiveUnavailableError):
        await call


@pytest.mark.parametrize("timing", [replace(QUICK, live_open=3600.0)])
async def test_press_is_refused_when_the_server_gets_another_node(panel: LivePanel, alone: Notes) -> None:
    """Its socket is closed while it is waited for."""
    panel.greeting[SURVIVAL] = []
    call = asyncio.create_task(alone.server.power(STOP))
    await panel.opened()

    panel.row(SURVIVAL)["nodeId"] = NODE_B

    await until(call.done)
    with pytest.raises(LiveUnavailableError):
        await call


async def test_press_does_not_wait_for_the_next_attempt(panel: LivePanel, fed: Notes) -> None:
    panel.always = 401
    await panel.drop()
    await fed.reaches(LiveState.REFUSED)
    panel.always = None
    call = asyncio.create_task(fed.server.power(STOP))

    await panel.told("set state")

    await panel.say(status("stopping"))
    await call


async def test_client_that_is_closed_says_so_to_who_waits(
    client: StellarStackClient, panel: LivePanel, fed: Notes
) -> None:
    calls = [asyncio.create_task(fed.server.power(STOP)), asyncio.create_task(fed.server.send_command("list"))]
    await panel.told("set state")

    await client.close()

    for call in calls:
        with pytest.raises(ClosedError):
            await call


async def test_closed_client_tells_a_server_nothing(client: StellarStackClient, panel: LivePanel, alone: Notes) -> None:
    await client.close()

    with pytest.raises(ClosedError):
        await alone.server.power(STOP)
    with pytest.raises(ClosedError):
        await alone.server.send_command("list")
    assert panel.tickets == 0


# A socket for the time of a call.


async def test_socket_is_held_while_the_server_is_told_something(panel: LivePanel, alone: Notes) -> None:
    assert panel.upgrades == []
    call = asyncio.create_task(alone.server.power(STOP))
    await panel.told("set state")
    await panel.say(status("stopping"))
    await call
    # What comes of it is seen, and told.
    await asyncio.sleep(QUICK.live_linger * 2)
    assert panel.sockets() == 1
    # The list lags behind.
    await panel.say(status("offline"))
    await alone.shows(STOPPED)
    panel.row(SURVIVAL).update(status="offline", updatedAt="2026-11-26T04:00:00.000Z")

    await until(lambda: panel.closed == [1000])
    await until(lambda: alone.events == [LifecycleEvent.STOPPED])
    assert alone.server.live
    assert alone.status is STOPPED


# Commands.


async def test_command_is_done_when_the_console_shows_it(panel: LivePanel, fed: Notes) -> None:
    call = asyncio.create_task(fed.server.send_command("list"))
    assert await panel.told("send command") == ["list"]

    await panel.say(line("list"), line("There are 0 of a max of 20 players online:"))

    await call
    await until(lambda: fed.new_lines == ["list", "There are 0 of a max of 20 players online:"])


async def test_command_of_which_nothing_comes_is_done(panel: LivePanel, fed: Notes) -> None:
    await fed.server.send_command("list")

    assert panel.received[SURVIVAL] == [("send command", ["list"])]


async def test_command_to_a_stopped_server_is_refused(panel: LivePanel, fed: Notes) -> None:
    call = asyncio.create_task(fed.server.send_command("list"))
    await panel.told("send command")

    await panel.say({"args": ["container not running"], "event": "daemon error"})

    with pytest.raises(RefusedError) as raised:
        await call
    assert raised.value.refusal is Refusal.NOT_RUNNING


@pytest.mark.parametrize("command", ["x" * 33 * 1024, "ü" * 17 * 1024], ids=["letters", "umlauts"])
async def test_frame_that_a_node_would_not_take_is_not_sent(panel: LivePanel, fed: Notes, command: str) -> None:
    with pytest.raises(StellarStackError):
        await fed.server.send_command(command)

    assert panel.sockets() == 1


# Usage.


async def test_samples_are_told(panel: LivePanel, fed: Notes) -> None:
    await panel.say(stats(cpu_absolute=20.0), stats(cpu_absolute=40.0))

    await until(lambda: len(fed.samples) == 2)

    assert [sample.cpu for sample in fed.samples] == [20.0, 40.0]
    assert fed.server.channel.usage == fed.samples[-1]
    mean = fed.server.channel.take_usage()
    assert mean is not None
    assert (mean.cpu, mean.memory, mean.disk) == (30.0, 64.0, None)


async def test_sample_that_comes_after_the_stop_is_none(panel: LivePanel, fed: Notes) -> None:
    await panel.say(stats(cpu_absolute=20.0), status("offline"))
    await until(lambda: fed.server.channel.usage == NOTHING)
    before = list(fed.samples)
    await panel.say(stats("offline", cpu_absolute=20.0), line("end"))
    await until(lambda: "end" in fed.server.channel.lines())

    assert fed.samples == before
    assert fed.server.channel.usage == NOTHING


async def test_of_the_samples_at_once_only_the_last_counts(client: StellarStackClient, panel: LivePanel) -> None:
    panel.greeting[SURVIVAL] = [ACCEPTED, status("running"), *(stats(cpu_absolute=float(n)) for n in range(1, 100))]
    await client.connect()
    notes = Notes(client.watch(SURVIVAL))
    client.set_live(True)

    await until(lambda: notes.samples)

    assert [sample.cpu for sample in notes.samples] == [99.0]


async def test_stopped_server_uses_nothing(panel: LivePanel, fed: Notes) -> None:
    await panel.say(stats())
    await until(lambda: fed.samples)

    await panel.say(status("stopping"), status("offline"))

    await until(lambda: fed.samples[-1].cpu == 0.0)
    assert fed.server.channel.usage == Usage(cpu=0.0, memory=0.0, network_in=0.0, network_out=0.0)


async def test_usage_is_unknown_before_the_first_sample(fed: Notes) -> None:
    assert fed.server.channel.usage is None


async def test_usage_is_unknown_without_a_socket(panel: LivePanel, fed: Notes) -> None:
    await panel.say(stats())
    await until(lambda: fed.samples)
    panel.always = 502

    await panel.drop()

    await fed.reaches(LiveState.UNREACHABLE)
    assert fed.server.channel.usage is None
    assert fed.server.channel.take_usage() is None


# Console.


async def test_lines_from_before_are_not_new(client: StellarStackClient, panel: LivePanel) -> None:
    panel.greeting[SURVIVAL] = [ACCEPTED, status("running"), *(line(f"old {n}") for n in range(5))]
    await client.connect()
    notes = Notes(client.watch(SURVIVAL))
    client.set_live(True)
    await until(lambda: notes.batches)

    await panel.say(line("new"))
    await until(lambda: len(notes.batches) == 2)

    assert notes.new_lines == ["new"]
    assert notes.server.channel.lines() == [*(f"old {n}" for n in range(5)), "new"]
    assert notes.server.channel.lines(2) == ["old 4", "new"]


async def test_lines_printed_in_a_gap_are_told_once(panel: LivePanel, fed: Notes) -> None:
    await panel.say(*(line(f"line {n}") for n in range(5)))
    await until(lambda: len(fed.new_lines) == 5)
    panel.greeting[SURVIVAL] = [ACCEPTED, status("running"), *(line(f"line {n}") for n in range(2, 8))]

    await panel.drop()

    await until(lambda: len(fed.new_lines) == 8)
    assert fed.new_lines == [f"line {n}" for n in range(8)]


async def test_command_that_the_console_repeats_is_left_out_once(panel: LivePanel, fed: Notes) -> None:
    server = fed.server
    answer = asyncio.create_task(
        server.channel.collect_lines("list", lambda: server.send_command("list"), 3600.0, lambda line: line == "end")
    )
    await panel.told("send command")

    await panel.say(line("list"), line("list"), line("end"))

    assert await answer == ["list", "end"]


@pytest.mark.parametrize("timing", [replace(QUICK, console_batch=0.2)])
async def test_many_lines_are_told_together_and_the_oldest_are_left_out(panel: LivePanel, fed: Notes) -> None:
    await panel.say(*(line(f"line {n}") for n in range(2000)), status("stopping"))
    await fed.shows(STOPPING)

    await until(lambda: fed.batches and fed.batches[-1].lines[-1] == "line 1999")

    assert all(len(batch.lines) <= 500 for batch in fed.batches)
    assert fed.server.channel.lines() == [f"line {n}" for n in range(1500, 2000)]


async def test_a_listener_that_fails_harms_nothing(panel: LivePanel, fed: Notes) -> None:
    def fail(*_: object) -> None:
        raise LookupError("a private line")

    for listeners in (fed.server.channel.console, fed.server.channel.samples, fed.server.channel.changes):
        listeners.add(fail)
    await panel.say(line("one"), stats())

    await until(lambda: fed.new_lines and fed.samples)


@pytest.mark.parametrize(("after", "told"), [(stats(), 60), (status("offline"), 0), (status("starting"), 0)])
async def test_many_lines_that_come_again(panel: LivePanel, fed: Notes, after: dict[str, Any], told: int) -> None:
    """They are an answer if the server runs on, and else what a node repeats when it goes down."""
    lines = [f"line {number}" for number in range(200)]
    await panel.say(*map(line, lines), stats())
    await until(lambda: len(fed.new_lines) == 200)

    await panel.say(*map(line, lines[-60:]), after, line("the end"))

    await until(lambda: fed.new_lines[-1] == "the end")
    assert fed.new_lines == [*lines, *lines[200 - told :], "the end"]
