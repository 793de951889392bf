"""The credentials of a panel session, and parsing of pasted ones."""

from collections.abc import Iterator
from dataclasses import dataclass, field
import json
import re
from typing import Any, Self
from urllib.parse import unquote

COOKIE_NAME = "better-auth.session_token"
SECURE_COOKIE_NAME = f"__Secure-{COOKIE_NAME}"
"""The cookie's name on a panel whose public URL is https."""

_QUOTES = "\"'`\u2018\u2019\u201c\u201d"
# What a raw token, or a signed value (base64, url-encoded or not), can consist of.
_VALUE = r"[A-Za-z0-9._~%+/=-]+"
# As in a header, a program (quoted) or a row of a table.
_NAMED = re.compile(
    rf"(?<![\w.-])([\w.-]{{0,64}}session_token)[{_QUOTES}\\]*(\s*(?:=>|[=:,|\uff1d\uff1a])\s*|\s+)[{_QUOTES}\\]*({_VALUE})",
    re.ASCII,
)
_ALONE = re.compile(
    rf"(?:(?:set-)?cookie:)?[\s{_QUOTES}]*([\w.~%+/-]+={{0,2}})[\s{_QUOTES},;]*", re.ASCII | re.IGNORECASE
)
# Better Auth signs with 32 bytes. Where a browser has taken the line breaks out of a text, the next line follows.
_SIGNATURE = r"\.(?:[A-Za-z0-9+/]|%2[BF]){43}(?:=|%3D)"
_SIGNED = re.compile(rf"[^.]+{_SIGNATURE}", re.IGNORECASE)
# Not after an equals sign: that is another cookie.
_SIGNED_ALONE = re.compile(rf"(?<![\w.~%+/=-])[\w-]{{16,128}}{_SIGNATURE}", re.ASCII | re.IGNORECASE)
_LONGEST_VALUE = 1024
_MOST = 4
"""Credentials that one text may be taken for: each is tried on the panel."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """A signed session cookie, or only the raw token.

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
        """The text to store: `name=value` or the raw token."""
        return self.cookie or self.token or ""


def parse_credentials(pasted: str, *, secure: bool) -> list[Credentials]:
    """Return the credentials that a pasted text may hold, likeliest first.

    Takes the cookie as it stands in headers, in a request copied as cURL or code, in a row of the browser's tools, in
    cookies.txt and in JSON; the signed value alone, url-encoded or not; and the raw token. A signed value alone does
    not tell the cookie's name: then both names are returned. The list is empty for any other text.

    Args:
        pasted: The user's text.
        secure: Whether the panel is reached by https, which makes the `__Secure-` name likelier.
    """
    # Characters without width come along from messengers, carets from commands for Windows.
    text = "".join(
        " " if char.isspace() else char
        for char in _read_json(pasted)
        if char.isspace() or (char.isprintable() and char != "^")
    )
    found = _find_named(text)
    # A terminal or a mail breaks a long value into lines.
    found += [
        credentials
        for credentials in _find_named("".join(pasted.split()))
        if credentials.cookie is not None and _SIGNED.fullmatch(credentials.cookie.partition("=")[2])
    ]
    if secure:
        found.sort(key=lambda credentials: not (credentials.cookie or "").startswith("__Secure-"))
    if not found and (value := _value_alone(text)) is not None:
        names = (SECURE_COOKIE_NAME, COOKIE_NAME) if secure else (COOKIE_NAME, SECURE_COOKIE_NAME)
        found = [credentials for name in names if (credentials := _named(name, "=", value)) is not None]
    return list(dict.fromkeys(found))[:_MOST]


def _find_named(text: str) -> list[Credentials]:
    """Return the credentials that stand beside their name."""
    return [credentials for match in _NAMED.finditer(text) if (credentials := _named(*match.groups())) is not None]


def _value_alone(text: str) -> str | None:
    """Return the value that stands alone in a text."""
    if "session_token" not in text and (match := _ALONE.fullmatch(text.strip())) is not None:
        return match[1]
    return match[0] if (match := _SIGNED_ALONE.search(text)) is not None else None


def _named(name: str, separator: str, value: str) -> Credentials | None:
    """Return the credentials in a cookie; None when it has none."""
    if (signed := _SIGNED.match(value)) is not None:
        value = signed[0]
    if len(value) > _LONGEST_VALUE:
        return None
    # Only the signature, after a dot, makes a value a cookie.
    token, _, signature = unquote(value).partition(".")
    if signature:
        return Credentials(cookie=f"{name}={value}")
    # A table has cookies only: a word after the name is one of a sentence.
    return None if separator.isspace() else Credentials(token=token)


def _read_json(text: str) -> str:
    """Return the texts in JSON, with `name=value` for a cookie.

    A text that is not JSON is returned unchanged.
    """
    try:
        return "\n".join(_texts(json.loads(text))) or text
    except ValueError, RecursionError:
        return text


def _texts(data: Any) -> Iterator[str]:
    pending = [data]
    while pending:
        match pending.pop():
            case {"name": str(name), "value": str(value)}:
                yield f"{name}={value}"
            case dict() as fields:
                # The panel's own answers call the raw token so.
                named = {"session_token" if key == "token" else key: value for key, value in fields.items()}
                yield from (f"{name}={value}" for name, value in named.items() if isinstance(value, str))
                pending += [value for value in fields.values() if not isinstance(value, str)]
            case list() as items:
                pending += items
            case str(text):
                yield text
