"""The REST calls of generation 2.

Only JSON in the panel's own form is the panel's word: `{"error": {"code": "dotted.words", "params": {...}}}`. Whatever
else answers is a proxy or another product, and the panel is away.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
import re
from typing import Any, Final, NoReturn
import unicodedata
from urllib.parse import quote
from uuid import UUID

from aiohttp import hdrs
import orjson

from ..credentials import Credentials
from ..exceptions import (
    AnswerLostError,
    AuthenticationError,
    ForbiddenError,
    NodeOfflineError,
    NotFoundError,
    NotThePanelError,
    PanelConnectionError,
    Refusal,
    RefusedError,
    ResponseError,
)
from ..fields import parse_row
from ..http import LARGE, NO_JSON, SMALL, Answer, Http
from ..messages import Cause, Evidence
from ..models import Account, Allocation, Backup, Blueprint, Node, Server
from .activity import find_cause
from .parse import parse_account, parse_allocation, parse_backup, parse_blueprint, parse_node, parse_server

ME = "/api/me"
SERVERS = "/api/servers"
HEALTH = "/daemon/healthz"
INTERVALS_VALID = 3
"""Intervals between lists for which the last one is current."""
ROWS_A_TURN = 50
"""Rows that are looked at before others get a turn: a list of thousands takes a while."""

# What is around the rows of a list as a panel writes it; the quote is of a row's first key.
_FIRST_ROW, _NEXT_ROW, _LAST_ROW = b'{"servers":[{"', b'},{"', b"}]}"
ROW_ID: Final = slice(len(b'id":"'), len(b'id":"') + 36)
"""Where a text of `server_row_texts` has the server's id, as a panel writes it: first."""

_LOG_ENTRIES = 50
_LONGEST_BACKUP_NAME = 64
_CODE = re.compile(r"(?=.{1,128}\Z)[A-Za-z0-9_]+(?:\.[A-Za-z0-9_]+)+")
_ILLEGAL_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error in the panel's own form."""

    code: str
    params: Mapping[str, Any]


def error_body(answer: Answer) -> ErrorBody | None:
    """Return the panel's error in an answer; None for other errors."""
    match answer.content:
        case {"error": {"code": str(code)} as error} if _CODE.fullmatch(code):
            params = error.get("params")
            return ErrorBody(code, params if isinstance(params, dict) else {})
    return None


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

    async def account(self) -> Account:
        """Return the account.

        Like any call, this extends the session once a day.
        """
        content = await self._get(ME)
        user = content.get("user") if isinstance(content, dict) else None
        if (account := parse_row(parse_account, user)) is None:
            raise NotThePanelError("the account has no known form")
        return account

    async def list_servers(self) -> Answer:
        """Return the answer with all servers of the account.

        For an admin these are all of the panel. `server_rows` takes the rows out of it.
        """
        answer = await self._get_answer(SERVERS, LARGE)
        if answer.status != 200:
            _raise_for_status(answer)
        return answer

    async def servers(self) -> list[Server]:
        """Return the servers of the account, shared ones too.

        For an admin these are all of the panel.
        """
        return await _objects(server_rows(await self.list_servers()), parse_server)

    async def server(self, server_id: str) -> Server:
        """Return one server, with the name of its node.

        Raises:
            ForbiddenError: The account has no access; of several to whom a server is shared, all but one (seen on a
                real panel).
            NotFoundError: There is no such server.
        """
        try:
            content = await self._get(_server_path(server_id))
        except ResponseError as err:
            # The panel's error for an id of another form.
            if err.status == 500 and not _is_uuid(server_id):
                raise NotFoundError("the panel has no ids like this", 404) from err
            raise
        row = content.get("server") if isinstance(content, dict) else None
        if (server := parse_row(parse_server, row)) is None:
            raise NotThePanelError("the server has no known form")
        return server

    async def allocations(self, server_id: str) -> tuple[Allocation, ...]:
        """Return the addresses of a server.

        The panel refuses this for shared servers.
        """
        rows = await self._get_rows(_server_path(server_id, "/allocations"), "allocations")
        return tuple(await _objects(rows, parse_allocation))

    async def install_began(self, server_id: str) -> bool:
        """Return whether a pending installation has begun and goes on."""
        # With all that the installer printed.
        match await self._get(_server_path(server_id, "/install"), LARGE):
            case {"state": str(state)}:
                # Unknown after a restart of the panel, which ends what it did; failed when it could not begin.
                return state not in {"failed", "unknown"}
        raise NotThePanelError("the installation has no known form")

    async def nodes(self) -> list[Node]:
        """Return all nodes, for admin accounts only.

        A node is online when its heartbeat is of the last 90 s.
        """
        return await _objects(await self._get_rows("/api/admin/nodes", "nodes"), parse_node)

    async def blueprints(self) -> list[Blueprint]:
        """Return all blueprints. Admin accounts only."""
        return await _objects(await self._get_rows("/api/admin/blueprints", "blueprints"), parse_blueprint)

    async def host_node_online(self) -> bool | None:
        """Return whether the node on the panel's own host is online.

        None when the panel does not tell.
        """
        # Needs no credentials, so none are shown.
        answer = await self._http.request(hdrs.METH_GET, HEALTH)
        if answer.status == 200 and answer.content == {"ok": True}:
            return True
        # The text of the panel's own proxy for a daemon that does not answer; others send a page.
        return False if answer.status == 502 and not answer.body else None

    async def credentials(self, server_id: str) -> dict[str, Any]:
        """Return the ticket for a server's live socket, unparsed.

        Its keys are `token`, `expiresAt`, `wsUrl` and `scopes`.

        Raises:
            ForbiddenError: The account has no right that a live socket is for.
            NodeOfflineError: The server's node was never connected to the panel.
        """
        path = _server_path(server_id, "/credentials")
        answer = await self._http.request(hdrs.METH_POST, path, {"purpose": "console"}, cookie=self._cookie)
        match content := _content(answer):
            case {"token": str(), "wsUrl": str()}:
                return dict(content)
        raise NotThePanelError("the credentials have no known form")

    async def evidence(self, server_id: str, down_for: float) -> Evidence:
        """Return why a server stopped.

        The log of a shared server cannot be read, so that its stop counts as wanted.

        Args:
            server_id: The server.
            down_for: Seconds since it was reported down.
        """
        try:
            answer = await self._get_answer(_server_path(server_id, f"/activity?limit={_LOG_ENTRIES}"))
            entries = _rows(_content(answer), "entries")
        except ForbiddenError:
            return Evidence(cause=Cause.COMMAND)
        timing = self._http.timing
        # A list reports late what it reports, and so it does after one that failed.
        latest = timedelta(seconds=down_for + INTERVALS_VALID * timing.list_interval + timing.log_window)
        kill_before_crash = timedelta(seconds=timing.kill_before_crash)
        return Evidence(cause=find_cause(entries, answer.now - latest, kill_before_crash))

    async def create_backup(self, server_id: str, name: str | None, backup_id: str) -> None:
        """Request a backup; only the list tells its result.

        Raises:
            RefusedError: The server has all the backups that it may have; `limit` tells how many.
            NodeOfflineError: The server's node was never connected to the panel.
        """
        path = _server_path(server_id, "/backups")
        body = {"name": backup_name(name, datetime.now(UTC), backup_id)}
        answer = await self._http.request(hdrs.METH_POST, path, body, cookie=self._cookie, acts=True)
        try:
            content = _content(answer)
        except NotThePanelError:
            raise
        except PanelConnectionError as err:
            # A proxy without an answer of the panel.
            raise AnswerLostError(f"{path}: {err}") from err
        if not isinstance(content, dict) or parse_row(parse_backup, content.get("backup")) is None:
            raise NotThePanelError("the backup has no known form")

    async def backups(self, server_id: str) -> list[Backup]:
        """Return the backups of a server, in no order."""
        return await _objects(await self._get_rows(_server_path(server_id, "/backups"), "backups"), parse_backup)

    async def _get_answer(self, path: str, limit: int = SMALL) -> Answer:
        return await self._http.request(hdrs.METH_GET, path, cookie=self._cookie, limit=limit)

    async def _get(self, path: str, limit: int = SMALL) -> Any:
        return _content(await self._get_answer(path, limit))

    async def _get_rows(self, path: str, key: str) -> list[Any]:
        return _rows(await self._get(path, LARGE), key)


def server_rows(answer: Answer) -> list[Any]:
    """Return the rows of a list of servers.

    Raises:
        NotThePanelError: It is none.
    """
    return _rows(_content(answer), "servers")


def server_row_texts(answer: Answer) -> list[bytes]:
    """Return the rows of a list of servers, unparsed, for `load_row_text`.

    Most rows repeat those of the last list, and to compare bytes takes a fraction of parsing them.

    Raises:
        ValueError: The list is written in another way, if it is one at all.
    """
    body = answer.body
    if not body.startswith(_FIRST_ROW) or not body.endswith(_LAST_ROW):
        raise ValueError
    # Not within a text: there, each quote has a backslash before it.
    return body[len(_FIRST_ROW) : -len(_LAST_ROW)].split(_NEXT_ROW)


def load_row_text(text: bytes) -> Any:
    """Return the row that a text of `server_row_texts` stands for.

    Raises:
        ValueError: It is no JSON: the list is written in another way.
    """
    return orjson.loads(b'{"%b}' % text)


def backup_name(wish: str | None, at: datetime, backup_id: str) -> str:
    """Return a legal and unique name for a backup.

    A backup with the name of another overwrites its file (seen on a real panel).

    Args:
        wish: The desired name; characters that are not legal are left out.
        at: When it is asked for.
        backup_id: The id under which this client asks for it.
    """
    tail = f"{at:%Y%m%d-%H%M%S}{_name_end(backup_id)}"
    plain = unicodedata.normalize("NFKD", wish or "").encode("ascii", "ignore").decode()
    slug = _ILLEGAL_IN_NAMES.sub("-", plain)[: _LONGEST_BACKUP_NAME - len(tail) - 1].strip("-._") or "backup"
    return f"{slug}-{tail}"


def is_named_for(backup: Backup, backup_id: str) -> bool:
    """Return whether a backup was made under an id."""
    return backup.name is not None and backup.name.endswith(_name_end(backup_id))


def _name_end(backup_id: str) -> str:
    return f"-{backup_id[:8]}"


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True


def _server_path(server_id: str, what: str = "") -> str:
    return f"{SERVERS}/{quote(server_id, safe='')}{what}"


def _content(answer: Answer) -> Any:
    """Return the JSON of an answer; raise unless it is a success."""
    if answer.status not in {200, 201}:
        _raise_for_status(answer)
    if answer.content is NO_JSON:
        raise NotThePanelError("the answer is no JSON")
    return answer.content


def _rows(content: Any, key: str) -> list[Any]:
    if isinstance(content, dict) and isinstance(rows := content.get(key), list):
        return rows
    raise NotThePanelError(f"the list of {key} has no known form")


async def _objects[T](rows: list[Any], parse: Callable[[Mapping[str, Any]], T]) -> list[T]:
    """Return the objects in rows.

    A row of no known form is left out.
    """
    objects = []
    for number, row in enumerate(rows):
        if number % ROWS_A_TURN == 0:
            await asyncio.sleep(0)
        if (parsed := parse_row(parse, row)) is not None:
            objects.append(parsed)
    if rows and not objects:
        raise NotThePanelError("no row has a known form")
    return objects


def _raise_for_status(answer: Answer) -> NoReturn:
    status, body = answer.status, error_body(answer)
    if body is None or status < 400:
        if status >= 500:
            raise PanelConnectionError(f"the panel is away: HTTP {status}")
        raise NotThePanelError(f"not the panel's answer: HTTP {status}")
    message = f"the panel refused: HTTP {status}, {body.code}"
    match status:
        case 401:
            raise AuthenticationError("the panel does not accept the session")
        case 403:
            raise ForbiddenError(message, status)
        case 404:
            raise NotFoundError(message, status)
        case 409 if isinstance(limit := body.params.get("limit"), int):
            raise RefusedError(message, status, None, Refusal.BACKUP_LIMIT, limit)
        case 502 | 503:
            # The node was never connected, or is not reached; a proxy does not speak this form.
            raise NodeOfflineError(message, status)
    raise ResponseError(message, status)
