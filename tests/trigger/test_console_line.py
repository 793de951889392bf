"""The trigger on lines that servers print."""

from dataclasses import replace
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr, label_registry as lr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from tests.cards import device_of
from tests.common import SERVERS, SetUp, subentry_of
from tests.targets import CREATIVE, SURVIVAL, all_target_kinds

from .conftest import automate, on

LINE = "{{ trigger.id }}: {{ trigger.line }}"
JOINED = "[12:00:01 INFO]: Alex joined the game"


@pytest.fixture
def timing() -> Timing:
    """How long the client waits: sockets open and close soon."""
    return replace(Timing(), first_reconnect=0.02, live_linger=0.05, live_settle=0.05, ticket_pace=0.01)


def on_line(text: str, target: Any = SURVIVAL, name: str = "line") -> dict[str, Any]:
    """Return the configuration of a trigger on lines."""
    return on("console_line", target, {"text": text}, name)


def say(panel: Panel, *lines: str, server_id: str = "srv_survival") -> None:
    """Let a game print lines at once."""
    panel.machine.print(server_id, "".join(f"{line}\r\n" for line in lines))


async def listening(panel: Panel, entry: MockConfigEntry, *server_ids: str) -> None:
    """Wait until what servers print is new."""
    for server in entry.runtime_data.panel.client.servers:
        if server.id in (server_ids or SERVERS):
            await server.channel.read_lines(1)


async def test_variables(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    device_id = device_of(hass, "srv_survival")
    dr.async_get(hass).async_update_device(device_id, name_by_user="My world")
    text = (
        "{{ trigger.server }}|{{ trigger.fields.player }}|{{ trigger.fields.what }}|{{ trigger.line }}"
        "|{{ trigger.entity_id }}|{{ trigger.device_id }}|{{ trigger.description }}"
    )
    await automate(hass, on_line("{player} joined the {what}"), text=text)
    await listening(panel, entry, "srv_survival")
    say(panel, "\x1b[32m" + JOINED + "\x1b[0m")
    await panel.wait_for(lambda _: told)
    assert told == [f"My world|Alex|game|{JOINED}|{SURVIVAL}|{device_id}|console line of {SURVIVAL}"]


async def test_only_servers_of_the_target(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """Of each kind, each line once; a socket is held for nobody else."""
    await set_up(entry)
    device = dr.async_get(hass).async_get(device_of(hass, "srv_survival"))
    assert isinstance(device, dr.DeviceEntry)
    targets = all_target_kinds(hass, device)
    await automate(hass, *(on_line("joined", target, kind) for kind, target in targets.items()), text=LINE)
    await listening(panel, entry, "srv_survival")
    assert {each for connection in panel.live.connections for each in connection.subscriptions} == {"srv_survival"}
    say(panel, JOINED, "[12:00:02 INFO]: Alex left the game")
    await panel.wait_for(lambda _: len(told) >= len(targets))
    await hass.async_block_till_done()
    assert sorted(told) == sorted(f"{kind}: {JOINED}" for kind in targets)


async def test_label_that_is_given_and_taken(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """A socket is held just as long."""
    await set_up(entry)
    label = lr.async_get(hass).async_create("game servers").label_id
    await automate(hass, on_line("joined", {"label_id": label}), text=LINE)
    devices = dr.async_get(hass)
    device_id = device_of(hass, "srv_creative")
    devices.async_update_device(device_id, labels={label})
    await panel.wait_for(lambda panel: panel.live.connections)
    await listening(panel, entry, "srv_creative")
    say(panel, JOINED, server_id="srv_creative")
    await panel.wait_for(lambda _: told)
    assert told == [f"line: {JOINED}"]
    devices.async_update_device(device_id, labels=set())
    await panel.wait_for(lambda panel: not panel.live.connections)
    assert told == [f"line: {JOINED}"]


async def test_automation_that_is_turned_off(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    await automate(hass, on_line("joined"), text=LINE)
    await panel.wait_for(lambda panel: len(panel.live.connections) == 1)
    await hass.services.async_call(AUTOMATION, "turn_off", {"entity_id": "automation.tell"}, blocking=True)
    await panel.wait_for(lambda panel: not panel.live.connections)


async def test_server_that_is_removed(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    await automate(hass, on_line("joined", [SURVIVAL, CREATIVE]), text=LINE)
    await panel.wait_for(lambda panel: len(panel.live.connections) == 2)
    hass.config_entries.async_remove_subentry(entry, subentry_of(entry, "srv_creative").subentry_id)
    await panel.wait_for(lambda panel: len(panel.live.connections) == 1)
    await listening(panel, entry, "srv_survival")
    say(panel, JOINED)
    await panel.wait_for(lambda _: told)


@pytest.mark.parametrize("matching", ["all", "every other"])
async def test_ten_a_second(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    told: list[str],
    caplog: pytest.LogCaptureFixture,
    matching: str,
) -> None:
    """What is more is left out, which is logged once, without a word of the console."""
    await set_up(entry)
    await automate(hass, on_line("secret"), text=LINE)
    await listening(panel, entry, "srv_survival")
    caplog.clear()
    for _ in range(2):
        say(panel, *(f"secret {n}" if matching == "all" or n % 2 else f"other {n}" for n in range(100)))
        await panel.wait_for(lambda _: len(told) >= 10)
    await listening(panel, entry)
    numbers = range(10) if matching == "all" else range(1, 20, 2)
    assert told == [f"line: secret {n}" for n in numbers]
    warnings = [record.getMessage() for record in caplog.records if record.name.endswith("console_trigger")]
    assert warnings == [
        f"More than 10 lines a second match a trigger on the console of {SURVIVAL}; the rest is left out"
    ]
    assert "secret" not in "".join(
        record.getMessage() for record in caplog.records if record.name.startswith("custom_components")
    )


async def test_panel_that_is_loaded_later(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    await set_up(entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await automate(hass, on_line("joined"), text=LINE)
    assert not panel.live.connections
    assert await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(lambda panel: panel.live.connections)
    await listening(panel, entry, "srv_survival")
    say(panel, JOINED)
    await panel.wait_for(lambda _: told)
    assert told == [f"line: {JOINED}"]


async def test_lines_of_the_past(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """The socket begins with what was printed before anybody listened."""
    await set_up(entry)
    say(panel, "Sam joined the game")
    await automate(hass, on_line("joined the game"), text=LINE)
    await listening(panel, entry, "srv_survival")
    say(panel, JOINED)
    await panel.wait_for(lambda _: told)
    assert told == [f"line: {JOINED}"]


async def test_lines_from_the_start_on(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """A stopped server has no socket; the next one begins with what it printed meanwhile."""
    await set_up(entry)
    await automate(hass, on_line("Starting minecraft server"), text=LINE)
    await panel.wait_for(lambda panel: panel.live.connections)
    await listening(panel, entry, "srv_survival")
    await panel.power("srv_survival", "stop")
    await panel.wait_for(lambda panel: not panel.live.connections, 15)
    await panel.power("srv_survival", "start")
    await panel.wait_for(lambda _: told, 15)
    assert len(told) == 1
