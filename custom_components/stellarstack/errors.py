"""The client's exceptions as the errors that a user reads."""

import math

from homeassistant.exceptions import ConfigEntryAuthFailed, ConfigEntryNotReady, HomeAssistantError

from .client.exceptions import (
    AnswerLostError,
    AuthenticationError,
    BackupTimeoutError,
    ClientCertificateError,
    ClosedError,
    ForbiddenError,
    LiveUnavailableError,
    NodeOfflineError,
    NotFoundError,
    NotSentError,
    NotThePanelError,
    PanelConnectionError,
    PanelTimeoutError,
    PanelTlsError,
    RateLimitedError,
    RedirectedError,
    Refusal,
    RefusedError,
    ResponseError,
    StellarStackError,
    UnsupportedPanelError,
    WebSocketBlockedError,
)
from .const import DOMAIN

_REFUSALS = {
    Refusal.ALREADY_RUNNING: "already_running",
    Refusal.NOT_RUNNING: "not_running",
    Refusal.BUSY: "action_in_progress",
    Refusal.INSTALLING: "server_installing",
    Refusal.TRANSFERRING: "server_transferring",
    Refusal.RESTORING: "server_restoring",
    Refusal.SUSPENDED: "server_suspended",
}


def action_error(err: StellarStackError, server: str, url: str) -> HomeAssistantError:
    """Explain why something was not done with a server.

    Args:
        err: What the client raised.
        server: The server's name.
        url: The address of its panel.
    """
    placeholders = {"server": server, "url": url}
    match err:
        case RefusedError(refusal=Refusal.BACKUP_LIMIT, limit=limit):
            key = "backup_limit"
            placeholders["limit"] = str(limit)
        case RefusedError(refusal=refusal) if refusal in _REFUSALS:
            key = _REFUSALS[refusal]
        case NodeOfflineError():
            key = "node_unreachable"
        case ForbiddenError():
            key = "no_access"
        case NotFoundError():
            key = "server_not_found"
        case ResponseError(reason=str() as reason):
            key = "action_refused"
            placeholders["reason"] = reason
        case LiveUnavailableError(elsewhere=True):
            key = "node_elsewhere"
        case LiveUnavailableError():
            key = "no_live_connection"
        case NotSentError():
            key = "not_sent"
        case AnswerLostError():
            key = "answer_lost"
        case BackupTimeoutError():
            key = "backup_timeout"
        case PanelTimeoutError():
            key = "timeout"
        case ClosedError():
            key = "panel_reloaded"
        case RateLimitedError():
            key = "rate_limited"
            placeholders["seconds"] = str(math.ceil(err.retry_after or 1))
        case _:
            key = _panel_error_key(err)
    return HomeAssistantError(translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders)


def setup_error(err: StellarStackError, url: str) -> ConfigEntryAuthFailed | ConfigEntryNotReady:
    """Explain why there is no connection to the panel at an address."""
    error = ConfigEntryAuthFailed if isinstance(err, AuthenticationError) else ConfigEntryNotReady
    return error(
        translation_domain=DOMAIN, translation_key=_panel_error_key(err), translation_placeholders={"url": url}
    )


def _panel_error_key(err: StellarStackError) -> str:
    """Return the translation key of an error about the panel.

    Its text contains the address only.
    """
    match err:
        case AuthenticationError():
            return "session_ended"
        case NotThePanelError():
            return "not_the_panel"
        case ClientCertificateError():
            return "client_certificate"
        case PanelTlsError():
            return "ssl_error"
        case WebSocketBlockedError():
            return "websocket_blocked"
        case PanelTimeoutError():
            return "timeout_connect"
        case PanelConnectionError():
            return "cannot_connect"
        case RateLimitedError():
            return "too_many_requests"
        case RedirectedError():
            return "redirected"
        case UnsupportedPanelError():
            return "unsupported_panel"
        case _:
            return "unexpected_answer"
