"""Backups on a panel of generation 2, which answers before they are made."""

from dataclasses import replace

from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from simulator import Panel
from simulator.v2.api import PanelApiV2
from tests.common import STATUS, SetUp


@pytest.fixture
def timing(timing: Timing) -> Timing:
    """A backup has little time."""
    return replace(timing, backup=0.3, backup_poll=0.02)


async def test_backup_that_never_ends(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp) -> None:
    """The API was restarted meanwhile, and has forgotten it."""
    await set_up(entry)
    assert isinstance(panel.api, PanelApiV2)
    panel.api.backups.forgotten = True
    with pytest.raises(HomeAssistantError) as raised:
        await hass.services.async_call(
            DOMAIN, "create_backup", {"entity_id": STATUS}, blocking=True, return_response=True
        )
    assert raised.value.translation_key == "backup_timeout"
    assert raised.value.translation_placeholders is not None
    assert raised.value.translation_placeholders["server"] == "Survival"
