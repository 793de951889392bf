"""Finding out what answers at an address."""

from dataclasses import replace

from aiohttp import ClientSession, web
import pytest

from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.detect import detect_panel
from custom_components.stellarstack.client.exceptions import (
    NotThePanelError,
    OtherApiError,
    PanelConnectionError,
    RateLimitedError,
    RedirectedError,
    StellarStackError,
    UnsupportedPanelError,
)
from custom_components.stellarstack.client.panel import Capabilities
from custom_components.stellarstack.client.timing import Timing
from simulator import Panel
from simulator.accounts import Account

from .support import ELSEWHERE, EMAIL, PASSWORD, Serve, StartPanel
from .v2.recorded import RecordedPanel

TOKEN = "/api/ws/token"
ME = "/api/me"
COOKIE = Credentials(cookie="better-auth.session_token=x.y")
GENERATION_1 = Capabilities(
    calls=True,
    explains_stops=True,
    swap=True,
    location=True,
    disk_usage=True,
    power_by_live=False,
    raw_token=True,
    echoes=True,
    error_is_crash=True,
    shared_details=True,
    rows_add=True,
)


async def test_generation_1(session: ClientSession, panel: Panel) -> None:
    found = await detect_panel(session, panel.url, Timing())

    assert found.capabilities == replace(GENERATION_1, calls=False, explains_stops=False, rows_add=False)
    assert panel.requests == [("GET", TOKEN)]


async def test_generation_1_with_a_cookie(session: ClientSession, panel: Panel, credentials: Credentials) -> None:
    found = await detect_panel(session, panel.url, Timing(), credentials)

    assert found.capabilities == GENERATION_1
    # To whom the cookie is shown must be known first.
    assert [headers.get("Cookie") for _, _, headers in panel.request_headers] == [None]


async def test_generation_1_with_a_raw_token(session: ClientSession, panel: Panel) -> None:
    found = await detect_panel(session, panel.url, Timing(), Credentials(token="token"))

    assert not found.capabilities.calls


async def test_found_panel_can_be_signed_in_to(session: ClientSession, panel: Panel, account: Account) -> None:
    found = await detect_panel(session, panel.url, Timing())

    credentials = await found.sign_in(EMAIL, PASSWORD)
    assert isinstance(credentials, Credentials)
    mine = found.with_credentials(credentials)
    assert (await mine.account()).id == account.id
    assert len(await mine.servers()) == 3
    assert mine.capabilities.calls
    assert not found.capabilities.calls


async def test_generation_1_below_a_base_path(session: ClientSession, start_panel: StartPanel) -> None:
    panel = await start_panel(base_path="games/panel")

    assert await detect_panel(session, panel.url, Timing())


async def test_generation_2(session: ClientSession, serve: Serve) -> None:
    recorded = RecordedPanel()
    found = await detect_panel(session, await serve(recorded.handle), Timing(), COOKIE)

    assert found.capabilities.calls
    assert not found.capabilities.swap
    assert recorded.requests == [("GET", TOKEN), ("GET", ME)]
    # To whom the cookie is shown must be known first.
    assert recorded.cookies == [None, None]


async def test_wrong_name_of_a_panel_of_generation_2(session: ClientSession, serve: Serve) -> None:
    async def answer_nothing(request: web.BaseRequest) -> web.Response:
        return web.Response()

    with pytest.raises(NotThePanelError, match="host name"):
        await detect_panel(session, await serve(answer_nothing), Timing())


@pytest.mark.parametrize(("status", "body"), [case for case in ELSEWHERE if case[0] not in {200, 404, 409}])
async def test_something_answers_in_the_panels_place(
    session: ClientSession, panel: Panel, status: int, body: object
) -> None:
    for path in (TOKEN, ME):
        panel.fail(path, status, body)

    with pytest.raises(PanelConnectionError):
        await detect_panel(session, panel.url, Timing())


@pytest.mark.parametrize("body", [b"", "<html>Welcome</html>"])
@pytest.mark.parametrize("status", [200, 204, 404])
async def test_web_page_in_the_panels_place(session: ClientSession, panel: Panel, status: int, body: object) -> None:
    panel.fail(TOKEN, status, body)
    panel.fail(ME, 404, body)

    with pytest.raises(NotThePanelError):
        await detect_panel(session, panel.url, Timing())


async def test_web_page_for_all_but_the_token(session: ClientSession, panel: Panel) -> None:
    panel.fail(TOKEN, 404, b"")
    panel.fail(ME, 200, "<html>Welcome</html>")

    with pytest.raises(NotThePanelError):
        await detect_panel(session, panel.url, Timing())


@pytest.mark.parametrize(
    ("token", "me", "error"),
    [
        ((400, {"error": "Bad request"}), (404, b""), UnsupportedPanelError),
        ((404, {"error": "Not found"}), (404, {"error": "Not found"}), UnsupportedPanelError),
        ((404, b""), (404, {"error": {"code": "not.found"}}), UnsupportedPanelError),
        ((200, {"token": "x", "userId": "y"}), (404, b""), OtherApiError),
        ((200, ["ok"]), (404, b""), OtherApiError),
        ((404, b""), (404, {"message": "no Route matched with those values"}), OtherApiError),
        ((404, b""), (404, {"status": 404, "error": "Not Found", "path": "/api/me"}), OtherApiError),
        ((404, b""), (404, {"error": {"code": 404}}), OtherApiError),
        ((404, b""), (200, {"id": 5}), OtherApiError),
    ],
)
async def test_another_api(
    session: ClientSession,
    panel: Panel,
    token: tuple[int, object],
    me: tuple[int, object],
    error: type[StellarStackError],
) -> None:
    """Only what speaks as a panel does may be one that is not known."""
    panel.fail(TOKEN, *token)
    panel.fail(ME, *me)

    with pytest.raises(error) as raised:
        await detect_panel(session, panel.url, Timing())
    assert type(raised.value) is error


@pytest.mark.parametrize("path", [TOKEN, ME])
@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_panel_in_trouble(session: ClientSession, panel: Panel, path: str, status: int) -> None:
    panel.fail(TOKEN, 404, b"")
    panel.fail(path, status)

    with pytest.raises(PanelConnectionError):
        await detect_panel(session, panel.url, Timing())


@pytest.mark.parametrize("path", [TOKEN, ME])
async def test_rate_limit(session: ClientSession, panel: Panel, path: str) -> None:
    panel.fail(TOKEN, 404, b"")
    panel.fail(path, 429, headers={"Retry-After": "7"})

    with pytest.raises(RateLimitedError) as raised:
        await detect_panel(session, panel.url, Timing())
    assert raised.value.retry_after == 7


async def test_nothing(session: ClientSession, panel: Panel) -> None:
    await panel.stop()

    with pytest.raises(PanelConnectionError):
        await detect_panel(session, panel.url, Timing())


@pytest.mark.parametrize(
    ("location", "address"),
    [
        ("https://panel.example.com/api/ws/token", "https://panel.example.com"),
        ("https://example.com/games/panel/api/ws/token", "https://example.com/games/panel"),
        ("https://panel.example.com/login", None),
        ("https://alex:hunter2@panel.example.com/api/ws/token", None),
        ("/login", None),
    ],
)
async def test_redirect_tells_the_panels_address(
    session: ClientSession, serve: Serve, location: str, address: str | None
) -> None:
    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=301, headers={"Location": location})

    with pytest.raises(RedirectedError) as raised:
        await detect_panel(session, await serve(redirect), Timing())
    assert raised.value.location == address
