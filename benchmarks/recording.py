"""What the recorder keeps: of servers of which nothing changes, of changes of status, and of a day of live data."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
import sqlite3
import time
from typing import Any

from homeassistant.components import recorder
from homeassistant.const import Platform
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er, recorder as recorder_helper
from homeassistant.setup import async_setup_component

from custom_components.stellarstack.client.messages import LiveSample
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DATA_TIMING, DEFAULT_USAGE_INTERVAL, DOMAIN

from .beside import set_up_pterodactyl
from .harness import (
    PanelProcess,
    entry_for,
    follow_description,
    home_assistant,
    panel_process,
    set_up,
    until,
    until_fed,
)

TICK = 5.0
DAY = 86_400
STATUS_CHANGES = 20
POLL = 60
"""Seconds between two looks of core's `pterodactyl`."""
AT_ONCE = 3600
"""Seconds of a day that are fetched from the panel together."""
PLAYERS = (0, 3)
"""How many play on each server."""
VALUES = {"cpu": "cpu_usage", "memory": "memory_usage", "received": "network_in", "sent": "network_out"}
THEIRS = {"cpu": "cpu_utilization", "memory": "memory_usage", "received": "network_inbound", "sent": "network_outbound"}
"""The keys of the entities that show the same values, ours and those of core's `pterodactyl`."""


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


async def day(hours: int) -> Mapping[str, Any]:
    """Return the rows of the same values that hours of live data add, ours and those of core's `pterodactyl`.

    Both are told what the same games used, second by second: a node's frames here, what the API shows each minute
    there. The hours pass as fast as they are worked through.
    """
    async with panel_process(len(PLAYERS), "--tick", str(TICK), "--beside") as panel:
        players = dict(zip(panel.servers, PLAYERS, strict=True))
        ours = await _our_day(panel, players, hours)
        theirs = await _their_day(panel, players, hours)
    return {"hours": hours, "interval": DEFAULT_USAGE_INTERVAL, "poll": POLL, "ours": ours, "theirs": theirs}


async def _our_day(panel: PanelProcess, players: dict[str, int], hours: int) -> list[dict[str, Any]]:
    """Return the rows of each server's values with our integration."""
    unique_ids = _unique_ids(players, VALUES)
    async with home_assistant() as hass, recorded(hass) as path:
        # Live sockets that get nothing are not given up: what came a second ago comes from the panel in no time.
        hass.data[DATA_TIMING] = Timing(live_samples=DAY)
        entry = entry_for(panel, live=True)
        entry.add_to_hass(hass)
        _enable(hass, entry, DOMAIN, unique_ids)
        await hass.config_entries.async_setup(entry.entry_id)
        await until_fed(entry, len(players))
        usages = [coordinator.usage for coordinator in entry.runtime_data.servers.values()]
        async with asyncio.timeout(60):
            while any(usage.shown is None for usage in usages):  # noqa: ASYNC110 - of more than one
                await asyncio.sleep(0.05)
        entry.runtime_data.panel.usage_schedule.async_close()
        await panel.tell("day", players)
        begin = await _rows(hass, path)
        dialect = entry.runtime_data.panel.client._live._panel.dialect  # noqa: SLF001 - what reads the frames
        at, now = hass.loop.time(), time.time()
        for first in range(0, hours * 3600, AT_ONCE):
            for coordinator in entry.runtime_data.servers.values():
                meter = coordinator.server.channel._usage._meter  # noqa: SLF001 - whose clock is the sender's here
                frames = await panel.tell("frames", coordinator.server.id, first, AT_ONCE)
                for second, frame in enumerate(frames, first + 1):
                    sample = dialect.decode(frame.encode())
                    assert isinstance(sample, LiveSample)
                    meter.add(sample, at + second, now + second)
                    if second % DEFAULT_USAGE_INTERVAL == 0:
                        coordinator.usage._publish()  # noqa: SLF001 - what the schedule calls
                await hass.async_block_till_done()
        end = await _rows(hass, path)
        found = _count(hass, DOMAIN, players, unique_ids, begin, end)
        await hass.config_entries.async_unload(entry.entry_id)
    return found


async def _their_day(panel: PanelProcess, players: dict[str, int], hours: int) -> list[dict[str, Any]]:
    """Return the rows of each server's values with core's `pterodactyl`."""
    unique_ids = _unique_ids(players, THEIRS)
    async with home_assistant() as hass, recorded(hass) as path:
        await panel.tell("at", 0)
        entry = await set_up_pterodactyl(
            hass, panel.beside, lambda entry: _enable(hass, entry, "pterodactyl", unique_ids)
        )
        begin = await _rows(hass, path)
        for second in range(POLL, hours * 3600, POLL):
            await panel.tell("at", second)
            await entry.runtime_data.async_refresh()
        end = await _rows(hass, path)
        found = _count(hass, "pterodactyl", players, unique_ids, begin, end)
        await hass.config_entries.async_unload(entry.entry_id)
    return found


def _unique_ids(players: Mapping[str, int], keys: Mapping[str, str]) -> dict[tuple[str, str], str]:
    """Return the unique id of the entity of each server and value."""
    return {(server_id, value): f"{server_id}_{key}" for server_id in players for value, key in keys.items()}


def _enable(hass: HomeAssistant, entry: Any, domain: str, unique_ids: Mapping[tuple[str, str], str]) -> None:
    """Enable what shows the network, which is disabled by default, before it is set up."""
    for (_, value), unique_id in unique_ids.items():
        if value in {"received", "sent"}:
            er.async_get(hass).async_get_or_create(Platform.SENSOR, domain, unique_id, config_entry=entry)


def _count(
    hass: HomeAssistant,
    domain: str,
    players: Mapping[str, int],
    unique_ids: Mapping[tuple[str, str], str],
    begin: Mapping[str, int],
    end: Mapping[str, int],
) -> list[dict[str, Any]]:
    """Return the rows of each value that were added, by server."""
    rows: dict[str, dict[str, int]] = {server_id: {} for server_id in players}
    for (server_id, value), unique_id in unique_ids.items():
        entity = er.async_get(hass).async_get_entity_id(Platform.SENSOR, domain, unique_id)
        if entity is None or entity not in end:
            raise RuntimeError(f"{domain} shows no {value} of {server_id}")
        rows[server_id][value] = end[entity] - begin.get(entity, 0)
    return [{"players": count, "rows": rows[server_id]} for server_id, count in players.items()]


async def _rows(hass: HomeAssistant, path: Path) -> dict[str, int]:
    """Return how many states of each entity are written."""
    await _write_all(hass)

    def read() -> dict[str, int]:
        with sqlite3.connect(path) as database:
            query = "SELECT states_meta.entity_id, count(*) FROM states JOIN states_meta USING (metadata_id) GROUP BY states_meta.entity_id"
            return dict(database.execute(query).fetchall())

    return await hass.async_add_executor_job(read)


async def _write_all(hass: HomeAssistant) -> None:
    """Let the recorder write what it was told."""
    await hass.async_block_till_done()
    await hass.async_add_executor_job(recorder.get_instance(hass).block_till_done)
    await asyncio.sleep(2)


async def _size(hass: HomeAssistant, path: Path) -> tuple[int, int]:
    """Return the rows of all tables that grow with states, and the bytes of the database, all written."""
    await _write_all(hass)

    def read() -> tuple[int, int]:
        with sqlite3.connect(path) as database:
            rows = sum(
                database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - names of our own
                for table in ("states", "state_attributes", "events", "event_data")
            )
            pages = sum(database.execute("SELECT sum(pgsize - unused) FROM dbstat").fetchone())
            return rows, pages

    return await hass.async_add_executor_job(read)
