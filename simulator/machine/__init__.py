"""What really happens on nodes and in games, for any generation."""

from .games import BackupFile, Game, Link, Node, State
from .listeners import LiveListener, MachineListener
from .machine import DaemonKind, Machine
from .power import PowerAction
from .progress import BackupCompleted, BackupStarted, InstallCompleted, InstallOutput, InstallStarted, Progress
from .refusals import DaemonRefusal, NodeUnreachable
from .truth import Fact, What
from .usage import Sample

__all__ = [
    "BackupCompleted",
    "BackupFile",
    "BackupStarted",
    "DaemonKind",
    "DaemonRefusal",
    "Fact",
    "Game",
    "InstallCompleted",
    "InstallOutput",
    "InstallStarted",
    "Link",
    "LiveListener",
    "Machine",
    "MachineListener",
    "Node",
    "NodeUnreachable",
    "PowerAction",
    "Progress",
    "Sample",
    "State",
    "What",
]
