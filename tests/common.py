"""What tests share."""

import asyncio
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager
from datetime import timedelta
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntry, ConfigSubentry, ConfigSubentryData
from homeassistant.core import HomeAssistant
from homeassistant.util import dt as dt_util
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.sensor import USAGE_SENSORS
from simulator import Panel

TICK = 0.05
SERVERS = {"srv_survival": "Survival", "srv_creative": "Creative", "srv_valheim": "Valheim"}
CONNECTED = "binary_sensor.127_0_0_1_connected"
STATUS = "sensor.survival_status"
USAGE_KEYS = {each.key for each in USAGE_SENSORS}
"""The keys of entities that a server has once live data have come."""

type SetUp = Callable[[MockConfigEntry], Coroutine[Any, Any, None]]


def entry_for(
    panel: Panel, session: str, user_id: str, servers: dict[str, str], *, live: bool = False, **options: Any
) -> MockConfigEntry:
    """Return an entry as the dialog would have made it.

    Without live sockets, all that is shown comes from the panel.
    """
    return MockConfigEntry(
        domain=DOMAIN,
        title="127.0.0.1",
        unique_id=user_id,
        data={"url": panel.url, "verify_ssl": True, "session": session},
        options=options if live else {"live": False, **options},
        subentries_data=[
            ConfigSubentryData(data={"server_id": server_id}, subentry_type="server", title=name, unique_id=server_id)
            for server_id, name in servers.items()
        ],
    )


def subentry(server_id: str, title: str) -> ConfigSubentry:
    """Return a server's subentry as the dialog would have made it."""
    return ConfigSubentry(
        data=MappingProxyType({"server_id": server_id}), subentry_type="server", title=title, unique_id=server_id
    )


def subentry_of(entry: ConfigEntry, server_id: str) -> ConfigSubentry:
    """Return the subentry of a server."""
    return next(item for item in entry.subentries.values() if item.unique_id == server_id)


def titles(entry: MockConfigEntry) -> set[str]:
    """Return what an entry's servers are called."""
    return {item.title for item in entry.subentries.values()}


def shows(hass: HomeAssistant, entity_id: str, value: str) -> Callable[[Panel], bool]:
    """Return a condition for `panel.wait_for`: the entity's state is the value."""

    def condition(_panel: Panel) -> bool:
        state = hass.states.get(entity_id)
        return state is not None and state.state == value

    return condition


async def press(hass: HomeAssistant, key: str, server: str = "survival") -> None:
    """Press one of a server's buttons."""
    await hass.services.async_call("button", "press", {"entity_id": f"button.{server}_{key}"}, blocking=True)


@contextmanager
def cut_handshakes_allowed(loop: asyncio.AbstractEventLoop) -> Generator[None]:
    """Let a panel with TLS complain of clients that leave during the handshake; all else is an error still."""
    handle_exception = loop.get_exception_handler()
    assert handle_exception is not None

    def handle(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if context["message"] != "Error on transport creation for incoming connection":
            handle_exception(loop, context)

    loop.set_exception_handler(handle)
    yield
    loop.set_exception_handler(handle_exception)


class Clock:
    """Lets time pass, and what is due then be done."""

    def __init__(self, hass: HomeAssistant, panel: Panel) -> None:
        self._hass = hass
        self._panel = panel
        self._now = dt_util.utcnow()

    async def advance(self, time: timedelta) -> None:
        """Let time pass."""
        self._now += time + timedelta(seconds=1)
        async_fire_time_changed(self._hass, self._now)
        await self._hass.async_block_till_done(wait_background_tasks=True)

    async def list_again(self) -> None:
        """Let five minutes pass, and what is asked then be answered."""
        before = self._panel.requests.count(("GET", "/api/servers"))
        self._now += timedelta(minutes=5, seconds=1)
        async_fire_time_changed(self._hass, self._now)
        await self._panel.wait_for(lambda panel: panel.requests.count(("GET", "/api/servers")) > before)
        await self._hass.async_block_till_done(wait_background_tasks=True)
