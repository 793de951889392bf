"""A panel of generation 1: routes, socket and the checks before them."""

import asyncio
from typing import Protocol, override

from aiohttp import web

from simulator.better_auth import SignInContext
from simulator.clock import Clock
from simulator.generation import Generation
from simulator.limits import Limiter
from simulator.live_sockets import LiveContext, LiveSockets
from simulator.sockets import Sockets
from simulator.wire import no_socket, not_found, refuse

from .api import PanelApi
from .auth import AuthRoutesV1
from .daemon import DaemonSockets
from .rest import RestRoutes
from .servers import FleetV1
from .websocket import Hub, HubContext


class ContextV1(SignInContext, HubContext, LiveContext, Protocol):
    """What generation 1 needs to know of a panel.

    Attributes:
        limits: Whether the request limits are in force.
    """

    limits: bool


class GenerationV1(Generation):
    """Generation 1's REST, panel socket and live sockets.

    REST is below `/api`, the live sockets are at the nodes.
    """

    def __init__(self, context: ContextV1, clock: Clock, api: PanelApi, fleet: FleetV1, *, newer: bool) -> None:
        """Serve a panel."""
        self._context = context
        self._clock = clock
        self._api = api
        self._fleet = fleet
        self._hub = Hub(context)
        self._daemons = DaemonSockets(context, clock, newer=newer)
        self._limiter = Limiter()
        self._ticks: asyncio.Task[None] | None = None
        api.broadcasters.append(self._hub)

    @property
    @override
    def sockets(self) -> Sockets:
        return self._hub

    @property
    @override
    def live(self) -> LiveSockets:
        return self._daemons

    @override
    def routes(self, base: str) -> list[web.RouteDef]:
        return [
            *RestRoutes(self._context, self._api, self._fleet, self._daemons).routes(base),
            *AuthRoutesV1(self._context).routes(base),
            web.get(f"{base}/api/ws", self._hub.serve, allow_head=False),
        ]

    @override
    async def intercept(self, request: web.Request, path: str, *, upgrade: bool) -> web.Response | None:
        # One bucket for all unless a proxy in front says who the client is.
        client = request.headers.get("X-Forwarded-For", "").partition(",")[0]
        if self._context.limits and not self._limiter.allows(client, path, self._clock.now()):
            if upgrade:
                return no_socket()
            response = refuse(429, "Too many requests, please try again later")
            response.headers["Retry-After"] = "60"
            return response
        if upgrade and path != "/api/ws":
            return no_socket()
        if path == "/api/ws" and not upgrade:
            return not_found()
        return None

    @override
    def use_up_limits(self) -> None:
        while self._limiter.allows("", "/api/servers", self._clock.now()):
            pass

    @override
    def missing(self, request: web.Request, path: str) -> web.Response:
        return not_found()

    @override
    def mark(self, path: str, response: web.StreamResponse) -> None:
        pass

    @override
    def begin(self) -> None:
        self._ticks = asyncio.create_task(self._hub.run_ticks())

    @override
    async def end(self) -> None:
        if self._ticks is not None:
            self._ticks.cancel()
            await asyncio.gather(self._ticks, return_exceptions=True)
        await self._daemons.stop()
