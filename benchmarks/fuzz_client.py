"""The client behind its connections, in which a fuzzer hands out all that comes."""

from abc import ABC, abstractmethod
import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
import gc
import math
import time
import tracemalloc
from typing import Any, Final, override

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType
from multidict import CIMultiDict, CIMultiDictProxy

from custom_components.stellarstack.client.client import StellarStackClient
from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import PanelConnectionError
from custom_components.stellarstack.client.http import Answer, Http
from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.panel import Panel
from custom_components.stellarstack.client.server import Update
from custom_components.stellarstack.client.timing import Timing

from .fuzz_frames import Corpus, Fuzzer

WATCHED: Final = 5
"""How many servers are watched; the others are known to the panel and not to us."""
TURN: Final = 100
"""Frames that come at once; then timers and the like get their turn."""
FASTER: Final = 1000.0
AT_ONCE: Final = replace(Timing(), first_reconnect=0.0, longest_reconnect=0.0, live_refused=0.0, live_unreachable=0.0)
TIMING: Final = AT_ONCE.faster(FASTER)
CREDENTIALS: Final = Credentials(cookie="name=value")
URL: Final = "http://panel.invalid"


@dataclass(frozen=True, slots=True)
class Message:
    """A message as aiohttp's socket returns it."""

    type: WSMsgType
    data: bytes


class Feeder:
    """Hands frames to whoever receives, as many as it was told to."""

    def __init__(self, fuzzer: Fuzzer) -> None:
        """Hand out none yet."""
        self._fuzzer = fuzzer
        self._good: deque[bytes] = deque()
        self._left = 0
        self._more = asyncio.Event()
        self._done = asyncio.Event()
        self.fed = 0
        self.size = 0

    async def feed(self, frames: int) -> None:
        """Return when that many frames were received and what they led to is done."""
        self._left = frames
        await self._hand_out()

    async def say(self, frame: bytes) -> None:
        """Return when this frame was received."""
        self._good.append(frame)
        await self._hand_out()

    async def next_frame(self) -> bytes:
        """Return the next frame, when there is to be one."""
        while not self._good and not self._left:
            self._done.set()
            self._more.clear()
            await self._more.wait()
        if self._good:
            return self._good.popleft()
        self._left -= 1
        self.fed += 1
        if self.fed % TURN == 0:
            await asyncio.sleep(0)
        frame = self._fuzzer.frame()
        self.size += len(frame)
        return frame

    async def _hand_out(self) -> None:
        self._done.clear()
        self._more.set()
        await self._done.wait()


class FuzzSocket:
    """A WebSocket without a network, whose panel or node accepts us, says what it is given to say, and then anything.

    Attributes:
        closed: Whether it is.
        close_code: With what.
    """

    closed = False
    close_code = 1000

    def __init__(self, welcome: list[bytes], feeder: Feeder | None) -> None:
        """Begin with a welcome; without a feeder, nothing comes after it."""
        self._welcome = deque(welcome)
        self._feeder = feeder

    async def receive(self) -> Message:
        """Return what comes next."""
        if self._welcome:
            return Message(WSMsgType.TEXT, self._welcome.popleft())
        if self._feeder is None:
            await asyncio.Event().wait()
        assert self._feeder is not None
        return Message(WSMsgType.TEXT, await self._feeder.next_frame())

    async def send_str(self, text: str) -> None:
        """Take a message, and do nothing."""

    async def ping(self) -> None:
        """Take a ping, and do nothing."""

    async def pong(self, data: bytes) -> None:
        """Take a pong, and do nothing."""

    async def close(self) -> None:
        """Do nothing: there is no connection."""


class FuzzHttp(Http):
    """Calls without a network: a target answers them, and opens the sockets."""

    def __init__(self, session: ClientSession, timing: Timing, target: Target) -> None:
        """Answer as the target does."""
        super().__init__(session, URL, timing)
        self._target = target

    @override
    async def request(self, method: str, path: str, *args: Any, **kwargs: Any) -> Answer:
        return Answer(200, CIMultiDictProxy(CIMultiDict()), await self._target.answer(path))

    @override
    async def open_websocket(self, path: str, cookie: str | None = None) -> ClientWebSocketResponse[bool]:
        self._target.connections += 1
        return self._target.open_panel_socket()  # type: ignore[return-value] # it has what is used of one

    @override
    async def open_live_socket(self, url: str, token: str) -> ClientWebSocketResponse[bool]:
        self._target.connections += 1
        return self._target.open_live_socket()  # type: ignore[return-value] # it has what is used of one


class Target(ABC):
    """The client with its servers, as it stands behind a connection.

    Attributes:
        what: What is fuzzed.
        share: The part of all frames that it gets.
        timing: The waiting times.
        live: Whether live sockets are held.
        feeder: Hands out the frames.
        connections: How many sockets were opened.
        updates: How often servers were updated.
        events: What was told to have happened.
    """

    what: str
    share: float
    timing: Timing = TIMING
    live = False

    def __init__(self, session: ClientSession, seed: int, note: Callable[[str], None]) -> None:
        """Prepare; `note` keeps a finding."""
        self.fuzzer = Fuzzer(self.corpus(), seed)
        self.feeder = Feeder(self.fuzzer)
        self.connections = 0
        self.updates: Counter[Update] = Counter()
        self.events: Counter[LifecycleEvent] = Counter()
        self._note = note
        self.panel = self.make_panel(FuzzHttp(session, self.timing, self))
        self.client = StellarStackClient(session, URL, CREDENTIALS, lambda state, reason: None, self.timing)

    @abstractmethod
    def corpus(self) -> Corpus:
        """Return the frames that others are made from."""

    @abstractmethod
    def make_panel(self, http: Http) -> Panel:
        """Return the panel."""

    @abstractmethod
    async def answer(self, path: str) -> bytes:
        """Return the body of the answer to a call."""

    def open_panel_socket(self) -> FuzzSocket:
        """Return a new socket of the panel."""
        raise PanelConnectionError("no such socket")

    def open_live_socket(self) -> FuzzSocket:
        """Return a new live socket."""
        raise PanelConnectionError("no such socket")

    @abstractmethod
    async def understands(self, server_id: str, number: int) -> bool:
        """Return whether good frames are still understood."""

    async def connect(self) -> None:
        """Connect and watch."""
        await self.client.connect()
        self.client.set_live(self.live)
        for server_id in self.fuzzer.corpus.ids[:WATCHED]:
            server = self.client.watch(server_id)
            server.updates.add(lambda update: self.updates.update((update,)))
            server.events.add(lambda event: self.events.update((event,)))

    async def detect(self, *_: object) -> Panel:
        """Find the panel."""
        return self.panel

    def check_deadlines(self) -> None:
        """What is waited for comes at some time, and soon enough."""
        now, timing = asyncio.get_running_loop().time(), self.timing
        longest = max(timing.own_restart, timing.stop_memory) + 2 * timing.unexplained
        for server in self.client.servers:
            for deadline in (server._status.deadline, server._lifecycle.deadline):  # noqa: SLF001 - not to be seen otherwise
                if deadline is not None and not (math.isfinite(deadline) and now - 5 <= deadline <= now + longest):
                    self._note(f"a deadline of {server.id} is in {deadline - now:.1f} s")

    async def memory(self) -> int:
        """Return the bytes in use when the same good state is known of each server."""
        for server in self.client.servers:
            await self.understands(server.id, 1)
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    def server(self, server_id: str) -> Any:
        """Return a watched server."""
        return next(each for each in self.client.servers if each.id == server_id)

    async def _until(self, ask: Callable[[], Awaitable[None]], reached: Callable[[], bool]) -> bool:
        """Say something good again and again, until it is understood; the status may have to be believed first."""
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            await ask()
            if reached():
                return True
            await asyncio.sleep(TIMING.stale / 4)
        return False
