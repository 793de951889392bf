"""A panel that is chosen in place of servers: all of them are meant, also those that come later."""

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from simulator import Account, Panel
from tests.common import SERVERS, Clock, shows

from .conftest import TELL, Automate, events, in_seconds, pass_seconds, posts, press, walk

FACTORIO = "sensor.factorio_status"


@pytest.fixture
def panel_device(entry: MockConfigEntry, devices: dict[str, str], device_registry: dr.DeviceRegistry) -> str:
    """The device of the panel."""
    device = device_registry.async_get_device_by_identifier((DOMAIN, entry.entry_id), entry.entry_id)
    assert device is not None
    return device.id


async def add_server(hass: HomeAssistant, panel: Panel, account: Account, clock: Clock) -> None:
    """Add a server on the panel, which comes to Home Assistant by itself."""
    panel.add_server("Factorio", owner=account, server_id="srv_factorio")
    await clock.list_again()
    await panel.wait_for(shows(hass, FACTORIO, "running"))


async def test_night_schedule(
    hass: HomeAssistant, panel: Panel, account: Account, clock: Clock, automate: Automate, panel_device: str
) -> None:
    await automate("night_schedule", servers=[panel_device], stop_at=in_seconds(900), start_at=in_seconds(2000))
    await add_server(hass, panel, account, clock)
    pass_seconds(hass, 900)
    await panel.wait_for(lambda _: len(posts(panel, "stop")) == 4)
    assert sorted(posts(panel, "stop")) == sorted([*SERVERS, "srv_factorio"])


async def test_backup_before_stop(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    panel_device: str,
    button: dict[str, str],
) -> None:
    """A server that is chosen beside its panel has its turn once."""
    await automate("backup_before_stop", servers=[panel_device, devices["srv_survival"]], when=[button])
    await press(hass)
    await panel.wait_for(lambda _: len(posts(panel, "stop")) == 3)
    await hass.async_block_till_done()
    assert sorted(posts(panel, "stop")) == sorted(SERVERS)


async def test_server_notifications(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    clock: Clock,
    automate: Automate,
    panel_device: str,
    told: list[ServiceCall],
) -> None:
    await automate("server_notifications", servers=[panel_device], notification=TELL)
    await add_server(hass, panel, account, clock)
    await walk(hass, panel, "STOPPED", server="creative")
    await panel.wait_for(lambda _: len(told) == 1)
    await walk(hass, panel, "STOPPED", server="factorio")
    await panel.wait_for(lambda _: len(told) == 2)
    assert events(told) == [("Creative", "crashed"), ("Factorio", "crashed")]


async def test_message_that_is_tried(
    hass: HomeAssistant, automate: Automate, panel_device: str, told: list[ServiceCall]
) -> None:
    await automate("server_notifications", servers=[panel_device], notification=TELL)
    await hass.services.async_call("automation", "trigger", {"entity_id": "automation.under_test"}, blocking=True)
    assert events(told) == [("Creative", "test")]
