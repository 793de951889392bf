"""What live sockets and lists of servers cost, over the least that any client has to do.

The floor of a sample is a bare aiohttp client that parses it with orjson and adds two values up; the floor of what is
published is to set the same states. Both run in the same process as ours, one after the other.
"""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
import gc
import itertools
import random
import time
import tracemalloc
from typing import Any, Final
from unittest.mock import AsyncMock, patch

import aiohttp
from homeassistant.core import HomeAssistant
import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.http import Answer
from custom_components.stellarstack.client.messages import LiveSample
from custom_components.stellarstack.client.v2.daemon import DaemonV2
from custom_components.stellarstack.const import CONF_LIVE

from .harness import (
    PanelProcess,
    channels,
    cost,
    entity_id,
    home_assistant,
    panel_process,
    resident,
    set_up_live,
    until_fed,
)
from .lag import lag_measured, spread
from .profiling import profiled

ROUNDS: Final = 5
POLLS: Final = 100
USAGE: Final = ("cpu_usage", "memory_usage")
"""What changes with each sample here, of what is shown by default."""


async def _our_samples(entry: MockConfigEntry, panel: PanelProcess, ticks: int) -> float:
    """Return the seconds of processor time that Home Assistant with our integration takes for each sample."""
    found = channels(entry)
    with cost() as spent:
        mark = await panel.tell("samples", ticks)
        while not all(channel.usage is not None and channel.usage.memory == mark for channel in found):  # noqa: ASYNC110 - it is to cost nothing else
            await asyncio.sleep(0.02)
    return spent.cpu / (ticks * len(found))


@asynccontextmanager
async def _bare_sockets(panel: PanelProcess) -> AsyncGenerator[list[Any]]:
    """Open all live sockets with nothing but aiohttp."""
    async with aiohttp.ClientSession(headers={"Cookie": panel.session}) as session:
        sockets = []
        for server_id in panel.servers:
            async with session.post(f"{panel.url}/api/servers/{server_id}/credentials") as response:
                ticket = await response.json()
            sockets.append(
                await session.ws_connect(ticket["wsUrl"], params={"token": ticket["token"]}, decode_text=False)
            )
        yield sockets
        for socket in sockets:
            await socket.close()


async def _bare_samples(sockets: list[Any], panel: PanelProcess, ticks: int) -> float:
    """Return the seconds of processor time that the bare client takes for each sample."""

    async def add_up(socket: Any) -> None:
        cpu = memory = count = 0.0
        while count < ticks:
            frame = orjson.loads((await socket.receive()).data)
            if frame["event"] == "stats":
                (sample,) = frame["args"]
                cpu += sample["cpu_absolute"]
                memory += sample["memory_bytes"]
                count += 1

    with cost() as spent:
        burst = asyncio.create_task(panel.tell("samples", ticks))
        await asyncio.gather(*(add_up(socket) for socket in sockets))
        await burst
    return spent.cpu / (ticks * len(sockets))


async def samples(servers: int, ticks: int) -> Mapping[str, Any]:
    """Return microseconds of processor time a live sample, ours and the floor's.

    They take turns, so that both meet the same machine, and the least of several rounds counts.
    """
    async with (
        panel_process(servers, "--generation", "2") as panel,
        panel_process(servers, "--generation", "2") as others,
        home_assistant() as hass,
        _bare_sockets(others) as sockets,
    ):
        entry = await set_up_live(hass, panel)
        await until_fed(entry, servers)
        await _our_samples(entry, panel, ticks // 5)
        await _bare_samples(sockets, others, ticks // 5)
        ours, floor = [], []
        for _ in range(ROUNDS):
            ours.append(await _our_samples(entry, panel, ticks))
            floor.append(await _bare_samples(sockets, others, ticks))
        with profiled() as percent:
            await _our_samples(entry, panel, ticks)
        await hass.config_entries.async_unload(entry.entry_id)
    return {"servers": servers, "samples": servers * ticks, **_ratio(min(ours), min(floor)), "percent": percent}


async def publishing(servers: int, intervals: int) -> Mapping[str, Any]:
    """Return microseconds of processor time a published interval, ours and that of setting the same states.

    They take turns, so that both meet the same machine, and the least of several rounds counts.
    """
    async with panel_process(servers, "--generation", "2") as panel, home_assistant() as hass:
        entry = await set_up_live(hass, panel)
        await until_fed(entry, servers)
        values = itertools.count(1)
        # The first samples, and what is published of them, bring the entities.
        await _our_samples(entry, panel, 3)
        await _publish(entry, values, intervals)
        await hass.async_block_till_done()
        rows = _usage_states(hass, panel)
        ours, floor = [], []
        for _ in range(ROUNDS):
            ours.append(await _publish(entry, values, intervals))
            floor.append(await _set_states(hass, rows, values, intervals))
        with profiled() as percent:
            await _publish(entry, values, intervals)
        await hass.config_entries.async_unload(entry.entry_id)
    return {"servers": servers, "states": len(USAGE), **_ratio(min(ours), min(floor) * len(USAGE)), "percent": percent}


async def _publish(entry: MockConfigEntry, values: Iterator[int], intervals: int) -> float:
    """Return the seconds of processor time that it takes to publish the usage of a server."""
    coordinators = list(entry.runtime_data.servers.values())
    spent = 0.0
    for value in itertools.islice(values, intervals):
        for coordinator in coordinators:
            coordinator.server.channel._handle(LiveSample(cpu=float(value), memory=value * 2**20))  # noqa: SLF001 - not what is measured
        with cost() as part:
            for coordinator in coordinators:
                coordinator.usage._publish()  # noqa: SLF001 - what the schedule calls
        spent += part.cpu
        await asyncio.sleep(0)
    return spent / (intervals * len(coordinators))


def _usage_states(hass: HomeAssistant, panel: PanelProcess) -> list[tuple[str, dict[str, Any]]]:
    """Return all entities that show usage, with their attributes."""
    rows = []
    for server_id in panel.servers:
        for key in USAGE:
            state = hass.states.get(entity := entity_id(hass, "sensor", server_id, key))
            assert state is not None
            rows.append((entity, dict(state.attributes)))
    return rows


async def _set_states(
    hass: HomeAssistant, rows: list[tuple[str, dict[str, Any]]], values: Iterator[int], intervals: int
) -> float:
    """Return the seconds of processor time that it takes to set a state."""
    spent = 0.0
    for value in map(str, itertools.islice(values, intervals)):
        with cost() as part:
            for entity, attributes in rows:
                hass.states.async_set(entity, value, attributes)
        spent += part.cpu
        await asyncio.sleep(0)
    return spent / (intervals * len(rows))


async def polling(servers: int) -> Mapping[str, Any]:
    """Return milliseconds of processor time a list of servers, over orjson's for it, and how much more a change takes.

    The change is the status of one server, whose row then is in another place, as a panel lists it (seen on a real
    panel). All is measured in turns, and the least of many rounds counts.
    """
    async with panel_process(servers, "--generation", "2") as panel, home_assistant() as hass:
        entry = await set_up_live(hass, panel, live=False)
        feed = entry.runtime_data.panel.client._feed  # noqa: SLF001 - what is measured
        async with asyncio.timeout(120):
            # The addresses are asked for in the background, which is to cost nothing of a list.
            while any(feed._details.is_missing(row.server) for row in feed._rows.values()):  # noqa: ASYNC110, SLF001 - of many calls
                await asyncio.sleep(0.1)
        answer = await feed._rest.list_servers()  # noqa: SLF001 - the same
        first, *others = orjson.loads(answer.body)["servers"]
        bodies = [
            orjson.dumps({"servers": rows})
            for rows in ([*others, first | {"status": "stopping"}], [first | {"status": "running"}, *others])
        ]
        one: list[float] = []
        same: list[float] = []
        loads: list[float] = []
        for number in range(POLLS):
            body = bodies[number % len(bodies)]
            # The floor comes before each, so that neither finds more in the processor's cache.
            for spent in (one, same):
                with cost() as floor:
                    orjson.loads(body)
                loads.append(floor.cpu)
                spent.append(await _poll(feed, answer, body))
                await hass.async_block_till_done()
        with profiled() as percent:
            for _ in range(POLLS):
                await _poll(feed, answer, body)
        await hass.config_entries.async_unload(entry.entry_id)
    return {
        "servers": servers,
        "bytes": len(answer.body),
        **_ratio(min(same), min(loads)),
        "one_change_ms": (min(one) - min(same)) * 1e3,
        "percent": percent,
    }


async def _poll(feed: Any, answer: Answer, body: bytes) -> float:
    """Return the seconds of processor time that a list takes, without the network."""
    # Each answer is read into memory of its own.
    listed = AsyncMock(return_value=replace(answer, body=bytes(bytearray(body))))
    with patch.object(feed._rest, "list_servers", listed), cost() as spent:  # noqa: SLF001 - what is measured
        await feed._ask()  # noqa: SLF001 - the same
    return spent.cpu


async def flood(servers: int, lines: int, seconds: float) -> Mapping[str, Any]:
    """Return how late the event loop is while consoles print that many lines a second, and how soon a status shows."""
    delays: list[float] = []
    # Older daemons of generation 1 hold nothing back.
    async with panel_process(servers, "--tick", "5", "--panel-version", "1.2.0") as panel, home_assistant() as hass:
        entry = await set_up_live(hass, panel)
        await until_fed(entry, servers)
        await panel.tell("flood", lines)
        await asyncio.sleep(seconds / 4)
        before = resident()
        choice = random.Random(1)
        await panel.tell("watch")
        flooded, end = await panel.tell("flooded"), time.monotonic() + seconds * 3 / 4
        async with lag_measured() as lags:
            with cost() as spent:
                while time.monotonic() < end:
                    server_id = choice.choice(list(panel.servers))
                    status = entity_id(hass, "sensor", server_id, "status")
                    shown = hass.states.get(status)
                    assert shown is not None
                    wish = "STOPPED" if shown.state == "running" else "RUNNING"
                    told = await panel.tell("status", server_id, wish)
                    while (state := hass.states.get(status)) is None or state.state != wish.lower():  # noqa: ASYNC110 - it is to cost nothing else
                        await asyncio.sleep(0.001)
                    delays.append((time.monotonic() - told) * 1e3)
                    await asyncio.sleep(0.5)
        growth = resident() - before
        flooded = await panel.tell("flooded") - flooded
        watched = await panel.tell("watched")
        await panel.tell("flood", 0)
        kept = max(len(channel.lines()) for channel in channels(entry))
        await hass.config_entries.async_unload(entry.entry_id)
    return {
        "servers": servers,
        "seconds": seconds,
        "lines_a_second": flooded / spent.wall,
        "core_percent": spent.cpu / spent.wall * 100,
        "lag_ms": spread(lags.elements()),
        "panel_lag_ms": watched["lag_ms"],
        "status_ms": spread(delays),
        "growth_kib": growth / 1024,
        "lines_kept": kept,
    }


async def going_live(servers: int) -> Mapping[str, Any]:
    """Return how soon all servers of a panel of generation 2 are live, and how much the panel is asked meanwhile."""
    async with panel_process(servers, "--generation", "2") as panel, home_assistant() as hass:
        await panel.tell("watch")
        started = time.monotonic()
        entry = await set_up_live(hass, panel)
        set_up_after = time.monotonic() - started
        await until_fed(entry, servers)
        live_after = time.monotonic() - started
        watched = await panel.tell("watched")
        await hass.config_entries.async_unload(entry.entry_id)
    return {
        "servers": servers,
        "set_up_after_s": set_up_after,
        "live_after_s": live_after,
        "calls": watched["calls"],
        "calls_a_second": watched["calls"] / live_after,
        "names": watched["names"],
        "most_calls_a_second": watched["most_a_second"],
    }


async def many(servers: int, seconds: float) -> Mapping[str, Any]:
    """Return what many live sockets at one sample a second take: of a core, and in memory."""
    tracemalloc.start()
    with patch.object(DaemonV2, "most_held", servers):
        async with panel_process(servers, "--generation", "2") as panel, home_assistant() as hass:
            entry = await set_up_live(hass, panel, live=False)
            # Storage is written for the last time some seconds after the set-up.
            await asyncio.sleep(15)
            gc.collect()
            before, states = tracemalloc.get_traced_memory()[0], len(hass.states.async_all())
            hass.config_entries.async_update_entry(entry, options={CONF_LIVE: True})
            started = time.monotonic()
            await until_fed(entry, servers)
            live_after = time.monotonic() - started
            await asyncio.sleep(seconds / 4)
            gc.collect()
            grown = tracemalloc.get_traced_memory()[0] - before
            tracemalloc.stop()
            added = len(hass.states.async_all()) - states
            await asyncio.sleep(2)
            with cost() as spent:
                await asyncio.sleep(seconds)
            hass.config_entries.async_update_entry(entry, options={CONF_LIVE: False})
            await asyncio.sleep(2)
            with cost() as idle:
                await asyncio.sleep(seconds / 2)
            await hass.config_entries.async_unload(entry.entry_id)
    return {
        "servers": servers,
        "live_after_s": live_after,
        "core_percent": spent.cpu / spent.wall * 100,
        "idle_percent": idle.cpu / idle.wall * 100,
        "kib_a_server": grown / servers / 1024,
        "entities_a_server": added / servers,
    }


def _ratio(ours: float, floor: float) -> dict[str, float]:
    return {"ours_us": ours * 1e6, "floor_us": floor * 1e6, "ratio": ours / floor}
