"""Adding the integration."""

from playwright.async_api import Page, expect

from simulator import Panel
from simulator.demo_data import DemoAccounts

from .pages import (
    PHONE,
    begin_set_up,
    chosen_servers,
    device_row,
    enter_panel,
    open_integration,
    overflows,
    picture,
    skip_areas,
    words,
)

URL = words("config.step.user.data.url")
PASSWORD = words("config.step.credentials.data.password")
PASTE = words("config.step.auth_method.menu_options.session")
SESSION = words("config.step.session.data.session")
CHOOSE_SERVERS = words("config.step.servers.title")
ABOUT_SERVERS = words("config.step.servers.data_description.servers")
UNREACHABLE = words("config.error.cannot_connect")


async def test_password_and_second_factor(page: Page, panel: Panel, accounts: DemoAccounts) -> None:
    """The long way: address, password, code, and all servers but one."""
    dialog = await begin_set_up(page)
    await dialog.fill(URL, panel.url)
    await picture(page, "add-panel")
    await dialog.submit()
    await dialog.sign_in("secure@example.com", "secure-password")
    await dialog.expect(words("config.step.two_factor.title"))
    await dialog.fill(words("config.step.two_factor.data.code"), accounts.two_factor.totp())
    await dialog.submit()
    await dialog.expect(CHOOSE_SERVERS)
    await expect(chosen_servers(dialog)).to_have_count(2)
    await dialog.box.get_by_role("button", name="Remove Voice").click()
    await expect(chosen_servers(dialog)).to_have_count(1)
    await dialog.submit()
    await skip_areas(dialog)

    listed = await open_integration(page)
    await expect(device_row(listed, "Valheim")).to_be_visible()
    await expect(device_row(listed, "Panel")).to_be_visible()
    await expect(device_row(listed, "Voice")).to_have_count(0)


async def test_mistakes_are_told_and_forgiven(page: Page, panel: Panel, accounts: DemoAccounts) -> None:
    """A wrong address and a wrong password show their errors; the right ones go on."""
    dialog = await begin_set_up(page)
    await dialog.fill(URL, f"http://127.0.0.1:{panel.free_port()}")
    await dialog.submit()
    await dialog.expect(UNREACHABLE)
    await enter_panel(dialog, panel)
    await dialog.sign_in("user@example.com", "not-this-one")
    await dialog.expect(words("config.error.invalid_auth"))
    await dialog.fill(PASSWORD, "user-password")
    await dialog.submit()
    await dialog.expect(CHOOSE_SERVERS)


async def test_pasted_session(page: Page, panel: Panel, accounts: DemoAccounts) -> None:
    """A session of the browser takes the place of email and password."""
    dialog = await begin_set_up(page)
    await enter_panel(dialog, panel)
    await dialog.choose(PASTE)
    await dialog.fill(SESSION, panel.create_session(accounts.user).cookie)
    await dialog.submit()
    await dialog.expect(CHOOSE_SERVERS)
    await dialog.expect(ABOUT_SERVERS)
    await expect(chosen_servers(dialog)).to_have_count(6)
    await picture(page, "choose-servers")
    await dialog.submit()
    await skip_areas(dialog)
    listed = await open_integration(page)
    for name in ("Survival", "Creative", "Skyblock", "Rust Weekly", "Factorio", "Terraria Friends"):
        await expect(device_row(listed, name)).to_be_visible()
    await picture(page, "integration")


async def test_dialogs_fit_a_phone(page: Page, panel: Panel, accounts: DemoAccounts) -> None:
    """Nothing in the dialogs is wider than a phone."""
    await page.set_viewport_size(PHONE)
    dialog = await begin_set_up(page)
    await dialog.fill(URL, f"http://127.0.0.1:{panel.free_port()}")
    await dialog.submit()
    await dialog.expect(UNREACHABLE)
    assert await overflows(dialog.box) == []
    await enter_panel(dialog, panel)
    assert await overflows(dialog.box) == []
    await picture(page, "phone-sign-in")
    await dialog.choose(PASTE)
    await dialog.expect(words("config.step.session.title"))
    await dialog.expect(words("config.step.session.data_description.session"))
    assert await overflows(dialog.box) == []
    await picture(page, "phone-session")
    await dialog.fill(SESSION, panel.create_session(accounts.user).cookie)
    await dialog.submit()
    await dialog.expect(CHOOSE_SERVERS)
    await dialog.expect(ABOUT_SERVERS)
    assert await overflows(dialog.box) == []
    await picture(page, "phone-servers")
