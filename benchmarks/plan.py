"""What a run measures, part by part."""

from typing import Any, Final

ROUNDS: Final = 3

type Call = tuple[str, list[Any]]
"""A measurement of `benchmarks.bench.MEASUREMENTS` and its arguments."""


def plan(*, quick: bool) -> dict[str, list[Call]]:
    """Return the measurements of each part."""
    sizes = (10, 100) if quick else (10, 100, 1000, 5000)
    servers = 100 if quick else 1000
    few, half = servers // 100, servers // 2
    return {
        "unchanged": [("frame", [size, "same", 10_000 if quick else 50_000]) for size in sizes],
        # Of more than 555 servers, not all have a sensor of the memory limit.
        "changed": [("frame", [half, kind, 10 * half]) for kind in ("status", "memory")]
        + [("shares", [half, kind, 5]) for kind in ("status", "memory")],
        "live": [
            ("samples", [10, 200 if quick else 2000]),
            ("publishing", [10 if quick else 100, 20]),
            ("polling", [servers]),
        ],
        "sockets": [("many", [30 if quick else 300, 8.0 if quick else 30.0]), ("going_live", [20 if quick else 100])],
        "flood": [("flood", [10, 5000, 8.0 if quick else 60.0])],
        "latency": [("latency", [servers, generation, 10.0 if quick else 30.0]) for generation in (1, 2)],
        "start": [
            ("start", [size, ours])
            for size in (few, servers)
            for _ in range(1 if quick else ROUNDS)
            for ours in (True, False)
        ]
        + [("start_shares", [servers])],
        "limits": [("limit", [size]) for size in ((servers,) if quick else (100, 555, 556, 1000, 5000))],
        "memory": [("memory", [servers, ours, traced]) for traced in (True, False) for ours in (True, False)],
        "recorder": [("recording", [5 if quick else 20]), ("day", [1 if quick else 24])],
        "beside": [("beside", [10, 70.0] if quick else [50, 300.0])],
        "big": [("big", [500, 50, 20.0] if quick else [5000, 300, 600.0])],
        "browser": [("dashboards", [20, 2, 10.0] if quick else [100, 7, 600.0])],
    }
