"""The REST calls of generation 1.

Only JSON in the panel's own form is the panel's word: `{"error": ...}`, or Better Auth's `{"code": ..., "message": ...}`.
Whatever else answers is a proxy or another product, and the panel is away.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime, timedelta
import logging
import re
from typing import Any, NoReturn
from urllib.parse import quote

from aiohttp import hdrs

from ..auth import error_body
from ..credentials import Credentials
from ..exceptions import (
    AnswerLostError,
    AuthenticationError,
    NodeOfflineError,
    NotThePanelError,
    PanelConnectionError,
    StellarStackError,
)
from ..fields import parse_row
from ..http import LARGE, NO_JSON, SMALL, Answer, Http
from ..messages import Cause, Evidence
from ..models import Backup, BackupStatus, Node, PowerAction, Server, ServerStatus
from .parse import parse_backup, parse_node, parse_server
from .refusals import error_for, error_words

_LOGGER = logging.getLogger(__name__)

SOCKET_TOKEN = "/api/ws/token"

_ROWS_A_TURN = 50
_LOG_ENTRIES = 20

_DAEMON_STATES = {
    "offline": ServerStatus.STOPPED,
    "starting": ServerStatus.STARTING,
    "running": ServerStatus.RUNNING,
    "stopping": ServerStatus.STOPPING,
}
# What of the log explains that a server stopped: `server:power.kill` on a real panel.
_STOPPING_EVENT = re.compile(r"(?:servers?[:.])?power[:.](kill|stop|restart)", re.IGNORECASE)


class Rest:
    """The calls of one account.

    Every method raises `PanelConnectionError` when the panel is away, `RateLimitedError` on HTTP 429,
    `AuthenticationError` when the panel does not accept the session, `ForbiddenError`, `NotFoundError` and
    `ResponseError` when it refuses something else.
    """

    def __init__(self, http: Http, credentials: Credentials) -> None:
        """Send nothing yet."""
        self._http = http
        self._cookie = credentials.cookie

    async def socket_token(self) -> str:
        """Return the raw token for the WebSocket's `auth` message. Extends the session."""
        content = await self._get(SOCKET_TOKEN)
        if not isinstance(content, dict) or not isinstance(token := content.get("token"), str):
            raise NotThePanelError("the answer has no token")
        return token

    async def servers(self) -> list[Server]:
        """Return the servers that the account owns.

        For an admin these are all of the panel. Shared servers are missing.
        """
        return await self._list("/api/servers", parse_server)

    async def server(self, server_id: str) -> Server:
        """Return one server, also one shared with the account."""
        row = await self._get(_server_path(server_id))
        if (server := parse_row(parse_server, row)) is None:
            raise NotThePanelError("the server has no known form")
        return server

    async def nodes(self) -> list[Node]:
        """Return all nodes, for admin accounts only.

        A node is online when its heartbeat is younger than 45 s.
        """
        return await self._list("/api/nodes", parse_node)

    async def backups(self, server_id: str) -> list[Backup]:
        """Return the backups of a server, in no order."""
        return await self._list(_server_path(server_id, "/backups"), parse_backup)

    async def node_status(self, server_id: str) -> ServerStatus | None:
        """Return the status that the node's daemon reports.

        None when the daemon reports none.
        """
        content = await self._get(_server_path(server_id, "/stats"))
        match content:
            case {"state": str(state)}:
                return _DAEMON_STATES.get(state.lower())
        raise NotThePanelError("the state of the server has no known form")

    async def evidence(self, server_id: str, down_for: float) -> Evidence:
        """Return why a server stopped, as far as it is known.

        Args:
            server_id: The server.
            down_for: Seconds since it was reported down.

        Raises:
            AuthenticationError: The panel does not accept the session. Nothing else is raised.
        """
        down_since = asyncio.get_running_loop().time() - down_for
        daemon = await _unless_away(self.node_status(server_id))
        # In this order: the panel writes its log after the fact.
        commanded = await _unless_away(self._stop_commanded(server_id, down_since))
        if commanded:
            return Evidence(daemon, Cause.COMMAND)
        if commanded is None or daemon is None:
            return Evidence(daemon, Cause.UNKNOWN)
        return Evidence(daemon, Cause.CRASH)

    async def console(self, server_id: str) -> Any:
        """Return the ticket for a live socket: `token` and `websocketUrl`, unparsed.

        Raises:
            NodeOfflineError: The panel holds the node for offline.
        """
        return await self._get(_server_path(server_id, "/console"))

    async def power(self, server_id: str, action: PowerAction) -> None:
        """Start, stop, restart or kill a server.

        Returns when the node is done, up to 10 min later.
        """
        _check_success(await self._act(server_id, action.value, timeout=self._http.timing.power_request))

    async def send_command(self, server_id: str, command: str) -> None:
        """Type a line into a server's console."""
        _check_success(await self._act(server_id, "command", {"command": command}))

    async def create_backup(self, server_id: str, name: str | None, backup_id: str) -> Backup:
        """Make a backup; returns when it has ended, minutes later."""
        body = {"uuid": backup_id} | ({"name": name} if name else {})
        content = await self._act(server_id, "backups", body, timeout=self._http.timing.backup)
        # Panels until v1.2.0 keep no row of a backup and name it themselves.
        if content.get("success") is True:
            return parse_backup(content | {"id": backup_id, "status": BackupStatus.COMPLETED})
        if (backup := parse_row(parse_backup, content)) is None:
            raise NotThePanelError("the backup has no known form")
        return backup

    async def _stop_commanded(self, server_id: str, down_since: float) -> bool:
        """Return whether a logged action explains why a server is down."""
        answer = await self._get_answer(_server_path(server_id, f"/activity?limit={_LOG_ENTRIES}"))
        content = _content(answer)
        if not isinstance(content, dict) or not isinstance(entries := content.get("logs"), list):
            raise NotThePanelError("the activity log has no known form")
        down_at = answer.now - timedelta(seconds=asyncio.get_running_loop().time() - down_since)
        window = timedelta(seconds=self._http.timing.log_window)
        return any(_explains_stop(entry, down_at, window) for entry in entries)

    async def _get_answer(self, path: str, limit: int = SMALL) -> Answer:
        return await self._http.request(hdrs.METH_GET, path, cookie=self._cookie, limit=limit)

    async def _get(self, path: str, limit: int = SMALL) -> Any:
        return _content(await self._get_answer(path, limit))

    async def _list[T](self, path: str, parse: Callable[[Mapping[str, Any]], T]) -> list[T]:
        """Return the objects in a list of rows.

        A row of no known form is left out.
        """
        rows = await self._get(path, LARGE)
        if not isinstance(rows, list):
            raise NotThePanelError(f"{path}: the list has no known form")
        objects = []
        for number, row in enumerate(rows):
            # A list of thousands takes a while; give other tasks their turn.
            if number % _ROWS_A_TURN == 0:
                await asyncio.sleep(0)
            if (parsed := parse_row(parse, row)) is not None:
                objects.append(parsed)
        if rows and not objects:
            raise NotThePanelError(f"{path}: no row has a known form")
        return objects

    async def _act(
        self, server_id: str, what: str, body: Mapping[str, Any] | None = None, timeout: float | None = None
    ) -> dict[str, Any]:
        """Make a server do something; returns the panel's answer.

        Raises:
            NotSentError: The panel was not reached.
            AnswerLostError: It is not known whether it was done.
            NodeOfflineError: The panel holds the node for offline, or cannot reach it.
            RefusedError: The node refuses.
        """
        path = _server_path(server_id, f"/{what}")
        loop = asyncio.get_running_loop()
        started = loop.time()
        answer = await self._http.request(hdrs.METH_POST, path, body, cookie=self._cookie, timeout=timeout, acts=True)
        try:
            content = _content(answer)
        except NodeOfflineError as err:
            if loop.time() - started > self._http.timing.node_wait:
                raise AnswerLostError(f"{path}: the panel waited no longer for the node") from err
            raise
        except NotThePanelError:
            raise
        except PanelConnectionError as err:
            # A proxy without an answer of the panel.
            raise AnswerLostError(f"{path}: {err}") from err
        if not isinstance(content, dict):
            raise NotThePanelError(f"{path}: the answer has no known form")
        return content


def _server_path(server_id: str, what: str = "") -> str:
    return f"/api/servers/{quote(server_id, safe='')}{what}"


def _content(answer: Answer) -> Any:
    """Return the JSON of an answer; raise unless it is a success."""
    if answer.status not in {200, 201}:
        _raise_for_status(answer)
    if answer.content is NO_JSON:
        raise NotThePanelError("the answer is no JSON")
    return answer.content


def _check_success(content: Mapping[str, Any]) -> None:
    if content.get("success") is not True:
        raise NotThePanelError("the answer to an action has no known form")


def _raise_for_status(answer: Answer) -> NoReturn:
    status = answer.status
    words = error_words(answer)
    if words is None and (body := error_body(answer)) is not None:
        words = body.message
    if status in {502, 504} or status >= 520 or (status >= 500 and words is None):
        raise PanelConnectionError(f"the panel is away: HTTP {status}")
    if words is None or status < 400:
        raise NotThePanelError(f"not the panel's answer: HTTP {status}")
    if status == 401:
        raise AuthenticationError("the panel does not accept the session")
    raise error_for(status, words)


async def _unless_away[T](call: Awaitable[T]) -> T | None:
    """Return the result of a call; None when the call fails.

    A refused session is still raised.
    """
    try:
        return await call
    except AuthenticationError:
        raise
    except StellarStackError as err:
        _LOGGER.debug("Cannot find out why a server stopped: %s", err)
        return None


def _explains_stop(entry: Any, down_at: datetime, window: timedelta) -> bool:
    """Return whether a log entry explains why a server stopped."""
    match entry:
        case {"event": str(event), "timestamp": str(timestamp)} if action := _STOPPING_EVENT.fullmatch(event):
            try:
                time = datetime.fromisoformat(timestamp)
            except ValueError:
                return False
            if time.tzinfo is None:
                time = time.replace(tzinfo=UTC)
            # A restart is logged once the server starts again, so that it explains nothing that comes after.
            return time >= (down_at if action[1].lower() == PowerAction.RESTART else down_at - window)
    return False
