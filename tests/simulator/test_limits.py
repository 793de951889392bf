"""The request limits."""

from datetime import UTC, datetime

import pytest

from simulator import Session
from simulator.clock import Clock

from .client import Client, PanelMaker


@pytest.fixture(autouse=True)
def _still(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a panel's time pass only when a test moves it."""
    start = datetime.now(UTC)
    monkeypatch.setattr(Clock, "now", lambda clock: start + clock._ahead)


async def use_up(client: Client, requests: int = 100) -> None:
    for _ in range(requests):
        assert (await client.get("/api/ws/token")).status == 401
    assert (await client.get("/api/ws/token")).status == 429


async def test_hundred_requests_a_minute(client: Client) -> None:
    await use_up(client)

    reply = await client.get("/api/ws/token")

    assert (reply.status, reply.headers["Retry-After"], list(reply.data)) == (429, "60", ["error"])
    assert (await client.get("/health")).status == 200


async def test_one_request_comes_back_after_600_ms(client: Client) -> None:
    await use_up(client)

    client.panel.advance(0.601)

    await use_up(client, 1)


async def test_full_bucket_holds_a_hundred(client: Client) -> None:
    await use_up(client)

    client.panel.advance(3600)

    await use_up(client)


async def test_rate_limited_upgrade_is_an_empty_400(client: Client, user: Session) -> None:
    await use_up(client)

    reply = await client.refused_upgrade(cookie=user)

    assert (reply.status, reply.text) == (400, "")
    assert client.panel.requests[-1] == ("GET", "/api/ws")
    assert client.panel.upgrades == 0
    client.panel.advance(1)
    await client.signed_in_socket(user)
    assert client.panel.upgrades == 1


async def test_five_sign_ins_a_minute(client: Client) -> None:
    account = client.panel.add_account("alex@example.com", "password")
    for _ in range(5):
        assert (await client.sign_in(account.email, "wrong")).status == 401

    reply = await client.sign_in(account.email, "password")

    assert (reply.status, reply.headers["Retry-After"], list(reply.data)) == (429, "60", ["error"])
    assert (await client.get("/api/ws/token")).status == 401
    client.panel.advance(12.01)
    assert (await client.sign_in(account.email, "password")).status == 200
    assert (await client.sign_in(account.email, "password")).status == 429


async def test_sign_ins_count_as_requests(client: Client) -> None:
    await client.sign_in("alex@example.com", "wrong")

    await use_up(client, 99)


async def test_one_bucket_a_client_behind_a_proxy(client: Client) -> None:
    await use_up(client)

    headers = {"X-Forwarded-For": "192.0.2.1, 10.0.0.1"}
    assert (await client.get("/api/ws/token", **headers)).status == 401


async def test_frames_are_not_limited(client: Client, user: Session) -> None:
    socket = await client.signed_in_socket(user)

    for _ in range(300):
        await socket.send("ping")
    for _ in range(300):
        await socket.expect("pong")


@pytest.mark.parametrize("late", [False, True])
async def test_limits_can_be_switched_off(make: PanelMaker, late: bool) -> None:
    client = await make(limits=late)
    client.panel.limits = False

    for _ in range(150):
        assert (await client.get("/api/ws/token")).status == 401
