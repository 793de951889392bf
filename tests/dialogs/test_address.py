"""The address of the panel, and what answers there."""

from dataclasses import replace
from unittest.mock import patch

from aiohttp import web
from homeassistant.core import HomeAssistant
import pytest

from custom_components.stellarstack.client.detect import normalize_url
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.const import DATA_TIMING
from custom_components.stellarstack.panel_access import panel_title
from simulator import Account, Panel
from simulator.tls import make_certificate
from tests.common import SERVERS, STATUS
from tests.flows import EMAIL, PASSWORD, PROBE, TLS_HANDSHAKE, Answer, Bench, quick_panel, twin

from .support import answer, connection_of, finish


async def test_invalid_url(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    dialog = await bench.dialog()
    for url in (
        "ftp://panel.example.com",
        "https://",
        "/login",
        "https://alex:secret@panel.example.com",
        "http://panel.example.com:port",
        "http://panel.example.com:70000",
        "http://[::1",
        "https://[",
        "http://[]@",
    ):
        await dialog.submit(url=url, verify_ssl=False)
        assert dialog.form == ("user", {"url": "invalid_url"})
        assert dialog.suggested == {"url": url, "verify_ssl": False}
    assert panel.requests == []
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)


@pytest.mark.parametrize(
    "typed",
    [
        "{url}/",
        " {url} ",
        "{host}",
        "http:{host}",
        "https://{url}",
        "{url}/login",
        "{host}/login?next=%2Fservers",
        "{url}/servers/srv_survival/console",
        "{url}/admin/nodes",
        "{url}/api",
        "{url}/api/servers/srv_survival",
        "{ws}/api/ws",
        "{url}/?page=2#top",
    ],
)
@pytest.mark.parametrize("base_path", ["", "/games/panel"])
async def test_as_the_browser_shows_it(bench: Bench, typed: str, base_path: str) -> None:
    panel = await bench.start(quick_panel(base_path=base_path))
    forms = {"url": panel.url, "host": panel.url.removeprefix("http://"), "ws": panel.url.replace("http:", "ws:")}
    dialog = await bench.dialog(typed.format(**forms))
    assert dialog.placeholders == {"url": panel.url}


@pytest.mark.parametrize("base_path", ["/servers", "/login"])
async def test_base_path_called_like_a_page(bench: Bench, base_path: str) -> None:
    panel = await bench.start(quick_panel(base_path=base_path))
    dialog = await bench.dialog(f"{panel.url}/servers/srv_survival")
    assert dialog.placeholders == {"url": panel.url}


async def test_of_several_addresses_the_one_that_answers_tells(bench: Bench) -> None:
    """Without a scheme, https is tried too; that nothing is there says less than what is on http."""
    host = f"127.0.0.1:{await bench.serve(answer())}"
    dialog = await bench.dialog()
    await dialog.submit(url=f"{host}/games/login", verify_ssl=True)
    assert dialog.form == ("user", {"base": "not_the_panel"})


async def test_no_http_where_https_is_not_trusted(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench
) -> None:
    """Without a scheme, nobody has said that a password may be sent in the clear."""
    secure = await bench.start(twin(panel, tls=True))
    port = await bench.listen(lambda first: secure if first == TLS_HANDSHAKE else panel)
    dialog = await bench.dialog()
    await dialog.submit(url=f"localhost:{port}", verify_ssl=True)
    assert dialog.form == ("user", {"base": "ssl_error"})
    assert panel.requests == []
    await dialog.submit(url=f"localhost:{port}", verify_ssl=False)
    assert dialog.placeholders == {"url": f"https://localhost:{port}"}
    await dialog.sign_in()
    await finish(hass, dialog)
    assert panel.requests == []


async def test_http_where_the_user_says_so(panel: Panel, account: Account, bench: Bench) -> None:
    secure = await bench.start(twin(panel, tls=True))
    port = await bench.listen(lambda first: secure if first == TLS_HANDSHAKE else panel)
    dialog = await bench.dialog(f"http://localhost:{port}")
    assert dialog.placeholders == {"url": f"http://localhost:{port}"}


@pytest.mark.parametrize(
    ("error", "answers"),
    [
        ("cannot_connect", [answer(500), answer(502), answer(503, {"error": "Starting"}), answer(504)]),
        ("rate_limited", [answer(429, {"error": "Too many requests"}, **{"Retry-After": "60"})]),
        (
            "not_the_panel",
            [
                answer(),
                answer(200, ""),
                answer(200, "x" * 300_000),
                answer(401),
                answer(401, {"message": "Unauthorized"}),
                answer(403),
                answer(404),
                answer(302),
                answer(302, Location="/login"),
                answer(302, Location="https://["),
                answer(302, Location="https://alex:secret@127.0.0.1/api/ws/token"),
                answer(301, Location=f"https://panel.example.com{PROBE}"),
                answer(307, Location="https://127.0.0.1/login"),
                answer(307, Location=f"http://127.0.0.1:1{PROBE}"),
            ],
        ),
        # There is nothing on this port.
        ("cannot_connect", [answer(308, Location=f"https://127.0.0.1:1{PROBE}")]),
        ("unsupported_panel", [answer(404, {"status": "ok"}), answer(200, {"token": None})]),
        ("client_certificate", [answer(400, "<title>400 No required SSL certificate was sent</title>")]),
    ],
)
async def test_no_panel(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, error: str, answers: list[Answer]
) -> None:
    dialog = await bench.dialog()
    for give in answers:
        url = f"http://127.0.0.1:{await bench.serve(give)}"
        await dialog.submit(url=url, verify_ssl=True)
        assert dialog.form == ("user", {"base": error})
        assert dialog.suggested == {"url": url, "verify_ssl": True}
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)


async def test_panel_of_generation_2(hass: HomeAssistant, bench: Bench) -> None:
    async def answer(request: web.BaseRequest) -> web.StreamResponse:
        if request.path == "/api/me":
            return web.json_response({"error": {"code": "auth.session.invalid"}}, status=401)
        return web.Response(status=404, text="404 Not Found")

    dialog = await bench.dialog()
    await dialog.submit(url=f"http://127.0.0.1:{await bench.serve(answer)}", verify_ssl=True)
    assert dialog.menu == ("auth_method", ["credentials", "session"])


async def test_panel_is_off(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    await panel.stop()
    dialog = await bench.dialog()
    await dialog.submit(url=panel.url, verify_ssl=True)
    assert dialog.form == ("user", {"base": "cannot_connect"})
    await panel.start()
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)


async def test_panel_is_silent(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, timing: Timing
) -> None:
    panel.delay(PROBE, 60)
    dialog = await bench.dialog()
    hass.data[DATA_TIMING] = replace(timing, request=0.05)
    await dialog.submit(url=panel.url, verify_ssl=True)
    assert dialog.form == ("user", {"base": "timeout_connect"})
    hass.data[DATA_TIMING] = timing
    panel.clear_faults()
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)


async def test_certificate(hass: HomeAssistant, panel: Panel, bench: Bench) -> None:
    """A certificate that the panel made itself is taken only when the user says so."""
    secure = await bench.start(quick_panel(tls=True))
    secure.add_account(EMAIL, PASSWORD)
    dialog = await bench.dialog()
    for url in (secure.url, panel.url.replace("http:", "https:")):
        await dialog.submit(url=url, verify_ssl=True)
        assert dialog.form == ("user", {"base": "ssl_error"})
    await dialog.submit(url=secure.url, verify_ssl=False)
    await dialog.sign_in()
    entry = await finish(hass, dialog)
    (session,) = secure.accounts.sessions.values()
    assert session.cookie.startswith("__Secure-")
    assert connection_of(entry) == {"url": secure.url, "verify_ssl": False, "session": session.cookie}


async def test_base_path(hass: HomeAssistant, bench: Bench) -> None:
    panel = await bench.start(quick_panel(base_path="/games/panel"))
    account = panel.add_account(EMAIL, PASSWORD, two_factor=True)
    panel.add_server("Survival", owner=account, server_id="srv_survival")
    assert panel.url.endswith("/games/panel")
    dialog = await bench.dialog(f"{panel.url}/?page=2#top")
    await dialog.sign_in()
    await dialog.submit(code=account.totp())
    entry = await finish(hass, dialog, SERVERS.keys() & dialog.choices("servers").keys())
    assert entry.data["url"] == panel.url
    assert entry.title == panel.url.removeprefix("http://").removesuffix("/games/panel")
    assert hass.states.is_state(STATUS, "running")


@pytest.mark.parametrize("base_path", ["", "/panel"])
async def test_http_leads_to_https(hass: HomeAssistant, bench: Bench, base_path: str) -> None:
    """An address that only sends on to https, on the same host, is taken as the one it sends to."""
    panel = await bench.start(quick_panel(tls=True, base_path=base_path))
    panel.add_account(EMAIL, PASSWORD)
    port = await bench.serve(answer(301, Location=f"{panel.url}{PROBE}"))
    dialog = await bench.dialog(f"http://localhost:{port}{base_path}", verify_ssl=False)
    assert dialog.placeholders == {"url": panel.url}
    await dialog.sign_in()
    entry = await finish(hass, dialog)
    assert entry.data["url"] == panel.url


async def test_https_has_no_panel_either(hass: HomeAssistant, panel: Panel, account: Account, bench: Bench) -> None:
    certificate, _ = make_certificate()
    dialog = await bench.dialog()
    for give, error in ((answer(302, Location="/login"), "not_the_panel"), (answer(502), "cannot_connect")):
        target = f"https://localhost:{await bench.serve(give, certificate)}{PROBE}"
        port = await bench.serve(answer(301, Location=target))
        await dialog.submit(url=f"http://localhost:{port}", verify_ssl=False)
        assert dialog.form == ("user", {"base": error})
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)


def test_title() -> None:
    for url, title in (
        ("https://panel.example.com", "panel.example.com"),
        ("https://panel.example.com:443/games/", "panel.example.com"),
        ("http://panel.example.com:80", "panel.example.com"),
        ("https://panel.example.com:8443", "panel.example.com:8443"),
        ("http://192.0.2.7:3001/panel", "192.0.2.7:3001"),
        ("http://[2001:db8::7]:3001", "[2001:db8::7]:3001"),
        ("https://sp\u00e4ti.example:443", "sp\u00e4ti.example"),
    ):
        assert panel_title(normalize_url(url)) == title


async def test_unexpected_exception(
    hass: HomeAssistant, panel: Panel, account: Account, bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    dialog = await bench.dialog()
    with patch("custom_components.stellarstack.panel_access.create_websession", side_effect=RuntimeError):
        await dialog.submit(url=panel.url, verify_ssl=True)
    assert dialog.form == ("user", {"base": "unknown"})
    assert "Unexpected exception" in caplog.text
    caplog.clear()
    await dialog.submit(url=panel.url, verify_ssl=True)
    await dialog.sign_in()
    await finish(hass, dialog)
