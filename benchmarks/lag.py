"""How values are spread, and how late an event loop is."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import asynccontextmanager
import time
from typing import Final

LAG_EVERY: Final = 0.01
"""Seconds between two looks at how late the event loop is."""


def percentile(values: Sequence[float], part: float) -> float:
    """Return the value below which that part of all lies."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def spread(values: Iterable[float]) -> dict[str, float]:
    """Return the middle value, the one below which 99 % lie, and the greatest."""
    values = tuple(values)
    return {"p50": percentile(values, 0.5), "p99": percentile(values, 0.99), "max": max(values)}


@asynccontextmanager
async def lag_measured() -> AsyncGenerator[Counter[float]]:
    """Count by how many milliseconds the event loop is late, to a tenth, while inside.

    They are not kept one by one: that would be most of what memory grows by while nothing else does.
    """
    lags: Counter[float] = Counter()

    async def measure() -> None:
        while True:
            due = time.perf_counter() + LAG_EVERY
            await asyncio.sleep(LAG_EVERY)
            lags[round((time.perf_counter() - due) * 1e3, 1)] += 1

    task = asyncio.create_task(measure())
    try:
        yield lags
    finally:
        task.cancel()
