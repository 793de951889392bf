"""A panel of generation 2 on one origin.

The origin serves the API, the daemon on its host, and a web page.
"""

from http import HTTPStatus
from typing import Final, Literal, Protocol, override
import uuid

from aiohttp import web

from simulator.better_auth import SignInContext
from simulator.clock import Clock
from simulator.fleet import Fleet
from simulator.generation import Generation
from simulator.live_sockets import LiveSockets
from simulator.machine import Link
from simulator.sockets import Sockets
from simulator.wire import json_bytes, not_found

from .admin import AdminRoutes
from .api import PanelApiV2
from .auth import AuthRoutesV2
from .daemon import DaemonContext, DaemonSockets
from .errors import ApiError
from .limits import Limiter
from .rest import RestContext, RestRoutes

PAGE: Final = '<!doctype html><html><head><title>StellarStack</title></head><body><div id="root"></div></body></html>'
_API: Final = ("/api/", "/auth/")

type DaemonRoute = Literal["daemon", "page", "missing"]


class ContextV2(SignInContext, RestContext, DaemonContext, Protocol):
    """What generation 2 needs to know of a panel.

    Attributes:
        limits: Whether the request limits are in force.
        daemon_route: Where `/daemon` leads: to the daemon, or to the web page or the API, which do not know it.
    """

    limits: bool
    daemon_route: DaemonRoute


class GenerationV2(Generation):
    """REST below `/api`, Better Auth below `/auth`, live sockets below `/daemon`."""

    def __init__(self, context: ContextV2, clock: Clock, api: PanelApiV2, fleet: Fleet, *, newer: bool) -> None:
        """Serve a panel."""
        self._context = context
        self._clock = clock
        self._api = api
        self._fleet = fleet
        self._newer = newer
        self._daemon = DaemonSockets(context, api)
        self._limiter = Limiter()

    @property
    @override
    def sockets(self) -> Sockets:
        return self._daemon

    @property
    @override
    def live(self) -> LiveSockets:
        return self._daemon

    @override
    def routes(self, base: str) -> list[web.RouteDef]:
        context, newer = self._context, self._newer
        admin = AdminRoutes(context, self._api, self._fleet, context.accounts, self._clock, newer=newer)
        return [
            *AuthRoutesV2(context, newer=newer).routes(base),
            *admin.routes(base),
            *RestRoutes(context, self._api, self._fleet, newer=newer).routes(base),
            web.get(f"{base}/daemon/healthz", self._healthz, allow_head=False),
            web.get(f"{base}/daemon/api/servers/{{server_id}}/ws", self._serve, allow_head=False),
        ]

    @override
    async def intercept(self, request: web.Request, path: str, *, upgrade: bool) -> web.Response | None:
        if path.startswith("/daemon/"):
            return await self._intercept_daemon()
        if not path.startswith(_API):
            return _page()
        if self._api.away:
            return _bad_gateway()
        # The proxy in front says who the client is.
        client = request.headers.get("X-Forwarded-For", request.remote or "")
        wait = self._limiter.seconds_to_wait(client, path, self._clock.now()) if self._context.limits else None
        if wait is None:
            return None
        body = json_bytes({"message": "Too many requests. Please try again later."})
        headers = {"Content-Type": "text/plain;charset=UTF-8", "X-Retry-After": str(wait)}
        return web.Response(status=429, body=body, headers=headers)

    @override
    def use_up_limits(self) -> None:
        # There is none for what Home Assistant asks for again and again.
        pass

    @override
    def missing(self, request: web.Request, path: str) -> web.Response:
        if path.startswith("/daemon/"):
            return web.Response(status=404, text="404 page not found\n")
        if path.startswith("/auth/"):
            return web.Response(status=404)
        if path.startswith("/api/servers") and self._context.session(request) is None:
            return ApiError(HTTPStatus.UNAUTHORIZED, "auth.session.invalid").response()
        return not_found()

    @override
    def begin(self) -> None:
        pass

    @override
    async def end(self) -> None:
        pass

    @override
    def mark(self, path: str, response: web.StreamResponse) -> None:
        if path.startswith(_API) and not self._api.away:
            response.headers["X-Request-Id"] = str(uuid.uuid4())

    async def _healthz(self, request: web.Request) -> web.Response:
        return web.Response(text='{"ok":true}')

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        node = self._api.host_node
        assert node is not None
        return await self._daemon.serve(request, node)

    async def _intercept_daemon(self) -> web.Response | None:
        match self._context.daemon_route:
            case "page":
                return _page()
            case "missing":
                return not_found()
            case "daemon":
                node = self._api.host_node
                link = Link.DOWN if node is None else await self._context.machine.wait_for_link(node.id)
                return None if link is Link.UP else _bad_gateway()


def _page() -> web.Response:
    return web.Response(text=PAGE, content_type="text/html")


def _bad_gateway() -> web.Response:
    return web.Response(status=502)
