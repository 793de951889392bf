"""Triggers: lifecycle events of servers, changes of their status, console lines."""

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar, override

from homeassistant.const import CONF_FOR, CONF_OPTIONS
from homeassistant.core import CALLBACK_TYPE, HomeAssistant, State, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.dispatcher import async_dispatcher_connect
from homeassistant.helpers.trigger import (
    ATTR_BEHAVIOR,
    BEHAVIOR_ALL,
    BEHAVIOR_EACH,
    BEHAVIOR_FIRST,
    ENTITY_STATE_TRIGGER_SCHEMA_WITH_BEHAVIOR,
    Trigger,
    TriggerConfig,
)
import probatio

from .client.lifecycle import LifecycleEvent
from .client.models import ServerStatus
from .console_trigger import ConsoleLineTrigger
from .server_trigger import Change, ServerTrigger
from .signals import SIGNAL_LIFECYCLE
from .targets import server_id_of_entity

CONF_FROM = "from"
CONF_TO = "to"
STATUSES = [status.value for status in ServerStatus]

_UP = frozenset({ServerStatus.RUNNING})
_DOWN = frozenset({ServerStatus.STOPPED, ServerStatus.ERROR})
_UNDECIDED_AFTER = frozenset({ServerStatus.STARTING, ServerStatus.RUNNING, ServerStatus.STOPPING})
"""A server that is down after one of these may be restarting: the event follows later."""


class LifecycleTrigger(ServerTrigger):
    """A trigger on an event in the life of servers.

    It is told at the same moment as by the event entity: both hear the same signal, which is per server, so that a
    trigger outlives a reload of the panel's entry.

    A stop or a crash is only certain some time after the status shows it. Until then, the server does not count as
    down for `first` and `all`: it may be on its way through a restart.
    """

    _outcome: ClassVar[frozenset[str]]
    """Where the event leaves a server."""

    @override
    def __init__(self, hass: HomeAssistant, config: TriggerConfig) -> None:
        """Read the options."""
        super().__init__(hass, config)
        # Of each server, the last change to the outcome.
        self._changes: dict[str, Change] = {}
        self._undecided: set[str] = set()
        self._subscriptions: dict[str, CALLBACK_TYPE] = {}

    @override
    def _add(self, entity_id: str, state: State | None) -> None:
        super()._add(entity_id, state)
        if (server_id := server_id_of_entity(self._hass, entity_id)) is not None:
            self._subscriptions[entity_id] = async_dispatcher_connect(
                self._hass, SIGNAL_LIFECYCLE.format(server_id), partial(self._handle_lifecycle_event, entity_id)
            )

    @override
    def _remove(self, entity_id: str) -> None:
        super()._remove(entity_id)
        self._changes.pop(entity_id, None)
        self._undecided.discard(entity_id)
        if (unsubscribe := self._subscriptions.pop(entity_id, None)) is not None:
            unsubscribe()

    @override
    def _update(self, entity_id: str, status: str | None) -> None:
        super()._update(entity_id, status)
        if status not in self._outcome:
            self._undecided.discard(entity_id)

    @override
    def _handle_change(self, entity_id: str, old: State, new: State) -> None:
        if new.state in self._outcome and old.state not in self._outcome:
            self._changes[entity_id] = Change(entity_id, old, new)
            if new.state in _DOWN and old.state in _UNDECIDED_AFTER:
                self._undecided.add(entity_id)

    @override
    def _is_in(self, entity_id: str, statuses: frozenset[str]) -> bool:
        return super()._is_in(entity_id, statuses) and entity_id not in self._undecided

    @callback
    def _handle_lifecycle_event(self, entity_id: str, event: LifecycleEvent) -> None:
        self._undecided.discard(entity_id)
        # Another listener of the same signal may have detached this one.
        if event != self._event or entity_id not in self._statuses:
            return
        if (change := self._changes.get(entity_id)) is None:
            if (state := self._hass.states.get(entity_id)) is None:
                return
            change = Change(entity_id, None, state)
        self._trigger(change, self._outcome)


class StartedTrigger(LifecycleTrigger):
    """Triggers when a server that was down is ready."""

    _event = LifecycleEvent.STARTED
    _outcome = _UP


class StoppedTrigger(LifecycleTrigger):
    """Triggers when a server has stopped on request."""

    _event = LifecycleEvent.STOPPED
    _outcome = _DOWN


class CrashedTrigger(LifecycleTrigger):
    """Triggers when a server went down by itself."""

    _event = LifecycleEvent.CRASHED
    _outcome = _DOWN


class RestartedTrigger(LifecycleTrigger):
    """Triggers when a server is ready again after a restart."""

    _event = LifecycleEvent.RESTARTED
    _outcome = _UP


def _destinations(options: Mapping[str, Any]) -> frozenset[str]:
    """Return the statuses that servers arrive at.

    They are those of `to`; without any, all that are not in `from`.
    """
    return frozenset(options.get(CONF_TO) or set(STATUSES).difference(options.get(CONF_FROM, [])))


def _resolve_behavior(options: dict[str, Any]) -> dict[str, Any]:
    """Replace behaviors that the statuses make meaningless by `each`.

    These are `first` and `all` where no status, or every one, is a destination. Release 0.1.0 accepted such triggers,
    which say neither `to` nor `from`.
    """
    return options if 0 < len(_destinations(options)) < len(STATUSES) else options | {ATTR_BEHAVIOR: BEHAVIOR_EACH}


class StatusChangedTrigger(ServerTrigger):
    """Triggers when a status changes, if asked only from or to some.

    With `first` and `all`, servers have to arrive at the statuses of `to`; without these, to leave those of `from`;
    without both, each change triggers.
    """

    _schema = ENTITY_STATE_TRIGGER_SCHEMA_WITH_BEHAVIOR.extend(
        {
            probatio.Required(CONF_OPTIONS, default={}): probatio.All(
                {
                    probatio.Required(ATTR_BEHAVIOR, default=BEHAVIOR_EACH): probatio.In(
                        [BEHAVIOR_EACH, BEHAVIOR_FIRST, BEHAVIOR_ALL]
                    ),
                    probatio.Optional(CONF_FOR): cv.positive_time_period,
                    probatio.Optional(CONF_FROM): probatio.All(probatio.EnsureList(), [probatio.In(STATUSES)]),
                    probatio.Optional(CONF_TO): probatio.All(probatio.EnsureList(), [probatio.In(STATUSES)]),
                },
                _resolve_behavior,
            )
        }
    )
    _event = "state"

    @override
    def _handle_change(self, entity_id: str, old: State, new: State) -> None:
        change = Change(entity_id, old, new)
        if old.state not in (self._options.get(CONF_FROM) or STATUSES):
            return
        if self._behavior == BEHAVIOR_EACH:
            if new.state in (self._options.get(CONF_TO) or STATUSES):
                # It has to stay what it became, even if what follows would be asked for just as well.
                self._trigger(change, frozenset({new.state}))
        elif old.state not in (destinations := _destinations(self._options)):
            self._trigger(change, destinations)


TRIGGERS: dict[str, type[Trigger]] = {
    "started": StartedTrigger,
    "stopped": StoppedTrigger,
    "crashed": CrashedTrigger,
    "restarted": RestartedTrigger,
    "status_changed": StatusChangedTrigger,
    "console_line": ConsoleLineTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by key."""
    return TRIGGERS
