"""A plain client of live sockets, and recordings of real ones."""

from collections.abc import Iterator
import json
from pathlib import Path
from typing import Any

import aiohttp

from simulator import Server, Session
from tests.simulator.client import PATIENCE, Client, Reply

FIXTURES = Path(__file__).parents[2] / "fixtures" / "v2"


class LiveSocket:
    """An open live socket of a server."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.raw = socket

    async def send(self, event: str, *args: object) -> None:
        await self.raw.send_json({"event": event, "args": list(args)})

    async def text(self) -> str:
        message = await self.raw.receive(PATIENCE)
        assert message.type is aiohttp.WSMsgType.TEXT, message
        return str(message.data)

    async def next(self, *events: str) -> str:
        """Return the next frame as it is: of these events, or of any but stats."""
        while True:
            text = await self.text()
            event = json.loads(text)["event"]
            if event in events or (not events and event != "stats"):
                return text

    async def expect(self, event: str, *args: object) -> None:
        """The next frame but stats is this one."""
        assert json.loads(await self.next()) == {"args": list(args) or None, "event": event}

    async def sample(self) -> dict[str, Any]:
        """Return the next sample."""
        (sample,) = json.loads(await self.next("stats"))["args"]
        assert isinstance(sample, dict)
        return sample

    async def state(self) -> str:
        """Return the next state."""
        (state,) = json.loads(await self.next("status"))["args"]
        return str(state)

    async def greeting(self) -> list[str]:
        """Return the lines of a new socket, and take a question's answer as their end."""
        await self.send("nonsense")
        lines = []
        while (frame := json.loads(await self.next()))["event"] != "daemon error":
            if frame["event"] == "console output":
                lines += frame["args"]
        return lines

    async def end(self) -> int | None:
        while not self.raw.closed:
            await self.raw.receive(PATIENCE)
        return self.raw.close_code


async def credentials(client: Client, server: Server, session: Session) -> dict[str, Any]:
    """Ask for a ticket."""
    reply = await client.post(f"/api/servers/{server.id}/credentials", session, {"purpose": "console"})
    assert reply.status == 200, reply
    assert isinstance(reply.data, dict)
    return reply.data


async def open_live(client: Client, server: Server, session: Session) -> LiveSocket:
    ticket = await credentials(client, server, session)
    return LiveSocket(await client.connect(ticket["wsUrl"], params={"token": ticket["token"]}))


async def refused(client: Client, server: Server, token: str | None, **headers: str) -> Reply:
    """Ask for an upgrade, and return the answer that is none."""
    query = "" if token is None else f"?token={token}"
    return await client.refused_upgrade(f"/daemon/api/servers/{server.id}/ws{query}")


def recorded(name: str) -> Iterator[tuple[str, str]]:
    """Yield the frames of a recording but stats: `<-` is the node's direction."""
    for line in (FIXTURES / "live" / f"{name}.txt").read_text("utf-8").splitlines():
        _, direction, frame = line.split(" ", 2)
        if '"event":"stats"' not in frame:
            yield direction, frame


def recorded_stats(name: str) -> list[dict[str, Any]]:
    """Return the samples of a recording."""
    lines = (FIXTURES / "live" / f"{name}.txt").read_text("utf-8").splitlines()
    return [json.loads(line.split(" ", 2)[2])["args"][0] for line in lines if '"event":"stats"' in line]


def answer(name: str) -> Any:
    """Return a recorded answer of REST."""
    return json.loads((FIXTURES / f"{name}.json").read_text("utf-8"))


def shape(data: object) -> object:
    """Return the keys of an answer, in their order; of lists that of the first element."""
    match data:
        case dict():
            return [(key, shape(value)) for key, value in data.items()]
        case [first, *_]:
            return [shape(first)]
        case list():
            return []
    return None
