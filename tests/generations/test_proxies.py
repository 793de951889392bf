"""What a proxy in front of the panel says in its place is never taken for the panel's word."""

from collections.abc import AsyncGenerator
from dataclasses import replace
from typing import Any, Literal

from homeassistant.config_entries import SOURCE_REAUTH, ConfigEntryState
from homeassistant.const import STATE_UNAVAILABLE
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError
from homeassistant.helpers import issue_registry as ir
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DOMAIN
from simulator import Account, Panel
from tests.common import STATUS, SetUp, shows
from tests.flows import EMAIL, PASSWORD, Bench, bench_of

from .common import CREATIVE, SURVIVAL

PAGES: dict[str, dict[str, Any]] = {
    "basic authentication": {"status": 401, "body": "<html>401 Authorization Required</html>"},
    "a gateway's 401": {"status": 401, "body": {"message": "Unauthorized"}},
    "a firewall's 403": {"status": 403, "body": "<html>Attention Required! | Cloudflare</html>"},
    "a gateway's 403": {"status": 403, "body": {"message": "Forbidden"}},
    "no route": {"status": 404, "body": "404 page not found\n", "content_type": "text/plain"},
    "a gateway's 404": {"status": 404, "body": {"message": "no Route matched with those values"}},
    "maintenance": {"status": 200, "body": "<html>Back soon</html>"},
    "an empty page": {"status": 200, "body": ""},
    "JSON of another kind": {"status": 200, "body": {"status": "ok"}},
    "a list of another kind": {"status": 200, "body": ["ok"]},
    "a login page": {"status": 302, "body": "", "headers": {"Location": "/oauth2/start"}},
    "no backend": {"status": 502, "body": ""},
    "a gateway's 503": {"status": 503, "body": {"message": "failure to get a peer"}},
}
every_page = pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
WORDS_OF_THE_PANEL = {"server_not_found", "no_access", "session_ended", "action_refused", "unsupported_panel"}


@pytest.fixture
def timing(timing: Timing) -> Timing:
    """A backup of which nothing is known is looked for briefly, and attempts to connect come soon."""
    return replace(timing, backup=0.1, backup_poll=0.05, longest_reconnect=0.2)


def reauths(hass: HomeAssistant) -> list[Any]:
    """Return the requests to sign in again."""
    flows = hass.config_entries.flow.async_progress_by_handler(DOMAIN)
    return [flow for flow in flows if flow["context"]["source"] == SOURCE_REAUTH]


def repairs(hass: HomeAssistant) -> set[str]:
    """Return the keys of our repairs."""
    return {issue.translation_key or "" for issue in ir.async_get(hass).issues.values() if issue.domain == DOMAIN}


async def refused(hass: HomeAssistant, action: str, data: dict[str, str]) -> str | None:
    """Return why an action was not done, None when it was: some go by a live socket, past the proxy."""
    try:
        await hass.services.async_call(DOMAIN, action, {"entity_id": STATUS, **data}, blocking=True)
    except HomeAssistantError as err:
        return err.translation_key
    return None


@every_page
async def test_calls_of_a_running_entry(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, page: dict[str, Any]
) -> None:
    """All that is asked by itself, and all that a user can do."""
    await set_up(entry)
    await panel.wait_for(shows(hass, STATUS, "running"))
    panel.fail("*", **page)
    for action, data in (("send_command", {"command": "say hi"}), ("create_backup", {"name": "nightly"})):
        assert await refused(hass, action, data) not in WORDS_OF_THE_PANEL
    panel.drop_clients()
    panel.live.drop_clients()
    asked = len(panel.requests)
    await panel.wait_for(shows(hass, STATUS, STATE_UNAVAILABLE), 15)
    await panel.wait_for(lambda panel: len(panel.requests) > asked + 3, 15)
    coordinator = entry.runtime_data.panel
    for check in (coordinator._check_session, coordinator._check_servers, coordinator._check_nodes):
        await check()
    assert reauths(hass) == []
    assert not repairs(hass) & {"server_gone", "unsupported_panel"}

    panel.clear_faults()
    await panel.wait_for(shows(hass, STATUS, "running"), 15)
    assert reauths(hass) == []
    assert repairs(hass) == set()
    assert {item.unique_id for item in entry.subentries.values()} == {SURVIVAL, CREATIVE}


@every_page
async def test_set_up(
    hass: HomeAssistant, panel: Panel, entry: MockConfigEntry, set_up: SetUp, page: dict[str, Any]
) -> None:
    """Home Assistant boots before the panel does."""
    panel.fail("*", **page)
    entry.add_to_hass(hass)
    await hass.config_entries.async_setup(entry.entry_id)
    await hass.async_block_till_done()
    assert entry.state is ConfigEntryState.SETUP_RETRY
    assert reauths(hass) == []
    assert not repairs(hass) & {"server_gone"}
    panel.clear_faults()
    assert await hass.config_entries.async_reload(entry.entry_id)
    await panel.wait_for(shows(hass, STATUS, "running"), 15)
    assert repairs(hass) == set()
    await hass.config_entries.async_unload(entry.entry_id)


CALLS: dict[Literal[1, 2], tuple[str, ...]] = {
    1: ("/api/auth/sign-in/email", "/api/auth/get-session", "/api/ws", "/api/servers"),
    2: ("/auth/sign-in/email", "/api/me", "/api/servers"),
}


@pytest.fixture
async def bench(hass: HomeAssistant, panel: Panel, caplog: pytest.LogCaptureFixture) -> AsyncGenerator[Bench]:
    """Home Assistant with dialogs, all of whose steps are looked at."""
    async with bench_of(hass, panel, caplog) as bench:
        yield bench


@every_page
async def test_dialog(
    hass: HomeAssistant, panel: Panel, generation: Literal[1, 2], account: Account, bench: Bench, page: dict[str, Any]
) -> None:
    """Each call of it; then it goes on where it was."""
    for path in CALLS[generation]:
        dialog = await bench.dialog(panel.url)
        panel.fail(path, **page)
        await dialog.sign_in()
        step, errors = dialog.form
        assert step == "credentials", path
        assert errors["base"] in {"not_the_panel", "cannot_connect", "websocket_blocked"}, path
        panel.clear_faults()
        await dialog.submit(email=EMAIL, password=PASSWORD)
        assert dialog.form == ("servers", {}), path
        hass.config_entries.flow.async_abort(dialog.flow_id)
