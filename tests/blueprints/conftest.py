"""What the tests of blueprints share: each is run by Home Assistant's own engine, against the panel."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
import logging
from pathlib import Path
import shutil
from typing import Any

from homeassistant.const import STATE_ON, STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
from homeassistant.setup import async_setup_component
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed, async_mock_service

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from simulator import Panel
from tests.common import SERVERS, STATUS, SetUp, shows

ROOT = Path(__file__).parent.parent.parent
FOLDER = Path("blueprints", "automation", "stellarstack")
BLUEPRINTS = {path.stem: path for path in sorted((ROOT / FOLDER).glob("*.yaml"))}
AUTOMATION = "automation.under_test"
NODE = "binary_sensor.survival_node_online"
NOW = {"seconds": 0}
TELL = [{"action": "test.tell", "data": {key: f"{{{{ {key} }}}}" for key in ("server_name", "event", "message")}}]

type Automate = Callable[..., Awaitable[None]]


@pytest.fixture
def timing() -> Timing:
    """How long the client waits: what panels take seconds for is done in hundredths."""
    return replace(Timing(), first_reconnect=0.02, down=0.15, evidence_delay=0.01, evidence_retry=0.02)


@pytest.fixture
def hass_config_dir(hass_tmp_config_dir: str) -> str:
    """A configuration folder with our blueprints in it, as an import leaves them."""
    shutil.copytree(ROOT / FOLDER, Path(hass_tmp_config_dir) / FOLDER)
    return hass_tmp_config_dir


@pytest.fixture
async def devices(entry: MockConfigEntry, set_up: SetUp, device_registry: dr.DeviceRegistry) -> dict[str, str]:
    """Device ids of the set-up entry, by server id."""
    await set_up(entry)
    found = {key: device_registry.async_get_device_by_identifier((DOMAIN, key), entry.entry_id) for key in SERVERS}
    return {key: device.id for key, device in found.items() if device is not None}


@pytest.fixture
async def phone(hass: HomeAssistant, device_registry: dr.DeviceRegistry) -> str:
    """The device of a phone with the app."""
    app_data = {"push_token": "token", "push_url": "http://push.example.com"}
    entry = MockConfigEntry(
        domain="mobile_app",
        data={
            "app_data": app_data,
            "app_id": "app",
            "app_name": "App",
            "app_version": "1",
            "device_id": "phone",
            "device_name": "Phone",
            "manufacturer": "Maker",
            "model": "Model",
            "os_name": "OS",
            "os_version": "1",
            "supports_encryption": False,
            "user_id": "user",
            "webhook_id": "webhook",
        },
    )
    entry.add_to_hass(hass)
    assert await async_setup_component(hass, "mobile_app", {})
    await hass.async_block_till_done()
    (device,) = dr.async_entries_for_config_entry(device_registry, entry.entry_id)
    return device.id


@pytest.fixture
async def automate(hass: HomeAssistant, set_up: SetUp, caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Automate]:
    """Makes an automation of a blueprint; ends its runs before the rest is torn down, and looks at its templates."""

    async def automate(blueprint: str, **inputs: Any) -> None:
        use = {"path": f"stellarstack/{blueprint}.yaml", "input": inputs}
        config = {"automation": {"alias": "Under test", "use_blueprint": use}}
        assert await async_setup_component(hass, "automation", config)
        await hass.async_block_till_done()
        state = hass.states.get(AUTOMATION)
        assert state is not None
        assert state.state == STATE_ON

    yield automate
    if hass.states.get(AUTOMATION) is None:
        return
    await hass.services.async_call("automation", "turn_off", {"entity_id": AUTOMATION}, blocking=True)
    assert not [
        record.getMessage()
        for record in caplog.get_records("call")
        if record.name == "homeassistant.helpers.template" and record.levelno >= logging.WARNING
    ]


@pytest.fixture
def told(hass: HomeAssistant) -> list[ServiceCall]:
    """What the action `test.tell` was called with."""
    return async_mock_service(hass, "test", "tell")


@pytest.fixture
def messages(hass: HomeAssistant) -> list[ServiceCall]:
    """What persistent notifications were made of."""
    return async_mock_service(hass, "persistent_notification", "create")


def events(calls: list[ServiceCall]) -> list[tuple[str, str]]:
    """Return whom and what was told of."""
    return [(call.data["server_name"], call.data["event"]) for call in calls]


def posts(panel: Panel, action: str) -> list[str]:
    """Return the ids of the servers that the panel was told to do something with, in order."""
    paths = [path.split("/") for method, path in panel.requests if method == "POST"]
    return [parts[3] for parts in paths if parts[-1] == action]


def runs(hass: HomeAssistant) -> int:
    """Return how many runs of the automation go on."""
    state = hass.states.get(AUTOMATION)
    return 0 if state is None else int(state.attributes["current"])


def last_run(hass: HomeAssistant) -> object:
    """Return when the automation was triggered last."""
    state = hass.states.get(AUTOMATION)
    return None if state is None else state.attributes["last_triggered"]


def in_seconds(seconds: int) -> str:
    """Return a time of day so many seconds ahead."""
    return (dt_util.now() + timedelta(seconds=seconds)).strftime("%H:%M:%S")


def pass_seconds(hass: HomeAssistant, seconds: int) -> None:
    """Let timers end that are due within seconds from now."""
    async_fire_time_changed(hass, dt_util.utcnow() + timedelta(seconds=seconds))


async def pass_time_until(hass: HomeAssistant, panel: Panel, seconds: int, done: Callable[[Panel], object]) -> None:
    """Let a time pass, more than once: what waits for that long may not have begun to."""
    for _ in range(20):
        pass_seconds(hass, seconds)
        with suppress(TimeoutError):
            await panel.wait_for(done, timeout=0.25)
            return
    pytest.fail("It did not happen")


async def walk(hass: HomeAssistant, panel: Panel, *statuses: str, server: str = "survival") -> None:
    """Let the panel report statuses one by one."""
    for status in statuses:
        panel.set_status(f"srv_{server}", status)
        await panel.wait_for(shows(hass, f"sensor.{server}_status", status.lower()))


async def wait_for_event(hass: HomeAssistant, panel: Panel, event_type: str, server: str = "survival") -> None:
    """Wait until the server's event entity tells something."""

    def told(_panel: Panel) -> bool:
        state = hass.states.get(f"event.{server}_lifecycle")
        return state is not None and state.attributes.get("event_type") == event_type

    await panel.wait_for(told)


async def reconnect(hass: HomeAssistant, panel: Panel) -> None:
    """Let the connection break and come back."""
    panel.drop_clients()
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    await panel.wait_for(lambda panel: (state := hass.states.get(STATUS)) and state.state != STATE_UNAVAILABLE)


async def press(hass: HomeAssistant) -> None:
    """Press the button that triggers."""
    await hass.services.async_call("input_button", "press", {"entity_id": "input_button.bed"}, blocking=True)


@pytest.fixture
async def button(hass: HomeAssistant) -> dict[str, str]:
    """A trigger that fires when a button is pressed."""
    assert await async_setup_component(hass, "input_button", {"input_button": {"bed": {}}})
    return {"trigger": "state", "entity_id": "input_button.bed"}
