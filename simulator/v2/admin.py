"""The routes for admins."""

from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from simulator.accounts import Account, Accounts
from simulator.clock import Clock
from simulator.fleet import Fleet, Node, Server

from .api import PanelApiV2
from .calls import Gate, SignedIn, page
from .errors import UnexpectedError
from .forms import allocations_form, node_form, server_row, user_form

_LONGEST_AUDIT: Final = 200
_ABSENT: Final = ("installState", "backupLimit", "allocationLimit")


class AdminRoutes:
    """All nodes, servers, blueprints and users."""

    def __init__(
        self, signed_in: SignedIn, api: PanelApiV2, fleet: Fleet, accounts: Accounts, clock: Clock, *, newer: bool
    ) -> None:
        """Serve an API to admins."""
        self._api = api
        self._fleet = fleet
        self._accounts = accounts
        self._clock = clock
        self._newer = newer
        self._gate = Gate(signed_in, api, fleet.servers)

    def routes(self, base: str) -> list[web.RouteDef]:
        """Return the routes."""
        path = f"{base}/api/admin"
        gets = [
            ("/nodes", self._list_nodes),
            ("/nodes/{node_id}", self._get_node),
            ("/servers", self._list_servers),
            ("/servers/{server_id}", self._get_server),
            ("/blueprints", self._list_blueprints),
            ("/users", self._list_users),
            ("/audit", self._list_audit),
        ]
        return [
            *(web.get(path + end, self._gate.for_admin(handler), allow_head=False) for end, handler in gets),
            web.patch(f"{path}/servers/{{server_id}}/suspend", self._gate.for_admin(self._suspend)),
        ]

    async def _list_nodes(self, request: web.Request, account: Account) -> object:
        return {"nodes": [self._node(node) for node in self._fleet.nodes.values()]}

    async def _get_node(self, request: web.Request, account: Account) -> object:
        node = self._fleet.nodes.get(request.match_info["node_id"])
        if node is None:
            raise UnexpectedError(HTTPStatus.NOT_FOUND)
        return {"node": self._node(node)}

    async def _list_servers(self, request: web.Request, account: Account) -> object:
        return {"servers": [self._brief(server) for server in self._fleet.servers.values()]}

    async def _get_server(self, request: web.Request, account: Account) -> object:
        server = self._gate.find(request)
        blueprint = {**_blueprint(server), "dockerImages": {}, "variables": []}
        allocations = allocations_form(server)["allocations"]
        return {"server": self._brief(server), "variables": [], "allocations": allocations, "blueprint": blueprint}

    async def _list_blueprints(self, request: web.Request, account: Account) -> object:
        blueprints = {server.fields["blueprintId"]: _blueprint(server) for server in self._fleet.servers.values()}
        return {"blueprints": list(blueprints.values())}

    async def _list_users(self, request: web.Request, account: Account) -> object:
        return {"users": [user_form(each, newer=self._newer) for each in self._accounts.accounts.values()]}

    async def _list_audit(self, request: web.Request, account: Account) -> object:
        wanted = {key: request.query[key] for key in ("action", "targetId", "actorId") if key in request.query}
        answer = page(request, self._api.activity.find(wanted), _LONGEST_AUDIT)
        del answer["total"]
        return answer

    async def _suspend(self, request: web.Request, account: Account) -> object:
        server = self._gate.find(request)
        self._fleet.edit(server, {"suspended": not server.suspended})
        self._fleet.touch(server)
        return {"ok": True, "suspended": server.suspended}

    def _node(self, node: Node) -> dict[str, Any]:
        return node_form(node, self._clock, self._api.last_heartbeat(node), self._api.tokens.key(node))

    def _brief(self, server: Server) -> dict[str, Any]:
        node = server.node
        row = {name: value for name, value in server_row(server).items() if name not in _ABSENT}
        return row | {
            "nodeName": node and node.display_name,
            "nodeFqdn": node and node.host,
            "ownerEmail": server.owner.email,
        }


def _blueprint(server: Server) -> dict[str, Any]:
    blueprint = server.fields["blueprint"]
    name = blueprint.get("name") if isinstance(blueprint, dict) else None
    return {"id": server.fields["blueprintId"], "name": name}
