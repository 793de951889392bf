"""Each call of generation 1 and each answer: the panel's own refusals, and what is not the panel's word."""

from dataclasses import replace

from aiohttp import ClientSession, web
import pytest

from custom_components.stellarstack.client.credentials import Credentials
from custom_components.stellarstack.client.exceptions import (
    AnswerLostError,
    ForbiddenError,
    NotFoundError,
    NotSentError,
    PanelConnectionError,
    PanelTimeoutError,
    RateLimitedError,
    RedirectedError,
    ResponseError,
)
from custom_components.stellarstack.client.http import Http
from custom_components.stellarstack.client.timing import Timing
from custom_components.stellarstack.client.v1.rest import Rest
from simulator import Panel

from .calls import ACTIONS, Call, every_action, every_call, every_question
from .support import ELSEWHERE, Serve


@pytest.fixture
def impatient(session: ClientSession, panel: Panel, credentials: Credentials) -> Rest:
    """The calls, with little time for an answer."""
    timing = replace(Timing(), request=0.4, power_request=0.4, backup=0.4)
    return Rest(Http(session, panel.url, timing), credentials)


# No answer of the panel.


@every_question
async def test_question_without_an_answer(impatient: Rest, panel: Panel, path: str, call: Call) -> None:
    panel.delay(path, 60)
    with pytest.raises(PanelTimeoutError):
        await call(impatient)

    await panel.stop()
    with pytest.raises(PanelConnectionError) as raised:
        await call(impatient)
    assert type(raised.value) is PanelConnectionError


@every_action
async def test_action_without_an_answer(impatient: Rest, panel: Panel, path: str, call: Call) -> None:
    panel.delay(path, 60)
    with pytest.raises(AnswerLostError):
        await call(impatient)

    await panel.stop()
    with pytest.raises(NotSentError):
        await call(impatient)


@every_call
@pytest.mark.parametrize(("status", "body"), ELSEWHERE)
async def test_answer_from_elsewhere(
    rest: Rest, panel: Panel, path: str, call: Call, status: int, body: object
) -> None:
    panel.fail(path, status, body)

    with pytest.raises(PanelConnectionError) as raised:
        await call(rest)
    assert isinstance(raised.value, AnswerLostError) is (status >= 500 and call in ACTIONS.values())


@every_call
@pytest.mark.parametrize("status", [502, 504, 520, 524])
async def test_gateway_that_speaks_as_the_panel_does(
    rest: Rest, panel: Panel, path: str, call: Call, status: int
) -> None:
    panel.fail(path, status, {"error": "Bad Gateway"})

    with pytest.raises(PanelConnectionError) as raised:
        await call(rest)
    assert isinstance(raised.value, AnswerLostError) is (call in ACTIONS.values())


@every_call
async def test_redirect(session: ClientSession, serve: Serve, path: str, call: Call) -> None:
    async def redirect(request: web.BaseRequest) -> web.Response:
        return web.Response(status=307, headers={"Location": f"https://panel.example.com{request.path}"})

    with pytest.raises(RedirectedError):
        await call(Rest(Http(session, await serve(redirect), Timing()), Credentials()))


@every_call
async def test_rate_limit(rest: Rest, panel: Panel, path: str, call: Call) -> None:
    panel.fail(path, 429, headers={"Retry-After": "7"})

    with pytest.raises(RateLimitedError) as raised:
        await call(rest)
    assert raised.value.retry_after == 7


# Refusals of the panel itself.


@pytest.mark.parametrize(
    ("status", "body", "error", "reason"),
    [
        (400, {"error": "Bad"}, ResponseError, "Bad"),
        (403, {"error": "Forbidden"}, ForbiddenError, "Forbidden"),
        (403, {"code": "SOMETHING_NEW", "message": "Not you"}, ForbiddenError, "Not you"),
        (404, {"error": "Unknown"}, NotFoundError, "Unknown"),
        (418, {"error": ""}, ResponseError, None),
        (500, {"error": "x" * 1000}, ResponseError, "x" * 200),
        (503, {"error": "Service Unavailable"}, ResponseError, "Service Unavailable"),
    ],
)
@every_call
async def test_refusal_keeps_the_panels_words(
    rest: Rest,
    panel: Panel,
    path: str,
    call: Call,
    status: int,
    body: object,
    error: type[ResponseError],
    reason: str | None,
) -> None:
    panel.fail(path, status, body)

    with pytest.raises(error) as raised:
        await call(rest)
    assert type(raised.value) is error
    assert (raised.value.status, raised.value.reason) == (status, reason)
