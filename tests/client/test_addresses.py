"""What a user may type as a panel's address."""

from hypothesis import given, strategies as st
import pytest

from custom_components.stellarstack.client.exceptions import InvalidUrlError
from custom_components.stellarstack.client.http import normalize_url

from .support import at_random


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("http://panel.example.com", "http://panel.example.com"),
        (" https://panel.example.com/\n", "https://panel.example.com"),
        ("HTTPS://Panel.Example.COM:443", "https://panel.example.com"),
        ("http://192.168.1.5:3001/", "http://192.168.1.5:3001"),
        ("http://[2001:db8::1]:3001", "http://[2001:db8::1]:3001"),
        ("https://example.com/games/panel//", "https://example.com/games/panel"),
        ("https://example.com/panel?tab=1#top", "https://example.com/panel"),
        (f"https://example.com/panel?next={'x' * 5000}", "https://example.com/panel"),
        ("https://münchen.example", "https://xn--mnchen-3ya.example"),
    ],
)
def test_address_becomes_origin_and_base_path(text: str, url: str) -> None:
    assert normalize_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        *("", "panel.example.com", "panel.example.com:3001", "ftp://panel.example.com", "ws://panel.example.com"),
        *("http://", "http:///api", "/api", "http://panel.example.com:port", "http://panel.example.com:70000"),
        *("https://[", "http://[]@", "http://[::1", "http://:80", "http://two words", "http://xn--a", "http://℀.com"),
        *(
            "http://alex@panel.example.com",
            "http://alex:hunter2@panel.example.com",
            "http://:hunter2@[",
            "http://a:b@c",
        ),
        "https://panel.example.com/" + "x" * 2000,
    ],
)
def test_what_is_no_address(text: str) -> None:
    with pytest.raises(InvalidUrlError) as raised:
        normalize_url(text)
    # What reads addresses quotes them in its errors, passwords included.
    assert raised.value.__context__ is None


@at_random
@given(st.text() | st.text().map("http://{}".format) | st.from_regex(r"https?://[a-z.:@\[\]]{1,12}/?[ -~]{0,9}"))
def test_any_text_is_an_address_or_refused(text: str) -> None:
    try:
        url = normalize_url(text)
    except InvalidUrlError:
        return
    assert normalize_url(url) == url
