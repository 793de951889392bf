"""Tell who joins and leaves, as the console shows it."""

from functools import partial

from homeassistant.core import HomeAssistant, ServiceCall
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Panel
from simulator.accounts import Account
from tests.common import SERVERS, entry_for

from .conftest import AUTOMATION, Automate

JOIN = "[12:00:00] [Server thread/INFO]: {} joined the game\r\n"
LEAVE = "[12:00:00] [Server thread/INFO]: {} left the game\r\n"
TELL = [{"action": "test.tell", "data": {key: f"{{{{ {key} }}}}" for key in ("server_name", "event", "player")}}]


@pytest.fixture
def entry(panel: Panel, account: Account) -> MockConfigEntry:
    """The user's entry, with live sockets."""
    return entry_for(panel, panel.create_session(account).cookie, account.id, SERVERS, live=True)


@pytest.fixture
async def live(entry: MockConfigEntry, devices: dict[str, str], panel: Panel) -> None:
    """All consoles are read, and what they said before is known."""
    servers = entry.runtime_data.panel.client.servers
    await panel.wait_for(lambda _: all(server.channel.lines(1) for server in servers))


def prints(panel: Panel, *lines: str, server: str = "survival") -> None:
    game = panel.machine.game(f"srv_{server}")
    panel.machine.live.console.print(game, "".join(lines))


def told_of(calls: list[ServiceCall]) -> list[tuple[str, str, str]]:
    return [(call.data["server_name"], call.data["event"], call.data["player"]) for call in calls]


def has(calls: list[ServiceCall], number: int, _panel: Panel) -> bool:
    return len(calls) >= number


@pytest.mark.usefixtures("live")
async def test_who_joins_and_leaves(
    panel: Panel, automate: Automate, devices: dict[str, str], told: list[ServiceCall]
) -> None:
    await automate("player_messages", servers=[devices["srv_survival"], devices["srv_creative"]], notification=TELL)
    prints(panel, JOIN.format("Alex"), "[12:00:00] [Server thread/INFO]: <Alex> hello\r\n", server="valheim")
    prints(panel, JOIN.format("Alex"), LEAVE.format("Sam"))
    # Those who say so in the chat have not joined.
    prints(panel, "[12:00:00] [Server thread/INFO]: <Sam> x]: Robin joined the game\r\n")
    prints(panel, LEAVE.format("1.20"), server="creative")
    await panel.wait_for(partial(has, told, 3))
    assert sorted(told_of(told)) == [
        ("Creative", "left", "1.20\u2060"),
        ("Survival", "joined", "Alex"),
        ("Survival", "left", "Sam"),
    ]


@pytest.mark.usefixtures("live")
async def test_lines_of_another_game(
    panel: Panel, automate: Automate, devices: dict[str, str], told: list[ServiceCall]
) -> None:
    await automate(
        "player_messages",
        servers=[devices["srv_valheim"]],
        join_text="Got character from {player} :",
        leave_text="Player disconnected: {player}, xuid",
        tell_leave=False,
        notification=TELL,
    )
    prints(
        panel, "Player disconnected: Sam, xuid: 1\r\n", "Got character from Alex of <Oz> : 12:1\r\n", server="valheim"
    )
    prints(panel, "Got character from Kim : 12:1\r\n", server="valheim")
    await panel.wait_for(partial(has, told, 1))
    assert told_of(told) == [("Valheim", "joined", "Kim")]


@pytest.mark.usefixtures("live")
async def test_the_message(
    hass: HomeAssistant, panel: Panel, automate: Automate, devices: dict[str, str], messages: list[ServiceCall]
) -> None:
    """It is Markdown; a player may be called anything."""
    await automate("player_messages", servers=[devices["srv_survival"]])
    prints(panel, JOIN.format("![x](https)"))
    await panel.wait_for(partial(has, messages, 1))
    await hass.services.async_call("automation", "trigger", {"entity_id": AUTOMATION}, blocking=True)
    await panel.wait_for(partial(has, messages, 2))
    assert [(call.data["title"], call.data["message"]) for call in messages] == [
        ("Survival", r"\!\[x\]\(https\) has joined Survival\."),
        ("Survival", r"This is how a message about Survival looks\."),
    ]
    assert len({call.data["notification_id"] for call in messages}) == 2
