"""Our triggers, conditions and actions in Home Assistant's editor of automations."""

import json
import re

from playwright.async_api import Locator, Page, expect

from demo.home_assistant import ROOT
from simulator.demo_data import DemoAccounts

from .pages import picture, words

ICONS = json.loads((ROOT / "custom_components/stellarstack/icons.json").read_text("utf-8"))
DRAWN = re.compile("^M.{10}")
RAW_KEYS = ("component.", "stellarstack.", "ui.panel")


async def open_editor(page: Page) -> Locator:
    """Begin a new automation; returns the dialog that adds to it, not yet open."""
    await page.goto("/config/automation/edit/new")
    return page.locator("add-automation-element-dialog")


async def expect_no_raw_keys(element: Locator) -> None:
    """Fail when a text is shown by its key."""
    shown = await element.aria_snapshot()
    assert [line for line in shown.splitlines() if any(key in line for key in RAW_KEYS)] == []


async def test_offered_with_words_and_icons(page: Page, added: DemoAccounts) -> None:
    """Under our name stands each of ours, with its name, its description and its own icon, drawn."""
    dialog = await open_editor(page)
    for kind, described, icon in (
        ("trigger", "triggers", "trigger"),
        ("condition", "conditions", "condition"),
        ("action", "services", "service"),
    ):
        await page.get_by_role("button", name=f"Add {kind}").click()
        await dialog.get_by_role("button", name="By type").click()
        await dialog.get_by_role("button", name="StellarStack", exact=True).click()
        for key, icons in ICONS[described].items():
            # With its case: "Start" is part of "Restart".
            name = re.compile(re.escape(words(f"{described}.{key}.name")))
            row = dialog.locator("ha-list-item-button").filter(has_text=name)
            await expect(row).to_be_visible()
            await expect(row).to_contain_text(words(f"{described}.{key}.description"))
            drawn = row.locator("ha-icon")
            await expect(drawn).to_have_js_property("icon", icons[icon])
            await expect(drawn.locator("path").last).to_have_attribute("d", DRAWN)
        await expect_no_raw_keys(dialog)
        await picture(page, f"offered-{described}")
        await page.keyboard.press("Escape")
        await expect(dialog.get_by_role("dialog")).to_have_count(0)


async def test_choose_a_server_then_a_trigger(page: Page, added: DemoAccounts) -> None:
    """A server offers all our triggers; the chosen one shows its fields by name, and says what they do."""
    dialog = await open_editor(page)
    await page.get_by_role("button", name="Add trigger").click()
    await dialog.get_by_role("treeitem", name="Devices").click()
    await dialog.get_by_role("treeitem", name="Survival").click()
    for key in ICONS["triggers"]:
        await expect(dialog.get_by_role("button", name=words(f"triggers.{key}.name"))).to_be_visible()
    await expect_no_raw_keys(dialog)
    await picture(page, "automation-editor")
    await dialog.get_by_role("button", name=words("triggers.status_changed.name")).click()

    editor = page.locator("ha-automation-editor")
    for field in ("from", "to", "behavior", "for"):
        described = f"triggers.status_changed.fields.{field}"
        await expect(editor.get_by_text(words(f"{described}.name"), exact=True)).to_be_visible()
        await expect(editor.get_by_text(words(f"{described}.description"))).to_be_visible()
    await editor.locator("ha-checkbox").last.click()
    await expect(editor.get_by_text("Survival", exact=True).filter(visible=True)).to_be_visible()
    await expect_no_raw_keys(editor)
    await picture(page, "trigger-fields")
