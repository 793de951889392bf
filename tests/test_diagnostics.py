"""Diagnostics say what helps and give nothing away."""

import json

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.diagnostics import async_get_config_entry_diagnostics, async_get_device_diagnostics
from simulator import Panel
from simulator.accounts import Account

from .conftest import SetUp


async def test_entry(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp
) -> None:
    panel.silent_servers = {"srv_valheim"}
    await set_up(entry)
    diagnostics = await async_get_config_entry_diagnostics(hass, entry)
    text = json.dumps(diagnostics, default=str)
    for secret in (
        entry.data["session"],
        entry.data["session"].partition("=")[2].partition(".")[0],
        entry.data["url"],
        account.id,
        account.email,
        "127.0.0.1",
        "node1.example.com",
        "srv_survival",
        "Survival",
    ):
        assert secret not in text
    assert diagnostics["connection"] == {"state": "connected", "session": "cookie", "https": False}
    assert [server["live"] for server in diagnostics["servers"]] == [True, True, False]
    assert diagnostics["servers"][0]["server"]["status"] == "running"
    assert diagnostics["servers"][0]["server"]["memory"] == 4096
    assert diagnostics["servers"][0]["seconds_since_sync"] >= 0
    assert diagnostics["servers"][2] == {"live": False, "seconds_since_sync": None, "server": None}


async def test_devices(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    set_up: SetUp,
    device_registry: dr.DeviceRegistry,
) -> None:
    await set_up(entry)
    server = device_registry.async_get_device_by_identifier((DOMAIN, "srv_survival"), entry.entry_id)
    hub = device_registry.async_get_device_by_identifier((DOMAIN, entry.entry_id), entry.entry_id)
    assert server is not None
    assert hub is not None
    assert (await async_get_device_diagnostics(hass, entry, server))["server"]["status"] == "running"
    assert len((await async_get_device_diagnostics(hass, entry, hub))["servers"]) == 3
