"""A Home Assistant that lives with the panel of the soak, and what must be right again after each fault."""

import asyncio
from collections import Counter
from collections.abc import Collection, Iterator
import contextlib
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
import time
from typing import Final
from unittest.mock import patch

from aiohttp import web_app
from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant, split_entity_id
from homeassistant.helpers import device_registry as dr, entity_registry as er
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack import panel_coordinator
from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.console import MOST_LINES
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.messages import ConnectionState
from custom_components.stellarstack.client.server import WatchedServer
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import CONF_LIVE, CONF_SERVER_ID, DATA_TIMING, DOMAIN, SUBENTRY_SERVER

from .soak_checks import RECOVERY, Freshness, Memory, Tally
from .soak_faults import Faults
from .soak_judge import Judge
from .soak_panel import TICK, SoakPanel

CALM: Final = 20.0
PEACE: Final = (60.0, 240.0)
"""Simulated seconds of peace between two faults, so that most of what happens can be told undisturbed."""
OPENED: Final = 60.0
"""Simulated seconds after a change of status by which a server's live socket is open: each waits for a ticket."""
HOUR: Final = 120.0
"""Simulated seconds that stand, in quick motion, for the hour between two attempts to reach what may never be reached."""
SELDOM: Final = frozenset({LiveState.UNREACHABLE, LiveState.BLOCKED, LiveState.REFUSED, LiveState.FORBIDDEN})
"""Live sockets that are tried again after that time."""

_INTERVALS: Final = ("SESSION_INTERVAL", "LIST_INTERVAL", "NODES_INTERVAL")


@contextmanager
def faster(hass: HomeAssistant, factor: float) -> Iterator[None]:
    """Let all waits of the integration take a part of their time; with a factor of 1, its own."""
    if factor == 1:
        yield
        return
    hass.data[DATA_TIMING] = replace(Timing(), live_refused=HOUR, live_unreachable=HOUR).faster(factor)
    with contextlib.ExitStack() as stack:
        for name in _INTERVALS:
            shorter = tuple(each / factor for each in getattr(panel_coordinator, name))
            stack.enter_context(patch.object(panel_coordinator, name, shorter))
        yield


class Soak:
    """One run.

    Attributes:
        world: The panel.
        entry: The entry of all its servers.
        fresh: Looks at what is shown.
        judge: Looks at what is told.
    """

    def __init__(self, hass: HomeAssistant, world: SoakPanel, faults: Collection[str] = ()) -> None:
        """Prepare an entry for a panel on which these faults come; with none, all."""
        self.hass = hass
        self.world = world
        self.tally = Tally()
        self.fresh = Freshness(hass, world, self.tally)
        self.judge = Judge(hass, world, self.tally, self.fresh.late)
        self._faults = Faults(world, faults)
        self.entry = MockConfigEntry(
            domain=DOMAIN,
            title="panel",
            unique_id=world.account.id,
            data={
                "url": world.panel.url,
                "verify_ssl": True,
                "session": world.panel.create_session(world.account).cookie,
            },
            options={CONF_LIVE: True},
            subentries_data=[
                {
                    "data": {CONF_SERVER_ID: key},
                    "subentry_type": SUBENTRY_SERVER,
                    "title": server.name,
                    "unique_id": key,
                }
                for key, server in world.panel.fleet.servers.items()
            ],
        )
        self._followed: set[WatchedServer] = set()
        # A tenth is what such a wait may be longer.
        self._hour = 1.1 * (Timing().live_refused if world.factor == 1 else HOUR)
        self._companions: list[asyncio.Task[None]] = []

    async def set_up(self) -> None:
        """Set the entry up."""
        self.entry.add_to_hass(self.hass)
        await self.hass.config_entries.async_setup(self.entry.entry_id)
        await self.hass.async_block_till_done()
        if self.entry.state is not ConfigEntryState.LOADED:
            raise RuntimeError(f"the entry is not loaded: {self.entry.state} {self.entry.reason}")

    @property
    def client(self) -> StellarStackClient:
        """Return the client of the entry."""
        client: StellarStackClient = self.entry.runtime_data.panel.client
        return client

    def begin(self, panel_speed: float) -> None:
        """Let servers live, and look; `panel_speed` is how fast sessions grow old."""
        tick = TICK / self.world.factor
        self._companions = [
            asyncio.create_task(self._live(panel_speed)),
            asyncio.create_task(self.fresh.look(tick, self.watched)),
        ]

    async def end(self) -> list[BaseException]:
        """End that; returns what went wrong with it."""
        for companion in self._companions:
            companion.cancel()
        results = await asyncio.gather(*self._companions, return_exceptions=True)
        await self.world.close()
        return [
            result
            for result in results
            if isinstance(result, BaseException) and not isinstance(result, asyncio.CancelledError)
        ]

    async def _live(self, panel_speed: float) -> None:
        last = time.monotonic()
        while True:
            await self.world.sleep(TICK)
            now = time.monotonic()
            self.world.age_sessions((now - last) * (panel_speed - 1))
            last = now
            if self.world.panel.running:
                self.world.live_a_little()
            self.world.forget_records()
            # Whether the machine was late since then is not known yet.
            self.judge.judge(self.fresh.looked_at)

    def watched(self) -> dict[str, bool]:
        """Return the servers that are watched, and whether their nodes tell of them."""
        for server in self.client.servers:
            if server not in self._followed:
                self._followed.add(server)
                server.channel.changes.add(partial(self._note_unseen, server))
            self._note_unseen(server)
            if not server.is_reported:
                # Only its node is heard: when the panel is back, what differs is no news.
                now = self.world.now()
                self.world.disturbed.append((server.id, now - TICK, now + TICK))
        self._followed.intersection_update(self.client.servers)
        return {server.id: server.channel.state is LiveState.FED for server in self.client.servers}

    def _note_unseen(self, server: WatchedServer) -> None:
        if self.world.panel.generation == 2 and server.channel.state is not LiveState.FED:
            self.judge.note_unseen(server.id)

    def configured(self) -> set[str]:
        """Return the ids of the servers that the entry has."""
        return {str(subentry.unique_id) for subentry in self.entry.subentries.values()}

    def _remove_gone(self) -> None:
        """Remove what the panel deleted, as a user who is told does."""
        for subentry in list(self.entry.subentries.values()):
            if (server_id := str(subentry.unique_id)) in self.world.gone:
                self.hass.config_entries.async_remove_subentry(self.entry, subentry.subentry_id)
                self.fresh.forget(server_id)
        for server_id in self.world.gone:
            # Its container runs on in generation 2.
            self.world.panel.machine.remove_game(server_id)
        self.world.gone.clear()

    def missing(self) -> list[str]:
        """Return what is not right with the connection and its subscriptions now."""
        problems: list[str] = []
        if self.client.state is not ConnectionState.CONNECTED:
            problems.append(f"the connection is {self.client.state}")
        wanted = self.configured()
        if self.world.panel.generation == 1:
            connections = self.world.panel.connections
            if len(connections) != 1:
                return [*problems, f"there are {len(connections)} connections"]
            subscribed = connections[0].subscriptions
            problems += [f"{server_id} is not subscribed" for server_id in sorted(wanted - subscribed)]
            problems += [f"{server_id} is subscribed still" for server_id in sorted(subscribed - wanted)]
        problems += self._missing_live()
        present = wanted & self.world.panel.fleet.servers.keys()
        problems += [f"{server_id} is not live" for server_id in sorted(present) if self.fresh.shown(server_id) is None]
        return problems

    def _missing_live(self) -> list[str]:
        """Return what is not right with the live sockets now."""
        held = Counter(each for connection in self.world.panel.live.connections for each in connection.subscriptions)
        problems = [f"{server_id} has a live socket still" for server_id in sorted(held.keys() - self.configured())]
        problems += [
            f"{server.id} is {server.channel.state}, and has {held[server.id]} live sockets"
            for server in self.client.servers
            if self._must_be_fed(server) and (server.channel.state is not LiveState.FED or held[server.id] != 1)
        ]
        return problems

    def _must_be_fed(self, server: WatchedServer) -> bool:
        """Return whether the live socket of a server is to be open by now."""
        row = self.world.panel.fleet.servers.get(server.id)
        if row is None or row.node is None or not server.needs_live_socket or server.changed_at is None:
            return False
        has_way = self.world.panel.generation == 1 or not row.node.elsewhere
        return has_way and self.hass.loop.time() - server.changed_at > OPENED / self.world.factor

    async def settle(self) -> None:
        """Wait until all is right, and stays so for a while; a machine that is late has more time for it."""
        fresh = self.fresh
        longest = RECOVERY
        began, right_since, late_looks = fresh.clock, fresh.clock, self.tally.late_looks
        problems = self.missing()
        while fresh.clock < began + longest and fresh.clock < right_since + CALM:
            await self.world.sleep(TICK)
            if any(server.channel.state in SELDOM for server in self.client.servers):
                longest = RECOVERY + self._hour
            if problems := self.missing():
                right_since = fresh.clock
            if self.tally.late_looks > late_looks:
                began, late_looks = fresh.clock, self.tally.late_looks
        self.tally.lost += len(problems)
        for problem in problems:
            self.tally.find(f"lost: {problem}")

    async def misbehave(self) -> None:
        """Let one thing go wrong, then everything come right."""
        name, fault = self._faults.choose()
        self.tally.faults[name] += 1
        self.world.faults.append((self.world.now(), name))
        await fault()
        for server_id in self.world.gone:
            self.judge.forget(server_id)
        if self.world.gone:
            self._remove_gone()
            await self.world.sleep(2 * TICK)
        await self._faults.clear_faults()
        await self.settle()
        await self.world.sleep(self.world.random.uniform(*PEACE))

    async def look_at_memory(self) -> Memory:
        """Return what is in memory while all consoles are full, also those of servers that print nothing just now.

        What Home Assistant keeps of what was removed is left out, as are the ids of the last entities that it took apart,
        and what aiohttp keeps for ever of each start of the panel.
        """
        for server in self.client.servers:
            text = "".join(f"[INFO]: line {number} at {self.world.now():.3f}\n" for number in range(MOST_LINES))
            server.channel._console.take_past(text)  # noqa: SLF001 - what has no socket just now gets nothing by one
            await asyncio.sleep(0)
        await self.world.sleep(2 * TICK)
        er.async_get(self.hass).deleted_entities.clear()
        dr.async_get(self.hass)._deleted_devices.clear()  # noqa: SLF001 - there is no other way
        split_entity_id.cache_clear()
        web_app._cached_build_middleware.cache_clear()  # noqa: SLF001 - the same
        return Memory()
