"""Signing in, and what may go wrong with it."""

from dataclasses import replace
from typing import Any

from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DATA_TIMING
from simulator import Account, Panel
from tests.flows import EMAIL, PASSWORD, PROBE, WRONG_PASSWORD, Bench, quick_panel

from .support import GET_SESSION, SIGN_IN, finish


@pytest.mark.parametrize(
    ("error", "attribute", "refused"),
    [("account_banned", "banned", True), ("email_not_verified", "email_verified", False)],
)
async def test_account_refused(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, error: str, attribute: str, refused: bool
) -> None:
    setattr(account, attribute, refused)
    dialog = await bench.dialog(panel.url)
    await dialog.sign_in()
    assert dialog.form == ("credentials", {"base": error})
    setattr(account, attribute, not refused)
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)


async def test_wrong_password(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.choose("credentials")
    for email, password in ((EMAIL, WRONG_PASSWORD), ("sam@example.com", PASSWORD), ("alex", PASSWORD)):
        await dialog.submit(email=email, password=password)
        assert dialog.form == ("credentials", {"base": "invalid_auth"})
        assert dialog.suggested == {"email": email}
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)


async def test_sign_ins_are_limited(hass: HomeAssistant, bench: Bench) -> None:
    panel = await bench.start(quick_panel(limits=True))
    panel.add_account(EMAIL, PASSWORD)
    dialog = await bench.dialog(panel.url)
    await dialog.choose("credentials")
    for _ in range(5):
        await dialog.submit(email=EMAIL, password=WRONG_PASSWORD)
        assert dialog.form == ("credentials", {"base": "invalid_auth"})
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("credentials", {"base": "rate_limited"})
    panel.advance(60)
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)


@pytest.mark.parametrize(
    ("error", "faults"),
    [
        ("cannot_connect", [{"path": SIGN_IN, "status": 503}, {"path": GET_SESSION, "status": 502}]),
        (
            "invalid_auth",
            [
                {"path": SIGN_IN, "status": 401, "body": {"code": "INVALID_EMAIL_OR_PASSWORD", "message": "Invalid"}},
                {"path": GET_SESSION, "status": 200, "body": b"null"},
            ],
        ),
        ("rate_limited", [{"path": GET_SESSION, "status": 429}, {"path": "/api/servers", "status": 429}]),
        # What a proxy says is not the panel's word, whatever it looks like.
        (
            "not_the_panel",
            [
                {"path": SIGN_IN, "status": 302, "headers": {"Location": "/login"}},
                {"path": SIGN_IN, "status": 401, "body": "<html>"},
                {"path": SIGN_IN, "status": 403, "body": "<html>"},
                {"path": SIGN_IN, "status": 404, "body": "<html>"},
                {"path": SIGN_IN, "status": 403, "body": {"message": "Not today"}},
                {"path": SIGN_IN, "status": 200, "body": "<html>"},
                {"path": SIGN_IN, "status": 200, "body": {"token": "none"}},
                {"path": GET_SESSION, "status": 401, "body": "<html>"},
                {"path": GET_SESSION, "status": 200, "body": "<html>"},
                {"path": GET_SESSION, "status": 200, "body": {"user": {}}},
                {"path": "/api/servers", "status": 403, "body": "<html>"},
                {"path": "/api/servers", "status": 404, "body": "<html>"},
                {"path": "/api/servers", "status": 200, "body": {"servers": []}},
            ],
        ),
        ("unknown", [{"path": SIGN_IN, "status": 403, "body": {"code": "NOT_TODAY", "message": "Not today"}}]),
        (
            "websocket_blocked",
            [
                {"path": "/api/ws", "status": 200, "body": "<html>"},
                {"path": "/api/ws", "status": 302, "headers": {"Location": "/"}},
                {"path": "/api/ws", "status": 400, "body": b""},
                {"path": "/api/ws", "status": 403},
                {"path": "/api/ws", "status": 502},
            ],
        ),
    ],
)
async def test_sign_in_fails(
    hass: HomeAssistant,
    panel: Panel,
    account: Account,
    bench: Bench,
    caplog: pytest.LogCaptureFixture,
    error: str,
    faults: list[dict[str, Any]],
) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.choose("credentials")
    for fault in faults:
        panel.fail(**fault)
        await dialog.submit(email=EMAIL, password=PASSWORD)
        assert dialog.form == ("credentials", {"base": error})
        panel.clear_faults()
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)
    # Only the text of this one says that the log tells more; others need no line that a user sees.
    told = [record.levelname for record in caplog.records if record.message.startswith("A dialog's step failed: ")]
    assert told == ["WARNING" if error == "unknown" else "DEBUG"] * len(faults)


async def test_panel_goes_away(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.choose("credentials")
    await panel.stop()
    await dialog.submit(email=EMAIL, password=PASSWORD)
    assert dialog.form == ("credentials", {"base": "cannot_connect"})
    await panel.start()
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)


async def test_upgrade_is_not_answered(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, timing: Timing
) -> None:
    hass.data[DATA_TIMING] = replace(timing, connect=0.5)
    dialog = await bench.dialog(panel.url)
    panel.hang_upgrades = True
    await dialog.sign_in()
    assert dialog.form == ("credentials", {"base": "timeout_connect"})
    panel.hang_upgrades = False
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)


async def test_calls_are_limited(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    """A panel that had too many calls refuses an upgrade as if there were no socket, and all other calls as well."""
    dialog = await bench.dialog(panel.url)
    panel.fail("/api/ws", 400, b"")
    panel.fail(PROBE, 429)
    await dialog.sign_in()
    assert dialog.form == ("credentials", {"base": "rate_limited"})
    panel.clear_faults()
    # Once does not count: the panel soon lets the next call through.
    panel.fail("/api/ws", 400, b"", times=1)
    await dialog.submit(email=EMAIL, password=PASSWORD)
    await finish(hass, dialog)
