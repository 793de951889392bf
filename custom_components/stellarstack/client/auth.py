"""Better Auth: signing in to a panel, the same in each generation."""

from dataclasses import dataclass, field
from typing import NoReturn

from aiohttp import hdrs
from yarl import URL

from .credentials import Credentials
from .exceptions import (
    AccountBannedError,
    AuthenticationError,
    CodeExpiredError,
    EmailNotVerifiedError,
    InvalidCodeError,
    InvalidCredentialsError,
    NotThePanelError,
    OriginNotAllowedError,
    PanelConnectionError,
    ResponseError,
)
from .http import Answer, Http
from .models import Account
from .text import is_id, one_line

_LONGEST_NAME = 128
_LONGEST_MESSAGE = 200

# What a user can do something about.
_ERRORS: dict[str, type[AuthenticationError]] = {
    "INVALID_EMAIL_OR_PASSWORD": InvalidCredentialsError,
    "INVALID_EMAIL": InvalidCredentialsError,
    "VALIDATION_ERROR": InvalidCredentialsError,
    "BANNED_USER": AccountBannedError,
    "EMAIL_NOT_VERIFIED": EmailNotVerifiedError,
    "MISSING_OR_NULL_ORIGIN": OriginNotAllowedError,
    "INVALID_ORIGIN": OriginNotAllowedError,
    "INVALID_CODE": InvalidCodeError,
    "INVALID_BACKUP_CODE": InvalidCodeError,
    "INVALID_TWO_FACTOR_COOKIE": CodeExpiredError,
}


@dataclass(frozen=True, slots=True)
class ErrorBody:
    """An error in Better Auth's own form."""

    code: str
    message: str


def error_body(answer: Answer) -> ErrorBody | None:
    """Return Better Auth's error in an answer; None for other errors.

    Its codes are in capitals. Other products, such as WordPress, use the same form with small letters.
    """
    code, message = answer.text("code"), answer.text("message")
    return ErrorBody(code, message) if code is not None and message is not None and code.isupper() else None


@dataclass(frozen=True, slots=True)
class TwoFactorChallenge:
    """A sign-in that waits for the second factor.

    It is valid for some minutes and one success.
    """

    cookie: str = field(repr=False)


class BetterAuth:
    """Sign-in and sessions by Better Auth.

    Every method raises `PanelConnectionError` when the panel is away, `RateLimitedError` on HTTP 429 and
    `ResponseError` on any other refusal.
    """

    def __init__(self, http: Http, base: str) -> None:
        """Keep the connection; send nothing yet.

        Args:
            http: The connection to the panel.
            base: The path below which Better Auth answers.
        """
        self._http = http
        self._base = base

    async def sign_in(self, email: str, password: str) -> Credentials | TwoFactorChallenge:
        """Sign in with e-mail address and password.

        An account with a second factor gets a challenge instead of credentials.

        Raises:
            InvalidCredentialsError: E-mail address or password is wrong.
            AccountBannedError: The account is banned.
            EmailNotVerifiedError: The address has not been verified.
        """
        # Without cookies, so that the panel does not look at the origin.
        answer = await self._http.request(
            hdrs.METH_POST, f"{self._base}/sign-in/email", {"email": email, "password": password}
        )
        if answer.status != 200:
            _raise_refusal(answer, InvalidCredentialsError)
        if isinstance(answer.content, dict) and answer.content.get("twoFactorRedirect") is True:
            # The session cookies that come with it are dead ones.
            return TwoFactorChallenge(_cookie(answer, "two_factor"))
        return Credentials(cookie=_cookie(answer, "session_token"))

    async def verify_code(self, challenge: TwoFactorChallenge, code: str) -> Credentials:
        """Finish a sign-in with the second factor.

        Args:
            challenge: The sign-in.
            code: The six digits of an authenticator, or a backup code.

        Raises:
            InvalidCodeError: The code is wrong.
            CodeExpiredError: The challenge is used up or too old.
            OriginNotAllowedError: The URL is not the panel's public one.
        """
        code = "".join(code.split())
        kind = "totp" if code.isdecimal() and len(code) == 6 else "backup-code"
        answer = await self._http.request(
            hdrs.METH_POST,
            f"{self._base}/two-factor/verify-{kind}",
            {"code": code},
            cookie=challenge.cookie,
            headers={hdrs.ORIGIN: str(URL(self._http.url).origin())},
        )
        if answer.status != 200:
            _raise_refusal(answer, InvalidCodeError)
        return Credentials(cookie=_cookie(answer, "session_token"))

    async def session(self, credentials: Credentials) -> Account:
        """Return the account of a session.

        The call extends the session.

        Raises:
            AuthenticationError: The session has ended; the panel says so with 200 and null.
        """
        answer = await self._http.request(hdrs.METH_GET, f"{self._base}/get-session", cookie=credentials.cookie)
        if answer.status != 200:
            _raise_refusal(answer, AuthenticationError)
        match answer.content:
            case None:
                raise AuthenticationError("the session has ended")
            case {"user": {"id": user_id} as user, "session": {}} if is_id(user_id):
                return Account(
                    id=user_id,
                    name=_name(user.get("name")),
                    email=_name(user.get("email")),
                    is_admin=user.get("role") == "admin",
                )
        raise NotThePanelError("the session has no known form")


def _name(value: object) -> str | None:
    return one_line(value, _LONGEST_NAME) if isinstance(value, str) else None


def _cookie(answer: Answer, suffix: str) -> str:
    """Return the last valid cookie of a name as `name=value`.

    The name is as the panel spells it, with its prefix.
    """
    found = ""
    if isinstance(answer.content, dict):
        for header in answer.headers.getall(hdrs.SET_COOKIE, []):
            name, _, value = header.partition(";")[0].strip().partition("=")
            if name.endswith(suffix) and value:
                found = f"{name}={value}"
    if not found:
        raise NotThePanelError(f"the answer to a sign-in has no {suffix} cookie")
    return found


def _raise_refusal(answer: Answer, unauthorized: type[AuthenticationError]) -> NoReturn:
    """Raise the error for an answer that is no success.

    Args:
        answer: The answer.
        unauthorized: The error for a 400 or 401 with an unknown code.
    """
    status, body = answer.status, error_body(answer)
    if body is None:
        if status >= 500:
            raise PanelConnectionError(f"the panel is away: HTTP {status}")
        raise NotThePanelError(f"not the panel's answer: HTTP {status}")
    if body.code in _ERRORS:
        raise _ERRORS[body.code](f"the panel refused: {body.code}")
    if status in {400, 401}:
        raise unauthorized(f"the panel refused: HTTP {status}")
    raise ResponseError(f"the panel refused: HTTP {status}", status, one_line(body.message, _LONGEST_MESSAGE))
