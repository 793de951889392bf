"""The demo data, random events and the command line."""

from collections.abc import Iterator
import contextlib
from http.client import HTTPConnection
from pathlib import Path
import re
import signal
import subprocess
import sys

import pytest

from simulator import Panel
from simulator.demo_data import populate
from simulator.machine import State
from simulator.machine.truth import RESTART_WINDOW
from simulator.random_events import RandomEvents

from .client import PanelMaker

ROOT = Path(__file__).parents[2]
SOON = 10_000


async def test_demo_data(make: PanelMaker) -> None:
    client = await make()
    panel = client.panel
    accounts = populate(panel, servers=30)
    user, admin = panel.create_session(accounts.user), panel.create_session(accounts.admin)

    rows = (await client.get("/api/servers", admin)).data
    names = [row["name"] for row in rows]
    assert len(set(names)) == 30
    survival = rows[-1]
    assert (survival["name"], survival["status"], survival["ownerId"]) == ("Survival", "RUNNING", accounts.user.id)
    assert len({row["blueprint"]["name"] for row in rows}) >= 8
    assert len({row["node"]["displayName"] for row in rows}) == 3
    assert len({row["node"]["location"]["name"] for row in rows}) == 2
    endpoints = [(row["node"]["id"], allocation["port"]) for row in rows for allocation in row["allocations"]]
    assert len(set(endpoints)) == len(endpoints)
    mine = (await client.get("/api/servers", user)).data
    assert 0 < len(mine) < 30
    reachable = [server for server in panel.fleet.servers.values() if server.allows(accounts.user)]
    assert len(mine) < len(reachable) < 30
    assert accounts.two_factor.two_factor
    assert accounts.admin.is_admin


async def history(seed: int, steps: int) -> list[list[tuple[str, State, bool]]]:
    """Let some random events happen, one after the other; return what was to be seen after each."""
    panel = Panel(speed=SOON, report_interval=None)
    populate(panel)
    events = RandomEvents(panel, seed)
    seen = []
    for _ in range(steps):
        events.step()
        # Time passes only here, so that nothing depends on how busy this computer is.
        await panel.machine.finish()
        await events.settle()
        await panel.machine.finish()
        seen.append(
            [
                (
                    server.name,
                    panel.machine.game(server.id).state,
                    server.node is None or panel.machine.is_reachable(server.node.id),
                )
                for server in panel.fleet.servers.values()
            ]
        )
    panel.api.activity.finish()
    return seen


async def test_random_events_are_the_same_for_the_same_seed() -> None:
    histories = [await history(seed, 300) for seed in (1, 1, 2)]

    assert histories[0] == histories[1] != histories[2]
    states = [state for moment in histories[0] for _, state, _ in moment]
    assert states.count(State.RUNNING) / len(states) > 0.6
    assert len({name for moment in histories[0] for name, _, _ in moment}) > 8
    lost = [sum(not reachable for *_, reachable in moment) for moment in histories[0]]
    assert 0 < sum(map(bool, lost)) < 150
    # A node carries three of the eight servers, and one is lost at a time.
    assert max(lost) <= 3


async def test_random_events_are_of_all_kinds() -> None:
    panel = Panel(speed=SOON, report_interval=None)
    populate(panel)
    events = RandomEvents(panel, seed=1)

    for _ in range(300):
        events.step()
        await panel.machine.finish()
        await events.settle()
    await panel.machine.sleep(RESTART_WINDOW + 1)

    panel.api.activity.finish()
    assert {"started", "stopped", "restarted", "crashed", "killed"} == {fact.what for fact in panel.machine.truth}


async def test_random_events_run_and_stop(make: PanelMaker) -> None:
    client = await make(speed=1000)
    panel = client.panel
    accounts = populate(panel)
    socket = await client.subscribed_socket(panel.create_session(accounts.admin), *panel.fleet.servers)
    events = RandomEvents(panel, seed=1, pace=0.001)

    events.start()
    events.start()

    seen: set[str] = set()
    while not {"server:status", "server:updated", "schedule:executing"} <= seen:
        seen.add((await socket.next())["type"])
    await events.stop()
    await events.stop()


async def test_random_events_of_an_empty_panel() -> None:
    RandomEvents(Panel()).step()


# The time of these is another process's, so nothing here can wait for it but a thread.
@pytest.mark.parametrize(
    ("number", "options", "path"),
    [
        (signal.SIGINT, (), "/health"),
        (signal.SIGTERM, (), "/health"),
        (signal.SIGTERM, ("--v2",), "/auth/ok"),
    ],
)
def test_command_line(number: int, options: tuple[str, ...], path: str) -> None:
    quickly = ("--port", "0", "--random-events", "--speed", "50", "--servers", "3", "--base-path", "/panel")
    with run_simulator(*quickly, *options) as process:
        assert process.stdout is not None
        output = ""
        while "Ctrl-C" not in output:
            line = process.stdout.readline()
            assert line, output
            output += line
        port = re.findall(r"http://127\.0\.0\.1:(\d+)/panel", output)[0]
        for text in ("admin@example.com", "user@example.com", "secure@example.com", "secret", "backup codes"):
            assert text in output
        # An idle connection does not hold up the end.
        with contextlib.closing(HTTPConnection("127.0.0.1", int(port))) as connection:
            connection.request("GET", f"/panel{path}")
            response = connection.getresponse()
            assert (response.status, response.headers.get_content_type()) == (200, "application/json")
            response.read()
            process.send_signal(number)
            rest, errors = process.communicate()
    assert (process.returncode, errors) == (0, "")
    assert "Stopping" in rest


def test_fault_of_the_other_generation() -> None:
    with run_simulator("--fault", "api-down") as process:
        _, errors = process.communicate()
    assert process.returncode == 2
    assert "--v2" in errors


@contextlib.contextmanager
def run_simulator(*options: str) -> Iterator[subprocess.Popen[str]]:
    """Run the command line, at most for as long as the test takes."""
    command = [sys.executable, "-m", "simulator", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with process:
        try:
            yield process
        finally:
            process.kill()


async def test_demo_of_generation_2(make: PanelMaker) -> None:
    client = await make(generation=2)
    accounts = populate(client.panel, servers=12)

    rows = (await client.get("/api/servers", client.panel.create_session(accounts.admin))).data["servers"]

    assert rows[0]["name"] == "Survival"
    nodes = [row["nodeId"] for row in rows]
    # Most have live sockets.
    assert nodes.count(nodes[0]) == 10
    assert len(set(nodes)) == 2
