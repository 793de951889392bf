"""The panel: what a test or a demo holds in its hands."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Final, Literal, override

from aiohttp import web
from yarl import URL

from .accounts import Account, Accounts, Session, read_cookies
from .clock import Clock
from .fleet import Node, Server
from .generation import Api, Generation
from .http_server import HttpServer
from .live_controls import LiveControls
from .machine import DaemonKind, Machine, PowerAction, State
from .queries import Queries
from .socket_controls import SocketControls
from .v1.api import PanelApi
from .v1.backups import Backups, FileBackups, RowBackups
from .v1.panel import GenerationV1
from .v1.servers import FleetV1
from .v2.api import PanelApiV2
from .v2.panel import DaemonRoute, GenerationV2

type Version = Literal["0.1.0", "1.2.0", "newer"]

CHALLENGE_LIFETIME: Final = {1: timedelta(seconds=180), 2: timedelta(seconds=600)}
"""Within which time a second factor must come, by generation."""
BEHAVIOUR = frozenset(
    {"stop_time", "start_time", "ready_time", "install_time", "done_line", "stop_by_signal", "exits_after", "exit_code"}
)
"""The arguments of `add_server` that are no columns, but fields of `machine.Game`."""


class Panel(HttpServer, SocketControls):
    """A StellarStack panel in this process.

    What the two generations have in common has the same name in both, and rows are in generation 1's words.

    Attributes:
        generation: Which generation it is of.
        machine: What really happens on the nodes and in the games.
        fleet: The rows of nodes and servers.
        accounts: The accounts and sessions.
        api: The API without its network.
        live: The live sockets of servers. In generation 2 there are no others.
        queries: The ports at which games tell who plays.
        tick: Seconds between two syncs of generation 1.
        auth_delay: Seconds that generation 1's socket takes to look a session up.
        token_check: Seconds between two looks at the token of generation 2's live sockets.
        refuse_cookies: Accept no cookie, neither for REST nor for generation 1's socket.
        refuse_tokens: Accept no token in an `auth` message of generation 1's socket.
        silent_welcome: Accept no cookie for generation 1's socket, which then waits for an `auth` message.
        daemon_route: Where `/daemon` of generation 2 leads.
    """

    def __init__(
        self,
        *,
        generation: Literal[1, 2] = 1,
        payload: Literal["real", "page"] = "real",
        version: Version = "newer",
        old_frames: bool = False,
        tick: float = 5.0,
        speed: float = 1.0,
        report_interval: float | None = 30.0,
        seed: int = 0,
        base_path: str = "",
        tls: bool = False,
        limits: bool = True,
        public_url: str | None = None,
        web_url: str | None = None,
        auth_delay: float = 0.005,
        token_check: float = 15.0,
        drain: float = 10.0,
        keep_alive: float = 5.0,
        twin_of: Panel | None = None,
    ) -> None:
        """Set up a panel that is not started yet.

        `speed` is how many times faster than in the field nodes and games are; `report_interval` is in seconds of the
        field, None for no reports. All other times are real. `old_frames` leaves out what the frames of old panels
        lack. `twin_of` shares the accounts, servers and nodes of another panel, at another address.

        Versions: 1.2.0 and newer ones of generation 1, 0.1.0 and newer ones of generation 2.
        """
        HttpServer.__init__(self, base_path=base_path, tls=tls, limits=limits, drain=drain, keep_alive=keep_alive)
        self.clock: Clock = twin_of.clock if twin_of else Clock()
        self.generation: Literal[1, 2] = generation
        self.tick = tick
        self.auth_delay = auth_delay
        self.token_check = token_check
        self.refuse_cookies = False
        self.refuse_tokens = False
        self.silent_welcome = False
        self.daemon_route: DaemonRoute = "daemon"
        self._public_url = public_url
        self._web_url = web_url
        self.accounts: Accounts
        self.machine: Machine
        self.fleet: FleetV1
        self.api: Api
        if twin_of is not None:
            self.accounts, self.machine = twin_of.accounts, twin_of.machine
            self.fleet, self.api = twin_of.fleet, twin_of.api
        else:
            secure = URL(public_url).scheme == "https" if public_url else tls
            self.accounts = Accounts(self.clock, secure, CHALLENGE_LIFETIME[generation])
            daemons: DaemonKind = "2" if generation == 2 else "1.2.0" if version == "1.2.0" else "newer"
            self.machine = Machine(speed=speed, seed=seed, report_interval=report_interval, daemons=daemons)
            self.fleet = FleetV1(self.clock, page=payload == "page", old_frames=old_frames)
            self.api = self._make_api(version)
        self.queries = Queries(self.machine)
        self._parts = self._make_parts(version)
        self.live = LiveControls(self._parts.live)
        SocketControls.__init__(self, self._parts.sockets)

    def _make_api(self, version: Version) -> Api:
        if self.generation == 2:
            return PanelApiV2(self.clock, self.machine, self.fleet)
        backups: Backups = RowBackups(self.clock, self.machine)
        if version == "1.2.0":
            backups = FileBackups(self.clock, self.machine, self.fleet)
        return PanelApi(self.clock, self.machine, self.fleet, backups)

    def _make_parts(self, version: Version) -> Generation:
        match self.api:
            case PanelApiV2() as api:
                return GenerationV2(self, self.clock, api, self.fleet, newer=version != "0.1.0")
            case PanelApi() as api:
                return GenerationV1(self, self.clock, api, self.fleet, newer=version != "1.2.0")
            case _:
                raise TypeError(self.api)

    # Starting and stopping.

    @override
    def _routes(self, base: str) -> list[web.RouteDef]:
        return self._parts.routes(base)

    @override
    async def _refuse(self, request: web.Request, path: str, *, upgrade: bool) -> web.Response | None:
        return await self._parts.intercept(request, path, upgrade=upgrade)

    @override
    def _missing(self, request: web.Request, path: str) -> web.Response:
        return self._parts.missing(request, path)

    @override
    def _mark(self, path: str, response: web.StreamResponse) -> None:
        self._parts.mark(path, response)

    @override
    def _begin(self) -> None:
        self._parts.begin()
        self.machine.begin_reports()

    @override
    async def _wait_for_clients(self) -> None:
        await self._sockets.empty.wait()

    @override
    async def _end(self) -> None:
        self.flood(0)
        self.live.flood(0)
        await self._parts.end()
        self.drop_clients()
        await self.queries.close()
        # No time passes on the nodes while the panel is away: what is under way is done before.
        self.machine.end_reports()
        await self.machine.finish()

    @override
    def _clean_up(self) -> None:
        self.api.activity.finish()

    @property
    def app_url(self) -> str:
        """Return the URL that generation 2 makes addresses of live sockets from."""
        return self._web_url or self._public_url or self.url

    @property
    def origins(self) -> set[str]:
        """Return the origins that the panel's forms are accepted from."""
        urls = (self._public_url or self.url, self._web_url)
        return {str(URL(url).origin()) for url in urls if url}

    def cookies(self, request: web.Request) -> dict[str, str]:
        """Return the decoded cookies of a request."""
        return read_cookies(request.headers.getall("Cookie", []))

    def session(self, request: web.Request) -> Session | None:
        """Return the session of a request's cookie, extended when it is due."""
        if self.refuse_cookies:
            return None
        return self.accounts.session_of_cookies(self.cookies(request))

    # Accounts, sessions and time.

    def add_account(
        self,
        email: str,
        password: str,
        *,
        name: str | None = None,
        role: Literal["user", "admin"] = "user",
        two_factor: bool = False,
        banned: bool = False,
        email_verified: bool = True,
    ) -> Account:
        """Add an account."""
        return self.accounts.add(
            email,
            password,
            name=name,
            role=role,
            two_factor=two_factor,
            banned=banned,
            email_verified=email_verified,
        )

    def create_session(self, account: Account) -> Session:
        """Open a session without a sign-in."""
        return self.accounts.create_session(account)

    def expire_sessions(self) -> None:
        """End all sessions now."""
        for session in self.accounts.sessions.values():
            session.expires_at = self.now() - timedelta(seconds=1)

    def delete_sessions(self) -> None:
        """Delete all sessions."""
        self.accounts.sessions.clear()

    def ban(self, account: Account) -> None:
        """Ban an account; its open sockets stay open.

        Generation 1 also deletes its sessions.
        """
        account.banned = True
        if self.generation == 2:
            return
        sessions = self.accounts.sessions
        for token in [token for token, session in sessions.items() if session.account is account]:
            del sessions[token]

    def now(self) -> datetime:
        """Return the panel's time."""
        return self.clock.now()

    def advance(self, seconds: float) -> None:
        """Move the panel's clock ahead.

        Sessions, codes and limits follow it; the tick and the nodes do not.
        """
        self.clock.advance(seconds)

    def use_up_limits(self) -> None:
        """Use up the rate limits, if the generation has any."""
        self._parts.use_up_limits()

    # Nodes and servers.

    def add_node(
        self,
        display_name: str,
        *,
        host: str | None = None,
        location: str = "Frankfurt",
        elsewhere: bool | None = None,
        paired: bool = True,
    ) -> Node:
        """Add a node, online.

        In generation 2 only servers on the panel's own host have live sockets: the first node's, unless `elsewhere`
        tells otherwise; one that is not `paired` was never made known to the panel.
        """
        heartbeat = self.machine.now() if paired else None
        node = self.fleet.add_node(display_name, host, location, heartbeat, elsewhere=elsewhere, paired=paired)
        self.machine.add_node(node.id)
        return node

    def set_node_online(self, node_id: str, heartbeat: bool, column: bool | None = None) -> None:
        """Lose a node, or restore it, and let the API know.

        `column` is what a sync of generation 1 shows. Without it a daemon that comes back sets it, and one that goes
        leaves it as it was.
        """
        node = self.fleet.nodes[node_id]
        if heartbeat:
            self.machine.restore_node(node_id)
        else:
            self.machine.lose_node(node_id)
        node.heartbeat = self.machine.now() if heartbeat else None
        if column is not None:
            node.online = column
        elif heartbeat:
            node.online = True
        self.api.announce_node(node)

    def edit_node(self, node_id: str, **wire_fields: Any) -> None:
        """Override fields of a node as the panel shows it.

        `MISSING` leaves a field out.
        """
        node = self.fleet.nodes[node_id]
        node.fields.update(wire_fields)
        self.api.announce_node(node)

    def add_server(
        self,
        name: str,
        *,
        owner: Account,
        node: Node | None = None,
        shared_with: Iterable[Account] = (),
        server_id: str | None = None,
        **fields: Any,
    ) -> Server:
        """Add a server, running unless a status is given.

        `fields` are columns under their wire names, and how its game behaves: see `BEHAVIOUR`.
        """
        behaviour = {key: fields.pop(key) for key in BEHAVIOUR & fields.keys()}
        if node is None and self.generation == 2:
            # Generation 2 knows no server without a node.
            node = next(iter(self.fleet.nodes.values()), None) or self.add_node("node-a")
        server = self.fleet.add_server(name, owner, node, shared_with, server_id, fields)
        # A server without a node in its row runs somewhere nevertheless.
        self.machine.add_game(server.id, node.id if node else "", State.RUNNING, **behaviour)
        if server.fields["status"] != "RUNNING" or self.generation == 2:
            self.api.place(server)
        return server

    def set_scopes(self, server_id: str, account: Account, *scopes: str) -> None:
        """Set the scopes of a subuser's live socket.

        In generation 2; by default all.
        """
        if isinstance(self.api, PanelApiV2):
            self.api.scopes[server_id, account.id] = scopes

    def set_status(self, server_id: str, status: str) -> None:
        """Put a server into a status at once, and report it once.

        The activity log tells nothing of it: from running to stopped it is a crash. The reports of each 30 s leave the
        server out until something else happens to it.
        """
        server = self.fleet.servers[server_id]
        self.api.make_true(server, status)
        self.api.write_status(server, status)

    def report(self, server_id: str, status: str) -> None:
        """Report a status by hand, be it true or not."""
        self.machine.game(server_id).set_by_hand = True
        self.api.write_status(self.fleet.servers[server_id], status)

    async def power(self, server_id: str, action: PowerAction) -> None:
        """Carry out a power action as another user of the panel does.

        Raises:
            ApiRefusal: It was not carried out, or that is not known.
        """
        server = self.fleet.servers[server_id]
        await self.api.power_as_owner(server, action)

    def update_server(self, server_id: str, **wire_fields: Any) -> None:
        """Change a server and notify its subscribers."""
        server = self.fleet.servers[server_id]
        status = server.status
        self.edit(server_id, **wire_fields)
        self.fleet.touch(server)
        self.api.announce_change(server, of_status=server.status != status)

    def edit(self, server_id: str, **wire_fields: Any) -> None:
        """Change a server silently.

        Values of any type are sent as they are; `MISSING` leaves a field out.

        A status becomes true, as with `set_status`.
        """
        server = self.fleet.servers[server_id]
        self.fleet.edit(server, wire_fields)
        if "status" in wire_fields:
            self.api.make_true(server, wire_fields["status"])
        if "node" in wire_fields and server.node is not None:
            self.machine.move_game(server_id, server.node.id)

    def delete_server(self, server_id: str, announce: bool = True) -> None:
        """Delete a server; generation 1 notifies every socket."""
        self.api.delete(server_id, announce=announce)

    def run_schedule(self, server_id: str) -> None:
        """Announce that a schedule runs its first task.

        Generation 2 announces nothing.
        """
        self.api.announce_schedule(self.fleet.servers[server_id])

    @property
    def commands(self) -> list[tuple[str, str]]:
        """Return server id and text of each console command."""
        return self.api.commands

    @property
    def backups(self) -> list[dict[str, Any]]:
        """Return the backups of all servers, as REST shows them."""
        return self.api.backups.rows

    @property
    def backup_result(self) -> Literal["COMPLETED", "FAILED"]:
        """Return how the next backups end."""
        return "FAILED" if self.machine.backups_fail else "COMPLETED"

    @backup_result.setter
    def backup_result(self, result: Literal["COMPLETED", "FAILED"]) -> None:
        self.machine.backups_fail = result == "FAILED"

    async def wait_for(self, predicate: Callable[[Panel], object], timeout: float = 5) -> None:
        """Wait until something is true of the panel."""
        async with asyncio.timeout(timeout):
            while not predicate(self):  # noqa: ASYNC110 - anything can be waited for
                await asyncio.sleep(0.002)
