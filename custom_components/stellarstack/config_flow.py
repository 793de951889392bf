"""The config flow: set up, sign in again, move and set options."""

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from typing import Any, override

from homeassistant.config_entries import (
    SOURCE_REAUTH,
    SOURCE_USER,
    ConfigEntryState,
    ConfigFlow,
    ConfigFlowResult,
    ConfigSubentryData,
    ConfigSubentryFlow,
    OptionsFlow,
)
from homeassistant.const import CONF_CODE, CONF_EMAIL, CONF_PASSWORD, CONF_URL, CONF_VERIFY_SSL
from homeassistant.core import callback
from homeassistant.helpers.selector import BooleanSelector, TextSelector, TextSelectorConfig, TextSelectorType
import voluptuous as vol

from .client.auth import TwoFactorChallenge
from .client.credentials import Credentials
from .client.exceptions import AuthenticationError
from .client.models import Account, Server
from .const import CONF_SERVER_ID, CONF_SERVERS, CONF_SESSION, DOMAIN, SUBENTRY_SERVER
from .coordinator import StellarStackConfigEntry
from .flow_errors import StepError, form_errors, translate_errors
from .options_flow import StellarStackOptionsFlow
from .panel_access import PanelAccess, panel_title
from .repairs import markdown_text
from .server_choice import ServerChoice
from .subentry_flow import ServerSubentryFlow
from .take_over import async_knows_none, async_take_over, match_servers, tells_less
from .user_input import clean_code

MOST_SUGGESTED = 50
"""How many servers are at most chosen already when the dialog asks which ones to take."""

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
SESSION_SCHEMA = vol.Schema(
    {
        vol.Required(CONF_SESSION): TextSelector(
            TextSelectorConfig(type=TextSelectorType.PASSWORD, autocomplete="off")
        ),
    }
)


def account_titles(url: str, account: Account) -> list[str]:
    """Return possible titles of an account's entry, shortest first.

    The first one that no other entry has is taken.
    """
    title = panel_title(url)
    return [title, *(f"{title} ({name})" for name in (account.name, account.email) if name)]


def _list_names(names: Iterable[str]) -> str:
    return ", ".join(markdown_text(name) for name in names) or "-"


class StellarStackConfigFlow(ConfigFlow, domain=DOMAIN):
    """The dialogs that set up, sign in or move a panel account."""

    VERSION = 1

    # Known once signed in.
    _credentials: Credentials
    _account: Account

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._access = PanelAccess()
        self._running = asyncio.Lock()
        self._challenge: TwoFactorChallenge | None = None
        self._choice = ServerChoice()
        self._finding: asyncio.Task[str | None] | None = None
        # Of a new panel, if the entry is to be taken over to one.
        self._servers: list[Server] = []

    @classmethod
    @callback
    @override
    def async_get_supported_subentry_types(
        cls, config_entry: StellarStackConfigEntry
    ) -> dict[str, type[ConfigSubentryFlow]]:
        """Return the dialog behind "Add server"."""
        return {SUBENTRY_SERVER: ServerSubentryFlow}

    @staticmethod
    @callback
    @override
    def async_get_options_flow(config_entry: StellarStackConfigEntry) -> OptionsFlow:
        """Return the dialog of the options."""
        return StellarStackOptionsFlow()

    @callback
    @override
    def async_remove(self) -> None:
        """Clean up after a closed dialog."""
        self.hass.async_create_background_task(self._release_session(), "stellarstack release session")

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask where the panel is, and look whether one is there."""
        errors: dict[str, str] = {}
        if user_input is not None:
            error = await self._run_serialized(self._validate_new_address(user_input))
            if error is None:
                return await self.async_step_auth_method()
            errors = form_errors(error)
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(PANEL_SCHEMA, user_input),
            errors=errors,
        )

    async def async_step_auth_method(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how to sign in."""
        return self._show_auth_methods("auth_method")

    async def async_step_credentials(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Sign in with e-mail and password; neither is kept."""
        errors: dict[str, str] = {}
        if user_input is not None:
            result = await self._run_serialized(self._sign_in(user_input[CONF_EMAIL], user_input[CONF_PASSWORD]))
            if not isinstance(result, str):
                return result
            errors = form_errors(result)
        return self._show_credentials(errors, user_input)

    async def async_step_two_factor(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the code of the second factor.

        A sign-in that waited too long, or is of another account, begins again.
        """
        errors: dict[str, str] = {}
        if user_input is not None and self._challenge is not None:
            result = await self._run_serialized(self._verify_code(self._challenge, user_input[CONF_CODE]))
            if not isinstance(result, str):
                return result
            errors = form_errors(result)
            if result in {"code_expired", "wrong_account"}:
                return self._show_credentials(errors, None)
        return self.async_show_form(step_id="two_factor", data_schema=CODE_SCHEMA, errors=errors)

    async def async_step_session(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Take a session from a browser that is signed in."""
        errors: dict[str, str] = {}
        if user_input is not None:
            result = await self._run_serialized(self._take_session(user_input[CONF_SESSION]))
            if not isinstance(result, str):
                return result
            errors = form_errors(result)
        return self.async_show_form(
            step_id="session",
            data_schema=SESSION_SCHEMA,
            errors=errors,
            description_placeholders={"url": self._access.url},
        )

    async def async_step_servers(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask which servers to add; typed ids are looked up."""
        choice = self._choice
        if user_input is not None:
            choice.choose(user_input[CONF_SERVERS])
            if choice.unknown and not choice.configured(self.hass):
                return await self.async_step_find_servers()
            return await self.async_step_finish()
        return self.async_show_form(
            step_id="servers",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Required(CONF_SERVERS): choice.selector(self.hass, multiple=True)}),
                {CONF_SERVERS: choice.chosen},
            ),
            errors=choice.errors(CONF_SERVERS),
            description_placeholders=choice.placeholders,
        )

    async def async_step_find_servers(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Look up the typed ids while the dialog shows progress."""
        if self._finding is None:
            self._finding = self.hass.async_create_task(
                self._run_serialized(self._find_servers()), "stellarstack find servers"
            )
        if not self._finding.done():
            return self.async_show_progress(
                step_id="find_servers",
                progress_action="find_servers",
                description_placeholders={"servers": ", ".join(self._choice.unknown)},
                progress_task=self._finding,
            )
        if (error := self._finding.result()) is not None:
            self._choice.fail(error)
        self._finding = None
        return self.async_show_progress_done(next_step_id="servers" if self._choice.error else "finish")

    async def async_step_finish(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Create the entry with a subentry for each chosen server.

        When a chosen server is in Home Assistant by now, the user is asked again.
        """
        if configured := self._choice.configured(self.hass):
            self._choice.fail("server_already_configured", configured)
            return await self.async_step_servers()
        return self.async_create_entry(
            title=self._title(),
            data=self._data,
            subentries=[
                ConfigSubentryData(
                    data={CONF_SERVER_ID: server_id},
                    subentry_type=SUBENTRY_SERVER,
                    title=self._choice.names[server_id],
                    unique_id=server_id,
                )
                for server_id in self._choice.chosen
            ],
        )

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin to sign in again, at the address that the entry has."""
        self._access.open(self.hass, entry_data[CONF_URL], entry_data[CONF_VERIFY_SSL])
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask how to sign in again."""
        return self._show_auth_methods("reauth_confirm")

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for the panel's new address.

        Credentials are asked for as well when the session is not valid there.
        """
        entry = self._get_reconfigure_entry()
        errors: dict[str, str] = {}
        if user_input is not None:
            result = await self._run_serialized(self._move(user_input, entry.data[CONF_SESSION]))
            if not isinstance(result, str):
                return result
            errors = form_errors(result)
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(PANEL_SCHEMA, user_input or entry.data),
            errors=errors,
        )

    async def async_step_take_over(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask whether the entry continues with a newly set up panel.

        Entities and devices of its servers are kept.
        """
        entry = self._entry_to_update()
        matches = match_servers(self.hass, entry, self._servers)
        if user_input is not None:
            if entry.state is ConfigEntryState.LOADED:
                await self.hass.config_entries.async_unload(entry.entry_id)
            await async_take_over(self.hass, entry, self._account.id, matches, [server.id for server in self._servers])
            return self._update_entry()
        subentries = entry.get_subentries_of_type(SUBENTRY_SERVER)
        missing = [subentry.title for subentry in subentries if subentry.subentry_id not in matches]
        return self.async_show_form(
            step_id="take_over",
            data_schema=vol.Schema({}),
            description_placeholders={
                "url": self._access.url,
                "found": _list_names(server.name or server.id for server in matches.values()),
                "missing": _list_names(missing),
            },
        )

    def _show_auth_methods(self, step_id: str) -> ConfigFlowResult:
        return self.async_show_menu(
            step_id=step_id,
            menu_options=["credentials", "session"],
            description_placeholders={"url": self._access.url},
        )

    def _show_credentials(self, errors: dict[str, str], user_input: dict[str, Any] | None) -> ConfigFlowResult:
        known = {CONF_EMAIL: user_input[CONF_EMAIL]} if user_input else None
        return self.async_show_form(
            step_id="credentials",
            data_schema=self.add_suggested_values_to_schema(CREDENTIALS_SCHEMA, known),
            errors=errors,
            description_placeholders={"url": self._access.url},
        )

    @property
    def _data(self) -> dict[str, Any]:
        """Return the entry's data."""
        return {
            CONF_URL: self._access.url,
            CONF_VERIFY_SSL: self._access.verify_ssl,
            CONF_SESSION: self._credentials.stored,
        }

    async def _release_session(self) -> None:
        """Release the panel once pending calls are answered."""
        async with self._running:
            self._access.close()

    async def _run_serialized[T](self, action: Awaitable[T]) -> T | str:
        """Await one action at a time; return its result or error key."""
        async with self._running:
            return await translate_errors(action)

    async def _validate_new_address(self, user_input: dict[str, Any]) -> None:
        await self._access.find(self.hass, user_input[CONF_URL], user_input[CONF_VERIFY_SSL])

    async def _sign_in(self, email: str, password: str) -> ConfigFlowResult:
        panel = await self._access.panel()
        signed_in = await panel.sign_in(email.strip(), password)
        if isinstance(signed_in, TwoFactorChallenge):
            self._challenge = signed_in
            return await self.async_step_two_factor()
        return await self._validate_credentials([signed_in])

    async def _verify_code(self, challenge: TwoFactorChallenge, code: str) -> ConfigFlowResult:
        panel = await self._access.panel()
        return await self._validate_credentials([await panel.verify_code(challenge, clean_code(code))])

    async def _take_session(self, text: str) -> ConfigFlowResult:
        if not (candidates := self._access.credentials(text)):
            raise StepError("no_session_in_text")
        if not (await self._access.panel()).capabilities.raw_token:
            candidates = [credentials for credentials in candidates if credentials.cookie is not None]
            if not candidates:
                raise StepError("raw_token")
        return await self._validate_credentials(candidates)

    async def _move(self, user_input: dict[str, Any], stored: str) -> ConfigFlowResult:
        """Move the entry to another address.

        The present session is kept, or replaced when it is not valid there.
        """
        await self._validate_new_address(user_input)
        try:
            return await self._validate_credentials(self._access.stored_credentials(stored))
        except AuthenticationError:
            return await self.async_step_auth_method()

    async def _validate_credentials(self, candidates: list[Credentials]) -> ConfigFlowResult:
        """Continue with the first credentials that calls and connection accept.

        Raises:
            AuthenticationError: The panel accepts none.
            StepError: The account is another than the entry's.
            StellarStackError: The panel does not answer as it should.
        """
        for credentials in candidates:
            try:
                self._account = await self._access.account(credentials)
            except AuthenticationError:
                continue
            self._credentials = credentials
            if self.source == SOURCE_USER:
                return await self._set_up()
            if self._account.id != self._entry_to_update().unique_id:
                return await self._offer_take_over()
            return self._update_entry()
        raise AuthenticationError("no session that the panel accepts")

    async def _find_servers(self) -> None:
        async with self._access.connect(self._credentials) as client:
            await self._choice.find(client)

    async def _set_up(self) -> ConfigFlowResult:
        """Go on to the choice of the account's servers."""
        # A dialog left open in another tab must not stand in the way.
        await self.async_set_unique_id(self._account.id, raise_on_progress=False)
        self._abort_if_unique_id_configured()
        panel = (await self._access.panel()).with_credentials(self._credentials)
        self._choice.offer(self.hass, await panel.servers() if panel.capabilities.calls else [])
        # Of many, it is easier to choose some than to drop the others.
        self._choice.choose(self._choice.names if self._choice.listed <= MOST_SUGGESTED else ())
        return await self.async_step_servers()

    def _entry_to_update(self) -> StellarStackConfigEntry:
        return self._get_reauth_entry() if self.source == SOURCE_REAUTH else self._get_reconfigure_entry()

    async def _offer_take_over(self) -> ConfigFlowResult:
        """Offer a take-over for an account of a newly set up panel.

        Raises:
            StepError: It is another account of the entry's own panel.
        """
        entry = self._entry_to_update()
        panel = (await self._access.panel()).with_credentials(self._credentials)
        # At another address, a panel without the servers is just another panel.
        may_be_new = panel.capabilities.calls and self.source == SOURCE_REAUTH
        if not tells_less(self.hass, entry, panel) and not (may_be_new and await async_knows_none(entry, panel)):
            raise StepError("wrong_account")
        if self.hass.config_entries.async_entry_for_domain_unique_id(DOMAIN, self._account.id) is not None:
            return self.async_abort(reason="already_configured")
        self._servers = await panel.servers()
        return await self.async_step_take_over()

    def _update_entry(self) -> ConfigFlowResult:
        """Finish signing in again, or moving."""
        entry = self._entry_to_update()
        title, url = entry.title, entry.data[CONF_URL]
        moved = panel_title(url) != panel_title(self._access.url)
        # Unless the user gave it another.
        if moved and title in account_titles(url, self._account):
            title = self._title(entry)
        # A loaded entry's listener reloads it when these data changed; others must be reloaded here.
        reload = entry.state is not ConfigEntryState.LOADED or self._data.items() <= entry.data.items()
        result = self.async_update_and_abort(entry, unique_id=self._account.id, title=title, data_updates=self._data)
        if reload:
            self.hass.config_entries.async_schedule_reload(entry.entry_id)
        return result

    def _title(self, own: StellarStackConfigEntry | None = None) -> str:
        """Return an entry title that other entries do not have.

        Two accounts that look the same have the same title.
        """
        taken = {entry.title for entry in self._async_current_entries() if entry is not own}
        titles = account_titles(self._access.url, self._account)
        return next((title for title in titles if title not in taken), titles[-1])
