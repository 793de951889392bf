"""Feed the client frames that no panel or node should send, a million of them by default, without a network.

Usage: python -m benchmarks.fuzz [--frames 1000000] [--seed 1]

They come by the socket of generation 1's panel, by the live sockets of both generations, and as lists of servers of
generation 2. Each goes its whole way, but for the network: the socket's reader, the decoder, what is known of the
server, which status is shown, what it uses and prints, what happened, and the questions that follow, answered at
random. Among the frames are random bytes and random JSON, those of real panels and nodes or as the simulator
serialises them, and mutations of all these. Time runs a thousand times faster. Ends with 1 when anything was raised or
logged as an error, when a deadline makes no sense, when memory grew by more than 1 MiB after the first tenth, or when
at the end a good frame of some server is not understood.
"""

import argparse
import asyncio
import gc
import logging
import sys
import time
import tracemalloc
from typing import Any, Final, override
from unittest.mock import patch

from aiohttp import ClientSession

from custom_components.stellarstack.client import client as client_module

from .fuzz_client import Target
from .fuzz_targets import TARGETS

MOST_GROWTH: Final = 1024 * 1024
PARTS: Final = 100
WARM: Final = 10
"""Of the parts of all frames, after how many memory is measured first."""


class Findings(logging.Handler):
    """Keeps what went wrong: our errors in the log, and what was raised where nobody caught it."""

    def __init__(self) -> None:
        """Keep nothing yet."""
        super().__init__(logging.ERROR)
        self.texts: list[str] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        """Keep a record."""
        self.add(record.getMessage())

    def note(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """Keep what the event loop caught."""
        self.add(f"{context['message']}: {context.get('exception')!r}")

    def add(self, text: str) -> None:
        """Keep a finding, of the first ones."""
        if len(self.texts) < 20:
            self.texts.append(text)


async def feed(target: Target, frames: int) -> tuple[int, list[str]]:
    """Feed frames; return by how many bytes memory grew, and which servers are not understood at the end."""
    before = 0
    for part in range(PARTS):
        await target.feeder.feed(frames // PARTS)
        target.check_deadlines()
        if part == WARM:
            before = await target.memory()
    growth = await target.memory() - before
    ids = [server.id for server in target.client.servers]
    return growth, [
        server_id for number, server_id in enumerate(ids) if not await target.understands(server_id, number + 1)
    ]


async def fuzz(kind: type[Target], frames: int, seed: int) -> bool:
    """Feed frames to a target, print what came of it, and return whether all is well."""
    findings = Findings()
    logging.getLogger("custom_components").addHandler(findings)
    asyncio.get_running_loop().set_exception_handler(findings.note)
    async with ClientSession() as session:
        target = kind(session, seed, findings.add)
        with patch.object(client_module, "detect_panel", target.detect):
            await target.connect()
            tracemalloc.start()
            started = time.monotonic()
            growth, lost = await feed(target, frames)
            seconds = time.monotonic() - started
            tracemalloc.stop()
            watched = len(target.client.servers)
            await target.client.close()
        gc.collect()
        await asyncio.sleep(0)
    logging.getLogger("custom_components").removeHandler(findings)
    print(f"{kind.what}")
    print(f"  frames              {target.feeder.fed:,} ({target.feeder.size / 2**20:,.0f} MiB) in {seconds:.0f} s")
    print(f"  connections         {target.connections:,}")
    print(f"  updates             {', '.join(f'{key.name} {count:,}' for key, count in target.updates.most_common())}")
    print(f"  told                {', '.join(f'{key} {count:,}' for key, count in target.events.most_common())}")
    print(f"  errors              {len(findings.texts)}")
    print(f"  memory growth       {growth:+,} bytes between {WARM} % and 100 % (at most {MOST_GROWTH:,})")
    print(f"  good frames at end  {watched - len(lost)} of {watched} servers understood", flush=True)
    for text in findings.texts:
        print(f"  {text}", file=sys.stderr)
    return not findings.texts and growth <= MOST_GROWTH and not lost


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    print(f"seed {options.seed}")
    results = [asyncio.run(fuzz(kind, int(options.frames * kind.share), options.seed)) for kind in TARGETS]
    sys.exit(0 if all(results) else 1)


if __name__ == "__main__":
    main()
