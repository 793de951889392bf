"""Errors of a dialog, as translation keys."""

from collections.abc import Awaitable
import logging

from homeassistant.const import CONF_CODE, CONF_URL
from homeassistant.data_entry_flow import AbortFlow

from .client.exceptions import (
    AccountBannedError,
    AuthenticationError,
    ClientCertificateError,
    ClosedError,
    CodeExpiredError,
    EmailNotVerifiedError,
    InvalidCodeError,
    InvalidUrlError,
    NotThePanelError,
    OriginNotAllowedError,
    OtherApiError,
    PanelConnectionError,
    PanelTimeoutError,
    PanelTlsError,
    RateLimitedError,
    RedirectedError,
    StellarStackError,
    UnsupportedPanelError,
    WebSocketBlockedError,
)
from .const import CONF_SESSION

_LOGGER = logging.getLogger(__name__)

# The first that fits, so the special ones stand before what they derive from.
ERRORS: tuple[tuple[type[StellarStackError], str], ...] = (
    (InvalidUrlError, "invalid_url"),
    (PanelTimeoutError, "timeout_connect"),
    (ClientCertificateError, "client_certificate"),
    (PanelTlsError, "ssl_error"),
    (WebSocketBlockedError, "websocket_blocked"),
    (OtherApiError, "unsupported_panel"),
    (NotThePanelError, "not_the_panel"),
    (PanelConnectionError, "cannot_connect"),
    (ClosedError, "cannot_connect"),
    (RateLimitedError, "rate_limited"),
    (RedirectedError, "not_the_panel"),
    (UnsupportedPanelError, "unsupported_panel"),
    (AccountBannedError, "account_banned"),
    (EmailNotVerifiedError, "email_not_verified"),
    (OriginNotAllowedError, "origin_not_allowed"),
    (InvalidCodeError, "invalid_code"),
    (CodeExpiredError, "code_expired"),
    (AuthenticationError, "invalid_auth"),
)
FIELD_OF_ERROR = {
    "invalid_url": CONF_URL,
    "invalid_code": CONF_CODE,
    "no_session_in_text": CONF_SESSION,
    "raw_token": CONF_SESSION,
}
"""The fields that some errors are about."""


class StepError(Exception):
    """A step cannot go on, for a reason outside the client.

    Attributes:
        key: That of the error's text.
    """

    def __init__(self, key: str) -> None:
        """Keep the reason."""
        super().__init__(key)
        self.key = key


async def translate_errors[T](action: Awaitable[T]) -> T | str:
    """Return the result of an action, or its error's key."""
    try:
        return await action
    except AbortFlow:
        raise
    except StepError as err:
        return err.key
    except StellarStackError as err:
        key = next((key for kind, key in ERRORS if isinstance(err, kind)), "unknown")
        # The text of this one sends the user to the log.
        _LOGGER.log(logging.WARNING if key == "unknown" else logging.DEBUG, "A dialog's step failed: %s", err)
        return key
    except Exception:
        _LOGGER.exception("Unexpected exception")
        return "unknown"


def form_errors(key: str) -> dict[str, str]:
    """Return a form's errors for a key, at the field concerned."""
    return {FIELD_OF_ERROR.get(key, "base"): key}
