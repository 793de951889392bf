"""A faithful StellarStack panel in one process, for tests and demos."""

from .accounts import Account, Session
from .panel import Panel
from .v1.servers import MISSING, Node, Server

__all__ = ["MISSING", "Account", "Node", "Panel", "Server", "Session"]
