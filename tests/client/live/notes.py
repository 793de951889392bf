"""What is told of one server."""

from custom_components.stellarstack.client.console import ConsoleLines
from custom_components.stellarstack.client.lifecycle import LifecycleEvent
from custom_components.stellarstack.client.live_state import LiveState
from custom_components.stellarstack.client.models import ServerStatus
from custom_components.stellarstack.client.server import Update, WatchedServer
from custom_components.stellarstack.client.usage import Usage
from tests.client.support import until


class Notes:
    """Keeps what is told of a server."""

    def __init__(self, server: WatchedServer) -> None:
        self.server = server
        self.events: list[LifecycleEvent] = []
        self.updates: list[Update] = []
        self.shown: list[ServerStatus | None] = []
        self.samples: list[Usage] = []
        self.batches: list[ConsoleLines] = []
        self.states: list[LiveState] = []
        server.events.add(self.events.append)
        server.updates.add(self._note)
        server.channel.samples.add(self.samples.append)
        server.channel.console.add(self.batches.append)
        server.channel.changes.add(lambda: self.states.append(server.channel.state))
        self._note(Update.CHANGED)

    @property
    def new_lines(self) -> list[str]:
        """The lines that were told as new."""
        return [line for batch in self.batches if batch.new for line in batch.lines]

    @property
    def status(self) -> ServerStatus | None:
        """The status that is shown."""
        return self.server.info.status if self.server.info is not None else None

    async def reaches(self, state: LiveState) -> None:
        """Wait for a state of the live socket."""
        await until(lambda: self.server.channel.state is state)

    async def shows(self, status: ServerStatus | None) -> None:
        """Wait for a status."""
        await until(lambda: self.server.live and self.status is status)

    def _note(self, update: Update) -> None:
        self.updates.append(update)
        if self.shown[-1:] != [self.status]:
            self.shown.append(self.status)
