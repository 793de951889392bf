"""A panel of generation 2 with the live sockets of its servers, which tell what a test lets them tell."""

import asyncio
import base64
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, override

from aiohttp import WSMsgType, web
import orjson

from tests.client.support import until
from tests.client.v2.recorded import FIXTURES, SURVIVAL, RecordedPanel, path

SCOPES = ["console.read", "console.write", "stats.read", "control.start", "control.stop", "control.restart"]
type Answer = int | tuple[str, int]
ACCEPTED: dict[str, Any] = {"args": None, "event": "auth success"}


def status(name: str) -> dict[str, Any]:
    """Return the frame that tells a status."""
    return {"args": [name], "event": "status"}


def line(text: str) -> dict[str, Any]:
    """Return the frame of a line of the console."""
    return {"args": [text], "event": "console output"}


def stats(state: str = "running", **values: Any) -> dict[str, Any]:
    """Return the frame of a sample."""
    sample = {
        "cpu_absolute": 10.0,
        "disk_bytes": 0,
        "memory_bytes": 64 * 1024 * 1024,
        "network": {"rx_bytes": 0, "tx_bytes": 0},
        "state": state,
        "uptime_ms": 5000,
    }
    return {"args": [sample | values], "event": "stats"}


def ticket(scopes: list[str], token: str = "token", url: str = "ws://panel.test/daemon/ws") -> dict[str, Any]:
    """Return a ticket as a panel gives it."""
    return {"token": token, "expiresAt": "2026-11-26T03:06:23.000Z", "wsUrl": url, "scopes": scopes, "sftp": None}


def recorded_frames(name: str, direction: str = "<-") -> Iterator[tuple[float, str]]:
    """Return what went over a real live socket, each frame with its time."""
    for text in (FIXTURES / "live" / f"{name}.txt").read_text().splitlines():
        at, arrow, frame = text.split(" ", 2)
        if arrow == direction:
            yield float(at), frame


class LivePanel(RecordedPanel):
    """A recorded panel whose node has a live socket for each server.

    Attributes:
        ws_url: What the panel names as the socket's origin and base path; its own when None.
        scopes: What the account may do.
        lifetime: Seconds of a ticket.
        upgrades: The path, with the token, of each attempt to open a socket.
        upgrade_cookies: The cookies that came with them.
        answers: How the next attempts are answered: as a node does with an HTTP status, or as a proxy does with a page
            and its status; a socket when there are none left.
        always: How all attempts are answered once `answers` are used up; None for a socket.
        greeting: What a new socket is told, by server.
        received: What each server was told, as event and arguments.
        tickets: How many were given.
        held_back: What the answer to a server's first request for a ticket waits for, by server.
    """

    def __init__(self) -> None:
        super().__init__()
        self.ws_url: str | None = None
        self.scopes: list[str] = SCOPES
        self.lifetime = 600
        self.upgrades: list[str] = []
        self.upgrade_cookies: list[str | None] = []
        self.answers: list[Answer] = []
        self.always: Answer | None = None
        self.greeting: dict[str, list[Any]] = defaultdict(lambda: [ACCEPTED, status("running")])
        self.received: dict[str, list[tuple[str, list[Any]]]] = defaultdict(list)
        self.tickets = 0
        self.held_back: dict[str, asyncio.Event] = {}
        self.closed: list[int | None] = []
        self._sockets: dict[str, list[web.WebSocketResponse]] = defaultdict(list)

    def sockets(self, server_id: str = SURVIVAL) -> int:
        """Return how many sockets of a server are open."""
        return len(self._sockets[server_id])

    async def say(self, *frames: Any, server_id: str = SURVIVAL) -> None:
        """Tell frames on each socket of a server."""
        for ws in tuple(self._sockets[server_id]):
            for frame in frames:
                await ws.send_str(_text(frame))

    async def drop(self) -> None:
        """Let all sockets break off, as when a node is restarted."""
        dropped = [ws for sockets in self._sockets.values() for ws in sockets]
        for ws in dropped:
            transport = ws._req.transport if ws._req is not None else None
            assert transport is not None
            transport.abort()
        # Others may come at once.
        await until(lambda: not any(ws in sockets for ws in dropped for sockets in self._sockets.values()))

    async def opened(self, count: int = 1, server_id: str = SURVIVAL) -> None:
        """Wait until so many sockets of a server are open."""
        await until(lambda: self.sockets(server_id) == count)

    async def told(self, event: str, server_id: str = SURVIVAL) -> list[Any]:
        """Wait until a server was told something; returns the arguments of the first."""
        await until(lambda: any(name == event for name, _ in self.received[server_id]))
        return next(args for name, args in self.received[server_id] if name == event)

    @override
    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:  # type: ignore[override] # all paths, not one
        if "/daemon/api/servers/" in request.path:
            return await self._open(request)
        server_id = request.path.split("/")[3] if request.path.count("/") == 4 else ""
        if request.path == path(server_id, "/credentials") and (request.method, request.path) not in self._answers:
            self.requests.append((request.method, request.path))
            self.tickets += 1
            base = self.ws_url or self.url.replace("http", "ws", 1)
            answer = ticket(self.scopes, self._token(), f"{base}/daemon/api/servers/{server_id}/ws")
            if (released := self.held_back.pop(server_id, None)) is not None:
                await released.wait()
            return web.json_response(answer)
        return await super().handle(request)

    def _token(self) -> str:
        claims = orjson.dumps({"iat": 1000, "exp": 1000 + self.lifetime, "jti": self.tickets})
        return f"secret.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.signature"

    async def _open(self, request: web.BaseRequest) -> web.StreamResponse:
        self.upgrades.append(request.path_qs)
        self.upgrade_cookies.append(request.headers.get("Cookie"))
        answer = self.answers.pop(0) if self.answers else self.always
        if isinstance(answer, int):
            return web.Response(status=answer, text="no\n")
        if answer is not None:
            page, page_status = answer
            return web.Response(status=page_status, text=page, content_type="text/html")
        server_id = request.path.split("/")[-2]
        ws = web.WebSocketResponse()
        await ws.prepare(request)
        self._sockets[server_id].append(ws)
        try:
            for frame in self.greeting[server_id]:
                await ws.send_str(_text(frame))
            async for message in ws:
                if message.type is WSMsgType.TEXT:
                    content = orjson.loads(message.data)
                    self.received[server_id].append((content["event"], content["args"]))
        finally:
            self._sockets[server_id].remove(ws)
            self.closed.append(ws.close_code)
        return ws


def _text(frame: Any) -> str:
    return frame if isinstance(frame, str) else orjson.dumps(frame).decode()
