"""The console of a server: read, typed into, followed by cards and by triggers."""

import asyncio
from collections.abc import AsyncGenerator
from functools import partial
import logging
from typing import Any

from homeassistant.components.automation import DOMAIN as AUTOMATION
from homeassistant.const import MATCH_ALL
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellarstack.client.channel import Channel
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.server import WatchedServer
from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.diagnostics import async_get_config_entry_diagnostics
from simulator import Panel
from tests.cards import Card, OpenCard, cards, device_of
from tests.common import STATUS, SetUp, shows

from .common import CREATIVE, SURVIVAL


async def call(hass: HomeAssistant, action: str, server_id: str = SURVIVAL, **data: Any) -> dict[str, Any]:
    """Run an action; returns what it answers for the server."""
    device_id = device_of(hass, server_id)
    response = await hass.services.async_call(
        DOMAIN, action, {"device_id": device_id, **data}, blocking=True, return_response=True
    )
    assert response is not None
    assert response.keys() == {device_id}
    answer = response[device_id]
    assert isinstance(answer, dict)
    return answer


def say(panel: Panel, *lines: str, server_id: str = SURVIVAL) -> None:
    """Let the game print lines."""
    for line in lines:
        panel.machine.print(server_id, f"{line}\r\n")


def sockets(panel: Panel, server_id: str) -> int:
    """Return how many live sockets of a server are open."""
    return sum(server_id in connection.subscriptions for connection in panel.live.connections)


def channel_of(entry: MockConfigEntry) -> Channel:
    """Return the live socket of Survival."""
    servers: tuple[WatchedServer, ...] = entry.runtime_data.panel.client.servers
    return next(server.channel for server in servers if server.id == SURVIVAL)


@pytest.fixture(params=[True, False], ids=["live", "not live"])
def live(request: pytest.FixtureRequest) -> bool:
    """Whether live sockets are held all the time."""
    live: bool = request.param
    return live


@pytest.fixture
async def loaded(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, panel: Panel, live: bool) -> None:
    """The entry is loaded."""
    await set_up(entry)
    await panel.wait_for(shows(hass, STATUS, "running"))
    if not live:
        hass.config_entries.async_update_entry(entry, options={"live": False})
        await panel.wait_for(lambda panel: not panel.live.connections)


@pytest.fixture
async def open_card(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> AsyncGenerator[OpenCard]:
    """Opens cards."""
    async with cards(hass_ws_client, hass) as open_card:
        yield open_card


@pytest.mark.usefixtures("loaded")
async def test_get_console(hass: HomeAssistant, panel: Panel) -> None:
    say(panel, *(f"line {number}" for number in range(60)))
    await asyncio.sleep(0.3)
    assert await call(hass, "get_console", lines=2) == {"lines": ["line 58", "line 59"]}
    assert await call(hass, "get_console") == {"lines": [f"line {number}" for number in range(10, 60)]}


@pytest.mark.usefixtures("loaded")
async def test_console_of_a_stopped_server(hass: HomeAssistant, panel: Panel) -> None:
    assert (await call(hass, "get_console", CREATIVE)).keys() == {"lines"}
    # The socket is not held for longer than it is of use.
    await panel.wait_for(lambda panel: not sockets(panel, CREATIVE) or panel.generation == 2)


@pytest.mark.usefixtures("loaded")
async def test_answer_of_a_command(hass: HomeAssistant, panel: Panel) -> None:
    answer = await call(hass, "send_command", command="list", wait=0.5)
    assert answer["command"] == "list"
    # Without the command, which a terminal repeats.
    assert answer["lines"] == ["[INFO]: There are 0 of a max of 20 players online:"]
    assert "lines" not in await call(hass, "send_command", command="list")


@pytest.mark.usefixtures("loaded")
async def test_wait_that_ends_early(hass: HomeAssistant, panel: Panel) -> None:
    """The time of the wait is longer than a test may take."""
    answer = await call(hass, "send_command", command="list", wait=30, until="There are {count} of a max of")
    assert "of a max of 20 players online" in answer["lines"][-1]


@pytest.mark.usefixtures("loaded")
async def test_command_itself_ends_no_wait(hass: HomeAssistant, panel: Panel) -> None:
    """The game answers with the words of the command."""
    answer = await call(hass, "send_command", command="say done", wait=30, until="done")
    assert answer["lines"] == ["[INFO]: [Server] done"]


async def test_node_that_cannot_be_reached(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, panel: Panel
) -> None:
    """Nothing is sent whose answer could not be read."""
    await set_up(entry)
    await panel.wait_for(shows(hass, STATUS, "running"))
    panel.live.refuse_tokens = True
    panel.live.drop_clients()
    await panel.wait_for(lambda _: channel_of(entry).state is LiveState.REFUSED)
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "get_console")
    assert error.value.translation_key == "node_elsewhere"
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "send_command", command="list", wait=1)
    assert error.value.translation_key == "node_elsewhere"
    assert not panel.commands


@pytest.mark.usefixtures("loaded")
async def test_card_with_a_console(hass: HomeAssistant, panel: Panel, open_card: OpenCard) -> None:
    say(panel, "before")
    card = await open_card("console", SURVIVAL)
    await panel.wait_for(lambda _: card.events and "before" in card.lines)
    assert card.events[0]["reset"] is True
    say(panel, "one", "two")
    await panel.wait_for(lambda _: card.lines[-1] == "two")
    assert card.lines[-3:] == ["before", "one", "two"]
    await panel.wait_for(lambda _: card.states[-1:] in ([], ["live"]))

    other = await open_card("console", SURVIVAL)
    await panel.wait_for(lambda _: other.events)
    assert other.events == [{"lines": card.lines, "reset": True}]


@pytest.mark.usefixtures("loaded")
async def test_card_with_usage(hass: HomeAssistant, panel: Panel, open_card: OpenCard) -> None:
    card = await open_card("usage", SURVIVAL)
    await panel.wait_for(lambda _: len(card.samples) > 3)
    sample = card.samples[-1]
    assert sample.keys() == {"cpu_usage", "memory_usage", "disk_usage", "network_in", "network_out", "uptime"}
    assert sample["memory_usage"] > 0
    assert sample["network_in"] is not None
    assert (sample["disk_usage"] is None) == (panel.generation == 2)
    await panel.power(SURVIVAL, "stop")
    await panel.wait_for(lambda _: card.samples[-1]["cpu_usage"] == 0.0, 15)


@pytest.mark.parametrize("live", [False], ids=["not live"])
@pytest.mark.usefixtures("loaded")
async def test_socket_is_held_for_a_card(hass: HomeAssistant, panel: Panel, open_card: OpenCard) -> None:
    first, second = await open_card("console", SURVIVAL), await open_card("usage", SURVIVAL)
    await panel.wait_for(lambda panel: sockets(panel, SURVIVAL) == 1)
    assert sockets(panel, CREATIVE) == 0
    await first.unsubscribe()
    await asyncio.sleep(0.3)
    assert sockets(panel, SURVIVAL) == 1
    # As when the browser is closed.
    await second.close()
    await panel.wait_for(lambda panel: not panel.live.connections)


@pytest.mark.usefixtures("loaded")
async def test_card_of_a_server_that_stops_and_starts(hass: HomeAssistant, panel: Panel, open_card: OpenCard) -> None:
    card = await open_card("console", SURVIVAL)
    await panel.wait_for(lambda panel: sockets(panel, SURVIVAL))
    await panel.power(SURVIVAL, "stop")
    if panel.generation == 1:
        await panel.wait_for(lambda _: card.states[-1:] == ["stopped"], 15)
    await panel.wait_for(shows(hass, STATUS, "stopped"), 15)
    await panel.power(SURVIVAL, "start")
    await panel.wait_for(lambda _: "Done (" in "".join(card.lines[-3:]), 15)
    await panel.wait_for(lambda _: card.states[-1:] in ([], ["live"]))


@pytest.mark.usefixtures("loaded")
async def test_card_outlives_a_reload(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, open_card: OpenCard
) -> None:
    card, usage = await open_card("console", SURVIVAL), await open_card("usage", SURVIVAL)
    assert await hass.config_entries.async_unload(entry.entry_id)
    await panel.wait_for(lambda _: card.states[-1] == "off" and usage.states[-1] == "off")
    assert await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(lambda _: card.states[-1] == "live" and usage.states[-1] == "live")
    before = len(usage.samples)
    await panel.wait_for(lambda _: len(usage.samples) > before)
    say(panel, "after")
    await panel.wait_for(lambda _: card.lines[-1] == "after")
    assert card.lines.count("after") == 1


@pytest.mark.usefixtures("loaded")
async def test_trigger(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry) -> None:
    """It tells new lines, each once, also after a reload."""
    told: list[str] = []

    async def tell(service: ServiceCall) -> None:
        told.append(service.data["text"])

    hass.services.async_register("test", "tell", tell)
    say(panel, "[INFO]: Sam joined the game")
    await asyncio.sleep(0.3)
    text = "{{ trigger.server }}: {{ trigger.fields.player }}: {{ trigger.line }}"
    config = {
        "alias": "Greet",
        "mode": "parallel",
        "triggers": {
            "trigger": f"{DOMAIN}.console_line",
            "target": {"device_id": device_of(hass, SURVIVAL)},
            "options": {"text": "{player} joined the game"},
        },
        "actions": {"action": "test.tell", "data": {"text": text}},
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: config})
    await channel_of(entry).read_lines(1)
    say(panel, "[INFO]: Alex joined the game", "[INFO]: Alex left the game")
    await panel.wait_for(lambda _: told)
    assert told == ["Survival: Alex: [INFO]: Alex joined the game"]

    assert await hass.config_entries.async_reload(entry.entry_id)
    await channel_of(entry).read_lines(1)
    say(panel, "[INFO]: Kim joined the game")
    await panel.wait_for(lambda _: len(told) == 2)
    assert told[1] == "Survival: Kim: [INFO]: Kim joined the game"


def runs_told(card: Card) -> int:
    """Return of how many runs the card has the line that ends a start."""
    return sum("Done (" in line for line in card.lines)


def has_told(card: Card, runs: int, _panel: Panel) -> bool:
    return runs_told(card) == runs


@pytest.mark.usefixtures("loaded")
async def test_game_that_prints_the_same_each_run(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, open_card: OpenCard
) -> None:
    """It is ready before generation 1's socket is open, whose past is then all of the new run."""
    game = panel.machine.game(SURVIVAL)
    game.ready_time = 0.1
    card = await open_card("console", SURVIVAL)
    await channel_of(entry).read_lines(1)
    for _ in range(3):
        await panel.power(SURVIVAL, "kill")
        await panel.wait_for(shows(hass, STATUS, "stopped"), 15)
        await panel.wait_for(lambda panel: not sockets(panel, SURVIVAL) or panel.generation == 2)
        before = runs_told(card)
        await panel.power(SURVIVAL, "start")
        await panel.wait_for(shows(hass, STATUS, "running"), 15)
        await channel_of(entry).read_lines(1)
        await panel.wait_for(partial(has_told, card, before + 1))


@pytest.mark.parametrize("live", [True], ids=["live"])
@pytest.mark.usefixtures("loaded")
async def test_many_long_lines_of_the_past(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry) -> None:
    """In generation 1 they come in one frame."""
    say(panel, *(f"{number} ".ljust(4000, "x") for number in range(500)))
    await hass.config_entries.async_reload(entry.entry_id)
    await panel.wait_for(lambda _: channel_of(entry).lines(1) == ["499 ".ljust(4000, "x")])


@pytest.mark.parametrize("live", [True], ids=["live"])
@pytest.mark.usefixtures("loaded")
async def test_lines_are_nowhere_else(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    open_card: OpenCard,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Not in logs, states, events, diagnostics or errors, whatever reads them, and whoever fails over them."""
    caplog.set_level(logging.DEBUG, "custom_components.stellarstack")
    events: list[str] = []
    hass.bus.async_listen(MATCH_ALL, callback(lambda event: events.append(str(event.as_dict()))))
    config = {
        "alias": "Count",
        "triggers": {
            "trigger": f"{DOMAIN}.console_line",
            "target": {"device_id": device_of(hass, SURVIVAL)},
            "options": {"text": "<{player}> *"},
        },
        "actions": {"event": "counted"},
    }
    assert await async_setup_component(hass, AUTOMATION, {AUTOMATION: config})
    card = await open_card("console", SURVIVAL)

    def fail(batch: object) -> None:
        raise LookupError(f"private: {batch}")

    channel_of(entry).console.add(fail)
    await channel_of(entry).read_lines(1)
    say(panel, *(f"[INFO]: <Alex> private {number}" for number in range(30)))
    await panel.wait_for(lambda _: card.lines and card.lines[-1].endswith("private 29"))
    assert "private" in str(await call(hass, "get_console"))
    panel.live.drop_clients()
    await channel_of(entry).read_lines(1)
    with pytest.raises(HomeAssistantError) as error:
        await call(hass, "send_command", CREATIVE, command="list", wait=0.1)
    await hass.async_block_till_done()
    assert [event for event in events if "counted" in event]
    assert "A listener failed: LookupError" in caplog.text
    ours = [record for record in caplog.records if record.name.startswith("custom_components")]
    for seen in (
        *(record.getMessage() + str(record.exc_info) for record in ours),
        *events,
        *(str(state.as_dict()) for state in hass.states.async_all()),
        str(await async_get_config_entry_diagnostics(hass, entry)),
        str(error.value),
        repr(error.value.__cause__),
    ):
        assert "private" not in seen
