"""Outages that are short are not explained, however many there are."""

from homeassistant.const import STATE_OFF, STATE_ON
from homeassistant.core import HomeAssistant
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Panel
from tests.common import CONNECTED, SetUp, shows
from tests.flows import PROBE


async def test_a_page_of_a_proxy_between_connections(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """Each connection begins to count anew."""
    await set_up(entry)
    probes = panel.requests.count(("GET", PROBE))
    for _ in range(4):
        panel.fail("/api/servers", status=200, body="<html>Back soon</html>")
        await panel.wait_for(shows(hass, CONNECTED, STATE_OFF), 15)
        panel.clear_faults()
        await panel.wait_for(shows(hass, CONNECTED, STATE_ON), 15)
    await hass.async_block_till_done()
    assert panel.requests.count(("GET", PROBE)) == probes
