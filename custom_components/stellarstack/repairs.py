"""Repairs: faults that only the user can remedy.

All of them are raised and cleared here.
"""

from ipaddress import ip_address
import re

from homeassistant.components.repairs import ConfirmRepairFlow, RepairsFlow, RepairsFlowResult
from homeassistant.config_entries import ConfigEntry, ConfigSubentry
from homeassistant.const import CONF_URL
from homeassistant.core import HomeAssistant, callback
from homeassistant.helpers import issue_registry as ir
import voluptuous as vol
from yarl import URL

from .client.exceptions import (
    ClientCertificateError,
    NotThePanelError,
    PanelTlsError,
    RateLimitedError,
    RedirectedError,
    StellarStackError,
    UnsupportedPanelError,
    WebSocketBlockedError,
)
from .const import (
    DOMAIN,
    ISSUE_CANNOT_CONNECT,
    ISSUE_CLIENT_CERTIFICATE,
    ISSUE_INSECURE,
    ISSUE_MOVED,
    ISSUE_NOT_THE_PANEL,
    ISSUE_RATE_LIMITED,
    ISSUE_SERVER_GONE,
    ISSUE_SSL_ERROR,
    ISSUE_UNSTABLE,
    ISSUE_UNSUPPORTED,
    ISSUE_WEBSOCKET_BLOCKED,
)

CONNECTION_ISSUES = (
    ISSUE_CANNOT_CONNECT,
    ISSUE_CLIENT_CERTIFICATE,
    ISSUE_MOVED,
    ISSUE_NOT_THE_PANEL,
    ISSUE_RATE_LIMITED,
    ISSUE_SSL_ERROR,
    ISSUE_UNSTABLE,
    ISSUE_UNSUPPORTED,
    ISSUE_WEBSOCKET_BLOCKED,
)
"""Why there is no connection; each entry has at most one of these."""

# Names under which nothing is found from outside: RFC 6762, 8375, 9476 and what home routers use.
LOCAL_SUFFIXES = (".home", ".home.arpa", ".internal", ".lan", ".local", ".localdomain", ".localhost", ".test")

_MARKDOWN = re.compile(r"([!-/:-@\[-`{-~])")


def markdown_text(text: str) -> str:
    r"""Return markdown that shows a text as it is.

    Each ASCII punctuation mark gets a backslash, as CommonMark allows; so there is neither a link, also none that is
    made from a bare address, nor a picture, nor HTML. Only for descriptions: titles are no markdown.
    """
    return _MARKDOWN.sub(r"\\\1", text)


@callback
def async_report_server_gone(hass: HomeAssistant, entry: ConfigEntry, subentry: ConfigSubentry) -> None:
    """Offer to remove a server that the panel no longer has."""
    ir.async_create_issue(
        hass,
        DOMAIN,
        _server_gone_id(subentry.subentry_id),
        data={"entry_id": entry.entry_id, "subentry_id": subentry.subentry_id, "server": subentry.title},
        is_fixable=True,
        severity=ir.IssueSeverity.WARNING,
        translation_key=ISSUE_SERVER_GONE,
        translation_placeholders={"server": subentry.title},
    )


@callback
def async_clear_server_gone(hass: HomeAssistant, subentry_id: str) -> None:
    """Clear the repair of a server that is gone.

    The panel has it again, or its subentry was removed.
    """
    ir.async_delete_issue(hass, DOMAIN, _server_gone_id(subentry_id))


@callback
def async_report_outage(hass: HomeAssistant, entry: ConfigEntry, reason: StellarStackError) -> None:
    """Raise the repair of a lost connection.

    It replaces an earlier one.
    """
    location = reason.location if isinstance(reason, RedirectedError) else None
    _report_connection(hass, entry, _outage_key(reason), {"location": markdown_text(location or "")})


@callback
def async_report_unstable(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Raise the repair of connections that do not last."""
    _report_connection(hass, entry, ISSUE_UNSTABLE, {})


@callback
def async_clear_connection(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Clear the repair of a lost connection."""
    for key in CONNECTION_ISSUES:
        ir.async_delete_issue(hass, DOMAIN, f"{key}_{entry.entry_id}")


@callback
def async_check_encryption(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Raise or clear the repair of an unencrypted session.

    Such a session travels over the internet without TLS.
    """
    url = URL(entry.data[CONF_URL])
    if url.scheme == "https" or not is_public(url.host or ""):
        ir.async_delete_issue(hass, DOMAIN, f"{ISSUE_INSECURE}_{entry.entry_id}")
    else:
        _report_panel(hass, entry, ISSUE_INSECURE, ir.IssueSeverity.WARNING, {})


@callback
def async_clear_removed_servers(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Clear the repairs of servers without a subentry."""
    for issue in list(ir.async_get(hass).issues.values()):
        if (
            issue.domain == DOMAIN
            and issue.data is not None
            and issue.data["entry_id"] == entry.entry_id
            and (subentry_id := str(issue.data["subentry_id"])) not in entry.subentries
        ):
            async_clear_server_gone(hass, subentry_id)


@callback
def async_clear_entry(hass: HomeAssistant, entry: ConfigEntry) -> None:
    """Clear all repairs of an entry and its servers."""
    async_clear_connection(hass, entry)
    ir.async_delete_issue(hass, DOMAIN, f"{ISSUE_INSECURE}_{entry.entry_id}")
    for subentry_id in entry.subentries:
        async_clear_server_gone(hass, subentry_id)
    async_clear_removed_servers(hass, entry)


def is_public(host: str) -> bool:
    """Return whether a host is reached over the internet.

    Only its name or address is considered.
    """
    try:
        address = ip_address(host)
    except ValueError:
        return "." in host and not host.lower().rstrip(".").endswith(LOCAL_SUFFIXES)
    return address.is_global


def _server_gone_id(subentry_id: str) -> str:
    return f"{ISSUE_SERVER_GONE}_{subentry_id}"


def _outage_key(reason: StellarStackError) -> str:
    """Return the key of the repair for a lost connection."""
    match reason:
        case RedirectedError(location=str()):
            return ISSUE_MOVED
        case NotThePanelError() | RedirectedError():
            return ISSUE_NOT_THE_PANEL
        case UnsupportedPanelError():
            return ISSUE_UNSUPPORTED
        case WebSocketBlockedError():
            return ISSUE_WEBSOCKET_BLOCKED
        case ClientCertificateError():
            return ISSUE_CLIENT_CERTIFICATE
        case PanelTlsError():
            return ISSUE_SSL_ERROR
        case RateLimitedError():
            return ISSUE_RATE_LIMITED
        case _:
            return ISSUE_CANNOT_CONNECT


def _report_connection(hass: HomeAssistant, entry: ConfigEntry, key: str, placeholders: dict[str, str]) -> None:
    for other in CONNECTION_ISSUES:
        if other != key:
            ir.async_delete_issue(hass, DOMAIN, f"{other}_{entry.entry_id}")
    _report_panel(hass, entry, key, ir.IssueSeverity.ERROR, placeholders)


def _report_panel(
    hass: HomeAssistant, entry: ConfigEntry, key: str, severity: ir.IssueSeverity, placeholders: dict[str, str]
) -> None:
    ir.async_create_issue(
        hass,
        DOMAIN,
        f"{key}_{entry.entry_id}",
        is_fixable=False,
        severity=severity,
        translation_key=key,
        translation_placeholders={"panel": entry.title, "url": entry.data[CONF_URL]} | placeholders,
    )


class ServerGoneRepairFlow(RepairsFlow):
    """Removes a server that the panel no longer has."""

    def __init__(self, data: dict[str, str | int | float | None]) -> None:
        """Take the issue's data.

        It has the ids of entry and subentry, and the server's name.
        """
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
                description_placeholders={
                    "server": self._server,
                    "server_markdown": markdown_text(self._server),
                },
            )
        entry = self.hass.config_entries.async_get_entry(self._entry_id)
        if entry is not None and self._subentry_id in entry.subentries:
            self.hass.config_entries.async_remove_subentry(entry, self._subentry_id)
        return self.async_create_entry(data={})


async def async_create_fix_flow(
    hass: HomeAssistant, issue_id: str, data: dict[str, str | int | float | None] | None
) -> RepairsFlow:
    """Return the dialog of a repair."""
    if issue_id.startswith(ISSUE_SERVER_GONE) and data is not None:
        return ServerGoneRepairFlow(data)
    return ConfirmRepairFlow()
