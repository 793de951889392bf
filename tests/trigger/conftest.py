"""What the tests of triggers share."""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import HassJob, HomeAssistant, ServiceCall
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
from homeassistant.util.async_ import get_scheduled_timer_handles
import pytest
from pytest_homeassistant_custom_component.common import async_fire_time_changed

from custom_components.stellarstack.const import DOMAIN
from tests.targets import SURVIVAL, Servers, Target

LIFECYCLE_KEYS = ["started", "stopped", "crashed", "restarted"]
MINUTE = timedelta(minutes=1)
FOR_A_MINUTE = {"for": "00:01:00"}
HIDDEN = ["unavailable", "unknown"]


@pytest.fixture
async def servers(hass: HomeAssistant) -> Servers:
    """Three servers that run."""
    return Servers(hass)


@pytest.fixture
def told(hass: HomeAssistant) -> list[str]:
    """What automations told, in order."""
    told: list[str] = []

    async def tell(call: ServiceCall) -> None:
        told.append(call.data["text"])

    hass.services.async_register("test", "tell", tell)
    return told


async def automate(
    hass: HomeAssistant, *triggers: dict[str, Any], text: str = "{{ trigger.id }} {{ trigger.entity_id }}"
) -> None:
    """Set up an automation that tells of its triggers."""
    config = {
        "alias": "Tell",
        "triggers": list(triggers),
        "actions": {"action": "test.tell", "data": {"text": text}},
        "mode": "parallel",
        "max": 50,
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: config})
    await hass.async_block_till_done()


def on(
    key: str, target: Target = SURVIVAL, options: Mapping[str, Any] | None = None, name: str | None = None
) -> dict[str, Any]:
    """Return the configuration of a trigger, on entities or on another target."""
    target = target if isinstance(target, dict) else {"entity_id": target}
    return {"trigger": f"{DOMAIN}.{key}", "id": name or key, "target": target, "options": dict(options or {})}


def on_all(target: Target = SURVIVAL, options: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
    """Return the configuration of all triggers on what happens."""
    return [on(key, target, options) for key in LIFECYCLE_KEYS]


async def pass_time(hass: HomeAssistant, time: timedelta) -> None:
    """Let timers end that are due within a time from now."""
    async_fire_time_changed(hass, dt_util.utcnow() + time)
    await hass.async_block_till_done()


def waits(hass: HomeAssistant) -> int:
    """Return how many timers of triggers are under way."""
    return sum(
        isinstance(job := handle._args[-1], HassJob)
        and isinstance(job.target, partial)
        and job.target.func.__module__ == "custom_components.stellarstack.server_trigger"
        for handle in get_scheduled_timer_handles(hass.loop)
        if not handle.cancelled() and handle._args
    )
