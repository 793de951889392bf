"""What people say to Assist."""

from homeassistant.components import conversation
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Panel

from .common import SetUp, shows


@pytest.fixture
async def assist(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp) -> None:
    """Home Assistant with Assist, which may see the server's power and whether it runs."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})
    await set_up(entry)
    for entity_id in ("switch.survival", "binary_sensor.survival_running", "sensor.survival_status"):
        async_expose_entity(hass, conversation.DOMAIN, entity_id, True)
    await hass.async_block_till_done()


async def say(hass: HomeAssistant, text: str) -> str:
    result = await conversation.async_converse(hass, text, None, Context(), language="en")
    speech = result.response.speech["plain"]["speech"]
    assert isinstance(speech, str)
    return speech


@pytest.mark.usefixtures("assist")
async def test_assist_turns_a_server_on_and_off(hass: HomeAssistant, panel: Panel) -> None:
    await say(hass, "turn off Survival")
    await panel.wait_for(shows(hass, "sensor.survival_status", "stopped"))
    assert await say(hass, "is Survival running") == "No, off"
    await say(hass, "turn on Survival")
    await panel.wait_for(shows(hass, "sensor.survival_status", "running"))


@pytest.mark.usefixtures("assist")
async def test_assist_tells_how_a_server_is(hass: HomeAssistant) -> None:
    assert await say(hass, "is Survival running") == "Yes"
    assert await say(hass, "what is the Survival status") == "Survival status is running"
