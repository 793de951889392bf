"""Servers may be called anything: in messages, a name stays what it is."""

import re

from homeassistant.core import HomeAssistant, ServiceCall
from homeassistant.helpers import device_registry as dr
import pytest

from simulator import Panel

from .conftest import AUTOMATION, NOW, Automate, press

NAMES = [
    # Markdown and HTML, of which some fetch something from elsewhere.
    "![x](https://example.com/x.png)",
    "[x](javascript:alert)",
    '<img src="https://example.com/x.png">',
    "https://example.com www.example.com a@example.com",
    "# *_~`|\\",
    "&lt;b&gt;",
    # What Home Assistant takes for a number, a list or nothing when it is all that a template gives.
    "1.20",
    "007",
    "1e5",
    "1, 2",
    "[1]",
    "{'a': 1}",
    "True",
    "None",
    "...",
    "b'x'",
    "'quoted'",
    # Templates.
    "{{ 1 + 1 }}",
    "{% raw %}",
]
INVISIBLE = "\u2060"
PUNCTUATION = r"[!-/:-@\[-`{-~]"


def name_of(hass: HomeAssistant, device_id: str) -> str | None:
    device = dr.async_get(hass).async_get(device_id)
    return None if device is None else device.name


def plain(markdown: str) -> str:
    """Return what is read of a text in which all punctuation is escaped, as it has to be."""
    assert re.fullmatch(rf"(?:\\{PUNCTUATION}|(?!{PUNCTUATION}).)*", markdown, re.DOTALL)
    return re.sub(r"\\(.)", r"\1", markdown)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "blueprint", ["restart_after_crash", "server_notifications", "backup_before_stop", "player_messages"]
)
async def test_names(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    button: dict[str, str],
    messages: list[ServiceCall],
    blueprint: str,
    name: str,
) -> None:
    panel.update_server("srv_survival", name=name)
    server = devices["srv_survival"]
    await panel.wait_for(lambda _: name_of(hass, server) == name)
    match blueprint:
        case "restart_after_crash":
            await automate(blueprint, server=server, wait=NOW)
            panel.machine.crash("srv_survival")
        case "server_notifications" | "player_messages":
            await automate(blueprint, servers=[server])
            await hass.services.async_call("automation", "trigger", {"entity_id": AUTOMATION}, blocking=True)
        case "backup_before_stop":
            await automate(blueprint, servers=[server], when=[button], tell_success=True)
            await press(hass)
    await panel.wait_for(lambda _: messages)
    title, message = messages[0].data["title"], messages[0].data["message"]
    assert type(title) is type(message) is str
    assert title.removesuffix(INVISIBLE) == name
    assert name in plain(message)
