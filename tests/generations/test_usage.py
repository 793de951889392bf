"""What servers use: values, and when they are written."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import pairwise
from typing import Any

from homeassistant.const import EVENT_STATE_CHANGED, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import Event, HomeAssistant, callback
from homeassistant.helpers import entity_registry as er
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_capture_events

from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from simulator import Account, Panel
from tests.common import STATUS, USAGE_KEYS, SetUp, entry_for, shows

from .common import CREATIVE, SURVIVAL

INTERVAL = 0.3
"""Seconds; users have at least 5."""
OFF_BY_DEFAULT = {"cpu_percent", "memory_percent", "disk_percent", "network_in", "network_out"}
USED = ("cpu_usage", "memory_usage", "network_in", "network_out")
MEASURED = {"state_class": "measurement"}
PERCENT = MEASURED | {"unit_of_measurement": "%"}
MEBIBYTES = MEASURED | {"unit_of_measurement": "MiB", "device_class": "data_size"}
RATE = MEASURED | {"unit_of_measurement": "KiB/s", "device_class": "data_rate"}
ATTRIBUTES = {
    "cpu_usage": PERCENT | {"friendly_name": "Survival CPU usage"},
    "memory_usage": MEBIBYTES | {"friendly_name": "Survival Memory usage"},
    "disk_usage": MEBIBYTES | {"friendly_name": "Survival Disk usage"},
    "cpu_percent": PERCENT | {"friendly_name": "Survival CPU limit used"},
    "memory_percent": PERCENT | {"friendly_name": "Survival Memory limit used"},
    "disk_percent": PERCENT | {"friendly_name": "Survival Disk limit used"},
    "network_in": RATE | {"friendly_name": "Survival Network inbound"},
    "network_out": RATE | {"friendly_name": "Survival Network outbound"},
    "uptime": {"device_class": "uptime", "friendly_name": "Survival Uptime"},
}

type Condition = Callable[[Panel], bool]


@pytest.fixture
def timing(timing: Timing) -> Timing:
    """How long the client waits: a server without samples is found sooner."""
    return replace(timing, live_samples=1.0)


@pytest.fixture
def entry(panel: Panel, account: Account) -> MockConfigEntry:
    """The user's entry, with both servers and a short interval."""
    cookie = panel.create_session(account).cookie
    servers = {SURVIVAL: "Survival", CREATIVE: "Creative"}
    return entry_for(panel, cookie, account.id, servers, live=True, usage_interval=INTERVAL)


@pytest.fixture
def keys(panel: Panel) -> set[str]:
    """The keys that a server has with live data."""
    return USAGE_KEYS if panel.generation == 1 else USAGE_KEYS - {"disk_usage", "disk_percent"}


class Sensors:
    """Finds the sensors of a server by their keys."""

    def __init__(self, hass: HomeAssistant) -> None:
        self._hass = hass
        self._registry = er.async_get(hass)

    def entity_id(self, key: str, server_id: str = SURVIVAL) -> str:
        return self._registry.async_get_entity_id("sensor", DOMAIN, f"{server_id}_{key}") or ""

    def state(self, key: str, server_id: str = SURVIVAL) -> str:
        """Return a state; empty where there is none."""
        state = self._hass.states.get(self.entity_id(key, server_id) or "sensor.none")
        return "" if state is None else state.state

    def states(self, keys: set[str] | tuple[str, ...]) -> dict[str, str]:
        return {key: self.state(key) for key in keys}

    def attributes(self, key: str) -> dict[str, Any]:
        state = self._hass.states.get(self.entity_id(key))
        return {} if state is None else dict(state.attributes)

    def show(self, value: str, *keys: str) -> Condition:
        """Return a condition: all of them have this state."""
        return lambda _: set(self.states(keys).values()) == {value}

    def measure(self, *keys: str) -> Condition:
        """Return a condition: all of them are known, and not 0."""
        return lambda _: all(
            state and state not in {STATE_UNAVAILABLE, STATE_UNKNOWN, "0", "0.0"}
            for state in self.states(keys).values()
        )

    def registered(self, entry: MockConfigEntry, server_id: str = SURVIVAL) -> set[str]:
        """Return which keys of the usage a server has an entity of."""
        entities = er.async_entries_for_config_entry(self._registry, entry.entry_id)
        return {entity.unique_id.removeprefix(f"{server_id}_") for entity in entities} & USAGE_KEYS


@pytest.fixture
def sensors(hass: HomeAssistant) -> Sensors:
    """The sensors of the servers."""
    return Sensors(hass)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_values(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors, keys: set[str]
) -> None:
    panel.edit(SURVIVAL, memory=4096, cpu=50, disk=3072)
    await set_up(entry)
    await panel.wait_for(sensors.measure(*USED))
    assert sensors.registered(entry) == keys
    # The simulator's game, without players.
    assert 6 <= int(sensors.state("cpu_usage")) <= 11
    assert 11 <= int(sensors.state("cpu_percent")) <= 22
    assert 1228 <= int(sensors.state("memory_usage")) <= 1233
    assert sensors.state("memory_percent") == "30"
    if "disk_usage" in keys:
        assert (sensors.state("disk_usage"), sensors.state("disk_percent")) == ("1536", "50")
    assert {key: sensors.attributes(key) for key in keys} == {key: ATTRIBUTES[key] for key in keys}


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_the_first_values_are_all_known(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors
) -> None:
    """The first sample tells no CPU, and one alone no rate."""
    changes = async_capture_events(hass, EVENT_STATE_CHANGED)
    await set_up(entry)
    await panel.wait_for(sensors.measure(*USED))
    ids = {sensors.entity_id(key) for key in USED}
    states = [
        change.data["new_state"].state
        for change in changes
        if change.data["entity_id"] in ids and change.data["new_state"] is not None
    ]
    assert len(states) >= len(ids)
    assert STATE_UNKNOWN not in states


async def test_what_is_off_by_default(
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    sensors: Sensors,
    keys: set[str],
    entity_registry: er.EntityRegistry,
) -> None:
    await set_up(entry)
    await panel.wait_for(sensors.measure("cpu_usage"))
    off = {key for key in keys if entity_registry.entities[sensors.entity_id(key)].disabled_by is not None}
    assert off == OFF_BY_DEFAULT & keys


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_no_limit(panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors) -> None:
    await set_up(entry)
    await panel.wait_for(sensors.measure("cpu_percent", "memory_percent"))
    panel.edit(SURVIVAL, memory=0, cpu=0)
    await panel.wait_for(sensors.show(STATE_UNKNOWN, "cpu_percent", "memory_percent"))
    assert sensors.measure("cpu_usage")(panel)
    panel.edit(SURVIVAL, memory=4096, cpu=200)
    await panel.wait_for(sensors.measure("cpu_percent", "memory_percent"))


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_stop_and_start(panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors) -> None:
    await set_up(entry)
    await panel.wait_for(sensors.measure(*USED))
    await panel.power(SURVIVAL, "stop")
    await panel.wait_for(lambda _: {float(sensors.state(key)) for key in USED} == {0.0})
    assert sensors.state("uptime") == STATE_UNKNOWN
    assert sensors.state("disk_usage") == ("1536" if panel.generation == 1 else "")

    before = dt_util.utcnow().replace(microsecond=0)
    await panel.power(SURVIVAL, "start")
    await panel.wait_for(sensors.measure(*USED, "uptime"))
    assert datetime.fromisoformat(sensors.state("uptime")) >= before


async def test_a_server_that_crashed_uses_nothing(
    panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors
) -> None:
    await set_up(entry)
    await panel.wait_for(sensors.measure("cpu_usage", "memory_usage"))
    panel.machine.crash(SURVIVAL)
    await panel.wait_for(sensors.show("0", "cpu_usage", "memory_usage"))


async def test_entities_come_with_live_data(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors
) -> None:
    """The option works at once, both ways; nothing else of the server suffers."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"live": False})
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    data = entry.runtime_data
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert sensors.registered(entry) == set()

    hass.config_entries.async_update_entry(entry, options={"live": True, "usage_interval": INTERVAL})
    await panel.wait_for(sensors.measure("cpu_usage"))
    hass.config_entries.async_update_entry(entry, options={"live": False})
    await panel.wait_for(sensors.show(STATE_UNAVAILABLE, "cpu_usage", "memory_usage", "uptime"))
    assert shows(hass, STATUS, "running")(panel)

    hass.config_entries.async_update_entry(entry, options={"live": True})
    await panel.wait_for(sensors.measure("cpu_usage"))
    assert entry.runtime_data is data
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_stopped_server_is_unavailable_with_the_option_off(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors
) -> None:
    await set_up(entry)
    await panel.wait_for(sensors.measure("cpu_usage"))
    await panel.power(SURVIVAL, "stop")
    await panel.wait_for(sensors.show("0", "cpu_usage"))
    hass.config_entries.async_update_entry(entry, options={"live": False})
    await panel.wait_for(sensors.show(STATE_UNAVAILABLE, "cpu_usage"))
    assert shows(hass, STATUS, "stopped")(panel)
    hass.config_entries.async_update_entry(entry, options={"live": True})
    await panel.wait_for(sensors.show("0", "cpu_usage"))


async def test_a_server_that_is_stopped_when_home_assistant_starts(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors
) -> None:
    await set_up(entry)
    await panel.wait_for(sensors.measure("cpu_usage"))
    await panel.power(SURVIVAL, "stop")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    await hass.config_entries.async_reload(entry.entry_id)
    await panel.wait_for(sensors.show("0", "cpu_usage", "memory_usage"))
    assert sensors.state("uptime") == STATE_UNKNOWN


async def test_node_that_goes_and_comes_back(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors
) -> None:
    await set_up(entry)
    await panel.wait_for(sensors.measure("cpu_usage", "memory_usage"))
    node_id = next(iter(panel.fleet.nodes))
    panel.machine.lose_node(node_id)
    await panel.wait_for(sensors.show(STATE_UNAVAILABLE, "cpu_usage", "memory_usage", "uptime"))
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert shows(hass, "sensor.survival_memory_limit", "4096")(panel)
    panel.machine.restore_node(node_id)
    await panel.wait_for(sensors.measure("cpu_usage", "memory_usage"), 15)


async def test_samples_that_cease(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors
) -> None:
    """As with a daemon of generation 1 that was restarted while the game went on."""
    await set_up(entry)
    await panel.wait_for(sensors.measure("cpu_usage"))
    panel.live.pause_ticks = True
    await panel.wait_for(sensors.show(STATE_UNAVAILABLE, "cpu_usage", "memory_usage", "uptime"))
    panel.live.pause_ticks = False
    await panel.wait_for(sensors.measure("cpu_usage", "memory_usage"), 15)


async def test_panel_that_goes_and_comes_back(
    panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors
) -> None:
    await set_up(entry)
    await panel.wait_for(sensors.measure("cpu_usage"))
    await panel.stop()
    await panel.wait_for(sensors.show(STATE_UNAVAILABLE, "cpu_usage", "memory_usage"))
    await panel.start()
    await panel.wait_for(sensors.measure("cpu_usage"), 15)


class Writes:
    """Keeps when a state of these entities was written, changed or not."""

    def __init__(self, hass: HomeAssistant, *entity_ids: str) -> None:
        self._loop = hass.loop
        self._entity_ids = entity_ids
        self.times: list[float] = []
        self.values: list[str] = []
        for kind in ("state_changed", "state_reported"):
            hass.bus.async_listen(kind, self._keep, event_filter=callback(lambda _: True))

    @callback
    def _keep(self, event: Event[Any]) -> None:
        if event.data["entity_id"] in self._entity_ids:
            self.times.append(self._loop.time())
            self.values.append(event.data["new_state"].state)


async def test_written_once_an_interval_and_when_it_changed(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors
) -> None:
    await set_up(entry)
    await panel.wait_for(sensors.measure("memory_usage"))
    writes = Writes(hass, sensors.entity_id("memory_usage"))
    await panel.wait_for(lambda _: len(writes.times) >= 4, 15)
    gaps = [later - earlier for earlier, later in pairwise(writes.times)]
    assert min(gaps) >= INTERVAL * 0.99
    assert all(later != earlier for earlier, later in pairwise(writes.values))


async def test_nothing_is_written_of_a_server_with_nothing_new(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors
) -> None:
    panel.set_status(CREATIVE, "RUNNING")
    await set_up(entry)
    await panel.wait_for(lambda _: sensors.state("cpu_usage", CREATIVE))
    await panel.power(CREATIVE, "stop")
    await panel.wait_for(lambda _: sensors.state("cpu_usage", CREATIVE) == "0")
    ids = [sensors.entity_id(key, CREATIVE) for key in ("cpu_usage", "memory_usage", "uptime")]
    silent, other = Writes(hass, *ids), Writes(hass, sensors.entity_id("memory_usage"))
    await panel.wait_for(lambda _: len(other.times) >= 3, 15)
    assert silent.times == []


async def test_interval_that_is_changed(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors
) -> None:
    """It counts at once, without a reload."""
    entry.add_to_hass(hass)
    hass.config_entries.async_update_entry(entry, options={"usage_interval": 300})
    await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(sensors.measure("memory_usage"))
    data, writes = entry.runtime_data, Writes(hass, sensors.entity_id("memory_usage"))
    server = next(each for each in data.panel.client.servers if each.id == SURVIVAL)
    before = server.channel.usage
    await panel.wait_for(lambda _: server.channel.usage != before)
    assert writes.times == []

    hass.config_entries.async_update_entry(entry, options={"usage_interval": INTERVAL})
    await panel.wait_for(lambda _: len(writes.times) >= 2, 15)
    assert entry.runtime_data is data
    await hass.config_entries.async_unload(entry.entry_id)


async def test_a_server_that_is_removed(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, sensors: Sensors
) -> None:
    await set_up(entry)
    await panel.wait_for(sensors.measure("cpu_usage"))
    subentry = next(item for item in entry.subentries.values() if item.unique_id == SURVIVAL)
    hass.config_entries.async_remove_subentry(entry, subentry.subentry_id)
    await hass.async_block_till_done()
    assert sensors.registered(entry) == set()
    await panel.power(CREATIVE, "start")
    await panel.wait_for(lambda _: sensors.state("cpu_usage", CREATIVE) not in {"", "0", STATE_UNKNOWN})


async def test_what_an_earlier_panel_told_goes(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    sensors: Sensors,
    keys: set[str],
    entity_registry: er.EntityRegistry,
) -> None:
    """A panel that was upgraded to generation 2 tells nothing of disks any more."""
    entry.add_to_hass(hass)
    subentry = next(item for item in entry.subentries.values() if item.unique_id == SURVIVAL)
    for key in USAGE_KEYS:
        entity_registry.async_get_or_create(
            "sensor",
            DOMAIN,
            f"{SURVIVAL}_{key}",
            config_entry=entry,
            config_subentry_id=subentry.subentry_id,
        )
    await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(sensors.measure("cpu_usage"))
    assert sensors.registered(entry) == keys
    await hass.config_entries.async_unload(entry.entry_id)


async def test_session_that_opens_no_live_socket(
    hass: HomeAssistant, panel: Panel, account: Account, sensors: Sensors, set_up: SetUp
) -> None:
    if panel.generation == 2:
        pytest.skip("a raw token is of no use there")
    entry = entry_for(panel, panel.create_session(account).token, account.id, {SURVIVAL: "Survival"}, live=True)
    await set_up(entry)
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert entry.runtime_data.panel.client.servers[0].channel.state is LiveState.CLOSED
    assert sensors.registered(entry) == set()
