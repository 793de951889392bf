"""Ask on a phone after a crash: with Home Assistant's own mobile app."""

from homeassistant.core import HomeAssistant, ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import async_mock_service

from simulator import Panel
from tests.common import STATUS, shows

from .conftest import Automate, pass_seconds, posts, runs, walk

SERVER = "srv_survival"


@pytest.fixture
def pushed(hass: HomeAssistant, phone: str) -> list[ServiceCall]:
    """What was sent to the phone."""
    return async_mock_service(hass, "notify", "mobile_app_phone")


def tap(hass: HomeAssistant, message: ServiceCall, title: str) -> None:
    """Tap a button of a message."""
    (action,) = (button["action"] for button in message.data["data"]["actions"] if button["title"] == title)
    hass.bus.async_fire("mobile_app_notification_action", {"action": action})


def shown(messages: list[ServiceCall]) -> list[tuple[str, list[str]]]:
    """Return the texts of messages and of their buttons."""
    return [
        (call.data["message"], [button["title"] for button in call.data["data"].get("actions", [])])
        for call in messages
    ]


QUESTION = ("It has crashed.", ["Start again", "Ignore"])


@pytest.fixture
async def asked(
    hass: HomeAssistant,
    panel: Panel,
    devices: dict[str, str],
    automate: Automate,
    phone: str,
    pushed: list[ServiceCall],
) -> ServiceCall:
    """The question about a server that has crashed."""
    await automate("ask_after_crash", servers=[devices[SERVER]], phone=phone)
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(lambda _: pushed)
    (call,) = pushed
    assert call.data["title"] == "Survival"
    assert call.data["target"] == "webhook"
    assert shown(pushed) == [QUESTION]
    return call


async def test_start_again(hass: HomeAssistant, panel: Panel, pushed: list[ServiceCall], asked: ServiceCall) -> None:
    tap(hass, asked, "Start again")
    await panel.wait_for(shows(hass, STATUS, "running"))
    await panel.wait_for(lambda _: runs(hass) == 0)
    assert posts(panel, "start") == [SERVER]
    assert shown(pushed) == [QUESTION, ("It is starting again.", [])]
    # One replaces the other.
    assert len({call.data["data"]["tag"] for call in pushed}) == 1


async def test_ignore(hass: HomeAssistant, panel: Panel, pushed: list[ServiceCall], asked: ServiceCall) -> None:
    tap(hass, asked, "Ignore")
    await panel.wait_for(lambda _: runs(hass) == 0)
    assert shown(pushed) == [QUESTION]
    assert not posts(panel, "start")


async def test_a_start_that_fails(
    hass: HomeAssistant, panel: Panel, pushed: list[ServiceCall], asked: ServiceCall
) -> None:
    panel.machine.game(SERVER).fails_to_start = True
    tap(hass, asked, "Start again")
    await panel.wait_for(lambda _: runs(hass) == 0)
    assert shown(pushed)[1:] == [("It could not be started. The log of Home Assistant tells why.", [])]


async def test_no_answer(hass: HomeAssistant, panel: Panel, pushed: list[ServiceCall], asked: ServiceCall) -> None:
    """The buttons go; that it has crashed stays."""
    pass_seconds(hass, 12 * 3600 + 1)
    await panel.wait_for(lambda _: runs(hass) == 0)
    assert shown(pushed) == [QUESTION, ("It has crashed.", [])]
    assert not posts(panel, "start")


async def test_started_elsewhere(
    hass: HomeAssistant, panel: Panel, pushed: list[ServiceCall], asked: ServiceCall
) -> None:
    """The question is taken back; a later crash is another question, which the old button does not answer."""
    await walk(hass, panel, "STARTING", "RUNNING")
    await panel.wait_for(lambda _: runs(hass) == 0)
    assert shown(pushed)[1:] == [("clear_notification", [])]
    await walk(hass, panel, "STOPPED")
    await panel.wait_for(lambda _: len(pushed) == 3)
    tap(hass, asked, "Start again")
    tap(hass, pushed[2], "Ignore")
    await panel.wait_for(lambda _: runs(hass) == 0)
    assert shown(pushed)[2:] == [QUESTION]
    assert not posts(panel, "start")
