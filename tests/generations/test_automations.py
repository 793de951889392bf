"""Automations: the triggers with their waits, and a blueprint."""

from datetime import timedelta
from pathlib import Path
import shutil
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellarstack.const import DOMAIN
from simulator import Panel
from tests.common import STATUS, SetUp, shows

from .common import SURVIVAL

FOLDER = Path("blueprints", "automation", "stellarstack")
KEYS = ("started", "stopped", "crashed", "restarted", "status_changed")
MINUTE = {"minutes": 1}


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """A configuration folder with our blueprints in it."""
    shutil.copytree(Path(__file__).parents[2] / FOLDER, Path(hass_tmp_config_dir) / FOLDER)
    return hass_tmp_config_dir


@pytest.fixture
def told(hass: HomeAssistant) -> list[str]:
    """What the automation told, in order."""
    told: list[str] = []

    async def tell(call: ServiceCall) -> None:
        told.append(call.data["text"])

    hass.services.async_register("test", "tell", tell)
    return told


def on(key: str, name: str | None = None, options: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the configuration of a trigger on Survival."""
    target = {"entity_id": STATUS}
    return {"trigger": f"{DOMAIN}.{key}", "id": name or key, "target": target, "options": options or {}}


async def automate(hass: HomeAssistant, *triggers: dict[str, Any]) -> None:
    """Set up an automation that tells of its triggers."""
    text = "{{ trigger.id }} {{ trigger.from_state.state }} {{ trigger.to_state.state }}"
    config = {
        "triggers": list(triggers),
        "actions": {"action": "test.tell", "data": {"text": text}},
        "mode": "queued",
        "max": 50,
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: config})
    await hass.async_block_till_done()


async def test_triggers(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    await automate(hass, *(on(key) for key in KEYS))

    await panel.power(SURVIVAL, "restart")
    await panel.wait_for(lambda _: len(told) == 5, 15)
    panel.machine.crash(SURVIVAL)
    await panel.wait_for(lambda _: len(told) == 7, 15)

    assert told == [
        "status_changed running stopping",
        "status_changed stopping stopped",
        "status_changed stopped starting",
        "status_changed starting running",
        "restarted starting running",
        "status_changed running stopped",
        "crashed running stopped",
    ]


@pytest.mark.parametrize("after", ["STOPPED", "RUNNING"])
async def test_for_goes_on_over_a_reload(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str], after: str
) -> None:
    await set_up(entry)
    await automate(hass, on("stopped", "at once"), on("stopped", options={"for": MINUTE}))
    await panel.power(SURVIVAL, "stop")
    await panel.wait_for(lambda _: told, 15)

    assert await hass.config_entries.async_unload(entry.entry_id)
    panel.edit(SURVIVAL, status=after)
    assert await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(shows(hass, STATUS, after.lower()))
    await hass.async_block_till_done()
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(minutes=1))
    await hass.async_block_till_done()

    assert told == ["at once stopping stopped", *["stopped stopping stopped"] * (after == "STOPPED")]


async def test_blueprint(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, device_registry: dr.DeviceRegistry
) -> None:
    """A server that crashed is started again."""
    await set_up(entry)
    device = device_registry.async_get_device_by_identifier((DOMAIN, SURVIVAL), entry.entry_id)
    assert device is not None
    use = {
        "path": "stellarstack/restart_after_crash.yaml",
        "input": {"server": device.id, "wait": {"seconds": 0}},
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: {"alias": "Revive", "use_blueprint": use}})
    await hass.async_block_till_done()

    panel.machine.crash(SURVIVAL)

    await panel.wait_for(shows(hass, STATUS, "stopped"), 15)
    await panel.wait_for(shows(hass, STATUS, "running"), 15)
    # It may be waiting for what comes of that.
    await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "automation.revive"}, blocking=True)
