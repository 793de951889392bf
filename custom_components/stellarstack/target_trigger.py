"""The triggers that follow the servers of a target.

Core's own target tracker follows the registries and the status sensors.
"""

from abc import abstractmethod
from collections.abc import Mapping
from functools import partial
from typing import override

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.helpers.target import TargetStateChangedData, async_track_target_selector_state_change_event
from homeassistant.helpers.trigger import Trigger, TriggerActionRunner, TriggerConfig, TriggerNotTriggeredReporter

from .targets import status_sensors


class TargetTrigger(Trigger):
    """A trigger on servers, each known by its status sensor."""

    _run_action: TriggerActionRunner

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Read the target."""
        super().__init__(hass, config)
        self._target = config.target or {}
        self._followed: set[str] = set()

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        """Follow the target until detached."""
        self._run_action = run_action
        untrack = await async_track_target_selector_state_change_event(
            self._hass,
            self._target,
            self._handle_state_event,
            partial(status_sensors, self._hass, self._target),
            self._handle_targets,
        )

        @callback
        def detach() -> None:
            untrack()
            self._handle_targets(set(), set(self._followed), {})

        return detach

    @callback
    def _handle_targets(self, added: set[str], removed: set[str], states: Mapping[str, State | None]) -> None:
        for entity_id in removed:
            self._remove(entity_id)
        for entity_id in added:
            self._add(entity_id, states[entity_id])
        self._followed = (self._followed - removed) | added

    @callback
    def _handle_state_event(self, data: TargetStateChangedData) -> None:
        """Handle a new state of a status sensor."""

    @abstractmethod
    def _add(self, entity_id: str, state: State | None) -> None:
        """Follow a server."""

    @abstractmethod
    def _remove(self, entity_id: str) -> None:
        """Follow a server no longer."""
