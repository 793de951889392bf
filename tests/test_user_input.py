"""What people type: addresses as a browser shows them, ids, codes."""

from hypothesis import given, strategies as st
import pytest

from custom_components.stellarstack.client.detect import normalize_url
from custom_components.stellarstack.client.exceptions import InvalidUrlError
from custom_components.stellarstack.user_input import clean_code, panel_addresses, parse_server_ids

from .client.support import at_random

HTTPS = "https://panel.example.com"
HTTP = "http://panel.example.com"


@pytest.fixture(autouse=True)
def _integration_and_sockets() -> None:
    """Nothing here needs a running Home Assistant."""


@pytest.fixture(autouse=True)
def _quick_reconnects() -> None:
    """Nor a panel."""


@pytest.mark.parametrize(
    ("typed", "first"),
    [
        (HTTPS, HTTPS),
        (f" {HTTPS}/ \n", HTTPS),
        (f"<{HTTPS}>", HTTPS),
        (f'"{HTTPS}"', HTTPS),
        ("https:// panel.example.com\N{ZERO WIDTH SPACE}", HTTPS),
        ("HTTPS://Panel.Example.com", HTTPS),
        ("panel.example.com", HTTPS),
        ("//panel.example.com", HTTPS),
        ("panel.example.com:8443", f"{HTTPS}:8443"),
        ("panel.example.com/login", HTTPS),
        (f"https://{HTTPS}", HTTPS),
        (f"http://{HTTPS}", HTTPS),
        (f"https://{HTTP}", HTTP),
        ("https//panel.example.com", HTTPS),
        ("https:/panel.example.com", HTTPS),
        ("https:panel.example.com", HTTPS),
        ("wss://panel.example.com/api/ws", HTTPS),
        ("ws://panel.example.com/api/ws", HTTP),
        (f"{HTTPS}/login", HTTPS),
        (f"{HTTPS}/login?next=https://panel.example.com/servers", HTTPS),
        (f"{HTTPS}/servers", HTTPS),
        (f"{HTTPS}/servers/cm3x9/console", HTTPS),
        (f"{HTTPS}/servers/cm3x9/console#latest", HTTPS),
        (f"{HTTPS}/api", HTTPS),
        (f"{HTTPS}/api/", HTTPS),
        (f"{HTTPS}/api/ws", HTTPS),
        (f"{HTTPS}/api/servers/cm3x9", HTTPS),
        (f"{HTTPS}/panel", f"{HTTPS}/panel"),
        (f"{HTTPS}//panel/", f"{HTTPS}/panel"),
        (f"{HTTPS}/games/panel/login", f"{HTTPS}/games/panel"),
        (f"{HTTPS}/games/panel/servers/cm3x9/files", f"{HTTPS}/games/panel"),
        (f"{HTTPS}/games/panel/api/ws?token=x", f"{HTTPS}/games/panel"),
        ("192.168.1.20:3001", "https://192.168.1.20:3001"),
        ("[2001:db8::7]:3001/servers", "https://[2001:db8::7]:3001"),
        ("localhost", "https://localhost"),
        (f"({HTTPS})", HTTPS),
        (f"{HTTPS}/login, ", HTTPS),
        (f"\u201c{HTTPS}\u201d.", HTTPS),
        (f"\u201e{HTTPS}/login\u201c", HTTPS),
        ("\uff48ttps\uff1a\uff0f\uff0fpanel.example.com\uff0flogin", HTTPS),
    ],
)
def test_likeliest_address(typed: str, first: str) -> None:
    assert panel_addresses(typed)[0] == first


@pytest.mark.parametrize(
    ("typed", "addresses"),
    [
        (HTTPS, [HTTPS]),
        (f"{HTTPS}/api/ws/token", [HTTPS]),
        ("panel.example.com", [HTTPS, HTTP]),
        # A page that is not known by its name, or a base path.
        (f"{HTTPS}/games/settings", [f"{HTTPS}/games/settings", f"{HTTPS}/games", HTTPS]),
        ("panel.example.com/games", [f"{HTTPS}/games", HTTPS, f"{HTTP}/games", HTTP]),
        # A base path that is called like a page.
        (f"{HTTPS}/servers", [HTTPS, f"{HTTPS}/servers"]),
        # Whatever stands below its API is no panel, even if it answers like one.
        (f"{HTTPS}/games/api/servers", [f"{HTTPS}/games", HTTPS]),
    ],
)
def test_addresses(typed: str, addresses: list[str]) -> None:
    assert panel_addresses(typed) == addresses


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "https://",
        "://",
        "/login",
        "ftp://panel.example.com",
        "https://ftp://panel.example.com",
        "javascript:alert(1)",
        "mailto:alex@example.com",
        "https://alex:secret@panel.example.com",
        "alex@panel.example.com",
        "http://panel.example.com:port",
        "http://panel.example.com:70000",
        "http://[::1",
        "https://[",
        "http://[]@",
        "https://panel.example.com\\@evil.example",
        "C:\\panel",
    ],
)
def test_no_address(typed: str) -> None:
    with pytest.raises(InvalidUrlError) as raised:
        panel_addresses(typed)
    assert "secret" not in str(raised.value)


def test_few_addresses_are_tried() -> None:
    assert len(panel_addresses(f"panel.example.com/{'deep/' * 300}")) == 18


@at_random
@given(st.text() | st.from_regex(r"(https?:/{0,3})?[a-z.:@\[\]/?#%\\-]{0,30}"))
def test_any_text_is_addresses_or_refused(text: str) -> None:
    try:
        addresses = panel_addresses(text)
    except InvalidUrlError:
        return
    assert addresses == list(dict.fromkeys(normalize_url(address) for address in addresses)) != []


@pytest.mark.parametrize(
    ("typed", "ids"),
    [
        ("cm3x9", ["cm3x9"]),
        (" cm3x9 ", ["cm3x9"]),
        ('"cm3x9"', ["cm3x9"]),
        ("cm3\N{ZERO WIDTH SPACE}x9\N{WORD JOINER}", ["cm3x9"]),
        ("cm3x9,cm4y8", ["cm3x9", "cm4y8"]),
        ("cm3x9; cm4y8\ncm3x9 cm5z7,", ["cm3x9", "cm4y8", "cm5z7"]),
        (f"{HTTPS}/servers/cm3x9", ["cm3x9"]),
        (f"{HTTPS}/games/servers/cm3x9/console?tab=1#end", ["cm3x9"]),
        (f"{HTTPS}/servers/cm3x9/, {HTTPS}/servers/cm4y8/files", ["cm3x9", "cm4y8"]),
        ("/servers/cm3x9", ["cm3x9"]),
        ("servers", ["servers"]),
        ("cm3x9\N{FULLWIDTH COMMA}cm4y8\N{IDEOGRAPHIC COMMA}cm5z7", ["cm3x9", "cm4y8", "cm5z7"]),
        (f"({HTTPS}/servers/cm3x9)", ["cm3x9"]),
        ('["cm3x9", "cm4y8"]', ["cm3x9", "cm4y8"]),
        ("\u201ecm3x9\u201c and cm4y8.", ["cm3x9", "and", "cm4y8"]),
        (f"{HTTPS}/servers/", [f"{HTTPS}/servers"]),
        ("", []),
        (" ,; ", []),
        ("x" * 500, ["x" * 128]),
    ],
)
def test_server_ids(typed: str, ids: list[str]) -> None:
    assert parse_server_ids(typed) == ids


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123456", "123456"),
        (" 123 456\n", "123456"),
        ("123-456", "123456"),
        ("123.456", "123456"),
        ("123\N{NON-BREAKING HYPHEN}456", "123456"),
        ("123\N{EN DASH}456", "123456"),
        ("123\N{NO-BREAK SPACE}456", "123456"),
        ("\N{ZERO WIDTH SPACE}123\N{SOFT HYPHEN}456\N{WORD JOINER}", "123456"),
        ("\uff11\uff12\uff13\uff14\uff15\uff16", "123456"),
        ("\u0661\u0662\u0663\u0664\u0665\u0666", "123456"),
        ("\u0967\u0968\u0969 \u096a\u096b\u096c", "123456"),
        ("aB3dE-Fg7hJ", "aB3dE-Fg7hJ"),
        (" aB3dE\N{NON-BREAKING HYPHEN}Fg7hJ ", "aB3dE-Fg7hJ"),
        ("aB3dE \N{EN DASH} Fg7hJ", "aB3dE-Fg7hJ"),
        ("aB3dE\N{MINUS SIGN}Fg7hJ", "aB3dE-Fg7hJ"),
        ('"aB3dE-Fg7hJ",', "aB3dE-Fg7hJ"),
        ("12345-67890", "12345-67890"),
        ("", ""),
    ],
)
def test_code(typed: str, code: str) -> None:
    assert clean_code(typed) == code
