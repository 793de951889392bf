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
    assert dialog.suggested == {}
    await dialog.submit()
    assert entry.options == {"add_new_servers": True}
    for choice in (False, True):
        dialog = Dialog(hass, flows, await flows.async_init(entry.entry_id))
        assert dialog.suggested == {"add_new_servers": not choice}
        await dialog.submit(add_new_servers=choice)
        assert dialog.result["type"] is FlowResultType.CREATE_ENTRY
        assert entry.options == {"add_new_servers": choice}
    await hass.async_block_till_done()
    assert panel.upgrades == upgrades
