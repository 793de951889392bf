"""Measure what the integration costs, and write docs/performance.md.

Usage: python -m benchmarks.bench [--quick] [--only PART ...]

Each part runs in a process of its own, one after the other, on the same machine in the same run; all that is compared
is compared within one part. Keep the machine otherwise idle. `--quick` takes a few minutes in place of thirty and
writes no document; `--only` measures some parts anew, and takes the others from the last run.
"""

import argparse
import asyncio
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
import json
import os
from pathlib import Path
import platform
import subprocess
import sys
from typing import Any

import aiohttp
from homeassistant.const import __version__ as ha_version

from . import beside, browser, frames, live, recording, starting, watching
from .harness import ROOT
from .report import document

RESULTS = ROOT / ".cache" / "bench.json"
DOCUMENT = ROOT / "docs" / "performance.md"
ROUNDS = 3

type Call = tuple[str, list[Any]]
"""A measurement of `MEASUREMENTS` and its arguments."""

MEASUREMENTS: dict[str, Callable[..., Any]] = {
    "frame": frames.compare,
    "shares": frames.shares,
    "start": lambda servers, ours: starting.measure(servers, ours=ours),
    "memory": lambda servers, ours, traced: starting.memory(servers, ours=ours, traced=traced),
    "latency": watching.latency,
    "recording": recording.recording,
    "day": recording.day,
    "big": watching.big,
    "beside": beside.compare,
    "samples": live.samples,
    "publishing": live.publishing,
    "polling": live.polling,
    "flood": live.flood,
    "dashboards": browser.dashboards,
    "many": live.many,
    "going_live": live.going_live,
}


def plan(*, quick: bool) -> dict[str, list[Call]]:
    """Return the measurements of each part."""
    sizes = (10, 100) if quick else (10, 100, 1000, 5000)
    servers = 100 if quick else 1000
    few = servers // 100
    return {
        "unchanged": [("frame", [size, "same", 10_000 if quick else 50_000]) for size in sizes],
        "changed": [("frame", [servers, kind, 10 * servers]) for kind in ("status", "memory")]
        + [("shares", [servers, kind, 5]) for kind in ("status", "memory")],
        "live": [
            ("samples", [10, 200 if quick else 2000]),
            ("publishing", [10 if quick else 100, 20]),
            ("polling", [servers]),
            ("flood", [10, 5000, 8.0 if quick else 60.0]),
            ("many", [30 if quick else 300, 8.0 if quick else 60.0]),
        ],
        "latency": [("latency", [servers, 10.0 if quick else 60.0])],
        "start": [
            ("start", [size, ours])
            for size in (few, servers)
            for _ in range(1 if quick else ROUNDS)
            for ours in (True, False)
        ],
        "memory": [("memory", [servers, ours, traced]) for traced in (True, False) for ours in (True, False)],
        "recorder": [("recording", [5 if quick else 20])],
        "beside": [("beside", [10, 100.0] if quick else [50, 300.0])],
        "big": [("big", [500, 20.0] if quick else [5000, 600.0])],
    }


def measure(name: str, arguments: list[Any]) -> Mapping[str, Any]:
    """Make one measurement in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.bench", "--measure", name, json.dumps(arguments)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"bench: {name} {arguments} failed:\n{done.stderr[-2000:]}")
    found: Mapping[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def surroundings() -> dict[str, Any]:
    """Return what the figures depend on, without a name of the machine."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "home_assistant": ha_version,
        "python": platform.python_version(),
        "aiohttp": aiohttp.__version__,
        "processor": model or platform.machine(),
        "cores": os.cpu_count(),
        "load": os.getloadavg()[0],
    }


def main() -> None:
    """Read the command line, measure, print and write."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="a short run on a small panel; writes no document")
    parser.add_argument(
        "--only", nargs="+", metavar="PART", choices=plan(quick=True), help="measure only these parts anew"
    )
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        name, arguments = options.measure
        print(json.dumps(asyncio.run(MEASUREMENTS[name](*json.loads(arguments)))))
        return
    results: dict[str, Any] = {}
    if options.only and not options.quick and RESULTS.exists():
        results = json.loads(RESULTS.read_text("utf-8"))
    results["surroundings"] = surroundings()
    for part, calls in plan(quick=options.quick).items():
        if options.only and part not in options.only:
            continue
        results[part] = []
        for name, arguments in calls:
            print(f"bench: {part}: {name} {arguments}", file=sys.stderr, flush=True)
            results[part].append({"arguments": arguments, **measure(name, arguments)})
    print(json.dumps(results, indent=1))
    if options.quick:
        return
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    if plan(quick=False).keys() <= results.keys():
        DOCUMENT.write_text(document(results), "utf-8")
        print(f"bench: wrote {DOCUMENT.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
