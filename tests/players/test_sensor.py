"""The sensors of who plays, in Home Assistant."""

from collections.abc import Callable
from dataclasses import replace

from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, EventStateChangedData, HomeAssistant, State, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.helpers.entity_component import async_update_entity
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.const import DATA_TIMING
from simulator import Panel
from simulator.queries import GamePort
from tests.common import STATUS, SetUp, shows, subentry_of

from .support import INTERVAL, MAX_PLAYERS, PLAYERS, SURVIVAL, choose, query

OTHERS = ["sensor.creative_players", "sensor.valheim_players"]


@pytest.fixture
async def asked(hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, port: GamePort) -> None:
    """Survival's game is asked."""
    await set_up(entry)
    choose(hass, entry, query(port, "minecraft_java"))
    await panel.wait_for(shows(hass, PLAYERS, "2"))


def players(hass: HomeAssistant) -> State:
    state = hass.states.get(PLAYERS)
    assert state is not None
    return state


def asks(port: GamePort, more: int = 3) -> Callable[[Panel], bool]:
    """Return a condition: so many more questions came."""
    before = port.questions
    return lambda _: port.questions >= before + more


async def test_nobody_is_asked_unless_chosen(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, port: GamePort
) -> None:
    await set_up(entry)
    registry = er.async_get(hass)
    assert not [entity_id for entity_id in registry.entities if "player" in entity_id]
    assert port.questions == 0


@pytest.mark.usefixtures("asked")
async def test_players_come_and_go(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, entity_registry: er.EntityRegistry
) -> None:
    state = players(hass)
    assert state.attributes["names"] == ["Alex", "Sam"]
    assert state.attributes["state_class"] == "measurement"
    game = panel.machine.game(SURVIVAL)
    game.players.append("Kim")
    await panel.wait_for(shows(hass, PLAYERS, "3"))
    game.players[:] = ["Kim", "Max", "Jo"]
    await panel.wait_for(lambda _: players(hass).attributes["names"] == ["Jo", "Kim", "Max"])
    game.players.clear()
    await panel.wait_for(shows(hass, PLAYERS, "0"))
    assert players(hass).attributes["names"] == []
    entity = entity_registry.async_get(PLAYERS)
    assert entity is not None
    assert entity.unique_id == f"{SURVIVAL}_players"
    assert entity.config_subentry_id == subentry_of(entry, SURVIVAL).subentry_id
    limit = entity_registry.async_get(MAX_PLAYERS)
    assert limit is not None
    assert limit.disabled_by is er.RegistryEntryDisabler.INTEGRATION
    # No other server has such sensors.
    assert [each for each in OTHERS if entity_registry.async_get(each)] == []


@pytest.mark.usefixtures("entity_registry_enabled_by_default", "asked")
async def test_limit(hass: HomeAssistant, panel: Panel) -> None:
    await panel.wait_for(shows(hass, MAX_PLAYERS, "20"))
    panel.machine.game(SURVIVAL).max_players = 8
    await panel.wait_for(shows(hass, MAX_PLAYERS, "8"))


@pytest.mark.usefixtures("asked")
async def test_a_stopped_server_has_no_players(hass: HomeAssistant, panel: Panel, port: GamePort) -> None:
    """And while it starts, nobody knows."""
    panel.set_status(SURVIVAL, "STOPPED")
    await panel.wait_for(shows(hass, PLAYERS, "0"))
    assert players(hass).attributes["names"] == []
    before = port.questions
    for status in ("STARTING", "ERROR", "SUSPENDED"):
        panel.set_status(SURVIVAL, status)
        await panel.wait_for(shows(hass, PLAYERS, STATE_UNKNOWN))
        panel.set_status(SURVIVAL, "STOPPED")
        await panel.wait_for(shows(hass, PLAYERS, "0"))
    assert port.questions == before
    panel.set_status(SURVIVAL, "RUNNING")
    await panel.wait_for(asks(port))


@pytest.mark.usefixtures("asked")
async def test_unknown_after_three_failures(
    hass: HomeAssistant, panel: Panel, port: GamePort, caplog: pytest.LogCaptureFixture
) -> None:
    """The log tells it once, and once that it is over."""
    port.behaviour = "nonsense"
    before = port.questions
    await panel.wait_for(lambda _: port.questions == before + 2)
    assert players(hass).state == "2"
    await panel.wait_for(shows(hass, PLAYERS, STATE_UNKNOWN))
    await panel.wait_for(asks(port))
    port.behaviour = "answer"
    await panel.wait_for(shows(hass, PLAYERS, "2"))
    assert [record.getMessage() for record in caplog.records if record.name.endswith(".query.counter")] == [
        "The game of Survival does not tell who plays: other game",
        "The game of Survival tells again who plays",
    ]


@pytest.mark.usefixtures("asked")
async def test_failures_that_are_not_in_a_row_change_nothing(hass: HomeAssistant, panel: Panel, port: GamePort) -> None:
    seen: list[str] = []
    hass.bus.async_listen(EVENT_STATE_CHANGED, lambda event: seen.append(event.data["entity_id"]))
    for _ in range(3):
        port.behaviour = "nonsense"
        await panel.wait_for(asks(port, 1))
        port.behaviour = "answer"
        await panel.wait_for(asks(port, 3))
    assert PLAYERS not in seen


@pytest.mark.usefixtures("asked")
async def test_a_lost_connection(hass: HomeAssistant, panel: Panel, port: GamePort) -> None:
    """What was known before is not told after."""
    seen: list[str] = []

    def note(event: Event[EventStateChangedData]) -> None:
        if event.data["entity_id"] == PLAYERS and event.data["new_state"] is not None:
            seen.append(event.data["new_state"].state)

    hass.bus.async_listen(EVENT_STATE_CHANGED, callback(note))
    port.behaviour = "silent"
    panel.drop_clients()
    await panel.wait_for(shows(hass, PLAYERS, STATE_UNAVAILABLE))
    await panel.wait_for(shows(hass, PLAYERS, STATE_UNKNOWN))
    port.behaviour = "answer"
    await panel.wait_for(shows(hass, PLAYERS, "2"))
    assert seen == [STATE_UNAVAILABLE, STATE_UNKNOWN, "2"]


async def test_one_bad_server_does_not_slow_another(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, port: GamePort
) -> None:
    """The other is asked on and on while the bad one's first answer is waited for."""
    hass.data[DATA_TIMING] = replace(hass.data[DATA_TIMING], query=60)
    await set_up(entry)
    bad = await panel.queries.open("srv_creative", "source")
    bad.behaviour = "silent"
    choose(hass, entry, query(bad, "source"), "srv_creative")
    await panel.wait_for(lambda _: bad.questions)
    choose(hass, entry, query(port, "minecraft_java"))
    await panel.wait_for(asks(port, 5))
    assert bad.questions == 1
    assert players(hass).state == "2"


@pytest.mark.usefixtures("asked")
async def test_a_change_touches_no_other_server(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, entity_registry: er.EntityRegistry, port: GamePort
) -> None:
    (connection,), data = panel.connections, entry.runtime_data
    seen: list[str] = []
    hass.bus.async_listen(EVENT_STATE_CHANGED, lambda event: seen.append(event.data["entity_id"]))
    other = await panel.queries.open(SURVIVAL, "source")
    other.online = 7
    choose(hass, entry, query(other, "source"))
    await panel.wait_for(shows(hass, PLAYERS, "7"))
    before = port.questions
    await panel.wait_for(asks(other))
    assert port.questions == before

    choose(hass, entry, None)
    await panel.wait_for(lambda _: hass.states.get(PLAYERS) is None)
    assert [each for each in (PLAYERS, MAX_PLAYERS) if entity_registry.async_get(each)] == []
    questions = other.questions
    choose(hass, entry, query(port, "minecraft_java"))
    await panel.wait_for(shows(hass, PLAYERS, "2"))
    assert other.questions == questions
    assert set(seen) == {PLAYERS}
    assert (panel.connections, entry.runtime_data) == ([connection], data)


@pytest.mark.usefixtures("asked")
async def test_a_disabled_sensor_asks_nothing(
    hass: HomeAssistant, panel: Panel, entity_registry: er.EntityRegistry, port: GamePort
) -> None:
    entity_registry.async_update_entity(PLAYERS, disabled_by=er.RegistryEntryDisabler.USER)
    await panel.wait_for(lambda _: hass.states.get(PLAYERS) is None)
    before = port.questions
    for status in ("STOPPED", "RUNNING"):
        panel.set_status(SURVIVAL, status)
        await panel.wait_for(shows(hass, STATUS, status.lower()))
    assert port.questions == before


@pytest.mark.usefixtures("asked")
async def test_update_entity_asks_now(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, port: GamePort
) -> None:
    choose(hass, entry, query(port, "minecraft_java", interval=300))
    await panel.wait_for(shows(hass, PLAYERS, "2"))
    panel.machine.game(SURVIVAL).players.append("Kim")
    await async_update_entity(hass, PLAYERS)
    assert players(hass).state == "3"
    panel.set_status(SURVIVAL, "STOPPED")
    await panel.wait_for(shows(hass, PLAYERS, "0"))
    before = port.questions
    await async_update_entity(hass, PLAYERS)
    assert port.questions == before


async def test_the_address_of_the_panel(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, port: GamePort
) -> None:
    """Where nothing else is said, it is followed."""
    await set_up(entry)
    choose(hass, entry, {"protocol": "minecraft_java", "interval": INTERVAL})
    await panel.wait_for(shows(hass, PLAYERS, STATE_UNKNOWN))
    allocation = {"id": "a", "ip": "127.0.0.1", "port": port.port, "assigned": True}
    panel.update_server(SURVIVAL, allocations=[allocation])
    await panel.wait_for(shows(hass, PLAYERS, "2"))


async def test_set_up_with_players(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, port: GamePort
) -> None:
    """They are there after a restart; a protocol of a later version is left alone."""
    await set_up(entry)
    choose(hass, entry, query(port, "minecraft_java"))
    choose(hass, entry, query(port, "telepathy"), "srv_creative")
    await hass.async_block_till_done()
    await hass.config_entries.async_unload(entry.entry_id)
    before = port.questions
    assert hass.states.is_state(PLAYERS, STATE_UNAVAILABLE)
    assert port.questions == before
    await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(shows(hass, PLAYERS, "2"))
    assert hass.states.get("sensor.creative_players") is None
    # A server that is removed takes them along.
    hass.config_entries.async_remove_subentry(entry, subentry_of(entry, SURVIVAL).subentry_id)
    await panel.wait_for(lambda _: hass.states.get(PLAYERS) is None)
    await hass.async_block_till_done()
    before = port.questions
    assert er.async_get(hass).async_get(PLAYERS) is None
