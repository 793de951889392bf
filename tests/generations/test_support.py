"""What helps to find a fault: diagnostics and system health."""

import json
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from pytest_homeassistant_custom_component.common import MockConfigEntry, get_system_health_info

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.coordinator import count_live_states
from custom_components.stellarstack.diagnostics import async_get_config_entry_diagnostics
from simulator import Panel
from tests.common import SetUp

from .common import CREATIVE, SURVIVAL


async def test_diagnostics(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    await set_up(entry)
    found = await async_get_config_entry_diagnostics(hass, entry)
    assert found["connection"]["state"] == "connected"
    servers: list[dict[str, Any]] = found["servers"]
    assert [server["server"]["status"] for server in servers] == ["running", "stopped"]
    assert [server["live"] for server in servers] == [True, True]
    text = json.dumps(found)
    for secret in (SURVIVAL, CREATIVE, "Survival", "Node 1", "node1", "127.0.0.1", entry.data["session"]):
        assert secret not in text


async def test_system_health(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await set_up(entry)
    await panel.wait_for(lambda _: hass.states.get("sensor.survival_cpu_usage"))
    info = await get_system_health_info(hass, DOMAIN)
    assert await info["panels_reachable"] == info["panels_connected"] == info["panels"] == 1
    assert info["servers"] == 2
    # With generation 1, the node of a stopped server has nothing to tell.
    assert (info["servers_live"], info["servers_not_live"]) == (
        ("1 / 2", "stopped: 1") if panel.generation == 1 else ("2 / 2", None)
    )
    assert info["oldest_sync"].endswith(" s")


async def test_system_health_says_why_servers_are_not_live(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    assert await async_setup_component(hass, "system_health", {})
    await set_up(entry)
    await panel.wait_for(lambda _: hass.states.get("sensor.survival_cpu_usage"))

    async def not_live(**states: int) -> str | None:
        """Wait for these states, and return what the page says."""
        servers = entry.runtime_data.servers.values()
        await panel.wait_for(lambda _: count_live_states(servers) == states)
        info = await get_system_health_info(hass, DOMAIN)
        await info["panels_reachable"]
        assert info["servers_live"] == "0 / 2"
        said: str | None = info["servers_not_live"]
        return said

    panel.machine.lose_node(next(iter(panel.fleet.nodes)))
    if panel.generation == 1:
        assert await not_live(stopped=1, unreachable=1) == "stopped: 1, unreachable: 1"
    else:
        assert await not_live(unreachable=2) == "unreachable: 2"
    hass.config_entries.async_update_entry(entry, options={"live": False})
    assert await not_live(off=2) == "off: 2"
