"""What really happens on nodes and in games, for any generation."""

from .games import BackupFile, Game, Node, State
from .machine import Machine, MachineListener
from .power import PowerAction
from .refusals import DaemonRefusal, NodeUnreachable
from .truth import Fact, What

__all__ = [
    "BackupFile",
    "DaemonRefusal",
    "Fact",
    "Game",
    "Machine",
    "MachineListener",
    "Node",
    "NodeUnreachable",
    "PowerAction",
    "State",
    "What",
]
