"""The receivers of what happens on nodes."""

from collections.abc import Callable
from typing import Protocol

from .games import Link, State
from .progress import Progress
from .usage import Sample

type ExitListener = Callable[[str, int, bool], None]
"""Takes a server's id, the exit code, and whether memory was short."""


class MachineListener(Protocol):
    """A receiver of what daemons report to the panel."""

    def on_heartbeat(self, node_id: str) -> None:
        """Handle a sign of life of a daemon, whatever it reports."""

    def on_status(self, server_id: str, state: State) -> None:
        """Handle the state of a server.

        A change, a repetition of it, or the report of each 30 s.
        """

    def on_install_finished(self, server_id: str, successful: bool) -> None:
        """Handle the end of an installer."""


class LiveListener(Protocol):
    """A receiver of what daemons send to live sockets."""

    def on_change(self, server_id: str, state: State) -> None:
        """Handle a state, for the first time or again."""

    def on_notice(self, server_id: str, text: str) -> None:
        """Handle a console line of the daemon's own."""

    def on_output(self, server_id: str, text: str) -> None:
        """Handle the output of a container: lines, parts of them, or many."""

    def on_sample(self, server_id: str, sample: Sample) -> None:
        """Handle the usage of a container; only of servers that are watched."""

    def on_progress(self, server_id: str, progress: Progress) -> None:
        """Handle what a daemon does to a server's files."""

    def on_link(self, node_id: str, link: Link) -> None:
        """Handle a change of how a daemon can be reached."""
