"""How the integration and its devices look on Home Assistant's own pages."""

import re

from playwright.async_api import Page, expect

from simulator import Panel
from simulator.demo_data import DemoAccounts

from .instance import HomeAssistantInstance
from .pages import SCHEMES, picture, server_of, set_scheme, words

CPU_USAGE = words("entity.sensor.cpu_usage.name")


async def test_device_shows_all_entities(
    page: Page, instance: HomeAssistantInstance, panel: Panel, added: DemoAccounts
) -> None:
    """The page of a server's device lists each of its entities by name, and tells what happened."""
    devices, _ = await instance.api.registries()
    device = next(device for device in devices if device["name"] == "Survival")
    await page.set_viewport_size({"width": 1280, "height": 1000})
    await page.goto(f"/config/devices/device/{device['id']}")
    shown = page.locator("ha-config-device-page")
    # What it uses comes with the first live data.
    await expect(shown.get_by_text(CPU_USAGE, exact=True)).to_be_visible()
    _, entities = await instance.api.registries()
    names = {
        entity["original_name"] or device["name"]
        for entity in entities
        if entity["device_id"] == device["id"] and not entity["disabled_by"]
    }
    assert len(names) == 18
    for name in names:
        await expect(shown.get_by_text(name, exact=True).first).to_be_visible()
    await expect(shown.get_by_text("203.0.113.10:25565")).to_be_visible()
    told = shown.locator("ha-logbook")
    await panel.power(server_of(panel, "Survival"), "restart")
    for status in ("stopping", "stopped", "starting", "running"):
        await expect(told.get_by_text(words(f"entity.sensor.status.state.{status}")).first).to_be_visible()
    await expect(shown.locator("hui-sensor-entity-row").filter(has_text=CPU_USAGE)).to_contain_text("%")
    await picture(page, "device")


async def test_brand(page: Page, added: DemoAccounts) -> None:
    """The list of integrations shows our icon, and another one in the dark."""
    await page.goto("/config/integrations/dashboard")
    icon = page.locator("ha-integration-card").filter(has_text="StellarStack").locator("img").first
    seen = set()
    for scheme in SCHEMES:
        await set_scheme(page, scheme)
        await expect(icon).to_have_attribute("src", re.compile("/dark_icon" if scheme == "dark" else "/icon"))
        await expect(icon).to_have_js_property("complete", True)
        assert await icon.evaluate("image => image.naturalWidth") > 0
        seen.add(await icon.get_attribute("src"))
        await picture(page, f"integrations-{scheme}")
    assert len(seen) == len(SCHEMES)
