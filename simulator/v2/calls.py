"""Who calls the API, and about what."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Protocol
import uuid

from aiohttp import web
import orjson

from simulator.accounts import Account, Session
from simulator.fleet import Server
from simulator.wire import reply

from .api import PanelApiV2
from .errors import ApiError, DeniedError, InvalidError, UnexpectedError

LONGEST_PAGE: Final = 100
USUAL_PAGE: Final = 50

type Handler = Callable[[web.Request], Awaitable[web.Response]]
type AccountHandler = Callable[[web.Request, Account], Awaitable[object]]
type ServerHandler = Callable[[ServerCall], Awaitable[object]]


@dataclass(frozen=True)
class ServerCall:
    """A request about a server, by an account with access."""

    request: web.Request
    server: Server
    account: Account
    role: str


class SignedIn(Protocol):
    """A lookup of the sessions of requests."""

    def session(self, request: web.Request) -> Session | None:
        """Return the session of a request's cookie."""


class Gate:
    """Lets callers through to handlers, whose results are sent as JSON."""

    def __init__(self, signed_in: SignedIn, api: PanelApiV2, servers: dict[str, Server]) -> None:
        """Guard the calls about servers."""
        self._signed_in = signed_in
        self._api = api
        self._servers = servers

    def for_account(self, handler: AccountHandler) -> Handler:
        """Admit only accounts that are signed in."""

        async def handle(request: web.Request) -> web.Response:
            session = self._signed_in.session(request)
            if session is None:
                return ApiError(HTTPStatus.UNAUTHORIZED, "auth.session.invalid").response()
            try:
                return reply(await handler(request, session.account))
            except ApiError as error:
                return error.response()

        return handle

    def for_admin(self, handler: AccountHandler) -> Handler:
        """Admit only admins."""

        async def handle(request: web.Request, account: Account) -> object:
            if not account.is_admin:
                raise DeniedError
            return await handler(request, account)

        return self.for_account(handle)

    def for_everybody(self, handler: ServerHandler) -> Handler:
        """Admit only accounts with access to the server of the path."""

        async def handle(request: web.Request, account: Account) -> object:
            server = self.find(request)
            return await handler(ServerCall(request, server, account, self._api.check_access(server, account)))

        return self.for_account(handle)

    def for_owner(self, handler: ServerHandler) -> Handler:
        """Admit only the owner and admins, whatever the rights of subusers."""

        async def handle(call: ServerCall) -> object:
            if call.role == "subuser":
                raise DeniedError
            return await handler(call)

        return self.for_everybody(handle)

    def find(self, request: web.Request) -> Server:
        """Return the server of a path.

        Raises:
            ApiError: There is none, or its id is no UUID.
        """
        server_id = request.match_info["server_id"]
        if server_id in self._servers:
            return self._servers[server_id]
        try:
            uuid.UUID(server_id)
        except ValueError:
            raise UnexpectedError from None
        raise ApiError(HTTPStatus.NOT_FOUND, "servers.not_found")


async def read_json(request: web.Request) -> dict[str, Any]:
    """Read the JSON object of a request that needs one.

    Raises:
        ApiError: There is none, or it is no object.
    """
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        raise UnexpectedError from None
    if not isinstance(body, dict):
        raise InvalidError
    return body


def page(request: web.Request, entries: Sequence[object], longest: int = LONGEST_PAGE) -> dict[str, Any]:
    """Return the part of a list that a request asks for."""
    limit, offset = (request.query.get(name, "") for name in ("limit", "offset"))
    length = max(1, min(int(limit), longest)) if limit.isdecimal() else USUAL_PAGE
    begin = int(offset) if offset.isdecimal() else 0
    return {"entries": entries[begin : begin + length], "offset": begin, "limit": length, "total": len(entries)}
