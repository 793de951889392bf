"""The phases of a server's life."""

from enum import Enum, auto

from .models import ServerStatus


class Phase(Enum):
    """The phases of a server's life."""

    UNKNOWN = auto()
    """The next status is a first look."""
    STOPPED = auto()
    """So is one in error, and one that is being installed."""
    STARTING = auto()
    RUNNING = auto()
    STOPPING = auto()


FIRST_PHASE = {
    ServerStatus.STARTING: Phase.STARTING,
    ServerStatus.RUNNING: Phase.RUNNING,
    ServerStatus.STOPPING: Phase.STOPPING,
    ServerStatus.STOPPED: Phase.STOPPED,
    ServerStatus.ERROR: Phase.STOPPED,
    ServerStatus.INSTALLING: Phase.STOPPED,
}
"""By the first status that is seen."""
