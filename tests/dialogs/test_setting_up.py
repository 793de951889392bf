"""Setting up a panel with e-mail and password."""

from collections.abc import Callable
import json
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from simulator import Account, Panel
from tests.common import SERVERS, STATUS
from tests.flows import EMAIL, PASSWORD, Bench

from .support import VERIFY, connection_of, finish


async def test_credentials(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog()
    assert dialog.form == ("user", {})
    verify_ssl = next(marker for marker in dialog.result["data_schema"].schema if marker == "verify_ssl")
    assert verify_ssl.default() is True
    await dialog.submit(url=f" {panel.url}/ ", verify_ssl=True)
    assert dialog.menu == ("auth_method", ["credentials", "session"])
    assert dialog.placeholders == {"url": panel.url}
    await dialog.choose("credentials")
    assert dialog.form == ("credentials", {})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("servers", {})
    assert list(dialog.choices("servers").items()) == [
        ("srv_creative", "Creative"),
        ("srv_survival", "Survival"),
        ("srv_valheim", "Valheim"),
    ]
    assert sorted(dialog.suggested["servers"]) == sorted(SERVERS)
    assert dialog.placeholders["count"] == "3"

    entry = await finish(hass, dialog, dialog.suggested["servers"])
    (session,) = panel.accounts.sessions.values()
    assert dialog.result["data"] == {"url": panel.url, "verify_ssl": True, "session": session.cookie}
    assert connection_of(entry) == dialog.result["data"]
    assert entry.unique_id == account.id
    assert entry.title == panel.url.removeprefix("http://")
    assert {
        subentry.unique_id: (subentry.subentry_type, subentry.title, dict(subentry.data))
        for subentry in entry.subentries.values()
    } == {server_id: ("server", name, {"server_id": server_id}) for server_id, name in SERVERS.items()}
    assert hass.states.is_state(STATUS, "running")
    assert PASSWORD not in json.dumps(entry.as_dict(), default=str)
    # Neither the dialog's connection nor a watch of its own is left.
    assert len(panel.connections) == 1
    assert sorted(panel.received_of("subscribe")) == sorted(SERVERS)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(lambda account: account.totp(), id="app"),
        pytest.param(lambda account: f" {account.totp()[:3]} {account.totp()[3:]} ", id="app, with spaces"),
        pytest.param(lambda account: account.backup_codes[3], id="backup"),
    ],
)
async def test_second_factor(
    hass: HomeAssistant, panel: Panel, guarded: Account, bench: Bench, code: Callable[[Account], str]
) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    assert dialog.form == ("two_factor", {})
    await dialog.submit(code=code(guarded))
    entry = await finish(hass, dialog)
    assert entry.data["session"] == next(iter(panel.accounts.sessions.values())).cookie


async def test_wrong_code(hass: HomeAssistant, panel: Panel, guarded: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    right = guarded.totp()
    for wrong in (f"{(int(right) + 500_000) % 1_000_000:06}", "aaaaa-bbbbb"):
        await dialog.submit(code=wrong)
        assert dialog.form == ("two_factor", {"code": "invalid_code"})
    await dialog.submit(code=guarded.totp())
    await finish(hass, dialog)


async def test_expired_code(hass: HomeAssistant, panel: Panel, guarded: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    panel.advance(200)
    await dialog.submit(code=guarded.totp())
    assert dialog.form == ("credentials", {"base": "code_expired"})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("two_factor", {})
    await dialog.submit(code=guarded.totp())
    await finish(hass, dialog)


async def test_origin_not_allowed(hass: HomeAssistant, panel: Panel, guarded: Account, bench: Bench) -> None:
    """The panel takes a second factor at its own address only: begin again with that one."""
    dialog = await bench.dialog(panel.url.replace("127.0.0.1", "localhost"))
    await dialog.sign_in()
    await dialog.submit(code=guarded.totp())
    assert dialog.form == ("two_factor", {"base": "origin_not_allowed"})

    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    await dialog.submit(code=guarded.totp())
    await finish(hass, dialog)


@pytest.mark.parametrize(
    ("error", "faults"),
    [
        ("account_banned", [{"status": 403, "body": {"code": "BANNED_USER", "message": "Banned"}}]),
        ("cannot_connect", [{"status": 502}]),
        ("not_the_panel", [{"status": 403, "body": "<html>"}, {"status": 200, "body": {"token": "none"}}]),
        (
            "origin_not_allowed",
            [{"status": 403, "body": {"code": "MISSING_OR_NULL_ORIGIN", "message": "Missing or null Origin"}}],
        ),
        ("rate_limited", [{"status": 429}]),
        ("unknown", [{"status": 403, "body": {"code": "NOT_TODAY", "message": "Not today"}}]),
    ],
)
async def test_second_factor_refused(
    hass: HomeAssistant, panel: Panel, guarded: Account, bench: Bench, error: str, faults: list[dict[str, Any]]
) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    for fault in faults:
        panel.fail(VERIFY, times=1, **fault)
        await dialog.submit(code=guarded.totp())
        assert dialog.form == ("two_factor", {"base": error})
    await dialog.submit(code=guarded.totp())
    await finish(hass, dialog)


async def test_accounts_of_one_panel(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """Their entries are told apart by the accounts' names, and those of one name by their e-mail addresses."""
    panel.add_account("sam@example.com", PASSWORD, name="Sam")
    panel.add_account("sam@example.org", PASSWORD, name="Sam")
    host = panel.url.removeprefix("http://")
    for email, title in (
        (EMAIL, host),
        ("sam@example.com", f"{host} (Sam)"),
        ("sam@example.org", f"{host} (sam@example.org)"),
    ):
        dialog = await bench.dialog(panel.url)
        await dialog.sign_in(email)
        entry = await finish(hass, dialog)
        assert entry.title == title
