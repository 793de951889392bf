"""The dialogs with a panel of generation 2."""

from collections.abc import AsyncGenerator

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Account, Panel
from tests.common import STATUS, SetUp, shows
from tests.flows import EMAIL, PASSWORD, WRONG_PASSWORD, Bench, Dialog, bench_of

from .common import SHARED, SURVIVAL


@pytest.fixture(autouse=True)
async def bench(hass: HomeAssistant, panel: Panel, caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Bench]:
    """Home Assistant with dialogs, all of whose steps are looked at."""
    async with bench_of(hass, panel, caplog) as bench:
        yield bench


async def finish(hass: HomeAssistant, panel: Panel, account: Account, dialog: Dialog) -> None:
    """Take what is suggested; shared servers are listed, too."""
    assert dialog.form == ("servers", {})
    assert dialog.choices("servers") == {SHARED: "Shared", SURVIVAL: "Survival"}
    await dialog.submit(servers=dialog.suggested["servers"])
    await hass.async_block_till_done()
    assert dialog.entry.state is ConfigEntryState.LOADED
    assert dialog.entry.unique_id == account.id
    assert shows(hass, STATUS, "running")(panel)


@pytest.mark.parametrize("page", ["", "/login", "/servers/" + SURVIVAL])
async def test_sign_in(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, page: str) -> None:
    dialog = await bench.dialog(panel.url + page)
    await dialog.sign_in(password=WRONG_PASSWORD)
    assert dialog.form == ("credentials", {"base": "invalid_auth"})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, panel, account, dialog)


async def test_two_factors(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    account.two_factor = True
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    assert dialog.form == ("two_factor", {})
    await dialog.submit(code="aaaaa-bbbbb")
    assert dialog.form == ("two_factor", {"code": "invalid_code"})
    await dialog.submit(code=account.totp())
    await finish(hass, panel, account, dialog)


async def test_pasted_session(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """A raw token is of no use there, and the dialog says so without asking the panel."""
    session = panel.create_session(account)
    dialog = await bench.dialog(panel.url)
    asked = len(panel.requests)
    await dialog.paste(session.token)
    assert dialog.form == ("session", {"session": "raw_token"})
    assert len(panel.requests) == asked
    await dialog.submit(session=session.cookie)
    await finish(hass, panel, account, dialog)


async def test_reauth(
    hass: HomeAssistant, panel: Panel, owner: Account, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    await set_up(entry)
    panel.delete_sessions()
    dialog = await bench.requested_dialog(entry)
    await dialog.sign_in(owner.email)
    assert dialog.form == ("credentials", {"base": "wrong_account"})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.reason == "reauth_successful"
    await hass.async_block_till_done()
    await panel.wait_for(shows(hass, STATUS, "running"))


async def test_reconfigure(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, bench: Bench
) -> None:
    """The panel has another name now; its session holds there."""
    await set_up(entry)
    moved = panel.url.replace("127.0.0.1", "panel.example.com")
    dialog = Dialog(hass, hass.config_entries.flow, await entry.start_reconfigure_flow(hass))
    await dialog.submit(url=moved, verify_ssl=True)
    assert dialog.reason == "reconfigure_successful"
    await hass.async_block_till_done()
    assert entry.data["url"] == moved
    assert entry.state is ConfigEntryState.LOADED
    await panel.wait_for(shows(hass, STATUS, "running"))
