"""What people say to Assist."""

from pathlib import Path
import re

from homeassistant.components import conversation
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.core import Context, HomeAssistant
from homeassistant.setup import async_setup_component
from homeassistant.util.yaml import parse_yaml
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry

from simulator import Panel

from .common import SetUp, shows

RESTART = ("POST", "/api/servers/srv_survival/restart")


@pytest.fixture
async def assist(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp) -> None:
    """Home Assistant with Assist, which may see the server's power and whether it runs."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})
    await set_up(entry)
    for entity_id in ("switch.survival", "binary_sensor.survival_running", "sensor.survival_status"):
        async_expose_entity(hass, conversation.DOMAIN, entity_id, True)
    await hass.async_block_till_done()


async def say(hass: HomeAssistant, text: str, language: str = "en") -> str:
    result = await conversation.async_converse(hass, text, None, Context(), language=language)
    speech = result.response.speech["plain"]["speech"]
    assert isinstance(speech, str)
    return speech


@pytest.mark.usefixtures("assist")
async def test_assist_turns_a_server_on_and_off(hass: HomeAssistant, panel: Panel) -> None:
    await say(hass, "turn off Survival")
    await panel.wait_for(shows(hass, "sensor.survival_status", "stopped"))
    assert await say(hass, "is Survival running") == "No, off"
    await say(hass, "turn on Survival")
    await panel.wait_for(shows(hass, "sensor.survival_status", "running"))


@pytest.mark.usefixtures("assist")
async def test_assist_tells_how_a_server_is(hass: HomeAssistant) -> None:
    assert await say(hass, "is Survival running") == "Yes"
    assert await say(hass, "what is the Survival status") == "Survival status is running"


@pytest.fixture
def config_folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """A configuration folder of its own."""
    hass.config.config_dir = str(tmp_path)
    return tmp_path


@pytest.fixture
async def pasted(hass: HomeAssistant, config_folder: Path) -> None:
    """Home Assistant with what the page tells to paste."""
    page = (Path(__file__).parent.parent / "docs" / "voice.md").read_text(encoding="utf-8")
    intents, *languages = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    named = re.findall(r"`(custom_sentences/\w+/stellarstack\.yaml)`", page)
    for name, text in zip(named, languages, strict=True):
        (config_folder / name).parent.mkdir(parents=True)
        (config_folder / name).write_text(text, encoding="utf-8")
    config = parse_yaml(intents)
    assert isinstance(config, dict)
    assert await async_setup_component(hass, "intent_script", config)


@pytest.mark.usefixtures("pasted", "assist")
@pytest.mark.parametrize(
    ("language", "restart", "restarts", "running", "yes", "no", "which", "some", "none"),
    [
        (
            "en",
            ["restart Survival", "restart the game server survival"],
            "Survival restarts",
            ["is Survival running", "is the server Survival running"],
            "Yes",
            "No",
            "which servers are running",
            "Running: ",
            "No server is running",
        ),
        (
            "de",
            ["starte Survival neu", "Server survival neu starten"],
            "Survival startet neu",
            ["läuft Survival", "läuft der Server Survival"],
            "Ja",
            "Nein",
            "welche Server laufen",
            "Es laufen: ",
            "Es läuft kein Server",
        ),
    ],
)
async def test_sentences_to_paste(
    hass: HomeAssistant,
    panel: Panel,
    language: str,
    restart: list[str],
    restarts: str,
    running: list[str],
    yes: str,
    no: str,
    which: str,
    some: str,
    none: str,
) -> None:
    for number, sentence in enumerate(restart, 1):
        assert await say(hass, sentence, language) == restarts
        assert panel.requests.count(RESTART) == number
        await panel.wait_for(shows(hass, "sensor.survival_status", "running"))
    for sentence in running:
        assert await say(hass, sentence, language) == yes
    assert await say(hass, which, language) == f"{some}Creative, Survival, Valheim"
    for name in ("survival", "creative", "valheim"):
        await hass.services.async_call("switch", "turn_off", {"entity_id": f"switch.{name}"}, blocking=True)
        await panel.wait_for(shows(hass, f"switch.{name}", "off"))
    for sentence in running:
        assert await say(hass, sentence, language) == no
    assert await say(hass, which, language) == none
