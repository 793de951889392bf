"""Cards that follow servers by Home Assistant's WebSocket."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
import contextlib
from typing import Any

from homeassistant.core import HomeAssistant
from homeassistant.helpers import device_registry as dr
from pytest_homeassistant_custom_component.typing import MockHAClientWebSocket

from custom_components.stellarstack.const import DOMAIN


def device_of(hass: HomeAssistant, server_id: str) -> str:
    """Return the device id of a server of the only entry."""
    (entry,) = hass.config_entries.async_entries(DOMAIN)
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, server_id), entry.entry_id)
    assert device is not None
    return device.id


class Card:
    """A card that follows one server.

    Attributes:
        result: How the subscription was answered.
        events: What it was sent since.
    """

    def __init__(self, client: MockHAClientWebSocket) -> None:
        """Use a connection of its own."""
        self._client = client
        self.result: dict[str, Any] = {}
        self.events: list[dict[str, Any]] = []
        self._reading: asyncio.Task[None] | None = None

    async def subscribe(self, kind: str, device_id: str) -> dict[str, Any]:
        """Subscribe to `console` or `usage`; return the answer."""
        await self._client.send_json_auto_id({"type": f"{DOMAIN}/subscribe_{kind}", "device_id": device_id})
        self.result = await self._client.receive_json()
        if self.result["success"]:
            self._reading = asyncio.create_task(self._read())
        return self.result

    async def unsubscribe(self) -> None:
        """End the subscription; the answer is among the events."""
        await self._client.send_json_auto_id({"type": "unsubscribe_events", "subscription": self.result["id"]})

    async def close(self) -> None:
        """Close the connection."""
        if self._reading is not None:
            self._reading.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._reading
        await self._client.close()

    @property
    def lines(self) -> list[str]:
        """The console as the card shows it."""
        lines: list[str] = []
        for event in self.events:
            lines = [*([] if event["reset"] else lines), *event["lines"]]
        return lines

    @property
    def states(self) -> list[str]:
        """Why there are live data or not, in order."""
        return [event["state"] for event in self.events if "state" in event]

    @property
    def samples(self) -> list[dict[str, Any]]:
        """What the server used, in order."""
        return [event for event in self.events if "state" not in event]

    async def _read(self) -> None:
        while True:
            message = await self._client.receive_json()
            if message["type"] == "event":
                self.events.append(message["event"])


type OpenCard = Callable[..., Awaitable[Card]]


@contextlib.asynccontextmanager
async def cards(
    connect: Callable[..., Awaitable[MockHAClientWebSocket]], hass: HomeAssistant
) -> AsyncGenerator[OpenCard]:
    """Open cards for a user, of whom the access token is told; close them at the end."""
    opened: list[Card] = []

    async def open_card(kind: str, server_id: str, token: str | None = None) -> Card:
        card = Card(await (connect(hass) if token is None else connect(hass, token)))
        opened.append(card)
        await card.subscribe(kind, device_of(hass, server_id))
        return card

    yield open_card
    for card in opened:
        await card.close()
