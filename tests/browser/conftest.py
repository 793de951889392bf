"""Fixtures: one Home Assistant and one browser for all tests, a panel and a page for each."""

from collections.abc import AsyncGenerator
import os
import re
import shutil

from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Page, async_playwright, expect
import pytest

from demo.home_assistant import reserved_port
from simulator import Panel
from simulator.demo_data import DemoAccounts, populate

from .instance import HomeAssistantInstance, running_instance
from .pages import DESKTOP, keep_pictures, picture

CHROMIUM = shutil.which(os.environ.get("CHROMIUM") or "chromium")
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
# A service worker takes over as soon as it is installed and then loads the page anew, also below an open dialog.
WITHOUT_SERVICE_WORKER = "delete Navigator.prototype.serviceWorker"
NOT_OURS = (
    # The pictures of Home Assistant's own integrations come from the internet.
    re.compile(r"Failed to load resource: .* 404 .* \S+/api/brands/integration/(?!stellarstack/)"),
)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add our option."""
    parser.addoption("--keep-pictures", action="store_true", help="renew the pictures of docs/images")


def pytest_sessionstart() -> None:
    """Say what is missing before Home Assistant is started in vain."""
    if CHROMIUM is None:
        raise pytest.UsageError("there is no Chromium: scripts/chromium installs it")


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Renew the pictures for readers, unless something is wrong."""
    if session.config.getoption("--keep-pictures") and exitstatus == pytest.ExitCode.OK:
        keep_pictures()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark all these tests."""
    for item in items:
        item.add_marker(pytest.mark.browser)


@pytest.fixture(scope="session")
async def instance() -> AsyncGenerator[HomeAssistantInstance]:
    """A real Home Assistant with a user, in a process of its own."""
    async with running_instance() as instance:
        yield instance


@pytest.fixture(scope="session")
async def browser() -> AsyncGenerator[Browser]:
    """A browser."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        expect.set_options(timeout=20_000)
        yield browser
        await browser.close()


async def new_context(browser: Browser, instance: HomeAssistantInstance) -> BrowserContext:
    """Return a person's own part of the browser, with nothing remembered."""
    context = await browser.new_context(base_url=instance.url, locale="en-GB", reduced_motion="reduce")
    await context.add_init_script(WITHOUT_SERVICE_WORKER)
    context.set_default_timeout(20_000)
    return context


@pytest.fixture(scope="session")
async def context(browser: Browser, instance: HomeAssistantInstance) -> BrowserContext:
    """The browser of the first user, who is signed in."""
    context = await new_context(browser, instance)
    page = await context.new_page()
    await page.goto("/config/integrations")
    await expect(page.get_by_role("link", name="Settings")).to_be_visible()
    await page.close()
    return context


@pytest.fixture
async def reader(browser: Browser, instance: HomeAssistantInstance) -> AsyncGenerator[Page]:
    """A tab of a user who may only read."""
    context = await new_context(browser, instance)
    tokens = await instance.reader_tokens()
    await context.add_init_script(f"localStorage.setItem('hassTokens', JSON.stringify({tokens}))")
    yield await context.new_page()
    await context.close()


@pytest.fixture
async def page(context: BrowserContext, panel: Panel, request: pytest.FixtureRequest) -> AsyncGenerator[Page]:
    """A tab; nothing of ours may go wrong in it."""
    page = await context.new_page()
    await page.set_viewport_size(DESKTOP)
    wrong: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            wrong.append(f"{message.text} {message.location['url']}")

    page.on("console", listen)
    page.on("pageerror", lambda error: wrong.append(f"{error.name}: {error.message}\n{error.stack}"))
    yield page
    await picture(page, f"end-of-{request.node.originalname}")
    await page.close()
    assert [text for text in wrong if not any(known.match(text) for known in NOT_OURS)] == []


@pytest.fixture
async def panel(instance: HomeAssistantInstance) -> AsyncGenerator[Panel]:
    """A panel with eight servers that ticks fast; Home Assistant does not know it yet."""
    panel = Panel(tick=0.2, drain=0, limits=False, speed=5)
    with reserved_port(3001) as port:
        await panel.start(port)
        yield panel
        await instance.remove_panels()
        await panel.stop()


@pytest.fixture
def accounts(panel: Panel) -> DemoAccounts:
    """The panel's accounts."""
    return populate(panel)


@pytest.fixture
async def added(instance: HomeAssistantInstance, panel: Panel, accounts: DemoAccounts) -> DemoAccounts:
    """The panel is set up in Home Assistant, with all servers of its user."""
    await instance.api.add_panel(panel.url, accounts.user.email, accounts.user.password)
    return accounts
