"""Names that several modules share."""

from typing import Final

DOMAIN: Final = "stellarstack"
MANUFACTURER: Final = "StellarStack"

CONF_SERVER_ID: Final = "server_id"
CONF_SERVERS: Final = "servers"
CONF_SESSION: Final = "session"

SUBENTRY_SERVER: Final = "server"

CONF_ADD_NEW_SERVERS: Final = "add_new_servers"
CONF_KNOWN_SERVERS: Final = "known_servers"

ISSUE_INSECURE: Final = "insecure_connection"
ISSUE_SERVER_GONE: Final = "server_gone"
ISSUE_UNSUPPORTED: Final = "unsupported_panel"
ISSUE_WEBSOCKET_BLOCKED: Final = "websocket_blocked"
