"""The fault matrix: all rows, in the order of the document."""

from collections.abc import Mapping
from typing import Final

from .actions import ACTIONS
from .connection import CONNECTION
from .frames import FRAMES
from .host import HOST
from .lists import LISTS
from .live import LIVE
from .nodes import NODES
from .row import Row
from .servers import GAME_SERVERS
from .session import SESSION

GROUPS: Final[Mapping[str, tuple[Row, ...]]] = {
    "The connection": CONNECTION,
    "What the panel says": FRAMES,
    "The session": SESSION,
    "The servers": GAME_SERVERS,
    "The nodes": NODES,
    "What is asked for": ACTIONS,
    "Home Assistant and its host": HOST,
    "Generation 1: live sockets": LIVE[1],
    "Generation 2: the list of servers": LISTS,
    "Generation 2: live sockets": LIVE[2],
}
