"""The WebSocket commands of cards: who may use them, and how they end."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any

from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.auth.models import User
from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import WebSocketGenerator

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from simulator import Panel
from simulator.accounts import Account

from .cards import Card, OpenCard, cards
from .common import SERVERS, SetUp, entry_for, subentry_of
from .flows import PROBE

KINDS = ["console", "usage"]


@pytest.fixture
def timing() -> Timing:
    """How long the client waits: sockets open and close soon."""
    return replace(Timing(), first_reconnect=0.02, live_linger=0.05, live_settle=0.05, ticket_pace=0.01)


@pytest.fixture
async def open_card(hass: HomeAssistant, hass_ws_client: WebSocketGenerator) -> AsyncGenerator[OpenCard]:
    """Opens cards."""
    async with cards(hass_ws_client, hass) as open_card:
        yield open_card


@pytest.fixture
async def user(hass: HomeAssistant) -> User:
    """A user who may control everything, but is no admin."""
    return await hass.auth.async_create_user("User", group_ids=[GROUP_ID_USER])


async def token_of(hass: HomeAssistant, user: User) -> str:
    """Return an access token of a user."""
    refresh_token = await hass.auth.async_create_refresh_token(user, "http://localhost")
    return hass.auth.async_create_access_token(refresh_token)


def say(panel: Panel, *lines: str, server_id: str = "srv_survival") -> None:
    """Let a game print lines at once."""
    panel.machine.print(server_id, "".join(f"{line}\r\n" for line in lines))


@pytest.mark.parametrize("kind", KINDS)
async def test_device_that_is_no_server(
    hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp, hass_ws_client: WebSocketGenerator, kind: str
) -> None:
    await set_up(entry)
    panel_device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, entry.entry_id), entry.entry_id)
    other = MockConfigEntry(domain="other")
    other.add_to_hass(hass)
    foreign = dr.async_get(hass).async_get_or_create(config_entry_id=other.entry_id, identifiers={("other", "1")})
    assert panel_device is not None
    for device_id in ("no such device", panel_device.id, foreign.id):
        card = Card(await hass_ws_client(hass))
        result = await card.subscribe(kind, device_id)
        assert result["error"]["code"] == "not_found"
        await card.close()


@pytest.mark.parametrize("kind", KINDS)
async def test_right_to_control_is_needed(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, open_card: OpenCard, user: User, kind: str
) -> None:
    await set_up(entry)
    reader = await hass.auth.async_create_user("Reader", group_ids=[GROUP_ID_READ_ONLY])
    refused = await open_card(kind, "srv_survival", await token_of(hass, reader))
    assert refused.result["error"]["code"] == "unauthorized"
    assert not panel.live.connections
    allowed = await open_card(kind, "srv_survival", await token_of(hass, user))
    assert allowed.result["success"]


async def test_right_that_is_lost(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, open_card: OpenCard, user: User
) -> None:
    """Not a line more is sent, and the socket is not held any longer."""
    await set_up(entry)
    card = await open_card("console", "srv_survival", await token_of(hass, user))
    await panel.wait_for(lambda _: card.states[-1:] == ["live"])
    await hass.auth.async_update_user(user, group_ids=[GROUP_ID_READ_ONLY])
    say(panel, "secret")
    await panel.wait_for(lambda _: card.states[-1] == "unauthorized")
    await panel.wait_for(lambda panel: not panel.live.connections)
    assert "secret" not in card.lines
    await card.unsubscribe()


@pytest.mark.parametrize("kind", KINDS)
async def test_device_that_is_removed(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, open_card: OpenCard, user: User, kind: str
) -> None:
    await set_up(entry)
    card = await open_card(kind, "srv_survival", await token_of(hass, user))
    await panel.wait_for(lambda panel: panel.live.connections)
    hass.config_entries.async_remove_subentry(entry, subentry_of(entry, "srv_survival").subentry_id)
    await panel.wait_for(lambda _: card.states[-1:] == ["off"])
    await panel.wait_for(lambda panel: not panel.live.connections)


@pytest.mark.parametrize("kind", KINDS)
async def test_panel_that_is_not_loaded(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, open_card: OpenCard, kind: str
) -> None:
    await set_up(entry)
    assert await hass.config_entries.async_unload(entry.entry_id)
    card = await open_card(kind, "srv_survival")
    await panel.wait_for(lambda _: card.states == ["off"])
    panel.fail(PROBE, status=502)
    assert not await hass.config_entries.async_setup(entry.entry_id)
    await panel.wait_for(lambda _: card.states == ["off", "connecting", "unreachable"])
    panel.clear_faults()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await panel.wait_for(lambda _: card.states[-1] == "live")


async def test_words(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, open_card: OpenCard
) -> None:
    """What a card is told when nothing comes."""
    panel.edit("srv_creative", status="STOPPED")
    await set_up(entry)
    stopped, card = await open_card("usage", "srv_creative"), await open_card("usage", "srv_survival")
    await panel.wait_for(lambda _: stopped.states == ["stopped"] and card.states[:1] == ["connecting"])
    await panel.wait_for(lambda _: card.states == ["connecting", "live"])
    panel.live.refuse_tokens = True
    panel.live.drop_clients()
    await panel.wait_for(lambda _: card.states[-1] == "unreachable")


async def test_session_without_live_sockets(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, open_card: OpenCard
) -> None:
    entry = entry_for(panel, panel.create_session(account).token, account.id, SERVERS)
    await set_up(entry)
    card = await open_card("console", "srv_survival")
    await panel.wait_for(lambda _: card.states == ["off"])
    assert card.events[0] == {"lines": [], "reset": True}


async def test_flood(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, open_card: OpenCard
) -> None:
    """Lines come together, and of too many the last ones."""
    await set_up(entry)
    card = await open_card("console", "srv_survival")
    await panel.wait_for(lambda _: card.states[-1:] == ["live"])
    before = len(card.events)
    say(panel, *(f"line {number}" for number in range(2000)))
    await panel.wait_for(lambda _: card.lines[-1:] == ["line 1999"])
    batches = card.events[before:]
    assert len(batches) <= 4
    assert all(len(batch["lines"]) <= 500 for batch in batches)


async def test_console_that_begins_anew(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, open_card: OpenCard
) -> None:
    """After a gap in which more was printed than the node keeps, the card is told all that is known."""
    await set_up(entry)
    card = await open_card("console", "srv_survival")
    await panel.wait_for(lambda _: card.states[-1:] == ["live"])
    say(panel, "before")
    await panel.wait_for(lambda _: card.lines[-1:] == ["before"])
    panel.live.drop_clients()
    say(panel, *(f"line {number}" for number in range(1000)))
    await panel.wait_for(lambda _: card.lines[-1:] == ["line 999"])
    resets = [event for event in card.events if event["reset"]]
    assert resets[-1]["lines"][-1] == "line 999"
    assert len(resets[-1]["lines"]) <= 500


@pytest.mark.parametrize("kind", KINDS)
async def test_nothing_is_left(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, open_card: OpenCard, kind: str
) -> None:
    """An unsubscribed card leaves no listener behind."""
    await set_up(entry)
    servers: Any = entry.runtime_data.panel.client.servers
    (channel,) = (server.channel for server in servers if server.id == "srv_survival")

    def listeners() -> tuple[int, ...]:
        return len(channel.console), len(channel.samples), len(channel.changes), len(entry._on_state_change or ())

    before = listeners()
    card = await open_card(kind, "srv_survival")
    assert listeners() != before
    await card.unsubscribe()
    await panel.wait_for(lambda _: listeners() == before)
    assert not channel.is_watched
