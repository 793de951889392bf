"""What several of these tests need: waiting, wire values at random, and a listener on either side of the client."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
import contextlib
import json
import socket
from ssl import SSLContext
from typing import Any

from aiohttp import ClientSession, DummyCookieJar, TCPConnector, web
from hypothesis import HealthCheck, settings, strategies as st
import pytest

from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.http import refuse_redirects
from simulator import Account, Panel

type Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
type Serve = Callable[[Handler], Awaitable[str]]
type StartPanel = Callable[..., Awaitable[Panel]]

EMAIL = "alex@example.com"
PASSWORD = "correct horse"

# Examples differ in time on a busy machine, and what a fixture holds is no part of an example.
at_random = settings(
    deadline=None, database=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)

few_at_random = settings(at_random, max_examples=25)
"""For examples that go over a real connection."""

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.text(max_size=8), children, max_size=3),
    max_leaves=6,
)
"""Any JSON value, and the numbers that Python writes but JSON does not know."""


# Recursion takes time, so the fields of an object have less of it.
_VALUES = (
    st.integers() | st.floats() | st.text(max_size=9) | st.sampled_from([None, True, False, [], [[1]], {}, {"id": 1}])
)


def _objects(*keys: str, **nested: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=dict.fromkeys(keys, _VALUES) | nested)


_IDS = st.sampled_from(["1", "2", "3", "", 4, None])
_ALLOCATIONS = _objects("ip", "assigned", "isPrimary", "alias", id=_IDS, port=_VALUES | st.integers(-5, 70000))
_NODES = _objects("host", "displayName", "isOnline", id=_IDS, location=_VALUES | _objects("name", id=_IDS))
SERVERS = _objects(
    *("id", "shortId", "name", "description", "status", "suspended", "containerId", "memory", "disk", "cpu"),
    *("cpuPinning", "swap", "oomKillDisable", "backupLimit", "ownerId", "createdAt", "updatedAt"),
    primaryAllocationId=_IDS,
    node=_VALUES | _NODES,
    allocations=_VALUES | st.lists(_VALUES | _ALLOCATIONS, max_size=4),
    blueprint=_VALUES | _objects("name", id=_IDS),
)
"""Wire objects with the fields of a server, each with any value."""


def wire(value: object) -> bytes:
    """Return a value as it would be sent; numbers that JSON lacks become the words that Python has for them."""
    return json.dumps(value).encode()


def open_session(trust: bool | SSLContext) -> ClientSession:
    """Return a session as the client wants one; `trust` is what aiohttp takes as `ssl`."""
    return ClientSession(
        connector=TCPConnector(ssl=trust, family=socket.AF_INET),
        cookie_jar=DummyCookieJar(),
        middlewares=(refuse_redirects,),
    )


@contextlib.asynccontextmanager
async def connected_client(panel: Panel, account: Account) -> AsyncGenerator[StellarStackClient]:
    """Connect an account's client to a simulated panel; close it at the end."""
    async with open_session(True) as session:
        credentials = Credentials(cookie=panel.create_session(account).cookie)
        client = StellarStackClient(session, panel.url, credentials, lambda state, reason: None)
        try:
            await client.connect()
            yield client
        finally:
            await client.close()


def our_log(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what we logged, as `LEVEL message`."""
    return [
        f"{record.levelname} {record.getMessage()}"
        for record in caplog.records
        if record.name.startswith("custom_components")
    ]


async def until(condition: Callable[[], object], timeout: float = 20) -> None:
    """Wait until something is true."""
    async with asyncio.timeout(timeout):
        while not condition():  # noqa: ASYNC110 - anything can be waited for
            await asyncio.sleep(0.002)


def our_tasks() -> list[str]:
    """Return the names of the client's tasks that run."""
    return [name for task in asyncio.all_tasks() if (name := task.get_name()).startswith("stellarstack")]


_PAGE = "<html><title>Who are you?</title></html>"
ELSEWHERE: list[tuple[int, object]] = [
    *((status, _PAGE) for status in (200, 400, 401, 403, 404, 500, 502, 503, 504, 524)),
    *((status, b"") for status in (200, 401, 403, 404, 500, 502, 503, 504)),
    *((status, {"message": "Unauthorized"}) for status in (200, 401, 403, 404, 500, 503)),
    *((status, {"code": "rest_no_route", "message": "No route was found"}) for status in (401, 403, 404)),
    *((status, {"error": {"code": "auth.session.invalid"}}) for status in (401, 403, 404, 409)),
    *((status, {"code": 401, "message": "Unauthorized"}) for status in (401, 403, 404)),
    *((status, {"status": status, "error": "Refused", "path": "/api"}) for status in (401, 403, 404, 500, 503)),
    *((status, {"statusCode": status, "error": "Refused", "message": "No."}) for status in (401, 403, 404)),
    *((status, ["no"]) for status in (200, 401, 404)),
    *((status, 5) for status in (200, 403)),
    (204, b""),
]
"""Answers of proxies and of other products, by status and body; none of them is the panel's word."""
