"""Panels that say odd things: what they call a server is text and nothing else, and no server harms another."""

from dataclasses import replace
import json
import logging
from typing import Any

from homeassistant.config_entries import ConfigEntryState
from homeassistant.const import STATE_UNKNOWN
from homeassistant.core import HomeAssistant, valid_entity_id, validate_state
from homeassistant.helpers import device_registry as dr, entity_registry as er, issue_registry as ir
from hypothesis import HealthCheck, Phase, given, settings, strategies as st
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.timing import Timing
from simulator import MISSING, Panel
from simulator.accounts import Account

from .client.support import JSON, SERVERS as OBJECTS, wire
from .common import CONNECTED, SetUp, entry_for, shows
from .flows import bench_of

FIVE = {f"srv_{number}": f"Server {number}" for number in range(5)}

# What a panel may call a server, and what is to be seen of it; None where its id stands in.
NAMES: dict[str, tuple[object, str | None]] = {
    "markdown": ("# [Click](http://evil.example) **me** `now`", "# [Click](http://evil.example) **me** `now`"),
    "html": ("<img src=x onerror=alert(1)><script>x</script>", "<img src=x onerror=alert(1)><script>x</script>"),
    "template": ("{{ states('sun.sun') }}{% raw %}{server}", "{{ states('sun.sun') }}{% raw %}{server}"),
    "control": ("\x00Sur\nvi\r\nval\t\x1b[2J\x7f\u2028\u0085x", "Sur vi val [2J x"),
    "10 kB": ("lang" * 2500, "lang" * 32),
    "10 kB of lines": ("a\n" * 5000, ("a " * 64).strip()),
    "right to left": ("\u202egnp.lavivruS\u202c\u200f\u2067", "gnp.lavivruS"),
    "emoji": ("👾🎮", "👾🎮"),
    "long to spell": ("\ufdfa" * 128, "\ufdfa" * 128),
    "invisible": ("\u200b\u200d\ufeff", None),
    "blank": (" \n\t ", None),
    "empty": ("", None),
    "null": (None, None),
    "a number": (7, None),
    "an object": ({"name": "x"}, None),
    "missing": (MISSING, None),
    "an entity id": ("sensor.survival_status", "sensor.survival_status"),
    "a state": ("unavailable", "unavailable"),
    "a path": ("../../configuration.yaml", "../../configuration.yaml"),
    "the same as another": ("Server 1", "Server 1"),
}


def check_legal(hass: HomeAssistant, entry: MockConfigEntry) -> None:
    """All that Home Assistant shows of an entry is legal, and names are on one line."""
    entities = er.async_entries_for_config_entry(er.async_get(hass), entry.entry_id)
    assert len(entities) > 50
    for entity in entities:
        if entity.disabled:
            continue
        state = hass.states.get(entity.entity_id)
        assert state is not None
        assert valid_entity_id(state.entity_id)
        assert len(state.entity_id) <= 255
        validate_state(state.state)
        assert state.state.isprintable()
        assert state.name.isprintable()
    for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id):
        for text in (device.name, device.model, device.serial_number):
            assert text is None or (0 < len(text) <= 128 and text.isprintable() and text == text.strip())
        assert device.name
    for subentry in entry.subentries.values():
        assert subentry.title
        assert subentry.title.isprintable()


def check_log(caplog: pytest.LogCaptureFixture) -> None:
    """Nobody complained, and nothing that a panel sent began a line of its own in our log."""
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    ours = [record.getMessage() for record in caplog.records if record.name.startswith("custom_components.")]
    assert ours
    assert [text for text in ours if not text.isprintable()] == []


def device_names(hass: HomeAssistant, entry: MockConfigEntry) -> dict[str, str | None]:
    return {
        next(iter(device.identifiers))[1]: device.name
        for device in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
    }


@pytest.fixture
def timing() -> Timing:
    """Each server may be asked about at once."""
    return replace(Timing(), first_reconnect=0.02, question_window=0.01)


@pytest.fixture
def five(panel: Panel, account: Account) -> MockConfigEntry:
    """An entry with five servers of the user."""
    node = next(iter(panel.fleet.nodes.values()))
    for server_id, name in FIVE.items():
        panel.add_server(name, owner=account, node=node, server_id=server_id, status="RUNNING")
    return entry_for(panel, panel.create_session(account).cookie, account.id, FIVE)


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
async def test_names_from_the_start(
    hass: HomeAssistant, panel: Panel, account: Account, caplog: pytest.LogCaptureFixture
) -> None:
    """All odd names at once, of servers, their blueprints, nodes and locations, from the dialog on."""
    panel.fleet.servers.clear()
    for number, (name, _) in enumerate(NAMES.values()):
        inner = {} if name is MISSING else {"name": name, "ip": name}
        node = panel.add_node("Node", location="Frankfurt")
        panel.edit_node(node.id, displayName=name, location={"id": "location"} | inner, host=name, fqdn=name)
        allocations = [{"id": f"allocation-{number}", "port": 25565, "assigned": True} | inner]
        server = panel.add_server("x", owner=account, node=node, server_id=f"srv_{number}", allocations=allocations)
        odd = {"name": name, "shortId": name, "description": name, "containerId": name, "cpuPinning": name}
        panel.edit(server.id, **odd, blueprint={"id": "blueprint"} | inner)
    async with bench_of(hass, panel, caplog) as bench:
        dialog = await bench.dialog(panel.url)
        await dialog.paste(panel.create_session(account).cookie)
        labels = dialog.choices("servers")
        await dialog.submit(servers=list(labels))
        entry: Any = dialog.entry
        await hass.async_block_till_done()
        assert entry.state is ConfigEntryState.LOADED

        expected = {f"srv_{number}": name or f"srv_{number}" for number, (_, name) in enumerate(NAMES.values())}
        assert labels == expected
        assert {subentry.data["server_id"]: subentry.title for subentry in entry.subentries.values()} == expected
        assert device_names(hass, entry) == expected | {entry.entry_id: entry.title}
        check_legal(hass, entry)
        statuses = [state for state in hass.states.async_all("sensor") if state.entity_id.endswith("_status")]
        assert {state.state for state in statuses} == {"running"}
        assert panel.upgrades == 2
        for server_id in expected:
            panel.delete_server(server_id)
        await panel.wait_for(lambda _: len(ir.async_get(hass).issues) == len(expected))
        for issue in ir.async_get(hass).issues.values():
            assert (issue.translation_placeholders or {})["server"].isprintable()
            assert issue.issue_id.isidentifier()
    check_log(caplog)


async def test_names_that_change(
    hass: HomeAssistant, panel: Panel, five: MockConfigEntry, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    """A server takes one odd name after the other; what cannot be shown leaves the name before."""
    caplog.set_level(logging.DEBUG, "custom_components")
    with_all = [(name, shown) for name, shown in NAMES.values() if name is not MISSING]
    await set_up(five)
    ids = set(hass.states.async_entity_ids())
    current = FIVE["srv_0"]
    for memory, (name, shown) in enumerate(with_all, 5000):
        panel.update_server("srv_0", name=name, memory=memory)
        await panel.wait_for(shows(hass, "sensor.server_0_memory_limit", str(memory)))
        await hass.async_block_till_done()
        current = shown or current
        assert device_names(hass, five)["srv_0"] == (shown or current)
        assert next(item.title for item in five.subentries.values() if item.unique_id == "srv_0") == current
        check_legal(hass, five)
    assert set(hass.states.async_entity_ids()) == ids
    assert panel.upgrades == 1
    check_log(caplog)


@pytest.mark.parametrize(
    "status",
    [
        "",
        "  ",
        "ON FIRE",
        "\x1b[2Jboom\n",
        "x" * 10_000,
        "unavailable",
        "unknown",
        "🔥",
        "\u202egninnur",
        "running\n",
        7,
    ],
)
async def test_statuses(
    hass: HomeAssistant,
    panel: Panel,
    five: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    status: object,
) -> None:
    """A status that nobody knows is unknown, and told in one line of the log."""
    caplog.set_level(logging.DEBUG, "custom_components")
    await set_up(five)
    panel.edit("srv_0", status=status, memory=5000)
    await panel.wait_for(shows(hass, "sensor.server_0_memory_limit", "5000"))
    known = status in {7, "running\n"}
    # A sync that contradicts what was known may have to be confirmed by the next one.
    await panel.wait_for(shows(hass, "sensor.server_0_status", "running" if known else STATE_UNKNOWN))
    warnings = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    ours = [text for text in warnings if "does not know" in text]
    blank = isinstance(status, str) and not status.strip()
    assert len(ours) == (0 if known or blank else 1)
    assert all(len(text) < 200 for text in ours)
    check_legal(hass, five)
    check_log(caplog)


KINDS = st.sampled_from(["server:sync", "server:sync", "server:updated", "server:status"])
FIELDS = (
    "name",
    "status",
    "suspended",
    "memory",
    "disk",
    "cpu",
    "swap",
    "backupLimit",
    "node",
    "allocations",
    "blueprint",
)
ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, 0, -1, 0.5, 1e308, 10**40, "", "x", "7", "x" * 999, [], [[1]], [{}], {}, {"id": 1}]
)
ANY_OBJECT: st.SearchStrategy[dict[str, Any]] = st.one_of(
    st.fixed_dictionaries(dict.fromkeys(FIELDS, ODD)),
    st.builds(lambda odd, data: odd | data, st.fixed_dictionaries(dict.fromkeys(FIELDS, ODD)), OBJECTS),
    st.dictionaries(st.text(), JSON),
    # A frame with a number that JSON lacks would be skipped whole.
).map(lambda data: json.loads(json.dumps(data), parse_constant=str))


@pytest.mark.usefixtures("entity_registry_enabled_by_default")
@settings(
    deadline=None,
    max_examples=40,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    st.lists(st.tuples(KINDS, ANY_OBJECT, st.sampled_from([True, True, True, False])), min_size=4, max_size=10),
    st.integers(0, 4),
)
async def test_any_object_leaves_the_others_alive(
    hass: HomeAssistant,
    panel: Panel,
    five: MockConfigEntry,
    set_up: SetUp,
    caplog: pytest.LogCaptureFixture,
    frames: list[tuple[str, dict[str, Any], bool]],
    odd: int,
) -> None:
    """Whatever one of five servers sends, the other four go on, and so does it with its next good sync."""
    if five.state is ConfigEntryState.NOT_LOADED:
        caplog.set_level(logging.DEBUG, "custom_components")
        await set_up(five)
    good = set(FIVE) - {f"srv_{odd}"}
    before = {key: hass.states.get(f"sensor.server_{key[-1]}_status") for key in good}
    state = hass.states.get(f"sensor.server_{min(good)[-1]}_memory_limit")
    assert state is not None
    memory = int(state.state)
    for kind, data, with_id in frames:
        content = data | {"id": f"srv_{odd}"} if with_id else data
        await panel.send_raw(wire({"type": kind, "serverId": f"srv_{odd}", "data": content}).decode())
    memory += 1
    for server_id in FIVE:
        panel.edit(server_id, memory=memory)
    await panel.tick_now()
    for server_id in FIVE:
        await panel.wait_for(shows(hass, f"sensor.server_{server_id[-1]}_memory_limit", str(memory)))
        assert shows(hass, f"sensor.server_{server_id[-1]}_status", "running")(panel)
    await hass.async_block_till_done()

    assert {key: hass.states.get(f"sensor.server_{key[-1]}_status") for key in good} == before
    assert panel.upgrades == len(panel.connections) == 1
    assert shows(hass, CONNECTED, "on")(panel)
    assert panel.connections[0].subscriptions == set(FIVE)
    check_legal(hass, five)
    check_log(caplog)
