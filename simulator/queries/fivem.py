"""FiveM: JSON over HTTP (docs.fivem.net, "Proxy setup")."""

import asyncio
from typing import override

from aiohttp import web

from simulator.machine import Game

from .ports import GamePort


class FiveMPort(GamePort):
    """A port of a FiveM server."""

    def __init__(self, game: Game) -> None:
        """Begin closed."""
        super().__init__(game)
        self._runner: web.AppRunner | None = None
        self._closing = asyncio.Event()

    @override
    async def open(self, host: str, port: int) -> None:
        app = web.Application()
        app.add_routes([web.get("/{name}.json", self._serve)])
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, host, port)
        await site.start()
        self.port = site.port

    @override
    async def close(self) -> None:
        self._closing.set()
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, request: web.Request) -> web.Response:
        self.questions += 1
        if not self.runs:
            assert request.transport is not None
            request.transport.abort()
        elif self.behaviour == "silent":
            await self._closing.wait()
        elif self.behaviour == "nonsense":
            return web.Response(text="<html>", content_type="text/html")
        match request.match_info["name"]:
            case "dynamic":
                return web.json_response(
                    {"clients": self.count, "hostname": "A server", "sv_maxclients": str(self.game.max_players)}
                )
            case "players":
                return web.json_response(
                    [{"id": number, "name": name, "ping": 31} for number, name in enumerate(self.game.players, 1)]
                )
            case _:
                raise web.HTTPNotFound
