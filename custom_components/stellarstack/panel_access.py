"""Access to a panel outside an entry's connection."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
import logging

from aiohttp import ClientSession
from homeassistant.config_entries import ConfigEntry
from homeassistant.const import CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import HomeAssistant
from yarl import URL

from .client.client import StellarStackClient
from .client.credentials import Credentials, parse_credentials
from .client.detect import detect_panel
from .client.exceptions import (
    AuthenticationError,
    ClientCertificateError,
    NotThePanelError,
    PanelConnectionError,
    RedirectedError,
    ResponseError,
    StellarStackError,
    UnsupportedPanelError,
    UntrustedCertificateError,
    WebSocketBlockedError,
)
from .client.messages import ConnectionState
from .client.models import Account
from .client.panel import Panel
from .client.timing import Timing
from .const import CONF_SESSION, DATA_TIMING
from .user_input import panel_addresses
from .websession import create_websession

_LOGGER = logging.getLogger(__name__)


def panel_title(url: str) -> str:
    """Return the name of a panel: its host and unusual port."""
    return URL(url).human_repr().partition("://")[2].partition("/")[0]


def _ignore_state(state: ConnectionState, reason: StellarStackError | None) -> None:
    """A dialog asks the client, it does not follow it."""


class PanelAccess:
    """A dialog's access to a panel.

    Attributes:
        url: The panel's address.
        verify_ssl: Whether its certificate must be a trusted one.
    """

    def __init__(self) -> None:
        """Begin without an address."""
        self.url = ""
        self.verify_ssl = True
        self._websession: ClientSession | None = None
        self._timing = Timing()
        self._panel: Panel | None = None

    def open(self, hass: HomeAssistant, url: str, verify_ssl: bool) -> None:
        """Use this address from now on; nothing is sent yet."""
        self.close()
        self.url = url
        self.verify_ssl = verify_ssl
        self._websession = create_websession(hass, verify_ssl)
        self._timing = hass.data.get(DATA_TIMING, Timing())

    def close(self) -> None:
        """Release the address."""
        self._panel = None
        if self._websession is not None:
            self._websession.detach()
            self._websession = None

    async def find(self, hass: HomeAssistant, text: str, verify_ssl: bool) -> None:
        """Find the panel at an address that the user typed.

        Each possible address is tried until a panel answers. One that only redirects from http to https is replaced by
        its target. http is not tried where https answers with a certificate that is not trusted.

        Raises:
            InvalidUrlError: The text is no address.
            StellarStackError: No panel answers; if anything else does, the error is about that.
        """
        pending = panel_addresses(text)
        tried: set[str] = set()
        unreachable: set[URL] = set()
        answers: list[StellarStackError] = []
        outages: list[StellarStackError] = []
        while pending:
            url = pending.pop(0)
            origin = URL(url).origin()
            if url in tried or origin in unreachable:
                continue
            tried.add(url)
            self.open(hass, url, verify_ssl)
            try:
                await self.panel()
            except RedirectedError as err:
                if (secure := _secure_address(origin, err.location)) is None:
                    answers.append(err)
                else:
                    pending.insert(0, secure)
            except (NotThePanelError, UnsupportedPanelError) as err:
                answers.append(err)
            except UntrustedCertificateError, ClientCertificateError:
                # Without a scheme http comes next, where a password would be sent in the clear though https is there.
                raise
            except PanelConnectionError as err:
                outages.append(err)
                unreachable.add(origin)
            else:
                return
        raise [*answers, *outages][0]

    async def panel(self) -> Panel:
        """Return the panel at the address.

        Raises:
            StellarStackError: There is none, or it does not answer.
        """
        if self._panel is None:
            self._panel = await self._detect()
        return self._panel

    def credentials(self, text: str) -> list[Credentials]:
        """Return the credentials in a text, for this address."""
        return parse_credentials(text, secure=self.url.startswith("https:"))

    def stored_credentials(self, stored: str) -> list[Credentials]:
        """Return an entry's credentials in all forms for this address.

        http and https name the session's cookie differently.
        """
        credentials = Credentials.from_stored(stored)
        return self.credentials(credentials.cookie.partition("=")[2] if credentials.cookie else stored)

    async def account(self, credentials: Credentials) -> Account:
        """Return the account of credentials that calls and connection accept.

        Where calls are not possible, the connection alone decides.

        Raises:
            AuthenticationError: The panel does not accept them.
            StellarStackError: The panel does not answer as it should.
        """
        panel = (await self.panel()).with_credentials(credentials)
        account = await panel.account() if panel.capabilities.calls else None
        async with self.connect(credentials) as client:
            user_id = client.user_id
        if account is not None:
            return account
        if user_id is None:
            raise ResponseError("the panel does not tell whose session this is")
        return Account(user_id)

    @asynccontextmanager
    async def connect(self, credentials: Credentials) -> AsyncGenerator[StellarStackClient]:
        """Connect with a session for a while.

        A refused WebSocket is tried once more, and only then told apart: a panel that had too many calls refuses all
        of them for a while, a proxy in between only upgrades.

        Raises:
            WebSocketBlockedError: All but the WebSocket can be reached.
            StellarStackError: There is no connection.
        """
        assert self._websession is not None
        client = StellarStackClient(self._websession, self.url, credentials, _ignore_state, self._timing)
        try:
            await client.connect()
        except RedirectedError, WebSocketBlockedError:
            await asyncio.sleep(self._timing.rate_limit_retries[-1])
            try:
                await client.connect()
            except (RedirectedError, WebSocketBlockedError) as err:
                await self._detect()
                raise WebSocketBlockedError(str(err)) from err
        try:
            yield client
        finally:
            await client.close()

    async def _detect(self) -> Panel:
        assert self._websession is not None
        return await detect_panel(self._websession, self.url, self._timing)


def _secure_address(origin: URL, location: str | None) -> str | None:
    """Return the https address that an http address redirects to.

    None when the target is on another host or without TLS.
    """
    target = URL(location or "")
    return location if origin.scheme == "http" and target.scheme == "https" and target.host == origin.host else None


async def async_take_over_https(hass: HomeAssistant, entry: ConfigEntry, location: str | None) -> bool:
    """Move an entry to https where its http address redirects there.

    The host stays the same, and the session must be of the same account there.

    Returns:
        Whether the entry was moved.
    """
    url = _secure_address(URL(entry.data[CONF_URL]).origin(), location)
    if url is None:
        return False
    access = PanelAccess()
    access.open(hass, url, entry.data[CONF_VERIFY_SSL])
    try:
        for credentials in access.stored_credentials(entry.data[CONF_SESSION]):
            try:
                account = await access.account(credentials)
            except AuthenticationError:
                continue
            if account.id != entry.unique_id:
                return False
            hass.config_entries.async_update_entry(
                entry,
                title=panel_title(url) if entry.title == panel_title(entry.data[CONF_URL]) else entry.title,
                data={**entry.data, CONF_URL: url, CONF_SESSION: credentials.stored},
            )
            _LOGGER.info("Panel %s has switched to https: %s is its address from now on", entry.title, url)
            return True
    except StellarStackError as err:
        _LOGGER.debug("Panel %s does not answer at its https address: %s", entry.title, err)
    finally:
        access.close()
    return False
