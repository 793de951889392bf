"""The routes of Better Auth, below `/api/auth`."""

from collections.abc import Callable
from typing import Any, Protocol

from aiohttp import web

from simulator.accounts import LIFETIME, TWO_FACTOR_LIFETIME, Account, Accounts, Session
from simulator.wire import read_body, refuse_auth, reply


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


class AuthRoutes:
    """Sign-in, second factor, session and sign-out."""

    def __init__(self, context: SignInContext) -> None:
        """Serve a panel."""
        self._context = context
        self._accounts = context.accounts

    def routes(self, base: str) -> list[web.RouteDef]:
        """Return the routes."""
        return [
            web.post(f"{base}/api/auth/sign-in/email", self._sign_in),
            web.post(f"{base}/api/auth/two-factor/verify-totp", self._verify_totp),
            web.post(f"{base}/api/auth/two-factor/verify-backup-code", self._verify_backup_code),
            web.get(f"{base}/api/auth/get-session", self._get_session, allow_head=False),
            web.post(f"{base}/api/auth/sign-out", self._sign_out),
        ]

    async def _sign_in(self, request: web.Request) -> web.Response:
        if refusal := self._refuse_origin(request):
            return refusal
        body = await read_body(request)
        for key in ("email", "password"):
            if not isinstance(body.get(key), str):
                return _invalid_body(key)
        email = body["email"]
        if not _is_email(email):
            return refuse_auth(400, "INVALID_EMAIL", "Invalid email")
        account = self._accounts.find(email)
        if account is None or account.password != body["password"]:
            return refuse_auth(401, "INVALID_EMAIL_OR_PASSWORD", "Invalid email or password")
        if not account.email_verified:
            return refuse_auth(403, "EMAIL_NOT_VERIFIED", "Email not verified")
        if account.banned:
            return refuse_auth(403, "BANNED_USER", "You have been banned from this application.")
        if account.two_factor:
            return self._ask_second_factor(account)
        return self._signed_in(self._accounts.create_session(account), {"redirect": False})

    def _ask_second_factor(self, account: Account) -> web.Response:
        accounts = self._accounts
        response = reply({"twoFactorRedirect": True})
        # The session was made first and deleted again: its cookie comes twice.
        _set_cookie(response, self._session_cookie(accounts.dead_token()))
        _set_cookie(response, accounts.set_cookie(accounts.session_cookie, "", 0))
        challenge = accounts.open_challenge(account)
        max_age = TWO_FACTOR_LIFETIME.total_seconds()
        _set_cookie(response, accounts.set_cookie(accounts.two_factor_cookie, challenge, max_age))
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
        code = (await read_body(request)).get("code")
        if not isinstance(code, str):
            return _invalid_body("code")
        accounts = self._accounts
        cookies = self._context.cookies(request)
        account = accounts.challenged(cookies)
        if account is None:
            return refuse_auth(401, "INVALID_TWO_FACTOR_COOKIE", "Invalid two factor cookie")
        if not accepts(account, code):
            return refuse_auth(401, error, message)
        accounts.close_challenge(cookies)
        response = self._signed_in(accounts.create_session(account), {})
        _set_cookie(response, accounts.set_cookie(accounts.two_factor_cookie, "", 0))
        return response

    async def _get_session(self, request: web.Request) -> web.Response:
        session = self._context.session(request)
        if session is None:
            return reply(None)
        response = reply({"session": session.wire(), "user": session.account.wire()})
        _set_cookie(response, self._session_cookie(session.signed_value))
        return response

    async def _sign_out(self, request: web.Request) -> web.Response:
        if refusal := self._refuse_origin(request):
            return refusal
        session = self._context.session(request)
        if session is not None:
            del self._accounts.sessions[session.token]
        response = reply({"success": True})
        _set_cookie(response, self._accounts.set_cookie(self._accounts.session_cookie, "", 0))
        return response

    def _signed_in(self, session: Session, extra: dict[str, Any]) -> web.Response:
        response = reply(extra | {"token": session.token, "user": session.account.wire()})
        _set_cookie(response, self._session_cookie(session.signed_value))
        return response

    def _session_cookie(self, value: str) -> str:
        return self._accounts.set_cookie(self._accounts.session_cookie, value, LIFETIME.total_seconds())

    def _refuse_origin(self, request: web.Request) -> web.Response | None:
        """Apply the rule against forged requests, which concerns requests with any cookie."""
        if "Cookie" not in request.headers:
            return None
        origin = request.headers.get("Origin", "null")
        if origin == "null":
            return refuse_auth(403, "MISSING_OR_NULL_ORIGIN", "Missing or null Origin")
        if origin not in self._context.origins:
            return refuse_auth(403, "INVALID_ORIGIN", "Invalid origin")
        return None


def _set_cookie(response: web.Response, cookie: str) -> None:
    response.headers.add("Set-Cookie", cookie)


def _invalid_body(key: str) -> web.Response:
    return refuse_auth(400, "VALIDATION_ERROR", f"[body.{key}] Invalid input: expected string")


def _is_email(text: str) -> bool:
    name, _, domain = text.partition("@")
    return bool(name) and "." in domain.strip(".") and not any(char.isspace() or char == "@" for char in name + domain)
