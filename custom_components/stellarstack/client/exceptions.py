"""What can go wrong between us and a panel.

    StellarStackError
    ├── InvalidUrlError             the text is no address of a panel
    ├── ClosedError                 the client was closed meanwhile
    ├── PanelConnectionError        the panel is away
    │   ├── PanelTimeoutError
    │   ├── PanelTlsError
    │   │   └── ClientCertificateError
    │   ├── WebSocketBlockedError
    │   ├── NotThePanelError        something else answered in its place
    │   ├── NotSentError            a call was not made at all
    │   │   └── LiveUnavailableError    a server has no live socket to be told by
    │   └── AnswerLostError         a call was made, and nobody knows what became of it
    ├── RateLimitedError            too many calls
    ├── TicketRefusedError          a node does not accept a ticket of its panel
    ├── UnsupportedPanelError       an API that we do not speak
    │   └── RedirectedError
    ├── ResponseError               the panel itself refuses a call
    │   ├── ForbiddenError
    │   ├── NotFoundError
    │   ├── NodeOfflineError
    │   └── RefusedError            the server's node refuses, and `refusal` tells why
    └── AuthenticationError         the panel itself does not accept who asks
        ├── InvalidCredentialsError
        ├── AccountBannedError
        ├── EmailNotVerifiedError
        ├── OriginNotAllowedError
        ├── InvalidCodeError
        └── CodeExpiredError

No message of these holds a secret (password, code, cookie, token): they say what happened, and where.
"""

from enum import StrEnum


class StellarStackError(Exception):
    """Base of all that the client raises."""


class InvalidUrlError(StellarStackError):
    """The text is no address of a panel."""


class ClosedError(StellarStackError):
    """The client was closed while a call waited."""


class PanelConnectionError(StellarStackError):
    """The panel could not be reached, or the connection ended."""


class PanelTimeoutError(PanelConnectionError):
    """The panel did not answer in time."""


class PanelTlsError(PanelConnectionError):
    """No secure connection: the certificate is not trusted, or the port does not speak TLS."""


class ClientCertificateError(PanelTlsError):
    """Whoever answers wants a certificate of the client, which we cannot show."""


class WebSocketBlockedError(PanelConnectionError):
    """The upgrade to a WebSocket was refused: for ever by a proxy that lets none through, or for now by the panel.

    Attributes:
        status: The HTTP status of the answer, None when there was none.
    """

    def __init__(self, message: str, status: int | None = None) -> None:
        """Keep the status."""
        super().__init__(message)
        self.status = status


class NotThePanelError(PanelConnectionError):
    """Something answered that is not the panel: a web page, an empty body, JSON of another form."""


class NotSentError(PanelConnectionError):
    """The panel was not reached, so that nothing was done."""


class LiveUnavailableError(NotSentError):
    """The server has no live socket that it could be told by, so that nothing was done.

    Attributes:
        elsewhere: Whether that is because it is on a node that is not reached through the panel.
    """

    def __init__(self, message: str, *, elsewhere: bool = False) -> None:
        """Keep why."""
        super().__init__(message)
        self.elsewhere = elsewhere


class AnswerLostError(PanelConnectionError):
    """The answer to a call was lost, so that it is not known whether it was done."""


class RateLimitedError(StellarStackError):
    """The panel had too many calls.

    Attributes:
        retry_after: Seconds that the panel wants us to wait; None when it does not tell.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Keep the time to wait."""
        super().__init__(message)
        self.retry_after = retry_after


class TicketRefusedError(StellarStackError):
    """A node does not accept the ticket that the panel gave: most often, another node answers than the server's own."""


class UnsupportedPanelError(StellarStackError):
    """An API answers that is of no known generation of panels."""


class RedirectedError(UnsupportedPanelError):
    """The address redirects elsewhere, where no credentials are sent.

    Attributes:
        location: The address that it points to, None when it is none that a panel could have.
    """

    def __init__(self, message: str, location: str | None = None) -> None:
        """Keep where the answer pointed to."""
        super().__init__(message)
        self.location = location


class ResponseError(StellarStackError):
    """The panel refuses a call.

    Attributes:
        status: The HTTP status, None when it was no answer that told.
        reason: The panel's own words on one line, None when there were none fit to be shown.
    """

    def __init__(self, message: str, status: int | None = None, reason: str | None = None) -> None:
        """Keep the status and the panel's own words."""
        super().__init__(message)
        self.status = status
        self.reason = reason


class ForbiddenError(ResponseError):
    """The account has no access to this."""


class NotFoundError(ResponseError):
    """The panel does not know this."""


class NodeOfflineError(ResponseError):
    """The panel holds the server's node for offline, or could not reach it."""


class Refusal(StrEnum):
    """Why a node does not do what it was told."""

    ALREADY_RUNNING = "already_running"
    NOT_RUNNING = "not_running"
    BUSY = "busy"
    """Another power action is under way."""
    INSTALLING = "installing"
    TRANSFERRING = "transferring"
    RESTORING = "restoring"
    SUSPENDED = "suspended"
    BACKUP_LIMIT = "backup_limit"
    """The server has all the backups that it may have; failed ones count."""
    OTHER = "other"
    """Only its own words tell."""


class RefusedError(ResponseError):
    """The server's node, or the panel in its place, refuses to do it.

    Attributes:
        refusal: Why.
        limit: How many there may be, when it is because of a limit.
    """

    def __init__(
        self, message: str, status: int | None, reason: str | None, refusal: Refusal, limit: int | None = None
    ) -> None:
        """Keep why."""
        super().__init__(message, status, reason)
        self.refusal = refusal
        self.limit = limit


class AuthenticationError(StellarStackError):
    """The panel does not accept the session: sign in again."""


class InvalidCredentialsError(AuthenticationError):
    """E-mail address or password is wrong."""


class AccountBannedError(AuthenticationError):
    """The account is banned."""


class EmailNotVerifiedError(AuthenticationError):
    """The account's e-mail address has not been verified."""


class OriginNotAllowedError(AuthenticationError):
    """The address in use is not the panel's public one, so that it refuses the second factor."""


class InvalidCodeError(AuthenticationError):
    """The second factor's code is wrong."""


class CodeExpiredError(AuthenticationError):
    """The sign-in that waits for a second factor is used up or too old: begin again."""
