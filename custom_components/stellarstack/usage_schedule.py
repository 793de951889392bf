"""When the usage of each server is published."""

import asyncio
from collections import OrderedDict
from collections.abc import Callable

from homeassistant.core import callback

from .const import DEFAULT_USAGE_INTERVAL

type Publish = Callable[[], None]


class UsageSchedule:
    """Publishes the usage of a panel's servers, each once in an interval.

    One timer serves all servers. It publishes one at a time, so that those of a panel are spread over the interval,
    however many went live together.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin without servers."""
        self._loop = loop
        self._interval = float(DEFAULT_USAGE_INTERVAL)
        self._due: OrderedDict[Publish, float] = OrderedDict()
        """Calls and when they are due, the next one first."""
        self._published_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @callback
    def async_add(self, publish: Publish) -> None:
        """Call a function once in each interval from now on."""
        self._plan(publish)
        self._set_timer()

    @callback
    def async_discard(self, publish: Publish) -> None:
        """Stop to call a function."""
        self._due.pop(publish, None)

    @callback
    def async_set_interval(self, interval: float) -> None:
        """Set the seconds between two calls of a function."""
        if interval == self._interval:
            return
        self._interval = interval
        now, gap = self._loop.time(), interval / max(1, len(self._due))
        for number, publish in enumerate(self._due, 1):
            self._due[publish] = now + number * gap
        self.async_close()
        self._set_timer()

    @callback
    def async_close(self) -> None:
        """Cancel the timer."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _plan(self, publish: Publish) -> None:
        self._due[publish] = self._loop.time() + self._interval
        self._due.move_to_end(publish)

    def _set_timer(self) -> None:
        if self._timer is None and self._due:
            due = next(iter(self._due.values()))
            earliest = self._published_at + self._interval / len(self._due)
            self._timer = self._loop.call_at(max(due, earliest), self._publish_next)

    def _publish_next(self) -> None:
        self._timer = None
        if not self._due:
            return
        now = self._loop.time()
        publish, due = next(iter(self._due.items()))
        # The one that the timer was set for may have left. A timer may also come a tick of the clock too soon.
        if due <= now + self._interval / 1000:
            self._published_at = now
            self._plan(publish)
            self._set_timer()
            publish()
        else:
            self._set_timer()
