"""All the forms in which a user may hold a session."""

import re

from hypothesis import given, strategies as st
import pytest

from custom_components.stellarstack.client.credentials import (
    COOKIE_NAME,
    SECURE_COOKIE_NAME,
    Credentials,
    parse_credentials,
)

from .support import at_random

TOKEN = "Xp7Rk2mQ9sLw4vTz8nYb1cHd6fJg3aKe"
ENCODED = f"{TOKEN}.c2lnbmF0dXJl%2Bb2Yvc29tZXRoaW5nPQ%3D%3D"
DECODED = f"{TOKEN}.c2lnbmF0dXJl+b2Yvc29tZXRoaW5nPQ=="


@pytest.mark.parametrize("value", [ENCODED, DECODED])
@pytest.mark.parametrize("name", [COOKIE_NAME, SECURE_COOKIE_NAME, "custom.session_token"])
@pytest.mark.parametrize("secure", [True, False])
def test_named_cookie(name: str, value: str, secure: bool) -> None:
    assert parse_credentials(f"{name}={value}", secure=secure) == [Credentials(cookie=f"{name}={value}")]


@pytest.mark.parametrize(
    "pasted",
    [
        "  {}\n",
        '"{}"',
        "'{}'",
        "Cookie: {}",
        "cookie: {}; theme=dark",
        "theme=dark; {}",
        "theme=dark;{};lang=en",
        "Set-Cookie: {}; Max-Age=604800; Path=/; HttpOnly; Secure; SameSite=Lax",
        "{};",
        "better-auth.two_factor=other.signature; {}",
    ],
)
def test_named_cookie_among_other_words(pasted: str) -> None:
    cookie = f"{COOKIE_NAME}={ENCODED}"

    assert parse_credentials(pasted.format(cookie), secure=False) == [Credentials(cookie=cookie)]


def test_quotes_around_the_value() -> None:
    assert parse_credentials(f'{COOKIE_NAME}="{ENCODED}"', secure=False) == [
        Credentials(cookie=f"{COOKIE_NAME}={ENCODED}")
    ]


@pytest.mark.parametrize(
    ("secure", "names"), [(False, [COOKIE_NAME, SECURE_COOKIE_NAME]), (True, [SECURE_COOKIE_NAME, COOKIE_NAME])]
)
@pytest.mark.parametrize("value", [ENCODED, DECODED])
def test_signed_value_alone_may_have_either_name(value: str, secure: bool, names: list[str]) -> None:
    assert parse_credentials(value, secure=secure) == [Credentials(cookie=f"{name}={value}") for name in names]


@pytest.mark.parametrize(
    ("secure", "names"), [(False, [COOKIE_NAME, SECURE_COOKIE_NAME]), (True, [SECURE_COOKIE_NAME, COOKIE_NAME])]
)
def test_of_two_named_cookies_the_likelier_comes_first(secure: bool, names: list[str]) -> None:
    pasted = f"{COOKIE_NAME}={ENCODED}; {SECURE_COOKIE_NAME}={ENCODED}"

    assert parse_credentials(pasted, secure=secure) == [Credentials(cookie=f"{name}={ENCODED}") for name in names]


@pytest.mark.parametrize("pasted", [TOKEN, f" {TOKEN}\n", f'"{TOKEN}"', f"{COOKIE_NAME}={TOKEN}", f"{TOKEN}."])
def test_raw_token(pasted: str) -> None:
    assert parse_credentials(pasted, secure=False) == [Credentials(token=TOKEN)]


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        " \n",
        '""',
        "two words",
        "theme=dark; lang=en",
        "Cookie:",
        f"{COOKIE_NAME}=",
        "pässword",
        "x" * 1025,
        "<html>",
    ],
)
def test_what_is_no_session(pasted: str) -> None:
    assert parse_credentials(pasted, secure=False) == []


@pytest.mark.parametrize(
    "credentials",
    [Credentials(cookie=f"{COOKIE_NAME}={value}") for value in (ENCODED, DECODED)]
    + [Credentials(token=token) for token in (TOKEN, "padded==")],
)
def test_stored_credentials_come_back(credentials: Credentials) -> None:
    assert Credentials.from_stored(credentials.stored) == credentials


def test_nothing_to_store() -> None:
    assert Credentials().stored == ""


def test_repr_tells_nothing() -> None:
    assert repr(Credentials(cookie=f"{COOKIE_NAME}={ENCODED}", token=TOKEN)) == "Credentials()"


@at_random
@given(st.text() | st.from_regex(rf"({re.escape(COOKIE_NAME)}=)?[ -~]{{0,40}}"), st.booleans())
def test_any_text_is_a_list_of_credentials_fit_for_a_header(pasted: str, secure: bool) -> None:
    for credentials in parse_credentials(pasted, secure=secure):
        if credentials.cookie is not None:
            assert re.fullmatch(r"[\w.-]+=[!-:<-~]+", credentials.cookie, re.ASCII)
        else:
            assert credentials.token is not None
