"""The dialog about who plays on a server."""

from collections.abc import AsyncGenerator, Callable
from copy import replace
from inspect import isawaitable
import socket
from typing import Any
from unittest.mock import Mock

from homeassistant.config_entries import SOURCE_RECONFIGURE, SubentryFlowContext
from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import FlowResultType, InvalidData
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_socket import socket_allow_hosts

from custom_components.stellarstack.client.models import Blueprint, Server
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.query.protocols import Protocol
from custom_components.stellarstack.query.suggest import suggest_protocol
from custom_components.stellarstack.query_form import query_from_input
from simulator import Panel
from simulator.queries import GamePort
from tests.common import STATUS, SetUp, entry_for, shows, subentry_of
from tests.flows import Bench, Dialog, bench_of, quick_timing

from .support import PLAYERS, SURVIVAL, impatient

FIELDS = ("protocol", "host", "port", "interval")


@pytest.fixture
def timing() -> Timing:
    """How long the client waits in a dialog."""
    return impatient(quick_timing())


@pytest.fixture(autouse=True)
async def bench(hass: HomeAssistant, panel: Panel, caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Bench]:
    """Home Assistant with dialogs, all of whose steps are looked at."""
    async with bench_of(hass, panel, caplog) as bench:
        yield bench


@pytest.fixture
async def loaded(panel: Panel, entry: MockConfigEntry, set_up: SetUp, port: GamePort) -> MockConfigEntry:
    """The entry, set up; the panel tells where Survival's game is."""
    panel.update_server(SURVIVAL, allocations=[allocation(port.port)], blueprint={"id": "b", "name": "Paper"})
    await set_up(entry)
    return entry


def allocation(port: int, ip: str = "127.0.0.1") -> dict[str, Any]:
    return {"id": "a", "ip": ip, "port": port, "assigned": True}


async def reconfigure(hass: HomeAssistant, entry: MockConfigEntry) -> Dialog:
    flows = hass.config_entries.subentries
    subentry_id = subentry_of(entry, SURVIVAL).subentry_id
    context = SubentryFlowContext(source=SOURCE_RECONFIGURE, subentry_id=subentry_id)
    return Dialog(hass, flows, await flows.async_init((entry.entry_id, "server"), context=context))


def saved(entry: MockConfigEntry) -> dict[str, Any]:
    return dict(subentry_of(entry, SURVIVAL).data)


def is_done(dialog: Dialog) -> bool:
    return (dialog.result["type"], dialog.result.get("reason")) == (FlowResultType.ABORT, "reconfigure_successful")


async def test_the_suggestion(hass: HomeAssistant, panel: Panel, loaded: MockConfigEntry, port: GamePort) -> None:
    """As it stands it works, and follows the panel."""
    dialog = await reconfigure(hass, loaded)
    assert dialog.form == ("reconfigure", {})
    assert dialog.suggested == {"protocol": "minecraft_java", "host": "127.0.0.1", "port": port.port}
    assert port.questions == 0
    await dialog.submit(**dialog.suggested)
    assert is_done(dialog)
    assert saved(loaded) == {"server_id": SURVIVAL, "query": {"protocol": "minecraft_java"}}
    await panel.wait_for(shows(hass, PLAYERS, "2"))

    dialog = await reconfigure(hass, loaded)
    await dialog.submit(protocol="off", host="elsewhere.example.com", port=1)
    assert is_done(dialog)
    assert saved(loaded) == {"server_id": SURVIVAL}
    await panel.wait_for(lambda _: hass.states.get(PLAYERS) is None)


@pytest.mark.parametrize(
    ("remove", "reason"),
    [
        (lambda hass, entry, server: hass.config_entries.async_remove_subentry(entry, server), "server_removed"),
        (lambda hass, entry, _server: hass.config_entries.async_unload(entry.entry_id), "entry_not_loaded"),
        (lambda hass, entry, _server: hass.config_entries.async_remove(entry.entry_id), "entry_not_loaded"),
    ],
    ids=["server removed", "panel unloaded", "panel removed"],
)
async def test_removed_while_it_is_open(
    hass: HomeAssistant,
    panel: Panel,
    loaded: MockConfigEntry,
    port: GamePort,
    remove: Callable[[HomeAssistant, MockConfigEntry, str], Any],
    reason: str,
) -> None:
    """Before the form is sent, and while the game is asked."""
    waiting, asking = await reconfigure(hass, loaded), await reconfigure(hass, loaded)
    port.behaviour = "silent"
    given = dict(asking.suggested)
    submitted = hass.async_create_task(asking.submit(**given))
    await panel.wait_for(lambda _: port.questions)
    done = remove(hass, loaded, subentry_of(loaded, SURVIVAL).subentry_id)
    if isawaitable(done):
        await done
    await submitted
    await waiting.submit(**given)
    for dialog in (asking, waiting):
        assert (dialog.result["type"], dialog.result["reason"]) == (FlowResultType.ABORT, reason)


async def test_another_port(hass: HomeAssistant, panel: Panel, loaded: MockConfigEntry) -> None:
    # Until the next test, whose hosts the harness sets again.
    socket_allow_hosts(["127.0.0.1", "127.0.0.2"])
    other = await panel.queries.open(SURVIVAL, "source", host="127.0.0.2")
    given = {"protocol": "source", "host": "127.0.0.2", "port": other.port, "interval": 60}
    dialog = await reconfigure(hass, loaded)
    await dialog.submit(**given)
    assert is_done(dialog)
    assert saved(loaded)["query"] == given
    assert (await reconfigure(hass, loaded)).suggested == given


@pytest.mark.parametrize(
    ("typed", "host", "port"),
    [
        ("play.example.com:27015", "play.example.com", 27015),
        ("[2001:db8::1]:27015", "2001:db8::1", 27015),
        ("2001:db8::1", "2001:db8::1", 25565),
        ("play.example.com:99999", "play.example.com:99999", 25565),
    ],
)
def test_address_as_host(typed: str, host: str, port: int) -> None:
    """As it is shown of a server; what is none stays what it is, and is no host."""
    form = {"protocol": "source", "host": typed, "port": 25565, "interval": 30}
    assert query_from_input(form, None) == {"protocol": "source", "host": host, "port": port}


async def test_errors(
    hass: HomeAssistant, panel: Panel, loaded: MockConfigEntry, port: GamePort, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is told, nothing is saved with one, and what was typed stays."""
    given = {"protocol": "minecraft_java", "host": "127.0.0.1", "port": port.port}
    dialog = await reconfigure(hass, loaded)
    port.behaviour = "silent"
    await dialog.submit(**given)
    assert dialog.form == ("reconfigure", {"base": "no_answer"})
    port.behaviour = "nonsense"
    await dialog.submit(**given)
    assert dialog.form == ("reconfigure", {"base": "other_game"})
    await dialog.submit(**given | {"port": 1})
    assert dialog.form == ("reconfigure", {"base": "blocked"})
    with monkeypatch.context() as patched:
        # The harness itself looks no name up.
        patched.setattr("socket.getaddrinfo", Mock(side_effect=socket.gaierror))
        await dialog.submit(**given | {"host": " nowhere.invalid "})
    assert dialog.form == ("reconfigure", {"host": "unknown_host"})
    assert dialog.suggested["host"] == " nowhere.invalid "
    panel.set_status(SURVIVAL, "STOPPED")
    await panel.wait_for(shows(hass, STATUS, "stopped"))
    await dialog.submit(**given)
    assert dialog.form == ("reconfigure", {"base": "not_running"})
    assert saved(loaded) == {"server_id": SURVIVAL}
    panel.set_status(SURVIVAL, "RUNNING")
    port.behaviour = "answer"
    await panel.wait_for(shows(hass, STATUS, "running"))
    await dialog.submit(**given | {"host": " [127.0.0.1] "})
    assert is_done(dialog)
    assert saved(loaded)["query"] == {"protocol": "minecraft_java"}


async def test_no_address(hass: HomeAssistant, panel: Panel, loaded: MockConfigEntry, port: GamePort) -> None:
    panel.update_server(SURVIVAL, allocations=[])
    await panel.wait_for(lambda _: hass.states.is_state("sensor.survival_address", "unknown"))
    dialog = await reconfigure(hass, loaded)
    assert dialog.suggested == {"protocol": "minecraft_java"}
    await dialog.submit(protocol="minecraft_java", port=port.port)
    assert dialog.form == ("reconfigure", {"host": "no_address"})
    await dialog.submit(protocol="minecraft_java", host="127.0.0.1", port=port.port)
    assert is_done(dialog)


@pytest.mark.parametrize(
    ("blueprint", "protocol"),
    [
        ("Minecraft Java", "minecraft_java"),
        ("PaperMC", "off"),
        ("Vanilla Minecraft 1.21", "minecraft_java"),
        ("Minecraft: Bedrock Edition", "minecraft_bedrock"),
        ("Valheim (BepInEx)", "source"),
        ("ARK: Survival Evolved", "source"),
        # It answers only with a password.
        ("ARK: Survival Ascended", "off"),
        ("FiveM", "fivem"),
        ("Trust the process", "off"),
        (None, "off"),
    ],
)
async def test_what_a_blueprint_suggests(
    hass: HomeAssistant, panel: Panel, loaded: MockConfigEntry, blueprint: str | None, protocol: str
) -> None:
    panel.update_server(SURVIVAL, blueprint=blueprint and {"id": "b", "name": blueprint})
    coordinator = next(iter(loaded.runtime_data.servers.values()))
    await panel.wait_for(lambda _: (coordinator.data.blueprint and coordinator.data.blueprint.name) == blueprint)
    assert (await reconfigure(hass, loaded)).suggested["protocol"] == protocol


def test_a_blueprint_says_more_than_an_image() -> None:
    """Games other than Minecraft need Java, too."""
    server = Server(SURVIVAL, image="ghcr.io/example/games:java_21")
    assert suggest_protocol(server) is Protocol.MINECRAFT_JAVA
    assert suggest_protocol(replace(server, blueprint=Blueprint("b", "Project Zomboid"))) is Protocol.SOURCE


@pytest.mark.parametrize("wrong", [{"port": 0}, {"port": 70000}, {"interval": 9}, {"interval": 301}, {"protocol": "x"}])
async def test_limits(hass: HomeAssistant, loaded: MockConfigEntry, wrong: dict[str, Any]) -> None:
    dialog = await reconfigure(hass, loaded)
    with pytest.raises(InvalidData):
        await dialog.submit(**{"protocol": "source"} | wrong)


async def test_not_loaded(hass: HomeAssistant, loaded: MockConfigEntry) -> None:
    dialog = await reconfigure(hass, loaded)
    await hass.config_entries.async_unload(loaded.entry_id)
    await dialog.submit(protocol="off")
    assert dialog.result["reason"] == "entry_not_loaded"


async def test_what_an_image_suggests(hass: HomeAssistant, set_up: SetUp) -> None:
    """Generation 2 names no blueprint to whoever is no admin."""
    panel = Panel(generation=2, limits=False, speed=100, drain=0)
    await panel.start()
    account = panel.add_account("sam@example.com", "correct horse")
    panel.add_server("Survival", owner=account, server_id=SURVIVAL)
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, {SURVIVAL: "Survival"})
    await set_up(entry)
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert (await reconfigure(hass, entry)).suggested["protocol"] == "minecraft_java"
    await hass.config_entries.async_unload(entry.entry_id)
    await panel.stop()
