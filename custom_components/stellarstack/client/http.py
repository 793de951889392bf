"""One bounded HTTP request, or one upgrade to a WebSocket.

What an answer means is for others to judge: here it is only read. Cookies travel by hand: aiohttp's jar drops those of
addresses without a name and never returns a `Secure` one over http, while a panel behind a proxy sets just these.
Redirects are never followed, every wait and every size is bounded.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cached_property
import re
import ssl
from typing import Any, Final

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientConnectorSSLError,
    ClientError,
    ClientHandlerType,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    ClientTimeout,
    ClientWebSocketResponse,
    ClientWSTimeout,
    ConnectionTimeoutError,
    WSServerHandshakeError,
    hdrs,
)
from multidict import CIMultiDictProxy
import orjson
from yarl import URL

from .exceptions import (
    AnswerLostError,
    ClientCertificateError,
    ClosedError,
    InvalidUrlError,
    NotSentError,
    NotThePanelError,
    PanelConnectionError,
    PanelTimeoutError,
    PanelTlsError,
    RateLimitedError,
    RedirectedError,
    UntrustedCertificateError,
    WebSocketBlockedError,
)
from .timing import Timing

NO_JSON: Final = object()
"""The content of an answer that is no JSON: a web page, or nothing at all. Not to be taken for the panel's null."""

SMALL: Final = 256 * 1024
"""Bytes of an answer about one thing; real ones have a few thousand."""
LARGE: Final = 32 * 1024 * 1024
"""Bytes of a list: some ten thousand servers."""

_CLOCKS_AGREE = timedelta(seconds=2)
_LARGEST_MESSAGE = 16 * 1024 * 1024
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TLS_ERRORS = (ClientConnectorSSLError, ClientSSLError, ssl.SSLError)
# The alerts of a server without nginx that requires a client certificate: by TLS 1.3, and by Go's TLS 1.2.
_CERTIFICATE_ALERTS = frozenset({"TLSV13_ALERT_CERTIFICATE_REQUIRED", "SSLV3_ALERT_BAD_CERTIFICATE"})
# What is raised before the first byte is sent; a ValueError is a header or host that cannot be sent.
_UNSENT_ERRORS = (ClientConnectorError, ConnectionTimeoutError, ValueError)
_HOST = re.compile(r"[A-Za-z0-9._~:%-]+")
_LONGEST_ADDRESS = 2000
"""Characters; a redirect may name one of any length."""


@dataclass(frozen=True)
class Answer:
    """An answer, whatever its status."""

    status: int
    headers: CIMultiDictProxy[str] = field(repr=False)
    body: bytes = field(repr=False)

    @cached_property
    def content(self) -> Any:
        """Return the JSON of the body; `NO_JSON` for anything else."""
        try:
            return orjson.loads(self.body)
        except ValueError:
            return NO_JSON

    def text(self, key: str) -> str | None:
        """Return a text of the JSON object, None when there is none."""
        value = self.content.get(key) if isinstance(self.content, dict) else None
        return value if isinstance(value, str) else None

    @property
    def date(self) -> datetime | None:
        """Return the time in the answer's `Date` header.

        It is by the sender's clock, in whole seconds.
        """
        return _date(self.headers.get(hdrs.DATE, ""))

    @property
    def now(self) -> datetime:
        """Return the present time by the sender's clock.

        It need not agree with the clock of this machine.
        """
        now = datetime.now(UTC)
        # A header has whole seconds only, so the own clock is better as long as both agree.
        return self.date if self.date is not None and abs(self.date - now) > _CLOCKS_AGREE else now


def normalize_url(text: str) -> str:
    """Return a panel's address as origin and base path.

    It has no trailing slash.

    Raises:
        InvalidUrlError: It is no http or https address, is too long, or holds a user name or password.
    """
    try:
        url = URL(text.strip())
        if (
            url.scheme in {"http", "https"}
            # Reading the host decodes it, which fails for some.
            and url.host
            and _HOST.fullmatch(url.raw_host or "")
            and url.user is None
            and url.password is None
        ):
            address = str(url.origin()) + url.raw_path.rstrip("/")
            if len(address) <= _LONGEST_ADDRESS:
                return address
    except ValueError, IndexError:
        # The text may hold a password, and so do the errors of what reads it.
        pass
    raise InvalidUrlError("no http or https address")


async def refuse_redirects(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Client middleware that follows no redirect, WebSocket upgrades included.

    Raises:
        RedirectedError: The answer is a redirect.
    """
    response = await handler(request)
    if response.status in _REDIRECTS:
        response.close()
        raise _redirected(response)
    return response


class Http:
    """Requests to one panel.

    Every method raises `PanelConnectionError` (or one of its kinds) when no answer came, `RateLimitedError` on HTTP 429
    and `RedirectedError` on a redirect.
    """

    def __init__(self, session: ClientSession, url: str, timing: Timing) -> None:
        """Send nothing yet.

        Args:
            session: Should have aiohttp's `DummyCookieJar` and the middleware `refuse_redirects`.
            url: The panel's address, as `normalize_url` returns it.
            timing: How long to wait.
        """
        self._session = session
        self._url = url
        self._timing = timing

    @property
    def url(self) -> str:
        """Return the panel's address."""
        return self._url

    @property
    def timing(self) -> Timing:
        """Return the waiting times."""
        return self._timing

    async def request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        cookie: str | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int = SMALL,
        timeout: float | None = None,
        acts: bool = False,
    ) -> Answer:
        """Make one call and return its answer, whatever its status.

        Args:
            method: GET or POST.
            path: Below the panel's address, quoted, with a leading slash.
            body: Sent as JSON.
            cookie: `name=value`, None to show no credentials.
            headers: Further ones.
            limit: The most bytes that an answer may have.
            timeout: Seconds for all of it, `Timing.request` when None; half of those at most to connect.
            acts: Whether the call makes something happen: then what became of it is told by the error.

        Raises:
            ClosedError: The session was closed, and nothing was sent.
            NotSentError: The call acts, and was not sent.
            AnswerLostError: The call acts and was sent, at least in part, but no answer came.
            NotThePanelError: The answer is longer than `limit`.
            ClientCertificateError: A certificate of ours is asked for.
        """
        if self._session.closed:
            raise ClosedError("the client was closed meanwhile")
        # A panel closes an idle connection 5 s after its last answer, and a call sent at that very moment is lost
        # without a trace (seen on a real panel). So none is kept: each call has a connection of its own.
        sent = {hdrs.CONNECTION: "close"} | dict(headers or {})
        if cookie is not None:
            sent[hdrs.COOKIE] = cookie
        try:
            async with self._session.request(
                method,
                self._address(path),
                json=body,
                headers=sent,
                allow_redirects=False,
                # Connecting has a bound of its own, so that a time-out tells whether the call was sent.
                timeout=ClientTimeout(
                    total=self._timing.request if timeout is None else timeout, connect=self._timing.request / 2
                ),
            ) as response:
                if response.status in _REDIRECTS:
                    raise _redirected(response)
                data = bytearray()
                async for chunk in response.content.iter_chunked(64 * 1024):
                    data += chunk
                    if len(data) > limit:
                        raise NotThePanelError(f"{path}: the answer is longer than {limit} bytes")
        except (ClientError, OSError, ValueError) as err:
            raise _failure(path, err, acts=acts) from err
        if response.status == 429:
            raise self._rate_limited(response.headers)
        # nginx's page for the same.
        if response.status == 400 and b"SSL certificate" in data:
            raise ClientCertificateError(f"{path}: a client certificate is asked for")
        return Answer(response.status, response.headers, bytes(data))

    async def open_websocket(self, path: str, cookie: str | None = None) -> ClientWebSocketResponse[bool]:
        """Upgrade to a WebSocket.

        Frames come as bytes, pings and pongs among them: the caller answers and watches them.

        Args:
            path: Below the panel's address, quoted.
            cookie: `name=value`, None to show no credentials.

        Raises:
            WebSocketBlockedError: The upgrade was refused: by a proxy, or by a panel that limits the rate (HTTP 400).
        """
        headers: dict[str, str] = {} if cookie is None else {hdrs.COOKIE: cookie}
        return await self._upgrade(self._address(path), "the WebSocket upgrade", headers)

    async def open_live_socket(self, url: str, token: str) -> ClientWebSocketResponse[bool]:
        """Upgrade to the live socket of a server, without a cookie.

        The socket is the node's, not the panel's. Frames come as from `open_websocket`.

        Args:
            url: The socket's address.
            token: Of the ticket; it goes in the query.

        Raises:
            WebSocketBlockedError: The upgrade was refused; `status` tells how.
        """
        return await self._upgrade(URL(url).with_query(token=token), "the live socket", {})

    async def _upgrade(self, address: URL, what: str, headers: Mapping[str, str]) -> ClientWebSocketResponse[bool]:
        # No error of aiohttp is kept: they quote the address, which may hold a token, and headers of the answer.
        try:
            return await self._session.ws_connect(
                address,
                headers=headers,
                autoping=False,
                max_msg_size=_LARGEST_MESSAGE,
                timeout=ClientWSTimeout(ws_close=2.0),
                decode_text=False,
            )
        except WSServerHandshakeError as err:
            answered: Mapping[str, str] = err.headers or {}
            if err.status == 429:
                raise self._rate_limited(answered) from None
            raise WebSocketBlockedError(
                f"{what} was answered with HTTP {err.status}",
                err.status,
                is_text=answered.get(hdrs.CONTENT_TYPE, "").startswith("text/plain")
                and hdrs.WWW_AUTHENTICATE not in answered,
            ) from None
        except (ClientError, OSError, ValueError) as err:
            raise _failure(what, err, acts=False) from None

    def _address(self, path: str) -> URL:
        return URL(f"{self._url}{path}", encoded=True)

    def _rate_limited(self, headers: Mapping[str, str]) -> RateLimitedError:
        seconds = _retry_after(headers)
        if seconds is not None:
            seconds = min(seconds, self._timing.longest_retry_after)
        return RateLimitedError("the panel had too many calls", seconds)


def _redirected(response: ClientResponse) -> RedirectedError:
    """Return the error for a redirect.

    It has the new address if that is fit to be shown.
    """
    try:
        location = normalize_url(str(response.url.join(URL(response.headers[hdrs.LOCATION]))))
    except KeyError, ValueError, IndexError, InvalidUrlError:
        location = None
    return RedirectedError(f"{response.url.path} redirects elsewhere", location)


def _failure(what: str, err: Exception, *, acts: bool) -> PanelConnectionError:
    """Return the exception for a call without an answer."""
    kind = type(err).__name__
    if isinstance(err.__cause__, ssl.SSLError) and err.__cause__.reason in _CERTIFICATE_ALERTS:
        return ClientCertificateError(f"{what}: a client certificate is asked for")
    if isinstance(err, ClientConnectorCertificateError):
        return UntrustedCertificateError(f"{what}: the certificate is not trusted")
    if isinstance(err, _TLS_ERRORS):
        return PanelTlsError(f"{what}: no secure connection: {kind}")
    if acts:
        if isinstance(err, _UNSENT_ERRORS):
            return NotSentError(f"{what}: not sent: {kind}")
        return AnswerLostError(f"{what}: the answer was lost: {kind}")
    if isinstance(err, TimeoutError):
        return PanelTimeoutError(f"{what}: no answer in time")
    return PanelConnectionError(f"{what}: cannot connect: {kind}")


def _date(text: str) -> datetime | None:
    """Return the time in a header, None when it is none."""
    try:
        date = parsedate_to_datetime(text)
    except ValueError, OverflowError:
        return None
    return date if date.tzinfo else date.replace(tzinfo=UTC)


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds that a 429 asks to wait.

    They are in the panel's own header, or in Better Auth's.
    """
    for name in (hdrs.RETRY_AFTER, "X-Retry-After"):
        text = headers.get(name, "")
        try:
            seconds = float(text)
        except ValueError:
            if (date := _date(text)) is not None:
                now = _date(headers.get(hdrs.DATE, "")) or datetime.now(UTC)
                return max(0.0, (date - now).total_seconds())
        else:
            # Also false for what is no number.
            if seconds >= 0:
                return seconds
    return None
