"""The routes of generation 1 but for signing in."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, Protocol

from aiohttp import web

from simulator.accounts import Account, Session
from simulator.fleet import Server
from simulator.machine import PowerAction
from simulator.wire import read_body, refuse, reply

from .activity import USUAL_PAGE, Actor
from .api import PanelApi
from .daemon import DaemonSockets
from .refusals import ApiRefusal, check_node
from .servers import FleetV1, node_row

ACTIONS: Final[tuple[PowerAction, ...]] = ("start", "stop", "restart", "kill")

type CallHandler = Callable[[ServerCall], Awaitable[web.Response]]
type Handler = Callable[[web.Request], Awaitable[web.Response]]


@dataclass(frozen=True)
class ServerCall:
    """A request about a server, by an account with access."""

    request: web.Request
    server: Server
    account: Account
    actor: Actor


class SignedIn(Protocol):
    """A lookup of the sessions of requests."""

    def session(self, request: web.Request) -> Session | None:
        """Return the session of a request's cookie."""


class RestRoutes:
    """Health, the token for the socket, servers and nodes."""

    def __init__(self, signed_in: SignedIn, api: PanelApi, fleet: FleetV1, daemons: DaemonSockets) -> None:
        """Serve an API to those who are signed in."""
        self._daemons = daemons
        self._signed_in = signed_in
        self._api = api
        self._fleet = fleet

    def routes(self, base: str) -> list[web.RouteDef]:
        """Return the routes."""
        server = f"{base}/api/servers/{{server_id}}"
        return [
            web.get(f"{base}/health", self._health, allow_head=False),
            web.get(f"{base}/api/ws/token", self._socket_token, allow_head=False),
            web.get(f"{base}/api/servers", self._list_servers, allow_head=False),
            web.get(f"{base}/api/nodes", self._list_nodes, allow_head=False),
            web.get(server, self._with_server(self._get_server), allow_head=False),
            *(web.post(f"{server}/{action}", self._with_server(self._power(action))) for action in ACTIONS),
            web.post(f"{server}/command", self._with_server(self._command)),
            web.post(f"{server}/reinstall", self._with_server(self._reinstall)),
            web.post(f"{server}/backups", self._with_server(self._create_backup)),
            *(
                web.get(f"{server}/{name}", self._with_server(handler), allow_head=False)
                for name, handler in (
                    ("backups", self._list_backups),
                    ("stats", self._get_stats),
                    ("console", self._get_console),
                    ("activity", self._list_activity),
                    ("allocations", self._list_allocations),
                )
            ),
        ]

    async def _health(self, request: web.Request) -> web.Response:
        return reply({"status": "ok"})

    async def _socket_token(self, request: web.Request) -> web.Response:
        session = self._signed_in.session(request)
        if session is None:
            return refuse(401, "Not authenticated")
        return reply({"token": session.token, "userId": session.account.id})

    async def _list_servers(self, request: web.Request) -> web.Response:
        account = self._account(request)
        if account is None:
            return refuse(401, "Unauthorized")
        # The newest first, and only what the account owns: what was shared with it is missing here.
        servers = [
            server for server in reversed(self._fleet.servers.values()) if account.is_admin or server.owner is account
        ]
        return reply([self._fleet.row(server, brief=True) for server in servers])

    async def _list_nodes(self, request: web.Request) -> web.Response:
        account = self._account(request)
        if account is None:
            return refuse(401, "Unauthorized")
        if not account.is_admin:
            return refuse(403, "Forbidden")
        return reply([node_row(node, online=self._api.is_online(node)) for node in self._fleet.nodes.values()])

    async def _get_server(self, call: ServerCall) -> web.Response:
        return reply(self._fleet.row(call.server))

    def _power(self, action: PowerAction) -> CallHandler:
        async def handle(call: ServerCall) -> web.Response:
            status = await self._api.power(call.server, action, call.actor)
            return reply({"success": True, "status": self._fleet.wire_status(status)})

        return handle

    async def _command(self, call: ServerCall) -> web.Response:
        command = (await read_body(call.request)).get("command")
        if not isinstance(command, str) or not command:
            return refuse(400, "Validation failed")
        await self._api.send_command(call.server, command, call.actor)
        return reply({"success": True})

    async def _reinstall(self, call: ServerCall) -> web.Response:
        await self._api.reinstall(call.server)
        return reply({"success": True, "message": "Server reinstalling...", "status": "INSTALLING"})

    async def _list_backups(self, call: ServerCall) -> web.Response:
        return reply(await self._api.backups.list_of(call.server))

    async def _create_backup(self, call: ServerCall) -> web.Response:
        body = await read_body(call.request)
        return reply(await self._api.create_backup(call.server, body, call.actor))

    async def _get_stats(self, call: ServerCall) -> web.Response:
        return reply(await self._api.stats(call.server))

    async def _get_console(self, call: ServerCall) -> web.Response:
        check_node(call.server)
        account = call.account
        return reply(await self._daemons.ticket(call.server, account.id, admin=account.is_admin))

    async def _list_activity(self, call: ServerCall) -> web.Response:
        query = call.request.query
        limit, offset = _number(query.get("limit"), USUAL_PAGE), _number(query.get("offset"), 0)
        return reply(self._api.activity.page(call.server.id, query.get("event", ""), limit, offset))

    async def _list_allocations(self, call: ServerCall) -> web.Response:
        return reply(self._fleet.allocations(call.server))

    def _account(self, request: web.Request) -> Account | None:
        session = self._signed_in.session(request)
        return None if session is None else session.account

    def _with_server(self, handler: CallHandler) -> Handler:
        """Admit only accounts with access to the server of the path."""

        async def handle(request: web.Request) -> web.Response:
            account = self._account(request)
            if account is None:
                return refuse(401, "Unauthorized")
            server = self._fleet.servers.get(request.match_info["server_id"])
            if server is None:
                return refuse(404, "Server not found")
            if not server.allows(account):
                return refuse(403, "Forbidden: You don't have access to this server")
            try:
                return await handler(ServerCall(request, server, account, Actor(account.id, request.remote or "")))
            except ApiRefusal as refusal:
                return refuse(refusal.status, refusal.error)

        return handle


def _number(text: str | None, usual: int) -> int:
    return int(text) if text is not None and text.isdecimal() else usual
