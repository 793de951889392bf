"""Beside what a user would pick instead: as many servers and changes, the same minutes, in six processes.

Two Home Assistants have our integration, for a panel of each generation; others have core's `pterodactyl`, or core's
`rest` for a panel of each generation; and one has nothing but itself, which is taken off the others' processor time.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
import itertools
import json
import sys
import time
from typing import Any, Literal

from homeassistant.const import EVENT_STATE_CHANGED
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN

from .harness import ROOT, PanelProcess, channels, cost, home_assistant, panel_process, set_up_live, until_fed
from .lag import spread
from .panel import REST_HEADER

TICK = 5.0
CHANGE_EVERY = 2.0
LONGEST_POLL = 60.0
SETTLE = 20.0
"""Seconds after the set-up, in which what is asked once is answered, and what was registered is written."""
RENEWED_EVERY = 525.0
"""Seconds in which a live socket of generation 2 gets a new ticket, on average."""


@dataclass(frozen=True)
class Kind:
    """A way to show servers.

    Attributes:
        generation: Of the panel.
        asks: What the panel counts its calls as.
        every: Seconds between two looks at a server: how fresh what is shown is at least.
    """

    generation: Literal[1, 2]
    asks: str
    every: float


KINDS = {
    "v1": Kind(1, "ours", TICK),
    # A sample a second.
    "v2": Kind(2, "ours", 1.0),
    "pterodactyl": Kind(1, "pterodactyl", LONGEST_POLL),
    "rest_v1": Kind(1, "rest", TICK),
    "rest_v2": Kind(2, "rest", TICK),
}
IDLE = "idle"


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
        renewals = asyncio.create_task(_renew_tickets(hass))
        with cost() as spent:
            await asyncio.sleep(seconds)
        renewals.cancel()
        states = len(hass.states.async_all())
        for entry in hass.config_entries.async_entries():
            await hass.config_entries.async_unload(entry.entry_id)
    return {"cpu": spent.cpu, "seen": seen, "states": states}


async def _renew_tickets(hass: HomeAssistant) -> None:
    """Let live sockets get new tickets as often as in the long run; by themselves, none would within some minutes."""
    live = [channel for entry in hass.config_entries.async_entries(DOMAIN) for channel in channels(entry)]
    for socket in itertools.cycle([channel._socket for channel in live if channel._socket is not None]):  # noqa: SLF001 - there is no other way
        await asyncio.sleep(RENEWED_EVERY / len(live))
        socket._renew_now.set()  # noqa: SLF001 - the same


async def _set_up(hass: HomeAssistant, kind: str, panel: PanelProcess) -> dict[str, str]:
    """Set a kind up; returns the server of each entity that shows a status."""
    if kind == IDLE:
        return {}
    platform, domain = "sensor", kind.partition("_")[0]
    if kind == "pterodactyl":
        await set_up_pterodactyl(hass, panel.beside)
        platform = "binary_sensor"
    elif domain == "rest":
        await set_up_rest(hass, panel, KINDS[kind])
    else:
        live = KINDS[kind].generation == 2
        entry, domain = await set_up_live(hass, panel, live=live), DOMAIN
        if live:
            await until_fed(entry, len(panel.servers))
    await asyncio.sleep(SETTLE)
    await hass.async_block_till_done()
    registry = er.async_get(hass)
    found = {}
    for server_id in panel.servers:
        entity_id = registry.async_get_entity_id(platform, domain, f"{server_id}_status")
        if entity_id is None or hass.states.get(entity_id) is None:
            raise RuntimeError(f"{kind} shows no status of {server_id}")
        found[entity_id] = server_id
    return found


async def set_up_pterodactyl(
    hass: HomeAssistant, url: str, prepare: Callable[[MockConfigEntry], None] = lambda entry: None
) -> MockConfigEntry:
    """Set core's `pterodactyl` integration up, as its dialog would have; `prepare` is called before."""
    entry = MockConfigEntry(domain="pterodactyl", title=url, data={"url": url, "api_key": "key"})
    entry.add_to_hass(hass)
    prepare(entry)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    return entry


async def set_up_rest(hass: HomeAssistant, panel: PanelProcess, kind: Kind) -> None:
    """Set core's `rest` integration up, in the cheapest way: one call for all values of a server.

    The values are those of our entities that are enabled by default.
    """
    resources = []
    values, flags = _REST[kind.generation]
    for server_id, name in panel.servers.items():
        resources.append(
            {
                "resource": f"{panel.url}/api/servers/{server_id}",
                "headers": {"Cookie": panel.session, REST_HEADER: "rest"},
                "scan_interval": kind.every,
                "sensor": _fields(name, server_id, values),
                "binary_sensor": _fields(name, server_id, flags),
            }
        )
    if not await async_setup_component(hass, "rest", {"rest": resources}):
        raise RuntimeError("rest was not set up")
    await hass.async_block_till_done()


# The sensors and binary sensors of a server, by the generation of the panel that is asked for it.
_REST: dict[int, tuple[dict[str, str], dict[str, str]]] = {
    1: (
        {
            "status": "{{ value_json.status | lower }}",
            "memory": "{{ value_json.memory }}",
            "disk": "{{ value_json.disk }}",
            "cpu": "{{ value_json.cpu }}",
            "address": "{{ value_json.node.host }}:{{ (value_json.allocations | first).port }}",
            "node": "{{ value_json.node.displayName }}",
        },
        {
            "node_online": "{{ value_json.node.isOnline }}",
            "running": "{{ value_json.status == 'RUNNING' }}",
            "suspended": "{{ value_json.suspended }}",
        },
    ),
    2: (
        {
            "status": "{{ value_json.server.status }}",
            "memory": "{{ value_json.server.memoryLimitMb }}",
            "disk": "{{ value_json.server.diskLimitMb }}",
            "cpu": "{{ value_json.server.cpuLimitPercent }}",
            "node": "{{ value_json.server.nodeName }}",
        },
        {
            "running": "{{ value_json.server.status == 'running' }}",
            "suspended": "{{ value_json.server.suspended }}",
        },
    ),
}


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
    async with (
        panel_process(servers, "--tick", str(TICK), "--beside") as first,
        panel_process(servers, "--generation", "2") as second,
    ):
        panels = {1: first, 2: second}
        kinds = (*KINDS, IDLE)
        started = (_start(kind, panels[KINDS[kind].generation if kind in KINDS else 1], seconds) for kind in kinds)
        processes = dict(zip(kinds, await asyncio.gather(*started), strict=True))
        for panel in panels.values():
            await panel.tell("requests")
            await panel.tell("live", CHANGE_EVERY, 1)
        for process in processes.values():
            assert process.stdin is not None
            process.stdin.write(b"\n")
        # The last changes are given the time of a poll and more to be shown.
        await asyncio.sleep(max(1, seconds - LONGEST_POLL - TICK))
        changes = {generation: await panel.tell("changes") for generation, panel in panels.items()}
        results = {}
        for kind, process in processes.items():
            out, _ = await process.communicate()
            results[kind] = json.loads(out)
        requests = {generation: await panel.tell("requests") for generation, panel in panels.items()}
    minutes = seconds / 60
    idle = results[IDLE]["cpu"]
    rows: dict[str, Any] = {}
    for name, found in KINDS.items():
        shown, missed = delays(changes[found.generation], results[name]["seen"])
        rows[name] = {
            "every_s": found.every,
            "cpu_ms_per_server_minute": (results[name]["cpu"] - idle) / servers / minutes * 1e3,
            "requests_per_server_minute": requests[found.generation][found.asks] / servers / minutes,
            "delay_s": spread(shown) if shown else None,
            "missed_percent": missed / max(1, len(changes[found.generation])) * 100,
            "states": results[name]["states"],
        }
    return {
        "servers": servers,
        "seconds": seconds,
        "changes": sum(map(len, changes.values())) / len(changes),
        "idle_cpu_ms_per_minute": idle / minutes * 1e3,
        "kinds": rows,
    }


async def _start(kind: str, panel: PanelProcess, seconds: float) -> asyncio.subprocess.Process:
    """Start a Home Assistant of a kind; returns once it is set up and waits for a line."""
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
    return process


if __name__ == "__main__":
    print(json.dumps(asyncio.run(watch(sys.argv[1], json.loads(sys.argv[2]), float(sys.argv[3])))))
