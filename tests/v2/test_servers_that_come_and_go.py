"""New servers are seen with the next list, and one that others share too."""

from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Account, Panel
from tests.common import SetUp, entry_for, shows, titles

from .common import SURVIVAL


async def test_new_servers(
    hass: HomeAssistant, panel: Panel, owner: Account, account: Account, entry: MockConfigEntry, set_up: SetUp
) -> None:
    await set_up(entry)
    panel.add_server("Valheim", owner=account)
    panel.add_server("Factorio", owner=owner, shared_with=[account])
    panel.add_server("Secret", owner=owner)
    await panel.wait_for(shows(hass, "sensor.valheim_status", "running"))
    await panel.wait_for(shows(hass, "sensor.factorio_status", "running"))
    assert titles(entry) == {"Survival", "Shared", "Valheim", "Factorio"}


@pytest.mark.parametrize("add_new_servers", [True, False])
async def test_servers_that_were_left_out_stay_out(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, add_new_servers: bool
) -> None:
    """What the first list has was left out by the user; what comes later is a matter of the option."""
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, {SURVIVAL: "Survival"})
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"add_new_servers": add_new_servers})
    await set_up(entry)
    panel.add_server("Valheim", owner=account)
    panel.update_server(SURVIVAL, name="Skyblock")
    expected = {"Skyblock", "Valheim"} if add_new_servers else {"Skyblock"}
    await panel.wait_for(lambda _: titles(entry) == expected)
    panel.update_server(SURVIVAL, name="Survival")
    await panel.wait_for(lambda _: "Survival" in titles(entry))
    assert titles(entry) == expected - {"Skyblock"} | {"Survival"}
