"""Valve's server queries, A2S (developer.valvesoftware.com, "Server queries").

Each question has to bring a number that the first answer gives. An answer that is too long for a datagram comes in
pieces.
"""

from collections.abc import Iterator
import struct
from typing import Final, override

from .ports import DatagramPort

_WHOLE: Final = b"\xff\xff\xff\xff"
_PIECE: Final = b"\xfe\xff\xff\xff"
_INFO: Final = b"TSource Engine Query\0"
_PLAYER: Final = b"U"
_CHALLENGE: Final = b"\x4b\xa1\xd5\x22"
_LONGEST: Final = 1248
_PORT_AND_NUMBER_FOLLOW: Final = 0x80 | 0x10


class SourcePort(DatagramPort):
    """A port of a game that answers as Steam's game servers do.

    Attributes:
        tells_names: Whether the list of players is answered; some games leave it out.
    """

    NONSENSE = _WHOLE + b"statusResponse\n\\mapname\\q3dm17\n"

    tells_names = True

    @override
    def answers(self, question: bytes) -> Iterator[bytes]:
        if not question.startswith(_WHOLE):
            return
        body = question[len(_WHOLE) :]
        for begin in (_INFO, _PLAYER):
            if body.startswith(begin):
                if body[len(begin) :] != _CHALLENGE:
                    yield _WHOLE + b"A" + _CHALLENGE
                elif begin is _INFO:
                    yield from _pieces(self._info())
                elif self.tells_names:
                    yield from _pieces(self._players())

    def _info(self) -> bytes:
        texts = b"".join(text.encode() + b"\0" for text in ("A server", "World", "game", "A game"))
        counts = struct.pack("<HBBB", 0, self.count % 256, self.game.max_players, 0)
        extra = struct.pack("<BHQ", _PORT_AND_NUMBER_FOLLOW, self.port, 90071992547409921)
        return b"I\x11" + texts + counts + b"dl\0\1" + b"1.0.0\0" + extra

    def _players(self) -> bytes:
        names = self.game.players[:255]
        rows = [bytes([0]) + name.encode() + b"\0" + struct.pack("<lf", 7, 61.5) for name in names]
        return b"D" + bytes([len(names)]) + b"".join(rows)


def _pieces(answer: bytes) -> Iterator[bytes]:
    whole = _WHOLE + answer
    if len(whole) <= _LONGEST:
        yield whole
        return
    parts = [whole[start : start + _LONGEST] for start in range(0, len(whole), _LONGEST)]
    for number, part in enumerate(parts):
        yield _PIECE + struct.pack("<lBBH", 1, len(parts), number, _LONGEST) + part
