"""What a server of generation 1 can be told to do, and what is known of an action that is not answered."""

from dataclasses import replace
from datetime import UTC, datetime
import json
from typing import Any

from aiohttp import ClientSession, web
import pytest

from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import (
    AnswerLostError,
    NodeOfflineError,
    NotThePanelError,
    Refusal,
    RefusedError,
    ResponseError,
)
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.models import Backup, BackupStatus, PowerAction
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v1.rest import Rest
from simulator import Panel

from .calls import BACKUP_ID, BACKUPS, FETCH_FAILED, SURVIVAL, Call, every_action
from .support import Serve, wire


@pytest.mark.parametrize("action", PowerAction)
async def test_power(rest: Rest, panel: Panel, action: PowerAction) -> None:
    panel.set_status("srv_survival", "STOPPED" if action is PowerAction.START else "RUNNING")

    await rest.power("srv_survival", action)

    assert panel.requests == [("POST", f"{SURVIVAL}/{action}")]


async def test_command(rest: Rest, panel: Panel) -> None:
    await rest.send_command("srv_survival", 'say "hi"')

    assert panel.commands == [("srv_survival", 'say "hi"')]


@pytest.mark.parametrize("name", [None, "Before the update"])
async def test_backup(rest: Rest, name: str | None) -> None:
    backup = await rest.create_backup("srv_survival", name, BACKUP_ID)

    assert backup.status is BackupStatus.COMPLETED
    assert backup.id in {listed.id for listed in await rest.backups("srv_survival")}


@pytest.mark.parametrize(
    ("name", "sent"),
    [(None, {"uuid": BACKUP_ID}), ("", {"uuid": BACKUP_ID}), ("Nightly", {"uuid": BACKUP_ID, "name": "Nightly"})],
)
async def test_backup_is_found_by_our_id(session: ClientSession, serve: Serve, name: str | None, sent: object) -> None:
    bodies: list[object] = []

    async def handle(request: web.BaseRequest) -> web.Response:
        bodies.append(await request.json())
        return web.json_response({"success": True, "checksum": "abc", "size": 1024})

    rest = Rest(Http(session, await serve(handle), Timing()), Credentials())

    backup = await rest.create_backup("srv_survival", name, BACKUP_ID)

    assert bodies == [sent]
    assert backup == Backup(BACKUP_ID, status=BackupStatus.COMPLETED, size=1024)


@pytest.mark.parametrize(
    ("row", "backup"),
    [
        ({"success": True}, Backup(BACKUP_ID, status=BackupStatus.COMPLETED)),
        ({"success": True, "size": "1024"}, Backup(BACKUP_ID, status=BackupStatus.COMPLETED, size=1024)),
        ({"id": "b", "status": "FAILED"}, Backup("b", status=BackupStatus.FAILED)),
        ({"id": "b", "name": "Nightly", "size": 10}, Backup("b", "Nightly", size=10)),
    ],
)
async def test_backup_as_each_panel_tells_it(rest: Rest, panel: Panel, row: dict[str, Any], backup: Backup) -> None:
    panel.fail(BACKUPS, 200, row)

    assert await rest.create_backup("srv_survival", None, BACKUP_ID) == backup


async def test_backups_as_each_panel_lists_them(rest: Rest, panel: Panel) -> None:
    panel.fail(
        BACKUPS,
        200,
        [
            {"id": "new", "name": "Nightly", "size": 10, "status": "COMPLETED", "completedAt": "2026-03-01T12:05:00Z"},
            {"id": "old", "size": "20", "status": "COMPLETED", "createdAt": "2026-03-01T12:00:00.000Z"},
        ],
    )

    new, old = await rest.backups("srv_survival")

    assert (new.id, new.size, new.ended_at) == ("new", 10, datetime(2026, 3, 1, 12, 5, tzinfo=UTC))
    assert (old.id, old.size, old.ended_at) == ("old", 20, datetime(2026, 3, 1, 12, tzinfo=UTC))


@every_action
@pytest.mark.parametrize("content", [None, 5, "text", [], {}, {"id": 5}, {"success": False}, {"success": "yes"}])
async def test_done_is_only_what_the_panel_says_is(
    rest: Rest, panel: Panel, path: str, call: Call, content: object
) -> None:
    panel.fail(path, 200, wire(content))

    with pytest.raises(NotThePanelError):
        await call(rest)


@every_action
@pytest.mark.parametrize(
    ("trouble", "error"),
    [
        ({"suspended": True}, RefusedError),
        ({"online": False}, NodeOfflineError),
        ({"heartbeat": False}, NodeOfflineError),
    ],
)
async def test_server_that_does_nothing(
    rest: Rest, panel: Panel, path: str, call: Call, trouble: dict[str, bool], error: type[ResponseError]
) -> None:
    (node_id,) = panel.fleet.nodes
    panel.edit("srv_survival", suspended=trouble.get("suspended", False))
    panel.set_node_online(node_id, trouble.get("heartbeat", True), trouble.get("online", True))

    with pytest.raises(error):
        await call(rest)


@every_action
async def test_refusal_of_the_node(rest: Rest, panel: Panel, path: str, call: Call) -> None:
    body = {"error": "Conflict", "message": "Another power operation is in progress"}
    panel.fail(path, 500, {"error": f"Failed to communicate with daemon: Error: Daemon error: {json.dumps(body)}"})

    with pytest.raises(RefusedError) as raised:
        await call(rest)
    assert (raised.value.refusal, raised.value.reason) == (Refusal.BUSY, "Another power operation is in progress")


@every_action
async def test_node_that_the_panel_waited_for_too_long(
    session: ClientSession, panel: Panel, credentials: Credentials, path: str, call: Call
) -> None:
    rest = Rest(Http(session, panel.url, replace(Timing(), node_wait=0.2)), credentials)
    panel.fail(path, 500, FETCH_FAILED)
    with pytest.raises(NodeOfflineError):
        await call(rest)

    panel.delay(path, 0.3)
    with pytest.raises(AnswerLostError):
        await call(rest)


@pytest.mark.parametrize("action", ["power", "backup"])
async def test_long_actions_have_a_time_of_their_own(
    session: ClientSession, panel: Panel, credentials: Credentials, action: str
) -> None:
    rest = Rest(Http(session, panel.url, replace(Timing(), request=0.4)), credentials)
    panel.delay(f"{SURVIVAL}/kill", 0.8)
    panel.delay(BACKUPS, 0.8)

    if action == "power":
        await rest.power("srv_survival", PowerAction.KILL)
    else:
        assert await rest.create_backup("srv_survival", None, BACKUP_ID)
