"""Accounts, their sessions and the signed cookies, as Better Auth keeps them."""

import base64
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
import hashlib
import hmac
import secrets
import string
from typing import Any
from urllib.parse import quote, unquote
import uuid

import pyotp

from .clock import Clock, iso

LIFETIME = timedelta(days=7)
UPDATE_AGE = timedelta(days=1)
_ALPHABET = string.ascii_letters + string.digits


def make_id(kind: str, number: int) -> str:
    """Return the same UUID in each run for the same thing."""
    return str(uuid.uuid5(uuid.NAMESPACE_DNS, f"{number}.{kind}.stellarstack"))


def random_string(length: int) -> str:
    """Return a random string of letters and digits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(length))


def read_cookies(headers: Iterable[str]) -> dict[str, str]:
    """Read `Cookie` headers; a value may be url-encoded or not."""
    cookies: dict[str, str] = {}
    for header in headers:
        for pair in header.split(";"):
            name, separator, value = pair.strip().partition("=")
            if separator:
                cookies[name] = unquote(value) if "%" in value else value
    return cookies


@dataclass(eq=False)
class Account:
    """A user of the panel."""

    id: str
    email: str
    password: str
    name: str
    role: str
    two_factor: bool
    banned: bool
    email_verified: bool
    created_at: datetime
    clock: Clock = field(repr=False)
    totp_secret: str = field(default_factory=pyotp.random_base32)
    backup_codes: list[str] = field(
        default_factory=lambda: [f"{random_string(5)}-{random_string(5)}" for _ in range(10)]
    )

    @property
    def is_admin(self) -> bool:
        """Return whether this is an admin account."""
        return self.role == "admin"

    def totp(self) -> str:
        """Return the code that an authenticator app shows now."""
        return pyotp.TOTP(self.totp_secret).at(self.clock.now())

    def accepts_totp(self, code: str) -> bool:
        """Check a code of the authenticator app.

        One period early or late is fine.
        """
        return pyotp.TOTP(self.totp_secret).verify(code, for_time=self.clock.now(), valid_window=1)

    def accepts_backup_code(self, code: str) -> bool:
        """Check a backup code and use it up."""
        if code not in self.backup_codes:
            return False
        self.backup_codes.remove(code)
        return True

    def wire(self) -> dict[str, Any]:
        """Return the user as the panel sends it."""
        return {
            "id": self.id,
            "name": self.name,
            "email": self.email,
            "emailVerified": self.email_verified,
            "image": None,
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.created_at),
            "role": self.role,
            "banned": self.banned,
            "banReason": None,
            "banExpires": None,
            "twoFactorEnabled": self.two_factor,
        }


@dataclass(eq=False)
class Session:
    """A session of an account, and the cookie that stands for it."""

    token: str
    account: Account
    signed_value: str
    cookie: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime

    def wire(self) -> dict[str, Any]:
        """Return the session as get-session sends it."""
        return {
            "id": make_id(self.token, 0),
            "token": self.token,
            "userId": self.account.id,
            "expiresAt": iso(self.expires_at),
            "createdAt": iso(self.created_at),
            "updatedAt": iso(self.updated_at),
            "ipAddress": "",
            "userAgent": "",
        }


class Accounts:
    """All accounts and sessions of a panel.

    Attributes:
        challenge_lifetime: Within which time a second factor must come.
        extended: How many times a session was extended.
    """

    def __init__(self, clock: Clock, secure: bool, challenge_lifetime: timedelta) -> None:
        """Start without accounts.

        `secure` says that the panel's public URL is https; a second factor must come within `challenge_lifetime`.
        """
        self.challenge_lifetime = challenge_lifetime
        self.extended = 0
        self._clock = clock
        self._secure = secure
        self._key = secrets.token_bytes(32)
        self._challenges: dict[str, tuple[Account, datetime]] = {}
        self.accounts: dict[str, Account] = {}
        self.sessions: dict[str, Session] = {}
        prefix = "__Secure-" if secure else ""
        self._prefix = f"{prefix}better-auth."
        self.session_cookie = self.cookie_name("session_token")
        self.two_factor_cookie = self.cookie_name("two_factor")

    def add(
        self,
        email: str,
        password: str,
        *,
        name: str | None,
        role: str,
        two_factor: bool,
        banned: bool,
        email_verified: bool,
    ) -> Account:
        """Add an account."""
        account = Account(
            id=make_id("user", len(self.accounts)),
            email=email.lower(),
            password=password,
            name=name or email.partition("@")[0],
            role=role,
            two_factor=two_factor,
            banned=banned,
            email_verified=email_verified,
            created_at=self._clock.now(),
            clock=self._clock,
        )
        self.accounts[account.id] = account
        return account

    def find(self, email: str) -> Account | None:
        """Return the account of an e-mail address."""
        return next((account for account in self.accounts.values() if account.email == email.lower()), None)

    def create_session(self, account: Account) -> Session:
        """Open a session."""
        now = self._clock.now()
        token, signed_value = self._signed_token()
        session = Session(
            token=token,
            account=account,
            signed_value=signed_value,
            cookie=f"{self.session_cookie}={_encode(signed_value)}",
            created_at=now,
            updated_at=now,
            expires_at=now + LIFETIME,
        )
        self.sessions[token] = session
        return session

    def session_of_token(self, token: object) -> Session | None:
        """Return the live session of a raw token; this extends nothing."""
        session = self.sessions.get(token) if isinstance(token, str) else None
        return session if session is not None and session.expires_at > self._clock.now() else None

    def session_of_cookies(self, cookies: dict[str, str]) -> Session | None:
        """Return the live session of a request.

        It is extended when it is over a day old.
        """
        session = self.session_of_token(self._verified(cookies.get(self.session_cookie)))
        if session is not None:
            now = self._clock.now()
            if session.expires_at - LIFETIME + UPDATE_AGE <= now:
                session.expires_at = now + LIFETIME
                session.updated_at = now
                self.extended += 1
        return session

    def open_challenge(self, account: Account) -> str:
        """Ask for the second factor; returns the value of the two-factor cookie."""
        identifier, signed_value = self._signed_token()
        self._challenges[identifier] = (account, self._clock.now() + self.challenge_lifetime)
        return signed_value

    def challenged(self, cookies: dict[str, str]) -> Account | None:
        """Return the account that a two-factor cookie stands for.

        None when the cookie is used or expired.
        """
        identifier = self._verified(cookies.get(self.two_factor_cookie))
        account, expires = self._challenges.get(identifier or "", (None, None))
        return account if expires is not None and expires > self._clock.now() else None

    def close_challenge(self, cookies: dict[str, str]) -> None:
        """Use up a two-factor cookie."""
        self._challenges.pop(self._verified(cookies.get(self.two_factor_cookie)) or "", None)

    def cookie_name(self, name: str) -> str:
        """Return the whole name of a cookie."""
        return self._prefix + name

    def set_cookie(self, name: str, value: str, max_age: float | None) -> str:
        """Write a `Set-Cookie` header.

        Without an age, the cookie lasts until the browser is closed.
        """
        age = "" if max_age is None else f"Max-Age={max_age:.0f}; "
        secure = "; Secure" if self._secure else ""
        return f"{name}={_encode(value)}; {age}Path=/; HttpOnly{secure}; SameSite=Lax"

    def dead_token(self) -> str:
        """Return a signed value whose session was deleted again."""
        return self._signed_token()[1]

    def _signed_token(self) -> tuple[str, str]:
        # A signature with both special characters: who mishandles either fails always, not sometimes.
        while True:
            token = random_string(32)
            signature = self._signature(token)
            if "+" in signature and "/" in signature:
                return token, f"{token}.{signature}"

    def _signature(self, token: str) -> str:
        return base64.b64encode(hmac.digest(self._key, token.encode(), hashlib.sha256)).decode()

    def _verified(self, signed_value: str | None) -> str | None:
        token, _, signature = (signed_value or "").rpartition(".")
        expected = self._signature(token)
        return token if token and hmac.compare_digest(signature.encode(), expected.encode()) else None


def _encode(value: str) -> str:
    """Encode as JavaScript's `encodeURIComponent` does."""
    return quote(value, safe="!~*'()")
