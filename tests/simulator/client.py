"""A plain client: what the tests say to a panel and hear from it."""

from dataclasses import dataclass
from typing import Any, Self

import aiohttp
from multidict import CIMultiDictProxy

from simulator import Panel, Session

PATIENCE = 10


@dataclass
class Reply:
    """An answer of the panel's REST API."""

    status: int
    headers: CIMultiDictProxy[str]
    text: str
    data: Any

    @property
    def set_cookies(self) -> list[str]:
        return self.headers.getall("Set-Cookie", [])

    @property
    def cookie(self) -> str:
        """The name and value of the one cookie that was set and not deleted."""
        (cookie,) = [line.partition(";")[0] for line in self.set_cookies if "Max-Age=0" not in line]
        return cookie


class Socket:
    """An open socket."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.raw = socket

    async def send(self, kind: str, **fields: object) -> None:
        await self.raw.send_json({"type": kind, **fields})

    async def next(self) -> dict[str, Any]:
        message = await self.raw.receive(PATIENCE)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        data = message.json()
        assert isinstance(data, dict)
        return data

    async def expect(self, kind: str, **fields: object) -> dict[str, Any]:
        message = await self.next()
        assert message["type"] == kind, message
        assert {key: message.get(key) for key in fields} == fields
        return message

    async def expect_nothing(self) -> None:
        """The next frame is the answer to a question asked now."""
        await self.send("ping")
        assert await self.next() == {"type": "pong"}

    async def statuses(self, count: int) -> list[str]:
        """Return the next statuses; nothing else may come between them."""
        return [(await self.expect("server:status"))["data"]["status"] for _ in range(count)]

    async def subscribe(self, server_id: str) -> None:
        await self.send("subscribe", serverId=server_id)
        await self.expect("subscribed", serverId=server_id)

    async def end(self) -> int | None:
        """Wait for the end and return its code."""
        while not self.raw.closed:
            await self.raw.receive(PATIENCE)
        return self.raw.close_code


class Client:
    """Speaks to a panel."""

    def __init__(self, panel: Panel, http: aiohttp.ClientSession) -> None:
        self.panel = panel
        self.http = http
        self._sockets: list[aiohttp.ClientWebSocketResponse] = []

    async def end(self) -> None:
        """Close what is still open, here and at the panel."""
        for socket in self._sockets:
            await socket.close()
        await self.panel.stop()

    async def request(
        self, method: str, path: str, cookie: Session | str | None = None, json: object = None, **headers: str
    ) -> Reply:
        if cookie is not None:
            headers["Cookie"] = cookie.cookie if isinstance(cookie, Session) else cookie
        async with self.http.request(
            method, self.panel.url + path, headers=headers, json=json, allow_redirects=False
        ) as response:
            text = await response.text()
            data = await response.json() if response.content_type == "application/json" else None
            return Reply(response.status, response.headers, text, data)

    async def get(self, path: str, cookie: Session | str | None = None, **headers: str) -> Reply:
        return await self.request("GET", path, cookie, **headers)

    async def post(self, path: str, cookie: Session | str | None = None, json: object = None, **headers: str) -> Reply:
        return await self.request("POST", path, cookie, json, **headers)

    async def delete(self, path: str, cookie: Session | str | None = None) -> Reply:
        return await self.request("DELETE", path, cookie)

    async def sign_in(self, email: str, password: str, cookie: str | None = None, **headers: str) -> Reply:
        return await self.post("/api/auth/sign-in/email", cookie, {"email": email, "password": password}, **headers)

    async def socket(self, cookie: Session | str | None = None, path: str = "/api/ws") -> Socket:
        headers = {} if cookie is None else {"Cookie": cookie.cookie if isinstance(cookie, Session) else cookie}
        return Socket(await self.connect(self.panel.url + path, headers=headers))

    async def connect(
        self, url: str, *, headers: dict[str, str] | None = None, params: dict[str, str] | None = None
    ) -> aiohttp.ClientWebSocketResponse:
        """Open a socket, which is closed when the test ends."""
        socket = await self.http.ws_connect(url, headers=headers, params=params)
        self._sockets.append(socket)
        return socket

    async def subscribed_socket(self, session: Session, *server_ids: str) -> Socket:
        socket = await self.signed_in_socket(session)
        for server_id in server_ids:
            await socket.subscribe(server_id)
        return socket

    async def signed_in_socket(self, session: Session) -> Socket:
        socket = await self.socket(session)
        await socket.expect("auth_success", userId=session.account.id)
        return socket

    async def refused_upgrade(self, path: str = "/api/ws", cookie: Session | None = None) -> Reply:
        """Ask for an upgrade and return the answer that is none."""
        return await self.get(
            path,
            cookie,
            Connection="Upgrade",
            Upgrade="websocket",
            **{"Sec-WebSocket-Version": "13", "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="},
        )


class PanelMaker:
    """Makes panels that are stopped when the test ends."""

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._clients: list[Client] = []

    async def __call__(self, **options: Any) -> Client:
        usual = {"tick": 1000, "auth_delay": 0, "drain": 0, "speed": 100, "report_interval": None}
        panel = Panel(**usual | options)
        await panel.start()
        client = Client(panel, self._http)
        self._clients.append(client)
        return client

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for client in self._clients:
            await client.end()
