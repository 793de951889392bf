"""What the benchmarks share: Home Assistant's core, a panel in another process, an entry, and the cost of doing things."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
import json
import os
from pathlib import Path
import sys
import tempfile
import time
from typing import Any
from unittest.mock import patch

from homeassistant import loader
from homeassistant.config_entries import ConfigEntry
from homeassistant.core import HomeAssistant
from homeassistant.helpers import entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_test_home_assistant

from custom_components.stellarstack.client.channel import Channel
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.const import CONF_LIVE, CONF_SERVER_ID, DOMAIN, SUBENTRY_SERVER
from custom_components.stellarstack.coordinator import ServerCoordinator
from tests.flows import EveryNameIsHere

ROOT = Path(__file__).parent.parent
PAGE = os.sysconf("SC_PAGE_SIZE")


@asynccontextmanager
async def home_assistant() -> AsyncGenerator[HomeAssistant]:
    """Run Home Assistant's core, with a folder of its own."""
    resolver = patch("homeassistant.helpers.aiohttp_client._async_make_resolver", return_value=EveryNameIsHere())
    with tempfile.TemporaryDirectory() as folder, resolver:
        async with async_test_home_assistant(config_dir=folder) as hass:
            hass.data.pop(loader.DATA_CUSTOM_COMPONENTS)
            try:
                yield hass
            finally:
                await hass.async_stop(force=True)


class PanelProcess:
    """A panel in another process; see `benchmarks.panel` for what it can be told."""

    def __init__(self, process: asyncio.subprocess.Process | None, hello: dict[str, Any]) -> None:
        """Keep what the panel said of itself; without a process it can be told nothing."""
        self._process = process
        self.hello = hello
        self.url: str = hello["url"]
        self.session: str = hello["session"]
        self.token: str = hello["token"]
        self.user_id: str = hello["user_id"]
        self.servers: dict[str, str] = hello["servers"]
        self.beside: str = hello.get("beside", "")

    async def tell(self, do: str, *arguments: Any) -> Any:
        """Let the panel do something; returns its answer."""
        assert self._process is not None
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps([do, *arguments]).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the panel ended while it did {do}")
        return json.loads(line)


@asynccontextmanager
async def panel_process(servers: int, *options: str) -> AsyncGenerator[PanelProcess]:
    """Run a panel with that many servers in another process."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.panel", str(servers), *options),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        limit=64 * 1024 * 1024,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield PanelProcess(process, json.loads(await process.stdout.readline()))
    finally:
        process.stdin.close()
        await process.wait()


def entry_for(panel: PanelProcess, *, live: bool = False) -> MockConfigEntry:
    """Return an entry with all servers of a panel, as the dialog would have made it."""
    return MockConfigEntry(
        domain=DOMAIN,
        title="panel",
        unique_id=panel.user_id,
        data={
            "url": panel.url,
            "verify_ssl": True,
            "session": panel.session,
        },
        options={CONF_LIVE: live},
        subentries_data=[
            {
                "data": {CONF_SERVER_ID: server_id},
                "subentry_type": SUBENTRY_SERVER,
                "title": name,
                "unique_id": server_id,
            }
            for server_id, name in panel.servers.items()
        ],
    )


async def set_up(hass: HomeAssistant, panel: PanelProcess) -> MockConfigEntry:
    """Set an entry up with all servers of a panel, which sends its first syncs as soon as it is asked for them."""
    entry = entry_for(panel)
    entry.add_to_hass(hass)
    syncs = asyncio.create_task(panel.tell("subscribed", len(panel.servers)))
    if not await hass.config_entries.async_setup(entry.entry_id):
        raise RuntimeError("the entry was not set up")
    await hass.async_block_till_done()
    await syncs
    return entry


async def set_up_live(hass: HomeAssistant, panel: PanelProcess, *, live: bool = True) -> MockConfigEntry:
    """Set an entry up with all servers of a panel that sends its news by itself, with live sockets or without."""
    entry = entry_for(panel, live=live)
    entry.add_to_hass(hass)
    if not await hass.config_entries.async_setup(entry.entry_id):
        raise RuntimeError("the entry was not set up")
    await hass.async_block_till_done()
    return entry


async def until_fed(entry: MockConfigEntry, count: int, timeout: float = 300) -> None:
    """Wait until that many servers get live data."""
    async with asyncio.timeout(timeout):
        while sum(each.state is LiveState.FED for each in channels(entry)) < count:  # noqa: ASYNC110 - of many sockets
            await asyncio.sleep(0.05)


def channels(entry: ConfigEntry[Any]) -> list[Channel]:
    """Return the channels of an entry's servers."""
    return [server.channel for server in entry.runtime_data.panel.client.servers]


def entity_id(hass: HomeAssistant, platform: str, server_id: str, key: str) -> str:
    """Return the id of one of our entities."""
    found = er.async_get(hass).async_get_entity_id(platform, DOMAIN, f"{server_id}_{key}")
    if found is None:
        raise RuntimeError(f"no {platform} {key} of {server_id}")
    return found


def follow_description(coordinator: ServerCoordinator) -> Callable[[Callable[[], None]], Callable[[], None]]:
    """Return what `until` needs, for a server whose description tells that a burst is over, or that comes."""
    return lambda call: coordinator.async_add_listener(call, frozenset({"description"}))


async def until(listen: Callable[[Callable[[], None]], Callable[[], None]], reached: Callable[[], bool]) -> None:
    """Wait until something is so; `listen` calls back whenever it may have become so, and returns what ends that."""
    done = asyncio.Event()

    def check() -> None:
        if reached():
            done.set()

    end = listen(check)
    try:
        check()
        async with asyncio.timeout(300):
            await done.wait()
    finally:
        end()


@dataclass
class Cost:
    """What something took: seconds of processor time of this process, and seconds on the clock."""

    cpu: float = 0.0
    wall: float = 0.0


@contextmanager
def cost() -> Generator[Cost]:
    """Measure what is done inside."""
    found = Cost()
    cpu, wall = time.process_time(), time.perf_counter()
    yield found
    found.cpu = time.process_time() - cpu
    found.wall = time.perf_counter() - wall


def resident() -> int:
    """Return the bytes of this process that are in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE
