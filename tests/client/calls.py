"""All calls of generation 1, by their path."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from custom_components.stellarstack.client.models import PowerAction
from custom_components.stellarstack.client.v1.rest import Rest

SURVIVAL = "/api/servers/srv_survival"
BACKUPS = f"{SURVIVAL}/backups"
STATS = f"{SURVIVAL}/stats"
ACTIVITY = f"{SURVIVAL}/activity"
BACKUP_ID = "4f5c1d0e-8a55-4a3e-9d5a-0f6f8b1f2c3d"
FETCH_FAILED = {"error": "Failed to communicate with daemon: TypeError: fetch failed"}

type Call = Callable[[Rest], Awaitable[Any]]

# By their path: the calls that only ask, and those that make something happen.
QUESTIONS: dict[str, Call] = {
    "/api/ws/token": Rest.socket_token,
    "/api/servers": Rest.servers,
    SURVIVAL: lambda rest: rest.server("srv_survival"),
    "/api/nodes": Rest.nodes,
    BACKUPS: lambda rest: rest.backups("srv_survival"),
    STATS: lambda rest: rest.node_status("srv_survival"),
}
ACTIONS: dict[str, Call] = {
    f"{SURVIVAL}/kill": lambda rest: rest.power("srv_survival", PowerAction.KILL),
    f"{SURVIVAL}/command": lambda rest: rest.send_command("srv_survival", "say hi"),
    BACKUPS: lambda rest: rest.create_backup("srv_survival", None, BACKUP_ID),
}
CALLS = [*QUESTIONS.items(), *ACTIONS.items()]
every_question = pytest.mark.parametrize(("path", "call"), QUESTIONS.items(), ids=QUESTIONS)
every_action = pytest.mark.parametrize(("path", "call"), ACTIONS.items(), ids=ACTIONS)
every_call = pytest.mark.parametrize(("path", "call"), CALLS, ids=[path for path, _ in CALLS])
