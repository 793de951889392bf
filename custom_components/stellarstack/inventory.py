"""Servers that are added to the panel or deleted from it."""

import asyncio
from collections.abc import Iterable, Sequence
import logging
from types import MappingProxyType
from typing import TypedDict

from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.storage import Store

from .client.client import StellarStackClient
from .client.exceptions import AuthenticationError, ForbiddenError, NotFoundError, StellarStackError
from .client.models import Server
from .const import CONF_ADD_NEW_SERVERS, CONF_KNOWN_SERVERS, CONF_SERVER_ID, DOMAIN, SUBENTRY_SERVER
from .repairs import async_report_server_gone

_LOGGER = logging.getLogger(__name__)

ABSENCES = 3
"""Lists in a row without a server, after which the panel is asked whether it still has it."""
MOST_ADDED = 20
"""New servers that one list adds; more would hold up Home Assistant, and may be a mistake on the panel."""
MOST_ASKED = 10
"""Servers that may be gone, up to which they are asked for without looking at the list first."""
SAVE_DELAY = 10.0
"""Seconds in which further changes join the same write."""
STORAGE_VERSION = 1


class StoredServers(TypedDict):
    """What is remembered of an entry's panel.

    Attributes:
        servers: The ids of all servers that were ever seen, sorted.
    """

    servers: list[str]


def server_store(hass: HomeAssistant, entry: ConfigEntry) -> Store[StoredServers]:
    """Return where an entry's servers are remembered."""
    return Store(hass, STORAGE_VERSION, f"{DOMAIN}.{entry.entry_id}")


def configured_ids(hass: HomeAssistant) -> set[str]:
    """Return the ids of all servers in this Home Assistant.

    They are those of all panel accounts.
    """
    return {
        subentry.data[CONF_SERVER_ID]
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry in entry.get_subentries_of_type(SUBENTRY_SERVER)
    }


class Inventory:
    """Compares the panel's lists of servers with the entry's subentries.

    A server that was once in a list and has no subentry was left out or removed by the user, and stays so. Shared
    servers may be in no list, so absence alone says little: before a server counts as gone, the panel must say 404.
    """

    def __init__(self, hass: HomeAssistant, entry: ConfigEntry, client: StellarStackClient) -> None:
        """Begin without any list seen."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._store = server_store(hass, entry)
        self._known: frozenset[str] | None = None
        self._unsaved = False
        self._list_failed = False
        self._absences: dict[str, int] = {}
        self._suspects: set[str] = set()
        self._unanswered: set[str] = set()
        self._round = asyncio.Lock()

    @callback
    def async_follow_feed(self) -> CALLBACK_TYPE:
        """Add new servers once the feed lists them.

        Some feeds list none.

        Returns:
            A function that ends this.
        """
        return self._client.listed.add(self._handle_list)

    async def async_load(self) -> None:
        """Load which servers were seen before.

        Entries of 0.1.0 hold that in their data.
        """
        if (stored := await self._store.async_load()) is not None:
            self._known = frozenset(stored["servers"])
        elif CONF_KNOWN_SERVERS in self._entry.data:
            self._known = frozenset(self._entry.data[CONF_KNOWN_SERVERS])
            await self._store.async_save(self._stored())
        if CONF_KNOWN_SERVERS in self._entry.data:
            data = {key: value for key, value in self._entry.data.items() if key != CONF_KNOWN_SERVERS}
            self._hass.config_entries.async_update_entry(self._entry, data=data)

    async def async_save(self) -> None:
        """Write pending changes at once."""
        if self._unsaved:
            await self._store.async_save(self._stored())

    async def async_check(self) -> None:
        """List the servers, add new ones, and verify missing ones.

        Needs calls.

        Raises:
            AuthenticationError: The session has ended.
            StellarStackError: The panel did not list its servers.
        """
        async with self._round:
            try:
                rows = await self._client.load_servers()
            except StellarStackError:
                self._list_failed = True
                raise
            await self._add_new(rows)
            self._count_absences(rows)
            self._suspects |= self._unanswered
            await self._verify_suspects()

    @callback
    def async_suspect(self, server_id: str) -> None:
        """Verify whether a server is gone, as the panel reported.

        The panel reports the deleted servers of all users. Several at the same time are verified together.
        """
        if not self._client.capabilities.calls:
            return
        self._suspects.add(server_id)
        if not self._round.locked():
            self._entry.async_create_background_task(
                self._hass, self._look_for_suspects(), f"stellarstack deleted servers of {self._entry.title}"
            )

    @callback
    def _handle_list(self, rows: Sequence[Server]) -> None:
        self._entry.async_create_background_task(
            self._hass, self._take_list(rows), f"stellarstack new servers of {self._entry.title}"
        )

    async def _take_list(self, rows: Sequence[Server]) -> None:
        async with self._round:
            await self._add_new(rows)

    async def _add_new(self, rows: Sequence[Server]) -> None:
        """Add servers created since the last list, and store all known ids."""
        own = {subentry.data[CONF_SERVER_ID] for subentry in self._entry.get_subentries_of_type(SUBENTRY_SERVER)}
        new = [row for row in self._unseen(rows) if row.id not in own]
        if not self._entry.options.get(CONF_ADD_NEW_SERVERS, True):
            new = []
        if len(new) > MOST_ADDED:
            _LOGGER.info(
                "Panel %s lists %d new servers: %d are added now, the others with the next lists",
                self._entry.title,
                len(new),
                MOST_ADDED,
            )
        self._remember({*own, *(row.id for row in rows)} - {row.id for row in new})
        for row in new[:MOST_ADDED]:
            # The entry of another account may get it meanwhile.
            if row.id not in configured_ids(self._hass):
                self._hass.config_entries.async_add_subentry(
                    self._entry,
                    ConfigSubentry(
                        data=MappingProxyType({CONF_SERVER_ID: row.id}),
                        subentry_type=SUBENTRY_SERVER,
                        title=row.name or row.id,
                        unique_id=row.id,
                    ),
                )
            # Only now: a reload may end this at any of them, and what is known is not added again.
            self._remember({row.id})
            await asyncio.sleep(0)

    def _unseen(self, rows: Sequence[Server]) -> list[Server]:
        """Return the servers of a list that are new to the user."""
        if self._known is not None:
            return [row for row in rows if row.id not in self._known]
        if not self._list_failed:
            # The first list of an entry holds what the user chose from.
            return []
        since = self._entry.created_at
        return [row for row in rows if row.created_at is not None and row.created_at > since]

    def _remember(self, server_ids: set[str]) -> None:
        known = (self._known or frozenset()) | server_ids
        if known != self._known:
            self._known = known
            self._unsaved = True
            self._store.async_delay_save(self._stored, SAVE_DELAY)

    def _stored(self) -> StoredServers:
        self._unsaved = False
        return {"servers": sorted(self._known or ())}

    def _count_absences(self, rows: Sequence[Server]) -> None:
        listed = {row.id for row in rows}
        for server in self._client.servers:
            if server.id in listed or server.live:
                self._absences.pop(server.id, None)
                continue
            self._absences[server.id] = self._absences.get(server.id, 0) + 1
            if self._absences[server.id] >= ABSENCES:
                del self._absences[server.id]
                self._suspects.add(server.id)

    async def _look_for_suspects(self) -> None:
        async with self._round:
            try:
                await self._verify_suspects()
            except StellarStackError as err:
                _LOGGER.debug("The panel did not tell of deleted servers: %s", err)

    async def _verify_suspects(self) -> None:
        """Ask the panel for each server that may be gone.

        Those that are added meanwhile are asked for too.

        Raises:
            AuthenticationError: The session has ended.
            StellarStackError: There are many, and the panel did not list its servers.
        """
        while self._suspects:
            if len(self._suspects) > MOST_ASKED:
                self._suspects.difference_update(row.id for row in await self._client.load_servers())
            suspects, self._suspects = self._suspects, set()
            self._unanswered |= suspects
            await self._ask_for(suspects)
            await asyncio.sleep(self._client.timing.deletions)

    async def _ask_for(self, server_ids: Iterable[str]) -> None:
        """Ask the panel for servers, and report those that are gone.

        Raises:
            AuthenticationError: The session has ended.
        """
        watched = {server.id: server for server in self._client.servers}
        for server_id in server_ids:
            server = watched.get(server_id)
            try:
                if server is not None:
                    await self._client.ask(server.load)
            except NotFoundError:
                self._report_gone(server_id)
            except ForbiddenError:
                _LOGGER.debug("The account may not see server %s any more", server_id)
            except AuthenticationError:
                raise
            except StellarStackError as err:
                # The next list asks again.
                _LOGGER.debug("The panel did not tell whether it has server %s: %s", server_id, err)
                continue
            self._unanswered.discard(server_id)

    def _report_gone(self, server_id: str) -> None:
        for subentry in self._entry.get_subentries_of_type(SUBENTRY_SERVER):
            if subentry.data[CONF_SERVER_ID] == server_id:
                async_report_server_gone(self._hass, self._entry, subentry)
