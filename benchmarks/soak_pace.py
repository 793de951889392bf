"""How fast this machine can let the soak's panel run."""

import argparse
import asyncio
import sys
import time
import tracemalloc
from typing import Final, Literal

from .harness import ROOT, home_assistant
from .lag import percentile
from .soak_panel import TICK, SoakPanel
from .soak_run import Soak, faster

TRIAL: Final = 15.0
"""The factor at which it is tried what the machine can do."""
TRIAL_SECONDS: Final = 8.0
SHARE: Final = 0.35
"""The part of a core that may be used."""
LAGS_A_TICK: Final = 4
"""How many times the event loop's lag (p95) a tick must be long."""
FACTORS: Final = (3.0, 60.0)


async def try_machine(servers: int, seed: int, generation: Literal[1, 2]) -> float:
    """Return how much faster than in the field this machine can do it with ease."""
    tracemalloc.start()
    world = SoakPanel(servers, TRIAL, seed, generation)
    await world.panel.start()
    lags: list[float] = []
    async with home_assistant() as hass:
        with faster(hass, TRIAL):
            run = Soak(hass, world)
            await run.set_up()
            run.begin(1.0)
            cpu, until = time.process_time(), time.monotonic() + TRIAL_SECONDS
            while time.monotonic() < until:
                before = time.monotonic()
                await asyncio.sleep(0.02)
                lags.append(time.monotonic() - before - 0.02)
            share = (time.process_time() - cpu) / TRIAL_SECONDS
            await run.end()
            await hass.config_entries.async_unload(run.entry.entry_id)
            await hass.async_block_till_done(wait_background_tasks=True)
    await world.panel.stop()
    by_share = TRIAL * SHARE / share
    by_lag = TICK / (LAGS_A_TICK * max(percentile(lags, 0.95), 1e-3))
    print(f"share {share:.2f}, lag {percentile(lags, 0.95) * 1000:.0f} ms", file=sys.stderr)
    return max(FACTORS[0], min(FACTORS[1], by_share, by_lag))


async def choose_factor(options: argparse.Namespace) -> float:
    """Try in another process what this machine can do: there is to be one Home Assistant in each."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "benchmarks.soak", "--trial", "--servers", str(options.servers)),
        *("--generation", str(options.generation)),
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
    )
    out, _ = await process.communicate()
    return float(out.splitlines()[-1])
