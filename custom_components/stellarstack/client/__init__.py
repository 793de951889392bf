"""The protocol of a StellarStack panel, generation 1, for asyncio. Knows nothing of Home Assistant.

`StellarStackClient` is the way in: it watches servers over the panel's one WebSocket. `PanelHttp` signs in and makes
single calls. What goes wrong is a `StellarStackError`.
"""

from .client import StellarStackClient, Update, WatchedServer
from .errors import StellarStackError
from .http import Account, Backup, PanelHttp, TwoFactorChallenge, refuse_redirects
from .models import Allocation, Blueprint, Location, Node, PowerAction, Server, ServerStatus
from .session import Session, parse_session
from .socket import ConnectionState

__all__ = [
    "Account",
    "Allocation",
    "Backup",
    "Blueprint",
    "ConnectionState",
    "Location",
    "Node",
    "PanelHttp",
    "PowerAction",
    "Server",
    "ServerStatus",
    "Session",
    "StellarStackClient",
    "StellarStackError",
    "TwoFactorChallenge",
    "Update",
    "WatchedServer",
    "parse_session",
    "refuse_redirects",
]
