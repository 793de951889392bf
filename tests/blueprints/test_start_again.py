"""Start servers again when they are wanted."""

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, label_registry as lr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from simulator import Panel
from tests.common import STATUS, shows

from .conftest import Automate, in_seconds, last_run, pass_seconds, posts, press, walk

PERSON = "person.alex"


@pytest.fixture
async def asleep(hass: HomeAssistant, panel: Panel, devices: dict[str, str]) -> None:
    """Two of the servers are not running, one of them because it was stopped."""
    await walk(hass, panel, "STOPPED")
    await walk(hass, panel, "SUSPENDED", server="creative")


async def is_started(hass: HomeAssistant, panel: Panel) -> None:
    """Check that just what was stopped is started."""
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert posts(panel, "start") == ["srv_survival"]


@pytest.mark.usefixtures("asleep")
async def test_at_a_time(hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str]) -> None:
    when = [{"trigger": "time", "at": in_seconds(20)}]
    await automate("start_again", servers=[*devices.values()], when=when)
    pass_seconds(hass, 20)
    await is_started(hass, panel)


@pytest.mark.usefixtures("asleep")
async def test_at_a_press(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    button: dict[str, str],
    device_registry: dr.DeviceRegistry,
) -> None:
    """And by label."""
    label = lr.async_get(hass).async_create("Games").label_id
    device_registry.async_update_device(devices["srv_survival"], labels={label})
    await automate("start_again", labels=[label], when=[button])
    await press(hass)
    await is_started(hass, panel)


@pytest.mark.usefixtures("asleep")
@pytest.mark.parametrize("away", ["not_home", "Work"])
async def test_when_somebody_comes_home(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], away: str
) -> None:
    hass.states.async_set(PERSON, away)
    await automate("start_again", servers=[*devices.values()], when=[], people=[PERSON, "person.sam"])
    hass.states.async_set(PERSON, "home")
    await is_started(hass, panel)


@pytest.mark.usefixtures("asleep")
async def test_who_is_at_home_does_not_come_home(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str]
) -> None:
    """Neither at a start of Home Assistant nor when a phone answers again; nor does whoever goes."""
    await automate("start_again", servers=[*devices.values()], when=[], people=[PERSON])
    for state in ("home", "unavailable", "home", "unknown", "home", "not_home"):
        hass.states.async_set(PERSON, state)
        await hass.async_block_till_done()
    assert posts(panel, "start") == []
    hass.states.async_set(PERSON, "home")
    await is_started(hass, panel)


@pytest.mark.usefixtures("asleep")
async def test_a_panel_stands_for_its_servers(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    button: dict[str, str],
    entry: MockConfigEntry,
    device_registry: dr.DeviceRegistry,
) -> None:
    device = device_registry.async_get_device_by_identifier((DOMAIN, entry.entry_id), entry.entry_id)
    assert device is not None
    await automate("start_again", servers=[device.id, devices["srv_survival"]], when=[button])
    await press(hass)
    await is_started(hass, panel)


async def test_nothing_to_start(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], button: dict[str, str]
) -> None:
    await automate("start_again", servers=[*devices.values()], when=[button])
    await press(hass)
    await panel.wait_for(lambda _: last_run(hass))
    await hass.async_block_till_done()
    assert posts(panel, "start") == []
