"""Servers sleep at night."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
from homeassistant.helpers.entity import entity_sources
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.trigger import STATUSES
from simulator import Panel
from tests.common import STATUS, shows
from tests.targets import SURVIVAL, Servers

from .conftest import Automate, in_seconds, pass_seconds, posts, walk


async def test_servers_sleep_at_night(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], entity_registry: er.EntityRegistry
) -> None:
    """Whatever their entities are called."""
    entity_registry.async_update_entity(STATUS, new_entity_id="sensor.how_is_it")
    await hass.async_block_till_done()
    await walk(hass, panel, "MAINTENANCE", server="valheim")
    await automate(
        "night_schedule",
        servers=[devices["srv_survival"], devices["srv_valheim"]],
        stop_at=in_seconds(20),
        start_at=in_seconds(40),
    )
    pass_seconds(hass, 20)
    await panel.wait_for(shows(hass, "sensor.how_is_it", "stopped"))
    assert posts(panel, "stop") == ["srv_survival"]
    assert not posts(panel, "start")

    pass_seconds(hass, 40)
    await panel.wait_for(shows(hass, "sensor.how_is_it", "running"))
    assert posts(panel, "stop") == ["srv_survival"]
    assert posts(panel, "start") == ["srv_survival"]


async def test_servers_by_area_and_label(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """Of device, entity and area; what else is there does not matter, and each is told once."""
    areas, labels = ar.async_get(hass), lr.async_get(hass)
    cellar, attic = (areas.async_create(name).id for name in ("Cellar", "Attic"))
    label = labels.async_create("Games").label_id
    areas.async_update(attic, labels={label})
    device_registry.async_update_device(devices["srv_survival"], area_id=cellar, labels={label})
    device_registry.async_update_device(devices["srv_valheim"], area_id=attic)
    entity_registry.async_update_entity("sensor.creative_status", labels={label})
    foreign = entity_registry.async_get_or_create("select", "other", "one", device_id=devices["srv_survival"])
    hass.states.async_set(foreign.entity_id, "running", {"options": ["running"]})
    await automate(
        "night_schedule",
        servers=[devices["srv_survival"]],
        areas=[cellar],
        labels=[label],
        stop_at=in_seconds(20),
        start_at=in_seconds(400),
    )
    pass_seconds(hass, 20)
    await panel.wait_for(lambda _: len(posts(panel, "stop")) == 3)
    assert sorted(posts(panel, "stop")) == ["srv_creative", "srv_survival", "srv_valheim"]


@pytest.mark.parametrize(
    ("helper", "stopped"), [("on", []), ("off", ["srv_survival"]), ("unavailable", ["srv_survival"])]
)
async def test_a_helper_keeps_them_running(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], helper: str, stopped: list[str]
) -> None:
    hass.states.async_set("input_boolean.party", helper)
    hass.states.async_set("binary_sensor.weekend", "off")
    await automate(
        "night_schedule",
        servers=[devices["srv_survival"]],
        stop_at=in_seconds(20),
        start_at=in_seconds(40),
        keep_running=["binary_sensor.weekend", "input_boolean.party"],
    )
    pass_seconds(hass, 20)
    await hass.async_block_till_done()
    assert posts(panel, "stop") == stopped
    # In the morning it does not matter.
    hass.states.async_set("input_boolean.party", "on")
    await panel.wait_for(shows(hass, STATUS, "stopped" if stopped else "running"))
    pass_seconds(hass, 40)
    await hass.async_block_till_done()
    assert posts(panel, "start") == stopped


async def test_the_night_leaves_alone_what_does_not_run(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str]
) -> None:
    await walk(hass, panel, "STARTING", server="survival")
    await walk(hass, panel, "STOPPED", server="creative")
    await walk(hass, panel, "ERROR", server="valheim")
    await automate("night_schedule", servers=[*devices.values()], stop_at=in_seconds(20), start_at=in_seconds(40))
    pass_seconds(hass, 40)
    await hass.async_block_till_done()
    # Both times have come: of each, only what it is for.
    assert posts(panel, "stop") == ["srv_survival"]
    assert posts(panel, "start") == ["srv_creative"]


@pytest.mark.parametrize(
    ("zone", "stop_at", "begin", "hours"),
    [
        # One o'clock does not exist in the United Kingdom, nor two in Germany, nor half past midnight in Chile.
        ("Europe/London", "01:00:00", "2027-03-28 00:58", [2]),
        ("Europe/London", "01:30:00", "2027-03-28 00:58", [2]),
        ("Europe/Berlin", "02:00:00", "2027-03-28 01:58", [3]),
        ("America/Santiago", "00:30:00", "2027-09-04 23:58", [1]),
        # In the east of Greenland, the last hour of the day does not.
        ("America/Nuuk", "23:30:00", "2027-03-27 22:58", [0]),
        # Times beside the gap come as on any day, and an hour that comes twice is no gap.
        ("Europe/London", "00:59:30", "2027-03-28 00:58", [0]),
        ("Europe/London", "02:00:00", "2027-03-28 00:58", [2]),
        ("Europe/London", "12:00:00", "2027-03-28 00:58", []),
        ("Europe/London", "03:00:00", "2027-10-31 00:58", []),
    ],
)
async def test_a_time_that_is_left_out_for_summer_time(
    hass: HomeAssistant,
    automate: Automate,
    freezer: FrozenDateTimeFactory,
    zone: str,
    stop_at: str,
    begin: str,
    hours: list[int],
) -> None:
    """It counts as come when the clocks go forward."""
    servers = Servers(hass)
    hass.states.async_set(SURVIVAL, "running", {"options": STATUSES})
    entity_sources(hass)[SURVIVAL] = {"domain": DOMAIN}
    calls: list[int] = []
    hass.services.async_register(DOMAIN, "stop", lambda _: calls.append(dt_util.now().hour))
    await hass.config.async_set_time_zone(zone)
    moment = datetime.fromisoformat(begin).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)
    freezer.move_to(moment)
    await automate("night_schedule", servers=[servers.device().id], stop_at=stop_at, start_at="09:00:00")
    for _ in range(240):
        freezer.tick(timedelta(seconds=30))
        async_fire_time_changed(hass, dt_util.utcnow())
        await hass.async_block_till_done()
    assert calls == hours
