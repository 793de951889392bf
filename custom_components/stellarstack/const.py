"""Names that several modules share."""

from typing import Final

DOMAIN: Final = "stellarstack"
MANUFACTURER: Final = "StellarStack"

CONF_SERVER_ID: Final = "server_id"
CONF_SERVERS: Final = "servers"
CONF_SESSION: Final = "session"

SUBENTRY_SERVER: Final = "server"

EVENT_LIFECYCLE: Final = "stellarstack_lifecycle"
ATTR_HAPPENING: Final = "type"
