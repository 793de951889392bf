"""What happens to a server, told from how its status changes.

A panel reports states, many of them on the way: a restart shows as running, starting, stopping, stopped, starting,
running. People want to know what happened: it restarted. Both the event entity and the triggers use what stands here.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum, StrEnum, auto

from homeassistant.core import CALLBACK_TYPE, HomeAssistant, callback
from homeassistant.helpers.event import async_call_later

from .client import ServerStatus

RESTART_TIMEOUT = timedelta(minutes=5)
"""A server that does not run again this long after a restart began has stopped."""


class Happening(StrEnum):
    """What can happen to a server: the types of the event entity."""

    STARTED = "started"
    STOPPED = "stopped"
    CRASHED = "crashed"
    RESTARTED = "restarted"
    SUSPENDED = "suspended"
    UNSUSPENDED = "unsuspended"
    INSTALL_FINISHED = "install_finished"


class Phase(Enum):
    """Where a server is in its life; more than its status, for it remembers how it came there."""

    UNKNOWN = auto()
    DOWN = auto()
    INSTALLING = auto()
    COMING = auto()
    """Starting, and was down before."""
    UP = auto()
    GOING = auto()
    """Stopping."""
    RESTARTING = auto()
    """Starting while it ran, or while it stopped: it will be back."""


_BY_STATUS = {
    ServerStatus.INSTALLING: Phase.INSTALLING,
    ServerStatus.STARTING: Phase.COMING,
    ServerStatus.RUNNING: Phase.UP,
    ServerStatus.STOPPING: Phase.GOING,
}

# From a phase, by a status: the next phase, and what happened. What is not listed leads where a first look at that
# status would lead, and nothing happened.
_TRANSITIONS: dict[Phase, dict[ServerStatus, tuple[Phase, Happening | None]]] = {
    Phase.UP: {
        ServerStatus.STARTING: (Phase.RESTARTING, None),
        ServerStatus.STOPPED: (Phase.DOWN, Happening.CRASHED),
        ServerStatus.ERROR: (Phase.DOWN, Happening.CRASHED),
    },
    Phase.GOING: {
        ServerStatus.STARTING: (Phase.RESTARTING, None),
        ServerStatus.STOPPED: (Phase.DOWN, Happening.STOPPED),
        ServerStatus.ERROR: (Phase.DOWN, Happening.STOPPED),
    },
    Phase.RESTARTING: {
        ServerStatus.STARTING: (Phase.RESTARTING, None),
        ServerStatus.STOPPING: (Phase.RESTARTING, None),
        ServerStatus.STOPPED: (Phase.RESTARTING, None),
        ServerStatus.RUNNING: (Phase.UP, Happening.RESTARTED),
        ServerStatus.ERROR: (Phase.DOWN, Happening.CRASHED),
    },
    Phase.COMING: {
        ServerStatus.RUNNING: (Phase.UP, Happening.STARTED),
        ServerStatus.ERROR: (Phase.DOWN, Happening.CRASHED),
    },
    Phase.DOWN: {
        ServerStatus.RUNNING: (Phase.UP, Happening.STARTED),
    },
    Phase.INSTALLING: {
        ServerStatus.STOPPED: (Phase.DOWN, Happening.INSTALL_FINISHED),
        ServerStatus.STARTING: (Phase.COMING, Happening.INSTALL_FINISHED),
        ServerStatus.RUNNING: (Phase.UP, Happening.INSTALL_FINISHED),
    },
}


def first_phase(status: ServerStatus | None) -> Phase:
    """Return the phase of a server of which nothing but its status is known."""
    return Phase.UNKNOWN if status is None else _BY_STATUS.get(status, Phase.DOWN)


def advance(phase: Phase, status: ServerStatus | None) -> tuple[Phase, Happening | None]:
    """Return the phase that follows when the panel reports a status, and what happened; a repetition changes nothing."""
    if status is not None and (transition := _TRANSITIONS.get(phase, {}).get(status)):
        return transition
    return first_phase(status), None


class LifecycleTracker:
    """Follows one server, and tells what happens to it."""

    def __init__(self, hass: HomeAssistant, on_happening: Callable[[Happening], None]) -> None:
        """Know nothing yet; `on_happening` is called from the event loop."""
        self._hass = hass
        self._on_happening = on_happening
        self._phase = Phase.UNKNOWN
        self._cancel_timeout: CALLBACK_TYPE | None = None

    @callback
    def reset(self, status: ServerStatus | None = None) -> None:
        """Begin anew from a status: what lies between it and the last one was not seen."""
        self._enter(first_phase(status))

    @callback
    def update(self, status: ServerStatus | None) -> None:
        """Follow a change of the status, and tell what happened by it."""
        phase, happening = advance(self._phase, status)
        self._enter(phase)
        if happening is not None:
            self._on_happening(happening)

    @callback
    def close(self) -> None:
        """End without a timer left."""
        self.reset()

    def _enter(self, phase: Phase) -> None:
        if phase is self._phase:
            return
        self._phase = phase
        if self._cancel_timeout is not None:
            self._cancel_timeout()
            self._cancel_timeout = None
        if phase is Phase.RESTARTING:
            self._cancel_timeout = async_call_later(self._hass, RESTART_TIMEOUT, self._give_up)

    @callback
    def _give_up(self, _now: datetime) -> None:
        self._cancel_timeout = None
        self._enter(Phase.DOWN)
        self._on_happening(Happening.STOPPED)
