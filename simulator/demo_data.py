"""The servers, nodes and accounts of a demo."""

from typing import Any, Final, NamedTuple

from .accounts import Account
from .panel import Panel
from .queries import GamePort, Protocol

_NODES = (
    ("Frankfurt 1", "fra1.example.com", "Frankfurt"),
    ("Frankfurt 2", "fra2.example.com", "Frankfurt"),
    ("Helsinki 1", "hel1.example.com", "Helsinki"),
)

# Name, blueprint, memory and disk in MiB, cpu in percent of a core, port.
_SERVERS: tuple[tuple[str, str, int, int, float, int], ...] = (
    ("Survival", "Minecraft Java", 8192, 40960, 300, 25565),
    ("Creative", "Minecraft Java", 4096, 20480, 200, 25566),
    ("Skyblock", "Paper", 6144, 15360, 250, 25567),
    ("Valheim", "Valheim", 4096, 10240, 200, 2456),
    ("Rust Weekly", "Rust", 16384, 51200, 400, 28015),
    ("Factorio", "Factorio", 2048, 5120, 100, 34197),
    ("Terraria Friends", "Terraria", 1024, 2048, 87.5, 7777),
    ("Voice", "TeamSpeak 3", 512, 1024, 50, 9987),
    ("ARK Island", "ARK: Survival Evolved", 12288, 102400, 350, 7779),
    ("Satisfactory", "Satisfactory", 8192, 20480, 300, 15777),
    ("Bedrock Lobby", "Minecraft Bedrock", 2048, 5120, 100, 19132),
    ("Zomboid", "Project Zomboid", 6144, 10240, 200, 16261),
)


CHATTER: Final = 20.0
"""Mean seconds between two lines that players cause in the console of a server."""
QUERIES: Final[dict[str, Protocol]] = {
    "Survival": "minecraft_java",
    "Creative": "minecraft_java",
    "Skyblock": "minecraft_java",
    "Valheim": "source",
    "Rust Weekly": "source",
}
"""The servers whose games tell who plays, and how."""
LONELY: Final = "Valheim"
"""The server on which nobody plays."""


class DemoAccounts(NamedTuple):
    """The accounts of a demo."""

    admin: Account
    user: Account
    two_factor: Account


def populate(panel: Panel, servers: int = 8) -> DemoAccounts:
    """Fill a panel.

    The first server is called Survival and belongs to the user.
    """
    accounts = DemoAccounts(
        admin=panel.add_account("admin@example.com", "admin-password", name="Admin", role="admin"),
        user=panel.add_account("user@example.com", "user-password", name="Alex"),
        two_factor=panel.add_account("secure@example.com", "secure-password", name="Sam", two_factor=True),
    )
    nodes = [panel.add_node(name, host=host, location=location) for name, host, location in _NODES]
    if panel.generation == 2:
        # Only servers on the panel's own host have live sockets, and most panels have no other node.
        nodes = [nodes[0]] * 5 + [nodes[1]]
    panel.machine.live.chatter = CHATTER
    for number in range(servers):
        name, blueprint, memory, disk, cpu, port = _SERVERS[number % len(_SERVERS)]
        lap = number // len(_SERVERS)
        # Each fourth server is the other user's; each second of those is shared with the user.
        foreign = number % 4 == 3
        server = panel.add_server(
            f"{name} {lap + 1}" if lap else name,
            owner=accounts.two_factor if foreign else accounts.user,
            node=nodes[number % len(nodes)],
            shared_with=(accounts.user,) if number % 8 == 3 else (),
            blueprint=blueprint,
            memory=memory,
            disk=disk,
            cpu=cpu,
            swap=-1 if number % 5 == 4 else 0,
            description=f"{blueprint} for friends" if number % 2 == 0 else None,
            status="STOPPED" if number % 6 == 5 else "RUNNING",
            allocations=_allocations(number, port + 100 * lap),
            stop_time=3.0 + 2 * (number % 4),
            ready_time=4.0 + 3 * (number % 3),
            # A blueprint that knows no "done" line.
            done_line=blueprint != "TeamSpeak 3",
            primaryAllocationId=f"allocation-{number}-game",
        )
        if server.name == LONELY:
            panel.machine.game(server.id).visitors = ()
    return accounts


async def open_queries(panel: Panel) -> dict[str, tuple[Protocol, GamePort]]:
    """Let games tell who plays.

    Returns the protocol and the port by the server's id.
    """
    opened = {}
    for server in panel.fleet.servers.values():
        if (protocol := QUERIES.get(server.name)) is not None:
            opened[server.id] = (protocol, await panel.queries.open(server.id, protocol))
            # Players come and go, whether a live socket is open or not.
            panel.machine.live.watch(panel.machine.game(server.id))
    return opened


def _allocations(number: int, port: int) -> list[dict[str, Any]]:
    ip = f"203.0.113.{number % len(_NODES) + 10}"
    return [
        {"id": f"allocation-{number}-query", "ip": ip, "port": port + 10000, "assigned": True},
        {"id": f"allocation-{number}-game", "ip": ip, "port": port, "assigned": True},
    ]
