"""Send a command and tell what the game answers."""

from functools import partial
from typing import Any

from homeassistant.core import HomeAssistant, ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Panel
from simulator.accounts import Account
from tests.common import SERVERS, entry_for

from .conftest import Automate, press, walk

TELL = [{"action": "test.tell", "data": {key: f"{{{{ {key} }}}}" for key in ("server_name", "event", "message")}}]


@pytest.fixture
def entry(panel: Panel, account: Account) -> MockConfigEntry:
    """The user's entry, with live sockets."""
    return entry_for(panel, panel.create_session(account).cookie, account.id, SERVERS, live=True)


def has(calls: list[ServiceCall], number: int, _panel: Panel) -> bool:
    return len(calls) >= number


@pytest.mark.parametrize("until", [{}, {"until": "There are * of a max"}])
async def test_the_answer_is_told(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    button: dict[str, str],
    told: list[ServiceCall],
    until: dict[str, Any],
) -> None:
    """Of each server that runs."""
    await walk(hass, panel, "STOPPED", server="creative")
    await automate(
        "command_answer",
        servers=[*devices.values()],
        when=[button],
        wait=30 if until else 1,
        notification=TELL,
        **until,
    )
    await press(hass)
    await panel.wait_for(partial(has, told, 2), timeout=20)
    assert [(call.data["server_name"], call.data["event"]) for call in told] == [
        ("Survival", "answered"),
        ("Valheim", "answered"),
    ]
    assert all("There are 0 of a max of 20 players online" in call.data["message"] for call in told)
    assert panel.commands == [("srv_survival", "list"), ("srv_valheim", "list")]


async def test_what_looks_like_something_else_stays_text(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    button: dict[str, str],
    messages: list[ServiceCall],
) -> None:
    """The message is Markdown; a line is not a number."""
    await automate("command_answer", servers=[devices["srv_survival"]], when=[button], command="say *1*", wait=1)
    await press(hass)
    await panel.wait_for(partial(has, messages, 1), timeout=20)
    message = messages[0].data["message"]
    assert type(message) is str
    assert r"\*1\*" in message


@pytest.mark.parametrize(
    ("lines", "shown"),
    [
        (
            ["    ![x](https://example.com/x.png)", "\t<b>"],
            r"\!\[x\]\(https\:\/\/example\.com\/x\.png\)" + "\n\n" + r"\<b\>",
        ),
        (["{{ 1 + 1 }}", "# a", "1) b"], r"\{\{ 1 \+ 1 \}\}" + "\n\n" + r"\# a" + "\n\n" + r"1\) b"),
        (["1.20"], r"1\.20"),
        (["{'a': 1}"], r"\{\'a\'\: 1\}"),
        # The last 50 of more than a template may give.
        ([f"{number:03} {'x' * 4092}" for number in range(100)], None),
    ],
    ids=["markdown", "templates", "a number", "an object", "many"],
)
async def test_what_a_console_may_say(
    hass: HomeAssistant,
    panel: Panel,
    entry: MockConfigEntry,
    automate: Automate,
    devices: dict[str, str],
    button: dict[str, str],
    messages: list[ServiceCall],
    lines: list[str],
    shown: str | None,
) -> None:
    await automate("command_answer", servers=[devices["srv_survival"]], when=[button], until="* end", wait=30)
    await press(hass)
    await panel.wait_for(lambda panel: panel.commands)
    text = "".join(f"{line}\r\n" for line in [*lines, "the end"])
    panel.machine.live.console.print(panel.machine.game("srv_survival"), text)
    await panel.wait_for(partial(has, messages, 1), timeout=20)
    message = messages[0].data["message"]
    assert type(message) is str
    if shown is None:
        told = message.split("\n\n")
        assert [line[:4] for line in told] == [*(f"{number:03} " for number in range(51, 100)), "the "]
    else:
        assert message.endswith(shown + "\n\nthe end")


async def test_a_failure_is_told(
    hass: HomeAssistant,
    panel: Panel,
    automate: Automate,
    devices: dict[str, str],
    button: dict[str, str],
    told: list[ServiceCall],
) -> None:
    await automate("command_answer", servers=[devices["srv_survival"]], when=[button], notification=TELL)
    panel.delete_sessions()
    await press(hass)
    await panel.wait_for(partial(has, told, 1), timeout=20)
    assert told[0].data["event"] == "failed"
