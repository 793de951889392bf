"""The ports of all games of a panel."""

from typing import Literal

from simulator.machine import Machine

from .bedrock import BedrockPort
from .fivem import FiveMPort
from .minecraft import MinecraftPort
from .ports import GamePort
from .source import SourcePort

type Protocol = Literal["minecraft_java", "minecraft_bedrock", "source", "fivem"]

_PORTS: dict[Protocol, type[GamePort]] = {
    "minecraft_java": MinecraftPort,
    "minecraft_bedrock": BedrockPort,
    "source": SourcePort,
    "fivem": FiveMPort,
}


class Queries:
    """The ports at which games tell who plays."""

    def __init__(self, machine: Machine) -> None:
        """Begin without a port."""
        self._machine = machine
        self._ports: list[GamePort] = []

    async def open(self, server_id: str, protocol: Protocol, *, host: str = "127.0.0.1", port: int = 0) -> GamePort:
        """Open a port for a game; port 0 is a free one."""
        game_port = _PORTS[protocol](self._machine.game(server_id))
        await game_port.open(host, port)
        self._ports.append(game_port)
        return game_port

    async def close(self) -> None:
        """Close all ports."""
        for port in self._ports:
            await port.close()
        self._ports.clear()
