"""The tools for language models, through Home Assistant's own API and its MCP server."""

from collections.abc import Callable, Coroutine
import json
import logging
from typing import Any, NamedTuple

from homeassistant.auth.const import GROUP_ID_READ_ONLY, GROUP_ID_USER
from homeassistant.components import conversation
from homeassistant.components.homeassistant.exposed_entities import async_expose_entity
from homeassistant.components.llm import async_get_tools
from homeassistant.core import Context, HomeAssistant
from homeassistant.exceptions import HomeAssistantError, Unauthorized
from homeassistant.helpers import area_registry as ar, device_registry as dr, entity_registry as er, llm
from homeassistant.setup import async_setup_component
import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry, MockUser
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator
import voluptuous as vol

from simulator import Panel

from .common import SetUp, press, shows

LIST, START, STOP, RESTART, CONSOLE = (
    f"stellarstack__{name}" for name in ("list_servers", "start_server", "stop_server", "restart_server", "get_console")
)


class Answer(NamedTuple):
    """What a tool answered."""

    data: Any
    error: bool


type CallTool = Callable[..., Coroutine[Any, Any, Answer]]


def context_of(user: MockUser | None = None, assistant: str = conversation.DOMAIN) -> llm.LLMContext:
    """Return the context of a request."""
    return llm.LLMContext(
        platform="test",
        context=Context(user_id=user.id if user is not None else None),
        language="en",
        assistant=assistant,
        device_id=None,
    )


def expose(hass: HomeAssistant, *entity_ids: str, exposed: bool = True) -> None:
    """Let Assist know entities, or not."""
    for entity_id in entity_ids:
        async_expose_entity(hass, conversation.DOMAIN, entity_id, exposed)


@pytest.fixture
async def assist(hass: HomeAssistant, entry: MockConfigEntry, set_up: SetUp) -> None:
    """Home Assistant with Assist, which knows of nothing but two switches."""
    assert await async_setup_component(hass, "homeassistant", {})
    assert await async_setup_component(hass, "conversation", {})
    await set_up(entry)
    expose(hass, *hass.states.async_entity_ids(), exposed=False)
    expose(hass, "switch.survival", "switch.creative")


@pytest.fixture
def call(hass: HomeAssistant) -> CallTool:
    """Calls a tool as a language model does."""

    async def call(tool: str, /, user: MockUser | None = None, **args: object) -> Answer:
        api = await llm.async_get_api(hass, llm.LLM_API_ASSIST, context_of(user))
        result = await api.async_call_tool(llm.ToolInput(tool_name=tool, tool_args=args))
        return Answer(result.data, result.error)

    return call


async def user_of(hass: HomeAssistant, group_id: str) -> MockUser:
    """Return a new user of a group."""
    group = await hass.auth.async_get_group(group_id)
    assert group is not None
    return MockUser(groups=[group]).add_to_hass(hass)


async def tools_of(hass: HomeAssistant, context: llm.LLMContext | None = None) -> dict[str, llm.Tool]:
    """Return our tools by their names."""
    tools = (await async_get_tools(hass, context or context_of(), llm.LLM_API_ASSIST)).tools
    return {tool.name: tool for tool in tools if tool.integration == "stellarstack"}


@pytest.mark.usefixtures("assist")
async def test_the_tools_and_what_they_say_of_themselves(hass: HomeAssistant, caplog: pytest.LogCaptureFixture) -> None:
    tools = await tools_of(hass)
    assert {name: (tool.annotations.read_only, tool.annotations.destructive) for name, tool in tools.items()} == {
        LIST: (True, False),
        START: (False, True),
        STOP: (False, True),
        RESTART: (False, True),
        CONSOLE: (True, False),
    }
    assert all(tool.title and tool.description for tool in tools.values())
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []


@pytest.mark.usefixtures("assist")
async def test_exposure_decides(hass: HomeAssistant, call: CallTool) -> None:
    assert [server["name"] for server in (await call(LIST)).data["servers"]] == ["Creative", "Survival"]
    refused = await call(STOP, server="Valheim")
    assert refused.error
    assert refused.data["game_servers"] == ["Creative", "Survival"]

    # Who may be seen need not be controlled.
    expose(hass, "sensor.valheim_status")
    assert [server["name"] for server in (await call(LIST)).data["servers"]] == ["Creative", "Survival", "Valheim"]
    assert (await call(STOP, server="Valheim")).error
    assert (await call(CONSOLE, server="Valheim")).error
    expose(hass, "switch.survival", "switch.creative", exposed=False)
    assert [server["name"] for server in (await call(LIST)).data["servers"]] == ["Valheim"]
    assert set(await tools_of(hass)) == {LIST}

    expose(hass, "sensor.valheim_status", exposed=False)
    assert await tools_of(hass) == {}
    assert await tools_of(hass, context_of(assistant="")) == {}


@pytest.mark.usefixtures("assist")
async def test_other_apis_have_no_tools_of_ours(hass: HomeAssistant) -> None:
    tools = (await async_get_tools(hass, context_of(), "homeassistant")).tools
    assert [tool for tool in tools if tool.integration == "stellarstack"] == []


@pytest.mark.usefixtures("assist")
async def test_list(
    hass: HomeAssistant, call: CallTool, panel: Panel, device_registry: dr.DeviceRegistry, entry: MockConfigEntry
) -> None:
    device = device_registry.async_get_device_by_identifier(("stellarstack", "srv_survival"), entry.entry_id)
    assert device is not None
    area = ar.async_get(hass).async_create("Attic")
    device_registry.async_update_device(device.id, area_id=area.id, name_by_user="The old world")
    expose(hass, "sensor.survival_address")
    address = hass.states.get("sensor.survival_address")
    assert address is not None
    await press(hass, "stop", "creative")
    await panel.wait_for(shows(hass, "sensor.creative_status", "stopped"))
    assert (await call(LIST)).data == {
        "servers": [
            {"name": "Creative", "status": "stopped"},
            {
                "name": "The old world",
                "status": "running",
                "area": "Attic",
                "address": address.state,
            },
        ]
    }
    await panel.stop()
    await panel.wait_for(shows(hass, "switch.survival", "unavailable"))
    assert [server["status"] for server in (await call(LIST)).data["servers"]] == ["unavailable", "unavailable"]


@pytest.mark.usefixtures("assist")
async def test_power(hass: HomeAssistant, call: CallTool, panel: Panel) -> None:
    for tool, name, status in (
        (STOP, "survival", "stopped"),
        (START, " Survival ", "running"),
        (RESTART, "SURVIVAL", "running"),
    ):
        result = await call(tool, server=name)
        assert not result.error
        assert result.data["success"] is True
        assert result.data["name"] == "Survival"
        await panel.wait_for(shows(hass, "sensor.survival_status", status))
    assert [path.rpartition("/")[2] for method, path in panel.requests if method == "POST" and "srv_" in path] == [
        "stop",
        "start",
        "restart",
    ]
    with pytest.raises(HomeAssistantError, match="Survival"):
        await call(START, server="Survival")


@pytest.mark.usefixtures("assist")
async def test_names(hass: HomeAssistant, call: CallTool, panel: Panel, entity_registry: er.EntityRegistry) -> None:
    entity_registry.async_update_entity("switch.survival", aliases=["the blocks"])
    assert (await call(RESTART, server="The Blocks")).data["name"] == "Survival"
    # Which of two is meant, only the user can say.
    entity_registry.async_update_entity("switch.creative", aliases=["THE BLOCKS"])
    result = await call(RESTART, server="the blocks")
    assert result.error
    assert "Several" in result.data["error"]
    with pytest.raises(vol.Invalid):
        await call(RESTART)


@pytest.mark.usefixtures("assist")
async def test_rights(hass: HomeAssistant, call: CallTool, panel: Panel) -> None:
    reader = await user_of(hass, GROUP_ID_READ_ONLY)
    user = await user_of(hass, GROUP_ID_USER)
    nobody = MockUser(groups=[]).add_to_hass(hass)
    for tool in (STOP, CONSOLE):
        with pytest.raises(Unauthorized):
            await call(tool, user=reader, server="Survival")
        assert (await call(tool, user=nobody, server="Survival")).error
    assert panel.requests.count(("POST", "/api/servers/srv_survival/stop")) == 0
    assert len((await call(LIST, user=reader)).data["servers"]) == 2
    assert (await call(LIST, user=nobody)).data["servers"] == []
    assert (await call(LIST, user=MockUser(id="gone"))).data["servers"] == []
    assert not (await call(STOP, user=user, server="Survival")).error


@pytest.mark.usefixtures("assist")
async def test_a_user_is_told_only_what_they_may_see(hass: HomeAssistant, call: CallTool) -> None:
    expose(hass, "sensor.survival_address")
    user = MockUser(groups=[]).add_to_hass(hass)
    user.mock_policy({"entities": {"entity_ids": {"switch.survival": {"read": True}}}})
    assert (await call(LIST, user=user)).data == {"servers": [{"name": "Survival", "status": "running"}]}
    assert "address" in (await call(LIST)).data["servers"][1]


@pytest.mark.usefixtures("assist")
async def test_console(hass: HomeAssistant, call: CallTool, panel: Panel, caplog: pytest.LogCaptureFixture) -> None:
    game = panel.machine.game("srv_survival")
    panel.machine.live.console.print(game, "".join(f"line {number}\r\n" for number in range(150)))
    result = await call(CONSOLE, server="Survival", lines=3)
    assert result.data == {"name": "Survival", "lines": ["line 147", "line 148", "line 149"]}
    assert len((await call(CONSOLE, server="Survival")).data["lines"]) == 20
    with pytest.raises(vol.Invalid):
        await call(CONSOLE, server="Survival", lines=101)
    assert "line 149" not in caplog.text


@pytest.mark.usefixtures("assist")
async def test_the_mcp_server_passes_them_on(
    hass: HomeAssistant, panel: Panel, hass_client: ClientSessionGenerator
) -> None:
    flow = await hass.config_entries.flow.async_init("mcp_server", context={"source": "user"})
    assert (await hass.config_entries.flow.async_configure(flow["flow_id"], {}))["type"] == "create_entry"
    await hass.async_block_till_done()
    client = await hass_client()

    async def ask(method: str, **params: object) -> Any:
        response = await client.post(
            "/api/mcp",
            json={"jsonrpc": "2.0", "id": 1, "method": method, "params": params},
            headers={"Accept": "application/json"},
        )
        assert response.status == 200
        return (await response.json())["result"]

    tools = {tool["name"]: tool for tool in (await ask("tools/list"))["tools"]}
    assert {LIST, START, STOP, RESTART, CONSOLE} <= tools.keys()
    assert tools[STOP]["annotations"]["destructiveHint"] is True
    assert tools[LIST]["annotations"]["readOnlyHint"] is True
    assert tools[STOP]["inputSchema"]["required"] == ["server"]

    answer = await ask("tools/call", name=STOP, arguments={"server": "Survival"})
    assert not answer.get("isError")
    assert json.loads(answer["content"][0]["text"])["success"] is True
    await panel.wait_for(shows(hass, "sensor.survival_status", "stopped"))
    assert (await ask("tools/call", name=STOP, arguments={"server": "No such server"}))["isError"] is True
