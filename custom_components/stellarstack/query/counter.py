"""Count who plays on a server, while it runs and someone listens."""

import asyncio
import logging
from typing import Final

from homeassistant.core import CALLBACK_TYPE, callback

from ..client.listeners import Listeners
from ..client.models import ServerStatus
from ..coordinator import ServerCoordinator
from ..panel_coordinator import async_call_repeatedly
from .protocols import Players, QueryError, async_ask_game
from .settings import QuerySettings

_LOGGER = logging.getLogger(__name__)

MOST_FAILURES: Final = 3
"""Questions in a row without an answer, after which it is not known who plays."""
_NOBODY: Final = Players(0, None, ())
_JITTER: Final = 0.1
"""The share of the interval by which it is shortened at random, so that servers are not all asked at once."""


class PlayerCounter:
    """Asks the game of one server who plays.

    A server that stopped has no players. In all other states but running it is not known: a game that starts does not
    answer yet, and an automation that waits for an empty server then counts from the first answer.

    Attributes:
        coordinator: The server.
        players: None while that is not known.
    """

    def __init__(self, coordinator: ServerCoordinator, settings: QuerySettings) -> None:
        """Wait for the first listener."""
        self.coordinator = coordinator
        self.players: Players | None = None
        self._settings = settings
        self._listeners: Listeners[[]] = Listeners()
        self._failures = 0
        self._end_following: CALLBACK_TYPE | None = None
        self._end_asking: CALLBACK_TYPE | None = None
        self._question: asyncio.Task[None] | None = None

    @callback
    def async_add_listener(self, update: CALLBACK_TYPE) -> CALLBACK_TYPE:
        """Add a listener to the players; return a function that removes it.

        The game is asked while there is one.
        """
        remove_listener = self._listeners.add(update)
        if self._end_following is None:
            self._end_following = self.coordinator.async_add_listener(self._follow_status, frozenset({"status"}))
            self._follow_status()

        def remove() -> None:
            remove_listener()
            if not self._listeners and self._end_following is not None:
                self._end_following()
                self._end_following = None
                self._stop()

        return remove

    @callback
    def async_change(self, settings: QuerySettings) -> None:
        """Ask in another way from now on."""
        if settings != self._settings:
            self._settings = settings
            self._stop()
            if self._end_following is not None:
                self._follow_status()

    async def async_refresh(self) -> None:
        """Ask now, if the server runs, and wait for the answer."""
        if self._end_asking is not None:
            self._ask()
        if self._question is not None:
            await asyncio.wait((self._question,))

    @callback
    def _follow_status(self) -> None:
        server = self.coordinator.data if self.coordinator.available else None
        status = server.status if server is not None else None
        if status is ServerStatus.RUNNING:
            if self._end_asking is None:
                self._start()
            return
        self._stop()
        self._show(_NOBODY if status is ServerStatus.STOPPED else None)

    def _start(self) -> None:
        self._failures = 0
        # What was known is of an earlier run, or of before a gap.
        self._show(None)
        interval = self._settings.interval
        jittered = (interval * (1 - _JITTER), interval)
        self._end_asking = async_call_repeatedly(self.coordinator.panel.hass, jittered, self._ask)
        self._ask()

    def _stop(self) -> None:
        if self._end_asking is not None:
            self._end_asking()
            self._end_asking = None
        if self._question is not None:
            self._question.cancel()
            self._question = None

    def _ask(self) -> None:
        # With a slow game, the next question may be due before the answer to the last one.
        if self._question is None or self._question.done():
            panel = self.coordinator.panel
            self._question = panel.config_entry.async_create_background_task(
                panel.hass, self._load(), f"stellarstack players of {self.coordinator.server_id}"
            )

    async def _load(self) -> None:
        coordinator, settings = self.coordinator, self._settings
        try:
            host, port = settings.address(coordinator.data)
            players = await async_ask_game(
                coordinator.panel.hass, settings.protocol, host, port, coordinator.panel.client.timing.query
            )
        except QueryError as err:
            self._handle_failure(err)
            return
        if self._failures >= MOST_FAILURES:
            _LOGGER.info("The game of %s tells again who plays", coordinator.name)
        self._failures = 0
        self._show(players)

    def _handle_failure(self, err: QueryError) -> None:
        self._failures += 1
        if self._failures == MOST_FAILURES:
            _LOGGER.warning("The game of %s does not tell who plays: %s", self.coordinator.name, err)
            self._show(None)

    def _show(self, players: Players | None) -> None:
        if players != self.players:
            self.players = players
            self._listeners.notify()
