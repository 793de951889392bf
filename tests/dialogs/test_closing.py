"""Closing a dialog leaves nothing behind."""

import asyncio
import gc

from homeassistant.core import HomeAssistant
from homeassistant.data_entry_flow import UnknownFlow
import pytest

from custom_components.stellarstack.const import DOMAIN
from simulator import Account, Panel
from tests.flows import Bench

from .support import SIGN_IN


async def test_close_while_finding(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog(panel.url)
    await dialog.paste(panel.create_session(account).token)
    await dialog.submit(servers=["srv_none"])
    await panel.wait_for(lambda panel: panel.received_of("subscribe") == ["srv_none"])
    dialog.manager.async_abort(dialog.flow_id)
    await panel.wait_for(lambda panel: not panel.connections)
    await panel.wait_for(lambda _: not [task for task in asyncio.all_tasks() if "stellarstack" in task.get_name()])
    assert hass.config_entries.flow.async_progress() == []


@pytest.mark.parametrize("path", [SIGN_IN, "/api/servers"])
async def test_close_while_signing_in(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, path: str
) -> None:
    """What was asked of the panel is answered, and then nobody is left to be told."""
    dialog = await bench.dialog(panel.url)
    panel.delay(path, 0.1)
    signing_in = hass.async_create_task(dialog.sign_in())
    await panel.wait_for(lambda panel: path in [requested for _, requested in panel.requests])
    dialog.manager.async_abort(dialog.flow_id)
    with pytest.raises(UnknownFlow):
        await signing_in
    await panel.wait_for(lambda panel: not panel.connections)
    assert hass.config_entries.async_entries(DOMAIN) == []


async def test_close_early(hass: HomeAssistant, panel: Panel, bench: Bench) -> None:
    for url in (None, panel.url):
        dialog = await bench.dialog(url)
        dialog.manager.async_abort(dialog.flow_id)
    assert hass.config_entries.flow.async_progress() == []
    # An HTTP session that was left open would say so now.
    gc.collect()
