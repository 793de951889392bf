"""Injected answers and delays."""

import asyncio

import pytest

from simulator import Session

from .client import Client


async def test_lasting_fault(client: Client) -> None:
    client.panel.fail("/health")

    for _ in range(3):
        reply = await client.get("/health")
        assert (reply.status, reply.data) == (500, {"error": "Internal Server Error"})
    assert (await client.get("/api/ws/token")).status == 401

    client.panel.clear_faults()
    assert (await client.get("/health")).status == 200


async def test_counted_fault(client: Client) -> None:
    client.panel.fail("/health", 503, times=2)

    assert [(await client.get("/health")).status for _ in range(3)] == [503, 503, 200]


async def test_sequence_and_replacement(client: Client) -> None:
    client.panel.fail("/health", 500)
    client.panel.fail("/health", 501)
    client.panel.fail("/health", 502, times=1)
    client.panel.fail("/health", 503, times=1)

    assert [(await client.get("/health")).status for _ in range(4)] == [502, 503, 501, 501]


async def test_fault_of_one_method(client: Client, user: Session) -> None:
    client.panel.fail("/api/auth/sign-out", 500, method="POST")
    client.panel.fail("/api/servers", 500, method="POST")

    assert (await client.post("/api/auth/sign-out")).status == 500
    assert (await client.get("/api/servers", user)).status == 200


async def test_fault_of_better_auths_limiter(client: Client) -> None:
    client.panel.fail(
        "/api/auth/sign-in/email",
        429,
        {"message": "Too many requests. Please try again later."},
        {"X-Retry-After": "10"},
    )

    reply = await client.sign_in("a@example.com", "p")

    assert (reply.status, reply.headers["X-Retry-After"]) == (429, "10")
    assert "Retry-After" not in reply.headers
    assert list(reply.data) == ["message"]


@pytest.mark.parametrize(
    ("body", "content_type", "text", "seen"),
    [
        ("<html>", None, "<html>", "text/html"),
        ("[]", "application/json", "[]", "application/json"),
        (b"\x00", None, "\x00", "application/json"),
        ([1, {"a": None}], None, '[1,{"a":null}]', "application/json"),
        ("", "text/plain", "", "text/plain"),
    ],
)
async def test_bodies(client: Client, body: object, content_type: str | None, text: str, seen: str) -> None:
    client.panel.fail("/api/ws/token", 200, body, content_type=content_type)

    async with client.http.get(client.panel.url + "/api/ws/token") as response:
        assert (response.status, response.content_type, await response.text()) == (200, seen, text)


async def test_fault_of_the_upgrade(client: Client, user: Session) -> None:
    client.panel.fail("/api/ws", 502, "Bad Gateway", times=1)

    reply = await client.refused_upgrade(cookie=user)

    assert (reply.status, reply.text) == (502, "Bad Gateway")
    assert client.panel.requests == [("GET", "/api/ws")]
    assert client.panel.upgrades == 0
    await client.signed_in_socket(user)


async def test_redirect(client: Client) -> None:
    client.panel.fail("/health", 302, "", {"Location": "/login"})

    reply = await client.get("/health")

    assert (reply.status, reply.headers["Location"]) == (302, "/login")


async def test_delay_and_its_end(client: Client) -> None:
    client.panel.delay("/health", 1000)
    client.panel.fail("/api/ws/token", 500)
    attempt = asyncio.create_task(client.get("/health"))
    await client.panel.wait_for(lambda panel: panel.requests)
    assert (await client.get("/api/servers")).status == 401
    assert not attempt.done()

    client.panel.clear_faults("/health")

    assert (await client.get("/health")).status == 200
    assert (await client.get("/api/ws/token")).status == 500
    attempt.cancel()
    await asyncio.gather(attempt, return_exceptions=True)


async def test_short_delay(client: Client) -> None:
    client.panel.delay("/health", 0.01)

    assert (await client.get("/health")).status == 200
