"""Conditions: whether servers run, are stopped, have their node online."""

from collections.abc import Mapping
from typing import ClassVar, override

from homeassistant.const import STATE_ON
from homeassistant.core import HomeAssistant
from homeassistant.helpers.automation import DomainSpec
from homeassistant.helpers.condition import Condition, EntityStateConditionBase

from .client.models import ServerStatus
from .targets import entities_of_panels, own_entities


class ServerCondition(EntityStateConditionBase):
    """A condition on one value of a server.

    Of all targeted entities, only those that show the value count.
    """

    _key: ClassVar[str]

    @override
    def entity_filter(self, entities: set[str]) -> set[str]:
        """Keep what shows the value, and add that of targeted panels."""
        of_panels = entities_of_panels(self._hass, self._target_selection)
        return own_entities(self._hass, super().entity_filter(entities) | of_panels, self._key)


def _condition(domain: str, key: str, state: str) -> type[Condition]:
    """Return the condition that a value has a state."""

    class CustomCondition(ServerCondition):
        """The condition on one value."""

        _domain_specs: Mapping[str, DomainSpec] = {domain: DomainSpec()}
        _states: set[str | bool] = {state}
        _key = key

    return CustomCondition


CONDITIONS: dict[str, type[Condition]] = {
    "is_running": _condition("sensor", "status", ServerStatus.RUNNING),
    "is_stopped": _condition("sensor", "status", ServerStatus.STOPPED),
    "is_node_online": _condition("binary_sensor", "node_online", STATE_ON),
}


async def async_get_conditions(hass: HomeAssistant) -> dict[str, type[Condition]]:
    """Return the conditions by key."""
    return CONDITIONS
