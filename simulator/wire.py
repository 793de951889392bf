"""JSON in and out, and the shapes of the panel's answers."""

import json
from typing import Any

from aiohttp import web
import orjson


def json_bytes(data: object) -> bytes:
    """Serialise to JSON.

    What orjson refuses, numbers over 64 bits, goes through the standard library.
    """
    try:
        return orjson.dumps(data)
    except TypeError:
        return json.dumps(data).encode()


async def read_body(request: web.Request) -> dict[str, Any]:
    """Read the JSON object of a request; anything else is empty."""
    try:
        body = orjson.loads(await request.read())
    except orjson.JSONDecodeError:
        return {}
    return body if isinstance(body, dict) else {}


def reply(data: object, status: int = 200) -> web.Response:
    """Answer with JSON."""
    return web.Response(status=status, body=json_bytes(data), content_type="application/json")


def refuse(status: int, error: str) -> web.Response:
    """Answer with an error of the panel's own routes."""
    return reply({"error": error}, status)


def refuse_auth(status: int, code: str, message: str) -> web.Response:
    """Answer with an error of Better Auth."""
    return reply({"code": code, "message": message}, status)


def not_found() -> web.Response:
    """Answer as the web framework does when it has no such route."""
    return web.Response(status=404, text="404 Not Found")


def no_socket() -> web.Response:
    """Answer an upgrade that leads to no socket: 400 and nothing else."""
    return web.Response(status=400)
