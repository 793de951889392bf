"""The API: what becomes of daemons' reports and users' calls."""

import asyncio
from collections.abc import Coroutine
import contextlib
from http import HTTPStatus
from typing import Any, Final
import uuid

from simulator.accounts import Account
from simulator.clock import Clock, iso
from simulator.fleet import Fleet, Node, Server
from simulator.machine import DaemonRefusal, Machine, NodeUnreachable, PowerAction, State

from .activity import ActivityLog
from .backups import Backups
from .errors import ApiError, DeniedError
from .forms import STATES, STATUSES
from .tokens import SCOPES, Tokens

CRASH_LINES: Final = 200
"""Lines of a container's output that are kept with a crash."""
HEARTBEAT_TIMEOUT: Final = 90.0
"""Seconds after a node's last heartbeat at which it counts as not connected."""
_CANONICAL: Final[dict[str, dict[str, Any]]] = {
    "INSTALLING": {"status": "STOPPED", "installState": "pending"},
    "ERROR": {"status": "STOPPED", "installState": "failed"},
    "SUSPENDED": {"status": "STOPPED", "suspended": True},
    "MAINTENANCE": {"status": "STOPPED"},
    "RESTORING": {"status": "STOPPED"},
}
"""Generation 1's statuses that generation 2 says otherwise."""


class PanelApiV2:
    """The API of generation 2 without its network.

    Attributes:
        activity: The activity log.
        backups: The backups.
        commands: Server id and text of each console command.
        tokens: The tokens for live sockets.
        away: Whether it is down. Daemons go on without it, and what they report is lost.
        loses_statuses: Whether it does not get the states that daemons report, all else it does.
        ignores_presses: Whether power actions do nothing, and nothing tells so.
        scopes: What subusers may do, by the ids of server and account.
        crashes: The crashes that newer panels tell of, the oldest first.
    """

    def __init__(self, clock: Clock, machine: Machine, fleet: Fleet) -> None:
        """Listen to a machine."""
        self._clock = clock
        self._machine = machine
        self._fleet = fleet
        self._pressed: set[asyncio.Task[None]] = set()
        self.activity = ActivityLog(clock)
        self.tokens = Tokens(clock)
        self.backups = Backups(clock, machine)
        self.commands: list[tuple[str, str]] = []
        self.away = False
        self.loses_statuses = False
        self.ignores_presses = False
        self.scopes: dict[tuple[str, str], tuple[str, ...]] = {}
        self.crashes: list[dict[str, Any]] = []
        self._install_logs: dict[str, dict[str, Any]] = {}
        machine.listeners.append(self)
        machine.exit_listeners.append(self._log_exit)

    # What the daemons report.

    def on_heartbeat(self, node_id: str) -> None:
        """Note that a node's daemon is there."""
        node = self._fleet.nodes.get(node_id)
        if node is not None and node.paired and not self.away:
            node.heartbeat = self._machine.now()

    def on_status(self, server_id: str, state: State) -> None:
        """Write the status that a daemon reports.

        A lost report is never repeated.
        """
        server = self._fleet.servers.get(server_id)
        if server is not None and not (self.away or self.loses_statuses):
            self._fleet.set_status(server, STATUSES[state])

    def on_install_finished(self, server_id: str, successful: bool) -> None:
        """Write that an installer ended."""
        if server := self._fleet.servers.get(server_id):
            self._write_install(server, successful=successful)

    def _log_exit(self, server_id: str, code: int, out_of_memory: bool) -> None:
        """Write that a container exited by itself, or was killed."""
        if self.away:
            return
        cause = "crashed.oom_killed" if out_of_memory else "crashed.container_exit" if code else "exited.clean"
        self.activity.add(server_id, f"servers.lifecycle.{cause}", None, {"exitCode": code})
        self.activity.add(server_id, "servers.lifecycle.exited", None)
        if code:
            self.crashes.append(
                {
                    "id": str(uuid.uuid4()),
                    "serverId": server_id,
                    "exitCode": code,
                    "signal": None,
                    "oomKilled": out_of_memory,
                    "logTail": "".join(f"{line}\n" for line in self._machine.game(server_id).log.lines(CRASH_LINES)),
                    "occurredAt": iso(self._clock.now()),
                }
            )

    # What rows say.

    def write_status(self, server: Server, status: str) -> None:
        """Write a status."""
        self._fleet.edit(server, self._canonical(status))
        self._fleet.touch(server)

    def place(self, server: Server) -> None:
        """Put a new row's game into the row's state."""
        self._fleet.edit(server, self._canonical(server.fields["status"]))
        self._machine.place(server.id, STATES.get(server.status, State.OFFLINE))
        self._machine.game(server.id).installing = server.fields.get("installState") == "pending"

    def make_true(self, server: Server, status: object) -> None:
        """Put the machine into the state that a status means.

        A status that means none leaves the machine's state alone.
        """
        game = self._machine.game(server.id)
        game.set_by_hand = True
        columns = self._canonical(status)
        self._fleet.edit(server, columns)
        if isinstance(status := columns["status"], str) and (state := STATES.get(status)) is not None:
            self._machine.force(server.id, state)
            game.installing = columns.get("installState") == "pending"

    def announce_change(self, server: Server, *, of_status: bool) -> None:
        """Do nothing: the next list shows a changed row."""

    def announce_node(self, node: Node) -> None:
        """Do nothing: a changed node is not announced."""

    def announce_schedule(self, server: Server) -> None:
        """Do nothing: schedules are not announced."""

    def delete(self, server_id: str, *, announce: bool = True) -> None:
        """Delete a row without an announcement.

        The container runs on, as seen on a real panel.
        """
        del self._fleet.servers[server_id]

    def last_heartbeat(self, node: Node) -> float | None:
        """Return the age of a daemon's last heartbeat in seconds.

        None when it is too long ago.
        """
        if self._machine.report_interval is None:
            return 0.0 if node.paired and self._machine.is_reachable(node.id) else None
        if node.heartbeat is None or (age := self._machine.now() - node.heartbeat) >= HEARTBEAT_TIMEOUT:
            return None
        return age / self._machine.speed

    @property
    def host_node(self) -> Node | None:
        """Return the node on the panel's own host."""
        return next((node for node in self._fleet.nodes.values() if not node.elsewhere), None)

    # What users ask for.

    def scopes_of(self, server: Server, account: Account) -> tuple[str, ...]:
        """Return an account's rights at a server's live socket."""
        if account.is_admin or account is server.owner:
            return SCOPES
        return self.scopes.get((server.id, account.id), SCOPES)

    def press(self, server_id: str, action: PowerAction, user_id: str) -> None:
        """Carry out a power action that came by a live socket.

        Nothing tells whether it is.
        """
        server = self._fleet.servers.get(server_id)
        if server is not None and not (self.away or self.ignores_presses):
            self.activity.add(server_id, f"servers.power.{action}", user_id)
            self._begin(self._machine.power(server_id, action))

    async def power_as_owner(self, server: Server, action: PowerAction) -> None:
        """Carry out a power action as a server's owner.

        Returns when it is done.

        Raises:
            NodeUnreachable: The daemon does not answer.
        """
        self.activity.add(server.id, f"servers.power.{action}", server.owner.id)
        await self._machine.power(server.id, action)

    async def type_command(self, server_id: str, command: str) -> None:
        """Type into the console of a server, which needs no API.

        Raises:
            DaemonRefusal: It does not run.
        """
        await self._machine.type_command(server_id, command)
        self.commands.append((server_id, command))

    async def reinstall(self, server: Server) -> None:
        """Begin to install a server again; a running game is stopped first."""
        self._fleet.edit(server, {"installState": "pending"})
        self._fleet.touch(server)
        self._install_logs[server.id] = {
            "state": "running",
            "startedAt": iso(self._clock.now()),
            "finishedAt": None,
            "exitCode": None,
            "log": [],
        }
        if server.node is None or not server.node.paired:
            # The row says for ever that it is pending.
            line = {"stream": "stderr", "line": "install runner: node not paired"}
            self._end_install_log(server, "failed", None, line)
            return
        self._begin(self._machine.install(server.id))

    def install_log(self, server: Server) -> dict[str, Any]:
        """Return how the last install of a server went."""
        row_state = server.fields.get("installState", "succeeded")
        created = server.fields["createdAt"]
        done = row_state != "pending"
        return self._install_logs.get(server.id) or {
            "state": row_state if done else "running",
            "startedAt": created,
            "finishedAt": created if done else None,
            "exitCode": {"succeeded": 0, "failed": 1}.get(row_state),
            "log": [],
        }

    async def finish(self) -> None:
        """Wait for what was pressed."""
        await asyncio.gather(*self._pressed, return_exceptions=True)

    def check_paired(self, server: Server) -> Node:
        """Return a server's node, if it was ever paired.

        Raises:
            ApiError: It was not.
        """
        node = server.node
        if node is None or not node.paired:
            name = node and node.display_name
            raise ApiError(HTTPStatus.SERVICE_UNAVAILABLE, "nodes.unreachable", node=name)
        return node

    def check_access(self, server: Server, account: Account) -> str:
        """Return the role in which an account has access to a server.

        Raises:
            DeniedError: It has none. Of several subusers only one has, by a fault of the vendor's.
        """
        if account is server.owner:
            return "owner"
        if account.is_admin:
            return "admin"
        if server.shared_with and account is server.shared_with[0]:
            return "subuser"
        raise DeniedError

    def _write_install(self, server: Server, *, successful: bool) -> None:
        state = "succeeded" if successful else "failed"
        self._fleet.edit(server, {"installState": state})
        self._fleet.touch(server)
        self._end_install_log(server, state, 0 if successful else 1)

    def _end_install_log(self, server: Server, state: str, code: int | None, *lines: dict[str, str]) -> None:
        log = self._install_logs.get(server.id, {"startedAt": iso(self._clock.now())})
        log |= {"state": state, "finishedAt": iso(self._clock.now()), "exitCode": code, "log": list(lines)}
        self._install_logs[server.id] = log

    def _canonical(self, status: object) -> dict[str, Any]:
        """Return the columns for a status in either generation's words."""
        if not isinstance(status, str):
            return {"status": status}
        if status in STATUSES:
            return {"status": STATUSES[State(status)]}
        return _CANONICAL.get(status, {"status": status})

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        async def outcome() -> None:
            # Nobody hears of it.
            with contextlib.suppress(DaemonRefusal, NodeUnreachable):
                await work

        task = asyncio.create_task(outcome())
        self._pressed.add(task)
        task.add_done_callback(self._pressed.discard)
