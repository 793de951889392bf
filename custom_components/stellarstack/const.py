"""Names that several modules share."""

from typing import Final

from homeassistant.util.hass_dict import HassKey

from .client.timing import Timing

DOMAIN: Final = "stellarstack"
MANUFACTURER: Final = "StellarStack"

CONF_SERVER_ID: Final = "server_id"
CONF_SERVERS: Final = "servers"
CONF_SESSION: Final = "session"

SUBENTRY_SERVER: Final = "server"

CONF_ADD_NEW_SERVERS: Final = "add_new_servers"
CONF_KNOWN_SERVERS: Final = "known_servers"
CONF_LIVE: Final = "live"
CONF_USAGE_INTERVAL: Final = "usage_interval"

DEFAULT_USAGE_INTERVAL: Final = 30
"""Seconds between two values of what a server uses."""

ISSUE_CANNOT_CONNECT: Final = "cannot_connect"
ISSUE_CLIENT_CERTIFICATE: Final = "client_certificate"
ISSUE_INSECURE: Final = "insecure_connection"
ISSUE_MOVED: Final = "moved"
ISSUE_NOT_THE_PANEL: Final = "not_the_panel"
ISSUE_RATE_LIMITED: Final = "rate_limited"
ISSUE_SERVER_GONE: Final = "server_gone"
ISSUE_SSL_ERROR: Final = "ssl_error"
ISSUE_UNSTABLE: Final = "unstable_connection"
ISSUE_UNSUPPORTED: Final = "unsupported_panel"
ISSUE_WEBSOCKET_BLOCKED: Final = "websocket_blocked"

DATA_TIMING: HassKey[Timing] = HassKey(f"{DOMAIN}_timing")
"""How long the client waits; its own default where nothing is set, which is everywhere but in tests."""
