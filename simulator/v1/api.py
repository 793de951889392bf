"""The API: what becomes of daemons' reports and users' calls."""

from typing import Any, Final, Protocol

from simulator.clock import Clock
from simulator.fleet import Node, Server
from simulator.machine import Machine, PowerAction, State

from .activity import ActivityLog, Actor
from .backups import Backups
from .refusals import ask_daemon, check_node, check_suspended
from .servers import FleetV1

HEARTBEAT_TIMEOUT: Final = 45.0
"""Seconds after a node's last report at which the list of nodes calls it offline."""
ANSWERED_AFTER: Final = 0.02
"""Seconds from the API's own event to its answer, as seen on a real panel."""
_STATUS_OF_STATE: Final = {
    State.OFFLINE: "STOPPED",
    State.STARTING: "STARTING",
    State.RUNNING: "RUNNING",
    State.STOPPING: "STOPPING",
}
_STATE_OF_STATUS: Final = {status: state for state, status in _STATUS_OF_STATE.items()} | {"ERROR": State.OFFLINE}
_WRITTEN_AFTER: Final[dict[PowerAction, str]] = {
    "start": "STARTING",
    "stop": "STOPPING",
    "restart": "STARTING",
    "kill": "STOPPED",
}
"""The status that the API writes after the node's answer."""
_DOWN: Final = frozenset({"INSTALLING", "SUSPENDED", "MAINTENANCE", "RESTORING"})
"""Statuses of the API's own, in which no game runs."""


class Broadcaster(Protocol):
    """Who sends events to open sockets."""

    def notify_subscribers(self, server: Server, kind: str, data: object) -> None:
        """Send an event to a server's subscribers who may see it."""

    def notify_all(self, kind: str, data: object) -> None:
        """Send an event to every socket."""


class PanelApi:
    """The API of generation 1 without its network.

    Attributes:
        activity: The activity log.
        backups: The backups.
        commands: Server id and text of each console command.
        broadcasters: Where events go.
    """

    def __init__(self, clock: Clock, machine: Machine, fleet: FleetV1, backups: Backups) -> None:
        """Listen to a machine."""
        self._machine = machine
        self._fleet = fleet
        self.activity = ActivityLog(clock, machine.speed)
        self.backups = backups
        self.commands: list[tuple[str, str]] = []
        self.broadcasters: list[Broadcaster] = []
        machine.listeners.append(self)

    # What the daemons report.

    def on_heartbeat(self, node_id: str) -> None:
        """Note that a node's daemon called, which makes it online."""
        if node := self._fleet.nodes.get(node_id):
            node.heartbeat = self._machine.now()
            if not node.online:
                node.online = True
                self._fleet.node_changed(node)

    def on_status(self, server_id: str, state: State) -> None:
        """Write and send what a daemon says of a server."""
        if server := self._fleet.servers.get(server_id):
            self.write_status(server, _STATUS_OF_STATE[state])

    def on_install_finished(self, server_id: str, successful: bool) -> None:
        """Write and send that an installer ended."""
        if server := self._fleet.servers.get(server_id):
            self.write_status(server, "STOPPED" if successful else "ERROR")

    def write_status(self, server: Server, status: str) -> None:
        """Write a status and send it to the subscribers."""
        self._fleet.set_status(server, status)
        self.notify_status(server)

    def notify_status(self, server: Server) -> None:
        """Send the status of a server to its subscribers."""
        data = {"id": server.id, "status": self._fleet.wire_status(server.status)}
        self.notify_subscribers(server, "server:status", data)

    def notify_subscribers(self, server: Server, kind: str, data: object) -> None:
        """Send an event of a server."""
        for broadcaster in self.broadcasters:
            broadcaster.notify_subscribers(server, kind, data)

    def notify_all(self, kind: str, data: object) -> None:
        """Send an event to every socket."""
        for broadcaster in self.broadcasters:
            broadcaster.notify_all(kind, data)

    def announce_change(self, server: Server, *, of_status: bool) -> None:
        """Send a row that was changed to its subscribers."""
        self.notify_subscribers(server, "server:updated", self._fleet.row(server))
        if of_status:
            self.notify_status(server)

    def announce_node(self, node: Node) -> None:
        """Show a node that was changed with the next syncs."""
        self._fleet.node_changed(node)

    def announce_schedule(self, server: Server) -> None:
        """Send that a schedule runs its first task."""
        data = {"schedule_id": f"schedule-{server.id[:8]}", "task_index": 0}
        self.notify_subscribers(server, "schedule:executing", data)

    def delete(self, server_id: str, *, announce: bool) -> None:
        """Delete a server, and notify every socket."""
        self._machine.remove_game(server_id)
        del self._fleet.servers[server_id]
        if announce:
            self.notify_all("server:deleted", {"id": server_id})

    def place(self, server: Server) -> None:
        """Put a new row's game into the row's state."""
        self._machine.place(server.id, _STATE_OF_STATUS.get(server.status, State.OFFLINE))
        self._mark(server.id, server.status)

    def make_true(self, server: Server, status: object) -> None:
        """Put the machine into the state that a status means.

        A status that means none leaves the machine's state alone.
        """
        self._machine.game(server.id).set_by_hand = True
        if not isinstance(status, str):
            return
        if status in _DOWN:
            self._machine.place(server.id, State.OFFLINE)
        elif (state := _STATE_OF_STATUS.get(status)) is not None:
            self._machine.force(server.id, state)
        else:
            return
        self._mark(server.id, status)

    def _mark(self, server_id: str, status: str) -> None:
        game = self._machine.game(server_id)
        game.installing = status == "INSTALLING"
        game.restoring = status == "RESTORING"

    def is_online(self, node: Node) -> bool:
        """Return whether a node is online by its heartbeat.

        Where nodes report nothing, whether it answers.
        """
        if self._machine.report_interval is None:
            return self._machine.is_reachable(node.id)
        return node.heartbeat is not None and self._machine.now() - node.heartbeat < HEARTBEAT_TIMEOUT

    # What users ask for.

    async def power_as_owner(self, server: Server, action: PowerAction) -> None:
        """Carry out a power action as a server's owner.

        Raises:
            ApiRefusal: It was not carried out, or that is not known.
        """
        await self.power(server, action, Actor(server.owner.id))

    async def power(self, server: Server, action: PowerAction, actor: Actor) -> str:
        """Carry out a power action.

        Returns the status that the API writes when the node is done.

        Raises:
            ApiRefusal: It was not carried out, or that is not known.
        """
        check_suspended(server)
        check_node(server)
        await ask_daemon(self._machine, self._machine.power(server.id, action))
        status = _WRITTEN_AFTER[action]
        if action == "kill":
            self._fleet.set_status(server, status)
        else:
            self.write_status(server, status)
        self.activity.add(server.id, f"server:power.{action}", actor)
        await self._machine.sleep(ANSWERED_AFTER)
        return status

    async def send_command(self, server: Server, command: str, actor: Actor) -> None:
        """Type a line into the console of a server."""
        check_suspended(server)
        check_node(server)
        await ask_daemon(self._machine, self._machine.type_command(server.id, command))
        self.commands.append((server.id, command))
        self.activity.add(server.id, "server:console.command", actor, {"command": command})

    async def reinstall(self, server: Server) -> None:
        """Begin to install a server again, without an event."""
        check_suspended(server)
        check_node(server)
        await ask_daemon(self._machine, self._machine.install(server.id))
        self._fleet.set_status(server, "INSTALLING")

    async def create_backup(self, server: Server, body: dict[str, Any], actor: Actor) -> dict[str, Any]:
        """Make a backup; returns the answer once it is done."""
        check_suspended(server)
        answer = await self.backups.create(server, body)
        self.activity.add(server.id, "server:backup.create", actor)
        return answer

    async def stats(self, server: Server) -> dict[str, Any]:
        """Return what the daemon says of a server."""
        check_node(server)
        stats = await ask_daemon(self._machine, self._machine.stats(server.id))
        return {
            "state": stats.state.value,
            "is_installing": stats.installing,
            "is_transferring": stats.transferring,
            "is_restoring": stats.restoring,
        }
