"""The exceptions of the client.

    StellarStackError
    ├── InvalidUrlError             the text is no address of a panel
    ├── ClosedError                 the client was closed meanwhile
    ├── PanelConnectionError        the panel is away
    │   ├── PanelTimeoutError
    │   │   └── BackupTimeoutError  a backup did not end in time
    │   ├── PanelTlsError
    │   │   ├── UntrustedCertificateError
    │   │   └── ClientCertificateError
    │   ├── WebSocketBlockedError
    │   ├── NotThePanelError        something else answered in its place
    │   │   └── OtherApiError       an API that shows no sign of a panel
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

    def __init__(self, text: str = "the connection to the panel was closed") -> None:
        """Say why nothing was sent."""
        super().__init__(text)


class PanelConnectionError(StellarStackError):
    """The panel could not be reached, or the connection ended."""


class PanelTimeoutError(PanelConnectionError):
    """The panel did not answer in time."""


class BackupTimeoutError(PanelTimeoutError):
    """A backup did not end in time, by the panel's list."""


class PanelTlsError(PanelConnectionError):
    """The TLS connection failed.

    The certificate is not trusted, or the port does not speak TLS.
    """


class UntrustedCertificateError(PanelTlsError):
    """The other end's certificate is not trusted, or names another host."""


class ClientCertificateError(PanelTlsError):
    """The other end requires a client certificate, which this client cannot present."""


class WebSocketBlockedError(PanelConnectionError):
    """The upgrade to a WebSocket was refused.

    Lasting when a proxy lets no WebSocket through, temporary when the panel refuses.

    Attributes:
        status: The HTTP status of the answer, None when there was none.
        is_text: Whether the answer was plain text that asks for no password, as a node's is.
    """

    def __init__(self, message: str, status: int | None = None, *, is_text: bool = False) -> None:
        """Keep what is known of the answer."""
        super().__init__(message)
        self.status = status
        self.is_text = is_text


class NotThePanelError(PanelConnectionError):
    """Something other than the panel answered.

    For example a web page, an empty body, or JSON of another form.
    """


class OtherApiError(NotThePanelError):
    """An API answered that shows no sign of a panel.

    For example another product's, or a gateway's own.
    """


class NotSentError(PanelConnectionError):
    """The panel was not reached, so nothing was done."""


class LiveUnavailableError(NotSentError):
    """The server has no live socket, so nothing was done.

    Attributes:
        elsewhere: Whether the reason is a node that is not reached through the panel.
    """

    def __init__(self, message: str, *, elsewhere: bool = False) -> None:
        """Keep the reason."""
        super().__init__(message)
        self.elsewhere = elsewhere


class AnswerLostError(PanelConnectionError):
    """The answer to a call was lost.

    It is not known whether the call was carried out.
    """


class RateLimitedError(StellarStackError):
    """The panel refuses a call because there were too many.

    Attributes:
        retry_after: Seconds to wait, as the panel says; None when it names none.
    """

    def __init__(self, message: str, retry_after: float | None = None) -> None:
        """Keep the time to wait."""
        super().__init__(message)
        self.retry_after = retry_after


class TicketRefusedError(StellarStackError):
    """A node does not accept the ticket that the panel gave.

    Most often another node answers in place of the server's own.
    """


class UnsupportedPanelError(StellarStackError):
    """An API of no known panel generation answers."""


class RedirectedError(UnsupportedPanelError):
    """The address redirects elsewhere, where no credentials are sent.

    Attributes:
        location: The address of the redirect, None when no panel could have that address.
    """

    def __init__(self, message: str, location: str | None = None) -> None:
        """Keep the address of the redirect."""
        super().__init__(message)
        self.location = location


class ResponseError(StellarStackError):
    """The panel refuses a call.

    Attributes:
        status: The HTTP status, None when the refusal did not come by HTTP.
        reason: The panel's own words on one line, None when none were fit to be shown.
    """

    def __init__(self, message: str, status: int | None = None, reason: str | None = None) -> None:
        """Keep the status and the panel's own words."""
        super().__init__(message)
        self.status = status
        self.reason = reason


class ForbiddenError(ResponseError):
    """The account has no access to this."""


class NotFoundError(ResponseError):
    """The panel has no such object."""


class NodeOfflineError(ResponseError):
    """The panel reports the node as offline, or could not reach it."""


class Refusal(StrEnum):
    """Why a node refuses a command."""

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
    """Another reason, in the node's own words."""


class RefusedError(ResponseError):
    """The server's node, or the panel on its behalf, refuses a command.

    Attributes:
        refusal: Why.
        limit: The limit that was reached, None when the reason is another.
    """

    def __init__(
        self, message: str, status: int | None, reason: str | None, refusal: Refusal, limit: int | None = None
    ) -> None:
        """Keep the reason."""
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
    """The panel refuses the second factor at this address.

    The address in use is not the panel's public one.
    """


class InvalidCodeError(AuthenticationError):
    """The second factor's code is wrong."""


class CodeExpiredError(AuthenticationError):
    """The sign-in that waits for a second factor has expired.

    It is used up or too old: sign in again.
    """
