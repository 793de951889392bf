"""All the forms in which a user may hold a session."""

import json
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


SIGNED = f"{TOKEN}.{'Ab1%2B%2F' * 8}xyz%3D"
"""With a signature as long as Better Auth's."""
HEADERS = (
    "GET /api/ws HTTP/1.1",
    "Host: panel.example.com",
    f"Cookie: theme=dark; {COOKIE_NAME}={SIGNED}",
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64)",
    "Accept-Language: en",
)


@pytest.mark.parametrize(
    "pasted",
    [
        pytest.param("\r\n".join(HEADERS), id="block of headers"),
        pytest.param(" ".join(HEADERS), id="block of headers on one line"),
        pytest.param("".join(HEADERS), id="block of headers without line breaks"),
        pytest.param(
            "curl 'https://panel.example.com/api/servers' \\\n  -H 'accept: */*' \\\n"
            f"  -b 'theme=dark; {COOKIE_NAME}={SIGNED}' \\\n  -H 'user-agent: Mozilla/5.0' --compressed",
            id="cURL",
        ),
        pytest.param(
            f"curl 'https://panel.example.com/' -H 'Cookie: {COOKIE_NAME}={SIGNED}; lang=en' -H 'Connection: close'",
            id="cURL of Firefox",
        ),
        pytest.param(
            'curl ^"https://panel.example.com/api/servers^" ^\r\n  -b ^"theme=dark; '
            f'{COOKIE_NAME}={SIGNED.replace("%", "^%")}^" ^\r\n  -H ^"user-agent: Mozilla/5.0^"',
            id="cURL for Windows",
        ),
        pytest.param(
            f'$session.Cookies.Add((New-Object System.Net.Cookie("{COOKIE_NAME}", "{SIGNED}", "/", "example.com")))',
            id="PowerShell",
        ),
        pytest.param(f'fetch("/api/servers", {{"headers": {{"cookie": "{COOKIE_NAME}={SIGNED}; a=b"}}}});', id="fetch"),
        pytest.param(f"{COOKIE_NAME}\t{SIGNED}\tpanel.example.com\t/\t2026-12-03\t120\t✓\t\tLax", id="row of Chrome"),
        pytest.param(f'{COOKIE_NAME}:"{SIGNED}"\nCreated:"Thu, 26 Nov 2026"\nHttpOnly:true', id="pane of Firefox"),
        pytest.param(
            "# Netscape HTTP Cookie File\n"
            "panel.example.com\tFALSE\t/\tFALSE\t1796000000\ttheme\tdark\n"
            f"#HttpOnly_panel.example.com\tFALSE\t/\tFALSE\t1796000000\t{COOKIE_NAME}\t{SIGNED}\n"
            "panel.example.com\tFALSE\t/\tFALSE\t0\tlang\ten\n",
            id="cookies.txt",
        ),
        pytest.param(
            f"#HttpOnly_a.example\tFALSE\t/\tFALSE\t1796000000\t{COOKIE_NAME}\t{SIGNED}a.example\tFALSE\t/",
            id="cookies.txt without line breaks",
        ),
        pytest.param(
            json.dumps(
                [
                    {"domain": "a.example", "name": "theme", "value": "dark"},
                    {"domain": "a.example", "httpOnly": True, "name": COOKIE_NAME, "path": "/", "value": SIGNED},
                ],
                indent=2,
            ),
            id="JSON of an extension",
        ),
        pytest.param(json.dumps({"Request Cookies": {"theme": "dark", COOKIE_NAME: SIGNED}}), id="JSON of Firefox"),
        pytest.param(
            json.dumps({"log": {"headers": [{"name": "Cookie", "value": f"a=b; {COOKIE_NAME}={SIGNED}"}]}}), id="HAR"
        ),
        pytest.param(f"\u201c{COOKIE_NAME}={SIGNED}\u201d", id="typographic quotes"),
        pytest.param(f"\u200b{COOKIE_NAME}\u2060={SIGNED[:40]}\u200b{SIGNED[40:]}\ufeff", id="without width"),
        pytest.param(f"{COOKIE_NAME}\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{SIGNED}", id="no-break spaces"),
        pytest.param(f"`{COOKIE_NAME}={SIGNED}`", id="Markdown"),
        pytest.param(f"| Name | Value |\n| --- | --- |\n| {COOKIE_NAME} | {SIGNED} |", id="table of Markdown"),
        pytest.param(f'{{ "{COOKIE_NAME}" => "{SIGNED}" }}', id="Ruby"),
        pytest.param(f"{COOKIE_NAME}\N{FULLWIDTH EQUALS SIGN}{SIGNED}", id="wide equals sign"),
    ],
)
def test_as_people_copy_it(pasted: str) -> None:
    assert parse_credentials(pasted, secure=False) == [Credentials(cookie=f"{COOKIE_NAME}={SIGNED}")]


@pytest.mark.parametrize("width", [10, 40, 60, 72])
def test_value_broken_into_lines(width: int) -> None:
    """As a terminal or a mail does it; the first line alone is a cookie that no panel accepts."""
    header = f"Cookie: theme=dark; {COOKIE_NAME}={SIGNED}"
    lines = [header[start : start + width] for start in range(0, len(header), width)]

    assert Credentials(cookie=f"{COOKIE_NAME}={SIGNED}") in parse_credentials("\n".join(lines), secure=False)


@pytest.mark.parametrize(
    "pasted",
    [
        f"\u201c{TOKEN}\u201d",
        f"{TOKEN[:9]}\u200b{TOKEN[9:]}",
        json.dumps(TOKEN),
        json.dumps({"token": TOKEN, "userId": "user-1"}),
        json.dumps(
            {"session": {"id": "session-1", "token": TOKEN, "userAgent": "Mozilla/5.0"}, "user": {"id": "user-1"}}
        ),
    ],
)
def test_raw_token_as_people_copy_it(pasted: str) -> None:
    assert parse_credentials(pasted, secure=False) == [Credentials(token=TOKEN)]


def test_one_text_is_taken_for_a_few_credentials_at_most() -> None:
    pasted = "; ".join(f"{COOKIE_NAME}={TOKEN}.{number}" for number in range(100))

    assert len(parse_credentials(pasted, secure=False)) == 4


@pytest.mark.parametrize("part", ["a", "session_token", "[", '{"a":'])
def test_a_long_text_is_no_session(part: str) -> None:
    assert parse_credentials(part * 100_000, secure=False) == []


def test_quotes_around_the_value() -> None:
    assert parse_credentials(f'{COOKIE_NAME}="{ENCODED}"', secure=False) == [
        Credentials(cookie=f"{COOKIE_NAME}={ENCODED}")
    ]


@pytest.mark.parametrize(
    "pasted",
    [
        "{},",
        "{};",
        "<{}>",
        "({})",
        "\u201e{}\u201c",
        "\u00ab{}\u00bb",
        "Session: {}",
        f"**{COOKIE_NAME}**: {{}}",
    ],
)
def test_signed_value_among_other_words(pasted: str) -> None:
    found = [Credentials(cookie=f"{name}={SIGNED}") for name in (COOKIE_NAME, SECURE_COOKIE_NAME)]
    assert parse_credentials(pasted.format(SIGNED), secure=False) == found


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


@pytest.mark.parametrize(
    "pasted", [TOKEN, f" {TOKEN}\n", f'"{TOKEN}"', f"{COOKIE_NAME}={TOKEN}", f"{TOKEN}.", f"{TOKEN};"]
)
def test_raw_token(pasted: str) -> None:
    assert parse_credentials(pasted, secure=False) == [Credentials(token=TOKEN)]


@pytest.mark.parametrize(
    "pasted",
    [
        "",
        " \n",
        '""',
        "two words",
        "copy the session_token cookie",
        "Cookie: theme=dark",
        f"Cookie: other={SIGNED}",
        f"Authorization: Bearer {TOKEN}.{TOKEN}.{SIGNED}",
        '{"theme": "dark"}',
        "[]",
        "42 words",
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
