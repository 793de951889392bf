"""Minecraft Bedrock: RakNet's unconnected ping (minecraft.wiki, "RakNet")."""

from collections.abc import Iterator
import struct
from typing import Final, override

from .ports import DatagramPort

_PING: Final = 0x01
_PONG: Final = 0x1C
_MAGIC: Final = bytes.fromhex("00ffff00fefefefefdfdfdfd12345678")
_GUID: Final = 13253860892328930865


class BedrockPort(DatagramPort):
    """A port of a Minecraft Bedrock server."""

    NONSENSE = b"\x1c\x00"

    @override
    def answers(self, question: bytes) -> Iterator[bytes]:
        if question[:1] == bytes([_PING]) and question[9:25] == _MAGIC:
            most = self.game.max_players
            told = f"MCPE;Dedicated Server;712;1.21.4;{self.count};{most};{_GUID};Level;Survival;1;{self.port};0;"
            yield struct.pack(">B8sQ16sH", _PONG, question[1:9], _GUID, _MAGIC, len(told)) + told.encode()
