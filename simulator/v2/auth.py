"""Signing in at generation 2: Better Auth below `/auth`."""

from typing import Any, override
from urllib.parse import parse_qsl

from aiohttp import web
from yarl import URL

from simulator.accounts import Account
from simulator.better_auth import AuthRoutes, SignInContext
from simulator.wire import read_body, refuse_auth, reply

from .forms import session_form, user_form


class AuthRoutesV2(AuthRoutes):
    """Sign-in, second factor, session and sign-out of generation 2."""

    prefix = "/auth"
    signed_out_cookies = ("session_data", "dont_remember")

    def __init__(self, context: SignInContext, *, newer: bool) -> None:
        """Serve a panel; newer ones know second factors, older ones do not."""
        super().__init__(context)
        self._newer = newer

    @override
    def routes(self, base: str) -> list[web.RouteDef]:
        ok = web.get(f"{base}{self.prefix}/ok", self._ok, allow_head=False)
        return [*super().routes(base), ok]

    async def _ok(self, request: web.Request) -> web.Response:
        return reply({"ok": True})

    @override
    async def _read(self, request: web.Request) -> dict[str, Any]:
        if request.content_type == "application/x-www-form-urlencoded":
            return dict(parse_qsl((await request.read()).decode()))
        return await read_body(request)

    @override
    async def _get_session(self, request: web.Request) -> web.Response:
        accounts = self._accounts
        before = accounts.extended
        session = self._context.session(request)
        if session is None:
            response = reply(None)
            if accounts.session_cookie in self._context.cookies(request):
                self._delete_cookies(response, *self.signed_out_cookies)
            return response
        user = user_form(session.account, newer=self._newer)
        response = reply({"session": session_form(session, request), "user": user})
        if accounts.extended > before:
            self._set_session_cookie(response, session.signed_value)
        return response

    @override
    def _user(self, account: Account) -> dict[str, Any]:
        return user_form(account, newer=self._newer)

    @override
    def _refuse_account(self, account: Account) -> web.Response | None:
        if account.banned:
            message = "You have been banned from this application. Please contact support."
            return refuse_auth(403, "BANNED_USER", message)
        return None

    @override
    def _refuse_body(self, missing: list[str]) -> web.Response:
        texts = [f"[body.{key}] Invalid input: expected string, received undefined" for key in missing]
        return refuse_auth(400, "VALIDATION_ERROR", "; ".join(texts))

    @override
    def _second_factor_needed(self) -> dict[str, Any]:
        return {"twoFactorRedirect": True, "twoFactorMethods": ["totp"]}

    @override
    def _delete_cookies(self, response: web.Response, *others: str) -> None:
        super()._delete_cookies(response, *(others or ("session_data",)))

    @override
    def _accepts_origin(self, origin: str) -> bool:
        # A path is overlooked, as seen on a real panel.
        return str(URL(origin).origin()) in self._context.origins if "://" in origin else False
