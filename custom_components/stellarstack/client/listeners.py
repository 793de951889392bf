"""Sets of callbacks in which a failing one harms no other."""

from collections.abc import Callable
import logging

_LOGGER = logging.getLogger(__name__)


def describe_failure(err: Exception) -> str:
    """Return an exception's type and place.

    Its text is left out, as it may hold content.
    """
    place = err.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    if place is None:
        return type(err).__name__
    return f"{type(err).__name__} in {place.tb_frame.f_code.co_qualname}, line {place.tb_lineno}"


class Listeners[**P]:
    """A set of callbacks that get the same arguments.

    Home Assistant's `DataUpdateCoordinator` has one such set for every change, and a callback that raises ends the
    round. Here an owner keeps one set for each kind of change, so that only the callbacks concerned are called;
    one that raises does not stop the others.
    """

    def __init__(self) -> None:
        """Begin with no callback."""
        self._callbacks: dict[object, Callable[P, None]] = {}

    def __len__(self) -> int:
        """Return how many callbacks there are."""
        return len(self._callbacks)

    def add(self, callback: Callable[P, None]) -> Callable[[], None]:
        """Add a callback and return a function that removes it.

        That function may be called twice.
        """
        key = object()
        self._callbacks[key] = callback

        def remove() -> None:
            self._callbacks.pop(key, None)

        return remove

    def notify(self, *args: P.args, **kwargs: P.kwargs) -> None:
        """Call each present callback in the order of addition.

        One that is removed meanwhile is not called any more, one that is added meanwhile not yet. One that raises is
        logged with one line.
        """
        for key, callback in tuple(self._callbacks.items()):
            if key in self._callbacks:
                try:
                    callback(*args, **kwargs)
                except Exception as err:  # noqa: BLE001 - whatever it is, it is the callback's own
                    _LOGGER.error("A listener failed: %s", describe_failure(err))
