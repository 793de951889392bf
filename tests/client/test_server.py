"""One watched server against a real panel and its node: power calls, commands, backups, and what they are told as."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from dataclasses import replace
from typing import Any

from aiohttp import ClientSession
import pytest

from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import (
    AnswerLostError,
    AuthenticationError,
    ClosedError,
    ForbiddenError,
    NodeOfflineError,
    NotFoundError,
    RateLimitedError,
    Refusal,
    RefusedError,
)
from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.models import BackupStatus, PowerAction, ServerStatus
from custom_components.stellarstack.client.server import WatchedServer
from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from simulator.machine import State

from .support import our_tasks, until

SPEED = 20
TIMING = replace(Timing().faster(SPEED), request=10.0, cookie_grace=3.0, connect=30.0)
START, STOP, RESTART, KILL = PowerAction
STARTED, STOPPED, CRASHED, RESTARTED, SUSPENDED, UNSUSPENDED, INSTALL_FINISHED = LifecycleEvent

type Played = tuple[Panel, StellarStackClient, WatchedServer]


class Notes:
    """What was told of a server."""

    def __init__(self, server: WatchedServer) -> None:
        self.server = server
        self.events: list[LifecycleEvent] = []
        self.shown: list[ServerStatus | None] = []
        server.events.add(self.events.append)
        server.updates.add(lambda _: self._note())
        self._note()

    def _note(self) -> None:
        status = self.server.info.status if self.server.info else None
        if self.shown[-1:] != [status]:
            self.shown.append(status)

    async def tell(self, *events: LifecycleEvent) -> None:
        """Wait for just these events, and for no more to come."""
        await until(lambda: len(self.events) >= len(events))
        await asyncio.sleep(20 / SPEED)
        assert self.events == list(events)


async def play(session: ClientSession, *, token: bool = False, **options: Any) -> tuple[Panel, StellarStackClient]:
    """Start a panel with a server and watch it."""
    panel = Panel(**{"tick": 5 / SPEED, "speed": SPEED, "limits": False, "drain": 0, "report_interval": None} | options)
    await panel.start()
    account = panel.add_account("alex@example.com", "correct horse")
    node = panel.add_node("Node 1", host="node1.example.com")
    panel.add_server("Survival", owner=account, node=node, server_id="srv")
    signed_in = panel.create_session(account)
    credentials = Credentials(token=signed_in.token) if token else Credentials(cookie=signed_in.cookie)
    return panel, StellarStackClient(session, panel.url, credentials, lambda state, reason: None, TIMING)


@pytest.fixture
def options() -> dict[str, Any]:
    """What is special about the panel."""
    return {}


@pytest.fixture
async def played(session: ClientSession, options: dict[str, Any]) -> AsyncGenerator[Played]:
    """A panel whose time runs twenty times faster, and a client that watches its one server."""
    panel, client = await play(session, **options)
    try:
        await client.connect()
        server = client.watch("srv")
        await until(lambda: server.live)
        yield panel, client, server
    finally:
        await client.close()
        await panel.stop()


# Power calls.


@pytest.mark.parametrize(
    ("first", "action", "events", "shown"),
    [
        ("STOPPED", START, [STARTED], ["stopped", "starting", "running"]),
        ("RUNNING", STOP, [STOPPED], ["running", "stopping", "stopped"]),
        ("RUNNING", RESTART, [RESTARTED], ["running", "stopping", "stopped", "starting", "running"]),
        ("RUNNING", KILL, [STOPPED], ["running", "stopped"]),
    ],
)
async def test_power_call_is_told_as_what_it_does(
    played: Played, first: str, action: PowerAction, events: list[LifecycleEvent], shown: list[str]
) -> None:
    panel, _, server = played
    if first != "RUNNING":
        panel.edit("srv", status=first)
        await until(lambda: server.info is not None and server.info.status == first.lower())
    await asyncio.sleep(1)
    notes = Notes(server)

    await server.power(action)

    await notes.tell(*events)
    assert notes.shown == shown


async def test_stop_is_accepted_by_its_first_report(played: Played) -> None:
    panel, _, server = played
    panel.machine.game("srv").stop_time = 1000

    await server.power(STOP)

    assert server.info is not None
    assert server.info.status is ServerStatus.STOPPING
    # The call itself goes on.
    assert "stellarstack power calls" in our_tasks()


async def test_stop_start_stop_ends_stopped(played: Played) -> None:
    panel, _, server = played

    await asyncio.gather(server.power(STOP), server.power(START), server.power(STOP))

    await until(lambda: "stellarstack power calls" not in our_tasks())
    assert panel.machine.game("srv").state is State.OFFLINE
    posts = [path.rpartition("/")[2] for method, path in panel.requests if method == "POST"]
    assert posts == ["stop", "start", "stop"]
    await until(lambda: server.info is not None and server.info.status is ServerStatus.STOPPED)


@pytest.mark.parametrize(
    ("prepare", "action", "refusal"),
    [
        (lambda panel: None, START, Refusal.ALREADY_RUNNING),
        (lambda panel: panel.edit("srv", suspended=True), STOP, Refusal.SUSPENDED),
    ],
)
async def test_refusal_of_the_node_is_raised(
    played: Played, prepare: Callable[[Panel], None], action: PowerAction, refusal: Refusal
) -> None:
    panel, _, server = played
    prepare(panel)

    with pytest.raises(RefusedError) as raised:
        await server.power(action)

    assert raised.value.refusal is refusal


async def test_kill_during_a_stop_goes_at_once_and_is_refused(played: Played) -> None:
    panel, _, server = played
    panel.machine.game("srv").stop_time = 1000
    await server.power(STOP)

    with pytest.raises(RefusedError) as raised:
        await server.power(KILL)

    assert raised.value.refusal is Refusal.BUSY


async def test_dead_node_is_the_only_one_out_of_reach(played: Played) -> None:
    panel, _, server = played
    panel.machine.lose_node(next(iter(panel.fleet.nodes)))

    with pytest.raises(NodeOfflineError):
        await server.power(STOP)


async def test_lost_answer_is_not_known(played: Played) -> None:
    panel, _, server = played
    panel.fail("/api/servers/srv/start", 504, "<h1>Gateway Time-out</h1>")

    with pytest.raises(AnswerLostError):
        await server.power(START)


async def test_lost_answer_still_explains_what_follows(played: Played) -> None:
    panel, _, server = played
    notes = Notes(server)
    # So long that of another user's restart, a stop would be told first.
    panel.machine.game("srv").start_time = 40
    panel.fail("/api/servers/srv/restart", 504, "<h1>Gateway Time-out</h1>")
    with pytest.raises(AnswerLostError):
        await server.power(RESTART)

    await panel.power("srv", "restart")

    await notes.tell(RESTARTED)


@pytest.mark.parametrize("refusals", [1, 2])
async def test_refused_for_its_rate_is_tried_again(played: Played, refusals: int) -> None:
    panel, _, server = played
    panel.fail("/api/servers/srv/stop", 429, headers={"Retry-After": "60"}, times=refusals)

    await server.power(STOP)

    assert panel.requests.count(("POST", "/api/servers/srv/stop")) == refusals + 1


async def test_refused_for_its_rate_for_good(played: Played) -> None:
    panel, _, server = played
    panel.fail("/api/servers/srv/command", 429, headers={"Retry-After": "3600"})

    with pytest.raises(RateLimitedError) as raised:
        await server.send_command("say hi")

    assert raised.value.retry_after == TIMING.longest_retry_after
    # It blocks nothing else.
    await server.power(STOP)


async def test_session_that_ends_is_told_to_who_waits(played: Played) -> None:
    panel, _, server = played
    panel.machine.game("srv").stop_time = 1000
    await server.power(STOP)
    start = asyncio.create_task(server.power(START))
    await asyncio.sleep(0)
    panel.delete_sessions()

    with pytest.raises(AuthenticationError):
        await server.send_command("say hi")

    with pytest.raises(AuthenticationError):
        await start


async def test_call_in_line_when_the_client_is_closed(played: Played) -> None:
    panel, client, server = played
    panel.machine.game("srv").stop_time = 1000
    await server.power(STOP)
    start = asyncio.create_task(server.power(START))
    await asyncio.sleep(0)

    await client.close()

    with pytest.raises(ClosedError):
        await start
    assert our_tasks() == []


# What others do.


async def by_crash(panel: Panel) -> None:
    panel.machine.crash("srv")


async def by_kill(panel: Panel) -> None:
    await panel.power("srv", "kill")


async def by_stop(panel: Panel) -> None:
    await panel.power("srv", "stop")


async def by_restart(panel: Panel) -> None:
    await panel.power("srv", "restart")


async def by_daemon(panel: Panel) -> None:
    await panel.machine.restart_daemon(next(iter(panel.fleet.nodes)))


@pytest.mark.parametrize("options", [{"report_interval": 30}])
@pytest.mark.parametrize(
    ("act", "events"),
    [(by_crash, [CRASHED]), (by_kill, [STOPPED]), (by_stop, [STOPPED]), (by_restart, [RESTARTED])],
)
async def test_what_others_do(
    played: Played, act: Callable[[Panel], Awaitable[None]], events: list[LifecycleEvent]
) -> None:
    panel, _, server = played
    notes = Notes(server)

    await act(panel)

    await notes.tell(*events)


@pytest.mark.parametrize("options", [{"report_interval": 30}])
async def test_false_offline_after_a_restart_of_the_daemon_is_nothing(played: Played) -> None:
    panel, _, server = played
    notes = Notes(server)

    await by_daemon(panel)
    await until(lambda: ServerStatus.STOPPED in notes.shown)
    await until(lambda: notes.shown[-1] is ServerStatus.RUNNING)

    await notes.tell()


@pytest.mark.parametrize("options", [{"token": True}])
async def test_crash_where_nothing_can_be_asked(played: Played) -> None:
    panel, _, server = played
    notes = Notes(server)

    await by_crash(panel)

    await notes.tell(CRASHED)
    assert [path for _, path in panel.requests if path.startswith("/api/servers")] == []


async def test_crash_that_cannot_be_explained_is_a_stop(played: Played) -> None:
    panel, _, server = played
    panel.fail("/api/servers/srv/activity", 502, b"")
    panel.fail("/api/servers/srv/stats", 502, b"")
    notes = Notes(server)

    await by_crash(panel)

    await notes.tell(STOPPED)


async def test_gap_tells_nothing(played: Played) -> None:
    panel, _, server = played
    notes = Notes(server)
    panel.drop_clients()
    await until(lambda: not server.live)
    panel.set_status("srv", "STOPPED")
    await until(lambda: server.live)

    await notes.tell()
    assert notes.shown[-1] is ServerStatus.STOPPED


async def test_first_look_at_an_echo(played: Played) -> None:
    panel, client, server = played
    await panel.power("srv", "stop")
    await client.close()
    await client.connect()
    await until(lambda: server.live)
    notes = Notes(server)
    assert notes.shown == [ServerStatus.STOPPING]
    await until(lambda: ("GET", "/api/servers/srv/stats") in panel.requests)
    # What comes before the answer would be news.
    await asyncio.sleep(3 / SPEED)

    panel.machine.report_now()

    await notes.tell()
    assert notes.shown == [ServerStatus.STOPPING, ServerStatus.STOPPED]


async def test_suspension_is_told_once(played: Played) -> None:
    panel, _, server = played
    notes = Notes(server)

    panel.edit("srv", suspended=True, status="SUSPENDED")
    await until(lambda: notes.events)
    panel.edit("srv", suspended=False, status="STOPPED")

    await notes.tell(SUSPENDED, UNSUSPENDED)


async def test_many_questions_are_paced(session: ClientSession) -> None:
    panel, client = await play(session)
    owner = panel.fleet.servers["srv"].owner
    node = next(iter(panel.fleet.nodes.values()))
    ids = [panel.add_server(f"Server {number}", owner=owner, node=node).id for number in range(25)]
    try:
        await client.connect()
        watched = [client.watch(server_id) for server_id in ids]
        notes = [Notes(server) for server in watched]
        await until(lambda: all(server.live for server in watched))
        for server_id in ids:
            panel.machine.crash(server_id)
        await until(lambda: any(path.endswith("/stats") for _, path in panel.requests))
        await asyncio.sleep(3 / SPEED)
        assert sum(path.endswith("/stats") for _, path in panel.requests) <= 10
        await until(lambda: all(note.events for note in notes))
        assert {event for note in notes for event in note.events} == {CRASHED}
    finally:
        await client.close()
        await panel.stop()


# Backups.


@pytest.mark.parametrize("options", [{"version": "1.2.0"}, {"version": "newer"}])
async def test_backup(played: Played) -> None:
    _, _, server = played

    backup = await server.create_backup("Nightly")

    assert backup.status is BackupStatus.COMPLETED
    assert backup.size
    await until(lambda: server.info is not None and server.info.last_backup is not None)


@pytest.mark.parametrize("options", [{"version": "1.2.0"}, {"version": "newer"}])
async def test_backup_whose_answer_is_lost_is_found_in_the_list(played: Played) -> None:
    panel, _, server = played
    panel.network.lose_answers = True

    backup = await server.create_backup("Nightly")

    assert backup.status is BackupStatus.COMPLETED
    assert ("GET", "/api/servers/srv/backups") in panel.requests


async def test_backup_whose_list_is_forbidden_meanwhile(played: Played) -> None:
    panel, _, server = played
    panel.fail("/api/servers/srv/backups", 504, method="POST")
    panel.fail(
        "/api/servers/srv/backups", 403, {"error": "Forbidden: You don't have access to this server"}, method="GET"
    )

    async with asyncio.timeout(20):
        with pytest.raises(ForbiddenError):
            await server.create_backup()


async def test_backup_that_fails(played: Played) -> None:
    panel, _, server = played
    panel.backup_result = "FAILED"

    with pytest.raises(RefusedError):
        await server.create_backup()


async def test_newest_complete_backup(played: Played) -> None:
    panel, _, server = played
    rows = [
        {"id": "1", "status": "COMPLETED", "completedAt": "2026-11-01T10:00:00.000Z"},
        {"id": "2", "status": "COMPLETED", "completedAt": "2026-11-03T10:00:00.000Z"},
        {"id": "3", "status": "FAILED", "completedAt": "2026-11-05T10:00:00.000Z"},
    ]
    panel.fail("/api/servers/srv/backups", 200, rows, method="GET")

    await server.load_backups()

    assert server.info is not None
    assert server.info.last_backup is not None
    assert server.info.last_backup.day == 3
    panel.fail("/api/servers/srv/backups", 200, rows[2:], method="GET")
    await server.load_backups()
    assert server.info.last_backup is None


# Asking for the server itself.


async def test_load(played: Played) -> None:
    panel, _, server = played
    panel.edit("srv", primaryAllocationId=panel.fleet.servers["srv"].fields["allocations"][0]["id"])

    await server.load()

    assert server.info is not None
    assert server.info.primary_allocation == server.info.allocations[0]
    panel.delete_server("srv", announce=False)
    with pytest.raises(NotFoundError):
        await server.load()
