"""The panel's REST calls.

Cookies travel by hand: aiohttp's jar drops those of addresses without a name and never returns a `Secure` one over
http, while a panel behind a proxy sets just these. Redirects are never followed, every wait and every size is bounded.
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
import logging
import ssl
from typing import Any, NoReturn, Self
from urllib.parse import quote

from aiohttp import (
    ClientConnectorCertificateError,
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
    WSServerHandshakeError,
    hdrs,
)
from multidict import CIMultiDictProxy
import orjson
from yarl import URL

from .errors import (
    AccountBannedError,
    AuthenticationError,
    CodeExpiredError,
    EmailNotVerifiedError,
    ForbiddenError,
    InvalidCodeError,
    InvalidCredentialsError,
    InvalidUrlError,
    NewerPanelError,
    NotFoundError,
    OriginNotAllowedError,
    PanelConnectionError,
    PanelTimeoutError,
    PanelTlsError,
    RateLimitedError,
    RedirectedError,
    ResponseError,
    StellarStackError,
    UnsupportedPanelError,
    WebSocketBlockedError,
)
from .models import Node, PowerAction, Server
from .session import Session

_LOGGER = logging.getLogger(__name__)

TIMEOUT = 10.0
"""Seconds that any one call may take, but for a backup."""
BACKUP_TIMEOUT = 1800.0
"""Seconds that a backup may take: the panel answers when it is done."""

PROBE_PATH = "/api/ws/token"
"""What tells the generations apart: 401 without a session, 404 where there is no `/api/ws`."""

_SMALL = 256 * 1024
_LARGE = 32 * 1024 * 1024
_ROWS_A_TURN = 50
_LARGEST_MESSAGE = 16 * 1024 * 1024
_NO_JSON = object()
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TLS_ERRORS = (ClientConnectorCertificateError, ClientConnectorSSLError, ClientSSLError, ssl.SSLError)

# The codes of Better Auth that a user can do something about.
_AUTH_ERRORS: dict[str, type[AuthenticationError]] = {
    "INVALID_EMAIL_OR_PASSWORD": InvalidCredentialsError,
    "INVALID_EMAIL": InvalidCredentialsError,
    "VALIDATION_ERROR": InvalidCredentialsError,
    "BANNED_USER": AccountBannedError,
    "EMAIL_NOT_VERIFIED": EmailNotVerifiedError,
    "MISSING_OR_NULL_ORIGIN": OriginNotAllowedError,
    "INVALID_ORIGIN": OriginNotAllowedError,
    "INVALID_CODE": InvalidCodeError,
    "INVALID_BACKUP_CODE": InvalidCodeError,
    "INVALID_TWO_FACTOR_COOKIE": CodeExpiredError,
}


@dataclass(frozen=True, slots=True)
class TwoFactorChallenge:
    """A sign-in that waits for the second factor, valid for 180 seconds and one success."""

    cookie: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Account:
    """The account a session belongs to.

    Attributes:
        expires_at: When the session ends unless a call extends it (7 days after the last extension).
    """

    id: str
    name: str | None = None
    email: str | None = field(default=None, repr=False)
    is_admin: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SocketToken:
    """What the WebSocket's `auth` message needs."""

    token: str = field(repr=False)
    user_id: str | None


@dataclass(frozen=True, slots=True)
class Backup:
    """A backup as it ended.

    Attributes:
        status: `completed` or `failed`, in small letters; None when the panel told none.
        size: Bytes; None when the panel told none.
    """

    id: str
    name: str | None = None
    status: str | None = None
    size: int | None = None

    @classmethod
    def parse(cls, data: Mapping[str, Any]) -> Self:
        """Return the backup in a REST row.

        Raises:
            TypeError: There is no id.
        """
        status, size = data.get("status"), data.get("size")
        return cls(
            id=_text(data.get("id")),
            name=data.get("name") if isinstance(data.get("name"), str) else None,
            status=status.lower() if isinstance(status, str) else None,
            # A string in REST rows, as all sizes.
            size=int(size) if isinstance(size, int | str) and str(size).isdecimal() and len(str(size)) < 20 else None,
        )


@dataclass(frozen=True, slots=True)
class _Answer:
    """A bounded answer: its status, headers and content, `_NO_JSON` when it is none."""

    status: int
    headers: CIMultiDictProxy[str]
    content: Any

    @property
    def code(self) -> str | None:
        """Better Auth's code of an error."""
        return self._word("code")

    @property
    def reason(self) -> str | None:
        """The panel's words for an error, in either of its two shapes."""
        return self._word("error") or self._word("message")

    def _word(self, key: str) -> str | None:
        word = self.content.get(key) if isinstance(self.content, dict) else None
        return word[:200] if isinstance(word, str) else None


def normalize_url(text: str) -> str:
    """Return a panel's address as origin and base path, without a trailing slash.

    Raises:
        InvalidUrlError: It is no http or https address, or holds a user name or password.
    """
    try:
        url = URL(text.strip())
        if url.scheme in {"http", "https"} and url.host and url.user is None and url.password is None:
            return str(url.origin()) + url.raw_path.rstrip("/")
    except ValueError as err:
        raise InvalidUrlError("no address") from err
    raise InvalidUrlError("no http or https address")


async def refuse_redirects(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Client middleware that lets nothing be sent to where a redirect points, WebSocket upgrades included.

    Raises:
        RedirectedError: The answer is a redirect.
    """
    response = await handler(request)
    if response.status in _REDIRECTS:
        location = response.headers.get(hdrs.LOCATION)
        response.close()
        raise RedirectedError(f"{request.url.path} redirects elsewhere", location)
    return response


class PanelHttp:
    """The REST side of one panel.

    Every method raises `PanelConnectionError` (or its `PanelTimeoutError`, `PanelTlsError`) when the panel cannot be
    reached, `RateLimitedError` on 429, `RedirectedError` on a redirect and `ResponseError` on an answer that the
    protocol does not know; those that need a session raise `AuthenticationError` when it is not accepted.
    """

    def __init__(self, session: ClientSession, url: str, credentials: Session | None = None) -> None:
        """Talk to the panel at `url` (origin and optional base path, no trailing slash).

        `session` should have aiohttp's `DummyCookieJar` and the middleware `refuse_redirects`.
        """
        self._session = session
        self.url = url
        self.credentials = credentials

    @property
    def has_cookie(self) -> bool:
        """Whether REST calls can be authenticated; a raw token alone cannot."""
        return self.credentials is not None and self.credentials.cookie is not None

    async def probe(self) -> None:
        """Find out, without credentials, whether a panel with `/api/ws` answers at the URL.

        Raises:
            NewerPanelError: A panel of the generation without `/api/ws`.
            UnsupportedPanelError: Something else.
        """
        answer = await self._request(hdrs.METH_GET, PROBE_PATH, anonymous=True)
        if answer.status == 401 and answer.reason is not None:
            return
        if answer.status == 404:
            health = await self._request(hdrs.METH_GET, "/health", anonymous=True)
            if health.status == 200 and isinstance(health.content, dict) and health.content.get("status") == "ok":
                raise NewerPanelError("the panel has no /api/ws")
        if answer.status == 429 or answer.status >= 500:
            _refuse(answer)
        raise UnsupportedPanelError(f"no panel answers there: HTTP {answer.status}")

    async def sign_in(self, email: str, password: str) -> Session | TwoFactorChallenge:
        """Sign in; an account with a second factor gets a challenge instead of a session.

        Raises:
            InvalidCredentialsError: E-mail address or password is wrong.
            AccountBannedError: The account is banned.
            EmailNotVerifiedError: The address has not been verified.
        """
        # Without cookies, so that the panel does not look at the origin.
        answer = await self._request(
            hdrs.METH_POST, "/api/auth/sign-in/email", {"email": email, "password": password}, anonymous=True
        )
        if answer.status != 200:
            _refuse(answer, InvalidCredentialsError)
        if isinstance(answer.content, dict) and answer.content.get("twoFactorRedirect") is True:
            # The session cookies that come with it are dead ones.
            return TwoFactorChallenge(_cookie(answer, "two_factor"))
        return Session(cookie=_cookie(answer, "session_token"))

    async def verify_code(self, challenge: TwoFactorChallenge, code: str) -> Session:
        """Finish a sign-in with the six digits of an authenticator, or with a backup code.

        Raises:
            InvalidCodeError: The code is wrong.
            CodeExpiredError: The challenge is used up or older than 180 seconds.
            OriginNotAllowedError: The URL is not the panel's public one.
        """
        code = "".join(code.split())
        kind = "totp" if code.isdecimal() and len(code) == 6 else "backup-code"
        answer = await self._request(
            hdrs.METH_POST,
            f"/api/auth/two-factor/verify-{kind}",
            {"code": code},
            cookie=challenge.cookie,
            headers={hdrs.ORIGIN: str(URL(self.url).origin())},
        )
        if answer.status != 200:
            _refuse(answer, InvalidCodeError)
        return Session(cookie=_cookie(answer, "session_token"))

    async def socket_token(self) -> SocketToken:
        """Return the raw token for the WebSocket's `auth` message. Extends the session."""
        content = await self._get("/api/ws/token")
        token = content.get("token") if isinstance(content, dict) else None
        if not isinstance(token, str):
            raise ResponseError("the panel sent no token")
        user_id = content.get("userId")
        return SocketToken(token, user_id if isinstance(user_id, str) else None)

    async def account(self) -> Account:
        """Return the account of the session. Extends the session.

        Raises:
            AuthenticationError: The session is not signed in (the panel says so with 200 and null).
        """
        content = await self._get("/api/auth/get-session")
        if content is None:
            raise AuthenticationError("the session has ended")
        try:
            user = content["user"]
            expires = content["session"].get("expiresAt")
            return Account(
                id=_text(user["id"]),
                name=user.get("name") if isinstance(user.get("name"), str) else None,
                email=user.get("email") if isinstance(user.get("email"), str) else None,
                is_admin=user.get("role") == "admin",
                expires_at=datetime.fromisoformat(expires) if isinstance(expires, str) else None,
            )
        except (TypeError, KeyError, ValueError, AttributeError) as err:
            raise ResponseError("the panel's session has no known form") from err

    async def servers(self) -> list[Server]:
        """Return the servers that the account owns, all of the panel for an admin; shared ones are missing."""
        rows = await self._get("/api/servers", limit=_LARGE)
        if not isinstance(rows, list):
            raise ResponseError("the panel's list of servers has no known form")
        servers = []
        for number, row in enumerate(rows):
            # A list of thousands takes a while; nobody has to wait for all of it.
            if number % _ROWS_A_TURN == 0:
                await asyncio.sleep(0)
            if (server := _parsed(Server, row)) is not None:
                servers.append(server)
        return servers

    async def server(self, server_id: str) -> Server:
        """Return one server, also one shared with the account.

        Raises:
            ForbiddenError: The account has no access.
            NotFoundError: There is no such server.
        """
        row = await self._get(f"/api/servers/{quote(server_id, safe='')}")
        if (server := _parsed(Server, row)) is None:
            raise ResponseError("the panel's server has no known form")
        return server

    async def nodes(self) -> list[Node]:
        """Return all nodes, online by their heartbeat (younger than 45 s). Admin accounts only.

        Raises:
            ForbiddenError: The account is no admin.
        """
        rows = await self._get("/api/nodes", limit=_LARGE)
        if not isinstance(rows, list):
            raise ResponseError("the panel's list of nodes has no known form")
        return [node for row in rows if (node := _parsed(Node, row)) is not None]

    async def power(self, server_id: str, action: PowerAction) -> None:
        """Tell a server's node to start, stop, restart or kill it; its status tells by the socket how that goes.

        Raises:
            ForbiddenError: The server is suspended, or the account has no access.
            NotFoundError: There is no such server.
            ResponseError: The node is offline (400) or did not do it (500); `reason` has the panel's words.
        """
        await self._post(server_id, action.value)

    async def send_command(self, server_id: str, command: str) -> None:
        """Type a line into a server's console.

        Raises:
            ResponseError: As `power`.
        """
        await self._post(server_id, "command", {"command": command})

    async def create_backup(self, server_id: str, name: str | None = None) -> Backup:
        """Make a backup and return it when it has ended, which takes minutes; at most 30 are waited.

        Raises:
            ResponseError: As `power`.
        """
        row = await self._post(server_id, "backups", {"name": name} if name else {}, timeout=BACKUP_TIMEOUT)
        try:
            return Backup.parse(row)
        except (AttributeError, TypeError) as err:
            raise ResponseError("the panel's backup has no known form") from err

    async def open_socket(self) -> ClientWebSocketResponse[bool]:
        """Upgrade to the panel's WebSocket, with the cookie when there is one.

        Frames come as bytes, pings and pongs among them: the caller answers and watches them.

        Raises:
            WebSocketBlockedError: The upgrade was refused: by a proxy, or by a panel that limits the rate (HTTP 400).
        """
        try:
            return await self._session.ws_connect(
                URL(f"{self.url}/api/ws", encoded=True),
                headers=self._cookie_header(),
                autoping=False,
                max_msg_size=_LARGEST_MESSAGE,
                timeout=ClientWSTimeout(ws_close=2.0),
                decode_text=False,
            )
        except WSServerHandshakeError as err:
            if err.status == 429:
                raise RateLimitedError("the panel asks for patience", _seconds(err.headers or {})) from err
            raise WebSocketBlockedError(f"the WebSocket upgrade was answered with HTTP {err.status}") from err
        except TimeoutError as err:
            raise PanelTimeoutError("the WebSocket upgrade was not answered") from err
        except _TLS_ERRORS as err:
            raise PanelTlsError(f"no secure connection: {type(err).__name__}") from err
        except (ClientError, OSError, ValueError) as err:
            raise PanelConnectionError(f"cannot connect: {type(err).__name__}") from err

    def _cookie_header(self) -> dict[str, str]:
        if self.credentials is None or self.credentials.cookie is None:
            return {}
        return {hdrs.COOKIE: self.credentials.cookie}

    async def _get(self, path: str, limit: int = _SMALL) -> Any:
        """Return the JSON content of a call that needs the session."""
        return _content(await self._request(hdrs.METH_GET, path, limit=limit))

    async def _post(
        self, server_id: str, what: str, body: Mapping[str, Any] | None = None, timeout: float | None = None
    ) -> Any:
        """Return the JSON content of a call that makes a server do something."""
        path = f"/api/servers/{quote(server_id, safe='')}/{what}"
        return _content(await self._request(hdrs.METH_POST, path, body, timeout=timeout))

    async def _request(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        anonymous: bool = False,
        cookie: str | None = None,
        headers: Mapping[str, str] | None = None,
        limit: int = _SMALL,
        timeout: float | None = None,
    ) -> _Answer:
        """Make one call and return its answer, whatever its status."""
        sent = dict(headers or {})
        seconds = TIMEOUT if timeout is None else timeout
        if cookie is not None:
            sent[hdrs.COOKIE] = cookie
        elif not anonymous:
            sent |= self._cookie_header()
        try:
            async with self._session.request(
                method,
                URL(f"{self.url}{path}", encoded=True),
                json=body,
                headers=sent,
                allow_redirects=False,
                timeout=ClientTimeout(total=seconds),
            ) as response:
                if response.status in _REDIRECTS:
                    raise RedirectedError(f"{path} redirects elsewhere", response.headers.get(hdrs.LOCATION))
                data = bytearray()
                async for chunk in response.content.iter_chunked(64 * 1024):
                    data += chunk
                    if len(data) > limit:
                        raise ResponseError(f"{path}: the answer is longer than {limit} bytes", response.status)
                return _Answer(response.status, response.headers, _json(data))
        except StellarStackError:
            raise
        except TimeoutError as err:
            raise PanelTimeoutError(f"{path}: no answer within {seconds:.0f} s") from err
        except _TLS_ERRORS as err:
            raise PanelTlsError(f"{path}: no secure connection: {type(err).__name__}") from err
        except (ClientError, OSError, ValueError) as err:
            raise PanelConnectionError(f"{path}: cannot connect: {type(err).__name__}") from err


def _json(data: bytes | bytearray) -> Any:
    """Return the content of an answer; a proxy's HTML page has none, which is not the panel's null."""
    try:
        return orjson.loads(data)
    except ValueError:
        return _NO_JSON


def _content(answer: _Answer) -> Any:
    """Return the content of an answer; raise what it means when it is no success or no JSON."""
    if answer.status not in {200, 201}:
        _refuse(answer)
    if answer.content is _NO_JSON:
        raise ResponseError("the answer is no JSON")
    return answer.content


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _parsed[T: (Server, Node)](model: type[T], row: Any) -> T | None:
    """Return the model in a REST row; a row without an id is left out, with one debug line."""
    try:
        return model.parse(row)
    except AttributeError, TypeError:
        _LOGGER.debug("Ignored a row that is no %s", model.__name__)
        return None


def _cookie(answer: _Answer, suffix: str) -> str:
    """Return the last living cookie of that name as `name=value`, with the name that the panel gives it."""
    found = ""
    for header in answer.headers.getall(hdrs.SET_COOKIE, []):
        name, _, value = header.partition(";")[0].strip().partition("=")
        if name.endswith(suffix) and value:
            found = f"{name}={value}"
    if not found:
        raise ResponseError(f"the panel sent no {suffix} cookie", answer.status)
    return found


def _seconds(headers: Mapping[str, str]) -> float | None:
    """Return the wait that a 429 asks for: the panel's own header, or Better Auth's."""
    for name in (hdrs.RETRY_AFTER, "X-Retry-After"):
        if (value := headers.get(name, "")).isdecimal() and len(value) < 7:
            return float(value)
    return None


def _refuse(answer: _Answer, unauthorized: type[AuthenticationError] = AuthenticationError) -> NoReturn:
    """Raise what an answer that is no success means; `unauthorized` is what a 400 or 401 without a known code means."""
    status = answer.status
    if status == 429:
        raise RateLimitedError("the panel asks for patience", _seconds(answer.headers))
    if answer.code in _AUTH_ERRORS:
        raise _AUTH_ERRORS[answer.code](f"the panel refused: {answer.code}")
    if status == 401 or (status == 400 and unauthorized is not AuthenticationError):
        raise unauthorized("the panel does not accept this")
    if status in {502, 503, 504}:
        raise PanelConnectionError(f"the panel is away: HTTP {status}")
    error = {403: ForbiddenError, 404: NotFoundError}.get(status, ResponseError)
    raise error(f"HTTP {status}", status, answer.reason)
