"""For which servers a live socket is held."""

import asyncio
from dataclasses import replace

import pytest

from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.models import PowerAction, ServerStatus
from custom_components.stellarstack.client.server import WatchedServer
from custom_components.stellarstack.client.v2.daemon import DaemonV2
from tests.client.support import our_log, until
from tests.client.v2.recorded import SURVIVAL, path, recorded

from .conftest import QUICK
from .notes import Notes
from .panel import ACCEPTED, LivePanel, status, ticket

LIST = ("GET", "/api/servers")
MOST_HELD = 30
"""Fewer than in the field, where so many take a while to open."""


async def test_none_is_held_until_somebody_wants_it(client: StellarStackClient, panel: LivePanel) -> None:
    await client.connect()
    server = client.watch(SURVIVAL)
    await until(lambda: server.live)
    await panel.listed_again(2)

    assert panel.tickets == 0


async def test_they_are_closed_when_nobody_wants_them(
    client: StellarStackClient, panel: LivePanel, notes: Notes
) -> None:
    await notes.reaches(LiveState.FED)

    client.set_live(False)

    await until(lambda: panel.closed == [1000])
    assert notes.server.live
    assert notes.server.channel.state is LiveState.CLOSED
    assert notes.states[-1] is LiveState.CLOSED


async def test_they_are_held_again_after_another_connect(
    client: StellarStackClient, panel: LivePanel, notes: Notes
) -> None:
    await notes.reaches(LiveState.FED)
    await client.close()

    await client.connect()

    await panel.opened()
    await notes.reaches(LiveState.FED)


@pytest.mark.parametrize("timing", [replace(QUICK, list_interval=5.0, list_interval_alone=0.05)])
async def test_list_is_asked_for_less_often_while_all_are_live(
    client: StellarStackClient, panel: LivePanel, notes: Notes
) -> None:
    await notes.reaches(LiveState.FED)
    await asyncio.sleep(0.2)
    before = panel.requests.count(LIST)
    await asyncio.sleep(0.4)
    assert panel.requests.count(LIST) <= before + 1

    panel.always = 502
    await panel.drop()

    await until(lambda: panel.requests.count(LIST) > before + 5)
    assert notes.server.live


@pytest.fixture
def few_held(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hold fewer sockets than in the field."""
    monkeypatch.setattr(DaemonV2, "most_held", MOST_HELD)


async def watch_many(client: StellarStackClient, panel: LivePanel, running: int, stopped: int) -> list[WatchedServer]:
    """Watch so many servers that run, and so many that are stopped."""
    first = panel.rows[0]
    panel.rows.clear()
    for number in range(running + stopped):
        server_id = f"00000000-0000-4000-8000-{number:012}"
        name = "running" if number < running else "offline"
        panel.rows.append(first | {"id": server_id, "name": f"Server {number}", "status": name})
        panel.greeting[server_id] = [ACCEPTED, status(name)]
    await client.connect()
    servers = [client.watch(row["id"]) for row in panel.rows]
    await until(lambda: all(server.live for server in servers))
    client.set_live(True)
    return servers


def held(servers: list[WatchedServer]) -> int:
    """Return for how many a live socket is open."""
    return sum(server.channel.state is LiveState.FED for server in servers)


@pytest.mark.usefixtures("few_held")
async def test_as_many_as_may_be(
    client: StellarStackClient, panel: LivePanel, caplog: pytest.LogCaptureFixture
) -> None:
    servers = await watch_many(client, panel, running=5, stopped=MOST_HELD - 5)

    await until(lambda: held(servers) == MOST_HELD)

    assert not any(line.startswith("WARNING") for line in our_log(caplog))


@pytest.mark.usefixtures("few_held")
async def test_of_more_those_that_started_last(
    client: StellarStackClient, panel: LivePanel, caplog: pytest.LogCaptureFixture
) -> None:
    servers = await watch_many(client, panel, running=MOST_HELD, stopped=3)
    await until(lambda: held(servers[:MOST_HELD]) == MOST_HELD)
    assert held(servers) == MOST_HELD
    started = servers[-1]

    panel.row(started.id)["status"] = "running"
    panel.greeting[started.id] = [ACCEPTED, status("running")]

    await until(lambda: started.channel.state is LiveState.FED)
    await until(lambda: held(servers) == MOST_HELD)
    assert [line for line in our_log(caplog) if line.startswith("WARNING")] == [
        f"WARNING Of {MOST_HELD + 3} servers, only the last {MOST_HELD} to start are live"
    ]
    assert started.info is not None
    assert started.info.status is ServerStatus.RUNNING


@pytest.mark.usefixtures("few_held")
async def test_rights_on_servers_that_get_no_socket(client: StellarStackClient, panel: LivePanel) -> None:
    """Each is asked for by a ticket alone, as soon as the panel answers."""
    for row in panel.rows:
        row["ownerId"] = "somebody else"
    panel.scopes = ["console.read", "control.start"]
    no_console, away = (f"00000000-0000-4000-8000-{number:012}" for number in (MOST_HELD, MOST_HELD + 1))
    panel.answer("POST", path(no_console, "/credentials"), ticket(["control.start"]))
    panel.answer("POST", path(away, "/credentials"), b"", 502)
    servers = await watch_many(client, panel, running=MOST_HELD, stopped=3)
    last = servers[-1].channel

    await until(lambda: held(servers) == MOST_HELD)
    await until(lambda: panel.requests.count(("POST", path(away, "/credentials"))) > 0)
    assert servers[MOST_HELD].channel.allows(PowerAction.START) is False
    assert last.rights is None

    panel.answer("POST", path(away, "/credentials"), recorded("denied"), 403)
    client.set_live(True)

    await until(lambda: last.allows(PowerAction.START) is True)
    assert last.allows(PowerAction.STOP) is False
    assert servers[MOST_HELD + 1].channel.rights == frozenset()
    assert held(servers) == len(panel.upgrades) == MOST_HELD


@pytest.mark.usefixtures("few_held")
async def test_rights_by_a_socket_that_was_opened_meanwhile_stay(client: StellarStackClient, panel: LivePanel) -> None:
    panel.rows[0]["ownerId"] = "somebody else"
    last_id = f"00000000-0000-4000-8000-{MOST_HELD:012}"
    released = panel.held_back[last_id] = asyncio.Event()
    servers = await watch_many(client, panel, running=MOST_HELD, stopped=1)
    last = servers[-1].channel
    await until(lambda: held(servers) == MOST_HELD and last_id not in panel.held_back)
    panel.scopes = ["console.read", "control.start"]
    await last.read_lines(1)

    released.set()
    await panel.listed_again(2)

    assert last.allows(PowerAction.START) is True
    assert last.allows(PowerAction.STOP) is False
