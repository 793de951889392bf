"""The options."""

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Panel
from tests.common import SetUp
from tests.flows import Bench, Dialog


async def test_options(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench) -> None:
    await set_up(entry)
    flows, upgrades = hass.config_entries.options, panel.upgrades
    dialog = Dialog(hass, flows, await flows.async_init(entry.entry_id))
    assert dialog.form == ("init", {})
    assert dialog.suggested == {"live": False}
    await dialog.submit()
    options = {"add_new_servers": True, "live": True, "usage_interval": 30}
    assert entry.options == options
    for changes in ({"add_new_servers": False}, {"live": False}, {"usage_interval": 5}, {"live": True}):
        dialog = Dialog(hass, flows, await flows.async_init(entry.entry_id))
        assert dialog.suggested == options
        options |= changes
        await dialog.submit(**options)
        assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
        assert entry.options == options
    await hass.async_block_till_done()
    assert panel.upgrades == upgrades
