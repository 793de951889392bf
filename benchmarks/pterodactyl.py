"""The API of a Pterodactyl panel that has the same servers, as far as core's integration calls it."""

from collections.abc import Callable, Mapping, Sequence
import time
from typing import Any

from aiohttp import web

from simulator.fleet import Server

type Usage = Mapping[str, Any]
"""What a node of generation 1 tells of a server."""


class PterodactylApi:
    """A Pterodactyl panel that has the same servers.

    Attributes:
        usage: Returns what a node tells of a server; None for one that does not run.
        requests: How many were answered.
    """

    def __init__(self, servers: Sequence[Server], usage: Callable[[str], Usage | None]) -> None:
        """Serve the servers of a StellarStack panel; a living view."""
        self._servers = servers
        self.usage = usage
        self.requests = 0

    def routes(self) -> list[web.RouteDef]:
        """Return the routes that the integration calls."""
        return [
            web.get("/api/client", self._list),
            web.get("/api/client/servers/{server}", self._server),
            web.get("/api/client/servers/{server}/resources", self._resources),
        ]

    async def _list(self, request: web.Request) -> web.Response:
        self.requests += 1
        page = {"total": len(self._servers), "count": len(self._servers), "current_page": 1, "total_pages": 1}
        rows = [{"object": "server", "attributes": _attributes(server)} for server in self._servers]
        return web.json_response({"object": "list", "data": rows, "meta": {"pagination": page | {"links": {}}}})

    async def _server(self, request: web.Request) -> web.Response:
        self.requests += 1
        server = self._find(request)
        return web.json_response({"object": "server", "attributes": _attributes(server)})

    async def _resources(self, request: web.Request) -> web.Response:
        self.requests += 1
        server = self._find(request)
        running = server.status == "RUNNING"
        usage = self.usage(server.id)
        network = usage["network"] if usage else {"rx_bytes": 0, "tx_bytes": 0}
        resources = {
            "memory_bytes": usage["memory_bytes"] if usage else 0,
            "cpu_absolute": usage["cpu_absolute"] if usage else 0,
            "disk_bytes": usage["disk_bytes"] if usage else 0,
            "network_rx_bytes": network["rx_bytes"],
            "network_tx_bytes": network["tx_bytes"],
            "uptime": int(time.monotonic() * 1000) if running else 0,
        }
        attributes = {"current_state": "running" if running else "offline", "is_suspended": False}
        return web.json_response({"object": "stats", "attributes": attributes | {"resources": resources}})

    def _find(self, request: web.Request) -> Server:
        identifier = request.match_info["server"]
        return next(server for server in self._servers if server.id == identifier)


def _attributes(server: Server) -> dict[str, Any]:
    return {
        "server_owner": True,
        "identifier": server.id,
        "uuid": server.id,
        "name": server.name,
        "node": "Node 1",
        "description": server.fields["description"],
        "is_suspended": False,
        "is_installing": False,
        "limits": {"memory": server.fields["memory"], "swap": 0, "disk": 10240, "io": 500, "cpu": 200},
        "feature_limits": {"databases": 1, "allocations": 1, "backups": 1},
        "relationships": {},
    }


async def serve(api: PterodactylApi) -> tuple[web.AppRunner, str]:
    """Serve an API; returns what ends it and its URL."""
    app = web.Application()
    app.add_routes(api.routes())
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    return runner, f"http://127.0.0.1:{site.port}"
