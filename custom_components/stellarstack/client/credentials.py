"""The credentials of a panel session, in all the forms in which a user may hold them."""

from dataclasses import dataclass, field
import re
from typing import Self
from urllib.parse import unquote

COOKIE_NAME = "better-auth.session_token"
SECURE_COOKIE_NAME = f"__Secure-{COOKIE_NAME}"
"""The cookie's name on a panel whose public URL is https."""

_NAME = re.compile(r"[A-Za-z0-9._-]*session_token")
# What a raw token, or a signed value (base64, url-encoded or not), can consist of.
_VALUE = re.compile(r"[A-Za-z0-9._~%+/=-]{1,1024}")


@dataclass(frozen=True, slots=True)
class Credentials:
    """What authenticates us: a signed cookie, or only the raw token.

    Attributes:
        cookie: `name=value` as the panel expects it back, None when only the raw token is known. Without it, REST
            answers 401 and the WebSocket must be authenticated with the `auth` message.
        token: The raw token, None when there is a cookie: the panel is asked for it when needed.
    """

    cookie: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)

    @classmethod
    def from_stored(cls, stored: str) -> Self:
        """Return the credentials kept as `name=value` or as a raw token."""
        return cls(cookie=stored) if "=" in stored.rstrip("=") else cls(token=stored)

    @property
    def stored(self) -> str:
        """The one text to keep: `name=value` or the raw token."""
        return self.cookie or self.token or ""


def parse_credentials(pasted: str, *, secure: bool) -> list[Credentials]:
    """Return what a pasted text may be, likeliest first; empty when it is no session.

    Takes `name=value`, a whole `Cookie` header (or `Set-Cookie`), the signed value alone, url-encoded or not, and the
    raw token. A signed value alone does not tell the cookie's name: then both names are returned.

    Args:
        pasted: The user's text.
        secure: Whether the panel is reached by https, which makes the `__Secure-` name likelier.
    """
    text = " ".join(pasted.split()).strip("\"' ")
    text = re.sub(r"^(set-)?cookie:\s*", "", text, flags=re.IGNORECASE)
    named = [
        (name, value)
        for pair in text.split(";")
        for name, _, value in [pair.strip().partition("=")]
        if _NAME.fullmatch(name)
    ]
    if not named:
        names = (SECURE_COOKIE_NAME, COOKIE_NAME) if secure else (COOKIE_NAME, SECURE_COOKIE_NAME)
        named = [(name, text) for name in names]
    elif secure:
        named.sort(key=lambda pair: not pair[0].startswith("__Secure-"))
    found: list[Credentials] = []
    for name, value in named:
        value = value.strip('" ')
        if _VALUE.fullmatch(value):
            # Only the signature, after a dot, makes a value a cookie.
            token, _, signature = unquote(value).partition(".")
            credentials = Credentials(cookie=f"{name}={value}") if signature else Credentials(token=token)
            if credentials not in found:
                found.append(credentials)
    return found
