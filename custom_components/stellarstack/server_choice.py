"""The choice of servers, by name or by typed id."""

import asyncio
from collections import Counter
from collections.abc import Iterable

from homeassistant.core import HomeAssistant
from homeassistant.helpers.selector import SelectOptionDict, SelectSelector, SelectSelectorConfig, SelectSelectorMode

from .client.client import StellarStackClient
from .client.exceptions import ForbiddenError, NotFoundError
from .client.models import Server
from .inventory import configured_ids
from .user_input import parse_server_ids


class ServerChoice:
    """The servers that a dialog offers, and what the user chose.

    Attributes:
        names: Of the servers that the panel listed, and of those that were found, by id.
        listed: How many the panel listed that are not in Home Assistant.
        chosen: The ids that the user chose or typed; once found, as the panel knows them.
        error: The key of the error's text, None when there is none.
        concerned: Those of the chosen that the error is about.
    """

    def __init__(self) -> None:
        """Begin with nothing to choose from."""
        self.names: dict[str, str] = {}
        self.listed = 0
        self.chosen: list[str] = []
        self.error: str | None = None
        self.concerned: list[str] = []

    def offer(self, hass: HomeAssistant, servers: Iterable[Server]) -> None:
        """Offer those of the panel's servers that are not in Home Assistant."""
        configured = configured_ids(hass)
        self.names = {server.id: _name(server) for server in servers if server.id not in configured}
        self.listed = len(self.names)

    def choose(self, typed: Iterable[str]) -> None:
        """Record the user's choice."""
        ids = [each for text in typed for each in ([text] if text in self.names else parse_server_ids(text))]
        self.chosen = list(dict.fromkeys(ids))
        self.fail(None)

    @property
    def unknown(self) -> list[str]:
        """Return the chosen ids that have to be looked for."""
        return [server_id for server_id in self.chosen if server_id not in self.names]

    def configured(self, hass: HomeAssistant) -> list[str]:
        """Return the chosen servers that are in Home Assistant by now."""
        configured = configured_ids(hass)
        return [server_id for server_id in self.chosen if server_id in configured]

    def drop_configured(self, hass: HomeAssistant) -> None:
        """Choose none that is in Home Assistant by now."""
        configured = self.configured(hass)
        self.chosen = [server_id for server_id in self.chosen if server_id not in configured]
        if not self.unknown:
            self.fail(None)

    def fail(self, error: str | None, concerned: Iterable[str] = ()) -> None:
        """Record an error of the choice."""
        self.error = error
        self.concerned = list(concerned)

    async def find(self, client: StellarStackClient) -> None:
        """Look up the chosen ids that are not known.

        Ids that are not found make the choice's error.

        Raises:
            StellarStackError: The panel did not answer.
        """
        typed = self.unknown
        results = await asyncio.gather(*(client.find_server(each) for each in typed), return_exceptions=True)
        found: dict[str, str] = {}
        failed: dict[str, list[str]] = {"server_not_found": [], "no_access": []}
        for text, result in zip(typed, results, strict=True):
            match result:
                case Server():
                    found[text] = result.id
                    self.names[result.id] = _name(result)
                case NotFoundError():
                    failed["server_not_found"].append(text)
                case ForbiddenError():
                    failed["no_access"].append(text)
                case other:
                    raise other
        self.chosen = list(dict.fromkeys(found.get(text, text) for text in self.chosen))
        for error, concerned in failed.items():
            if concerned:
                self.fail(error, concerned)
                return

    def errors(self, field: str) -> dict[str, str]:
        """Return the errors of a form, keyed by field or `base`."""
        return {} if self.error is None else {field if self.concerned else "base": self.error}

    @property
    def placeholders(self) -> dict[str, str]:
        """Return the placeholders of a form's texts."""
        return {"count": str(self.listed), "servers": ", ".join(self.concerned)}

    def selector(self, hass: HomeAssistant, *, multiple: bool) -> SelectSelector:
        """Return a selector of servers by name, or by typed id.

        Ids tell servers of the same name apart.
        """
        configured = configured_ids(hass)
        names = {server_id: name for server_id, name in self.names.items() if server_id not in configured}
        count = Counter(names.values())
        return SelectSelector(
            SelectSelectorConfig(
                options=[
                    SelectOptionDict(value=server_id, label=name if count[name] == 1 else f"{name} ({server_id})")
                    for server_id, name in sorted(names.items(), key=lambda item: item[1].casefold())
                ],
                multiple=multiple,
                custom_value=True,
                mode=SelectSelectorMode.DROPDOWN,
            )
        )


def _name(server: Server) -> str:
    return server.name or server.id
