"""Power actions: the states a server walks through."""

import asyncio
from collections.abc import Callable

from .servers import Server

ACTIONS = {
    "start": ("STARTING", "RUNNING"),
    "stop": ("STOPPING", "STOPPED"),
    "restart": ("STARTING", "RUNNING"),
    "kill": ("STOPPED",),
}
_RESTART_OF_RUNNING = ("STARTING", "STOPPING", "STOPPED", "STARTING", "RUNNING")


class Power:
    """The walks under way; a new action on a server ends the one before."""

    def __init__(self, step_delay: float, set_status: Callable[[str, str], None]) -> None:
        """Start with no walk; each step takes `step_delay` seconds and is told to `set_status`."""
        self.step_delay = step_delay
        self._set_status = set_status
        self._walks: dict[str, tuple[asyncio.Task[None], str]] = {}

    def run(self, server: Server, action: str) -> str:
        """Begin an action; returns the first status."""
        self.cancel(server.id)
        steps = ACTIONS[action]
        if action == "restart" and server.status == "RUNNING":
            steps = _RESTART_OF_RUNNING
        first, *rest = steps
        self._set_status(server.id, first)
        if rest:
            task = asyncio.create_task(self._walk(server.id, rest))
            self._walks[server.id] = (task, rest[-1])
        return first

    def cancel(self, server_id: str) -> None:
        """Stop the walk of a server where it is."""
        if walk := self._walks.pop(server_id, None):
            walk[0].cancel()

    async def finish(self) -> None:
        """End all walks at their last step: the daemons go on without the panel."""
        walks = dict(self._walks)
        for server_id, (_, last) in walks.items():
            self.cancel(server_id)
            self._set_status(server_id, last)
        await asyncio.gather(*(task for task, _ in walks.values()), return_exceptions=True)

    async def _walk(self, server_id: str, steps: list[str]) -> None:
        for step in steps:
            await asyncio.sleep(self.step_delay)
            self._set_status(server_id, step)
        del self._walks[server_id]
