"""What a person finds on Home Assistant's pages, by the words and roles that they have there."""

from functools import cache
import json
import re
from typing import Any, Literal

from PIL import Image
from playwright.async_api import Locator, Page, ViewportSize, expect

from demo.home_assistant import ROOT
from simulator import Panel

PICTURES = ROOT / ".cache" / "browser"
KEPT = ROOT / "docs" / "images"
FOR_READERS = (
    "dashboard-desktop",
    "dashboard-phone",
    "dashboard-dark",
    "dashboard-add",
    "dashboard-server",
    "add-panel",
    "choose-servers",
    "device",
    "integration",
    "automation-editor",
)
INTEGRATION = "/config/integrations/integration/stellarstack"
PHONE = ViewportSize(width=390, height=844)
DESKTOP = ViewportSize(width=1280, height=900)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")

# Text or a box that is cut off, a box that scrolls sideways, or what hangs out of its card; shadow roots included.
_OVERFLOWS = """
(top) => {
  const found = [];
  const within = (inner, outer) => inner.left >= outer.left - 1 && inner.right <= outer.right + 1;
  const say = (what, element) => {
    const text = (element.innerText || element.textContent || "").trim().slice(0, 60);
    found.push(`${what}: <${element.localName} class="${element.className}"> ${text}`);
  };
  const visit = (node, frame) => {
    if (node instanceof Element) {
      const style = getComputedStyle(node);
      const box = node.getBoundingClientRect();
      if (style.display === "none" || style.visibility === "hidden" || node.ariaHidden === "true") return;
      if (box.width > 1 && box.height > 1) {
        if (style.overflowX !== "visible" && node.scrollWidth > node.clientWidth + 1) say("cut off", node);
        if (style.display !== "contents" && !within(box, frame)) return say("hangs out", node);
        if (node.localName === "ha-card") frame = box;
      }
    }
    for (const child of (node.shadowRoot || node).children) visit(child, frame);
    if (node.shadowRoot) for (const child of node.children) visit(child, frame);
  };
  const page = document.scrollingElement;
  if (page.scrollWidth > innerWidth) found.push(`the page is ${page.scrollWidth} wide`);
  visit(top, { left: 0, right: innerWidth });
  return found;
}
"""

_IS_SCHEME = """
(scheme) => {
  const text = getComputedStyle(document.documentElement).getPropertyValue("--primary-text-color").trim();
  return scheme === (parseInt(text.slice(1, 3), 16) > 127 ? "dark" : "light");
}
"""

# Whether no colour is still on its way to another one, in any shadow tree: cards fade for a third of a second.
_IS_CALM = """
() => {
  const calm = (root) =>
    !root.getAnimations().some((animation) => animation instanceof CSSTransition) &&
    [...root.querySelectorAll("*")].every(({ shadowRoot }) => !shadowRoot || calm(shadowRoot));
  return calm(document);
}
"""

TRANSLATIONS = ROOT / "custom_components/stellarstack/translations"


@cache
def _translation(language: str) -> dict[str, Any]:
    translation: dict[str, Any] = json.loads((TRANSLATIONS / f"{language}.json").read_text("utf-8"))
    return translation


def words(path: str, language: str = "en") -> str:
    """Return what Home Assistant shows for a key of ours, up to the first value that it fills in."""
    found: Any = _translation(language)
    for key in path.split("."):
        found = found[key]
    return str(found).partition("{")[0].strip()


def server_of(panel: Panel, name: str) -> str:
    """Return the id of a server."""
    return next(server.id for server in panel.fleet.servers.values() if server.name == name)


class Dialog:
    """The dialog that Home Assistant opens for a flow."""

    def __init__(self, page: Page) -> None:
        """Look at the dialog of this page, open or about to open."""
        self.box = page.locator("dialog-data-entry-flow")

    async def expect(self, text: str) -> None:
        """Wait until the dialog says this, among other things."""
        await expect(self.box.get_by_text(text).first).to_be_visible()

    async def fill(self, label: str, text: str) -> None:
        """Fill a field of the form."""
        await self.box.get_by_role("textbox", name=label).fill(text)

    async def choose(self, text: str) -> None:
        """Choose what the menu offers under this text."""
        await self.box.get_by_text(text, exact=True).click()

    async def press(self, button: str) -> None:
        """Press a button below the form."""
        await self.box.locator("ha-dialog-footer").get_by_role("button", name=button).click()

    async def submit(self) -> None:
        """Send the form."""
        await self.press("Submit")

    async def close(self, button: str) -> None:
        """Press the last button, which closes the dialog."""
        await self.press(button)
        await self.expect_gone()

    async def expect_gone(self) -> None:
        """Wait until the dialog is closed."""
        await expect(self.box.get_by_role("dialog")).to_have_count(0)

    async def sign_in(self, email: str, password: str) -> None:
        """Take the way by password, and fill its form."""
        await self.choose(words("config.step.auth_method.menu_options.credentials"))
        await self.fill(words("config.step.credentials.data.email"), email)
        await self.fill(words("config.step.credentials.data.password"), password)
        await self.submit()


async def begin_set_up(page: Page) -> Dialog:
    """Open the dialog that adds our integration, as the button of the README does."""
    await page.goto("/config/integrations/dashboard/add?domain=stellarstack")
    await page.get_by_role("button", name="OK").click()
    dialog = Dialog(page)
    await dialog.expect(words("config.step.user.title"))
    await dialog.expect(words("config.step.user.description"))
    await dialog.expect(words("config.step.user.data_description.url"))
    return dialog


async def enter_panel(dialog: Dialog, panel: Panel) -> None:
    """Tell the dialog where the panel is."""
    await dialog.fill(words("config.step.user.data.url"), panel.url)
    await dialog.submit()
    await dialog.expect(words("config.step.auth_method.title"))
    await dialog.expect(words("config.step.auth_method.description"))


async def skip_areas(dialog: Dialog) -> None:
    """Leave areas and names as they are, which ends the dialog."""
    await dialog.expect("Name and assign")
    await dialog.close("Skip and finish")


def chosen_servers(dialog: Dialog) -> Locator:
    """Return the buttons that take back the choice of a server, one for each chosen one."""
    return dialog.box.get_by_role("button", name=re.compile("^Remove "))


async def open_integration(page: Page) -> Locator:
    """Open the page of our integration; returns what it lists."""
    await page.goto(INTEGRATION)
    listed = page.locator("ha-config-integration-page")
    await expect(listed.get_by_role("heading", name="StellarStack")).to_be_visible()
    return listed


def device_row(listed: Locator, name: str) -> Locator:
    """Return the row of a device on the page of our integration."""
    return listed.locator("ha-config-entry-device-row").filter(has_text=name)


async def choose_in_menu(row: Locator, item: str) -> None:
    """Open the menu of a row on the page of our integration and choose something."""
    await row.get_by_role("button", name="Menu").first.click()
    await row.get_by_role("menuitem", name=item, exact=True).first.click()


async def set_scheme(page: Page, scheme: Literal["light", "dark"]) -> None:
    """Let the person prefer light or dark pages, and wait until all of this one is so."""
    await page.emulate_media(color_scheme=scheme)
    await page.wait_for_function(_IS_SCHEME, arg=scheme)
    await page.wait_for_function(_IS_CALM)


async def overflows(element: Locator) -> list[str]:
    """Return what does not fit into the page's width, into its own box or into its card; what it is, in words."""
    found: list[str] = await element.evaluate(_OVERFLOWS)
    return found


async def picture(page: Page, name: str, **options: Any) -> None:
    """Take a picture of the page for a person to look at."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.evaluate("document.fonts.ready")
    await page.screenshot(path=PICTURES / f"{name}.png", animations="disabled", **options)


def keep_pictures() -> None:
    """Put the best pictures, with few colours and so small, where readers find them."""
    for name in FOR_READERS:
        with Image.open(PICTURES / f"{name}.png") as image:
            # Colours that are rare stay what they are, as the green of a server that runs.
            small = image.convert("RGB").quantize(256, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
            small.save(KEPT / f"{name}.png", optimize=True)
