"""What a live panel costs by the minute: how soon a change shows, what the recorder keeps, what a big panel takes."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
import gc
from pathlib import Path
import random
import sqlite3
import time
from typing import Any

from homeassistant.components import recorder
from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import recorder as recorder_helper
from homeassistant.setup import async_setup_component

from .harness import (
    PanelProcess,
    cost,
    entity_id,
    entry_for,
    follow_description,
    home_assistant,
    panel_process,
    percentile,
    resident,
    set_up,
    until,
)

TICK = 5.0
DAY = 86_400
STATUS_CHANGES = 20
LAG_EVERY = 0.01
GROWTH_FROM = 0.55
"""The part of a big panel's time after which growth is measured: of ten minutes, more than five."""


async def latency(servers: int, seconds: float) -> Mapping[str, Any]:
    """Return milliseconds from a change on the panel to the entity, and to an automation that it triggers.

    The panel tells a status at once; the monotonic clock is the same for all processes of a machine.
    """
    states: list[float] = []
    automations: list[float] = []
    limits: list[float] = []
    choice = random.Random(1)
    async with panel_process(servers, "--tick", str(TICK)) as panel, home_assistant() as hass:
        entry = entry_for(panel)
        entry.add_to_hass(hass)
        if not await hass.config_entries.async_setup(entry.entry_id):
            raise RuntimeError("the entry was not set up")
        await hass.async_block_till_done()
        arrived: dict[str, float] = {}
        triggered: asyncio.Future[float] | None = None
        changed = asyncio.Event()

        @callback
        def note(event: Event[EventStateChangedData]) -> None:
            arrived[event.data["entity_id"]] = time.monotonic()
            changed.set()

        @callback
        def note_run(event: Event[Any]) -> None:
            if triggered is not None and not triggered.done():
                triggered.set_result(time.monotonic())

        hass.bus.async_listen(EVENT_STATE_CHANGED, note)
        hass.bus.async_listen("bench_triggered", note_run)
        await _automate(hass)
        ids = list(panel.servers)
        down: set[str] = set()
        until_then = time.monotonic() + seconds
        while time.monotonic() < until_then:
            await asyncio.sleep(choice.uniform(0, 0.2))
            server_id = choice.choice(ids)
            down ^= {server_id}
            status = entity_id(hass, "sensor", server_id, "status")
            triggered = asyncio.get_running_loop().create_future()
            arrived.clear()
            told = await panel.tell("status", server_id, "STOPPED" if server_id in down else "RUNNING")
            automations.append((await asyncio.wait_for(triggered, 30) - told) * 1e3)
            states.append((arrived[status] - told) * 1e3)
        for number in range(int(seconds / TICK)):
            await asyncio.sleep(choice.uniform(0, TICK))
            server_id = choice.choice(ids)
            limit = entity_id(hass, "sensor", server_id, "memory")
            arrived.pop(limit, None)
            told = await panel.tell("edit", server_id, 100_000 + number)
            while limit not in arrived:
                changed.clear()
                await asyncio.wait_for(changed.wait(), 30)
            limits.append((arrived[limit] - told) * 1e3)
        await hass.config_entries.async_unload(entry.entry_id)
    return {
        "servers": servers,
        "changes": len(states),
        "state_ms": _spread(states),
        "automation_ms": _spread(automations),
        "limit_ms": _spread(limits),
    }


def _spread(values: list[float]) -> dict[str, float]:
    return {"p50": percentile(values, 0.5), "p99": percentile(values, 0.99)}


async def _automate(hass: HomeAssistant) -> None:
    """Make an automation that runs on each change of a status, by our own trigger."""
    statuses = [state.entity_id for state in hass.states.async_all("sensor") if state.entity_id.endswith("_status")]
    automation = {
        "alias": "bench",
        "mode": "queued",
        "triggers": [{"trigger": "stellarstack.status_changed", "target": {"entity_id": statuses}}],
        "actions": [{"event": "bench_triggered"}],
    }
    if not await async_setup_component(hass, "automation", {"automation": [automation]}):
        raise RuntimeError("no automation")
    await hass.async_block_till_done()


@asynccontextmanager
async def recorded(hass: HomeAssistant) -> AsyncGenerator[Path]:
    """Record into a new database; yields where it is."""
    path = Path(hass.config.path("home-assistant_v2.db"))
    recorder_helper.async_initialize_recorder(hass)
    settings = {"db_url": f"sqlite:///{path}", "commit_interval": 1, "auto_purge": False}
    if not await async_setup_component(hass, "recorder", {"recorder": settings}):
        raise RuntimeError("no recorder")
    await recorder.get_instance(hass).async_recorder_ready.wait()
    yield path


async def recording(servers: int) -> Mapping[str, Any]:
    """Return the rows and bytes that a server adds to the database in a quiet day, and in one with status changes."""
    async with panel_process(servers) as panel, home_assistant() as hass, recorded(hass) as path:
        entry = await set_up(hass, panel)
        await asyncio.sleep(2)
        begin = await _size(hass, path)
        await _burst(entry, panel, "same", int(DAY / TICK))
        quiet = await _size(hass, path)
        await _burst(entry, panel, "status", STATUS_CHANGES)
        busy = await _size(hass, path)
        await hass.config_entries.async_unload(entry.entry_id)
    return {
        "servers": servers,
        "frames": int(DAY / TICK) * servers,
        "quiet": {"rows": (quiet[0] - begin[0]) / servers, "bytes": (quiet[1] - begin[1]) / servers},
        "busy": {"rows": (busy[0] - quiet[0]) / servers, "bytes": (busy[1] - quiet[1]) / servers},
        "status_changes": STATUS_CHANGES,
    }


async def _burst(entry: Any, panel: PanelProcess, kind: str, ticks: int) -> None:
    first = next(iter(entry.runtime_data.servers.values()))
    while ticks:
        part = min(ticks, 1000)
        ticks -= part
        mark = await panel.tell("burst", kind, part)

        def reached(mark: str = mark) -> bool:
            return bool(first.data.description == mark)

        await until(follow_description(first), reached)


async def _size(hass: HomeAssistant, path: Path) -> tuple[int, int]:
    """Return the rows of all tables that grow with states, and the bytes of the database, all written."""
    await hass.async_block_till_done()
    instance = recorder.get_instance(hass)
    await hass.async_add_executor_job(instance.block_till_done)
    await asyncio.sleep(2)

    def read() -> tuple[int, int]:
        with sqlite3.connect(path) as database:
            rows = sum(
                database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - names of our own
                for table in ("states", "state_attributes", "events", "event_data")
            )
            pages = sum(database.execute("SELECT sum(pgsize - unused) FROM dbstat").fetchone())
            return rows, pages

    return await hass.async_add_executor_job(read)


async def big(servers: int, seconds: float) -> Mapping[str, Any]:
    """Return the share of a core that a big panel takes, how late the event loop is, and how memory grows."""
    lags: list[float] = []
    async with panel_process(servers, "--tick", str(TICK)) as panel, home_assistant() as hass:
        entry = entry_for(panel)
        entry.add_to_hass(hass)
        with cost() as setting_up:
            if not await hass.config_entries.async_setup(entry.entry_id):
                raise RuntimeError("the entry was not set up")
            await hass.async_block_till_done()
        live = sum(coordinator.available for coordinator in entry.runtime_data.servers.values())
        entities = len(hass.states.async_all(("binary_sensor", "button", "event", "sensor", "switch")))
        # Storage is written for the last time some seconds after the set-up.
        await asyncio.sleep(15)
        gc.collect()

        async def measure_lag() -> None:
            while True:
                due = time.perf_counter() + LAG_EVERY
                await asyncio.sleep(LAG_EVERY)
                lags.append((time.perf_counter() - due) * 1e3)

        # From the second reading of the panel's list on, old rows are there while new ones are made: that grows once.
        for _ in range(2):
            await entry.runtime_data.panel.client.load_servers()
        task = asyncio.create_task(measure_lag())
        with cost() as idle:
            await asyncio.sleep(seconds * GROWTH_FROM)
            before = resident()
            await asyncio.sleep(seconds * (1 - GROWTH_FROM))
        after = resident()
        task.cancel()
        still = sum(coordinator.available for coordinator in entry.runtime_data.servers.values())
        await hass.config_entries.async_unload(entry.entry_id)
    return {
        "servers": servers,
        "seconds": seconds,
        "entities": entities,
        "set_up_s": setting_up.wall,
        "live_after_set_up": live,
        "live_at_end": still,
        "core_percent": idle.cpu / idle.wall * 100,
        "lag_ms": _spread(lags) | {"max": max(lags)},
        "growth_kib": (after - before) / 1024,
    }
