"""A panel of generation 2 that gives the answers of a real one."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from aiohttp import web
import orjson

from tests.client.support import until

FIXTURES = Path(__file__).parents[2] / "fixtures" / "v2"

USER = "6ede5515-0ecd-43aa-9dde-adcf2016c0f2"
ADMIN = "643cd73d-99a6-4834-b59b-04b1008e76f4"
NODE_A = "9483d8af-ffa8-4a87-a34f-ca6f2e4c37d7"
NODE_B = "2a7269ec-03f1-4afa-91c9-89c203c64f4e"
SURVIVAL = "d75a4947-3237-4918-aea5-93a64497077b"
FAR = "c6df7545-5b90-4b94-8f37-387247b0c225"
BROKEN = "17352286-434f-45ae-9e6c-e49bf24af304"
SIGNAL = "a9e2e911-465b-4c5c-828a-88780d52b184"
BAD_INSTALL = "424fdb84-f0f5-48e2-8956-9a038624b788"
BLUEPRINT = "a2eec22a-00be-4365-8716-e0b1e40e46fd"
COOKIE = "better-auth.session_token=token.signature"
SESSION_INVALID = {"error": {"code": "auth.session.invalid"}}
NOT_FOUND = {"error": {"code": "servers.not_found"}}
UNEXPECTED = {"error": {"code": "internal.unexpected"}}
NODES: dict[str, Any] = {
    "nodes": [
        {
            "id": NODE_A,
            "name": "node-a",
            "fqdn": "node-a.panel.test",
            "scheme": "http",
            "daemonPort": 8081,
            "daemonPublicKey": "a-secret-key",
            "connectedAt": "2026-11-26T03:18:00.318Z",
        },
        {"id": NODE_B, "name": "node-b", "fqdn": "192.0.2.7", "daemonPublicKey": "a-secret-key", "connectedAt": None},
    ]
}
"""Nodes as an admin sees them, by the form that a real panel has."""


def recorded(name: str) -> Any:
    """Return the JSON of an answer that a real panel gave."""
    return orjson.loads((FIXTURES / f"{name}.json").read_bytes())


def path(server_id: str, what: str = "") -> str:
    """Return the path of what the panel tells of a server."""
    return f"/api/servers/{server_id}{what}"


class RecordedPanel:
    """Answers as a real panel did, as long as nothing else is said.

    Attributes:
        url: Its address.
        requests: The method and path of each request, in order.
        cookies: The cookie of each request, in order.
        bodies: What was sent with each POST.
        rows: The list of servers.
    """

    def __init__(self) -> None:
        """Have the user's five servers."""
        self.url = ""
        self.requests: list[tuple[str, str]] = []
        self.cookies: list[str | None] = []
        self.bodies: list[Any] = []
        self.rows: list[dict[str, Any]] = recorded("servers")["servers"]
        self._answers: dict[tuple[str, str], tuple[int, Any, Mapping[str, str]]] = {}
        self.answer("GET", "/api/me", recorded("me"))
        self.answer("GET", path(SURVIVAL), recorded("server"))
        self.answer("GET", path(SURVIVAL, "/allocations"), recorded("allocations"))
        self.answer("GET", path(SURVIVAL, "/backups"), recorded("backups"))
        self.answer("POST", path(SURVIVAL, "/backups"), recorded("backup_pending"))
        self.answer("GET", path(SIGNAL, "/activity"), recorded("activity"))
        self.answer("GET", path(FAR, "/install"), recorded("install_failed"))
        self.answer("GET", path(SIGNAL), recorded("server_shared"))
        self.answer("GET", path(FAR), {"server": self.row(FAR) | {"nodeName": "node-b"}})
        for server_id in (FAR, BROKEN, SIGNAL, BAD_INSTALL):
            self.answer("GET", path(server_id, "/allocations"), recorded("denied"), 403)
        for admin in ("nodes", "blueprints"):
            self.answer("GET", f"/api/admin/{admin}", recorded("denied"), 403)

    def answer(
        self, method: str, path: str, body: Any, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> None:
        """Answer so from now on: bytes and text as they are, else JSON."""
        self._answers[method, path] = (status, body, headers or {})

    def become_admin(self) -> None:
        """Take the account for an admin's."""
        self.answer("GET", "/api/me", recorded("me_admin"))
        self.answer("GET", "/api/admin/nodes", NODES)
        self.answer("GET", "/api/admin/blueprints", {"blueprints": [{"id": BLUEPRINT, "name": "Minecraft Paper"}]})

    def row(self, server_id: str) -> dict[str, Any]:
        """Return a server's row, to be changed."""
        return next(row for row in self.rows if row["id"] == server_id)

    def asked(self, path: str) -> int:
        """Return how often something was asked for."""
        return self.requests.count(("GET", path))

    async def asked_again(self, path: str, times: int = 1) -> None:
        """Wait until something was asked for that often from now on, and the answers were read."""
        before = self.asked(path)
        await until(lambda: self.asked(path) > before + times)

    async def listed_again(self, times: int = 1) -> None:
        """Wait until the list was asked for that often from now on, and was read."""
        await self.asked_again("/api/servers", times)

    async def handle(self, request: web.BaseRequest) -> web.Response:
        """Answer a request."""
        self.requests.append((request.method, request.path))
        self.cookies.append(request.headers.get("Cookie"))
        if request.method == "POST":
            self.bodies.append(orjson.loads(await request.read() or b"null"))
        if request.path.startswith(("/api/me", "/api/servers", "/api/admin")) and "Cookie" not in request.headers:
            return web.json_response(body=orjson.dumps(SESSION_INVALID), status=401)
        default: tuple[int, Any, Mapping[str, str]]
        default = (200, {"servers": self.rows}, {}) if request.path == "/api/servers" else (404, "404 Not Found", {})
        status, body, headers = self._answers.get((request.method, request.path), default)
        if isinstance(body, bytes):
            return web.Response(status=status, body=body, headers=headers)
        if isinstance(body, str):
            return web.Response(status=status, text=body, headers=headers)
        return web.json_response(status=status, headers=headers, body=orjson.dumps(body))
