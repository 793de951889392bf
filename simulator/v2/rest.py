"""The routes of the API but for signing in and for admins."""

from datetime import UTC, datetime
from typing import Any, Final, Protocol

from aiohttp import web

from simulator.accounts import Account
from simulator.clock import iso
from simulator.fleet import Fleet
from simulator.wire import read_body, reply

from .api import PanelApiV2
from .calls import Gate, ServerCall, ServerHandler, SignedIn, page, read_json
from .errors import DeniedError, InvalidError
from .forms import allocations_form, server_row, user_form
from .tokens import SCOPES

_EMPTY_LISTS: Final = ("schedules", "subusers", "transfers")
_STARTUP: Final = "java -Xms128M -XX:MaxRAMPercentage=95.0 -jar {{SERVER_JARFILE}}"
_VARIABLES: Final = (
    ("MINECRAFT_VERSION", "Minecraft Version", "latest"),
    ("SERVER_JARFILE", "Server Jar File", "server.jar"),
)


class RestContext(SignedIn, Protocol):
    """What the routes need to know of a panel."""

    @property
    def app_url(self) -> str:
        """Return APP_BASE_URL, from which the addresses of live sockets are made."""


class RestRoutes:
    """The account, servers, and tickets to their live sockets."""

    def __init__(self, context: RestContext, api: PanelApiV2, fleet: Fleet, *, newer: bool) -> None:
        """Serve an API to those who are signed in."""
        self._context = context
        self._api = api
        self._fleet = fleet
        self._newer = newer
        self._gate = Gate(context, api, fleet.servers)

    def routes(self, base: str) -> list[web.RouteDef]:
        """Return the routes."""
        server = f"{base}/api/servers/{{server_id}}"
        owned, shared = self._gate.for_owner, self._gate.for_everybody
        gets = [
            ("", shared(self._get_server)),
            ("/allocations", owned(self._list_allocations)),
            ("/install", shared(self._get_install)),
            ("/backups", owned(self._list_backups)),
            ("/activity", owned(self._list_activity)),
            ("/variables", shared(self._get_variables)),
            ("/instances", shared(_empty_list("instances"))),
            ("/destination", owned(self._get_destination)),
            *((f"/{name}", owned(_empty_list(name))) for name in _EMPTY_LISTS),
        ]
        posts = [
            ("/credentials", shared(self._make_credentials)),
            ("/reinstall", owned(self._reinstall)),
            ("/install/retry", owned(self._reinstall)),
            ("/backups", owned(self._create_backup)),
            ("/backups/{backup_id}/restore", owned(self._restore_backup)),
        ]
        if self._newer:
            gets.append(("/crashes", owned(self._list_crashes)))
        return [
            web.get(f"{base}/api/me", self._gate.for_account(self._get_me), allow_head=False),
            web.get(f"{base}/api/servers", self._gate.for_account(self._list_servers), allow_head=False),
            *(web.get(server + path, handler, allow_head=False) for path, handler in gets),
            *(web.post(server + path, handler) for path, handler in posts),
            web.patch(server, owned(self._rename)),
            web.delete(server, owned(self._delete)),
            web.delete(f"{server}/backups/{{backup_id}}", owned(self._delete_backup)),
            *([web.get(f"{base}/api/setup", self._get_setup, allow_head=False)] if self._newer else []),
        ]

    async def _get_setup(self, request: web.Request) -> web.Response:
        return reply({"needsSetup": False, "mode": "hosted"})

    async def _get_me(self, request: web.Request, account: Account) -> object:
        return {"user": user_form(account, newer=self._newer)}

    async def _list_servers(self, request: web.Request, account: Account) -> object:
        servers = [server for server in self._fleet.servers.values() if server.allows(account)]
        # A row that changes moves.
        servers.sort(key=lambda server: server.changes)
        return {"servers": [server_row(server) for server in servers]}

    async def _get_server(self, call: ServerCall) -> object:
        server = call.server
        scopes = self._api.scopes_of(server, call.account) if call.role == "subuser" else ()
        row = server_row(server) | {"nodeName": server.node and server.node.display_name}
        return {"server": row, "access": {"role": call.role, "permissions": scopes}}

    async def _list_allocations(self, call: ServerCall) -> object:
        return allocations_form(call.server)

    async def _get_install(self, call: ServerCall) -> object:
        return self._api.install_log(call.server)

    async def _make_credentials(self, call: ServerCall) -> object:
        server = call.server
        if (await read_body(call.request)).get("purpose", "console") != "console":
            raise InvalidError
        node = self._api.check_paired(server)
        scopes = self._api.scopes_of(server, call.account)
        if not scopes:
            raise DeniedError(statement=SCOPES)
        token, claims = self._api.tokens.make(call.account, server, node, scopes)
        base = self._context.app_url.removesuffix("/")
        return {
            "token": token,
            "expiresAt": iso(datetime.fromtimestamp(claims.expires_at, UTC)),
            "wsUrl": f"{base.replace('http', 'ws', 1)}/daemon/api/servers/{server.id}/ws",
            "httpBaseUrl": f"{base}/daemon",
            "scopes": scopes,
            "sftp": None,
        }

    async def _list_backups(self, call: ServerCall) -> object:
        return {"backups": self._api.backups.list_of(call.server)}

    async def _create_backup(self, call: ServerCall) -> object:
        body = await read_json(call.request)
        return {"backup": self._api.backups.create(call.server, body.get("name"))}

    async def _restore_backup(self, call: ServerCall) -> object:
        self._api.backups.find(call.server, call.request.match_info["backup_id"])
        self._api.check_paired(call.server)
        return {"ok": True}

    async def _delete_backup(self, call: ServerCall) -> object:
        row = self._api.backups.find(call.server, call.request.match_info["backup_id"])
        self._api.backups.rows.remove(row)
        return {"ok": True}

    async def _list_activity(self, call: ServerCall) -> object:
        return page(call.request, self._api.activity.of(call.server.id))

    async def _list_crashes(self, call: ServerCall) -> object:
        crashes = [crash for crash in reversed(self._api.crashes) if crash["serverId"] == call.server.id]
        return page(call.request, crashes)

    async def _get_variables(self, call: ServerCall) -> object:
        variables = [
            {
                "key": key,
                "name": name,
                "description": "",
                "default": value,
                "userViewable": True,
                "userEditable": True,
                "rules": "nullable|string|max:20",
                "currentValue": value,
            }
            for key, name, value in _VARIABLES
        ]
        row = server_row(call.server)
        return {
            "variables": variables,
            "startupCommand": _STARTUP,
            "dockerImage": row.get("dockerImage"),
            "startupExtra": "",
            "dockerImages": {},
            "features": {},
        }

    async def _get_destination(self, call: ServerCall) -> object:
        return {"destination": None}

    async def _reinstall(self, call: ServerCall) -> object:
        await self._api.reinstall(call.server)
        return {"ok": True}

    async def _rename(self, call: ServerCall) -> object:
        body = await read_json(call.request)
        columns: dict[str, Any] = {key: body[key] for key in ("name", "description") if key in body}
        if not all(isinstance(value, str) for value in columns.values()):
            raise InvalidError
        self._fleet.edit(call.server, columns)
        self._fleet.touch(call.server)
        return {"ok": True}

    async def _delete(self, call: ServerCall) -> object:
        self._api.activity.add(call.server.id, "servers.deleted", call.account.id)
        self._api.delete(call.server.id)
        return {"ok": True}


def _empty_list(name: str) -> ServerHandler:
    async def handle(call: ServerCall) -> object:
        return {name: []}

    return handle
