"""Games that tell who plays, each at a port of its own."""

from .ports import Behaviour, GamePort
from .queries import Protocol, Queries

__all__ = ["Behaviour", "GamePort", "Protocol", "Queries"]
