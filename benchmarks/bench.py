"""Measure what the integration costs, and write docs/performance.md.

Usage: python -m benchmarks.bench [--quick] [--only PART ...] [--document]

Each part runs in a process of its own, one after the other, on the same machine in the same run; all that is compared
is compared within one part. Keep the machine otherwise idle. `--quick` takes some minutes in place of three quarters
of an hour and writes no document; `--only` measures some parts anew, and takes the others from the last run;
`--document` measures nothing. The figures of a part are kept when a later one fails.
"""

import argparse
import asyncio
from collections.abc import Callable
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
from .plan import plan
from .report import document

RESULTS = ROOT / ".cache" / "bench.json"
QUICK_RESULTS = RESULTS.with_stem("bench-quick")
LONGEST = 1800.0
"""Seconds that a measurement may take; the longest takes 12 minutes."""
DOCUMENT = ROOT / "docs" / "performance.md"

MEASUREMENTS: dict[str, Callable[..., Any]] = {
    "frame": frames.compare,
    "shares": frames.shares,
    "start": lambda servers, ours: starting.measure(servers, ours=ours),
    "start_shares": starting.shares,
    "limit": starting.limit,
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


class FailedError(Exception):
    """A measurement could not be made."""


def measure(name: str, arguments: list[Any]) -> dict[str, Any]:
    """Make one measurement in a process of its own.

    Raises:
        FailedError: It could not be made.
    """
    print(f"bench: {name} {arguments}", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "benchmarks.bench", "--measure", name, json.dumps(arguments)]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=LONGEST)
    except subprocess.TimeoutExpired as error:
        raise FailedError(f"{name} {arguments} did not end within {LONGEST / 60:.0f} minutes") from error
    if done.returncode:
        raise FailedError(f"{name} {arguments} failed:\n{done.stderr[-2000:]}")
    return {"name": name, "arguments": arguments, **json.loads(done.stdout.splitlines()[-1])}


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
    parser.add_argument("--document", action="store_true", help="write the document from the last run's figures")
    parser.add_argument("--measure", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        name, arguments = options.measure
        print(json.dumps(asyncio.run(MEASUREMENTS[name](*json.loads(arguments)))))
        return
    results: dict[str, Any] = {}
    file = QUICK_RESULTS if options.quick else RESULTS
    if (options.only or options.document) and file.exists():
        results = json.loads(file.read_text("utf-8"))
    parts = {} if options.document else plan(quick=options.quick)
    if parts:
        results["surroundings"] = surroundings()
    for part in options.only or parts:
        try:
            results[part] = [measure(name, arguments) for name, arguments in parts[part]]
        except FailedError as error:
            print(f"bench: {part}: {error}", file=sys.stderr)
            # What an earlier run found is of another state of the code.
            results.pop(part, None)
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps(results, indent=1) + "\n", "utf-8")
    print(json.dumps(results, indent=1))
    if missing := plan(quick=True).keys() - results.keys():
        raise SystemExit(f"bench: no document, as there are no figures of: {', '.join(sorted(missing))}")
    text = document(results)
    if not options.quick:
        DOCUMENT.write_text(text, "utf-8")
        print(f"bench: wrote {DOCUMENT.relative_to(ROOT)}", file=sys.stderr)


if __name__ == "__main__":
    main()
