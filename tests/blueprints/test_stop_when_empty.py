"""Stop a server when nobody plays: against the panel and games that are asked."""

import asyncio
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from freezegun.api import FrozenDateTimeFactory
from homeassistant.core import HomeAssistant, ServiceCall, callback
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers.entity import entity_sources
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.trigger import STATUSES
from simulator import Panel
from simulator.queries import GamePort
from tests.common import STATUS, shows, subentry_of
from tests.targets import SURVIVAL as FAKE_STATUS, Servers

from .conftest import AUTOMATION, NOW, Automate, last_run, pass_time_until, posts, reconnect, runs, walk

SERVER = "srv_survival"
PLAYERS = "sensor.survival_players"
FOREIGN = "sensor.minecraft_players_online"
AT_ONCE = {"nobody_for": NOW, "running_for": NOW}

# They set the clocks themselves.
pytestmark = pytest.mark.usefixtures("real_clocks")


@pytest.fixture
async def port(hass: HomeAssistant, panel: Panel, devices: dict[str, str], entry: MockConfigEntry) -> GamePort:
    """Survival's game, which two people play, and which is asked."""
    panel.machine.game(SERVER).players += ["Alex", "Sam"]
    port = await panel.queries.open(SERVER, "minecraft_java")
    query = {"protocol": "minecraft_java", "host": "127.0.0.1", "port": port.port, "interval": 0.05}
    data = MappingProxyType({"server_id": SERVER, "query": query})
    hass.config_entries.async_update_subentry(entry, subentry_of(entry, SERVER), data=data)
    await panel.wait_for(shows(hass, PLAYERS, "2"))
    return port


@pytest.fixture
def automate_stop(automate: Automate, devices: dict[str, str], port: GamePort) -> Automate:
    """Makes the automation for Survival."""

    async def automate_stop(**inputs: Any) -> None:
        await automate(
            "stop_when_empty",
            **{"server": devices[SERVER], "players": PLAYERS, "warning_time": NOW} | AT_ONCE | inputs,
        )

    return automate_stop


async def test_an_empty_server_is_stopped(
    hass: HomeAssistant, panel: Panel, automate_stop: Automate, port: GamePort
) -> None:
    """When the last one leaves, and with a warning."""
    await automate_stop(warning="say Good night")
    game = panel.machine.game(SERVER)
    game.players.pop()
    await panel.wait_for(shows(hass, PLAYERS, "1"))
    assert not posts(panel, "stop")
    game.players.clear()
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    assert posts(panel, "stop") == [SERVER]
    assert panel.commands == [(SERVER, "say Good night")]
    # It stays so, and nothing is sent to a server that does not run.
    await panel.wait_for(shows(hass, PLAYERS, "0"))
    await panel.wait_for(lambda _: runs(hass) == 0)
    assert panel.commands == [(SERVER, "say Good night")]


async def test_no_warning(hass: HomeAssistant, panel: Panel, automate_stop: Automate, port: GamePort) -> None:
    await automate_stop(warning=" ")
    panel.machine.game(SERVER).players.clear()
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    assert panel.commands == []


async def test_a_warning_that_fails_stops_nothing_else(
    hass: HomeAssistant, panel: Panel, automate_stop: Automate, port: GamePort
) -> None:
    panel.fail(f"/api/servers/{SERVER}/command", status=400, body={"error": "Server is not running"})
    await automate_stop()
    panel.machine.game(SERVER).players.clear()
    await panel.wait_for(shows(hass, STATUS, "stopped"))


async def test_who_comes_after_the_warning_keeps_it_running(
    hass: HomeAssistant, panel: Panel, automate_stop: Automate, port: GamePort
) -> None:
    await automate_stop(warning_time={"minutes": 1})
    game = panel.machine.game(SERVER)
    game.players.clear()
    await panel.wait_for(lambda panel: panel.commands)
    game.players.append("Kim")
    await panel.wait_for(shows(hass, PLAYERS, "1"))
    await pass_time_until(hass, panel, 61, lambda _: runs(hass) == 0)
    assert not posts(panel, "stop")
    assert shows(hass, STATUS, "running")(panel)


async def test_a_number_that_gets_lost_after_the_warning(
    hass: HomeAssistant, panel: Panel, automate_stop: Automate, port: GamePort
) -> None:
    await automate_stop(warning_time={"minutes": 1})
    panel.machine.game(SERVER).players.clear()
    await panel.wait_for(lambda panel: panel.commands)
    port.behaviour = "nonsense"
    await panel.wait_for(shows(hass, PLAYERS, "unknown"))
    await pass_time_until(hass, panel, 61, lambda _: runs(hass) == 0)
    assert not posts(panel, "stop")


async def test_what_is_not_known_stops_nothing(
    hass: HomeAssistant, panel: Panel, automate_stop: Automate, port: GamePort
) -> None:
    """Neither a game that does not answer nor a lost connection, in the midst of a match."""
    await automate_stop()
    port.behaviour = "nonsense"
    await panel.wait_for(shows(hass, PLAYERS, "unknown"))
    port.behaviour = "answer"
    await panel.wait_for(shows(hass, PLAYERS, "2"))
    await reconnect(hass, panel)
    await panel.wait_for(shows(hass, PLAYERS, "2"))
    await hass.async_block_till_done()
    assert last_run(hass) is None
    assert not posts(panel, "stop")


async def test_a_start_begins_anew(hass: HomeAssistant, panel: Panel, automate_stop: Automate, port: GamePort) -> None:
    """A server to which nobody comes after its start is stopped again, but not while it starts."""
    await automate_stop(warning="")
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(shows(hass, PLAYERS, "0"))
    await walk(hass, panel, "STARTING")
    await hass.async_block_till_done()
    assert not posts(panel, "stop")
    panel.machine.game(SERVER).players.clear()
    panel.set_status(SERVER, "RUNNING")
    await panel.wait_for(lambda panel: posts(panel, "stop"))


async def test_what_is_true_already_when_the_automation_is_made(
    hass: HomeAssistant, panel: Panel, automate_stop: Automate, port: GamePort
) -> None:
    panel.machine.game(SERVER).players.clear()
    await panel.wait_for(shows(hass, PLAYERS, "0"))
    await automate_stop()
    hass.bus.async_fire("automation_reloaded")
    await panel.wait_for(shows(hass, STATUS, "stopped"))


class Evening:
    """A server that runs, with a sensor of another integration, by the minute."""

    def __init__(self, hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> None:
        self._hass = hass
        self._freezer = freezer
        freezer.move_to(datetime(2026, 11, 26, 16, 0, 30, tzinfo=UTC))
        self.device = Servers(hass).device().id
        entity_sources(hass)[FAKE_STATUS] = {"domain": DOMAIN}
        self.stops: list[str] = []
        self.refusals = 0
        hass.services.async_register(DOMAIN, "stop", self._stop)
        hass.services.async_register(DOMAIN, "send_command", lambda _: None)
        self.status("running")
        self.players("0")

    @callback
    def _stop(self, call: ServiceCall) -> None:
        self.stops.append(f"{dt_util.now():%H:%M}")
        if self.refusals:
            self.refusals -= 1
            raise HomeAssistantError("the node is busy")
        self.status("stopping")

    def status(self, status: str) -> None:
        self._hass.states.async_set(FAKE_STATUS, status, {"options": STATUSES})

    def players(self, count: str) -> None:
        self._hass.states.async_set(FOREIGN, count)

    async def pass_minutes(self, minutes: int) -> None:
        """Let time pass minute by minute, until the server stops."""
        for _ in range(minutes):
            self._freezer.tick(timedelta(minutes=1))
            async_fire_time_changed(self._hass, dt_util.utcnow())
            # Not until nothing is left to do: an automation may wait.
            for _ in range(50):
                await asyncio.sleep(0)
            if self._hass.states.is_state(FAKE_STATUS, "stopping"):
                return


@pytest.fixture
async def evening(hass: HomeAssistant, freezer: FrozenDateTimeFactory) -> Evening:
    """It is half a minute after four o'clock."""
    await hass.config.async_set_time_zone("UTC")
    return Evening(hass, freezer)


@pytest.fixture
def automate_foreign(automate: Automate, evening: Evening) -> Automate:
    """Makes an automation for a sensor of another integration."""

    async def automate_foreign(**inputs: Any) -> None:
        await automate("stop_when_empty", **{"server": evening.device, "players": FOREIGN, "warning": ""} | inputs)

    return automate_foreign


async def test_the_defaults(evening: Evening, automate_foreign: Automate) -> None:
    """Half an hour empty, by a sensor of any integration."""
    await automate_foreign()
    await evening.pass_minutes(29)
    evening.players("0.0")
    await evening.pass_minutes(29)
    evening.players("1")
    evening.players("0")
    await evening.pass_minutes(60)
    assert evening.stops == ["17:28"]


async def test_what_is_true_already_when_the_automation_is_turned_on(
    hass: HomeAssistant, evening: Evening, automate_foreign: Automate
) -> None:
    """Somebody turned it off for a while, in which everybody left."""
    await automate_foreign()
    await hass.services.async_call("automation", "turn_off", {"entity_id": AUTOMATION}, blocking=True)
    await evening.pass_minutes(60)
    assert evening.stops == []
    await hass.services.async_call("automation", "turn_on", {"entity_id": AUTOMATION}, blocking=True)
    await evening.pass_minutes(1)
    assert len(evening.stops) == 1


async def test_a_stop_that_is_refused_is_tried_again(evening: Evening, automate_foreign: Automate) -> None:
    evening.refusals = 2
    await automate_foreign()
    await evening.pass_minutes(60)
    assert evening.stops == ["16:30", "16:35", "16:40"]


async def test_a_stop_that_is_always_refused_is_tried_for_an_hour(evening: Evening, automate_foreign: Automate) -> None:
    evening.refusals = 100
    await automate_foreign()
    await evening.pass_minutes(240)
    assert (len(evening.stops), evening.stops[-1]) == (12, "17:25")


async def test_who_comes_after_a_refusal_keeps_it_running(evening: Evening, automate_foreign: Automate) -> None:
    evening.refusals = 100
    await automate_foreign()
    await evening.pass_minutes(32)
    evening.players("1")
    await evening.pass_minutes(60)
    assert evening.stops == ["16:30"]
    evening.players("0")
    evening.refusals = 0
    await evening.pass_minutes(60)
    assert evening.stops == ["16:30", "18:02"]


@pytest.mark.parametrize("gap", ["unknown", "unavailable", "many", "nan", "-1", ""])
async def test_a_gap_begins_the_time_anew(evening: Evening, automate_foreign: Automate, gap: str) -> None:
    await automate_foreign()
    await evening.pass_minutes(20)
    evening.players(gap)
    await evening.pass_minutes(60)
    assert evening.stops == []
    evening.players("0")
    await evening.pass_minutes(60)
    assert evening.stops == ["17:50"]


async def test_the_time_after_a_start(evening: Evening, automate_foreign: Automate) -> None:
    """It counts from the start, and a lost connection counts as one: what happened meanwhile is not known."""
    await automate_foreign(nobody_for={"minutes": 5}, running_for={"hours": 1})
    await evening.pass_minutes(40)
    for status in ("unavailable", "running"):
        evening.status(status)
    await evening.pass_minutes(40)
    assert evening.stops == []
    await evening.pass_minutes(60)
    assert evening.stops == ["17:40"]


@pytest.mark.parametrize("status", ["starting", "stopping", "stopped", "error", "maintenance", "unavailable"])
async def test_only_a_server_that_runs(evening: Evening, automate_foreign: Automate, status: str) -> None:
    evening.status(status)
    await automate_foreign()
    await evening.pass_minutes(90)
    assert evening.stops == []


@pytest.mark.parametrize(
    ("hours", "stopped"),
    [
        (("16:00:00", "19:00:00"), "19:00"),
        (("12:00:00", "16:45:00"), "16:45"),
        (("22:00:00", "17:15:00"), "17:15"),
        (("17:00:00", "19:00:00"), "16:30"),
        (("22:00:00", "10:00:00"), "16:30"),
        (("16:30:00", "16:30:00"), "16:30"),
    ],
)
async def test_hours_in_which_it_stays_on(
    evening: Evening, automate_foreign: Automate, hours: tuple[str, str], stopped: str
) -> None:
    await automate_foreign(stays_on_from=hours[0], stays_on_until=hours[1])
    await evening.pass_minutes(240)
    assert evening.stops == [stopped]


async def test_a_helper_keeps_it_running(hass: HomeAssistant, evening: Evening, automate_foreign: Automate) -> None:
    hass.states.async_set("input_boolean.party", "on")
    hass.states.async_set("schedule.weekend", "off")
    await automate_foreign(keep_running=["schedule.weekend", "input_boolean.party"])
    await evening.pass_minutes(60)
    assert evening.stops == []
    hass.states.async_set("input_boolean.party", "off")
    await hass.async_block_till_done()
    assert evening.stops == ["17:00"]
