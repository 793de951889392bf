"""The routes of Better Auth, which both generations use."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, ClassVar, Protocol

from aiohttp import web

from .accounts import LIFETIME, Account, Accounts, Session
from .wire import read_body, refuse_auth, reply


class SignInContext(Protocol):
    """What signing in needs to know of a panel."""

    @property
    def accounts(self) -> Accounts:
        """Return the accounts."""

    @property
    def origins(self) -> set[str]:
        """Return the origins that forms are accepted from."""

    def cookies(self, request: web.Request) -> dict[str, str]:
        """Return the decoded cookies of a request."""

    def session(self, request: web.Request) -> Session | None:
        """Return the session of a request's cookie."""


class AuthRoutes(ABC):
    """Sign-in, second factor, session and sign-out.

    Attributes:
        prefix: Below which path the routes are.
        signed_out_cookies: The cookies that are deleted with the session's, without their prefix.
    """

    prefix: ClassVar[str]
    signed_out_cookies: ClassVar[tuple[str, ...]] = ()

    def __init__(self, context: SignInContext) -> None:
        """Serve a panel."""
        self._context = context
        self._accounts = context.accounts

    def routes(self, base: str) -> list[web.RouteDef]:
        """Return the routes."""
        path = base + self.prefix
        return [
            web.post(f"{path}/sign-in/email", self._sign_in),
            web.post(f"{path}/two-factor/verify-totp", self._verify_totp),
            web.post(f"{path}/two-factor/verify-backup-code", self._verify_backup_code),
            web.get(f"{path}/get-session", self._get_session, allow_head=False),
            web.post(f"{path}/sign-out", self._sign_out),
        ]

    @abstractmethod
    async def _get_session(self, request: web.Request) -> web.Response:
        """Answer whose session a request carries."""

    @abstractmethod
    def _user(self, account: Account) -> dict[str, Any]:
        """Return an account as it is sent."""

    @abstractmethod
    def _refuse_account(self, account: Account) -> web.Response | None:
        """Refuse a right password, where there is reason."""

    @abstractmethod
    def _refuse_body(self, missing: list[str]) -> web.Response:
        """Answer a body that lacks something."""

    @abstractmethod
    def _second_factor_needed(self) -> dict[str, Any]:
        """Return the answer to a right password that is not enough."""

    async def _read(self, request: web.Request) -> dict[str, Any]:
        return await read_body(request)

    async def _sign_in(self, request: web.Request) -> web.Response:
        if refusal := self._refuse_origin(request):
            return refusal
        body = await self._read(request)
        if missing := [key for key in ("email", "password") if not isinstance(body.get(key), str)]:
            return self._refuse_body(missing)
        email = body["email"]
        if not _is_email(email):
            return refuse_auth(400, "INVALID_EMAIL", "Invalid email")
        account = self._accounts.find(email)
        if account is None or account.password != body["password"]:
            return refuse_auth(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")
        if refusal := self._refuse_account(account):
            return refusal
        if account.two_factor:
            return self._ask_second_factor(account)
        remember = body.get("rememberMe") is not False
        return self._signed_in(self._accounts.create_session(account), {"redirect": False}, remember=remember)

    def _ask_second_factor(self, account: Account) -> web.Response:
        accounts = self._accounts
        response = reply(self._second_factor_needed())
        # The session was made first and deleted again: its cookie comes twice.
        self._set_session_cookie(response, accounts.dead_token())
        self._delete_cookies(response)
        challenge = accounts.open_challenge(account)
        max_age = accounts.challenge_lifetime.total_seconds()
        set_cookie(response, accounts.set_cookie(accounts.two_factor_cookie, challenge, max_age))
        return response

    async def _verify_totp(self, request: web.Request) -> web.Response:
        return await self._verify(request, Account.accepts_totp, "INVALID_CODE", "Invalid code")

    async def _verify_backup_code(self, request: web.Request) -> web.Response:
        return await self._verify(request, Account.accepts_backup_code, "INVALID_BACKUP_CODE", "Invalid backup code")

    async def _verify(
        self, request: web.Request, accepts: Callable[[Account, str], bool], error: str, message: str
    ) -> web.Response:
        if refusal := self._refuse_origin(request):
            return refusal
        code = (await self._read(request)).get("code")
        if not isinstance(code, str):
            return self._refuse_body(["code"])
        accounts = self._accounts
        cookies = self._context.cookies(request)
        account = accounts.challenged(cookies)
        if account is None:
            return refuse_auth(401, "INVALID_TWO_FACTOR_COOKIE", "Invalid two factor cookie")
        if not accepts(account, code):
            return refuse_auth(401, error, message)
        accounts.close_challenge(cookies)
        response = self._signed_in(accounts.create_session(account), {})
        set_cookie(response, accounts.set_cookie(accounts.two_factor_cookie, "", 0))
        return response

    async def _sign_out(self, request: web.Request) -> web.Response:
        if refusal := self._refuse_origin(request):
            return refusal
        session = self._context.session(request)
        if session is not None:
            del self._accounts.sessions[session.token]
        response = reply({"success": True})
        self._delete_cookies(response, *self.signed_out_cookies)
        return response

    def _signed_in(self, session: Session, extra: dict[str, Any], *, remember: bool = True) -> web.Response:
        response = reply(extra | {"token": session.token, "user": self._user(session.account)})
        self._set_session_cookie(response, session.signed_value, remember=remember)
        return response

    def _set_session_cookie(self, response: web.Response, value: str, *, remember: bool = True) -> None:
        accounts = self._accounts
        max_age = LIFETIME.total_seconds() if remember else None
        set_cookie(response, accounts.set_cookie(accounts.session_cookie, value, max_age))
        if not remember:
            name = accounts.cookie_name("dont_remember")
            set_cookie(response, accounts.set_cookie(name, accounts.dead_token(), None))

    def _delete_cookies(self, response: web.Response, *others: str) -> None:
        accounts = self._accounts
        for name in (accounts.session_cookie, *map(accounts.cookie_name, others)):
            set_cookie(response, accounts.set_cookie(name, "", 0))

    def _refuse_origin(self, request: web.Request) -> web.Response | None:
        """Apply the rule against forged requests, which concerns requests with any cookie."""
        if "Cookie" not in request.headers:
            return None
        origin = request.headers.get("Origin", "null")
        if origin == "null":
            return refuse_auth(403, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin")
        if not self._accepts_origin(origin):
            return refuse_auth(403, "INVALID_ORIGIN", "Invalid origin")
        return None

    def _accepts_origin(self, origin: str) -> bool:
        return origin in self._context.origins


def set_cookie(response: web.Response, cookie: str) -> None:
    """Add a `Set-Cookie` header."""
    response.headers.add("Set-Cookie", cookie)


def _is_email(text: str) -> bool:
    name, _, domain = text.partition("@")
    return bool(name) and "." in domain.strip(".") and not any(char.isspace() or char == "@" for char in name + domain)
