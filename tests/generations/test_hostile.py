"""Names that mean ill: cleaned or left out, and no harm to other servers."""

import logging

from homeassistant.core import HomeAssistant, valid_entity_id, validate_state
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DOMAIN
from simulator import Panel
from tests.common import SetUp, shows

from .common import SURVIVAL


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("{{ states('sun.sun') }}", "{{ states('sun.sun') }}"),
        ("a\nb\r\n\x1b[31mc\x00", "a b [31mc"),
        ("\u202egnip", "gnip"),
        ("x" * 10_000, "x" * 128),
        ("🔥", "🔥"),
        (" \t\u200b", "Survival"),
        (7, "Survival"),
        (["Survival"], "Survival"),
        (None, "Survival"),
    ],
)
async def test_name(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    device_registry: dr.DeviceRegistry,
    caplog: pytest.LogCaptureFixture,
    name: object,
    shown: str,
) -> None:
    await set_up(entry)

    panel.update_server(SURVIVAL, name=name, memory=5000)

    await panel.wait_for(shows(hass, "sensor.survival_memory_limit", "5000"))
    device = device_registry.async_get_device_by_identifier((DOMAIN, SURVIVAL), entry.entry_id)
    assert device is not None
    assert device.name == shown
    panel.update_server(SURVIVAL, name="Survival")
    await panel.wait_for(lambda _: {item.title for item in entry.subentries.values()} == {"Survival", "Creative"})
    for state in hass.states.async_all():
        assert valid_entity_id(state.entity_id)
        validate_state(state.state)
        assert state.name.isprintable()
    assert shows(hass, "sensor.creative_status", "stopped")(panel)
    ours = [record for record in caplog.get_records("call") if record.name.startswith("custom_components.")]
    assert all(record.getMessage().isprintable() and record.levelno < logging.ERROR for record in ours)
