"""What the list does not tell: asked for once, in its own time, and by as few calls as it takes."""

from dataclasses import replace

import pytest

from custom_components.stellarstack.client.exceptions import RateLimitedError
from custom_components.stellarstack.client.models import Node, Server, ServerStatus
from custom_components.stellarstack.client.turns import Pace
from custom_components.stellarstack.client.v2.details import Details
from custom_components.stellarstack.client.v2.rest import Rest
from tests.client.support import our_log

from .recorded import (
    BAD_INSTALL,
    BROKEN,
    FAR,
    NODE_A,
    NODE_B,
    NODES,
    NOT_FOUND,
    SIGNAL,
    SURVIVAL,
    UNEXPECTED,
    RecordedPanel,
    path,
    recorded,
)


class Loader:
    """Loads details as a feed does, and keeps of which servers something was learnt."""

    def __init__(self, details: Details, rest: Rest) -> None:
        self.details = details
        self.loaded: list[str] = []
        self.rest = rest

    async def load(self, *server_ids: str) -> dict[str, Server]:
        """Ask once for all that the servers of the list lack; returns them completed."""
        servers = [server for server in await self.rest.servers() if not server_ids or server.id in server_ids]
        self.loaded.clear()
        await self.details.load(servers, self.loaded.append)
        return {server.id: self.details.complete(server) for server in servers}


def is_online(loader: Loader, node_id: str) -> bool | None:
    """Return whether a server's node is shown as online."""
    node = loader.details.complete(Server(SURVIVAL, node=Node(node_id))).node
    assert node is not None
    return node.is_online


@pytest.fixture
def details(rest: Rest, recorded_panel: RecordedPanel) -> Details:
    return Details(rest, recorded_panel.url, Pace(0.0))


@pytest.fixture
def loader(details: Details, rest: Rest) -> Loader:
    return Loader(details, rest)


async def test_all_that_an_owner_can_know(loader: Loader, recorded_panel: RecordedPanel) -> None:
    await loader.details.load_account()

    server = (await loader.load(SURVIVAL))[SURVIVAL]

    assert server.node == Node(NODE_A, "node-a", "127.0.0.1")
    assert server.address == "127.0.0.1:25565"
    assert server.shared is False
    # What people call the game is known to admins only; the image's name is none.
    assert server.blueprint is not None
    assert server.blueprint.name is None
    assert SURVIVAL in loader.loaded
    assert not loader.details.is_missing(server)


async def test_everything_is_asked_for_once(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.rows = [row for row in recorded_panel.rows if row["id"] in {SURVIVAL, BROKEN}]
    recorded_panel.answer("GET", path(BROKEN, "/allocations"), recorded("allocations"))
    await loader.load()
    first = len(recorded_panel.requests)

    await loader.load()

    assert recorded_panel.requests[first:] == [("GET", "/api/servers")]
    # One name for both servers of the node.
    assert recorded_panel.asked(path(SURVIVAL)) + recorded_panel.asked(path(BROKEN)) == 1


async def test_address_is_asked_for_again_when_the_primary_one_changes(
    loader: Loader, recorded_panel: RecordedPanel
) -> None:
    await loader.load(SURVIVAL)
    allocations = recorded("allocations")
    other = allocations["allocations"][0] | {"id": "other", "alias": "play.panel.test", "port": 27015}
    recorded_panel.answer("GET", path(SURVIVAL, "/allocations"), {"allocations": [*allocations["allocations"], other]})
    recorded_panel.row(SURVIVAL)["primaryAllocationId"] = "other"

    assert (await loader.load(SURVIVAL))[SURVIVAL].address == "play.panel.test:27015"
    assert recorded_panel.asked(path(SURVIVAL, "/allocations")) == 2


async def test_server_that_is_not_listed_is_forgotten(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path(BROKEN, "/allocations"), recorded("denied"), 403)
    await loader.load(SURVIVAL, BROKEN)

    loader.details.forget_others({BROKEN})
    await loader.load(SURVIVAL, BROKEN)

    assert recorded_panel.asked(path(SURVIVAL, "/allocations")) == 2
    assert recorded_panel.asked(path(BROKEN, "/allocations")) == 1


async def test_no_primary_address_is_the_first(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.row(SURVIVAL)["primaryAllocationId"] = None

    assert (await loader.load(SURVIVAL))[SURVIVAL].address == "127.0.0.1:25565"


async def test_addresses_of_shared_servers_are_not_asked_for(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.row(SURVIVAL)["ownerId"] = "somebody-else"
    await loader.details.load_account()

    server = (await loader.load(SURVIVAL))[SURVIVAL]

    assert server.shared is True
    assert server.address is None
    assert recorded_panel.asked(path(SURVIVAL, "/allocations")) == 0


async def test_refused_addresses_are_never_asked_for_again(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path(SURVIVAL, "/allocations"), recorded("denied"), 403)
    await loader.load(SURVIVAL)
    recorded_panel.row(SURVIVAL)["primaryAllocationId"] = "other"

    server = (await loader.load(SURVIVAL))[SURVIVAL]

    assert (server.address, server.shared) == (None, None)
    assert recorded_panel.asked(path(SURVIVAL, "/allocations")) == 1


async def test_another_server_tells_the_node_when_one_may_not(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path(SURVIVAL), recorded("denied"), 403)
    recorded_panel.answer("GET", path(BROKEN), NOT_FOUND, 404)
    recorded_panel.answer("GET", path(SIGNAL), recorded("server_shared"))

    servers = await loader.load(SURVIVAL, BROKEN, SIGNAL)

    assert {server.node.display_name for server in servers.values() if server.node} == {"node-a"}
    # Also those that could not be asked.
    assert set(loader.loaded) >= {SURVIVAL, BROKEN, SIGNAL}


async def test_mistake_of_the_panel_is_no_refusal(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path(SURVIVAL), UNEXPECTED, 500)
    await loader.load(SURVIVAL)
    recorded_panel.answer("GET", path(SURVIVAL), recorded("server"))

    node = (await loader.load(SURVIVAL))[SURVIVAL].node

    assert node is not None
    assert node.display_name == "node-a"


async def test_panel_that_is_away_is_not_asked_on(
    loader: Loader, recorded_panel: RecordedPanel, caplog: pytest.LogCaptureFixture
) -> None:
    for server_id in (SURVIVAL, BROKEN, SIGNAL, BAD_INSTALL):
        recorded_panel.answer("GET", path(server_id), b"", 502)
        recorded_panel.answer("GET", path(server_id, "/allocations"), b"", 502)

    await loader.load(SURVIVAL, BROKEN, SIGNAL, BAD_INSTALL)

    asked = [line[1] for line in recorded_panel.requests if line[1] != "/api/servers"]
    # Of the addresses, as many as are asked for at the same time.
    assert len(asked) == 1 + 4
    assert "DEBUG The panel did not tell all of its servers: the panel is away: HTTP 502" in our_log(caplog)


# Admins.


async def test_admins_see_names_of_games_and_nodes(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.become_admin()
    await loader.details.load_account()
    told: list[str] = []
    loader.details.changes.add(lambda: told.append("changed"))

    assert [node.is_online for node in await loader.details.load_nodes()] == [True, False]
    await loader.details.load_nodes()
    servers = await loader.load(SURVIVAL, FAR)

    assert told == ["changed"]
    far = servers[FAR]
    assert far.node == Node(NODE_B, "node-b", "192.0.2.7")
    assert far.blueprint is not None
    assert far.blueprint.name == "Minecraft Paper"
    assert far.shared is False
    # The list of nodes has told their names.
    assert recorded_panel.asked(path(SURVIVAL)) == 0
    assert recorded_panel.asked("/api/admin/blueprints") == 1


async def test_blueprint_that_no_list_has_is_asked_for_once(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.become_admin()
    recorded_panel.answer("GET", "/api/admin/blueprints", {"blueprints": []})
    await loader.details.load_account()

    await loader.load(SURVIVAL)
    await loader.load(SURVIVAL)

    assert recorded_panel.asked("/api/admin/blueprints") == 1


# Whether a node is online.


async def test_node_is_unknown_until_a_live_socket_was_opened(loader: Loader, recorded_panel: RecordedPanel) -> None:
    await loader.details.load_account()
    await loader.load(SURVIVAL, FAR)

    assert await loader.details.load_nodes() == []
    assert recorded_panel.asked("/daemon/healthz") == recorded_panel.asked("/api/admin/nodes") == 0


@pytest.mark.parametrize(("status", "body", "online"), [(200, {"ok": True}, True), (502, b"", False), (200, "", None)])
async def test_node_on_the_panels_host_tells_whether_it_is_online(
    loader: Loader, recorded_panel: RecordedPanel, status: int, body: object, online: bool | None
) -> None:
    recorded_panel.answer("GET", "/daemon/healthz", body, status)
    await loader.load(SURVIVAL, FAR)
    loader.details.set_on_panel_host(SURVIVAL, True)
    loader.details.set_on_panel_host(FAR, False)
    loader.details.set_on_panel_host("a server of no list", True)

    # Until it is asked, the open socket shows that it is.
    assert is_online(loader, NODE_A) is True

    assert await loader.details.load_nodes() == []
    assert is_online(loader, NODE_A) is online
    assert is_online(loader, NODE_B) is None

    loader.details.set_on_panel_host(SURVIVAL, True)
    assert is_online(loader, NODE_A) is True


async def test_node_is_unknown_while_the_panel_is_away(loader: Loader, recorded_panel: RecordedPanel) -> None:
    await loader.load(SURVIVAL)
    loader.details.set_on_panel_host(SURVIVAL, True)
    recorded_panel.answer("GET", "/daemon/healthz", "", 429)

    with pytest.raises(RateLimitedError):
        await loader.details.load_nodes()

    assert is_online(loader, NODE_A) is None


async def test_admins_see_only_what_the_list_of_nodes_says(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.become_admin()
    await loader.details.load_account()
    await loader.load(SURVIVAL)

    loader.details.set_on_panel_host(SURVIVAL, True)

    assert is_online(loader, NODE_A) is None


async def test_panels_host_is_the_address_of_its_own_node_only(loader: Loader, recorded_panel: RecordedPanel) -> None:
    told: list[str] = []
    loader.details.changes.add(lambda: told.append("changed"))
    server = (await loader.load(SURVIVAL))[SURVIVAL]
    loader.details.set_on_panel_host(SURVIVAL, False)
    loader.details.set_on_panel_host(SURVIVAL, False)

    assert server.address == "127.0.0.1:25565"
    assert loader.details.complete(server).address is None
    assert told == ["changed"]


async def test_refused_server_says_nothing_of_a_node_that_lets_others_in(
    loader: Loader, recorded_panel: RecordedPanel
) -> None:
    """It may have been moved to another node since the last list."""
    server = (await loader.load(SURVIVAL, BROKEN))[SURVIVAL]
    loader.details.set_on_panel_host(SURVIVAL, True)

    loader.details.set_on_panel_host(BROKEN, False)
    assert is_online(loader, NODE_A) is True
    assert loader.details.complete(server).address == "127.0.0.1:25565"

    loader.details.set_on_panel_host(SURVIVAL, False)
    assert is_online(loader, NODE_A) is None
    assert loader.details.complete(server).address is None


async def test_admins_node_tells_its_host_where_it_is_not_the_panels(
    loader: Loader, recorded_panel: RecordedPanel
) -> None:
    recorded_panel.answer("GET", "/api/admin/nodes", NODES)
    await loader.details.load_nodes()
    server = (await loader.load(SURVIVAL))[SURVIVAL]
    assert server.address == "node-a.panel.test:25565"

    loader.details.set_on_panel_host(SURVIVAL, True)
    assert (await loader.load(SURVIVAL))[SURVIVAL].address == "127.0.0.1:25565"


# Installations.


async def test_installation_that_never_began(loader: Loader, recorded_panel: RecordedPanel) -> None:
    (row,) = [server for server in await loader.rest.servers() if server.id == FAR]
    assert row.status is ServerStatus.INSTALLING
    assert loader.details.lacks_status(row)

    assert (await loader.load(FAR))[FAR].status is ServerStatus.STOPPED
    assert not loader.details.lacks_status(row)
    await loader.load(FAR)
    assert recorded_panel.asked(path(FAR, "/install")) == 1

    # The panel changes the row when it tries again.
    assert loader.details.lacks_status(replace(row, updated_at=None))


async def test_installation_that_goes_on_is_asked_for_again(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path(FAR, "/install"), {"state": "running"})
    assert (await loader.load(FAR))[FAR].status is ServerStatus.INSTALLING
    recorded_panel.answer("GET", path(FAR, "/install"), {"state": "unknown"})

    assert (await loader.load(FAR))[FAR].status is ServerStatus.STOPPED


async def test_installation_that_the_panel_does_not_tell_of(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path(FAR, "/install"), recorded("denied"), 403)

    assert (await loader.load(FAR))[FAR].status is ServerStatus.INSTALLING


async def test_installation_is_not_known_while_the_panel_is_away(loader: Loader, recorded_panel: RecordedPanel) -> None:
    recorded_panel.answer("GET", path(FAR, "/install"), b"", 502)

    (server,) = (await loader.load(FAR)).values()

    assert loader.details.lacks_status(server)
