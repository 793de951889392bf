"""Facts about servers that the list does not contain.

These are the names of nodes and blueprints, addresses, and whether an installation began. They are kept as long as the
credentials are in use and the server is listed, requested once, and again when a row shows that they may have changed.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Iterable, Set as AbstractSet
from copy import replace
from dataclasses import dataclass
from datetime import datetime
import logging
from typing import Any

from yarl import URL

from ..exceptions import ForbiddenError, NotFoundError, ResponseError, StellarStackError
from ..listeners import Listeners
from ..models import Account, Allocation, Blueprint, Node, Server, ServerStatus
from ..turns import Pace
from .rest import ROWS_A_TURN, Rest

_LOGGER = logging.getLogger(__name__)

CALLS_AT_ONCE = 4
"""Calls that are made at the same time: the panel has no limit, but others use it too."""


@dataclass(frozen=True, slots=True)
class _Install:
    """Whether an installation began, as of a row's last change."""

    updated_at: datetime | None
    began: bool


@dataclass(frozen=True, slots=True)
class _Addresses:
    """The allocations of a server, as of a row.

    Empty when the panel refuses to list them.
    """

    primary_id: str | None
    allocations: tuple[Allocation, ...] = ()
    refused: bool = False


class Details:
    """Completes the servers of one account.

    Attributes:
        changes: Told when something was learnt that `load` did not ask for.
    """

    def __init__(self, rest: Rest, url: str, pace: Pace) -> None:
        """Begin without details.

        Args:
            rest: To ask for them.
            url: The panel's address.
            pace: Of calls for each server, which all share.
        """
        self.changes: Listeners[[]] = Listeners()
        self._rest = rest
        self._pace = pace
        self._panel_host = URL(url).host
        self._account: Account | None = None
        self._node_ids: dict[str, str] = {}
        self._nodes: dict[str, Node] = {}
        self._let_in: dict[str, set[str]] = {}
        """Of each node that answered a live socket: the servers that it let one in for."""
        self._host_online: bool | None = None
        self._blueprints: dict[str, str | None] = {}
        self._addresses: dict[str, _Addresses] = {}
        self._installs: dict[str, _Install] = {}
        self._denied: set[str] = set()

    async def load_account(self) -> Account:
        """Return the account; from then on shared servers are known."""
        self._account = await self._rest.account()
        return self._account

    async def load_nodes(self) -> list[Node]:
        """Return the nodes that the panel lists.

        It lists them to admins only. Others can ask just about the one on the panel's own host, which is known once it
        let a live socket in; what it says is told with the servers.
        """
        if self._account is None or self._account.is_admin:
            try:
                nodes = await self._rest.nodes()
            except ForbiddenError:
                pass
            else:
                self._take_nodes(nodes)
                return nodes
        if any(self._let_in.values()):
            online = None
            try:
                online = await self._rest.host_node_online()
            finally:
                self._set_host_online(online)
        return []

    def set_on_panel_host(self, server_id: str, on_panel_host: bool) -> None:
        """Set whether a server's node is on the panel's own host.

        Only that node has live sockets; one that was opened just now shows that it is online, too. One that was refused
        says nothing of a node that let others in: the server may be on another one since the last list.
        """
        node_id = self._node_ids.get(server_id)
        if node_id is None:
            return
        before = self._is_on_panel_host(node_id)
        let_in = self._let_in.setdefault(node_id, set())
        if on_panel_host:
            let_in.add(server_id)
        else:
            let_in.discard(server_id)
        if self._is_on_panel_host(node_id) is not before:
            self.changes.notify()
        if on_panel_host:
            self._set_host_online(True)

    def complete(self, server: Server) -> Server:
        """Return a server of the list with all known details."""
        node, blueprint, status = server.node, server.blueprint, server.status
        if node is not None:
            self._node_ids[server.id] = node.id
            node = replace(
                self._nodes.get(node.id, node),
                host=self._node_host(node.id),
                is_online=self._host_online if self._is_on_panel_host(node.id) else None,
            )
        if blueprint is not None:
            blueprint = Blueprint(blueprint.id, self._blueprints.get(blueprint.id))
        install = self._known_install(server)
        if install is not None and not install.began:
            status = ServerStatus.STOPPED
        addresses = self._addresses.get(server.id)
        return replace(
            server,
            node=node,
            blueprint=blueprint,
            status=status,
            allocations=() if addresses is None else addresses.allocations,
            shared=self._is_shared(server),
        )

    def forget_others(self, listed: AbstractSet[str]) -> None:
        """Forget servers that are not listed any more.

        Args:
            listed: The ids of all that are.
        """
        facts: tuple[dict[str, Any], ...] = (self._node_ids, self._addresses, self._installs)
        for known in facts:
            for gone in known.keys() - listed:
                del known[gone]
        self._denied &= listed

    def lacks_status(self, server: Server) -> bool:
        """Return whether the installation of a listed server may never have begun."""
        return server.status is ServerStatus.INSTALLING and self._known_install(server) is None

    def is_missing(self, server: Server) -> bool:
        """Return whether details of a listed server must be requested."""
        return (
            self._lacks_install(server)
            or self._lacks_node(server)
            or self._lacks_blueprint(server)
            or self._lacks_addresses(server)
        )

    async def load(self, servers: Collection[Server], on_loaded: Callable[[str], None]) -> None:
        """Request missing details, a few calls at a time.

        A failed call is repeated the next time.

        Args:
            servers: Servers of the list.
            on_loaded: Called with the id of each server that has new details.
        """

        async def load_install(server: Server) -> None:
            await self._load_install(server)
            on_loaded(server.id)

        async def load_addresses(server: Server) -> None:
            await self._load_addresses(server)
            on_loaded(server.id)

        await _ask_each(filter(self._lacks_install, servers), load_install)
        unnamed = [server for server in servers if not self._is_node_known(server) or self._lacks_blueprint(server)]
        # One after the other: the first server of a node gives its name for all.
        await _ask_each(unnamed, self._load_node, at_once=1)
        await _ask_each(unnamed, self._load_blueprints, at_once=1)
        for number, server in enumerate(unnamed):
            if number % ROWS_A_TURN == 0:
                await asyncio.sleep(0)
            on_loaded(server.id)
        await _ask_each(filter(self._lacks_addresses, servers), load_addresses)

    def _is_on_panel_host(self, node_id: str) -> bool | None:
        let_in = self._let_in.get(node_id)
        return None if let_in is None else bool(let_in)

    def _set_host_online(self, online: bool | None) -> None:
        if self._account is not None and self._account.is_admin:
            # The panel lists all nodes with their state.
            online = None
        if online is not self._host_online:
            self._host_online = online
            self.changes.notify()

    def _is_shared(self, server: Server) -> bool | None:
        if self._account is None or server.owner_id is None:
            return None
        return not self._account.is_admin and server.owner_id != self._account.id

    def _node_host(self, node_id: str) -> str | None:
        """Return where players reach a node, for addresses that mean "any".

        A panel names only the node; most have just the one on their own host.
        """
        on_panel_host = self._is_on_panel_host(node_id)
        if on_panel_host:
            return self._panel_host
        known = self._nodes.get(node_id)
        if known is not None and known.host is not None:
            return known.host
        return self._panel_host if on_panel_host is None else None

    def _take_nodes(self, nodes: Iterable[Node]) -> None:
        known = {node.id: replace(node, is_online=None) for node in nodes}
        if not known.items() <= self._nodes.items():
            self._nodes |= known
            self.changes.notify()

    def _known_install(self, server: Server) -> _Install | None:
        """Return the known state of a pending installation."""
        install = self._installs.get(server.id)
        if server.status is not ServerStatus.INSTALLING or install is None:
            return None
        return install if install.updated_at == server.updated_at else None

    def _lacks_install(self, server: Server) -> bool:
        install = self._known_install(server)
        return server.status is ServerStatus.INSTALLING and (install is None or install.began)

    def _is_node_known(self, server: Server) -> bool:
        return server.node is None or server.node.id in self._nodes

    def _lacks_node(self, server: Server) -> bool:
        return not self._is_node_known(server) and server.id not in self._denied

    def _lacks_blueprint(self, server: Server) -> bool:
        if self._account is None or not self._account.is_admin:
            return False
        return server.blueprint is not None and server.blueprint.id not in self._blueprints

    def _lacks_addresses(self, server: Server) -> bool:
        known = self._addresses.get(server.id)
        if known is None:
            return not self._is_shared(server)
        return not known.refused and known.primary_id != server.primary_allocation_id

    async def _load_install(self, server: Server) -> None:
        try:
            began = await self._rest.install_began(server.id)
        except ResponseError:
            # The row is all there is.
            began = True
        self._installs[server.id] = _Install(server.updated_at, began)

    async def _load_node(self, server: Server) -> None:
        if not self._lacks_node(server):
            return
        await self._pace.wait(lambda: False)
        try:
            node = (await self._rest.server(server.id)).node
        except ForbiddenError, NotFoundError:
            # Another server of the node may give it.
            self._denied.add(server.id)
            raise
        if node is not None:
            self._nodes[node.id] = node

    async def _load_blueprints(self, server: Server) -> None:
        if self._lacks_blueprint(server):
            assert server.blueprint is not None
            names = {blueprint.id: blueprint.name for blueprint in await self._rest.blueprints()}
            self._blueprints |= {server.blueprint.id: None} | names

    async def _load_addresses(self, server: Server) -> None:
        await self._pace.wait(lambda: False)
        try:
            allocations = await self._rest.allocations(server.id)
        except ForbiddenError:
            self._addresses[server.id] = _Addresses(None, refused=True)
        else:
            self._addresses[server.id] = _Addresses(server.primary_allocation_id, allocations)


async def _ask_each(
    servers: Iterable[Server], ask: Callable[[Server], Awaitable[None]], at_once: int = CALLS_AT_ONCE
) -> None:
    """Ask about servers, until all are done or the panel is away."""
    pending = deque(servers)

    async def work() -> None:
        while pending:
            server = pending.popleft()
            try:
                await ask(server)
            except ResponseError as err:
                _LOGGER.debug("The panel does not tell all of server %s: %s", server.id, err)
            except StellarStackError as err:
                _LOGGER.debug("The panel did not tell all of its servers: %s", err)
                pending.clear()

    async with asyncio.TaskGroup() as group:
        for _ in range(min(at_once, len(pending))):
            group.create_task(work(), name="stellarstack details")
