"""What a test does with a panel's live sockets."""

from .live_sockets import LiveSockets
from .socket_controls import SocketControls


class LiveControls(SocketControls):
    """The live sockets of a panel's servers."""

    def __init__(self, sockets: LiveSockets) -> None:
        """Control live sockets."""
        super().__init__(sockets)
        self._live = sockets

    @property
    def refuse_tokens(self) -> bool:
        """Return whether daemons refuse all tokens.

        That is as if they had other keys than the panel.
        """
        return self._live.refuse_tokens

    @refuse_tokens.setter
    def refuse_tokens(self, value: bool) -> None:
        self._live.refuse_tokens = value

    @property
    def lose_states(self) -> bool:
        """Return whether states are lost on their way to clients.

        That is as in a burst of lines.
        """
        return self._live.lose_states

    @lose_states.setter
    def lose_states(self, value: bool) -> None:
        self._live.lose_states = value

    def clear_faults(self) -> None:
        """End all faults of open and future sockets."""
        self.refuse_tokens = self.lose_states = self.pause_ticks = False
        self.silent_servers = set()
        self.thaw()
        self.flood(0)
