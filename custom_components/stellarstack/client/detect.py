"""Detection of the panel generation at an address.

This is the only module that imports the generations.
"""

from aiohttp import ClientSession, hdrs

from .credentials import Credentials
from .exceptions import NotThePanelError, OtherApiError, PanelConnectionError, RedirectedError, UnsupportedPanelError
from .http import NO_JSON, Answer, Http, normalize_url, refuse_redirects
from .panel import Panel
from .timing import Timing
from .v1.panel import PanelV1
from .v1.refusals import error_words
from .v1.rest import SOCKET_TOKEN
from .v2.panel import PanelV2
from .v2.rest import ME, error_body

# The last two for those above the client, for whom this is the way to a panel.
__all__ = ["detect_panel", "normalize_url", "refuse_redirects"]


async def detect_panel(
    session: ClientSession, url: str, timing: Timing, credentials: Credentials | None = None
) -> Panel:
    """Return the panel at an address.

    Detection sends no credentials.

    Args:
        session: Should have aiohttp's `DummyCookieJar` and the middleware `refuse_redirects`.
        url: As `normalize_url` returns it.
        timing: How long to wait.
        credentials: Those of the account that the panel is for.

    Raises:
        RedirectedError: The address redirects; `location` is the panel's address there, None if it is none.
        UnsupportedPanelError: A panel's answer, of no known generation.
        OtherApiError: An API that shows no sign of a panel.
        PanelConnectionError: The panel is away, or something else answers in its place.
        RateLimitedError: The panel had too many calls.
    """
    http = Http(session, url, timing)
    answer = await _probe(http, SOCKET_TOKEN)
    if answer.status == 401 and error_words(answer) is not None:
        return PanelV1(http, credentials)
    if answer.status == 404:
        # Generation 2 has no such path.
        answer = await _probe(http, ME)
        if answer.status == 401 and error_body(answer) is not None:
            return PanelV2(http, credentials)
    if answer.status == 200 and not answer.body:
        # The answer of generation 2's web server for any name but the panel's.
        raise NotThePanelError("an empty page: the panel may answer only to its own host name")
    if answer.status >= 500:
        raise PanelConnectionError(f"the panel is away: HTTP {answer.status}")
    # A gateway in front of the panel refuses strangers in JSON of its own, too.
    if answer.content is NO_JSON or answer.status in {401, 403}:
        raise NotThePanelError(f"not the panel's answer: HTTP {answer.status}")
    if _is_panels(answer):
        raise UnsupportedPanelError(f"a panel of no known generation: HTTP {answer.status}")
    raise OtherApiError(f"an API that is no panel's: HTTP {answer.status}")


def _is_panels(answer: Answer) -> bool:
    """Return whether an answer is an error as panels form it.

    Gateways and other products have other forms, or more keys.
    """
    match answer.content:
        case {"error": str(), **rest}:
            return not rest
    return error_body(answer) is not None


async def _probe(http: Http, path: str) -> Answer:
    try:
        return await http.request(hdrs.METH_GET, path)
    except RedirectedError as err:
        location = err.location
        moved = location.removesuffix(path) if location is not None and location.endswith(path) else None
        raise RedirectedError(str(err), moved) from err
