"""What can go wrong between us and a panel, one small tree.

No message of these exceptions holds a secret (password, code, cookie, token): they say what happened, where.
"""


class StellarStackError(Exception):
    """Base of all that the client raises."""


class InvalidUrlError(StellarStackError):
    """The text is no address of a panel."""


class PanelConnectionError(StellarStackError):
    """The panel could not be reached, or the connection ended."""


class PanelTimeoutError(PanelConnectionError):
    """The panel did not answer in time."""


class PanelTlsError(PanelConnectionError):
    """No secure connection: the certificate is not trusted, or the port does not speak TLS."""


class WebSocketBlockedError(PanelConnectionError):
    """The upgrade to a WebSocket was refused: for ever by a proxy that lets none through, or for now by the panel."""


class RateLimitedError(StellarStackError):
    """The panel asks for patience.

    Attributes:
        retry_after: Seconds the panel wants us to wait; None when it does not tell.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Keep what the panel said of the time to wait."""
        super().__init__(message)
        self.retry_after = retry_after


class UnsupportedPanelError(StellarStackError):
    """Something answers, but not a panel with `/api/ws`."""


class NewerPanelError(UnsupportedPanelError):
    """A panel of a generation ("V2") that has no `/api/ws`."""


class RedirectedError(UnsupportedPanelError):
    """The address redirects elsewhere, where no credentials are sent.

    Attributes:
        location: The address it points to, None when the answer named none.
    """

    def __init__(self, message: str, location: str | None = None) -> None:
        """Keep where the answer pointed to."""
        super().__init__(message)
        self.location = location


class ResponseError(StellarStackError):
    """The panel answered something that the protocol does not know.

    Attributes:
        status: The HTTP status, None when the answer's body was at fault.
        reason: The panel's own words, None when there were none.
    """

    def __init__(self, message: str, status: int | None = None, reason: str | None = None) -> None:
        """Keep the status and the panel's own words."""
        super().__init__(message)
        self.status = status
        self.reason = reason


class ForbiddenError(ResponseError):
    """HTTP 403: the account has no access to this."""


class NotFoundError(ResponseError):
    """HTTP 404: the panel does not know this."""


class AuthenticationError(StellarStackError):
    """The panel does not accept the session: sign in again."""


class InvalidCredentialsError(AuthenticationError):
    """E-mail address or password is wrong."""


class AccountBannedError(AuthenticationError):
    """The account is banned."""


class EmailNotVerifiedError(AuthenticationError):
    """The account's e-mail address has not been verified."""


class OriginNotAllowedError(AuthenticationError):
    """The address in use is not the panel's public one, so it refuses the second factor."""


class InvalidCodeError(AuthenticationError):
    """The second factor's code is wrong."""


class CodeExpiredError(AuthenticationError):
    """The sign-in that waits for a second factor is used up or older than three minutes: begin again."""
