"""What happened to a server: the same is told of it, whatever the generation of its panel.

`tests/test_lifecycle.py` and the replays of recordings have what is special about each of them.
"""

from collections.abc import Awaitable, Callable
from contextlib import suppress

from homeassistant.core import Event, EventStateChangedData, HomeAssistant, callback
from homeassistant.helpers.event import async_track_state_change_event
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Panel
from simulator.machine import NodeUnreachable, PowerAction
from simulator.v1.refusals import ApiRefusal
from tests.common import STATUS, SetUp, press, shows

from .common import EVENT, SURVIVAL

type Play = Callable[[HomeAssistant, Panel], Awaitable[object]]


@pytest.fixture
def told(hass: HomeAssistant) -> list[str]:
    """What the event entity told, in order."""
    told: list[str] = []

    @callback
    def note(event: Event[EventStateChangedData]) -> None:
        if (state := event.data["new_state"]) is not None and (kind := state.attributes.get("event_type")):
            told.append(kind)

    async_track_state_change_event(hass, EVENT, note)
    return told


def by_somebody(action: PowerAction) -> Play:
    """Return what another user of the panel does."""

    async def play(_hass: HomeAssistant, panel: Panel) -> None:
        # A game that does not start is told to whoever asked, in generation 1.
        with suppress(ApiRefusal, NodeUnreachable):
            await panel.power(SURVIVAL, action)

    return play


def by_us(action: PowerAction) -> Play:
    """Return what Home Assistant does."""
    return lambda hass, _panel: press(hass, action)


async def crash(_hass: HomeAssistant, panel: Panel) -> None:
    panel.machine.crash(SURVIVAL)


async def run_out_of_memory(_hass: HomeAssistant, panel: Panel) -> None:
    panel.machine.crash(SURVIVAL, code=137, out_of_memory=True)


async def quit_by_console(_hass: HomeAssistant, panel: Panel) -> None:
    panel.machine.crash(SURVIVAL, code=0)


async def fail_to_come_back(hass: HomeAssistant, panel: Panel) -> None:
    game = panel.machine.game(SURVIVAL)
    if panel.generation == 1:
        game.exits_after = 3.0
    else:
        game.fails_to_start = True
    await by_somebody("restart")(hass, panel)


async def hang_and_be_killed(hass: HomeAssistant, panel: Panel) -> None:
    panel.machine.game(SURVIVAL).hangs = True
    await by_somebody("stop")(hass, panel)


async def restart_slowly(hass: HomeAssistant, panel: Panel) -> None:
    """Our own restart, whose game takes two minutes to stop and start."""
    game = panel.machine.game(SURVIVAL)
    game.start_time, game.ready_time = 60.0, 60.0
    await press(hass, "restart")


async def end_before_it_is_ready(hass: HomeAssistant, panel: Panel) -> None:
    panel.machine.game(SURVIVAL).exits_after = 1.0
    await by_somebody("start")(hass, panel)


async def install(_hass: HomeAssistant, panel: Panel) -> None:
    await panel.api.reinstall(panel.fleet.servers[SURVIVAL])


async def lose_the_panel(hass: HomeAssistant, panel: Panel) -> None:
    """It is away while the server stops."""
    await panel.stop()
    await panel.wait_for(shows(hass, STATUS, "unavailable"), 15)
    panel.set_status(SURVIVAL, "STOPPED")
    await panel.start()
    await panel.wait_for(shows(hass, STATUS, "stopped"), 15)


ALIKE: list[tuple[str, Play, str | None, str]] = [
    ("STOPPED", by_somebody("start"), "started", "running"),
    ("RUNNING", by_somebody("stop"), "stopped", "stopped"),
    ("RUNNING", by_somebody("restart"), "restarted", "running"),
    ("RUNNING", by_somebody("kill"), "stopped", "stopped"),
    ("STOPPED", by_us("start"), "started", "running"),
    ("RUNNING", by_us("stop"), "stopped", "stopped"),
    ("RUNNING", by_us("restart"), "restarted", "running"),
    ("RUNNING", by_us("kill"), "stopped", "stopped"),
    ("RUNNING", restart_slowly, "restarted", "running"),
    ("RUNNING", crash, "crashed", "stopped"),
    ("RUNNING", run_out_of_memory, "crashed", "stopped"),
    ("RUNNING", fail_to_come_back, "crashed", "stopped"),
    ("RUNNING", hang_and_be_killed, "stopped", "stopped"),
    ("STOPPED", install, "install_finished", "stopped"),
    ("RUNNING", lose_the_panel, None, "stopped"),
]
# Only the daemon of generation 2 logs with what code a game ended, and it does not notice one that ends before it is
# ready.
IN_ITS_OWN_WAY: list[tuple[int, str, Play, str | None, str]] = [
    (1, "RUNNING", quit_by_console, "crashed", "stopped"),
    (2, "RUNNING", quit_by_console, "stopped", "stopped"),
    (1, "STOPPED", end_before_it_is_ready, "crashed", "stopped"),
    (2, "STOPPED", end_before_it_is_ready, None, "starting"),
]


@pytest.mark.parametrize(
    ("generation", "before", "play", "expected", "after"),
    [*((generation, *row) for row in ALIKE for generation in (1, 2)), *IN_ITS_OWN_WAY],
)
@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_what_is_told(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    told: list[str],
    before: str,
    play: Play,
    expected: str | None,
    after: str,
) -> None:
    panel.edit(SURVIVAL, status=before)
    await set_up(entry)
    await panel.wait_for(shows(hass, STATUS, before.lower()))

    await play(hass, panel)

    events = [] if expected is None else [expected]
    await panel.wait_for(lambda _: told == events, 15)
    await panel.wait_for(shows(hass, STATUS, after))
    # Whatever else was to be told is told before this.
    panel.update_server(SURVIVAL, suspended=True)
    await panel.wait_for(lambda _: told[-1:] == ["suspended"])
    assert told == [*events, "suspended"]


async def test_crash_that_is_answered_with_a_start(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, told: list[str]
) -> None:
    """As by an automation: the server starts, or runs again, before the panel is asked for the cause."""
    await set_up(entry)
    await panel.wait_for(shows(hass, STATUS, "running"))

    panel.machine.crash(SURVIVAL)
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    await press(hass, "start")

    await panel.wait_for(lambda _: told[:1] == ["crashed"], 15)
    await panel.wait_for(lambda _: told == ["crashed", "started"], 15)
    await panel.wait_for(shows(hass, STATUS, "running"))
