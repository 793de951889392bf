"""The dialogs of a server: adding it, and who plays on it."""

import asyncio
from types import MappingProxyType
from typing import Any

from homeassistant.config_entries import ConfigEntryState, ConfigSubentry, ConfigSubentryFlow, SubentryFlowResult
from homeassistant.const import CONF_HOST
import voluptuous as vol

from .client.messages import ConnectionState
from .client.models import ServerStatus
from .const import CONF_SERVER_ID, SUBENTRY_SERVER
from .coordinator import ServerCoordinator, StellarStackConfigEntry
from .flow_errors import StepError, translate_errors
from .query.protocols import QueryError, QueryFailure, async_ask_game
from .query.settings import CONF_QUERY, QuerySettings
from .query_form import QUERY_SCHEMA, query_from_input, query_suggestions
from .server_choice import ServerChoice


class ServerSubentryFlow(ConfigSubentryFlow):
    """The dialogs that add servers of the account and configure one.

    Several can be added when their ids are typed.
    """

    def __init__(self) -> None:
        """Begin with nothing known."""
        self._choice: ServerChoice | None = None
        self._finding: asyncio.Task[str | None] | None = None

    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask for a server that is not yet added.

        Typed ids are looked up on the panel.
        """
        if (entry := self._loaded_entry()) is None:
            return self.async_abort(reason="entry_not_loaded")
        if self._choice is None:
            choice = await translate_errors(self._list(entry))
            if isinstance(choice, str):
                return self.async_abort(reason=choice)
            self._choice = choice
        choice = self._choice
        if user_input is not None:
            choice.choose([user_input[CONF_SERVER_ID]])
            if configured := choice.configured(self.hass):
                choice.fail("server_already_configured", configured)
            elif choice.unknown:
                return await self.async_step_find_server()
            elif choice.chosen:
                return await self.async_step_finish()
        return self.async_show_form(
            step_id="user",
            data_schema=self.add_suggested_values_to_schema(
                vol.Schema({vol.Required(CONF_SERVER_ID): choice.selector(self.hass, multiple=False)}),
                {CONF_SERVER_ID: ", ".join(choice.chosen)} if choice.chosen else None,
            ),
            errors=choice.errors(CONF_SERVER_ID),
            description_placeholders=choice.placeholders,
        )

    async def async_step_find_server(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Look up the typed ids while the dialog shows progress."""
        assert self._choice is not None
        if self._finding is None:
            entry: StellarStackConfigEntry = self._get_entry()
            self._finding = self.hass.async_create_task(
                translate_errors(self._choice.find(entry.runtime_data.panel.client)), "stellarstack find server"
            )
        if not self._finding.done():
            return self.async_show_progress(
                step_id="find_server",
                progress_action="find_server",
                description_placeholders={"servers": ", ".join(self._choice.unknown)},
                progress_task=self._finding,
            )
        if (error := self._finding.result()) is not None:
            self._choice.fail(error)
        self._finding = None
        # Another dialog, or the list of the panel's servers, may have been quicker.
        self._choice.drop_configured(self.hass)
        return self.async_show_progress_done(next_step_id="user" if self._choice.unknown and not error else "finish")

    async def async_step_finish(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Create the subentries of the servers, unless looking for them failed."""
        assert self._choice is not None
        if (entry := self._loaded_entry()) is None:
            return self.async_abort(reason="entry_not_loaded")
        self._choice.drop_configured(self.hass)
        if not self._choice.chosen:
            return self.async_abort(reason="already_configured")
        if self._choice.error is not None:
            return self.async_abort(reason=self._choice.error)
        # Only one can be the dialog's own result.
        *others, last = self._choice.chosen
        for server_id in others:
            self.hass.config_entries.async_add_subentry(
                entry,
                ConfigSubentry(
                    data=MappingProxyType({CONF_SERVER_ID: server_id}),
                    subentry_type=SUBENTRY_SERVER,
                    title=self._choice.names[server_id],
                    unique_id=server_id,
                ),
            )
        return self.async_create_entry(title=self._choice.names[last], data={CONF_SERVER_ID: last}, unique_id=last)

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> SubentryFlowResult:
        """Ask how the game is asked who plays, and try it."""
        coordinator = self._reconfigured()
        if isinstance(coordinator, str):
            return self.async_abort(reason=coordinator)
        errors: dict[str, str] = {}
        if user_input is not None:
            query = query_from_input(user_input, coordinator.data)
            data = {**coordinator.subentry.data, CONF_QUERY: query}
            if query is None:
                del data[CONF_QUERY]
            if (settings := QuerySettings.from_subentry(data)) is not None:
                errors = await _try_query(coordinator, settings)
            # It may have been removed while its game was asked.
            coordinator = self._reconfigured()
            if isinstance(coordinator, str):
                return self.async_abort(reason=coordinator)
            if not errors:
                return self.async_update_and_abort(coordinator.panel.config_entry, coordinator.subentry, data=data)
        return self.async_show_form(
            step_id="reconfigure",
            data_schema=self.add_suggested_values_to_schema(
                QUERY_SCHEMA, user_input or query_suggestions(coordinator.subentry.data, coordinator.data)
            ),
            errors=errors,
            description_placeholders={"server": coordinator.name},
        )

    def _loaded_entry(self) -> StellarStackConfigEntry | None:
        """Return the panel's entry if it is there and loaded."""
        entry: StellarStackConfigEntry | None = self.hass.config_entries.async_get_entry(self._entry_id)
        return entry if entry is not None and entry.state is ConfigEntryState.LOADED else None

    def _reconfigured(self) -> ServerCoordinator | str:
        """Return the server that is reconfigured, or why there is none."""
        if (entry := self._loaded_entry()) is None:
            return "entry_not_loaded"
        return entry.runtime_data.servers.get(self._reconfigure_subentry_id, "server_removed")

    async def _list(self, entry: StellarStackConfigEntry) -> ServerChoice:
        """Return a choice of the account's servers; a raw token lists none.

        Raises:
            StepError: The panel is not connected.
            StellarStackError: The panel did not answer.
        """
        client = entry.runtime_data.panel.client
        if client.state is ConnectionState.UNAUTHENTICATED:
            raise StepError("invalid_auth")
        if client.state is not ConnectionState.CONNECTED:
            raise StepError("not_connected")
        servers = await client.load_servers() if client.capabilities.calls else []
        choice = ServerChoice()
        choice.offer(self.hass, servers)
        if servers and not choice.names:
            choice.fail("no_servers_left")
        return choice


async def _try_query(coordinator: ServerCoordinator, settings: QuerySettings) -> dict[str, str]:
    """Ask the game once; return the form's errors."""
    panel, server = coordinator.panel, coordinator.data
    try:
        host, port = settings.address(server)
        await async_ask_game(panel.hass, settings.protocol, host, port, panel.client.timing.query)
    except QueryError as err:
        match err.reason:
            case QueryFailure.NO_ADDRESS | QueryFailure.UNKNOWN_HOST:
                return {CONF_HOST: err.reason}
            case _ if not coordinator.available or server is None or server.status is not ServerStatus.RUNNING:
                return {"base": "not_running"}
            case _:
                return {"base": err.reason}
    return {}
