"""What really happens: games, nodes, their daemons, and the record of it."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from simulator.machine import DaemonRefusal, Machine, NodeUnreachable, State, What
from simulator.machine.machine import DaemonKind
from simulator.machine.truth import RESTART_WINDOW, Truth

type Step = Callable[[Machine], Coroutine[Any, Any, None] | None]

GAME = "game"
NODE = "node"
STILL = 0.001
"""A speed at which time passes only in `Machine.finish`."""
QUICK = 1000.0


class Listener:
    """Keeps what is reported."""

    def __init__(self) -> None:
        self.reports: list[State] = []
        self.servers: list[str] = []
        self.heartbeats: list[str] = []
        self.installs: list[bool] = []

    def on_heartbeat(self, node_id: str) -> None:
        self.heartbeats.append(node_id)

    def on_status(self, server_id: str, state: State) -> None:
        self.reports.append(state)
        self.servers.append(server_id)

    def of(self, server_id: str) -> list[State]:
        return [state for known, state in zip(self.servers, self.reports, strict=True) if known == server_id]

    def on_install_finished(self, server_id: str, successful: bool) -> None:
        self.installs.append(successful)


def make(
    state: State = State.RUNNING, *, daemons: DaemonKind = "newer", speed: float = STILL, **behaviour: Any
) -> tuple[Machine, Listener]:
    """Return a machine with one game, and who listens to it."""
    machine = Machine(speed=speed, daemons=daemons)
    machine.add_node(NODE)
    machine.add_game(GAME, NODE, state, **behaviour)
    listener = Listener()
    machine.listeners.append(listener)
    return machine, listener


async def done(machine: Machine, work: Coroutine[Any, Any, None]) -> None:
    """Let something be done, and the time pass that it takes and that follows from it."""
    task = asyncio.create_task(work)
    await asyncio.sleep(0)
    await machine.finish()
    await task


async def wait(machine: Machine, seconds: float) -> None:
    await done(machine, machine.sleep(seconds))


def truth(machine: Machine) -> list[str]:
    return [fact.what.value for fact in machine.truth]


async def test_start() -> None:
    machine, listener = make(State.OFFLINE)

    await done(machine, machine.start(GAME))

    assert listener.reports == [State.STARTING, State.STARTING, State.RUNNING, State.RUNNING]
    (fact,) = machine.truth
    assert (fact.server_id, fact.what) == (GAME, What.STARTED)
    assert fact.at == pytest.approx(4.8, abs=0.1)


async def test_stop_is_certain_once_it_is_no_restart() -> None:
    machine, _ = make()

    await done(machine, machine.stop(GAME))
    assert truth(machine) == []
    await wait(machine, RESTART_WINDOW)

    assert truth(machine) == ["stopped"]
    # It is dated when it happened.
    assert machine.truth[0].at == pytest.approx(3, abs=0.1)
    await done(machine, machine.start(GAME))
    assert truth(machine) == ["stopped", "started"]


async def test_restart() -> None:
    machine, listener = make()

    await done(machine, machine.restart(GAME))

    before = [State.STOPPING, State.OFFLINE, State.STARTING, State.STARTING]
    assert listener.reports == [*before, State.RUNNING, State.RUNNING]
    assert truth(machine) == ["restarted"]


@pytest.mark.parametrize(
    ("pause", "told"), [(RESTART_WINDOW - 2, ["restarted"]), (RESTART_WINDOW + 1, ["stopped", "started"])]
)
async def test_stop_and_start(pause: float, told: list[str]) -> None:
    machine, _ = make()

    await done(machine, machine.stop(GAME))
    await wait(machine, pause)
    await done(machine, machine.start(GAME))
    await wait(machine, RESTART_WINDOW + 1)

    assert truth(machine) == told


async def test_restart_whose_start_takes_long_is_one() -> None:
    machine, _ = make(start_time=120, ready_time=1200)

    await done(machine, machine.restart(GAME))

    assert truth(machine) == ["restarted"]


async def test_restart_without_a_new_container_is_a_stop() -> None:
    machine, _ = make(fails_to_start=True)

    with pytest.raises(DaemonRefusal):
        await done(machine, machine.restart(GAME))
    assert truth(machine) == []
    await wait(machine, RESTART_WINDOW + 1)

    assert truth(machine) == ["stopped"]


@pytest.mark.parametrize(
    ("end", "told"),
    [
        (lambda machine: machine.crash(GAME), "crashed"),
        (lambda machine: machine.crash(GAME, 0), "exited"),
        (lambda machine: machine.kill(GAME), "killed"),
        (lambda machine: machine.stop(GAME), "stopped"),
    ],
)
@pytest.mark.parametrize("begin", ["start", "restart", None])
async def test_ends(begin: str | None, end: Step, told: str) -> None:
    """A game ends the same way before it is ready, in a start or a restart, and afterwards."""
    machine, listener = make(State.OFFLINE if begin == "start" else State.RUNNING, speed=QUICK, ready_time=1e6)
    if begin is not None:
        await getattr(machine, begin)(GAME)
        assert machine.game(GAME).state is State.STARTING
    listener.reports.clear()

    if (work := end(machine)) is not None:
        await work
    await wait(machine, RESTART_WINDOW + 1)

    assert truth(machine) == [told]
    assert listener.reports == {
        "killed": [State.OFFLINE] * 2,
        "stopped": [State.STOPPING, State.OFFLINE, State.OFFLINE],
    }.get(told, [State.OFFLINE])


async def test_game_that_exits_by_itself() -> None:
    machine, _ = make(State.OFFLINE, speed=QUICK, ready_time=1, exits_after=500)

    await machine.start(GAME)
    await until(lambda: not machine.game(GAME).runs)

    assert truth(machine) == ["started", "crashed"]
    machine.game(GAME).exit_code = 0
    await machine.start(GAME)
    await until(lambda: not machine.game(GAME).runs)
    assert truth(machine) == ["started", "crashed", "started", "exited"]


async def test_exit_while_stopping_ends_the_stop() -> None:
    machine, listener = make(stop_time=1e6)
    stop = asyncio.create_task(machine.stop(GAME))
    await until(lambda: machine.game(GAME).state is State.STOPPING)

    machine.crash(GAME)

    await done(machine, asyncio.wait_for(stop, None))
    await wait(machine, RESTART_WINDOW + 1)
    assert truth(machine) == ["stopped"]
    assert listener.reports == [State.STOPPING, State.OFFLINE, State.OFFLINE]
    machine.crash(GAME)
    assert truth(machine) == ["stopped"]


async def test_stop_in_the_console_is_an_exit() -> None:
    machine, listener = make()

    await done(machine, machine.type_command(GAME, "stop"))

    assert machine.game(GAME).commands == ["stop"]
    assert truth(machine) == ["exited"]
    assert listener.reports == [State.OFFLINE]


@pytest.mark.parametrize("fails", [False, True])
async def test_install(fails: bool) -> None:
    machine, listener = make(fails_to_install=fails)

    await done(machine, machine.install(GAME))

    assert truth(machine) == ["installed"]
    assert (listener.installs, listener.reports) == ([not fails], [])
    assert not machine.game(GAME).runs
    await done(machine, machine.start(GAME))
    assert truth(machine) == ["installed", "started"]


@pytest.mark.parametrize(
    ("states", "told"),
    [
        ("running offline", ["crashed"]),
        ("running starting offline", ["crashed"]),
        ("running stopping offline", ["stopped"]),
        ("running stopping offline starting running", ["restarted"]),
        ("running stopping running", []),
        ("offline starting running running", ["started"]),
        ("offline running", ["started"]),
    ],
)
async def test_forced_states(states: str, told: list[str]) -> None:
    first, *others = map(State, states.split())
    machine, listener = make(first)

    for state in others:
        machine.force(GAME, state)
    await wait(machine, RESTART_WINDOW + 1)

    assert truth(machine) == told
    assert listener.reports == []


async def test_forced_state_breaks_off_what_is_under_way() -> None:
    machine, listener = make(State.OFFLINE)
    start = asyncio.create_task(machine.start(GAME))
    await until(lambda: machine.game(GAME).power_action)

    machine.force(GAME, State.RUNNING)

    with pytest.raises(NodeUnreachable):
        await start
    await wait(machine, 10)
    assert (machine.game(GAME).power_action, listener.reports) == (None, [])


async def test_facts_are_never_taken_back() -> None:
    seconds = 0.0
    record = Truth(lambda: seconds)
    record.place(GAME, ready=True)
    record.note_stop(GAME)
    seconds = RESTART_WINDOW
    assert record.facts == []
    seconds += 1
    before = list(record.facts)

    record.note_container(GAME)
    record.note_ready(GAME)

    assert [fact.what for fact in before] == [What.STOPPED]
    assert record.facts[: len(before)] == before
    assert [fact.what for fact in record.facts] == [What.STOPPED, What.STARTED]


# Nodes and daemons.


async def test_lost_node_reports_nothing_and_goes_on() -> None:
    machine, listener = make(speed=QUICK, stop_time=20)
    stop = asyncio.create_task(machine.stop(GAME))
    await until(lambda: listener.reports)

    machine.lose_node(NODE)

    with pytest.raises(NodeUnreachable):
        await stop
    with pytest.raises(NodeUnreachable):
        await machine.stats(GAME)
    await until(lambda: not machine.game(GAME).runs)
    machine.report_now()
    assert (listener.reports, machine.is_reachable(NODE)) == ([State.STOPPING], False)
    machine.restore_node(NODE)
    machine.report_now()
    assert (listener.reports, machine.is_reachable(NODE)) == ([State.STOPPING, State.OFFLINE], True)
    await machine.finish()  # nobody waited for the end of the call


async def test_hung_node_lets_callers_wait() -> None:
    machine, _ = make(speed=QUICK)
    stop = asyncio.create_task(machine.stop(GAME))
    await until(lambda: machine.game(GAME).state is State.STOPPING)

    machine.lose_node(NODE, hang=True)
    ask = asyncio.create_task(machine.stats(GAME))
    await until(lambda: not machine.game(GAME).runs)
    await machine.sleep(10)
    assert not stop.done()
    assert not ask.done()

    machine.restore_node(NODE)
    for task in (stop, ask):
        with pytest.raises(NodeUnreachable):
            await task
    assert (await machine.stats(GAME)).state is State.OFFLINE


async def test_other_nodes_are_not_concerned() -> None:
    machine, listener = make()
    machine.add_game("other", "other node", State.RUNNING)
    machine.lose_node(NODE)

    machine.report_now()

    assert listener.servers == ["other"]
    assert listener.heartbeats == ["other node"]


@pytest.mark.parametrize(("daemons", "false_offlines"), [("newer", 1), ("1.2.0", 0)])
async def test_daemon_restart(daemons: DaemonKind, false_offlines: int) -> None:
    """A new daemon takes what kept running for exited once, 60 s later; nothing of it is true."""
    machine, listener = make(speed=QUICK, daemons=daemons)
    machine.add_game("stopped", NODE, State.OFFLINE)
    machine.add_game("restarted", NODE, State.RUNNING)

    await machine.restart_daemon(NODE)
    await machine.restart("restarted")
    if false_offlines:
        await until(lambda: listener.of(GAME))
    else:
        await machine.sleep(70)

    assert listener.of(GAME) == [State.OFFLINE] * false_offlines
    assert listener.of("stopped") == []
    assert listener.of("restarted").count(State.OFFLINE) == 1
    assert (await machine.stats(GAME)).state is State.RUNNING
    machine.report_now()
    assert listener.of(GAME)[-1] is State.RUNNING
    assert truth(machine) == ["restarted"]


async def test_daemon_shutdown_stops_its_games() -> None:
    machine, listener = make()
    machine.add_game("stopped", NODE, State.OFFLINE)

    await done(machine, machine.shut_down_daemon(NODE))
    await wait(machine, RESTART_WINDOW + 1)

    assert listener.reports == [State.STOPPING, State.OFFLINE, State.OFFLINE]
    assert truth(machine) == ["stopped"]
    assert not machine.is_reachable(NODE)


async def test_reports_of_each_interval() -> None:
    machine = Machine(speed=QUICK, report_interval=30, seed=1)
    machine.add_game(GAME, NODE, State.RUNNING)
    listener = Listener()
    machine.listeners.append(listener)

    machine.begin_reports()
    await machine.sleep(1)
    machine.add_game("later", "later node", State.OFFLINE)

    await until(lambda: listener.reports.count(State.RUNNING) >= 2 and listener.reports.count(State.OFFLINE) >= 2)
    # They go on for as long as one panel needs them.
    machine.begin_reports()
    machine.end_reports()
    await machine.finish()
    listener.reports.clear()
    await until(lambda: listener.reports)
    machine.end_reports()
    await machine.finish()


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - anything can be waited for
            await asyncio.sleep(0.001)


@pytest.mark.parametrize("daemons", ["newer", "2"])
async def test_game_becomes_ready_while_its_daemon_restarts(daemons: DaemonKind) -> None:
    machine, _ = make(State.OFFLINE, daemons=daemons, speed=QUICK, ready_time=200)
    await machine.start(GAME)

    await machine.restart_daemon(NODE)

    assert machine.game(GAME).state is State.RUNNING
    await until(lambda: truth(machine) == ["started"])


@pytest.mark.parametrize("daemons", ["newer", "2"])
async def test_finish_ends_though_a_watched_game_starts_meanwhile(daemons: DaemonKind) -> None:
    machine, _ = make(daemons=daemons)
    game = machine.game(GAME)
    machine.live.watch(game)

    async with asyncio.timeout(10):
        await done(machine, machine.restart(GAME))

    assert game.state is State.RUNNING
    machine.live.unwatch(game)
