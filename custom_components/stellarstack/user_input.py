"""Parsing of what users type and paste into the dialogs."""

import re
import unicodedata

from yarl import URL

from .client.detect import normalize_url
from .client.exceptions import InvalidUrlError
from .client.text import LONGEST_ID

_SCHEMES = re.compile(r"(?:(https?|wss?)(?::/*|//))+", re.IGNORECASE)
_DEEPEST_PATH = 8
"""Parts of an address's path that are looked at; a panel is not below more of them."""
_PAGES = frozenset({"login", "servers"})
"""How the paths of a panel's own pages begin, which a user most likely has before the eyes."""
_API = "api"
_QUOTES = "\"'`<>\u2018\u2019\u201a\u201c\u201d\u201e\u00ab\u00bb()"
_BRACKETS = "[]"
"""Around a list of ids; an address may begin with one of its own."""
_MINUS = "\u2212"
_PUNCTUATION = ".,;"
"""What follows an address in a sentence or a list."""
_SEPARATORS = re.compile(r"[\s,;\uff0c\uff1b\u3001]+")
"""Between ids, in the punctuation of China and Japan as well."""


def _printable(text: str) -> str:
    """Return a text without spaces, line breaks and zero-width characters."""
    return "".join(char for char in text if char.isprintable() and not char.isspace())


def panel_addresses(text: str) -> list[str]:
    """Return the possible panel addresses in a text, likeliest first.

    The text is an address as a browser shows it. Paths of the panel's pages are cut off. Without a scheme, https comes
    first.

    Raises:
        InvalidUrlError: It is no http or https address, or holds a user name or password.
    """
    # Some keyboards type wide letters and signs.
    text = _printable(unicodedata.normalize("NFKC", text)).strip(_QUOTES + _PUNCTUATION)
    match = _SCHEMES.match(text)
    if match is None:
        schemes, rest = ["https", "http"], text.removeprefix("//")
    else:
        # Of several, as one that was typed before one that was pasted, the last counts.
        schemes, rest = ["https" if match[1].lower() in {"https", "wss"} else "http"], text[match.end() :]
    if "://" in re.split(r"[?#]", rest, maxsplit=1)[0]:
        raise InvalidUrlError("no http or https address")
    addresses = []
    for scheme in schemes:
        url = normalize_url(f"{scheme}://{rest}")
        origin = str(URL(url).origin())
        addresses += [origin + path for path in _base_paths(url.removeprefix(origin))]
    return addresses


def _base_paths(path: str) -> list[str]:
    """Return the possible base paths of a page's path, likeliest first."""
    parts = [part for part in path.split("/") if part][:_DEEPEST_PATH]
    # Below its API, anything answers as if the panel were there.
    if _API in parts:
        parts = parts[: parts.index(_API)]
    lengths = [length for length, part in enumerate(parts) if part in _PAGES][:1] + list(range(len(parts), -1, -1))
    return ["".join(f"/{part}" for part in parts[:length]) for length in dict.fromkeys(lengths)]


def parse_server_ids(text: str) -> list[str]:
    """Return the server ids in a text.

    Each stands by itself or in the address of its page, with commas or spaces in between.
    """
    ids = []
    for word in _SEPARATORS.split(text):
        word = _printable(word).strip(_QUOTES + _BRACKETS + _PUNCTUATION)
        parts = re.split(r"[?#]", word, maxsplit=1)[0].rstrip("/").split("/")
        # Before its id, the address of a server's page has this part.
        page = parts.index("servers") + 1 if "servers" in parts[:-1] else None
        ids.append(("/".join(parts) if page is None else parts[page])[:LONGEST_ID])
    return list(dict.fromkeys(filter(None, ids)))


def clean_code(text: str) -> str:
    """Return a second factor's code in the panel's form.

    The six digits of an app may be typed in groups and in the digits of any script; a backup code has a hyphen.
    """
    text = _printable(unicodedata.normalize("NFKC", text))
    text = "".join(str(unicodedata.decimal(char, char)) for char in text)
    digits = "".join(char for char in text if char.isalnum())
    if digits.isdecimal() and len(digits) == 6:
        return digits
    text = "".join("-" if char == _MINUS or unicodedata.category(char) == "Pd" else char for char in text)
    return text.strip(_QUOTES + _PUNCTUATION)
