"""A connection that stays lost, or is lost again and again: what the log and the repairs tell of it."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from datetime import timedelta
import logging

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryDisabler, ConfigEntryState
from homeassistant.core import HomeAssistant
from homeassistant.helpers import issue_registry as ir
from homeassistant.util import dt as dt_util
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, async_fire_time_changed

from custom_components.stellarstack.client.exceptions import PanelConnectionError
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from custom_components.stellarstack.outage import LASTING, MOST_LOSSES, MOST_REASONS, STABLE, Outage
from simulator import Panel
from simulator.accounts import Account

from .common import SERVERS, STATUS, Clock, SetUp, cut_handshakes_allowed, entry_for, shows

pytestmark = pytest.mark.parametrize("timing", [replace(Timing(), first_reconnect=0.02, longest_reconnect=0.1)])

SHORT = timedelta(seconds=LASTING / 2)
LONG = timedelta(seconds=LASTING)
ELSEWHERE = "https://games.example.com"


def repairs(hass: HomeAssistant) -> list[str]:
    """Return the keys of our repairs."""
    return [issue.translation_key or "" for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what we warned of."""
    return [
        record.getMessage()
        for record in caplog.records
        if record.name.startswith("custom_components.stellarstack") and record.levelno >= logging.WARNING
    ]


@pytest.fixture
async def secure_panel(hass: HomeAssistant, panel: Panel) -> AsyncGenerator[Panel]:
    """The same panel behind https, with a certificate of its own."""
    twin = Panel(tick=panel.tick, limits=False, tls=True, twin_of=panel)
    await twin.start()
    # A client that is reloaded leaves in its handshake.
    with cut_handshakes_allowed(hass.loop):
        yield twin
        await twin.stop()


def secure_url(panel: Panel) -> str:
    """Return a panel's https address, where no name has to be resolved."""
    return panel.url.replace("localhost", "127.0.0.1")


def redirect(panel: Panel, base: str) -> None:
    """Let the panel send everything elsewhere, as a proxy does."""
    for path in ("/api/ws", "/api/ws/token", "/api/me", "/api/servers"):
        panel.fail(path, status=308, body="", headers={"Location": f"{base}{path}"})
    panel.drop_clients()


async def lose(panel: Panel, hass: HomeAssistant) -> None:
    """Wait until Home Assistant knows that there is no connection, and tries again."""
    await panel.wait_for(shows(hass, STATUS, "unavailable"))
    before = panel.requests.count(("GET", "/api/ws"))
    await panel.wait_for(lambda panel: panel.requests.count(("GET", "/api/ws")) > before + 1)


@pytest.mark.parametrize(
    ("status", "body", "key"),
    [
        (502, "", "cannot_connect"),
        (404, "<html>404 page not found", "not_the_panel"),
        (429, "", "rate_limited"),
        (400, "<html>400 No required SSL certificate was sent</html>", "client_certificate"),
        (302, "", "not_the_panel"),
    ],
)
async def test_what_lasts_is_explained(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
    status: int,
    body: str,
    key: str,
) -> None:
    """The answers of a proxy, each of which refuses the WebSocket too."""
    await set_up(entry)
    for path in ("/api/ws", "/api/ws/token"):
        panel.fail(path, status=status, body=body, headers={"Location": "/login"} if status == 302 else {})
    panel.drop_clients()
    await lose(panel, hass)
    await clock.advance(LONG)
    await panel.wait_for(lambda _: repairs(hass) == [key])
    # A reason that changes meanwhile.
    panel.clear_faults()
    for path in ("/api/ws", "/api/ws/token"):
        panel.fail(path, status=503, body="")
    await lose(panel, hass)
    await clock.advance(LONG)
    await panel.wait_for(lambda _: repairs(hass) == ["cannot_connect"])
    panel.clear_faults()
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert repairs(hass) == []
    assert len(warnings(caplog)) == 1


async def test_a_short_outage_is_not_explained(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    await set_up(entry)
    port = int(panel.url.rpartition(":")[2])
    await panel.stop()
    await hass.async_block_till_done()
    await clock.advance(SHORT)
    assert repairs(hass) == []
    await panel.start(port)
    await panel.wait_for(shows(hass, STATUS, "running"))
    # Its time goes on from the next loss, not from this one.
    await clock.advance(SHORT)
    assert repairs(hass) == []


async def test_a_panel_that_stays_away(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    await set_up(entry)
    port = int(panel.url.rpartition(":")[2])
    await panel.stop()
    await panel.wait_for(shows(hass, STATUS, "unavailable"))
    await clock.advance(LONG)
    assert repairs(hass) == ["cannot_connect"]
    await panel.start(port)
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert repairs(hass) == []


async def test_no_secure_connection(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, clock: Clock
) -> None:
    """The set-up finds it at each of its attempts, as it would a certificate that is not trusted."""
    entry = MockConfigEntry(
        domain=DOMAIN,
        unique_id=account.id,
        data={
            "url": panel.url.replace("http", "https"),
            "verify_ssl": True,
            "session": panel.create_session(account).cookie,
        },
    )
    await set_up(entry)
    assert repairs(hass) == []
    await clock.advance(LONG)
    assert repairs(hass) == ["ssl_error"]


async def test_a_set_up_that_fails_for_long(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    panel.fail("/api/ws/token", status=502, body="")
    await set_up(entry)
    assert entry.state is ConfigEntryState.SETUP_RETRY
    await clock.advance(SHORT)
    assert repairs(hass) == []
    await clock.advance(SHORT)
    assert repairs(hass) == ["cannot_connect"]
    panel.clear_faults()
    await clock.advance(SHORT)
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert repairs(hass) == []


async def test_an_entry_that_is_disabled_while_it_cannot_be_set_up(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    panel.fail("/api/ws/token", status=502, body="")
    await set_up(entry)
    await clock.advance(LONG)
    assert repairs(hass) == ["cannot_connect"]
    await hass.config_entries.async_set_disabled_by(entry.entry_id, ConfigEntryDisabler.USER)
    await clock.advance(LONG)
    assert repairs(hass) == []


async def test_an_entry_that_is_removed_while_it_cannot_be_set_up(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    panel.fail("/api/ws/token", status=502, body="")
    await set_up(entry)
    await clock.advance(LONG)
    await hass.config_entries.async_remove(entry.entry_id)
    await clock.advance(LONG)
    assert repairs(hass) == []


async def test_a_session_that_has_ended_is_asked_for_instead(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, clock: Clock
) -> None:
    """An outage that was explained ends in the request to sign in, which takes its place."""
    await set_up(entry)
    panel.fail("/api/ws", status=502, body="")
    panel.fail("/api/ws/token", status=502, body="")
    panel.drop_clients()
    await lose(panel, hass)
    await clock.advance(LONG)
    await panel.wait_for(lambda _: repairs(hass) == ["cannot_connect"])
    panel.delete_sessions()
    panel.clear_faults()
    await panel.wait_for(lambda _: hass.config_entries.flow.async_progress())
    assert [flow["context"]["source"] for flow in hass.config_entries.flow.async_progress()] == [SOURCE_REAUTH]
    assert repairs(hass) == []
    await clock.advance(LONG)
    assert repairs(hass) == []


# A panel that has moved.


@pytest.mark.parametrize("fails_from_the_start", [True, False])
async def test_another_host_is_not_followed(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    clock: Clock,
    issue_registry: ir.IssueRegistry,
    fails_from_the_start: bool,
) -> None:
    if fails_from_the_start:
        redirect(panel, ELSEWHERE)
        await set_up(entry)
    else:
        await set_up(entry)
        redirect(panel, ELSEWHERE)
        await lose(panel, hass)
    await clock.advance(LONG)
    await panel.wait_for(lambda _: repairs(hass) == ["moved"])
    issue = issue_registry.async_get_issue(DOMAIN, f"moved_{entry.entry_id}")
    assert issue is not None
    assert issue.translation_placeholders == {
        "panel": entry.title,
        "url": panel.url,
        "location": r"https\:\/\/games\.example\.com",
    }
    assert entry.data["url"] == panel.url


@pytest.mark.parametrize("switches_while_away", [True, False])
async def test_a_panel_that_switches_to_https(
    hass: HomeAssistant,
    panel: Panel,
    secure_panel: Panel,
    account: Account,
    set_up: SetUp,
    switches_while_away: bool,
) -> None:
    entry = entry_for(panel, panel.create_session(account).cookie, account.id, SERVERS)
    entry = MockConfigEntry(
        domain=DOMAIN,
        title=panel.url.partition("://")[2],
        unique_id=entry.unique_id,
        data={**entry.data, "verify_ssl": False},
        subentries_data=[dict(each.as_dict()) for each in entry.subentries.values()],
    )
    if switches_while_away:
        redirect(panel, secure_url(secure_panel))
        await set_up(entry)
    else:
        await set_up(entry)
        redirect(panel, secure_url(secure_panel))
    await panel.wait_for(lambda _: entry.data["url"] == secure_url(secure_panel))
    await panel.wait_for(lambda _: len(secure_panel.connections) == 1)
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert entry.title == secure_url(secure_panel).partition("://")[2]
    assert repairs(hass) == []


async def test_https_with_another_account_is_not_taken_over(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, clock: Clock
) -> None:
    """The same host may have another panel on another port."""
    other = Panel(tick=panel.tick, limits=False, tls=True)
    await other.start()
    stranger = other.add_account("eve@example.com", "correct horse")
    session = panel.create_session(account)
    other.accounts.sessions[session.token] = other.create_session(stranger)
    entry = MockConfigEntry(
        domain=DOMAIN,
        title="Panel",
        unique_id=account.id,
        data={"url": panel.url, "verify_ssl": False, "session": session.cookie},
    )
    redirect(panel, secure_url(other))
    with cut_handshakes_allowed(hass.loop):
        await set_up(entry)
        await clock.advance(LONG)
        assert entry.data["url"] == panel.url
        assert repairs(hass) == ["moved"]
        await other.stop()


# Connections that do not last.


async def drop(panel: Panel, hass: HomeAssistant, code: int = 1001) -> None:
    """End the connection as a proxy does, and wait for the next one."""
    upgrades = panel.upgrades
    panel.drop_clients(code)
    await panel.wait_for(lambda panel: panel.upgrades > upgrades)
    await panel.wait_for(shows(hass, STATUS, "running"))
    await hass.async_block_till_done()


async def test_connections_that_end_at_a_fixed_age(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "custom_components.stellarstack")
    await set_up(entry)
    for losses in range(1, 10):
        await drop(panel, hass)
        assert repairs(hass) == ["unstable_connection"] * (losses >= MOST_LOSSES)
    assert len(warnings(caplog)) == 1
    assert caplog.text.count("is back") == 1


async def test_a_connection_that_lasts_ends_what_was_told(
    hass: HomeAssistant, entry: MockConfigEntry, caplog: pytest.LogCaptureFixture
) -> None:
    """Of its own, for time that passes at once would time the connection out, too."""
    entry.add_to_hass(hass)
    outage = Outage(hass, entry)
    for _ in range(MOST_LOSSES):
        outage.async_connected()
        outage.async_failed(PanelConnectionError("closed"))
    outage.async_connected()
    assert repairs(hass) == ["unstable_connection"]
    now = dt_util.utcnow()
    async_fire_time_changed(hass, now + timedelta(seconds=STABLE - 10))
    assert repairs(hass) == ["unstable_connection"]
    async_fire_time_changed(hass, now + timedelta(seconds=STABLE + 10))
    assert repairs(hass) == []
    assert len(warnings(caplog)) == 1
    # From now on, it is told as the first time.
    outage.async_failed(PanelConnectionError("closed"))
    outage.async_connected()
    assert repairs(hass) == []
    assert len(warnings(caplog)) == 2
    outage.async_end()


async def test_an_outage_that_lasts_is_logged_though_its_reason_is_known(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    set_up: SetUp,
    clock: Clock,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """The last line never says that the connection is back while it is not."""
    caplog.set_level(logging.INFO, "custom_components.stellarstack")
    await set_up(entry)
    await drop(panel, hass)
    panel.fail("/api/ws", status=503, body="")
    panel.fail("/api/ws/token", status=503, body="")
    panel.drop_clients(1001)
    await lose(panel, hass)
    assert len(warnings(caplog)) == 1
    await clock.advance(LONG)
    await panel.wait_for(lambda _: repairs(hass) == ["cannot_connect"])
    assert len(warnings(caplog)) == 2
    await clock.advance(LONG)
    assert len(warnings(caplog)) == 2
    panel.clear_faults()
    await panel.wait_for(shows(hass, STATUS, "running"))
    assert caplog.text.count("is back") == 2


async def test_each_reason_has_one_line(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, caplog: pytest.LogCaptureFixture
) -> None:
    await set_up(entry)
    codes = range(4000, 4000 + MOST_REASONS + 3)
    for code in codes:
        await drop(panel, hass, code)
    told = [text.rpartition(" ")[2] for text in warnings(caplog)]
    assert told == [str(code) for code in codes][:MOST_REASONS]


async def test_a_panel_that_had_too_many_calls_is_no_repair_at_once(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp
) -> None:
    """It refuses upgrades too, for a minute at most."""
    await set_up(entry)
    panel.fail("/api/ws", status=400, body="")
    panel.fail("/api/ws/token", status=429, body="")
    panel.drop_clients()
    await panel.wait_for(lambda panel: panel.requests.count(("GET", "/api/ws/token")) == 2)
    await hass.async_block_till_done(wait_background_tasks=True)
    assert repairs(hass) == []
