"""What the triggers on statuses and events share.

Core's own entity triggers are not used, because what happened is no state, and `for` goes on through a gap here.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar, override

from homeassistant.const import ATTR_ENTITY_ID, CONF_FOR, STATE_UNAVAILABLE, STATE_UNKNOWN
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.target import TargetStateChangedData
from homeassistant.helpers.trigger import (
    ATTR_BEHAVIOR,
    BEHAVIOR_ALL,
    BEHAVIOR_EACH,
    BEHAVIOR_FIRST,
    ENTITY_STATE_TRIGGER_SCHEMA_WITH_BEHAVIOR,
    TriggerConfig,
)
from homeassistant.helpers.typing import ConfigType
import probatio

from .target_trigger import TargetTrigger

STATUS_TIMEOUT = timedelta(minutes=5)
"""For a status to show again that is unknown when the time of `for` is up: most gaps are shorter."""


@dataclass(frozen=True, slots=True)
class Change:
    """A change of a status sensor.

    Attributes:
        entity_id: The sensor.
        from_state: None when the change was not seen.
        to_state: What it changed to.
    """

    entity_id: str
    from_state: State | None
    to_state: State


@dataclass(slots=True)
class Wait:
    """The time of `for` after a change.

    Attributes:
        change: What to tell of when the time is up.
        statuses: Where servers have to be then.
        cancel: Ends the wait.
        is_over: Whether the time is up, and only the status not known.
    """

    change: Change
    statuses: frozenset[str]
    cancel: CALLBACK_TYPE
    is_over: bool = False


def _status(state: State | None) -> str | None:
    """Return the status that a sensor shows; None when it shows none."""
    return None if state is None or state.state in {STATE_UNAVAILABLE, STATE_UNKNOWN} else state.state


class ServerTrigger(TargetTrigger):
    """A trigger on the servers of a target.

    The behavior `first` triggers when a server is the first of them in one of the wanted statuses, `all` when it is
    the last. With `for`, that server, any of them, or all of them must still be there so much later. What is shown
    meanwhile ends the wait at once; what is not shown, in a gap, does not.
    """

    _schema: ClassVar[probatio.Schema] = ENTITY_STATE_TRIGGER_SCHEMA_WITH_BEHAVIOR
    _event: ClassVar[str]
    """The event that triggers, as the trigger describes it."""

    @override
    @classmethod
    async def async_validate_config(cls, hass: HomeAssistant, config: ConfigType) -> ConfigType:
        """Validate the target and the options."""
        validated: ConfigType = cls._schema(config)
        return validated

    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Read the options."""
        super().__init__(hass, config)
        self._options = config.options or {}
        self._behavior: str = self._options.get(ATTR_BEHAVIOR, BEHAVIOR_EACH)
        self._duration: timedelta | None = self._options.get(CONF_FOR)
        # Of each status sensor of the target, the last status that it showed.
        self._statuses: dict[str, str | None] = {}
        # Those that show none for now.
        self._hidden: set[str] = set()
        # By sensor, or by the behavior when it is for several together.
        self._waits: dict[str, Wait] = {}

    @override
    @callback
    def _handle_targets(self, added: set[str], removed: set[str], states: Mapping[str, State | None]) -> None:
        super()._handle_targets(added, removed, states)
        self._review_waits()

    @override
    def _add(self, entity_id: str, state: State | None) -> None:
        self._statuses[entity_id] = None
        self._update(entity_id, _status(state))

    @override
    def _remove(self, entity_id: str) -> None:
        del self._statuses[entity_id]

    @override
    @callback
    def _handle_state_event(self, data: TargetStateChangedData) -> None:
        event = data.state_change_event.data
        entity_id, old, new = event["entity_id"], event["old_state"], event["new_state"]
        self._update(entity_id, _status(new))
        self._review_waits()
        if old is not None and new is not None and None not in {_status(old), _status(new)} and old.state != new.state:
            self._handle_change(entity_id, old, new)

    def _update(self, entity_id: str, status: str | None) -> None:
        """Record the status that a sensor shows."""
        if status is None:
            self._hidden.add(entity_id)
        else:
            self._hidden.discard(entity_id)
            self._statuses[entity_id] = status

    def _handle_change(self, entity_id: str, old: State, new: State) -> None:
        """Handle a change of a status to another."""

    def _is_in(self, entity_id: str, statuses: frozenset[str]) -> bool:
        """Return whether the last status shown counts as one of these."""
        return self._statuses[entity_id] in statuses

    def _trigger(self, change: Change, statuses: frozenset[str]) -> None:
        """Trigger, or begin to wait, if the behavior allows it.

        Args:
            change: The change to tell of.
            statuses: Where the servers have to be.
        """
        shown = self._statuses.keys() - self._hidden
        present = {entity_id for entity_id in shown if self._is_in(entity_id, statuses)}
        if self._behavior == BEHAVIOR_FIRST:
            applies = present == {change.entity_id}
        elif self._behavior == BEHAVIOR_ALL:
            applies = present == shown
        else:
            applies = not self._duration or change.entity_id in present
        if not applies:
            return
        if not self._duration:
            self._fire(change)
            return
        key = change.entity_id if self._behavior == BEHAVIOR_EACH else self._behavior
        if key not in self._waits:
            cancel = async_call_later(self._hass, self._duration, partial(self._end_wait, key))
            self._waits[key] = Wait(change, statuses, cancel)

    def _fire(self, change: Change) -> None:
        self._run_action(
            {
                ATTR_ENTITY_ID: change.entity_id,
                "from_state": change.from_state,
                "to_state": change.to_state,
                "for": self._duration,
            },
            f"{self._event} of {change.entity_id}",
            change.to_state.context,
        )

    def _holds(self, key: str, wait: Wait) -> bool | None:
        """Return whether the servers are in the awaited statuses.

        None stands for servers that were there when they were last shown.
        """
        targets = self._statuses.keys() & {key} if self._behavior == BEHAVIOR_EACH else set(self._statuses)
        present = {entity_id for entity_id in targets if self._is_in(entity_id, wait.statuses)}
        shown = targets - self._hidden
        if self._behavior == BEHAVIOR_ALL and not shown <= present:
            return False
        if shown & present:
            return True
        return None if present else False

    def _review_waits(self) -> None:
        """Cancel waits that no longer hold, and fire overdue ones."""
        for key, wait in list(self._waits.items()):
            if self._holds(key, wait) is False:
                self._waits.pop(key).cancel()
            elif wait.is_over:
                # Servers that come back together do so within one turn of the event loop: look at all of them.
                self._hass.loop.call_soon(self._fire_overdue, key, wait)

    @callback
    def _end_wait(self, key: str, _now: datetime) -> None:
        wait = self._waits[key]
        if self._holds(key, wait):
            del self._waits[key]
            self._fire(wait.change)
        else:
            wait.is_over = True
            wait.cancel = async_call_later(self._hass, STATUS_TIMEOUT, partial(self._drop_wait, key))

    @callback
    def _drop_wait(self, key: str, _now: datetime) -> None:
        del self._waits[key]

    @callback
    def _fire_overdue(self, key: str, wait: Wait) -> None:
        if self._waits.get(key) is wait and self._holds(key, wait):
            self._waits.pop(key).cancel()
            self._fire(wait.change)
