"""What a frame costs: end to end through Home Assistant, over the least that any client of the panel has to do.

The floor is a bare aiohttp client that parses each frame with orjson and, where something changed, sets the states
of the same entities. Both run in the same process against the same panel, which sends the same frames.
"""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

import aiohttp
from homeassistant.core import HomeAssistant
import orjson
from pytest_homeassistant_custom_component.common import MockConfigEntry

from .harness import PanelProcess, cost, entity_id, follow_description, home_assistant, panel_process, set_up, until
from .profiling import profiled

ROUNDS = 9

type BareSocket = aiohttp.ClientWebSocketResponse[Literal[False]]
type Work = Callable[[dict[str, Any]], None]


def nothing(frame: dict[str, Any]) -> None:
    """Do no more than parse."""


@asynccontextmanager
async def bare_client(panel: PanelProcess) -> AsyncGenerator[BareSocket]:
    """Subscribe to all servers with nothing but aiohttp."""
    async with (
        aiohttp.ClientSession() as session,
        session.ws_connect(f"{panel.url}/api/ws", headers={"Cookie": panel.session}, decode_text=False) as ws,
    ):
        while orjson.loads((await ws.receive()).data)["type"] != "auth_success":
            pass
        for server_id in panel.servers:
            await ws.send_bytes(orjson.dumps({"type": "subscribe", "serverId": server_id}))
        synced = asyncio.create_task(panel.tell("subscribed", len(panel.servers)))
        left = len(panel.servers)
        while left:
            left -= orjson.loads((await ws.receive()).data)["type"] == "server:sync"
        await synced
        yield ws


async def floor_burst(ws: BareSocket, panel: PanelProcess, kind: str, ticks: int, work: Work) -> float:
    """Return the seconds of processor time that the bare client takes for each frame of a burst."""
    with cost() as spent:
        burst = asyncio.create_task(panel.tell("burst", kind, ticks, 1))
        while True:
            frame = orjson.loads((await ws.receive()).data)
            if frame["type"] == "server:updated":
                break
            work(frame)
        await burst
    return spent.cpu / (ticks * len(panel.servers))


async def our_burst(hass: HomeAssistant, entry: MockConfigEntry, panel: PanelProcess, kind: str, ticks: int) -> float:
    """Return the seconds of processor time that Home Assistant with our integration takes for each frame of a burst."""
    first = next(iter(entry.runtime_data.servers.values()))
    with cost() as spent:
        mark = await panel.tell("burst", kind, ticks)
        await until(follow_description(first), lambda: first.data is not None and first.data.description == mark)
        await hass.async_block_till_done()
    return spent.cpu / (ticks * len(panel.servers))


def state_writer(hass: HomeAssistant, panel: PanelProcess, kind: str) -> Work:
    """Return what sets the states of those entities that a change concerns, with the attributes that they have."""
    if kind == "same":
        return nothing
    rows = {"memory": [("sensor", "memory")]}.get(
        kind, [("sensor", "status"), ("binary_sensor", "running"), ("switch", "power"), ("event", "lifecycle")]
    )
    states = {}
    for server_id in panel.servers:
        found = []
        for platform, key in rows:
            entity = entity_id(hass, platform, server_id, key)
            present = hass.states.get(entity)
            assert present is not None
            found.append((entity, dict(present.attributes)))
        states[server_id] = found

    def write_memory(frame: dict[str, Any]) -> None:
        data = frame["data"]
        for entity, attributes in states[data["id"]]:
            hass.states.async_set(entity, str(data["memory"]), attributes)

    def write_status(frame: dict[str, Any]) -> None:
        data = frame["data"]
        status, running, power, lifecycle = states[data["id"]]
        word = data["status"]
        hass.states.async_set(status[0], word.lower(), status[1])
        match word:
            case "STARTING":
                hass.states.async_set(power[0], "on", power[1])
            case "RUNNING":
                hass.states.async_set(running[0], "on", running[1])
                hass.states.async_set(lifecycle[0], str(loop.time()), lifecycle[1])
            case "STOPPING":
                hass.states.async_set(running[0], "off", running[1])
                hass.states.async_set(power[0], "off", power[1])

    loop = asyncio.get_running_loop()
    return write_memory if kind == "memory" else write_status


async def compare(servers: int, kind: str, frames: int) -> Mapping[str, Any]:
    """Return microseconds of processor time a frame, ours and the floor's: the least of several rounds.

    The rounds take turns, so that both meet the same machine, and the same Home Assistant beside them.
    """
    ticks = max(1, frames // servers)
    ours, floor = [], []
    async with panel_process(servers) as panel, home_assistant() as hass:
        entry = await set_up(hass, panel)
        async with bare_client(panel) as ws:
            await our_burst(hass, entry, panel, kind, max(1, ticks // 5))
            work = state_writer(hass, panel, kind)
            await floor_burst(ws, panel, kind, max(1, ticks // 5), work)
            for _ in range(ROUNDS):
                ours.append(await our_burst(hass, entry, panel, kind, ticks))
                floor.append(await floor_burst(ws, panel, kind, ticks, work))
        await hass.config_entries.async_unload(entry.entry_id)
        await hass.async_block_till_done()
    return {
        "servers": servers,
        "kind": kind,
        "frames": ticks * servers * ROUNDS,
        "ours_us": min(ours) * 1e6,
        "floor_us": min(floor) * 1e6,
        "ratio": min(ours) / min(floor),
    }


async def shares(servers: int, kind: str, ticks: int) -> Mapping[str, Any]:
    """Return whose code the time of a frame is spent in, in percent: ours, Home Assistant's, or that of others."""
    async with panel_process(servers) as panel, home_assistant() as hass:
        entry = await set_up(hass, panel)
        await our_burst(hass, entry, panel, kind, 2)
        with profiled() as percent:
            await our_burst(hass, entry, panel, kind, ticks)
        await hass.config_entries.async_unload(entry.entry_id)
    return {"kind": kind, "servers": servers, "percent": percent}
