"""Whose code time is spent in."""

from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
import cProfile
import pstats

OWNERS = ("Home Assistant", "this integration", "aiohttp", "Python")


@contextmanager
def profiled() -> Generator[dict[str, float]]:
    """Measure whose code the time inside is spent in, in percent; waits do not count.

    A profiler slows calls of Python down, those of Home Assistant as much as ours. What is built in counts for whom
    it is called by. The benchmark's own code counts as Python's.
    """
    found: dict[str, float] = {}
    profile = cProfile.Profile()
    profile.enable()
    try:
        yield found
    finally:
        profile.disable()
    spent: Counter[str] = Counter()
    for (path, _, name), (_, _, own, _, callers) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined] # typeshed leaves it out
        if name == "<method 'poll' of 'select.epoll' objects>":
            continue
        if path == "~" and callers:
            for (caller, _, _), (_, _, part, _) in callers.items():
                spent[_owner(caller)] += part
        else:
            spent[_owner(path)] += own
    found |= {owner: part / spent.total() * 100 for owner, part in spent.items()}


def _owner(path: str) -> str:
    if "custom_components/stellarstack/" in path:
        return "this integration"
    if "/homeassistant/" in path or "ulid_transform" in path:
        return "Home Assistant"
    if "/aiohttp/" in path:
        return "aiohttp"
    return "Python"
