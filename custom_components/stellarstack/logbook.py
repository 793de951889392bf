"""How the logbook tells what happened to a server."""

from collections.abc import Callable

from homeassistant.components.logbook import LOGBOOK_ENTRY_ENTITY_ID, LOGBOOK_ENTRY_MESSAGE, LOGBOOK_ENTRY_NAME
from homeassistant.const import ATTR_ENTITY_ID, ATTR_NAME
from homeassistant.core import Event, HomeAssistant, callback

from .const import ATTR_HAPPENING, DOMAIN, EVENT_LIFECYCLE
from .lifecycle import Happening

# The logbook has no translations for what integrations describe.
_MESSAGES = {
    Happening.STARTED: "started",
    Happening.STOPPED: "stopped",
    Happening.CRASHED: "crashed",
    Happening.RESTARTED: "restarted",
    Happening.SUSPENDED: "was suspended",
    Happening.UNSUSPENDED: "is no longer suspended",
    Happening.INSTALL_FINISHED: "finished installing",
}


@callback
def async_describe_events(
    hass: HomeAssistant,
    async_describe_event: Callable[[str, str, Callable[[Event], dict[str, str]]], None],
) -> None:
    """Describe our events."""

    @callback
    def describe(event: Event) -> dict[str, str]:
        return {
            LOGBOOK_ENTRY_NAME: event.data[ATTR_NAME],
            LOGBOOK_ENTRY_MESSAGE: _MESSAGES[Happening(event.data[ATTR_HAPPENING])],
            LOGBOOK_ENTRY_ENTITY_ID: event.data[ATTR_ENTITY_ID],
        }

    async_describe_event(DOMAIN, EVENT_LIFECYCLE, describe)
