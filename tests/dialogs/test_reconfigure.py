"""Moving a panel to another address."""

from dataclasses import replace

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DATA_TIMING, DOMAIN
from simulator import Account, Panel
from tests.common import SERVERS, STATUS, SetUp, entry_for
from tests.flows import EMAIL, PASSWORD, PROBE, WRONG_PASSWORD, Bench, Dialog, twin

from .support import GET_SESSION, answer, connection_of, name_of, server_ids


async def reconfigure(hass: HomeAssistant, entry: MockConfigEntry) -> Dialog:
    dialog = Dialog(hass, hass.config_entries.flow, await entry.start_reconfigure_flow(hass))
    assert dialog.form == ("reconfigure", {})
    assert dialog.suggested == {"url": entry.data["url"], "verify_ssl": entry.data["verify_ssl"]}
    return dialog


@pytest.mark.parametrize(
    ("loaded", "named"), [(True, False), (False, True)], ids=["loaded, default title", "failed, own title"]
)
async def test_reconfigure(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench, loaded: bool, named: bool
) -> None:
    """The panel moved with all it has; the title follows unless the user gave another."""
    moved = await bench.start(twin(panel))
    entry.add_to_hass(hass)
    title = "Our servers" if named else panel.url.removeprefix("http://")
    hass.config_entries.async_update_entry(entry, title=title)
    if loaded:
        await set_up(entry)
        await panel.stop()
    else:
        await panel.stop()
        await set_up(entry)
        assert entry.state is ConfigEntryState.SETUP_RETRY
    data = dict(entry.data)

    dialog = await reconfigure(hass, entry)
    await dialog.submit(url=f"{moved.url}/", verify_ssl=False)
    assert dialog.reason == "reconfigure_successful"
    assert entry.data == data | {"url": moved.url, "verify_ssl": False}
    assert entry.title == (title if named else moved.url.removeprefix("http://"))
    await hass.async_block_till_done()
    await moved.wait_for(lambda _: hass.states.is_state(STATUS, "running"))
    assert entry.state is ConfigEntryState.LOADED
    assert moved.upgrades == 2
    assert sorted(server_ids(entry)) == sorted(SERVERS)
    assert hass.config_entries.async_entries(DOMAIN) == [entry]


async def test_reconfigure_nothing(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    await set_up(entry)
    before, upgrades = entry.as_dict(), panel.upgrades
    dialog = await reconfigure(hass, entry)
    await dialog.submit(**dialog.suggested)
    assert dialog.reason == "reconfigure_successful"
    await hass.async_block_till_done()
    assert {**entry.as_dict(), "modified_at": None} == {**before, "modified_at": None}
    assert panel.upgrades == upgrades + 2
    assert hass.states.is_state(STATUS, "running")


@pytest.mark.parametrize("raw", [False, True], ids=["cookie", "raw token"])
async def test_reconfigure_to_https(
    hass: HomeAssistant, panel: Panel, account: Account, set_up: SetUp, bench: Bench, raw: bool
) -> None:
    """The session holds, but its cookie is called otherwise from now on."""
    session = panel.create_session(account)
    entry = entry_for(panel, session.token if raw else session.cookie, account.id, SERVERS)
    await set_up(entry)
    await panel.stop()
    panel.accounts.session_cookie = f"__Secure-{name_of(session)}"
    moved = await bench.start(twin(panel, tls=True))

    dialog = await reconfigure(hass, entry)
    await dialog.submit(url=moved.url, verify_ssl=True)
    assert dialog.form == ("reconfigure", {"base": "ssl_error"})
    await dialog.submit(url=moved.url, verify_ssl=False)
    assert dialog.reason == "reconfigure_successful"
    assert connection_of(entry) == {
        "url": moved.url,
        "verify_ssl": False,
        "session": session.token if raw else f"__Secure-{session.cookie}",
    }
    await hass.async_block_till_done()
    await moved.wait_for(lambda _: hass.states.is_state(STATUS, "running"))


async def test_reconfigure_errors(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench, timing: Timing
) -> None:
    await set_up(entry)
    before = entry.as_dict()
    moved = await bench.start(twin(panel))
    page = f"http://127.0.0.1:{await bench.serve(answer())}"
    await panel.stop()
    dialog = await reconfigure(hass, entry)
    for url, errors in (
        ("ftp://panel.example.com", {"url": "invalid_url"}),
        (page, {"base": "not_the_panel"}),
        (panel.url, {"base": "cannot_connect"}),
        (panel.url.replace("http:", "https:"), {"base": "cannot_connect"}),
    ):
        await dialog.submit(url=url, verify_ssl=True)
        assert dialog.form == ("reconfigure", errors)
        assert dialog.suggested == {"url": url, "verify_ssl": True}
    for path, status, error in (
        (PROBE, 429, "rate_limited"),
        (GET_SESSION, 500, "cannot_connect"),
        (GET_SESSION, 502, "cannot_connect"),
        ("/api/ws", 403, "websocket_blocked"),
    ):
        moved.fail(path, status)
        await dialog.submit(url=moved.url, verify_ssl=True)
        assert dialog.form == ("reconfigure", {"base": error})
        moved.clear_faults()
    moved.hang_upgrades = True
    hass.data[DATA_TIMING] = replace(timing, connect=0.5)
    await dialog.submit(url=moved.url, verify_ssl=True)
    assert dialog.form == ("reconfigure", {"base": "timeout_connect"})
    hass.data[DATA_TIMING] = timing
    moved.hang_upgrades = False
    assert entry.as_dict() == before

    await dialog.submit(url=moved.url, verify_ssl=True)
    assert dialog.reason == "reconfigure_successful"
    await hass.async_block_till_done()
    await moved.wait_for(lambda _: hass.states.is_state(STATUS, "running"))


async def test_reconfigure_and_sign_in(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    """The panel was set up anew from a backup that has no sessions."""
    await set_up(entry)
    await panel.stop()
    moved = twin(panel)
    await bench.start(moved)
    moved.delete_sessions()

    dialog = await reconfigure(hass, entry)
    await dialog.submit(url=moved.url, verify_ssl=True)
    assert dialog.menu == ("auth_method", ["credentials", "session"])
    assert dialog.placeholders == {"url": moved.url}
    await dialog.sign_in(password=WRONG_PASSWORD)
    assert dialog.form == ("credentials", {"base": "invalid_auth"})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.reason == "reconfigure_successful"
    (session,) = moved.accounts.sessions.values()
    assert connection_of(entry) == {"url": moved.url, "verify_ssl": True, "session": session.cookie}
    await hass.async_block_till_done()
    await moved.wait_for(lambda _: hass.states.is_state(STATUS, "running"))


async def test_reconfigure_while_reauth_waits(
    hass: HomeAssistant, panel: Panel, account: Account, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    """A panel that moved and forgot the session: whichever dialog the user takes leads on."""
    panel.delete_sessions()
    await set_up(entry)
    await bench.requested_dialog(entry)
    moved = await bench.start(twin(panel))
    dialog = await reconfigure(hass, entry)
    await dialog.submit(url=moved.url, verify_ssl=True)
    await dialog.paste(panel.create_session(account).cookie)
    assert dialog.reason == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.LOADED
    assert hass.config_entries.flow.async_progress() == []


@pytest.mark.parametrize("known", [False, True], ids=["signs in", "session known"])
async def test_reconfigure_to_another_account(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench, known: bool
) -> None:
    """The wrong account changes nothing, and the dialog goes on."""
    await set_up(entry)
    before = entry.as_dict()
    other = panel.add_account("sam@example.com", PASSWORD)
    moved = await bench.start(twin(panel))
    sessions = list(panel.accounts.sessions.values())
    if known:
        owner = sessions[0].account
        for session in sessions:
            session.account = other
    else:
        panel.delete_sessions()

    dialog = await reconfigure(hass, entry)
    await dialog.submit(url=moved.url, verify_ssl=True)
    if known:
        assert dialog.form == ("reconfigure", {"base": "wrong_account"})
        for session in sessions:
            session.account = owner
    else:
        await dialog.sign_in("sam@example.com")
        assert dialog.form == ("credentials", {"base": "wrong_account"})
    await hass.async_block_till_done()
    assert entry.as_dict() == before
    await moved.wait_for(lambda panel: not panel.connections)

    if known:
        await dialog.submit(url=moved.url, verify_ssl=True)
    else:
        await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.reason == "reconfigure_successful"
    await hass.async_block_till_done()
    await moved.wait_for(lambda _: hass.states.is_state(STATUS, "running"))
