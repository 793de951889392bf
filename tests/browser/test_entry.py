"""What can be done with the integration on its own page, once it is there."""

from playwright.async_api import Page, expect

from simulator import Panel
from simulator.demo_data import DemoAccounts

from .pages import PHONE, Dialog, choose_in_menu, device_row, open_integration, overflows, picture, words

URL = words("config.step.reconfigure.data.url")
ADD_NEW_SERVERS = words("options.step.init.data.add_new_servers")
ABOUT_NEW_SERVERS = words("options.step.init.data_description.add_new_servers")
ADD_SERVER = words("config_subentries.server.initiate_flow.user")


async def test_remove_a_server_and_add_it_again(page: Page, added: DemoAccounts) -> None:
    """Deleting takes the device away; Add server offers the server again and brings the device back."""
    listed = await open_integration(page)
    await choose_in_menu(listed.locator("ha-config-sub-entry-row").filter(has_text="Factorio"), "Delete")
    await page.locator("dialog-box").get_by_role("button", name="Delete").click()
    await expect(device_row(listed, "Factorio")).to_have_count(0)
    await expect(device_row(listed, "Survival")).to_be_visible()

    await listed.get_by_role("button", name=ADD_SERVER).click()
    dialog = Dialog(page)
    await dialog.expect(words("config_subentries.server.step.user.title"))
    await dialog.box.locator("ha-generic-picker").click()
    await picture(page, "add-server")
    await dialog.box.locator("ha-combo-box-item").filter(has_text="Factorio").click()
    await dialog.submit()
    await dialog.expect("Created configuration for Factorio")
    await dialog.close("Finish")
    await expect(device_row(listed, "Factorio")).to_be_visible()


async def test_sign_in_again(page: Page, panel: Panel, added: DemoAccounts) -> None:
    """A session that the panel ended is asked for again on the page, and all goes on."""
    listed = await open_integration(page)
    panel.delete_sessions()
    panel.drop_clients()
    attention = listed.get_by_text("Attention required")
    await expect(attention).to_be_visible()
    await picture(page, "sign-in-again")
    await listed.get_by_role("button", name="Reconfigure", exact=True).click()
    dialog = Dialog(page)
    await dialog.expect(words("config.step.reauth_confirm.title"))
    await dialog.expect(words("config.step.reauth_confirm.description"))
    await picture(page, "sign-in-again-dialog")
    await dialog.sign_in("user@example.com", "user-password")
    await dialog.expect("Re-authentication was successful")
    await dialog.close("Close")
    await expect(attention).to_have_count(0)
    await panel.wait_for(lambda panel: panel.connections)


async def test_move_to_another_address(page: Page, panel: Panel, added: DemoAccounts) -> None:
    """Reconfigure shows the address there is, refuses one where no panel is, and takes another one of the panel."""
    listed = await open_integration(page)
    await choose_in_menu(listed.locator("ha-config-entry-row"), "Reconfigure")
    dialog = Dialog(page)
    await dialog.expect(words("config.step.reconfigure.title"))
    await expect(dialog.box.get_by_role("textbox", name=URL)).to_have_value(panel.url)
    await dialog.fill(URL, f"http://127.0.0.1:{panel.free_port()}")
    await dialog.submit()
    await dialog.expect(words("config.error.cannot_connect"))
    await picture(page, "reconfigure")
    moved = panel.url.replace("127.0.0.1", "localhost")
    await dialog.fill(URL, moved)
    await dialog.submit()
    await dialog.expect("Reconfiguration was successful")
    await dialog.close("Close")
    await expect(listed.get_by_text(moved.removeprefix("http://")).first).to_be_visible()
    await expect(listed.get_by_text("Attention required")).to_have_count(0)


async def test_options(page: Page, added: DemoAccounts) -> None:
    """The gear opens the options; what is set there is still set when it is opened again."""
    listed = await open_integration(page)
    gear = listed.get_by_role("button", name="Configure", exact=True)
    await gear.click()
    dialog = Dialog(page)
    await dialog.expect(ADD_NEW_SERVERS)
    field = dialog.box.locator("ha-selector-boolean").filter(has_text=ADD_NEW_SERVERS)
    option = field.get_by_role("switch")
    await expect(option).to_be_checked()
    await dialog.expect(ABOUT_NEW_SERVERS)
    await picture(page, "options")
    await field.locator("ha-switch").click()
    await expect(option).not_to_be_checked()
    await dialog.submit()
    await dialog.expect("Options successfully saved")
    await dialog.close("Finish")
    await gear.click()
    await dialog.expect(ADD_NEW_SERVERS)
    await expect(option).not_to_be_checked()


async def test_pages_fit_a_phone(page: Page, added: DemoAccounts) -> None:
    """Neither the page of the integration nor that of a device nor the options are wider than a phone."""
    await page.set_viewport_size(PHONE)
    listed = await open_integration(page)
    await expect(device_row(listed, "Survival")).to_be_visible()
    assert await overflows(listed) == []
    await picture(page, "phone-integration")
    await listed.get_by_role("button", name="Configure", exact=True).click()
    dialog = Dialog(page)
    await dialog.expect(ADD_NEW_SERVERS)
    await dialog.expect(ABOUT_NEW_SERVERS)
    assert await overflows(dialog.box) == []
    await picture(page, "phone-options")
    await dialog.box.get_by_role("button", name="Close").click()
    await dialog.expect_gone()
    await device_row(listed, "Survival").click()
    device = page.locator("ha-config-device-page")
    await expect(device.get_by_text("Lifecycle").first).to_be_visible()
    assert await overflows(device) == []
    await picture(page, "phone-device")
