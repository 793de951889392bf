"""Signing in at generation 1: Better Auth below `/api/auth`."""

from typing import Any, override

from aiohttp import web

from simulator.accounts import Account
from simulator.better_auth import AuthRoutes
from simulator.wire import refuse_auth, reply


class AuthRoutesV1(AuthRoutes):
    """Sign-in, second factor, session and sign-out of generation 1."""

    prefix = "/api/auth"

    @override
    async def _get_session(self, request: web.Request) -> web.Response:
        session = self._context.session(request)
        if session is None:
            return reply(None)
        response = reply({"session": session.wire(), "user": self._user(session.account)})
        self._set_session_cookie(response, session.signed_value)
        return response

    @override
    def _user(self, account: Account) -> dict[str, Any]:
        return account.wire()

    @override
    def _refuse_account(self, account: Account) -> web.Response | None:
        if not account.email_verified:
            return refuse_auth(403, "EMAIL_NOT_VERIFIED", "Email not verified")
        if account.banned:
            return refuse_auth(403, "BANNED_USER", "You have been banned from this application.")
        return None

    @override
    def _refuse_body(self, missing: list[str]) -> web.Response:
        return refuse_auth(400, "VALIDATION_ERROR", f"[body.{missing[0]}] Invalid input: expected string")

    @override
    def _second_factor_needed(self) -> dict[str, Any]:
        return {"twoFactorRedirect": True}
