"""Servers that come and go: which of the panel's servers the entry has, and which of its own the panel has no more."""

from types import MappingProxyType
from typing import TYPE_CHECKING

from homeassistant.config_entries import ConfigSubentry
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir

from .client import Server, StellarStackClient
from .client.errors import NotFoundError
from .const import CONF_ADD_NEW_SERVERS, CONF_KNOWN_SERVERS, CONF_SERVER_ID, DOMAIN, ISSUE_SERVER_GONE, SUBENTRY_SERVER

if TYPE_CHECKING:
    from .coordinator import StellarStackConfigEntry

ABSENCES = 3
"""Lists in a row without a server, after which the panel is asked whether it still has it."""


def configured_ids(hass: HomeAssistant) -> set[str]:
    """Return the ids of servers that any panel account of this Home Assistant already has."""
    return {
        subentry.data[CONF_SERVER_ID]
        for entry in hass.config_entries.async_entries(DOMAIN)
        for subentry in entry.get_subentries_of_type(SUBENTRY_SERVER)
    }


@callback
def async_forget_gone(hass: HomeAssistant, server_id: str) -> None:
    """Take back that a server is gone."""
    ir.async_delete_issue(hass, DOMAIN, f"{ISSUE_SERVER_GONE}_{server_id}")


class Inventory:
    """Compares the panel's lists of servers with the entry's subentries.

    A server that was once in a list and has no subentry was left out or removed by the user, and stays so. Shared
    servers are in no list, so absence alone says little: before a server counts as gone, the panel must say 404.
    """

    def __init__(self, hass: HomeAssistant, entry: StellarStackConfigEntry, client: StellarStackClient) -> None:
        """Begin without any list seen."""
        self._hass = hass
        self._entry = entry
        self._client = client
        self._absences: dict[str, int] = {}

    async def async_compare(self, servers: list[Server]) -> None:
        """Take a complete list: add what is new, and look for what is missing.

        Raises:
            StellarStackError: The panel did not answer what it was asked about a missing server.
        """
        self._add_new(servers)
        listed = {server.id for server in servers}
        for server_id, watched in list(self._client.watched.items()):
            if server_id in listed or watched.live:
                self._absences.pop(server_id, None)
                continue
            self._absences[server_id] = self._absences.get(server_id, 0) + 1
            if self._absences[server_id] >= ABSENCES:
                del self._absences[server_id]
                await self.async_verify(server_id)

    async def async_verify(self, server_id: str) -> None:
        """Ask the panel whether it still has a server; if it has not, offer to remove it here too.

        Raises:
            StellarStackError: The panel did not answer.
        """
        try:
            await self._client.guard(self._client.http.server(server_id))
        except NotFoundError:
            for subentry in self._entry.get_subentries_of_type(SUBENTRY_SERVER):
                if subentry.data[CONF_SERVER_ID] == server_id:
                    self._report_gone(subentry)

    @callback
    def _add_new(self, servers: list[Server]) -> None:
        """Add the servers that were created since the last list, and remember all that are known now."""
        configured = configured_ids(self._hass)
        own = {subentry.data[CONF_SERVER_ID] for subentry in self._entry.get_subentries_of_type(SUBENTRY_SERVER)}
        known: list[str] | None = self._entry.data.get(CONF_KNOWN_SERVERS)
        remembered = frozenset(known or ())
        # The first list of an entry holds what the user chose from.
        new = [] if known is None else [server for server in servers if server.id not in remembered]
        everything = sorted({*remembered, *own, *(server.id for server in servers)})
        if everything != known:
            self._hass.config_entries.async_update_entry(
                self._entry, data=self._entry.data | {CONF_KNOWN_SERVERS: everything}
            )
        if not self._entry.options.get(CONF_ADD_NEW_SERVERS, True):
            return
        for server in new:
            if server.id not in configured:
                self._hass.config_entries.async_add_subentry(
                    self._entry,
                    ConfigSubentry(
                        data=MappingProxyType({CONF_SERVER_ID: server.id}),
                        subentry_type=SUBENTRY_SERVER,
                        title=server.name or server.id,
                        unique_id=server.id,
                    ),
                )

    def _report_gone(self, subentry: ConfigSubentry) -> None:
        """Offer to remove a server that the panel no longer has."""
        # Repairs are shown as markdown, and whoever names a server must not put links or pictures into them.
        server = subentry.title.replace("](", "] (").replace("][", "] [").replace("<", "&lt;")
        ir.async_create_issue(
            self._hass,
            DOMAIN,
            f"{ISSUE_SERVER_GONE}_{subentry.data[CONF_SERVER_ID]}",
            data={"entry_id": self._entry.entry_id, "subentry_id": subentry.subentry_id, "server": server},
            is_fixable=True,
            severity=ir.IssueSeverity.WARNING,
            translation_key=ISSUE_SERVER_GONE,
            translation_placeholders={"server": server, "panel": self._entry.title},
        )
