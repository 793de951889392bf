"""The HTTP server of a panel: all that happens before a route."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Awaitable, Callable
import contextlib
import socket
import ssl

from aiohttp import web

from .interceptions import Fault, Faults
from .network import NetworkConditions
from .tls import make_certificate
from .wire import no_socket, not_found

type Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class HttpServer(ABC):
    """A server that records, limits and answers requests.

    Attributes:
        requests: Method and path of each REST call and each refused upgrade.
        request_headers: The same with the headers.
        limits: Whether the request limits are in force.
        network: What happens to frames and answers on their way.
        hang_upgrades: Accept connections for the socket but never answer them.
        tls_broken: Speak no TLS, from the next start on.
        certificate: The self-signed certificate as PEM, when there is one.
    """

    def __init__(self, *, base_path: str, tls: bool, limits: bool, drain: float, keep_alive: float) -> None:
        """Set up a server that is not started yet."""
        self.requests: list[tuple[str, str]] = []
        self.request_headers: list[tuple[str, str, dict[str, str]]] = []
        self.limits = limits
        self.network = NetworkConditions()
        self.hang_upgrades = False
        self.tls_broken = False
        self.certificate: str | None = None
        self._ssl: ssl.SSLContext | None = None
        if tls:
            self._ssl, self.certificate = make_certificate()
        self._base = f"/{base_path.strip('/')}" if base_path.strip("/") else ""
        self._drain = drain
        self._keep_alive = keep_alive
        self._host = "127.0.0.1"
        self._port = 0
        self._runner: web.AppRunner | None = None
        self._stopping = asyncio.Event()
        self._busy: set[web.RequestHandler] = set()
        self._unanswered: set[asyncio.Task[web.StreamResponse]] = set()
        self._faults = Faults()

    @abstractmethod
    def _routes(self, base: str) -> list[web.RouteDef]:
        """Return the routes, below a base path."""

    @abstractmethod
    async def _refuse(self, request: web.Request, path: str, *, upgrade: bool) -> web.Response | None:
        """Answer a request before its handler does, where there is reason."""

    @abstractmethod
    def _missing(self, request: web.Request, path: str) -> web.Response:
        """Answer a request that has no handler."""

    @abstractmethod
    def _mark(self, path: str, response: web.StreamResponse) -> None:
        """Add to an answer what all have."""

    @abstractmethod
    def _begin(self) -> None:
        """Begin with what goes on by itself."""

    @abstractmethod
    async def _wait_for_clients(self) -> None:
        """Wait until no socket is open."""

    @abstractmethod
    async def _end(self) -> None:
        """End what goes on by itself, and cut what is open."""

    @abstractmethod
    def _clean_up(self) -> None:
        """Do what is left when the last request was answered."""

    async def start(self, port: int = 0, host: str = "127.0.0.1") -> None:
        """Listen on a port.

        Without one on a free port, which a restart takes again.
        """
        if self._runner is not None:
            raise RuntimeError("The panel runs already")
        self._stopping = asyncio.Event()
        self._host = host
        app = web.Application(middlewares=[self._gateway])
        app.add_routes(self._routes(self._base))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1, keepalive_timeout=self._keep_alive)
        try:
            await self._runner.setup()
            certificate = None if self.tls_broken else self._ssl
            site = web.TCPSite(self._runner, host, port or self._port, ssl_context=certificate)
            await site.start()
        except OSError:
            await self._runner.cleanup()
            self._runner = None
            raise
        self._port = site.port
        self._begin()

    async def stop(self) -> None:
        """Shut down as the real panel does.

        No new connections; open sockets go on for a while and are then cut.
        """
        runner, self._runner = self._runner, None
        if runner is None:
            return
        for site in runner.sites:
            await site.stop()
        for protocol in runner.server.connections if runner.server else ():
            if protocol not in self._busy:
                protocol.force_close()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._drain):
                await self._wait_for_clients()
        self._stopping.set()
        await self._end()
        await asyncio.gather(*self._unanswered, return_exceptions=True)
        await runner.cleanup()
        self._clean_up()
        # The transports end in the next turns of the loop.
        for _ in range(3):
            await asyncio.sleep(0)

    @property
    def running(self) -> bool:
        """Return whether the panel was started and not stopped since."""
        return self._runner is not None

    @property
    def url(self) -> str:
        """Return the URL, which is known after the first start."""
        if not self._port:
            raise RuntimeError("The panel was never started")
        host = "127.0.0.1" if self._host == "0.0.0.0" else self._host
        if self._ssl is not None and host == "127.0.0.1":
            host = "localhost"
        scheme = "http" if self._ssl is None else "https"
        return f"{scheme}://{host}:{self._port}{self._base}"

    def free_port(self) -> int:
        """Return a port on which nothing listens."""
        with socket.socket() as probe:
            probe.bind((self._host, 0))
            port = probe.getsockname()[1]
        return int(port)

    # Faults.

    def fail(
        self,
        path: str,
        status: int = 500,
        body: object = None,
        headers: dict[str, str] | None = None,
        times: int | None = None,
        method: str | None = None,
        content_type: str | None = None,
    ) -> None:
        """Answer a path in the panel's place, some times or until `clear_faults`.

        The path is without the base path; `*` is all.
        """
        self._faults.add(Fault(path, status, body, headers or {}, times, method, content_type))

    def delay(self, path: str, seconds: float) -> None:
        """Answer a path late."""
        self._faults.set_delay(path, seconds)

    def clear_faults(self, path: str | None = None) -> None:
        """Remove the faults of a path, or all of them."""
        self._faults.clear(path)

    # The way of a request.

    @web.middleware
    async def _gateway(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        protocol = request.protocol
        self._busy.add(protocol)
        try:
            response = await self._answer_behind_proxy(request, handler)
        finally:
            self._busy.discard(protocol)
        is_server_call = request.method == "POST" and f"{self._base}/api/servers/" in request.path
        if self.network.lose_answers and is_server_call and request.transport is not None:
            request.transport.abort()
        return response

    async def _answer_behind_proxy(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        status = self.network.proxy
        if status is None or _is_upgrade(request):
            return await self._answer(request, handler)
        answer = asyncio.create_task(self._answer(request, handler))
        self._unanswered.add(answer)
        answer.add_done_callback(self._unanswered.discard)
        done, _ = await asyncio.wait((answer,), timeout=self.network.proxy_timeout)
        if done:
            return answer.result()
        return web.Response(status=status, text="<html><h1>Time-out</h1></html>", content_type="text/html")

    async def _answer(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        upgrade = _is_upgrade(request)
        path = request.path.removeprefix(self._base)
        if not request.path.startswith(f"{self._base}/"):
            self._record(request, request.path)
            return not_found()
        if not upgrade:
            self._record(request, path)
        response = await self._intercept(request, path, upgrade)
        if response is None:
            try:
                answer = await handler(request)
            except web.HTTPNotFound, web.HTTPMethodNotAllowed:
                response = self._missing(request, path)
            except web.HTTPBadRequest:
                response = no_socket()
            else:
                if not answer.prepared:
                    self._mark(path, answer)
                return answer
        if upgrade:
            self._record(request, path)
        self._mark(path, response)
        return response

    async def _intercept(self, request: web.Request, path: str, upgrade: bool) -> web.Response | None:
        """Answer a request in place of its handler, where there is reason."""
        if upgrade and self.hang_upgrades:
            self._record(request, path)
            await self._stopping.wait()
            raise web.HTTPServiceUnavailable
        if (delay := self._faults.delay(path)) and not await self._pause(delay):
            raise web.HTTPServiceUnavailable
        if fault := self._faults.take(request.method, path):
            return fault.response()
        return await self._refuse(request, path, upgrade=upgrade)

    async def _pause(self, seconds: float) -> bool:
        """Wait; returns False when the panel was stopped meanwhile."""
        try:
            async with asyncio.timeout(seconds):
                await self._stopping.wait()
        except TimeoutError:
            return True
        return False

    def _record(self, request: web.Request, path: str) -> None:
        self.requests.append((request.method, path))
        self.request_headers.append((request.method, path, dict(request.headers)))


def _is_upgrade(request: web.Request) -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket"
