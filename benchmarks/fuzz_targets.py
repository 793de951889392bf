"""What is fuzzed: each way by which something comes to the client."""

from abc import abstractmethod
import asyncio
from dataclasses import replace
import random
import time
from typing import Any, Final, override

import orjson

from custom_components.stellarstack.client.channel import Channel
from custom_components.stellarstack.client.exceptions import PanelConnectionError
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.messages import Cause, Evidence
from custom_components.stellarstack.client.models import Account, Server, ServerStatus
from custom_components.stellarstack.client.panel import Feed, MessageCallback, Panel, StateCallback
from custom_components.stellarstack.client.v1.panel import PanelV1
from custom_components.stellarstack.client.v2.feed import ServerList
from custom_components.stellarstack.client.v2.panel import PanelV2

from .fuzz_client import CREDENTIALS, TIMING, FuzzSocket, Target
from .fuzz_corpora import FIXTURES_V2, ListCorpus, LiveCorpus, PanelCorpus
from .fuzz_frames import Corpus


class FuzzPanelV1(PanelV1):
    """A panel that answers questions at random, without a network."""

    def __init__(self, http: Http, seed: int) -> None:
        """Begin."""
        super().__init__(http, CREDENTIALS)
        self._random = random.Random(seed)

    @override
    async def account(self) -> Account:
        return Account("user")

    @override
    async def server(self, server_id: str) -> Server:
        raise PanelConnectionError("no network")

    @override
    async def node_status(self, server_id: str) -> ServerStatus | None:
        states: tuple[ServerStatus | None, ...] = (None, *ServerStatus)
        return self._random.choice(states)

    @override
    async def evidence(self, server_id: str, down_for: float) -> Evidence:
        if self._random.random() < 0.1:
            raise PanelConnectionError("no network")
        return Evidence(await self.node_status(server_id), self._random.choice(tuple(Cause)))


class PanelTarget(Target):
    """The socket of generation 1's panel."""

    what = "panel's socket of generation 1"
    share = 0.4

    @override
    def corpus(self) -> Corpus:
        return PanelCorpus()

    @override
    def make_panel(self, http: Http) -> Panel:
        return FuzzPanelV1(http, seed=1)

    @override
    async def answer(self, path: str) -> bytes:
        raise PanelConnectionError("no network")

    @override
    def open_panel_socket(self) -> FuzzSocket:
        return FuzzSocket([b'{"type":"auth_success","userId":"user"}'], self.feeder)

    @override
    async def understands(self, server_id: str, number: int) -> bool:
        server = self.server(server_id)

        def reached() -> bool:
            info = server.info
            if not server.live or info is None or info.status is not ServerStatus.RUNNING:
                return False
            return (info.id, info.name, info.memory, info.node) == (server_id, "Good", number, None)

        return await self._until(lambda: self.feeder.say(good_sync(server_id, number)), reached)


def good_sync(server_id: str, memory: int) -> bytes:
    """Return a sync of generation 1's panel, of a server that runs."""
    data = {"id": server_id, "name": "Good", "status": "RUNNING", "memory": memory, "node": None, "updatedAt": None}
    return orjson.dumps({"type": "server:sync", "serverId": server_id, "data": data})


class LiveTarget(Target):
    """The live socket of a server."""

    share = 0.25
    live = True
    # The panel tells once that the server runs.
    timing = replace(TIMING, stale=1e6, stall=1e6, silence=1e6)

    @override
    async def understands(self, server_id: str, number: int) -> bool:
        channel: Channel = self.server(server_id).channel
        line = f"Good {number} {time.monotonic()}"

        async def say() -> None:
            for frame in self.good_frames(number, line):
                await self.feeder.say(frame)
            await asyncio.sleep(0.01)

        def reached() -> bool:
            usage = channel.usage
            if channel.state is not LiveState.FED or usage is None or usage.memory != number:
                return False
            return line in channel.lines()[-20:]

        return await self._until(say, reached)

    @abstractmethod
    def good_frames(self, number: int, line: str) -> list[bytes]:
        """Return what a node sends of a server that runs, uses so many MiB and prints a line."""


class LiveTargetV1(LiveTarget):
    """The live socket of a server of generation 1."""

    what = "live sockets of generation 1"

    @override
    def corpus(self) -> Corpus:
        return LiveCorpus(1)

    @override
    def make_panel(self, http: Http) -> Panel:
        return FuzzPanelV1(http, seed=1)

    @override
    async def answer(self, path: str) -> bytes:
        return b'{"token":"a.b.c","websocketUrl":"ws://node.invalid/ws"}'

    @override
    def open_panel_socket(self) -> FuzzSocket:
        welcome = b'{"type":"auth_success","userId":"user"}'
        return FuzzSocket([welcome, *(good_sync(server_id, 1) for server_id in self.fuzzer.corpus.ids)], None)

    @override
    def open_live_socket(self) -> FuzzSocket:
        return FuzzSocket([b'{"event":"auth success","args":[{}]}'], self.feeder)

    @override
    def good_frames(self, number: int, line: str) -> list[bytes]:
        events: tuple[tuple[str, Any], ...] = (
            ("status", {"state": "running"}),
            ("stats", {"memory_bytes": number * 2**20}),
            ("console output", {"line": f"\n{line}\n"}),
        )
        return [orjson.dumps({"event": event, "args": [argument]}) for event, argument in events]


class LiveTargetV2(LiveTarget):
    """The live socket of a server of generation 2."""

    what = "live sockets of generation 2"

    @override
    def corpus(self) -> Corpus:
        return LiveCorpus(2)

    @override
    def make_panel(self, http: Http) -> Panel:
        return PanelV2(http, CREDENTIALS)

    @override
    async def answer(self, path: str) -> bytes:
        return recorded_answer(path)

    @override
    def open_live_socket(self) -> FuzzSocket:
        return FuzzSocket([b'{"args":null,"event":"auth success"}'], self.feeder)

    @override
    def good_frames(self, number: int, line: str) -> list[bytes]:
        events: tuple[tuple[str, Any], ...] = (
            ("status", "running"),
            ("stats", {"memory_bytes": number * 2**20, "state": "running"}),
            ("console output", line),
        )
        return [orjson.dumps({"args": [argument], "event": event}) for event, argument in events]


class FuzzList(ServerList):
    """A feed that asks again at once, and whose lists stay current meanwhile."""

    @property
    @override
    def valid_for(self) -> float:
        return 1e6


class FuzzPanelV2(PanelV2):
    """A panel that is asked for its servers without a pause."""

    @override
    def open_feed(self, on_message: MessageCallback, on_state: StateCallback) -> Feed:
        return FuzzList(self._rest, self._details, on_message, on_state, self._http.timing)


class ListTarget(Target):
    """The lists of servers of generation 2, and what is asked for beside them."""

    what = "lists of generation 2"
    share = 0.1
    timing = replace(TIMING, list_interval=0.0, list_interval_alone=0.0, question_window=0.0)

    @override
    def corpus(self) -> Corpus:
        return ListCorpus()

    @override
    def make_panel(self, http: Http) -> Panel:
        return FuzzPanelV2(http, CREDENTIALS)

    _connected = False

    @override
    async def answer(self, path: str) -> bytes:
        if path == "/api/servers" and self._connected:
            return await self.feeder.next_frame()
        self._connected = self._connected or path == "/api/servers"
        body = recorded_answer(path)
        return body if path == "/api/me" or self.fuzzer.random.random() < 0.5 else self.fuzzer.mutated(body)

    @override
    async def understands(self, server_id: str, number: int) -> bool:
        row = orjson.loads(recorded_answer(f"/api/servers/{server_id}"))["server"]
        body = orjson.dumps({"servers": [row | {"id": server_id, "memoryLimitMb": number, "status": "running"}]})
        server = self.server(server_id)

        def reached() -> bool:
            info = server.info
            return bool(server.live and info.memory == number and info.status is ServerStatus.RUNNING)

        return await self._until(lambda: self.feeder.say(body), reached)


def recorded_answer(path: str) -> bytes:
    """Return what a real panel of generation 2 answered."""
    match path.split("?", maxsplit=1)[0].split("/")[2:]:
        case ["me"]:
            name = "me"
        case ["servers"]:
            name = "servers"
        case ["servers", _, "credentials"]:
            return b'{"token":"a.b.c","wsUrl":"ws://panel.invalid/ws","scopes":["console.read","stats.read"]}'
        case ["servers", _, ("activity" | "allocations" | "install") as name]:
            pass
        case ["servers", _]:
            name = "server"
        case _:
            return b'{"ok":true}'
    if name not in _RECORDED:
        _RECORDED[name] = (FIXTURES_V2 / f"{name}.json").read_bytes()
    return _RECORDED[name]


_RECORDED: Final[dict[str, bytes]] = {}

TARGETS: Final[tuple[type[Target], ...]] = (PanelTarget, LiveTargetV1, LiveTargetV2, ListTarget)
