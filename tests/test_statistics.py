"""What the recorder makes of usage: long-term statistics in the sensors' units."""

from datetime import timedelta

from homeassistant.components.recorder import Recorder, get_instance
from homeassistant.components.recorder.statistics import list_statistic_ids, statistics_during_period
from homeassistant.core import HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.components.recorder.common import (
    async_wait_recording_done,
    do_adhoc_statistics,
)

from simulator import Panel
from simulator.accounts import Account

from .common import SetUp, entry_for

UNITS = {
    "sensor.survival_cpu_usage": "%",
    "sensor.survival_memory_usage": "MiB",
    "sensor.survival_disk_usage": "MiB",
    "sensor.survival_cpu_limit_used": "%",
    "sensor.survival_memory_limit_used": "%",
    "sensor.survival_disk_limit_used": "%",
    "sensor.survival_network_inbound": "KiB/s",
    "sensor.survival_network_outbound": "KiB/s",
}


# The recorder works in a thread of its own.
pytestmark = pytest.mark.usefixtures("real_clocks")


@pytest.fixture(autouse=True)
def _integration_and_sockets(
    recorder_db_url: str, recorder_mock: Recorder, enable_custom_integrations: None, socket_enabled: None
) -> None:
    """As elsewhere, but with a recorder, which has to be there first."""


@pytest.fixture(autouse=True)
def _quick_reconnects(_integration_and_sockets: None) -> None:
    """Nothing here reconnects."""


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_statistics(hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp) -> None:
    assert await async_setup_component(hass, "sensor", {})
    session = panel.create_session(account).cookie
    await set_up(entry_for(panel, session, account.id, {"srv_survival": "Survival"}, live=True))
    await panel.wait_for(lambda _: hass.states.get("sensor.survival_disk_usage"), 15)
    await async_wait_recording_done(hass)

    start = dt_util.utcnow().replace(minute=dt_util.utcnow().minute // 5 * 5, second=0, microsecond=0)
    do_adhoc_statistics(hass, start=start)
    await async_wait_recording_done(hass)

    known = await get_instance(hass).async_add_executor_job(list_statistic_ids, hass)
    assert {each["statistic_id"]: each["statistics_unit_of_measurement"] for each in known} == UNITS
    found = await get_instance(hass).async_add_executor_job(
        statistics_during_period, hass, start - timedelta(minutes=5), None, set(UNITS), "5minute", None, {"mean"}
    )
    (disk,) = found["sensor.survival_disk_usage"]
    assert disk["mean"] == pytest.approx(1536, rel=0.01)
