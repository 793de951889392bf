"""Tell what happens to servers."""

from functools import partial
from typing import Any

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import (
    area_registry as ar,
    device_registry as dr,
    entity_registry as er,
    label_registry as lr,
)
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Panel
from simulator.machine import PowerAction
from tests.common import CONNECTED, STATUS, shows

from .conftest import NODE, TELL, Automate, events, reconnect, wait_for_event, walk


def has(messages: list[ServiceCall], number: int, _panel: Panel) -> bool:
    return len(messages) == number


def lose_node(panel: Panel) -> None:
    panel.set_node_online(next(iter(panel.fleet.nodes)), heartbeat=False, column=False)


async def test_what_happens_is_told(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    messages: list[ServiceCall],
    device_registry: dr.DeviceRegistry,
    entity_registry: er.EntityRegistry,
) -> None:
    """In the order of a real panel; and messages about a server replace each other."""
    device_registry.async_update_device(devices["srv_creative"], name_by_user="The sandbox")
    entity_registry.async_update_entity(STATUS, new_entity_id="sensor.how_is_it")
    await hass.async_block_till_done()
    await automate("server_notifications", servers=[devices["srv_survival"], devices["srv_creative"]], nodes=[NODE])

    await panel.power("srv_survival", "restart")
    await panel.wait_for(lambda _: messages)
    panel.machine.crash("srv_creative")
    await panel.wait_for(lambda _: len(messages) == 2)
    actions: tuple[PowerAction, ...] = ("start", "kill", "start", "stop")
    for number, action in enumerate(actions, 3):
        await panel.power("srv_creative", action)
        await panel.wait_for(partial(has, messages, number))
    await panel.power("srv_valheim", "kill")
    await wait_for_event(hass, panel, "stopped", "valheim")
    lose_node(panel)
    await panel.wait_for(lambda _: len(messages) == 7)
    panel.set_node_online(next(iter(panel.fleet.nodes)), heartbeat=True)
    await panel.wait_for(shows(hass, NODE, STATE_ON))
    await hass.async_block_till_done()
    assert [(call.data["title"], call.data["message"].replace("\\", "")) for call in messages] == [
        ("Survival", "Survival is ready again after a restart."),
        ("The sandbox", "The sandbox has crashed."),
        ("The sandbox", "The sandbox is ready."),
        ("The sandbox", "The sandbox has stopped."),
        ("The sandbox", "The sandbox is ready."),
        ("The sandbox", "The sandbox has stopped."),
        ("Survival", "The node of Survival is offline."),
    ]
    assert [call.data["notification_id"] for call in messages] == [
        f"stellarstack_{devices[server_id]}" for server_id in ("srv_survival", *["srv_creative"] * 5, "srv_survival")
    ]


@pytest.mark.parametrize(
    ("off", "left"),
    [
        ({"tell_ready": False}, ["stopped", "crashed", "node_offline"]),
        ({"tell_stopped": False}, ["restarted", "started", "crashed", "node_offline"]),
        ({"tell_crashed": False}, ["restarted", "stopped", "started", "node_offline"]),
        ({"nodes": []}, ["restarted", "stopped", "started", "crashed"]),
    ],
)
async def test_each_can_be_switched_off(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    told: list[ServiceCall],
    off: dict[str, Any],
    left: list[str],
) -> None:
    inputs = {"servers": [devices["srv_survival"]], "nodes": [NODE], "notification": TELL}
    await automate("server_notifications", **inputs | off)
    for statuses, event in (
        (["STOPPING", "STOPPED", "STARTING", "RUNNING"], "restarted"),
        (["STOPPING", "STOPPED"], "stopped"),
        (["STARTING", "RUNNING"], "started"),
        (["STOPPED"], "crashed"),
    ):
        await walk(hass, panel, *statuses)
        await wait_for_event(hass, panel, event)
    lose_node(panel)
    await panel.wait_for(shows(hass, NODE, "off"))
    await hass.async_block_till_done()
    assert events(told) == [("Survival", event) for event in left]


@pytest.mark.parametrize("target", ["areas", "labels"])
async def test_servers_of_an_area_and_with_a_label(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    told: list[ServiceCall],
    device_registry: dr.DeviceRegistry,
    target: str,
) -> None:
    """Also one that comes to it later; beside a single server that is chosen, too."""
    area, label = ar.async_get(hass).async_create("Cellar").id, lr.async_get(hass).async_create("Games").label_id
    here: dict[str, Any] = {"area_id": area} if target == "areas" else {"labels": {label}}
    await automate(
        "server_notifications",
        servers=[devices["srv_survival"]],
        notification=TELL,
        **{target: [area if target == "areas" else label]},
    )
    await walk(hass, panel, "STOPPED", server="creative")
    await wait_for_event(hass, panel, "crashed", "creative")
    device_registry.async_update_device(devices["srv_creative"], **here)
    await hass.async_block_till_done()
    await walk(hass, panel, "RUNNING", server="creative")
    await panel.wait_for(lambda _: told)
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(lambda _: len(told) == 2)
    assert events(told) == [("Creative", "started"), ("Survival", "crashed")]


async def test_a_gap_is_not_told(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    automate: Automate,
    devices: dict[str, str],
    told: list[ServiceCall],
) -> None:
    lose_node(panel)
    await panel.wait_for(shows(hass, NODE, "off"))
    await automate("server_notifications", servers=[*devices.values()], nodes=[NODE], notification=TELL)
    await reconnect(hass, panel)
    assert await hass.config_entries.async_reload(entry.entry_id)
    await panel.wait_for(shows(hass, STATUS, "running"))
    panel.drop_clients()
    panel.edit("srv_survival", status="STOPPED")
    panel.edit("srv_creative", status="STARTING")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    await panel.wait_for(shows(hass, "sensor.creative_status", "starting"))

    await walk(hass, panel, "STARTING", "RUNNING")
    await panel.wait_for(lambda _: told)
    assert events(told) == [("Survival", "started")]


async def test_the_connection_to_the_panel_can_be_watched(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], told: list[ServiceCall]
) -> None:
    await automate("server_notifications", servers=[*devices.values()], nodes=[CONNECTED], notification=TELL)
    await reconnect(hass, panel)
    await panel.wait_for(lambda _: told)
    assert events(told) == [("127.0.0.1", "panel_disconnected")]
    assert told[0].data["message"] == "The connection to the panel 127.0.0.1 is lost."
