"""Faults of live sockets and of panels of generation 2, by name."""

from collections.abc import Awaitable, Callable
from typing import Final

from .fleet import Server
from .panel import Panel
from .v2.api import PanelApiV2

type Injection = Callable[[Panel], Awaitable[None]]

LIVE_FAULTS: Final[dict[str, Injection]] = {}
"""By the name that `--fault` takes; the first line of each tells what it is."""
V2_FAULTS: Final[dict[str, Injection]] = {}
"""The same, of those that only generation 2 knows."""
LONG_LINE: Final = 1024**2
"""Characters."""
BURST: Final = 400
"""Lines at once, far more than wait for a client."""
TOKEN_LIFETIME: Final = 600.0


def _named(name: str, registry: dict[str, Injection]) -> Callable[[Injection], Injection]:
    def register(injection: Injection) -> Injection:
        registry[name] = injection
        return injection

    return register


async def clear_live_faults(panel: Panel) -> None:
    """End all faults of live sockets and of generation 2."""
    panel.live.clear_faults()
    panel.daemon_route = "daemon"
    if isinstance(api := panel.api, PanelApiV2):
        api.away = api.loses_statuses = api.ignores_presses = False
        api.backups.forgotten = False
        api.scopes.clear()


def _first(panel: Panel) -> Server:
    return next(iter(panel.fleet.servers.values()))


def _api(panel: Panel) -> PanelApiV2:
    if not isinstance(panel.api, PanelApiV2):
        raise TypeError("only panels of generation 2 know this fault")
    return panel.api


# Live sockets of both generations.


@_named("refused-ticket", LIVE_FAULTS)
async def _refuse_tickets(panel: Panel) -> None:
    """The live sockets are cut; daemons refuse all tickets from then on."""
    panel.live.refuse_tokens = True
    panel.live.drop_clients()


@_named("live-cut", LIVE_FAULTS)
async def _cut_live(panel: Panel) -> None:
    """The live sockets are cut without a close frame (1006)."""
    panel.live.drop_clients()


@_named("live-half-open", LIVE_FAULTS)
async def _freeze_live(panel: Panel) -> None:
    """Open live sockets send and read nothing more, and stay open."""
    panel.live.freeze()


@_named("silent-stats", LIVE_FAULTS)
async def _silence_stats(panel: Panel) -> None:
    """No samples come."""
    panel.live.pause_ticks = True


@_named("lost-states", LIVE_FAULTS)
async def _lose_states(panel: Panel) -> None:
    """No state reaches the live sockets, as in a burst of lines."""
    panel.live.lose_states = True


@_named("lost-crash", LIVE_FAULTS)
async def _crash_unheard(panel: Panel) -> None:
    """The first server crashes after many lines; its last state is lost."""
    panel.live.lose_states = True
    _print_burst(panel)
    panel.machine.crash(_first(panel).id)


@_named("console-flood", LIVE_FAULTS)
async def _flood_console(panel: Panel) -> None:
    """5,000 lines a second come, of all servers in turn."""
    panel.live.flood(5000)


@_named("console-burst", LIVE_FAULTS)
async def _burst(panel: Panel) -> None:
    """The first server prints 400 lines at once."""
    _print_burst(panel)


@_named("half-lines", LIVE_FAULTS)
async def _print_half_lines(panel: Panel) -> None:
    """The first server prints parts of lines, colours and progress."""
    server_id = _first(panel).id
    for text in (
        "[INFO]: half a ",
        "line\r\n",
        "\x1b[32m[INFO]: green\x1b[0m\r\n10 %\r",
        "100 %\r\n",
        "\r\n",
        "no end",
    ):
        panel.machine.print(server_id, text)


@_named("long-line", LIVE_FAULTS)
async def _print_long_line(panel: Panel) -> None:
    """The first server prints a line of 1 MiB."""
    panel.machine.print(_first(panel).id, "x" * LONG_LINE + "\r\n")


@_named("live-garbage", LIVE_FAULTS)
async def _send_garbage(panel: Panel) -> None:
    """Frames come at live sockets that have no known form."""
    frames = (
        *("", "{", "null", "7", "[]", '"x"', '{"event":7}', '{"event":"status"}', '{"args":[],"event":"status"}'),
        *('{"args":[7],"event":"status"}', '{"args":["melting"],"event":"status"}', '{"args":[{}],"event":"stats"}'),
        *('{"args":[[]],"event":"stats"}', '{"args":[{"cpu_absolute":"x","network":7}],"event":"stats"}'),
        *('{"args":[null],"event":"console output"}', '{"args":[{"lines":7}],"event":"console history"}'),
        *('{"args":["x"],"event":"new:thing"}', '{"args":' + "[" * 10_000 + "]" * 10_000 + ',"event":"status"}'),
    )
    for frame in frames:
        await panel.live.send_raw(frame)
    await panel.live.send_raw(b"\x00\xff")


@_named("zombie", LIVE_FAULTS)
async def _leave_a_zombie(panel: Panel) -> None:
    """The first node's daemon restarts, then its first server crashes."""
    server = next(each for each in panel.fleet.servers.values() if panel.machine.game(each.id).runs and each.node)
    assert server.node is not None
    await panel.machine.restart_daemon(server.node.id)
    panel.machine.crash(server.id)


@_named("stuck-starting", LIVE_FAULTS)
async def _get_stuck(panel: Panel) -> None:
    """The first server starts anew and exits before it is ready."""
    game = panel.machine.game(_first(panel).id)
    await panel.machine.kill(game.id)
    exits_after, game.exits_after = game.exits_after, game.ready_time / 2
    await panel.machine.start(game.id)
    game.exits_after = exits_after


# Generation 2.


@_named("api-down", V2_FAULTS)
async def _stop_api(panel: Panel) -> None:
    """`/api` and `/auth` answer 502; reports of running daemons are lost."""
    _api(panel).away = True


@_named("daemon-page", V2_FAULTS)
async def _lead_to_page(panel: Panel) -> None:
    """The live sockets are cut; `/daemon` leads to the web page."""
    panel.daemon_route = "page"
    panel.live.drop_clients()


@_named("daemon-missing", V2_FAULTS)
async def _lead_nowhere(panel: Panel) -> None:
    """The live sockets are cut; `/daemon` is answered with 404."""
    panel.daemon_route = "missing"
    panel.live.drop_clients()


@_named("stale-list", V2_FAULTS)
async def _lose_statuses(panel: Panel) -> None:
    """The list of servers keeps their statuses, whatever happens."""
    _api(panel).loses_statuses = True


@_named("silent-power", V2_FAULTS)
async def _ignore_presses(panel: Panel) -> None:
    """Power at live sockets does nothing, and nothing tells so."""
    _api(panel).ignores_presses = True


@_named("eula-required", V2_FAULTS)
async def _refuse_without_eula(panel: Panel) -> None:
    """The first server starts anew and exits: its EULA is not accepted."""
    server_id = _first(panel).id
    await panel.machine.kill(server_id)
    await panel.machine.start(server_id)
    panel.machine.print(server_id, "[WARN]: You need to agree to the EULA in order to run the server.\r\n")
    panel.machine.crash(server_id, code=0)


@_named("token-end", V2_FAULTS)
async def _end_tokens(panel: Panel) -> None:
    """The panel's clock jumps 600 s ahead, past all open sockets' tokens."""
    panel.advance(TOKEN_LIFETIME)


@_named("no-console", V2_FAULTS)
async def _take_console(panel: Panel) -> None:
    """Live sockets are cut; subusers may not read consoles any more."""
    for server in panel.fleet.servers.values():
        for account in server.shared_with:
            _api(panel).scopes[server.id, account.id] = ("stats.read",)
    panel.live.drop_clients()


@_named("second-subuser", V2_FAULTS)
async def _add_subuser(panel: Panel) -> None:
    """Another subuser of each shared server comes first: the others are refused."""
    stranger = panel.add_account("stranger@example.com", "stranger-password")
    for server in panel.fleet.servers.values():
        if server.shared_with:
            server.shared_with.insert(0, stranger)


@_named("pending-install", V2_FAULTS)
async def _never_install(panel: Panel) -> None:
    """A new server never gets installed, as its node was never paired."""
    server = _first(panel)
    node = panel.add_node("never-paired", paired=False)
    added = panel.add_server("Pending", owner=server.owner, node=node, status="INSTALLING")
    await panel.api.reinstall(added)


@_named("forgotten-backups", V2_FAULTS)
async def _forget_backups(panel: Panel) -> None:
    """Backups stay pending for ever, as when the API restarts meanwhile."""
    _api(panel).backups.forgotten = True


def _print_burst(panel: Panel) -> None:
    server_id = _first(panel).id
    for number in range(BURST):
        panel.machine.print(server_id, f"[INFO]: line {number} of a burst\r\n")
