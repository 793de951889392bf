"""The panel's own REST routes."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from aiohttp import web

from .accounts import Account, make_id
from .clock import iso
from .power import ACTIONS
from .servers import Server
from .wire import read_body, refuse, reply

if TYPE_CHECKING:
    from .panel import Panel

type ServerHandler = Callable[[web.Request, Server], Awaitable[web.Response]]
type Handler = Callable[[web.Request], Awaitable[web.Response]]


class RestRoutes:
    """Health, the token for the socket, servers and nodes."""

    def __init__(self, panel: Panel) -> None:
        """Serve a panel."""
        self._panel = panel
        self._fleet = panel.fleet

    def routes(self, base: str) -> list[web.RouteDef]:
        """Return the routes."""
        server = f"{base}/api/servers/{{server_id}}"
        return [
            web.get(f"{base}/health", self._health, allow_head=False),
            web.get(f"{base}/api/servers", self._list_servers, allow_head=False),
            web.get(server, self._with_server(self._get_server), allow_head=False),
            *(web.post(f"{server}/{action}", self._with_server(self._power(action))) for action in ACTIONS),
            web.post(f"{server}/command", self._with_server(self._command)),
            web.get(f"{server}/backups", self._with_server(self._list_backups), allow_head=False),
            web.post(f"{server}/backups", self._with_server(self._create_backup)),
            web.get(f"{base}/api/nodes", self._list_nodes, allow_head=False),
        ]

    def socket_routes(self, base: str) -> list[web.RouteDef]:
        """Return the routes that only a panel with a socket has."""
        return [web.get(f"{base}/api/ws/token", self._socket_token, allow_head=False)]

    async def _health(self, request: web.Request) -> web.Response:
        return reply({"status": "ok"})

    async def _socket_token(self, request: web.Request) -> web.Response:
        session = self._panel.session(request)
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
        return reply([node.row() for node in self._fleet.nodes.values()])

    async def _get_server(self, request: web.Request, server: Server) -> web.Response:
        return reply(self._fleet.row(server))

    def _power(self, action: str) -> ServerHandler:
        async def handle(request: web.Request, server: Server) -> web.Response:
            if refusal := self._refuse_daemon(server):
                return refusal
            status = self._panel.power(server.id, action)
            return reply({"success": True, "status": self._fleet.wire_status(status)})

        return handle

    async def _command(self, request: web.Request, server: Server) -> web.Response:
        command = (await read_body(request)).get("command")
        if not isinstance(command, str) or not command:
            return refuse(400, "Validation failed")
        if refusal := self._refuse_daemon(server):
            return refusal
        self._panel.commands.append((server.id, command))
        return reply({"success": True})

    async def _list_backups(self, request: web.Request, server: Server) -> web.Response:
        return reply([backup for backup in self._panel.backups if backup["serverId"] == server.id])

    async def _create_backup(self, request: web.Request, server: Server) -> web.Response:
        name = (await read_body(request)).get("name")
        if refusal := self._refuse_daemon(server):
            return refusal
        panel = self._panel
        started = iso(panel.now())
        backup: dict[str, Any] = {
            "id": make_id("backup", len(panel.backups)),
            "name": name if isinstance(name, str) and name else f"Backup {started}",
            "serverId": server.id,
            "status": "IN_PROGRESS",
            "size": "0",
            "createdAt": started,
            "completedAt": None,
        }
        panel.backups.append(backup)
        completed = await panel.pause(panel.backup_delay)
        backup["status"] = panel.backup_result if completed else "FAILED"
        if backup["status"] == "COMPLETED":
            backup |= {"size": str(256 * 1024**2), "completedAt": iso(panel.now())}
        return reply(backup, 201)

    def _account(self, request: web.Request) -> Account | None:
        session = self._panel.session(request)
        return None if session is None else session.account

    def _with_server(self, handler: ServerHandler) -> Handler:
        """Let only those through who may see the server of the path."""

        async def handle(request: web.Request) -> web.Response:
            account = self._account(request)
            if account is None:
                return refuse(401, "Unauthorized")
            server = self._fleet.servers.get(request.match_info["server_id"])
            if server is None:
                return refuse(404, "Server not found")
            if not server.allows(account):
                return refuse(403, "Forbidden")
            return await handler(request, server)

        return handle

    def _refuse_daemon(self, server: Server) -> web.Response | None:
        """Say why the node's daemon does nothing for a server: the panel trusts the column, the call itself fails."""
        if server.suspended:
            return refuse(403, "Server is suspended")
        if server.node and not server.node.online:
            return refuse(400, "Node is offline")
        if server.node and not server.node.heartbeat:
            return refuse(500, "Failed to communicate with daemon: TypeError: fetch failed")
        return None
