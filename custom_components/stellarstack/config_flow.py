"""The dialogs: set up a panel, sign in again, move it, add a server."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable, Mapping
import contextlib
import logging
from typing import Any, override

from aiohttp import ClientSession
from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntry,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
    ConfigSubentryFlow,
    OptionsFlow,
    SubentryFlowResult,
)
from homeassistant.const import CONF_CODE, CONF_EMAIL, CONF_PASSWORD, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import callback
from homeassistant.data_entry_flow import AbortFlow
from homeassistant.helpers.selector import (
    BooleanSelector,
    SelectOptionDict,
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
    TextSelectorType,
)
import voluptuous as vol
from yarl import URL

from .client import (
    ConnectionState,
    PanelHttp,
    Server,
    Session,
    StellarStackClient,
    StellarStackError,
    TwoFactorChallenge,
    parse_session,
)
from .client.errors import (
    AccountBannedError,
    AuthenticationError,
    CodeExpiredError,
    EmailNotVerifiedError,
    InvalidCodeError,
    InvalidUrlError,
    OriginNotAllowedError,
    PanelConnectionError,
    PanelTimeoutError,
    PanelTlsError,
    RateLimitedError,
    RedirectedError,
    ResponseError,
    UnsupportedPanelError,
    WebSocketBlockedError,
)
from .client.http import PROBE_PATH, normalize_url
from .const import CONF_ADD_NEW_SERVERS, CONF_SERVER_ID, CONF_SERVERS, CONF_SESSION, DOMAIN, SUBENTRY_SERVER
from .coordinator import StellarStackConfigEntry, create_websession
from .inventory import configured_ids

_LOGGER = logging.getLogger(__name__)

MOST_SUGGESTED = 50
"""How many servers are at most chosen already when the dialog asks which ones to take."""
FIND_TIMEOUT = 12.0
"""Seconds to wait for the sync of a server id typed by hand: two ticks of the panel, and some."""
UPGRADE_RETRY = 2.0
"""Seconds before a refused WebSocket upgrade is tried once more: the panel gives back one call each 0.6 s."""

# The first that fits, so the special ones stand before what they derive from.
ERRORS: tuple[tuple[type[StellarStackError], str], ...] = (
    (InvalidUrlError, "invalid_url"),
    (PanelTimeoutError, "timeout_connect"),
    (PanelTlsError, "ssl_error"),
    (WebSocketBlockedError, "websocket_blocked"),
    (PanelConnectionError, "cannot_connect"),
    (RateLimitedError, "rate_limited"),
    (UnsupportedPanelError, "unsupported_panel"),
    (AccountBannedError, "account_banned"),
    (EmailNotVerifiedError, "email_not_verified"),
    (OriginNotAllowedError, "origin_not_allowed"),
    (InvalidCodeError, "invalid_code"),
    (CodeExpiredError, "code_expired"),
    (AuthenticationError, "invalid_auth"),
)
FIELD_OF_ERROR = {
    "invalid_url": CONF_URL,
    "invalid_code": CONF_CODE,
    "server_already_configured": CONF_SERVERS,
    "server_not_found": CONF_SERVERS,
}

PANEL_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_URL): TextSelector(TextSelectorConfig(type=TextSelectorType.URL, autocomplete="url")),
        vol.Required(CONF_VERIFY_SSL, default=True): BooleanSelector(),
    }
)
CREDENTIALS_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_EMAIL): TextSelector(
            TextSelectorConfig(type=TextSelectorType.EMAIL, autocomplete="username")
        ),
        vol.Required(CONF_PASSWORD): TextSelector(
            TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="current-password")
        ),
    }
)
CODE_SCHEMA = vol.Schema({vol.Required(CONF_CODE): TextSelector(TextSelectorConfig(autocomplete="one-time-code"))})
OPTIONS_SCHEMA = vol.Schema({vol.Required(CONF_ADD_NEW_SERVERS, default=True): BooleanSelector()})
SESSION_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_SESSION): TextSelector(
            TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
        ),
    }
)


def panel_title(url: str) -> str:
    """Return the name of a panel: its host, with the port when it is not the usual one."""
    return URL(url).human_repr().partition("://")[2].partition("/")[0]


def _secure_address(url: str, location: str | None) -> str | None:
    """Return the https address of a panel whose http address only sends there, on the same host; None otherwise."""
    target, here = URL(location or ""), URL(url)
    if here.scheme != "http" or target.scheme != "https" or target.host != here.host:
        return None
    address, found, rest = str(target).partition(PROBE_PATH)
    return address if found and not rest else None


async def _attempt[T](action: Awaitable[T]) -> T | str:
    """Return what the action leads to, or the translation key of the error it ended in."""
    try:
        return await action
    except AbortFlow:
        raise
    except StellarStackError as err:
        key = next((key for kind, key in ERRORS if isinstance(err, kind)), "unknown")
        # The text of this one sends the user to the log.
        _LOGGER.log(logging.WARNING if key == "unknown" else logging.DEBUG, "A dialog's step failed: %s", err)
        return key
    except Exception:
        _LOGGER.exception("Unexpected exception")
        return "unknown"


def _errors(key: str) -> dict[str, str]:
    """Return the error at the field it is about, or at none."""
    return {FIELD_OF_ERROR.get(key, "base"): key}


def _server_selector(servers: Mapping[str, str], *, multiple: bool) -> SelectSelector:
    """Return a choice of servers by name, ids telling those of one name apart; other ids can be typed."""
    names = Counter(servers.values())
    return SelectSelector(
        SelectSelectorConfig(
            options=[
                SelectOptionDict(value=server_id, label=name if names[name] == 1 else f"{name} ({server_id})")
                for server_id, name in sorted(servers.items(), key=lambda item: item[1].casefold())
            ],
            multiple=multiple,
            custom_value=True,
            mode=SelectSelectorMode.DROPDOWN,
        )
    )


def _names(servers: Iterable[Server]) -> dict[str, str]:
    """Return the names of servers by id, in the order of the names; one without a name goes by its id."""
    names = {server.id: server.name or server.id for server in servers}
    return dict(sorted(names.items(), key=lambda item: item[1].casefold()))


async def _find_server(client: StellarStackClient, server_id: str) -> Server | None:
    """Return the server of an id from its first sync, None when none comes in 12 s: the panel refuses no id."""
    found = asyncio.Event()
    watched = client.watch(server_id, lambda _: found.set())
    try:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FIND_TIMEOUT):
                await found.wait()
    finally:
        # Another dialog may have added the server meanwhile: then it is watched by others.
        if client.watched.get(server_id) is watched:
            client.unwatch(server_id)
    return watched.server if found.is_set() else None


def _ignore_state(state: ConnectionState, reason: StellarStackError | None) -> None:
    """A dialog asks the client, it does not follow it."""


class StellarStackConfigFlow(ConfigFlow, domain=DOMAIN):
    """Sets up a panel account, signs it in again, or moves it to another address."""

    VERSION = 1

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._panel: dict[str, Any] = {}
        self._websession: ClientSession | None = None
        self._asking = asyncio.Lock()
        self._challenge: TwoFactorChallenge | None = None
        self._session = Session()
        self._listed: dict[str, str] = {}
        self._found: dict[str, str] = {}
        self._chosen: list[str] | None = None
        self._finding: asyncio.Task[dict[str, str] | str] | None = None
        self._missing = ""
        self._servers_errors: dict[str, str] = {}

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(cls, config_entry: ConfigEntry) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the dialog behind "Add server"."""
        return {SUBENTRY_SERVER: ServerSubentryFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: ConfigEntry) -> OptionsFlow:
        """Return the dialog of the options."""
        return StellarStackOptionsFlow()

    @callback
    @override
    def async_remove(self) -> None:
        """End what a closed dialog leaves behind."""
        self.hass.async_create_background_task(self._leave(), "stellarstack leave panel")

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the panel is, and look whether one is there."""
        errors: dict[str, str] = {}
        if user_input is not None:
            result = await self._ask(self._probe(user_input))
            if not isinstance(result, str):
                return await self.async_step_auth_method()
            errors = _errors(result)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(PANEL_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_auth_method(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how to sign in."""
        return self.async_show_menu(
            step_id="auth_method",
            menu_options=["credentials", "session"],
            description_placeholders={"url": self._panel[CONF_URL]},
        )

    async def async_step_credentials(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Sign in with e-mail and password; neither is kept."""
        errors: dict[str, str] = {}
        if user_input is not None:
            result = await self._ask(self._sign_in(user_input[CONF_EMAIL], user_input[CONF_PASSWORD]))
            if not isinstance(result, str):
                return result
            errors = _errors(result)
        return self._show_credentials(errors, user_input)

    async def async_step_two_factor(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the second factor; a sign-in that waited too long begins again."""
        errors: dict[str, str] = {}
        if user_input is not None and self._challenge is not None:
            result = await self._ask(self._verify(self._challenge, user_input[CONF_CODE]))
            if not isinstance(result, str):
                return result
            errors = _errors(result)
            if result == "code_expired":
                return self._show_credentials(errors, None)
        return self.async_show_form(step_id="two_factor", data_schema=CODE_SCHEMA, errors=errors)

    async def async_step_session(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take a session from a browser that is signed in."""
        errors: dict[str, str] = {}
        if user_input is not None:
            result = await self._ask(self._accept(self._parse_session(user_input[CONF_SESSION])))
            if not isinstance(result, str):
                return result
            errors = _errors(result)
        return self.async_show_form(
            step_id="session",
            data_schema=SESSION_SCHEMA,
            errors=errors,
            description_placeholders={"url": self._panel[CONF_URL]},
        )

    async def async_step_servers(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which servers to take; ids typed by hand are looked for on the panel."""
        errors, self._servers_errors = self._servers_errors, {}
        if user_input is not None:
            self._chosen = list(dict.fromkeys(text for typed in user_input[CONF_SERVERS] if (text := typed.strip())))
            configured = configured_ids(self.hass)
            if taken := [server_id for server_id in self._chosen if server_id in configured]:
                errors = _errors("server_already_configured")
                self._missing = ", ".join(taken)
            elif self._unknown_ids():
                return await self.async_step_find_servers()
            else:
                return await self.async_step_finish()
        return self.async_show_form(
            step_id="servers",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Required(CONF_SERVERS): _server_selector(self._listed | self._found, multiple=True)}),
                {CONF_SERVERS: self._suggested() if self._chosen is None else self._chosen},
            ),
            errors=errors,
            description_placeholders={"count": str(len(self._listed)), "servers": self._missing},
        )

    def _suggested(self) -> list[str]:
        """Return the servers that are chosen already: all, unless it is easier to name those wanted than the others."""
        return list(self._listed) if len(self._listed) <= MOST_SUGGESTED else []

    async def async_step_find_servers(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Look for the ids typed by hand while the dialog shows that it does."""
        unknown = self._unknown_ids()
        if self._finding is None:
            self._finding = self.hass.async_create_task(self._ask(self._find(unknown)), "stellarstack find servers")
        if not self._finding.done():
            return self.async_show_progress(
                step_id="find_servers",
                progress_action="find_servers",
                description_placeholders={"servers": ", ".join(unknown)},
                progress_task=self._finding,
            )
        result = self._finding.result()
        self._finding = None
        if isinstance(result, str):
            self._servers_errors = _errors(result)
        else:
            self._found |= result
            if missing := self._unknown_ids():
                self._servers_errors = _errors("server_not_found")
                self._missing = ", ".join(missing)
        return self.async_show_progress_done(next_step_id="servers" if self._servers_errors else "finish")

    async def async_step_finish(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Create the entry with a subentry for each chosen server."""
        names = self._listed | self._found
        return self.async_create_entry(
            title=panel_title(self._panel[CONF_URL]),
            data=self._panel | {CONF_SESSION: self._session.stored},
            subentries=[
                ConfigSubentryData(
                    data={CONF_SERVER_ID: server_id},
                    subentry_type=SUBENTRY_SERVER,
                    title=names[server_id],
                    unique_id=server_id,
                )
                for server_id in self._chosen or ()
            ],
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin to sign in again, at the address that the entry has."""
        self._set_panel({key: entry_data[key] for key in (CONF_URL, CONF_VERIFY_SSL)})
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how to sign in again."""
        return self.async_show_menu(
            step_id="reauth_confirm",
            menu_options=["credentials", "session"],
            description_placeholders={"url": self._panel[CONF_URL]},
        )

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the panel's new address; when the session does not hold there, for another one too."""
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            result = await self._ask(self._move(user_input, entry.data[CONF_SESSION]))
            if not isinstance(result, str):
                return result
            errors = _errors(result)
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(PANEL_SCHEMA, user_input or entry.data),
            errors=errors,
        )

    def _show_credentials(self, errors: dict[str, str], user_input: dict[str, Any] | None) -> ConfigFlowResult:
        known = {CONF_EMAIL: user_input[CONF_EMAIL]} if user_input else None
        return self.async_show_form(
            step_id="credentials",
            data_schema=self.add_suggested_values_to_schema(CREDENTIALS_SCHEMA, known),
            errors=errors,
            description_placeholders={"url": self._panel[CONF_URL]},
        )

    def _set_panel(self, panel: dict[str, Any]) -> None:
        """Talk to this panel from now on; to none, when it is empty."""
        if self._websession is not None:
            self._websession.detach()
            self._websession = None
        self._panel = panel
        if panel:
            self._websession = create_websession(self.hass, panel[CONF_VERIFY_SSL], auto_cleanup=False)

    async def _leave(self) -> None:
        """Let go of the panel, as soon as what is being asked there has been answered."""
        async with self._asking:
            self._set_panel({})

    async def _ask[T](self, action: Awaitable[T]) -> T | str:
        """Attempt something at the panel."""
        async with self._asking:
            return await _attempt(action)

    def _http(self, session: Session | None = None) -> PanelHttp:
        assert self._websession is not None
        return PanelHttp(self._websession, self._panel[CONF_URL], session)

    def _parse_session(self, text: str) -> list[Session]:
        return parse_session(text, secure=self._panel[CONF_URL].startswith("https:"))

    def _unknown_ids(self) -> list[str]:
        return [key for key in self._chosen or () if key not in self._listed and key not in self._found]

    async def _probe(self, user_input: dict[str, Any]) -> None:
        """Find a panel at the address; one that only sends on from http to https is taken at its https address."""
        url = normalize_url(user_input[CONF_URL])
        self._set_panel({CONF_URL: url, CONF_VERIFY_SSL: user_input[CONF_VERIFY_SSL]})
        try:
            await self._http().probe()
        except RedirectedError as err:
            if (secure := _secure_address(url, err.location)) is None:
                raise
            self._panel[CONF_URL] = secure
            await self._http().probe()

    async def _sign_in(self, email: str, password: str) -> ConfigFlowResult:
        signed_in = await self._http().sign_in(email, password)
        if isinstance(signed_in, TwoFactorChallenge):
            self._challenge = signed_in
            return await self.async_step_two_factor()
        return await self._accept([signed_in])

    async def _verify(self, challenge: TwoFactorChallenge, code: str) -> ConfigFlowResult:
        return await self._accept([await self._http().verify_code(challenge, code)])

    async def _move(self, user_input: dict[str, Any], stored: str) -> ConfigFlowResult:
        """Go to another address with the session there is, or with a new one when that does not hold there."""
        await self._probe(user_input)
        # Without its name, for the cookie is called otherwise when a panel changes between http and https.
        session = Session.from_stored(stored)
        value = session.cookie.partition("=")[2] if session.cookie else stored
        try:
            return await self._accept(self._parse_session(value))
        except AuthenticationError:
            return await self.async_step_auth_method()

    async def _accept(self, sessions: list[Session]) -> ConfigFlowResult:
        """Go on with the first of these sessions that REST and the WebSocket accept.

        Raises:
            AuthenticationError: The panel accepts none.
            StellarStackError: The panel does not answer as it should.
        """
        for session in sessions:
            try:
                user_id = await self._check(session)
            except AuthenticationError:
                continue
            self._session = session
            return await self._accepted(user_id)
        raise AuthenticationError("no session that the panel accepts")

    async def _check(self, session: Session) -> str:
        """Return the id of the session's user; raise unless both REST (with a cookie) and the WebSocket accept it."""
        http = self._http(session)
        user_id = (await http.account()).id if http.has_cookie else None
        client = await self._connect(http)
        await client.close()
        user_id = client.user_id or user_id
        if user_id is None:
            raise ResponseError("the panel does not tell whose session this is")
        if self.source == SOURCE_USER and http.has_cookie:
            self._listed = _names(await http.servers())
        return user_id

    async def _connect(self, http: PanelHttp) -> StellarStackClient:
        """Return a client whose session the WebSocket accepts.

        A refused upgrade is tried once more and then told apart: a panel that limits the rate does so for all calls,
        a proxy in between refuses only upgrades.
        """
        with contextlib.suppress(RedirectedError, WebSocketBlockedError):
            client = StellarStackClient(http, _ignore_state)
            await client.connect()
            return client
        await asyncio.sleep(UPGRADE_RETRY)
        try:
            client = StellarStackClient(http, _ignore_state)
            await client.connect()
        except (RedirectedError, WebSocketBlockedError) as err:
            await http.probe()
            raise WebSocketBlockedError(str(err)) from err
        return client

    async def _find(self, server_ids: list[str]) -> dict[str, str]:
        """Return the names of those servers that the panel sends, by id."""
        client = await self._connect(self._http(self._session))
        try:
            servers = await asyncio.gather(*(_find_server(client, server_id) for server_id in server_ids))
        finally:
            await client.close()
        return _names(server for server in servers if server is not None)

    async def _accepted(self, user_id: str) -> ConfigFlowResult:
        """Go on with the account: choose its servers, or finish signing in again or moving."""
        # A dialog that was left open in another tab, which nobody can close any more, must not stand in the way.
        await self.async_set_unique_id(user_id, raise_on_progress=False)
        if self.source == SOURCE_USER:
            self._abort_if_unique_id_configured()
            for server_id in configured_ids(self.hass):
                self._listed.pop(server_id, None)
            return await self.async_step_servers()
        self._abort_if_unique_id_mismatch(reason="wrong_account")
        entry = self._get_reauth_entry() if self.source == SOURCE_REAUTH else self._get_reconfigure_entry()
        data = self._panel | {CONF_SESSION: self._session.stored}
        title = panel_title(self._panel[CONF_URL]) if entry.title == panel_title(entry.data[CONF_URL]) else entry.title
        # A loaded entry's listener reloads it when these data changed; otherwise nobody would.
        reload = entry.state is not ConfigEntryState.LOADED or data.items() <= entry.data.items()
        result = self.async_update_and_abort(entry, title=title, data_updates=data)
        if reload:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result


class StellarStackOptionsFlow(OptionsFlow):
    """Sets the options."""

    async def async_step_init(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether new servers appear by themselves."""
        if user_input is not None:
            return self.async_create_entry(data=user_input)
        return self.async_show_form(
            step_id="init",
            data_schema=self.add_suggested_values_to_schema(OPTIONS_SCHEMA, self.config_entry.options),
        )


class ServerSubentryFlow(ConfigSubentryFlow):
    """Adds one server of the account."""

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._listed: dict[str, str] = {}
        self._server_id = ""
        self._finding: asyncio.Task[Server | None] | None = None
        self._user_errors: dict[str, str] = {}

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a server that is not yet there; an id typed by hand is looked for on the panel."""
        entry: StellarStackConfigEntry = self._get_entry()
        if entry.state is not ConfigEntryState.LOADED:
            return self.async_abort(reason="entry_not_loaded")
        errors, self._user_errors = self._user_errors, {}
        if user_input is not None:
            self._server_id = user_input[CONF_SERVER_ID].strip()
            if self._server_id in configured_ids(self.hass):
                errors = {CONF_SERVER_ID: "server_already_configured"}
            elif self._server_id in self._listed:
                return self._create(self._listed[self._server_id])
            else:
                return await self.async_step_find_server()
        else:
            listed = await _attempt(self._list(entry.runtime_data.panel.client))
            if isinstance(listed, str):
                return self.async_abort(reason=listed)
            self._listed = listed
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Required(CONF_SERVER_ID): _server_selector(self._listed, multiple=False)}),
                {CONF_SERVER_ID: self._server_id} if self._server_id else None,
            ),
            errors=errors,
            description_placeholders={"count": str(len(self._listed)), "servers": self._server_id},
        )

    async def async_step_find_server(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Look for the id typed by hand while the dialog shows that it does."""
        entry: StellarStackConfigEntry = self._get_entry()
        if self._finding is None:
            self._finding = self.hass.async_create_task(
                _find_server(entry.runtime_data.panel.client, self._server_id), "stellarstack find server"
            )
        if not self._finding.done():
            return self.async_show_progress(
                step_id="find_server",
                progress_action="find_server",
                description_placeholders={"servers": self._server_id},
                progress_task=self._finding,
            )
        server = self._finding.result()
        self._finding = None
        if server is None:
            self._user_errors = {CONF_SERVER_ID: "server_not_found"}
            return self.async_show_progress_done(next_step_id="user")
        self._listed |= _names([server])
        return self.async_show_progress_done(next_step_id="finish")

    async def async_step_finish(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Create the subentry of the server that was found."""
        return self._create(self._listed[self._server_id])

    def _create(self, title: str) -> SubentryFlowResult:
        return self.async_create_entry(title=title, data={CONF_SERVER_ID: self._server_id}, unique_id=self._server_id)

    async def _list(self, client: StellarStackClient) -> dict[str, str]:
        """Return the names of the account's servers that are not yet there, by id; a raw token lists none."""
        if not client.http.has_cookie:
            return {}
        servers = await client.load_servers()
        configured = configured_ids(self.hass)
        return _names(server for server in servers if server.id not in configured)
