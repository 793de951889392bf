"""Triggers: what happens to servers, and changes of their status."""

from collections.abc import Mapping
from datetime import datetime
from functools import partial
from typing import Any, ClassVar, override

from homeassistant.const import ATTR_ENTITY_ID, CONF_FOR, CONF_OPTIONS
from homeassistant.core import CALLBACK_TYPE, Context, HomeAssistant, State, callback
from homeassistant.helpers import config_validation as cv
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.event import async_call_later
from homeassistant.helpers.target import TargetStateChangedData, async_track_target_selector_state_change_event
from homeassistant.helpers.trigger import (
    ATTR_BEHAVIOR,
    BEHAVIOR_ALL,
    BEHAVIOR_EACH,
    BEHAVIOR_FIRST,
    ENTITY_STATE_TRIGGER_SCHEMA_WITH_BEHAVIOR,
    EntityTriggerBase,
    Trigger,
    TriggerActionRunner,
    TriggerNotTriggeredReporter,
)
import voluptuous as vol

from .client import ServerStatus
from .entity import own_entities
from .lifecycle import Happening, LifecycleTracker

CONF_FROM = "from"
CONF_TO = "to"
STATUSES = [status.value for status in ServerStatus]


class StatusTriggerBase(EntityTriggerBase):
    """A trigger on the status of servers: of all that is targeted, only our status sensors count."""

    _domain_specs: Mapping[str, DomainSpec] = {"sensor": DomainSpec()}

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Keep the status sensors."""
        return own_entities(self._hass, super().entity_filter(entities), "status")


class StatusChangedTrigger(StatusTriggerBase):
    """Fires when a status changes, if asked only from or to some."""

    _schema = ENTITY_STATE_TRIGGER_SCHEMA_WITH_BEHAVIOR.extend(
        {
            vol.Required(CONF_OPTIONS, default={}): {
                vol.Required(ATTR_BEHAVIOR, default=BEHAVIOR_EACH): vol.In(
                    [BEHAVIOR_EACH, BEHAVIOR_FIRST, BEHAVIOR_ALL]
                ),
                vol.Optional(CONF_FOR): cv.positive_time_period,
                vol.Optional(CONF_FROM): vol.All(cv.ensure_list, [vol.In(STATUSES)]),
                vol.Optional(CONF_TO): vol.All(cv.ensure_list, [vol.In(STATUSES)]),
            },
        }
    )

    @override
    def is_valid_transition(self, from_state: State, to_state: State) -> bool:
        """Check where the change came from."""
        origins = self._options.get(CONF_FROM)
        return super().is_valid_transition(from_state, to_state) and (not origins or from_state.state in origins)

    @override
    def is_valid_state(self, state: State, report_not_triggered: Any) -> bool:
        """Check where the change went to."""
        destinations = self._options.get(CONF_TO)
        return not destinations or state.state in destinations

    @override
    @callback
    def _cancel_invalidated_timers(
        self, behavior: str, pending_timers: dict[str, CALLBACK_TYPE], target_state_change_data: TargetStateChangedData
    ) -> None:
        """End the wait for a status to stay when it changes, even to one that would do just as well."""
        super()._cancel_invalidated_timers(behavior, pending_timers, target_state_change_data)
        data = target_state_change_data.state_change_event.data
        old, new = data["old_state"], data["new_state"]
        if old is not None and new is not None and old.state != new.state:
            if (cancel := pending_timers.pop(data["entity_id"], None)) is not None:
                cancel()


class LifecycleTrigger(StatusTriggerBase):
    """Fires when something happens to a server, by the same rules as the event entity.

    With the behavior `first` or `all`, only if the server is the first of the targets to be where the happening leaves
    one, or the last of them. With `for`, only if it stays so: the server is there all the time, or, with these
    behaviors, any or all of the targets are.
    """

    _happening: ClassVar[Happening]
    _outcome: ClassVar[frozenset[str]]

    @override
    def is_valid_state(self, state: State, report_not_triggered: Any) -> bool:
        """Check that a server is where the happening left it."""
        return state.state in self._outcome

    @override
    async def async_attach_runner(
        self, run_action: TriggerActionRunner, did_not_trigger: TriggerNotTriggeredReporter | None = None
    ) -> CALLBACK_TYPE:
        """Follow each target until detached."""
        behavior: str = self._options.get(ATTR_BEHAVIOR, BEHAVIOR_EACH)
        trackers: dict[str, LifecycleTracker] = {}
        # Of each target, the change that it went through last.
        changes: dict[str, tuple[State, State, Context | None]] = {}
        # By entity, or by the behavior when it is for several together.
        timers: dict[str, CALLBACK_TYPE] = {}

        @callback
        def happened(entity_id: str, happening: Happening) -> None:
            if happening is not self._happening:
                return
            from_state, to_state, context = changes[entity_id]
            if behavior != BEHAVIOR_EACH or self._duration:
                # One that was given up while it starts is down, but not where a stop leaves it.
                if to_state.state not in self._outcome:
                    return
                matches, included = self.count_matches(trackers)
                if (behavior == BEHAVIOR_FIRST and matches != 1) or (behavior == BEHAVIOR_ALL and matches != included):
                    return
            key = entity_id if behavior == BEHAVIOR_EACH else behavior

            @callback
            def fire(_now: datetime | None = None) -> None:
                timers.pop(key, None)
                run_action(
                    {ATTR_ENTITY_ID: entity_id, "from_state": from_state, "to_state": to_state, "for": self._duration},
                    f"{self._happening} of {entity_id}",
                    context,
                )

            if not self._duration:
                fire()
            elif key not in timers:
                timers[key] = async_call_later(self._hass, self._duration, fire)

        @callback
        def drop_timers() -> None:
            """Cancel what is waited for in vain."""
            for key in list(timers):
                matches, included = self.count_matches(
                    trackers.keys() & {key} if behavior == BEHAVIOR_EACH else trackers
                )
                if not matches or (behavior == BEHAVIOR_ALL and matches != included):
                    timers.pop(key)()

        @callback
        def changed(data: TargetStateChangedData) -> None:
            event = data.state_change_event
            entity_id = event.data["entity_id"]
            old, new = event.data["old_state"], event.data["new_state"]
            drop_timers()
            tracker = trackers[entity_id]
            if old is None or new is None or old.state in self._excluded_states or new.state in self._excluded_states:
                tracker.reset(_status(new))
            elif old.state != new.state:
                changes[entity_id] = (old, new, event.context)
                tracker.update(_status(new))

        @callback
        def targets_changed(added: set[str], removed: set[str], states: Mapping[str, State | None]) -> None:
            for entity_id in removed:
                trackers.pop(entity_id).close()
                changes.pop(entity_id, None)
            for entity_id in added:
                tracker = trackers[entity_id] = LifecycleTracker(self._hass, partial(happened, entity_id))
                tracker.reset(_status(states.get(entity_id)))
            drop_timers()

        unsubscribe = await async_track_target_selector_state_change_event(
            self._hass,
            self._target,
            changed,
            self.entity_filter,
            targets_changed,
            primary_entities_only=self._primary_entities_only,
        )

        @callback
        def detach() -> None:
            unsubscribe()
            targets_changed(set(), set(trackers), {})

        return detach


def _status(state: State | None) -> ServerStatus | None:
    """Return the status that a state tells; None when it tells none."""
    return ServerStatus(state.state) if state is not None and state.state in STATUSES else None


def _lifecycle_trigger(happening: Happening, *outcome: ServerStatus) -> type[Trigger]:
    """Return the trigger of a happening that leaves a server with one of these statuses."""

    class CustomTrigger(LifecycleTrigger):
        """The trigger of one happening."""

        _happening = happening
        _outcome = frozenset(outcome)

    return CustomTrigger


TRIGGERS: dict[str, type[Trigger]] = {
    "started": _lifecycle_trigger(Happening.STARTED, ServerStatus.RUNNING),
    "stopped": _lifecycle_trigger(Happening.STOPPED, ServerStatus.STOPPED, ServerStatus.ERROR),
    "crashed": _lifecycle_trigger(Happening.CRASHED, ServerStatus.STOPPED, ServerStatus.ERROR),
    "restarted": _lifecycle_trigger(Happening.RESTARTED, ServerStatus.RUNNING),
    "status_changed": StatusChangedTrigger,
}


async def async_get_triggers(hass: HomeAssistant) -> dict[str, type[Trigger]]:
    """Return the triggers by key."""
    return TRIGGERS
