"""What it costs to set an entry up, to reload and unload it, and to add one more server; and what all that keeps.

The floor is a minimal integration that adds the same entities; see `benchmarks.floor`. Each measurement is made by a
process of its own, so that none finds what another left behind. The panel sends its first syncs the moment it is
asked for them: nobody waits for its timer.
"""

import asyncio
from collections.abc import Mapping
import gc
import tracemalloc
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import CONF_SERVER_ID, SUBENTRY_SERVER
from custom_components.stellarstack.entity_limit import RANKING

from . import floor
from .harness import (
    Cost,
    PanelProcess,
    cost,
    entry_for,
    follow_description,
    home_assistant,
    panel_process,
    resident,
    set_up,
    until,
)
from .profiling import profiled

# Home Assistant takes 10,000 enabled entities for one entry, of which one is the panel's.
MOST_ENTITIES = 9_999
MORE_SERVERS = 5


async def start(hass: HomeAssistant, panel: PanelProcess, *, ours: bool) -> MockConfigEntry:
    """Set an entry with all servers up, ours or the floor's."""
    if ours:
        return await set_up(hass, panel)
    entry = entry_for(panel)
    await floor.set_up(hass, entry)
    return entry


async def add_server(hass: HomeAssistant, panel: PanelProcess, entry: MockConfigEntry, *, ours: bool) -> Cost:
    """Add one more server and wait until it is live; returns what that took."""
    server = await panel.tell("add")
    data = MappingProxyType({CONF_SERVER_ID: server["id"]})
    subentry = ConfigSubentry(data=data, subentry_type=SUBENTRY_SERVER, title=server["name"], unique_id=server["id"])
    with cost() as spent:
        hass.config_entries.async_add_subentry(entry, subentry)
        await hass.async_block_till_done()
        if ours:
            synced = asyncio.create_task(panel.tell("sync", server["id"]))
            coordinator = entry.runtime_data.servers[subentry.subentry_id]
            await until(follow_description(coordinator), lambda: coordinator.available)
            await synced
        await hass.async_block_till_done()
    return spent


async def measure(servers: int, *, ours: bool) -> Mapping[str, Any]:
    """Return the milliseconds of processor time and on the clock that each step took."""
    steps: dict[str, Cost] = {}
    async with panel_process(servers) as panel, home_assistant() as hass:
        if not ours:
            floor.install(hass, set(RANKING[: MOST_ENTITIES // servers]))
        with cost() as steps["set_up"]:
            entry = await start(hass, panel, ours=ours)
        entities = len(hass.states.async_all(tuple(floor.KINDS)))
        more = [await add_server(hass, panel, entry, ours=ours) for _ in range(MORE_SERVERS)]
        steps["add"] = min(more, key=lambda spent: spent.cpu)
        with cost() as steps["reload"]:
            synced = asyncio.create_task(panel.tell("again", servers + MORE_SERVERS)) if ours else None
            await hass.config_entries.async_reload(entry.entry_id)
            await hass.async_block_till_done()
            if synced is not None:
                await synced
        with cost() as steps["unload"]:
            await hass.config_entries.async_unload(entry.entry_id)
            await hass.async_block_till_done()
    return {
        "servers": servers,
        "entities": entities,
        "cpu_ms": {step: spent.cpu * 1e3 for step, spent in steps.items()},
        "wall_ms": {step: spent.wall * 1e3 for step, spent in steps.items()},
    }


async def shares(servers: int) -> Mapping[str, Any]:
    """Return whose code the time of a set-up is spent in, in percent."""
    async with panel_process(servers) as panel, home_assistant() as hass:
        with profiled() as percent:
            entry = await start(hass, panel, ours=True)
        await hass.config_entries.async_unload(entry.entry_id)
    return {"servers": servers, "percent": percent}


async def limit(servers: int) -> Mapping[str, Any]:
    """Return how many entities are enabled of so many servers, of those that come without live data."""
    async with panel_process(servers) as panel, home_assistant() as hass:
        entry = await start(hass, panel, ours=True)
        registry = er.async_get(hass)
        enabled = registry.entities.get_enabled_count_for_config_entry_id(entry.entry_id)
        first = next(iter(panel.servers))
        keys = {
            row.unique_id.removeprefix(f"{first}_")
            for row in er.async_entries_for_config_entry(registry, entry.entry_id)
            if row.unique_id.startswith(first) and row.disabled_by is None
        }
        await hass.config_entries.async_unload(entry.entry_id)
    return {
        "servers": servers,
        "enabled": enabled,
        "keys": [key for key in RANKING if key in keys],
        "may": list(RANKING[: MOST_ENTITIES // servers]),
    }


async def memory(servers: int, *, ours: bool, traced: bool) -> Mapping[str, Any]:
    """Return the bytes that an entry with that many servers keeps, as Python or as the system counts them."""
    if traced:
        tracemalloc.start()
    async with panel_process(servers) as panel, home_assistant() as hass:
        if not ours:
            floor.install(hass, set(RANKING[: MOST_ENTITIES // servers]))
        gc.collect()
        before = tracemalloc.get_traced_memory()[0] if traced else resident()
        await start(hass, panel, ours=ours)
        if ours:
            # The frames that are remembered are part of it.
            await panel.tell("burst", "same", 3)
            await asyncio.sleep(1)
        gc.collect()
        after = tracemalloc.get_traced_memory()[0] if traced else resident()
    return {"servers": servers, "bytes": after - before}
