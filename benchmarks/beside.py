"""Beside what a user would pick instead: the same servers, the same changes, the same minutes, in four processes.

One Home Assistant has our integration, one core's `pterodactyl`, one core's `rest`, and one has nothing but itself,
which is taken off the others' processor time.
"""

import asyncio
from collections.abc import Mapping
import json
import sys
import time
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN

from .harness import ROOT, PanelProcess, cost, entry_for, home_assistant, panel_process, percentile

KINDS = ("stellarstack", "pterodactyl", "rest", "idle")
TICK = 5.0
CHANGE_EVERY = 2.0
POLL = {"stellarstack": TICK, "rest": TICK, "pterodactyl": 60.0}
"""Seconds between two looks at a server: how fresh what is shown is at least."""


async def watch(kind: str, hello: dict[str, Any], seconds: float) -> Mapping[str, Any]:
    """Set one kind up, wait for a line, and watch; returns the processor time and when each status changed.

    The statuses are `running` and any other word: what all of them can tell.
    """
    panel = PanelProcess(None, hello)
    seen: list[tuple[str, bool, float]] = []
    async with home_assistant() as hass:
        servers = await _set_up(hass, kind, panel)

        @callback
        def note(event: Event[EventStateChangedData]) -> None:
            if (server_id := servers.get(event.data["entity_id"])) and (new := event.data["new_state"]):
                seen.append((server_id, new.state in {"running", "on"}, time.monotonic()))

        hass.bus.async_listen(EVENT_STATE_CHANGED, note)
        print("ready", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
        with cost() as spent:
            await asyncio.sleep(seconds)
        states = len(hass.states.async_all())
        for entry in hass.config_entries.async_entries():
            await hass.config_entries.async_unload(entry.entry_id)
    return {"cpu": spent.cpu, "seen": seen, "states": states}


async def _set_up(hass: HomeAssistant, kind: str, panel: PanelProcess) -> dict[str, str]:
    """Set a kind up; returns the server of each entity that shows a status."""
    if kind == "idle":
        return {}
    if kind == "stellarstack":
        entry = entry_for(panel)
        entry.add_to_hass(hass)
        await hass.config_entries.async_setup(entry.entry_id)
        domain, unique_ids = DOMAIN, {server_id: ("sensor", f"{server_id}_status") for server_id in panel.servers}
    elif kind == "pterodactyl":
        await set_up_pterodactyl(hass, panel.beside)
        domain, unique_ids = kind, {server_id: ("binary_sensor", f"{server_id}_status") for server_id in panel.servers}
    else:
        await set_up_rest(hass, panel.url, panel.session, panel.servers, POLL[kind])
        domain, unique_ids = kind, {server_id: ("sensor", f"{server_id}_status") for server_id in panel.servers}
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    found = {}
    for server_id, (platform, unique_id) in unique_ids.items():
        entity_id = registry.async_get_entity_id(platform, domain, unique_id)
        if entity_id is None or hass.states.get(entity_id) is None:
            raise RuntimeError(f"{kind} shows no status of {server_id}")
        found[entity_id] = server_id
    return found


async def set_up_pterodactyl(hass: HomeAssistant, url: str) -> MockConfigEntry:
    """Set core's `pterodactyl` integration up, as its dialog would have."""
    entry = MockConfigEntry(domain="pterodactyl", title=url, data={"url": url, "api_key": "key"})
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


async def set_up_rest(hass: HomeAssistant, url: str, cookie: str, servers: dict[str, str], every: float) -> None:
    """Set core's `rest` integration up, in the cheapest way: one call for all values of a server.

    The values are those of our entities that are enabled by default.
    """
    resources = []
    for server_id, name in servers.items():
        values = {
            "status": "{{ value_json.status | lower }}",
            "memory": "{{ value_json.memory }}",
            "disk": "{{ value_json.disk }}",
            "cpu": "{{ value_json.cpu }}",
            "address": "{{ value_json.node.host }}:{{ (value_json.allocations | first).port }}",
            "node": "{{ value_json.node.displayName }}",
        }
        flags = {
            "node_online": "{{ value_json.node.isOnline }}",
            "running": "{{ value_json.status == 'RUNNING' }}",
            "suspended": "{{ value_json.suspended }}",
        }
        resources.append(
            {
                "resource": f"{url}/api/servers/{server_id}",
                "headers": {"Cookie": cookie},
                "scan_interval": every,
                "sensor": _fields(name, server_id, values),
                "binary_sensor": _fields(name, server_id, flags),
            }
        )
    if not await async_setup_component(hass, "rest", {"rest": resources}):
        raise RuntimeError("rest was not set up")
    await hass.async_block_till_done()


def _fields(name: str, server_id: str, values: dict[str, str]) -> list[dict[str, str]]:
    return [
        {"name": f"{name} {key}", "unique_id": f"{server_id}_{key}", "value_template": template}
        for key, template in values.items()
    ]


def delays(changes: list[tuple[str, str, float]], seen: list[tuple[str, bool, float]]) -> tuple[list[float], int]:
    """Return the seconds after which each change was shown, and how many never were, before the next one came."""
    found: list[float] = []
    missed = 0
    for number, (server_id, status, when) in enumerate(changes):
        later = (change[2] for change in changes[number + 1 :] if change[0] == server_id)
        end = next(later, float("inf"))
        shown = (
            at - when
            for server, running, at in seen
            if server == server_id and running is (status == "running") and when <= at < end
        )
        if (delay := next(shown, None)) is None:
            missed += 1
        else:
            found.append(delay)
    return found, missed


async def compare(servers: int, seconds: float) -> Mapping[str, Any]:
    """Return what each kind takes and how soon it shows a change."""
    async with panel_process(servers, "--tick", str(TICK), "--beside") as panel:
        processes = []
        for kind in KINDS:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "benchmarks.beside", kind, json.dumps(panel.hello), str(seconds)),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                cwd=ROOT,
                limit=64 * 1024 * 1024,
            )
            assert process.stdout is not None
            if await process.stdout.readline() != b"ready\n":
                raise RuntimeError(f"{kind} was not set up")
            processes.append(process)
        await panel.tell("requests")
        await panel.tell("live", CHANGE_EVERY, 1)
        for process in processes:
            assert process.stdin is not None
            process.stdin.write(b"\n")
        # The last changes are given the time of a poll and more to be shown.
        await asyncio.sleep(max(1, seconds - POLL["pterodactyl"] - TICK))
        changes = [(server_id, status, when) for server_id, status, when in await panel.tell("changes")]
        results = {}
        for kind, process in zip(KINDS, processes, strict=True):
            out, _ = await process.communicate()
            results[kind] = json.loads(out)
        requests = await panel.tell("requests")
    minutes = seconds / 60
    idle = results["idle"]["cpu"]
    rows: dict[str, Any] = {}
    for kind in KINDS[:-1]:
        shown, missed = delays(changes, results[kind]["seen"])
        cpu = (results[kind]["cpu"] - idle) / servers / minutes
        rows[kind] = {
            "cpu_ms_per_server_minute": cpu * 1e3,
            "cpu_ms_at_equal_freshness": cpu * 1e3 * POLL[kind] / TICK,
            "requests_per_server_minute": requests[kind] / servers / minutes,
            "delay_s": {"p50": percentile(shown, 0.5), "p99": percentile(shown, 0.99)} if shown else None,
            "missed_percent": missed / max(1, len(changes)) * 100,
            "states": results[kind]["states"],
        }
    return {
        "servers": servers,
        "seconds": seconds,
        "changes": len(changes),
        "idle_cpu_ms_per_minute": idle / minutes * 1e3,
        "kinds": rows,
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(watch(sys.argv[1], json.loads(sys.argv[2]), float(sys.argv[3])))))
