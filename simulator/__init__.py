"""A faithful StellarStack panel in one process, for tests and demos."""

from .accounts import Account, Session
from .fleet import MISSING, Node, Server
from .panel import Panel

__all__ = ["MISSING", "Account", "Node", "Panel", "Server", "Session"]
