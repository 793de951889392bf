"""The demo world, its life and the command line."""

import asyncio
from pathlib import Path
import re
import signal
import sys
from typing import Any

import aiohttp
import pytest

from simulator import Panel
from simulator.life import Life
from simulator.world import populate

from .client import PATIENCE, PanelMaker

ROOT = Path(__file__).parents[2]


async def test_world(make: PanelMaker) -> None:
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


def lively(panel: Panel, seed: int, steps: int) -> list[Any]:
    """Live through some steps and return what was to be seen after each."""
    life = Life(panel, seed)
    seen = []
    for _ in range(steps):
        life.step()
        seen.append(
            [
                (server.name, server.status, server.node and server.node.heartbeat)
                for server in panel.fleet.servers.values()
            ]
        )
    return seen


async def test_life_is_lively_and_the_same_for_the_same_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    def arrive(panel: Panel, server_id: str, action: str) -> None:
        """Stand in for a power action that takes no time."""
        panel.set_status(server_id, "STOPPED" if action == "stop" else "RUNNING")

    monkeypatch.setattr(Panel, "power", arrive)
    histories = []
    for seed in (1, 1, 2):
        panel = Panel()
        populate(panel)
        histories.append(lively(panel, seed, 400))

    assert histories[0] == histories[1] != histories[2]
    history = histories[0]
    statuses = [status for moment in history for _, status, _ in moment]
    assert statuses.count("RUNNING") / len(statuses) > 0.6
    assert {"RUNNING", "STOPPED", "ERROR"} <= set(statuses)
    assert len({name for moment in history for name, _, _ in moment}) > 8
    downs = [sum(not heartbeat for *_, heartbeat in moment) for moment in history]
    assert 0 < sum(map(bool, downs)) < 200
    # A node carries three of the eight servers, and one is down at a time.
    assert max(downs) <= 3


async def test_life_runs_and_stops(make: PanelMaker) -> None:
    client = await make()
    panel = client.panel
    accounts = populate(panel)
    socket = await client.signed_in_socket(panel.create_session(accounts.admin))
    for server_id in panel.fleet.servers:
        await socket.subscribe(server_id)
    life = Life(panel, seed=1, pace=0.001)

    life.start()
    life.start()

    seen: set[str] = set()
    while not {"server:status", "server:updated", "schedule:executing"} <= seen:
        seen.add((await socket.next())["type"])
    await life.stop()
    await life.stop()


async def test_life_of_an_empty_panel() -> None:
    Life(Panel()).step()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_command_line(http: aiohttp.ClientSession, number: int) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "simulator", "--port", "0", "--life", "--servers", "3", "--base-path", "/panel"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    try:
        output = ""
        async with asyncio.timeout(3 * PATIENCE):
            while "Ctrl-C" not in output:
                line = await process.stdout.readline()
                assert line, output
                output += line.decode()
        url = re.findall(r"http://127\.0\.0\.1:\d+/panel", output)[0]
        for text in ("admin@example.com", "user@example.com", "secure@example.com", "secret", "backup codes"):
            assert text in output
        async with http.get(f"{url}/health") as response:
            assert response.status == 200
        # An idle connection does not hold up the end.
        process.send_signal(number)
        async with asyncio.timeout(PATIENCE):
            rest, errors = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert (process.returncode, errors) == (0, b"")
    assert b"Stopping" in rest
