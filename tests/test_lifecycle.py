"""What is shown and told of a server, from its node to an automation: the tables of client/status.py and lifecycle.py."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any

from homeassistant.const import STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.setup import async_setup_component
import pytest

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from simulator import Panel
from simulator.accounts import Account

from .common import STATUS, SetUp, entry_for, press, shows

SPEED = 20
"""How many times faster than in the field the nodes, the panel's tick and the client are."""
QUIET = 40.0
"""Seconds of the field, longer than anything is pondered: what is not told by then is not told."""
SERVER = "srv_survival"
EVENT = "event.survival_lifecycle"
SWITCH = "switch.survival"
TRIGGERS = {"started", "stopped", "crashed", "restarted"}

type Story = Callable[[HomeAssistant, Panel], Awaitable[None]]


@dataclass
class Row:
    """One row of the table.

    Attributes:
        story: What happens.
        shown: What the status sensor shows meanwhile, from the beginning on.
        told: What the event entity tells, in order.
        shown_live: What it shows with a live socket, if the node corrects the panel; None if the same.
        game: How the game behaves, and its status at the beginning.
        raw_token: Whether the session is a bare token, so that nothing can be asked.
    """

    story: Story
    shown: list[str]
    told: list[str] = field(default_factory=list)
    game: dict[str, Any] = field(default_factory=dict)
    shown_live: list[str] | None = None
    raw_token: bool = False


def another_user(*actions: Any) -> Story:
    """Another user of the panel does this, one after the other; a number is a pause in seconds."""

    async def story(hass: HomeAssistant, panel: Panel) -> None:
        for action in actions:
            if isinstance(action, str):
                await panel.power(SERVER, action)  # type: ignore[arg-type] # a power action
            else:
                await panel.machine.sleep(action)

    return story


def own(key: str) -> Story:
    """A button is pressed in Home Assistant."""

    async def story(hass: HomeAssistant, panel: Panel) -> None:
        await press(hass, key)

    return story


async def crash(hass: HomeAssistant, panel: Panel) -> None:
    panel.machine.crash(SERVER)


async def stop_through_reports(hass: HomeAssistant, panel: Panel) -> None:
    """A slow stop, in which the node reports twice that the container runs."""
    stop = hass.async_create_task(panel.power(SERVER, "stop"))
    for _ in range(2):
        await panel.machine.sleep(10)
        panel.machine.report_now()
    await stop


async def stop_at_the_node(hass: HomeAssistant, panel: Panel) -> None:
    """A slow stop that the panel has no part in; the node reports meanwhile that the container runs."""
    stop = hass.async_create_task(panel.machine.stop(SERVER))
    await panel.machine.sleep(20)
    panel.machine.report_now()
    await stop


async def fail_to_start(hass: HomeAssistant, panel: Panel) -> None:
    """The game exits before it is ready, which the panel then reports as an error."""
    await panel.power(SERVER, "start")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    panel.report(SERVER, "ERROR")


async def restart_the_daemon(hass: HomeAssistant, panel: Panel) -> None:
    """The game runs on; a minute later it is reported offline, and running with the report after that."""
    await panel.machine.restart_daemon(next(iter(panel.fleet.nodes)))
    await panel.machine.sleep(75)
    panel.machine.report_now()


async def reinstall(hass: HomeAssistant, panel: Panel) -> None:
    """The node reports that the container is down while the installer runs."""
    await panel.api.reinstall(panel.fleet.servers[SERVER])
    await panel.machine.sleep(10)
    panel.machine.report_now()
    await panel.machine.sleep(1)
    panel.api.write_status(panel.fleet.servers[SERVER], "INSTALLING")


async def suspend_and_back(hass: HomeAssistant, panel: Panel) -> None:
    panel.update_server(SERVER, suspended=True)
    await panel.machine.sleep(30)
    panel.update_server(SERVER, suspended=False)


async def suspend_by_status(hass: HomeAssistant, panel: Panel) -> None:
    """Flag and status say the same, one after the other; what its node says is another matter."""
    panel.live.refuse_tokens = True
    panel.live.drop_clients()
    panel.update_server(SERVER, suspended=True)
    panel.update_server(SERVER, status="SUSPENDED")


def cut_off(panel: Panel) -> None:
    """Let nothing come any more, neither of the panel nor of its node: no live socket opens again."""
    panel.pause_ticks = True
    panel.live.refuse_tokens = True
    panel.live.drop_clients()
    panel.drop_clients()


async def change_behind_a_gap(hass: HomeAssistant, panel: Panel) -> None:
    """The connection drops, and the server is another one when it is back."""
    cut_off(panel)
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE))
    panel.edit(SERVER, status="STOPPED", suspended=True)
    panel.pause_ticks = False
    await panel.wait_for(shows(hass, STATUS, "stopped"))


async def gap_within_a_restart(hass: HomeAssistant, panel: Panel) -> None:
    """The restart goes on unseen."""
    restart = hass.async_create_task(panel.power(SERVER, "restart"))
    await panel.wait_for(shows(hass, STATUS, "stopping"))
    cut_off(panel)
    await restart
    await panel.machine.sleep(10)
    panel.pause_ticks = False
    await panel.wait_for(shows(hass, STATUS, "running"))


STOPPED = {"status": "STOPPED"}
ROWS = {
    # What is shown.
    "S1 the API's echo of a stop": Row(another_user("stop"), ["running", "stopping", "stopped"], ["stopped"]),
    "S2 a stopped server is stopped": Row(another_user("stop"), ["stopped"], game=STOPPED),
    "S3 reports of running while it stops": Row(
        stop_through_reports, ["running", "stopping", "stopped"], ["stopped"], {"stop_time": 30}
    ),
    "S4 a game without a done line": Row(
        another_user("start"), ["stopped", "running"], ["started"], STOPPED | {"done_line": False}
    ),
    "S5 a sync from before the change": Row(
        another_user("start"), ["stopped", "starting", "running"], ["started"], STOPPED | {"late_syncs": True}
    ),
    # What is told.
    "H1 a start": Row(another_user("start"), ["stopped", "starting", "running"], ["started"], STOPPED),
    "H2 a stop": Row(own("stop"), ["running", "stopping", "stopped"], ["stopped"]),
    "H3 a restart": Row(
        another_user("restart"), ["running", "stopping", "stopped", "starting", "running"], ["restarted"]
    ),
    "H3 a stop and a start at once": Row(
        another_user("stop", 5, "start"), ["running", "stopping", "stopped", "starting", "running"], ["restarted"]
    ),
    "H4 our restart, long prepared": Row(
        own("restart"),
        ["running", "stopping", "stopped", "starting", "running"],
        ["restarted"],
        {"start_time": 120},
    ),
    "H5 a restart that is long in starting": Row(
        another_user("restart"),
        ["running", "stopping", "stopped", "starting", "running"],
        ["restarted"],
        {"ready_time": 120},
    ),
    "H6 a restart that does not come back": Row(
        another_user("restart"),
        ["running", "stopping", "stopped", "starting", "stopped"],
        ["crashed"],
        {"exits_after": 3},
    ),
    "H7 a slow stop is no crash": Row(
        stop_at_the_node, ["running", "stopping", "stopped"], ["stopped"], {"stop_time": 30}
    ),
    "H8 a crash": Row(crash, ["running", "stopped"], ["crashed"]),
    "H9 our kill": Row(own("kill"), ["running", "stopped"], ["stopped"]),
    "H9 another user's kill": Row(another_user("kill"), ["running", "stopped"], ["stopped"]),
    "H10 a daemon restarts": Row(restart_the_daemon, ["running", "stopped", "running"], shown_live=["running"]),
    "H11 a start without a done line": Row(
        another_user("start"), ["stopped", "running"], ["started"], STOPPED | {"done_line": False}
    ),
    "H12 a start that fails": Row(
        another_user("start"),
        ["stopped", "starting", "stopped"],
        ["crashed"],
        STOPPED | {"exits_after": 2},
    ),
    "H12 a start that ends in an error": Row(
        fail_to_start, ["stopped", "starting", "stopped", "error"], ["crashed"], STOPPED | {"exits_after": 2}
    ),
    "H15 an installer": Row(
        reinstall,
        ["stopped", "installing", "stopped", "installing", "stopped"],
        ["install_finished"],
        STOPPED | {"install_time": 30},
    ),
    "H16 a suspension and its end": Row(suspend_and_back, ["running"], ["suspended", "unsuspended"]),
    "H16 a suspension by flag and status": Row(suspend_by_status, ["running", "suspended"], ["suspended"]),
    "H17 a gap": Row(change_behind_a_gap, ["running", STATE_UNAVAILABLE, "stopped"]),
    "H17 a gap within a restart": Row(
        gap_within_a_restart, ["running", "stopping", STATE_UNAVAILABLE, "running"], game={"stop_time": 10}
    ),
    "H18 a crash, as a bare token sees it": Row(crash, ["running", "stopped"], ["crashed"], raw_token=True),
    "H18 a restart, as a bare token sees it": Row(
        another_user("restart"),
        ["running", "stopping", "stopped", "starting", "running"],
        ["restarted"],
        raw_token=True,
    ),
}


@pytest.fixture
def timing() -> Timing:
    """The client keeps pace with the nodes; only what this computer has to do has its usual time."""
    return replace(
        Timing().faster(SPEED), connect=30.0, request=10.0, power_request=60.0, power=60.0, stale=20.0, silence=40.0
    )


@pytest.fixture
async def panel(timing: Timing) -> Any:
    panel = Panel(tick=5 / SPEED, limits=False, speed=SPEED, report_interval=None, drain=0)
    await panel.start()
    yield panel
    await panel.stop()


class Witness:
    """Keeps what is shown and told of a server, in order."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._states: dict[str, list[str]] = {STATUS: [], SWITCH: []}
        self.told: list[str] = []
        self.triggered: list[str] = []
        hass.bus.async_listen("state_changed", self._keep_state)
        hass.bus.async_listen("triggered", self._keep_trigger)

    def history(self, entity_id: str) -> list[str]:
        """Return what an entity showed."""
        return [state for state, _ in groupby(self._states[entity_id])]

    @callback
    def _keep_state(self, event: Event[Any]) -> None:
        if (state := event.data["new_state"]) is None:
            return
        if (states := self._states.get(state.entity_id)) is not None:
            states.append(state.state)
        old = event.data["old_state"]
        if state.entity_id == EVENT and state.state not in {STATE_UNAVAILABLE, STATE_UNKNOWN, old and old.state}:
            self.told.append(state.attributes["event_type"])

    @callback
    def _keep_trigger(self, event: Event[Any]) -> None:
        self.triggered.append(event.data["id"])


def power_of(status: str) -> str:
    """Return what the switch shows at a status."""
    return status if status == STATE_UNAVAILABLE else "on" if status in {"starting", "running"} else "off"


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@pytest.mark.parametrize("live", [False, True], ids=["panel", "live"])
@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
async def test_what_is_shown_and_told(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, row: Row, live: bool
) -> None:
    shown = row.shown_live if live and row.shown_live is not None else row.shown
    game = dict(row.game)
    panel.fleet.late_syncs = game.pop("late_syncs", False)
    panel.edit(SERVER, status=game.pop("status", "RUNNING"))
    for name, value in game.items():
        setattr(panel.machine.game(SERVER), name, value)
    session = panel.create_session(account)
    witness = Witness(hass)
    credentials = session.token if row.raw_token else session.cookie
    await set_up(entry_for(panel, credentials, account.id, {SERVER: "Survival"}, live=live))
    assert await async_setup_component(
        hass,
        "automation",
        {
            "automation": {
                "mode": "queued",
                "triggers": [
                    {"trigger": f"{DOMAIN}.{name}", "id": name, "target": {"entity_id": STATUS}} for name in TRIGGERS
                ],
                "actions": {"event": "triggered", "event_data": {"id": "{{ trigger.id }}"}},
            }
        },
    )
    await row.story(hass, panel)
    # Long stories go on by themselves.
    await panel.wait_for(lambda _: witness.history(STATUS) == shown and len(witness.told) >= len(row.told), 15)
    await panel.machine.sleep(QUIET)
    await hass.async_block_till_done()

    assert witness.history(STATUS) == shown
    assert witness.told == row.told
    assert witness.triggered == [name for name in row.told if name in TRIGGERS]
    if not row.raw_token:
        assert witness.history(SWITCH) == [power for power, _ in groupby(map(power_of, shown))]
