"""Virtual time for all tests: they wait for nothing, and no busy machine changes what comes first."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import ExitStack

import pytest

from simulator.virtual_time import virtual_clocks


class _Clocks:
    """All clocks, which are real until they are stopped."""

    def __init__(self) -> None:
        self._stopped = ExitStack()
        self.make_loop: Callable[[], asyncio.AbstractEventLoop] = asyncio.new_event_loop

    def stop(self) -> None:
        self.make_loop = self._stopped.enter_context(virtual_clocks())

    def go_on(self) -> None:
        self._stopped.close()
        self.make_loop = asyncio.new_event_loop


_clocks = _Clocks()


@pytest.fixture(scope="session", autouse=True)
def clocks() -> Iterator[None]:
    """Clocks that stand still, unless all that is in an event loop waits for a time to come.

    For a whole session: to stop the clocks takes longer than most tests.
    """
    _clocks.stop()
    yield
    _clocks.go_on()


@pytest.fixture(scope="module")
def real_clocks(clocks: None) -> Iterator[None]:
    """Clocks as they are, for a module whose tests set them, or wait for a thread of others."""
    _clocks.go_on()
    yield
    _clocks.stop()


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    """Return what makes the event loop of a test."""
    return {"ours": _make_loop}


def _make_loop() -> asyncio.AbstractEventLoop:
    return _clocks.make_loop()
