"""What a live panel costs by the minute: how soon a change shows, and what a big panel takes."""

import asyncio
from collections.abc import Callable, Mapping
import gc
import random
from statistics import linear_regression
import sys
import time
from typing import Any
from unittest.mock import patch

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v1.daemon import DaemonV1
from custom_components.stellarstack.client.v2.daemon import DaemonV2
from custom_components.stellarstack.const import DATA_TIMING

from .harness import (
    channels,
    cost,
    entity_id,
    entry_for,
    home_assistant,
    panel_process,
    resident,
    set_up_live,
    until_fed,
)
from .lag import lag_measured, spread

TICK = 5.0
TRIGGERED = "bench_triggered"
"""What the automation fires."""
MEMORY_LOOKS = 40
"""Readings of the memory of a big panel; the second half tells how it grows."""


async def latency(servers: int, generation: int, seconds: float) -> Mapping[str, Any]:
    """Return milliseconds from a change on the panel to the entity, and to an automation that it triggers.

    The panel's socket of generation 1 tells a status at once; so do the live sockets of generation 2, where only
    servers that have one are changed. The monotonic clock is the same for all processes of a machine.
    """
    states: list[float] = []
    automations: list[float] = []
    choice = random.Random(1)
    options = ("--tick", str(TICK), "--generation", str(generation))
    async with panel_process(servers, *options) as panel, home_assistant() as hass:
        entry = await set_up_live(hass, panel, live=generation == 2)
        if generation == 2:
            await until_fed(entry, min(servers, DaemonV2.most_held))
        arrivals = Arrivals(hass)
        await _automate(hass)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            await asyncio.sleep(choice.uniform(0, 0.2))
            server_id, wish = _next_change(hass, entry, choice, live=generation == 2)
            status = entity_id(hass, "sensor", server_id, "status")
            arrivals.at.clear()
            told = await panel.tell("status", server_id, wish)
            shown = await arrivals.wait_for(status)
            states.append((shown - told) * 1e3)
            # Another server may have changed meanwhile, and started it sooner.
            automations.append((await arrivals.wait_for(TRIGGERED, shown) - told) * 1e3)
        await hass.config_entries.async_unload(entry.entry_id)
    return {
        "servers": servers,
        "generation": generation,
        "changes": len(states),
        "state_ms": spread(states),
        "automation_ms": spread(automations),
    }


class Arrivals:
    """When each entity changed last, and the automation last ran, by the monotonic clock."""

    def __init__(self, hass: HomeAssistant) -> None:
        """Listen from now on."""
        self.at: dict[str, float] = {}
        self._changed = asyncio.Event()
        hass.bus.async_listen(EVENT_STATE_CHANGED, self._note_state)
        hass.bus.async_listen(TRIGGERED, self._note_run)

    async def wait_for(self, name: str, since: float = 0.0) -> float:
        """Wait until something has come since a time; returns when it came."""
        while (at := self.at.get(name)) is None or at < since:
            self._changed.clear()
            await asyncio.wait_for(self._changed.wait(), 30)
        return at

    @callback
    def _note_state(self, event: Event[EventStateChangedData]) -> None:
        self._note(event.data["entity_id"])

    @callback
    def _note_run(self, _event: Event[Any]) -> None:
        self._note(TRIGGERED)

    def _note(self, name: str) -> None:
        self.at[name] = time.monotonic()
        self._changed.set()


def _next_change(hass: HomeAssistant, entry: MockConfigEntry, choice: random.Random, *, live: bool) -> tuple[str, str]:
    """Return a server and the status that it is to get next.

    Live servers are stopped, which frees their sockets for others; of the rest, any is stopped or started.
    """
    servers = entry.runtime_data.panel.client.servers
    if live:
        servers = [server for server in servers if server.channel.state is LiveState.FED and _runs(hass, server.id)]
    server_id = choice.choice(servers).id
    return server_id, "STOPPED" if _runs(hass, server_id) else "RUNNING"


def _runs(hass: HomeAssistant, server_id: str) -> bool:
    state = hass.states.get(entity_id(hass, "sensor", server_id, "status"))
    return state is not None and state.state == "running"


async def _automate(hass: HomeAssistant) -> None:
    """Make an automation that runs on each change of a status, by our own trigger."""
    statuses = [state.entity_id for state in hass.states.async_all("sensor") if state.entity_id.endswith("_status")]
    automation = {
        "alias": "bench",
        "mode": "queued",
        "triggers": [{"trigger": "stellarstack.status_changed", "target": {"entity_id": statuses}}],
        "actions": [{"event": TRIGGERED}],
    }
    if not await async_setup_component(hass, "automation", {"automation": [automation]}):
        raise RuntimeError("no automation")
    await hass.async_block_till_done()


async def big(servers: int, live: int, seconds: float) -> Mapping[str, Any]:
    """Return what a big panel takes: the share of a core, how late the event loop is, and how memory grows.

    All servers are on the panel's socket, so many of them also have live sockets with a sample a second.
    """
    memory: list[tuple[float, int, int]] = []
    pauses: list[float] = []
    with patch.object(DaemonV1, "most_held", live):
        async with panel_process(servers, "--tick", str(TICK)) as panel, home_assistant() as hass:
            # Tickets come faster than from a real panel, so that all are live sooner.
            hass.data[DATA_TIMING] = Timing(ticket_pace=0.1)
            entry = entry_for(panel, live=True)
            entry.add_to_hass(hass)
            with cost() as setting_up:
                if not await hass.config_entries.async_setup(entry.entry_id):
                    raise RuntimeError("the entry was not set up")
                await hass.async_block_till_done()
            shown = sum(coordinator.available for coordinator in entry.runtime_data.servers.values())
            await until_fed(entry, live, timeout=live + 120)
            # Storage is written for the last time some seconds after the set-up.
            await asyncio.sleep(15)
            # From the second reading of the panel's list on, old rows are there while new ones are made: that grows once.
            for _ in range(2):
                await entry.runtime_data.panel.client.load_servers()
            gc.collect()
            gc.callbacks.append(_pause_meter(pauses))
            await panel.tell("watch")
            end = time.monotonic() + seconds
            async with lag_measured() as lags:
                with cost() as spent:
                    while time.monotonic() < end:
                        memory.append((time.monotonic(), resident(), sys.getallocatedblocks()))
                        await asyncio.sleep(seconds / MEMORY_LOOKS)
            gc.callbacks.pop()
            watched = await panel.tell("watched")
            at_end = sum(coordinator.available for coordinator in entry.runtime_data.servers.values())
            fed = sum(channel.state is LiveState.FED for channel in channels(entry))
            await hass.config_entries.async_unload(entry.entry_id)
    at, sizes, blocks = zip(*memory[len(memory) // 2 :], strict=True)
    return {
        "servers": servers,
        "live": live,
        "seconds": seconds,
        "set_up_s": setting_up.wall,
        "shown_after_set_up": shown,
        "shown_at_end": at_end,
        "live_at_end": fed,
        "core_percent": spent.cpu / spent.wall * 100,
        "lag_ms": spread(lags.elements()),
        "longest_collection_ms": max(pauses, default=0.0),
        "panel_lag_ms": watched["lag_ms"],
        "growth_kib": (sizes[-1] - sizes[0]) / 1024,
        "growth_seconds": at[-1] - at[0],
        # Of the line through all readings, by least squares.
        "slope_kib_a_minute": linear_regression(at, sizes).slope * 60 / 1024,
        "slope_blocks_a_minute": linear_regression(at, blocks).slope * 60,
    }


def _pause_meter(pauses: list[float]) -> Callable[[str, dict[str, int]], None]:
    """Return what Python calls around each collection of garbage; gathers their milliseconds."""
    began = 0.0

    def note(phase: str, _info: dict[str, int]) -> None:
        nonlocal began
        if phase == "start":
            began = time.perf_counter()
        else:
            pauses.append((time.perf_counter() - began) * 1e3)

    return note
