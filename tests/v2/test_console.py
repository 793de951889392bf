"""The console of a server that others share, by what its owner allows."""

from collections.abc import AsyncGenerator

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellarstack.const import DOMAIN
from simulator import Account, Panel
from tests.cards import OpenCard, cards, device_of
from tests.common import SetUp

from .common import SHARED


@pytest.fixture
async def open_card(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> AsyncGenerator[OpenCard]:
    """Opens cards."""
    async with cards(hass_ws_client, hass) as open_card:
        yield open_card


async def test_console_that_may_not_be_read(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, open_card: OpenCard
) -> None:
    panel.set_scopes(SHARED, account, "control.start")
    await set_up(entry)
    card = await open_card("console", SHARED)
    await panel.wait_for(lambda _: card.states[-1:] == ["no_access"])
    with pytest.raises(HomeAssistantError) as error:
        await hass.services.async_call(
            DOMAIN, "get_console", {"device_id": device_of(hass, SHARED)}, blocking=True, return_response=True
        )
    assert error.value.translation_key == "no_access"


async def test_console_that_may_only_be_read(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, open_card: OpenCard
) -> None:
    panel.set_scopes(SHARED, account, "console.read")
    await set_up(entry)
    card = await open_card("console", SHARED)
    await panel.wait_for(lambda _: card.lines)
    data = {"device_id": device_of(hass, SHARED), "command": "list", "wait": 30}
    with pytest.raises(HomeAssistantError) as error:
        await hass.services.async_call(DOMAIN, "send_command", data, blocking=True, return_response=True)
    assert error.value.translation_key == "no_access"
