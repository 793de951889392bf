"""Signing in to a panel of either generation."""

from collections.abc import AsyncGenerator

from homeassistant.config_entries import ConfigEntryState
from homeassistant.core import HomeAssistant
import pytest

from simulator import Account, Panel
from tests.common import STATUS, shows
from tests.flows import Bench, bench_of


@pytest.fixture(autouse=True)
async def bench(hass: HomeAssistant, panel: Panel, caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Bench]:
    """Home Assistant with dialogs, all of whose steps are looked at."""
    async with bench_of(hass, panel, caplog) as bench:
        yield bench


@pytest.mark.parametrize("end", ["soon", "", None, 0, -1e300, {}, "+292278994-08-17T07:12:55.192Z", "2026-13-45"])
async def test_end_of_the_session_that_cannot_be_read(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, end: object
) -> None:
    """It is of no interest: the panel itself extends the session, and says when it has ended."""
    session = {"id": "s", "userId": account.id, "token": "t", "expiresAt": end, "createdAt": end, "updatedAt": end}
    user = {"id": account.id, "name": "Alex", "email": account.email, "role": "user"}
    for path in ("/api/auth/get-session", "/auth/get-session"):
        panel.fail(path, status=200, body={"session": session, "user": user})
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    assert dialog.form == ("servers", {})
    await dialog.submit(servers=dialog.suggested["servers"])
    await hass.async_block_till_done()
    assert dialog.entry.state is ConfigEntryState.LOADED
    await panel.wait_for(shows(hass, STATUS, "running"))
