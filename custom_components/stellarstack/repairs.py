"""Repairs: what only the user can set right."""

from ipaddress import ip_address

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol
from yarl import URL

from .const import DOMAIN, ISSUE_INSECURE, ISSUE_SERVER_GONE
from .coordinator import StellarStackConfigEntry

# Names under which nothing is found from outside: RFC 6762, 8375, 9476 and what home routers use.
LOCAL_SUFFIXES = (".home", ".home.arpa", ".internal", ".lan", ".local", ".localdomain", ".localhost", ".test")


class ServerGoneRepairFlow(RepairsFlow):
    """Removes a server that the panel no longer has."""

    def __init__(self, data: dict[str, str | int | float | None]) -> None:
        """Take the issue's data: the ids of entry and subentry, and the server's name."""
        self._entry_id = str(data["entry_id"])
        self._subentry_id = str(data["subentry_id"])
        self._server = str(data["server"])

    async def async_step_init(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Begin."""
        return await self.async_step_confirm()

    async def async_step_confirm(self, user_input: dict[str, str] | None = None) -> RepairsFlowResult:
        """Ask, then remove the subentry with its device and entities."""
        if user_input is None:
            return self.async_show_form(
                step_id="confirm",
                data_schema=vol.Schema({}),
                description_placeholders={"server": self._server},
            )
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is not None and self._subentry_id in entry.subentries:
            self.hass.config_entries.async_remove_subentry(entry, self._subentry_id)
        return self.async_create_entry(data={})


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the dialog that sets an issue right."""
    if issue_id.startswith(ISSUE_SERVER_GONE) and data is not None:
        return ServerGoneRepairFlow(data)
    return ConfirmRepairFlow()


def is_public(host: str) -> bool:
    """Return whether a host is reached over the internet, as far as its name or address tells."""
    try:
        address = ip_address(host)
    except ValueError:
        return "." in host and not host.lower().rstrip(".").endswith(LOCAL_SUFFIXES)
    return address.is_global


@callback
def async_check_connection(hass: HomeAssistant, entry: StellarStackConfigEntry) -> None:
    """Warn of a session that travels over the internet unencrypted."""
    url = URL(entry.data[CONF_URL])
    issue_id = f"{ISSUE_INSECURE}_{entry.entry_id}"
    if url.scheme == "https" or not is_public(url.host or ""):
        ir.async_delete_issue(hass, DOMAIN, issue_id)
        return
    ir.async_create_issue(
        hass,
        DOMAIN,
        issue_id,
        is_fixable=False,
        is_persistent=False,
        severity=ir.IssueSeverity.WARNING,
        translation_key=ISSUE_INSECURE,
        translation_placeholders={"panel": entry.title, "url": entry.data[CONF_URL]},
    )
