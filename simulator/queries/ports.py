"""What the ports of all games share, whatever their protocol."""

from abc import ABC, abstractmethod
import asyncio
from collections.abc import Iterator
from typing import Any, Literal, override

from simulator.machine import Game, State

type Behaviour = Literal["answer", "silent", "nonsense"]


class GamePort(ABC):
    """A port at which a game tells who plays.

    Attributes:
        game: The game; one that does not run answers nothing.
        port: The number of the port, 0 while it is closed.
        questions: How many came.
        behaviour: How questions are met while the game runs.
        online: How many are said to play, None for as many as do.
    """

    def __init__(self, game: Game) -> None:
        """Begin closed."""
        self.game = game
        self.port = 0
        self.questions = 0
        self.behaviour: Behaviour = "answer"
        self.online: Any = None

    @abstractmethod
    async def open(self, host: str, port: int) -> None:
        """Listen; port 0 is a free one."""

    @abstractmethod
    async def close(self) -> None:
        """Listen no more."""

    @property
    def count(self) -> Any:
        """Return how many are said to play."""
        return len(self.game.players) if self.online is None else self.online

    @property
    def runs(self) -> bool:
        """Return whether the game is ready for players."""
        return self.game.state is State.RUNNING and self.game.runs and not self.game.hangs


class DatagramPort(GamePort, asyncio.DatagramProtocol):
    """A port for datagrams."""

    NONSENSE: bytes
    """What another game would say."""

    def __init__(self, game: Game) -> None:
        """Begin closed."""
        super().__init__(game)
        self._transport: asyncio.DatagramTransport | None = None

    @override
    async def open(self, host: str, port: int) -> None:
        loop = asyncio.get_running_loop()
        self._transport, _ = await loop.create_datagram_endpoint(lambda: self, local_addr=(host, port))
        self.port = self._transport.get_extra_info("sockname")[1]

    @override
    async def close(self) -> None:
        if self._transport is not None:
            self._transport.close()

    @override
    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        self.questions += 1
        if self.behaviour == "silent" or not self.runs:
            return
        for answer in [self.NONSENSE] if self.behaviour == "nonsense" else self.answers(data):
            self._transport.sendto(answer, addr)

    @abstractmethod
    def answers(self, question: bytes) -> Iterator[bytes]:
        """Return the datagrams that answer one."""
