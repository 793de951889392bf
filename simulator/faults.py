"""All that can go wrong with a panel, by name.

What concerns live sockets and generation 2 alone is in `live_faults.py`.
"""

from collections.abc import Callable
from typing import Final

from .fleet import Server
from .interceptions import EVERY_PATH
from .live_faults import LIVE_FAULTS, V2_FAULTS, Injection, clear_live_faults
from .network import NetworkConditions
from .panel import Panel
from .wire import json_bytes

STATUSES: Final = (400, 401, 403, 404, 429, 500, 502, 503)
CLOSE_CODES: Final = (1000, 1001, 1008, 1011, 1012)
HTML: Final = "<!doctype html><title>Welcome</title><p>It works!"
FLOOD: Final = 5000
"""Frames a second."""
PROXIES: Final = {504: 60.0, 524: 100.0}
"""After how many seconds proxies give up, by what they answer then: nginx, Cloudflare."""
LATE_TICKS: Final = 6
"""By how many ticks frames are late: 30 s at the real panel's pace."""

FAULTS: Final[dict[str, Injection]] = {}
"""All faults of the panel's making, by the name that `--fault` takes; the first line of each tells what it is."""


def _named(name: str) -> Callable[[Injection], Injection]:
    def register(injection: Injection) -> Injection:
        FAULTS[name] = injection
        return injection

    return register


def is_fault(name: str) -> bool:
    """Return whether a fault has this name."""
    answer, equals, path = name.partition("=")
    return (answer in _ANSWERS and bool(path)) if equals else name in _all()


async def inject(panel: Panel, name: str) -> None:
    """Inject a fault by its name.

    `http-503=/api/servers` puts an answer on that path only; without a path it is on all.

    Raises:
        KeyError: There is no fault of that name.
    """
    answer, _, path = name.partition("=")
    if path:
        _ANSWERS[answer](panel, path)
    else:
        await _all()[name](panel)


async def clear_faults(panel: Panel) -> None:
    """End all faults; what was deleted or has moved stays so."""
    panel.clear_faults()
    await clear_live_faults(panel)
    panel.thaw()
    panel.flood(0)
    panel.network = NetworkConditions()
    panel.fleet.late_syncs = False
    for node_id in panel.fleet.nodes:
        panel.machine.restore_node(node_id)
    panel.silent_servers = set()
    panel.pause_ticks = panel.hang_upgrades = panel.silent_welcome = False
    panel.refuse_cookies = panel.refuse_tokens = False
    if panel.tls_broken:
        panel.tls_broken = False
        await _away(panel)
    if not panel.running:
        await panel.start()


def describe() -> str:
    """Return all faults with their descriptions, one a line."""
    lines = []
    for title, faults in (("", FAULTS), ("Live sockets:", LIVE_FAULTS), ("Generation 2 only:", V2_FAULTS)):
        lines += [title] if title else []
        lines += [f"{name:<18} {(faults[name].__doc__ or '').partition('\n')[0]}" for name in sorted(faults)]
    return "\n".join(lines)


def _all() -> dict[str, Injection]:
    return FAULTS | LIVE_FAULTS | V2_FAULTS


def _first(panel: Panel) -> Server:
    return next(iter(panel.fleet.servers.values()))


async def _away(panel: Panel) -> None:
    panel.drop_clients()
    await panel.stop()


# Answers.


def _put_status(status: int) -> Callable[[Panel, str], None]:
    headers = {"Retry-After": "1"} if status == 429 else {}
    return lambda panel, path: panel.fail(path, status, headers=headers)


_ANSWERS: Final[dict[str, Callable[[Panel, str], None]]] = {
    **{f"http-{status}": _put_status(status) for status in STATUSES},
    "html": lambda panel, path: panel.fail(path, 200, HTML),
}


def _register_answer(name: str) -> None:
    async def injection(panel: Panel) -> None:
        _ANSWERS[name](panel, EVERY_PATH)
        panel.drop_clients()

    what = f"HTTP {name.removeprefix('http-')}" if name != "html" else "a web page"
    injection.__doc__ = f"Every path is answered with {what}; `{name}=/api/servers` only that one."
    FAULTS[name] = injection


def _register_close(code: int) -> None:
    async def injection(panel: Panel) -> None:
        panel.drop_clients(code)

    injection.__doc__ = f"The sockets are closed with {code}."
    FAULTS[f"close-{code}"] = injection


for _name in _ANSWERS:
    _register_answer(_name)
for _code in CLOSE_CODES:
    _register_close(_code)


@_named("upgrade-400")
async def _limit_upgrades(panel: Panel) -> None:
    """The sockets are cut, upgrades answered with an empty 400."""
    panel.fail("/api/ws", 400, b"")
    panel.drop_clients()


@_named("no-answer")
async def _answer_nothing(panel: Panel) -> None:
    """The sockets are cut and connections accepted, but no request is answered."""
    panel.delay(EVERY_PATH, 1e6)
    panel.drop_clients()


# The connection.


@_named("refused")
async def _refuse(panel: Panel) -> None:
    """The panel is away: its port refuses connections."""
    await _away(panel)


@_named("restart")
async def _restart(panel: Panel) -> None:
    """The panel restarts: it drains, cuts the sockets and is back."""
    await panel.stop()
    await panel.start()


@_named("moved")
async def _move(panel: Panel) -> None:
    """The panel is at another port from now on."""
    await _away(panel)
    await panel.start(panel.free_port())


@_named("tls")
async def _break_tls(panel: Panel) -> None:
    """The port of a panel with TLS speaks none."""
    panel.tls_broken = True
    await _away(panel)
    await panel.start()


@_named("close-1006")
async def _cut(panel: Panel) -> None:
    """The sockets are cut without a close frame (1006)."""
    panel.drop_clients()


@_named("half-open")
async def _freeze(panel: Panel) -> None:
    """Open sockets send and read nothing more, and stay open."""
    panel.freeze()


# What the panel says, or does not.


@_named("stuck-tick")
async def _stop_ticks(panel: Panel) -> None:
    """No syncs come, pongs do."""
    panel.pause_ticks = True


@_named("silent-server")
async def _silence_server(panel: Panel) -> None:
    """The syncs of the first server stop."""
    panel.silent_servers = {_first(panel).id}


@_named("delayed")
async def _delay_frames(panel: Panel) -> None:
    """Frames come 30 s late (six ticks)."""
    panel.network.delay = LATE_TICKS * panel.tick


@_named("duplicated")
async def _duplicate_frames(panel: Panel) -> None:
    """Each frame comes twice."""
    panel.network.copies = 2


@_named("reordered")
async def _reorder_frames(panel: Panel) -> None:
    """Each second frame about a server overtakes the one before it."""
    panel.network.swap = True


@_named("truncated")
async def _truncate_frames(panel: Panel) -> None:
    """Only half of each frame comes."""
    panel.network.part = 0.5


@_named("cut-frame")
async def _cut_frame(panel: Panel) -> None:
    """The sockets are cut within a frame."""
    for connection in panel.connections:
        connection.abort_in_frame()


@_named("huge-frame")
async def _send_huge_frame(panel: Panel) -> None:
    """A frame of 10 MiB comes."""
    await panel.send_raw('{"type":"server:sync","data":"' + "x" * (10 * 1024**2) + '"}')


@_named("oversized-frame")
async def _send_oversized_frame(panel: Panel) -> None:
    """A frame of 17 MiB comes, more than the client takes."""
    await panel.send_raw('"' + "x" * (17 * 1024**2) + '"')


@_named("bad-utf8")
async def _send_bad_utf8(panel: Panel) -> None:
    """A text frame comes that is no UTF-8."""
    await panel.send_bytes_as_text(b'{"type":"server:sync\xff\xfe"}')


@_named("bad-json")
async def _send_bad_json(panel: Panel) -> None:
    """Frames come that are no JSON."""
    for text in ("", "{", "undefined", '{"type":"server:sync","data":{"id":NaN}}', '{"type":'):
        await panel.send_raw(text)


@_named("bad-type")
async def _send_bad_types(panel: Panel) -> None:
    """Frames with values of unexpected types come, and a binary one."""
    server_id = _first(panel).id
    odd: tuple[object, ...] = (None, 7, [], "x", True)
    frames: list[object] = [
        *odd,
        *({"type": each} for each in (*odd, {}, "new:thing")),
        *({"type": kind} for kind in ("server:sync", "server:status", "server:updated", "server:deleted")),
        *({"type": "server:sync", "serverId": each, "data": {}} for each in odd),
        *({"type": "server:status", "serverId": server_id, "data": each} for each in odd),
        {"type": "server:status", "serverId": server_id, "data": {"id": "another", "status": "ERROR"}},
        {"type": "server:deleted", "data": {"id": 7}},
    ]
    for frame in frames:
        await panel.send_raw(json_bytes(frame).decode())
    await panel.send_raw(b"\x00\xff")


@_named("nested-json")
async def _send_nested_json(panel: Panel) -> None:
    """A frame comes in which 100,000 lists are nested."""
    await panel.send_raw('{"type":"server:sync","data":' + "[" * 100_000 + "]" * 100_000 + "}")


@_named("flood")
async def _flood(panel: Panel) -> None:
    """5,000 frames a second come, about all servers in turn."""
    panel.flood(FLOOD)


@_named("late-sync")
async def _send_late_syncs(panel: Panel) -> None:
    """The first sync after each change of status is older."""
    panel.fleet.late_syncs = True


# The answers to power calls and backups.


@_named("lost-answer")
async def _lose_answers(panel: Panel) -> None:
    """POSTs about servers are done, but their answers cut off."""
    panel.network.lose_answers = True


def _register_proxy(status: int, timeout: float) -> None:
    async def injection(panel: Panel) -> None:
        panel.network.proxy = status
        panel.network.proxy_timeout = timeout / panel.machine.speed

    injection.__doc__ = f"A proxy answers with {status} what takes longer than {timeout:.0f} s; the panel goes on."
    FAULTS[f"proxy-{status}"] = injection


for _status, _timeout in PROXIES.items():
    _register_proxy(_status, _timeout)


# The session.


@_named("auth-error")
async def _send_auth_error(panel: Panel) -> None:
    """The session is refused on open sockets, and everywhere afterwards."""
    panel.delete_sessions()
    await panel.send_raw('{"type":"auth_error","error":"Invalid or expired session"}')


@_named("silent-logout")
async def _log_out(panel: Panel) -> None:
    """All sessions are deleted: the sockets stay, REST answers 401."""
    panel.delete_sessions()


@_named("refused-cookie")
async def _refuse_cookies(panel: Panel) -> None:
    """The sockets are cut; cookies are accepted nowhere, tokens are."""
    panel.refuse_cookies = True
    panel.drop_clients()


@_named("refused-token")
async def _refuse_tokens(panel: Panel) -> None:
    """The sockets are cut; the socket accepts no token, cookies are good."""
    panel.refuse_tokens = True
    panel.drop_clients()


@_named("silent-welcome")
async def _say_no_welcome(panel: Panel) -> None:
    """The sockets are cut; new ones ignore cookies, tokens are good."""
    panel.silent_welcome = True
    panel.drop_clients()


# The servers.


@_named("deleted")
async def _delete(panel: Panel) -> None:
    """The first server is deleted, with an announcement."""
    panel.delete_server(_first(panel).id)


@_named("deleted-silently")
async def _delete_silently(panel: Panel) -> None:
    """The first server is deleted, without an announcement."""
    panel.delete_server(_first(panel).id, announce=False)


@_named("reused-id")
async def _reuse_id(panel: Panel) -> None:
    """The first server is deleted, and another made that has its id."""
    gone = _first(panel)
    panel.delete_server(gone.id)
    panel.add_server("Reborn", owner=gone.owner, node=gone.node, server_id=gone.id, status="STOPPED")


@_named("null-node")
async def _take_node(panel: Panel) -> None:
    """The first server has no node any more."""
    panel.edit(_first(panel).id, node=None)


# The nodes.


def _first_node(panel: Panel) -> str:
    return next(iter(panel.fleet.nodes))


@_named("daemon-restart")
async def _restart_daemon(panel: Panel) -> None:
    """The first node's daemon restarts; 60 s later servers seem offline."""
    await panel.machine.restart_daemon(_first_node(panel))


@_named("daemon-shutdown")
async def _shut_down_daemon(panel: Panel) -> None:
    """The first node's daemon shuts down, which stops its servers before."""
    await panel.machine.shut_down_daemon(_first_node(panel))


@_named("node-death")
async def _lose_node(panel: Panel) -> None:
    """The first node dies: it reports nothing, and calls to it fail."""
    panel.machine.lose_node(_first_node(panel))


@_named("node-hang")
async def _hang_node(panel: Panel) -> None:
    """The first node hangs: no reports, no answers."""
    panel.machine.lose_node(_first_node(panel), hang=True)
